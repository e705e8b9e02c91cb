/*
 * caps.h - every cap of sys-monitor, once, each with its reason.  (Not "limits.h": libc's own
 * headers would find it in the place of theirs.)
 *
 * A guest is hostile: whatever it sends is cut by one of these before anything else
 * looks at it.  mon-sample keeps to the same numbers, so an honest guest never meets them.
 */
#ifndef MON_CAPS_H
#define MON_CAPS_H

/* A cap and its reason stand on one line. */
/* clang-format off */

/* ---- the stream ---- */
#define MON_LINE_MAX 4096    /* bytes of a guest's line without LF: a PATH_MAX mount point still fits */
#define MON_VM_MAX 31	     /* bytes of a qube's name: the limit of Qubes OS itself */
#define MON_STAMP_LEN 20     /* bytes of "2025-08-31T12:00:10Z" */
#define MON_WORD_MAX 31	     /* bytes of a state or result: the longest in use is "Suspended" */
#define MON_MSG_MAX 512	     /* bytes of an alert's text: more is a dump, not an alert */
#define MON_NUMBER_MAX 19    /* digits of 2^63-1, what a typed reader (SQLite, PostgreSQL) can hold */
#define MON_FRACTION_MAX 9   /* digits behind the point: nanoseconds are enough for any rate */
#define MON_COLS_MAX 16	     /* columns of a table without ts and vm: system.csv has 13 */
#define MON_STAMPED_MAX (MON_STAMP_LEN + 1 + MON_VM_MAX + 1 + MON_LINE_MAX) /* a line between tools */

/* ---- one answer of one guest ---- */
#define MON_ANSWER_MAX 65536 /* bytes: what a pipe holds, so a dead reader never blocks mon-sample */
#define MON_ANSWER_LINES 512 /* lines: 20 times what a common qube sends */
#define MON_KIND_ROWS 128    /* rows of one kind: the interfaces of a router with 100 clients; one kind cannot crowd out the rest */
#define MON_ALERTS_MAX 32    /* alerts: 8,640 polls of 32 still fit a day folder of some MB */
#define MON_ANSWER_MS 3000   /* default deadline of one answer, never per read: a drip cannot stretch it */

/* ---- one day of one guest ---- */
#define MON_QUOTA_S 86400    /* seconds of such a day, from the first poll on */
#define MON_QUOTA_DAY 134217728 /* bytes filed while the volume has room: a router with 64 interfaces needs 50 MB at 10 s, 100 MB at 5 s */
#define MON_QUOTA_SHARE 16777216 /* bytes filed at least, when it has none: an honest qube needs 5 MB; two days of 40 such and an archive fit in 2 GiB: tests/unit/test_quota.c */
#define MON_QUOTA_FIGURES 1310720 /* bytes of figures beyond that: 150 a poll, the first lines of an answer */

/* ---- one run of mon-scrape ---- */
#define MON_VMS_MAX 1024     /* qubes in one list: ten times the largest setups reported */
#define MON_CALLS_FRESH 8    /* calls in their first half second: more at once slows every answer */
#define MON_CALLS_OPEN 64    /* calls open in all: each is a process here, in dom0 and in the guest */
#define MON_YIELD_MS 500     /* a call older than this gives its place to the next qube */
#define MON_RUN_MS 8000	     /* default deadline of the whole run: below the 10 s between polls */
#define MON_BACKOFF_FIRST_S 20	/* pause after the first timeout: skips one poll */
#define MON_BACKOFF_MAX_S 900	/* longest pause: 160 killed calls exhaust a frozen qube; this makes it 30 hours */
#define MON_BACKOFF_PART 8   /* the pause is this part of the silence: one that hung for an hour answers 8 minutes later at most */
#define MON_RETAKE_S 3600    /* until a qube that was asked without "take" is asked with it again: an update comes sooner or later */
#define MON_EXCLUDES_MAX 64  /* globs in a list: --exclude, MON_EXCLUDE, MON_NO_HANDLER */
#define MON_GLOB_MAX 63	     /* bytes of a glob: a name of MON_VM_MAX, and a set or two */
#define MON_LIST_MAX 262144  /* bytes of dom0's list: 1,024 qubes of 256 bytes */

#define MON_STATS_MAX 262144 /* bytes of the first round of Xen's figures: 1,024 domains of 200 bytes */

/* ---- what people add to the sampler ---- */
#define MON_DROPINS_MAX 16   /* programs in mon-sample.d: each one costs a process at every poll */
#define MON_DROPIN_MS 1000   /* for each: leaves time to answer within MON_ANSWER_MS */
#define MON_DROPIN_BYTES 8192 /* for each: 100 rows of the usual 80 bytes */

/* ---- inside the sampler ---- */
#define MON_MOUNTS_MAX 16384 /* mounts looked at: snaps, containers and bind mounts make some hundred, at times thousands */
#define MON_CPUS_MAX 256     /* processors of which each counts for itself: more are a server, where none comes or goes */
#define MON_SOURCE_BYTES 4194304 /* of one file of /proc: mountinfo of MON_MOUNTS_MAX mounts; of a longer one the middle is left out */
#define MON_SOURCE_READ 67108864 /* bytes read on for the end of a longer one: the kernel's own limit, 100,000 mounts, fits */
#define MON_JOURNAL_FILES_MAX 1024 /* journal files looked at: journald keeps 100 a kind (SystemMaxFiles=) */
#define MON_JOURNAL_SCAN_MAX 20000 /* entries looked at in one sample: noise must not eat the deadline */
#define MON_CURSOR_MAX 512   /* bytes of a journal cursor: systemd 252 makes 150 */
#define MON_STATE_OLD 1024   /* of the kept state of version 0.1.0, which is read once */
#define MON_STATE_HEAD 4096  /* of its head: a page, so it is never half there */
#define MON_STATE_FIGURES_MAX 49152 /* of what the figures keep: eight counters of 256 processors, 128 disks */
#define MON_STATE_MAX 57344  /* of the whole record: the figures' part, and 5 KiB at most for the rest */
#define MON_COUNTED_MAX 32   /* journal files whose counts are kept: those that change; more, and libsystemd looks */
#define MON_LOGINS_MAX 8     /* logins remembered: calls that overlap, and a sample between two records of one */
#define MON_TOLD_MAX 32      /* different troubles told in a boot: more is a flood */
#define MON_TROUBLES_MAX 24  /* the same in one sample: MON_DROPINS_MAX of drop-ins, and one of each kind */
#define MON_DESCRIPTOR_MAX 255 /* bytes of a service descriptor: qrexec's service and argument end at 64, a name at 31 */
#define MON_DESCRIPTOR_MS 1000 /* wait for it: the agent sends it before anything else */

/* ---- the files ---- */
#define MON_NAME_MAX 255     /* bytes of a file name in a day folder: NAME_MAX */
#define MON_LOCK_MS 5000     /* wait for the lock of a day: another run holds it for milliseconds */
#define MON_ROWS_BUF 327680  /* bytes of rows gathered for one file. Smaller: fallocate() costs as much as write(). Larger: an import needs more than 4 MiB */
#define MON_PASS_MS 1000     /* in which a reader of mon-split --pass must take some 300 KB: the record does not wait for it */
#define MON_READ_BUF 131072  /* bytes of stdin read at a time: as cat does */
#define MON_READER_BUF 65536 /* bytes of a file read at a time: the twelve files of a day stay below 1 MiB */
#define MON_CAT_BUF 65536    /* bytes of lines that mon-cat prints at a time: what a pipe holds */
#define MON_READER_BACK_S 900 /* seconds a clock may step back and no row of a span of time is missed: corrections are of minutes; a quarter of an hour of 20 qubes is read in half a millisecond */
#define MON_HEX_LEN 64	     /* digits of a SHA-256 */
#define MON_TAIL_ROWS 4096 /* read from the end of scrape.csv: four polls of MON_VMS_MAX qubes */

/* ---- archives and the ledger ---- */
#define MON_PLACE_MAX 255    /* bytes of a qube's name or of the folder that holds an archive */
#define MON_LEDGER_ROW_MAX 2048 /* bytes of a row with its LF: a place of all odd bytes still fits */
#define MON_ARCHIVE_NAME_MAX 63 /* bytes of "monitor-2025-08-31.partial.999999.tgz", and some */
#define MON_ARCHIVE_NUMBER_MAX 999999 /* of N in that name: six digits, more than a day has seconds */
#define MON_UNPACK_MAX 17179869184 /* bytes of a day in an archive that is read: 128 qubes at their quota; more is a bomb */
#define MON_GRACE_S 600	     /* after midnight, while late rows of the old day may still come */
#define MON_EPOCH_S 86400    /* a clock below this began at 1970: its local date may be 1969 */
#define MON_COPY_MS 600000   /* default deadline of one copy: 50 MB to a vault that must boot first */
#define MON_QUBESDB_MS 3000  /* for an answer of qubesdb-read: a socket of this qube */
#define MON_COPY_NAMES 20    /* names tried in a run when the vault has them all: each is a copy begun */
#define MON_DAYS_MAX 36525   /* days named to mon-prune in one run: a hundred years */
#define MON_GAP_DAYS 60      /* without a row, and the clock is still believed: a long holiday */
#define MON_BUDGET_EIGHTHS 3 /* of the volume, where no budget is set: another day, and its archive, must fit beside it */
#define MON_DEPTH_MAX 16     /* folders in folders that count for --budget: ours are two deep */

/* ---- mon-report ---- */
#define MON_SUM_DISKS 32     /* mounts of a qube that are looked at: eight times a common qube's */
#define MON_SUM_GAPS 64      /* gaps that are kept, the longest ones: a day with more is all gaps */
#define MON_SUM_INCIDENTS 256 /* what rules said in a day: past this nobody reads it */

/* ---- mon-export ---- */
#define MON_TAGS_MAX 16      /* --tag: a machine, its owner, a site and some */
#define MON_TAG_MAX 63       /* bytes of the key of a tag: what PostgreSQL takes for a column */
#define MON_EXPORT_UNIT 32768 /* bytes of one row in any format: a line, every byte escaped, and 16 tags */
#define MON_REPEATS_MAX 32768 /* rows of one second that are told apart: 64 qubes with MON_ANSWER_LINES each */
#define MON_REPEAT_SECONDS 4 /* that are remembered: polls and what is judged of them overlap, behind mon-cat --follow */
#define MON_EXPORT_IDLE_MS 1000 /* after such a silence the rows that came go on their way; a poll comes in one piece */

/* ---- the units ---- */
#define MON_STAGES_MAX 8     /* programs in one mon-pipe: the poll has three */
#define MON_OPTIONAL_MS 2000 /* for a stage behind "|?" when all before it have ended: a poll of 8 s ends before the next one is due */
#define MON_SETTINGS_BYTES_MAX 65536 /* bytes of the settings file: the example has 3,000 */
#define MON_SETTING_MAX 2047 /* bytes of one value: MON_EXCLUDES_MAX of the longest names */
#define MON_CALENDAR_MAX 31  /* bytes of a calendar expression that we write */
#define MON_UNIT_TEXT_MAX 8192 /* bytes of a unit file that we write: thrice a path, and 500 */

/* ---- rules ---- */
#define MON_RULES_MAX 128    /* rules in a file: each one is a look at every line of its kind */
#define MON_RULE_FILE_MAX 65536 /* bytes of the file: 128 rules of the longest */
#define MON_RULE_LINE_MAX 511 /* bytes of a rule: a sentence */
#define MON_RULE_NAME_MAX 31 /* bytes of its name, as of a qube's */
#define MON_RULE_SHOWN_MAX 47 /* bytes of its value: "rate(pressure.mem_some_us)", and some */
#define MON_RULE_GLOBS_MAX 16 /* qubes behind "on", and behind "except" */
#define MON_RULE_GLOB_MAX 63 /* bytes of one of them, or of a name behind "where" */
#define MON_RULE_TESTS_MAX 4 /* tests behind "where": a file has two columns for them */
#define MON_RULE_HOLD_MAX_S 604800 /* of "for": a week; what takes longer is a report */
#define MON_RULE_MISTAKE_MAX 239 /* bytes of what is wrong with a line */
#define MON_RULE_GAPS 3	     /* intervals without a sample: more is a gap */
#define MON_RULE_GONE_S 300  /* of answers without an instance: then it is gone */
#define MON_RULE_LIST_S 60   /* between two lists of dom0: monitor-qubes.timer */
#define MON_RULE_INSTANCE_MAX 255 /* bytes of the name of an interface, mount, disk: NAME_MAX */
#define MON_RULE_INSTANCES_MAX 128 /* of a rule in a qube, as many as fit its answer */
#define MON_RULE_QUBES_MAX 4096 /* met in one run: a month of history with 100 disposables a day */
#define MON_RULE_QUBE_SERIES_MAX 512 /* of a qube, that are not ok or have a rate: a router of 64 interfaces and eight rules */
#define MON_RULE_SERIES_MAX 20480 /* of all: 40 qubes that take their whole share */
#define MON_RULE_HASH 16384  /* places of a hash table for them */
#define MON_RULE_INPUT_MAX 16777216 /* bytes of one poll that rules read: 256 full answers */
#define MON_RULE_STATE_MAX 5242880 /* bytes of the kept state: each series in 256 */
#define MON_RULE_OUTBOX_MAX 2048 /* rows that are not known to be in the record; more wait as pending */
#define MON_RULE_OUTBOX_QUBE 16 /* of them about one qube: who flaps at each poll has 20 MB a day filed, and keeps none of another's back */
#define MON_RULE_CATCH_UP_S 3600 /* of the record that a run reads where runs before it failed: a second of work */
#define MON_RULE_RECALL_DAYS 31 /* in which incidents are looked for when the state is lost */
#define MON_RULE_RECALL_BYTES 67108864 /* of alerts.csv, then: read in the time of a poll */
#define MON_RULE_TOLD "rules.told" /* in the Monitor folder: the last rows, for mon-notify */
#define MON_RULE_TOLD_BYTES 65536 /* of it: 400 rows, as many as a person reads after a holiday */
#define MON_NOTIFY_KEYS 64   /* bubbles that are remembered: more do not fit a screen */
#define MON_NOTIFY_BUBBLES 4 /* at once: more are summed up */
#define MON_NOTIFY_INSTANCES 4 /* of a rule in a qube with a bubble each: the others share one */
#define MON_NOTIFY_FLAPS 3   /* times that a rule is shown within MON_NOTIFY_FLAP_S; once more, and it is quiet */
#define MON_NOTIFY_FLAP_S 600 /* what comes again in ten minutes has not ended */
#define MON_NOTIFY_STATE_MAX 65536 /* bytes of what is remembered: 64 keys of the longest */
#define MON_NOTIFY_MS 5000   /* for one call of notify-send */

/* ---- mon-top ---- */
#define MON_TOP_QUBES_MAX 1024 /* of a frame: as many as a list of dom0 may have */
#define MON_TOP_SERIES_MAX 16384 /* interfaces, disks and the like in a frame: 100 routers of 128 interfaces */
#define MON_TOP_GAPS 3	     /* intervals without an answer: more, and the qube has no figures */
#define MON_TOP_ALERT_S 900  /* how long an alert is the last one: a quarter of an hour, which the reader looks at anyway */
#define MON_TOP_BACK_S 30     /* seconds a clock may step back and a frame has all rows: what a clock is corrected by while it runs */
#define MON_TOP_COLS_MAX 1024 /* of a terminal: the widest row has 700, with the longest alert */
#define MON_TOP_EVENTS_MAX 2000 /* of the minute of one qube: six answers of the most common size, ten times */
#define MON_TOP_INPUT_MAX 63 /* bytes that a person types for a time or a filter */

/* clang-format on */

#endif /* !MON_CAPS_H */

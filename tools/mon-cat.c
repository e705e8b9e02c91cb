/*
 * mon-cat - print the record as the stamped lines that it was made of.
 *
 * The inverse of mon-split: each row of the CSV files of a day, a folder, an archive or a file
 * becomes its line again, all kinds merged by time.  What is no row is left out, counted and told.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cat.h"
#include "cleanup.h"
#include "tool.h"
#include "when.h"
#include "zone.h"

static const char HELP[] =
    "Usage: mon-cat [OPTION]... [DAY|ARCHIVE|FOLDER|FILE]...\n"
    "Print the record as stamped lines, by time: what mon-split has filed.\n"
    "\n"
    "DAY is a day of the Monitor folder, like 2025-08-31, today or yesterday.\n"
    "Without one: the days between --from and --to, else today.\n"
    "\n"
    "      --from TIME  no rows before it: 14:30, '2025-08-31 14:30' or 2025-08-31\n"
    "                   in local time, yesterday, -15m, 2025-08-31T12:30:00Z\n"
    "      --to TIME    no rows at or after it (of a day: after its end)\n"
    "      --vm GLOB    only qubes with such a name; may be repeated\n"
    "      --kind KIND  only rows of this kind, like net; may be repeated\n"
    "  -f, --follow     go on with what is filed from now on, and print only that\n"
    "                   where neither DAY nor --from is given\n"
    "  -d, --dir DIR    the folder of the day folders [MON_DIR, or ~/Monitor]\n"
    "      --now TS     the time it is, like 2025-08-31T12:00:10Z [the clock's]\n"
    "  -h, --help       print this help, and exit\n"
    "  -V, --version    print the version, and exit\n"
    "\n"
    "Exit status: 0 all printed; 1 something could not be read; 2 wrong usage;\n"
    "3 printed, but some lines of the files were no rows.\n"
    "\n"
    "Example: mon-cat --vm 'work*' --kind net yesterday\n";

struct options {
	const char *dir, *from, *to, *now;
	bool follow;
	char **words;
	size_t nwords;
};

/* Static: buffers of a day's files. */
static struct mon_cat cat = { .source.basefd = -1 };

static bool
add_kind(const char *word)
{
	for (unsigned i = 0; i < MON_KINDS; i++) {
		if (strcmp(mon_schema[i].kind, word) != 0)
			continue;
		cat.source.filter.kinds |= 1u << i;
		return true;
	}
	mon_tool_misuse("--kind '%s' is none; see mon-split --schema", word);
	return false;
}

static int
visit(void *ctx, struct mon_reader_day *day, const char *name)
{
	(void)name;
	return mon_cat_drain(ctx, day);
}

/* Print what is named, or the days of the times that are. */
static int
print(const struct options *o)
{
	cleanup_free long *days = NULL;
	size_t n = 0;
	int r = 0;

	if (o->nwords == 0 && o->from == NULL && o->to == NULL)
		return mon_source_take(&cat.source, "today");
	if (o->nwords == 0 && !mon_source_days(&cat.source, true, &days, &n))
		return 0;
	for (size_t i = 0; i < o->nwords && r == 0; i++)
		r = mon_source_take(&cat.source, o->words[i]);
	for (size_t i = 0; i < n && r == 0; i++)
		r = mon_source_day(&cat.source, days[i]);
	return r;
}

/* The same, and what comes after it: only days grow.  Return an exit code, or -errno. */
static int
follow(const struct options *o)
{
	const bool all = o->nwords > 0 || o->from != NULL;
	cleanup_free long *days = NULL;
	long today = 0;
	size_t n = 0;

	if (!mon_cat_wait(&cat))
		return 0;
	if (o->nwords == 0 && o->from != NULL && !mon_source_days(&cat.source, true, &days, &n))
		return 0;
	if (days == NULL) {
		days = calloc(o->nwords + 2, sizeof(*days));
		if (days == NULL)
			return -ENOMEM;
	}
	for (; n < o->nwords; n++)
		if (!mon_when_day(o->words[n], cat.source.now, &days[n]))
			return mon_tool_misuse(
			    "--follow '%s': that is no day like " MON_WHEN_DAYS, o->words[n]);
	/* Late rows of yesterday may come, too. */
	if (!all && mon_zone_day(cat.source.now, &today)) {
		days[n++] = today - 1;
		days[n++] = today;
	}
	return mon_cat_follow(&cat, days, n, all);
}

static int
run(const struct options *o)
{
	char dir[4096];
	long day = 0;
	int r;

	if (!mon_tool_now(o->now, &cat.source.now) ||
	    !mon_source_times(&cat.source, o->words, o->nwords, o->from, o->to, &day) ||
	    !mon_tool_dir(o->dir, dir, sizeof(dir)))
		return MON_EX_USAGE;
	cat.source.dir = dir;
	cat.source.visit = visit;
	cat.source.ctx = &cat;
	cat.source.filter.vms = &cat.source.vms;
	mon_tool_let_go();
	r = o->follow ? follow(o) : print(o);
	if (r == 0)
		r = mon_cat_flush(&cat);
	if (r != 0)
		return r > 0 ? r : MON_EX_FAIL;
	return cat.source.missed ? MON_EX_FAIL : cat.source.odd ? MON_EX_PARTIAL : MON_EX_OK;
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "from", required_argument, NULL, 'F' },
		{ "to", required_argument, NULL, 'T' },
		{ "vm", required_argument, NULL, 'v' },
		{ "kind", required_argument, NULL, 'k' },
		{ "follow", no_argument, NULL, 'f' },
		{ "dir", required_argument, NULL, 'd' },
		{ "now", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { 0 };
	int c;

	mon_tool_init("mon-cat", HELP);
	while ((c = mon_tool_getopt(argc, argv, "fd:hV", longs, "vk")) != -1) {
		switch (c) {
		case 'F': o.from = optarg; break;
		case 'T': o.to = optarg; break;
		case 'v':
			if (!mon_tool_vm(optarg, &cat.source.vms))
				return MON_EX_USAGE;
			break;
		case 'k':
			if (!add_kind(optarg))
				return MON_EX_USAGE;
			break;
		case 'f': o.follow = true; break;
		case 'd': o.dir = optarg; break;
		case 'n': o.now = optarg; break;
		case 'h': return mon_tool_help();
		case 'V': return mon_tool_version();
		default: return MON_EX_USAGE;
		}
	}
	o.words = argv + optind;
	o.nwords = (size_t)(argc - optind);
	if (o.follow && o.to != NULL)
		return mon_tool_misuse("--follow has no end: --to does not go with it");
	return mon_tool_finish(run(&o));
}

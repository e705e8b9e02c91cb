/* test_sample_disks.c - which mounts are asked, and what is made of the answer. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "check.h"
#include "disks.h"
#include "wire.h"

/* ---- figures ---- */

#define MAX UINT64_MAX
#define TOP INT64_MAX

static const struct {
	const char *what;
	struct mon_disks_usage usage;
	bool ok;
	struct mon_disks_figures want;
} figures[] = {
  /*               unit  blocks free avail         size used avail pct */
	{"a usual one",               { 4096, 1000, 500, 400 },   true,  { 4000, 2000, 1600, 56 }},
	{ "percent is rounded up",    { 1024, 1000, 999, 999 },   true,  { 1000, 1, 999, 1 }     },
	{ "exactly half",             { 1024, 1000, 500, 500 },   true,  { 1000, 500, 500, 50 }  },
	{ "empty",		    { 1024, 1000, 1000, 1000 }, true,  { 1000, 0, 1000, 0 }    },
	{ "full",		     { 1024, 1000, 0, 0 },       true,  { 1000, 1000, 0, 100 }  },
	{ "only the reserve is left", { 1024, 1000, 50, 0 },      true,  { 1000, 950, 0, 100 }   },
	{ "all is reserved",          { 1024, 1000, 1000, 0 },    true,  { 1000, 0, 0, 0 }       },
	{ "half a KiB is rounded up", { 512, 3, 2, 1 },           true,  { 2, 1, 1, 50 }         },
	{ "as large as can be",       { MAX, MAX, 0, MAX },       true,  { TOP, TOP, TOP, 50 }   },
	{ "no blocks",                { 4096, 0, 0, 0 },          false, { 0 }                   },
	{ "no unit",                  { 0, 10, 5, 5 },            false, { 0 }                   },
	{ "more free than there is",  { 4096, 10, 11, 5 },        false, { 0 }                   },
};

static void
makes_figures(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(figures); i++) {
		const struct mon_disks_figures *want = &figures[i].want;
		struct mon_disks_figures got;

		check_fill(&got, sizeof(got));
		CHECK_EQ(mon_disks_figures(&figures[i].usage, &got), figures[i].ok, "%s",
		    figures[i].what);
		if (figures[i].ok) {
			CHECK_EQ(got.size_kb, want->size_kb, "%s", figures[i].what);
			CHECK_EQ(got.used_kb, want->used_kb, "%s", figures[i].what);
			CHECK_EQ(got.avail_kb, want->avail_kb, "%s", figures[i].what);
			CHECK_EQ(got.pct_used, want->pct_used, "%s", figures[i].what);
		} else {
			CHECK(check_untouched(&got, sizeof(got)), "%s", figures[i].what);
		}
	}
	check_done();
}

/* ---- which mounts ---- */

#define ROOT "1 0 8:1 / / rw - ext4 /dev/a rw\n"

/* Each disk found is 1000 KiB, half full: what is looked at is which, and what was asked. */
static const struct {
	const char *what, *text;
	size_t len;
	const char *want;  /* "SOURCE MOUNT;" for each line */
	const char *asked; /* "MOUNT;" for each question */
} mounts[] = {
	{"the root",				      L(ROOT),									"/dev/a /;",              "/;"        },
	{ "two disks",				    L(ROOT "2 1 8:2 / /home rw - ext4 /dev/b rw\n"),                                "/dev/a /;/dev/b /home;",
         "/;/home;"																			     },
	{ "optional fields",			      L("1 0 8:1 / / rw shared:1 master:2 unbindable - ext4 /dev/a rw\n"),
         "/dev/a /;",																	       "/;"        },
	{ "a bind mount: the shortest",
         L(ROOT "2 1 8:2 /x /home/x rw - ext4 /dev/b rw\n"
		   "3 1 8:2 / /rw rw - ext4 /dev/b rw\n"
		   "4 1 8:2 /y /usr/y rw - ext4 /dev/b rw\n"),
         "/dev/a /;/dev/b /rw;",																    "/;/rw;"    },
	{ "the first of two as short",
         L(ROOT "2 1 8:2 / /b rw - ext4 /dev/b rw\n"
		   "3 1 8:2 / /a rw - ext4 /dev/b rw\n"),
         "/dev/a /;/dev/b /b;",																     "/;/b;"     },
	{ "no pseudo file systems",
         L(ROOT "2 1 0:5 / /dev rw - devtmpfs udev rw\n"
		   "3 1 0:6 / /proc rw - proc proc rw\n"
		   "4 1 0:7 / /run rw - tmpfs tmpfs rw\n"
		   "5 1 0:8 / /x rw - tmpfs /dev/fake rw\n"),
         "/dev/a /;",																	       "/;"        },
	{ "btrfs",
         L("1 0 0:33 /root / rw - btrfs /dev/a rw\n2 1 0:33 /home /home rw - btrfs /dev/a rw\n"),
         "/dev/a /;",																	       "/;"        },
	{ "a disk of an anonymous kind without a device",
         L(ROOT "2 1 0:33 / /b rw - btrfs nothing rw\n"),										 "/dev/a /;",              "/;"        },
	{ "fuseblk is a disk",                            L(ROOT "2 1 8:2 / /usb rw - fuseblk /dev/b rw\n"),
         "/dev/a /;/dev/b /usb;",																   "/;/usb;"   },
	{ "no network, no fuse",
         L(ROOT "2 1 0:5 / /n rw - nfs4 s:/x rw\n3 1 0:6 / /c rw - cifs //s/x rw\n"
		   "4 1 0:7 / /s rw - fuse.sshfs s: rw\n5 1 0:8 / /f rw - fuse /dev/fuse rw\n"
		   "6 1 0:9 / /p rw - 9p tag rw\n7 1 0:10 / /v rw - virtiofs tag rw\n"
		   "8 1 0:11 / /a rw - autofs map rw\n9 1 0:12 / /l rw - lustre s:/x rw\n"),
         "/dev/a /;",																	       "/;"        },
	{ "a disk shared over the network",               L(ROOT "2 1 8:2 / /g rw - gfs2 /dev/b rw\n"),
         "/dev/a /;",																	       "/;"        },
	{ "a kind not heard of yet",
         L(ROOT "2 1 0:5 / /n rw - newfs /dev/n rw\n"
		   "3 2 8:2 / /n/b rw - ext4 /dev/b rw\n"),
         "/dev/a /;",																	       "/;"        },
	{ "below a network mount",
         L(ROOT "2 1 0:5 / /n rw - nfs s:/x rw\n3 2 8:2 / /n/b rw - ext4 /dev/b rw\n"),
         "/dev/a /;",																	       "/;"        },
	{ "under a network mount",
         L(ROOT "2 1 8:2 / /b rw - ext4 /dev/b rw\n3 2 0:5 / /b rw - nfs s:/x rw\n"),
         "/dev/a /;",																	       "/;"        },
	{ "hidden by one above",
         L(ROOT "2 1 8:2 / /h/b rw - ext4 /dev/b rw\n3 1 0:5 / /h rw - nfs s:/x rw\n"),
         "/dev/a /;",																	       "/;"        },
	{ "hidden by a tmpfs",
         L(ROOT "2 1 8:2 / /h/b rw - ext4 /dev/b rw\n3 1 0:5 / /h rw - tmpfs t rw\n"),
         "/dev/a /;",																	       "/;"        },
	{ "the same disk, hidden where it is shorter",
         L(ROOT "2 1 8:2 / /h rw - ext4 /dev/b rw\n3 1 8:2 / /longer rw - ext4 /dev/b rw\n"
		   "4 2 0:5 / /h rw - nfs s:/x rw\n"),
         "/dev/a /;/dev/b /longer;",																"/;/longer;"},
	{ "a disk over a disk",
         L(ROOT "2 1 8:2 / /d rw - ext4 /dev/b rw\n3 2 8:3 / /d rw - ext4 /dev/c rw\n"),
         "/dev/a /;/dev/c /d;",																     "/;/d;"     },
	{ "a disk over a network mount",
         L(ROOT "2 1 0:5 / /d rw - nfs s:/x rw\n3 2 8:3 / /d rw - ext4 /dev/c rw\n"),
         "/dev/a /;",																	       "/;"        },
	{ "a name that begins alike hides nothing",
         L(ROOT "2 1 0:5 / /mnt rw - nfs s:/x rw\n3 1 8:2 / /mnt2 rw - ext4 /dev/b rw\n"),
         "/dev/a /;/dev/b /mnt2;",																  "/;/mnt2;"  },
	{ "the root is a network mount",
         L("1 0 0:5 / / rw - nfs s:/x rw\n2 1 8:2 / /b rw - ext4 /dev/b rw\n"),                                                           "",                       ""          },
	{ "mounted over the root: not seen",
         L(ROOT "2 1 8:2 / / rw - ext4 /dev/b rw\n"
		   "3 2 8:3 / /c rw - ext4 /dev/c rw\n"),
         "/dev/a /;",																	       "/;"        },
	{ "the root is its own parent",                   L("1 1 8:1 / / rw - ext4 /dev/a rw\n"),                                         "/dev/a /;",              "/;"        },
	{ "a ring",				       L(ROOT "2 3 8:2 / /b rw - ext4 /dev/b rw\n3 2 8:3 / /b rw - ext4 /dev/c rw\n"),
         "/dev/a /;",																	       "/;"        },
	{ "a ring on the way",
         L(ROOT "2 1 8:2 / /b rw - ext4 /dev/b rw\n2 2 8:3 / /b rw - ext4 /dev/c rw\n"),
         "/dev/a /;",																	       "/;"        },
	{ "spaces and commas",                            L(ROOT "2 1 8:2 / /a\\040b,c rw - ext4 /dev/x\\011y rw\n"),
         "/dev/a /;/dev/x\\011y /a\\040b\\054c;",														   "/;/a b,c;" },
	{ "a backslash",				  L(ROOT "2 1 8:2 / /a\\134b rw - ext4 /dev/b rw\n"),
         "/dev/a /;/dev/b /a\\134b;",															       "/;/a\\b;"  },
	{ "an odd escape",				L(ROOT "2 1 8:2 / /a\\9 rw - ext4 /dev/b rw\n"),                                "/dev/a /;",              "/;"        },
	{ "an escaped NUL",			       L(ROOT "2 1 8:2 / /a\\000b rw - ext4 /dev/b rw\n"),                             "/dev/a /;",              "/;"        },
	{ "an escape past 255",                           L(ROOT "2 1 8:2 / /a\\777b rw - ext4 /dev/b rw\n"),                             "/dev/a /;",
         "/;"																				   },
	{ "an empty source",
         L(ROOT "2 1 0:5 / /t rw -  tmpfs  rw\n3 1 0:6 / /u rw - tmpfs  rw\n"
		   "4 1 8:2 / /b rw - ext4 /dev/b rw\n"),
         "/dev/a /;/dev/b /b;",																     "/;/b;"     },
	{ "no hyphen",				    L(ROOT "2 1 8:2 / /b rw shared:1 ext4 /dev/b rw\n"),                            "/dev/a /;",              "/;"        },
	{ "a relative point",                             L(ROOT "2 1 8:2 / b rw - ext4 /dev/b rw\n"),                                    "/dev/a /;",              "/;"        },
	{ "one that cannot be asked",                     L(ROOT "2 1 8:2 / /fails rw - ext4 /dev/b rw\n"),                               "/dev/a /;",
         "/;/fails;"																			    },
	{ "the last line is cut off",                     L(ROOT "2 1 8:2 / /b rw - ext4 /dev/b rw"),                                     "/dev/a /;",
         "/;"																				   },
	{ "no root",				      L("2 1 8:2 / /b rw - ext4 /dev/b rw\n"),                                        "",                       ""          },
	{ "empty",					L(""),									  "",                       ""          },
};

static char asked[65536];
static struct mon_answer answer;

static int
ask(void *context, const char *path, struct mon_disks_usage *ret)
{
	size_t len = strlen(asked);

	CHECK(context == asked, "the context is handed on");
	snprintf(asked + len, sizeof(asked) - len, "%s;", path);
	if (strcmp(path, "/fails") == 0)
		return -EACCES;
	*ret = (struct mon_disks_usage){ 1024, 1000, 500, 500 };
	return 0;
}

/* The answer as "SOURCE MOUNT;" for each line. */
static const char *
summary(void)
{
	static char text[MON_ANSWER_MAX];
	size_t out = 0;

	for (const char *p = answer.buf, *end = p + answer.len; p < end;) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		struct mon_payload payload;
		int commas = 0;

		CHECK_EQ(mon_wire_payload(p, (size_t)(lf - p), MON_FROM_GUEST, &payload),
		    MON_WIRE_OK, "%.*s", (int)(lf - p), p);
		for (p += strlen("disk: "); p < lf && commas < 2; p++) {
			commas += *p == ',';
			text[out++] = *p != ',' ? *p : commas == 1 ? ' ' : ';';
		}
		p = lf + 1;
	}
	text[out] = '\0';
	return text;
}

static void
chooses_mounts(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(mounts); i++) {
		char *exact = check_dup(mounts[i].text, mounts[i].len);

		*asked = '\0';
		mon_answer_reset(&answer);
		CHECK_EQ(mon_disks_parse(exact, mounts[i].len, ask, asked, &answer), 0, "%s",
		    mounts[i].what);
		CHECK(strcmp(summary(), mounts[i].want) == 0, "%s: %s", mounts[i].what, summary());
		CHECK(strcmp(asked, mounts[i].asked) == 0, "%s: asked %s", mounts[i].what, asked);
		free(exact);
	}
	check_done();
}

static void
bounds_what_it_looks_at(void **state)
{
	static char text[MON_MOUNTS_MAX * 64];
	size_t len = 0;

	(void)state;
	for (int i = 0; i < MON_MOUNTS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%d %d 8:%d / /%s%.0d rw - ext4 /dev/a rw\n", i + 1, i > 0, i, i > 0 ? "m" : "",
		    i);
	*asked = '\0';
	mon_answer_reset(&answer);
	CHECK_EQ(mon_disks_parse(text, len, ask, asked, &answer), 0, "as many as can be looked at");
	CHECK_EQ(answer.lines, MON_KIND_ROWS, "as many as a kind may have");
	len +=
	    (size_t)snprintf(text + len, sizeof(text) - len, "9999 1 0:9 / /n rw - nfs s:/ rw\n");
	*asked = '\0';
	mon_answer_reset(&answer);
	CHECK_EQ(mon_disks_parse(text, len, ask, asked, &answer), -E2BIG, "one more");
	CHECK_EQ(answer.len, 0, "nothing was added");
	CHECK_EQ(strlen(asked), 0, "nothing was asked");
	check_done();
}

static void
survives_any_bytes(void **state)
{
	static const char odd[] = "\0\n\n  /\\,:-0123456789\"'=\377\200";
	uint64_t seed = 4711;

	(void)state;
	for (size_t round = 0; round < 20000; round++) {
		size_t which = check_below(&seed, CHECK_LEN(mounts));
		size_t len = mounts[which].len;
		char *exact = check_dup(mounts[which].text, len);

		for (size_t k = check_below(&seed, 8); k > 0 && len > 0; k--)
			exact[check_below(&seed, len)] = odd[check_below(&seed, sizeof(odd) - 1)];
		*asked = '\0';
		mon_answer_reset(&answer);
		mon_disks_parse(exact, len, ask, asked, &answer);
		summary();
		free(exact);
	}
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(makes_figures),
		CHECK_TEST(chooses_mounts),
		CHECK_TEST(bounds_what_it_looks_at),
		CHECK_TEST(survives_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

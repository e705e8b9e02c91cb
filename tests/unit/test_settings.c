/* test_settings.c - the settings file line by line, its values, and the drop-ins made of them. */
#include <stdio.h>

#include "check.h"
#include "unitfile.h"
#include "settings.h"

#define OVER "0123456789012345678901234567890123456789012345678901234567890123" /* 64 */
#define OVER_512 OVER OVER OVER OVER OVER OVER OVER OVER

static const struct {
	const char *what, *line;
	size_t len;
	enum mon_settings_err want;
	const char *value; /* of MON_EXCLUDE, when taken */
} lines[] = {
	{"plain",				  L("MON_EXCLUDE=a*"),                 MON_SETTINGS_OK,    "a*"    },
	{ "double quotes",                         L("MON_EXCLUDE=\"a* b?\""),          MON_SETTINGS_OK,    "a* b?" },
	{ "single quotes",                         L("MON_EXCLUDE='a b'"),              MON_SETTINGS_OK,    "a b"   },
	{ "empty",				 L("MON_EXCLUDE="),                   MON_SETTINGS_OK,    ""      },
	{ "empty in quotes",                       L("MON_EXCLUDE=\"\""),               MON_SETTINGS_OK,    ""      },
	{ "a second equals sign",                  L("MON_EXCLUDE=a=b"),                MON_SETTINGS_OK,    "a=b"   },
	{ "# in a value",			  L("MON_EXCLUDE=a#b"),                MON_SETTINGS_OK,    "a#b"   },
	{ "needs no quotes inside quotes",         L("MON_EXCLUDE=\"a;b(c)\""),         MON_SETTINGS_OK,    "a;b(c)"},
	{ "the longest",
         L("MON_EXCLUDE=" OVER_512 OVER OVER OVER OVER OVER OVER OVER
	      "012345678901234567890123456789012345678901234567890123456789012"),
         MON_SETTINGS_OK,										   OVER_512 OVER OVER OVER OVER OVER OVER OVER
	    "012345678901234567890123456789012345678901234567890123456789012"              },
	{ "too long",			      L("MON_EXCLUDE=" OVER_512 OVER_512), MON_SETTINGS_LONG,  NULL    },
	{ "a space behind",                        L("MON_EXCLUDE=a "),                 MON_SETTINGS_PLAIN, NULL    },
	{ "a space before",                        L("MON_EXCLUDE= a"),                 MON_SETTINGS_PLAIN, NULL    },
	{ "a space before =",                      L("MON_EXCLUDE =a"),                 MON_SETTINGS_PLAIN, NULL    },
	{ "two words",			     L("MON_EXCLUDE=a b"),                MON_SETTINGS_PLAIN, NULL    },
	{ "a comment behind",                      L("MON_EXCLUDE=a # b"),              MON_SETTINGS_PLAIN, NULL    },
	{ "a shell would cut here",                L("MON_EXCLUDE=a;b"),                MON_SETTINGS_PLAIN, NULL    },
	{ "a shell would expand",                  L("MON_EXCLUDE=~a"),                 MON_SETTINGS_PLAIN, NULL    },
	{ "export",				L("export MON_EXCLUDE=a"),           MON_SETTINGS_PLAIN, NULL    },
	{ "open quote",			    L("MON_EXCLUDE=\"a"),                MON_SETTINGS_BYTES, NULL    },
	{ "one quote",			     L("MON_EXCLUDE=\""),                 MON_SETTINGS_BYTES, NULL    },
	{ "other quote",			   L("MON_EXCLUDE=\"a'"),               MON_SETTINGS_BYTES, NULL    },
	{ "quote inside",			  L("MON_EXCLUDE=a\"b"),               MON_SETTINGS_BYTES, NULL    },
	{ "quote inside quotes",                   L("MON_EXCLUDE=\"a\"b\""),           MON_SETTINGS_BYTES, NULL    },
	{ "something behind quotes",               L("MON_EXCLUDE=\"a\"b"),             MON_SETTINGS_BYTES, NULL    },
	{ "backslash",			     L("MON_EXCLUDE=a\\"),                MON_SETTINGS_BYTES, NULL    },
	{ "variable",			      L("MON_EXCLUDE=$HOME"),              MON_SETTINGS_BYTES, NULL    },
	{ "command",			       L("MON_EXCLUDE=`a`"),                MON_SETTINGS_BYTES, NULL    },
	{ "a DOS line end",                        L("MON_EXCLUDE=a\r"),                MON_SETTINGS_BYTES, NULL    },
	{ "tab",				   L("MON_EXCLUDE=\"a\tb\""),           MON_SETTINGS_BYTES, NULL    },
	{ "NUL",				   L("MON_EXCLUDE=a\0b"),               MON_SETTINGS_BYTES, NULL    },
	{ "NUL behind",			    L("MON_EXCLUDE=a\0"),                MON_SETTINGS_BYTES, NULL    },
	{ "bad UTF-8",			     L("MON_EXCLUDE=\xff"),               MON_SETTINGS_BYTES, NULL    },
	{ "cut UTF-8",			     L("MON_EXCLUDE=\xc3"),               MON_SETTINGS_BYTES, NULL    },
	{ "no =",				  L("MON_EXCLUDE"),                    MON_SETTINGS_SHAPE, NULL    },
	{ "no key",				L("=a"),			     MON_SETTINGS_SHAPE, NULL    },
	{ "only a space",			  L(" "),                              MON_SETTINGS_SHAPE, NULL    },
	{ "another comment sign",                  L("; a"),                            MON_SETTINGS_SHAPE, NULL    },
	{ "a key too short",                       L("MON_EXCLUD=a"),                   MON_SETTINGS_KEY,   NULL    },
	{ "a key too long",                        L("MON_EXCLUDES=a"),                 MON_SETTINGS_KEY,   NULL    },
	{ "another key",			   L("PATH=/a"),                        MON_SETTINGS_KEY,   NULL    },
	{ "lower case",			    L("mon_exclude=a"),                  MON_SETTINGS_KEY,   NULL    },
	{ "NUL in the key",                        L("MON_EXCLUDE\0=a"),                MON_SETTINGS_KEY,   NULL    },
	{ "an empty line",                         L(""),                               MON_SETTINGS_OK,    NULL    },
	{ "a comment",			     L("# MON_EXCLUDE=a"),                MON_SETTINGS_OK,    NULL    },
	{ "a comment that swallows the next line", L("# a\\"),                          MON_SETTINGS_BYTES, NULL    },
};

static void
test_lines(void **state)
{
	static struct mon_settings got, before;

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(lines); i++) {
		char *exact = check_dup(lines[i].line, lines[i].len);
		enum mon_settings_err err;

		memset(&got, 0, sizeof(got));
		strcpy(got.value[MON_SETTING_EXCLUDE], "before");
		before = got;
		err = mon_settings_line(&got, exact, lines[i].len, 7);
		CHECK_EQ(err, lines[i].want, "%s", lines[i].what);
		if (lines[i].value != NULL) {
			CHECK(strcmp(got.value[MON_SETTING_EXCLUDE], lines[i].value) == 0,
			    "%s: '%s'", lines[i].what, got.value[MON_SETTING_EXCLUDE]);
			CHECK_EQ(got.line[MON_SETTING_EXCLUDE], 7, "%s", lines[i].what);
			CHECK_EQ(mon_settings_line(&got, exact, lines[i].len, 8),
			    MON_SETTINGS_TWICE, "%s", lines[i].what);
			CHECK_EQ(got.line[MON_SETTING_EXCLUDE], 7, "%s, twice", lines[i].what);
		} else {
			CHECK(
			    memcmp(&got, &before, sizeof(got)) == 0, "%s: touched", lines[i].what);
		}
		free(exact);
	}
	check_done();
}

/* Whatever the bytes are: no read past them, and what is taken is what was said to be taken. */
static void
test_random_lines(void **state)
{
	static const char alphabet[] = "MON_KEEP=\"' #\\$a1\n\r\t\0\xc3\xa9\xff;~";
	static struct mon_settings got;
	uint64_t seed = 20250831;
	size_t taken = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		size_t len = check_below(&seed, 24);
		char line[64] = "MON_KEEP=", *exact;

		for (size_t k = check_below(&seed, 10); k < len; k++)
			line[k] = alphabet[check_below(&seed, sizeof(alphabet) - 1)];
		exact = check_dup(line, len);
		memset(&got, 0, sizeof(got));
		if (mon_settings_line(&got, exact, len, 1) == MON_SETTINGS_OK &&
		    got.line[MON_SETTING_KEEP] == 1) {
			taken++;
			CHECK(strpbrk(got.value[MON_SETTING_KEEP], "\"'\\$`\n\r\t\xff") == NULL,
			    "%s", check_hex(line, len));
		}
		free(exact);
	}
	CHECK(taken > 1000, "only %zu lines were taken: the test tests nothing", taken);
	check_done();
}

static const struct {
	long seconds;
	const char *want; /* NULL: refused */
} intervals[] = {
	{5,      "*:*:0/5"  },
	{ 6,     "*:*:0/6"  },
	{ 10,    "*:*:0/10" },
	{ 12,    "*:*:0/12" },
	{ 15,    "*:*:0/15" },
	{ 20,    "*:*:0/20" },
	{ 30,    "*:*:0/30" },
	{ 60,    "*:0/1:00" },
	{ 120,   "*:0/2:00" },
	{ 300,   "*:0/5:00" },
	{ 1800,  "*:0/30:00"},
	{ 3600,  "*:00:00"  },
	{ 0,     NULL       },
	{ -10,   NULL       },
	{ 1,     NULL       },
	{ 4,     NULL       },
	{ 7,     NULL       },
	{ 8,     NULL       },
	{ 25,    NULL       },
	{ 45,    NULL       },
	{ 61,    NULL       },
	{ 90,    NULL       },
	{ 420,   NULL       },
	{ 2400,  NULL       },
	{ 3599,  NULL       },
	{ 7200,  NULL       },
	{ 86400, NULL       },
};

static void
test_intervals(void **state)
{
	char got[MON_CALENDAR_MAX + 1];

	(void)state;
	for (size_t i = 0; i < CHECK_LEN(intervals); i++) {
		bool ok;

		check_fill(got, sizeof(got));
		ok = mon_settings_interval(intervals[i].seconds, got);
		CHECK_EQ(ok, intervals[i].want != NULL, "%ld", intervals[i].seconds);
		if (!ok)
			CHECK(check_untouched(got, sizeof(got)), "%ld", intervals[i].seconds);
		else if (intervals[i].want != NULL)
			CHECK(strcmp(got, intervals[i].want) == 0, "%ld: %s", intervals[i].seconds,
			    got);
	}
	check_done();
}

static const struct {
	const char *text;
	bool time, path;
} texts[] = {
	{"03:50",               true,  false},
	{ "00:00",              true,  false},
	{ "23:59",              true,  false},
	{ "24:00",              false, false},
	{ "20:60",              false, false},
	{ "3:50",               false, false},
	{ "03:5",               false, false},
	{ "03-50",              false, false},
	{ "03:500",             false, false},
	{ "03:50 ",             false, false},
	{ "",		   false, false},
	{ "a3:50",              false, false},
	{ "29:00",              false, false},
	{ "/home/user/Monitor", false, true },
	{ "/a",		 false, true },
	{ "/a/",                false, true },
	{ "//a",                false, true },
	{ "/a/...",             false, true },
	{ "/a-b_c.d+e@f",       false, true },
	{ "/",		  false, false},
	{ "//",		 false, false},
	{ "a",		  false, false},
	{ "a/b",                false, false},
	{ "/a/..",              false, false},
	{ "/../a",              false, false},
	{ "/a/./b",             false, false},
	{ "/a b",               false, false},
	{ "/a%h",               false, false},
	{ "/a:b",               false, false},
	{ "/a\"",               false, false},
	{ "/a\n",               false, false},
	{ "/\xc3\xa9",          false, false},
};

static void
test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(texts); i++) {
		char *exact = check_dup(texts[i].text, strlen(texts[i].text) + 1);

		CHECK_EQ(mon_settings_time(exact), texts[i].time, "%s", exact);
		CHECK_EQ(mon_settings_path(exact), texts[i].path, "%s", exact);
		free(exact);
	}
	check_done();
}

static const struct {
	const char *what;
	struct mon_unitfile_values values;
	const char *want[MON_UNITFILES]; /* behind the comment; NULL: nothing */
} dropins[] = {
	{"all by default",         { 0 },                                { NULL }                },
	{ "interval",              { .interval_s = 60 },
         { [MON_UNITFILE_POLL_TIMER] = "[Timer]\nOnCalendar=\nOnCalendar=*:0/1:00\n",
		[MON_UNITFILE_POLL_SERVICE] = "[Service]\nTimeoutStartSec=59s\n" }               },
	{ "interval and deadline", { .interval_s = 5, .deadline_s = 3 },
         { [MON_UNITFILE_POLL_TIMER] = "[Timer]\nOnCalendar=\nOnCalendar=*:*:0/5\n",
		[MON_UNITFILE_POLL_SERVICE] =
		    "[Service]\nTimeoutStartSec=4s\nEnvironment=MON_DEADLINE=3\n" }              },
	{ "time",		  { .backup_time = "22:15" },
         { [MON_UNITFILE_BACKUP_TIMER] =
		    "[Timer]\nOnCalendar=\nOnCalendar=*-*-* 22:15:00\nOnBootSec=2min\n" }        },
	{ "folder",                { .dir = "/rw/record" },
         { [MON_UNITFILE_POLL_SERVICE] = "[Service]\nBindPaths=\nBindPaths=/rw/record\n",
		[MON_UNITFILE_QUBES_SERVICE] = "[Service]\nBindPaths=\nBindPaths=/rw/record\n",
		[MON_UNITFILE_BACKUP_SERVICE] = "[Service]\nBindPaths=\nBindPaths=/rw/record\n" }},
};

static void
test_dropins(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(dropins); i++) {
		for (enum mon_unitfile d = 0; d < MON_UNITFILES; d++) {
			const char *want = dropins[i].want[d];
			char *text = malloc(MON_UNIT_TEXT_MAX);
			size_t n;

			assert_non_null(text);
			n = mon_unitfile_format(d, &dropins[i].values, text);
			CHECK_EQ(strlen(text), n, "%s, %s", dropins[i].what, mon_unitfile_unit(d));
			CHECK_EQ(
			    n > 0, want != NULL, "%s, %s", dropins[i].what, mon_unitfile_unit(d));
			if (n > 0 && want != NULL)
				CHECK(text[0] == '#' && strcmp(strchr(text, '\n') + 1, want) == 0,
				    "%s, %s: %s", dropins[i].what, mon_unitfile_unit(d), text);
			free(text);
		}
	}
	check_done();
}

/* The longest folder there can be. */
static void
test_longest_dropin(void **state)
{
	char dir[MON_SETTING_MAX + 1], *text = malloc(MON_UNIT_TEXT_MAX);
	struct mon_unitfile_values values = { .dir = dir, .interval_s = 5, .deadline_s = 3 };

	(void)state;
	assert_non_null(text);
	memset(dir, 'a', sizeof(dir));
	dir[0] = '/';
	dir[MON_SETTING_MAX] = '\0';
	CHECK(mon_settings_path(dir), "a long path");
	mon_unitfile_format(MON_UNITFILE_POLL_SERVICE, &values, text);
	CHECK(strstr(text, "MON_DEADLINE=3\n") != NULL, "cut: %s", text);
	free(text);
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(test_lines),
		CHECK_TEST(test_random_lines),
		CHECK_TEST(test_intervals),
		CHECK_TEST(test_texts),
		CHECK_TEST(test_dropins),
		CHECK_TEST(test_longest_dropin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * fuzz_options.c - what a person gives on the command line or in the environment: sizes,
 * seconds, globs, and the options themselves; see tool.h and exclude.h.  The first byte chooses
 * what, the second a bound.  Each is taken exactly when another reader, made here, takes it, and
 * means the same; each message is one harmless line.
 */
#include <fnmatch.h>
#include <unistd.h>

#include "fuzz.h"

/* The messages go to us, and what a tool has seen can be forgotten. */
static int hear(int fd, const char *buf, size_t len);
#define mon_io_write hear
#undef dprintf /* a macro of glibc, where _FORTIFY_SOURCE is on and the compiler is clang */
#define dprintf(fd, ...) ((void)(fd))
#include "../../lib/tool.c"
#undef mon_io_write
#undef dprintf

static struct fuzz_room room;
static size_t told;

/* A message must not draw on the terminal or begin a line, whatever the argument was. */
FUZZ_UNSEEN static int
hear(int fd, const char *buf, size_t len)
{
	MUST(fd == STDERR_FILENO && len > 5 && len <= 1024);
	MUST(memcmp(buf, "mon: ", 5) == 0 && buf[--len] == '\n');
	for (size_t n; len > 0; buf += n, len -= n) {
		n = mon_text_rune(buf, len);
		MUST(n > 0);
	}
	told++;
	return 0;
}

/* ---- numbers ---- */

/* The digits at ${p} as a number of at most ${max}; false if they are no number as people write it. */
FUZZ_UNSEEN static bool
read_digits(const char *p, size_t n, uint64_t max, uint64_t *ret)
{
	unsigned __int128 value = 0;

	if (n == 0 || n > 19 || (n > 1 && *p == '0'))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		value = value * 10 + (unsigned)(p[i] - '0');
	}
	*ret = (uint64_t)value;
	return value <= max;
}

static void
check_size(const char *text)
{
	const size_t len = strlen(text);
	const char last = len > 0 ? text[len - 1] : '0';
	const uint64_t unit = last == 'K'   ? 1 << 10
			      : last == 'M' ? 1 << 20
			      : last == 'G' ? 1 << 30
					    : 1;
	uint64_t n = 77, wanted;
	bool good = read_digits(text, unit > 1 ? len - 1 : len, INT64_MAX, &wanted) && wanted > 0 &&
		    (unsigned __int128)wanted * unit <= UINT64_MAX;

	told = 0;
	MUST(mon_tool_size("--size", text, &n) == good && told == !good);
	MUST(n == (good ? wanted * unit : 77));
}

static void
check_seconds(const char *text)
{
	struct mon_tool_setting setting;
	const char *dot = strchr(text, '.');
	size_t whole = dot != NULL ? (size_t)(dot - text) : strlen(text);
	uint64_t s, wanted = 0;
	unsigned ms = 77;
	bool good = read_digits(text, whole, 86400, &s);

	if (good) {
		char padded[4] = "000";
		size_t n = dot != NULL ? strlen(dot + 1) : 3;

		good = n >= 1 && n <= 3;
		if (good && dot != NULL)
			memcpy(padded, dot + 1, n);
		for (size_t i = 0; good && i < 3; i++) {
			good = padded[i] >= '0' && padded[i] <= '9';
			wanted = wanted * 10 + (unsigned)(padded[i] - '0');
		}
		wanted += 1000 * s;
		good = good && wanted >= 1 && wanted <= 86400000;
	}
	MUST(mon_tool_seconds("--seconds", text, &ms) == good && told == !good);
	MUST(ms == (good ? wanted : 77));
	told = 0;
	MUST(mon_tool_setting(MON_SETTING_TIMEOUT, text, &setting) == good && told == !good);
	MUST(!good || (setting.set && setting.number == wanted && setting.text == text));
}

static void
check_now(const char *text)
{
	time_t t = -77;
	char ts[MON_STAMP_LEN + 1] = "x";

	if (!mon_tool_stamp(text, &t, ts)) {
		MUST(told == 1 && t == -77 && strcmp(ts, "x") == 0);
		return;
	}
	MUST(told == 0 && strcmp(ts, text) == 0);
}

static void
check_dir(const char *text, unsigned cap)
{
	static struct fuzz_room dir;
	char *p = fuzz_room(&dir, cap);

	if (!mon_tool_dir(text, p, cap))
		MUST(told == 1 && (*text == '\0' || strlen(text) >= cap));
	else
		MUST(told == 0 && *text != '\0' && strcmp(p, text) == 0);
}

/* ---- globs ---- */

/* '*' and '?' as everybody knows them. */
FUZZ_UNSEEN static bool
match(const char *glob, const char *vm)
{
	const char *star = NULL, *from = NULL;

	while (*vm != '\0') {
		if (*glob == '*') {
			star = ++glob;
			from = vm;
		} else if (*glob == '?' || *glob == *vm) {
			glob++;
			vm++;
		} else if (star != NULL) {
			glob = star;
			vm = ++from;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}

static void
check_globs(char *list, size_t size)
{
	const char *bad = NULL, *rest = list;
	struct mon_str glob;
	static const char *const vms[] = { "a", "work", "disp1234", "sys-net.x_y",
		"abcdefghijklmnopqrstuvwxyzabcde" };
	static const char between[] = " \t\n,\"'";
	struct mon_exclude e = { 0 };
	size_t words = 0, good = 0;
	bool plain = strpbrk(list, "[\\") == NULL;

	while (mon_exclude_next(&rest, &glob)) {
		MUST(glob.n > 0 && glob.p >= list && glob.p + glob.n < list + size);
		words++;
		good += mon_exclude_is_glob(glob.p, glob.n);
	}
	MUST(*rest == '\0' || rest[strspn(rest, between)] == '\0' || strchr(rest, '#') != NULL);
	MUST(mon_exclude_add_list(&e, list, &bad) == (words == good && words <= MON_EXCLUDES_MAX));
	MUST(e.n == (good < MON_EXCLUDES_MAX ? good : MON_EXCLUDES_MAX));
	for (size_t v = 0; v < sizeof(vms) / sizeof(vms[0]); v++) {
		bool any = false, matched = mon_exclude_match(&e, vms[v]);

		for (size_t i = 0; i < e.n; i++) {
			MUST(e.globs[i] >= list && e.globs[i] < list + size);
			MUST(*e.globs[i] != '\0' && strpbrk(e.globs[i], between) == NULL);
			any = any || (plain ? match(e.globs[i], vms[v])
					    : fnmatch(e.globs[i], vms[v], 0) == 0);
		}
		MUST(matched == any);
	}
	/* One by one they count the same. */
	for (size_t i = e.n; i < MON_EXCLUDES_MAX; i++)
		MUST(mon_tool_exclude("x", &e) && e.n == i + 1);
	MUST(told == 0 && !mon_tool_exclude("x", &e) && told == 1 && e.n == MON_EXCLUDES_MAX);
}

/* ---- options ---- */

#define WORDS_MAX 64

/* Those of mon-scrape, and one without a letter. */
static const char shorts[] = "+lx:t:hV";
static const char repeatable[] = "x";
static const struct option longs[] = {
	{ "local", no_argument, NULL, 'l' },
	{ "exclude", required_argument, NULL, 'x' },
	{ "timeout", required_argument, NULL, 't' },
	{ "time", required_argument, NULL, 300 },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* How a reader stands in the words. */
struct reader {
	char **word;
	int at, n;
	const char *cluster; /* the letters that are left of "-abc" */
	bool seen[512];
};

/* The next option, -1 at the end, or '?'. */
static int
read_option(struct reader *r, const char **ret_value)
{
	const char *w, *value = NULL;
	bool takes;
	int c;

	*ret_value = NULL;
	if (r->cluster == NULL) {
		if (r->at == r->n || r->word[r->at][0] != '-' || r->word[r->at][1] == '\0')
			return -1;
		w = r->word[r->at++];
		if (strcmp(w, "--") == 0)
			return -1;
		if (w[1] == '-') {
			const struct option *o = longs;
			const char *equals = strchr(w, '=');
			size_t n = equals != NULL ? (size_t)(equals - w) - 2 : strlen(w + 2);

			while (o->name != NULL &&
			       (strlen(o->name) != n || strncmp(o->name, w + 2, n) != 0))
				o++;
			if (o->name == NULL)
				return '?';
			c = o->val;
			takes = o->has_arg == required_argument;
			if (equals != NULL && !takes)
				return '?';
			value = equals != NULL ? equals + 1 : NULL;
		} else {
			r->cluster = w + 1;
		}
	}
	if (r->cluster != NULL) {
		const char *letter;

		c = (unsigned char)*r->cluster++;
		letter = c != ':' && c != '+' ? strchr(shorts, c) : NULL;
		if (letter == NULL)
			return '?';
		takes = letter[1] == ':';
		if (takes && *r->cluster != '\0')
			value = r->cluster;
		if (takes || *r->cluster == '\0')
			r->cluster = NULL;
	}
	if (takes && value == NULL) {
		if (r->at == r->n)
			return '?';
		value = r->word[r->at++];
	}
	if (r->seen[c] && c != 'x')
		return '?';
	r->seen[c] = true;
	*ret_value = value;
	return c;
}

static void
check_options(char *text, size_t size)
{
	static char name[] = "mon";
	char *none[] = { name, NULL }, *argv[WORDS_MAX + 2] = { name };
	const char *wanted_value = NULL;
	struct reader r = { .word = argv, .at = 1 };
	int argc = 1, c, wanted;

	/* A word a line; the last ends with the NUL behind the text. */
	for (size_t at = 0; at < size && argc <= WORDS_MAX; at += strlen(text + at) + 1) {
		argv[argc++] = text + at;
		text[at + strcspn(text + at, "\n")] = '\0';
	}
	argv[argc] = NULL;
	r.n = argc;
	/* glibc forgets the words before only so; 0 would not do, as tools begin with 1. */
	optind = 0;
	MUST(getopt_long(1, none, shorts, longs, NULL) == -1);
	optind = 1;
	memset(seen, 0, sizeof(seen));
	do {
		optarg = NULL;
		c = mon_tool_getopt(argc, argv, shorts, longs, repeatable);
		wanted = read_option(&r, &wanted_value);
		MUST(c == wanted && told == (c == '?'));
		if (c != '?')
			MUST(c == -1 || optarg == wanted_value);
	} while (c != -1 && c != '?');
	MUST(c == '?' || optind == r.at);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size < 2 || size > 65536)
		return 0;
	tool_name = "mon";
	told = 0;
	text = fuzz_room(&room, size - 1);
	memcpy(text, data + 2, size - 2);
	text[size - 2] = '\0';
	switch (data[0] % 6) {
	case 0: check_size(text); break;
	case 1: check_seconds(text); break;
	case 2: check_now(text); break;
	case 3: check_dir(text, data[1]); break;
	case 4: check_globs(text, size - 1); break;
	default: check_options(text, size - 2); break;
	}
	return 0;
}

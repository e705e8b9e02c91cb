/* tool.c - what every tool does alike; see tool.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "caps.h"
#include "shape.h"
#include "stamp.h"
#include "text.h"
#include "tool.h"

static const char *tool_name = "mon";
static const char *tool_help = "";
static bool stderr_is_journal;

/* Is stderr the very stream that systemd connected to the journal?  systemd.exec(5), JOURNAL_STREAM. */
static bool
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char have[64];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) < 0)
		return false;
	snprintf(have, sizeof(have), "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	return strcmp(stream, have) == 0;
}

void
mon_tool_init(const char *name, const char *help)
{
	tool_name = name;
	tool_help = help;
	/*
	 * A file opened as fd 0 to 2 would receive what is meant for stdout or stderr.  What
	 * takes their place cannot be used: a closed stdin or stdout is an error, not silence.
	 */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	umask(077);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL); /* ignored, as some parents leave it, it hides exit codes */
	stderr_is_journal = is_journal();
}

/* An argument or a file name in a message must not draw on the terminal or begin a line. */
static void
make_harmless(char *p, size_t len)
{
	for (size_t i = 0, n; i<len; i += n> 0 ? n : 1) {
		n = mon_text_rune(p + i, len - i);
		if (n == 0)
			p[i] = '?';
	}
}

/* One line on stderr by one write, so that two stages of a pipe cannot mix theirs. */
static void
print_message(int priority, int err, const char *format, va_list args)
{
	char line[1024];
	size_t n = 0;
	int r;

	if (stderr_is_journal)
		n += (size_t)snprintf(line, sizeof(line), "<%d>", priority);
	n += (size_t)snprintf(line + n, sizeof(line) - n, "%s: ", tool_name);
	r = vsnprintf(line + n, sizeof(line) - n, format, args);
	if (r > 0)
		n += (size_t)r;
	if (n < sizeof(line) && err != 0) {
		r = snprintf(line + n, sizeof(line) - n, ": %s", strerror(abs(err)));
		if (r > 0)
			n += (size_t)r;
	}
	if (n > sizeof(line) - 1)
		n = sizeof(line) - 1;
	make_harmless(line, n);
	line[n++] = '\n';
	/* Where stderr cannot be written there is nobody left to tell. */
	(void)mon_io_write(STDERR_FILENO, line, n);
}

void
mon_tool_warn(int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message(4, err, format, args);
	va_end(args);
}

void
mon_tool_error(int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message(3, err, format, args);
	va_end(args);
}

int
mon_tool_misuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message(3, 0, format, args);
	va_end(args);
	dprintf(STDERR_FILENO, "%sTry '%s --help'.\n", stderr_is_journal ? "<3>" : "", tool_name);
	return MON_EX_USAGE;
}

/* The long option that ${word} ("--name" or "--name=value") spells in full, or NULL. */
static const struct option *
find_long(const char *word, const struct option *longs)
{
	size_t n = strcspn(word + 2, "=");

	for (; longs->name != NULL; longs++)
		if (strlen(longs->name) == n && memcmp(longs->name, word + 2, n) == 0)
			return longs;
	return NULL;
}

/* The options seen: letters, and what options without a letter have from 256. */
static bool seen[512];

int
mon_tool_getopt(
    int argc, char *argv[], const char *shorts, const struct option *longs, const char *repeatable)
{
	const char *word = optind < argc ? argv[optind] : NULL;
	int c;

	/* getopt_long() would take "--dr" for --dry-run; a later option could change its meaning. */
	if (word != NULL && strncmp(word, "--", 2) == 0 && word[2] != '\0' &&
	    find_long(word, longs) == NULL) {
		mon_tool_misuse("unknown option '%s'", word);
		return '?';
	}
	opterr = 0;
	c = getopt_long(argc, argv, shorts, longs, NULL);
	if (c == '?' || c == ':') {
		if (word != NULL && strncmp(word, "--", 2) == 0 && strchr(word, '=') != NULL)
			mon_tool_misuse("option '%s' takes no value", word);
		else if (word != NULL && strncmp(word, "--", 2) == 0)
			mon_tool_misuse("option '%s' needs a value", word);
		else if (strchr(":+", optopt) == NULL && strchr(shorts, optopt) != NULL)
			mon_tool_misuse("option '-%c' needs a value", optopt);
		else
			mon_tool_misuse("unknown option '-%c'", optopt);
		return '?';
	}
	if (c > 0 && c < (int)sizeof(seen) && (c > 255 || strchr(repeatable, c) == NULL)) {
		if (seen[c]) {
			mon_tool_misuse("option '%s' is given twice", word);
			return '?';
		}
		seen[c] = true;
	}
	return c;
}

int
mon_tool_help(void)
{
	fputs(tool_help, stdout);
	return mon_tool_finish(MON_EX_OK);
}

int
mon_tool_version(void)
{
	printf("%s (sys-monitor) %s\n", tool_name, MON_VERSION);
	return mon_tool_finish(MON_EX_OK);
}

int
mon_tool_finish(int code)
{
	/* A full disk or a lost reader may show only now (closestream(3) of gnulib). */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		mon_tool_error(errno, "cannot write to stdout");
		return MON_EX_FAIL;
	}
	if (close(STDOUT_FILENO) < 0 && errno != EBADF) {
		mon_tool_error(errno, "cannot write to stdout");
		return MON_EX_FAIL;
	}
	return code;
}

int
mon_tool_write(const char *buf, size_t len)
{
	int r = mon_io_write(STDOUT_FILENO, buf, len);

	if (r < 0)
		mon_tool_error(r, "cannot write to stdout");
	return r;
}

const char *
mon_tool_value(const char *option, const char *variable, const char *fallback)
{
	const char *value = option;

	if (value == NULL) {
		value = getenv(variable);
		if (value != NULL && *value == '\0')
			value = NULL;
	}
	return value != NULL ? value : fallback;
}

bool
mon_tool_dir(const char *option, char *ret, size_t cap)
{
	const char *dir = mon_tool_value(option, "MON_DIR", NULL);
	const char *home = getenv("HOME");
	const char *below = dir != NULL ? "" : "/Monitor";

	if (dir == NULL && (home == NULL || *home != '/')) {
		mon_tool_misuse("no folder: HOME is not set; give --dir DIR or set MON_DIR");
		return false;
	}
	if (dir == NULL)
		dir = home;
	if (*dir == '\0' || strlen(dir) + strlen(below) >= cap) {
		mon_tool_misuse("the folder's name is empty or too long; give --dir DIR");
		return false;
	}
	stpcpy(stpcpy(ret, dir), below);
	return true;
}

const char *
mon_tool_own(int err, const char *dir)
{
	static char text[4096 + 128];

	if (abs(err) != EACCES && abs(err) != EPERM)
		return "";
	snprintf(text, sizeof(text),
	    "; if it belongs to another user, type as root: chown -R %ld:%ld '%s'", (long)geteuid(),
	    (long)getegid(), dir);
	return text;
}

void
mon_tool_no_dir(int err, const char *option, const char *dir)
{
	const char *other = option == NULL ? "; another one is given by --dir or MON_DIR" : "";

	if (abs(err) == ENOENT)
		mon_tool_error(0, "there is no folder '%s': nothing was recorded there yet%s", dir,
		    other);
	else
		mon_tool_error(err, "cannot open the folder '%s'%s%s", dir, mon_tool_own(err, dir),
		    other);
}

bool
mon_tool_now(const char *option, time_t *ret)
{
	if (option == NULL) {
		*ret = time(NULL);
		return true;
	}
	if (!mon_stamp_parse(option, strlen(option), ret)) {
		mon_tool_misuse("--now '%s' is no time like 2025-08-31T12:00:10Z", option);
		return false;
	}
	return true;
}

bool
mon_tool_number(const char *what, const char *text, long min, long max, long *ret)
{
	uint64_t n;

	/* At most 2^63-1, so it can be compared as a signed number, too. */
	if (!mon_shape_number(text, strlen(text), &n) || (int64_t)n < min || (int64_t)n > max) {
		mon_tool_misuse("%s '%s' is no whole number from %ld to %ld", what, text, min, max);
		return false;
	}
	*ret = (long)n;
	return true;
}

bool
mon_tool_size(const char *what, const char *text, uint64_t *ret)
{
	static const char units[] = "KMG";
	size_t len = strlen(text);
	const char *unit = len > 0 ? strchr(units, text[len - 1]) : NULL;
	const unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
	uint64_t n;

	if (unit != NULL)
		len--;
	if (!mon_shape_number(text, len, &n) || n == 0 || n > (UINT64_MAX >> shift)) {
		mon_tool_misuse("%s '%s' is no size like 500000, 1500M or 2G", what, text);
		return false;
	}
	*ret = n << shift;
	return true;
}

bool
mon_tool_seconds(const char *what, const char *text, unsigned *ret_ms)
{
	const size_t len = strlen(text), whole = strcspn(text, ".");
	const size_t decimals = whole < len ? len - whole - 1 : 0;
	uint64_t ms = 0;

	if (mon_shape_check(MON_DECIMAL, text, len) && decimals <= 3 &&
	    mon_shape_number(text, whole, &ms) && ms <= 86400) {
		ms *= 1000;
		for (size_t i = 0, scale = 100; i < decimals; i++, scale /= 10)
			ms += (uint64_t)(text[whole + 1 + i] - '0') * scale;
		if (ms >= 1 && ms <= 86400000) {
			*ret_ms = (unsigned)ms;
			return true;
		}
	}
	mon_tool_misuse("%s '%s' is no time in seconds like 3 or 0.5, up to 86400", what, text);
	return false;
}

bool
mon_tool_ms(const char *what, const char *option, const char *variable, unsigned fallback_ms,
    unsigned *ret_ms)
{
	const char *text = mon_tool_value(option, variable, NULL);

	if (text == NULL) {
		*ret_ms = fallback_ms;
		return true;
	}
	return mon_tool_seconds(option != NULL ? what : variable, text, ret_ms);
}

bool
mon_tool_stamp(const char *option, time_t *ret, char ret_ts[MON_STAMP_LEN + 1])
{
	if (!mon_tool_now(option, ret))
		return false;
	if (!mon_stamp_format(*ret, ret_ts)) {
		mon_tool_error(0, "the clock shows a year outside 1970 to 9999; set it");
		return false;
	}
	return true;
}

bool
mon_tool_exclude(const char *glob, struct mon_exclude *exclude)
{
	static char list[4096];
	const char *globs = getenv("MON_EXCLUDE");
	int n;

	if (glob != NULL) {
		if (mon_exclude_add(exclude, glob))
			return true;
	} else {
		if (exclude->n > 0 || globs == NULL)
			return true;
		n = snprintf(list, sizeof(list), "%s", globs);
		if (n >= 0 && (size_t)n < sizeof(list) && mon_exclude_add_list(exclude, list))
			return true;
	}
	mon_tool_misuse("more than %d globs to exclude, or too long ones", MON_EXCLUDES_MAX);
	return false;
}

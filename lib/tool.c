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

#include "caps.h"
#include "human.h"
#include "io.h"
#include "settings.h"
#include "shape.h"
#include "stamp.h"
#include "text.h"
#include "tool.h"
#include "zone.h"

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
mon_tool_let_go(void)
{
	signal(SIGPIPE, SIG_DFL);
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
	const char *word;
	int at = optind, c;

	/* The option that comes next: getopt_long() passes over words before it. */
	while (*shorts != '+' && at < argc && (argv[at][0] != '-' || argv[at][1] == '\0'))
		at++;
	word = at < argc ? argv[at] : NULL;

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

/* ---- settings ---- */

/* The settings file, read once; what it sets, copied when asked for. */
static struct {
	const char *path;
	bool named, quiet, tried;
	int err;       /* why it could not be read */
	unsigned told; /* the last line without a key that was told */
	struct mon_settings_file file;
	char buf[MON_SETTINGS_BYTES_MAX + 1];
	char value[MON_SETTINGS][MON_SETTING_MAX + 1];
} settings;

void
mon_tool_settings(const char *file, bool quiet)
{
	settings.path = file;
	settings.quiet = quiet;
	settings.tried = false;
	settings.told = 0;
}

static void
read_settings(void)
{
	bool denied;

	settings.tried = true;
	settings.path = mon_settings_path_of(settings.path, &settings.named);
	settings.err = mon_settings_read(settings.path, settings.buf, &settings.file);
	if (settings.err == -ENOENT && !settings.named)
		settings.err = 0;
	denied = settings.err == -EACCES;
	if (settings.err < 0 && !settings.quiet)
		mon_tool_warn(settings.err,
		    "cannot read the settings %s, so none of them counts%s%s%s", settings.path,
		    denied ? " (mend it: sudo chmod 644 '" : "", denied ? settings.path : "",
		    denied ? "')" : "");
}

/* A line that names no key is about several: tell of it once. */
static bool
is_new(const struct mon_settings_line *line)
{
	const bool once = line->key == MON_SETTINGS, is = !once || line->number > settings.told;

	if (once && is)
		settings.told = line->number;
	return is;
}

/*
 * Ask the file for ${key}.  Set ${ret_text} to what its first good line says, if that is not empty;
 * of a list, to what all its lines say.  Tell of the others.
 */
static void
ask_file(enum mon_setting key, struct mon_tool_setting *ret)
{
	const bool list = mon_settings_keys[key].kind == MON_SETTING_GLOBS;
	char *value = settings.value[key], why[MON_SETTINGS_EXPLAIN_MAX];
	struct mon_settings_file file;
	struct mon_settings_line line;
	size_t n = 0;

	if (!settings.tried)
		read_settings();
	ret->wrong = ret->wrong || settings.err < 0;
	file = settings.file;
	while (mon_settings_next(&file, &line)) {
		const size_t len = line.key == key ? strlen(line.value) : 0;

		if (!mon_settings_about(&line, key))
			continue;
		if (line.fault != MON_SETTINGS_GOOD) {
			ret->wrong = true;
			if (is_new(&line) && !settings.quiet)
				mon_tool_warn(0, "%s:%u: %s%s", settings.path, line.number,
				    mon_settings_explain(&line, why),
				    list && line.key == key ? "; the good names of the list count"
							    : "");
		} else if (len > 0) {
			ret->text = value;
			ret->number = line.meaning;
			ret->set = true;
		}
		if ((!list || line.key != key) && line.fault != MON_SETTINGS_GOOD)
			continue;
		if (n + (n > 0) + len >= sizeof(settings.value[key])) {
			if (!settings.quiet)
				mon_tool_warn(0,
				    "%s:%u: nothing of this line counts: with those above, %s is longer than %d bytes",
				    settings.path, line.number, mon_settings_keys[key].key,
				    MON_SETTING_MAX);
			continue;
		}
		if (n > 0)
			value[n++] = ' ';
		n = (size_t)((char *)mempcpy(value + n, line.value, len) - value);
		value[n] = '\0';
	}
}

/* A path that is given by hand may be relative, and of odd letters: no unit has to hold it. */
static bool
is_right(enum mon_setting key, const char *text, uint64_t *ret)
{
	return mon_settings_keys[key].kind == MON_SETTING_PATH ? *text != '\0'
							       : mon_settings_check(key, text, ret);
}

bool
mon_tool_setting(enum mon_setting key, const char *option, struct mon_tool_setting *ret)
{
	const struct mon_setting_key *k = &mon_settings_keys[key];
	const char *variable = getenv(k->key);

	*ret = (struct mon_tool_setting){ .text = k->fallback };
	if (option != NULL && !is_right(key, option, &ret->number)) {
		mon_tool_misuse("%s '%s' is wrong: it must be %s", k->option, option, k->wanted);
		return false;
	}
	if (option != NULL) {
		ret->text = option;
		ret->set = true;
		return true;
	}
	if (variable != NULL && *variable != '\0') {
		ret->set = is_right(key, variable, &ret->number);
		if (ret->set) {
			ret->text = variable;
			return true;
		}
		ret->wrong = true;
		mon_tool_warn(0, "%s '%s' in the environment does not count: it must be %s", k->key,
		    variable, k->wanted);
	}
	ask_file(key, ret);
	if (!ret->set && *k->fallback != '\0')
		(void)mon_settings_check(key, k->fallback, &ret->number);
	return true;
}

bool
mon_tool_dir(const char *option, char *ret, size_t cap)
{
	const char *home = getenv("HOME"), *below = "";
	struct mon_tool_setting dir;

	if (option != NULL && *option == '\0') {
		mon_tool_misuse("the name of the folder is empty; give --dir DIR");
		return false;
	}
	(void)mon_tool_setting(MON_SETTING_DIR, option, &dir);
	if (!dir.set && (home == NULL || *home != '/')) {
		mon_tool_misuse("no folder: HOME is not set; give --dir DIR or set MON_DIR");
		return false;
	}
	if (!dir.set) {
		dir.text = home;
		below = "/Monitor";
	}
	if (strlen(dir.text) + strlen(below) >= cap) {
		mon_tool_misuse("the name of the folder is too long; give --dir DIR");
		return false;
	}
	stpcpy(stpcpy(ret, dir.text), below);
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
mon_tool_tell_terminal(const char *what)
{
	if (isatty(STDIN_FILENO))
		mon_tool_warn(0, "reading %s from the terminal; Ctrl-D ends them", what);
}

void
mon_tool_tell_cut(const char *day, const char *file, uint64_t bytes)
{
	char count[MON_HUMAN_MAX];

	mon_tool_warn(0, "%s%s%s: cut a torn end of %s, left by a crash or power cut", day,
	    day[0] != '\0' ? "/" : "", file, mon_human_plural(bytes, "byte", count));
}

void
mon_tool_no_dir(int err, const char *option, const char *dir)
{
	const char *other = option == NULL ? "; another one is given by --dir or MON_DIR" : "";

	if (abs(err) == ENOENT)
		mon_tool_error(
		    0, "there is no folder '%s': nothing was recorded there yet%s", dir, other);
	else
		mon_tool_error(
		    err, "cannot open the folder '%s'%s%s", dir, mon_tool_own(err, dir), other);
}

/* Add what the environment holds; false if it holds nothing. */
static bool
take_globs(enum mon_setting key, struct mon_exclude *ret)
{
	const char *bad = NULL, *list = getenv(mon_settings_keys[key].key);
	char *copy = settings.value[key];

	if (list == NULL || *list == '\0')
		return false;
	snprintf(copy, sizeof(settings.value[key]), "%s", list);
	if (strlen(list) >= sizeof(settings.value[key]))
		mon_tool_warn(0,
		    "%s in the environment is longer than %d bytes: its end does not count",
		    mon_settings_keys[key].key, MON_SETTING_MAX);
	if (!mon_exclude_add_list(ret, copy, &bad))
		mon_tool_warn(0,
		    "%s in the environment: '%s' does not count, the others do: it must be %s",
		    mon_settings_keys[key].key, bad, mon_settings_keys[key].wanted);
	return true;
}

void
mon_tool_globs(enum mon_setting key, struct mon_exclude *ret)
{
	struct mon_tool_setting setting = { .text = "" };
	const char *bad = NULL;

	if (take_globs(key, ret))
		return;
	ask_file(key, &setting); /* and it has told which are wrong */
	if (!mon_exclude_add_list(ret, settings.value[key], &bad) && ret->n == MON_EXCLUDES_MAX &&
	    !settings.quiet)
		mon_tool_warn(0, "%s: of %s only the first %d names count, so '%s' does not",
		    settings.path, mon_settings_keys[key].key, MON_EXCLUDES_MAX, bad);
}

bool
mon_tool_exclude(const char *glob, struct mon_exclude *exclude)
{
	if (glob == NULL) {
		if (exclude->n == 0)
			mon_tool_globs(MON_SETTING_EXCLUDE, exclude);
		return true;
	}
	if (mon_exclude_add(exclude, glob))
		return true;
	if (exclude->n == MON_EXCLUDES_MAX)
		mon_tool_misuse("more than %d globs to exclude", MON_EXCLUDES_MAX);
	else
		mon_tool_misuse("--exclude '%s' is no name of a qube with * and ?", glob);
	return false;
}

bool
mon_tool_vm(const char *glob, struct mon_exclude *vms)
{
	if (mon_exclude_add(vms, glob))
		return true;
	if (vms->n == MON_EXCLUDES_MAX)
		mon_tool_misuse("more than %d --vm", MON_EXCLUDES_MAX);
	else
		mon_tool_misuse("--vm '%s' is no name of a qube with * and ?", glob);
	return false;
}

bool
mon_tool_self(const char *option, char ret[MON_VM_MAX + 1])
{
	struct mon_tool_setting self;
	char host[256] = "";
	const char *name = host;

	if (!mon_tool_setting(MON_SETTING_SELF, option, &self))
		return false;
	(void)gethostname(host, sizeof(host) - 1);
	host[strcspn(host, ".")] = '\0';
	if (self.set)
		name = self.text;
	else if (!mon_shape_check(MON_VM, host, strlen(host)))
		name = "localhost";
	memset(ret, 0, MON_VM_MAX + 1);
	memcpy(ret, name, strlen(name));
	return true;
}

/* ---- the rest ---- */

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

void
mon_tool_zone(void)
{
	const char *tz = getenv("TZ");

	if (mon_zone_known(tz, MON_TOOL_LOCALTIME))
		return;
	if (tz != NULL)
		mon_tool_warn(0,
		    "there is no time zone '%s' (TZ), so days are those of UTC; timedatectl "
		    "list-timezones names them",
		    tz);
	else
		mon_tool_warn(0, MON_TOOL_LOCALTIME
		    " leads to no file, so days are those of UTC; is the package "
		    "tzdata installed in the template?");
}

bool
mon_tool_size(const char *what, const char *text, uint64_t *ret)
{
	if (mon_settings_size(text, ret))
		return true;
	mon_tool_misuse("%s '%s' is no size like 500000, 1500M or 2G", what, text);
	return false;
}

bool
mon_tool_seconds(const char *what, const char *text, unsigned *ret_ms)
{
	uint64_t ms;

	if (!mon_settings_seconds(text, &ms)) {
		mon_tool_misuse(
		    "%s '%s' is no time in seconds like 3 or 0.5, up to 86400", what, text);
		return false;
	}
	*ret_ms = (unsigned)ms;
	return true;
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

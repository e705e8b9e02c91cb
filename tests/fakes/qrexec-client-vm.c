/*
 * qrexec-client-vm - stands on PATH in the place of the one of Qubes OS 4.2.
 *
 *	qrexec-client-vm TARGET SERVICE[+ARGUMENT]
 *
 * The machine is the folder $FAKE_QUBES, a file for each qube; README.md beside this file is
 * its reference.  Two processes, as in Qubes: the client relays, the service runs in a session
 * of its own and outlives a client that is killed.  The service is a program, or stands behind a
 * socket, as the qube's file or $FAKE_HANDLER says.  Whatever waits here ends when the folder is
 * deleted, so a test leaves no process behind.
 *
 * A tool of the tests: its settings come from them and are trusted, the clock is not.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Exit codes of qrexec. */
enum { EX_LOCAL = 1, EX_NOT_EXECUTABLE = 125, EX_REFUSED = 126, EX_NO_HANDLER = 127 };

#define STEPS_MAX 64    /* lines of a qube's file */
#define NAME_LEN_MAX 31 /* the limit of Qubes OS */
#define FROZEN_S 120    /* what a frozen qube takes to fail */
#define PORTS_MAX 160   /* killed calls that exhaust a frozen qube */
#define SLICE_MS 200    /* between two looks whether the machine still exists */
#define HUGE_STDERR (1 << 20)
#define CALLER "sys-monitor" /* the qube that calls */

/* One line of a qube's file: "word" or "word=value"; when = 0 at every call. */
struct step {
	const char *word, *value;
	enum { ALWAYS, ODD, EVEN, NTH, TAKE, BARE } when; /* BARE: without an argument */
	long nth;
};

struct qube {
	const char *name;
	bool socket; /* its service stands behind a socket */
	struct step steps[STEPS_MAX];
	size_t nsteps;
	char text[16384]; /* what the steps point into */
};

static int machine = -1; /* the folder */
static const char *machine_path;
static const char *target, *service; /* as they were called */
static char name[64], argument[64];  /* the two halves of the service, the '+' in neither */

static _Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

static _Noreturn void
die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("qrexec-client-vm (simulated): ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	_exit(EX_LOCAL);
}

/* One line in the machine's log by one write: many calls write to it at once. */
static void
note(const char *event, const char *more)
{
	struct timespec ts;
	char line[512];
	int fd, n;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	n = snprintf(line, sizeof(line), "%ld.%03ld %s %d %.100s %.100s%s%s\n", (long)ts.tv_sec,
	    ts.tv_nsec / 1000000, event, (int)getpid(), target, service, *more ? " " : "", more);
	/* Only a call makes the log: a service that ends late must not fill a folder being deleted. */
	fd = openat(machine, "log",
	    O_WRONLY | O_APPEND | O_CLOEXEC | (strcmp(event, "call") == 0 ? O_CREAT : 0), 0644);
	if (fd < 0 && errno == ENOENT)
		_exit(EX_LOCAL);
	if (fd < 0 || write(fd, line, (size_t)n) < 0)
		die("cannot write the log of %s: %s", machine_path, strerror(errno));
	close(fd);
}

static long
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- reading the machine ---- */

static const struct step *
find(const struct qube *q, const char *word)
{
	for (size_t i = 0; i < q->nsteps; i++)
		if (strcmp(q->steps[i].word, word) == 0 &&
		    q->steps[i].when != (*argument == '\0' ? TAKE : BARE))
			return &q->steps[i];
	return NULL;
}

static const char *
setting(const struct qube *q, const char *word, const char *fallback)
{
	const struct step *s = find(q, word);

	return s != NULL && s->value != NULL ? s->value : fallback;
}

static double
seconds(const char *value, double fallback)
{
	return value != NULL ? strtod(value, NULL) : fallback;
}

static void
parse_line(char *line, struct step *s)
{
	char *equals = strchr(line, '='), *colon = strchr(line, ':');

	*s = (struct step){ .word = line };
	if (equals != NULL) {
		*equals = '\0';
		s->value = equals + 1;
	}
	if (colon == NULL || (equals != NULL && colon > equals))
		return;
	*colon = '\0';
	s->word = colon + 1;
	s->nth = strtol(line, NULL, 10);
	s->when = strcmp(line, "odd") == 0    ? ODD
		  : strcmp(line, "even") == 0 ? EVEN
		  : strcmp(line, "take") == 0 ? TAKE
		  : strcmp(line, "bare") == 0 ? BARE
					      : NTH;
	if (s->when == NTH && s->nth < 1)
		die("'%s:' is neither odd:, even:, take:, bare: nor the number of a call", line);
}

/* Read the file of a qube; false if there is none. */
static bool
read_qube(const char *path, const char *qube, struct qube *q)
{
	int fd = openat(machine, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, q->text, sizeof(q->text));
	close(fd);
	if (n < 0 || n == (ssize_t)sizeof(q->text))
		die("cannot read %s: too long or unreadable", path);
	q->text[n] = '\0';
	q->name = qube;
	q->nsteps = 0;
	for (char *line = strtok(q->text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		if (*line == '#')
			continue;
		if (q->nsteps == STEPS_MAX)
			die("%s has more than %d lines", path, STEPS_MAX);
		parse_line(line, &q->steps[q->nsteps++]);
	}
	return true;
}

static bool
is_name(const char *word)
{
	if (!isalpha((unsigned char)*word) || strlen(word) > NAME_LEN_MAX)
		return false;
	for (; *word != '\0'; word++)
		if (!isalnum((unsigned char)*word) && strchr("_-.", *word) == NULL)
			return false;
	return true;
}

/* Which call to this qube is this, from 1?  A byte a call: an append tells its own place. */
static long
count_call(const char *kind, const char *qube)
{
	char path[64];
	int fd;
	off_t place;

	snprintf(path, sizeof(path), "%s.%s", kind, qube);
	fd = openat(machine, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, ".", 1) != 1 || (place = lseek(fd, 0, SEEK_CUR)) < 0)
		die("cannot write %s/%s: %s", machine_path, path, strerror(errno));
	close(fd);
	return (long)place;
}

static long
count_read(const char *kind, const char *qube)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "%s.%s", kind, qube);
	return fstatat(machine, path, &st, 0) == 0 ? (long)st.st_size : 0;
}

/* ---- the service's side ---- */

/* Wait, for ever if ${s} < 0; look now and then for the machine's and the client's end. */
static void
wait_for(double s, bool watch_stdout)
{
	const long end = now_ms() + (long)(s * 1000);
	struct pollfd out = { .fd = watch_stdout ? STDOUT_FILENO : -1 };

	for (;;) {
		long left = s < 0 ? SLICE_MS : end - now_ms();

		if (left <= 0)
			return;
		if (access(machine_path, F_OK) < 0)
			_exit(EX_LOCAL);
		if (poll(&out, 1, left < SLICE_MS ? (int)left : SLICE_MS) > 0) {
			/* POLLHUP: a socket whose other end was closed; a pipe tells POLLERR. */
			if (out.revents & (POLLERR | POLLHUP))
				note("lost", "");
			out.fd = -1;
		}
	}
}

/* Write to stdout; a service whose client is gone ends as SIGPIPE would end it. */
static void
put(const char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, buf, len);

		if (n < 0 && errno == EPIPE) {
			note("lost", "");
			_exit(128 + SIGPIPE);
		}
		if (n < 0 && errno != EINTR)
			_exit(EX_LOCAL);
		if (n > 0) {
			buf += n;
			len -= (size_t)n;
		}
	}
}

#define PUT(literal) put(literal, sizeof(literal) - 1)

/* Undo \n \t \e \0 \xHH and \\ in place; return the length. */
static size_t
unescape(char *s)
{
	char *to = s;

	for (const char *from = s; *from != '\0'; from++) {
		char hex[3] = "";

		if (*from != '\\') {
			*to++ = *from;
			continue;
		}
		switch (*++from) {
		case 'n': *to++ = '\n'; break;
		case 't': *to++ = '\t'; break;
		case 'e': *to++ = '\033'; break;
		case '0': *to++ = '\0'; break;
		case 'x':
			if (isxdigit((unsigned char)from[1]) && isxdigit((unsigned char)from[2])) {
				memcpy(hex, from + 1, 2);
				*to++ = (char)strtol(hex, NULL, 16);
				from += 2;
			}
			break;
		case '\0': return (size_t)(to - s);
		default: *to++ = *from;
		}
	}
	return (size_t)(to - s);
}

static char *
copy_of(const char *s)
{
	char *copy = strdup(s);

	if (copy == NULL)
		die("out of memory");
	return copy;
}

static void
put_text(const char *value)
{
	char *text = copy_of(value);

	put(text, unescape(text));
	free(text);
}

static void
put_file(const char *path)
{
	char buf[65536];
	ssize_t n;
	int fd = openat(machine, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		_exit(EX_NOT_EXECUTABLE);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		put(buf, (size_t)n);
	close(fd);
}

/* The same text again and again, until the client goes away. */
static _Noreturn void
flood(const char *value)
{
	static char block[65536];
	char *text = copy_of(value);
	size_t len = unescape(text), have = 0;

	if (len == 0 || len > sizeof(block))
		die("flood of %zu bytes", len);
	for (; have + len <= sizeof(block); have += len)
		memcpy(block + have, text, len);
	for (;;)
		put(block, have);
}

static _Noreturn void
drip(double interval)
{
	static const char line[] = "alert: Aug 31 12:00:09 drip: one byte at a time\n";

	for (size_t i = 0;; i = (i + 1) % (sizeof(line) - 1)) {
		put(line + i, 1);
		wait_for(interval, false);
	}
}

static void
fill_stderr(void)
{
	static const char line[] = "qubes.Metrics.Get: much ado about nothing\n";

	for (size_t n = 0; n < HUGE_STDERR; n += sizeof(line) - 1)
		if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
			return;
}

/* The variable as it is in our environment, "NAME=value", or NULL if it is not set. */
static char *
pass_on(const char *variable)
{
	const size_t n = strlen(variable);

	for (char **e = environ; *e != NULL; e++)
		if (strncmp(*e, variable, n) == 0 && (*e)[n] == '=')
			return *e;
	return NULL;
}

/*
 * Become the real sampler: mon-sample --root ROOT --state-dir DIR [OPTION]...  ROOT ends before the
 * first " -", for a path may hold spaces.
 */
static _Noreturn void
become_sampler(const struct qube *q, const char *value)
{
	char *root = strdupa(value != NULL ? value : "/"), *options = strstr(root, " -");
	char state[PATH_MAX + 64], home[PATH_MAX + 16], given[96];
	char *argv[24] = { "mon-sample", "--root", root, "--state-dir", state };
	char *env[16] = { NULL };
	static const char *const passed[] = { "PATH", "TZ", "LC_ALL", "LANG", "ASAN_OPTIONS",
		"UBSAN_OPTIONS", "LSAN_OPTIONS" };
	size_t n = 5, e = 0;

	/* A guest is another machine: nothing of the collector's environment is there. */
	if (!q->socket) {
		snprintf(home, sizeof(home), "HOME=%s", machine_path);
		snprintf(given, sizeof(given), "QREXEC_SERVICE_ARGUMENT=%s", argument);
		env[e++] = "QREXEC_REMOTE_DOMAIN=" CALLER;
		env[e++] = given;
		env[e++] = "USER=user";
		env[e++] = home;
	}
	snprintf(state, sizeof(state), "%s/state/%s", machine_path, q->name);
	mkdirat(machine, "state", 0777);
	mkdir(state, 0777);
	if (options != NULL) {
		*options++ = '\0';
		for (char *word = strtok(options, " "); word != NULL && n < 22;
		     word = strtok(NULL, " "))
			argv[n++] = word;
	}
	if (!q->socket && *argument != '\0')
		argv[n] = argument;
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		if ((env[e] = pass_on(passed[i])) != NULL)
			e++;
	signal(SIGPIPE, SIG_DFL);
	execvpe(argv[0], argv, env);
	fprintf(stderr, "cannot run mon-sample: %s\n", strerror(errno));
	_exit(errno == ENOENT ? EX_NO_HANDLER : EX_NOT_EXECUTABLE);
}

/* What came on stdin, up to its end: behind a socket, the descriptor first. */
static void
copy_stdin(void)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) > 0)
		put(buf, (size_t)n);
}

static void
run_sampler(const struct qube *q, const char *value, bool last)
{
	pid_t pid = last ? 0 : fork();

	if (pid == 0)
		become_sampler(q, value);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* ---- dom0 ---- */

static void
list_qube(const struct qube *q, const char *klass, bool uuids)
{
	uint32_t hash = 2166136261u;
	char line[256];

	printf("%s class=%s state=%s", q->name, setting(q, "class", klass),
	    setting(q, "state", "Running"));
	for (const char *p = q->name; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619u;
	snprintf(line, sizeof(line), "%08x-0000-4000-8000-0000%08x", hash, ~hash);
	if (uuids)
		printf(" uuid=%s", setting(q, "uuid", line));
	putchar('\n');
}

static int
no_dots(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* What admin.vm.List answers: "0", NUL, dom0, then the qubes that the policy shows. */
static void
list(const struct qube *dom0)
{
	static struct qube q;
	const bool uuids = find(dom0, "uuid") != NULL;
	struct dirent **names = NULL;
	char path[4096];
	int n;

	/* Not scandirat(): musl, with which the benchmark builds this, has none. */
	snprintf(path, sizeof(path), "%s/qubes", machine_path);
	n = scandir(path, &names, no_dots, by_bytes);

	putchar('0');
	putchar('\0');
	list_qube(dom0, "AdminVM", uuids);
	for (int i = 0; i < n && find(dom0, "only-dom0") == NULL; i++) {
		snprintf(path, sizeof(path), "qubes/%s", names[i]->d_name);
		if (read_qube(path, names[i]->d_name, &q) && find(&q, "hidden") == NULL)
			list_qube(&q, "AppVM", uuids);
	}
	fflush(stdout);
}

#define ROUND_S 3 /* between two rounds of admin.vm.Stats */

static void
put_pair(const char *key, const char *value)
{
	printf("%s%c%s%c", key, '\0', value, '\0');
}

static void
put_stats(const struct qube *q, const char *fallback)
{
	char *cpu = strdupa(setting(q, "xen", fallback)), *memory = strchr(cpu, ',');

	if (memory == NULL)
		die("%s: xen= is CPU_MS,MEMORY_KB", q->name);
	*memory++ = '\0';
	printf("1%c%s%cvm-stats%c", '\0', q->name, '\0', '\0');
	put_pair("memory_kb", memory);
	put_pair("cpu_time", cpu);
	put_pair("cpu_usage", "3");
	put_pair("cpu_usage_raw", "12");
	putchar('\0');
}

/* One round of what admin.vm.Stats tells: dom0, and the qubes that run and that the policy shows. */
static void
stats_round(const struct qube *dom0)
{
	static struct qube q;
	struct dirent **names = NULL;
	char path[4096];
	int n;

	snprintf(path, sizeof(path), "%s/qubes", machine_path);
	n = scandir(path, &names, no_dots, by_bytes);
	put_stats(dom0, "5000000,4096000");
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "qubes/%s", names[i]->d_name);
		if (read_qube(path, names[i]->d_name, &q) && find(&q, "hidden") == NULL &&
		    strcmp(setting(&q, "state", "Running"), "Running") == 0 &&
		    strcmp(setting(&q, "class", "AppVM"), "RemoteVM") != 0)
			put_stats(&q, "1000,400000");
	}
	fflush(stdout);
}

/* What admin.vm.Stats answers: it never ends by itself. */
static _Noreturn void
stats(const struct qube *dom0)
{
	PUT("1\0\0connection-established\0\0");
	for (;;) {
		stats_round(dom0);
		wait_for(ROUND_S, true);
	}
}

/* "2", NUL, class, NUL, traceback, NUL, message, NUL, with exit code 0: an Admin API exception. */
static void
put_exception(const char *value)
{
	PUT("2\0");
	put_text(value != NULL ? value : "QubesException\\0\\0Internal error\\0");
}

/* ---- the steps of a service ---- */

static bool
is_due(const struct step *s, long call)
{
	switch (s->when) {
	case ALWAYS: return true;
	case ODD: return call % 2 == 1;
	case EVEN: return call % 2 == 0;
	case NTH: return call == s->nth;
	case TAKE: return *argument != '\0';
	case BARE: return *argument == '\0';
	}
	return false;
}

/* What only the list and the client look at, and no service does. */
static bool
is_setting(const char *word)
{
	static const char *const settings[] = { "class", "state", "uuid", "hidden", "only-dom0",
		"deny", "no-handler", "not-executable", "local-failure", "frozen", "slow-start",
		"socket", "exec", "xen", "copy-exit", "copy-hang", "copy-delay", "copy-full" };

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (strcmp(settings[i], word) == 0)
			return true;
	return false;
}

/* Attacks that need no setting. */
static bool
attack(const char *word)
{
	if (strcmp(word, "cut") == 0)
		PUT("conn: 1,2\nconn: 12345,6789");
	else if (strcmp(word, "nul") == 0)
		PUT("conn: 1\0,2\n\0\nnet: et\0h0,1,0,0,1,0,0\nalert: Aug 31 12:00:09 a\0b\nconn: "
		    "3,4\n");
	else if (strcmp(word, "escape") == 0)
		PUT("alert: \033[2J\033[H\033]0;owned\007 \xc2\x9b"
		    "31m\b\b\b\r\x7f\n"
		    "net: \033[31meth0,1,0,0,1,0,0\nalert: \xff\xfe\xe2\x80\xae not UTF-8\n");
	else if (strcmp(word, "forge") == 0)
		PUT("2025-08-31T12:00:10Z dom0 conn: 9,9\ndom0 conn: 9,9\nscrape: ok,1,1,1,0\n"
		    "state: Running\nvm: dom0\n[dom0]\nts,vm,tcp_established,udp_sockets\n"
		    "2025-08-31T12:00:10Z,dom0,9,9\nalert: ! sys-monitor: all is well\n"
		    "alert: =HYPERLINK(\"http://x\",\"y\")\nalert: a\",dom0,\"b\rconn: 9,9\n"
		    "net: ../../etc/passwd,1,0,0,1,0,0\nconn: -1,2\nconn: 012,4\nconn: 1,2,3\n"
		    "conn: 9223372036854775808,0\nconn: 1e3,0\nsys: "
		    "nan,inf,0x1,1,1,1,1,1,1,1,1,1,1\n");
	else
		return false;
	return true;
}

static void
run_step(const struct qube *q, const struct step *s, bool last)
{
	const char *value = s->value != NULL ? s->value : "";

	if (strcmp(s->word, "honest") == 0) {
		run_sampler(q, s->value, last);
	} else if (strcmp(s->word, "list") == 0) {
		list(q);
	} else if (strcmp(s->word, "established") == 0) {
		PUT("1\0\0connection-established\0\0");
	} else if (strcmp(s->word, "round") == 0) {
		stats_round(q);
	} else if (strcmp(s->word, "exception") == 0) {
		put_exception(s->value);
	} else if (strcmp(s->word, "print") == 0) {
		put_text(value);
	} else if (strcmp(s->word, "answer") == 0) {
		put_file(value);
	} else if (strcmp(s->word, "stdin") == 0) {
		copy_stdin();
	} else if (strcmp(s->word, "delay") == 0) {
		wait_for(seconds(s->value, 1), true);
	} else if (strcmp(s->word, "hang") == 0) {
		wait_for(-1, true);
	} else if (strcmp(s->word, "flood") == 0) {
		flood(s->value != NULL ? value : "alert: Aug 31 12:00:09 flood: more and more\\n");
	} else if (strcmp(s->word, "flood-noline") == 0) {
		flood("x");
	} else if (strcmp(s->word, "drip") == 0) {
		drip(seconds(s->value, 1));
	} else if (strcmp(s->word, "close-stdout") == 0) {
		if (q->socket)
			shutdown(STDOUT_FILENO, SHUT_WR);
		close(STDOUT_FILENO);
	} else if (strcmp(s->word, "huge-stderr") == 0) {
		fill_stderr();
	} else if (strcmp(s->word, "die") == 0) {
		signal(s->value != NULL ? atoi(value) : SIGKILL, SIG_DFL);
		raise(s->value != NULL ? atoi(value) : SIGKILL);
	} else if (strcmp(s->word, "exit") == 0) {
		_exit(atoi(value));
	} else if (!attack(s->word)) {
		fprintf(stderr, "%s: unknown step '%s'\n", q->name, s->word);
		_exit(EX_NOT_EXECUTABLE);
	}
}

static _Noreturn void
serve(const struct qube *q, long call, bool is_dom0)
{
	size_t last = STEPS_MAX;
	char dropped[4096];

	note("serve", "");
	signal(SIGPIPE, SIG_IGN);
	/* dom0 takes the payload first, up to its end: why an open stdin hangs admin.vm.List. */
	while (is_dom0 && read(STDIN_FILENO, dropped, sizeof(dropped)) > 0)
		;
	for (size_t i = 0; i < q->nsteps; i++)
		if (is_due(&q->steps[i], call) && !is_setting(q->steps[i].word))
			last = i;
	if (last == STEPS_MAX && is_dom0 && strcmp(service, "admin.vm.Stats") == 0)
		stats(q);
	if (last == STEPS_MAX && is_dom0)
		list(q);
	for (size_t i = 0; i < q->nsteps; i++)
		if (is_due(&q->steps[i], call) && !is_setting(q->steps[i].word))
			run_step(q, &q->steps[i], i == last);
	_exit(0);
}

/* ---- the client's side ---- */

/* Bytes on their way from one descriptor to another; -1 where it has ended. */
struct flow {
	int from, to;
	bool half; /* ${to} is a socket that is still read: only its writing side ends */
	size_t done, have;
	char buf[65536];
};

/* Take what has come.  Return false at the end. */
static bool
flow_fill(struct flow *f)
{
	ssize_t n = read(f->from, f->buf, sizeof(f->buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	f->done = 0;
	f->have = n > 0 ? (size_t)n : 0;
	return n > 0;
}

/* Pass it on.  Return false if the reader is gone; any other error loses the bytes in silence. */
static bool
flow_empty(struct flow *f)
{
	ssize_t n = write(f->to, f->buf + f->done, f->have - f->done);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n < 0 && errno == EPIPE)
		return false;
	f->done = n < 0 ? f->have : f->done + (size_t)n;
	return true;
}

static void
flow_end(struct flow *f)
{
	if (f->from > STDERR_FILENO)
		close(f->from);
	/* stdout too: the reader sees the end while the client still waits for the exit code. */
	if (f->half)
		shutdown(f->to, SHUT_WR);
	else
		close(f->to);
	f->from = f->to = -1;
}

/* Relay both ways until the service's stdout has ended. */
static void
relay(struct flow *in, struct flow *out, int in_flags, int out_flags)
{
	struct flow *flows[2] = { in, out };

	while (out->from >= 0) {
		struct pollfd p[2];

		for (int i = 0; i < 2; i++) {
			bool full = flows[i]->done < flows[i]->have;

			p[i].fd = full ? flows[i]->to : flows[i]->from;
			p[i].events = full ? POLLOUT : POLLIN;
		}
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			die("poll: %s", strerror(errno));
		for (int i = 0; i < 2; i++) {
			struct flow *f = flows[i];

			if (p[i].fd < 0 || p[i].revents == 0)
				continue;
			if (f->done < f->have ? flow_empty(f) : flow_fill(f))
				continue;
			/* What it found on its descriptors it puts back, unless it is killed. */
			if (f == out)
				fcntl(STDOUT_FILENO, F_SETFL, out_flags);
			flow_end(f);
		}
	}
	fcntl(STDIN_FILENO, F_SETFL, in_flags);
}

/* The two may be one. */
static void
close_both(const int fds[2])
{
	close(fds[0]);
	if (fds[1] != fds[0])
		close(fds[1]);
}

/* The service's process: its descriptors, its folder, then its steps. */
static _Noreturn void
become_service(const struct qube *q, long call, bool is_dom0, const int fds[2])
{
	char path[64];
	int err;

	setsid(); /* another machine: no signal to the client's group reaches it */
	snprintf(path, sizeof(path), "stderr.%s", q->name);
	err = openat(machine, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (err < 0 || dup2(fds[0], STDIN_FILENO) < 0 || dup2(fds[1], STDOUT_FILENO) < 0 ||
	    dup2(err, STDERR_FILENO) < 0 || fchdir(machine) < 0)
		_exit(EX_LOCAL);
	close_both(fds);
	close(err);
	serve(q, call, is_dom0);
}

/* Where each side reads and writes: two pipes, or one socket for both ways. */
static void
open_channel(bool is_socket, int client[2], int server[2])
{
	int to[2], from[2];

	if (is_socket) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to) < 0)
			die("cannot make a socket: %s", strerror(errno));
		client[0] = client[1] = to[0];
		server[0] = server[1] = to[1];
		return;
	}
	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		die("cannot make a pipe: %s", strerror(errno));
	client[0] = from[0];
	client[1] = to[1];
	server[0] = to[0];
	server[1] = from[1];
}

/* What the agent sends to a socket before anything of the client; the '+' stands there always. */
static void
send_descriptor(int fd)
{
	char text[160];
	int n = snprintf(text, sizeof(text), "%s+%s " CALLER, name, argument);

	if (write(fd, text, (size_t)n + 1) != n + 1)
		die("cannot write to the socket: %s", strerror(errno));
}

static int
connect_to(const struct qube *q, bool is_dom0)
{
	static struct flow in, out;
	const int in_flags = fcntl(STDIN_FILENO, F_GETFL);
	const int out_flags = fcntl(STDOUT_FILENO, F_GETFL);
	const long call = count_call("calls", q->name);
	int client[2], server[2], status;
	pid_t pid;

	open_channel(q->socket, client, server);
	if (q->socket)
		send_descriptor(client[1]);
	if ((pid = fork()) < 0)
		die("cannot start a service: %s", strerror(errno));
	if (pid == 0) {
		close_both(client);
		become_service(q, call, is_dom0, server);
	}
	close_both(server);
	signal(SIGPIPE, SIG_IGN);
	fcntl(STDIN_FILENO, F_SETFL, in_flags | O_NONBLOCK);
	fcntl(STDOUT_FILENO, F_SETFL, out_flags | O_NONBLOCK);
	fcntl(client[1], F_SETFL, O_NONBLOCK);
	/* Field by field: a whole struct would fill both buffers with zeroes, 32 pages. */
	in.from = STDIN_FILENO;
	in.to = client[1];
	in.half = q->socket;
	out.from = client[0];
	out.to = STDOUT_FILENO;
	relay(&in, &out, in_flags, out_flags);
	/* Behind a socket nobody learns how the service ended: the connection was made, that is all. */
	if (q->socket)
		return 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* A frozen qube holds a port of the caller until the call has failed by itself. */
static int
freeze(const struct qube *q)
{
	if (count_read("ports", q->name) - count_read("ports-back", q->name) >= PORTS_MAX)
		return EX_REFUSED;
	count_call("ports", q->name);
	wait_for(seconds(setting(q, "frozen", NULL), FROZEN_S), false);
	count_call("ports-back", q->name);
	return EX_LOCAL;
}

/* The policy and the state decide before any service runs. */
static int
call_qube(const struct qube *q)
{
	const char *state = setting(q, "state", "Running");
	const struct step *s;

	if (find(q, "deny") != NULL)
		return EX_REFUSED;
	if (find(q, "local-failure") != NULL)
		return EX_LOCAL;
	if (find(q, "frozen") != NULL || strcmp(state, "Paused") == 0 ||
	    strcmp(state, "Suspended") == 0)
		return freeze(q);
	/* autostart=no: a qube that does not run is refused, never started. */
	if (strcmp(state, "Running") != 0 && strcmp(state, "Transient") != 0)
		return EX_REFUSED;
	if (count_read("ports", q->name) - count_read("ports-back", q->name) >= PORTS_MAX)
		return EX_REFUSED; /* even after it thawed */
	if ((s = find(q, "slow-start")) != NULL)
		wait_for(seconds(s->value, 1), false);
	if (find(q, "no-handler") != NULL)
		return EX_NO_HANDLER;
	if (find(q, "not-executable") != NULL)
		return EX_NOT_EXECUTABLE;
	return connect_to(q, false);
}

/* dom0 has a file "dom0" beside the folder of the qubes, if it is to do anything unusual. */
static int
call_dom0(struct qube *q)
{
	if (strcmp(service, "admin.vm.Stats") == 0) {
		/* Its own file: the policy allows it only where somebody asks for it. */
		if (!read_qube("stats", "dom0", q))
			return EX_REFUSED;
	} else if (strcmp(service, "admin.vm.List") != 0) {
		return EX_REFUSED;
	} else if (!read_qube("dom0", "dom0", q)) {
		q->name = "dom0";
	}
	if (find(q, "local-failure") != NULL)
		return EX_LOCAL;
	return find(q, "deny") != NULL ? EX_REFUSED : connect_to(q, true);
}

static int
call_target(void)
{
	static struct qube q;
	const char *handler = getenv("FAKE_HANDLER");
	char path[64];

	if (strcmp(target, "dom0") == 0)
		return call_dom0(&q);
	snprintf(path, sizeof(path), "qubes/%.*s", NAME_LEN_MAX, target);
	if (strcmp(name, "qubes.Metrics.Get") != 0 ||
	    (*argument != '\0' && strcmp(argument, "take") != 0) || !is_name(target) ||
	    !read_qube(path, target, &q))
		return EX_REFUSED;
	q.socket = find(&q, "socket") != NULL ||
		   (handler != NULL && strcmp(handler, "socket") == 0 && find(&q, "exec") == NULL);
	return call_qube(&q);
}

/* SERVICE+ARGUMENT: bytes that no argument may hold become '_'. */
static void
split_service(void)
{
	const size_t n = strcspn(service, "+");

	snprintf(name, sizeof(name), "%.*s", (int)n, service);
	snprintf(argument, sizeof(argument), "%s", service[n] == '+' ? service + n + 1 : "");
	for (char *p = argument; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("._+-", *p) == NULL)
			*p = '_';
}

int
main(int argc, char *argv[])
{
	static char resolved[PATH_MAX];
	const char *folder = getenv("FAKE_QUBES");
	char code[8];
	int r;

	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return EX_NOT_EXECUTABLE;
	if (argc != 3)
		die("usage: qrexec-client-vm TARGET SERVICE[+ARGUMENT] (nothing else is simulated)");
	target = argv[1];
	service = argv[2];
	split_service();
	/* Absolute: the services run in it. */
	machine_path = folder != NULL ? realpath(folder, resolved) : NULL;
	if (machine_path == NULL ||
	    (machine = open(machine_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		die("cannot open the machine: set FAKE_QUBES to its folder "
		    "(tests/fakes/README.md)");
	note("call", "");
	r = call_target();
	if (r == EX_REFUSED)
		fputs("Request refused\n", stderr);
	snprintf(code, sizeof(code), "%d", r);
	note("exit", code);
	return r;
}

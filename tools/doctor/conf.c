/* conf.c - the settings; see conf.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "caps.h"
#include "conf.h"
#include "io.h"
#include "settings.h"
#include "tool.h"

/* Let mon-settings check ${file}.  Return its exit code, or -errno. */
static int
ask(const char *file)
{
	const char *const argv[] = { "mon-settings", "--dry-run", "--file", file, NULL };
	static char ignored[MON_SETTINGS_BYTES_MAX];
	struct mon_call call = MON_CALL_NONE;
	size_t len = 0;
	int code = 0, r = mon_call_start(argv, 0, &call);

	if (r >= 0)
		r = mon_call_collect(&call, ignored, sizeof(ignored), MON_ANSWER_MS, &len, &code);
	return r < 0 ? r : code;
}

/* Put the settings in ${file} into the environment.  Return how many there are, or -errno. */
static int
take(const char *file)
{
	static char buf[MON_SETTINGS_BYTES_MAX + 1];
	static struct mon_settings settings;
	size_t len = 0;
	unsigned number = 0;
	int set = 0, r = mon_io_slurp(AT_FDCWD, file, buf, sizeof(buf), &len);

	if (r < 0)
		return r;
	for (size_t start = 0; start < len;) {
		const char *lf = memchr(buf + start, '\n', len - start);
		size_t n = lf != NULL ? (size_t)(lf - (buf + start)) : len - start;

		(void)mon_settings_line(&settings, buf + start, n, ++number); /* checked before */
		start += n + 1;
	}
	for (size_t i = 0; i < MON_SETTINGS; i++) {
		const char *key = mon_settings_keys[i].key;

		if (settings.value[i][0] == '\0')
			continue;
		set++;
		/* An empty variable counts as none, as everywhere. */
		if (mon_tool_value(NULL, key, NULL) == NULL &&
		    setenv(key, settings.value[i], 1) < 0)
			return -errno;
	}
	return set;
}

void
mon_conf_check(struct mon_findings *findings, const char *file)
{
	static const char by_hand[] = "look by hand: mon-settings --dry-run";
	int r = ask(file);

	if (r == MON_EX_USAGE) {
		mon_finding_tell(findings, MON_FINDING_FAIL,
		    "mon-settings --dry-run tells the line; mend it, then: sudo systemctl restart "
		    "monitor-settings",
		    "settings: something in %s is wrong, and it is not followed", file);
		return;
	}
	if (r != MON_EX_OK) {
		mon_finding_unable(findings, by_hand, "settings: not checked, mon-settings %s",
		    r > 0             ? "failed"
		    : r == -ENOENT    ? "is not on PATH"
		    : r == -ETIMEDOUT ? "hangs"
				      : strerror(-r));
		return;
	}
	r = take(file);
	if (r == -ENOENT)
		mon_finding_tell(findings, MON_FINDING_OK, NULL,
		    "settings: there is no %s, the defaults count", file);
	else if (r < 0)
		mon_finding_unable(
		    findings, by_hand, "settings: cannot read %s (%s)", file, strerror(-r));
	else
		mon_finding_tell(findings, MON_FINDING_OK, NULL,
		    "settings: %s is right, and sets %d %s", file, r, r == 1 ? "key" : "keys");
}

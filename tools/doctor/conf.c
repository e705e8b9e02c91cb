/* conf.c - the settings; see conf.h. */
#include <errno.h>
#include <string.h>

#include "call.h"
#include "caps.h"
#include "conf.h"
#include "settings.h"
#include "tool.h"

#define MEND "mend that line; then: sudo systemctl restart monitor-settings"

/* Where a wrong value keeps something from being done, and not only from being done otherwise. */
static bool
is_vital(const struct mon_settings_line *line)
{
	return mon_settings_about(line, MON_SETTING_VAULT) ||
	       mon_settings_about(line, MON_SETTING_KEEP) ||
	       mon_settings_about(line, MON_SETTING_BUDGET);
}

/* Tell of each line.  Return whether the file could be read, or need not be there. */
static bool
check_lines(struct mon_findings *findings, const char *path, bool named, size_t *ret_set)
{
	static char buf[MON_SETTINGS_BYTES_MAX + 1];
	char why[MON_SETTINGS_EXPLAIN_MAX];
	struct mon_settings_file file;
	struct mon_settings_line line;
	int r = mon_settings_read(path, buf, &file);

	if (r == -ENOENT && !named) {
		mon_finding_tell(findings, MON_FINDING_OK, NULL,
		    "settings: there is no %s, the defaults count", path);
		return true;
	}
	if (r < 0) {
		mon_finding_tell(findings, MON_FINDING_FAIL,
		    r == -EACCES ? "sudo chmod 644 that file"
				 : "make it a file of lines as mon-settings --example prints them",
		    "settings: cannot read %s, so nothing in it counts (%s)", path, strerror(-r));
		return false;
	}
	while (mon_settings_next(&file, &line)) {
		if (line.fault == MON_SETTINGS_GOOD)
			*ret_set += line.value[0] != '\0';
		else
			mon_finding_tell(findings,
			    is_vital(&line) ? MON_FINDING_FAIL : MON_FINDING_WARN, MEND,
			    "settings: %s:%u: %s", path, line.number,
			    mon_settings_explain(&line, why));
	}
	return true;
}

/* Let mon-settings compare; its words into ${ret}.  Return its exit code, or -errno. */
static int
compare(const char *path, bool named, const char *run, char ret[MON_UNIT_TEXT_MAX])
{
	char units[4096 + 64];
	const char *argv[] = { "mon-settings", "--check", "--unit-dir", units, "--file", path,
		NULL };
	struct mon_call call = MON_CALL_NONE;
	size_t len = 0;
	int code = 0, r;

	if (!named) /* then it need not be there */
		argv[4] = NULL;
	snprintf(units, sizeof(units), "%s/systemd/system", run);
	r = mon_call_start(argv, 0, &call);
	if (r >= 0)
		r = mon_call_collect(&call, ret, MON_UNIT_TEXT_MAX - 1, MON_ANSWER_MS, &len, &code);
	if (r < 0)
		return r;
	ret[len] = '\0';
	for (char *lf = ret; (lf = strchr(lf, '\n')) != NULL;)
		*lf = lf[1] == '\0' ? '\0' : ' ';
	return code;
}

void
mon_conf_check(struct mon_findings *findings, const char *option, const char *run)
{
	static const char by_hand[] = "look by hand: mon-settings --check";
	char units[MON_UNIT_TEXT_MAX] = "";
	const size_t before = findings->count[MON_FINDING_OK];
	bool named = false;
	size_t set = 0,
	       told = findings->count[MON_FINDING_WARN] + findings->count[MON_FINDING_FAIL];
	const char *path = mon_settings_path_of(option, &named);
	int r;

	mon_tool_settings(path, true);
	if (!check_lines(findings, path, named, &set))
		return;
	told = findings->count[MON_FINDING_WARN] + findings->count[MON_FINDING_FAIL] - told;
	r = compare(path, named, run, units);
	if (r == MON_EX_PARTIAL && *units != '\0')
		mon_finding_tell(findings, MON_FINDING_FAIL,
		    "sudo systemctl restart monitor-settings",
		    "settings: what is set is not what the units have: %s", units);
	else if (r == MON_EX_PARTIAL && told == 0)
		mon_finding_tell(findings, MON_FINDING_WARN, "mon-settings --dry-run tells which",
		    "settings: two lines of %s do not go together", path);
	else if (r != MON_EX_OK && r != MON_EX_PARTIAL)
		mon_finding_unable(findings, by_hand,
		    "settings: whether the units follow is not known, mon-settings %s",
		    r > 0             ? "failed"
		    : r == -ENOENT    ? "is not on PATH"
		    : r == -ETIMEDOUT ? "hangs"
				      : strerror(-r));
	else if (told == 0 && findings->count[MON_FINDING_OK] == before)
		mon_finding_tell(findings, MON_FINDING_OK, NULL,
		    "settings: %s is right, and sets %zu %s", path, set, set == 1 ? "key" : "keys");
}

/* rulefile.c - the rules of this machine, from their file; see rulefile.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "defaults.h"
#include "io.h"
#include "rulefile.h"

int
mon_rulefile_read(const char *path, bool named, struct mon_rules *ret,
    void (*tell)(const struct mon_rule_mistake *mistake))
{
	static char text[MON_RULE_FILE_MAX + 1];
	size_t len = 0;
	int r = mon_io_slurp(AT_FDCWD, path, text, sizeof(text), &len);

	if (r == -ENOENT && !named) {
		mon_language_file(mon_rule_defaults, strlen(mon_rule_defaults), ret, tell);
		return 1;
	}
	if (r == 0)
		mon_language_file(text, len, ret, tell);
	return r;
}

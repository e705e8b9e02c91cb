/* result.c - how the question to a qube went; see result.h. */
#include <string.h>

#include "result.h"

static const char *const names[MON_RESULTS] = {
	[MON_RESULT_NONE] = "none",
	[MON_RESULT_OK] = "ok",
	[MON_RESULT_TIMEOUT] = "timeout",
	[MON_RESULT_REFUSED] = "refused",
	[MON_RESULT_NO_HANDLER] = "no-handler",
	[MON_RESULT_FAILED] = "failed",
	[MON_RESULT_TOO_BIG] = "too-big",
	[MON_RESULT_BACKOFF] = "backoff",
	[MON_RESULT_SKIPPED] = "skipped",
};

const char *
mon_result_name(enum mon_result result)
{
	return names[result];
}

enum mon_result
mon_result_find(const char *name, size_t len)
{
	for (int i = 0; i < MON_RESULTS; i++)
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return (enum mon_result)i;
	return MON_RESULT_NONE;
}

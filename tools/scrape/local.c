/* local.c - this very machine as a target; see local.h. */
#include <string.h>
#include <unistd.h>

#include "local.h"

void
mon_local_sampler(char *ret, size_t cap)
{
	static const char name[] = "mon-sample";
	ssize_t n = readlink("/proc/self/exe", ret, cap - sizeof(name));
	const char *slash = n > 0 ? memrchr(ret, '/', (size_t)n) : NULL;
	char *file = slash != NULL ? ret + (slash - ret) + 1 : ret;

	memcpy(file, name, sizeof(name));
	if (access(ret, X_OK) < 0)
		memcpy(ret, name, sizeof(name));
}

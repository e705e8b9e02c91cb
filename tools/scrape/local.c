/* local.c - this very machine as a target; see local.h. */
#include <string.h>
#include <unistd.h>

#include "local.h"
#include "shape.h"

void
mon_local_name(char ret[MON_VM_MAX + 1])
{
	char host[256] = "";
	const char *name = host;

	(void)gethostname(host, sizeof(host) - 1);
	host[strcspn(host, ".")] = '\0';
	if (!mon_shape_check(MON_VM, host, strlen(host)))
		name = "localhost";
	memset(ret, 0, MON_VM_MAX + 1);
	memcpy(ret, name, strlen(name));
}

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

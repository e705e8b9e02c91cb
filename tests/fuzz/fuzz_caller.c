/* fuzz_caller.c - a service descriptor: what is taken is a name and plain bytes; see caller.h. */
#include "caller.h"
#include "fuzz.h"

static struct fuzz_room room;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";
	const char *p = fuzz_place(&room, data, size);
	struct mon_caller caller, before;

	memset(&before, 'x', sizeof(before));
	caller = before;
	if (!mon_caller_parse(p, size, &caller)) {
		MUST(memcmp(&caller, &before, sizeof(caller)) == 0);
		return 0;
	}
	MUST(memchr(caller.name, '\0', sizeof(caller.name)) != NULL && *caller.name != '\0');
	MUST(memchr(caller.argument, '\0', sizeof(caller.argument)) != NULL);
	MUST(caller.name[strspn(caller.name, plain)] == '\0');
	MUST(caller.argument[strspn(caller.argument, plain)] == '\0');
	/* The name is the end of what came, and the argument stands before it. */
	MUST(size > strlen(caller.name) + strlen(caller.argument));
	MUST(memcmp(p + size - strlen(caller.name), caller.name, strlen(caller.name)) == 0);
	return 0;
}

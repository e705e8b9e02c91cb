/* copy.c - run qvm-copy-to-vm; see copy.h. */
#include <errno.h>

#include "call.h"
#include "copy.h"

int
mon_copy_run(const char *vault, const char *path, unsigned timeout_ms, int *ret_code)
{
	const char *const argv[] = { MON_COPY_PROGRAM, "--without-progress", vault, path, NULL };
	struct mon_call call = MON_CALL_NONE;
	char said[4096]; /* it has nothing to say on stdout */
	size_t len = 0;
	int r = mon_call_start(argv, MON_CALL_STDERR, &call);

	if (r < 0)
		return r;
	return mon_call_collect(&call, said, sizeof(said), timeout_ms, &len, ret_code);
}

const char *
mon_copy_advice(int r, int code)
{
	if (r == -ENOENT)
		return "there is no " MON_COPY_PROGRAM
		       " on PATH: this is no qube, or its agent is not "
		       "installed; --no-copy --out DIR keeps the archive without a vault";
	if (r == -ETIMEDOUT)
		return "it did not end in time and was stopped: see in dom0 whether the vault "
		       "starts and "
		       "answers, or allow more by --timeout";
	if (r < 0)
		return "it could not be started or heard; try again";
	switch (code) {
	case MON_COPY_EXISTS:
		return "the vault holds files of all names tried: look into ~/QubesIncoming there "
		       "and "
		       "move old archives away";
	case MON_COPY_FULL:
		return "the vault is full: remove old archives there, or give it more room in dom0 "
		       "by "
		       "qvm-volume extend VAULT:private SIZE";
	case MON_COPY_REFUSED:
		return "dom0 refused it: is the vault's name right, does it exist, and does the "
		       "policy "
		       "(30-metrics.policy) allow qubes.Filecopy to it?";
	case MON_COPY_BADSERVICE:
	case MON_COPY_NOSERVICE:
		return "the vault cannot take files: qubes.Filecopy is missing or broken there; "
		       "install "
		       "the Qubes agent in its template";
	case MON_COPY_BROKEN:
		return "the copy broke off: did the vault shut down, or is its disk failing?";
	case MON_COPY_LOCAL:
		return "it failed in this qube: see its own message above; is the qube's Qubes "
		       "agent in "
		       "order?";
	default:
		return code > 128
			   ? "it was killed: is the memory of this qube or the vault too small?"
			   : "an exit code that means nothing known: see its own message above";
	}
}

/* copy.c - run qvm-copy-to-vm; see copy.h. */
#include <errno.h>
#include <signal.h>

#include "call.h"
#include "copy.h"

/* The signals by which a person or a service manager ends us. */
static const int ENDS[] = { SIGHUP, SIGINT, SIGTERM };

#define ENDS_LEN (sizeof(ENDS) / sizeof(ENDS[0]))

static volatile sig_atomic_t copying; /* the process group of the copy */

/* The copy leads a group of its own, so Ctrl-C does not reach it: without us it would go on. */
static void
end_copy(int sig)
{
	kill(-(pid_t)copying, SIGKILL);
	signal(sig, SIG_DFL);
	raise(sig); /* delivered when we return */
}

/* Start the copy; from here to settle() it ends with us. */
static int
start(const char *const argv[], struct mon_call *call, struct sigaction old[ENDS_LEN])
{
	struct sigaction action = { .sa_handler = end_copy };
	sigset_t ends, before;
	int r;

	sigemptyset(&ends);
	for (size_t i = 0; i < ENDS_LEN; i++)
		sigaddset(&ends, ENDS[i]);
	sigprocmask(SIG_BLOCK, &ends, &before);
	r = mon_call_start(argv, MON_CALL_STDERR, call);
	if (r == 0)
		copying = call->pid;
	for (size_t i = 0; i < ENDS_LEN; i++) {
		sigaction(ENDS[i], NULL, &old[i]);
		/* nohup(1) had a reason. */
		if (r == 0 && old[i].sa_handler != SIG_IGN)
			sigaction(ENDS[i], &action, NULL);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

static void
settle(const struct sigaction old[ENDS_LEN])
{
	for (size_t i = 0; i < ENDS_LEN; i++)
		sigaction(ENDS[i], &old[i], NULL);
}

int
mon_copy_run(const char *vault, const char *path, unsigned timeout_ms, int *ret_code)
{
	const char *const argv[] = { MON_COPY_PROGRAM, "--without-progress", vault, path, NULL };
	struct mon_call call = MON_CALL_NONE;
	struct sigaction old[ENDS_LEN];
	char said[4096]; /* it has nothing to say on stdout */
	size_t len = 0;
	int r = start(argv, &call, old);

	if (r < 0)
		return r;
	r = mon_call_collect(&call, said, sizeof(said), timeout_ms, &len, ret_code);
	settle(old);
	return r;
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
		       "qvm-volume extend NAME:private SIZE, NAME being the vault";
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
	case MON_COPY_GONE:
		return "the vault went away meanwhile: was it shut down, or did it crash?";
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

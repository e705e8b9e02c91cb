/* process.c - start another program; see process.h. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

/* Let ${fd} be ${as}; true for -1, which leaves it as it is. */
static bool
put_at(int fd, int as)
{
	return fd < 0 || dup2(fd, as) >= 0;
}

/*
 * What the child does: system calls only.  It shares our memory, not our descriptors nor what
 * signals do.  Return why it could not become the program.
 */
static int
become(const char *const argv[], int in, int out, int err, unsigned flags)
{
	/* execve does not change argv; its type is as old as C. */
	char *const *words = (char *const *)(uintptr_t)argv;
	sigset_t none;

	sigemptyset(&none);
	if (signal(SIGPIPE, SIG_DFL) == SIG_ERR || !put_at(in, STDIN_FILENO) ||
	    !put_at(out, STDOUT_FILENO) || !put_at(err, STDERR_FILENO))
		return -errno;
	if ((flags & MON_PROCESS_APART) && setpgid(0, 0) < 0)
		return -errno;
	if (flags != 0 && sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return -errno;
	/* Only a name is looked up; execvp() would give a path that is no program to a shell. */
	if (strchr(argv[0], '/') != NULL)
		execv(argv[0], words);
	else
		execvp(argv[0], words);
	return -errno;
}

int
mon_process_start(const char *const argv[], int in, int out, int err, unsigned flags, pid_t *ret)
{
	volatile int failed = 0; /* written by the child */
	pid_t pid = vfork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		failed = become(argv, in, out, err, flags);
		_exit(127);
	}
	if (failed < 0) {
		waitpid(pid, NULL, 0);
		return failed;
	}
	*ret = pid;
	return 0;
}

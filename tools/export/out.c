/* out.c - where the output goes; see out.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "out.h"
#include "process.h"

static int
start_command(struct mon_out *out)
{
	int pipes[2], r;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	r = mon_process_start(out->command, pipes[0], -1, -1, 0, &out->pid);
	close(pipes[0]);
	if (r < 0) {
		close(pipes[1]);
		out->pid = 0;
		return r;
	}
	out->fd = pipes[1];
	return 0;
}

static int
flush(struct mon_out *out)
{
	int r;

	if (out->len == 0)
		return 0;
	if (out->command != NULL && out->pid == 0) {
		r = start_command(out);
		if (r < 0)
			return r;
	}
	r = mon_io_write(out->command != NULL ? out->fd : STDOUT_FILENO, out->buf, out->len);
	out->len = 0;
	return r;
}

/* End the command of this chunk, if one runs, and look how it ended. */
static int
end_command(struct mon_out *out)
{
	int status = 0;
	pid_t pid;

	out->chunk = 0;
	if (out->pid == 0)
		return 0;
	close(out->fd);
	do
		pid = waitpid(out->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	out->pid = 0;
	if (pid < 0)
		return -errno;
	out->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return out->code == 0 ? 0 : -EPIPE;
}

/* A chunk ends here: all of it goes out, and its command is waited for. */
static int
end_chunk(struct mon_out *out)
{
	int r = flush(out), ended = end_command(out);

	/* Why the command failed says more than that it no longer reads. */
	return ended < 0 ? ended : r;
}

int
mon_out_put(struct mon_out *out, const char *unit, size_t len)
{
	int r = 0;

	if (out->command != NULL && out->chunk > 0 && out->chunk + len > out->chunk_max)
		r = end_chunk(out);
	else if (len > sizeof(out->buf) - out->len)
		r = flush(out);
	if (r < 0)
		return r;
	memcpy(out->buf + out->len, unit, len);
	out->len += len;
	out->chunk += len;
	return 0;
}

int
mon_out_end(struct mon_out *out)
{
	return end_chunk(out);
}

/*
 * ready.c - the qrexec-client-vm of a poll whose answers are ready: the client's side alone.
 *
 *	qrexec-client-vm TARGET SERVICE
 *
 * Prints the file answers/TARGET of the folder $FAKE_QUBES.  One process and nothing else: the one of
 * tests/fakes has the guest's process too, keeps a log, and can refuse, hang and lie.
 *
 * Exit: 0 printed; 1 the answer could not be read or written; 126 there is none; 127 wrong usage.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	const char *folder = getenv("FAKE_QUBES");
	char path[4096], answer[65536];
	ssize_t n;
	int fd;

	if (argc != 3 || folder == NULL)
		return 127;
	snprintf(path, sizeof(path), "%s/answers/%s", folder, argv[1]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 126;
	while ((n = read(fd, answer, sizeof(answer))) > 0)
		if (write(STDOUT_FILENO, answer, (size_t)n) != n)
			return 1;
	return n == 0 ? 0 : 1;
}

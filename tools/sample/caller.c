/* caller.c - who asks for a sample; see caller.h. */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "caller.h"
#include "clock.h"
#include "shape.h"
#include "str.h"

/* Up to ${n} bytes that qrexec lets through in the name of a service or in an argument. */
static bool
is_plain(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(p[i] >= 'a' && p[i] <= 'z') && !(p[i] >= 'A' && p[i] <= 'Z') &&
		    !(p[i] >= '0' && p[i] <= '9') && p[i] != '.' && p[i] != '_' && p[i] != '-' &&
		    p[i] != '+')
			return false;
	return true;
}

bool
mon_caller_parse(const char *untrusted, size_t len, struct mon_caller *ret)
{
	struct mon_str source = { untrusted, len }, service;
	const char *plus;
	size_t argument;

	if (len == 0 || len > MON_DESCRIPTOR_MAX)
		return false;
	service = mon_str_word(&source);
	if (service.n == 0 || *service.p == '+' || !is_plain(service.p, service.n) ||
	    !mon_shape_check(MON_VM, source.p, source.n))
		return false;
	plus = memchr(service.p, '+', service.n);
	argument = plus != NULL ? service.n - (size_t)(plus - service.p) - 1 : 0;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->name, source.p, source.n);
	if (argument > 0)
		memcpy(ret->argument, plus + 1, argument);
	return true;
}

bool
mon_caller_is_socket(int fd, bool unnamed_too)
{
	struct sockaddr_un name;
	socklen_t size = sizeof(name), type_size = sizeof(int);
	int type = 0;

	return getsockname(fd, (struct sockaddr *)&name, &size) == 0 &&
	       name.sun_family == AF_UNIX &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) == 0 && type == SOCK_STREAM &&
	       (unnamed_too || size > offsetof(struct sockaddr_un, sun_path));
}

int
mon_caller_read(int fd, unsigned timeout_ms, struct mon_caller *ret)
{
	const int64_t deadline = mon_clock_ms() + timeout_ms;
	char untrusted[MON_DESCRIPTOR_MAX + 1];
	size_t len = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		const int64_t left = deadline - mon_clock_ms();
		const char *end;
		ssize_t n;
		int r = poll(&p, 1, left > 0 ? (int)left : 0);

		if (r < 0 && errno != EINTR)
			return -errno;
		if (r == 0)
			return -ETIMEDOUT;
		n = r > 0 ? recv(fd, untrusted + len, sizeof(untrusted) - len, MSG_DONTWAIT) : -1;
		if (n < 0 && (r < 0 || errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return len == 0 ? -ENODATA : -EBADMSG;
		end = memchr(untrusted + len, '\0', (size_t)n);
		len += (size_t)n;
		if (end != NULL)
			return mon_caller_parse(untrusted, (size_t)(end - untrusted), ret)
				   ? 0
				   : -EBADMSG;
		if (len == sizeof(untrusted))
			return -EBADMSG;
	}
}

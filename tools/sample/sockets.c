/* sockets.c - how many sockets are open; see sockets.h. */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "io.h"
#include "scan.h"
#include "sockets.h"

bool
mon_sockets_parse_stat(const char *buf, size_t len, struct mon_sockets_stat *ret)
{
	struct mon_scan text = { buf, buf + len }, line;
	struct mon_sockets_stat stat;
	bool tcp = false, udp = false;

	while (!(tcp && udp) && mon_scan_line(&text, &line)) {
		if (mon_scan_literal(&line, "TCP: inuse ") ||
		    mon_scan_literal(&line, "TCP6: inuse "))
			tcp = mon_scan_number(&line, &stat.tcp_inuse);
		else if (mon_scan_literal(&line, "UDP: inuse ") ||
			 mon_scan_literal(&line, "UDP6: inuse "))
			udp = mon_scan_number(&line, &stat.udp_inuse);
	}
	if (!tcp || !udp)
		return false;
	*ret = stat;
	return true;
}

uint64_t
mon_sockets_count_lines(const char *buf, size_t len, size_t *ret_used)
{
	struct mon_scan text = { buf, buf + len }, line;
	uint64_t n = 0;

	while (mon_scan_line(&text, &line)) {
		struct mon_str word;

		/* "sl local_address rem_address st": the state is a hexadecimal number. */
		if (mon_scan_word(&line, &word) && mon_scan_word(&line, &word) &&
		    mon_scan_word(&line, &word) && mon_scan_word(&line, &word))
			n += mon_str_is(word, "01");
	}
	*ret_used = (size_t)(text.p - buf);
	return n;
}

/* A kernel without IPv6 has no file for it: that is no connection, not an error. */
static int
count_file(int rootfd, const char *path, bool optional, char *buf, size_t cap, uint64_t *ret)
{
	cleanup_fd int fd = mon_io_open_file(rootfd, path);
	size_t have = 0, used = 0;
	uint64_t n = 0;

	if (fd < 0)
		return optional && fd == -ENOENT ? 0 : fd;
	for (;;) {
		ssize_t got = read(fd, buf + have, cap - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		have += (size_t)got;
		n += mon_sockets_count_lines(buf, have, &used);
		if (used == 0 && have == cap)
			return -EBADMSG; /* no line is that long */
		have -= used;
		memmove(buf, buf + used, have);
	}
	*ret += n;
	return 0;
}

static int
send_request(int fd, int family, unsigned state)
{
	const struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 request;
	} message = {
		.header = {
			.nlmsg_len = sizeof(message),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.request = {
			.sdiag_family = (__u8)family,
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_states = 1u << state,
		},
	};
	ssize_t n;

	do
		n = send(fd, &message, sizeof(message), 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* Count the messages of one answer.  1: more follow.  0: that was the end.  -errno. */
static int
count_messages(const char *buf, size_t len, uint64_t *n)
{
	struct nlmsghdr header;

	while (len >= sizeof(header)) {
		size_t step;

		memcpy(&header, buf, sizeof(header));
		if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > len)
			return -EBADMSG;
		if (header.nlmsg_type == NLMSG_DONE)
			return 0;
		if (header.nlmsg_type == NLMSG_ERROR)
			return -EOPNOTSUPP; /* -ENOENT inside: no module tcp_diag */
		*n += header.nlmsg_type == SOCK_DIAG_BY_FAMILY;
		step = NLMSG_ALIGN(header.nlmsg_len);
		if (step >= len)
			return 1;
		buf += step;
		len -= step;
	}
	return 1;
}

/* Set ${ret} to how many sockets of ${family} are in ${state}. */
static int
ask_kernel(int fd, int family, unsigned state, char *buf, size_t cap, uint64_t *ret)
{
	uint64_t n = 0;
	int r = send_request(fd, family, state);

	if (r < 0)
		return r;
	do {
		ssize_t got = recv(fd, buf, cap, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EBADMSG;
		r = count_messages(buf, (size_t)got, &n);
	} while (r > 0);
	if (r == 0)
		*ret = n;
	return r;
}

/* Add to ${ret} how many of the ${inuse} TCP sockets of ${family} are established connections. */
static int
count_family(int fd, int family, uint64_t inuse, char *buf, size_t cap, uint64_t *ret)
{
	uint64_t listening = 0, established = 0;
	int r = ask_kernel(fd, family, TCP_LISTEN, buf, cap, &listening);

	if (r == 0 && listening != inuse)
		r = ask_kernel(fd, family, TCP_ESTABLISHED, buf, cap, &established);
	if (r == 0)
		*ret += established;
	return r;
}

static int
count_established(const struct mon_sockets_stat *v4, const struct mon_sockets_stat *v6, char *buf,
    size_t cap, uint64_t *ret)
{
	cleanup_fd int fd = -1;
	uint64_t n = 0;
	int r = 0;

	if (v4->tcp_inuse > 0 || v6->tcp_inuse > 0) {
		fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
		if (fd < 0)
			return -errno;
		if (v4->tcp_inuse > 0)
			r = count_family(fd, AF_INET, v4->tcp_inuse, buf, cap, &n);
		if (r == 0 && v6->tcp_inuse > 0)
			r = count_family(fd, AF_INET6, v6->tcp_inuse, buf, cap, &n);
	}
	if (r == 0)
		*ret = n;
	return r;
}

int
mon_sockets_established(int rootfd, bool live, const struct mon_sockets_stat *v4,
    const struct mon_sockets_stat *v6, char *buf, size_t cap, uint64_t *ret)
{
	uint64_t established = 0;
	int r = 0;

	if (!live || count_established(v4, v6, buf, cap, &established) < 0) {
		r = count_file(rootfd, "proc/net/tcp", false, buf, cap, &established);
		if (r == 0)
			r = count_file(rootfd, "proc/net/tcp6", true, buf, cap, &established);
	}
	if (r == 0)
		*ret = established;
	return r;
}

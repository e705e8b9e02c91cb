/* net.c - what the network interfaces counted; see net.h. */
#include <string.h>

#include "net.h"
#include "scan.h"

/* Columns behind the name: eight for receive, eight for transmit. */
enum {
	RX_BYTES = 0,
	RX_ERRS = 2,
	RX_DROP = 3,
	TX_BYTES = 8,
	TX_ERRS = 10,
	TX_DROP = 11,
	COLUMNS = 16
};

static const int wanted[] = { RX_BYTES, RX_ERRS, RX_DROP, TX_BYTES, TX_ERRS, TX_DROP };

struct interface {
	struct mon_str name;
	uint64_t columns[COLUMNS];
};

static bool
parse_interface(struct mon_scan line, struct interface *ret)
{
	const char *colon;

	while (line.p < line.end && *line.p == ' ')
		line.p++;
	if (line.p == line.end)
		return false;
	/* A name holds neither colon nor blank (dev_valid_name() in net/core/dev.c). */
	colon = memchr(line.p, ':', (size_t)(line.end - line.p));
	if (colon == NULL || colon == line.p)
		return false;
	ret->name = (struct mon_str){ line.p, (size_t)(colon - line.p) };
	line.p = colon + 1;
	for (int i = 0; i < COLUMNS; i++)
		if (!mon_scan_number(&line, &ret->columns[i]))
			return false;
	return true;
}

/* 0: leads out of the machine; 1: anything else; 2: made for others, as many as there are. */
#define RANKS 3

static int
rank_of(struct mon_str name)
{
	static const char *const out[] = { "eth", "en", "wl", "ww", "lo" };
	static const char *const others[] = { "vif", "veth", "tap", "vnet" };

	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		if (mon_str_begins(name, out[i]))
			return 0;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (mon_str_begins(name, others[i]))
			return 2;
	return 1;
}

static bool
add_interface(const struct interface *interface, struct mon_answer *answer)
{
	mon_answer_begin(answer, MON_KIND_NET);
	mon_answer_name(answer, interface->name.p, interface->name.n);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		mon_answer_number(answer, interface->columns[wanted[i]]);
	return mon_answer_end(answer);
}

/* Add the interfaces of ${rank}, or all with -1. */
static void
add_rank(struct mon_scan text, int rank, struct mon_answer *answer, struct mon_left *left)
{
	struct mon_scan line;

	while (mon_scan_line(&text, &line)) {
		struct interface interface;

		if (!parse_interface(line, &interface))
			left->odd += rank <= 0; /* once, however many ranks are looked at */
		else if (rank < 0 || rank == rank_of(interface.name))
			left->cut += !add_interface(&interface, answer);
	}
}

static size_t
count_lines(struct mon_scan text)
{
	struct mon_scan line;
	size_t n = 0;

	while (mon_scan_line(&text, &line))
		n++;
	return n;
}

bool
mon_net_parse(const char *buf, size_t len, struct mon_answer *answer, struct mon_left *left)
{
	struct mon_scan text = { buf, buf + len }, line;

	if (!mon_scan_line(&text, &line) || !mon_scan_literal(&line, "Inter-|") ||
	    !mon_scan_line(&text, &line) || !mon_scan_literal(&line, " face |"))
		return false;
	if (count_lines(text) <= MON_KIND_ROWS)
		add_rank(text, -1, answer, left);
	else
		for (int rank = 0; rank < RANKS; rank++)
			add_rank(text, rank, answer, left);
	return true;
}

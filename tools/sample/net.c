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

static bool
parse_interface(struct mon_scan line, struct mon_answer *answer)
{
	struct mon_str name, columns[COLUMNS];
	const char *colon;

	while (line.p < line.end && *line.p == ' ')
		line.p++;
	if (line.p == line.end)
		return false;
	/* A name holds neither colon nor blank (dev_valid_name() in net/core/dev.c). */
	colon = memchr(line.p, ':', (size_t)(line.end - line.p));
	if (colon == NULL)
		return false;
	name = (struct mon_str){ line.p, (size_t)(colon - line.p) };
	line.p = colon + 1;
	for (int i = 0; i < COLUMNS; i++)
		if (!mon_scan_word(&line, &columns[i]))
			return false;
	mon_answer_begin(answer, MON_KIND_NET);
	mon_answer_name(answer, name.p, name.n);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		mon_answer_bytes(answer, columns[wanted[i]].p, columns[wanted[i]].n);
	return mon_answer_end(answer);
}

bool
mon_net_parse(const char *buf, size_t len, struct mon_answer *answer)
{
	struct mon_scan text = { buf, buf + len }, line;

	if (!mon_scan_line(&text, &line) || !mon_scan_literal(&line, "Inter-|") ||
	    !mon_scan_line(&text, &line) || !mon_scan_literal(&line, " face |"))
		return false;
	while (!mon_answer_full(answer, MON_KIND_NET) && mon_scan_line(&text, &line))
		parse_interface(line, answer);
	return true;
}

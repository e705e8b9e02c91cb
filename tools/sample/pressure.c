/* pressure.c - how long tasks were stalled; see pressure.h. */
#include "pressure.h"
#include "scan.h"

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345", of which the first word was read. */
static bool
parse_total(struct mon_scan line, uint64_t *ret)
{
	struct mon_str word;

	do {
		struct mon_scan total = line;

		if (mon_scan_literal(&total, " total="))
			return mon_scan_number(&total, ret);
	} while (mon_scan_word(&line, &word));
	return false;
}

bool
mon_pressure_parse(const char *buf, size_t len, struct mon_pressure *ret)
{
	struct mon_scan text = { buf, buf + len }, line;
	struct mon_pressure pressure = { 0 };
	bool some = false;

	while (mon_scan_line(&text, &line)) {
		if (mon_scan_literal(&line, "some"))
			some = parse_total(line, &pressure.some);
		else if (mon_scan_literal(&line, "full") && !parse_total(line, &pressure.full))
			return false;
	}
	if (some)
		*ret = pressure;
	return some;
}

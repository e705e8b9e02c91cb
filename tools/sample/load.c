/* load.c - the load averages; see load.h. */
#include "load.h"
#include "scan.h"
#include "shape.h"

bool
mon_load_parse(const char *buf, size_t len, struct mon_load *ret)
{
	struct mon_scan text = { buf, buf + len }, line;
	struct mon_load load;

	if (!mon_scan_line(&text, &line))
		return false;
	for (int i = 0; i < 3; i++)
		if (!mon_scan_word(&line, &load.average[i]) ||
		    !mon_shape_check(MON_DECIMAL, load.average[i].p, load.average[i].n))
			return false;
	*ret = load;
	return true;
}

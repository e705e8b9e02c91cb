/* human.c - sizes, times and counts as people read them; see human.h. */
#include <inttypes.h>
#include <stdio.h>

#include "human.h"

const char *
mon_human_bytes(uint64_t bytes, char *dst)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	unsigned unit = 0;

	/* 1023.5 would be printed as 1024. */
	while (value >= 1023.5 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		unit++;
	}
	if (unit == 0 || value >= 9.95)
		snprintf(dst, MON_HUMAN_MAX, "%.0f %s", value, units[unit]);
	else
		snprintf(dst, MON_HUMAN_MAX, "%.1f %s", value, units[unit]);
	return dst;
}

const char *
mon_human_duration(int64_t seconds, char *dst)
{
	const int64_t minutes = (seconds + 30) / 60, hours = (seconds + 1800) / 3600;

	if (seconds < 100)
		snprintf(dst, MON_HUMAN_MAX, "%" PRId64 " s", seconds);
	else if (minutes < 100)
		snprintf(dst, MON_HUMAN_MAX, "%" PRId64 " min", minutes);
	else if (hours < 48)
		snprintf(dst, MON_HUMAN_MAX, "%" PRId64 " h %02" PRId64 " min", minutes / 60,
		    minutes % 60);
	else
		snprintf(dst, MON_HUMAN_MAX, "%" PRId64 " days", (hours + 12) / 24);
	return dst;
}

const char *
mon_human_count(uint64_t n, char *dst)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n), out = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			dst[out++] = ',';
		dst[out++] = digits[i];
	}
	dst[out] = '\0';
	return dst;
}

const char *
mon_human_plural(uint64_t n, const char *noun, char *dst)
{
	snprintf(dst, MON_HUMAN_MAX, "%" PRIu64 " %.9s%s", n, noun, n == 1 ? "" : "s");
	return dst;
}

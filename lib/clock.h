/*
 * clock.h - how long something takes: the clock that no one sets (clock_gettime(2)).
 *
 * For the time of day see stamp.h; a tool reads that clock once, in mon_tool_now().
 */
#ifndef MON_CLOCK_H
#define MON_CLOCK_H

#include <stdint.h>
#include <time.h>

/*
 * mon_clock_ns(), mon_clock_us(), mon_clock_ms():
 * Return nano-, micro- or milliseconds since some point in the past, CLOCK_MONOTONIC.  64
 * bits: a 32-bit long of milliseconds is full after 24 days.
 */
static inline int64_t
mon_clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/*
 * mon_clock_boot():
 * Return seconds since the machine has booted, those asleep included, CLOCK_BOOTTIME.  Not the
 * time of day: that is set by sys-net, which is as hostile as any qube.
 */
static inline time_t
mon_clock_boot(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec;
}

static inline int64_t
mon_clock_us(void)
{
	return mon_clock_ns() / 1000;
}

static inline int64_t
mon_clock_ms(void)
{
	return mon_clock_ns() / 1000000;
}

#endif /* !MON_CLOCK_H */

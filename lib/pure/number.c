/* number.c - the value of a number; see number.h. */
#include "number.h"
#include "shape.h"

double
mon_number_value(struct mon_str checked)
{
	/* 10^0 to 10^9 are exact, and so the one division is the one rounding of a short number. */
	static const double powers[MON_FRACTION_MAX + 1] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
		1e8, 1e9 };
	const char *p = checked.p, *end = checked.p + checked.n;
	const bool negative = p < end && *p == '-';
	const char *whole = p + negative, *point = mon_shape_skip_digits(whole, end);
	const char *fraction = point < end && *point == '.' ? point + 1 : point;
	size_t digits = (size_t)(mon_shape_skip_digits(fraction, end) - fraction);
	double value = (double)mon_shape_value(whole, (size_t)(point - whole));

	if (digits > MON_FRACTION_MAX)
		digits = MON_FRACTION_MAX;
	if (digits > 0 && (size_t)(point - whole) + digits < MON_NUMBER_MAX)
		value = (double)(mon_shape_value(whole, (size_t)(point - whole)) *
				     (uint64_t)powers[digits] +
				 mon_shape_value(fraction, digits)) /
			powers[digits];
	else if (digits > 0)
		value += (double)mon_shape_value(fraction, digits) / powers[digits];
	return negative ? -value : value;
}

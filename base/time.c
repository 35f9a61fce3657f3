/* Dates without the C library's time zones: everything is UTC, the Gregorian calendar, and pure. */
#include "base/env.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DAY_S 86400LL

struct date {
	int year, month, day, hour, minute, second;
	int64_t fraction_us;
	int offset_s; /* east of UTC */
};

/* Days since 1970-01-01; years are counted from March, so that the leap day comes last. */
static int64_t days_from_date(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_from_days(int64_t days, struct date *d)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	d->day = (int)(of_year - (153 * month + 2) / 5 + 1);
	d->month = (int)(month < 10 ? month + 3 : month - 9);
	d->year = (int)(year + era * 400 + (d->month <= 2));
}

/* What does not fit in four digits of a year is shown as the first or the last second that does. */
static struct date date_from_us(int64_t us)
{
	const int64_t first = days_from_date(0, 1, 1) * DAY_S,
		      last = days_from_date(10000, 1, 1) * DAY_S;
	int64_t s = us / SECOND_US - (us % SECOND_US < 0), days;
	struct date d = {0};

	s = s < first ? first : s >= last ? last - 1 : s;
	days = s / DAY_S - (s % DAY_S < 0);
	s -= days * DAY_S;
	date_from_days(days, &d);
	d.hour = (int)(s / 3600);
	d.minute = (int)(s / 60 % 60);
	d.second = (int)(s % 60);
	return d;
}

/* Two digits each, so that the compiler can see that they fit. */
static void put_two(char *out, int n)
{
	out[0] = (char)('0' + n / 10 % 10);
	out[1] = (char)('0' + n % 10);
}

void duration_iso(int64_t seconds, char out[DURATION_ISO])
{
	const struct {
		int64_t n;
		char unit;
	} parts[] = {{seconds / 3600, 'H'}, {seconds / 60 % 60, 'M'}, {seconds % 60, 'S'}};
	size_t len = (size_t)snprintf(out, DURATION_ISO, "PT");

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].n > 0)
			len += (size_t)snprintf(out + len, DURATION_ISO - len, "%" PRId64 "%c",
						parts[i].n, parts[i].unit);
	}
	if (seconds == 0)
		snprintf(out + len, DURATION_ISO - len, "0S");
}

void time_rfc3339(int64_t us, char out[TIME_RFC3339])
{
	struct date d = date_from_us(us);

	memcpy(out, "0000-00-00T00:00:00Z", TIME_RFC3339);
	put_two(out, d.year / 100);
	put_two(out + 2, d.year);
	put_two(out + 5, d.month);
	put_two(out + 8, d.day);
	put_two(out + 11, d.hour);
	put_two(out + 14, d.minute);
	put_two(out + 17, d.second);
}

void time_basic(int64_t us, char out[TIME_BASIC])
{
	struct date d = date_from_us(us);

	memcpy(out, "00000000T000000Z", TIME_BASIC);
	put_two(out, d.year / 100);
	put_two(out + 2, d.year);
	put_two(out + 4, d.month);
	put_two(out + 6, d.day);
	put_two(out + 9, d.hour);
	put_two(out + 11, d.minute);
	put_two(out + 13, d.second);
}

static bool date_to_us(const struct date *d, int64_t *us)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (d->year % 4 == 0 && d->year % 100 != 0) || d->year % 400 == 0;
	int64_t s;

	if (d->month < 1 || d->month > 12 || d->day < 1 ||
	    d->day > days[d->month - 1] + (d->month == 2 && leap))
		return false;
	/* A leap second counts as the first of the next minute. */
	if (d->hour > 23 || d->minute > 59 || d->second > 60)
		return false;
	s = days_from_date(d->year, d->month, d->day) * DAY_S + d->hour * 3600 + d->minute * 60 +
	    d->second - d->offset_s;
	*us = s * SECOND_US + d->fraction_us;
	return true;
}

/* Reads as many digits as stand between s and the width. */
static bool read_digits(const char **s, int width, int *n)
{
	*n = 0;
	for (; width > 0; width--, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		*n = *n * 10 + (**s - '0');
	}
	return true;
}

static bool read_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* ".5", to the microsecond; what is finer is left out. */
static bool read_fraction(const char **s, int64_t *us)
{
	int64_t unit = SECOND_US / 10;
	const char *start;

	if (!read_char(s, '.'))
		return true;
	for (start = *s; **s >= '0' && **s <= '9'; (*s)++, unit /= 10)
		*us += (**s - '0') * unit;
	return *s > start;
}

static bool read_offset(const char **s, int *offset_s)
{
	int sign = **s == '-' ? -1 : 1, hours, minutes;

	if (read_char(s, 'Z'))
		return true;
	if (!read_char(s, '+') && !read_char(s, '-'))
		return false;
	if (!read_digits(s, 2, &hours) || !read_char(s, ':') || !read_digits(s, 2, &minutes))
		return false;
	*offset_s = sign * (hours * 3600 + minutes * 60);
	return hours < 24 && minutes < 60;
}

static bool read_rfc3339(const char *s, struct date *d)
{
	if (!read_digits(&s, 4, &d->year) || !read_char(&s, '-') ||
	    !read_digits(&s, 2, &d->month) || !read_char(&s, '-') || !read_digits(&s, 2, &d->day))
		return false;
	if (*s == '\0') {
		d->hour = 23;
		d->minute = d->second = 59;
		d->fraction_us = SECOND_US - 1;
		return true;
	}
	return read_char(&s, 'T') && read_digits(&s, 2, &d->hour) && read_char(&s, ':') &&
	       read_digits(&s, 2, &d->minute) && read_char(&s, ':') &&
	       read_digits(&s, 2, &d->second) && read_fraction(&s, &d->fraction_us) &&
	       read_offset(&s, &d->offset_s) && *s == '\0';
}

static bool read_basic(const char *s, struct date *d)
{
	return read_digits(&s, 4, &d->year) && read_digits(&s, 2, &d->month) &&
	       read_digits(&s, 2, &d->day) && read_char(&s, 'T') && read_digits(&s, 2, &d->hour) &&
	       read_digits(&s, 2, &d->minute) && read_digits(&s, 2, &d->second) &&
	       read_char(&s, 'Z') && *s == '\0';
}

int time_parse(const char *s, int64_t *us)
{
	struct date extended = {0}, basic = {0};

	if (read_rfc3339(s, &extended) && date_to_us(&extended, us))
		return 0;
	return read_basic(s, &basic) && date_to_us(&basic, us) ? 0 : -1;
}

static bool read_month(const char **s, int *month)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (*month = 1; *month <= 12; ++*month) {
		if (strncmp(*s, names + 3 * (*month - 1), 3) == 0) {
			*s += 3;
			return true;
		}
	}
	return false;
}

int time_parse_http(const char *s, int64_t *us)
{
	struct date d = {0};

	/* The name of the day says nothing that the date does not. */
	if (strnlen(s, 5) < 5 || s[3] != ',' || s[4] != ' ')
		return -1;
	s += 5;
	if (!read_digits(&s, 2, &d.day) || !read_char(&s, ' ') || !read_month(&s, &d.month) ||
	    !read_char(&s, ' ') || !read_digits(&s, 4, &d.year) || !read_char(&s, ' ') ||
	    !read_digits(&s, 2, &d.hour) || !read_char(&s, ':') || !read_digits(&s, 2, &d.minute) ||
	    !read_char(&s, ':') || !read_digits(&s, 2, &d.second) || strcmp(s, " GMT") != 0)
		return -1;
	return date_to_us(&d, us) ? 0 : -1;
}

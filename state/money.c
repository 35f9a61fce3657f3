#include "state/money.h"

#include <string.h>

/* Digits before the point. */
#define DIGITS_MAX 12

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* An amount above zero, with two digits after the point at most, and a currency. */
bool money_parse(const char *s, int64_t *hundredths)
{
	size_t digits = strspn(s, "0123456789"), parts = 0;
	int64_t amount = 0;

	if (digits == 0 || digits > DIGITS_MAX)
		return false;
	for (; digits > 0; digits--)
		amount = amount * 10 + (*s++ - '0');
	if (*s == '.') {
		parts = strspn(++s, "0123456789");
		if (parts == 0 || parts > 2)
			return false;
	}
	for (size_t i = 0; i < 2; i++)
		amount = amount * 10 + (i < parts ? *s++ - '0' : 0);
	*hundredths = amount;
	return amount > 0 && *s == ' ' && strspn(s + 1, LETTERS) == 3 && s[4] == '\0';
}

/* Base64, without tables: what is read by it is small. */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static int digit_of(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

bool base64_decode(struct buf *out, const char *s, size_t len)
{
	uint32_t bits = 0;
	size_t digits = 0, padding = 0;

	for (size_t i = 0; i < len; i++) {
		int digit = digit_of(s[i]);

		if (s[i] != '\0' && strchr(" \t\r\n", s[i]) != NULL)
			continue;
		if (s[i] == '=' && padding < 2) {
			padding++;
			continue;
		}
		if (digit < 0 || padding > 0)
			return false;
		bits = bits << 6 | (uint32_t)digit;
		/* Four digits are three bytes; each but the first ends one. */
		if (digits++ % 4 != 0 &&
		    !buf_putc(out, (char)(bits >> (6 - 2 * ((digits - 1) % 4)))))
			return false;
	}
	return digits % 4 != 1 && (digits + padding) % 4 == 0;
}

void base64_encode(struct buf *out, const void *p, size_t len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *byte = p;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)byte[i] << 16;

		bits |= left > 1 ? (uint32_t)byte[i + 1] << 8 : 0;
		bits |= left > 2 ? (uint32_t)byte[i + 2] : 0;
		for (size_t k = 0; k < 4; k++)
			buf_putc(out, k <= left ? digits[bits >> (18 - 6 * k) & 63] : '=');
	}
}

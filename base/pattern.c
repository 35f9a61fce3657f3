#include "base/text.h"

#include <string.h>

/* The bytes of the character at s, which is not the end; a byte that is not UTF-8 stands alone. */
static size_t char_bytes(const char *s)
{
	uint32_t code;
	int n = utf8_next(s, strnlen(s, 4), &code);

	return n > 0 ? (size_t)n : 1;
}

/* Where to go on after a mismatch: the pattern behind a star, and the text it was tried at. */
struct retry {
	const char *pattern, *s;
};

static bool retry_star(struct retry *star, const char **pattern, const char **s)
{
	if (star->pattern == NULL || *star->s == '\0' || *star->s == '/')
		return false;
	*s = ++star->s;
	*pattern = star->pattern;
	return true;
}

static bool retry_stars(struct retry *stars, const char **pattern, const char **s)
{
	if (stars->pattern == NULL || *stars->s == '\0')
		return false;
	*s = ++stars->s;
	*pattern = stars->pattern;
	return true;
}

/* Only the last star of each sort is tried again. That is enough: what stands before a later star
 * matched as far left as it can, and moving it right could only shorten what that star may take. */
bool pattern_match(const char *pattern, const char *s)
{
	struct retry star = {0}, stars = {0};

	for (;;) {
		if (pattern[0] == '*' && pattern[1] == '*') {
			while (*pattern == '*')
				pattern++;
			stars = (struct retry){pattern, s};
			star = (struct retry){0};
		} else if (*pattern == '*') {
			star = (struct retry){++pattern, s};
		} else if (*pattern == '\0' && *s == '\0') {
			return true;
		} else if (*pattern == '?' && *s != '\0' && *s != '/') {
			pattern++;
			s += char_bytes(s);
		} else if (*pattern == *s && *s != '\0' && *pattern != '?') {
			pattern++;
			s++;
		} else if (!retry_star(&star, &pattern, &s)) {
			star = (struct retry){0};
			if (!retry_stars(&stars, &pattern, &s))
				return false;
		}
	}
}

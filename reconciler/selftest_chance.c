/* Chance, from a seed. */
#include "reconciler/selftest.h"

#include <stdlib.h>
#include <string.h>

void chance_seed(struct chance *c, uint64_t seed)
{
	*c = (struct chance){.serial = 0};
	random_seed(&c->random, seed);
}

unsigned chance_below(struct chance *c, unsigned n)
{
	return (unsigned)(((uint64_t)random_fraction(&c->random.base) * n) >> 32);
}

bool chance_of(struct chance *c, unsigned percent)
{
	return chance_below(c, 100) < percent;
}

const char *chance_key(struct chance *c, const json_t *object, bool (*fits)(const char *key))
{
	const char *key, *found = NULL;
	json_t *value;
	unsigned n = 0;

	json_object_foreach((json_t *)object, key, value) n += !fits || fits(key);
	if (!n)
		return NULL;
	n = chance_below(c, n);
	json_object_foreach((json_t *)object, key, value)
	{
		if (fits && !fits(key))
			continue;
		if (n-- == 0) {
			found = key;
			break;
		}
	}
	return found;
}

const char *chance_word(struct chance *c, const char *const *words, size_t n)
{
	return words[chance_below(c, (unsigned)n)];
}

char *chance_name(struct chance *c, const char *prefix)
{
	return xasprintf("%s%u", prefix, ++c->serial);
}

char *text_replaced(const char *text, const char *from, const char *to)
{
	auto_buf out = BUF_INIT(1u << 20);

	for (const char *found; (found = strstr(text, from)); text = found + strlen(from))
		buf_printf(&out, "%.*s%s", (int)(found - text), text, to);
	buf_puts(&out, text);
	return buf_take(&out);
}

char *document_replaced(const char *text, const char *from, const char *to)
{
	auto_free char *plain = NULL;
	json_auto_t *json = NULL;

	if (!strstr(text, from))
		return xstrdup(text);
	plain = text_replaced(text, from, to);
	json = json_loads(plain, JSON_DECODE_ANY, NULL);
	return json ? document_text(json) : xstrdup(plain);
}

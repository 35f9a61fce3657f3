/* Canonical JSON: one spelling of a value. Keys in byte order, no white space, real numbers by the
 * fewest digits that read back as the same number (jansson alone writes 0.10000000000000001). */
#include "state/canon.h"

#include <stdlib.h>
#include <string.h>

/* Bytes. A value read from one reply or file stays far below; only a defect of ours reaches it. */
#define CANON_MAX (256u << 20)

struct member {
	const char *key;
	size_t len;
	const json_t *value;
};

static int member_cmp(const void *pa, const void *pb)
{
	const struct member *a = pa, *b = pb;
	size_t shorter = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->key, b->key, shorter);

	if (order != 0)
		return order;
	return a->len < b->len ? -1 : a->len > b->len;
}

static void string_write(struct buf *out, const char *s, size_t len)
{
	buf_putc(out, '"');
	escape_json(out, s, len);
	buf_putc(out, '"');
}

static bool real_reads_back(const char *s, size_t len, double wanted)
{
	json_auto_t *again = json_loadb(s, len, JSON_DECODE_ANY, NULL);

	return again != NULL && json_is_real(again) && json_real_value(again) == wanted;
}

static void real_write(struct buf *out, const json_t *value)
{
	char s[64];
	size_t len = 0;

	/* Every double is told apart by 17 digits; most that people write need 15. */
	for (size_t digits = 15; digits <= 17; digits++) {
		len =
		    json_dumpb(value, s, sizeof(s), JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
		charter_assert(len > 0 && len <= sizeof(s));
		if (real_reads_back(s, len, json_real_value(value)))
			break;
	}
	buf_add(out, s, len);
}

static void value_write(struct buf *out, const json_t *value);

static void object_write(struct buf *out, json_t *object)
{
	size_t n = json_object_size(object), at = 0, len;
	auto_free struct member *members = xcalloc(n + 1, sizeof(*members));
	const char *key;
	json_t *value;

	json_object_keylen_foreach(object, key, len, value) members[at++] =
	    (struct member){key, len, value};
	qsort(members, n, sizeof(*members), member_cmp);

	buf_putc(out, '{');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		string_write(out, members[i].key, members[i].len);
		buf_putc(out, ':');
		value_write(out, members[i].value);
	}
	buf_putc(out, '}');
}

static void array_write(struct buf *out, const json_t *array)
{
	buf_putc(out, '[');
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (i > 0)
			buf_putc(out, ',');
		value_write(out, json_array_get(array, i));
	}
	buf_putc(out, ']');
}

static void value_write(struct buf *out, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		object_write(out, (json_t *)value); /* iterating only */
		break;
	case JSON_ARRAY:
		array_write(out, value);
		break;
	case JSON_STRING:
		string_write(out, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_REAL:
		real_write(out, value);
		break;
	case JSON_TRUE:
		buf_puts(out, "true");
		break;
	case JSON_FALSE:
		buf_puts(out, "false");
		break;
	case JSON_NULL:
		buf_puts(out, "null");
		break;
	}
}

const struct text *canon_json(struct arena *arena, const json_t *value)
{
	auto_buf out = BUF_INIT(CANON_MAX);

	value_write(&out, value);
	charter_assert(!out.full);
	return text_new(arena, buf_str(&out), out.len);
}

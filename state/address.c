/* Addresses: KIND/PART/PART, each part percent-encoded where it would be mistaken. */
#include "state/resource.h"

#include <string.h>

/* A part is at most some hundred characters; three bytes for each, and several parts. */
#define ADDRESS_MAX (1u << 20)

/* '~' at the front would look like a raw address; '*', '?', '{', '}' have a meaning in patterns and
 * in tokens; a quote or backslash would be another text where a token stands in JSON. */
static bool byte_is_encoded(unsigned char byte, bool first)
{
	return byte < 0x20 || byte == 0x7f || strchr("%/*?{}\"\\", byte) != NULL ||
	       (first && byte == '~');
}

static void part_encode(struct buf *out, const char *part)
{
	for (const char *p = part; *p != '\0'; p++) {
		if (byte_is_encoded((unsigned char)*p, p == part))
			buf_printf(out, "%%%02X", (unsigned char)*p);
		else
			buf_putc(out, *p);
	}
}

static const struct text *buf_text(struct arena *arena, const struct buf *buf)
{
	return text_new(arena, buf_str(buf), buf->len);
}

/* "kind/~ID". */
const struct text *address_raw(struct arena *arena, const char *kind, const char *id)
{
	return text_printf(arena, "%s/~%s", kind, id);
}

/* "kind/~ACCOUNT/NAME", the name encoded. */
const struct text *address_raw_in(struct arena *arena, const char *kind, const char *account_id,
				  const char *name)
{
	auto_buf out = BUF_INIT(ADDRESS_MAX);

	buf_printf(&out, "%s/~%s/", kind, account_id);
	part_encode(&out, name);
	return buf_text(arena, &out);
}

/* "kind/part1/part2", or "kind/part1" when part2 is NULL. */
const struct text *address_make(struct arena *arena, const char *kind, const char *part1,
				const char *part2)
{
	auto_buf out = BUF_INIT(ADDRESS_MAX);

	buf_printf(&out, "%s/", kind);
	part_encode(&out, part1);
	if (part2 != NULL) {
		buf_putc(&out, '/');
		part_encode(&out, part2);
	}
	return buf_text(arena, &out);
}

/* The address of a unit below `parent`: "root", or a unit's address, raw or not. */
const struct text *address_below(struct arena *arena, const struct text *parent, const char *name)
{
	auto_buf out = BUF_INIT(ADDRESS_MAX);

	buf_printf(&out, "%s/", text_is(parent, "root") ? "unit" : parent->s);
	part_encode(&out, name);
	return buf_text(arena, &out);
}

static const struct text *part_decode(struct arena *arena, const char *s, size_t len)
{
	auto_buf out = BUF_INIT(ADDRESS_MAX);

	if (!unescape_percent(&out, s, len))
		return text_new(arena, s, len);
	return buf_text(arena, &out);
}

/* The n-th part, decoded; NULL when there are fewer. Part 0 is the kind. */
const struct text *address_part(struct arena *arena, const struct text *address, unsigned n)
{
	const char *s = address->s, *end;

	for (; n > 0; n--) {
		s = strchr(s, '/');
		if (s == NULL)
			return NULL;
		s++;
	}
	end = strchrnul(s, '/');
	return part_decode(arena, s, (size_t)(end - s));
}

/* The last part, decoded. */
const struct text *address_name(struct arena *arena, const struct text *address)
{
	const char *slash = strrchr(address->s, '/');
	const char *s = slash == NULL ? address->s : slash + 1;

	return part_decode(arena, s, strlen(s));
}

/* True when the address is KIND or starts with "KIND/". */
bool address_is(const struct text *address, const char *kind)
{
	size_t len = strlen(kind);

	return address != NULL && strncmp(address->s, kind, len) == 0 &&
	       (address->s[len] == '\0' || address->s[len] == '/');
}

const char *raw_account_id(const struct text *address)
{
	static const char prefix[] = "account/~";

	return address != NULL && str_starts(address->s, prefix) ? address->s + strlen(prefix)
								 : NULL;
}

/* The parts after the kind. */
static const char *parts_of(const struct text *address)
{
	const char *slash = strchr(address->s, '/');

	return slash == NULL ? address->s : slash + 1;
}

const struct text *address_edge(struct arena *arena, const char *kind, const struct text *owner,
				const struct text *account, const struct text *principal)
{
	static const char prefix[] = "identity_";
	const char *who = principal->s;

	if (str_starts(who, prefix))
		who += strlen(prefix);
	return text_printf(arena, "%s/%s/%s/%s", kind, parts_of(owner), parts_of(account), who);
}

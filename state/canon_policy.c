/* Policy documents in canonical form: the document as a whole, and its size. */
#include "state/canon_part.h"

#include <string.h>

/* Bytes of text; AWS's largest kind of policy has 40,960 characters. */
#define DOCUMENT_MAX (1u << 20)
/* Levels; the deepest kind, backup policies, uses about 12. */
#define DEPTH_MAX 64

static int string_check(const struct canon *c, const char *s, size_t len)
{
	if (memchr(s, '\0', len) != NULL)
		return error_set(c->err, "a string of the document holds a NUL character");
	if (utf8_count(s, len) < 0)
		return error_set(c->err, "a string of the document is not valid UTF-8");
	return 0;
}

/* What holds for every dialect: bounded depth, and strings that C and AWS can carry. */
static int tree_check(const struct canon *c, json_t *value, int depth)
{
	const char *key;
	size_t i, len;
	json_t *child;

	if (depth > DEPTH_MAX)
		return error_set(c->err, "the document is nested deeper than %d levels", DEPTH_MAX);
	if (json_is_string(value))
		return string_check(c, json_string_value(value), json_string_length(value));
	json_array_foreach(value, i, child)
	{
		if (tree_check(c, child, depth + 1) != 0)
			return -1;
	}
	json_object_keylen_foreach(value, key, len, child)
	{
		if (string_check(c, key, len) != 0 || tree_check(c, child, depth + 1) != 0)
			return -1;
	}
	return 0;
}

static json_t *version_canon(const struct canon *c, json_t *value)
{
	const char *s = json_string_value(value);

	if (s != NULL && strcmp(s, "2012-10-17") != 0 && strcmp(s, "2008-10-17") != 0) {
		error_set(c->err, "must be \"2012-10-17\" or \"2008-10-17\", not %s",
			  canon_shown(c, s));
		return NULL;
	}
	return string_canon(c, value);
}

static const struct element document_elements[] = {
    {.name = "Version", .canon = version_canon},
    {.name = "Id", .canon = string_canon},
    {.name = "Statement", .canon = statements_canon, .own_context = true},
};

const struct text *canon_policy(struct arena *arena, const json_t *doc, enum policy_dialect dialect,
				const char *partition, struct error *err)
{
	const struct canon c = {arena, partition, err};
	/* jansson iterates only over what is not const; nothing is changed. */
	json_t *tree = (json_t *)doc;
	json_auto_t *out = NULL;

	if (tree_check(&c, tree, 1) != 0)
		return NULL;
	if (!json_is_object(tree)) {
		error_set(err, "a policy document must be an object, not %s",
			  canon_type_name(tree));
		return NULL;
	}
	if (dialect == POLICY_PLAIN)
		return canon_json(arena, tree);
	out = elements_canon(&c, tree, document_elements, COUNT(document_elements));
	if (out == NULL)
		return NULL;
	if (json_object_get(out, "Statement") == NULL) {
		error_set(err, "no Statement");
		return NULL;
	}
	return canon_json(arena, out);
}

/* The parser quotes the input and cuts it by bytes, so the end may be half a character. */
static int parser_error_set(struct error *err, const json_error_t *parser)
{
	enum json_error_code fault = json_error_code(parser);
	size_t len = strlen(parser->text), at = 0;
	uint32_t code;

	if (fault == json_error_null_character || fault == json_error_null_byte_in_key)
		return error_set(err, "a string of the document holds a NUL character");
	while (at < len) {
		int bytes = utf8_next(parser->text + at, len - at, &code);

		if (bytes == 0)
			break;
		at += (size_t)bytes;
	}
	return error_set(err, "not valid JSON: %.*s", (int)at, parser->text);
}

const struct text *canon_policy_text(struct arena *arena, const char *json, size_t len,
				     enum policy_dialect dialect, const char *partition, int *line,
				     int *column, struct error *err)
{
	json_auto_t *doc = NULL;
	json_error_t parser;

	*line = *column = 0;
	if (len == 0) {
		error_set(err, "the document is empty");
		return NULL;
	}
	if (len > DOCUMENT_MAX) {
		error_set(err, "the document is larger than %u bytes", DOCUMENT_MAX);
		return NULL;
	}
	doc = json_loadb(json, len, JSON_REJECT_DUPLICATES, &parser);
	if (doc == NULL) {
		*line = parser.line;
		*column = parser.column > 0 ? parser.column : 1; /* 0: before the first */
		parser_error_set(err, &parser);
		return NULL;
	}
	return canon_policy(arena, doc, dialect, partition, err);
}

static size_t characters(const struct text *text, bool spaces)
{
	size_t n = 0;

	for (uint32_t i = 0; i < text->len; i++) {
		unsigned char byte = (unsigned char)text->s[i];
		bool continues = (byte & 0xc0) == 0x80;

		if (!continues && (spaces || strchr(" \t\r\n", byte) == NULL))
			n++;
	}
	return n;
}

size_t policy_size_iam(const struct text *canonical)
{
	return characters(canonical, false);
}

size_t policy_size_organizations(const struct text *canonical)
{
	return characters(canonical, true);
}

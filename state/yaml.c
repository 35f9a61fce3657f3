/* YAML as plain data: libyaml's events to a tree of placed nodes. */
#include "state/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* Forbidden characters of one file that are reported; the rest says nothing new. */
#define FORBIDDEN_SHOWN 10

struct reader {
	struct arena *arena;
	struct diagnostics *diagnostics;
	const char *file, *data;
	size_t len;
	yaml_parser_t parser;
	bool failed; /* something was refused; the tree is still built, to find more */
	bool broken; /* the stream can't be read further */
};

static struct place place_at(const struct reader *reader, size_t line, size_t column)
{
	return (struct place){reader->file, (uint32_t)line, (uint32_t)column};
}

/* libyaml counts from 0. */
static struct place place_mark(const struct reader *reader, const yaml_mark_t *mark)
{
	return place_at(reader, mark->line + 1, mark->column + 1);
}

__attribute__((format(printf, 3, 4))) static void refuse(struct reader *reader, struct place where,
							 const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	diagnose(reader->diagnostics, where, "%s", arena_vprintf(reader->arena, fmt, ap));
	va_end(ap);
	reader->failed = true;
}

static const char *forbidden_what(uint32_t code)
{
	if (code == 0xfeff)
		return "a byte order mark";
	if (code < 0x20 || (code >= 0x7f && code <= 0x9f))
		return "a control character";
	if (code == 0x2028 || code == 0x2029)
		return "a line or paragraph separator";
	return "a character that changes the direction of the text shown";
}

/* libyaml's reader would report these without a place, or let them pass. */
static bool characters_check(struct reader *reader)
{
	size_t line = 1, column = 1, found = 0;
	uint32_t code;
	int bytes;

	for (size_t i = 0; i < reader->len; i += (size_t)bytes) {
		bytes = utf8_next(reader->data + i, reader->len - i, &code);
		if (bytes == 0) {
			refuse(reader, place_at(reader, line, column), "not valid UTF-8");
			return false;
		}
		if (code_is_forbidden(code)) {
			refuse(reader, place_at(reader, line, column), "%s (U+%04X) is not allowed",
			       forbidden_what(code), code);
			if (++found == FORBIDDEN_SHOWN)
				return false;
		}
		column++;
		if (code == '\n' ||
		    (code == '\r' && (i + 1 == reader->len || reader->data[i + 1] != '\n'))) {
			line++;
			column = 1;
		}
	}
	return found == 0;
}

static char byte_at(const struct reader *reader, size_t line, size_t column)
{
	size_t at = 0;

	for (; line > 0 && at < reader->len; at++) {
		if (reader->data[at] == '\n')
			line--;
	}
	for (; column > 0 && at < reader->len; column--) {
		uint32_t code;
		int bytes = utf8_next(reader->data + at, reader->len - at, &code);

		at += bytes == 0 ? 1 : (size_t)bytes;
	}
	return at < reader->len ? reader->data[at] : '\0';
}

static void parser_error(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	const yaml_mark_t *mark = &parser->problem_mark;
	const char *problem = parser->problem == NULL ? "unreadable" : parser->problem;

	reader->broken = true;
	if (parser->error == YAML_MEMORY_ERROR)
		die_out_of_memory();
	if (parser->error == YAML_SCANNER_ERROR &&
	    byte_at(reader, mark->line, mark->column) == '\t') {
		refuse(reader, place_mark(reader, mark), "a tab cannot indent YAML: write spaces");
		return;
	}
	if (parser->context == NULL || parser->error == YAML_READER_ERROR) {
		refuse(reader, place_mark(reader, mark), "not valid YAML: %s", problem);
		return;
	}
	refuse(reader, place_mark(reader, mark), "not valid YAML: %s (%s at line %zu)", problem,
	       parser->context, parser->context_mark.line + 1);
}

static bool event_next(struct reader *reader, yaml_event_t *event)
{
	if (yaml_parser_parse(&reader->parser, event))
		return true;
	memset(event, 0, sizeof(*event));
	parser_error(reader);
	return false;
}

/* The text of a scalar, without what would mislead a reader or end a C string. */
static const struct text *scalar_text(struct reader *reader, const yaml_event_t *event,
				      struct place where)
{
	const char *s = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	uint32_t code;
	int bytes;

	for (size_t i = 0; i < len; i += (size_t)bytes) {
		bytes = utf8_next(s + i, len - i, &code);
		if (bytes == 0 || code_is_forbidden(code)) {
			refuse(reader, where, "%s (U+%04X) is not allowed, nor is it as an escape",
			       forbidden_what(bytes == 0 ? 0 : code), bytes == 0 ? 0 : code);
			return text_str(reader->arena, "?");
		}
	}
	return text_new(reader->arena, s, len);
}

static void properties_check(struct reader *reader, const yaml_char_t *anchor,
			     const yaml_char_t *tag, struct place where)
{
	if (anchor != NULL)
		refuse(reader, where, "anchors are not allowed: write the value where it is used");
	if (tag != NULL)
		refuse(reader, where, "tags (%.40s) are not allowed", (const char *)tag);
}

static struct node *node_new(struct reader *reader, enum node_type type, struct place where)
{
	struct node *node = arena_alloc(reader->arena, sizeof(*node));

	node->type = type;
	node->where = where;
	return node;
}

static struct node *node_read(struct reader *reader, yaml_event_t *event, unsigned depth);

static struct node *scalar_read(struct reader *reader, const yaml_event_t *event)
{
	struct node *node = node_new(reader, NODE_SCALAR, place_mark(reader, &event->start_mark));

	properties_check(reader, event->data.scalar.anchor, event->data.scalar.tag, node->where);
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->s = scalar_text(reader, event, node->where);
	return node;
}

static int entry_cmp(const void *pa, const void *pb)
{
	const struct entry *a = *(const struct entry *const *)pa;
	const struct entry *b = *(const struct entry *const *)pb;
	int order = text_cmp(a->key, b->key);

	if (order == 0)
		order = (a->where.line > b->where.line) - (a->where.line < b->where.line);
	return order != 0
		   ? order
		   : (a->where.column > b->where.column) - (a->where.column < b->where.column);
}

static void duplicates_check(struct reader *reader, const struct node *map)
{
	auto_free const struct entry **sorted = xcalloc(map->n + 1, sizeof(*sorted));

	for (uint32_t i = 0; i < map->n; i++)
		sorted[i] = &map->entry[i];
	if (map->n > 1)
		qsort(sorted, map->n, sizeof(*sorted), entry_cmp);
	for (uint32_t i = 1; i < map->n; i++) {
		if (text_cmp(sorted[i - 1]->key, sorted[i]->key) == 0)
			refuse(reader, sorted[i]->where, "key `%s` stands twice; first at line %u",
			       sorted[i]->key->s, sorted[i - 1]->where.line);
	}
}

static bool key_read(struct reader *reader, yaml_event_t *event, struct entry *entry)
{
	entry->where = place_mark(reader, &event->start_mark);
	if (event->type == YAML_ALIAS_EVENT) {
		refuse(reader, entry->where, "aliases are not allowed: write the key itself");
		reader->broken = true;
		return false;
	}
	if (event->type != YAML_SCALAR_EVENT) {
		refuse(reader, entry->where, "a key must be text, not a list or a map");
		reader->broken = true;
		return false;
	}
	properties_check(reader, event->data.scalar.anchor, event->data.scalar.tag, entry->where);
	entry->key = scalar_text(reader, event, entry->where);
	if (entry->key->len == 0)
		refuse(reader, entry->where, "a key may not be empty");
	else if (entry->key->len > YAML_MAX_KEY)
		refuse(reader, entry->where, "a key is longer than %d bytes", YAML_MAX_KEY);
	return true;
}

typedef VEC(struct entry) entry_vec;

/* Reads up to the end of the collection; false: the stream is broken. */
static bool entries_read(struct reader *reader, struct node *node, unsigned depth,
			 entry_vec *entries)
{
	yaml_event_type_t end =
	    node->type == NODE_MAP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	yaml_event_t event;

	while (event_next(reader, &event)) {
		struct entry entry = {.where = place_mark(reader, &event.start_mark)};
		bool is_end = event.type == end;

		if (is_end || (node->type == NODE_MAP && !key_read(reader, &event, &entry))) {
			yaml_event_delete(&event);
			return is_end;
		}
		if (node->type == NODE_MAP) {
			yaml_event_delete(&event);
			if (!event_next(reader, &event))
				return false;
		}
		entry.value = node_read(reader, &event, depth + 1);
		yaml_event_delete(&event);
		if (reader->broken)
			return false;
		vec_push(entries, entry);
	}
	return false;
}

static struct node *collection_read(struct reader *reader, struct node *node, unsigned depth)
{
	entry_vec entries = {0};

	if (depth >= YAML_MAX_DEPTH) {
		refuse(reader, node->where, "nested deeper than %d levels", YAML_MAX_DEPTH);
		reader->broken = true;
		return node;
	}
	entries_read(reader, node, depth, &entries);
	node->n = (uint32_t)entries.n;
	node->entry = arena_array(reader->arena, entries.n, sizeof(*node->entry));
	if (entries.n > 0)
		memcpy(node->entry, entries.at, entries.n * sizeof(*node->entry));
	free(entries.at);
	if (node->type == NODE_MAP)
		duplicates_check(reader, node);
	return node;
}

/* Builds the node that begins with this event; the caller deletes the event. */
static struct node *node_read(struct reader *reader, yaml_event_t *event, unsigned depth)
{
	struct place where = place_mark(reader, &event->start_mark);

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return scalar_read(reader, event);
	case YAML_SEQUENCE_START_EVENT:
		properties_check(reader, event->data.sequence_start.anchor,
				 event->data.sequence_start.tag, where);
		return collection_read(reader, node_new(reader, NODE_LIST, where), depth);
	case YAML_MAPPING_START_EVENT:
		properties_check(reader, event->data.mapping_start.anchor,
				 event->data.mapping_start.tag, where);
		return collection_read(reader, node_new(reader, NODE_MAP, where), depth);
	case YAML_ALIAS_EVENT:
		refuse(reader, where, "aliases are not allowed: write the value itself");
		return node_new(reader, NODE_MAP, where);
	default:
		refuse(reader, where, "not valid YAML");
		reader->broken = true;
		return node_new(reader, NODE_MAP, where);
	}
}

static void document_check(struct reader *reader, const yaml_event_t *event, bool second)
{
	struct place where = place_mark(reader, &event->start_mark);

	if (second)
		refuse(reader, where, "only one document is allowed in a file");
	else if (event->data.document_start.version_directive != NULL ||
		 event->data.document_start.tag_directives.start !=
		     event->data.document_start.tag_directives.end)
		refuse(reader, where, "YAML directives are not allowed");
}

static struct node *stream_read(struct reader *reader)
{
	struct node *root = NULL;
	bool in_document = false, end = false;
	yaml_event_t event;

	while (!end && !reader->broken && event_next(reader, &event)) {
		if (event.type == YAML_DOCUMENT_START_EVENT) {
			document_check(reader, &event, root != NULL);
			in_document = true;
			end = root != NULL;
		} else if (event.type == YAML_STREAM_END_EVENT) {
			end = true;
		} else if (event.type == YAML_DOCUMENT_END_EVENT) {
			in_document = false;
		} else if (in_document) {
			root = node_read(reader, &event, 0);
		}
		yaml_event_delete(&event);
	}
	return root;
}

/* The checks on size and characters alone, for files that are not read as YAML. */
bool yaml_check(struct arena *arena, const char *file, const char *data, size_t len,
		struct diagnostics *diagnostics)
{
	struct reader reader = {
	    .arena = arena, .diagnostics = diagnostics, .file = file, .data = data, .len = len};

	if (len > YAML_MAX_BYTES) {
		refuse(&reader, place_at(&reader, 1, 1), "the file is larger than %u KiB",
		       YAML_MAX_BYTES >> 10);
		return false;
	}
	return characters_check(&reader);
}

/* The tree of a file, in the arena; NULL when anything was refused, which is then in diagnostics.
 */
struct node *yaml_parse(struct arena *arena, const char *file, const char *data, size_t len,
			struct diagnostics *diagnostics)
{
	struct reader reader = {
	    .arena = arena, .diagnostics = diagnostics, .file = file, .data = data, .len = len};
	struct node *root;

	if (!yaml_check(arena, file, data, len, diagnostics))
		return NULL;
	if (!yaml_parser_initialize(&reader.parser))
		die_out_of_memory();
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)data, len);
	root = stream_read(&reader);
	yaml_parser_delete(&reader.parser);
	if (reader.failed)
		return NULL;
	if (root == NULL)
		return node_new(&reader, NODE_MAP, place_at(&reader, 1, 1));
	if (node_is_null(root))
		return node_new(&reader, NODE_MAP, root->where);
	return root;
}

/* The value of a key, or NULL when it is absent or the node is no map. */
struct node *node_get(const struct node *map, const char *key)
{
	if (map == NULL || map->type != NODE_MAP)
		return NULL;
	for (uint32_t i = 0; i < map->n; i++) {
		if (text_is(map->entry[i].key, key))
			return map->entry[i].value;
	}
	return NULL;
}

static bool plain_is_one_of(const struct node *node, const char *const *words)
{
	if (node->type != NODE_SCALAR || !node->plain)
		return false;
	for (; *words != NULL; words++) {
		if (text_is(node->s, *words))
			return true;
	}
	return false;
}

/* True for plain null, ~, or nothing. */
bool node_is_null(const struct node *node)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};

	return plain_is_one_of(node, words);
}

/* 1, 0, or -1 when the node is neither true nor false of YAML 1.2. */
int node_bool(const struct node *node)
{
	static const char *const yes[] = {"true", "True", "TRUE", NULL};
	static const char *const no[] = {"false", "False", "FALSE", NULL};

	if (plain_is_one_of(node, yes))
		return 1;
	return plain_is_one_of(node, no) ? 0 : -1;
}

/* YAML 1.2 core schema: a decimal integer, or a real number with a fraction or an exponent. */
enum node_number node_number(const struct node *node)
{
	const char *s;
	size_t whole, fraction = 0;
	bool real = false;

	if (node->type != NODE_SCALAR || !node->plain)
		return NUMBER_NONE;
	s = node->s->s;
	s += *s == '-' || *s == '+';
	whole = strspn(s, "0123456789");
	s += whole;
	if (*s == '.') {
		real = true;
		fraction = strspn(++s, "0123456789");
		s += fraction;
	}
	if (whole + fraction == 0)
		return NUMBER_NONE;
	if (*s == 'e' || *s == 'E') {
		real = true;
		s++;
		s += *s == '-' || *s == '+';
		if (*s == '\0')
			return NUMBER_NONE;
		s += strspn(s, "0123456789");
	}
	if (*s != '\0')
		return NUMBER_NONE;
	return real ? NUMBER_REAL : NUMBER_INTEGER;
}

/* Where everything of a YAML file stands. libyaml counts characters, says where block collections
 * begin but not where they end, and says nothing of dashes and colons: these are looked for, where
 * only blanks and comments can stand before them. */
#include "state/edit_tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct builder {
	struct text_edit *edit;
	yaml_parser_t parser;
	uint32_t *byte; /* of a character; owned */
	bool odd;       /* written in a way that is not edited */
};

static size_t mark_byte(const struct builder *builder, const yaml_mark_t *mark)
{
	return builder->byte[mark->index];
}

/* Past blanks, line ends and comments. */
static size_t skip_gap(const struct text_edit *edit, size_t at, size_t end)
{
	while (at < end) {
		if (edit->data[at] == '#')
			at = line_end(edit, at);
		else if (strchr(" \t\r\n", edit->data[at]) != NULL)
			at++;
		else
			break;
	}
	return at;
}

static enum piece_style style_of(yaml_scalar_style_t style)
{
	switch (style) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE:
		return PIECE_SINGLE;
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
		return PIECE_DOUBLE;
	case YAML_LITERAL_SCALAR_STYLE:
		return PIECE_LITERAL;
	case YAML_FOLDED_SCALAR_STYLE:
		return PIECE_FOLDED;
	default:
		return PIECE_PLAIN;
	}
}

/* The scalar's end as libyaml says it is behind the line ends that follow a block. */
static size_t block_end(const struct text_edit *edit, size_t start, size_t end)
{
	size_t first = line_end(edit, start);

	while (end > first && strchr(" \t\r\n", edit->data[end - 1]) != NULL)
		end--;
	return end > first ? end : first;
}

static struct piece *scalar_piece(struct builder *builder, const yaml_event_t *event)
{
	struct piece *piece = arena_alloc(builder->edit->arena, sizeof(*piece));

	piece->type = NODE_SCALAR;
	piece->style = style_of(event->data.scalar.style);
	piece->start = mark_byte(builder, &event->start_mark);
	piece->end = mark_byte(builder, &event->end_mark);
	piece->len = event->data.scalar.length;
	piece->text = arena_memdup0(builder->edit->arena, event->data.scalar.value, piece->len);
	if (piece->style == PIECE_PLAIN && piece->len == 0)
		piece->style = PIECE_NOTHING;
	if (piece->style == PIECE_LITERAL || piece->style == PIECE_FOLDED)
		piece->end = block_end(builder->edit, piece->start, piece->end);
	return piece;
}

static void event_take(struct builder *builder, yaml_event_t *event)
{
	if (!yaml_parser_parse(&builder->parser, event)) {
		/* It was parsed before. */
		memset(event, 0, sizeof(*event));
		builder->odd = true;
	}
}

static struct piece *piece_build(struct builder *builder, const yaml_event_t *event, bool in_flow);

/* Where the value of a key or dash begins, when nothing is written there. */
static void value_settle(struct piece *value, size_t after, unsigned indent)
{
	value->after = after;
	value->indent = indent;
	if (value->style == PIECE_NOTHING && value->type == NODE_SCALAR)
		value->start = value->end = after;
}

static void key_settle(struct builder *builder, const struct piece *map, struct part *part,
		       size_t limit)
{
	const struct text_edit *edit = builder->edit;
	size_t colon = skip_gap(edit, part->key_end, limit);

	if (colon >= edit->len || edit->data[colon] != ':') {
		/* {a, b}: a key of nothing */
		if (!map->flow || part->value->style != PIECE_NOTHING)
			builder->odd = true;
		colon = part->key_end;
		value_settle(part->value, colon, 0);
		part->end = colon;
		return;
	}
	value_settle(part->value, colon + 1, (unsigned)line_column(edit, part->start));
	part->end = part->value->end;
}

static void element_settle(struct builder *builder, const struct piece *list, struct part *part,
			   size_t before)
{
	const struct text_edit *edit = builder->edit;

	if (list->flow) {
		part->start = part->value->start;
		part->end = part->value->end;
		part->value->after = part->start;
		if (part->value->style == PIECE_NOTHING && part->value->type == NODE_SCALAR)
			builder->odd = true;
		return;
	}
	part->start = skip_gap(edit, before, edit->len);
	if (part->start >= edit->len || edit->data[part->start] != '-') {
		builder->odd = true;
		part->start = before;
	}
	value_settle(part->value, part->start + 1, (unsigned)line_column(edit, part->start));
	part->end = part->value->end;
}

/* A key after a question mark. */
static bool is_marked(const struct text_edit *edit, size_t key)
{
	while (key > 0 && (edit->data[key - 1] == ' ' || edit->data[key - 1] == '\t'))
		key--;
	return key > 0 && edit->data[key - 1] == '?';
}

static void part_read(struct builder *builder, struct piece *piece, yaml_event_t *event,
		      struct part *part, size_t before)
{
	if (piece->type == NODE_MAP) {
		part->start = mark_byte(builder, &event->start_mark);
		part->key_end = mark_byte(builder, &event->end_mark);
		builder->odd = builder->odd || is_marked(builder->edit, part->start);
		part->key = arena_memdup0(builder->edit->arena, event->data.scalar.value,
					  event->data.scalar.length);
		yaml_event_delete(event);
		event_take(builder, event);
	}
	part->value = piece_build(builder, event, piece->flow);
	yaml_event_delete(event);
	if (builder->odd)
		return;
	if (piece->type == NODE_MAP)
		key_settle(builder, piece, part, builder->edit->len);
	else
		element_settle(builder, piece, part, before);
}

static int part_key_cmp(const void *pa, const void *pb)
{
	return strcmp((*(const struct part *const *)pa)->key,
		      (*(const struct part *const *)pb)->key);
}

static void keys_sort(struct arena *arena, struct piece *piece)
{
	piece->by_key = arena_array(arena, piece->n, sizeof(struct part *));
	for (uint32_t i = 0; i < piece->n; i++)
		piece->by_key[i] = &piece->part[i];
	if (piece->n > 0)
		qsort(piece->by_key, piece->n, sizeof(struct part *), part_key_cmp);
}

static struct piece *collection_piece(struct builder *builder, const yaml_event_t *begin,
				      enum node_type type, bool flow)
{
	struct piece *piece = arena_alloc(builder->edit->arena, sizeof(*piece));
	yaml_event_type_t last =
	    type == NODE_MAP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	VEC(struct part) parts = {0};
	yaml_event_t event;
	size_t before;

	piece->type = type;
	piece->flow = flow;
	piece->start = before = piece->end = mark_byte(builder, &begin->start_mark);
	if (flow && builder->edit->data[piece->start] != (type == NODE_MAP ? '{' : '['))
		builder->odd = true;
	for (event_take(builder, &event); !builder->odd && event.type != last;
	     event_take(builder, &event)) {
		struct part part = {0};

		part_read(builder, piece, &event, &part, before);
		before = part.end;
		vec_push(&parts, part);
	}
	piece->end = flow && !builder->odd ? mark_byte(builder, &event.end_mark) : before;
	yaml_event_delete(&event);
	piece->n = (uint32_t)parts.n;
	piece->part = arena_array(builder->edit->arena, parts.n, sizeof(struct part));
	if (parts.n > 0)
		memcpy(piece->part, parts.at, parts.n * sizeof(struct part));
	free(parts.at);
	if (type == NODE_MAP && !builder->odd)
		keys_sort(builder->edit->arena, piece);
	return piece;
}

static struct piece *piece_build(struct builder *builder, const yaml_event_t *event, bool in_flow)
{
	struct piece *piece;

	if (event->type == YAML_SEQUENCE_START_EVENT)
		piece =
		    collection_piece(builder, event, NODE_LIST,
				     event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE);
	else if (event->type == YAML_MAPPING_START_EVENT)
		piece =
		    collection_piece(builder, event, NODE_MAP,
				     event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE);
	else
		piece = scalar_piece(builder, event);
	piece->in_flow = in_flow;
	return piece;
}

static void stream_build(struct builder *builder)
{
	struct text_edit *edit = builder->edit;
	bool end = false, inside = false;
	yaml_event_t event;

	while (!end && !builder->odd) {
		event_take(builder, &event);
		if (inside && edit->root == NULL && event.type != YAML_DOCUMENT_END_EVENT)
			edit->root = piece_build(builder, &event, false);
		inside = inside || event.type == YAML_DOCUMENT_START_EVENT;
		end = event.type == YAML_STREAM_END_EVENT || event.type == YAML_DOCUMENT_END_EVENT;
		yaml_event_delete(&event);
	}
	if (edit->root != NULL && edit->root->type == NODE_SCALAR && piece_is_null(edit->root))
		edit->root = NULL;
}

static uint32_t *characters(const char *data, size_t len)
{
	uint32_t *byte = xcalloc(len + 2, sizeof(*byte)), code;
	size_t n = 0;

	for (size_t i = 0; i < len; n++) {
		byte[n] = (uint32_t)i;
		i += (size_t)utf8_next(data + i, len - i, &code);
	}
	for (; n < len + 2; n++)
		byte[n] = (uint32_t)len;
	return byte;
}

static int refused(const struct text_edit *edit, const struct diagnostics *found, struct error *err)
{
	const struct diagnostic *first = found->list.at;

	for (size_t i = 0; i < found->list.n; i++) {
		if (!found->list.at[i].warning) {
			first = &found->list.at[i];
			break;
		}
	}
	return error_set(err, "%s:%u:%u: %s", edit->file, first->where.line, first->where.column,
			 first->message);
}

static bool has_lone_return(const struct text_edit *edit)
{
	for (size_t i = 0; i < edit->len; i++) {
		if (edit->data[i] == '\r' && (i + 1 == edit->len || edit->data[i + 1] != '\n'))
			return true;
	}
	return false;
}

int piece_parse(struct text_edit *edit, struct error *err)
{
	struct builder builder = {.edit = edit};
	struct diagnostics found = {.arena = edit->arena};
	int result = 0;

	edit->root = NULL;
	if (yaml_parse(edit->arena, edit->file, edit->data, edit->len, &found) == NULL)
		result = refused(edit, &found, err);
	diagnostics_free(&found);
	if (result != 0)
		return -1;
	if (has_lone_return(edit))
		return error_set(err, "%s: lines end with a carriage return alone", edit->file);
	builder.byte = characters(edit->data, edit->len);
	if (!yaml_parser_initialize(&builder.parser))
		die_out_of_memory();
	yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&builder.parser, (const unsigned char *)edit->data, edit->len);
	stream_build(&builder);
	yaml_parser_delete(&builder.parser);
	free(builder.byte);
	if (builder.odd)
		return error_set(err,
				 "%s: keys marked by `?`, or pairs without braces: edit it by hand",
				 edit->file);
	return 0;
}

/* Edits by paths: rounds of splices, each on what the last one wrote, until the file says what was
 * asked; then all else is compared with what was there. */
#include "state/edit_tree.h"

#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX 5000

static void text_edit_free(struct text_edit *edit)
{
	free(edit->splice.at);
}

/* What stands at the path; *depth gets how many of its keys there are. */
static const struct piece *path_find(const struct text_edit *edit, const char *const *path,
				     size_t *depth, struct part **part, const struct piece **map)
{
	const struct piece *piece = edit->root;
	struct part *next;

	*part = NULL;
	*map = NULL;
	for (*depth = 0; path[*depth] != NULL; (*depth)++) {
		next = piece_find(piece, path[*depth]);
		if (next == NULL)
			break;
		*part = next;
		*map = piece;
		piece = next->value;
	}
	return piece;
}

static const char *path_text(struct arena *arena, const char *const *path)
{
	const char *text = "";

	for (; *path != NULL; path++)
		text = arena_printf(arena, "%s%s%s", text, *text == '\0' ? "" : ".", *path);
	return text;
}

/* The value within the maps that are not there yet. New reference. */
static json_t *value_within(const char *const *path, const json_t *value)
{
	json_t *inner = json_incref((json_t *)value), *outer;
	size_t n = 0;

	while (path[n] != NULL)
		n++;
	while (n-- > 0) {
		outer = json_object();
		if (outer == NULL || json_object_set_new(outer, path[n], inner) != 0)
			die_out_of_memory();
		inner = outer;
	}
	return inner;
}

/* The first lines of a file that holds comments at most. */
static void root_write(struct text_edit *edit, const json_t *value)
{
	auto_buf text = BUF_INIT(4 * YAML_MAX_BYTES);

	edit->group++;
	if (edit->len > 0 && edit->data[edit->len - 1] != '\n')
		buf_putc(&text, '\n');
	if (edit->style.json)
		edit_write_json(value, &text);
	else
		edit_write_yaml(value, 0, &text);
	splice_add(edit, edit->len, edit->len,
		   arena_memdup0(edit->arena, buf_str(&text), text.len));
}

static void part_go(struct text_edit *edit, const struct piece *map, const struct part *part)
{
	if (map->flow)
		flow_remove(edit, map, (uint32_t)(part - map->part));
	else if (map->n == 1)
		block_clear(edit, map);
	else
		block_remove(edit, map, (uint32_t)(part - map->part));
}

/* A new key beside what else is in the map. */
static void key_add(struct text_edit *edit, const struct piece *map, const char *const *path,
		    const json_t *value)
{
	json_auto_t *whole = value_within(path, value);

	if (map == NULL)
		root_write(edit, whole);
	else if (map->type == NODE_MAP && map->n > 0)
		part_add(edit, map, path[0], json_object_get(whole, path[0]));
	else
		piece_change(edit, map, whole);
}

static int edit_plan(struct text_edit *edit, const struct edit *asked, struct error *err)
{
	const struct piece *piece, *map;
	struct part *part;
	size_t depth;

	piece = path_find(edit, asked->path, &depth, &part, &map);
	if (asked->path[depth] == NULL) {
		if (asked->value != NULL && piece == NULL)
			root_write(edit, asked->value);
		else if (asked->value != NULL)
			piece_change(edit, piece, asked->value);
		else if (part != NULL)
			part_go(edit, map, part);
		return 0;
	}
	if (asked->value == NULL)
		return 0;
	if (piece != NULL && piece->type != NODE_MAP && !piece_is_null(piece))
		return error_set(err, "%s: `%s` has no keys to stand in", edit->file,
				 path_text(edit->arena, asked->path));
	key_add(edit, piece, asked->path + depth, asked->value);
	return 0;
}

/* Edits in the order of their paths: those below one path stand together, one of itself first. */
struct asked {
	const struct edit **edit;
	size_t n;
};

static int edit_path_cmp(const void *pa, const void *pb)
{
	const char *const *a = (*(const struct edit *const *)pa)->path;
	const char *const *b = (*(const struct edit *const *)pb)->path;

	for (; *a != NULL && *b != NULL; a++, b++) {
		int order = strcmp(*a, *b);

		if (order != 0)
			return order;
	}
	return (*a != NULL) - (*b != NULL);
}

/* Those whose key of this depth is this one; all have the same keys before it. */
static struct asked asked_below(struct asked all, size_t depth, const char *key)
{
	size_t low = 0, high = all.n, n = 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *other = all.edit[mid]->path[depth];

		if (other == NULL || strcmp(other, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	while (low + n < all.n && strcmp(all.edit[low + n]->path[depth], key) == 0)
		n++;
	return (struct asked){all.edit + low, n};
}

/* All but what was asked is as it was. */
static bool rest_is_same(const struct piece *was, const struct piece *is, struct asked asked,
			 size_t depth)
{
	if (asked.n > 0 && asked.edit[0]->path[depth] == NULL)
		return true;
	if (asked.n == 0 || depth + 1 >= YAML_MAX_DEPTH)
		return piece_same(was, is);
	if (was != NULL && was->type != NODE_MAP && !piece_is_null(was))
		return piece_same(was, is);
	for (uint32_t i = 0; was != NULL && was->type == NODE_MAP && i < was->n; i++) {
		const struct part *now = piece_find(is, was->part[i].key);

		if (!rest_is_same(was->part[i].value, now == NULL ? NULL : now->value,
				  asked_below(asked, depth, was->part[i].key), depth + 1))
			return false;
	}
	for (uint32_t i = 0; is != NULL && is->type == NODE_MAP && i < is->n; i++) {
		if (piece_find(was, is->part[i].key) == NULL &&
		    asked_below(asked, depth, is->part[i].key).n == 0)
			return false;
	}
	return true;
}

static bool is_done(const struct text_edit *edit, const struct edit *asked)
{
	const struct piece *piece, *map;
	struct part *part;
	size_t depth;

	piece = path_find(edit, asked->path, &depth, &part, &map);
	if (asked->value == NULL)
		return asked->path[depth] != NULL;
	return asked->path[depth] == NULL && piece != NULL && piece_equals(piece, asked->value);
}

/* A last line without an end stays so; one with an end keeps it. */
static void last_line_keep(struct text_edit *edit, const char *data, size_t len)
{
	bool had = len == 0 || data[len - 1] == '\n';

	if (edit->len == 0 || had == (edit->data[edit->len - 1] == '\n'))
		return;
	if (had) {
		edit->data = arena_printf(edit->arena, "%.*s%s", (int)edit->len, edit->data,
					  edit->crlf ? "\r\n" : "\n");
		edit->len = strlen(edit->data);
	} else {
		while (edit->len > 0 && strchr("\r\n", edit->data[edit->len - 1]) != NULL)
			edit->len--;
		edit->data = arena_memdup0(edit->arena, edit->data, edit->len);
	}
}

static int rounds_run(struct text_edit *edit, const struct edit *edits, size_t n, struct error *err)
{
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		for (size_t i = 0; i < n; i++) {
			if (edit_plan(edit, &edits[i], err) != 0)
				return -1;
		}
		if (!splices_apply(edit))
			return 0;
		if (piece_parse(edit, err) != 0) {
			error_clear(err);
			return error_set(err, "%s: the edit does not fit how the file is written",
					 edit->file);
		}
	}
	return error_set(err, "%s: the edit does not come to an end", edit->file);
}

/* It says what was asked, and all else that it said before. */
static int result_check(const struct text_edit *edit, const struct piece *was,
			const struct edit *edits, size_t n, struct error *err)
{
	auto_free const struct edit **sorted = xcalloc(n + 1, sizeof(*sorted));

	for (size_t i = 0; i < n; i++) {
		sorted[i] = &edits[i];
		if (!is_done(edit, &edits[i]))
			return error_set(err, "%s: `%s` cannot be edited as it is written",
					 edit->file, path_text(edit->arena, edits[i].path));
	}
	if (n > 0)
		qsort(sorted, n, sizeof(*sorted), edit_path_cmp);
	if (!rest_is_same(was, edit->root, (struct asked){sorted, n}, 0))
		return error_set(err, "%s: the edit would change more than what was asked",
				 edit->file);
	return 0;
}

static bool paths_are_text(const struct edit *edits, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (const char *const *key = edits[i].path; *key != NULL; key++) {
			if (utf8_count(*key, strlen(*key)) < 0)
				return false;
		}
	}
	return true;
}

int edit_text(struct arena *arena, const char *file, const char *data, size_t len,
	      const struct edit *edits, size_t n, const char **out, size_t *out_len,
	      struct error *err)
{
	struct text_edit edit __attribute__((cleanup(text_edit_free))) = {
	    .arena = arena, .file = file, .data = arena_memdup0(arena, data, len), .len = len};
	const char *first = memchr(data, '\n', len);
	const struct piece *was;
	struct text_edit rounds_end;

	if (!paths_are_text(edits, n))
		return error_set(err, "%s: a key of the edit is not valid UTF-8", file);
	edit.crlf = first != NULL && first > data && first[-1] == '\r';
	if (piece_parse(&edit, err) != 0)
		return -1;
	style_find(&edit);
	was = edit.root;
	if (rounds_run(&edit, edits, n, err) != 0)
		return -1;
	if (result_check(&edit, was, edits, n, err) != 0)
		return -1;
	rounds_end = edit;
	last_line_keep(&edit, data, len);
	/* A block of lines may need the end of its last. */
	if (edit.len != rounds_end.len &&
	    (piece_parse(&edit, err) != 0 || result_check(&edit, was, edits, n, err) != 0)) {
		error_clear(err);
		edit.data = rounds_end.data;
		edit.len = rounds_end.len;
	}
	*out = edit.data;
	*out_len = edit.len;
	return 0;
}

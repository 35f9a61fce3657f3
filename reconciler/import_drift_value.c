/* The attributes that drifted: scalars as they are live, lists and maps element by element on what
 * is written. */
#include "reconciler/import_drift.h"

#include <stdlib.h>
#include <string.h>

/* A diff that is to be written. */
static bool diff_drifted(const struct diff *diff)
{
	return (diff->reason == REASON_DRIFT || diff->reason == REASON_CONFLICT) && !diff->by_hand;
}

/* One element or key of an attribute in the configuration's words, a list or map of it. New
 * reference; NULL: it cannot be said. */
static json_t *element_words(struct drift_import *drift, const struct resource *like,
			     const struct diff *diff)
{
	const struct kind *kind = kinds[like->kind];
	struct item item = {diff->key,
			    diff->live.state == VALUE_TEXT ? diff->live.u.text : diff->key};
	struct resource *one =
	    arena_alloc(drift->arena, sizeof(*one) + kind->attrs * sizeof(struct value));

	if (kind->attr[diff->attr].type == ATTR_SET || kind->attr[diff->attr].type == ATTR_REFS)
		item.value = NULL;
	one->kind = like->kind;
	one->address = like->address;
	one->v[diff->attr] =
	    (struct value){.state = VALUE_SET, .u.set = set_make(drift->arena, &item, 1, NULL)};
	return words_attribute(&drift->words, one, diff->attr);
}

/* Two spellings of one element: {name: x} is {name: x, path: /}. */
static bool words_alike(const json_t *a, const json_t *b)
{
	const char *path;

	if (json_equal(a, b))
		return true;
	if (!json_is_object(a) || !json_is_object(b) ||
	    !json_equal(json_object_get(a, "name"), json_object_get(b, "name")))
		return false;
	path = json_string_value(json_object_get(a, "path"));
	if (path == NULL)
		path = json_string_value(json_object_get(b, "path"));
	return path != NULL && strcmp(path, "/") == 0;
}

static size_t element_find(const json_t *list, const json_t *word, const struct text *key)
{
	size_t i;
	json_t *element;

	json_array_foreach(list, i, element)
	{
		if (words_alike(element, word) ||
		    text_is(key, json_is_string(element) ? json_string_value(element) : ""))
			return i;
	}
	return SIZE_MAX;
}

/* NULL: done; else why it is left. */
static const char *element_change(struct drift_import *drift, const struct change *change,
				  const struct diff *diff, json_t *list)
{
	json_auto_t *words = element_words(drift, change->row->head, diff);
	json_t *word = json_array_get(words, 0);
	size_t at;

	if (word == NULL)
		return arena_printf(drift->arena, "`%s`: %s is not declared, so it cannot be named",
				    kinds[change->row->head->kind]->attr[diff->attr].name,
				    diff->key->s);
	at = element_find(list, word, diff->key);
	if (diff->live.state == VALUE_TEXT) {
		if (at == SIZE_MAX)
			json_array_append(list, word);
		return NULL;
	}
	if (at == SIZE_MAX)
		return arena_printf(drift->arena,
				    "`%s`: %s is not written there: another section gives it",
				    kinds[change->row->head->kind]->attr[diff->attr].name,
				    json_is_string(word) ? json_string_value(word) : diff->key->s);
	json_array_remove(list, at);
	return NULL;
}

/* The value of a key; NULL in it: the key goes. The result is NULL, or why it is left. */
static const char *member_words(struct drift_import *drift, const struct change *change,
				const struct diff *diff, const struct node *member, json_t **value)
{
	json_auto_t *words = NULL;

	*value = NULL;
	if (diff->live.state != VALUE_TEXT && member == NULL)
		return arena_printf(
		    drift->arena, "`%s`: %s is not written there: another section gives it",
		    kinds[change->row->head->kind]->attr[diff->attr].name, diff->key->s);
	if (diff->live.state != VALUE_TEXT)
		return NULL;
	if (kinds[change->row->head->kind]->attr[diff->attr].type == ATTR_POLICIES) {
		*value = drift_document_words(diff->live.u.text);
		return *value == NULL ? "the live document is no JSON" : NULL;
	}
	words = element_words(drift, change->row->head, diff);
	*value = json_incref(json_object_get(words, diff->key->s));
	return *value == NULL ? "the configuration cannot say its value" : NULL;
}

static const char *const *path_add(struct arena *arena, const char *const *path, const char *key)
{
	size_t n = 0;
	const char **longer;

	while (path[n] != NULL)
		n++;
	longer = arena_array(arena, n + 2, sizeof(*longer));
	memcpy(longer, path, n * sizeof(*longer));
	longer[n] = key;
	return longer;
}

static const char *not_read(const struct diff *diff)
{
	return diff->blocked ? "it was not read" : NULL;
}

static void list_import(struct drift_import *drift, const struct change *change, uint16_t attr,
			struct drift_file *file, const char *const *path, const struct node *node)
{
	json_t *value = node_words(node);
	bool any = false;

	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];
		const char *why;

		if (diff->attr != attr || diff->key == NULL || !diff_drifted(diff))
			continue;
		why = not_read(diff);
		if (why == NULL)
			why = element_change(drift, change, diff, value);
		if (why != NULL)
			drift_leave(drift, change->row->address, change_place(change), why);
		any = any || why == NULL;
	}
	if (any)
		drift_fix_add(drift, file, path, value, change);
	else
		json_decref(value);
}

/* Each key is an edit of its own: documents may stand in files. */
static void map_import(struct drift_import *drift, const struct change *change, uint16_t attr,
		       struct drift_file *file, const char *const *path, const struct node *node)
{
	const struct attr *row = &kinds[change->row->head->kind]->attr[attr];

	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];
		const struct node *member;
		json_t *value = NULL;
		const char *why;

		if (diff->attr != attr || diff->key == NULL || !diff_drifted(diff))
			continue;
		member = node_get(node, diff->key->s);
		why = not_read(diff);
		if (why == NULL && row->type == ATTR_POLICIES && member != NULL &&
		    diff->live.state == VALUE_TEXT) {
			drift_document(drift, change, file,
				       path_add(drift->arena, path, diff->key->s), member,
				       diff->head.state == VALUE_TEXT ? diff->head.u.text : NULL,
				       diff->live.u.text);
			continue;
		}
		if (why == NULL)
			why = member_words(drift, change, diff, member, &value);
		if (why != NULL)
			drift_leave(drift, change->row->address, change_place(change), why);
		else
			drift_fix_add(drift, file, path_add(drift->arena, path, diff->key->s),
				      value, change);
	}
}

static void elements_import(struct drift_import *drift, const struct change *change, uint16_t attr,
			    struct drift_file *file, const char *const *path,
			    const struct node *node)
{
	const struct attr *row = &kinds[change->row->head->kind]->attr[attr];
	bool is_map = row->type == ATTR_TAGS || row->type == ATTR_POLICIES;

	if (!is_map && node_get(node, "only") != NULL) {
		path = path_add(drift->arena, path, "only");
		node = node_get(node, "only");
	}
	if (node->type != (is_map ? NODE_MAP : NODE_LIST))
		drift_leave(drift, change->row->address, change_place(change),
			    arena_printf(drift->arena, "`%s` is not written as a %s", row->name,
					 is_map ? "map" : "list"));
	else if (is_map)
		map_import(drift, change, attr, file, path, node);
	else
		list_import(drift, change, attr, file, path, node);
}

static void scalar_import(struct drift_import *drift, const struct change *change,
			  const struct diff *diff, struct drift_file *file, const char *const *path,
			  const struct node *node)
{
	const struct resource *head = change->row->head, *live = change->row->live;
	const struct attr *row = &kinds[head->kind]->attr[diff->attr];
	json_t *word;

	if (diff->blocked || live == NULL) {
		drift_leave(drift, change->row->address, change_place(change), "it was not read");
		return;
	}
	if (row->type == ATTR_POLICY && diff->live.state == VALUE_TEXT &&
	    diff->live.u.text->len > 0) {
		drift_document(drift, change, file, path, node,
			       head->v[diff->attr].state == VALUE_TEXT ? head->v[diff->attr].u.text
								       : NULL,
			       diff->live.u.text);
		return;
	}
	word = words_attribute(&drift->words, live, diff->attr);
	if (word == NULL)
		drift_leave(
		    drift, change->row->address, change_place(change),
		    arena_printf(drift->arena, "the configuration cannot say its `%s`", row->name));
	else
		drift_fix_add(drift, file, path, word, change);
}

/* Why no file says an attribute. */
static const char *unwritten(struct drift_import *drift, const struct change *change, uint16_t attr)
{
	const struct attr *row = &kinds[change->row->head->kind]->attr[attr];

	if (change->row->head->kind == KIND_PERMISSION_SET && attr == PSET_PROVISIONED)
		return "accounts have an older version of it: an apply provisions it there";
	if ((row->flags & (ATTR_DERIVED | ATTR_LIVE)) != 0)
		return arena_printf(drift->arena, "no key of the configuration says its `%s`",
				    row->name);
	return arena_printf(drift->arena, "`%s` is not written there: another section gives it",
			    row->name);
}

void drift_attributes(struct drift_import *drift, const struct change *change)
{
	struct drift_file *file = drift_file_find(drift, change->row->head->where.file);
	uint32_t done = UINT32_MAX;

	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];
		const char *const *path;
		const struct node *node;

		if (!diff_drifted(diff) || diff->attr == done)
			continue;
		path = import_attribute_path(drift->arena, change->row->address, diff->attr);
		node = node_at(drift_file_tree(drift, file), path);
		if (node == NULL)
			drift_leave(drift, change->row->address, change_place(change),
				    unwritten(drift, change, diff->attr));
		else if (diff->key == NULL)
			scalar_import(drift, change, diff, file, path, node);
		else
			elements_import(drift, change, diff->attr, file, path, node);
		/* All elements of a set at once. */
		done = diff->attr;
	}
}

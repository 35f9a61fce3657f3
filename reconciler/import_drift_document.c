/* Documents: in the mapping that stands there, or in a file of their own that nothing else uses.
 * What a person wrote with variables, or by another name for the same, stays so where AWS has what
 * it means. */
#include "reconciler/import_drift.h"

#include <string.h>

static unsigned node_users(const struct node *node, const char *path)
{
	unsigned users = 0;

	if (node->type == NODE_SCALAR)
		return text_is(node->s, path);
	for (uint32_t i = 0; i < node->n; i++)
		users += node_users(node->entry[i].value, path);
	return users;
}

static unsigned file_users(struct drift_import *drift, const char *path)
{
	unsigned users = 0;

	for (size_t i = 0; i < drift->files.n; i++) {
		struct drift_file *file = &drift->files.at[i];
		const struct node *tree;

		if (!str_ends(file->path, ".yaml") && !str_ends(file->path, ".yml"))
			continue;
		tree = drift_file_tree(drift, file);
		users += tree == NULL ? 0 : node_users(tree, path);
	}
	return users;
}

/* The end of a variable that begins here: "${account.id}". NULL: none does. */
static const char *variable_end(const char *s)
{
	const char *close = s[0] == '$' && s[1] == '{' ? strchr(s, '}') : NULL;

	return close == NULL ? NULL : close + 1;
}

/* Only the last variable is tried again, as base/pattern.c says of stars: nobody makes this long.
 */
bool text_became(const char *written, const char *text)
{
	const char *after = NULL, *from = text, *end;

	if (strstr(written, "${") == NULL && strcmp(written, text) != 0)
		return strlen(written) == 12 && strspn(written, "0123456789") == 12 &&
		       str_starts(text, "arn:") && str_ends(text, ":root") &&
		       strstr(text, written) != NULL;
	for (;;) {
		size_t len;

		end = variable_end(written);
		len = end == NULL ? 1 : (size_t)(end - written);
		/* IAM's own variables are as they were written. */
		if (end != NULL &&
		    (memchr(written, ':', len) == NULL || strncmp(written, text, len) != 0)) {
			after = written = end;
			from = text;
		} else if (strncmp(written, text, len) == 0) {
			if (*written == '\0')
				return true;
			written += len;
			text += len;
		} else if (after == NULL || *from == '\0') {
			return false;
		} else {
			written = after;
			text = ++from;
		}
	}
}

static void texts_collect(const json_t *value, json_t *texts)
{
	const char *key;
	json_t *child;
	size_t i;

	if (json_is_string(value))
		json_object_set_new(texts, json_string_value(value), json_null());
	json_array_foreach(value, i, child) texts_collect(child, texts);
	json_object_foreach((json_t *)value, key, child) texts_collect(child, texts);
}

/* Puts the written form beside each text of the declared document that it may mean. */
static void forms_find(const struct node *node, json_t *texts)
{
	const char *text;
	json_t *form;
	void *next;

	for (uint32_t i = 0; i < node->n; i++)
		forms_find(node->entry[i].value, texts);
	if (node->type != NODE_SCALAR ||
	    (strstr(node->s->s, "${") == NULL && strlen(node->s->s) != 12))
		return;
	json_object_foreach_safe(texts, next, text, form)
	{
		if (strcmp(text, node->s->s) != 0 && text_became(node->s->s, text))
			json_object_set_new(texts, text, json_string(node->s->s));
	}
}

/* The order in which people write; what is not here follows. */
static const char *const keys_first[] = {"Version",   "Id",        "Statement",    "Sid",
					 "Effect",    "Principal", "NotPrincipal", "Action",
					 "NotAction", "Resource",  "NotResource",  "Condition"};

static json_t *as_written(const json_t *value, const json_t *texts);

static json_t *map_as_written(const json_t *map, const json_t *texts)
{
	json_t *made = json_object(), *child;
	const char *key;

	for (size_t i = 0; i < sizeof(keys_first) / sizeof(*keys_first); i++) {
		child = json_object_get(map, keys_first[i]);
		if (child != NULL)
			json_object_set_new(made, keys_first[i], as_written(child, texts));
	}
	json_object_foreach((json_t *)map, key, child)
	{
		if (json_object_get(made, key) == NULL)
			json_object_set_new(made, key, as_written(child, texts));
	}
	return made;
}

/* The live document with texts as they are written. New reference. */
static json_t *as_written(const json_t *value, const json_t *texts)
{
	const json_t *form =
	    json_is_string(value) ? json_object_get(texts, json_string_value(value)) : NULL;
	json_t *made, *child;
	size_t i;

	if (json_is_object(value))
		return map_as_written(value, texts);
	if (!json_is_array(value))
		return json_incref((json_t *)(json_is_string(form) ? form : value));
	made = json_array();
	json_array_foreach(value, i, child) json_array_append_new(made, as_written(child, texts));
	return made;
}

static json_t *document_words(const struct node *written, const struct text *declared,
			      const struct text *live)
{
	json_auto_t *texts = json_object();
	json_auto_t *was =
	    declared == NULL ? NULL : json_loadb(declared->s, declared->len, 0, NULL);
	json_auto_t *is = json_loadb(live->s, live->len, 0, NULL);

	if (is == NULL)
		return NULL;
	if (was != NULL && written != NULL) {
		texts_collect(was, texts);
		forms_find(written, texts);
	}
	return as_written(is, texts);
}

json_t *drift_document_words(const struct text *live)
{
	return document_words(NULL, NULL, live);
}

bool drift_document(struct drift_import *drift, const struct change *change,
		    struct drift_file *file, const char *const *path, const struct node *node,
		    const struct text *declared, const struct text *live)
{
	static const char *const whole[] = {NULL};
	const struct node *written = node;
	const char *why = NULL;
	unsigned users;
	json_t *value;

	if (node->type == NODE_SCALAR && !node_is_null(node)) {
		file = drift_file_find(drift, node->s->s);
		users = file == NULL ? 0 : file_users(drift, node->s->s);
		if (file == NULL)
			why = arena_printf(drift->arena, "there is no file %s", node->s->s);
		else if (users > 1)
			why = arena_printf(drift->arena, "%s is the document of %u declarations",
					   node->s->s, users);
		else if ((written = drift_file_tree(drift, file)) == NULL)
			why = arena_printf(drift->arena, "%s is not read as YAML", node->s->s);
		path = whole;
	}
	value = why != NULL ? NULL : document_words(written, declared, live);
	if (value == NULL) {
		drift_leave(drift, change->row->address, change_place(change),
			    why != NULL ? why : "the live document is no JSON");
		return false;
	}
	drift_fix_add(drift, file, path, value, change);
	return true;
}

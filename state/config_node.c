/* Nodes of the configuration as typed values: each mistake is said at its place. */
#include "base/env.h"
#include "state/config_priv.h"
#include "state/valid.h"

#include <stdlib.h>
#include <string.h>

/* Suggestions cost a comparison with every name: past what is printed, none are made. */
#define SUGGESTIONS_MAX DIAGNOSTICS_MAX_SHOWN

static const char *type_name(const struct node *node)
{
	if (node->type == NODE_LIST)
		return "a list";
	if (node->type == NODE_MAP)
		return "a map";
	if (node_is_null(node))
		return "nothing";
	if (node_bool(node) >= 0)
		return "a boolean";
	return node_number(node) != NUMBER_NONE ? "a number" : "text";
}

/* Whether the node is a map; diagnosed when not. */
bool node_is_map(struct reading *reading, const struct node *node, const char *what)
{
	if (node->type == NODE_MAP)
		return true;
	if (node_is_null(node))
		diagnose(reading->diagnostics, node->where,
			 "`%s` has no value: write {} for an empty one", what);
	else
		diagnose(reading->diagnostics, node->where, "`%s` must be a map, not %s", what,
			 type_name(node));
	return false;
}

/* Whether the node is a list; diagnosed when not. */
bool node_is_list(struct reading *reading, const struct node *node, const char *what)
{
	if (node->type == NODE_LIST)
		return true;
	if (node_is_null(node))
		diagnose(reading->diagnostics, node->where,
			 "`%s` has no value: write [] to clear it, or leave the key out", what);
	else if (node->type == NODE_SCALAR)
		diagnose(reading->diagnostics, node->where, "`%s` must be a list: write [%s]", what,
			 node->s->s);
	else
		diagnose(reading->diagnostics, node->where, "`%s` must be a list, not %s", what,
			 type_name(node));
	return false;
}

/* The text of a scalar, or NULL, diagnosed: null, a plain boolean, a list, a map. */
const struct text *node_text(struct reading *reading, const struct node *node, const char *what)
{
	if (node->type != NODE_SCALAR) {
		diagnose(reading->diagnostics, node->where, "`%s` must be text, not %s", what,
			 type_name(node));
		return NULL;
	}
	if (node_is_null(node)) {
		diagnose(reading->diagnostics, node->where,
			 "`%s` has no value: write it, or leave the key out", what);
		return NULL;
	}
	if (node_bool(node) >= 0) {
		diagnose(reading->diagnostics, node->where,
			 "`%s` must be text, not a boolean: quote it, \"%s\"", what, node->s->s);
		return NULL;
	}
	return node->s;
}

/* true or false. *ok is set to false when neither, which is diagnosed. */
bool node_flag(struct reading *reading, const struct node *node, const char *what, bool *ok)
{
	int flag = node_bool(node);

	if (flag < 0) {
		diagnose(reading->diagnostics, node->where, "`%s` must be true or false", what);
		*ok = false;
	}
	return flag == 1;
}

/* A whole number within bounds, followed by `suffix`; -1 when diagnosed. */
int64_t node_integer(struct reading *reading, const struct node *node, const char *what,
		     const char *suffix, int64_t min, int64_t max)
{
	const char *s = node->type == NODE_SCALAR ? node->s->s : "";
	size_t digits = strspn(s, "0123456789");
	int64_t n = -1;

	if (digits > 0 && digits <= 9 && strcmp(s + digits, suffix) == 0)
		n = strtol(s, NULL, 10);
	if (n >= min && n <= max)
		return n;
	diagnose(reading->diagnostics, node->where,
		 "`%s` must be a whole number from %lld%s to %lld%s", what, (long long)min, suffix,
		 (long long)max, suffix);
	return -1;
}

/* A date (the end of that day, UTC) or an RFC 3339 time, in microseconds since 1970. */
bool node_until(struct reading *reading, const struct node *node, const char *what, int64_t *us)
{
	const struct text *text = node_text(reading, node, what);

	if (text == NULL)
		return false;
	if (strchr(text->s, '-') != NULL && time_parse(text->s, us) == 0)
		return true;
	diagnose(reading->diagnostics, node->where,
		 "`%s` must be a date such as 2026-12-31 or 2026-12-31T12:00:00Z", what);
	return false;
}

/* An account id: text of twelve digits, which plain YAML would take for a number. */
const struct text *node_account_id(struct reading *reading, const struct node *node,
				   const char *what)
{
	const struct text *text;

	if (node_number(node) != NUMBER_NONE) {
		diagnose(reading->diagnostics, node->where,
			 "account ids are quoted: write \"%s\" (a plain number may lose its zeros)",
			 node->s->s);
		return NULL;
	}
	text = node_text(reading, node, what);
	if (text == NULL || is_account_id(text->s, text->len))
		return text;
	diagnose(reading->diagnostics, node->where,
		 "`%s` must be an account id: twelve digits in quotes", what);
	return NULL;
}

/* Whether the name is in a NULL-terminated list. */
bool name_among(const char *name, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strcmp(name, *names) == 0)
			return true;
	}
	return false;
}

/* "; did you mean `x`?", or "" when nothing is near. */
const char *suggestion(struct arena *arena, const struct diagnostics *diagnostics, const char *name,
		       const char *const *known, size_t n)
{
	const char *near = NULL;

	if (diagnostics->errors < SUGGESTIONS_MAX)
		near = text_nearest(name, known, n);
	return near == NULL ? "" : arena_printf(arena, "; did you mean `%s`?", near);
}

/* An unknown key, with the nearest of those known. */
void key_unknown(struct reading *reading, const struct entry *entry, const char *const *known)
{
	size_t n = 0;

	if (reading->lenient)
		return;
	while (known[n] != NULL)
		n++;
	diagnose(reading->diagnostics, entry->where, "unknown key `%s`%s", entry->key->s,
		 suggestion(reading->arena, reading->diagnostics, entry->key->s, known, n));
}

void keys_check(struct reading *reading, const struct node *map, const char *const *known)
{
	for (uint32_t i = 0; i < map->n; i++) {
		if (!name_among(map->entry[i].key->s, known))
			key_unknown(reading, &map->entry[i], known);
	}
}

void key_without_effect(struct reading *reading, const struct entry *entry, const char *meanwhile)
{
	if (!reading->lenient)
		diagnose_warning(reading->diagnostics, entry->where,
				 "`%s` is not supported yet and has no effect: %s", entry->key->s,
				 meanwhile);
}

/* A key of the format that this version does not act on. */
void key_unsupported(struct reading *reading, const struct entry *entry)
{
	if (!reading->lenient)
		diagnose(reading->diagnostics, entry->where, "`%s` is not supported yet",
			 entry->key->s);
}

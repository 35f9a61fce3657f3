/* Written values in canonical form. */
#include "state/config_priv.h"
#include "state/valid.h"

#include <string.h>

/* "people" is "/people/". */
static const struct text *path_canon(struct arena *arena, const struct text *path)
{
	bool front = !str_starts(path->s, "/"), back = !str_ends(path->s, "/");

	if (path->len == 0)
		return text_str(arena, "/");
	return text_printf(arena, "%s%s%s", front ? "/" : "", path->s, back ? "/" : "");
}

static bool attr_is_path(const struct declaration *declaration, const struct attr *attr)
{
	return kinds[declaration->kind]->address == ADDRESS_ACCOUNT &&
	       strcmp(attr->name, "path") == 0;
}

static const char *type_near(struct compiler *compiler, const char *name)
{
	const char *names[32];
	size_t n = 0;

	for (; policy_types[n].name != NULL; n++) {
		charter_assert(n < COUNT(names));
		names[n] = policy_types[n].name;
	}
	return suggestion(compiler->arena, compiler->diagnostics, name, names, n);
}

/* AWS takes only paths with both slashes; an old commit may hold others. */
bool path_read(struct compiler *compiler, const struct attr *attr, const struct node *node,
	       const struct text **path)
{
	const struct text *canon = path_canon(compiler->arena, node->s);

	*path = compiler->lenient ? canon : node->s;
	if (compiler->lenient || text_eq(canon, node->s))
		return true;
	diagnose(compiler->diagnostics, node->where,
		 "`%s` must begin and end with `/`: write `%s: %s`", node->s->s, attr->name,
		 canon->s);
	return false;
}

/* A policy type needs a suggestion; other texts follow their rule. */
static bool text_valid(struct compiler *compiler, const struct attr *attr, const struct text *text,
		       struct place where)
{
	if (attr->valid == valid_policy_type && !compiler->lenient &&
	    policy_type_find(text->s) == NULL) {
		diagnose(compiler->diagnostics, where, "`%s` is no policy type%s", text->s,
			 type_near(compiler, text->s));
		return false;
	}
	return text_check(compiler, attr, text, where);
}

static struct value text_value(struct compiler *compiler, const struct declaration *declaration,
			       const struct attr *attr, const struct node *node)
{
	const struct text *text = node->s;
	const char *problem = NULL;

	/* AWS has an empty description where there is none. */
	if (node->type != NODE_SCALAR)
		return value_str(compiler->arena, "");
	if ((attr->flags & ATTR_NOCASE) != 0) {
		auto_free char *lower = NULL;

		text = interpolate(compiler, declaration, text->s, text->len, &problem);
		if (text == NULL) {
			diagnose(compiler->diagnostics, node->where, "`%s`: %s", attr->name,
				 problem);
			return (struct value){0};
		}
		lower = text_lowered(text);
		text = text_str(compiler->arena, lower);
	}
	if (attr_is_path(declaration, attr) && !path_read(compiler, attr, node, &text))
		return (struct value){0};
	if (!text_valid(compiler, attr, text, node->where))
		return (struct value){0};
	return value_text(text);
}

static struct value set_value(struct compiler *compiler, const struct declaration *declaration,
			      const struct attr *attr, const struct written *written)
{
	const struct node *list = written->node;
	struct item *items = arena_array(compiler->arena, list->n, sizeof(*items));
	const struct text *text;
	size_t n = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		const struct node *node = list->entry[i].value;

		if (attr->type == ATTR_REFS)
			text = reference_resolve(compiler, declaration, attr, node);
		else
			text = text_valid(compiler, attr, node->s, node->where) ? node->s : NULL;
		if (text != NULL)
			items[n++] = (struct item){text, NULL};
	}
	if (attr->max != 0 && list->n > attr->max && !compiler->lenient)
		diagnose(compiler->diagnostics, list->where, "`%s` has %u elements; AWS allows %u",
			 attr->name, list->n, attr->max);
	return (struct value){.state = VALUE_SET,
			      .only = written->only,
			      .u.set = set_make(compiler->arena, items, n, NULL)};
}

/* A map of the kind's own keys, as a password policy. */
static bool pair_check(struct compiler *compiler, const struct attr *attr,
		       const struct entry *entry)
{
	const struct text *key = entry->key, *value = entry->value->s;
	const char *rule;

	if (!text_check(compiler, attr, key, entry->where))
		return false;
	rule = attr->valid_value(key->s, value->s, value->len);
	if (rule != NULL)
		diagnose(compiler->diagnostics, entry->value->where, "`%s` %s", key->s, rule);
	return rule == NULL;
}

static bool tag_check(struct compiler *compiler, const struct attr *attr, const struct entry *entry)
{
	const struct text *key = entry->key, *value = entry->value->s;
	const char *rule = NULL;

	if (compiler->lenient)
		return true;
	if (attr->valid_value != NULL)
		return pair_check(compiler, attr, entry);
	if (!text_check(compiler, attr, key, entry->where))
		return false;
	if (utf8_count(key->s, key->len) > TAG_KEY_MAX) {
		diagnose(compiler->diagnostics, entry->where,
			 "the tag key is longer than %d characters", TAG_KEY_MAX);
		return false;
	}
	if (utf8_count(value->s, value->len) > TAG_VALUE_MAX)
		rule = arena_printf(compiler->arena, "is longer than %d characters", TAG_VALUE_MAX);
	else
		rule = valid_tag_value(value->s, value->len);
	if (rule != NULL)
		diagnose(compiler->diagnostics, entry->value->where, "the value of tag `%s` %s",
			 key->s, rule);
	return rule == NULL;
}

static struct value map_value(struct compiler *compiler, const struct declaration *declaration,
			      const struct attr *attr, const struct node *map)
{
	struct item *items = arena_array(compiler->arena, map->n, sizeof(*items));
	const struct text *value;
	size_t n = 0;

	for (uint32_t i = 0; i < map->n; i++) {
		const struct entry *entry = &map->entry[i];

		if (attr->type == ATTR_TAGS) {
			value = tag_check(compiler, attr, entry) ? entry->value->s : NULL;
		} else {
			text_check(compiler, attr, entry->key, entry->where);
			value = document_compile(compiler, declaration, attr, entry->value,
						 entry->key->s);
		}
		if (value != NULL)
			items[n++] = (struct item){entry->key, value};
	}
	if (attr->max != 0 && map->n > attr->max && !compiler->lenient)
		diagnose(compiler->diagnostics, map->where, "`%s` has %u entries; AWS allows %u",
			 attr->name, map->n, attr->max);
	return (struct value){.state = VALUE_SET,
			      .u.set = set_make(compiler->arena, items, n, NULL)};
}

struct value known_or_unset(const struct text *text)
{
	struct value unset = {0};

	return text == NULL ? unset : value_text(text);
}

/* The canonical value of an attribute; UNSET when something in it was diagnosed. */
struct value written_value(struct compiler *compiler, const struct declaration *declaration,
			   const struct attr *attr, const struct written *written)
{
	const struct special *special = special_find(declaration->kind, attr);
	const struct node *node = written->node;
	const struct text *text;

	if (special != NULL && special->value != NULL)
		return special->value(compiler, declaration, attr, written);
	switch (attr->type) {
	case ATTR_TEXT:
		return text_value(compiler, declaration, attr, node);
	case ATTR_REF:
		if (node->type != NODE_SCALAR)
			return VALUE_EMPTY;
		text = reference_resolve(compiler, declaration, attr, node);
		return known_or_unset(text);
	case ATTR_POLICY:
		text = document_compile(compiler, declaration, attr, node, declaration->name->s);
		return known_or_unset(text);
	case ATTR_SET:
	case ATTR_REFS:
		return set_value(compiler, declaration, attr, written);
	case ATTR_TAGS:
	case ATTR_POLICIES:
		return map_value(compiler, declaration, attr, node);
	}
	return (struct value){0};
}

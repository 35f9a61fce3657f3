/* The written forms of permission sets: policies that stand in the accounts, by name and path,
 * boundaries, and inline policies. */
#include "state/config_priv.h"
#include "state/valid.h"

#define POLICY_NAME_MAX 128

static const struct attr name_rule = {
    .name = "name", .type = ATTR_TEXT, .min = 1, .max = POLICY_NAME_MAX, .valid = valid_iam_name};
static const struct attr path_rule = {.name = "path",
				      .type = ATTR_TEXT,
				      .min = 1,
				      .max = POLICY_PATH_MAX,
				      .valid = valid_policy_path};

/* {name, path}. */
static bool customer_shape(struct reading *reading, const struct node *node, const char *what)
{
	static const char *const known[] = {"name", "path", NULL};
	bool ok = true;

	if (node->type != NODE_MAP) {
		diagnose(reading->diagnostics, node->where,
			 "a policy of `%s` is written as {name: NAME, path: /}", what);
		return false;
	}
	keys_check(reading, node, known);
	for (size_t i = 0; known[i] != NULL; i++) {
		const struct node *value = node_get(node, known[i]);

		if (value != NULL)
			ok &= node_text(reading, value, known[i]) != NULL;
	}
	if (node_get(node, "name") != NULL)
		return ok;
	diagnose(reading->diagnostics, node->where, "a policy of `%s` has no `name`", what);
	return false;
}

/* "/path/NAME"; NULL when diagnosed. */
static const struct text *customer_text(struct compiler *compiler, const struct node *node)
{
	const struct node *name = node_get(node, "name"), *path = node_get(node, "path");
	const struct text *where = text_str(compiler->arena, "/");

	if (path != NULL && (!path_read(compiler, &path_rule, path, &where) ||
			     !text_check(compiler, &path_rule, where, path->where)))
		return NULL;
	if (!text_check(compiler, &name_rule, name->s, name->where))
		return NULL;
	return text_printf(compiler->arena, "%s%s", where->s, name->s->s);
}

/* An account has one policy of a name, whatever the path, and without regard to case. */
bool customers_shape(struct reading *reading, const struct attr *attr, struct written *written)
{
	auto_map *seen = map_new();
	bool ok = list_open(reading, attr->name, written);

	for (uint32_t i = 0; ok && i < written->node->n; i++) {
		const struct node *node = written->node->entry[i].value;
		auto_free char *name = NULL;

		ok = customer_shape(reading, node, attr->name);
		if (!ok)
			break;
		name = text_lowered(node_get(node, "name")->s);
		if (map_put(seen, name, (void *)node) == NULL)
			continue;
		diagnose(reading->diagnostics, node->where, "policy `%s` stands twice in `%s`",
			 node_get(node, "name")->s->s, attr->name);
		ok = false;
	}
	return ok;
}

struct value customers_value(struct compiler *compiler, const struct declaration *declaration,
			     const struct attr *attr, const struct written *written)
{
	const struct node *list = written->node;
	struct item *items = arena_array(compiler->arena, list->n, sizeof(*items));
	size_t n = 0;

	(void)declaration, (void)attr;
	for (uint32_t i = 0; i < list->n; i++) {
		const struct text *text = customer_text(compiler, list->entry[i].value);

		if (text != NULL)
			items[n++] = (struct item){text, NULL};
	}
	return (struct value){.state = VALUE_SET,
			      .only = written->only,
			      .u.set = set_make(compiler->arena, items, n, NULL)};
}

/* {aws_managed_policy} or {customer_managed_policy}; {} clears it. */
bool boundary_shape(struct reading *reading, const struct attr *attr, struct written *written)
{
	static const char *const known[] = {"aws_managed_policy", "customer_managed_policy", NULL};
	const struct node *map = written->node, *own, *customer;

	bool bare = map->type == NODE_SCALAR && !node_is_null(map); /* as a role writes it */

	if (!bare && !node_is_map(reading, map, attr->name))
		return false;
	keys_check(reading, map, known);
	own = node_get(map, known[0]);
	customer = node_get(map, known[1]);
	if (bare || (map->n > 0 && (own == NULL) == (customer == NULL))) {
		diagnose(reading->diagnostics, map->where,
			 "`%s` is either {%s: aws/NAME} or {%s: {name: NAME, path: /}}", attr->name,
			 known[0], known[1]);
		return false;
	}
	if (own != NULL)
		return node_text(reading, own, known[0]) != NULL;
	return customer == NULL || customer_shape(reading, customer, known[1]);
}

struct value boundary_value(struct compiler *compiler, const struct declaration *declaration,
			    const struct attr *attr, const struct written *written)
{
	const struct node *own = node_get(written->node, "aws_managed_policy");
	const struct node *customer = node_get(written->node, "customer_managed_policy");
	const struct text *text;

	(void)declaration, (void)attr;
	if (own == NULL && customer == NULL)
		return value_str(compiler->arena, "");
	text = own != NULL ? aws_policy_resolve(compiler, own) : customer_text(compiler, customer);
	return known_or_unset(text);
}

struct value inline_value(struct compiler *compiler, const struct declaration *declaration,
			  const struct attr *attr, const struct written *written)
{
	const struct node *node = written->node;
	const struct text *text;

	if (node->type == NODE_MAP && node->n == 0)
		return value_str(compiler->arena, "");
	text = document_compile(compiler, declaration, attr, node, declaration->name->s);
	return known_or_unset(text);
}

/* Former names: to addresses, and the circles that they may not form. */
#include "state/config_priv.h"

#include <string.h>

static const struct text *former_address(struct compiler *compiler,
					 const struct declaration *declaration,
					 const struct text *name)
{
	struct declaration former = *declaration;

	former.name = name;
	return declaration_address(compiler->arena, &former);
}

/* One former name: its address, claimed for this declaration. NULL: diagnosed. */
static const struct text *former_claim(struct compiler *compiler, struct map *claims,
				       const struct declaration *declaration,
				       const struct node *node)
{
	const struct text *address = former_address(compiler, declaration, node->s);
	const struct declaration *other;

	if (address == NULL || text_is(address, "root")) {
		diagnose(compiler->diagnostics, node->where, "`%s` is no path of a unit",
			 node->s->s);
		return NULL;
	}
	if (text_eq(address, declaration_resource(compiler, declaration)->address)) {
		diagnose(compiler->diagnostics, node->where, "`%s` can't be its own former name",
			 node->s->s);
		return NULL;
	}
	other = map_put(claims, address->s, (void *)declaration);
	if (other != NULL && other != declaration)
		diagnose(compiler->diagnostics, node->where,
			 "`%s` is the former name of `%s` too, at %s:%u", node->s->s,
			 other->name->s, other->where.file, other->where.line);
	return address;
}

static void previously_set(struct compiler *compiler, struct map *claims,
			   const struct declaration *declaration)
{
	struct resource *resource = declaration_resource(compiler, declaration);
	const struct node *node = declaration->previously;
	uint32_t count = node->type == NODE_LIST ? node->n : 1;
	size_t n = 0;

	if (kinds[resource->kind]->address == ADDRESS_SINGLE ||
	    kinds[resource->kind]->address == ADDRESS_PAIR)
		return;
	resource->previously =
	    arena_array(compiler->arena, (size_t)count + 1, sizeof(struct text *));
	for (uint32_t i = 0; i < count; i++) {
		const struct text *address =
		    former_claim(compiler, claims, declaration,
				 node->type == NODE_LIST ? node->entry[i].value : node);

		if (address != NULL)
			resource->previously[n++] = address;
	}
}

/* Whose former name this declaration's name is, or NULL. */
static const struct declaration *claimant(const struct compiler *compiler, const struct map *claims,
					  const struct declaration *declaration)
{
	const struct resource *resource = declaration_resource(compiler, declaration);

	return resource == NULL ? NULL : map_get(claims, resource->address->s);
}

static void circle_say(struct compiler *compiler, const struct map *claims,
		       const struct declaration *member)
{
	const struct declaration *at = member, *next;

	do {
		next = claimant(compiler, claims, at);
		diagnose(compiler->diagnostics, at->where,
			 "former names form a circle: `%s` is also the former name of `%s`, at "
			 "%s:%u; names can't be swapped in one step",
			 at->name->s, next->name->s, next->where.file, next->where.line);
		at = next;
	} while (at != member);
}

/* Each name has one claimant at most, so a walk ends, meets an earlier walk, or comes back on
 * itself. `walk` holds the number of the walk that passed a declaration, from 1. */
static void circles_check(struct compiler *compiler, const struct map *claims)
{
	auto_free size_t *walk = xcalloc(compiler->declarations.n + 1, sizeof(*walk));

	for (size_t i = 0; i < compiler->declarations.n; i++) {
		const struct declaration *first = compiler->declarations.at, *at = &first[i];

		while (at != NULL && walk[at - first] == 0) {
			walk[at - first] = i + 1;
			at = claimant(compiler, claims, at);
		}
		if (at != NULL && walk[at - first] == i + 1)
			circle_say(compiler, claims, at);
	}
}

/* Fills resource->previously, and diagnoses circles at each of their members. */
void previously_compile(struct compiler *compiler)
{
	auto_map *claims = map_new();

	for (size_t i = 0; i < compiler->declarations.n; i++) {
		if (compiler->made[i] != NULL && compiler->declarations.at[i].previously != NULL)
			previously_set(compiler, claims, &compiler->declarations.at[i]);
	}
	circles_check(compiler, claims);
}

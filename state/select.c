/* Selections of accounts: by name, by unit, by tag, and less some. */
#include "state/expand.h"

#include <stdlib.h>
#include <string.h>

/* Selections. */

/* Whether the entry was a key of a selection, which then holds its value. */
bool selection_key(struct selection *selection, const struct entry *entry)
{
	const struct {
		const char *key;
		const struct node **node;
	} keys[] = {{"accounts", &selection->accounts},
		    {"units", &selection->units},
		    {"account_tags", &selection->account_tags},
		    {"except", &selection->except}};

	for (size_t i = 0; i < COUNT(keys); i++) {
		if (text_is(entry->key, keys[i].key)) {
			*keys[i].node = entry->value;
			return true;
		}
	}
	return false;
}

/* Accounts. */

/* Whether it is the management account, as far as its id is known. */
static bool account_manages(const struct compiler *compiler, const struct resource *account)
{
	const struct compile_world *world = compiler->world;
	const struct text *id = account->id, *management = world->management_account;

	if (management == NULL)
		management = compiler->config->settings.management_account;
	if (id == NULL && world->account_id != NULL)
		id = world->account_id(world->ctx, account);
	return id != NULL && management != NULL && text_eq(id, management);
}

static struct account_facts facts_of(const struct compiler *compiler,
				     const struct declaration *declaration,
				     const struct resource *account)
{
	const struct compile_world *world = compiler->world;
	const struct node *unit = declaration->written[ACCOUNT_UNIT].node;

	return (struct account_facts){
	    .name = declaration->name,
	    .unit = unit == NULL || unit->type != NODE_SCALAR
			? NULL
			: unit_address(compiler->arena, unit->s->s),
	    .tags = declaration->written[ACCOUNT_TAGS].node,
	    .inactive = world->active != NULL && !world->active(world->ctx, account),
	    .management = account_manages(compiler, account),
	};
}

static int facts_cmp(const void *pa, const void *pb)
{
	const struct account_facts *a = pa, *b = pb;

	return text_cmp(a->name, b->name);
}

/* Accounts are the config's, whose resources are made before anything is expanded. */
static void facts_make(struct compiler *compiler)
{
	if (compiler->account_facts != NULL)
		return;
	compiler->account_facts = map_new();
	for (size_t i = 0; i < compiler->config->declarations.n; i++) {
		const struct declaration *declaration = &compiler->declarations.at[i];

		if (declaration->kind == KIND_ACCOUNT && compiler->made[i] != NULL)
			vec_push(&compiler->accounts,
				 facts_of(compiler, declaration, compiler->made[i]));
	}
	if (compiler->accounts.n > 0)
		qsort(compiler->accounts.at, compiler->accounts.n, sizeof(*compiler->accounts.at),
		      facts_cmp);
	for (size_t i = 0; i < compiler->accounts.n; i++)
		map_put(compiler->account_facts, compiler->accounts.at[i].name->s,
			&compiler->accounts.at[i]);
}

/* What is known of a declared account; NULL: it is not declared, or broken. */
const struct account_facts *account_facts(struct compiler *compiler, const char *name)
{
	facts_make(compiler);
	return map_get(compiler->account_facts, name);
}

/* Matching. */

static bool tags_match(const struct node *wanted, const struct node *tags)
{
	for (uint32_t i = 0; i < wanted->n; i++) {
		const struct node *value =
		    tags == NULL ? NULL : node_get(tags, wanted->entry[i].key->s);

		if (value == NULL || !text_eq(value->s, wanted->entry[i].value->s))
			return false;
	}
	return true;
}

/* Whether a unit is the other one or below it. */
static bool unit_within(const struct text *unit, const struct text *above)
{
	if (text_is(above, "root"))
		return true;
	return unit != NULL && str_starts(unit->s, above->s) &&
	       (unit->s[above->len] == '/' || unit->s[above->len] == '\0');
}

/* The addresses of the units, less those that are not declared, which is diagnosed. */
static size_t units_resolve(struct compiler *compiler, const struct node *list,
			    const struct text **units)
{
	size_t n = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		const struct node *node = list->entry[i].value;

		if (strcmp(node->s->s, "/") == 0 ||
		    expand_find(compiler, KIND_UNIT, NULL, node->s->s) != NULL)
			units[n++] = unit_address(compiler->arena, node->s->s);
		else if (place_say(compiler, node->where, "undeclared"))
			diagnose(compiler->diagnostics, node->where, "unit `%s` is not declared%s",
				 node->s->s, unit_near(compiler, node->s->s));
	}
	return n;
}

static bool account_matches(const struct account_facts *account, const struct selection *selection,
			    const struct text **units, size_t n)
{
	bool within = selection->units == NULL;

	if (account->inactive || account->management)
		return false;
	for (size_t i = 0; !within && i < n; i++)
		within = unit_within(account->unit, units[i]);
	return within && (selection->account_tags == NULL ||
			  tags_match(selection->account_tags, account->tags));
}

static void matches_mark(struct compiler *compiler, const struct selection *selection, bool *chosen)
{
	const struct text **units = NULL;
	size_t n = 0;

	if (selection->units == NULL && selection->account_tags == NULL)
		return;
	if (selection->units != NULL) {
		units = arena_array(compiler->arena, selection->units->n, sizeof(*units));
		n = units_resolve(compiler, selection->units, units);
	}
	for (size_t i = 0; i < compiler->accounts.n; i++)
		chosen[i] = account_matches(&compiler->accounts.at[i], selection, units, n);
}

static void named_mark(struct compiler *compiler, const struct node *list, bool *chosen, bool in)
{
	for (uint32_t i = 0; list != NULL && i < list->n; i++) {
		const struct node *node = list->entry[i].value;
		const struct account_facts *facts = account_facts(compiler, node->s->s);

		if (facts != NULL)
			chosen[facts - compiler->accounts.at] = in && !facts->inactive;
		else
			account_resolve(compiler, node->s, node->where);
	}
}

static bool selection_shape(struct compiler *compiler, const struct selection *selection)
{
	struct reading reading = compiler_reading(compiler);
	const struct node *const lists[] = {selection->accounts, selection->units,
					    selection->except};
	static const char *const names[] = {"accounts", "units", "except"};
	const struct node *tags = selection->account_tags;
	bool ok = true;

	for (size_t i = 0; i < COUNT(lists); i++) {
		if (lists[i] != NULL)
			ok &= node_is_list(&reading, lists[i], names[i]) &&
			      elements_check(&reading, lists[i], names[i]);
	}
	if (tags != NULL)
		ok &= node_is_map(&reading, tags, "account_tags");
	for (uint32_t i = 0; ok && tags != NULL && i < tags->n; i++)
		ok &= node_text(&reading, tags->entry[i].value, tags->entry[i].key->s) != NULL;
	return ok;
}

/* The number of accounts, and their names. */
size_t accounts_select(struct compiler *compiler, const struct selection *selection,
		       const struct text ***names)
{
	auto_free bool *chosen = NULL;
	size_t n = 0;

	facts_make(compiler);
	*names = NULL;
	if (!selection_shape(compiler, selection))
		return 0;
	chosen = xcalloc(compiler->accounts.n + 1, sizeof(*chosen));
	matches_mark(compiler, selection, chosen);
	named_mark(compiler, selection->accounts, chosen, true);
	named_mark(compiler, selection->except, chosen, false);
	for (size_t i = 0; i < compiler->accounts.n; i++)
		n += chosen[i];
	*names = arena_array(compiler->arena, n, sizeof(**names));
	n = 0;
	for (size_t i = 0; i < compiler->accounts.n; i++) {
		if (!chosen[i])
			continue;
		(*names)[n++] = compiler->accounts.at[i].name;
		vec_push(&compiler->selected, compiler->accounts.at[i].name);
	}
	return n;
}

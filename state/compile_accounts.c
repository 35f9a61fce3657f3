/* Which accounts a configuration speaks of, without what is said of them. */
#include "state/expand.h"

#include <stdlib.h>
#include <string.h>

static int text_order(const void *pa, const void *pb)
{
	return text_cmp(*(const struct text *const *)pa, *(const struct text *const *)pb);
}

/* Sorts, and keeps one of each; their number. */
static size_t names_settle(const struct text **names, size_t n)
{
	size_t kept = 0;

	if (n > 0)
		qsort(names, n, sizeof(*names), text_order);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || !text_eq(names[kept - 1], names[i]))
			names[kept++] = names[i];
	}
	return kept;
}

const struct text *config_jump_account(const struct config *config)
{
	for (size_t i = 0; i < config->jumps.n; i++) {
		const struct node *account = node_get(config->jumps.at[i]->value, "account");

		if (account != NULL && account->type == NODE_SCALAR)
			return account->s;
	}
	return NULL;
}

/* The accounts of a pool; NULL: it has no list of them. */
static const struct node *pool_list(const struct entry *pool)
{
	const struct node *list = node_get(pool->value, "accounts");

	return list != NULL && list->type == NODE_LIST ? list : NULL;
}

/* Names of the accounts of pools, sorted, in the arena. */
size_t config_pool_accounts(const struct config *config, const struct text ***names)
{
	size_t n = 0, max = 0;

	for (size_t i = 0; i < config->pools.n; i++) {
		const struct node *list = pool_list(config->pools.at[i]);

		max += list == NULL ? 0 : list->n;
	}
	*names = arena_array(config->arena, max, sizeof(**names));
	for (size_t i = 0; i < config->pools.n; i++) {
		const struct node *list = pool_list(config->pools.at[i]);

		for (uint32_t k = 0; list != NULL && k < list->n; k++) {
			if (list->entry[k].value->type == NODE_SCALAR)
				(*names)[n++] = list->entry[k].value->s;
		}
	}
	return names_settle(*names, n);
}

/* Names of the declared accounts that iam.accounts, baselines, jump and pools speak of, sorted, in
 * the arena. */
size_t config_iam_accounts(const struct config *config, const struct compile_world *world,
			   const struct text ***names)
{
	struct diagnostics unheard = {.arena = config->arena};
	struct compiler compiler;
	const struct text **pools;
	size_t n = 0, kept = 0, pooled = config_pool_accounts(config, &pools);

	compiler_start(&compiler, config, world, &unheard);
	*names = arena_array(config->arena,
			     compiler.declarations.n + compiler.selected.n +
				 config->iam_accounts.n + pooled,
			     sizeof(**names));
	for (size_t i = 0; i < compiler.declarations.n; i++) {
		const struct declaration *declaration = &compiler.declarations.at[i];

		if (kinds[declaration->kind]->address == ADDRESS_ACCOUNT)
			(*names)[n++] = declaration->account;
	}
	for (size_t i = 0; i < compiler.selected.n; i++)
		(*names)[n++] = compiler.selected.at[i];
	for (size_t i = 0; i < config->iam_accounts.n; i++)
		(*names)[n++] = config->iam_accounts.at[i]->key;
	for (size_t i = 0; i < pooled; i++)
		(*names)[n++] = pools[i];
	n = names_settle(*names, n);
	for (size_t i = 0; i < n; i++) {
		if (expand_find(&compiler, KIND_ACCOUNT, NULL, (*names)[i]->s) != NULL)
			(*names)[kept++] = (*names)[i];
	}
	side_free(compiler.side);
	compiler_free(&compiler);
	diagnostics_free(&unheard);
	return kept;
}

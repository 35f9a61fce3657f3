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

/* Names of the accounts of pools, sorted, in the arena. */
size_t config_pool_accounts(const struct config *config, const struct text ***names)
{
	size_t n = 0, max = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < config->pools.n; i++) {
			const struct node *list = node_get(config->pools.at[i]->value, "accounts");

			for (uint32_t k = 0; list != NULL && k < list->n; k++) {
				const struct node *node = list->entry[k].value;

				if (pass == 0)
					max++;
				else if (list->type == NODE_LIST && node->type == NODE_SCALAR)
					(*names)[n++] = node->s;
			}
		}
		if (pass == 0)
			*names = arena_array(config->arena, max, sizeof(**names));
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

/* iam.baselines: the same groups, roles, policies and the rest in many accounts. */
#include "state/expand.h"

#include <string.h>

struct baseline {
	const struct entry *entry;
	struct selection selection;
	struct node *settings; /* alias, password_policy; NULL: none */
	struct place settings_where;
};

static void key_refuse(struct reading *reading, const struct entry *entry)
{
	const char *known[16] = {"units", "accounts", "account_tags", "except"};
	size_t n = 4;

	for (size_t i = 0; iam_keys[i] != NULL; i++)
		known[n++] = iam_keys[i];
	charter_assert(n < COUNT(known));
	key_unknown(reading, entry, known);
}

static void setting_put(struct compiler *compiler, struct baseline *baseline,
			const struct entry *entry)
{
	if (baseline->settings == NULL) {
		baseline->settings = node_make_map(compiler->arena, entry->where);
		baseline->settings_where = entry->where;
	}
	node_put(compiler->arena, baseline->settings, entry->key->s, entry->value);
}

/* Reads the bodies too, so that a mistake is said also where no account is selected. */
static bool section_check(struct compiler *compiler, const struct entry *section, enum kind_id kind)
{
	struct reading reading = compiler_reading(compiler);

	if (!node_is_map(&reading, section->value, section->key->s))
		return false;
	for (uint32_t i = 0; i < section->value->n; i++) {
		const struct entry *entry = &section->value->entry[i];

		expand_body(compiler, kind, entry->key, entry->value, entry->where);
	}
	return true;
}

static bool baseline_read(struct compiler *compiler, struct baseline *baseline)
{
	struct reading reading = compiler_reading(compiler);
	const struct node *map = baseline->entry->value;
	bool ok = node_is_map(&reading, map, baseline->entry->key->s);

	for (uint32_t i = 0; map->type == NODE_MAP && i < map->n; i++) {
		const struct entry *entry = &map->entry[i];
		int kind = iam_section_kind(entry->key->s);

		if (selection_key(&baseline->selection, entry))
			continue;
		if (kind == KIND_IAM_ACCOUNT)
			setting_put(compiler, baseline, entry);
		else if (kind >= 0)
			ok &= section_check(compiler, entry, (enum kind_id)kind);
		else
			key_refuse(&reading, entry);
	}
	if (baseline->settings != NULL)
		expand_body(compiler, KIND_IAM_ACCOUNT, text_str(compiler->arena, IAM_ACCOUNT_NAME),
			    baseline->settings, baseline->settings_where);
	return ok;
}

static void baseline_declare(struct compiler *compiler, const struct baseline *baseline,
			     const struct text *account)
{
	const struct node *map = baseline->entry->value;

	for (uint32_t i = 0; i < map->n; i++) {
		int kind = iam_section_kind(map->entry[i].key->s);
		const struct node *section = map->entry[i].value;

		if (kind < 0 || kind == KIND_IAM_ACCOUNT)
			continue;
		for (uint32_t k = 0; k < section->n; k++)
			expand_declare(compiler, (enum kind_id)kind, account, section->entry[k].key,
				       section->entry[k].value, section->entry[k].where);
	}
	if (baseline->settings != NULL)
		expand_declare(compiler, KIND_IAM_ACCOUNT, account,
			       text_str(compiler->arena, IAM_ACCOUNT_NAME), baseline->settings,
			       baseline->settings_where);
}

/* Declares what the baselines hold in each of their accounts. */
void expand_baselines(struct compiler *compiler)
{
	for (size_t i = 0; i < compiler->config->baselines.n; i++) {
		struct baseline baseline = {.entry = compiler->config->baselines.at[i]};
		unsigned errors = compiler->diagnostics->errors;
		const struct text **names;
		size_t n;

		if (!baseline_read(compiler, &baseline))
			continue;
		n = accounts_select(compiler, &baseline.selection, &names);
		if (n == 0 && errors == compiler->diagnostics->errors && !compiler->lenient)
			diagnose_warning(compiler->diagnostics, baseline.entry->where,
					 "baseline `%s` selects no account",
					 baseline.entry->key->s);
		for (size_t k = 0; k < n; k++)
			baseline_declare(compiler, &baseline, names[k]);
	}
}

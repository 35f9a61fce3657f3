/* A whole section that vanished: a lost file looks like that, and so does a bad merge. */
#include "reconciler/guard_priv.h"

#include <string.h>

/* Stands in the configuration, or is written empty as part of a larger one. */
static bool section_stands(const struct config *head, const char *name)
{
	for (size_t i = 0; i < head->sections.n; i++) {
		const struct section *s = &head->sections.at[i];

		if (text_is(s->name, name))
			return true;
		if (s->empty && strncmp(s->name->s, name, s->name->len) == 0 &&
		    name[s->name->len] == '/')
			return true;
	}
	return false;
}

static const struct row *account_row(const struct judge *j, const char *name, size_t len)
{
	/* Rows are sorted by kind. */
	for (size_t i = 0; i < j->in->bound->rows; i++) {
		const struct row *row = &j->in->bound->row[i];
		const struct value *v = row->base ? &row->base->v[ACCOUNT_NAME] : NULL;

		if (row_kind(row) > KIND_ACCOUNT)
			break;
		if (v && row->base->kind == KIND_ACCOUNT && v->state == VALUE_TEXT &&
		    v->u.text->len == len && memcmp(v->u.text->s, name, len) == 0)
			return row;
	}
	return NULL;
}

/* What head calls a section of base: "iam/ACCOUNT/users" follows the account's name. NULL: the
 * account is not declared any more, which releases all that is in it. */
static const char *section_name(const struct judge *j, const struct section *s)
{
	const char *account = s->name->s + strlen("iam/"), *last = strrchr(s->name->s, '/');
	const struct row *row;

	if (!str_starts(s->name->s, "iam/") || last < account)
		return s->name->s;
	row = account_row(j, account, (size_t)(last - account));
	if (!row)
		return s->name->s;
	if (!row->head)
		return NULL;
	if (row->head->v[ACCOUNT_NAME].state != VALUE_TEXT)
		return s->name->s;
	return arena_printf(j->arena, "iam/%s%s", row->head->v[ACCOUNT_NAME].u.text->s, last);
}

/* "users" of "identity_center/users". */
static const char *center_part(const char *name)
{
	static const char prefix[] = "identity_center/";

	return str_starts(name, prefix) ? name + strlen(prefix) : NULL;
}

/* "units: {}", or "iam: {accounts: {NAME: {users: {}}}}". */
static const char *section_empty(const struct judge *j, const char *name)
{
	const char *last = strrchr(name, '/'), *part = center_part(name);

	if (part)
		return arena_printf(j->arena, "identity_center: {%s: %s}", part,
				    strcmp(part, "assignments") == 0 ? "[]" : "{}");
	if (strcmp(name, "iam/baselines") == 0)
		return "iam: {baselines: {}}";
	if (!str_starts(name, "iam/") || last < name + strlen("iam/"))
		return arena_printf(j->arena, "%s: {}", name);
	return arena_printf(j->arena, "iam: {accounts: {%.*s: {%s: {}}}}",
			    (int)(last - name - (ptrdiff_t)strlen("iam/")), name + strlen("iam/"),
			    last + 1);
}

const char *guard_sections(const struct judge *j, bool *refused)
{
	const struct config *base = j->in->base_config, *head = j->in->head_config;
	struct findings f = FINDINGS_INIT;

	for (size_t i = 0; base && head && i < base->sections.n; i++) {
		const struct section *s = &base->sections.at[i];
		const char *name = s->n ? section_name(j, s) : NULL;

		if (!name || section_stands(head, name))
			continue;
		finding(&f,
			"section `%s`, with %u declared at %s:%u of the last applied commit, is "
			"gone; if that is meant, write it empty: `%s`",
			s->name->s, s->n, s->where.file ? s->where.file : "charter.yaml",
			s->where.line, section_empty(j, name));
	}
	return findings_end(j->arena, &f, "none gone", refused);
}

/* Which scopes of a reading show an item: nothing is resolved in one that was not read. */
#include "reconciler/drift_scope.h"

#include "reconciler/drift.h"

#include <string.h>

#define ANY (-2)

/* What a kind's own scopes and those of what it refers to do not tell. */
static const struct {
	uint16_t kind;
	int attr; /* ANY: whichever it is */
	const char *scopes;
} scope_rows[] = {
    {KIND_ORGANIZATION, ORG_TRUSTED_SERVICES, "access"},
    {KIND_ORGANIZATION, ORG_POLICIES, DRIFT_SCOPE_ATTACHED},
    {KIND_UNIT, UNIT_POLICIES, DRIFT_SCOPE_ATTACHED},
    {KIND_UNIT, UNIT_TAGS, "tags/unit"},
    {KIND_ACCOUNT, ACCOUNT_POLICIES, DRIFT_SCOPE_ATTACHED},
    {KIND_ACCOUNT, ACCOUNT_TAGS, "tags/account"},
    {KIND_POLICY, POLICY_TAGS, "tags/policy"},
    {KIND_IDENTITY_USER, ANY, "identity_center"},
    {KIND_IDENTITY_GROUP, ANY, "identity_center"},
    {KIND_IDENTITY_GROUP, IDGROUP_MEMBERS, "identity_members"},
    {KIND_PERMISSION_SET, ANY, "identity_center"},
    {KIND_PERMISSION_SET, PSET_PROVISIONED, "accounts assignments"},
    {KIND_ASSIGNMENT, ANY, "identity_center identity_users"},
};

/* Whether the word stands in the list already. */
static bool names_have(const struct buf *list, const char *s, size_t len)
{
	const char *at = buf_str(list);

	for (size_t n; *at; at += n + (at[n] == ' ')) {
		n = strcspn(at, " ");
		if (n == len && memcmp(at, s, len) == 0)
			return true;
	}
	return false;
}

static void names_add(struct buf *list, const char *words, const char *account)
{
	for (size_t n; *words; words += n + (words[n] == ' ')) {
		auto_free char *word = NULL;
		const char *mark;

		n = strcspn(words, " ");
		word = xasprintf("%.*s", (int)n, words);
		mark = strstr(word, "%s");
		if (mark) {
			char *filled = xasprintf("%.*s%s%s", (int)(mark - word), word,
						 account ? account : "?", mark + 2);

			free_ptr(&word);
			word = filled;
		}
		if (!names_have(list, word, strlen(word)))
			buf_printf(list, "%s%s", list->len ? " " : "", word);
	}
}

static void names_add_kind(struct buf *list, int kind, const char *account)
{
	for (const char *const *s = kind < 0 ? NULL : kinds[kind]->scopes; s && *s; s++)
		names_add(list, *s, account);
}

static const struct resource *row_resource(const struct row *row)
{
	return row->head   ? row->head
	       : row->live ? row->live
	       : row->base ? row->base
			   : row->leftover;
}

static bool rule_has_account(enum address_rule rule)
{
	return rule == ADDRESS_ACCOUNT || rule == ADDRESS_PAIR || rule == ADDRESS_EDGE;
}

/* Its id, or NULL. */
static const char *account_of(const struct plan *plan, const struct resource *r)
{
	const struct row *row;
	const struct text *id, *address;

	if (!rule_has_account(kinds[r->kind]->address) || r->v[1].state != VALUE_TEXT)
		return NULL;
	address = r->v[1].u.text;
	row = bound_find(plan->in->bound, address);
	if (!row)
		return raw_account_id(address);
	id = row->live ? row->live->id : NULL;
	id = !id && row->head ? row->head->id : id;
	id = !id && row->base ? row->base->id : id;
	return id ? id->s : NULL;
}

const char *drift_scope(struct arena *arena, const struct plan *plan, const struct row *row,
			int attr)
{
	const struct resource *r = row_resource(row);
	const struct kind *kind = kinds[r->kind];
	const char *account = account_of(plan, r);
	auto_buf list = BUF_INIT(SIZE_MAX);

	names_add_kind(&list, r->kind, account);
	/* Whose account it is decides about its address. */
	if (rule_has_account(kind->address))
		names_add_kind(&list, KIND_ACCOUNT, NULL);
	for (uint16_t a = 0; a < kind->attrs; a++)
		if (kind->attr[a].ref && (attr == a || (attr < 0 && kind->address == ADDRESS_EDGE)))
			names_add_kind(&list, kind_find(kind->attr[a].ref), account);
	for (size_t i = 0; i < sizeof scope_rows / sizeof *scope_rows; i++)
		if (scope_rows[i].kind == r->kind &&
		    (scope_rows[i].attr == ANY || scope_rows[i].attr == attr))
			names_add(&list, scope_rows[i].scopes, account);
	return arena_strdup(arena, buf_str(&list));
}

bool drift_scope_unread(const struct plan *plan, const char *scopes)
{
	for (size_t n; *scopes; scopes += n + (scopes[n] == ' ')) {
		auto_free char *name = NULL;

		n = strcspn(scopes, " ");
		name = xasprintf("%.*s", (int)n, scopes);
		if (side_scope_state(plan->in->sides->live, name) == SCOPE_PARTIAL)
			return true;
	}
	return false;
}

typedef VEC(const char *) string_list;

/* Scopes that no reading of this report was asked for. */
static void passed_scopes(struct arena *arena, const struct plan *plan, string_list *list)
{
	const struct side *live = plan->in->sides->live;
	auto_buf seen = BUF_INIT(SIZE_MAX);

	for (int kind = 0; kind < KIND_COUNT; kind++)
		for (const char *const *s = kinds[kind]->scopes; s && *s; s++)
			if (!strchr(*s, '%') && !names_have(&seen, *s, strlen(*s)) &&
			    side_scope_state(live, *s) == SCOPE_OPEN) {
				names_add(&seen, *s, NULL);
				vec_push(list, *s);
			}
	for (size_t i = 0; i < live->all.n; i++) {
		const struct resource *r = live->all.at[i];
		const char *name;

		if (r->kind != KIND_ACCOUNT || !r->id)
			continue;
		name = arena_printf(arena, "iam/%s", r->id->s);
		if (side_scope_state(live, name) == SCOPE_OPEN)
			vec_push(list, name);
	}
}

/* Rules that are in force, also those for accounts that are not entered: what they pass over is let
 * be, and not put right. Of rules for single attributes the rest of the resource is looked at. */
static void passed_rules(const struct plan *plan, string_list *list)
{
	const struct config *head = plan->in->head_config;

	for (size_t i = 0; head && i < head->settings.ignore.n; i++) {
		const struct ignore_rule *rule = &head->settings.ignore.at[i];

		if (plan->in->now_us <= rule->until_us && !rule->attributes)
			vec_push(list, rule->resource->s);
	}
}

const char *const *drift_passed(struct arena *arena, const struct plan *plan)
{
	string_list list = {0};
	const char **out;

	passed_rules(plan, &list);
	passed_scopes(arena, plan, &list);
	if (plan->in->narrowed)
		vec_push(&list, "**");
	out = arena_array(arena, list.n + 1, sizeof *out);
	if (list.n)
		memcpy(out, list.at, list.n * sizeof *out);
	free_ptr(&list.at);
	return out;
}

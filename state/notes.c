/* What is said about a resource without a change to it. */
#include "state/access_rule.h"
#include "state/diff_priv.h"

#include <stdlib.h>
#include <string.h>

void note_add(struct differ *d, enum note_kind what, uint16_t kind, const struct text *address,
	      const struct text *id, const char *text)
{
	vec_push(&d->notes,
		 ((struct note){.what = (uint8_t)what,
				.kind = kind,
				.address = address,
				.id = id,
				.text = text == NULL ? NULL : arena_strdup(d->arena, text)}));
}

static int note_cmp(const void *pa, const void *pb)
{
	const struct note *a = pa, *b = pb;
	int order;

	if (a->what != b->what)
		return a->what < b->what ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = text_cmp(a->address, b->address);
	if (order == 0)
		order = text_cmp(a->id, b->id);
	return order != 0 ? order : strcmp(a->text ? a->text : "", b->text ? b->text : "");
}

/* Sorted, each once: several differences may be passed over for the same reason. */
void notes_finish(struct differ *d)
{
	size_t n = 0;

	if (d->notes.n > 0)
		qsort(d->notes.at, d->notes.n, sizeof(*d->notes.at), note_cmp);
	d->out->note = arena_array(d->arena, d->notes.n + 1, sizeof(*d->out->note));
	for (size_t i = 0; i < d->notes.n; i++) {
		if (n == 0 || note_cmp(&d->out->note[n - 1], &d->notes.at[i]) != 0)
			d->out->note[n++] = d->notes.at[i];
	}
	d->out->notes = n;
	free(d->notes.at);
}

const char *by_hand_text(struct differ *d, const struct attr *attr, const struct text *key)
{
	if (strcmp(attr->name, "policy_types") == 0)
		return arena_printf(d->arena,
				    "charter never disables a policy type: AWS would detach every "
				    "%s and forget where they were",
				    key->s);
	if (strcmp(attr->name, "trusted_services") == 0)
		return arena_printf(d->arena,
				    "charter never withdraws trusted access: %s would leave its "
				    "roles and resources behind in every account",
				    key->s);
	return arena_printf(d->arena, "charter never removes an element of `%s`: %s is left to you",
			    attr->name, key->s);
}

/* The role by which the account is entered is there for charter, and said by `access:`. */
static bool is_access_role(struct differ *d, const struct row *row)
{
	const struct settings *s = d->o->base != NULL ? d->o->base : differ_settings(d);
	const struct row *account;
	const char *name = NULL;

	if (d->o->live == NULL || row->live->kind != KIND_IAM_ROLE ||
	    row->live->v[ROLE_ACCOUNT].state != VALUE_TEXT)
		return false;
	account = bound_find(d->bound, row->live->v[ROLE_ACCOUNT].u.text);
	if (account == NULL || account->live == NULL || account->live->id == NULL ||
	    text_eq(account->live->id, d->o->live->world.caller_account))
		return false;
	if (account->head != NULL)
		name = account->head->v[ACCOUNT_NAME].u.text->s;
	return text_is(row->live->id, access_rule_arn(d->arena, s, d->o->live->world.partition,
						      name, account->live->id->s));
}

/* An edge in an account that no listing showed, since it failed: whether that is declared is not
 * known. */
static bool account_is_unread(const struct differ *d, const struct resource *live)
{
	return kinds[live->kind]->address == ADDRESS_EDGE &&
	       live->v[ASSIGNMENT_ACCOUNT].state == VALUE_TEXT &&
	       raw_account_id(live->v[ASSIGNMENT_ACCOUNT].u.text) != NULL &&
	       scope_unread(d->arena, d->o->live, KIND_ACCOUNT, NULL) != NULL;
}

void note_unmanaged(struct differ *d, const struct row *row)
{
	const struct resource *live = row->live;

	if (live == NULL || live->flags & RES_FOREIGN || account_is_unread(d, live) ||
	    (kinds[live->kind]->bare != NULL && kinds[live->kind]->bare(live)) ||
	    unmanaged_hidden(d, live->kind, row->address) || is_access_role(d, row) ||
	    !address_selected(d, row->address) || address_ignored(d, live->kind, row->address))
		return;
	note_add(d, NOTE_UNMANAGED, live->kind, row->address, live->id, NULL);
}

static void note_unmanaged_set(struct differ *d, const struct row *row, const struct attr *attr,
			       const struct set *set)
{
	int kind = kind_find(attr->ref);

	if (kind < 0)
		return;
	for (uint32_t i = 0; i < set->n; i++) {
		const struct text *element = set->item[i].key, *edge;

		if (element_is_foreign(element))
			continue;
		edge = edge_address(d, attr, element, row->address);
		if (!unmanaged_hidden(d, (uint16_t)kind, edge) && address_selected(d, edge) &&
		    !address_ignored(d, (uint16_t)kind, edge))
			note_add(d, NOTE_UNMANAGED, (uint16_t)kind, edge, NULL, NULL);
	}
}

void note_unmanaged_edges(struct differ *d, const struct row *row)
{
	const struct kind *kind = kinds[row->live->kind];

	if (unmanaged_hidden(d, row->live->kind, row->address))
		return;
	for (uint16_t i = 0; i < kind->attrs; i++) {
		if (kind->attr[i].edge != NULL && row->head->v[i].state == VALUE_UNSET &&
		    row->live->v[i].state == VALUE_SET)
			note_unmanaged_set(d, row, &kind->attr[i], row->live->v[i].u.set);
	}
}

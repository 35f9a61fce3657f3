/* Guards that look at the calls and changes as such: what is never called, what cannot be meant. */
#include "reconciler/guard_priv.h"

#include <string.h>

const char *guard_hold(const struct judge *j, bool *refused)
{
	const struct record *record = j->in->record;

	if (!record || !record->hold)
		return "none";
	*refused = true;
	return arena_printf(j->arena,
			    "`charter:hold` stands on the organization's root: %s; remove the tag "
			    "when it is over",
			    *record->hold ? record->hold : "(empty)");
}

static bool name_among(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static void calls_named(const struct judge *j, const char *const *names, struct findings *f)
{
	for (size_t i = 0; i < j->plan->calls; i++)
		if (name_among(j->plan->call[i].op->name, names))
			finding(f, "call %u is %s, which charter never makes", j->plan->call[i].n,
				j->plan->call[i].op->name);
}

const char *guard_never(const struct judge *j, bool *refused)
{
	static const char *const never[] = {"DeleteOrganization", "LeaveOrganization",
					    "DisablePolicyType",  "DisableAWSServiceAccess",
					    "DeleteInstance",     "RemoveAccountFromOrganization",
					    "AssumeRoot",         NULL};
	struct findings f = FINDINGS_INIT;

	calls_named(j, never, &f);
	return findings_end(j->arena, &f, "none of them", refused);
}

/* Accounts and the organization are released, never ended: here that is looked at once more. */
static void changes_ending(const struct judge *j, struct findings *f)
{
	for (size_t i = 0; i < j->plan->changes; i++) {
		const struct change *c = &j->plan->change[i];

		if (c->action == ACTION_DELETE && !c->blocked &&
		    kinds[row_kind(c->row)]->flags & KIND_NEVER_DELETE)
			finding(f, "%s would be deleted", c->row->address->s);
	}
	for (size_t i = 0; i < j->plan->calls; i++) {
		const struct text *ends = j->plan->call[i].ends;

		if (ends && (address_is(ends, "account") || address_is(ends, "organization")))
			finding(f, "call %u would end %s", j->plan->call[i].n, ends->s);
	}
}

const char *guard_account(const struct judge *j, bool *refused)
{
	static const char *const closing[] = {"CloseAccount", "RemoveAccountFromOrganization",
					      NULL};
	const struct difference *d = j->in->difference;
	struct findings f = FINDINGS_INIT;
	unsigned released = 0;

	calls_named(j, closing, &f);
	changes_ending(j, &f);
	for (size_t i = 0; i < d->notes; i++)
		released += d->note[i].what == NOTE_RELEASED && d->note[i].kind == KIND_ACCOUNT;
	return findings_end(j->arena, &f,
			    arena_printf(j->arena, "0 closed or removed, %u released", released),
			    refused);
}

static const struct text *address_key(struct arena *arena, const struct text *address,
				      uint16_t kind)
{
	char *s;

	if (!(kinds[kind]->flags & KIND_NOCASE))
		return address;
	s = arena_strdup(arena, address->s);
	for (char *p = s; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 'a' - 'A' : *p);
	return text_str(arena, s);
}

/* The same address created and deleted. */
static void churn_changes(const struct judge *j, struct findings *f)
{
	auto_map *first = map_new();

	for (size_t i = 0; i < j->plan->changes; i++) {
		struct change *c = &j->plan->change[i];
		const struct text *key;
		const struct change *other;

		if (c->blocked || (c->action != ACTION_CREATE && c->action != ACTION_DELETE))
			continue;
		key = address_key(j->arena, c->row->address, row_kind(c->row));
		other = map_put(first, key->s, c);
		if (other && other->action != c->action)
			finding(f, "%s is both deleted and created", c->row->address->s);
	}
}

/* The same element of one attribute added and removed. */
static void churn_elements(const struct change *c, struct findings *f)
{
	auto_map *first = map_new();

	for (uint32_t i = 0; i < c->diffs; i++) {
		const struct diff *d = &c->diff[i], *other;
		auto_free char *key = NULL;

		if (!d->key || !diff_is_written(d))
			continue;
		key = xasprintf("%u %s", d->attr, d->key->s);
		other = map_put(first, key, (void *)d);
		if (other && other->removal != d->removal)
			finding(f, "%s is both taken out of %s and put into it", d->key->s,
				c->row->address->s);
	}
}

static void churn_calls(const struct judge *j, struct findings *f)
{
	auto_map *made = map_new();

	for (size_t i = 0; i < j->plan->calls; i++)
		if (j->plan->call[i].makes)
			map_put(made, j->plan->call[i].makes->s, &j->plan->call[i]);
	for (size_t i = 0; i < j->plan->calls; i++)
		if (j->plan->call[i].ends && map_get(made, j->plan->call[i].ends->s))
			finding(f, "%s is made and ended by calls of one plan",
				j->plan->call[i].ends->s);
}

/* One that is taken away and given again is the same by its ids too: (set, account, principal) is
 * all that the two calls say. */
static void churn_assignments(const struct judge *j, struct findings *f)
{
	auto_map *taken = map_new();

	for (size_t i = 0; i < j->plan->calls; i++) {
		struct call *call = &j->plan->call[i];

		if (call->op == &ops[OP_SSO_ADMIN_DeleteAccountAssignment] && call->input)
			map_put(taken, call->input->s, call);
	}
	for (size_t i = 0; map_count(taken) && i < j->plan->calls; i++) {
		const struct call *call = &j->plan->call[i];

		if (call->op == &ops[OP_SSO_ADMIN_CreateAccountAssignment] && call->input &&
		    map_get(taken, call->input->s))
			finding(f, "%s is both taken away and given by calls of one plan",
				call->makes ? call->makes->s : "an assignment");
	}
}

const char *guard_churn(const struct judge *j, bool *refused)
{
	struct findings f = FINDINGS_INIT;

	churn_changes(j, &f);
	for (size_t i = 0; i < j->plan->changes; i++)
		if (!j->plan->change[i].blocked && j->plan->change[i].diffs > 1)
			churn_elements(&j->plan->change[i], &f);
	churn_calls(j, &f);
	churn_assignments(j, &f);
	f.advice = "this is a defect of charter: please report it";
	return findings_end(j->arena, &f, "none", refused);
}

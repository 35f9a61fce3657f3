/* Nobody is locked out: at each step of the plan somebody else administers the management account
 * and the one where identities are kept, and charter can enter and repair each member account. */
#include "reconciler/lockout.h"

#include <stdlib.h>
#include <string.h>

struct lockout {
	struct fold *fold;
	struct administrators *administrators;
	struct members *members;
};

static void lockout_free(struct lockout *l)
{
	administrators_free(l->administrators);
	members_free(l->members);
	fold_free(l->fold);
}

static const char *lockout_detail(const struct judge *j, const struct lockout *l)
{
	const char *count = administrators_count(l->administrators);
	unsigned unsure = members_unsure(l->members);
	const char *detail = "nothing that could";

	if (count)
		detail = arena_printf(j->arena, "administrators: %s", count);
	if (unsure)
		detail = arena_printf(j->arena,
				      "%s; %u accounts may be locked, by conditions that charter "
				      "cannot know",
				      detail, unsure);
	return detail;
}

const char *guard_lockout(const struct judge *j, bool *refused)
{
	struct findings f = FINDINGS_INIT;
	struct lockout l = {0};
	const char *detail;

	if (!j->in->sides->live)
		return "nothing that could";
	l.fold = fold_new(j->in);
	l.administrators = administrators_new(j, l.fold);
	l.members = members_new(j, l.fold);
	for (size_t i = 0; i < j->plan->calls; i++) {
		const struct call *call = &j->plan->call[i];

		members_before(l.members, call);
		fold_call(l.fold, call);
		administrators_after(l.administrators, call, &f);
		members_after(l.members, call, &f);
	}
	lockout_access(j, l.fold, &f);
	detail = f.n ? NULL : lockout_detail(j, &l);
	lockout_free(&l);
	return findings_end(j->arena, &f, detail, refused);
}

/* What changes who administers, before or after the plan. */

static bool document_touches(struct fold *f, struct value v)
{
	const struct policy *policy = v.state == VALUE_TEXT ? fold_document(f, v.u.text) : NULL;

	return policy_is_administrator(policy) || policy_denies_administration(policy);
}

static bool fact_administers(struct fold *f, const struct fact *fact)
{
	static const struct {
		uint16_t kind, attr;
		enum { BY_DOCUMENT, BY_ELEMENT, BY_HOLDER } by;
	} how[] = {
	    {KIND_IAM_POLICY, IAMPOLICY_DOCUMENT, BY_DOCUMENT},
	    {KIND_IAM_USER, USER_INLINE, BY_DOCUMENT},
	    {KIND_IAM_GROUP, GROUP_INLINE, BY_DOCUMENT},
	    {KIND_IAM_ROLE, ROLE_INLINE, BY_DOCUMENT},
	    {KIND_IAM_USER, USER_MANAGED, BY_ELEMENT},
	    {KIND_IAM_USER, USER_GROUPS, BY_ELEMENT},
	    {KIND_IAM_GROUP, GROUP_MANAGED, BY_ELEMENT},
	    {KIND_IAM_ROLE, ROLE_MANAGED, BY_ELEMENT},
	    {KIND_IAM_USER, USER_BOUNDARY, BY_HOLDER},
	    {KIND_IAM_ROLE, ROLE_BOUNDARY, BY_HOLDER},
	    {KIND_IAM_ROLE, ROLE_TRUST, BY_HOLDER},
	};

	for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
		if (how[i].kind != fact->kind || how[i].attr != fact->attr)
			continue;
		if (how[i].by == BY_DOCUMENT)
			return document_touches(f, fact->before) ||
			       document_touches(f, fact->after);
		if (how[i].by == BY_ELEMENT)
			return fact->key && address_touches_administration(f, fact->key);
		return address_touches_administration(f, fact->address);
	}
	return false;
}

static bool account_is_watched(const struct watched_accounts *accounts, const struct resource *r)
{
	return r->v[1].state == VALUE_TEXT && (text_eq(accounts->management, r->v[1].u.text) ||
					       text_eq(accounts->identity, r->v[1].u.text));
}

static bool call_is_watched(const struct watched_accounts *accounts, const struct change *change,
			    const struct call *call)
{
	const struct resource *r;

	if (call->op->service != SERVICE_IAM || call->change == CALL_RECORD)
		return false;
	r = change[call->change].row->head;
	if (!r)
		r = change[call->change].row->live;
	return r && kind_is_iam(r->kind) && account_is_watched(accounts, r);
}

static bool call_administers(struct fold *f, const struct call *call)
{
	for (uint32_t i = 0; i < call->facts; i++)
		if (fact_administers(f, &call->fact[i]))
			return true;
	return call->ends && address_touches_administration(f, call->ends);
}

typedef VEC(const struct text *) trust_texts;

/* The trust policies of the roles that administer a watched account. */
static void trusts_read(struct fold *f, const struct side *live,
			const struct watched_accounts *accounts, trust_texts *out)
{
	for (size_t i = 0; live && i < live->all.n; i++) {
		const struct resource *r = live->all.at[i];

		if (r->kind == KIND_IAM_ROLE && r->v[ROLE_TRUST].state == VALUE_TEXT &&
		    account_is_watched(accounts, r) &&
		    address_touches_administration(f, r->address))
			vec_push(out, r->v[ROLE_TRUST].u.text);
	}
}

/* Who alone may assume such a role may stand in any account. */
static bool call_ends_trusted(const struct plan_input *in, const trust_texts *trusts,
			      const struct call *call)
{
	const struct resource *r = call->ends ? side_find(in->sides->live, call->ends) : NULL;

	if (!r || (r->kind != KIND_IAM_USER && r->kind != KIND_IAM_ROLE &&
		   r->kind != KIND_IAM_OIDC_PROVIDER))
		return false;
	for (size_t i = 0; i < trusts->n; i++)
		if (trust_names(trusts->at[i], r))
			return true;
	return false;
}

static struct center *center_of(const struct plan_input *in, struct fold *f,
				const struct text *account)
{
	return account ? center_new(in, f, account, NULL) : NULL;
}

static bool centers_concern(struct center *const centers[2], const struct change *change,
			    const struct call *call)
{
	for (unsigned i = 0; i < 2; i++)
		if (centers[i] && center_concerns(centers[i], change, call))
			return true;
	return false;
}

void lockout_mark(const struct plan_input *in, const struct change *change, struct call *call,
		  size_t n)
{
	struct watched_accounts accounts = watched_accounts(in);
	struct fold *before = fold_new(in), *after = fold_new(in);
	struct center *centers[2] = {center_of(in, before, accounts.management),
				     center_of(in, before, accounts.identity)};
	trust_texts trusts = {0};

	trusts_read(before, in->sides->live, &accounts, &trusts);
	for (size_t i = 0; i < n; i++)
		fold_call(after, &call[i]);
	for (size_t i = 0; i < n; i++)
		call[i].administers =
		    call_ends_trusted(in, &trusts, &call[i]) ||
		    centers_concern(centers, change, &call[i]) ||
		    (call_is_watched(&accounts, change, &call[i]) &&
		     (call_administers(before, &call[i]) || call_administers(after, &call[i])));
	free(trusts.at);
	center_free(centers[0]);
	center_free(centers[1]);
	fold_free(before);
	fold_free(after);
}

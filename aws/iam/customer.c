/* Whether policies that permission sets name exist in the accounts where those are assigned: one
 * GetPolicy for each account and policy, where the account's IAM was not read as a whole. */
#include "aws/iam/account.h"
#include "state/presence.h"

#include <stdlib.h>
#include <string.h>

struct asking {
	struct crawl *crawl;
	const struct bound *bound;
	struct map *seen;  /* "ACCOUNT SET" and "ACCOUNT POLICY" */
	struct map *named; /* as customer_policies_named() has it */
	VEC(struct policy_presence *) asked;
};

static void policy_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	struct policy_presence *one = read->own;

	if (reply_obj(page, "Policy") == NULL)
		crawl_bad_reply(crawl, read, "has no policy");
	else
		one->presence = POLICY_PRESENT;
}

static bool policy_refused(struct crawl *crawl, const struct read *read, const char *code)
{
	struct policy_presence *one = read->own;

	(void)crawl;
	if (strcmp(code, "NoSuchEntity") != 0)
		return false;
	one->presence = POLICY_ABSENT;
	return true;
}

static void policy_ask(struct crawl *crawl, struct policy_presence *one)
{
	struct read read = {.op = OP_IAM_GetPolicy,
			    .account = account_entered(crawl, one->account),
			    .own = one,
			    .page = policy_page,
			    .refused = policy_refused};
	auto_free char *arn = customer_policy_arn(&crawl->side->world, one->account, one->policy);

	read.scope = scope_open(crawl, scope_open(crawl, 0, "customer_policies"),
				"customer_policies/%s", one->account->s);
	crawl_read(crawl, &read, json_pack("{s:s}", "PolicyArn", arn));
}

static bool seen_before(struct asking *a, const struct text *account, const struct text *what)
{
	auto_free char *key = xasprintf("%s %s", account->s, what->s);

	return map_put(a->seen, key, a) != NULL;
}

static void policy_meet(struct asking *a, const struct resource *live, const struct text *policy)
{
	struct policy_presence *one;

	if (seen_before(a, live->id, policy) ||
	    customer_policy_presence(a->crawl->side, live->id, policy) != POLICY_UNREAD ||
	    customer_policy_declared(a->crawl->arena, a->bound, live->address, policy))
		return;
	one = arena_alloc(a->crawl->arena, sizeof(*one));
	*one = (struct policy_presence){.account = live->id, .policy = policy};
	vec_push(&a->asked, one);
	policy_ask(a->crawl, one);
}

/* In an account that is yet to be made there is nothing to ask. */
static void assignment_meet(struct asking *a, const struct resource *edge)
{
	const struct text *set = edge->v[ASSIGNMENT_SET].u.text;
	const struct row *account = bound_find(a->bound, edge->v[ASSIGNMENT_ACCOUNT].u.text);
	const struct named_policies *named =
	    customer_policies_named(a->crawl->arena, a->bound, a->named, set);

	if (named->n == 0 || account == NULL || account->live == NULL ||
	    account->live->id == NULL || seen_before(a, account->live->id, set))
		return;
	for (size_t i = 0; i < named->n; i++)
		policy_meet(a, account->live, named->policy[i]);
}

/* With those that were asked before. */
static void asked_keep(struct asking *a)
{
	const struct policies_asked *before = a->crawl->side->policies;
	struct policy_presence **at;

	for (size_t i = 0; before != NULL && i < before->n; i++)
		vec_push(&a->asked, before->at[i]);
	if (a->asked.n == 0)
		return;
	at = arena_array(a->crawl->arena, a->asked.n, sizeof(*at));
	memcpy(at, a->asked.at, a->asked.n * sizeof(*at));
	side_policies_asked(a->crawl->side, at, a->asked.n);
}

void customer_policies_read(struct crawl *crawl, const struct bound *bound)
{
	struct asking a = {.crawl = crawl, .bound = bound, .seen = map_new(), .named = map_new()};

	for (size_t i = 0; i < bound->rows; i++) {
		const struct row *row = &bound->row[i];

		if (row_kind(row) == KIND_ASSIGNMENT && row->head != NULL &&
		    !(row->head->flags & RES_ENDED))
			assignment_meet(&a, row->head);
	}
	asked_keep(&a);
	free(a.asked.at);
	map_free(a.seen);
	map_free(a.named);
}

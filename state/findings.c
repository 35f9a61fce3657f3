/* Dangerous trust and permission policies, refused unless acknowledged. */
#include "state/findings.h"

#include "state/expand.h"
#include "state/judge.h"

#include <stdlib.h>
#include <string.h>

#define TEAM_TAGS "sets-team-tags"

struct checker {
	struct compiler *compiler;
	const struct text *jump_account; /* NULL: there is none */
	struct map *reachable;           /* addresses of policies that users or groups there have */
	VEC(const char *) users;         /* ARNs of the users there */
};

/* Acknowledgements. */

static void finding_report(struct compiler *compiler, const struct declaration *declaration,
			   const char *name, const char *reason)
{
	if (!node_lists(declaration->acknowledge, name) &&
	    place_say(compiler, declaration->where, name))
		diagnose(compiler->diagnostics, declaration->where,
			 "%s `%s` %s; if that is meant, write `acknowledge: [%s]`",
			 kinds[declaration->kind]->title, declaration->name->s, reason, name);
}

/* `found`: the findings that there are. */
static void acknowledged_check(struct compiler *compiler, const struct declaration *declaration,
			       const char *const *found, size_t found_n)
{
	static const char *const role_names[] = {"trusts-everyone", "oidc-without-sub",
						 "for-all-values", NULL};
	static const char *const other_names[] = {TEAM_TAGS, NULL};
	bool role = declaration->kind == KIND_IAM_ROLE;
	const struct node *list = declaration->acknowledge;

	for (uint32_t i = 0; list != NULL && i < list->n; i++) {
		const struct node *node = list->entry[i].value;
		bool occurs = false;

		for (size_t k = 0; k < found_n; k++)
			occurs |= text_is(node->s, found[k]);
		if (!name_among(node->s->s, role ? role_names : other_names)) {
			if (place_say(compiler, node->where, "unknown"))
				diagnose(compiler->diagnostics, node->where,
					 "`%s` is no finding of an %s%s", node->s->s,
					 kinds[declaration->kind]->title,
					 suggestion(compiler->arena, compiler->diagnostics,
						    node->s->s, role ? role_names : other_names,
						    role ? COUNT(role_names) - 1
							 : COUNT(other_names) - 1));
		} else if (!occurs && place_say(compiler, node->where, "absent")) {
			diagnose_warning(compiler->diagnostics, node->where,
					 "`%s` is acknowledged, and does not occur", node->s->s);
		}
	}
}

/* Trust. */

static void role_check(struct checker *checker, const struct declaration *declaration,
		       const struct resource *role)
{
	const struct value *trust = &role->v[ROLE_TRUST];
	struct trust_finding found[TRUST_FINDINGS];
	const char *names[TRUST_FINDINGS];
	struct policy *policy;
	size_t n;

	if (trust->state != VALUE_TEXT)
		return;
	policy = policy_parse(trust->u.text);
	n = policy == NULL ? 0 : policy_trust_findings(policy, found);
	for (size_t i = 0; i < n; i++) {
		names[i] = found[i].name;
		finding_report(
		    checker->compiler, declaration, found[i].name,
		    arena_printf(checker->compiler->arena, "is refused: %s", found[i].reason));
	}
	acknowledged_check(checker->compiler, declaration, names, n);
	policy_free(policy);
}

/* Tags of teams. */

static bool request_is_allowed(const struct policy *policy, const char *action,
			       const char *resource)
{
	static const struct context_key keys[] = {{"aws:TagKeys", "charter-team-x"},
						  {"aws:RequestTag/charter-team-x", "true"},
						  {"aws:MultiFactorAuthPresent", "true"}};
	struct judge_request request = {
	    .action = action, .resource = resource, .key = keys, .keys = COUNT(keys)};
	enum judgement judgement = policy_judge(policy, &request);

	return judgement == JUDGE_ALLOWS || judgement == JUDGE_MAY_ALLOW;
}

static bool document_sets_tags(const struct checker *checker, const struct text *document)
{
	static const char *const actions[] = {"iam:TagUser", "iam:UntagUser"};
	struct policy *policy = policy_parse(document);
	bool sets = false;

	for (size_t i = 0; policy != NULL && i < COUNT(actions); i++) {
		if (!request_is_allowed(policy, actions[i], NULL))
			continue;
		for (size_t k = 0; !sets && k < checker->users.n; k++)
			sets = request_is_allowed(policy, actions[i], checker->users.at[k]);
	}
	policy_free(policy);
	return sets;
}

static bool resource_sets_tags(const struct checker *checker, const struct resource *resource)
{
	const struct value *value;
	bool sets = false;

	if (resource->kind == KIND_IAM_POLICY) {
		value = &resource->v[IAMPOLICY_DOCUMENT];
		return value->state == VALUE_TEXT &&
		       map_get(checker->reachable, resource->address->s) != NULL &&
		       document_sets_tags(checker, value->u.text);
	}
	value = &resource->v[resource->kind == KIND_IAM_USER ? USER_INLINE : GROUP_INLINE];
	for (uint32_t i = 0; value->state == VALUE_SET && i < value->u.set->n; i++)
		sets |= document_sets_tags(checker, value->u.set->item[i].value);
	return sets;
}

static void holder_check(struct checker *checker, const struct declaration *declaration,
			 const struct resource *resource)
{
	static const char *const names[] = {TEAM_TAGS};
	bool sets = checker->jump_account != NULL &&
		    text_eq(declaration->account, checker->jump_account) &&
		    resource_sets_tags(checker, resource);

	if (sets)
		finding_report(checker->compiler, declaration, TEAM_TAGS,
			       "allows iam:TagUser or iam:UntagUser of the tags charter-team-*, "
			       "which say who may assume a team's roles: deny these where "
			       "aws:TagKeys is like charter-team-*");
	acknowledged_check(checker->compiler, declaration, names, sets ? 1 : 0);
}

/* What stands in the jump account. */

static void managed_note(struct checker *checker, const struct value *managed)
{
	for (uint32_t i = 0; managed->state == VALUE_SET && i < managed->u.set->n; i++)
		map_put(checker->reachable, managed->u.set->item[i].key->s, checker);
}

static void user_note(struct checker *checker, const struct resource *user)
{
	struct compiler *compiler = checker->compiler;
	const struct declaration *account =
	    expand_find(compiler, KIND_ACCOUNT, NULL, checker->jump_account->s);
	const struct value *path = &user->v[USER_PATH];

	if (account != NULL)
		vec_push(&checker->users,
			 arena_printf(compiler->arena, "arn:%s:iam::%s:user%s%s",
				      compiler->partition, account_id_text(compiler, account)->s,
				      path->state == VALUE_TEXT ? path->u.text->s : "/",
				      address_name(compiler->arena, user->address)->s));
}

static void jump_account_read(struct checker *checker)
{
	const struct compiler *compiler = checker->compiler;

	for (size_t i = 0; i < compiler->declarations.n; i++) {
		const struct resource *resource = compiler->made[i];

		if (resource == NULL ||
		    !text_eq(compiler->declarations.at[i].account, checker->jump_account))
			continue;
		if (resource->kind == KIND_IAM_USER) {
			managed_note(checker, &resource->v[USER_MANAGED]);
			user_note(checker, resource);
		} else if (resource->kind == KIND_IAM_GROUP) {
			managed_note(checker, &resource->v[GROUP_MANAGED]);
		}
	}
}

static void declaration_check(struct checker *checker, const struct declaration *declaration,
			      const struct resource *resource)
{
	if ((declaration->flags & RES_EXTERNAL) != 0)
		return;
	if (resource->kind == KIND_IAM_ROLE)
		role_check(checker, declaration, resource);
	else if (resource->kind == KIND_IAM_USER || resource->kind == KIND_IAM_GROUP ||
		 resource->kind == KIND_IAM_POLICY)
		holder_check(checker, declaration, resource);
}

void findings_check(struct compiler *compiler)
{
	struct checker checker = {.compiler = compiler, .reachable = map_new()};

	if (!compiler->lenient) {
		checker.jump_account = config_jump_account(compiler->config);
		if (checker.jump_account != NULL)
			jump_account_read(&checker);
		for (size_t i = 0; i < compiler->declarations.n; i++) {
			if (compiler->made[i] != NULL)
				declaration_check(&checker, &compiler->declarations.at[i],
						  compiler->made[i]);
		}
	}
	map_free(checker.reachable);
	free(checker.users.at);
}

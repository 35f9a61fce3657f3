/* References: bare names of the configuration to addresses and ARNs. */
#include "state/expand.h"
#include "state/valid.h"

#include <stdlib.h>
#include <string.h>

/* The names that could have been meant: of the kind, and in the same account. */
const char *declared_near(struct compiler *compiler, enum kind_id kind, const struct text *account,
			  const char *name)
{
	auto_free const char **names = xcalloc(compiler->declarations.n + 1, sizeof(*names));
	size_t n = 0;

	for (size_t i = 0; i < compiler->declarations.n; i++) {
		const struct declaration *declaration = &compiler->declarations.at[i];

		if (declaration->kind == kind &&
		    (account == NULL || text_cmp(declaration->account, account) == 0))
			names[n++] = declaration->name->s;
	}
	return suggestion(compiler->arena, compiler->diagnostics, name, names, n);
}

static const struct text *unit_resolve(struct compiler *compiler, const struct node *node)
{
	const char *path = node->s->s;

	if (strcmp(path, "/") == 0)
		return text_str(compiler->arena, "root");
	if (expand_find(compiler, KIND_UNIT, NULL, path) != NULL)
		return unit_address(compiler->arena, path);
	diagnose(compiler->diagnostics, node->where, "unit `%s` is not declared%s", path,
		 declared_near(compiler, KIND_UNIT, NULL, path));
	return NULL;
}

static const struct text *policy_resolve(struct compiler *compiler, const struct node *node)
{
	const char *name = node->s->s;
	const struct declaration *found;

	if (strcmp(name, "FullAWSAccess") == 0 || strcmp(name, "RCPFullAWSAccess") == 0) {
		diagnose(compiler->diagnostics, node->where,
			 "`%s` is AWS's own: it is never written here, and never detached%s", name,
			 name[0] == 'F' ? " unless the target says `allow_list: true`" : "");
		return NULL;
	}
	found = expand_find(compiler, KIND_POLICY, NULL, name);
	if (found != NULL)
		return declaration_address(compiler->arena, found);
	diagnose(compiler->diagnostics, node->where, "policy `%s` is not declared%s", name,
		 declared_near(compiler, KIND_POLICY, NULL, name));
	return NULL;
}

static const struct text *declared_resolve(struct compiler *compiler, enum kind_id kind,
					   const struct declaration *declaration,
					   const struct node *node)
{
	const char *name = node->s->s;
	const struct text *account = declaration->account;
	const struct declaration *found =
	    expand_find(compiler, kind, account == NULL ? NULL : account->s, name);
	const struct resource *made = found == NULL ? NULL : declaration_resource(compiler, found);

	if (found != NULL)
		return made != NULL ? made->address : declaration_address(compiler->arena, found);
	/* What stands for many accounts lacks it in the first of them. */
	if (declaration->expanded && !place_say(compiler, node->where, "undeclared"))
		return NULL;
	if (account == NULL) {
		diagnose(compiler->diagnostics, node->where, "%s `%s` is not declared%s",
			 kinds[kind]->title, name, declared_near(compiler, kind, NULL, name));
		return NULL;
	}
	diagnose(compiler->diagnostics, node->where, "%s `%s` is not declared in account `%s`%s",
		 kinds[kind]->title, name, account->s,
		 declared_near(compiler, kind, account, name));
	return NULL;
}

/* "aws/NAME" to the ARN. A name that AWS has under a path is refused without it. */
static const struct text *aws_resolve(struct compiler *compiler, const struct node *node)
{
	const char *name = node->s->s + strlen("aws/");
	const char *known = aws_managed_find(name);
	const struct text *arn;

	if (known != NULL && strcmp(known, name) != 0 && !compiler->lenient) {
		diagnose(compiler->diagnostics, node->where,
			 "AWS has this policy under a path: write `aws/%s`", known);
		return NULL;
	}
	arn = text_printf(compiler->arena, "arn:%s:iam::aws:policy/%s", compiler->partition, name);
	if (is_policy_arn(arn->s) || compiler->lenient)
		return arn;
	diagnose(compiler->diagnostics, node->where,
		 "`%s` is no AWS-managed policy: write aws/NAME or aws/job-function/NAME",
		 node->s->s);
	return NULL;
}

const struct text *aws_policy_resolve(struct compiler *compiler, const struct node *node)
{
	const char *name = node->s->s, *known = aws_managed_find(name);

	if (str_starts(name, "aws/"))
		return aws_resolve(compiler, node);
	if (is_policy_arn(name) && aws_policy_name(name) != NULL)
		return node->s;
	if (known != NULL)
		diagnose(compiler->diagnostics, node->where,
			 "AWS's own policies are written with `aws/`: did you mean `aws/%s`?",
			 known);
	else
		diagnose(compiler->diagnostics, node->where,
			 "`%s` is no AWS-managed policy: write aws/NAME or aws/job-function/NAME",
			 name);
	return NULL;
}

/* The account's id where it is known without asking for a token. */
static const struct text *account_id_known(const struct compiler *compiler, const struct text *name)
{
	const struct declaration *found = expand_find(compiler, KIND_ACCOUNT, NULL, name->s);
	const struct resource *account =
	    found == NULL ? NULL : declaration_resource(compiler, found);

	if (account == NULL)
		return NULL;
	if (account->id != NULL)
		return account->id;
	return compiler->world->account_id == NULL
		   ? NULL
		   : compiler->world->account_id(compiler->world->ctx, account);
}

/* A policy of the same account has an address, so that it meets the live reference; others stay
 * ARNs. */
static const struct text *arn_resolve(struct compiler *compiler,
				      const struct declaration *declaration,
				      const struct node *node)
{
	const char *arn = node->s->s;
	const struct text *id = account_id_known(compiler, declaration->account);
	const struct declaration *found;
	const char *account, *name;

	if (!is_policy_arn(arn)) {
		diagnose(compiler->diagnostics, node->where, "`%s` is no ARN of an IAM policy",
			 arn);
		return NULL;
	}
	account = strstr(arn, ":iam::") + strlen(":iam::");
	name = strrchr(arn, '/') + 1;
	if (id == NULL || str_starts(account, "aws:"))
		return node->s;
	if (!str_starts(account, id->s)) {
		diagnose(compiler->diagnostics, node->where,
			 "the policy belongs to another account; `%s` is %s",
			 declaration->account->s, id->s);
		return NULL;
	}
	found = expand_find(compiler, KIND_IAM_POLICY, declaration->account->s, name);
	return found != NULL
		   ? declaration_address(compiler->arena, found)
		   : address_make(compiler->arena, "iam_policy", declaration->account->s, name);
}

static const struct text *iam_policy_resolve(struct compiler *compiler,
					     const struct declaration *declaration,
					     const struct node *node)
{
	const char *name = node->s->s, *known;

	if (str_starts(name, "aws/"))
		return aws_resolve(compiler, node);
	if (str_starts(name, "arn:"))
		return arn_resolve(compiler, declaration, node);
	known = aws_managed_find(name);
	if (known != NULL &&
	    expand_find(compiler, KIND_IAM_POLICY, declaration->account->s, name) == NULL) {
		diagnose(compiler->diagnostics, node->where,
			 "IAM policy `%s` is not declared in account `%s`; did you mean AWS's own, "
			 "`aws/%s`?",
			 name, declaration->account->s, known);
		return NULL;
	}
	return declared_resolve(compiler, KIND_IAM_POLICY, declaration, node);
}

/* The address or ARN of what a bare name refers to, or NULL, diagnosed with what may have been
 * meant. */
const struct text *reference_resolve(struct compiler *compiler,
				     const struct declaration *declaration, const struct attr *attr,
				     const struct node *node)
{
	int kind = kind_find(attr->ref);

	switch (kind) {
	case KIND_UNIT:
		return unit_resolve(compiler, node);
	case KIND_POLICY:
		return policy_resolve(compiler, node);
	case KIND_IAM_POLICY:
		return declaration->account == NULL
			   ? aws_policy_resolve(compiler, node)
			   : iam_policy_resolve(compiler, declaration, node);
	default:
		charter_assert(kind >= 0);
		return declared_resolve(compiler, (enum kind_id)kind, declaration, node);
	}
}

/* A suggestion among the declared accounts, or "". */
const char *account_near(struct compiler *compiler, const char *name)
{
	return declared_near(compiler, KIND_ACCOUNT, NULL, name);
}

/* A suggestion among the declared units, or "". */
const char *unit_near(struct compiler *compiler, const char *path)
{
	return declared_near(compiler, KIND_UNIT, NULL, path);
}

/* A suggestion among the entries of a section, or "". */
const char *entry_near(struct compiler *compiler, const entry_list *list, const char *name)
{
	auto_free const char **names = xcalloc(list->n + 1, sizeof(*names));

	for (size_t i = 0; i < list->n; i++)
		names[i] = list->at[i]->key->s;
	return suggestion(compiler->arena, compiler->diagnostics, name, names, list->n);
}

/* The id of a declared account as text, or the token that the plan resolves. */
const struct text *account_id_text(struct compiler *compiler, const struct declaration *account)
{
	const struct text *id = account_id_known(compiler, account->name);

	if (id != NULL)
		return id;
	return text_printf(compiler->arena, "${%s.id}",
			   declaration_address(compiler->arena, account)->s);
}

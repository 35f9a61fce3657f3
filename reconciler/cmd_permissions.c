/* permissions: the operation table, and the calls of a plan, as an IAM policy. */
#include "reconciler/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What AWS asks for beside the action that is named as the operation is (Service Authorization
 * Reference). A run may set a source identity; without a plan nobody knows whether it will. */
static const struct beside {
	enum op_id op;
	const char *action;
} besides[] = {
    {OP_STS_AssumeRole, "sts:SetSourceIdentity"},
    {OP_ORGANIZATIONS_CreateOrganization, "iam:CreateServiceLinkedRole"},
    /* Without it S3 says AccessDenied of an object that is not there. */
    {OP_S3_GetObject, "s3:ListBucket"},
};

/* In the management account Identity Center makes the roles of assignments with the permissions of
 * the caller, elsewhere with its own (its manual, "Identity-based policy examples"). */
static const char *const assignment_actions[] = {
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:GetRole",
    "iam:GetSAMLProvider",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
    "iam:UpdateSAMLProvider",
};
static const char *const assignment_resources[] = {
    "arn:*:iam::*:role/aws-reserved/sso.amazonaws.com/*",
    "arn:*:iam::*:saml-provider/AWSSSO_*_DO_NOT_DELETE",
};
static const char *const everything[] = {"*"};

struct actions {
	const char **at;
	size_t n;
};

/* Statements, in the order in which they are written. */
enum group {
	GROUP_COMMENTS,
	GROUP_ENTERS, /* apart, so that it can be narrowed to the role of `access` */
	GROUP_NOTES,
	GROUP_PROPOSALS,
	GROUP_READS,
	GROUP_WRITES,
	GROUPS
};
static const struct {
	const char *sid;
	const char *word; /* written only where this is asked for, and then alone */
} groups[GROUPS] = {
    [GROUP_COMMENTS] = {"CharterComments", "comment"},
    [GROUP_ENTERS] = {"CharterEnters", NULL},
    [GROUP_NOTES] = {"CharterNotes", "state"},
    [GROUP_PROPOSALS] = {"CharterProposals", "proposal"},
    [GROUP_READS] = {"CharterReads", NULL},
    [GROUP_WRITES] = {"CharterWrites", NULL},
};

/* A branch, a commit and a pull request of ours: more than a comment takes. */
static const enum op_id proposals[] = {
    OP_CODECOMMIT_GetBranch,
    OP_CODECOMMIT_CreateBranch,
    OP_CODECOMMIT_CreateCommit,
    OP_CODECOMMIT_CreatePullRequest,
};

struct permissions {
	struct actions of[GROUPS];
	bool assigns;
};

static enum group op_group(const struct op *op)
{
	enum op_id id = (enum op_id)(op - ops);

	for (size_t i = 0; i < sizeof proposals / sizeof *proposals; i++)
		if (proposals[i] == id)
			return GROUP_PROPOSALS;
	return op->service == SERVICE_CODECOMMIT ? GROUP_COMMENTS
	       : services[op->service].apart     ? GROUP_NOTES
	       : id == OP_STS_AssumeRole         ? GROUP_ENTERS
	       : op->mutates                     ? GROUP_WRITES
						 : GROUP_READS;
}

static void permission_add(struct run *run, struct permissions *p, const struct op *op)
{
	enum op_id id = (enum op_id)(op - ops);
	struct actions *actions = &p->of[op_group(op)];
	char name[128];

	actions->at[actions->n++] = arena_strdup(run->arena, op_action(op, name, sizeof name));
	for (size_t i = 0; i < sizeof besides / sizeof *besides; i++)
		if (besides[i].op == id)
			actions->at[actions->n++] = besides[i].action;
	p->assigns = p->assigns || id == OP_SSO_ADMIN_CreateAccountAssignment ||
		     id == OP_SSO_ADMIN_DeleteAccountAssignment ||
		     id == OP_SSO_ADMIN_ProvisionPermissionSet;
}

static int string_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, each once. */
static void statement(struct json_out *j, const char *sid, struct actions *actions,
		      const char *const *resource, size_t resources)
{
	const char *last = NULL;

	if (actions->n == 0)
		return;
	qsort(actions->at, actions->n, sizeof *actions->at, string_cmp);
	out_object(j);
	out_key(j, "Action");
	out_array(j);
	for (size_t i = 0; i < actions->n; i++) {
		if (!last || strcmp(last, actions->at[i]) != 0)
			out_string(j, actions->at[i]);
		last = actions->at[i];
	}
	out_array_end(j);
	out_key_string(j, "Effect", "Allow");
	out_key(j, "Resource");
	if (resources == 1) {
		out_string(j, resource[0]);
	} else {
		out_array(j);
		for (size_t i = 0; i < resources; i++)
			out_string(j, resource[i]);
		out_array_end(j);
	}
	out_key_string(j, "Sid", sid);
	out_object_end(j);
}

static void permissions_write(struct json_out *j, struct permissions *p)
{
	const char *assigns[sizeof assignment_actions / sizeof *assignment_actions];
	struct actions of_assignments = {assigns, sizeof assigns / sizeof *assigns};

	memcpy(assigns, assignment_actions, sizeof assigns);
	out_object(j);
	out_key(j, "Statement");
	out_lines(j);
	if (p->assigns)
		statement(j, "CharterAssignments", &of_assignments, assignment_resources,
			  sizeof assignment_resources / sizeof *assignment_resources);
	for (unsigned i = 0; i < GROUPS; i++)
		statement(j, groups[i].sid, &p->of[i], everything, 1);
	out_array_end(j);
	out_key_string(j, "Version", "2012-10-17");
	out_object_end(j);
}

static int permissions_of_plan(struct run *run, const char *file, const struct plan_doc *doc,
			       struct permissions *p, struct error *err)
{
	for (size_t i = 0; i < doc->calls; i++) {
		const struct op *op = op_find(doc->call[i].service, doc->call[i].operation);

		if (!op)
			return error_set(err, "%s: call %u: no operation %s of %s is known", file,
					 doc->call[i].n, doc->call[i].operation,
					 doc->call[i].service);
		if (op->mutates)
			permission_add(run, p, op);
	}
	return 0;
}

/* The rows of the table that are asked for without a plan. */
static void permissions_of_table(struct run *run, bool writes, struct permissions *p)
{
	for (unsigned i = 0; i < OP_COUNT; i++)
		if (i != OP_STS_AssumeRoleWithWebIdentity && /* asked with a token, by nobody */
		    (writes || !ops[i].mutates))
			permission_add(run, p, &ops[i]);
}

/* The group that a word asks for; GROUPS: it is none. */
static unsigned group_of_word(const char *word)
{
	unsigned i = 0;

	while (i < GROUPS && !(groups[i].word && strcmp(groups[i].word, word) == 0))
		i++;
	return i;
}

static void groups_choose(struct permissions *p, unsigned asked)
{
	for (unsigned i = 0; i < GROUPS; i++)
		if (asked < GROUPS ? i != asked : groups[i].word != NULL)
			p->of[i].n = 0;
	p->assigns = p->assigns && asked == GROUPS;
}

int command_permissions(struct run *run, struct error *err)
{
	const char *what = run->options->arguments.n ? run->options->arguments.at[0] : "";
	unsigned asked = group_of_word(what);
	bool all = strcmp(what, "all") == 0, word = !*what || all || asked < GROUPS;
	struct plan_doc *doc = NULL;
	struct permissions p = {0};
	auto_buf out = BUF_INIT(1 << 20);
	struct json_out *j;
	size_t most;

	if (!word && access(what, F_OK) != 0)
		return error_set(err,
				 "permissions %s: neither `all`, `comment`, `proposal` nor "
				 "`state`, nor a file",
				 what);
	if (!word && !(doc = plan_file_read(run, what, err)))
		return -1;
	most = 2 * (OP_COUNT + (doc ? doc->calls : 0)); /* each may bring another beside it */
	for (unsigned i = 0; i < GROUPS; i++)
		p.of[i].at = arena_array(run->arena, most, sizeof *p.of[i].at);
	permissions_of_table(run, all || asked < GROUPS, &p);
	if (doc && permissions_of_plan(run, what, doc, &p, err) != 0)
		return -1;
	groups_choose(&p, asked);
	j = json_out_new(&out, NULL);
	permissions_write(j, &p);
	if (json_out_end(j) != 0)
		return error_set(err, "the policy is larger than %zu bytes", out.max);
	return output_file(run->env, NULL, buf_str(&out), out.len, err) == 0 ? EXIT_DONE : -1;
}

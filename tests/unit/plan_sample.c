#include "tests/unit/plan_sample.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *const old_policy =
    "{\"Statement\":[{\"Action\":[\"organizations:LeaveOrganization\"],\"Effect\":\"Deny\","
    "\"Resource\":\"*\",\"Sid\":\"Stay\"},{\"Action\":\"s3:DeleteBucket\",\"Condition\":"
    "{\"StringNotLike\":{\"aws:PrincipalArn\":[\"arn:aws:iam::*:role/admin\","
    "\"arn:aws:iam::*:role/break-glass\"]}},\"Effect\":\"Deny\",\"Resource\":\"*\",\"Sid\":"
    "\"Buckets\"}],\"Version\":\"2012-10-17\"}";
static const char *const new_policy =
    "{\"Statement\":[{\"Action\":[\"account:CloseAccount\",\"organizations:LeaveOrganization\"],"
    "\"Effect\":\"Deny\",\"Resource\":\"*\",\"Sid\":\"Stay\"},{\"Action\":\"s3:DeleteBucket\","
    "\"Condition\":{\"StringNotLike\":{\"aws:PrincipalArn\":[\"arn:aws:iam::*:role/admin\","
    "\"arn:aws:iam::*:role/break-glass\"]}},\"Effect\":\"Deny\",\"Resource\":\"*\",\"Sid\":"
    "\"Buckets\"}],\"Version\":\"2012-10-17\"}";

static void *keep(struct arena *a, const void *p, size_t size)
{
	return memcpy(arena_alloc(a, size ? size : 1), p, size);
}
#define KEEP(a, array) keep(a, array, sizeof(array))

static struct value text(struct arena *a, const char *s)
{
	return value_str(a, s);
}

static struct doc_attribute scalar(struct arena *a, const char *name, const char *base,
				   const char *head, const char *live, const char *reason)
{
	return (struct doc_attribute){.name = name,
				      .base = text(a, base),
				      .head = text(a, head),
				      .live = text(a, live),
				      .reason = reason};
}

static struct doc_element member(struct arena *a, const char *key, bool added, const char *reason)
{
	bool drift = strcmp(reason, "drift") == 0;

	return (struct doc_element){.key = key,
				    .base = added == drift ? text(a, key) : VALUE_EMPTY,
				    .head = added ? text(a, key) : VALUE_EMPTY,
				    .live = added ? VALUE_EMPTY : text(a, key),
				    .reason = reason};
}

static struct doc_element pair(struct arena *a, const char *key, const char *base, const char *head,
			       const char *live, const char *reason)
{
	return (struct doc_element){.key = key,
				    .base = text(a, base),
				    .head = text(a, head),
				    .live = text(a, live),
				    .reason = reason};
}

static void attributes(struct arena *a, struct doc_change *c, const struct doc_attribute *list,
		       size_t n)
{
	c->attribute = keep(a, list, n * sizeof *list);
	c->attributes = (uint32_t)n;
}

static struct doc_change change_of(struct arena *a, const char *action, const char *kind,
				   const char *address, const char *id, uint32_t call)
{
	uint32_t calls[] = {call};

	return (struct doc_change){.action = action,
				   .kind = kind,
				   .address = address,
				   .id = id,
				   .reason = "config",
				   .risk = "low",
				   .file = "organization.yaml",
				   .line = 10 + call,
				   .call = KEEP(a, calls),
				   .calls = 1};
}

static struct doc_change unit_change(struct arena *a)
{
	struct doc_change c = change_of(a, "update", "unit", "unit/Campus", "ou-ab12-11111111", 2);
	struct doc_element added[] = {member(a, "policy/deny-leave", true, "config"),
				      member(a, "policy/regions", true, "drift")};
	struct doc_element tag[] = {pair(a, "owner", "ops", "platform", "ops", "config")};
	struct doc_element tag_added[] = {pair(a, "tier", NULL, "", NULL, "config")};
	struct doc_element tag_gone[] = {pair(a, "old", "x", NULL, "x", "config")};
	struct doc_attribute list[] = {
	    scalar(a, "name", "Classroom", "Campus", "Classroom", "rename"),
	    {.name = "policies", .is_set = true, .added = KEEP(a, added), .added_n = 2},
	    {.name = "tags",
	     .is_set = true,
	     .is_map = true,
	     .added = KEEP(a, tag_added),
	     .added_n = 1,
	     .changed = KEEP(a, tag),
	     .changed_n = 1,
	     .removed = KEEP(a, tag_gone),
	     .removed_n = 1}};

	c.previous = "unit/Classroom";
	c.reason = "rename";
	attributes(a, &c, list, COUNT(list));
	return c;
}

static struct doc_change account_create(struct arena *a)
{
	struct doc_change c = change_of(a, "create", "account", "account/research-1", NULL, 3);
	struct doc_element tag[] = {pair(a, "domain", NULL, "research", NULL, "config")};
	struct doc_attribute list[] = {
	    scalar(a, "email", NULL, "aws+research-1@example.com", NULL, "config"),
	    scalar(a, "unit", NULL, "unit/Workloads/Research", NULL, "config"),
	    {.name = "tags", .is_set = true, .is_map = true, .added = KEEP(a, tag), .added_n = 1}};

	list[0].base = list[0].live = (struct value){.state = VALUE_UNSET};
	attributes(a, &c, list, COUNT(list));
	return c;
}

static struct doc_change account_conflict(struct arena *a)
{
	struct doc_change c =
	    change_of(a, "update", "account", "account/training-1", "222222222222", 4);
	struct doc_attribute list[] = {
	    scalar(a, "unit", "unit/Workloads", "unit/Workloads/Training", "root", "conflict")};

	c.reason = "conflict";
	c.risk = "medium";
	attributes(a, &c, list, COUNT(list));
	return c;
}

static struct doc_change policy_update(struct arena *a)
{
	struct doc_change c =
	    change_of(a, "update", "policy", "policy/deny-leave", "p-11111111", 5);
	struct doc_attribute list[] = {
	    scalar(a, "description", NULL, "Accounts stay in the organization", NULL, "config"),
	    scalar(a, "document", old_policy, new_policy, old_policy, "config")};

	list[1].is_policy = true;
	c.risk = "high";
	attributes(a, &c, list, COUNT(list));
	return c;
}

static struct doc_change user_change(struct arena *a)
{
	struct doc_change c =
	    change_of(a, "update", "iam_user", "iam_user/master/frank", "AIDAEXAMPLE", 7);
	struct doc_element gone[] = {member(a, "iam_group/master/leavers", false, "drift")};
	struct doc_element in[] = {
	    member(a, "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", true, "config")};
	struct doc_element inline_new[] = {
	    pair(a, "own-keys", NULL, "{\"Statement\":[]}", NULL, "config")};
	struct doc_attribute list[] = {
	    {.name = "groups", .is_set = true, .removed = KEEP(a, gone), .removed_n = 1},
	    {.name = "managed_policies", .is_set = true, .added = KEEP(a, in), .added_n = 1},
	    {.name = "inline_policies",
	     .is_set = true,
	     .is_map = true,
	     .is_policy = true,
	     .added = KEEP(a, inline_new),
	     .added_n = 1}};

	c.risk = "high";
	attributes(a, &c, list, COUNT(list));
	return c;
}

static struct doc_change blocked_change(struct arena *a)
{
	struct doc_change c =
	    change_of(a, "update", "iam_group", "iam_group/audit/readers", NULL, 1);
	struct doc_element in[] = {member(a, "policy/`odd` | name", true, "config")};
	struct doc_attribute list[] = {{.name = "managed_policies",
					.is_set = true,
					.added = KEEP(a, in),
					.added_n = 1,
					.blocked = "iam/333333333333"}};

	c.calls = 0;
	c.file = NULL;
	c.blocked = "iam/333333333333";
	attributes(a, &c, list, COUNT(list));
	return c;
}

static void sample_notes(struct arena *a, struct plan_doc *d)
{
	struct doc_note notes[30] = {0};
	size_t n = 0;

	for (; n < 23; n++)
		notes[n] =
		    (struct doc_note){.what = NOTE_UNMANAGED,
				      .kind = "iam_user",
				      .address = arena_printf(a, "iam_user/master/u%02zu", n),
				      .id = NULL};
	notes[n++] =
	    (struct doc_note){.what = NOTE_RELEASED,
			      .kind = "account",
			      .address = "account/old-1",
			      .id = "444444444444",
			      .text = "its declaration is gone; an account is never closed "
				      "for that"};
	notes[n++] =
	    (struct doc_note){.what = NOTE_BY_HAND,
			      .kind = "organization",
			      .address = "organization",
			      .id = "o-exampleorgid",
			      .text = "policy_types: TAG_POLICY is enabled and not declared"};
	notes[n++] = (struct doc_note){.what = NOTE_WARNING,
				       .kind = "unit",
				       .address = "unit/Old",
				       .text = "`previously` has no effect any more"};
	d->note = KEEP(a, notes);
	d->notes = n;
}

static void sample_calls(struct arena *a, struct plan_doc *d)
{
	static const char *const operations[] = {"TagResource",        "UpdateOrganizationalUnit",
						 "CreateAccount",      "MoveAccount",
						 "UpdatePolicy",       "DeletePolicy",
						 "RemoveUserFromGroup"};
	uint32_t needs[] = {1};

	d->calls = COUNT(operations);
	d->call = arena_array(a, d->calls, sizeof *d->call);
	for (uint32_t i = 0; i < d->calls; i++)
		d->call[i] = (struct doc_call){.n = i + 1,
					       .service = i == 6 ? "iam" : "organizations",
					       .operation = operations[i],
					       .account = "management",
					       .input = "{\"Id\":\"${account/research-1.id}\"}",
					       .change = i ? "unit/Campus" : "record",
					       .needs = KEEP(a, needs),
					       .needs_n = i > 0};
}

struct plan_doc *sample_plan(struct arena *a)
{
	struct plan_doc *d = arena_alloc(a, sizeof *d);
	struct doc_change changes[] = {
	    unit_change(a),
	    account_create(a),
	    account_conflict(a),
	    policy_update(a),
	    change_of(a, "delete", "policy", "policy/old-guardrail", "p-22222222", 6),
	    blocked_change(a),
	    user_change(a)};
	struct doc_access access[] = {
	    {"gain", "iam_user/jump/ada", "training-1", "role crm-reader", "iam_group/jump/crm",
	     NULL},
	    {"gain", "iam_user/jump/ada", "training-2", "role crm-reader", "iam_group/jump/crm",
	     NULL},
	    {"gain", "iam_user/jump/joe", "training-1", "role crm-reader", "iam_group/jump/crm",
	     NULL},
	    {"gain", "iam_user/jump/joe", "training-2", "role crm-reader", "iam_group/jump/crm",
	     NULL},
	    {"gain", "iam_role/training-1/x", "training-1", "iam_policy/training-1/own", NULL,
	     "read"},
	    {"gain", "iam_role/training-2/x", "training-2", "iam_policy/training-2/own", NULL,
	     "read"},
	    {"loss", "iam_user/jump/bob", "training-1", "role crm-reader", NULL, NULL},
	    {"loss", "iam_user/jump/bob", "training-2", "role crm-writer", NULL, NULL}};
	struct doc_guard guards[] = {{"removals", "pass", "1 of 2 allowed"},
				     {"protected", "pass", "nothing protected is touched"}};
	struct doc_unread unread[] = {{"iam/333333333333", "AccessDenied",
				       "charter may not call iam:GetAccountAuthorizationDetails"}};

	*d = (struct plan_doc){
	    .format = "charter.plan/1",
	    .plan_id = "3f2a9c1d4e5b3f2a9c1d4e5b3f2a9c1d4e5b3f2a9c1d4e5b3f2a9c1d4e5b3f2a",
	    .organization = "o-exampleorgid",
	    .scope = "main",
	    .base = {"1111111111111111111111111111111111111111", "aaaa", "bbbb", true},
	    .head = {"2222222222222222222222222222222222222222", "cccc", "dddd", true},
	    .summary = {1, 5, 1, 40, 2, 23, 7},
	    .unread = KEEP(a, unread),
	    .unread_n = 1,
	    .change = KEEP(a, changes),
	    .changes = COUNT(changes),
	    .access = KEEP(a, access),
	    .access_n = COUNT(access),
	    .guard = KEEP(a, guards),
	    .guards = 2,
	    .created = "2026-11-21T22:10:00Z",
	    .tool = "charter 0.1.0",
	    .estimate_seconds = 7};
	sample_calls(a, d);
	sample_notes(a, d);
	return d;
}

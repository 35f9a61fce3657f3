#include "tests/unit/fake_aws.h"

#include "base/arena.h"
#include "base/error.h"

#include <string.h>

#define FAKE_MANAGEMENT "111111111111"
#define REPLY_US        10000 /* each answer takes ten milliseconds */

static int64_t fake_mono(struct clock *clock)
{
	struct fake_aws *f = (struct fake_aws *)((char *)clock - offsetof(struct fake_aws, clock));

	return f->now_us;
}

static int64_t fake_now(struct clock *clock)
{
	return 1795000000LL * 1000000 + fake_mono(clock);
}

static const char *member(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s == NULL ? "" : s;
}

static json_t *sub(json_t *object, const char *key)
{
	json_t *v = json_object_get(object, key);

	if (v == NULL) {
		v = json_object();
		json_object_set_new(object, key, v);
	}
	return v;
}

void fake_unit(struct fake_aws *f, const char *id, const char *parent, const char *name)
{
	json_object_set_new(
	    f->units, id, json_pack("{s:s, s:s, s:s}", "Id", id, "Name", name, "ParentId", parent));
}

void fake_account(struct fake_aws *f, const char *id, const char *parent, const char *name,
		  const char *email)
{
	json_object_set_new(f->accounts, id,
			    json_pack("{s:s, s:s, s:s, s:s, s:s}", "Id", id, "Name", name, "Email",
				      email, "State", "ACTIVE", "ParentId", parent));
}

void fake_tag(struct fake_aws *f, const char *id, const char *key, const char *value)
{
	json_object_set_new(sub(f->tags, id), key, json_string(value));
}

const char *fake_tag_of(const struct fake_aws *f, const char *id, const char *key)
{
	return json_string_value(json_object_get(json_object_get(f->tags, id), key));
}

const char *fake_parent_of(const struct fake_aws *f, const char *account)
{
	return json_string_value(
	    json_object_get(json_object_get(f->accounts, account), "ParentId"));
}

static json_t *refuse(const char **code, const char *with)
{
	*code = with;
	return NULL;
}

static json_t *list_of(json_t *objects, const char *member_name, const char *value,
		       const char *name)
{
	json_t *list = json_array(), *object;
	const char *id;

	json_object_foreach(objects, id, object)
	{
		if (member_name == NULL || strcmp(member(object, member_name), value) == 0)
			json_array_append(list, object);
	}
	return json_pack("{s:o}", name, list);
}

static json_t *unit_create(struct fake_aws *f, const json_t *in, const char **code)
{
	char id[32];
	json_t *unit;
	const char *key;

	json_object_foreach(f->units, key, unit)
	{
		if (strcmp(member(unit, "Name"), member(in, "Name")) == 0 &&
		    strcmp(member(unit, "ParentId"), member(in, "ParentId")) == 0)
			return refuse(code, "DuplicateOrganizationalUnitException");
	}
	snprintf(id, sizeof id, "ou-abcd-%08u", ++f->made);
	fake_unit(f, id, member(in, "ParentId"), member(in, "Name"));
	return json_pack("{s:O}", "OrganizationalUnit", json_object_get(f->units, id));
}

static json_t *account_move(struct fake_aws *f, const json_t *in, const char **code)
{
	json_t *account = json_object_get(f->accounts, member(in, "AccountId"));
	const char *to = member(in, "DestinationParentId");

	if (account == NULL)
		return refuse(code, "AccountNotFoundException");
	if (strcmp(member(account, "ParentId"), to) == 0)
		return refuse(code, "DuplicateAccountException");
	if (strcmp(member(account, "ParentId"), member(in, "SourceParentId")) != 0)
		return refuse(code, "SourceParentNotFoundException");
	json_object_set_new(account, "ParentId", json_string(to));
	return json_object();
}

/* The management account is in every organization. */
static json_t *accounts_list(struct fake_aws *f)
{
	json_t *reply = list_of(f->accounts, NULL, NULL, "Accounts");

	json_array_append_new(json_object_get(reply, "Accounts"),
			      json_pack("{s:s, s:s, s:s, s:s}", "Id", "111111111111", "Name",
					"main", "Email", "main@x.io", "State", "ACTIVE"));
	return reply;
}

static json_t *account_create(struct fake_aws *f, const json_t *in)
{
	json_t *status;
	char id[32];

	snprintf(id, sizeof id, "car-%u", ++f->made);
	status = json_pack("{s:s, s:s, s:s, s:s, s:i}", "Id", id, "State", "IN_PROGRESS",
			   "AccountName", member(in, "AccountName"), "Email", member(in, "Email"),
			   "Left", (int)f->polls);
	json_object_set_new(f->creations, id, status);
	return json_pack("{s:O}", "CreateAccountStatus", status);
}

static void creation_end(struct fake_aws *f, json_t *status)
{
	char id[16];

	if (f->job_fails != NULL) {
		json_object_set_new(status, "State", json_string("FAILED"));
		json_object_set_new(status, "FailureReason", json_string(f->job_fails));
		return;
	}
	snprintf(id, sizeof id, "%012u", 900 + ++f->made);
	fake_account(f, id, "r-abcd", member(status, "AccountName"), member(status, "Email"));
	json_object_set_new(status, "State", json_string("SUCCEEDED"));
	json_object_set_new(status, "AccountId", json_string(id));
}

static json_t *creation_describe(struct fake_aws *f, const json_t *in, const char **code)
{
	json_t *status = json_object_get(f->creations, member(in, "CreateAccountRequestId"));
	json_int_t left = json_integer_value(json_object_get(status, "Left"));

	if (status == NULL)
		return refuse(code, "CreateAccountStatusNotFoundException");
	if (left > 0)
		json_object_set_new(status, "Left", json_integer(left - 1));
	else if (strcmp(member(status, "State"), "IN_PROGRESS") == 0)
		creation_end(f, status);
	return json_pack("{s:O}", "CreateAccountStatus", status);
}

static json_t *parents_list(struct fake_aws *f, const json_t *in)
{
	const char *parent = fake_parent_of(f, member(in, "ChildId"));

	return json_pack("{s:[{s:s, s:s}]}", "Parents", "Id", parent == NULL ? "" : parent, "Type",
			 "ROOT");
}

static json_t *tags_list(struct fake_aws *f, const json_t *in)
{
	json_t *list = json_array(), *value;
	const char *key;

	json_object_foreach(sub(f->tags, member(in, "ResourceId")), key, value)
	    json_array_append_new(list, json_pack("{s:s, s:O}", "Key", key, "Value", value));
	return json_pack("{s:o}", "Tags", list);
}

static json_t *tag_write(struct fake_aws *f, const json_t *in, bool add)
{
	const json_t *list = json_object_get(in, add ? "Tags" : "TagKeys"), *tag;
	size_t i;

	json_array_foreach(list, i, tag)
	{
		if (add)
			fake_tag(f, member(in, "ResourceId"), member(tag, "Key"),
				 member(tag, "Value"));
		else
			json_object_del(sub(f->tags, member(in, "ResourceId")),
					json_string_value(tag));
	}
	return json_object();
}

static json_t *targets_list(struct fake_aws *f, const json_t *in)
{
	json_t *list = json_array(), *value;
	const char *target;

	json_object_foreach(sub(f->attached, member(in, "PolicyId")), target, value)
	    json_array_append_new(list, json_pack("{s:s}", "TargetId", target));
	return json_pack("{s:o}", "Targets", list);
}

static json_t *attachment_write(struct fake_aws *f, const json_t *in, bool add, const char **code)
{
	json_t *targets = sub(f->attached, member(in, "PolicyId"));
	bool is = json_object_get(targets, member(in, "TargetId")) != NULL;

	if (is == add)
		return refuse(code, add ? "DuplicatePolicyAttachmentException"
					: "PolicyNotAttachedException");
	if (add)
		json_object_set_new(targets, member(in, "TargetId"), json_true());
	else
		json_object_del(targets, member(in, "TargetId"));
	return json_object();
}

static json_t *act(struct fake_aws *f, const char *op, const json_t *in, const char **code)
{
	if (strcmp(op, "CreateOrganizationalUnit") == 0)
		return unit_create(f, in, code);
	if (strcmp(op, "ListOrganizationalUnitsForParent") == 0)
		return list_of(f->units, "ParentId", member(in, "ParentId"), "OrganizationalUnits");
	if (strcmp(op, "MoveAccount") == 0)
		return account_move(f, in, code);
	if (strcmp(op, "ListParents") == 0)
		return parents_list(f, in);
	if (strcmp(op, "ListAccounts") == 0)
		return accounts_list(f);
	if (strcmp(op, "CreateAccount") == 0)
		return account_create(f, in);
	if (strcmp(op, "DescribeCreateAccountStatus") == 0)
		return creation_describe(f, in, code);
	if (strcmp(op, "ListCreateAccountStatus") == 0)
		return list_of(f->creations, "State", "IN_PROGRESS", "CreateAccountStatuses");
	if (strcmp(op, "TagResource") == 0 || strcmp(op, "UntagResource") == 0)
		return tag_write(f, in, op[0] == 'T');
	if (strcmp(op, "ListTagsForResource") == 0)
		return tags_list(f, in);
	if (strcmp(op, "AttachPolicy") == 0 || strcmp(op, "DetachPolicy") == 0)
		return attachment_write(f, in, op[0] == 'A', code);
	if (strcmp(op, "ListTargetsForPolicy") == 0)
		return targets_list(f, in);
	if (f->other != NULL)
		return f->other(f, op, in, code);
	return refuse(code, "InvalidAction");
}

static bool op_reads(const char *op)
{
	return strncmp(op, "List", 4) == 0 || strncmp(op, "Describe", 8) == 0 ||
	       strncmp(op, "Get", 3) == 0;
}

/* The form of a request in the Query protocol names its operation first or later; NULL: none. */
static const char *form_op(const struct http_request *r, char op[64])
{
	const char *at = r->body == NULL ? NULL : memmem(r->body, r->body_len, "Action=", 7);
	const char *end = (const char *)r->body + r->body_len;
	size_t n = 0;

	if (at == NULL)
		return NULL;
	for (at += 7; at < end && *at != '&' && n < 63; at++)
		op[n++] = *at;
	op[n] = '\0';
	return op;
}

static const char *request_account(const struct http_request *r)
{
	for (size_t i = 0; i < r->headers_n; i++) {
		if (strcasecmp(r->headers[i].name, "x-amz-security-token") == 0)
			return r->headers[i].value;
	}
	return "own";
}

static const char *request_op(const struct http_request *r)
{
	for (size_t i = 0; i < r->headers_n; i++) {
		if (strcasecmp(r->headers[i].name, "x-amz-target") == 0)
			return strchr(r->headers[i].value, '.') + 1;
	}
	return "";
}

/* IAM speaks forms and XML. */
static void iam_user(const struct fake_aws *f, struct buf *out, const char *name)
{
	bool attached = f->attached_to_alice && strcmp(name, "alice") == 0;

	buf_printf(
	    out,
	    "<member><UserName>%s</UserName><Path>/</Path>"
	    "<Arn>arn:aws:iam::" FAKE_MANAGEMENT ":user/%s</Arn><GroupList/><Tags/>"
	    "<AttachedManagedPolicies>%s</AttachedManagedPolicies></member>",
	    name, name,
	    attached ? "<member><PolicyName>p</PolicyName><PolicyArn>arn:aws:iam::" FAKE_MANAGEMENT
		       ":policy/p</PolicyArn></member>"
		     : "");
}

static void iam_details(const struct fake_aws *f, struct buf *out, const char *form)
{
	buf_puts(out, "<UserDetailList>");
	if (strstr(form, "Filter.member.1=User") != NULL) {
		iam_user(f, out, "alice");
		iam_user(f, out, "bob");
	}
	buf_puts(out, "</UserDetailList><GroupDetailList/><Policies>");
	if (f->policy && strstr(form, "Filter.member.1=LocalManagedPolicy") != NULL)
		buf_puts(out, "<member><PolicyName>p</PolicyName><PolicyId>x</PolicyId>"
			      "<Arn>arn:aws:iam::" FAKE_MANAGEMENT ":policy/p</Arn><Path>/</Path>"
			      "<DefaultVersionId>v1</DefaultVersionId><PolicyVersionList><member>"
			      "<VersionId>v1</VersionId><IsDefaultVersion>true</IsDefaultVersion>"
			      "<Document>%7B%22Statement%22%3A%5B%5D%7D</Document>"
			      "<CreateDate>2026-01-01T00:00:00Z</CreateDate></member>"
			      "</PolicyVersionList></member>");
	buf_puts(out, "</Policies><IsTruncated>false</IsTruncated>");
}

/* The token of a session is the account's id. */
static void session_answer(struct buf *out, const char *form)
{
	const char *account = strstr(form, "iam%3A%3A");

	buf_printf(out,
		   "<Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s"
		   "</SecretAccessKey><SessionToken>%.12s</SessionToken><Expiration>"
		   "2099-01-01T00:00:00Z</Expiration></Credentials>",
		   account == NULL ? "" : account + strlen("iam%3A%3A"));
}

static void iam_answer(struct fake_aws *f, const char *op, const char *form, struct buf *out)
{
	buf_printf(out, "<%sResponse><%sResult>", op, op);
	if (strcmp(op, "GetAccountAuthorizationDetails") == 0)
		iam_details(f, out, form);
	else if (strcmp(op, "AssumeRole") == 0)
		session_answer(out, form);
	else
		json_array_append_new(f->log, json_string(op));
	if (strcmp(op, "DetachUserPolicy") == 0)
		f->attached_to_alice = false;
	if (strcmp(op, "DeletePolicy") == 0)
		f->policy = false;
	buf_printf(out,
		   "</%sResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
		   "</%sResponse>",
		   op, op);
}

static void iam_refuse(struct buf *out, const char *code)
{
	buf_printf(out,
		   "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>because"
		   "</Message></Error><RequestId>r</RequestId></ErrorResponse>",
		   code);
}

static const struct fault *fault_of(const struct fake_aws *f, const char *op, unsigned nth)
{
	static const struct fault none = {.kind = FAULT_NONE};

	for (size_t i = 0; i < sizeof f->fault / sizeof f->fault[0]; i++) {
		const struct fault *fault = &f->fault[i];

		if (fault->op != NULL && strcmp(fault->op, op) == 0 && nth >= fault->nth &&
		    nth <= (fault->until > 0 ? fault->until : fault->nth))
			return fault;
	}
	return &none;
}

static json_t *perform(struct fake_aws *f, const char *op, const json_t *in, const char **code)
{
	json_t *reply = act(f, op, in, code);
	auto_free char *text = json_dumps(in, JSON_COMPACT | JSON_SORT_KEYS);

	if (reply != NULL && !op_reads(op))
		json_array_append_new(f->log, json_sprintf("%s %s", op, text));
	return reply;
}

static void answer(struct fake_aws *f, struct http_request *r)
{
	char form[64];
	const char *iam = *request_op(r) == '\0' ? form_op(r, form) : NULL;
	const char *op = iam != NULL ? iam : request_op(r), *code = NULL;
	unsigned nth = fake_count(f, op) + 1;
	const struct fault *fault = fault_of(f, op, nth);
	struct http_response response = {.outcome = HTTP_REPLIED, .status = 200};
	json_auto_t *in = json_loadb(r->body, r->body_len, 0, NULL), *out = NULL;
	auto_free char *text = NULL;

	json_object_set_new(f->counts, op, json_integer(nth));
	if (f->before != NULL)
		f->before(f, op);
	if (iam == NULL && (fault->kind == FAULT_NONE || fault->kind == FAULT_LOST_AFTER ||
			    fault->kind == FAULT_REFUSED_DONE))
		out = perform(f, op, in, &code);
	if (fault->kind == FAULT_REFUSED || fault->kind == FAULT_REFUSED_DONE)
		code = fault->code;
	if (code != NULL) {
		json_decref(out);
		out = json_pack("{s:s, s:s}", "__type", code, "message", "because");
		response.status = 400;
	}
	response.body = BUF_INIT(1u << 20);
	response.headers = BUF_INIT(1024);
	buf_puts(&response.headers, "content-type: application/x-amz-json-1.1\n"
				    "x-amzn-requestid: 11111111-aaaa\n");
	if (fault->kind == FAULT_LOST_BEFORE || fault->kind == FAULT_LOST_AFTER) {
		response.outcome = HTTP_LOST;
		response.message = "the connection was reset";
	} else if (iam != NULL) {
		auto_free char *all = strndup(r->body, r->body_len);

		json_array_append_new(f->forms, json_sprintf("%s %s", request_account(r), all));
		if (code != NULL)
			iam_refuse(&response.body, code);
		else
			iam_answer(f, op, all, &response.body);
	} else {
		text = json_dumps(out, JSON_COMPACT);
		buf_puts(&response.body, text);
	}
	r->done(r, &response);
	buf_free(&response.body);
	buf_free(&response.headers);
}

static void fake_send(struct transport *t, struct http_request *r)
{
	struct fake_aws *f = (struct fake_aws *)t;
	unsigned writes = 0;

	charter_assert(f->queued < sizeof f->queue / sizeof f->queue[0]);
	f->queue[f->queued++] = r;
	for (size_t i = 0; i < f->queued; i++)
		writes += !op_reads(request_op(f->queue[i]));
	if (writes > f->writes_max)
		f->writes_max = writes;
}

static void fake_wait(struct transport *t, int64_t until_us)
{
	struct fake_aws *f = (struct fake_aws *)t;
	struct http_request *r = f->queue[0];

	if (f->queued == 0 || f->now_us + REPLY_US > until_us) {
		charter_assert(until_us != INT64_MAX);
		if (until_us > f->now_us)
			f->now_us = until_us;
		return;
	}
	f->now_us += REPLY_US;
	f->queued--;
	memmove(f->queue, f->queue + 1, f->queued * sizeof f->queue[0]);
	answer(f, r);
}

static void fake_cancel(struct transport *t, struct http_request *r)
{
	(void)t;
	(void)r;
}

unsigned fake_count(const struct fake_aws *f, const char *op)
{
	return (unsigned)json_integer_value(json_object_get(f->counts, op));
}

void fake_aws_init(struct fake_aws *f)
{
	*f = (struct fake_aws){
	    .transport = {.send = fake_send, .wait = fake_wait, .cancel = fake_cancel},
	    .clock = {.now_us = fake_now, .mono_us = fake_mono},
	    .units = json_object(),
	    .accounts = json_object(),
	    .creations = json_object(),
	    .tags = json_object(),
	    .attached = json_object(),
	    .counts = json_object(),
	    .log = json_array(),
	    .forms = json_array(),
	    .policy = true,
	    .attached_to_alice = true,
	};
}

void fake_aws_free(struct fake_aws *f)
{
	json_decref(f->units);
	json_decref(f->accounts);
	json_decref(f->creations);
	json_decref(f->tags);
	json_decref(f->attached);
	json_decref(f->counts);
	json_decref(f->log);
	json_decref(f->forms);
}

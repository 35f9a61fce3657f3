/* The crawl against canned replies: what is recorded, what is asked for, and what is not whole. */
#include "aws/wire.h"
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

/* The answer to an operation whose request body holds `with`; the first that fits. */
struct rule {
	const char *op, *with;
	int status; /* 0: 200 */
	const char *body;
};

struct server {
	struct transport transport;
	struct clock clock;
	struct random_seeded random;
	struct env env;
	struct loop *loop;
	struct client *client;
	int64_t mono_us;
	const struct rule *rules, *more; /* more: before rules; both end with op NULL */
	bool backwards;                  /* the newest request is answered first */
	VEC(struct http_request *) queue;
	struct buf asked; /* "OP BODY\n" of each request */
};

struct reading {
	struct server *server;
	struct arena *arena;
	struct side *side;
	struct crawl *crawl;
};

static struct server *server_of(struct clock *clock)
{
	return (struct server *)((char *)clock - offsetof(struct server, clock));
}

static int64_t fake_now(struct clock *clock)
{
	return 1795309323000000LL + server_of(clock)->mono_us;
}

static int64_t fake_mono(struct clock *clock)
{
	return server_of(clock)->mono_us;
}

static const char *fake_getenv(const char *name)
{
	if (strcmp(name, "AWS_ACCESS_KEY_ID") == 0)
		return "AKIDEXAMPLE";
	return strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0 ? "secret" : NULL;
}

static void fake_send(struct transport *transport, struct http_request *request)
{
	struct server *s = (struct server *)transport;

	vec_push(&s->queue, request);
}

static void fake_cancel(struct transport *transport, struct http_request *request)
{
	(void)transport;
	(void)request;
}

/* The operation: from the target header, or the form's Action. */
static char *request_op(const struct http_request *request, const char *body)
{
	const char *action = strstr(body, "Action=");

	for (size_t i = 0; i < request->headers_n; i++) {
		if (strcmp(request->headers[i].name, "x-amz-target") == 0)
			return xstrdup(strrchr(request->headers[i].value, '.') + 1);
	}
	assert_non_null(action);
	return xasprintf("%.*s", (int)strcspn(action + 7, "&"), action + 7);
}

static const struct rule *rule_find(const struct rule *rules, const char *op, const char *body)
{
	for (; rules != NULL && rules->op != NULL; rules++) {
		if (strcmp(rules->op, op) == 0 &&
		    (rules->with == NULL || strstr(body, rules->with) != NULL))
			return rules;
	}
	return NULL;
}

static void fake_answer(struct server *s, struct http_request *request)
{
	auto_free char *body = xasprintf("%.*s", (int)request->body_len, (char *)request->body);
	auto_free char *op = request_op(request, body);
	const struct rule *rule = rule_find(s->more, op, body);
	struct http_response response = {
	    .outcome = HTTP_REPLIED, .headers = BUF_INIT(1 << 10), .body = BUF_INIT(1 << 20)};

	if (rule == NULL)
		rule = rule_find(s->rules, op, body);
	if (rule == NULL)
		fail_msg("no answer for %s %s", op, body);
	buf_printf(&s->asked, "%s %s\n", op, body);
	response.status = rule->status == 0 ? 200 : rule->status;
	buf_puts(&response.body, rule->body);
	request->done(request, &response);
	buf_free(&response.body);
}

static void fake_wait(struct transport *transport, int64_t until_us)
{
	struct server *s = (struct server *)transport;
	struct http_request *request;

	if (s->queue.n == 0) {
		assert_true(until_us < INT64_MAX);
		if (until_us > s->mono_us)
			s->mono_us = until_us;
		return;
	}
	s->mono_us += 1000;
	request = s->backwards ? s->queue.at[s->queue.n - 1] : s->queue.at[0];
	s->queue.n--;
	if (!s->backwards)
		memmove(s->queue.at, s->queue.at + 1, s->queue.n * sizeof(*s->queue.at));
	fake_answer(s, request);
}

static struct reading *reading_new(const struct rule *rules, const struct rule *more)
{
	struct reading *r = xcalloc(1, sizeof(*r));
	struct server *s = xcalloc(1, sizeof(*s));
	auto_error err = {0};

	s->transport =
	    (struct transport){.send = fake_send, .wait = fake_wait, .cancel = fake_cancel};
	s->clock = (struct clock){.now_us = fake_now, .mono_us = fake_mono};
	random_seed(&s->random, 7);
	s->env = (struct env){.clock = &s->clock,
			      .random = &s->random.base,
			      .transport = &s->transport,
			      .getenv = fake_getenv};
	s->rules = rules;
	s->more = more;
	s->asked = BUF_INIT(1 << 20);
	s->mono_us = 1000000;
	s->loop = loop_new(&s->clock, &s->transport);
	assert_int_equal(
	    client_new(&s->client, &s->env, s->loop, &(struct client_options){0}, &err), 0);
	r->server = s;
	r->arena = arena_new();
	r->side = side_new(r->arena);
	r->side->world.partition = text_str(r->arena, "aws");
	r->side->world.caller_account = text_str(r->arena, "111111111111");
	r->crawl = crawl_new(s->client, r->side);
	return r;
}

static void reading_run(struct reading *r)
{
	const struct text *clash;

	wires_read(r->crawl);
	crawl_run(r->crawl, r->server->loop);
	side_finish(r->side, &clash);
	assert_null(clash);
}

static void reading_free(struct reading *r)
{
	crawl_free(r->crawl);
	client_free(r->server->client);
	loop_free(r->server->loop);
	free(r->server->queue.at);
	buf_free(&r->server->asked);
	free(r->server);
	side_free(r->side);
	arena_free(r->arena);
	free(r);
}

static void value_print(struct buf *out, const struct value *v)
{
	if (v->state == VALUE_TEXT)
		buf_puts(out, v->u.text->s);
	else if (v->state == VALUE_NONE)
		buf_puts(out, "none");
	for (uint32_t i = 0; v->state == VALUE_SET && i < v->u.set->n; i++) {
		const struct item *item = &v->u.set->item[i];

		buf_printf(out, "%s%s", i == 0 ? "[" : ", ", item->key->s);
		if (item->value != NULL)
			buf_printf(out, ": %s", item->value->s);
	}
	if (v->state == VALUE_SET)
		buf_puts(out, v->u.set->n == 0 ? "[]" : "]");
}

/* A line a resource: address, id, and what was read. */
static void side_print(const struct side *side, struct buf *out)
{
	for (size_t i = 0; i < side->all.n; i++) {
		const struct resource *r = side->all.at[i];

		buf_printf(out, "%s", r->address->s);
		if (r->id != NULL)
			buf_printf(out, " #%s", r->id->s);
		for (uint16_t a = 0; a < kinds[r->kind]->attrs; a++) {
			if (r->v[a].state == VALUE_UNSET)
				continue;
			buf_printf(out, " %s=", kinds[r->kind]->attr[a].name);
			value_print(out, &r->v[a]);
		}
		buf_printf(out, "%s\n", r->flags & RES_FOREIGN ? " foreign" : "");
	}
}

static void assert_side(const struct side *side, const char *want)
{
	auto_buf out = BUF_INIT(1 << 20);

	side_print(side, &out);
	assert_string_equal(buf_str(&out), want);
}

static unsigned asked_count(const struct reading *r, const char *what)
{
	unsigned n = 0;

	for (const char *at = buf_str(&r->server->asked); (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static void assert_scope(const struct reading *r, const char *name, enum scope_state state)
{
	if (side_scope_state(r->side, name) != state)
		fail_msg("scope %s is %d", name, side_scope_state(r->side, name));
}

#define DENY                                                                                       \
	"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":{\\\"Effect\\\":\\\"Deny\\\","      \
	"\\\"Action\\\":[\\\"a:b\\\"],\\\"Resource\\\":\\\"*\\\"}}"
#define FORM_DENY                                                                                  \
	"%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Deny%22"  \
	"%2C%22Action%22%3A%22a%3Ab%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D"
#define DENIED "{\"__type\":\"AccessDeniedException\",\"Message\":\"no\"}"

/* Without Paths and with small pages, as moto answers. */
static const struct rule plain[] = {
    {"DescribeOrganization", NULL, 0,
     "{\"Organization\":{\"Id\":\"o-1\",\"MasterAccountId\":\"111111111111\",\"FeatureSet\":"
     "\"ALL\"}}"},
    {"ListRoots", NULL, 0,
     "{\"Roots\":[{\"Id\":\"r-1\",\"PolicyTypes\":[{\"Type\":\"SERVICE_CONTROL_POLICY\","
     "\"Status\":\"ENABLED\"}]}]}"},
    {"ListAccounts", "NextToken", 0,
     "{\"Accounts\":[{\"Id\":\"222222222222\",\"Name\":\"audit\",\"Email\":\"Audit@Example.com\","
     "\"Status\":\"SUSPENDED\",\"State\":\"ACTIVE\",\"JoinedMethod\":\"CREATED\","
     "\"JoinedTimestamp\":1795309323.5}]}"},
    {"ListAccounts", NULL, 0,
     "{\"Accounts\":[{\"Id\":\"111111111111\",\"Name\":\"main\",\"Email\":\"main@example.com\","
     "\"Status\":\"ACTIVE\"}],\"NextToken\":\"t\"}"},
    {"ListAccountsForParent", "r-1", 0,
     "{\"Accounts\":[{\"Id\":\"111111111111\",\"Name\":\"main\",\"Email\":\"main@example.com\","
     "\"Status\":\"ACTIVE\"}]}"},
    {"ListAccountsForParent", "ou-b", 0,
     "{\"Accounts\":[{\"Id\":\"222222222222\",\"Name\":\"audit\",\"Email\":\"audit@example.com\","
     "\"State\":\"ACTIVE\",\"JoinedMethod\":\"CREATED\",\"JoinedTimestamp\":1795309323.5}]}"},
    {"ListAccountsForParent", NULL, 0, "{\"Accounts\":[]}"},
    {"ListOrganizationalUnitsForParent", "r-1", 0,
     "{\"OrganizationalUnits\":[{\"Id\":\"ou-a\",\"Name\":\"Security\"}]}"},
    {"ListOrganizationalUnitsForParent", "ou-a", 0,
     "{\"OrganizationalUnits\":[{\"Id\":\"ou-b\",\"Name\":\"Deep\"}]}"},
    {"ListOrganizationalUnitsForParent", NULL, 0, "{\"OrganizationalUnits\":[]}"},
    {"ListPolicies", "TAG_POLICY", 0, "{\"Policies\":[]}"},
    {"ListPolicies", NULL, 0,
     "{\"Policies\":[{\"Id\":\"p-FullAWSAccess\",\"Name\":\"FullAWSAccess\",\"Type\":"
     "\"SERVICE_CONTROL_POLICY\",\"AwsManaged\":true},{\"Id\":\"p-1\",\"Name\":\"deny\",\"Type\":"
     "\"SERVICE_CONTROL_POLICY\",\"Description\":\"d\",\"AwsManaged\":false}]}"},
    {"DescribePolicy", NULL, 0,
     "{\"Policy\":{\"PolicySummary\":{\"Id\":\"p-1\",\"Name\":\"deny\",\"Type\":"
     "\"SERVICE_CONTROL_POLICY\"},\"Content\":\"" DENY "\"}}"},
    {"ListTargetsForPolicy", "p-1", 0,
     "{\"Targets\":[{\"TargetId\":\"r-1\"},{\"TargetId\":\"ou-b\"},{\"TargetId\":\"ou-gone\"},"
     "{\"TargetId\":\"222222222222\"}]}"},
    {"ListTargetsForPolicy", "p-FullAWSAccess", 0, "{\"Targets\":[{\"TargetId\":\"ou-a\"}]}"},
    {"ListTagsForResource", "r-1", 0,
     "{\"Tags\":[{\"Key\":\"charter:applied/main\",\"Value\":\"c t\"}]}"},
    {"ListTagsForResource", "ou-a", 0, "{\"Tags\":[{\"Key\":\"k\",\"Value\":\"\"}]}"},
    {"ListTagsForResource", NULL, 0, "{\"Tags\":[]}"},
    {"ListAWSServiceAccessForOrganization", NULL, 0,
     "{\"EnabledServicePrincipals\":[{\"ServicePrincipal\":\"config.amazonaws.com\"},"
     "{\"ServicePrincipal\":\"sso.amazonaws.com\"}]}"},
    {"ListDelegatedAdministrators", "config", 0,
     "{\"DelegatedAdministrators\":[{\"Id\":\"222222222222\"}]}"},
    {"ListDelegatedAdministrators", "sso", 0, "{\"DelegatedAdministrators\":[]}"},
    {"ListDelegatedAdministrators", NULL, 0,
     "{\"DelegatedAdministrators\":[{\"Id\":\"222222222222\"}]}"},
    {"GetAccountAuthorizationDetails", NULL, 0,
     "<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult>"
     "<IsTruncated>false</IsTruncated><UserDetailList><member><UserName>ann</UserName>"
     "<Path>/</Path><Arn>arn:aws:iam::111111111111:user/ann</Arn>"
     "<CreateDate>2026-01-02T03:04:05.678Z</CreateDate><GroupList><member>devs</member>"
     "</GroupList><AttachedManagedPolicies><member><PolicyName>ReadOnlyAccess</PolicyName>"
     "<PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess</PolicyArn></member><member>"
     "<PolicyArn>arn:aws:iam::111111111111:policy/team/own</PolicyArn></member>"
     "</AttachedManagedPolicies><UserPolicyList><member><PolicyName>in</PolicyName>"
     "<PolicyDocument>" FORM_DENY "</PolicyDocument></member></UserPolicyList>"
     "<PermissionsBoundary><PermissionsBoundaryArn>arn:aws:iam::111111111111:policy/team/own"
     "</PermissionsBoundaryArn></PermissionsBoundary><Tags><member><Key>t</Key><Value>v</Value>"
     "</member></Tags></member></UserDetailList><GroupDetailList><member>"
     "<GroupName>devs</GroupName><Path>/</Path><Arn>arn:aws:iam::111111111111:group/devs</Arn>"
     "<AttachedManagedPolicies/><GroupPolicyList/></member></GroupDetailList><Policies><member>"
     "<Arn>arn:aws:iam::111111111111:policy/team/own</Arn><Path>/team/</Path>"
     "<PolicyVersionList><member><VersionId>v2</VersionId><IsDefaultVersion>true"
     "</IsDefaultVersion><Document>" FORM_DENY "</Document></member><member>"
     "<VersionId>v1</VersionId><IsDefaultVersion>false</IsDefaultVersion></member>"
     "</PolicyVersionList></member></Policies></GetAccountAuthorizationDetailsResult>"
     "</GetAccountAuthorizationDetailsResponse>"},
    {"ListPolicyTags", NULL, 0,
     "<ListPolicyTagsResponse><ListPolicyTagsResult><Tags/></ListPolicyTagsResult>"
     "</ListPolicyTagsResponse>"},
    {NULL, NULL, 0, NULL},
};

#define CANON_DENY                                                                                 \
	"{\"Statement\":[{\"Action\":\"a:b\",\"Effect\":\"Deny\",\"Resource\":\"*\"}],"            \
	"\"Version\":\"2012-10-17\"}"

static const char plain_side[] =
    "account/~111111111111 #111111111111 name=main email=main@example.com unit=root policies=[] "
    "tags=[] state=ACTIVE\n"
    "account/~222222222222 #222222222222 name=audit email=audit@example.com unit=unit/~ou-b "
    "policies=[policy/~p-1] tags=[] state=ACTIVE\n"
    "delegated_administrator/config.amazonaws.com/~222222222222 "
    "#config.amazonaws.com/222222222222 service=config.amazonaws.com "
    "account=account/~222222222222\n"
    "iam_group/~111111111111/devs #arn:aws:iam::111111111111:group/devs name=devs "
    "account=account/~111111111111 path=/ managed_policies=[] inline_policies=[]\n"
    "iam_policy/~111111111111/own #arn:aws:iam::111111111111:policy/team/own name=own "
    "account=account/~111111111111 path=/team/ description= document=" CANON_DENY " tags=[]\n"
    "iam_user/~111111111111/ann #arn:aws:iam::111111111111:user/ann name=ann "
    "account=account/~111111111111 path=/ groups=[iam_group/~111111111111/devs] "
    "managed_policies=[arn:aws:iam::aws:policy/ReadOnlyAccess, iam_policy/~111111111111/own] "
    "inline_policies=[in: " CANON_DENY "] permissions_boundary=iam_policy/~111111111111/own "
    "tags=[t: v]\n"
    "organization #o-1 feature_set=ALL policy_types=[SERVICE_CONTROL_POLICY] "
    "trusted_services=[config.amazonaws.com, sso.amazonaws.com] policies=[policy/~p-1] "
    "tags=[charter:applied/main: c t]\n"
    "policy/FullAWSAccess #p-FullAWSAccess name=FullAWSAccess type=SERVICE_CONTROL_POLICY "
    "description= foreign\n"
    "policy/~p-1 #p-1 name=deny type=SERVICE_CONTROL_POLICY description=d document=" CANON_DENY
    " tags=[]\n"
    "unit/~ou-a #ou-a name=Security parent=root policies=[] tags=[k: ]\n"
    "unit/~ou-b #ou-b name=Deep parent=unit/~ou-a policies=[policy/~p-1] tags=[]\n";

static void test_everything(void **state)
{
	struct reading *r = reading_new(plain, NULL);

	(void)state;
	reading_run(r);
	assert_side(r->side, plain_side);
	for (size_t i = 0; i < r->side->scopes.n; i++)
		assert_int_equal(r->side->scopes.at[i].state, SCOPE_WHOLE);
	assert_scope(r, "iam/111111111111/tags", SCOPE_WHOLE);
	assert_scope(r, "policies/SERVICE_CONTROL_POLICY", SCOPE_WHOLE);
	assert_int_equal(asked_count(r, "ListTargetsForPolicy"), 1);
	assert_int_equal(asked_count(r, "DescribePolicy"), 1);
	assert_int_equal(asked_count(r, "ListAccountsForParent"), 3);
	assert_int_equal(asked_count(r, "ListParents"), 0);
	assert_string_equal(
	    side_find(r->side, text_str(r->arena, "iam_policy/~111111111111/own"))->aux->s,
	    "{\"versions\":[{\"created\":\"\",\"default\":true,\"id\":\"v2\"},"
	    "{\"created\":\"\",\"default\":false,\"id\":\"v1\"}]}");
	assert_string_equal(
	    side_find(r->side, text_str(r->arena, "iam_user/~111111111111/ann"))->created->s,
	    "2026-01-02T03:04:05Z");
	reading_free(r);
}

/* Replies in any order give the same reading. */
static void test_order(void **state)
{
	struct reading *r = reading_new(plain, NULL);

	(void)state;
	r->server->backwards = true;
	reading_run(r);
	assert_side(r->side, plain_side);
	reading_free(r);
}

/* Declared types and services are read beside what is enabled; FullAWSAccess where it matters. */
static void test_hints(void **state)
{
	static const struct rule more[] = {
	    {"ListDelegatedAdministrators", "ram", 0, "{\"DelegatedAdministrators\":[]}"},
	    {NULL, NULL, 0, NULL}};
	struct reading *r = reading_new(plain, more);
	struct item type = {text_str(r->arena, "TAG_POLICY"), NULL};
	struct item service = {text_str(r->arena, "ram.amazonaws.com"), NULL};
	const struct resource *unit;

	(void)state;
	r->crawl->policy_types = set_make(r->arena, &type, 1, NULL);
	r->crawl->services = set_make(r->arena, &service, 1, NULL);
	r->crawl->allow_list = true;
	reading_run(r);
	assert_scope(r, "policies/TAG_POLICY", SCOPE_WHOLE);
	assert_int_equal(asked_count(r, "ram.amazonaws.com"), 1);
	unit = side_find(r->side, text_str(r->arena, "unit/~ou-a"));
	assert_string_equal(unit->v[UNIT_POLICIES].u.set->item[0].key->s, "policy/FullAWSAccess");
	reading_free(r);
}

static void test_paths(void **state)
{
	static const struct rule more[] = {
	    {"ListAccounts", NULL, 0,
	     "{\"Accounts\":[{\"Id\":\"222222222222\",\"Name\":\"audit\",\"Email\":\"a@example."
	     "com\","
	     "\"State\":\"ACTIVE\",\"Paths\":[\"o-1/r-1/ou-a/ou-b/222222222222/\"]},"
	     "{\"Id\":\"111111111111\",\"Name\":\"main\",\"Email\":\"m@example.com\","
	     "\"State\":\"ACTIVE\",\"Paths\":[\"o-1/r-1/111111111111/\"]}]}"},
	    {NULL, NULL, 0, NULL}};
	struct reading *r = reading_new(plain, more);
	const struct resource *account;

	(void)state;
	reading_run(r);
	assert_int_equal(asked_count(r, "ListAccountsForParent"), 0);
	account = side_find(r->side, text_str(r->arena, "account/~222222222222"));
	assert_string_equal(account->v[ACCOUNT_UNIT].u.text->s, "unit/~ou-b");
	account = side_find(r->side, text_str(r->arena, "account/~111111111111"));
	assert_string_equal(account->v[ACCOUNT_UNIT].u.text->s, "root");
	reading_free(r);
}

/* Each refusal spoils what rests on it, and nothing else. */
static void test_partial(void **state)
{
	static const struct {
		const char *op, *with, *partial, *whole;
	} cases[] = {
	    {"ListTargetsForPolicy", NULL, "attachments", "units"},
	    {"DescribePolicy", NULL, "policies", "units"},
	    {"ListTagsForResource", "ou-b", "tags/unit", "tags/account"},
	    {"ListAccountsForParent", "ou-b", "accounts", "units"},
	    {"ListOrganizationalUnitsForParent", "ou-a", "units", "organization"},
	    {"ListAWSServiceAccessForOrganization", NULL, "delegated_administrators", "units"},
	    {"ListDelegatedAdministrators", "sso", "delegated_administrators", "access"},
	    {"DescribeOrganization", NULL, "units", "iam/111111111111"},
	    {"ListRoots", NULL, "policies", "iam/111111111111"},
	    {"ListTagsForResource", "r-1", "organization", "units"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule more[] = {{cases[i].op, cases[i].with, 400, DENIED},
				      {NULL, NULL, 0, NULL}};
		struct reading *r = reading_new(plain, more);

		reading_run(r);
		assert_scope(r, cases[i].partial, SCOPE_PARTIAL);
		assert_scope(r, cases[i].whole, SCOPE_WHOLE);
		assert_int_equal(r->side->scopes.at[0].state, SCOPE_PARTIAL);
		reading_free(r);
	}
}

static void test_unknown_attachments(void **state)
{
	static const struct rule more[] = {{"ListTargetsForPolicy", NULL, 400, DENIED},
					   {NULL, NULL, 0, NULL}};
	struct reading *r = reading_new(plain, more);

	(void)state;
	reading_run(r);
	for (size_t i = 0; i < r->side->all.n; i++) {
		const struct resource *one = r->side->all.at[i];

		if (one->kind == KIND_UNIT)
			assert_int_equal(one->v[UNIT_POLICIES].state, VALUE_UNSET);
	}
	reading_free(r);
}

/* A listing that shows an account that no parent shows: moved meanwhile. */
static void test_moved_meanwhile(void **state)
{
	static const struct rule more[] = {
	    {"ListAccountsForParent", "ou-b", 0, "{\"Accounts\":[]}"}, {NULL, NULL, 0, NULL}};
	struct reading *r = reading_new(plain, more);
	const struct resource *account;

	(void)state;
	reading_run(r);
	assert_scope(r, "accounts", SCOPE_PARTIAL);
	account = side_find(r->side, text_str(r->arena, "account/~222222222222"));
	assert_int_equal(account->v[ACCOUNT_UNIT].state, VALUE_UNSET);
	reading_free(r);
}

static void test_no_organization(void **state)
{
	static const struct rule more[] = {
	    {"DescribeOrganization", NULL, 400,
	     "{\"__type\":\"AWSOrganizationsNotInUseException\",\"Message\":\"none\"}"},
	    {NULL, NULL, 0, NULL}};
	struct reading *r = reading_new(plain, more);

	(void)state;
	reading_run(r);
	assert_true(r->side->world.no_organization);
	assert_scope(r, "organization", SCOPE_WHOLE);
	assert_scope(r, "units", SCOPE_WHOLE);
	assert_int_equal(asked_count(r, "ListRoots"), 0);
	assert_int_equal(asked_count(r, "\n"), 3); /* the organization, IAM, its policy tags */
	reading_free(r);
}

#define TWO_ROOTS                                                                                  \
	"{\"Roots\":[{\"Id\":\"r-1\",\"PolicyTypes\":[]},{\"Id\":\"r-2\",\"PolicyTypes\":[]}]}"
#define DETAILS(body)                                                                              \
	"<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult>" body      \
	"</GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>"

/* Replies that lack what they must have are no empty readings. */
static void test_bad_replies(void **state)
{
	static const struct {
		const char *op, *body, *scope;
	} cases[] = {
	    {"ListAccounts", "{}", "accounts"},
	    {"ListAccounts", "{\"Accounts\":[{\"Id\":5}]}", "accounts"},
	    {"ListAccounts", "{\"Accounts\":[{\"Id\":\"ou-a\",\"Name\":\"n\"}]}", "accounts"},
	    {"ListOrganizationalUnitsForParent", "{\"OrganizationalUnits\":[[]]}", "units"},
	    {"ListRoots", "{\"Roots\":[]}", "organization"},
	    {"ListRoots", "{\"Roots\":[{\"Id\":\"r-1\"}]}", "organization"},
	    {"ListRoots", TWO_ROOTS, "organization"},
	    {"ListRoots", TWO_ROOTS, "units"},
	    {"ListRoots", TWO_ROOTS, "accounts"},
	    {"ListAccounts", "{\"Accounts\":[]}", "accounts"},
	    {"ListAccountsForParent",
	     "{\"Accounts\":[{\"Id\":\"111111111111\",\"Name\":\"main\",\"Email\":"
	     "\"other@example.com\"}]}",
	     "accounts"},
	    {"ListPolicies", "{\"Policies\":{}}", "policies"},
	    {"DescribePolicy", "{\"Policy\":{}}", "policies"},
	    {"ListTargetsForPolicy", "{\"Targets\":[{}]}", "attachments"},
	    {"ListTagsForResource", "{\"Tags\":[{\"Key\":\"k\"}]}", "tags/unit"},
	    {"GetAccountAuthorizationDetails", "<a><b/></a>", "iam/111111111111"},
	    {"GetAccountAuthorizationDetails", DETAILS("<UserDetailList>x</UserDetailList>"),
	     "iam/111111111111"},
	    {"GetAccountAuthorizationDetails",
	     DETAILS("<GroupDetailList><member><GroupName>devs</GroupName><Arn>arn:aws:iam::"
		     "111111111111:group/devs</Arn><GroupPolicyList>x</GroupPolicyList></member>"
		     "</GroupDetailList>"),
	     "iam/111111111111"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule more[] = {{cases[i].op, NULL, 0, cases[i].body}, {NULL, NULL, 0, NULL}};
		struct reading *r = reading_new(plain, more);

		reading_run(r);
		assert_scope(r, cases[i].scope, SCOPE_PARTIAL);
		reading_free(r);
	}
}

/* A document that is no policy differs from every policy, but is no failure. */
static void test_odd_document(void **state)
{
	static const struct rule more[] = {
	    {"DescribePolicy", NULL, 0,
	     "{\"Policy\":{\"PolicySummary\":{\"Id\":\"p-1\",\"Name\":\"deny\",\"Type\":"
	     "\"SERVICE_CONTROL_POLICY\"},\"Content\":\"not json\"}}"},
	    {NULL, NULL, 0, NULL}};
	struct reading *r = reading_new(plain, more);

	(void)state;
	reading_run(r);
	assert_scope(r, "policies", SCOPE_WHOLE);
	assert_string_equal(
	    side_find(r->side, text_str(r->arena, "policy/~p-1"))->v[POLICY_DOCUMENT].u.text->s,
	    "not json");
	reading_free(r);
}

static const struct text *probe_id(void *ctx, const struct text *address)
{
	return text_is(address, "unit/New") ? text_str(ctx, "ou-new") : NULL;
}

static void probe_done(void *ctx)
{
	*(bool *)ctx = true;
}

/* One probe: the scope's name and what it showed, or that nothing could be asked. */
static void probe_run(struct reading *r, enum op_id op, uint16_t kind, const char *input,
		      const char *use, const char *scope, const char *want)
{
	const struct text *uses[] = {use == NULL ? NULL : text_str(r->arena, use), NULL};
	const struct text *none[] = {NULL}, *name;
	struct fact fact = {.before = value_str(r->arena, "unit/B~ou-b")};
	struct call call = {.op = &ops[op],
			    .input = text_str(r->arena, input),
			    .uses = uses,
			    .frees = none,
			    .fact = &fact,
			    .facts = 1,
			    .under = text_str(r->arena, "ou-a")};
	struct world world = {.caller_account = r->side->world.caller_account,
			      .root_id = text_str(r->arena, "r-1")};
	struct probe_context context = {.id = probe_id, .ctx = r->arena, .world = &world};
	bool done = false;

	wires[kind]->probe(r->crawl, &call, &context, &name);
	crawl_when_done(r->crawl, r->server->loop, probe_done, &done);
	while (!done)
		loop_step(r->server->loop);
	side_finish(r->side, NULL);
	if (scope == NULL) {
		assert_null(name);
	} else {
		assert_string_equal(name->s, scope);
		assert_scope(r, scope, SCOPE_WHOLE);
	}
	assert_side(r->side, want);
	reading_free(r);
}

static void test_probes(void **state)
{
	static const struct rule more[] = {
	    {"ListParents", NULL, 0, "{\"Parents\":[{\"Id\":\"ou-b\"}]}"},
	    {"ListCreateAccountStatus", NULL, 0,
	     "{\"CreateAccountStatuses\":[{\"Id\":\"car-1\",\"AccountName\":\"new\",\"State\":"
	     "\"IN_PROGRESS\"}]}"},
	    {"ListAccounts", NULL, 0, "{\"Accounts\":[]}"},
	    {"DescribePolicy", "p-2", 400,
	     "{\"__type\":\"PolicyNotFoundException\",\"Message\":\"none\"}"},
	    {NULL, NULL, 0, NULL}};

	(void)state;
	probe_run(reading_new(plain, more), OP_ORGANIZATIONS_AttachPolicy, KIND_UNIT,
		  "{\"PolicyId\":\"p-1\",\"TargetId\":\"ou-b\"}", NULL, "attachments",
		  "unit/~ou-b #ou-b policies=[policy/~p-1]\n");
	probe_run(reading_new(plain, more), OP_ORGANIZATIONS_AttachPolicy, KIND_UNIT,
		  "{\"PolicyId\":\"p-1\",\"TargetId\":\"${unit/New.id}\"}", "unit/New",
		  "attachments", "unit/~ou-new #ou-new policies=[]\n");
	probe_run(reading_new(plain, more), OP_ORGANIZATIONS_AttachPolicy, KIND_UNIT,
		  "{\"PolicyId\":\"p-1\",\"TargetId\":\"${unit/Other.id}\"}", "unit/Other", NULL,
		  "");
	probe_run(reading_new(plain, more), OP_ORGANIZATIONS_CreateAccount, KIND_ACCOUNT, "{}",
		  NULL, "accounts", "account/~car-1 name=new state=PENDING\n");
	probe_run(reading_new(plain, more), OP_ORGANIZATIONS_MoveAccount, KIND_ACCOUNT,
		  "{\"AccountId\":\"222222222222\",\"SourceParentId\":\"ou-b\"}", NULL, "accounts",
		  "account/~222222222222 #222222222222 unit=unit/B~ou-b\n");
	probe_run(reading_new(plain, more), OP_ORGANIZATIONS_DeletePolicy, KIND_POLICY,
		  "{\"PolicyId\":\"p-2\"}", NULL, "policies", "");
	probe_run(reading_new(plain, more), OP_ORGANIZATIONS_DeleteOrganizationalUnit, KIND_UNIT,
		  "{\"OrganizationalUnitId\":\"ou-b\"}", NULL, "units",
		  "unit/~ou-b #ou-b name=Deep parent=unit/~ou-a\n");
	probe_run(reading_new(plain, more), OP_ORGANIZATIONS_TagResource, KIND_ORGANIZATION,
		  "{\"ResourceId\":\"r-1\"}", NULL, "organization",
		  "organization tags=[charter:applied/main: c t]\n");
	probe_run(reading_new(plain, more), OP_IAM_TagPolicy, KIND_IAM_POLICY,
		  "{\"PolicyArn\":\"arn:aws:iam::111111111111:policy/team/own\"}", NULL,
		  "iam/111111111111/tags",
		  "iam_policy/~111111111111/own #arn:aws:iam::111111111111:policy/team/own "
		  "name=own account=account/~111111111111 tags=[]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_everything),      cmocka_unit_test(test_order),
	    cmocka_unit_test(test_hints),           cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_partial),         cmocka_unit_test(test_unknown_attachments),
	    cmocka_unit_test(test_moved_meanwhile), cmocka_unit_test(test_no_organization),
	    cmocka_unit_test(test_bad_replies),     cmocka_unit_test(test_odd_document),
	    cmocka_unit_test(test_probes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

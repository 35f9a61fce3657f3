/* Who did it: what events say, which lookups are made, and which event answers what. */
#include "aws/trail_priv.h"

#include "aws/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define NOW_US  1795309323000000LL /* 2026-11-22T01:02:03Z */
#define OWN     "111111111111"
#define DEV     "222222222222"
#define PROD    "333333333333"
#define EAST    "us-east-1"
#define WEST    "eu-west-1"
#define SET_ARN "arn:aws:sso:::permissionSet/ssoins-1/ps-1"

/* A CloudTrail that has what the test puts there. */
struct history {
	struct transport transport; /* first */
	struct clock clock;
	struct random_seeded random;
	struct env env;
	struct loop *loop;
	struct client *client;
	struct arena *arena;
	int64_t mono_us;
	VEC(struct http_request *) queue;
	json_t *events;      /* "ACCOUNT REGION" -> array, newest first */
	const char *denied;  /* this account is not let in */
	const char *refused; /* a lookup of this value is */
	unsigned page;       /* events of one */
	struct buf asked;    /* "ACCOUNT REGION KEY=VALUE\n" of each first page */
	unsigned number;     /* of events */
};

static struct history *history_of(struct clock *clock)
{
	return (struct history *)((char *)clock - offsetof(struct history, clock));
}

static int64_t history_now(struct clock *clock)
{
	return NOW_US + history_of(clock)->mono_us;
}

static int64_t history_mono(struct clock *clock)
{
	return history_of(clock)->mono_us;
}

static const char *history_getenv(const char *name)
{
	if (strcmp(name, "AWS_ACCESS_KEY_ID") == 0)
		return "AKIA" OWN;
	return strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0 ? "secret" : NULL;
}

static void history_send(struct transport *transport, struct http_request *request)
{
	vec_push(&((struct history *)transport)->queue, request);
}

static void history_cancel(struct transport *transport, struct http_request *request)
{
	(void)transport;
	(void)request;
}

static void request_account(const struct http_request *request, char out[13])
{
	for (size_t i = 0; i < request->headers_n; i++) {
		const char *key = strstr(request->headers[i].value, "Credential=AKIA");

		if (key != NULL)
			snprintf(out, 13, "%s", key + strlen("Credential=AKIA"));
	}
	assert_int_equal(strlen(out), 12);
}

static bool event_found(const json_t *event, const char *key, const char *value)
{
	const json_t *resource;
	size_t i;

	if (strcmp(key, "EventName") == 0)
		return strcmp(reply_str(event, "EventName"), value) == 0;
	json_array_foreach(json_object_get(event, "Resources"), i, resource)
	{
		if (strcmp(reply_str(resource, "ResourceName"), value) == 0)
			return true;
	}
	return false;
}

static void lookup_answer(struct history *p, const struct http_request *request, struct buf *out)
{
	json_auto_t *in = json_loadb(request->body, request->body_len, 0, NULL);
	json_auto_t *reply = json_pack("{s:[]}", "Events");
	const json_t *ask = json_array_get(json_object_get(in, "LookupAttributes"), 0);
	const char *key = reply_str(ask, "AttributeKey"), *value = reply_str(ask, "AttributeValue");
	const char *token = reply_str(in, "NextToken");
	char account[13] = "", region[32] = "", place[64], next[16];
	auto_free char *text = NULL;
	size_t i, from = token != NULL ? (size_t)atoi(token) : 0, at = 0;
	json_t *event;

	request_account(request, account);
	assert_int_equal(sscanf(request->url, "https://cloudtrail.%31[^.]", region), 1);
	snprintf(place, sizeof place, "%s %s", account, region);
	if (token == NULL)
		buf_printf(&p->asked, "%s %s=%s\n", place, key, value);
	json_array_foreach(json_object_get(p->events, place), i, event)
	{
		if (json_number_value(json_object_get(event, "EventTime")) <
			json_number_value(json_object_get(in, "StartTime")) ||
		    !event_found(event, key, value) || at++ < from)
			continue;
		if (json_array_size(json_object_get(reply, "Events")) == p->page) {
			snprintf(next, sizeof next, "%zu", at - 1);
			json_object_set_new(reply, "NextToken", json_string(next));
			break;
		}
		json_array_append(json_object_get(reply, "Events"), event);
	}
	text = json_dumps(reply, JSON_COMPACT);
	buf_puts(out, text);
}

static void history_answer(struct history *p, struct http_request *request)
{
	struct http_response response = {.outcome = HTTP_REPLIED,
					 .status = 200,
					 .headers = BUF_INIT(1 << 10),
					 .body = BUF_INIT(1 << 24)};
	char account[13] = "";

	request_account(request, account);
	if (strstr(request->url, "://sts.") != NULL) {
		buf_puts(
		    &response.body,
		    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::" OWN
		    ":user/ci</Arn><Account>" OWN "</Account></GetCallerIdentityResult>"
		    "</GetCallerIdentityResponse>");
	} else if ((p->denied != NULL && strcmp(p->denied, account) == 0) ||
		   (p->refused != NULL && memmem(request->body, request->body_len, p->refused,
						 strlen(p->refused)) != NULL)) {
		response.status = 400;
		buf_puts(&response.body, "{\"__type\":\"AccessDeniedException\",\"message\":"
					 "\"no identity-based policy allows it\"}");
		buf_printf(&p->asked, "%s denied\n", account);
	} else {
		lookup_answer(p, request, &response.body);
	}
	request->done(request, &response);
	buf_free(&response.body);
}

static void history_wait(struct transport *transport, int64_t until_us)
{
	struct history *p = (struct history *)transport;
	struct http_request *request;

	if (p->queue.n == 0) {
		assert_true(until_us < INT64_MAX);
		if (until_us > p->mono_us)
			p->mono_us = until_us;
		return;
	}
	p->mono_us += 1000;
	request = p->queue.at[0];
	p->queue.n--;
	memmove(p->queue.at, p->queue.at + 1, p->queue.n * sizeof *p->queue.at);
	history_answer(p, request);
}

static void history_enter(void *ctx, const char *account, struct account_access *a)
{
	struct history *p = ctx;
	struct credentials *keys = arena_alloc(p->arena, sizeof *keys);

	*keys = (struct credentials){.access_key_id = arena_printf(p->arena, "AKIA%s", account),
				     .secret_access_key = arena_strdup(p->arena, "secret"),
				     .source = arena_strdup(p->arena, "test")};
	*a = (struct account_access){.credentials = keys};
}

static struct history *history_new(void)
{
	struct history *p = xcalloc(1, sizeof *p);
	auto_error err = {0};

	p->transport = (struct transport){
	    .send = history_send, .wait = history_wait, .cancel = history_cancel};
	p->clock = (struct clock){.now_us = history_now, .mono_us = history_mono};
	random_seed(&p->random, 7);
	p->env = (struct env){.clock = &p->clock,
			      .random = &p->random.base,
			      .transport = &p->transport,
			      .getenv = history_getenv};
	p->arena = arena_new();
	p->events = json_object();
	p->page = 50;
	p->asked = BUF_INIT(1 << 20);
	p->mono_us = SECOND_US;
	p->loop = loop_new(&p->clock, &p->transport);
	assert_int_equal(
	    client_new(&p->client, &p->env, p->loop, &(struct client_options){0}, &err), 0);
	client_set_access(p->client, history_enter, p);
	assert_int_equal(client_set_region(p->client, SERVICE_SSO_ADMIN, WEST, &err), 0);
	assert_int_equal(client_call(p->client, OP_STS_GetCallerIdentity, NULL, NULL, NULL, &err),
			 0);
	return p;
}

static void history_free(struct history *p)
{
	client_free(p->client);
	loop_free(p->loop);
	free(p->queue.at);
	buf_free(&p->asked);
	json_decref(p->events);
	arena_free(p->arena);
	free(p);
}

/* An event so many minutes before now; `who` is a session, or "charter" for our own. `request` is
 * JSON with ' in place of ", and so are `resources`, a list of names. */
struct told {
	const char *account, *region, *source, *call, *who;
	int minutes;
	const char *request, *resources;
};

static json_t *quoted(const char *s)
{
	auto_free char *text = xstrdup(s);
	json_t *value;

	for (char *c = text; *c != '\0'; c++)
		*c = *c == '\'' ? '"' : *c;
	value = json_loads(text, JSON_DECODE_ANY, NULL);
	assert_non_null(value);
	return value;
}

static void history_tell(struct history *p, const struct told *t)
{
	char place[64], id[32], time[TIME_RFC3339];
	auto_free char *arn = xasprintf("arn:aws:sts::%s:assumed-role/R/%s", t->account, t->who);
	auto_free char *source = xasprintf("%s.amazonaws.com", t->source);
	auto_free char *text = NULL;
	json_auto_t *names = quoted(t->resources != NULL ? t->resources : "[]");
	json_auto_t *record = NULL;
	json_t *list, *resources = json_array(), *name;
	size_t i;

	snprintf(place, sizeof place, "%s %s", t->account, t->region);
	snprintf(id, sizeof id, "event-%u", ++p->number);
	time_rfc3339(NOW_US - t->minutes * 60 * SECOND_US, time);
	record =
	    json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:{s:s,s:s},s:o}", "eventID", id, "eventTime",
		      time, "eventSource", source, "eventName", t->call, "awsRegion", t->region,
		      "recipientAccountId", t->account, "userAgent",
		      strcmp(t->who, "charter") == 0 ? "charter/1.0" : "aws-cli/2", "userIdentity",
		      "type", "AssumedRole", "arn", arn, "requestParameters", quoted(t->request));
	text = json_dumps(record, 0);
	json_array_foreach(names, i, name)
	{
		json_array_append_new(
		    resources, json_pack("{s:s,s:O}", "ResourceType", "T", "ResourceName", name));
	}
	list = json_object_get(p->events, place);
	if (list == NULL) {
		list = json_array();
		json_object_set_new(p->events, place, list);
	}
	json_array_insert_new(list, 0,
			      json_pack("{s:s,s:s,s:s,s:o,s:s,s:I}", "EventId", id, "EventName",
					t->call, "EventSource", source, "Resources", resources,
					"CloudTrailEvent", text, "EventTime",
					NOW_US / SECOND_US - t->minutes * 60));
}

/* "who call@minutes", or "-". */
static void assert_answer(const struct trail_question *q, const struct trail_answer *a,
			  const char *want)
{
	const struct trail_event *e = q->event == TRAIL_NONE ? NULL : &a->event[q->event];
	auto_free char *got = NULL;

	if (q->event != TRAIL_NONE)
		assert_true(q->event < a->events);
	got = e == NULL ? xstrdup("-")
			: xasprintf("%s %s@%d", e->session, e->call,
				    (int)((NOW_US - e->time_us) / (60 * SECOND_US)));
	assert_string_equal(got, want);
}

static const char *const own_names[] = {"charter", NULL};

static void history_ask(struct history *p, struct trail_question *q, size_t n,
			struct trail_answer *a)
{
	struct trail_options options = {
	    .from_us = NOW_US - 86400 * SECOND_US, .to_us = NOW_US, .own = own_names};
	auto_error err = {0};

	assert_int_equal(trail_ask(p->client, p->loop, p->arena, &options, q, n, a, &err), 0);
}

/* The tables. */

static const struct trail_row *row_of(enum kind_id kind, int attr)
{
	const struct trail_row *row = trail_rows(kind);

	while (row->calls != NULL && row->attr != attr)
		row++;
	return row->calls != NULL ? row : NULL;
}

/* What is part of the address is another resource when it differs. */
static bool attr_drifts(const struct kind *kind, int i)
{
	if ((kind->attr[i].flags & ATTR_LIVE) != 0 || (kind->flags & KIND_EDGE) != 0)
		return false;
	if (kind->address == ADDRESS_ACCOUNT && i == 1)
		return false;
	return i != 0 || (kind->flags & KIND_RENAME) != 0 || kind->address == ADDRESS_SINGLE;
}

static void test_kinds(void **state)
{
	(void)state;
	for (int k = 0; k < KIND_COUNT; k++) {
		const struct kind *kind = kinds[k];

		if ((row_of((enum kind_id)k, TRAIL_RESOURCE) != NULL) != (kind->bare == NULL))
			fail_msg("%s: what makes and ends one", kind->name);
		for (int i = 0; i < kind->attrs; i++) {
			if (attr_drifts(kind, i) && row_of((enum kind_id)k, i) == NULL)
				fail_msg("%s.%s: no call changes it", kind->name,
					 kind->attr[i].name);
		}
		for (const struct trail_row *row = trail_rows((enum kind_id)k); row->calls != NULL;
		     row++) {
			assert_true(row->attr < kind->attrs);
			assert_int_equal(row->service, trail_service((enum kind_id)k));
			assert_null(strstr(row->calls, "  "));
			assert_int_equal(strspn(row->calls, "abcdefghijklmnopqrstuvwxyz"
							    "ABCDEFGHIJKLMNOPQRSTUVWXYZ "),
					 strlen(row->calls));
		}
	}
}

static enum service_id events_of(enum service_id service)
{
	switch (service) {
	case SERVICE_ACCOUNT:
		return SERVICE_ORGANIZATIONS;
	case SERVICE_IDENTITY_STORE:
		return SERVICE_SSO_ADMIN;
	default:
		return service;
	}
}

static bool rows_have(enum service_id service, const char *call)
{
	for (int k = 0; k < KIND_COUNT; k++) {
		for (const struct trail_row *row = trail_rows((enum kind_id)k); row->calls != NULL;
		     row++) {
			auto_free char *names = xasprintf(" %s ", row->calls);
			auto_free char *name = xasprintf(" %s ", call);

			if (row->service == events_of(service) && strstr(names, name) != NULL)
				return true;
		}
	}
	return false;
}

static void test_operations(void **state)
{
	(void)state;
	for (int i = 0; i < OP_COUNT; i++) {
		if (ops[i].mutates && !services[ops[i].service].apart &&
		    !rows_have(ops[i].service, ops[i].name))
			fail_msg("no kind says what %s changes", ops[i].name);
	}
}

/* Events. */

static const struct {
	const char *record, *want;
} corpus[] = {
    /* An IAM user, by the command line. */
    {"{'eventID':'1','eventTime':'2026-11-22T00:00:00Z','eventSource':'iam.amazonaws.com',"
     "'eventName':'AttachRolePolicy','awsRegion':'us-east-1','sourceIPAddress':'198.51.100.7',"
     "'userAgent':'aws-cli/2.15','recipientAccountId':'222222222222','readOnly':false,"
     "'userIdentity':{'type':'IAMUser','arn':'arn:aws:iam::222222222222:user/bob','userName':'bob',"
     "'accessKeyId':'AKIAB'},'requestParameters':{'roleName':'ci','policyArn':'arn:p'}}",
     "iam AttachRolePolicy 222222222222 us-east-1 arn:aws:iam::222222222222:user/bob bob AKIAB "
     "198.51.100.7 aws-cli/2.15 [ci arn:p]"},
    /* A session of a role, and with it of a person of Identity Center. */
    {"{'eventID':'2','eventTime':'2026-11-22T00:00:00Z','eventSource':'sso.amazonaws.com',"
     "'eventName':'CreateAccountAssignment','userAgent':'Mozilla/5.0 (X11)','userIdentity':{"
     "'type':'AssumedRole','arn':'arn:aws:sts::222222222222:assumed-role/AWSReservedSSO_A_1/ann@x',"
     "'onBehalfOf':{'userId':'u-1'}},'requestParameters':{'targetId':'ci'},"
     "'responseElements':{'a':{'b':['arn:p','other']}}}",
     "sso CreateAccountAssignment 999999999999  "
     "arn:aws:sts::222222222222:assumed-role/AWSReservedSSO_A_1/ann@x ann@x   Mozilla/5.0 (X11) "
     "console [ci arn:p]"},
    /* Our own: by both the session and the agent. */
    {"{'eventID':'3','eventTime':'2026-11-22T00:00:00Z','eventSource':'iam.amazonaws.com',"
     "'eventName':'TagRole','userAgent':'charter/0.1','userIdentity':{'type':'AssumedRole',"
     "'arn':'arn:aws:sts::2:assumed-role/R/charter'},'requestParameters':{'roleName':'ci'}}",
     "iam TagRole 999999999999  arn:aws:sts::2:assumed-role/R/charter charter   charter/0.1 own "
     "[ci]"},
    {"{'eventID':'4','eventTime':'2026-11-22T00:00:00Z','eventSource':'iam.amazonaws.com',"
     "'eventName':'TagRole','userAgent':'aws-cli/2','userIdentity':{'type':'AssumedRole',"
     "'arn':'arn:aws:sts::2:assumed-role/R/charter'}}",
     "iam TagRole 999999999999  arn:aws:sts::2:assumed-role/R/charter charter   aws-cli/2 []"},
    {"{'eventID':'5','eventTime':'2026-11-22T00:00:00Z','eventSource':'iam.amazonaws.com',"
     "'eventName':'TagRole','userAgent':'charter/0.1','userIdentity':{'type':'AssumedRole',"
     "'arn':'arn:aws:sts::2:assumed-role/R/mallory'}}",
     "iam TagRole 999999999999  arn:aws:sts::2:assumed-role/R/mallory mallory   charter/0.1 []"},
    /* A user and the root have no session's name: whoever is called so is not us. */
    {"{'eventID':'5a','eventTime':'2026-11-22T00:00:00Z','eventSource':'iam.amazonaws.com',"
     "'eventName':'TagRole','userAgent':'charter/0.1','userIdentity':{'type':'IAMUser',"
     "'arn':'arn:aws:iam::222222222222:user/charter','userName':'charter'}}",
     "iam TagRole 999999999999  arn:aws:iam::222222222222:user/charter charter   charter/0.1 []"},
    {"{'eventID':'5b','eventTime':'2026-11-22T00:00:00Z','eventSource':'iam.amazonaws.com',"
     "'eventName':'TagRole','userAgent':'charter/0.1','userIdentity':{'type':'FederatedUser',"
     "'arn':'arn:aws:sts::2:federated-user/charter','userName':'charter'}}",
     "iam TagRole 999999999999  arn:aws:sts::2:federated-user/charter charter   charter/0.1 []"},
    {"{'eventID':'5c','eventTime':'2026-11-22T00:00:00Z','eventSource':'iam.amazonaws.com',"
     "'eventName':'TagRole','userAgent':'charter/0.1','userIdentity':{'type':'Root',"
     "'arn':'arn:aws:iam::111111111111:root','userName':'charter'}}",
     "iam TagRole 999999999999  arn:aws:iam::111111111111:root root   charter/0.1 []"},
    /* The run itself is this user. */
    {"{'eventID':'5d','eventTime':'2026-11-22T00:00:00Z','eventSource':'iam.amazonaws.com',"
     "'eventName':'TagRole','userAgent':'charter/0.1','userIdentity':{'type':'IAMUser',"
     "'arn':'arn:aws:iam::111111111111:user/ci','userName':'ci'}}",
     "iam TagRole 999999999999  arn:aws:iam::111111111111:user/ci ci   charter/0.1 own []"},
    {"{'eventID':'5e','eventTime':'2026-11-22T00:00:00Z','eventSource':'iam.amazonaws.com',"
     "'eventName':'TagRole','userAgent':'charter/0.1','userIdentity':{'type':'IAMUser',"
     "'arn':'arn:aws:iam::222222222222:user/ci','userName':'ci'}}",
     "iam TagRole 999999999999  arn:aws:iam::222222222222:user/ci ci   charter/0.1 []"},
    /* The root user, in the console. */
    {"{'eventID':'6','eventTime':'2026-11-22T00:00:00Z','eventSource':'account.amazonaws.com',"
     "'eventName':'PutAccountName','sessionCredentialFromConsole':'true','userIdentity':{"
     "'type':'Root','arn':'arn:aws:iam::222222222222:root'}}",
     "account PutAccountName 999999999999  arn:aws:iam::222222222222:root root    console []"},
    /* A service, for itself and for somebody; nobody that is named; a person alone. */
    {"{'eventID':'7','eventTime':'2026-11-22T00:00:00Z','eventSource':'organizations.amazonaws.com'"
     ","
     "'eventName':'CreateAccountResult','userIdentity':{'invokedBy':'AWS Internal'},"
     "'serviceEventDetails':{'createAccountStatus':{'accountId':'ci'}}}",
     "organizations CreateAccountResult 999999999999       by AWS Internal [ci]"},
    {"{'eventID':'8','eventTime':'2026-11-22T00:00:00Z','eventSource':'iam.amazonaws.com',"
     "'eventName':'CreateRole','sourceIPAddress':'cloudformation.amazonaws.com','userIdentity':{"
     "'type':'AssumedRole','arn':'arn:aws:sts::2:assumed-role/R/s',"
     "'invokedBy':'cloudformation.amazonaws.com'}}",
     "iam CreateRole 999999999999  arn:aws:sts::2:assumed-role/R/s s  "
     "cloudformation.amazonaws.com  by cloudformation.amazonaws.com []"},
    {"{'eventID':'9','eventTime':'2026-11-22T00:00:00Z','eventSource':'identitystore.amazonaws.com'"
     ","
     "'eventName':'UpdateUser','userIdentity':{'type':'IdentityCenterUser',"
     "'onBehalfOf':{'userId':'u-1'}},'requestParameters':{'UserId':'ci'}}",
     "identitystore UpdateUser 999999999999  arn:aws:identitystore:::user/u-1 u-1    [ci]"},
    {"{'eventID':'10','eventTime':'2026-11-22T00:00:00Z','eventSource':'iam.amazonaws.com',"
     "'eventName':'TagRole','userIdentity':{'type':'AWSAccount','accountId':'444444444444'},"
     "'requestParameters':{'tags':{'ci':'x'}}}",
     "iam TagRole 999999999999  444444444444     [ci]"},
    /* What makes no sense is nobody's, and is not printed either. */
    {"{'eventID':'11','eventTime':'2026-11-22T00:00:00Z','eventSource':'iam.amazonaws.com',"
     "'eventName':'TagRole','userIdentity':'root','userAgent':7,'requestParameters':['ci',[['ci']],"
     "null,1.5]}",
     "iam TagRole 999999999999       [ci]"},
    /* Failed, read, not an event. */
    {"{'eventID':'12','eventTime':'2026-11-22T00:00:00Z','eventSource':'iam.amazonaws.com',"
     "'eventName':'TagRole','errorCode':'AccessDenied'}",
     NULL},
    {"{'eventID':'13','eventTime':'2026-11-22T00:00:00Z','eventSource':'iam.amazonaws.com',"
     "'eventName':'GetRole','readOnly':true}",
     NULL},
    {"{'eventID':'14','eventSource':'iam.amazonaws.com','eventName':'TagRole'}", NULL},
    {"{'eventID':'15','eventTime':'yesterday','eventSource':'iam.amazonaws.com',"
     "'eventName':'TagRole'}",
     NULL},
    {"{'eventID':16,'eventTime':'2026-11-22T00:00:00Z','eventSource':'iam.amazonaws.com',"
     "'eventName':'TagRole'}",
     NULL},
    {"['eventID']", NULL},
    {"{", NULL},
    {"", NULL},
};

static void event_print(const struct trail_event *e, struct buf *out)
{
	buf_printf(out, "%s %s %s %s %s %s %s %s %s%s%s%s%s [", e->service, e->call, e->account,
		   e->region, e->principal, e->session, e->key, e->address, e->agent,
		   e->console ? " console" : "", e->own ? " own" : "",
		   *e->invoked_by != '\0' ? " by " : "", e->invoked_by);
	for (const char *const *v = e->value; *v != NULL; v++)
		buf_printf(out, "%s%s", v == e->value ? "" : " ", *v);
	buf_puts(out, "]");
}

struct reader {
	struct arena *arena;
	struct map *asked;
	struct trail_options options;
};

static struct reader reader_new(void)
{
	static char ci[] = "ci", policy[] = "arn:p";
	struct reader r = {.arena = arena_new(),
			   .asked = map_new(),
			   .options = {.own = own_names, .caller = "arn:aws:iam::" OWN ":user/ci"}};

	map_put(r.asked, ci, ci);
	map_put(r.asked, policy, policy);
	return r;
}

static void reader_free(struct reader *r)
{
	map_free(r->asked);
	arena_free(r->arena);
}

/* Takes the text of a record, as it stands. */
static bool reader_read(struct reader *r, const char *record, struct trail_event *e)
{
	json_auto_t *event = json_pack("{s:s}", "CloudTrailEvent", record);

	assert_non_null(event);
	return trail_event_read(r->arena, r->asked, &r->options, "999999999999", event, e);
}

static void test_corpus(void **state)
{
	struct reader r = reader_new();

	(void)state;
	for (size_t i = 0; i < sizeof corpus / sizeof *corpus; i++) {
		auto_free char *record = xstrdup(corpus[i].record);
		auto_buf got = BUF_INIT(1 << 16);
		struct trail_event e;

		for (char *c = record; *c != '\0'; c++)
			*c = *c == '\'' ? '"' : *c;
		assert_int_equal(reader_read(&r, record, &e), corpus[i].want != NULL);
		if (corpus[i].want == NULL)
			continue;
		event_print(&e, &got);
		assert_string_equal(buf_str(&got), corpus[i].want);
	}
	reader_free(&r);
}

#define HEAD                                                                                       \
	"{\"eventID\":\"1\",\"eventTime\":\"2026-11-22T00:00:00Z\",\"eventSource\":"               \
	"\"iam.amazonaws.com\",\"eventName\":\"TagRole\",\"requestParameters\":"

static void test_hostile(void **state)
{
	struct reader r = reader_new();
	auto_buf deep = BUF_INIT(1 << 24), deeper = BUF_INIT(1 << 24), wide = BUF_INIT(1 << 24),
		 large = BUF_INIT(1 << 25), name = BUF_INIT(1 << 20);
	struct trail_event e;

	(void)state;
	buf_puts(&deep, HEAD);
	buf_puts(&deeper, HEAD);
	for (int i = 0; i < 100; i++)
		buf_puts(&deep, "[");
	buf_puts(&deep, "\"ci\"");
	for (int i = 0; i < 100; i++)
		buf_puts(&deep, "]");
	buf_puts(&deep, "}");
	for (int i = 0; i < 100000; i++)
		buf_puts(&deeper, "[");
	assert_true(reader_read(&r, buf_str(&deep), &e));
	assert_null(e.value[0]);
	assert_false(reader_read(&r, buf_str(&deeper), &e));
	buf_puts(&wide, HEAD "[");
	for (int i = 0; i < 30000; i++)
		buf_puts(&wide, "0,");
	buf_puts(&wide, "\"ci\"]}");
	assert_true(reader_read(&r, buf_str(&wide), &e));
	assert_null(e.value[0]);
	buf_puts(&large, HEAD "\"");
	for (int i = 0; i < 10 << 10; i++)
		buf_printf(&large, "%01024d", i);
	buf_puts(&large, "\"}");
	assert_int_equal(large.len >> 20, 10);
	assert_false(reader_read(&r, buf_str(&large), &e));
	/* A long name is cut between characters. */
	buf_puts(&name, HEAD "0,\"userAgent\":\"x");
	for (int i = 0; i < 4000; i++)
		buf_puts(&name, "\xc3\xa9");
	buf_puts(&name, "\"}");
	assert_true(reader_read(&r, buf_str(&name), &e));
	assert_int_equal(strlen(e.agent), 1023);
	assert_true(utf8_count(e.agent, strlen(e.agent)) == 512);
	reader_free(&r);
}

/* Which event answers what. */

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NOBODY    ((const char *const[]){NULL})

static void test_match(void **state)
{
	static const struct told told[] = {
	    {OWN, EAST, "organizations", "AttachPolicy", "ann", 90,
	     "{'policyId':'p-1','targetId':'ou-1'}", NULL},
	    {OWN, EAST, "organizations", "AttachPolicy", "bob", 80,
	     "{'policyId':'p-2','targetId':'ou-1'}", NULL},
	    {OWN, EAST, "organizations", "DetachPolicy", "cid", 70,
	     "{'policyId':'p-1','targetId':'ou-1'}", NULL},
	    {OWN, EAST, "organizations", "AttachPolicy", "dan", 60,
	     "{'policyId':'p-1','targetId':'ou-1'}", NULL},
	    {OWN, EAST, "organizations", "DetachPolicy", "eve", 50,
	     "{'policyId':'p-1','targetId':'ou-2'}", NULL},
	    {OWN, EAST, "organizations", "UpdateOrganizationalUnit", "fay", 40,
	     "{'organizationalUnitId':'ou-1','name':'New'}", NULL},
	    {OWN, EAST, "organizations", "MoveAccount", "gus", 39,
	     "{'accountId':'222222222222','destinationParentId':'ou-1'}", NULL},
	    /* Before anybody asked. */
	    {OWN, EAST, "organizations", "AttachPolicy", "quo", 1500,
	     "{'policyId':'p-3','targetId':'ou-1'}", NULL},
	    /* Who took it away did not put it there. */
	    {OWN, EAST, "organizations", "AttachPolicy", "ola", 38,
	     "{'policyId':'p-7','targetId':'ou-1'}", NULL},
	    {OWN, EAST, "organizations", "DetachPolicy", "pat", 37,
	     "{'policyId':'p-7','targetId':'ou-1'}", NULL},
	    /* Ours came after: it is nobody's. */
	    {OWN, EAST, "organizations", "TagResource", "hal", 30,
	     "{'resourceId':'ou-1','tags':[{'key':'owner','value':'x'}]}", NULL},
	    {OWN, EAST, "organizations", "TagResource", "charter", 20,
	     "{'resourceId':'ou-1','tags':[{'key':'owner','value':'y'}]}", NULL},
	    {OWN, EAST, "organizations", "TagResource", "ida", 25,
	     "{'resourceId':'ou-1','tags':[{'key':'team','value':'x'}]}", NULL},
	    /* Another service's call of the same name. */
	    {OWN, EAST, "workmail", "TagResource", "jim", 10, "{'a':'ou-1','b':'team'}", NULL},
	    {OWN, EAST, "organizations", "EnableAWSServiceAccess", "kim", 9,
	     "{'servicePrincipal':'sso.amazonaws.com'}", NULL},
	    {OWN, EAST, "organizations", "DeleteOrganizationalUnit", "lea", 8,
	     "{'organizationalUnitId':'ou-gone'}", NULL},
	    {OWN, EAST, "organizations", "DeletePolicy", "mia", 7, "{'policyId':'p-8'}", NULL},
	    {OWN, EAST, "organizations", "DeletePolicy", "ned", 6, "{'policyId':'p-9'}", NULL},
	    /* Identity Center, where it is. */
	    {OWN, WEST, "sso", "CreateAccountAssignment", "oda", 99,
	     "{'permissionSetArn':'" SET_ARN "','targetId':'" DEV "','principalId':'g-1'}", NULL},
	    {OWN, WEST, "sso", "CreateAccountAssignment", "pia", 98,
	     "{'permissionSetArn':'" SET_ARN "','targetId':'" PROD "','principalId':'g-1'}", NULL},
	    {OWN, WEST, "sso-directory", "AddMemberToGroup", "quin", 97,
	     "{'groupId':'g-1','member':{'memberId':'u-1'}}", NULL},
	    {OWN, WEST, "identitystore", "DeleteGroupMembership", "rex", 96,
	     "{'membershipId':'m-1'}", NULL},
	    {OWN, WEST, "sso", "UpdatePermissionSet", "sue", 95, "{'permissionSetId':'ps-1'}",
	     NULL},
	};
	struct history *p = history_new();
	struct trail_answer a;
	struct trail_question q[] = {
	    {KIND_UNIT, UNIT_POLICIES, '+', NULL, LIST("ou-1"), LIST("p-1"), NULL, 0},
	    {KIND_UNIT, UNIT_POLICIES, '-', NULL, LIST("ou-1"), LIST("p-1"), NULL, 0},
	    {KIND_UNIT, UNIT_POLICIES, '+', NULL, LIST("ou-1"), LIST("p-2"), NULL, 0},
	    {KIND_UNIT, UNIT_POLICIES, '-', NULL, LIST("ou-2"), LIST("p-1"), NULL, 0},
	    {KIND_UNIT, UNIT_POLICIES, '+', NULL, LIST("ou-1"), LIST("p-3"), NULL, 0},
	    {KIND_UNIT, UNIT_POLICIES, '+', NULL, LIST("ou-1"), LIST("p-7"), NULL, 0},
	    {KIND_UNIT, UNIT_NAME, '~', NULL, LIST("ou-1"), NULL, NULL, 0},
	    {KIND_ACCOUNT, ACCOUNT_UNIT, '~', NULL, LIST(DEV), NULL, NULL, 0},
	    {KIND_UNIT, UNIT_TAGS, '~', NULL, LIST("ou-1"), LIST("owner"), NULL, 0},
	    {KIND_UNIT, UNIT_TAGS, '+', NULL, LIST("ou-1"), LIST("team"), NULL, 0},
	    {KIND_ORGANIZATION, ORG_TRUSTED_SERVICES, '+', NULL, NULL, LIST("sso.amazonaws.com"),
	     NULL, 0},
	    /* Nobody knows their ids any more: one unit and one deletion; two policies and two
	     * sessions. */
	    {KIND_UNIT, TRAIL_RESOURCE, '-', NULL, NOBODY, NULL, NULL, 0},
	    {KIND_POLICY, TRAIL_RESOURCE, '-', NULL, NOBODY, NULL, NULL, 0},
	    {KIND_POLICY, TRAIL_RESOURCE, '-', NULL, NOBODY, NULL, NULL, 0},
	    {KIND_ASSIGNMENT, TRAIL_RESOURCE, '+', NULL, LIST("g-1"), LIST(SET_ARN, "ps-1"),
	     LIST(DEV), 0},
	    {KIND_ASSIGNMENT, TRAIL_RESOURCE, '+', NULL, LIST("g-1"), LIST(SET_ARN, "ps-1"),
	     LIST(OWN), 0},
	    {KIND_IDENTITY_GROUP, IDGROUP_MEMBERS, '+', NULL, LIST("g-1"), LIST("u-1"), NULL, 0},
	    /* Its event names neither. */
	    {KIND_IDENTITY_GROUP, IDGROUP_MEMBERS, '-', NULL, LIST("g-1"), LIST("u-2"), NULL, 0},
	    {KIND_PERMISSION_SET, PSET_DURATION, '~', NULL, LIST(SET_ARN, "ps-1"), NULL, NULL, 0},
	};
	static const char *const want[] = {
	    "dan AttachPolicy@60",
	    "cid DetachPolicy@70",
	    "bob AttachPolicy@80",
	    "eve DetachPolicy@50",
	    "-",
	    "ola AttachPolicy@38",
	    "fay UpdateOrganizationalUnit@40",
	    "gus MoveAccount@39",
	    "-",
	    "ida TagResource@25",
	    "kim EnableAWSServiceAccess@9",
	    "lea DeleteOrganizationalUnit@8",
	    "-",
	    "-",
	    "oda CreateAccountAssignment@99",
	    "-",
	    "quin AddMemberToGroup@97",
	    "rex DeleteGroupMembership@96",
	    "sue UpdatePermissionSet@95",
	};

	(void)state;
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		history_tell(p, &told[i]);
	history_ask(p, q, sizeof q / sizeof *q, &a);
	for (size_t i = 0; i < sizeof q / sizeof *q; i++)
		assert_answer(&q[i], &a, want[i]);
	assert_int_equal(a.own, 1);
	assert_null(a.unread);
	assert_int_equal(a.events, 14);
	for (uint32_t i = 1; i < a.events; i++)
		assert_true(a.event[i - 1].time_us <= a.event[i].time_us);
	assert_string_equal(a.event[0].region, WEST);
	history_free(p);
}

/* In an account: which of both ways, and what a name alone stands for. */
static void test_way(void **state)
{
	static const struct told told[] = {
	    {DEV, EAST, "iam", "AttachRolePolicy", "ann", 50,
	     "{'roleName':'ci','policyArn':'arn:p'}", "['ci','arn:p']"},
	    {DEV, EAST, "iam", "CreateRole", "bob", 40, "{'roleName':'ci'}", "['ci']"},
	    {DEV, EAST, "iam", "UpdateAssumeRolePolicy", "cid", 30, "{'roleName':'ci'}", "['ci']"},
	    {DEV, EAST, "iam", "DetachUserPolicy", "dan", 20,
	     "{'userName':'ci','policyArn':'arn:p'}", "['ci','arn:p']"},
	    {DEV, EAST, "identitystore", "CreateUser", "eve", 10, "{'userName':'ci'}", "['ci']"},
	    {PROD, EAST, "iam", "UpdateAccountPasswordPolicy", "fay", 9,
	     "{'minimumPasswordLength':8}", NULL},
	};
	struct history *p = history_new();
	const struct text *dev = text_str(p->arena, DEV), *prod = text_str(p->arena, PROD);
	struct trail_answer a;
	struct trail_question q[] = {
	    {KIND_IAM_ROLE, ROLE_MANAGED, '+', dev, LIST("ci"), LIST("arn:p"), NULL, 0},
	    {KIND_IAM_ROLE, ROLE_TRUST, '~', dev, LIST("ci"), NULL, NULL, 0},
	    /* Made anew, it has lost it. */
	    {KIND_IAM_ROLE, ROLE_INLINE, '-', dev, LIST("ci"), LIST("x"), NULL, 0},
	    {KIND_IAM_USER, TRAIL_RESOURCE, '+', dev, LIST("ci"), NULL, NULL, 0},
	    {KIND_IAM_ACCOUNT, IAMACCOUNT_PASSWORD, '~', prod, NULL, NULL, NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		history_tell(p, &told[i]);
	history_ask(p, q, sizeof q / sizeof *q, &a);
	assert_answer(&q[0], &a, "ann AttachRolePolicy@50");
	assert_answer(&q[1], &a, "cid UpdateAssumeRolePolicy@30");
	assert_answer(&q[2], &a, "bob CreateRole@40");
	assert_answer(&q[3], &a, "-");
	assert_answer(&q[4], &a, "fay UpdateAccountPasswordPolicy@9");
	/* One name there, where calls would be many; what has no name is found by its calls. */
	assert_string_equal(buf_str(&p->asked),
			    DEV " " EAST " ResourceName=ci\n" PROD " " EAST
				" EventName=UpdateAccountPasswordPolicy\n" PROD " " EAST
				" EventName=DeleteAccountPasswordPolicy\n");
	assert_int_equal(a.requests, 3);
	buf_clear(&p->asked);
	history_ask(p, q, 1, &a);
	assert_answer(&q[0], &a, "ann AttachRolePolicy@50");
	assert_string_equal(buf_str(&p->asked), DEV " " EAST " ResourceName=ci\n");
	history_free(p);
}

/* Two a second in each account, and all of them at once; one does not let us in. */
static void test_accounts(void **state)
{
	struct history *p = history_new();
	const struct text *dev = text_str(p->arena, DEV), *prod = text_str(p->arena, PROD);
	int64_t began = p->mono_us;
	struct trail_answer a;
	struct trail_question q[] = {
	    {KIND_IAM_ROLE, ROLE_MANAGED, '~', dev, LIST("ci", "x", "y", "z"), NULL, NULL, 0},
	    {KIND_IAM_ROLE, ROLE_MANAGED, '~', prod, LIST("ci", "x", "y", "z"), NULL, NULL, 0},
	    {KIND_UNIT, UNIT_NAME, '~', NULL, LIST("ou-1"), NULL, NULL, 0},
	};

	(void)state;
	p->denied = DEV;
	history_tell(p, &(struct told){PROD, EAST, "iam", "DetachRolePolicy", "ann", 5,
				       "{'roleName':'ci'}", NULL});
	history_ask(p, q, 3, &a);
	assert_answer(&q[0], &a, "-");
	assert_answer(&q[1], &a, "ann DetachRolePolicy@5");
	assert_answer(&q[2], &a, "-");
	assert_non_null(a.unread);
	assert_non_null(strstr(a.unread, "the events of " DEV " could not be read: "
					 "AccessDeniedException: "));
	assert_non_null(strstr(a.unread, "no identity-based policy allows it"));
	assert_non_null(strstr(a.unread, "allow cloudtrail:LookupEvents"));
	assert_null(strchr(a.unread, '\n'));
	/* It is asked once. */
	assert_non_null(strstr(buf_str(&p->asked), DEV " denied\n"));
	assert_null(strstr(strstr(buf_str(&p->asked), DEV) + 1, DEV));
	assert_true(p->mono_us - began < 20 * SECOND_US);
	/* What has the same name in another account is another thing. */
	p->denied = NULL;
	history_ask(p, q, 3, &a);
	assert_answer(&q[0], &a, "-");
	assert_answer(&q[1], &a, "ann DetachRolePolicy@5");
	assert_null(a.unread);
	history_free(p);
}

/* More pages than are read: the newest are. */
static void test_pages(void **state)
{
	struct history *p = history_new();
	struct trail_options options = {
	    .from_us = NOW_US - 86400 * SECOND_US, .to_us = NOW_US, .max_pages = 2};
	struct trail_answer a;
	struct trail_question q[] = {
	    {KIND_UNIT, UNIT_NAME, '~', NULL, LIST("ou-7"), NULL, NULL, 0},
	    {KIND_UNIT, UNIT_NAME, '~', NULL, LIST("ou-4"), NULL, NULL, 0},
	};
	auto_error err = {0};

	(void)state;
	p->page = 2;
	for (int i = 0; i < 9; i++) {
		auto_free char *request = xasprintf("{'organizationalUnitId':'ou-%d'}", i);

		history_tell(p,
			     &(struct told){OWN, EAST, "organizations", "UpdateOrganizationalUnit",
					    "ann", 60 - i, request, NULL});
	}
	assert_int_equal(trail_ask(p->client, p->loop, p->arena, &options, q, 2, &a, &err), 0);
	assert_answer(&q[0], &a, "ann UpdateOrganizationalUnit@53");
	assert_answer(&q[1], &a, "-");
	assert_string_equal(a.unread, "the events of " OWN
				      " are too many: the newest of each name were read");
	history_free(p);
}

/* The newest comes first: once all that a call could have made is known, no more pages are read,
 * and other calls are asked about from there on. What nobody answers is looked for to the end. */
static void test_enough(void **state)
{
	struct history *p = history_new();
	struct trail_answer a;
	struct trail_question q[] = {
	    {KIND_UNIT, UNIT_TAGS, '~', NULL, LIST("ou-7"), LIST("k"), NULL, 0},
	    {KIND_UNIT, UNIT_NAME, '~', NULL, LIST("ou-7"), NULL, NULL, 0},
	    {KIND_UNIT, UNIT_TAGS, '~', NULL, LIST("ou-8"), LIST("k"), NULL, 0},
	};

	(void)state;
	for (int i = 0; i < 2000; i++) {
		auto_free char *request = xasprintf("{'resourceId':'ou-%d','tags':[{'key':'k'}]}",
						    i % 10 == 8 ? 9 : i % 10);

		history_tell(p, &(struct told){OWN, EAST, "organizations", "TagResource", "ann",
					       1400 - i / 2, request, NULL});
	}
	history_tell(p, &(struct told){OWN, EAST, "organizations", "UpdateOrganizationalUnit",
				       "bob", 300, "{'organizationalUnitId':'ou-7'}", NULL});
	history_ask(p, q, 2, &a);
	assert_answer(&q[0], &a, "ann TagResource@402");
	assert_answer(&q[1], &a, "bob UpdateOrganizationalUnit@300");
	assert_null(a.unread);
	/* A page each of TagResource, UntagResource, UpdateOrganizationalUnit, and of making one.
	 */
	assert_true(a.requests <= 4);
	history_ask(p, q, 3, &a);
	assert_answer(&q[0], &a, "ann TagResource@402");
	assert_answer(&q[2], &a, "-");
	assert_string_equal(a.unread, "the events of " OWN
				      " are too many: the newest of each name were read");
	assert_true(a.requests > 20);
	history_free(p);
}

/* As many accounts as there are take no longer than one: two a second in each. */
static void test_side_by_side(void **state)
{
	enum { ACCOUNTS = 200, NAMES = 4 };
	struct history *p = history_new();
	static const char *const names[NAMES + 1] = {"a", "b", "c", "d"};
	struct trail_question q[ACCOUNTS];
	struct trail_answer a;
	int64_t began;

	(void)state;
	for (int i = 0; i < ACCOUNTS; i++) {
		const struct text *id = text_str(p->arena, arena_printf(p->arena, "4%011d", i));

		q[i] = (struct trail_question){KIND_IAM_ROLE, ROLE_MANAGED, '~',  id,
					       names,         NULL,         NULL, 0};
	}
	began = p->mono_us;
	history_ask(p, q, ACCOUNTS, &a);
	assert_int_equal(a.requests, ACCOUNTS * NAMES);
	/* At 70 percent of the rate, and each reply a millisecond after the last one. */
	assert_true(p->mono_us - began < NAMES * SECOND_US / 2 * 10 / 7 + ACCOUNTS * NAMES * 1000);
	history_free(p);
}

/* Whoever fills the trail after a call, or keeps it from answering, puts it upon nobody else. */
static void test_decoys(void **state)
{
	static const struct told told[] = {
	    {OWN, EAST, "organizations", "CreateOrganizationalUnit", "ann", 600,
	     "{'organizationalUnitId':'ou-7'}", NULL},
	    {OWN, EAST, "organizations", "TagResource", "ben", 599,
	     "{'resourceId':'ou-7','tags':[{'key':'owner'}]}", NULL},
	    {OWN, EAST, "organizations", "UntagResource", "mal", 500,
	     "{'resourceId':'ou-7','tagKeys':['owner']}", NULL},
	};
	struct history *p = history_new();
	struct trail_options options = {
	    .from_us = NOW_US - 86400 * SECOND_US, .to_us = NOW_US, .max_pages = 2};
	struct trail_answer a;
	struct trail_question q = {KIND_UNIT,    UNIT_TAGS,     '~',  NULL,
				   LIST("ou-7"), LIST("owner"), NULL, 0};
	auto_error err = {0};

	(void)state;
	p->page = 2;
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		history_tell(p, &told[i]);
	assert_int_equal(trail_ask(p->client, p->loop, p->arena, &options, &q, 1, &a, &err), 0);
	assert_answer(&q, &a, "mal UntagResource@500");
	for (int i = 0; i < 9; i++)
		history_tell(p, &(struct told){OWN, EAST, "organizations", "UntagResource", "mal",
					       60 - i, "{'resourceId':'ou-1'}", NULL});
	assert_int_equal(trail_ask(p->client, p->loop, p->arena, &options, &q, 1, &a, &err), 0);
	assert_answer(&q, &a, "-");
	assert_non_null(strstr(a.unread, "too many"));
	/* What comes after all that was cut off is known. */
	history_tell(p, &(struct told){OWN, EAST, "organizations", "TagResource", "cid", 3,
				       told[1].request, NULL});
	assert_int_equal(trail_ask(p->client, p->loop, p->arena, &options, &q, 1, &a, &err), 0);
	assert_answer(&q, &a, "cid TagResource@3");
	/* A lookup that is refused may have had a later one. */
	p->refused = "UntagResource";
	assert_int_equal(trail_ask(p->client, p->loop, p->arena, &options, &q, 1, &a, &err), 0);
	assert_answer(&q, &a, "-");
	assert_non_null(strstr(a.unread, "could not be read"));
	history_free(p);
}

/* A call that speaks of many things speaks of all of them. */
static void test_many(void **state)
{
	struct reader r = reader_new();
	auto_buf record = BUF_INIT(1 << 20);
	struct trail_event e;
	size_t n = 0;

	(void)state;
	buf_puts(&record, HEAD "{\"tags\":[");
	for (int i = 0; i < 100; i++) {
		char *name = arena_printf(r.arena, "decoy-%d", i);

		map_put(r.asked, name, name);
		buf_printf(&record, "\"%s\",", name);
	}
	buf_puts(&record, "\"-\"],\"roleName\":\"ci\"}}");
	assert_true(reader_read(&r, buf_str(&record), &e));
	while (e.value[n] != NULL)
		n++;
	assert_int_equal(n, 101);
	assert_string_equal(e.value[100], "ci");
	reader_free(&r);
}

static void test_nothing(void **state)
{
	struct history *p = history_new();
	struct trail_options options = {.from_us = NOW_US + 1, .to_us = NOW_US};
	struct trail_answer a;
	auto_error err = {0};

	(void)state;
	history_ask(p, NULL, 0, &a);
	assert_int_equal(a.events, 0);
	assert_int_equal(a.requests, 0);
	assert_null(a.unread);
	assert_int_equal(trail_ask(p->client, p->loop, p->arena, &options, NULL, 0, &a, &err), -1);
	history_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kinds),        cmocka_unit_test(test_operations),
	    cmocka_unit_test(test_corpus),       cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_match),        cmocka_unit_test(test_way),
	    cmocka_unit_test(test_accounts),     cmocka_unit_test(test_pages),
	    cmocka_unit_test(test_nothing),      cmocka_unit_test(test_decoys),
	    cmocka_unit_test(test_many),         cmocka_unit_test(test_enough),
	    cmocka_unit_test(test_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

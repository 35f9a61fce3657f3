/* One request from its arrival to its reply: whose it is, what befalls it, and what is remembered.
 */
#include "aws/twin/wire_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOG_MAX     100000 /* lines */
#define MAX_HEADERS ((size_t)64 << 10)
#define MAX_BODY    ((size_t)64 << 20)

struct serving {
	struct twin *twin;
	const struct twin_request *request;
	struct twin_wire wire;
	struct twin_call call;
	struct twin_reply *reply;
	int64_t arrived_us, due_us; /* monotonic */
	bool recorded;              /* by CloudTrail */
	struct authorization authorization;
	bool foreign; /* not AWS answers, but something between */
	char account[16], arn[2048];
};

static int64_t latency(struct twin *t)
{
	int64_t us = t->options.latency_us, spread = us * (int64_t)t->options.jitter / 100;

	if (spread <= 0)
		return us;
	us += (int64_t)(((uint64_t)(2 * spread) * random_fraction(&t->random.base)) >> 32) - spread;
	return us > 0 ? us : 0;
}

/* In the form of a UUID, by seed and number. */
static void request_id(const struct twin *t, char out[64])
{
	struct random_seeded r;
	uint64_t a, b;

	random_seed(&r, t->options.seed + t->stats.requests * 0x9e3779b97f4a7c15);
	a = r.base.next(&r.base);
	b = r.base.next(&r.base);
	snprintf(out, 64, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
		 (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
		 0x8000 | ((unsigned)(b >> 48) & 0x3fff),
		 (unsigned long long)b & 0xffffffffffffULL);
}

static void date_header(const struct twin *t, struct buf *headers)
{
	time_t now = (time_t)twin_seconds(t);
	char text[64];
	struct tm tm;

	charter_assert(gmtime_r(&now, &tm) != NULL);
	/* The program never sets a locale: the names of days and months are those of RFC 1123. */
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	buf_printf(headers, "date: %s\n", text);
}

static void remember_count(struct twin *t, const struct twin_op *op)
{
	char key[128];
	json_t *count;

	snprintf(key, sizeof key, "%s:%s", services[op->service].name, op->name);
	count = json_object_get(t->counts, key);
	if (count == NULL)
		json_object_set_new(t->counts, key, json_integer(1));
	else
		json_integer_set(count, json_integer_value(count) + 1);
}

/* A twin that is served for days keeps the last writes only; half of them go at once. */
static void log_trim(struct twin *t)
{
	json_t *kept;

	if (json_array_size(t->log) < LOG_MAX)
		return;
	kept = json_array();
	for (size_t i = LOG_MAX / 2; i < LOG_MAX; i++)
		json_array_append(kept, json_array_get(t->log, i));
	json_decref(t->log);
	t->log = kept;
}

static void remember_write(struct twin *t, const struct twin_call *c)
{
	static const char *const secrets[] = {"Password", "OldPassword", "NewPassword"};
	json_auto_t *input = json_copy((json_t *)c->input);
	auto_free char *text = NULL;
	size_t i;

	t->stats.writes++;
	for (i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
		json_object_del(input, secrets[i]);
	text = json_dumps(input, JSON_COMPACT | JSON_SORT_KEYS);
	charter_assert(text != NULL);
	log_trim(t);
	json_array_append_new(
	    t->log, json_sprintf("%s:%s %s", services[c->op->service].name, c->op->name, text));
}

/* How many writes of Organizations are under way together, this one included. */
static void remember_writer(struct serving *s)
{
	struct twin *t = s->twin;
	size_t i, n = 0;

	for (i = 0; i < t->writers.n; i++) {
		if (t->writers.at[i] > s->arrived_us)
			t->writers.at[n++] = t->writers.at[i];
	}
	t->writers.n = n;
	vec_push(&t->writers, s->due_us);
	if (t->writers.n > t->stats.writers_max)
		t->stats.writers_max = (unsigned)t->writers.n;
}

static void reply_empty(struct serving *s)
{
	buf_clear(&s->reply->headers);
	buf_clear(&s->reply->body);
}

static void reply_refuse(struct serving *s)
{
	reply_empty(s);
	wire_refuse(s->twin, &s->wire, s->wire.op->service, &s->call, s->reply);
}

static void reply_end(struct serving *s, enum twin_end end)
{
	reply_empty(s);
	s->reply->end = end;
}

/* Faults that keep the request from being acted on. True: it is answered. */
typedef bool fault_act(struct serving *);

static bool act_refuse(struct serving *s)
{
	reply_end(s, TWIN_REFUSES);
	s->due_us = s->arrived_us;
	return true;
}

static bool act_reset(struct serving *s)
{
	reply_end(s, TWIN_RESETS);
	return true;
}

static bool act_kill(struct serving *s)
{
	s->reply->kills = true;
	s->due_us = s->arrived_us;
	return act_reset(s);
}

static bool act_status(struct serving *s)
{
	const struct fault *f = &s->call.fault;
	int standard = f->kind == FAULT_STATUS_AFTER ? 500 : 503;
	int status = f->number >= 400 && f->number <= 599 ? (int)f->number : standard;
	enum refusal as = status == 503   ? REFUSAL_UNAVAILABLE
			  : status >= 500 ? REFUSAL_FAULT
			  : status == 429 ? REFUSAL_THROTTLED
			  : status == 403 ? REFUSAL_DENIED
					  : REFUSAL_INVALID;

	twin_call_clear(&s->call);
	s->call.status = status;
	if (f->text != NULL)
		twin_refuse(&s->call, f->text, "Something went wrong.");
	else
		twin_refuse_as(&s->call, as, NULL, "Something went wrong.");
	reply_refuse(s);
	return true;
}

static bool act_html(struct serving *s)
{
	int status = s->call.fault.number > 0 ? (int)s->call.fault.number : 502;

	reply_empty(s);
	s->foreign = true;
	s->reply->status = status;
	buf_puts(&s->reply->headers, "content-type: text/html\n");
	buf_printf(&s->reply->body,
		   "<html>\r\n<head><title>%d</title></head>\r\n"
		   "<body><center><h1>%d</h1></center><hr><center>proxy</center></body>\r\n"
		   "</html>\r\n",
		   status, status);
	return true;
}

/* The hint as the services give it, in milliseconds, and as others do. */
static bool act_throttle(struct serving *s)
{
	int64_t seconds = s->call.fault.number;

	twin_refuse_as(&s->call, REFUSAL_THROTTLED, NULL, "Rate exceeded");
	reply_refuse(s);
	if (seconds >= 0)
		buf_printf(&s->reply->headers, "x-amz-retry-after: %lld\nretry-after: %lld\n",
			   (long long)seconds * 1000, (long long)seconds);
	return true;
}

static bool act_as(struct serving *s, enum refusal refusal, const char *message)
{
	twin_refuse_as(&s->call, refusal, NULL, "%s", message);
	reply_refuse(s);
	return true;
}

static bool act_expire(struct serving *s)
{
	return act_as(s, REFUSAL_EXPIRED, "The security token included in the request is expired");
}

static bool act_deny(struct serving *s)
{
	return act_as(s, REFUSAL_DENIED,
		      "User is not authorized to perform this operation: no policy allows it");
}

static bool act_concurrent(struct serving *s)
{
	return act_as(s, REFUSAL_CONCURRENT,
		      "The target of the operation is currently being modified by a different "
		      "request. Try again later.");
}

static bool act_skew(struct serving *s)
{
	s->twin->skew_us = s->call.fault.number * SECOND_US;
	return false;
}

static bool act_change(struct serving *s)
{
	struct twin *t = s->twin;

	faults_change(t, s->call.fault.text, t->options.seed + t->stats.requests);
	return false;
}

static fault_act *const acts_before[FAULT_KINDS] = {
    [FAULT_REFUSE] = act_refuse,    [FAULT_RESET_BEFORE] = act_reset,
    [FAULT_STATUS] = act_status,    [FAULT_HTML] = act_html,
    [FAULT_EXPIRE] = act_expire,    [FAULT_THROTTLE] = act_throttle,
    [FAULT_DENY] = act_deny,        [FAULT_CONCURRENT] = act_concurrent,
    [FAULT_SKEW] = act_skew,        [FAULT_CHANGE] = act_change,
    [FAULT_KILL_BEFORE] = act_kill,
};

/* Faults of a reply that is made already. */
static bool act_delay(struct serving *s)
{
	int64_t ms = s->call.fault.number;

	s->due_us += (ms >= 0 ? ms : 1000) * 1000;
	return true;
}

static bool act_cut(struct serving *s)
{
	bool overruns = s->call.fault.kind == FAULT_WRONG_LENGTH;

	if (s->reply->body.len == 0)
		return act_reset(s);
	s->reply->end = overruns ? TWIN_OVERRUNS : TWIN_TRUNCATES;
	return true;
}

static fault_act *const acts_after[FAULT_KINDS] = {
    [FAULT_RESET_AFTER] = act_reset,   [FAULT_TRUNCATE] = act_cut,
    [FAULT_WRONG_LENGTH] = act_cut,    [FAULT_DELAY] = act_delay,
    [FAULT_STATUS_AFTER] = act_status, [FAULT_KILL_AFTER] = act_kill,
};

/* True: refused. */
static bool act_by_account(struct serving *s)
{
	struct twin *t = s->twin;
	struct twin_call *c = &s->call;

	if (auth_check(t, s->request, c->op->service, c, s->account, s->arn) < 0) {
		reply_refuse(s);
		return true;
	}
	c->account = s->account;
	c->arn = s->arn;
	if (rates_take(t, s->account, c->op))
		return false;
	t->stats.throttled++;
	return act_as(s, REFUSAL_THROTTLED, "Rate exceeded");
}

/* Once: whether it was refused is told by what was answered first. */
static void record(struct serving *s, const json_t *result)
{
	if (!s->recorded)
		trail_record(s->twin, &s->call, result, s->wire.request_id);
	s->recorded = true;
}

/* Who is refused by a fault is looked at for the record alone. */
static void record_refusal(struct serving *s)
{
	struct twin_call other = {.op = s->call.op, .input = s->call.input};

	if (s->call.account == NULL && s->call.fault.kind == FAULT_DENY &&
	    auth_check(s->twin, s->request, other.op->service, &other, s->account, s->arn) == 0) {
		s->call.account = s->account;
		s->call.arn = s->arn;
	}
	twin_call_clear(&other);
	record(s, NULL);
}

static void serve_call(struct serving *s)
{
	struct twin *t = s->twin;
	struct twin_call *c = &s->call;
	bool writes = twin_op_mutates(c->op);
	bool alone = writes && twin_op_is_organizations(c->op);
	json_t *result;

	if (alone && s->arrived_us < t->organization_busy_us) {
		act_concurrent(s);
		return;
	}
	result = twin_perform(t, c);
	if (result == NULL) {
		reply_refuse(s);
		return;
	}
	if (writes) {
		remember_write(t, c);
		record(s, result);
	}
	if (alone)
		t->organization_busy_us = s->due_us;
	wire_reply(t, &s->wire, result, s->reply);
	json_decref(result);
}

/* How it was called, for those who look at that. */
static void call_origin(struct serving *s)
{
	const char *header = request_header(s->request, "authorization");

	s->call.agent = request_header(s->request, "user-agent");
	s->call.address = request_header(s->request, "x-forwarded-for");
	if (header == NULL || !authorization_read(header, &s->authorization))
		return;
	s->call.key = s->authorization.key;
	s->call.region = s->authorization.region;
}

static void serve(struct serving *s)
{
	struct twin *t = s->twin;
	struct twin_call *c = &s->call;
	const struct twin_op *op = s->wire.op;
	bool writes = twin_op_mutates(op);
	fault_act *before, *after;

	remember_count(t, op);
	c->op = op;
	c->input = s->wire.input;
	call_origin(s);
	c->now_us = t->options.clock->now_us(t->options.clock);
	if (t->faults != NULL)
		c->fault = faults_take(t->faults, services[op->service].name, op->name, writes);
	t->stats.faults += c->fault.kind != FAULT_NONE;
	before = acts_before[c->fault.kind];
	after = acts_after[c->fault.kind];
	if (!(before != NULL && before(s)) && !act_by_account(s)) {
		serve_call(s);
		if (after != NULL)
			after(s);
	}
	if (writes && c->code[0] != '\0')
		record_refusal(s);
	if (writes && twin_op_is_organizations(op))
		remember_writer(s);
}

void twin_serve(struct twin *t, const struct twin_request *request, struct twin_reply *r)
{
	struct serving s = {.twin = t, .request = request, .reply = r};

	*r = (struct twin_reply){
	    .headers = BUF_INIT(MAX_HEADERS),
	    .body = {.max = MAX_BODY, .secret = true},
	};
	t->stats.requests++;
	s.arrived_us = t->options.clock->mono_us(t->options.clock);
	s.due_us = s.arrived_us + latency(t);
	request_id(t, s.wire.request_id);
	if (wire_read(t, request, &s.wire, r) == 0)
		serve(&s);
	if (!s.foreign)
		buf_printf(&r->headers, "x-amzn-requestid: %s\n", s.wire.request_id);
	date_header(t, &r->headers);
	r->due_us = s.due_us;
	json_decref(s.wire.input);
	twin_call_clear(&s.call);
}

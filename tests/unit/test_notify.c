/* Who is told, when, and what: hostile names stay text, secrets stay unsaid, and a receiver that
 * fails, moves or refuses ends nothing but its own message. */
#include "reconciler/ci.h"
#include "reconciler/notify_text.h"
#include "reconciler/plan_doc.h"

#include "aws/twin/transport.h"
#include "base/env.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NIGHT_US 1795309323000000LL /* 2026-11-22T01:02:03Z */
#define SECRET   "T000/B000/verysecret"

/* Six differences: four by one session, one known and let be, one by somebody. */
struct night {
	struct drift_item item[6];
	struct drift_event event[2];
	uint32_t first[5], second[1];
	struct drift_cause cause[2];
	struct doc_drift drift;
	struct plan_doc doc;
	struct ledger_news news;
	struct notify_message message;
};

static void night_init(struct night *n)
{
	memset(n, 0, sizeof *n);
	for (uint32_t i = 0; i < 6; i++) {
		n->item[i] = (struct drift_item){.kind = ITEM_DRIFT,
						 .name = "0",
						 .live = "1",
						 .address = "account/a/role/Ops",
						 .attribute = "managed_policies",
						 .fresh = true,
						 .cause = i == 5};
		if (i < 5)
			n->first[i] = i;
	}
	n->item[4].quiet = true;
	n->second[0] = 5;
	for (size_t i = 0; i < 2; i++)
		n->event[i] = (struct drift_event){.service = "iam",
						   .call = "AttachRolePolicy",
						   .console = true,
						   .time_us = NIGHT_US + (int64_t)i * MINUTE_US};
	n->cause[0] =
	    (struct drift_cause){.principal = "arn:aws:sts::111111111111:assumed-role/Ops/alice",
				 .session = "alice",
				 .event = n->event,
				 .events = 2,
				 .item = n->first,
				 .items = 5,
				 .rank = DRIFT_RANK_ADMINISTRATOR,
				 .fresh = true};
	n->cause[1] = (struct drift_cause){.item = n->second, .items = 1, .fresh = true};
	n->drift = (struct doc_drift){.item = n->item, .items = 6, .cause = n->cause, .causes = 2};
	n->doc = (struct plan_doc){
	    .organization = "o-exampleorgid", .scope = ".", .complete = true, .drift = &n->drift};
	n->news = (struct ledger_news){.fresh = 5, .open = 5};
	n->message = (struct notify_message){
	    .doc = &n->doc, .news = &n->news, .url = "https://git.example.com/issues/7?a=1&b=2"};
}

static void test_transitions(void **state)
{
	static const struct {
		struct ledger_news news;
		bool partial;
		enum notify_transition transition;
	} rows[] = {
	    {{.first = true, .open = 2, .fresh = 2}, false, NOTIFY_BEGAN},
	    {{.open = 2, .fresh = 2}, false, NOTIFY_BEGAN},
	    {{.open = 3, .fresh = 1}, false, NOTIFY_GREW},
	    {{.open = 3}, false, NOTIFY_NOTHING},
	    {{.open = 3, .resolved = 2, .changed = true}, false, NOTIFY_NOTHING},
	    {{.open = 3, .owed = true}, false, NOTIFY_STANDS},
	    {{.resolved = 2}, false, NOTIFY_ENDED},
	    {{.resolved = 2}, true, NOTIFY_NOTHING},
	    {{.first = true}, false, NOTIFY_NOTHING},
	    {{0}, false, NOTIFY_NOTHING},
	    {{.owed = true}, false, NOTIFY_ENDED},
	};
	struct plan_doc doc = {0};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct notify_message m = {.doc = &doc, .news = &rows[i].news};

		doc.complete = !rows[i].partial;
		print_message("%zu\n", i);
		assert_int_equal(notify_transition(&m), rows[i].transition);
	}
}

static void test_plain(void **state)
{
	auto_buf out = BUF_INIT(NOTIFY_PLAIN);
	char subject[NOTIFY_SUBJECT + 1];
	struct night n;

	(void)state;
	night_init(&n);
	notify_plain(&n.message, &out);
	assert_string_equal(buf_str(&out),
			    "Drift began in o-exampleorgid\n"
			    "5 differences, 5 of them new.\n"
			    "- alice (arn:aws:sts::111111111111:assumed-role/Ops/alice), "
			    "2026-11-22T01:03:03Z in the console, AttachRolePolicy and 1 other "
			    "call: 4 differences, access at stake: administrator\n"
			    "    account/a/role/Ops managed_policies: drift\n"
			    "    account/a/role/Ops managed_policies: drift\n"
			    "    and 2 more\n"
			    "- Somebody not known: 1 difference\n"
			    "    account/a/role/Ops managed_policies: drift\n"
			    "https://git.example.com/issues/7?a=1&b=2\n");
	notify_subject(&n.message, subject);
	assert_string_equal(subject, "charter: Drift began in o-exampleorgid (5)");
	/* What was told before is not told again; what could not be read is said. */
	n.cause[0].fresh = false;
	n.news = (struct ledger_news){.fresh = 1, .open = 5, .resolved = 2};
	n.doc.unread_n = 1;
	n.message.url = NULL;
	buf_clear(&out);
	notify_plain(&n.message, &out);
	assert_string_equal(buf_str(&out), "Drift grew in o-exampleorgid\n"
					   "5 differences, 1 of them new; 2 there no more.\n"
					   "1 part of AWS could not be read: nothing there is in "
					   "sync.\n"
					   "- Somebody not known: 1 difference\n"
					   "    account/a/role/Ops managed_policies: drift\n");
	n.news = (struct ledger_news){.resolved = 5};
	n.doc.unread_n = 0;
	buf_clear(&out);
	notify_plain(&n.message, &out);
	assert_string_equal(buf_str(&out), "Drift ended in o-exampleorgid\n"
					   "All is as git has it: 5 differences are there no "
					   "more.\n");
}

static void test_hostile_names(void **state)
{
	static const char hostile[] =
	    "<!channel> <https://evil.example|here>`@here`\n- *x* &lt; \xe2\x80\xae\xff"
	    " https://evil.example/";
	auto_buf out = BUF_INIT(NOTIFY_PLAIN);
	char subject[NOTIFY_SUBJECT + 1];
	const char *text;
	struct night n;
	json_t *slack;

	(void)state;
	night_init(&n);
	n.cause[0].session = hostile;
	n.item[0].address = hostile;
	n.doc.organization = "o-\xc3\xa9\r\nBcc: x";
	slack = notify_slack(&n.message);
	assert_non_null(slack);
	text = json_string_value(json_object_get(slack, "text"));
	assert_non_null(strstr(text, "- `&lt;!channel&gt; &lt;https: //evil.example|here&gt;"
				     "'@here' - *x* &amp;lt;    https: //evil.example...` ("));
	assert_null(strchr(text, '<'));
	assert_null(strchr(text, '>'));
	/* Every line has its code spans closed: an even number of backticks. */
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		size_t ticks = 0;

		for (const char *p = line; *p && *p != '\n'; p++)
			ticks += *p == '`';
		assert_int_equal(ticks % 2, 0);
	}
	assert_non_null(strstr(text, "https://git.example.com/issues/7?a=1&amp;b=2\n"));
	json_decref(slack);
	notify_plain(&n.message, &out);
	assert_null(strstr(buf_str(&out), "https://evil"));
	assert_null(strstr(buf_str(&out), "\nBcc"));
	notify_subject(&n.message, subject);
	assert_string_equal(subject, "charter: Drift began in o-??  Bcc: x (5)");
}

/* However much there is, the limits hold, lines are whole, and the link is there. */
static void test_limits(void **state)
{
	auto_buf out = BUF_INIT(NOTIFY_PLAIN), name = BUF_INIT(4000);
	struct drift_cause cause[40];
	char subject[NOTIFY_SUBJECT + 1];
	struct night n;
	const char *text;
	json_t *slack;

	(void)state;
	night_init(&n);
	for (size_t i = 0; i < 1000; i++)
		buf_puts(&name, "&<>");
	for (size_t i = 0; i < 40; i++) {
		cause[i] = n.cause[0];
		cause[i].session = cause[i].principal = buf_str(&name);
	}
	for (size_t i = 0; i < 6; i++)
		n.item[i].address = n.item[i].attribute = buf_str(&name);
	n.doc.organization = n.doc.scope = buf_str(&name);
	n.drift.cause = cause;
	n.drift.causes = 40;
	slack = notify_slack(&n.message);
	text = json_string_value(json_object_get(slack, "text"));
	assert_true(strlen(text) <= NOTIFY_TEXT);
	assert_true(str_ends(text, "\nhttps://git.example.com/issues/7?a=1&amp;b=2\n"));
	json_decref(slack);
	notify_plain(&n.message, &out);
	assert_false(out.full);
	assert_non_null(strstr(buf_str(&out), "- 35 other causes\nhttps://git"));
	notify_subject(&n.message, subject);
	assert_int_equal(strlen(subject), NOTIFY_SUBJECT);
}

/* A receiver: its answers, one for each request. NULL: it closes. */
struct receiver {
	int fd;
	unsigned port;
	pthread_t thread;
	const char *answer[4];
	int requests;
	char last[16384];
};

static void *receiver_run(void *arg)
{
	struct receiver *r = arg;
	int fd;

	while ((fd = accept(r->fd, NULL, NULL)) >= 0) {
		const char *answer = r->answer[r->requests], *end = NULL, *length;
		size_t len = 0;
		ssize_t got = 1;

		do {
			got = recv(fd, r->last + len, sizeof r->last - len - 1, 0);
			len += got > 0 ? (size_t)got : 0;
			r->last[len] = '\0';
			end = strstr(r->last, "\r\n\r\n");
			length = strstr(r->last, "Content-Length: ");
		} while (got > 0 &&
			 (!end || !length || strlen(end + 4) < strtoul(length + 16, NULL, 10)));
		r->requests++;
		if (answer)
			(void)!send(fd, answer, strlen(answer), MSG_NOSIGNAL);
		close(fd);
	}
	return NULL;
}

static void receiver_start(struct receiver *r)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof address;

	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(r->fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(r->fd, 8), 0);
	assert_int_equal(getsockname(r->fd, (struct sockaddr *)&address, &size), 0);
	r->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&r->thread, NULL, receiver_run, r), 0);
}

static void receiver_stop(struct receiver *r)
{
	shutdown(r->fd, SHUT_RDWR);
	pthread_join(r->thread, NULL);
	close(r->fd);
}

static char webhook[128];

static const char *variables(const char *name)
{
	return strcmp(name, "CHARTER_WEBHOOK") == 0 && webhook[0] ? webhook : NULL;
}

struct telling {
	struct env env;
	struct options options;
	struct run run;
	const char *where[2];
	char *said;
	size_t said_len;
};

static void telling_begin(struct telling *t, const char *where, const char *also)
{
	*t = (struct telling){
	    .env = {.clock = clock_system(), .random = random_system(), .getenv = variables},
	    .where = {where, also}};
	t->env.err = open_memstream(&t->said, &t->said_len);
	t->options.notify.at = t->where;
	t->options.notify.n = also ? 2 : 1;
	t->run.options = &t->options;
	t->run.env = &t->env;
	t->run.arena = arena_new();
}

static void telling_end(struct telling *t)
{
	fclose(t->env.err);
	arena_free(t->run.arena);
	free(t->said);
}

static bool tell(struct telling *t, const struct night *n)
{
	auto_error err = {0};
	bool told = false;

	assert_int_equal(notify_send(&t->run, &n->message, &told, &err), 0);
	fflush(t->env.err);
	return told;
}

#define OK    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define BUSY  "HTTP/1.1 429 Slow\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
#define WRONG "HTTP/1.1 500 Oops\r\nRetry-After: 0\r\nContent-Length: 6\r\n\r\n" SECRET
#define MOVED                                                                                      \
	"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/" SECRET "\r\n"                        \
	"Content-Length: 0\r\n\r\n"
#define GONE "HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\nno_service"

static void test_webhook(void **state)
{
	static const struct {
		const char *answer[4];
		int requests;
		const char *said; /* NULL: told */
	} rows[] = {
	    {{OK}, 1, NULL},
	    {{BUSY, WRONG, OK}, 3, NULL},
	    {{NULL, OK}, 2, NULL},
	    {{WRONG, WRONG, WRONG}, 3, ": HTTP status 500\n"},
	    {{MOVED}, 1, ": HTTP status 302: redirects are not followed\n"},
	    {{GONE}, 1, ": HTTP status 404\n"},
	};
	struct night n;

	(void)state;
	night_init(&n);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct receiver r = {0};
		struct telling t;
		bool told;

		print_message("%zu\n", i);
		memcpy(r.answer, rows[i].answer, sizeof r.answer);
		receiver_start(&r);
		snprintf(webhook, sizeof webhook, "http://127.0.0.1:%u/" SECRET, r.port);
		telling_begin(&t, "webhook", NULL);
		told = tell(&t, &n);
		receiver_stop(&r);
		assert_int_equal(told, rows[i].said == NULL);
		assert_int_equal(r.requests, rows[i].requests);
		assert_non_null(strstr(r.last, "POST /" SECRET " HTTP/1.1\r\n"));
		assert_non_null(strstr(r.last, "\"text\":\"Drift began in `o-exampleorgid`"));
		assert_null(strstr(t.said, "verysecret"));
		assert_non_null(strstr(t.said, rows[i].said ? rows[i].said : ""));
		telling_end(&t);
	}
}

static void test_nothing_is_sent_without_a_transition(void **state)
{
	struct receiver r = {.answer = {OK}};
	struct telling t;
	struct night n;

	(void)state;
	night_init(&n);
	n.news = (struct ledger_news){.open = 5};
	receiver_start(&r);
	snprintf(webhook, sizeof webhook, "http://127.0.0.1:%u/" SECRET, r.port);
	telling_begin(&t, "webhook", NULL);
	assert_true(tell(&t, &n));
	telling_end(&t);
	receiver_stop(&r);
	assert_int_equal(r.requests, 0);
}

/* One receiver that fails does not keep the others from being told; a topic is told in its own
 * Region, by a client that may. */
static void test_topic(void **state)
{
	struct twin_clock clock;
	struct twin_options options = {.clock = &clock.clock, .seed = 5, .verify = true};
	struct credentials keys = {.access_key_id = (char *)"AKIATWIN" TWIN_MANAGEMENT,
				   .secret_access_key = (char *)TWIN_SECRET};
	auto_error err = {0};
	struct telling t;
	struct twin *twin;
	struct night n;
	const json_t *messages;
	char code[64];

	(void)state;
	twin_clock_init(&clock, NIGHT_US);
	assert_int_equal(twin_new(&twin, &options, &err), 0);
	json_decref(
	    twin_do(twin, NULL, "sns", "CreateTopic", json_pack("{s:s}", "Name", "nights"), code));
	assert_string_equal(code, "");
	night_init(&n);
	telling_begin(&t, "arn:aws:sns:us-east-1:" TWIN_MANAGEMENT ":none",
		      "arn:aws:sns:us-east-1:" TWIN_MANAGEMENT ":nights");
	t.env.clock = &clock.clock;
	t.env.transport = twin_transport_new(twin, &clock);
	t.run.client_options.credentials = &keys;
	assert_false(tell(&t, &n));
	assert_non_null(strstr(t.said, "not told: topic arn:aws:sns:us-east-1:" TWIN_MANAGEMENT
				       ":none: sns Publish: Topic does not exist"));
	messages = json_object_get(
	    json_object_get(json_object_get(twin_state(twin), "topics"), t.where[1]), "messages");
	assert_int_equal(json_object_size(messages), 1);
	messages = json_object_iter_value(json_object_iter((json_t *)messages));
	assert_string_equal(json_string_value(json_object_get(messages, "Subject")),
			    "charter: Drift began in o-exampleorgid (5)");
	t.env.transport->free(t.env.transport);
	telling_end(&t);
	twin_free(twin);
}

static void test_check(void **state)
{
	static const struct {
		const char *where, *url;
		bool good;
	} rows[] = {
	    {"webhook", "https://hooks.example.com/services/x", true},
	    {"webhook", "http://127.0.0.1:9/x", true},
	    {"webhook", "", false},
	    {"webhook", "http://hooks.example.com/x", false},
	    {"webhook", "https://user:password@hooks.example.com/x", false},
	    {"webhook", "ftp://hooks.example.com/x", false},
	    {"arn:aws:sns:eu-west-1:111111111111:nights", "", true},
	    {"arn:aws-us-gov:sns:us-gov-west-1:111111111111:n.fifo", "", true},
	    {"arn:aws:sns:eu-west-1:111111111111:", "", false},
	    {"arn:aws:sns:eu-west-1:11111111111:nights", "", false},
	    {"arn:aws:sqs:eu-west-1:111111111111:nights", "", false},
	    {"arn:aws:sns:eu-west-1:111111111111:a/b", "", false},
	    {"slack", "", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_error err = {0};
		struct telling t;

		print_message("%s %s\n", rows[i].where, rows[i].url);
		snprintf(webhook, sizeof webhook, "%s", rows[i].url);
		telling_begin(&t, rows[i].where, NULL);
		assert_int_equal(notify_check(&t.run, &err), rows[i].good ? 0 : -1);
		if (!rows[i].good && rows[i].url[0])
			assert_null(strstr(err.message, "example.com"));
		telling_end(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_transitions),
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_hostile_names),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_webhook),
	    cmocka_unit_test(test_nothing_is_sent_without_a_transition),
	    cmocka_unit_test(test_topic),
	    cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Telling: a POST to a webhook, or a message to a topic. The webhook's URL is a secret: of it only
 * the host is ever shown. */
#include "reconciler/notify.h"

#include "aws/ask.h"
#include "base/env.h"
#include "base/web_url.h"
#include "reconciler/ci.h"
#include "reconciler/notify_text.h"

#include <stdlib.h>
#include <string.h>

#define WEBHOOK    "webhook"
#define TIMEOUT_US (10 * 1000000LL)
#define WAIT_MOST  30 /* seconds, whatever a receiver asks for */

/* arn:PARTITION:sns:REGION:ACCOUNT:NAME, in its parts. */
struct topic {
	char partition[16], region[33], account[13];
};

static bool topic_read(const char *arn, struct topic *t)
{
	int end = 0;

	return sscanf(arn, "arn:%15[a-z-]:sns:%32[a-z0-9-]:%12[0-9]:%n", t->partition, t->region,
		      t->account, &end) == 3 &&
	       end > 0 && strlen(t->account) == 12 && strlen(arn + end) > 0 &&
	       strlen(arn + end) <= 256 &&
	       arn[end + (int)strspn(arn + end, "abcdefghijklmnopqrstuvwxyz"
						"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")] == '\0';
}

static int receiver_check(struct run *run, const char *where, struct error *err)
{
	const char *url = run->env->getenv("CHARTER_WEBHOOK");
	struct topic topic;

	if (strcmp(where, WEBHOOK) != 0)
		return topic_read(where, &topic)
			   ? 0
			   : error_set(err,
				       "--notify %s: neither `webhook` nor the ARN of an SNS topic",
				       where);
	if (!url || !*url)
		return error_set(err, "--notify webhook: its URL is missing: put it into "
				      "CHARTER_WEBHOOK");
	if (!web_url_valid(url))
		return error_set(err, "CHARTER_WEBHOOK: not a URL that begins with https://, or "
				      "with http:// on a loopback address");
	return 0;
}

int notify_check(struct run *run, struct error *err)
{
	for (size_t i = 0; i < run->options->notify.n; i++)
		if (receiver_check(run, run->options->notify.at[i], err) != 0)
			return -1;
	return 0;
}

struct post {
	struct ask *ask;
	struct loop *loop;
	struct clock *clock;
	const char *url, *body;
	bool told;
	struct buf why;
};

static void post_send(struct post *p, int64_t delay_us)
{
	ask_request(p->ask, "POST", p->url, TIMEOUT_US);
	ask_header(p->ask, "content-type", "application/json");
	ask_body(p->ask, p->body, strlen(p->body));
	ask_send(p->ask, delay_us);
}

/* Retry-After in seconds or as a date; without it, a second. */
static int64_t post_pause(const struct post *p, const struct http_response *r)
{
	char value[64];
	int64_t us, now = p->clock->now_us(p->clock);

	if (r->outcome != HTTP_REPLIED ||
	    http_header(r, "retry-after", value, sizeof value) == NULL)
		return SECOND_US;
	if (*value && strlen(value) < 8 && value[strspn(value, "0123456789")] == '\0')
		us = strtoll(value, NULL, 10) * SECOND_US;
	else if (time_parse_http(value, &us) == 0)
		us -= now;
	else
		return SECOND_US;
	return us < 1 ? 1 : us < WAIT_MOST * SECOND_US ? us : WAIT_MOST * SECOND_US;
}

static void post_done(void *ctx, const struct http_response *r)
{
	struct post *p = ctx;

	if (r->outcome == HTTP_REPLIED && r->status >= 200 && r->status < 300) {
		p->told = true;
		return;
	}
	if (ask_again(p->ask, r) && signal_pending() == 0) {
		post_send(p, post_pause(p, r));
		return;
	}
	response_say(r, &p->why);
	if (r->outcome == HTTP_REPLIED && r->status >= 300 && r->status < 400)
		buf_puts(&p->why, ": redirects are not followed");
}

/* Its own transport: who is told is not AWS, and may have another authority. */
static int webhook_post(struct run *run, const char *url, const char *body, struct error *err)
{
	struct http_options http = {.ca_file = ci_ca_file(run->env),
				    .user_agent = "charter/" CHARTER_VERSION};
	struct transport *transport = http_curl_new(run->env->clock, &http, err);
	struct post p = {.clock = run->env->clock, .url = url, .body = body, .why = BUF_INIT(512)};
	const char *host = strstr(url, "://") + 3;

	if (!transport)
		return -1;
	p.loop = loop_new(run->env->clock, transport);
	p.ask = ask_new(p.loop, post_done, &p);
	post_send(&p, 0);
	loop_run(p.loop);
	ask_free(p.ask);
	loop_free(p.loop);
	transport->free(transport);
	if (!p.told)
		error_set(err, "webhook at %.*s: %s", (int)strcspn(host, "/?#"), host,
			  p.why.len ? buf_str(&p.why) : "interrupted");
	buf_free(&p.why);
	return p.told ? 0 : -1;
}

static int webhook_tell(struct run *run, const struct notify_message *m, struct error *err)
{
	json_t *message = notify_slack(m);
	char *body = json_dumps(message, JSON_COMPACT);
	int r;

	charter_assert(body != NULL);
	r = webhook_post(run, run->env->getenv("CHARTER_WEBHOOK"), body, err);
	free(body);
	json_decref(message);
	return r;
}

/* The reading client refuses whatever changes something: this one lets the message through. */
static int topic_publish(struct run *run, struct loop *loop, const char *arn, json_t *input,
			 struct error *err)
{
	struct client_options options = run->client_options;
	struct client *client;
	struct topic topic;
	int r;

	topic_read(arn, &topic);
	options.partition = topic.partition;
	options.read_only = true;
	options.writes = &ops[OP_SNS_Publish];
	options.trace = run->options->verbose >= 2 ? run_trace : NULL;
	options.trace_ctx = run;
	if (client_new(&client, run->env, loop, &options, err) != 0) {
		json_decref(input);
		return -1;
	}
	r = client_set_region(client, SERVICE_SNS, topic.region, err);
	if (r == 0)
		r = client_call(client, OP_SNS_Publish, input, NULL, NULL, err);
	else
		json_decref(input);
	client_free(client);
	return r;
}

static int topic_tell(struct run *run, const char *arn, const struct notify_message *m,
		      struct error *err)
{
	struct loop *loop = loop_new(run->env->clock, run->env->transport);
	auto_buf text = BUF_INIT(NOTIFY_PLAIN);
	char subject[NOTIFY_SUBJECT + 1];
	int r;

	notify_subject(m, subject);
	notify_plain(m, &text);
	r = topic_publish(run, loop, arn,
			  json_pack("{s:s, s:s, s:s}", "TopicArn", arn, "Subject", subject,
				    "Message", buf_str(&text)),
			  err);
	loop_free(loop);
	return r == 0 ? 0 : error_prefix(err, "topic %s", arn);
}

int notify_send(struct run *run, const struct notify_message *m, bool *told, struct error *err)
{
	(void)err;
	*told = true;
	if (notify_transition(m) == NOTIFY_NOTHING)
		return 0;
	for (size_t i = 0; i < run->options->notify.n; i++) {
		const char *where = run->options->notify.at[i];
		auto_error why = {0};
		int r = strcmp(where, WEBHOOK) == 0 ? webhook_tell(run, m, &why)
						    : topic_tell(run, where, m, &why);

		if (r == 0)
			continue;
		run_warn(run, "not told: %s", why.message);
		*told = false;
	}
	return 0;
}

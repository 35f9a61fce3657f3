/* The meaning of one answer: whether AWS acted, refused, or may have done either; and the words for
 * it. */
#include "aws/codec.h"
#include "aws/retry.h"

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX 2048 /* bytes of AWS's own message that are shown */
#define MAX_HINT_MS 3600000LL

void answer_free(struct answer *a)
{
	free(a->message);
	json_decref(a->body);
	a->message = NULL;
	a->body = NULL;
}

static void answer_set(struct answer *a, enum reply_outcome outcome, const char *code)
{
	a->outcome = outcome;
	snprintf(a->code, sizeof a->code, "%s", code);
}

void answer_say(struct answer *a, const char *fmt, ...)
{
	struct buf text = BUF_INIT(2 * MESSAGE_MAX);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	free(a->message);
	a->message = buf_take(&text);
}

static void hint_set(struct answer *a, int64_t ms)
{
	a->hint_us = (ms < MAX_HINT_MS ? ms : MAX_HINT_MS) * 1000;
}

static void answer_headers(const struct http_response *r, struct answer *a)
{
	char value[256];
	long long ms;
	char *end;

	if (http_header(r, "x-amzn-requestid", value, sizeof value) != NULL ||
	    http_header(r, "x-amz-request-id", value, sizeof value) != NULL)
		token_copy(a->request_id, sizeof a->request_id, value);
	if (http_header(r, "date", value, sizeof value) != NULL &&
	    time_parse_http(value, &a->date_us) < 0)
		a->date_us = 0;
	if (http_header(r, "x-amz-retry-after", value, sizeof value) == NULL || *value < '0' ||
	    *value > '9')
		return;
	ms = strtoll(value, &end, 10);
	if (*end == '\0')
		hint_set(a, ms);
}

/* Neither an error of AWS's nor a result: a proxy's page, a cut document, another server. */
static void answer_bad(const struct op *op, const char *url, const struct http_response *r,
		       struct answer *a)
{
	char type[128];

	answer_set(a, REPLY_LOST, "BadReply");
	if (http_header(r, "content-type", type, sizeof type) == NULL)
		snprintf(type, sizeof type, "no content type");
	answer_say(a,
		   "%s answered %s with HTTP status %d and %zu bytes (%s) that are not an answer "
		   "of %s; is it an AWS endpoint, and no proxy between?",
		   url, op->name, r->status, r->body.len, type, services[op->service].name);
}

static void answer_success(const struct op *op, const char *url, const struct http_response *r,
			   struct answer *a)
{
	char id[128] = "";

	a->body = codec_decode(op, r, id);
	if (a->request_id[0] == '\0')
		snprintf(a->request_id, sizeof a->request_id, "%s", id);
	if (a->body == NULL)
		answer_bad(op, url, r, a);
	else
		answer_set(a, REPLY_OK, "");
}

static void answer_failure(const struct op *op, const char *url, const struct http_response *r,
			   struct answer *a)
{
	struct codec_error e;
	bool refused;

	codec_decode_error(r, &e);
	if (e.code[0] == '\0' && r->status == 429)
		snprintf(e.code, sizeof e.code, "TooManyRequests");
	if (e.code[0] == '\0') {
		answer_bad(op, url, r, a);
	} else {
		refused = retry_is_throttling(e.code) ||
			  (r->status >= 300 && r->status < 500 && !retry_is_server_fault(e.code));
		answer_set(a, refused ? REPLY_REFUSED : REPLY_LOST, e.code);
		answer_say(a, "%.*s", MESSAGE_MAX, e.message != NULL ? e.message : e.code);
		snprintf(a->reason, sizeof a->reason, "%s", e.reason);
		if (a->hint_us < 0 && e.wait_s >= 0 && e.wait_s <= MAX_HINT_MS / 1000)
			hint_set(a, e.wait_s * 1000);
	}
	if (a->request_id[0] == '\0')
		snprintf(a->request_id, sizeof a->request_id, "%s", e.request_id);
	free(e.message);
}

static void answer_lost(const struct http_response *r, struct answer *a, const char *url)
{
	bool slow = r->sent_us > 0 && r->ended_us - r->sent_us >= HTTP_TIMEOUT_US;

	answer_set(a, REPLY_LOST, slow ? "TimedOut" : "Reset");
	answer_say(a, "%s gave no whole answer: %s", url,
		   r->message != NULL ? r->message : "the connection was lost");
}

static void answer_unsent(const struct http_response *r, struct answer *a, const char *url)
{
	const char *why = r->message != NULL ? r->message : "no connection";

	if (r->certificate) {
		answer_set(a, REPLY_UNSENT, "Certificate");
		answer_say(a,
			   "the certificate of %s does not verify: %s; if a proxy or a private "
			   "authority signs it, name its certificates in AWS_CA_BUNDLE",
			   url, why);
		return;
	}
	answer_set(a, REPLY_UNSENT, "Unreachable");
	answer_say(a,
		   "%s cannot be reached: %s; check the network, AWS_REGION and AWS_ENDPOINT_URL",
		   url, why);
}

void answer_read(const struct op *op, const char *url, const struct http_response *r,
		 struct answer *a)
{
	*a = (struct answer){.hint_us = -1};
	switch (r->outcome) {
	case HTTP_CANCELLED:
		answer_set(a, REPLY_CANCELLED, "Cancelled");
		answer_say(a, "cancelled before it was sent");
		break;
	case HTTP_NOT_SENT:
		answer_unsent(r, a, url);
		break;
	case HTTP_LOST:
		answer_lost(r, a, url);
		break;
	case HTTP_REPLIED:
		a->status = r->status;
		answer_headers(r, a);
		if (r->status >= 200 && r->status < 300)
			answer_success(op, url, r, a);
		else
			answer_failure(op, url, r, a);
		break;
	}
}

/* Credential reports of many accounts at once: asked for until AWS has made them, then fetched. */
#include "reconciler/hygiene.h"

#include "base/base64.h"

#include <stdlib.h>
#include <string.h>

#define POLL_US    2000000LL
#define POLLS_MAX  60
#define REPORT_MAX (64u << 20)

struct reader {
	struct hygiene *hygiene;
	struct client *client;
	struct loop *loop;
	size_t pending;
};

/* One account on its way. */
struct asking {
	struct reader *reader;
	struct hygiene_account *account;
	unsigned polls;
};

static void generate_send(void *ctx);

static void asking_fail(struct asking *a, const char *code, const char *message)
{
	struct arena *arena = a->reader->hygiene->arena;

	a->account->code = arena_strdup(arena, *code != '\0' ? code : "Failed");
	a->account->message = arena_strdup(arena, message);
	a->reader->pending--;
}

/* AWS makes a report in seconds, and no more often than every four hours. */
static void asking_again(struct asking *a)
{
	struct loop *loop = a->reader->loop;
	struct clock *clock = loop_clock(loop);

	if (++a->polls >= POLLS_MAX)
		asking_fail(a, "Late", "AWS has made no credential report within two minutes");
	else
		loop_at(loop, clock->mono_us(clock) + POLL_US, generate_send, a);
}

static void report_take(struct asking *a, const json_t *body)
{
	struct arena *arena = a->reader->hygiene->arena;
	const char *content = reply_str(body, "Content"), *made = reply_str(body, "GeneratedTime");
	auto_buf csv = BUF_INIT(REPORT_MAX);
	auto_error err = {0};

	if (content == NULL || !base64_decode(&csv, content, strlen(content))) {
		asking_fail(a, "BadReply", "the credential report is not base64");
		return;
	}
	if (hygiene_take(a->reader->hygiene, a->account, buf_str(&csv), csv.len, &err) != 0) {
		asking_fail(a, "BadReply", err.message);
		return;
	}
	a->account->generated = made == NULL ? "" : arena_strdup(arena, made);
	a->reader->pending--;
}

static bool code_is_passing(const char *code)
{
	return str_starts(code, "ReportInProgress") || str_starts(code, "ReportNotPresent") ||
	       str_starts(code, "ReportExpired") || str_starts(code, "CredentialReport");
}

static void report_done(void *ctx, const struct reply *reply)
{
	struct asking *a = ctx;

	if (reply->outcome == REPLY_OK)
		report_take(a, reply->body);
	else if (code_is_passing(reply->code))
		asking_again(a);
	else
		asking_fail(a, reply->code, reply->message);
}

static void asking_send(struct asking *a, enum op_id op, void (*done)(void *, const struct reply *))
{
	struct client_request request = {.op = &ops[op],
					 .account =
					     text_str(a->reader->hygiene->arena, a->account->id),
					 .done = done,
					 .ctx = a};

	client_send(a->reader->client, &request);
}

static void generate_done(void *ctx, const struct reply *reply)
{
	struct asking *a = ctx;
	const char *state = reply->outcome == REPLY_OK ? reply_str(reply->body, "State") : NULL;

	if (reply->outcome != REPLY_OK && !code_is_passing(reply->code))
		asking_fail(a, reply->code, reply->message);
	else if (state != NULL && strcmp(state, "COMPLETE") == 0)
		asking_send(a, OP_IAM_GetCredentialReport, report_done);
	else
		asking_again(a);
}

static void generate_send(void *ctx)
{
	asking_send(ctx, OP_IAM_GenerateCredentialReport, generate_done);
}

void hygiene_read(struct hygiene *hygiene, struct client *client, struct loop *loop)
{
	struct reader reader = {hygiene, client, loop, hygiene->accounts_n};
	struct asking *all = xcalloc(hygiene->accounts_n + 1, sizeof(*all));

	for (size_t i = 0; i < hygiene->accounts_n; i++) {
		all[i] = (struct asking){.reader = &reader, .account = &hygiene->accounts[i]};
		if (hygiene->accounts[i].left_out)
			reader.pending--;
		else
			generate_send(&all[i]);
	}
	while (reader.pending > 0)
		loop_step(loop);
	free(all);
}

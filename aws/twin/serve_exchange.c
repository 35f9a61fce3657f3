/* One request of the HTTP front, from its first line to the end of its reply. */
#include "aws/twin/serve_priv.h"

#include "base/arena.h"
#include "base/text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* What is too large is still taken in, and dropped, so that the client comes to read why it is
 * refused; but not for ever. */
#define SWALLOWED_MAX (1ull << 30)

struct exchange {
	struct server *server;
	struct MHD_Connection *connection;
	char *target;
	struct buf body;
	uint64_t received; /* bytes, dropped ones too */
	bool begun, served, too_large;
	struct twin_reply reply;
	struct exchange *next; /* among those that wait */
};

int64_t server_now(const struct server *s)
{
	struct clock *clock = s->twin->options.clock;

	return clock->mono_us(clock);
}

void *exchange_new(void *ctx, const char *uri, struct MHD_Connection *connection)
{
	struct exchange *e = xcalloc(1, sizeof *e);

	e->server = ctx;
	e->connection = connection;
	e->target = xstrdup(uri);
	e->body = (struct buf){.max = SERVE_MAX_BODY, .secret = true};
	return e;
}

static void waiting_remove(struct server *s, const struct exchange *e)
{
	struct exchange **at;

	for (at = &s->waiting; *at != NULL; at = &(*at)->next) {
		if (*at == e) {
			*at = e->next;
			return;
		}
	}
}

void exchange_end(void *ctx, struct MHD_Connection *connection, void **exchange,
		  enum MHD_RequestTerminationCode why)
{
	struct exchange *e = *exchange;

	(void)connection;
	(void)why;
	if (e == NULL)
		return;
	waiting_remove(ctx, e);
	buf_free(&e->body);
	twin_reply_free(&e->reply);
	free(e->target);
	free(e);
	*exchange = NULL;
}

/* Behind those that are due at the same time. */
static void exchange_wait(struct exchange *e)
{
	struct exchange **at = &e->server->waiting;

	while (*at != NULL && (*at)->reply.due_us <= e->reply.due_us)
		at = &(*at)->next;
	e->next = *at;
	*at = e;
	MHD_suspend_connection(e->connection);
}

int64_t exchanges_resume(struct server *s)
{
	int64_t now = server_now(s);
	struct exchange *e;

	while ((e = s->waiting) != NULL && (s->ending || e->reply.due_us <= now)) {
		s->waiting = e->next;
		e->next = NULL;
		MHD_resume_connection(e->connection);
	}
	return s->waiting != NULL ? s->waiting->reply.due_us : INT64_MAX;
}

static const char *exchange_header(const struct exchange *e, const char *name)
{
	return MHD_lookup_connection_value(e->connection, MHD_HEADER_KIND, name);
}

struct header_list {
	VEC(struct http_header) list;
};

static enum MHD_Result header_add(void *ctx, enum MHD_ValueKind kind, const char *name,
				  const char *value)
{
	struct header_list *headers = ctx;
	struct http_header h = {name, value != NULL ? value : ""};

	(void)kind;
	vec_push(&headers->list, h);
	return MHD_YES;
}

/* The operation, as far as a line can say: "ListRoots", or the path. */
static const char *operation_name(const struct exchange *e, char *out, size_t size)
{
	const char *target = exchange_header(e, "X-Amz-Target"), *action;

	if (target != NULL && strchr(target, '.') != NULL)
		return strchr(target, '.') + 1;
	action = strstr(e->target, "Action=");
	if (action == NULL)
		action = strstr(buf_str(&e->body), "Action=");
	if (action == NULL)
		return e->target;
	action += strlen("Action=");
	snprintf(out, size, "%.*s", (int)strcspn(action, "&"), action);
	return out;
}

static void reply_name(const struct twin_reply *r, char *out, size_t size)
{
	static const char *const ends[] = {
	    [TWIN_REFUSES] = "refused",
	    [TWIN_RESETS] = "reset",
	    [TWIN_TRUNCATES] = "truncated",
	    [TWIN_OVERRUNS] = "overrun",
	};
	const char *code = strstr(buf_str(&r->headers), "x-amzn-errortype: ");

	if (code != NULL)
		code += strlen("x-amzn-errortype: ");
	else if (r->status >= 400 && (code = strstr(buf_str(&r->body), "<Code>")) != NULL)
		code += strlen("<Code>");
	if (r->end != TWIN_REPLIES)
		snprintf(out, size, "%s", ends[r->end]);
	else if (code != NULL)
		snprintf(out, size, "%d %.*s", r->status, (int)strcspn(code, "\n<"), code);
	else
		snprintf(out, size, "%d", r->status);
}

static void exchange_trace(const struct exchange *e)
{
	const struct serve_options *o = e->server->options;
	const char *header = exchange_header(e, "Authorization");
	struct authorization a = {.key = "-", .service = "-"};
	char name[128], said[128];
	auto_buf line = BUF_INIT(1024), shown = BUF_INIT(8192);

	if (o->trace == NULL)
		return;
	if (header != NULL && !authorization_read(header, &a))
		a = (struct authorization){.key = "?", .service = "?"};
	reply_name(&e->reply, said, sizeof said);
	buf_printf(&line, "%s %.100s %s %s", a.service, operation_name(e, name, sizeof name), a.key,
		   said);
	escape_terminal(&shown, buf_str(&line), line.len);
	o->trace(o->ctx, buf_str(&shown));
}

static void exchange_serve(struct exchange *e, const char *method)
{
	struct header_list headers = {0};
	struct twin_request r = {.method = method,
				 .target = e->target,
				 .body = e->body.data,
				 .body_len =
				     e->too_large ? (size_t)SERVE_MAX_BODY + 1 : e->body.len};

	MHD_get_connection_values(e->connection, MHD_HEADER_KIND, header_add, &headers);
	r.headers = headers.list.at;
	r.headers_n = headers.list.n;
	/* Of a body that is too large, only its length is looked at. */
	if (str_starts(e->target, CONTROL_PREFIX))
		control_serve(e->server->twin, &r, &e->reply);
	else
		twin_serve(e->server->twin, &r, &e->reply);
	e->served = true;
	free(headers.list.at);
	exchange_trace(e);
	buf_free(&e->body);
}

/* The peer sees a reset, not an orderly end: Linux sends one when a connected socket is
 * disconnected. */
static enum MHD_Result exchange_reset(struct exchange *e)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(e->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	if (info != NULL)
		(void)connect(info->connect_fd, &none, sizeof none);
	return MHD_NO;
}

static void response_headers(struct MHD_Response *response, const struct buf *headers)
{
	auto_free char *copy = xstrdup(buf_str(headers));
	char *rest = copy, *line, *value;

	while ((line = strsep(&rest, "\n")) != NULL) {
		value = strstr(line, ": ");
		if (value == NULL)
			continue;
		*value = '\0';
		MHD_add_response_header(response, line, value + 2);
	}
}

/* A length is announced that is not the body's, and the connection ends after it. */
static void response_length(struct MHD_Response *response, size_t announced)
{
	char number[32];

	MHD_set_response_options(response, MHD_RF_INSANITY_HEADER_CONTENT_LENGTH, MHD_RO_END);
	snprintf(number, sizeof number, "%zu", announced);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_LENGTH, number);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
}

static enum MHD_Result exchange_answer(struct exchange *e)
{
	struct twin_reply *r = &e->reply;
	size_t len = r->body.len, sent = r->end == TWIN_TRUNCATES ? len / 2 : len;
	struct MHD_Response *response;
	enum MHD_Result result;

	if (r->end == TWIN_REFUSES || r->end == TWIN_RESETS)
		return exchange_reset(e);
	response = len == 0 ? MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT)
			    : MHD_create_response_from_buffer(sent, buf_take(&r->body),
							      MHD_RESPMEM_MUST_FREE);
	if (response == NULL)
		die_out_of_memory();
	response_headers(response, &r->headers);
	if (r->end == TWIN_TRUNCATES)
		response_length(response, len);
	else if (r->end == TWIN_OVERRUNS)
		response_length(response, len / 2);
	result = MHD_queue_response(e->connection, (unsigned)r->status, response);
	MHD_destroy_response(response);
	return result;
}

/* False: it goes on too long. */
static bool exchange_collect(struct exchange *e, const char *data, size_t len)
{
	e->received += len;
	if (e->received > SERVE_MAX_BODY && !e->too_large) {
		e->too_large = true;
		buf_free(&e->body);
	}
	if (!e->too_large)
		buf_add(&e->body, data, len);
	return e->received <= SWALLOWED_MAX;
}

static bool exchange_announces_too_much(const struct exchange *e)
{
	const char *length = exchange_header(e, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return length != NULL && strtoull(length, NULL, 10) > SERVE_MAX_BODY;
}

enum MHD_Result exchange_step(void *ctx, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *len, void **exchange)
{
	struct exchange *e = *exchange;
	struct server *s = ctx;

	(void)connection;
	(void)url;
	(void)version;
	if (!e->begun) {
		e->begun = true;
		e->too_large = exchange_announces_too_much(e);
		/* Who asks before sending need not send. */
		if (!e->too_large || exchange_header(e, MHD_HTTP_HEADER_EXPECT) == NULL)
			return MHD_YES;
	} else if (*len > 0) {
		if (!exchange_collect(e, data, *len))
			return MHD_NO;
		*len = 0;
		return MHD_YES;
	}
	if (!e->served) {
		exchange_serve(e, method);
		if (e->reply.due_us > server_now(s) && !s->ending && !e->too_large) {
			exchange_wait(e);
			return MHD_YES;
		}
	}
	return exchange_answer(e);
}

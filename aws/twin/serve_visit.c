/* One request of the HTTP front, from its first line to the end of its reply. */
#include "aws/twin/serve_priv.h"

#include "base/arena.h"
#include "base/text.h"

#include <limits.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* What is too large is still taken in, and dropped, so that the client comes to read why it is
 * refused; but not for ever. */
#define SWALLOWED_MAX (1ull << 30)

struct visit {
	struct server *server;
	struct MHD_Connection *connection;
	char *target;
	struct buf body;
	uint64_t received; /* bytes, dropped ones too */
	bool begun, served, too_large;
	struct twin_reply reply;
	struct visit *next; /* among those that wait */
};

int64_t server_now(const struct server *s)
{
	struct clock *clock = s->twin->options.clock;

	return clock->mono_us(clock);
}

/* libmicrohttpd closes without a word when the first line is no request: then AWS's front says
 * so. */
static void peer_refuse(int fd)
{
	static const char reply[] =
	    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/html\r\n"
	    "Content-Length: 50\r\n\r\n<html><body><h1>400 Bad Request</h1></body></html>";
	struct tcp_info info = {0};
	socklen_t len = sizeof info;

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_bytes_received > 0)
		(void)send(fd, reply, sizeof reply - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void peer_notify(void *ctx, struct MHD_Connection *connection, void **visited,
		 enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info;

	(void)ctx;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		*visited = xcalloc(1, sizeof(bool));
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info != NULL && !*(const bool *)*visited)
		peer_refuse(info->connect_fd);
	free(*visited);
	*visited = NULL;
}

void *visit_new(void *ctx, const char *uri, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct visit *v = xcalloc(1, sizeof *v);

	if (info != NULL && info->socket_context != NULL)
		*(bool *)info->socket_context = true;
	v->server = ctx;
	v->connection = connection;
	v->target = xstrdup(uri);
	v->body = (struct buf){.max = SERVE_MAX_BODY, .secret = true};
	return v;
}

static void waiting_remove(struct server *s, const struct visit *v)
{
	struct visit **at;

	for (at = &s->waiting; *at != NULL; at = &(*at)->next) {
		if (*at == v) {
			*at = v->next;
			return;
		}
	}
}

void visit_end(void *ctx, struct MHD_Connection *connection, void **visit,
	       enum MHD_RequestTerminationCode why)
{
	struct visit *v = *visit;

	(void)connection;
	(void)why;
	if (v == NULL)
		return;
	waiting_remove(ctx, v);
	buf_free(&v->body);
	twin_reply_free(&v->reply);
	free(v->target);
	free(v);
	*visit = NULL;
}

/* Behind those that are due at the same time. */
static void visit_wait(struct visit *v)
{
	struct visit **at = &v->server->waiting;

	while (*at != NULL && (*at)->reply.due_us <= v->reply.due_us)
		at = &(*at)->next;
	v->next = *at;
	*at = v;
	MHD_suspend_connection(v->connection);
}

void visits_resume(struct server *s)
{
	int64_t now = server_now(s);
	struct visit *v;

	while ((v = s->waiting) != NULL && (s->ending || v->reply.due_us <= now)) {
		s->waiting = v->next;
		v->next = NULL;
		MHD_resume_connection(v->connection);
	}
}

int64_t visits_due(const struct server *s)
{
	return s->waiting != NULL ? s->waiting->reply.due_us : INT64_MAX;
}

static const char *visit_header(const struct visit *v, const char *name)
{
	return MHD_lookup_connection_value(v->connection, MHD_HEADER_KIND, name);
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
static const char *operation_name(const struct visit *v, char *out, size_t size)
{
	const char *target = visit_header(v, "X-Amz-Target"), *action;

	if (target != NULL && strchr(target, '.') != NULL)
		return strchr(target, '.') + 1;
	action = strstr(v->target, "Action=");
	if (action == NULL)
		action = strstr(buf_str(&v->body), "Action=");
	if (action == NULL)
		return v->target;
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

static void visit_trace(const struct visit *v)
{
	const struct serve_options *o = v->server->options;
	const char *header = visit_header(v, "Authorization");
	struct authorization a = {.key = "-", .service = "-"};
	char name[128], said[128];
	auto_buf line = BUF_INIT(1024), shown = BUF_INIT(8192);

	if (o->trace == NULL)
		return;
	if (header != NULL && !authorization_read(header, &a))
		a = (struct authorization){.key = "?", .service = "?"};
	reply_name(&v->reply, said, sizeof said);
	buf_printf(&line, "%s %.100s %s %s", a.service, operation_name(v, name, sizeof name), a.key,
		   said);
	escape_terminal(&shown, buf_str(&line), line.len);
	o->trace(o->ctx, buf_str(&shown));
}

static void visit_serve(struct visit *v, const char *method)
{
	struct header_list headers = {0};
	struct twin_request r = {.method = method,
				 .target = v->target,
				 .body = v->body.data,
				 .body_len =
				     v->too_large ? (size_t)SERVE_MAX_BODY + 1 : v->body.len};

	MHD_get_connection_values(v->connection, MHD_HEADER_KIND, header_add, &headers);
	r.headers = headers.list.at;
	r.headers_n = headers.list.n;
	/* Of a body that is too large, only its length is looked at. */
	if (str_starts(v->target, CONTROL_PREFIX))
		control_serve(v->server->twin, &r, &v->reply);
	else
		twin_serve(v->server->twin, &r, &v->reply);
	v->served = true;
	free(headers.list.at);
	visit_trace(v);
	buf_free(&v->body);
}

/* The peer sees a reset, not an orderly end: Linux sends one when a connected socket is
 * disconnected. */
static enum MHD_Result visit_reset(struct visit *v)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(v->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
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

/* A body of which the length is announced wrongly. */
struct stream {
	char *data;
	size_t len;
};

static ssize_t stream_read(void *ctx, uint64_t at, char *out, size_t size)
{
	const struct stream *b = ctx;
	size_t n = at < b->len ? b->len - (size_t)at : 0;

	if (n == 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	n = n < size ? n : size;
	memcpy(out, b->data + at, n);
	return (ssize_t)n;
}

static void stream_free(void *ctx)
{
	struct stream *b = ctx;

	free(b->data);
	free(b);
}

/* libmicrohttpd announces what it knows: so it knows no length, and is told to end the connection
 * after the body. */
static struct MHD_Response *response_wrong(struct buf *body, size_t sent, size_t announced)
{
	struct stream *b = xcalloc(1, sizeof *b);
	struct MHD_Response *response;
	char number[32];

	*b = (struct stream){buf_take(body), sent};
	response =
	    MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16384, stream_read, b, stream_free);
	if (response == NULL)
		die_out_of_memory();
	MHD_set_response_options(
	    response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT | MHD_RF_INSANITY_HEADER_CONTENT_LENGTH,
	    MHD_RO_END);
	snprintf(number, sizeof number, "%zu", announced);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_LENGTH, number);
	return response;
}

static struct MHD_Response *response_new(struct twin_reply *r)
{
	size_t len = r->body.len;
	struct MHD_Response *response;

	if (r->end == TWIN_TRUNCATES)
		return response_wrong(&r->body, len / 2, len);
	if (r->end == TWIN_OVERRUNS)
		return response_wrong(&r->body, len, len / 2);
	response = len == 0 ? MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT)
			    : MHD_create_response_from_buffer(len, buf_take(&r->body),
							      MHD_RESPMEM_MUST_FREE);
	if (response == NULL)
		die_out_of_memory();
	return response;
}

static enum MHD_Result visit_answer(struct visit *v)
{
	struct twin_reply *r = &v->reply;
	struct MHD_Response *response;
	enum MHD_Result result;

	if (r->end == TWIN_REFUSES || r->end == TWIN_RESETS)
		return visit_reset(v);
	response = response_new(r);
	response_headers(response, &r->headers);
	result = MHD_queue_response(v->connection, (unsigned)r->status, response);
	MHD_destroy_response(response);
	return result;
}

/* False: it goes on too long. */
static bool visit_collect(struct visit *v, const char *data, size_t len)
{
	v->received += len;
	if (v->received > SERVE_MAX_BODY && !v->too_large) {
		v->too_large = true;
		buf_free(&v->body);
	}
	if (!v->too_large)
		buf_add(&v->body, data, len);
	return v->received <= SWALLOWED_MAX;
}

static bool visit_announces_too_much(const struct visit *v)
{
	const char *length = visit_header(v, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return length != NULL && strtoull(length, NULL, 10) > SERVE_MAX_BODY;
}

enum MHD_Result visit_step(void *ctx, struct MHD_Connection *connection, const char *url,
			   const char *method, const char *version, const char *data, size_t *len,
			   void **visit)
{
	struct visit *v = *visit;
	struct server *s = ctx;

	(void)connection;
	(void)url;
	(void)version;
	if (!v->begun) {
		v->begun = true;
		v->too_large = visit_announces_too_much(v);
		/* Who asks before sending need not send. */
		if (!v->too_large || visit_header(v, MHD_HTTP_HEADER_EXPECT) == NULL)
			return MHD_YES;
	} else if (*len > 0) {
		if (!visit_collect(v, data, *len))
			return MHD_NO;
		*len = 0;
		return MHD_YES;
	}
	if (!v->served) {
		visit_serve(v, method);
		if (v->reply.due_us > server_now(s) && !s->ending && !v->too_large) {
			visit_wait(v);
			return MHD_YES;
		}
	}
	return visit_answer(v);
}

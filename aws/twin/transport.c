/* Requests to a twin in this process, in virtual time or beside the real clock.
 *
 * As over a network: a request waits for a place in the window of its host, reaches the twin when
 * it is sent, and is done when its reply is due, its time is up, or the connection breaks. */
#include "aws/twin/transport.h"

#include "base/arena.h"
#include "base/loop.h"
#include "base/map.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

struct flight {
	TAILQ_ENTRY(flight) link; /* in its host's queue, or the landed */
	struct http_request *req;
	struct http_response response;
	struct window *host;
	int64_t due_us;
	uint64_t number; /* in the order of sending */
	size_t place;    /* in the heap */
	bool queued;
	char *message; /* owned; what response.message shows */
};
TAILQ_HEAD(flight_list, flight);

/* What is under way to one host. */
struct window {
	struct flight_list queue;
	unsigned flying;
};

struct twin_transport {
	struct transport base;
	struct twin *twin;
	struct clock *clock;
	struct twin_clock *virtual; /* the same; NULL: beside the real clock */
	struct map *host_by_name;
	VEC(struct window *) hosts;
	VEC(struct flight *) heap; /* that fly, the next to land first */
	struct flight_list landed; /* whose end needs no waiting for */
	uint64_t sent;
	bool dead;
};

static int64_t virtual_us(struct clock *clock)
{
	return ((struct twin_clock *)clock)->us;
}

void twin_clock_init(struct twin_clock *c, int64_t us)
{
	c->clock = (struct clock){.now_us = virtual_us, .mono_us = virtual_us};
	c->us = us;
}

static struct twin_transport *of_transport(struct transport *t)
{
	return (struct twin_transport *)t;
}

static int64_t transport_now(struct twin_transport *t)
{
	return t->clock->mono_us(t->clock);
}

static struct window *window_of(struct twin_transport *t, const char *url)
{
	auto_free char *name = xasprintf("%.*s", (int)http_origin(url), url);
	struct window *host = map_get(t->host_by_name, name);

	if (host != NULL)
		return host;
	host = xcalloc(1, sizeof *host);
	TAILQ_INIT(&host->queue);
	map_put(t->host_by_name, name, host);
	vec_push(&t->hosts, host);
	return host;
}

static bool lands_before(const struct flight *a, const struct flight *b)
{
	return a->due_us != b->due_us ? a->due_us < b->due_us : a->number < b->number;
}

static void heap_set(struct twin_transport *t, size_t place, struct flight *f)
{
	t->heap.at[place] = f;
	f->place = place;
}

static void heap_settle(struct twin_transport *t, struct flight *f, size_t place)
{
	size_t child;

	for (; place > 0 && lands_before(f, t->heap.at[(place - 1) / 2]); place = (place - 1) / 2)
		heap_set(t, place, t->heap.at[(place - 1) / 2]);
	while ((child = 2 * place + 1) < t->heap.n) {
		if (child + 1 < t->heap.n && lands_before(t->heap.at[child + 1], t->heap.at[child]))
			child++;
		if (!lands_before(t->heap.at[child], f))
			break;
		heap_set(t, place, t->heap.at[child]);
		place = child;
	}
	heap_set(t, place, f);
}

static struct flight *heap_pop(struct twin_transport *t)
{
	struct flight *first = t->heap.at[0], *last = t->heap.at[--t->heap.n];

	if (last != first)
		heap_settle(t, last, 0);
	first->host->flying--;
	return first;
}

static void flight_say(struct flight *f, enum http_outcome outcome, const char *message)
{
	f->response.outcome = outcome;
	free(f->message);
	f->message = xstrdup(message);
	f->response.message = f->message;
	buf_clear(&f->response.headers);
	buf_clear(&f->response.body);
}

static void flight_free(struct flight *f)
{
	buf_free(&f->response.headers);
	buf_free(&f->response.body);
	free(f->message);
	free(f);
}

/* What libcurl makes of such a reply. */
static void flight_conclude(struct flight *f, struct twin_reply *reply)
{
	struct http_response *r = &f->response;
	size_t max = f->req->max_body > 0 ? f->req->max_body : HTTP_MAX_BODY;
	auto_free char *text = NULL;

	r->headers = reply->headers;
	r->body = reply->body;
	r->status = reply->status;
	r->outcome = HTTP_REPLIED;
	if (reply->end == TWIN_OVERRUNS) {
		/* It reads what was announced, and takes no offence at the rest. */
		r->body.len /= 2;
		r->body.data[r->body.len] = '\0';
	}
	if (reply->end == TWIN_REFUSES) {
		flight_say(f, HTTP_NOT_SENT, "Failed to connect: Connection refused");
	} else if (reply->end == TWIN_RESETS) {
		flight_say(f, HTTP_LOST, "Recv failure: Connection reset by peer");
	} else if (reply->end == TWIN_TRUNCATES) {
		text = xasprintf("transfer closed with %zu bytes remaining to read",
				 r->body.len - r->body.len / 2);
		flight_say(f, HTTP_LOST, text);
	} else if (r->body.len > max) {
		text = xasprintf("the reply is longer than %zu bytes", max);
		flight_say(f, HTTP_LOST, text);
	}
}

static void flight_time_out(struct flight *f)
{
	int64_t timeout = f->req->timeout_us > 0 ? f->req->timeout_us : HTTP_TIMEOUT_US;
	auto_free char *text = NULL;

	if (f->due_us <= f->response.sent_us + timeout)
		return;
	f->due_us = f->response.sent_us + timeout;
	text = xasprintf("Operation timed out after %lld milliseconds with 0 bytes received",
			 (long long)(timeout / 1000));
	flight_say(f, HTTP_LOST, text);
}

static void land(struct twin_transport *t, struct flight *f)
{
	TAILQ_INSERT_TAIL(&t->landed, f, link);
}

/* The process is gone: nothing that is under way is ever answered. */
static void transport_die(struct twin_transport *t)
{
	struct flight *f;

	t->dead = true;
	while (t->heap.n > 0) {
		f = heap_pop(t);
		flight_say(f, HTTP_LOST, "the connection is gone");
		land(t, f);
	}
}

static bool host_is_given(const struct http_request *req)
{
	size_t i;

	for (i = 0; i < req->headers_n; i++) {
		if (strcasecmp(req->headers[i].name, "host") == 0)
			return true;
	}
	return false;
}

static void twin_ask(struct twin_transport *t, const struct http_request *req, struct twin_reply *r)
{
	const char *start = strstr(req->url, "://");
	size_t len = http_origin(req->url), n = req->headers_n;
	auto_free struct http_header *headers = xcalloc(n + 1, sizeof *headers);
	auto_free char *host = NULL;
	struct twin_request q = {
	    .method = req->method,
	    .target = req->url[len] == '\0' ? "/" : req->url + len,
	    .headers = headers,
	    .body = req->body,
	    .body_len = req->body_len,
	};

	if (n > 0)
		memcpy(headers, req->headers, n * sizeof *headers);
	if (!host_is_given(req)) {
		start = start == NULL ? req->url : start + 3;
		host = xasprintf("%.*s", (int)(len - (size_t)(start - req->url)), start);
		headers[n++] = (struct http_header){"host", host};
	}
	q.headers_n = n;
	twin_serve(t->twin, &q, r);
}

static void flight_start(struct twin_transport *t, struct flight *f)
{
	struct twin_reply reply;

	f->response.sent_us = transport_now(t);
	if (t->dead) {
		flight_say(f, HTTP_NOT_SENT, "the connection is gone");
		land(t, f);
		return;
	}
	twin_ask(t, f->req, &reply);
	flight_conclude(f, &reply);
	f->due_us = reply.due_us;
	flight_time_out(f);
	f->host->flying++;
	vec_push(&t->heap, f);
	heap_settle(t, f, t->heap.n - 1);
	if (reply.kills)
		transport_die(t);
}

static void transport_send(struct transport *base, struct http_request *req)
{
	struct twin_transport *t = of_transport(base);
	struct flight *f = xcalloc(1, sizeof *f);

	f->req = req;
	f->host = window_of(t, req->url);
	f->number = t->sent++;
	f->queued = true;
	req->handle = f;
	if (req->urgent)
		TAILQ_INSERT_HEAD(&f->host->queue, f, link);
	else
		TAILQ_INSERT_TAIL(&f->host->queue, f, link);
}

static void transport_cancel(struct transport *base, struct http_request *req)
{
	struct twin_transport *t = of_transport(base);
	struct flight *f = req->handle;

	if (f == NULL || !f->queued)
		return;
	f->queued = false;
	TAILQ_REMOVE(&f->host->queue, f, link);
	flight_say(f, HTTP_CANCELLED, "cancelled before it was sent");
	land(t, f);
}

/* The first of those that wait and have a place in their window; NULL: none. */
static struct flight *queues_first(struct twin_transport *t)
{
	struct flight *first = NULL, *f;
	size_t i;

	for (i = 0; i < t->hosts.n; i++) {
		f = TAILQ_FIRST(&t->hosts.at[i]->queue);
		if (f != NULL && (t->dead || t->hosts.at[i]->flying < HTTP_WINDOW) &&
		    (first == NULL || f->number < first->number))
			first = f;
	}
	return first;
}

static void queues_start(struct twin_transport *t)
{
	struct flight *f;

	while ((f = queues_first(t)) != NULL) {
		f->queued = false;
		TAILQ_REMOVE(&f->host->queue, f, link);
		flight_start(t, f);
	}
}

static void flight_done(struct twin_transport *t, struct flight *f)
{
	f->response.ended_us = transport_now(t);
	f->req->handle = NULL;
	f->req->done(f->req, &f->response);
	flight_free(f);
}

/* Whether anything was done. What is cancelled meanwhile waits for the next turn. */
static bool finish_landed(struct twin_transport *t)
{
	struct flight_list list = TAILQ_HEAD_INITIALIZER(list);
	struct flight *f;

	TAILQ_CONCAT(&list, &t->landed, link);
	if (TAILQ_EMPTY(&list))
		return false;
	while ((f = TAILQ_FIRST(&list)) != NULL) {
		TAILQ_REMOVE(&list, f, link);
		flight_done(t, f);
	}
	return true;
}

/* Sleeps until then. True: a signal came. */
static bool sleep_until(struct twin_transport *t, int64_t until_us)
{
	int64_t us = until_us - transport_now(t);
	struct timespec time = {.tv_sec = 3600};
	struct pollfd signal = {.fd = signal_fd(), .events = POLLIN};

	if (us <= 0)
		return false;
	if (us < HOUR_US)
		time = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
	/* A file descriptor of -1 is ignored. */
	if (ppoll(&signal, 1, &time, NULL) <= 0)
		return false;
	signal_drain();
	return true;
}

/* Lets the time pass until then. True: a signal came first. */
static bool pass_time(struct twin_transport *t, int64_t until_us)
{
	if (t->virtual == NULL)
		return sleep_until(t, until_us);
	if (until_us > t->virtual->us)
		t->virtual->us = until_us;
	return false;
}

static void transport_wait(struct transport *base, int64_t until_us)
{
	struct twin_transport *t = of_transport(base);
	int64_t next, now;

	for (;;) {
		queues_start(t);
		if (finish_landed(t))
			return;
		now = transport_now(t);
		next = t->heap.n > 0 ? t->heap.at[0]->due_us : INT64_MAX;
		if (next <= now) {
			flight_done(t, heap_pop(t));
			return;
		}
		if (now >= until_us || (next == INT64_MAX && until_us == INT64_MAX))
			return;
		if (pass_time(t, next < until_us ? next : until_us))
			return;
	}
}

static void transport_free(struct transport *base)
{
	struct twin_transport *t = of_transport(base);
	struct flight *f;
	size_t i;

	while (t->heap.n > 0)
		flight_free(heap_pop(t));
	for (i = 0; i < t->hosts.n; i++) {
		TAILQ_CONCAT(&t->landed, &t->hosts.at[i]->queue, link);
		free(t->hosts.at[i]);
	}
	while ((f = TAILQ_FIRST(&t->landed)) != NULL) {
		TAILQ_REMOVE(&t->landed, f, link);
		flight_free(f);
	}
	map_free(t->host_by_name);
	free(t->hosts.at);
	free(t->heap.at);
	free(t);
}

struct transport *twin_transport_real(struct twin *twin, struct clock *clock)
{
	struct twin_transport *t = xcalloc(1, sizeof *t);

	t->base =
	    (struct transport){transport_send, transport_wait, transport_cancel, transport_free};
	t->twin = twin;
	t->clock = clock;
	t->host_by_name = map_new();
	TAILQ_INIT(&t->landed);
	return &t->base;
}

struct transport *twin_transport_new(struct twin *twin, struct twin_clock *clock)
{
	struct transport *base = twin_transport_real(twin, &clock->clock);

	of_transport(base)->virtual = clock;
	return base;
}

bool twin_transport_dead(const struct transport *base)
{
	return ((const struct twin_transport *)base)->dead;
}

void twin_transport_revive(struct transport *base)
{
	of_transport(base)->dead = false;
}

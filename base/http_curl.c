/* Many exchanges on one thread by a libcurl multi handle. Only what is in flight stands in the
 * multi: with all of 20,000 requests in it, it spent nine seconds of processor time on them. */
#include "base/http.h"

#include "base/arena.h"
#include "base/http_exchange.h"
#include "base/loop.h"
#include "base/map.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct http_host {
	struct exchange_list queue;
	unsigned flying;
};

struct curl_transport {
	struct transport base;
	struct clock *clock;
	struct http_options options; /* strings owned */
	CURLM *multi;
	struct map *host_by_name;
	VEC(struct http_host *) hosts;
	VEC(CURL *) idle;                        /* easy handles, reset, to be used again */
	struct exchange_list flying, unsendable; /* the latter: cancelled, or refused by libcurl */
	size_t queued;
};

static struct curl_transport *of_transport(struct transport *t)
{
	return (struct curl_transport *)t;
}

/* The window is for what stands before the path: scheme, host and port. */
static struct http_host *host_of(struct curl_transport *t, const char *url)
{
	auto_free char *name = xasprintf("%.*s", (int)http_origin(url), url);
	struct http_host *host = map_get(t->host_by_name, name);

	if (host != NULL)
		return host;
	host = xcalloc(1, sizeof *host);
	TAILQ_INIT(&host->queue);
	map_put(t->host_by_name, name, host);
	vec_push(&t->hosts, host);
	return host;
}

static void transport_send(struct transport *base, struct http_request *req)
{
	struct curl_transport *t = of_transport(base);
	struct exchange *x = exchange_new(req);

	x->host = host_of(t, req->url);
	req->handle = x;
	if (req->urgent)
		TAILQ_INSERT_HEAD(&x->host->queue, x, link);
	else
		TAILQ_INSERT_TAIL(&x->host->queue, x, link);
	x->queued = true;
	t->queued++;
}

static void exchange_unqueue(struct curl_transport *t, struct exchange *x)
{
	TAILQ_REMOVE(&x->host->queue, x, link);
	x->queued = false;
	t->queued--;
}

static void transport_cancel(struct transport *base, struct http_request *req)
{
	struct curl_transport *t = of_transport(base);
	struct exchange *x = req->handle;

	if (x == NULL || !x->queued)
		return;
	x->response.outcome = HTTP_CANCELLED;
	x->response.message = "cancelled before it was sent";
	exchange_unqueue(t, x);
	TAILQ_INSERT_TAIL(&t->unsendable, x, link);
}

/* Hands the response to the caller. The exchange stands in no list any more. */
static void exchange_done(struct curl_transport *t, struct exchange *x)
{
	x->response.ended_us = t->clock->mono_us(t->clock);
	x->req->handle = NULL;
	x->req->done(x->req, &x->response);
	exchange_free(x);
}

static CURL *easy_take(struct curl_transport *t)
{
	CURL *easy = t->idle.n > 0 ? t->idle.at[--t->idle.n] : curl_easy_init();

	if (easy == NULL)
		die_out_of_memory();
	return easy;
}

static void easy_put(struct curl_transport *t, CURL *easy)
{
	curl_easy_reset(easy);
	vec_push(&t->idle, easy);
}

/* Puts the exchange into the multi, or among the unsendable: they are done without traffic. */
static void exchange_start(struct curl_transport *t, struct exchange *x)
{
	CURL *easy = easy_take(t);

	x->response.sent_us = t->clock->mono_us(t->clock);
	if (exchange_prepare(x, easy, &t->options) < 0) {
		easy_put(t, easy);
		TAILQ_INSERT_TAIL(&t->unsendable, x, link);
		return;
	}
	charter_assert(curl_multi_add_handle(t->multi, easy) == CURLM_OK);
	TAILQ_INSERT_TAIL(&t->flying, x, link);
	x->host->flying++;
}

static void queues_start(struct curl_transport *t)
{
	struct http_host *host;
	struct exchange *x;
	size_t i;

	for (i = 0; i < t->hosts.n && t->queued > 0; i++) {
		host = t->hosts.at[i];
		while (host->flying < HTTP_WINDOW && (x = TAILQ_FIRST(&host->queue)) != NULL) {
			exchange_unqueue(t, x);
			exchange_start(t, x);
		}
	}
}

/* Whether anything was done. What the callers cancel meanwhile waits for the next turn. */
static bool finish_unsendable(struct curl_transport *t)
{
	struct exchange_list list = TAILQ_HEAD_INITIALIZER(list);
	struct exchange *x;
	bool any = false;

	TAILQ_CONCAT(&list, &t->unsendable, link);
	while ((x = TAILQ_FIRST(&list)) != NULL) {
		TAILQ_REMOVE(&list, x, link);
		exchange_done(t, x);
		any = true;
	}
	return any;
}

static bool finish_flown(struct curl_transport *t)
{
	struct exchange *x;
	CURLMsg *message;
	bool any = false;
	int left;

	while ((message = curl_multi_info_read(t->multi, &left)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &x);
		exchange_conclude(x, message->data.result);
		/* The message is gone with the handle. */
		curl_multi_remove_handle(t->multi, x->easy);
		easy_put(t, x->easy);
		TAILQ_REMOVE(&t->flying, x, link);
		x->host->flying--;
		exchange_done(t, x);
		any = true;
	}
	return any;
}

/* Sleeps until there is traffic, for at most so many microseconds. True: a signal came. */
static bool sleep_for_traffic(struct curl_transport *t, int64_t us)
{
	struct curl_waitfd signal = {.fd = signal_fd(), .events = CURL_WAIT_POLLIN};
	int64_t ms = us / 1000 + (us % 1000 > 0);

	if (ms > 3600 * 1000)
		ms = 3600 * 1000;
	charter_assert(curl_multi_poll(t->multi, &signal, signal.fd >= 0, (int)ms, NULL) ==
		       CURLM_OK);
	if (signal.revents == 0)
		return false;
	signal_drain();
	return true;
}

static void transport_wait(struct transport *base, int64_t until_us)
{
	struct curl_transport *t = of_transport(base);
	int64_t now;
	int running;
	bool done;

	for (;;) {
		queues_start(t);
		charter_assert(curl_multi_perform(t->multi, &running) == CURLM_OK);
		done = finish_unsendable(t);
		done = finish_flown(t) || done;
		if (done)
			return;
		now = t->clock->mono_us(t->clock);
		if (now >= until_us)
			return;
		/* Nothing could end such a wait. */
		charter_assert(until_us != INT64_MAX || !TAILQ_EMPTY(&t->flying));
		if (sleep_for_traffic(t, until_us - now))
			return;
	}
}

static void transport_free(struct transport *base)
{
	struct curl_transport *t = of_transport(base);
	struct exchange *x;
	size_t i;

	while ((x = TAILQ_FIRST(&t->flying)) != NULL) {
		TAILQ_REMOVE(&t->flying, x, link);
		curl_multi_remove_handle(t->multi, x->easy);
		curl_easy_cleanup(x->easy);
		exchange_free(x);
	}
	for (i = 0; i < t->hosts.n; i++) {
		TAILQ_CONCAT(&t->unsendable, &t->hosts.at[i]->queue, link);
		free(t->hosts.at[i]);
	}
	while ((x = TAILQ_FIRST(&t->unsendable)) != NULL) {
		TAILQ_REMOVE(&t->unsendable, x, link);
		exchange_free(x);
	}
	for (i = 0; i < t->idle.n; i++)
		curl_easy_cleanup(t->idle.at[i]);
	curl_multi_cleanup(t->multi);
	curl_global_cleanup();
	map_free(t->host_by_name);
	free(t->hosts.at);
	free(t->idle.at);
	free((char *)t->options.ca_file);
	free((char *)t->options.user_agent);
	free(t);
}

struct transport *http_curl_new(struct clock *clock, const struct http_options *options,
				struct error *err)
{
	struct curl_transport *t;

	/* Otherwise each request would fail, with a message about certificates. */
	if (options->ca_file != NULL && access(options->ca_file, R_OK) < 0) {
		error_set(err, "%s: cannot read the file of certificate authorities: %m",
			  options->ca_file);
		return NULL;
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		error_set(err, "libcurl cannot be initialized");
		return NULL;
	}
	t = xcalloc(1, sizeof *t);
	t->base =
	    (struct transport){transport_send, transport_wait, transport_cancel, transport_free};
	t->clock = clock;
	t->options.ca_file = options->ca_file ? xstrdup(options->ca_file) : NULL;
	t->options.user_agent = options->user_agent ? xstrdup(options->user_agent) : NULL;
	t->multi = curl_multi_init();
	if (t->multi == NULL)
		die_out_of_memory();
	/* Connections kept open: a window for each of two hosts. */
	curl_multi_setopt(t->multi, CURLMOPT_MAXCONNECTS, 2L * HTTP_WINDOW);
	t->host_by_name = map_new();
	TAILQ_INIT(&t->flying);
	TAILQ_INIT(&t->unsendable);
	return &t->base;
}

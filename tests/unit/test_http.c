/* The libcurl transport against a server of our own: a thread for each connection, which does what
 * the path of the request says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/http.h"
#include "base/http_exchange.h"
#include "base/loop.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTIONS 1024

struct server {
	int fd;
	unsigned port;
	pthread_t listener;
	pthread_t thread[CONNECTIONS];
	pthread_mutex_t lock;
	/* Under the lock: */
	int connections, open, open_most, requests, followed;
	char last[8192]; /* the last request, head and body */
};

struct peer {
	struct server *server;
	int fd;
};

static void server_count(struct server *s, const char *request)
{
	pthread_mutex_lock(&s->lock);
	s->requests++;
	if (strstr(request, "/followed") != NULL)
		s->followed++;
	snprintf(s->last, sizeof s->last, "%s", request);
	pthread_mutex_unlock(&s->lock);
}

static void say(int fd, const char *s)
{
	ssize_t n = send(fd, s, strlen(s), MSG_NOSIGNAL);

	(void)n;
}

/* Reads one request whole. False: the connection ended, or what came is not HTTP. */
static bool request_read(int fd, char *request, size_t size)
{
	const char *end, *length;
	size_t len = 0;
	ssize_t n;

	for (;;) {
		n = recv(fd, request + len, size - len - 1, 0);
		if (n <= 0 || (len == 0 && request[0] == 0x16))
			return false;
		len += (size_t)n;
		request[len] = '\0';
		end = strstr(request, "\r\n\r\n");
		if (end == NULL)
			continue;
		length = strstr(request, "Content-Length: ");
		if (strlen(end + 4) >= (length ? strtoul(length + 16, NULL, 10) : 0))
			return true;
	}
}

static void say_endless(int fd)
{
	char piece[1024];
	int i;

	memset(piece, 'x', sizeof piece);
	say(fd, "HTTP/1.1 200 OK\r\n\r\n");
	for (i = 0; i < 4096; i++)
		if (send(fd, piece, sizeof piece, MSG_NOSIGNAL) < 0)
			return;
}

/* False: the connection is to be closed. */
static bool request_answer(int fd, const char *request, int nth)
{
	if (strstr(request, " /close") || (strstr(request, " /second") && nth == 2))
		return false;
	if (strstr(request, " /hang")) {
		char c;

		return recv(fd, &c, 1, 0) > 0;
	}
	if (strstr(request, " /endless")) {
		say_endless(fd);
		return false;
	}
	if (strstr(request, " /short")) {
		say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
		return false;
	}
	if (strstr(request, " /redirect"))
		say(fd, "HTTP/1.1 302 Found\r\nLocation: /followed\r\nContent-Length: 0\r\n\r\n");
	else if (strstr(request, " /interim"))
		say(fd, "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	else if (strstr(request, " /headers"))
		say(fd, "HTTP/1.1 418 Teapot\r\nX-Amzn-ErrorType:  Throttling \r\nDate: d\r\n"
			"Content-Length: 2\r\n\r\nno");
	else
		say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	return true;
}

static void *peer_run(void *arg)
{
	struct peer *peer = arg;
	struct server *s = peer->server;
	char request[8192];
	int nth = 0;

	while (request_read(peer->fd, request, sizeof request)) {
		server_count(s, request);
		if (strstr(request, " /slow"))
			usleep(2000);
		if (!request_answer(peer->fd, request, ++nth))
			break;
	}
	pthread_mutex_lock(&s->lock);
	s->open--;
	pthread_mutex_unlock(&s->lock);
	close(peer->fd);
	free(peer);
	return NULL;
}

static void *server_run(void *arg)
{
	struct server *s = arg;
	struct peer *peer;
	int fd, n;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		peer = xcalloc(1, sizeof *peer);
		*peer = (struct peer){s, fd};
		pthread_mutex_lock(&s->lock);
		n = s->connections++;
		if (++s->open > s->open_most)
			s->open_most = s->open;
		pthread_mutex_unlock(&s->lock);
		if (n >= CONNECTIONS || pthread_create(&s->thread[n], NULL, peer_run, peer) != 0)
			abort();
	}
	return NULL;
}

/* A socket on a free port of the loopback. */
static int listen_somewhere(unsigned *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 256), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

struct world {
	struct server server;
	struct transport *transport;
};

static int world_begin(void **state)
{
	struct world *w = xcalloc(1, sizeof *w);
	struct error err = {0};

	w->server.fd = listen_somewhere(&w->server.port);
	pthread_mutex_init(&w->server.lock, NULL);
	if (pthread_create(&w->server.listener, NULL, server_run, &w->server) != 0)
		return -1;
	w->transport = http_curl_new(clock_system(),
				     &(struct http_options){.user_agent = "charter-test"}, &err);
	*state = w;
	return w->transport == NULL ? -1 : 0;
}

static int world_end(void **state)
{
	struct world *w = *state;
	int i;

	w->transport->free(w->transport);
	shutdown(w->server.fd, SHUT_RDWR);
	pthread_join(w->server.listener, NULL);
	for (i = 0; i < w->server.connections; i++)
		pthread_join(w->server.thread[i], NULL);
	close(w->server.fd);
	pthread_mutex_destroy(&w->server.lock);
	free(w);
	return 0;
}

/* A request and what became of it. */
struct trial {
	struct http_request req;
	char url[128];
	bool ended, certificate;
	enum http_outcome outcome;
	int status;
	char *body, *message;
	char type[64];
};

static void on_done(struct http_request *req, struct http_response *r)
{
	struct trial *trial = req->ctx;

	assert_false(trial->ended);
	trial->ended = true;
	trial->outcome = r->outcome;
	trial->status = r->status;
	trial->certificate = r->certificate;
	http_header(r, "x-amzn-errortype", trial->type, sizeof trial->type);
	trial->message = r->message ? xstrdup(r->message) : NULL;
	trial->body = buf_take(&r->body);
	if (r->outcome == HTTP_REPLIED || r->outcome == HTTP_LOST)
		assert_true(r->sent_us > 0 && r->ended_us >= r->sent_us);
	assert_int_equal(r->outcome == HTTP_REPLIED, r->message == NULL);
}

static void trial_free(struct trial *trial)
{
	free(trial->body);
	free(trial->message);
}

#define auto_trial __attribute__((cleanup(trial_free))) struct trial

static void trial_send(struct world *w, struct trial *trial, const char *path)
{
	if (str_starts(path, "http"))
		snprintf(trial->url, sizeof trial->url, "%s", path);
	else
		snprintf(trial->url, sizeof trial->url, "http://127.0.0.1:%u%s", w->server.port,
			 path);
	trial->req.method = trial->req.method ? trial->req.method : "POST";
	trial->req.url = trial->url;
	trial->req.done = on_done;
	trial->req.ctx = trial;
	w->transport->send(w->transport, &trial->req);
	assert_false(trial->ended);
}

static void trial_run(struct world *w, struct trial *trial, const char *path)
{
	trial_send(w, trial, path);
	while (!trial->ended)
		w->transport->wait(w->transport, INT64_MAX);
}

static void test_reply(void **state)
{
	struct world *w = *state;
	const struct http_header headers[] = {{"Authorization", "AWS4"}, {"X-Empty", ""}};
	auto_trial trial = {
	    .req = {.headers = headers, .headers_n = 2, .body = "{}", .body_len = 2}};
	auto_trial head = {.req = {.method = "HEAD"}}, get = {.req = {.method = "GET"}};
	auto_trial interim = {0};

	trial_run(w, &trial, "/headers/../x%20y?a=b");
	assert_int_equal(trial.outcome, HTTP_REPLIED);
	assert_int_equal(trial.status, 418);
	assert_string_equal(trial.body, "no");
	assert_string_equal(trial.type, "Throttling");
	assert_non_null(strstr(w->server.last, "POST /headers/../x%20y?a=b HTTP/1.1\r\n"));
	assert_non_null(strstr(w->server.last, "\r\nAuthorization: AWS4\r\n"));
	assert_non_null(strstr(w->server.last, "\r\nX-Empty:\r\n"));
	assert_non_null(strstr(w->server.last, "\r\nUser-Agent: charter-test\r\n"));
	assert_non_null(strstr(w->server.last, "\r\n\r\n{}"));
	assert_null(strstr(w->server.last, "Expect"));
	assert_null(strstr(w->server.last, "Accept"));
	assert_null(strstr(w->server.last, "Content-Type"));
	trial_run(w, &get, "/");
	assert_string_equal(get.body, "ok");
	trial_run(w, &interim, "/interim");
	assert_int_equal(interim.status, 200);
	head.req.timeout_us = 5000000;
	trial_run(w, &head, "/redirect");
	assert_int_equal(head.status, 302);
}

static void test_redirect_is_not_followed(void **state)
{
	struct world *w = *state;
	auto_trial trial = {.req = {.method = "GET"}};

	trial_run(w, &trial, "/redirect");
	assert_int_equal(trial.outcome, HTTP_REPLIED);
	assert_int_equal(trial.status, 302);
	assert_int_equal(w->server.followed, 0);
	assert_int_equal(w->server.requests, 1);
}

static void test_lost(void **state)
{
	static const char *const paths[] = {"/close", "/endless", "/short", "/hang"};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < 4; i++) {
		auto_trial trial = {.req = {.fresh = true, .max_body = 5000, .timeout_us = 800000}};

		trial_run(w, &trial, paths[i]);
		assert_int_equal(trial.outcome, HTTP_LOST);
		assert_true(trial.message[0] != '\0');
		assert_false(trial.certificate);
		if (i == 1)
			assert_string_equal(trial.message, "the reply is longer than 5000 bytes");
	}
	assert_int_equal(w->server.requests, 4);
}

static void test_not_sent(void **state)
{
	struct world *w = *state;
	const struct http_header header = {"X", "a\r\nEvil: 1"};
	unsigned port;
	int fd = listen_somewhere(&port);
	auto_trial refused = {0}, unresolved = {.req = {.timeout_us = 3000000}}, no_tls = {0},
		   scheme = {0}, user = {0};
	auto_trial evil = {.req = {.headers = &header, .headers_n = 1}};
	char url[64];

	close(fd);
	snprintf(url, sizeof url, "http://127.0.0.1:%u/", port);
	trial_run(w, &refused, url);
	assert_int_equal(refused.outcome, HTTP_NOT_SENT);
	trial_run(w, &unresolved, "http://host.invalid/");
	assert_int_equal(unresolved.outcome, HTTP_NOT_SENT);
	snprintf(url, sizeof url, "https://127.0.0.1:%u/", w->server.port);
	trial_run(w, &no_tls, url);
	assert_int_equal(no_tls.outcome, HTTP_NOT_SENT);
	trial_run(w, &scheme, "httpx://127.0.0.1/");
	assert_int_equal(scheme.outcome, HTTP_NOT_SENT);
	snprintf(url, sizeof url, "http://a:b@127.0.0.1:%u/", w->server.port);
	trial_run(w, &user, url);
	assert_int_equal(user.outcome, HTTP_NOT_SENT);
	trial_run(w, &evil, "/");
	assert_int_equal(evil.outcome, HTTP_NOT_SENT);
	assert_int_equal(w->server.requests, 0);
}

/* A connection that stands but never speaks TLS: a time-out before anything was sent. */
static void test_timeout_before_sending(void **state)
{
	struct world *w = *state;
	auto_trial trial = {.req = {.timeout_us = 150000}};
	char url[64];
	unsigned port;
	int fd = listen_somewhere(&port);

	snprintf(url, sizeof url, "https://127.0.0.1:%u/", port);
	trial_run(w, &trial, url);
	assert_int_equal(trial.outcome, HTTP_NOT_SENT);
	assert_false(trial.certificate);
	close(fd);
}

/* The trap: libcurl sends a request again by itself when a reused connection closes unanswered. */
static void test_fresh_is_seen_once(void **state)
{
	struct world *w = *state;
	int i, before;

	for (i = 0; i < 4; i++) {
		auto_trial warm = {0}, fresh = {.req = {.fresh = true, .body = "x", .body_len = 1}};

		trial_run(w, &warm, "/ok");
		assert_int_equal(warm.outcome, HTTP_REPLIED);
		before = w->server.requests;
		trial_run(w, &fresh, i % 2 ? "/close" : "/second");
		assert_int_equal(fresh.outcome, i % 2 ? HTTP_LOST : HTTP_REPLIED);
		assert_int_equal(w->server.requests, before + 1);
	}
	/* And without a connection of its own it is sent again: the reason for all this. */
	auto_trial reused = {0};

	before = w->server.connections;
	trial_run(w, &reused, "/close");
	assert_int_equal(reused.outcome, HTTP_LOST);
	assert_true(w->server.connections > before);
}

static void test_connections_are_kept(void **state)
{
	struct world *w = *state;
	int i;

	for (i = 0; i < 5; i++) {
		auto_trial trial = {0};

		trial_run(w, &trial, "/ok");
	}
	assert_int_equal(w->server.connections, 1);
	for (i = 0; i < 3; i++) {
		auto_trial trial = {.req = {.fresh = true}};

		trial_run(w, &trial, "/ok");
	}
	assert_int_equal(w->server.connections, 4);
}

static void test_window(void **state)
{
	struct world *w = *state;
	struct trial *trials = xcalloc(600, sizeof *trials);
	size_t i, cancelled = 0, ended = 0;

	for (i = 0; i < 600; i++)
		trial_send(w, &trials[i], "/slow");
	/* Unsent, so none of these reaches the server; a second time it does nothing. */
	for (i = 1; i < 600; i += 2) {
		w->transport->cancel(w->transport, &trials[i].req);
		w->transport->cancel(w->transport, &trials[i].req);
	}
	w->transport->wait(w->transport, INT64_MAX);
	for (i = 0; i < 600; i++)
		cancelled += trials[i].ended && trials[i].outcome == HTTP_CANCELLED;
	assert_int_equal(cancelled, 300);
	while (ended < 600) {
		w->transport->wait(w->transport, clock_system()->mono_us(NULL) + 20000);
		for (ended = i = 0; i < 600; i++)
			ended += trials[i].ended;
	}
	for (i = 0; i < 600; i += 2)
		assert_int_equal(trials[i].outcome, HTTP_REPLIED);
	assert_int_equal(w->server.requests, 300);
	assert_true(w->server.open_most <= HTTP_WINDOW);
	for (i = 0; i < 600; i++)
		trial_free(&trials[i]);
	free(trials);
}

static void test_wait_ends_in_time(void **state)
{
	struct world *w = *state;
	int64_t now = clock_system()->mono_us(NULL), waited;
	struct trial queued = {0}, flying = {0};

	w->transport->wait(w->transport, now + 30000);
	waited = clock_system()->mono_us(NULL) - now;
	assert_true(waited >= 30000 && waited < 1000000);
	trial_send(w, &flying, "/hang");
	w->transport->wait(w->transport, clock_system()->mono_us(NULL) + 50000);
	w->transport->cancel(w->transport, &flying.req);
	assert_false(flying.ended);
	/* The transport is freed with one in flight and one queued. */
	trial_send(w, &queued, "/ok");
}

static void test_local_hosts_have_no_proxy(void **state)
{
	static const char *const local[] = {
	    "http://localhost:4566/", "http://x.localhost/",     "http://127.0.0.1/",
	    "http://127.9.9.9:1/",    "http://[::1]:80/",        "http://169.254.169.254/latest",
	    "http://169.254.170.2/",  "http://[fd00:ec2::254]/", "http://[fe80::1]/",
	    "http://LOCALHOST/",
	};
	static const char *const remote[] = {"https://sts.amazonaws.com/", "http://10.0.0.1/",
					     "http://localhost.example/",  "http://128.0.0.1/",
					     "http://[fd00:ec3::1]/",      "nonsense"};
	struct world *w = *state;
	auto_trial trial = {0};
	size_t i;

	for (i = 0; i < sizeof local / sizeof *local; i++)
		if (!url_is_local(local[i]))
			fail_msg("%s", local[i]);
	for (i = 0; i < sizeof remote / sizeof *remote; i++)
		if (url_is_local(remote[i]))
			fail_msg("%s", remote[i]);
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	trial_run(w, &trial, "/ok");
	unsetenv("http_proxy");
	assert_int_equal(trial.outcome, HTTP_REPLIED);
}

static SSL_CTX *self_signed(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();

	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	X509_sign(x, key, EVP_sha256());
	SSL_CTX_use_certificate(ctx, x);
	SSL_CTX_use_PrivateKey(ctx, key);
	X509_free(x);
	EVP_PKEY_free(key);
	return ctx;
}

static void *tls_run(void *arg)
{
	SSL_CTX *ctx = self_signed();
	SSL *ssl = SSL_new(ctx);
	int fd = accept(*(int *)arg, NULL, NULL);
	char c;

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1)
		SSL_read(ssl, &c, 1);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	close(fd);
	return NULL;
}

static void test_certificate_that_does_not_verify(void **state)
{
	struct world *w = *state;
	auto_trial trial = {0};
	auto_error err = {0};
	char url[64];
	pthread_t thread;
	unsigned port;
	int fd = listen_somewhere(&port);

	assert_int_equal(pthread_create(&thread, NULL, tls_run, &fd), 0);
	snprintf(url, sizeof url, "https://127.0.0.1:%u/", port);
	trial_run(w, &trial, url);
	assert_int_equal(trial.outcome, HTTP_NOT_SENT);
	assert_true(trial.certificate);
	pthread_join(thread, NULL);
	close(fd);
	assert_null(http_curl_new(clock_system(),
				  &(struct http_options){.ca_file = "/nonexistent.pem"}, &err));
	assert_non_null(strstr(err.message, "/nonexistent.pem"));
}

static void *signal_soon(void *arg)
{
	usleep(50000);
	kill(getpid(), *(int *)arg);
	return NULL;
}

static void on_told(void *ctx)
{
	++*(int *)ctx;
}

/* The last one: a pending signal stays for the life of the process. */
static void test_signal_wakes(void **state)
{
	struct world *w = *state;
	struct loop *loop = loop_new(clock_system(), w->transport);
	struct trial trial = {0};
	int number = SIGTERM, told = 0, status;
	int64_t now;
	pthread_t thread;
	pid_t pid;

	assert_int_equal(signal_fd(), -1);
	signals_install();
	signals_install();
	loop_on_signal(loop, on_told, &told);
	trial_send(w, &trial, "/hang");
	assert_int_equal(pthread_create(&thread, NULL, signal_soon, &number), 0);
	loop_step(loop);
	assert_int_equal(signal_pending(), SIGTERM);
	assert_int_equal(told, 0);
	loop_step(loop);
	assert_int_equal(told, 1);
	/* What is in flight is waited for as before. */
	now = clock_system()->mono_us(NULL);
	w->transport->wait(w->transport, now + 30000);
	assert_true(clock_system()->mono_us(NULL) - now >= 30000);
	assert_int_equal(told, 1);
	pthread_join(thread, NULL);
	pid = fork();
	if (pid == 0) {
		raise(SIGINT);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 130);
	loop_free(loop);
}

#define http_test(f) cmocka_unit_test_setup_teardown(f, world_begin, world_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    http_test(test_reply),
	    http_test(test_redirect_is_not_followed),
	    http_test(test_lost),
	    http_test(test_not_sent),
	    http_test(test_timeout_before_sending),
	    http_test(test_fresh_is_seen_once),
	    http_test(test_connections_are_kept),
	    http_test(test_window),
	    http_test(test_wait_ends_in_time),
	    http_test(test_local_hosts_have_no_proxy),
	    http_test(test_certificate_that_does_not_verify),
	    http_test(test_signal_wakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The twin over HTTP: the socket, and the loop of one thread around libmicrohttpd. */
#include "aws/twin/serve_priv.h"

#include "base/arena.h"
#include "base/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVE_CONNECTIONS 512u        /* at once; further ones wait to be accepted */
#define SERVE_IDLE_S      120u        /* after which a silent connection is closed */
#define SERVE_HEADERS     (64u << 10) /* bytes of a request's head */
#define SERVE_LONGEST_US  60000000LL  /* of one wait */
/* Turbo: a connection is not shut down before its end is made known, see peer_notify(). */
#define SERVE_FLAGS   (MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO)
#define SERVE_BACKLOG 1024

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* "127.0.0.1:4566", "[::1]:0", "localhost:4566". */
static int address_read(const char *s, union address *a, socklen_t *len, struct error *err)
{
	const char *colon = strrchr(s, ':');
	char host[64], *end = NULL;
	unsigned long port = 0;
	bool loopback;

	if (colon != NULL && colon[1] >= '0' && colon[1] <= '9')
		port = strtoul(colon + 1, &end, 10);
	if (end == NULL || *end != '\0' || port > 65535 || (size_t)(colon - s) >= sizeof host)
		return error_set(err, "--listen %s: not ADDRESS:PORT, such as 127.0.0.1:4566", s);
	snprintf(host, sizeof host, "%.*s", (int)(colon - s), s);
	*a = (union address){0};
	if (strcmp(host, "localhost") == 0)
		snprintf(host, sizeof host, "127.0.0.1");
	if (inet_pton(AF_INET, host, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons((uint16_t)port);
		*len = sizeof a->v4;
		loopback = ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
	} else {
		host[strcspn(host, "]")] = '\0';
		if (host[0] != '[' || inet_pton(AF_INET6, host + 1, &a->v6.sin6_addr) != 1)
			return error_set(err, "--listen %s: not a numeric address", s);
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons((uint16_t)port);
		*len = sizeof a->v6;
		loopback = IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
	}
	if (!loopback)
		return error_set(err,
				 "--listen %s: the twin listens on a loopback address only: its "
				 "keys are no secret",
				 s);
	return 0;
}

/* The socket; -1 with the error. `url` is that of the address that it got. */
static int socket_listen(const char *listen_at, char url[128], struct error *err)
{
	char host[INET6_ADDRSTRLEN];
	union address a;
	socklen_t len;
	int fd, on = 1;

	if (address_read(listen_at, &a, &len, err) != 0)
		return -1;
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(err, "--listen %s: %s", listen_at, strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, &a.any, len) != 0 || listen(fd, SERVE_BACKLOG) != 0 ||
	    getsockname(fd, &a.any, &len) != 0) {
		error_set(err, "--listen %s: %s%s", listen_at, strerror(errno),
			  errno == EADDRINUSE ? "; port 0 takes a free one" : "");
		close(fd);
		return -1;
	}
	if (a.any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &a.v4.sin_addr, host, sizeof host);
		snprintf(url, 128, "http://%s:%u", host, ntohs(a.v4.sin_port));
	} else {
		inet_ntop(AF_INET6, &a.v6.sin6_addr, host, sizeof host);
		snprintf(url, 128, "http://[%s]:%u", host, ntohs(a.v6.sin6_port));
	}
	return fd;
}

static int server_start(struct server *s, int fd, struct error *err)
{
	s->daemon = MHD_start_daemon(
	    SERVE_FLAGS, 0, NULL, NULL, visit_step, s, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_URI_LOG_CALLBACK, visit_new, s, MHD_OPTION_NOTIFY_COMPLETED, visit_end, s,
	    MHD_OPTION_NOTIFY_CONNECTION, peer_notify, s, MHD_OPTION_CONNECTION_LIMIT,
	    SERVE_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, SERVE_IDLE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVE_HEADERS, MHD_OPTION_END);
	if (s->daemon == NULL)
		return error_set(err, "the HTTP server does not start");
	return 0;
}

/* How long nothing need be done, unless something comes. */
static int64_t server_idle_us(struct server *s, int64_t due_us)
{
	int64_t us = due_us == INT64_MAX ? SERVE_LONGEST_US : due_us - server_now(s);
	MHD_UNSIGNED_LONG_LONG ms;

	if (us > SERVE_LONGEST_US)
		us = SERVE_LONGEST_US;
	if (MHD_get_timeout(s->daemon, &ms) == MHD_YES && ms < SERVE_LONGEST_US / 1000 &&
	    (int64_t)ms * 1000 < us)
		us = (int64_t)ms * 1000;
	return us > 0 ? us : 0;
}

static void server_run(struct server *s)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fds[2] = {{.fd = info->epoll_fd, .events = POLLIN},
				{.fd = signal_fd(), .events = POLLIN}};
	struct timespec wait;
	int64_t due, us;

	while (signal_pending() == 0) {
		visits_resume(s);
		MHD_run(s->daemon);
		/* Not resumed here: what is resumed must be run before there is a wait. */
		due = visits_due(s);
		us = server_idle_us(s, due);
		wait = (struct timespec){us / 1000000, us % 1000000 * 1000};
		if (ppoll(fds, 2, &wait, NULL) < 0 && errno != EINTR)
			break;
	}
}

/* What was waiting for its time is answered now. */
static void server_stop(struct server *s)
{
	s->ending = true;
	visits_resume(s);
	MHD_run(s->daemon);
	MHD_run(s->daemon);
	MHD_stop_daemon(s->daemon);
}

int twin_listen(struct twin *t, const struct serve_options *options, struct error *err)
{
	struct server s = {.twin = t, .options = options};
	char url[128];
	int fd, r = 0;

	if (control_faults_check(t->faults, err) != 0)
		return -1;
	fd = socket_listen(options->listen, url, err);
	if (fd < 0 || server_start(&s, fd, err) != 0)
		return -1;
	signals_install();
	if (options->ready != NULL)
		r = options->ready(options->ctx, url, err);
	if (r == 0)
		server_run(&s);
	server_stop(&s);
	return r;
}

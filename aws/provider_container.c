/* Credentials of a container: ECS and CodeBuild by a path on a fixed address, EKS Pod Identity and
 * others by a URL. An http URL is accepted on this machine and on AWS's own addresses only, since
 * the answer holds keys. */
#include "aws/provider_priv.h"

#include "base/arena.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

#define TIMEOUT_US (2 * 1000000LL)
#define BETWEEN_US 1000000LL
#define ADDRESS    "http://169.254.170.2"
#define RELATIVE   "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
#define FULL       "AWS_CONTAINER_CREDENTIALS_FULL_URI"
#define TOKEN      "AWS_CONTAINER_AUTHORIZATION_TOKEN"
#define TOKEN_FILE TOKEN "_FILE"

struct source_of_container {
	struct source source;
	char *url;
	struct ask *ask;
};

/* Copies the host of a URL, without brackets; false where the URL is not plain. */
static bool url_host(const char *url, char *host, size_t size)
{
	const char *start = strstr(url, "://") + 3;
	size_t len = http_origin(url) - (size_t)(start - url), n;
	const char *p;

	for (p = url; *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~' || *p == '\\')
			return false;
	}
	n = *start == '[' ? strcspn(start, "]") + 1 : strcspn(start, ":/");
	/* Nothing but a port may follow; no user name may stand before. */
	if (n > len || n + 1 > size || n < 2 || (n < len && start[n] != ':') ||
	    memchr(start, '@', len) != NULL ||
	    (n < len && strspn(start + n + 1, "0123456789") != len - n - 1))
		return false;
	if (*start == '[') {
		start++;
		n -= 2;
	}
	memcpy(host, start, n);
	host[n] = '\0';
	return n > 0;
}

/* Numeric addresses are judged as numbers. */
static bool host_is_allowed(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6, pod;

	if (strcmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127 || strcmp(host, "169.254.170.2") == 0 ||
		       strcmp(host, "169.254.170.23") == 0;
	return inet_pton(AF_INET6, host, &v6) == 1 &&
	       inet_pton(AF_INET6, "fd00:ec2::23", &pod) == 1 &&
	       (IN6_IS_ADDR_LOOPBACK(&v6) || memcmp(&v6, &pod, sizeof v6) == 0);
}

static int check_full(const char *url, struct error *err)
{
	char host[256];

	if ((!str_starts(url, "https://") && !str_starts(url, "http://")) ||
	    !url_host(url, host, sizeof host))
		return error_set(err, FULL ": must be a URL: https://HOST/PATH, or http:// with an "
					   "allowed host");
	if (str_starts(url, "http://") && !host_is_allowed(host))
		return error_set(err,
				 FULL ": the host %s is not allowed: keys come by plain http only "
				      "from a loopback address, localhost, 169.254.170.2, "
				      "169.254.170.23 and fd00:ec2::23; else it must be https",
				 host);
	return 0;
}

static int check_relative(const char *path, struct error *err)
{
	const char *p = path;

	while (*p > ' ' && *p <= '~')
		p++;
	return *path == '/' && *p == '\0'
		   ? 0
		   : error_set(err, RELATIVE ": must be a path that begins with /");
}

static int container_decide(const struct decision *d, struct source **out, struct error *err)
{
	const char *relative = place_env(d->place, RELATIVE), *full = place_env(d->place, FULL);
	struct source_of_container *s;

	if (!d->top || (relative == NULL && full == NULL))
		return 0;
	if (relative != NULL ? check_relative(relative, err) < 0 : check_full(full, err) < 0)
		return -1;
	s = source_new(sizeof *s, &source_container, d, xstrdup("container"));
	s->url = relative != NULL ? xasprintf(ADDRESS "%s", relative) : xstrdup(full);
	*out = &s->source;
	return 1;
}

/* The file is read for each request: the token in it is replaced from time to time. */
static int container_token(const struct place *p, struct buf *token, struct error *err)
{
	const char *file = place_env(p, TOKEN_FILE), *text = place_env(p, TOKEN);

	*token = (struct buf){.max = 64 << 10, .secret = true};
	if (file != NULL) {
		if (token_read(TOKEN_FILE, file, token, err) < 0)
			return -1;
	} else if (text != NULL) {
		buf_puts(token, text);
	}
	if (strlen(buf_str(token)) == token->len && strpbrk(buf_str(token), "\r\n") == NULL)
		return 0;
	return error_set(err, "%s: the token holds a line break, which may not stand in a header",
			 file != NULL ? TOKEN_FILE : TOKEN);
}

static void container_send(struct source_of_container *s, int64_t delay_us)
{
	auto_buf token = {0};
	auto_error err = {0};

	if (container_token(s->source.place, &token, &err) < 0) {
		source_end(&s->source, NULL, &err);
		return;
	}
	ask_request(s->ask, "GET", s->url, TIMEOUT_US);
	ask_direct(s->ask);
	ask_header(s->ask, "accept", "application/json");
	if (token.len > 0)
		ask_header(s->ask, "authorization", buf_str(&token));
	ask_send(s->ask, delay_us);
}

static void on_container(void *ctx, const struct http_response *r)
{
	struct source_of_container *s = ctx;
	struct credentials c = {0};
	auto_error err = {0};
	auto_buf said = BUF_INIT(1024);
	json_t *body;

	if (ask_again(s->ask, r)) {
		container_send(s, BETWEEN_US);
		return;
	}
	body = response_json(r);
	if (body == NULL) {
		response_say(r, &said);
		error_set(&err, "the container's endpoint gave none: %s", buf_str(&said));
	} else {
		keys_read(body, &names_metadata, &c, &err);
	}
	json_wipe(body);
	source_end(&s->source, err.code == EXIT_DONE ? &c : NULL, &err);
}

static void container_get(struct source *source)
{
	struct source_of_container *s = (struct source_of_container *)source;

	s->ask = ask_new(s->source.place->loop, on_container, s);
	container_send(s, 0);
}

static void container_free(struct source *source)
{
	struct source_of_container *s = (struct source_of_container *)source;

	ask_free(s->ask);
	free_ptr(&s->url);
}

const struct source_kind source_container = {
    .decide = container_decide, .get = container_get, .free = container_free};

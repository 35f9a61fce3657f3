#include "base/http_exchange.h"

#include "base/arena.h"
#include "base/digest.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_HEADERS        ((size_t)256 << 10) /* bytes of a response's headers */
#define CONNECT_TIMEOUT_US (10 * 1000000LL)

struct exchange *exchange_new(struct http_request *req)
{
	struct exchange *x = xcalloc(1, sizeof *x);
	size_t max_body = req->max_body > 0 ? req->max_body : HTTP_MAX_BODY;

	x->req = req;
	/* Replies of STS and of the container's endpoints hold credentials. */
	x->response.body = (struct buf){.max = max_body, .secret = true};
	x->response.headers = BUF_INIT(MAX_HEADERS);
	return x;
}

static void slist_wipe(struct curl_slist *list)
{
	struct curl_slist *l;

	for (l = list; l != NULL; l = l->next)
		wipe(l->data, strlen(l->data));
	curl_slist_free_all(list);
}

void exchange_free(struct exchange *x)
{
	buf_free(&x->response.body);
	buf_free(&x->response.headers);
	slist_wipe(x->headers);
	free(x->message);
	free(x);
}

static bool address_is_local(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;
	uint32_t n;

	if (inet_pton(AF_INET, host, &v4) == 1) {
		n = ntohl(v4.s_addr);
		return n >> 24 == 127 || n >> 16 == 0xa9fe; /* 127/8; 169.254/16 */
	}
	if (inet_pton(AF_INET6, host, &v6) != 1)
		return false;
	/* fd00:ec2::/32 is where EC2 and EKS keep their endpoints of metadata and credentials. */
	return IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_LINKLOCAL(&v6) ||
	       memcmp(v6.s6_addr, "\xfd\x00\x0e\xc2", 4) == 0;
}

static bool host_is_local(char *host)
{
	size_t len = strlen(host);

	if (strcasecmp(host, "localhost") == 0 || (len > 10 && str_ends(host, ".localhost")))
		return true;
	if (host[0] == '[' && len > 2) {
		host[strcspn(host, "]%")] = '\0';
		host++;
	}
	return address_is_local(host);
}

bool url_is_local(const char *url)
{
	CURLU *parts = curl_url();
	char *host = NULL;
	bool local = false;

	if (parts == NULL)
		die_out_of_memory();
	if (curl_url_set(parts, CURLUPART_URL, url, CURLU_PATH_AS_IS) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK)
		local = host_is_local(host);
	curl_free(host);
	curl_url_cleanup(parts);
	return local;
}

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;

	if (buf_add(&x->response.body, data, size * n))
		return size * n;
	snprintf(x->too_large, sizeof x->too_large, "the reply is longer than %zu bytes",
		 x->response.body.max);
	return 0;
}

/* Keeps the headers of the last response only: interim ones (1xx) come before it. */
static size_t on_header(char *data, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	struct buf *headers = &x->response.headers;
	size_t len = size * n, i;
	char *colon, *value, *end = data + len;

	if (len >= 5 && memcmp(data, "HTTP/", 5) == 0) {
		buf_clear(headers);
		return len;
	}
	while (end > data && strchr(" \t\r\n", end[-1]) != NULL)
		end--;
	colon = memchr(data, ':', (size_t)(end - data));
	if (colon == NULL || colon == data)
		return len;
	for (value = colon + 1; value < end && (*value == ' ' || *value == '\t'); value++)
		;
	for (i = 0; data + i < colon; i++)
		buf_putc(headers,
			 data[i] >= 'A' && data[i] <= 'Z' ? (char)(data[i] | 32) : data[i]);
	buf_puts(headers, ": ");
	buf_add(headers, value, (size_t)(end - value));
	if (buf_putc(headers, '\n'))
		return len;
	snprintf(x->too_large, sizeof x->too_large,
		 "the headers of the reply are longer than %zu bytes", MAX_HEADERS);
	return 0;
}

/* libcurl calls this when the connection stands, TLS and all, before it sends the first byte: so
 * whatever fails without this having been called was never seen by the server. */
static int on_sending(void *ctx, char *peer, char *local, int peer_port, int local_port)
{
	struct exchange *x = ctx;

	(void)peer;
	(void)local;
	(void)peer_port;
	(void)local_port;
	x->sending = true;
	return CURL_PREREQFUNC_OK;
}

static void header_append(struct exchange *x, const char *line)
{
	struct curl_slist *list = curl_slist_append(x->headers, line);

	if (list == NULL)
		die_out_of_memory();
	x->headers = list;
}

static bool header_given(const struct http_request *req, const char *name)
{
	size_t i;

	for (i = 0; i < req->headers_n; i++)
		if (strcasecmp(req->headers[i].name, name) == 0)
			return true;
	return false;
}

/* What the caller signed is what is sent: libcurl's own headers are turned off, but for Host,
 * Content-Length and User-Agent. */
static int headers_build(struct exchange *x)
{
	static const char *const unwanted[] = {"Accept", "Content-Type", "Expect"};
	const struct http_request *req = x->req;
	const struct http_header *h;
	struct buf line = {.max = SIZE_MAX, .secret = true};
	size_t i;

	for (i = 0; i < req->headers_n; i++) {
		h = &req->headers[i];
		if (h->name[strcspn(h->name, "\r\n")] || h->value[strcspn(h->value, "\r\n")])
			return -1;
		buf_clear(&line);
		/* "Name:" would remove the header, "Name;" sends it empty. */
		buf_printf(&line, *h->value ? "%s: %s" : "%s;", h->name, h->value);
		header_append(x, buf_str(&line));
	}
	for (i = 0; i < sizeof unwanted / sizeof *unwanted; i++) {
		if (header_given(req, unwanted[i]))
			continue;
		buf_clear(&line);
		buf_printf(&line, "%s:", unwanted[i]);
		header_append(x, buf_str(&line));
	}
	buf_free(&line);
	return 0;
}

static void set_method(CURL *easy, const struct http_request *req)
{
	if (strcmp(req->method, "HEAD") == 0) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
		return;
	}
	if (strcmp(req->method, "GET") == 0 && req->body_len == 0) {
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
		return;
	}
	if (req->body_len > 0 || strcmp(req->method, "DELETE") != 0) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body_len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, req->body_len > 0 ? req->body : "");
	}
	if (strcmp(req->method, "POST") != 0)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, req->method);
}

static void set_connection(CURL *easy, const struct http_request *req,
			   const struct http_options *options)
{
	int64_t timeout_us = req->timeout_us > 0 ? req->timeout_us : HTTP_TIMEOUT_US;
	int64_t connect_us = timeout_us < CONNECT_TIMEOUT_US ? timeout_us : CONNECT_TIMEOUT_US;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)((timeout_us + 999) / 1000));
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)((connect_us + 999) / 1000));
	if (options->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
	if (options->user_agent != NULL)
		curl_easy_setopt(easy, CURLOPT_USERAGENT, options->user_agent);
	if (req->direct || url_is_local(req->url))
		curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	/* On a reused connection that closes unanswered, libcurl would send the request again. */
	if (req->fresh) {
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	}
}

int exchange_prepare(struct exchange *x, CURL *easy, const struct http_options *options)
{
	if (headers_build(x) < 0) {
		x->response.outcome = HTTP_NOT_SENT;
		x->response.message = "a header of the request holds a line break";
		return -1;
	}
	x->easy = easy;
	set_connection(easy, x->req, options);
	set_method(easy, x->req);
	curl_easy_setopt(easy, CURLOPT_URL, x->req->url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, x->headers);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->error);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, x);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_sending);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, x);
	return 0;
}

static bool is_certificate_failure(CURLcode result)
{
	return result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_ISSUER_ERROR ||
	       result == CURLE_SSL_INVALIDCERTSTATUS || result == CURLE_SSL_CACERT_BADFILE;
}

void exchange_conclude(struct exchange *x, CURLcode result)
{
	struct http_response *r = &x->response;
	long status = 0;

	if (result == CURLE_OK) {
		curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
		r->outcome = HTTP_REPLIED;
		r->status = (int)status;
		return;
	}
	r->outcome = x->sending ? HTTP_LOST : HTTP_NOT_SENT;
	r->certificate = is_certificate_failure(result);
	if (x->too_large[0] != '\0')
		x->message = xstrdup(x->too_large);
	else if (x->error[0] != '\0')
		x->message = xstrdup(x->error);
	else
		x->message = xstrdup(curl_easy_strerror(result));
	r->message = x->message;
}

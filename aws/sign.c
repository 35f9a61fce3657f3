/* Signature Version 4, as the AWS General Reference describes it ("Create a signed AWS API
 * request"). */
#include "aws/sign.h"

#include "base/arena.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ALGORITHM      "AWS4-HMAC-SHA256"
#define SIGN_MAX_BYTES (1u << 20) /* of a canonical request: the headers and path, not the body */

struct signed_header {
	char *name; /* lower case */
	struct buf value;
};
typedef VEC(struct signed_header) header_list;

struct pair {
	char *name, *value; /* encoded */
};
typedef VEC(struct pair) pair_list;

void credentials_free(struct credentials *c)
{
	if (c == NULL)
		return;
	wipe_free(c->access_key_id);
	wipe_free(c->secret_access_key);
	wipe_free(c->session_token);
	free(c->source);
	*c = (struct credentials){0};
}

/* Appends one segment of a path: ".." takes back the one before, "." and "" add nothing. */
static void path_segment(struct buf *out, const char *s, size_t len)
{
	if (len == 0 || (len == 1 && s[0] == '.'))
		return;
	if (len == 2 && s[0] == '.' && s[1] == '.') {
		while (out->len > 0 && out->data[out->len - 1] != '/')
			out->data[--out->len] = '\0';
		if (out->len > 0)
			out->data[--out->len] = '\0';
		return;
	}
	buf_putc(out, '/');
	buf_add(out, s, len);
}

/* RFC 3986 section 5.2.4, and runs of slashes become one. */
static void path_normalize(struct buf *out, const char *path)
{
	const char *last = path;
	bool directory;
	size_t len;

	while (*path != '\0') {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		path_segment(out, path, len);
		if (len > 0)
			last = path;
		path += len;
	}
	len = strcspn(last, "/");
	directory = last[len] == '/' || (len == 1 && last[0] == '.') ||
		    (len == 2 && memcmp(last, "..", 2) == 0);
	if (out->len == 0 || directory)
		buf_putc(out, '/');
}

static void canonical_path(const struct sign_request *r, struct buf *out)
{
	auto_buf path = BUF_INIT(SIGN_MAX_BYTES);
	const char *p, *slash;

	if (r->normalize)
		path_normalize(&path, r->path);
	else
		buf_puts(&path, *r->path == '\0' ? "/" : r->path);
	if (!r->double_encode) {
		buf_add(out, path.data, path.len);
		return;
	}
	for (p = buf_str(&path); *p != '\0'; p = slash) {
		slash = p + strcspn(p, "/");
		escape_percent(out, p, (size_t)(slash - p));
		if (*slash == '/') {
			buf_putc(out, '/');
			slash++;
		}
	}
}

static int pair_cmp(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : strcmp(x->value, y->value);
}

/* Decodes what was sent and encodes it again, so that every spelling signs the same. */
static char *query_part(const char *s, size_t len)
{
	auto_buf plain = BUF_INIT(SIGN_MAX_BYTES);
	struct buf out = BUF_INIT(SIGN_MAX_BYTES);

	if (unescape_percent(&plain, s, len)) {
		escape_percent(&out, buf_str(&plain), plain.len);
	} else {
		buf_clear(&out);
		escape_percent(&out, s, len);
	}
	return buf_take(&out);
}

static void canonical_query(const char *query, struct buf *out)
{
	pair_list pairs = {0};
	const char *equals;
	size_t i, len, name;
	struct pair p;

	for (; *query != '\0'; query += len + (query[len] == '&')) {
		len = strcspn(query, "&");
		if (len == 0)
			continue;
		equals = memchr(query, '=', len);
		name = equals == NULL ? len : (size_t)(equals - query);
		p.name = query_part(query, name);
		p.value = equals == NULL ? xstrdup("") : query_part(equals + 1, len - name - 1);
		vec_push(&pairs, p);
	}
	if (pairs.n > 0)
		qsort(pairs.at, pairs.n, sizeof *pairs.at, pair_cmp);
	for (i = 0; i < pairs.n; i++) {
		buf_printf(out, "%s%s=%s", i > 0 ? "&" : "", pairs.at[i].name, pairs.at[i].value);
		free(pairs.at[i].name);
		free(pairs.at[i].value);
	}
	free(pairs.at);
}

/* Outer blanks go, inner runs become one. */
static void header_value(struct buf *out, const char *s)
{
	bool blank = false, any = false;

	for (; *s != '\0'; s++) {
		if (isspace((unsigned char)*s)) {
			blank = true;
			continue;
		}
		if (blank && any)
			buf_putc(out, ' ');
		buf_putc(out, *s);
		blank = false;
		any = true;
	}
}

/* A name given twice is one header, its values joined in the order given. */
static void headers_add(header_list *list, const char *name, const char *value)
{
	struct signed_header h = {.name = xstrdup(name), .value = BUF_INIT(SIGN_MAX_BYTES)};
	size_t i;
	char *c;

	for (c = h.name; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	for (i = 0; i < list->n; i++) {
		if (strcmp(list->at[i].name, h.name) == 0) {
			buf_putc(&list->at[i].value, ',');
			header_value(&list->at[i].value, value);
			free(h.name);
			return;
		}
	}
	h.value.secret = strcmp(h.name, "x-amz-security-token") == 0;
	header_value(&h.value, value);
	vec_push(list, h);
}

static int header_cmp(const void *a, const void *b)
{
	const struct signed_header *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void canonical_headers(const struct sign_request *r, const struct sign_scope *scope,
			      const struct credentials *c, const char *body_hash, struct buf *out,
			      struct buf *signed_headers)
{
	header_list list = {0};
	size_t i;

	for (i = 0; i < r->headers_n; i++)
		headers_add(&list, r->headers[i].name, r->headers[i].value);
	headers_add(&list, "x-amz-date", scope->time);
	if (c->session_token != NULL && !r->omit_session_token)
		headers_add(&list, "x-amz-security-token", c->session_token);
	if (r->sign_body)
		headers_add(&list, "x-amz-content-sha256", body_hash);
	qsort(list.at, list.n, sizeof *list.at, header_cmp);
	for (i = 0; i < list.n; i++) {
		buf_puts(out, list.at[i].name);
		buf_putc(out, ':');
		buf_puts(out, buf_str(&list.at[i].value));
		buf_putc(out, '\n');
		buf_printf(signed_headers, "%s%s", i > 0 ? ";" : "", list.at[i].name);
		free(list.at[i].name);
		buf_free(&list.at[i].value);
	}
	free(list.at);
}

void sign_canonical_request(const struct sign_request *r, const struct sign_scope *scope,
			    const struct credentials *c, struct buf *out,
			    struct buf *signed_headers)
{
	char hash[SHA256_HEX];

	sha256_hex(r->body_len > 0 ? r->body : "", r->body_len, hash);
	buf_puts(out, r->method);
	buf_putc(out, '\n');
	canonical_path(r, out);
	buf_putc(out, '\n');
	canonical_query(r->query, out);
	buf_putc(out, '\n');
	canonical_headers(r, scope, c, hash, out, signed_headers);
	buf_putc(out, '\n');
	buf_puts(out, buf_str(signed_headers));
	buf_putc(out, '\n');
	buf_puts(out, hash);
}

void sign_string_to_sign(const char *canonical_request, const struct sign_scope *scope,
			 struct buf *out)
{
	char hash[SHA256_HEX];

	sha256_hex(canonical_request, strlen(canonical_request), hash);
	buf_printf(out, ALGORITHM "\n%s\n%.8s/%s/%s/aws4_request\n%s", scope->time, scope->time,
		   scope->region, scope->service, hash);
}

void sign_signature(const char *string_to_sign, const struct sign_scope *scope, const char *secret,
		    char out[SHA256_HEX])
{
	auto_buf first = {.max = SIGN_MAX_BYTES, .secret = true};
	unsigned char key[SHA256_BYTES], next[SHA256_BYTES];

	buf_puts(&first, "AWS4");
	buf_puts(&first, secret);
	hmac_sha256(first.data, first.len, scope->time, 8, key);
	hmac_sha256(key, sizeof key, scope->region, strlen(scope->region), next);
	hmac_sha256(next, sizeof next, scope->service, strlen(scope->service), key);
	hmac_sha256(key, sizeof key, "aws4_request", strlen("aws4_request"), next);
	hmac_sha256(next, sizeof next, string_to_sign, strlen(string_to_sign), key);
	hex_encode(key, sizeof key, out);
	wipe(next, sizeof next);
	wipe(key, sizeof key);
}

void sign_authorization(const struct sign_request *r, const struct sign_scope *scope,
			const struct credentials *c, struct buf *out)
{
	auto_buf canonical = {.max = SIGN_MAX_BYTES, .secret = true};
	auto_buf headers = BUF_INIT(SIGN_MAX_BYTES);
	auto_buf to_sign = BUF_INIT(SIGN_MAX_BYTES);
	char signature[SHA256_HEX];

	sign_canonical_request(r, scope, c, &canonical, &headers);
	sign_string_to_sign(buf_str(&canonical), scope, &to_sign);
	sign_signature(buf_str(&to_sign), scope, c->secret_access_key, signature);
	buf_printf(out, ALGORITHM " Credential=%s/%.8s/%s/%s/aws4_request, SignedHeaders=%s, ",
		   c->access_key_id, scope->time, scope->region, scope->service, buf_str(&headers));
	buf_printf(out, "Signature=%s", signature);
}

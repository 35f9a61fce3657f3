/* Who calls: Signature Version 4 in the Authorization header, looked at as AWS looks at it. */
#include "aws/twin/iam_priv.h"
#include "aws/twin/wire_priv.h"

#include "aws/sign.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define AUTH_ALGORITHM "AWS4-HMAC-SHA256"
#define AUTH_WINDOW_US (300 * 1000000LL) /* by which a request's date may be off, either way */
#define AUTH_HEADERS   256
#define AKIA_PREFIX    8 /* "AKIATWIN", before the account's number */
#define ACCOUNT_DIGITS 12

enum auth_problem {
	AUTH_MISSING,    /* no signature at all */
	AUTH_INCOMPLETE, /* something that is no signature */
	AUTH_UNKNOWN,    /* key or token */
	AUTH_SIGNATURE,
	AUTH_LATE, /* date too far off */
	AUTH_EXPIRED,
};
struct auth_code {
	const char *json, *query;
	int query_status;
};
/* JSON 1.1 says all of them with 400, REST with 403. */
static const struct auth_code auth_codes[] = {
    [AUTH_MISSING] = {"MissingAuthenticationTokenException", "MissingAuthenticationToken", 403},
    [AUTH_INCOMPLETE] = {"IncompleteSignatureException", "IncompleteSignature", 400},
    [AUTH_UNKNOWN] = {"UnrecognizedClientException", "InvalidClientTokenId", 403},
    [AUTH_SIGNATURE] = {"InvalidSignatureException", "SignatureDoesNotMatch", 403},
    /* As AWS says it of a signature in a header: "Signature expired". */
    [AUTH_LATE] = {"InvalidSignatureException", "SignatureDoesNotMatch", 403},
    [AUTH_EXPIRED] = {"ExpiredTokenException", "ExpiredToken", 403},
};

static const char message_unknown[] = "The security token included in the request is invalid.";
static const char message_signature[] =
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details.";

/* Always -1. */
static int auth_refuse(struct twin_call *call, enum service_id service, enum auth_problem problem,
		       const char *message)
{
	const struct auth_code *c = &auth_codes[problem];
	enum protocol protocol = services[service].protocol;
	bool xml = protocol == PROTOCOL_QUERY || protocol == PROTOCOL_REST_XML;

	call->status = xml ? c->query_status : protocol == PROTOCOL_JSON_1_1 ? 400 : 403;
	twin_refuse(call, xml ? c->query : c->json, "%s", message);
	return -1;
}

/* Copies up to one of `stop` or the end; false: empty, or does not fit. */
static bool part_copy(const char **s, const char *stop, char *out, size_t size)
{
	size_t len = strcspn(*s, stop);

	if (len == 0 || len >= size)
		return false;
	memcpy(out, *s, len);
	out[len] = '\0';
	*s += len;
	return true;
}

static bool part_skip(const char **s, const char *expected)
{
	size_t len = strlen(expected);

	if (strncmp(*s, expected, len) != 0)
		return false;
	*s += len;
	return true;
}

/* KEY/DATE/REGION/SERVICE/aws4_request */
static bool credential_read(const char *s, struct authorization *a)
{
	return part_copy(&s, "/,", a->key, sizeof a->key) && part_skip(&s, "/") &&
	       part_copy(&s, "/,", a->date, sizeof a->date) && part_skip(&s, "/") &&
	       part_copy(&s, "/,", a->region, sizeof a->region) && part_skip(&s, "/") &&
	       part_copy(&s, "/,", a->service, sizeof a->service) &&
	       part_skip(&s, "/aws4_request") && (*s == ',' || *s == ' ' || *s == '\0');
}

bool authorization_read(const char *s, struct authorization *a)
{
	bool credential = false;

	*a = (struct authorization){0};
	if (!part_skip(&s, AUTH_ALGORITHM " "))
		return false;
	while (*(s += strspn(s, " ,")) != '\0') {
		size_t len = strcspn(s, ", ");

		if (strncmp(s, "Credential=", 11) == 0) {
			credential = credential_read(s + 11, a);
		} else if (strncmp(s, "SignedHeaders=", 14) == 0) {
			a->signed_headers = s + 14;
			a->signed_headers_len = len - 14;
		} else if (strncmp(s, "Signature=", 10) == 0 && len - 10 == SHA256_HEX - 1) {
			memcpy(a->signature, s + 10, SHA256_HEX - 1);
		}
		s += len;
	}
	return credential && a->signed_headers != NULL && a->signature[0] != '\0';
}

static bool is_signed(const struct authorization *a, const char *name)
{
	const char *s = a->signed_headers, *end = s + a->signed_headers_len;
	size_t len;

	for (; s < end; s += len + 1) {
		len = strcspn(s, ";, ");
		if (strlen(name) == len && strncasecmp(s, name, len) == 0)
			return true;
	}
	return false;
}

/* An administrator's key: AKIA, four letters or digits, the number of the account. */
static bool key_names_account(const char *key, char account[16])
{
	size_t i;

	if (strlen(key) != AKIA_PREFIX + ACCOUNT_DIGITS || strncmp(key, "AKIA", 4) != 0)
		return false;
	for (i = 4; i < AKIA_PREFIX; i++) {
		if (!isalnum((unsigned char)key[i]))
			return false;
	}
	if (strspn(key + AKIA_PREFIX, "0123456789") != ACCOUNT_DIGITS)
		return false;
	snprintf(account, 16, "%s", key + AKIA_PREFIX);
	return true;
}

/* There, and in a state in which AWS lets it call. */
static bool account_calls(const struct twin *t, const char *account)
{
	const char *state = row_str(twin_row(t, "accounts", account), "State");

	if (strcmp(account, row_str(t->state, "management")) == 0)
		return true;
	return twin_account_there(t, account) && strcmp(state, "SUSPENDED") != 0 &&
	       strcmp(state, "CLOSED") != 0;
}

/* A user's key that was switched off, or is gone with its user. */
static bool key_is_inactive(const struct twin *t, const json_t *row, const char *key)
{
	const char *arn = row_str(row, "arn"), *account = row_str(row, "account"), *name;
	const json_t *users, *user;
	auto_buf lower = BUF_INIT(256);

	if (strcmp(row_str(row, "Status"), "Inactive") == 0)
		return true;
	name = strrchr(arn, '/');
	if (strstr(arn, ":user/") == NULL || name == NULL)
		return false;
	for (name++; *name != '\0'; name++)
		buf_putc(&lower, (char)tolower((unsigned char)*name));
	users =
	    json_object_get(json_object_get(json_object_get(t->state, "iam"), account), "users");
	user = json_object_get(users, buf_str(&lower));
	row = json_object_get(json_object_get(user, "access_keys"), key);
	return strcmp(row_str(row, "Status"), "Active") != 0;
}

/* Whose key it is. False: nobody's. `row` gets that of state.keys, or NULL. */
static bool key_owner(const struct twin *t, const char *key, const json_t **row, char account[16],
		      char arn[2048])
{
	const json_t *callers = json_object_get(t->state, "callers");
	const char *partition = row_str(t->state, "partition"), *caller;

	*row = twin_row(t, "keys", key);
	if (*row != NULL) {
		snprintf(account, 16, "%s", row_str(*row, "account"));
		snprintf(arn, 2048, "%s", row_str(*row, "arn"));
		return true;
	}
	if (!key_names_account(key, account))
		return false;
	caller = json_string_value(json_object_get(callers, account));
	if (caller != NULL)
		snprintf(arn, 2048, "%s", caller);
	else
		snprintf(arn, 2048, "arn:%s:iam::%s:user/twin", partition, account);
	return true;
}

/* Signatures are not looked at: whoever calls is somebody. */
static void auth_anybody(const struct twin *t, const char *key, char account[16], char arn[2048])
{
	auto_buf management = BUF_INIT(64);
	const json_t *row;

	if (key_owner(t, key, &row, account, arn) && account_calls(t, account))
		return;
	buf_printf(&management, "AKIATWIN%s", row_str(t->state, "management"));
	key_owner(t, buf_str(&management), &row, account, arn);
}

/* Who brings a proof of his own, not a signature. The role's account is charged for it. */
static void auth_nobody(const struct twin_call *call, char account[16], char arn[2048])
{
	iam_account_of(row_str(call->input, "RoleArn"), account);
	snprintf(arn, 2048, "anonymous");
}

static int auth_token(const struct twin *t, const struct twin_request *r, enum service_id service,
		      struct twin_call *call, const json_t *key)
{
	const char *token = request_header(r, "x-amz-security-token");
	const char *wanted = row_str(key, "token");
	json_int_t expires = json_integer_value(json_object_get(key, "expires"));

	if (strcmp(token != NULL ? token : "", wanted) != 0)
		return auth_refuse(call, service, AUTH_UNKNOWN, message_unknown);
	if (expires > 0 && expires <= twin_seconds(t))
		return auth_refuse(call, service, AUTH_EXPIRED,
				   "The security token included in the request is expired");
	return 0;
}

static int auth_date(const struct twin *t, const struct authorization *a, const char *date,
		     enum service_id service, struct twin_call *call)
{
	auto_buf message = BUF_INIT(512);
	int64_t us, now = twin_now(t);
	char bound[TIME_BASIC];

	if (date == NULL || strlen(date) != TIME_BASIC - 1 || time_parse(date, &us) != 0)
		return auth_refuse(call, service, AUTH_INCOMPLETE,
				   "Authorization header requires existence of a valid X-Amz-Date "
				   "header.");
	if (us >= now - AUTH_WINDOW_US && us <= now + AUTH_WINDOW_US) {
		if (strncmp(a->date, date, 8) == 0)
			return 0;
		return auth_refuse(call, service, AUTH_SIGNATURE,
				   "Date in Credential scope does not match YYYYMMDD from ISO-8601 "
				   "version of date from HTTP");
	}
	time_basic(us < now ? now - AUTH_WINDOW_US : now + AUTH_WINDOW_US, bound);
	buf_printf(&message, "Signature %s: %s is now %s than %s",
		   us < now ? "expired" : "not yet current", date, us < now ? "earlier" : "later",
		   bound);
	return auth_refuse(call, service, AUTH_LATE, buf_str(&message));
}

/* The body that was signed for is the one that came. */
static bool body_is_signed(const struct twin_request *r)
{
	const char *hash = request_header(r, "x-amz-content-sha256");
	char actual[SHA256_HEX];

	if (hash == NULL)
		return true;
	sha256_hex(r->body_len > 0 ? r->body : "", r->body_len, actual);
	return strcasecmp(hash, actual) == 0;
}

/* Signs the request again, with what the client says it signed. */
static bool signature_matches(const struct twin_request *r, const struct authorization *a,
			      const char *date, const char *secret)
{
	bool objects = strcmp(a->service, services[SERVICE_S3].signing_name) == 0;
	struct http_header headers[AUTH_HEADERS];
	struct sign_request s = {.method = r->method,
				 .headers = headers,
				 .body = r->body,
				 .body_len = r->body_len,
				 .normalize = !objects,
				 .double_encode = !objects};
	struct sign_scope scope = {.region = a->region, .service = a->service};
	struct credentials nobody = {0};
	auto_buf path = BUF_INIT(1 << 16), canonical = BUF_INIT(1 << 20);
	auto_buf names = BUF_INIT(1 << 16), text = BUF_INIT(1 << 16);
	char signature[SHA256_HEX];
	size_t i;

	buf_add(&path, r->target, strcspn(r->target, "?"));
	s.path = buf_str(&path);
	s.query = strchr(r->target, '?') != NULL ? strchr(r->target, '?') + 1 : "";
	for (i = 0; i < r->headers_n && s.headers_n < AUTH_HEADERS; i++) {
		/* The signer puts the date there itself. */
		if (is_signed(a, r->headers[i].name) &&
		    strcasecmp(r->headers[i].name, "x-amz-date") != 0)
			headers[s.headers_n++] = r->headers[i];
	}
	snprintf(scope.time, sizeof scope.time, "%s", date);
	sign_canonical_request(&s, &scope, &nobody, &canonical, &names);
	sign_string_to_sign(buf_str(&canonical), &scope, &text);
	sign_signature(buf_str(&text), &scope, secret, signature);
	return strcmp(signature, a->signature) == 0;
}

static int auth_signature(const struct twin_request *r, const struct authorization *a,
			  const char *date, const char *secret, enum service_id service,
			  struct twin_call *call)
{
	auto_buf message = BUF_INIT(256);

	if (strcmp(a->service, services[service].signing_name) != 0) {
		buf_printf(&message, "Credential should be scoped to correct service: '%s'.",
			   services[service].signing_name);
		return auth_refuse(call, service, AUTH_SIGNATURE, buf_str(&message));
	}
	if (!is_signed(a, "host") || !is_signed(a, "x-amz-date"))
		return auth_refuse(call, service, AUTH_SIGNATURE,
				   "'Host' and 'X-Amz-Date' must be a 'SignedHeader' in the AWS "
				   "Authorization.");
	if (!body_is_signed(r) || !signature_matches(r, a, date, secret))
		return auth_refuse(call, service, AUTH_SIGNATURE, message_signature);
	return 0;
}

int auth_check(struct twin *t, const struct twin_request *r, enum service_id service,
	       struct twin_call *call, char account[16], char arn[2048])
{
	const char *header = request_header(r, "authorization"), *date;
	struct authorization a = {0};
	const json_t *key;

	if (header == NULL && call->op != NULL && call->op->open) {
		auth_nobody(call, account, arn);
		return 0;
	}
	if (!t->options.verify) {
		if (header != NULL)
			authorization_read(header, &a);
		auth_anybody(t, a.key, account, arn);
		return 0;
	}
	if (header == NULL)
		return auth_refuse(call, service, AUTH_MISSING, "Missing Authentication Token");
	if (!authorization_read(header, &a))
		return auth_refuse(call, service, AUTH_INCOMPLETE,
				   "Authorization header requires 'Credential', 'SignedHeaders' "
				   "and 'Signature' parameters of " AUTH_ALGORITHM ".");
	if (!key_owner(t, a.key, &key, account, arn) || !account_calls(t, account) ||
	    (key != NULL && key_is_inactive(t, key, a.key)))
		return auth_refuse(call, service, AUTH_UNKNOWN, message_unknown);
	date = request_header(r, "x-amz-date");
	if (auth_date(t, &a, date, service, call) != 0 ||
	    auth_signature(r, &a, date, key != NULL ? row_str(key, "secret") : TWIN_SECRET, service,
			   call) != 0 ||
	    auth_token(t, r, service, call, key) != 0)
		return -1;
	iam_key_used(t, a.key, services[service].signing_name, a.region);
	return 0;
}

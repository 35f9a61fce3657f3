/* Control of a twin that serves: its state, faults, rates and what it has seen, for tests. */
#include "aws/twin/load_priv.h"
#include "aws/twin/serve_priv.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define CONTROL_MAX_REPLY (512u << 20) /* bytes of a state */

struct control {
	struct twin *twin;
	const char *body; /* ends in a NUL */
	size_t len;
	int status; /* of the reply; 200 unless the handler says otherwise */
};
/* The reply, new; NULL: refused with 400 and the error. */
typedef json_t *control_handler(struct control *, struct error *);

int control_faults_check(const struct faults *faults, struct error *err)
{
	static const enum fault_kind kills[] = {FAULT_KILL_BEFORE, FAULT_KILL_AFTER};
	size_t i;

	for (i = 0; faults != NULL && i < sizeof kills / sizeof *kills; i++) {
		if (faults_have(faults, kills[i]))
			return error_set(err, "faults: %s: in self-tests only",
					 fault_names[kills[i]]);
	}
	return 0;
}

static json_t *control_reset(struct control *c, struct error *err)
{
	(void)err;
	twin_reset(c->twin);
	return json_object();
}

static json_t *control_state(struct control *c, struct error *err)
{
	(void)err;
	return json_incref((json_t *)twin_state(c->twin));
}

static json_t *control_json(const struct control *c, struct error *err)
{
	json_error_t where;
	json_t *value = json_loadb(c->body, c->len, 0, &where);

	if (value == NULL)
		error_set(err, "line %d: %s", where.line, where.text);
	return value;
}

static json_t *control_state_set(struct control *c, struct error *err)
{
	json_t *state = control_json(c, err);
	int r;

	if (state == NULL)
		return NULL;
	r = load_state(c->twin, state, "the body", err);
	json_decref(state);
	return r == 0 ? json_object() : NULL;
}

static json_t *control_faults(struct control *c, struct error *err)
{
	struct faults *faults = NULL;
	int r = 0;

	if (c->body[strspn(c->body, " \t\r\n,")] != '\0') {
		r = faults_parse(&faults, c->body, 0, err);
		if (r == 0)
			r = control_faults_check(faults, err);
		faults_free(faults);
	}
	return r == 0 && twin_faults_set(c->twin, c->body, err) == 0 ? json_object() : NULL;
}

static json_t *control_rates(struct control *c, struct error *err)
{
	size_t len = c->len;
	bool aws;

	while (len > 0 && strchr(" \t\r\n", c->body[len - 1]) != NULL)
		len--;
	aws = len == 3 && memcmp(c->body, "aws", 3) == 0;
	if (!aws && (len != 3 || memcmp(c->body, "off", 3) != 0)) {
		error_set(err, "rates: neither aws nor off");
		return NULL;
	}
	twin_rates_set(c->twin, aws);
	return json_object();
}

static json_t *control_log(struct control *c, struct error *err)
{
	(void)err;
	return twin_log(c->twin);
}

static json_t *control_log_clear(struct control *c, struct error *err)
{
	(void)err;
	twin_log_clear(c->twin);
	return json_object();
}

static json_t *control_counts(struct control *c, struct error *err)
{
	(void)err;
	return twin_counts(c->twin);
}

static json_t *control_stats(struct control *c, struct error *err)
{
	const struct twin_stats *s = twin_stats(c->twin);

	(void)err;
	return json_pack("{s:I, s:I, s:I, s:I, s:i}", "requests", (json_int_t)s->requests, "writes",
			 (json_int_t)s->writes, "throttled", (json_int_t)s->throttled, "faults",
			 (json_int_t)s->faults, "writers_max", (int)s->writers_max);
}

/* What accounts have cost: {"111111111111": "12.50"}. */
static json_t *control_spend(struct control *c, struct error *err)
{
	json_auto_t *spend = control_json(c, err);
	const char *account;
	json_t *amount;

	if (spend == NULL)
		return NULL;
	json_object_foreach(spend, account, amount)
	{
		if (load_is_account(account) && load_is_amount(json_string_value(amount)))
			continue;
		error_set(err, "not {\"ACCOUNT\": \"AMOUNT\"}: %.50s", account);
		return NULL;
	}
	json_object_update(twin_sub(c->twin->state, "spend"), spend);
	return json_object();
}

/* Accounts of no organization: {"222222222222": "ROLE"}; the role trusts the first account; null:
 * none. */
static json_t *control_accounts(struct control *c, struct error *err)
{
	json_auto_t *accounts = control_json(c, err);
	const char *account;
	json_t *role;

	if (accounts == NULL)
		return NULL;
	json_object_foreach(accounts, account, role)
	{
		if (load_is_account(account) && (json_is_string(role) || json_is_null(role)))
			continue;
		error_set(err, "not {\"ACCOUNT\": \"ROLE\"}: %.50s", account);
		return NULL;
	}
	json_object_foreach(accounts, account, role)
	{
		twin_account_add(c->twin, account, json_string_value(role));
	}
	return json_object();
}

/* The user or the group with this id; NULL: none. */
static json_t *synchronized_row(struct control *c, const char *id)
{
	json_t *row = twin_row(c->twin, "identity_users", id);

	return row != NULL ? row : twin_row(c->twin, "identity_groups", id);
}

/* People and groups that an identity provider keeps from now on: {"ID": "ITS ID THERE"}; null: not
 * any more. */
static json_t *control_scim(struct control *c, struct error *err)
{
	json_auto_t *ids = control_json(c, err);
	const char *id;
	json_t *there;

	if (ids == NULL)
		return NULL;
	json_object_foreach(ids, id, there)
	{
		if ((json_string_length(there) > 0 || json_is_null(there)) &&
		    synchronized_row(c, id) != NULL)
			continue;
		error_set(err, "not {\"USER OR GROUP\": \"ID\"}: %.50s", id);
		return NULL;
	}
	json_object_foreach(ids, id, there)
	{
		json_t *row = synchronized_row(c, id);

		json_object_del(row, "ExternalIds");
		if (json_is_string(there))
			json_object_set_new(row, "ExternalIds",
					    json_pack("[{s:s, s:O}]", "Issuer",
						      "https://scim.example.com", "Id", there));
	}
	return json_object();
}

/* What somebody else does, unseen by rates, faults and log. */
static json_t *control_do(struct control *c, struct error *err)
{
	json_auto_t *call = control_json(c, err);
	const char *account = NULL, *service, *operation;
	json_t *input = NULL, *result;
	char code[64];

	if (call == NULL)
		return NULL;
	if (json_unpack(call, "{s?s, s:s, s:s, s?o !}", "account", &account, "service", &service,
			"operation", &operation, "input", &input) != 0 ||
	    (input != NULL && !json_is_object(input))) {
		error_set(err, "not {\"account\": ..., \"service\": ..., \"operation\": ..., "
			       "\"input\": {...}}");
		return NULL;
	}
	if (account != NULL && !twin_account_there(c->twin, account)) {
		error_set(err, "there is no account %s", account);
		return NULL;
	}
	result = twin_do(c->twin, account, service, operation, json_incref(input), code);
	if (result != NULL)
		return result;
	c->status = 400;
	return json_pack("{s:s}", "code", code);
}

static const struct control_row {
	const char *method, *path;
	control_handler *handler;
} rows[] = {
    {"POST", "reset", control_reset},     {"GET", "state", control_state},
    {"PUT", "state", control_state_set},  {"PUT", "faults", control_faults},
    {"PUT", "rates", control_rates},      {"GET", "log", control_log},
    {"DELETE", "log", control_log_clear}, {"GET", "counts", control_counts},
    {"GET", "stats", control_stats},      {"POST", "do", control_do},
    {"POST", "spend", control_spend},     {"POST", "accounts", control_accounts},
    {"POST", "scim", control_scim},
};

static const struct control_row *control_find(const struct twin_request *r)
{
	const char *path = r->target + strlen(CONTROL_PREFIX);
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (strcmp(rows[i].path, path) == 0 && strcmp(rows[i].method, r->method) == 0)
			return &rows[i];
	}
	return NULL;
}

static json_t *control_run(struct twin *t, const struct twin_request *r, int *status,
			   struct error *err)
{
	const struct control_row *row = control_find(r);
	auto_buf body = BUF_INIT(r->body_len + 1);
	struct control c = {.twin = t, .len = r->body_len, .status = 200};
	json_t *result;

	/* A page in somebody's browser is not who this is for. */
	if (request_header(r, "origin") != NULL) {
		*status = 403;
		error_set(err, "not for browsers");
		return NULL;
	}
	if (row == NULL) {
		*status = 404;
		error_set(err, "there is no %s %s", r->method, r->target);
		return NULL;
	}
	if (r->body_len > SERVE_MAX_BODY) {
		*status = 413;
		error_set(err, "the body is larger than %u MiB", SERVE_MAX_BODY >> 20);
		return NULL;
	}
	buf_add(&body, r->body_len > 0 ? r->body : "", r->body_len);
	c.body = buf_str(&body);
	result = row->handler(&c, err);
	*status = result != NULL ? c.status : 400;
	/* cppcheck-suppress returnDanglingLifetime
	 * A value of the handler's own: nothing of the control is in it. */
	return result;
}

void control_serve(struct twin *t, const struct twin_request *r, struct twin_reply *reply)
{
	auto_error err = {0};
	json_t *result;
	char *text;

	*reply =
	    (struct twin_reply){.headers = BUF_INIT(1024), .body = BUF_INIT(CONTROL_MAX_REPLY)};
	result = control_run(t, r, &reply->status, &err);
	if (result == NULL)
		result = json_pack("{s:s}", "message", err.message);
	text = json_dumps(result, JSON_COMPACT);
	charter_assert(text != NULL);
	buf_puts(&reply->headers, "content-type: application/json\n");
	buf_puts(&reply->body, text);
	free(text);
	json_decref(result);
}

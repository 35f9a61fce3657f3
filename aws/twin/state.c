/* The rows of the twin's state, and the ids that new ones get. */
#include "aws/twin/twin_priv.h"

#include "base/digest.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *twin_table(const struct twin *t, const char *name)
{
	return json_object_get(t->state, name);
}

json_t *twin_row(const struct twin *t, const char *table, const char *id)
{
	return id == NULL ? NULL : json_object_get(twin_table(t, table), id);
}

json_t *twin_sub(json_t *row, const char *name)
{
	json_t *sub = json_object_get(row, name);

	if (sub == NULL) {
		sub = json_object();
		json_object_set_new(row, name, sub);
	}
	return sub;
}

const char *row_str(const json_t *row, const char *member)
{
	const char *s = json_string_value(json_object_get(row, member));

	return s == NULL ? "" : s;
}

void twin_set_str(json_t *row, const char *member, const char *value)
{
	charter_assert(json_object_set_new(row, member, json_string(value)) == 0);
}

/* Of what hardly differs from row to row, unlike ARNs and ids. */
static bool is_shared(const char *member, const json_t *value)
{
	return json_is_integer(value) ||
	       (json_is_string(value) && strcmp(member, "Arn") != 0 &&
		(!str_ends(member, "Id") || json_string_length(value) < 16));
}

void twin_share(json_t *texts, json_t *value)
{
	void *at = json_object_iter(value);
	json_t *member, *known;
	auto_free char *key = NULL;

	for (; at != NULL; at = json_object_iter_next(value, at)) {
		member = json_object_iter_value(at);
		if (json_is_object(member))
			twin_share(texts, member);
		if (!is_shared(json_object_iter_key(at), member))
			continue;
		free(key);
		key = json_is_string(member)
			  ? xstrdup(json_string_value(member))
			  : xasprintf("\x01%lld", (long long)json_integer_value(member));
		known = json_object_get(texts, key);
		if (known == NULL)
			json_object_set(texts, key, member);
		else
			json_object_iter_set(value, at, known);
	}
}

json_t *row_pick(const json_t *row, const char *members)
{
	json_t *out = json_object(), *value;
	char name[64];
	size_t len;

	for (; *members != '\0'; members += len) {
		members += strspn(members, " ");
		len = strcspn(members, " ");
		if (len == 0)
			break;
		charter_assert(len < sizeof name);
		memcpy(name, members, len);
		name[len] = '\0';
		value = json_object_get(row, name);
		if (value != NULL)
			json_object_set(out, name, value);
	}
	return out;
}

json_t *tags_list_of(const json_t *tags)
{
	json_t *list = json_array(), *value;
	const char *key;

	json_object_foreach((json_t *)tags, key, value)
	{
		json_array_append_new(list, json_pack("{s:s, s:O}", "Key", key, "Value", value));
	}
	return list;
}

bool list_has(const json_t *list, const char *text)
{
	const char *one;
	size_t i;

	for (i = 0; text != NULL && i < json_array_size(list); i++) {
		one = json_string_value(json_array_get(list, i));
		if (one != NULL && strcmp(one, text) == 0)
			return true;
	}
	return false;
}

bool words_have(const char *const *words, const char *s)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, s) == 0)
			return true;
	return false;
}

json_t *twin_target(const struct twin *t, const char *id, bool policies)
{
	json_t *root = twin_table(t, "root"), *row;

	if (id == NULL)
		return NULL;
	if (*id != '\0' && strcmp(row_str(root, "Id"), id) == 0)
		return root;
	if ((row = twin_row(t, "units", id)) != NULL || (row = twin_row(t, "accounts", id)) != NULL)
		return row;
	return policies ? twin_row(t, "policies", id) : NULL;
}

bool twin_has_organization(const struct twin *t)
{
	return json_object_size(twin_table(t, "organization")) > 0;
}

int64_t twin_quota(const struct twin *t, const char *name, int64_t standard)
{
	const json_t *quota = twin_row(t, "quotas", name);

	return json_is_integer(quota) ? json_integer_value(quota) : standard;
}

static bool id_in_use(const struct twin *t, const char *id)
{
	return twin_target(t, id, true) != NULL || twin_row(t, "creations", id) != NULL ||
	       twin_row(t, "keys", id) != NULL || twin_row(t, "iam", id) != NULL ||
	       twin_row(t, "standalone", id) != NULL ||
	       strcmp(row_str(twin_table(t, "organization"), "Id"), id) == 0;
}

/* The generator of the next id: of the seed and the state's serial alone, so that a state that was
 * saved goes on as it would have. */
static void id_random(struct twin *t, struct random_seeded *r)
{
	int64_t serial = json_integer_value(json_object_get(t->state, "serial")) + 1;

	json_object_set_new(t->state, "serial", json_integer(serial));
	random_seed(r, t->options.seed);
	r->state = r->base.next(&r->base) + (uint64_t)serial;
}

static void id_make(struct twin *t, char out[TWIN_ID], const char *prefix, unsigned length,
		    const char *alphabet)
{
	size_t start = strlen(prefix), letters = strlen(alphabet), i;
	struct random_seeded r;

	charter_assert(start + length < TWIN_ID);
	memcpy(out, prefix, start);
	out[start + length] = '\0';
	do {
		id_random(t, &r);
		for (i = 0; i < length; i++)
			out[start + i] = alphabet[r.base.next(&r.base) % letters];
	} while (id_in_use(t, out));
}

void twin_id(struct twin *t, char out[TWIN_ID], const char *prefix, unsigned length)
{
	/* IAM's ids (AIDA...) are in capitals. */
	bool capitals = *prefix >= 'A' && *prefix <= 'Z';

	id_make(t, out, prefix, length,
		capitals ? "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
			 : "abcdefghijklmnopqrstuvwxyz0123456789");
}

void twin_id_digits(struct twin *t, char out[TWIN_ID])
{
	id_make(t, out, "", 12, "0123456789");
}

void twin_id_hex(struct twin *t, char out[TWIN_ID], const char *prefix, unsigned length)
{
	id_make(t, out, prefix, length, "0123456789abcdef");
}

void twin_id_uuid(struct twin *t, char out[TWIN_ID])
{
	char hex[TWIN_ID];

	twin_id_hex(t, hex, "", 32);
	snprintf(out, TWIN_ID, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
		 hex + 20);
}

/* Without the skew. */
static int64_t clock_now(const struct twin *t)
{
	return t->options.clock->now_us(t->options.clock);
}

int64_t twin_now(const struct twin *t)
{
	return clock_now(t) + t->skew_us;
}

int64_t twin_seconds(const struct twin *t)
{
	return twin_now(t) / 1000000;
}

void twin_due(struct twin *t, const char *table,
	      void (*settle)(struct twin *, const char *id, int64_t due_us))
{
	int64_t now = clock_now(t), due_us;
	json_t *running = twin_table(t, table), *due;
	const char *id;
	void *next;

	json_object_foreach_safe(running, next, id, due)
	{
		auto_free char *job = NULL;

		due_us = json_integer_value(due);
		if (due_us > now)
			continue;
		job = xstrdup(id);
		json_object_del(running, job);
		settle(t, job, due_us);
	}
}

void twin_made(struct twin *t, json_t *row)
{
	twin_made_at(t, row, clock_now(t));
}

void twin_made_at(struct twin *t, json_t *row, int64_t us)
{
	const struct twin_options *o = &t->options;

	if (o->lag_reads == 0 && o->lag_us == 0)
		return;
	json_object_set_new(row, "lag",
			    json_pack("{s:I, s:I}", "reads",
				      o->lag_reads > 0 ? (json_int_t)o->lag_reads : -1, "until",
				      o->lag_us > 0 ? (json_int_t)(us + o->lag_us) : -1));
}

/* The members of `lag` that count tries. */
static const char *const lag_counters[] = {"assumed", "trusted", "reads"};
#define LAG_COUNTERS (sizeof lag_counters / sizeof lag_counters[0])
#define LAG_READS    (LAG_COUNTERS - 1)

void twin_lag(struct twin *t, json_t *row, const char *what)
{
	json_t *lag = json_object_get(row, "lag");
	unsigned char sum[SHA256_BYTES];
	auto_free char *text = NULL;
	size_t i;

	if (lag == NULL)
		return;
	text = xasprintf("%llu %s", (unsigned long long)t->options.seed, what);
	sha256(text, strlen(text), sum);
	for (i = 0; i < LAG_READS; i++) {
		json_int_t tries =
		    t->options.lag_reads > 0 ? 1 + sum[i] % (json_int_t)t->options.lag_reads : -1;

		json_object_set_new(lag, lag_counters[i], json_integer(tries));
	}
}

/* Whether this counter, of what was just made, is not at its end. */
static bool lag_counts(struct twin *t, json_t *row, const char *counter)
{
	json_t *lag = json_object_get(row, "lag");
	int64_t left, until;
	size_t i;

	if (lag == NULL)
		return false;
	until = json_integer_value(json_object_get(lag, "until"));
	left = json_integer_value(json_object_get(lag, counter));
	if (until >= 0 && clock_now(t) >= until) {
		json_object_del(row, "lag");
		return false;
	}
	if (left > 0)
		json_object_set_new(lag, counter, json_integer(left - 1));
	if (left != 0)
		return true;
	for (i = 0; i < LAG_COUNTERS; i++) {
		if (json_integer_value(json_object_get(lag, lag_counters[i])) != 0)
			return false;
	}
	json_object_del(row, "lag");
	return false;
}

bool twin_lags(struct twin *t, json_t *row, enum twin_lagging way)
{
	return lag_counts(t, row, lag_counters[way]);
}

bool twin_hidden(struct twin *t, json_t *row)
{
	return lag_counts(t, row, lag_counters[LAG_READS]);
}

bool twin_account_there(const struct twin *t, const char *account)
{
	return twin_row(t, "accounts", account) != NULL ||
	       twin_row(t, "standalone", account) != NULL ||
	       strcmp(account, row_str(t->state, "management")) == 0;
}

void twin_account_add(struct twin *t, const char *account, const char *role)
{
	if (!twin_account_there(t, account))
		json_object_set_new(twin_table(t, "standalone"), account, json_integer(1));
	if (role != NULL)
		iam_access_role(t, account, role);
}

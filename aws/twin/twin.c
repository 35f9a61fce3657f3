/* The twin as an object: its life, its state as a whole, and what it remembers of what it did. */
#include "aws/twin/twin_priv.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE_FORMAT "charter.twin/1"
#define ACCESS_ROLE  "OrganizationAccountAccessRole"

/* Every table stands in the state, so that look-ups need no checks. */
static const char *const tables[] = {
    "organization", "root",   "units", "accounts", "policies", "creations",  "services",
    "delegations",  "quotas", "iam",   "keys",     "callers",  "standalone",
};
#define TABLES (sizeof tables / sizeof tables[0])

static void state_complete(struct twin *t)
{
	size_t i;

	for (i = 0; i < TABLES; i++)
		twin_sub(t->state, tables[i]);
	if (t->options.accounts > 0)
		json_object_set_new(twin_table(t, "quotas"), "accounts",
				    json_integer(t->options.accounts));
}

/* The accounts beside the first, which their roles trust. */
static void accounts_begin(struct twin *t)
{
	auto_free char *list = t->independent == NULL ? NULL : xstrdup(t->independent);
	char *rest = list, *account;

	while ((account = strsep(&rest, ",")) != NULL)
		twin_account_add(t, account, ACCESS_ROLE);
}

static void state_begin(struct twin *t)
{
	json_decref(t->state);
	t->state = json_pack("{s:s, s:i, s:s, s:s}", "format", STATE_FORMAT, "serial", 0,
			     "management", t->management, "partition", "aws");
	charter_assert(t->state != NULL);
	state_complete(t);
	accounts_begin(t);
}

/* What the state before the last write was is of no state that follows. */
static void state_changed(struct twin *t)
{
	json_decref(t->before);
	t->before = NULL;
	t->version++;
}

static void memory_clear(struct twin *t)
{
	json_object_clear(t->counts);
	json_object_clear(t->buckets);
	json_array_clear(t->log);
	t->stats = (struct twin_stats){0};
	t->organization_busy_us = 0;
	t->writers.n = 0;
	t->skew_us = 0;
	random_seed(&t->random, t->options.seed);
}

bool twin_accounts_valid(const char *list)
{
	size_t i, len = strlen(list);

	for (i = 0; i <= len; i++) {
		if (i % 13 == 12 ? list[i] != ',' && list[i] != '\0'
				 : list[i] < '0' || list[i] > '9')
			return false;
	}
	return true;
}

static void accounts_take(struct twin *t, const char *list)
{
	const char *comma = strchr(list, ',');

	t->management = xasprintf("%.*s", (int)strcspn(list, ","), list);
	t->independent = comma == NULL ? NULL : xstrdup(comma + 1);
}

int twin_new(struct twin **out, const struct twin_options *options, struct error *err)
{
	struct twin *t = xcalloc(1, sizeof *t);

	charter_assert(options->clock != NULL);
	t->options = *options;
	accounts_take(t, options->management != NULL ? options->management : TWIN_MANAGEMENT);
	t->options.management = t->management;
	t->options.faults = NULL;
	t->counts = json_object();
	t->buckets = json_object();
	t->log = json_array();
	state_begin(t);
	memory_clear(t);
	if (twin_faults_set(t, options->faults, err) < 0) {
		twin_free(t);
		*out = NULL;
		return -1;
	}
	*out = t;
	return 0;
}

void twin_free(struct twin *t)
{
	if (t == NULL)
		return;
	json_decref(t->state);
	json_decref(t->before);
	json_decref(t->counts);
	json_decref(t->log);
	json_decref(t->buckets);
	faults_free(t->faults);
	free(t->writers.at);
	free(t->spec);
	free(t->management);
	free(t->independent);
	free(t);
}

int twin_faults_set(struct twin *t, const char *spec, struct error *err)
{
	struct faults *faults = NULL;
	char *copy = spec == NULL || *spec == '\0' ? NULL : xstrdup(spec);

	if (copy != NULL && faults_parse(&faults, copy, t->options.seed, err) < 0) {
		free(copy);
		return -1;
	}
	faults_free(t->faults);
	free(t->spec);
	t->faults = faults;
	t->spec = copy;
	t->skew_us = 0;
	if (faults == NULL || !faults_have(faults, FAULT_STALE)) {
		json_decref(t->before);
		t->before = NULL;
	}
	return 0;
}

void twin_rates_set(struct twin *t, bool on)
{
	t->options.rates = on;
	json_object_clear(t->buckets);
}

void twin_reset(struct twin *t)
{
	auto_free char *spec = t->spec == NULL ? NULL : xstrdup(t->spec);
	auto_error err = {0};

	state_begin(t);
	state_changed(t);
	memory_clear(t);
	/* It parsed before. */
	charter_assert(twin_faults_set(t, spec, &err) == 0);
}

const json_t *twin_state(const struct twin *t)
{
	return t->state;
}

static int state_check(const json_t *state, struct error *err)
{
	const char *format = json_string_value(json_object_get(state, "format"));
	const json_t *table;
	size_t i;

	if (format == NULL || strcmp(format, STATE_FORMAT) != 0)
		return error_set(err, "not a state of the twin: its format is %s, not %s",
				 format != NULL ? format : "missing", STATE_FORMAT);
	if (!json_is_integer(json_object_get(state, "serial")) ||
	    !json_is_string(json_object_get(state, "management")) ||
	    !json_is_string(json_object_get(state, "partition")))
		return error_set(err, "not a state of the twin: serial, management or partition "
				      "is missing");
	for (i = 0; i < TABLES; i++) {
		table = json_object_get(state, tables[i]);
		if (table != NULL && !json_is_object(table))
			return error_set(err, "not a state of the twin: %s is not an object",
					 tables[i]);
	}
	return 0;
}

int twin_state_set(struct twin *t, const json_t *state, struct error *err)
{
	json_t *copy;

	if (state_check(state, err) < 0)
		return -1;
	copy = json_deep_copy(state);
	charter_assert(copy != NULL);
	json_decref(t->state);
	t->state = copy;
	state_complete(t);
	state_changed(t);
	return 0;
}

const struct twin_stats *twin_stats(const struct twin *t)
{
	return &t->stats;
}

static int name_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

json_t *twin_counts(const struct twin *t)
{
	size_t n = json_object_size(t->counts), i = 0;
	auto_free const char **names = xcalloc(n + 1, sizeof *names);
	json_t *sorted = json_object(), *count;
	const char *name;

	json_object_foreach(t->counts, name, count)
	{
		names[i++] = name;
	}
	qsort(names, n, sizeof *names, name_order);
	for (i = 0; i < n; i++)
		json_object_set_new(
		    sorted, names[i],
		    json_integer(json_integer_value(json_object_get(t->counts, names[i]))));
	return sorted;
}

json_t *twin_log(const struct twin *t)
{
	return json_copy(t->log);
}

void twin_log_clear(struct twin *t)
{
	json_array_clear(t->log);
}

uint64_t twin_version(const struct twin *t)
{
	return t->version;
}

void twin_reply_free(struct twin_reply *r)
{
	buf_free(&r->headers);
	buf_free(&r->body);
}

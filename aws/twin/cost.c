/* Cost Explorer: what accounts have cost, as /_twin/spend says. The whole of it stands in the last
 * of the periods that are asked for. */
#include "aws/twin/twin_priv.h"

#include "base/env.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PERIODS_MOST 400
#define FILTER_DEPTH 8
#define MICROS       1000000LL /* amounts are counted in millionths */

static json_t *refuse_invalid(struct twin_call *c, const char *why)
{
	return twin_refuse(c, "ValidationException", "%s", why);
}

/* "123.45" in millionths. */
static int64_t amount_read(const char *text)
{
	int64_t whole = strtoll(text, NULL, 10), part = 0, unit = MICROS / 10;
	const char *p = strchr(text, '.');

	for (; p != NULL && *++p >= '0' && *p <= '9' && unit > 0; unit /= 10)
		part += (*p - '0') * unit;
	return whole * MICROS + part;
}

static json_t *amount_shown(int64_t amount)
{
	int64_t cents = amount / 10000, rest = amount % 10000;

	return rest == 0
		   ? json_sprintf("%lld.%02lld", (long long)(cents / 100), (long long)(cents % 100))
		   : json_sprintf("%lld.%06lld", (long long)(amount / MICROS),
				  (long long)(amount % MICROS));
}

static int64_t spend_of(const struct twin *t, const char *account)
{
	return amount_read(row_str(json_object_get(t->state, "spend"), account));
}

static bool dimension_holds(const json_t *dimension, const char *account)
{
	const char *key = row_str(dimension, "Key");
	const json_t *values = json_object_get(dimension, "Values");

	if (strcmp(key, "LINKED_ACCOUNT") == 0)
		return list_has(values, account);
	/* All that is spent here is usage. */
	return strcmp(key, "RECORD_TYPE") == 0 && list_has(values, "Usage");
}

/* Whether the filter wants the account. What the twin knows nothing of, nothing has. */
static bool filter_holds(const json_t *filter, const char *account, unsigned depth)
{
	json_t *item, *list;
	size_t i;

	if (depth > FILTER_DEPTH)
		return false;
	if ((list = json_object_get(filter, "Not")) != NULL)
		return !filter_holds(list, account, depth + 1);
	if ((list = json_object_get(filter, "And")) != NULL) {
		json_array_foreach(list, i, item)
		{
			if (!filter_holds(item, account, depth + 1))
				return false;
		}
		return true;
	}
	json_array_foreach(json_object_get(filter, "Or"), i, item)
	{
		if (filter_holds(item, account, depth + 1))
			return true;
	}
	return dimension_holds(json_object_get(filter, "Dimensions"), account);
}

/* The accounts that the caller sees, and the filter wants: an array of ids. New. */
static json_t *accounts_seen(struct twin *t, const struct twin_call *c)
{
	const json_t *filter = json_object_get(c->input, "Filter");
	bool all =
	    twin_has_organization(t) && strcmp(c->account, row_str(t->state, "management")) == 0;
	json_t *ids = json_array(), *row;
	const char *id;

	if (!all) {
		if (filter == NULL || filter_holds(filter, c->account, 0))
			json_array_append_new(ids, json_string(c->account));
		return ids;
	}
	json_object_foreach(twin_table(t, "accounts"), id, row)
	{
		if (filter == NULL || filter_holds(filter, id, 0))
			json_array_append_new(ids, json_string(id));
	}
	return ids;
}

struct period {
	char start[11], end[11];
};

static bool date_read(const char *s, int64_t *us)
{
	auto_free char *time = xasprintf("%.10sT00:00:00Z", s);

	return strlen(s) == 10 && time_parse(time, us) == 0;
}

static void date_write(int64_t us, char out[11])
{
	char time[TIME_RFC3339];

	time_rfc3339(us, time);
	snprintf(out, 11, "%.10s", time);
}

/* The first day of the month after, or the day after. */
static int64_t period_next(int64_t us, bool months)
{
	char date[11];

	do {
		us += DAY_US;
		date_write(us, date);
	} while (months && strcmp(date + 8, "01") != 0);
	return us;
}

/* The periods of the input, in order; 0: refused. */
static size_t periods_read(struct twin_call *c, struct period *out)
{
	const json_t *given = json_object_get(c->input, "TimePeriod");
	bool months = strcmp(row_str(c->input, "Granularity"), "MONTHLY") == 0;
	int64_t at, end, next;
	size_t n = 0;

	if (!months && strcmp(row_str(c->input, "Granularity"), "DAILY") != 0) {
		refuse_invalid(c, "Granularity must be MONTHLY or DAILY");
		return 0;
	}
	if (!date_read(row_str(given, "Start"), &at) || !date_read(row_str(given, "End"), &end)) {
		refuse_invalid(c, "TimePeriod must have a Start and an End of the form yyyy-MM-dd");
		return 0;
	}
	if (at >= end) {
		refuse_invalid(c, "Start date (and hour) should be before end date (and hour)");
		return 0;
	}
	for (; at < end && n < PERIODS_MOST; at = next) {
		next = period_next(at, months);
		if (next > end)
			next = end;
		date_write(at, out[n].start);
		date_write(next, out[n++].end);
	}
	if (at >= end)
		return n;
	refuse_invalid(c, "TimePeriod is too long");
	return 0;
}

/* {"UnblendedCost": {"Amount": "12.50", "Unit": "USD"}} for each metric that is asked for. New. */
static json_t *metrics_shown(const json_t *metrics, int64_t amount)
{
	json_t *shown = json_object(), *name;
	size_t i;

	json_array_foreach((json_t *)metrics, i, name)
	{
		json_object_set_new(
		    shown, json_string_value(name),
		    json_pack("{s:o, s:s}", "Amount", amount_shown(amount), "Unit", "USD"));
	}
	return shown;
}

static bool metrics_valid(struct twin_call *c, const json_t *metrics)
{
	static const char *const known[] = {"UnblendedCost", "BlendedCost", "AmortizedCost",
					    "NetUnblendedCost", "NetAmortizedCost"};
	json_t *name;
	size_t i, j;

	json_array_foreach((json_t *)metrics, i, name)
	{
		for (j = 0; j < sizeof known / sizeof known[0]; j++) {
			if (json_is_string(name) && strcmp(json_string_value(name), known[j]) == 0)
				break;
		}
		if (j == sizeof known / sizeof known[0])
			return refuse_invalid(c, "Metrics holds one that the twin does not know");
	}
	return json_array_size(metrics) > 0 || refuse_invalid(c, "Metrics must not be empty");
}

/* False: refused. */
static bool grouping_valid(struct twin_call *c)
{
	const json_t *group = json_object_get(c->input, "GroupBy");
	const json_t *first = json_array_get(group, 0);

	if (json_array_size(group) == 0)
		return true;
	if (json_array_size(group) == 1 && strcmp(row_str(first, "Type"), "DIMENSION") == 0 &&
	    strcmp(row_str(first, "Key"), "LINKED_ACCOUNT") == 0)
		return true;
	refuse_invalid(c, "GroupBy: the twin groups by the dimension LINKED_ACCOUNT alone");
	return false;
}

/* Accounts that cost nothing stand in no group, as with AWS. */
static json_t *groups_shown(struct twin *t, const json_t *accounts, const json_t *metrics)
{
	json_t *groups = json_array(), *id;
	int64_t amount;
	size_t i;

	json_array_foreach((json_t *)accounts, i, id)
	{
		amount = spend_of(t, json_string_value(id));
		if (amount > 0)
			json_array_append_new(groups,
					      json_pack("{s:[O], s:o}", "Keys", id, "Metrics",
							metrics_shown(metrics, amount)));
	}
	return groups;
}

static json_t *period_shown(struct twin *t, const struct twin_call *c, const struct period *p,
			    bool last, const json_t *accounts)
{
	const json_t *metrics = json_object_get(c->input, "Metrics");
	bool grouped = json_array_size(json_object_get(c->input, "GroupBy")) > 0;
	json_t *total = json_object(), *groups = json_array(), *id;
	int64_t amount = 0;
	size_t i;

	json_array_foreach((json_t *)accounts, i, id)
	{
		amount += last ? spend_of(t, json_string_value(id)) : 0;
	}
	if (!grouped) {
		json_decref(total);
		total = metrics_shown(metrics, amount);
	} else if (last) {
		json_decref(groups);
		groups = groups_shown(t, accounts, metrics);
	}
	return json_pack("{s:{s:s, s:s}, s:o, s:o, s:b}", "TimePeriod", "Start", p->start, "End",
			 p->end, "Total", total, "Groups", groups, "Estimated", last);
}

static json_t *cost_get(struct twin *t, struct twin_call *c)
{
	const json_t *group = json_object_get(c->input, "GroupBy");
	auto_free struct period *periods = xcalloc(PERIODS_MOST, sizeof *periods);
	json_auto_t *accounts = NULL;
	json_t *results, *reply;
	size_t n, i;

	if (!metrics_valid(c, json_object_get(c->input, "Metrics")) || !grouping_valid(c) ||
	    (n = periods_read(c, periods)) == 0)
		return NULL;
	accounts = accounts_seen(t, c);
	results = json_array();
	for (i = 0; i < n; i++)
		json_array_append_new(results,
				      period_shown(t, c, &periods[i], i + 1 == n, accounts));
	reply = json_pack("{s:o, s:[]}", "ResultsByTime", results, "DimensionValueAttributes");
	if (json_array_size(group) > 0)
		json_object_set(reply, "GroupDefinitions", (json_t *)group);
	return reply;
}

static const struct twin_op cost_ops[] = {
    {.name = "GetCostAndUsage",
     .handler = cost_get,
     .needs = "TimePeriod Granularity Metrics",
     .rate = RATE_COST},
};
const struct twin_service twin_cost_ops = {SERVICE_COST_EXPLORER, cost_ops,
					   sizeof cost_ops / sizeof cost_ops[0]};

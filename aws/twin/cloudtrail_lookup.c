/* CloudTrail's LookupEvents: the events of the last 90 days in one account and Region, the newest
 * first. */
#include "aws/twin/twin_priv.h"

#include <string.h>

#define TRAIL_SECONDS (90 * 86400LL)
#define PAGE_MOST     50
#define VALUE_MOST    2000 /* bytes of an attribute's value */

struct lookup {
	const char *account, *region;
	json_int_t from, to;     /* seconds, both included */
	const char *key, *value; /* NULL: all */
};

/* By which events are looked up, and the member of an event. */
static const struct {
	const char *key, *member;
} attributes[] = {
    {"EventId", "EventId"},         {"EventName", "EventName"},     {"ReadOnly", "ReadOnly"},
    {"Username", "Username"},       {"ResourceType", NULL},         {"ResourceName", NULL},
    {"EventSource", "EventSource"}, {"AccessKeyId", "AccessKeyId"},
};
#define ATTRIBUTES (sizeof attributes / sizeof attributes[0])

static size_t attribute_find(const char *key)
{
	size_t i = 0;

	while (i < ATTRIBUTES && strcmp(attributes[i].key, key) != 0)
		i++;
	return i;
}

static bool resources_have(const json_t *list, const char *member, const char *value)
{
	json_t *resource;
	size_t i;

	json_array_foreach((json_t *)list, i, resource)
	{
		if (strcmp(row_str(resource, member), value) == 0)
			return true;
	}
	return false;
}

static bool lookup_fits(const struct lookup *l, const json_t *event)
{
	json_int_t time = json_integer_value(json_object_get(event, "EventTime"));
	const char *member;

	if (strcmp(row_str(event, "account"), l->account) != 0 ||
	    strcmp(row_str(event, "region"), l->region) != 0 || time < l->from || time > l->to)
		return false;
	if (l->key == NULL)
		return true;
	member = attributes[attribute_find(l->key)].member;
	return member != NULL
		   ? strcmp(row_str(event, member), l->value) == 0
		   : resources_have(json_object_get(event, "Resources"), l->key, l->value);
}

/* False: refused. */
static bool lookup_attribute(struct twin_call *c, struct lookup *l)
{
	const json_t *list = json_object_get(c->input, "LookupAttributes");
	const json_t *first = json_array_get(list, 0);

	if (json_array_size(list) == 0)
		return true;
	l->key = row_str(first, "AttributeKey");
	l->value = row_str(first, "AttributeValue");
	if (json_array_size(list) == 1 && attribute_find(l->key) < ATTRIBUTES &&
	    *l->value != '\0' && strlen(l->value) <= VALUE_MOST)
		return true;
	twin_refuse(c, "InvalidLookupAttributesException",
		    "Exactly one lookup attribute is supported, of those that are known");
	return false;
}

/* Seconds since 1970, as a number of either kind. */
static json_int_t time_read(const json_t *value, json_int_t standard)
{
	return json_is_real(value)      ? (json_int_t)json_real_value(value)
	       : json_is_integer(value) ? json_integer_value(value)
					: standard;
}

static bool lookup_times(struct twin *t, struct twin_call *c, struct lookup *l)
{
	json_int_t now = twin_seconds(t);

	l->from = time_read(json_object_get(c->input, "StartTime"), 0);
	l->to = time_read(json_object_get(c->input, "EndTime"), now);
	if (l->from <= l->to) {
		if (l->from < now - TRAIL_SECONDS)
			l->from = now - TRAIL_SECONDS;
		return true;
	}
	twin_refuse(c, "InvalidTimeRangeException", "Start time cannot be after end time.");
	return false;
}

static bool lookup_size(struct twin_call *c)
{
	const json_t *size = json_object_get(c->input, "MaxResults");

	if (size == NULL || json_is_null(size) ||
	    (json_integer_value(size) >= 1 && json_integer_value(size) <= PAGE_MOST))
		return true;
	twin_refuse(c, "InvalidMaxResultsException", "Max results must be between 1 and %d.",
		    PAGE_MOST);
	return false;
}

static json_t *event_show(struct twin *t, json_t *event)
{
	(void)t;
	return row_pick(event, "EventId EventName ReadOnly AccessKeyId EventTime EventSource "
			       "Username Resources CloudTrailEvent");
}

/* The newest first. New. */
static json_t *events_found(const struct twin *t, const struct lookup *l)
{
	json_t *oldest = json_array(), *found, *event;
	const char *id;
	size_t i;

	json_object_foreach(twin_table(t, "trail"), id, event)
	{
		if (lookup_fits(l, event))
			json_array_append(oldest, event);
	}
	found = json_array();
	for (i = json_array_size(oldest); i > 0; i--)
		json_array_append(found, json_array_get(oldest, i - 1));
	json_decref(oldest);
	return found;
}

static json_t *lookup_events(struct twin *t, struct twin_call *c)
{
	struct twin_paging paging = {.list = "Events",
				     .token_in = "NextToken",
				     .token_out = "NextToken",
				     .size_in = "MaxResults",
				     .standard = PAGE_MOST,
				     .most = PAGE_MOST,
				     .show = event_show};
	struct lookup l = {.account = c->account,
			   .region = c->region != NULL ? c->region : DEFAULT_REGION};
	json_t *reply;

	if (!lookup_attribute(c, &l) || !lookup_times(t, c, &l) || !lookup_size(c))
		return NULL;
	reply = twin_page(t, c, &paging, events_found(t, &l));
	return reply != NULL ? reply
			     : twin_refuse(c, "InvalidNextTokenException",
					   "The token is invalid, or of another lookup.");
}

static const struct twin_op trail_ops[] = {
    {.name = "LookupEvents", .handler = lookup_events, .rate = RATE_TRAIL},
};
const struct twin_service twin_trail_ops = {SERVICE_CLOUDTRAIL, trail_ops,
					    sizeof trail_ops / sizeof trail_ops[0]};

/* One event of CloudTrail: who, from where, when, and what it speaks of. All of it is written by
 * whoever made the call. */
#include "aws/trail_priv.h"

#include <stdlib.h>
#include <string.h>

#define EVENT_MAX ((size_t)256 << 10) /* bytes: CloudTrail's own limit on an event */
#define DEPTH_MAX 32
#define TEXTS_MAX 20000 /* looked at in one event */
#define TEXT_MAX  1024  /* bytes that are kept of a text */

#define AWS_SUFFIX ".amazonaws.com"

struct values {
	const struct map *asked;
	struct map *known;
	VEC(const char *) list;
	size_t looked;
};

static void value_add(struct values *v, const char *s)
{
	const char *known = map_get(v->asked, s);

	if (known != NULL && map_put(v->known, known, v) == NULL)
		vec_push(&v->list, known);
}

/* Keys too: a map of tags has the names of tags there. */
static void values_collect(struct values *v, const json_t *value, unsigned depth)
{
	const char *key;
	json_t *member;
	size_t i;

	if (depth > DEPTH_MAX || ++v->looked > TEXTS_MAX)
		return;
	if (json_is_string(value))
		value_add(v, json_string_value(value));
	json_object_foreach((json_t *)value, key, member)
	{
		value_add(v, key);
		values_collect(v, member, depth + 1);
	}
	json_array_foreach(value, i, member) values_collect(v, member, depth + 1);
}

static const char *const *event_values(struct arena *arena, const struct map *asked,
				       const json_t *event, const json_t *record)
{
	static const char *const members[] = {"requestParameters", "responseElements", "resources",
					      "additionalEventData", "serviceEventDetails"};
	auto_map *known = map_new();
	struct values v = {.asked = asked, .known = known};
	const char **out;

	values_collect(&v, json_object_get(event, "Resources"), 0);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		values_collect(&v, json_object_get(record, members[i]), 0);
	out = arena_array(arena, v.list.n + 1, sizeof *out);
	if (v.list.n > 0)
		memcpy(out, v.list.at, v.list.n * sizeof *out);
	free(v.list.at);
	return out;
}

/* At most TEXT_MAX bytes of it, whole characters; "" where there is none. */
static const char *kept(struct arena *arena, const char *s)
{
	size_t len = s == NULL ? 0 : strlen(s);

	if (len == 0)
		return "";
	if (len > TEXT_MAX) {
		len = TEXT_MAX;
		while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
			len--;
	}
	return arena_memdup0(arena, s, len);
}

static const char *text_of(struct arena *arena, const json_t *record, const char *path)
{
	return kept(arena, reply_str(record, path));
}

/* "iam.amazonaws.com" is iam. */
static const char *service_of(struct arena *arena, const char *source)
{
	const char *s = kept(arena, source);

	if (str_ends(s, AWS_SUFFIX))
		return arena_memdup0(arena, s, strlen(s) - strlen(AWS_SUFFIX));
	return s;
}

static const char *after_slash(const char *s)
{
	const char *slash = strrchr(s, '/');

	return slash == NULL ? "" : slash + 1;
}

/* Who it was, by the types of userIdentity that there are:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
static void principal_read(struct arena *arena, const json_t *event, const json_t *record,
			   struct trail_event *e)
{
	const json_t *who = reply_obj(record, "userIdentity");
	const char *type = text_of(arena, who, "type");
	const char *person = reply_str(who, "onBehalfOf.userId");

	e->principal = text_of(arena, who, "arn");
	e->key = text_of(arena, who, "accessKeyId");
	e->invoked_by = service_of(arena, reply_str(who, "invokedBy"));
	if (*e->invoked_by != '\0')
		e->invoked_by = text_of(arena, who, "invokedBy");
	if (*e->principal == '\0' && person != NULL)
		e->principal = kept(arena, arena_printf(arena, "arn:aws:identitystore:::user/%s",
							kept(arena, person)));
	if (*e->principal == '\0')
		e->principal = text_of(arena, who, "sessionContext.sessionIssuer.arn");
	if (*e->principal == '\0')
		e->principal = text_of(arena, who, "accountId");
	e->session = strcmp(type, "AssumedRole") == 0 ? after_slash(e->principal)
		     : strcmp(type, "Root") == 0      ? "root"
						      : text_of(arena, who, "userName");
	if (*e->session == '\0')
		e->session = text_of(arena, event, "Username");
	if (*e->session == '\0' && person != NULL)
		e->session = kept(arena, person);
}

static bool says_true(const json_t *record, const char *path)
{
	const char *s = reply_str(record, path);

	return (s != NULL && strcmp(s, "true") == 0) || reply_bool(record, path);
}

/* A browser, or the console on behalf of one. */
static bool is_console(const json_t *record, const char *agent)
{
	static const char *const parts[] = {"console.amazonaws.com", "console.aws.", "AWSConsole",
					    "signin.amazonaws.com", "Console/"};

	if (says_true(record, "sessionCredentialFromConsole") || str_starts(agent, "Mozilla/"))
		return true;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (strstr(agent, parts[i]) != NULL)
			return true;
	}
	return false;
}

/* A name alone anybody can take, and so can an agent; both are ours in an apply. Users and the root
 * have no name of their choice: they are ours where the run itself is just this one. */
static bool is_own(const struct trail_options *options, const json_t *record,
		   const struct trail_event *e)
{
	const char *type = reply_str(record, "userIdentity.type");

	if (!str_starts(e->agent, "charter/") || *e->session == '\0')
		return false;
	if (type == NULL || strcmp(type, "AssumedRole") != 0)
		return options->caller != NULL && strcmp(options->caller, e->principal) == 0;
	for (const char *const *own = options->own; own != NULL && *own != NULL; own++) {
		if (strcmp(*own, e->session) == 0)
			return true;
	}
	return false;
}

/* What succeeded and changed something. */
static bool is_change(const json_t *event, const json_t *record)
{
	return json_is_object(record) && json_object_get(record, "errorCode") == NULL &&
	       json_object_get(record, "errorMessage") == NULL && !says_true(record, "readOnly") &&
	       !says_true(event, "ReadOnly");
}

static json_t *record_load(const json_t *event)
{
	const json_t *text = json_object_get(event, "CloudTrailEvent");
	size_t len = json_string_length(text);

	if (len == 0 || len > EVENT_MAX)
		return NULL;
	return json_loadb(json_string_value(text), len, 0, NULL);
}

static bool event_time(const json_t *event, const json_t *record, int64_t *us)
{
	const char *s = reply_str(record, "eventTime");

	return (s != NULL && time_parse(s, us) == 0) || reply_time(event, "EventTime", us) == 0;
}

bool trail_event_read(struct arena *arena, const struct map *asked,
		      const struct trail_options *options, const char *account, const json_t *event,
		      struct trail_event *e)
{
	json_auto_t *record = json_is_object(event) ? record_load(event) : NULL;
	const char *source = reply_str(record, "eventSource");

	*e = (struct trail_event){0};
	if (!event_time(event, record, &e->time_us) || !is_change(event, record))
		return false;
	e->id = text_of(arena, record, "eventID");
	if (*e->id == '\0')
		e->id = text_of(arena, event, "EventId");
	e->call = text_of(arena, record, "eventName");
	e->service = service_of(arena, source != NULL ? source : reply_str(event, "EventSource"));
	if (*e->id == '\0' || *e->call == '\0' || *e->service == '\0')
		return false;
	e->account = text_of(arena, record, "recipientAccountId");
	if (*e->account == '\0')
		e->account = account;
	e->region = text_of(arena, record, "awsRegion");
	e->address = text_of(arena, record, "sourceIPAddress");
	e->agent = text_of(arena, record, "userAgent");
	principal_read(arena, event, record, e);
	e->console = is_console(record, e->agent);
	e->own = is_own(options, record, e);
	e->value = event_values(arena, asked, event, record);
	return true;
}

/* Which event made which difference. Pure. */
#include "aws/trail_priv.h"

#include "aws/wire.h"

#include <stdlib.h>
#include <string.h>

static const struct trail_row no_rows[] = {{TRAIL_RESOURCE, NULL, SERVICE_IAM, NULL}};

const struct trail_row *trail_rows(enum kind_id kind)
{
	return wires[kind]->trail != NULL ? wires[kind]->trail : no_rows;
}

enum service_id trail_service(enum kind_id kind)
{
	return trail_rows(kind)->service;
}

bool trail_service_has(enum service_id service, const char *source)
{
	static const struct {
		enum service_id service;
		const char *source;
	} sources[] = {{SERVICE_IAM, "iam"},
		       {SERVICE_ORGANIZATIONS, "organizations"},
		       {SERVICE_ORGANIZATIONS, "account"},
		       {SERVICE_SSO_ADMIN, "sso"},
		       {SERVICE_SSO_ADMIN, "sso-directory"},
		       {SERVICE_SSO_ADMIN, "identitystore"}};

	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
		if (sources[i].service == service && strcmp(sources[i].source, source) == 0)
			return true;
	}
	return false;
}

/* Whether a list of names has this one. */
static bool names_have(const char *names, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = names; at != NULL && (at = strstr(at, name)) != NULL; at += len) {
		if ((at == names || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	}
	return false;
}

static bool verb_is(const char *name, const char *const *verbs)
{
	for (; *verbs != NULL; verbs++) {
		if (str_starts(name, *verbs))
			return true;
	}
	return false;
}

static bool call_gives(const char *name)
{
	static const char *const verbs[] = {"Accept", "Add",      "Associate", "Attach",
					    "Create", "Enable",   "Invite",    "Put",
					    "Tag",    "Register", NULL};

	return verb_is(name, verbs);
}

static bool call_takes(const char *name)
{
	static const char *const verbs[] = {"Close",        "Delete", "Deregister", "Detach",
					    "Disable",      "Leave",  "Remove",     "Untag",
					    "Disassociate", NULL};

	return verb_is(name, verbs);
}

static bool call_fits_sign(char sign, const char *name)
{
	return !(sign == '+' && call_takes(name)) && !(sign == '-' && call_gives(name));
}

enum fit {
	FIT_NOT,
	FIT_NAMED, /* if it names the resource, and the element */
	/* If it names the resource: what sets a whole need not name its parts, and what makes a
	 * resource anew says nothing of what it has no more. */
	FIT_WITHOUT,
};

/* What a call of this name can have to do with the question. */
static enum fit call_fit(const struct trail_question *q, const struct trail_row *row,
			 const char *name)
{
	if (row->attr == q->attr && !call_fits_sign(q->sign, name))
		return FIT_NOT;
	if (row->attr == q->attr)
		return call_gives(name) || call_takes(name) ? FIT_NAMED : FIT_WITHOUT;
	if (row->attr != TRAIL_RESOURCE || !call_gives(name))
		return FIT_NOT;
	return q->sign == '-' ? FIT_WITHOUT : FIT_NAMED;
}

void trail_names(const struct trail_question *q, void (*fn)(void *ctx, const char *name), void *ctx)
{
	char name[128];

	for (const struct trail_row *row = trail_rows(q->kind); row->calls != NULL; row++) {
		const char *at = row->calls;

		while (*at != '\0') {
			size_t len = strcspn(at, " ");

			snprintf(name, sizeof name, "%.*s", (int)len, at);
			if (call_fit(q, row, name) != FIT_NOT)
				fn(ctx, name);
			at += len + (at[len] == ' ');
		}
	}
}

static bool event_has(const struct trail_event *e, const char *const *names)
{
	for (; *names != NULL; names++) {
		for (const char *const *value = e->value; *value != NULL; value++) {
			if (strcmp(*names, *value) == 0)
				return true;
		}
	}
	return false;
}

static bool event_names(const struct trail_question *q, const struct trail_event *e, enum fit fit)
{
	if (q->subject != NULL && !event_has(e, q->subject))
		return false;
	if (fit == FIT_WITHOUT)
		return true;
	return (q->object == NULL || event_has(e, q->object)) &&
	       (q->also == NULL || event_has(e, q->also));
}

/* The best of what its rows say. */
static enum fit event_fit(const struct trail_question *q, const struct trail_event *e)
{
	enum fit best = FIT_NOT;

	for (const struct trail_row *row = trail_rows(q->kind); row->calls != NULL; row++) {
		enum fit fit;

		if (!trail_service_has(row->service, e->service) ||
		    !names_have(row->calls, e->call))
			continue;
		fit = call_fit(q, row, e->call);
		if (fit != FIT_NOT && best != FIT_NAMED && event_names(q, e, fit))
			best = fit;
	}
	return best;
}

/* What only says that there is the resource leaves open who took a part of it away. */
bool trail_settles(const struct trail_question *q, const struct trail_event *e)
{
	enum fit fit = event_fit(q, e);

	return fit == FIT_NAMED || (fit == FIT_WITHOUT && q->sign != '-');
}

/* The events that hold a value, newest last. */
struct mentions {
	VEC(uint32_t) event;
};

struct index {
	struct map *by_value;
	VEC(struct mentions *) all;
};

static void index_build(struct index *index, const struct trail_seen *seen, size_t n)
{
	index->by_value = map_new();
	for (size_t i = 0; i < n; i++) {
		for (const char *const *v = seen[i].event.value; *v != NULL; v++) {
			struct mentions *m = map_get(index->by_value, *v);

			if (m == NULL) {
				m = xcalloc(1, sizeof *m);
				map_put(index->by_value, *v, m);
				vec_push(&index->all, m);
			}
			vec_push(&m->event, (uint32_t)i);
		}
	}
}

static void index_free(struct index *index)
{
	for (size_t i = 0; i < index->all.n; i++) {
		free(index->all.at[i]->event.at);
		free(index->all.at[i]);
	}
	free(index->all.at);
	map_free(index->by_value);
}

/* The newest of those that hold this value, if it comes after `best`. */
static uint32_t newest_with(const struct index *index, const struct trail_seen *seen,
			    const struct trail_question *q, uint32_t group, const char *subject,
			    uint32_t best)
{
	const struct mentions *m = map_get(index->by_value, subject);

	for (size_t i = m == NULL ? 0 : m->event.n; i-- > 0;) {
		uint32_t e = m->event.at[i];

		if (best != TRAIL_NONE && e <= best)
			break;
		if (seen[e].group == group && event_fit(q, &seen[e].event) != FIT_NOT)
			return e;
	}
	return best;
}

static uint32_t newest_of(const struct index *index, const struct trail_seen *seen, size_t n_seen,
			  const struct trail_question *q, uint32_t group)
{
	uint32_t best = TRAIL_NONE;

	if (q->subject == NULL) {
		for (size_t e = n_seen; e-- > 0;) {
			if (seen[e].group == group && event_fit(q, &seen[e].event) != FIT_NOT)
				return (uint32_t)e;
		}
		return TRAIL_NONE;
	}
	for (const char *const *s = q->subject; *s != NULL; s++)
		best = newest_with(index, seen, q, group, *s, best);
	return best;
}

/* An event that names nothing that is known, where the question's own names are not known either,
 * or where such events never say what they are about. */
static bool event_is_blind(const struct trail_question *q, const struct trail_event *e)
{
	if (e->own || *e->value != NULL)
		return false;
	for (const struct trail_row *row = trail_rows(q->kind); row->calls != NULL; row++) {
		if (row->attr == q->attr && trail_service_has(row->service, e->service) &&
		    names_have(row->calls, e->call) && call_takes(e->call) &&
		    (*q->subject == NULL || names_have(row->unnamed, e->call)))
			return true;
	}
	return false;
}

static bool session_is_same(const struct trail_event *a, const struct trail_event *b)
{
	return strcmp(a->principal, b->principal) == 0 && strcmp(a->session, b->session) == 0;
}

/* Nothing named what was taken away. */
static bool is_blind(const struct trail_question *q, const struct trail_seen *seen)
{
	return q->sign == '-' && q->subject != NULL &&
	       (q->event == TRAIL_NONE || event_fit(q, &seen[q->event].event) == FIT_WITHOUT);
}

/* One question and those like it, which the same events would answer: only where there is an event
 * for each, and all are of one session, is it known who it was. */
static uint32_t answer_blind(const struct trail_question *q, const uint32_t *group, size_t n,
			     size_t one, const struct trail_seen *seen, size_t n_seen)
{
	uint32_t newest = TRAIL_NONE;
	size_t alike = 0, events = 0;

	for (size_t i = 0; i < n; i++) {
		alike += group[i] == group[one] && q[i].kind == q[one].kind &&
			 q[i].attr == q[one].attr && is_blind(&q[i], seen);
	}
	for (size_t e = n_seen; e-- > 0;) {
		if (seen[e].group != group[one] || !event_is_blind(&q[one], &seen[e].event))
			continue;
		if (newest == TRAIL_NONE)
			newest = (uint32_t)e;
		else if (!session_is_same(&seen[newest].event, &seen[e].event))
			return TRAIL_NONE;
		events++;
	}
	return events >= alike ? newest : TRAIL_NONE;
}

/* blind[i] of each question: of those that are alike once. */
static void answers_blind(const struct trail_question *q, const uint32_t *group, size_t n,
			  const struct trail_seen *seen, size_t n_seen, uint32_t *blind)
{
	auto_map *first = map_new();

	for (size_t i = 0; i < n; i++) {
		auto_free char *alike = NULL;
		const uint32_t *known;

		blind[i] = TRAIL_NONE;
		if (!is_blind(&q[i], seen))
			continue;
		alike = xasprintf("%u %d %d %d", group[i], (int)q[i].kind, q[i].attr,
				  *q[i].subject == NULL);
		known = map_get(first, alike);
		blind[i] = known != NULL ? *known : answer_blind(q, group, n, i, seen, n_seen);
		if (known == NULL)
			map_put(first, alike, &blind[i]);
	}
}

void trail_match(struct trail_question *q, const uint32_t *group, size_t n,
		 const struct trail_seen *seen, size_t n_seen)
{
	auto_free uint32_t *blind = xcalloc(n + 1, sizeof *blind);
	struct index index = {0};

	index_build(&index, seen, n_seen);
	for (size_t i = 0; i < n; i++)
		q[i].event = newest_of(&index, seen, n_seen, &q[i], group[i]);
	answers_blind(q, group, n, seen, n_seen, blind);
	for (size_t i = 0; i < n; i++) {
		if (blind[i] != TRAIL_NONE && (q[i].event == TRAIL_NONE || blind[i] > q[i].event))
			q[i].event = blind[i];
		if (q[i].event != TRAIL_NONE && seen[q[i].event].event.own)
			q[i].event = TRAIL_NONE;
	}
	index_free(&index);
}

/* Who did it: the items of a report as questions to CloudTrail, and the events as their answers. */
#include "reconciler/drift_subject.h"

#include "reconciler/plan_doc.h"
#include "reconciler/run.h"

#include <stdlib.h>
#include <string.h>

#define OLDEST_US (90 * DAY_US - HOUR_US) /* CloudTrail keeps events for 90 days */
#define OWN_MAX   8

/* Session names of our own applies. */
struct own {
	const char *name[OWN_MAX + 1];
	size_t n;
};

static void own_add(struct own *own, const char *name)
{
	if (name && *name && own->n < OWN_MAX)
		own->name[own->n++] = name;
}

static void own_add_config(struct own *own, const struct configuration *c)
{
	if (c->config && c->config->settings.access_session_name)
		own_add(own, c->config->settings.access_session_name->s);
}

/* That of this run too: the apply is most often another job of the same pipeline. */
static void own_names(struct run *run, struct own *own)
{
	const struct text *arn = run->world.caller_arn;
	const char *slash = arn && strstr(arn->s, ":assumed-role/") ? strrchr(arn->s, '/') : NULL;

	own_add(own, "charter");
	own_add(own, run->env->getenv("AWS_ROLE_SESSION_NAME"));
	own_add(own, slash ? slash + 1 : NULL);
	own_add_config(own, &run->head);
	own_add_config(own, &run->base);
	own_add_config(own, &run->target);
}

/* What was let be before the first report is not asked about; until a ledger has told, whatever
 * nobody declares may be new. */
static bool item_is_asked(const struct doc_drift *drift, const struct drift_item *item)
{
	return !item->quiet || (item->kind == ITEM_UNMANAGED && !drift->history);
}

static struct drift_event *event_of(struct arena *arena, const struct trail_event *e)
{
	struct drift_event *out = arena_alloc(arena, sizeof *out);

	*out = (struct drift_event){.id = e->id,
				    .service = e->service,
				    .call = e->call,
				    .account = e->account,
				    .region = e->region,
				    .principal = e->principal,
				    .session = e->session,
				    .key = e->key,
				    .address = e->address,
				    .agent = e->agent,
				    .invoked_by = e->invoked_by,
				    .console = e->console,
				    .time_us = e->time_us};
	return out;
}

/* The items that are asked about, and their questions. */
struct asking {
	struct trail_question *question;
	struct drift_item **item;
	size_t n;
};

static void questions_make(struct run *run, struct doc_drift *drift, struct asking *a)
{
	a->question = arena_array(run->arena, (size_t)drift->items + 1, sizeof *a->question);
	a->item = arena_array(run->arena, (size_t)drift->items + 1, sizeof *a->item);
	for (uint32_t i = 0; i < drift->items; i++) {
		struct drift_item *item = &drift->item[i];

		if (item_is_asked(drift, item) &&
		    drift_question(run->arena, run->bound, &run->live->world, item,
				   &a->question[a->n]))
			a->item[a->n++] = item;
	}
}

static void answers_take(struct run *run, const struct doc_drift *drift, const struct asking *a,
			 const struct trail_answer *answer)
{
	struct drift_event **event =
	    arena_array(run->arena, (size_t)answer->events + 1, sizeof *event);

	for (uint32_t i = 0; i < answer->events; i++)
		event[i] = event_of(run->arena, &answer->event[i]);
	for (size_t i = 0; i < a->n; i++) {
		uint32_t at = a->question[i].event;

		/* What a report since then did not have is not of that call: the call that made it
		 * has not got to CloudTrail yet. */
		if (at != TRAIL_NONE && event[at]->time_us >= drift_since(drift, a->item[i]))
			a->item[i]->event = event[at];
	}
}

/* Of one day all reports are one point. A report that could not read everything may have lacked
 * what was there. */
int64_t drift_since(const struct doc_drift *drift, const struct drift_item *item)
{
	int64_t first_us = item->first_us, before = 0;

	for (uint32_t i = 0; i < drift->resolveds; i++) {
		const struct drift_resolved *r = &drift->resolved[i];

		if (r->kind == ITEM_UNREAD && r->resolved_us == item->first_us &&
		    r->first_us < first_us)
			first_us = r->first_us;
	}
	for (uint32_t i = 0; i < drift->points && drift->point[i].time_us < first_us; i++)
		before = drift->point[i].time_us;
	return before ? before - HOUR_US : 0;
}

int drift_who(struct run *run, struct plan_doc *doc, int64_t since_us, struct error *err)
{
	int64_t now_us = run->env->clock->now_us(run->env->clock);
	struct doc_drift *drift = doc->drift;
	struct trail_answer answer;
	struct asking asking = {0};
	struct own own = {0};
	struct trail_options options = {.own = own.name, .from_us = since_us, .to_us = now_us};

	questions_make(run, drift, &asking);
	if (asking.n == 0)
		return 0;
	if (!run->client || run->options->live.n) {
		drift->trail_unread = "CloudTrail was not asked: what is live was read from a file";
		return 0;
	}
	if (since_us < now_us - OLDEST_US)
		options.from_us = now_us - OLDEST_US;
	if (options.from_us > now_us) {
		drift->trail_unread = "CloudTrail was not asked: the last report is of a time that "
				      "has not come yet";
		return 0;
	}
	own_names(run, &own);
	options.caller = run->world.caller_arn ? run->world.caller_arn->s : NULL;
	if (trail_ask(run->client, run->loop, run->arena, &options, asking.question, asking.n,
		      &answer, err) != 0)
		return -1;
	drift->since_us = options.from_us;
	drift->own = answer.own;
	drift->trail_unread = answer.unread;
	answers_take(run, drift, &asking, &answer);
	return 0;
}

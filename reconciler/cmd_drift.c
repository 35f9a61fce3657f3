/* drift: what differs from git, who did it, and since when. */
#include "reconciler/command.h"
#include "reconciler/desk.h"
#include "reconciler/notify.h"
#include "reconciler/surface.h"

#include "base/env.h"

#include <string.h>

/* How long AWS keeps events for LookupEvents. */
#define TRAIL_DAYS 90

/* One look, and what is remembered of those before. */
struct look {
	struct run *run;
	struct plan_doc *doc;
	int64_t now_us;
	struct ledger ledger;
	struct ledger_store *store; /* NULL: no --state */
	struct ledger_news news;
};

static int look_check(struct run *run, struct error *err)
{
	const struct options *o = run->options;

	if (o->notify.n && !o->state)
		return error_set(err, "--notify tells what is new, and without --state nothing is "
				      "known of earlier reports: say --state too, or let `charter "
				      "comment` notify");
	return notify_check(run, err);
}

static bool is_ended_rule(const struct doc_drift *drift, const struct doc_note *note)
{
	for (uint32_t i = 0; i < drift->items && note->what == NOTE_WARNING && note->address; i++)
		if (drift->item[i].kind == ITEM_RULE &&
		    strcmp(drift->item[i].address, note->address) == 0)
			return true;
	return false;
}

/* That a rule has ended is a difference here, and no warning too. */
static void warnings_less(struct plan_doc *doc)
{
	size_t n = 0;

	for (size_t i = 0; i < doc->notes; i++)
		if (!is_ended_rule(doc->drift, &doc->note[i]))
			doc->note[n++] = doc->note[i];
	doc->notes = n;
}

/* A report of what is, not of what would be done. */
static void document_look(struct look *look)
{
	struct run *run = look->run;
	struct plan_doc *doc = plan_document(run->arena, &run->plan, DRIFT_FORMAT, run_time(run));

	doc->calls = 0;
	doc->summary.calls = 0;
	doc->guards = 0;
	doc->refusal = NULL;
	for (size_t i = 0; i < doc->changes; i++)
		doc->change[i].calls = 0;
	doc->drift = drift_items(run->arena, &run->plan, doc);
	warnings_less(doc);
	look->doc = doc;
}

static int ledger_begin(struct look *look, struct error *err)
{
	struct run *run = look->run;
	const struct plan_doc *doc = look->doc;
	const char *target, *where = run->options->state;

	if (!where)
		return 0;
	target = desk_target(run->arena, doc->format, doc->organization, doc->scope);
	if (ledger_store_read(run, where, target, &look->ledger, &look->store, err) != 0)
		return -1;
	ledger_follow(run->arena, &look->ledger, look->doc, &look->news);
	return 0;
}

/* From when on CloudTrail is asked: since the report that did not have the oldest open difference.
 */
static int64_t trail_since(const struct look *look)
{
	const struct doc_drift *drift = look->doc->drift;
	int64_t oldest = look->now_us - TRAIL_DAYS * DAY_US, since = look->now_us - HOUR_US;

	if (!drift->history)
		return oldest;
	for (uint32_t i = 0; i < drift->items; i++) {
		const struct drift_item *item = &drift->item[i];
		int64_t from = item->quiet ? since : drift_since(drift, item);

		if (from < since)
			since = from;
	}
	return since > oldest ? since : oldest;
}

/* The history is written last: a report that reached nobody is new to the next one. */
static int look_remember(struct look *look, struct error *err)
{
	struct notify_message message = {.doc = look->doc, .news = &look->news};
	struct run *run = look->run;
	struct ci ci;

	if (!look->store)
		return 0;
	if (ci_read(run->env, run->arena, &ci, err) != 0)
		return -1;
	message.url = ci.run_url;
	if (notify_send(run, &message, &look->ledger.told, err) != 0)
		return -1;
	return ledger_store_write(look->store, &look->ledger, err);
}

static int look_exit(const struct look *look)
{
	bool detailed = look->run->options->detailed_exitcode;

	if (!look->doc->complete)
		return EXIT_INCOMPLETE;
	return detailed && drift_open(look->doc->drift) ? EXIT_DIFFERENCES : EXIT_DONE;
}

int command_drift(struct run *run, struct error *err)
{
	struct look look = {.run = run, .now_us = run->env->clock->now_us(run->env->clock)};

	if (look_check(run, err) != 0 || run_all(run, true, NULL, err) != 0)
		return -1;
	document_look(&look);
	if (drift_owners(run, look.doc, err) != 0 || ledger_begin(&look, err) != 0 ||
	    drift_who(run, look.doc, trail_since(&look), err) != 0)
		return -1;
	drift_group(run->arena, look.doc);
	if (output_document(run, look.doc, err) != 0 || surface_document(run, look.doc, err) != 0 ||
	    look_remember(&look, err) != 0)
		return -1;
	return look_exit(&look);
}

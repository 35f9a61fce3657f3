/* The life of a target's issue. What is there already is never made again, and nothing is sent
 * where a reader would see nothing new. */
#include "reconciler/issue.h"

#include "base/text.h"
#include "reconciler/issue_body.h"
#include "reconciler/issue_priv.h"
#include "reconciler/notify.h"

#include <stdlib.h>
#include <string.h>

#define LABEL "charter-drift"

static int issues_find(struct keeper *k, struct error *err)
{
	struct arena *arena = k->desk->run->arena;
	struct forge_issues all;

	if (!forge_has_issues(k->desk->forge))
		return error_set(
		    err,
		    "%s has no issues: what is known from night to night is kept with "
		    "charter drift --state FILE (or s3://BUCKET/KEY), and people are told "
		    "with its --notify",
		    forge_name(k->desk->kind));
	if (forge_issues_read(k->desk->forge, LABEL, &all, err) != 0)
		return -1;
	k->at = arena_array(arena, all.n + 2, sizeof *k->at);
	for (size_t i = 0; i < all.n; i++) {
		struct kept *kept = &k->at[k->n];

		kept->issue = all.at[i];
		if (!issue_body_read(arena, all.at[i].body, &kept->body) ||
		    strcmp(kept->body.target, k->target) != 0)
			continue;
		kept->body.altered |= all.at[i].altered;
		if (all.at[i].ours)
			k->n++;
		else
			run_note(k->desk->run,
				 "issue %s looks like ours, and is somebody else's: it is ignored",
				 all.at[i].number);
	}
	return 0;
}

/* Runs at once may have opened two, and people may have copied one: the newest is kept. What is
 * left of another one has no block: it is found no more. */
static int others_close(struct keeper *k, struct error *err)
{
	for (size_t i = 1; i < k->n; i++) {
		const struct kept *kept = &k->at[i];
		auto_buf body = BUF_INIT(SIZE_MAX);

		if (!kept->issue.open)
			continue;
		buf_printf(&body, "Issue #%s has taken the place of this one.\n\n%s\n",
			   k->at[0].issue.number, kept->body.report);
		if (forge_issue_edit(k->desk->forge, &kept->issue, kept->issue.title,
				     buf_str(&body), false, err) != 0)
			return -1;
		run_note(k->desk->run, "issue %s is closed: issue %s is kept", kept->issue.number,
			 k->at[0].issue.number);
	}
	return 0;
}

/* A body that somebody else wrote into tells nothing, nor does one that cannot be read. What was
 * let be with it is told again: else an edit would hide what came before it. */
static int ledger_take(struct keeper *k, struct error *err)
{
	struct run *run = k->desk->run;
	struct kept *kept = k->n ? &k->at[0] : NULL;
	auto_error why = {0};

	if (kept && !kept->body.altered) {
		if (ledger_read(run->arena, kept->body.ledger_data, kept->body.ledger_len,
				"the issue's ledger", k->target, &k->ledger, &why) == 0) {
			k->ledger.lost = !k->ledger.last_us;
			return 0;
		}
		kept->body.altered = true;
		run_warn(run, "issue %s: %s: dates begin anew", kept->issue.number, why.message);
	} else if (kept) {
		run_warn(run,
			 "issue %s was edited by somebody else: what it remembers is not believed, "
			 "and dates begin anew",
			 kept->issue.number);
	}
	if (ledger_read(run->arena, NULL, 0, "a new ledger", k->target, &k->ledger, err) != 0)
		return -1;
	k->ledger.lost = kept != NULL;
	return 0;
}

int keeper_open(struct keeper *k, struct error *err)
{
	return issues_find(k, err) != 0 || ledger_take(k, err) != 0 ? -1 : 0;
}

int keeper_write(struct keeper *k, struct issue_body *body, const char *title, struct error *err)
{
	struct desk *desk = k->desk;
	struct kept *kept = &k->at[0];
	auto_buf text = BUF_INIT(SIZE_MAX);
	bool made = !k->n;

	body->target = k->target;
	body->ledger = &k->ledger;
	if (!issue_body_write(body, &text))
		return error_set(err,
				 "what is to be remembered does not fit into an issue: keep it "
				 "with charter drift --state");
	if (made) {
		if (forge_issue_add(desk->forge, LABEL, title, buf_str(&text), &kept->issue, err) !=
		    0)
			return -1;
		k->n = 1;
		kept->issue.open = true;
	} else if (forge_issue_edit(desk->forge, &kept->issue, title, buf_str(&text), body->open,
				    err) != 0) {
		return -1;
	} else {
		kept->issue.open = body->open;
	}
	kept->issue.title = title;
	kept->issue.body = arena_strdup(desk->run->arena, buf_str(&text));
	return 0;
}

void keeper_result(const struct keeper *k, struct issue_result *result)
{
	result->number = k->n ? k->at[0].issue.number : NULL;
	result->url = k->n ? k->at[0].issue.url : NULL;
}

/* Two runs at once may both have found none. */
static int added_check(struct keeper *k, struct error *err)
{
	struct keeper now = {.desk = k->desk, .target = k->target};

	if (issues_find(&now, err) != 0)
		return -1;
	if (now.n < 2)
		return 0;
	if (others_close(&now, err) != 0)
		return -1;
	*k->at = *now.at;
	return 0;
}

static int people_tell(struct keeper *k, const struct plan_doc *doc, const struct ledger_news *news,
		       struct error *err)
{
	struct notify_message message = {.doc = doc,
					 .news = news,
					 .url = k->n && k->at[0].issue.url ? k->at[0].issue.url
									   : k->desk->run_url};

	return notify_send(k->desk->run, &message, &k->ledger.told, err);
}

/* Told first, then written: what is lost in between is told twice, and never not at all. Only a new
 * issue is written before, for its address. */
static int issue_bring(struct keeper *k, struct plan_doc *doc, struct issue_result *result,
		       bool open, struct error *err)
{
	struct desk *desk = k->desk;
	struct run *run = desk->run;
	bool tells = run->options->notify.n > 0, altered = k->n && k->at[0].body.altered;
	const char *title =
	    issue_title(run->arena, &k->ledger, doc->complete, doc->organization, doc->scope);
	struct issue_body body = {.open = open,
				  .seen_us = k->created_us,
				  .run_url = desk->run_url,
				  .note = altered
					      ? "What this issue remembered was edited by hand: "
						"dates begin anew, and all that differs is told "
						"again."
					      : NULL};

	body.report = desk_report(desk, doc, forge_issue_max(desk->kind) - ISSUE_ROOM, err);
	if (!body.report)
		return -1;
	k->ledger.told = !tells;
	result->opened = !k->n;
	result->reopened = !result->opened && open && !k->at[0].issue.open;
	result->closed = !open && (result->opened || k->at[0].issue.open);
	result->edited = !result->opened;
	if (result->opened && (keeper_write(k, &body, title, err) != 0 || added_check(k, err) != 0))
		return -1;
	if (tells && people_tell(k, doc, &result->news, err) != 0)
		return -1;
	return keeper_write(k, &body, title, err);
}

static bool by_hand(const struct kept *kept, bool open)
{
	return !kept->body.altered && kept->body.open != open && kept->issue.open == open;
}

/* A first report makes the issue even where nothing is open, and closes it: what is known must be
 * kept somewhere, else every night were the first. */
static int issue_follow(struct keeper *k, struct plan_doc *doc, struct issue_result *result,
			struct error *err)
{
	const struct kept *kept = k->n ? &k->at[0] : NULL;
	bool complete = doc->complete && !doc->unread_n;
	bool hand_closed = kept && by_hand(kept, false), open;
	int64_t oldest_us;

	if (hand_closed)
		ledger_quiet(&k->ledger);
	ledger_follow(k->desk->run->arena, &k->ledger, doc, &result->news);
	keeper_result(k, result);
	if (k->ledger.last_us > k->created_us) {
		run_note(k->desk->run, "a newer report stands in issue %s: nothing is written",
			 result->number);
		return 0;
	}
	result->quiet = hand_closed && !result->news.fresh;
	if (result->quiet)
		return 0;
	open = ledger_open(&k->ledger, &oldest_us) || (!complete && (!kept || kept->issue.open));
	if (kept && !kept->body.altered && !result->news.changed && !result->news.owed &&
	    (open == kept->issue.open || by_hand(kept, true)))
		return 0;
	if (issue_bring(k, doc, result, open, err) != 0)
		return -1;
	keeper_result(k, result);
	return 0;
}

int issue_keep(struct desk *desk, struct plan_doc *doc, struct issue_result *result,
	       struct error *err)
{
	struct keeper k = {
	    .desk = desk,
	    .target = desk_target(desk->run->arena, doc->format, doc->organization, doc->scope)};

	*result = (struct issue_result){0};
	if (!doc->drift)
		return error_set(err, "the report has no items: it is of an older charter");
	if (!doc->created || time_parse(doc->created, &k.created_us) != 0)
		return error_set(err, "the report does not say when it was made");
	if (keeper_open(&k, err) != 0 || others_close(&k, err) != 0)
		return -1;
	return issue_follow(&k, doc, result, err);
}

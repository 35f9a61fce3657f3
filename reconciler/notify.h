/* Who is told that drift began, grew or ended: a webhook that takes Slack's messages, an SNS topic.
 * On transitions alone; a summary within the receiver's limits and a link. */
#ifndef CHARTER_RECONCILER_NOTIFY_H
#define CHARTER_RECONCILER_NOTIFY_H

#include "reconciler/ledger.h"
#include "reconciler/run.h"

struct notify_message {
	const struct plan_doc *doc;
	const struct ledger_news *news;
	const char *url; /* of the issue or of the run, or NULL */
};

/* Checks --notify before anything is read: words `webhook` (its URL in CHARTER_WEBHOOK, https, or
 * http on a loopback address) and ARNs of SNS topics. */
int notify_check(struct run *, struct error *err);
/* Nothing is sent without a transition: first differences, something fresh, everything resolved; or
 * one that is still to be told. `told` is true too where there is nothing to tell. A receiver that
 * cannot be reached is a warning and leaves `told` false; the others are told. */
int notify_send(struct run *, const struct notify_message *, bool *told, struct error *err);

#endif

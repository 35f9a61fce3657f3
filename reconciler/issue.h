/* The one issue of a target on the forge: opened by drift, edited when something changed, closed
 * when nothing is left, reopened rather than made again; closed by hand it stays closed until there
 * is something new. Its body holds the report and, hidden, the ledger. */
#ifndef CHARTER_RECONCILER_ISSUE_H
#define CHARTER_RECONCILER_ISSUE_H

#include "reconciler/desk.h"
#include "reconciler/ledger.h"
#include "reconciler/plan_doc.h"

struct issue_result {
	struct ledger_news news;
	const char *url;                              /* its page, or NULL: there is none */
	const char *number;                           /* or NULL */
	bool opened, reopened, edited, closed, quiet; /* what was done; none: nothing was sent */
};

/* Brings the issue up to date with a drift report; doc->drift gets what the ledger knows. */
int issue_keep(struct desk *, struct plan_doc *, struct issue_result *, struct error *err);
/* After a successful apply of this plan: the drift that it put back is resolved. */
int issue_applied(struct desk *, const struct plan_doc *, struct issue_result *, struct error *err);

#endif

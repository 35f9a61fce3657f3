/* Private to issue*.c: what a run finds of its target's issue, and writes. */
#ifndef CHARTER_RECONCILER_ISSUE_PRIV_H
#define CHARTER_RECONCILER_ISSUE_PRIV_H

#include "reconciler/issue.h"
#include "reconciler/issue_body.h"

struct kept {
	struct forge_issue issue;
	struct issue_body body;
};
struct keeper {
	struct desk *desk;
	const char *target;
	int64_t created_us; /* of the report */
	struct kept *at;    /* ours, of this target; newest first: the first is the one */
	size_t n;
	struct ledger ledger; /* its; a new one where that is not to be believed */
};

/* Finds the issues of the target and the ledger. */
int keeper_open(struct keeper *, struct error *err);
/* Writes report, ledger and state: opens an issue where there is none. */
int keeper_write(struct keeper *, struct issue_body *, const char *title, struct error *err);
void keeper_result(const struct keeper *, struct issue_result *);

#endif

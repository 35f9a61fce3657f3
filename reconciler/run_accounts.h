/* What of a run is about accounts: within the run's files. */
#ifndef CHARTER_RECONCILER_RUN_ACCOUNTS_H
#define CHARTER_RECONCILER_RUN_ACCOUNTS_H

#include "reconciler/run.h"

/* What compilations know of the live organization; live NULL: nothing. */
struct compile_world configuration_world(struct run *, const struct side *live);
/* Lets the client enter accounts as `access:` says, by the names that this side declares. */
void run_access(struct run *, const struct side *declared);
/* Why no run enters this live account of this name; NULL: runs do. */
const char *run_leaves_out(struct run *, const struct resource *live, const char *name);
/* Declared accounts as live ones, where no listing tells of them: all, with `organization: none`;
 * the run's own, where it is about to make the organization. */
void run_found_accounts(struct run *);
/* The configuration that says where the record is, before any base is known: what head would be
 * merged into, so that no pull request says it; without one, head. */
struct configuration *run_trusted(struct run *);
/* Reads the target of a merge, from the repository alone. */
int run_target(struct run *, struct error *err);
/* After a crawl into run->live: finishes it. -1 when interrupted. */
int run_read_ended(struct run *, struct error *err);
/* Whether a configuration has the section `identity_center`. */
bool run_speaks_of_identity(const struct run *);
/* Queues the reading of IAM Identity Center, once, as soon as a configuration is known that has
 * it: beside the organization, since both take minutes. -1: not in its region. */
int run_identity(struct run *, struct crawl *, struct error *err);
/* Reads what bound rows need beside an ordinary reading: wires_deepen(). */
int run_deepen(struct run *, struct error *err);

#endif

/* The journal: a JSON line before and after each mutating call, synced. It helps a person and a
 * re-run; losing it loses nothing. Never holds a secret. */
#ifndef CHARTER_RECONCILER_JOURNAL_H
#define CHARTER_RECONCILER_JOURNAL_H

#include "aws/call.h"
#include "base/env.h"
#include "base/error.h"

struct journal;

/* Opens FILE for appending (0600, O_NOFOLLOW). NULL path:
 * ${XDG_STATE_HOME:-$HOME/.local/state}/charter/ORGANIZATION-SCOPE.jsonl, directories made 0700;
 * without HOME below $TMPDIR or /tmp in a directory of our own. The path used is journal_path(). */
int journal_open(struct journal **, const struct env *, const char *path, const char *organization,
		 const char *scope, struct error *err);
const char *journal_path(const struct journal *);
/* {"commit":…,"event":"begin","plan_id":…,"time":…} */
int journal_begin(struct journal *, const char *plan_id, const char *commit, unsigned calls,
		  struct error *err);
/* Before it is sent:
 * {"address":…,"event":"send","input":…,"n":…,"operation":…,"service":…,"time":…} */
int journal_send(struct journal *, const struct call *, const char *address, const char *input,
		 struct error *err);
/* After: {"code":…,"event":"end","id":…,"n":…,"request_id":…,"state":"done","time":…} */
int journal_end(struct journal *, const struct call *, const char *state, const char *id,
		const char *code, const char *message, const char *request_id, struct error *err);
int journal_finish(struct journal *, unsigned done, unsigned failed, struct error *err);
void journal_close(struct journal *); /* NULL is accepted */

/* Of a new file at this path: it survives a crash only when its directory was synced too. */
void directory_sync(const char *path);

#endif

/* Progress on standard error: on a terminal one live line (requests done and waiting, the rate, the
 * time left); off one, a line every ten seconds. Silent with -q. */
#ifndef CHARTER_RECONCILER_PROGRESS_H
#define CHARTER_RECONCILER_PROGRESS_H

#include "aws/client.h"
#include "base/loop.h"

struct progress;

struct progress *progress_new(const struct env *, struct loop *, struct client *, bool terminal,
			      bool color, int verbose);
/* NULL for the progress is accepted by all of these. `what` is kept: "reading", "applying". */
void progress_phase(struct progress *, const char *what);
void progress_calls(struct progress *, unsigned done, unsigned total);
/* Removes the live line, so that a message can be printed; it comes back by itself. */
void progress_clear(struct progress *);
void progress_free(struct progress *);

#endif

/* What was approved beside what a plan id names: the drift that is put back, and the live values
 * that adopted and conflicting items were shown with. It comes from a saved plan, or from our
 * comments on the pull requests that were merged. Pure. */
#ifndef CHARTER_RECONCILER_APPROVAL_H
#define CHARTER_RECONCILER_APPROVAL_H

#include "base/digest.h"
#include "git/sticky.h"
#include "reconciler/plan_doc.h"

struct approval;

struct approval *approval_new(void);
void approval_free(struct approval *); /* NULL is accepted */
/* Adds what a list shows; its strings stay the caller's, and must live as long. */
void approval_add(struct approval *, const struct sticky_shown *, size_t n);
/* What a plan shows, as the list that its comment remembers: in the plan's order, in the arena. A
 * whole resource that drift creates or deletes stands there with its action as the attribute. */
size_t approval_list(struct arena *, const struct plan_doc *, struct sticky_shown **);

/* The digest of a live value, as lists have it. */
void approval_digest(struct value, char hex[SHA256_HEX]);
/* The digest that was shown for this attribute or element (element NULL: the whole value), or NULL.
 */
const char *approval_live(const struct approval *, const char *address, const char *attribute,
			  const char *element);
/* Whether this action was shown: of a deletion, of the thing with this id (NULL: it has none). */
bool approval_action(const struct approval *, const char *address, const char *action,
		     const char *id);

#endif

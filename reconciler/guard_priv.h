/* What the guards share. Nobody else includes this. */
#ifndef CHARTER_RECONCILER_GUARD_PRIV_H
#define CHARTER_RECONCILER_GUARD_PRIV_H

#include "reconciler/guard.h"

typedef VEC(struct note) note_vec;

struct judge {
	struct arena *arena;
	const struct plan *plan;
	const struct plan_input *in;
	const struct guard_settings *base, *head; /* NULL: there is no such configuration */
	note_vec *warnings;
};

/* What a guard found wrong: the first ones are told, all are counted. */
struct findings {
	struct buf text;
	size_t n;
	const char *advice; /* said at the end; or NULL */
};
#define FINDINGS_SHOWN 5
#define FINDINGS_INIT  ((struct findings){.text = BUF_INIT(1u << 16)})

/* Adds one, separated from the one before by "; ". */
void finding(struct findings *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The guard's detail: `pass` when nothing was found, else the findings, and then *refused is set.
 * Frees them. */
const char *findings_end(struct arena *, struct findings *, const char *pass, bool *refused);

/* Whether calls come of the change. */
bool change_is_written(const struct change *);
/* The change of this resource that is written, or NULL. */
const struct change *judge_change(const struct judge *, const struct text *address, uint16_t kind);

/* What AWS calls the resource of this address, as an address: a plan may rename it. guard_protect.c
 */
const struct text *address_live(const struct plan_input *, const struct text *address);

/* A warning about a resource, which refuses nothing; text: one line, in the arena. */
void judge_warn(const struct judge *, uint16_t kind, const struct text *address, const char *text);

/* The key of an element; AWS's own policies as the configuration names them. */
const char *judge_element(struct arena *, const struct text *key);

/* Judges the plan: returns the detail, one line in the arena (or static), and sets *refused. */
typedef const char *guard_fn(const struct judge *, bool *refused);

guard_fn guard_right_organization;             /* guard_organization.c */
guard_fn guard_hold, guard_never, guard_churn; /* guard_calls.c */
guard_fn guard_account;                        /* guard_calls.c */
guard_fn guard_reading;                        /* guard_reading.c */
guard_fn guard_sections;                       /* guard_sections.c */
guard_fn guard_protected, guard_break_glass;   /* guard_protect.c */
guard_fn guard_self;                           /* guard_self.c */
guard_fn guard_lockout;                        /* guard_lockout.c */
guard_fn guard_removals;                       /* guard_removals.c */
guard_fn guard_units;                          /* guard_moves.c */
guard_fn guard_customer;                       /* guard_customer.c */

#endif

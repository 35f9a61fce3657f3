/* What a drift report says beside its changes: every difference as an item with a name of its own,
 * who made it, who is to hear of it, since when it is there, and what is there no more.
 *
 * drift_items() begins it from the plan; drift_who() adds the events of CloudTrail, drift_owners()
 * the owners, ledger_follow() what earlier reports knew, drift_group() puts items under causes.
 * Then it is data: reports print it, JSON stores it (docs/plan-format.md). */
#ifndef CHARTER_RECONCILER_DRIFT_H
#define CHARTER_RECONCILER_DRIFT_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct plan;
struct plan_doc;
struct run;

enum item_kind {
	ITEM_DRIFT,     /* an attribute, or an element of one, is not as git has it */
	ITEM_STALE,     /* provisioning that has not got everywhere */
	ITEM_MISSING,   /* a declared resource is gone */
	ITEM_UNMANAGED, /* it exists, and git has never had it */
	ITEM_UNREAD,    /* a scope that could not be read: nothing in it is in sync, or resolved */
	ITEM_RULE,      /* an `ignore` rule that has ended */
	ITEM_KINDS
};
extern const char *const item_words[ITEM_KINDS]; /* "drift", "stale", "missing", ... */
int item_kind_find(const char *word);            /* -1: none */

#define DRIFT_NONE UINT32_MAX
#define DRIFT_NAME 17 /* hex digits of an item's name, with the NUL */

struct drift_event;
struct drift_item {
	enum item_kind kind;
	/* Hex digits over kind, address, attribute and element: the same difference has the same
	 * name in every run. */
	const char *name;
	/* Hex digits over what is live; another value is news. "" where there is none. */
	const char *live;
	const char *address;             /* of the resource; the scope; the pattern of a rule */
	const char *resource_id;         /* AWS's, or NULL */
	const char *attribute, *element; /* NULL: the whole resource, the whole value */
	char sign;                       /* as reports show it: '+' is in AWS and not in git */
	const char *text;                /* of a scope the error, of a rule its reason; or NULL */
	const char *file; /* where git declares it, or the account that it is in; or NULL */
	uint32_t line;
	const char *owner; /* "@platform/identity @alice", or NULL */
	/* Names of the scopes that show it, with blanks between: while one of them, or a part or
	 * the whole of it, is unread, it is not resolved. NULL: of the whole reading; "": what is
	 * read does not matter to it. */
	const char *scope;
	int64_t first_us; /* the first report that had it; 0: this one is the first ever */
	bool fresh;       /* not in the last report, or with another live value then */
	bool quiet;       /* known and let be: unmanaged before the first report, or there when
			     the issue was closed by hand */
	bool break_glass; /* of a resource that `guards.break_glass` names */
	uint8_t rank;     /* what its access is worth: enum drift_rank */
	uint32_t change;  /* index in the document's changes, or DRIFT_NONE */
	uint32_t cause;   /* index of its cause, or DRIFT_NONE */
	const struct drift_event *event; /* the call that made it; NULL: not known */
};

/* What a difference is worth to who looks at it, least first. */
enum drift_rank {
	DRIFT_RANK_PLAIN,
	DRIFT_RANK_READ,          /* somebody has, or lacks, read access by it */
	DRIFT_RANK_WRITE,         /* write access, or of unknown strength */
	DRIFT_RANK_ADMINISTRATOR, /* administrator access, guardrails, trust policies */
	DRIFT_RANK_BREAK_GLASS,
	DRIFT_RANKS
};
extern const char *const drift_rank_words[DRIFT_RANKS]; /* "plain", "read", ... */

/* A call that CloudTrail has. Strings are "" where the event has none. */
struct drift_event {
	const char *id;             /* of the event */
	const char *service, *call; /* "iam", "AttachRolePolicy" */
	const char *account, *region;
	const char *principal; /* ARN; of a session, that of the session */
	const char *session;   /* role session name, or user name */
	const char *key;       /* access key id: one session has one */
	const char *address, *agent;
	const char *invoked_by; /* AWS service on whose behalf, "cloudformation.amazonaws.com" */
	bool console;
	int64_t time_us;
};

/* One session, or one call, and everything that it changed. Where nobody is known, items of one
 * resource are one cause. */
struct drift_cause {
	const char *principal, *session; /* NULL: not known */
	struct drift_event *event;       /* in order of time */
	uint32_t events;
	uint32_t *item; /* indices, in the report's order */
	uint32_t items;
	int64_t first_us, last_us; /* of its events; 0: none */
	uint8_t rank;              /* the highest of its items */
	bool fresh;                /* one of its items is */
};

struct drift_resolved {
	const char *name, *address, *attribute, *element;
	enum item_kind kind;
	int64_t first_us, resolved_us;
};

/* A report of the past, for the trend. */
struct drift_point {
	int64_t time_us;
	uint32_t open, fresh, resolved; /* items that are not quiet */
	int64_t oldest_us;              /* when the oldest open item was first seen; 0: none */
	int64_t repair_s; /* mean time from first seen to resolved, of those resolved; -1: none */
};

struct doc_drift {
	struct drift_item *item; /* by rank, fresh ones first, then by address */
	uint32_t items;
	struct drift_cause *cause; /* by rank, fresh ones first, then the latest */
	uint32_t causes;
	struct drift_resolved *resolved; /* since the last report, and some before; newest first */
	uint32_t resolveds;
	struct drift_point *point; /* oldest first; the last is this report */
	uint32_t points;
	int64_t since_us;         /* from when on CloudTrail was asked; 0: it was not */
	uint32_t own;             /* calls of our own applies, left out */
	const char *trail_unread; /* why CloudTrail could not say all, in one line; or NULL */
	/* What was not looked at on purpose, so that what is not in this report is not resolved:
	 * patterns of addresses (`ignore` rules, accounts that are left out; "**" where the options
	 * narrow the report) and names of scopes that were not asked for. NULL-terminated; or NULL:
	 * nothing. */
	const char *const *passed;
	bool history; /* there is a ledger: first_us, fresh and quiet say something */
};

/* Items of a plan made by `drift`, and doc->drift. Pure. */
struct doc_drift *drift_items(struct arena *, const struct plan *, const struct plan_doc *);
/* Owners by the CODEOWNERS of head: of the declaring line, else of the account's. */
int drift_owners(struct run *, struct plan_doc *, struct error *err);
/* Asks CloudTrail who did it. What cannot be read is said in trail_unread; it is no error. */
int drift_who(struct run *, struct plan_doc *, int64_t since_us, struct error *err);
/* From when on a call can have made the item: an hour before the last report that did not have it,
 * as events arrive late and a reading takes its time. 0: not known. Pure. */
int64_t drift_since(const struct doc_drift *, const struct drift_item *);
/* Causes of items, ranked; events come from drift_who(). Pure. */
void drift_group(struct arena *, struct plan_doc *);
/* Brings items and causes into their order, once fresh and quiet are set. Pure. */
void drift_sort(struct arena *, struct doc_drift *);
/* The name of an item, in the arena. */
const char *drift_item_name(struct arena *, enum item_kind, const char *address,
			    const char *attribute, const char *element);
/* Items that are not quiet. */
uint32_t drift_open(const struct doc_drift *);

#endif

/* Who did it: management events of the last 90 days, by CloudTrail LookupEvents (2 a second for
 * each account and Region, 50 a page). Events of IAM and Organizations are in the Region where
 * these sign, those of Identity Center where it is. */
#ifndef CHARTER_AWS_TRAIL_H
#define CHARTER_AWS_TRAIL_H

#include "aws/client.h"
#include "state/kind.h"

/* Which calls change what, for a kind: its wire has a table of these, ended by calls NULL. */
struct trail_row {
	int attr; /* attribute; TRAIL_RESOURCE: that there is such a resource, or is none */
	const char *calls; /* event names with blanks between them: "AttachRolePolicy Detach..." */
};
#define TRAIL_RESOURCE (-1)

struct trail_event {
	const char *id, *service, *call, *account, *region;
	const char *principal, *session, *key, *address, *agent, *invoked_by;
	bool console, own; /* own: of our own apply */
	int64_t time_us;
	const char *const *value; /* every text in request, reply and resources; NULL-terminated */
};

/* What is to be known of one item. */
struct trail_question {
	enum kind_id kind;
	int attr;
	const struct text *account; /* id, of what is inside an account; NULL: the run's own */
	/* By which an event speaks of the resource: its id, ARN, name; all that are known. The
	 * first that an event has decides. */
	const char *const *subject; /* NULL-terminated */
	/* The same of the element: a policy's ARN, id or name; NULL: no element. An event that has
	 * one of them too comes before one that has not. */
	const char *const *object;
	uint32_t event; /* answer: index of the newest event that fits, or TRAIL_NONE */
};
#define TRAIL_NONE UINT32_MAX

struct trail_options {
	int64_t from_us, to_us; /* since 1970 */
	const char *const *own; /* session names of our own applies, NULL-terminated */
	unsigned max_pages;     /* of one lookup; 0: 20 */
};
struct trail_answer {
	struct trail_event *event; /* each once, in order of time; failed calls are left out */
	uint32_t events;
	uint32_t own;       /* how many of ours were left out */
	const char *unread; /* one line: where it could not be read and why; NULL: nowhere */
	uint32_t requests;
};

/* For each account the cheaper of two ways: a lookup for each event name that could have made the
 * differences there, or one for each resource name. Runs the loop until all have ended. Strings in
 * the arena. */
int trail_ask(struct client *, struct loop *, struct arena *, const struct trail_options *,
	      struct trail_question *, size_t n, struct trail_answer *, struct error *err);

#endif

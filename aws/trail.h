/* Who did it: management events of the last 90 days, by CloudTrail LookupEvents (2 a second for
 * each account and Region, 50 a page). Events of IAM and Organizations are in the Region where
 * these sign, those of Identity Center where it is. */
#ifndef CHARTER_AWS_TRAIL_H
#define CHARTER_AWS_TRAIL_H

#include "aws/client.h"
#include "state/kind.h"

/* Which calls change what, for a kind: its wire has a table of these, ended by calls NULL. A call
 * may stand in several rows. */
struct trail_row {
	int attr; /* attribute; TRAIL_RESOURCE: that there is such a resource, or is none */
	const char *calls; /* event names with blanks between them: "AttachRolePolicy Detach..." */
	/* Whose events: SERVICE_IAM, SERVICE_ORGANIZATIONS (with those of accounts) or
	 * SERVICE_SSO_ADMIN (with those of the identity store, under whatever name). */
	enum service_id service;
	/* Of the calls, those whose events do not say what they are about; or NULL. */
	const char *unnamed;
};
#define TRAIL_RESOURCE (-1)

struct trail_event {
	const char *id, *service, *call, *account, *region;
	const char *principal, *session, *key, *address, *agent, *invoked_by;
	bool console, own; /* own: of our own apply */
	int64_t time_us;
	/* The subjects and objects of questions that stand anywhere in its request, reply and
	 * resources; NULL-terminated. */
	const char *const *value;
};

/* What is to be known of one item. */
struct trail_question {
	enum kind_id kind;
	int attr;
	/* '+': it is in AWS and not in git, so nobody took it away; '-': nobody put it there. Else
	 * whatever changes it. */
	char sign;
	const struct text *account; /* id, of what is inside an account; NULL: the run's own */
	/* By which an event speaks of the resource: its id, ARN, name; all that are known;
	 * NULL-terminated. None: nobody knows them any more, and an event fits only where all that
	 * could fit are of one session. NULL: an account has one such thing, and any call is about
	 * it. */
	const char *const *subject;
	/* The same of the element: a policy's ARN, id or name; NULL: no element, or one that events
	 * do not name. An event without one of them does not fit. */
	const char *const *object;
	/* And of the third that an edge joins; or NULL. */
	const char *const *also;
	uint32_t event; /* answer: index of the newest event that fits, or TRAIL_NONE */
};
#define TRAIL_NONE UINT32_MAX

struct trail_options {
	int64_t from_us, to_us; /* since 1970 */
	const char *const *own; /* session names of our own applies, NULL-terminated */
	const char *caller;     /* ARN of the run's identity, or NULL: as a user it is our own */
	unsigned max_pages;     /* of one lookup, the newest; 0: 20 */
};
struct trail_answer {
	struct trail_event *event; /* those that answer, each once, in order of time */
	uint32_t events;
	uint32_t own;       /* how many of ours were seen, and left out */
	const char *unread; /* one line: where it could not be read and why; NULL: nowhere */
	uint32_t requests;
};

/* For each account the cheaper of two ways: a lookup for each event name that could have made the
 * differences there, or, in IAM, whose events list what they are about, one for each resource name.
 * Failed calls and what only reads are no cause. Where the last to touch it was our own apply,
 * nobody is named, nor where a later call may be among what was not read. Leaves the client's
 * Region of CloudTrail set. Runs the loop until all have ended. Strings in the arena. */
int trail_ask(struct client *, struct loop *, struct arena *, const struct trail_options *,
	      struct trail_question *, size_t n, struct trail_answer *, struct error *err);

#endif

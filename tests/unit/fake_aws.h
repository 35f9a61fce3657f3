/* A tiny AWS Organizations, and less of IAM, behind a transport, in its own time, with faults: for
 * the tests of what writes. It keeps units, accounts and their creation, tags and attached
 * policies. */
#ifndef CHARTER_TESTS_FAKE_AWS_H
#define CHARTER_TESTS_FAKE_AWS_H

#include "base/http.h"

#include <jansson.h>

enum fault_kind {
	FAULT_NONE,
	FAULT_LOST_BEFORE,  /* the connection breaks, and nothing has happened */
	FAULT_LOST_AFTER,   /* the connection breaks, and it has happened */
	FAULT_REFUSED,      /* with `code`; nothing has happened */
	FAULT_REFUSED_DONE, /* with `code`, although it has happened */
};

struct fault {
	const char *op;
	unsigned nth,
	    until; /* of the requests of this operation, from 1; until 0: this one alone */
	enum fault_kind kind;
	const char *code;
};

struct fake_aws {
	struct transport transport; /* first */
	struct clock clock;
	int64_t now_us;
	struct http_request *queue[64];
	size_t queued;
	json_t *units, *accounts, *creations; /* id -> object */
	json_t *tags, *attached;              /* id -> {key: value}; policy -> {target: true} */
	json_t *counts;                       /* operation -> requests */
	json_t *log;                          /* "Operation input" of what changed something */
	json_t *forms;                        /* requests to IAM: "ACCOUNT form" */
	struct fault fault[6];
	bool policy, attached_to_alice; /* IAM: users alice and bob, a policy arn:...:policy/p */
	unsigned made;                  /* ids given */
	unsigned polls;                 /* a creation is under way for so many questions */
	const char *job_fails;          /* the reason */
	unsigned writes_max;            /* mutating requests that were in flight together */
	/* Performs what this AWS does not know, or NULL. A reply, or NULL with *code. */
	json_t *(*other)(struct fake_aws *, const char *op, const json_t *in, const char **code);
	/* Called before an operation is looked at. */
	void (*before)(struct fake_aws *, const char *op);
};

void fake_aws_init(struct fake_aws *);
void fake_aws_free(struct fake_aws *);
unsigned fake_count(const struct fake_aws *, const char *op);
/* The objects of the reading that the plan was made from are put here by the test. */
void fake_unit(struct fake_aws *, const char *id, const char *parent, const char *name);
void fake_account(struct fake_aws *, const char *id, const char *parent, const char *name,
		  const char *email);
void fake_tag(struct fake_aws *, const char *id, const char *key, const char *value);
const char *fake_tag_of(const struct fake_aws *, const char *id, const char *key);
const char *fake_parent_of(const struct fake_aws *, const char *account);

#endif

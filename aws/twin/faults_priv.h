/* Rules of faults, between those who read them and those who let requests suffer them. Private to
 * faults*.c. */
#ifndef CHARTER_AWS_TWIN_FAULTS_PRIV_H
#define CHARTER_AWS_TWIN_FAULTS_PRIV_H

#include "aws/twin/faults.h"

#include "base/arena.h"

/* What an action can be done to: a rule matches nothing else, so that "empty_page x1" is not used
 * up by a request that has no pages. */
enum fault_scope { SCOPE_ALL, SCOPE_READS, SCOPE_LISTS, SCOPE_WRITES, SCOPE_JOBS };

/* Which requests a rule is meant for. */
enum fault_who { WHO_ALL, WHO_READS, WHO_WRITES, WHO_NAMED };

struct rule {
	enum fault_kind kind;
	int64_t number;
	char *text;      /* owned, or NULL */
	char *service;   /* owned; NULL: each */
	char *operation; /* owned; with WHO_NAMED */
	enum fault_who who;
	uint64_t first, last; /* matching requests, from 1 */
	unsigned chance;      /* percent */
	uint64_t times;       /* hits before it ends */
	uint64_t seen, hits;
};

struct faults {
	uint64_t seed, hits;
	VEC(struct rule) rules;
};

enum fault_scope fault_scope(enum fault_kind);

#endif

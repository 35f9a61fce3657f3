/* A twin that is asked operations directly, for tests of its IAM. Inputs are JSON with ' in place
 * of
 * ". */
#ifndef CHARTER_TESTS_TWIN_DESK_H
#define CHARTER_TESTS_TWIN_DESK_H

#include "aws/twin/iam_priv.h"

#include "aws/twin/transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define START_US 1795309323000000LL /* 2026-11-22T01:02:03Z */
#define ACCOUNT  TWIN_MANAGEMENT
#define OTHER    "222222222222"
#define ARN      "arn:aws:iam::" ACCOUNT
#define READ     "arn:aws:iam::aws:policy/ReadOnlyAccess"
#define DOCUMENT                                                                                   \
	"{\\'Version\\':\\'2012-10-17\\',\\'Statement\\':[{\\'Effect\\':\\'Allow\\',"              \
	"\\'Action\\':\\'s3:Get*\\',\\'Resource\\':\\'*\\'}]}"

struct desk {
	struct twin_clock clock;
	struct twin *twin;
	/* Whose administrator asks, and what service; NULL: the management account, "iam". */
	const char *account, *service;
	const char *caller; /* an ARN; NULL: the root user of the account */
};

/* Set-up and end of a cmocka test; its state is the desk. */
int twin_desk_open(void **state);
int twin_desk_close(void **state);
/* The result, new. Fails the test where it is refused. */
json_t *ask(struct desk *, const char *operation, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void done(struct desk *, const char *operation, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void refused(struct desk *, const char *code, const char *operation, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The text of what a dotted path leads to, keys sorted, ' in place of ". */
void expect(const json_t *reply, const char *path, const char *wanted);
/* One question with one member of its answer. */
void expect_ask(struct desk *, const char *operation, const char *input, const char *path,
		const char *wanted);

#endif

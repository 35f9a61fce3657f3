/* Private to selftest_state*.c. */
#ifndef CHARTER_RECONCILER_SELFTEST_STATE_H
#define CHARTER_RECONCILER_SELFTEST_STATE_H

#include "reconciler/selftest.h"

/* The attribute is that text. */
void state_put(json_t *thing, const char *attribute, const json_t *row, const char *member);
/* A second thing of one name is a thing of its own, which nobody expects. */
json_t *state_thing(json_t *things, const char *address, const char *id);
json_t *keys_of(const json_t *object);        /* a set of them; new */
json_t *state_tags(const json_t *row);        /* without charter's own record; new */
json_t *state_document(const char *document); /* as document_text() writes it; new */
void things_of_iam(json_t *things, const char *account, const json_t *iam);
void things_of_store(json_t *things, const json_t *state); /* Identity Center */
/* A policy as configurations write it: aws/NAME, or its own name. Freed by the caller. */
char *managed_name(const char *arn);
json_t *managed_of(const json_t *row); /* its managed policies, so named; new */

#endif

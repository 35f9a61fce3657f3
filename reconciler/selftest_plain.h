/* Private to selftest_plain*.c and selftest_things.c. */
#ifndef CHARTER_RECONCILER_SELFTEST_PLAIN_H
#define CHARTER_RECONCILER_SELFTEST_PLAIN_H

#include "reconciler/selftest.h"

bool is_among(const json_t *list, const char *name);
/* Whether {accounts, units, except} selects the account of this name. */
bool is_selected(const json_t *selection, const char *name, const json_t *account);
bool is_over(const json_t *row); /* it has expired */
/* Each row as a thing PREFIX/NAME, but what is external. */
void table_put(json_t *things, const char *prefix, const json_t *table);
void things_of_center(json_t *things, const json_t *draft);

#endif

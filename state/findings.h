/* What makes a declared trust or permission policy dangerous: refused unless its declaration
 * acknowledges it. Pure. */
#ifndef CHARTER_STATE_FINDINGS_H
#define CHARTER_STATE_FINDINGS_H

#include "state/config_priv.h"

/* Errors at roles whose trust has findings, and at users, groups and policies of the jump account
 * that may set its teams' tags; warnings at what is acknowledged without cause. Once all values
 * are compiled; nothing when lenient. */
void findings_check(struct compiler *);

#endif

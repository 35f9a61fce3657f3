/* How `access:` says that an account is entered. Pure. */
#ifndef CHARTER_STATE_ACCESS_RULE_H
#define CHARTER_STATE_ACCESS_RULE_H

#include "state/config.h"

/* The exception for the account of this name; NULL: none, or no name. */
const struct access_rule *access_rule(const struct settings *, const char *name);
/* It is left out, and that has not ended. */
bool access_rule_skips(const struct access_rule *, int64_t now_us);
/* The name to look for: that of its declaration; where there is none, NULL for an account that this
 * organization made, and "" for one that came to be otherwise. `live` may be NULL. */
const char *access_rule_name(const struct text *declared, const struct resource *live);
/* The ARN of the role; name NULL: an account that a run makes, or that is not declared, which has
 * the one role that AWS gives it. */
const char *access_rule_arn(struct arena *, const struct settings *, const struct text *partition,
			    const char *name, const char *id);

/* Whether the role stands in the account of this id. */
bool access_role_is_in(const char *arn, const char *id);

#endif

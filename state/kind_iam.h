/* What the kinds in accounts share: within state/ only. */
#ifndef CHARTER_STATE_KIND_IAM_H
#define CHARTER_STATE_KIND_IAM_H

#include "state/kind.h"

extern const char *const iam_scopes[];
/* AWS's and Control Tower's own, by path and name (attribute 0). */
bool iam_foreign(const struct resource *live, const struct value *path);

#endif

/* IAM roles: calls. */
#include "aws/iam/iam.h"

static void role_calls(struct calls *calls, const struct change *change)
{
	(void)calls;
	(void)change;
}

const struct wire wire_iam_role = {.probe = iam_probe, .calls = role_calls};

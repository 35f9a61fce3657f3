/* Alias and password policy: calls. */
#include "aws/iam/iam.h"

static void account_calls(struct calls *calls, const struct change *change)
{
	(void)calls;
	(void)change;
}

const struct wire wire_iam_account = {.probe = iam_probe, .calls = account_calls};

/* OIDC providers: calls. */
#include "aws/iam/iam.h"

static void oidc_calls(struct calls *calls, const struct change *change)
{
	(void)calls;
	(void)change;
}

const struct wire wire_iam_oidc_provider = {.probe = iam_probe, .calls = oidc_calls};

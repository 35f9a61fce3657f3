/* The reading of IAM Identity Center. */
#include "aws/wire.h"

void identity_read(struct crawl *crawl, const struct identity_wanted *wanted)
{
	(void)wanted;
	scope_fail(crawl->side, scope_open(crawl, 0, "identity_center"), "NotSupported",
		   "IAM Identity Center is not supported yet");
}

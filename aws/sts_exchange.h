/* One request of STS that gives the credentials of a source, made before there is a client. Private
 * to the credentials. */
#ifndef CHARTER_AWS_STS_EXCHANGE_H
#define CHARTER_AWS_STS_EXCHANGE_H

#include "aws/op.h"
#include "aws/provider_priv.h"

struct sts_exchange;
/* Ends the source, from the loop, which may free the exchange. Takes the input; the role stands in
 * messages. The signer lives as long as the exchange; NULL: the request is not signed. NULL is
 * returned, and nothing ended, where the place's region has no STS. */
struct sts_exchange *sts_exchange_start(struct source *, enum op_id, const char *role_arn,
					json_t *input, const struct credentials *signer,
					struct error *err);
void sts_exchange_free(struct sts_exchange *); /* also under way; NULL is accepted */

#endif

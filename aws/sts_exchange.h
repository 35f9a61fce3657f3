/* One request of STS that gives credentials, made before there is a client. Private to the
 * credentials. */
#ifndef CHARTER_AWS_STS_EXCHANGE_H
#define CHARTER_AWS_STS_EXCHANGE_H

#include "aws/op.h"
#include "aws/provider_priv.h"

struct sts_exchange;
/* From the loop: credentials that may be taken, or NULL and why. In it the exchange may be freed.
 */
typedef void sts_done_fn(void *ctx, struct credentials *, const struct error *);

/* Takes the input. The signer lives as long as the exchange; NULL: the request is not signed. NULL
 * is returned where the place's region has no STS. */
struct sts_exchange *sts_exchange_start(const struct place *place, enum op_id op, json_t *input,
					const struct credentials *signer, sts_done_fn *done,
					void *ctx, struct error *err);
void sts_exchange_free(struct sts_exchange *); /* also under way; NULL is accepted */

#endif

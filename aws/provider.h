/* The credentials of the run, from the first source that has some, in the order of the AWS SDKs and
 * Tools Reference Guide ("Standardized credential providers"): environment, a profile's role, web
 * identity, IAM Identity Center, the shared credentials file, a process, the configuration file,
 * container, instance metadata. */
#ifndef CHARTER_AWS_PROVIDER_H
#define CHARTER_AWS_PROVIDER_H

#include "aws/sign.h"
#include "base/loop.h"

struct provider;

/* Decides which source it is, without a request: what can be told to be wrong now is an error, and
 * so is a source that is named and lacks something: quietly using another identity would be worse.
 * *region gets the region by AWS_REGION, AWS_DEFAULT_REGION, the profile, or NULL. */
int provider_new(struct provider **, const struct env *, struct loop *, char **region,
		 struct error *err);
void provider_free(
    struct provider *); /* NULL is accepted; a provider_get() under way is not told */
/* Obtains the credentials anew (reads the files again, asks again). `done` is called once, from the
 * loop: with credentials that live until it returns (expires_us 0: they do not end), or NULL and an
 * error that says which source failed, why, and what to do; never a secret. One at a time. */
void provider_get(struct provider *,
		  void (*done)(void *ctx, const struct credentials *, const struct error *),
		  void *ctx);
/* "profile main of ~/.aws/config", "web identity", "instance metadata": for messages. */
const char *provider_name(const struct provider *);

#endif

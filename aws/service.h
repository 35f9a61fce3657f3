/* The services, as data: how each is spoken to and where it lives in each partition. */
#ifndef CHARTER_AWS_SERVICE_H
#define CHARTER_AWS_SERVICE_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>

/* Where nobody names one: where the global services sign. */
#define DEFAULT_REGION "us-east-1"

/* REST-XML: a body that is text of the caller's, whatever it is; errors are XML. */
enum protocol { PROTOCOL_JSON_1_1, PROTOCOL_QUERY, PROTOCOL_REST_JSON, PROTOCOL_REST_XML };

enum service_id {
	SERVICE_ORGANIZATIONS,
	SERVICE_ACCOUNT,
	SERVICE_IAM,
	SERVICE_STS,
	SERVICE_COST_EXPLORER,
	SERVICE_SSO_ADMIN,
	SERVICE_IDENTITY_STORE,
	SERVICE_CODECOMMIT,
	SERVICE_CLOUDTRAIL,
	SERVICE_S3,
	SERVICE_SNS,
	SERVICE_COUNT
};

struct service {
	const char *name;          /* as it is shown: "organizations" */
	const char *signing_name;  /* also the prefix of its IAM actions: "sso" */
	const char *endpoint_name; /* of AWS_ENDPOINT_URL_<...>: "ORGANIZATIONS" */
	enum protocol protocol;
	const char *target;  /* JSON: X-Amz-Target prefix */
	const char *version; /* Query: API version */
	/* Not of what is managed: a forge, asked with other credentials in other jobs; where notes
	 * are kept and who is told. The permissions of a plan or apply do not have it. */
	bool apart;
	/* Where it is, one row a partition (aws, aws-cn, aws-us-gov): host with "{r}" for the
	 * region, signing region or NULL for the region itself, FIPS host or NULL. */
	struct {
		const char *partition, *host, *region, *fips;
	} at[3];
};
extern const struct service services[SERVICE_COUNT];

struct endpoint {
	char *url;    /* "https://organizations.us-east-1.amazonaws.com", no final slash */
	char *host;   /* value of the Host header: the port stands in it when not the default */
	char *region; /* that signs */
};
/* Follows AWS_ENDPOINT_URL_<SERVICE> and AWS_ENDPOINT_URL (unless
 * AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true), AWS_USE_FIPS_ENDPOINT; https only, but plain http
 * on a loopback address. */
int endpoint_resolve(const struct service *, const char *partition, const char *region,
		     const char *(*getenv)(const char *), struct endpoint *, struct error *err);
void endpoint_free(struct endpoint *);
/* "aws", "aws-cn", "aws-us-gov" by the region's prefix; NULL: not supported. */
const char *partition_of_region(const char *region);

#endif

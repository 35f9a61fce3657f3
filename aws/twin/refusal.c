/* How each service says no: its codes, their HTTP statuses, and refusals by handlers. */
#include "aws/twin/twin_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* By the services' models; the codes of expired tokens and denied access are those of the front
 * that all of a protocol's services share, as is that of a service that cannot answer (the
 * references' "Common Errors"). */
#define CODES(throttled, denied, expired, concurrent, fault, invalid)                              \
	{                                                                                          \
		[REFUSAL_THROTTLED] = throttled, [REFUSAL_DENIED] = denied,                        \
		[REFUSAL_EXPIRED] = expired, [REFUSAL_CONCURRENT] = concurrent,                    \
		[REFUSAL_FAULT] = fault, [REFUSAL_UNAVAILABLE] = "ServiceUnavailable",             \
		[REFUSAL_INVALID] = invalid                                                        \
	}
#define CODES_JSON(throttled, concurrent, fault, invalid)                                          \
	CODES(throttled, "AccessDeniedException", "ExpiredTokenException", concurrent, fault,      \
	      invalid)
#define CODES_QUERY(fault)                                                                         \
	CODES("Throttling", "AccessDenied", "ExpiredToken", "ConcurrentModification", fault,       \
	      "ValidationError")
#define CODES_CENTER                                                                               \
	CODES_JSON("ThrottlingException", "ConflictException", "InternalServerException",          \
		   "ValidationException")
static const char *const codes[SERVICE_COUNT][REFUSAL_INVALID + 1] = {
    [SERVICE_ORGANIZATIONS] =
	CODES_JSON("TooManyRequestsException", "ConcurrentModificationException",
		   "ServiceException", "InvalidInputException"),
    [SERVICE_ACCOUNT] = CODES_JSON("TooManyRequestsException", "ConcurrentModificationException",
				   "InternalServerException", "ValidationException"),
    [SERVICE_IAM] = CODES_QUERY("ServiceFailure"),
    [SERVICE_STS] = CODES_QUERY("InternalFailure"),
    [SERVICE_COST_EXPLORER] = CODES_JSON("LimitExceededException", "RequestChangedException",
					 "InternalFailure", "ValidationException"),
    [SERVICE_SSO_ADMIN] = CODES_CENTER,
    [SERVICE_IDENTITY_STORE] = CODES_CENTER,
    [SERVICE_CODECOMMIT] = CODES_CENTER,
    [SERVICE_CLOUDTRAIL] = CODES_JSON("ThrottlingException", "ConflictException", "InternalFailure",
				      "ValidationException"),
    [SERVICE_S3] = CODES("SlowDown", "AccessDenied", "ExpiredToken", "OperationAborted",
			 "InternalError", "InvalidRequest"),
    [SERVICE_SNS] = CODES("Throttled", "AuthorizationError", "ExpiredToken", "ConcurrentAccess",
			  "InternalError", "InvalidParameter"),
};

/* What differs from 400, by protocol: Organizations says nearly everything with 400. */
struct status_row {
	const char *code;
	int status;
};
static const struct status_row statuses_json[] = {
    {"InternalFailure", 500},
    {"InternalServerException", 500},
    {"ServiceException", 500},
    {"ServiceUnavailable", 503},
    {NULL, 0},
};
static const struct status_row statuses_rest[] = {
    {"AccessDeniedException", 403},     {"ConflictException", 409},
    {"ExpiredTokenException", 403},     {"InternalServerException", 500},
    {"ResourceNotFoundException", 404}, {"ServiceUnavailable", 503},
    {"TooManyRequestsException", 429},  {NULL, 0},
};
static const struct status_row statuses_query[] = {
    {"AccessDenied", 403},
    {"ConcurrentModification", 409},
    {"DeleteConflict", 409},
    {"EntityAlreadyExists", 409},
    {"EntityTemporarilyUnmodifiable", 409},
    {"ExpiredToken", 403},
    {"InternalFailure", 500},
    {"InvalidClientTokenId", 403},
    {"LimitExceeded", 409},
    {"NoSuchEntity", 404},
    {"RegionDisabledException", 403},
    {"ServiceFailure", 500},
    {"ServiceUnavailable", 503},
    {"SignatureDoesNotMatch", 403},
    {"DuplicateCertificate", 409},
    {"IDPRejectedClaim", 403},
    {"InvalidAuthenticationCode", 403},
    {"NotSupportedService", 404},
    {"ReportExpired", 410},
    {"ReportInProgress", 404},
    {"ReportNotPresent", 410},
    {"AuthorizationError", 403},
    {"InternalError", 500},
    {"NotFound", 404},
    {"Throttled", 429},
    {NULL, 0},
};

static const struct status_row statuses_objects[] = {
    {"AccessDenied", 403},
    {"BucketAlreadyExists", 409},
    {"BucketAlreadyOwnedByYou", 409},
    {"ConditionalRequestConflict", 409},
    {"InternalError", 500},
    {"InvalidAccessKeyId", 403},
    {"MethodNotAllowed", 405},
    {"NoSuchBucket", 404},
    {"NoSuchKey", 404},
    {"NotImplemented", 501},
    {"OperationAborted", 409},
    {"PermanentRedirect", 301},
    {"PreconditionFailed", 412},
    {"RequestTimeTooSkewed", 403},
    {"ServiceUnavailable", 503},
    {"SignatureDoesNotMatch", 403},
    {"SlowDown", 503},
    {NULL, 0},
};

static int status_of(enum service_id service, const char *code)
{
	static const struct status_row *const tables[] = {
	    [PROTOCOL_JSON_1_1] = statuses_json,
	    [PROTOCOL_REST_JSON] = statuses_rest,
	    [PROTOCOL_QUERY] = statuses_query,
	    [PROTOCOL_REST_XML] = statuses_objects,
	};
	const struct status_row *row = tables[services[service].protocol];

	for (; row->code != NULL; row++) {
		if (strcmp(row->code, code) == 0)
			return row->status;
	}
	return 400;
}

static const char *refusal_code(enum service_id service, enum refusal refusal)
{
	return codes[service][refusal];
}

/* The message may have been made from the call's own: it is freed last. */
static void refuse(struct twin_call *c, const char *code, const char *reason, const char *fmt,
		   va_list ap)
{
	char *before = c->message;

	c->message = xvasprintf(fmt, ap);
	free(before);
	snprintf(c->code, sizeof c->code, "%s", code);
	if (c->status == 0)
		c->status = c->op == NULL ? 400 : status_of(c->op->service, code);
	json_decref(c->details);
	c->details = reason == NULL ? NULL : json_pack("{s:s}", "Reason", reason);
}

json_t *twin_refuse(struct twin_call *c, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	refuse(c, code, NULL, fmt, ap);
	va_end(ap);
	return NULL;
}

json_t *twin_refuse_reason(struct twin_call *c, const char *code, const char *reason,
			   const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	refuse(c, code, reason, fmt, ap);
	va_end(ap);
	return NULL;
}

json_t *twin_refuse_as(struct twin_call *c, enum refusal refusal, const char *reason,
		       const char *fmt, ...)
{
	enum service_id service = c->op->service;
	va_list ap;

	if (service == SERVICE_IDENTITY_STORE && refusal == REFUSAL_CONCURRENT)
		reason = "CONCURRENT_MODIFICATION";
	else if (service != SERVICE_ORGANIZATIONS)
		reason = NULL;
	va_start(ap, fmt);
	refuse(c, refusal_code(service, refusal), reason, fmt, ap);
	va_end(ap);
	return NULL;
}

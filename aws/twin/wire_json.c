/* The twin's JSON forms: JSON 1.1 and REST-JSON. */
#include "aws/twin/wire_priv.h"

#include <stdlib.h>
#include <string.h>

json_t *wire_json_input(const void *body, size_t len)
{
	json_t *input;

	if (len == 0)
		return json_object();
	input = json_loadb(body, len, 0, NULL);
	if (json_is_object(input))
		return input;
	json_decref(input);
	return NULL;
}

static void json_write(const json_t *value, struct buf *out)
{
	char *text = json_dumps(value, JSON_COMPACT);

	charter_assert(text != NULL);
	buf_puts(out, text);
	free(text);
}

void wire_json_reply(const json_t *result, bool nothing, struct buf *out)
{
	if (json_object_size(result) > 0 || !nothing)
		json_write(result, out);
}

/* What the services' common front says, before the service itself is asked. */
static bool is_framework(const char *code)
{
	static const char *const codes[] = {
	    "ExpiredTokenException",
	    "IncompleteSignatureException",
	    "InternalFailure",
	    "InvalidSignatureException",
	    "MissingAuthenticationTokenException",
	    "RequestEntityTooLarge",
	    "SerializationException",
	    "ServiceUnavailable",
	    "ThrottlingException",
	    "UnknownOperationException",
	    "UnrecognizedClientException",
	    "ValidationException",
	    NULL,
	};

	return words_have(codes, code);
}

/* Throttling and bad input are errors of Identity Center's own models. */
static bool is_own(const struct twin_call *call)
{
	return call->op != NULL && twin_op_is_center(call->op) &&
	       (strcmp(call->code, "ThrottlingException") == 0 ||
		strcmp(call->code, "ValidationException") == 0);
}

/* Organizations' own errors say "Message", those of the front and CloudTrail's "message", as their
 * models have it. */
void wire_json_error(enum protocol protocol, const struct twin_call *call, struct buf *out)
{
	bool rest = protocol == PROTOCOL_REST_JSON;
	bool trail = call->op != NULL && call->op->service == SERVICE_CLOUDTRAIL;
	bool small = rest || trail || (is_framework(call->code) && !is_own(call));
	json_t *error = json_object(), *member;
	const char *name;

	if (!rest)
		json_object_set_new(error, "__type", json_string(call->code));
	json_object_set_new(error, small ? "message" : "Message",
			    json_string(call->message != NULL ? call->message : ""));
	json_object_foreach(call->details, name, member)
	    json_object_set(error, rest && strcmp(name, "Reason") == 0 ? "reason" : name, member);
	json_write(error, out);
	json_decref(error);
}

/* Requests to calls and results to replies: which service and operation is meant, and the form of
 * the answer. */
#include "aws/twin/wire_priv.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *request_header(const struct twin_request *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->headers_n; i++) {
		if (strcasecmp(r->headers[i].name, name) == 0)
			return r->headers[i].value;
	}
	return NULL;
}

static enum service_id service_of_name(const char *name, size_t len)
{
	enum service_id s;

	for (s = 0; s < SERVICE_COUNT; s++) {
		if (strlen(services[s].signing_name) == len &&
		    strncasecmp(services[s].signing_name, name, len) == 0)
			break;
	}
	return s;
}

static enum service_id service_of_target(const char *target)
{
	const char *dot = strrchr(target, '.');
	size_t len = dot != NULL ? (size_t)(dot - target) : strlen(target);
	enum service_id s;

	for (s = 0; s < SERVICE_COUNT; s++) {
		if (services[s].target != NULL && strlen(services[s].target) == len &&
		    strncmp(services[s].target, target, len) == 0)
			break;
	}
	return s;
}

static enum service_id service_of_form(const json_t *form)
{
	const char *version = json_string_value(json_object_get(form, "Version"));
	const char *action = json_string_value(json_object_get(form, "Action"));
	enum service_id s;

	for (s = 0; s < SERVICE_COUNT; s++) {
		if (version != NULL && services[s].version != NULL &&
		    strcmp(services[s].version, version) == 0)
			return s;
	}
	for (s = 0; s < SERVICE_COUNT; s++) {
		if (action != NULL && services[s].protocol == PROTOCOL_QUERY &&
		    twin_op_find(s, action) != NULL)
			return s;
	}
	return s;
}

/* By what the client signed for, else by what names a service. SERVICE_COUNT: none that is here. */
static enum service_id service_of(const struct twin_request *r)
{
	const char *authorization = request_header(r, "authorization");
	const char *target = request_header(r, "x-amz-target"), *host = request_header(r, "host");
	enum service_id s = SERVICE_COUNT;
	struct authorization a;

	if (authorization != NULL && authorization_read(authorization, &a))
		return service_of_name(a.service, strlen(a.service));
	if (target != NULL)
		s = service_of_target(target);
	if (s == SERVICE_COUNT && host != NULL)
		s = service_of_name(host, strcspn(host, ".:"));
	return s;
}

/* The answer to a request of a service that is not here has the form that its client expects. */
static enum service_id service_form(const struct twin_request *r, enum service_id s)
{
	if (s != SERVICE_COUNT)
		return s;
	return request_header(r, "x-amz-target") != NULL ? SERVICE_ORGANIZATIONS : SERVICE_STS;
}

static int wire_refused(struct twin *t, const struct twin_wire *w, enum service_id service,
			struct twin_call *call, struct twin_reply *reply)
{
	wire_refuse(t, w, service, call, reply);
	free(call->message);
	return -1;
}

static int wire_unknown(struct twin *t, const struct twin_request *r, const struct twin_wire *w,
			enum service_id service, const char *operation, struct twin_reply *reply)
{
	enum service_id form = service_form(r, service);
	struct twin_call call = {.status = 400};

	if (services[form].protocol != PROTOCOL_QUERY)
		twin_refuse(&call, "UnknownOperationException", "%s is not simulated by the twin",
			    operation);
	else
		twin_refuse(&call, "InvalidAction",
			    "Could not find operation %s: it is not simulated by the twin",
			    operation);
	return wire_refused(t, w, form, &call, reply);
}

/* JSON 1.1: the header names the operation, after the service's prefix. */
static int read_json(struct twin *t, const struct twin_request *r, enum service_id service,
		     struct twin_wire *w, struct twin_reply *reply)
{
	const char *target = request_header(r, "x-amz-target");
	const char *dot = target != NULL ? strrchr(target, '.') : NULL;
	struct twin_call call = {.status = 400};

	if (dot != NULL && service_of_target(target) == service)
		w->op = twin_op_find(service, dot + 1);
	if (w->op == NULL)
		return wire_unknown(t, r, w, service, target != NULL ? target : "(none)", reply);
	w->input = wire_json_input(r->body, r->body_len);
	if (w->input != NULL)
		return 0;
	twin_refuse(&call, "SerializationException", "The request's body is no JSON object");
	return wire_refused(t, w, service, &call, reply);
}

static int read_rest(struct twin *t, const struct twin_request *r, enum service_id service,
		     struct twin_wire *w, struct twin_reply *reply)
{
	struct twin_call call = {.status = 400};
	auto_buf path = BUF_INIT(1024);

	buf_add(&path, r->target, strcspn(r->target, "?"));
	w->op = twin_op_by_path(service, r->method, buf_str(&path));
	if (w->op == NULL)
		return wire_unknown(t, r, w, service, buf_str(&path), reply);
	w->input = wire_json_input(r->body, r->body_len);
	if (w->input != NULL)
		return 0;
	twin_refuse(&call, "SerializationException", "The request's body is no JSON object");
	return wire_refused(t, w, service, &call, reply);
}

static int read_object(struct twin *t, const struct twin_request *r, enum service_id service,
		       struct twin_wire *w, struct twin_reply *reply)
{
	const char *operation = wire_object_input(r, &w->input);
	struct twin_call call = {.status = 501};

	if (operation != NULL && (w->op = twin_op_find(service, operation)) != NULL)
		return 0;
	twin_refuse(&call, "NotImplemented",
		    "A header or query you provided requests a function that is not implemented");
	return wire_refused(t, w, service, &call, reply);
}

/* Query: the form names the operation, and the service where nothing else did. */
static int read_query(struct twin *t, const struct twin_request *r, enum service_id service,
		      struct twin_wire *w, struct twin_reply *reply)
{
	const char *query = strchr(r->target, '?'), *action;
	struct twin_call call = {.status = 400};
	json_t *form;

	form = wire_query_input(query != NULL ? query + 1 : NULL, r->body, r->body_len);
	if (form == NULL) {
		twin_refuse(&call, "MalformedQueryString", "The query string has a syntax error");
		return wire_refused(t, w, service_form(r, service), &call, reply);
	}
	if (service == SERVICE_COUNT)
		service = service_of_form(form);
	action = json_string_value(json_object_get(form, "Action"));
	if (service != SERVICE_COUNT && action != NULL)
		w->op = twin_op_find(service, action);
	if (w->op == NULL) {
		wire_unknown(t, r, w, service, action != NULL ? action : "(none)", reply);
		json_decref(form);
		return -1;
	}
	json_object_del(form, "Action");
	json_object_del(form, "Version");
	w->input = form;
	return 0;
}

int wire_read(struct twin *t, const struct twin_request *r, struct twin_wire *w,
	      struct twin_reply *reply)
{
	const char *host = request_header(r, "host");
	enum service_id service = service_of(r);
	struct twin_call call = {.status = 413};

	w->op = NULL;
	w->input = NULL;
	snprintf(w->host, sizeof w->host, "%s", host != NULL ? host : "");
	if (r->body_len > WIRE_MAX_BODY) {
		twin_refuse(&call, "RequestEntityTooLarge",
			    "The request's body is larger than %u MiB", WIRE_MAX_BODY >> 20);
		return wire_refused(t, w, service_form(r, service), &call, reply);
	}
	if (service == SERVICE_COUNT)
		return request_header(r, "x-amz-target") != NULL
			   ? wire_unknown(t, r, w, service, request_header(r, "x-amz-target"),
					  reply)
			   : read_query(t, r, service, w, reply);
	switch (services[service].protocol) {
	case PROTOCOL_JSON_1_1:
		return read_json(t, r, service, w, reply);
	case PROTOCOL_REST_JSON:
		return read_rest(t, r, service, w, reply);
	case PROTOCOL_REST_XML:
		return read_object(t, r, service, w, reply);
	case PROTOCOL_QUERY:
		break;
	}
	return read_query(t, r, service, w, reply);
}

static void reply_type(struct twin_reply *reply, enum service_id service)
{
	static const char *const types[] = {
	    [PROTOCOL_JSON_1_1] = "application/x-amz-json-1.1",
	    [PROTOCOL_QUERY] = "text/xml",
	    [PROTOCOL_REST_JSON] = "application/json",
	    [PROTOCOL_REST_XML] = "application/xml",
	};

	buf_printf(&reply->headers, "content-type: %s\n", types[services[service].protocol]);
}

void wire_reply(struct twin *t, const struct twin_wire *w, const json_t *result,
		struct twin_reply *reply)
{
	enum service_id service = w->op->service;
	/* What writes without a result answers nothing at all; but for Identity Center, whose
	 * models have an empty result. */
	bool nothing = twin_op_mutates(w->op) && !twin_op_is_center(w->op);

	(void)t;
	reply->status = 200;
	buf_clear(&reply->body);
	if (services[service].protocol == PROTOCOL_REST_XML) {
		wire_object_reply(result, reply);
		return;
	}
	reply_type(reply, service);
	if (services[service].protocol == PROTOCOL_QUERY)
		wire_query_reply(&services[service], w->op->name, result, w->request_id,
				 &reply->body);
	else
		wire_json_reply(result, nothing, &reply->body);
}

void wire_refuse(struct twin *t, const struct twin_wire *w, enum service_id service,
		 const struct twin_call *call, struct twin_reply *reply)
{
	(void)t;
	reply->status = call->status != 0 ? call->status : 400;
	buf_clear(&reply->body);
	reply_type(reply, service);
	if (services[service].protocol == PROTOCOL_REST_XML) {
		wire_xml_error(call, w->request_id, &reply->body);
		return;
	}
	if (services[service].protocol == PROTOCOL_QUERY) {
		wire_query_error(&services[service], reply->status, call, w->request_id,
				 &reply->body);
		return;
	}
	buf_printf(&reply->headers, "x-amzn-errortype: %s\n", call->code);
	wire_json_error(services[service].protocol, call, &reply->body);
}

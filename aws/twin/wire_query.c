/* The twin's Query form: a form in, XML out. */
#include "aws/twin/wire_priv.h"

#include "base/arena.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define QUERY_MAX_PAIRS 20000
#define QUERY_MAX_DEPTH 16
#define QUERY_MAX_NAME  512 /* bytes */

/* Decodes one side of a pair; false on a broken escape, a NUL, or what is no UTF-8. */
static bool form_part(struct buf *out, const char *s, size_t len)
{
	auto_buf plain = BUF_INIT(WIRE_MAX_BODY);
	size_t i;

	buf_clear(out);
	buf_add(&plain, s, len);
	for (i = 0; i < plain.len; i++) {
		if (plain.data[i] == '+')
			plain.data[i] = ' ';
	}
	return unescape_percent(out, buf_str(&plain), plain.len) &&
	       memchr(buf_str(out), '\0', out->len) == NULL &&
	       utf8_count(buf_str(out), out->len) >= 0;
}

/* "Tags.member.1.Key": an object for each part of the name but the last. */
static bool form_put(json_t *at, char *name, const char *value)
{
	char *part, *rest = name;
	unsigned depth = 0;
	json_t *next;

	while ((part = strsep(&rest, ".")) != NULL) {
		if (*part == '\0' || ++depth > QUERY_MAX_DEPTH)
			return false;
		next = json_object_get(at, part);
		if (rest == NULL)
			return next == NULL &&
			       json_object_set_new(at, part, json_string(value)) == 0;
		if (next == NULL) {
			next = json_object();
			json_object_set_new(at, part, next);
		}
		if (!json_is_object(next))
			return false;
		at = next;
	}
	return false;
}

static bool form_read(json_t *form, const char *s, size_t len, size_t *pairs)
{
	auto_buf name = BUF_INIT(WIRE_MAX_BODY), value = BUF_INIT(WIRE_MAX_BODY);
	const char *end = s + len, *stop, *equals;

	for (; s < end; s = stop + 1) {
		stop = memchr(s, '&', (size_t)(end - s));
		if (stop == NULL)
			stop = end;
		if (stop == s)
			continue;
		equals = memchr(s, '=', (size_t)(stop - s));
		if (equals == NULL)
			equals = stop;
		if (++*pairs > QUERY_MAX_PAIRS || !form_part(&name, s, (size_t)(equals - s)) ||
		    !form_part(&value, equals + (equals < stop),
			       (size_t)(stop - equals) - (equals < stop)))
			return false;
		if (name.len == 0 || name.len > QUERY_MAX_NAME ||
		    !form_put(form, name.data, buf_str(&value)))
			return false;
	}
	return true;
}

struct numbered {
	unsigned long number;
	json_t *value;
};

static int numbered_cmp(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* The members of {"1": ..., "2": ...} in the order of their numbers; NULL: other keys too. */
static json_t *form_array(json_t *members)
{
	size_t n = 0, size = json_object_size(members), i;
	struct numbered *list = xcalloc(size + 1, sizeof *list);
	json_t *array = json_array(), *value;
	const char *key;

	json_object_foreach(members, key, value)
	{
		if (strlen(key) > 9 || key[strspn(key, "0123456789")] != '\0')
			break;
		list[n++] = (struct numbered){strtoul(key, NULL, 10), value};
	}
	qsort(list, n, sizeof *list, numbered_cmp);
	for (i = 0; i < n; i++)
		json_array_append(array, list[i].value);
	free(list);
	if (n == size)
		return array;
	json_decref(array);
	return NULL;
}

/* What an object of names stands for: a list where all it holds is "member" or "entry". New. */
static json_t *form_shape(json_t *at)
{
	json_t *shape, *value, *list;
	const char *key;

	if (!json_is_object(at))
		return json_incref(at);
	shape = json_object();
	json_object_foreach(at, key, value) json_object_set_new(shape, key, form_shape(value));
	list = json_object_get(shape, "member");
	if (list == NULL)
		list = json_object_get(shape, "entry");
	if (json_object_size(shape) != 1 || !json_is_object(list))
		return shape;
	list = form_array(list);
	if (list == NULL)
		return shape;
	json_decref(shape);
	return list;
}

json_t *wire_query_input(const char *query, const void *body, size_t len)
{
	json_t *form = json_object(), *input = NULL;
	size_t pairs = 0;

	if ((query == NULL || form_read(form, query, strlen(query), &pairs)) &&
	    form_read(form, len > 0 ? body : "", len, &pairs)) {
		input = form_shape(form);
		if (!json_is_object(input)) {
			json_decref(input);
			input = NULL;
		}
	}
	json_decref(form);
	return input;
}

static void xml_element(struct buf *out, const char *name, const json_t *value);

/* The one map among IAM's replies: keys and values, not elements of their names. */
static bool is_map(const char *name)
{
	return strcmp(name, "SummaryMap") == 0;
}

static void xml_object(struct buf *out, const json_t *object, bool map)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
	{
		if (!map) {
			xml_element(out, key, value);
			continue;
		}
		buf_puts(out, "<entry><key>");
		escape_xml(out, key, strlen(key));
		buf_puts(out, "</key>");
		xml_element(out, "value", value);
		buf_puts(out, "</entry>");
	}
}

static void xml_value(struct buf *out, const char *name, const json_t *value)
{
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		xml_object(out, value, is_map(name));
		break;
	case JSON_ARRAY:
		for (i = 0; i < json_array_size(value); i++)
			xml_element(out, "member", json_array_get(value, i));
		break;
	case JSON_STRING:
		escape_xml(out, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_REAL:
		buf_printf(out, "%.17g", json_real_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		buf_puts(out, json_is_true(value) ? "true" : "false");
		break;
	case JSON_NULL:
		break;
	}
}

static void xml_element(struct buf *out, const char *name, const json_t *value)
{
	if (json_is_null(value))
		return;
	buf_printf(out, "<%s>", name);
	xml_value(out, name, value);
	buf_printf(out, "</%s>", name);
}

/* Of the name space, as the models have it. */
static const char *scheme_of(const struct service *service)
{
	return service == &services[SERVICE_SNS] ? "http" : "https";
}

void wire_query_reply(const struct service *service, const char *operation, const json_t *result,
		      const char *request_id, struct buf *out)
{
	buf_printf(out, "<%sResponse xmlns=\"%s://%s.amazonaws.com/doc/%s/\">", operation,
		   scheme_of(service), service->name, service->version);
	/* UpdateRole has a result, of nothing; other operations without members have none. */
	if (json_object_size(result) > 0 || strcmp(operation, "UpdateRole") == 0) {
		buf_printf(out, "<%sResult>", operation);
		xml_object(out, result, false);
		buf_printf(out, "</%sResult>", operation);
	}
	buf_printf(out,
		   "<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>",
		   request_id, operation);
}

void wire_query_error(const struct service *service, int status, const struct twin_call *call,
		      const char *request_id, struct buf *out)
{
	const char *message = call->message != NULL ? call->message : "";

	buf_printf(out, "<ErrorResponse xmlns=\"%s://%s.amazonaws.com/doc/%s/\"><Error><Type>%s",
		   scheme_of(service), service->name, service->version,
		   status >= 500 ? "Receiver" : "Sender");
	buf_puts(out, "</Type><Code>");
	escape_xml(out, call->code, strlen(call->code));
	buf_puts(out, "</Code><Message>");
	escape_xml(out, message, strlen(message));
	buf_printf(out, "</Message></Error><RequestId>%s</RequestId></ErrorResponse>", request_id);
}

void wire_xml_error(const struct twin_call *call, const char *request_id, struct buf *out)
{
	json_t *error =
	    json_pack("{s:s, s:s, s:s}", "Code", call->code, "Message",
		      call->message != NULL ? call->message : "", "RequestId", request_id);

	if (call->details != NULL)
		json_object_update(error, call->details);
	xml_element(out, "Error", error);
	json_decref(error);
}

/* Query: a form out, XML in. */
#include "aws/codec.h"

#include "base/arena.h"
#include "base/text.h"

#include <expat.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XML_MAX_TEXT (16u << 20) /* bytes of one leaf */
#define PIECE        (16 << 10)  /* bytes given to the parser at once */

/* As HTML forms and Python's urlencode write it: AWS takes "%20" too, other implementations of its
 * interface sign the form anew and know only "+". */
static void form_escape(struct buf *out, const char *s)
{
	size_t len;

	for (; *s != '\0'; s += len) {
		len = strcspn(s, " ");
		if (len > 0) {
			escape_percent(out, s, len);
		} else {
			buf_putc(out, '+');
			len = 1;
		}
	}
}

static void form_pair(struct buf *out, const char *name, const char *value)
{
	buf_putc(out, '&');
	form_escape(out, name);
	buf_putc(out, '=');
	form_escape(out, value);
}

static int key_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void form_value(struct buf *out, const char *name, const json_t *value);

static void form_object(struct buf *out, const char *prefix, const json_t *object)
{
	size_t i, n = 0, size = json_object_size(object);
	const char **keys = xcalloc(size + 1, sizeof *keys);
	const char *key;
	json_t *member;

	json_object_foreach((json_t *)object, key, member) keys[n++] = key;
	qsort(keys, n, sizeof *keys, key_cmp);
	for (i = 0; i < n; i++) {
		auto_free char *name =
		    *prefix == '\0' ? xstrdup(keys[i]) : xasprintf("%s.%s", prefix, keys[i]);

		form_value(out, name, json_object_get(object, keys[i]));
	}
	free(keys);
}

static void form_list(struct buf *out, const char *name, const json_t *list)
{
	size_t i;

	if (json_array_size(list) == 0)
		form_pair(out, name, "");
	for (i = 0; i < json_array_size(list); i++) {
		auto_free char *element = xasprintf("%s.member.%zu", name, i + 1);

		form_value(out, element, json_array_get(list, i));
	}
}

static void form_value(struct buf *out, const char *name, const json_t *value)
{
	char number[32];

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		form_object(out, name, value);
		break;
	case JSON_ARRAY:
		form_list(out, name, value);
		break;
	case JSON_STRING:
		form_pair(out, name, json_string_value(value));
		break;
	case JSON_INTEGER:
		snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		form_pair(out, name, number);
		break;
	case JSON_REAL:
		snprintf(number, sizeof number, "%.17g", json_real_value(value));
		form_pair(out, name, number);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		form_pair(out, name, json_is_true(value) ? "true" : "false");
		break;
	case JSON_NULL:
		break;
	}
}

void codec_query_encode(const struct op *op, const json_t *input, struct buf *out)
{
	buf_printf(out, "Action=%s&Version=%s", op->name, services[op->service].version);
	form_object(out, "", input);
}

struct element {
	json_t *value;   /* object or array once it has a child; NULL: a leaf so far */
	struct buf text; /* its memory serves the next one of this depth */
};

struct document {
	XML_Parser parser;
	struct element at[CODEC_MAX_DEPTH];
	size_t depth;
	json_t *root;
	bool bad; /* expat may still call back after it was stopped */
};

static void document_stop(struct document *d)
{
	d->bad = true;
	XML_StopParser(d->parser, XML_FALSE);
}

static bool is_list_name(const char *name)
{
	return strcmp(name, "member") == 0 || strcmp(name, "entry") == 0;
}

static void XMLCALL on_start(void *ctx, const char *name, const char **attributes)
{
	struct document *d = ctx;
	struct element *parent = d->depth > 0 ? &d->at[d->depth - 1] : NULL;

	(void)attributes;
	if (d->bad)
		return;
	if (d->depth == CODEC_MAX_DEPTH) {
		document_stop(d);
		return;
	}
	if (parent != NULL && parent->value == NULL)
		parent->value = is_list_name(name) ? json_array() : json_object();
	d->at[d->depth].value = NULL;
	d->at[d->depth].text.max = XML_MAX_TEXT;
	buf_clear(&d->at[d->depth++].text);
}

/* Takes the value. Elements and lists do not mix, and no name stands twice: two readers could
 * differ on what that means. */
static bool element_add(struct element *parent, const char *name, json_t *value)
{
	if (json_is_array(parent->value)) {
		if (is_list_name(name))
			return json_array_append_new(parent->value, value) == 0;
	} else if (json_object_get(parent->value, name) == NULL) {
		return json_object_set_new(parent->value, name, value) == 0;
	}
	json_decref(value);
	return false;
}

static void XMLCALL on_end(void *ctx, const char *name)
{
	struct document *d = ctx;
	struct element *e;
	json_t *value;

	if (d->bad)
		return;
	e = &d->at[--d->depth];
	value = e->value != NULL ? e->value : json_stringn(buf_str(&e->text), e->text.len);
	if (value == NULL || e->text.full) {
		json_decref(value);
		document_stop(d);
	} else if (d->depth > 0) {
		if (!element_add(&d->at[d->depth - 1], name, value))
			document_stop(d);
	} else {
		d->root = json_object();
		json_object_set_new(d->root, name, value);
	}
	e->value = NULL;
}

static void XMLCALL on_text(void *ctx, const char *s, int len)
{
	struct document *d = ctx;

	/* Text beside children is the layout of the document. */
	if (!d->bad && d->depth > 0 && d->at[d->depth - 1].value == NULL)
		buf_add(&d->at[d->depth - 1].text, s, (size_t)len);
}

static void XMLCALL on_doctype(void *ctx, const char *name, const char *system_id,
			       const char *public_id, int internal)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)internal;
	document_stop(ctx);
}

/* Piece by piece: the parser copies what it is given, and a page may have megabytes. */
static enum XML_Status document_parse(XML_Parser parser, const char *body, size_t len)
{
	enum XML_Status status;

	for (; len > PIECE; body += PIECE, len -= PIECE) {
		status = XML_Parse(parser, body, PIECE, 0);
		if (status != XML_STATUS_OK)
			return status;
	}
	return XML_Parse(parser, body, (int)len, 1);
}

json_t *codec_xml_parse(const char *body, size_t len)
{
	struct document d = {.parser = XML_ParserCreate("UTF-8")};
	enum XML_Status status;

	if (d.parser == NULL)
		die_out_of_memory();
	XML_SetUserData(d.parser, &d);
	XML_SetElementHandler(d.parser, on_start, on_end);
	XML_SetCharacterDataHandler(d.parser, on_text);
	XML_SetStartDoctypeDeclHandler(d.parser, on_doctype);
	status = document_parse(d.parser, body, len);
	XML_ParserFree(d.parser);
	for (size_t i = 0; i < CODEC_MAX_DEPTH; i++) {
		json_decref(d.at[i].value);
		buf_free(&d.at[i].text);
	}
	if (status == XML_STATUS_OK && !d.bad)
		return d.root;
	json_decref(d.root);
	return NULL;
}

static bool is_blank(const json_t *value)
{
	const char *s = json_string_value(value);

	return s != NULL && s[strspn(s, " \t\r\n")] == '\0';
}

/* <XResponse><XResult>...</XResult><ResponseMetadata><RequestId>: the result alone is the body. */
json_t *codec_query_decode(const struct op *op, const char *body, size_t len, char request_id[128])
{
	auto_free char *response = xasprintf("%sResponse", op->name);
	auto_free char *result = xasprintf("%sResult", op->name);
	json_t *document = codec_xml_parse(body, len), *envelope, *value;
	const char *id;

	envelope = json_object_get(document, response);
	value = json_object_get(envelope, result);
	id = json_string_value(
	    json_object_get(json_object_get(envelope, "ResponseMetadata"), "RequestId"));
	if (id != NULL)
		token_copy(request_id, 128, id);
	if (envelope == NULL || (value == NULL && !op->mutates))
		value = NULL;
	else if (value == NULL || is_blank(value))
		value = json_object();
	else if (json_is_object(value))
		json_incref(value);
	else
		value = NULL;
	json_decref(document);
	return value;
}

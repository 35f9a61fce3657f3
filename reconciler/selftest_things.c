/* What there is and what should be, in one form, read without any of the code under test. */
#include "reconciler/selftest_plain.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN 8 /* differences that are told */

/* Documents: lists of one are that one, lists are sorted, so texts can be compared. */

static int text_order(const void *a, const void *b)
{
	return strcmp(json_string_value(*(json_t *const *)a),
		      json_string_value(*(json_t *const *)b));
}

static json_t *list_plain(const json_t *list);

static json_t *value_plain(const json_t *value)
{
	const char *key;
	json_t *member, *out;

	if (json_is_array(value))
		return list_plain(value);
	if (!json_is_object(value))
		return json_deep_copy(value);
	out = json_object();
	json_object_foreach((json_t *)value, key, member)
	    json_object_set_new(out, key, value_plain(member));
	return out;
}

static json_t *list_plain(const json_t *list)
{
	size_t n = json_array_size(list);
	json_t **item = xcalloc(n + 1, sizeof *item), *out;
	bool texts = true;

	for (size_t i = 0; i < n; i++) {
		item[i] = value_plain(json_array_get(list, i));
		texts &= json_is_string(item[i]);
	}
	if (texts)
		qsort(item, n, sizeof *item, text_order);
	if (n == 1) {
		out = item[0];
	} else {
		out = json_array();
		for (size_t i = 0; i < n; i++)
			json_array_append_new(out, item[i]);
	}
	free(item);
	return out;
}

char *document_text(const json_t *document)
{
	json_auto_t *plain = value_plain(document);
	char *text = json_dumps(plain, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);

	return text ? text : xstrdup("");
}

/* {"a": "1"} of ["a"] or {only: ["a"]}; whether it was the latter. */
static json_t *elements(const json_t *value, bool *only)
{
	const json_t *list = json_is_object(value) ? json_object_get(value, "only") : value;
	json_t *out = json_object();

	*only = json_is_object(value);
	for (size_t i = 0; i < json_array_size(list); i++)
		json_object_set_new(out, json_string_value(json_array_get(list, i)),
				    json_string("1"));
	return out;
}

/* The forms in which a configuration writes attributes. */
enum form { FORM_TEXT, FORM_HOURS, FORM_LIST, FORM_TAGS, FORM_DOCUMENT, FORM_DOCUMENTS };

static const struct form_row {
	const char *name;
	enum form form;
} forms[] = {
    {"feature_set", FORM_TEXT},
    {"policy_types", FORM_LIST},
    {"trusted_services", FORM_LIST},
    {"policies", FORM_LIST},
    {"tags", FORM_TAGS},
    {"email", FORM_TEXT},
    {"unit", FORM_TEXT},
    {"type", FORM_TEXT},
    {"description", FORM_TEXT},
    {"document", FORM_DOCUMENT},
    {"path", FORM_TEXT},
    {"groups", FORM_LIST},
    {"managed_policies", FORM_LIST},
    {"inline_policies", FORM_DOCUMENTS},
    {"permissions_boundary", FORM_TEXT},
    {"trust", FORM_DOCUMENT},
    {"max_session_duration", FORM_HOURS},
    {"given_name", FORM_TEXT},
    {"family_name", FORM_TEXT},
    {"display_name", FORM_TEXT},
    {"members", FORM_LIST},
    {"session_duration", FORM_HOURS},
    {"relay_state", FORM_TEXT},
    {"aws_managed_policies", FORM_LIST},
    {"customer_managed_policies", FORM_LIST},
    {"inline_policy", FORM_TEXT},
    {"provisioned", FORM_TEXT},
    {"client_ids", FORM_LIST},
    {"alias", FORM_TEXT},
    {"password_policy", FORM_TAGS},
};

static json_t *documents(const json_t *map)
{
	json_t *out = json_object(), *document;
	const char *name;

	json_object_foreach((json_t *)map, name, document)
	{
		auto_free char *text = document_text(document);

		json_object_set_new(out, name, json_string(text));
	}
	return out;
}

/* {"a": "1"} of {"a": 1}. */
static json_t *texts_of(const json_t *map)
{
	json_t *out = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)map, key, value)
	{
		if (json_is_string(value))
			json_object_set(out, key, value);
		else if (json_is_boolean(value))
			json_object_set_new(out, key,
					    json_string(json_is_true(value) ? "true" : "false"));
		else
			json_object_set_new(
			    out, key, json_sprintf("%lld", (long long)json_integer_value(value)));
	}
	return out;
}

static void attribute_put(json_t *thing, const struct form_row *row, const json_t *value)
{
	auto_free char *text = NULL;
	bool only = false;

	switch (row->form) {
	case FORM_TEXT: /* [] clears it */
		json_object_set_new(
		    thing, row->name,
		    json_string(json_is_string(value) ? json_string_value(value) : ""));
		break;
	case FORM_HOURS:
		json_object_set_new(
		    thing, row->name,
		    json_sprintf("%ld", 3600 * strtol(json_string_value(value), NULL, 10)));
		break;
	case FORM_LIST:
		json_object_set_new(thing, row->name, elements(value, &only));
		if (only)
			json_object_set_new(draft_part(thing, "_only", true), row->name,
					    json_true());
		break;
	case FORM_TAGS:
		json_object_set_new(thing, row->name, texts_of(value));
		break;
	case FORM_DOCUMENT:
		text = document_text(value);
		json_object_set_new(thing, row->name, json_string(text));
		break;
	case FORM_DOCUMENTS:
		json_object_set_new(thing, row->name, documents(value));
		break;
	}
}

static json_t *thing_of(const json_t *row)
{
	static const char *const marks[][2] = {{"previously", "_previously"},
					       {"id", "_declared_id"}};
	json_t *thing = json_object();

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		const json_t *value = json_object_get(row, forms[i].name);

		if (value)
			attribute_put(thing, &forms[i], value);
	}
	for (size_t i = 0; i < 2; i++)
		if (json_object_get(row, marks[i][0]))
			json_object_set(thing, marks[i][1], json_object_get(row, marks[i][0]));
	return thing;
}

void table_put(json_t *things, const char *prefix, const json_t *table)
{
	const char *name;
	json_t *row;

	json_object_foreach((json_t *)table, name, row)
	{
		auto_free char *address = xasprintf("%s/%s", prefix, name);

		if (!json_is_true(json_object_get(row, "external")))
			json_object_set_new(things, address, thing_of(row));
	}
}

static void organization_put(json_t *things, const json_t *draft)
{
	json_auto_t *row = json_copy(json_object_get(draft, "organization"));
	const char *service;
	json_t *list;

	json_object_update(row, json_object_get(row, "root"));
	json_object_set_new(things, "organization", thing_of(row));
	json_object_foreach(json_object_get(row, "delegated_administrators"), service,
			    list) for (size_t i = 0; i < json_array_size(list); i++)
	{
		auto_free char *address = xasprintf("delegated_administrator/%s/%s", service,
						    json_string_value(json_array_get(list, i)));

		json_object_set_new(things, address, json_object());
	}
}

static void iam_put(json_t *things, const char *account, const json_t *iam)
{
	static const char *const sections[][2] = {{"policies", "iam_policy"},
						  {"groups", "iam_group"},
						  {"users", "iam_user"},
						  {"roles", "iam_role"},
						  {"oidc_providers", "iam_oidc_provider"}};
	auto_free char *settings = xasprintf("iam_account/%s/settings", account);
	json_auto_t *row = json_object();

	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		auto_free char *prefix = xasprintf("%s/%s", sections[i][1], account);

		table_put(things, prefix, json_object_get(iam, sections[i][0]));
	}
	if (json_object_get(iam, "alias"))
		json_object_set(row, "alias", json_object_get(iam, "alias"));
	if (json_object_get(iam, "password_policy"))
		json_object_set(row, "password_policy", json_object_get(iam, "password_policy"));
	if (json_object_size(row))
		json_object_set_new(things, settings, thing_of(row));
}

json_t *things_of_draft(const json_t *draft)
{
	json_auto_t *plain = draft_plain(draft);
	json_t *things = json_object(), *iam;
	const char *account;

	if (!json_is_string(json_object_get(draft, "organization"))) {
		organization_put(things, draft);
		table_put(things, "unit", json_object_get(draft, "units"));
		table_put(things, "account", json_object_get(draft, "accounts"));
		table_put(things, "policy", json_object_get(draft, "policies"));
		things_of_center(things, draft);
	}
	json_object_foreach(draft_part(plain, "iam.accounts", false), account, iam)
	    iam_put(things, account, iam);
	return things;
}

static void text_compare(struct buf *out, unsigned *n, const char *address, const char *attribute,
			 const char *key, const json_t *want, const json_t *have)
{
	if (json_equal((json_t *)want, (json_t *)have) || (*n)++ >= SHOWN)
		return;
	buf_printf(out, "\n    %s %s%s%s: expected %s, found %s", address, attribute,
		   key ? " " : "", key ? key : "", want ? json_string_value(want) : "nothing",
		   have ? json_string_value(have) : "nothing");
}

static void attribute_compare(struct buf *out, unsigned *n, const char *address, const char *name,
			      const json_t *want, const json_t *have)
{
	const char *key;
	json_t *value;

	if (!json_is_object(want) && !json_is_object(have)) {
		text_compare(out, n, address, name, NULL, want, have);
		return;
	}
	json_object_foreach((json_t *)want, key, value)
	    text_compare(out, n, address, name, key, value, json_object_get(have, key));
	json_object_foreach((json_t *)have, key, value) if (!json_object_get(want, key))
	    text_compare(out, n, address, name, key, NULL, value);
}

static void thing_compare(struct buf *out, unsigned *n, const char *address, const json_t *want,
			  const json_t *have)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)want, name, value) if (*name != '_')
	    attribute_compare(out, n, address, name, value, json_object_get(have, name));
	json_object_foreach((json_t *)have, name,
			    value) if (*name != '_' && !json_object_get(want, name))
	    attribute_compare(out, n, address, name, NULL, value);
}

int things_compare(const json_t *expected, const json_t *found, struct error *err)
{
	auto_buf out = BUF_INIT(1u << 20);
	const char *address;
	json_t *thing;
	unsigned n = 0;

	json_object_foreach((json_t *)expected, address, thing)
	{
		const json_t *other = json_object_get(found, address);

		if (other)
			thing_compare(&out, &n, address, thing, other);
		else if (n++ < SHOWN)
			buf_printf(&out, "\n    %s: expected, not there", address);
	}
	json_object_foreach((json_t *)found, address,
			    thing) if (!json_object_get(expected, address) && n++ < SHOWN)
	    buf_printf(&out, "\n    %s: there, not expected", address);
	if (n > SHOWN)
		buf_printf(&out, "\n    and %u more", n - SHOWN);
	return n ? error_set(err, "state: the organization is not as it should be:%s",
			     buf_str(&out))
		 : 0;
}

/* Live resources in the configuration's own words: the inverse of what reads a declaration. */
#include "reconciler/import_value.h"

#include "base/error.h"
#include "reconciler/import.h"

#include <stdlib.h>
#include <string.h>

#define HOUR 3600 /* seconds */

static void object_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		die_out_of_memory();
}

static void array_add(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		die_out_of_memory();
}

static json_t *text_json(const struct text *text)
{
	return json_stringn(text->s, text->len);
}

/* References. */

/* What stands there has a row, and no name that is another's: that would be NAME~ID. */
static bool address_has_name(const struct words *w, const struct text *address)
{
	const struct row *row = bound_find(w->bound, address);

	if (w->says != NULL && !w->says(w->ctx, address))
		return false;
	if (row == NULL)
		return false;
	return row->head != NULL || row->live == NULL || row->live->v[0].state != VALUE_TEXT ||
	       text_eq(address_name(w->arena, address), row->live->v[0].u.text);
}

static json_t *arn_word(const char *arn)
{
	const char *name = aws_policy_name(arn);

	return name != NULL ? json_sprintf("aws/%s", name) : json_string(arn);
}

/* NULL: it cannot be named. */
static json_t *ref_word(const struct words *w, const struct text *ref)
{
	if (text_is(ref, "root"))
		return json_string("/");
	if (str_starts(ref->s, "arn:"))
		return arn_word(ref->s);
	if (!address_has_name(w, ref))
		return NULL;
	if (address_is(ref, kinds[KIND_UNIT]->name))
		return json_string(unit_path(w->arena, ref));
	return text_json(address_name(w->arena, ref));
}

static json_t *refs_words(const struct words *w, const struct set *set)
{
	json_t *list = json_array(), *only;
	bool whole = true;

	for (uint32_t i = 0; i < set->n; i++) {
		json_t *word;

		if (element_is_foreign(set->item[i].key))
			continue;
		word = ref_word(w, set->item[i].key);
		if (word != NULL)
			array_add(list, word);
		else
			whole = false;
	}
	if (whole)
		return list;
	if (!w->only || json_array_size(list) == 0) {
		json_decref(list);
		return NULL;
	}
	only = json_object();
	object_set(only, "only", list);
	return only;
}

/* Values by type. */

static json_t *duration_word(const char *seconds)
{
	long n = strtol(seconds, NULL, 10);

	if (n % HOUR == 0)
		return json_sprintf("%ldh", n / HOUR);
	return n % 60 == 0 ? json_sprintf("%ldm", n / 60) : json_sprintf("%lds", n);
}

/* Canonical JSON was made from a document. NULL: it is none. */
static json_t *document_word(const struct text *canonical)
{
	return json_loadb(canonical->s, canonical->len, JSON_REJECT_DUPLICATES, NULL);
}

static json_t *tags_words(const struct set *set)
{
	json_t *map = json_object();

	for (uint32_t i = 0; i < set->n; i++) {
		if (!tag_is_foreign(set->item[i].key))
			object_set(map, set->item[i].key->s, text_json(set->item[i].value));
	}
	return map;
}

static json_t *policies_words(const struct set *set)
{
	json_t *map = json_object();

	for (uint32_t i = 0; i < set->n; i++) {
		json_t *document = document_word(set->item[i].value);

		if (document == NULL) {
			json_decref(map);
			return NULL;
		}
		object_set(map, set->item[i].key->s, document);
	}
	return map;
}

static json_t *set_words(const struct set *set)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < set->n; i++)
		array_add(list, text_json(set->item[i].key));
	return list;
}

/* Attributes whose words are their own. */

/* "/path/NAME" as {name, path}. */
static json_t *customer_words(const struct text *text)
{
	const char *name = strrchr(text->s, '/');
	json_t *map = json_object();

	name = name == NULL ? text->s : name + 1;
	object_set(map, "name", json_string(name));
	if (name - text->s > 1)
		object_set(map, "path", json_stringn(text->s, (size_t)(name - text->s)));
	return map;
}

static json_t *customers_words(const struct value *value)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < value->u.set->n; i++)
		array_add(list, customer_words(value->u.set->item[i].key));
	return list;
}

static json_t *boundary_words(const struct value *value)
{
	json_t *map = json_object();

	if (str_starts(value->u.text->s, "arn:"))
		object_set(map, "aws_managed_policy", arn_word(value->u.text->s));
	else
		object_set(map, "customer_managed_policy", customer_words(value->u.text));
	return map;
}

static json_t *password_words(const struct value *value)
{
	json_t *map = json_object();

	for (const struct password_key *key = password_keys; key->name != NULL; key++) {
		for (uint32_t i = 0; i < value->u.set->n; i++) {
			const struct item *item = &value->u.set->item[i];

			if (!text_is(item->key, key->name))
				continue;
			object_set(map, key->name,
				   key->max == 0 ? json_boolean(text_is(item->value, "true"))
						 : json_integer(strtol(item->value->s, NULL, 10)));
		}
	}
	return map;
}

static const struct special_words {
	uint16_t kind, attr;
	json_t *(*words)(const struct value *); /* NULL: never said */
} special_words[] = {
    {KIND_PERMISSION_SET, PSET_CUSTOMER, customers_words},
    {KIND_PERMISSION_SET, PSET_BOUNDARY, boundary_words},
    {KIND_IAM_ACCOUNT, IAMACCOUNT_PASSWORD, password_words},
    {KIND_IAM_USER, USER_LOGIN, NULL},
};

static const struct special_words *special_find_words(uint16_t kind, uint16_t attr)
{
	for (size_t i = 0; i < sizeof(special_words) / sizeof(*special_words); i++) {
		if (special_words[i].kind == kind && special_words[i].attr == attr)
			return &special_words[i];
	}
	return NULL;
}

static json_t *scalar_words(const struct words *w, const struct attr *attr, const struct text *text)
{
	switch (attr->type) {
	case ATTR_REF:
		return ref_word(w, text);
	case ATTR_POLICY:
		return document_word(text);
	default:
		return (attr->flags & ATTR_SECONDS) != 0 ? duration_word(text->s) : text_json(text);
	}
}

static json_t *items_words(const struct words *w, const struct attr *attr, const struct set *set)
{
	switch (attr->type) {
	case ATTR_REFS:
		return refs_words(w, set);
	case ATTR_TAGS:
		return tags_words(set);
	case ATTR_POLICIES:
		return policies_words(set);
	default:
		return set_words(set);
	}
}

/* {} clears what may be empty. */
static json_t *cleared_words(const struct attr *attr)
{
	return (attr->flags & ATTR_REQUIRED) != 0 ? NULL : json_object();
}

json_t *words_attribute(const struct words *w, const struct resource *live, uint16_t n)
{
	const struct attr *attr = &kinds[live->kind]->attr[n];
	const struct special_words *special = special_find_words(live->kind, n);
	const struct value *value = &live->v[n];

	if ((attr->flags & (ATTR_DERIVED | ATTR_LIVE)) != 0 ||
	    (special != NULL && special->words == NULL))
		return NULL;
	switch ((enum value_state)value->state) {
	case VALUE_NONE:
		return cleared_words(attr);
	case VALUE_TEXT:
		if (value->u.text->len == 0)
			return cleared_words(attr);
		return special != NULL ? special->words(value)
				       : scalar_words(w, attr, value->u.text);
	case VALUE_SET:
		return special != NULL ? special->words(value) : items_words(w, attr, value->u.set);
	case VALUE_UNSET:
	case VALUE_SECRET:
		break;
	}
	return NULL;
}

/* Whole resources. */

/* What gives access is managed although it is empty: what comes to it is news. */
static bool managed_when_empty(const struct attr *attr)
{
	static const char *const relations[] = {"attachment", "membership", "member",
						"managed_policy", "inline_policy"};

	for (size_t i = 0; attr->relation != NULL && i < sizeof(relations) / sizeof(*relations);
	     i++) {
		if (strcmp(attr->relation, relations[i]) == 0)
			return true;
	}
	return false;
}

/* What AWS has where nobody says otherwise. */
static bool word_is_default(const struct attr *attr, const json_t *word)
{
	static const struct {
		const char *name, *word;
	} defaults[] = {{"path", "/"},
			{"type", "SERVICE_CONTROL_POLICY"},
			{"max_session_duration", "1h"},
			{"session_duration", "1h"},
			{"feature_set", "ALL"}};
	const char *text = json_string_value(word);

	for (size_t i = 0; text != NULL && i < sizeof(defaults) / sizeof(*defaults); i++) {
		if (strcmp(attr->name, defaults[i].name) == 0)
			return strcmp(text, defaults[i].word) == 0;
	}
	return false;
}

static bool word_is_left_out(const struct attr *attr, const json_t *word)
{
	bool empty = (json_is_array(word) || json_is_object(word)) &&
		     (json_is_array(word) ? json_array_size(word) : json_object_size(word)) == 0;

	return empty ? !managed_when_empty(attr) : word_is_default(attr, word);
}

static json_t *attribute_owner(json_t *map, const struct resource *live, uint16_t attr)
{
	json_t *root;

	if (live->kind != KIND_ORGANIZATION || (attr != ORG_POLICIES && attr != ORG_TAGS))
		return map;
	root = json_object_get(map, "root");
	if (root == NULL) {
		root = json_object();
		object_set(map, "root", root);
	}
	return root;
}

json_t *words_value(const struct words *w, const struct resource *live)
{
	const struct kind *kind = kinds[live->kind];
	json_t *map;

	if ((kind->flags & KIND_EDGE) != 0)
		return NULL;
	map = json_object();
	if (live->kind == KIND_ACCOUNT && live->id != NULL)
		object_set(map, "id", text_json(live->id));
	for (uint16_t i = 0; i < kind->attrs; i++) {
		json_t *word = words_attribute(w, live, i);

		if (word == NULL || word_is_left_out(&kind->attr[i], word))
			json_decref(word);
		else
			object_set(attribute_owner(map, live, i), kind->attr[i].name, word);
	}
	return map;
}

void words_refs(const struct resource *r, void (*ref)(void *ctx, const struct text *address),
		void *ctx)
{
	const struct kind *kind = kinds[r->kind];

	for (uint16_t i = 0; i < kind->attrs; i++) {
		const struct value *value = &r->v[i];

		if ((kind->attr[i].flags & ATTR_LIVE) != 0)
			continue;
		if (kind->attr[i].type == ATTR_REF && value_says(value) &&
		    !str_starts(value->u.text->s, "arn:") && !text_is(value->u.text, "root"))
			ref(ctx, value->u.text);
		if (kind->attr[i].type != ATTR_REFS || value->state != VALUE_SET)
			continue;
		for (uint32_t k = 0; k < value->u.set->n; k++) {
			const struct text *element = value->u.set->item[k].key;

			if (!element_is_foreign(element) && !str_starts(element->s, "arn:"))
				ref(ctx, element);
		}
	}
}

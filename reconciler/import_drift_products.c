/* Assignments, which are declared as products: one that is gone leaves its product where the
 * product can say so exactly; one that came joins a product, or is one of its own. */
#include "reconciler/import_drift.h"

#include <stdlib.h>
#include <string.h>

static const char *const assignments_path[] = {"identity_center", "assignments", NULL};

/* What an assignment joins, by names. */
struct joined {
	const char *set, *account, *principal;
	const char *party; /* "groups" or "users": where the principal stands */
};

static struct joined joined_of(struct drift_import *drift, const struct resource *edge)
{
	const struct text *principal = edge->v[ASSIGNMENT_PRINCIPAL].u.text;

	return (struct joined){address_name(drift->arena, edge->v[ASSIGNMENT_SET].u.text)->s,
			       address_name(drift->arena, edge->v[ASSIGNMENT_ACCOUNT].u.text)->s,
			       address_name(drift->arena, principal)->s,
			       address_is(principal, kinds[KIND_IDENTITY_GROUP]->name) ? "groups"
										       : "users"};
}

static struct drift_products *products_of(struct drift_import *drift, struct drift_file *file)
{
	struct drift_products made = {.file = file};

	for (size_t i = 0; i < drift->products.n; i++) {
		if (drift->products.at[i].file == file)
			return &drift->products.at[i];
	}
	made.list = node_at(drift_file_tree(drift, file), assignments_path);
	if (made.list == NULL || made.list->type != NODE_LIST)
		return NULL;
	made.value = node_words(made.list);
	vec_push(&drift->products, made);
	return &drift->products.at[drift->products.n - 1];
}

static size_t count(const json_t *product, const char *key)
{
	return json_array_size(json_object_get(product, key));
}

static size_t word_find(const json_t *list, const char *word)
{
	json_t *element;
	size_t i;

	json_array_foreach(list, i, element)
	{
		if (json_is_string(element) && strcmp(json_string_value(element), word) == 0)
			return i;
	}
	return SIZE_MAX;
}

static void word_remove(json_t *product, const char *key, const char *word)
{
	json_t *list = json_object_get(product, key);
	size_t at = word_find(list, word);

	if (at != SIZE_MAX)
		json_array_remove(list, at);
	if (json_array_size(list) == 0)
		json_object_del(product, key);
}

static void word_add(json_t *product, const char *key, const char *word)
{
	json_t *list = json_object_get(product, key);

	if (list == NULL) {
		list = json_array();
		json_object_set_new(product, key, list);
	}
	if (word_find(list, word) == SIZE_MAX)
		json_array_append_new(list, json_string(word));
}

/* Only `accounts` says where: no units, no tags. */
static bool places_are_listed(const json_t *product)
{
	return json_object_get(product, "units") == NULL &&
	       json_object_get(product, "account_tags") == NULL;
}

static size_t parties(const json_t *product)
{
	return count(product, "groups") + count(product, "users");
}

/* Takes one assignment, and no other, out of a product. False: it cannot say that. */
static bool product_take(json_t *list, size_t at, const struct joined *gone)
{
	json_t *product = json_array_get(list, at);
	bool listed = places_are_listed(product);
	bool one_set = count(product, "permission_sets") == 1, one_party = parties(product) == 1;
	bool one_place = listed && count(product, "accounts") == 1;

	if (one_set && one_party && one_place)
		json_array_set_new(list, at, json_null());
	else if (one_set && one_party && listed)
		word_remove(product, "accounts", gone->account);
	else if (one_set && one_party) {
		word_remove(product, "accounts", gone->account);
		word_add(product, "except", gone->account);
	} else if (one_set && one_place)
		word_remove(product, gone->party, gone->principal);
	else if (one_party && one_place)
		word_remove(product, "permission_sets", gone->set);
	else
		return false;
	return true;
}

static void missing_take(struct drift_import *drift, const struct change *change)
{
	struct place where = change_place(change);
	struct drift_file *file = drift_file_find(drift, where.file);
	struct drift_products *products = file == NULL ? NULL : products_of(drift, file);
	struct joined gone = joined_of(drift, change->row->head);
	size_t at = SIZE_MAX;

	for (uint32_t i = 0; products != NULL && i < products->list->n; i++) {
		const struct place *place = &products->list->entry[i].value->where;

		if (place->line == where.line && place->column == where.column)
			at = i;
	}
	if (at == SIZE_MAX || json_is_null(json_array_get(products->value, at)))
		drift_leave(drift, change->row->address, where,
			    "no product of `assignments` stands there");
	else if (change->row->head->also != NULL)
		drift_leave(drift, change->row->address, where, "several products declare it");
	else if (!product_take(products->value, at, &gone))
		drift_leave(drift, change->row->address, where,
			    "its product stands for others too, and cannot say all but this");
	else
		vec_push(&products->address, change->row->address);
}

/* Whether a product would be itself and this one assignment with one word more: which word. */
static bool product_join(json_t *product, const struct joined *fresh)
{
	bool set, place, party;

	if (!json_is_object(product) || !places_are_listed(product) ||
	    json_object_get(product, "expires") != NULL ||
	    json_object_get(product, "except") != NULL)
		return false;
	set = count(product, "permission_sets") == 1 &&
	      word_find(json_object_get(product, "permission_sets"), fresh->set) == 0;
	place = count(product, "accounts") == 1 &&
		word_find(json_object_get(product, "accounts"), fresh->account) == 0;
	party = parties(product) == 1 &&
		word_find(json_object_get(product, fresh->party), fresh->principal) == 0;
	if (set && place)
		word_add(product, fresh->party, fresh->principal);
	else if (set && party)
		word_add(product, "accounts", fresh->account);
	else if (place && party)
		word_add(product, "permission_sets", fresh->set);
	else
		return false;
	return true;
}

static json_t *product_new(const struct joined *fresh)
{
	json_t *product = json_object();

	word_add(product, "permission_sets", fresh->set);
	word_add(product, fresh->party, fresh->principal);
	word_add(product, "accounts", fresh->account);
	return product;
}

static bool all_declared(const struct drift_import *drift, const struct resource *edge)
{
	for (uint16_t i = ASSIGNMENT_SET; i <= ASSIGNMENT_PRINCIPAL; i++) {
		const struct row *row = edge->v[i].state != VALUE_TEXT
					    ? NULL
					    : bound_find(drift->plan->in->bound, edge->v[i].u.text);

		if (row == NULL || row->head == NULL)
			return false;
	}
	return true;
}

/* Joins a product of this file. False: none that can. */
static bool products_join(struct drift_products *products, const struct joined *fresh)
{
	json_t *product;
	size_t i;

	json_array_foreach(products->value, i, product)
	{
		if (product_join(product, fresh))
			return true;
	}
	return false;
}

/* Without one to join, it is the last product of the first file that has any. */
static void fresh_put(struct drift_import *drift, const struct change *change)
{
	struct drift_products *products = NULL;
	struct drift_file *first = NULL;
	struct joined fresh;

	if (!all_declared(drift, change->row->live)) {
		drift_leave(drift, change->row->address, (struct place){0},
			    "whom or what it joins is not declared");
		return;
	}
	fresh = joined_of(drift, change->row->live);
	for (size_t i = 0; i < drift->files.n; i++) {
		struct drift_file *file = &drift->files.at[i];

		if (!str_ends(file->path, ".yaml") && !str_ends(file->path, ".yml"))
			continue;
		products = products_of(drift, file);
		if (products != NULL && products_join(products, &fresh)) {
			vec_push(&products->address, change->row->address);
			return;
		}
		if (products != NULL && first == NULL)
			first = file;
	}
	if (first == NULL) {
		drift_leave(drift, change->row->address, (struct place){0},
			    "`identity_center.assignments` is no list of any file");
		return;
	}
	products = products_of(drift, first);
	json_array_append_new(products->value, product_new(&fresh));
	vec_push(&products->address, change->row->address);
}

void drift_assignment(struct drift_import *drift, const struct change *change)
{
	if (change->action == ACTION_CREATE && change->row->head != NULL)
		missing_take(drift, change);
	else if (change->action == ACTION_DELETE && change->row->live != NULL)
		fresh_put(drift, change);
}

/* The lists as edits, one for each file; each assignment stands for it. */
void drift_products_finish(struct drift_import *drift)
{
	for (size_t i = 0; i < drift->products.n; i++) {
		struct drift_products *products = &drift->products.at[i];
		json_t *list = products->value;

		for (size_t k = json_array_size(list); k-- > 0;) {
			if (json_is_null(json_array_get(list, k)))
				json_array_remove(list, k);
		}
		for (size_t k = 0; k < products->address.n; k++)
			vec_push(&drift->fixes,
				 ((struct drift_fix){.file = products->file,
						     .edit = {assignments_path, list},
						     .value = json_incref(list),
						     .address = products->address.at[k],
						     .where = products->where}));
	}
}

/* What a commit may change of IAM Identity Center. */
#include "reconciler/selftest_change.h"
#include "reconciler/selftest_draft.h"

#include <string.h>

static json_t *center_part(struct commit_change *x, const char *name)
{
	return json_object_get(change_part(x, "identity_center"), name);
}

/* Products. */

static bool names_any(const json_t *product, const char *a, const char *b)
{
	return json_array_size(json_object_get(product, a)) > 0 ||
	       (b && json_array_size(json_object_get(product, b)) > 0);
}

/* One that has lost all of something goes. */
static void products_tidy(json_t *products)
{
	for (size_t i = json_array_size(products); i-- > 0;) {
		const json_t *product = json_array_get(products, i);

		if (!names_any(product, "permission_sets", NULL) ||
		    !names_any(product, "groups", "users") ||
		    !names_any(product, "accounts", "units"))
			json_array_remove(products, i);
	}
}

/* `to` NULL: it goes. */
static void products_replace(struct commit_change *x, const char *member, const char *from,
			     const char *to)
{
	json_t *products = center_part(x, "assignments");

	for (size_t i = 0; i < json_array_size(products); i++)
		list_replace(json_object_get(json_array_get(products, i), member), from, to);
	products_tidy(products);
}

static bool product_is_kept(const json_t *product)
{
	const json_t *sets = json_object_get(product, "permission_sets");

	return json_array_size(json_object_get(product, "accounts")) == 1 &&
	       !json_object_get(product, "units") &&
	       name_is_kept(json_string_value(json_array_get(sets, 0)));
}

bool product_change(struct commit_change *x)
{
	json_t *products = center_part(x, "assignments"), *product;
	unsigned n = (unsigned)json_array_size(products), at = chance_below(x->chance, n);
	const char *account = chance_key(x->chance, change_part(x, "accounts"), NULL);

	if (!products)
		return false;
	product = json_array_get(products, at);
	if (chance_of(x->chance, 35))
		return json_array_append_new(products, product_random(x->chance, x->draft)) == 0;
	if (product_is_kept(product))
		return false;
	switch (chance_below(x->chance, 5)) {
	case 0:
		return json_array_remove(products, at) == 0;
	case 1:
		list_toggle(row_list(product, "groups"),
			    chance_key(x->chance, center_part(x, "groups"), NULL));
		break;
	case 2:
		list_toggle(row_list(product, "accounts"), account);
		break;
	case 3:
		list_toggle(row_list(product, "except"), account);
		break;
	default:
		json_object_set_new(
		    product, "expires",
		    json_string(chance_of(x->chance, 70) ? "2026-11-01" : "2027-06-30"));
	}
	products_tidy(products);
	return true;
}

/* People. */

bool person_change(struct commit_change *x)
{
	auto_free char *fresh = chance_name(x->chance, "iu");
	json_t *users = center_part(x, "users");
	const char *name = free_name(x, users);
	auto_free char *from = name ? xstrdup(name) : NULL;

	if (!users)
		return false;
	if (!from || chance_of(x->chance, 25))
		return json_object_set_new(users, fresh, person_random(x->chance, fresh)) == 0;
	if (chance_of(x->chance, 40))
		return json_object_set_new(json_object_get(users, from), "family_name",
					   json_string("Other")) == 0;
	if (chance_of(x->chance, 50)) {
		rows_replace(center_part(x, "groups"), "members", from, fresh);
		products_replace(x, "users", from, fresh);
		row_rename(users, from, fresh, true);
		return true;
	}
	rows_replace(center_part(x, "groups"), "members", from, NULL);
	products_replace(x, "users", from, NULL);
	return json_object_del(users, from) == 0;
}

static bool name_is_ours(const char *name)
{
	return name_is_free(name) && strcmp(name, OUTSIDE_GROUP) != 0;
}

bool identity_group_change(struct commit_change *x)
{
	auto_free char *fresh = chance_name(x->chance, "ig");
	json_t *groups = center_part(x, "groups");
	const char *name = chance_key(x->chance, groups, name_is_ours);
	const char *user = chance_key(x->chance, center_part(x, "users"), NULL);
	auto_free char *from = name ? xstrdup(name) : NULL;

	if (!groups)
		return false;
	if (!from || chance_of(x->chance, 20))
		return json_object_set_new(groups, fresh, json_pack("{s:[s]}", "members", user)) ==
		       0;
	if (chance_of(x->chance, 60)) {
		list_toggle(row_list(json_object_get(groups, from), "members"), user);
		return true;
	}
	if (chance_of(x->chance, 50)) {
		products_replace(x, "groups", from, fresh);
		row_rename(groups, from, fresh, true);
		return true;
	}
	products_replace(x, "groups", from, NULL);
	return json_object_del(groups, from) == 0;
}

/* Permission sets. */

bool set_change(struct commit_change *x)
{
	auto_free char *fresh = chance_name(x->chance, "set");
	json_t *sets = center_part(x, "permission_sets");
	const char *name = free_name(x, sets);
	auto_free char *old = name ? xstrdup(name) : NULL;

	if (!sets)
		return false;
	if (!old || chance_of(x->chance, 25))
		return json_object_set_new(sets, fresh, set_random(x->chance)) == 0;
	products_replace(x, "permission_sets", old, NULL);
	return json_object_del(sets, old) == 0;
}

bool set_rewrite(struct commit_change *x)
{
	json_t *sets = center_part(x, "permission_sets"), *set;
	const char *name = free_name(x, sets);
	bool clear = chance_of(x->chance, 30);

	if (!name)
		return false;
	set = json_object_get(sets, name);
	switch (chance_below(x->chance, 5)) {
	case 0:
		list_toggle(row_list(set, "aws_managed_policies"), set_policy_random(x->chance));
		break;
	case 1:
		json_object_set_new(set, "inline_policy",
				    clear ? json_object()
					  : draft_document(chance_below(x->chance, 99)));
		break;
	case 2:
		json_object_set_new(
		    set, "permissions_boundary",
		    clear ? json_object()
			  : json_pack("{s:s}", "aws_managed_policy", set_policy_random(x->chance)));
		break;
	case 3:
		json_object_set_new(set, "session_duration",
				    json_sprintf("%uh", 1 + chance_below(x->chance, 12)));
		break;
	default:
		json_object_set_new(set, "description",
				    clear ? json_array() : json_string("otherwise"));
	}
	return true;
}

/* IAM Identity Center of a draft as things: products written out as who has which set where, by the
 * words of docs/identity-center.md, not by state/expand*.c. */
#include "reconciler/selftest_plain.h"

#include <string.h>

static const json_t *member(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

/* "/path/NAME" of {name, path}. */
static json_t *reference_text(const json_t *reference)
{
	const char *path = member_text(reference, "path");

	return json_sprintf("%s%s", *path ? path : "/", member_text(reference, "name"));
}

/* In the forms in which the twin's state is told. New. */
static json_t *set_plain(const json_t *row)
{
	json_t *set = json_deep_copy(row), *names = json_array();
	const json_t *customer = member(row, "customer_managed_policies");
	const json_t *document = member(row, "inline_policy");
	const json_t *boundary = member(row, "permissions_boundary");
	auto_free char *text = document_text(document);

	for (size_t i = 0; i < json_array_size(customer); i++)
		json_array_append_new(names, reference_text(json_array_get(customer, i)));
	if (customer)
		json_object_set(set, "customer_managed_policies", names);
	json_decref(names);
	if (document)
		json_object_set_new(set, "inline_policy",
				    json_string(json_object_size(document) ? text : ""));
	if (member(boundary, "aws_managed_policy"))
		json_object_set(set, "permissions_boundary",
				(json_t *)member(boundary, "aws_managed_policy"));
	else if (boundary)
		json_object_set_new(
		    set, "permissions_boundary",
		    json_object_size(boundary)
			? reference_text(member(boundary, "customer_managed_policy"))
			: json_string(""));
	json_object_set_new(set, "provisioned", json_string(""));
	return set;
}

/* Products. */

static bool has_tags(const json_t *account, const json_t *wanted)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)wanted, key, value)
	{
		if (!json_equal(value, member(member(account, "tags"), key)))
			return false;
	}
	return true;
}

static bool is_given_in(const json_t *product, const char *name, const json_t *account)
{
	json_auto_t *named = json_pack("{s:O*}", "accounts", member(product, "accounts"));
	json_auto_t *below = json_pack("{s:O*}", "units", member(product, "units"));

	if (is_among(member(product, "except"), name))
		return false;
	return is_selected(named, name, account) ||
	       (is_selected(below, name, account) &&
		has_tags(account, member(product, "account_tags")));
}

static void principals_put(json_t *things, const json_t *product, const char *key,
			   const char *beginning)
{
	const json_t *list = member(product, key);

	for (size_t i = 0; i < json_array_size(list); i++) {
		auto_free char *address =
		    xasprintf("%s/%.*s/%s", beginning, (int)strlen(key) - 1, key,
			      json_string_value(json_array_get(list, i)));

		json_object_set_new(things, address, json_object());
	}
}

static void product_put(json_t *things, const json_t *product, const json_t *accounts)
{
	const json_t *sets = member(product, "permission_sets");
	const char *name;
	json_t *account;

	json_object_foreach((json_t *)accounts, name, account)
	{
		for (size_t i = 0; i < json_array_size(sets); i++) {
			auto_free char *beginning = xasprintf(
			    "assignment/%s/%s", json_string_value(json_array_get(sets, i)), name);

			if (!is_given_in(product, name, account))
				continue;
			principals_put(things, product, "groups", beginning);
			principals_put(things, product, "users", beginning);
		}
	}
}

/* An ended product gives nothing. */
void things_of_center(json_t *things, const json_t *draft)
{
	const json_t *center = member(draft, "identity_center");
	const json_t *products = member(center, "assignments");
	json_auto_t *sets = json_object();
	const char *name;
	json_t *row;

	json_object_foreach(json_object_get(center, "permission_sets"), name, row)
	    json_object_set_new(sets, name, set_plain(row));
	table_put(things, "identity_user", member(center, "users"));
	table_put(things, "identity_group", member(center, "groups"));
	table_put(things, "permission_set", sets);
	for (size_t i = 0; i < json_array_size(products); i++) {
		const json_t *product = json_array_get(products, i);

		if (!is_over(product))
			product_put(things, product, member(draft, "accounts"));
	}
}

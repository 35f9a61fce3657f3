/* What a commit may change of accounts. */
#include "reconciler/selftest_change.h"

#include <string.h>

bool account_add(struct commit_change *x)
{
	auto_free char *name = chance_name(x->chance, "acc");
	const char *unit = chance_key(x->chance, change_part(x, "units"), NULL);

	json_object_set_new(change_part(x, "accounts"), name,
			    json_pack("{s:o, s:s, s:{s:s}}", "email",
				      json_sprintf("%s@example.com", name), "unit", unit, "tags",
				      "team", "new"));
	return true;
}

bool account_move(struct commit_change *x)
{
	json_t *accounts = change_part(x, "accounts");
	const char *name = chance_key(x->chance, accounts, account_is_member);
	const char *unit =
	    chance_of(x->chance, 85) ? chance_key(x->chance, change_part(x, "units"), NULL) : "/";

	if (!name)
		return false;
	json_object_set_new(json_object_get(accounts, name), "unit", json_string(unit));
	return true;
}

bool account_rename(struct commit_change *x)
{
	json_t *accounts = change_part(x, "accounts"), *list;
	const char *name = chance_key(x->chance, accounts, account_is_member), *service;
	auto_free char *from = name ? xstrdup(name) : NULL;
	auto_free char *to = chance_name(x->chance, "acc");

	if (!from)
		return false;
	row_rename(accounts, from, to, false); /* it is known by its e-mail */
	account_texts_rename(x, from, to);
	json_object_foreach(change_part(x, "organization.delegated_administrators"), service, list)
	    list_replace(list, from, to);
	return true;
}

/* Its declaration goes; it stays where it is, so that must be a place that stays. */
bool account_release(struct commit_change *x)
{
	json_t *accounts = change_part(x, "accounts"), *list;
	const char *name = chance_key(x->chance, accounts, account_is_member), *service;
	const char *unit;

	if (!name)
		return false;
	unit = json_string_value(json_object_get(json_object_get(accounts, name), "unit"));
	if ((strcmp(unit, "/") != 0 && strcmp(unit, "keep") != 0) || account_is_spoken_of(x, name))
		return false;
	json_object_foreach(change_part(x, "organization.delegated_administrators"), service,
			    list) if (list_find(list, name) != SIZE_MAX) return false;
	json_object_del(accounts, name);
	return true;
}

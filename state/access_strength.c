/* How much what somebody gains or loses lets him do: told from all that a permission set, role or
 * user has on that side, and not from what the plan changes alone. */
#include "state/access_priv.h"

#include <stdlib.h>
#include <string.h>

static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL ? name : slash + 1;
}

/* The policies of accounts by their names, each as strong as the strongest: those that a set names
 * may differ from account to account. */
static void customers_read(struct access *access)
{
	access->customers = map_new();
	for (uint32_t i = 0; i < access->bound->rows; i++) {
		enum when when = slot_exists(access, i, AFTER) ? AFTER : BEFORE;
		const struct text *name = access->bound->row[i].address;
		struct document *document;
		uintptr_t known;

		if (slot_kind(access, i) != KIND_IAM_POLICY)
			continue;
		document = policy_document(access, name, when);
		name = address_name(access->arena, name);
		known = (uintptr_t)map_get(access->customers, name->s);
		if (document != NULL && known < (uintptr_t)document->strength + 1)
			map_put(access->customers, name->s,
				(void *)((uintptr_t)document->strength + 1));
	}
}

/* "/path/NAME", of a permission set. */
static enum strength customer_strength(struct access *access, const char *name)
{
	uintptr_t known;

	if (access->customers == NULL)
		customers_read(access);
	known = (uintptr_t)map_get(access->customers, last_part(name));
	return known == 0 ? strength_of_name(last_part(name)) : (enum strength)(known - 1);
}

enum strength path_strength(struct access *access, const struct path *path)
{
	if (path->document != NULL && path->document->policy != NULL)
		return path->document->strength;
	if (path->permission[0] == '/')
		return customer_strength(access, path->permission);
	if (str_starts(path->permission, "aws/"))
		return strength_of_aws(path->permission);
	return strength_of_name(last_part(path->permission));
}

/* What says what one may do. */
static const struct {
	uint16_t kind, attr[3];
	uint8_t attrs;
} giving[] = {
    {KIND_IAM_USER, {USER_GROUPS, USER_MANAGED, USER_INLINE}, 3},
    {KIND_IAM_ROLE, {ROLE_MANAGED, ROLE_INLINE}, 2},
    {KIND_PERMISSION_SET, {PSET_MANAGED, PSET_CUSTOMER, PSET_INLINE}, 3},
};

static bool slot_is_read(const struct access *access, uint32_t row, enum when when)
{
	for (size_t i = 0; i < COUNT(giving); i++) {
		if (giving[i].kind != slot_kind(access, row))
			continue;
		for (uint8_t k = 0; access->bound->row[row].live != NULL && k < giving[i].attrs;
		     k++) {
			if (slot_value(access, row, giving[i].attr[k], when).state == VALUE_UNSET)
				return false;
		}
		return true;
	}
	return false;
}

static enum strength slot_measure(struct access *access, uint32_t row, enum when when)
{
	enum strength most = STRENGTH_READ;
	path_vec paths = {0};

	if (!slot_is_read(access, row, when))
		most = strength_of_name(
		    address_name(access->arena, access->bound->row[row].address)->s);
	if (slot_kind(access, row) == KIND_PERMISSION_SET)
		paths_of_set(access, row, when, &paths);
	else
		paths_read(access, row, when, &paths);
	for (size_t i = 0; i < paths.n; i++)
		most = strength_most(most, path_strength(access, &paths.at[i]));
	free(paths.at);
	return most;
}

enum strength slot_strength(struct access *access, uint32_t row, enum when when)
{
	uint8_t *known = &access->slot[row].strength[when];

	if (*known == 0)
		*known = (uint8_t)(slot_measure(access, row, when) + 1);
	return (enum strength)(*known - 1);
}

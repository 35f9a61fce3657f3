/* Who must have which permission set where: the assignments of what is expected. */
#include "reconciler/selftest_expect.h"

#include <string.h>

static bool has(const json_t *things, const char *address)
{
	return json_object_get(things, address) != NULL;
}

/* "group/NAME" in "assignment/SET/ACCOUNT/group/NAME", and the lengths of both before it. */
static const char *parts_of(const char *address, size_t len[2])
{
	const char *rest = strchr(address, '/') + 1;

	len[0] = strcspn(rest, "/");
	len[1] = strcspn(rest + len[0] + 1, "/");
	return rest + len[0] + len[1] + 2;
}

char *assignment_set(const char *address)
{
	size_t len[2];

	parts_of(address, len);
	return xasprintf("permission_set/%.*s", (int)len[0], strchr(address, '/') + 1);
}

char *assignment_account(const char *address)
{
	size_t len[2];

	parts_of(address, len);
	return xasprintf("account/%.*s", (int)len[1], strchr(address, '/') + len[0] + 2);
}

char *assignment_principal(const char *address)
{
	size_t len[2];

	return xasprintf("identity_%s", parts_of(address, len));
}

/* It goes with its set, or with whoever has it. */
bool assignment_goes_with(const char *address, const char *gone)
{
	auto_free char *set = assignment_set(address), *principal = assignment_principal(address);

	return strcmp(set, gone) == 0 || strcmp(principal, gone) == 0;
}

/* What is claimed whole: what is declared in an account that is. */
static void assignment_judge(struct oracle *o, const char *address)
{
	auto_free char *set = assignment_set(address), *account = assignment_account(address);

	if (has(o->head, address) || !has(o->head, set) || !has(o->head, account))
		return;
	if (has(o->base, set) && has(o->base, account))
		json_object_del(o->live, address);
	else
		o->refused = true;
}

void assignments_expect(struct oracle *o)
{
	json_auto_t *all = json_copy(o->live);
	const char *address;
	json_t *thing;

	json_object_foreach(all, address, thing)
	{
		if (thing_is(address, "assignment"))
			assignment_judge(o, address);
	}
}

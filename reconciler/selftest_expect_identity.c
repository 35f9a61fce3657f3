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

static char *set_of(const char *address)
{
	size_t len[2];

	parts_of(address, len);
	return xasprintf("permission_set/%.*s", (int)len[0], strchr(address, '/') + 1);
}

static char *account_of(const char *address)
{
	size_t len[2];

	parts_of(address, len);
	return xasprintf("account/%.*s", (int)len[1], strchr(address, '/') + len[0] + 2);
}

static char *principal_of(const char *address)
{
	size_t len[2];

	return xasprintf("identity_%s", parts_of(address, len));
}

char *assignment_renamed(const struct oracle *o, const char *address)
{
	size_t len[2];
	const char *who = parts_of(address, len), *name = strchr(who, '/') + 1;
	auto_free char *account = xasprintf("%.*s", (int)len[1], strchr(address, '/') + len[0] + 2);
	const char *there = json_string_value(json_object_get(o->accounts, account));
	const json_t *map = *who == 'g' ? o->teams : o->people;
	const char *now = json_string_value(json_object_get(map, name));

	return xasprintf("%.*s/%s/%.*s/%s", (int)(who - address) - (int)len[1] - 2, address,
			 there ? there : account, (int)(name - 1 - who), who, now ? now : name);
}

/* It goes with its set, or with whoever has it. */
bool assignment_goes_with(const char *address, const char *gone)
{
	auto_free char *set = set_of(address), *principal = principal_of(address);

	return strcmp(set, gone) == 0 || strcmp(principal, gone) == 0;
}

/* What is claimed whole: what is declared in an account that is. */
static void assignment_judge(struct oracle *o, const char *address)
{
	auto_free char *set = set_of(address), *account = account_of(address);

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

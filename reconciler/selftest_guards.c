/* guards: for each, a plan that trips it by as little as can be, and one just below. */
#include "reconciler/selftest.h"

#include <stdlib.h>
#include <string.h>

#define IAM(section) "iam.accounts." SELF_ACCOUNT "." section

struct guarded {
	struct chance *chance;
	json_t *a, *b, *hands;
	bool trips;
};
typedef void guard_fn(struct guarded *);

static void both_set(struct guarded *g, const char *path, const char *name, json_t *value)
{
	json_object_set(draft_part(g->a, path, true), name, value);
	json_object_set_new(draft_part(g->b, path, true), name, json_deep_copy(value));
	json_decref(value);
}

static void hand_add(struct guarded *g, const char *call, json_t *input)
{
	json_array_append_new(g->hands, json_pack("{s:s, s:o}", "call", call, "input", input));
}

/* Removals. Each row makes n things or elements, and takes one of them away. `read`: how many there
 * are beside these in the smallest draft. */
struct removal {
	const char *name;
	unsigned read;
	void (*make)(struct guarded *, unsigned i);
	void (*take)(struct guarded *, unsigned i);
};

static void thing_make(struct guarded *g, const char *section, unsigned i, json_t *row)
{
	auto_free char *name = xasprintf("r%u", i);

	both_set(g, section, name, row);
}

static void thing_take(struct guarded *g, const char *section, unsigned i)
{
	auto_free char *name = xasprintf("r%u", i);

	json_object_del(draft_part(g->b, section, true), name);
}

static void member_take(struct guarded *g, const char *section, unsigned i, const char *member)
{
	auto_free char *path = xasprintf("%s.r%u", section, i);
	json_t *row = draft_part(g->b, path, true), *value = json_object_get(row, member);

	if (json_is_array(value))
		json_array_clear(value);
	else
		json_object_clear(value);
}

static void unit_make(struct guarded *g, unsigned i)
{
	thing_make(g, "units", i, json_object());
}

static void unit_take(struct guarded *g, unsigned i)
{
	thing_take(g, "units", i);
}

static void policy_make(struct guarded *g, unsigned i)
{
	thing_make(g, "policies", i, json_pack("{s:o}", "document", draft_document(i)));
}

static void policy_take(struct guarded *g, unsigned i)
{
	thing_take(g, "policies", i);
}

static void user_make(struct guarded *g, unsigned i)
{
	thing_make(g, IAM("users"), i, json_object());
}

static void user_take(struct guarded *g, unsigned i)
{
	thing_take(g, IAM("users"), i);
}

static void group_make(struct guarded *g, unsigned i)
{
	thing_make(g, IAM("groups"), i, json_object());
}

static void group_take(struct guarded *g, unsigned i)
{
	thing_take(g, IAM("groups"), i);
}

static void iam_policy_make(struct guarded *g, unsigned i)
{
	thing_make(g, IAM("policies"), i, json_pack("{s:o}", "document", draft_document(i)));
}

static void iam_policy_take(struct guarded *g, unsigned i)
{
	thing_take(g, IAM("policies"), i);
}

static void attachment_make(struct guarded *g, unsigned i)
{
	thing_make(g, "units", i, json_pack("{s:[s]}", "policies", "keep"));
}

static void attachment_take(struct guarded *g, unsigned i)
{
	member_take(g, "units", i, "policies");
}

static void tag_make(struct guarded *g, unsigned i)
{
	thing_make(g, "units", i, json_pack("{s:{s:s}}", "tags", "k", "v"));
}

static void tag_take(struct guarded *g, unsigned i)
{
	member_take(g, "units", i, "tags");
}

static void membership_make(struct guarded *g, unsigned i)
{
	both_set(g, IAM("groups"), "g", json_object());
	thing_make(g, IAM("users"), i, json_pack("{s:[s]}", "groups", "g"));
}

static void membership_take(struct guarded *g, unsigned i)
{
	member_take(g, IAM("users"), i, "groups");
}

static void managed_make(struct guarded *g, unsigned i)
{
	thing_make(g, IAM("users"), i,
		   json_pack("{s:[s]}", "managed_policies", "aws/ReadOnlyAccess"));
}

static void managed_take(struct guarded *g, unsigned i)
{
	member_take(g, IAM("users"), i, "managed_policies");
}

static void inline_make(struct guarded *g, unsigned i)
{
	thing_make(g, IAM("groups"), i,
		   json_pack("{s:{s:o}}", "inline_policies", "i", draft_document(i)));
}

static void inline_take(struct guarded *g, unsigned i)
{
	member_take(g, IAM("groups"), i, "inline_policies");
}

static const struct removal removals[] = {
    {"unit", 1, unit_make, unit_take},
    {"policy", 1, policy_make, policy_take},
    {"iam_user", 0, user_make, user_take},
    {"iam_group", 0, group_make, group_take},
    {"iam_policy", 0, iam_policy_make, iam_policy_take},
    {"attachment", 1, attachment_make, attachment_take},
    {"tag", 2, tag_make, tag_take},
    {"membership", 0, membership_make, membership_take},
    {"managed_policy", 0, managed_make, managed_take},
    {"inline_policy", 0, inline_make, inline_take},
};

/* What docs/guards.md says. */
static unsigned removals_allowed(unsigned read, unsigned floor, unsigned share, unsigned count)
{
	unsigned n = (share * read + 99) / 100;

	n = n < floor ? floor : n;
	n = n > count ? count : n;
	return read >= 2 && n >= read ? read - 1 : n;
}

static void removals_take(struct guarded *g, const struct removal *r, unsigned n, unsigned allowed)
{
	for (unsigned i = 0; i < n; i++)
		r->make(g, i);
	for (unsigned i = 0; i < allowed + g->trips; i++)
		r->take(g, i);
}

static void guard_limit(struct guarded *g)
{
	const struct removal *r =
	    &removals[chance_below(g->chance, sizeof removals / sizeof *removals)];
	unsigned n = 2 + chance_below(g->chance, 7), read = n + r->read;
	unsigned floor = chance_below(g->chance, 3), share = 10 * chance_below(g->chance, 11);
	unsigned count = floor + chance_below(g->chance, 5);
	unsigned allowed = removals_allowed(read, floor, share, count);

	/* What is not made here stays, so that "all" is one more than can be taken. */
	if (allowed + g->trips > n) {
		n += 2;
		allowed = removals_allowed(n + r->read, floor, share, count);
	}
	if (allowed + g->trips > n) {
		floor = count = allowed = 1;
		share = 0;
	}
	both_set(g, "guards.removals", r->name,
		 json_pack("{s:i, s:o, s:i}", "floor", (int)floor, "share",
			   json_sprintf("%u%%", share), "count", (int)count));
	removals_take(g, r, n, allowed);
}

/* A looser limit of head does not count yet; a stricter one does. */
static void guard_loosened(struct guarded *g)
{
	const struct removal *r =
	    &removals[chance_below(g->chance, sizeof removals / sizeof *removals)];
	json_t *strict = json_pack("{s:i, s:s, s:i}", "floor", 1, "share", "0%", "count", 1);
	json_t *loose = json_pack("{s:i, s:s, s:i}", "floor", 9, "share", "100%", "count", 9);
	bool head = chance_of(g->chance, 50);

	json_object_set_new(draft_part(g->a, "guards.removals", true), r->name,
			    head ? loose : strict);
	json_object_set_new(draft_part(g->b, "guards.removals", true), r->name,
			    head ? strict : loose);
	removals_take(g, r, 5, 1);
}

static void guard_allowed(struct guarded *g)
{
	const struct removal *r =
	    &removals[chance_below(g->chance, sizeof removals / sizeof *removals)];

	both_set(g, "guards.removals", r->name,
		 json_pack("{s:i, s:s, s:i}", "floor", 1, "share", "0%", "count", 1));
	both_set(g, "guards", "allow",
		 json_pack("[{s:s, s:i, s:s, s:s}]", "removals", r->name, "count", 4, "reason",
			   "announced", "until", "2026-12-04"));
	removals_take(g, r, 7, 4);
}

static void guard_hold(struct guarded *g)
{
	json_object_set_new(draft_part(g->b, "units", true), "new", json_object());
	hand_add(g, "organizations:TagResource",
		 json_pack("{s:s, s:[{s:s, s:s}]}", "ResourceId", "${root}", "Tags", "Key",
			   g->trips ? "charter:hold" : "hold", "Value", "incident"));
}

static void guard_sections(struct guarded *g)
{
	static const char *const paths[] = {"users", "groups", "policies"};
	const char *section = chance_word(g->chance, paths, 3);
	json_t *iam;

	user_make(g, 0);
	group_make(g, 0);
	iam_policy_make(g, 0);
	iam = draft_part(g->b, "iam.accounts." SELF_ACCOUNT, false);
	json_object_set_new(iam, section, json_object());
	if (g->trips)
		json_object_del(iam, section);
}

/* A deletion, a detachment; taking the pattern out in the same commit does not help. */
static void guard_protected(struct guarded *g)
{
	attachment_make(g, 0);
	attachment_make(g, 1);
	both_set(g, "guards", "protect", json_pack("[s]", g->trips ? "unit/r*" : "unit/s*"));
	if (chance_of(g->chance, 50))
		unit_take(g, 0);
	else
		attachment_take(g, 0);
	if (chance_of(g->chance, 50))
		json_object_del(draft_part(g->b, "guards", false), "protect");
}

static void guard_break_glass(struct guarded *g)
{
	json_t *user;

	user_make(g, 0);
	user_make(g, 1);
	/* Base must not have it: then it could not have been made. */
	json_object_set_new(draft_part(g->b, "guards", true), "break_glass",
			    json_pack("[s]", "iam_user/" SELF_ACCOUNT "/r1"));
	user = draft_part(g->b, g->trips ? IAM("users.r1") : IAM("users.r0"), true);
	json_object_set_new(user, "tags", json_pack("{s:s}", "k", "v"));
}

/* The keys of the twin's administrator are those of a user `twin`. */
static void guard_self(struct guarded *g)
{
	both_set(g, IAM("groups"), "ops", json_object());
	both_set(g, IAM("users"), "twin", json_pack("{s:[s]}", "groups", "ops"));
	user_make(g, 0);
	group_make(g, 0);
	if (!g->trips)
		chance_of(g->chance, 50) ? user_take(g, 0) : group_take(g, 0);
	else
		json_object_del(draft_part(g->b, IAM("users"), false), "twin");
}

static void guard_units(struct guarded *g)
{
	unit_make(g, 0);
	unit_make(g, 1);
	unit_take(g, 0);
	hand_add(g, "organizations:CreateOrganizationalUnit",
		 json_pack("{s:s, s:s}", "ParentId", g->trips ? "${unit/r0}" : "${unit/r1}", "Name",
			   "foreign"));
}

static void guard_adopt(struct guarded *g)
{
	unit_make(g, 0);
	policy_make(g, 0);
	hand_add(g, "organizations:AttachPolicy",
		 json_pack("{s:s, s:s}", "PolicyId", "${policy/r0}", "TargetId", "${unit/r0}"));
	json_object_set_new(draft_part(g->b, "units.r0", true), "policies",
			    g->trips ? json_pack("[s]", "keep")
				     : json_pack("[s, s]", "keep", "r0"));
}

static void guard_organization(struct guarded *g)
{
	unit_make(g, 0);
	json_object_set_new(draft_part(g->b, "units", true), "new", json_object());
	json_object_set_new(draft_part(g->b, "organization", true), "management_account",
			    json_string(g->trips ? "222222222222" : TWIN_MANAGEMENT));
}

/* One administrator less than there must be, or just as many; who comes does so before another
 * goes.
 */
static void guard_lockout(struct guarded *g)
{
	unsigned n = 2 + chance_below(g->chance, 3);
	bool comes = !g->trips && chance_of(g->chance, 40);
	json_t *user;

	both_set(g, "guards.administrators", "minimum",
		 json_integer(g->trips || comes ? (int)n : (int)n - 1));
	both_set(g, IAM("groups"), "admins",
		 json_pack("{s:[s]}", "managed_policies", "aws/AdministratorAccess"));
	for (unsigned i = 0; i < n; i++)
		thing_make(g, IAM("users"), i, json_pack("{s:[s]}", "groups", "admins"));
	if (comes)
		json_object_set_new(
		    draft_part(g->b, IAM("users"), true), "heir",
		    json_pack("{s:[s]}", "managed_policies", "aws/AdministratorAccess"));
	user = draft_part(g->b, IAM("users.r0"), true);
	switch (chance_below(g->chance, 3)) {
	case 0:
		thing_take(g, IAM("users"), 0);
		break;
	case 1:
		json_object_set_new(user, "groups", json_array());
		break;
	default:
		json_object_set_new(user, "permissions_boundary",
				    json_string("aws/ReadOnlyAccess"));
	}
}

static const struct {
	const char *name; /* of the guard that must refuse; NULL: before there is a plan */
	guard_fn *make;
} rows[] = {
    {"removals", guard_limit},      {"removals", guard_limit}, {"removals", guard_loosened},
    {"removals", guard_allowed},    {"hold", guard_hold},      {"sections", guard_sections},
    {"protected", guard_protected}, {"self", guard_self},      {"break_glass", guard_break_glass},
    {"lockout", guard_lockout},     {NULL, guard_units},       {NULL, guard_adopt},
    {NULL, guard_organization},
};

json_t *guards_make(struct chance *c)
{
	unsigned row = chance_below(c, sizeof rows / sizeof *rows);
	struct guarded g = {.chance = c,
			    .a = draft_small(),
			    .b = draft_small(),
			    .hands = json_array(),
			    .trips = chance_of(c, 50)};
	json_t *sample;

	rows[row].make(&g);
	sample = json_pack("{s:{}, s:o, s:o, s:o, s:b}", "twin", "a", g.a, "hands", g.hands, "b",
			   g.b, "trips", g.trips);
	if (rows[row].name)
		json_object_set_new(sample, "guard", json_string(rows[row].name));
	return sample;
}

static bool guard_refused(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->guards; i++)
		if (strcmp(plan->guard[i].name, name) == 0)
			return plan->guard[i].refused;
	return false;
}

/* The guard says no, alone or with others, and nothing is changed. */
static int trips_check(struct stage *s, const char *guard, struct error *err)
{
	uint64_t version = twin_version(s->twin);
	struct trial t;
	int result = 0;

	stage_apply(s, &t);
	if (t.code != EXIT_REFUSED)
		result = run_failed_as(&t, "not refused", err);
	else if (guard && (!t.planned || !guard_refused(&t.run.plan, guard)))
		result = run_failed_as(&t, "another guard", err);
	else if (twin_version(s->twin) != version)
		result = error_set(err, "changed: the plan was refused, and something was changed");
	trial_end(&t);
	return result;
}

int guards_run(const json_t *sample, struct tally *tally, FILE *messages, struct digest *trace,
	       struct error *err)
{
	const char *guard = json_string_value(json_object_get(sample, "guard"));
	auto_stage s;

	if (stage_new(&s, sample, tally, messages, trace, err) < 0)
		return -1;
	if (stage_begin(&s, err) < 0 || stage_commit(&s, json_object_get(sample, "b"), err) < 0)
		return -1;
	if (json_is_true(json_object_get(sample, "trips")))
		return trips_check(&s, guard, err);
	return stage_converge(&s, err) < 0 ? -1 : stage_settled(&s, err);
}

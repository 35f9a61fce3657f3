/* What the guards say of Identity Center: plans that one of them refuses, each beside a harmless
 * neighbour, through the whole way from YAML to ordered calls. */
#include "tests/unit/guard_trial.h"
#include "tests/unit/plan_case.h"
#include "tests/unit/sides.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                                                       \
	"charter: 1\nscope: main\norganization: {id: o-exampleorgid}\n"                            \
	"accounts:\n  management: {id: '111111111111', unit: /}\n"                                 \
	"  dev: {id: '222222222222', unit: /}\n"
#define USER(name)                                                                                 \
	"    " name ": {given_name: A, family_name: B, display_name: A B, email: " name            \
	"@example.com}\n"
#define CENTER                                                                                     \
	"identity_center:\n  region: us-east-1\n  users:\n" USER("alice") USER("bob") USER("caro"  \
											   "l")
#define GROUPS(members)                                                                            \
	"  groups:\n    admins: {members: [" members "]}\n    ops: {members: [bob]}\n"             \
	"    none: {members: []}\n"
#define SETS(admin)   "  permission_sets:\n    Admin: {" admin "}\n    View: {}\n    Idle: {}\n"
#define ADMINISTRATOR "aws_managed_policies: [aws/AdministratorAccess]"
#define READER        "aws_managed_policies: [aws/ReadOnlyAccess]"
#define DOC(effect, action)                                                                        \
	"{Version: '2012-10-17', Statement: [{Effect: " effect ", Action: '" action                \
	"', Resource: '*'}]}"
#define GIVEN             "  assignments:\n"
#define NO_ONE            "  assignments: []\n"
#define ADMINS            "    - {permission_sets: [Admin], groups: [admins], accounts: [management]}\n"
#define OPS               "    - {permission_sets: [Admin], groups: [ops], accounts: [management]}\n"
#define VIEWERS           "    - {permission_sets: [View], groups: [ops], accounts: [management]}\n"
#define DEV               "    - {permission_sets: [Admin], groups: [admins, ops], accounts: [dev]}\n"
#define STANDARD          GROUPS("alice") SETS(ADMINISTRATOR) GIVEN DEV
#define PROTECT(patterns) "guards: {protect: [" patterns "]}\n"
#define GLASS             "guards: {break_glass: [identity_user/carol]}\n"
#define TWO               "guards: {administrators: {minimum: 2, principals: [group/admins]}}\n"
#define COUNTED           "guards: {administrators: {principals: [group/admins]}}\n"
#define NOBODY            "guards: {administrators: {principals: [group/none]}}\n"
#define RENAMED(members)                                                                           \
	"  groups:\n    root: {members: [" members "], previously: admins}\n"                      \
	"    ops: {members: [bob]}\n    none: {members: []}\n"
#define ROOT "    - {permission_sets: [Admin], groups: [root], accounts: [management]}\n"
#define WIDE DOC("Allow", "s3:*")
#define INLINES(a, b, c)                                                                           \
	"  permission_sets:\n    Admin: {inline_policy: " a "}\n    View: {inline_policy: " b      \
	"}\n    Idle: {inline_policy: " c "}\n"
#define KEPT      "guards: {break_glass: [permission_set/Admin]}\n"
#define KEPT_SETS "  permission_sets: {Admin: {external: true}, View: {}, Idle: {}}\n"
#define CAROL     "    - {permission_sets: [Admin], users: [carol], accounts: [dev]}\n"
#define EXTRA                                                                                      \
	"customer_managed_policies: [{name: extra, path: /ds/}], aws_managed_policies: "           \
	"[aws/AdministratorAccess]"
#define BOUND                                                                                      \
	"permissions_boundary: {customer_managed_policy: {name: extra, path: /ds/}}, "             \
	"aws_managed_policies: [aws/AdministratorAccess]"
#define POLICY(path)                                                                               \
	"iam: {accounts: {dev: {policies: {extra: {path: " path                                    \
	", document: " DOC("Allow", "s3:*") "}}}}}\n"

struct guarded {
	const char *guard, *name;
	const char *before, *harmful, *harmless;
	const char *says; /* part of the refusal */
};

static const struct guarded guardeds[] = {
    {"lockout", "the last member leaves", HEAD CENTER STANDARD ADMINS,
     HEAD CENTER GROUPS("") SETS(ADMINISTRATOR) GIVEN DEV ADMINS,
     HEAD CENTER GROUPS("bob") SETS(ADMINISTRATOR) GIVEN DEV ADMINS,
     "DeleteGroupMembership, takes administrator access to the management account "
     "(account/management) from identity_user/alice: left is nobody"},
    {"lockout", "the assignment goes", HEAD CENTER STANDARD ADMINS, HEAD CENTER STANDARD,
     HEAD CENTER STANDARD OPS, "DeleteAccountAssignment, takes"},
    {"lockout", "the set's policy is detached", HEAD CENTER STANDARD ADMINS,
     HEAD CENTER GROUPS("alice") SETS(READER) GIVEN DEV ADMINS,
     HEAD CENTER GROUPS("alice") SETS("inline_policy: " DOC("Allow", "*")) GIVEN DEV ADMINS,
     "DetachManagedPolicyFromPermissionSet, takes"},
    {"lockout", "the inline policy goes",
     HEAD CENTER GROUPS("alice") SETS("inline_policy: " DOC("Allow", "*")) GIVEN DEV ADMINS,
     HEAD CENTER GROUPS("alice") SETS("inline_policy: " DOC("Allow", "s3:*")) GIVEN DEV ADMINS,
     HEAD CENTER GROUPS("alice") SETS(ADMINISTRATOR) GIVEN DEV ADMINS,
     "PutInlinePolicyToPermissionSet, takes"},
    {"lockout", "a policy that denies all", HEAD CENTER STANDARD ADMINS,
     HEAD CENTER GROUPS("alice")
	 SETS("aws_managed_policies: [aws/AdministratorAccess, aws/AWSDenyAll]") GIVEN DEV ADMINS,
     HEAD CENTER GROUPS("alice") SETS(
	 "aws_managed_policies: [aws/AdministratorAccess, aws/ReadOnlyAccess]") GIVEN DEV ADMINS,
     "AttachManagedPolicyToPermissionSet, takes"},
    {"lockout", "a boundary", HEAD CENTER STANDARD ADMINS,
     HEAD CENTER GROUPS("alice")
	 SETS(ADMINISTRATOR ", permissions_boundary: {aws_managed_policy: aws/ReadOnlyAccess}")
	     GIVEN DEV ADMINS,
     HEAD CENTER GROUPS("alice")
	 SETS(ADMINISTRATOR ", permissions_boundary: {aws_managed_policy: aws/AdministratorAccess}")
	     GIVEN DEV ADMINS,
     "PutPermissionsBoundaryToPermissionSet, takes"},
    {"lockout", "the group is deleted", HEAD CENTER STANDARD ADMINS,
     HEAD CENTER "  groups: {ops: {members: [bob]}, none: {members: []}}\n" SETS(ADMINISTRATOR)
	 NO_ONE,
     HEAD CENTER "  groups: {admins: {members: [alice]}, ops: {members: [bob]}}\n" SETS(
	 ADMINISTRATOR) GIVEN DEV ADMINS,
     "takes administrator access"},
    {"lockout", "the set is deleted", HEAD CENTER STANDARD ADMINS,
     HEAD CENTER GROUPS("alice") "  permission_sets: {View: {}, Idle: {}}\n" NO_ONE,
     HEAD CENTER GROUPS("alice") "  permission_sets: {Admin: {" ADMINISTRATOR
				 "}, View: {}}\n" GIVEN DEV ADMINS,
     "takes administrator access"},
    {"lockout", "of two administrators that count one goes",
     TWO HEAD CENTER GROUPS("alice, bob, carol") SETS(ADMINISTRATOR) GIVEN ADMINS OPS,
     TWO HEAD CENTER GROUPS("alice") SETS(ADMINISTRATOR) GIVEN ADMINS OPS,
     TWO HEAD CENTER GROUPS("alice, bob") SETS(ADMINISTRATOR) GIVEN ADMINS OPS,
     "left is identity_user/alice, and at least 2 must be"},
    {"lockout", "the merge itself says that nobody counts", HEAD CENTER STANDARD ADMINS,
     HEAD NOBODY CENTER GROUPS("") SETS(ADMINISTRATOR) GIVEN DEV ADMINS,
     HEAD NOBODY CENTER GROUPS("alice, carol") SETS(ADMINISTRATOR) GIVEN DEV ADMINS,
     "takes administrator access to the management account (account/management) from "
     "identity_user/alice: left is nobody"},
    {"lockout", "the group that counts is renamed and emptied",
     HEAD COUNTED CENTER GROUPS("alice") SETS(ADMINISTRATOR) GIVEN ADMINS OPS,
     HEAD COUNTED CENTER RENAMED("") SETS(ADMINISTRATOR) GIVEN ROOT OPS,
     HEAD COUNTED CENTER RENAMED("alice") SETS(ADMINISTRATOR) GIVEN ROOT OPS,
     "from identity_user/alice: left is nobody"},
    {"lockout", "another set begins to give it",
     HEAD CENTER GROUPS("alice") SETS(ADMINISTRATOR) GIVEN DEV ADMINS VIEWERS,
     HEAD CENTER GROUPS("alice") "  permission_sets: {Admin: {" ADMINISTRATOR "}, View: {" READER
				 "}, Idle: {}}\n" GIVEN DEV VIEWERS,
     HEAD CENTER GROUPS("alice") "  permission_sets: {Admin: {" ADMINISTRATOR
				 "}, View: {" ADMINISTRATOR "}, Idle: {}}\n" GIVEN DEV VIEWERS,
     "DeleteAccountAssignment, takes"},
    {"lockout", "from one set to another that is made",
     HEAD CENTER GROUPS("alice") SETS(ADMINISTRATOR) GIVEN ADMINS,
     HEAD CENTER GROUPS(
	 "alice") "  permission_sets: {New: {" READER "}, Admin: {" ADMINISTRATOR
		  "}, View: {}, Idle: {}}\n" GIVEN
		  "    - {permission_sets: [New], groups: [admins], accounts: [management]}\n",
     HEAD CENTER GROUPS(
	 "alice") "  permission_sets: {New: {" ADMINISTRATOR "}, Admin: {" ADMINISTRATOR
		  "}, View: {}, Idle: {}}\n" GIVEN
		  "    - {permission_sets: [New], groups: [admins], accounts: [management]}\n",
     "DeleteAccountAssignment, takes"},
    {"removals", "assignments",
     HEAD CENTER GROUPS("alice") SETS("") GIVEN
     "    - {permission_sets: [Admin, View, Idle], groups: [admins, ops], accounts: [dev]}\n",
     HEAD CENTER GROUPS("alice") SETS("") GIVEN
     "    - {permission_sets: [Admin, View, Idle], groups: [ops], accounts: [dev]}\n",
     HEAD CENTER GROUPS("alice") SETS("") GIVEN
     "    - {permission_sets: [Admin, View, Idle], groups: [ops], accounts: [dev]}\n"
     "    - {permission_sets: [Admin], groups: [admins], accounts: [dev]}\n",
     "assignment: 3 would go, 2 allowed of 6 read"},
    {"removals", "inline policies", HEAD CENTER GROUPS("") INLINES(WIDE, WIDE, WIDE) NO_ONE,
     HEAD CENTER GROUPS("") INLINES("{}", "{}", "{}") NO_ONE,
     HEAD CENTER GROUPS("") INLINES("{}", WIDE, DOC("Allow", "ec2:*")) NO_ONE,
     "inline_policy: 3 would go, 2 allowed of 3 read"},
    {"removals", "assignments that ended before",
     HEAD CENTER GROUPS("alice") SETS("") GIVEN
     "    - {permission_sets: [Admin, View, Idle], groups: [admins, ops], accounts: [dev]}\n",
     HEAD CENTER GROUPS("alice") SETS("") GIVEN
     "    - {permission_sets: [Admin, View, Idle], groups: [ops], accounts: [dev]}\n"
     "    - {permission_sets: [Admin, View, Idle], groups: [admins], accounts: [dev], "
     "expires: 2026-05-01}\n",
     HEAD CENTER GROUPS("alice") SETS("") GIVEN
     "    - {permission_sets: [Admin, View, Idle], groups: [ops], accounts: [dev]}\n"
     "    - {permission_sets: [Admin, View, Idle], groups: [admins], accounts: [dev], "
     "expires: 2026-07-01}\n"
     "    - {permission_sets: [Admin], users: [carol], accounts: [dev]}\n",
     "assignment: 3 would go, 2 allowed of 6 read"},
    {"removals", "members",
     HEAD CENTER "  groups: {a: {members: [alice, bob, carol]}, b: {members: [alice, bob]}}\n",
     HEAD CENTER "  groups: {a: {members: [alice]}, b: {members: [bob]}}\n",
     HEAD CENTER "  groups: {a: {members: [alice]}, b: {members: [alice, bob]}}\n",
     "member: 3 would go, 2 allowed of 5 read"},
    {"removals", "a member who is deleted counts once",
     HEAD CENTER "  groups: {a: {members: [alice, bob, carol]}, b: {members: [alice, bob]}}\n",
     HEAD CENTER "  groups: {a: {members: [carol]}, b: {members: [alice]}}\n",
     HEAD "identity_center:\n  region: us-east-1\n  users:\n" USER("alice")
	 USER("bob") "  groups: {a: {members: [bob]}, b: {members: [alice]}}\n",
     "member: 3 would go, 2 allowed of 5 read"},
    {"protected", "a set is deleted", PROTECT("permission_set/Admin") HEAD CENTER STANDARD,
     PROTECT("permission_set/Admin")
	 HEAD CENTER GROUPS("alice") "  permission_sets: {View: {}, Idle: {}}\n" NO_ONE,
     PROTECT("permission_set/Admin") HEAD CENTER GROUPS(
	 "alice") "  permission_sets: {Admin: {" ADMINISTRATOR "}, View: {}}\n"
		  "  assignments: [{permission_sets: [Admin], groups: [ops], accounts: [dev]}]\n",
     "permission_set/Admin would be deleted, and `permission_set/Admin` protects it"},
    {"protected", "a set loses a policy", PROTECT("permission_set/*") HEAD CENTER STANDARD,
     PROTECT("permission_set/*") HEAD CENTER GROUPS("alice") SETS(READER) GIVEN DEV,
     PROTECT("permission_set/*") HEAD CENTER GROUPS("alice")
	 SETS("aws_managed_policies: [aws/AdministratorAccess, aws/ReadOnlyAccess]") GIVEN DEV,
     "permission_set/Admin would lose aws/AdministratorAccess"},
    {"protected", "a set loses a boundary",
     PROTECT("permission_set/*") HEAD CENTER GROUPS("alice")
	 SETS(ADMINISTRATOR ", permissions_boundary: {aws_managed_policy: aws/ReadOnlyAccess}"),
     PROTECT("permission_set/*") HEAD CENTER GROUPS("alice")
	 SETS(ADMINISTRATOR ", permissions_boundary: {}"),
     PROTECT("permission_set/*") HEAD CENTER GROUPS("alice")
	 SETS(ADMINISTRATOR ", permissions_boundary: {aws_managed_policy: aws/PowerUserAccess}"),
     "permission_set/Admin would lose permissions_boundary"},
    {"protected", "an assignment", PROTECT("assignment/Admin/**") HEAD CENTER STANDARD CAROL,
     PROTECT("assignment/Admin/**") HEAD CENTER STANDARD,
     PROTECT("assignment/Admin/dev/user/*, assignment/Admin/*/group/admins")
	 HEAD CENTER GROUPS("alice") SETS(READER) GIVEN
     "    - {permission_sets: [Admin], groups: [admins, ops], accounts: [dev]}\n" CAROL,
     "assignment/Admin/dev/user/carol would be deleted"},
    {"break_glass", "a member", GLASS HEAD CENTER GROUPS("alice, carol") SETS("") GIVEN DEV,
     GLASS HEAD CENTER GROUPS("alice") SETS("") GIVEN DEV,
     GLASS HEAD CENTER GROUPS("carol") SETS("") GIVEN DEV,
     "identity_group/admins would be updated, which is access of identity_user/carol"},
    {"break_glass", "who has a set that is kept", KEPT HEAD CENTER GROUPS("") KEPT_SETS GIVEN DEV,
     KEPT HEAD CENTER GROUPS("") KEPT_SETS GIVEN
     "    - {permission_sets: [Admin], groups: [ops], accounts: [dev]}\n",
     KEPT HEAD CENTER GROUPS("") KEPT_SETS GIVEN DEV CAROL,
     "assignment/Admin/dev/group/admins would be deleted, which is access of permission_set/Admin"},
    {"break_glass", "what goes with a group", KEPT HEAD CENTER GROUPS("") KEPT_SETS GIVEN DEV,
     KEPT HEAD CENTER "  groups: {ops: {members: [bob]}, none: {members: []}}\n" KEPT_SETS GIVEN
		      "    - {permission_sets: [Admin], groups: [ops], accounts: [dev]}\n",
     KEPT HEAD CENTER
     "  groups: {admins: {members: []}, ops: {members: [bob]}}\n" KEPT_SETS GIVEN DEV,
     "assignment/Admin/dev/group/admins would be deleted"},
    {"break_glass", "an assignment", GLASS HEAD CENTER GROUPS("alice") SETS("") GIVEN DEV,
     GLASS HEAD CENTER GROUPS("alice") SETS("") GIVEN DEV CAROL,
     GLASS HEAD CENTER GROUPS("alice") SETS("") GIVEN DEV
     "    - {permission_sets: [View], users: [bob], accounts: [dev]}\n",
     "assignment/Admin/dev/user/carol would be created, which is access of identity_user/carol"},
    {"sections", "assignments", HEAD CENTER STANDARD,
     HEAD CENTER GROUPS("alice") SETS(ADMINISTRATOR),
     HEAD CENTER GROUPS("alice") SETS(ADMINISTRATOR) "  assignments: []\n",
     "if that is meant, write it empty: `identity_center: {assignments: []}`"},
    {"sections", "groups", HEAD CENTER GROUPS("alice"), HEAD CENTER, HEAD CENTER "  groups: {}\n",
     "write it empty: `identity_center: {groups: {}}`"},
    {"customer_policies", "an assignment", HEAD CENTER GROUPS("alice") SETS(EXTRA),
     HEAD CENTER GROUPS("alice") SETS(EXTRA) GIVEN DEV,
     HEAD POLICY("/ds/") CENTER GROUPS("alice") SETS(EXTRA) GIVEN DEV,
     "permission_set/Admin needs the policy /ds/extra in account/dev, where there is none"},
    {"customer_policies", "of another path", HEAD POLICY("/x/") CENTER GROUPS("alice") SETS(EXTRA),
     HEAD POLICY("/x/") CENTER GROUPS("alice") SETS(EXTRA) GIVEN DEV,
     HEAD POLICY("/x/") CENTER GROUPS("alice") SETS("customer_managed_policies: []") GIVEN DEV,
     "needs the policy"},
    {"customer_policies", "newly named", HEAD CENTER GROUPS("alice") SETS(ADMINISTRATOR) GIVEN DEV,
     HEAD CENTER GROUPS("alice") SETS(BOUND) GIVEN DEV,
     HEAD POLICY("/ds/") CENTER GROUPS("alice") SETS(BOUND) GIVEN DEV, "needs the policy"},
};

static void guarded_try(const struct guarded *g, bool harmful)
{
	auto_buf out = BUF_INIT(1 << 20);
	auto_free char *mark = xasprintf("%s: ", g->guard);
	const char *refused, *refusal;

	case_plan_text(g->before, g->before, harmful ? g->harmful : g->harmless, &out);
	if (strstr(buf_str(&out), "error ") || strstr(buf_str(&out), "nothing\n"))
		fail_msg("%s, %s: %s", g->guard, g->name, buf_str(&out));
	refused = strstr(buf_str(&out), "refused ");
	refusal = refused ? strstr(refused, mark) : NULL;
	if (!harmful && refusal)
		fail_msg("%s, %s: the neighbour is refused:\n%s", g->guard, g->name, buf_str(&out));
	if (harmful && (!refusal || !strstr(refusal, g->says)))
		fail_msg("%s, %s: not refused with `%s`:\n%s", g->guard, g->name, g->says,
			 buf_str(&out));
}

static void test_guards(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof guardeds / sizeof *guardeds; i++) {
		guarded_try(&guardeds[i], true);
		guarded_try(&guardeds[i], false);
	}
}

/* A pattern that is misspelt is told, since nobody is kept by it. */
static void test_nobody_counts(void **state)
{
	static const char before[] = HEAD CENTER STANDARD ADMINS;
	static const char *const named[] = {
	    HEAD NOBODY CENTER GROUPS("alice, carol") SETS(ADMINISTRATOR) GIVEN DEV ADMINS,
	    HEAD COUNTED CENTER GROUPS("alice, carol") SETS(ADMINISTRATOR) GIVEN DEV ADMINS};

	(void)state;
	for (int i = 0; i < 2; i++) {
		auto_buf out = BUF_INIT(1 << 20);

		case_plan_text(before, before, named[i], &out);
		if ((strstr(buf_str(&out), "so that the guard has nobody to keep") != NULL) == i)
			fail_msg("%d: %s", i, buf_str(&out));
	}
}

/* One that was announced by what is applied may end, however many they are. */
static void test_ended_by_the_base(void **state)
{
	static const char ended[] = HEAD CENTER GROUPS("alice") SETS("") GIVEN
	    "    - {permission_sets: [Admin, View, Idle], groups: [ops], accounts: [dev]}\n"
	    "    - {permission_sets: [Admin, View, Idle], groups: [admins], accounts: [dev], "
	    "expires: 2026-05-01}\n";
	static const char live[] = HEAD CENTER GROUPS("alice") SETS("") GIVEN
	    "    - {permission_sets: [Admin, View, Idle], groups: [admins, ops], accounts: "
	    "[dev]}\n";
	auto_buf out = BUF_INIT(1 << 20);

	(void)state;
	case_plan_text(ended, live, ended, &out);
	if (strstr(buf_str(&out), "refused") ||
	    !strstr(buf_str(&out), "delete assignment/Admin/dev/group/admins expired"))
		fail_msg("%s", buf_str(&out));
}

/* A run by Identity Center's own role. */

#define SESSION                                                                                    \
	"arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Big_Admin_0123456789abcdef/alice"

static struct resource *edge_add(struct trial *t, const char *set, const char *account,
				 const char *who)
{
	const struct text *refs[] = {txt(t, set), txt(t, account), txt(t, who)};
	const struct text *address =
	    address_edge(t->arena, "assignment", refs[0], refs[1], refs[2]);
	struct resource *live = managed(t, KIND_ASSIGNMENT, address->s, address->s);
	const struct row *row = &t->rows.at[t->rows.n - 1];

	for (unsigned i = 0; i < ASSIGNMENT_ATTRS; i++) {
		((struct resource *)row->base)->v[i] = ((struct resource *)row->head)->v[i] =
		    live->v[i] = value_text(refs[i]);
	}
	return live;
}

static void center_add(struct trial *t)
{
	static const char *const alice[] = {"identity_user/alice", "identity_user/bob", NULL};
	static const char *const bob[] = {"identity_user/bob", NULL};
	static const char *const scopes[] = {"identity_users", "identity_groups", "permission_sets",
					     "assignments"};

	for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
		scope_whole(t->live, 0, scopes[i]);
	t->live->world.instance_arn = txt(t, "arn:instance");
	managed(t, KIND_ACCOUNT, "account/main", "111111111111");
	managed(t, KIND_ACCOUNT, "account/dev", "222222222222");
	managed(t, KIND_IDENTITY_USER, "identity_user/alice", "u-1");
	managed(t, KIND_IDENTITY_USER, "identity_user/bob", "u-2");
	known_set(t, managed(t, KIND_IDENTITY_GROUP, "identity_group/a", "g-1"), IDGROUP_MEMBERS,
		  alice);
	known_set(t, managed(t, KIND_IDENTITY_GROUP, "identity_group/b", "g-2"), IDGROUP_MEMBERS,
		  bob);
	managed(t, KIND_PERMISSION_SET, "permission_set/Big_Admin", "arn:set");
	managed(t, KIND_PERMISSION_SET, "permission_set/Big", "arn:set2");
	edge_add(t, "permission_set/Big", "account/main", "identity_group/a");
	edge_add(t, "permission_set/Big_Admin", "account/dev", "identity_group/a");
	edge_add(t, "permission_set/Big_Admin", "account/main", "identity_group/a");
	edge_add(t, "permission_set/Big_Admin", "account/main", "identity_group/b");
}

static void test_self(void **state)
{
	static const char *const own[] = {"permission_set/Big_Admin",
					  "assignment/Big_Admin/main/group/a", "identity_group/a",
					  "identity_user/alice"};
	static const char *const others[] = {"permission_set/Big",
					     "assignment/Big/main/group/a",
					     "assignment/Big_Admin/dev/group/a",
					     "assignment/Big_Admin/main/group/b",
					     "identity_group/b",
					     "identity_user/bob"};
	struct trial *t = *state;

	t->live->world.caller_arn = txt(t, SESSION);
	center_add(t);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		t->changes.n = 0;
		change_add(t, ACTION_DELETE, own[i]);
		trial_again(t);
		assert_refused(t, "self", "this run lives by it as permission_set/Big_Admin");
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		t->changes.n = 0;
		change_add(t, ACTION_DELETE, others[i]);
		trial_again(t);
		assert_passed(t, "self", "not touched");
	}
	t->changes.n = 0;
	takes_out(t, "identity_group/a", IDGROUP_MEMBERS, "identity_user/alice");
	assert_true(guard_self_matches(&t->in, &t->changes.at[0]));
	t->changes.n = 0;
	takes_out(t, "identity_group/a", IDGROUP_MEMBERS, "identity_user/bob");
	assert_false(guard_self_matches(&t->in, &t->changes.at[0]));
}

/* The same three ids in two calls, whatever the addresses are. */
static void test_churn(void **state)
{
	static const struct {
		const char *taken, *given;
		bool refused;
	} pairs[] = {{"{\"PrincipalId\":\"g-1\",\"TargetId\":\"2\"}",
		      "{\"PrincipalId\":\"g-1\",\"TargetId\":\"2\"}", true},
		     {"{\"PrincipalId\":\"g-1\",\"TargetId\":\"2\"}",
		      "{\"PrincipalId\":\"g-1\",\"TargetId\":\"3\"}", false}};
	struct trial *t = *state;

	center_add(t);
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct call *call;

		t->calls.n = 0;
		call = call_add(t, &ops[OP_SSO_ADMIN_CreateAccountAssignment]);
		call->input = txt(t, pairs[i].given);
		call->makes = txt(t, "assignment/Big/main/group/x");
		call = call_add(t, &ops[OP_SSO_ADMIN_DeleteAccountAssignment]);
		call->input = txt(t, pairs[i].taken);
		call->ends = txt(t, "assignment/Big/main/group/a");
		trial_again(t);
		if (pairs[i].refused)
			assert_refused(t, "churn",
				       "assignment/Big/main/group/x is both taken away and given");
		else
			assert_passed(t, "churn", "none");
	}
}

#define ALL_OF "arn:aws:iam::aws:policy/AdministratorAccess"

static void set_administers(struct trial *t, const char *set, bool now)
{
	static const char *const all[] = {ALL_OF, NULL}, *const none[] = {NULL};
	const struct row *row = row_at(t, set);
	struct item item = {txt(t, ALL_OF), NULL};

	known_set(t, (struct resource *)row->live, PSET_MANAGED, now ? all : none);
	((struct resource *)row->head)->v[PSET_MANAGED] =
	    (struct value){.state = VALUE_SET, .u.set = set_make(t->arena, &item, 1, NULL)};
}

static struct fact fact_of(struct trial *t, const char *set, bool attached)
{
	struct value in = value_str(t->arena, ALL_OF);

	return (struct fact){.address = txt(t, set),
			     .kind = KIND_PERMISSION_SET,
			     .attr = PSET_MANAGED,
			     .key = txt(t, ALL_OF),
			     .before = attached ? VALUE_EMPTY : in,
			     .after = attached ? in : VALUE_EMPTY};
}

/* What gives administrator access counts once AWS has brought it into the account. */
static void test_provisioning(void **state)
{
	struct trial *t = *state;
	struct fact attached, detached;
	struct call *call;

	center_add(t);
	set_administers(t, "permission_set/Big", false);
	set_administers(t, "permission_set/Big_Admin", true);
	change_add(t, ACTION_UPDATE, "permission_set/Big");
	attached = fact_of(t, "permission_set/Big", true);
	detached = fact_of(t, "permission_set/Big_Admin", false);
	for (unsigned provisioned = 0; provisioned < 2; provisioned++) {
		t->calls.n = 0;
		call = call_add(t, &ops[OP_SSO_ADMIN_AttachManagedPolicyToPermissionSet]);
		call->fact = &attached;
		call->facts = 1;
		if (provisioned)
			call_add(t, &ops[OP_SSO_ADMIN_ProvisionPermissionSet])->change = 0;
		call = call_add(t, &ops[OP_SSO_ADMIN_DetachManagedPolicyFromPermissionSet]);
		call->fact = &detached;
		call->facts = 1;
		trial_again(t);
		if (provisioned)
			assert_passed(t, "lockout", "administrators: 2 of account/main");
		else
			assert_refused(t, "lockout",
				       "call 2, DetachManagedPolicyFromPermissionSet, takes");
	}
}

/* A group of which nobody knows who is in it is one that administers. */
static void test_unknown_members(void **state)
{
	struct trial *t = *state;
	struct call *call;

	center_add(t);
	set_administers(t, "permission_set/Big", true);
	managed(t, KIND_IDENTITY_GROUP, "identity_group/z", "g-3");
	edge_add(t, "permission_set/Big", "account/main", "identity_group/z");
	assert_passed(t, "lockout", "administrators: 3 of account/main");
	call = call_add(t, &ops[OP_SSO_ADMIN_DeleteAccountAssignment]);
	call->ends = txt(t, "assignment/Big/main/group/z");
	trial_again(t);
	assert_passed(t, "lockout", "administrators: 2 of account/main");
}

static const char *warned(const struct trial *t)
{
	for (size_t i = 0; i < t->plan.notes; i++)
		if (t->plan.note[i].what == NOTE_WARNING)
			return t->plan.note[i].text;
	return NULL;
}

/* What could not be looked at, and what is gone where the set is already, are warnings. */
static void test_customer_warnings(void **state)
{
	struct trial *t = *state;
	struct item item = {txt(t, "/x/extra"), NULL};
	struct value customer;
	struct row *created;

	customer = (struct value){.state = VALUE_SET, .u.set = set_make(t->arena, &item, 1, NULL)};
	center_add(t);
	((struct resource *)row_at(t, "permission_set/Big")->head)->v[PSET_CUSTOMER] = customer;
	((struct resource *)row_at(t, "permission_set/Big")->live)->v[PSET_CUSTOMER] = customer;
	edge_add(t, "permission_set/Big", "account/dev", "identity_group/b");
	created = &t->rows.at[t->rows.n - 1];
	assert_passed(t, "customer_policies", "none missing");
	/* The account of the run was read, and has none; that of dev was not. */
	assert_non_null(strstr(warned(t), "it is assigned in account/main, where its policy "
					  "/x/extra is gone"));
	created->live = NULL;
	created->base = NULL;
	change_add(t, ACTION_CREATE, "assignment/Big/dev/group/b");
	trial_again(t);
	assert_passed(t, "customer_policies", "none missing");
	assert_int_equal(t->plan.notes, 2);
	assert_non_null(strstr(t->plan.note[1].text,
			       "whether its policy /x/extra is in account/dev could not be read"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_guards),
	    cmocka_unit_test(test_ended_by_the_base),
	    GUARD_TEST(test_self),
	    GUARD_TEST(test_churn),
	    GUARD_TEST(test_provisioning),
	    GUARD_TEST(test_unknown_members),
	    GUARD_TEST(test_customer_warnings),
	    cmocka_unit_test(test_nobody_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The execution of what AWS goes on working on in Identity Center: one at a time in an account, so
 * many at once, lost, failed, and known from an earlier run. */
#include "tests/unit/execute_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define STORE "d-1"
#define SSO   "arn:aws:sso:::instance/ssoins-1"
#define ARN   "arn:aws:sso:::permissionSet/ssoins-1/ps-"
#define SETS  5

static const unsigned accounts = 20;

/* A tiny Identity Center behind the tiny AWS. */
static struct center {
	json_t *assigned;                 /* "SETARN ACCOUNT TYPE PRINCIPAL": true */
	json_t *jobs;                     /* id -> {what, add, until, scope} */
	json_t *members;                  /* "GROUP USER": membership */
	json_t *groups;                   /* name -> id */
	json_t *stale;                    /* SETARN: true */
	int64_t lasts_us;                 /* a job is under way for so long */
	const char *fails;                /* reason of a job about `fails_in` */
	const char *fails_in;             /* account */
	unsigned under_way, most, shared; /* shared: jobs that met another in their account */
} center;

static const char *in_text(const json_t *in, const char *member)
{
	const char *s = json_string_value(json_object_get(in, member));

	return s == NULL ? "" : s;
}

static json_t *refused(const char **code, const char *with)
{
	*code = with;
	return NULL;
}

static json_t *job_reply(const char *holder, const char *id, const json_t *job)
{
	const char *status = in_text(job, "status");
	json_t *reply = json_pack("{s:{s:s, s:s}}", holder, "RequestId", id, "Status", status);

	if (strcmp(status, "FAILED") == 0)
		json_object_set_new(json_object_get(reply, holder), "FailureReason",
				    json_string(center.fails));
	return reply;
}

static json_t *job_start(const struct fake_aws *f, const char *holder, const char *scope,
			 char *what, bool add)
{
	auto_free char *id = xasprintf("req-%zu", json_object_size(center.jobs) + 1);
	const char *key;
	json_t *job, *other;

	json_object_foreach(center.jobs, key, other)
	{
		if (strcmp(in_text(other, "status"), "IN_PROGRESS") == 0 &&
		    strcmp(in_text(other, "scope"), scope) == 0)
			center.shared++;
	}
	job = json_pack("{s:s, s:s, s:b, s:s}", "scope", scope, "what", what, "add", add, "status",
			"IN_PROGRESS");
	json_object_set_new(job, "until", json_integer(f->now_us + center.lasts_us));
	json_object_set_new(center.jobs, id, job);
	free(what);
	if (++center.under_way > center.most)
		center.most = center.under_way;
	return job_reply(holder, id, job);
}

static void job_finish(json_t *job)
{
	bool fails = center.fails != NULL && strcmp(in_text(job, "scope"), center.fails_in) == 0;
	const char *what = in_text(job, "what");

	center.under_way--;
	json_object_set_new(job, "status", json_string(fails ? "FAILED" : "SUCCEEDED"));
	if (fails)
		return;
	if (json_is_true(json_object_get(job, "add")))
		json_object_set_new(center.assigned, what, json_true());
	else
		json_object_del(center.assigned, what);
	json_object_del(center.stale, what);
}

static json_t *job_status(const struct fake_aws *f, const char *holder, const json_t *in,
			  const char *member, const char **code)
{
	json_t *job = json_object_get(center.jobs, in_text(in, member));

	if (job == NULL || strcmp(in_text(in, "InstanceArn"), SSO) != 0)
		return refused(code, "ResourceNotFoundException");
	if (f->now_us >= json_integer_value(json_object_get(job, "until")) &&
	    strcmp(in_text(job, "status"), "IN_PROGRESS") == 0)
		job_finish(job);
	return job_reply(holder, in_text(in, member), job);
}

static char *assigned_key(const json_t *in)
{
	return xasprintf("%s %s %s %s", in_text(in, "PermissionSetArn"), in_text(in, "TargetId"),
			 in_text(in, "PrincipalType"), in_text(in, "PrincipalId"));
}

static json_t *pair_list(const json_t *in)
{
	auto_free char *pair =
	    xasprintf("%s %s ", in_text(in, "PermissionSetArn"), in_text(in, "AccountId"));
	json_t *list = json_array(), *value;
	const char *key;

	json_object_foreach(center.assigned, key, value)
	{
		char type[16], who[32];

		if (strncmp(key, pair, strlen(pair)) == 0 &&
		    sscanf(key + strlen(pair), "%15s %31s", type, who) == 2)
			json_array_append_new(
			    list,
			    json_pack("{s:s, s:s, s:s, s:s}", "AccountId", in_text(in, "AccountId"),
				      "PermissionSetArn", in_text(in, "PermissionSetArn"),
				      "PrincipalType", type, "PrincipalId", who));
	}
	return json_pack("{s:o}", "AccountAssignments", list);
}

static json_t *center_sso(const struct fake_aws *f, const char *op, const json_t *in,
			  const char **code)
{
	const char *set = in_text(in, "PermissionSetArn");

	if (strcmp(op, "CreateAccountAssignment") == 0)
		return job_start(f, "AccountAssignmentCreationStatus", in_text(in, "TargetId"),
				 assigned_key(in), true);
	if (strcmp(op, "DeleteAccountAssignment") == 0)
		return job_start(f, "AccountAssignmentDeletionStatus", in_text(in, "TargetId"),
				 assigned_key(in), false);
	if (strcmp(op, "ProvisionPermissionSet") == 0)
		return job_start(f, "PermissionSetProvisioningStatus", set, xstrdup(set), false);
	if (strcmp(op, "DescribeAccountAssignmentCreationStatus") == 0)
		return job_status(f, "AccountAssignmentCreationStatus", in,
				  "AccountAssignmentCreationRequestId", code);
	if (strcmp(op, "DescribeAccountAssignmentDeletionStatus") == 0)
		return job_status(f, "AccountAssignmentDeletionStatus", in,
				  "AccountAssignmentDeletionRequestId", code);
	if (strcmp(op, "DescribePermissionSetProvisioningStatus") == 0)
		return job_status(f, "PermissionSetProvisioningStatus", in,
				  "ProvisionPermissionSetRequestId", code);
	if (strcmp(op, "ListAccountAssignments") == 0)
		return pair_list(in);
	if (strcmp(op, "ListAccountsForProvisionedPermissionSet") == 0)
		return json_pack("{s:o}", "AccountIds",
				 json_object_get(center.stale, set) != NULL
				     ? json_pack("[s]", "200000000001")
				     : json_array());
	return refused(code, "InvalidAction");
}

static json_t *center_perform(struct fake_aws *f, const char *op, const json_t *in,
			      const char **code)
{
	auto_free char *member = xasprintf("%s %s", in_text(in, "GroupId"),
					   in_text(json_object_get(in, "MemberId"), "UserId"));
	const char *name = in_text(in, "DisplayName"), *id;

	if (strcmp(op, "CreateGroup") == 0) {
		json_object_set_new(center.groups, name, json_string("g-new"));
		return json_pack("{s:s}", "GroupId", "g-new");
	}
	if (strcmp(op, "GetGroupId") == 0) {
		id = in_text(center.groups, "new");
		return *id == '\0' ? refused(code, "ResourceNotFoundException")
				   : json_pack("{s:s}", "GroupId", id);
	}
	if (strcmp(op, "DescribeGroup") == 0)
		return json_pack("{s:s, s:s, s:s}", "GroupId", in_text(in, "GroupId"),
				 "DisplayName", "new", "IdentityStoreId", STORE);
	if (strcmp(op, "CreateGroupMembership") == 0) {
		json_object_set_new(center.members, member, json_string("m-1"));
		return json_pack("{s:s}", "MembershipId", "m-1");
	}
	if (strcmp(op, "GetGroupMembershipId") == 0) {
		id = in_text(center.members, member);
		return *id == '\0' ? refused(code, "ResourceNotFoundException")
				   : json_pack("{s:s}", "MembershipId", id);
	}
	return center_sso(f, op, in, code);
}

static char *text_of_sides(bool live)
{
	auto_buf out = BUF_INIT(1u << 16);

	buf_printf(&out, "%s", live ? "organization id=o-a1\n" : "organization\n");
	for (unsigned i = 1; i <= accounts; i++) {
		if (live)
			buf_printf(&out, "account/~2%011u name=a%02u email=a%02u@x.io unit=root\n",
				   i, i, i);
		else
			buf_printf(&out, "account/a%02u email=a%02u@x.io unit=root\n", i, i);
	}
	for (char set = 'a'; set < 'a' + SETS; set++) {
		if (live)
			buf_printf(&out, "permission_set/~" ARN "%c name=%c\n", set, set);
		else
			buf_printf(&out, "permission_set/%c\n", set);
	}
	buf_puts(&out, live ? "identity_group/~g-1 name=ds\nidentity_group/~g-2 name=ops\n"
			      "identity_group/~g-3 name=qa\nidentity_user/~u-1 name=ada\n"
			      "assignment/~" ARN "a/200000000001/user/u-9"
			      " id=" ARN "a/200000000001/USER/u-9\n"
			    : "identity_group/ds\nidentity_group/ops\nidentity_group/qa\n"
			      "identity_group/new\nidentity_user/ada\n");
	for (unsigned i = 1; i <= accounts && !live; i++)
		buf_printf(&out,
			   "assignment/a/a%02u/group/ds\nassignment/a/a%02u/group/ops\n"
			   "assignment/a/a%02u/group/qa\n",
			   i, i, i);
	return buf_take(&out);
}

static int setup(void **state)
{
	auto_free char *live = text_of_sides(true), *head = text_of_sides(false);
	struct scene *s = scene_new(live, head);
	struct world *world = &s->sides.live->world;

	*state = s;
	center = (struct center){.assigned = json_object(),
				 .jobs = json_object(),
				 .members = json_object(),
				 .groups = json_object(),
				 .stale = json_object(),
				 .lasts_us = 4 * SECOND};
	s->aws.other = center_perform;
	world->instance_arn = text_str(s->arena, SSO);
	world->identity_store = text_str(s->arena, STORE);
	return 0;
}

static int teardown(void **state)
{
	json_decref(center.assigned);
	json_decref(center.jobs);
	json_decref(center.members);
	json_decref(center.groups);
	json_decref(center.stale);
	scene_free(*state);
	return 0;
}

static struct call *call_edge(struct scene *s, unsigned account, const char *group, bool add)
{
	const char *address = arena_printf(s->arena, "assignment/a/a%02u/group/%s", account, group);
	struct call *c = scene_call(
	    s, add ? OP_SSO_ADMIN_CreateAccountAssignment : OP_SSO_ADMIN_DeleteAccountAssignment,
	    address, NULL, 0);
	const char *target = arena_printf(s->arena, "2%011u", account);
	const char *id = strcmp(group, "ds") == 0    ? "g-1"
			 : strcmp(group, "ops") == 0 ? "g-2"
						     : "g-3";

	call_input(&s->calls, c,
		   json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "InstanceArn", SSO, "TargetId",
			     target, "TargetType", "AWS_ACCOUNT", "PermissionSetArn", ARN "a",
			     "PrincipalType", "GROUP", "PrincipalId", id));
	*(add ? &c->makes : &c->ends) = scene_text(s, address);
	return c;
}

static void assigned(const char *account, const char *type, const char *who)
{
	auto_free char *key = xasprintf(ARN "a %s %s %s", account, type, who);

	json_object_set_new(center.assigned, key, json_true());
}

/* Of sixty in twenty accounts fifteen are under way, never two in an account, and as soon as one
 * ends the next goes: the same each time. */
static void test_many_at_once_and_one_in_an_account(void **state)
{
	struct scene *s = *state;
	static const char *const groups[] = {"ds", "ops", "qa"};

	for (unsigned i = 0; i < 3 * accounts; i++)
		call_edge(s, i % accounts + 1, groups[i / accounts], true);
	s->options.fresh_us = 600 * SECOND;
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(center.shared, 0);
	assert_int_equal(center.most, 15);
	assert_int_equal(json_object_size(center.assigned), 60);
	assert_int_equal(fake_count(&s->aws, "ListAccountAssignments"), 0);
	/* The first are asked for after 1, 1.5, 2.25, 3.4 and 5 s; then it is known how long they
	 * last, and one question is enough for nearly all. Four rounds of fifteen. */
	assert_in_range(fake_count(&s->aws, "DescribeAccountAssignmentCreationStatus"), 120, 150);
	assert_in_range(s->aws.now_us, 16 * SECOND, 21 * SECOND);
}

/* Neither jobs that are over at once nor long ones are asked for too often or too late. */
static void test_status_is_asked_for_when_it_is_due(void **state)
{
	struct scene *s = *state;
	static const char *const groups[] = {"ds", "ops", "qa"};
	static const struct {
		int64_t lasts_us;
		int least_s, most_s;
		unsigned polls;
	} rows[] = {{0, 0, 4, 70}, {20 * SECOND, 80, 92, 400}};

	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		teardown(state);
		setup(state);
		s = *state;
		center.lasts_us = rows[r].lasts_us;
		for (unsigned i = 0; i < 3 * accounts; i++)
			call_edge(s, i % accounts + 1, groups[i / accounts], true);
		s->options.fresh_us = 600 * SECOND;
		assert_int_equal(scene_run(s), EXIT_DONE);
		assert_in_range(s->aws.now_us, rows[r].least_s * SECOND, rows[r].most_s * SECOND);
		assert_in_range(fake_count(&s->aws, "DescribeAccountAssignmentCreationStatus"), 60,
				rows[r].polls);
	}
}

static void test_first_come_in_the_order_of_the_plan(void **state)
{
	struct scene *s = *state;
	auto_buf got = BUF_INIT(4096);

	call_edge(s, 1, "ds", true);
	call_edge(s, 2, "ds", true);
	call_edge(s, 1, "ops", true);
	call_edge(s, 1, "qa", true);
	call_edge(s, 3, "ds", true);
	assert_int_equal(scene_run(s), EXIT_DONE);
	for (size_t i = 0; i < json_array_size(s->aws.log); i++) {
		const char *line = json_string_value(json_array_get(s->aws.log, i));

		buf_printf(&got, "%.3s %.3s\n", strstr(line, "PrincipalId\":\"") + 14,
			   strstr(line, "TargetId\":\"") + 11 + 9);
	}
	assert_string_equal(buf_str(&got), "g-1 001\ng-1 002\ng-1 003\ng-2 001\ng-3 001\n");
	assert_int_equal(center.shared, 0);
}

/* Whatever is done in it. */
static void test_gain_and_loss_in_one_account(void **state)
{
	struct scene *s = *state;

	assigned("200000000001", "GROUP", "g-2");
	call_edge(s, 1, "ds", true);
	call_edge(s, 1, "ops", false);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(center.shared, 0);
	assert_int_equal(json_object_size(center.assigned), 1);
}

static void test_provisioning(void **state)
{
	struct scene *s = *state;

	for (char set = 'a'; set < 'a' + SETS; set++) {
		const char *arn = arena_printf(s->arena, ARN "%c", set);
		const char *address = arena_printf(s->arena, "permission_set/%c", set);
		struct call *c =
		    scene_call(s, OP_SSO_ADMIN_ProvisionPermissionSet, address,
			       json_pack("{s:s, s:s, s:s}", "InstanceArn", SSO, "PermissionSetArn",
					 arn, "TargetType", "ALL_PROVISIONED_ACCOUNTS"),
			       0);

		if (set == 'b') /* of which it is known that it is behind */
			call_fact(&s->calls, c, scene_text(s, address), KIND_PERMISSION_SET,
				  PSET_PROVISIONED, NULL, value_str(s->arena, "not in a01"),
				  value_str(s->arena, PROVISIONED_EVERYWHERE));
	}
	json_object_set_new(center.stale, ARN "b", json_true());
	s->options.fresh_us = 0;
	s->options.read_us = -SECOND;
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(center.most, 3);
	assert_int_equal(json_object_size(center.stale), 0);
	assert_int_equal(fake_count(&s->aws, "ListAccountsForProvisionedPermissionSet"), 1);
}

/* AWS's reason is told; the next of the account goes all the same. */
static void test_job_fails(void **state)
{
	struct scene *s = *state;

	center.fails = "Received a 404 status error: Not supported for this account.";
	center.fails_in = "200000000001";
	call_edge(s, 1, "ds", true);
	call_edge(s, 1, "ops", true);
	call_edge(s, 2, "ds", true);
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_FAILED);
	expect_said(s, 1, "AWS began, and then failed: Received a 404");
	expect_state(s, 2, CALL_FAILED);
	expect_state(s, 3, CALL_DONE);
	assert_int_equal(fake_count(&s->aws, "CreateAccountAssignment"), 3);
}

static void test_begin_was_lost(void **state)
{
	struct scene *s = *state;

	center.lasts_us = 0;
	s->aws.fault[0] =
	    (struct fault){.op = "CreateAccountAssignment", .nth = 1, .kind = FAULT_LOST_BEFORE};
	call_edge(s, 1, "ds", true);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(fake_count(&s->aws, "CreateAccountAssignment"), 2);
	assert_int_equal(fake_count(&s->aws, "ListAccountAssignments"), 2);
	assert_string_equal(journal_states(s), "1 send, 1 lost, 1 send, 1 job, 1 done");
}

/* A run that was killed had begun two; the third is taken from where it is no more. One reading
 * shows all of a set in an account. */
static void test_begun_by_an_earlier_run(void **state)
{
	struct scene *s = *state;

	assigned("200000000001", "GROUP", "g-1");
	assigned("200000000001", "GROUP", "g-2");
	call_edge(s, 1, "ds", true);
	call_edge(s, 1, "ops", true);
	call_edge(s, 1, "qa", true);
	s->options.read_us = -300 * SECOND;
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(fake_count(&s->aws, "CreateAccountAssignment"), 1);
	assert_int_equal(fake_count(&s->aws, "ListAccountAssignments"), 1);
	assert_int_equal(json_object_size(center.assigned), 3);
}

/* Its principal has no name any more, only the id in its address. */
static void test_assignment_of_nobody(void **state)
{
	struct scene *s = *state;
	const char *address = "assignment/a/a01/user/~u-9";
	struct call *c =
	    scene_call(s, OP_SSO_ADMIN_DeleteAccountAssignment, address,
		       json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "InstanceArn", SSO, "TargetId",
				 "200000000001", "TargetType", "AWS_ACCOUNT", "PermissionSetArn",
				 ARN "a", "PrincipalType", "USER", "PrincipalId", "u-9"),
		       0);

	c->ends = scene_text(s, address);
	assert_true(c->change != CALL_RECORD);
	assigned("200000000001", "USER", "u-9");
	s->options.read_us = -300 * SECOND;
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(fake_count(&s->aws, "ListAccountAssignments"), 1);
	assert_int_equal(fake_count(&s->aws, "DeleteAccountAssignment"), 1);
	assert_int_equal(json_object_size(center.assigned), 0);
}

/* Waited out for minutes, and then it says what to do; a name that is there is not waited for. */
static void test_conflicts(void **state)
{
	struct scene *s = *state;
	struct call *c;

	s->aws.fault[0] = (struct fault){.op = "CreateAccountAssignment",
					 .nth = 1,
					 .until = 99,
					 .kind = FAULT_REFUSED,
					 .code = "ConflictException"};
	s->aws.fault[1] = (struct fault){
	    .op = "CreateGroup", .nth = 1, .kind = FAULT_REFUSED, .code = "ConflictException"};
	s->options.fresh_us = 3600 * SECOND;
	call_edge(s, 1, "ds", true);
	c = scene_call(s, OP_IDENTITY_STORE_CreateGroup, "identity_group/new",
		       json_pack("{s:s, s:s}", "IdentityStoreId", STORE, "DisplayName", "new"), 0);
	c->makes = scene_text(s, "identity_group/new");
	json_object_set_new(center.groups, "new", json_string("g-77"));
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_FAILED);
	expect_said(s, 1, "apply again when that has ended");
	assert_int_equal(fake_count(&s->aws, "CreateAccountAssignment"), 12);
	expect_state(s, 2, CALL_DONE);
	assert_int_equal(fake_count(&s->aws, "CreateGroup"), 1);
	assert_string_equal(s->out.result[1].id->s, "g-77");
}

/* Of a group that this run makes: by the ids that are known by then. */
static void test_membership_was_lost(void **state)
{
	struct scene *s = *state;
	struct call *c =
	    scene_call(s, OP_IDENTITY_STORE_CreateGroup, "identity_group/new",
		       json_pack("{s:s, s:s}", "IdentityStoreId", STORE, "DisplayName", "new"), 0);

	c->makes = scene_text(s, "identity_group/new");
	c = scene_call(s, OP_IDENTITY_STORE_CreateGroupMembership, "identity_group/new",
		       json_pack("{s:s, s:s, s:{s:s}}", "IdentityStoreId", STORE, "GroupId",
				 "${identity_group/new.id}", "MemberId", "UserId", "u-1"),
		       1);
	call_uses(&s->calls, c, scene_text(s, "identity_group/new"));
	call_fact(&s->calls, c, scene_text(s, "identity_group/new"), KIND_IDENTITY_GROUP,
		  IDGROUP_MEMBERS, scene_text(s, "identity_user/ada"), VALUE_EMPTY,
		  value_str(s->arena, "identity_user/ada"));
	s->aws.fault[0] =
	    (struct fault){.op = "CreateGroupMembership", .nth = 1, .kind = FAULT_LOST_AFTER};
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(fake_count(&s->aws, "CreateGroupMembership"), 1);
	assert_int_equal(fake_count(&s->aws, "GetGroupMembershipId"), 1);
}

/* What AWS works on is left to it, and nothing else begins. */
static void test_interrupted(void **state)
{
	struct scene *s = *state;

	scene_interrupt(s, 1);
	call_edge(s, 1, "ds", true);
	call_edge(s, 1, "ops", true);
	scene_run(s);
	expect_state(s, 1, CALL_UNKNOWN);
	expect_said(s, 1, "AWS goes on with it");
	expect_state(s, 2, CALL_SKIPPED);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_many_at_once_and_one_in_an_account),
	    TEST(test_status_is_asked_for_when_it_is_due),
	    TEST(test_first_come_in_the_order_of_the_plan),
	    TEST(test_gain_and_loss_in_one_account),
	    TEST(test_provisioning),
	    TEST(test_job_fails),
	    TEST(test_begin_was_lost),
	    TEST(test_begun_by_an_earlier_run),
	    TEST(test_assignment_of_nobody),
	    TEST(test_conflicts),
	    TEST(test_membership_was_lost),
	    TEST(test_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The execution against a tiny AWS with faults, in its own time. */
#include "tests/unit/execute_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define WORK "ou-abcd-11111111"
#define DEV  "222222222222"
#define ARN  "arn:aws:iam::" MAIN ":"

static const char live_text[] =
    "organization id=o-a1\n"
    "unit/~" WORK " id=" WORK " name=Work parent=root\n"
    "account/~" DEV " id=" DEV " name=dev email=dev@x.io unit=root tags={team=a}\n"
    "policy/~p-aaaaaaaa id=p-aaaaaaaa name=deny\n"
    "account/~" MAIN " id=" MAIN " name=main email=main@x.io unit=root\n"
    "iam_policy/~" MAIN "/p id=" ARN "policy/p\n"
    "iam_user/~" MAIN "/alice id=" ARN "user/alice\n"
    "iam_user/~" MAIN "/bob id=" ARN "user/bob\n";
static const char head_text[] = "organization\n"
				"unit/Work\n"
				"unit/Lab\n"
				"account/dev email=dev@x.io unit=unit/Work\n"
				"account/new email=new@x.io unit=unit/Work\n"
				"policy/deny\n"
				"account/main email=main@x.io unit=root\n"
				"iam_policy/main/p\n"
				"iam_user/main/alice\n"
				"iam_user/main/bob\n";

static int setup(void **state)
{
	struct scene *s = scene_new(live_text, head_text);

	*state = s;
	fake_unit(&s->aws, WORK, ROOT, "Work");
	fake_account(&s->aws, DEV, ROOT, "dev", "dev@x.io");
	fake_tag(&s->aws, DEV, "team", "a");
	return 0;
}

static int teardown(void **state)
{
	scene_free(*state);
	return 0;
}

static void call_tag(struct scene *s, const char *address, const char *id, const char *key,
		     const char *before, const char *after, uint32_t need)
{
	struct call *c = scene_call(s, OP_ORGANIZATIONS_TagResource, address,
				    json_pack("{s:s, s:[{s:s, s:s}]}", "ResourceId", id, "Tags",
					      "Key", key, "Value", after),
				    need);
	bool account = str_starts(address, "account");

	call_fact(&s->calls, c, scene_text(s, address), account ? KIND_ACCOUNT : KIND_ORGANIZATION,
		  account ? ACCOUNT_TAGS : ORG_TAGS, scene_text(s, key),
		  value_str(s->arena, before), value_str(s->arena, after));
}

static void call_unit(struct scene *s)
{
	struct call *c = scene_call(s, OP_ORGANIZATIONS_CreateOrganizationalUnit, "unit/Lab",
				    json_pack("{s:s, s:s}", "ParentId", ROOT, "Name", "Lab"), 0);

	c->makes = scene_text(s, "unit/Lab");
}

static void call_move(struct scene *s, const char *account, const char *id, const char *unit,
		      uint32_t need)
{
	struct call *c = scene_call(s, OP_ORGANIZATIONS_MoveAccount, account, NULL, need);
	const char *to = arena_printf(s->arena, "${%s.id}", unit);

	call_input(&s->calls, c,
		   json_pack("{s:s, s:s, s:s}", "AccountId", id, "SourceParentId", ROOT,
			     "DestinationParentId", to));
	call_uses(&s->calls, c, scene_text(s, unit));
	call_uses(&s->calls, c, scene_text(s, account));
	call_fact(&s->calls, c, scene_text(s, account), KIND_ACCOUNT, ACCOUNT_UNIT, NULL,
		  value_str(s->arena, "root"), value_str(s->arena, unit));
}

static void call_account(struct scene *s)
{
	struct call *c =
	    scene_call(s, OP_ORGANIZATIONS_CreateAccount, "account/new",
		       json_pack("{s:s, s:s}", "AccountName", "new", "Email", "new@x.io"), 0);

	c->makes = scene_text(s, "account/new");
}

static void call_attach(struct scene *s)
{
	struct call *c =
	    scene_call(s, OP_ORGANIZATIONS_AttachPolicy, "account/dev",
		       json_pack("{s:s, s:s}", "PolicyId", "p-aaaaaaaa", "TargetId", DEV), 0);

	call_fact(&s->calls, c, scene_text(s, "account/dev"), KIND_ACCOUNT, ACCOUNT_POLICIES,
		  scene_text(s, "policy/deny"), VALUE_EMPTY, value_str(s->arena, "policy/deny"));
}

static void test_ids_reach_those_who_need_them(void **state)
{
	struct scene *s = *state;

	call_unit(s);
	call_move(s, "account/dev", DEV, "unit/Lab", 1);
	call_tag(s, "organization", ROOT, "k", NULL, "v", 2);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(s->out.done, 3);
	assert_true(s->out.mutated);
	expect_log(s, 1,
		   "MoveAccount {\"AccountId\":\"" DEV
		   "\",\"DestinationParentId\":\"ou-abcd-00000001\",\"SourceParentId\":\"" ROOT
		   "\"}");
	assert_string_equal(s->out.result[0].id->s, "ou-abcd-00000001");
	assert_int_equal(fake_count(&s->aws, "ListOrganizationalUnitsForParent"), 0);
	assert_string_equal(journal_states(s), "1 send, 1 done, 2 send, 2 done, 3 send, 3 done");
}

static void test_one_writer_and_smallest_number_first(void **state)
{
	struct scene *s = *state;

	for (int i = 0; i < 8; i++)
		call_tag(s, "organization", ROOT, arena_printf(s->arena, "k%d", i), NULL, "v", 0);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(s->aws.writes_max, 1);
	for (size_t i = 0; i < 8; i++)
		expect_log(s, i,
			   arena_printf(s->arena,
					"TagResource {\"ResourceId\":\"" ROOT
					"\",\"Tags\":[{\"Key\":\"k%zu\",\"Value\":\"v\"}]}",
					i));
}

static void test_a_failure_skips_what_needs_it(void **state)
{
	struct scene *s = *state;

	s->aws.fault[0] = (struct fault){.op = "CreateOrganizationalUnit",
					 .nth = 1,
					 .kind = FAULT_REFUSED,
					 .code = "ConstraintViolationException"};
	call_unit(s);
	call_move(s, "account/dev", DEV, "unit/Lab", 1);
	call_tag(s, "account/dev", DEV, "x", NULL, "v", 2);
	call_tag(s, "organization", ROOT, "k", NULL, "v", 0);
	call_tag(s, "organization", ROOT, "charter:applied/x", NULL, "v", 0);
	s->calls.list.at[4].order = (const uint32_t[]){1, 2, 3, 4};
	s->calls.list.at[4].order_n = 4;
	s->plan.end_call = 5;
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_FAILED);
	assert_string_equal(s->out.result[0].code, "ConstraintViolationException");
	expect_state(s, 2, CALL_SKIPPED);
	expect_said(s, 2, "call 1 (CreateOrganizationalUnit, unit/Lab) did not succeed");
	expect_state(s, 3, CALL_SKIPPED);
	expect_state(s, 4, CALL_DONE);
	expect_state(s, 5, CALL_SKIPPED);
	expect_said(s, 5, "not everything before it succeeded");
	assert_null(fake_tag_of(&s->aws, ROOT, "charter:applied/x"));
}

static void test_lost_before_is_sent_again_after_two_readings(void **state)
{
	struct scene *s = *state;
	int64_t begun = s->aws.now_us;

	s->aws.fault[0] = (struct fault){.op = "TagResource", .nth = 1, .kind = FAULT_LOST_BEFORE};
	call_tag(s, "account/dev", DEV, "team", "a", "b", 0);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(fake_count(&s->aws, "TagResource"), 2);
	assert_int_equal(fake_count(&s->aws, "ListTagsForResource"), 2);
	assert_true(s->aws.now_us - begun >= 2 * SECOND);
	assert_string_equal(journal_states(s), "1 send, 1 lost, 1 send, 1 done");
}

static void test_lost_after_is_not_sent_again(void **state)
{
	struct scene *s = *state;

	s->aws.fault[0] =
	    (struct fault){.op = "CreateOrganizationalUnit", .nth = 1, .kind = FAULT_LOST_AFTER};
	s->aws.fault[1] = (struct fault){.op = "TagResource", .nth = 1, .kind = FAULT_LOST_AFTER};
	call_unit(s);
	call_move(s, "account/dev", DEV, "unit/Lab", 1);
	call_tag(s, "organization", ROOT, "k", NULL, "v", 0);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(fake_count(&s->aws, "CreateOrganizationalUnit"), 1);
	assert_int_equal(fake_count(&s->aws, "TagResource"), 1);
	assert_string_equal(s->out.result[0].id->s, "ou-abcd-00000001");
	assert_string_equal(fake_parent_of(&s->aws, DEV), "ou-abcd-00000001");
}

static void test_three_times_lost_is_unknown(void **state)
{
	struct scene *s = *state;

	s->aws.fault[0] =
	    (struct fault){.op = "TagResource", .nth = 1, .until = 99, .kind = FAULT_LOST_BEFORE};
	call_tag(s, "organization", ROOT, "k", NULL, "v", 0);
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_UNKNOWN);
	expect_said(s, 1, "sent three times");
	assert_int_equal(fake_count(&s->aws, "TagResource"), 3);
}

/* Lost, and then not to be read: nobody knows. */
static void test_lost_and_unreadable_is_unknown(void **state)
{
	struct scene *s = *state;

	s->aws.fault[0] = (struct fault){.op = "TagResource", .nth = 1, .kind = FAULT_LOST_AFTER};
	s->aws.fault[1] = (struct fault){.op = "ListTagsForResource",
					 .nth = 1,
					 .until = 99,
					 .kind = FAULT_REFUSED,
					 .code = "AccessDeniedException"};
	call_tag(s, "organization", ROOT, "k", NULL, "v", 0);
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_UNKNOWN);
	expect_said(s, 1, "AccessDeniedException");
	assert_int_equal(fake_count(&s->aws, "TagResource"), 1);
}

static void test_already_so(void **state)
{
	struct scene *s = *state;

	s->aws.fault[0] = (struct fault){.op = "AttachPolicy",
					 .nth = 1,
					 .kind = FAULT_REFUSED_DONE,
					 .code = "DuplicatePolicyAttachmentException"};
	call_attach(s);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_string_equal(journal_states(s), "1 send, 1 already, 1 done");
}

static void test_already_but_not_so(void **state)
{
	struct scene *s = *state;

	s->aws.fault[0] = (struct fault){.op = "AttachPolicy",
					 .nth = 1,
					 .kind = FAULT_REFUSED,
					 .code = "DuplicatePolicyAttachmentException"};
	call_attach(s);
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_FAILED);
	expect_said(s, 1, "because");
	assert_int_equal(fake_count(&s->aws, "ListTargetsForPolicy"), 2);
	assert_int_equal(fake_count(&s->aws, "AttachPolicy"), 1);
}

static void scene_age(struct scene *s)
{
	s->aws.now_us = 61 * SECOND;
}

static void test_old_reading_is_made_anew(void **state)
{
	struct scene *s = *state;

	scene_age(s);
	fake_tag(&s->aws, DEV, "other", "foreign");
	call_tag(s, "account/dev", DEV, "team", "a", "b", 0);
	call_tag(s, "account/dev", DEV, "mine", NULL, "m", 0);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(fake_count(&s->aws, "ListTagsForResource"), 1);
	assert_string_equal(fake_tag_of(&s->aws, DEV, "team"), "b");
	assert_string_equal(fake_tag_of(&s->aws, DEV, "mine"), "m");
}

/* Throttled for so long that the reading grows old: it is made anew before the call goes out. */
static void test_throttled_until_the_reading_is_old(void **state)
{
	struct scene *s = *state;

	s->aws.fault[0] = (struct fault){.op = "TagResource",
					 .nth = 1,
					 .until = 11,
					 .kind = FAULT_REFUSED,
					 .code = "TooManyRequestsException"};
	call_tag(s, "account/dev", DEV, "team", "a", "b", 0);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_true(s->aws.now_us > 60 * SECOND);
	assert_in_range(fake_count(&s->aws, "ListTagsForResource"), 1, 4);
	assert_string_equal(fake_tag_of(&s->aws, DEV, "team"), "b");
	assert_non_null(strstr(journal_states(s), "1 send, 1 late, 1 send"));
}

/* Someone else writes meanwhile. */
static void another_writes(struct fake_aws *f, const char *op)
{
	if (strcmp(op, "ListTagsForResource") == 0)
		fake_tag(f, DEV, "team", "someone's");
}

static void test_throttled_and_then_stale(void **state)
{
	struct scene *s = *state;

	s->aws.before = another_writes;
	s->aws.fault[0] = (struct fault){.op = "TagResource",
					 .nth = 1,
					 .until = 99,
					 .kind = FAULT_REFUSED,
					 .code = "TooManyRequestsException"};
	call_tag(s, "account/dev", DEV, "team", "a", "b", 0);
	assert_int_equal(scene_run(s), EXIT_STALE);
	expect_state(s, 1, CALL_STALE);
	assert_string_equal(fake_tag_of(&s->aws, DEV, "team"), "someone's");
}

static void test_throttled_for_ever(void **state)
{
	struct scene *s = *state;

	s->aws.fault[0] = (struct fault){.op = "TagResource",
					 .nth = 1,
					 .until = 999,
					 .kind = FAULT_REFUSED,
					 .code = "TooManyRequestsException"};
	call_tag(s, "account/dev", DEV, "team", "a", "b", 0);
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_FAILED);
	assert_true(s->aws.now_us < 600 * SECOND);
	assert_false(s->out.mutated);
}

static void account_ask(struct scene *s, const char *email)
{
	client_send(s->client,
		    &(struct client_request){
			.op = &ops[OP_ORGANIZATIONS_CreateAccount],
			.input = json_pack("{s:s, s:s}", "AccountName", "x", "Email", email)});
	loop_run(s->loop);
}

/* Accounts may be asked for seldom; the one that waits for it keeps nobody else from writing. */
static void test_account_waits_without_a_lane(void **state)
{
	struct scene *s = *state;
	int64_t begun;

	client_free(s->client);
	loop_free(s->loop);
	free(s->env.random);
	scene_client(s, 70);
	account_ask(s, "a@x.io");
	account_ask(s, "b@x.io");
	begun = s->options.read_us = s->aws.now_us;
	call_account(s);
	for (int i = 0; i < 3; i++)
		call_tag(s, "organization", ROOT, arena_printf(s->arena, "k%d", i), NULL, "v", 0);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_true(s->aws.now_us - begun > 10 * SECOND);
	for (size_t i = 2; i < 5; i++)
		assert_non_null(
		    strstr(json_string_value(json_array_get(s->aws.log, i)), "TagResource"));
	expect_log(s, 5, "CreateAccount {\"AccountName\":\"new\",\"Email\":\"new@x.io\"}");
}

static void test_refusal_says_what_to_do(void **state)
{
	struct scene *s = *state;
	struct call *c;

	s->aws.fault[0] = (struct fault){.op = "DeletePolicy",
					 .nth = 1,
					 .until = 99,
					 .kind = FAULT_REFUSED,
					 .code = "DeleteConflict"};
	c = scene_call(s, OP_IAM_DeletePolicy, "iam_policy/main/p",
		       json_pack("{s:s}", "PolicyArn", ARN "policy/p"), 0);
	c->ends = scene_text(s, "iam_policy/main/p");
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_FAILED);
	expect_said(s, 1, "because");
	expect_said(s, 1, "Detach it there (aws iam list-entities-for-policy shows where)");
}

static void test_what_changed_is_stale(void **state)
{
	struct scene *s = *state;

	scene_age(s);
	fake_tag(&s->aws, DEV, "team", "someone's");
	call_tag(s, "account/dev", DEV, "team", "a", "b", 0);
	call_move(s, "account/dev", DEV, "unit/Work", 1);
	assert_int_equal(scene_run(s), EXIT_STALE);
	expect_state(s, 1, CALL_STALE);
	expect_state(s, 2, CALL_SKIPPED);
	assert_false(s->out.mutated);
	assert_string_equal(fake_tag_of(&s->aws, DEV, "team"), "someone's");
	assert_string_equal(journal_states(s), "");
}

/* A change that met something else stops with all its calls; the others go on. */
static void test_stale_stops_its_change_alone(void **state)
{
	struct scene *s = *state;

	scene_age(s);
	fake_tag(&s->aws, DEV, "team", "someone's");
	call_tag(s, "account/dev", DEV, "team", "a", "b", 0);
	call_tag(s, "account/dev", DEV, "mine", NULL, "m", 0);
	call_tag(s, "organization", ROOT, "k", NULL, "v", 0);
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_STALE);
	expect_state(s, 2, CALL_SKIPPED);
	expect_said(s, 2, "its change stopped");
	expect_state(s, 3, CALL_DONE);
	assert_null(fake_tag_of(&s->aws, DEV, "mine"));
}

static void test_what_is_so_already_is_not_sent(void **state)
{
	struct scene *s = *state;

	scene_age(s);
	fake_tag(&s->aws, DEV, "team", "b");
	fake_unit(&s->aws, "ou-abcd-77777777", ROOT, "Lab");
	call_tag(s, "account/dev", DEV, "team", "a", "b", 0);
	call_unit(s);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(json_array_size(s->aws.log), 0);
	assert_string_equal(s->out.result[1].id->s, "ou-abcd-77777777");
}

static void test_unreadable_is_not_sent(void **state)
{
	struct scene *s = *state;

	scene_age(s);
	s->aws.fault[0] = (struct fault){.op = "ListTagsForResource",
					 .nth = 1,
					 .until = 99,
					 .kind = FAULT_REFUSED,
					 .code = "AccessDeniedException"};
	call_tag(s, "account/dev", DEV, "team", "a", "b", 0);
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_FAILED);
	expect_said(s, 1, "nothing was sent: ");
	assert_int_equal(fake_count(&s->aws, "TagResource"), 0);
}

static void test_account_is_made_and_placed(void **state)
{
	struct scene *s = *state;

	s->aws.polls = 4;
	call_account(s);
	call_move(s, "account/new", "${account/new.id}", "unit/Work", 1);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(fake_count(&s->aws, "ListCreateAccountStatus"), 1);
	assert_int_equal(fake_count(&s->aws, "DescribeCreateAccountStatus"), 5);
	assert_string_equal(s->out.result[0].id->s, "000000000902");
	assert_string_equal(fake_parent_of(&s->aws, "000000000902"), WORK);
	assert_string_equal(journal_states(s), "1 send, 1 job, 1 done, 2 send, 2 done");
}

static void test_job_that_fails(void **state)
{
	struct scene *s = *state;

	s->aws.job_fails = "EMAIL_ALREADY_EXISTS";
	call_account(s);
	call_move(s, "account/new", "${account/new.id}", "unit/Work", 1);
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_FAILED);
	assert_string_equal(s->out.result[0].code, "EMAIL_ALREADY_EXISTS");
	expect_said(s, 1, "declare another address");
	expect_state(s, 2, CALL_SKIPPED);
}

static void account_shows_at_last(struct fake_aws *aws, const char *op)
{
	if (strcmp(op, "DescribeCreateAccountStatus") == 0)
		fake_account(aws, "000000000901", "r-abcd", "new", "new@x.io");
}

/* A run that was killed made it, and no listing showed it yet when this one asked: it is ours. */
static void test_job_that_was_done_before(void **state)
{
	struct scene *s = *state;

	s->aws.job_fails = "EMAIL_ALREADY_EXISTS";
	s->aws.before = account_shows_at_last;
	call_account(s);
	call_move(s, "account/new", "${account/new.id}", "unit/Work", 1);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_string_equal(s->out.result[0].id->s, "000000000901");
	assert_string_equal(fake_parent_of(&s->aws, "000000000901"), WORK);
}

/* The answer that named the job is lost: the job is found among those under way, not begun twice.
 */
static void test_job_whose_begin_was_lost(void **state)
{
	struct scene *s = *state;

	s->aws.polls = 3;
	s->aws.fault[0] = (struct fault){.op = "CreateAccount", .nth = 1, .kind = FAULT_LOST_AFTER};
	s->aws.fault[1] = (struct fault){
	    .op = "DescribeCreateAccountStatus", .nth = 2, .kind = FAULT_LOST_BEFORE};
	call_account(s);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(fake_count(&s->aws, "CreateAccount"), 1);
	assert_string_equal(s->out.result[0].id->s, "000000000902");
}

/* A run before this one began it. */
static void test_job_of_an_earlier_run(void **state)
{
	struct scene *s = *state;

	s->aws.polls = 1;
	json_object_set_new(s->aws.creations, "car-9",
			    json_pack("{s:s, s:s, s:s, s:s, s:i}", "Id", "car-9", "State",
				      "IN_PROGRESS", "AccountName", "new", "Email", "new@x.io",
				      "Left", 2));
	call_account(s);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(fake_count(&s->aws, "CreateAccount"), 0);
	assert_false(s->out.mutated);
	assert_string_equal(s->out.result[0].id->s, "000000000901");
}

/* The status is never known: what the job makes is looked for, and it is never begun again. */
static void test_job_whose_status_is_never_known(void **state)
{
	struct scene *s = *state;

	s->aws.fault[0] = (struct fault){.op = "DescribeCreateAccountStatus",
					 .nth = 1,
					 .until = 999,
					 .kind = FAULT_REFUSED,
					 .code = "CreateAccountStatusNotFoundException"};
	s->aws.fault[1] = (struct fault){.op = "ListCreateAccountStatus",
					 .nth = 2,
					 .until = 999,
					 .kind = FAULT_REFUSED,
					 .code = "AccessDeniedException"};
	call_account(s);
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_UNKNOWN);
	assert_int_equal(fake_count(&s->aws, "CreateAccount"), 1);
}

/* What was just made may not be known everywhere for some seconds. */
static void test_new_things_are_seen_late(void **state)
{
	struct scene *s = *state;

	s->aws.fault[0] = (struct fault){.op = "MoveAccount",
					 .nth = 1,
					 .until = 4,
					 .kind = FAULT_REFUSED,
					 .code = "AccessDeniedException"};
	call_unit(s);
	call_move(s, "account/dev", DEV, "unit/Lab", 1);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(fake_count(&s->aws, "MoveAccount"), 5);
	assert_true(s->aws.now_us >= (1 + 2 + 4 + 8) * SECOND);
}

static void test_old_things_are_not_waited_for(void **state)
{
	struct scene *s = *state;

	s->aws.fault[0] = (struct fault){
	    .op = "MoveAccount", .nth = 1, .kind = FAULT_REFUSED, .code = "AccessDeniedException"};
	call_move(s, "account/dev", DEV, "unit/Work", 0);
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_FAILED);
}

static void test_interrupt_sends_nothing_more(void **state)
{
	struct scene *s = *state;

	scene_interrupt(s, 2);
	for (int i = 0; i < 5; i++)
		call_tag(s, "organization", ROOT, arena_printf(s->arena, "k%d", i), NULL, "v", 0);
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	assert_true(s->out.interrupted);
	assert_int_equal(s->out.done, 2);
	assert_int_equal(s->out.skipped, 3);
	assert_int_equal(json_array_size(s->aws.log), 2);
	assert_string_equal(journal_states(s), "1 send, 1 done, 2 send, 2 done");
}

static void test_interrupt_leaves_the_job(void **state)
{
	struct scene *s = *state;

	s->aws.polls = 50;
	scene_interrupt(s, 1);
	call_account(s);
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_UNKNOWN);
	expect_said(s, 1, "AWS goes on with it");
	assert_string_equal(journal_states(s), "1 send, 1 job, 1 unknown");
}

static void test_without_a_journal_nothing_is_sent(void **state)
{
	struct scene *s = *state;
	struct rlimit old, small;
	int r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 360; /* one call's two lines, and not a third */
	signal(SIGXFSZ, SIG_IGN);
	for (int i = 0; i < 4; i++)
		call_tag(s, "organization", ROOT, arena_printf(s->arena, "k%d", i), NULL, "v", 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	r = scene_run(s);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(r, -1);
	assert_non_null(strstr(s->err.message, "cannot write"));
	assert_int_equal(json_array_size(s->aws.log), 1);
	expect_state(s, 1, CALL_DONE);
	expect_state(s, 2, CALL_SKIPPED);
	expect_state(s, 4, CALL_SKIPPED);
}

static void call_tag_user(struct scene *s, const char *user, const char *address)
{
	struct call *c = scene_call(
	    s, OP_IAM_TagUser, address,
	    json_pack("{s:s, s:[{s:s, s:s}]}", "UserName", user, "Tags", "Key", "k", "Value", "v"),
	    0);

	call_fact(&s->calls, c, scene_text(s, address), KIND_IAM_USER, USER_TAGS,
		  scene_text(s, "k"), VALUE_EMPTY, value_str(s->arena, "v"));
}

/* One listing shows all users of an account, and serves all calls about them, but not those about
 * policies: what it does not show is not absent. */
static void test_a_listing_serves_its_kind(void **state)
{
	struct scene *s = *state;
	struct call *c;

	scene_age(s);
	call_tag_user(s, "alice", "iam_user/main/alice");
	call_tag_user(s, "bob", "iam_user/main/bob");
	c = scene_call(s, OP_IAM_DetachUserPolicy, "iam_policy/main/p",
		       json_pack("{s:s, s:s}", "UserName", "alice", "PolicyArn", ARN "policy/p"),
		       0);
	call_fact(&s->calls, c, scene_text(s, "iam_user/main/alice"), KIND_IAM_USER, USER_MANAGED,
		  scene_text(s, "iam_policy/main/p"), value_str(s->arena, "iam_policy/main/p"),
		  VALUE_EMPTY);
	c = scene_call(s, OP_IAM_DeletePolicy, "iam_policy/main/p",
		       json_pack("{s:s}", "PolicyArn", ARN "policy/p"), 3);
	c->ends = scene_text(s, "iam_policy/main/p");
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(fake_count(&s->aws, "GetAccountAuthorizationDetails"), 2);
	assert_int_equal(json_array_size(s->aws.log), 4);
	assert_false(s->aws.policy);
	assert_false(s->aws.attached_to_alice);
}

/* A waiting time of nothing must not be taken for the end. */
static void test_without_settling_times(void **state)
{
	struct scene *s = *state;

	s->options.settle_percent = 0;
	s->aws.polls = 3;
	s->aws.fault[0] =
	    (struct fault){.op = "TagResource", .nth = 1, .until = 2, .kind = FAULT_LOST_BEFORE};
	call_tag(s, "organization", ROOT, "k", NULL, "v", 0);
	call_account(s);
	call_move(s, "account/new", "${account/new.id}", "unit/Work", 2);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(fake_count(&s->aws, "TagResource"), 3);
}

/* The role by which accounts are entered. */
static void scene_access(void *ctx, const char *account, struct account_access *a)
{
	struct scene *s = ctx;

	a->role_arn = arena_printf(s->arena, "arn:aws:iam::%s:role/in", account);
	a->session_name = "charter";
}

/* Tags a user in an account; looked at by nothing. */
static struct call *call_user(struct scene *s, const char *account, uint32_t need)
{
	struct call *c = scene_call(s, OP_IAM_TagUser, "iam_user/main/bob",
				    json_pack("{s:s}", "UserName", "bob"), need);

	c->account = account == NULL ? NULL : scene_text(s, account);
	return c;
}

static bool form_was_sent(const struct scene *s, const char *account, const char *part)
{
	for (size_t i = 0; i < json_array_size(s->aws.forms); i++) {
		const char *form = json_string_value(json_array_get(s->aws.forms, i));

		if (str_starts(form, account) && strstr(form, part) != NULL)
			return true;
	}
	return false;
}

/* An account that the run makes is entered once it is there, and not given up while it is new. */
static void test_calls_in_a_new_account(void **state)
{
	struct scene *s = *state;
	struct call *c;

	client_set_access(s->client, scene_access, s);
	s->aws.fault[0] = (struct fault){.op = "AssumeRole",
					 .nth = 1,
					 .until = 4,
					 .kind = FAULT_REFUSED,
					 .code = "AccessDenied"};
	call_account(s);
	c = call_user(s, "${account/new.id}", 1);
	call_uses(&s->calls, c, scene_text(s, "account/new"));
	c = call_user(s, MAIN, 0);
	c = call_user(s, "${account/nobody.id}", 0);
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 2, CALL_DONE);
	expect_state(s, 3, CALL_DONE);
	expect_state(s, 4, CALL_FAILED);
	assert_int_equal(fake_count(&s->aws, "AssumeRole"), 5);
	assert_string_equal(s->out.result[0].id->s, "000000000902");
	assert_true(form_was_sent(s, "000000000902 ", "Action=TagUser"));
	assert_true(form_was_sent(s, "own ", "Action=TagUser"));
}

static void test_an_account_that_cannot_be_entered(void **state)
{
	struct scene *s = *state;

	client_set_access(s->client, scene_access, s);
	s->aws.fault[0] = (struct fault){.op = "AssumeRole",
					 .nth = 1,
					 .until = 1,
					 .kind = FAULT_REFUSED,
					 .code = "AccessDenied"};
	call_user(s, DEV, 0);
	call_user(s, NULL, 0);
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_FAILED);
	expect_said(s, 1, "arn:aws:iam::" DEV ":role/in cannot be assumed: because");
	assert_string_equal(s->out.result[0].code, "AccessDenied");
	expect_state(s, 2, CALL_DONE);
}

/* What IAM takes at once is each account's own. */
static void test_accounts_do_not_wait_for_each_other(void **state)
{
	struct scene *s = *state;
	const char *accounts[] = {NULL, DEV, "333333333333", "444444444444"};

	client_set_access(s->client, scene_access, s);
	for (size_t i = 0; i < 40; i++)
		call_user(s, accounts[i % 4], 0);
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(s->aws.writes_max, 16);
	assert_int_equal(fake_count(&s->aws, "AssumeRole"), 3);
}

/* What waits for a lane or for its rate goes in the order of the plan, however it came to wait. */
static void test_turns(void **state)
{
	struct scene *s = *state;
	unsigned next[2] = {0, 1};

	client_free(s->client);
	loop_free(s->loop);
	free(s->env.random);
	scene_client(s, 10);
	client_set_access(s->client, scene_access, s);
	for (unsigned i = 0; i < 60; i++) {
		struct call *c = call_user(s, i % 2 == 0 ? NULL : DEV, i == 31 ? 2 : 0);

		call_input(&s->calls, c, json_pack("{s:o}", "UserName", json_sprintf("u%02u", i)));
	}
	assert_int_equal(scene_run(s), EXIT_DONE);
	assert_int_equal(fake_count(&s->aws, "TagUser"), 60);
	for (size_t i = 0; i < json_array_size(s->aws.forms); i++) {
		const char *form = json_string_value(json_array_get(s->aws.forms, i));
		const char *user = strstr(form, "UserName=u");
		unsigned *of = &next[str_starts(form, DEV)];

		if (user == NULL)
			continue;
		assert_int_equal(atoi(user + strlen("UserName=u")), *of);
		*of += 2;
	}
	/* 4 at once and 2 a second, in both accounts at the same time. */
	assert_in_range(s->aws.now_us, 12 * SECOND, 17 * SECOND);
}

#define PASSWORD "CANARY-pass"

static int secret_give(void *ctx, const struct call *call, const char *member, char **value,
		       struct error *err)
{
	unsigned *asked = ctx;

	assert_string_equal(member, "Password");
	if (call->n == 2)
		return error_set(err, "the directory of logins is full");
	++*asked;
	*value = xstrdup(PASSWORD);
	return 0;
}

static void test_a_secret_is_made_when_it_is_sent(void **state)
{
	struct scene *s = *state;
	auto_buf journal = BUF_INIT(1u << 16);
	unsigned asked = 0;
	char line[4096];
	FILE *f;

	s->options.secret = secret_give;
	s->options.secret_ctx = &asked;
	s->aws.fault[0] = (struct fault){
	    .op = "CreateLoginProfile", .nth = 1, .kind = FAULT_REFUSED, .code = "Throttling"};
	for (size_t i = 0; i < 2; i++)
		scene_call(s, OP_IAM_CreateLoginProfile, "iam_user/main/bob",
			   json_pack("{s:s}", "UserName", "bob"), 0);
	assert_int_equal(scene_run(s), EXIT_PARTLY);
	expect_state(s, 1, CALL_DONE);
	expect_state(s, 2, CALL_FAILED);
	expect_said(s, 2, "nothing was sent: the directory of logins is full");
	assert_int_equal(asked, 1);
	assert_true(form_was_sent(s, "own ", "Password=" PASSWORD));
	assert_null(strstr(s->plan.call[0].input->s, "Password"));
	assert_string_equal(journal_states(s), "1 send, 1 done");
	f = fopen(s->journal, "r");
	while (fgets(line, sizeof line, f) != NULL)
		buf_puts(&journal, line);
	fclose(f);
	assert_non_null(strstr(buf_str(&journal), "UserName"));
	assert_null(strstr(buf_str(&journal), "CANARY"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_ids_reach_those_who_need_them),
	    TEST(test_one_writer_and_smallest_number_first),
	    TEST(test_a_failure_skips_what_needs_it),
	    TEST(test_lost_before_is_sent_again_after_two_readings),
	    TEST(test_lost_after_is_not_sent_again),
	    TEST(test_three_times_lost_is_unknown),
	    TEST(test_lost_and_unreadable_is_unknown),
	    TEST(test_already_so),
	    TEST(test_already_but_not_so),
	    TEST(test_old_reading_is_made_anew),
	    TEST(test_throttled_until_the_reading_is_old),
	    TEST(test_throttled_and_then_stale),
	    TEST(test_throttled_for_ever),
	    TEST(test_account_waits_without_a_lane),
	    TEST(test_refusal_says_what_to_do),
	    TEST(test_what_changed_is_stale),
	    TEST(test_stale_stops_its_change_alone),
	    TEST(test_what_is_so_already_is_not_sent),
	    TEST(test_unreadable_is_not_sent),
	    TEST(test_account_is_made_and_placed),
	    TEST(test_job_that_fails),
	    TEST(test_job_that_was_done_before),
	    TEST(test_job_whose_begin_was_lost),
	    TEST(test_job_of_an_earlier_run),
	    TEST(test_job_whose_status_is_never_known),
	    TEST(test_new_things_are_seen_late),
	    TEST(test_old_things_are_not_waited_for),
	    TEST(test_interrupt_sends_nothing_more),
	    TEST(test_interrupt_leaves_the_job),
	    TEST(test_without_a_journal_nothing_is_sent),
	    TEST(test_a_listing_serves_its_kind),
	    TEST(test_without_settling_times),
	    TEST(test_calls_in_a_new_account),
	    TEST(test_an_account_that_cannot_be_entered),
	    TEST(test_accounts_do_not_wait_for_each_other),
	    TEST(test_turns),
	    TEST(test_a_secret_is_made_when_it_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

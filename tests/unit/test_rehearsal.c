/* charter rehearse, whole: the live organization is a twin too, and what the rehearsal foretells is
 * what apply then meets. */
#include "tests/unit/twin_place.h"

#include "reconciler/command.h"
#include "reconciler/rehearsal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define POLICY                                                                                     \
	"policies:\n"                                                                              \
	"  deny:\n"                                                                                \
	"    description: nobody leaves\n"                                                         \
	"    document:\n"                                                                          \
	"      Version: \"2012-10-17\"\n"                                                          \
	"      Statement: {Effect: Deny, Action: \"organizations:LeaveOrganization\", "            \
	"Resource: \"*\"}\n"
#define ONE  "accounts:\n  one: {email: one@example.com, unit: A}\n"
#define BOTH ONE "  two: {email: two@example.com, unit: A}\n"

static const char *no_variables(const char *name)
{
	(void)name;
	return NULL;
}

/* What `charter rehearse ...` prints and ends with; an error's message goes to `message`. */
static int rehearse(struct twin_place *p, const char *ref, const char *words, char **out,
		    char message[4096])
{
	char key[] = "AKIATWIN111111111111", secret[] = TWIN_SECRET, source[] = "test";
	const struct credentials keys = {
	    .access_key_id = key, .secret_access_key = secret, .source = source};
	auto_free char *line = xasprintf("charter rehearse -q --ref %s %s", ref, words);
	char *argv[32], *save = NULL;
	int argc = 0, code;
	struct random_seeded random;
	size_t len = 0;
	FILE *f = open_memstream(out, &len);
	struct env env = {.clock = &p->clock.clock,
			  .random = &random.base,
			  .transport = p->transport,
			  .out = f,
			  .err = f,
			  .getenv = no_variables};
	auto_error err = {0};
	struct options o;
	struct run run;

	for (char *w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	random_seed(&random, 1);
	if (options_parse(&o, argc, argv, &err) != 0)
		fail_msg("%s", err.message);
	run_init(&run, &o, &env);
	run.source = p->source;
	run.source_borrowed = true;
	run.client_options.credentials = &keys;
	code = command_rehearse(&run, &err);
	snprintf(message, 4096, "%s", err.message ? err.message : "");
	if (code < 0)
		code = (int)err.code;
	run_free(&run);
	options_free(&o);
	fclose(f);
	return code;
}

static void expect_report(struct twin_place *p, int commit, const char *words, int code,
			  const char *report)
{
	uint64_t version = twin_version(p->twin);
	auto_free char *out = NULL;
	char message[4096];
	int got = rehearse(p, p->commit[commit], words, &out, message);

	if (got != code)
		fail_msg("exit %d, not %d: %s\n%s", got, code, message, out);
	assert_string_equal(out, report);
	assert_true(twin_version(p->twin) == version);
}

static const char founded[] =
    "Rehearsal: converges: 11 calls, about 24 s\n"
    "scope main, nothing applied yet -> bf3f8a6d960e\n"
    "\n"
    "Calls, as they were sent\n"
    "  start   took  call     (seconds)\n"
    "    0.4    0.1     1   CreateOrganization organization\n"
    "    0.5    0.1     2   ListRoots organization\n"
    "    0.6    0.1     3   TagResource record\n"
    "    0.7    1.3     4   EnablePolicyType organization\n"
    "    0.8    0.1     5   CreateOrganizationalUnit unit/A  with 4\n"
    "    1.0   22.8     6   CreateAccount account/one  with 4\n"
    "    1.1    0.1     8   CreatePolicy policy/deny  with 4, 6\n"
    "    2.0    0.1     9   AttachPolicy unit/A  with 6\n"
    "   23.8    0.1     7   MoveAccount account/one\n"
    "   23.9    0.1    10   TagResource record\n"
    "   24.0    0.1    11   UntagResource record\n"
    "\n"
    "Time        about 24 s: reading 0.4 s, applying 24 s, up to 3 calls at once\n"
    "Bound by    jobs: 1 in `create-account`, 5 at a time, take at least 20 s\n"
    "Afterwards  a second plan is empty\n"
    "Assumed     a reply takes 100 ms, the creation of an account 20 s\n"
    "            AWS's published rates, of which 70 percent are used\n"
    "            at most 10 accounts: AWS's default, without `--quota-accounts`\n"
    "            an account that is in no organization yet\n";

static const char nothing[] =
    "Rehearsal: nothing to do: the organization is as the configuration says\n"
    "Organization o-f74lrmn7em, scope main, bf3f8a6d960e -> bf3f8a6d960e\n"
    "\n"
    "Afterwards  a second plan is empty\n"
    "Assumed     a reply takes 100 ms, the creation of an account 20 s\n"
    "            AWS's published rates, of which 70 percent are used\n"
    "            at most 10 accounts: AWS's default, without `--quota-accounts`\n"
    "            the organization as it was read at 2026-11-22T04:23:01Z\n";

static const char made[] =
    "Rehearsal: converges: 6 calls, about 24 s\n"
    "Organization o-f74lrmn7em, scope main, bf3f8a6d960e -> ef8591e01b19\n"
    "\n"
    "Calls, as they were sent\n"
    "  start   took  call     (seconds)\n"
    "    0.5    0.1     1   TagResource record\n"
    "    0.6    0.1     2   CreateOrganizationalUnit unit/B\n"
    "    0.8   22.8     3   CreateAccount account/two\n"
    "   23.6    0.1     4   MoveAccount account/two\n"
    "   23.7    0.1     5   TagResource record\n"
    "   23.8    0.1     6   UntagResource record\n"
    "\n"
    "Time        about 24 s: reading 0.5 s, applying 23 s\n"
    "Bound by    jobs: 1 in `create-account`, 5 at a time, take at least 20 s\n"
    "Afterwards  a second plan is empty\n"
    "Assumed     a reply takes 100 ms, the creation of an account 20 s\n"
    "            AWS's published rates, of which 70 percent are used\n"
    "            at most 10 accounts: AWS's default, without `--quota-accounts`\n"
    "            the organization as it was read at 2026-11-22T04:23:02Z\n";

static const char made_markdown[] =
    "## charter rehearsal: converges: 6 calls, about 24 s · `d5beb8a94716`\n"
    "\n"
    "Organization `o-f74lrmn7em`, scope `main`, bf3f8a6d960e → ef8591e01b19\n"
    "\n"
    "- **Time:** about 24 s: reading 0.5 s, applying 23 s\n"
    "- **Bound by:** jobs: 1 in `create-account`, 5 at a time, take at least 20 s\n"
    "- **Afterwards:** a second plan is empty\n"
    "- **Assumed:** a reply takes 100 ms, the creation of an account 20 s; "
    "AWS's published rates, of which 70 percent are used; at most 10 accounts: "
    "AWS's default, without `--quota-accounts`; "
    "the organization as it was read at 2026-11-22T04:23:02Z\n"
    "\n"
    "<details><summary>Calls, as they were sent (6)</summary>\n"
    "\n"
    "| Start, s | Took, s | Call | Operation | For | While these were under way |\n"
    "|--:|--:|--:|---|---|---|\n"
    "| 0.5 | 0.1 | 1 | TagResource | `record` |  |\n"
    "| 0.6 | 0.1 | 2 | CreateOrganizationalUnit | `unit/B` |  |\n"
    "| 0.8 | 22.8 | 3 | CreateAccount | `account/two` |  |\n"
    "| 23.6 | 0.1 | 4 | MoveAccount | `account/two` |  |\n"
    "| 23.7 | 0.1 | 5 | TagResource | `record` |  |\n"
    "| 23.8 | 0.1 | 6 | UntagResource | `record` |  |\n"
    "\n"
    "</details>\n";

/* Keys are those of docs/cli.md. */
static void expect_json(struct twin_place *p)
{
	static const char *const keys[] = {
	    "after",     "assumed",     "base",   "bound",   "calls",    "complete",
	    "converged", "duration_ms", "format", "head",    "meta",     "organization",
	    "plan_id",   "refused",     "scope",  "summary", "warnings", "why"};
	auto_free char *out = NULL;
	char message[4096];
	json_auto_t *doc = NULL;
	const json_t *calls;

	assert_int_equal(rehearse(p, p->commit[1], "-o json", &out, message), EXIT_DONE);
	doc = json_loads(out, 0, NULL);
	assert_non_null(doc);
	assert_int_equal(json_object_size(doc), sizeof keys / sizeof *keys);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		assert_non_null(json_object_get(doc, keys[i]));
	assert_string_equal(reply_str(doc, "format"), "charter.rehearsal/1");
	assert_true(reply_bool(doc, "converged"));
	assert_true(reply_bool(doc, "after.empty"));
	assert_string_equal(reply_str(doc, "bound.kind"), "jobs");
	assert_int_equal(reply_int(doc, "assumed.quota_accounts"), 10);
	assert_int_equal(reply_int(doc, "duration_ms.total"), 23942);
	assert_int_equal(reply_list(doc, "calls", &calls), 6);
	assert_string_equal(reply_str(json_array_get(calls, 2), "operation"), "CreateAccount");
	assert_int_equal(reply_int(json_array_get(calls, 2), "start_ms"), 800);
	assert_int_equal(reply_int(json_array_get(calls, 2), "end_ms"), 23642);
	assert_string_equal(reply_str(json_array_get(calls, 2), "state"), "done");
}

static void test_converges(void **state)
{
	static const char *const configurations[] = {
	    SETTINGS POLICY "units:\n  A: {policies: [deny]}\n" ONE,
	    SETTINGS POLICY "units:\n  A: {policies: [deny]}\n  B: {tags: {team: x}}\n" BOTH, NULL};
	struct twin_place p;

	(void)state;
	place_init(&p, configurations, NULL);
	/* An account that is in no organization yet. */
	expect_report(&p, 0, "", EXIT_DONE, founded);
	place_apply(&p, 0, EXIT_DONE);
	expect_report(&p, 0, "", EXIT_DONE, nothing);
	expect_report(&p, 1, "", EXIT_DONE, made);
	expect_report(&p, 1, "-o markdown", EXIT_DONE, made_markdown);
	expect_json(&p);
	place_apply(&p, 1, EXIT_DONE);
	place_free(&p);
}

static const char quota[] =
    "Rehearsal: does not converge: call 2 is refused (ConstraintViolationException)"
    "; 1 of 5 calls done\n"
    "Organization o-f74lrmn7em, scope main, 931227ee44ac -> 8338a3c243d8\n"
    "\n"
    "Call 2 would be refused\n"
    "  ! CreateAccount  account/two\n"
    "      ConstraintViolationException: You have exceeded the allowed number of AW"
    "S accounts in the organization.\n"
    "      the quota of accounts is used up: have AWS raise it (Service Quotas, AWS"
    " Organizations), or, if it is higher than assumed here, give it with `--quota-"
    "accounts`\n"
    "\n"
    "Not tried because of that (3)\n"
    "  MoveAccount  account/two\n"
    "  TagResource  record\n"
    "  UntagResource  record\n"
    "\n"
    "Calls, as they were sent\n"
    "  start   took  call     (seconds)\n"
    "    0.5    0.1     1   TagResource record\n"
    "    0.7    0.1     2 ! CreateAccount account/two\n"
    "\n"
    "Left to do afterwards\n"
    "  + account/two\n"
    "\n"
    "Time        as far as it went, about 0.8 s: reading 0.5 s, applying 0.3 s\n"
    "Bound by    latency: replies are waited for one after another; no rate binds\n"
    "Afterwards  a second plan still has 1 change to make\n"
    "Assumed     a reply takes 100 ms, the creation of an account 20 s\n"
    "            AWS's published rates, of which 70 percent are used\n"
    "            at most 2 accounts (`--quota-accounts`)\n"
    "            the organization as it was read at 2026-11-22T04:23:01Z\n";

static const char quota_markdown[] =
    "## charter rehearsal: does not converge: call 2 is refused (ConstraintViolatio"
    "nException); 1 of 5 calls done · `9a068bf39428`\n"
    "\n"
    "Organization `o-f74lrmn7em`, scope `main`, 931227ee44ac → 8338a3c243d8\n"
    "\n"
    "> [!CAUTION]\n"
    "> **It would not go through.**\n"
    ">\n"
    "> - call 2, CreateAccount `account/two`: ConstraintViolationException: You hav"
    "e exceeded the allowed number of AWS accounts in the organization. — the quota"
    " of accounts is used up: have AWS raise it (Service Quotas, AWS Organizations)"
    ", or, if it is higher than assumed here, give it with `--quota-accounts`\n"
    "> - 3 calls are not tried because of that\n"
    "> - left to do afterwards: `account/two`\n"
    "\n"
    "- **Time:** as far as it went, about 0.8 s: reading 0.5 s, applying 0.3 s\n"
    "- **Bound by:** latency: replies are waited for one after another; no rate bin"
    "ds\n"
    "- **Afterwards:** a second plan still has 1 change to make\n"
    "- **Assumed:** a reply takes 100 ms, the creation of an account 20 s; AWS's pu"
    "blished rates, of which 70 percent are used; at most 2 accounts (`--quota-acco"
    "unts`); the organization as it was read at 2026-11-22T04:23:01Z\n"
    "\n"
    "<details><summary>Calls, as they were sent (2)</summary>\n"
    "\n"
    "| Start, s | Took, s | Call | Operation | For | While these were under way |\n"
    "|--:|--:|--:|---|---|---|\n"
    "| 0.5 | 0.1 | 1 | TagResource | `record` |  |\n"
    "| 0.7 | 0.1 | 2 | **refused** CreateAccount | `account/two` |  |\n"
    "\n"
    "</details>\n";

static void test_quota(void **state)
{
	static const char *const configurations[] = {SETTINGS "units:\n  A: {}\n" ONE,
						     SETTINGS "units:\n  A: {}\n" BOTH, NULL};
	struct twin_place p;

	(void)state;
	place_init(&p, configurations, NULL);
	place_apply(&p, 0, EXIT_DONE);
	expect_report(&p, 1, "--quota-accounts 2", EXIT_FAILED, quota);
	expect_report(&p, 1, "--quota-accounts 2 -o markdown", EXIT_FAILED, quota_markdown);
	place_free(&p);
}

static const char *unit_id(const struct twin_place *p, const char *name)
{
	const char *id;
	json_t *row;

	json_object_foreach(json_object_get(twin_state(p->twin), "units"), id, row)
	{
		if (strcmp(json_string_value(json_object_get(row, "Name")), name) == 0)
			return id;
	}
	fail_msg("there is no unit %s", name);
	return NULL;
}

/* By hand: takes the input. */
static json_t *by_hand(struct twin_place *p, const char *operation, json_t *input)
{
	char code[64] = "";
	json_t *result = twin_do(p->twin, TWIN_MANAGEMENT, "organizations", operation, input, code);

	if (!result)
		fail_msg("%s: %s", operation, code);
	return result;
}

static const char attachments[] =
    "Rehearsal: does not converge: call 2 is refused (ConstraintViolationException)"
    "; 3 of 6 calls done\n"
    "Organization o-f74lrmn7em, scope main, caf012e8e0f5 -> a57bdd7a6344\n"
    "\n"
    "Call 2 would be refused\n"
    "  ! AttachPolicy  unit/A\n"
    "      ConstraintViolationException: You have attached the maximum number of po"
    "licies of this type to the specified target.\n"
    "      no more policies of this type can be attached there: detach one first in"
    " a merge of its own, or join their statements\n"
    "\n"
    "Not tried because of that (2)\n"
    "  TagResource  record\n"
    "  UntagResource  record\n"
    "\n"
    "Calls, as they were sent\n"
    "  start   took  call     (seconds)\n"
    "    6.9    0.1     1   TagResource record\n"
    "    7.0    0.1     2 ! AttachPolicy unit/A\n"
    "    7.1    0.1     3   CreateOrganizationalUnit unit/B\n"
    "    7.2    0.1     4   AttachPolicy unit/B\n"
    "\n"
    "Left to do afterwards\n"
    "  ~ unit/A\n"
    "\n"
    "Time        as far as it went, about 7.3 s: reading 6.9 s, applying 0.4 s\n"
    "Bound by    AWS's rate `organizations-describes`: 10 requests at 1.4 a second "
    "after a burst of 1 take at least 6.4 s\n"
    "Afterwards  a second plan still has 1 change to make\n"
    "Assumed     a reply takes 100 ms, the creation of an account 20 s\n"
    "            AWS's published rates, of which 70 percent are used\n"
    "            at most 10 accounts: AWS's default, without `--quota-accounts`\n"
    "            the organization as it was read at 2026-11-22T04:23:39Z\n";

/* A unit has as many policies as it can have, attached by hand: the reading holds them, and no rule
 * of the plan counts them. */
static void test_attachments(void **state)
{
	static const char *const configurations[] = {
	    SETTINGS POLICY "units:\n  A: {}\n",
	    SETTINGS POLICY "units:\n  A: {policies: {only: [deny]}}\n  B: {policies: [deny]}\n",
	    NULL};
	struct twin_place p;
	char name[32];

	(void)state;
	place_init(&p, configurations, NULL);
	place_apply(&p, 0, EXIT_DONE);
	for (int i = 1; i < 10; i++) {
		json_t *policy, *attached;

		snprintf(name, sizeof name, "by-hand-%d", i);
		policy = by_hand(&p, "CreatePolicy",
				 json_pack("{s:s, s:s, s:s, s:s}", "Name", name, "Description", "",
					   "Type", "SERVICE_CONTROL_POLICY", "Content",
					   "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":"
					   "\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}"));
		attached = by_hand(&p, "AttachPolicy",
				   json_pack("{s:s, s:s}", "PolicyId",
					     reply_str(policy, "Policy.PolicySummary.Id"),
					     "TargetId", unit_id(&p, "A")));
		json_decref(policy);
		json_decref(attached);
	}
	place_wait(&p);
	expect_report(&p, 1, "", EXIT_FAILED, attachments);
	place_apply(&p, 1, EXIT_PARTLY);
	place_free(&p);
}

/* What a pipeline posts of a plan that is not rehearsed. */
static void expect_none(struct twin_place *p, const char *ref, int code, const char *title)
{
	auto_free char *markdown = NULL, *json = NULL,
		       *head =
			   xasprintf("## charter rehearsal: none, %s\n\n> [!CAUTION]\n> - ", title);
	char message[4096];
	json_auto_t *doc = NULL;

	assert_int_equal(rehearse(p, ref, "-o markdown", &markdown, message), code);
	if (strncmp(markdown, head, strlen(head)) != 0)
		fail_msg("%s", markdown);
	assert_int_equal(rehearse(p, ref, "-o json", &json, message), code);
	doc = json_loads(json, 0, NULL);
	assert_non_null(doc);
	assert_string_equal(reply_str(doc, "why"), message);
	assert_string_equal(reply_str(doc, "format"), "charter.rehearsal/1");
	assert_true(json_is_false(json_object_get(doc, "converged")));
}

/* Somebody put a unit into the one that goes: no plan gets that far, and none is rehearsed. */
static void test_not_empty(void **state)
{
	static const char *const configurations[] = {SETTINGS "units:\n  A: {}\n  B: {}\n",
						     SETTINGS "units:\n  A: {}\n", NULL};
	struct twin_place p;
	auto_free char *out = NULL;
	char message[4096];

	(void)state;
	place_init(&p, configurations, NULL);
	place_apply(&p, 0, EXIT_DONE);
	json_decref(
	    by_hand(&p, "CreateOrganizationalUnit",
		    json_pack("{s:s, s:s}", "ParentId", unit_id(&p, "B"), "Name", "by hand")));
	place_wait(&p);
	assert_int_equal(rehearse(&p, p.commit[1], "", &out, message), EXIT_REFUSED);
	assert_non_null(strstr(message, "the plan is refused, so there is nothing to rehearse:"));
	assert_non_null(strstr(message, "unit/B"));
	assert_string_equal(out, "");
	expect_none(&p, p.commit[1], EXIT_REFUSED, "the plan is refused");
	place_apply(&p, 1, EXIT_REFUSED);
	place_free(&p);
}

/* A branch that is behind its target is rehearsed as the merge that it will be. */
static void test_target(void **state)
{
	static const char base[] = SETTINGS "units:\n  A: {}\n\n\n\n\n\n\n\n\n  Z: {}\n";
	static const char target[] = SETTINGS "units:\n  A: {}\n  B: {}\n\n\n\n\n\n\n\n\n  Z: {}\n";
	static const char branch[] = SETTINGS "units:\n  A: {}\n\n\n\n\n\n\n\n\n  C: {}\n  Z: {}\n";
	static const char *const configurations[] = {base, target, NULL};
	const struct source_file file = {"charter.yaml", branch, sizeof branch - 1};
	auto_free char *behind = NULL, *out = NULL, *words = NULL;
	char ref[GIT_HEX], message[4096];
	auto_error err = {0};
	struct twin_place p;

	(void)state;
	place_init(&p, configurations, NULL);
	place_apply(&p, 0, EXIT_DONE);
	place_apply(&p, 1, EXIT_DONE);
	assert_int_equal(
	    source_commit(p.source, &file, 1, p.commit[0], PLACE_BEGIN_US / 1000000, ref, &err), 0);
	assert_int_equal(rehearse(&p, ref, "", &behind, message), EXIT_STALE);
	expect_none(&p, ref, EXIT_STALE, "the plan is stale");
	words = xasprintf("--target %s -o json", p.commit[1]);
	if (rehearse(&p, ref, words, &out, message) != EXIT_DONE)
		fail_msg("%s%s", message, out);
	assert_non_null(strstr(out, "\"change\":\"unit/C\""));
	assert_null(strstr(out, "unit/B"));
	place_free(&p);
}

/* What could not be read is missing on the twin, and each report says so. */
static void test_partial(void **state)
{
	static const char *const configurations[] = {SETTINGS "units:\n  A: {}\n",
						     SETTINGS "units:\n  A: {}\n  B: {}\n", NULL};
	static const struct {
		const char *words, *say;
	} forms[] = {
	    {"", "\n! The reading was partial: iam/111111111111 was not read whole"},
	    {"-o markdown",
	     "> [!WARNING]\n> - The reading was partial: `iam/111111111111` was not"},
	    {"-o json", "\"The reading was partial: iam/111111111111 was not read whole"},
	};
	struct twin_place p;
	auto_error err = {0};
	char message[4096];

	(void)state;
	place_init(&p, configurations, NULL);
	place_apply(&p, 0, EXIT_DONE);
	assert_int_equal(twin_faults_set(p.twin, "deny@GetAccountAuthorizationDetails", &err), 0);
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		auto_free char *out = NULL;
		int code = rehearse(&p, p.commit[1], forms[i].words, &out, message);

		if (code != EXIT_DONE || strstr(out, forms[i].say) == NULL)
			fail_msg("exit %d: %s\n%s", code, message, out);
	}
	place_free(&p);
}

/* Every line of a terminal of 80 columns is at most that long, whatever is in it. */
static void test_width(void **state)
{
	static const struct style narrow = {.width = 80};
	static const struct doc_commit commit = {"bf3f8a6d960e", "bf3f8a6d960e", "bf3f8a6d960e",
						 true};
	char name[200], message[600];
	struct doc_call call = {.n = 1,
				.change = name,
				.service = "organizations",
				.operation = "CreateOrganizationalUnit"};
	uint32_t with[40];
	struct rehearsal_call sent = {
	    .call = &call,
	    .state = CALL_FAILED,
	    .code = "ConstraintViolationException",
	    .message = message,
	    .advice = refusal_advice("CreateAccount", "ConstraintViolationException"),
	    .end_us = 7000000,
	    .with = with,
	    .with_n = 40};
	const struct plan_doc plan = {.format = "charter.plan/1",
				      .base = commit,
				      .head = commit,
				      .organization = name,
				      .scope = "main"};
	const struct rehearsal_options options = {.plan = &plan, .rate_percent = 70};
	struct rehearsal r = {.options = &options,
			      .call = &sent,
			      .calls = 1,
			      .refused = &sent,
			      .failed = 1,
			      .why = message,
			      .after_error = message};
	auto_buf out = BUF_INIT(1 << 20);

	(void)state;
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	for (size_t i = 0; i < sizeof message; i++)
		message[i] = i % 9 == 8 ? ' ' : 'm';
	message[sizeof message - 1] = '\0';
	for (uint32_t i = 0; i < 40; i++)
		with[i] = 1000 + i;
	vec_push(&r.warnings, message);
	rehearsal_write_text(&r, &narrow, &out);
	for (const char *s = buf_str(&out); *s;) {
		size_t n = strcspn(s, "\n");

		if (n > 80)
			fail_msg("%zu columns: %.*s", n, (int)n, s);
		s += n + (s[n] == '\n');
	}
	free(r.warnings.at);
}

/* Of more calls than are shown, those about the refusal. */
static void test_refused_late(void **state)
{
	static const struct doc_commit commit = {"bf3f8a6d960e", "bf3f8a6d960e", "bf3f8a6d960e",
						 true};
	static const struct style plain = {.width = 0};
	const struct plan_doc plan = {.format = "charter.plan/1", .base = commit, .head = commit};
	const struct rehearsal_options options = {.plan = &plan};
	struct doc_call call[60];
	struct rehearsal_call sent[60];
	struct rehearsal r = {.options = &options,
			      .call = sent,
			      .calls = 60,
			      .refused = &sent[40],
			      .failed = 1,
			      .after_error = "none"};
	auto_buf out = BUF_INIT(1 << 20);

	(void)state;
	for (uint32_t i = 0; i < 60; i++) {
		call[i] = (struct doc_call){.n = i + 1,
					    .change = "unit/A",
					    .service = "organizations",
					    .operation = "AttachPolicy"};
		sent[i] = (struct rehearsal_call){.call = &call[i],
						  .state = i == 40 ? CALL_FAILED : CALL_DONE};
	}
	rehearsal_write_text(&r, &plain, &out);
	assert_non_null(strstr(buf_str(&out), "  ... 28 before these\n"));
	assert_non_null(strstr(buf_str(&out), "  0.0    0.0    29   AttachPolicy unit/A\n"));
	assert_non_null(strstr(buf_str(&out), "  0.0    0.0    41 ! AttachPolicy unit/A\n"));
	assert_null(strstr(buf_str(&out), "  0.0    0.0    53 "));
	assert_non_null(strstr(buf_str(&out), "  ... and 8 more; -o json"));
}

static void check_bound(struct rehearsal *r, const struct client_requests *in, size_t accounts,
			const char *want)
{
	auto_buf words = BUF_INIT(4096);

	r->bound = rehearsal_bound_of(r, in, accounts);
	rehearsal_bound_words(r, &words);
	assert_string_equal(buf_str(&words), want);
}

/* Nothing takes longer at the least than it took. */
static void test_bound_by_rate(void **state)
{
	const struct rehearsal_options options = {.job_us = 1000000};
	struct rehearsal r = {.options = &options, .apply_us = 15000000};
	struct client_requests own = {.account = ""};

	(void)state;
	own.by_op[OP_ORGANIZATIONS_CreateAccount] = 4;
	check_bound(&r, &own, 1,
		    "AWS's rate `create-account`: 4 requests at 0.1 a second after a burst of 3 "
		    "take at least 10 s");
	own.by_op[OP_ORGANIZATIONS_CreateAccount] = 8;
	check_bound(&r, &own, 1,
		    "latency: replies are waited for one after another; no rate binds");
}

/* Rates and lanes are those of each account: a thousand of them take no longer than one. */
static void test_bound_by_account(void **state)
{
	static const char *const ids[] = {"", "222222222222", "333333333333"};
	const struct rehearsal_options options = {.latency_us = 1000000};
	struct rehearsal r = {.options = &options, .apply_us = 4000000};
	struct client_requests in[3];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		in[i] = (struct client_requests){.account = ids[i]};
	in[0].by_op[OP_IAM_ListRoles] = in[1].by_op[OP_IAM_ListRoles] = 25;
	in[2].by_op[OP_IAM_ListRoles] = 90;
	check_bound(&r, in, 3,
		    "AWS's rate `iam`: 90 requests in account 333333333333 at 20 a second after a "
		    "burst of 40 take at least 2.5 s");
	in[2].by_op[OP_IAM_ListRoles] = 0;
	in[1].by_op[OP_IAM_CreateRole] = 5;
	in[2].by_op[OP_IAM_CreateRole] = 9;
	check_bound(&r, in, 3,
		    "latency: 9 in account 333333333333 in `iam-write`, 4 at a time, take at least "
		    "3.0 s");
	in[2].by_op[OP_IAM_CreateRole] = 4;
	check_bound(&r, in, 3,
		    "latency: 5 in account 222222222222 in `iam-write`, 4 at a time, take at least "
		    "2.0 s");
}

/* Jobs of Identity Center last otherwise than the creation of an account. */
static void test_bound_by_jobs(void **state)
{
	const struct rehearsal_options options = {.job_us = 20000000, .center_us = 4000000};
	struct rehearsal r = {.options = &options, .jobs_begun = 45, .apply_us = 15000000};
	struct client_requests own = {.account = ""};

	(void)state;
	own.by_op[OP_SSO_ADMIN_CreateAccountAssignment] = 45;
	check_bound(&r, &own, 1, "jobs: 45 in `assignment`, 15 at a time, take at least 12 s");
}

static void test_options(void **state)
{
	static const char *const configurations[] = {SETTINGS "units:\n  A: {}\n", NULL};
	auto_free char *day = NULL;
	struct twin_place p;
	char message[4096];

	(void)state;
	place_init(&p, configurations, NULL);
	assert_int_equal(rehearse(&p, p.commit[0], "--job-time 90000000", &day, message),
			 EXIT_FAILED);
	assert_non_null(strstr(message, "a day"));
	place_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_converges),     cmocka_unit_test(test_quota),
	    cmocka_unit_test(test_not_empty),     cmocka_unit_test(test_attachments),
	    cmocka_unit_test(test_target),        cmocka_unit_test(test_options),
	    cmocka_unit_test(test_partial),       cmocka_unit_test(test_width),
	    cmocka_unit_test(test_bound_by_rate), cmocka_unit_test(test_bound_by_account),
	    cmocka_unit_test(test_refused_late),  cmocka_unit_test(test_bound_by_jobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

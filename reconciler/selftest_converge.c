/* converge: from any organization to any configuration, whatever goes wrong on the way. */
#include "reconciler/selftest.h"

#define LAG_US 1500000

/* What may happen while b is applied. Each ends by itself, so that a run gets through at last. */
static const char *const rules[] = {
    "refuse%3x4",
    "reset_before%4x4",
    "reset_after%4x4",
    "reset_after@writes%15x3",
    "truncate%3x4",
    "wrong_length%3x3",
    "delay=9000%5x6",
    "delay=70000%1x2",
    "status=500%4x4",
    "status=503@reads%10x5",
    "status_after=500@writes%15x3",
    "html=502%3x4",
    "throttle%15x12",
    "throttle=2%10x8",
    "expire%1x1",
    "skew=900%2x1",
    "concurrent@writes%20x8",
    "deny@writes%10x1",
    "deny@reads%3x1",
    "stale@reads%10x4",
    "empty_page%30x9",
    "short_page%50x20",
    "repeat_token%4x1",
    "fail_job=INTERNAL_FAILURE@CreateAccount#1",
    "fail_job=CONCURRENT_ACCOUNT_MODIFICATION@CreateAccount#2",
    "fail_job=INTERNAL_FAILURE@CreateAccountAssignment%40x3",
    "fail_job=INTERNAL_FAILURE@DeleteAccountAssignment#1",
    "fail_job=INTERNAL_FAILURE@ProvisionPermissionSet#1",
    "concurrent@CreateAccountAssignment%60x30",
    "kill_after@CreateAccountAssignment#2",
    "half@ListUsers%30x2",
    "half@ListGroups%30x2",
    "half@ListPermissionSets%30x1",
    "kill_before@writes%10x1",
    "kill_after@writes%10x1",
    "kill_after%2x1",
};

static json_t *faults_random(struct chance *c)
{
	auto_buf spec = BUF_INIT(1u << 12);

	for (unsigned n = chance_below(c, 4); n > 0; n--)
		buf_printf(&spec, "%s%s", spec.len ? ", " : "",
			   chance_word(c, rules, sizeof rules / sizeof *rules));
	return json_string(buf_str(&spec));
}

/* Lists lag for less than the time after which charter believes them (settle_ms of op.c). */
json_t *twin_random(struct chance *c)
{
	bool bounded = chance_of(c, 30), lag = chance_of(c, 30);

	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "latency_us",
			 (int)chance_below(c, 4) * 25000, "jitter", (int)chance_below(c, 3) * 40,
			 "rates", bounded, "client_rate", bounded || chance_of(c, 30) ? 70 : 0,
			 "job_us", (int)chance_below(c, 4) * 3000000, "lag_reads",
			 lag ? (int)chance_below(c, 3) : 0, "lag_us", lag ? LAG_US : 0);
}

json_t *converge_make(struct chance *c)
{
	json_t *a = draft_random(c), *b = json_deep_copy(a), *hands;

	draft_change(c, b, 1 + chance_below(c, 9));
	hands = hands_random(c, a, b, chance_below(c, 6));
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "twin", twin_random(c), "a", a, "hands",
			 hands, "b", b, "faults", faults_random(c));
}

/* A plan that must be refused changes nothing. */
static int refusal_check(struct stage *s, struct error *err)
{
	struct trial t;
	int result = 0;
	uint64_t version = twin_version(s->twin);

	stage_apply(s, &t);
	if (t.code != EXIT_REFUSED)
		result = run_failed_as(&t, "not refused", err);
	else if (twin_version(s->twin) != version)
		result = error_set(err, "refused: and yet something was changed");
	trial_end(&t);
	return result;
}

/* Without faults a plan gives the reasons of the table. */
static int reasons_check(struct stage *s, const struct expected *e, struct error *err)
{
	json_auto_t *expected = changes_expect(e), *planned = NULL;
	struct trial t;
	int result;

	stage_plan(s, &t);
	if (t.code != EXIT_DONE) {
		result = run_failed_as(&t, "plan", err);
	} else {
		planned = changes_planned(&t.run.plan);
		result = changes_compare(expected, planned, err);
	}
	trial_end(&t);
	return result;
}

int stage_play(struct stage *s, struct error *err)
{
	const json_t *a = json_object_get(s->sample, "a"), *b = json_object_get(s->sample, "b");
	const char *faults = json_string_value(json_object_get(s->sample, "faults"));
	json_auto_t *live = stage_things(s), *found = NULL;
	auto_expected expected;

	things_expect(a, b, live, &expected);
	if (stage_commit(s, b, err) < 0)
		return -1;
	if (expected.refused)
		return refusal_check(s, err);
	s->clock.us += SELF_NEXT;
	if (reasons_check(s, &expected, err) < 0 ||
	    twin_faults_set(s->twin, faults && *faults ? faults : NULL, err) < 0 ||
	    stage_converge(s, err) < 0 || stage_settled(s, err) < 0)
		return -1;
	found = stage_things(s);
	return things_compare(expected.after, found, err);
}

int converge_run(const json_t *sample, struct tally *tally, FILE *messages, struct digest *trace,
		 struct error *err)
{
	auto_stage s;
	json_auto_t *live = NULL, *found = NULL;
	auto_expected expected = {0};

	if (stage_new(&s, sample, tally, messages, trace, err) < 0)
		return -1;
	hands_do(s.twin, json_object_get(sample, "before"));
	live = json_object_get(sample, "before") ? stage_things(&s) : json_object();
	if (stage_commit(&s, json_object_get(sample, "a"), err) < 0 || stage_converge(&s, err) < 0)
		return error_prefix(err, "beginning");
	found = stage_things(&s);
	things_expect(NULL, json_object_get(sample, "a"), live, &expected);
	if (things_compare(expected.after, found, err) < 0)
		return error_prefix(err, "beginning");
	s.clock.us += SELF_NEXT;
	hands_do(s.twin, json_object_get(sample, "hands"));
	return stage_play(&s, err);
}

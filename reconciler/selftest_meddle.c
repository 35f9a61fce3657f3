/* meddle: somebody else changes things while charter plans and applies. What charter does is what
 * it planned, and once nobody meddles any more, the organization becomes what is declared. */
#include "reconciler/selftest_draft.h"

static const char *const ways[] = {"change=any@writes%30x3",
				   "change=tag@writes%30x3",
				   "change=detach@writes%30x3",
				   "change=rename@writes%20x2",
				   "change=move@writes%30x3",
				   "change=policy@writes%30x3",
				   "change=any@reads%10x3",
				   "change=detach@reads%20x3",
				   "change=any@writes%20x2, kill_before@writes%10x1",
				   "change=any%10x3, kill_after@writes%10x1"};

json_t *meddle_make(struct chance *c)
{
	json_t *a = draft_random(c), *b = json_deep_copy(a);

	draft_change(c, b, 2 + chance_below(c, 8));
	return json_pack("{s:o, s:o, s:o, s:s}", "twin", twin_random(c), "a", a, "b", b, "faults",
			 chance_word(c, ways, sizeof ways / sizeof *ways));
}

/* Runs until one ends well, or a guard refuses what the meddling has left. */
static int meddled_apply(struct stage *s, bool *refused, struct error *err)
{
	for (unsigned i = 0; i < SELF_TRIES; i++) {
		struct trial t;
		int result = stage_apply_checked(s, &t, err);
		enum exit_code code = t.code;

		trial_end(&t);
		*refused = code == EXIT_REFUSED;
		if (result < 0)
			return -1;
		if (code == EXIT_DONE || code == EXIT_REFUSED)
			return 0;
	}
	return 0;
}

/* Nothing that is declared differs. */
static int drift_none(struct stage *s, struct error *err)
{
	const json_t *b = json_object_get(s->sample, "b");
	json_auto_t *live = stage_things(s);
	auto_expected expected = {0};

	things_expect(b, b, live, &expected);
	return things_compare(expected.after, live, err);
}

/* Whom only an identity provider could make again. */
static bool outside_is_gone(const struct stage *s)
{
	static const char group[] = "identity_group/" OUTSIDE_GROUP,
			  user[] = "identity_user/" OUTSIDE_USER;
	json_auto_t *things = stage_things(s);

	return draft_part((json_t *)s->sample, "b.identity_center.source", false) &&
	       (!json_object_get(things, group) || !json_object_get(things, user));
}

int meddle_run(const json_t *sample, struct tally *tally, FILE *messages, struct digest *trace,
	       struct error *err)
{
	const char *faults = json_string_value(json_object_get(sample, "faults"));
	bool refused = false;
	auto_stage s;

	if (stage_new(&s, sample, tally, messages, trace, err) < 0)
		return -1;
	if (stage_begin(&s, err) < 0 || stage_commit(&s, json_object_get(sample, "b"), err) < 0 ||
	    twin_faults_set(s.twin, faults, err) < 0 || meddled_apply(&s, &refused, err) < 0 ||
	    twin_faults_set(s.twin, NULL, err) < 0 ||
	    (!refused && meddled_apply(&s, &refused, err) < 0))
		return -1;
	/* What was put where a unit must go, or a list is declared for the first time, is
	 * somebody's to decide. */
	if (refused || outside_is_gone(&s))
		return 0;
	return stage_converge(&s, err) < 0 || stage_settled(&s, err) < 0 ? -1 : drift_none(&s, err);
}

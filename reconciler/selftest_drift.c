/* drift: what was changed outside git is found, all of it and nothing else, and put back. */
#include "reconciler/selftest_draft.h"

#include <string.h>

/* What has ended and is there again is due, and no drift. */
static void products_last(json_t *draft)
{
	const json_t *products = draft_part(draft, "identity_center.assignments", false);

	for (size_t i = 0; i < json_array_size(products); i++)
		json_object_del(json_array_get(products, i), "expires");
}

json_t *drift_make(struct chance *c)
{
	json_t *a = draft_random(c);

	products_last(a);
	return json_pack("{s:o, s:o, s:o}", "twin", twin_random(c), "hands",
			 hands_random(c, a, a, 1 + chance_below(c, 9)), "a", a);
}

static bool is_noted(const struct plan *plan, const char *address)
{
	for (size_t i = 0; i < plan->notes; i++)
		if (plan->note[i].what == NOTE_UNMANAGED && text_is(plan->note[i].address, address))
			return true;
	return false;
}

/* What an identity provider keeps, and what is looked up there, is somebody's. */
static bool is_outside(const char *address)
{
	return str_ends(address, "/" OUTSIDE_GROUP) || str_ends(address, "/" OUTSIDE_USER);
}

/* Whether anything of IAM is declared in the account of the address: others are not read, but for
 * the one that the run belongs to. What is external is somebody's. */
static bool is_read(const json_t *plain, const char *address)
{
	const char *account = strchr(address, '/');
	auto_free char *path = NULL;

	if (!str_starts(address, "iam_"))
		return !is_outside(address);
	if (strcmp(address, "iam_role/" SELF_ACCOUNT "/charter-record") == 0)
		return false;
	path = xasprintf("iam.accounts.%.*s", (int)strcspn(account + 1, "/"), account + 1);
	return str_ends(path, "." SELF_ACCOUNT) || draft_part((json_t *)plain, path, false);
}

/* What nobody declares is reported, and nothing that somebody does. */
static int unmanaged_check(const struct plan *plan, const struct expected *e, const json_t *a,
			   struct error *err)
{
	json_auto_t *plain = draft_plain(a);
	const char *address;
	json_t *thing;

	json_object_foreach(e->live, address, thing)
	{
		/* What is put back is a change, and told as that. */
		if (!json_object_get(e->head, address) && json_object_get(e->after, address) &&
		    !is_noted(plan, address) && is_read(plain, address))
			return error_set(err, "unseen: %s is declared nowhere, and is not reported",
					 address);
	}
	for (size_t i = 0; i < plan->notes; i++)
		if (plan->note[i].what == NOTE_UNMANAGED &&
		    json_object_get(e->head, plan->note[i].address->s))
			return error_set(err, "unmanaged: %s is declared, and reported as nobody's",
					 plan->note[i].address->s);
	return 0;
}

static int found_check(struct stage *s, const struct expected *e, struct error *err)
{
	json_auto_t *wanted = changes_expect(e), *planned = NULL;
	struct trial t;
	int result;

	stage_plan(s, &t);
	if (t.code != EXIT_DONE) {
		result = run_failed_as(&t, "drift", err);
	} else {
		planned = changes_planned(&t.run.plan);
		result = changes_compare(wanted, planned, err);
		if (result == 0)
			result =
			    unmanaged_check(&t.run.plan, e, json_object_get(s->sample, "a"), err);
	}
	trial_end(&t);
	return result;
}

int drift_run(const json_t *sample, struct tally *tally, FILE *messages, struct digest *trace,
	      struct error *err)
{
	const struct options only_drift = {.only_drift = true, .verbose = messages ? 2 : 0};
	const json_t *a = json_object_get(sample, "a");
	json_auto_t *live = NULL, *found = NULL;
	const struct options *usual;
	auto_expected expected = {0};
	auto_stage s;

	if (stage_new(&s, sample, tally, messages, trace, err) < 0)
		return -1;
	if (stage_begin(&s, err) < 0)
		return -1;
	s.clock.us += SELF_NEXT;
	live = stage_things(&s);
	things_expect(a, a, live, &expected);
	usual = s.options;
	s.options = &only_drift;
	if (found_check(&s, &expected, err) < 0 || stage_converge(&s, err) < 0)
		return -1;
	s.options = usual;
	/* Only a whole apply ends the record. */
	if (stage_converge(&s, err) < 0 || stage_settled(&s, err) < 0 ||
	    stage_one_writer(&s, err) < 0)
		return -1;
	found = stage_things(&s);
	return things_compare(expected.after, found, err);
}

/* faults: one fault at one request, of a few chosen ones. every-call: each fault at each request of
 * samples that are always the same. A new run converges, nothing is done twice, nothing foreign is
 * touched. */
#include "reconciler/selftest.h"

#include "aws/op.h"

#include <string.h>

#define PICKS     3
#define PERMYRIAD 10000

static const char *const kinds_of_fault[] = {"refuse",
					     "reset_before",
					     "reset_after",
					     "truncate",
					     "wrong_length",
					     "delay=70000",
					     "status=400/ValidationError",
					     "status=403",
					     "status=500",
					     "status=503",
					     "status_after=500",
					     "html=502",
					     "throttle",
					     "throttle=3",
					     "expire",
					     "skew=900",
					     "concurrent",
					     "deny",
					     "stale",
					     "empty_page",
					     "short_page",
					     "repeat_token",
					     "fail_job=INTERNAL_FAILURE",
					     "kill_before",
					     "kill_after"};
#define KINDS_OF_FAULT (sizeof kinds_of_fault / sizeof *kinds_of_fault)

void checkpoint_free(struct checkpoint *c)
{
	json_decref(c->state);
	json_decref(c->counts);
	expected_free(&c->expected);
}

int checkpoint_restore(struct stage *s, const struct checkpoint *c, struct error *err)
{
	snprintf(s->commit, sizeof s->commit, "%s", c->commit);
	return twin_faults_set(s->twin, NULL, err) < 0 || twin_state_set(s->twin, c->state, err) < 0
		   ? -1
		   : 0;
}

int checkpoint_reached(struct stage *s, const struct checkpoint *c, struct error *err)
{
	json_auto_t *found = NULL;

	if (stage_settled(s, err) < 0)
		return -1;
	found = stage_things(s);
	return things_compare(c->expected.after, found, err);
}

/* `after` less `before`; both taken. New. */
static json_t *counts_between(json_t *before, json_t *after)
{
	const char *operation;
	json_t *n;

	json_object_foreach(before, operation, n)
	{
		json_t *all = json_object_get(after, operation);

		json_integer_set(all, json_integer_value(all) - json_integer_value(n));
	}
	json_decref(before);
	return after;
}

static const struct op *op_of(const char *name)
{
	const char *colon = strchr(name, ':');
	auto_free char *service = xasprintf("%.*s", (int)(colon - name), name);

	return op_find(service, colon + 1);
}

static bool name_fits(const char *name, const char *operation)
{
	const struct op *op = op_of(name);

	if (strcmp(operation, "writes") == 0 || strcmp(operation, "reads") == 0)
		return op && op->mutates == (*operation == 'w');
	return strcmp(operation, "*") == 0 || strcmp(operation, name) == 0 ||
	       strcmp(operation, strchr(name, ':') + 1) == 0;
}

uint64_t requests_named(const struct checkpoint *c, const char *operation)
{
	const char *name;
	json_t *n;
	uint64_t sum = 0;

	json_object_foreach(c->counts, name, n)
	{
		if (name_fits(name, operation))
			sum += (uint64_t)json_integer_value(n);
	}
	return sum;
}

static uint64_t requests_listing(const struct checkpoint *c)
{
	uint64_t sum = requests_named(c, "GetAccountAuthorizationDetails");
	const char *name;
	json_t *n;

	json_object_foreach(c->counts, name, n)
	{
		if (str_starts(strchr(name, ':') + 1, "List"))
			sum += (uint64_t)json_integer_value(n);
	}
	return sum;
}

/* Those that begin what AWS ends in its own time. */
static uint64_t requests_starting(const struct checkpoint *c)
{
	static const char *const starts[] = {"CreateAccount", "CloseAccount",
					     "CreateAccountAssignment", "DeleteAccountAssignment",
					     "ProvisionPermissionSet"};
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		sum += requests_named(c, starts[i]);
	return sum;
}

/* Of the requests, those that can suffer the fault: "stale", "fail_job=INTERNAL_FAILURE". */
static uint64_t requests_fit(const struct checkpoint *c, const char *fault)
{
	if (str_starts(fault, "fail_job"))
		return requests_starting(c);
	if (strcmp(fault, "concurrent") == 0)
		return requests_named(c, "writes");
	if (strcmp(fault, "stale") == 0)
		return requests_named(c, "reads");
	if (str_ends(fault, "_page") || strcmp(fault, "repeat_token") == 0)
		return requests_listing(c);
	return c->requests;
}

int checkpoint_take(struct stage *s, struct checkpoint *c, struct error *err)
{
	const json_t *a = json_object_get(s->sample, "a"), *b = json_object_get(s->sample, "b");
	json_auto_t *live = stage_things(s);
	uint64_t before;
	json_t *counts;

	*c = (struct checkpoint){.state = json_deep_copy(twin_state(s->twin))};
	things_expect(a, b, live, &c->expected);
	if (stage_commit(s, b, err) < 0)
		return -1;
	snprintf(c->commit, sizeof c->commit, "%s", s->commit);
	if (c->expected.refused)
		return 0;
	before = twin_stats(s->twin)->requests;
	counts = twin_counts(s->twin);
	if (stage_converge(s, err) < 0) {
		json_decref(counts);
		return -1;
	}
	c->requests = twin_stats(s->twin)->requests - before;
	c->counts = counts_between(counts, twin_counts(s->twin));
	return checkpoint_reached(s, c, err);
}

static int fault_play(struct stage *s, const struct checkpoint *c, uint64_t at, const char *kind,
		      struct error *err)
{
	auto_free char *spec = xasprintf("%s#%llux1", kind, (unsigned long long)at);
	uint64_t hits = twin_stats(s->twin)->faults;

	if (checkpoint_restore(s, c, err) < 0 || twin_faults_set(s->twin, spec, err) < 0 ||
	    stage_converge(s, err) < 0 || checkpoint_reached(s, c, err) < 0) {
		error_set(err, "%s\n    with the fault %s", err->message, spec);
		return -1;
	}
	if (json_is_true(json_object_get(s->sample, "all")) && twin_stats(s->twin)->faults == hits)
		return error_set(err, "unhit: no request suffered %s", spec);
	return 0;
}

json_t *faults_make(struct chance *c)
{
	json_t *a = draft_random(c), *b = json_deep_copy(a), *picks = json_array();

	draft_change(c, b, 1 + chance_below(c, 6));
	for (unsigned i = 0; i < PICKS; i++)
		json_array_append_new(
		    picks, json_pack("{s:i, s:s}", "at", (int)chance_below(c, PERMYRIAD), "fault",
				     chance_word(c, kinds_of_fault, KINDS_OF_FAULT)));
	return json_pack("{s:o, s:o, s:o, s:o}", "twin", twin_random(c), "a", a, "b", b, "picks",
			 picks);
}

static int picks_play(struct stage *s, const struct checkpoint *c, struct error *err)
{
	const json_t *picks = json_object_get(s->sample, "picks");

	for (size_t i = 0; i < json_array_size(picks); i++) {
		const json_t *pick = json_array_get(picks, i);
		const char *fault = json_string_value(json_object_get(pick, "fault"));
		uint64_t n = requests_fit(c, fault);
		uint64_t at = (uint64_t)json_integer_value(json_object_get(pick, "at")) * n;

		if (n > 0 && fault_play(s, c, at / PERMYRIAD + 1, fault, err) < 0)
			return -1;
	}
	return 0;
}

static int all_play(struct stage *s, const struct checkpoint *c, struct error *err)
{
	for (size_t i = 0; i < KINDS_OF_FAULT; i++) {
		uint64_t n = requests_fit(c, kinds_of_fault[i]), at;

		for (at = 1; at <= n; at++)
			if (fault_play(s, c, at, kinds_of_fault[i], err) < 0)
				return -1;
	}
	return 0;
}

/* Without `a` it begins with an account that is in no organization. */
int faults_run(const json_t *sample, struct tally *tally, FILE *messages, struct digest *trace,
	       struct error *err)
{
	auto_checkpoint c = {0};
	auto_stage s;

	if (stage_new(&s, sample, tally, messages, trace, err) < 0)
		return -1;
	if (json_object_get(sample, "a") && stage_begin(&s, err) < 0)
		return -1;
	if (checkpoint_take(&s, &c, err) < 0)
		return error_prefix(err, "undisturbed");
	if (c.expected.refused)
		return 0;
	return json_is_true(json_object_get(sample, "all")) ? all_play(&s, &c, err)
							    : picks_play(&s, &c, err);
}

/* retry: what must be survived within one run, with no more requests than it takes. */
#include "reconciler/selftest.h"

#include <stdlib.h>
#include <string.h>

#define PER_HIT 8 /* requests that one fault may cost: attempts, or two readings of a few each */

/* Each as often as the attempts that the client promises allow: two for what may be sent three
 * times, more for throttling and conflicts. */
static const char *const classes[] = {
    "throttle@reads%25x8",
    "throttle=2@reads%25x8",
    "throttle@writes%30x8",
    "throttle=1@writes%30x6",
    "throttle@CreatePolicyx8",
    "throttle@ListPoliciesx8",
    "status=500@ListPoliciesx2",
    "status=503@reads#4x2",
    "status=503@ListRootsx2",
    "html=502@ListAccountsx2",
    "html=503@GetAccountAuthorizationDetailsx2",
    "reset_before@reads#6x2",
    "reset_after@reads#7x2",
    "truncate@reads#5x2",
    "wrong_length@reads#9x2",
    "delay=70000@reads#8x1",
    "status=400/FinalizingOrganizationException@CreateAccountx2",
    "status=400/FinalizingOrganizationException@CreateOrganizationalUnitx2",
    "status=400/PolicyChangesInProgressException@AttachPolicyx3",
    "status=409/EntityTemporarilyUnmodifiable@CreateUserx3",
    "concurrent@writes%40x8",
    "concurrent@AttachPolicyx6",
    "refuse@writes%20x2",
    "reset_before@writes%20x2",
    "reset_after@writes%20x2",
    "reset_after@CreateAccountx1",
    "reset_before@CreateAccountx1",
    "reset_after@CreateOrganizationalUnitx1",
    "reset_after@MoveAccountx1",
    "reset_after@DeletePolicyx1",
    "truncate@writes%20x2",
    "wrong_length@writes%20x2",
    "status_after=500@writes%20x2",
    "status=500@writes%20x2",
    "html=504@writes%20x2",
    "delay=70000@writes%10x2",
    "skew=900#3x1",
    "skew=-900#12x1",
    "skew=1800@writes#3x1",
    "stale@reads#9x1",
    "status=500@DescribeCreateAccountStatusx4",
    "throttle@DescribeCreateAccountStatusx6",
};

/* A refusal that the table of operations says is only one for now. */
static json_t *refusal_random(struct chance *c)
{
	for (unsigned tries = 0; tries < 200; tries++) {
		const struct op *op = &ops[chance_below(c, OP_COUNT)];
		const char *code;
		size_t n = 0;

		while (n < sizeof op->retry / sizeof *op->retry && op->retry[n])
			n++;
		if (!n)
			continue;
		code = op->retry[chance_below(c, (unsigned)n)];
		if (!strchr(code, ':')) /* that is so with a certain message alone */
			return json_sprintf("status=400/%s@%s:%sx2", code,
					    services[op->service].name, op->name);
	}
	return json_string(classes[0]);
}

/* Of what was done and not answered, lists do not know at once: one reading is not enough. */
#define LAG_US 1500000

/* Not every apply has a request for each class to hit. */
#define CHOICES 5

json_t *retry_make(struct chance *c)
{
	json_t *a = draft_random(c), *b = json_deep_copy(a), *twin = twin_random(c);
	json_t *choices = json_array();

	draft_change(c, b, 3 + chance_below(c, 9));
	if (chance_of(c, 40))
		json_object_set_new(twin, "lag_us", json_integer(LAG_US));
	json_object_set_new(twin, "verify", json_integer(1));
	for (unsigned i = 0; i < CHOICES; i++)
		json_array_append_new(
		    choices,
		    chance_of(c, 20)
			? refusal_random(c)
			: json_string(chance_word(c, classes, sizeof classes / sizeof *classes)));
	return json_pack("{s:o, s:o, s:o, s:o}", "twin", twin, "a", a, "b", b, "choices", choices);
}

/* "CreatePolicy" of "throttle@CreatePolicyx8", "writes" of "refuse@writes%20x2"; NULL: of all. */
static char *operation_of(const char *fault)
{
	const char *at = strchr(fault, '@'), *times = strrchr(fault, 'x');
	size_t len;

	if (!at++)
		return NULL;
	len = strcspn(at, "#%");
	if (times > at && times < at + len && times[strspn(times + 1, "0123456789") + 1] == '\0')
		len = (size_t)(times - at);
	return xasprintf("%.*s", (int)len, at);
}

/* The first choice that meets a request, by those of an apply that nothing disturbs. */
static const char *choice_of(const json_t *sample, const struct checkpoint *c)
{
	const json_t *choices = json_object_get(sample, "choices");
	const char *choice = "";

	for (size_t i = 0; i < json_array_size(choices); i++) {
		auto_free char *operation = NULL;

		choice = json_string_value(json_array_get(choices, i));
		operation = operation_of(choice);
		if (!operation || requests_named(c, operation))
			break;
	}
	return choice;
}

static int one_run(struct stage *s, const struct checkpoint *c, const char *faults,
		   struct error *err)
{
	const struct twin_stats *stats = twin_stats(s->twin);
	uint64_t requests = stats->requests, hits = stats->faults;
	struct trial t;
	int result;

	result = stage_apply_checked(s, &t, err);
	requests = stats->requests - requests;
	hits = stats->faults - hits;
	if (result == 0 && t.code != EXIT_DONE)
		result = run_failed_as(&t, "not survived", err);
	trial_end(&t);
	/* Of a clock that is wrong all learn that are under way. */
	if (str_starts(faults, "skew"))
		hits += HTTP_WINDOW / PER_HIT;
	/* What was read a minute ago is read again before it is written. */
	if (str_starts(faults, "delay"))
		hits += c->requests / PER_HIT;
	if (result == 0 && requests > c->requests + PER_HIT * hits + PER_HIT)
		return error_set(err, "too many: %llu requests with %llu faults, %llu without",
				 (unsigned long long)requests, (unsigned long long)hits,
				 (unsigned long long)c->requests);
	return result == 0 ? 0 : error_set(err, "%s\n    with %s", err->message, faults);
}

int retry_run(const json_t *sample, struct tally *tally, FILE *messages, struct digest *trace,
	      struct error *err)
{
	auto_checkpoint c = {0};
	const char *faults;
	auto_stage s;

	if (stage_new(&s, sample, tally, messages, trace, err) < 0)
		return -1;
	if (stage_begin(&s, err) < 0 || checkpoint_take(&s, &c, err) < 0)
		return error_prefix(err, "undisturbed");
	if (c.expected.refused)
		return 0;
	faults = choice_of(sample, &c);
	if (checkpoint_restore(&s, &c, err) < 0 || twin_faults_set(s.twin, faults, err) < 0 ||
	    one_run(&s, &c, faults, err) < 0)
		return -1;
	return checkpoint_reached(&s, &c, err);
}

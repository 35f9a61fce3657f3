/* What can be played. */
#include "reconciler/selftest_draft.h"

#include <string.h>

const struct scenario scenarios[] = {
    {.name = "converge",
     .help = "any organization, any configuration, faults by chance",
     .make = converge_make,
     .run = converge_run},
    {.name = "table",
     .help = "every row of the three-way table",
     .make = table_make,
     .run = table_run},
    {.name = "guards",
     .help = "each guard tripped by as little as can be, and not by less",
     .make = guards_make,
     .run = guards_run},
    {.name = "faults",
     .help = "single faults, each at one request",
     .make = faults_make,
     .run = faults_run},
    {.name = "partial",
     .help = "readings that fail, loop or are cut: nothing is deleted for them",
     .make = partial_make,
     .run = partial_run},
    {.name = "determinism",
     .help = "one plan whatever the pages and their order; one seed, one trace",
     .make = determinism_make,
     .run = determinism_run},
    {.name = "drift",
     .help = "what was changed outside git is found, all of it, and put back",
     .make = drift_make,
     .run = drift_run},
    {.name = "retry",
     .help = "what must be survived in one run, with few requests",
     .make = retry_make,
     .run = retry_run},
    {.name = "meddle",
     .help = "somebody else changes things while charter works",
     .make = meddle_make,
     .run = meddle_run},
    {.name = "import",
     .help = "configuration for what exists: its plan is empty, and its apply changes nothing",
     .make = import_make,
     .run = import_run},
    {.name = "every-call",
     .help = "every fault at every request of a few samples; only by name",
     .run = faults_run,
     .sample = every_call_sample,
     .samples = EVERY_CALL_SAMPLES},
};
const size_t scenarios_n = sizeof scenarios / sizeof *scenarios;

const struct scenario *scenario_find(const char *name)
{
	for (size_t i = 0; i < scenarios_n; i++)
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	return NULL;
}

/* Accounts that are in no organization are there before. */
static void independent_set(json_t *sample)
{
	json_auto_t *ids = draft_accounts();
	auto_buf list = BUF_INIT(1u << 12);

	buf_puts(&list, TWIN_MANAGEMENT);
	for (size_t i = 0; i < json_array_size(ids); i++)
		buf_printf(&list, ",%s", json_string_value(json_array_get(ids, i)));
	json_object_set_new(sample, "accounts", json_string(buf_str(&list)));
	json_object_set_new(sample, "before", draft_before(json_object_get(sample, "a")));
}

static void center_set(json_t *sample)
{
	json_t *before = center_before(json_object_get(sample, "a"));

	if (before)
		json_object_set_new(sample, "before", before);
}

/* What accounts have cost when b is applied. */
static void spend_set(json_t *sample)
{
	const json_t *spend = draft_part(json_object_get(sample, "b"), "_spend", false);

	if (!spend)
		return;
	if (!json_object_get(sample, "hands"))
		json_object_set_new(sample, "hands", json_array());
	json_array_append_new(json_object_get(sample, "hands"), json_pack("{s:O}", "spend", spend));
}

/* Scenarios of one seed have nothing in common. */
json_t *scenario_sample(const struct scenario *scenario, uint64_t seed)
{
	struct chance chance;
	uint64_t mixed = seed * UINT64_C(0x9e3779b97f4a7c15);
	json_t *sample;

	for (const char *p = scenario->name; *p; p++)
		mixed = (mixed ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	chance_seed(&chance, mixed);
	sample = scenario->sample ? scenario->sample(seed) : scenario->make(&chance);
	if (json_is_string(draft_part(json_object_get(sample, "a"), "organization", false)))
		independent_set(sample);
	center_set(sample);
	spend_set(sample);
	json_object_set_new(sample, "scenario", json_string(scenario->name));
	json_object_set_new(sample, "seed", json_integer((json_int_t)(seed & INT64_MAX)));
	return sample;
}

int selftest_one(const struct scenario *scenario, uint64_t seed, struct tally *tally,
		 FILE *messages, char digest[SHA256_HEX], struct error *err)
{
	json_auto_t *sample = scenario_sample(scenario, seed);
	struct digest *trace = digest_new();
	int result = scenario->run(sample, tally, messages, trace, err);

	digest_hex(trace, digest);
	return result;
}

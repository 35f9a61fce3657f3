/* import: an organization that nobody declares becomes a configuration whose plan is empty. */
#include "reconciler/import.h"
#include "reconciler/selftest_draft.h"

#include <stdlib.h>
#include <string.h>

#define DRAWS_MOST 20

/* What is in no organization has no configuration to begin with. */
static json_t *organization_draw(struct chance *c)
{
	json_t *draft = draft_random(c);

	for (unsigned i = 0; i < DRAWS_MOST; i++) {
		if (json_is_object(json_object_get(draft, "organization")))
			return draft;
		json_decref(draft);
		draft = draft_random(c);
	}
	json_decref(draft);
	return draft_small();
}

/* What somebody had who was deleted, only an exact reading shows: the next one takes it away. */
static json_t *hands_draw(struct chance *c, const json_t *a)
{
	json_t *hands = hands_random(c, a, a, chance_below(c, 9));

	for (size_t i = json_array_size(hands); i-- > 0;)
		if (str_starts(member_text(json_array_get(hands, i), "wipe"), "identity_"))
			json_array_remove(hands, i);
	return hands;
}

json_t *import_make(struct chance *c)
{
	json_t *a = organization_draw(c), *hands = hands_draw(c, a);

	return json_pack("{s:o, s:o, s:o}", "twin", twin_random(c), "a", a, "hands", hands);
}

/* A repository with no configuration, in an organization with no record. */
static int forget(struct stage *s, struct error *err)
{
	const struct source_file readme = {"README.md", "Nothing yet\n", 12};
	json_auto_t *hands = json_pack(
	    "[{s:s, s:{s:s, s:[s, s]}}]", "call", "organizations:UntagResource", "input",
	    "ResourceId", "${root}", "TagKeys", "charter:applied/.", "charter:applying/.");

	hands_do(s->twin, hands);
	return source_commit(s->source, &readme, 1, s->commit, s->clock.us / 1000000, s->commit,
			     err);
}

static int files_commit(struct stage *s, const struct import *import, struct error *err)
{
	auto_free struct source_file *file = xcalloc(import->file.n + 1, sizeof *file);

	for (size_t i = 0; i < import->file.n; i++)
		file[i] = (struct source_file){import->file.at[i].path, import->file.at[i].data,
					       import->file.at[i].len};
	return source_commit(s->source, file, import->file.n, s->commit, s->clock.us / 1000000,
			     s->commit, err);
}

static bool is_left(const struct import *import, const char *address)
{
	for (size_t i = 0; i < import->left.n; i++)
		if (strcmp(import->left.at[i].address, address) == 0)
			return true;
	return false;
}

/* The plan has no change, and what nobody declares yet is what the import named. */
static int plan_check(struct stage *s, const struct import *import, struct error *err)
{
	struct trial t;
	int result = 0;

	stage_plan(s, &t);
	if (t.code != EXIT_DONE)
		result = run_failed_as(&t, "not empty", err);
	for (size_t i = 0; t.planned && result == 0 && i < t.run.plan.changes; i++)
		if (!is_left(import, t.run.plan.change[i].row->address->s))
			result = error_set(err, "not empty: %s is changed",
					   t.run.plan.change[i].row->address->s);
	for (size_t i = 0; t.planned && result == 0 && i < t.run.plan.notes; i++)
		if (t.run.plan.note[i].what == NOTE_UNMANAGED &&
		    !is_left(import, t.run.plan.note[i].address->s))
			result = error_set(err,
					   "left out: %s is declared nowhere, and was not "
					   "named",
					   t.run.plan.note[i].address->s);
	trial_end(&t);
	return result;
}

static int import_stage(struct stage *s, struct error *err)
{
	struct trial_options options;
	struct import import = {0};
	struct trial t;
	int result;

	if (forget(s, err) < 0)
		return -1;
	s->clock.us += SELF_NEXT;
	twin_transport_revive(s->transport);
	options = (struct trial_options){.source = s->source,
					 .ref = s->commit,
					 .rate_percent = s->client_rate,
					 .messages = s->messages,
					 .options = s->options};
	if (trial_import(&t, &s->clock, s->transport, &options, &import) != EXIT_DONE)
		result = run_failed_as(&t, "import", err);
	else
		result = files_commit(s, &import, err);
	if (result == 0)
		result = plan_check(s, &import, err);
	import_free(&import);
	trial_end(&t);
	return result;
}

/* What the accounts had not got yet, an apply gives them. */
static json_t *lasting_things(const struct stage *s)
{
	json_t *things = stage_things(s), *thing;
	const char *address;

	json_object_foreach(things, address, thing) json_object_del(thing, "provisioned");
	return things;
}

int import_run(const json_t *sample, struct tally *tally, FILE *messages, struct digest *trace,
	       struct error *err)
{
	json_auto_t *before = NULL, *after = NULL;
	auto_stage s;

	if (stage_new(&s, sample, tally, messages, trace, err) < 0)
		return -1;
	if (stage_begin(&s, err) < 0)
		return -1;
	s.clock.us += 10 * SELF_NEXT;
	before = lasting_things(&s);
	if (import_stage(&s, err) < 0 || stage_converge(&s, err) < 0 || stage_settled(&s, err) < 0)
		return -1;
	after = lasting_things(&s);
	return things_compare(before, after, err);
}

#include "reconciler/merged.h"

#include "reconciler/approval.h"
#include "reconciler/intent.h"

#include <stdlib.h>
#include <string.h>

/* The digest of the configuration at a commit; "" where there is none. */
static int config_at(struct run *run, const char *commit, char config[SHA256_HEX],
		     struct error *err)
{
	struct tree *tree = NULL;
	int has = source_has_directory(run->source, commit, err);

	*config = '\0';
	if (has <= 0)
		return has;
	if (source_read(run->source, commit, &tree, err) != 0)
		return -1;
	memcpy(config, tree->config, SHA256_HEX);
	tree_free(tree);
	return 0;
}

/* Of several that a forge names for a commit: the one before it goes on, else the one that was
 * merged as this commit. */
static const struct forge_pull *pull_choose(const struct merge *last,
					    const struct forge_pulls *pulls, const char *commit)
{
	for (size_t i = 0; last && i < pulls->n; i++)
		if (strcmp(pulls->at[i].number, last->pull.number) == 0)
			return &pulls->at[i];
	for (size_t i = 0; i < pulls->n; i++)
		if (pulls->at[i].merged && strcmp(pulls->at[i].merged, commit) == 0)
			return &pulls->at[i];
	return &pulls->at[0];
}

/* Of a rebase or fast-forward of several commits Gitea and CodeCommit know the last alone. Those
 * before it, of which none is known, are taken to be its own: were they not, the plan of them all
 * would not be the one that was approved. */
static int merge_add(struct merged *m, const struct first_parent *step, struct error *err)
{
	struct run *run = m->desk.run;
	struct merge *last = m->list.n ? &m->list.at[m->list.n - 1] : NULL;
	struct merge merge = {.from = arena_strdup(run->arena, step->parent),
			      .to = arena_strdup(run->arena, step->commit)};
	struct forge_pulls pulls = {0};

	if (desk_pulls_of(&m->desk, step->commit, &pulls, err) != 0)
		return -1;
	if (!pulls.n) {
		if (!m->orphan) {
			m->orphan = merge.to;
			m->orphan_from = merge.from;
		}
		return 0;
	}
	if (m->orphan)
		merge.from = m->orphan_from;
	m->orphan = NULL;
	merge.pull = *pull_choose(last, &pulls, step->commit);
	if (last && strcmp(last->pull.number, merge.pull.number) == 0)
		last->to = merge.to;
	else
		vec_push(&m->list, merge);
	return 0;
}

static int merges_find(struct merged *m, struct error *err)
{
	struct run *run = m->desk.run;
	struct first_parents steps = {0};
	char before[SHA256_HEX], after[SHA256_HEX];
	int r;

	if (!run->base.commit.present || !run->base.commit.commit || !*run->base.commit.commit)
		return error_set_code(err, EXIT_STALE,
				      "no apply is recorded yet, so it cannot be told which merges "
				      "are new: make the first one with a saved plan, `charter "
				      "apply PLAN.json`");
	r = source_first_parents(run->source, run->base.commit.commit, run->head.commit.commit,
				 &steps, err);
	if (r == 0 && steps.step.n)
		r = config_at(run, steps.step.at[0].parent, before, err);
	for (size_t i = 0; r == 0 && i < steps.step.n; i++) {
		r = config_at(run, steps.step.at[i].commit, after, err);
		if (r == 0 && strcmp(before, after) != 0)
			r = merge_add(m, &steps.step.at[i], err);
		memcpy(before, after, sizeof before);
	}
	free(steps.step.at);
	if (r == 0 && m->orphan)
		return error_set_code(err, EXIT_STALE,
				      "commit %.12s changes the configuration and came by no pull "
				      "request: nobody approved a plan of it; nothing was changed",
				      m->orphan);
	return r;
}

/* Our newest comment that shows a plan for this organization and scope. */
static int merge_comment(struct merged *m, struct merge *merge, const char *target,
			 struct error *err)
{
	struct desk_comments all;
	const struct sticky *s;

	if (desk_comments_read(&m->desk, merge->pull.number, target, &all, err) != 0)
		return -1;
	if (!all.n)
		return error_set_code(
		    err, EXIT_STALE,
		    "pull request %s was merged without a plan of ours on it%s; nothing was "
		    "changed",
		    merge->pull.number,
		    all.strangers ? ": the comment that looks like one is somebody else's" : "");
	merge->comment = *desk_newest(&all);
	s = &merge->comment.sticky;
	if (s->altered)
		return error_set_code(err, EXIT_STALE,
				      "our comment on pull request %s was edited by somebody else; "
				      "nothing was changed",
				      merge->pull.number);
	merge->told = true;
	if (strcmp(s->commit, merge->pull.head ? merge->pull.head : "") != 0)
		return error_set_code(err, EXIT_STALE,
				      "pull request %s was planned at %.12s and merged at %.12s: "
				      "nobody saw the plan of that; nothing was changed",
				      merge->pull.number, s->commit,
				      merge->pull.head ? merge->pull.head : "another commit");
	approval_add(m->desk.run->approval, s->shown, s->shown_n);
	return 0;
}

/* The record says that the base was applied whole. A footer that does not could not be written by
 * the run that did it. */
static int merged_late(struct merged *m, const char *target, struct error *err)
{
	const char *base = m->desk.run->base.commit.commit;
	struct forge_pulls pulls = {0};
	struct desk_comments all;
	const struct desk_comment *last;

	if (m->desk.run->options->base)
		return 0;
	if (forge_pulls_of(m->desk.forge, base, &pulls, err) != 0)
		return -1;
	if (!pulls.n)
		return 0;
	m->late.pull = *pull_choose(NULL, &pulls, base);
	if (desk_comments_read(&m->desk, m->late.pull.number, target, &all, err) != 0)
		return -1;
	last = desk_newest(&all);
	m->late.told =
	    last && !last->sticky.altered &&
	    (last->sticky.status == STICKY_APPLYING || last->sticky.status == STICKY_FAILED);
	if (m->late.told)
		m->late.comment = *last;
	return 0;
}

int merged_read(struct merged *m, struct run *run, struct error *err)
{
	const struct text *organization = run->live->world.organization_id;
	const char *target =
	    desk_target(run->arena, PLAN_FORMAT, organization ? organization->s : NULL, run->scope);

	*m = (struct merged){0};
	if (desk_open(&m->desk, run, err) != 0)
		return -1;
	run->approval = approval_new();
	if (merges_find(m, err) != 0 || merged_late(m, target, err) != 0)
		return -1;
	for (size_t i = 0; i < m->list.n; i++)
		if (merge_comment(m, &m->list.at[i], target, err) != 0)
			return -1;
	return 0;
}

static int merge_id(struct run *run, const struct merge *merge, char id[SHA256_HEX],
		    struct error *err)
{
	struct configuration from = {0}, to = {0};
	struct bound *rows = NULL;
	int has = source_has_directory(run->source, merge->from, err), r = has < 0 ? -1 : 0;

	if (has > 0)
		r = configuration_at(run, &from, merge->from, err);
	if (r == 0)
		r = configuration_at(run, &to, merge->to, err);
	if (r == 0) {
		rows = run_intent(run, &from, configuration_offline(run, &to));
		intent_id(&run->plan, rows, id);
		bound_free(rows);
	}
	configuration_free(&from);
	configuration_free(&to);
	return r;
}

int merged_check(struct merged *m, struct error *err)
{
	struct run *run = m->desk.run;

	for (size_t i = 0; i < m->list.n; i++) {
		const struct merge *merge = &m->list.at[i];
		const struct sticky *s = &merge->comment.sticky;
		char id[SHA256_HEX];

		if (merge_id(run, merge, id, err) != 0)
			return -1;
		if (strcmp(id, s->plan_id) == 0)
			continue;
		return error_set_code(
		    err, EXIT_STALE,
		    "the plan of pull request %s is %.12s, made again now it is %.12s, since the "
		    "configuration or what it would overwrite has changed; nothing was changed%s",
		    merge->pull.number, s->plan_id, id,
		    s->shown_left ? " (after a part of it was applied this can also be for want of "
				    "room in the comment: then apply a saved plan)"
				  : "");
	}
	return 0;
}

int merged_status(struct merged *m, enum sticky_status status, struct error *err)
{
	for (size_t i = 0; i < m->list.n; i++)
		if (m->list.at[i].told && desk_status_set(&m->desk, m->list.at[i].pull.number,
							  &m->list.at[i].comment, status, err) != 0)
			return -1;
	if (status != STICKY_APPLYING && m->late.told)
		return desk_status_set(&m->desk, m->late.pull.number, &m->late.comment,
				       STICKY_APPLIED, err);
	return 0;
}

void merged_free(struct merged *m)
{
	desk_close(&m->desk);
	free(m->list.at);
	*m = (struct merged){0};
}

#include "git/source_priv.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

/* Commits still to be looked at, each once. */
struct frontier {
	VEC(git_oid) commit;
	struct map *seen;
};

static void frontier_add(struct frontier *f, const git_oid *id)
{
	const char *hex = git_oid_tostr_s(id);

	if (map_get(f->seen, hex))
		return;
	map_put(f->seen, hex, f);
	vec_push(&f->commit, *id);
}

/* Looks for the ancestor as far as the clone goes. 1: found; 0: it is none; -1: the clone ends
 * first. */
static int frontier_search(struct source *s, struct frontier *f, const git_oid *ancestor)
{
	bool cut = false;
	git_commit *c;

	for (size_t i = 0; i < f->commit.n; i++) {
		if (git_oid_equal(&f->commit.at[i], ancestor))
			return 1;
		if (i >= SOURCE_MAX_GRAPH || git_commit_lookup(&c, s->repo, &f->commit.at[i]) < 0) {
			cut = true;
			continue;
		}
		for (unsigned p = 0; p < git_commit_parentcount(c); p++)
			frontier_add(f, git_commit_parent_id(c, p));
		git_commit_free(c);
	}
	return cut ? -1 : 0;
}

/* Not git_graph_descendant_of(), which gives up where a parent is missing even when the ancestor
 * lies before that, as in a clone of depth 2. */
int history_descends(struct source *s, const git_oid *commit, const git_oid *ancestor,
		     struct error *err)
{
	struct frontier f = {.seen = map_new()};
	char c[8], a[8];
	int result;

	frontier_add(&f, commit);
	result = frontier_search(s, &f, ancestor);
	map_free(f.seen);
	free(f.commit.at);
	if (result < 0)
		return git_fail(err, "whether commit %s descends from %s cannot be told%s",
				git_oid_tostr(c, sizeof c, commit),
				git_oid_tostr(a, sizeof a, ancestor), source_hint(s));
	return result;
}

int source_descends(struct source *s, const char *commit, const char *ancestor, struct error *err)
{
	git_oid a, c;

	if (revision_id(s, commit, &c, err) < 0 || revision_id(s, ancestor, &a, err) < 0)
		return -1;
	return history_descends(s, &c, &a, err);
}

/* Steps to the first parent. 1: stepped; 0: there is none; -1: it cannot be read. */
static int parent_step(struct source *s, git_oid *id, struct error *err)
{
	git_commit *c;
	const git_oid *parent;

	if (git_commit_lookup(&c, s->repo, id) < 0)
		return git_fail(err, "commit %s cannot be read%s", git_oid_tostr_s(id),
				source_hint(s));
	parent = git_commit_parent_id(c, 0);
	if (parent)
		git_oid_cpy(id, parent);
	git_commit_free(c);
	return parent != NULL;
}

int source_find_tree(struct source *s, const char *from, const char *tree, char commit[GIT_HEX],
		     struct error *err)
{
	git_oid id, wanted, found;
	const char *why;

	if (revision_id(s, from, &id, err) < 0)
		return -1;
	if (strlen(tree) != GIT_OID_HEXSZ || git_oid_fromstr(&wanted, tree) < 0)
		return 0;
	for (int i = 0; i < SOURCE_MAX_WALK; i++) {
		int here = config_tree_id(s, &id, &found, &why, err);
		if (here < 0)
			return -1;
		if (here && git_oid_equal(&found, &wanted)) {
			git_oid_tostr(commit, GIT_HEX, &id);
			return 1;
		}
		here = parent_step(s, &id, err);
		if (here <= 0)
			return here;
	}
	return 0;
}

struct line {
	VEC(git_oid) commit; /* newest first */
};

/* The first-parent line from `to` down to `from`. 1: it leads there. 0: it does not, within the
 * limit on steps. -1: it cannot be followed. */
static int line_follow(struct source *s, const git_oid *from, const git_oid *to, struct line *line,
		       struct error *err)
{
	git_oid id = *to;

	while (!git_oid_equal(&id, from)) {
		vec_push(&line->commit, id);
		if (line->commit.n > SOURCE_MAX_STEPS)
			return 0;
		int here = parent_step(s, &id, err);
		if (here <= 0)
			return here;
	}
	return 1;
}

/* Cuts the line after the last commit that descends from `from`: the newest does, and before one
 * that does not there is none that does. */
static int line_cut(struct source *s, const git_oid *from, struct line *line, struct error *err)
{
	size_t descends = 1, rest = line->commit.n;

	while (descends < rest) {
		size_t middle = descends + (rest - descends) / 2;
		int here = history_descends(s, &line->commit.at[middle], from, err);
		if (here < 0)
			return -1;
		if (here)
			descends = middle + 1;
		else
			rest = middle;
	}
	line->commit.n = descends;
	return 0;
}

static int line_find(struct source *s, const git_oid *from, const git_oid *to, struct line *line,
		     struct error *err)
{
	char f[8], t[8];
	int result = history_descends(s, to, from, err);

	git_oid_tostr(f, sizeof f, from);
	git_oid_tostr(t, sizeof t, to);
	if (result == 0)
		return error_set(err, "commit %s does not descend from %s%s", t, f, source_hint(s));
	if (result > 0)
		result = line_follow(s, from, to, line, err);
	if (result < 0 || (result == 0 && line_cut(s, from, line, err) < 0))
		return -1;
	if (line->commit.n > SOURCE_MAX_STEPS)
		return error_set(err, "there are more than %d steps from commit %s to %s",
				 SOURCE_MAX_STEPS, f, t);
	return 0;
}

int source_first_parents(struct source *s, const char *from, const char *to,
			 struct first_parents *out, struct error *err)
{
	struct line line = {0};
	struct first_parent step;
	git_oid f, t;
	int result;

	*out = (struct first_parents){0};
	if (revision_id(s, from, &f, err) < 0 || revision_id(s, to, &t, err) < 0)
		return -1;
	result = line_find(s, &f, &t, &line, err);
	for (size_t i = line.commit.n; result == 0 && i-- > 0; f = line.commit.at[i]) {
		git_oid_tostr(step.parent, GIT_HEX, &f);
		git_oid_tostr(step.commit, GIT_HEX, &line.commit.at[i]);
		vec_push(&out->step, step);
	}
	free(line.commit.at);
	return result;
}

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

#include "git/source_priv.h"

#include <string.h>

static bool is_full_id(const char *s)
{
	return strlen(s) == GIT_OID_HEXSZ && strspn(s, "0123456789abcdefABCDEF") == GIT_OID_HEXSZ;
}

/* Finds a name, or a branch that only the remote "origin" has here, as in the clones of CI, or, for
 * the clone of a URL, a commit that no branch or tag led to. */
static int rev_lookup(struct source *s, const char *rev, git_object **out)
{
	auto_error ignored = {0};
	auto_free char *tracking = xasprintf("refs/remotes/origin/%s", rev);
	int result = git_revparse_single(out, s->repo, rev);

	/* Only a plain name: origin's HEAD~1 is another commit than HEAD~1. */
	if (result == GIT_ENOTFOUND && strcmp(rev, "HEAD") != 0 && !strpbrk(rev, "~^:@{") &&
	    git_revparse_single(out, s->repo, tracking) == 0)
		return 0;
	if (result == GIT_ENOTFOUND && s->remote && is_full_id(rev))
		(void)source_fetch_commit(s, rev, &ignored);
	if (result == GIT_ENOTFOUND) /* for its message, which names the revision */
		result = git_revparse_single(out, s->repo, rev);
	return result;
}

int revision_commit(struct source *s, const char *rev, git_oid *commit, struct error *err)
{
	auto_free char *shown = name_shown(rev ? rev : "HEAD", strlen(rev ? rev : "HEAD"));
	git_object *object = NULL, *peeled = NULL;
	int result;

	if (!s->repo)
		return error_set(err, "%s is no git repository: it has no revision '%s'", s->root,
				 shown);
	if (rev && !*rev)
		return error_set(err, "the revision is empty");
	if (rev_lookup(s, rev ? rev : "HEAD", &object) < 0)
		return git_fail(err, "the revision '%s' cannot be found%s", shown, source_hint(s));
	result = git_object_peel(&peeled, object, GIT_OBJECT_COMMIT);
	git_object_free(object);
	if (result < 0)
		return git_fail(err, "the revision '%s' is no commit", shown);
	git_oid_cpy(commit, git_object_id(peeled));
	git_object_free(peeled);
	return 0;
}

char *revision_label(struct source *s, const char *rev, const git_oid *commit)
{
	git_reference *head;
	char *label = NULL;

	if (rev && !is_full_id(rev))
		return name_shown(rev, strlen(rev));
	if (!rev && git_repository_head(&head, s->repo) == 0) {
		if (git_reference_is_branch(head))
			label = xstrdup(git_reference_shorthand(head));
		git_reference_free(head);
	}
	return label ? label : xasprintf("%.7s", git_oid_tostr_s(commit));
}

int source_resolve(struct source *s, const char *rev, char commit[GIT_HEX], struct error *err)
{
	git_oid id;

	if (revision_commit(s, rev, &id, err) < 0)
		return -1;
	git_oid_tostr(commit, GIT_HEX, &id);
	return 0;
}

bool source_has_commit(struct source *s, const char *commit)
{
	git_oid id;
	git_commit *c;
	git_tree *tree;
	bool whole;

	if (!s->repo || !is_full_id(commit) || git_oid_fromstr(&id, commit) < 0 ||
	    git_commit_lookup(&c, s->repo, &id) < 0)
		return false;
	whole = git_commit_tree(&tree, c) == 0;
	if (whole)
		git_tree_free(tree);
	git_commit_free(c);
	return whole;
}

int revision_id(struct source *s, const char *text, git_oid *id, struct error *err)
{
	auto_free char *shown = name_shown(text, strlen(text));

	if (!is_full_id(text) || git_oid_fromstr(id, text) < 0)
		return error_set(err, "'%s' is no commit id", shown);
	if (!source_has_commit(s, text))
		return error_set(err, "commit %s is not in this clone%s", shown, source_hint(s));
	return 0;
}

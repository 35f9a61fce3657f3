/* CodeCommit's branch, commits of at most 100 files, and pull request. After a lost answer the
 * client may have sent a request again: what says then that it is there already was ours. */
#include "git/forge_priv.h"

#include "base/digest.h"

#include <string.h>

#define COMMIT_FILES 100 /* of one CreateCommit: its page of limits */
#define TITLE_MAX    150

static struct forge_ask asking(const char *what)
{
	return (struct forge_ask){.what = what};
}

/* The branch's tip, or NULL where there is no such branch. */
static int tip_read(struct forge *f, const char *branch, const char **id, struct error *err)
{
	struct forge_ask ask = asking("reading the branch");
	json_auto_t *reply = NULL;

	ask.reads = true;
	*id = NULL;
	if (codecommit_ask(
		f, &ask, "GetBranch",
		json_pack("{s:s, s:s}", "repositoryName", f->repository, "branchName", branch),
		"BranchDoesNotExistException", &reply, err) < 0)
		return -1;
	if (reply == NULL)
		return 0;
	*id = reply_commit(f, reply, "branch.commitId");
	return *id != NULL ? 0 : codecommit_senseless(f, &ask, err);
}

static int branch_make(struct forge *f, const struct forge_proposal *p, struct error *err)
{
	struct forge_ask ask = asking("making the branch");
	json_auto_t *reply = NULL;
	const char *tip;

	if (codecommit_ask(f, &ask, "CreateBranch",
			   json_pack("{s:s, s:s, s:s}", "repositoryName", f->repository,
				     "branchName", p->branch, "commitId", p->commit),
			   "BranchNameExistsException", &reply, err) < 0)
		return -1;
	if (reply != NULL)
		return 0;
	if (tip_read(f, p->branch, &tip, err) < 0)
		return -1;
	if (tip != NULL && strcmp(tip, p->commit) == 0)
		return 0;
	return forge_fail(f, &ask, err, "branch %s was made by somebody else meanwhile", p->branch);
}

static json_t *commit_input(struct forge *f, const struct forge_proposal *p, const char *parent,
			    size_t first, size_t n)
{
	json_t *put = json_array(), *gone = json_array(), *input;

	for (size_t i = first; i < first + n; i++) {
		const struct forge_file *file = &p->file[i];

		if (file->data == NULL)
			json_array_append_new(gone, json_pack("{s:s}", "filePath", file->path));
		else
			json_array_append_new(put, json_pack("{s:s, s:o}", "filePath", file->path,
							     "fileContent", proposal_data(file)));
	}
	input = json_pack("{s:s, s:s, s:s, s:s}", "repositoryName", f->repository, "branchName",
			  p->branch, "parentCommitId", parent, "commitMessage", p->message);
	if (input == NULL || json_array_size(put) + json_array_size(gone) != n) {
		json_decref(put);
		json_decref(gone);
		json_decref(input);
		return NULL;
	}
	if (json_array_size(put) > 0)
		json_object_set(input, "putFiles", put);
	if (json_array_size(gone) > 0)
		json_object_set(input, "deleteFiles", gone);
	json_decref(put);
	json_decref(gone);
	return input;
}

/* *parent gets the new commit's id. Nobody else writes to the branch: one that is not at its parent
 * any more was moved by an answer that was lost. */
static int commit_make(struct forge *f, const struct forge_proposal *p, const char **parent,
		       size_t first, size_t n, struct error *err)
{
	struct forge_ask ask = asking("making the commit");
	json_t *input = commit_input(f, p, *parent, first, n);
	json_auto_t *reply = NULL;

	if (input == NULL)
		return forge_fail(f, &ask, err, "the text is not valid UTF-8");
	if (codecommit_ask(f, &ask, "CreateCommit", input, "ParentCommitIdOutdatedException",
			   &reply, err) < 0)
		return -1;
	if (reply == NULL)
		return tip_read(f, p->branch, parent, err);
	*parent = reply_commit(f, reply, "commitId");
	return *parent != NULL ? 0 : codecommit_senseless(f, &ask, err);
}

static const char *cut(struct forge *f, const char *s, size_t max)
{
	size_t n = strlen(s);

	if (n <= max)
		return s;
	for (n = max; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80;)
		n--;
	return arena_printf(f->arena, "%.*s", (int)n, s);
}

/* AWS makes it once for each token. */
static int pull_make(struct forge *f, const struct forge_proposal *p, const char *tip,
		     struct error *err)
{
	struct forge_ask ask = asking("opening the pull request");
	json_auto_t *reply = NULL;
	struct digest *d = digest_new();
	char token[SHA256_HEX];

	digest_add(d, p->branch, strlen(p->branch) + 1);
	digest_add(d, tip, strlen(tip) + 1);
	digest_hex(d, token);
	return codecommit_ask(
	    f, &ask, "CreatePullRequest",
	    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:s}]}", "title", cut(f, p->title, TITLE_MAX),
		      "description", cut(f, p->body, forge_codecommit.comment_max),
		      "clientRequestToken", token, "targets", "repositoryName", f->repository,
		      "sourceReference", p->branch, "destinationReference", p->into),
	    NULL, &reply, err);
}

int codecommit_propose(struct forge *f, const struct forge_proposal *p, const char **url,
		       struct error *err)
{
	const char *tip, *parent = p->commit;

	*url = NULL;
	if (tip_read(f, p->branch, &tip, err) < 0)
		return -1;
	if (tip != NULL)
		return error_set(err,
				 "%s: branch %s of %s is there already: merge or close its pull "
				 "request and delete it, or name another one",
				 f->ops->name, p->branch, f->repository);
	if (branch_make(f, p, err) < 0)
		return -1;
	for (size_t i = 0; i < p->files; i += COMMIT_FILES) {
		size_t n = p->files - i < COMMIT_FILES ? p->files - i : COMMIT_FILES;

		if (commit_make(f, p, &parent, i, n, err) < 0)
			return -1;
	}
	if (pull_make(f, p, parent, err) < 0)
		return error_prefix(err, "branch %s is made, and has no pull request", p->branch);
	return 0;
}

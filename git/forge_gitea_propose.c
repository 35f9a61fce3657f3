/* Gitea's branch and commit: the branch at the commit that the change starts from, then all files
 * at once on it. What changes a file names the blob that it takes the place of. */
#include "git/forge_priv.h"

#include <string.h>

/* There was no such branch before: one that is there is ours. */
static int look_branch(struct forge *f, void *ctx, struct error *err)
{
	const struct forge_proposal *p = ctx;
	const char *id;

	return proposal_tip(f, p->branch, &id, err);
}

static int look_commit(struct forge *f, void *ctx, struct error *err)
{
	const struct forge_proposal *p = ctx;
	const char *id = NULL;
	int r = proposal_tip(f, p->branch, &id, err);

	return r == 1 ? strcmp(id, p->commit) != 0 : r;
}

static int branch_make(struct forge *f, const struct forge_proposal *p, struct error *err)
{
	json_auto_t *json =
	    json_pack("{s:s, s:s}", "new_branch_name", p->branch, "old_ref_name", p->commit);
	struct forge_ask ask = proposal_ask(f, "making the branch", "POST",
					    rest_url(f, "/repos/{r}/branches", "", ""), json);
	auto_reply reply = {0};

	ask.look = look_branch;
	ask.ctx = (void *)p;
	return forge_ask(f, &ask, &reply, err);
}

static json_t *file_json(const struct forge_file *file, const struct tree_entry *was)
{
	const char *what = file->data == NULL ? "delete" : was->id == NULL ? "create" : "update";
	json_t *json = json_pack("{s:s, s:s}", "operation", what, "path", file->path);

	if (json != NULL && file->data != NULL)
		json_object_set_new(json, "content", proposal_data(file));
	if (json != NULL && was->id != NULL)
		json_object_set_new(json, "sha", json_string(was->id));
	return json;
}

int gitea_commit(struct forge *f, const struct forge_proposal *p, struct error *err)
{
	struct tree_entry *was = arena_array(f->arena, p->files, sizeof *was);
	json_auto_t *json =
	    json_pack("{s:s, s:s, s:[]}", "branch", p->branch, "message", p->message, "files");
	struct forge_ask ask = proposal_ask(f, "making the commit", "POST",
					    rest_url(f, "/repos/{r}/contents", "", ""), json);
	auto_reply reply = {0};

	if (json == NULL)
		return forge_fail(f, &ask, err, "the text is not valid UTF-8");
	if (proposal_tree(f, p, was, err) < 0)
		return -1;
	for (size_t i = 0; i < p->files; i++)
		if (json_array_append_new(json_object_get(json, "files"),
					  file_json(&p->file[i], &was[i])) != 0)
			return forge_fail(f, &ask, err, "a path is not valid UTF-8");
	if (branch_make(f, p, err) < 0)
		return -1;
	ask.look = look_commit;
	ask.ctx = (void *)p;
	return forge_ask(f, &ask, &reply, err);
}

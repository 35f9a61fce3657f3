/* GitHub's branch and commit, by its git data API: a tree on top of another, a commit, a
 * reference. Trees and commits that nothing refers to are nobody's: both may be sent again. */
#include "git/forge_priv.h"

#include "base/text.h"

#include <string.h>

/* A POST that names an object by what it holds. */
static int object_make(struct forge *f, const char *what, const char *path, const json_t *body,
		       const char **id, struct error *err)
{
	struct forge_ask ask = proposal_ask(f, what, "POST", rest_url(f, path, "", ""), body);
	auto_reply reply = {0};

	ask.again = true;
	if (body == NULL)
		return forge_fail(f, &ask, err, "the text is not valid UTF-8");
	if (forge_ask(f, &ask, &reply, err) < 0)
		return -1;
	*id = reply_commit(f, reply.json, "sha");
	return *id != NULL ? 0 : rest_senseless(f, &ask, err);
}

/* Text goes into the tree's own request; other bytes are made a blob first. */
static int content_set(struct forge *f, const struct forge_file *file, json_t *entry,
		       struct error *err)
{
	json_auto_t *blob = NULL;
	const char *id = NULL;

	if (file->data == NULL)
		return json_object_set_new(entry, "sha", json_null());
	if (memchr(file->data, '\0', file->len) == NULL) {
		json_t *text = json_stringn(file->data, file->len);

		if (text != NULL)
			return json_object_set_new(entry, "content", text);
	}
	blob = json_pack("{s:o, s:s}", "content", proposal_data(file), "encoding", "base64");
	if (object_make(f, "storing a file", "/repos/{r}/git/blobs", blob, &id, err) < 0)
		return -1;
	return json_object_set_new(entry, "sha", json_string(id));
}

static int tree_make(struct forge *f, const struct forge_proposal *p, const char *base,
		     const char **id, struct error *err)
{
	struct tree_entry *was = arena_array(f->arena, p->files, sizeof *was);
	json_auto_t *json = json_pack("{s:s, s:[]}", "base_tree", base, "tree");
	bool fresh = true;

	for (size_t i = 0; i < p->files; i++)
		fresh &= p->file[i].fresh;
	if (!fresh && proposal_tree(f, p, was, err) < 0)
		return -1;
	for (size_t i = 0; i < p->files; i++) {
		const char *mode = was[i].mode != NULL ? was[i].mode : "100644";
		json_t *entry = json_pack("{s:s, s:s, s:s}", "path", p->file[i].path, "mode", mode,
					  "type", "blob");

		if (json_array_append_new(json_object_get(json, "tree"), entry) != 0)
			return error_set(err, "%s: a path is not valid UTF-8", f->ops->name);
		if (content_set(f, &p->file[i], entry, err) < 0)
			return -1;
	}
	return object_make(f, "making the tree", "/repos/{r}/git/trees", json, id, err);
}

struct reference {
	const char *branch, *commit;
};

static int look_reference(struct forge *f, void *ctx, struct error *err)
{
	const struct reference *r = ctx;
	const char *id = NULL;
	int found = proposal_tip(f, r->branch, &id, err);

	return found == 1 ? strcmp(id, r->commit) == 0 : found;
}

static int reference_make(struct forge *f, const struct forge_proposal *p, const char *commit,
			  struct error *err)
{
	json_auto_t *json =
	    json_pack("{s:o, s:s}", "ref", json_sprintf("refs/heads/%s", p->branch), "sha", commit);
	struct reference reference = {p->branch, commit};
	struct forge_ask ask = proposal_ask(f, "making the branch", "POST",
					    rest_url(f, "/repos/{r}/git/refs", "", ""), json);
	auto_reply reply = {0};

	ask.look = look_reference;
	ask.ctx = &reference;
	return forge_ask(f, &ask, &reply, err);
}

int github_commit(struct forge *f, const struct forge_proposal *p, struct error *err)
{
	struct forge_ask ask =
	    proposal_ask(f, "reading the commit", "GET",
			 rest_url(f, "/repos/{r}/git/commits/{i}", "", p->commit), NULL);
	const char *base, *tree = NULL, *commit = NULL;
	json_auto_t *json = NULL;
	auto_reply reply = {0};

	if (forge_ask(f, &ask, &reply, err) < 0)
		return -1;
	base = reply_commit(f, reply.json, "tree.sha");
	if (base == NULL)
		return rest_senseless(f, &ask, err);
	if (tree_make(f, p, base, &tree, err) < 0)
		return -1;
	json = json_pack("{s:s, s:s, s:[s]}", "message", p->message, "tree", tree, "parents",
			 p->commit);
	if (object_make(f, "making the commit", "/repos/{r}/git/commits", json, &commit, err) < 0)
		return -1;
	return reference_make(f, p, commit, err);
}

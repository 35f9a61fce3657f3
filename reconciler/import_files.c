/* What is live and nobody declares, as new files. */
#include "reconciler/import_priv.h"

#include "state/edit.h"

#include <stdlib.h>
#include <string.h>

#define FILE_BYTES (16u << 20)
/* Each time at least one resource is left: more would be a defect. */
#define ROUNDS_MOST 50

void import_free(struct import *import)
{
	free(import->file.at);
	free(import->left.at);
	free(import->address.at);
	*import = (struct import){0};
}

static int file_cmp(const void *pa, const void *pb)
{
	return strcmp(((const struct config_file *)pa)->path,
		      ((const struct config_file *)pb)->path);
}

static struct config_file file_write(struct importer *m, const struct draft_file *draft)
{
	auto_buf text = BUF_INIT(FILE_BYTES);

	if (draft->root != NULL)
		edit_write_yaml(draft->root, 0, &text);
	else
		edit_write_json(draft->document, &text);
	return (struct config_file){draft->path, arena_memdup0(m->arena, buf_str(&text), text.len),
				    text.len};
}

/* All files as they will be, sorted; the caller frees the array. */
static struct config_file *files_whole(struct importer *m, struct config_file *fresh, size_t *n)
{
	struct config_file *all = xcalloc(m->existing_n + m->files.n + 1, sizeof(*all));

	*n = m->existing_n + m->files.n;
	if (m->existing_n > 0)
		memcpy(all, m->existing, m->existing_n * sizeof(*all));
	for (size_t i = 0; i < m->files.n; i++)
		fresh[i] = all[m->existing_n + i] = file_write(m, &m->files.at[i]);
	qsort(all, *n, sizeof(*all), file_cmp);
	qsort(fresh, m->files.n, sizeof(*fresh), file_cmp);
	return all;
}

static unsigned file_resources(const struct importer *m, const char *path)
{
	unsigned n = 0;

	for (size_t i = 0; i < m->candidates.n; i++) {
		const struct candidate *c = m->candidates.at[i];

		n +=
		    c->why == NULL && !c->external && c->file != NULL && strcmp(c->file, path) == 0;
	}
	for (size_t i = 0; i < m->products.n; i++)
		n += strcmp(m->products.at[i].file, path) == 0 ? (unsigned)m->products.at[i].rows.n
							       : 0;
	return n;
}

static void files_take(struct importer *m, const struct config_file *fresh, size_t n)
{
	for (size_t i = 0; i < n; i++)
		vec_push(&m->out->file, ((struct import_file){
					    .path = fresh[i].path,
					    .data = fresh[i].data,
					    .len = fresh[i].len,
					    .fresh = true,
					    .resources = str_ends(fresh[i].path, ".json")
							     ? 0
							     : file_resources(m, fresh[i].path)}));
}

/* One layout, and whether it is read as what is live. */
static int layout_try(struct importer *m, struct error *err)
{
	auto_free struct config_file *fresh = NULL, *all = NULL;
	size_t n;
	int left;

	layout_make(m);
	fresh = xcalloc(m->files.n + 1, sizeof(*fresh));
	all = files_whole(m, fresh, &n);
	left = importer_judge(m, all, n, err);
	if (left == 0)
		files_take(m, fresh, m->files.n);
	layout_free(m);
	return left;
}

static int address_cmp(const void *a, const void *b)
{
	return text_cmp(*(const struct text *const *)a, *(const struct text *const *)b);
}

static int left_cmp(const void *a, const void *b)
{
	return strcmp(((const struct import_left *)a)->address,
		      ((const struct import_left *)b)->address);
}

/* What no file can say: that accounts lack the latest version of a set. */
static void stale_tell(struct importer *m, const struct candidate *c)
{
	const struct value *provisioned = &c->live->v[PSET_PROVISIONED];

	if (c->live->kind == KIND_PERMISSION_SET && !c->external &&
	    provisioned->state == VALUE_TEXT &&
	    !text_is(provisioned->u.text, PROVISIONED_EVERYWHERE))
		import_leave(m, c->row->address,
			     "it is written, but accounts have not got its latest version: the "
			     "next apply provisions them",
			     (struct place){0});
}

/* What came of each. What is only referred to counts as nothing. */
static void results_take(struct importer *m)
{
	const candidate_list *lists[] = {&m->candidates, &m->edges};
	struct import *out = m->out;

	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < lists[k]->n; i++) {
			const struct candidate *c = lists[k]->at[i];

			if (c->why != NULL && *c->why == '\0')
				continue;
			if (c->why != NULL)
				import_leave(m, c->row->address, c->why, (struct place){0});
			else
				vec_push(&out->address, c->row->address);
			if (c->why == NULL)
				stale_tell(m, c);
			out->resources += c->why == NULL && !c->external;
		}
	}
	if (out->address.n > 0)
		qsort(out->address.at, out->address.n, sizeof(*out->address.at), address_cmp);
	if (out->left.n > 0)
		qsort(out->left.at, out->left.n, sizeof(*out->left.at), left_cmp);
}

static bool has_beginning(const struct config_file *existing, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(existing[i].path, "charter.yaml") == 0)
			return true;
	}
	return false;
}

static int importer_run(struct importer *m, struct error *err)
{
	int left = 1;

	candidates_choose(m);
	for (unsigned round = 0; left > 0 && round < ROUNDS_MOST; round++) {
		left = layout_try(m, err);
		dependents_leave(m);
	}
	if (left > 0)
		return error_set(err, "what is imported cannot be written so that it is read back: "
				      "a defect of charter");
	if (left < 0)
		return -1;
	results_take(m);
	return 0;
}

int import_files(struct arena *arena, const struct plan *plan, const char *only,
		 const struct config_file *existing, size_t n, struct import *out,
		 struct error *err)
{
	struct importer m = {.arena = arena,
			     .plan = plan,
			     .bound = plan->in->bound,
			     .only = only,
			     .existing = existing,
			     .existing_n = n,
			     .fresh = !has_beginning(existing, n),
			     .by_address = map_new(),
			     .out = out};
	int r;

	*out = (struct import){0};
	m.words = (struct words){
	    .arena = arena, .bound = m.bound, .says = importer_says, .ctx = &m, .only = true};
	r = importer_run(&m, err);
	map_free(m.by_address);
	free(m.candidates.at);
	free(m.edges.at);
	free(m.files.at);
	free(m.products.at);
	return r;
}

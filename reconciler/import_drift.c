/* What AWS has in place of what is declared, as edits of the files that declare it. */
#include "reconciler/import_drift.h"

#include <stdlib.h>
#include <string.h>

struct drift_file *drift_file_find(struct drift_import *drift, const char *path)
{
	for (size_t i = 0; path != NULL && i < drift->files.n; i++) {
		if (strcmp(drift->files.at[i].path, path) == 0)
			return &drift->files.at[i];
	}
	return NULL;
}

struct node *drift_file_tree(struct drift_import *drift, struct drift_file *file)
{
	struct diagnostics found = {.arena = drift->arena};

	if (file->tree == NULL)
		file->tree = yaml_parse(drift->arena, file->path, file->data, file->len, &found);
	diagnostics_free(&found);
	return file->tree;
}

const struct node *node_at(const struct node *node, const char *const *path)
{
	for (; node != NULL && *path != NULL; path++)
		node = node_get(node, *path);
	return node;
}

json_t *node_words(const struct node *node)
{
	json_t *value;

	if (node->type == NODE_SCALAR)
		return node_is_null(node) ? json_null() : json_stringn(node->s->s, node->s->len);
	value = node->type == NODE_MAP ? json_object() : json_array();
	for (uint32_t i = 0; i < node->n; i++) {
		json_t *child = node_words(node->entry[i].value);

		if ((node->type == NODE_MAP
			 ? json_object_set_new(value, node->entry[i].key->s, child)
			 : json_array_append_new(value, child)) != 0)
			die_out_of_memory();
	}
	return value;
}

void drift_leave(struct drift_import *drift, const struct text *address, struct place where,
		 const char *why)
{
	struct import_left left = {address->s, why, where.file, where.line};

	for (size_t i = 0; i < drift->out->left.n; i++) {
		const struct import_left *other = &drift->out->left.at[i];

		if (strcmp(other->address, left.address) == 0 && strcmp(other->why, why) == 0)
			return;
	}
	vec_push(&drift->out->left, left);
}

struct place change_place(const struct change *change)
{
	return change->row->head != NULL ? change->row->head->where : (struct place){0};
}

void drift_fix_add(struct drift_import *drift, struct drift_file *file, const char *const *path,
		   json_t *value, const struct change *change)
{
	struct drift_fix fix = {.file = file,
				.edit = {path, value},
				.value = value,
				.address = change->row->address,
				.where = change_place(change),
				.removal = value == NULL && change->action == ACTION_CREATE};

	vec_push(&drift->fixes, fix);
}

/* What the deepest keys are that hold a line: "iam.baselines.team-groups". */
static const char *keys_at(struct arena *arena, const struct node *node, uint32_t line)
{
	const char *keys = "";
	const struct entry *inner;

	for (unsigned depth = 0; depth < 3 && node != NULL && node->type == NODE_MAP; depth++) {
		inner = NULL;
		for (uint32_t i = 0; i < node->n; i++) {
			if (node->entry[i].where.line <= line &&
			    (inner == NULL || inner->where.line <= node->entry[i].where.line))
				inner = &node->entry[i];
		}
		if (inner == NULL)
			break;
		keys = arena_printf(arena, "%s%s%s", keys, *keys == '\0' ? "" : ".", inner->key->s);
		node = inner->value;
	}
	return keys;
}

static void expanded_leave(struct drift_import *drift, const struct change *change,
			   struct drift_file *file)
{
	struct place where = change_place(change);
	const char *keys =
	    file == NULL ? "" : keys_at(drift->arena, drift_file_tree(drift, file), where.line);

	drift_leave(drift, change->row->address, where,
		    *keys == '\0'
			? "no entry of its own declares it"
			: arena_printf(drift->arena,
				       "declared by `%s`, which stands for more than it", keys));
}

/* Declared, and gone: so goes the declaration. */
static void missing_import(struct drift_import *drift, const struct change *change,
			   struct drift_file *file)
{
	const struct kind *kind = kinds[change->row->head->kind];

	if ((kind->flags & KIND_NEVER_CREATE_AGAIN) != 0 || kind->address == ADDRESS_SINGLE)
		drift_leave(drift, change->row->address, change_place(change),
			    "it is missing in AWS; its declaration goes by hand alone");
	else if (drift->keeps_declarations)
		drift_leave(drift, change->row->address, change_place(change),
			    "it is missing in AWS, and the configuration still refers to it");
	else
		drift_fix_add(drift, file, import_path(drift->arena, change->row->address), NULL,
			      change);
}

static bool is_drift(uint8_t reason)
{
	return reason == REASON_DRIFT || reason == REASON_CONFLICT;
}

static bool change_drifted(const struct change *change)
{
	if (is_drift(change->reason))
		return true;
	for (uint32_t i = 0; i < change->diffs; i++) {
		if (change->action == ACTION_UPDATE && is_drift(change->diff[i].reason))
			return true;
	}
	return false;
}

/* What the configuration asks for beside the drift stays to be done. */
static void rest_leave(struct drift_import *drift, const struct change *change)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (is_drift(diff->reason) || !diff_is_written(diff))
			continue;
		drift_leave(drift, change->row->address, change_place(change),
			    "the configuration changes it too: an apply does that");
		return;
	}
}

static void change_import(struct drift_import *drift, const struct change *change)
{
	const struct resource *head = change->row->head;
	struct drift_file *file = head == NULL ? NULL : drift_file_find(drift, head->where.file);
	const char *const *path = import_path(drift->arena, change->row->address);

	if (!change_drifted(change))
		return;
	if (change->blocked) {
		drift_leave(drift, change->row->address, change_place(change), "it was not read");
		return;
	}
	if (change->row->address != NULL && address_is(change->row->address, "assignment")) {
		drift_assignment(drift, change);
		return;
	}
	if (head == NULL || change->action == ACTION_DELETE)
		return;
	if (file == NULL || path == NULL || node_at(drift_file_tree(drift, file), path) == NULL)
		expanded_leave(drift, change, file);
	else if (change->action == ACTION_CREATE)
		missing_import(drift, change, file);
	else {
		drift_attributes(drift, change);
		rest_leave(drift, change);
	}
}

/* Edits. */

static int file_edit(struct drift_import *drift, struct drift_file *file, const struct edit *edits,
		     size_t n, struct error *err)
{
	if (edit_text(drift->arena, file->path, file->data, file->len, edits, n, &file->data,
		      &file->len, err) != 0)
		return -1;
	file->changed = true;
	return 0;
}

static void written_add(struct drift_import *drift, struct drift_file *file,
			const struct text *address)
{
	/* The fixes of one stand together. */
	file->resources += file->last == NULL || !text_eq(file->last, address);
	file->last = address;
	for (size_t i = 0; i < drift->out->address.n; i++) {
		if (text_eq(drift->out->address.at[i], address))
			return;
	}
	vec_push(&drift->out->address, address);
	drift->out->resources++;
}

/* All edits of a file at once; where that does not do, one by one, to know which are left. */
static void file_fixes(struct drift_import *drift, struct drift_file *file)
{
	auto_free struct edit *edits = xcalloc(drift->fixes.n + 1, sizeof(*edits));
	auto_error err = {0};
	size_t n = 0;
	bool whole;

	for (size_t i = 0; i < drift->fixes.n; i++) {
		if (drift->fixes.at[i].file == file)
			edits[n++] = drift->fixes.at[i].edit;
	}
	whole = n == 0 || file_edit(drift, file, edits, n, &err) == 0;
	for (size_t i = 0; i < drift->fixes.n; i++) {
		const struct drift_fix *fix = &drift->fixes.at[i];

		if (fix->file != file)
			continue;
		error_clear(&err);
		if (whole || file_edit(drift, file, &fix->edit, 1, &err) == 0)
			written_add(drift, file, fix->address);
		else
			drift_leave(drift, fix->address, fix->where,
				    arena_strdup(drift->arena, err.message));
	}
}

static int file_cmp(const void *pa, const void *pb)
{
	const struct import_file *a = pa, *b = pb;

	return strcmp(a->path, b->path);
}

static void files_out(struct drift_import *drift)
{
	struct import *out = drift->out;

	for (size_t i = 0; i < drift->files.n; i++) {
		struct drift_file *file = &drift->files.at[i];

		if (file->changed)
			vec_push(&out->file, ((struct import_file){.path = file->path,
								   .data = file->data,
								   .len = file->len,
								   .resources = file->resources}));
	}
	if (out->file.n > 1)
		qsort(out->file.at, out->file.n, sizeof(*out->file.at), file_cmp);
}

static void drift_free(struct drift_import *drift)
{
	for (size_t i = 0; i < drift->fixes.n; i++)
		json_decref(drift->fixes.at[i].value);
	for (size_t i = 0; i < drift->products.n; i++) {
		json_decref(drift->products.at[i].value);
		free(drift->products.at[i].address.at);
	}
	free(drift->files.at);
	free(drift->fixes.at);
	free(drift->products.at);
}

static bool is_declared(void *ctx, const struct text *address)
{
	const struct drift_import *drift = ctx;
	const struct row *row = bound_find(drift->plan->in->bound, address);

	return row != NULL && row->head != NULL;
}

/* Whether the configuration can be compiled: what was taken out may still be named. */
static bool files_compile(struct drift_import *drift)
{
	auto_free struct config_file *files = xcalloc(drift->files.n + 1, sizeof(*files));
	const struct world *live = &drift->plan->in->sides->live->world;
	const struct compile_world world = {.partition = live->partition,
					    .organization_id = live->organization_id,
					    .management_account = live->management_account,
					    .now_us = drift->plan->in->now_us};
	struct diagnostics found = {.arena = drift->arena};
	struct config *config;
	bool good;

	for (size_t i = 0; i < drift->files.n; i++)
		files[i] = (struct config_file){drift->files.at[i].path, drift->files.at[i].data,
						drift->files.at[i].len};
	config = config_read(drift->arena, files, drift->files.n, false, &found);
	if (config != NULL && found.errors == 0)
		side_free(compile(config, &world, &found));
	good = config != NULL && found.errors == 0;
	if (config != NULL)
		config_free(config);
	diagnostics_free(&found);
	return good;
}

static void import_clear(struct import *out)
{
	out->file.n = out->left.n = out->address.n = 0;
	out->resources = 0;
}

/* False: what is left refers to what was taken out. */
static bool drift_run(struct arena *arena, const struct plan *plan,
		      const struct config_file *existing, size_t n, bool keeps, struct import *out)
{
	struct drift_import drift __attribute__((cleanup(drift_free))) = {
	    .arena = arena, .plan = plan, .keeps_declarations = keeps, .out = out};
	bool removes = false;

	drift.words = (struct words){
	    .arena = arena, .bound = plan->in->bound, .says = is_declared, .ctx = &drift};
	for (size_t i = 0; i < n; i++)
		vec_push(&drift.files, ((struct drift_file){.path = existing[i].path,
							    .data = existing[i].data,
							    .len = existing[i].len}));
	for (size_t i = 0; i < plan->changes; i++)
		change_import(&drift, &plan->change[i]);
	drift_products_finish(&drift);
	for (size_t i = 0; i < drift.files.n; i++)
		file_fixes(&drift, &drift.files.at[i]);
	for (size_t i = 0; i < drift.fixes.n; i++)
		removes = removes || drift.fixes.at[i].removal;
	if (removes && !files_compile(&drift))
		return false;
	files_out(&drift);
	return true;
}

/* Live values of what is declared, in the files that declare it. Never fails: what cannot be
 * written is left, with the reason. */
int import_drift(struct arena *arena, const struct plan *plan, const struct config_file *existing,
		 size_t n, struct import *out, struct error *err)
{
	(void)err;
	if (!drift_run(arena, plan, existing, n, false, out)) {
		import_clear(out);
		drift_run(arena, plan, existing, n, true, out);
	}
	return 0;
}

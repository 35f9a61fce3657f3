/* The files that were made, read as any run reads them: what that cannot say is left out. */
#include "reconciler/import_priv.h"

#include <stdlib.h>
#include <string.h>

/* Places. */

static const struct entry *entry_of(const struct node *map, const char *key)
{
	for (uint32_t i = 0; map != NULL && map->type == NODE_MAP && i < map->n; i++) {
		if (text_is(map->entry[i].key, key))
			return &map->entry[i];
	}
	return NULL;
}

/* The line of the last key that is there. */
static uint32_t line_of(const struct node *root, const char *const *path)
{
	const struct entry *entry = NULL, *next;

	for (; *path != NULL && (next = entry_of(root, *path)) != NULL; path++) {
		entry = next;
		root = entry->value;
	}
	return entry == NULL ? 0 : entry->where.line;
}

static void products_locate(struct importer *m, const char *file, const struct node *root)
{
	static const char *const path[] = {"identity_center", "assignments", NULL};
	const struct node *list = root;
	uint32_t n = 0;

	for (const char *const *key = path; *key != NULL && list != NULL; key++)
		list = node_get(list, *key);
	for (size_t i = 0; list != NULL && i < m->products.n; i++) {
		if (strcmp(m->products.at[i].file, file) == 0 && n < list->n)
			m->products.at[i].line = list->entry[n++].value->where.line;
	}
}

/* Where each resource stands in a file that has errors. */
static void file_locate(struct importer *m, const struct config_file *file)
{
	struct diagnostics quiet = {.arena = m->arena};
	const struct node *root = yaml_parse(m->arena, file->path, file->data, file->len, &quiet);

	diagnostics_free(&quiet);
	for (size_t i = 0; i < m->candidates.n; i++) {
		struct candidate *c = m->candidates.at[i];
		const char *const *path = import_path(m->arena, c->row->address);

		if (c->why == NULL && c->file != NULL && strcmp(c->file, file->path) == 0)
			c->line = root == NULL || path == NULL ? 0 : line_of(root, path);
	}
	products_locate(m, file->path, root);
}

/* The product that begins last before this line, or NULL. */
static struct product *product_at(struct importer *m, struct place where)
{
	struct product *found = NULL;

	for (size_t i = 0; i < m->products.n; i++) {
		struct product *p = &m->products.at[i];

		if (strcmp(p->file, where.file) == 0 && p->line > 0 && p->line <= where.line &&
		    (found == NULL || p->line >= found->line))
			found = p;
	}
	return found;
}

/* The same of resources; of a document, its owner. */
static struct candidate *candidate_at(struct importer *m, struct place where)
{
	struct candidate *found = NULL;

	for (size_t i = 0; i < m->files.n; i++) {
		if (m->files.at[i].owner != NULL && strcmp(m->files.at[i].path, where.file) == 0)
			return (struct candidate *)m->files.at[i].owner;
	}
	for (size_t i = 0; i < m->candidates.n; i++) {
		struct candidate *c = m->candidates.at[i];

		if (c->why == NULL && c->file != NULL && strcmp(c->file, where.file) == 0 &&
		    c->line > 0 && c->line <= where.line &&
		    (found == NULL || c->line > found->line))
			found = c;
	}
	return found;
}

static bool product_leave(struct product *product, const char *why)
{
	for (size_t i = 0; product != NULL && i < product->rows.n; i++)
		candidate_leave(product->rows.at[i], why);
	return product != NULL;
}

/* False: the error is about nothing that is imported. */
static bool error_leave(struct importer *m, const struct diagnostic *d)
{
	const char *why = arena_printf(m->arena, "the configuration refuses it: %s", d->message);
	struct candidate *c;

	if (d->where.file == NULL)
		return false;
	if (product_leave(product_at(m, d->where), why))
		return true;
	c = candidate_at(m, d->where);
	if (c == NULL)
		return false;
	candidate_leave(c, why);
	return true;
}

static const struct config_file *file_of(const struct config_file *files, size_t n,
					 const char *path)
{
	for (size_t i = 0; path != NULL && i < n; i++) {
		if (strcmp(files[i].path, path) == 0)
			return &files[i];
	}
	return NULL;
}

static int errors_leave(struct importer *m, const struct diagnostics *diag,
			const struct config_file *files, size_t n, struct error *err)
{
	auto_map *located = map_new();
	const struct diagnostic *first = NULL;
	bool any = false;

	for (size_t i = 0; i < diag->list.n; i++) {
		const struct diagnostic *d = &diag->list.at[i];
		const struct config_file *file = file_of(files, n, d->where.file);

		if (d->warning)
			continue;
		if (file != NULL && map_put(located, file->path, (void *)file) == NULL)
			file_locate(m, file);
		if (error_leave(m, d))
			any = true;
		else if (first == NULL)
			first = d;
	}
	/* What else is wrong may follow from what was left just now. */
	if (any || first == NULL)
		return any;
	return error_set(err, "the configuration with what is imported: %s%s%s",
			 first->where.file == NULL ? "" : first->where.file,
			 first->where.file == NULL ? "" : ": ", first->message);
}

/* Values. */

static bool set_holds(const struct set *all, const struct set *some, bool map)
{
	for (uint32_t i = 0; i < some->n; i++) {
		const struct item *item = set_find(all, some->item[i].key);

		if (item == NULL && element_is_foreign(some->item[i].key))
			continue;
		if (item == NULL || (map && !text_eq(item->value, some->item[i].value)))
			return false;
	}
	return true;
}

static bool value_said(const struct attr *attr, const struct value *said, const struct value *live)
{
	bool map = attr->type == ATTR_TAGS || attr->type == ATTR_POLICIES;

	if (said->state != VALUE_SET || live->state != VALUE_SET)
		return value_eq(*said, *live) ||
		       (!value_says(said) && !value_says(live) && live->state != VALUE_UNSET);
	if (!set_holds(live->u.set, said->u.set, map))
		return false;
	return attr->type == ATTR_TAGS || said->only || set_holds(said->u.set, live->u.set, map);
}

/* The first attribute that came out otherwise; NULL: all is said as it is. */
static const char *unlike(const struct resource *said, const struct resource *live)
{
	const struct kind *kind = kinds[live->kind];

	for (uint16_t i = 0; i < kind->attrs; i++) {
		if (said->v[i].state != VALUE_UNSET && (kind->attr[i].flags & ATTR_DERIVED) == 0 &&
		    !value_said(&kind->attr[i], &said->v[i], &live->v[i]))
			return kind->attr[i].name;
	}
	return NULL;
}

static bool values_leave(struct importer *m, const struct side *side, candidate_list *list)
{
	bool any = false;

	for (size_t i = 0; i < list->n; i++) {
		struct candidate *c = list->at[i];
		const struct resource *said;
		const char *attr;

		if (c->why != NULL)
			continue;
		said = side_find(side, c->row->address);
		attr = said == NULL || c->external ? NULL : unlike(said, c->live);
		if (said == NULL)
			c->why = "the configuration cannot say it";
		else if (attr != NULL)
			c->why = arena_printf(
			    m->arena, "the configuration cannot say its `%s` as it is", attr);
		any |= c->why != NULL;
	}
	return any;
}

static struct compile_world world_of(const struct importer *m)
{
	const struct world *live = &m->plan->in->sides->live->world;

	return (struct compile_world){.partition = live->partition,
				      .organization_id = live->organization_id,
				      .management_account = live->management_account,
				      .now_us = m->plan->in->now_us};
}

int importer_judge(struct importer *m, const struct config_file *files, size_t n, struct error *err)
{
	struct diagnostics diag = {.arena = m->arena};
	struct config *config = config_read(m->arena, files, n, false, &diag);
	const struct compile_world world = world_of(m);
	struct side *side = NULL;
	int left;

	if (config != NULL && diag.errors == 0)
		side = compile(config, &world, &diag);
	if (side != NULL && diag.errors == 0) {
		left = values_leave(m, side, &m->candidates);
		left |= values_leave(m, side, &m->edges);
	} else {
		left = errors_leave(m, &diag, files, n, err);
	}
	side_free(side);
	if (config != NULL)
		config_free(config);
	diagnostics_free(&diag);
	return left;
}

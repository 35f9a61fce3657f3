/* Whom to tell: the owners of the line that declares what differs. */
#include "reconciler/drift_subject.h"

#include "base/map.h"
#include "git/owners.h"
#include "reconciler/plan_doc.h"
#include "reconciler/run.h"

#include <string.h>

#define ACCOUNT_DIGITS 12

/* The account of a scope: "iam/222222222222", "iam/222222222222/credentials". */
static const struct row *scope_account(struct run *run, const char *scope)
{
	for (const char *s = strchr(scope, '/'); s; s = strchr(s, '/')) {
		size_t len = strcspn(++s, "/");
		const struct resource *live;

		if (len != ACCOUNT_DIGITS || strspn(s, "0123456789") < len)
			continue;
		live = side_by_id(run->live, KIND_ACCOUNT, text_new(run->arena, s, len));
		return live ? bound_find(run->bound, live->address) : NULL;
	}
	return NULL;
}

/* What has no place of its own: a scope has that of its account, an attachment that of what it is
 * attached to. */
static void item_place(struct run *run, struct drift_item *item)
{
	const struct resource *declared;
	const struct text *element;
	const struct row *row;
	int attr;

	if (item->file)
		return;
	row = item->kind == ITEM_UNREAD
		  ? scope_account(run, item->address)
		  : drift_item_row(run->arena, run->bound, item, &attr, &element);
	declared = row ? row->head ? row->head : row->base : NULL;
	if (declared) {
		item->file = declared->where.file;
		item->line = declared->where.line;
	}
}

static const char *file_owner(struct run *run, const struct owners *owners, const char *file)
{
	const char *path = source_path(run->source);

	return owners_of(owners, run->arena,
			 arena_printf(run->arena, "%s%s%s", path, *path ? "/" : "", file));
}

/* Each file is looked up once. */
static void items_own(struct run *run, const struct owners *owners, struct doc_drift *drift)
{
	auto_map *known = map_new();

	for (uint32_t i = 0; i < drift->items; i++) {
		struct drift_item *item = &drift->item[i];
		const char *owner;

		if (!item->file)
			continue;
		owner = map_get(known, item->file);
		if (!owner) {
			owner = file_owner(run, owners, item->file);
			map_put(known, item->file, (void *)(owner ? owner : ""));
		}
		item->owner = owner && *owner ? owner : NULL;
	}
}

int drift_owners(struct run *run, struct plan_doc *doc, struct error *err)
{
	const char *commit = run->head.commit.commit;
	struct owners *owners = NULL;

	for (uint32_t i = 0; i < doc->drift->items; i++)
		item_place(run, &doc->drift->item[i]);
	if (!run->source || !source_has_git(run->source) || !commit || !*commit)
		return 0;
	if (owners_find(run->source, commit, run->arena, &owners, err) != 0)
		return error_prefix(err, "CODEOWNERS");
	if (owners)
		items_own(run, owners, doc->drift);
	return 0;
}

/* Differences of a drift report at their places: what is new before what is known. */
#include "reconciler/surface_priv.h"

#include "reconciler/report_drift.h"

#include <string.h>

static const struct {
	const char *check, *title, *what;
} kind_words[ITEM_KINDS] = {
    [ITEM_DRIFT] = {"drift", "Drift", "differs from git"},
    [ITEM_STALE] = {"stale", "Not provisioned", "is not provisioned everywhere"},
    [ITEM_MISSING] = {"missing", "Missing in AWS", "is missing in AWS"},
    [ITEM_UNMANAGED] = {"unmanaged", "Unmanaged", "is in AWS and not in git"},
    [ITEM_UNREAD] = {"not-read", "Not read", "could not be read"},
    [ITEM_RULE] = {"rule", "Rule has ended", "has ended"},
};

const char *drift_item_title(struct arena *arena, const struct drift_item *item)
{
	return arena_printf(arena, "%s%s%s%s%s", item->address, item->attribute ? " " : "",
			    item->attribute ? item->attribute : "", item->element ? " " : "",
			    item->element ? item->element : "");
}

const char *drift_item_message(struct arena *arena, const struct plan_doc *d,
			       const struct drift_item *item)
{
	const struct drift_cause *c =
	    item->cause == DRIFT_NONE ? NULL : &d->drift->cause[item->cause];
	auto_buf b = BUF_INIT(1 << 20);

	buf_printf(&b, "%s: %s", drift_item_title(arena, item),
		   item->text ? item->text : kind_words[item->kind].what);
	if (c && c->events) {
		buf_puts(&b, ", by ");
		drift_put_who(c, &b);
		buf_puts(&b, ", ");
		drift_put_when(c, &b);
	}
	if (item->owner)
		buf_printf(&b, "; owner %s", item->owner);
	return arena_strdup(arena, buf_str(&b));
}

void annotations_of_drift(struct arena *arena, const struct plan_doc *d, struct annotations *list)
{
	for (int known = 0; known < 2; known++)
		for (uint32_t i = 0; i < d->drift->items; i++) {
			const struct drift_item *item = &d->drift->item[i];

			/* Scopes that were not read are among the document's. */
			if (item->quiet || item->kind == ITEM_UNREAD ||
			    (d->drift->history && !item->fresh) != known)
				continue;
			vec_push(list, ((struct annotation){
					   .level = ANNOTATION_WARNING,
					   .check = kind_words[item->kind].check,
					   .what = drift_item_title(arena, item),
					   .title = kind_words[item->kind].title,
					   .message = drift_item_message(arena, d, item),
					   .file = item->file,
					   .line = item->line,
					   .high = item->rank >= DRIFT_RANK_ADMINISTRATOR,
					   .known = known}));
		}
}

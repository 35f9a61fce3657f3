/* What an apply put back is in the issue no more. */
#include "base/env.h"
#include "base/text.h"
#include "reconciler/issue_priv.h"

#include <stdlib.h>
#include <string.h>

/* Of what was put back, as many as are named. */
#define NAMED_MAX 20

static bool reason_drifts(const char *reason)
{
	return reason && (strcmp(reason, "drift") == 0 || strcmp(reason, "conflict") == 0);
}

static bool elements_hold(const struct doc_element *e, uint32_t n, const char *element)
{
	for (uint32_t i = 0; i < n; i++)
		if (reason_drifts(e[i].reason) && (!element || strcmp(e[i].key, element) == 0))
			return true;
	return false;
}

/* The attribute, or this element of it, drifted and is put back. */
static bool attribute_holds(const struct doc_attribute *a, const char *element)
{
	if (a->blocked || a->by_hand)
		return false;
	if (!a->is_set)
		return !element && reason_drifts(a->reason);
	return elements_hold(a->added, a->added_n, element) ||
	       elements_hold(a->removed, a->removed_n, element) ||
	       elements_hold(a->changed, a->changed_n, element);
}

static bool change_drifts(const struct doc_change *c)
{
	bool drifts = reason_drifts(c->reason);

	for (uint32_t i = 0; i < c->attributes; i++)
		drifts |= attribute_holds(&c->attribute[i], NULL);
	return drifts && !c->blocked;
}

static bool change_holds(const struct doc_change *c, const struct ledger_item *item)
{
	if (!item->address || strcmp(c->address, item->address) != 0 || !change_drifts(c))
		return false;
	if (!item->attribute)
		return true;
	for (uint32_t i = 0; i < c->attributes; i++)
		if (strcmp(c->attribute[i].name, item->attribute) == 0 &&
		    attribute_holds(&c->attribute[i], item->element))
			return true;
	return false;
}

/* What could not be read, or a rule, is nothing that an apply puts back. */
static bool item_is_put_back(const struct plan_doc *doc, const struct ledger_item *item)
{
	int kind = item->kind ? item_kind_find(item->kind) : -1;

	if (kind != ITEM_DRIFT && kind != ITEM_STALE && kind != ITEM_MISSING)
		return false;
	for (size_t i = 0; i < doc->changes; i++)
		if (change_holds(&doc->change[i], item))
			return true;
	return false;
}

static void put_named(struct buf *b, const struct drift_resolved *r)
{
	buf_puts(b, "- ");
	escape_markdown(b, r->address, strlen(r->address));
	if (r->attribute) {
		buf_puts(b, ": ");
		escape_markdown(b, r->attribute, strlen(r->attribute));
	}
	if (r->element) {
		buf_puts(b, " ");
		escape_markdown(b, r->element, strlen(r->element));
	}
	buf_putc(b, '\n');
}

/* Takes what was put back out of the ledger; returns how many, quiet ones not counted. */
static uint32_t ledger_put_back(struct arena *arena, struct ledger *l, const struct plan_doc *doc,
				int64_t now_us, struct buf *named)
{
	struct drift_resolved *resolved =
	    arena_array(arena, l->items + l->resolveds + 1, sizeof *resolved);
	uint32_t kept = 0, n = 0, counted = 0;

	for (uint32_t i = 0; i < l->items; i++) {
		const struct ledger_item *item = &l->item[i];

		if (!item_is_put_back(doc, item)) {
			l->item[kept++] = *item;
			continue;
		}
		resolved[n] =
		    (struct drift_resolved){.name = item->name,
					    .address = item->address,
					    .attribute = item->attribute,
					    .element = item->element,
					    .kind = (enum item_kind)item_kind_find(item->kind),
					    .first_us = item->first_us,
					    .resolved_us = now_us};
		if (!item->quiet && counted++ < NAMED_MAX)
			put_named(named, &resolved[n]);
		n++;
	}
	l->items = kept;
	for (uint32_t i = 0; i < l->resolveds && n < LEDGER_RESOLVED; i++)
		resolved[n++] = l->resolved[i];
	l->resolved = resolved;
	l->resolveds = n < LEDGER_RESOLVED ? n : LEDGER_RESOLVED;
	return counted;
}

static const char *note_make(const struct keeper *k, const struct plan_doc *doc, uint32_t n,
			     const struct buf *named)
{
	auto_buf b = BUF_INIT(SIZE_MAX);
	char now[TIME_RFC3339];

	time_rfc3339(k->created_us, now);
	buf_printf(&b, "**Put back** by the apply of `%.12s` at `%s`, since this report:\n\n",
		   doc->head.commit ? doc->head.commit : "-", now);
	buf_puts(&b, named->data);
	if (n > NAMED_MAX)
		buf_printf(&b, "- and %u more\n", n - NAMED_MAX);
	return arena_strdup(k->desk->run->arena, buf_str(&b));
}

int issue_applied(struct desk *desk, const struct plan_doc *doc, struct issue_result *result,
		  struct error *err)
{
	struct arena *arena = desk->run->arena;
	auto_buf named = BUF_INIT(SIZE_MAX);
	struct keeper k = {.desk = desk,
			   .target =
			       desk_target(arena, "charter.drift/1", doc->organization, doc->scope),
			   .created_us = desk->run->env->clock->now_us(desk->run->env->clock)};
	struct issue_body body;
	bool drifts = false;
	int64_t oldest_us;
	uint32_t left, n;

	*result = (struct issue_result){0};
	for (size_t i = 0; i < doc->changes; i++)
		drifts |= change_drifts(&doc->change[i]);
	if (!drifts || !forge_has_issues(desk->forge))
		return 0;
	if (keeper_open(&k, err) != 0)
		return -1;
	if (!k.n || !k.at[0].issue.open || k.at[0].body.altered)
		return 0;
	n = ledger_put_back(arena, &k.ledger, doc, k.created_us, &named);
	if (!n)
		return 0;
	left = ledger_open(&k.ledger, &oldest_us);
	body = k.at[0].body;
	body.open = left > 0;
	if (desk->run_url)
		body.run_url = desk->run_url;
	body.note = note_make(&k, doc, n, &named);
	if (keeper_write(&k, &body, issue_title(arena, left, true, doc->organization, doc->scope),
			 err) != 0)
		return -1;
	result->edited = true;
	result->closed = !left;
	keeper_result(&k, result);
	return 0;
}

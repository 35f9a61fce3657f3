/* What an apply put back is in the issue no more. */
#include "base/env.h"
#include "base/map.h"
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

/* Under the names that a drift report gave them: what the plan puts back. */
static void name_add(struct arena *arena, struct map *names, const struct doc_change *c,
		     const char *attribute, const char *element)
{
	static const enum item_kind which[] = {ITEM_DRIFT, ITEM_STALE, ITEM_MISSING};

	for (size_t i = 0; i < sizeof which / sizeof *which; i++)
		map_put_lasting(
		    names, drift_item_name(arena, which[i], c->address, attribute, element), names);
}

static void elements_add(struct arena *arena, struct map *names, const struct doc_change *c,
			 const char *attribute, const struct doc_element *e, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (reason_drifts(e[i].reason))
			name_add(arena, names, c, attribute, e[i].key);
}

/* What is done by hand, or waits, is not put back by the apply. */
static void change_add(struct arena *arena, struct map *names, const struct doc_change *c)
{
	if (c->blocked)
		return;
	if (reason_drifts(c->reason))
		name_add(arena, names, c, NULL, NULL);
	for (uint32_t i = 0; i < c->attributes; i++) {
		const struct doc_attribute *a = &c->attribute[i];

		if (a->blocked || a->by_hand)
			continue;
		if (!a->is_set && reason_drifts(a->reason))
			name_add(arena, names, c, a->name, NULL);
		elements_add(arena, names, c, a->name, a->added, a->added_n);
		elements_add(arena, names, c, a->name, a->removed, a->removed_n);
		elements_add(arena, names, c, a->name, a->changed, a->changed_n);
	}
}

/* What is longest known may have lost its address. */
static void put_named(struct buf *b, const struct drift_resolved *r)
{
	const char *address = r->address ? r->address : "a difference known for long";

	buf_puts(b, "- ");
	escape_markdown_code(b, address, strlen(address));
	if (r->attribute) {
		buf_puts(b, ": ");
		escape_markdown(b, r->attribute, strlen(r->attribute));
	}
	if (r->element) {
		buf_putc(b, ' ');
		escape_markdown_code(b, r->element, strlen(r->element));
	}
	buf_putc(b, '\n');
}

static enum item_kind item_kind_of(const struct ledger_item *item)
{
	int kind = item->kind ? item_kind_find(item->kind) : -1;

	return kind < 0 ? ITEM_DRIFT : (enum item_kind)kind;
}

/* Takes what was put back out of the ledger; returns how many, quiet ones not counted. */
static uint32_t ledger_put_back(struct arena *arena, struct ledger *l, const struct map *names,
				int64_t now_us, struct buf *named)
{
	struct drift_resolved *resolved =
	    arena_array(arena, l->items + l->resolveds + 1, sizeof *resolved);
	uint32_t kept = 0, n = 0, counted = 0;

	for (uint32_t i = 0; i < l->items; i++) {
		const struct ledger_item *item = &l->item[i];

		if (!map_get(names, item->name)) {
			l->item[kept++] = *item;
			continue;
		}
		resolved[n] = (struct drift_resolved){.name = item->name,
						      .address = item->address,
						      .attribute = item->attribute,
						      .element = item->element,
						      .kind = item_kind_of(item),
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
			       desk_target(arena, DRIFT_FORMAT, doc->organization, doc->scope),
			   .created_us = desk->run->env->clock->now_us(desk->run->env->clock)};
	struct issue_body body;
	auto_map *names = map_new();
	int64_t oldest_us;
	uint32_t left, n;

	*result = (struct issue_result){0};
	for (size_t i = 0; i < doc->changes; i++)
		change_add(arena, names, &doc->change[i]);
	if (!map_count(names) || !forge_has_issues(desk->forge))
		return 0;
	if (keeper_open(&k, err) != 0)
		return -1;
	if (!k.n || !k.at[0].issue.open || k.at[0].body.altered)
		return 0;
	n = ledger_put_back(arena, &k.ledger, names, k.created_us, &named);
	if (!n)
		return 0;
	left = ledger_open(&k.ledger, &oldest_us);
	body = k.at[0].body;
	body.open = left > 0;
	if (desk->run_url)
		body.run_url = desk->run_url;
	body.note = note_make(&k, doc, n, &named);
	if (keeper_write(&k, &body,
			 issue_title(arena, &k.ledger, true, doc->organization, doc->scope),
			 err) != 0)
		return -1;
	result->edited = true;
	result->closed = !left;
	keeper_result(&k, result);
	return 0;
}

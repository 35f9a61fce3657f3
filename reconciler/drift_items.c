/* Every difference as an item: of the plan's changes, of what nobody declares, of what was not
 * read, and of rules that have ended. */
#include "reconciler/drift_rank.h"
#include "reconciler/drift_scope.h"

#include "base/env.h"
#include "reconciler/approval.h"

#include <stdlib.h>
#include <string.h>

const char *const item_words[ITEM_KINDS] = {
    [ITEM_DRIFT] = "drift",         [ITEM_STALE] = "stale",   [ITEM_MISSING] = "missing",
    [ITEM_UNMANAGED] = "unmanaged", [ITEM_UNREAD] = "unread", [ITEM_RULE] = "rule",
};
const char *const drift_rank_words[DRIFT_RANKS] = {
    [DRIFT_RANK_PLAIN] = "plain",
    [DRIFT_RANK_READ] = "read",
    [DRIFT_RANK_WRITE] = "write",
    [DRIFT_RANK_ADMINISTRATOR] = "administrator",
    [DRIFT_RANK_BREAK_GLASS] = "break_glass",
};

int item_kind_find(const char *word)
{
	for (int i = 0; i < ITEM_KINDS; i++)
		if (strcmp(item_words[i], word) == 0)
			return i;
	return -1;
}

static void digest_part(struct digest *d, const char *s)
{
	digest_add(d, s ? "=" : "", s ? 1 : 0);
	digest_add(d, s ? s : "", s ? strlen(s) + 1 : 1);
}

const char *drift_item_name(struct arena *arena, enum item_kind kind, const char *address,
			    const char *attribute, const char *element)
{
	struct digest *d = digest_new();
	char hex[SHA256_HEX];

	digest_part(d, item_words[kind]);
	digest_part(d, address);
	digest_part(d, attribute);
	digest_part(d, element);
	digest_hex(d, hex);
	return arena_memdup0(arena, hex, DRIFT_NAME - 1);
}

struct listing {
	struct arena *arena;
	const struct plan *plan;
	const struct plan_doc *doc;
	struct ranking *ranking;
	VEC(struct drift_item) items;
};

static const struct text *text_or_null(const struct resource *r)
{
	return r ? r->id : NULL;
}

static const char *live_value(struct arena *arena, struct value v)
{
	char hex[SHA256_HEX];

	approval_digest(v, hex);
	return arena_memdup0(arena, hex, DRIFT_NAME - 1);
}

static const char *live_text(struct arena *arena, const char *s)
{
	char hex[SHA256_HEX];

	sha256_hex(s, strlen(s), hex);
	return arena_memdup0(arena, hex, DRIFT_NAME - 1);
}

/* Where the resource is declared; else the account that it is in. */
static void item_place(struct listing *l, struct drift_item *item, const struct row *row)
{
	const struct resource *any = row->head   ? row->head
				     : row->base ? row->base
				     : row->live ? row->live
						 : row->leftover;
	const struct resource *declared = row->head ? row->head : row->base;
	enum address_rule rule = kinds[any->kind]->address;

	if (!declared && any->v[1].state == VALUE_TEXT &&
	    (rule == ADDRESS_ACCOUNT || rule == ADDRESS_PAIR || rule == ADDRESS_EDGE)) {
		const struct row *account = bound_find(l->plan->in->bound, any->v[1].u.text);

		declared = account ? account->head : NULL;
	}
	if (declared) {
		item->file = declared->where.file;
		item->line = declared->where.line;
	}
}

static void item_add(struct listing *l, struct drift_item item)
{
	item.name =
	    drift_item_name(l->arena, item.kind, item.address, item.attribute, item.element);
	item.break_glass = (item.kind == ITEM_DRIFT || item.kind == ITEM_MISSING ||
			    item.kind == ITEM_STALE || item.kind == ITEM_UNMANAGED) &&
			   ranking_is_break_glass(l->ranking, item.address, item.element);
	if (item.break_glass)
		item.rank = DRIFT_RANK_BREAK_GLASS;
	if (!item.live)
		item.live = "";
	item.cause = DRIFT_NONE;
	vec_push(&l->items, item);
}

/* What is known by an id alone stands in no listing: where one failed, it is most often what git
 * calls by its name. */
static bool item_is_unclear(const struct listing *l, const struct drift_item *item,
			    const struct row *row, const struct diff *d)
{
	const struct resource *live = row->live;
	const char *refers = live && d && !d->key && d->live.state == VALUE_TEXT &&
				     kinds[live->kind]->attr[d->attr].type == ATTR_REF
				 ? d->live.u.text->s
				 : NULL;
	const char *const names[] = {item->address, item->element, refers};

	/* It says in which accounts, by their names. */
	if (item->kind == ITEM_STALE && drift_scope_unread(l->plan, "accounts"))
		return true;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i] && strstr(names[i], "/~"))
			return drift_scope_unread(l->plan, item->scope);
	return false;
}

/* Of a row, with all that follows from it. */
static void item_add_row(struct listing *l, struct drift_item item, const struct row *row,
			 const struct diff *d, uint32_t change)
{
	const struct text *id = text_or_null(row->live);

	item.address = row->address->s;
	item.resource_id = id ? id->s : NULL;
	item.scope = drift_scope(l->arena, l->plan, row, d ? d->attr : -1);
	if (item_is_unclear(l, &item, row, d))
		return;
	item.rank = (uint8_t)ranking_of(l->ranking, row, d);
	item.change = change;
	item_place(l, &item, row);
	item_add(l, item);
}

static bool is_drift(uint8_t reason)
{
	return reason == REASON_DRIFT || reason == REASON_CONFLICT;
}

static bool is_managed(const struct resource *r)
{
	return r && !(r->flags & (RES_EXTERNAL | RES_ENDED));
}

static bool value_is_none(struct value v)
{
	return v.state == VALUE_NONE || v.state == VALUE_UNSET;
}

/* '+': it is in AWS and not in git. */
static char diff_sign(const struct diff *d)
{
	if (d->removal && d->key)
		return '+';
	if (value_is_none(d->live))
		return '-';
	return value_is_none(d->head) ? '+' : '~';
}

/* What waits for something else is known as well, where all that shows it was read. */
static bool diff_is_known(const struct listing *l, const struct row *row, const struct diff *d)
{
	return d->live.state != VALUE_UNSET &&
	       (!d->blocked ||
		!drift_scope_unread(l->plan, drift_scope(l->arena, l->plan, row, d->attr)));
}

static void items_of_update(struct listing *l, const struct change *c, uint32_t change)
{
	const struct row *row = c->row;
	uint16_t kind = row->head->kind;

	for (uint32_t i = 0; i < c->diffs; i++) {
		const struct diff *d = &c->diff[i];
		bool stale = kind == KIND_PERMISSION_SET && d->attr == PSET_PROVISIONED;

		if (is_drift(d->reason) && diff_is_known(l, row, d))
			item_add_row(
			    l,
			    (struct drift_item){.kind = stale ? ITEM_STALE : ITEM_DRIFT,
						.attribute = kinds[kind]->attr[d->attr].name,
						.element = d->key ? d->key->s : NULL,
						.sign = diff_sign(d),
						.live = live_value(l->arena, d->live)},
			    row, d, change);
	}
}

/* Declared by what was applied and by head, and known not to be there. Whether it can be made again
 * does not matter. */
static bool change_is_missing(const struct listing *l, const struct change *c)
{
	const struct row *row = c->row;

	if (row->live || !is_managed(row->base) || !is_managed(row->head))
		return false;
	if (!c->blocked)
		return c->action == ACTION_CREATE && is_drift(c->reason);
	return !drift_scope_unread(l->plan, drift_scope(l->arena, l->plan, row, -1)) &&
	       c->blocked_by && strchr(c->blocked_by, ' ');
}

static void items_of_change(struct listing *l, const struct change *c, uint32_t change)
{
	const struct row *row = c->row;

	if (change_is_missing(l, c)) {
		item_add_row(l, (struct drift_item){.kind = ITEM_MISSING, .sign = '-'}, row, NULL,
			     change);
	} else if (c->action == ACTION_UPDATE && row->head && row->live) {
		items_of_update(l, c, change);
	} else if (c->action == ACTION_DELETE && row->live && is_drift(c->reason) &&
		   (!c->blocked ||
		    !drift_scope_unread(l->plan, drift_scope(l->arena, l->plan, row, -1)))) {
		const struct text *id = row->live->id;

		item_add_row(l,
			     (struct drift_item){.kind = ITEM_DRIFT,
						 .sign = '+',
						 .live = live_text(l->arena, id ? id->s : "")},
			     row, NULL, change);
	}
}

/* Those of the difference: the plan leaves out what the run itself lives by, and that drifts too.
 */
static void items_of_changes(struct listing *l)
{
	const struct difference *difference = l->plan->in->difference;
	uint32_t at = 0;

	for (size_t i = 0; i < difference->changes; i++) {
		const struct change *c = &difference->change[i];
		bool planned = at < l->plan->changes && l->plan->change[at].row == c->row;

		items_of_change(l, c, planned ? at : DRIFT_NONE);
		at += planned;
	}
}

/* Of an attachment, that of what it is attached to: the rest of its address. */
static void item_add_edge(struct listing *l, struct drift_item item, const char *kind)
{
	item.scope = DRIFT_SCOPE_ATTACHED;
	item.rank = (uint8_t)ranking_of_note(kind);
	item.change = DRIFT_NONE;
	item_add(l, item);
}

static void items_of_notes(struct listing *l)
{
	for (size_t i = 0; i < l->plan->notes; i++) {
		const struct note *n = &l->plan->note[i];
		struct drift_item item = {.kind = ITEM_UNMANAGED, .sign = '+', .quiet = true};
		const struct row *row;

		if (n->what != NOTE_UNMANAGED || !n->address)
			continue;
		item.address = n->address->s;
		item.live = n->id ? live_text(l->arena, n->id->s) : "";
		row = bound_find(l->plan->in->bound, n->address);
		if (row)
			item_add_row(l, item, row, NULL, DRIFT_NONE);
		else
			item_add_edge(l, item, kinds[n->kind]->name);
	}
}

static void item_add_unread(struct listing *l, const char *scope, const char *code,
			    const char *message)
{
	item_add(l, (struct drift_item){
			.kind = ITEM_UNREAD,
			.sign = '~',
			.address = scope,
			.text = message && code ? arena_printf(l->arena, "%s: %s", code, message)
				: message       ? message
						: code,
			.scope = scope,
			.change = DRIFT_NONE});
}

static void items_of_unread(struct listing *l)
{
	const struct scope *whole = &l->plan->in->sides->live->scopes.at[0];

	for (size_t i = 0; i < l->doc->unread_n; i++)
		item_add_unread(l, l->doc->unread[i].scope, l->doc->unread[i].error,
				l->doc->unread[i].message);
	if (whole->code || (!l->doc->complete && !l->doc->unread_n))
		item_add_unread(l, whole->name->s, whole->code ? whole->code->s : NULL,
				whole->message ? whole->message->s : "the reading is incomplete");
}

static const char *rule_attributes(struct arena *arena, const struct ignore_rule *rule)
{
	auto_buf b = BUF_INIT(SIZE_MAX);

	for (const struct text **name = rule->attributes; name && *name; name++)
		buf_printf(&b, "%s%s", b.len ? " " : "", (*name)->s);
	return b.len ? arena_strdup(arena, buf_str(&b)) : NULL;
}

static void item_add_rule(struct listing *l, const struct ignore_rule *rule, const char *what)
{
	char day[TIME_RFC3339];

	if (l->plan->in->now_us <= rule->until_us)
		return;
	time_rfc3339(rule->until_us, day);
	item_add(l, (struct drift_item){.kind = ITEM_RULE,
					.sign = '~',
					.address = rule->resource->s,
					.attribute = what,
					.element = rule_attributes(l->arena, rule),
					.live = live_text(l->arena, day),
					.text = arena_printf(l->arena, "ended on %.10s%s%s", day,
							     rule->reason ? ": " : "",
							     rule->reason ? rule->reason->s : ""),
					.file = rule->where.file,
					.line = rule->where.line,
					.scope = "",
					.change = DRIFT_NONE});
}

static void items_of_rules(struct listing *l)
{
	const struct plan_input *in = l->plan->in;
	const struct config *config = in->head_config ? in->head_config : in->base_config;

	for (size_t i = 0; config && i < config->settings.ignore.n; i++)
		item_add_rule(l, &config->settings.ignore.at[i], "ignore");
	for (size_t i = 0; config && i < config->settings.release.n; i++)
		item_add_rule(l, &config->settings.release.at[i], "release");
}

static int name_cmp(const void *pa, const void *pb)
{
	const struct drift_item *a = pa, *b = pb;
	int order = strcmp(a->name, b->name);

	return order != 0 ? order : strcmp(a->live, b->live);
}

/* Each name once: two rules may speak of the same, and so may two notes. */
static void items_take(struct listing *l, struct doc_drift *out)
{
	out->item = arena_array(l->arena, l->items.n + 1, sizeof *out->item);
	if (l->items.n)
		qsort(l->items.at, l->items.n, sizeof *l->items.at, name_cmp);
	for (size_t i = 0; i < l->items.n; i++)
		if (!out->items || strcmp(out->item[out->items - 1].name, l->items.at[i].name) != 0)
			out->item[out->items++] = l->items.at[i];
	free(l->items.at);
}

struct doc_drift *drift_items(struct arena *arena, const struct plan *plan,
			      const struct plan_doc *doc)
{
	struct doc_drift *out = arena_alloc(arena, sizeof *out);
	struct listing l = {
	    .arena = arena, .plan = plan, .doc = doc, .ranking = ranking_new(arena, plan)};

	items_of_changes(&l);
	items_of_notes(&l);
	items_of_unread(&l);
	items_of_rules(&l);
	ranking_free(l.ranking);
	items_take(&l, out);
	out->passed = drift_passed(arena, plan);
	drift_sort(arena, out);
	return out;
}

uint32_t drift_open(const struct doc_drift *d)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->items; i++)
		n += !d->item[i].quiet;
	return n;
}

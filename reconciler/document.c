/* A plan as a document. */
#include "reconciler/doc_value.h"
#include "reconciler/plan.h"

#include "base/env.h"

#include <string.h>

#ifndef CHARTER_VERSION
#define CHARTER_VERSION "0"
#endif

#define ACCOUNT_DIGITS 12

static const char *const risk_names[] = {"low", "medium", "high"};

static const struct resource *row_any(const struct row *row)
{
	return row->head   ? row->head
	       : row->live ? row->live
	       : row->base ? row->base
			   : row->leftover;
}

static const char *text_s(const struct text *t)
{
	return t ? t->s : NULL;
}

static bool type_is_set(enum attr_type t)
{
	return t == ATTR_SET || t == ATTR_REFS || t == ATTR_TAGS || t == ATTR_POLICIES;
}

static void element_add(struct doc_attribute *a, const struct diff *d)
{
	struct doc_element e = {.key = d->key->s,
				.base = d->base,
				.head = d->head,
				.live = d->live,
				.reason = reason_names[d->reason]};

	if (d->removal)
		a->removed[a->removed_n++] = e;
	else if (a->is_map && d->live.state != VALUE_NONE && d->live.state != VALUE_UNSET)
		a->changed[a->changed_n++] = e;
	else
		a->added[a->added_n++] = e;
}

/* Elements of one attribute that stand together: those to do by hand stand apart, and so does an
 * attribute that was not read. */
static bool diffs_join(const struct diff *a, const struct diff *b)
{
	return a->attr == b->attr && a->key && b->key && a->by_hand == b->by_hand &&
	       a->blocked == b->blocked;
}

/* One document attribute for a run of diffs of the same attribute; returns how many it took. */
static uint32_t attribute_fill(struct arena *arena, struct doc_attribute *out,
			       const struct kind *kind, const struct change *c, uint32_t i)
{
	const struct attr *attr = &kind->attr[c->diff[i].attr];
	uint32_t n = 1;

	while (i + n < c->diffs && diffs_join(&c->diff[i], &c->diff[i + n]))
		n++;
	*out = (struct doc_attribute){
	    .name = attr->name,
	    .is_set = type_is_set(attr->type) && c->diff[i].key,
	    .is_map = attr->type == ATTR_TAGS || attr->type == ATTR_POLICIES,
	    .is_policy = attr->type == ATTR_POLICY || attr->type == ATTR_POLICIES};
	for (uint32_t k = 0; k < n; k++) {
		if (c->diff[i + k].blocked)
			out->blocked = c->blocked_by ? c->blocked_by : "not read";
		out->by_hand |= c->diff[i + k].by_hand;
	}
	if (!out->is_set) {
		out->base = c->diff[i].base;
		out->head = c->diff[i].head;
		out->live = c->diff[i].live;
		out->reason = reason_names[c->diff[i].reason];
		return n;
	}
	out->added = arena_array(arena, n, sizeof *out->added);
	out->removed = arena_array(arena, n, sizeof *out->removed);
	out->changed = arena_array(arena, n, sizeof *out->changed);
	for (uint32_t k = 0; k < n; k++)
		element_add(out, &c->diff[i + k]);
	return n;
}

/* What goes with a resource and is nobody's to declare: the keys and devices of a user. */
static void belongings_fill(struct arena *arena, struct doc_change *out, const struct change *c)
{
	const struct resource *live = c->row->live;
	const struct kind *kind = kinds[live->kind];

	for (uint16_t i = 0; i < kind->attrs; i++) {
		const struct set *set = live->v[i].state == VALUE_SET ? live->v[i].u.set : NULL;
		struct doc_attribute *a = &out->attribute[out->attributes];

		if (!(kind->attr[i].flags & ATTR_LIVE) || !set || !set->n)
			continue;
		*a = (struct doc_attribute){.name = kind->attr[i].name, .is_set = true};
		a->removed = arena_array(arena, set->n, sizeof *a->removed);
		for (uint32_t k = 0; k < set->n; k++)
			a->removed[a->removed_n++] =
			    (struct doc_element){.key = set->item[k].key->s,
						 .live = value_text(set->item[k].key),
						 .reason = reason_names[c->reason]};
		out->attributes++;
	}
}

static void places_fill(struct arena *arena, struct doc_change *out, const struct resource *r)
{
	uint32_t n = 0;

	out->file = r->where.file;
	out->line = r->where.line;
	while (r->also && r->also[n].file)
		n++;
	if (!n)
		return;
	out->also = arena_array(arena, n + 1, sizeof *out->also);
	for (; out->alsos < n; out->alsos++)
		out->also[out->alsos] =
		    (struct doc_place){r->also[out->alsos].file, r->also[out->alsos].line};
}

static void change_fill(struct arena *arena, struct doc_change *out, const struct change *c)
{
	const struct resource *r = row_any(c->row);
	const struct resource *declared = c->row->head ? c->row->head : c->row->base;
	const struct text *id = c->row->live ? c->row->live->id : NULL;
	bool goes = c->action == ACTION_DELETE && c->row->live;

	*out = (struct doc_change){
	    .action = action_names[c->action],
	    .kind = kinds[r->kind]->name,
	    .address = c->row->address->s,
	    .id = text_s(id),
	    .reason = reason_names[c->reason],
	    .risk = risk_names[c->risk],
	    .blocked = c->blocked ? (c->blocked_by ? c->blocked_by : "not read") : NULL};
	if (declared)
		places_fill(arena, out, declared);
	out->gone = declared && !c->row->head;
	if (c->row->renamed && c->row->head && c->row->head->previously &&
	    c->row->head->previously[0])
		out->previous = c->row->head->previously[0]->s;
	out->attribute = arena_array(arena, c->diffs + (goes ? kinds[r->kind]->attrs : 0) + 1,
				     sizeof *out->attribute);
	for (uint32_t i = 0; i < c->diffs;)
		i +=
		    attribute_fill(arena, &out->attribute[out->attributes++], kinds[r->kind], c, i);
	if (goes)
		belongings_fill(arena, out, c);
}

/* The account of a call: its name where the configuration has one. */
static const char *call_account(const struct plan *plan, const struct call *call)
{
	const struct resource *account;

	const struct world *world = &plan->in->sides->live->world;
	const struct text *id = call->account ? call->account : world->caller_account;

	if (!id || (!call->account && text_eq(id, world->management_account)))
		return "management";
	account = side_by_id(plan->in->sides->live, KIND_ACCOUNT, id);
	if (account && address_is(account->address, "account"))
		return address_name(plan->in->arena, account->address)->s;
	return id->s;
}

static void calls_fill(struct arena *arena, struct plan_doc *doc, const struct plan *plan)
{
	auto_free uint32_t *count = xcalloc(plan->changes + 1, sizeof *count);

	doc->call = arena_array(arena, plan->calls + 1, sizeof *doc->call);
	doc->calls = plan->calls;
	for (size_t i = 0; i < plan->calls; i++) {
		const struct call *c = &plan->call[i];

		doc->call[i] = (struct doc_call){
		    .n = c->n,
		    .service = services[c->op->service].name,
		    .operation = c->op->name,
		    .account = call_account(plan, c),
		    .input = c->input ? c->input->s : "{}",
		    .change = c->change == CALL_RECORD ? "record"
						       : plan->change[c->change].row->address->s,
		    .needs = (uint32_t *)c->needs,
		    .needs_n = c->needs_n};
		if (c->change != CALL_RECORD)
			count[c->change]++;
	}
	for (size_t i = 0; i < plan->changes; i++)
		if (doc->change)
			doc->change[i].call = arena_array(arena, count[i] + 1, sizeof(uint32_t));
	for (size_t i = 0; i < plan->calls; i++)
		if (plan->call[i].change != CALL_RECORD) {
			struct doc_change *c = &doc->change[plan->call[i].change];

			c->call[c->calls++] = plan->call[i].n;
		}
}

static bool change_drifted(const struct change *c)
{
	if (c->reason == REASON_DRIFT || c->reason == REASON_CONFLICT)
		return true;
	for (uint32_t i = 0; i < c->diffs; i++)
		if (c->diff[i].reason == REASON_DRIFT || c->diff[i].reason == REASON_CONFLICT)
			return true;
	return false;
}

static void summary_fill(struct plan_doc *doc, const struct plan *plan)
{
	struct doc_summary *s = &doc->summary;

	s->adopt = plan->in->difference->adopted;
	s->calls = (unsigned)plan->calls;
	for (size_t i = 0; i < plan->changes; i++) {
		const struct change *c = &plan->change[i];

		s->create += c->action == ACTION_CREATE;
		s->update += c->action == ACTION_UPDATE;
		s->delete += c->action == ACTION_DELETE;
		s->drift += change_drifted(c);
	}
	for (size_t i = 0; i < plan->in->difference->notes; i++)
		s->unmanaged += plan->in->difference->note[i].what == NOTE_UNMANAGED;
}

/* A part that failed as the whole did says nothing more: an account that can't be entered. */
static bool scope_says_more(const struct side *live, const struct scope *s)
{
	const struct scope *whole = &live->scopes.at[s->parent];

	return s->parent == 0 || !text_eq(whole->code, s->code) ||
	       !text_eq(whole->message, s->message);
}

/* What AWS said, after the name of the account that "iam/222222222222" is of. */
static const char *unread_message(struct arena *arena, const struct bound *bound,
				  const struct scope *s)
{
	const char *id = strchr(s->name->s, '/'), *said = text_s(s->message);
	const struct text *address;

	if (!id || strspn(id + 1, "0123456789") != ACCOUNT_DIGITS)
		return said;
	address = map_get(bound->final, arena_printf(arena, "account/~%.12s", id + 1));
	if (!address)
		return said;
	return arena_printf(arena, "account %s%s%s", address_name(arena, address)->s,
			    said ? ": " : "", said ? said : "");
}

static void unread_fill(struct arena *arena, struct plan_doc *doc, const struct plan_input *in)
{
	const struct side *live = in->sides->live;

	doc->unread = arena_array(arena, live->scopes.n + 1, sizeof *doc->unread);
	doc->complete = true;
	for (size_t i = 0; i < live->scopes.n; i++) {
		const struct scope *s = &live->scopes.at[i];

		if (s->state != SCOPE_PARTIAL)
			continue;
		doc->complete = false;
		/* An ancestor is partial by its parts, which say why. */
		if (i && s->code && scope_says_more(live, s))
			doc->unread[doc->unread_n++] = (struct doc_unread){
			    text_s(s->name), text_s(s->code), unread_message(arena, in->bound, s)};
	}
}

static void notes_fill(struct arena *arena, struct plan_doc *doc, const struct plan *plan)
{
	doc->note = arena_array(arena, plan->notes + 1, sizeof *doc->note);
	doc->notes = plan->notes;
	for (size_t i = 0; i < plan->notes; i++)
		doc->note[i] = (struct doc_note){.what = plan->note[i].what,
						 .kind = kinds[plan->note[i].kind]->name,
						 .address = text_s(plan->note[i].address),
						 .id = text_s(plan->note[i].id),
						 .text = plan->note[i].text};
}

/* What putting drift back would take is what was gained by it. */
static void access_fill(struct arena *arena, struct plan_doc *doc, const struct plan *plan)
{
	bool back = strcmp(doc->format, DRIFT_FORMAT) == 0;

	doc->access = arena_array(arena, plan->access_n + 1, sizeof *doc->access);
	doc->access_n = plan->access_n;
	for (size_t i = 0; i < plan->access_n; i++) {
		const struct access_row *a = &plan->access[i];

		doc->access[i] = (struct doc_access){.effect = a->loss != back ? "loss" : "gain",
						     .principal = a->principal,
						     .account = a->account,
						     .permission = a->permission,
						     .through = a->through,
						     .strength = a->strength == STRENGTH_UNKNOWN
								     ? NULL
								     : strength_names[a->strength]};
	}
}

static bool plan_is_in_accounts(const struct plan_doc *doc, const struct plan *plan)
{
	for (size_t i = 0; i < plan->changes; i++) {
		enum address_rule rule = kinds[row_any(plan->change[i].row)->kind]->address;

		if (rule == ADDRESS_ACCOUNT || rule == ADDRESS_EDGE)
			return true;
	}
	return doc->access_n > 0;
}

/* Declared, and not known to be suspended or closed: others are in no product. */
static void account_fill(struct arena *arena, struct plan_doc *doc, const struct row *row)
{
	const struct attr *attr = &kinds[KIND_ACCOUNT]->attr[ACCOUNT_UNIT];
	const struct value *state = row->live ? &row->live->v[ACCOUNT_STATE] : NULL;
	const struct value *unit = &row->head->v[ACCOUNT_UNIT];

	if (state && state->state == VALUE_TEXT && !text_is(state->u.text, "ACTIVE"))
		return;
	if (unit->state != VALUE_TEXT && row->live)
		unit = &row->live->v[ACCOUNT_UNIT];
	if (unit->state == VALUE_TEXT)
		doc->account[doc->accounts++] =
		    (struct doc_account){.name = address_name(arena, row->address)->s,
					 .unit = value_outside(attr, unit->u.text->s)};
}

static void accounts_fill(struct arena *arena, struct plan_doc *doc, const struct plan *plan)
{
	const struct bound *bound = plan->in->bound;
	size_t n = 0;

	if (!plan_is_in_accounts(doc, plan))
		return;
	for (size_t i = 0; i < bound->rows; i++)
		n += row_any(&bound->row[i])->kind == KIND_ACCOUNT;
	doc->account = arena_array(arena, n + 1, sizeof *doc->account);
	for (size_t i = 0; i < bound->rows; i++) {
		const struct row *row = &bound->row[i];

		if (row->head && row->head->kind == KIND_ACCOUNT)
			account_fill(arena, doc, row);
	}
}

static struct doc_commit commit_fill(const struct commit *c)
{
	return (struct doc_commit){.commit = c->commit && *c->commit ? c->commit : NULL,
				   .tree = !c->dirty && c->tree && *c->tree ? c->tree : NULL,
				   .config = c->config && *c->config ? c->config : NULL,
				   .present = c->present};
}

struct plan_doc *plan_document(struct arena *arena, const struct plan *plan, const char *format,
			       const char *created)
{
	const struct plan_input *in = plan->in;
	struct plan_doc *doc = arena_alloc(arena, sizeof *doc);

	*doc = (struct plan_doc){.format = format,
				 .plan_id = plan->plan_id,
				 .organization = text_s(in->sides->live->world.organization_id),
				 .scope = in->scope,
				 .path = in->path,
				 .base = commit_fill(&in->base),
				 .head = commit_fill(&in->head),
				 .target = commit_fill(&in->target),
				 .refusal = plan->refusal,
				 .created = created,
				 .tool = "charter " CHARTER_VERSION,
				 .estimate_seconds = plan->estimate_seconds};
	doc->change = arena_array(arena, plan->changes + 1, sizeof *doc->change);
	doc->changes = plan->changes;
	for (size_t i = 0; i < plan->changes; i++)
		change_fill(arena, &doc->change[i], &plan->change[i]);
	calls_fill(arena, doc, plan);
	summary_fill(doc, plan);
	unread_fill(arena, doc, in);
	notes_fill(arena, doc, plan);
	access_fill(arena, doc, plan);
	accounts_fill(arena, doc, plan);
	doc->guard = arena_array(arena, plan->guards + 1, sizeof *doc->guard);
	doc->guards = plan->guards;
	for (size_t i = 0; i < plan->guards; i++)
		doc->guard[i] = (struct doc_guard){plan->guard[i].name,
						   plan->guard[i].refused ? "refuse" : "pass",
						   plan->guard[i].detail};
	return doc;
}

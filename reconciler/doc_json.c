/* A plan as JSON: keys sorted, one array element a line, the same plan the same bytes. */
#include "reconciler/doc_drift.h"
#include "reconciler/doc_value.h"

#include <string.h>

static void write_value(struct json_out *j, const char *key, const struct attr *attr,
			const struct value *v)
{
	if (v->state == VALUE_UNSET)
		return;
	out_key(j, key);
	switch ((enum value_state)v->state) {
	case VALUE_UNSET:
	case VALUE_NONE:
		out_null(j);
		break;
	case VALUE_TEXT:
		out_string(j, value_outside(attr, v->u.text->s));
		break;
	case VALUE_SECRET:
		out_object(j);
		out_key_bool(j, "secret", true);
		out_object_end(j);
		break;
	case VALUE_SET:
		if (attr_is_map(attr)) {
			out_object(j);
			for (uint32_t i = 0; i < v->u.set->n; i++)
				out_key_text(j, v->u.set->item[i].key->s, v->u.set->item[i].value);
			out_object_end(j);
			break;
		}
		out_array(j);
		for (uint32_t i = 0; i < v->u.set->n; i++)
			out_text(j, v->u.set->item[i].key);
		out_array_end(j);
		break;
	}
}

static void write_elements(struct json_out *j, const char *key, const struct doc_attribute *a,
			   const struct doc_element *e, uint32_t n)
{
	out_key(j, key);
	out_array(j);
	for (uint32_t i = 0; i < n; i++) {
		out_object(j);
		if (a->is_map) {
			write_value(j, "base", NULL, &e[i].base);
			write_value(j, "head", NULL, &e[i].head);
		}
		out_key_string(j, "key", e[i].key);
		if (a->is_map)
			write_value(j, "live", NULL, &e[i].live);
		out_key_string(j, "reason", e[i].reason);
		out_object_end(j);
	}
	out_array_end(j);
}

static void write_attribute(struct json_out *j, const struct doc_change *c,
			    const struct doc_attribute *a)
{
	const struct attr *attr = attr_find(c->kind, a->name);

	out_object(j);
	if (a->is_set)
		write_elements(j, "added", a, a->added, a->added_n);
	else
		write_value(j, "base", attr, &a->base);
	if (a->blocked)
		out_key_string(j, "blocked", a->blocked);
	if (a->by_hand)
		out_key_bool(j, "by_hand", true);
	if (a->is_set && a->is_map)
		write_elements(j, "changed", a, a->changed, a->changed_n);
	if (!a->is_set) {
		write_value(j, "head", attr, &a->head);
		write_value(j, "live", attr, &a->live);
	}
	out_key_string(j, "name", a->name);
	if (a->is_set)
		write_elements(j, "removed", a, a->removed, a->removed_n);
	else
		out_key_string(j, "reason", a->reason);
	out_object_end(j);
}

static void write_numbers(struct json_out *j, const char *key, const uint32_t *n, uint32_t count)
{
	out_key(j, key);
	out_array(j);
	for (uint32_t i = 0; i < count; i++)
		out_int(j, n[i]);
	out_array_end(j);
}

static void write_place(struct json_out *j, const char *file, uint32_t line, bool gone)
{
	out_object(j);
	if (gone) {
		out_key(j, "base");
		out_bool(j, true);
	}
	out_key_string(j, "file", file);
	out_key_int(j, "line", line);
	out_object_end(j);
}

static void write_sources(struct json_out *j, const struct doc_change *c)
{
	out_key(j, "sources");
	out_array(j);
	write_place(j, c->file, c->line, c->gone);
	for (uint32_t i = 0; i < c->alsos; i++)
		write_place(j, c->also[i].file, c->also[i].line, c->gone);
	out_array_end(j);
}

static void write_change(struct json_out *j, const struct doc_change *c)
{
	out_object(j);
	out_key_string(j, "action", c->action);
	out_key_string(j, "address", c->address);
	out_key(j, "attributes");
	out_array(j);
	for (uint32_t i = 0; i < c->attributes; i++)
		write_attribute(j, c, &c->attribute[i]);
	out_array_end(j);
	if (c->blocked)
		out_key_string(j, "blocked", c->blocked);
	write_numbers(j, "calls", c->call, c->calls);
	out_key_string(j, "id", c->id);
	out_key_string(j, "kind", c->kind);
	if (c->previous)
		out_key_string(j, "previous", c->previous);
	out_key_string(j, "reason", c->reason);
	out_key_string(j, "risk", c->risk);
	out_key(j, "source");
	if (c->file) {
		write_place(j, c->file, c->line, c->gone);
	} else {
		out_null(j);
	}
	if (c->alsos)
		write_sources(j, c);
	out_object_end(j);
}

static void write_call(struct json_out *j, const struct doc_call *c)
{
	out_object(j);
	out_key_string(j, "account", c->account);
	out_key_string(j, "change", c->change);
	out_key(j, "input");
	out_raw(j, c->input ? c->input : "{}");
	out_key_int(j, "n", c->n);
	write_numbers(j, "needs", c->needs, c->needs_n);
	out_key_string(j, "operation", c->operation);
	out_key_string(j, "service", c->service);
	out_object_end(j);
}

static void write_access(struct json_out *j, const struct doc_access *a)
{
	out_object(j);
	out_key_string(j, "account", a->account);
	out_key_string(j, "effect", a->effect);
	out_key_string(j, "permission", a->permission);
	out_key_string(j, "principal", a->principal);
	out_key_string(j, "strength", a->strength);
	out_key_string(j, "through", a->through);
	out_object_end(j);
}

static void write_account(struct json_out *j, const struct doc_account *a)
{
	out_object(j);
	out_key_string(j, "name", a->name);
	out_key_string(j, "unit", a->unit);
	out_object_end(j);
}

static void write_guard(struct json_out *j, const struct doc_guard *g)
{
	out_object(j);
	out_key_string(j, "detail", g->detail);
	out_key_string(j, "name", g->name);
	out_key_string(j, "result", g->result);
	out_object_end(j);
}

static void write_unread(struct json_out *j, const struct doc_unread *u)
{
	out_object(j);
	out_key_string(j, "error", u->error);
	out_key_string(j, "message", u->message);
	out_key_string(j, "scope", u->scope);
	out_object_end(j);
}

static void write_notes(struct json_out *j, const struct plan_doc *d, enum note_kind what)
{
	out_key(j, note_arrays[what]);
	out_lines(j);
	for (size_t i = 0; i < d->notes; i++) {
		if (d->note[i].what != what)
			continue;
		out_object(j);
		out_key_string(j, "address", d->note[i].address);
		out_key_string(j, "id", d->note[i].id);
		out_key_string(j, "kind", d->note[i].kind);
		out_key_string(j, "text", d->note[i].text);
		out_object_end(j);
	}
	out_array_end(j);
}

void doc_write_commit(struct json_out *j, const char *key, const struct doc_commit *c)
{
	out_key(j, key);
	if (!c->present) {
		out_null(j);
		return;
	}
	out_object(j);
	out_key_string(j, "commit", c->commit);
	out_key_string(j, "config", c->config);
	out_key_string(j, "tree", c->tree);
	out_object_end(j);
}

static void write_summary(struct json_out *j, const struct doc_summary *s)
{
	out_key(j, "summary");
	out_object(j);
	out_key_int(j, "adopt", s->adopt);
	out_key_int(j, "calls", s->calls);
	out_key_int(j, "create", s->create);
	out_key_int(j, "delete", s->delete);
	out_key_int(j, "drift", s->drift);
	out_key_int(j, "unmanaged", s->unmanaged);
	out_key_int(j, "update", s->update);
	out_object_end(j);
}

static void write_meta(struct json_out *j, const struct plan_doc *d)
{
	out_key(j, "meta");
	out_object(j);
	out_key_string(j, "created", d->created);
	out_key_int(j, "estimate_seconds", d->estimate_seconds);
	out_key_string(j, "tool", d->tool);
	out_object_end(j);
}

/* An array with one element a line. */
#define WRITE_LINES(j, key, at, n, write)                                                          \
	do {                                                                                       \
		out_key(j, key);                                                                   \
		out_lines(j);                                                                      \
		for (size_t i_ = 0; i_ < (n); i_++)                                                \
			write(j, &(at)[i_]);                                                       \
		out_array_end(j);                                                                  \
	} while (0)

int doc_write_json(const struct plan_doc *d, struct json_out *j)
{
	out_object(j);
	WRITE_LINES(j, "access", d->access, d->access_n, write_access);
	if (d->accounts)
		WRITE_LINES(j, "accounts", d->account, d->accounts, write_account);
	doc_write_commit(j, "base", &d->base);
	write_notes(j, d, NOTE_BY_HAND);
	WRITE_LINES(j, "calls", d->call, d->calls, write_call);
	WRITE_LINES(j, "changes", d->change, d->changes, write_change);
	out_key_bool(j, "complete", d->complete);
	if (d->drift) {
		out_key(j, "drift");
		doc_write_drift(j, d->drift);
	}
	out_key_string(j, "format", d->format);
	WRITE_LINES(j, "guards", d->guard, d->guards, write_guard);
	doc_write_commit(j, "head", &d->head);
	write_notes(j, d, NOTE_IGNORED);
	write_notes(j, d, NOTE_LEFTOVER);
	write_meta(j, d);
	out_key_string(j, "organization", d->organization);
	if (d->path)
		out_key_string(j, "path", d->path);
	out_key_string(j, "plan_id", d->plan_id);
	out_key_string(j, "refused", d->refusal);
	write_notes(j, d, NOTE_RELEASED);
	out_key_string(j, "scope", d->scope);
	write_summary(j, &d->summary);
	doc_write_commit(j, "target", &d->target);
	write_notes(j, d, NOTE_UNMANAGED);
	WRITE_LINES(j, "unread", d->unread, d->unread_n, write_unread);
	write_notes(j, d, NOTE_WARNING);
	out_object_end(j);
	return 0;
}

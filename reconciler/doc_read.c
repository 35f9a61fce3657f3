/* A saved plan back from its JSON. A file may come from anywhere, so nothing of it is taken on
 * trust: every key, type, name and number is checked. */
#include "reconciler/doc_drift.h"
#include "reconciler/doc_field.h"
#include "reconciler/doc_value.h"
#include "state/canon.h"

#include <string.h>

static const char *const risk_names[] = {"low", "medium", "high"};
static const char *const guard_results[] = {"pass", "refuse"};
static const char *const formats[] = {PLAN_FORMAT, DRIFT_FORMAT};

static int read_list(struct reader *r, const struct attr *attr, const char *key, const json_t *v,
		     struct value *out)
{
	size_t n = json_is_array(v) ? json_array_size(v) : json_object_size(v), i = 0;
	struct item *item = arena_array(r->arena, n + 1, sizeof *item);
	const json_t *e;
	const char *name;

	if (json_is_array(v)) {
		for (; i < n; i++) {
			e = json_array_get(v, i);
			if (!json_is_string(e))
				return reader_fail(r, key, "must hold text");
			item[i].key =
			    text_new(r->arena, json_string_value(e), json_string_length(e));
		}
	} else {
		json_object_foreach((json_t *)v, name, e)
		{
			if (!attr_is_map(attr) || !json_is_string(e))
				return reader_fail(r, key, "must be text, null or a list");
			item[i].key = text_str(r->arena, name);
			item[i++].value =
			    text_new(r->arena, json_string_value(e), json_string_length(e));
		}
	}
	*out = (struct value){.state = VALUE_SET, .u.set = set_make(r->arena, item, n, NULL)};
	return 0;
}

static int read_value(struct reader *r, const json_t *o, const char *key, const struct attr *attr,
		      struct value *out)
{
	const json_t *v = json_object_get(o, key);

	*out = (struct value){.state = VALUE_UNSET};
	if (!v)
		return 0;
	if (json_is_null(v)) {
		*out = VALUE_EMPTY;
		return 0;
	}
	if (json_is_string(v)) {
		*out = value_text(
		    value_inside(r->arena, attr, json_string_value(v), json_string_length(v)));
		return 0;
	}
	if (json_is_object(v) && json_is_true(json_object_get(v, "secret"))) {
		*out = (struct value){.state = VALUE_SECRET};
		return 0;
	}
	if (json_is_array(v) || json_is_object(v))
		return read_list(r, attr, key, v, out);
	return reader_fail(r, key, "must be text, null or a list");
}

/* Which values an element of a plain set has follows from the list that it stands in. */
static void element_of_set(struct reader *r, struct doc_element *e, bool added)
{
	struct value in = value_str(r->arena, e->key);
	bool drift = strcmp(e->reason, reason_names[REASON_DRIFT]) == 0;

	e->head = added ? in : VALUE_EMPTY;
	e->live = added ? VALUE_EMPTY : in;
	e->base = added == drift ? in : VALUE_EMPTY;
}

static int read_elements(struct reader *r, const json_t *o, const char *key,
			 const struct doc_attribute *a, struct doc_element **out, uint32_t *n)
{
	const json_t *array, *e;

	if (field_array(r, o, key, &array))
		return -1;
	*n = (uint32_t)json_array_size(array);
	*out = arena_array(r->arena, (size_t)*n + 1, sizeof **out);
	reader_enter(r, key);
	for (uint32_t i = 0; i < *n; i++) {
		struct doc_element *to = &(*out)[i];

		if (element_object(r, array, i, &e) || field_text(r, e, "key", &to->key) ||
		    field_name(r, e, "reason", reason_names, REASON_COUNT, &to->reason))
			return -1;
		if (!a->is_map)
			element_of_set(r, to, strcmp(key, "added") == 0);
		else if (read_value(r, e, "base", NULL, &to->base) ||
			 read_value(r, e, "head", NULL, &to->head) ||
			 read_value(r, e, "live", NULL, &to->live))
			return -1;
	}
	reader_leave(r);
	return 0;
}

static int read_attribute(struct reader *r, const json_t *o, const char *kind,
			  struct doc_attribute *a)
{
	const struct attr *attr;

	if (field_text(r, o, "name", &a->name) || field_text_if(r, o, "blocked", &a->blocked))
		return -1;
	attr = attr_find(kind, a->name);
	if (!attr)
		return reader_fail(r, "name", "`%.80s` is not an attribute of %s", a->name, kind);
	if (json_object_get(o, "by_hand") && field_bool(r, o, "by_hand", &a->by_hand))
		return -1;
	a->is_map = attr_is_map(attr);
	a->is_policy = attr->type == ATTR_POLICY || attr->type == ATTR_POLICIES;
	a->is_set = json_object_get(o, "added") != NULL;
	if (!a->is_set)
		return read_value(r, o, "base", attr, &a->base) ||
			       read_value(r, o, "head", attr, &a->head) ||
			       read_value(r, o, "live", attr, &a->live) ||
			       field_name(r, o, "reason", reason_names, REASON_COUNT, &a->reason)
			   ? -1
			   : 0;
	if (read_elements(r, o, "added", a, &a->added, &a->added_n) ||
	    read_elements(r, o, "removed", a, &a->removed, &a->removed_n))
		return -1;
	return a->is_map ? read_elements(r, o, "changed", a, &a->changed, &a->changed_n) : 0;
}

static int read_attributes(struct reader *r, const json_t *o, struct doc_change *c)
{
	const json_t *array, *e;

	if (field_array(r, o, "attributes", &array))
		return -1;
	c->attributes = (uint32_t)json_array_size(array);
	c->attribute = arena_array(r->arena, (size_t)c->attributes + 1, sizeof *c->attribute);
	reader_enter(r, "attributes");
	for (uint32_t i = 0; i < c->attributes; i++)
		if (element_object(r, array, i, &e) ||
		    read_attribute(r, e, c->kind, &c->attribute[i]))
			return -1;
	reader_leave(r);
	return 0;
}

/* Of several, the first of which is the source. */
static int read_sources(struct reader *r, const json_t *o, struct doc_change *c)
{
	const json_t *array, *e;
	struct doc_place first, *place;

	if (!json_object_get(o, "sources"))
		return 0;
	if (field_array(r, o, "sources", &array))
		return -1;
	c->also = arena_array(r->arena, json_array_size(array) + 1, sizeof *c->also);
	reader_enter(r, "sources");
	for (size_t i = 0; i < json_array_size(array); i++) {
		place = i ? &c->also[c->alsos++] : &first;
		if (element_object(r, array, i, &e) || field_text(r, e, "file", &place->file) ||
		    field_count(r, e, "line", &place->line))
			return -1;
	}
	reader_leave(r);
	return 0;
}

static int read_source(struct reader *r, const json_t *o, struct doc_change *c)
{
	const json_t *source;

	if (field_source(r, o, &c->file, &c->line, &source))
		return -1;
	if (!source)
		return 0;
	reader_enter(r, "source");
	if (json_object_get(source, "base") && field_bool(r, source, "base", &c->gone))
		return -1;
	reader_leave(r);
	return read_sources(r, o, c);
}

static int read_change(struct reader *r, const json_t *o, const struct plan_doc *d,
		       struct doc_change *c)
{
	int kind;

	if (field_name(r, o, "action", action_names, ACTION_COUNT, &c->action) ||
	    field_text(r, o, "address", &c->address) || field_text(r, o, "kind", &c->kind) ||
	    field_text_or_null(r, o, "id", &c->id) ||
	    field_name(r, o, "reason", reason_names, REASON_COUNT, &c->reason) ||
	    field_name(r, o, "risk", risk_names, 3, &c->risk) ||
	    field_text_if(r, o, "previous", &c->previous) ||
	    field_text_if(r, o, "blocked", &c->blocked) ||
	    field_numbers(r, o, "calls", (uint32_t)d->calls, &c->call, &c->calls) ||
	    read_source(r, o, c))
		return -1;
	kind = kind_find(c->kind);
	if (kind < 0)
		return reader_fail(r, "kind", "`%.80s` is not known", c->kind);
	if (!address_is(text_str(r->arena, c->address), kinds[kind]->name))
		return reader_fail(r, "address", "`%.200s` is not one of a %s", c->address,
				   c->kind);
	return read_attributes(r, o, c);
}

static int read_call(struct reader *r, const json_t *o, uint32_t n, struct doc_call *c)
{
	const json_t *input;

	if (field_count(r, o, "n", &c->n) || field_text(r, o, "service", &c->service) ||
	    field_text(r, o, "operation", &c->operation) ||
	    field_text(r, o, "account", &c->account) || field_text(r, o, "change", &c->change) ||
	    field_object(r, o, "input", false, &input))
		return -1;
	if (c->n != n)
		return reader_fail(r, "n", "must be %u: calls are numbered from 1", n);
	if (field_numbers(r, o, "needs", n - 1, &c->needs, &c->needs_n))
		return -1;
	c->input = canon_json(r->arena, input)->s;
	return 0;
}

static int read_note(struct reader *r, const json_t *o, struct doc_note *n)
{
	return field_text_or_null(r, o, "address", &n->address) ||
		       field_text_or_null(r, o, "id", &n->id) ||
		       field_text_or_null(r, o, "kind", &n->kind) ||
		       field_text_or_null(r, o, "text", &n->text)
		   ? -1
		   : 0;
}

static int read_notes(struct reader *r, const json_t *o, struct plan_doc *d)
{
	const json_t *array[NOTE_KINDS], *e;
	size_t total = 0;

	for (int what = 0; what < NOTE_KINDS; what++) {
		if (field_array(r, o, note_arrays[what], &array[what]))
			return -1;
		total += json_array_size(array[what]);
	}
	d->note = arena_array(r->arena, total + 1, sizeof *d->note);
	for (int what = 0; what < NOTE_KINDS; what++) {
		reader_enter(r, note_arrays[what]);
		for (size_t i = 0; i < json_array_size(array[what]); i++) {
			struct doc_note *n = &d->note[d->notes++];

			n->what = (uint8_t)what;
			if (element_object(r, array[what], i, &e) || read_note(r, e, n))
				return -1;
		}
		reader_leave(r);
	}
	return 0;
}

static int read_commit(struct reader *r, const json_t *o, const char *key, struct doc_commit *c)
{
	const json_t *commit;

	if (field_object(r, o, key, true, &commit))
		return -1;
	if (!commit)
		return 0;
	c->present = true;
	reader_enter(r, key);
	if (field_text_or_null(r, commit, "commit", &c->commit) ||
	    field_text_or_null(r, commit, "tree", &c->tree) ||
	    field_text_or_null(r, commit, "config", &c->config))
		return -1;
	reader_leave(r);
	return 0;
}

static int read_summary(struct reader *r, const json_t *o, struct doc_summary *s)
{
	const json_t *from;

	if (field_object(r, o, "summary", false, &from))
		return -1;
	reader_enter(r, "summary");
	if (field_count(r, from, "create", &s->create) ||
	    field_count(r, from, "update", &s->update) ||
	    field_count(r, from, "delete", &s->delete) ||
	    field_count(r, from, "adopt", &s->adopt) || field_count(r, from, "drift", &s->drift) ||
	    field_count(r, from, "unmanaged", &s->unmanaged) ||
	    field_count(r, from, "calls", &s->calls))
		return -1;
	reader_leave(r);
	return 0;
}

static int read_meta(struct reader *r, const json_t *o, struct plan_doc *d)
{
	const json_t *meta;

	if (field_object(r, o, "meta", false, &meta))
		return -1;
	reader_enter(r, "meta");
	if (field_text_or_null(r, meta, "created", &d->created) ||
	    field_text_or_null(r, meta, "tool", &d->tool) ||
	    field_count(r, meta, "estimate_seconds", &d->estimate_seconds))
		return -1;
	reader_leave(r);
	return 0;
}

static int read_calls(struct reader *r, const json_t *o, struct plan_doc *d)
{
	const json_t *array, *e;

	if (field_array(r, o, "calls", &array))
		return -1;
	d->calls = json_array_size(array);
	d->call = arena_array(r->arena, d->calls + 1, sizeof *d->call);
	reader_enter(r, "calls");
	for (size_t i = 0; i < d->calls; i++)
		if (element_object(r, array, i, &e) ||
		    read_call(r, e, (uint32_t)i + 1, &d->call[i]))
			return -1;
	reader_leave(r);
	return 0;
}

static int read_changes(struct reader *r, const json_t *o, struct plan_doc *d)
{
	const json_t *array, *e;

	if (field_array(r, o, "changes", &array))
		return -1;
	d->changes = json_array_size(array);
	d->change = arena_array(r->arena, d->changes + 1, sizeof *d->change);
	reader_enter(r, "changes");
	for (size_t i = 0; i < d->changes; i++)
		if (element_object(r, array, i, &e) || read_change(r, e, d, &d->change[i]))
			return -1;
	reader_leave(r);
	return 0;
}

/* A plan of before it was told has none. */
static int read_strength(struct reader *r, const json_t *o, const char **out)
{
	static const char *const known[] = {"read", "write", "administrator"};
	const json_t *v = json_object_get(o, "strength");

	*out = NULL;
	return !v || json_is_null(v) ? 0 : field_name(r, o, "strength", known, 3, out);
}

static int read_access(struct reader *r, const json_t *o, struct plan_doc *d)
{
	const json_t *array, *e;

	if (field_array(r, o, "access", &array))
		return -1;
	d->access_n = json_array_size(array);
	d->access = arena_array(r->arena, d->access_n + 1, sizeof *d->access);
	reader_enter(r, "access");
	for (size_t i = 0; i < d->access_n; i++) {
		struct doc_access *a = &d->access[i];

		if (element_object(r, array, i, &e) || field_text(r, e, "effect", &a->effect) ||
		    field_text(r, e, "principal", &a->principal) ||
		    field_text(r, e, "account", &a->account) ||
		    field_text(r, e, "permission", &a->permission) ||
		    field_text_or_null(r, e, "through", &a->through) ||
		    read_strength(r, e, &a->strength))
			return -1;
	}
	reader_leave(r);
	return 0;
}

static int read_accounts(struct reader *r, const json_t *o, struct plan_doc *d)
{
	const json_t *array, *e;

	if (!json_object_get(o, "accounts"))
		return 0;
	if (field_array(r, o, "accounts", &array))
		return -1;
	d->accounts = json_array_size(array);
	d->account = arena_array(r->arena, d->accounts + 1, sizeof *d->account);
	reader_enter(r, "accounts");
	for (size_t i = 0; i < d->accounts; i++)
		if (element_object(r, array, i, &e) ||
		    field_text(r, e, "name", &d->account[i].name) ||
		    field_text(r, e, "unit", &d->account[i].unit))
			return -1;
	reader_leave(r);
	return 0;
}

static int read_guards(struct reader *r, const json_t *o, struct plan_doc *d)
{
	const json_t *array, *e;

	if (field_array(r, o, "guards", &array))
		return -1;
	d->guards = json_array_size(array);
	d->guard = arena_array(r->arena, d->guards + 1, sizeof *d->guard);
	reader_enter(r, "guards");
	for (size_t i = 0; i < d->guards; i++) {
		struct doc_guard *g = &d->guard[i];

		if (element_object(r, array, i, &e) || field_text(r, e, "name", &g->name) ||
		    field_name(r, e, "result", guard_results, 2, &g->result) ||
		    field_text_or_null(r, e, "detail", &g->detail))
			return -1;
	}
	reader_leave(r);
	return 0;
}

static int read_unread(struct reader *r, const json_t *o, struct plan_doc *d)
{
	const json_t *array, *e;

	if (field_array(r, o, "unread", &array))
		return -1;
	d->unread_n = json_array_size(array);
	d->unread = arena_array(r->arena, d->unread_n + 1, sizeof *d->unread);
	reader_enter(r, "unread");
	for (size_t i = 0; i < d->unread_n; i++) {
		struct doc_unread *u = &d->unread[i];

		if (element_object(r, array, i, &e) || field_text(r, e, "scope", &u->scope) ||
		    field_text_or_null(r, e, "error", &u->error) ||
		    field_text_or_null(r, e, "message", &u->message))
			return -1;
	}
	reader_leave(r);
	return 0;
}

static int read_format(struct reader *r, const json_t *o, struct plan_doc *d)
{
	const json_t *format = json_object_get(o, "format");
	const char *s = json_string_value(format);

	if (!json_is_object(o) || !s || !str_starts(s, "charter."))
		return error_set(r->err, "%s: is not a saved plan: no \"format\": \"%s\" in it",
				 r->file, formats[0]);
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (strcmp(formats[i], s) == 0) {
			d->format = formats[i];
			return 0;
		}
	return error_set(r->err, "%s: its format is `%.40s`; this charter reads %s and %s", r->file,
			 s, formats[0], formats[1]);
}

static int read_plan(struct reader *r, const json_t *o, struct plan_doc *d)
{
	return read_format(r, o, d) || field_text_or_null(r, o, "plan_id", &d->plan_id) ||
		       field_text_or_null(r, o, "organization", &d->organization) ||
		       field_text_or_null(r, o, "scope", &d->scope) ||
		       (json_object_get(o, "path") && field_text(r, o, "path", &d->path)) ||
		       field_text_or_null(r, o, "refused", &d->refusal) ||
		       field_bool(r, o, "complete", &d->complete) ||
		       read_commit(r, o, "base", &d->base) || read_commit(r, o, "head", &d->head) ||
		       read_commit(r, o, "target", &d->target) || read_summary(r, o, &d->summary) ||
		       read_meta(r, o, d) || read_calls(r, o, d) || read_changes(r, o, d) ||
		       read_access(r, o, d) || read_accounts(r, o, d) || read_guards(r, o, d) ||
		       read_unread(r, o, d) || read_notes(r, o, d) ||
		       (d->format == formats[1] && doc_read_drift(r, o, d))
		   ? -1
		   : 0;
}

int doc_read_json(struct arena *arena, const char *data, size_t len, const char *file,
		  struct plan_doc *d, struct error *err)
{
	struct reader r = {.arena = arena, .file = file, .err = err};
	json_auto_t *o = NULL;
	json_error_t where;

	*d = (struct plan_doc){0};
	o = json_loadb(data, len, JSON_REJECT_DUPLICATES, &where);
	if (!o)
		return error_set(err, "%s:%d:%d: %s", file, where.line, where.column, where.text);
	return read_plan(&r, o, d);
}

/* Writing a reading as JSON lines: a head line, a line a scope, a line a resource, all sorted. */
#include "state/snapshot_priv.h"

#include "base/json_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const snapshot_flags[SNAPSHOT_FLAGS] = {"external", "ended",      "move",
						    "create",   "allow_list", "foreign"};
const char *const snapshot_scopes[] = {
    [SCOPE_OPEN] = "open", [SCOPE_WHOLE] = "whole", [SCOPE_PARTIAL] = "partial"};

static void out_known(struct json_out *out, const char *key, const struct text *text)
{
	if (text != NULL)
		out_key_text(out, key, text);
}

static void head_write(struct json_out *out, const struct side *side)
{
	const struct world *world = &side->world;

	out_object(out);
	out_key_string(out, "format", SNAPSHOT_FORMAT);
	out_key_int(out, "resources", (int64_t)side->all.n);
	out_key_int(out, "scopes", (int64_t)side->scopes.n);
	out_key(out, "world");
	out_object(out);
	out_known(out, "caller_account", world->caller_account);
	out_known(out, "caller_arn", world->caller_arn);
	out_known(out, "feature_set", world->feature_set);
	out_known(out, "identity_store", world->identity_store);
	out_known(out, "instance_arn", world->instance_arn);
	out_known(out, "management_account", world->management_account);
	if (world->no_organization)
		out_key_bool(out, "no_organization", true);
	out_known(out, "organization_id", world->organization_id);
	out_known(out, "partition", world->partition);
	out_key_int(out, "read_us", world->read_us);
	out_known(out, "root_id", world->root_id);
	out_object_end(out);
	out_object_end(out);
}

/* The whole reading, scope 0, has no parent. */
static void scope_write(struct json_out *out, const struct side *side, const struct scope *scope)
{
	out_object(out);
	out_known(out, "code", scope->code);
	out_known(out, "message", scope->message);
	if (scope != side->scopes.at)
		out_key_text(out, "parent", side->scopes.at[scope->parent].name);
	out_key_text(out, "scope", scope->name);
	out_key_string(out, "state", snapshot_scopes[scope->state]);
	out_object_end(out);
}

static void set_write(struct json_out *out, const struct set *set, bool map)
{
	if (map)
		out_object(out);
	else
		out_array(out);
	for (uint32_t i = 0; i < set->n; i++) {
		if (map)
			out_key_text(out, set->item[i].key->s, set->item[i].value);
		else
			out_text(out, set->item[i].key);
	}
	if (map)
		out_object_end(out);
	else
		out_array_end(out);
}

/* A text is a string, NONE is null, a set an array, a map an object, a secret `true`: its content
 * is nowhere. UNSET is left out. */
static void value_write(struct json_out *out, const struct attr *attr, const struct value *value)
{
	bool map = attr->type == ATTR_TAGS || attr->type == ATTR_POLICIES;

	if (value->state == VALUE_UNSET)
		return;
	out_key(out, attr->name);
	if (value->state == VALUE_TEXT) {
		out_text(out, value->u.text);
	} else if (value->state == VALUE_SECRET) {
		out_bool(out, true);
	} else if (value->state == VALUE_NONE) {
		out_null(out);
	} else if (value->only) {
		out_object(out);
		out_key(out, "only");
		set_write(out, value->u.set, map);
		out_object_end(out);
	} else {
		set_write(out, value->u.set, map);
	}
}

/* Attributes in the order of their names, which is not that of the table. */
static void values_write(struct json_out *out, const struct resource *r)
{
	const struct kind *kind = kinds[r->kind];
	const char *last = "";

	out_key(out, "values");
	out_object(out);
	for (uint16_t n = 0; n < kind->attrs; n++) {
		uint16_t next = kind->attrs;

		for (uint16_t i = 0; i < kind->attrs; i++) {
			if (strcmp(kind->attr[i].name, last) > 0 &&
			    (next == kind->attrs ||
			     strcmp(kind->attr[i].name, kind->attr[next].name) < 0))
				next = i;
		}
		if (next == kind->attrs)
			break;
		value_write(out, &kind->attr[next], &r->v[next]);
		last = kind->attr[next].name;
	}
	out_object_end(out);
}

static void resource_write(struct json_out *out, const struct resource *r)
{
	out_object(out);
	out_key_text(out, "address", r->address);
	out_known(out, "aux", r->aux);
	out_known(out, "created", r->created);
	if (r->flags != 0) {
		out_key(out, "flags");
		out_array(out);
		for (unsigned i = 0; i < SNAPSHOT_FLAGS; i++) {
			if (r->flags & (1u << i))
				out_string(out, snapshot_flags[i]);
		}
		out_array_end(out);
	}
	out_known(out, "id", r->id);
	out_key_string(out, "kind", kinds[r->kind]->name);
	out_known(out, "owner", r->owner);
	values_write(out, r);
	out_object_end(out);
}

static int scope_cmp(const void *pa, const void *pb)
{
	const struct scope *a = *(const struct scope *const *)pa;
	const struct scope *b = *(const struct scope *const *)pb;

	return text_cmp(a->name, b->name);
}

static int resource_cmp(const void *pa, const void *pb)
{
	const struct resource *a = *(struct resource *const *)pa;
	const struct resource *b = *(struct resource *const *)pb;
	int order = text_cmp(a->address, b->address);

	if (order == 0 && a->kind != b->kind)
		order = a->kind < b->kind ? -1 : 1;
	return order != 0 ? order : text_cmp(a->id, b->id);
}

/* Writes the whole reading; a finished side. -1: not all of it could be written. */
int snapshot_write(const struct side *side, FILE *file, struct error *err)
{
	struct json_out *out = json_out_compact(NULL, file);
	auto_free const struct scope **scopes = xcalloc(side->scopes.n + 1, sizeof(*scopes));
	auto_free struct resource **all = xcalloc(side->all.n + 1, sizeof(*all));

	for (size_t i = 0; i < side->scopes.n; i++)
		scopes[i] = &side->scopes.at[i];
	for (size_t i = 0; i < side->all.n; i++)
		all[i] = side->all.at[i];
	if (side->scopes.n > 1)
		qsort(scopes, side->scopes.n, sizeof(*scopes), scope_cmp);
	if (side->all.n > 1)
		qsort(all, side->all.n, sizeof(*all), resource_cmp);
	errno = 0;
	head_write(out, side);
	for (size_t i = 0; i < side->scopes.n; i++)
		scope_write(out, side, scopes[i]);
	for (size_t i = 0; i < side->all.n; i++)
		resource_write(out, all[i]);
	if (json_out_end(out) != 0)
		return error_set(err, "the snapshot could not be written whole: %s",
				 errno != 0 ? strerror(errno) : "write error");
	return 0;
}

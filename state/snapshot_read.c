/* Reading a snapshot: every line is checked, and their number too, so that a file that was cut
 * short is never taken for an organization that shrank. */
#include "state/snapshot_priv.h"

#include "base/env.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* A line holds one resource; the largest are documents and maps of them. */
#define LINE_MAX_BYTES (4u << 20)
#define TEXT_MAX_BYTES (1u << 20)

/* A scope waits until all are read: a parent may stand after its part. */
struct scope_line {
	const struct text *name, *parent, *code, *message;
	uint8_t state;
	size_t line;
	bool made;
};

struct reader {
	struct side *side;
	const char *file;
	size_t line;
	struct error *err;
	size_t resources, scopes; /* seen */
	json_int_t resources_said, scopes_said;
	VEC(struct scope_line) waiting;
	struct map *names; /* what resources refer to: the same few by many */
};

__attribute__((format(printf, 2, 3))) static int bad(struct reader *r, const char *fmt, ...)
{
	auto_free char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	return error_set(r->err, "%s:%zu: %s", r->file, r->line, message);
}

/* A string of the line, which stays with the line; *out stays NULL when it is absent. */
static int name_read(struct reader *r, const json_t *object, const char *key, const char **out)
{
	const json_t *value = json_object_get(object, key);

	*out = NULL;
	if (value == NULL)
		return 0;
	if (!json_is_string(value) || json_string_length(value) > TEXT_MAX_BYTES)
		return bad(r, "`%s` is no text, or too long a one", key);
	*out = json_string_value(value);
	return 0;
}

/* The same, copied. */
static int text_read(struct reader *r, const json_t *object, const char *key,
		     const struct text **out)
{
	const char *s;
	int result = name_read(r, object, key, &s);

	*out = s == NULL ? NULL : text_str(r->side->arena, s);
	return result;
}

/* One text for all that name the same. */
static const struct text *name_shared(struct reader *r, const char *s)
{
	const struct text *name = map_get(r->names, s);

	if (name == NULL) {
		name = text_str(r->side->arena, s);
		map_put_lasting(r->names, name->s, (void *)name);
	}
	return name;
}

static int keys_check(struct reader *r, const json_t *object, const char *const *known)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
	{
		const char *const *k = known;

		while (*k != NULL && strcmp(*k, key) != 0)
			k++;
		if (*k == NULL)
			return bad(r, "unknown key `%.100s`", key);
	}
	return 0;
}

/* Slices are of one organization: what both know must be the same. */
static int world_text(struct reader *r, const json_t *world, const char *key, bool may_differ,
		      const struct text **into)
{
	const struct text *text;

	if (text_read(r, world, key, &text) != 0)
		return -1;
	if (text != NULL && *into != NULL && !text_eq(text, *into) && !may_differ)
		return bad(r, "this snapshot is of another organization: `%s` is %s, not %s", key,
			   text->s, (*into)->s);
	if (*into == NULL)
		*into = text;
	return 0;
}

static int world_read(struct reader *r, const json_t *json)
{
	static const char *const known[] = {
	    "caller_account",  "caller_arn",      "feature_set",
	    "identity_store",  "instance_arn",    "management_account",
	    "no_organization", "organization_id", "partition",
	    "read_us",         "root_id",         NULL};
	struct world *world = &r->side->world;
	const json_t *none = json_object_get(json, "no_organization");
	const json_t *read = json_object_get(json, "read_us");

	if (!json_is_object(json))
		return bad(r, "`world` is missing");
	if (keys_check(r, json, known) != 0 ||
	    world_text(r, json, "partition", false, &world->partition) != 0 ||
	    world_text(r, json, "organization_id", false, &world->organization_id) != 0 ||
	    world_text(r, json, "management_account", false, &world->management_account) != 0 ||
	    world_text(r, json, "root_id", false, &world->root_id) != 0 ||
	    world_text(r, json, "feature_set", false, &world->feature_set) != 0 ||
	    world_text(r, json, "instance_arn", false, &world->instance_arn) != 0 ||
	    world_text(r, json, "identity_store", false, &world->identity_store) != 0 ||
	    world_text(r, json, "caller_arn", true, &world->caller_arn) != 0 ||
	    world_text(r, json, "caller_account", true, &world->caller_account) != 0)
		return -1;
	if ((none != NULL && !json_is_boolean(none)) || !json_is_integer(read) ||
	    json_integer_value(read) < 0)
		return bad(r, "`no_organization` or `read_us` is not what it should be");
	world->no_organization = world->no_organization || json_is_true(none);
	if (world->no_organization && world->organization_id != NULL)
		return bad(r, "`no_organization` and `organization_id` exclude each other");
	/* The oldest of several slices tells how old the whole is. */
	if (world->read_us == 0 || json_integer_value(read) < world->read_us)
		world->read_us = json_integer_value(read);
	return 0;
}

static int count_read(struct reader *r, const json_t *json, const char *key, json_int_t *count)
{
	const json_t *value = json_object_get(json, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return bad(r, "`%s` must be a count", key);
	*count = json_integer_value(value);
	return 0;
}

static int head_read(struct reader *r, const json_t *json)
{
	static const char *const known[] = {"format", "resources", "scopes", "world", NULL};
	const char *format = json_string_value(json_object_get(json, "format"));

	if (format == NULL || strcmp(format, SNAPSHOT_FORMAT) != 0)
		return bad(r, "not a snapshot: `format` must be %s", SNAPSHOT_FORMAT);
	if (keys_check(r, json, known) != 0 ||
	    count_read(r, json, "resources", &r->resources_said) != 0 ||
	    count_read(r, json, "scopes", &r->scopes_said) != 0)
		return -1;
	return world_read(r, json_object_get(json, "world"));
}

static int scope_read(struct reader *r, const json_t *json)
{
	static const char *const known[] = {"code", "message", "parent", "scope", "state", NULL};
	const char *state = json_string_value(json_object_get(json, "state"));
	struct scope_line scope = {.line = r->line};

	if (keys_check(r, json, known) != 0 || text_read(r, json, "scope", &scope.name) != 0 ||
	    text_read(r, json, "parent", &scope.parent) != 0 ||
	    text_read(r, json, "code", &scope.code) != 0 ||
	    text_read(r, json, "message", &scope.message) != 0)
		return -1;
	while (state != NULL && scope.state <= SCOPE_PARTIAL &&
	       strcmp(snapshot_scopes[scope.state], state) != 0)
		scope.state++;
	if (scope.name == NULL || state == NULL || scope.state > SCOPE_PARTIAL)
		return bad(r, "a scope needs a name and a state: open, whole or partial");
	vec_push(&r->waiting, scope);
	r->scopes++;
	return 0;
}

/* What any slice could not read whole is not whole. */
static void scope_merge(struct side *side, uint32_t index, const struct scope_line *line,
			bool known)
{
	struct scope *scope = &side->scopes.at[index];

	if (scope->code == NULL) {
		scope->code = line->code;
		scope->message = line->message;
	}
	if (!known || (scope->state != SCOPE_PARTIAL && line->state == SCOPE_PARTIAL) ||
	    (scope->state == SCOPE_WHOLE && line->state == SCOPE_OPEN))
		scope->state = line->state;
}

static uint32_t scope_make(struct side *side, const struct map *known_before, uint32_t parent,
			   struct scope_line *line)
{
	bool known = map_get(known_before, line->name->s) != NULL;
	uint32_t index = parent;

	/* The whole reading exists in every side; a fresh one knows nothing of it yet. */
	if (line->parent == NULL)
		known = known || side->scopes.at[0].state != SCOPE_OPEN || side->scopes.n > 1;
	else
		index = side_scope(side, parent, line->name->s);
	scope_merge(side, index, line, known);
	line->made = true;
	return index;
}

static int scopes_check(struct reader *r, const struct map *by_name)
{
	size_t roots = 0;

	for (size_t i = 0; i < r->waiting.n; i++) {
		const struct scope_line *line = &r->waiting.at[i];

		r->line = line->line;
		roots += line->parent == NULL;
		if (map_get(by_name, line->name->s) != line)
			return bad(r, "the scope %.200s stands twice", line->name->s);
		if (line->parent != NULL && map_get(by_name, line->parent->s) == NULL)
			return bad(r, "the scope %.200s is part of an unknown one", line->name->s);
		if (line->parent == NULL && !text_eq(line->name, r->side->scopes.at[0].name))
			return bad(r, "the scope %.200s is part of no other", line->name->s);
	}
	return roots == 1 ? 0 : bad(r, "there must be one scope that is the whole reading");
}

/* Makes the scope and, before it, those that it is part of. Deep chains are refused, and so are
 * rings. */
static int scope_chain(struct reader *r, const struct map *by_name, const struct map *before,
		       struct scope_line *line)
{
	struct scope_line *chain[64];
	size_t n = 0;
	uint32_t index = 0;

	for (struct scope_line *at = line; at != NULL;
	     at = at->parent ? map_get(by_name, at->parent->s) : NULL) {
		if (n == sizeof(chain) / sizeof(*chain)) {
			r->line = line->line;
			return bad(r, "the scope %.200s is part of too many others, or of itself",
				   line->name->s);
		}
		chain[n++] = at;
	}
	while (n-- > 0) {
		if (chain[n]->made)
			index =
			    chain[n]->parent ? side_scope(r->side, index, chain[n]->name->s) : 0;
		else
			index = scope_make(r->side, before, index, chain[n]);
	}
	return 0;
}

static int scopes_make(struct reader *r)
{
	auto_map *by_name = map_new(), *before = map_new();
	static const char here;

	for (size_t i = 1; i < r->side->scopes.n; i++)
		map_put(before, r->side->scopes.at[i].name->s, (void *)&here);
	for (size_t i = 0; i < r->waiting.n; i++)
		map_put(by_name, r->waiting.at[i].name->s, &r->waiting.at[i]);
	if (scopes_check(r, by_name) != 0)
		return -1;
	for (size_t i = 0; i < r->waiting.n; i++) {
		if (scope_chain(r, by_name, before, &r->waiting.at[i]) != 0)
			return -1;
	}
	return 0;
}

static int set_read(struct reader *r, const struct attr *attr, const json_t *json,
		    struct value *value)
{
	bool map = attr->type == ATTR_TAGS || attr->type == ATTR_POLICIES;
	size_t n = map ? json_object_size(json) : json_array_size(json), i = 0;
	auto_free struct item *items = xcalloc(n + 1, sizeof(*items));
	struct arena *arena = r->side->arena;
	const char *key;
	json_t *item;

	if (map ? !json_is_object(json) : !json_is_array(json))
		return bad(r, "`%s` must be %s", attr->name, map ? "an object" : "an array");
	if (map) {
		json_object_foreach((json_t *)json, key, item)
		{
			if (!json_is_string(item))
				return bad(r, "`%s` must hold texts", attr->name);
			items[i].key = text_str(arena, key);
			items[i++].value =
			    text_new(arena, json_string_value(item), json_string_length(item));
		}
	}
	for (; !map && i < n; i++) {
		item = json_array_get(json, i);
		if (!json_is_string(item))
			return bad(r, "`%s` must hold texts", attr->name);
		items[i].key = text_new(arena, json_string_value(item), json_string_length(item));
	}
	value->state = VALUE_SET;
	value->u.set = set_make(arena, items, n, NULL);
	if (value->u.set->n != n)
		return bad(r, "`%s` holds an element twice", attr->name);
	return 0;
}

static bool attr_is_set(const struct attr *attr)
{
	return attr->type == ATTR_SET || attr->type == ATTR_REFS || attr->type == ATTR_TAGS ||
	       attr->type == ATTR_POLICIES;
}

static int value_read(struct reader *r, const struct attr *attr, const json_t *json,
		      struct value *value)
{
	const json_t *only = json_is_object(json) ? json_object_get(json, "only") : NULL;

	if (json_is_null(json)) {
		value->state = VALUE_NONE;
		return 0;
	}
	if (json_is_true(json)) {
		value->state = VALUE_SECRET;
		return 0;
	}
	if (attr_is_set(attr)) {
		/* A tag may be called `only`: then its value is a text. */
		value->only = only != NULL && json_object_size(json) == 1 && !json_is_string(only);
		return set_read(r, attr, value->only ? only : json, value);
	}
	if (!json_is_string(json) || json_string_length(json) > TEXT_MAX_BYTES)
		return bad(r, "`%s` is no text, or too long a one", attr->name);
	*value =
	    value_text(attr->type == ATTR_REF ? name_shared(r, json_string_value(json))
					      : text_new(r->side->arena, json_string_value(json),
							 json_string_length(json)));
	return 0;
}

static int values_read(struct reader *r, const json_t *json, struct resource *resource)
{
	const struct kind *kind = kinds[resource->kind];
	const char *key;
	json_t *item;

	if (!json_is_object(json))
		return bad(r, "`values` is missing");
	json_object_foreach((json_t *)json, key, item)
	{
		uint16_t i = 0;

		while (i < kind->attrs && strcmp(kind->attr[i].name, key) != 0)
			i++;
		if (i == kind->attrs)
			return bad(r,
				   "%s has no attribute `%.100s`; was this written by a newer "
				   "charter?",
				   kind->name, key);
		if (value_read(r, &kind->attr[i], item, &resource->v[i]) != 0)
			return -1;
	}
	return 0;
}

/* How many of the first attributes tell one thing of a kind from another. */
static uint16_t identity_attrs(const struct kind *kind)
{
	switch (kind->address) {
	case ADDRESS_SINGLE:
		return 0;
	case ADDRESS_NAME:
	case ADDRESS_PATH:
		return 1;
	case ADDRESS_ACCOUNT:
	case ADDRESS_PAIR:
		return 2;
	case ADDRESS_EDGE:
		break;
	}
	return 3;
}

/* What tells one thing from another must be there: the name, and what it stands in; all that an
 * edge joins. */
static int identity_check(struct reader *r, const struct resource *resource)
{
	const struct kind *kind = kinds[resource->kind];
	uint16_t n = identity_attrs(kind);

	for (uint16_t i = 0; i < n; i++) {
		enum value_state state = resource->v[i].state;

		/* A reading that was cut short may know no more than the id of a unit. */
		if (state != VALUE_TEXT && (n > 1 || state != VALUE_UNSET))
			return bad(r, "%.200s has no `%s`", resource->address->s,
				   kind->attr[i].name);
	}
	return 0;
}

static int flags_read(struct reader *r, const json_t *json, uint16_t *flags)
{
	*flags = 0;
	if (json != NULL && !json_is_array(json))
		return bad(r, "`flags` must be an array");
	for (size_t i = 0; i < json_array_size(json); i++) {
		const char *name = json_string_value(json_array_get(json, i));
		unsigned bit = 0;

		while (name != NULL && bit < SNAPSHOT_FLAGS &&
		       strcmp(snapshot_flags[bit], name) != 0)
			bit++;
		if (name == NULL || bit == SNAPSHOT_FLAGS)
			return bad(r, "unknown flag");
		*flags = (uint16_t)(*flags | 1u << bit);
	}
	return 0;
}

/* What the wires parse again must at least be JSON. */
static int aux_check(struct reader *r, const struct text *aux)
{
	json_t *json;

	if (aux == NULL)
		return 0;
	json = json_loadb(aux->s, aux->len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	if (json == NULL)
		return bad(r, "`aux` is no JSON");
	json_decref(json);
	return 0;
}

static int resource_read(struct reader *r, const json_t *json)
{
	static const char *const known[] = {"address", "aux",   "created", "flags", "id",
					    "kind",    "owner", "values",  NULL};
	const struct text *address, *id, *created, *aux;
	const char *kind, *owner;
	struct resource *resource;
	int64_t time;
	int number;

	if (keys_check(r, json, known) != 0 || name_read(r, json, "kind", &kind) != 0 ||
	    text_read(r, json, "address", &address) != 0 || text_read(r, json, "id", &id) != 0 ||
	    name_read(r, json, "owner", &owner) != 0 || text_read(r, json, "aux", &aux) != 0 ||
	    text_read(r, json, "created", &created) != 0)
		return -1;
	number = kind == NULL ? -1 : kind_find(kind);
	if (number < 0)
		return bad(r, "unknown kind `%.100s`; was this written by a newer charter?",
			   kind == NULL ? "" : kind);
	if (!address_is(address, kind))
		return bad(r, "`address` must begin with %s/", kind);
	if (created != NULL && time_parse(created->s, &time) != 0)
		return bad(r, "`created` is no time");
	if (aux_check(r, aux) != 0)
		return -1;
	resource = side_resource(r->side, (uint16_t)number, address, id);
	resource->owner = owner == NULL ? NULL : name_shared(r, owner);
	resource->created = created;
	resource->aux = aux;
	r->resources++;
	if (flags_read(r, json_object_get(json, "flags"), &resource->flags) != 0)
		return -1;
	if (values_read(r, json_object_get(json, "values"), resource) != 0)
		return -1;
	return identity_check(r, resource);
}

static int line_read(struct reader *r, const char *s, size_t len)
{
	json_error_t where;
	json_t *json;
	int result;

	if (len > LINE_MAX_BYTES)
		return bad(r, "the line is longer than %u bytes", LINE_MAX_BYTES);
	json = json_loadb(s, len, JSON_REJECT_DUPLICATES, &where);
	if (!json_is_object(json)) {
		result = bad(r, "%s%s", r->line == 1 ? "not a snapshot: " : "",
			     json == NULL ? where.text : "not an object");
		json_decref(json);
		return result;
	}
	if (r->line == 1)
		result = head_read(r, json);
	else if (json_object_get(json, "scope") != NULL)
		result = scope_read(r, json);
	else
		result = resource_read(r, json);
	json_decref(json);
	return result;
}

static int lines_read(struct reader *r, const char *data, size_t len)
{
	const char *end = data + len;

	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));

		r->line++;
		if (newline == NULL)
			return bad(r, "the file ends within a line");
		if (line_read(r, data, (size_t)(newline - data)) != 0)
			return -1;
		data = newline + 1;
	}
	if (r->line == 0) {
		r->line = 1;
		return bad(r, "not a snapshot: the file is empty");
	}
	if ((json_int_t)r->resources != r->resources_said ||
	    (json_int_t)r->scopes != r->scopes_said)
		return bad(r,
			   "the file is not whole: it has %zu of %lld resources and %zu of %lld "
			   "scopes",
			   r->resources, (long long)r->resources_said, r->scopes,
			   (long long)r->scopes_said);
	return scopes_make(r);
}

/* Adds a snapshot to the side. After an error the side holds a part of it and must not be used. */
int snapshot_read(struct side *side, const char *data, size_t len, const char *file,
		  struct error *err)
{
	auto_map *names = map_new();
	struct reader r = {.side = side, .file = file, .err = err, .names = names};
	int result = lines_read(&r, data, len);

	free(r.waiting.at);
	return result;
}

/* The rows of a plan as they are before it, and as its changes leave them. */
#include "state/access_priv.h"

#include <stdlib.h>
#include <string.h>

static const struct set no_elements;

static const struct resource *row_any(const struct row *row)
{
	return row->live != NULL ? row->live : row->head != NULL ? row->head : row->base;
}

/* The kind, or KIND_COUNT for a row that neither is nor is wanted. */
uint16_t slot_kind(const struct access *access, uint32_t row)
{
	const struct resource *any = row_any(&access->bound->row[row]);

	return any == NULL ? KIND_COUNT : any->kind;
}

bool slot_exists(const struct access *access, uint32_t row, enum when when)
{
	const struct change *change = access->slot[row].change;

	if (when == AFTER && change != NULL && change->action == ACTION_DELETE)
		return false;
	if (when == AFTER && change != NULL && change->action == ACTION_CREATE)
		return true;
	return access->bound->row[row].live != NULL;
}

/* The set with its written elements changed. */
static struct value elements_changed(const struct access *access, struct value value,
				     const struct change *change, uint16_t attr)
{
	const struct set *before = value.state == VALUE_SET ? value.u.set : &no_elements;
	struct item *items =
	    arena_array(access->arena, before->n + change->diffs + 1, sizeof(*items));
	auto_map *gone = map_new();
	size_t n = 0;

	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr != attr || !diff_is_written(diff))
			continue;
		map_put(gone, diff->key->s, (void *)diff);
		if (!diff->removal)
			items[n++] = (struct item){
			    diff->key, diff->head.state == VALUE_TEXT ? diff->head.u.text : NULL};
	}
	for (uint32_t i = 0; i < before->n; i++) {
		if (map_get(gone, before->item[i].key->s) == NULL)
			items[n++] = before->item[i];
	}
	return (struct value){.state = VALUE_SET, .u.set = set_make(access->arena, items, n, NULL)};
}

/* The value with the diffs of a change written. */
static struct value value_changed(const struct access *access, struct value value,
				  const struct change *change, uint16_t attr)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr != attr || !diff_is_written(diff))
			continue;
		if (diff->key == NULL)
			return diff->head;
		return elements_changed(access, value, change, attr);
	}
	return value;
}

/* UNSET: there is no such resource then, or its value is not known. */
struct value slot_value(const struct access *access, uint32_t row, uint16_t attr, enum when when)
{
	const struct resource *live = access->bound->row[row].live;
	const struct change *change = access->slot[row].change;
	struct value value = {0};

	if (!slot_exists(access, row, when))
		return value;
	if (live != NULL)
		value = live->v[attr];
	if (when == BEFORE || change == NULL)
		return value;
	return value_changed(access, value, change, attr);
}

const struct set *slot_set(const struct access *access, uint32_t row, uint16_t attr, enum when when)
{
	struct value value = slot_value(access, row, attr, when);

	return value.state == VALUE_SET ? value.u.set : &no_elements;
}

int64_t slot_find(const struct access *access, const struct text *address)
{
	const struct row *row = bound_find(access->bound, address);

	return row == NULL ? -1 : row - access->bound->row;
}

/* Accounts. */

static struct place_of *place_add(struct access *access, const char *name, const char *key,
				  bool known)
{
	struct place_of *place = arena_alloc(access->arena, sizeof(*place));

	*place = (struct place_of){.name = name, .key = key, .known = known};
	vec_push(&access->all_places, place);
	map_put(access->places, name, place);
	map_put(access->keys, key, place);
	return place;
}

/* The field of an ARN that holds the account; NULL when there is none. */
static const char *arn_account(struct arena *arena, const char *arn)
{
	const char *start = strstr(arn, ":iam::"), *end;

	if (start == NULL)
		return NULL;
	start += strlen(":iam::");
	end = strchr(start, ':');
	return end == NULL || end == start ? NULL
					   : arena_memdup0(arena, start, (size_t)(end - start));
}

static bool account_is_read(const struct access *access, const char *id)
{
	return access->live != NULL &&
	       side_scope_state(access->live, arena_printf(access->arena, "iam/%s", id)) ==
		   SCOPE_WHOLE;
}

void places_read(struct access *access)
{
	for (size_t i = 0; i < access->bound->rows; i++) {
		const struct row *row = &access->bound->row[i];
		const struct resource *any = row_any(row);
		const struct text *id;

		if (any == NULL || any->kind != KIND_ACCOUNT)
			continue;
		id = any->id;
		if (id == NULL)
			id = text_printf(access->arena, "${%s.id}", row->address->s);
		place_add(access, address_name(access->arena, row->address)->s, id->s,
			  row->live == NULL || account_is_read(access, id->s));
	}
}

struct place_of *slot_place(struct access *access, uint32_t row)
{
	const struct row *any = &access->bound->row[row];
	const char *name = address_part(access->arena, any->address, 1)->s, *key = NULL;
	struct place_of *place = map_get(access->places, name);

	if (place != NULL)
		return place;
	if (any->live != NULL && any->live->id != NULL)
		key = arn_account(access->arena, any->live->id->s);
	return place_add(access, name, key == NULL ? name : key,
			 key != NULL && account_is_read(access, key));
}

struct place_of *place_of_root(const struct access *access, const char *arn)
{
	const char *key = str_ends(arn, ":root") ? arn_account(access->arena, arn) : NULL;

	return key == NULL ? NULL : map_get(access->keys, key);
}

/* ARNs. */

static const struct text *name_of(const struct access *access, uint32_t row, enum when when)
{
	const struct row *any = &access->bound->row[row];
	const struct resource *resource = any->live;

	if (resource == NULL || (when == AFTER && access->slot[row].change != NULL &&
				 any->renamed && any->head != NULL))
		resource = any->head;
	return resource != NULL && resource->v[0].state == VALUE_TEXT
		   ? resource->v[0].u.text
		   : address_name(access->arena, any->address);
}

static void arn_read(struct access *access, uint32_t row, enum when when)
{
	bool user = slot_kind(access, row) == KIND_IAM_USER;
	struct value path = slot_value(access, row, user ? USER_PATH : ROLE_PATH, when);

	if (!slot_exists(access, row, when))
		return;
	access->slot[row].arn[when] = arena_printf(
	    access->arena, "arn:%s:iam::%s:%s%s%s", access->partition, slot_place(access, row)->key,
	    user ? "user" : "role", path.state == VALUE_TEXT ? path.u.text->s : "/",
	    name_of(access, row, when)->s);
	map_put(access->arns, access->slot[row].arn[when], (void *)(uintptr_t)(row + 1));
}

void arns_read(struct access *access)
{
	for (uint32_t i = 0; i < access->bound->rows; i++) {
		uint16_t kind = slot_kind(access, i);

		if (kind != KIND_IAM_USER && kind != KIND_IAM_ROLE)
			continue;
		arn_read(access, i, BEFORE);
		if (access->slot[i].change == NULL)
			access->slot[i].arn[AFTER] = access->slot[i].arn[BEFORE];
		else
			arn_read(access, i, AFTER);
	}
}

/* Permissions. */

/* Policies of AWS that matter here for what they hold. */
static const struct {
	const char *name, *document;
} aws_documents[] = {
    {"AdministratorAccess", "{\"Statement\":[{\"Action\":\"*\",\"Effect\":\"Allow\","
			    "\"Resource\":\"*\"}],\"Version\":\"2012-10-17\"}"},
    {"PowerUserAccess", "{\"Statement\":[{\"Effect\":\"Allow\",\"NotAction\":[\"account:*\","
			"\"iam:*\",\"organizations:*\"],\"Resource\":\"*\"}],"
			"\"Version\":\"2012-10-17\"}"},
};

struct document *policy_document(struct access *access, const struct text *reference,
				 enum when when)
{
	const char *aws = aws_policy_name(reference->s);
	int64_t row;
	struct value value;

	if (str_starts(reference->s, "arn:")) {
		for (size_t i = 0; aws != NULL && i < COUNT(aws_documents); i++) {
			if (strcmp(aws, aws_documents[i].name) == 0)
				return document_find(
				    access, text_str(access->arena, aws_documents[i].document));
		}
		return NULL;
	}
	row = slot_find(access, reference);
	if (row < 0 || slot_kind(access, (uint32_t)row) != KIND_IAM_POLICY)
		return NULL;
	value = slot_value(access, (uint32_t)row, IAMPOLICY_DOCUMENT, when);
	return value.state == VALUE_TEXT ? document_find(access, value.u.text) : NULL;
}

const char *policy_name(const struct access *access, const struct text *reference)
{
	const char *aws = aws_policy_name(reference->s);

	return aws == NULL ? reference->s : arena_printf(access->arena, "aws/%s", aws);
}

void paths_of_policies(struct access *access, const struct set *managed, const struct set *inlined,
		       enum when when, const char *through, path_vec *paths)
{
	for (uint32_t i = 0; i < managed->n; i++)
		vec_push(paths, ((struct path){policy_name(access, managed->item[i].key),
					       policy_document(access, managed->item[i].key, when),
					       through}));
	for (uint32_t i = 0; i < inlined->n; i++)
		vec_push(paths,
			 ((struct path){
			     arena_printf(access->arena, "inline %s", inlined->item[i].key->s),
			     document_find(access, inlined->item[i].value), through}));
}

void paths_read(struct access *access, uint32_t row, enum when when, path_vec *paths)
{
	bool user = slot_kind(access, row) == KIND_IAM_USER;
	const struct set *groups = &no_elements;

	paths_of_policies(access, slot_set(access, row, user ? USER_MANAGED : ROLE_MANAGED, when),
			  slot_set(access, row, user ? USER_INLINE : ROLE_INLINE, when), when, NULL,
			  paths);
	if (user)
		groups = slot_set(access, row, USER_GROUPS, when);
	for (uint32_t i = 0; i < groups->n; i++) {
		int64_t group = slot_find(access, groups->item[i].key);

		if (group < 0 || slot_kind(access, (uint32_t)group) != KIND_IAM_GROUP)
			continue;
		paths_of_policies(access, slot_set(access, (uint32_t)group, GROUP_MANAGED, when),
				  slot_set(access, (uint32_t)group, GROUP_INLINE, when), when,
				  groups->item[i].key->s, paths);
	}
}

/* Who gains or loses access by a plan. Only what changes is looked at, and what it is joined with
 * is found by indexes, so that thousands of roles cost little. */
#include "state/access_priv.h"

#include <stdlib.h>
#include <string.h>

void access_add(struct access *access, bool loss, const char *principal, const char *account,
		const char *permission, const char *through, enum strength strength)
{
	vec_push(&access->rows, ((struct access_row){.loss = loss,
						     .principal = principal,
						     .account = account,
						     .permission = permission,
						     .through = through,
						     .strength = strength}));
}

void access_keep(struct access *access, const char *principal, const char *account,
		 const char *permission, const char *through, enum strength strength)
{
	if (access->keeps)
		vec_push(&access->kept, ((struct access_row){.principal = principal,
							     .account = account,
							     .permission = permission,
							     .through = through,
							     .strength = strength}));
}

static void pair_name(struct buf *name, const char *principal, const char *account)
{
	buf_clear(name);
	buf_puts(name, principal);
	buf_putc(name, '\n');
	buf_puts(name, account ? account : "");
}

bool access_pair_changes(struct access *access, const char *principal, const char *account)
{
	auto_buf name = BUF_INIT(1 << 20);

	if (access->pairs == NULL) {
		access->pairs = map_new();
		for (size_t i = 0; i < access->rows.n; i++) {
			const struct access_row *row = &access->rows.at[i];

			pair_name(&name, row->principal, row->account);
			map_put(access->pairs, buf_str(&name), access);
			pair_name(&name, row->principal, NULL);
			map_put(access->pairs, buf_str(&name), access);
		}
	}
	pair_name(&name, principal, account);
	return map_get(access->pairs, buf_str(&name)) != NULL;
}

/* What changes. */

static bool change_touches(const struct change *change, const uint16_t *attrs, size_t n)
{
	if (change == NULL)
		return false;
	if (change->action == ACTION_CREATE || change->action == ACTION_DELETE)
		return true;
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		for (size_t k = 0; diff_is_written(diff) && k < n; k++) {
			if (diff->attr == attrs[k])
				return true;
		}
	}
	return false;
}

/* Attributes that say what one may do. */
static const uint16_t user_attrs[] = {USER_GROUPS, USER_MANAGED, USER_INLINE, USER_BOUNDARY,
				      USER_TAGS};
static const uint16_t group_attrs[] = {GROUP_MANAGED, GROUP_INLINE};
static const uint16_t policy_attrs[] = {IAMPOLICY_DOCUMENT};
static const uint16_t role_attrs[] = {ROLE_MANAGED, ROLE_INLINE, ROLE_BOUNDARY, ROLE_TAGS};
static const uint16_t trust_attrs[] = {ROLE_TRUST};

static const struct {
	uint16_t kind;
	const uint16_t *attrs;
	size_t n;
} permission_attrs[] = {
    {KIND_IAM_USER, user_attrs, COUNT(user_attrs)},
    {KIND_IAM_GROUP, group_attrs, COUNT(group_attrs)},
    {KIND_IAM_POLICY, policy_attrs, COUNT(policy_attrs)},
    {KIND_IAM_ROLE, role_attrs, COUNT(role_attrs)},
};

/* Where a kind refers to others whose permissions are its own. */
static const struct {
	uint16_t kind, attr;
} references[] = {
    {KIND_IAM_GROUP, GROUP_MANAGED}, {KIND_IAM_USER, USER_MANAGED},  {KIND_IAM_ROLE, ROLE_MANAGED},
    {KIND_IAM_USER, USER_GROUPS},    {KIND_IAM_USER, USER_BOUNDARY}, {KIND_IAM_ROLE, ROLE_BOUNDARY},
};

/* Marks the rows of the changes that are written; false: none concerns IAM. */
static bool changes_read(struct access *access, const struct change *change, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		const struct change *c = &change[i];
		uint32_t row = (uint32_t)(c->row - access->bound->row);
		struct slot *slot = &access->slot[row];

		if (c->blocked || c->action == ACTION_ADOPT)
			continue;
		slot->change = c;
		for (size_t k = 0; k < COUNT(permission_attrs); k++) {
			if (permission_attrs[k].kind == slot_kind(access, row))
				slot->permissions = change_touches(c, permission_attrs[k].attrs,
								   permission_attrs[k].n);
		}
		slot->entrance = slot_kind(access, row) == KIND_IAM_ROLE &&
				 change_touches(c, trust_attrs, COUNT(trust_attrs));
		access->entrances |= slot->entrance;
		any |= slot->permissions || slot->entrance;
	}
	return any;
}

static bool reference_changes(const struct access *access, const struct text *reference)
{
	int64_t row = str_starts(reference->s, "arn:") ? -1 : slot_find(access, reference);

	return row >= 0 && access->slot[row].permissions;
}

static bool attr_changes(const struct access *access, uint32_t row, uint16_t attr, enum when when)
{
	struct value value = slot_value(access, row, attr, when);

	if (value.state == VALUE_TEXT)
		return reference_changes(access, value.u.text);
	for (uint32_t i = 0; value.state == VALUE_SET && i < value.u.set->n; i++) {
		if (reference_changes(access, value.u.set->item[i].key))
			return true;
	}
	return false;
}

/* What changes for those that hold a policy, and for the members of a group. Groups come first in
 * the table: their members follow from them. */
static void changes_spread(struct access *access)
{
	for (size_t k = 0; k < COUNT(references); k++) {
		for (uint32_t i = 0; i < access->bound->rows; i++) {
			if (access->slot[i].permissions ||
			    slot_kind(access, i) != references[k].kind)
				continue;
			access->slot[i].permissions =
			    attr_changes(access, i, references[k].attr, BEFORE) ||
			    (access->slot[i].change != NULL &&
			     attr_changes(access, i, references[k].attr, AFTER));
		}
	}
}

/* Permissions. */

/* Gives nothing, but takes; or says nothing but which of the known roles may be assumed, each of
 * which is a row of its own. */
static bool path_is_no_row(struct access *access, const struct path *path)
{
	struct document *document = path->document;

	if (document == NULL || document->policy == NULL)
		return false;
	return !document->allows ||
	       (document->only_assumes && document_roles(access, document)->n == document->exact.n);
}

static bool path_gives_same(const struct path *a, const struct path *b)
{
	bool inlined = str_starts(a->permission, "inline ");

	/* A document that changes in place is shown as that. */
	if (strcmp(a->permission, b->permission) == 0 &&
	    (!inlined || a->through == b->through ||
	     (a->through != NULL && b->through != NULL && strcmp(a->through, b->through) == 0)))
		return true;
	return inlined && a->document != NULL && a->document == b->document;
}

static bool paths_give(const path_vec *paths, size_t n, const struct path *path)
{
	for (size_t i = 0; i < n; i++) {
		if (path_gives_same(&paths->at[i], path))
			return true;
	}
	return false;
}

static void paths_differ(struct access *access, const char *principal, const char *account,
			 const path_vec paths[WHENS])
{
	for (enum when when = BEFORE; when < WHENS; when++) {
		const path_vec *other = &paths[1 - when];

		for (size_t i = 0; i < paths[when].n; i++) {
			const struct path *path = &paths[when].at[i];

			if (!paths_give(other, other->n, path) &&
			    !paths_give(&paths[when], i, path) && !path_is_no_row(access, path))
				access_add(access, when == BEFORE, principal, account,
					   path->permission, path->through,
					   path_strength(access, path));
			else if (when == AFTER && access->keeps && !path_is_no_row(access, path) &&
				 paths_give(other, other->n, path))
				access_keep(access, principal, account, path->permission,
					    path->through, path_strength(access, path));
		}
	}
}

static const struct path *administrator_path(const path_vec *paths)
{
	for (size_t i = 0; i < paths->n; i++) {
		if (paths->at[i].document != NULL && paths->at[i].document->administrator)
			return &paths->at[i];
	}
	return NULL;
}

/* Administrator access that begins or ends by what a document says. */
static void administrator_compare(struct access *access, const char *principal, const char *account,
				  const path_vec paths[WHENS])
{
	const struct path *before = administrator_path(&paths[BEFORE]);
	const struct path *after = administrator_path(&paths[AFTER]);
	const struct path *path = before != NULL ? before : after;
	const path_vec *other = &paths[before != NULL ? AFTER : BEFORE];

	if ((before == NULL) == (after == NULL) || !paths_give(other, other->n, path))
		return;
	access_add(access, before != NULL, principal, account,
		   arena_printf(access->arena, "administrator access (%s)", path->permission),
		   path->through, STRENGTH_ADMINISTRATOR);
}

void paths_compare(struct access *access, const char *principal, const char *account,
		   const path_vec paths[WHENS])
{
	paths_differ(access, principal, account, paths);
	administrator_compare(access, principal, account, paths);
}

void boundary_compare(struct access *access, uint32_t row, uint16_t attr, const char *account)
{
	struct value boundary[WHENS];

	if (!slot_exists(access, row, BEFORE) || !slot_exists(access, row, AFTER))
		return;
	for (enum when when = BEFORE; when < WHENS; when++)
		boundary[when] = slot_value(access, row, attr, when);
	if (value_eq(boundary[BEFORE], boundary[AFTER]))
		return;
	for (enum when when = BEFORE; when < WHENS; when++) {
		if (value_says(&boundary[when]))
			access_add(access, when == AFTER, access->bound->row[row].address->s,
				   account,
				   arena_printf(access->arena, "permissions beyond %s",
						policy_name(access, boundary[when].u.text)),
				   NULL, slot_strength(access, row, 1 - when));
	}
}

static void permissions_compare(struct access *access, uint32_t row)
{
	bool user = slot_kind(access, row) == KIND_IAM_USER;
	const char *account = slot_place(access, row)->name;
	path_vec paths[WHENS] = {0};

	for (enum when when = BEFORE; when < WHENS; when++) {
		if (slot_exists(access, row, when))
			paths_read(access, row, when, &paths[when]);
	}
	paths_compare(access, access->bound->row[row].address->s, account, paths);
	boundary_compare(access, row, user ? USER_BOUNDARY : ROLE_BOUNDARY, account);
	free(paths[BEFORE].at);
	free(paths[AFTER].at);
}

static void row_compare(struct access *access, uint32_t row)
{
	const struct slot *slot = &access->slot[row];
	uint16_t kind = slot_kind(access, row);

	if (kind != KIND_IAM_USER && kind != KIND_IAM_ROLE)
		return;
	if (slot->permissions) {
		permissions_compare(access, row);
		assume_compare(access, row, false);
	} else if (access->entrances && (slot->named || slot_place(access, row)->trusted)) {
		assume_compare(access, row, true);
	}
	if (slot->entrance)
		outsiders_compare(access, row);
}

/* Rows. */

static int string_cmp(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int rows_cmp(const void *pa, const void *pb)
{
	const struct access_row *a = pa, *b = pb;
	int order = (int)b->loss - (int)a->loss;

	if (order == 0)
		order = strcmp(a->principal, b->principal);
	if (order == 0)
		order = strcmp(a->account, b->account);
	if (order == 0)
		order = strcmp(a->permission, b->permission);
	return order != 0 ? order : string_cmp(a->through, b->through);
}

/* Sorted, each once, in the arena. */
static size_t rows_finish(struct access *access, const struct access_row **rows)
{
	struct access_row *out =
	    arena_array(access->arena, access->rows.n + 1, sizeof(*access->rows.at));
	size_t n = 0;

	if (access->rows.n > 1)
		qsort(access->rows.at, access->rows.n, sizeof(*access->rows.at), rows_cmp);
	for (size_t i = 0; i < access->rows.n; i++) {
		if (n == 0 || rows_cmp(&out[n - 1], &access->rows.at[i]) != 0)
			out[n++] = access->rows.at[i];
		else
			out[n - 1].strength =
			    strength_most(out[n - 1].strength, access->rows.at[i].strength);
	}
	*rows = out;
	return n;
}

static void access_free(struct access *access)
{
	for (size_t i = 0; i < access->bound->rows; i++) {
		if (access->slot[i].naming != NULL)
			free(access->slot[i].naming->at);
	}
	for (size_t i = 0; i < access->all_places.n; i++)
		free(access->all_places.at[i]->roles.at);
	documents_free(access);
	map_free(access->places);
	map_free(access->keys);
	map_free(access->arns);
	map_free(access->customers);
	map_free(access->pairs);
	free(access->kept.at);
	free(access->all_places.at);
	free(access->rows.at);
	free(access->slot);
}

static void all_compare(struct access *access)
{
	places_read(access);
	arns_read(access);
	changes_spread(access);
	trusts_read(access);
	for (uint32_t i = 0; i < access->bound->rows; i++)
		row_compare(access, i);
}

/* The rows of what stays take the place of those of what changes. */
static void kept_choose(struct access *access)
{
	size_t n = 0;

	for (size_t i = 0; i < access->kept.n; i++) {
		const struct access_row *row = &access->kept.at[i];

		if (access_pair_changes(access, row->principal, row->account))
			access->kept.at[n++] = *row;
	}
	access->kept.n = n;
	access->rows.n = 0;
	for (size_t i = 0; n <= ACCESS_ROWS && i < n; i++)
		vec_push(&access->rows, access->kept.at[i]);
}

static size_t access_read(struct arena *arena, const struct bound *bound, const struct side *live,
			  const struct change *change, size_t changes, bool keeps,
			  const struct access_row **rows)
{
	bool has_partition = live != NULL && live->world.partition != NULL;
	struct access access = {.arena = arena,
				.bound = bound,
				.live = live,
				.keeps = keeps,
				.partition = has_partition ? live->world.partition->s : "aws",
				.slot = xcalloc(bound->rows + 1, sizeof(struct slot)),
				.documents = map_new(),
				.places = map_new(),
				.keys = map_new(),
				.arns = map_new()};
	size_t n;

	if (changes_read(&access, change, changes))
		all_compare(&access);
	identity_compare(&access);
	if (keeps)
		kept_choose(&access);
	n = rows_finish(&access, rows);
	access_free(&access);
	return n;
}

size_t access_compare(struct arena *arena, const struct bound *bound, const struct side *live,
		      const struct change *change, size_t changes, const struct access_row **rows)
{
	return access_read(arena, bound, live, change, changes, false, rows);
}

size_t access_compare_kept(struct arena *arena, const struct bound *bound, const struct side *live,
			   const struct change *change, size_t changes,
			   const struct access_row **rows)
{
	return access_read(arena, bound, live, change, changes, true, rows);
}

/* Who gains or loses a permission set in an account. Joined are the changes alone: an assignment
 * that changes with the members of its group, a member who comes or goes with the assignments of
 * the group. Whether another path gives the same is asked of the few assignments of that set in
 * that account. */
#include "state/access_priv.h"

#include <stdlib.h>
#include <string.h>

static const struct set nobody;

/* Whom assignments name. */
struct who {
	const struct text *address;
	bool group, exists[WHENS], known[WHENS];
	const struct set *members[WHENS]; /* who exist */
	size_t first, edges;              /* of it, in by_who */
};

/* An assignment, sorted by (set, account, who). */
struct edge {
	uint32_t set, account, who; /* numbers of addresses; of a row its own */
	uint32_t pair;              /* the first edge of the same set in the same account */
	const struct text *set_address, *account_address;
	bool exists[WHENS];
};

struct identity {
	struct access *access;
	struct map *numbers, *whos; /* address -> number, or index, + 1 */
	VEC(struct who) who;
	VEC(struct edge) edge;
	uint32_t *by_who; /* indices of edges */
	bool users_go;    /* some user is deleted */
	bool groups_only, sets_only;
};

static bool kind_is_identity(uint16_t kind)
{
	return kind == KIND_IDENTITY_USER || kind == KIND_IDENTITY_GROUP ||
	       kind == KIND_PERMISSION_SET || kind == KIND_ASSIGNMENT;
}

/* False: nothing of Identity Center changes. */
static bool identity_changes(struct identity *id)
{
	const struct access *access = id->access;
	bool any = false;

	for (uint32_t i = 0; i < access->bound->rows; i++) {
		const struct change *change = access->slot[i].change;
		uint16_t kind = change == NULL ? KIND_COUNT : slot_kind(access, i);

		any |= kind_is_identity(kind);
		id->users_go |= kind == KIND_IDENTITY_USER && change->action == ACTION_DELETE;
	}
	return any;
}

/* Names as rows say them. */

static const char *who_name(const struct text *address)
{
	return address->s + (str_starts(address->s, "identity_") ? strlen("identity_") : 0);
}

/* What neither the configuration nor the reading has a name for is said by its id. */
static const char *name_of(const struct identity *id, const struct text *address)
{
	const char *name = address_name(id->access->arena, address)->s;
	const char *slash = strchr(address->s, '/');

	return slash != NULL && slash[1] == '~' ? slash + 2 : name;
}

/* Members. */

static bool user_exists(const struct access *access, const struct text *user, enum when when)
{
	int64_t row = slot_find(access, user);

	return row < 0 || slot_exists(access, (uint32_t)row, when);
}

/* AWS takes a user who is deleted out of every group. */
static const struct set *members_left(const struct identity *id, const struct set *members)
{
	auto_free struct item *item = xcalloc(members->n + 1, sizeof(*item));
	size_t n = 0;

	for (uint32_t i = 0; i < members->n; i++) {
		if (user_exists(id->access, members->item[i].key, AFTER))
			item[n++] = members->item[i];
	}
	return n == members->n ? members : set_make(id->access->arena, item, n, NULL);
}

static void members_read(const struct identity *id, struct who *who, uint32_t row)
{
	for (enum when when = BEFORE; when < WHENS; when++) {
		struct value value = slot_value(id->access, row, IDGROUP_MEMBERS, when);

		who->known[when] = value.state == VALUE_SET || !who->exists[when];
		if (value.state == VALUE_SET)
			who->members[when] = value.u.set;
	}
	if (id->users_go)
		who->members[AFTER] = members_left(id, who->members[AFTER]);
}

static bool who_has(const struct who *who, const struct text *user, enum when when)
{
	return who->group ? set_find(who->members[when], user) != NULL
			  : text_eq(who->address, user);
}

/* Assignments. */

static uint32_t who_of(struct identity *id, const struct text *address)
{
	size_t known = (size_t)(uintptr_t)map_get(id->whos, address->s);
	int64_t row = slot_find(id->access, address);
	struct who who = {.address = address,
			  .group = address_is(address, "identity_group"),
			  .exists = {true, true},
			  .members = {&nobody, &nobody}};

	if (known > 0)
		return (uint32_t)(known - 1);
	for (enum when when = BEFORE; row >= 0 && when < WHENS; when++)
		who.exists[when] = slot_exists(id->access, (uint32_t)row, when);
	if (row >= 0 && who.group)
		members_read(id, &who, (uint32_t)row);
	vec_push(&id->who, who);
	map_put(id->whos, address->s, (void *)(uintptr_t)id->who.n);
	return (uint32_t)(id->who.n - 1);
}

static uint32_t number_of(struct identity *id, const struct text *address)
{
	int64_t row = slot_find(id->access, address);
	size_t known;

	if (row >= 0)
		return (uint32_t)row;
	known = (size_t)(uintptr_t)map_get(id->numbers, address->s);
	if (known == 0) {
		known = map_count(id->numbers) + 1;
		map_put(id->numbers, address->s, (void *)(uintptr_t)known);
	}
	return (uint32_t)(id->access->bound->rows + known - 1);
}

/* One of which nothing is known is nobody's: that of an account that is not active, or of a
 * principal that the reading did not show. */
static const struct resource *assignment_of(const struct row *row)
{
	const struct resource *any = row->live != NULL ? row->live : row->head;

	if (any == NULL || any->kind != KIND_ASSIGNMENT || (any->flags & RES_FOREIGN) != 0)
		return NULL;
	for (uint16_t a = 0; a < ASSIGNMENT_ATTRS; a++) {
		if (any->v[a].state != VALUE_TEXT)
			return NULL;
	}
	return any;
}

static void edge_read(struct identity *id, uint32_t row)
{
	const struct access *access = id->access;
	const struct resource *assignment = assignment_of(&access->bound->row[row]);
	struct edge edge = {0};

	if (assignment == NULL)
		return;
	edge.set_address = assignment->v[ASSIGNMENT_SET].u.text;
	edge.account_address = assignment->v[ASSIGNMENT_ACCOUNT].u.text;
	edge.set = number_of(id, edge.set_address);
	edge.account = number_of(id, edge.account_address);
	edge.who = who_of(id, assignment->v[ASSIGNMENT_PRINCIPAL].u.text);
	for (enum when when = BEFORE; when < WHENS; when++)
		edge.exists[when] =
		    slot_exists(access, row, when) && id->who.at[edge.who].exists[when] &&
		    (edge.set >= access->bound->rows || slot_exists(access, edge.set, when));
	if (edge.exists[BEFORE] || edge.exists[AFTER])
		vec_push(&id->edge, edge);
}

static int number_cmp(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int edge_cmp(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;
	int order = number_cmp(a->set, b->set);

	if (order == 0)
		order = number_cmp(a->account, b->account);
	return order != 0 ? order : number_cmp(a->who, b->who);
}

static bool pair_same(const struct edge *a, const struct edge *b)
{
	return a->set == b->set && a->account == b->account;
}

/* Those of each principal, in the order of their sets and accounts. */
static void edges_index(struct identity *id)
{
	size_t at = 0;

	id->by_who = xcalloc(id->edge.n + 1, sizeof(*id->by_who));
	for (size_t i = 0; i < id->edge.n; i++)
		id->who.at[id->edge.at[i].who].edges++;
	for (size_t i = 0; i < id->who.n; i++) {
		id->who.at[i].first = at;
		at += id->who.at[i].edges;
		id->who.at[i].edges = 0;
	}
	for (size_t i = 0; i < id->edge.n; i++) {
		struct who *who = &id->who.at[id->edge.at[i].who];

		id->by_who[who->first + who->edges++] = (uint32_t)i;
	}
}

static void edges_read(struct identity *id)
{
	for (uint32_t i = 0; i < id->access->bound->rows; i++)
		edge_read(id, i);
	if (id->edge.n > 1)
		qsort(id->edge.at, id->edge.n, sizeof(*id->edge.at), edge_cmp);
	for (size_t i = 0; i < id->edge.n; i++) {
		bool same = i > 0 && pair_same(&id->edge.at[i - 1], &id->edge.at[i]);

		id->edge.at[i].pair = same ? id->edge.at[i - 1].pair : (uint32_t)i;
	}
	edges_index(id);
}

/* Whether any assignment of the same set in the same account gives it to the user. */
static bool pair_gives(const struct identity *id, const struct edge *edge, const struct text *user,
		       enum when when)
{
	for (size_t i = edge->pair; i < id->edge.n && id->edge.at[i].pair == edge->pair; i++) {
		const struct edge *other = &id->edge.at[i];

		if (other->exists[when] && who_has(&id->who.at[other->who], user, when))
			return true;
	}
	return false;
}

/* Assignments that change. */

static bool edge_changes(const struct edge *edge)
{
	return edge->exists[BEFORE] != edge->exists[AFTER];
}

/* Whether each member has a row. */
static bool members_are_told(const struct who *who, enum when when)
{
	uint32_t n = who->members[when]->n;

	return who->group && who->known[when] && n > 0 && n <= ACCESS_MEMBERS;
}

static enum strength set_strength(const struct identity *id, const struct edge *edge,
				  enum when when)
{
	if (edge->set >= id->access->bound->rows)
		return strength_of_name(name_of(id, edge->set_address));
	return slot_strength(id->access, edge->set, when);
}

static void row_add(struct identity *id, enum when when, const struct edge *edge,
		    const struct text *principal, const struct text *through)
{
	access_add(id->access, when == BEFORE, who_name(principal),
		   name_of(id, edge->account_address), name_of(id, edge->set_address),
		   through == NULL ? NULL : who_name(through), set_strength(id, edge, when));
}

static void edge_compare(struct identity *id, const struct edge *edge)
{
	const struct who *who = &id->who.at[edge->who];
	enum when when = edge->exists[BEFORE] ? BEFORE : AFTER;
	const struct set *members = who->members[when];

	if (!who->group && pair_gives(id, edge, who->address, 1 - when))
		return;
	if (id->groups_only || !members_are_told(who, when)) {
		row_add(id, when, edge, who->address, NULL);
		return;
	}
	for (uint32_t i = 0; i < members->n; i++) {
		if (!pair_gives(id, edge, members->item[i].key, 1 - when))
			row_add(id, when, edge, members->item[i].key, who->address);
	}
}

/* Members that come and go. */

static void member_compare(struct identity *id, const struct who *who, const struct text *user,
			   enum when when)
{
	uint32_t said = UINT32_MAX;

	for (size_t i = 0; i < who->edges; i++) {
		const struct edge *edge = &id->edge.at[id->by_who[who->first + i]];

		if (edge_changes(edge) || (id->sets_only && edge->set == said) ||
		    pair_gives(id, edge, user, 1 - when))
			continue;
		said = edge->set;
		access_add(id->access, when == BEFORE, who_name(user),
			   id->sets_only ? "*" : name_of(id, edge->account_address),
			   name_of(id, edge->set_address), who_name(who->address),
			   set_strength(id, edge, when));
	}
}

/* Calls `each` for who is a member on one side only, with that side. Returns how many are. */
static size_t members_differ(struct identity *id, const struct who *who,
			     void (*each)(struct identity *, const struct who *,
					  const struct text *user, enum when))
{
	size_t n = 0;

	if (who->members[BEFORE] == who->members[AFTER] || !who->known[BEFORE] ||
	    !who->known[AFTER] || who->exists[BEFORE] != who->exists[AFTER])
		return 0;
	for (enum when when = BEFORE; when < WHENS; when++) {
		const struct set *members = who->members[when];

		for (uint32_t i = 0; i < members->n; i++) {
			if (set_find(who->members[1 - when], members->item[i].key) != NULL)
				continue;
			n++;
			if (each != NULL)
				each(id, who, members->item[i].key, when);
		}
	}
	return n;
}

static void identity_fold(struct identity *id)
{
	size_t of_edges = 0, of_members = 0;

	for (size_t i = 0; i < id->edge.n; i++) {
		const struct edge *edge = &id->edge.at[i];
		const struct who *who = &id->who.at[edge->who];
		enum when when = edge->exists[BEFORE] ? BEFORE : AFTER;

		if (edge_changes(edge) && members_are_told(who, when))
			of_edges += who->members[when]->n;
	}
	for (size_t i = 0; i < id->who.n; i++)
		of_members += members_differ(id, &id->who.at[i], NULL) * id->who.at[i].edges;
	id->groups_only = of_edges > ACCESS_ROWS;
	id->sets_only = of_members > ACCESS_ROWS;
}

/* What stays of those who gain or lose something in the same account. */

static void edge_keep(struct identity *id, const struct edge *edge, const struct text *principal,
		      const struct text *through)
{
	const char *account = name_of(id, edge->account_address);
	bool group = address_is(principal, "identity_group");

	if (access_pair_changes(id->access, who_name(principal), account) &&
	    (group ? edge->exists[BEFORE] : pair_gives(id, edge, principal, BEFORE)))
		access_keep(
		    id->access, who_name(principal), account, name_of(id, edge->set_address),
		    through == NULL ? NULL : who_name(through), set_strength(id, edge, AFTER));
}

/* Few members have any row, however many the group has. */
static void who_keep(struct identity *id, const struct who *who)
{
	const struct set *members = who->members[AFTER];
	auto_free const struct text **user = xcalloc(members->n + 1, sizeof(*user));
	size_t users = 0;

	for (uint32_t i = 0; i < members->n; i++)
		if (access_pair_changes(id->access, who_name(members->item[i].key), NULL))
			user[users++] = members->item[i].key;
	for (size_t i = 0; i < who->edges; i++) {
		const struct edge *edge = &id->edge.at[id->by_who[who->first + i]];

		if (!edge->exists[AFTER])
			continue;
		edge_keep(id, edge, who->address, NULL);
		for (size_t k = 0; k < users; k++)
			edge_keep(id, edge, user[k], who->address);
	}
}

/* Permission sets that give something else. */

void paths_of_set(struct access *access, uint32_t row, enum when when, path_vec *paths)
{
	const struct set *customer = slot_set(access, row, PSET_CUSTOMER, when);
	struct value inlined = slot_value(access, row, PSET_INLINE, when);

	paths_of_policies(access, slot_set(access, row, PSET_MANAGED, when), &nobody, when, NULL,
			  paths);
	for (uint32_t i = 0; i < customer->n; i++)
		vec_push(paths, ((struct path){customer->item[i].key->s, NULL, NULL}));
	if (value_says(&inlined))
		vec_push(paths, ((struct path){"inline policy",
					       document_find(access, inlined.u.text), NULL}));
}

static void set_compare(struct identity *id, uint32_t row)
{
	path_vec paths[WHENS] = {0};

	for (enum when when = BEFORE; when < WHENS; when++)
		paths_of_set(id->access, row, when, &paths[when]);
	paths_compare(id->access, id->access->bound->row[row].address->s, "*", paths);
	boundary_compare(id->access, row, PSET_BOUNDARY, "*");
	free(paths[BEFORE].at);
	free(paths[AFTER].at);
}

/* A set that nobody has gives nobody anything. */
static bool set_is_used(const struct identity *id, const bool *assigned, uint32_t row)
{
	struct value accounts = slot_value(id->access, row, PSET_ACCOUNTS, BEFORE);

	return assigned[row] || accounts.state != VALUE_SET || accounts.u.set->n > 0;
}

static void sets_compare(struct identity *id)
{
	const struct access *access = id->access;
	auto_free bool *assigned = xcalloc(access->bound->rows + 1, sizeof(*assigned));

	for (size_t i = 0; i < id->edge.n; i++) {
		if (id->edge.at[i].set < access->bound->rows)
			assigned[id->edge.at[i].set] = true;
	}
	for (uint32_t i = 0; i < access->bound->rows; i++) {
		const struct change *change = access->slot[i].change;

		if (change != NULL && change->action == ACTION_UPDATE &&
		    slot_kind(access, i) == KIND_PERMISSION_SET && set_is_used(id, assigned, i))
			set_compare(id, i);
	}
}

void identity_compare(struct access *access)
{
	struct identity id = {.access = access, .numbers = map_new(), .whos = map_new()};

	if (identity_changes(&id)) {
		edges_read(&id);
		identity_fold(&id);
		for (size_t i = 0; i < id.edge.n; i++) {
			if (edge_changes(&id.edge.at[i]))
				edge_compare(&id, &id.edge.at[i]);
		}
		for (size_t i = 0; i < id.who.n; i++)
			members_differ(&id, &id.who.at[i], member_compare);
		sets_compare(&id);
		if (access->keeps)
			for (size_t i = 0; i < id.who.n; i++)
				who_keep(&id, &id.who.at[i]);
	}
	map_free(id.numbers);
	map_free(id.whos);
	free(id.who.at);
	free(id.edge.at);
	free(id.by_who);
}

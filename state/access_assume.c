/* Who may assume which role: what the role's trust and the policies of whoever asks say together.
 * Service control policies are not looked at. */
#include "state/access_priv.h"

#include <stdlib.h>
#include <string.h>

/* A user or role that asks, on one side. */
struct asker {
	struct access *access;
	uint32_t row;
	enum when when;
	const struct place_of *place;
	const char *arn, *root;
	path_vec paths;
	struct document *boundary; /* NULL: none, or not known */
	VEC(struct context_key) keys;
	size_t own_keys; /* the others are of one document */
	bool changed_roles_only;
	row_vec *found;
};

/* Trust documents. */

static void naming_add(struct access *access, uint32_t asker, uint32_t role)
{
	struct slot *slot = &access->slot[asker];

	if (slot->naming == NULL)
		slot->naming = arena_alloc(access->arena, sizeof(*slot->naming));
	if (slot->naming->n == 0 || slot->naming->at[slot->naming->n - 1] != role)
		vec_push(slot->naming, role);
	slot->named |= access->slot[role].entrance;
}

static void trust_note(struct access *access, uint32_t role, const char *principal)
{
	struct place_of *place = place_of_root(access, principal);
	uintptr_t row = (uintptr_t)map_get(access->arns, principal);

	if (place != NULL) {
		if (place->roles.n == 0 || place->roles.at[place->roles.n - 1] != role)
			vec_push(&place->roles, role);
		place->trusted |= access->slot[role].entrance;
	} else if (row != 0) {
		naming_add(access, (uint32_t)(row - 1), role);
	}
}

static void role_trust_read(struct access *access, uint32_t role)
{
	struct slot *slot = &access->slot[role];

	for (enum when when = BEFORE; when < WHENS; when++) {
		struct value trust = slot_value(access, role, ROLE_TRUST, when);

		if (trust.state != VALUE_TEXT)
			continue;
		slot->trust[when] = document_find(access, trust.u.text);
		if (when == AFTER && slot->trust[AFTER] == slot->trust[BEFORE])
			continue;
		for (size_t i = 0; i < slot->trust[when]->who.n; i++)
			trust_note(access, role, slot->trust[when]->who.at[i].principal);
	}
}

void trusts_read(struct access *access)
{
	for (uint32_t i = 0; i < access->bound->rows; i++) {
		if (slot_kind(access, i) == KIND_IAM_ROLE)
			role_trust_read(access, i);
	}
}

const row_vec *document_roles(struct access *access, struct document *document)
{
	for (size_t i = 0; !document->resolved && i < document->exact.n; i++) {
		uintptr_t row = (uintptr_t)map_get(access->arns, document->exact.at[i]);

		if (row != 0 && slot_kind(access, (uint32_t)(row - 1)) == KIND_IAM_ROLE)
			vec_push(&document->roles, (uint32_t)(row - 1));
	}
	document->resolved = true;
	return &document->roles;
}

/* The context of a request. */

static void key_add(struct asker *asker, const char *name, const char *value)
{
	vec_push(&asker->keys, ((struct context_key){.name = name, .value = value}));
}

static void keys_read(struct asker *asker)
{
	struct access *access = asker->access;
	bool user = slot_kind(access, asker->row) == KIND_IAM_USER;
	const struct set *tags =
	    slot_set(access, asker->row, user ? USER_TAGS : ROLE_TAGS, asker->when);

	key_add(asker, "aws:PrincipalArn", asker->arn);
	key_add(asker, "aws:PrincipalAccount", asker->place->key);
	key_add(asker, "aws:PrincipalType", user ? "User" : "AssumedRole");
	key_add(asker, "aws:MultiFactorAuthPresent", "true");
	if (user)
		key_add(asker, "aws:username", strrchr(asker->arn, '/') + 1);
	if (access->live != NULL && access->live->world.organization_id != NULL)
		key_add(asker, "aws:PrincipalOrgID", access->live->world.organization_id->s);
	for (uint32_t i = 0; i < tags->n; i++)
		key_add(asker,
			arena_printf(access->arena, "aws:PrincipalTag/%s", tags->item[i].key->s),
			tags->item[i].value == NULL ? "" : tags->item[i].value->s);
	asker->own_keys = asker->keys.n;
}

static bool key_is_there(const struct asker *asker, const char *name)
{
	for (size_t i = 0; i < asker->own_keys; i++) {
		if (strcasecmp(asker->keys.at[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool tags_are_known(const struct asker *asker)
{
	bool user = slot_kind(asker->access, asker->row) == KIND_IAM_USER;
	bool made = asker->access->bound->row[asker->row].live == NULL;

	return made ||
	       slot_value(asker->access, asker->row, user ? USER_TAGS : ROLE_TAGS, asker->when)
		       .state == VALUE_SET;
}

/* What a document says of this role. Tags that it asks for and that are not there are known to be
 * absent. */
static enum judgement document_judge(struct asker *asker, const struct document *document,
				     const char *role, bool trust)
{
	struct judge_request request = {.action = ASSUME_ROLE};

	asker->keys.n = asker->own_keys;
	for (size_t i = 0; tags_are_known(asker) && i < document->tags.n; i++) {
		if (!key_is_there(asker, document->tags.at[i]))
			key_add(asker, document->tags.at[i], NULL);
	}
	request.resource = trust ? NULL : role;
	request.principal = trust ? asker->arn : NULL;
	request.key = asker->keys.at;
	request.keys = asker->keys.n;
	return policy_judge(document->policy, &request);
}

/* A denial that may not hold leaves what the same document allows. */
static bool judgement_admits(enum judgement judgement)
{
	return judgement == JUDGE_ALLOWS || judgement == JUDGE_MAY_ALLOW ||
	       judgement == JUDGE_MAY_DENY;
}

/* How a trust policy lets in whoever asks. */
enum entry_by { NOT_ADMITTED, ADMITTED_IF_ALLOWED, ADMITTED };

static enum entry_by trust_admits(struct asker *asker, uint32_t role)
{
	const struct document *trust = asker->access->slot[role].trust[asker->when];
	bool root = false, named = false, certain = false;

	for (size_t i = 0; trust != NULL && i < trust->who.n; i++) {
		const struct trust *who = &trust->who.at[i];
		bool is_root = strcmp(who->principal, asker->root) == 0;
		bool is_named = strcmp(who->principal, asker->arn) == 0;

		root |= is_root;
		named |= is_named;
		certain |= (is_root || is_named) && !who->conditional;
	}
	if (!root && !named)
		return NOT_ADMITTED;
	if ((!certain || trust->denies) && trust->policy != NULL &&
	    !judgement_admits(document_judge(asker, trust, NULL, true)))
		return NOT_ADMITTED;
	return named && slot_place(asker->access, role) == asker->place ? ADMITTED
									: ADMITTED_IF_ALLOWED;
}

static bool path_allows(struct asker *asker, const struct path *path, const char *role)
{
	if (!path->document->varies && !path->document->denies)
		return true;
	return judgement_admits(document_judge(asker, path->document, role, false));
}

static bool role_is_denied(struct asker *asker, const char *role)
{
	const struct document *boundary = asker->boundary;
	enum judgement judgement;

	for (size_t i = 0; i < asker->paths.n; i++) {
		const struct document *document = asker->paths.at[i].document;

		if (document != NULL && document->denies &&
		    document_judge(asker, document, role, false) == JUDGE_DENIES)
			return true;
	}
	if (boundary == NULL || boundary->policy == NULL)
		return false;
	judgement = document_judge(asker, boundary, role, false);
	return judgement == JUDGE_SILENT || judgement == JUDGE_DENIES;
}

/* Roles one by one. `path` is what names it in a policy of whoever asks; NULL: its trust does. */
static void role_consider(struct asker *asker, uint32_t role, const struct path *path)
{
	struct access *access = asker->access;
	struct slot *slot = &access->slot[role];
	enum entry_by admitted;

	if (slot->seen[asker->when] == access->comparison || role == asker->row ||
	    !slot_exists(access, role, asker->when) ||
	    (asker->changed_roles_only && !slot->entrance))
		return;
	admitted = trust_admits(asker, role);
	if (admitted == NOT_ADMITTED || (path == NULL && admitted != ADMITTED) ||
	    (path != NULL && !path_allows(asker, path, slot->arn[asker->when])) ||
	    role_is_denied(asker, slot->arn[asker->when]))
		return;
	slot->seen[asker->when] = access->comparison;
	slot->through[asker->when] = path == NULL ? NULL : path->through;
	vec_push(asker->found, role);
}

static void roles_match(struct asker *asker, const row_vec *roles, const struct path *path,
			const char *pattern)
{
	for (size_t i = 0; roles != NULL && i < roles->n; i++) {
		const char *arn = asker->access->slot[roles->at[i]].arn[asker->when];

		if (arn != NULL && wildcards_match(pattern, arn, false))
			role_consider(asker, roles->at[i], path);
	}
}

static void path_roles(struct asker *asker, const struct path *path)
{
	struct document *document = path->document;
	const row_vec *exact = document_roles(asker->access, document);

	for (size_t i = 0; i < exact->n; i++)
		role_consider(asker, exact->at[i], path);
	for (size_t i = 0; i < document->patterns.n; i++) {
		roles_match(asker, &asker->place->roles, path, document->patterns.at[i]);
		roles_match(asker, asker->access->slot[asker->row].naming, path,
			    document->patterns.at[i]);
	}
}

static void asker_begin(struct asker *asker)
{
	struct access *access = asker->access;
	bool user = slot_kind(access, asker->row) == KIND_IAM_USER;
	struct value boundary =
	    slot_value(access, asker->row, user ? USER_BOUNDARY : ROLE_BOUNDARY, asker->when);

	asker->place = slot_place(access, asker->row);
	asker->arn = access->slot[asker->row].arn[asker->when];
	asker->root = arena_printf(access->arena, "arn:%s:iam::%s:root", access->partition,
				   asker->place->key);
	if (boundary.state == VALUE_TEXT)
		asker->boundary = policy_document(access, boundary.u.text, asker->when);
	paths_read(access, asker->row, asker->when, &asker->paths);
	keys_read(asker);
}

/* The roles that one may assume on this side, marked as seen. */
static void roles_find(struct asker *asker)
{
	const row_vec *naming = asker->access->slot[asker->row].naming;

	if (!slot_exists(asker->access, asker->row, asker->when))
		return;
	asker_begin(asker);
	for (size_t i = 0; naming != NULL && i < naming->n; i++)
		role_consider(asker, naming->at[i], NULL);
	for (size_t i = 0; i < asker->paths.n; i++) {
		if (asker->paths.at[i].document != NULL)
			path_roles(asker, &asker->paths.at[i]);
	}
	free(asker->paths.at);
	free(asker->keys.at);
}

static void role_add(struct access *access, bool loss, const char *principal, uint32_t role,
		     const char *through)
{
	const struct text *name = address_name(access->arena, access->bound->row[role].address);

	access_add(access, loss, principal, slot_place(access, role)->name,
		   arena_printf(access->arena, "role %s", name->s), through,
		   slot_strength(access, role, loss ? BEFORE : AFTER));
}

void assume_compare(struct access *access, uint32_t row, bool changed_roles_only)
{
	row_vec found = {0};

	access->comparison++;
	for (enum when when = BEFORE; when < WHENS; when++) {
		struct asker asker = {.access = access,
				      .row = row,
				      .when = when,
				      .changed_roles_only = changed_roles_only,
				      .found = &found};

		roles_find(&asker);
	}
	for (size_t i = 0; i < found.n; i++) {
		const struct slot *slot = &access->slot[found.at[i]];
		bool before = slot->seen[BEFORE] == access->comparison;

		if (before != (slot->seen[AFTER] == access->comparison))
			role_add(access, before, access->bound->row[row].address->s, found.at[i],
				 slot->through[before ? BEFORE : AFTER]);
	}
	free(found.at);
}

/* What stands by itself in a trust. */

/* How it is shown; NULL for what is among the rows, one by one. */
static const char *outsider_name(const struct access *access, const char *principal)
{
	const struct place_of *place = place_of_root(access, principal);

	if (place != NULL)
		return place->known ? NULL : arena_printf(access->arena, "account/%s", place->name);
	return map_get(access->arns, principal) == NULL ? principal : NULL;
}

static void outsiders_read(const struct access *access, uint32_t role, enum when when,
			   string_vec *names)
{
	const struct document *trust = access->slot[role].trust[when];

	if (trust == NULL || !slot_exists(access, role, when))
		return;
	for (size_t i = 0; i < trust->who.n; i++) {
		const char *name = outsider_name(access, trust->who.at[i].principal);

		if (name != NULL)
			vec_push(names, name);
	}
	for (size_t i = 0; i < trust->federated.n; i++)
		vec_push(names, trust->federated.at[i]);
}

static bool name_stands_in(const string_vec *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->at[i], name) == 0)
			return true;
	}
	return false;
}

/* Whether it is let in at all, and whether also without conditions. */
static bool trust_has(const struct document *trust, const char *principal, bool always)
{
	for (size_t i = 0; trust != NULL && i < trust->who.n; i++) {
		const struct trust *who = &trust->who.at[i];

		if (strcmp(who->principal, principal) == 0 && !(always && who->conditional))
			return true;
	}
	return false;
}

static const char *principal_name(const struct access *access, const char *principal)
{
	const struct place_of *place = place_of_root(access, principal);
	uintptr_t row = (uintptr_t)map_get(access->arns, principal);

	if (place != NULL)
		return arena_printf(access->arena, "account/%s", place->name);
	return row != 0 ? access->bound->row[row - 1].address->s : principal;
}

/* Of those who are let in before and after: for whom the conditions end, or begin. */
static void conditions_compare(struct access *access, uint32_t role)
{
	const struct document *const *trust =
	    (const struct document *const *)access->slot[role].trust;
	const struct text *name = address_name(access->arena, access->bound->row[role].address);

	for (size_t i = 0; trust[AFTER] != NULL && i < trust[AFTER]->who.n; i++) {
		const char *principal = trust[AFTER]->who.at[i].principal;
		bool before = trust_has(trust[BEFORE], principal, true);

		if (trust_has(trust[BEFORE], principal, false) &&
		    before != trust_has(trust[AFTER], principal, true))
			access_add(
			    access, before, principal_name(access, principal),
			    slot_place(access, role)->name,
			    arena_printf(access->arena, "role %s without conditions", name->s),
			    NULL, slot_strength(access, role, before ? BEFORE : AFTER));
	}
}

void outsiders_compare(struct access *access, uint32_t role)
{
	string_vec names[WHENS] = {0};

	conditions_compare(access, role);

	for (enum when when = BEFORE; when < WHENS; when++)
		outsiders_read(access, role, when, &names[when]);
	for (enum when when = BEFORE; when < WHENS; when++) {
		for (size_t i = 0; i < names[when].n; i++) {
			if (!name_stands_in(&names[1 - when], names[when].at[i]))
				role_add(access, when == BEFORE, names[when].at[i], role, NULL);
		}
	}
	free(names[BEFORE].at);
	free(names[AFTER].at);
}

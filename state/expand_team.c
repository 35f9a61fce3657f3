/* A team of the section `jump`: a group, a tag on its members, and a role in each account that it
 * may enter. */
#include "state/expand_jump.h"
#include "state/valid.h"

#include <stdlib.h>
#include <string.h>

#define GROUP_MANAGED_MAX 10
#define ACCOUNT_ID_LEN    12
#define ASSUME_FRAME                                                                               \
	"{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Resource\":[]}],"   \
	"\"Version\":\"2012-10-17\"}"

/* A role that a team may assume. */
struct target {
	const struct text *account;
	const char *role; /* TEAM-ROLE */
};

struct team {
	struct jump *jump;
	const struct entry *entry;
	const struct node *members, *access; /* NULL: not written */
	VEC(struct target) targets;          /* sorted, unique, once all access is read */
};

static struct arena *team_arena(const struct team *team)
{
	return team->jump->compiler->arena;
}

/* Access. */

static const struct entry *role_find(const struct jump *jump, const struct node *node)
{
	const struct entry *role =
	    map_get(jump->names, arena_printf(jump->compiler->arena, "role %s", node->s->s));

	if (role == NULL)
		diagnose(jump->compiler->diagnostics, node->where,
			 "`roles` of `jump` has no `%s`%s", node->s->s,
			 entry_near(jump->compiler, &jump->roles, node->s->s));
	return role;
}

static struct node *text_list(struct arena *arena, struct place where, const char *const *texts,
			      size_t n)
{
	struct node *list = node_make_list(arena, where);

	for (size_t i = 0; i < n; i++)
		node_append(arena, list, node_make_text(arena, where, "%s", texts[i]));
	return list;
}

/* A document of one statement, which is returned in *statement to be filled. */
static struct node *document_make(struct arena *arena, struct place where, struct node **statement)
{
	struct node *document = node_make_map(arena, where);
	struct node *list = node_make_list(arena, where);

	*statement = node_make_map(arena, where);
	node_put(arena, *statement, "Effect", node_make_text(arena, where, "Allow"));
	node_put(arena, *statement, "Action", node_make_text(arena, where, "sts:AssumeRole"));
	node_append(arena, list, *statement);
	node_put(arena, document, "Version", node_make_text(arena, where, "2012-10-17"));
	node_put(arena, document, "Statement", list);
	return document;
}

static void condition_put(struct arena *arena, struct node *condition, const char *operator,
			  const char * key)
{
	struct node *map = node_make_map(arena, condition->where);

	node_put(arena, map, key, node_make_text(arena, condition->where, "true"));
	node_put(arena, condition, operator, map);
}

/* Who may assume the team's roles: those of the jump account who have its tag, with MFA. */
static struct node *trust_make(const struct team *team, struct place where)
{
	const struct jump *jump = team->jump;
	struct arena *arena = team_arena(team);
	struct node *statement, *document = document_make(arena, where, &statement);
	struct node *principal = node_make_map(arena, where);
	struct node *condition = node_make_map(arena, where);

	node_put(arena, principal, "AWS",
		 node_make_text(arena, where, "arn:${partition}:iam::${accounts.%s.id}:root",
				jump->account->value->s->s));
	node_put(arena, statement, "Principal", principal);
	condition_put(arena, condition, "StringEquals",
		      arena_printf(arena, "aws:PrincipalTag/" TEAM_TAG "%s", team->entry->key->s));
	if (jump->require_mfa)
		condition_put(arena, condition, "Bool", "aws:MultiFactorAuthPresent");
	node_put(arena, statement, "Condition", condition);
	return document;
}

static struct node *role_make(const struct team *team, const struct entry *role, struct place where)
{
	struct arena *arena = team_arena(team);
	struct node *body = node_make_map(arena, where);

	node_put(arena, body, "trust", trust_make(team, where));
	for (uint32_t i = 0; role->value->type == NODE_MAP && i < role->value->n; i++) {
		/* Its trust is the section's; it was diagnosed. */
		if (!text_is(role->value->entry[i].key, "trust"))
			node_put(arena, body, role->value->entry[i].key->s,
				 role->value->entry[i].value);
	}
	return body;
}

/* "TEAM-ROLE"; NULL: too long, diagnosed. */
static const char *role_name(const struct team *team, const struct node *role)
{
	const char *name = arena_printf(team_arena(team), "%s-%s", team->entry->key->s, role->s->s);
	long characters = utf8_count(name, strlen(name));

	if (characters <= ROLE_NAME_MAX || team->jump->compiler->lenient)
		return name;
	diagnose(team->jump->compiler->diagnostics, role->where,
		 "the role's name would be `%s`, of %ld characters; AWS allows %d: shorten the "
		 "name of the team or of the role",
		 name, characters, ROLE_NAME_MAX);
	return NULL;
}

/* `errors`: how many there were before this access was read. */
static void roles_declare(struct team *team, const struct node *role_node,
			  const struct selection *selection, unsigned errors, struct place where)
{
	struct compiler *compiler = team->jump->compiler;
	const struct entry *role = role_find(team->jump, role_node);
	const char *name = role == NULL ? NULL : role_name(team, role_node);
	const struct text **accounts;
	struct node *body;
	size_t n = accounts_select(compiler, selection, &accounts);

	if (name == NULL)
		return;
	if (n == 0 && errors == compiler->diagnostics->errors && !compiler->lenient)
		diagnose_warning(compiler->diagnostics, where,
				 "this access of team `%s` selects no account",
				 team->entry->key->s);
	body = role_make(team, role, where);
	expand_body(compiler, KIND_IAM_ROLE, text_str(compiler->arena, name), body, where);
	for (size_t i = 0; i < n; i++) {
		if (expand_declare(compiler, KIND_IAM_ROLE, accounts[i],
				   text_str(compiler->arena, name), body, where) != NULL)
			vec_push(&team->targets, ((struct target){accounts[i], name}));
	}
}

static void team_access_read(struct team *team, const struct node *map)
{
	static const char *const known[] = {"role",         "accounts", "units",
					    "account_tags", "except",   NULL};
	struct reading *reading = &team->jump->reading;
	const struct node *role = NULL;
	struct selection selection = {0};
	unsigned errors = team->jump->compiler->diagnostics->errors;

	if (!node_is_map(reading, map, "access"))
		return;
	for (uint32_t i = 0; i < map->n; i++) {
		const struct entry *entry = &map->entry[i];

		if (text_is(entry->key, "role"))
			role = entry->value;
		else if (!selection_key(&selection, entry))
			key_unknown(reading, entry, known);
	}
	if (role == NULL)
		diagnose(team->jump->compiler->diagnostics, map->where,
			 "`access` needs a `role`, one of `roles` of `jump`");
	else if (node_text(reading, role, "role") != NULL)
		roles_declare(team, role, &selection, errors, map->where);
}

static int target_cmp(const void *pa, const void *pb)
{
	const struct target *a = pa, *b = pb;
	int order = text_cmp(a->account, b->account);

	return order != 0 ? order : strcmp(a->role, b->role);
}

static void targets_sort(struct team *team)
{
	size_t n = 0;

	if (team->targets.n > 1)
		qsort(team->targets.at, team->targets.n, sizeof(*team->targets.at), target_cmp);
	for (size_t i = 0; i < team->targets.n; i++) {
		if (n == 0 || target_cmp(&team->targets.at[n - 1], &team->targets.at[i]) != 0)
			team->targets.at[n++] = team->targets.at[i];
	}
	team->targets.n = n;
}

/* The group. */

/* Characters of one ARN in a document, with its quotes and a comma. */
static size_t target_size(const struct team *team, const struct target *target)
{
	return strlen("\"arn::iam:::role/\",") + strlen(team->jump->compiler->partition) +
	       ACCOUNT_ID_LEN + strlen(target->role);
}

/* The policy for as many targets from *at on as have room; *at is moved behind them. */
static struct node *policy_make(const struct team *team, size_t *at, size_t max)
{
	struct arena *arena = team_arena(team);
	struct place where = team->entry->where;
	struct node *statement, *document = document_make(arena, where, &statement);
	struct node *list = node_make_list(arena, where);
	size_t size = strlen(ASSUME_FRAME);

	for (; *at < team->targets.n; (*at)++) {
		const struct target *target = &team->targets.at[*at];

		size += target_size(team, target);
		if (size > max)
			break;
		node_append(arena, list,
			    node_make_text(arena, where,
					   "arn:${partition}:iam::${accounts.%s.id}:role/%s",
					   target->account->s, target->role));
	}
	node_put(arena, statement, "Resource", list);
	return document;
}

static struct node *inline_make(const struct team *team)
{
	struct arena *arena = team_arena(team);
	struct node *map = node_make_map(arena, team->entry->where), *document;
	size_t at = 0;

	if (team->targets.n == 0)
		return map;
	document = policy_make(team, &at, GROUP_INLINE_CHARACTERS);
	if (at < team->targets.n)
		return NULL;
	node_put(arena, map, arena_printf(arena, TEAM_TAG "%s", team->entry->key->s), document);
	return map;
}

/* The names of the managed policies that hold what no inline policy can. */
static struct node *managed_declare(struct team *team)
{
	struct jump *jump = team->jump;
	struct arena *arena = team_arena(team);
	struct place where = team->entry->where;
	const char *names[GROUP_MANAGED_MAX];
	size_t n = 0, at = 0;

	while (at < team->targets.n && n < GROUP_MANAGED_MAX) {
		struct node *body = node_make_map(arena, where);

		names[n] = arena_printf(arena, TEAM_TAG "%s-%zu", team->entry->key->s, n + 1);
		node_put(arena, body, "document", policy_make(team, &at, IAM_POLICY_CHARACTERS));
		expand_declare(jump->compiler, KIND_IAM_POLICY, jump->account->value->s,
			       text_str(arena, names[n++]), body, where);
	}
	if (at < team->targets.n)
		diagnose(jump->compiler->diagnostics, where,
			 "team `%s` has %zu roles, %zu more than the %d policies of a group can "
			 "name: divide the team",
			 team->entry->key->s, team->targets.n, team->targets.n - at,
			 GROUP_MANAGED_MAX);
	return text_list(arena, where, names, n);
}

static void group_declare(struct team *team)
{
	struct jump *jump = team->jump;
	struct arena *arena = team_arena(team);
	struct place where = team->entry->where;
	struct node *body = node_make_map(arena, where), *managed = node_make_list(arena, where);
	struct node *inlined = inline_make(team);

	if (inlined == NULL) {
		managed = managed_declare(team);
		inlined = node_make_map(arena, where);
	}
	node_put(arena, body, "managed_policies", managed);
	node_put(arena, body, "inline_policies", inlined);
	expand_declare(jump->compiler, KIND_IAM_GROUP, jump->account->value->s, team->entry->key,
		       body, where);
}

/* Members. */

static void member_add(const struct team *team, const struct node *node)
{
	struct jump *jump = team->jump;
	const char *account = jump->account->value->s->s, *name = team->entry->key->s;
	struct declaration *user;

	if (node_text(&jump->reading, node, "members") == NULL)
		return;
	user = expand_find(jump->compiler, KIND_IAM_USER, account, node->s->s);
	if (user == NULL) {
		diagnose(jump->compiler->diagnostics, node->where,
			 "IAM user `%s` is not declared in account `%s`%s", node->s->s, account,
			 declared_near(jump->compiler, KIND_IAM_USER, jump->account->value->s,
				       node->s->s));
		return;
	}
	if ((user->flags & RES_EXTERNAL) != 0) {
		diagnose(jump->compiler->diagnostics, node->where,
			 "IAM user `%s` is external and never written: a member gets a group and "
			 "a tag",
			 node->s->s);
		return;
	}
	expand_element(jump->compiler, user, USER_GROUPS, name, NULL, node->where);
	expand_element(jump->compiler, user, USER_TAGS,
		       arena_printf(team_arena(team), TEAM_TAG "%s", name), "true", node->where);
}

/* Teams. */

static bool team_name_check(const struct team *team)
{
	const struct text *name = team->entry->key;
	const char *rule = valid_iam_name(name->s, name->len);

	if (team->jump->compiler->lenient)
		return true;
	if (rule == NULL)
		rule = valid_tag_key(name->s, name->len);
	if (rule == NULL && utf8_count(name->s, name->len) > ROLE_NAME_MAX)
		rule =
		    arena_printf(team_arena(team), "is longer than %d characters", ROLE_NAME_MAX);
	if (rule != NULL)
		diagnose(team->jump->compiler->diagnostics, team->entry->where, "team `%s` %s",
			 name->s, rule);
	return rule == NULL;
}

static bool team_read(struct team *team)
{
	static const char *const known[] = {"members", "access", NULL};
	struct reading *reading = &team->jump->reading;
	const struct node *map = team->entry->value;

	if (!node_is_map(reading, map, team->entry->key->s) || !team_name_check(team))
		return false;
	for (uint32_t i = 0; i < map->n; i++) {
		const struct entry *entry = &map->entry[i];

		if (!name_among(entry->key->s, known))
			key_unknown(reading, entry, known);
		else if (!node_is_list(reading, entry->value, entry->key->s))
			continue;
		else if (text_is(entry->key, "members"))
			team->members = entry->value;
		else
			team->access = entry->value;
	}
	return true;
}

/* Declares the team's roles, its group and, last, what makes users members of it. */
void team_expand(struct jump *jump, const struct entry *entry)
{
	struct team team = {.jump = jump, .entry = entry};
	unsigned errors = jump->compiler->diagnostics->errors;

	if (!team_read(&team))
		return;
	for (uint32_t i = 0; team.access != NULL && i < team.access->n; i++)
		team_access_read(&team, team.access->entry[i].value);
	targets_sort(&team);
	if (!jump->compiler->lenient && errors == jump->compiler->diagnostics->errors &&
	    (team.access == NULL || team.access->n == 0))
		diagnose_warning(jump->compiler->diagnostics, entry->where,
				 "team `%s` has no `access`: its members get nothing",
				 entry->key->s);
	group_declare(&team);
	for (uint32_t i = 0; team.members != NULL && i < team.members->n; i++)
		member_add(&team, team.members->entry[i].value);
	free(team.targets.at);
}

/* The section `jump`: people sign in to one account and assume roles in the others. */
#include "state/expand_jump.h"

#include <stdlib.h>
#include <string.h>

/* Reading. */

static void setting_read(struct jump *jump, const struct entry *entry, const struct entry **slot)
{
	if (*slot == NULL)
		*slot = entry;
	else
		diagnose(jump->compiler->diagnostics, entry->where,
			 "`%s` of `jump` stands twice; first at %s:%u", entry->key->s,
			 (*slot)->where.file, (*slot)->where.line);
}

static void names_read(struct jump *jump, const struct entry *section, const char *what,
		       entry_list *list)
{
	struct compiler *compiler = jump->compiler;
	const struct node *map = section->value;

	if (!node_is_map(&jump->reading, map, section->key->s))
		return;
	for (uint32_t i = 0; i < map->n; i++) {
		const struct entry *entry = &map->entry[i], *first;
		const char *key = arena_printf(compiler->arena, "%s %s", what, entry->key->s);

		first = map_get(jump->names, key);
		if (first != NULL) {
			diagnose(compiler->diagnostics, entry->where,
				 "the %s `%s` of `jump` is declared twice; first at %s:%u", what,
				 entry->key->s, first->where.file, first->where.line);
			continue;
		}
		map_put(jump->names, key, (void *)entry);
		vec_push(list, entry);
	}
}

static void section_of_file_read(struct jump *jump, const struct entry *section)
{
	static const char *const known[] = {"account", "require_mfa", "roles", "teams", NULL};

	if (!node_is_map(&jump->reading, section->value, "jump"))
		return;
	for (uint32_t i = 0; i < section->value->n; i++) {
		const struct entry *entry = &section->value->entry[i];

		if (text_is(entry->key, "account"))
			setting_read(jump, entry, &jump->account);
		else if (text_is(entry->key, "require_mfa"))
			setting_read(jump, entry, &jump->mfa);
		else if (text_is(entry->key, "roles"))
			names_read(jump, entry, "role", &jump->roles);
		else if (text_is(entry->key, "teams"))
			names_read(jump, entry, "team", &jump->teams);
		else
			key_unknown(&jump->reading, entry, known);
	}
}

static void roles_check(struct jump *jump)
{
	static const char *const known[] = {"managed_policies",
					    "inline_policies",
					    "max_session_duration",
					    "permissions_boundary",
					    "tags",
					    "description",
					    NULL};

	for (size_t i = 0; i < jump->roles.n; i++) {
		const struct entry *role = jump->roles.at[i];

		if (node_is_map(&jump->reading, role->value, role->key->s))
			keys_check(&jump->reading, role->value, known);
	}
}

/* The jump account's name; NULL: diagnosed. */
static const char *account_check(struct jump *jump)
{
	struct compiler *compiler = jump->compiler;
	const struct text *name;

	if (jump->account == NULL) {
		diagnose(compiler->diagnostics, jump->where,
			 "`jump` has no `account`: name the account that people sign in to");
		return NULL;
	}
	name = node_text(&jump->reading, jump->account->value, "account");
	if (name == NULL)
		return NULL;
	if (expand_find(compiler, KIND_ACCOUNT, NULL, name->s) != NULL)
		return name->s;
	diagnose(compiler->diagnostics, jump->account->value->where,
		 "account `%s` is not declared%s", name->s, account_near(compiler, name->s));
	return NULL;
}

/* Tags that only the section sets. */
static void tags_check(struct jump *jump, const struct node *tags)
{
	for (uint32_t i = 0; tags != NULL && tags->type == NODE_MAP && i < tags->n; i++) {
		if (strncasecmp(tags->entry[i].key->s, TEAM_TAG, strlen(TEAM_TAG)) == 0)
			diagnose(jump->compiler->diagnostics, tags->entry[i].where,
				 "`%s`: tags " TEAM_TAG "* say who may assume a team's roles and "
				 "are charter's own: name the user under `members` of the team",
				 tags->entry[i].key->s);
	}
}

/* Makes an attribute that is not written managed, and empty so far. */
static void attr_manage(struct compiler *compiler, struct declaration *declaration, uint16_t attr)
{
	const struct kind *kind = kinds[declaration->kind];
	struct written *written = arena_array(compiler->arena, kind->attrs, sizeof(*written));
	bool list = kind->attr[attr].type == ATTR_REFS;

	if (declaration->written[attr].node != NULL)
		return;
	memcpy(written, declaration->written, kind->attrs * sizeof(*written));
	written[attr].only = list;
	written[attr].node = list ? node_make_list(compiler->arena, declaration->where)
				  : node_make_map(compiler->arena, declaration->where);
	declaration->written = written;
}

/* Who leaves the last team loses its tag and its group: a key that is absent would only release
 * both. */
static void users_manage(struct jump *jump, const char *account)
{
	struct compiler *compiler = jump->compiler;

	for (size_t i = 0; i < compiler->declarations.n; i++) {
		struct declaration *declaration = &compiler->declarations.at[i];

		if (declaration->kind != KIND_IAM_USER || declaration->written == NULL ||
		    (declaration->flags & RES_EXTERNAL) != 0 ||
		    !text_is(declaration->account, account))
			continue;
		attr_manage(compiler, declaration, USER_GROUPS);
		attr_manage(compiler, declaration, USER_TAGS);
	}
}

/* What stands in the jump account by hand. */
static void declared_check(struct jump *jump, const char *account)
{
	const struct compiler *compiler = jump->compiler;

	for (size_t i = 0; i < compiler->declarations.n; i++) {
		const struct declaration *declaration = &compiler->declarations.at[i];

		uint16_t attr = declaration->kind == KIND_IAM_USER ? USER_TAGS : ROLE_TAGS;

		if ((declaration->kind == KIND_IAM_USER || declaration->kind == KIND_IAM_ROLE) &&
		    text_is(declaration->account, account) && declaration->written != NULL)
			tags_check(jump, declaration->written[attr].node);
	}
}

/* A task may come to the jump account when the credit of others is used up. */
static void tasks_check(struct jump *jump)
{
	const struct config *config = jump->compiler->config;

	for (size_t i = 0; i < config->tasks.n; i++) {
		const struct node *map = config->tasks.at[i]->value;

		tags_check(jump, map->type == NODE_MAP ? node_get(map, "tags") : NULL);
	}
}

/* `jump: {}` says that there is none any more. */
static bool section_is_empty(const struct jump *jump)
{
	return jump->account == NULL && jump->mfa == NULL && jump->roles.n == 0 &&
	       jump->teams.n == 0;
}

static void teams_expand(struct jump *jump)
{
	const char *account = section_is_empty(jump) ? NULL : account_check(jump);
	bool ok = true;

	jump->require_mfa =
	    jump->mfa == NULL || node_flag(&jump->reading, jump->mfa->value, "require_mfa", &ok);
	roles_check(jump);
	if (account == NULL || !ok)
		return;
	declared_check(jump, account);
	tasks_check(jump);
	users_manage(jump, account);
	for (size_t i = 0; i < jump->teams.n; i++)
		team_expand(jump, jump->teams.at[i]);
}

/* Declares the groups, policies and roles of the section, and what makes users members. */
void expand_jump(struct compiler *compiler)
{
	const struct config *config = compiler->config;
	struct jump jump = {
	    .compiler = compiler, .reading = compiler_reading(compiler), .names = map_new()};

	if (config->jumps.n > 0)
		jump.where = config->jumps.at[0]->where;
	for (size_t i = 0; i < config->jumps.n; i++)
		section_of_file_read(&jump, config->jumps.at[i]);
	if (config->jumps.n > 0)
		teams_expand(&jump);
	map_free(jump.names);
	free(jump.roles.at);
	free(jump.teams.at);
}

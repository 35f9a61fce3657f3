/* Declarations to resources: addresses first, so that references find them, then values. */
#include "state/access_rule.h"
#include "state/expand.h"
#include "state/findings.h"
#include "state/valid.h"

#include <stdlib.h>
#include <string.h>

/* Bytes, about. */
#define TEXT_SHOWN 60

/* The resource of a declaration, or NULL when the declaration is broken. */
struct resource *declaration_resource(const struct compiler *compiler,
				      const struct declaration *declaration)
{
	return compiler->made[declaration - compiler->declarations.at];
}

/* Nodes are read as in config_read(), which alone has a config to add to. */
struct reading compiler_reading(const struct compiler *compiler)
{
	return (struct reading){.arena = compiler->arena,
				.diagnostics = compiler->diagnostics,
				.lenient = compiler->lenient,
				.independent = compiler->config->settings.organization_none};
}

/* Whether this was not said of the place yet, where one mistake has many users. */
bool place_say(struct compiler *compiler, struct place where, const char *what)
{
	return map_put(compiler->said,
		       arena_printf(compiler->arena, "%s %s:%u:%u", what, where.file, where.line,
				    where.column),
		       compiler) == NULL;
}

/* The address of a declared account; NULL, diagnosed once for each place, when it is not declared.
 */
const struct text *account_resolve(struct compiler *compiler, const struct text *name,
				   struct place where)
{
	if (expand_find(compiler, KIND_ACCOUNT, NULL, name->s) != NULL)
		return address_make(compiler->arena, "account", name->s, NULL);
	if (place_say(compiler, where, "undeclared"))
		diagnose(compiler->diagnostics, where, "account `%s` is not declared%s", name->s,
			 account_near(compiler, name->s));
	return NULL;
}

/* The beginning of a text, for messages. */
static const char *text_shown(struct arena *arena, const struct text *text)
{
	size_t at = 0;
	uint32_t code;

	if (text->len <= TEXT_SHOWN)
		return text->s;
	while (at < TEXT_SHOWN) {
		int bytes = utf8_next(text->s + at, text->len - at, &code);

		at += bytes == 0 ? 1 : (size_t)bytes;
	}
	return arena_printf(arena, "%.*s...", (int)at, text->s);
}

/* Checks a name, text, element or key by the attribute's rule; true when lenient. */
bool text_check(struct compiler *compiler, const struct attr *attr, const struct text *text,
		struct place where)
{
	long characters = utf8_count(text->s, text->len);
	const char *rule = NULL;
	bool is_set = attr->type != ATTR_TEXT;

	if (compiler->lenient)
		return true;
	if (!is_set && attr->max != 0 && characters > (long)attr->max)
		rule = arena_printf(compiler->arena, "has %ld characters, above the limit of %u",
				    characters, attr->max);
	else if (!is_set && characters < (long)attr->min)
		rule = arena_printf(compiler->arena, "must have at least %u character%s", attr->min,
				    attr->min == 1 ? "" : "s");
	else if (attr->valid != NULL)
		rule = attr->valid(text->s, text->len);
	if (rule == NULL)
		return true;
	diagnose(compiler->diagnostics, where, "`%s` %s", text_shown(compiler->arena, text), rule);
	return false;
}

/* Addresses. */

static bool unit_place(struct compiler *compiler, const struct declaration *declaration,
		       struct resource *resource)
{
	const char *path = declaration->name->s, *slash = strrchr(path, '/');
	const char *parent =
	    slash == NULL ? NULL : arena_memdup0(compiler->arena, path, (size_t)(slash - path));
	text_vec parts = {0};

	unit_path_split(compiler->arena, path, &parts);
	resource->v[UNIT_NAME] = value_text(parts.at[parts.n - 1]);
	if (parts.n > UNIT_DEPTH_MAX && !compiler->lenient)
		diagnose(compiler->diagnostics, declaration->where,
			 "unit `%s` lies %zu levels below the root; AWS allows %d", path, parts.n,
			 UNIT_DEPTH_MAX);
	free(parts.at);
	resource->v[UNIT_PARENT] =
	    value_text(parent == NULL ? text_str(compiler->arena, "root")
				      : unit_address(compiler->arena, parent));
	if (parent == NULL || expand_find(compiler, KIND_UNIT, NULL, parent) != NULL)
		return true;
	diagnose(compiler->diagnostics, declaration->where,
		 "the unit above, `%s`, is not declared%s", parent, unit_near(compiler, parent));
	return false;
}

/* Attribute 0 is the name, attribute 1 the unit above or the account. */
static bool derived_set(struct compiler *compiler, const struct declaration *declaration,
			struct resource *resource)
{
	const struct kind *kind = kinds[declaration->kind];
	const struct text *account;

	if (kind->address == ADDRESS_SINGLE)
		return true;
	if (kind->address == ADDRESS_PATH)
		return unit_place(compiler, declaration, resource);
	resource->v[0] = value_text(declaration->name);
	if (kind->address == ADDRESS_NAME)
		return true;
	account = account_resolve(compiler, declaration->account, declaration->account_where);
	if (account == NULL)
		return false;
	resource->v[1] = value_text(account);
	return true;
}

static void name_check(struct compiler *compiler, const struct declaration *declaration,
		       const struct resource *resource)
{
	const struct kind *kind = kinds[declaration->kind];
	const struct text *name;

	if (kind->address == ADDRESS_SINGLE)
		return;
	name = resource->v[0].u.text;
	text_check(compiler, &kind->attr[0], name, declaration->where);
	if (declaration->kind == KIND_POLICY && !compiler->lenient &&
	    (text_is(name, "FullAWSAccess") || text_is(name, "RCPFullAWSAccess")))
		diagnose(compiler->diagnostics, declaration->where,
			 "`%s` is AWS's own policy and is never declared", name->s);
}

/* The side's resource, without the values that are written. */
static struct resource *resource_make(struct compiler *compiler,
				      const struct declaration *declaration)
{
	struct resource *resource =
	    side_resource(compiler->side, declaration->kind,
			  declaration_address(compiler->arena, declaration), declaration->id);

	resource->flags = declaration->flags;
	if (declaration->kind == KIND_PERMISSION_SET && compiler->config->has_assignments)
		resource->flags |= RES_CLAIMS;
	resource->where = declaration->where;
	resource->owner = declaration->owner;
	if (declaration->expires_us != 0 && compiler->world->now_us > declaration->expires_us)
		resource->flags |= RES_ENDED;
	if (kinds[declaration->kind]->address == ADDRESS_PAIR)
		resource->owner = text_str(compiler->arena, "organization");
	if (derived_set(compiler, declaration, resource))
		name_check(compiler, declaration, resource);
	else if (resource->v[0].state == VALUE_UNSET)
		resource->v[0] = value_text(declaration->name);
	return resource;
}

/* Values. */

static void defaults_set(const struct compiler *compiler, struct resource *resource)
{
	if (resource->kind == KIND_POLICY && resource->v[POLICY_TYPE].state == VALUE_UNSET)
		resource->v[POLICY_TYPE] = value_str(compiler->arena, "SERVICE_CONTROL_POLICY");
	if (resource->kind == KIND_PERMISSION_SET && (resource->flags & RES_EXTERNAL) == 0)
		resource->v[PSET_PROVISIONED] = value_str(compiler->arena, PROVISIONED_EVERYWHERE);
}

static void foreign_check(struct compiler *compiler, const struct declaration *declaration,
			  const struct resource *resource)
{
	const struct kind *kind = kinds[resource->kind];

	if (kind->foreign == NULL || compiler->lenient || !kind->foreign(resource) ||
	    (resource->flags & RES_EXTERNAL) != 0)
		return;
	diagnose(compiler->diagnostics, declaration->where,
		 "%s `%s` has a name or path that belongs to AWS or Control Tower: declare it with "
		 "`external: true`, to refer to it",
		 kind->title, declaration->name->s);
}

/* A document's canonical form depends on the policy's type, which stands before it in the table. */
static bool document_has_type(const struct declaration *declaration,
			      const struct resource *resource)
{
	return declaration->kind != KIND_POLICY || declaration->written[POLICY_TYPE].node == NULL ||
	       resource->v[POLICY_TYPE].state == VALUE_TEXT;
}

static void values_compile(struct compiler *compiler, const struct declaration *declaration,
			   struct resource *resource)
{
	const struct kind *kind = kinds[declaration->kind];

	for (uint16_t i = 0; i < kind->attrs; i++) {
		const struct written *written = &declaration->written[i];

		if (written->node == NULL)
			continue;
		if (kind->attr[i].type != ATTR_POLICY || document_has_type(declaration, resource))
			resource->v[i] =
			    written_value(compiler, declaration, &kind->attr[i], written);
	}
	defaults_set(compiler, resource);
	if (declaration->kind == KIND_IAM_USER)
		resource->aux = login_key(compiler, declaration);
	foreign_check(compiler, declaration, resource);
}

/* Accounts come first: their ids, which documents name, are found by their e-mails. */
static void all_values_compile(struct compiler *compiler, bool accounts)
{
	for (size_t i = 0; i < compiler->declarations.n; i++) {
		const struct declaration *declaration = &compiler->declarations.at[i];

		if (compiler->made[i] != NULL && accounts == (declaration->kind == KIND_ACCOUNT))
			values_compile(compiler, declaration, compiler->made[i]);
	}
}

/* What no two resources have; NULL: nothing of this sort. */
static const char *unique_key(struct arena *arena, const struct resource *resource, size_t sort)
{
	static const struct {
		uint16_t kind, attr;
		const char *what;
	} values[] = {{KIND_ACCOUNT, ACCOUNT_EMAIL, "e-mail"},
		      {KIND_IAM_ACCOUNT, IAMACCOUNT_ALIAS, "alias"},
		      /* A person may have that of an account. */
		      {KIND_IDENTITY_USER, IDUSER_EMAIL, "e-mail address"}};
	const struct value *value;

	if (sort == COUNT(values))
		return resource->id == NULL ? NULL : arena_printf(arena, "id %s", resource->id->s);
	value = &resource->v[values[sort].attr];
	if (resource->kind != values[sort].kind || value->state != VALUE_TEXT ||
	    value->u.text->len == 0)
		return NULL;
	return arena_printf(arena, "%s %s", values[sort].what, value->u.text->s);
}
#define UNIQUE_SORTS 4

/* How a message names it. */
static const struct text *unique_name(const struct declaration *declaration)
{
	return declaration->kind == KIND_IAM_ACCOUNT ? declaration->account : declaration->name;
}

/* One account, one e-mail, one alias; one person, one e-mail; one id, one declaration. */
static void unique_check(struct compiler *compiler)
{
	auto_map *seen = map_new();

	for (size_t i = 0; i < UNIQUE_SORTS * compiler->declarations.n; i++) {
		const struct declaration *declaration =
		    &compiler->declarations.at[i / UNIQUE_SORTS];
		const struct resource *resource = compiler->made[i / UNIQUE_SORTS];
		const struct declaration *first = NULL;
		const char *what = NULL;

		if (resource != NULL)
			what = unique_key(compiler->arena, resource, i % UNIQUE_SORTS);
		if (what != NULL)
			first = map_put(seen, what, (void *)declaration);
		if (first != NULL)
			diagnose(compiler->diagnostics, declaration->where,
				 "`%s` and `%s` have the same %s; the first is at %s:%u",
				 unique_name(declaration)->s, unique_name(first)->s, what,
				 first->where.file, first->where.line);
	}
}

static void suspended_unit_check(struct compiler *compiler)
{
	const struct guard_settings *guards = &compiler->config->settings.guards;

	if (guards->suspended_unit != NULL && !compiler->lenient &&
	    expand_find(compiler, KIND_UNIT, NULL, guards->suspended_unit->s) == NULL)
		diagnose(compiler->diagnostics, guards->suspended_where,
			 "unit `%s` is not declared%s", guards->suspended_unit->s,
			 unit_near(compiler, guards->suspended_unit->s));
}

static void access_check(struct compiler *compiler, const struct access_rule *rule)
{
	account_resolve(compiler, rule->account, rule->where);
	if (rule->skip && !access_rule_skips(rule, compiler->world->now_us) && !compiler->lenient)
		diagnose_warning(compiler->diagnostics, rule->where,
				 "account `%s` is entered again: its `skip` has ended",
				 rule->account->s);
}

static void settings_check(struct compiler *compiler)
{
	const struct settings *settings = &compiler->config->settings;

	if (settings->record_account != NULL && !compiler->lenient)
		account_resolve(compiler, settings->record_account, settings->record_where);
	for (size_t i = 0; i < settings->access.n; i++)
		access_check(compiler, &settings->access.at[i]);
	/* An account of the section may hold nothing whose own check would tell. */
	for (size_t i = 0; i < compiler->config->iam_accounts.n; i++)
		account_resolve(compiler, compiler->config->iam_accounts.at[i]->key,
				compiler->config->iam_accounts.at[i]->where);
	suspended_unit_check(compiler);
}

/* Makes what is not made yet of the declarations. */
static void resources_make(struct compiler *compiler, size_t from)
{
	size_t n = compiler->declarations.n;

	compiler->made = xreallocarray(compiler->made, n + 1, sizeof(*compiler->made));
	for (size_t i = from; i < n; i++)
		compiler->made[i] = compiler->declarations.at[i].broken
					? NULL
					: resource_make(compiler, &compiler->declarations.at[i]);
}

/* Accounts and units stand before sections are expanded, which select among them; what the files
 * declare is made before what these sections add. */
void compiler_start(struct compiler *compiler, const struct config *config,
		    const struct compile_world *world, struct diagnostics *diagnostics)
{
	*compiler = (struct compiler){
	    .config = config,
	    .world = world,
	    .arena = config->arena,
	    .diagnostics = diagnostics,
	    .side = side_new(config->arena),
	    .by_name = map_new(),
	    .bodies = map_new(),
	    .documents = map_new(),
	    .said = map_new(),
	    .partition = world->partition == NULL ? "aws" : world->partition->s,
	    .lenient = config->lenient,
	};
	for (size_t i = 0; i < config->declarations.n; i++)
		vec_push(&compiler->declarations, config->declarations.at[i]);
	resources_make(compiler, 0);
	all_values_compile(compiler, true);
	expand_baselines(compiler);
	expand_jump(compiler);
	expand_tasks(compiler);
	resources_make(compiler, config->declarations.n);
}

/* Apart from the other sections: what it selects are no accounts whose IAM is spoken of. */
static void identity_make(struct compiler *compiler)
{
	size_t from = compiler->declarations.n;

	expand_identity(compiler);
	resources_make(compiler, from);
}

/* All but the side. */
void compiler_free(struct compiler *compiler)
{
	free(compiler->declarations.at);
	free(compiler->made);
	free(compiler->accounts.at);
	free(compiler->selected.at);
	map_free(compiler->by_name);
	map_free(compiler->bodies);
	map_free(compiler->account_facts);
	map_free(compiler->documents);
	map_free(compiler->said);
}

/* What one line says of many accounts is said once. */
static void diagnostics_join(struct diagnostics *all, const struct diagnostics *new)
{
	auto_map *seen = map_new();

	for (size_t i = 0; i < new->list.n; i++) {
		const struct diagnostic *said = &new->list.at[i];
		auto_free char *key =
		    xasprintf("%s:%u:%u %d %s", said->where.file == NULL ? "" : said->where.file,
			      said->where.line, said->where.column, said->warning, said->message);

		if (map_put(seen, key, (void *)said) != NULL)
			continue;
		if (said->warning)
			diagnose_warning(all, said->where, "%s", said->message);
		else
			diagnose(all, said->where, "%s", said->message);
	}
}

/* The declared side, finished, in the config's arena; the caller frees it with side_free(). Never
 * NULL: what is wrong is in the diagnostics. */
struct side *compile(const struct config *config, const struct compile_world *world,
		     struct diagnostics *diagnostics)
{
	struct diagnostics found = {.arena = diagnostics->arena};
	struct compiler compiler;

	compiler_start(&compiler, config, world, &found);
	identity_make(&compiler);
	all_values_compile(&compiler, false);
	previously_compile(&compiler);
	unique_check(&compiler);
	settings_check(&compiler);
	if (!compiler.lenient) {
		quotas_check(&compiler);
		findings_check(&compiler);
	}
	side_finish(compiler.side, NULL);
	compiler_free(&compiler);
	diagnostics_join(diagnostics, &found);
	diagnostics_free(&found);
	return compiler.side;
}

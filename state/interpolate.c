/* ${...} in texts: what is known is put in, ids not known yet become tokens, IAM's own variables
 * stay. */
#include "state/expand.h"

#include <string.h>

/* Bytes of one text with everything put in. */
#define TEXT_MAX (1u << 20)

#define ID_CHARACTERS 12

static bool variable_is_iam(const char *name, size_t len)
{
	return memchr(name, ':', len) != NULL ||
	       (len == 1 && (*name == '*' || *name == '?' || *name == '$'));
}

static const struct text *organization_variable(const struct compiler *compiler)
{
	if (compiler->world->organization_id != NULL)
		return compiler->world->organization_id;
	if (compiler->config->settings.organization_id != NULL)
		return compiler->config->settings.organization_id;
	return text_str(compiler->arena, "${organization.id}");
}

/* The account in which a declaration stands, or which it is; NULL: neither. */
static const struct declaration *account_of(const struct compiler *compiler,
					    const struct declaration *declaration)
{
	if (declaration->kind == KIND_ACCOUNT)
		return declaration;
	return declaration->account == NULL
		   ? NULL
		   : expand_find(compiler, KIND_ACCOUNT, NULL, declaration->account->s);
}

static const struct text *account_variable(struct compiler *compiler,
					   const struct declaration *declaration, const char *name,
					   const char **problem)
{
	const struct declaration *account = account_of(compiler, declaration);
	bool id = strcmp(name, "account.id") == 0;

	if (account == NULL) {
		*problem =
		    arena_printf(compiler->arena,
				 "`${%s}` has a meaning only for what stands in an account", name);
		return NULL;
	}
	if (id && declaration->kind == KIND_ACCOUNT) {
		*problem = "an account's own id is not known before its e-mail";
		return NULL;
	}
	return id ? account_id_text(compiler, account) : account->name;
}

/* accounts.NAME.id, where NAME ends at the last dot. */
static const struct text *accounts_variable(struct compiler *compiler,
					    const struct declaration *declaration, const char *name,
					    const char **problem)
{
	size_t prefix = strlen("accounts."), suffix = strlen(".id"), len = strlen(name);
	const struct declaration *account;
	const char *wanted;

	if (len <= prefix + suffix || !str_ends(name, ".id")) {
		*problem = arena_printf(compiler->arena,
					"`${%s}` is no variable: write ${accounts.NAME.id}", name);
		return NULL;
	}
	if (declaration->kind == KIND_ACCOUNT) {
		*problem = "an e-mail may not hold the id of an account";
		return NULL;
	}
	wanted = arena_memdup0(compiler->arena, name + prefix, len - prefix - suffix);
	account = expand_find(compiler, KIND_ACCOUNT, NULL, wanted);
	if (account != NULL)
		return account_id_text(compiler, account);
	*problem = arena_printf(compiler->arena, "`${%s}`: account `%s` is not declared%s", name,
				wanted, account_near(compiler, wanted));
	return NULL;
}

static const struct text *variable_value(struct compiler *compiler,
					 const struct declaration *declaration, const char *name,
					 const char **problem)
{
	static const char *const known[] = {"account.id", "account.name", "organization.id",
					    "partition", "accounts.NAME.id"};

	if (strcmp(name, "account.id") == 0 || strcmp(name, "account.name") == 0)
		return account_variable(compiler, declaration, name, problem);
	if (strcmp(name, "organization.id") == 0)
		return organization_variable(compiler);
	if (strcmp(name, "partition") == 0)
		return text_str(compiler->arena, compiler->partition);
	if (str_starts(name, "accounts."))
		return accounts_variable(compiler, declaration, name, problem);
	*problem = arena_printf(
	    compiler->arena, "unknown variable `${%s}`%s", name,
	    suggestion(compiler->arena, compiler->diagnostics, name, known, COUNT(known)));
	return NULL;
}

/* The text with its variables replaced, in the arena. NULL: *problem says what is wrong. */
const struct text *interpolate(struct compiler *compiler, const struct declaration *declaration,
			       const char *s, size_t len, const char **problem)
{
	const char *end = s + len, *open, *close;
	auto_buf out = BUF_INIT(TEXT_MAX);
	const struct text *value;

	while ((open = memmem(s, (size_t)(end - s), "${", 2)) != NULL) {
		close = memchr(open, '}', (size_t)(end - open));
		if (close == NULL) {
			*problem = "`${` has no `}`";
			return NULL;
		}
		if (variable_is_iam(open + 2, (size_t)(close - open - 2))) {
			buf_add(&out, s, (size_t)(close + 1 - s));
		} else {
			const char *name =
			    arena_memdup0(compiler->arena, open + 2, (size_t)(close - open - 2));

			value = variable_value(compiler, declaration, name, problem);
			if (value == NULL)
				return NULL;
			buf_add(&out, s, (size_t)(open - s));
			buf_add(&out, value->s, value->len);
		}
		s = close + 1;
	}
	buf_add(&out, s, (size_t)(end - s));
	if (out.full) {
		*problem = "the text is too long with its variables put in";
		return NULL;
	}
	return text_new(compiler->arena, buf_str(&out), out.len);
}

/* Characters by which tokens of ids not known yet are longer than the ids will be. */
size_t token_excess(const struct text *text)
{
	const char *s = text->s, *close;
	size_t excess = 0;

	while ((s = strstr(s, "${")) != NULL) {
		close = strchr(s, '}');
		if (close == NULL)
			break;
		if ((str_starts(s, "${account/") || str_starts(s, "${organization.id}")) &&
		    close - s + 1 > ID_CHARACTERS)
			excess += (size_t)(close - s + 1) - ID_CHARACTERS;
		s = close;
	}
	return excess;
}

/* Whom a trust policy names: users, roles and providers that this plan makes or ends. */
#include "aws/iam/account.h"

#include <string.h>

/* Called for the address of each that a principal names, declared or not. */
typedef void named_fn(struct calls *, struct call *, const struct text *address, const void *ctx);

/* "222222222222", or "${account/NAME.id}"; NULL: no account that is known. */
static const struct text *account_of_id(struct calls *calls, const struct text *id)
{
	const struct side *sides[] = {calls->sides->live, calls->sides->head};
	const struct resource *account;

	if (str_starts(id->s, "${account/") && str_ends(id->s, ".id}"))
		return text_new(calls->arena, id->s + 2, id->len - 6);
	for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
		account = sides[i] == NULL ? NULL : side_by_id(sides[i], KIND_ACCOUNT, id);
		if (account != NULL)
			return account->address;
	}
	return NULL;
}

/* "arn:aws:iam::ACCOUNT:role/path/NAME" to its address; NULL: it names none of these. */
static const struct text *principal_address(struct calls *calls, const char *arn)
{
	static const struct {
		const char *part;
		uint16_t kind;
		bool path; /* the name is what stands after the last slash */
	} named[] = {
	    {":role/", KIND_IAM_ROLE, true},
	    {":user/", KIND_IAM_USER, true},
	    {":oidc-provider/", KIND_IAM_OIDC_PROVIDER, false},
	};
	const char *id = strstr(arn, ":iam::"), *at, *slash;
	const struct text *account;

	if (id == NULL || !str_starts(arn, "arn:"))
		return NULL;
	id += strlen(":iam::");
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		at = strstr(id, named[i].part);
		if (at == NULL)
			continue;
		account = account_of_id(calls, text_new(calls->arena, id, (size_t)(at - id)));
		at += strlen(named[i].part);
		slash = named[i].path ? strrchr(at, '/') : NULL;
		return account == NULL ? NULL
				       : address_make(calls->arena, kinds[named[i].kind]->name,
						      address_name(calls->arena, account)->s,
						      slash == NULL ? at : slash + 1);
	}
	return NULL;
}

static void principals_each(struct calls *calls, struct call *call, const json_t *value,
			    named_fn *each, const void *ctx)
{
	const struct text *address;
	const char *key;
	json_t *one;
	size_t i;

	if (json_is_string(value)) {
		address = principal_address(calls, json_string_value(value));
		if (address != NULL)
			each(calls, call, address, ctx);
	}
	json_array_foreach(value, i, one) principals_each(calls, call, one, each, ctx);
	json_object_foreach((json_t *)value, key, one) principals_each(calls, call, one, each, ctx);
}

static void document_each(struct calls *calls, struct call *call, const struct text *document,
			  named_fn *each, const void *ctx)
{
	json_auto_t *doc = json_loadb(document->s, document->len, 0, NULL);
	json_t *list = json_object_get(doc, "Statement"), *statement;
	size_t i;

	json_array_foreach(list, i, statement)
	{
		principals_each(calls, call, json_object_get(statement, "Principal"), each, ctx);
		principals_each(calls, call, json_object_get(statement, "NotPrincipal"), each, ctx);
	}
}

static void named_use(struct calls *calls, struct call *call, const struct text *address,
		      const void *ctx)
{
	const struct row *role = ctx;

	if (!text_eq(address, role->address))
		call_uses_made(calls, call, address->s);
}

void trust_uses(struct calls *calls, struct call *call, const struct row *role,
		const struct text *document)
{
	document_each(calls, call, document, named_use, role);
}

static uint16_t kind_of(const struct text *address)
{
	static const uint16_t of[] = {KIND_IAM_ROLE, KIND_IAM_USER, KIND_IAM_OIDC_PROVIDER};

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		if (address_is(address, kinds[of[i]]->name))
			return of[i];
	}
	return KIND_COUNT;
}

static void named_free(struct calls *calls, struct call *call, const struct text *address,
		       const void *ctx)
{
	const struct change *change = calls_change(calls, kind_of(address), address);

	(void)ctx;
	if (change != NULL && change->action == ACTION_DELETE && !change->blocked)
		call_frees(calls, call, address);
}

void trust_frees(struct calls *calls, struct call *call, const struct text *old_document)
{
	document_each(calls, call, old_document, named_free, NULL);
}

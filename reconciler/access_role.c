/* The roles by which a run enters accounts, as `access:` says: that of the recorded commit, or of
 * head where nothing is recorded. */
#include "reconciler/lockout.h"

#include "state/access_rule.h"

#include <string.h>

static const struct settings *access_settings(const struct plan_input *in)
{
	const struct config *config = in->base_config ? in->base_config : in->head_config;

	return config ? &config->settings : NULL;
}

const struct text *account_of_id(const struct plan_input *in, const struct text *id)
{
	const struct resource *account;

	if (!id || !in->sides->live)
		return NULL;
	account = side_by_id(in->sides->live, KIND_ACCOUNT, id);
	return account ? account->address : address_raw(in->arena, "account", id->s);
}

const struct text *account_id_of(const struct plan_input *in, const struct text *account)
{
	const struct resource *live = in->sides->live ? side_find(in->sides->live, account) : NULL;
	const char *raw;

	if (live && live->id)
		return live->id;
	raw = raw_account_id(account);
	return raw ? text_str(in->arena, raw) : NULL;
}

struct entering entering_of(const struct plan_input *in, const struct settings *s,
			    const struct resource *declared, const struct resource *live,
			    const char *id)
{
	bool named = declared && declared->v[ACCOUNT_NAME].state == VALUE_TEXT;
	const char *name = access_rule_name(named ? declared->v[ACCOUNT_NAME].u.text : NULL, live);
	const struct access_rule *rule = access_rule(s, name);
	struct entering e = {.external_id = s ? s->access_external_id : NULL};

	if (rule && (rule->none || access_rule_skips(rule, in->now_us)))
		return (struct entering){0};
	if (rule && rule->external_id)
		e.external_id = rule->external_id;
	e.role = access_rule_arn(in->arena, s, in->sides->live->world.partition, name, id);
	return e;
}

const char *access_role_arn(const struct plan_input *in, const struct text *account, const char *id)
{
	const struct text *caller = in->sides->live->world.caller_account;
	const struct row *row = bound_find(in->bound, account);
	const struct resource *self, *declared = NULL, *live;

	if (caller && strcmp(caller->s, id) == 0) {
		self = self_identity(in);
		return self && self->id ? self->id->s : NULL;
	}
	if (row)
		declared = in->base_config ? row->base : row->head;
	live = side_find(in->sides->live, account);
	return entering_of(in, access_settings(in), declared, live, id).role;
}

/* Roles keep their names, so that the address follows from it. */
const struct text *role_address(const struct plan_input *in, const struct text *account,
				const char *role)
{
	const char *slash = strrchr(role, '/');

	return address_make(in->arena, "iam_role", address_name(in->arena, account)->s,
			    slash ? slash + 1 : role);
}

const struct resource *role_live(const struct plan_input *in, const struct text *account,
				 const char *role)
{
	const struct resource *r = side_find(in->sides->live, role_address(in, account, role));

	return r && r->kind == KIND_IAM_ROLE ? r : NULL;
}

bool trust_names(const struct text *trust, const struct resource *r)
{
	auto_free char *quoted = r->id ? xasprintf("\"%s\"", r->id->s) : NULL;

	return quoted && strstr(trust->s, quoted);
}

const struct resource *access_role_live(const struct plan_input *in, const struct text *account)
{
	const struct text *id = account_id_of(in, account);
	const char *role;

	if (!id || text_eq(id, in->sides->live->world.caller_account))
		return NULL;
	role = access_role_arn(in, account, id->s);
	return role ? role_live(in, account, role) : NULL;
}

const struct resource *record_role_live(const struct plan_input *in)
{
	const struct settings *s = access_settings(in);

	if (!s || !s->organization_none || !s->record_account || !s->record_role)
		return NULL;
	return role_live(in, address_make(in->arena, "account", s->record_account->s, NULL),
			 s->record_role->s);
}

/* Whether this is the organization that the configuration is for. */
#include "reconciler/guard_priv.h"
#include "state/valid.h"

#include <string.h>

static bool arn_field_is(const struct text *arn, unsigned n, const struct text *want)
{
	size_t len;
	const char *field = arn_field(arn->s, n, &len);

	return field && len == want->len && memcmp(field, want->s, len) == 0;
}

/* `whose`: "the configuration", or "the last applied commit". */
static int organization_pinned(const struct settings *s, const char *whose, const struct world *w,
			       struct error *err)
{
	const struct text *id = s->organization_id, *account = s->management_account;
	/* Who makes an organization becomes its management account. */
	const struct text *management =
	    w->no_organization ? w->caller_account : w->management_account;

	if (id && !text_eq(id, w->organization_id))
		return error_set_code(
		    err, EXIT_REFUSED, "%s is for organization %s, and these credentials %s %s",
		    whose, id->s, w->organization_id ? "belong to" : "are in",
		    w->organization_id ? w->organization_id->s
				       : (w->no_organization ? "none" : "one that is not known"));
	if (account && !text_eq(account, management))
		return error_set_code(err, EXIT_REFUSED,
				      "%s is for management account %s, and here it is %s", whose,
				      account->s, management ? management->s : "not known");
	return 0;
}

static int caller_check(const struct settings *s, const struct world *w, struct error *err)
{
	const struct text *arn = w->caller_arn, *account = w->caller_account;

	if (arn && w->partition && !arn_field_is(arn, 1, w->partition))
		return error_set_code(err, EXIT_REFUSED,
				      "the credentials are of another partition than %s: %s",
				      w->partition->s, arn->s);
	if (arn && account && !arn_field_is(arn, 4, account))
		return error_set_code(
		    err, EXIT_REFUSED,
		    "AWS says that the credentials belong to account %s, and to %s", account->s,
		    arn->s);
	if (account && w->management_account && !s->credentials_account &&
	    !text_eq(account, w->management_account))
		return error_set_code(
		    err, EXIT_REFUSED,
		    "the credentials belong to account %s, and the management account is %s; if "
		    "that is meant, say so: `access: {accounts: {NAME: {role: none}}}`",
		    account->s, w->management_account->s);
	return 0;
}

int guard_organization(const struct settings *head, const struct settings *base,
		       const struct world *world, struct error *err)
{
	if (organization_pinned(head, "the configuration", world, err) != 0)
		return -1;
	if (base && organization_pinned(base, "the last applied commit", world, err) != 0)
		return -1;
	return caller_check(head, world, err);
}

/* The account that the credentials are declared to belong to is known only once it is bound. */
static int credentials_check(const struct judge *j, const struct world *w, struct error *err)
{
	const struct text *name = j->in->head_config->settings.credentials_account;
	const struct row *row;

	if (!name || !w->caller_account)
		return 0;
	row = bound_find(j->in->bound, address_make(j->arena, "account", name->s, NULL));
	if (row && row->live && text_eq(row->live->id, w->caller_account))
		return 0;
	return error_set_code(
	    err, EXIT_REFUSED, "the credentials belong to account %s, and `access` says %s (%s)",
	    w->caller_account->s, name->s,
	    row && row->live && row->live->id ? row->live->id->s : "which AWS does not have");
}

const char *guard_right_organization(const struct judge *j, bool *refused)
{
	const struct world *w = &j->in->sides->live->world;
	const struct config *head = j->in->head_config, *base = j->in->base_config;
	auto_error err = {0};

	if (head && (guard_organization(&head->settings, base ? &base->settings : NULL, w, &err) ||
		     credentials_check(j, w, &err))) {
		*refused = true;
		return arena_strdup(j->arena, err.message);
	}
	return arena_printf(j->arena, "%s, by %s",
			    w->organization_id ? w->organization_id->s : "none yet",
			    w->caller_arn ? w->caller_arn->s : "an unknown identity");
}

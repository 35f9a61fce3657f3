/* A configuration as the live organization: ids of a fixed pattern, scopes, and what no
 * configuration says. */
#include "tests/unit/plan_case.h"
#include "tests/unit/sides.h"

#include "reconciler/record.h"

#include <string.h>

#define CASE_SET "arn:aws:sso:::permissionSet/ssoins-1/ps-"

static bool type_is_set(enum attr_type t)
{
	return t == ATTR_SET || t == ATTR_REFS || t == ATTR_TAGS || t == ATTR_POLICIES;
}

/* Ids of what was met so far: by address. */
static const char *id_of(const struct map *ids, const struct value *ref)
{
	return map_get(ids, ref->u.text->s);
}

static const char *principal_type(const struct resource *edge)
{
	return address_is(edge->v[ASSIGNMENT_PRINCIPAL].u.text, "identity_user") ? "user" : "group";
}

static const struct text *case_id(struct plan_case *c, const struct resource *r, unsigned n,
				  const struct map *ids)
{
	const char *name = address_name(c->arena, r->address)->s;
	const char *in = kinds[r->kind]->address == ADDRESS_ACCOUNT ? id_of(ids, &r->v[1]) : NULL;

	if (r->id)
		return r->id;
	switch (r->kind) {
	case KIND_ORGANIZATION:
		return text_str(c->arena, "o-exampleorgid");
	case KIND_UNIT:
		return text_printf(c->arena, "ou-ex00-%08u", n);
	case KIND_ACCOUNT:
		return text_printf(c->arena, "%012u", 900000000u + n);
	case KIND_POLICY:
		return text_printf(c->arena, "p-%08u", n);
	case KIND_IAM_USER:
		return text_printf(c->arena, "arn:aws:iam::%s:user/%s", in, name);
	case KIND_IAM_GROUP:
		return text_printf(c->arena, "arn:aws:iam::%s:group/%s", in, name);
	case KIND_IAM_POLICY:
		return text_printf(c->arena, "arn:aws:iam::%s:policy/%s", in, name);
	case KIND_IAM_ROLE:
		return text_printf(c->arena, "arn:aws:iam::%s:role/%s", in, name);
	case KIND_IAM_OIDC_PROVIDER:
		return text_printf(c->arena, "arn:aws:iam::%s:oidc-provider/%s", in, name);
	case KIND_IDENTITY_USER:
		return text_printf(c->arena, "user-%s", name);
	case KIND_IDENTITY_GROUP:
		return text_printf(c->arena, "group-%s", name);
	case KIND_PERMISSION_SET:
		return text_printf(c->arena, CASE_SET "%s", name);
	case KIND_ASSIGNMENT:
		return text_printf(c->arena, "%s/%s/%s/%s", id_of(ids, &r->v[ASSIGNMENT_SET]),
				   id_of(ids, &r->v[ASSIGNMENT_ACCOUNT]),
				   strcmp(principal_type(r), "user") == 0 ? "USER" : "GROUP",
				   id_of(ids, &r->v[ASSIGNMENT_PRINCIPAL]));
	default:
		return text_str(c->arena, r->address->s);
	}
}

static const struct text *case_raw(struct plan_case *c, const struct resource *r,
				   const struct text *id, const struct map *ids)
{
	if (r->kind == KIND_ORGANIZATION)
		return r->address;
	if (r->kind == KIND_ASSIGNMENT)
		return text_printf(c->arena, "assignment/~%s/%s/%s/%s",
				   id_of(ids, &r->v[ASSIGNMENT_SET]),
				   id_of(ids, &r->v[ASSIGNMENT_ACCOUNT]), principal_type(r),
				   id_of(ids, &r->v[ASSIGNMENT_PRINCIPAL]));
	if (kinds[r->kind]->address == ADDRESS_ACCOUNT)
		return address_raw_in(c->arena, kinds[r->kind]->name, id_of(ids, &r->v[1]),
				      address_name(c->arena, r->address)->s);
	if (r->kind == KIND_DELEGATED_ADMINISTRATOR)
		return text_printf(c->arena, "delegated_administrator/%s/~%s", r->v[0].u.text->s,
				   id_of(ids, &r->v[1]));
	return address_raw(c->arena, kinds[r->kind]->name, id->s);
}

static const struct text *raw_of(const struct map *raw, const struct text *address)
{
	const struct text *t = map_get(raw, address->s);

	return t ? t : address;
}

static void live_value(struct side *live, struct resource *to, const struct resource *from,
		       uint16_t a, const struct map *raw)
{
	const struct attr *attr = &kinds[from->kind]->attr[a];
	struct value v = from->v[a];

	if (type_is_set(attr->type)) {
		for (uint32_t i = 0; v.state == VALUE_SET && i < v.u.set->n; i++)
			side_add(live, to, a,
				 attr->type == ATTR_REFS ? raw_of(raw, v.u.set->item[i].key)
							 : v.u.set->item[i].key,
				 v.u.set->item[i].value);
		side_know(live, to, a);
	} else if (v.state == VALUE_TEXT && attr->type == ATTR_REF) {
		to->v[a] = value_text(raw_of(raw, v.u.text));
	} else {
		to->v[a] = v.state == VALUE_UNSET ? VALUE_EMPTY : v;
	}
}

static void live_whole(struct plan_case *c, struct side *live, const char *const *scope,
		       const char *account)
{
	for (; scope && *scope; scope++) {
		const char *mark = strstr(*scope, "%s");
		const char *name = mark ? arena_printf(c->arena, "%.*s%s%s", (int)(mark - *scope),
						       *scope, account, mark + 2)
					: *scope;

		if (side_scope_state(live, name) == SCOPE_OPEN)
			scope_whole(live, 0, name);
	}
}

static void live_scopes(struct plan_case *c, struct side *live)
{
	live_whole(c, live, (const char *const[]){"tags/unit", NULL}, NULL);
	for (size_t i = 0; i <= live->all.n; i++) {
		const struct resource *r = i < live->all.n ? live->all.at[i] : NULL;
		const char *account = r ? r->id->s : CASE_MANAGEMENT;

		for (unsigned k = 0; (!r || r->kind == KIND_ACCOUNT) && k < KIND_COUNT; k++) {
			live_whole(c, live, kinds[k]->scopes, account);
			live_whole(c, live, kinds[k]->holds, account);
		}
	}
	live->scopes.at[0].state = SCOPE_WHOLE;
}

/* "SCOPE CODE" lines of the section "unread". */
static void live_unread(struct plan_case *c, struct side *live)
{
	char *text = arena_strdup(c->arena, case_section_text(c, "unread") ?: ""), *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *code = strchr(line, ' ');

		*code++ = 0;
		for (uint32_t i = 0; i < live->scopes.n; i++)
			if (text_is(live->scopes.at[i].name, line))
				scope_fail(live, i, code, "not allowed");
	}
}

/* "ADDRESS TIME" lines of the section "created"; addresses as the live configuration has them. */
static const struct text *live_created(struct plan_case *c, const struct text *address)
{
	const char *t = case_value(c, "created", address->s);

	return t ? text_str(c->arena, t) : NULL;
}

/* Each membership has an id of its own: {"USERID":"MEMBERSHIPID",..}. */
static const struct text *case_memberships(struct plan_case *c, const struct resource *group)
{
	const struct value *members = &group->v[IDGROUP_MEMBERS];
	auto_buf b = BUF_INIT(1u << 20);

	buf_puts(&b, "{");
	for (uint32_t i = 0; members->state == VALUE_SET && i < members->u.set->n; i++) {
		const char *name = address_name(c->arena, members->u.set->item[i].key)->s;

		buf_printf(&b, "%s\"user-%s\":\"%s-in-%s\"", i ? "," : "", name, name,
			   address_name(c->arena, group->address)->s);
	}
	buf_puts(&b, "}");
	return text_str(c->arena, buf_str(&b));
}

/* What no configuration says of Identity Center. Sections of lines "ADDRESS: TEXT": "synced" (who
 * an identity provider keeps: yes), "provisioned" (of sets), "members" (the id of one more member,
 * who is not known), "foreign", "unknown" (the attribute that was not read). */
static void live_identity(struct plan_case *c, struct side *live, struct resource *to,
			  const struct resource *from)
{
	const char *synced = case_value(c, "synced", from->address->s);
	const char *provisioned = case_value(c, "provisioned", from->address->s);
	const char *member = case_value(c, "members", from->address->s);
	const char *unknown = case_value(c, "unknown", from->address->s);

	if (from->kind == KIND_IDENTITY_USER && synced)
		to->v[IDUSER_SYNCED] = value_str(c->arena, synced);
	if (from->kind == KIND_IDENTITY_GROUP)
		to->aux = case_memberships(c, from);
	if (from->kind == KIND_IDENTITY_GROUP && synced)
		to->v[IDGROUP_SYNCED] = value_str(c->arena, synced);
	if (member)
		side_add(live, to, IDGROUP_MEMBERS, address_raw(c->arena, "identity_user", member),
			 NULL);
	if (from->kind == KIND_PERMISSION_SET)
		to->v[PSET_PROVISIONED] =
		    value_str(c->arena, provisioned ? provisioned : PROVISIONED_EVERYWHERE);
	if (case_value(c, "foreign", from->address->s))
		to->flags |= RES_FOREIGN;
	for (uint16_t i = 0; unknown && i < kinds[from->kind]->attrs; i++)
		if (strcmp(kinds[from->kind]->attr[i].name, unknown) == 0)
			to->v[i] = (struct value){.state = VALUE_UNSET};
}

/* A set is where somebody has it. */
static void live_owned(struct side *live)
{
	for (size_t i = 0; i < live->all.n; i++) {
		struct resource *edge = live->all.at[i];

		if (edge->kind != KIND_ASSIGNMENT)
			continue;
		edge->owner = edge->v[ASSIGNMENT_SET].u.text;
		side_add(live, side_find(live, edge->owner), PSET_ACCOUNTS,
			 edge->v[ASSIGNMENT_ACCOUNT].u.text, NULL);
	}
}

/* "SET ACCOUNT_ID GROUP_ID" lines of the section "orphans": assignments of groups that are gone. */
static void live_orphans(struct plan_case *c, struct side *live)
{
	char *text = arena_strdup(c->arena, case_section_text(c, "orphans") ?: ""), *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *account = strchr(line, ' '), *group = strrchr(line, ' ');
		struct resource *edge;

		*account++ = *group++ = 0;
		edge = side_resource(
		    live, KIND_ASSIGNMENT,
		    text_printf(c->arena, "assignment/~" CASE_SET "%s/%s/group/%s", line, account,
				group),
		    text_printf(c->arena, CASE_SET "%s/%s/GROUP/%s", line, account, group));
		edge->v[ASSIGNMENT_SET] =
		    value_text(text_printf(c->arena, "permission_set/~" CASE_SET "%s", line));
		edge->v[ASSIGNMENT_ACCOUNT] = value_text(address_raw(c->arena, "account", account));
		edge->v[ASSIGNMENT_PRINCIPAL] =
		    value_text(address_raw(c->arena, "identity_group", group));
	}
}

struct side *case_live(struct plan_case *c, struct side *declared)
{
	struct side *live = side_new(c->arena);
	auto_map *raw = map_new(), *ids = map_new();
	const struct text **id = arena_array(c->arena, declared->all.n + 1, sizeof *id);

	for (uint16_t pass = 0; pass < KIND_COUNT; pass++)
		for (size_t i = 0; i < declared->all.n; i++) {
			const struct resource *r = declared->all.at[i];

			if (r->kind != pass)
				continue;
			id[i] = case_id(c, r, (unsigned)i, ids);
			map_put(raw, r->address->s, (void *)case_raw(c, r, id[i], ids));
			map_put(ids, r->address->s, (void *)id[i]->s);
		}
	for (size_t i = 0; i < declared->all.n; i++) {
		const struct resource *r = declared->all.at[i];
		struct resource *to = side_resource(live, r->kind, raw_of(raw, r->address), id[i]);

		to->created = live_created(c, r->address);
		for (uint16_t a = 0; a < kinds[r->kind]->attrs; a++)
			live_value(live, to, r, a, raw);
		live_identity(c, live, to, r);
		/* "unit/NAME: policy/FullAWSAccess": nobody declares it. */
		if (case_value(c, "attached", r->address->s))
			side_add(live, to, UNIT_POLICIES,
				 text_str(c->arena, case_value(c, "attached", r->address->s)),
				 NULL);
		if (r->kind == KIND_ACCOUNT)
			to->v[ACCOUNT_STATE] = value_str(c->arena, "ACTIVE");
		if (r->kind == KIND_ORGANIZATION) {
			static const char *const key[] = {"applied", "applying", "hold"};
			static const char *const tag[] = {RECORD_APPLIED "main",
							  RECORD_APPLYING "main", RECORD_HOLD};

			for (unsigned k = 0; k < 3; k++)
				if (case_value(c, "record", key[k]))
					side_add(
					    live, to, ORG_TAGS, text_str(c->arena, tag[k]),
					    text_str(c->arena, case_value(c, "record", key[k])));
		}
	}
	live_orphans(c, live);
	live_owned(live);
	live_scopes(c, live);
	live_unread(c, live);
	live->world = (struct world){
	    .partition = text_str(c->arena, "aws"),
	    .caller_arn = text_str(c->arena, "arn:aws:iam::" CASE_MANAGEMENT ":user/ci"),
	    .caller_account = text_str(c->arena, CASE_MANAGEMENT),
	    .organization_id = text_str(c->arena, "o-exampleorgid"),
	    .management_account = text_str(c->arena, CASE_MANAGEMENT),
	    .root_id = text_str(c->arena, "r-ex00"),
	    .instance_arn = text_str(c->arena, "arn:aws:sso:::instance/ssoins-1"),
	    .identity_store = text_str(c->arena, "d-1"),
	    .feature_set = text_str(c->arena, "ALL")};
	side_finish(live, NULL);
	return live;
}

/* Changes to calls: what each kind says, compared as text lines. */
#include "aws/wire.h"
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

struct asked {
	enum action action;
	const char *address;
	struct diff *diff;
	uint32_t diffs;
};

/* The two sides that calls are made from, and the changes between them. */
struct bench {
	struct arena *arena;
	struct sides sides;
	const char *leaving, *left; /* row address, address of the old unit that it is leaving */
	VEC(struct asked) asked;
};

static struct bench *bench_new(void)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	struct world *world;

	b->arena = arena_new();
	b->sides.live = side_new(b->arena);
	b->sides.head = side_new(b->arena);
	world = &b->sides.live->world;
	world->root_id = text_str(b->arena, "r-1");
	world->organization_id = text_str(b->arena, "o-1");
	world->management_account = text_str(b->arena, "111111111111");
	world->caller_account = text_str(b->arena, "111111111111");
	return b;
}

static void bench_free(struct bench *b)
{
	side_free(b->sides.live);
	side_free(b->sides.head);
	free(b->asked.at);
	arena_free(b->arena);
	free(b);
}

static bool type_is_set(enum attr_type type)
{
	return type == ATTR_SET || type == ATTR_REFS || type == ATTR_TAGS || type == ATTR_POLICIES;
}

/* "a,b" or "k=v,k=v"; "" is the empty set. */
static void elements_add(struct bench *b, struct side *side, struct resource *r, uint16_t attr,
			 const char *list)
{
	char *rest = arena_strdup(b->arena, list), *save = NULL;

	for (char *one = strtok_r(rest, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
		char *value = strchr(one, '=');

		if (value != NULL)
			*value++ = '\0';
		side_add(side, r, attr, text_str(b->arena, one),
			 value == NULL ? NULL : text_str(b->arena, value));
	}
	side_know(side, r, attr);
}

/* A resource with attributes given as (number, text) pairs, ended by -1. */
static struct resource *thing(struct bench *b, struct side *side, uint16_t kind,
			      const char *address, const char *id, ...)
{
	struct resource *r = side_resource(side, kind, text_str(b->arena, address),
					   id == NULL ? NULL : text_str(b->arena, id));
	va_list ap;
	int attr;

	va_start(ap, id);
	while ((attr = va_arg(ap, int)) >= 0) {
		const char *value = va_arg(ap, const char *);

		if (type_is_set(kinds[kind]->attr[attr].type))
			elements_add(b, side, r, (uint16_t)attr, value);
		else
			r->v[attr] = value_str(b->arena, value);
	}
	va_end(ap);
	return r;
}
#define LIVE(...) thing(b, b->sides.live, __VA_ARGS__, -1)
#define HEAD(...) thing(b, b->sides.head, __VA_ARGS__, -1)

/* Diffs as (attribute, key, live, head), NULL for what is not; ended by -1. */
static void change(struct bench *b, enum action action, const char *address, ...)
{
	struct asked asked = {.action = action, .address = address};
	va_list ap;
	int attr;

	asked.diff = arena_array(b->arena, 32, sizeof(*asked.diff));
	va_start(ap, address);
	while ((attr = va_arg(ap, int)) >= 0) {
		struct diff *diff = &asked.diff[asked.diffs++];
		const char *key = va_arg(ap, const char *);

		diff->attr = (uint16_t)attr;
		diff->key = key == NULL ? NULL : text_str(b->arena, key);
		diff->live = value_str(b->arena, va_arg(ap, const char *));
		diff->head = value_str(b->arena, va_arg(ap, const char *));
	}
	va_end(ap);
	vec_push(&b->asked, asked);
}
#define CHANGE(...)     change(b, __VA_ARGS__, -1)
#define ADD(attr, x)    (int)(attr), x, NULL, x
#define REMOVE(attr, x) (int)(attr), x, x, NULL

static int row_cmp(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;

	if (row_kind(a) != row_kind(b))
		return row_kind(a) < row_kind(b) ? -1 : 1;
	return text_cmp(a->address, b->address);
}

static void rows_make(struct bench *b, struct bound *bound)
{
	const struct side *sides[] = {b->sides.head, b->sides.live};

	bound->row =
	    arena_array(b->arena, sides[0]->all.n + sides[1]->all.n + 1, sizeof(struct row));
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < sides[i]->all.n; k++) {
			const struct resource *r = sides[i]->all.at[k];
			const struct resource *head = side_find(b->sides.head, r->address);

			if ((i == 1 && head != NULL) ||
			    (b->left != NULL && text_is(r->address, b->left)))
				continue;
			bound->row[bound->rows++] =
			    (struct row){.address = r->address,
					 .head = head,
					 .live = side_find(b->sides.live, r->address)};
		}
	}
	for (size_t i = 0; b->left != NULL && i < bound->rows; i++) {
		if (text_is(bound->row[i].address, b->leaving))
			bound->row[i].leaving =
			    side_find(b->sides.live, text_str(b->arena, b->left));
	}
	qsort(bound->row, bound->rows, sizeof(struct row), row_cmp);
}

static void made_add(struct calls *calls, const struct text *address)
{
	map_put(calls->made, address->s, (void *)address);
}

/* Changes in the order of their rows. */
static struct change *changes_make(struct bench *b, const struct bound *bound)
{
	struct change *list = arena_array(b->arena, b->asked.n + 1, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; i < bound->rows; i++) {
		for (size_t k = 0; k < b->asked.n; k++) {
			const struct asked *a = &b->asked.at[k];

			if (text_is(bound->row[i].address, a->address))
				list[n++] = (struct change){.action = (uint8_t)a->action,
							    .row = &bound->row[i],
							    .diff = a->diff,
							    .diffs = a->diffs};
		}
	}
	assert_int_equal(n, b->asked.n);
	return list;
}

static void value_print(struct buf *out, struct value value)
{
	buf_puts(out, value.state == VALUE_TEXT ? value.u.text->s : "-");
}

static void call_print(struct buf *out, const struct call *call)
{
	buf_printf(out, "%s %s", call->op->name, call->input->s);
	if (call->account != NULL)
		buf_printf(out, " in %s", call->account->s);
	if (call->makes != NULL)
		buf_printf(out, " makes %s", call->makes->s);
	if (call->ends != NULL)
		buf_printf(out, " ends %s", call->ends->s);
	if (call->enables != NULL)
		buf_printf(out, " enables %s", call->enables->s);
	for (const struct text **a = call->uses; *a != NULL; a++)
		buf_printf(out, " uses %s", (*a)->s);
	for (const struct text **a = call->frees; *a != NULL; a++)
		buf_printf(out, " frees %s", (*a)->s);
	if (call->effect != EFFECT_NEUTRAL)
		buf_puts(out, call->effect == EFFECT_GAIN ? " gain" : " loss");
	if (call->gate != NULL)
		buf_printf(out, " (%s)", call->gate->s);
	for (uint32_t i = 0; i < call->facts; i++) {
		const struct fact *f = &call->fact[i];

		buf_printf(out, " {%s %s", f->address->s, kinds[f->kind]->attr[f->attr].name);
		if (f->key != NULL)
			buf_printf(out, " %s", f->key->s);
		buf_puts(out, ": ");
		value_print(out, f->before);
		buf_puts(out, " > ");
		value_print(out, f->after);
		buf_putc(out, '}');
	}
	buf_putc(out, '\n');
}

/* Emits all changes and compares. Ends the bench. */
static void expect(struct bench *b, const char *want)
{
	auto_map *made = map_new(), *rows = map_new();
	struct bound bound = {0};
	struct calls calls = {.arena = b->arena, .bound = &bound, .sides = &b->sides, .made = made};
	auto_buf out = BUF_INIT(1 << 20);
	struct change *all;

	side_finish(b->sides.live, NULL);
	side_finish(b->sides.head, NULL);
	rows_make(b, &bound);
	for (size_t i = 0; i < bound.rows; i++)
		map_put(rows, bound.row[i].address->s, &bound.row[i]);
	all = changes_make(b, &bound);
	calls.rows = rows;
	calls.all = all;
	calls.all_n = b->asked.n;
	for (size_t i = 0; i < calls.all_n; i++) {
		const struct wire *wire = wires[row_kind(all[i].row)];

		if (all[i].action == ACTION_CREATE)
			made_add(&calls, all[i].row->address);
		if (wire->makes != NULL)
			wire->makes(&calls, &all[i], made_add);
	}
	for (size_t i = 0; i < calls.all_n; i++)
		wires[row_kind(all[i].row)]->calls(&calls, &all[i]);
	for (size_t i = 0; i < calls.list.n; i++)
		call_print(&out, &calls.list.at[i]);
	free(calls.list.at);
	assert_string_equal(buf_str(&out), want);
	bench_free(b);
}

#define SCP "SERVICE_CONTROL_POLICY"

static void test_organization(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	b->sides.live->world.root_id = NULL;
	b->sides.live->world.no_organization = true;
	HEAD(KIND_ORGANIZATION, "organization", NULL, ORG_FEATURE_SET, "ALL", ORG_POLICY_TYPES, SCP,
	     ORG_TRUSTED_SERVICES, "config.amazonaws.com", ORG_POLICIES, "policy/deny", ORG_TAGS,
	     "k=v");
	HEAD(KIND_POLICY, "policy/deny", NULL, POLICY_NAME, "deny", POLICY_TYPE, SCP,
	     POLICY_DOCUMENT, "{}");
	HEAD(KIND_UNIT, "unit/A", NULL, UNIT_NAME, "A", UNIT_PARENT, "root");
	CHANGE(ACTION_CREATE, "organization");
	CHANGE(ACTION_CREATE, "policy/deny");
	CHANGE(ACTION_CREATE, "unit/A");
	expect(b,
	       "CreateOrganization {\"FeatureSet\":\"ALL\"} makes organization\n"
	       "ListRoots {} makes root uses organization\n"
	       "EnablePolicyType {\"PolicyType\":\"" SCP "\",\"RootId\":\"${organization.root}\"}"
	       " enables policy_type/" SCP " uses root uses organization"
	       " {organization policy_types " SCP ": - > " SCP "}\n"
	       "EnableAWSServiceAccess {\"ServicePrincipal\":\"config.amazonaws.com\"}"
	       " enables service/config.amazonaws.com uses organization"
	       " {organization trusted_services config.amazonaws.com: - > config.amazonaws.com}\n"
	       "TagResource {\"ResourceId\":\"${organization.root}\",\"Tags\":[{\"Key\":\"k\","
	       "\"Value\":\"v\"}]} uses root {organization tags k: - > v}\n"
	       "AttachPolicy {\"PolicyId\":\"${policy/deny.id}\","
	       "\"TargetId\":\"${organization.root}\"} uses policy/deny uses root"
	       " uses policy_type/" SCP " gain (organization " SCP ")"
	       " {organization policies policy/deny: - > policy/deny}\n"
	       "CreateOrganizationalUnit {\"Name\":\"A\",\"ParentId\":\"${organization.root}\"}"
	       " makes unit/A uses root\n"
	       "CreatePolicy {\"Content\":\"{}\",\"Description\":\"\",\"Name\":\"deny\","
	       "\"Type\":\"" SCP "\"} makes policy/deny uses organization\n");
}

static void test_units(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	HEAD(KIND_UNIT, "unit/A", NULL, UNIT_NAME, "A", UNIT_PARENT, "root", UNIT_TAGS, "k=v");
	HEAD(KIND_UNIT, "unit/A/B", NULL, UNIT_NAME, "B", UNIT_PARENT, "unit/A");
	LIVE(KIND_UNIT, "unit/C", "ou-c", UNIT_NAME, "Old", UNIT_PARENT, "root");
	HEAD(KIND_UNIT, "unit/C", NULL, UNIT_NAME, "C", UNIT_PARENT, "root");
	LIVE(KIND_UNIT, "unit/C/D", "ou-d", UNIT_NAME, "D", UNIT_PARENT, "unit/C", UNIT_POLICIES,
	     "policy/p");
	CHANGE(ACTION_CREATE, "unit/A");
	CHANGE(ACTION_CREATE, "unit/A/B");
	CHANGE(ACTION_UPDATE, "unit/C", UNIT_NAME, NULL, "Old", "C", ADD(UNIT_TAGS, "t"),
	       REMOVE(UNIT_TAGS, "s"), REMOVE(UNIT_TAGS, "charter:x"));
	CHANGE(ACTION_DELETE, "unit/C/D");
	expect(b,
	       "CreateOrganizationalUnit {\"Name\":\"A\",\"ParentId\":\"r-1\",\"Tags\":[{\"Key\":"
	       "\"k\",\"Value\":\"v\"}]} makes unit/A\n"
	       "CreateOrganizationalUnit {\"Name\":\"B\",\"ParentId\":\"${unit/A.id}\"}"
	       " makes unit/A/B uses unit/A\n"
	       "UpdateOrganizationalUnit {\"Name\":\"C\",\"OrganizationalUnitId\":\"ou-c\"}"
	       " {unit/C name: Old > C}\n"
	       "TagResource {\"ResourceId\":\"ou-c\",\"Tags\":[{\"Key\":\"t\",\"Value\":\"t\"}]}"
	       " {unit/C tags t: - > t}\n"
	       "UntagResource {\"ResourceId\":\"ou-c\",\"TagKeys\":[\"s\"]}"
	       " {unit/C tags s: s > -}\n"
	       "DeleteOrganizationalUnit {\"OrganizationalUnitId\":\"ou-d\"} ends unit/C/D"
	       " frees unit/~ou-c frees unit/C frees policy/p\n");
}

static void test_accounts(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	LIVE(KIND_UNIT, "unit/A", "ou-a", UNIT_NAME, "A", UNIT_PARENT, "root");
	HEAD(KIND_ACCOUNT, "account/new", NULL, ACCOUNT_NAME, "new", ACCOUNT_EMAIL, "n@example.com",
	     ACCOUNT_UNIT, "unit/A", ACCOUNT_TAGS, "k=v");
	HEAD(KIND_ACCOUNT, "account/here", NULL, ACCOUNT_NAME, "here");
	LIVE(KIND_ACCOUNT, "account/here", "222222222222", ACCOUNT_UNIT, "unit/A");
	HEAD(KIND_ACCOUNT, "account/main", NULL, ACCOUNT_NAME, "main");
	LIVE(KIND_ACCOUNT, "account/main", "111111111111", ACCOUNT_UNIT, "root");
	CHANGE(ACTION_CREATE, "account/new");
	CHANGE(ACTION_UPDATE, "account/here", ACCOUNT_NAME, NULL, "was", "here", ACCOUNT_UNIT, NULL,
	       "unit/A", "root");
	CHANGE(ACTION_UPDATE, "account/main", ACCOUNT_NAME, NULL, "old", "main");
	expect(b,
	       "PutAccountName {\"AccountId\":\"222222222222\",\"AccountName\":\"here\"}"
	       " {account/here name: was > here}\n"
	       "MoveAccount {\"AccountId\":\"222222222222\",\"DestinationParentId\":\"r-1\","
	       "\"SourceParentId\":\"ou-a\"} frees unit/~ou-a frees unit/A"
	       " {account/here unit: unit/A > root}\n"
	       "PutAccountName {\"AccountName\":\"main\"} {account/main name: old > main}\n"
	       "CreateAccount {\"AccountName\":\"new\",\"Email\":\"n@example.com\",\"Tags\":"
	       "[{\"Key\":\"k\",\"Value\":\"v\"}]} makes account/new\n"
	       "MoveAccount {\"AccountId\":\"${account/new.id}\",\"DestinationParentId\":\"ou-a\","
	       "\"SourceParentId\":\"r-1\"} uses account/new {account/new unit: root > unit/A}\n");
}

/* A new one before the old one goes, FullAWSAccess last. */
static void test_attachments(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	LIVE(KIND_POLICY, "policy/a", "p-a", POLICY_TYPE, SCP);
	LIVE(KIND_POLICY, "policy/z", "p-z", POLICY_TYPE, SCP);
	LIVE(KIND_UNIT, "unit/A", "ou-a", UNIT_POLICIES, "policy/a");
	HEAD(KIND_UNIT, "unit/A", NULL, UNIT_NAME, "A");
	CHANGE(ACTION_UPDATE, "unit/A", REMOVE(UNIT_POLICIES, "policy/FullAWSAccess"),
	       REMOVE(UNIT_POLICIES, "policy/a"), ADD(UNIT_POLICIES, "policy/z"));
	expect(b, "AttachPolicy {\"PolicyId\":\"p-z\",\"TargetId\":\"ou-a\"} gain (unit/A " SCP ")"
		  " {unit/A policies policy/z: - > policy/z}\n"
		  "DetachPolicy {\"PolicyId\":\"p-a\",\"TargetId\":\"ou-a\"} uses unit/A"
		  " frees policy/a loss (unit/A " SCP ") {unit/A policies policy/a: policy/a > -}\n"
		  "DetachPolicy {\"PolicyId\":\"p-FullAWSAccess\",\"TargetId\":\"ou-a\"}"
		  " uses unit/A frees policy/FullAWSAccess loss (unit/A " SCP ")"
		  " {unit/A policies policy/FullAWSAccess: policy/FullAWSAccess > -}\n");
}

/* Five of five, AWS's own counted: one has to go before another can come. */
static void test_attachments_at_quota(void **state)
{
	struct bench *b = bench_new();
	const struct policy_type *type = policy_type_find("RESOURCE_CONTROL_POLICY");
	auto_buf list = BUF_INIT(4096);

	(void)state;
	assert_non_null(type->aws_default);
	for (uint32_t i = 1; i < type->max_attached; i++) {
		auto_free char *address = xasprintf("policy/p%u", i);

		LIVE(KIND_POLICY, address, address + 7, POLICY_TYPE, type->name);
		buf_printf(&list, "%s%s", i == 1 ? "" : ",", address);
	}
	LIVE(KIND_POLICY, "policy/new", "new", POLICY_TYPE, type->name);
	LIVE(KIND_UNIT, "unit/A", "ou-a", UNIT_POLICIES, buf_str(&list));
	HEAD(KIND_UNIT, "unit/A", NULL, UNIT_NAME, "A");
	CHANGE(ACTION_UPDATE, "unit/A", ADD(UNIT_POLICIES, "policy/new"),
	       REMOVE(UNIT_POLICIES, "policy/p1"), REMOVE(UNIT_POLICIES, "policy/p2"));
	expect(b, "DetachPolicy {\"PolicyId\":\"p1\",\"TargetId\":\"ou-a\"} uses unit/A"
		  " frees policy/p1 {unit/A policies policy/p1: policy/p1 > -}\n"
		  "AttachPolicy {\"PolicyId\":\"new\",\"TargetId\":\"ou-a\"} gain"
		  " (unit/A RESOURCE_CONTROL_POLICY) {unit/A policies policy/new: - > policy/new}\n"
		  "DetachPolicy {\"PolicyId\":\"p2\",\"TargetId\":\"ou-a\"} uses unit/A"
		  " frees policy/p2 loss (unit/A RESOURCE_CONTROL_POLICY)"
		  " {unit/A policies policy/p2: policy/p2 > -}\n");
}

static void test_policies(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	HEAD(KIND_ACCOUNT, "account/x", NULL, ACCOUNT_NAME, "x", ACCOUNT_EMAIL, "x@example.com");
	LIVE(KIND_POLICY, "policy/p", "p-1", POLICY_TYPE, SCP);
	HEAD(KIND_POLICY, "policy/p", NULL, POLICY_NAME, "p");
	LIVE(KIND_POLICY, "policy/gone", "p-2", POLICY_NAME, "gone", POLICY_TYPE, SCP);
	LIVE(KIND_UNIT, "unit/A", "ou-a", UNIT_POLICIES, "policy/gone");
	LIVE(KIND_UNIT, "unit/B", "ou-b", UNIT_POLICIES, "policy/gone");
	HEAD(KIND_UNIT, "unit/B", NULL, UNIT_NAME, "B");
	CHANGE(ACTION_CREATE, "account/x");
	CHANGE(ACTION_UPDATE, "policy/p", POLICY_NAME, NULL, "old", "p", POLICY_DOCUMENT, NULL,
	       "{}", "{\"a\":\"${account/x.id} ${aws:username}\"}");
	CHANGE(ACTION_DELETE, "policy/gone");
	CHANGE(ACTION_UPDATE, "unit/B", REMOVE(UNIT_POLICIES, "policy/gone"));
	expect(b,
	       "DetachPolicy {\"PolicyId\":\"p-2\",\"TargetId\":\"ou-b\"} uses unit/B"
	       " frees policy/gone loss (unit/B " SCP ")"
	       " {unit/B policies policy/gone: policy/gone > -}\n"
	       "CreateAccount {\"AccountName\":\"x\",\"Email\":\"x@example.com\"} makes account/x\n"
	       "DetachPolicy {\"PolicyId\":\"p-2\",\"TargetId\":\"ou-a\"} uses unit/A"
	       " frees policy/gone loss {unit/A policies policy/gone: policy/gone > -}\n"
	       "DeletePolicy {\"PolicyId\":\"p-2\"} ends policy/gone\n"
	       "UpdatePolicy {\"Content\":\"{\\\"a\\\":\\\"${account/x.id} ${aws:username}\\\"}\","
	       "\"Name\":\"p\",\"PolicyId\":\"p-1\"} uses account/x {policy/p name: old > p}"
	       " {policy/p document: {} > {\"a\":\"${account/x.id} ${aws:username}\"}}\n");
}

/* The unit, a unit in it and an account; what is deleted by itself does not go along. */
static void test_unit_move(void **state)
{
	struct bench *b = bench_new();
	struct resource *head;

	(void)state;
	LIVE(KIND_UNIT, "unit/A", "ou-a", UNIT_NAME, "A", UNIT_PARENT, "root");
	LIVE(KIND_UNIT, "unit/B/C", "ou-c", UNIT_NAME, "C", UNIT_PARENT, "unit/A", UNIT_POLICIES,
	     "policy/FullAWSAccess,policy/p", UNIT_TAGS, "l=1,t=a");
	LIVE(KIND_UNIT, "unit/B/C/D", "ou-d", UNIT_NAME, "D", UNIT_PARENT, "unit/B/C");
	LIVE(KIND_UNIT, "unit/B/C/E", "ou-e", UNIT_NAME, "E", UNIT_PARENT, "unit/B/C");
	LIVE(KIND_ACCOUNT, "account/x", "222222222222", ACCOUNT_UNIT, "unit/B/C/D");
	LIVE(KIND_POLICY, "policy/p", "p-1", POLICY_TYPE, SCP);
	HEAD(KIND_UNIT, "unit/B", NULL, UNIT_NAME, "B", UNIT_PARENT, "root");
	head = HEAD(KIND_UNIT, "unit/B/C", NULL, UNIT_NAME, "C", UNIT_PARENT, "unit/B", UNIT_TAGS,
		    "t=b");
	head->flags |= RES_MOVE;
	HEAD(KIND_UNIT, "unit/B/C/D", NULL, UNIT_NAME, "D2", UNIT_PARENT, "unit/B/C");
	CHANGE(ACTION_CREATE, "unit/B");
	CHANGE(ACTION_UPDATE, "unit/B/C", UNIT_PARENT, NULL, "unit/A", "unit/B");
	CHANGE(ACTION_UPDATE, "unit/B/C/D", UNIT_NAME, NULL, "D", "D2");
	CHANGE(ACTION_DELETE, "unit/B/C/E");
	expect(b,
	       "CreateOrganizationalUnit {\"Name\":\"B\",\"ParentId\":\"r-1\"} makes unit/B\n"
	       "CreateOrganizationalUnit {\"Name\":\"C\",\"ParentId\":\"${unit/B.id}\",\"Tags\":"
	       "[{\"Key\":\"l\",\"Value\":\"1\"},{\"Key\":\"t\",\"Value\":\"b\"}]} makes unit/B/C"
	       " uses unit/B\n"
	       "AttachPolicy {\"PolicyId\":\"p-1\",\"TargetId\":\"${unit/B/C.id}\"}"
	       " enables carried/unit/B/C uses unit/B/C"
	       " gain (unit/B/C " SCP ") {unit/B/C policies policy/p: - > policy/p}\n"
	       "CreateOrganizationalUnit {\"Name\":\"D2\",\"ParentId\":\"${unit/B/C.id}\"}"
	       " makes unit/B/C/D uses unit/B/C\n"
	       "MoveAccount {\"AccountId\":\"222222222222\","
	       "\"DestinationParentId\":\"${unit/B/C/D.id}\",\"SourceParentId\":\"ou-d\"}"
	       " uses unit/B/C/D uses carried/unit/B/C/D uses carried/unit/B/C frees unit/~ou-d"
	       " {account/x unit: unit/B/C/D~ou-d > unit/B/C/D}\n"
	       "DeleteOrganizationalUnit {\"OrganizationalUnitId\":\"ou-d\"} ends unit/~ou-d"
	       " uses unit/B/C/D uses carried/unit/B/C/D uses carried/unit/B/C frees unit/~ou-c\n"
	       "DeleteOrganizationalUnit {\"OrganizationalUnitId\":\"ou-c\"} ends unit/~ou-c"
	       " uses unit/B/C uses carried/unit/B/C frees unit/~ou-a frees unit/A frees "
	       "policy/FullAWSAccess frees policy/p\n"
	       "DeleteOrganizationalUnit {\"OrganizationalUnitId\":\"ou-e\"} ends unit/B/C/E"
	       " frees unit/~ou-c\n");
}

/* The new unit stands already: what is still in the old one follows, and so does what nobody
 * declares of it; what the new one has of its own stays. */
static void test_unit_move_half(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	b->leaving = "unit/B/C";
	b->left = "unit/A/C";
	LIVE(KIND_UNIT, "unit/A", "ou-a", UNIT_NAME, "A", UNIT_PARENT, "root");
	LIVE(KIND_UNIT, "unit/A/C", "ou-c", UNIT_NAME, "C", UNIT_PARENT, "unit/A", UNIT_POLICIES,
	     "policy/FullAWSAccess,policy/p,policy/q,policy/r", UNIT_TAGS, "l=1,t=a");
	LIVE(KIND_UNIT, "unit/B/C", "ou-n", UNIT_NAME, "C", UNIT_PARENT, "unit/B", UNIT_POLICIES,
	     "policy/FullAWSAccess,policy/q", UNIT_TAGS, "t=b");
	LIVE(KIND_UNIT, "unit/B/C/D", "ou-d", UNIT_NAME, "D", UNIT_PARENT, "unit/A/C");
	LIVE(KIND_ACCOUNT, "account/x", "222222222222", ACCOUNT_UNIT, "unit/A/C");
	LIVE(KIND_POLICY, "policy/p", "p-1", POLICY_TYPE, SCP);
	LIVE(KIND_POLICY, "policy/q", "p-2", POLICY_TYPE, SCP);
	LIVE(KIND_POLICY, "policy/r", "p-3", POLICY_TYPE, SCP);
	HEAD(KIND_UNIT, "unit/B/C", NULL, UNIT_NAME, "C", UNIT_PARENT, "unit/B");
	HEAD(KIND_UNIT, "unit/B/C/D", NULL, UNIT_NAME, "D", UNIT_PARENT, "unit/B/C");
	CHANGE(ACTION_UPDATE, "unit/B/C", UNIT_PARENT, NULL, "unit/A", "unit/B");
	CHANGE(ACTION_DELETE, "policy/r");
	expect(b,
	       "AttachPolicy {\"PolicyId\":\"p-1\",\"TargetId\":\"ou-n\"} enables carried/unit/B/C"
	       " gain (unit/B/C " SCP ") {unit/B/C policies policy/p: - > policy/p}\n"
	       "TagResource {\"ResourceId\":\"ou-n\",\"Tags\":[{\"Key\":\"l\",\"Value\":\"1\"}]}"
	       " enables carried/unit/B/C {unit/B/C tags l: - > 1}\n"
	       "CreateOrganizationalUnit {\"Name\":\"D\",\"ParentId\":\"ou-n\"}"
	       " makes unit/B/C/D\n"
	       "MoveAccount {\"AccountId\":\"222222222222\",\"DestinationParentId\":\"ou-n\","
	       "\"SourceParentId\":\"ou-c\"} uses carried/unit/B/C frees unit/~ou-c"
	       " {account/x unit: unit/A/C > unit/B/C}\n"
	       "DeleteOrganizationalUnit {\"OrganizationalUnitId\":\"ou-d\"} ends unit/~ou-d"
	       " uses unit/B/C/D uses carried/unit/B/C/D uses carried/unit/B/C frees unit/~ou-c"
	       " frees unit/A/C\n"
	       "DeleteOrganizationalUnit {\"OrganizationalUnitId\":\"ou-c\"} ends unit/~ou-c"
	       " uses carried/unit/B/C frees unit/~ou-a frees unit/A frees policy/FullAWSAccess"
	       " frees policy/p frees policy/q frees policy/r\n"
	       "DeletePolicy {\"PolicyId\":\"p-3\"} ends policy/r\n");
}

static void test_delegated(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	LIVE(KIND_ACCOUNT, "account/a", "222222222222", ACCOUNT_UNIT, "root");
	HEAD(KIND_DELEGATED_ADMINISTRATOR, "delegated_administrator/s/a", NULL, DELEGATED_SERVICE,
	     "s", DELEGATED_ACCOUNT, "account/a");
	CHANGE(ACTION_CREATE, "delegated_administrator/s/a");
	expect(b, "RegisterDelegatedAdministrator {\"AccountId\":\"222222222222\","
		  "\"ServicePrincipal\":\"s\"} makes delegated_administrator/s/a\n");
}

#define M "account/main"

static void main_account(struct bench *b)
{
	LIVE(KIND_ACCOUNT, M, "111111111111", ACCOUNT_UNIT, "root");
}

static void test_iam_creation(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	main_account(b);
	HEAD(KIND_IAM_POLICY, "iam_policy/main/p", NULL, IAMPOLICY_NAME, "p", IAMPOLICY_ACCOUNT, M,
	     IAMPOLICY_PATH, "/t/", IAMPOLICY_DOCUMENT, "{}", IAMPOLICY_TAGS, "");
	HEAD(KIND_IAM_GROUP, "iam_group/main/g", NULL, GROUP_NAME, "g", GROUP_ACCOUNT, M,
	     GROUP_MANAGED, "arn:aws:iam::aws:policy/X");
	HEAD(KIND_IAM_USER, "iam_user/main/u", NULL, USER_NAME, "u", USER_ACCOUNT, M, USER_GROUPS,
	     "iam_group/main/g", USER_BOUNDARY, "iam_policy/main/p", USER_INLINE, "i={}");
	CHANGE(ACTION_CREATE, "iam_policy/main/p");
	CHANGE(ACTION_CREATE, "iam_group/main/g");
	CHANGE(ACTION_CREATE, "iam_user/main/u");
	expect(b,
	       "CreatePolicy {\"Path\":\"/t/\",\"PolicyDocument\":\"{}\",\"PolicyName\":\"p\"}"
	       " makes iam_policy/main/p\n"
	       "CreateGroup {\"GroupName\":\"g\",\"Path\":\"/\"} makes iam_group/main/g\n"
	       "AttachGroupPolicy {\"GroupName\":\"g\",\"PolicyArn\":\"arn:aws:iam::aws:policy/X\"}"
	       " uses iam_group/main/g gain (iam_group/main/g) {iam_group/main/g managed_policies"
	       " arn:aws:iam::aws:policy/X: - > arn:aws:iam::aws:policy/X}\n"
	       "CreateUser {\"Path\":\"/\",\"PermissionsBoundary\":\"${iam_policy/main/p.id}\","
	       "\"UserName\":\"u\"} makes iam_user/main/u uses iam_policy/main/p\n"
	       "AddUserToGroup {\"GroupName\":\"g\",\"UserName\":\"u\"} uses iam_user/main/u"
	       " uses iam_group/main/g gain (iam_user/main/u)"
	       " {iam_user/main/u groups iam_group/main/g: - > iam_group/main/g}\n"
	       "PutUserPolicy {\"PolicyDocument\":\"{}\",\"PolicyName\":\"i\",\"UserName\":\"u\"}"
	       " uses iam_user/main/u gain (iam_user/main/u)"
	       " {iam_user/main/u inline_policies i: - > {}}\n");
}

/* Renamed first; gains before losses; the boundary before what it bounds. */
static void test_iam_update(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	main_account(b);
	LIVE(KIND_IAM_POLICY, "iam_policy/main/p", "arn:p", IAMPOLICY_NAME, "p");
	LIVE(KIND_IAM_GROUP, "iam_group/main/g", "arn:g", GROUP_NAME, "g");
	LIVE(KIND_IAM_USER, "iam_user/main/u", "arn:u", USER_NAME, "old", USER_ACCOUNT, M);
	HEAD(KIND_IAM_USER, "iam_user/main/u", NULL, USER_NAME, "u", USER_ACCOUNT, M);
	CHANGE(ACTION_UPDATE, "iam_user/main/u", USER_NAME, NULL, "old", "u",
	       REMOVE(USER_GROUPS, "iam_group/main/g"), ADD(USER_MANAGED, "iam_policy/main/p"),
	       USER_INLINE, "i", "{}", "{\"a\":1}", USER_BOUNDARY, NULL, NULL, "iam_policy/main/p",
	       ADD(USER_TAGS, "t"));
	expect(b,
	       "UpdateUser {\"NewUserName\":\"u\",\"UserName\":\"old\"} enables iam_user/main/u"
	       " {iam_user/main/u name: old > u}\n"
	       "PutUserPermissionsBoundary {\"PermissionsBoundary\":\"arn:p\",\"UserName\":\"u\"}"
	       " uses iam_user/main/u"
	       " {iam_user/main/u permissions_boundary: - > iam_policy/main/p}\n"
	       "AttachUserPolicy {\"PolicyArn\":\"arn:p\",\"UserName\":\"u\"} uses iam_user/main/u"
	       " gain (iam_user/main/u)"
	       " {iam_user/main/u managed_policies iam_policy/main/p: - > iam_policy/main/p}\n"
	       "PutUserPolicy {\"PolicyDocument\":\"{\\\"a\\\":1}\",\"PolicyName\":\"i\","
	       "\"UserName\":\"u\"} uses iam_user/main/u (iam_user/main/u)"
	       " {iam_user/main/u inline_policies i: {} > {\"a\":1}}\n"
	       "RemoveUserFromGroup {\"GroupName\":\"g\",\"UserName\":\"u\"} uses iam_user/main/u"
	       " frees iam_group/main/g loss (iam_user/main/u)"
	       " {iam_user/main/u groups iam_group/main/g: iam_group/main/g > -}\n"
	       "TagUser {\"Tags\":[{\"Key\":\"t\",\"Value\":\"t\"}],\"UserName\":\"u\"}"
	       " uses iam_user/main/u {iam_user/main/u tags t: - > t}\n");
}

/* Of two members one leaves by its own change: each is taken out once. */
static void test_iam_deletion(void **state)
{
	struct bench *b = bench_new();
	struct resource *policy;

	(void)state;
	main_account(b);
	policy = LIVE(KIND_IAM_POLICY, "iam_policy/main/p", "arn:p", IAMPOLICY_NAME, "p",
		      IAMPOLICY_ACCOUNT, M);
	policy->aux = text_str(b->arena, "{\"versions\":[{\"id\":\"v2\",\"default\":true},"
					 "{\"id\":\"v1\",\"default\":false}]}");
	LIVE(KIND_IAM_GROUP, "iam_group/main/g", "arn:g", GROUP_NAME, "g", GROUP_ACCOUNT, M,
	     GROUP_MANAGED, "iam_policy/main/p", GROUP_INLINE, "i={}");
	LIVE(KIND_IAM_USER, "iam_user/main/a", "arn:a", USER_NAME, "a", USER_ACCOUNT, M,
	     USER_GROUPS, "iam_group/main/g");
	LIVE(KIND_IAM_USER, "iam_user/main/b", "arn:b", USER_NAME, "b", USER_ACCOUNT, M,
	     USER_GROUPS, "iam_group/main/g", USER_MANAGED, "iam_policy/main/p");
	CHANGE(ACTION_DELETE, "iam_policy/main/p");
	CHANGE(ACTION_DELETE, "iam_group/main/g");
	CHANGE(ACTION_DELETE, "iam_user/main/a");
	expect(
	    b,
	    "DetachUserPolicy {\"PolicyArn\":\"arn:p\",\"UserName\":\"b\"} frees iam_policy/main/p"
	    " frees iam_user/main/b loss (iam_user/main/b)"
	    " {iam_user/main/b managed_policies iam_policy/main/p: iam_policy/main/p > -}\n"
	    "DeletePolicyVersion {\"PolicyArn\":\"arn:p\",\"VersionId\":\"v1\"}"
	    " frees iam_policy/main/p\n"
	    "DeletePolicy {\"PolicyArn\":\"arn:p\"} ends iam_policy/main/p\n"
	    "RemoveUserFromGroup {\"GroupName\":\"g\",\"UserName\":\"b\"} frees iam_group/main/g"
	    " frees iam_user/main/b loss (iam_user/main/b)"
	    " {iam_user/main/b groups iam_group/main/g: iam_group/main/g > -}\n"
	    "DetachGroupPolicy {\"GroupName\":\"g\",\"PolicyArn\":\"arn:p\"}"
	    " frees iam_policy/main/p frees iam_group/main/g loss (iam_group/main/g)"
	    " {iam_group/main/g managed_policies iam_policy/main/p: iam_policy/main/p > -}\n"
	    "DeleteGroupPolicy {\"GroupName\":\"g\",\"PolicyName\":\"i\"} frees iam_group/main/g"
	    " loss (iam_group/main/g) {iam_group/main/g inline_policies i: {} > -}\n"
	    "DeleteGroup {\"GroupName\":\"g\"} ends iam_group/main/g\n"
	    "RemoveUserFromGroup {\"GroupName\":\"g\",\"UserName\":\"a\"} frees iam_group/main/g"
	    " frees iam_user/main/a loss (iam_user/main/a)"
	    " {iam_user/main/a groups iam_group/main/g: iam_group/main/g > -}\n"
	    "DeleteUser {\"UserName\":\"a\"} ends iam_user/main/a\n");
}

/* Five versions: the oldest goes, numbers compared as numbers, never the default. */
static void test_iam_versions(void **state)
{
	struct bench *b = bench_new();
	struct resource *policy;

	(void)state;
	main_account(b);
	policy = LIVE(KIND_IAM_POLICY, "iam_policy/main/p", "arn:p", IAMPOLICY_NAME, "p",
		      IAMPOLICY_ACCOUNT, M);
	policy->aux =
	    text_str(b->arena, "{\"versions\":[{\"id\":\"v10\",\"default\":false},"
			       "{\"id\":\"v8\",\"default\":true},{\"id\":\"v9\",\"default\":false},"
			       "{\"id\":\"v11\",\"default\":false},{\"id\":\"v12\"}]}");
	HEAD(KIND_IAM_POLICY, "iam_policy/main/p", NULL, IAMPOLICY_NAME, "p", IAMPOLICY_ACCOUNT, M);
	CHANGE(ACTION_UPDATE, "iam_policy/main/p", IAMPOLICY_DOCUMENT, NULL, "{}", "{\"a\":1}",
	       REMOVE(IAMPOLICY_TAGS, "t"));
	expect(b, "DeletePolicyVersion {\"PolicyArn\":\"arn:p\",\"VersionId\":\"v9\"}"
		  " frees iam_policy/main/p\n"
		  "CreatePolicyVersion {\"PolicyArn\":\"arn:p\",\"PolicyDocument\":"
		  "\"{\\\"a\\\":1}\",\"SetAsDefault\":true}"
		  " {iam_policy/main/p document: {} > {\"a\":1}}\n"
		  "UntagPolicy {\"PolicyArn\":\"arn:p\",\"TagKeys\":[\"t\"]}"
		  " {iam_policy/main/p tags t: t > -}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_organization),
	    cmocka_unit_test(test_units),
	    cmocka_unit_test(test_accounts),
	    cmocka_unit_test(test_attachments),
	    cmocka_unit_test(test_attachments_at_quota),
	    cmocka_unit_test(test_policies),
	    cmocka_unit_test(test_unit_move),
	    cmocka_unit_test(test_unit_move_half),
	    cmocka_unit_test(test_delegated),
	    cmocka_unit_test(test_iam_creation),
	    cmocka_unit_test(test_iam_update),
	    cmocka_unit_test(test_iam_deletion),
	    cmocka_unit_test(test_iam_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

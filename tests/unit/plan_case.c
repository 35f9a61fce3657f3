/* Case files: sections to a plan, as text. */
#include "tests/unit/plan_case.h"

#include "base/env.h"
#include "reconciler/record.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void case_read(struct plan_case *c, const char *file)
{
	FILE *f = fopen(file, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	auto_buf text = BUF_INIT(1 << 20);

	if (!f) {
		perror(file);
		abort();
	}
	while ((n = getline(&line, &cap, f)) > 0) {
		if (strncmp(line, "== ", 3) == 0) {
			struct case_section s = {0};

			if (c->section.n) {
				c->section.at[c->section.n - 1].len = text.len;
				c->section.at[c->section.n - 1].text =
				    arena_strdup(c->arena, buf_str(&text));
			}
			buf_clear(&text);
			line[strcspn(line, "\n")] = 0;
			s.name = arena_strdup(c->arena, line + 3);
			vec_push(&c->section, s);
		} else if (c->section.n) {
			buf_add(&text, line, (size_t)n);
		}
	}
	if (c->section.n) {
		c->section.at[c->section.n - 1].len = text.len;
		c->section.at[c->section.n - 1].text = arena_strdup(c->arena, buf_str(&text));
	}
	free(line);
	fclose(f);
}

const char *case_section_text(const struct plan_case *c, const char *name)
{
	for (size_t i = 0; i < c->section.n; i++)
		if (strcmp(c->section.at[i].name, name) == 0)
			return c->section.at[i].text;
	return NULL;
}

void case_update(const struct plan_case *c, const char *name, const char *file, const char *text)
{
	FILE *f = fopen(file, "we");

	assert_non_null(f);
	for (size_t i = 0; i < c->section.n; i++)
		if (strcmp(c->section.at[i].name, name) != 0)
			fprintf(f, "== %s\n%s", c->section.at[i].name, c->section.at[i].text);
	fprintf(f, "== %s\n%s", name, text);
	fclose(f);
}

int cases_run(const char *group, const char *pattern, void (*run)(void **state))
{
	struct CMUnitTest *test;
	int failed;
	glob_t g;

	if (glob(pattern, 0, NULL, &g) != 0 || g.gl_pathc == 0) {
		fprintf(stderr, "no %s: run this from the project's root\n", pattern);
		return 1;
	}
	test = xcalloc(g.gl_pathc, sizeof *test);
	for (size_t i = 0; i < g.gl_pathc; i++)
		test[i] = (struct CMUnitTest){
		    .name = g.gl_pathv[i], .test_func = run, .initial_state = g.gl_pathv[i]};
	failed = _cmocka_run_group_tests(group, test, g.gl_pathc, NULL, NULL);
	free(test);
	globfree(&g);
	return failed;
}

#define CASE_SET "arn:aws:sso:::permissionSet/ssoins-1/ps-"

/* "key: value" of a section, or NULL. */
static const char *case_value(const struct plan_case *c, const char *section, const char *key)
{
	const char *text = case_section_text(c, section);
	size_t n = strlen(key);

	for (const char *p = text; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
		if (strncmp(p, key, n) == 0 && p[n] == ':') {
			p += n + 1;
			p += strspn(p, " ");
			return arena_memdup0(c->arena, p, strcspn(p, "\n"));
		}
	return NULL;
}

static struct config *case_config(struct plan_case *c, const char *side, bool lenient,
				  struct diagnostics *d)
{
	struct config_file *file = arena_array(c->arena, c->section.n + 1, sizeof *file);
	char *prefix = arena_printf(c->arena, "%s/", side);
	size_t n = 0;

	for (size_t i = 0; i < c->section.n; i++)
		if (str_starts(c->section.at[i].name, prefix))
			file[n++] =
			    (struct config_file){c->section.at[i].name + strlen(prefix),
						 c->section.at[i].text, c->section.at[i].len};
	return n ? config_read(c->arena, file, n, lenient, d) : NULL;
}

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

		if (side_scope_state(live, name) == SCOPE_OPEN) {
			uint32_t made = side_scope(live, 0, name);

			live->scopes.at[made].state = SCOPE_WHOLE;
		}
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

/* What no configuration says of Identity Center. Sections of lines "ADDRESS: TEXT": "synced" (who
 * an identity provider keeps: yes), "provisioned" (of sets), "members" (the id of one more member,
 * who is not known), "foreign". */
static void live_identity(struct plan_case *c, struct side *live, struct resource *to,
			  const struct resource *from)
{
	const char *synced = case_value(c, "synced", from->address->s);
	const char *provisioned = case_value(c, "provisioned", from->address->s);
	const char *member = case_value(c, "members", from->address->s);

	if (from->kind == KIND_IDENTITY_USER && synced)
		to->v[IDUSER_SYNCED] = value_str(c->arena, synced);
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

static void print_value(struct buf *out, struct value v)
{
	if (v.state == VALUE_TEXT)
		buf_puts(out, v.u.text->s);
	else
		buf_puts(out, v.state == VALUE_UNSET ? "?" : "-");
}

static void print_attribute(struct buf *out, const struct doc_attribute *a)
{
	static const char *const sign[] = {"+", "-", "~"};
	const struct doc_element *list[] = {a->added, a->removed, a->changed};
	const uint32_t n[] = {a->added_n, a->removed_n, a->changed_n};

	if (!a->is_set) {
		buf_printf(out, "  %s ", a->name);
		print_value(out, a->base);
		buf_puts(out, " | ");
		print_value(out, a->head);
		buf_puts(out, " | ");
		print_value(out, a->live);
		buf_printf(out, " %s%s%s\n", a->reason, a->blocked ? " not read: " : "",
			   a->blocked ? a->blocked : "");
		return;
	}
	for (unsigned k = 0; k < 3; k++)
		for (uint32_t i = 0; i < n[k]; i++) {
			const struct doc_element *e = &list[k][i];

			buf_printf(out, "  %s %s%s", a->name, sign[k], e->key);
			if (a->is_map) {
				buf_puts(out, " ");
				print_value(out, e->base);
				buf_puts(out, " | ");
				print_value(out, e->head);
				buf_puts(out, " | ");
				print_value(out, e->live);
			}
			buf_printf(out, " %s%s%s%s\n", e->reason, a->by_hand ? " by hand" : "",
				   a->blocked ? " not read: " : "", a->blocked ? a->blocked : "");
		}
}

/* Whether a reading can tell that it happened: else a lost answer is never made up for. */
static bool call_tells(const struct call *call)
{
	for (uint32_t i = 0; i < call->facts; i++)
		if (!value_eq(call->fact[i].before, call->fact[i].after))
			return true;
	return !call->facts || call->makes || call->ends;
}

static void print_plan(struct buf *out, const struct plan *plan, const struct plan_doc *doc)
{
	static const char *const note[] = {"unmanaged", "released", "ignored",
					   "by hand",   "leftover", "warning"};

	for (size_t i = 0; i < doc->changes; i++) {
		const struct doc_change *ch = &doc->change[i];

		buf_printf(out, "%s %s %s%s%s%s%s\n", ch->action, ch->address, ch->reason,
			   strcmp(ch->risk, "high") == 0 ? " high" : "",
			   ch->previous ? " was " : "", ch->previous ? ch->previous : "",
			   ch->blocked ? " blocked" : "");
		for (uint32_t k = 0; k < ch->attributes; k++)
			print_attribute(out, &ch->attribute[k]);
	}
	if (doc->summary.adopt)
		buf_printf(out, "adopted %u\n", doc->summary.adopt);
	for (size_t i = 0; i < doc->notes; i++)
		buf_printf(out, "%s %s%s%s\n", note[doc->note[i].what],
			   doc->note[i].address ? doc->note[i].address : "-",
			   doc->note[i].text ? ": " : "",
			   doc->note[i].text ? doc->note[i].text : "");
	if (plan->refusal)
		buf_printf(out, "refused %s\n", plan->refusal);
	for (size_t i = 0; i < doc->calls; i++)
		buf_printf(out, "%u %s %s%s%s%s\n", doc->call[i].n, doc->call[i].operation,
			   doc->call[i].input, plan->call[i].account ? " in " : "",
			   plan->call[i].account ? plan->call[i].account->s : "",
			   call_tells(&plan->call[i]) ? "" : " that no reading tells");
	if (plan->unread_declared)
		buf_puts(out, "incomplete\n");
	if (!out->len)
		buf_puts(out, "nothing\n");
}

static const struct text *case_account_id(void *ctx, const struct resource *account)
{
	const struct resource *r = bind_live_account(ctx, account);

	return r ? r->id : account->id;
}

static void print_diagnostics(struct buf *out, const struct diagnostics *d)
{
	for (size_t i = 0; i < d->list.n; i++)
		buf_printf(out, "%s %s:%u: %s\n", d->list.at[i].warning ? "warning" : "error",
			   d->list.at[i].where.file ? d->list.at[i].where.file : "-",
			   d->list.at[i].where.line, d->list.at[i].message);
}

/* What a case made, to be freed with it. */
struct case_configs {
	struct config *base, *target, *head, *live, *leftover;
	VEC(struct side *) sides;
	VEC(struct bound *) bounds;
	struct difference *difference;
	struct diagnostics diagnostics, quiet;
};

static struct side *case_keep(struct case_configs *cfg, struct side *side)
{
	if (side)
		vec_push(&cfg->sides, side);
	return side;
}

static void configs_free(struct case_configs *cfg)
{
	struct config *all[] = {cfg->base, cfg->target, cfg->head, cfg->live, cfg->leftover};

	for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i])
			config_free(all[i]);
	for (size_t i = 0; i < cfg->sides.n; i++)
		side_free(cfg->sides.at[i]);
	for (size_t i = 0; i < cfg->bounds.n; i++)
		bound_free(cfg->bounds.at[i]);
	free(cfg->sides.at);
	free(cfg->bounds.at);
	difference_free(cfg->difference);
	diagnostics_free(&cfg->diagnostics);
	diagnostics_free(&cfg->quiet);
}

/* What the callbacks of a compilation look at. */
struct case_world {
	const struct plan_case *c;
	struct side *live;
};

static const struct text *world_account_id(void *ctx, const struct resource *account)
{
	return case_account_id(((struct case_world *)ctx)->live, account);
}

/* Lines of the section "inactive": "NAME: STATE". */
static bool world_active(void *ctx, const struct resource *account)
{
	const struct case_world *w = ctx;

	return case_value(w->c, "inactive", account->v[ACCOUNT_NAME].u.text->s) == NULL;
}

/* Lines of the section "spend": "NAME: HUNDREDTHS"; who has none has spent nothing. */
static int64_t world_spend(void *ctx, const struct resource *account)
{
	const struct case_world *w = ctx;
	const char *spend = case_value(w->c, "spend", account->v[ACCOUNT_NAME].u.text->s);

	return spend ? atoll(spend) : 0;
}

static bool world_has_user(void *ctx, const struct resource *account, const char *name)
{
	const struct case_world *w = ctx;
	const struct text *id = case_account_id(w->live, account);

	return id && side_find(w->live, address_raw_in(w->c->arena, "iam_user", id->s, name));
}

static struct side *case_compile(struct plan_case *c, struct case_configs *cfg,
				 const struct config *config, struct side *live, int64_t now,
				 struct diagnostics *d)
{
	struct case_world with = {c, live};
	struct compile_world world = {
	    .now_us = now, .active = world_active, .spend = world_spend, .ctx = &with};

	if (!config)
		return NULL;
	if (live) {
		world.partition = live->world.partition;
		world.organization_id = live->world.organization_id;
		world.management_account = live->world.management_account;
		world.account_id = world_account_id;
		world.has_user = world_has_user;
	}
	return case_keep(cfg, compile(config, &world, d));
}

static struct bound *case_bind(struct plan_case *c, struct case_configs *cfg, struct sides *sides,
			       struct diagnostics *d)
{
	struct bound *bound = d->errors ? NULL : bind_sides(c->arena, sides, d);

	if (bound)
		vec_push(&cfg->bounds, bound);
	return bound;
}

/* Rows of target and head without ids, bound to nothing: for the plan id. */
static struct bound *case_intent(struct plan_case *c, struct case_configs *cfg, int64_t now)
{
	struct sides sides = {.live = case_keep(cfg, side_new(c->arena))};

	side_finish(sides.live, NULL);
	sides.base =
	    case_compile(c, cfg, cfg->target ? cfg->target : cfg->base, NULL, now, &cfg->quiet);
	sides.head = case_compile(c, cfg, cfg->head, NULL, now, &cfg->quiet);
	return case_bind(c, cfg, &sides, &cfg->quiet);
}

static struct diff_options case_options(const struct plan_case *c, const struct case_configs *cfg,
					const struct side *live, const struct record *record,
					int64_t now)
{
	return (struct diff_options){.head = &cfg->head->settings,
				     .base = cfg->base ? &cfg->base->settings : NULL,
				     .live = live,
				     .only = case_value(c, "options", "only"),
				     .except = case_value(c, "options", "except"),
				     .no_removals = case_value(c, "options", "no-removals"),
				     .only_drift = case_value(c, "options", "only-drift"),
				     .only_due = case_value(c, "options", "only-due"),
				     .leftovers_known_after = record->applying,
				     .leftover_since_us = record->applying_us,
				     .now_us = now};
}

static void case_build(struct plan_case *c, struct case_configs *cfg, struct sides *sides,
		       const struct bound *bound, const struct record *record, int64_t now,
		       struct buf *out)
{
	const char *commit = case_value(c, "record", "head");
	struct plan plan;
	auto_error err = {0};
	struct plan_input in = {
	    .arena = c->arena,
	    .scope = "main",
	    .head = {.commit = commit ? commit : "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		     .tree = "cccccccccccccccccccccccccccccccccccccccc",
		     .present = true},
	    .base_config = cfg->base,
	    .head_config = cfg->head,
	    .sides = sides,
	    .bound = bound,
	    .difference = cfg->difference,
	    .intent = case_intent(c, cfg, now),
	    .record = record,
	    .has_commit = true,
	    .writes_record = case_value(c, "options", "record") != NULL,
	    .rate_percent = 70,
	    .now_us = now};

	if (plan_build(&in, &plan, &err) != 0)
		buf_printf(out, "error %s\n", err.message);
	else
		print_plan(out, &plan, plan_document(c->arena, &plan, "charter.plan/1", "-"));
}

static void case_plan(struct plan_case *c, struct case_configs *cfg, struct side *live, int64_t now,
		      struct buf *out)
{
	struct diagnostics *d = &cfg->diagnostics;
	struct sides sides = {.live = live,
			      .base = case_compile(c, cfg, cfg->base, live, now, &cfg->quiet),
			      .target = case_compile(c, cfg, cfg->target, live, now, &cfg->quiet),
			      .leftover =
				  case_compile(c, cfg, cfg->leftover, live, now, &cfg->quiet),
			      .head = case_compile(c, cfg, cfg->head, live, now, d)};
	struct record_place place;
	struct record record;
	struct diff_options options;
	struct bound *bound;

	place = record_place(c->arena, &cfg->head->settings, NULL);
	record_read(c->arena, live, &place, "main", &record);
	options = case_options(c, cfg, live, &record, now);
	bound = case_bind(c, cfg, &sides, d);
	if (bound && !d->errors)
		cfg->difference = diff_rows(c->arena, bound, &options, d);
	print_diagnostics(out, d);
	if (cfg->difference && !d->errors)
		case_build(c, cfg, &sides, bound, &record, now, out);
}

void case_run(struct plan_case *c, struct buf *out)
{
	struct case_configs cfg = {.diagnostics.arena = c->arena, .quiet.arena = c->arena};
	const char *date = case_value(c, "options", "date");
	int64_t now;

	cfg.base = case_config(c, "base", true, &cfg.quiet);
	cfg.target = case_config(c, "target", true, &cfg.quiet);
	cfg.head = case_config(c, "head", false, &cfg.diagnostics);
	cfg.live = case_config(c, "live", true, &cfg.quiet);
	cfg.leftover = case_config(c, "leftover", true, &cfg.quiet);
	if (time_parse(date ? date : "2026-06-01T12:00:00Z", &now) != 0)
		abort();
	if (cfg.diagnostics.errors) {
		print_diagnostics(out, &cfg.diagnostics);
	} else {
		struct side *live =
		    case_live(c, case_compile(c, &cfg, cfg.live, NULL, now, &cfg.quiet));

		case_plan(c, &cfg, case_keep(&cfg, live), now, out);
	}
	configs_free(&cfg);
}

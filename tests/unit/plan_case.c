/* Case files: sections to a plan, as text. */
#include "tests/unit/plan_case.h"

#include "base/env.h"
#include "reconciler/intent.h"
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

const char *case_value(const struct plan_case *c, const char *section, const char *key)
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

/* Rows of target and another one without ids, bound to nothing: for the plan id. */
static struct bound *case_intent(struct plan_case *c, struct case_configs *cfg,
				 const struct config *to, int64_t now)
{
	const struct config *from = cfg->target ? cfg->target : cfg->base;
	struct sides sides = {.live = case_keep(cfg, side_new(c->arena))};
	struct diagnostics ignored = {.arena = c->arena};
	struct bound *bound;

	side_finish(sides.live, NULL);
	sides.base = case_compile(c, cfg, from, NULL, now, &ignored);
	sides.head = case_compile(c, cfg, to, NULL, now, &ignored);
	bound = bind_sides(c->arena, &sides, &ignored);
	vec_push(&cfg->bounds, bound);
	diagnostics_free(&ignored);
	return bound;
}

/* Whatever a commit changes, its plan id names: it is not the id of a commit that changes nothing.
 */
static bool case_is_named(struct plan_case *c, struct case_configs *cfg, const struct plan *plan,
			  int64_t now)
{
	const struct config *from = cfg->target ? cfg->target : cfg->base;
	struct bound *nothing;
	char id[SHA256_HEX];
	bool changes = false;

	for (size_t i = 0; i < plan->changes; i++) {
		changes |= plan->change[i].action != ACTION_UPDATE &&
			   plan->change[i].reason == REASON_CONFIG;
		for (uint32_t k = 0; k < plan->change[i].diffs; k++)
			changes |= plan->change[i].action == ACTION_UPDATE &&
				   plan->change[i].diff[k].reason == REASON_CONFIG;
	}
	nothing = changes && from ? case_intent(c, cfg, from, now) : NULL;
	if (!nothing)
		return true;
	intent_id(plan, nothing, id);
	return strcmp(id, plan->plan_id) != 0;
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
	    .intent = case_intent(c, cfg, cfg->head, now),
	    .record = record,
	    .has_commit = true,
	    .writes_record = case_value(c, "options", "record") != NULL,
	    .rate_percent = 70,
	    .now_us = now};

	if (plan_build(&in, &plan, &err) != 0) {
		buf_printf(out, "error %s\n", err.message);
		return;
	}
	print_plan(out, &plan, plan_document(c->arena, &plan, "charter.plan/1", "-"));
	if (!case_is_named(c, cfg, &plan, now))
		buf_puts(out, "a plan id that names nothing of this\n");
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

static void section_put(struct plan_case *c, const char *name, const char *text)
{
	vec_push(&c->section,
		 ((struct case_section){
		     .name = name, .text = arena_strdup(c->arena, text), .len = strlen(text)}));
}

void case_plan_text(const char *base, const char *live, const char *head, struct buf *out)
{
	struct plan_case c = {.arena = arena_new()};

	section_put(&c, "base/charter.yaml", base);
	section_put(&c, "live/charter.yaml", live);
	section_put(&c, "head/charter.yaml", head);
	case_run(&c, out);
	free(c.section.at);
	arena_free(c.arena);
}

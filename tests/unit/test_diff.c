/* The three-way difference: each row of the table, each rule for sets, each bullet. A case shows
 * the changes with their differences (base > head > live), then notes, refusals and errors. */
#include "tests/unit/sides.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 2026-11-10; leftovers are of 2026-11-02. */
#define NOW_US      INT64_C(1794268800000000)
#define LEFTOVER_US INT64_C(1793577600000000)

struct diff_case {
	const char *name, *base, *target, *head, *live, *leftover, *options, *want;
};

static void change_dump(struct buf *out, const struct change *c)
{
	static const char *const risks[] = {"low", "medium", "high"};
	const struct resource *any = c->row->head ? c->row->head : c->row->live;

	buf_printf(out, "%s %s %s %s", action_names[c->action], c->row->address->s,
		   reason_names[c->reason], risks[c->risk]);
	if (c->blocked || c->blocked_by != NULL)
		buf_printf(out, " %s by %s", c->blocked ? "blocked" : "partly blocked",
			   c->blocked_by);
	buf_putc(out, '\n');
	for (uint32_t i = 0; i < c->diffs; i++) {
		const struct diff *d = &c->diff[i];

		buf_printf(out, "  %s%s%s ", kinds[any->kind]->attr[d->attr].name,
			   d->key ? " " : "", d->key ? d->key->s : "");
		value_dump(out, d->base);
		buf_puts(out, " > ");
		value_dump(out, d->head);
		buf_puts(out, " > ");
		value_dump(out, d->live);
		buf_printf(out, " %s%s%s%s\n", reason_names[d->reason],
			   d->removal ? " removal" : "", d->blocked ? " blocked" : "",
			   d->by_hand ? " by hand" : "");
	}
}

static void difference_dump(struct buf *out, const struct difference *difference)
{
	static const char *const notes[] = {
	    [NOTE_UNMANAGED] = "unmanaged", [NOTE_RELEASED] = "released",
	    [NOTE_IGNORED] = "ignored",     [NOTE_BY_HAND] = "by hand",
	    [NOTE_LEFTOVER] = "leftover",   [NOTE_WARNING] = "note",
	};

	for (size_t i = 0; i < difference->changes; i++)
		change_dump(out, &difference->change[i]);
	for (size_t i = 0; i < difference->notes; i++) {
		const struct note *n = &difference->note[i];

		buf_printf(out, "%s %s%s%s\n", notes[n->what], n->address->s, n->text ? ": " : "",
			   n->text ? n->text : "");
	}
	if (difference->adopted > 0)
		buf_printf(out, "%u adopted\n", difference->adopted);
	diagnostics_dump(out, difference->refusals, "refused");
}

/* "ignore PATTERN [ATTRIBUTE]", "ended PATTERN", "release PATTERN", "released PATTERN", "only
 * PATTERN", "except PATTERN", "unmanaged KIND", or the name of a flag. */
static void options_read(struct arena *arena, const char *s, struct diff_options *o,
			 struct settings *settings)
{
	struct ignore_rule rule = {.until_us = NOW_US + 1, .reason = text_str(arena, "because")};
	char *save = NULL, *copy = arena_strdup(arena, s);
	const char *word = strtok_r(copy, " ", &save), *what = strtok_r(NULL, " ", &save);
	const char *attr = strtok_r(NULL, " ", &save);

	o->no_removals = strcmp(word, "no_removals") == 0;
	o->only_drift = strcmp(word, "only_drift") == 0;
	o->only_due = strcmp(word, "only_due") == 0;
	if (what == NULL)
		return;
	rule.resource = text_str(arena, what);
	if (attr != NULL) {
		rule.attributes = arena_array(arena, 2, sizeof(*rule.attributes));
		rule.attributes[0] = text_str(arena, attr);
	}
	if (strcmp(word, "ended") == 0 || strcmp(word, "released") == 0)
		rule.until_us = NOW_US - 1;
	if (strcmp(word, "ignore") == 0 || strcmp(word, "ended") == 0)
		vec_push(&settings->ignore, rule);
	else if (strcmp(word, "release") == 0 || strcmp(word, "released") == 0)
		vec_push(&settings->release, rule);
	else if (strcmp(word, "only") == 0)
		o->only = what;
	else if (strcmp(word, "except") == 0)
		o->except = what;
	else if (strcmp(word, "unmanaged") == 0)
		settings->unmanaged_ignore[kind_find(what)] = true;
}

static void case_diff(const struct diff_case *c, struct arena *arena, struct sides *sides,
		      struct buf *out)
{
	struct diagnostics diag = {.arena = arena};
	struct settings settings = {0};
	struct diff_options options = {.head = &settings,
				       .live = sides->live,
				       .leftovers_known_after = sides->leftover != NULL,
				       .leftover_since_us = LEFTOVER_US,
				       .now_us = NOW_US};
	struct bound *bound = bind_sides(arena, sides, &diag);
	struct difference *difference;

	if (c->options != NULL)
		options_read(arena, c->options, &options, &settings);
	difference = diff_rows(arena, bound, &options, &diag);
	difference_dump(out, difference);
	diagnostics_dump(out, &diag, "error");
	difference_free(difference);
	bound_free(bound);
	diagnostics_free(&diag);
	free(settings.ignore.at);
	free(settings.release.at);
}

static bool case_run(const struct diff_case *c)
{
	struct arena *arena = arena_new();
	struct sides sides = {
	    .base = side_from(arena, "base.yaml", c->base),
	    .target = side_from(arena, "target.yaml", c->target),
	    .head = side_from(arena, "head.yaml", c->head ? c->head : ""),
	    .live = side_from(arena, NULL, c->live ? c->live : ""),
	    .leftover = side_from(arena, "left.yaml", c->leftover),
	};
	auto_buf out = BUF_INIT(1u << 16);
	bool good;

	case_diff(c, arena, &sides, &out);
	good = text_agrees(c->name, buf_str(&out), c->want);
	sides_free(&sides);
	arena_free(arena);
	return good;
}

static const struct diff_case cases_table[] = {
    {.name = "a b a: config",
     .base = "policy/p document=a",
     .head = "policy/p document=b",
     .live = "policy/~p-1 name=p document=a",
     .want = "update policy/p config high\n"
	     "  document a > b > a config\n"},
    {.name = "a a b: drift",
     .base = "policy/p document=a",
     .head = "policy/p document=a",
     .live = "policy/~p-1 name=p document=b",
     .want = "update policy/p drift high\n"
	     "  document a > a > b drift\n"},
    {.name = "a b c: conflict",
     .base = "policy/p document=a",
     .head = "policy/p document=b",
     .live = "policy/~p-1 name=p document=c",
     .want = "update policy/p conflict high\n"
	     "  document a > b > c conflict\n"},
    {.name = "a b b: already so",
     .base = "policy/p document=a",
     .head = "policy/p document=b",
     .live = "policy/~p-1 name=p document=b",
     .want = ""},
    {.name = "a a a: nothing",
     .base = "policy/p document=a",
     .head = "policy/p document=a",
     .live = "policy/~p-1 name=p document=a",
     .want = ""},
    {.name = "a a absent: drift, create again",
     .base = "policy/p document=a",
     .head = "policy/p document=a",
     .live = "",
     .want = "create policy/p drift low\n"
	     "  type SERVICE_CONTROL_POLICY > SERVICE_CONTROL_POLICY > - drift\n"
	     "  document a > a > - drift\n"},
    {.name = "a b absent: conflict, create",
     .base = "policy/p document=a",
     .head = "policy/p document=b",
     .live = "",
     .want = "create policy/p conflict low\n"
	     "  type SERVICE_CONTROL_POLICY > SERVICE_CONTROL_POLICY > - drift\n"
	     "  document a > b > - conflict\n"},
    {.name = "an account a a absent: an error",
     .base = "account/a email=a@x.io",
     .head = "account/a email=a@x.io",
     .live = "",
     .want = "error head.yaml:1: account/a was declared in the last applied commit, and AWS does "
	     "not have it any more: charter never creates an account again; remove the "
	     "declaration, and if it is to be created anew, declare it in a second merge\n"},
    {.name = "an account - b absent: create",
     .base = "",
     .head = "account/a email=a@x.io unit=root tags={k=v}",
     .live = "",
     .want = "create account/a config low\n"
	     "  email ? > a@x.io > - config\n"
	     "  unit ? > root > - config\n"
	     "  tags k ? > v > - config\n"},
    {.name = "an account without any base: create",
     .head = "account/a email=a@x.io",
     .live = "",
     .want = "create account/a config low\n"
	     "  email ? > a@x.io > - config\n"},
    {.name = "- b absent: create",
     .base = "",
     .head = "policy/p document=b description=d",
     .live = "",
     .want = "create policy/p config low\n"
	     "  type ? > SERVICE_CONTROL_POLICY > - config\n"
	     "  description ? > d > - config\n"
	     "  document ? > b > - config\n"},
    {.name = "- b b: adopt",
     .base = "",
     .head = "policy/p document=b",
     .live = "policy/~p-1 name=p document=b",
     .want = "1 adopted\n"},
    {.name = "- b c: adopt, high risk on a document",
     .base = "",
     .head = "policy/p document=b",
     .live = "policy/~p-1 name=p document=c",
     .want = "update policy/p adopt high\n"
	     "  document ? > b > c adopt\n"},
    {.name = "- b c: adopt of what is harmless",
     .base = "",
     .head = "policy/p description=b",
     .live = "policy/~p-1 name=p description=c",
     .want = "update policy/p adopt low\n"
	     "  description ? > b > c adopt\n"},
    {.name = "a - a: delete",
     .base = "policy/p document=a",
     .head = "",
     .live = "policy/~p-1 name=p document=a",
     .want = "delete policy/p config high\n"},
    {.name = "a - c: delete, shown as a conflict",
     .base = "policy/p document=a",
     .head = "",
     .live = "policy/~p-1 name=p document=c",
     .want = "delete policy/p conflict high\n"},
    {.name = "a - absent: nothing",
     .base = "policy/p document=a",
     .head = "",
     .live = "",
     .want = ""},
    {.name = "- - c: unmanaged",
     .base = "",
     .head = "",
     .live = "policy/~p-1 name=p document=c",
     .want = "unmanaged policy/p\n"},
    {.name = "not read, declared before",
     .base = "policy/p document=a",
     .head = "policy/p document=b",
     .live = "scope policies partial",
     .want = "update policy/p config high blocked by policies\n"
	     "  document a > b > ? config blocked\n"},
    {.name = "not read, new",
     .base = "",
     .head = "policy/p document=b",
     .live = "scope policies partial",
     .want = "create policy/p config low blocked by policies\n"
	     "  type ? > SERVICE_CONTROL_POLICY > ? config blocked\n"
	     "  document ? > b > ? config blocked\n"},
    {.name = "not read, removed",
     .base = "policy/p document=a",
     .head = "",
     .live = "scope policies partial",
     .want = "delete policy/p config high blocked by policies\n"},
    {.name = "partly read, removed",
     .base = "policy/p document=a",
     .head = "",
     .live = "policy/~p-1 name=p document=a\n"
	     "scope policies partial",
     .want = "delete policy/p config high blocked by policies\n"},
    {.name = "partly read, compared all the same",
     .base = "policy/p document=a",
     .head = "policy/p document=b",
     .live = "policy/~p-1 name=p document=a\n"
	     "scope policies partial",
     .want = "update policy/p config high\n"
	     "  document a > b > a config\n"},
    {.name = "a scope that the reading lacks",
     .base = "account/a id=333",
     .head = "account/a id=333\n"
	     "iam_user/a/u",
     .live = "account/~333 name=a",
     .want = "create iam_user/a/u config low blocked by iam/333\n"},
    {.name = "one attribute not read",
     .base = "policy/p document=a description=d",
     .head = "policy/p document=b description=e",
     .live = "policy/~p-1 name=p  description=d",
     .want = "update policy/p config high partly blocked by document of policy/p\n"
	     "  description d > e > d config\n"
	     "  document a > b > ? config blocked\n"},
    {.name = "head UNSET releases the attribute",
     .base = "policy/p document=a description=e",
     .head = "policy/p document=a",
     .live = "policy/~p-1 name=p document=a description=d",
     .want = ""},
    {.name = "attribute declared for the first time",
     .base = "policy/p document=a",
     .head = "policy/p document=a description=n",
     .live = "policy/~p-1 name=p document=a description=-",
     .want = "update policy/p config low\n"
	     "  description ? > n > - config\n"},
    {.name = "IAM in an account to be created",
     .base = "",
     .head = "account/n email=n@x.io\n"
	     "iam_group/n/g\n"
	     "iam_user/n/u groups=[iam_group/n/g]",
     .live = "",
     .want = "create account/n config low\n"
	     "  email ? > n@x.io > - config\n"
	     "create iam_group/n/g config low\n"
	     "create iam_user/n/u config low\n"
	     "  groups iam_group/n/g ? > iam_group/n/g > - config\n"},
    {.name = "IAM in an account that was not read",
     .base = "",
     .head = "account/n email=n@x.io\n"
	     "iam_user/n/u",
     .live = "scope accounts partial",
     .want = "create account/n config low blocked by accounts\n"
	     "  email ? > n@x.io > ? config blocked\n"
	     "create iam_user/n/u config low blocked by accounts\n"},
};

static const struct diff_case cases_sets[] = {
    {.name = "element added by the commit",
     .base = "unit/A policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A policies=[policy/a,policy/b]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~a]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "update unit/A config medium\n"
	     "  policies policy/b - > policy/b > - config\n"},
    {.name = "element removed by the commit",
     .base = "unit/A policies=[policy/a,policy/b]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~a,policy/~b]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "update unit/A config medium\n"
	     "  policies policy/b policy/b > - > policy/b config removal\n"},
    {.name = "elements drifted both ways",
     .base = "unit/A policies=[policy/a,policy/b]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A policies=[policy/a,policy/b]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~a,policy/~c]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "update unit/A drift medium\n"
	     "  policies policy/b policy/b > policy/b > - drift\n"
	     "  policies policy/c - > - > policy/c drift removal\n"},
    {.name = "cleared by an empty list",
     .base = "unit/A policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A policies=[]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~a]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "update unit/A config medium\n"
	     "  policies policy/a policy/a > - > policy/a config removal\n"},
    {.name = "released by leaving the key out",
     .base = "unit/A policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~a,policy/~p-FullAWSAccess]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "unmanaged policy_attachment/a/unit/A\n"},
    {.name = "only: others are let be",
     .base = "unit/A policies=<policy/a>\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A policies=<policy/a>\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~b]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "update unit/A drift medium\n"
	     "  policies policy/a policy/a > policy/a > - drift\n"},
    {.name = "only: an element given up",
     .base = "unit/A policies=<policy/a,policy/b>\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A policies=<policy/a>\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~a,policy/~b,policy/~c]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "update unit/A config medium\n"
	     "  policies policy/b policy/b > - > policy/b config removal\n"},
    {.name = "whole to only: nothing goes",
     .base = "unit/A policies=[policy/a,policy/b]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A policies=<policy/a>\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~a,policy/~b]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = ""},
    {.name = "only to whole: what nobody named refuses",
     .base = "unit/A policies=<policy/a,policy/b>\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~a,policy/~b,policy/~c]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "update unit/A config medium\n"
	     "  policies policy/b policy/b > - > policy/b config removal\n"
	     "refused head.yaml:1: unit/A: `policies` is declared for the first time, and AWS has "
	     "more than it says; a first merge takes nothing away. Add to `policies`:\n"
	     "    - c\n"},
    {.name = "foreign elements are never seen",
     .base = "unit/A policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root "
	     "policies=[policy/~a,policy/~p-FullAWSAccess,policy/~p-RCPFullAWSAccess]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = ""},
    {.name = "allow list: FullAWSAccess goes",
     .base = "unit/A policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A flag:allow_list policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~a,policy/~p-FullAWSAccess]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "update unit/A config high\n"
	     "  policies policy/FullAWSAccess policy/FullAWSAccess > - > policy/FullAWSAccess "
	     "config removal\n"},
    {.name = "allow list: FullAWSAccess is back",
     .base = "unit/A flag:allow_list policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A flag:allow_list policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~a,policy/~p-FullAWSAccess]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "update unit/A drift high\n"
	     "  policies policy/FullAWSAccess - > - > policy/FullAWSAccess drift removal\n"},
    {.name = "allow list: it is gone",
     .base = "unit/A policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A flag:allow_list policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~a]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = ""},
    {.name = "allow list: on a new unit",
     .base = "\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A flag:allow_list policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "create unit/A config high\n"
	     "  policies policy/a ? > policy/a > - config\n"
	     "  policies policy/FullAWSAccess ? > - > policy/FullAWSAccess config\n"},
    {.name = "adopt takes nothing away",
     .base = "\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~b,policy/~c,policy/~p-FullAWSAccess]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "update unit/A adopt medium\n"
	     "  policies policy/a ? > policy/a > - config\n"
	     "refused head.yaml:1: unit/A: `policies` is declared for the first time, and AWS has "
	     "more than it says; a first merge takes nothing away. Add to `policies`:\n"
	     "    - b\n"
	     "    - c\n"},
    {.name = "a list declared for the first time",
     .base = "unit/A\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A policies=[]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~b]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "refused head.yaml:1: unit/A: `policies` is declared for the first time, and AWS has "
	     "more than it says; a first merge takes nothing away. Add to `policies`:\n"
	     "    - b\n"},
    {.name = "no base: nothing is taken",
     .head = "unit/A policies=[policy/a]",
     .live = "unit/~1 name=A parent=root policies=[policy/~a,policy/~x]\n"
	     "policy/~x name=x\n"
	     "policy/~a name=a",
     .want = "unmanaged policy/a\n"
	     "unmanaged policy/x\n"
	     "refused head.yaml:1: unit/A: `policies` is declared for the first time, and AWS has "
	     "more than it says; a first merge takes nothing away. Add to `policies`, and declare "
	     "what is not declared yet:\n"
	     "    - x\n"},
    {.name = "only adopts",
     .base = "\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A policies=<policy/a>\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~b]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "update unit/A adopt medium\n"
	     "  policies policy/a ? > policy/a > - config\n"},
    {.name = "tags key by key",
     .base = "unit/A tags={a=1,gone=g,same=s}",
     .head = "unit/A tags={a=2,n=1,same=s}",
     .live = "unit/~1 name=A parent=root tags={a=1,gone=g,wild=w,same=s,aws:x=1,charter:y=2}",
     .want = "update unit/A config low\n"
	     "  tags a 1 > 2 > 1 config\n"
	     "  tags gone g > - > g config removal\n"
	     "  tags n - > 1 > - config\n"},
    {.name = "tags drift and conflict",
     .base = "unit/A tags={a=1,b=1,lost=l,g=1}",
     .head = "unit/A tags={a=1,b=2,lost=l}",
     .live = "unit/~1 name=A parent=root tags={a=9,b=9,g=9}",
     .want = "update unit/A conflict low\n"
	     "  tags a 1 > 1 > 9 drift\n"
	     "  tags b 1 > 2 > 9 conflict\n"
	     "  tags g 1 > - > 9 conflict removal\n"
	     "  tags lost l > l > - drift\n"},
    {.name = "tags adopted",
     .base = "",
     .head = "unit/A tags={a=1,b=2}",
     .live = "unit/~1 name=A parent=root tags={a=9,w=1}",
     .want = "update unit/A adopt low\n"
	     "  tags a ? > 1 > 9 adopt\n"
	     "  tags b ? > 2 > - config\n"},
    {.name = "tags released",
     .base = "unit/A tags={a=1}",
     .head = "unit/A",
     .live = "unit/~1 name=A parent=root tags={a=9}",
     .want = ""},
    {.name = "inline policies by name",
     .base = "account/i id=222\n"
	     "iam_user/i/u inline_policies={a=A,gone=G}",
     .head = "account/i id=222\n"
	     "iam_user/i/u inline_policies={a=A2,n=N}",
     .live = "account/~222 name=i\n"
	     "iam_user/~222/u inline_policies={a=A,gone=G,wild=W}",
     .want = "update iam_user/i/u drift high\n"
	     "  inline_policies a A > A2 > A config\n"
	     "  inline_policies gone G > - > G config removal\n"
	     "  inline_policies n - > N > - config\n"
	     "  inline_policies wild - > - > W drift removal\n"},
    {.name = "inline policies changed and removed at once",
     .base = "account/i id=222\n"
	     "iam_user/i/u inline_policies={a=A,gone=G}",
     .head = "account/i id=222\n"
	     "iam_user/i/u inline_policies={a=A2}",
     .live = "account/~222 name=i\n"
	     "iam_user/~222/u inline_policies={a=X,gone=Y}",
     .want = "update iam_user/i/u conflict high\n"
	     "  inline_policies a A > A2 > X conflict\n"
	     "  inline_policies gone G > - > Y conflict removal\n"},
    {.name = "adopt of a user with more of everything",
     .base = "account/i id=222\n"
	     "",
     .head = "account/i id=222\n"
	     "iam_user/i/u groups=[iam_group/i/g] managed_policies=[] inline_policies={}\n"
	     "iam_group/i/g",
     .live = "account/~222 name=i\n"
	     "iam_group/~222/g\n"
	     "iam_group/~222/other\n"
	     "iam_user/~222/u groups=[iam_group/~222/g,iam_group/~222/other] "
	     "managed_policies=[arn:aws:iam::aws:policy/job-function/ViewOnlyAccess,iam_policy/"
	     "~222/own] inline_policies={yes={},plain=doc}",
     .want =
	 "unmanaged iam_group/i/other\n"
	 "1 adopted\n"
	 "refused head.yaml:2: iam_user/i/u: `groups` is declared for the first time, and AWS has "
	 "more than it says; a first merge takes nothing away. Add to `groups`, and declare what "
	 "is not declared yet:\n"
	 "    - other\n"
	 "refused head.yaml:2: iam_user/i/u: `managed_policies` is declared for the first time, "
	 "and AWS has more than it says; a first merge takes nothing away. Add to "
	 "`managed_policies`, and declare what is not declared yet:\n"
	 "    - aws/job-function/ViewOnlyAccess\n"
	 "    - own\n"
	 "refused head.yaml:2: iam_user/i/u: `inline_policies` is declared for the first time, and "
	 "AWS has more than it says; a first merge takes nothing away. Add to `inline_policies`:\n"
	 "    plain: doc\n"
	 "    \"yes\": {}\n"},
    {.name = "groups: membership drift",
     .base = "account/i id=222\n"
	     "iam_group/i/g\n"
	     "iam_user/i/u groups=[iam_group/i/g]",
     .head = "account/i id=222\n"
	     "iam_group/i/g\n"
	     "iam_user/i/u groups=[iam_group/i/g]",
     .live = "account/~222 name=i\n"
	     "iam_group/~222/g\n"
	     "iam_group/~222/h\n"
	     "iam_user/~222/u groups=[iam_group/~222/h]",
     .want = "update iam_user/i/u drift medium\n"
	     "  groups iam_group/i/g iam_group/i/g > iam_group/i/g > - drift\n"
	     "  groups iam_group/i/h - > - > iam_group/i/h drift removal\n"
	     "unmanaged iam_group/i/h\n"},
    {.name = "additive: a removal is by hand",
     .base =
	 "organization policy_types=[SERVICE_CONTROL_POLICY] trusted_services=[a.amazonaws.com]",
     .head = "organization policy_types=[TAG_POLICY] trusted_services=[b.amazonaws.com]",
     .live = "organization/~o-1 policy_types=[SERVICE_CONTROL_POLICY,BACKUP_POLICY] "
	     "trusted_services=[a.amazonaws.com]",
     .want = "update organization config medium\n"
	     "  policy_types SERVICE_CONTROL_POLICY SERVICE_CONTROL_POLICY > - > "
	     "SERVICE_CONTROL_POLICY config removal by hand\n"
	     "  policy_types TAG_POLICY - > TAG_POLICY > - config\n"
	     "  trusted_services a.amazonaws.com a.amazonaws.com > - > a.amazonaws.com config "
	     "removal by hand\n"
	     "  trusted_services b.amazonaws.com - > b.amazonaws.com > - config\n"
	     "by hand organization: charter never disables a policy type: AWS would detach every "
	     "SERVICE_CONTROL_POLICY and forget where they were\n"
	     "by hand organization: charter never withdraws trusted access: a.amazonaws.com would "
	     "leave its roles and resources behind in every account\n"},
    {.name = "a set that was not read",
     .base = "unit/A policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .head = "unit/A policies=[policy/a]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "update unit/A config medium blocked by policies of unit/A\n"
	     "  policies (1) > (1) > ? config blocked\n"},
    {.name = "root policies and their attachments",
     .base = "organization",
     .head = "organization",
     .live = "organization/~o-1 policies=[policy/~a,policy/~p-FullAWSAccess]\n"
	     "policy/~a name=a",
     .want = "unmanaged policy/a\n"
	     "unmanaged policy_attachment/a/root\n"},
    {.name = "a reference that follows a rename",
     .base = "unit/A policies=[policy/old]\n"
	     "policy/old",
     .head = "unit/A policies=[policy/new]\n"
	     "policy/new was:policy/old",
     .live = "unit/~1 name=A parent=root policies=[policy/~a]\n"
	     "policy/~a name=old",
     .want = "update policy/new rename low\n"
	     "  name old > new > old rename\n"},
};

static const struct diff_case cases_names[] = {
    {.name = "renamed",
     .base = "unit/A tags={a=1}",
     .head = "unit/B was:unit/A tags={a=1}",
     .live = "unit/~1 name=A parent=root tags={a=1}",
     .want = "update unit/B rename medium\n"
	     "  name A > B > A rename\n"},
    {.name = "renamed, and it drifted",
     .base = "unit/A tags={a=1}",
     .head = "unit/B was:unit/A tags={a=1}",
     .live = "unit/~1 name=A parent=root tags={a=2}",
     .want = "update unit/B drift medium\n"
	     "  name A > B > A rename\n"
	     "  tags a 1 > 1 > 2 drift\n"},
    {.name = "renamed already",
     .base = "unit/A",
     .head = "unit/B was:unit/A",
     .live = "unit/~1 name=B parent=root",
     .want = ""},
    {.name = "renamed outside",
     .base = "account/a email=a@x.io",
     .head = "account/a email=a@x.io",
     .live = "account/~222 name=z email=a@x.io",
     .want = "update account/a drift low\n"
	     "  name a > a > z drift\n"},
    {.name = "a kind that AWS cannot rename",
     .base = "account/i id=222\n"
	     "iam_policy/i/old document=d",
     .head = "account/i id=222\n"
	     "iam_policy/i/new was:iam_policy/i/old document=d",
     .live = "account/~222 name=i\n"
	     "iam_policy/~222/old document=d",
     .want = "error head.yaml:2: iam_policy/i/new: `name` cannot be changed in place: AWS has "
	     "\"old\", declared is \"new\"; AWS cannot rename an IAM policy: declare it under the "
	     "new name and attach that, then remove the old one in a second merge\n"},
    {.name = "case alone is no rename",
     .base = "account/i id=222\n"
	     "iam_user/i/Alice",
     .head = "account/i id=222\n"
	     "iam_user/i/Alice",
     .live = "account/~222 name=i\n"
	     "iam_user/~222/alice",
     .want = ""},
    {.name = "nor where base had the other case",
     .base = "account/i id=222\n"
	     "iam_user/i/alice groups=[]",
     .head = "account/i id=222\n"
	     "iam_user/i/Alice groups=[]",
     .live = "account/~222 name=i\n"
	     "iam_user/~222/alice groups=[]",
     .want = ""},
    {.name = "nor a deletion of what stays",
     .base = "account/i id=222\n"
	     "iam_user/i/alice groups=[iam_group/i/Dev]\n"
	     "iam_group/i/Dev",
     .head = "account/i id=222\n"
	     "iam_user/i/ALICE groups=[iam_group/i/dev]\n"
	     "iam_group/i/dev",
     .live = "account/~222 name=i\n"
	     "iam_user/~222/alice groups=[iam_group/~222/Dev]\n"
	     "iam_group/~222/Dev",
     .want = ""},
    {.name = "unless it is declared as one",
     .base = "account/i id=222\n"
	     "iam_user/i/alice",
     .head = "account/i id=222\n"
	     "iam_user/i/Alice was:iam_user/i/alice",
     .live = "account/~222 name=i\n"
	     "iam_user/~222/alice",
     .want = "update iam_user/i/Alice rename medium\n"
	     "  name alice > Alice > alice rename\n"},
    {.name = "an e-mail is refused",
     .base = "account/a email=o@x.io",
     .head = "account/a email=n@x.io",
     .live = "account/~222 name=a email=o@x.io",
     .want = "error head.yaml:1: account/a: `email` cannot be changed in place: AWS has "
	     "\"o@x.io\", declared is \"n@x.io\"; a changed e-mail is refused unless AWS already "
	     "has it: change it there first, with the code that AWS sends to the new address\n"},
    {.name = "unless AWS has it",
     .base = "account/a email=o@x.io",
     .head = "account/a email=n@x.io",
     .live = "account/~222 name=a email=n@x.io",
     .want = ""},
    {.name = "a policy's type",
     .base = "policy/p",
     .head = "policy/p type=TAG_POLICY",
     .live = "policy/~1 name=p",
     .want =
	 "error head.yaml:1: policy/p: `type` cannot be changed in place: AWS has "
	 "\"SERVICE_CONTROL_POLICY\", declared is \"TAG_POLICY\"; the type of a policy is fixed: "
	 "declare a new policy under another name, then remove this one in a second merge\n"},
    {.name = "a unit moved without saying so",
     .base = "unit/A\n"
	     "unit/A/x\n"
	     "unit/B",
     .head = "unit/A\n"
	     "unit/B\n"
	     "unit/B/x was:unit/A/x",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root\n"
	     "unit/~3 name=x parent=unit/~1",
     .want = "error head.yaml:3: unit/B/x is under \"unit/A\" in AWS: a unit can only be moved by "
	     "a new one in its place; say `move: true` on it\n"},
    {.name = "a unit moved",
     .base = "unit/A\n"
	     "unit/A/x\n"
	     "unit/A/x/in\n"
	     "unit/B\n"
	     "account/a email=a@x.io unit=unit/A/x",
     .head = "unit/A\n"
	     "unit/B\n"
	     "unit/B/x flag:move was:unit/A/x\n"
	     "unit/B/x/in\n"
	     "account/a email=a@x.io unit=unit/B/x",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root\n"
	     "unit/~3 name=x parent=unit/~1\n"
	     "unit/~4 name=in parent=unit/~3\n"
	     "account/~222 name=a email=a@x.io unit=unit/~3",
     .want = "update unit/B/x config high\n"
	     "  parent unit/A > unit/B > unit/A config\n"},
    {.name = "a unit moved, half done",
     .base = "unit/A\n"
	     "unit/A/x\n"
	     "unit/A/x/in\n"
	     "unit/B\n"
	     "account/a email=a@x.io unit=unit/A/x",
     .head = "unit/A\n"
	     "unit/B\n"
	     "unit/B/x flag:move was:unit/A/x\n"
	     "unit/B/x/in\n"
	     "account/a email=a@x.io unit=unit/B/x",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root\n"
	     "unit/~3 name=x parent=unit/~1\n"
	     "unit/~4 name=in parent=unit/~3\n"
	     "unit/~5 name=x parent=unit/~2\n"
	     "unit/~6 name=in parent=unit/~5\n"
	     "account/~222 name=a email=a@x.io unit=unit/~3",
     .want = "update unit/B/x config high\n"
	     "  parent unit/A > unit/B > unit/A config\n"},
    {.name = "a unit moved, done",
     .base = "unit/A\n"
	     "unit/A/x\n"
	     "unit/A/x/in\n"
	     "unit/B\n"
	     "account/a email=a@x.io unit=unit/A/x",
     .head = "unit/A\n"
	     "unit/B\n"
	     "unit/B/x flag:move was:unit/A/x\n"
	     "unit/B/x/in\n"
	     "account/a email=a@x.io unit=unit/B/x",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root\n"
	     "unit/~5 name=x parent=unit/~2\n"
	     "unit/~6 name=in parent=unit/~5\n"
	     "account/~222 name=a email=a@x.io unit=unit/~5",
     .want = ""},
    {.name = "a moved unit that holds others' things",
     .base = "unit/A\n"
	     "unit/A/x\n"
	     "unit/A/x/in\n"
	     "unit/B\n"
	     "account/a email=a@x.io unit=unit/A/x",
     .head = "unit/A\n"
	     "unit/B\n"
	     "unit/B/x flag:move was:unit/A/x\n"
	     "unit/B/x/in\n"
	     "account/a email=a@x.io unit=unit/B/x",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root\n"
	     "unit/~3 name=x parent=unit/~1\n"
	     "unit/~4 name=in parent=unit/~3\n"
	     "unit/~9 name=wild parent=unit/~4\n"
	     "account/~222 name=a email=a@x.io unit=unit/~3\n"
	     "account/~333 name=s email=s@x.io unit=unit/~4",
     .want = "update unit/B/x config high\n"
	     "  parent unit/A > unit/B > unit/A config\n"
	     "unmanaged unit/B/x/in/wild\n"
	     "unmanaged account/s\n"},
    {.name = "a deleted unit that holds a released account",
     .base = "unit/A\n"
	     "unit/B\n"
	     "account/a email=a@x.io unit=unit/B",
     .head = "unit/A",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root\n"
	     "account/~222 name=a email=a@x.io unit=unit/~2",
     .want = "delete unit/B config high\n"
	     "released account/a: no longer declared; charter never deletes it\n"},
    {.name = "accounts move",
     .base = "unit/A\n"
	     "unit/B\n"
	     "account/a email=a@x.io unit=unit/A\n"
	     "account/d email=d@x.io unit=root",
     .head = "unit/A\n"
	     "unit/B\n"
	     "account/a email=a@x.io unit=unit/B\n"
	     "account/d email=d@x.io unit=root",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root\n"
	     "account/~222 name=a email=a@x.io unit=unit/~1\n"
	     "account/~333 name=d email=d@x.io unit=unit/~1",
     .want = "update account/a config medium\n"
	     "  unit unit/A > unit/B > unit/A config\n"
	     "update account/d drift medium\n"
	     "  unit root > root > unit/A drift\n"},
};

static const struct diff_case cases_ownership[] = {
    {.name = "an account removed is released, and all in it",
     .base = "account/a email=a@x.io\n"
	     "iam_user/a/u\n"
	     "iam_user/a/gone\n"
	     "delegated_administrator/s.amazonaws.com/a",
     .head = "",
     .live = "account/~222 name=a email=a@x.io\n"
	     "iam_user/~222/u\n"
	     "iam_user/~222/w\n"
	     "delegated_administrator/~222/s.amazonaws.com",
     .want =
	 "unmanaged iam_user/a/w\n"
	 "released account/a: no longer declared; charter never deletes it\n"
	 "released delegated_administrator/s.amazonaws.com/a: its account is no longer declared\n"
	 "released iam_user/a/u: its account is no longer declared\n"},
    {.name = "external is never written",
     .base = "policy/p flag:external document=a",
     .head = "policy/p flag:external document=a",
     .live = "policy/~1 name=p document=b",
     .want = ""},
    {.name = "external from now on",
     .base = "policy/p document=a",
     .head = "policy/p flag:external",
     .live = "policy/~1 name=p document=b",
     .want = "released policy/p: external from now on\n"},
    {.name = "external no more: an adopt",
     .base = "policy/p flag:external",
     .head = "policy/p document=a",
     .live = "policy/~1 name=p document=b",
     .want = "update policy/p adopt high\n"
	     "  document ? > a > b adopt\n"},
    {.name = "external, removed: unmanaged",
     .base = "policy/p flag:external",
     .head = "",
     .live = "policy/~1 name=p document=b",
     .want = "unmanaged policy/p\n"},
    {.name = "external, and not there",
     .base = "",
     .head = "policy/p flag:external",
     .live = "",
     .want = "note policy/p: external, and AWS does not have it\n"},
    {.name = "what AWS owns",
     .base = "policy/aws-guardrails-x document=d",
     .head = "policy/aws-guardrails-x document=d",
     .live = "policy/~1 name=aws-guardrails-x document=e\n"
	     "policy/~p-FullAWSAccess name=FullAWSAccess\n"
	     "account/~222 name=a\n"
	     "iam_user/~222/AWSControlTowerU",
     .want = "unmanaged account/a\n"
	     "error head.yaml:1: policy/aws-guardrails-x belongs to AWS or to AWS Control Tower: "
	     "say `external: true` to refer to it\n"},
    {.name = "what AWS owns is not deleted",
     .base = "policy/aws-guardrails-x document=d",
     .head = "",
     .live = "policy/~1 name=aws-guardrails-x document=e",
     .want = ""},
    {.name = "ended and live",
     .base = "account/i id=222",
     .head = "account/i id=222\n"
	     "iam_user/i/u flag:ended",
     .live = "account/~222 name=i\n"
	     "iam_user/~222/u",
     .want = "delete iam_user/i/u expired high\n"},
    {.name = "ended and live, without base",
     .head = "account/i id=222\n"
	     "iam_user/i/u flag:ended",
     .live = "account/~222 name=i\n"
	     "iam_user/~222/u",
     .want = "delete iam_user/i/u expired high\n"
	     "1 adopted\n"},
    {.name = "ended and absent",
     .base = "account/i id=222",
     .head = "account/i id=222\n"
	     "iam_user/i/u flag:ended",
     .live = "account/~222 name=i",
     .want = ""},
    {.name = "no organization, not asked for",
     .base = "",
     .head = "organization feature_set=ALL",
     .live = "",
     .want = "error head.yaml:1: the account is in no organization; `create: true` makes one\n"},
    {.name = "no organization, create it",
     .base = "",
     .head = "organization feature_set=ALL flag:create",
     .live = "",
     .want = "create organization config low\n"
	     "  feature_set ? > ALL > - config\n"},
    {.name = "an organization removed",
     .base = "organization",
     .head = "",
     .live = "organization/~o-1",
     .want = "released organization: no longer declared; charter never deletes it\n"},
    {.name = "a delegation added",
     .base = "organization\n"
	     "account/a id=111\n"
	     "account/b id=222\n"
	     "",
     .head = "organization\n"
	     "account/a id=111\n"
	     "account/b id=222\n"
	     "delegated_administrator/s.amazonaws.com/a",
     .live = "organization/~o-1\n"
	     "account/~111 name=a\n"
	     "account/~222 name=b\n"
	     "",
     .want = "create delegated_administrator/s.amazonaws.com/a config low\n"},
    {.name = "a delegation removed",
     .base = "organization\n"
	     "account/a id=111\n"
	     "account/b id=222\n"
	     "delegated_administrator/s.amazonaws.com/a",
     .head = "organization\n"
	     "account/a id=111\n"
	     "account/b id=222\n"
	     "",
     .live = "organization/~o-1\n"
	     "account/~111 name=a\n"
	     "account/~222 name=b\n"
	     "delegated_administrator/~111/s.amazonaws.com",
     .want = "by hand delegated_administrator/s.amazonaws.com/a: no longer declared; charter never "
	     "takes it away: do it by hand\n"},
    {.name = "a delegation that drifted in",
     .base = "organization\n"
	     "account/a id=111\n"
	     "account/b id=222\n"
	     "delegated_administrator/s.amazonaws.com/a",
     .head = "organization\n"
	     "account/a id=111\n"
	     "account/b id=222\n"
	     "delegated_administrator/s.amazonaws.com/a",
     .live = "organization/~o-1\n"
	     "account/~111 name=a\n"
	     "account/~222 name=b\n"
	     "delegated_administrator/~111/s.amazonaws.com\n"
	     "delegated_administrator/~222/s.amazonaws.com",
     .want = "unmanaged delegated_administrator/s.amazonaws.com/b\n"},
    {.name = "a delegation of another service",
     .base = "organization\n"
	     "account/a id=111\n"
	     "account/b id=222\n"
	     "delegated_administrator/s.amazonaws.com/a",
     .head = "organization\n"
	     "account/a id=111\n"
	     "account/b id=222\n"
	     "delegated_administrator/s.amazonaws.com/a",
     .live = "organization/~o-1\n"
	     "account/~111 name=a\n"
	     "account/~222 name=b\n"
	     "delegated_administrator/~111/s.amazonaws.com\n"
	     "delegated_administrator/~222/t.amazonaws.com",
     .want = "unmanaged delegated_administrator/t.amazonaws.com/b\n"},
    {.name = "a service declared for the first time",
     .base = "organization\n"
	     "account/a id=111\n"
	     "account/b id=222\n"
	     "",
     .head = "organization\n"
	     "account/a id=111\n"
	     "account/b id=222\n"
	     "delegated_administrator/s.amazonaws.com/a",
     .live = "organization/~o-1\n"
	     "account/~111 name=a\n"
	     "account/~222 name=b\n"
	     "delegated_administrator/~111/s.amazonaws.com\n"
	     "delegated_administrator/~222/s.amazonaws.com",
     .want = "unmanaged delegated_administrator/s.amazonaws.com/b\n"
	     "1 adopted\n"},
    {.name = "a leftover of known age",
     .base = "",
     .head = "",
     .live = "policy/~1 name=old created=2026-11-01T00:00:00Z\n"
	     "policy/~2 name=new created=2026-11-03T00:00:00Z\n"
	     "policy/~3 name=unknown",
     .leftover = "policy/old\n"
		 "policy/new\n"
		 "policy/unknown",
     .want = "delete policy/new leftover high\n"
	     "leftover policy/old: left by an apply that did not end: declare it, or list it under "
	     "`release`\n"
	     "leftover policy/unknown: left by an apply that did not end: declare it, or list it "
	     "under `release`\n"},
    {.name = "a leftover account is only noted",
     .base = "",
     .head = "",
     .live = "account/~222 name=a email=a@x.io created=2026-11-03T00:00:00Z",
     .leftover = "account/a email=a@x.io",
     .want = "leftover account/a: left by an apply that did not end: declare it, or list it under "
	     "`release`\n"},
    {.name = "a leftover without base is only noted",
     .head = "",
     .live = "policy/~2 name=new created=2026-11-03T00:00:00Z",
     .leftover = "policy/new",
     .want = "leftover policy/new: left by an apply that did not end: declare it, or list it under "
	     "`release`\n"},
    {.name = "a leftover that is declared again",
     .base = "",
     .head = "policy/new",
     .live = "policy/~2 name=new created=2026-11-03T00:00:00Z",
     .leftover = "policy/new",
     .want = "1 adopted\n"},
    {.name = "a leftover in a scope that was not read",
     .base = "",
     .head = "",
     .live = "policy/~2 name=new created=2026-11-03T00:00:00Z\n"
	     "scope policies partial",
     .leftover = "policy/new",
     .want = "delete policy/new leftover high blocked by policies\n"},
};

static const struct diff_case cases_target[] = {
    {.name = "pending: the target has it, the record does not",
     .base = "policy/p document=a",
     .target = "policy/p document=b",
     .head = "policy/p document=b",
     .live = "policy/~p-1 name=p document=a",
     .want = "update policy/p pending high\n"
	     "  document a > b > a pending\n"},
    {.name = "pending: created by the target",
     .base = "",
     .target = "policy/p document=b",
     .head = "policy/p document=b",
     .live = "",
     .want = "create policy/p pending low\n"
	     "  type ? > SERVICE_CONTROL_POLICY > - pending\n"
	     "  document ? > b > - pending\n"},
    {.name = "pending: removed by the target",
     .base = "policy/p document=a",
     .target = "",
     .head = "",
     .live = "policy/~p-1 name=p document=a",
     .want = "delete policy/p pending high\n"},
    {.name = "not pending: this branch changes it too",
     .base = "policy/p document=a",
     .target = "policy/p document=b",
     .head = "policy/p document=c",
     .live = "policy/~p-1 name=p document=a",
     .want = "update policy/p config high\n"
	     "  document a > c > a config\n"},
    {.name = "pending and drift apart",
     .base = "policy/p document=a description=d",
     .target = "policy/p document=b description=d",
     .head = "policy/p document=b description=d",
     .live = "policy/~p-1 name=p document=a description=x",
     .want = "update policy/p drift high\n"
	     "  description d > d > x drift\n"
	     "  document a > b > a pending\n"},
    {.name = "pending and our own apart",
     .base = "policy/p document=a description=o",
     .target = "policy/p document=b description=o",
     .head = "policy/p document=b description=n",
     .live = "policy/~p-1 name=p document=a description=o",
     .want = "update policy/p config high\n"
	     "  description o > n > o config\n"
	     "  document a > b > a pending\n"},
    {.name = "a conflict stays one",
     .base = "policy/p document=a",
     .target = "policy/p document=b",
     .head = "policy/p document=b",
     .live = "policy/~p-1 name=p document=c",
     .want = "update policy/p conflict high\n"
	     "  document a > b > c conflict\n"},
    {.name = "pending elements",
     .base = "unit/A policies=[policy/c]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .target = "unit/A policies=[policy/a]\n"
	       "policy/a\n"
	       "policy/b\n"
	       "policy/c",
     .head = "unit/A policies=[policy/a,policy/b]\n"
	     "policy/a\n"
	     "policy/b\n"
	     "policy/c",
     .live = "unit/~1 name=A parent=root policies=[policy/~c]\n"
	     "policy/~a name=a\n"
	     "policy/~b name=b\n"
	     "policy/~c name=c",
     .want = "update unit/A config medium\n"
	     "  policies policy/a - > policy/a > - pending\n"
	     "  policies policy/b - > policy/b > - config\n"
	     "  policies policy/c policy/c > - > policy/c pending removal\n"},
    {.name = "the target behind: added by the branch",
     .base = "",
     .target = "",
     .head = "policy/p document=b",
     .live = "",
     .want = "create policy/p config low\n"
	     "  type ? > SERVICE_CONTROL_POLICY > - config\n"
	     "  document ? > b > - config\n"},
};

static const struct diff_case cases_rules[] = {
    {.name = "no rules",
     .base = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .head = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .live = "policy/~p-1 name=p document=x description=b\n"
	     "unit/~1 name=A parent=root policies=[policy/~p-2] tags={a=2}\n"
	     "policy/~p-2 name=q",
     .want = "update unit/A drift medium\n"
	     "  policies policy/p policy/p > policy/p > - drift\n"
	     "  policies policy/q - > - > policy/q drift removal\n"
	     "  tags a 1 > 1 > 2 drift\n"
	     "update policy/p drift high\n"
	     "  document b > b > x drift\n"
	     "unmanaged policy/q\n"},
    {.name = "ignore a resource",
     .base = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .head = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .live = "policy/~p-1 name=p document=x description=b\n"
	     "unit/~1 name=A parent=root policies=[policy/~p-2] tags={a=2}\n"
	     "policy/~p-2 name=q",
     .options = "ignore policy/*",
     .want = "update unit/A drift medium\n"
	     "  policies policy/p policy/p > policy/p > - drift\n"
	     "  policies policy/q - > - > policy/q drift removal\n"
	     "  tags a 1 > 1 > 2 drift\n"
	     "ignored policy/p: because\n"
	     "ignored policy/q: because\n"},
    {.name = "ignore an attribute",
     .base = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .head = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .live = "policy/~p-1 name=p document=x description=b\n"
	     "unit/~1 name=A parent=root policies=[policy/~p-2] tags={a=2}\n"
	     "policy/~p-2 name=q",
     .options = "ignore unit/* tags",
     .want = "update unit/A drift medium\n"
	     "  policies policy/p policy/p > policy/p > - drift\n"
	     "  policies policy/q - > - > policy/q drift removal\n"
	     "update policy/p drift high\n"
	     "  document b > b > x drift\n"
	     "unmanaged policy/q\n"
	     "ignored unit/A: because\n"},
    {.name = "ignore one attachment",
     .base = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .head = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .live = "policy/~p-1 name=p document=x description=b\n"
	     "unit/~1 name=A parent=root policies=[policy/~p-2] tags={a=2}\n"
	     "policy/~p-2 name=q",
     .options = "ignore policy_attachment/q/**",
     .want = "update unit/A drift medium\n"
	     "  policies policy/p policy/p > policy/p > - drift\n"
	     "  tags a 1 > 1 > 2 drift\n"
	     "update policy/p drift high\n"
	     "  document b > b > x drift\n"
	     "unmanaged policy/q\n"
	     "ignored policy_attachment/q/unit/A: because\n"},
    {.name = "ignore another attribute",
     .base = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .head = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .live = "policy/~p-1 name=p document=x description=b\n"
	     "unit/~1 name=A parent=root policies=[policy/~p-2] tags={a=2}\n"
	     "policy/~p-2 name=q",
     .options = "ignore policy/* tags",
     .want = "update unit/A drift medium\n"
	     "  policies policy/p policy/p > policy/p > - drift\n"
	     "  policies policy/q - > - > policy/q drift removal\n"
	     "  tags a 1 > 1 > 2 drift\n"
	     "update policy/p drift high\n"
	     "  document b > b > x drift\n"
	     "unmanaged policy/q\n"},
    {.name = "an ignore rule that ended",
     .base = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .head = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .live = "policy/~p-1 name=p document=x description=b\n"
	     "unit/~1 name=A parent=root policies=[policy/~p-2] tags={a=2}\n"
	     "policy/~p-2 name=q",
     .options = "ended unit/**",
     .want = "update unit/A drift medium\n"
	     "  policies policy/p policy/p > policy/p > - drift\n"
	     "  policies policy/q - > - > policy/q drift removal\n"
	     "  tags a 1 > 1 > 2 drift\n"
	     "update policy/p drift high\n"
	     "  document b > b > x drift\n"
	     "unmanaged policy/q\n"
	     "note unit/**: the `ignore` rule for unit/** ended on 2026-11-09 and has no effect\n"},
    {.name = "only",
     .base = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .head = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .live = "policy/~p-1 name=p document=x description=b\n"
	     "unit/~1 name=A parent=root policies=[policy/~p-2] tags={a=2}\n"
	     "policy/~p-2 name=q",
     .options = "only unit/*",
     .want = "update unit/A drift medium\n"
	     "  policies policy/p policy/p > policy/p > - drift\n"
	     "  policies policy/q - > - > policy/q drift removal\n"
	     "  tags a 1 > 1 > 2 drift\n"},
    {.name = "only an attachment",
     .base = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .head = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .live = "policy/~p-1 name=p document=x description=b\n"
	     "unit/~1 name=A parent=root policies=[policy/~p-2] tags={a=2}\n"
	     "policy/~p-2 name=q",
     .options = "only policy_attachment/q/unit/A",
     .want = "update unit/A drift medium\n"
	     "  policies policy/q - > - > policy/q drift removal\n"},
    {.name = "except",
     .base = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .head = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .live = "policy/~p-1 name=p document=x description=b\n"
	     "unit/~1 name=A parent=root policies=[policy/~p-2] tags={a=2}\n"
	     "policy/~p-2 name=q",
     .options = "except unit/**",
     .want = "update policy/p drift high\n"
	     "  document b > b > x drift\n"
	     "unmanaged policy/q\n"},
    {.name = "except an attachment",
     .base = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .head = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .live = "policy/~p-1 name=p document=x description=b\n"
	     "unit/~1 name=A parent=root policies=[policy/~p-2] tags={a=2}\n"
	     "policy/~p-2 name=q",
     .options = "except policy_attachment/**",
     .want = "update unit/A drift low\n"
	     "  tags a 1 > 1 > 2 drift\n"
	     "update policy/p drift high\n"
	     "  document b > b > x drift\n"
	     "unmanaged policy/q\n"},
    {.name = "no removals",
     .base = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .head = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .live = "policy/~p-1 name=p document=x description=b\n"
	     "unit/~1 name=A parent=root policies=[policy/~p-2] tags={a=2}\n"
	     "policy/~p-2 name=q",
     .options = "no_removals",
     .want = "update unit/A drift medium\n"
	     "  policies policy/p policy/p > policy/p > - drift\n"
	     "  tags a 1 > 1 > 2 drift\n"
	     "update policy/p drift high\n"
	     "  document b > b > x drift\n"
	     "unmanaged policy/q\n"},
    {.name = "only drift",
     .base = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .head = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .live = "policy/~p-1 name=p document=x description=b\n"
	     "unit/~1 name=A parent=root policies=[policy/~p-2] tags={a=2}\n"
	     "policy/~p-2 name=q",
     .options = "only_drift",
     .want = "update unit/A drift medium\n"
	     "  policies policy/p policy/p > policy/p > - drift\n"
	     "  policies policy/q - > - > policy/q drift removal\n"
	     "  tags a 1 > 1 > 2 drift\n"
	     "update policy/p drift high\n"
	     "  document b > b > x drift\n"
	     "unmanaged policy/q\n"},
    {.name = "only due",
     .base = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .head = "policy/p document=b description=b\n"
	     "unit/A policies=[policy/p] tags={a=1}",
     .live = "policy/~p-1 name=p document=x description=b\n"
	     "unit/~1 name=A parent=root policies=[policy/~p-2] tags={a=2}\n"
	     "policy/~p-2 name=q",
     .options = "only_due",
     .want = "unmanaged policy/q\n"},
    {.name = "release",
     .base = "policy/p document=a\n"
	     "policy/c document=a",
     .head = "",
     .live = "policy/~1 name=p document=a\n"
	     "policy/~2 name=c document=b",
     .options = "release policy/p",
     .want = "delete policy/c conflict high\n"
	     "released policy/p: because\n"},
    {.name = "a release rule that ended",
     .base = "policy/p document=a\n"
	     "policy/c document=a",
     .head = "",
     .live = "policy/~1 name=p document=a",
     .options = "released policy/p",
     .want =
	 "delete policy/p config high\n"
	 "note policy/p: the `release` rule for policy/p ended on 2026-11-09 and has no effect\n"},
    {.name = "deletions under no removals",
     .base = "policy/p document=a\n"
	     "policy/c document=a",
     .head = "",
     .live = "policy/~1 name=p document=a",
     .options = "no_removals",
     .want = ""},
    {.name = "deletions under only drift",
     .base = "policy/p document=a\n"
	     "policy/c document=a",
     .head = "",
     .live = "policy/~1 name=p document=a\n"
	     "policy/~2 name=c document=b",
     .options = "only_drift",
     .want = ""},
    {.name = "ignored deletion",
     .base = "policy/p document=a\n"
	     "policy/c document=a",
     .head = "",
     .live = "policy/~1 name=p document=a",
     .options = "ignore policy/*",
     .want = "ignored policy/p: because\n"},
    {.name = "due under only due",
     .base = "account/i id=222",
     .head = "account/i id=222\n"
	     "iam_user/i/u flag:ended\n"
	     "iam_user/i/v path=/x/",
     .live = "account/~222 name=i\n"
	     "iam_user/~222/u\n"
	     "iam_user/~222/v path=/y/",
     .options = "only_due",
     .want = "delete iam_user/i/u expired high\n"},
    {.name = "created again under only drift",
     .base = "policy/p document=a tags={a=1}",
     .head = "policy/p document=a tags={a=1}",
     .live = "",
     .options = "only_drift",
     .want = "create policy/p drift low\n"
	     "  type SERVICE_CONTROL_POLICY > SERVICE_CONTROL_POLICY > - drift\n"
	     "  document a > a > - drift\n"
	     "  tags a 1 > 1 > - drift\n"},
    {.name = "unmanaged ignored for policies",
     .base = "",
     .head = "unit/A",
     .live = "policy/~1 name=p\n"
	     "unit/~1 name=A parent=root policies=[policy/~1]\n"
	     "unit/~2 name=B parent=root",
     .options = "unmanaged policy",
     .want = "unmanaged unit/B\n"
	     "1 adopted\n"},
    {.name = "unmanaged attachments of declared targets",
     .base = "",
     .head = "unit/A\n"
	     "account/a id=222",
     .live = "policy/~1 name=p\n"
	     "unit/~1 name=A parent=root policies=[policy/~1,policy/~p-FullAWSAccess]\n"
	     "unit/~2 name=B parent=root policies=[policy/~1]\n"
	     "account/~222 name=a policies=[policy/~1]",
     .want = "unmanaged unit/B\n"
	     "unmanaged policy/p\n"
	     "unmanaged policy_attachment/p/account/a\n"
	     "unmanaged policy_attachment/p/unit/A\n"
	     "2 adopted\n"},
    {.name = "ignored creation",
     .base = "",
     .head = "policy/p document=a",
     .live = "",
     .options = "ignore policy/p",
     .want = "ignored policy/p: because\n"},
    {.name = "attribute rules do not hold for a creation",
     .base = "",
     .head = "policy/p document=a tags={a=1}",
     .live = "",
     .options = "ignore policy/p tags",
     .want = "create policy/p config low\n"
	     "  type ? > SERVICE_CONTROL_POLICY > - config\n"
	     "  document ? > a > - config\n"
	     "  tags a ? > 1 > - config\n"},
};

static void cases_run(const struct diff_case *cases, size_t n)
{
	unsigned failed = 0;

	for (size_t i = 0; i < n; i++)
		failed += !case_run(&cases[i]);
	assert_int_equal(failed, 0);
}

#define TABLE_TEST(name)                                                                           \
	static void name##_agree(void **state)                                                     \
	{                                                                                          \
		(void)state;                                                                       \
		cases_run(cases_##name, sizeof(cases_##name) / sizeof(*cases_##name));             \
	}

TABLE_TEST(table)
TABLE_TEST(sets)
TABLE_TEST(names)
TABLE_TEST(ownership)
TABLE_TEST(target)
TABLE_TEST(rules)

static void scalars_say_nothing(void **state)
{
	struct value unset = {.state = VALUE_UNSET}, secret = {.state = VALUE_SECRET};
	enum reason reason;

	(void)state;
	assert_false(diff_scalar(unset, unset, VALUE_EMPTY, &reason));
	assert_false(diff_scalar(unset, VALUE_EMPTY, unset, &reason));
	assert_false(diff_scalar(VALUE_EMPTY, secret, VALUE_EMPTY, &reason));
	assert_false(diff_scalar(VALUE_EMPTY, VALUE_EMPTY, secret, &reason));
	for (int i = 0; i < REASON_COUNT; i++)
		assert_non_null(reason_names[i]);
	for (int i = 0; i < ACTION_COUNT; i++)
		assert_non_null(action_names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table_agree),         cmocka_unit_test(sets_agree),
	    cmocka_unit_test(names_agree),         cmocka_unit_test(ownership_agree),
	    cmocka_unit_test(target_agree),        cmocka_unit_test(rules_agree),
	    cmocka_unit_test(scalars_say_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Binding: which resources are the same thing. Each case shows the rows: what is there (Base,
 * Target, Head, Live, leFtover), the live id, and references that were rewritten. */
#include "tests/unit/sides.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

struct bind_case {
	const char *name, *base, *target, *head, *live, *leftover, *want;
};

static void refs_dump(struct buf *out, const char *side, const struct resource *r)
{
	const struct kind *kind = r == NULL ? NULL : kinds[r->kind];

	for (uint16_t i = 0; kind != NULL && i < kind->attrs; i++) {
		const struct value *value = &r->v[i];

		if (kind->attr[i].type == ATTR_REF && value->state == VALUE_TEXT)
			buf_printf(out, "   %s %s %s\n", side, kind->attr[i].name,
				   value->u.text->s);
		if (kind->attr[i].type != ATTR_REFS || value->state != VALUE_SET)
			continue;
		buf_printf(out, "   %s %s", side, kind->attr[i].name);
		for (uint32_t j = 0; j < value->u.set->n; j++)
			buf_printf(out, " %s", value->u.set->item[j].key->s);
		buf_putc(out, '\n');
	}
}

static void row_dump(struct buf *out, const struct row *row, bool refs)
{
	buf_printf(out, "%s %s%s%s%s%s", row->address->s, row->base ? "B" : "",
		   row->target ? "T" : "", row->head ? "H" : "", row->live ? "L" : "",
		   row->leftover ? "F" : "");
	if (row->live != NULL)
		buf_printf(out, " %s", row->live->id ? row->live->id->s : "?");
	if (row->leaving != NULL)
		buf_printf(out, " leaving %s (%s)", row->leaving->id->s, row->leaving->address->s);
	buf_printf(out, "%s\n", row->renamed ? " renamed" : "");
	if (!refs)
		return;
	refs_dump(out, "base", row->base);
	refs_dump(out, "live", row->live);
}

static bool case_run(const struct bind_case *c, bool refs)
{
	struct arena *arena = arena_new();
	struct diagnostics diag = {.arena = arena};
	struct sides sides = {
	    .base = side_from(arena, "base.yaml", c->base),
	    .target = side_from(arena, "target.yaml", c->target),
	    .head = side_from(arena, "head.yaml", c->head),
	    .live = side_from(arena, NULL, c->live ? c->live : ""),
	    .leftover = side_from(arena, "left.yaml", c->leftover),
	};
	struct bound *bound = bind_sides(arena, &sides, &diag);
	auto_buf out = BUF_INIT(1u << 16);
	bool good;

	for (size_t i = 0; i < bound->rows; i++) {
		row_dump(&out, &bound->row[i], refs);
		if (bound_find(bound, bound->row[i].address) != &bound->row[i])
			buf_puts(&out, "   not found by its address\n");
	}
	diagnostics_dump(&out, &diag, "error");
	good = text_agrees(c->name, buf_str(&out), c->want);
	bound_free(bound);
	diagnostics_free(&diag);
	sides_free(&sides);
	arena_free(arena);
	return good;
}

static void cases_run(const struct bind_case *cases, size_t n, bool refs)
{
	unsigned failed = 0;

	for (size_t i = 0; i < n; i++)
		failed += !case_run(&cases[i], refs);
	assert_int_equal(failed, 0);
}

#define RUN(cases, refs) cases_run(cases, sizeof(cases) / sizeof(*(cases)), refs)

static const struct bind_case accounts[] = {
    {.name = "by pinned id, whatever else it is called",
     .head = "account/a id=222 email=a@x.io",
     .live = "account/~222 name=other email=o@x.io\n"
	     "account/~333 name=a email=a@x.io",
     .want = "account/a HL 222\n"
	     "account/a~333 L 333\n"},
    {.name = "by e-mail without regard to case",
     .head = "account/a email=a@x.io",
     .live = "account/~222 name=other email=A@X.io\n"
	     "account/~333 name=a email=b@x.io",
     .want = "account/a HL 222\n"
	     "account/a~333 L 333\n"},
    {.name = "by a unique name where no e-mail is declared",
     .head = "account/a\n"
	     "account/b email=b@x.io\n"
	     "account/c",
     .live = "account/~222 name=a email=z@x.io\n"
	     "account/~333 name=b email=y@x.io\n"
	     "account/~444 name=c email=1@x.io\n"
	     "account/~555 name=c email=2@x.io",
     .want = "account/a HL 222\n"
	     "account/b H\n"
	     "account/b~333 L 333\n"
	     "account/c H\n"
	     "account/c~444 L 444\n"
	     "account/c~555 L 555\n"},
    {.name = "a pinned id that is not there",
     .head = "account/a id=999 email=a@x.io",
     .live = "account/~222 name=a email=a@x.io",
     .want = "account/a H\n"
	     "account/a~222 L 222\n"
	     "error head.yaml:1: the organization has no account 999\n"},
    {.name = "a pinned id that may be unread",
     .head = "account/a id=999",
     .live = "scope accounts partial",
     .want = "account/a H\n"},
    {.name = "two declarations of one account",
     .head = "account/a id=222\n"
	     "account/b email=a@x.io",
     .live = "account/~222 name=a email=a@x.io",
     .want = "account/a HL 222\n"
	     "account/b H\n"
	     "error head.yaml:2: account/b and account/a are the same account in AWS (222)\n"},
    {.name = "renamed by previously",
     .base = "account/old email=a@x.io",
     .head = "account/new email=a@x.io was:account/old",
     .live = "account/~222 name=old email=a@x.io",
     .want = "account/new BHL 222 renamed\n"},
    {.name = "another name, the same e-mail, nothing said",
     .base = "account/old email=A@x.io",
     .head = "account/new email=a@x.io",
     .live = "account/~222 name=old email=a@x.io",
     .want = "account/new BHL 222\n"},
    {.name = "a changed e-mail keeps the account",
     .base = "account/a email=old@x.io",
     .head = "account/a email=new@x.io",
     .live = "account/~222 name=a email=old@x.io",
     .want = "account/a BHL 222\n"},
    {.name = "a changed e-mail that AWS has already",
     .base = "account/a email=old@x.io",
     .head = "account/a email=new@x.io",
     .live = "account/~222 name=a email=new@x.io",
     .want = "account/a BHL 222\n"},
    {.name = "two pinned ids are never one account",
     .base = "account/a id=333",
     .head = "account/a id=222",
     .live = "account/~222 name=a\n"
	     "account/~333 name=a",
     .want = "account/a HL 222\n"
	     "account/a~333 BL 333\n"},
    {.name = "names exchanged, told by e-mail",
     .base = "account/a email=a@x.io\n"
	     "account/b email=b@x.io",
     .head = "account/a email=b@x.io\n"
	     "account/b email=a@x.io",
     .live = "account/~222 name=a email=a@x.io\n"
	     "account/~333 name=b email=b@x.io",
     .want = "account/a BHL 333\n"
	     "account/b BHL 222\n"},
    {.name = "a rename takes what stands in the account along",
     .base = "account/old email=a@x.io\n"
	     "iam_user/old/u\n"
	     "iam_user/old/gone\n"
	     "delegated_administrator/config.amazonaws.com/old",
     .head = "account/new email=a@x.io was:account/old\n"
	     "iam_user/new/u\n"
	     "delegated_administrator/config.amazonaws.com/new",
     .live = "account/~222 name=old email=a@x.io\n"
	     "iam_user/~222/u\n"
	     "delegated_administrator/~222/config.amazonaws.com",
     .want = "account/new BHL 222 renamed\n"
	     "delegated_administrator/config.amazonaws.com/new BHL "
	     "arn:delegated_administrator:222:config.amazonaws.com\n"
	     "iam_user/new/gone B\n"
	     "iam_user/new/u BHL arn:iam_user:222:u\n"},
    {.name = "live names that are not unique",
     .head = "account/a id=111",
     .live = "account/~111 name=a\n"
	     "account/~222 name=dup\n"
	     "account/~333 name=dup\n"
	     "account/~444 name=a\n"
	     "iam_user/~222/u",
     .want = "account/a HL 111\n"
	     "account/a~444 L 444\n"
	     "account/dup~222 L 222\n"
	     "account/dup~333 L 333\n"
	     "iam_user/dup~222/u L arn:iam_user:222:u\n"},
    {.name = "no live reading at all",
     .base = "account/a id=222",
     .head = "account/a id=222\n"
	     "unit/A",
     .live = "scope accounts open\n"
	     "scope units open",
     .want = "unit/A H\n"
	     "account/a BH\n"},
};

static const struct bind_case units[] = {
    {.name = "by parent and name",
     .head = "unit/A\n"
	     "unit/A/x\n"
	     "unit/B\n"
	     "unit/B/x",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root\n"
	     "unit/~3 name=x parent=unit/~1\n"
	     "unit/~4 name=x parent=unit/~2\n"
	     "unit/~5 name=y parent=unit/~2\n"
	     "unit/~6 name=z parent=unit/~5",
     .want = "unit/A HL 1\n"
	     "unit/A/x HL 3\n"
	     "unit/B HL 2\n"
	     "unit/B/x HL 4\n"
	     "unit/B/y L 5\n"
	     "unit/B/y/z L 6\n"},
    {.name = "a rename renames all paths below",
     .base = "unit/A\n"
	     "unit/A/x\n"
	     "unit/A/x/deep\n"
	     "unit/A/gone",
     .head = "unit/B was:unit/A\n"
	     "unit/B/x\n"
	     "unit/B/x/deep",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=x parent=unit/~1\n"
	     "unit/~3 name=deep parent=unit/~2\n"
	     "unit/~4 name=wild parent=unit/~2",
     .want = "unit/B BHL 1 renamed\n"
	     "unit/B/gone B\n"
	     "unit/B/x BHL 2\n"
	     "unit/B/x/deep BHL 3\n"
	     "unit/B/x/wild L 4\n"},
    {.name = "a rename that AWS has already",
     .base = "unit/A\n"
	     "unit/A/x",
     .head = "unit/B was:unit/A\n"
	     "unit/B/x",
     .live = "unit/~1 name=B parent=root\n"
	     "unit/~2 name=x parent=unit/~1",
     .want = "unit/B BHL 1 renamed\n"
	     "unit/B/x BHL 2\n"},
    {.name = "renames on two levels at once",
     .base = "unit/A\n"
	     "unit/A/x",
     .head = "unit/B was:unit/A\n"
	     "unit/B/y was:unit/A/x",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=x parent=unit/~1",
     .want = "unit/B BHL 1 renamed\n"
	     "unit/B/y BHL 2 renamed\n"},
    {.name = "former name in terms of today's parent",
     .base = "unit/A\n"
	     "unit/A/x",
     .head = "unit/B was:unit/A\n"
	     "unit/B/y was:unit/B/x",
     .live = "unit/~1 name=B parent=root\n"
	     "unit/~2 name=x parent=unit/~1",
     .want = "unit/B BHL 1 renamed\n"
	     "unit/B/y BHL 2 renamed\n"},
    {.name = "old and new both live",
     .base = "unit/A",
     .head = "unit/B was:unit/A",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root",
     .want = "unit/A L 1\n"
	     "unit/B BHL 2 renamed\n"
	     "error head.yaml:1: AWS has both unit/B and what it was called before (A): remove or "
	     "rename one by hand\n"},
    {.name = "inert: nothing in base",
     .base = "unit/C",
     .head = "unit/B was:unit/A",
     .live = "unit/~2 name=B parent=root",
     .want = "unit/B HL 2\n"
	     "unit/C B\n"
	     "warning head.yaml:1: `previously` has no effect: the last applied commit does not "
	     "declare unit/A, or it is still declared\n"},
    {.name = "inert: base has the new name too",
     .base = "unit/A\n"
	     "unit/B",
     .head = "unit/B was:unit/A",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root",
     .want = "unit/A BL 1\n"
	     "unit/B BHL 2\n"
	     "warning head.yaml:1: `previously` has no effect: unit/B had this name in the last "
	     "applied commit; remove the line\n"},
    {.name = "inert: still declared",
     .base = "unit/A",
     .head = "unit/B was:unit/A\n"
	     "unit/A",
     .live = "unit/~1 name=A parent=root",
     .want = "unit/A BHL 1\n"
	     "unit/B H\n"
	     "warning head.yaml:1: `previously` has no effect: the last applied commit does not "
	     "declare unit/A, or it is still declared\n"},
    {.name = "inert without base",
     .head = "unit/B was:unit/A",
     .live = "unit/~1 name=A parent=root",
     .want = "unit/A L 1\n"
	     "unit/B H\n"},
    {.name = "swapped names",
     .base = "unit/A\n"
	     "unit/B",
     .head = "unit/A was:unit/B\n"
	     "unit/B was:unit/A",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root",
     .want = "unit/A BHL 1\n"
	     "unit/B BHL 2\n"
	     "error head.yaml:2: unit/B and unit/A exchange their names: rename one to a third "
	     "name first, and to its new name in a second merge\n"},
    {.name = "a name handed on",
     .base = "unit/A\n"
	     "unit/B",
     .head = "unit/C was:unit/B\n"
	     "unit/B was:unit/A",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root",
     .want = "unit/B BHL 1 renamed\n"
	     "unit/C BHL 2 renamed\n"},
    {.name = "a name handed on, half done",
     .base = "unit/A\n"
	     "unit/B",
     .head = "unit/C was:unit/B\n"
	     "unit/B was:unit/A",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=C parent=root",
     .want = "unit/B BHL 1 renamed\n"
	     "unit/C BHL 2 renamed\n"},
    {.name = "a name handed on, done",
     .base = "unit/A\n"
	     "unit/B",
     .head = "unit/C was:unit/B\n"
	     "unit/B was:unit/A",
     .live = "unit/~1 name=B parent=root\n"
	     "unit/~2 name=C parent=root",
     .want = "unit/B BHL 1 renamed\n"
	     "unit/C BHL 2 renamed\n"},
    {.name = "names handed on, and the last one is taken",
     .base = "unit/A\n"
	     "unit/B\n"
	     "unit/C",
     .head = "unit/D was:unit/C\n"
	     "unit/C was:unit/B\n"
	     "unit/B was:unit/A",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root\n"
	     "unit/~3 name=C parent=root\n"
	     "unit/~4 name=D parent=root",
     .want = "unit/B BHL 1 renamed\n"
	     "unit/C BHL 2 renamed\n"
	     "unit/C~3 L 3\n"
	     "unit/D BHL 4 renamed\n"
	     "error head.yaml:1: AWS has both unit/D and what it was called before (C): remove or "
	     "rename one by hand\n"},
    {.name = "a freed name declared anew",
     .base = "unit/A",
     .head = "unit/B was:unit/A\n"
	     "unit/A tags={a=1} was:unit/none",
     .live = "unit/~1 name=A parent=root",
     .want = "unit/A BHL 1\n"
	     "unit/B H\n"
	     "warning head.yaml:2: `previously` has no effect: unit/A had this name in the last "
	     "applied commit; remove the line\n"
	     "warning head.yaml:1: `previously` has no effect: the last applied commit does not "
	     "declare unit/A, or it is still declared\n"},
    {.name = "two heirs of one name",
     .base = "unit/A",
     .head = "unit/B was:unit/A\n"
	     "unit/C was:unit/A",
     .live = "unit/~1 name=A parent=root",
     .want = "unit/B BHL 1 renamed\n"
	     "unit/C H\n"
	     "error head.yaml:2: `previously` of unit/C names what unit/B was before\n"},
    {.name = "moved, not begun",
     .base = "unit/A\n"
	     "unit/A/x\n"
	     "unit/A/x/in\n"
	     "unit/B",
     .head = "unit/A\n"
	     "unit/B\n"
	     "unit/B/x flag:move was:unit/A/x\n"
	     "unit/B/x/in",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root\n"
	     "unit/~3 name=x parent=unit/~1\n"
	     "unit/~4 name=in parent=unit/~3",
     .want = "unit/A BHL 1\n"
	     "unit/B BHL 2\n"
	     "unit/B/x BHL 3 renamed\n"
	     "unit/B/x/in BHL 4\n"},
    {.name = "moved, half done",
     .base = "unit/A\n"
	     "unit/A/x\n"
	     "unit/A/x/in\n"
	     "unit/B",
     .head = "unit/A\n"
	     "unit/B\n"
	     "unit/B/x flag:move was:unit/A/x\n"
	     "unit/B/x/in",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root\n"
	     "unit/~3 name=x parent=unit/~1\n"
	     "unit/~4 name=in parent=unit/~3\n"
	     "unit/~5 name=x parent=unit/~2\n"
	     "unit/~6 name=in parent=unit/~5\n"
	     "unit/~7 name=wild parent=unit/~3",
     .want = "unit/A BHL 1\n"
	     "unit/A/x/wild L 7\n"
	     "unit/B BHL 2\n"
	     "unit/B/x BHL 5 leaving 3 (unit/A/x) renamed\n"
	     "unit/B/x/in BHL 6 leaving 4 (unit/A/x/in)\n"},
    {.name = "moved, half done, the new one deeper",
     .base = "unit/A\n"
	     "unit/A/b\n"
	     "unit/x\n"
	     "unit/x/in",
     .head = "unit/A\n"
	     "unit/A/b\n"
	     "unit/A/b/x flag:move was:unit/x\n"
	     "unit/A/b/x/in",
     .live = "unit/~0 name=in parent=unit/~3\n"
	     "unit/~1 name=A parent=root\n"
	     "unit/~2 name=b parent=unit/~1\n"
	     "unit/~3 name=x parent=root\n"
	     "unit/~5 name=x parent=unit/~2\n"
	     "unit/~6 name=in parent=unit/~5",
     .want = "unit/A BHL 1\n"
	     "unit/A/b BHL 2\n"
	     "unit/A/b/x BHL 5 leaving 3 (unit/x) renamed\n"
	     "unit/A/b/x/in BHL 6 leaving 0 (unit/x/in)\n"},
    {.name = "moved, done",
     .base = "unit/A\n"
	     "unit/A/x\n"
	     "unit/B",
     .head = "unit/A\n"
	     "unit/B\n"
	     "unit/B/x flag:move was:unit/A/x",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=B parent=root\n"
	     "unit/~5 name=x parent=unit/~2",
     .want = "unit/A BHL 1\n"
	     "unit/B BHL 2\n"
	     "unit/B/x BHL 5 renamed\n"},
    {.name = "two live for one declaration",
     .head = "unit/A",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=A parent=root",
     .want = "unit/A HL 1\n"
	     "unit/A~2 L 2\n"
	     "error head.yaml:1: AWS has two of unit/A (1 and 2): remove or rename one by hand\n"},
    {.name = "pinned id",
     .head = "unit/A id=7",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~7 name=Z parent=root\n"
	     "unit/~8 name=in parent=unit/~7",
     .want = "unit/A HL 7\n"
	     "unit/A/in L 8\n"
	     "unit/A~1 L 1\n"
	     "error head.yaml:1: the `id` of unit/A is 7, and AWS has another of this name, 1: "
	     "correct the id, or rename that one by hand\n"},
    {.name = "a ring of parents in a reading",
     .head = "unit/A",
     .live = "unit/~1 name=A parent=unit/~2\n"
	     "unit/~2 name=B parent=unit/~1\n"
	     "unit/~3 name=C parent=unit/~9",
     .want = "unit/A H\n"
	     "unit/~1/B L 2\n"
	     "unit/~2/A L 1\n"
	     "unit/~9/C L 3\n"},
    {.name = "leftover and target",
     .base = "unit/A",
     .target = "unit/A\n"
	       "unit/T",
     .head = "unit/A",
     .live = "unit/~1 name=A parent=root\n"
	     "unit/~2 name=L parent=root\n"
	     "unit/~3 name=T parent=root",
     .leftover = "unit/A\n"
		 "unit/L",
     .want = "unit/A BTHL 1\n"
	     "unit/L LF 2\n"
	     "unit/T TL 3\n"},
};

static const struct bind_case others[] = {
    {.name = "policies by type and name",
     .head = "policy/p\n"
	     "policy/t type=TAG_POLICY",
     .live = "policy/~p-1 name=p\n"
	     "policy/~p-2 name=p type=TAG_POLICY\n"
	     "policy/~p-3 name=t type=TAG_POLICY\n"
	     "policy/~p-FullAWSAccess name=FullAWSAccess",
     .want = "policy/FullAWSAccess L p-FullAWSAccess\n"
	     "policy/p HL p-1\n"
	     "policy/p~p-2 L p-2\n"
	     "policy/t HL p-3\n"},
    {.name = "attachments follow a renamed policy",
     .base = "policy/old\n"
	     "unit/A policies=[policy/old]",
     .head = "policy/new was:policy/old\n"
	     "unit/A policies=[policy/new]",
     .live =
	 "policy/~p-1 name=old\n"
	 "unit/~1 name=A parent=root policies=[policy/~p-1,policy/~p-FullAWSAccess,policy/~p-9]",
     .want = "unit/A BHL 1\n"
	     "   base parent root\n"
	     "   base policies policy/new\n"
	     "   live parent root\n"
	     "   live policies policy/FullAWSAccess policy/new policy/~p-9\n"
	     "policy/new BHL p-1 renamed\n"},
    {.name = "accounts follow a renamed unit",
     .base = "unit/A\n"
	     "account/a email=a@x unit=unit/A",
     .head = "unit/B was:unit/A\n"
	     "account/a email=a@x unit=unit/B",
     .live = "unit/~1 name=A parent=root\n"
	     "account/~222 name=a email=a@x unit=unit/~1",
     .want = "unit/B BHL 1 renamed\n"
	     "   base parent root\n"
	     "   live parent root\n"
	     "account/a BHL 222\n"
	     "   base unit unit/B\n"
	     "   live unit unit/B\n"},
    {.name = "IAM without regard to case",
     .head = "account/i id=222\n"
	     "iam_group/i/Devs\n"
	     "iam_user/i/Alice groups=[iam_group/i/Devs]",
     .live = "account/~222 name=i\n"
	     "iam_group/~222/devs\n"
	     "iam_user/~222/ALICE groups=[iam_group/~222/devs,iam_group/~222/unseen] "
	     "managed_policies=[arn:aws:iam::aws:policy/ReadOnlyAccess,iam_policy/~222/extra]",
     .want =
	 "account/i HL 222\n"
	 "iam_group/i/Devs HL arn:iam_group:222:devs\n"
	 "   live account account/i\n"
	 "iam_user/i/Alice HL arn:iam_user:222:ALICE\n"
	 "   live account account/i\n"
	 "   live groups iam_group/i/Devs iam_group/i/unseen\n"
	 "   live managed_policies arn:aws:iam::aws:policy/ReadOnlyAccess iam_policy/i/extra\n"},
    {.name = "IAM renames with a renamed account",
     .base = "account/i id=222\n"
	     "iam_user/i/alice groups=[iam_group/i/g]\n"
	     "iam_group/i/g",
     .head = "account/new id=222 was:account/i\n"
	     "iam_user/new/bob was:iam_user/new/alice groups=[iam_group/new/g]\n"
	     "iam_group/new/g",
     .live = "account/~222 name=i\n"
	     "iam_group/~222/g\n"
	     "iam_user/~222/alice groups=[iam_group/~222/g]",
     .want = "account/new BHL 222 renamed\n"
	     "iam_group/new/g BHL arn:iam_group:222:g\n"
	     "   base account account/new\n"
	     "   live account account/new\n"
	     "iam_user/new/bob BHL arn:iam_user:222:alice renamed\n"
	     "   base account account/new\n"
	     "   base groups iam_group/new/g\n"
	     "   live account account/new\n"
	     "   live groups iam_group/new/g\n"},
    {.name = "same names in two accounts",
     .head = "account/a id=111\n"
	     "account/b id=222\n"
	     "iam_user/a/u\n"
	     "iam_user/b/u",
     .live = "account/~111 name=a\n"
	     "account/~222 name=b\n"
	     "iam_user/~222/u\n"
	     "iam_user/~111/u",
     .want = "account/a HL 111\n"
	     "account/b HL 222\n"
	     "iam_user/a/u HL arn:iam_user:111:u\n"
	     "   live account account/a\n"
	     "iam_user/b/u HL arn:iam_user:222:u\n"
	     "   live account account/b\n"},
    {.name = "an account that is not listed",
     .head = "iam_user/a/u",
     .live = "iam_user/~222/u",
     .want = "iam_user/a/u H\n"
	     "iam_user/~222/u L arn:iam_user:222:u\n"
	     "   live account account/~222\n"},
    {.name = "foreign things meet head only",
     .base = "account/a id=222\n"
	     "iam_user/a/y",
     .head = "account/a id=222\n"
	     "iam_user/a/x path=/aws-reserved/ flag:external",
     .live = "account/~222 name=a\n"
	     "iam_user/~222/x path=/aws-reserved/\n"
	     "iam_user/~222/y path=/aws-reserved/",
     .want = "account/a BHL 222\n"
	     "iam_user/a/x HL arn:iam_user:222:x\n"
	     "   live account account/a\n"
	     "iam_user/a/y B\n"
	     "   base account account/a\n"
	     "iam_user/a/y~arn:iam_user:222:y L arn:iam_user:222:y\n"
	     "   live account account/a\n"},
    {.name = "delegated administrators",
     .head = "organization\n"
	     "account/a id=222\n"
	     "delegated_administrator/config.amazonaws.com/a",
     .live = "organization/~o-1\n"
	     "account/~222 name=a\n"
	     "account/~333 name=b\n"
	     "delegated_administrator/~222/config.amazonaws.com\n"
	     "delegated_administrator/~333/config.amazonaws.com",
     .want = "organization HL o-1\n"
	     "account/a HL 222\n"
	     "account/b L 333\n"
	     "delegated_administrator/config.amazonaws.com/a HL "
	     "arn:delegated_administrator:222:config.amazonaws.com\n"
	     "   live account account/a\n"
	     "delegated_administrator/config.amazonaws.com/b L "
	     "arn:delegated_administrator:333:config.amazonaws.com\n"
	     "   live account account/b\n"},
    {.name = "a policy whose type was changed",
     .base = "policy/p",
     .head = "policy/p type=TAG_POLICY",
     .live = "policy/~p-1 name=p",
     .want = "policy/p BHL p-1\n"},
    {.name = "a name that must be encoded",
     .head = "unit/A%2FB",
     .live = "unit/~1 name=A/B parent=root\n"
	     "unit/~2 name=~x parent=root",
     .want = "unit/%7Ex L 2\n"
	     "   live parent root\n"
	     "unit/A%2FB HL 1\n"
	     "   live parent root\n"},
};

static const struct bind_case edges[] = {
    {.name = "they follow what they join, whatever it was called",
     .base = "account/a id=222\n"
	     "identity_group/g\nidentity_user/u\npermission_set/S\n"
	     "assignment/S/a/group/g\nassignment/S/a/user/u",
     .target = "account/a id=222\n"
	       "identity_group/g\npermission_set/S\nassignment/S/a/group/g",
     .head = "account/b id=222\n"
	     "identity_group/h was:identity_group/g\n"
	     "identity_user/v was:identity_user/u\n"
	     "permission_set/S\n"
	     "assignment/S/b/group/h\nassignment/S/b/user/v",
     .live = "account/~222 name=a\n"
	     "identity_group/~g1 name=g\nidentity_user/~u1 name=v\n"
	     "permission_set/~i/ps1 name=S\n"
	     "assignment/~i/ps1/222/group/g1\nassignment/~i/ps1/222/user/u1",
     .leftover = "account/a id=222\n"
		 "identity_group/k was:identity_group/g\npermission_set/S\n"
		 "assignment/S/a/group/k",
     .want = "account/b BTHL 222\n"
	     "identity_user/v BHL u1 renamed\n"
	     "identity_group/h BTHL g1 renamed\n"
	     "permission_set/S BTHL i/ps1\n"
	     "assignment/S/b/group/h BTHL i/ps1/222/group/g1\n"
	     "   base permission_set permission_set/S\n"
	     "   base account account/b\n"
	     "   base principal identity_group/h\n"
	     "   live permission_set permission_set/S\n"
	     "   live account account/b\n"
	     "   live principal identity_group/h\n"
	     "assignment/S/b/user/v BHL i/ps1/222/user/u1\n"
	     "   base permission_set permission_set/S\n"
	     "   base account account/b\n"
	     "   base principal identity_user/v\n"
	     "   live permission_set permission_set/S\n"
	     "   live account account/b\n"
	     "   live principal identity_user/v\n"},
    {.name = "of what is not declared, has another's name, or is not known",
     .base = "identity_user/kept flag:external",
     .head = "permission_set/S\nidentity_group/g",
     .live = "account/~333 name=dev/one\n"
	     "identity_group/~g1 name=g\nidentity_group/~g2 name=g\n"
	     "identity_user/~u1 name=kept synchronized=yes\n"
	     "permission_set/~S1 name=S\npermission_set/~T1 name=T\n"
	     "assignment/~S1/333/group/g2\n"
	     "assignment/~S1/333/user/u1\n"
	     "assignment/~S1/444/group/g9\n"
	     "assignment/~T1/333/group/g1",
     .want = "account/dev%2Fone L 333\n"
	     "identity_user/kept BL u1\n"
	     "identity_group/g HL g1\n"
	     "identity_group/g~g2 L g2\n"
	     "permission_set/S HL S1\n"
	     "permission_set/T L T1\n"
	     "assignment/S/dev%2Fone/group/g~g2 L S1/333/group/g2\n"
	     "   live permission_set permission_set/S\n"
	     "   live account account/dev%2Fone\n"
	     "   live principal identity_group/g~g2\n"
	     "assignment/S/dev%2Fone/user/kept L S1/333/user/u1\n"
	     "   live permission_set permission_set/S\n"
	     "   live account account/dev%2Fone\n"
	     "   live principal identity_user/kept\n"
	     "assignment/S/~444/group/~g9 L S1/444/group/g9\n"
	     "   live permission_set permission_set/S\n"
	     "   live account account/~444\n"
	     "   live principal identity_group/~g9\n"
	     "assignment/T/dev%2Fone/group/g L T1/333/group/g1\n"
	     "   live permission_set permission_set/T\n"
	     "   live account account/dev%2Fone\n"
	     "   live principal identity_group/g\n"
	     "error head.yaml:2: AWS has two of identity_group/g (g1 and g2): remove or rename one "
	     "by hand\n"},
};

static void edges_bind(void **state)
{
	(void)state;
	RUN(edges, true);
}

static void accounts_bind(void **state)
{
	(void)state;
	RUN(accounts, false);
}

static void units_bind(void **state)
{
	(void)state;
	RUN(units, false);
}

static void others_bind(void **state)
{
	(void)state;
	RUN(others, true);
}

/* A probe sees a few things again, one of them made since. */
static void probe_binds(void **state)
{
	struct arena *arena = arena_new();
	struct diagnostics diag = {.arena = arena};
	struct sides sides = {
	    .head = side_from(arena, "head.yaml",
			      "unit/A\naccount/new email=n@x\niam_user/i/u\naccount/i id=222\n"
			      "identity_group/g\npermission_set/S\nassignment/S/new/group/g"),
	    .live = side_from(arena, NULL,
			      "unit/~1 name=A parent=root\naccount/~222 name=i\n"
			      "identity_group/~g1 name=g"),
	};
	struct bound *bound = bind_sides(arena, &sides, &diag);
	struct side *probe = side_from(arena, NULL,
				       "unit/~9 name=in parent=unit/~1\n"
				       "unit/~10 name=deep parent=unit/~9\n"
				       "account/~333 name=other unit=unit/~9\n"
				       "iam_user/~222/u groups=[iam_group/~222/g]\n"
				       "iam_user/~333/v\n"
				       "assignment/~i/S1/333/group/g1\n"
				       "assignment/~i/S1/222/user/u9");
	auto_map *made = map_new();
	auto_buf out = BUF_INIT(1u << 16);

	(void)state;
	map_put(made, "account 333", (void *)text_str(arena, "account/new"));
	map_put(made, "permission_set i/S1", (void *)text_str(arena, "permission_set/S"));
	bind_probe(arena, bound, made, probe);
	for (size_t i = 0; i < probe->all.n; i++) {
		buf_printf(&out, "%s\n", probe->all.at[i]->address->s);
		refs_dump(&out, "live", probe->all.at[i]);
	}
	assert_true(text_agrees("probe", buf_str(&out),
				"account/new\n"
				"   live unit unit/A/in\n"
				"assignment/S/i/user/~u9\n"
				"   live permission_set permission_set/S\n"
				"   live account account/i\n"
				"   live principal identity_user/~u9\n"
				"assignment/S/new/group/g\n"
				"   live permission_set permission_set/S\n"
				"   live account account/new\n"
				"   live principal identity_group/g\n"
				"iam_user/i/u\n"
				"   live account account/i\n"
				"   live groups iam_group/i/g\n"
				"iam_user/new/v\n"
				"   live account account/new\n"
				"unit/A/in\n"
				"   live parent unit/A\n"
				"unit/A/in/deep\n"
				"   live parent unit/A/in\n"));
	bound_free(bound);
	diagnostics_free(&diag);
	side_free(sides.head);
	side_free(sides.live);
	side_free(probe);
	arena_free(arena);
}

static void account_is_found_before(void **state)
{
	struct arena *arena = arena_new();
	struct side *live = side_from(arena, NULL,
				      "account/~222 name=a email=A@x.io\naccount/~333 name=b\n"
				      "account/~444 name=c\naccount/~555 name=c");
	static const struct {
		const char *declared, *id;
	} cases[] = {{"account/z id=333", "333"},   {"account/z email=a@x.io", "222"},
		     {"account/b", "333"},          {"account/c", NULL},
		     {"account/b email=q@x", NULL}, {"account/b id=9", NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct side *head = side_from(arena, "head.yaml", cases[i].declared);
		const struct resource *found = bind_live_account(live, head->all.at[0]);

		assert_int_equal(found != NULL, cases[i].id != NULL);
		if (found != NULL)
			assert_string_equal(found->id->s, cases[i].id);
		side_free(head);
	}
	side_free(live);
	arena_free(arena);
}

/* A chain of renames: name[i + 1] was name[i]. The last `done` of them have happened. */
struct chain {
	const char *prefix, *live_prefix, *raw; /* of addresses; of raw ones before the id */
	const char *extra, *live_extra;         /* what they stand in */
	const char *parent;
};

static const struct chain chains[] = {
    {"policy/", "policy/~", " name=", "", "", ""},
    {"unit/", "unit/~", " name=", "", "", " parent=root"},
    {"unit/A/", "unit/~", " name=", "unit/A\n", "unit/~99 name=A parent=root\n",
     " parent=unit/~99"},
    {"iam_user/i/", "iam_user/~222/", NULL, "account/i id=222\n", "account/~222 name=i\n", ""},
};

static void chain_name(char name[16], unsigned i, unsigned links, unsigned stride)
{
	snprintf(name, 16, "n%03u", i * stride % (links + 1));
}

static void chain_sides(const struct chain *c, unsigned links, unsigned stride, unsigned done,
			struct buf *base, struct buf *head, struct buf *live)
{
	char name[16], before[16];

	buf_puts(base, c->extra);
	buf_puts(head, c->extra);
	buf_puts(live, c->live_extra);
	for (unsigned i = 0; i < links; i++) {
		chain_name(before, i, links, stride);
		chain_name(name, i + 1, links, stride);
		buf_printf(base, "%s%s\n", c->prefix, before);
		buf_printf(head, "%s%s was:%s%s\n", c->prefix, name, c->prefix, before);
		if (c->raw == NULL)
			buf_printf(live, "%s%s tags={i=%u}\n", c->live_prefix,
				   i + done < links ? before : name, i);
		else
			buf_printf(live, "%s%u%s%s%s tags={i=%u}\n", c->live_prefix, i, c->raw,
				   i + done < links ? before : name, c->parent, i);
	}
}

static const struct value *live_tags(const struct row *row)
{
	const struct kind *kind = row == NULL || row->live == NULL ? NULL : kinds[row->live->kind];

	for (uint16_t i = 0; kind != NULL && i < kind->attrs; i++)
		if (strcmp(kind->attr[i].name, "tags") == 0)
			return &row->live->v[i];
	return NULL;
}

/* Each resource is the one that it was, which its tag tells. */
static unsigned chain_wrong(const struct chain *c, const struct bound *bound, unsigned links,
			    unsigned stride)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < links; i++) {
		struct arena *arena = arena_new();
		char name[16], number[16];
		const struct row *row;
		const struct value *tags;

		chain_name(name, i + 1, links, stride);
		snprintf(number, sizeof(number), "%u", i);
		row = bound_find(bound, text_printf(arena, "%s%s", c->prefix, name));
		tags = live_tags(row);
		wrong += tags == NULL || row->base == NULL || !row->renamed ||
			 !text_is(tags->u.set->item[0].value, number);
		arena_free(arena);
	}
	return wrong;
}

static bool chain_binds(const struct chain *c, unsigned links, unsigned stride, unsigned done)
{
	struct arena *arena = arena_new();
	struct diagnostics diag = {.arena = arena};
	auto_buf base = BUF_INIT(1u << 16), head = BUF_INIT(1u << 16), live = BUF_INIT(1u << 16);
	struct sides sides = {0};
	struct bound *bound;
	unsigned wrong;

	chain_sides(c, links, stride, done, &base, &head, &live);
	sides.base = side_from(arena, "base.yaml", buf_str(&base));
	sides.head = side_from(arena, "head.yaml", buf_str(&head));
	sides.live = side_from(arena, NULL, buf_str(&live));
	bound = bind_sides(arena, &sides, &diag);
	wrong = chain_wrong(c, bound, links, stride);
	if (wrong + diag.errors > 0)
		print_error("%s: %u links by %u, %u done: %u wrong, %zu errors\n", c->prefix, links,
			    stride, done, wrong, (size_t)diag.errors);
	wrong += diag.errors > 0;
	bound_free(bound);
	sides_free(&sides);
	diagnostics_free(&diag);
	arena_free(arena);
	return wrong == 0;
}

/* Only then does each name come once. */
static bool is_prime_to(unsigned a, unsigned b)
{
	while (b != 0) {
		unsigned rest = a % b;

		a = b;
		b = rest;
	}
	return a == 1;
}

static unsigned chain_fails(const struct chain *c, unsigned links)
{
	unsigned failed = 0;

	for (unsigned stride = 1; stride <= links; stride++) {
		if (!is_prime_to(stride, links + 1) || (links > 10 && stride % 10 != 1))
			continue;
		for (unsigned done = 0; done <= links; done++)
			failed += !chain_binds(c, links, stride, done);
	}
	return failed;
}

/* Names handed on, in every order of the names that a stride gives, broken off at every place. */
static void chains_bind(void **state)
{
	static const unsigned links[] = {1, 2, 3, 4, 6, 10, 30, 60};
	unsigned failed = 0;

	(void)state;
	for (size_t k = 0; k < sizeof(chains) / sizeof(*chains); k++)
		for (size_t l = 0; l < sizeof(links) / sizeof(*links); l++)
			failed += chain_fails(&chains[k], links[l]);
	assert_int_equal(failed, 0);
}

/* Wide and deep at once: the work must grow with the number of resources, not its square. */
static void many_bind(void **state)
{
	struct arena *arena = arena_new();
	struct diagnostics diag = {.arena = arena};
	struct sides sides = {side_new(arena), NULL, side_new(arena), side_new(arena), NULL};
	struct bound *bound;
	enum { COUNT = 40000 };

	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		struct resource *r;

		for (int k = 0; k < 2; k++) {
			r = side_resource(k ? sides.head : sides.base, KIND_POLICY,
					  text_printf(arena, "policy/p%06u", i), NULL);
			r->v[POLICY_NAME] = value_text(text_printf(arena, "p%06u", i));
		}
		r = side_resource(sides.live, KIND_POLICY, text_printf(arena, "policy/~p-%06u", i),
				  text_printf(arena, "p-%06u", i));
		r->v[POLICY_NAME] = value_text(text_printf(arena, "p%06u", COUNT - 1 - i));
	}
	side_finish(sides.base, NULL);
	side_finish(sides.head, NULL);
	side_finish(sides.live, NULL);
	bound = bind_sides(arena, &sides, &diag);
	assert_int_equal(bound->rows, COUNT);
	assert_string_equal(bound->row[0].live->id->s, "p-039999");
	assert_int_equal(diag.errors, 0);
	bound_free(bound);
	sides_free(&sides);
	diagnostics_free(&diag);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accounts_bind), cmocka_unit_test(units_bind),
	    cmocka_unit_test(others_bind),   cmocka_unit_test(edges_bind),
	    cmocka_unit_test(probe_binds),   cmocka_unit_test(account_is_found_before),
	    cmocka_unit_test(chains_bind),   cmocka_unit_test(many_bind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

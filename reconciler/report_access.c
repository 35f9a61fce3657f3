#include "reconciler/report_access.h"

#include "reconciler/report_address.h"
#include "reconciler/report_drift.h"

#include <stdlib.h>
#include <string.h>

static bool through_is_group(const struct access_line *a)
{
	return a->through && str_starts(a->through, "group/");
}

static int cmp_text(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return a == b ? 0 : strcmp(a, b);
}

/* Those of one group of Identity Center stand together. */
static int line_cmp_who(const struct access_line *a, const struct access_line *b)
{
	int order = (int)b->loss - (int)a->loss;

	if (!order)
		order = (int)b->strength - (int)a->strength;
	if (!order)
		order = cmp_text(through_is_group(a) ? a->through : NULL,
				 through_is_group(b) ? b->through : NULL);
	if (!order)
		order = name_list_cmp(a->principal, b->principal);
	return order ? order : cmp_text(a->through, b->through);
}

static int line_cmp(const void *pa, const void *pb)
{
	const struct access_line *a = pa, *b = pb;
	int order = line_cmp_who(a, b);

	if (!order)
		order = name_list_cmp(a->permission, b->permission);
	return order ? order : name_list_cmp(a->account, b->account);
}

/* What a row says, with or without the name of its account in addresses. */
struct access_words {
	const char *part[PARTS];
	const char *through, *rest;
};

static enum strength row_strength(const struct doc_access *a)
{
	for (int i = STRENGTH_WRITE; a->strength && !access_is_loss(a) && i < STRENGTHS; i++)
		if (strcmp(a->strength, strength_names[i]) == 0)
			return (enum strength)i;
	return STRENGTH_UNKNOWN;
}

static const uint8_t *rows_strength(struct arena *arena, const struct plan_doc *d)
{
	uint8_t *strength = arena_array(arena, d->access_n + 1, sizeof *strength);

	for (size_t i = 0; i < d->access_n; i++)
		strength[i] = (uint8_t)row_strength(&d->access[i]);
	return strength;
}

static struct access_words row_words(struct arena *arena, const struct doc_access *row,
				     uint8_t strength, bool star)
{
	struct access_words w = {{[PART_ACCOUNT] = row->account,
				  [PART_WHO] = row->principal,
				  [PART_WHAT] = row->permission},
				 row->through,
				 NULL};
	const char *account =
	    str_starts(row->principal, "iam_") ? address_account(arena, row->principal) : "";

	if (star && *account && strcmp(account_name(arena, account), row->account) == 0) {
		w.part[PART_WHO] = account_starred(arena, row->principal, account);
		w.part[PART_WHAT] = account_starred(arena, row->permission, account);
		w.through = account_starred(arena, row->through, account);
	}
	w.rest =
	    arena_printf(arena, "%s %d %s", row->effect, (int)strength, w.through ? w.through : "");
	return w;
}

static void rows_add(const struct plan_doc *d, const uint8_t *strength, struct products *p)
{
	for (size_t i = 0; i < d->access_n; i++) {
		struct access_words w = row_words(p->arena, &d->access[i], strength[i], true);

		products_add(p, w.rest, w.part);
	}
}

/* A star stands for several accounts: one alone keeps its name. */
static void rows_unstar(const struct plan_doc *d, const uint8_t *strength, struct products *p)
{
	for (size_t i = 0; i < p->rows; i++) {
		size_t first = p->row[i].first;
		const struct doc_access *row = &d->access[first];

		if (p->row[i].n == 1 && str_starts(row->principal, "iam_")) {
			struct access_words w = row_words(p->arena, row, strength[first], false);

			products_set(p, &p->row[i], w.rest, w.part);
		}
	}
}

static struct access_line line_of(const struct plan_doc *d, const uint8_t *strength,
				  struct arena *arena, const struct product *row)
{
	const struct doc_access *first = &d->access[row->first];

	return (struct access_line){
	    .loss = access_is_loss(first),
	    .past = report_is_drift(d),
	    .strength = strength[row->first],
	    .people =
		str_starts(first->principal, "user/") || str_starts(first->principal, "group/"),
	    .principal = row->part[PART_WHO],
	    .permission = row->part[PART_WHAT],
	    .account = row->part[PART_ACCOUNT],
	    .through = row_words(arena, first, 0, row->part[PART_ACCOUNT]->n > 1).through,
	    .n = row->n};
}

static bool access_is_news(const struct plan_doc *d)
{
	struct drift_numbers n;

	if (!report_is_drift(d))
		return true;
	if (!d->drift || !d->access_n)
		return false;
	drift_count(d, &n);
	return n.differences > 0;
}

void access_lines_read(const struct plan_doc *d, struct access_lines *lines)
{
	struct arena *arena = arena_new();
	const uint8_t *strength;
	struct products p;

	*lines = (struct access_lines){.arena = arena};
	if (!access_is_news(d))
		return;
	lines->strength = strength = rows_strength(arena, d);
	products_begin(&p, arena, d->access_n);
	rows_add(d, strength, &p);
	products_merge(&p, PART_ACCOUNT);
	rows_unstar(d, strength, &p);
	products_merge(&p, PART_WHO);
	products_merge(&p, PART_WHAT);
	lines->line = arena_array(arena, p.rows + 1, sizeof *lines->line);
	for (size_t i = 0; i < p.rows; i++) {
		lines->line[lines->n++] = line_of(d, strength, arena, &p.row[i]);
		lines->losses += lines->line[i].loss;
		lines->strong += lines->line[i].strength > STRENGTH_UNKNOWN;
	}
	products_end(&p);
	if (lines->n > 1)
		qsort(lines->line, lines->n, sizeof *lines->line, line_cmp);
	for (size_t i = 0; i < lines->n; i = access_lines_end(lines, i)) {
		lines->rows++;
		lines->loss_rows += lines->line[i].loss;
		lines->strong_rows += lines->line[i].strength > STRENGTH_UNKNOWN;
	}
}

size_t access_lines_end(const struct access_lines *lines, size_t i)
{
	size_t end = i + 1;

	while (end < lines->n && !line_cmp_who(&lines->line[i], &lines->line[end]))
		end++;
	return end;
}

void access_lines_free(struct access_lines *lines)
{
	arena_free(lines->arena);
}

/* Of a group the names matter less than how many they are. */
#define PEOPLE_MAX 4

void access_who(struct buf *b, const struct access_line *a, bool all, put_name_fn *name)
{
	const char *plural = a->people ? "people" : "principals";
	size_t n = a->principal->n;

	if (all || !through_is_group(a) || n <= PEOPLE_MAX)
		names_put(b, a->principal->name, n, all, plural, name);
	else
		names_put_some(b, a->principal->name, n, PEOPLE_MAX - 1, plural, name);
}

void access_what(struct buf *b, const struct access_line *a, struct places *places, bool all,
		 const char *minus, put_name_fn *name)
{
	names_put(b, a->permission->name, a->permission->n, all, "permissions", name);
	/* Of a permission set itself. */
	if (a->account->n == 1 && strcmp(a->account->name[0], "*") == 0) {
		buf_puts(b, " wherever it is assigned");
	} else {
		buf_puts(b, " in ");
		places_put(places, b, a->account->name, a->account->n, all, name);
	}
	if (a->people && a->n > 1)
		buf_printf(b, ": +%zu %s%zu", a->loss ? 0 : a->n, minus, a->loss ? a->n : 0);
}

const char *access_by(const struct access_line *a)
{
	return !a->loss && a->strength != STRENGTH_UNKNOWN ? " by" : "";
}

const char *access_verb(const struct access_line *a)
{
	static const char *const gains[][3] = {
	    [STRENGTH_UNKNOWN] = {"gains", "gain", "gained"},
	    [STRENGTH_WRITE] = {"gains write access", "gain write access", "gained write access"},
	    [STRENGTH_ADMINISTRATOR] = {"gains administrator access", "gain administrator access",
					"gained administrator access"},
	};
	static const char *const losses[] = {"loses", "lose", "lost"};
	int form = a->past ? 2 : a->principal->n > 1;

	return a->loss ? losses[form] : gains[a->strength][form];
}

#include "reconciler/report_tally.h"

#include <stdlib.h>
#include <string.h>

void tally_begin(struct tally *t, enum tally_level level)
{
	*t = (struct tally){
	    .level = level, .arena = arena_new(), .lines = map_new(), .seen = map_new()};
}

void tally_end(struct tally *t)
{
	arena_free(t->arena);
	map_free(t->lines);
	map_free(t->seen);
	free(t->line.at);
}

static struct tally_line *line_get(struct tally *t, const char *who, const char *what)
{
	auto_free char *key =
	    xasprintf("%zu:%s%s", who ? strlen(who) : 0, who ? who : "", what ? what : "");
	struct tally_line *line = map_get(t->lines, key);

	if (!line) {
		line = arena_alloc(t->arena, sizeof *line);
		*line = (struct tally_line){.who = who, .what = what};
		map_put(t->lines, key, line);
		vec_push(&t->line, line);
	}
	return line;
}

/* 1 where the line has not seen this one yet. */
static size_t is_new(struct tally *t, const struct tally_line *line, char of, const char *name)
{
	auto_free char *key = xasprintf("%p%c%s", (const void *)line, of, name);

	if (map_get(t->seen, key))
		return 0;
	map_put(t->seen, key, t);
	return 1;
}

void tally_add(struct tally *t, const char *who, const char *what, const char *account,
	       const char *person)
{
	struct tally_line *line =
	    line_get(t, t->level == TALLY_PAIRS ? who : NULL, t->level == TALLY_ALL ? NULL : what);

	line->n++;
	if (strcmp(account, "*") == 0)
		line->everywhere = true;
	else
		line->accounts += is_new(t, line, 'a', account);
	line->people += is_new(t, line, 'p', person);
	line->whats += is_new(t, line, 'w', what);
}

static int cmp_name(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) : 0;
}

static int line_cmp(const void *pa, const void *pb)
{
	const struct tally_line *const *a = pa, *const *b = pb;
	int order = cmp_name((*a)->who, (*b)->who);

	return order ? order : cmp_name((*a)->what, (*b)->what);
}

void tally_sort(struct tally *t)
{
	if (t->line.n > 1)
		qsort(t->line.at, t->line.n, sizeof *t->line.at, line_cmp);
}

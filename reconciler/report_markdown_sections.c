/* The changes in the Markdown report: by the file that declares them, as the commit's own
 * difference is read; what is new, what drifted and what waits to be applied are apart. */
#include "reconciler/report_markdown.h"

#include <stdlib.h>
#include <string.h>

/* About what the head of a table takes, with its fold. */
#define HEAD_BYTES 160

enum section_id { SECTION_CHANGED, SECTION_DRIFTED, SECTION_PENDING, SECTION_CREATED };

/* The title with the number of changes in it, and a sentence below it. */
static const char *const titles[] = {
    [SECTION_CHANGED] = "### Changes (%zu)\n\n",
    [SECTION_DRIFTED] = "### Drift that this reverts (%zu)\n\nChanged outside git, and put back: "
			"the commit does not touch it.\n\n",
    [SECTION_PENDING] = "### Pending (%zu)\n\nAlready in the target's configuration and not "
			"applied yet: each comes with its own merge.\n\n",
    [SECTION_CREATED] = "### New (%zu)\n\n",
};
static const char drift_title[] = "### Changed outside git (%zu)\n\n"
				  "− is in git, + is in AWS; arrows go from git to AWS.\n\n";

/* One change, and what it stands below. */
struct listed {
	const char *group; /* file, or kind */
	uint32_t line;
	size_t i;
};

struct group {
	const struct listed *entry;
	size_t n, rows; /* changes, and how many rows they are */
	size_t bytes;   /* of all rows */
};

struct sections {
	const struct md *m;
	enum section_id section;
	bool by_file;
	struct listed *entry;
	size_t n;
	struct group *group;
	size_t groups;
};

/* A change whose losses are all it does stands among the losses. */
static bool change_is_all_loss(const struct doc_change *c)
{
	if (strcmp(c->action, "delete") == 0)
		return true;
	if (!change_is_loss(c))
		return false;
	for (uint32_t i = 0; i < c->attributes; i++) {
		const struct doc_attribute *a = &c->attribute[i];

		if (!a->is_set || a->added_n || a->changed_n)
			return false;
	}
	return true;
}

static bool change_is_in(const struct plan_doc *d, const struct doc_change *c,
			 enum section_id section)
{
	if (change_is_unknown(c))
		return false;
	if (report_is_drift(d))
		return !d->drift && section == SECTION_CHANGED;
	if (change_is_all_loss(c))
		return false;
	if (strcmp(c->reason, "drift") == 0)
		return section == SECTION_DRIFTED;
	if (strcmp(c->reason, "pending") == 0)
		return section == SECTION_PENDING;
	return section == (strcmp(c->action, "create") == 0 ? SECTION_CREATED : SECTION_CHANGED);
}

static int entry_cmp(const void *pa, const void *pb)
{
	const struct listed *a = pa, *b = pb;
	int order = strcmp(a->group, b->group);

	if (!order && a->line != b->line)
		order = a->line < b->line ? -1 : 1;
	return order ? order : (a->i > b->i) - (a->i < b->i);
}

/* By file, and there by line; by kind as they come. */
static void entries_read(struct sections *s)
{
	const struct plan_doc *d = s->m->d;

	s->entry = xcalloc(d->changes + 1, sizeof *s->entry);
	for (size_t i = 0; i < d->changes; i++) {
		const struct doc_change *c = &d->change[i];

		if (!change_is_in(d, c, s->section))
			continue;
		s->entry[s->n++] = s->by_file ? (struct listed){c->file ? c->file : "", c->line, i}
					      : (struct listed){c->kind, 0, i};
	}
	if (s->by_file && s->n > 1)
		qsort(s->entry, s->n, sizeof *s->entry, entry_cmp);
}

static bool group_is_file(const struct sections *s, const struct listed *e)
{
	return s->by_file && *e->group != '\0';
}

static void entry_row(const struct sections *s, const struct listed *e, struct buf *b)
{
	const struct alike_row *row = &s->m->alike->row[e->i];

	md_row(s->m, b, row, false, group_is_file(s, e));
}

static void groups_read(struct sections *s)
{
	s->group = xcalloc(s->n + 1, sizeof *s->group);
	for (size_t i = 0; i < s->n; i++) {
		const struct listed *e = &s->entry[i];
		auto_buf row = BUF_INIT(SIZE_MAX);
		struct group *g;

		if (!i || strcmp(e->group, s->entry[i - 1].group) != 0)
			s->group[s->groups++] = (struct group){.entry = e};
		g = &s->group[s->groups - 1];
		g->n++;
		if (!s->m->alike->row[e->i].n)
			continue;
		entry_row(s, e, &row);
		g->bytes += row.len + (g->rows++ ? 0 : HEAD_BYTES);
	}
}

static void put_kind(struct buf *b, const char *kind)
{
	int id = kind_find(kind);
	auto_buf s = BUF_INIT(SIZE_MAX);

	buf_puts(&s, id < 0 ? kind : kinds[id]->plural);
	if (s.len && s.data[0] >= 'a' && s.data[0] <= 'z')
		s.data[0] = (char)(s.data[0] - 32);
	md_html_text(b, buf_str(&s));
}

/* The file as head has it, if anything in it is still declared. */
static const char *group_blob(const struct sections *s, const struct group *g)
{
	const struct doc_change *change = s->m->d->change;
	size_t i = 0;

	while (i + 1 < g->n && change[g->entry[i].i].gone)
		i++;
	return md_blob(s->m, &change[g->entry[i].i]);
}

/* In a fold Markdown is not read: the name alone. */
static void group_head(const struct sections *s, const struct group *g, bool folded, struct buf *b)
{
	const char *name = g->entry->group;

	buf_puts(b, folded ? "<details><summary><b>" : "**");
	if (!s->by_file)
		put_kind(b, name);
	else if (!*name)
		buf_puts(b, "Declared in no file");
	else if (folded)
		md_html_code(b, name);
	else
		md_link(b, name, group_blob(s, g), name, 0, false);
	buf_printf(b, folded ? "</b> (%zu)</summary>\n\n" : "** (%zu)\n\n", g->n);
	md_table_head(s->m, b, group_is_file(s, g->entry));
}

/* Assignments that do not fit one by one are counted. False: they do, or are others. */
static bool put_counted(const struct sections *s, const struct group *g, size_t room, struct buf *b)
{
	static const uint8_t levels[] = {MD_PAIRS, MD_SETS, MD_TOGETHER};
	const struct plan_doc *d = s->m->d;
	auto_free size_t *change = xcalloc(g->n + 1, sizeof *change);
	size_t n = 0;

	if (report_is_drift(d) || g->bytes <= room ||
	    strcmp(d->change[g->entry->i].kind, "assignment") != 0)
		return false;
	for (size_t i = 0; i < g->n; i++)
		if (!d->change[g->entry[i].i].blocked)
			change[n++] = g->entry[i].i;
	for (size_t k = 0; k < sizeof levels; k++) {
		auto_buf part = BUF_INIT(SIZE_MAX);

		md_fold(s->m, &part, "Assignments", g->n);
		md_assignments(d, &part, change, n, "+", (enum md_level)levels[k]);
		md_fold_end(s->m, &part);
		if (part.len <= room) {
			buf_add(b, buf_str(&part), part.len);
			return true;
		}
	}
	return false;
}

/* As many rows as fit; returns how many changes did not. */
static size_t put_group(const struct sections *s, const struct group *g, size_t room, struct buf *b)
{
	const struct plan_doc *d = s->m->d;
	size_t end = b->len + room, shown = 0, left = 0;
	bool counted = !s->by_file && put_counted(s, g, room, b);
	bool folded = g->rows > MD_ROWS_OPEN && !s->m->plain;
	const char *tail = folded ? "\n</details>\n\n" : "\n";

	for (size_t i = 0; i < g->n; i++) {
		const struct listed *e = &g->entry[i];
		const struct alike_row *alike = &s->m->alike->row[e->i];
		auto_buf row = BUF_INIT(SIZE_MAX);

		if (!alike->n || (counted && !d->change[e->i].blocked))
			continue;
		if (!shown)
			group_head(s, g, folded, &row);
		entry_row(s, e, &row);
		if (left || b->len + row.len + strlen(tail) > end) {
			left += alike->n;
		} else {
			buf_add(b, buf_str(&row), row.len);
			shown++;
		}
	}
	if (shown)
		buf_puts(b, tail);
	return left;
}

/* A group of many changes leaves to each after it what it needs, or an equal share. */
static size_t room_of(const struct group *g, size_t groups_left, size_t room)
{
	size_t later = 0;

	for (size_t i = 1; i < groups_left && later < room; i++)
		later += g[i].bytes < room / groups_left ? g[i].bytes : room / groups_left;
	return room > later ? room - later : 0;
}

static size_t put_groups(const struct sections *s, size_t room, struct buf *b)
{
	const char *title = report_is_drift(s->m->d) ? drift_title : titles[s->section];
	size_t left = 0, end = b->len + room;

	if (!s->n)
		return 0;
	if (room < HEAD_BYTES + strlen(title))
		return s->n;
	buf_printf(b, title, s->n);
	for (size_t i = 0; i < s->groups; i++)
		left += put_group(s, &s->group[i],
				  room_of(&s->group[i], s->groups - i, end - b->len), b);
	if (left)
		buf_printf(b, "… and %zu more, left out for length.\n\n", left);
	return left;
}

static size_t put_section(const struct md *m, enum section_id section, size_t room, struct buf *b)
{
	struct md unlinked = *m;
	struct sections s = {.m = m,
			     .section = section,
			     .by_file = section != SECTION_CREATED && !report_is_drift(m->d)};
	size_t bytes = 0, left;

	entries_read(&s);
	groups_read(&s);
	for (size_t i = 0; i < s.groups; i++)
		bytes += s.group[i].bytes;
	/* More rows are worth more than links. */
	if (bytes > room && m->linked) {
		free(s.group);
		s.groups = 0;
		unlinked.linked = false;
		s.m = &unlinked;
		groups_read(&s);
	}
	left = put_groups(&s, room > HEAD_BYTES ? room - HEAD_BYTES : 0, b);
	free(s.entry);
	free(s.group);
	return left;
}

size_t md_changed(const struct md *m, size_t room, struct buf *b)
{
	return put_section(m, SECTION_CHANGED, room, b);
}

size_t md_drifted(const struct md *m, size_t room, struct buf *b)
{
	return put_section(m, SECTION_DRIFTED, room, b);
}

size_t md_pending(const struct md *m, size_t room, struct buf *b)
{
	return put_section(m, SECTION_PENDING, room, b);
}

size_t md_created(const struct md *m, size_t room, struct buf *b)
{
	return put_section(m, SECTION_CREATED, room, b);
}

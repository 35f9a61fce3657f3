#include "reconciler/report_access.h"

#include <stdlib.h>
#include <string.h>

/* Names of a gain that are written out; counted from so many on. */
#define NAMES_MAX     10
#define NAMES_COUNTED 4

/* One row, with what differs only by its account written as *. */
struct access_item {
	const struct doc_access *row;
	bool loss;
	const char *principal, *permission, *through;
};

/* The items that differ in their accounts alone. */
struct access_group {
	const struct access_item *item;
	size_t n;
	const char *accounts; /* all names, to compare by */
};

static int cmp_text(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

const char *address_account(struct arena *arena, const char *address)
{
	const char *start = strchr(address, '/');
	const char *end = start ? strchr(start + 1, '/') : NULL;

	return end ? arena_memdup0(arena, start + 1, (size_t)(end - start - 1)) : "";
}

const char *account_name(struct arena *arena, const char *written)
{
	auto_buf name = BUF_INIT(4096);

	unescape_percent(&name, written, strlen(written));
	return arena_strdup(arena, buf_str(&name));
}

const char *account_starred(struct arena *arena, const char *s, const char *account)
{
	const char *at = s ? strstr(s, "iam_") : NULL;
	const char *slash = at ? strchr(at, '/') : NULL;
	size_t len = strlen(account);

	if (!slash || strncmp(slash + 1, account, len) != 0 || slash[1 + len] != '/')
		return s;
	return arena_printf(arena, "%.*s/*%s", (int)(slash - s), s, slash + 1 + len);
}

static struct access_item item_make(struct arena *arena, const struct doc_access *row)
{
	struct access_item item = {row, access_is_loss(row), row->principal, row->permission,
				   row->through};
	const char *account = address_account(arena, row->principal);

	if (!str_starts(row->principal, "iam_") ||
	    strcmp(account_name(arena, account), row->account) != 0)
		return item;
	item.principal = account_starred(arena, row->principal, account);
	item.permission = account_starred(arena, row->permission, account);
	item.through = account_starred(arena, row->through, account);
	return item;
}

static int item_cmp_but_account(const struct access_item *a, const struct access_item *b)
{
	int order = (int)b->loss - (int)a->loss;

	if (!order)
		order = strcmp(a->permission, b->permission);
	if (!order)
		order = cmp_text(a->through, b->through);
	return order ? order : strcmp(a->principal, b->principal);
}

static int item_cmp(const void *pa, const void *pb)
{
	const struct access_item *a = pa, *b = pb;
	int order = item_cmp_but_account(a, b);

	return order ? order : strcmp(a->row->account, b->row->account);
}

static int group_cmp_but_principal(const struct access_group *a, const struct access_group *b)
{
	int order = (int)b->item->loss - (int)a->item->loss;

	if (!order)
		order = strcmp(a->accounts, b->accounts);
	if (!order)
		order = strcmp(a->item->permission, b->item->permission);
	return order ? order : cmp_text(a->item->through, b->item->through);
}

static int group_cmp(const void *pa, const void *pb)
{
	const struct access_group *a = pa, *b = pb;
	int order = group_cmp_but_principal(a, b);

	return order ? order : strcmp(a->item->principal, b->item->principal);
}

static int line_cmp_who(const struct access_line *a, const struct access_line *b)
{
	int order = (int)b->loss - (int)a->loss;

	if (!order)
		order = strcmp(a->who, b->who);
	return order ? order : cmp_text(a->through, b->through);
}

static int line_cmp(const void *pa, const void *pb)
{
	const struct access_line *a = pa, *b = pb;
	int order = line_cmp_who(a, b);

	if (!order)
		order = strcmp(a->permission, b->permission);
	return order ? order : strcmp(a->account[0], b->account[0]);
}

static size_t items_read(const struct plan_doc *d, struct arena *arena, struct access_item **items)
{
	*items = arena_array(arena, d->access_n + 1, sizeof **items);
	for (size_t i = 0; i < d->access_n; i++)
		(*items)[i] = item_make(arena, &d->access[i]);
	if (d->access_n > 1)
		qsort(*items, d->access_n, sizeof **items, item_cmp);
	return d->access_n;
}

static const char *accounts_joined(struct arena *arena, const struct access_item *item, size_t n)
{
	auto_buf b = BUF_INIT(SIZE_MAX);

	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s\n", item[i].row->account);
	return arena_strdup(arena, buf_str(&b));
}

/* A star stands for several accounts: one alone keeps its name. */
static void item_unstar(struct access_item *item)
{
	item->principal = item->row->principal;
	item->permission = item->row->permission;
	item->through = item->row->through;
}

static size_t groups_read(struct arena *arena, struct access_item *items, size_t n,
			  struct access_group **groups)
{
	size_t out = 0, end;

	*groups = arena_array(arena, n + 1, sizeof **groups);
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && !item_cmp_but_account(&items[i], &items[end]); end++)
			;
		if (end == i + 1)
			item_unstar(&items[i]);
		(*groups)[out++] = (struct access_group){
		    &items[i], end - i, accounts_joined(arena, &items[i], end - i)};
	}
	if (out > 1)
		qsort(*groups, out, sizeof **groups, group_cmp);
	return out;
}

static struct access_line line_make(struct arena *arena, const struct access_group *groups,
				    size_t n)
{
	const struct access_item *first = groups->item;
	const char **principals = arena_array(arena, n, sizeof *principals);
	const char **accounts = arena_array(arena, groups->n, sizeof *accounts);
	auto_buf who = BUF_INIT(SIZE_MAX);

	for (size_t i = 0; i < n; i++) {
		principals[i] = groups[i].item->principal;
		buf_printf(&who, "%s\n", principals[i]);
	}
	for (size_t i = 0; i < groups->n; i++)
		accounts[i] = first[i].row->account;
	return (struct access_line){.loss = first->loss,
				    .principal = principals,
				    .principals = n,
				    .account = accounts,
				    .accounts = groups->n,
				    .permission = first->permission,
				    .through = first->through,
				    .who = arena_strdup(arena, buf_str(&who))};
}

void access_lines_read(const struct plan_doc *d, struct access_lines *lines)
{
	struct arena *arena = arena_new();
	struct access_item *items;
	struct access_group *groups;
	size_t n, end;

	*lines = (struct access_lines){.arena = arena};
	if (report_is_drift(d))
		return;
	n = items_read(d, arena, &items);
	n = groups_read(arena, items, n, &groups);
	lines->line = arena_array(arena, n + 1, sizeof *lines->line);
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && !group_cmp_but_principal(&groups[i], &groups[end]);
		     end++)
			;
		lines->line[lines->n++] = line_make(arena, &groups[i], end - i);
		lines->losses += lines->line[lines->n - 1].loss;
	}
	if (lines->n > 1)
		qsort(lines->line, lines->n, sizeof *lines->line, line_cmp);
	for (size_t i = 0; i < lines->n; i = access_lines_end(lines, i)) {
		lines->rows++;
		lines->loss_rows += lines->line[i].loss;
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

void access_names(struct buf *b, const char *const *names, size_t n, bool all, const char *plural,
		  void (*name)(struct buf *, const char *))
{
	size_t shown = all || n <= NAMES_MAX ? n : NAMES_MAX;

	if (n >= NAMES_COUNTED)
		buf_printf(b, "%zu %s: ", n, plural);
	for (size_t i = 0; i < shown; i++) {
		buf_puts(b, i ? ", " : "");
		name(b, names[i]);
	}
	if (shown < n)
		buf_printf(b, " and %zu more", n - shown);
}

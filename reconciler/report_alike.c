#include "reconciler/report_alike.h"

#include "base/digest.h"
#include "reconciler/report_access.h"
#include "reconciler/report_text.h"

#include <string.h>

/* Fewer are easier to read one by one. */
#define ALIKE_LEAST 3

/* The address with a star in place of the account; NULL: it is in no account, or its id is shown.
 */
static const char *address_starred(struct arena *arena, const struct doc_change *c)
{
	const char *account = address_account(arena, c->address);

	if (!*account || !str_starts(c->address, "iam_") || id_is_news(c->id))
		return NULL;
	return account_starred(arena, c->address, account);
}

/* Alike is what reads alike. */
static void change_digest(const struct plan_doc *d, const struct doc_change *c,
			  char digest[SHA256_HEX])
{
	static const struct style plain = {0};
	auto_buf text = BUF_INIT(SIZE_MAX);
	struct paint p = {.out = &text, .style = &plain};

	text_change(&p, d, c, NULL);
	sha256_hex(buf_str(&text), text.len, digest);
}

/* For each change the first that is alike. */
static size_t *firsts(struct arena *arena, const struct plan_doc *d, const char **starred)
{
	size_t *first = arena_array(arena, d->changes + 1, sizeof *first);
	auto_map *seen = map_new();

	for (size_t i = 0; i < d->changes; i++) {
		struct doc_change c = d->change[i];
		char digest[SHA256_HEX];
		size_t *known;

		first[i] = i;
		starred[i] = change_is_unknown(&c) ? NULL : address_starred(arena, &c);
		if (!starred[i])
			continue;
		c.address = starred[i];
		change_digest(d, &c, digest);
		known = map_get(seen, digest);
		if (known)
			first[i] = *known;
		else
			map_put(seen, digest, &first[i]);
	}
	return first;
}

static void rows_fill(const struct plan_doc *d, struct alike *alike, const size_t *first,
		      const char *const *starred)
{
	size_t *count = arena_array(alike->arena, d->changes + 1, sizeof *count);

	for (size_t i = 0; i < d->changes; i++)
		count[first[i]]++;
	for (size_t i = 0; i < d->changes; i++) {
		struct alike_row *row = &alike->row[first[i]];
		const char **account;

		if (count[first[i]] < ALIKE_LEAST) {
			alike->row[i] = (struct alike_row){.change = d->change[i], .n = 1};
			continue;
		}
		if (first[i] == i) {
			row->change = d->change[i];
			row->change.address = starred[i];
			row->account = arena_array(alike->arena, count[i], sizeof *row->account);
		}
		account = (const char **)row->account;
		account[row->n++] =
		    account_name(alike->arena, address_account(alike->arena, d->change[i].address));
	}
}

void alike_read(const struct plan_doc *d, struct alike *alike)
{
	const char **starred;
	size_t *first;

	alike->arena = arena_new();
	alike->row = arena_array(alike->arena, d->changes + 1, sizeof *alike->row);
	starred = arena_array(alike->arena, d->changes + 1, sizeof *starred);
	first = firsts(alike->arena, d, starred);
	rows_fill(d, alike, first, starred);
}

void alike_free(struct alike *alike)
{
	arena_free(alike->arena);
}

void alike_accounts(struct buf *b, const struct alike_row *row, bool all,
		    void (*name)(struct buf *, const char *))
{
	if (row->n < ALIKE_LEAST)
		return;
	buf_puts(b, " in ");
	access_names(b, row->account, row->n, all, "accounts", name);
}

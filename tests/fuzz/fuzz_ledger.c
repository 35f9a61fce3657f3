/* Any bytes as a ledger. What is taken is written and read again to the same bytes, in any room; a
 * report that follows it resolves all that it has, and another one after that changes nothing. */
#include "base/env.h"
#include "base/error.h"
#include "reconciler/ledger.h"
#include "reconciler/plan_doc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TARGET "charter.drift/1 o-exampleorgid main"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(struct arena *arena, const struct ledger *l, size_t max)
{
	auto_buf b = BUF_INIT(SIZE_MAX), same = BUF_INIT(SIZE_MAX);
	auto_error err = {0};
	struct ledger again;

	if (!ledger_write(l, max, &b)) {
		charter_assert(b.len == 0 && max != SIZE_MAX);
		return;
	}
	charter_assert(b.len <= max);
	charter_assert(ledger_read(arena, buf_str(&b), b.len, "again", TARGET, &again, &err) == 0);
	charter_assert(ledger_write(&again, max, &same));
	charter_assert(same.len == b.len && memcmp(same.data, b.data, b.len) == 0);
}

/* The first report that is after all that the ledger may say. */
static void check_follow(struct arena *arena, struct ledger *l)
{
	struct doc_drift drift = {0};
	struct plan_doc doc = {
	    .created = "2150-01-01T00:00:00Z", .complete = true, .drift = &drift};
	struct ledger_news news;

	ledger_follow(arena, l, &doc, &news);
	charter_assert(!news.open && !news.fresh);
	charter_assert(l->points <= LEDGER_POINTS && l->resolveds <= LEDGER_RESOLVED);
	check_again(arena, l, SIZE_MAX);
	l->told = true;
	doc.created = "2150-01-02T00:00:00Z";
	ledger_follow(arena, l, &doc, &news);
	charter_assert(!news.open && !news.fresh && !news.resolved && !news.changed);
	charter_assert(l->items == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	auto_error err = {0};
	struct ledger l;

	if (ledger_read(arena, (const char *)data, size, "fuzz", TARGET, &l, &err) == 0) {
		check_again(arena, &l, SIZE_MAX);
		check_again(arena, &l, 1000);
		check_again(arena, &l, 300);
		check_follow(arena, &l);
	} else {
		charter_assert(err.message != NULL);
	}
	arena_free(arena);
	return 0;
}

/* Any bytes as the body of a comment. What is taken is written and read again to the same, with a
 * digest that fits; and whatever it says of itself ends no block. */
#include "base/env.h"
#include "base/error.h"
#include "git/sticky.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const char *a, const char *b)
{
	charter_assert((a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0));
}

/* The one block of ours, at the beginning. */
static void check_block(const char *body, const char *report)
{
	const char *end = strstr(body, " -->\n");

	charter_assert(end != NULL && strncmp(end + 5, report, strlen(report)) == 0);
}

static void check_written(struct arena *arena, const struct sticky *s)
{
	auto_buf body = BUF_INIT(SIZE_MAX);
	struct sticky again;

	sticky_write(s, &body);
	charter_assert(sticky_read(arena, buf_str(&body), &again));
	charter_assert(!again.altered);
	check_same(again.target, s->target);
	check_same(again.plan_id, s->plan_id);
	check_same(again.commit, s->commit);
	check_same(again.summary, s->summary);
	check_same(again.run_url, s->run_url);
	check_same(again.report, s->report);
	check_block(buf_str(&body), s->report);
	charter_assert(again.status == s->status && again.pasts <= s->pasts);
	charter_assert(again.created_us / SECOND_US == s->created_us / SECOND_US);
	charter_assert(again.shown_n == s->shown_n || again.shown_left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *body = strndup((const char *)data, size);
	struct arena *arena = arena_new();
	struct sticky s, next;

	if (body != NULL && sticky_read(arena, body, &s)) {
		check_written(arena, &s);
		next = s;
		next.plan_id = "0123456789abcdef";
		sticky_follow(&next, &s);
		charter_assert(next.pasts > 0 && next.pasts <= STICKY_PAST_MAX);
		check_written(arena, &next);
		next.plain = true;
		check_written(arena, &next);
	}
	arena_free(arena);
	return 0;
}

/* What people outside may write and a drift report reads. The first byte says which: 'o' a path, a
 * line end and a CODEOWNERS; 'e' the record of a CloudTrail event; 'i' the body of an issue. */
#include "aws/trail_priv.h"
#include "base/text.h"
#include "git/owners.h"
#include "reconciler/issue_body.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TARGET   "charter.drift/1 o-exampleorgid main"
#define TEXT_MAX 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_owners(struct arena *arena, const char *data, size_t len)
{
	const char *line = memchr(data, '\n', len);
	const char *owners;

	if (!line)
		return;
	owners = owners_of(owners_read(arena, line + 1, (size_t)(data + len - line - 1)), arena,
			   arena_printf(arena, "%.*s", (int)(line - data), data));
	charter_assert(!owners || (strchr(owners, '@') && !strpbrk(owners, "\t\n")));
}

static void check_text(const char *s)
{
	charter_assert(strlen(s) <= TEXT_MAX && utf8_count(s, strlen(s)) >= 0);
}

static void try_event(struct arena *arena, const char *data, size_t len)
{
	static char asked_name[] = "ci";
	static const char *const own[] = {"charter", NULL};
	auto_map *asked = map_new();
	struct trail_options options = {.own = own, .caller = "arn:aws:iam::111111111111:user/ci"};
	json_auto_t *event = json_pack("{s:s%}", "CloudTrailEvent", data, len);
	struct trail_event e;

	map_put(asked, asked_name, asked_name);
	if (!event || !trail_event_read(arena, asked, &options, "222222222222", event, &e))
		return;
	check_text(e.id);
	check_text(e.service);
	check_text(e.call);
	check_text(e.account);
	check_text(e.region);
	check_text(e.principal);
	check_text(e.session);
	check_text(e.key);
	check_text(e.address);
	check_text(e.agent);
	check_text(e.invoked_by);
	charter_assert(*e.id && *e.call && *e.service);
	charter_assert(!e.own || (str_starts(e.agent, "charter/") &&
				  (strcmp(e.session, own[0]) == 0 ||
				   strcmp(e.principal, options.caller) == 0)));
	charter_assert(!e.value[0] || !e.value[1]);
}

/* What is taken is written and read again as it is. */
static void try_issue(struct arena *arena, const char *data, size_t len)
{
	auto_free char *text = strndup(data, len);
	auto_buf body = BUF_INIT(SIZE_MAX);
	auto_error err = {0};
	struct issue_body b, again;
	struct ledger ledger;

	if (!text || !issue_body_read(arena, text, &b) || strcmp(b.target, TARGET) != 0 ||
	    ledger_read(arena, b.ledger_data, b.ledger_len, "fuzz", TARGET, &ledger, &err) != 0)
		return;
	b.ledger = &ledger;
	if (!issue_body_write(&b, &body))
		return;
	charter_assert(issue_body_read(arena, buf_str(&body), &again) && !again.altered);
	charter_assert(again.open == b.open && strcmp(again.report, b.report) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		char first;
		void (*run)(struct arena *, const char *data, size_t len);
	} tries[] = {{'o', try_owners}, {'e', try_event}, {'i', try_issue}};
	struct arena *arena = arena_new();

	for (size_t i = 0; size && i < sizeof tries / sizeof *tries; i++)
		if (tries[i].first == (char)data[0])
			tries[i].run(arena, (const char *)data + 1, size - 1);
	arena_free(arena);
	return 0;
}

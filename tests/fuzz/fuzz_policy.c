/* Any bytes as a policy document, in each dialect. What is accepted must be a fixed point: its
 * canonical text is accepted again, and is its own canonical form. */
#include "state/canon.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void accepted(struct arena *arena, const struct text *canonical, enum policy_dialect dialect)
{
	auto_error err = {0};
	const struct text *again;
	int line, column;

	charter_assert(canonical->len == strlen(canonical->s));
	charter_assert(utf8_count(canonical->s, canonical->len) >= 0);
	charter_assert(policy_size_iam(canonical) <= policy_size_organizations(canonical));
	charter_assert(policy_size_organizations(canonical) <= canonical->len);
	again = canon_policy_text(arena, canonical->s, canonical->len, dialect, "aws", &line,
				  &column, &err);
	/* Only its size may speak against it: a control character grows to an escape of six. */
	charter_assert(again != NULL || canonical->len > 1u << 20);
	charter_assert(again == NULL || text_eq(again, canonical));
}

static void document_try(const char *json, size_t size, enum policy_dialect dialect)
{
	struct arena *arena = arena_new();
	auto_error err = {0};
	const struct text *canonical;
	int line = -1, column = -1;

	canonical = canon_policy_text(arena, json, size, dialect, "aws", &line, &column, &err);
	charter_assert((canonical != NULL) == (err.code == EXIT_DONE));
	charter_assert(line >= 0 && column >= 0);
	if (canonical != NULL)
		accepted(arena, canonical, dialect);
	else
		charter_assert(utf8_count(err.message, strlen(err.message)) >= 0);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	document_try((const char *)data, size, POLICY_IAM);
	document_try((const char *)data, size, POLICY_PLAIN);
	return 0;
}

/* Fuzz target: a snapshot is refused, or is written and loaded again to the byte. */
#include "state/snapshot.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NULL: refused. The caller frees. */
static char *snapshot_again(const char *data, size_t size, size_t *len)
{
	struct arena *arena = arena_new();
	struct side *side = side_new(arena);
	const struct text *clash = NULL;
	auto_error err = {0};
	char *out = NULL;

	if (snapshot_read(side, data, size, "fuzz", &err) == 0) {
		FILE *file = open_memstream(&out, len);

		side_finish(side, &clash);
		if (file == NULL || snapshot_write(side, file, &err) != 0)
			abort();
		fclose(file);
	}
	side_free(side);
	arena_free(arena);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = 0, len_again = 0;
	char *once = snapshot_again((const char *)data, size, &len), *twice;

	if (once == NULL)
		return 0;
	twice = snapshot_again(once, len, &len_again);
	if (twice == NULL || len != len_again || memcmp(once, twice, len) != 0)
		abort();
	free(once);
	free(twice);
	return 0;
}

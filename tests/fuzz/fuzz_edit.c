/* Edits of hostile files: the first line is a path of keys (by dots) and '=', then a value as JSON,
 * or nothing: the key goes. The rest is the file. What comes out says what was asked, and does not
 * change when it is asked again. */
#include "state/edit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void keys_split(char *text, const char **path)
{
	size_t n = 0;

	for (char *key = strtok(text, "."); key != NULL && n < KEYS_MAX; key = strtok(NULL, "."))
		path[n++] = key;
	path[n] = NULL;
}

static void edit_try(struct arena *arena, const struct edit *edit, const char *file, size_t len)
{
	auto_error err = {0};
	const char *once, *twice;
	size_t once_len, twice_len;

	if (edit_text(arena, "f.yaml", file, len, edit, 1, &once, &once_len, &err) != 0)
		return;
	if (edit_text(arena, "f.yaml", once, once_len, edit, 1, &twice, &twice_len, &err) != 0 ||
	    once_len != twice_len || memcmp(once, twice, once_len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *copy = xmalloc(size + 1);
	struct arena *arena = arena_new();
	const char *path[KEYS_MAX + 1];
	json_auto_t *value = NULL;
	char *line, *equals;

	memcpy(copy, data, size);
	copy[size] = '\0';
	line = memchr(copy, '\n', size);
	equals = line == NULL ? NULL : memchr(copy, '=', (size_t)(line - copy));
	if (equals != NULL) {
		*equals = *line = '\0';
		value = json_loads(equals + 1, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
		keys_split(copy, path);
		if (value != NULL || equals[1] == '\0')
			edit_try(arena, &(struct edit){path, value}, line + 1,
				 size - (size_t)(line + 1 - copy));
	}
	arena_free(arena);
	return 0;
}

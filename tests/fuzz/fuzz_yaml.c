/* The configuration from hostile bytes: one file as charter.yaml, and, after a NUL, a second one as
 * a document or another section file. Read strictly, read leniently, compiled, printed. */
#include "state/config.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void configuration_try(const struct config_file *files, size_t n, bool lenient)
{
	struct arena *arena = arena_new();
	struct diagnostics diagnostics = {.arena = arena};
	struct compile_world world = {0};
	struct config_lines lines = {files, n};
	struct config *config = config_read(arena, files, n, lenient, &diagnostics);
	auto_buf out = BUF_INIT(16u << 20);

	if (config != NULL)
		side_free(compile(config, &world, &diagnostics));
	diagnostics_print(&diagnostics, &out, config_line, &lines, true);
	config_free(config);
	diagnostics_free(&diagnostics);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *copy = xmalloc(size + 1);
	struct config_file files[3];
	size_t first;

	memcpy(copy, data, size);
	copy[size] = '\0';
	first = strnlen(copy, size);
	files[0] = (struct config_file){"charter.yaml", copy, first};
	files[1] = (struct config_file){"more.yaml", copy + first, 0};
	if (first < size)
		files[1] = (struct config_file){"more.yaml", copy + first + 1, size - first - 1};
	files[2] = (struct config_file){"p.json", files[1].data, files[1].len};
	configuration_try(files, 3, false);
	configuration_try(files, 3, true);
	return 0;
}

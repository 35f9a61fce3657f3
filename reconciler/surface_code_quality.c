/* GitLab's Code Quality report, a part of Code Climate's format: what its merge requests show at
 * lines. */
#include "reconciler/surface_priv.h"

#include "base/json_out.h"

#include <stdlib.h>

static const char *severity(const struct annotation *a)
{
	static const char *const words[][2] = {[ANNOTATION_ERROR] = {"blocker", "blocker"},
					       [ANNOTATION_WARNING] = {"major", "critical"},
					       [ANNOTATION_NOTE] = {"info", "minor"}};

	return words[a->level][a->high];
}

static void annotation_write(struct json_out *j, struct arena *arena, const struct annotation *a,
			     const char *path, struct map *seen)
{
	char print[SHA256_HEX];

	annotation_fingerprint(a, seen, print);
	out_object(j);
	out_key_string(j, "check_name", arena_printf(arena, "charter-%s", a->check));
	out_key_string(j, "description", a->message);
	out_key_string(j, "fingerprint", print);
	out_key(j, "location");
	out_object(j);
	out_key(j, "lines");
	out_object(j);
	out_key_int(j, "begin", a->file && a->line ? a->line : 1);
	out_object_end(j);
	out_key_string(j, "path", annotation_file(arena, path, a->file));
	out_object_end(j);
	out_key_string(j, "severity", severity(a));
	out_object_end(j);
}

static void annotations_write(struct arena *arena, struct annotations *list, const char *path,
			      struct buf *out)
{
	auto_map *seen = map_new();
	struct json_out *j = json_out_new(out, NULL);

	out_lines(j);
	for (size_t i = 0; i < list->n; i++)
		annotation_write(j, arena, &list->at[i], path, seen);
	out_array_end(j);
	json_out_end(j);
	free(list->at);
	arena_free(arena);
}

void doc_write_code_quality(const struct plan_doc *d, struct buf *out)
{
	struct arena *arena = arena_new();
	struct annotations list = {0};

	annotations_of_document(arena, d, false, &list);
	annotations_write(arena, &list, d->path, out);
}

void diagnostics_write_code_quality(const struct diagnostics *diagnostics, const char *path,
				    struct buf *out)
{
	struct arena *arena = arena_new();
	struct annotations list = {0};

	annotations_of_diagnostics(arena, diagnostics, &list);
	annotations_write(arena, &list, path, out);
}

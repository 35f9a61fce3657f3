/* What was found in a configuration, as SARIF 2.1.0 and as plain JSON. */
#include "reconciler/surface_priv.h"

#include "base/json_out.h"

#include <stdlib.h>
#include <string.h>

#ifndef CHARTER_VERSION
#define CHARTER_VERSION "0"
#endif

static const struct {
	const char *id, *level, *text;
} rules[] = {
    [ANNOTATION_ERROR] = {"charter/error", "error",
			  "The configuration is not valid: nothing is planned or applied"},
    [ANNOTATION_WARNING] = {"charter/warning", "warning",
			    "The configuration is valid, and is likely not what is meant"},
};

static void text_object(struct json_out *j, const char *key, const char *text)
{
	out_key(j, key);
	out_object(j);
	out_key_string(j, "text", text);
	out_object_end(j);
}

static void driver_write(struct json_out *j)
{
	out_key(j, "tool");
	out_object(j);
	out_key(j, "driver");
	out_object(j);
	out_key_string(j, "name", "charter");
	out_key(j, "rules");
	out_array(j);
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		out_object(j);
		out_key(j, "defaultConfiguration");
		out_object(j);
		out_key_string(j, "level", rules[i].level);
		out_object_end(j);
		out_key_string(j, "id", rules[i].id);
		text_object(j, "shortDescription", rules[i].text);
		out_object_end(j);
	}
	out_array_end(j);
	out_key_string(j, "version", CHARTER_VERSION);
	out_object_end(j);
	out_object_end(j);
}

/* An artifact's location is a relative reference of RFC 3986. */
static void uri_write(struct json_out *j, const char *file)
{
	auto_buf uri = BUF_INIT(SIZE_MAX);

	for (size_t n; *file; file += n + (file[n] == '/')) {
		n = strcspn(file, "/");
		escape_percent(&uri, file, n);
		if (file[n] == '/')
			buf_putc(&uri, '/');
	}
	out_key_string(j, "uri", buf_str(&uri));
}

static void location_write(struct json_out *j, struct arena *arena, const struct annotation *a,
			   const char *path)
{
	out_object(j);
	out_key(j, "physicalLocation");
	out_object(j);
	out_key(j, "artifactLocation");
	out_object(j);
	uri_write(j, annotation_file(arena, path, a->file));
	out_key_string(j, "uriBaseId", "%SRCROOT%");
	out_object_end(j);
	if (a->file && a->line) {
		out_key(j, "region");
		out_object(j);
		if (a->column)
			out_key_int(j, "startColumn", a->column);
		out_key_int(j, "startLine", a->line);
		out_object_end(j);
	}
	out_object_end(j);
	out_object_end(j);
}

static void result_write(struct json_out *j, struct arena *arena, const struct annotation *a,
			 const char *path, struct map *seen)
{
	char print[SHA256_HEX];

	annotation_fingerprint(a, seen, print);
	out_object(j);
	out_key_string(j, "level", rules[a->level].level);
	out_key(j, "locations");
	out_array(j);
	location_write(j, arena, a, path);
	out_array_end(j);
	text_object(j, "message", a->message);
	out_key(j, "partialFingerprints");
	out_object(j);
	out_key_string(j, "charter/v1", print);
	out_object_end(j);
	out_key_string(j, "ruleId", rules[a->level].id);
	out_key_int(j, "ruleIndex", a->level);
	out_object_end(j);
}

void diagnostics_write_sarif(const struct diagnostics *diagnostics, const char *path,
			     struct buf *out)
{
	struct arena *arena = arena_new();
	struct annotations list = {0};
	struct json_out *j = json_out_new(out, NULL);
	auto_map *seen = map_new();

	annotations_of_diagnostics(arena, diagnostics, &list);
	out_object(j);
	out_key_string(j, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	out_key(j, "runs");
	out_lines(j);
	out_object(j);
	out_key_string(j, "columnKind", "unicodeCodePoints");
	out_key(j, "results");
	out_array(j);
	for (size_t i = 0; i < list.n; i++)
		result_write(j, arena, &list.at[i], path, seen);
	out_array_end(j);
	driver_write(j);
	out_object_end(j);
	out_array_end(j);
	out_key_string(j, "version", "2.1.0");
	out_object_end(j);
	json_out_end(j);
	free(list.at);
	arena_free(arena);
}

void diagnostics_write_json(const struct diagnostics *diagnostics, const char *path,
			    struct buf *out)
{
	struct arena *arena = arena_new();
	struct annotations list = {0};
	struct json_out *j = json_out_new(out, NULL);

	annotations_of_diagnostics(arena, diagnostics, &list);
	out_object(j);
	out_key(j, "diagnostics");
	out_lines(j);
	for (size_t i = 0; i < list.n; i++) {
		const struct annotation *a = &list.at[i];

		out_object(j);
		out_key_int(j, "column", a->column);
		out_key_string(j, "file", a->file);
		out_key_int(j, "line", a->line);
		out_key_string(j, "message", a->message);
		out_key_string(j, "severity", a->check);
		out_object_end(j);
	}
	out_array_end(j);
	out_key_int(j, "errors", diagnostics->errors);
	out_key_string(j, "format", "charter.diagnostics/1");
	out_key_string(j, "path", path ? path : "");
	out_key_bool(j, "valid", diagnostics->errors == 0);
	out_key_int(j, "warnings", diagnostics->warnings);
	out_object_end(j);
	json_out_end(j);
	free(list.at);
	arena_free(arena);
}

#include "tests/unit/config_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

void run_config(struct run *run, const struct config_file *files, size_t n, bool lenient,
		const struct compile_world *world)
{
	struct compile_world nothing = {0};
	struct config_lines lines = {files, n};

	memset(run, 0, sizeof(*run));
	run->arena = arena_new();
	run->diagnostics.arena = run->arena;
	run->out = BUF_INIT(1u << 20);
	run->config = config_read(run->arena, files, n, lenient, &run->diagnostics);
	if (run->config != NULL)
		run->side =
		    compile(run->config, world == NULL ? &nothing : world, &run->diagnostics);
	diagnostics_print(&run->diagnostics, &run->out, config_line, &lines, false);
}

void run_files(struct run *run, const struct test_file *file, bool lenient,
	       const struct compile_world *world)
{
	struct config_file files[FILES_MAX];
	size_t n = 0;

	for (; n < FILES_MAX && file[n].path != NULL; n++)
		files[n] = (struct config_file){file[n].path, file[n].data, strlen(file[n].data)};
	run_config(run, files, n, lenient, world);
}

void run_end(struct run *run)
{
	side_free(run->side);
	config_free(run->config);
	diagnostics_free(&run->diagnostics);
	buf_free(&run->out);
	arena_free(run->arena);
}

void run_printed(const struct printed_case *cases, size_t n)
{
	struct run run;

	for (size_t i = 0; i < n; i++) {
		run_files(&run, cases[i].file, false, NULL);
		if (strcmp(buf_str(&run.out), cases[i].printed) != 0)
			fail_msg("%s:\n%s\nwanted:\n%s", cases[i].name, buf_str(&run.out),
				 cases[i].printed);
		run_end(&run);
	}
}

const char *run_value(struct run *run, const char *address, uint16_t attr)
{
	const struct resource *resource = side_find(run->side, text_str(run->arena, address));
	auto_buf out = BUF_INIT(1u << 20);

	if (resource == NULL)
		return "(no resource)";
	switch ((enum value_state)resource->v[attr].state) {
	case VALUE_UNSET:
		return "(unset)";
	case VALUE_NONE:
		return "(none)";
	case VALUE_TEXT:
		return resource->v[attr].u.text->s;
	case VALUE_SECRET:
		return "(secret)";
	case VALUE_SET:
		break;
	}
	buf_putc(&out, '[');
	for (uint32_t i = 0; i < resource->v[attr].u.set->n; i++) {
		const struct item *item = &resource->v[attr].u.set->item[i];

		buf_printf(&out, "%s%s", i == 0 ? "" : " ", item->key->s);
		if (item->value != NULL)
			buf_printf(&out, "=%s", item->value->s);
	}
	buf_puts(&out, resource->v[attr].only ? "] only" : "]");
	return arena_strdup(run->arena, buf_str(&out));
}

void run_values(struct run *run, const struct value_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *value = run_value(run, cases[i].address, cases[i].attr);

		if (strcmp(value, cases[i].value) != 0)
			fail_msg("%s %u: %s\nwanted %s\n%s", cases[i].address, cases[i].attr, value,
				 cases[i].value, buf_str(&run->out));
	}
}

/* snapshot, show: they look, and print. */
#include "reconciler/command.h"

#include "base/env.h"
#include "state/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PLAN_FILE_MAX (512u << 20)

int file_read(const char *file, struct buf *out, struct error *err)
{
	FILE *f = fopen(file, "re");
	char chunk[65536];
	size_t n;
	int r = 0;

	if (!f)
		return error_set(err, "%s: %s", file, strerror(errno));
	while (r == 0 && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
		if (!buf_add(out, chunk, n))
			r = error_set(err, "%s: larger than %zu MiB", file, out->max >> 20);
	if (r == 0 && ferror(f))
		r = error_set(err, "%s: %s", file, strerror(errno));
	fclose(f);
	return r;
}

static bool is_object(const struct buf *data)
{
	const char *s = buf_str(data);

	return s[strspn(s, " \t\r\n")] == '{';
}

static bool is_snapshot(const struct buf *data)
{
	return strstr(buf_str(data), "charter.snapshot/1") && !strstr(buf_str(data), "\"plan_id\"");
}

struct plan_doc *plan_file_read(struct run *run, const char *file, struct error *err)
{
	auto_buf data = BUF_INIT(PLAN_FILE_MAX);
	struct plan_doc *doc = arena_alloc(run->arena, sizeof *doc);

	if (file_read(file, &data, err) != 0)
		return NULL;
	if (is_snapshot(&data) || !is_object(&data)) {
		error_set(err, "%s: is %s: `charter plan --out FILE` makes one", file,
			  is_snapshot(&data) ? "a snapshot, and no saved plan" : "no saved plan");
		return NULL;
	}
	if (doc_read_json(run->arena, buf_str(&data), data.len, file, doc, err) != 0)
		return NULL;
	return doc;
}

/* A configuration, where there is one, says which accounts are read. */
static int snapshot_head(struct run *run, struct error *err)
{
	auto_error why = {0};

	if (run_head(run, &why) == 0)
		return 0;
	if (run->head.config || strcmp(run->options->repo, ".") != 0 || *run->options->path)
		return error_set(err, "%s", why.message);
	return 0;
}

int command_snapshot(struct run *run, struct error *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f;
	int r;

	if (snapshot_head(run, err) != 0 || run_connect(run, true, err) != 0 ||
	    run_read(run, err) != 0 || (run->head.config && run_accounts(run, err) != 0))
		return -1;
	f = open_memstream(&text, &len);
	if (!f)
		die_out_of_memory();
	r = snapshot_write(run->live, f, err);
	fclose(f);
	if (run->progress)
		progress_clear(run->progress);
	if (r == 0)
		r = output_file(run->env, run->options->out, text, len, err);
	free(text);
	if (r != 0)
		return -1;
	for (size_t i = 0; i < run->live->scopes.n; i++)
		if (run->live->scopes.at[i].state == SCOPE_PARTIAL) {
			if (i && run->live->scopes.at[i].code)
				run_warn(run, "not read: %s: %s: %s",
					 run->live->scopes.at[i].name->s,
					 run->live->scopes.at[i].code->s,
					 run->live->scopes.at[i].message
					     ? run->live->scopes.at[i].message->s
					     : "");
		}
	return side_scope_state(run->live, run->live->scopes.at[0].name->s) == SCOPE_PARTIAL
		   ? EXIT_INCOMPLETE
		   : EXIT_DONE;
}

static int show_snapshot(struct run *run, const struct buf *data, const char *file,
			 struct error *err)
{
	struct sides sides = {.live = run->live = side_new(run->arena)};
	struct bound *bound;
	int r;

	if (snapshot_read(run->live, buf_str(data), data->len, file, err) != 0)
		return -1;
	side_finish(run->live, NULL);
	sides.head = side_new(run->arena);
	side_finish(sides.head, NULL);
	bound = bind_sides(run->arena, &sides, &run->diagnostics);
	r = bound ? ids_output(run, bound, false, err) : error_set(err, "%s: not bound", file);
	bound_free(bound);
	side_free(sides.head);
	return r;
}

int command_show(struct run *run, struct error *err)
{
	const char *file = run->options->arguments.n ? run->options->arguments.at[0] : NULL;
	auto_buf data = BUF_INIT(PLAN_FILE_MAX);
	struct plan_doc doc;

	if (!file)
		return error_set(err, "show: name the file of a saved plan or snapshot");
	if (file_read(file, &data, err) != 0)
		return -1;
	if (is_snapshot(&data))
		return show_snapshot(run, &data, file, err) == 0 ? EXIT_DONE : -1;
	if (!is_object(&data))
		return error_set(err, "%s: is neither a saved plan nor a snapshot", file);
	if (doc_read_json(run->arena, buf_str(&data), data.len, file, &doc, err) != 0 ||
	    output_document(run, &doc, err) != 0)
		return -1;
	return EXIT_DONE;
}

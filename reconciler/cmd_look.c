/* snapshot, show, permissions, report ids: they look, and print. */
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

struct plan_doc *plan_file_read(struct run *run, const char *file, struct error *err)
{
	auto_buf data = BUF_INIT(PLAN_FILE_MAX);
	struct plan_doc *doc = arena_alloc(run->arena, sizeof *doc);

	if (file_read(file, &data, err) != 0 ||
	    doc_read_json(run->arena, buf_str(&data), data.len, file, doc, err) != 0)
		return NULL;
	return doc;
}

int command_snapshot(struct run *run, struct error *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f;
	int r;

	if (run_connect(run, true, err) != 0 || run_read(run, err) != 0)
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
	auto_buf out = BUF_INIT(PLAN_FILE_MAX);
	struct sides sides = {.live = run->live = side_new(run->arena)};
	struct bound *bound;

	if (snapshot_read(run->live, buf_str(data), data->len, file, err) != 0)
		return -1;
	side_finish(run->live, NULL);
	sides.head = side_new(run->arena);
	side_finish(sides.head, NULL);
	bound = bind_sides(run->arena, &sides, &run->diagnostics);
	for (size_t i = 0; bound && i < bound->rows; i++) {
		const struct resource *r = bound->row[i].live;

		if (!r || r->flags & RES_FOREIGN)
			continue;
		escape_terminal(&out, r->address->s, r->address->len);
		buf_printf(&out, " %s\n", r->id ? r->id->s : "-");
	}
	bound_free(bound);
	side_free(sides.head);
	return output_file(run->env, NULL, buf_str(&out), out.len, err);
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
	if (strstr(buf_str(&data), "charter.snapshot/1") && !strstr(buf_str(&data), "\"plan_id\""))
		return show_snapshot(run, &data, file, err) == 0 ? EXIT_DONE : -1;
	if (doc_read_json(run->arena, buf_str(&data), data.len, file, &doc, err) != 0 ||
	    output_document(run, &doc, err) != 0)
		return -1;
	return EXIT_DONE;
}

static int string_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void statement(struct json_out *j, const char *sid, const char **action, size_t n)
{
	const char *last = NULL;

	qsort(action, n, sizeof *action, string_cmp);
	out_object(j);
	out_key(j, "Action");
	out_array(j);
	for (size_t i = 0; i < n; i++) {
		if (!last || strcmp(last, action[i]) != 0)
			out_string(j, action[i]);
		last = action[i];
	}
	out_array_end(j);
	out_key_string(j, "Effect", "Allow");
	out_key_string(j, "Resource", "*");
	out_key_string(j, "Sid", sid);
	out_object_end(j);
}

static const char *action_of(struct run *run, const struct op *op)
{
	char name[128];

	return arena_strdup(run->arena, op_action(op, name, sizeof name));
}

int command_permissions(struct run *run, struct error *err)
{
	const char *file = run->options->arguments.n ? run->options->arguments.at[0] : NULL;
	struct plan_doc *doc = NULL;
	VEC(const char *) reads = {0}, writes = {0};
	auto_buf out = BUF_INIT(1 << 20);
	struct json_out *j;

	if (file && !(doc = plan_file_read(run, file, err)))
		return -1;
	for (unsigned i = 0; i < OP_COUNT; i++)
		if (!ops[i].mutates)
			vec_push(&reads, action_of(run, &ops[i]));
	for (size_t i = 0; doc && i < doc->calls; i++) {
		const struct op *op = op_find(doc->call[i].service, doc->call[i].operation);

		if (!op)
			return error_set(err, "%s: call %u: no operation %s of %s is known", file,
					 doc->call[i].n, doc->call[i].operation,
					 doc->call[i].service);
		if (op->mutates)
			vec_push(&writes, action_of(run, op));
	}
	j = json_out_new(&out, NULL);
	out_object(j);
	out_key(j, "Statement");
	out_lines(j);
	statement(j, "CharterReads", reads.at, reads.n);
	if (writes.n)
		statement(j, "CharterWrites", writes.at, writes.n);
	out_array_end(j);
	out_key_string(j, "Version", "2012-10-17");
	out_object_end(j);
	json_out_end(j);
	free(reads.at);
	free(writes.at);
	return output_file(run->env, run->options->out, buf_str(&out), out.len, err) == 0
		   ? EXIT_DONE
		   : -1;
}

static int report_ids_json(struct run *run, struct buf *out)
{
	struct json_out *j = json_out_new(out, NULL);

	out_lines(j);
	for (size_t i = 0; i < run->bound->rows; i++) {
		const struct row *row = &run->bound->row[i];

		if (!row->head || !row->live || !row->live->id)
			continue;
		out_object(j);
		out_key_text(j, "address", row->address);
		out_key_text(j, "id", row->live->id);
		out_object_end(j);
	}
	out_array_end(j);
	return json_out_end(j);
}

static int report_ids(struct run *run, const struct output *o, struct error *err)
{
	auto_buf out = BUF_INIT(PLAN_FILE_MAX);

	if (o->format == FORMAT_JSON) {
		report_ids_json(run, &out);
	} else if (o->format == FORMAT_TEXT) {
		for (size_t i = 0; i < run->bound->rows; i++) {
			const struct row *row = &run->bound->row[i];

			if (!row->head || !row->live || !row->live->id)
				continue;
			escape_terminal(&out, row->address->s, row->address->len);
			buf_printf(&out, " %s\n", row->live->id->s);
		}
	} else {
		return error_set(err, "report ids: text and json are supported");
	}
	return output_file(run->env, o->file, buf_str(&out), out.len, err);
}

int command_report(struct run *run, struct error *err)
{
	const struct options *o = run->options;
	const struct output text = {FORMAT_TEXT, NULL};

	if (!o->arguments.n || strcmp(o->arguments.at[0], "ids") != 0)
		return error_set(err, "report %s: not supported yet; `charter report ids` is",
				 o->arguments.n ? o->arguments.at[0] : "(none named)");
	if (run_all(run, true, NULL, err) != 0)
		return -1;
	progress_clear(run->progress);
	if (!o->outputs.n)
		return report_ids(run, &text, err) == 0 ? EXIT_DONE : -1;
	for (size_t i = 0; i < o->outputs.n; i++)
		if (report_ids(run, &o->outputs.at[i], err) != 0)
			return -1;
	return EXIT_DONE;
}

/* snapshot, show, permissions: they look, and print. */
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
	if (strstr(buf_str(&data), "charter.snapshot/1") && !strstr(buf_str(&data), "\"plan_id\""))
		return show_snapshot(run, &data, file, err) == 0 ? EXIT_DONE : -1;
	if (buf_str(&data)[strspn(buf_str(&data), " \t\r\n")] != '{')
		return error_set(err, "%s: is neither a saved plan nor a snapshot", file);
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

static void permissions_write(struct json_out *j, const char **reads, size_t reads_n,
			      const char **writes, size_t writes_n)
{
	out_object(j);
	out_key(j, "Statement");
	out_lines(j);
	statement(j, "CharterReads", reads, reads_n);
	if (writes_n)
		statement(j, "CharterWrites", writes, writes_n);
	out_array_end(j);
	out_key_string(j, "Version", "2012-10-17");
	out_object_end(j);
}

int command_permissions(struct run *run, struct error *err)
{
	const char *file = run->options->arguments.n ? run->options->arguments.at[0] : NULL;
	bool all = file && strcmp(file, "all") == 0;
	struct plan_doc *doc = NULL;
	const char **reads = arena_array(run->arena, OP_COUNT, sizeof *reads), **writes;
	size_t reads_n = 0, writes_n = 0;
	auto_buf out = BUF_INIT(1 << 20);
	struct json_out *j;

	if (file && !all && !(doc = plan_file_read(run, file, err)))
		return -1;
	writes = arena_array(run->arena, OP_COUNT + (doc ? doc->calls : 0), sizeof *writes);
	for (unsigned i = 0; i < OP_COUNT; i++)
		if (i == OP_STS_AssumeRoleWithWebIdentity)
			continue; /* asked with a token, by nobody */
		else if (!ops[i].mutates)
			reads[reads_n++] = action_of(run, &ops[i]);
		else if (all)
			writes[writes_n++] = action_of(run, &ops[i]);
	for (size_t i = 0; doc && i < doc->calls; i++) {
		const struct op *op = op_find(doc->call[i].service, doc->call[i].operation);

		if (!op)
			return error_set(err, "%s: call %u: no operation %s of %s is known", file,
					 doc->call[i].n, doc->call[i].operation,
					 doc->call[i].service);
		if (op->mutates)
			writes[writes_n++] = action_of(run, op);
	}
	j = json_out_new(&out, NULL);
	permissions_write(j, reads, reads_n, writes, writes_n);
	if (json_out_end(j) != 0)
		return error_set(err, "the policy is larger than %zu bytes", out.max);
	return output_file(run->env, NULL, buf_str(&out), out.len, err) == 0 ? EXIT_DONE : -1;
}

/* In GitHub's and Gitea's runners: the job's summary, the outputs of the step, annotations. */
#include "reconciler/surface_priv.h"

#include "base/fd.h"
#include "reconciler/markdown.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* GitHub drops the summary of a step when it is larger than 1 MiB. */
#define SUMMARY_MAX   (1u << 20)
#define SUMMARY_LEAST (16u << 10) /* less room is not worth a report */
#define SUMMARY_ROWS  100
#define OUTPUT_MAX    (64u << 10)

/* What other programs of the step wrote stays before it. */
static int file_append(const char *file, const struct buf *data, struct error *err)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666), r = 0;

	if (fd < 0)
		return error_set(err, "%s: %s", file, strerror(errno));
	if (fd_write(fd, buf_str(data), data->len) != 0)
		r = error_set(err, "%s: %s", file, strerror(errno));
	if (close(fd) != 0 && r == 0)
		r = error_set(err, "%s: %s", file, strerror(errno));
	return r;
}

/* Bytes that the summary may still take. */
static size_t summary_room(const char *file)
{
	struct stat st;

	if (stat(file, &st) != 0 || st.st_size < 0)
		return SUMMARY_MAX;
	return st.st_size >= SUMMARY_MAX ? 0 : SUMMARY_MAX - (size_t)st.st_size;
}

static int summary_append(struct run *run, const char *file, const struct buf *text,
			  struct error *err)
{
	auto_buf out = BUF_INIT(SIZE_MAX);

	if (text->len + 1 > summary_room(file)) {
		run_warn(run, "%s has no room for the report: GitHub shows 1 MiB of each step",
			 file);
		return 0;
	}
	buf_add(&out, buf_str(text), text->len);
	if (text->len && text->data[text->len - 1] != '\n')
		buf_putc(&out, '\n');
	return file_append(file, &out, err);
}

/* The configuration directory in its repository, "" where it is not known. */
static const char *run_path(const struct run *run)
{
	return run->source ? source_path(run->source) : "";
}

void document_blobs(struct arena *arena, const struct plan_doc *doc, const struct ci *ci,
		    struct markdown_style *style)
{
	style->blob = doc->head.tree ? ci_blob_url(ci, arena, doc->head.commit, doc->path) : NULL;
	style->blob_base = ci_blob_url(ci, arena, doc->base.commit, doc->path);
}

/* Ours first, then how many are left: more than the runner shows would be lost without a word. */
static void annotations_put(struct run *run, const struct annotations *list, const char *path,
			    const struct ci *ci)
{
	auto_buf out = BUF_INIT(1 << 20);
	size_t n = 0, shown;

	while (n < list->n && list->at[n].level != ANNOTATION_NOTE && !list->at[n].known)
		n++;
	shown = n > SURFACE_ANNOTATIONS ? SURFACE_ANNOTATIONS - 1 : n;
	for (size_t i = 0; i < shown; i++)
		annotation_command(run->arena, &list->at[i], path, &out);
	if (shown < n)
		annotation_command(
		    run->arena,
		    &(struct annotation){.level = list->at[shown].level,
					 .title = arena_printf(run->arena, "%zu more", n - shown),
					 .message = ci->summary_file
							? "the others are in the job's summary"
							: "the others are in the report"},
		    path, &out);
	if (run->progress)
		progress_clear(run->progress);
	fputs(buf_str(&out), run->env->err);
	fflush(run->env->err);
}

static int document_summary(struct run *run, const struct plan_doc *doc, const struct ci *ci,
			    struct error *err)
{
	size_t room = summary_room(ci->summary_file);
	auto_buf text = BUF_INIT(SIZE_MAX);
	struct markdown_style style = {.max_bytes =
					   room > SUMMARY_LEAST ? room - 1 : SUMMARY_LEAST};

	document_blobs(run->arena, doc, ci, &style);
	doc_write_markdown(doc, &style, &text);
	return summary_append(run, ci->summary_file, &text, err);
}

int surface_document(struct run *run, const struct plan_doc *doc, struct error *err)
{
	struct annotations list = {0};
	auto_buf values = BUF_INIT(OUTPUT_MAX);
	struct ci ci;

	if (ci_read(run->env, run->arena, &ci, err) != 0)
		return -1;
	if (ci.kind != CI_GITHUB)
		return 0;
	annotations_of_document(run->arena, doc, true, &list);
	annotations_put(run, &list, doc->path, &ci);
	free(list.at);
	if (ci.summary_file && document_summary(run, doc, &ci, err) != 0)
		return -1;
	doc_write_values(doc, "", &values);
	return ci.output_file ? file_append(ci.output_file, &values, err) : 0;
}

static void diagnostics_row(const struct annotation *a, struct buf *b)
{
	auto_buf place = BUF_INIT(1 << 16);

	if (a->file)
		buf_printf(&place, "%s:%u:%u", a->file, a->line, a->column);
	buf_printf(b, "| %s | ", a->check);
	if (place.len)
		md_code(b, buf_str(&place), true);
	buf_puts(b, " | ");
	md_text(b, a->message);
	buf_puts(b, " |\n");
}

static void diagnostics_markdown(const struct run *run, const struct annotations *list,
				 struct buf *b)
{
	const struct diagnostics *d = &run->diagnostics;

	buf_printf(b, "### charter: the configuration %s\n\n",
		   d->errors ? "is not valid" : "is valid");
	if (!list->n)
		return;
	buf_printf(b, "%u error%s, %u warning%s\n\n", d->errors, d->errors == 1 ? "" : "s",
		   d->warnings, d->warnings == 1 ? "" : "s");
	buf_puts(b, "| | Place | |\n|---|---|---|\n");
	for (size_t i = 0; i < list->n && i < SUMMARY_ROWS; i++)
		diagnostics_row(&list->at[i], b);
	if (list->n > SUMMARY_ROWS)
		buf_printf(b, "\nand %zu more\n", list->n - SUMMARY_ROWS);
}

/* Errors before warnings, each in the order of places. */
static void errors_first(struct annotations *list)
{
	struct annotations warnings = {0};
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		if (list->at[i].level == ANNOTATION_ERROR)
			list->at[n++] = list->at[i];
		else
			vec_push(&warnings, list->at[i]);
	}
	if (warnings.n)
		memcpy(list->at + n, warnings.at, warnings.n * sizeof *warnings.at);
	free(warnings.at);
}

int surface_diagnostics(struct run *run, struct error *err)
{
	const struct diagnostics *d = &run->diagnostics;
	auto_buf text = BUF_INIT(SUMMARY_MAX), values = BUF_INIT(OUTPUT_MAX);
	struct annotations list = {0};
	struct ci ci;

	if (ci_read(run->env, run->arena, &ci, err) != 0)
		return -1;
	if (ci.kind != CI_GITHUB)
		return 0;
	annotations_of_diagnostics(run->arena, d, &list);
	errors_first(&list);
	annotations_put(run, &list, run_path(run), &ci);
	diagnostics_markdown(run, &list, &text);
	free(list.at);
	if (ci.summary_file && summary_append(run, ci.summary_file, &text, err) != 0)
		return -1;
	buf_printf(&values, "valid=%s\nerrors=%u\nwarnings=%u\n", d->errors ? "false" : "true",
		   d->errors, d->warnings);
	return ci.output_file ? file_append(ci.output_file, &values, err) : 0;
}

void surface_failure(struct run *run, const struct error *failure)
{
	auto_error err = {0};
	struct annotations list = {0};
	struct ci ci;

	if (run->diagnostics.errors) {
		if (surface_diagnostics(run, &err) != 0)
			run_warn(run, "%s", err.message);
		return;
	}
	if (!failure->message || ci_read(run->env, run->arena, &ci, &err) != 0 ||
	    ci.kind != CI_GITHUB)
		return;
	vec_push(&list,
		 ((struct annotation){.level = ANNOTATION_ERROR,
				      .title = arena_printf(run->arena, "charter %s",
							    command_name(run->options->command)),
				      .message = failure->message}));
	annotations_put(run, &list, "", &ci);
	free(list.at);
}

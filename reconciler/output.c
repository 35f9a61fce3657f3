/* Where documents go: standard output and files, whole or not at all. */
#include "reconciler/page.h"
#include "reconciler/surface.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DOCUMENT_MAX (512u << 20)

static int output_stdout(const struct env *env, const void *data, size_t len, struct error *err)
{
	if (fwrite(data, 1, len, env->out) != len || fflush(env->out) != 0)
		return error_set(err, "standard output: %s", strerror(errno));
	return 0;
}

static int output_direct(const char *file, const void *data, size_t len, struct error *err)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC | O_TRUNC), r = 0;

	if (fd < 0)
		return error_set(err, "%s: %s", file, strerror(errno));
	if (fd_write(fd, data, len) != 0)
		r = error_set(err, "%s: %s", file, strerror(errno));
	if (close(fd) != 0 && r == 0)
		r = error_set(err, "%s: %s", file, strerror(errno));
	return r;
}

int output_file(const struct env *env, const char *file, const void *data, size_t len,
		struct error *err)
{
	struct stat st;
	char *temporary;
	int fd, r = 0;

	if (!file)
		return output_stdout(env, data, len, err);
	if (stat(file, &st) == 0 && !S_ISREG(st.st_mode))
		return output_direct(file, data, len, err);
	temporary = xasprintf("%s.%ld.tmp", file, (long)getpid());
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		r = error_set(err, "%s: %s", file, strerror(errno));
	else if (fd_write(fd, data, len) != 0 || fsync(fd) != 0)
		r = error_set(err, "%s: %s", file, strerror(errno));
	if (fd >= 0 && close(fd) != 0 && r == 0)
		r = error_set(err, "%s: %s", file, strerror(errno));
	if (r == 0 && rename(temporary, file) != 0)
		r = error_set(err, "%s: %s", file, strerror(errno));
	if (r != 0 && fd >= 0)
		unlink(temporary);
	free_ptr(&temporary);
	return r;
}

static unsigned terminal_width(FILE *f)
{
	struct winsize w;

	if (isatty(fileno(f)) && ioctl(fileno(f), TIOCGWINSZ, &w) == 0 && w.ws_col >= 40)
		return w.ws_col;
	return 0;
}

struct style output_style(const struct run *run, const struct output *o)
{
	return (struct style){.color = !o->file && stream_color(run, run->env->out),
			      .width = o->file ? 0 : terminal_width(run->env->out)};
}

static int document_json(const struct plan_doc *doc, struct buf *out, struct error *err)
{
	struct json_out *json = json_out_new(out, NULL);
	int r = doc_write_json(doc, json);

	if (json_out_end(json) != 0 || r != 0 || out->full)
		return error_set(err, "the document is larger than %u MiB", DOCUMENT_MAX >> 20);
	return 0;
}

/* In a CI system's job the lines of the configuration are linked. */
static int document_links(const struct run *run, const struct plan_doc *doc,
			  struct markdown_style *style, struct error *err)
{
	struct ci ci;

	if (ci_read(run->env, run->arena, &ci, err) != 0)
		return -1;
	document_blobs(run->arena, doc, &ci, style);
	return 0;
}

static int document_markdown(const struct run *run, const struct plan_doc *doc, struct buf *out,
			     struct error *err)
{
	struct markdown_style style = {.max_bytes = MARKDOWN_BYTES};

	if (document_links(run, doc, &style, err) != 0)
		return -1;
	if (!doc_write_markdown(doc, &style, out))
		return error_set(err,
				 "-o markdown: what this plan removes does not fit into %zu bytes: "
				 "divide the change; -o text and -o json have everything",
				 style.max_bytes);
	return 0;
}

static int document_html(const struct run *run, const struct plan_doc *doc, struct buf *out,
			 struct error *err)
{
	struct markdown_style links = {0};

	if (document_links(run, doc, &links, err) != 0)
		return -1;
	doc_write_html(doc, &(struct page_style){links.blob, links.blob_base}, out);
	return 0;
}

static int document_form(const struct run *run, const struct plan_doc *doc, const struct output *o,
			 struct buf *out, struct error *err)
{
	static void (*const plain[FORMAT_COUNT])(const struct plan_doc *, struct buf *) = {
	    [FORMAT_CALLS] = doc_write_calls,   [FORMAT_JUNIT] = doc_write_junit,
	    [FORMAT_COUNTS] = doc_write_counts, [FORMAT_CODE_QUALITY] = doc_write_code_quality,
	    [FORMAT_ENV] = doc_write_env,
	};
	struct style style;

	if (o->format == FORMAT_JSON)
		return document_json(doc, out, err);
	if (o->format == FORMAT_MARKDOWN)
		return document_markdown(run, doc, out, err);
	if (o->format == FORMAT_HTML) {
		if (document_html(run, doc, out, err) != 0)
			return -1;
	} else if (plain[o->format]) {
		plain[o->format](doc, out);
	} else {
		style = output_style(run, o);
		doc_write_text(doc, &style, out);
	}
	if (out->full)
		return error_set(err, "the document is larger than %u MiB", DOCUMENT_MAX >> 20);
	return 0;
}

/* What may be as long as a plan of everything is not held as a whole. */
static int json_stdout(const struct run *run, const struct plan_doc *doc, struct error *err)
{
	struct json_out *json = json_out_new(NULL, run->env->out);
	int r = doc_write_json(doc, json);

	if (json_out_end(json) != 0 || r != 0)
		return error_set(err, "standard output: %s", strerror(errno));
	return 0;
}

static int output_one(const struct run *run, const struct output *o, const void *doc,
		      struct error *err)
{
	auto_buf out = BUF_INIT(DOCUMENT_MAX);

	if (o->format == FORMAT_JSON && !o->file)
		return json_stdout(run, doc, err);
	if (document_form(run, doc, o, &out, err) != 0)
		return -1;
	return output_file(run->env, o->file, buf_str(&out), out.len, err);
}

int outputs_each(struct run *run, output_fn *write, const void *ctx, struct error *err)
{
	const struct options *o = run->options;
	const struct output text = {FORMAT_TEXT, NULL};

	if (run->progress)
		progress_clear(run->progress);
	if (!o->outputs.n)
		return write(run, &text, ctx, err);
	for (size_t i = 0; i < o->outputs.n; i++)
		if (write(run, &o->outputs.at[i], ctx, err) != 0)
			return -1;
	return 0;
}

static bool output_has(const struct run *run, enum format format)
{
	for (size_t i = 0; i < run->options->outputs.n; i++)
		if (run->options->outputs.at[i].format == format)
			return true;
	return false;
}

int output_document(struct run *run, struct plan_doc *doc, struct error *err)
{
	const struct output saved = {FORMAT_JSON, run->options->out};

	if (run->plan.in && output_has(run, FORMAT_HTML))
		doc_tree_fill(run->arena, doc, &run->plan);
	if (outputs_each(run, output_one, doc, err) != 0)
		return -1;
	return saved.file ? output_one(run, &saved, doc, err) : 0;
}

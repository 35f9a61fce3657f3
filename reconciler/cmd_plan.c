/* validate, plan. */
#include "reconciler/command.h"
#include "reconciler/surface.h"

#include "base/env.h"

#define DOCUMENT_MAX (64u << 20)

static void valid_text(struct run *run, struct buf *out)
{
	const struct side *side = configuration_offline(run, &run->head);
	unsigned n[KIND_COUNT] = {0}, declared = 0;

	for (size_t i = 0; side && i < side->all.n; i++)
		n[side->all.at[i]->kind]++;
	buf_printf(out, "%s is valid: ", run->head.tree->label);
	for (unsigned k = 0; k < KIND_COUNT; k++)
		if (n[k] && k != KIND_ORGANIZATION)
			buf_printf(out, "%s%u %s", declared++ ? ", " : "", n[k],
				   n[k] == 1 ? kinds[k]->title : kinds[k]->plural);
	buf_puts(out, declared ? "\n" : "nothing is declared\n");
}

/* Messages go to standard error in any case: a file in text form gets them too. */
static void invalid_text(const struct run *run, struct buf *out)
{
	struct config_lines lines = {run->head.files, run->head.tree ? run->head.tree->files : 0};

	diagnostics_print(&run->diagnostics, out, config_line, &lines, false);
}

static int validate_output(const struct run *run, const struct output *o, const void *ctx,
			   struct error *err)
{
	static void (*const forms[FORMAT_COUNT])(const struct diagnostics *, const char *,
						 struct buf *) = {
	    [FORMAT_JSON] = diagnostics_write_json,
	    [FORMAT_SARIF] = diagnostics_write_sarif,
	    [FORMAT_JUNIT] = diagnostics_write_junit,
	    [FORMAT_CODE_QUALITY] = diagnostics_write_code_quality,
	};
	const struct buf *valid = ctx;
	auto_buf out = BUF_INIT(DOCUMENT_MAX);

	if (forms[o->format])
		forms[o->format](&run->diagnostics, source_path(run->source), &out);
	else if (!o->file && (run->diagnostics.errors || run->options->verbose < 0))
		return 0;
	else if (run->diagnostics.errors)
		invalid_text(run, &out);
	else
		buf_add(&out, buf_str(valid), valid->len);
	if (out.full)
		return error_set(err, "the document is larger than %u MiB", DOCUMENT_MAX >> 20);
	return output_file(run->env, o->file, buf_str(&out), out.len, err);
}

/* What is wrong with a configuration is written in every form; a configuration that could not be
 * had at all is a failure like others. Errors reach the CI system with the failure of the run. */
int command_validate(struct run *run, struct error *err)
{
	auto_buf valid = BUF_INIT(1 << 16);
	auto_error unwritten = {0};
	bool read = run_head(run, err) == 0;

	if (!read && !run->diagnostics.errors)
		return -1;
	run_show_diagnostics(run);
	if (read)
		valid_text(run, &valid);
	if (outputs_each(run, validate_output, &valid, &unwritten) != 0)
		return error_set(err, "%s", unwritten.message);
	if (!read)
		return -1;
	return surface_diagnostics(run, err) != 0 ? -1 : EXIT_DONE;
}

int command_plan(struct run *run, struct error *err)
{
	struct plan_doc *doc;

	if (run_all(run, true, NULL, err) != 0)
		return -1;
	doc = plan_document(run->arena, &run->plan, PLAN_FORMAT, run_time(run));
	if (output_document(run, doc, err) != 0 || surface_document(run, doc, err) != 0)
		return -1;
	return plan_exit(run);
}

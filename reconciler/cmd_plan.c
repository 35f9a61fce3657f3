/* validate, plan, drift. */
#include "reconciler/command.h"

#include "base/env.h"

static const char *run_time(struct run *run)
{
	char *s = arena_alloc(run->arena, TIME_RFC3339);

	time_rfc3339(run->env->clock->now_us(run->env->clock), s);
	return s;
}

int command_validate(struct run *run, struct error *err)
{
	const struct side *side;
	auto_buf out = BUF_INIT(1 << 16);
	unsigned n[KIND_COUNT] = {0};

	if (run_head(run, err) != 0)
		return -1;
	run_show_diagnostics(run);
	side = configuration_offline(run, &run->head);
	for (size_t i = 0; side && i < side->all.n; i++)
		n[side->all.at[i]->kind]++;
	buf_printf(&out, "%s is valid:", run->head.tree->label);
	for (unsigned k = 0, first = 1; k < KIND_COUNT; k++)
		if (n[k] && k != KIND_ORGANIZATION) {
			buf_printf(&out, "%s %u %s", first ? "" : ",", n[k],
				   n[k] == 1 ? kinds[k]->title : kinds[k]->plural);
			first = 0;
		}
	buf_putc(&out, '\n');
	if (run->options->verbose >= 0 &&
	    output_file(run->env, NULL, buf_str(&out), out.len, err) != 0)
		return -1;
	return EXIT_DONE;
}

int command_plan(struct run *run, struct error *err)
{
	struct plan_doc *doc;

	if (run_all(run, true, NULL, err) != 0)
		return -1;
	doc = plan_document(run->arena, &run->plan, "charter.plan/1", run_time(run));
	if (output_document(run, doc, err) != 0)
		return -1;
	return plan_exit(run);
}

int command_drift(struct run *run, struct error *err)
{
	struct plan_doc *doc;

	if (run_all(run, true, NULL, err) != 0)
		return -1;
	doc = plan_document(run->arena, &run->plan, "charter.drift/1", run_time(run));
	/* A report of what is, not of what would be done. */
	doc->calls = 0;
	doc->summary.calls = 0;
	doc->guards = 0;
	doc->refusal = NULL;
	for (size_t i = 0; i < doc->changes; i++)
		doc->change[i].calls = 0;
	if (output_document(run, doc, err) != 0)
		return -1;
	if (!doc->complete)
		return EXIT_INCOMPLETE;
	return run->options->detailed_exitcode && run->plan.has_changes ? EXIT_DIFFERENCES
									: EXIT_DONE;
}

/* doctor: checks what a run stands on, from inside of it. */
#include "reconciler/command.h"
#include "reconciler/doctor.h"

#include <stdlib.h>
#include <string.h>

#define REPORT_MAX (16u << 20)

static void doctor_add(struct doctor *d, enum doctor_result result, const char *name,
		       const char *text, const char *mend)
{
	vec_push(&d->checks, ((struct doctor_check){name, result, text, mend}));
}

void doctor_say(struct doctor *d, enum doctor_result result, const char *name, const char *mend,
		const char *fmt, ...)
{
	va_list ap;
	const char *text;

	va_start(ap, fmt);
	text = arena_vprintf(d->arena, fmt, ap);
	va_end(ap);
	doctor_add(d, result, name, text, mend);
}

void doctor_say_error(struct doctor *d, const char *name, const struct error *err)
{
	char *text = arena_strdup(d->arena, err->message ? err->message : "failed");
	char *line = strchr(text, '\n');

	if (line)
		*line++ = '\0';
	doctor_add(d, DOCTOR_FAIL, name, text, line);
}

unsigned doctor_count(const struct doctor *d, enum doctor_result result)
{
	unsigned n = 0;

	for (size_t i = 0; i < d->checks.n; i++)
		n += d->checks.at[i].result == result;
	return n;
}

static int doctor_output(const struct run *run, const struct output *o, const void *ctx,
			 struct error *err)
{
	auto_buf out = BUF_INIT(REPORT_MAX);
	struct style style;

	if (o->format == FORMAT_JSON) {
		doctor_write_json(ctx, &out);
	} else if (o->format == FORMAT_MARKDOWN) {
		doctor_write_markdown(ctx, &out);
	} else {
		style = output_style(run, o);
		doctor_write_text(ctx, &style, &out);
	}
	if (out.full)
		return error_set(err, "the report is larger than %u MiB", REPORT_MAX >> 20);
	return output_file(run->env, o->file, buf_str(&out), out.len, err);
}

int command_doctor(struct run *run, struct error *err)
{
	static void (*const parts[])(struct doctor *) = {
	    doctor_ci, doctor_repository, doctor_connect, doctor_read, doctor_role, doctor_job};
	struct doctor d = {.run = run, .arena = run->arena};
	int r = 0;

	for (size_t i = 0; i < sizeof parts / sizeof *parts && !run->interrupted; i++)
		parts[i](&d);
	if (run->interrupted)
		r = error_set_code(err, signal_pending() == 15 ? EXIT_TERMINATED : EXIT_INTERRUPTED,
				   "interrupted; nothing was changed");
	else if (outputs_each(run, doctor_output, &d, err) != 0)
		r = -1;
	else
		r = doctor_count(&d, DOCTOR_FAIL) ? EXIT_FAILED : EXIT_DONE;
	free(d.checks.at);
	return r;
}

/* What the doctor found: for a terminal, a job's summary, and programs. */
#include "reconciler/doctor.h"

#include "base/json_out.h"
#include "reconciler/markdown.h"
#include "reconciler/paint.h"

#include <string.h>

#define NAME_COLUMN 6
#define TEXT_COLUMN 21

const char *const doctor_words[DOCTOR_RESULTS] = {"ok", "warn", "fail", "skip"};

static const char *const colors[DOCTOR_RESULTS] = {PAINT_GREEN, PAINT_YELLOW, PAINT_ALARM,
						   PAINT_DIM};

/* "12 ok, 1 warn, 2 fail" */
static void counts(const struct doctor *d, struct buf *out)
{
	bool first = true;

	for (unsigned i = 0; i < DOCTOR_RESULTS; i++) {
		unsigned n = doctor_count(d, (enum doctor_result)i);

		if (!n)
			continue;
		buf_printf(out, "%s%u %s", first ? "" : ", ", n, doctor_words[i]);
		first = false;
	}
}

static void text_check(struct paint *p, const struct doctor_check *c)
{
	size_t word = strlen(doctor_words[c->result]), name = strlen(c->name);

	paint_begin(p, 0, TEXT_COLUMN);
	paint_puts(p, colors[c->result], doctor_words[c->result]);
	paint_gap(p, NAME_COLUMN - (unsigned)word);
	paint_puts(p, PAINT_BOLD, c->name);
	paint_gap(p, name + 1 < TEXT_COLUMN - NAME_COLUMN
			 ? TEXT_COLUMN - NAME_COLUMN - (unsigned)name
			 : 1);
	paint_puts(p, PAINT_NONE, c->text);
	paint_end(p);
	if (c->mend)
		paint_lines(p, TEXT_COLUMN, TEXT_COLUMN + 2, PAINT_NONE, c->mend);
}

void doctor_write_text(const struct doctor *d, const struct style *style, struct buf *out)
{
	struct paint p = {.out = out, .style = style};
	auto_buf line = BUF_INIT(256);

	for (size_t i = 0; i < d->checks.n; i++)
		text_check(&p, &d->checks.at[i]);
	counts(d, &line);
	paint_blank(&p);
	paint_lines(&p, 0, 2, PAINT_BOLD, buf_str(&line));
}

void doctor_write_markdown(const struct doctor *d, struct buf *out)
{
	buf_puts(out, "## charter doctor: ");
	counts(d, out);
	buf_puts(out, "\n\n| | check | found | to mend |\n|---|---|---|---|\n");
	for (size_t i = 0; i < d->checks.n; i++) {
		const struct doctor_check *c = &d->checks.at[i];

		buf_printf(out, "| %s%s%s | %s | ", c->result == DOCTOR_FAIL ? "**" : "",
			   doctor_words[c->result], c->result == DOCTOR_FAIL ? "**" : "", c->name);
		md_text(out, c->text);
		buf_puts(out, " | ");
		if (c->mend)
			md_prose(out, c->mend, strlen(c->mend));
		buf_puts(out, " |\n");
	}
}

void doctor_write_json(const struct doctor *d, struct buf *out)
{
	struct json_out *j = json_out_new(out, NULL);

	out_object(j);
	out_key(j, "checks");
	out_lines(j);
	for (size_t i = 0; i < d->checks.n; i++) {
		const struct doctor_check *c = &d->checks.at[i];

		out_object(j);
		out_key_string(j, "check", c->name);
		out_key_string(j, "mend", c->mend);
		out_key_string(j, "result", doctor_words[c->result]);
		out_key_string(j, "text", c->text);
		out_object_end(j);
	}
	out_array_end(j);
	out_key_string(j, "format", "charter.doctor/1");
	out_key(j, "summary");
	out_object(j);
	out_key_int(j, "fail", doctor_count(d, DOCTOR_FAIL));
	out_key_int(j, "ok", doctor_count(d, DOCTOR_OK));
	out_key_int(j, "skip", doctor_count(d, DOCTOR_SKIP));
	out_key_int(j, "warn", doctor_count(d, DOCTOR_WARN));
	out_object_end(j);
	out_object_end(j);
	json_out_end(j);
}

/* rehearse: read, plan, and perform the plan on a twin. */
#include "reconciler/command.h"

#include "base/env.h"
#include "reconciler/rehearsal.h"
#include "state/snapshot.h"

#include <stdlib.h>

#define LATENCY_US  100000LL
#define REPORT_MAX  (256u << 20) /* bytes */
#define NUMBER_MOST 86400000     /* milliseconds: a day */

/* The reading as it came, before the plan gives names to what it holds. */
struct reading {
	char *text;
	size_t len;
	unsigned accounts;
};

static int reading_write(struct reading *reading, const struct side *side, struct error *err)
{
	FILE *f;
	int r;

	free(reading->text);
	reading->text = NULL;
	f = open_memstream(&reading->text, &reading->len);
	if (!f)
		die_out_of_memory();
	r = snapshot_write(side, f, err);
	if (fclose(f) != 0)
		die_out_of_memory();
	return r;
}

/* Values that hold no reference, and were asked for once the rows were bound. */
static void values_deepen(struct resource *raw, const struct resource *live)
{
	for (uint16_t a = 0; a < kinds[raw->kind]->attrs; a++) {
		enum attr_type type = kinds[raw->kind]->attr[a].type;

		if (raw->v[a].state == VALUE_UNSET && (type == ATTR_TEXT || type == ATTR_SET))
			raw->v[a] = live->v[a];
	}
	if (!raw->aux)
		raw->aux = live->aux;
}

/* What deletions take along is known only after the plan is: the twin must have it too. */
static int reading_deepen(struct run *run, struct reading *reading, struct error *err)
{
	struct arena *arena = arena_new();
	struct side *raw = side_new(arena);
	int r = snapshot_read(raw, reading->text, reading->len, "the reading", err);

	side_finish(raw, NULL);
	for (size_t i = 0; r == 0 && i < raw->all.n; i++) {
		struct resource *one = raw->all.at[i];
		const struct resource *live =
		    one->id ? side_by_id(run->live, one->kind, one->id) : NULL;

		if (live)
			values_deepen(one, live);
	}
	if (r == 0)
		r = reading_write(reading, raw, err);
	side_free(raw);
	arena_free(arena);
	return r;
}

static int reading_keep(struct run *run, struct reading *reading, struct error *err)
{
	int r = reading_write(reading, run->live, err);

	for (size_t i = 0; i < run->live->all.n; i++)
		reading->accounts += run->live->all.at[i]->kind == KIND_ACCOUNT;
	return r;
}

static int rehearse_plan(struct run *run, struct reading *reading, struct error *err)
{
	if (run_head(run, err) != 0)
		return -1;
	if (!run->options->live.n && run_connect(run, true, err) != 0)
		return -1;
	if (run_read(run, err) != 0 || run_base(run, err) != 0 || run_accounts(run, err) != 0 ||
	    reading_keep(run, reading, err) != 0 || run_plan(run, NULL, err) != 0 ||
	    reading_deepen(run, reading, err) != 0)
		return -1;
	if (run->plan.refused)
		return error_set_code(err, EXIT_REFUSED,
				      "the plan is refused, so there is nothing to rehearse:\n%s",
				      run->plan.refusal ? run->plan.refusal : "");
	return 0;
}

static int report_ended(struct json_out *j, struct error *err)
{
	if (json_out_end(j) != 0)
		return error_set(err, "the report is larger than %u MiB", REPORT_MAX >> 20);
	return 0;
}

static int report_one(const struct run *run, const struct output *o, const void *rehearsal,
		      struct error *err)
{
	const struct rehearsal *r = rehearsal;
	auto_buf out = BUF_INIT(REPORT_MAX);
	struct json_out *j;
	struct style style;

	if (o->format == FORMAT_JSON) {
		j = json_out_new(&out, NULL);
		rehearsal_write_json(r, j);
		if (report_ended(j, err) != 0)
			return -1;
	} else if (o->format == FORMAT_MARKDOWN) {
		rehearsal_write_markdown(r, &out);
	} else {
		style = output_style(run, o);
		rehearsal_write_text(r, &style, &out);
	}
	return output_file(run->env, o->file, buf_str(&out), out.len, err);
}

static int report_none(const struct run *run, const struct output *o, const void *refusal,
		       struct error *err)
{
	const struct error *why = refusal;
	auto_buf out = BUF_INIT(REPORT_MAX);
	struct json_out *j;

	if (o->format == FORMAT_MARKDOWN) {
		rehearsal_none_markdown(why->code, why->message, &out);
	} else if (o->format == FORMAT_JSON) {
		j = json_out_new(&out, NULL);
		rehearsal_none_json(why->message, j);
		if (report_ended(j, err) != 0)
			return -1;
	} else {
		return 0; /* the message says it */
	}
	return output_file(run->env, o->file, buf_str(&out), out.len, err);
}

/* A pipeline posts what the forms for machines hold, also where there is nothing to rehearse. */
static int report_refusal(struct run *run, struct error *err)
{
	auto_error failed = {0};

	if (err->code != EXIT_REFUSED && err->code != EXIT_STALE)
		return -1;
	if (outputs_each(run, report_none, err, &failed) != 0)
		return error_set(err, "%s", failed.message);
	return -1;
}

static int64_t milliseconds(uint64_t given, int64_t standard_us)
{
	return given == OPTION_UNSET ? standard_us : (int64_t)given * 1000;
}

static int64_t job_us(const struct options *o, enum op_id op)
{
	return milliseconds(o->job_time, ops[op].job->usual_s * 1000000LL);
}

/* What the command line says, checked before anything is read. */
static int rehearse_options(const struct options *o, struct rehearsal_options *r, struct error *err)
{
	if ((o->latency != OPTION_UNSET && o->latency > NUMBER_MOST) ||
	    (o->job_time != OPTION_UNSET && o->job_time > NUMBER_MOST))
		return error_set(err, "--latency, --job-time: at most %d ms, a day", NUMBER_MOST);
	if (o->accounts > 1000000)
		return error_set(err, "--quota-accounts: at most 1000000");
	*r =
	    (struct rehearsal_options){.options = o,
				       .ref = o->ref,
				       .latency_us = milliseconds(o->latency, LATENCY_US),
				       .job_us = job_us(o, OP_ORGANIZATIONS_CreateAccount),
				       .center_us = job_us(o, OP_SSO_ADMIN_CreateAccountAssignment),
				       .rate_percent = o->rates,
				       .accounts = (unsigned)o->accounts};
	return 0;
}

static const char *text_or_null(const struct text *t)
{
	return t ? t->s : NULL;
}

static int rehearse(struct run *run, struct rehearsal_options *o, const struct reading *reading,
		    struct error *err)
{
	const struct world *world = &run->live->world;
	struct rehearsal r = {0};
	char *created = arena_alloc(run->arena, TIME_RFC3339);
	int code;

	o->begin_us = run->env->clock->now_us(run->env->clock);
	time_rfc3339(o->begin_us, created);
	o->source = run->source;
	o->path_scope = run->scope;
	o->plan = plan_document(run->arena, &run->plan, PLAN_FORMAT, created);
	o->messages = run->options->verbose >= 1 ? run->env->err : NULL;
	o->caller = text_or_null(world->caller_account);
	o->management = world->management_account ? world->management_account->s : o->caller;
	o->partition = world->partition ? world->partition->s : "aws";
	o->snapshot = reading->text;
	o->snapshot_len = reading->len;
	o->independent = run->head.config->settings.organization_none;
	o->no_organization = world->no_organization && !o->independent;
	o->live_accounts = reading->accounts;
	o->read_us = world->read_us;
	code = rehearsal_run(&r, run->arena, o, err);
	if (code == 0 && signal_pending())
		code =
		    error_set_code(err, signal_pending() == 15 ? EXIT_TERMINATED : EXIT_INTERRUPTED,
				   "interrupted; nothing was changed");
	if (code == 0)
		code = outputs_each(run, report_one, &r, err);
	if (code == 0 && !r.converged)
		code = EXIT_FAILED;
	if (code == EXIT_DONE && run->plan.unread_declared)
		code = EXIT_INCOMPLETE;
	rehearsal_free(&r);
	return code;
}

int command_rehearse(struct run *run, struct error *err)
{
	struct rehearsal_options o;
	struct reading reading = {0};
	int code;

	if (rehearse_options(run->options, &o, err) != 0)
		return -1;
	code = rehearse_plan(run, &reading, err);
	code = code == 0 ? rehearse(run, &o, &reading, err) : report_refusal(run, err);
	free(reading.text);
	return code;
}

/* Where a sample is played: a twin, a clock that only runs when somebody waits, and a repository.
 */
#include "reconciler/selftest.h"
#include "reconciler/tokens.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ACCOUNTS_QUOTA 100

static int64_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static struct twin_options twin_of(struct stage *s)
{
	const json_t *twin = json_object_get(s->sample, "twin");
	const char *accounts = json_string_value(json_object_get(s->sample, "accounts"));

	return (struct twin_options){.clock = &s->clock.clock,
				     .seed = (uint64_t)number(s->sample, "seed"),
				     .management = accounts,
				     .latency_us = number(twin, "latency_us"),
				     .jitter = (unsigned)number(twin, "jitter"),
				     .rates = number(twin, "rates") != 0,
				     .verify = number(twin, "verify") != 0,
				     .job_us = number(twin, "job_us"),
				     .lag_reads = (unsigned)number(twin, "lag_reads"),
				     .lag_us = number(twin, "lag_us"),
				     .accounts = ACCOUNTS_QUOTA};
}

int stage_new(struct stage *s, const json_t *sample, struct tally *tally, FILE *messages,
	      struct digest *trace, struct error *err)
{
	static const struct options loud = {.verbose = 2};
	struct twin_options options;

	*s = (struct stage){.sample = sample, .tally = tally, .messages = messages, .trace = trace};
	s->options = messages ? &loud : NULL;
	s->client_rate = (unsigned)number(json_object_get(sample, "twin"), "client_rate");
	twin_clock_init(&s->clock, SELF_START);
	options = twin_of(s);
	if (twin_new(&s->twin, &options, err) < 0 || source_memory(&s->source, err) < 0)
		return -1;
	s->transport = twin_transport_new(s->twin, &s->clock);
	tally->samples++;
	return 0;
}

void stage_free(struct stage *s)
{
	if (s->twin) {
		const struct twin_stats *stats = twin_stats(s->twin);

		s->tally->requests += stats->requests;
		s->tally->writes += stats->writes;
		s->tally->faults += stats->faults;
		s->tally->virtual_us += (uint64_t)(s->clock.us - SELF_START);
	}
	if (s->transport)
		s->transport->free(s->transport);
	twin_free(s->twin);
	source_close(s->source);
}

int stage_commit(struct stage *s, const json_t *draft, struct error *err)
{
	json_auto_t *plain = json_copy((json_t *)draft);
	auto_free char *text = NULL;
	struct source_file file = {.path = "charter.yaml"};

	json_object_del(plain, "_spend");
	text = json_dumps(plain, JSON_INDENT(1));
	file.data = text;
	file.len = strlen(text);
	return source_commit(s->source, &file, 1, s->commit, s->clock.us / 1000000, s->commit, err);
}

json_t *stage_things(const struct stage *s)
{
	return things_of_twin(twin_state(s->twin));
}

/* What happened, in a form that does not depend on the machine. */
static void trace_add(struct stage *s, const struct trial *t)
{
	json_auto_t *log = NULL;
	auto_buf line = BUF_INIT(1u << 20);

	if (!s->trace)
		return;
	log = twin_log(s->twin);
	buf_printf(&line, "run %" PRIu64 " %s ended %d at %" PRId64 " after %" PRIu64 "\n", s->runs,
		   t->planned ? t->run.plan.plan_id : "-", (int)t->code, s->clock.us,
		   twin_stats(s->twin)->requests);
	for (size_t i = 0; i < json_array_size(log); i++)
		buf_printf(&line, "%s\n", json_string_value(json_array_get(log, i)));
	for (size_t i = 0; t->executed && i < t->run.plan.calls; i++)
		buf_printf(&line, "%s ", call_state_name(t->execution.result[i].state));
	digest_add(s->trace, buf_str(&line), line.len);
	if (s->messages)
		fprintf(s->messages, "-- %s", buf_str(&line));
}

static struct trial_options options_of(struct stage *s)
{
	twin_transport_revive(s->transport);
	if (s->runs)
		s->clock.us += SELF_NEXT;
	s->runs++;
	s->tally->runs++;
	twin_log_clear(s->twin);
	return (struct trial_options){.source = s->source,
				      .ref = s->commit,
				      .rate_percent = s->client_rate,
				      .seed = (uint64_t)number(s->sample, "seed") + s->runs,
				      .messages = s->messages,
				      .options = s->options};
}

enum exit_code stage_plan(struct stage *s, struct trial *t)
{
	struct trial_options options = options_of(s);

	trial_plan(t, &s->clock, s->transport, &options);
	trace_add(s, t);
	if (s->messages && t->error.message)
		fprintf(s->messages, "charter: %s\n", t->error.message);
	return t->code;
}

enum exit_code stage_apply(struct stage *s, struct trial *t)
{
	struct trial_options options = options_of(s);

	trial_apply(t, &s->clock, s->transport, &options, NULL);
	trace_add(s, t);
	if (s->messages && t->error.message)
		fprintf(s->messages, "charter: %s\n", t->error.message);
	return t->code;
}

/* Ids that were not known when the plan was made stand in it as tokens: those match anything. */
static bool input_fits(const json_t *planned, const json_t *sent)
{
	const char *key;
	json_t *member;

	if (json_is_string(planned))
		return strstr(json_string_value(planned), "${") ||
		       json_equal((json_t *)planned, (json_t *)sent);
	if (json_is_boolean(planned) && json_is_string(sent)) /* as the Query protocol writes it */
		return strcmp(json_string_value(sent), json_is_true(planned) ? "true" : "false") ==
		       0;
	if (json_is_integer(planned) && json_is_string(sent))
		return strtoll(json_string_value(sent), NULL, 10) == json_integer_value(planned);
	if (json_typeof(planned) != json_typeof(sent))
		return false;
	if (json_is_array(planned)) {
		if (json_array_size(planned) != json_array_size(sent))
			return false;
		for (size_t i = 0; i < json_array_size(planned); i++)
			if (!input_fits(json_array_get(planned, i), json_array_get(sent, i)))
				return false;
		return true;
	}
	if (!json_is_object(planned))
		return json_equal((json_t *)planned, (json_t *)sent);
	if (json_object_size(planned) != json_object_size(sent))
		return false;
	json_object_foreach(
	    (json_t *)planned, key,
	    member) if (!json_object_get(sent, key) ||
			!input_fits(member, json_object_get(sent, key))) return false;
	return true;
}

/* Ids that the run has learned. */
static const struct text *id_learned(void *ctx, const struct text *address)
{
	const struct trial *t = ctx;
	const struct resource *r;

	for (size_t i = 0; t->executed && i < t->run.plan.calls; i++)
		if (text_eq(t->run.plan.call[i].makes, address))
			return t->execution.result[i].id;
	r = side_find(t->run.live, address);
	return r ? r->id : NULL;
}

static json_t *input_known(const struct trial *t, const struct call *call)
{
	const struct id_source ids = {id_learned, (void *)t};
	auto_error ignored = {0};
	json_t *input = tokens_input(call, &ids, &ignored);

	return input ? input : json_loadb(call->input->s, call->input->len, 0, NULL);
}

static bool call_fits(const struct trial *t, const struct call *call, const char *line)
{
	auto_free char *action =
	    xasprintf("%s:%s", services[call->op->service].name, call->op->name);
	size_t len = strlen(action);
	json_auto_t *planned = NULL, *sent = NULL;

	if (strncmp(line, action, len) != 0 || (line[len] && line[len] != ' '))
		return false;
	planned = input_known(t, call);
	sent = json_loads(line[len] ? line + len + 1 : "{}", 0, NULL);
	return planned && sent && input_fits(planned, sent);
}

/* The record's calls and provisioning do the same twice as once, and before and after the last one
 * there is nothing to tell apart: it is sent again after a lost answer. */
static bool call_repeats(const struct call *call)
{
	return call->change == CALL_RECORD || call->op == &ops[OP_SSO_ADMIN_ProvisionPermissionSet];
}

/* The call of the plan that a line of the log is, or NULL. Of inputs that are known to the letter
 * first: one with an id yet unknown fits others too. */
static bool line_planned(const struct trial *t, const char *line, bool *used)
{
	size_t calls = t->planned ? t->run.plan.calls : 0;

	for (int tokens = 0; tokens < 2; tokens++)
		for (size_t i = 0; i < calls; i++) {
			const struct call *call = &t->run.plan.call[i];

			if ((used[i] && !call_repeats(call)) ||
			    (strstr(call->input->s, "${") != NULL) != tokens ||
			    !call_fits(t, call, line))
				continue;
			used[i] = true;
			return true;
		}
	return false;
}

/* Each call that took effect is one of the plan's, and none stands for two of them. */
static int log_check(struct stage *s, const struct trial *t, struct error *err)
{
	json_auto_t *log = twin_log(s->twin);
	auto_free bool *used = xcalloc((t->planned ? t->run.plan.calls : 0) + 1, sizeof *used);

	for (size_t i = 0; i < json_array_size(log); i++) {
		const char *line = json_string_value(json_array_get(log, i));

		if (!line_planned(t, line, used))
			return error_set(err,
					 "unplanned: a call took effect that the plan has not, or "
					 "has done already: %s",
					 line);
	}
	return 0;
}

static const struct change *first_blocked(const struct trial *t)
{
	for (size_t i = 0; t->planned && i < t->run.plan.changes; i++)
		if (t->run.plan.change[i].blocked)
			return &t->run.plan.change[i];
	return NULL;
}

/* The first words of the first error: they tell failures apart that end alike. */
static const char *error_of(const struct trial *t)
{
	for (size_t i = 0; i < t->run.diagnostics.list.n; i++)
		if (!t->run.diagnostics.list.at[i].warning)
			return t->run.diagnostics.list.at[i].message;
	return first_blocked(t) ? first_blocked(t)->row->address->s : "";
}

int run_failed_as(const struct trial *t, const char *what, struct error *err)
{
	const struct change *blocked = first_blocked(t);
	auto_buf why = BUF_INIT(1u << 16);

	if (blocked)
		buf_printf(&why, "\n    blocked: %s, by %s", blocked->row->address->s,
			   blocked->blocked_by ? blocked->blocked_by : "");
	for (size_t i = 0; t->executed && i < t->run.plan.calls; i++) {
		const struct call_result *r = &t->execution.result[i];

		if (r->state > CALL_DONE && r->state != CALL_SKIPPED)
			buf_printf(&why, "\n    %u %s %s: %s %s %s", t->run.plan.call[i].n,
				   t->run.plan.call[i].op->name, t->run.plan.call[i].input->s,
				   call_state_name(r->state), r->code ? r->code : "",
				   r->message ? r->message : "");
	}
	for (size_t i = 0; i < t->run.diagnostics.list.n; i++)
		buf_printf(&why, "\n    %s", t->run.diagnostics.list.at[i].message);
	return error_set(err, "%s (exit %d %.16s): %s%s%s%s%s", what, (int)t->code, error_of(t),
			 t->error.message ? ": " : "", t->error.message ? t->error.message : "",
			 t->planned && t->run.plan.refusal ? "\n    " : "",
			 t->planned && t->run.plan.refusal ? t->run.plan.refusal : "",
			 buf_str(&why));
}

int stage_apply_checked(struct stage *s, struct trial *t, struct error *err)
{
	stage_apply(s, t);
	return log_check(s, t, err) < 0 || order_check(s->twin, err) < 0 ? -1 : 0;
}

int stage_converge(struct stage *s, struct error *err)
{
	auto_error last = {0};

	for (unsigned i = 0; i < SELF_TRIES; i++) {
		struct trial t;
		int bad = stage_apply_checked(s, &t, err);
		enum exit_code code = t.code;

		error_clear(&last);
		if (bad == 0 && code != EXIT_DONE)
			run_failed_as(&t, code == EXIT_REFUSED ? "refused" : "no end", &last);
		trial_end(&t);
		if (bad != 0)
			return -1;
		if (code == EXIT_DONE)
			return 0;
		if (code == EXIT_REFUSED)
			break;
	}
	return error_set(err, "%s", last.message);
}

int stage_settled(struct stage *s, struct error *err)
{
	struct trial t;
	int result = 0;

	if (twin_faults_set(s->twin, NULL, err) < 0)
		return -1;
	s->clock.us += 10 * SELF_NEXT;
	stage_plan(s, &t);
	if (t.code != EXIT_DONE || t.run.plan.has_changes || t.run.plan.calls) {
		result = run_failed_as(&t, "not settled", err);
		for (size_t i = 0; t.planned && i < t.run.plan.calls; i++)
			error_set(err, "%s\n    call %s %s", err->message,
				  t.run.plan.call[i].op->name, t.run.plan.call[i].input->s);
	}
	trial_end(&t);
	if (result != 0)
		return result;
	stage_apply(s, &t);
	if (t.code != EXIT_DONE)
		result = run_failed_as(&t, "second apply", err);
	trial_end(&t);
	if (result == 0) {
		json_auto_t *log = twin_log(s->twin);

		if (json_array_size(log))
			result = error_set(err, "second apply: it changed something: %s",
					   json_string_value(json_array_get(log, 0)));
	}
	return result;
}

/* AWS refuses what is written to one organization at the same time, and more jobs than it says. */
int stage_one_writer(struct stage *s, struct error *err)
{
	unsigned most = twin_stats(s->twin)->writers_max;
	unsigned hindered = twin_stats(s->twin)->hindered;

	if (hindered > 0)
		return error_set(err, "writers: Identity Center was busy %u times", hindered);
	return most > 1 ? error_set(err, "writers: %u changes of the organization at once", most)
			: 0;
}

int stage_begin(struct stage *s, struct error *err)
{
	hands_do(s->twin, json_object_get(s->sample, "before"));
	if (stage_commit(s, json_object_get(s->sample, "a"), err) < 0 || stage_converge(s, err) < 0)
		return error_prefix(err, "beginning");
	s->clock.us += SELF_NEXT;
	hands_do(s->twin, json_object_get(s->sample, "hands"));
	return 0;
}

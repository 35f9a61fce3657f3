/* A run as the program makes it, with another world around it: a virtual clock, seeded chance, the
 * twin in place of AWS. No file is opened, no variable is read. */
#include "reconciler/trial.h"

#include "reconciler/import.h"
#include "reconciler/login.h"

#include <stdlib.h>
#include <string.h>

/* Of the administrators of the twin's accounts; the account's id follows. */
#define KEY_BEGIN "AKIATWIN"

static const char *no_variables(const char *name)
{
	(void)name;
	return NULL;
}

static ssize_t swallow(void *cookie, const char *data, size_t n)
{
	(void)cookie;
	(void)data;
	return (ssize_t)n;
}

static FILE *null_open(void)
{
	FILE *f = fopencookie(NULL, "w", (cookie_io_functions_t){.write = swallow});

	if (!f)
		die_out_of_memory();
	return f;
}

/* What a command line would have said. */
static void trial_options_set(struct trial *t, const struct trial_options *o,
			      enum command_id command, const char *plan_id)
{
	if (o->options)
		t->options = *o->options;
	t->options.command = command;
	if (!t->options.repo)
		t->options.repo = ".";
	if (!t->options.path)
		t->options.path = "";
	t->options.ref = o->ref;
	t->options.expect = plan_id;
	t->options.allow_dirty = true;
	t->options.rates = o->rate_percent;
	t->options.color = COLOR_NEVER;
	if (!o->messages)
		t->options.verbose = -1;
	t->options.outputs.n = t->options.live.n = t->options.arguments.n = 0;
}

static void trial_begin(struct trial *t, struct twin_clock *clock, struct transport *transport,
			const struct trial_options *o, enum command_id command, const char *plan_id)
{
	*t = (struct trial){.begin_us = clock->us};
	trial_options_set(t, o, command, plan_id);
	random_seed(&t->random, o->seed);
	if (!o->messages)
		t->null = null_open();
	t->env = (struct env){.clock = &clock->clock,
			      .random = &t->random.base,
			      .transport = transport,
			      .out = o->messages ? o->messages : t->null,
			      .err = o->messages ? o->messages : t->null,
			      .getenv = no_variables};
	run_init(&t->run, &t->options, &t->env);
	t->run.source = o->source;
	t->run.source_borrowed = true;
	t->run.scope = o->path_scope;
	t->run.no_progress = true;
	t->run.client_options.max_attempts = o->max_attempts;
	if (o->account_keys) {
		t->run.trial_keys = KEY_BEGIN;
		t->run.trial_secret = TWIN_SECRET;
	}
}

/* The administrator's keys of an account of the twin. */
static void trial_keys(struct trial *t, const struct trial_options *o)
{
	const char *account = o->account ? o->account : TWIN_MANAGEMENT;
	struct credentials *keys = arena_alloc(t->run.arena, sizeof *keys);

	*keys = (struct credentials){.access_key_id =
					 arena_printf(t->run.arena, KEY_BEGIN "%s", account),
				     .secret_access_key = arena_strdup(t->run.arena, TWIN_SECRET),
				     .source = arena_strdup(t->run.arena, "twin")};
	t->run.client_options.credentials = keys;
	t->run.client_options.region = o->region;
}

static int trial_connect(struct trial *t, const struct trial_options *o, bool read_only)
{
	trial_keys(t, o);
	return run_connect(&t->run, read_only, &t->error);
}

static int trial_make_plan(struct trial *t, const struct trial_options *o, bool read_only)
{
	if (run_head(&t->run, &t->error) != 0 || trial_connect(t, o, read_only) != 0 ||
	    run_read(&t->run, &t->error) != 0 || run_base(&t->run, &t->error) != 0 ||
	    run_accounts(&t->run, &t->error) != 0 || run_plan(&t->run, NULL, &t->error) != 0)
		return -1;
	t->planned = true;
	t->planned_us = t->env.clock->mono_us(t->env.clock);
	return 0;
}

static enum exit_code trial_ended(struct trial *t, int code)
{
	t->end_us = t->env.clock->mono_us(t->env.clock);
	t->code = code >= 0 ? (enum exit_code)code : t->error.code ? t->error.code : EXIT_FAILED;
	return t->code;
}

enum exit_code trial_plan(struct trial *t, struct twin_clock *clock, struct transport *transport,
			  const struct trial_options *o)
{
	trial_begin(t, clock, transport, o, COMMAND_PLAN, NULL);
	return trial_ended(t, trial_make_plan(t, o, true) == 0 ? (int)plan_exit(&t->run) : -1);
}

enum exit_code trial_apply(struct trial *t, struct twin_clock *clock, struct transport *transport,
			   const struct trial_options *o, const char *plan_id)
{
	struct execute_options options = {.progress = o->progress,
					  .ctx = o->ctx,
					  .secret = login_secret_trial,
					  .secret_ctx = &t->env};
	int code;

	trial_begin(t, clock, transport, o, COMMAND_APPLY, plan_id);
	if (trial_make_plan(t, o, false) != 0)
		return trial_ended(t, -1);
	code = apply_may(&t->run, &t->error);
	if (code == EXIT_DONE) {
		t->executed = true;
		code = apply_calls(&t->run, &options, &t->execution, &t->error);
	}
	return trial_ended(t, code);
}

enum exit_code trial_import(struct trial *t, struct twin_clock *clock, struct transport *transport,
			    const struct trial_options *o, struct import *import)
{
	trial_begin(t, clock, transport, o, COMMAND_IMPORT, NULL);
	trial_keys(t, o);
	/* It is of a commit, in whose place nothing can be written. */
	t->options.as_pull_request = true;
	return trial_ended(t, import_prepare(&t->run, import, &t->error));
}

void trial_end(struct trial *t)
{
	run_free(&t->run);
	error_clear(&t->error);
	if (t->null)
		fclose(t->null);
	t->null = NULL;
}

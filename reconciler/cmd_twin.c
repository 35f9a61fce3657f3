/* twin: serves the simulated AWS over HTTP until a signal ends it. */
#include "reconciler/command.h"

#include "aws/twin/serve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TWIN_LISTEN     "127.0.0.1:4566"
#define TWIN_LAG_US     1500000 /* the longest that a listing leaves out what was just made */
#define TWIN_MAX_LOADED (512u << 20)

static int64_t option_us(uint64_t ms)
{
	return ms == OPTION_UNSET ? 0
				  : (int64_t)(ms < INT64_MAX / 1000 ? ms : INT64_MAX / 1000) * 1000;
}

static unsigned option_count(uint64_t n)
{
	return n == OPTION_UNSET ? 0 : n < UINT32_MAX ? (unsigned)n : UINT32_MAX;
}

static int options_twin(const struct run *run, struct twin_options *t, struct error *err)
{
	const struct options *o = run->options;

	if (o->account && !twin_accounts_valid(o->account))
		return error_set(err,
				 "--account %s: not the twelve digits of an account, nor several "
				 "with a comma between",
				 o->account);
	*t = (struct twin_options){.clock = run->env->clock,
				   .seed = o->seed == OPTION_UNSET ? 1 : o->seed,
				   .management = o->account,
				   .latency_us = option_us(o->latency),
				   .rates = o->rates != 0,
				   .verify = !o->no_verify,
				   .job_us = option_us(o->job_time),
				   .lag_reads = option_count(o->lag),
				   .faults = o->faults,
				   .trail = true,
				   .accounts = option_count(o->accounts)};
	t->lag_us = t->lag_reads ? TWIN_LAG_US : 0;
	return 0;
}

static int twin_load_files(struct twin *t, const struct options *o, struct error *err)
{
	for (size_t i = 0; i < o->load.n; i++) {
		auto_buf data = BUF_INIT(TWIN_MAX_LOADED);

		if (file_read(o->load.at[i], &data, err) != 0 ||
		    twin_load(t, buf_str(&data), data.len, o->load.at[i], err) != 0)
			return -1;
	}
	return 0;
}

/* What is not in the twin though it is in AWS. */
static void notes_say(struct run *run, const struct twin *t)
{
	const json_t *notes = twin_notes(t);

	for (size_t i = 0; i < json_array_size(notes); i++)
		run_note(run, "%s", json_string_value(json_array_get(notes, i)));
}

/* Said at the start, not when all that is to be saved is lost. */
static int save_check(const char *file, struct error *err)
{
	const char *slash = file ? strrchr(file, '/') : NULL;
	struct stat st;
	char *directory;
	int r = 0;

	if (!file)
		return 0;
	directory = slash ? xasprintf("%.*s", (int)(slash - file + 1), file) : xstrdup(".");
	if ((stat(file, &st) == 0 && S_ISDIR(st.st_mode)) || (slash && !slash[1]))
		r = error_set(err, "--save %s: %s", file, strerror(EISDIR));
	else if (access(directory, W_OK | X_OK) != 0)
		r = error_set(err, "--save %s: %s", file, strerror(errno));
	free(directory);
	return r;
}

static int twin_save(const struct twin *t, const struct run *run, struct error *err)
{
	char *text;
	int r;

	if (!run->options->save)
		return 0;
	text = json_dumps(twin_state(t), JSON_INDENT(1));
	charter_assert(text != NULL);
	r = output_file(run->env, run->options->save, text, strlen(text), err);
	free(text);
	return r;
}

struct serving {
	struct run *run;
	struct twin *twin;
};

static const char *region_of(const char *partition)
{
	if (strcmp(partition, "aws-cn") == 0)
		return "cn-northwest-1";
	return strcmp(partition, "aws-us-gov") == 0 ? "us-gov-west-1" : "us-east-1";
}

static const char *state_text(const struct twin *t, const char *member)
{
	const char *s = json_string_value(json_object_get(twin_state(t), member));

	return s ? s : "";
}

/* The one line of standard output is for a shell to evaluate. */
static int on_ready(void *ctx, const char *url, struct error *err)
{
	const struct serving *s = ctx;
	const char *management = state_text(s->twin, "management");
	const char *region = region_of(state_text(s->twin, "partition"));

	/* boto3 and version 1 of the AWS CLI do not read AWS_REGION. */
	fprintf(s->run->env->out,
		"export AWS_ENDPOINT_URL=%s AWS_ACCESS_KEY_ID=AKIATWIN%s "
		"AWS_SECRET_ACCESS_KEY=%s AWS_REGION=%s AWS_DEFAULT_REGION=%s\n",
		url, management, TWIN_SECRET, region, region);
	if (fflush(s->run->env->out) != 0)
		return error_set(err, "standard output: %s", strerror(errno));
	run_note(s->run, "the twin listens on %s, its management account is %s", url, management);
	return 0;
}

static void on_request(void *ctx, const char *line)
{
	const struct serving *s = ctx;

	fprintf(s->run->env->err, "%s\n", line);
}

int command_twin(struct run *run, struct error *err)
{
	const struct options *o = run->options;
	struct serving serving = {.run = run};
	struct serve_options serve = {.listen = o->listen ? o->listen : TWIN_LISTEN,
				      .ready = on_ready,
				      .trace = o->verbose > 0 ? on_request : NULL,
				      .ctx = &serving};
	struct twin_options options;
	int r;

	if (options_twin(run, &options, err) != 0)
		return -1;
	if (save_check(o->save, err) != 0 || twin_new(&serving.twin, &options, err) != 0)
		return -1;
	r = twin_load_files(serving.twin, o, err);
	if (r == 0)
		notes_say(run, serving.twin);
	if (r == 0)
		r = twin_listen(serving.twin, &serve, err);
	if (r == 0)
		r = twin_save(serving.twin, run, err);
	twin_free(serving.twin);
	return r == 0 ? EXIT_DONE : -1;
}

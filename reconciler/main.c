/* charter: the program. */
#include "reconciler/command.h"
#include "reconciler/surface.h"

#include "base/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* The leak sanitizer traces its own process, which an undumpable one forbids. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifndef CHARTER_VERSION
#define CHARTER_VERSION "0"
#endif

static const char *environment(const char *name)
{
	return getenv(name);
}

static command_fn *const commands[COMMAND_COUNT] = {
    [COMMAND_VALIDATE] = command_validate, [COMMAND_PLAN] = command_plan,
    [COMMAND_APPLY] = command_apply,       [COMMAND_DRIFT] = command_drift,
    [COMMAND_SNAPSHOT] = command_snapshot, [COMMAND_SHOW] = command_show,
    [COMMAND_REPORT] = command_report,     [COMMAND_PERMISSIONS] = command_permissions,
    [COMMAND_TWIN] = command_twin,         [COMMAND_REHEARSE] = command_rehearse,
    [COMMAND_SELFTEST] = command_selftest, [COMMAND_COMMENT] = command_comment,
    [COMMAND_DOCTOR] = command_doctor,     [COMMAND_INIT] = command_init,
    [COMMAND_IMPORT] = command_import,
};

/* Prints the one message of a failed run. */
static int failed(const struct env *env, struct error *err)
{
	auto_buf out = BUF_INIT(1 << 20);

	if (err->message) {
		escape_terminal(&out, err->message, strlen(err->message));
		fprintf(env->err, "charter: %s\n", buf_str(&out));
	}
	return err->code ? (int)err->code : EXIT_FAILED;
}

static int help(const struct options *o, struct error *err)
{
	const char *what = o->arguments.n ? o->arguments.at[0] : NULL;

	if (what && strcmp(what, "--man") == 0) {
		options_man(stdout);
		return EXIT_DONE;
	}
	if (what && strcmp(what, "--completions") == 0)
		return options_completions(o->arguments.n > 1 ? o->arguments.at[1] : "", stdout,
					   err);
	for (int i = 0; what && i < COMMAND_COUNT; i++)
		if (strcmp(command_name((enum command_id)i), what) == 0) {
			options_help((enum command_id)i, false, stdout);
			return EXIT_DONE;
		}
	if (what)
		return error_set(err, "help: there is no command `%s`", what);
	options_help(COMMAND_HELP, true, stdout);
	return EXIT_DONE;
}

/* Keys may be in memory: no core file shall hold them. */
static void no_core_dumps(void)
{
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	/* The limit does not hold where cores are piped to a program. */
#ifndef SANITIZED
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

static int run_command(const struct options *o, struct env *env, struct error *err)
{
	struct http_options http = {.ca_file = env->getenv("AWS_CA_BUNDLE"),
				    .user_agent = "charter/" CHARTER_VERSION};
	struct run run;
	int code;

	env->transport = http_curl_new(env->clock, &http, err);
	if (!env->transport)
		return -1;
	signals_install();
	run_init(&run, o, env);
	code = commands[o->command](&run, err);
	if (code < 0 && run.progress)
		progress_clear(run.progress);
	if (code < 0 && run.diagnostics.list.n)
		run_show_diagnostics(&run);
	if (code < 0)
		surface_failure(&run, err);
	run_free(&run);
	env->transport->free(env->transport);
	return code;
}

/* What help and version print is not looked at before. */
static int output_ended(const struct env *env, int code)
{
	if ((fflush(env->out) != 0 || ferror(env->out)) && code == EXIT_DONE) {
		fprintf(env->err, "charter: standard output: %s\n",
			errno ? strerror(errno) : "not written whole");
		code = EXIT_FAILED;
	}
	return code;
}

int main(int argc, char **argv)
{
	struct env env = {.clock = clock_system(),
			  .random = random_system(),
			  .out = stdout,
			  .err = stderr,
			  .getenv = environment};
	struct options o;
	auto_error err = {0};
	int code;

	no_core_dumps();
	if (options_parse(&o, argc, argv, &err) != 0) {
		code = -1;
	} else if (o.help) {
		options_help(o.command, false, stdout);
		code = EXIT_DONE;
	} else if (o.command == COMMAND_HELP) {
		code = help(&o, &err);
	} else if (o.command == COMMAND_VERSION) {
		code = printf("charter %s\n", CHARTER_VERSION) > 0 ? EXIT_DONE : EXIT_FAILED;
	} else if (!commands[o.command]) {
		code = error_set(&err, "%s: not supported yet", command_name(o.command));
	} else {
		code = run_command(&o, &env, &err);
	}
	if (code < 0)
		code = failed(&env, &err);
	options_free(&o);
	return output_ended(&env, code);
}

/* Seeds in many processes: seed S goes to worker S modulo their number. What a worker finds comes
 * as lines over a pipe; one that dies is replaced, and the seed it died of has failed. */
#include "reconciler/selftest.h"

#include "base/loop.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEED_SECONDS 120 /* CPU of a seed's scenario, before it counts as endless */
#define WORKERS_MOST 256
#define SHRUNK_MOST  3 /* failures that are made small, but with -q; the others are only named */
#define LINE_MAX_LEN (1u << 17)

struct worker {
	pid_t pid;
	int in;         /* -1: it is done */
	uint64_t first; /* of its seeds, the next one */
	uint64_t seed;  /* at work on */
	char scenario[32];
	struct buf line;
};

struct pool {
	struct selftest *test;
	struct worker worker[WORKERS_MOST];
	unsigned workers, shrunk;
	int64_t begin_us, shown_us;
};

/* The worker's side: lines "begin SEED SCENARIO", "fail MESSAGE", "trace DIGEST", "end TALLY". */

static void say(int out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(int out, const char *fmt, ...)
{
	auto_buf line = BUF_INIT(LINE_MAX_LEN);
	va_list ap;
	size_t done = 0;

	va_start(ap, fmt);
	buf_vprintf(&line, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < line.len; i++)
		if (line.data[i] == '\n')
			line.data[i] = '\x1e';
	buf_putc(&line, '\n');
	while (done < line.len) {
		ssize_t n = write(out, line.data + done, line.len - done);

		if (n < 0 && errno != EINTR)
			_exit(1);
		done += n > 0 ? (size_t)n : 0;
	}
}

static void seed_play(const struct selftest *test, uint64_t seed, int out)
{
	for (size_t i = 0; i < scenarios_n; i++) {
		const struct scenario *scenario = &scenarios[i];
		struct tally t = {0};
		auto_error err = {0};
		char digest[SHA256_HEX];

		if (test->only ? test->only != scenario : scenario->samples != 0)
			continue;
		say(out, "begin %" PRIu64 " %s", seed, scenario->name);
		alarm(scenario->samples ? 10 * SEED_SECONDS : SEED_SECONDS);
		if (selftest_one(scenario, seed, &t, NULL, digest, &err) != 0)
			say(out, "fail %s", err.message);
		if (test->verbose > 0)
			say(out, "trace %s", digest);
		say(out, "end %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64,
		    t.samples, t.runs, t.requests, t.writes, t.faults, t.virtual_us);
	}
	say(out, "seed");
}

static _Noreturn void worker_main(const struct selftest *test, uint64_t first, int out)
{
	auto_error ignored = {0};
	struct source *held = NULL;

	/* libgit2 starts with the first source, which reads certificates, and ends with the last:
	 * it need not do so for each sample. */
	(void)source_memory(&held, &ignored);
	for (uint64_t seed = first; seed < test->first + test->seeds; seed += test->workers)
		seed_play(test, seed, out);
	_exit(0);
}

static int worker_start(struct pool *pool, struct worker *w, struct error *err)
{
	int ends[2];

	w->in = -1;
	if (w->first >= pool->test->first + pool->test->seeds)
		return 0;
	if (pipe(ends) < 0)
		return error_set(err, "selftest: %s", strerror(errno));
	fflush(NULL);
	w->pid = fork();
	if (w->pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return error_set(err, "selftest: %s", strerror(errno));
	}
	if (w->pid == 0) {
		close(ends[0]);
		worker_main(pool->test, w->first, ends[1]);
	}
	close(ends[1]);
	w->in = ends[0];
	return 0;
}

/* The parent's side. */

static const struct env *env_of(const struct pool *pool)
{
	return pool->test->env;
}

static void progress_clear_line(const struct pool *pool)
{
	if (isatty(fileno(env_of(pool)->err)))
		fputs("\r\x1b[K", env_of(pool)->err);
}

static void progress_show(struct pool *pool)
{
	const struct tally *t = &pool->test->tally;
	int64_t now = env_of(pool)->clock->mono_us(env_of(pool)->clock);

	if (pool->test->verbose < 0 || !isatty(fileno(env_of(pool)->err)) ||
	    now - pool->shown_us < 200000)
		return;
	pool->shown_us = now;
	fprintf(env_of(pool)->err,
		"\r\x1b[K%" PRIu64 " of %" PRIu64 " seeds, %" PRIu64 " runs, %u failed", t->seeds,
		pool->test->seeds, t->runs, pool->test->failed);
	fflush(env_of(pool)->err);
}

static void sample_show(struct pool *pool, const struct scenario *scenario, uint64_t seed,
			const char *what)
{
	json_auto_t *sample = scenario_sample(scenario, seed), *small = NULL;
	auto_free char *text = NULL;
	auto_error err = {0};

	if (pool->test->verbose < 0 || pool->shrunk++ >= SHRUNK_MOST)
		return;
	small = sample_shrink(scenario, sample, what);
	sample_try(scenario, small, &err);
	text = json_dumps(small, JSON_INDENT(1));
	fprintf(env_of(pool)->err, "the smallest sample found that fails so: %s\n%s\n",
		err.message ? err.message : "(none)", text);
}

static void failure_show(struct pool *pool, const struct worker *w, const char *what)
{
	const struct scenario *scenario = scenario_find(w->scenario);

	pool->test->failed++;
	progress_clear_line(pool);
	fprintf(env_of(pool)->err,
		"seed %" PRIu64 ", %s: %s\nrepeat with: charter selftest --seed %" PRIu64
		" --seeds 1 --scenario %s -vv\n",
		w->seed, w->scenario, what, w->seed, w->scenario);
	if (scenario)
		sample_show(pool, scenario, w->seed, what);
}

static void tally_read(struct tally *t, const char *line)
{
	struct tally one = {0};

	if (sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
		   &one.samples, &one.runs, &one.requests, &one.writes, &one.faults,
		   &one.virtual_us) != 6)
		return;
	t->samples += one.samples;
	t->runs += one.runs;
	t->requests += one.requests;
	t->writes += one.writes;
	t->faults += one.faults;
	t->virtual_us += one.virtual_us;
}

static void line_take(struct pool *pool, struct worker *w, char *line)
{
	for (char *p = line; *p; p++)
		if (*p == '\x1e')
			*p = '\n';
	if (str_starts(line, "begin "))
		sscanf(line, "begin %" SCNu64 " %31s", &w->seed, w->scenario);
	else if (str_starts(line, "fail "))
		failure_show(pool, w, line + strlen("fail "));
	else if (str_starts(line, "trace "))
		fprintf(env_of(pool)->out, "seed %" PRIu64 " %s trace %s\n", w->seed, w->scenario,
			line + strlen("trace "));
	else if (str_starts(line, "end "))
		tally_read(&pool->test->tally, line + strlen("end "));
	else if (strcmp(line, "seed") == 0) {
		pool->test->tally.seeds++;
		w->first = w->seed + pool->test->workers;
	}
}

/* Its end of the pipe is closed: it is done, or it died. */
static int worker_ended(struct pool *pool, struct worker *w, struct error *err)
{
	int status = 0;

	close(w->in);
	w->in = -1;
	buf_clear(&w->line);
	waitpid(w->pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		failure_show(pool, w, "endless: it has not ended");
	else
		failure_show(pool, w, "crash: the process died");
	pool->test->tally.seeds++;
	w->first = w->seed + pool->test->workers;
	return worker_start(pool, w, err);
}

static int worker_read(struct pool *pool, struct worker *w, struct error *err)
{
	char chunk[65536], *end;
	ssize_t n = read(w->in, chunk, sizeof chunk);

	if (n < 0)
		return errno == EINTR ? 0 : error_set(err, "selftest: %s", strerror(errno));
	if (n == 0)
		return worker_ended(pool, w, err);
	buf_add(&w->line, chunk, (size_t)n);
	while ((end = memchr(w->line.data, '\n', w->line.len))) {
		size_t used = (size_t)(end - w->line.data) + 1;

		*end = '\0';
		line_take(pool, w, w->line.data);
		memmove(w->line.data, w->line.data + used, w->line.len - used + 1);
		w->line.len -= used;
	}
	return 0;
}

static int pool_wait(struct pool *pool, struct error *err)
{
	struct pollfd fds[WORKERS_MOST];
	nfds_t n = pool->workers;

	for (unsigned i = 0; i < pool->workers; i++)
		fds[i] = (struct pollfd){.fd = pool->worker[i].in, .events = POLLIN};
	if (poll(fds, n, 1000) < 0 && errno != EINTR)
		return error_set(err, "selftest: %s", strerror(errno));
	/* The terminal's signal goes to the workers too: what they say now is of it. */
	if (signal_pending())
		return 0;
	for (unsigned i = 0; i < pool->workers; i++)
		if (fds[i].fd >= 0 && fds[i].revents &&
		    worker_read(pool, &pool->worker[i], err) < 0)
			return -1;
	progress_show(pool);
	return 0;
}

static bool pool_works(const struct pool *pool)
{
	for (unsigned i = 0; i < pool->workers; i++)
		if (pool->worker[i].in >= 0)
			return true;
	return false;
}

static void pool_end(struct pool *pool)
{
	for (unsigned i = 0; i < pool->workers; i++) {
		if (pool->worker[i].in >= 0) {
			kill(pool->worker[i].pid, SIGKILL);
			close(pool->worker[i].in);
			waitpid(pool->worker[i].pid, NULL, 0);
		}
		buf_free(&pool->worker[i].line);
	}
	progress_clear_line(pool);
	free(pool);
}

int selftest_run(struct selftest *test, struct error *err)
{
	struct pool *pool = xcalloc(1, sizeof *pool);
	int result = 0;

	if (test->workers > WORKERS_MOST)
		test->workers = WORKERS_MOST;
	if (test->workers > test->seeds)
		test->workers = test->seeds;
	pool->test = test;
	pool->workers = (unsigned)test->workers;
	pool->begin_us = test->env->clock->mono_us(test->env->clock);
	for (unsigned i = 0; i < pool->workers; i++)
		pool->worker[i] =
		    (struct worker){.in = -1, .first = test->first + i, .line = BUF_INIT(4u << 20)};
	for (unsigned i = 0; i < pool->workers && result == 0; i++)
		result = worker_start(pool, &pool->worker[i], err);
	while (result == 0 && pool_works(pool) && !signal_pending())
		result = pool_wait(pool, err);
	pool_end(pool);
	return result;
}

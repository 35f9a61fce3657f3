/* From a sample that fails to a small one that fails in the same way: parts are taken away as long
 * as it still does. */
#include "reconciler/selftest.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRY_SECONDS 20
#define TRIES_MOST  1500
#define MESSAGE_MAX (1u << 16)

/* "WHAT" of "WHAT: details". */
static bool failure_same(const char *message, const char *what)
{
	size_t len = strcspn(what, ":");

	return strncmp(message, what, len) == 0 && (!message[len] || message[len] == ':');
}

static _Noreturn void try_child(const struct scenario *scenario, const json_t *sample, int out)
{
	struct error err = {0};
	struct tally tally = {0};
	struct digest *trace = digest_new();

	alarm(TRY_SECONDS);
	if (freopen("/dev/null", "w", stderr) &&
	    scenario->run(sample, &tally, NULL, trace, &err) != 0)
		(void)!write(out, err.message, strlen(err.message));
	_exit(0);
}

static void pipe_read(int in, struct buf *text)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(in, chunk, sizeof chunk)) > 0)
		buf_add(text, chunk, (size_t)n);
}

int sample_try(const struct scenario *scenario, const json_t *sample, struct error *err)
{
	auto_buf text = BUF_INIT(MESSAGE_MAX);
	int ends[2], status = 0;
	pid_t child;

	if (pipe(ends) < 0)
		return error_set(err, "no pipe");
	child = fork();
	if (child < 0)
		return error_set(err, "no process");
	if (child == 0) {
		close(ends[0]);
		try_child(scenario, sample, ends[1]);
	}
	close(ends[1]);
	pipe_read(ends[0], &text);
	close(ends[0]);
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return error_set(err, "endless: it has not ended after %d seconds", TRY_SECONDS);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return error_set(err, "crash: status %d", status);
	return text.len ? error_set(err, "%s", buf_str(&text)) : 0;
}

struct shrink {
	const struct scenario *scenario;
	json_t *sample;
	const char *what;
	unsigned tries;
	bool progress;
};

static bool still_fails(struct shrink *x)
{
	auto_error err = {0};

	x->tries++;
	return sample_try(x->scenario, x->sample, &err) != 0 && failure_same(err.message, x->what);
}

/* Elements from `from` on, `n` of them, are taken out if it fails without. */
static bool elements_drop(struct shrink *x, json_t *list, size_t from, size_t n)
{
	json_auto_t *before = json_copy(list);

	for (size_t i = 0; i < n; i++)
		json_array_remove(list, from);
	if (still_fails(x)) {
		x->progress = true;
		return true;
	}
	json_array_clear(list);
	json_array_extend(list, before);
	return false;
}

/* Halves, quarters, ..., single ones. */
static void list_shrink(struct shrink *x, json_t *list)
{
	for (size_t n = (json_array_size(list) + 1) / 2; n > 0; n /= 2)
		for (size_t i = 0; i + n <= json_array_size(list) && x->tries < TRIES_MOST;)
			if (!elements_drop(x, list, i, n))
				i += n;
}

static void part_shrink(struct shrink *x, json_t *part, unsigned depth);

static void members_shrink(struct shrink *x, json_t *object, unsigned depth)
{
	json_auto_t *names = json_copy(object), *before = NULL;
	const char *key;
	json_t *member;

	json_object_foreach(names, key, member)
	{
		if (x->tries >= TRIES_MOST)
			return;
		json_decref(before);
		before = json_copy(object);
		json_object_del(object, key);
		if (still_fails(x)) {
			x->progress = true;
			continue;
		}
		json_object_clear(object);
		json_object_update(object, before);
		part_shrink(x, json_object_get(object, key), depth + 1);
	}
}

static void part_shrink(struct shrink *x, json_t *part, unsigned depth)
{
	if (depth > 8)
		return;
	if (json_is_array(part))
		list_shrink(x, part);
	else if (json_is_object(part))
		members_shrink(x, part, depth);
}

/* The same name in both configurations goes from both. */
static void pairs_shrink(struct shrink *x, const char *path)
{
	json_t *a = draft_part(json_object_get(x->sample, "a"), path, false);
	json_t *b = draft_part(json_object_get(x->sample, "b"), path, false);
	json_auto_t *names = json_copy(a);
	const char *key;
	json_t *member;

	json_object_foreach(names, key, member)
	{
		json_auto_t *old_a = json_copy(a), *old_b = b ? json_copy(b) : NULL;

		if (x->tries >= TRIES_MOST)
			return;
		json_object_del(a, key);
		json_object_del(b, key);
		if (still_fails(x)) {
			x->progress = true;
			continue;
		}
		json_object_clear(a);
		json_object_update(a, old_a);
		json_object_clear(b);
		json_object_update(b, old_b);
	}
}

static void faults_shrink(struct shrink *x)
{
	const char *spec = json_string_value(json_object_get(x->sample, "faults"));
	json_auto_t *list = json_array(), *before = NULL;
	auto_free char *copy = spec ? xstrdup(spec) : NULL;
	char *rest = NULL;

	for (char *p = copy ? strtok_r(copy, ", ", &rest) : NULL; p;
	     p = strtok_r(NULL, ", ", &rest))
		json_array_append_new(list, json_string(p));
	for (size_t i = 0; i < json_array_size(list);) {
		auto_buf less = BUF_INIT(1u << 12);

		json_decref(before);
		before = json_incref(json_object_get(x->sample, "faults"));
		for (size_t k = 0; k < json_array_size(list); k++)
			if (k != i)
				buf_printf(&less, "%s%s", less.len ? ", " : "",
					   json_string_value(json_array_get(list, k)));
		json_object_set_new(x->sample, "faults", json_string(buf_str(&less)));
		if (still_fails(x)) {
			json_array_remove(list, i);
			x->progress = true;
		} else {
			json_object_set(x->sample, "faults", before);
			i++;
		}
	}
}

json_t *sample_shrink(const struct scenario *scenario, const json_t *sample, const char *what)
{
	static const char *const paths[] = {"iam.accounts",
					    "iam.accounts." SELF_ACCOUNT ".users",
					    "iam.accounts." SELF_ACCOUNT ".groups",
					    "iam.accounts." SELF_ACCOUNT ".policies",
					    "units",
					    "accounts",
					    "policies",
					    "organization.root",
					    "organization",
					    ""};
	struct shrink x = {
	    .scenario = scenario, .sample = json_deep_copy(sample), .what = what, .progress = true};

	if (!still_fails(&x))
		return x.sample;
	while (x.progress && x.tries < TRIES_MOST) {
		x.progress = false;
		faults_shrink(&x);
		if (json_object_get(x.sample, "hands"))
			list_shrink(&x, json_object_get(x.sample, "hands"));
		if (json_object_get(x.sample, "picks"))
			list_shrink(&x, json_object_get(x.sample, "picks"));
		if (json_object_get(x.sample, "choices"))
			list_shrink(&x, json_object_get(x.sample, "choices"));
		for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
			pairs_shrink(&x, paths[i]);
		part_shrink(&x, json_object_get(x.sample, "twin"), 0);
		part_shrink(&x, json_object_get(x.sample, "b"), 0);
		part_shrink(&x, json_object_get(x.sample, "a"), 0);
	}
	return x.sample;
}

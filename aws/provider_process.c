/* credential_process: a program that the machine's own AWS configuration names, and no other file,
 * prints keys. */
#include "aws/provider_priv.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_OUTPUT ((size_t)64 << 10)
#define TICK_MS    20

extern char **environ;

struct source_of_process {
	struct source source;
	const char *command;
};

struct words {
	VEC(char *) list; /* NULL-terminated once split */
};

static void words_free(struct words *w)
{
	size_t i;

	for (i = 0; i < w->list.n; i++)
		free_ptr(&w->list.at[i]);
	free_ptr(&w->list.at);
}

/* Takes one character as a shell would, but expands nothing. */
static bool word_char(const char **s, char *quote, struct buf *word)
{
	char c = *(*s)++;

	if (*quote == '\0' && (c == '\'' || c == '"')) {
		*quote = c;
		return true;
	}
	if (*quote != '\0' && c == *quote) {
		*quote = '\0';
		return true;
	}
	if (c == '\\' && *quote != '\'') {
		if (**s == '\0')
			return false;
		/* Within double quotes it escapes only what is special there. */
		if (*quote != '"' || strchr("\"\\$`", **s) != NULL)
			c = *(*s)++;
	}
	return buf_putc(word, c);
}

static bool words_split(const char *s, struct words *w)
{
	struct buf word;
	char quote;

	for (;;) {
		s += strspn(s, " \t");
		if (*s == '\0')
			break;
		word = (struct buf){.max = INI_MAX_BYTES, .secret = true};
		quote = '\0';
		while (*s != '\0' && (quote != '\0' || (*s != ' ' && *s != '\t'))) {
			if (!word_char(&s, &quote, &word)) {
				buf_free(&word);
				return false;
			}
		}
		buf_puts(&word, "");
		vec_push(&w->list, buf_take(&word));
		if (quote != '\0')
			return false;
	}
	vec_push(&w->list, NULL);
	return w->list.n > 1;
}

/* In a process group of its own, so that all of it can be ended; without input, and without our
 * open files. What it says on standard error is for the person who runs us. */
static int process_spawn(char **argv, int out, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t defaults, none;
	int failed;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGINT);
	sigaddset(&defaults, SIGTERM);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawn_file_actions_addclosefrom_np(&files, 3);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
						  POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setsigmask(&attributes, &none);
	failed = posix_spawnp(pid, argv[0], &files, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return failed;
}

enum ending { ENDED, TOO_LONG, TOO_MUCH, INTERRUPTED };

static int64_t now_us(void)
{
	struct clock *clock = clock_system();

	return clock->mono_us(clock);
}

/* Reads until the end of its output. */
static enum ending process_read(int fd, int64_t until_us, struct buf *out)
{
	struct pollfd ready[] = {{.fd = fd, .events = POLLIN},
				 {.fd = signal_fd(), .events = POLLIN}};
	char block[4096];
	int64_t left;
	ssize_t n;

	for (;;) {
		left = until_us - now_us();
		if (signal_pending() != 0)
			return INTERRUPTED;
		if (left <= 0)
			return TOO_LONG;
		if (poll(ready, 2, (int)(left / 1000 + 1)) <= 0 || ready[0].revents == 0)
			continue;
		n = read(fd, block, sizeof block);
		if (n == 0)
			return ENDED;
		if (n > 0 && !buf_add(out, block, (size_t)n))
			return TOO_MUCH;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return ENDED;
	}
}

/* Waits for its end, and makes one where it does not come. */
static enum ending process_reap(pid_t pid, int64_t until_us, enum ending ending, int *status)
{
	pid_t got;

	for (;;) {
		if (ending != ENDED)
			kill(-pid, SIGKILL);
		got = waitpid(pid, status, ending == ENDED ? WNOHANG : 0);
		if (got == pid || (got < 0 && errno != EINTR))
			return ending;
		if (signal_pending() != 0)
			ending = INTERRUPTED;
		else if (now_us() >= until_us)
			ending = TOO_LONG;
		else
			poll(NULL, 0, TICK_MS);
	}
}

static int ending_say(enum ending ending, int status, int64_t limit_us, struct error *err)
{
	if (ending == TOO_LONG)
		return error_set(err,
				 "credential_process did not end within %lld seconds, and was "
				 "ended",
				 (long long)(limit_us / 1000000));
	if (ending == TOO_MUCH)
		return error_set(err,
				 "credential_process printed more than %zu bytes, and was "
				 "ended",
				 MAX_OUTPUT);
	if (ending == INTERRUPTED)
		return error_set(err, "interrupted while credential_process ran");
	if (WIFSIGNALED(status))
		return error_set(err, "credential_process was ended by signal %d",
				 WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return error_set(err, "credential_process failed with exit status %d",
				 WEXITSTATUS(status));
	return 0;
}

static int process_start(char **argv, pid_t *pid, int *out, struct error *err)
{
	int ends[2], failed;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, "credential_process: pipe: %m");
	failed = process_spawn(argv, ends[1], pid);
	close(ends[1]);
	*out = ends[0];
	if (failed == 0)
		return 0;
	close(ends[0]);
	/* The command line may hold a secret; its first word is a program. */
	return error_set(err, "credential_process: %s: %s", argv[0], strerror(failed));
}

int process_run(const char *command, int64_t limit_us, struct buf *out, struct error *err)
{
	struct words w = {0};
	int64_t until_us = now_us() + limit_us;
	enum ending ending;
	int fd = -1, status = 0, result;
	pid_t pid;

	*out = (struct buf){.max = MAX_OUTPUT, .secret = true};
	if (!words_split(command, &w)) {
		words_free(&w);
		return error_set(err, "credential_process: the command line has an open quote or "
				      "is empty");
	}
	result = process_start(w.list.at, &pid, &fd, err);
	words_free(&w);
	if (result < 0)
		return -1;
	ending = process_read(fd, until_us, out);
	close(fd);
	ending = process_reap(pid, until_us, ending, &status);
	return ending_say(ending, status, limit_us, err);
}

static int process_decide(const struct decision *d, struct source **out, struct error *err)
{
	struct source_of_process *s;
	const char *command = decision_get(d, "credential_process");

	(void)err;
	if (d->keys_only || command == NULL)
		return 0;
	s = source_new(sizeof *s, &source_process, d, source_profile_name(d, "credential_process"));
	s->command = command;
	*out = &s->source;
	return 1;
}

static int output_read(const struct buf *output, struct credentials *c, struct error *err)
{
	json_t *object = json_loadb(buf_str(output), output->len, 0, NULL);
	const json_t *version = json_object_get(object, "Version");
	int result;

	if (!json_is_object(object))
		result = error_set(err, "credential_process printed no JSON object");
	else if (!json_is_integer(version) || json_integer_value(version) != 1)
		result = error_set(err, "credential_process printed no \"Version\": 1");
	else if ((result = keys_read(object, &names_sts, c, err)) < 0)
		error_prefix(err, "credential_process");
	json_wipe(object);
	return result;
}

/* A helper may keep what has ended: AWS would refuse it, and not say where it came from. */
static int output_check(const struct source *s, const struct credentials *c, struct error *err)
{
	struct clock *clock = s->place->env->clock;
	char when[TIME_RFC3339];

	if (c->expires_us == 0 || c->expires_us > clock->now_us(clock))
		return 0;
	time_rfc3339(c->expires_us, when);
	return error_set(err,
			 "credential_process gave credentials that ended at %s; sign in anew "
			 "with its program (or is this machine's clock wrong?)",
			 when);
}

static void process_get(struct source *source)
{
	const struct source_of_process *s = (const struct source_of_process *)source;
	struct credentials c = {0};
	auto_buf output = {0};
	auto_error err = {0};

	if (process_run(s->command, PROCESS_LIMIT_US, &output, &err) < 0 ||
	    output_read(&output, &c, &err) < 0 || output_check(source, &c, &err) < 0)
		source_end(source, NULL, &err);
	else
		source_end(source, &c, &err);
	credentials_free(&c);
}

const struct source_kind source_process = {.decide = process_decide, .get = process_get};

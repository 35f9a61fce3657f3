/* The journal's file: where it lies, and one write and one sync for each line. */
#include "reconciler/journal.h"

#include "base/fd.h"
#include "base/json_out.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define LINE_BYTES (16u << 20) /* an input is at most a policy document and its tags */

struct journal {
	int fd;
	char *path;
	struct clock *clock;
};

static const char *env_path(const struct env *env, const char *name)
{
	const char *value = env->getenv(name);

	return value != NULL && value[0] == '/' ? value : NULL;
}

/* An existing directory stays as it is: only what we make is made private. */
static int directory_make(const char *path, struct error *err)
{
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return error_set(err, "journal: cannot make the directory %s: %s", path,
				 strerror(errno));
	return 0;
}

static int directories_make(char *path, struct error *err)
{
	for (char *at = path + 1; (at = strchr(at, '/')) != NULL; at++) {
		int r;

		*at = '\0';
		r = directory_make(path, err);
		*at = '/';
		if (r != 0)
			return -1;
	}
	return directory_make(path, err);
}

/* Below a directory that everyone may write to, only one of our own is trusted. */
static int directory_check_own(const char *path, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return error_set(err, "journal: %s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022) != 0)
		return error_set(
		    err,
		    "journal: %s is not a directory of our own: remove it, set HOME, or "
		    "name a file with --journal",
		    path);
	return 0;
}

static int directory_default(const struct env *env, struct buf *dir, struct error *err)
{
	const char *state = env_path(env, "XDG_STATE_HOME"), *home = env_path(env, "HOME"),
		   *tmp = env_path(env, "TMPDIR");
	bool shared = false;

	if (state != NULL)
		buf_printf(dir, "%s/charter", state);
	else if (home != NULL && strcmp(home, "/") != 0)
		buf_printf(dir, "%s/.local/state/charter", home);
	else
		shared = buf_printf(dir, "%s/charter-%lu", tmp != NULL ? tmp : "/tmp",
				    (unsigned long)geteuid());
	if (dir->full)
		return error_set(err, "journal: the path is too long");
	if (shared)
		return directory_make(dir->data, err) != 0 ? -1
							   : directory_check_own(dir->data, err);
	return directories_make(dir->data, err);
}

static char *path_default(const struct env *env, const char *organization, const char *scope,
			  struct error *err)
{
	auto_buf path = BUF_INIT(PATH_BYTES);

	if (directory_default(env, &path, err) != 0)
		return NULL;
	buf_putc(&path, '/');
	escape_percent(&path, organization, strlen(organization));
	buf_putc(&path, '-');
	escape_percent(&path, scope, strlen(scope));
	buf_puts(&path, ".jsonl");
	if (path.full) {
		error_set(err, "journal: the path is too long");
		return NULL;
	}
	return buf_take(&path);
}

static int journal_failed(const struct journal *j, const char *what, int number, struct error *err)
{
	return error_set(err, "journal %s: %s: %s", j->path, what, strerror(number));
}

static int write_all(const struct journal *j, const char *data, size_t len, struct error *err)
{
	if (fd_write(j->fd, data, len) != 0)
		return journal_failed(j, "cannot write", errno, err);
	while (fdatasync(j->fd) != 0) {
		if (errno != EINTR)
			return journal_failed(j, "cannot sync", errno, err);
	}
	return 0;
}

/* A crash may have left half a line: what follows must not be glued to it. */
static int line_complete(const struct journal *j, const struct stat *st, struct error *err)
{
	char last = '\n';

	if (st->st_size == 0 || pread(j->fd, &last, 1, st->st_size - 1) != 1 || last == '\n')
		return 0;
	return write_all(j, "\n", 1, err);
}

void directory_sync(const char *path)
{
	auto_free char *dir = xstrdup(path);
	char *slash = strrchr(dir, '/');
	int fd;

	if (slash != NULL)
		slash[slash == dir] = '\0';
	fd = open(slash != NULL ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

static int file_open(struct journal *j, struct error *err)
{
	struct stat st;

	j->fd =
	    open(j->path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	if (j->fd < 0)
		return journal_failed(j, "cannot open", errno, err);
	if (fstat(j->fd, &st) != 0)
		return journal_failed(j, "cannot open", errno, err);
	if (!S_ISREG(st.st_mode))
		return error_set(err, "journal %s: not a regular file", j->path);
	directory_sync(j->path);
	return line_complete(j, &st, err);
}

int journal_open(struct journal **journal, const struct env *env, const char *path,
		 const char *organization, const char *scope, struct error *err)
{
	struct journal *j = xcalloc(1, sizeof(*j));

	j->fd = -1;
	j->clock = env->clock;
	j->path = path != NULL ? xstrdup(path) : path_default(env, organization, scope, err);
	if (j->path == NULL || file_open(j, err) != 0) {
		journal_close(j);
		return -1;
	}
	*journal = j;
	return 0;
}

const char *journal_path(const struct journal *j)
{
	return j->path;
}

void journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	if (j->fd >= 0)
		close(j->fd);
	free(j->path);
	free(j);
}

static struct json_out *line_begin(struct buf *line)
{
	struct json_out *out = json_out_compact(line, NULL);

	out_object(out);
	return out;
}

/* Adds the time, whose key comes last in byte order, and writes the line. */
static int line_end(struct journal *j, struct json_out *out, struct buf *line, struct error *err)
{
	char time[TIME_RFC3339];

	time_rfc3339(j->clock->now_us(j->clock), time);
	out_key_string(out, "time", time);
	out_object_end(out);
	if (json_out_end(out) != 0)
		return journal_failed(j, "cannot write", EFBIG, err);
	return write_all(j, line->data, line->len, err);
}

int journal_begin(struct journal *j, const char *plan_id, const char *commit, unsigned calls,
		  struct error *err)
{
	auto_buf line = BUF_INIT(LINE_BYTES);
	struct json_out *out = line_begin(&line);

	out_key_int(out, "calls", calls);
	out_key_string(out, "commit", commit);
	out_key_string(out, "event", "begin");
	out_key_string(out, "plan_id", plan_id);
	return line_end(j, out, &line, err);
}

int journal_send(struct journal *j, const struct call *call, const char *address, const char *input,
		 struct error *err)
{
	auto_buf line = BUF_INIT(LINE_BYTES);
	struct json_out *out = line_begin(&line);

	out_key_string(out, "address", address);
	out_key_string(out, "event", "send");
	out_key(out, "input");
	out_raw(out, input);
	out_key_int(out, "n", call->n);
	out_key_string(out, "operation", call->op->name);
	out_key_string(out, "service", services[call->op->service].name);
	return line_end(j, out, &line, err);
}

static void out_key_unless_empty(struct json_out *out, const char *key, const char *value)
{
	if (value != NULL && value[0] != '\0')
		out_key_string(out, key, value);
}

int journal_end(struct journal *j, const struct call *call, const char *state, const char *id,
		const char *code, const char *message, const char *request_id, struct error *err)
{
	auto_buf line = BUF_INIT(LINE_BYTES);
	struct json_out *out = line_begin(&line);

	out_key_unless_empty(out, "code", code);
	out_key_string(out, "event", "end");
	out_key_unless_empty(out, "id", id);
	out_key_unless_empty(out, "message", message);
	out_key_int(out, "n", call->n);
	out_key_unless_empty(out, "request_id", request_id);
	out_key_string(out, "state", state);
	return line_end(j, out, &line, err);
}

int journal_finish(struct journal *j, unsigned done, unsigned failed, struct error *err)
{
	auto_buf line = BUF_INIT(LINE_BYTES);
	struct json_out *out = line_begin(&line);

	out_key_int(out, "done", done);
	out_key_string(out, "event", "finish");
	out_key_int(out, "failed", failed);
	return line_end(j, out, &line, err);
}

/* One fetch, in a child process: libgit2 has no time limits, and libssh2 waits for a silent server
 * for ever, signals or not. The child starts no program; it writes to the repository on disk and
 * reports through a pipe: '.' for progress, at its end 'K', or 'E' and a message. */
#include "git/source_priv.h"

#include "base/env.h"
#include "base/loop.h"

/* libgit2 1.9 keeps git_error_set_str() there. */
#if __has_include(<git2/sys/errors.h>)
#include <git2/sys/errors.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 500 /* how soon a signal to us ends the child */

struct child {
	const struct fetch *fetch;
	int out;
	int attempts; /* credentials given so far */
	bool too_large;
};

static void child_write(int fd, const void *p, size_t n)
{
	for (const char *c = p; n;) {
		ssize_t done = write(fd, c, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		c += done;
		n -= (size_t)done;
	}
}

static int on_transfer(const git_indexer_progress *stats, void *ctx)
{
	struct child *c = ctx;

	child_write(c->out, ".", 1);
	c->too_large = stats->received_bytes > FETCH_MAX_BYTES;
	return c->too_large ? -1 : 0;
}

static int on_message(const char *text, int len, void *ctx)
{
	(void)text;
	(void)len;
	child_write(((struct child *)ctx)->out, ".", 1);
	return 0;
}

static int on_tip(const char *name, const git_oid *old, const git_oid *new, void *ctx)
{
	(void)old;
	(void)new;
	return on_message(name, 0, ctx);
}

/* The nth key file that exists, of those that ssh looks for. Freed by the caller. */
static char *key_file(int n)
{
	static const char *const names[] = {"id_ed25519", "id_ecdsa", "id_rsa"};
	const char *home = getenv("HOME");
	struct stat st;

	for (size_t i = 0; home && i < sizeof names / sizeof *names; i++) {
		auto_free char *path = xasprintf("%s/.ssh/%s", home, names[i]);
		if (stat(path, &st) == 0 && n-- == 0)
			return xstrdup(path);
	}
	return NULL;
}

static int ssh_credential(git_credential **out, struct child *c, const char *user, unsigned allowed)
{
	bool agent = getenv("SSH_AUTH_SOCK") != NULL;
	const struct remote_url *url = c->fetch->url;
	auto_free char *key = NULL;
	int n;

	if (allowed & GIT_CREDENTIAL_USERNAME)
		return git_credential_username_new(out, url->user ? url->user : "git");
	n = c->attempts++;
	if (allowed & GIT_CREDENTIAL_SSH_KEY) {
		if (agent && n == 0)
			return git_credential_ssh_key_from_agent(out, user);
		key = key_file(n - agent);
		if (key)
			return git_credential_ssh_key_new(out, user, NULL, key, NULL);
	}
	if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) && url->password && n < 8) {
		c->attempts = 8;
		return git_credential_userpass_plaintext_new(out, user, url->password);
	}
	git_error_set_str(GIT_ERROR_SSH, "no key of the ssh agent or of ~/.ssh was accepted");
	return GIT_EAUTH;
}

static int on_credentials(git_credential **out, const char *url, const char *user, unsigned allowed,
			  void *ctx)
{
	struct child *c = ctx;
	const struct remote_url *u = c->fetch->url;

	(void)url;
	if (u->kind == REMOTE_SSH)
		return ssh_credential(out, c, user ? user : "git", allowed);
	if (u->user && (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) && c->attempts++ == 0)
		return git_credential_userpass_plaintext_new(out, u->user,
							     u->password ? u->password : "");
	git_error_set_str(GIT_ERROR_HTTP, u->user ? "the credentials were not accepted"
						  : "the server asks for credentials, and there "
						    "are none");
	return GIT_EAUTH;
}

static void options_init(git_fetch_options *o, struct child *c)
{
	git_fetch_options_init(o, GIT_FETCH_OPTIONS_VERSION);
	o->callbacks.payload = c;
	o->callbacks.transfer_progress = on_transfer;
	o->callbacks.sideband_progress = on_message;
	o->callbacks.update_tips = on_tip;
	o->callbacks.credentials = on_credentials;
	/* No certificate_check: libgit2's own verdict stands, for ssh that of ~/.ssh/known_hosts.
	 */
	o->update_fetchhead = 0;
	o->prune = GIT_FETCH_NO_PRUNE;
	o->download_tags =
	    c->fetch->clone ? GIT_REMOTE_DOWNLOAD_TAGS_ALL : GIT_REMOTE_DOWNLOAD_TAGS_NONE;
	o->proxy_opts.type = GIT_PROXY_AUTO;
	/* To another host or scheme; libgit2 follows those within a host all the same. */
	o->follow_redirects = GIT_REMOTE_REDIRECT_NONE;
	o->custom_headers = c->fetch->headers;
}

/* Makes HEAD what it is there. A server whose HEAD names no branch of its own leaves it unborn. */
static int head_set(git_repository *into, git_remote *remote)
{
	const git_remote_head **heads;
	git_buf branch = {0};
	size_t n;
	int result = git_remote_default_branch(&branch, remote);

	if (result == 0)
		result = git_repository_set_head(into, branch.ptr);
	git_buf_dispose(&branch);
	if (result != GIT_ENOTFOUND || git_remote_ls(&heads, &n, remote) < 0)
		return result == GIT_ENOTFOUND ? 0 : result;
	for (size_t i = 0; i < n; i++)
		if (strcmp(heads[i]->name, "HEAD") == 0)
			return git_repository_set_head_detached(into, &heads[i]->oid);
	return 0;
}

static int child_fetch(struct child *c, git_remote *remote)
{
	git_remote_connect_options connect;
	git_fetch_options options;
	int result;

	options_init(&options, c);
	git_remote_connect_options_init(&connect, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
	connect.callbacks = options.callbacks;
	connect.proxy_opts = options.proxy_opts;
	connect.follow_redirects = options.follow_redirects;
	connect.custom_headers = options.custom_headers;
	result = git_remote_connect_ext(remote, GIT_DIRECTION_FETCH, &connect);
	child_write(c->out, ".", 1);
	if (result == 0)
		result = git_remote_download(remote, &c->fetch->refspecs, &options);
	if (result < 0 || !c->fetch->clone)
		return result;
	result = git_remote_update_tips(remote, &options.callbacks, 0, options.download_tags, NULL);
	return result < 0 ? result : head_set(c->fetch->into, remote);
}

static const char *child_message(const struct child *c, int result)
{
	const git_error *last = git_error_last();

	if (c->too_large)
		return "the repository is larger than 4 GiB";
	if (result == GIT_ECERTIFICATE && c->fetch->url->kind == REMOTE_SSH)
		return "the server's host key is not the one in ~/.ssh/known_hosts, or there is "
		       "none";
	if (result == GIT_ECERTIFICATE)
		return "the server's certificate does not verify (a private authority is named by "
		       "SSL_CERT_FILE)";
	return last && last->message ? last->message : "no reason given";
}

static _Noreturn void child_run(const struct fetch *f, int out, pid_t parent)
{
	struct child c = {.fetch = f, .out = out};
	git_remote_create_options options;
	git_remote *remote = NULL;
	const char *message;
	int result;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	git_remote_create_options_init(&options, GIT_REMOTE_CREATE_OPTIONS_VERSION);
	options.repository = f->into;
	options.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF;
	result = git_remote_create_with_opts(&remote, f->url->url, &options);
	if (result == 0)
		result = child_fetch(&c, remote);
	if (result < 0) {
		message = child_message(&c, result);
		child_write(out, "E", 1);
		child_write(out, message, strlen(message));
	} else {
		child_write(out, "K", 1);
	}
	_exit(0);
}

/* Waits for the child's report. Returns what it said; with an error set when it was given up. */
static int child_watch(const struct fetch *f, int in, struct buf *said, struct error *err)
{
	struct clock *clock = clock_system();
	int64_t start = clock->mono_us(clock), heard = start;
	struct pollfd p = {.fd = in, .events = POLLIN};
	char chunk[4096];

	for (;;) {
		int ready = poll(&p, 1, TICK_MS);
		int64_t now = clock->mono_us(clock);
		int stop = signal_pending();
		if (stop)
			return error_set_code(err, (enum exit_code)(128 + stop), "interrupted");
		if (ready > 0) {
			ssize_t n = read(in, chunk, sizeof chunk);
			if (n == 0)
				return 0;
			for (ssize_t i = 0; i < n; i++)
				if (said->len || chunk[i] != '.')
					buf_putc(said, chunk[i]);
			heard = now;
		}
		if (now - heard > f->idle_us)
			return error_set(err, "the server has been silent for %d seconds",
					 (int)(f->idle_us / 1000000));
		if (now - start > FETCH_TOTAL_US)
			return error_set(err, "not done after %d seconds",
					 (int)(FETCH_TOTAL_US / 1000000));
	}
}

static int child_verdict(const struct buf *said, struct error *err)
{
	auto_free char *shown = NULL;

	if (said->len == 1 && said->data[0] == 'K')
		return 0;
	if (!said->len)
		return error_set(err, "ended without a word");
	shown = name_shown(said->data + 1, said->len - 1);
	return error_set(err, "%s", shown);
}

int fetch_run(const struct fetch *f, struct error *err)
{
	auto_buf said = BUF_INIT(1u << 16);
	pid_t parent = getpid(), child;
	int fd[2], result;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return error_set(err, "pipe: %s", strerror(errno));
	child = fork();
	if (child == 0) {
		close(fd[0]);
		child_run(f, fd[1], parent);
	}
	close(fd[1]);
	if (child < 0) {
		result = error_set(err, "fork: %s", strerror(errno));
	} else {
		result = child_watch(f, fd[0], &said, err);
		if (result < 0)
			kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
		if (result == 0)
			result = child_verdict(&said, err);
	}
	close(fd[0]);
	return result < 0 ? error_prefix(err, "fetching %s", f->url->shown) : 0;
}

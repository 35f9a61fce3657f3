#include "aws/credentials_files.h"

#include "base/arena.h"
#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *env_get(getenv_fn *getenv, const char *name)
{
	const char *v = getenv(name);

	return v != NULL && *v != '\0' ? v : NULL;
}

static char *shared_path(getenv_fn *getenv, const char *variable, const char *file)
{
	const char *path = env_get(getenv, variable), *home = env_get(getenv, "HOME");

	if (path == NULL)
		return home != NULL ? xasprintf("%s/.aws/%s", home, file) : NULL;
	if (path[0] == '~' && path[1] == '/' && home != NULL)
		return xasprintf("%s%s", home, path + 1);
	return xstrdup(path);
}

static int fd_load(int fd, struct buf *out)
{
	char block[4096];
	ssize_t n;

	while ((n = read(fd, block, sizeof block)) != 0 && !out->full) {
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0)
			buf_add(out, block, (size_t)n);
	}
	wipe(block, sizeof block);
	return n < 0 ? errno : 0;
}

int file_load(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), failed;

	if (fd < 0)
		return errno;
	failed = fd_load(fd, out);
	close(fd);
	return failed == 0 && out->full ? EFBIG : failed;
}

static int shared_file_read(struct shared_file *f, struct error *err)
{
	auto_buf data = {.max = INI_MAX_BYTES, .secret = true};
	int failed;

	if (f->path == NULL)
		return 0;
	failed = file_load(f->path, &data);
	if (failed == ENOENT || failed == ENOTDIR)
		return 0;
	if (failed != 0)
		return error_set(err, "%s: %s", f->path, strerror(failed));
	f->ini = ini_parse(buf_str(&data), data.len, f->path, err);
	return f->ini != NULL ? 0 : -1;
}

int files_read(struct shared_files *f, getenv_fn *getenv, struct error *err)
{
	*f = (struct shared_files){.getenv = getenv, .profile = env_get(getenv, "AWS_PROFILE")};
	f->named = f->profile != NULL;
	if (!f->named)
		f->profile = "default";
	f->credentials.path = shared_path(getenv, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
	f->config.path = shared_path(getenv, "AWS_CONFIG_FILE", "config");
	f->config.config = true;
	if (shared_file_read(&f->credentials, err) < 0)
		return -1;
	return shared_file_read(&f->config, err);
}

void files_free(struct shared_files *f)
{
	free(f->credentials.path);
	ini_free(f->credentials.ini);
	free(f->config.path);
	ini_free(f->config.ini);
	*f = (struct shared_files){0};
}

/* Only the default profile of the configuration file may go without the word. */
static char *section_of(const struct shared_file *f, const char *profile)
{
	char *section = f->config ? xasprintf("profile %s", profile) : xstrdup(profile);

	if (f->config && strcmp(profile, "default") == 0 && !ini_has(f->ini, section)) {
		free(section);
		section = xstrdup("default");
	}
	return section;
}

static bool file_has(const struct shared_file *f, const char *profile)
{
	auto_free char *section = section_of(f, profile);

	return ini_has(f->ini, section);
}

bool files_has(const struct shared_files *f, const char *profile)
{
	return file_has(&f->credentials, profile) || file_has(&f->config, profile);
}

static const char *not_empty(const char *s)
{
	return s != NULL && *s != '\0' ? s : NULL;
}

const char *file_get(const struct shared_file *f, const char *profile, const char *key)
{
	auto_free char *section = section_of(f, profile);

	return not_empty(ini_get(f->ini, section, key));
}

const char *files_get(const struct shared_files *f, const char *profile, const char *key)
{
	const char *v = file_get(&f->credentials, profile, key);

	return v != NULL ? v : file_get(&f->config, profile, key);
}

const char *files_where(const struct shared_files *f, const char *profile, const char *key)
{
	return file_get(&f->credentials, profile, key) != NULL ? f->credentials.path
							       : f->config.path;
}

const char *files_get_section(const struct shared_files *f, const char *section, const char *key)
{
	return not_empty(ini_get(f->config.ini, section, key));
}

char *files_region(const struct shared_files *f)
{
	const char *region = env_get(f->getenv, "AWS_REGION");

	if (region == NULL)
		region = env_get(f->getenv, "AWS_DEFAULT_REGION");
	if (region == NULL)
		region = file_get(&f->config, f->profile, "region");
	if (region == NULL)
		region = file_get(&f->credentials, f->profile, "region");
	return region != NULL ? xstrdup(region) : NULL;
}

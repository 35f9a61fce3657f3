/* Writes new files below a directory, whatever lies there. */
#include "reconciler/init_files.h"

#include "base/arena.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directory of this name in `parent`, made where it is not there. A link is no directory. */
static int directory_enter(int parent, const char *name)
{
	if (mkdirat(parent, name, 0777) != 0 && errno != EEXIST)
		return -1;
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The directory that the path's last part is in; *name gets that part. */
static int directory_of(int root, char *path, char **name)
{
	int at = fcntl(root, F_DUPFD_CLOEXEC, 0), next;
	char *slash;

	for (; at >= 0 && (slash = strchr(path, '/')) != NULL; path = slash + 1) {
		*slash = '\0';
		next = directory_enter(at, path);
		close(at);
		at = next;
	}
	*name = path;
	return at;
}

static int file_fill(int fd, const void *data, size_t len)
{
	int r = fd_write(fd, data, len);

	return close(fd) != 0 ? -1 : r;
}

/* Whether the file holds these bytes. A link holds none, and nothing is waited for. */
static bool file_holds(int directory, const char *name, const void *data, size_t len)
{
	int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	auto_free char *held = xcalloc(1, len + 1);
	size_t n = 0;
	ssize_t r = 1;

	while (fd >= 0 && n <= len && (r = read(fd, held + n, len + 1 - n)) > 0)
		n += (size_t)r;
	if (fd >= 0)
		close(fd);
	return fd >= 0 && r == 0 && n == len && memcmp(held, data, len) == 0;
}

enum init_written init_write(int root, const char *path, const void *data, size_t len,
			     struct error *err)
{
	auto_free char *copy = xstrdup(path);
	enum init_written written = INIT_WROTE;
	char *name;
	int directory = directory_of(root, copy, &name), fd;

	if (directory < 0) {
		error_set(err, "%s: %s", path, strerror(errno));
		return INIT_FAILED;
	}
	fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST) {
		written = file_holds(directory, name, data, len) ? INIT_SAME : INIT_OTHER;
	} else if (fd < 0 || file_fill(fd, data, len) != 0) {
		error_set(err, "%s: %s", path, strerror(errno));
		/* Half a file would be kept by the next run. */
		if (fd >= 0)
			unlinkat(directory, name, 0);
		written = INIT_FAILED;
	}
	close(directory);
	return written;
}

/* A process has one set of signal handlers, and a handler has no argument: so here, alone, state
 * stands outside every object. */
#include "base/loop.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t pending;
static int wake[2] = {-1, -1};

static void on_signal(int number)
{
	int saved = errno;
	ssize_t written;

	if (pending != 0)
		_exit(128 + number);
	pending = number;
	written = write(wake[1], "", 1);
	(void)written;
	errno = saved;
}

void signals_install(void)
{
	/* Restarted calls: an interrupted write would cut a report or the journal short. */
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	if (wake[0] >= 0)
		return;
	charter_assert(pipe2(wake, O_CLOEXEC | O_NONBLOCK) == 0);
	charter_assert(sigaction(SIGINT, &action, NULL) == 0);
	charter_assert(sigaction(SIGTERM, &action, NULL) == 0);
	charter_assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
}

int signal_pending(void)
{
	return pending;
}

int signal_fd(void)
{
	return wake[0];
}

void signal_drain(void)
{
	char byte;

	while (read(wake[0], &byte, 1) > 0)
		;
}

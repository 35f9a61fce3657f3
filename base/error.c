#include "base/error.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void die_out_of_memory(void)
{
	fputs("charter: out of memory\n", stderr);
	abort();
}

_Noreturn void die_assertion(const char *what, const char *file, int line)
{
	fprintf(stderr, "charter: %s:%d: broken promise: %s\n", file, line, what);
	abort();
}

/* Takes the message. The old one goes last: the new one may have been formatted from it. */
static void error_replace(struct error *err, enum exit_code code, char *message)
{
	free(err->message);
	err->message = message;
	err->code = code;
}

int error_set(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_replace(err, EXIT_FAILED, xvasprintf(fmt, ap));
	va_end(ap);
	return -1;
}

int error_set_code(struct error *err, enum exit_code code, const char *fmt, ...)
{
	va_list ap;

	charter_assert(code != EXIT_DONE);
	va_start(ap, fmt);
	error_replace(err, code, xvasprintf(fmt, ap));
	va_end(ap);
	return -1;
}

int error_prefix(struct error *err, const char *fmt, ...)
{
	auto_free char *prefix = NULL;
	va_list ap;

	charter_assert(err->code != EXIT_DONE);
	va_start(ap, fmt);
	prefix = xvasprintf(fmt, ap);
	va_end(ap);
	error_replace(err, err->code, xasprintf("%s: %s", prefix, err->message));
	return -1;
}

void error_clear(struct error *err)
{
	error_replace(err, EXIT_DONE, NULL);
}

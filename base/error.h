/* Errors: one message, built from the inside out, printed once by the caller at the top.
 *
 * A function that can fail returns 0 or -1 and takes `struct error *err` as its last parameter.
 * It sets the error once; callers may put context before it with error_prefix(). Only main and the
 * commands print. `err` is never NULL. */
#ifndef CHARTER_BASE_ERROR_H
#define CHARTER_BASE_ERROR_H

/* What went wrong, as the exit code that the program ends with (docs: exit codes). */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,      /* usage, configuration, credentials, AWS, input or output */
	EXIT_DIFFERENCES = 2, /* only with --detailed-exitcode */
	EXIT_REFUSED = 3,     /* a guard refused; nothing was changed */
	EXIT_STALE = 4,       /* the plan is stale; nothing was changed */
	EXIT_PARTLY = 5,      /* partly applied, or an outcome is unknown */
	EXIT_INCOMPLETE = 6,  /* a reading was incomplete */
	EXIT_INTERRUPTED = 130,
	EXIT_TERMINATED = 143,
};

struct error {
	enum exit_code code; /* EXIT_DONE: no error */
	char *message;       /* owned; may hold several lines, no final newline */
};

/* Sets the error with EXIT_FAILED. Always returns -1. An error already set is replaced. */
int error_set(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same with another exit code. */
int error_set_code(struct error *err, enum exit_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts "PREFIX: " before the message. Always returns -1. */
int error_prefix(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void error_clear(struct error *err);

#define auto_error __attribute__((cleanup(error_clear))) struct error

/* Out of memory ends the program: "charter: out of memory", abort. */
_Noreturn void die_out_of_memory(void);
/* A broken promise of our own code: prints where, aborts. */
#define charter_assert(cond) ((cond) ? (void)0 : die_assertion(#cond, __FILE__, __LINE__))
_Noreturn void die_assertion(const char *what, const char *file, int line);

#endif

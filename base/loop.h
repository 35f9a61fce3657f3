/* Timers on top of a transport, and signals turned into a flag that the loop sees. One thread. */
#ifndef CHARTER_BASE_LOOP_H
#define CHARTER_BASE_LOOP_H

#include "base/env.h"
#include "base/http.h"

struct loop;
struct timer;

struct loop *loop_new(struct clock *, struct transport *);
void loop_free(struct loop *); /* timers still set are dropped */
struct transport *loop_transport(struct loop *);
struct clock *loop_clock(struct loop *);

/* Calls fn(ctx) once the monotonic clock has reached at_us. Timers due at the same microsecond fire
 * in the order they were set. Returns a handle, valid until it fires or is cancelled. */
struct timer *loop_at(struct loop *, int64_t at_us, void (*fn)(void *ctx), void *ctx);
void loop_cancel(struct loop *, struct timer *); /* NULL is accepted */

/* Counts work that the loop must wait for; loop_run returns when the count is 0 or after loop_stop.
 */
void loop_hold(struct loop *);
void loop_release(struct loop *);
void loop_run(struct loop *);
void loop_stop(struct loop *); /* ends the loop_run that goes on, or none */
/* Calls fn(ctx) once, from loop_step, when signal_pending() is set; NULL takes it back. A signal
 * alone does not end loop_run: who is told cancels what is unsent and lets the rest end. */
void loop_on_signal(struct loop *, void (*fn)(void *ctx), void *ctx);
/* One turn: fires due timers, or waits in the transport for at most until the next timer. */
void loop_step(struct loop *);

/* Installs handlers for SIGINT and SIGTERM (SIGPIPE is ignored). The first signal sets
 * signal_pending() to its number and wakes the transport; a second one ends the process at once
 * with 128 + number. */
void signals_install(void);
int signal_pending(void); /* 0: none */
int signal_fd(void);      /* readable after a signal; for the transport's poll; -1: not installed */
void signal_drain(void);  /* makes it unreadable again; signal_pending() stays */

#endif

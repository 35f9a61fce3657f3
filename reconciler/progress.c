#include "reconciler/progress.h"

#include <stdlib.h>
#include <string.h>

#define LIVE_US      100000LL   /* between two live lines */
#define LOG_US       10000000LL /* between two lines off a terminal */
#define RATE_US      1000000LL  /* the rate is that of about the last second */
#define LOG_LINE_MAX 400
#define COLUMNS_MAX  79 /* columns; a longer line would not be overwritten whole */

struct progress {
	const struct env *env;
	struct loop *loop;
	struct client *client;
	struct timer *timer;
	bool terminal, color, quiet, shown;
	const char *what;
	unsigned calls_done, calls_total;
	int64_t phase_us; /* monotonic: when the phase began */
	int64_t mark_us;  /* of the rate */
	uint64_t mark_done;
	uint64_t rate; /* requests in ten seconds */
};

static int64_t now_us(const struct progress *p)
{
	return p->env->clock->mono_us(p->env->clock);
}

static void rate_update(struct progress *p, uint64_t done)
{
	int64_t now = now_us(p), passed = now - p->mark_us;

	if (passed < RATE_US)
		return;
	p->rate = (done - p->mark_done) * 10000000ULL / (uint64_t)passed;
	p->mark_us = now;
	p->mark_done = done;
}

/* Calls left at the pace of this phase so far, or requests waiting at the present rate. Seconds; 0:
 * not known. */
static uint64_t time_left(const struct progress *p, const struct client_stats *s)
{
	uint64_t passed = (uint64_t)(now_us(p) - p->phase_us) / 1000000;

	if (p->calls_total > p->calls_done)
		return p->calls_done ? passed * (p->calls_total - p->calls_done) / p->calls_done
				     : 0;
	return p->rate ? s->waiting * 10 / p->rate : 0;
}

static void line_make(struct progress *p, struct buf *b)
{
	static const struct client_stats none;
	const struct client_stats *s = p->client ? client_stats(p->client) : &none;
	uint64_t left;

	rate_update(p, s->done);
	left = time_left(p, s);
	buf_printf(b, "%s: ", p->what ? p->what : "working");
	if (p->calls_total)
		buf_printf(b, "%u of %u calls, ", p->calls_done, p->calls_total);
	buf_printf(b, "%llu requests done, %llu waiting", (unsigned long long)s->done,
		   (unsigned long long)(s->waiting + s->in_flight));
	if (p->rate)
		buf_printf(b, ", %llu.%llu/s", (unsigned long long)(p->rate / 10),
			   (unsigned long long)(p->rate % 10));
	if (s->throttled)
		buf_printf(b, ", %llu throttled", (unsigned long long)s->throttled);
	if (left)
		buf_printf(b, ", about %llu s left", (unsigned long long)left);
}

static void line_show(struct progress *p)
{
	auto_buf b = BUF_INIT(p->terminal ? COLUMNS_MAX : LOG_LINE_MAX);

	line_make(p, &b);
	if (p->terminal)
		fprintf(p->env->err, "\r%s%s%s\033[K", p->color ? "\033[2m" : "", buf_str(&b),
			p->color ? "\033[0m" : "");
	else
		fprintf(p->env->err, "charter: %s\n", buf_str(&b));
	fflush(p->env->err);
	p->shown = p->terminal;
}

static void timer_set(struct progress *p);

static void timer_fire(void *ctx)
{
	struct progress *p = ctx;

	p->timer = NULL;
	if (p->what)
		line_show(p);
	timer_set(p);
}

static void timer_set(struct progress *p)
{
	p->timer = loop_at(p->loop, now_us(p) + (p->terminal ? LIVE_US : LOG_US), timer_fire, p);
}

struct progress *progress_new(const struct env *env, struct loop *loop, struct client *client,
			      bool terminal, bool color, int verbose)
{
	struct progress *p = xcalloc(1, sizeof *p);

	p->env = env;
	p->loop = loop;
	p->client = client;
	p->terminal = terminal;
	p->color = color;
	p->quiet = verbose < 0;
	p->phase_us = p->mark_us = now_us(p);
	if (!p->quiet)
		timer_set(p);
	return p;
}

void progress_phase(struct progress *p, const char *what)
{
	if (!p)
		return;
	progress_clear(p);
	p->what = what;
	p->calls_done = p->calls_total = 0;
	p->phase_us = now_us(p);
}

void progress_calls(struct progress *p, unsigned done, unsigned total)
{
	if (!p)
		return;
	p->calls_done = done;
	p->calls_total = total;
}

void progress_clear(struct progress *p)
{
	if (!p || !p->shown)
		return;
	fputs("\r\033[K", p->env->err);
	fflush(p->env->err);
	p->shown = false;
}

void progress_free(struct progress *p)
{
	if (!p)
		return;
	progress_clear(p);
	loop_cancel(p->loop, p->timer);
	free(p);
}

/* The execution: one switch over the state of each call, stepped between the turns of the loop.
 * Callbacks only note what came; nothing is sent from within one. */
#include "reconciler/execute_priv.h"

#include <stdlib.h>
#include <string.h>

int64_t executor_now(const struct executor *x)
{
	return x->env->clock->mono_us(x->env->clock);
}

int64_t executor_scaled(const struct executor *x, int64_t us)
{
	return us / 100 * (int64_t)x->options->settle_percent;
}

static const struct text *id_of(void *ctx, const struct text *address)
{
	struct executor *x = ctx;
	const struct text *made = map_get(x->ids, address->s);
	const struct row *row;

	if (made != NULL)
		return made;
	if (text_is(address, "root"))
		return x->plan->in->sides->live->world.root_id;
	row = bound_find(x->plan->in->bound, address);
	return row != NULL && row->live != NULL ? row->live->id : NULL;
}

struct id_source executor_ids(struct executor *x)
{
	return (struct id_source){.id = id_of, .ctx = x};
}

const char *errand_address(const struct errand *errand)
{
	uint32_t change = errand->call->change;

	return change == CALL_RECORD ? "record" : errand->x->plan->change[change].row->address->s;
}

bool *errand_stale(const struct errand *errand)
{
	uint32_t change = errand->call->change;

	return change == CALL_RECORD ? NULL : &errand->x->stale[change];
}

static struct errand *errand_numbered(struct executor *x, uint32_t n)
{
	charter_assert(n >= 1 && n <= x->n);
	return &x->errand[n - 1];
}

static struct site *site_of(struct executor *x, const struct text *account)
{
	const char *key = account == NULL ? "" : account->s;
	struct site *site = map_get(x->sites, key);

	if (site == NULL) {
		site = arena_alloc(x->arena, sizeof(*site));
		map_put(x->sites, key, site);
	}
	return site;
}

bool errand_place(struct errand *errand)
{
	struct executor *x = errand->x;
	const struct text *account = errand->call->account, *missing;
	const struct text *own = x->plan->in->sides->live->world.caller_account;
	struct id_source ids = executor_ids(x);

	if (errand->site != NULL)
		return true;
	if (account != NULL)
		account = tokens_text(x->arena, errand->call, &ids, account, &missing);
	if (errand->call->account != NULL && (account == NULL || str_starts(account->s, "${")))
		return false;
	errand->account = text_eq(account, own) ? NULL : account;
	errand->site = site_of(x, errand->account);
	return true;
}

enum ready { READY, READY_LATER, READY_NEVER };

static void skip_because(struct errand *errand, const struct errand *need)
{
	errand_end(errand, CALL_SKIPPED, NULL,
		   arena_printf(errand->x->arena, "call %u (%s, %s) did not succeed", need->call->n,
				need->call->op->name, errand_address(need)));
}

/* Both cursors only go forward: what has succeeded or ended stays so. */
static enum ready needs_met(struct errand *errand)
{
	const struct call *call = errand->call;

	for (; errand->need < call->needs_n; errand->need++) {
		struct errand *need = errand_numbered(errand->x, call->needs[errand->need]);

		if (!state_ended(need->result->state)) {
			errand_sleep_until(errand, need);
			return READY_LATER;
		}
		if (need->result->state != CALL_DONE) {
			skip_because(errand, need);
			return READY_NEVER;
		}
	}
	for (; errand->after < call->order_n; errand->after++) {
		struct errand *other = errand_numbered(errand->x, call->order[errand->after]);

		if (!state_ended(other->result->state)) {
			errand_sleep_until(errand, other);
			return READY_LATER;
		}
	}
	return READY;
}

/* The end of the record says that all was applied: it is written only when all was. */
static enum ready record_end_met(struct errand *errand)
{
	struct executor *x = errand->x;
	uint32_t end = x->plan->end_call;
	enum ready ready = READY;

	if (end == 0 || errand->call->n < end)
		return READY;
	for (size_t i = x->first; i < end - 1 && ready == READY; i++) {
		if (!state_ended(x->errand[i].result->state))
			ready = READY_LATER;
	}
	if (ready != READY ||
	    x->out->failed + x->out->stale + x->out->unknown + x->out->skipped == 0)
		return ready;
	errand_end(errand, CALL_SKIPPED, NULL, "not everything before it succeeded");
	return READY_NEVER;
}

/* What would wait for its rate waits here, where it holds no lane: one that is asked for seldom, as
 * an account is, keeps nothing else waiting. */
static bool rate_ready(struct errand *errand)
{
	struct executor *x = errand->x;
	int64_t ready = client_ready_us(x->client, errand->call->op, errand->account);

	if (ready <= executor_now(x))
		return true;
	errand->not_before_us = ready;
	queue_enter(errand);
	return false;
}

/* A reading is old; or the job is one that is never begun without a look at what is there. */
static bool wants_look(const struct errand *errand)
{
	const struct call *call = errand->call;

	if (!call->op->mutates || !call_shows(call))
		return false;
	if (call->op->job != NULL && call->op->job->look_first && !errand->looked)
		return true;
	return executor_now(errand->x) - errand->read_us > errand->x->options->fresh_us;
}

static void waiting_step(struct errand *errand)
{
	struct executor *x = errand->x;

	if (x->stopping) {
		errand_end(errand, CALL_SKIPPED, NULL, x->why);
		return;
	}
	if (errand_stale(errand) != NULL && *errand_stale(errand)) {
		errand_end(errand, CALL_SKIPPED, NULL,
			   "its change stopped: the object is not what the plan saw");
		return;
	}
	if (needs_met(errand) != READY || record_end_met(errand) != READY ||
	    executor_now(x) < errand->not_before_us)
		return;
	if (!errand_place(errand)) {
		errand_end(errand, CALL_FAILED, "NoId",
			   arena_printf(x->arena, "the account %s is not known",
					errand->call->account->s));
		return;
	}
	if (!alone_turn(errand) || !queue_turn(errand))
		return;
	if (!lanes_free(errand)) {
		queue_enter(errand);
		errand_sleep(errand);
		return;
	}
	if (!rate_ready(errand))
		return;
	lanes_take(errand);
	if (!wants_look(errand)) {
		errand_send(errand);
		return;
	}
	errand_state(errand, CALL_PROBING);
	errand_look(errand, executor_now(x) - x->options->fresh_us);
}

/* The shared reading may be of too little: then one of its own, once. */
static void probing_unread(struct errand *errand)
{
	struct executor *x = errand->x;
	const char *message = errand_unread_message(errand);

	if (x->stopping) {
		errand_end(errand, CALL_SKIPPED, NULL, x->why);
	} else if (!errand->own_look) {
		errand->own_look = true;
		errand_look_end(errand);
		errand_look(errand, executor_now(x) - x->options->fresh_us);
	} else {
		errand_end(errand, CALL_FAILED, "Unread",
			   arena_printf(x->arena, "nothing was sent: %s", message));
	}
}

static void probing_found(struct errand *errand, const struct resource *found)
{
	if (job_found(errand, found))
		return;
	if (call_yields_id(errand->call) && (found == NULL || found->id == NULL))
		errand_end(errand, CALL_STALE, "Stale",
			   "it exists already, and its id cannot be read");
	else
		errand_done(errand, found == NULL ? NULL : found->id);
}

static void probing_step(struct errand *errand)
{
	const struct resource *found;
	enum verdict verdict;

	if (!errand_looked(errand, &verdict, &found))
		return;
	switch (verdict) {
	case VERDICT_AFTER:
		probing_found(errand, found);
		break;
	case VERDICT_NEITHER:
		errand_end(errand, CALL_STALE, "Stale", "it is not what the plan saw: plan again");
		break;
	case VERDICT_UNREAD:
		probing_unread(errand);
		break;
	case VERDICT_BEFORE:
	case VERDICT_NOTHING:
		errand_look_end(errand);
		if (errand->x->stopping)
			errand_end(errand, CALL_SKIPPED, NULL, errand->x->why);
		else
			errand_send(errand);
		break;
	}
}

static void errand_step(struct errand *errand)
{
	switch ((enum call_state)errand->result->state) {
	case CALL_WAITING:
		waiting_step(errand);
		break;
	case CALL_PROBING:
		probing_step(errand);
		break;
	case CALL_SENT:
		sent_step(errand);
		break;
	case CALL_JOB:
		job_step(errand);
		break;
	case CALL_READING_BACK:
		readback_step(errand);
		break;
	case CALL_DONE:
	case CALL_FAILED:
	case CALL_STALE:
	case CALL_UNKNOWN:
	case CALL_SKIPPED:
		errand_sleep(errand);
		break;
	}
}

/* Steps every call that is awake, the smallest number first, until nothing moves. */
static void executor_step(struct executor *x)
{
	struct errand *errand;

	do {
		x->moved = false;
		while (x->first < x->n && state_ended(x->errand[x->first].result->state))
			x->first++;
		for (errand = executor_awake(x, 0); errand != NULL;
		     errand = executor_awake(x, errand->call->n))
			errand_step(errand);
	} while (x->moved);
}

static void wake(void *ctx)
{
	*(struct timer **)ctx = NULL;
}

/* The earliest time at which a call wants to go on; INT64_MAX: none does by time alone. */
static int64_t executor_next(const struct executor *x)
{
	const struct errand *errand = executor_awake(x, 0);
	int64_t now = executor_now(x), next = INT64_MAX;

	for (; errand != NULL; errand = executor_awake(x, errand->call->n)) {
		if (errand->not_before_us > now && errand->not_before_us < next)
			next = errand->not_before_us;
	}
	return next;
}

static bool executor_told_to_stop(const struct execute_options *o)
{
	return o->interrupted != NULL ? o->interrupted() : signal_pending() != 0;
}

static void executor_interrupt(struct executor *x)
{
	x->out->interrupted = true;
	executor_stop(x, "interrupted before it was sent");
	client_cancel_unsent(x->client);
}

/* Nothing is under way and nothing will happen: the plan's needs contradict themselves. */
static void executor_stuck(struct executor *x)
{
	for (size_t i = x->first; i < x->n; i++) {
		if (!state_ended(x->errand[i].result->state))
			errand_end(&x->errand[i], CALL_SKIPPED, NULL,
				   "it waits for what never ends");
	}
}

static void executor_run(struct executor *x)
{
	const struct execute_options *o = x->options;

	for (;;) {
		struct timer *timer = NULL;
		int64_t next;

		if (!x->out->interrupted && executor_told_to_stop(o))
			executor_interrupt(x);
		executor_step(x);
		if (x->first >= x->n && x->in_flight == 0)
			break;
		next = executor_next(x);
		if (next == INT64_MAX && x->in_flight == 0) {
			executor_stuck(x);
			continue;
		}
		if (next != INT64_MAX)
			timer = loop_at(x->loop, next, wake, &timer);
		loop_step(x->loop);
		loop_cancel(x->loop, timer);
	}
}

static void executor_init(struct executor *x)
{
	const struct plan *plan = x->plan;

	x->n = plan->calls;
	x->errand = xcalloc(x->n + 1, sizeof(*x->errand));
	x->stale = xcalloc(plan->changes + 1, sizeof(*x->stale));
	x->out->result = arena_array(x->arena, x->n + 1, sizeof(*x->out->result));
	x->ids = map_new();
	x->made = map_new();
	x->maker = map_new();
	x->sites = map_new();
	x->alones = map_new();
	x->awake = xcalloc(x->n / AWAKE_WORD + 1, sizeof(*x->awake));
	for (size_t i = 0; i < x->n; i++) {
		x->errand[i] = (struct errand){.x = x,
					       .call = &plan->call[i],
					       .result = &x->out->result[i],
					       .read_us = x->options->read_us};
		charter_assert(plan->call[i].n == i + 1);
	}
	executor_wake_all(x);
}

static void executor_free(struct executor *x)
{
	looks_free(x);
	map_free(x->ids);
	map_free(x->made);
	map_free(x->maker);
	map_free(x->sites);
	map_free(x->alones);
	free(x->awake);
	free(x->errand);
	free(x->stale);
}

static int execution_code(const struct execution *out)
{
	if (out->failed + out->stale + out->unknown + out->skipped == 0)
		return EXIT_DONE;
	return !out->mutated && out->stale > 0 ? EXIT_STALE : EXIT_PARTLY;
}

int execute_plan(const struct plan *plan, struct client *client, struct loop *loop,
		 const struct env *env, struct arena *arena, const struct execute_options *options,
		 struct execution *out, struct error *err)
{
	struct executor x = {.plan = plan,
			     .client = client,
			     .loop = loop,
			     .env = env,
			     .arena = arena,
			     .options = options,
			     .out = out,
			     .err = err};

	*out = (struct execution){0};
	executor_init(&x);
	executor_run(&x);
	executor_free(&x);
	return x.failed ? -1 : execution_code(out);
}

#include "tests/unit/twin_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void place_commit(struct twin_place *p, const char *text, int n)
{
	const struct source_file file = {.path = "charter.yaml", .data = text, .len = strlen(text)};
	auto_error err = {0};

	if (source_commit(p->source, &file, 1, n ? p->commit[n - 1] : "", PLACE_BEGIN_US / 1000000,
			  p->commit[n], &err) != 0)
		fail_msg("%s", err.message);
}

void place_init(struct twin_place *p, const char *const *configurations, const char *faults)
{
	struct twin_options o = {.clock = &p->clock.clock,
				 .seed = 7,
				 .latency_us = 100000,
				 .rates = true,
				 .verify = true,
				 .job_us = 20000000,
				 .lag_reads = 1,
				 .lag_us = 1000000,
				 .faults = faults};
	auto_error err = {0};

	*p = (struct twin_place){0};
	twin_clock_init(&p->clock, PLACE_BEGIN_US);
	if (twin_new(&p->twin, &o, &err) != 0 || source_memory(&p->source, &err) != 0)
		fail_msg("%s", err.message);
	p->transport = twin_transport_new(p->twin, &p->clock);
	for (int i = 0; configurations[i]; i++)
		place_commit(p, configurations[i], i);
	p->trial = (struct trial_options){
	    .source = p->source, .ref = p->commit[0], .rate_percent = 70, .seed = 3};
}

void place_free(struct twin_place *p)
{
	p->transport->free(p->transport);
	twin_free(p->twin);
	source_close(p->source);
}

void expect_code(const struct trial *t, enum exit_code code)
{
	if (t->code != code)
		fail_msg("exit %u, not %u: %s", t->code, code,
			 t->error.message ? t->error.message : "");
}

void place_wait(struct twin_place *p)
{
	p->clock.us += 60 * 1000000LL;
}

void place_apply(struct twin_place *p, int commit, enum exit_code code)
{
	struct trial t;

	p->trial.ref = p->commit[commit];
	trial_apply(&t, &p->clock, p->transport, &p->trial, NULL);
	expect_code(&t, code);
	trial_end(&t);
	place_wait(p);
}

/* One execution against a tiny AWS, in its own time: sides from text, calls, what came of them. */
#ifndef CHARTER_TESTS_EXECUTE_SCENE_H
#define CHARTER_TESTS_EXECUTE_SCENE_H

#include "reconciler/execute.h"
#include "tests/unit/fake_aws.h"
#include "tests/unit/sides.h"

#define SECOND 1000000LL
#define ROOT   "r-abcd"
#define MAIN   "111111111111"

struct scene {
	struct arena *arena;
	struct fake_aws aws;
	struct loop *loop;
	struct env env;
	struct client *client;
	struct sides sides;
	struct diagnostics diag;
	struct bound *bound;
	struct change *change; /* one for each row */
	struct calls calls;
	struct plan_input input;
	struct plan plan;
	struct execute_options options;
	struct execution out;
	struct error err;
	char journal[64];
};

/* The run's own account is MAIN. */
struct scene *scene_new(const char *live_text, const char *head_text);
void scene_free(struct scene *);
/* The client of the scene, anew. */
void scene_client(struct scene *, unsigned rate_percent);
/* The run is told to stop after so many requests that change something; 0: never. */
void scene_interrupt(struct scene *, unsigned after);
const struct text *scene_text(struct scene *, const char *address);
/* Begins a call of the change to this address; it needs the call of this number, or none (0). */
struct call *scene_call(struct scene *, enum op_id, const char *address, json_t *input,
			uint32_t need);
int scene_run(struct scene *);
void expect_state(const struct scene *, uint32_t n, enum call_state);
void expect_said(const struct scene *, uint32_t n, const char *part);
/* The line of what changed something. */
void expect_log(const struct scene *, size_t at, const char *line);
/* "1 send, 1 done" */
char *journal_states(struct scene *);

#endif

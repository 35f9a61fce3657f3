/* The scene of an execution. */
#include "tests/unit/execute_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *scene_getenv(const char *name)
{
	if (strcmp(name, "AWS_ACCESS_KEY_ID") == 0)
		return "AKIDEXAMPLE";
	return strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0 ? "secret" : NULL;
}

static unsigned interrupt_after; /* requests that change something; 0: never */
static const json_t *interrupt_log;

void scene_interrupt(struct scene *s, unsigned after)
{
	interrupt_after = after;
	interrupt_log = s->aws.log;
}

static bool scene_interrupted(void)
{
	return interrupt_after > 0 && json_array_size(interrupt_log) >= interrupt_after;
}

void scene_client(struct scene *s, unsigned rate_percent)
{
	struct client_options options = {.rate_percent = rate_percent};

	s->loop = loop_new(&s->aws.clock, &s->aws.transport);
	s->env = (struct env){.clock = &s->aws.clock,
			      .random = xcalloc(1, sizeof(struct random_seeded)),
			      .transport = &s->aws.transport,
			      .getenv = scene_getenv};
	random_seed((struct random_seeded *)s->env.random, 1);
	assert_int_equal(client_new(&s->client, &s->env, s->loop, &options, &s->err), 0);
}

static void scene_sides(struct scene *s, const char *live_text, const char *head_text)
{
	struct world *world;

	s->sides.head = side_from(s->arena, "head.yaml", head_text);
	s->sides.live = side_from(s->arena, NULL, live_text);
	world = &s->sides.live->world;
	world->partition = text_str(s->arena, "aws");
	world->organization_id = text_str(s->arena, "o-a1");
	world->root_id = text_str(s->arena, ROOT);
	world->management_account = world->caller_account = text_str(s->arena, MAIN);
	s->diag.arena = s->arena;
	s->bound = bind_sides(s->arena, &s->sides, &s->diag);
	assert_int_equal(s->diag.errors, 0);
	s->change = arena_array(s->arena, s->bound->rows + 1, sizeof(*s->change));
	for (size_t i = 0; i < s->bound->rows; i++)
		s->change[i] = (struct change){.row = &s->bound->row[i]};
	s->calls.arena = s->arena;
}

struct scene *scene_new(const char *live_text, const char *head_text)
{
	struct scene *s = xcalloc(1, sizeof(*s));

	s->arena = arena_new();
	fake_aws_init(&s->aws);
	scene_interrupt(s, 0);
	scene_client(s, 0);
	scene_sides(s, live_text, head_text);
	strcpy(s->journal, "/tmp/charter-execute-XXXXXX");
	close(mkstemp(s->journal));
	assert_int_equal(
	    journal_open(&s->options.journal, &s->env, s->journal, "o-a1", "x", &s->err), 0);
	s->options.fresh_us = 60 * SECOND;
	s->options.settle_percent = 100;
	s->options.interrupted = scene_interrupted;
	return s;
}

void scene_free(struct scene *s)
{
	journal_close(s->options.journal);
	unlink(s->journal);
	client_free(s->client);
	loop_free(s->loop);
	fake_aws_free(&s->aws);
	side_free(s->sides.head);
	side_free(s->sides.live);
	bound_free(s->bound);
	diagnostics_free(&s->diag);
	free(s->calls.list.at);
	free(s->env.random);
	error_clear(&s->err);
	arena_free(s->arena);
	free(s);
}

const struct text *scene_text(struct scene *s, const char *address)
{
	return text_str(s->arena, address);
}

struct call *scene_call(struct scene *s, enum op_id op, const char *address, json_t *input,
			uint32_t need)
{
	struct call *c;
	uint32_t *needs = arena_array(s->arena, 1, sizeof(*needs));

	s->calls.change = CALL_RECORD;
	for (uint32_t i = 0; i < s->bound->rows; i++) {
		if (text_is(s->bound->row[i].address, address))
			s->calls.change = i;
	}
	c = call_new(&s->calls, op, input);
	c->n = (uint32_t)s->calls.list.n;
	*needs = need;
	c->needs = needs;
	c->needs_n = need > 0;
	return c;
}

int scene_run(struct scene *s)
{
	s->input = (struct plan_input){.arena = s->arena, .sides = &s->sides, .bound = s->bound};
	s->plan.in = &s->input;
	s->plan.change = s->change;
	s->plan.changes = s->bound->rows;
	s->plan.call = s->calls.list.at;
	s->plan.calls = s->calls.list.n;
	return execute_plan(&s->plan, s->client, s->loop, &s->env, s->arena, &s->options, &s->out,
			    &s->err);
}

void expect_state(const struct scene *s, uint32_t n, enum call_state state)
{
	const struct call_result *r = &s->out.result[n - 1];

	if (r->state != state)
		fail_msg("call %u is %s, not %s (%s: %s)", n,
			 call_state_name((enum call_state)r->state), call_state_name(state),
			 r->code ? r->code : "", r->message ? r->message : "");
}

void expect_said(const struct scene *s, uint32_t n, const char *part)
{
	const char *message = s->out.result[n - 1].message;

	if (message == NULL || strstr(message, part) == NULL)
		fail_msg("call %u says `%s`, not `%s`", n, message ? message : "", part);
}

void expect_log(const struct scene *s, size_t at, const char *line)
{
	const char *got = json_string_value(json_array_get(s->aws.log, at));

	assert_non_null(got);
	assert_string_equal(got, line);
}

char *journal_states(struct scene *s)
{
	auto_buf out = BUF_INIT(1u << 16);
	FILE *f = fopen(s->journal, "r");
	char line[4096];

	while (fgets(line, sizeof line, f) != NULL) {
		json_auto_t *j = json_loads(line, 0, NULL);
		const char *state = json_string_value(json_object_get(j, "state"));

		assert_non_null(j);
		buf_printf(&out, "%s%d %s", out.len > 0 ? ", " : "",
			   (int)json_integer_value(json_object_get(j, "n")),
			   state != NULL ? state : json_string_value(json_object_get(j, "event")));
	}
	fclose(f);
	return arena_strdup(s->arena, buf_str(&out));
}

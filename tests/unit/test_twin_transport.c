/* Requests to a twin within the process: their order in virtual time, their ends, and a client that
 * is killed. */
#include "aws/twin/transport.h"

#include "aws/client.h"
#include "base/arena.h"
#include "base/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define START_US 1795309323000000LL /* 2026-11-22T01:02:03Z */
#define FLIGHTS  400

struct port;
struct asked {
	struct http_request req;
	struct port *port;
	unsigned number;
	enum http_outcome outcome;
	int status;
	size_t body;
	int64_t at_us;
	bool done;
};

struct port {
	struct twin_clock clock;
	struct twin *twin;
	struct transport *transport;
	struct asked asked[FLIGHTS];
	unsigned order[FLIGHTS]; /* numbers, as they were done */
	unsigned sent, done;
};

static void port_open(struct port *p, struct twin_options options)
{
	auto_error err = {0};

	*p = (struct port){0};
	twin_clock_init(&p->clock, START_US);
	options.clock = &p->clock.clock;
	if (twin_new(&p->twin, &options, &err) < 0)
		fail_msg("%s", err.message);
	p->transport = twin_transport_new(p->twin, &p->clock);
}

static void port_close(struct port *p)
{
	p->transport->free(p->transport);
	twin_free(p->twin);
}

static void on_done(struct http_request *req, struct http_response *r)
{
	struct asked *a = req->ctx;

	assert_false(a->done);
	a->done = true;
	a->outcome = r->outcome;
	a->status = r->status;
	a->body = r->body.len;
	a->at_us = r->ended_us;
	assert_true(r->outcome == HTTP_REPLIED || r->message != NULL);
	a->port->order[a->port->done++] = a->number;
}

static struct asked *send_identity(struct port *p)
{
	static const struct http_header headers[] = {
	    {"Content-Type", "application/x-www-form-urlencoded"},
	};
	static const char body[] = "Action=GetCallerIdentity&Version=2011-06-15";
	struct asked *a = &p->asked[p->sent];

	assert_true(p->sent < FLIGHTS);
	a->number = p->sent++;
	a->port = p;
	a->req = (struct http_request){
	    .method = "POST",
	    .url = "https://sts.us-east-1.amazonaws.com",
	    .headers = headers,
	    .headers_n = 1,
	    .body = body,
	    .body_len = sizeof body - 1,
	    .done = on_done,
	    .ctx = a,
	};
	p->transport->send(p->transport, &a->req);
	assert_false(a->done);
	return a;
}

static void wait_all(struct port *p)
{
	while (p->done < p->sent)
		p->transport->wait(p->transport, INT64_MAX);
}

static void test_time_jumps(void **state)
{
	struct port p;
	struct asked *a;

	(void)state;
	port_open(&p, (struct twin_options){.latency_us = 20000});
	/* Nothing is to come, and nothing to wait for. */
	p.transport->wait(p.transport, INT64_MAX);
	assert_int_equal(p.clock.us, START_US);
	p.transport->wait(p.transport, START_US + 3600 * 1000000LL);
	assert_int_equal(p.clock.us, START_US + 3600 * 1000000LL);
	a = send_identity(&p);
	p.transport->wait(p.transport, p.clock.us + 19999);
	assert_false(a->done);
	/* A time that is over already delivers nothing that is not due. */
	p.transport->wait(p.transport, START_US);
	assert_false(a->done);
	p.transport->wait(p.transport, INT64_MAX);
	assert_true(a->done);
	assert_int_equal(a->outcome, HTTP_REPLIED);
	assert_int_equal(a->status, 200);
	assert_int_equal(a->at_us, START_US + 3600 * 1000000LL + 20000);
	port_close(&p);
}

/* Without jitter in the order of sending, whatever is sent meanwhile. */
static void test_ties_go_by_order(void **state)
{
	struct port p;
	unsigned i;

	(void)state;
	port_open(&p, (struct twin_options){.latency_us = 1000});
	for (i = 0; i < 10; i++)
		send_identity(&p);
	p.transport->wait(p.transport, INT64_MAX);
	for (i = 0; i < 10; i++)
		send_identity(&p);
	wait_all(&p);
	for (i = 0; i < 20; i++)
		assert_int_equal(p.order[i], i);
	port_close(&p);
}

/* 64 to one host at once, the others when there is a place. */
static void test_window(void **state)
{
	struct port p;
	unsigned i;

	(void)state;
	port_open(&p, (struct twin_options){.latency_us = 1000});
	for (i = 0; i < 200; i++)
		send_identity(&p);
	p.transport->wait(p.transport, START_US);
	assert_int_equal(twin_stats(p.twin)->requests, HTTP_WINDOW);
	p.transport->cancel(p.transport, &p.asked[10].req);
	p.transport->cancel(p.transport, &p.asked[199].req);
	wait_all(&p);
	assert_int_equal(p.asked[10].outcome, HTTP_REPLIED);
	assert_int_equal(p.asked[199].outcome, HTTP_CANCELLED);
	assert_int_equal(p.asked[198].at_us, START_US + 4000);
	assert_int_equal(twin_stats(p.twin)->requests, 199);
	/* What is in flight or queued at the end is forgotten. */
	for (i = 0; i < 100; i++)
		send_identity(&p);
	p.transport->wait(p.transport, START_US);
	port_close(&p);
}

static void jitter_run(uint64_t seed, unsigned order[FLIGHTS], int64_t *end_us)
{
	struct port p;
	unsigned i;

	port_open(&p,
		  (struct twin_options){
		      .seed = seed, .latency_us = 20000, .jitter = 50, .faults = "reset_after%10"});
	for (i = 0; i < 300; i++)
		send_identity(&p);
	wait_all(&p);
	for (i = 0; i < 300; i++)
		order[i] = p.order[i] * 8 + p.asked[i].outcome;
	*end_us = p.clock.us;
	port_close(&p);
}

static void test_same_seed_same_trace(void **state)
{
	unsigned a[FLIGHTS], b[FLIGHTS], i, moved = 0;
	int64_t a_end, b_end;

	(void)state;
	jitter_run(5, a, &a_end);
	jitter_run(5, b, &b_end);
	assert_memory_equal(a, b, 300 * sizeof *a);
	assert_int_equal(a_end, b_end);
	for (i = 0; i < 300; i++)
		moved += a[i] / 8 != i;
	assert_true(moved > 100);
	jitter_run(6, b, &b_end);
	assert_memory_not_equal(a, b, 300 * sizeof *a);
}

/* How a client sees each fault. */
static void test_ends(void **state)
{
	static const struct {
		const char *spec;
		enum http_outcome outcome;
		int status;
		int64_t after_us;
	} rows[] = {
	    {"refuse", HTTP_NOT_SENT, 0, 0},
	    {"reset_before", HTTP_LOST, 0, 1000},
	    {"reset_after", HTTP_LOST, 0, 1000},
	    {"truncate", HTTP_LOST, 0, 1000},
	    {"wrong_length", HTTP_REPLIED, 200, 1000},
	    {"delay=500", HTTP_REPLIED, 200, 501000},
	    {"delay=600000", HTTP_LOST, 0, HTTP_TIMEOUT_US},
	    {"status=503", HTTP_REPLIED, 503, 1000},
	    {"html=502", HTTP_REPLIED, 502, 1000},
	};
	struct port p;
	struct asked *a;
	size_t i, whole;

	(void)state;
	port_open(&p, (struct twin_options){0});
	a = send_identity(&p);
	wait_all(&p);
	whole = a->body;
	port_close(&p);
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		port_open(&p, (struct twin_options){.latency_us = 1000, .faults = rows[i].spec});
		a = send_identity(&p);
		wait_all(&p);
		assert_int_equal(a->outcome, rows[i].outcome);
		if (rows[i].outcome == HTTP_REPLIED)
			assert_int_equal(a->status, rows[i].status);
		else
			assert_int_equal(a->body, 0);
		if (strcmp(rows[i].spec, "wrong_length") == 0)
			assert_int_equal(a->body, whole / 2);
		assert_int_equal(a->at_us, START_US + rows[i].after_us);
		port_close(&p);
	}
}

static void test_killed_client(void **state)
{
	struct port p;
	unsigned i;

	(void)state;
	port_open(&p, (struct twin_options){.latency_us = 1000, .faults = "kill_after#3"});
	for (i = 0; i < 5; i++)
		send_identity(&p);
	assert_false(twin_transport_dead(p.transport));
	p.transport->wait(p.transport, INT64_MAX);
	assert_true(twin_transport_dead(p.transport));
	wait_all(&p);
	for (i = 0; i < 5; i++)
		assert_int_equal(p.asked[i].outcome, i < 3 ? HTTP_LOST : HTTP_NOT_SENT);
	assert_int_equal(p.clock.us, START_US);
	send_identity(&p);
	wait_all(&p);
	assert_int_equal(p.asked[5].outcome, HTTP_NOT_SENT);
	assert_int_equal(twin_stats(p.twin)->requests, 3);
	twin_transport_revive(p.transport);
	send_identity(&p);
	wait_all(&p);
	assert_int_equal(p.asked[6].outcome, HTTP_REPLIED);
	port_close(&p);
}

static void test_real_time(void **state)
{
	struct clock *clock = clock_system();
	struct twin_options options = {.clock = clock, .latency_us = 30000};
	struct port p = {0};
	auto_error err = {0};
	int64_t start;
	unsigned i;

	(void)state;
	assert_int_equal(twin_new(&p.twin, &options, &err), 0);
	p.transport = twin_transport_real(p.twin, clock);
	start = clock->mono_us(clock);
	p.transport->wait(p.transport, start + 10000);
	assert_true(clock->mono_us(clock) >= start + 10000);
	start = clock->mono_us(clock);
	for (i = 0; i < 50; i++)
		send_identity(&p);
	wait_all(&p);
	assert_true(clock->mono_us(clock) >= start + 30000);
	assert_true(clock->mono_us(clock) < start + 2000000);
	for (i = 0; i < 50; i++)
		assert_int_equal(p.asked[i].outcome, HTTP_REPLIED);
	port_close(&p);
}

static const char *env_twin(const char *name)
{
	if (strcmp(name, "AWS_ACCESS_KEY_ID") == 0)
		return "AKIATWIN" TWIN_MANAGEMENT;
	if (strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0)
		return TWIN_SECRET;
	return NULL;
}

struct counted {
	unsigned pages, rows, ends;
};

static void count_page(void *ctx, const json_t *body)
{
	struct counted *c = ctx;
	const json_t *list;

	c->pages++;
	c->rows += (unsigned)reply_list(body, "OrganizationalUnits", &list);
}

static void count_end(void *ctx, const struct reply *reply)
{
	struct counted *c = ctx;

	assert_int_equal(reply->outcome, REPLY_OK);
	c->ends++;
}

static void organization_make(struct port *p, char root[64], unsigned units)
{
	json_auto_t *made =
	    twin_do(p->twin, NULL, "organizations", "CreateOrganization", NULL, root);
	json_auto_t *roots = twin_do(p->twin, NULL, "organizations", "ListRoots", NULL, root);
	json_auto_t *unit = NULL;
	char code[64];
	unsigned i;

	assert_non_null(made);
	snprintf(root, 64, "%s", reply_str(roots, "Roots.0.Id"));
	for (i = 0; i < units; i++) {
		unit = twin_do(
		    p->twin, NULL, "organizations", "CreateOrganizationalUnit",
		    json_pack("{s:s, s:o}", "ParentId", root, "Name", json_sprintf("unit %u", i)),
		    code);
		assert_non_null(unit);
		json_decref(unit);
		unit = NULL;
	}
}

/* The real client, signatures and rates and all, through skew, throttling and lost pages. */
static void test_client_reads_through_faults(void **state)
{
	struct port p;
	struct random_seeded random;
	struct env env;
	struct loop *loop;
	struct client *client;
	struct client_options options = {.rate_percent = 100};
	struct counted c = {0};
	json_t *body;
	char root[64];
	auto_error err = {0};

	(void)state;
	port_open(&p, (struct twin_options){.latency_us = 20000,
					    .rates = true,
					    .verify = true,
					    .jitter = 20,
					    .faults = "skew=3600#2,empty_page#4,throttle=1#6,"
						      "reset_after#8,short_page#9"});
	organization_make(&p, root, 90);
	random_seed(&random, 1);
	env = (struct env){.clock = &p.clock.clock,
			   .random = &random.base,
			   .transport = p.transport,
			   .getenv = env_twin};
	loop = loop_new(&p.clock.clock, p.transport);
	assert_int_equal(client_new(&client, &env, loop, &options, &err), 0);
	if (client_call(client, OP_STS_GetCallerIdentity, NULL, &body, NULL, &err) < 0)
		fail_msg("%s", err.message);
	assert_string_equal(reply_str(body, "Account"), TWIN_MANAGEMENT);
	json_decref(body);
	loop_hold(loop);
	client_send(client, &(struct client_request){
				.op = &ops[OP_ORGANIZATIONS_ListOrganizationalUnitsForParent],
				.input = json_pack("{s:s}", "ParentId", root),
				.page = count_page,
				.done = count_end,
				.ctx = &c});
	while (c.ends == 0)
		loop_step(loop);
	loop_release(loop);
	assert_int_equal(c.rows, 90);
	assert_int_equal(c.pages, 7);
	assert_int_equal(twin_stats(p.twin)->faults, 5);
	assert_int_equal(twin_stats(p.twin)->throttled, 0);
	client_free(client);
	loop_free(loop);
	port_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_time_jumps), cmocka_unit_test(test_ties_go_by_order),
	    cmocka_unit_test(test_window),     cmocka_unit_test(test_same_seed_same_trace),
	    cmocka_unit_test(test_ends),       cmocka_unit_test(test_killed_client),
	    cmocka_unit_test(test_real_time),  cmocka_unit_test(test_client_reads_through_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

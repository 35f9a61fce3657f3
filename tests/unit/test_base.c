#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/env.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_error_builds_from_inside_out(void **state)
{
	auto_error err = {0};

	(void)state;
	assert_int_equal(error_set_code(&err, EXIT_STALE, "no %s", "tag"), -1);
	error_prefix(&err, "%s:%d", "org.yaml", 7);
	error_prefix(&err, "apply");
	assert_string_equal(err.message, "apply: org.yaml:7: no tag");
	assert_int_equal(err.code, EXIT_STALE);
	/* The new message may be made of the old one. */
	error_set(&err, "again: %s", err.message);
	assert_string_equal(err.message, "again: apply: org.yaml:7: no tag");
	assert_int_equal(err.code, EXIT_FAILED);
	error_clear(&err);
	assert_null(err.message);
	assert_int_equal(err.code, EXIT_DONE);
}

static void test_arena_pieces_stay_and_are_zero(void **state)
{
	struct arena *a = arena_new();
	uint64_t *at[3000];
	unsigned char *big;
	char number[24];
	size_t i, k;

	(void)state;
	for (i = 0; i < 3000; i++) {
		at[i] = arena_alloc(a, sizeof **at);
		assert_int_equal((uintptr_t)at[i] % _Alignof(max_align_t), 0);
		assert_int_equal(*at[i], 0);
		*at[i] = i;
		if (i % 100 == 0) {
			big = arena_array(a, i + 1, 700);
			for (k = 0; k < (i + 1) * 700; k += 97)
				assert_int_equal(big[k], 0);
			memset(big, 0xff, (i + 1) * 700);
		}
		snprintf(number, sizeof number, "%zu", i);
		assert_string_equal(arena_printf(a, "%zu", i), number);
	}
	for (i = 0; i < 3000; i++)
		assert_int_equal(*at[i], i);
	assert_ptr_not_equal(arena_alloc(a, 0), arena_alloc(a, 0));
	assert_string_equal(arena_memdup0(a, "abcdef", 3), "abc");
	arena_free(a);
	arena_free(NULL);
}

static void test_arena_is_cheap(void **state)
{
	struct arena *a = arena_new();
	size_t before, i;

	(void)state;
	before = arena_bytes(a);
	for (i = 0; i < 300000; i++)
		arena_strdup(a, "account/training-1");
	assert_int_equal(arena_bytes(a) - before, 300000 * sizeof "account/training-1");
	arena_free(a);
}

static void test_vec_grows(void **state)
{
	VEC(int) v = {0};
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		vec_push(&v, i);
	assert_int_equal(v.n, 1000);
	assert_int_equal(v.at[999], 999);
	free(v.at);
}

static void test_buf_keeps_its_maximum(void **state)
{
	auto_buf b = BUF_INIT(10);
	char *taken;

	(void)state;
	assert_string_equal(buf_str(&b), "");
	assert_true(buf_printf(&b, "%s-%d", "abc", 42));
	assert_true(buf_puts(&b, "defg"));
	assert_false(b.full);
	assert_false(buf_puts(&b, "xyz"));
	assert_false(buf_putc(&b, '!'));
	assert_true(b.full);
	assert_string_equal(buf_str(&b), "abc-42defg");
	taken = buf_take(&b);
	assert_string_equal(taken, "abc-42defg");
	free(taken);
	assert_false(b.full);
	taken = buf_take(&b);
	assert_string_equal(taken, "");
	free(taken);
}

static void test_buf_prints_long_and_secret_text(void **state)
{
	auto_buf b = {.max = SIZE_MAX, .secret = true};
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		assert_true(buf_printf(&b, "%0300d", i));
	assert_int_equal(b.len, 30000);
	assert_int_equal(strlen(b.data), 30000);
	assert_memory_equal(b.data + 29997, "099", 3);
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.data[29998], 0);
}

static void test_map_holds_many(void **state)
{
	struct map *m = map_new();
	static int values[50000];
	char key[32];
	int i;

	(void)state;
	assert_null(map_get(m, ""));
	for (i = 0; i < 50000; i++) {
		snprintf(key, sizeof key, "account/%d", i);
		assert_null(map_put(m, key, &values[i]));
	}
	assert_ptr_equal(map_put(m, "account/7", &values[8]), &values[7]);
	assert_ptr_equal(map_get(m, "account/7"), &values[8]);
	assert_ptr_equal(map_get(m, "account/49999"), &values[49999]);
	assert_null(map_get(m, "account/50000"));
	assert_int_equal(map_count(m), 50000);
	map_put(m, "", values);
	assert_ptr_equal(map_get(m, ""), values);
	map_free(m);
	map_free(NULL);
}

/* FIPS 180-2, B.1; RFC 4231, test cases 2 and 6, whose key is longer than a block. */
static void test_digest_known_answers(void **state)
{
	unsigned char sum[SHA256_BYTES], key[131];
	char hex[SHA256_HEX];
	struct digest *d = digest_new();

	(void)state;
	digest_add(d, "a", 1);
	digest_add(d, "bc", 2);
	digest_hex(d, hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_hex("", 0, hex);
	assert_string_equal(hex,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, sum);
	hex_encode(sum, sizeof sum, hex);
	assert_string_equal(hex,
			    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	hmac_sha256(NULL, 0, "", 0, sum);
	hex_encode(sum, sizeof sum, hex);
	assert_string_equal(hex,
			    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	memset(key, 0xaa, sizeof key);
	hmac_sha256(key, sizeof key, "Test Using Larger Than Block-Size Key - Hash Key First", 54,
		    sum);
	hex_encode(sum, sizeof sum, hex);
	assert_string_equal(hex,
			    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void assert_time(const char *s, int64_t expected_us)
{
	int64_t us = -1;

	if (time_parse(s, &us) != 0 || us != expected_us)
		fail_msg("%s: %lld, not %lld", s, (long long)us, (long long)expected_us);
}

static void test_time_is_read(void **state)
{
	static const char *const wrong[] = {"",
					    "2026-11-22T01:02:03",
					    "2026-02-29",
					    "2026-13-01",
					    "2026-11-22 01:02:03Z",
					    "2026-11-22T24:00:00Z",
					    "2026-11-22T01:02:03.Z",
					    "2026-11-22T01:02:03Zx",
					    "20261122T010203",
					    "2026-1-02",
					    "26-11-22"};
	const int64_t second = 1000000;
	int64_t us;
	size_t i;

	(void)state;
	assert_time("1970-01-01T00:00:00Z", 0);
	assert_time("2026-11-22T01:02:03Z", 1795309323 * second);
	assert_time("20261122T010203Z", 1795309323 * second);
	assert_time("2026-11-22T01:02:03.25Z", 1795309323 * second + 250000);
	assert_time("2026-11-22T01:02:03.123456789+00:00", 1795309323 * second + 123456);
	assert_time("2026-11-22T03:02:03+02:00", 1795309323 * second);
	assert_time("1969-12-31T23:59:59Z", -second);
	assert_time("2000-02-29", 951868800 * second - 1);
	for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (time_parse(wrong[i], &us) == 0)
			fail_msg("%s was read", wrong[i]);
	assert_int_equal(time_parse_http("Sun, 06 Nov 1994 08:49:37 GMT", &us), 0);
	assert_int_equal(us, 784111777 * second);
	assert_int_equal(time_parse_http("Sunday, 06-Nov-94 08:49:37 GMT", &us), -1);
	assert_int_equal(time_parse_http("Sun", &us), -1);
}

static void test_time_is_written(void **state)
{
	char rfc[TIME_RFC3339], basic[TIME_BASIC], again[TIME_RFC3339];
	struct random_seeded random;
	int64_t us, back;
	int i;

	(void)state;
	time_rfc3339(1795309323 * 1000000LL + 999999, rfc);
	assert_string_equal(rfc, "2026-11-22T01:02:03Z");
	time_basic(1795309323 * 1000000LL, basic);
	assert_string_equal(basic, "20261122T010203Z");
	time_rfc3339(-1, rfc);
	assert_string_equal(rfc, "1969-12-31T23:59:59Z");
	time_rfc3339(INT64_MAX, rfc);
	assert_string_equal(rfc, "9999-12-31T23:59:59Z");
	time_rfc3339(INT64_MIN, rfc);
	assert_string_equal(rfc, "0000-01-01T00:00:00Z");
	random_seed(&random, 1);
	for (i = 0; i < 20000; i++) {
		us = (int64_t)(random.base.next(&random.base) % 250000000000) * 1000000;
		time_rfc3339(us, rfc);
		assert_int_equal(time_parse(rfc, &back), 0);
		assert_int_equal(back, us);
		time_rfc3339(back, again);
		assert_string_equal(again, rfc);
	}
}

static void test_random_is_seeded(void **state)
{
	struct random_seeded r;

	(void)state;
	/* The first values of splitmix64 from 0. */
	random_seed(&r, 0);
	assert_true(r.base.next(&r.base) == 0xe220a8397b1dcdaf);
	assert_true(r.base.next(&r.base) == 0x6e789e6aa1b965f4);
	assert_int_equal(random_fraction(&r.base), 0x06c45d18);
	assert_true(random_system()->next(random_system()) !=
		    random_system()->next(random_system()));
}

/* A transport without traffic, whose waits move the clock. */
struct still {
	struct transport transport;
	struct clock clock;
	int64_t now_us;
	int waits;
	struct loop *loop;
	char log[64];
	struct timer *victim;
};

static int64_t still_mono(struct clock *clock)
{
	return ((struct still *)((char *)clock - offsetof(struct still, clock)))->now_us;
}

static void still_wait(struct transport *t, int64_t until_us)
{
	struct still *s = (struct still *)t;

	s->waits++;
	assert_true(until_us != INT64_MAX);
	if (until_us > s->now_us)
		s->now_us = until_us;
}

struct mark {
	struct still *still;
	char letter;
};

static void on_mark(void *ctx)
{
	struct mark *m = ctx;
	size_t n = strlen(m->still->log);

	m->still->log[n] = m->letter;
	loop_release(m->still->loop);
}

static void on_cancel(void *ctx)
{
	struct still *s = ctx;

	loop_cancel(s->loop, s->victim);
	loop_release(s->loop);
	loop_release(s->loop);
}

static void test_loop_fires_in_order(void **state)
{
	struct still s = {.transport.wait = still_wait, .clock.mono_us = still_mono};
	static const int64_t at[] = {50, 10, 30, 10, 20, 10, 40};
	struct mark marks[7];
	size_t i;

	(void)state;
	s.loop = loop_new(&s.clock, &s.transport);
	for (i = 0; i < 7; i++) {
		marks[i] = (struct mark){&s, (char)('a' + i)};
		loop_hold(s.loop);
		if (i == 2)
			s.victim = loop_at(s.loop, at[i], on_mark, &marks[i]);
		else
			loop_at(s.loop, at[i], on_mark, &marks[i]);
	}
	loop_hold(s.loop);
	loop_at(s.loop, 15, on_cancel, &s);
	loop_run(s.loop);
	assert_string_equal(s.log, "bdfega");
	assert_int_equal(s.now_us, 50);
	loop_cancel(s.loop, NULL);
	loop_free(s.loop);
	loop_free(NULL);
}

static void on_again(void *ctx)
{
	struct still *s = ctx;

	if (s->waits >= 3)
		loop_stop(s->loop);
	loop_at(s->loop, s->now_us, on_again, s);
}

static void test_loop_timers_do_not_keep_out_traffic(void **state)
{
	struct still s = {.transport.wait = still_wait, .clock.mono_us = still_mono};

	(void)state;
	s.loop = loop_new(&s.clock, &s.transport);
	loop_hold(s.loop);
	loop_at(s.loop, 0, on_again, &s);
	loop_run(s.loop);
	assert_int_equal(s.waits, 3);
	loop_free(s.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_error_builds_from_inside_out),
	    cmocka_unit_test(test_arena_pieces_stay_and_are_zero),
	    cmocka_unit_test(test_arena_is_cheap),
	    cmocka_unit_test(test_vec_grows),
	    cmocka_unit_test(test_buf_keeps_its_maximum),
	    cmocka_unit_test(test_buf_prints_long_and_secret_text),
	    cmocka_unit_test(test_map_holds_many),
	    cmocka_unit_test(test_digest_known_answers),
	    cmocka_unit_test(test_time_is_read),
	    cmocka_unit_test(test_time_is_written),
	    cmocka_unit_test(test_random_is_seeded),
	    cmocka_unit_test(test_loop_fires_in_order),
	    cmocka_unit_test(test_loop_timers_do_not_keep_out_traffic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

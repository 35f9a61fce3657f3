/* Snapshots: what was written is loaded to the byte, slices join, and nothing that was cut short,
 * comes from a newer charter or is hostile is taken for a reading. */
#include "tests/unit/sides.h"

#include "state/kind.h"
#include "state/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *side_written(const struct side *side, size_t *len)
{
	char *data = NULL;
	FILE *file = open_memstream(&data, len);
	struct error err = {0};

	assert_non_null(file);
	assert_int_equal(snapshot_write(side, file, &err), 0);
	fclose(file);
	return data;
}

static struct value set_of(struct arena *arena, const char *const *keys, const char *const *values,
			   size_t n)
{
	struct item items[8];

	for (size_t i = 0; i < n; i++)
		items[i] = (struct item){text_str(arena, keys[i]),
					 values ? text_str(arena, values[i]) : NULL};
	return (struct value){.state = VALUE_SET, .u.set = set_make(arena, items, n, NULL)};
}

#define EDGE "assignment/~arn:aws:sso:::permissionSet/i/ps-1/222/group/g"

/* One of everything that a reading may hold. */
static struct side *side_full(struct arena *arena)
{
	static const char *const keys[] = {"b", "a", "only", "quote\" and \xc3\xa9"};
	static const char *const values[] = {"2", "", "x", "line\nbreak\t"};
	struct side *side = side_new(arena);
	struct resource *r;
	uint32_t iam;

	side->world = (struct world){.partition = text_str(arena, "aws"),
				     .caller_arn = text_str(arena, "arn:aws:iam::111:user/c"),
				     .caller_account = text_str(arena, "111"),
				     .organization_id = text_str(arena, "o-1"),
				     .management_account = text_str(arena, "111"),
				     .root_id = text_str(arena, "r-1"),
				     .feature_set = text_str(arena, "ALL"),
				     .instance_arn = text_str(arena, "arn:aws:sso:::instance/i"),
				     .identity_store = text_str(arena, "d-1"),
				     .read_us = 1794268800000000};
	scope_whole(side, 0, "units");
	iam = side_scope(side, 0, "iam");
	scope_whole(side, iam, "iam/222");
	side_scope(side, iam, "iam/444");
	scope_fail(side, side_scope(side, iam, "iam/333"), "AccessDenied", "not \"you\"");
	r = side_resource(side, KIND_IAM_USER, address_raw_in(arena, "iam_user", "222", "u"),
			  text_str(arena, "arn:aws:iam::222:user/u"));
	r->created = text_str(arena, "2026-11-22T01:02:03Z");
	r->aux = text_str(arena, "{\"versions\":[\"v1\"]}");
	r->owner = text_str(arena, "organization");
	r->flags = RES_FOREIGN | RES_EXTERNAL;
	r->v[USER_NAME] = value_str(arena, "u");
	r->v[USER_ACCOUNT] = value_str(arena, "account/~222");
	r->v[USER_PATH] = VALUE_EMPTY;
	r->v[USER_GROUPS] = set_of(arena, keys, NULL, 2);
	r->v[USER_MANAGED] = set_of(arena, keys, NULL, 0);
	r->v[USER_MANAGED].only = true;
	r->v[USER_INLINE] = set_of(arena, keys, values, 0);
	r->v[USER_TAGS] = set_of(arena, keys, values, 4);
	r->v[USER_BOUNDARY].state = VALUE_SECRET;
	r = side_resource(side, KIND_UNIT, address_raw(arena, "unit", "ou-1"),
			  text_str(arena, "ou-1"));
	r->v[UNIT_TAGS] = set_of(arena, keys + 2, values, 1);
	r->v[UNIT_TAGS].only = true;
	r->v[UNIT_NAME] = value_str(arena, "");
	side_resource(side, KIND_UNIT, address_raw(arena, "unit", "ou-2"), NULL)->v[UNIT_TAGS] =
	    set_of(arena, keys + 2, values, 1);
	r = side_resource(side, KIND_ASSIGNMENT, text_str(arena, EDGE),
			  text_str(arena, "arn:aws:sso:::permissionSet/i/ps-1/222/GROUP/g"));
	r->owner = text_str(arena, "permission_set/~arn:aws:sso:::permissionSet/i/ps-1");
	r->flags = RES_FOREIGN;
	r->v[ASSIGNMENT_SET] = value_text(r->owner);
	r->v[ASSIGNMENT_ACCOUNT] = value_str(arena, "account/~222");
	r->v[ASSIGNMENT_PRINCIPAL] = value_str(arena, "identity_group/~g");
	side_finish(side, NULL);
	return side;
}

static void written_is_loaded(void **state)
{
	struct arena *arena = arena_new();
	struct side *side = side_full(arena), *again = side_new(arena);
	struct error err = {0};
	size_t len, len2;
	char *first = side_written(side, &len), *second;
	const struct resource *r;

	(void)state;
	assert_int_equal(snapshot_read(again, first, len, "s", &err), 0);
	side_finish(again, NULL);
	second = side_written(again, &len2);
	assert_string_equal(first, second);
	r = side_find(again, text_str(arena, "iam_user/~222/u"));
	assert_non_null(r);
	assert_int_equal(r->v[USER_BOUNDARY].state, VALUE_SECRET);
	assert_int_equal(r->v[USER_PATH].state, VALUE_NONE);
	assert_string_equal(r->v[USER_ACCOUNT].u.text->s, "account/~222");
	assert_int_equal(r->v[USER_INLINE].state, VALUE_SET);
	assert_true(r->v[USER_MANAGED].only);
	assert_int_equal(r->flags, RES_FOREIGN | RES_EXTERNAL);
	assert_string_equal(again->world.instance_arn->s, "arn:aws:sso:::instance/i");
	assert_string_equal(again->world.identity_store->s, "d-1");
	r = side_find(again, text_str(arena, EDGE));
	assert_string_equal(r->owner->s, r->v[ASSIGNMENT_SET].u.text->s);
	r = side_find(again, text_str(arena, "unit/~ou-2"));
	assert_false(r->v[UNIT_TAGS].only);
	assert_int_equal(side_scope_state(again, "iam/222"), SCOPE_WHOLE);
	assert_int_equal(side_scope_state(again, "iam/333"), SCOPE_PARTIAL);
	assert_int_equal(side_scope_state(again, "iam/444"), SCOPE_OPEN);
	free(first);
	free(second);
	side_free(side);
	side_free(again);
	arena_free(arena);
}

#define HEAD(resources, scopes)                                                                    \
	"{\"format\":\"charter.snapshot/1\",\"resources\":" #resources ",\"scopes\":" #scopes ","  \
	"\"world\":{\"organization_id\":\"o-1\",\"read_us\":5}}\n"
#define ALL       "{\"scope\":\"all\",\"state\":\"whole\"}\n"
#define RES(body) HEAD(1, 1) ALL "{" body "}\n"

static void bad_input_is_refused(void **state)
{
	static const struct {
		const char *data, *message;
	} cases[] = {
	    {"", "s:1: not a snapshot: the file is empty"},
	    {"\n", "s:1: "},
	    {"{}\n", "s:1: not a snapshot"},
	    {"[]\n", "s:1: not a snapshot: not an object"},
	    {"{\"format\":\"charter.snapshot/2\"}\n", "s:1: not a snapshot"},
	    {HEAD(1, 1) ALL, "s:2: the file is not whole: it has 0 of 1 resources"},
	    {HEAD(0, 2) ALL, "s:2: the file is not whole"},
	    {HEAD(0, 0), "s:1: there must be one scope"},
	    {HEAD(0, 1) "{\"scope\":\"all\",\"state\":\"whole\"}",
	     "s:2: the file ends within a line"},
	    {HEAD(0, 1) ALL "\n", "s:3: "},
	    {HEAD(0, 1) "{\"scope\":\"all\",\"state\":\"half\"}\n", "s:2: a scope needs"},
	    {HEAD(0, 1) "{\"scope\":7,\"state\":\"whole\"}\n", "s:2: `scope` is no text"},
	    {HEAD(0, 2) ALL ALL, "s:2: the scope all stands twice"},
	    {HEAD(0, 2) ALL "{\"scope\":\"x\",\"state\":\"open\"}\n",
	     "s:3: the scope x is part of no"},
	    {HEAD(0, 2) ALL "{\"scope\":\"x\",\"parent\":\"y\",\"state\":\"open\"}\n",
	     "s:3: the scope x is part of an unknown one"},
	    {HEAD(0, 2) ALL "{\"scope\":\"x\",\"parent\":\"x\",\"state\":\"open\"}\n",
	     "s:3: the scope x is part of too many others, or of itself"},
	    {RES("\"kind\":\"unit\""), "s:3: `address` must begin with unit/"},
	    {RES("\"kind\":\"toaster\",\"address\":\"toaster/1\",\"values\":{}"),
	     "s:3: unknown kind `toaster`"},
	    {RES("\"kind\":\"unit\",\"address\":\"account/1\",\"values\":{}"), "s:3: `address`"},
	    {RES("\"kind\":\"unit\",\"address\":\"unit/1\""), "s:3: `values` is missing"},
	    {RES("\"kind\":\"unit\",\"address\":\"unit/1\",\"values\":{\"color\":\"red\"}"),
	     "s:3: unit has no attribute `color`"},
	    {RES("\"kind\":\"unit\",\"address\":\"unit/1\",\"values\":{\"name\":[\"x\"]}"),
	     "s:3: `name` is no text"},
	    {RES("\"kind\":\"unit\",\"address\":\"unit/1\",\"values\":{\"tags\":[\"x\"]}"),
	     "s:3: `tags` must be an object"},
	    {RES("\"kind\":\"unit\",\"address\":\"unit/1\",\"values\":{\"tags\":{\"a\":1}}"),
	     "s:3: `tags` must hold texts"},
	    {RES("\"kind\":\"unit\",\"address\":\"unit/"
		 "1\",\"values\":{\"policies\":{\"a\":\"b\"}}"),
	     "s:3: `policies` must be an array"},
	    {RES("\"kind\":\"unit\",\"address\":\"unit/"
		 "1\",\"values\":{\"policies\":[\"a\",\"a\"]}"),
	     "s:3: `policies` holds an element twice"},
	    {RES("\"kind\":\"unit\",\"address\":\"unit/1\",\"values\":{},\"extra\":1"),
	     "s:3: unknown key `extra`"},
	    {RES("\"kind\":\"unit\",\"address\":\"unit/1\",\"values\":{},\"created\":\"soon\""),
	     "s:3: `created` is no time"},
	    {RES("\"kind\":\"unit\",\"address\":\"unit/1\",\"values\":{},\"aux\":\"{\""),
	     "s:3: `aux` is no JSON"},
	    {RES("\"kind\":\"unit\",\"address\":\"unit/1\",\"values\":{},\"flags\":[\"odd\"]"),
	     "s:3: unknown flag"},
	    {RES("\"kind\":\"unit\",\"kind\":\"unit\",\"address\":\"unit/1\",\"values\":{}"),
	     "s:3: "},
	    {RES("\"kind\":\"assignment\",\"address\":\"assignment/~s/1/group/g\",\"values\":{"
		 "\"permission_set\":\"permission_set/~s\",\"account\":\"account/~1\"}"),
	     "s:3: assignment/~s/1/group/g has no `principal`"},
	    {RES("\"kind\":\"unit\",\"address\":\"unit/\\u0000\",\"values\":{}"), "s:3: "},
	    {RES("\"kind\":\"unit\",\"address\":\"unit/\xff\",\"values\":{}"), "s:3: "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena *arena = arena_new();
		struct side *side = side_new(arena);
		auto_error err = {0};

		if (snapshot_read(side, cases[i].data, strlen(cases[i].data), "s", &err) != -1 ||
		    !str_starts(err.message, cases[i].message))
			fail_msg("case %zu: %s", i, err.message ? err.message : "accepted");
		side_free(side);
		arena_free(arena);
	}
}

/* A snapshot cut anywhere but at its end is an error. */
static void cut_short_is_refused(void **state)
{
	struct arena *arena = arena_new();
	struct side *full = side_full(arena);
	size_t len;
	char *data = side_written(full, &len);

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		struct arena *own = arena_new();
		struct side *side = side_new(own);
		auto_error err = {0};

		assert_int_equal(snapshot_read(side, data, cut, "s", &err), -1);
		side_free(side);
		arena_free(own);
	}
	free(data);
	side_free(full);
	arena_free(arena);
}

static const char slice_1[] =
    "{\"format\":\"charter.snapshot/"
    "1\",\"resources\":1,\"scopes\":3,\"world\":{\"organization_id\":"
    "\"o-1\",\"read_us\":9}}\n"
    "{\"scope\":\"all\",\"state\":\"whole\"}\n"
    "{\"parent\":\"all\",\"scope\":\"iam/1\",\"state\":\"whole\"}\n"
    "{\"parent\":\"all\",\"scope\":\"units\",\"state\":\"whole\"}\n"
    "{\"address\":\"unit/~1\",\"id\":\"1\",\"kind\":\"unit\",\"values\":{}}\n";

static int slice_add(struct side *side, const char *data, struct error *err)
{
	return snapshot_read(side, data, strlen(data), "slice", err);
}

static void slices_join(void **state)
{
	static const char slice_2[] =
	    "{\"format\":\"charter.snapshot/1\",\"resources\":2,\"scopes\":3,\"world\":{"
	    "\"organization_id\":\"o-1\",\"read_us\":4}}\n"
	    "{\"parent\":\"all\",\"scope\":\"iam/2\",\"state\":\"whole\"}\n"
	    "{\"parent\":\"all\",\"scope\":\"units\",\"state\":\"partial\",\"code\":\"Throttling\","
	    "\"message\":\"\"}\n"
	    "{\"scope\":\"all\",\"state\":\"partial\"}\n"
	    "{\"address\":\"unit/~1\",\"id\":\"1\",\"kind\":\"unit\",\"values\":{}}\n"
	    "{\"address\":\"unit/~2\",\"id\":\"2\",\"kind\":\"unit\",\"values\":{}}\n";
	struct arena *arena = arena_new();
	struct side *side = side_new(arena);
	auto_error err = {0};
	char *other = arena_strdup(arena, slice_1);

	(void)state;
	assert_int_equal(slice_add(side, slice_1, &err), 0);
	assert_int_equal(side_scope_state(side, "units"), SCOPE_WHOLE);
	/* As of every snapshot from before there was Identity Center. */
	assert_null(side->world.instance_arn);
	assert_int_equal(side_scope_state(side, "assignments"), SCOPE_OPEN);
	assert_int_equal(slice_add(side, slice_2, &err), 0);
	side_finish(side, NULL);
	assert_int_equal(side->all.n, 2);
	assert_int_equal(side_scope_state(side, "iam/1"), SCOPE_WHOLE);
	assert_int_equal(side_scope_state(side, "iam/2"), SCOPE_WHOLE);
	assert_int_equal(side_scope_state(side, "units"), SCOPE_PARTIAL);
	assert_int_equal(side->scopes.at[0].state, SCOPE_PARTIAL);
	assert_int_equal(side->world.read_us, 4);
	memcpy(strstr(other, "o-1"), "o-2", 3);
	assert_int_equal(slice_add(side, other, &err), -1);
	assert_non_null(strstr(err.message, "slice:1: this snapshot is of another organization"));
	side_free(side);
	arena_free(arena);
}

static void full_disk_is_an_error(void **state)
{
	struct arena *arena = arena_new();
	struct side *side = side_full(arena);
	FILE *file = fopen("/dev/full", "w");
	auto_error err = {0};

	(void)state;
	if (file == NULL)
		skip();
	assert_int_equal(snapshot_write(side, file, &err), -1);
	assert_non_null(strstr(err.message, "could not be written whole"));
	fclose(file);
	side_free(side);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(written_is_loaded),     cmocka_unit_test(bad_input_is_refused),
	    cmocka_unit_test(cut_short_is_refused),  cmocka_unit_test(slices_join),
	    cmocka_unit_test(full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

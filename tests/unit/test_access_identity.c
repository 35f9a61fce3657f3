/* Who gains and loses a permission set. Each case is what is there before and after, a line each:
 *
 *     user alice
 *     group g alice bob          (its members; "?": they are not known)
 *     set S aws/ReadOnlyAccess /path/customer inline=DOCUMENT boundary=/NAME
 *     S dev group/g              (an assignment)
 *
 * and the rows must be exactly those. */
#include "state/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define S3  "{\"Statement\":[{\"Action\":\"s3:*\",\"Effect\":\"Allow\",\"Resource\":\"*\"}]}"
#define ALL "{\"Statement\":[{\"Action\":\"*\",\"Effect\":\"Allow\",\"Resource\":\"*\"}]}"
#define NO  "{\"Statement\":[{\"Action\":\"*\",\"Effect\":\"Deny\",\"Resource\":\"*\"}]}"

struct access_case {
	const char *name, *before, *after, *want;
};

#define PEOPLE "user alice\nuser bob\nset S aws/ReadOnlyAccess\n"

static const struct access_case cases[] = {
    {"a group gets a set", PEOPLE "group g alice bob\n",
     PEOPLE "group g alice bob\nS dev group/g\n",
     "gain user/alice dev: S through group/g\ngain user/bob dev: S through group/g\n"},
    {"a group loses a set, of which one member has it himself",
     PEOPLE "group g alice bob\nS dev group/g\nS dev user/bob\n",
     PEOPLE "group g alice bob\nS dev user/bob\n", "loss user/alice dev: S through group/g\n"},
    {"from a person to a group that he is in", PEOPLE "group g alice bob\nS dev user/alice\n",
     PEOPLE "group g alice bob\nS dev group/g\n", "gain user/bob dev: S through group/g\n"},
    {"another account is another matter", PEOPLE "S dev user/alice\n", PEOPLE "S prod user/alice\n",
     "loss user/alice dev: S\ngain user/alice prod: S\n"},
    {"a member comes, one goes, one has it by another group",
     PEOPLE "user carol\ngroup g alice carol\ngroup h carol\nS dev group/g\nS dev group/h\n",
     PEOPLE "user carol\ngroup g bob\ngroup h carol\nS dev group/g\nS dev group/h\n",
     "loss user/alice dev: S through group/g\ngain user/bob dev: S through group/g\n"},
    {"a member goes together with the assignment", PEOPLE "group g alice bob\nS dev group/g\n",
     PEOPLE "group g bob\n",
     "loss user/alice dev: S through group/g\nloss user/bob dev: S through group/g\n"},
    {"a member comes together with the assignment", PEOPLE "group g alice\n",
     PEOPLE "group g alice bob\nS dev group/g\n",
     "gain user/alice dev: S through group/g\ngain user/bob dev: S through group/g\n"},
    {"from one group to another", PEOPLE "group g alice\ngroup h\nS dev group/g\nS dev group/h\n",
     PEOPLE "group g\ngroup h alice\nS dev group/g\nS dev group/h\n", ""},
    {"a user is deleted, whose group is not ours to write",
     PEOPLE "group g alice bob\nS dev group/g\nS prod user/alice\n",
     "user bob\nset S aws/ReadOnlyAccess\ngroup g alice bob\nS dev group/g\nS prod user/alice\n",
     "loss user/alice dev: S through group/g\nloss user/alice prod: S\n"},
    {"a group is deleted, and AWS takes its assignment along",
     PEOPLE "group g alice\nS dev group/g\n", PEOPLE "S dev group/g\n",
     "loss user/alice dev: S through group/g\n"},
    {"a set is deleted", PEOPLE "group g alice\nS dev group/g\n",
     "user alice\nuser bob\ngroup g alice\nS dev group/g\n",
     "loss user/alice dev: S through group/g\n"},
    {"a set is made, and given", "user alice\n",
     "user alice\nset S aws/AdministratorAccess\nS dev user/alice\n", "gain user/alice dev: S\n"},
    {"members are not known", PEOPLE "group g ?\nS dev group/g\n",
     PEOPLE "group g ?\nS prod group/g\n", "loss group/g dev: S\ngain group/g prod: S\n"},
    {"a group has no members", PEOPLE "group g\n", PEOPLE "group g\nS dev group/g\n",
     "gain group/g dev: S\n"},
    {"of a principal that was deleted", PEOPLE "S dev group/~1-2\n", PEOPLE,
     "loss group/~1-2 dev: S\n"},
    {"a set gives other policies", "user alice\nset S aws/ReadOnlyAccess /a/x\nS dev user/alice\n",
     "user alice\nset S aws/PowerUserAccess /a/y\nS dev user/alice\n",
     "loss permission_set/S *: /a/x\nloss permission_set/S *: aws/ReadOnlyAccess\n"
     "gain permission_set/S *: /a/y\ngain permission_set/S *: aws/PowerUserAccess\n"},
    {"an inline policy comes", "user alice\nset S\nS dev user/alice\n",
     "user alice\nset S inline=" S3 "\nS dev user/alice\n",
     "gain permission_set/S *: inline policy\n"},
    {"an inline policy goes", "user alice\nset S inline=" S3 "\nS dev user/alice\n",
     "user alice\nset S\nS dev user/alice\n", "loss permission_set/S *: inline policy\n"},
    {"one that only denies gives nothing", "user alice\nset S\nS dev user/alice\n",
     "user alice\nset S inline=" NO "\nS dev user/alice\n", ""},
    {"an inline policy begins to give everything",
     "user alice\nset S inline=" S3 "\nS dev user/alice\n",
     "user alice\nset S inline=" ALL "\nS dev user/alice\n",
     "gain permission_set/S *: administrator access (inline policy)\n"},
    {"a boundary", "user alice\nset S boundary=/b\nS dev user/alice\n",
     "user alice\nset S boundary=/c/d\nS dev user/alice\n",
     "loss permission_set/S *: permissions beyond /c/d\n"
     "gain permission_set/S *: permissions beyond /b\n"},
    {"a boundary goes", "user alice\nset S boundary=/b\nS dev user/alice\n",
     "user alice\nset S boundary=\nS dev user/alice\n",
     "gain permission_set/S *: permissions beyond /b\n"},
    {"nobody has the set", "user alice\nset S\n", "user alice\nset S aws/ReadOnlyAccess\n", ""},
    {"nothing changes", PEOPLE "group g alice\nS dev group/g\n",
     PEOPLE "group g alice\nS dev group/g\n", ""},
};

#define IAM  "{\"Statement\":[{\"Action\":\"iam:*\",\"Effect\":\"Allow\",\"Resource\":\"*\"}]}"
#define READ "{\"Statement\":[{\"Action\":\"s3:Get*\",\"Effect\":\"Allow\",\"Resource\":\"*\"}]}"

/* What a set gives is told from all of it: it is the same before and after, but where it changes.
 */
static const struct strength_case {
	const char *set, *after;
	enum strength strength, changed;
} strengths[] = {
    {"set S aws/ReadOnlyAccess", NULL, STRENGTH_READ, 0},
    {"set S aws/AdministratorAccess", NULL, STRENGTH_ADMINISTRATOR, 0},
    {"set S aws/PowerUserAccess aws/ReadOnlyAccess", NULL, STRENGTH_WRITE, 0},
    {"set S aws/job-function/DatabaseAdministrator", NULL, STRENGTH_WRITE, 0},
    {"set S aws/AmazonEKSClusterPolicy", NULL, STRENGTH_UNKNOWN, 0},
    {"set S aws/ReadOnlyAccess aws/AmazonEKSClusterPolicy", NULL, STRENGTH_UNKNOWN, 0},
    {"set S aws/ReadOnlyAccess /team/own", NULL, STRENGTH_UNKNOWN, 0},
    {"set S aws/ReadOnlyAccess /team/readonly", NULL, STRENGTH_UNKNOWN, 0},
    {"set S /team/write-logs", NULL, STRENGTH_WRITE, 0},
    {"set S /team/boundary\npolicy dev/boundary " READ "\npolicy prod/boundary " ALL, NULL,
     STRENGTH_ADMINISTRATOR, 0},
    {"set S /team/admin\npolicy dev/admin " READ, NULL, STRENGTH_READ, 0},
    {"set S inline=" S3, NULL, STRENGTH_WRITE, 0},
    {"set S aws/ReadOnlyAccess inline=" IAM, NULL, STRENGTH_ADMINISTRATOR, 0},
    {"set S inline=" READ, NULL, STRENGTH_READ, 0},
    {"set S", NULL, STRENGTH_READ, 0},
    {"set S ?", NULL, STRENGTH_UNKNOWN, 0},
    {"set S aws/ReadOnlyAccess", "set S aws/ReadOnlyAccess inline=" S3, STRENGTH_READ,
     STRENGTH_WRITE},
    {"set S inline=" ALL, "set S inline=" READ, STRENGTH_ADMINISTRATOR, STRENGTH_READ},
};

/* Plans from texts. */

struct world_of {
	struct arena *arena;
	struct side *side[2]; /* live, and as head wants it */
	struct bound bound;
	VEC(struct row) rows;
	VEC(struct change) changes;
};

static const struct text *address_of(struct world_of *w, const char *who)
{
	return text_printf(w->arena, "identity_%s", who);
}

static struct value elements(struct world_of *w, char *const *word, size_t n)
{
	struct item *item = arena_array(w->arena, n + 1, sizeof(*item));

	for (size_t i = 0; i < n; i++)
		item[i] = (struct item){text_str(w->arena, word[i]), NULL};
	return (struct value){.state = VALUE_SET, .u.set = set_make(w->arena, item, n, NULL)};
}

static void group_line(struct world_of *w, struct side *side, char *const *word, size_t n)
{
	struct resource *r =
	    side_resource(side, KIND_IDENTITY_GROUP,
			  address_make(w->arena, "identity_group", word[0], NULL), NULL);

	char *member[64];

	if (n > 1 && strcmp(word[1], "?") == 0)
		return;
	for (size_t i = 1; i < n; i++)
		member[i - 1] = arena_printf(w->arena, "identity_user/%s", word[i]);
	r->v[IDGROUP_MEMBERS] = elements(w, member, n - 1);
}

static void set_line(struct world_of *w, struct side *side, char *const *word, size_t n)
{
	struct resource *r =
	    side_resource(side, KIND_PERMISSION_SET,
			  address_make(w->arena, "permission_set", word[0], NULL), NULL);
	char *managed[8], *customer[8];
	size_t ms = 0, cs = 0;

	r->v[PSET_INLINE] = r->v[PSET_BOUNDARY] = VALUE_EMPTY;
	r->v[PSET_ACCOUNTS] = elements(w, NULL, 0);
	if (n > 1 && strcmp(word[1], "?") == 0)
		return;
	for (size_t i = 1; i < n; i++) {
		if (str_starts(word[i], "aws/"))
			managed[ms++] =
			    arena_printf(w->arena, "arn:aws:iam::aws:policy/%s", word[i] + 4);
		else if (str_starts(word[i], "inline="))
			r->v[PSET_INLINE] = value_str(w->arena, word[i] + strlen("inline="));
		else if (str_starts(word[i], "boundary="))
			r->v[PSET_BOUNDARY] = value_str(w->arena, word[i] + strlen("boundary="));
		else
			customer[cs++] = word[i];
	}
	r->v[PSET_MANAGED] = elements(w, managed, ms);
	r->v[PSET_CUSTOMER] = elements(w, customer, cs);
}

static void assignment_line(struct world_of *w, struct side *side, char *const *word)
{
	const struct text *set = address_make(w->arena, "permission_set", word[0], NULL);
	const struct text *account = address_make(w->arena, "account", word[1], NULL);
	const struct text *who = address_of(w, word[2]);
	struct resource *r = side_resource(
	    side, KIND_ASSIGNMENT, address_edge(w->arena, "assignment", set, account, who), NULL);

	r->v[ASSIGNMENT_SET] = value_text(set);
	r->v[ASSIGNMENT_ACCOUNT] = value_text(account);
	r->v[ASSIGNMENT_PRINCIPAL] = value_text(who);
}

static void policy_line(struct world_of *w, struct side *side, char *const *word)
{
	struct resource *r = side_resource(side, KIND_IAM_POLICY,
					   text_printf(w->arena, "iam_policy/%s", word[0]), NULL);

	r->v[IAMPOLICY_DOCUMENT] = value_str(w->arena, word[1]);
}

static void side_line(struct world_of *w, struct side *side, char *line)
{
	char *word[64], *save = NULL;
	size_t n = 0;

	for (char *s = strtok_r(line, " ", &save); s != NULL; s = strtok_r(NULL, " ", &save))
		word[n++] = s;
	if (strcmp(word[0], "user") == 0)
		side_resource(side, KIND_IDENTITY_USER,
			      address_make(w->arena, "identity_user", word[1], NULL), NULL);
	else if (strcmp(word[0], "group") == 0)
		group_line(w, side, word + 1, n - 1);
	else if (strcmp(word[0], "set") == 0)
		set_line(w, side, word + 1, n - 1);
	else if (strcmp(word[0], "policy") == 0)
		policy_line(w, side, word + 1);
	else
		assignment_line(w, side, word);
}

static void side_read(struct world_of *w, struct side *side, const char *text)
{
	char *copy = arena_strdup(w->arena, text), *save = NULL;

	for (char *s = strtok_r(copy, "\n", &save); s != NULL; s = strtok_r(NULL, "\n", &save))
		side_line(w, side, s);
	side_finish(side, NULL);
}

/* Most rows are equal on both sides, and take nothing. */
static size_t diffs_most(const struct row *row)
{
	size_t most = 0;

	for (uint16_t a = 0; a < kinds[row->live->kind]->attrs; a++) {
		struct value live = row->live->v[a], head = row->head->v[a];

		if (value_eq(live, head))
			continue;
		most += live.state == VALUE_SET ? live.u.set->n : 1;
		most += head.state == VALUE_SET ? head.u.set->n : 0;
	}
	return most;
}

static struct diff *diffs_of(struct world_of *w, const struct row *row, uint32_t *n)
{
	const struct kind *kind = kinds[row->live->kind];
	struct diff *diff = arena_array(w->arena, diffs_most(row), sizeof(*diff));

	*n = 0;
	for (uint16_t a = 0; a < kind->attrs; a++) {
		struct value live = row->live->v[a], head = row->head->v[a];

		if (value_eq(live, head) || head.state == VALUE_UNSET)
			continue;
		if (live.state != VALUE_SET) {
			diff[(*n)++] = (struct diff){.attr = a, .head = head, .live = live};
			continue;
		}
		for (uint32_t i = 0; i < live.u.set->n; i++) {
			const struct text *key = live.u.set->item[i].key;

			if (set_find(head.u.set, key) == NULL)
				diff[(*n)++] = (struct diff){.attr = a,
							     .key = key,
							     .live = value_text(key),
							     .head = VALUE_EMPTY,
							     .removal = true};
		}
		for (uint32_t i = 0; i < head.u.set->n; i++) {
			const struct text *key = head.u.set->item[i].key;

			if (set_find(live.u.set, key) == NULL)
				diff[(*n)++] = (struct diff){.attr = a,
							     .key = key,
							     .live = VALUE_EMPTY,
							     .head = value_text(key)};
		}
	}
	return diff;
}

static void row_read(struct world_of *w, const struct row *row)
{
	struct change c = {.row = row, .action = ACTION_UPDATE};

	if (row->live == NULL) {
		struct diff *diff = arena_array(w->arena, PSET_ATTRS, sizeof(*diff));

		c.action = ACTION_CREATE;
		c.diff = diff;
		for (uint16_t a = 0; a < kinds[row->head->kind]->attrs; a++)
			diff[c.diffs++] = (struct diff){.attr = a, .head = row->head->v[a]};
	} else if (row->head == NULL) {
		c.action = ACTION_DELETE;
	} else {
		c.diff = diffs_of(w, row, &c.diffs);
		if (c.diffs == 0)
			return;
	}
	vec_push(&w->changes, c);
}

static void world_read(struct world_of *w, const char *before, const char *after)
{
	w->arena = arena_new();
	for (unsigned i = 0; i < 2; i++) {
		w->side[i] = side_new(w->arena);
		side_read(w, w->side[i], i == 0 ? before : after);
	}
	for (unsigned i = 0; i < 2; i++) {
		for (size_t k = 0; k < w->side[i]->all.n; k++) {
			const struct text *address = w->side[i]->all.at[k]->address;
			const struct resource *live = side_find(w->side[0], address);

			if (i == 0 || live == NULL)
				vec_push(&w->rows,
					 ((struct row){.address = address,
						       .head = side_find(w->side[1], address),
						       .live = live}));
		}
	}
	w->bound = (struct bound){.row = w->rows.at, .rows = w->rows.n, .by_address = map_new()};
	for (size_t i = 0; i < w->rows.n; i++) {
		map_put(w->bound.by_address, w->rows.at[i].address->s, &w->rows.at[i]);
		row_read(w, &w->rows.at[i]);
	}
}

static void world_free(struct world_of *w)
{
	side_free(w->side[0]);
	side_free(w->side[1]);
	map_free(w->bound.by_address);
	free(w->rows.at);
	free(w->changes.at);
	arena_free(w->arena);
}

static size_t world_compare(struct world_of *w, const struct access_row **rows)
{
	return access_compare(w->arena, &w->bound, w->side[0], w->changes.at, w->changes.n, rows);
}

static void case_dump(struct buf *out, const char *before, const char *after)
{
	struct world_of w = {0};
	const struct access_row *row;
	size_t n;

	world_read(&w, before, after);
	n = world_compare(&w, &row);
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s %s %s: %s%s%s\n", row[i].loss ? "loss" : "gain",
			   row[i].principal, row[i].account, row[i].permission,
			   row[i].through == NULL ? "" : " through ",
			   row[i].through == NULL ? "" : row[i].through);
	world_free(&w);
}

/* What alice has in dev before and after, by whatever way; prod does not change, nor does bob. */
static void test_kept(void **state)
{
	static const char before[] = PEOPLE "set T aws/ReadOnlyAccess\nset U aws/ReadOnlyAccess\n"
					    "group g alice\ngroup h bob\nS dev group/g\n"
					    "S prod group/g\nS dev group/h\nT dev user/alice\n"
					    "U dev user/alice\n";
	static const char after[] = PEOPLE "set T aws/ReadOnlyAccess\nset U aws/ReadOnlyAccess\n"
					   "group g alice\ngroup h bob\nS dev group/g\n"
					   "S prod group/g\nS dev group/h\nU dev group/g\n";
	struct world_of w = {0};
	const struct access_row *row;
	size_t n;

	(void)state;
	world_read(&w, before, after);
	n = access_compare_kept(w.arena, &w.bound, w.side[0], w.changes.at, w.changes.n, &row);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(row[i].principal, "user/alice");
		assert_string_equal(row[i].account, "dev");
		assert_string_equal(row[i].permission, i ? "U" : "S");
		assert_string_equal(row[i].through, "group/g");
	}
	world_free(&w);
}

/* Alice loses the set, and bob gains it. */
static void strength_try(const struct strength_case *c)
{
	struct world_of w = {0};
	auto_free char *before = xasprintf("user alice\nuser bob\n%s\nS dev user/alice\n", c->set);
	auto_free char *after = xasprintf("user alice\nuser bob\n%s\nS dev user/bob\n",
					  c->after == NULL ? c->set : c->after);
	const struct access_row *row;
	size_t n;

	world_read(&w, before, after);
	n = world_compare(&w, &row);
	assert_true(n >= 2 && row[0].loss);
	if (row[0].strength != c->strength)
		fail_msg("%s: %s", c->set, strength_names[row[0].strength]);
	for (size_t i = 0; i < n; i++) {
		if (!row[i].loss && strcmp(row[i].principal, "user/bob") == 0 &&
		    row[i].strength != (c->after == NULL ? c->strength : c->changed))
			fail_msg("%s: after it %s", c->set, strength_names[row[i].strength]);
	}
	world_free(&w);
}

static void test_strengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(strengths) / sizeof(*strengths); i++)
		strength_try(&strengths[i]);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		auto_buf out = BUF_INIT(1u << 20);

		case_dump(&out, cases[i].before, cases[i].after);
		if (strcmp(buf_str(&out), cases[i].want) != 0)
			fail_msg("%s:\n%s--- want\n%s", cases[i].name, buf_str(&out),
				 cases[i].want);
	}
}

static void members_put(struct buf *out, const char *group, unsigned from, unsigned n)
{
	buf_printf(out, "group %s", group);
	for (unsigned i = 0; i < n; i++)
		buf_printf(out, " u%u", from + i);
	buf_puts(out, "\n");
}

/* One member more than is told by name: the group alone is. */
static void test_large_group(void **state)
{
	(void)state;
	for (unsigned n = ACCESS_MEMBERS; n <= ACCESS_MEMBERS + 1; n++) {
		auto_buf before = BUF_INIT(1u << 20), out = BUF_INIT(1u << 20);
		size_t lines = 0;

		buf_puts(&before, "set S\n");
		members_put(&before, "g", 0, n);
		buf_puts(&before, "S dev group/g\n");
		case_dump(&out, buf_str(&before), "set S\n");
		for (const char *s = buf_str(&out); (s = strchr(s, '\n')) != NULL; s++)
			lines++;
		assert_int_equal(lines, n == ACCESS_MEMBERS ? n : 1);
		if (n > ACCESS_MEMBERS)
			assert_string_equal(buf_str(&out), "loss group/g dev: S\n");
	}
}

#define GROUPS   200
#define MEMBERS  20
#define ACCOUNTS 500

/* 100,000 assignments of groups of twenty. */
static void large_put(struct buf *out, bool given, unsigned moved)
{
	for (unsigned g = 0; g < GROUPS; g++) {
		auto_free char *name = xasprintf("g%u", g);

		members_put(out, name, g * MEMBERS + (g == 0 ? moved : 0), MEMBERS);
	}
	buf_puts(out, "set S\nset T\n");
	for (unsigned g = 0; given && g < GROUPS; g++) {
		for (unsigned a = 0; a < ACCOUNTS; a++)
			buf_printf(out, "%s a%u group/g%u\n", a % 2 ? "S" : "T", a, g);
	}
}

static size_t large_compare(struct buf *before, struct buf *after, struct buf *first)
{
	struct world_of w = {0};
	const struct access_row *rows;
	clock_t start;
	size_t n;

	world_read(&w, buf_str(before), buf_str(after));
	start = clock();
	n = world_compare(&w, &rows);
	start = clock() - start;
	print_message("%zu rows, %.0f ms\n", n, (double)start * 1000 / CLOCKS_PER_SEC);
	assert_true(start < 2 * CLOCKS_PER_SEC);
	buf_printf(first, "%s %s %s %s", rows[0].principal, rows[0].account, rows[0].permission,
		   rows[0].through == NULL ? "" : rows[0].through);
	world_free(&w);
	return n;
}

static void test_large(void **state)
{
	auto_buf none = BUF_INIT(1u << 26), all = BUF_INIT(1u << 26), moved = BUF_INIT(1u << 26);
	auto_buf one = BUF_INIT(1 << 10), two = BUF_INIT(1 << 10), three = BUF_INIT(1 << 10);

	(void)state;
	large_put(&none, false, 0);
	large_put(&all, true, 0);
	large_put(&moved, true, 5);
	/* All lose theirs: two million rows of people are a hundred thousand of groups. */
	assert_int_equal(large_compare(&all, &none, &one), GROUPS * ACCOUNTS);
	assert_string_equal(buf_str(&one), "group/g0 a0 T ");
	/* Five members of one group, in whose place come five who have it all by another: a row
	 * for each account. */
	assert_int_equal(large_compare(&all, &moved, &two), 5 * ACCOUNTS);
	assert_string_equal(buf_str(&two), "user/u0 a0 T group/g0");
	/* All members of all groups: a row for each set. */
	buf_clear(&none);
	for (unsigned g = 0; g < GROUPS; g++)
		buf_printf(&none, "group g%u\n", g);
	buf_puts(&none, strstr(buf_str(&all), "set S"));
	assert_int_equal(large_compare(&all, &none, &three), GROUPS * MEMBERS * 2);
	assert_string_equal(buf_str(&three), "user/u0 * S group/g0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases), cmocka_unit_test(test_strengths),
	    cmocka_unit_test(test_kept),  cmocka_unit_test(test_large_group),
	    cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

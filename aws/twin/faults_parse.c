/* The specification of faults: rules of one grammar, with errors that name the rule and the word.
 */
#include "aws/twin/faults_priv.h"

#include "aws/op.h"
#include "aws/twin/twin_priv.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SPEC_MAX  (64u << 10) /* bytes */
#define RULES_MAX 1000

const char *const fault_names[FAULT_KINDS] = {
    [FAULT_NONE] = "none",
    [FAULT_REFUSE] = "refuse",
    [FAULT_RESET_BEFORE] = "reset_before",
    [FAULT_RESET_AFTER] = "reset_after",
    [FAULT_TRUNCATE] = "truncate",
    [FAULT_WRONG_LENGTH] = "wrong_length",
    [FAULT_DELAY] = "delay",
    [FAULT_STATUS] = "status",
    [FAULT_STATUS_AFTER] = "status_after",
    [FAULT_HTML] = "html",
    [FAULT_THROTTLE] = "throttle",
    [FAULT_EXPIRE] = "expire",
    [FAULT_SKEW] = "skew",
    [FAULT_CONCURRENT] = "concurrent",
    [FAULT_DENY] = "deny",
    [FAULT_STALE] = "stale",
    [FAULT_EMPTY_PAGE] = "empty_page",
    [FAULT_SHORT_PAGE] = "short_page",
    [FAULT_REPEAT_TOKEN] = "repeat_token",
    [FAULT_HALF] = "half",
    [FAULT_FAIL_JOB] = "fail_job",
    [FAULT_CHANGE] = "change",
    [FAULT_KILL_BEFORE] = "kill_before",
    [FAULT_KILL_AFTER] = "kill_after",
};

struct action {
	enum fault_scope scope;
	bool number, needed;     /* takes a number; it must be given */
	int64_t least, most;     /* of the number */
	int64_t standard;        /* number when none is given */
	const char *text;        /* takes a text: this one when none is given */
	const char *const *ones; /* the only texts; NULL: any word */
	const char *example;
};

static const char *const change_names[] = {"any",    "assign", "detach", "member", "move",
					   "policy", "rename", "tag",    NULL};

static const struct action actions[FAULT_KINDS] = {
    [FAULT_DELAY] = {.number = true, .needed = true, .most = 3600000, .example = "delay=250"},
    [FAULT_STATUS] = {.number = true,
		      .least = 400,
		      .most = 599,
		      .standard = 503,
		      .example = "status=503/ServiceUnavailable"},
    [FAULT_STATUS_AFTER] =
	{.number = true, .least = 400, .most = 599, .standard = 500, .example = "status_after=500"},
    [FAULT_HTML] =
	{.number = true, .least = 200, .most = 599, .standard = 502, .example = "html=502"},
    [FAULT_THROTTLE] = {.number = true, .most = 3600, .standard = -1, .example = "throttle=2"},
    [FAULT_SKEW] = {.number = true,
		    .needed = true,
		    .least = -1000000000,
		    .most = 1000000000,
		    .example = "skew=900"},
    [FAULT_CONCURRENT] = {.scope = SCOPE_WRITES},
    [FAULT_STALE] = {.scope = SCOPE_READS},
    [FAULT_EMPTY_PAGE] = {.scope = SCOPE_LISTS},
    [FAULT_SHORT_PAGE] = {.scope = SCOPE_LISTS},
    [FAULT_REPEAT_TOKEN] = {.scope = SCOPE_LISTS},
    [FAULT_HALF] = {.scope = SCOPE_LISTS},
    [FAULT_FAIL_JOB] = {.scope = SCOPE_JOBS,
			.text = "INTERNAL_FAILURE",
			.example = "fail_job=INTERNAL_FAILURE"},
    [FAULT_CHANGE] = {.text = "any", .ones = change_names, .example = "change=tag"},
};

enum fault_scope fault_scope(enum fault_kind kind)
{
	return actions[kind].scope;
}

/* One rule while it is read. */
struct parse {
	char *word;       /* the rule, cut into pieces as it is read */
	const char *full; /* the rule as it was written */
	size_t number;    /* from 1 */
	struct rule *rule;
	struct error *err;
};

__attribute__((format(printf, 2, 3))) static int bad(const struct parse *p, const char *fmt, ...)
{
	auto_free char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	return error_set(p->err, "faults: rule %zu, `%.200s`: %s", p->number, p->full, message);
}

/* "unknown WHAT `WORD`; did you mean NEAR?" */
static int bad_word(const struct parse *p, const char *what, const char *word,
		    const char *const *known, size_t n)
{
	const char *near = text_nearest(word, known, n);
	auto_buf list = BUF_INIT(4096);

	if (near != NULL)
		return bad(p, "unknown %s `%.100s`; did you mean `%s`?", what, word, near);
	if (n > FAULT_KINDS)
		return bad(p, "unknown %s `%.100s`", what, word);
	for (size_t i = 0; i < n; i++)
		buf_printf(&list, "%s%s", i == 0 ? "" : ", ", known[i]);
	return bad(p, "unknown %s `%.100s`: it must be one of %s", what, word, buf_str(&list));
}

/* Digits up to the end, at most `most`; false: something else. */
static bool number_of(const char *s, int64_t most, int64_t *number)
{
	int64_t n = 0;
	bool minus = *s == '-';

	s += minus;
	if (!isdigit((unsigned char)*s))
		return false;
	for (; isdigit((unsigned char)*s); s++) {
		n = n * 10 + (*s - '0');
		if (n > most)
			return false;
	}
	*number = minus ? -n : n;
	return *s == '\0';
}

static bool count_of(const char *s, uint64_t *count)
{
	int64_t n;

	if (!number_of(s, INT32_MAX, &n) || n < 1)
		return false;
	*count = (uint64_t)n;
	return true;
}

static int text_set(struct parse *p, const struct action *action, const char *value)
{
	size_t n = 0;

	for (; action->ones != NULL && action->ones[n] != NULL; n++) {
		if (strcmp(action->ones[n], value) == 0)
			break;
	}
	if (action->ones != NULL && action->ones[n] == NULL)
		return bad_word(p, "change", value, action->ones, n);
	for (const char *c = value; *c != '\0'; c++) {
		if (!isalnum((unsigned char)*c) && strchr("_.-", *c) == NULL)
			return bad(p, "`%.100s` is no word of letters, digits and _.-", value);
	}
	p->rule->text = xstrdup(value);
	return 0;
}

/* "=VALUE": a number, a text, or for a status both: "503/CODE". */
static int value_read(struct parse *p, char *value)
{
	const struct action *action = &actions[p->rule->kind];
	bool coded = p->rule->kind == FAULT_STATUS || p->rule->kind == FAULT_STATUS_AFTER;
	char *slash = value != NULL && coded ? strchr(value, '/') : NULL;
	const char *example = action->example != NULL ? action->example : "";

	p->rule->number = action->number ? action->standard : -1;
	if (value == NULL || *value == '\0') {
		if (action->needed || value != NULL)
			return bad(p, "a value belongs after `%s`, as in `%s`",
				   fault_names[p->rule->kind], example);
		p->rule->text = action->text == NULL ? NULL : xstrdup(action->text);
		return 0;
	}
	if (!action->number && action->text == NULL)
		return bad(p, "`%s` takes no value", fault_names[p->rule->kind]);
	if (action->text != NULL)
		return text_set(p, action, value);
	if (slash != NULL)
		*slash = '\0';
	if (!number_of(value, 1000000000, &p->rule->number) || p->rule->number < action->least ||
	    p->rule->number > action->most)
		return bad(p, "`%.100s` must be a number from %lld to %lld, as in `%s`", value,
			   (long long)action->least, (long long)action->most, example);
	if (slash != NULL && slash[1] == '\0')
		return bad(p, "an error code belongs after the /, as in `%s`", example);
	return slash == NULL ? 0 : text_set(p, action, slash + 1);
}

static int action_read(struct parse *p)
{
	char *value = strchr(p->word, '=');
	int kind = FAULT_NONE + 1;

	if (value != NULL)
		*value++ = '\0';
	while (kind < FAULT_KINDS && strcmp(fault_names[kind], p->word) != 0)
		kind++;
	if (kind == FAULT_KINDS)
		return bad_word(p, "action", p->word, fault_names + 1, FAULT_KINDS - 1);
	p->rule->kind = (enum fault_kind)kind;
	return value_read(p, value);
}

struct names {
	VEC(const char *) list;
	enum service_id service; /* SERVICE_COUNT: of each */
};

static void name_add(void *ctx, const struct twin_op *op)
{
	struct names *names = ctx;

	if (names->service == SERVICE_COUNT || op->service == names->service)
		vec_push(&names->list, op->name);
}

static int service_read(struct parse *p, const char *name, enum service_id *service)
{
	const char *known[SERVICE_COUNT];
	int i = 0;

	for (int k = 0; k < SERVICE_COUNT; k++)
		known[k] = services[k].name;
	while (i < SERVICE_COUNT && strcmp(known[i], name) != 0)
		i++;
	if (i == SERVICE_COUNT)
		return bad_word(p, "service", name, known, SERVICE_COUNT);
	*service = (enum service_id)i;
	p->rule->service = xstrdup(name);
	return 0;
}

static int operation_named(struct parse *p, const char *name, enum service_id service)
{
	struct names names = {.service = service};
	bool found = false;
	int result = 0;

	twin_ops_all(name_add, &names);
	for (size_t i = 0; i < names.list.n && !found; i++)
		found = strcmp(names.list.at[i], name) == 0;
	if (!found)
		result = bad_word(p, "operation", name, names.list.at, names.list.n);
	free(names.list.at);
	p->rule->who = WHO_NAMED;
	p->rule->operation = xstrdup(name);
	return result;
}

/* "CreatePolicy", "organizations:CreatePolicy", "organizations:*", "writes", "reads", "*". */
static int operation_read(struct parse *p, char *value)
{
	enum service_id service = SERVICE_COUNT;
	char *colon = strchr(value, ':');

	if (p->rule->service != NULL || p->rule->who != WHO_ALL)
		return bad(p, "it names two operations");
	if (colon != NULL) {
		*colon = '\0';
		if (service_read(p, value, &service) != 0)
			return -1;
		value = colon + 1;
	}
	if (strcmp(value, "*") == 0)
		return 0;
	if (strcmp(value, "reads") == 0)
		p->rule->who = WHO_READS;
	else if (strcmp(value, "writes") == 0)
		p->rule->who = WHO_WRITES;
	else
		return operation_named(p, value, service);
	return 0;
}

/* "3", "3-5", "3-". */
static int range_read(struct parse *p, char *value)
{
	char *dash = strchr(value, '-');

	if (dash != NULL)
		*dash++ = '\0';
	if (!count_of(value, &p->rule->first))
		return bad(p, "after # belongs the number of a request from 1 on: #3, #3-5 or #3-");
	if (dash == NULL)
		p->rule->last = p->rule->first;
	else if (*dash != '\0' &&
		 (!count_of(dash, &p->rule->last) || p->rule->last < p->rule->first))
		return bad(p, "#%s-%.50s is no range", value, dash);
	return 0;
}

static int chance_read(struct parse *p, const char *value)
{
	int64_t n;

	if (!number_of(value, 100, &n) || n < 0)
		return bad(p, "after %% belongs a chance from 0 to 100");
	p->rule->chance = (unsigned)n;
	return 0;
}

static int mark_read(struct parse *p, char mark, char *value)
{
	switch (mark) {
	case '@':
		return operation_read(p, value);
	case '#':
		return range_read(p, value);
	default:
		return chance_read(p, value);
	}
}

/* "xTIMES" is cut off the end. */
static int times_read(struct parse *p)
{
	char *end = p->word + strlen(p->word), *at = end;

	while (at > p->word && isdigit((unsigned char)at[-1]))
		at--;
	if (at == end || at - 1 <= p->word || at[-1] != 'x')
		return 0;
	if (!count_of(at, &p->rule->times))
		return bad(p, "after x belongs how often, from 1 on");
	at[-1] = '\0';
	return 0;
}

/* The marks @, # and % may stand in any order. */
static int rule_read(struct parse *p)
{
	char *at, *next;
	char mark;

	if (times_read(p) != 0)
		return -1;
	at = strpbrk(p->word, "@#%");
	mark = at == NULL ? '\0' : *at;
	if (at != NULL)
		*at++ = '\0';
	if (action_read(p) != 0)
		return -1;
	for (; mark != '\0'; at = next) {
		char this = mark;

		next = strpbrk(at, "@#%");
		mark = next == NULL ? '\0' : *next;
		if (next != NULL)
			*next++ = '\0';
		if (mark_read(p, this, at) != 0)
			return -1;
	}
	return 0;
}

static int rule_add(struct faults *faults, char *word, struct error *err)
{
	struct rule rule = {.last = UINT64_MAX, .first = 1, .chance = 100, .times = UINT64_MAX};
	auto_free char *full = xstrdup(word);
	struct parse p = {.word = word, .full = full, .number = faults->rules.n + 1, .err = err};

	if (faults->rules.n == RULES_MAX)
		return error_set(err, "faults: more than %d rules", RULES_MAX);
	vec_push(&faults->rules, rule);
	p.rule = &faults->rules.at[faults->rules.n - 1];
	return rule_read(&p);
}

int faults_parse(struct faults **out, const char *spec, uint64_t seed, struct error *err)
{
	struct faults *faults = xcalloc(1, sizeof(*faults));
	auto_free char *copy = NULL;
	char *rest = NULL;

	*out = NULL;
	faults->seed = seed;
	if (spec != NULL && strlen(spec) > SPEC_MAX) {
		faults_free(faults);
		return error_set(err, "faults: longer than %u bytes", SPEC_MAX);
	}
	copy = xstrdup(spec == NULL ? "" : spec);
	for (char *word = strtok_r(copy, ", \t\r\n", &rest); word != NULL;
	     word = strtok_r(NULL, ", \t\r\n", &rest)) {
		if (rule_add(faults, word, err) != 0) {
			faults_free(faults);
			return -1;
		}
	}
	*out = faults;
	return 0;
}

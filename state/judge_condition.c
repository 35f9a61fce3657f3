/* Conditions of statements, in three values: what is not known may hold or not. */
#include "state/judge_priv.h"

#include "base/env.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How a value of the request is compared with one of the condition. */
typedef enum truth compare_fn(const struct policy *, const struct judge_request *,
			      const char *pattern, const char *value);

static enum truth equals(const struct policy *policy, const struct judge_request *request,
			 const char *pattern, const char *value)
{
	return text_like(policy, request, pattern, value, 0);
}

static enum truth equals_nocase(const struct policy *policy, const struct judge_request *request,
				const char *pattern, const char *value)
{
	return text_like(policy, request, pattern, value, LIKE_NOCASE);
}

static enum truth is_like(const struct policy *policy, const struct judge_request *request,
			  const char *pattern, const char *value)
{
	return text_like(policy, request, pattern, value, LIKE_WILD);
}

/* The length of the next of six parts; the last one takes the rest, colons and all. Colons within
 * ${...} are none. */
static size_t arn_part(const char *s, unsigned part)
{
	size_t n = 0, depth = 0;

	if (part == 5)
		return strlen(s);
	for (; s[n] != '\0' && (s[n] != ':' || depth > 0); n++) {
		if (s[n] == '$' && s[n + 1] == '{')
			depth++;
		else if (s[n] == '}' && depth > 0)
			depth--;
	}
	return n;
}

/* Each of the six parts is compared by itself; ArnEquals is ArnLike. */
static enum truth arn_like(const struct policy *policy, const struct judge_request *request,
			   const char *pattern, const char *value)
{
	enum truth all = TRUTH_YES;

	if (pattern_is_all(pattern))
		return TRUTH_YES;
	for (unsigned part = 0; part < 6 && all != TRUTH_NO; part++) {
		size_t p = arn_part(pattern, part), v = arn_part(value, part);
		auto_free char *own = xasprintf("%.*s", (int)p, pattern);
		auto_free char *its = xasprintf("%.*s", (int)v, value);
		enum truth one = text_like(policy, request, own, its, LIKE_WILD);

		all = one < all ? one : all;
		pattern += p + (pattern[p] == ':');
		value += v + (value[v] == ':');
	}
	return all;
}

/* -1, 0, 1, or 2: one of them is no number. */
static int number_order(const char *a, const char *b)
{
	char *end_a, *end_b;
	double x = strtod(a, &end_a), y = strtod(b, &end_b);

	if (*end_a != '\0' || *end_b != '\0' || end_a == a || end_b == b)
		return 2;
	return (x > y) - (x < y);
}

static bool time_of(const char *s, int64_t *us)
{
	size_t digits = strspn(s, "0123456789");

	if (digits > 0 && digits <= 12 && s[digits] == '\0') {
		*us = strtoll(s, NULL, 10) * 1000000;
		return true;
	}
	return time_parse(s, us) == 0;
}

static int time_order(const char *a, const char *b)
{
	int64_t x, y;

	if (!time_of(a, &x) || !time_of(b, &y))
		return 2;
	return (x > y) - (x < y);
}

static enum truth ordered(int order, int least, int most)
{
	if (order == 2)
		return TRUTH_MAYBE;
	return order >= least && order <= most ? TRUTH_YES : TRUTH_NO;
}

/* The value stands on the left: value < pattern. */
#define ORDERED(name, order, least, most)                                                          \
	static enum truth name(const struct policy *policy, const struct judge_request *request,   \
			       const char *pattern, const char *value)                             \
	{                                                                                          \
		(void)policy, (void)request;                                                       \
		return ordered(order(value, pattern), least, most);                                \
	}
ORDERED(number_equals, number_order, 0, 0)
ORDERED(number_less, number_order, -1, -1)
ORDERED(number_most, number_order, -1, 0)
ORDERED(number_greater, number_order, 1, 1)
ORDERED(number_least, number_order, 0, 1)
ORDERED(time_equals, time_order, 0, 0)
ORDERED(time_before, time_order, -1, -1)
ORDERED(time_until, time_order, -1, 0)
ORDERED(time_after, time_order, 1, 1)
ORDERED(time_since, time_order, 0, 1)

/* The bytes of an address; *len gets 4 or 16. false: it is none. */
static bool address_bytes(const char *s, unsigned char bytes[16], unsigned *len)
{
	*len = strchr(s, ':') != NULL ? 16 : 4;
	return inet_pton(*len == 16 ? AF_INET6 : AF_INET, s, bytes) == 1;
}

static enum truth in_network(const struct policy *policy, const struct judge_request *request,
			     const char *pattern, const char *value)
{
	const char *slash = strchr(pattern, '/');
	auto_free char *network = xasprintf("%.*s", (int)strcspn(pattern, "/"), pattern);
	unsigned char net[16], own[16];
	unsigned net_len, own_len;
	unsigned long bits;

	(void)policy, (void)request;
	if (!address_bytes(network, net, &net_len) || !address_bytes(value, own, &own_len))
		return TRUTH_MAYBE;
	bits = slash == NULL ? 8UL * net_len : strtoul(slash + 1, NULL, 10);
	if (bits > 8UL * net_len)
		return TRUTH_MAYBE;
	if (net_len != own_len || memcmp(net, own, bits / 8) != 0)
		return TRUTH_NO;
	if (bits % 8 != 0 && (net[bits / 8] ^ own[bits / 8]) >> (8 - bits % 8) != 0)
		return TRUTH_NO;
	return TRUTH_YES;
}

static const struct operator_row {
	const char *name;
	compare_fn *compare;
	bool negated, wild;
} operators[] = {
    {"StringEquals", equals, false, false},
    {"StringNotEquals", equals, true, false},
    {"StringEqualsIgnoreCase", equals_nocase, false, false},
    {"StringNotEqualsIgnoreCase", equals_nocase, true, false},
    {"StringLike", is_like, false, true},
    {"StringNotLike", is_like, true, true},
    {"ArnEquals", arn_like, false, true},
    {"ArnNotEquals", arn_like, true, true},
    {"ArnLike", arn_like, false, true},
    {"ArnNotLike", arn_like, true, true},
    {"Bool", equals_nocase, false, false},
    {"BinaryEquals", equals, false, false},
    {"IpAddress", in_network, false, false},
    {"NotIpAddress", in_network, true, false},
    {"NumericEquals", number_equals, false, false},
    {"NumericNotEquals", number_equals, true, false},
    {"NumericLessThan", number_less, false, false},
    {"NumericLessThanEquals", number_most, false, false},
    {"NumericGreaterThan", number_greater, false, false},
    {"NumericGreaterThanEquals", number_least, false, false},
    {"DateEquals", time_equals, false, false},
    {"DateNotEquals", time_equals, true, false},
    {"DateLessThan", time_before, false, false},
    {"DateLessThanEquals", time_until, false, false},
    {"DateGreaterThan", time_after, false, false},
    {"DateGreaterThanEquals", time_since, false, false},
};

enum quantifier { PLAIN, FOR_ANY_VALUE, FOR_ALL_VALUES };

struct operation {
	const struct operator_row *op; /* NULL: not one that we know, or Null */
	enum quantifier quantifier;
	bool if_exists, is_null;
};

static struct operation operation_read(const char *name)
{
	static const char any[] = "ForAnyValue:", all[] = "ForAllValues:", exists[] = "IfExists";
	struct operation operation = {0};
	size_t len;

	if (strncasecmp(name, any, strlen(any)) == 0) {
		operation.quantifier = FOR_ANY_VALUE;
		name += strlen(any);
	} else if (strncasecmp(name, all, strlen(all)) == 0) {
		operation.quantifier = FOR_ALL_VALUES;
		name += strlen(all);
	}
	len = strlen(name);
	if (len > strlen(exists) && strcasecmp(name + len - strlen(exists), exists) == 0) {
		operation.if_exists = true;
		len -= strlen(exists);
	}
	operation.is_null = len == strlen("Null") && strncasecmp(name, "Null", len) == 0;
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (strlen(operators[i].name) == len &&
		    strncasecmp(operators[i].name, name, len) == 0)
			operation.op = &operators[i];
	return operation;
}

struct operator_reading operator_read(const char *name)
{
	struct operation operation = operation_read(name);
	bool negated = operation.op != NULL && operation.op->negated;

	return (struct operator_reading){.known = operation.op != NULL || operation.is_null,
					 .positive = operation.op != NULL && !negated &&
						     !operation.if_exists,
					 .wild = operation.op != NULL && operation.op->wild,
					 .for_all_values = operation.quantifier == FOR_ALL_VALUES,
					 .is_null = operation.is_null};
}

/* One value of the request against all of the condition: any, or of a negation none. */
static enum truth value_holds(const struct policy *policy, const struct judge_request *request,
			      const struct operator_row *op, const json_t *patterns,
			      const char *value)
{
	enum truth any = TRUTH_NO;

	for (size_t i = 0; i < texts_count(patterns) && any != TRUTH_YES; i++) {
		enum truth one = op->compare(policy, request, texts_at(patterns, i), value);

		any = one > any ? one : any;
	}
	return op->negated ? truth_not(any) : any;
}

/* The key is known not to be there. */
static enum truth absent_holds(const struct operation *operation)
{
	bool holds = operation->if_exists || operation->quantifier == FOR_ALL_VALUES;

	if (operation->quantifier != FOR_ANY_VALUE && operation->op->negated)
		holds = true;
	return holds ? TRUTH_YES : TRUTH_NO;
}

/* Null asks whether the key is absent. */
static enum truth null_holds(const struct context_key *key, const json_t *values)
{
	bool absent = key->value == NULL;
	enum truth any = TRUTH_NO;

	for (size_t i = 0; i < texts_count(values); i++)
		if ((strcasecmp(texts_at(values, i), "true") == 0) == absent)
			any = TRUTH_YES;
	return any;
}

static enum truth condition_holds(const struct policy *policy, const struct judge_request *request,
				  const struct operation *operation, const char *name,
				  const json_t *patterns)
{
	const struct context_key *key = context_find(request, name, NULL);
	bool all = operation->quantifier == FOR_ALL_VALUES;
	enum truth result = all ? TRUTH_YES : TRUTH_NO;

	if (key == NULL)
		return TRUTH_MAYBE;
	if (operation->is_null)
		return null_holds(key, patterns);
	if (operation->op == NULL)
		return TRUTH_MAYBE;
	if (key->value == NULL)
		return absent_holds(operation);
	for (; key != NULL; key = context_find(request, name, key)) {
		enum truth one = value_holds(policy, request, operation->op, patterns, key->value);

		if (all ? one < result : one > result)
			result = one;
	}
	return result;
}

enum truth conditions_hold(const struct policy *policy, const struct judge_request *request,
			   const json_t *condition)
{
	enum truth all = TRUTH_YES;
	const char *name, *key;
	json_t *keys, *patterns;

	json_object_foreach((json_t *)condition, name, keys)
	{
		struct operation operation = operation_read(name);

		json_object_foreach(keys, key, patterns)
		{
			enum truth one =
			    condition_holds(policy, request, &operation, key, patterns);

			all = one < all ? one : all;
		}
	}
	return all;
}

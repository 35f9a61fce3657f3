/* Pages of listings, and their tokens.
 *
 * A token names a place: how many items stand before it, and marks of the last few of them. When
 * something before the place was deleted meanwhile, the marks find where it is now, so that nothing
 * is shown twice or left out. The number of the request makes each token another, also that of a
 * page that shows nothing. In front stands a digest of all that and of the question. */
#include "aws/twin/twin_priv.h"

#include "base/digest.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARKS 4
#define SEAL  16 /* letters */
#define FIXED (SEAL + 17)

struct place {
	size_t index;
	/* What its page was: the letter in the token. */
	enum page_kind { PAGE_PLAIN = 'p', PAGE_EMPTY = 'e', PAGE_REPEATS = 'r' } kind;
	unsigned marks;
	uint32_t mark[MARKS]; /* of the items before it, the nearest first */
};

const struct twin_paging paging_organizations = {
    .token_in = "NextToken",
    .token_out = "NextToken",
    .size_in = "MaxResults",
    .standard = 20,
    .most = 20,
};
const struct twin_paging paging_iam = {
    .token_in = "Marker",
    .token_out = "Marker",
    .size_in = "MaxItems",
    .more = "IsTruncated",
    .standard = 100,
    .most = 1000,
};

/* By what never changes of an item, where it has such a thing. */
static uint32_t item_mark(const json_t *item)
{
	static const char *const names[] = {
	    "Id",           "Arn",    "PolicyArn", "ServicePrincipal", "Key",
	    "MembershipId", "UserId", "GroupId",   "EventId"};
	unsigned char sum[SHA256_BYTES];
	auto_free char *text = NULL;
	const char *s = json_string_value(item);
	size_t i;

	for (i = 0; s == NULL && i < sizeof names / sizeof names[0]; i++)
		s = json_string_value(json_object_get(item, names[i]));
	if (s == NULL) {
		text = json_dumps(item, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
		charter_assert(text != NULL);
		s = text;
	}
	sha256(s, strlen(s), sum);
	return (uint32_t)sum[0] << 24 | (uint32_t)sum[1] << 16 | (uint32_t)sum[2] << 8 | sum[3];
}

static void place_mark(struct place *p, const json_t *items)
{
	p->marks = 0;
	while (p->marks < MARKS && p->marks < p->index) {
		p->mark[p->marks] = item_mark(json_array_get(items, p->index - 1 - p->marks));
		p->marks++;
	}
}

/* What the token is bound to: the caller, the operation, and its input but for the page. */
static void token_seal(const struct twin_call *c, const struct twin_paging *paging,
		       const char *place, char out[SHA256_HEX])
{
	json_auto_t *input = json_copy((json_t *)c->input);
	auto_free char *text = NULL, *all = NULL;

	json_object_del(input, paging->token_in);
	json_object_del(input, paging->size_in);
	text = json_dumps(input, JSON_COMPACT | JSON_SORT_KEYS);
	charter_assert(text != NULL);
	all = xasprintf("%s %s %s %s", c->account, c->op->name, place, text);
	sha256_hex(all, strlen(all), out);
	out[SEAL] = '\0';
}

static json_t *token_write(const struct twin *t, const struct twin_call *c,
			   const struct twin_paging *paging, const struct place *p)
{
	auto_buf text = BUF_INIT(256);
	char seal[SHA256_HEX];
	unsigned i;

	buf_printf(&text, "%c%08x%08zx", (char)p->kind, (unsigned)t->stats.requests, p->index);
	for (i = 0; i < p->marks; i++)
		buf_printf(&text, "%08x", (unsigned)p->mark[i]);
	token_seal(c, paging, buf_str(&text), seal);
	return json_sprintf("%s%s", seal, buf_str(&text));
}

static unsigned long hex_read(const char *s)
{
	char digits[9];

	memcpy(digits, s, 8);
	digits[8] = '\0';
	return strtoul(digits, NULL, 16);
}

/* False: not a token of ours for this question. */
static bool token_read(const struct twin_call *c, const struct twin_paging *paging,
		       const char *token, struct place *p)
{
	size_t len = strlen(token);
	char seal[SHA256_HEX];
	unsigned i;

	if (len < FIXED || len > FIXED + 8 * MARKS || (len - FIXED) % 8 != 0)
		return false;
	token_seal(c, paging, token + SEAL, seal);
	if (memcmp(seal, token, SEAL) != 0)
		return false;
	token += SEAL;
	p->kind = *token == PAGE_EMPTY     ? PAGE_EMPTY
		  : *token == PAGE_REPEATS ? PAGE_REPEATS
					   : PAGE_PLAIN;
	p->index = hex_read(token + 9);
	p->marks = (unsigned)(len - FIXED) / 8;
	if (p->marks > p->index)
		return false;
	for (i = 0; i < p->marks; i++)
		p->mark[i] = (uint32_t)hex_read(token + 17 + (size_t)8 * i);
	return true;
}

/* Whether the place is after this item. */
static bool place_follows(struct place *p, const json_t *items, size_t at, uint32_t mark)
{
	if (at == 0 || at > json_array_size(items) ||
	    item_mark(json_array_get(items, at - 1)) != mark)
		return false;
	p->index = at;
	return true;
}

/* Where the place is now: after the nearest of the marked items that is still there, which mostly
 * stands where it stood. */
static void place_find(struct place *p, const json_t *items)
{
	size_t n = json_array_size(items), was = p->index, far;
	unsigned i;

	/* Tokens are no secret: a place far outside costs no more than one at the end. */
	if (was > n + MARKS)
		was = n + MARKS;

	for (i = 0; i < p->marks; i++) {
		for (far = 0; far <= was || was - i + far <= n; far++) {
			if ((far < was - i && place_follows(p, items, was - i - far, p->mark[i])) ||
			    place_follows(p, items, was - i + far, p->mark[i]))
				return;
		}
	}
	if (p->index > n)
		p->index = n;
}

static json_t *refuse_size(struct twin_call *c, const struct twin_paging *paging, bool large)
{
	const char *reason = large ? "MAX_VALUE_EXCEEDED" : "MIN_VALUE_EXCEEDED";

	return twin_refuse_as(c, REFUSAL_INVALID, reason,
			      "1 validation error detected: Value at '%s' failed to satisfy "
			      "constraint: Member must have value %s than or equal to %zu",
			      paging->size_in, large ? "less" : "greater",
			      large ? paging->most : (size_t)1);
}

/* The size asked for, as a number or (Query) its text. 0: refused. */
static size_t page_size(struct twin_call *c, const struct twin_paging *paging)
{
	const json_t *asked = json_object_get(c->input, paging->size_in);
	const char *text = json_string_value(asked);
	long long size = text != NULL ? strtoll(text, NULL, 10) : json_integer_value(asked);

	if (asked == NULL || json_is_null(asked))
		return paging->standard;
	if (size >= 1 && size <= (long long)paging->most)
		return (size_t)size;
	refuse_size(c, paging, size > 0);
	return 0;
}

static bool page_place(struct twin_call *c, const struct twin_paging *paging, const json_t *items,
		       struct place *p)
{
	const json_t *given = json_object_get(c->input, paging->token_in);
	const char *token = json_string_value(given);

	*p = (struct place){.kind = PAGE_PLAIN};
	if (given == NULL || json_is_null(given))
		return true;
	if (token == NULL || !token_read(c, paging, token, p)) {
		twin_refuse_as(c, REFUSAL_INVALID, "INVALID_NEXT_TOKEN",
			       "The value for %s is not valid: get it from the response of the "
			       "previous call to %s.",
			       paging->token_in, c->op->name);
		return false;
	}
	place_find(p, items);
	return true;
}

/* How many of those left this page shows: some, or a listing would not end. */
static size_t page_take(enum page_kind kind, enum fault_kind fault, size_t left, size_t size)
{
	size_t take = left < size ? left : size;

	if (kind == PAGE_EMPTY)
		return 0;
	return fault == FAULT_SHORT_PAGE && take > 1 ? take / 2 : take;
}

/* What the page at this place is. An empty one follows none such, or a listing would not end. */
static enum page_kind page_kind(enum page_kind before, enum fault_kind fault)
{
	if (before == PAGE_REPEATS || fault == FAULT_REPEAT_TOKEN)
		return PAGE_REPEATS;
	return before != PAGE_EMPTY && fault == FAULT_EMPTY_PAGE ? PAGE_EMPTY : PAGE_PLAIN;
}

/* What a source that knows only the first half of the items lists. */
static void items_halve(json_t *items)
{
	size_t half = json_array_size(items) / 2, n;

	for (n = json_array_size(items); n > half; n--)
		json_array_remove(items, n - 1);
}

static json_t *page_token(const struct twin *t, const struct twin_call *c,
			  const struct twin_paging *paging, struct place *p, const json_t *items)
{
	json_t *given = json_object_get(c->input, paging->token_in);

	if (json_is_string(given) && p->kind == PAGE_REPEATS)
		return json_incref(given);
	place_mark(p, items);
	return token_write(t, c, paging, p);
}

json_t *twin_page(struct twin *t, struct twin_call *c, const struct twin_paging *paging,
		  json_t *items)
{
	json_auto_t *all = items;
	size_t size = page_size(c, paging), n, take;
	json_t *reply, *list, *item;
	struct place p;
	bool more;

	if (c->fault.kind == FAULT_HALF)
		items_halve(all);
	n = json_array_size(all);
	if (size == 0 || !page_place(c, paging, all, &p))
		return NULL;
	list = json_array();
	p.kind = page_kind(p.kind, c->fault.kind);
	for (take = page_take(p.kind, c->fault.kind, n - p.index, size); take > 0; take--) {
		item = json_array_get(all, p.index++);
		json_array_append_new(list, paging->show != NULL ? paging->show(t, item)
								 : json_incref(item));
	}
	more = p.index < n || p.kind != PAGE_PLAIN;
	reply = json_pack("{s:o}", paging->list, list);
	if (paging->more != NULL)
		json_object_set_new(reply, paging->more, json_boolean(more));
	if (more)
		json_object_set_new(reply, paging->token_out, page_token(t, c, paging, &p, all));
	return reply;
}

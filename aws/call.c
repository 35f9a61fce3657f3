/* Building calls: inputs, what they wait for, and what they alone bring about. */
#include "aws/call.h"

#include "state/canon.h"

#include <stdlib.h>
#include <string.h>

uint16_t row_kind(const struct row *row)
{
	const struct resource *of[] = {row->head,   row->live,    row->base,
				       row->target, row->leaving, row->leftover};

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		if (of[i] != NULL)
			return of[i]->kind;
	}
	die_assertion("a row has a resource", __FILE__, __LINE__);
}

static const struct text **list_none(struct arena *arena)
{
	return arena_array(arena, 1, sizeof(const struct text *));
}

void call_input(struct calls *calls, struct call *call, json_t *input)
{
	if (input == NULL)
		die_out_of_memory();
	call->input = canon_json(calls->arena, input);
	json_decref(input);
}

struct call *call_new(struct calls *calls, enum op_id op, json_t *input)
{
	struct call call = {.op = &ops[op], .change = calls->change};

	call.input = text_str(calls->arena, "{}");
	call.uses = list_none(calls->arena);
	call.frees = list_none(calls->arena);
	call.after = list_none(calls->arena);
	vec_push(&calls->list, call);
	if (input != NULL)
		call_input(calls, &calls->list.at[calls->list.n - 1], input);
	return &calls->list.at[calls->list.n - 1];
}

/* The list with the address at its end, unless it stands there already. Lists are short. */
static const struct text **list_add(struct arena *arena, const struct text **list,
				    const struct text *address)
{
	const struct text **longer;
	size_t n = 0;

	for (; list[n] != NULL; n++) {
		if (text_eq(list[n], address))
			return list;
	}
	longer = arena_array(arena, n + 2, sizeof(*longer));
	memcpy(longer, list, n * sizeof(*longer));
	longer[n] = address;
	return longer;
}

void call_uses(struct calls *calls, struct call *call, const struct text *address)
{
	call->uses = list_add(calls->arena, call->uses, address);
}

void call_frees(struct calls *calls, struct call *call, const struct text *address)
{
	call->frees = list_add(calls->arena, call->frees, address);
}

void call_uses_made(struct calls *calls, struct call *call, const char *address)
{
	if (map_get(calls->made, address) != NULL)
		call_uses(calls, call, text_str(calls->arena, address));
}

void call_after_made(struct calls *calls, struct call *call, const struct text *address)
{
	if (calls_made(calls, address))
		call->after = list_add(calls->arena, call->after, address);
}

void call_fact(struct calls *calls, struct call *call, const struct text *address, uint16_t kind,
	       uint16_t attr, const struct text *key, struct value before, struct value after)
{
	struct fact *facts = arena_array(calls->arena, call->facts + 1, sizeof(*facts));

	if (call->facts > 0)
		memcpy(facts, call->fact, call->facts * sizeof(*facts));
	facts[call->facts] = (struct fact){address, kind, attr, key, before, after};
	call->fact = facts;
	call->facts++;
}

/* An element that a side does not mention is not in what the call leaves behind. */
static struct value element_value(const struct diff *diff, struct value value)
{
	return diff->key != NULL && value.state == VALUE_UNSET ? VALUE_EMPTY : value;
}

void call_fact_diff(struct calls *calls, struct call *call, const struct change *change,
		    const struct diff *diff)
{
	call_fact(calls, call, change->row->address, row_kind(change->row), diff->attr, diff->key,
		  element_value(diff, diff->live), element_value(diff, diff->head));
}

/* The difference in this attribute as a whole that becomes a call, or NULL. */
static const struct diff *diff_wanted(const struct change *change, uint16_t attr)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr == attr && diff->key == NULL && diff_is_written(diff))
			return diff;
	}
	return NULL;
}

const struct value *change_wanted(const struct change *change, uint16_t attr)
{
	const struct diff *diff = diff_wanted(change, attr);

	return diff != NULL ? &diff->head : &change->row->live->v[attr];
}

void call_fact_wanted(struct calls *calls, struct call *call, const struct change *change,
		      uint16_t attr)
{
	const struct row *row = change->row;
	const struct diff *diff = diff_wanted(change, attr);

	if (diff != NULL)
		call_fact_diff(calls, call, change, diff);
	else
		call_fact(calls, call, row->address, row_kind(row), attr, NULL, row->live->v[attr],
			  row->live->v[attr]);
}

const struct text *call_token(struct arena *arena, const struct text *address)
{
	if (text_is(address, "root"))
		return text_str(arena, "${organization.root}");
	return text_printf(arena, "${%s.id}", address->s);
}

json_t *json_of_text(const struct text *text)
{
	json_t *json = json_stringn(text->s, text->len);

	if (json == NULL)
		die_out_of_memory();
	return json;
}

static const struct text *live_id(const struct calls *calls, const struct text *address)
{
	const struct row *row;

	if (text_is(address, "root"))
		return calls->sides->live->world.root_id;
	row = calls_row(calls, address);
	return row != NULL && row->live != NULL ? row->live->id : NULL;
}

json_t *call_id(struct calls *calls, struct call *call, const struct text *address)
{
	const struct text *id;

	if (str_starts(address->s, "arn:"))
		return json_of_text(address);
	id = calls_made(calls, address) ? NULL : live_id(calls, address);
	if (id != NULL)
		return json_of_text(id);
	call_uses(calls, call, address);
	return json_of_text(call_token(calls->arena, address));
}

json_t *call_text(struct calls *calls, struct call *call, const struct text *text)
{
	const char *at = text->s, *end;

	while ((at = strstr(at, "${account/")) != NULL && (end = strchr(at, '}')) != NULL) {
		size_t len = (size_t)(end - at) - 2;

		if (len > 3 && memcmp(end - 3, ".id", 3) == 0)
			call_uses(calls, call, text_new(calls->arena, at + 2, len - 3));
		at = end;
	}
	return json_of_text(text);
}

const struct row *calls_row(const struct calls *calls, const struct text *address)
{
	return bound_find(calls->bound, address);
}

bool calls_made(const struct calls *calls, const struct text *address)
{
	return map_get(calls->made, address->s) != NULL;
}

const struct resource *calls_live(const struct calls *calls, const struct text *address)
{
	const struct row *row = calls_row(calls, address);

	if (row != NULL && row->live != NULL)
		return row->live;
	return side_find(calls->sides->live, address);
}

const struct change *calls_change(const struct calls *calls, uint16_t kind,
				  const struct text *address)
{
	size_t low = 0, high = calls->all_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct change *change = &calls->all[middle];
		uint16_t its = row_kind(change->row);
		int order =
		    its != kind ? (kind < its ? -1 : 1) : text_cmp(address, change->row->address);

		if (order == 0)
			return change;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool calls_take_out(const struct calls *calls, uint16_t kind, const struct text *address,
		    uint16_t attr, const struct text *key)
{
	const struct change *change = calls_change(calls, kind, address);

	if (change == NULL || change->blocked)
		return false;
	if (change->action == ACTION_DELETE)
		return true;
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr == attr && diff_is_written(diff) && diff->key != NULL &&
		    text_eq(diff->key, key))
			return diff->head.state != VALUE_TEXT;
	}
	return false;
}

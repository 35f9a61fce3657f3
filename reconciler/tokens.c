/* Tokens are replaced in the strings of the parsed input, never in its JSON text, so that an id
 * can't become syntax; what was put in is not looked at again. */
#include "reconciler/tokens.h"

#include "state/canon.h"

#include <string.h>

#define TEXT_BYTES (16u << 20)

/* The address in `uses` whose token stands here, and the token's length. */
static const struct text *token_at(struct arena *arena, const struct call *call, const char *at,
				   size_t *len)
{
	for (const struct text **use = call->uses; *use != NULL; use++) {
		const struct text *token = call_token(arena, *use);

		if (strncmp(at, token->s, token->len) == 0) {
			*len = token->len;
			return *use;
		}
	}
	return NULL;
}

const struct text *tokens_text(struct arena *arena, const struct call *call,
			       const struct id_source *ids, const struct text *text,
			       const struct text **missing)
{
	auto_buf out = BUF_INIT(TEXT_BYTES);
	const char *from = text->s, *at;

	*missing = NULL;
	for (at = from; (at = strstr(at, "${")) != NULL;) {
		size_t len;
		const struct text *address = token_at(arena, call, at, &len), *id;

		if (address == NULL) {
			at += 2;
			continue;
		}
		id = ids->id(ids->ctx, address);
		if (id == NULL) {
			*missing = address;
			return NULL;
		}
		buf_add(&out, from, (size_t)(at - from));
		buf_add(&out, id->s, id->len);
		from = at += len;
	}
	if (from == text->s)
		return text;
	buf_puts(&out, from);
	charter_assert(!out.full);
	return text_new(arena, buf_str(&out), out.len);
}

struct filling {
	struct arena *arena;
	const struct call *call;
	const struct id_source *ids;
	const struct text *missing;
};

static json_t *string_fill(struct filling *f, const json_t *string)
{
	const struct text *text =
	    text_new(f->arena, json_string_value(string), json_string_length(string));
	const struct text *missing, *filled;

	filled = tokens_text(f->arena, f->call, f->ids, text, &missing);
	if (missing != NULL)
		f->missing = missing;
	return json_of_text(filled != NULL ? filled : text);
}

/* A new value with ids. Inputs are our own and few levels deep. */
static json_t *json_fill(struct filling *f, const json_t *value)
{
	json_t *out;
	const char *key;
	json_t *v;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_STRING:
		return string_fill(f, value);
	case JSON_OBJECT:
		out = json_object();
		json_object_foreach((json_t *)value, key, v)
		    json_object_set_new(out, key, json_fill(f, v));
		return out;
	case JSON_ARRAY:
		out = json_array();
		json_array_foreach(value, i, v) json_array_append_new(out, json_fill(f, v));
		return out;
	default:
		return json_deep_copy(value);
	}
}

json_t *tokens_input(const struct call *call, const struct id_source *ids, struct error *err)
{
	struct filling f = {.call = call, .ids = ids};
	json_auto_t *input = json_loadb(call->input->s, call->input->len, 0, NULL);
	json_t *filled;

	if (input == NULL) {
		error_set(err, "the input of %s is not JSON", call->op->name);
		return NULL;
	}
	f.arena = arena_new(); /* JSON has its own copies */
	filled = json_fill(&f, input);
	arena_free(f.arena);
	if (f.missing == NULL)
		return filled;
	json_decref(filled);
	error_set(err, "the id of %s is not known", f.missing->s);
	return NULL;
}

/* Filling in can change what is sorted where, and an account's id as a principal is an ARN. */
static const struct text *document_canonical(struct arena *arena, const struct text *text,
					     const char *partition)
{
	auto_error err = {0};
	int line, column;
	const struct text *doc = canon_policy_text(arena, text->s, text->len, POLICY_IAM, partition,
						   &line, &column, &err);

	if (doc != NULL)
		return doc;
	error_clear(&err);
	doc = canon_policy_text(arena, text->s, text->len, POLICY_PLAIN, partition, &line, &column,
				&err);
	return doc != NULL ? doc : text;
}

static struct value value_fill(struct arena *arena, const struct fact *fact, struct value v,
			       const struct call *call, const struct id_source *ids,
			       const char *partition)
{
	enum attr_type type = kinds[fact->kind]->attr[fact->attr].type;
	const struct text *missing, *filled;

	if (v.state != VALUE_TEXT)
		return v;
	filled = tokens_text(arena, call, ids, v.u.text, &missing);
	if (filled == NULL || filled == v.u.text)
		return v;
	if (type == ATTR_POLICY || type == ATTR_POLICIES)
		filled = document_canonical(arena, filled, partition);
	return value_text(filled);
}

const struct fact *tokens_facts(struct arena *arena, const struct call *call,
				const struct id_source *ids, const char *partition)
{
	struct fact *facts = arena_array(arena, call->facts + 1u, sizeof(*facts));

	for (uint32_t i = 0; i < call->facts; i++) {
		facts[i] = call->fact[i];
		facts[i].before =
		    value_fill(arena, &facts[i], facts[i].before, call, ids, partition);
		facts[i].after = value_fill(arena, &facts[i], facts[i].after, call, ids, partition);
	}
	return facts;
}

/* Tags, for all kinds alike. */
#include "aws/tags.h"

static json_t *tag_new(const struct text *key, const struct text *value)
{
	return json_pack("{s:o, s:o}", "Key", json_of_text(key), "Value", json_of_text(value));
}

json_t *tags_new(const struct value *tags)
{
	json_t *list;

	if (tags->state != VALUE_SET || tags->u.set->n == 0)
		return NULL;
	list = json_array();
	for (uint32_t i = 0; i < tags->u.set->n; i++)
		json_array_append_new(
		    list, tag_new(tags->u.set->item[i].key, tags->u.set->item[i].value));
	return list;
}

static bool diff_is_tag(const struct diff *diff, uint16_t attr, bool put)
{
	return diff->attr == attr && diff->key != NULL && diff_is_written(diff) &&
	       (diff->head.state == VALUE_TEXT) == put && !tag_is_foreign(diff->key);
}

static void tags_call(struct calls *calls, const struct change *change, const struct tag_calls *how,
		      bool put)
{
	struct call *call = NULL;
	json_t *list = NULL, *input;

	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (!diff_is_tag(diff, how->attr, put))
			continue;
		if (call == NULL) {
			call = how->begin(calls, put ? how->put : how->take, change->row);
			list = json_array();
		}
		json_array_append_new(list, put ? tag_new(diff->key, diff->head.u.text)
						: json_of_text(diff->key));
		call_fact_diff(calls, call, change, diff);
	}
	if (call == NULL)
		return;
	input = how->input(calls, call, change->row);
	json_object_set_new(input, put ? "Tags" : "TagKeys", list);
	call_input(calls, call, input);
}

void tags_calls(struct calls *calls, const struct change *change, const struct tag_calls *how)
{
	tags_call(calls, change, how, true);
	tags_call(calls, change, how, false);
}

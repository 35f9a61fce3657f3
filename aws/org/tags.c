/* Tags of what stands in Organizations: calls. */
#include "aws/org/org.h"

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
	for (uint32_t i = 0; i < tags->u.set->n; i++) {
		const struct item *item = &tags->u.set->item[i];

		json_array_append_new(list, tag_new(item->key, item->value));
	}
	return list;
}

/* All changed keys in one call, all that go in another. */
static void tags_call(struct calls *calls, const struct change *change, uint16_t attr, bool put)
{
	struct call *call = NULL;
	json_t *list = NULL, *id;

	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr != attr || diff->key == NULL || !diff_is_written(diff) ||
		    (diff->head.state == VALUE_TEXT) != put || tag_is_foreign(diff->key))
			continue;
		if (call == NULL) {
			call = call_new(calls,
					put ? OP_ORGANIZATIONS_TagResource
					    : OP_ORGANIZATIONS_UntagResource,
					NULL);
			list = json_array();
		}
		json_array_append_new(list, put ? tag_new(diff->key, diff->head.u.text)
						: json_of_text(diff->key));
		call_fact_diff(calls, call, change, diff);
	}
	if (call == NULL)
		return;
	id = call_id(calls, call, org_target_of(calls, change->row));
	call_input(calls, call,
		   json_pack("{s:o, s:o}", "ResourceId", id, put ? "Tags" : "TagKeys", list));
}

void tags_calls(struct calls *calls, const struct change *change, uint16_t attr)
{
	tags_call(calls, change, attr, true);
	tags_call(calls, change, attr, false);
}

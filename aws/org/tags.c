/* Tags of what stands in Organizations. */
#include "aws/tags.h"
#include "aws/org/org.h"

static struct call *tag_begin(struct calls *calls, enum op_id op, const struct row *row)
{
	struct call *call = call_new(calls, op, NULL);

	if (op == OP_ORGANIZATIONS_TagResource)
		call->enables = unit_carried(calls, row);
	return call;
}

static json_t *tag_input(struct calls *calls, struct call *call, const struct row *row)
{
	return json_pack("{s:o}", "ResourceId", call_id(calls, call, org_target_of(calls, row)));
}

void org_tags_calls(struct calls *calls, const struct change *change, uint16_t attr)
{
	const struct tag_calls how = {attr, OP_ORGANIZATIONS_TagResource,
				      OP_ORGANIZATIONS_UntagResource, tag_begin, tag_input};

	tags_calls(calls, change, &how);
}

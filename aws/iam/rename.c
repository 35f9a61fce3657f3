/* Users and groups under a new name or path: one call for both. */
#include "aws/iam/account.h"

static const struct diff *diff_of(const struct change *change, uint16_t attr)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr == attr && diff_is_written(diff) && diff->head.state == VALUE_TEXT)
			return diff;
	}
	return NULL;
}

/* Under the new name it is fit for use only after the call. Attribute 0 is the name. */
void iam_rename_makes(struct calls *calls, const struct change *change,
		      void (*add)(struct calls *, const struct text *))
{
	if (change->action == ACTION_UPDATE && diff_of(change, 0) != NULL)
		add(calls, change->row->address);
}

void iam_rename_call(struct calls *calls, const struct change *change, enum op_id op,
		     const char *member, const char *new_member, uint16_t path_attr)
{
	const struct diff *name = diff_of(change, 0), *path = diff_of(change, path_attr);
	const struct row *row = change->row;
	struct call *call;

	if (name == NULL && path == NULL)
		return;
	call = account_call_new(calls, op, row);
	call_input(calls, call,
		   json_pack("{s:o, s:o*, s:o*}", member, json_of_text(row->live->v[0].u.text),
			     new_member, name == NULL ? NULL : json_of_text(name->head.u.text),
			     "NewPath", path == NULL ? NULL : json_of_text(path->head.u.text)));
	if (name != NULL) {
		call->enables = row->address;
		call_fact_diff(calls, call, change, name);
	}
	if (path != NULL)
		call_fact_diff(calls, call, change, path);
}

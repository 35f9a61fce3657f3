/* The operations of all files of handlers, bound to the client's table, sorted for look-up. */
#include "aws/twin/twin_priv.h"

#include <stdlib.h>
#include <string.h>

static const struct twin_service *const handled[] = {
    &twin_organization_ops, &twin_unit_ops,        &twin_account_ops,        &twin_creation_ops,
    &twin_policy_ops,       &twin_policy_type_ops, &twin_attachment_ops,     &twin_tags_ops,
    &twin_access_ops,       &twin_delegated_ops,   &twin_contact_ops,        &twin_iam_user_ops,
    &twin_iam_group_ops,    &twin_iam_role_ops,    &twin_iam_policy_ops,     &twin_iam_key_ops,
    &twin_iam_login_ops,    &twin_iam_mfa_ops,     &twin_iam_owned_ops,      &twin_iam_profile_ops,
    &twin_iam_oidc_ops,     &twin_iam_details_ops, &twin_iam_settings_ops,   &twin_iam_report_ops,
    &twin_iam_simulate_ops, &twin_sts_ops,         &twin_cost_ops,           &twin_sso_ops,
    &twin_sso_set_ops,      &twin_sso_policy_ops,  &twin_sso_assignment_ops, &twin_sso_job_ops,
    &twin_store_user_ops,   &twin_store_group_ops, &twin_store_member_ops,   &twin_trail_ops,
    &twin_object_ops,       &twin_topic_ops,
};
#define HANDLED (sizeof handled / sizeof handled[0])

static int op_order(const void *a, const void *b)
{
	const struct twin_op *x = a, *y = b;

	if (x->service != y->service)
		return x->service < y->service ? -1 : 1;
	return strcmp(x->name, y->name);
}

struct op_table {
	size_t n;
	struct twin_op *at;
};

static void table_bind(struct op_table *table)
{
	size_t i, j, n = 0;

	for (i = 0; i < HANDLED; i++)
		n += handled[i]->ops;
	table->at = xcalloc(n, sizeof *table->at);
	for (i = 0; i < HANDLED; i++) {
		for (j = 0; j < handled[i]->ops; j++) {
			struct twin_op *op = &table->at[table->n++];

			*op = handled[i]->op[j];
			op->service = handled[i]->service;
			op->op = op_find(services[op->service].name, op->name);
		}
	}
	qsort(table->at, n, sizeof *table->at, op_order);
	for (i = 1; i < n; i++)
		charter_assert(op_order(&table->at[i - 1], &table->at[i]) < 0);
}

/* What stands in constant tables in several files, put together once: a constant too, and kept for
 * the whole of the process. */
static const struct op_table *table_of_ops(void)
{
	static struct op_table table;

	if (table.at == NULL)
		table_bind(&table);
	return &table;
}

const struct twin_op *twin_op_find(enum service_id service, const char *name)
{
	const struct op_table *table = table_of_ops();
	struct twin_op key = {.name = name, .service = service};

	return bsearch(&key, table->at, table->n, sizeof *table->at, op_order);
}

const struct twin_op *twin_op_by_path(enum service_id service, const char *method, const char *path)
{
	const struct op_table *table = table_of_ops();
	const struct twin_op *op;
	const char *op_path, *op_method;

	for (op = table->at; op < table->at + table->n; op++) {
		op_path = op->op != NULL ? op->op->path : op->path;
		op_method = op->op != NULL && op->op->method != NULL ? op->op->method : "POST";
		if (op->service == service && op_path != NULL && strcmp(op_path, path) == 0 &&
		    strcmp(op_method, method) == 0)
			return op;
	}
	return NULL;
}

void twin_ops_all(void (*fn)(void *ctx, const struct twin_op *), void *ctx)
{
	const struct op_table *table = table_of_ops();
	size_t i;

	for (i = 0; i < table->n; i++)
		fn(ctx, &table->at[i]);
}

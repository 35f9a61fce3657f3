/* One call of a known caller: who may call what, what must be given, the handler, and what is
 * remembered of a write. */
#include "aws/twin/twin_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool twin_op_mutates(const struct twin_op *op)
{
	return op->op != NULL ? op->op->mutates : op->mutates;
}

bool twin_op_is_organizations(const struct twin_op *op)
{
	return op->service == SERVICE_ORGANIZATIONS || op->service == SERVICE_ACCOUNT;
}

bool twin_op_is_center(const struct twin_op *op)
{
	return op->service == SERVICE_SSO_ADMIN || op->service == SERVICE_IDENTITY_STORE;
}

/* "This operation can be called only from the organization's management account or by a member
 * account that is a delegated administrator", says the model of what only reads. */
static bool may_read(const struct twin *t, const struct twin_call *c)
{
	return !twin_op_mutates(c->op) &&
	       json_object_size(twin_row(t, "delegations", c->account)) > 0;
}

static bool check_membership(struct twin *t, struct twin_call *c)
{
	const char *management = row_str(twin_table(t, "organization"), "MasterAccountId");
	bool manages = strcmp(c->account, management) == 0;

	if (c->op->service != SERVICE_ORGANIZATIONS || c->op->without ||
	    c->op->op == &ops[OP_ORGANIZATIONS_CreateOrganization])
		return true;
	if (!twin_has_organization(t) ||
	    (!manages && twin_row(t, "accounts", c->account) == NULL)) {
		twin_refuse(c, "AWSOrganizationsNotInUseException",
			    "Your account is not a member of an organization.");
		return false;
	}
	if (manages || c->op->anyone || may_read(t, c))
		return true;
	twin_refuse_as(c, REFUSAL_DENIED, NULL,
		       "You don't have permissions to access this resource.");
	return false;
}

static bool check_needs(struct twin_call *c)
{
	const char *p = c->op->needs == NULL ? "" : c->op->needs;
	const json_t *value;
	char name[64];
	size_t len;

	for (; *(p += strspn(p, " ")) != '\0'; p += len) {
		len = strcspn(p, " ");
		charter_assert(len < sizeof name);
		memcpy(name, p, len);
		name[len] = '\0';
		value = json_object_get(c->input, name);
		if (value != NULL && !json_is_null(value))
			continue;
		twin_refuse_as(c, REFUSAL_INVALID, "INPUT_REQUIRED",
			       "1 validation error detected: Value null at '%s' failed to satisfy "
			       "constraint: Member must not be null",
			       name);
		return false;
	}
	return true;
}

static json_t *perform(struct twin *t, struct twin_call *c)
{
	if (twin_op_is_organizations(c->op))
		creations_settle(t);
	identity_settle(t);
	if (!check_membership(t, c) || !check_needs(c) || !identity_admits(t, c))
		return NULL;
	return c->op->handler(t, c);
}

static json_t *perform_write(struct twin *t, struct twin_call *c)
{
	bool keep = t->faults != NULL && faults_have(t->faults, FAULT_STALE);
	json_t *before = keep ? json_deep_copy(t->state) : NULL, *result;

	t->fail_job = NULL;
	if (c->fault.kind == FAULT_FAIL_JOB)
		t->fail_job = c->fault.text != NULL ? c->fault.text : "INTERNAL_FAILURE";
	result = perform(t, c);
	t->fail_job = NULL;
	if (result == NULL) {
		json_decref(before);
		return NULL;
	}
	json_decref(t->before);
	t->before = before;
	t->version++;
	return result;
}

/* A read that answers from before the last write. */
static json_t *perform_stale(struct twin *t, struct twin_call *c)
{
	json_t *now = t->state, *result;

	t->state = t->before;
	result = perform(t, c);
	t->before = t->state;
	t->state = now;
	return result;
}

/* What it gives must be known from now on, also where it counts as a read. */
static bool gives_keys(const struct twin_call *c)
{
	return c->op->service == SERVICE_STS;
}

json_t *twin_perform(struct twin *t, struct twin_call *c)
{
	json_t *result;

	if (twin_op_mutates(c->op))
		result = perform_write(t, c);
	else if (c->fault.kind == FAULT_STALE && t->before != NULL && !gives_keys(c))
		result = perform_stale(t, c);
	else
		result = perform(t, c);
	charter_assert(result != NULL || c->code[0] != '\0');
	return result;
}

void twin_call_clear(struct twin_call *c)
{
	free(c->message);
	json_decref(c->details);
	c->message = NULL;
	c->details = NULL;
	c->code[0] = '\0';
	c->status = 0;
}

static enum service_id service_find(const char *name)
{
	enum service_id service = SERVICE_ORGANIZATIONS;

	while (service < SERVICE_COUNT && strcmp(services[service].name, name) != 0)
		service++;
	return service;
}

json_t *twin_do(struct twin *t, const char *account, const char *service, const char *operation,
		json_t *input, char code[64])
{
	enum service_id id = service_find(service);
	/* A copy: a handler may change the text of the state that it comes from. */
	auto_free char *caller =
	    xstrdup(account != NULL ? account : row_str(t->state, "management"));
	auto_free char *arn =
	    xasprintf("arn:%s:iam::%s:root", row_str(t->state, "partition"), caller);
	json_auto_t *given = input == NULL ? json_object() : input;
	json_t *result = NULL;
	struct twin_call c = {
	    .op = id == SERVICE_COUNT ? NULL : twin_op_find(id, operation),
	    .input = given,
	    .account = caller,
	    .arn = arn,
	    .now_us = t->options.clock->now_us(t->options.clock),
	    .agent = "AWS Internal",
	    .console = true,
	};

	if (c.op == NULL)
		twin_refuse(&c, "InvalidAction", "There is no such operation.");
	else
		result = twin_perform(t, &c);
	if (c.op != NULL && twin_op_mutates(c.op))
		trail_record(t, &c, result, NULL);
	snprintf(code, 64, "%s", c.code);
	twin_call_clear(&c);
	/* cppcheck-suppress returnDanglingLifetime; the result holds nothing of the call */
	return result;
}

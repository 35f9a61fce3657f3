/* Sending: the journal's line, the request, and what each answer means. */
#include "reconciler/execute_priv.h"

#include "base/digest.h"

#include <stdlib.h>
#include <string.h>

/* What was just made may not be seen everywhere yet: IAM's own pages say seconds. */
#define EARLY_MAX    7 /* 1 + 2 + 4 + 8 + 15 + 15 + 15 s: 60 s */
#define EARLY_US     (60 * SECOND_US)
#define EARLY_CAP_US (15 * SECOND_US)
#define LATE_MAX     4 /* a minute each */

/* Relations have no id of their own. */
bool call_yields_id(const struct call *call)
{
	if (call->makes == NULL)
		return false;
	return call->op->id_path != NULL ||
	       (call->op->job != NULL && call->op->job->result != NULL);
}

static const struct text *reply_id(struct executor *x, const struct call *call, const json_t *body)
{
	const char *path = call->op->id_path, *id;

	id = path == NULL ? NULL : reply_str(body, path);
	return id == NULL ? NULL : text_str(x->arena, id);
}

static void call_page(void *ctx, const json_t *body)
{
	struct errand *errand = ctx;

	if (errand->answer.id == NULL && errand->call->op->job == NULL)
		errand->answer.id = reply_id(errand->x, errand->call, body);
}

static void call_replied(void *ctx, const struct reply *reply)
{
	struct errand *errand = ctx;
	struct executor *x = errand->x;
	struct answer *a = &errand->answer;

	x->in_flight--;
	errand_wake(errand);
	a->come = true;
	a->outcome = reply->outcome;
	if (errand->call->op->mutates &&
	    (reply->outcome == REPLY_OK || reply->outcome == REPLY_LOST))
		x->out->mutated = true;
	a->request_id =
	    reply->request_id == NULL ? NULL : arena_strdup(x->arena, reply->request_id);
	if (reply->outcome != REPLY_OK) {
		a->code = arena_strdup(x->arena, reply->code == NULL ? "" : reply->code);
		a->message = arena_strdup(x->arena, reply->message == NULL ? "" : reply->message);
	} else if (errand->call->op->job != NULL) {
		job_read(x, errand->call->op, reply->body, a);
	} else if (a->id == NULL) {
		a->id = reply_id(x, errand->call, reply->body);
	}
}

/* The line before it goes out; without it nothing is sent. */
static bool send_journaled(struct errand *errand, const json_t *input)
{
	auto_free char *text = NULL;

	if (!errand->call->op->mutates)
		return true;
	text = json_dumps(input, JSON_COMPACT | JSON_SORT_KEYS);
	if (text == NULL)
		die_out_of_memory();
	if (errand_journal_before(errand, text) == 0)
		return true;
	errand_end(errand, CALL_SKIPPED, NULL, errand->x->why);
	return false;
}

/* Until when its reading is fresh. */
static int64_t sent_not_after(const struct errand *errand)
{
	if (!errand->call->op->mutates || !call_shows(errand->call))
		return 0;
	return errand->read_us + errand->x->options->fresh_us;
}

/* -1, with the call ended: there is none. */
static int secret_make(struct errand *errand, char **value)
{
	const struct execute_options *o = errand->x->options;
	const char *member = errand->call->op->secret_in;
	auto_error err = {0};

	*value = NULL;
	if (member == NULL)
		return 0;
	if (o->secret == NULL)
		error_set(&err, "nothing makes the %s", member);
	else if (o->secret(o->secret_ctx, errand->call, member, value, &err) == 0)
		return 0;
	errand_end(errand, CALL_FAILED, "NoSecret",
		   arena_printf(errand->x->arena, "nothing was sent: %s", err.message));
	return -1;
}

static void input_send(struct errand *errand, json_t *input)
{
	struct executor *x = errand->x;

	errand->answer = (struct answer){0};
	errand->sends++;
	errand->sent = true;
	x->in_flight++;
	errand_state(errand, CALL_SENT);
	client_send(x->client, &(struct client_request){.op = errand->call->op,
							.account = errand->account,
							.input = input,
							.not_after_us = sent_not_after(errand),
							.page = call_page,
							.done = call_replied,
							.ctx = errand});
}

void errand_send(struct errand *errand)
{
	struct executor *x = errand->x;
	struct id_source ids = executor_ids(x);
	auto_error err = {0};
	json_auto_t *input = tokens_input(errand->call, &ids, &err);
	char *secret;

	if (input == NULL) {
		errand_end(errand, CALL_FAILED, "NoId", err.message);
		return;
	}
	if (secret_make(errand, &secret) < 0)
		return;
	if (send_journaled(errand, input)) {
		if (secret != NULL) /* the client wipes that of the input */
			json_object_set_new(input, errand->call->op->secret_in,
					    json_string(secret));
		input_send(errand, json_incref(input));
	}
	if (secret != NULL)
		wipe(secret, strlen(secret));
	free(secret);
}

/* Whether a thing that the call uses was made by this run within the last minute. */
static bool uses_new(const struct errand *errand)
{
	struct executor *x = errand->x;

	for (const struct text **use = errand->call->uses; *use != NULL; use++) {
		const struct errand *maker = map_get(x->maker, (*use)->s);

		if (maker != NULL && executor_now(x) - maker->made_us < EARLY_US)
			return true;
	}
	return false;
}

/* A refusal that may only mean that what this run made is not seen yet. */
static bool refused_early(const struct errand *errand)
{
	static const char *const codes[] = {
	    "NoSuchEntity",
	    "AccessDenied",
	    "AccessDeniedException",
	    "AccountNotFoundException",
	    "TargetNotFoundException",
	    "PolicyNotFoundException",
	    "ParentNotFoundException",
	    "DestinationParentNotFoundException",
	    "PolicyTypeNotEnabledException",
	    "AWSOrganizationsNotInUseException",
	    "ResourceNotFoundException",
	};
	const struct answer *a = &errand->answer;
	bool principal = strcmp(a->code, "MalformedPolicyDocument") == 0 &&
			 strcasestr(a->message, "principal") != NULL;

	return errand->early < EARLY_MAX && uses_new(errand) &&
	       (principal ||
		op_lists(codes, sizeof(codes) / sizeof(codes[0]), a->code, a->message));
}

static void send_later(struct errand *errand)
{
	int64_t us = SECOND_US << errand->early;

	if (us > EARLY_CAP_US)
		us = EARLY_CAP_US;
	errand->early++;
	errand->not_before_us = executor_now(errand->x) + executor_scaled(errand->x, us);
	errand_journal(errand, "refused");
	lanes_release(errand, false);
	errand_state(errand, CALL_WAITING);
}

#define SERVICE_ROLE                                                                               \
	"the role belongs to an AWS service, which alone can change it: leave it undeclared"
#define NO_PRINCIPAL "AWS refuses a trust policy that names a user or role which does not exist"

#define SET_POLICIES                                                                               \
	"a permission set has at most 25 policies, and a role as many as IAM's quota of the "      \
	"account allows (10 by default): join some, or ask AWS for more"
#define UNDER_WAY                                                                                  \
	"someone else (a person at the console, another tool) has been changing the same account " \
	"or permission set for minutes: apply again when that has ended"
#define OF_MANAGEMENT                                                                              \
	"if it is about the management account: what that has can be changed from within it "      \
	"alone, not by an account that administers Identity Center for it; make sure that the "    \
	"run may enter it"

/* What a person can do about a refusal that only a person can end. */
static const struct {
	const char *op, *code, *advice;
} advices[] = {
    {"DeleteUser", "DeleteConflict",
     "the user has gained something since the plan was made (a key, a device, a policy, a "
     "group): apply again"},
    {"DeleteRole", "DeleteConflict",
     "the role is in an instance profile, or has policies, since the plan was made (aws "
     "iam list-instance-profiles-for-role shows where): apply again"},
    {"DeleteRole", "UnmodifiableEntity", SERVICE_ROLE},
    {"UpdateRole", "UnmodifiableEntity", SERVICE_ROLE},
    {"UpdateAssumeRolePolicy", "UnmodifiableEntity", SERVICE_ROLE},
    {"AttachRolePolicy", "UnmodifiableEntity", SERVICE_ROLE},
    {"DetachRolePolicy", "UnmodifiableEntity", SERVICE_ROLE},
    {"CreateRole", "MalformedPolicyDocument", NO_PRINCIPAL},
    {"UpdateAssumeRolePolicy", "MalformedPolicyDocument", NO_PRINCIPAL},
    {"DeletePolicy", "DeleteConflict",
     "the policy is still attached to, or the boundary of, something that is not "
     "declared. Detach it there (aws iam list-entities-for-policy shows where) and apply "
     "again"},
    {"DeleteGroup", "DeleteConflict",
     "the group still has members or policies, added since the plan was made: apply again"},
    {"DeleteVirtualMFADevice", "DeleteConflict",
     "the device was given to a user again since the plan was made: apply again"},
    {"CreateLoginProfile", "PasswordPolicyViolation",
     "the account's password policy asks for more than any password that charter makes"},
    {"CreateAccountAlias", "EntityAlreadyExists",
     "an alias belongs to one AWS account in all of AWS, and another has it: declare "
     "another"},
    {"DeletePolicy", "PolicyInUseException",
     "the policy is still attached to a root, a unit or an account (aws organizations "
     "list-targets-for-policy shows where): detach it and apply again"},
    {"DeleteOrganizationalUnit", "OrganizationalUnitNotEmptyException",
     "accounts or units are still in it, perhaps some that are not declared: move them out "
     "and apply again"},
    {"DeletePermissionSet", "ConflictException",
     "the permission set is still assigned somewhere: since the plan was made, or in an "
     "account that is suspended or closed (aws sso-admin "
     "list-accounts-for-provisioned-permission-set shows where)"},
    {"CreateAccountAssignment", "ConflictException", UNDER_WAY},
    {"DeleteAccountAssignment", "ConflictException", UNDER_WAY},
    {"ProvisionPermissionSet", "ConflictException", UNDER_WAY},
    {"UpdatePermissionSet", "ConflictException", UNDER_WAY},
    {"CreateAccountAssignment", "AccessDeniedException", OF_MANAGEMENT},
    {"DeleteAccountAssignment", "AccessDeniedException", OF_MANAGEMENT},
    {"ProvisionPermissionSet", "AccessDeniedException", OF_MANAGEMENT},
    {"UpdatePermissionSet", "AccessDeniedException", OF_MANAGEMENT},
    {"DeletePermissionSet", "AccessDeniedException", OF_MANAGEMENT},
    {"CreatePermissionSet", "ServiceQuotaExceededException",
     "there are as many permission sets as the quota allows: ask AWS for more (Service "
     "Quotas, IAM Identity Center)"},
    {"CreateAccountAssignment", "ServiceQuotaExceededException",
     "the account has as many permission sets, or the set there as many groups, as the "
     "quota allows: ask AWS for more (Service Quotas, IAM Identity Center)"},
    {"AttachManagedPolicyToPermissionSet", "ServiceQuotaExceededException", SET_POLICIES},
    {"AttachCustomerManagedPolicyReferenceToPermissionSet", "ServiceQuotaExceededException",
     SET_POLICIES},
    {"UpdateUser", "ConflictException", "another user has the user name or the e-mail address"},
    {"UpdateGroup", "ConflictException", "another group has the name"},
};

/* NULL: AWS's own words must do. */
static const char *refusal_advice(const struct op *op, const char *code)
{
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
		if (strcmp(advices[i].op, op->name) == 0 && strcmp(advices[i].code, code) == 0)
			return advices[i].advice;
	}
	return NULL;
}

static void end_refused(struct errand *errand)
{
	const struct answer *a = &errand->answer;
	const char *advice = refusal_advice(errand->call->op, a->code);

	errand_end(errand, CALL_FAILED, a->code,
		   advice == NULL ? a->message
				  : arena_printf(errand->x->arena, "%s%s%s", a->message,
						 a->message[0] != '\0' ? ": " : "", advice));
}

static void sent_refused(struct errand *errand)
{
	const struct op *op = errand->call->op;
	const struct answer *a = &errand->answer;

	if (refused_early(errand)) {
		send_later(errand);
	} else if (op->mutates &&
		   op_lists(op->already, sizeof(op->already) / sizeof(op->already[0]), a->code,
			    a->message)) {
		errand_journal(errand, "already");
		readback_begin(errand, true);
	} else {
		end_refused(errand);
	}
}

static void sent_lost(struct errand *errand)
{
	if (!errand->call->op->mutates) {
		errand_end(errand, CALL_FAILED, errand->answer.code, errand->answer.message);
		return;
	}
	errand_journal(errand, "lost");
	readback_begin(errand, false);
}

/* Without the id nothing could be built on what was made: it is read. */
static void sent_ok(struct errand *errand)
{
	struct answer *a = &errand->answer;

	if (errand->call->op->job != NULL) {
		if (a->job_id == NULL && a->job == JOB_UNDER_WAY)
			sent_lost(errand);
		else
			job_begin(errand, a->job_id);
	} else if (call_yields_id(errand->call) && a->id == NULL) {
		a->code = "BadReply";
		a->message = "the reply does not name what was made";
		sent_lost(errand);
	} else {
		errand_done(errand, a->id);
	}
}

/* It did not leave. Where that was for an old reading, its object is read again. */
static void sent_unsent(struct errand *errand)
{
	const struct answer *a = &errand->answer;

	if (strcmp(a->code, "Late") != 0 || errand->late >= LATE_MAX) {
		errand_end(errand, CALL_FAILED, a->code, a->message);
		return;
	}
	errand->late++;
	errand_journal(errand, "late");
	lanes_release(errand, false);
	errand_state(errand, CALL_WAITING);
}

void sent_step(struct errand *errand)
{
	if (!errand->answer.come) {
		errand_sleep(errand);
		return;
	}
	switch (errand->answer.outcome) {
	case REPLY_OK:
		sent_ok(errand);
		break;
	case REPLY_REFUSED:
		sent_refused(errand);
		break;
	case REPLY_UNSENT:
		sent_unsent(errand);
		break;
	case REPLY_LOST:
		sent_lost(errand);
		break;
	case REPLY_CANCELLED:
		errand_end(errand, CALL_SKIPPED, NULL,
			   errand->x->why != NULL ? errand->x->why
						  : "cancelled before it was sent");
		break;
	}
}

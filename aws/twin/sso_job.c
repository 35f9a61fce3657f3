/* What IAM Identity Center of the twin does in its own time: assignments that are made and taken
 * away, and permission sets that are provisioned. */
#include "aws/twin/sso_priv.h"

#include <stdlib.h>
#include <string.h>

#define JOBS_KEPT 2000 /* the oldest that have ended go */

/* What the operations on one kind of job differ in. */
struct job_kind {
	const char *what;   /* of its row */
	const char *member; /* of the reply that tells of one */
	const char *id;     /* of the input that asks for one */
	const char *list;   /* of the reply that lists them */
	const char *shown;  /* members of the row */
};
#define ASSIGNED                                                                                   \
	"Status RequestId FailureReason TargetId TargetType PermissionSetArn PrincipalType "       \
	"PrincipalId CreatedDate"
static const struct job_kind job_kinds[] = {
    {"create", "AccountAssignmentCreationStatus", "AccountAssignmentCreationRequestId",
     "AccountAssignmentsCreationStatus", ASSIGNED},
    {"delete", "AccountAssignmentDeletionStatus", "AccountAssignmentDeletionRequestId",
     "AccountAssignmentsDeletionStatus", ASSIGNED},
    {"provision", "PermissionSetProvisioningStatus", "ProvisionPermissionSetRequestId",
     "PermissionSetsProvisioningStatus",
     "Status RequestId AccountId PermissionSetArn FailureReason CreatedDate"},
};
#define JOB_KINDS (sizeof job_kinds / sizeof job_kinds[0])

/* NULL: it is of none. */
static const struct job_kind *kind_find(const json_t *job)
{
	size_t i;

	for (i = 0; i < JOB_KINDS; i++) {
		if (strcmp(job_kinds[i].what, row_str(job, "what")) == 0)
			return &job_kinds[i];
	}
	return NULL;
}

static const struct job_kind *kind_of(const json_t *job)
{
	const struct job_kind *kind = kind_find(job);

	charter_assert(kind != NULL);
	return kind;
}

bool idc_job_known(const json_t *job)
{
	return kind_find(job) != NULL;
}

static bool job_is_provisioning(const json_t *job)
{
	return strcmp(row_str(job, "what"), "provision") == 0;
}

static bool job_is_of(const json_t *job, const json_t *set)
{
	return strcmp(row_str(job, "PermissionSetArn"), row_str(set, "PermissionSetArn")) == 0;
}

bool idc_set_busy(struct twin *t, const json_t *set, bool assignments)
{
	json_t *due;
	const char *id;

	json_object_foreach(twin_table(t, "identity_running"), id, due)
	{
		const json_t *job = twin_row(t, "identity_jobs", id);

		if (job_is_of(job, set) && (assignments || job_is_provisioning(job)))
			return true;
	}
	return false;
}

/* "One role at a time in an account"; a set that is provisioned wherever it is has many. */
static bool job_hinders(const json_t *job, const json_t *set, const char *account)
{
	if (account != NULL && strcmp(row_str(job, "TargetId"), account) == 0)
		return true;
	return job_is_of(job, set) && (account == NULL || job_is_provisioning(job));
}

bool idc_job_fits(struct twin *t, struct twin_call *c, const json_t *set, const char *account)
{
	bool provisions = strcmp(c->op->name, "ProvisionPermissionSet") == 0;
	int64_t most = idc_quota(t, provisions ? IDC_PROVISIONINGS : IDC_ASSIGNMENTS), n = 0;
	json_t *due;
	const char *id;

	json_object_foreach(twin_sub(t->state, "identity_running"), id, due)
	{
		const json_t *job = twin_row(t, "identity_jobs", id);

		if (job_hinders(job, set, account)) {
			t->stats.hindered++;
			idc_conflict(c, "There is a conflicting operation in process for this "
					"account or permission set. Try again later.");
			return false;
		}
		n += job_is_provisioning(job) == provisions;
	}
	if (n < most)
		return true;
	t->stats.hindered++;
	twin_refuse_as(c, REFUSAL_THROTTLED, NULL,
		       "Too many requests of this kind are under way: at most %lld",
		       (long long)most);
	return false;
}

static void jobs_trim(struct twin *t)
{
	json_t *jobs = twin_sub(t->state, "identity_jobs"), *job;
	const char *id;
	void *next;

	if (json_object_size(jobs) < JOBS_KEPT)
		return;
	json_object_foreach_safe(jobs, next, id, job)
	{
		auto_free char *oldest = NULL;

		if (twin_row(t, "identity_running", id) != NULL)
			continue;
		oldest = xstrdup(id);
		json_object_del(jobs, oldest);
		break;
	}
}

static json_t *job_show(const json_t *job)
{
	const struct job_kind *kind = kind_of(job);

	return json_pack("{s:o}", kind->member, row_pick(job, kind->shown));
}

json_t *idc_job_start(struct twin *t, const struct twin_call *c, const char *what)
{
	json_t *job = row_pick(c->input, "TargetId TargetType PermissionSetArn PrincipalType "
					 "PrincipalId");
	const struct twin_options *o = &t->options;
	int64_t due = o->clock->now_us(o->clock) + (o->center_us > 0 ? o->center_us : o->job_us);
	char id[TWIN_ID];

	twin_id_uuid(t, id);
	jobs_trim(t);
	twin_set_str(job, "RequestId", id);
	twin_set_str(job, "Status", "IN_PROGRESS");
	twin_set_str(job, "what", what);
	json_object_set_new(job, "CreatedDate", json_integer(twin_seconds(t)));
	if (t->fail_job != NULL)
		twin_set_str(job, "fails", t->fail_job);
	if (job_is_provisioning(job) && json_object_get(job, "TargetId") != NULL)
		twin_set_str(job, "AccountId", row_str(job, "TargetId"));
	json_object_set_new(twin_sub(t->state, "identity_jobs"), id, job);
	json_object_set_new(twin_sub(t->state, "identity_running"), id, json_integer(due));
	return job_show(job);
}

static bool account_is_active(const struct twin *t, const char *account)
{
	return strcmp(row_str(twin_row(t, "accounts", account), "State"), "ACTIVE") == 0;
}

/* What follows gives why it failed, for the caller to free; NULL: it is done. */

static char *inactive(const struct twin *t, const char *account)
{
	const char *state = row_str(twin_row(t, "accounts", account), "State");

	if (account_is_active(t, account))
		return NULL;
	return xasprintf("The account %s is %s.", account,
			 *state == '\0' ? "not in the organization" : state);
}

static char *too_many(struct twin *t, const char *account)
{
	int64_t most = idc_quota(t, IDC_SETS_IN_ACCOUNT), n = 0;
	json_t *set;
	const char *arn;

	json_object_foreach(twin_table(t, "permission_sets"), arn, set)
	{
		n += json_object_get(json_object_get(set, "accounts"), account) != NULL;
	}
	if (n < most)
		return NULL;
	return xasprintf("The account %s has %lld permission sets, as many as it may.", account,
			 (long long)n);
}

/* The role that is there already stays as it is. */
static char *assignment_make(struct twin *t, json_t *set, const char *account,
			     const char *principal)
{
	char *why = inactive(t, account);

	if (why == NULL && json_object_get(json_object_get(set, "accounts"), account) == NULL) {
		why = too_many(t, account);
		if (why == NULL)
			why = idc_role_provision(t, set, account);
	}
	if (why == NULL)
		idc_assign(t, set, account, principal);
	return why;
}

static char *assignment_take(struct twin *t, json_t *set, const char *account,
			     const char *principal)
{
	char *why = inactive(t, account);

	if (why != NULL)
		return why;
	idc_unassign(t, set, account, principal);
	if (json_object_get(json_object_get(set, "grants"), account) == NULL)
		idc_role_remove(t, set, account);
	return NULL;
}

/* Where it can't be done it is not, and elsewhere it is: the first reason is told. */
static char *set_provision(struct twin *t, json_t *set, const char *only)
{
	json_auto_t *accounts = json_copy(json_object_get(set, "accounts"));
	const char *account;
	char *first = NULL;
	json_t *one;

	if (*only != '\0' && json_object_get(accounts, only) == NULL)
		return xasprintf("The permission set is not assigned in the account %s.", only);
	json_object_foreach(accounts, account, one)
	{
		char *why;

		if ((*only != '\0' && strcmp(only, account) != 0) || !account_is_active(t, account))
			continue;
		why = idc_role_provision(t, set, account);
		if (first == NULL)
			first = why;
		else
			free(why);
	}
	return first;
}

static char *job_do(struct twin *t, const json_t *job)
{
	const char *what = row_str(job, "what"), *account = row_str(job, "TargetId");
	auto_free char *principal =
	    xasprintf("%s/%s", row_str(job, "PrincipalType"), row_str(job, "PrincipalId"));
	json_t *set = idc_set_find(t, row_str(job, "PermissionSetArn"));

	if (json_object_get(job, "fails") != NULL)
		return xstrdup(row_str(job, "fails"));
	if (set == NULL)
		return xstrdup("The permission set does not exist.");
	if (strcmp(what, "create") == 0)
		return assignment_make(t, set, account, principal);
	if (strcmp(what, "delete") == 0)
		return assignment_take(t, set, account, principal);
	return set_provision(t, set, account);
}

static void job_settle(struct twin *t, const char *id, int64_t due_us)
{
	json_t *job = twin_row(t, "identity_jobs", id);
	auto_free char *why = job == NULL ? NULL : job_do(t, job);

	(void)due_us;
	if (why != NULL)
		twin_set_str(job, "FailureReason", why);
	if (job != NULL)
		twin_set_str(job, "Status", why == NULL ? "SUCCEEDED" : "FAILED");
}

void identity_settle(struct twin *t)
{
	twin_due(t, "identity_running", job_settle);
}

static json_t *provision(struct twin *t, struct twin_call *c)
{
	bool one = strcmp(idc_input(c, "TargetType"), "AWS_ACCOUNT") == 0;
	const char *account = idc_input(c, "TargetId");
	json_t *set = idc_set_own(t, c);

	if (set == NULL)
		return NULL;
	if (one != (*account != '\0'))
		return twin_refuse_as(c, REFUSAL_INVALID, NULL,
				      "TargetId belongs to the TargetType AWS_ACCOUNT");
	if (!idc_job_fits(t, c, set, one ? account : NULL))
		return NULL;
	return idc_job_start(t, c, "provision");
}

/* The kind that the operation asks for, by its name. */
static const struct job_kind *kind_asked(const struct twin_call *c)
{
	const char *name = c->op->name;

	return strstr(name, "Creation")   ? &job_kinds[0]
	       : strstr(name, "Deletion") ? &job_kinds[1]
					  : &job_kinds[2];
}

static json_t *describe(struct twin *t, struct twin_call *c)
{
	const struct job_kind *kind = kind_asked(c);
	const char *id = idc_input(c, kind->id);
	const json_t *job = twin_row(t, "identity_jobs", id);

	if (job == NULL || kind_of(job) != kind)
		return idc_missing(c, "Request", id);
	return job_show(job);
}

static json_t *job_listed(struct twin *t, json_t *job)
{
	(void)t;
	return row_pick(job, "Status RequestId CreatedDate");
}

static json_t *list(struct twin *t, struct twin_call *c)
{
	const struct job_kind *kind = kind_asked(c);
	const char *status = row_str(json_object_get(c->input, "Filter"), "Status"), *id;
	json_t *items = json_array(), *job;

	json_object_foreach(twin_sub(t->state, "identity_jobs"), id, job)
	{
		if (kind_of(job) == kind &&
		    (*status == '\0' || strcmp(status, row_str(job, "Status")) == 0))
			json_array_append(items, job);
	}
	return idc_page(t, c, kind->list, items, job_listed);
}

static const struct twin_op ops_of_jobs[] = {
    IDC_WRITE("ProvisionPermissionSet", provision, "InstanceArn PermissionSetArn TargetType"),
    IDC_READ("DescribeAccountAssignmentCreationStatus", describe,
	     "InstanceArn AccountAssignmentCreationRequestId"),
    IDC_READ("DescribeAccountAssignmentDeletionStatus", describe,
	     "InstanceArn AccountAssignmentDeletionRequestId"),
    IDC_READ("DescribePermissionSetProvisioningStatus", describe,
	     "InstanceArn ProvisionPermissionSetRequestId"),
    IDC_READ("ListAccountAssignmentCreationStatus", list, "InstanceArn"),
    IDC_READ("ListAccountAssignmentDeletionStatus", list, "InstanceArn"),
    IDC_READ("ListPermissionSetProvisioningStatus", list, "InstanceArn"),
};
const struct twin_service twin_sso_job_ops = {SERVICE_SSO_ADMIN, ops_of_jobs,
					      sizeof ops_of_jobs / sizeof ops_of_jobs[0]};

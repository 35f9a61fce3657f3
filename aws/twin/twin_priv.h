/* The twin's inside: its state, its table of operations, and what their handlers share. Private to
 * aws/twin/.
 *
 * The state, one JSON object (jansson keeps the order of insertion, so listings are in order of
 * creation). Rows hold AWS's members, written as the replies write them, times as whole seconds
 * since 1970, and in lower case what is the twin's own: never in a reply.
 *
 *	format        "charter.twin/1"
 *	serial        number of ids given
 *	management    account id
 *	partition     "aws"
 *	organization  {} while there is none; else {Id, Arn, FeatureSet, MasterAccountArn,
 *	              MasterAccountId, MasterAccountEmail}
 *	root          {Id, Arn, Name, tags, policies, units, accounts, types: {TYPE: "ENABLED"}}
 *	units         id -> {Id, Arn, Name, parent, tags, policies, units, accounts}
 *	accounts      id -> {Id, Arn, Email, Name, State, JoinedMethod, JoinedTimestamp, parent,
 *	              tags, policies}
 *	policies      id -> {Id, Arn, Name, Description, Type, AwsManaged, Content, tags, targets}
 *	creations     id -> {Id, AccountName, State, RequestedTimestamp, CompletedTimestamp,
 *	              AccountId, FailureReason, email, role, fails, tags}
 *	pending       what is under way -> when it ends, microseconds: ids of creations, of accounts
 *	              that close, and policy types that are enabled or disabled
 *	emails        e-mail in lower case -> account id: those in use, of closed accounts too
 *	closures      account id -> when its closing was asked for
 *	profiles      account id -> {name: while in no organization; contact, BILLING, OPERATIONS,
 *	              SECURITY: contacts}
 *	services      principal -> {ServicePrincipal, DateEnabled}
 *	delegations   account id -> {service principal: DelegationEnabledDate}
 *	quotas        {accounts: 10, ...}: what differs from the defaults; load.c sets `accounts`
 *	              when more are loaded than the default admits
 *	iam           account id -> {users, groups, roles, policies}, see iam_priv.h
 *	standalone    account id -> 1: accounts of no organization, besides the management account
 *	spend         account id -> what it has cost, as text: "123.45"
 *	keys          access key id -> {account, arn, secret, token, expires}
 *	callers       account id -> ARN that GetCallerIdentity gives the administrator's key there
 *	identity, identity_users, identity_groups, memberships, identity_names, permission_sets,
 *	holders, identity_jobs, identity_running
 *	              IAM Identity Center, see sso_priv.h
 *	trail         event id -> an event as LookupEvents shows it, beside account and region
 *	trailed       number of events recorded
 *	buckets       name -> {account, region, objects: key -> {Body, ETag, ContentType,
 *	              LastModified}}, of S3
 *	topics        ARN -> {account, messages: message id -> {Message, Subject, at}}, of SNS
 *	notes         texts: what loaded snapshots lack; absent when nothing
 *
 * tags: {key: value}; policies, targets, units, accounts: {id: 1}, both ways of one relation. Rows
 * that listings may not show yet hold `lag` {reads, until}. */
#ifndef CHARTER_AWS_TWIN_PRIV_H
#define CHARTER_AWS_TWIN_PRIV_H

#include "aws/op.h"
#include "aws/twin/faults.h"
#include "aws/twin/twin.h"
#include "base/arena.h"

struct twin_call;
/* The result, a new object; NULL: refused, by twin_refuse(). */
typedef json_t *twin_handler(struct twin *, struct twin_call *);

/* Operations, also those that charter never calls but other clients do. Where charter's own table
 * has a row, rate, effect and REST path come from there. */
struct twin_op {
	const char *name;
	twin_handler *handler;
	const char *needs; /* required members of the input, space-separated; NULL: none */
	bool mutates;      /* rows that charter's table lacks */
	enum rate_id rate;
	bool anyone;             /* Organizations: may be called from a member account too */
	bool without;            /* needs no organization (CreateOrganization anyway) */
	bool data;               /* CloudTrail does not record it: it is about data */
	bool open;               /* may come without a signature: it brings its own proof */
	const char *path;        /* REST: "/putAlternateContact" */
	const struct op *op;     /* filled at start; NULL: not in charter's table */
	enum service_id service; /* filled at start */
};
struct twin_service {
	enum service_id service;
	const struct twin_op *op;
	size_t ops;
};
/* One for each file of handlers; NULL-terminated list in table.c. */
extern const struct twin_service twin_organization_ops, twin_unit_ops, twin_account_ops,
    twin_creation_ops, twin_policy_ops, twin_policy_type_ops, twin_attachment_ops, twin_tags_ops,
    twin_access_ops, twin_delegated_ops, twin_contact_ops, twin_iam_user_ops, twin_iam_group_ops,
    twin_iam_role_ops, twin_iam_policy_ops, twin_iam_key_ops, twin_iam_login_ops, twin_iam_mfa_ops,
    twin_iam_owned_ops, twin_iam_profile_ops, twin_iam_oidc_ops, twin_iam_details_ops,
    twin_iam_settings_ops, twin_iam_report_ops, twin_iam_simulate_ops, twin_sts_ops, twin_cost_ops,
    twin_sso_ops, twin_sso_set_ops, twin_sso_policy_ops, twin_sso_assignment_ops, twin_sso_job_ops,
    twin_store_user_ops, twin_store_group_ops, twin_store_member_ops, twin_trail_ops,
    twin_object_ops, twin_topic_ops;

/* One call while it is served. */
struct twin_call {
	const struct twin_op *op;
	const json_t *input; /* always an object */
	const char *account; /* of the caller */
	const char *arn;     /* of the caller */
	/* How it was called; NULL: not known. */
	const char *key;     /* access key id */
	const char *region;  /* that it was signed for */
	const char *agent;   /* User-Agent */
	const char *address; /* where it came from */
	bool console;
	int64_t now_us;     /* since 1970, without the skew */
	struct fault fault; /* what this request suffers; page.c carries out those of listings */
	/* Of a refusal: */
	int status; /* 0: by the code, mostly 400; twin_refuse() fills it */
	char code[64];
	char *message;   /* owned */
	json_t *details; /* more members of the error: Reason, for JSON services; or NULL */
};
/* Always NULL, so that a handler returns it. Codes are as they stand on the wire: with "Exception"
 * for JSON services, without for most of IAM. */
json_t *twin_refuse(struct twin_call *, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with the member Reason, as ConstraintViolationException and InvalidInputException have.
 */
json_t *twin_refuse_reason(struct twin_call *, const char *code, const char *reason,
			   const char *fmt, ...) __attribute__((format(printf, 4, 5)));

struct twin {
	struct twin_options options;
	json_t *state;
	/* For the fault `stale`: the state before the last write; NULL when no such fault is set.
	 */
	json_t *before;
	struct faults *faults;
	struct random_seeded random; /* ids: from the state's serial; this one: jitter */
	struct twin_stats stats;
	json_t *counts, *log;
	json_t *buckets; /* "ACCOUNT rate" -> {tokens, at}: thousandths, microseconds */
	int64_t organization_busy_us; /* a write is under way until then */
	uint64_t version;
	int64_t skew_us; /* of a fault: the twin's date less its clock's */
	/* Of the fault fail_job, while the call that it hit is served: the reason why the job that
	 * the call starts fails; else NULL. */
	const char *fail_job;
	VEC(int64_t) writers; /* when the writes of Organizations that are under way end */
	char *spec;           /* of the faults as at first, owned; NULL: none */
	char *management;     /* owned */
	char *independent;    /* owned: the other accounts of options.management, or NULL */
};

/* refusal.c: the service's own words. Texts are constant. */
enum refusal {
	REFUSAL_THROTTLED,
	REFUSAL_DENIED,
	REFUSAL_EXPIRED,
	REFUSAL_CONCURRENT,
	REFUSAL_FAULT,       /* its own: 500 */
	REFUSAL_UNAVAILABLE, /* 503 */
	REFUSAL_INVALID,     /* the input */
};
/* Refuses with the service's code; `reason` for the services that know reasons (may be NULL). */
json_t *twin_refuse_as(struct twin_call *, enum refusal, const char *reason, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* state.c: rows and ids. All borrowed. */
json_t *twin_table(const struct twin *, const char *name);                /* "units" */
json_t *twin_row(const struct twin *, const char *table, const char *id); /* NULL: none */
json_t *twin_sub(json_t *row, const char *name); /* an object within, made when missing */
const char *row_str(const json_t *row, const char *member); /* "" when absent */
bool list_has(const json_t *list, const char *text);        /* of texts; NULL is in none */
bool words_have(const char *const *words, const char *s);   /* NULL after the last */
/* The root, a unit, an account, and with policies also a policy, by id; NULL: none. */
json_t *twin_target(const struct twin *, const char *id, bool policies);
bool twin_has_organization(const struct twin *);
/* The twin's date: its clock's and what a fault put it ahead, since 1970; microseconds, seconds. */
int64_t twin_now(const struct twin *);
int64_t twin_seconds(const struct twin *);
/* Takes the jobs of a table, {id: when it ends, microseconds}, that have ended out of it, and does
 * what they were to do. */
void twin_due(struct twin *, const char *table,
	      void (*settle)(struct twin *, const char *id, int64_t due_us));
/* Ids of AWS's forms, from seed and serial: the same calls get the same ids. `form`: what to put
 * before letters and digits, and how many: twin_id(t, out, "ou-", 8). */
#define TWIN_ID 64
void twin_id(struct twin *, char out[TWIN_ID], const char *prefix, unsigned length);
void twin_id_digits(struct twin *, char out[TWIN_ID]); /* twelve digits, not used yet */
void twin_id_hex(struct twin *, char out[TWIN_ID], const char *prefix, unsigned length);
void twin_id_uuid(struct twin *, char out[TWIN_ID]);
/* A row was made: listings may lag. */
void twin_made(struct twin *, json_t *row);
/* The same for what was made at this time, since 1970, by work that ended meanwhile. */
void twin_made_at(struct twin *, json_t *row, int64_t us);
/* Whether this listing does not show it yet; counts the reading. */
bool twin_hidden(struct twin *, json_t *row);
/* A principal was made, after twin_made(): until it is known everywhere it is also not assumed, and
 * not accepted in trust policies, each for a number of tries that follows from the seed and `what`.
 */
void twin_lag(struct twin *, json_t *row, const char *what);
enum twin_lagging { LAG_ASSUMED, LAG_TRUSTED };
/* Whether it is not known yet to who asks for this; counts the try. */
bool twin_lags(struct twin *, json_t *row, enum twin_lagging);
/* Whether there is such an account, in whatever state. */
bool twin_account_there(const struct twin *, const char *account);
/* An account of no organization, with the role by which the first account gets in (NULL: none). */
void twin_account_add(struct twin *, const char *account, const char *role);
/* A quota by name, or its default. */
int64_t twin_quota(const struct twin *, const char *name, int64_t standard);
void twin_set_str(json_t *row, const char *member, const char *value);
/* Equal texts and numbers within become one: of a hundred thousand rows of IAM most are. `texts`:
 * those known so far. Nothing in the state is changed in place, so that nobody notices. */
void twin_share(json_t *texts, json_t *value);
/* A new object with these members of the row, space-separated; absent ones are left out. */
json_t *row_pick(const json_t *row, const char *members);
/* [{Key, Value}] of {key: value}. New. */
json_t *tags_list_of(const json_t *tags);

/* perform.c: one call, without transport and rates: membership, required members, the handler. The
 * result, or NULL with the refusal in the call. */
json_t *twin_perform(struct twin *, struct twin_call *);
void twin_call_clear(struct twin_call *); /* frees and takes back what stands of a refusal */
bool twin_op_mutates(const struct twin_op *);
bool twin_op_is_organizations(const struct twin_op *); /* or account: one writer at a time */
bool twin_op_is_center(const struct twin_op *);        /* or its identity store */

/* page.c */
struct twin_paging {
	const char *list;                 /* member of the reply */
	const char *token_in, *token_out; /* "NextToken"; "Marker" */
	const char *size_in;              /* "MaxResults", "MaxItems" */
	const char *more;                 /* "IsTruncated", or NULL */
	size_t standard, most;            /* page without and with a size asked for */
	/* What is shown of an item that stands on the page, new: so that only these are made.
	 * NULL: the item as it is. */
	json_t *(*show)(struct twin *, json_t *item);
};
extern const struct twin_paging paging_organizations; /* .list is set by the caller's copy */
extern const struct twin_paging paging_iam;
/* One page of `items` (taken: an array of rows that are shown as they are): a new reply. Tokens are
 * opaque and hold for the same operation and input only; any other is refused with InvalidInput of
 * the service. */
json_t *twin_page(struct twin *, struct twin_call *, const struct twin_paging *, json_t *items);

/* check.c: rules of inputs that several operations share. False: refused already. */
bool check_text(struct twin_call *, const char *member, size_t min, size_t max,
		bool (*valid)(unsigned char));
bool check_tags(struct twin_call *, const json_t *tags, const json_t *present, size_t most);
bool check_policy_json(struct twin_call *, const char *document, const char *code);

/* wire.c: requests to calls, results to replies, for the three protocols. The headers
 * x-amzn-requestid and date, and the maxima of a reply's buffers, are set by twin_serve(). */
struct twin_wire {
	const struct twin_op *op;
	json_t *input;                  /* owned */
	char host[256], request_id[64]; /* the latter is filled before wire_read() */
};
/* -1: refused, with the reply filled: unknown operation, bad JSON, too large. */
int wire_read(struct twin *, const struct twin_request *, struct twin_wire *, struct twin_reply *);
/* The result is borrowed. */
void wire_reply(struct twin *, const struct twin_wire *, const json_t *result, struct twin_reply *);
/* The form of an error follows the request's service; `op` may be NULL. */
void wire_refuse(struct twin *, const struct twin_wire *, enum service_id, const struct twin_call *,
		 struct twin_reply *);

/* auth.c: who calls. -1: refused. */
int auth_check(struct twin *, const struct twin_request *, enum service_id, struct twin_call *,
	       char account[16], char arn[2048]);
/* table.c */
const struct twin_op *twin_op_find(enum service_id, const char *name);
const struct twin_op *twin_op_by_path(enum service_id, const char *method, const char *path);
void twin_ops_all(void (*fn)(void *ctx, const struct twin_op *), void *ctx);
/* rates.c. False: throttled. */
bool rates_take(struct twin *, const char *account, const struct twin_op *);

/* cloudtrail.c. Nothing is recorded unless the options say so. A call that changes something, by
 * whom it was made, with its result; NULL: it was refused. */
void trail_record(struct twin *, const struct twin_call *, const json_t *result,
		  const char *request_id);
/* What a service of AWS ("sso.amazonaws.com") did in an account by itself. Takes the request. */
void trail_record_service(struct twin *, const char *account, const char *principal,
			  const char *service, const char *name, json_t *request);
/* The end of what went on by itself. Takes the details. */
void trail_record_result(struct twin *, const char *account, const char *service, const char *name,
			 json_t *details);

/* org_*.c, for other files of handlers and load.c. */
/* id NULL: a fresh one. Policies that AWS attaches to all are attached, and what is made hides from
 * no listing. */
json_t *organization_new(struct twin *, const char *feature_set);
json_t *unit_new(struct twin *, const char *id, const char *parent, const char *name);
json_t *org_account_new(struct twin *, const char *id, const char *parent, const char *name,
			const char *email);
/* id NULL: a fresh one. No checks. */
json_t *policy_new(struct twin *, const char *id, const char *type, const char *name,
		   const char *description, const char *content);
/* As of now, whatever it was; what AWS attaches or detaches with it too. */
void policy_type_enable(struct twin *, const char *type);
void policy_attach(struct twin *, const char *policy, const char *target);
void policy_detach(struct twin *, const char *policy, const char *target);
/* Ends account creations that are due. Called before each call to Organizations. */
void creations_settle(struct twin *);
/* sso_*.c: whether the caller may ask this of IAM Identity Center, and the input is as its models
 * say; of any other service, it may. False: refused already. */
bool identity_admits(struct twin *, struct twin_call *);
/* Ends the jobs of IAM Identity Center that are due. Called before each call. */
void identity_settle(struct twin *);
/* iam_*.c: the account's IAM, made with what AWS puts there by itself. */
json_t *iam_of_account(struct twin *, const char *account);
/* The role by which the management account gets into an account that it made. */
void iam_access_role(struct twin *, const char *account, const char *role);

#endif

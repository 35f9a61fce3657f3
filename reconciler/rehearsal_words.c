/* What the reports of a rehearsal say, sentence by sentence. */
#include "reconciler/rehearsal.h"

#include "base/env.h"

#include <inttypes.h>
#include <string.h>

struct advice {
	const char *code;
	const char *operation; /* NULL: any */
	const char *advice;
};

/* The first row that fits. */
static const struct advice advices[] = {
    {"ConstraintViolationException", "CreateAccount",
     "the quota of accounts is used up: have AWS raise it (Service Quotas, AWS Organizations), or, "
     "if it is higher than assumed here, give it with `--quota-accounts`"},
    {"ConstraintViolationException", "AttachPolicy",
     "no more policies of this type can be attached there: detach one first in a merge of its "
     "own, or join their statements"},
    {"ConstraintViolationException", "DetachPolicy",
     "the last service control policy of a target cannot go: attach another in an earlier merge"},
    {"ConstraintViolationException", "CreateOrganizationalUnit",
     "units may be five levels deep, and 2000 in all"},
    {"ConstraintViolationException", "CreatePolicy",
     "the policy, or their number, is over AWS's quota: make it shorter, or divide it"},
    {"ConstraintViolationException", "UpdatePolicy",
     "the policy is over AWS's quota: make it shorter, or divide it"},
    {"ConstraintViolationException", "RegisterDelegatedAdministrator",
     "the service admits no more delegated administrators, or not this account"},
    {"ConstraintViolationException", NULL,
     "a quota or a rule of AWS Organizations stands against it"},
    {"OrganizationalUnitNotEmptyException", NULL,
     "the unit still holds accounts or units that the configuration does not name: move them "
     "away, or declare them elsewhere"},
    {"PolicyInUseException", NULL,
     "something that the configuration does not name has the policy attached: detach it there"},
    {"DeleteConflict", NULL,
     "something that the configuration does not name still belongs to it (access keys, members, "
     "attachments): take it away by hand, or declare it"},
    {"ConflictException", "DeletePermissionSet",
     "the permission set is still assigned in an account that is suspended or closed, or that the "
     "configuration does not name"},
    {"ServiceQuotaExceededException", NULL,
     "a quota of IAM Identity Center is used up: take something away, or have AWS raise it"},
    {"LimitExceeded", NULL, "a quota of IAM is used up: take something away, or have AWS raise it"},
    {"MalformedPolicyDocument", NULL,
     "AWS does not accept the document: see the message, and the principals that it names"},
    {"MalformedPolicyDocumentException", NULL, "AWS does not accept the document: see the message"},
    {"EMAIL_ALREADY_EXISTS", NULL, "another account has this e-mail address: declare another"},
    {"AccessDenied", NULL, "`charter permissions` prints what the role of this run needs"},
    {"AccessDeniedException", NULL, "`charter permissions` prints what the role of this run needs"},
};

const char *refusal_advice(const char *operation, const char *code)
{
	for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
		if (strcmp(advices[i].code, code) == 0 &&
		    (!advices[i].operation || strcmp(advices[i].operation, operation) == 0))
			return advices[i].advice;
	return NULL;
}

/* "4.2 s", "34 s", "12 min 5 s", "3 h 12 min". */
static void put_time(struct buf *b, int64_t us)
{
	int64_t s = (us + SECOND_US / 2) / SECOND_US, tenths = (us + 50000) / 100000;

	if (us < 10 * SECOND_US)
		buf_printf(b, "%" PRId64 ".%" PRId64 " s", tenths / 10, tenths % 10);
	else if (s < 120)
		buf_printf(b, "%" PRId64 " s", s);
	else if (s < 7200)
		buf_printf(b, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
	else
		buf_printf(b, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
}

static void put_ended(const struct rehearsal *r, struct buf *b)
{
	const struct rehearsal_call *c = r->refused;

	if (c) {
		buf_printf(b, "call %u is %s", c->call->n,
			   c->state == CALL_FAILED ? "refused" : call_state_name(c->state));
		if (c->code)
			buf_printf(b, " (%s)", c->code);
	} else if (!r->first.executed) {
		buf_puts(b, "the plan cannot be performed on the twin");
	} else if (r->left) {
		buf_puts(b, "a second plan is not empty");
	} else if (!r->after || r->after->refusal) {
		buf_puts(b, "the second plan fails");
	} else {
		buf_puts(b, "the run failed");
	}
	if (r->calls)
		buf_printf(b, "; %u of %zu calls done", r->done, r->calls);
}

void rehearsal_verdict(const struct rehearsal *r, struct buf *b)
{
	if (!r->converged) {
		buf_puts(b, "does not converge: ");
		put_ended(r, b);
		return;
	}
	if (!r->calls) {
		buf_puts(b, "nothing to do: the organization is as the configuration says");
		return;
	}
	buf_printf(b, "converges: %zu call%s, about ", r->calls, r->calls == 1 ? "" : "s");
	put_time(b, r->read_us + r->apply_us);
}

void rehearsal_duration(const struct rehearsal *r, struct buf *b)
{
	buf_puts(b, r->converged ? "about " : "as far as it went, about ");
	put_time(b, r->read_us + r->apply_us);
	buf_puts(b, ": reading ");
	put_time(b, r->read_us);
	buf_puts(b, ", applying ");
	put_time(b, r->apply_us);
	if (r->parallel > 1)
		buf_printf(b, ", up to %u calls at once", r->parallel);
}

/* "1.4", "0.07", "20". */
static void put_rate(struct buf *b, uint32_t milli)
{
	char s[16];
	size_t n = (size_t)snprintf(s, sizeof s, "%u.%03u", milli / 1000, milli % 1000);

	while (s[n - 1] == '0')
		n--;
	n -= s[n - 1] == '.';
	buf_add(b, s, n);
}

static void put_requests(struct buf *b, const struct rehearsal_bound *bound)
{
	buf_printf(b, "%" PRIu64, bound->requests);
	if (bound->kind == BOUND_RATE)
		buf_puts(b, " requests");
	if (*bound->account)
		buf_printf(b, " in account %s", bound->account);
}

void rehearsal_bound_words(const struct rehearsal *r, struct buf *b)
{
	const struct rehearsal_bound *bound = &r->bound;
	const struct rate rate = rate_share(&rates[bound->rate], r->options->rate_percent);

	if (bound->kind == BOUND_LATENCY && bound->lane == LANE_NONE) {
		buf_puts(b, "latency: replies are waited for one after another; no rate binds");
		return;
	}
	if (bound->kind == BOUND_RATE) {
		buf_printf(b, "AWS's rate `%s`: ", rate.name);
		put_requests(b, bound);
		buf_puts(b, " at ");
		put_rate(b, rate.milli);
		buf_printf(b, " a second after a burst of %u", rate.burst);
	} else if (!bound->requests) {
		buf_puts(b, "jobs: they were under way");
	} else {
		buf_puts(b, bound->kind == BOUND_JOBS ? "jobs: " : "latency: ");
		put_requests(b, bound);
		buf_printf(b, " in `%s`, %u at a time,", lanes[bound->lane].name,
			   lanes[bound->lane].width);
	}
	buf_puts(b, bound->requests ? " take at least " : " for ");
	put_time(b, bound->floor_us);
}

void rehearsal_after_words(const struct rehearsal *r, struct buf *b)
{
	if (!r->after)
		buf_puts(b, r->after_error);
	else if (r->after->refusal)
		buf_printf(b, "the second plan is refused: %s", r->after->refusal);
	else if (r->left)
		buf_printf(b, "a second plan still has %zu change%s to make", r->left,
			   r->left == 1 ? "" : "s");
	else
		buf_puts(b, "a second plan is empty");
}

static void put_quota(const struct rehearsal_options *o, struct buf *b)
{
	if (o->accounts)
		buf_printf(b, "at most %u account%s (`--quota-accounts`)", o->accounts,
			   o->accounts == 1 ? "" : "s");
	else if (o->live_accounts > REHEARSAL_ACCOUNTS)
		buf_puts(b, "a quota of accounts that suffices, without `--quota-accounts`");
	else
		buf_printf(b, "at most %u accounts: AWS's default, without `--quota-accounts`",
			   REHEARSAL_ACCOUNTS);
}

static bool has_center_calls(const struct rehearsal *r)
{
	for (size_t i = 0; i < r->calls; i++)
		if (strcmp(r->call[i].call->service, services[SERVICE_SSO_ADMIN].name) == 0)
			return true;
	return false;
}

void rehearsal_assumed_words(const struct rehearsal *r, struct buf *b)
{
	const struct rehearsal_options *o = r->options;
	char read[TIME_RFC3339];

	buf_printf(b, "a reply takes %" PRId64 " ms", o->latency_us / 1000);
	if (!o->independent) {
		buf_puts(b, ", the creation of an account ");
		put_time(b, o->job_us);
	}
	if (has_center_calls(r)) {
		buf_puts(b, ", an assignment ");
		put_time(b, o->center_us);
	}
	if (o->rate_percent)
		buf_printf(b, "\nAWS's published rates, of which %u percent are used",
			   o->rate_percent);
	else
		buf_puts(b, "\nAWS's published rates, with no limit of charter's own");
	/* Without an organization nobody makes accounts. */
	if (!o->independent) {
		buf_puts(b, "\n");
		put_quota(o, b);
	}
	time_rfc3339(o->read_us, read);
	if (o->no_organization)
		buf_puts(b, "\nan account that is in no organization yet");
	else
		buf_printf(b, "\n%s read at %s",
			   o->independent ? "the accounts as they were"
					  : "the organization as it was",
			   read);
}

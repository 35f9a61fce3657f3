/* The doctor on AWS: who we are and where, what could be read, the record, the guards. */
#include "reconciler/doctor.h"

#include "reconciler/report.h"

#include <stdlib.h>
#include <string.h>

#define SESSION_LOW (15 * MINUTE_US) /* an apply of some hundred calls takes as long */
#define UNREAD_MAX  20

static bool arn_is(const struct text *arn, const char *what)
{
	return strstr(arn->s, what) != NULL;
}

static void identity_check(struct doctor *d)
{
	const struct run *run = d->run;
	const struct text *arn = run->world.caller_arn;
	const char *source = client_source(run->client);

	if (str_ends(arn->s, ":root"))
		doctor_say(d, DOCTOR_FAIL, "credentials",
			   "use a role, and delete the root user's access keys",
			   "the root user's, from %s: %s", source, arn->s);
	else if (d->ci.kind != CI_NONE && arn_is(arn, ":user/"))
		doctor_say(d, DOCTOR_WARN, "credentials",
			   "exchange the job's own token for a role (OIDC): docs/credentials.md",
			   "a user's lasting keys in a CI system, from %s: %s", source, arn->s);
	else
		doctor_say(d, DOCTOR_OK, "credentials", NULL, "from %s: %s", source, arn->s);
}

static void session_check(struct doctor *d)
{
	int64_t ends = client_expires_us(d->run->client), left;

	if (!ends)
		return;
	left = ends - d->run->env->clock->now_us(d->run->env->clock);
	doctor_say(d, left < SESSION_LOW ? DOCTOR_WARN : DOCTOR_OK, "session",
		   left < SESSION_LOW ? "ask for a longer session, or let charter get the keys "
					"itself: then it renews them (docs/credentials.md)"
				      : NULL,
		   "the keys end in %lld minutes", (long long)(left / MINUTE_US));
}

static void region_check(struct doctor *d)
{
	static const char *const variables[] = {"AWS_REGION", "AWS_DEFAULT_REGION"};
	const char *name = NULL;

	for (size_t i = 0; i < sizeof variables / sizeof *variables && !name; i++)
		if (d->run->env->getenv(variables[i]) && *d->run->env->getenv(variables[i]))
			name = variables[i];
	doctor_say(d, DOCTOR_OK, "region", NULL, "%s%s%s",
		   client_service_region(d->run->client, SERVICE_STS), name ? ", by " : "",
		   name ? name : "");
}

static void features_check(struct doctor *d)
{
	const struct text *features = d->run->world.feature_set;

	if (features && !text_is(features, "ALL"))
		doctor_say(d, DOCTOR_FAIL, "features",
			   "enable all features of the organization (Organizations console, "
			   "Settings): policies need them",
			   "the organization has %s", features->s);
}

static void organization_check(struct doctor *d, const struct error *err)
{
	const struct world *w = &d->run->world;
	const struct settings *s = d->has_head ? &d->run->head.config->settings : NULL;

	if (err->message)
		doctor_say_error(d, "organization", err);
	else if (w->no_organization)
		doctor_say(d, DOCTOR_OK, "organization", NULL,
			   s && s->organization_none ? "none, as declared"
			   : s                       ? "none yet: an apply makes it"
						     : "none");
	else if (s && (!s->organization_id || !s->management_account))
		doctor_say(d, DOCTOR_WARN, "organization",
			   arena_printf(d->arena,
					"write it down, so that another one is refused: "
					"organization: {id: %s, management_account: \"%s\"}",
					w->organization_id->s, w->management_account->s),
			   "%s, which the configuration does not name", w->organization_id->s);
	else
		doctor_say(d, DOCTOR_OK, "organization", NULL, "%s, management account %s%s",
			   w->organization_id->s, w->management_account->s,
			   s ? ", as declared" : "");
	features_check(d);
}

void doctor_connect(struct doctor *d)
{
	struct run *run = d->run;
	auto_error err = {0};
	int r = run_connect(run, true, &err);

	if (!run->client || !run->world.caller_arn) {
		doctor_say_error(d, "credentials", &err);
		return;
	}
	identity_check(d);
	session_check(d);
	region_check(d);
	organization_check(d, &err);
	d->reads = r == 0 && d->has_head;
}

/* What could not be read. */

/* "iam:ListRoles" of "... is not authorized to perform: iam:ListRoles on ..."; NULL: not said. */
static const char *denied_action(struct arena *arena, const char *message)
{
	static const char mark[] = "not authorized to perform: ";
	const char *at = message ? strstr(message, mark) : NULL;

	if (!at)
		return NULL;
	at += strlen(mark);
	return arena_memdup0(arena, at, strcspn(at, " "));
}

static bool code_is_connection(const char *code)
{
	static const char *const codes[] = {"Unreachable", "Certificate", "TimedOut", "Reset"};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (strcmp(code, codes[i]) == 0)
			return true;
	return false;
}

/* What to do about it, or NULL: the message says it. */
static const char *unread_mend(struct doctor *d, const struct scope *scope)
{
	const char *action = denied_action(d->arena, scope->message ? scope->message->s : NULL);

	if (action)
		return arena_printf(d->arena,
				    "allow %s; `charter permissions` prints all that reading takes",
				    action);
	if (str_starts(scope->code->s, "AccessDenied"))
		return "`charter permissions` prints all that reading takes";
	if (code_is_connection(scope->code->s))
		return "look at proxies, endpoints (AWS_ENDPOINT_URL...) and the network's rules";
	return NULL;
}

static void unread_say(struct doctor *d, const struct scope *scope)
{
	const char *what = report_scope(scope->name->s);

	doctor_say(d, DOCTOR_FAIL, code_is_connection(scope->code->s) ? "endpoints" : "reading",
		   unread_mend(d, scope), "%s: %s: %s", what ? what : scope->name->s,
		   scope->code->s, scope->message ? scope->message->s : "");
}

/* Names of the services that requests were sent to. */
static const char *services_asked(struct doctor *d)
{
	const struct client_requests *of;
	size_t n = client_requests(d->run->client, d->arena, &of);
	bool asked[SERVICE_COUNT] = {0};
	auto_buf names = BUF_INIT(1024);

	for (size_t i = 0; i < n; i++)
		for (unsigned k = 0; k < OP_COUNT; k++)
			asked[ops[k].service] |= of[i].by_op[k] > 0;
	for (unsigned i = 0; i < SERVICE_COUNT; i++)
		if (asked[i])
			buf_printf(&names, "%s%s", names.len ? ", " : "", services[i].name);
	return arena_strdup(d->arena, buf_str(&names));
}

static void scopes_check(struct doctor *d)
{
	const struct side *live = d->run->live;
	unsigned failed = 0, unreached = 0;

	for (size_t i = 0; i < live->scopes.n; i++) {
		const struct scope *scope = &live->scopes.at[i];

		/* Those that it is part of are partial too, and have no code. */
		if (scope->state != SCOPE_PARTIAL || !scope->code)
			continue;
		unreached += code_is_connection(scope->code->s);
		if (failed++ < UNREAD_MAX)
			unread_say(d, scope);
	}
	if (failed > UNREAD_MAX)
		doctor_say(d, DOCTOR_FAIL, "reading", NULL, "and %u more", failed - UNREAD_MAX);
	if (!unreached)
		doctor_say(d, DOCTOR_OK, "endpoints", NULL, "%s", services_asked(d));
	if (!failed)
		doctor_say(d, DOCTOR_OK, "reading", NULL,
			   "all that a plan of this configuration reads, in %llu requests",
			   (unsigned long long)client_stats(d->run->client)->done);
}

/* The record. */

static void applying_check(struct doctor *d, const struct record *r)
{
	char since[TIME_RFC3339] = "";

	if (!r->applying)
		return;
	if (r->applying_us)
		time_rfc3339(r->applying_us, since);
	doctor_say(d, DOCTOR_WARN, "record",
		   "run the apply again: it goes on from there. If one is running now, all is well",
		   "an apply of commit %.12s has begun%s%s and not ended",
		   r->applying_commits[0] ? r->applying_commits[0] : "(unreadable)",
		   *since ? " at " : "", since);
}

static void record_check(struct doctor *d, int r, const struct error *err)
{
	const struct run *run = d->run;
	const struct record *record = &run->record;

	if (r != 0)
		doctor_say_error(d, "record", err);
	else if (record->applied)
		doctor_say(d, DOCTOR_OK, "record", NULL,
			   "scope %s: commit %.12s was applied last, and this clone has it",
			   run->scope, record->applied_commit ? record->applied_commit : "");
	else
		doctor_say(d, DOCTOR_OK, "record", NULL, "scope %s: nothing was applied yet",
			   run->scope);
	applying_check(d, record);
	if (record->hold)
		doctor_say(d, DOCTOR_WARN, "hold",
			   "remove the tag charter:hold when the incident is over",
			   "applies are held: %s", record->hold);
}

/* The guards, on the plan that would be made now. */

static bool pattern_exists(const struct run *run, const char *pattern)
{
	for (size_t i = 0; i < run->bound->rows; i++)
		if (run->bound->row[i].live &&
		    pattern_match(pattern, run->bound->row[i].address->s))
			return true;
	return false;
}

static void break_glass_check(struct doctor *d)
{
	const struct guard_settings *g = &d->run->head.config->settings.guards;

	if (!g->break_glass.n)
		doctor_say(d, DOCTOR_WARN, "break glass",
			   "name who gets in when charter and its CI are broken: guards: "
			   "{break_glass: [iam_user/management/emergency-*]}",
			   "nobody is declared");
	for (size_t i = 0; i < g->break_glass.n; i++) {
		const char *pattern = g->break_glass.at[i]->s;
		bool exists = pattern_exists(d->run, pattern);

		doctor_say(d, exists ? DOCTOR_OK : DOCTOR_WARN, "break glass",
			   exists ? NULL : "make it by hand, or correct the pattern", "%s%s",
			   pattern, exists ? "" : " fits nothing that was read");
	}
}

/* "administrators: 2 of account/management, 1 of account/identity" */
static void administrators_check(struct doctor *d, const char *detail)
{
	static const char word[] = "administrators: ";
	unsigned minimum = d->run->head.config->settings.guards.administrators;
	bool fewer = false;

	for (const char *at = detail; at; at = strpbrk(at + 1, ",:")) {
		const char *number = at + strspn(at, ",: ");

		fewer |= *number >= '0' && *number <= '9' &&
			 strtoul(number, NULL, 10) < (minimum ? minimum : 1);
	}
	doctor_say(d, fewer ? DOCTOR_WARN : DOCTOR_OK, "administrators",
		   fewer ? "give somebody administrator access by hand or by the configuration: "
			   "the run itself does not count"
			 : NULL,
		   "%s", str_starts(detail, word) ? detail + strlen(word) : detail);
}

static void guards_check(struct doctor *d)
{
	const struct plan *plan = &d->run->plan;
	bool refused = false;

	for (size_t i = 0; i < plan->guards; i++) {
		const struct guard_result *g = &plan->guard[i];

		if (strcmp(g->name, "hold") == 0) /* of the record, and meant */
			continue;
		refused |= g->refused;
		if (g->refused)
			doctor_say(d, DOCTOR_FAIL, "guard",
				   "`charter plan` tells more; docs/guards.md", "%s refuses: %s",
				   g->name, g->detail);
		else if (strcmp(g->name, "lockout") == 0)
			administrators_check(d, g->detail);
	}
	if (!refused)
		doctor_say(d, DOCTOR_OK, "guards", NULL, "none refuses a plan made now");
}

void doctor_read(struct doctor *d)
{
	struct run *run = d->run;
	auto_error err = {0};
	int base, accounts;

	if (!d->reads) {
		doctor_say(d, DOCTOR_SKIP, "reading", NULL,
			   "not checked: it takes a valid configuration and credentials of its "
			   "organization");
		return;
	}
	if (run_read(run, &err) != 0) {
		doctor_say_error(d, "reading", &err);
		return;
	}
	base = run_base(run, &err);
	record_check(d, base, &err);
	error_clear(&err);
	accounts = run_accounts(run, &err);
	if (accounts != 0)
		doctor_say_error(d, "accounts", &err);
	scopes_check(d);
	error_clear(&err);
	if (base != 0 || accounts != 0) {
		doctor_say(d, DOCTOR_SKIP, "guards", NULL, "not checked: there is no plan");
		return;
	}
	if (run_plan(run, NULL, &err) != 0) {
		doctor_say_error(d, "plan", &err);
		return;
	}
	guards_check(d);
	break_glass_check(d);
}

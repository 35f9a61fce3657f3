/* What a policy document says about a request: the language of IAM, evaluated. Pure. For guards and
 * for what a plan says of access; AWS remains the one who decides. */
#ifndef CHARTER_STATE_JUDGE_H
#define CHARTER_STATE_JUDGE_H

#include "state/value.h"

struct context_key {
	/* "aws:PrincipalArn"; names without regard to case. value NULL: known to be absent. A key
	 * of several values stands several times. */
	const char *name, *value;
};

struct judge_request {
	const char *action;   /* "sts:AssumeRole" */
	const char *resource; /* ARN; NULL: any, so that only a statement on "*" (or without
				 Resource, as in a trust policy) applies for sure */
	/* Who asks, for documents with Principal (trust, RCP); NULL: not looked at. A statement's
	 * principal matches when it names this ARN, its account (root ARN or id), or "*". */
	const char *principal;
	const struct context_key *key; /* what is known of the context; a condition on anything
					  else may hold or not */
	size_t keys;
};

/* IAM's wildcards, * and ?, in the pattern. */
bool wildcards_match(const char *pattern, const char *s, bool nocase);

/* In the order of strength: a later one overrules an earlier one. */
enum judgement {
	JUDGE_SILENT,    /* no statement applies */
	JUDGE_MAY_ALLOW, /* one does if conditions that are not known hold */
	JUDGE_ALLOWS,
	JUDGE_MAY_DENY,
	JUDGE_DENIES,
};

/* A document parsed once; NULL: it is not one (then nothing is known of it). */
struct policy;
struct policy *policy_parse(const struct text *canonical);
void policy_free(struct policy *); /* NULL is accepted */
enum judgement policy_judge(const struct policy *, const struct judge_request *);
/* The same as if its Deny statements were not there: of several documents, one must allow. */
enum judgement policy_judge_allowed(const struct policy *, const struct judge_request *);

/* Whether it allows everything: Action "*" on Resource "*" (or "*:*"), without conditions, and
 * nothing is denied for sure; or NotAction of so little that IAM, STS and Organizations are all
 * allowed whole. What AdministratorAccess is. */
bool policy_is_administrator(const struct policy *);
/* Whether all of IAM is denied everywhere, without conditions: nobody who has this document
 * administers, whatever else he has. */
bool policy_denies_administration(const struct policy *);

/* Whom an sts:AssumeRole* statement of a trust policy lets in. One for each principal of each
 * allowing statement. */
struct trusted {
	enum { TRUSTED_EVERYONE, TRUSTED_AWS, TRUSTED_FEDERATED, TRUSTED_SERVICE } what;
	const char *principal; /* ARN (a bare account id as its root ARN), URL or service; "*" */
	bool conditional;      /* the statement has conditions */
	bool denied;           /* a Deny statement without conditions takes it back */
};
/* Calls `each` in the order of the document. */
void policy_trusted(const struct policy *, void (*each)(void *ctx, const struct trusted *),
		    void *ctx);

/* What makes a trust policy dangerous: names as `acknowledge:` lists them, each with one line of
 * reason: "trusts-everyone" (Principal "*" without a condition that names an account, organization
 * or principal), "oidc-without-sub" (a federated OIDC provider without a condition on its `sub`),
 * "for-all-values" (ForAllValues, true for an absent key, where no other condition of the statement
 * requires the key). */
struct trust_finding {
	const char *name, *reason;
};
#define TRUST_FINDINGS 3
size_t policy_trust_findings(const struct policy *, struct trust_finding found[TRUST_FINDINGS]);

#endif

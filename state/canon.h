/* Canonical forms: one spelling for everything that AWS calls equal, made at both edges (the
 * configuration and the live reading), so that in the middle equal means equal bytes. Pure. */
#ifndef CHARTER_STATE_CANON_H
#define CHARTER_STATE_CANON_H

#include "base/error.h"
#include "base/text.h"

#include <jansson.h>

/* What a policy document is, which says what is equal in it. */
enum policy_dialect {
	/* Identity policies, boundaries, trust policies, SCPs, RCPs: Version and Statement. */
	POLICY_IAM,
	/* Tag, backup, AI opt-out and the other organization policies: JSON whose arrays keep their
	 * order. */
	POLICY_PLAIN,
};

/* Canonical JSON of a policy document: keys sorted, no white space. For POLICY_IAM also: Statement
 * always a list (its order kept); in Action, NotAction, Resource, NotResource, in each type of
 * Principal and NotPrincipal and in condition values: sorted, without duplicates, a list of one
 * written as the string; numbers and booleans of conditions as strings; an account id as a
 * principal written as that account's root ARN (arn:PARTITION:iam::ID:root; kept where `partition`
 * is NULL). Principal "*" and {"AWS": "*"} stay different: they are in AWS. Case is kept
 * everywhere. Never adds, drops or reorders anything that has a meaning. Errors name the rule
 * broken: not an object, no Statement, Effect not Allow or Deny, both Action and NotAction, unknown
 * element (with the nearest), duplicate key, an action without a colon, ...; no file or line: the
 * caller puts them before. What AWS accepts is accepted: empty lists too, and condition operators
 * unlike all known ones. `doc` may hold ${...} variables in any string; filling them in can change
 * the order, so the canonical form is then made again. */
const struct text *canon_policy(struct arena *, const json_t *doc, enum policy_dialect,
				const char *partition, struct error *err);
/* The same from JSON text: as AWS returns it, or as a file holds it. Duplicate keys are refused.
 * Errors of the JSON parser have a place in *line and *column, from 1 (0, 0: the fault is not of
 * syntax). At most 1 MiB, 64 levels. */
const struct text *canon_policy_text(struct arena *, const char *json, size_t len,
				     enum policy_dialect, const char *partition, int *line,
				     int *column, struct error *err);
/* Canonical JSON of any value: sorted keys, compact, UTF-8 as it is. */
const struct text *canon_json(struct arena *, const json_t *);

/* Characters (code points) that count towards an IAM quota: all but white space. Canonical text has
 * none outside strings; Organizations counts every character of what is sent. */
size_t policy_size_iam(const struct text *canonical);
size_t policy_size_organizations(const struct text *canonical);

#endif

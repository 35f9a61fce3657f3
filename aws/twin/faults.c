/* Faults: which request suffers which. Chance follows from the seed, the rule and the number of the
 * request among those that the rule matches, so that a run can be repeated, and one rule does not
 * move the dice of another. */
#include "aws/twin/faults_priv.h"
#include "aws/twin/twin_priv.h"

#include "base/env.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void faults_free(struct faults *faults)
{
	if (faults == NULL)
		return;
	for (size_t i = 0; i < faults->rules.n; i++) {
		free(faults->rules.at[i].text);
		free(faults->rules.at[i].service);
		free(faults->rules.at[i].operation);
	}
	free(faults->rules.at);
	free(faults);
}

static bool starts_job(const char *operation)
{
	static const char *const names[] = {"CreateAccount",           "CloseAccount",
					    "CreateAccountAssignment", "DeleteAccountAssignment",
					    "ProvisionPermissionSet",  NULL};

	return words_have(names, operation);
}

static bool scope_holds(enum fault_scope scope, const char *operation, bool mutates)
{
	switch (scope) {
	case SCOPE_READS:
		return !mutates;
	case SCOPE_LISTS:
		return str_starts(operation, "List") ||
		       strcmp(operation, "GetAccountAuthorizationDetails") == 0;
	case SCOPE_WRITES:
		return mutates;
	case SCOPE_JOBS:
		return starts_job(operation);
	default:
		return true;
	}
}

static bool rule_matches(const struct rule *rule, const char *service, const char *operation,
			 bool mutates)
{
	if (!scope_holds(fault_scope(rule->kind), operation, mutates) ||
	    (rule->service != NULL && strcmp(rule->service, service) != 0))
		return false;
	switch (rule->who) {
	case WHO_READS:
		return !mutates;
	case WHO_WRITES:
		return mutates;
	case WHO_NAMED:
		return strcmp(rule->operation, operation) == 0;
	default:
		return true;
	}
}

static bool chance_hits(const struct faults *faults, size_t at, const struct rule *rule)
{
	struct random_seeded dice;

	if (rule->chance >= 100)
		return true;
	random_seed(&dice, faults->seed ^ (at + 1) * 0x9e3779b97f4a7c15u ^
			       rule->seen * 0xbf58476d1ce4e5b9u);
	dice.base.next(&dice.base);
	return dice.base.next(&dice.base) % 100 < rule->chance;
}

struct fault faults_take(struct faults *faults, const char *service, const char *operation,
			 bool mutates)
{
	struct rule *hit = NULL;

	for (size_t i = 0; faults != NULL && i < faults->rules.n; i++) {
		struct rule *rule = &faults->rules.at[i];

		if (!rule_matches(rule, service, operation, mutates))
			continue;
		rule->seen++;
		if (hit == NULL && rule->seen >= rule->first && rule->seen <= rule->last &&
		    rule->hits < rule->times && chance_hits(faults, i, rule))
			hit = rule;
	}
	if (hit == NULL)
		return (struct fault){.kind = FAULT_NONE, .number = -1};
	hit->hits++;
	faults->hits++;
	return (struct fault){.kind = hit->kind, .number = hit->number, .text = hit->text};
}

bool faults_have(const struct faults *faults, enum fault_kind kind)
{
	for (size_t i = 0; faults != NULL && i < faults->rules.n; i++) {
		if (faults->rules.at[i].kind == kind)
			return true;
	}
	return false;
}

uint64_t faults_hits(const struct faults *faults)
{
	return faults == NULL ? 0 : faults->hits;
}

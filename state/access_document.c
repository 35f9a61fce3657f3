/* Policy documents, as far as they say who may assume which role. */
#include "state/access_priv.h"
#include "state/judge_priv.h"

#include <stdlib.h>
#include <string.h>

#define PRINCIPAL_TAG "aws:PrincipalTag/"
#define NOT_KNOWN_YET "${account/" /* of an account that the plan creates; IAM's have a colon */

/* A variable of IAM's stands for anything. */
static bool has_variable(const char *s)
{
	while ((s = strstr(s, "${")) != NULL) {
		if (!str_starts(s, NOT_KNOWN_YET))
			return true;
		s += 2;
	}
	return false;
}

static void resources_read(struct document *document, struct arena *arena, const json_t *statement)
{
	const json_t *resources = json_object_get(statement, "Resource");

	if (json_object_get(statement, "NotResource") != NULL) {
		vec_push(&document->patterns, "*");
		document->varies = true;
	}
	for (size_t i = 0; i < texts_count(resources); i++) {
		const char *arn = arena_strdup(arena, texts_at(resources, i));

		if (has_variable(arn)) {
			document->varies = true;
			vec_push(&document->patterns, "*");
		} else if (strpbrk(arn, "*?") != NULL) {
			vec_push(&document->patterns, arn);
		} else {
			vec_push(&document->exact, arn);
		}
	}
}

/* Federated principals. */

static void subject_add(struct document *document, struct arena *arena, const char *provider,
			const char *subject)
{
	const char *url = strstr(provider, ":oidc-provider/");

	url = url == NULL ? provider : url + strlen(":oidc-provider/");
	vec_push(&document->federated, subject == NULL
					   ? arena_strdup(arena, url)
					   : arena_printf(arena, "%s sub %s", url, subject));
}

/* Each `sub` that the statement's conditions name, or the provider alone. */
static void federated_read(struct document *document, struct arena *arena, const json_t *statement,
			   const char *provider)
{
	const json_t *condition = json_object_get(statement, "Condition"), *map, *values;
	const char *operator, * key;
	bool found = false;

	json_object_foreach((json_t *)condition, operator, map)
	{
		if (strstr(operator, "Equals") == NULL && strstr(operator, "Like") == NULL)
			continue;
		json_object_foreach((json_t *)map, key, values)
		{
			for (size_t i = 0; str_ends(key, ":sub") && i < texts_count(values); i++) {
				subject_add(document, arena, provider, texts_at(values, i));
				found = true;
			}
		}
	}
	if (!found)
		subject_add(document, arena, provider, NULL);
}

static void federation_read(struct document *document, struct arena *arena, const json_t *statement)
{
	const json_t *principal = json_object_get(statement, "Principal");
	const json_t *providers = json_object_get(principal, "Federated");

	for (size_t i = 0; i < texts_count(providers); i++)
		federated_read(document, arena, statement, texts_at(providers, i));
}

/* Statements. */

static void tags_read(struct document *document, struct arena *arena, const json_t *statement)
{
	const json_t *condition = json_object_get(statement, "Condition"), *map, *values;
	const char *operator, * key;

	json_object_foreach((json_t *)condition, operator, map)
	{
		json_object_foreach((json_t *)map, key, values)
		{
			if (strncasecmp(key, PRINCIPAL_TAG, strlen(PRINCIPAL_TAG)) == 0)
				vec_push(&document->tags, arena_strdup(arena, key));
		}
	}
}

static bool statement_only_assumes(const json_t *statement, bool allows)
{
	const json_t *action = json_object_get(statement, "Action");

	return allows && json_is_string(action) &&
	       strcasecmp(json_string_value(action), ASSUME_ROLE) == 0;
}

static void statement_read(struct document *document, struct arena *arena, const json_t *statement)
{
	bool allows = statement_is(statement, "Allow");

	tags_read(document, arena, statement);
	document->allows |= allows;
	if (!statement_only_assumes(statement, allows))
		document->only_assumes = false;
	if (allows)
		federation_read(document, arena, statement);
	if (!statement_covers(statement, ASSUME_ROLE))
		return;
	if (json_object_get(statement, "Condition") != NULL)
		document->varies = true;
	if (allows)
		resources_read(document, arena, statement);
	else
		document->denies = true;
}

struct trust_reader {
	struct document *document;
	struct arena *arena;
};

static void trust_read(void *ctx, const struct trusted *trusted)
{
	struct trust_reader *reader = ctx;

	if (!trusted->denied && trusted->what != TRUSTED_FEDERATED)
		vec_push(
		    &reader->document->who,
		    ((struct trust){.conditional = trusted->conditional,
				    .principal = arena_strdup(reader->arena, trusted->principal)}));
}

static struct document *document_read(struct access *access, const struct text *canonical)
{
	struct document *document = arena_alloc(access->arena, sizeof(*document));
	json_auto_t *json = json_loadb(canonical->s, canonical->len, 0, NULL);
	json_t *statements = json_object_get(json, "Statement"), *statement;
	struct trust_reader reader = {document, access->arena};
	size_t i;

	document->policy = policy_parse(canonical);
	document->only_assumes = json_array_size(statements) > 0;
	json_array_foreach(statements, i, statement)
	{
		statement_read(document, access->arena, statement);
	}
	document->only_assumes &= document->patterns.n == 0;
	if (document->policy != NULL) {
		document->administrator = policy_is_administrator(document->policy);
		document->strength = strength_of_policy(document->policy);
		policy_trusted(document->policy, trust_read, &reader);
	}
	return document;
}

struct document *document_find(struct access *access, const struct text *canonical)
{
	struct document *document;

	if (canonical == NULL)
		return NULL;
	document = map_get(access->documents, canonical->s);
	if (document != NULL)
		return document;
	document = document_read(access, canonical);
	map_put(access->documents, canonical->s, document);
	vec_push(&access->all_documents, document);
	return document;
}

void documents_free(struct access *access)
{
	for (size_t i = 0; i < access->all_documents.n; i++) {
		struct document *document = access->all_documents.at[i];

		policy_free(document->policy);
		free(document->exact.at);
		free(document->patterns.at);
		free(document->who.at);
		free(document->federated.at);
		free(document->tags.at);
		free(document->roles.at);
	}
	free(access->all_documents.at);
	map_free(access->documents);
}

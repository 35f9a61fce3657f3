/* OIDC providers: reading, and calls. */
#include "aws/iam/account.h"

#include <ctype.h>
#include <string.h>

#define RESOURCE ":oidc-provider/"

static struct resource *oidc_record(struct crawl *crawl, const struct read *read)
{
	const struct text *arn = read->note;
	const char *at = strstr(arn->s, RESOURCE), *account = strstr(arn->s, ":iam::");
	const struct text *id;

	if (at == NULL || account == NULL || account >= at) {
		crawl_bad_reply(crawl, read, "has a provider whose ARN is none");
		return NULL;
	}
	account += strlen(":iam::");
	id = text_new(crawl->arena, account, (size_t)(at - account));
	return iam_named(crawl, KIND_IAM_OIDC_PROVIDER, id,
			 text_str(crawl->arena, at + strlen(RESOURCE)), arn);
}

/* Thumbprints are compared in lower case. */
static void strings_add(struct crawl *crawl, const struct read *read, struct resource *provider,
			uint16_t attr, const json_t *page, const char *member)
{
	const json_t *list;
	size_t n = iam_list(&(struct iam_page){.crawl = crawl, .read = read}, page, member, &list);

	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(list, i));
		char *copy;

		if (s == NULL) {
			crawl_bad_reply(crawl, read, "has an element that is no text");
			continue;
		}
		copy = arena_strdup(crawl->arena, s);
		for (char *c = copy; attr == OIDC_THUMBPRINTS && *c != '\0'; c++)
			*c = (char)tolower((unsigned char)*c);
		side_add(crawl->side, provider, attr, text_str(crawl->arena, copy), NULL);
	}
	side_know(crawl->side, provider, attr);
}

static void provider_tags_add(struct crawl *crawl, const struct read *read,
			      struct resource *provider, const json_t *page)
{
	const json_t *list;
	size_t n = reply_list(page, "Tags", &list);

	for (size_t i = 0; i < n; i++) {
		const char *key = reply_str(json_array_get(list, i), "Key");
		const char *value = reply_str(json_array_get(list, i), "Value");

		if (key == NULL || value == NULL)
			crawl_bad_reply(crawl, read, "has a tag without key or value");
		else
			side_add(crawl->side, provider, OIDC_TAGS, text_str(crawl->arena, key),
				 text_str(crawl->arena, value));
	}
	side_know(crawl->side, provider, OIDC_TAGS);
}

static void provider_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	struct resource *provider;

	if (reply_str(page, "Url") == NULL) {
		crawl_bad_reply(crawl, read, "has no URL");
		return;
	}
	provider = oidc_record(crawl, read);
	if (provider == NULL)
		return;
	crawl_created(crawl, provider, page, "CreateDate");
	strings_add(crawl, read, provider, OIDC_CLIENTS, page, "ClientIDList");
	strings_add(crawl, read, provider, OIDC_THUMBPRINTS, page, "ThumbprintList");
	provider_tags_add(crawl, read, provider, page);
	crawl_recorded(crawl, provider);
}

static void provider_read(struct crawl *crawl, uint32_t scope, const struct text *account,
			  const struct text *arn)
{
	struct read read = {.op = OP_IAM_GetOpenIDConnectProvider,
			    .scope = scope,
			    .account = account,
			    .note = arn,
			    .page = provider_page};

	crawl_read(crawl, &read, json_pack("{s:o}", "OpenIDConnectProviderArn", json_of_text(arn)));
}

static void list_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *list;
	size_t n = crawl_list(crawl, read, page, "OpenIDConnectProviderList", "providers", &list);

	for (size_t i = 0; i < n; i++) {
		const char *arn = reply_str(json_array_get(list, i), "Arn");

		if (arn == NULL)
			crawl_bad_reply(crawl, read, "has a provider without an ARN");
		else
			provider_read(crawl, read->scope, read->account,
				      text_str(crawl->arena, arn));
	}
}

void oidc_read(struct crawl *crawl, uint32_t scope, const struct text *account)
{
	struct read read = {.op = OP_IAM_ListOpenIDConnectProviders,
			    .scope = scope,
			    .account = account_entered(crawl, account),
			    .page = list_page};

	crawl_read(crawl, &read, NULL);
}

/* The one that the call is about: a creation names its URL, from which the ARN follows. */
void oidc_probe(struct probe *probe, const struct text *account)
{
	struct crawl *crawl = probe->crawl;
	const struct text *arn = probe_member(probe, "OpenIDConnectProviderArn");
	const struct text *url = probe_member(probe, "Url");
	const struct text *partition = crawl->side->world.partition;

	if (url != NULL && str_starts(url->s, "https://"))
		arn = text_printf(crawl->arena, "arn:%s:iam::%s%s%s",
				  partition == NULL ? "aws" : partition->s, account->s, RESOURCE,
				  url->s + strlen("https://"));
	if (arn != NULL)
		provider_read(crawl, probe_scope(probe, "iam/%s/oidc", account->s),
			      account_entered(crawl, account), arn);
}

static json_t *set_json(const struct value *value)
{
	json_t *list;

	if (value->state != VALUE_SET || value->u.set->n == 0)
		return NULL;
	list = json_array();
	for (uint32_t i = 0; i < value->u.set->n; i++)
		json_array_append_new(list, json_of_text(value->u.set->item[i].key));
	return list;
}

static void oidc_create_call(struct calls *calls, const struct row *row)
{
	const struct resource *head = row->head;
	struct call *call = account_call_new(calls, OP_IAM_CreateOpenIDConnectProvider, row);

	call_input(calls, call,
		   json_pack("{s:o, s:o*, s:o*, s:o*}", "Url",
			     json_sprintf("https://%s", iam_name(row)->s), "ClientIDList",
			     set_json(&head->v[OIDC_CLIENTS]), "ThumbprintList",
			     set_json(&head->v[OIDC_THUMBPRINTS]), "Tags",
			     tags_new(&head->v[OIDC_TAGS])));
	call->makes = row->address;
}

static json_t *oidc_input(struct calls *calls, struct call *call, const struct row *row)
{
	return json_pack("{s:o}", "OpenIDConnectProviderArn", call_id(calls, call, row->address));
}

static void oidc_delete_call(struct calls *calls, const struct row *row)
{
	struct call *call = iam_call(calls, OP_IAM_DeleteOpenIDConnectProvider, row);

	call_input(calls, call, oidc_input(calls, call, row));
	call->ends = row->address;
}

/* Who may ask for tokens: what the provider loses waits for all that it gains. */
static void audience_call(struct calls *calls, const struct change *change, const struct diff *diff)
{
	bool add = diff->head.state == VALUE_TEXT;
	struct call *call = iam_call(calls,
				     add ? OP_IAM_AddClientIDToOpenIDConnectProvider
					 : OP_IAM_RemoveClientIDFromOpenIDConnectProvider,
				     change->row);
	json_t *input = oidc_input(calls, call, change->row);

	json_object_set_new(input, "ClientID", json_of_text(diff->key));
	call_input(calls, call, input);
	call->gate = change->row->address;
	call->effect = add ? EFFECT_GAIN : EFFECT_LOSS;
	call_fact_diff(calls, call, change, diff);
}

static void audience_calls(struct calls *calls, const struct change *change, bool add)
{
	for (uint32_t i = 0; i < change->diffs; i++) {
		const struct diff *diff = &change->diff[i];

		if (diff->attr == OIDC_CLIENTS && diff->key != NULL && diff_is_written(diff) &&
		    (diff->head.state == VALUE_TEXT) == add)
			audience_call(calls, change, diff);
	}
}

static bool diff_is_thumbprint(const struct diff *diff)
{
	return diff->attr == OIDC_THUMBPRINTS && diff->key != NULL && diff_is_written(diff);
}

/* AWS replaces the whole list: the live ones, with what this plan changes. */
static json_t *thumbprints_json(const struct change *change)
{
	const struct value *live = &change->row->live->v[OIDC_THUMBPRINTS];
	json_t *list = json_array();

	for (uint32_t i = 0; live->state == VALUE_SET && i < live->u.set->n; i++) {
		const struct text *key = live->u.set->item[i].key;
		bool gone = false;

		for (uint32_t d = 0; d < change->diffs; d++)
			gone |= diff_is_thumbprint(&change->diff[d]) &&
				text_eq(change->diff[d].key, key);
		if (!gone)
			json_array_append_new(list, json_of_text(key));
	}
	for (uint32_t d = 0; d < change->diffs; d++) {
		if (diff_is_thumbprint(&change->diff[d]) &&
		    change->diff[d].head.state == VALUE_TEXT)
			json_array_append_new(list, json_of_text(change->diff[d].key));
	}
	return list;
}

static void thumbprints_call(struct calls *calls, const struct change *change)
{
	struct call *call = NULL;
	json_t *input;

	for (uint32_t i = 0; i < change->diffs; i++) {
		if (!diff_is_thumbprint(&change->diff[i]))
			continue;
		if (call == NULL)
			call = iam_call(calls, OP_IAM_UpdateOpenIDConnectProviderThumbprint,
					change->row);
		call_fact_diff(calls, call, change, &change->diff[i]);
	}
	if (call == NULL)
		return;
	input = oidc_input(calls, call, change->row);
	json_object_set_new(input, "ThumbprintList", thumbprints_json(change));
	call_input(calls, call, input);
}

static const struct tag_calls oidc_tags = {OIDC_TAGS, OP_IAM_TagOpenIDConnectProvider,
					   OP_IAM_UntagOpenIDConnectProvider, iam_call, oidc_input};

static void oidc_calls(struct calls *calls, const struct change *change)
{
	const struct row *row = change->row;

	if (change->action == ACTION_CREATE) {
		oidc_create_call(calls, row);
	} else if (row->live == NULL) {
		return;
	} else if (change->action == ACTION_DELETE) {
		oidc_delete_call(calls, row);
	} else {
		audience_calls(calls, change, true);
		thumbprints_call(calls, change);
		audience_calls(calls, change, false);
		tags_calls(calls, change, &oidc_tags);
	}
}

static const struct trail_row iam_oidc_provider_trail[] = {
    {TRAIL_RESOURCE, "CreateOpenIDConnectProvider DeleteOpenIDConnectProvider", SERVICE_IAM, NULL},
    {OIDC_CLIENTS, "AddClientIDToOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider",
     SERVICE_IAM, NULL},
    {OIDC_THUMBPRINTS, "UpdateOpenIDConnectProviderThumbprint", SERVICE_IAM, NULL},
    {OIDC_TAGS, "TagOpenIDConnectProvider UntagOpenIDConnectProvider", SERVICE_IAM, NULL},
    {TRAIL_RESOURCE, NULL, SERVICE_IAM, NULL},
};

const struct wire wire_iam_oidc_provider = {
    .probe = iam_probe, .calls = oidc_calls, .trail = iam_oidc_provider_trail};

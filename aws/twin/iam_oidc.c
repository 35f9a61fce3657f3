/* OIDC providers of the twin's IAM. */
#include "aws/twin/iam_priv.h"

#include "base/digest.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>

#define CLIENTS_MOST     100
#define THUMBPRINTS_MOST 5
#define PROVIDERS_MOST   100
#define THUMBPRINT       40 /* hexadecimal digits */

json_t *iam_provider_new(struct twin *t, const char *account, const char *name)
{
	auto_free char *arn = iam_arn(t, account, "oidc-provider/", name, "");
	json_t *row = json_object();
	char now[TIME_RFC3339];

	iam_time(t, now);
	twin_set_str(row, "Arn", arn);
	twin_set_str(row, "Url", name);
	twin_set_str(row, "CreateDate", now);
	json_object_set_new(row, "ClientIDList", json_array());
	json_object_set_new(row, "ThumbprintList", json_array());
	json_object_set_new(iam_table(t, account, "providers"), arn, row);
	return row;
}

/* What IAM would find by asking the server for its certificate. */
static void thumbprint_of(const char *url, char out[SHA256_HEX])
{
	sha256_hex(url, strlen(url), out);
	out[THUMBPRINT] = '\0';
}

static bool list_refused(struct twin_call *c, const char *why)
{
	twin_refuse(c, "InvalidInput", "%s", why);
	return false;
}

static bool thumbprints_valid(struct twin_call *c, const json_t *list)
{
	const char *s;
	json_t *item;
	size_t i;

	if (json_array_size(list) > THUMBPRINTS_MOST)
		return list_refused(c, "Thumbprint list must contain fewer than 5 entries.");
	json_array_foreach((json_t *)list, i, item)
	{
		s = json_is_string(item) ? json_string_value(item) : "";
		if (strlen(s) != THUMBPRINT || s[strspn(s, "0123456789abcdefABCDEF")] != '\0')
			return list_refused(c, "Thumbprint must be 40 hexadecimal digits.");
	}
	return true;
}

static bool client_valid(const json_t *client)
{
	size_t len = json_string_length(client);

	return len >= 1 && len <= 255;
}

static bool clients_valid(struct twin_call *c, const json_t *list)
{
	json_t *item;
	size_t i;

	if (json_array_size(list) > CLIENTS_MOST) {
		twin_refuse(c, "LimitExceeded",
			    "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: %d",
			    CLIENTS_MOST);
		return false;
	}
	json_array_foreach((json_t *)list, i, item)
	{
		if (!client_valid(item))
			return list_refused(c, "Client IDs must have 1 to 255 characters.");
	}
	return true;
}

/* What follows "https://"; NULL: refused. */
static const char *url_name(struct twin_call *c)
{
	const char *url = row_str(c->input, "Url"), *name = url + strlen("https://");

	if (!check_text(c, "Url", 1, 255, NULL))
		return NULL;
	if (str_starts(url, "https://") && isalnum((unsigned char)*name) &&
	    name[strcspn(name, " ?#:@")] == '\0' && strchr(name, '.') != NULL)
		return name;
	twin_refuse(c, "ValidationError", "Invalid Open ID Connect Provider URL");
	return NULL;
}

static json_t *provider_create(struct twin *t, struct twin_call *c)
{
	const json_t *clients = input_list(c->input, "ClientIDList");
	const json_t *prints = input_list(c->input, "ThumbprintList");
	const json_t *tags = input_list(c->input, "Tags");
	const char *name = url_name(c);
	json_t *table = iam_table(t, c->account, "providers"), *row, *reply;
	auto_free char *arn =
	    iam_arn(t, c->account, "oidc-provider/", name != NULL ? name : "", "");
	char print[SHA256_HEX];

	if (name == NULL || !clients_valid(c, clients) || !thumbprints_valid(c, prints) ||
	    !check_tags(c, tags, NULL, IAM_TAGS_MOST))
		return NULL;
	if (json_object_get(table, arn) != NULL)
		return twin_refuse(c, "EntityAlreadyExists", "Provider with url %s already exists.",
				   row_str(c->input, "Url"));
	if (json_object_size(table) >= PROVIDERS_MOST)
		return twin_refuse(c, "LimitExceeded",
				   "Cannot exceed quota for OpenIdConnectProvidersPerAccount: %d",
				   PROVIDERS_MOST);
	row = iam_provider_new(t, c->account, name);
	if (clients != NULL)
		json_object_set_new(row, "ClientIDList", json_copy((json_t *)clients));
	thumbprint_of(name, print);
	json_object_set_new(row, "ThumbprintList",
			    json_array_size(prints) > 0 ? json_copy((json_t *)prints)
							: json_pack("[s]", print));
	iam_tags_put(row, tags);
	twin_made(t, row);
	reply = json_pack("{s:s}", "OpenIDConnectProviderArn", arn);
	if (json_array_size(tags) > 0)
		json_object_set_new(reply, "Tags", tags_list_of(json_object_get(row, "tags")));
	return reply;
}

static json_t *provider_find(struct twin *t, struct twin_call *c)
{
	const char *arn = row_str(c->input, "OpenIDConnectProviderArn");
	json_t *row = json_object_get(iam_table(t, c->account, "providers"), arn);

	if (!check_text(c, "OpenIDConnectProviderArn", 20, 2048, NULL))
		return NULL;
	if (row != NULL)
		return row;
	return twin_refuse(c, "NoSuchEntity", "OpenIDConnect Provider not found for arn %s", arn);
}

static json_t *provider_get(struct twin *t, struct twin_call *c)
{
	json_t *row = provider_find(t, c), *shown;

	if (row == NULL)
		return NULL;
	shown = row_pick(row, "Url ClientIDList ThumbprintList CreateDate");
	json_object_set_new(shown, "Tags", tags_list_of(json_object_get(row, "tags")));
	return shown;
}

static json_t *provider_list(struct twin *t, struct twin_call *c)
{
	json_t *list = json_array(), *row;
	const char *arn;

	json_object_foreach(iam_table(t, c->account, "providers"), arn, row)
	{
		if (!twin_hidden(t, row))
			json_array_append_new(list, json_pack("{s:s}", "Arn", arn));
	}
	return json_pack("{s:o}", "OpenIDConnectProviderList", list);
}

/* Where in the list it stands; its length: nowhere. */
static size_t list_index(const json_t *list, const json_t *value)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		if (json_equal(json_array_get(list, i), value))
			break;
	}
	return i;
}

static json_t *client_add(struct twin *t, struct twin_call *c)
{
	json_t *row = provider_find(t, c), *list = json_object_get(row, "ClientIDList");
	json_t *client = json_object_get(c->input, "ClientID");

	if (row == NULL || !check_text(c, "ClientID", 1, 255, NULL))
		return NULL;
	if (list_index(list, client) < json_array_size(list))
		return json_object();
	if (json_array_size(list) >= CLIENTS_MOST)
		return twin_refuse(c, "LimitExceeded",
				   "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: %d",
				   CLIENTS_MOST);
	json_array_append(list, client);
	return json_object();
}

static json_t *client_remove(struct twin *t, struct twin_call *c)
{
	json_t *row = provider_find(t, c), *list = json_object_get(row, "ClientIDList");

	if (row == NULL || !check_text(c, "ClientID", 1, 255, NULL))
		return NULL;
	json_array_remove(list, list_index(list, json_object_get(c->input, "ClientID")));
	return json_object();
}

static json_t *thumbprints_update(struct twin *t, struct twin_call *c)
{
	const json_t *prints = input_list(c->input, "ThumbprintList");
	json_t *row = provider_find(t, c);

	if (row == NULL || !thumbprints_valid(c, prints))
		return NULL;
	if (json_array_size(prints) == 0)
		return twin_refuse(c, "InvalidInput", "Thumbprint list must not be empty.");
	json_object_set_new(row, "ThumbprintList", json_copy((json_t *)prints));
	return json_object();
}

/* "This operation is idempotent", says the model. */
static json_t *provider_delete(struct twin *t, struct twin_call *c)
{
	if (!check_text(c, "OpenIDConnectProviderArn", 20, 2048, NULL))
		return NULL;
	json_object_del(iam_table(t, c->account, "providers"),
			row_str(c->input, "OpenIDConnectProviderArn"));
	return json_object();
}

static json_t *provider_tag(struct twin *t, struct twin_call *c)
{
	return iam_row_tag(c, provider_find(t, c));
}

static json_t *provider_untag(struct twin *t, struct twin_call *c)
{
	return iam_row_untag(c, provider_find(t, c));
}

static json_t *provider_tags(struct twin *t, struct twin_call *c)
{
	return iam_row_tags(t, c, provider_find(t, c));
}

/* The twin has none of these; they are asked for by whoever reads an account whole. */
static json_t *saml_list(struct twin *t, struct twin_call *c)
{
	(void)t, (void)c;
	return json_pack("{s:[]}", "SAMLProviderList");
}

#define PROVIDER "OpenIDConnectProviderArn"

static const struct twin_op provider_ops[] = {
    IAM_WRITE("CreateOpenIDConnectProvider", provider_create, "Url"),
    IAM_READ("GetOpenIDConnectProvider", provider_get, PROVIDER),
    IAM_READ("ListOpenIDConnectProviders", provider_list, NULL),
    IAM_WRITE("AddClientIDToOpenIDConnectProvider", client_add, PROVIDER " ClientID"),
    IAM_WRITE("RemoveClientIDFromOpenIDConnectProvider", client_remove, PROVIDER " ClientID"),
    IAM_WRITE("UpdateOpenIDConnectProviderThumbprint", thumbprints_update,
	      PROVIDER " ThumbprintList"),
    IAM_WRITE("DeleteOpenIDConnectProvider", provider_delete, PROVIDER),
    IAM_WRITE("TagOpenIDConnectProvider", provider_tag, PROVIDER " Tags"),
    IAM_WRITE("UntagOpenIDConnectProvider", provider_untag, PROVIDER " TagKeys"),
    IAM_READ("ListOpenIDConnectProviderTags", provider_tags, PROVIDER),
    IAM_READ("ListSAMLProviders", saml_list, NULL),
};
const struct twin_service twin_iam_oidc_ops = {SERVICE_IAM, provider_ops,
					       sizeof provider_ops / sizeof provider_ops[0]};

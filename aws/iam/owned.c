/* What a user owns: read for users that go, and taken away before they do. The console password's
 * own attribute is login.c's. */
#include "aws/iam/account.h"

#include "state/canon.h"

#include <string.h>

/* In the order in which it goes:
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
 * The members that name one thing are the same in the listing and in the deletion. */
static const struct owned {
	const char *prefix;
	enum op_id list;
	const char *member; /* the list in the reply; NULL: one object, LoginProfile */
	const char *id;     /* names one thing, in the list and in the input of the deletion */
	enum op_id end;
} owned[] = {
    {"login_profile", OP_IAM_GetLoginProfile, NULL, NULL, OP_IAM_DeleteLoginProfile},
    {"access_key/", OP_IAM_ListAccessKeys, "AccessKeyMetadata", "AccessKeyId",
     OP_IAM_DeleteAccessKey},
    {"mfa_device/", OP_IAM_ListMFADevices, "MFADevices", "SerialNumber",
     OP_IAM_DeactivateMFADevice},
    {"signing_certificate/", OP_IAM_ListSigningCertificates, "Certificates", "CertificateId",
     OP_IAM_DeleteSigningCertificate},
    {"ssh_key/", OP_IAM_ListSSHPublicKeys, "SSHPublicKeys", "SSHPublicKeyId",
     OP_IAM_DeleteSSHPublicKey},
    {"service_credential/", OP_IAM_ListServiceSpecificCredentials, "ServiceSpecificCredentials",
     "ServiceSpecificCredentialId", OP_IAM_DeleteServiceSpecificCredential},
};
#define OWNED (sizeof(owned) / sizeof(owned[0]))

/* Reading. */

static const struct owned *owned_of(enum op_id list)
{
	size_t i = 0;

	while (i < OWNED && owned[i].list != list)
		i++;
	charter_assert(i < OWNED);
	return &owned[i];
}

static void owned_add(struct crawl *crawl, const struct read *read, const char *prefix,
		      const char *id)
{
	side_add(crawl->side, read->about, USER_CREDENTIALS,
		 text_printf(crawl->arena, "%s%s", prefix, id), NULL);
}

/* Keys that work are made inactive before anything goes: {"keys":{"AKIA...":"Active"}}. */
static void key_status_keep(struct crawl *crawl, struct resource *user, const char *id,
			    const char *status)
{
	json_auto_t *aux =
	    user->aux == NULL ? json_object() : json_loadb(user->aux->s, user->aux->len, 0, NULL);
	json_t *keys = json_object_get(aux, "keys");

	if (keys == NULL)
		json_object_set_new(aux, "keys", keys = json_object());
	json_object_set_new(keys, id, json_string(status));
	user->aux = canon_json(crawl->arena, aux);
}

static void owned_list_page(struct crawl *crawl, const struct read *read, const struct owned *what,
			    const json_t *page)
{
	const json_t *list;
	size_t n = crawl_list(crawl, read, page, what->member, "what the user owns", &list);

	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_array_get(list, i);
		const char *id = reply_str(one, what->id), *status = reply_str(one, "Status");

		if (id == NULL) {
			crawl_bad_reply(crawl, read, "has something of the user without an id");
			continue;
		}
		owned_add(crawl, read, what->prefix, id);
		if (what->list == OP_IAM_ListAccessKeys)
			key_status_keep(crawl, read->about, id, status == NULL ? "Active" : status);
	}
}

static void owned_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const struct owned *what = owned_of(read->op);

	if (what->member != NULL)
		owned_list_page(crawl, read, what, page);
	else if (reply_obj(page, "LoginProfile") != NULL)
		owned_add(crawl, read, what->prefix, "");
	else
		crawl_bad_reply(crawl, read, "has no login profile");
}

static void owned_next(struct crawl *crawl, const struct read *read);

/* No such thing, no such user, or no such service here (CodeCommit is not in every partition). */
static bool refused_is_none(const struct read *read, const char *code)
{
	return strcmp(code, "NoSuchEntity") == 0 ||
	       (read->op == OP_IAM_ListServiceSpecificCredentials &&
		(strcmp(code, "NotSupportedService") == 0 || strcmp(code, "InvalidAction") == 0));
}

static bool owned_refused(struct crawl *crawl, const struct read *read, const char *code)
{
	if (!refused_is_none(read, code))
		return false;
	owned_next(crawl, read);
	return true;
}

static void owned_list(struct crawl *crawl, const struct read *before, const struct owned *what)
{
	struct read read = *before;

	read.op = what->list;
	crawl_read(crawl, &read,
		   json_pack("{s:o}", "UserName", json_of_text(read.about->v[USER_NAME].u.text)));
}

/* One listing was read whole: the next, or the end. One that was not ends it. */
static void owned_next(struct crawl *crawl, const struct read *read)
{
	const struct owned *next = owned_of(read->op) + 1;

	if (next < owned + OWNED)
		owned_list(crawl, read, next);
	else
		side_know(crawl->side, read->about, USER_CREDENTIALS);
}

void iam_owned_read(struct crawl *crawl, const struct text *account, struct resource *user)
{
	struct read read = {.account = account_entered(crawl, account),
			    .about = user,
			    .note = account,
			    .page = owned_page,
			    .whole = owned_next,
			    .refused = owned_refused};

	read.scope = scope_open(crawl, 0, IAM_CREDENTIALS_SCOPE, account->s);
	owned_list(crawl, &read, &owned[0]);
}

/* "arn:aws:iam::222222222222:user/alice"; NULL: it is none. */
static const struct text *arn_account(struct arena *arena, const struct text *arn)
{
	const char *at = arn == NULL ? NULL : strstr(arn->s, ":iam::");
	size_t len;

	if (at == NULL)
		return NULL;
	at += strlen(":iam::");
	len = strcspn(at, ":");
	return len > 0 ? text_new(arena, at, len) : NULL;
}

/* What was never declared stays, whatever it owns. */
static bool user_goes(const struct row *row)
{
	if (row->head != NULL)
		return row->head->flags & RES_ENDED;
	return row->base != NULL || row->leftover != NULL;
}

void iam_user_deepen(struct crawl *crawl, const struct row *row)
{
	const struct text *account = arn_account(crawl->arena, row->live->id);
	struct resource *user = side_find(crawl->side, row->live->address);

	if (user == NULL || account == NULL || user->v[USER_NAME].state != VALUE_TEXT ||
	    user->flags & RES_FOREIGN)
		return;
	if (user_goes(row) && user->v[USER_CREDENTIALS].state == VALUE_UNSET)
		iam_owned_read(crawl, account, user);
	else if (row->head != NULL && row->head->v[USER_LOGIN].state != VALUE_UNSET &&
		 user->v[USER_LOGIN].state == VALUE_UNSET)
		login_read(crawl, scope_open(crawl, 0, IAM_CREDENTIALS_SCOPE, account->s), account,
			   user);
}

/* A call is about one thing, and so is its reading. */
static void owned_probed(struct crawl *crawl, const struct read *read)
{
	side_know(crawl->side, read->about, USER_CREDENTIALS);
}

static bool probe_refused(struct crawl *crawl, const struct read *read, const char *code)
{
	if (refused_is_none(read, code))
		owned_probed(crawl, read);
	return refused_is_none(read, code);
}

static void owned_list_probe(struct probe *probe, const struct text *account,
			     const struct owned *what)
{
	const struct text *name = probe_member(probe, "UserName");
	struct crawl *crawl = probe->crawl;
	struct read read = {.account = account_entered(crawl, account),
			    .note = account,
			    .page = owned_page,
			    .whole = owned_probed,
			    .refused = probe_refused};

	if (name == NULL)
		return;
	read.about = iam_named(crawl, KIND_IAM_USER, account, name, NULL);
	read.scope = probe_scope(probe, IAM_CREDENTIALS_SCOPE, account->s);
	owned_list(crawl, &read, what);
}

/* The console password is login.c's. */
bool iam_owned_probe(struct probe *probe, const struct text *account)
{
	for (size_t i = 0; i < OWNED; i++) {
		if (owned[i].member == NULL || probe->call->op != &ops[owned[i].end])
			continue;
		owned_list_probe(probe, account, &owned[i]);
		return true;
	}
	return false;
}

/* Calls. */

/* Each lets go of the user, so that its end comes after. */
static struct call *owned_call(struct calls *calls, enum op_id op, const struct row *user,
			       const char *member, const char *id)
{
	struct call *call = principal_call(calls, op, user, EFFECT_LOSS);
	json_t *input = principal_input(&principal_user, user);

	if (member != NULL)
		json_object_set_new(input, member, json_string(id));
	call_input(calls, call, input);
	call_frees(calls, call, user->address);
	return call;
}

static void key_deactivate_call(struct calls *calls, const struct row *user, const char *id)
{
	struct call *call = principal_call(calls, OP_IAM_UpdateAccessKey, user, EFFECT_LOSS);
	json_t *input = principal_input(&principal_user, user);

	json_object_set_new(input, "AccessKeyId", json_string(id));
	json_object_set_new(input, "Status", json_string("Inactive"));
	call_input(calls, call, input);
	call_frees(calls, call, user->address);
}

/* One whose status is not known counts as active. */
static void keys_deactivate_calls(struct calls *calls, const struct row *user)
{
	const struct text *text = user->live->aux;
	json_auto_t *aux = text == NULL ? NULL : json_loadb(text->s, text->len, 0, NULL);
	const struct set *all = user->live->v[USER_CREDENTIALS].u.set;
	const char *prefix = owned_of(OP_IAM_ListAccessKeys)->prefix;

	for (uint32_t i = 0; i < all->n; i++) {
		const char *id = all->item[i].key->s + strlen(prefix);
		const char *status;

		if (!str_starts(all->item[i].key->s, prefix))
			continue;
		status = json_string_value(json_object_get(json_object_get(aux, "keys"), id));
		if (status == NULL || strcmp(status, "Active") == 0)
			key_deactivate_call(calls, user, id);
	}
}

/* Only a virtual device is a thing of its own; a security key has an ARN too, ":u2f/". */
static bool device_is_virtual(const char *serial)
{
	return str_starts(serial, "arn:") && strstr(serial, ":mfa/") != NULL;
}

static void device_delete_call(struct calls *calls, const struct row *user, const char *serial)
{
	struct call *call = principal_call(calls, OP_IAM_DeleteVirtualMFADevice, user, EFFECT_LOSS);

	call_input(calls, call, json_pack("{s:s}", "SerialNumber", serial));
	call_frees(calls, call, user->address);
}

static void owned_end_calls(struct calls *calls, const struct row *user, const struct owned *what)
{
	const struct set *all = user->live->v[USER_CREDENTIALS].u.set;

	for (uint32_t i = 0; i < all->n; i++) {
		const struct text *key = all->item[i].key;
		const char *id = key->s + strlen(what->prefix);
		struct call *call;

		if (!str_starts(key->s, what->prefix))
			continue;
		call = owned_call(calls, what->end, user, what->id, id);
		call_fact(calls, call, user->address, KIND_IAM_USER, USER_CREDENTIALS, key,
			  value_text(key), VALUE_EMPTY);
		if (what->end == OP_IAM_DeactivateMFADevice && device_is_virtual(id))
			device_delete_call(calls, user, id);
	}
}

void iam_owned_delete_calls(struct calls *calls, const struct row *user)
{
	if (user->live->v[USER_CREDENTIALS].state != VALUE_SET)
		return;
	keys_deactivate_calls(calls, user);
	for (size_t i = 0; i < OWNED; i++)
		owned_end_calls(calls, user, &owned[i]);
}

/* What else users of the twin's IAM own: SSH keys, signing certificates and credentials of single
 * services. They differ in a table. */
#include "aws/twin/iam_priv.h"

#include "base/digest.h"
#include "base/text.h"

#include <string.h>

#define PASSWORD_LENGTH 44

struct owned {
	const char *table, *id, *unique; /* "ssh_keys", "SSHPublicKeyId"; ids begin with "APKA" */
	unsigned length;                 /* of the rest of an id */
	const char *list, *member;       /* of replies */
	const char *shown;               /* members that listings show, besides the user's name */
	const char *missing, *quota;     /* words */
	size_t most;
};
static const struct owned ssh_key = {
    .table = "ssh_keys",
    .id = "SSHPublicKeyId",
    .unique = "APKA",
    .length = 17,
    .list = "SSHPublicKeys",
    .member = "SSHPublicKey",
    .shown = "SSHPublicKeyId Status UploadDate",
    .missing = "The Public Key with id",
    .quota = "SSHPublicKeysPerUser",
    .most = 5,
};
static const struct owned certificate = {
    .table = "certificates",
    .id = "CertificateId",
    .unique = "",
    .length = 32,
    .list = "Certificates",
    .member = "Certificate",
    .shown = "CertificateId CertificateBody Status UploadDate",
    .missing = "The Certificate with id",
    .quota = "SigningCertificatesPerUser",
    .most = 2,
};
static const struct owned credential = {
    .table = "services",
    .id = "ServiceSpecificCredentialId",
    .unique = "ACCA",
    .length = 17,
    .list = "ServiceSpecificCredentials",
    .member = "ServiceSpecificCredential",
    .shown = "ServiceSpecificCredentialId ServiceName ServiceUserName Status CreateDate",
    .missing = "The credential with id",
    .quota = "ServiceSpecificCredentialsPerUser",
    .most = 2,
};

/* Which of them it is follows from the first member but the user that the operation needs. */
static const struct owned *owned_of(const struct twin_call *c)
{
	static const struct owned *const all[] = {&ssh_key, &certificate, &credential};
	size_t i;

	for (i = 0; i < sizeof all / sizeof all[0]; i++) {
		if (strstr(c->op->needs, all[i]->id) != NULL)
			return all[i];
	}
	die_assertion("an operation on what a user owns", __FILE__, __LINE__);
}

static json_t *owned_shown(const struct owned *kind, const json_t *user, const json_t *row,
			   const char *more)
{
	auto_free char *members = xasprintf("%s %s", kind->shown, more);
	json_t *shown = row_pick(row, members);

	twin_set_str(shown, "UserName", row_str(user, "UserName"));
	return shown;
}

json_t *iam_owned_new(struct twin *t, json_t *user, const char *table, const char *id)
{
	static const struct owned *const all[] = {&ssh_key, &certificate, &credential};
	const struct owned *kind = all[0];
	char fresh[TWIN_ID], now[TIME_RFC3339];
	json_t *row = json_object();
	size_t i;

	for (i = 0; i < sizeof all / sizeof all[0]; i++) {
		if (strcmp(all[i]->table, table) == 0)
			kind = all[i];
	}
	twin_id(t, fresh, kind->unique, kind->length);
	iam_time(t, now);
	twin_set_str(row, kind->id, id != NULL ? id : fresh);
	twin_set_str(row, "Status", "Active");
	twin_set_str(row, kind == &credential ? "CreateDate" : "UploadDate", now);
	json_object_set_new(twin_sub(user, kind->table), row_str(row, kind->id), row);
	return row;
}

static json_t *owned_list(struct twin *t, struct twin_call *c, const struct owned *kind)
{
	const char *service = row_str(c->input, "ServiceName"), *id;
	json_t *user = iam_find_user(t, c), *list, *row;

	if (user == NULL)
		return NULL;
	list = json_array();
	json_object_foreach(json_object_get(user, kind->table), id, row)
	{
		if (*service == '\0' || strcmp(service, row_str(row, "ServiceName")) == 0)
			json_array_append_new(list, owned_shown(kind, user, row, ""));
	}
	return iam_page(t, c, kind->list, NULL, list);
}

static json_t *ssh_key_list(struct twin *t, struct twin_call *c)
{
	return owned_list(t, c, &ssh_key);
}

static json_t *certificate_list(struct twin *t, struct twin_call *c)
{
	return owned_list(t, c, &certificate);
}

static json_t *credential_list(struct twin *t, struct twin_call *c)
{
	return owned_list(t, c, &credential);
}

/* NULL: refused. `user` gets whose it is. */
static json_t *owned_find(struct twin *t, struct twin_call *c, json_t **user)
{
	const struct owned *kind = owned_of(c);
	const char *id = row_str(c->input, kind->id);
	json_t *row;

	*user = iam_find_user(t, c);
	row = json_object_get(json_object_get(*user, kind->table), id);
	if (*user != NULL && row == NULL)
		twin_refuse(c, "NoSuchEntity", "%s %s cannot be found.", kind->missing, id);
	return row;
}

static json_t *owned_update(struct twin *t, struct twin_call *c)
{
	json_t *user;

	return iam_status_set(c, owned_find(t, c, &user));
}

static json_t *owned_delete(struct twin *t, struct twin_call *c)
{
	const struct owned *kind = owned_of(c);
	json_t *user;

	if (owned_find(t, c, &user) == NULL)
		return NULL;
	json_object_del(json_object_get(user, kind->table), row_str(c->input, kind->id));
	return json_object();
}

static bool owned_within(struct twin_call *c, const struct owned *kind, size_t wanted)
{
	if (wanted <= kind->most)
		return true;
	twin_refuse(c, "LimitExceeded", "Cannot exceed quota for %s: %zu", kind->quota, kind->most);
	return false;
}

/* Whether somebody in the account has uploaded the same text already. */
static bool body_is_known(struct twin *t, const char *account, const struct owned *kind,
			  const char *member, const char *body)
{
	const char *key, *id;
	json_t *user, *row;

	json_object_foreach(iam_table(t, account, "users"), key, user)
	{
		json_object_foreach(json_object_get(user, kind->table), id, row)
		{
			if (strcmp(row_str(row, member), body) == 0)
				return true;
		}
	}
	return false;
}

/* Sixteen bytes, as MD5 gives them; of another digest. */
static void fingerprint(const char *body, char out[48])
{
	char hex[SHA256_HEX];
	size_t i;

	sha256_hex(body, strlen(body), hex);
	for (i = 0; i < 16; i++) {
		memcpy(out + 3 * i, hex + 2 * i, 2);
		out[3 * i + 2] = i < 15 ? ':' : '\0';
	}
}

static json_t *ssh_key_upload(struct twin *t, struct twin_call *c)
{
	const char *body = row_str(c->input, "SSHPublicKeyBody");
	json_t *user = iam_find(t, c, &iam_user), *row;
	char print[48];

	if (user == NULL || !check_text(c, "SSHPublicKeyBody", 1, 16384, NULL))
		return NULL;
	if (!str_starts(body, "ssh-rsa ") && !str_starts(body, "-----BEGIN"))
		return twin_refuse(c, "InvalidPublicKey", "SSH public key is invalid.");
	if (body_is_known(t, c->account, &ssh_key, "SSHPublicKeyBody", body))
		return twin_refuse(c, "DuplicateSSHPublicKey",
				   "The SSH public key is already associated with a user.");
	if (!owned_within(c, &ssh_key, json_object_size(json_object_get(user, "ssh_keys")) + 1))
		return NULL;
	row = iam_owned_new(t, user, "ssh_keys", NULL);
	fingerprint(body, print);
	twin_set_str(row, "SSHPublicKeyBody", body);
	twin_set_str(row, "Fingerprint", print);
	return json_pack("{s:o}", ssh_key.member,
			 owned_shown(&ssh_key, user, row, "SSHPublicKeyBody Fingerprint"));
}

static json_t *ssh_key_get(struct twin *t, struct twin_call *c)
{
	json_t *user, *row = owned_find(t, c, &user);

	if (row == NULL)
		return NULL;
	return json_pack("{s:o}", ssh_key.member,
			 owned_shown(&ssh_key, user, row, "SSHPublicKeyBody Fingerprint"));
}

static json_t *certificate_upload(struct twin *t, struct twin_call *c)
{
	const char *body = row_str(c->input, "CertificateBody");
	json_t *user = iam_find_user(t, c), *row;

	if (user == NULL || !check_text(c, "CertificateBody", 1, 16384, NULL))
		return NULL;
	if (!str_starts(body, "-----BEGIN CERTIFICATE-----"))
		return twin_refuse(c, "MalformedCertificate", "Certificate is not parsable.");
	if (body_is_known(t, c->account, &certificate, "CertificateBody", body))
		return twin_refuse(c, "DuplicateCertificate",
				   "The Certificate is already associated with a user.");
	if (!owned_within(c, &certificate,
			  json_object_size(json_object_get(user, "certificates")) + 1))
		return NULL;
	row = iam_owned_new(t, user, "certificates", NULL);
	twin_set_str(row, "CertificateBody", body);
	return json_pack("{s:o}", certificate.member, owned_shown(&certificate, user, row, ""));
}

/* Two of each service. */
static size_t credentials_of(const json_t *user, const char *service)
{
	const char *id;
	json_t *row;
	size_t n = 0;

	json_object_foreach(json_object_get(user, "services"), id, row)
	{
		n += strcmp(row_str(row, "ServiceName"), service) == 0;
	}
	return n;
}

/* With its password, which the twin does not keep. */
static json_t *credential_shown(struct twin *t, const json_t *user, const json_t *row)
{
	json_t *shown = owned_shown(&credential, user, row, "");
	char password[TWIN_ID];

	twin_id(t, password, "", PASSWORD_LENGTH);
	twin_set_str(shown, "ServicePassword", password);
	return json_pack("{s:o}", credential.member, shown);
}

static json_t *credential_create(struct twin *t, struct twin_call *c)
{
	const char *service = row_str(c->input, "ServiceName");
	json_t *user = iam_find(t, c, &iam_user), *row;
	auto_free char *name = NULL;

	if (user == NULL)
		return NULL;
	if (strcmp(service, "codecommit.amazonaws.com") != 0 &&
	    strcmp(service, "cassandra.amazonaws.com") != 0)
		return twin_refuse(c, "NotSupportedService",
				   "No such service %s is supported for Service Specific "
				   "Credentials",
				   service);
	if (!owned_within(c, &credential, credentials_of(user, service) + 1))
		return NULL;
	row = iam_owned_new(t, user, "services", NULL);
	name = xasprintf("%s%s-at-%s", row_str(user, "UserName"),
			 credentials_of(user, service) > 0 ? "+1" : "", c->account);
	twin_set_str(row, "ServiceName", service);
	twin_set_str(row, "ServiceUserName", name);
	return credential_shown(t, user, row);
}

static json_t *credential_reset(struct twin *t, struct twin_call *c)
{
	json_t *user, *row = owned_find(t, c, &user);

	return row == NULL ? NULL : credential_shown(t, user, row);
}

static const struct twin_op owned_ops[] = {
    IAM_WRITE("UploadSSHPublicKey", ssh_key_upload, "UserName SSHPublicKeyBody"),
    IAM_READ("ListSSHPublicKeys", ssh_key_list, NULL),
    IAM_READ("GetSSHPublicKey", ssh_key_get, "UserName SSHPublicKeyId Encoding"),
    IAM_WRITE("UpdateSSHPublicKey", owned_update, "UserName SSHPublicKeyId Status"),
    IAM_WRITE("DeleteSSHPublicKey", owned_delete, "UserName SSHPublicKeyId"),
    IAM_WRITE("UploadSigningCertificate", certificate_upload, "CertificateBody"),
    IAM_READ("ListSigningCertificates", certificate_list, NULL),
    IAM_WRITE("UpdateSigningCertificate", owned_update, "CertificateId Status"),
    IAM_WRITE("DeleteSigningCertificate", owned_delete, "CertificateId"),
    IAM_WRITE("CreateServiceSpecificCredential", credential_create, "UserName ServiceName"),
    IAM_READ("ListServiceSpecificCredentials", credential_list, NULL),
    IAM_WRITE("UpdateServiceSpecificCredential", owned_update,
	      "ServiceSpecificCredentialId Status"),
    IAM_WRITE("ResetServiceSpecificCredential", credential_reset, "ServiceSpecificCredentialId"),
    IAM_WRITE("DeleteServiceSpecificCredential", owned_delete, "ServiceSpecificCredentialId"),
};
const struct twin_service twin_iam_owned_ops = {SERVICE_IAM, owned_ops,
						sizeof owned_ops / sizeof owned_ops[0]};

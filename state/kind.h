/* Kinds of resource, as data: one descriptor each. A generic engine parses, validates, compares,
 * orders, prints and stores all of them. A kind is two files (schema here in state/, reading and
 * calls in aws/) and one line of kinds.def. Pure. */
#ifndef CHARTER_STATE_KIND_H
#define CHARTER_STATE_KIND_H

#include "state/resource.h"

enum attr_type {
	ATTR_TEXT,
	ATTR_REF,      /* the address of another resource, or "root", or an ARN */
	ATTR_POLICY,   /* a policy document, canonical JSON */
	ATTR_SET,      /* a set of text */
	ATTR_REFS,     /* a set of addresses (or ARNs) */
	ATTR_TAGS,     /* a map, managed key by key; charter:* and aws:* are never compared */
	ATTR_POLICIES, /* a map from name to canonical policy document */
};

enum attr_flags {
	ATTR_DERIVED =
	    1
	    << 0, /* follows from the address or the surroundings: not a key of the configuration */
	ATTR_REQUIRED = 1 << 1,
	ATTR_IMMUTABLE =
	    1 << 2, /* AWS cannot change it in place: a difference is refused with `advice` */
	ATTR_ADDITIVE =
	    1 << 3, /* a set that only ever grows by us; a removal is reported "to do by hand" */
	ATTR_NOCASE =
	    1 << 4, /* text whose case does not matter (e-mail): canonical form is lower case */
	ATTR_LIVE = 1 << 5,    /* read, shown, never declared (an account's status) */
	ATTR_SECONDS = 1 << 6, /* text of seconds, which people write and read as 8h */
};

enum risk { RISK_LOW, RISK_MEDIUM, RISK_HIGH };

struct attr {
	const char *name; /* key in the configuration and in every output */
	enum attr_type type;
	unsigned flags;
	const char *ref; /* REF, REFS: kind referred to (the bare names of the configuration) */
	const char *relation; /* sets, and a document that is cleared: name of the removal budget:
				 "attachment", "membership", ... */
	const char
	    *edge; /* sets: kind name of an element's own address ("policy_attachment"), or NULL */
	enum risk risk;    /* of a change to it */
	uint32_t min, max; /* characters of a text, elements of a set; max 0: no limit */
	/* Checks one text (or one element, or one tag or map key); NULL when fine, else the rule
	 * broken: "may hold only letters, digits and +=,.@-_" */
	const char *(*valid)(const char *s, size_t len);
	/* TAGS: checks the value of a key that is fine, in place of the rules of tags; NULL: those.
	 */
	const char *(*valid_value)(const char *key, const char *s, size_t len);
	const char *advice; /* IMMUTABLE: what to do instead */
};

/* The row of a name, which is part of the address. */
#define ATTR_ROW_NAME(worth, most, rule)                                                           \
	{                                                                                          \
		.name = "name", .type = ATTR_TEXT, .flags = ATTR_DERIVED | ATTR_REQUIRED,          \
		.risk = worth, .min = 1, .max = most, .valid = rule                                \
	}
/* The row of tags, which is the same wherever there are any; it takes state/valid.h. */
#define ATTR_ROW_TAGS                                                                              \
	{                                                                                          \
		.name = "tags", .type = ATTR_TAGS, .relation = "tag", .risk = RISK_LOW,            \
		.max = TAGS_MAX, .valid = valid_tag_key                                            \
	}

/* How an address is made from a resource's own values. */
enum address_rule {
	ADDRESS_SINGLE,  /* "organization" */
	ADDRESS_NAME,    /* kind/NAME, NAME from attribute 0 */
	ADDRESS_PATH,    /* kind/PATH: the parent's path (attribute 1, a ref or "root") and NAME
			    (attribute 0) */
	ADDRESS_ACCOUNT, /* kind/ACCOUNT/NAME: attribute 0 is the name, attribute 1 the account (a
			    ref) */
	ADDRESS_PAIR, /* kind/A/B: attribute 0 is a text, attribute 1 an account (a ref): delegated
			 administrators */
	ADDRESS_EDGE, /* kind/A/ACCOUNT/group/B: attribute 0 is what it belongs to, 1 the account, 2
			 the principal, all refs; "identity_" is left out of the principal's */
};

enum kind_flags {
	KIND_NEVER_CREATE_AGAIN =
	    1 << 0, /* declared in base and gone live: an error, never a creation (accounts) */
	KIND_NEVER_DELETE =
	    1 << 1, /* a vanished declaration releases it and lists it (accounts, organization) */
	KIND_RENAME = 1 << 2,   /* AWS can rename it in place */
	KIND_EDGE = 1 << 3,     /* a relation with an address of its own */
	KIND_ADDITIVE = 1 << 5, /* only ever added by us; a removal is reported "to do by hand" */
	KIND_NOCASE = 1 << 4,   /* names are unique without regard to case (IAM) */
};

struct kind {
	const char *name;   /* first part of the address: "iam_user" */
	const char *title;  /* "IAM user", for messages */
	const char *plural; /* "IAM users" */
	const struct attr *attr;
	uint16_t attrs;
	enum address_rule address;
	unsigned flags;
	const char *rename_advice; /* without KIND_RENAME: how to rename in two merges */
	/* The scopes of a reading that would show such a resource: it is absent only if all were
	 * read whole. NULL-terminated; "%s" stands for the account's id. */
	const char *const *scopes;
	/* The scopes that would show what such a resource holds, or is held by: it is deleted only
	 * if these were read whole too. NULL: none but its own. */
	const char *const *holds;
	/* A live resource that AWS or Control Tower owns: never created, changed, detached,
	 * counted, listed. */
	bool (*foreign)(const struct resource *live);
	/* NULL, or: there is one in every account, and this one has nothing set. It is neither
	 * unmanaged nor left behind by anyone. */
	bool (*bare)(const struct resource *live);
};

enum kind_id {
#define KIND(ID, symbol) KIND_##ID,
#include "state/kinds.def"
#undef KIND
	KIND_COUNT
};

extern const struct kind *const kinds[KIND_COUNT];
int kind_find(const char *name);              /* its id, or -1 */
int address_kind(const struct text *address); /* that of what has this address, or -1 */
/* An element of a set that AWS owns (FullAWSAccess, RCPFullAWSAccess, aws-guardrails-* policies of
 * Control Tower): never written, never detached. `element` is a final address, or an ARN. */
bool element_is_foreign(const struct text *element);
/* "job-function/ViewOnlyAccess" of the ARN of a policy of AWS's own; NULL: it is none. */
const char *aws_policy_name(const char *arn);
/* Tag keys that are never compared: charter:* and aws:*. */
bool tag_is_foreign(const struct text *key);

/* Attributes by number, shared by schema and wire. Attribute 0 is the name wherever there is one.
 */
enum { ORG_FEATURE_SET, ORG_POLICY_TYPES, ORG_TRUSTED_SERVICES, ORG_POLICIES, ORG_TAGS, ORG_ATTRS };
enum { UNIT_NAME, UNIT_PARENT, UNIT_POLICIES, UNIT_TAGS, UNIT_ATTRS };
enum {
	ACCOUNT_NAME,
	ACCOUNT_EMAIL,
	ACCOUNT_UNIT,
	ACCOUNT_POLICIES,
	ACCOUNT_TAGS,
	ACCOUNT_STATE,
	ACCOUNT_ATTRS
};
enum { POLICY_NAME, POLICY_TYPE, POLICY_DESCRIPTION, POLICY_DOCUMENT, POLICY_TAGS, POLICY_ATTRS };
enum { DELEGATED_SERVICE, DELEGATED_ACCOUNT, DELEGATED_ATTRS };
enum {
	USER_NAME,
	USER_ACCOUNT,
	USER_PATH,
	USER_GROUPS,
	USER_MANAGED,
	USER_INLINE,
	USER_BOUNDARY,
	USER_TAGS,
	USER_LOGIN, /* "console", or empty; live: known only where declared, see wire.deepen */
	/* Live, of users that go (wire.deepen): what must go before: "access_key/ID",
	 * "login_profile", "mfa_device/SERIAL", "ssh_key/ID", "signing_certificate/ID",
	 * "service_credential/ID" */
	USER_CREDENTIALS,
	USER_ATTRS
};
enum { GROUP_NAME, GROUP_ACCOUNT, GROUP_PATH, GROUP_MANAGED, GROUP_INLINE, GROUP_ATTRS };
enum {
	IAMPOLICY_NAME,
	IAMPOLICY_ACCOUNT,
	IAMPOLICY_PATH,
	IAMPOLICY_DESCRIPTION,
	IAMPOLICY_DOCUMENT,
	IAMPOLICY_TAGS,
	IAMPOLICY_ATTRS
};

enum {
	ROLE_NAME,
	ROLE_ACCOUNT,
	ROLE_PATH,
	ROLE_DESCRIPTION,
	ROLE_TRUST,
	ROLE_DURATION, /* seconds, as text */
	ROLE_MANAGED,
	ROLE_INLINE,
	ROLE_BOUNDARY,
	ROLE_TAGS,
	ROLE_PROFILES, /* live: names of the instance profiles that it is in */
	ROLE_ATTRS
};
enum { OIDC_NAME, OIDC_ACCOUNT, OIDC_CLIENTS, OIDC_THUMBPRINTS, OIDC_TAGS, OIDC_ATTRS };
/* IAM Identity Center. */
enum {
	IDUSER_NAME, /* its user name */
	IDUSER_GIVEN_NAME,
	IDUSER_FAMILY_NAME,
	IDUSER_DISPLAY_NAME,
	IDUSER_EMAIL,
	IDUSER_SYNCED, /* live: "yes" where an identity provider keeps it: then it is foreign */
	IDUSER_ATTRS
};
enum {
	IDGROUP_NAME, /* its display name */
	IDGROUP_DESCRIPTION,
	IDGROUP_MEMBERS,
	IDGROUP_SYNCED, /* as of users */
	IDGROUP_ATTRS
};
enum {
	PSET_NAME,
	PSET_DESCRIPTION,
	PSET_DURATION, /* seconds, as text */
	PSET_RELAY,
	PSET_MANAGED,  /* ARNs of AWS's own policies */
	PSET_CUSTOMER, /* "/path/NAME" of policies in the accounts */
	PSET_INLINE,   /* canonical JSON, or empty */
	PSET_BOUNDARY, /* an ARN, or "/path/NAME", or empty */
	PSET_TAGS,
	/* "everywhere", or where the accounts have not got the latest version yet: "not in
	 * training-1, training-2". Of every set that is managed head and base have "everywhere". */
	PSET_PROVISIONED,
	PSET_ACCOUNTS, /* live: the accounts that have it */
	PSET_ATTRS
};
#define PROVISIONED_EVERYWHERE "everywhere"
enum { ASSIGNMENT_SET, ASSIGNMENT_ACCOUNT, ASSIGNMENT_PRINCIPAL, ASSIGNMENT_ATTRS };
/* One in each account, of the name "settings". */
#define IAM_ACCOUNT_NAME "settings"
enum {
	IAMACCOUNT_NAME,
	IAMACCOUNT_ACCOUNT,
	IAMACCOUNT_ALIAS,
	IAMACCOUNT_PASSWORD, /* key by key, as tags: "minimum_length" -> "14" */
	IAMACCOUNT_ATTRS
};

/* A key of IAM's password policy. Values are "true" and "false", or numbers without a leading zero.
 */
struct password_key {
	const char *name;
	uint32_t min, max; /* of a number; max 0: it is true or false */
	const char *rule;  /* of a value */
	const char *unset; /* what AWS shows where a policy does not say it; NULL: nothing */
};
extern const struct password_key password_keys[]; /* the last has no name */

/* Organization policy types: name as AWS writes it, dialect, and the quotas of aws' published
 * tables. */
struct policy_type {
	const char *name;
	bool iam;              /* Version and Statement */
	uint32_t max_chars;    /* hard quota: above it the configuration is refused */
	uint32_t warn_chars;   /* older quota: above it a warning; 0: none */
	uint32_t max_attached; /* policies of this type on one target, AWS's own included */
	uint32_t warn_attached;
	uint32_t max_policies;
	const char *aws_default; /* attached by AWS by itself: FullAWSAccess; NULL: none */
};
extern const struct policy_type policy_types[];
const struct policy_type *policy_type_find(const char *name); /* NULL: unknown */

#endif

/* The configuration: files to settings and declarations, and declarations to resources. Pure. */
#ifndef CHARTER_STATE_CONFIG_H
#define CHARTER_STATE_CONFIG_H

#include "base/map.h"
#include "state/diagnostic.h"
#include "state/kind.h"
#include "state/yaml.h"

/* A file of the configuration directory, whatever it was read from. */
struct config_file {
	const char *path, *data;
	size_t len;
};

struct ignore_rule { /* also `release` rules: attributes is NULL there */
	struct place where;
	const struct text *resource;    /* pattern */
	const struct text **attributes; /* NULL-terminated, or NULL: all */
	const struct text *reason;
	int64_t until_us; /* INT64_MAX cannot be: until is required */
};

/* guards.removals: per kind or relation name. */
struct removal_limit {
	const struct text *name; /* "default", "assignment", "unit", "membership", ... */
	uint32_t floor, count;
	uint32_t share; /* percent */
};
struct removal_allow {
	struct place where;
	const struct text *name, *reason; /* name: kind or relation */
	uint32_t count;
	int64_t until_us;
};
struct guard_settings {
	VEC(struct removal_limit) removals;
	VEC(struct removal_allow) allow;
	VEC(const struct text *) protect, break_glass; /* patterns */
	uint32_t administrators;                       /* minimum; 0: not given, then 1 */
	VEC(const struct text *) administrator; /* administrators.principals: patterns; none: all */
	const struct text *suspended_unit;      /* path, or NULL */
	struct place suspended_where;
};

/* A top-level section (or iam.accounts.X.users and the like) that stands in the configuration. */
struct section {
	const struct text *name; /* "units", "accounts", "policies", "iam/identity/users" ... */
	uint32_t n;              /* declarations in it */
	bool empty;              /* written, and written empty */
	struct place where;
};

/* access: how charter reaches an account. */
struct access_rule {
	const struct text *account; /* name */
	struct place where;
	const struct text *role; /* name or ARN; NULL: the general one */
	const struct text *external_id;
	bool none; /* role: none: the run's credentials belong to it */
	bool skip;
	const struct text *reason; /* of skip */
	int64_t until_us;          /* of skip: after it the account is entered again */
};

struct settings {
	const struct text *scope; /* NULL: not given (the caller takes the path) */
	bool organization_none;   /* organization: none */
	const struct text *organization_id, *management_account; /* or NULL */
	struct place organization_where;
	bool create;
	const struct text *lock; /* given: not supported yet, diagnosed */
	/* access: {accounts: {NAME: {role: none}}}: the declared account that the credentials of
	 * the run belong to, or NULL */
	const struct text *credentials_account;
	struct place credentials_where;
	/* Each or NULL. Name and identity of the sessions in accounts. */
	const struct text *access_role, *access_external_id, *access_session_name,
	    *access_source_identity;
	VEC(struct access_rule) access;
	const struct text *record_account, *record_role; /* with organization: none; or NULL */
	struct place record_where;
	/* identity_center: where it is, and who keeps its people. */
	const struct text *identity_region; /* NULL: the section does not stand here */
	const struct text *identity_source; /* "internal", "scim" or "ad"; NULL: internal */
	struct place identity_where;        /* of the region, or the section */
	VEC(struct ignore_rule) ignore, release;
	/* unmanaged: report | ignore, by section; the value for a kind, "units" -> unit etc. */
	bool unmanaged_ignore[KIND_COUNT];
	struct guard_settings guards;
};

typedef VEC(const struct entry *) entry_list;

struct config {
	struct arena *arena;
	struct settings settings;
	VEC(struct declaration)
	declarations; /* private to config.c and compile.c, see config_priv.h */
	VEC(struct section) sections;
	entry_list iam_accounts; /* private: keys of iam.accounts */
	/* Private: entries of iam.baselines, pools, tasks; the values of jump. */
	entry_list baselines, pools, tasks, jumps;
	/* Private: the products of identity_center.assignments, and whether any file has that key:
	 * only then do permission sets claim the assignments of them: compile() marks each of its
	 * sets with RES_CLAIMS then. */
	VEC(const struct node *) assignments;
	bool has_assignments;
	const struct config_file *files;
	size_t files_n;
	bool lenient;
	struct map *by_name; /* private: what is declared, see config_priv.h */
	struct map *by_path; /* private: files */
};
struct declaration;

/* Reads all files (*.yaml, *.yml are sections; others are documents that may be named). Errors go
 * to diagnostics. lenient: for the base: limits, quotas and unknown keys are passed over where a
 * meaning is left. Returns NULL only when there is no charter.yaml or nothing could be made of it.
 */
struct config *config_read(struct arena *, const struct config_file *, size_t n, bool lenient,
			   struct diagnostics *);
void config_free(struct config *); /* its vectors; not the arena */

/* What of the live organization the compilation needs: ids for ${accounts.NAME.id}. NULL where not
 * known: then the text holds the token ${account/NAME.id}, which the plan resolves when the account
 * is created. */
struct compile_world {
	const struct text *partition;       /* "aws" when NULL */
	const struct text *organization_id; /* may be NULL */
	/* Its id; NULL: what the settings say. Selections leave this account out. */
	const struct text *management_account;
	const struct text *(*account_id)(void *ctx, const struct resource *account);
	/* Whether the account is ACTIVE; NULL: all are. */
	bool (*active)(void *ctx, const struct resource *account);
	/* What was spent in an account of a pool, in hundredths of its currency; -1: not known.
	 * NULL: nothing was spent (validate). */
	int64_t (*spend)(void *ctx, const struct resource *account);
	/* Whether the account has an IAM user of this name; NULL: none has any. */
	bool (*has_user)(void *ctx, const struct resource *account, const char *name);
	void *ctx;
	int64_t now_us; /* the run's date: for until, expires, starts */
};

/* Names of the accounts whose IAM the configuration speaks of: iam.accounts, baselines, jump,
 * pools. Sorted, in the arena. */
size_t config_iam_accounts(const struct config *, const struct compile_world *,
			   const struct text ***names);
/* The name that `jump` says its account has, declared or not; NULL: it says none. */
const struct text *config_jump_account(const struct config *);
/* Identity Center does not move: an error at head's line when its region is another than that of
 * what base declares there. */
void identity_region_check(const struct config *base, const struct config *head,
			   struct diagnostics *);
/* Names of the accounts of pools, whose spend counts. */
size_t config_pool_accounts(const struct config *, const struct text ***names);

/* Declarations to resources of a declared side, with references as final addresses of this same
 * side. All values canonical. Checks references, quotas, name patterns (not when lenient). The
 * side's resources are in side->all, finished and sorted. */
struct side *compile(const struct config *, const struct compile_world *, struct diagnostics *);

/* The text of a configuration line, for diagnostics_print. ctx is a struct config_lines. */
struct config_lines {
	const struct config_file *files;
	size_t n;
};
const char *config_line(void *ctx, const char *file, uint32_t line, size_t *len);

#endif

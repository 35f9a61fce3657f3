/* What the files of the configuration share among themselves: declarations before they are
 * resources, and the typed reading of nodes. */
#ifndef CHARTER_STATE_CONFIG_PRIV_H
#define CHARTER_STATE_CONFIG_PRIV_H

#include "state/canon.h"
#include "state/config.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* What was written for one attribute of the kind; its shape is checked. */
struct written {
	const struct node *node; /* NULL: the key is absent */
	bool only;               /* {only: [...]}: node is the list in it */
};

/* Another place that declares the same thing alike. */
struct source {
	struct place where;
	const struct source *next;
};

/* One entry of a section. */
struct declaration {
	uint16_t kind, flags;
	struct place where;         /* of its key */
	const struct text *name;    /* as written; a unit's path; a delegation's service */
	const struct text *account; /* IAM, delegations: the account's name as written; else NULL */
	struct place account_where;
	const struct text *id;          /* pinned, or NULL */
	const struct node *previously;  /* a text or a list of texts, or NULL */
	const struct written *written;  /* one for each attribute of the kind; may be shared */
	const struct text *owner;       /* address of what it was made for ("task/NAME"), or NULL */
	const struct node *acknowledge; /* findings that are known, a list, or NULL */
	int64_t expires_us;             /* 0: no end */
	const struct source *also;      /* other places than `where`, or NULL */
	bool expanded;                  /* made of a section that stands for many */
	bool broken;                    /* it has errors: only its name is good */
};

/* One run of config_read(). */
struct reading {
	struct config *config;
	struct arena *arena;
	struct diagnostics *diagnostics;
	bool lenient;
	bool main;        /* the file being read is charter.yaml */
	bool independent; /* organization: none */
};

struct compiler;

/* Nodes, with the error diagnosed. `what` is how messages name the value: a key's name. */
bool node_is_map(struct reading *, const struct node *, const char *what);
bool node_is_list(struct reading *, const struct node *, const char *what);
/* Text: any scalar but null and the plain booleans. NULL when diagnosed. */
const struct text *node_text(struct reading *, const struct node *, const char *what);
/* true or false; *ok false when diagnosed. */
bool node_flag(struct reading *, const struct node *, const char *what, bool *ok);
/* A whole number in [min, max]; -1 when diagnosed. `suffix` ("%") must follow it, or is "". */
int64_t node_integer(struct reading *, const struct node *, const char *what, const char *suffix,
		     int64_t min, int64_t max);
/* A date or RFC 3339 time; false when diagnosed. */
bool node_until(struct reading *, const struct node *, const char *what, int64_t *us);
/* Twelve quoted digits; NULL when diagnosed. */
const struct text *node_account_id(struct reading *, const struct node *, const char *what);
/* `key` is none of `known` (NULL-terminated): an error with the nearest one, or nothing when
 * lenient. */
void key_unknown(struct reading *, const struct entry *, const char *const *known);
/* The same of each key of the map that is none of `known`. */
void keys_check(struct reading *, const struct node *map, const char *const *known);
/* A known key that nothing can go wrong without: a warning that says what holds meanwhile. */
void key_without_effect(struct reading *, const struct entry *, const char *meanwhile);
/* "not supported yet" at the key, or nothing when lenient. */
void key_unsupported(struct reading *, const struct entry *);
bool name_among(const char *name, const char *const *names);
/* " ; did you mean `x`?" for messages, or "". Stops looking once there are many errors. */
const char *suggestion(struct arena *, const struct diagnostics *, const char *name,
		       const char *const *known, size_t n);

/* Texts, each once; false when diagnosed. */
bool elements_check(struct reading *, const struct node *list, const char *what);

/* Top-level keys of charter.yaml alone. */
void settings_read(struct reading *, const struct entry *);
void settings_finish(struct reading *, const struct node *root);
void guards_read(struct reading *, const struct entry *);
void rules_read(struct reading *, const struct entry *, bool release);
void organization_read(struct reading *, const struct entry *);
void access_settings_read(struct reading *, const struct node *);
void record_settings_read(struct reading *, const struct entry *);

/* Sections. */
/* identity_center, which may stand in several files; and what it lacks once all are read. */
void identity_center_read(struct reading *, const struct entry *);
void identity_center_finish(struct reading *);
/* Whether no entry of this name stands in another place; diagnosed when one does. `what` is one of
 * the section's: "pool". */
bool entry_keep(struct reading *, const char *what, const struct entry *);
void section_read(struct reading *, const struct entry *, enum kind_id, const char *name,
		  const struct text *account, struct place account_where);
void iam_read(struct reading *, const struct entry *);
void section_note(struct reading *, const struct text *name, struct place, uint32_t n);
/* Sections that are expanded when compiled: their entries are kept, and names are unique. */
void pools_read(struct reading *, const struct entry *);
void tasks_read(struct reading *, const struct entry *);
void jump_read(struct reading *, const struct entry *);
/* The kind of a section of IAM ("users"), or -1; its settings ("alias") are KIND_IAM_ACCOUNT. */
int iam_section_kind(const char *key);
extern const char *const iam_keys[];
/* Reads the map of one declaration, whose name and place stand; `broken` when diagnosed. */
void declaration_read(struct reading *, const struct node *body, struct declaration *);
/* Keys that a declaration of the kind may have; their number. */
size_t declaration_keys(uint16_t kind, const char **names, size_t max);
/* Adds a declaration, unless the name is taken: then an error, and NULL. */
struct declaration *declaration_add(struct reading *, const struct declaration *);
/* Reads one attribute of a kind: by its own rule, or its type's. False when diagnosed. */
bool attr_read(struct reading *, uint16_t kind, uint16_t attr, const struct entry *,
	       struct written *);
/* Checks the shape of a value against the attribute's type; false when diagnosed. */
bool written_read(struct reading *, const struct attr *, const struct entry *, struct written *);

/* A list, or {only: [...]}, whose elements are not looked at; false when diagnosed. */
bool list_open(struct reading *, const char *what, struct written *);

/* Attributes whose written form is their own: durations, logins, password policies. */
struct special {
	uint16_t kind, attr;
	/* The shape of written->node; false when diagnosed. NULL: as any of its type. */
	bool (*shape)(struct reading *, const struct attr *, struct written *);
	/* The canonical value of a good shape; NULL: as any of its type. */
	struct value (*value)(struct compiler *, const struct declaration *, const struct attr *,
			      const struct written *);
};
const struct special *special_find(uint16_t kind, const struct attr *); /* NULL: none */
/* Of permission sets: policies that stand in the accounts, by name and path; boundaries; inline
 * policies, which {} clears. */
bool customers_shape(struct reading *, const struct attr *, struct written *);
struct value customers_value(struct compiler *, const struct declaration *, const struct attr *,
			     const struct written *);
bool boundary_shape(struct reading *, const struct attr *, struct written *);
struct value boundary_value(struct compiler *, const struct declaration *, const struct attr *,
			    const struct written *);
struct value inline_value(struct compiler *, const struct declaration *, const struct attr *,
			  const struct written *);
/* Where a console password goes: the person's key; NULL: no login, or diagnosed. */
const struct text *login_key(struct compiler *, const struct declaration *);

/* The key under which a name is known; NULL: a bad path of a unit. */
char *name_key(struct arena *, const struct declaration *);
/* A unit's path, split at '/', each part with %2F and %25 decoded. False: an empty part. */
typedef VEC(const struct text *) text_vec;
bool unit_path_split(struct arena *, const char *path, text_vec *parts);
/* The same as the address: "unit/Workloads/Training"; "root" for "/"; NULL for a bad path. */
const struct text *unit_address(struct arena *, const char *path);

/* What selections ask of a declared account. */
struct account_facts {
	const struct text *name, *unit; /* unit: its address, or NULL */
	const struct node *tags;        /* a map, or NULL */
	bool inactive, management;
};

/* One run of compile(). */
struct compiler {
	const struct config *config;
	const struct compile_world *world;
	struct arena *arena;
	struct diagnostics *diagnostics;
	struct side *side;
	VEC(struct declaration) declarations; /* the config's, then what sections stand for */
	struct map *by_name;                  /* the latter: name_key() -> index + 1 */
	struct map *bodies;     /* bodies of expanded declarations: what was read of them */
	struct resource **made; /* one for each declaration, NULL when it is broken */
	VEC(struct account_facts) accounts; /* sorted by name; made at the first selection */
	struct map *account_facts;          /* name -> struct account_facts */
	VEC(const struct text *) selected;  /* names of accounts that some section selected */
	struct map *documents;              /* canonical documents already made */
	struct map *said; /* places of errors that would come once for each user of a name */
	const char *partition;
	bool lenient;
};

/* Makes the resources of all declarations, sections expanded: no values yet but those of accounts.
 * The side is the caller's. */
void compiler_start(struct compiler *, const struct config *, const struct compile_world *,
		    struct diagnostics *);
void compiler_free(struct compiler *);
/* What is known of a declared account; NULL: it is not declared, or broken. */
const struct account_facts *account_facts(struct compiler *, const char *name);
/* For reading nodes while compiling: it has no config. */
struct reading compiler_reading(const struct compiler *);
/* The address of a declared account; NULL, diagnosed once for each place. */
const struct text *account_resolve(struct compiler *, const struct text *name, struct place);
/* Marks as said what is wrong at a place: false when it was before. */
bool place_say(struct compiler *, struct place, const char *what);
const struct text *declaration_address(struct arena *, const struct declaration *);
struct resource *declaration_resource(const struct compiler *, const struct declaration *);
/* Checks a name, text, element or key by the attribute's limits and rule; true when lenient. */
bool text_check(struct compiler *, const struct attr *, const struct text *, struct place);
/* "; did you mean `x`?" among declared accounts or units, or "". */
const char *account_near(struct compiler *, const char *name);
const char *unit_near(struct compiler *, const char *path);
/* The same of any kind; account NULL: in whichever. */
const char *declared_near(struct compiler *, enum kind_id, const struct text *account,
			  const char *name);
/* The same among the entries of a section. */
const char *entry_near(struct compiler *, const entry_list *, const char *name);
/* The id of a declared account as text, or the token ${account/NAME.id}. */
const struct text *account_id_text(struct compiler *, const struct declaration *account);
/* The value of an attribute as written; UNSET when diagnosed. */
struct value written_value(struct compiler *, const struct declaration *, const struct attr *,
			   const struct written *);
/* UNSET where there is no text. */
struct value known_or_unset(const struct text *);
/* A reference by its bare name as an address or an ARN; NULL when diagnosed. */
const struct text *reference_resolve(struct compiler *, const struct declaration *,
				     const struct attr *, const struct node *);
/* The ARN of "aws/NAME", or one that is written; NULL when diagnosed, as all that is not AWS's. */
const struct text *aws_policy_resolve(struct compiler *, const struct node *);
/* A path of IAM, with both slashes; false when diagnosed. */
bool path_read(struct compiler *, const struct attr *, const struct node *,
	       const struct text **path);
/* A document: a path, or the mapping itself. Canonical JSON; NULL when diagnosed. */
const struct text *document_compile(struct compiler *, const struct declaration *,
				    const struct attr *, const struct node *, const char *what);
/* A file that a path of the configuration names; NULL when diagnosed. `what`: "document". */
const struct config_file *file_resolve(struct compiler *, const struct node *path, const char *what,
				       const char *problem);
/* What is wrong with the path of any file; NULL: nothing. */
const char *file_path_problem(const char *path);
/* Replaces ${...}. NULL: *problem says what is wrong, for a message after the text's name. */
const struct text *interpolate(struct compiler *, const struct declaration *, const char *s,
			       size_t len, const char **problem);
/* Characters of a canonical text that tokens of ids not known yet take beyond the ids. */
size_t token_excess(const struct text *);
void previously_compile(struct compiler *);
/* Sizes, counts and attachments, once every resource stands. */
void quotas_check(struct compiler *);

/* The whole name ("job-function/ViewOnlyAccess") of an AWS-managed policy of the built-in table;
 * `name` may lack the path. NULL: not known. */
const char *aws_managed_find(const char *name);

#endif

/* A plan as a document: what `-o json` writes, what a saved plan holds, and what the text and
 * Markdown reports print. Built from a fresh plan or read from a file, so `show` and `plan` can't
 * disagree. The shape is that of charter.plan/1 (docs/plan-format.md); keys may only be added.
 * Pure. */
#ifndef CHARTER_RECONCILER_PLAN_DOC_H
#define CHARTER_RECONCILER_PLAN_DOC_H

#include "base/error.h"
#include "base/json_out.h"
#include "state/diff.h"

/* One element of a set or map. In a plain set the values are VALUE_TEXT(key) or VALUE_NONE. */
struct doc_element {
	const char *key;
	struct value base, head, live; /* maps: JSON keys base, head, live (null: none; left out:
					  not declared or not read) */
	const char *reason;
};

struct doc_attribute {
	const char *name;
	bool is_set; /* added, removed (and for maps: changed) in place of base, head, live */
	bool is_map, is_policy;        /* is_policy: values (or map values) are policy documents */
	struct value base, head, live; /* is_set false */
	const char *reason;            /* is_set false */
	struct doc_element *added, *removed, *changed;
	uint32_t added_n, removed_n, changed_n;
	const char *blocked; /* not read: name of the scope; JSON key only when set */
	bool by_hand;        /* JSON key "by_hand": true, only when set */
};

struct doc_place {
	const char *file;
	uint32_t line;
};

struct doc_change {
	const char *action, *kind, *address, *id, *file, *reason, *risk; /* id, file: may be NULL */
	uint32_t line;
	bool gone; /* its places are base's: head has them no more. JSON "source.base": true, only
		      then */
	/* The other places that declare it alike. JSON key "sources", of all places, only when
	 * there are several. */
	struct doc_place *also;
	uint32_t alsos;
	const char *previous; /* former address, of a rename; JSON key only when set */
	const char *blocked;  /* JSON key "blocked" only when set: what was not read */
	struct doc_attribute *attribute;
	uint32_t attributes;
	uint32_t *call; /* numbers */
	uint32_t calls;
};

/* An account of the configuration, by which reports fold what happens in many. */
struct doc_account {
	const char *name, *unit; /* unit: path, "/" of the root */
};
struct doc_access {
	const char *effect, *principal, *account, *permission, *through;
	const char *strength; /* "read", "write", "administrator"; NULL: not known */
};
struct doc_guard {
	const char *name, *result, *detail; /* result: pass | refuse */
};
struct doc_call {
	uint32_t n;
	const char *service, *operation, *account, *input,
	    *change; /* input: JSON text; change: address, or "record" */
	uint32_t *needs;
	uint32_t needs_n;
};
struct doc_unread {
	const char *scope, *error, *message;
};
struct doc_note {     /* JSON: arrays "unmanaged", "released", "ignored", "by_hand", "leftovers",
			 "warnings" by `what`, each     element {"address", "id", "kind", "text"} */
	uint8_t what; /* enum note_kind */
	const char *kind, *address, *id, *text;
};
/* A unit or an account, declared or live, of the whole organization: the tree of the HTML page, and
 * nothing else. */
struct doc_node {
	const char *address, *name;
	const char *unit;  /* path of the unit that it is in, "/": the root */
	const char *id;    /* AWS's; NULL: it is not there */
	const char *state; /* of an account that is not ACTIVE; else NULL */
};
struct doc_commit {
	const char *commit, *tree,
	    *config; /* NULL: null. No base at all: all NULL and the JSON value is null */
	bool present;
};

struct doc_summary {
	unsigned create, update, delete, adopt, drift, unmanaged, calls;
};

#define PLAN_FORMAT  "charter.plan/1"
#define DRIFT_FORMAT "charter.drift/1"

struct doc_drift;
struct plan_doc {
	const char *format; /* PLAN_FORMAT or DRIFT_FORMAT */
	const char *plan_id, *organization, *scope;
	const char *path; /* of the configuration in its repository, "" for its root */
	struct doc_commit base, head, target;
	struct doc_summary summary;
	bool complete;
	struct doc_unread *unread;
	size_t unread_n;
	struct doc_change *change;
	size_t changes;
	struct doc_access *access;
	size_t access_n;
	/* Active ones, where something happens in accounts. JSON key "accounts" only then. */
	struct doc_account *account;
	size_t accounts;
	struct doc_guard *guard;
	size_t guards;
	struct doc_call *call;
	size_t calls;
	struct doc_note *note;
	size_t notes;
	const char *refusal; /* several lines, or NULL: why nothing may be done. JSON "refused" */
	const char *created, *tool; /* meta */
	uint32_t estimate_seconds;
	struct doc_drift *drift; /* reconciler/drift.h, of a drift report; else NULL */
	/* Only where doc_tree_fill() was called, for the HTML page: units and accounts, sorted by
	 * address; and what those who gain or lose access have before and after (effect NULL). */
	struct doc_node *node;
	size_t nodes;
	struct doc_access *kept;
	size_t kept_n;
};

int doc_write_json(const struct plan_doc *, struct json_out *);
struct plan;
/* Fills node and kept, which are in no JSON but the page's. Called only when a page is asked for.
 */
void doc_tree_fill(struct arena *, struct plan_doc *, const struct plan *);
/* A member of an object: null when there is none. */
void doc_write_commit(struct json_out *, const char *key, const struct doc_commit *);
/* Reads a saved plan; every string and number is checked; errors say what is wrong where. Strings
 * live in the arena. */
int doc_read_json(struct arena *, const char *data, size_t len, const char *file, struct plan_doc *,
		  struct error *err);

struct style {
	bool color;
	unsigned width; /* columns; 0: do not wrap */
};
/* For people at a terminal. */
void doc_write_text(const struct plan_doc *, const struct style *, struct buf *);
/* How a forge or a page shows Markdown. */
enum markdown_dialect {
	MARKDOWN_GITHUB, /* alerts, folds, Mermaid; GitLab and Gitea show them too */
	MARKDOWN_PLAIN,  /* no HTML, no Mermaid: CodeCommit */
};
struct markdown_style {
	enum markdown_dialect dialect;
	size_t max_bytes; /* MARKDOWN_BYTES, or less: 5,000 is enough for most plans */
	/* What stands before a configuration file's path in a link to it, at head's commit and at
	 * base's; "#L12" follows. NULL: no links. */
	const char *blob, *blob_base;
};
#define MARKDOWN_BYTES 60000 /* GitHub's comments hold 65,536 characters */

/* For a pull request: what is refused and what goes first, and never folded; the rest folded where
 * long. At most max_bytes; what is left out is counted and said, in the order of report_markdown.c.
 * Deletions and losses are never left out: where they do not fit one by one, those of Identity
 * Center are counted for each group and permission set, then for each set, then together; others
 * are named in as few bytes as can be. False: not even that fits, and it is longer than max_bytes.
 */
bool doc_write_markdown(const struct plan_doc *, const struct markdown_style *, struct buf *);
/* "2 to create, 1 to update; 14 calls, about 7 s": the counts of its title. */
void doc_write_summary(const struct plan_doc *, struct buf *);
/* A call a line: "1 organizations MoveAccount management {...} needs -" */
void doc_write_calls(const struct plan_doc *, struct buf *);

#endif

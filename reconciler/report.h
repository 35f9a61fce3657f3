/* What the text and the Markdown report share: what is said, not how it looks. Nothing here
 * escapes; each report does so for its own sink. Private to report_*.c. Pure. */
#ifndef CHARTER_RECONCILER_REPORT_H
#define CHARTER_RECONCILER_REPORT_H

#include "reconciler/doc_value.h"
#include "reconciler/report_places.h"

/* Unmanaged resources shown before the rest is only counted. */
#define REPORT_UNMANAGED_MAX 20
/* Equal lines around a change in a policy document. */
#define REPORT_CONTEXT 2

/* A drift report tells what happened outside git, so its signs and arrows point from git to AWS; a
 * plan's point from AWS to git. */
bool report_is_drift(const struct plan_doc *);
/* Nothing to change, whatever there may be to note. */
bool report_is_empty(const struct plan_doc *);
/* A deletion, or a change that takes an attachment, a member or a policy away. */
bool change_is_loss(const struct doc_change *);
bool access_is_loss(const struct doc_access *);
bool change_is_high(const struct doc_change *);

/* Not read, and not changed by the commit: nothing can be said of it. Such ones are no changes, and
 * are listed with what was not read. */
bool change_is_unknown(const struct doc_change *);
size_t report_unknown(const struct plan_doc *);
/* Changes that wait for something, or were not read. */
unsigned report_blocked_count(const struct plan_doc *, bool waits);

/* "2 to create, 3 to update; 1 drifted; 14 calls, about 7 s", or that there is nothing to do. */
void report_counts(const struct plan_doc *, struct buf *);
/* "about 7 s", "about 3 min". */
void report_time(struct buf *, unsigned seconds);
/* "1a2b3c4 -> 5d6e7f8", with this arrow. */
void report_commits(const struct plan_doc *, const char *arrow, struct buf *);
/* "drift, high risk, renamed from unit/Old": what is not usual; empty for a plain change. */
void report_remarks(const struct plan_doc *, const struct doc_change *, struct buf *);
/* Why nothing is done: "not read, so nothing is done: iam/222222222222", or what is waited for. */
void report_blocked(const char *blocked, struct buf *);
/* What a scope is to people: "Identity Center's users"; NULL where its name says it. */
const char *report_scope(const char *name);
/* What to do about what was not read; NULL: its messages say it. */
const char *report_unread_advice(const struct plan_doc *);
/* Where a permission set has not got to, "not provisioned in a, b", and what goes with one that is
 * deleted, "what it gives in a, b". False: the attribute is another one. `places` may be NULL. */
bool report_set_places(const struct doc_change *, const struct doc_attribute *, struct places *,
		       put_name_fn *name, struct buf *);
/* Whether an attribute's reason says more than the remarks on its change do. */
bool reason_is_news(const struct doc_change *, const char *reason);
/* Whether an id says more than the address: IAM's ARNs hold nothing but the same names. */
bool id_is_news(const char *id);
/* "accounts.yaml:12", all of several places, or nothing. */
void report_place(const struct doc_change *, struct buf *);
/* A value as people write it: "(none)", "" in quotes when empty. */
void report_value(const struct attr *, struct value, struct buf *);
/* An element as the configuration writes it: a policy's name, aws/ReadOnlyAccess. */
void report_key(const struct attr *, const char *key, struct buf *);
/* What a note of this kind is headed with. */
const char *report_note_title(enum note_kind);
size_t report_notes(const struct plan_doc *, enum note_kind);

/* One element of a set or map, or a whole value (key NULL), as the report points. */
struct report_item {
	char sign; /* '+', '-', '~' */
	const char *key;
	struct value from, to;
	struct value base, head, live; /* for conflicts */
	const char *reason;
	bool conflict;
};
uint32_t attribute_items(const struct doc_attribute *);
struct report_item attribute_item(const struct plan_doc *, const struct doc_attribute *,
				  uint32_t index);
/* The text of a value that is a policy document, or NULL. */
const char *value_policy(struct value);
/* Elements are policy documents, or the whole value is. */
bool item_is_policy(const struct doc_attribute *, const struct report_item *);

#endif

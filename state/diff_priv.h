/* What the files of the three-way difference share. Nobody else includes this. */
#ifndef CHARTER_STATE_DIFF_PRIV_H
#define CHARTER_STATE_DIFF_PRIV_H

#include "state/diff.h"

/* A difference in the making. */
struct differ {
	struct arena *arena;
	const struct bound *bound;
	const struct diff_options *o;
	struct diagnostics *diag;
	struct difference *out;
	VEC(struct change) changes;
	VEC(struct note) notes;
	struct map *leaving; /* address of an old unit being emptied -> address of its row */
	struct map *gone;    /* address of a permission set that is deleted -> its reason */
	struct map *left;    /* diff_left.c: address of what stays other than head says */
	/* Live edges of one set that head would have to declare. */
	VEC(const struct row *) missing;
	unsigned guesses; /* names that were looked for among those that AWS has */

	/* The row at hand. */
	const struct row *row;
	bool creating;
	bool refused;      /* it cannot become what head says; a message says why */
	const char *waits; /* what an element that is to be added waits for, or NULL */
	VEC(struct diff) diffs;
};

/* ignore.c: rules and filters. */
const struct settings *differ_settings(const struct differ *);
/* --only and --except. */
bool address_selected(const struct differ *, const struct text *address);
/* Whether a difference counts: it is selected, and no rule ignores it (a note says so). attr NULL:
 * the whole resource. key NULL: the whole value. */
bool diff_counts(struct differ *, const struct attr *attr, const struct text *key);
/* A note about the row's edge or another address, unless an ignore rule covers it. */
bool address_ignored(struct differ *, uint16_t kind, const struct text *address);
/* Whether `unmanaged: ignore` passes it over. */
bool unmanaged_hidden(const struct differ *, uint16_t kind, const struct text *address);
/* The `release` rule that covers this address, or NULL. */
const struct ignore_rule *release_find(const struct differ *, const struct text *address);
/* Warnings for rules whose end has passed. */
void rules_expired(struct differ *);
/* The address of an element itself ("policy_attachment/POLICY/unit/PATH"), or NULL. */
const struct text *edge_address(struct differ *, const struct attr *, const struct text *element,
				const struct text *target);
/* Drops what --no-removals, --only-drift and --only-due leave out of an update. */
void diffs_filter(struct differ *);
bool change_filtered(const struct differ *, enum action, enum reason);

/* diff.c: deletes what is live, unless a rule releases it or its scope was not read whole. */
void row_delete(struct differ *, enum reason);
void row_leftover(struct differ *);
void change_push(struct differ *, enum action, enum reason, const char *blocked_by, bool blocked);

/* diff_edge.c: the row at hand, an edge. True when there is no more to be said of it. */
bool edge_diff(struct differ *);
/* Refuses the plan with the lines to add for the edges that were noted as missing, of one set. */
void edges_refuse(struct differ *);
/* The row at hand is to be deleted: an edge that must stay, and so holds it back; or NULL. */
const char *set_held(struct differ *);
/* What the address waits for, which head only refers to: the scope that was not read, or that AWS
 * does not have it. NULL: nothing. */
const char *reference_waits(struct differ *, const struct text *address);
/* The same of the edge at hand, which is to be created. */
const char *edge_waits(struct differ *);
/* The scope that was not read of something that an edge joins and that is not there, or NULL. */
const char *edge_unread(struct differ *, const struct row *);

/* diff_left.c: the row at hand, which is updated. How many of its differences whoever refers to it
 * waits for; of all that were found, then of those that the run's options leave. */
size_t left_count(const struct differ *);
/* Where one thing that a permission set is to have is blocked, all are. */
void gains_block(struct differ *);
/* Notes the row where not all differences are written; `before`: left_count() of all. */
void left_note(struct differ *, size_t before);
/* What the row at hand, an edge that is to be created, waits for at this address; or NULL. */
const char *left_why(const struct differ *, const struct text *address);

/* notes.c */
void note_add(struct differ *, enum note_kind, uint16_t kind, const struct text *address,
	      const struct text *id, const char *text);
void notes_finish(struct differ *);
/* A row that nobody declares. */
void note_unmanaged(struct differ *, const struct row *);
/* Attachments of a declared target that does not say what is attached. */
void note_unmanaged_edges(struct differ *, const struct row *);
/* Why charter never removes an element of this additive set. */
const char *by_hand_text(struct differ *, const struct attr *, const struct text *key);

/* diff_set.c: one set or map of the row at hand. */
void set_diff(struct differ *, uint16_t attr, struct value live);
struct value base_value(const struct row *, uint16_t attr);
void diff_push(struct differ *, struct diff);
/* Whether a live value differs from what a former configuration declares. */
bool former_differs(const struct attr *, struct value former, struct value live);

/* diff_scalar.c: all attributes of the row at hand; live NULL: it is to be created. */
void row_compare(struct differ *, const struct resource *live);
/* A live value, in which a reference to the old one of two units that are one means the row. */
struct value live_value(const struct differ *, const struct resource *live, uint16_t attr);

/* refuse.c: what would have to be added to the configuration. */
void adopt_refuse(struct differ *, const struct attr *, const struct set *missing);
/* A scalar of YAML that reads back as this text. */
void yaml_put(struct buf *, const char *);

/* diff_unread.c: any of the row's resources, the most telling first. */
const struct resource *row_any(const struct row *);
/* The account that a row stands in or is directed at; NULL: its kind has none. */
const struct text *row_account(const struct row *);
/* The scope that was not read and would show this row, or NULL. */
const char *row_unread(struct differ *, const struct row *);
/* The same, with the scopes of what it holds: a resource is deleted only where that was read too.
 */
const char *row_unread_held(struct differ *, const struct row *);
/* Removals wait for a whole reading; the other elements go on. */
void removals_block(struct differ *);
/* A unit that moves is made anew with all that it has and holds, and so only where that was read.
 * The scope that was not, or NULL. */
const char *move_block(struct differ *);

/* Whether head declares the row and charter may write it. */
bool row_is_managed(const struct row *);

#endif

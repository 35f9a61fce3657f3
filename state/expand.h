/* Sections that stand for many plain declarations: baselines, the jump account, tasks. They are
 * expanded when a configuration is compiled, so that the comparison only ever sees plain kinds. */
#ifndef CHARTER_STATE_EXPAND_H
#define CHARTER_STATE_EXPAND_H

#include "state/config_priv.h"

/* Accounts of a section: `accounts` united with (`units` and all below, narrowed by
 * `account_tags`), less `except`. Not ACTIVE ones are left out, and the management account unless
 * it is named. Nodes may be NULL. What is not declared is diagnosed. Sorted by name, in the arena.
 */
struct selection {
	const struct node *accounts, *units, *account_tags, *except;
};
size_t accounts_select(struct compiler *, const struct selection *, const struct text ***names);
/* Reads the keys of a selection out of a section's map: true when the entry was one of them. */
bool selection_key(struct selection *, const struct entry *);

/* Adds a declaration of the kind in the account, from a map as it would stand under `iam:
 * accounts:`; `where` is the line that is to be shown. An equal one is merged, keeping the first
 * place; one that differs is an error with both lines. The body is read by the ordinary rules of
 * the kind. NULL: diagnosed. */
struct declaration *expand_declare(struct compiler *, enum kind_id, const struct text *account,
				   const struct text *name, struct node *body, struct place where);
/* Reads a body once, however many accounts it stands for, without a declaration of it: so that a
 * mistake is said also where no account is. */
const struct declaration *expand_body(struct compiler *, enum kind_id, const struct text *name,
				      struct node *body, struct place where);
/* Adds a declaration whose name is free. The pointer lives until the next one is added. */
struct declaration *declaration_push(struct compiler *, const struct declaration *);
/* The declaration of this name, expanded ones included. Its pointer lives until the next
 * expand_declare(). NULL: none. */
struct declaration *expand_find(const struct compiler *, enum kind_id, const char *account,
				const char *name);
/* Adds an element to a list (value NULL), or a key to a map, of a declaration, which may have none
 * yet: then only this element is managed. One that is there with another value is an error. */
void expand_element(struct compiler *, struct declaration *, uint16_t attr, const char *key,
		    const char *value, struct place where);

/* Whether it stands in a list of texts; NULL: there is none. */
bool node_lists(const struct node *list, const char *element);

/* The sections. Each reads its own nodes from compiler->config. */
void expand_baselines(struct compiler *);
void expand_tasks(struct compiler *);
void expand_jump(struct compiler *);
/* identity_center: people and groups that are not declared, and kept by an identity provider, as
 * external ones; and its assignments, which are no declarations but resources at once: there may be
 * a hundred thousand. */
void expand_identity(struct compiler *);

/* Nodes that were not written. Scalars count as quoted. */
struct node *node_make_text(struct arena *, struct place, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
struct node *node_make_map(struct arena *, struct place);
struct node *node_make_list(struct arena *, struct place);
void node_put(struct arena *, struct node *map, const char *key, struct node *value);
void node_append(struct arena *, struct node *list, struct node *value);

#endif

/* Loading a reading into the twin: what its files share. Private to load*.c. */
#ifndef CHARTER_AWS_TWIN_LOAD_PRIV_H
#define CHARTER_AWS_TWIN_LOAD_PRIV_H

#include "aws/twin/twin_priv.h"

/* One resource of a snapshot, for as long as it is looked at. */
struct load_row {
	const char *kind, *id, *address; /* "" when absent */
	const json_t *json;
	const json_t *values; /* an object: strings, nulls, arrays and objects of strings */
};

/* Where a resource stands: parsed again when it is wanted, since a hundred thousand of them parsed
 * take more memory than the twin that they make. */
struct load_line {
	const char *text;
	size_t len, line;
	char kind[32]; /* cut off, where it is none that exists */
};

struct load {
	struct twin *twin;
	const char *file;
	size_t line; /* of what is looked at, for messages */
	struct error *err;
	const json_t *world; /* the head's */
	VEC(struct load_line) lines;
	json_t *head;    /* the first line */
	json_t *texts;   /* what was shared so far, see twin_share() */
	bool allow_list; /* attachments of FullAWSAccess were read */
	json_t *arns;    /* IAM: "ACCOUNT/name in lower case" -> ARN of the policy */
	json_int_t when; /* of the reading, seconds since 1970 */
	json_t *fresh;   /* IAM: accounts whose roles this reading has told of */
	size_t notes_left_out;
};

/* "FILE:LINE: ..."; always -1. */
int load_bad(struct load *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What the twin lacks, for twin_notes(). */
void load_note(struct load *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A text among the row's values; NULL: unset, or no text. */
const char *load_text(const struct load_row *, const char *name);
/* Seconds since 1970 of `created`; -1: absent. */
json_int_t load_created(const struct load_row *);
bool load_is_account(const char *id);  /* twelve digits */
bool load_is_amount(const char *text); /* "12", "12.5"; NULL is none */
/* What follows "KIND/~" in a raw address; NULL: it is none of this kind. */
const char *load_raw(const char *address, const char *kind);
/* Calls fn for each row of the kind; -1 at the first that fails. */
int load_each(struct load *, const char *kind, int (*fn)(struct load *, const struct load_row *));
/* Puts a map of texts into the row's object `name`. */
void load_map(json_t *row, const char *name, const json_t *map);

/* load_org.c, load_iam.c, load_identity.c: from the rows into the twin. */
int load_organization(struct load *);
int load_iam(struct load *);
int load_identity(struct load *);
/* load_iam.c, for what load_iam_role.c loads. The account that the row stands in, which is there
 * from now on; its name; NULL: none, with the error. */
const char *load_account(struct load *, const struct load_row *);
const char *load_name(struct load *, const struct load_row *);
void load_created_set(const struct load_row *, json_t *to);
/* A row whose ARN is not the one that name and path make can't be found by it: -1. */
int load_arn_check(struct load *, const struct load_row *, const json_t *made);
/* What users, groups and roles have in common; NULL: an error. */
json_t *load_principal(struct load *, const struct load_row *, const char *table,
		       json_t *(*make)(struct twin *, const char *account, const char *path,
				       const char *name));
/* load_iam_role.c */
void load_iam_accounts(struct load *);
int load_iam_roles(struct load *);
int load_owned(struct load *, const struct load_row *, const char *account, json_t *user);
/* load_state.c: a saved state, whose every member that handlers read is of its type, and whose rows
 * refer to rows that exist. */
int load_state(struct twin *, const json_t *state, const char *file, struct error *);
struct load_check {
	const json_t *state;
	const char *file;
	struct error *err;
};
/* "FILE: not a state of the twin: ..."; always -1. */
int load_state_bad(const struct load_check *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Calls the check for each row of the table; -1 at the first that fails. */
int load_state_each(const struct load_check *, const char *table,
		    int (*check)(const struct load_check *, const char *id, const json_t *row));
int load_state_identity(const struct load_check *); /* load_state_identity.c */

#endif

/* What is neglected among the credentials of accounts, out of IAM's credential reports: shown,
 * never changed. */
#ifndef CHARTER_RECONCILER_HYGIENE_H
#define CHARTER_RECONCILER_HYGIENE_H

#include "aws/client.h"
#include "reconciler/plan_doc.h"

#define HYGIENE_DAYS 90
#define HYGIENE_ROOT "<root_account>" /* what the report calls the root user */

enum hygiene_kind {
	HYGIENE_ROOT_KEY, /* the root user has an active access key */
	HYGIENE_ROOT_MFA, /* it may sign in, and has no MFA device */
	HYGIENE_NO_MFA,   /* a user has a console password and no MFA device */
	HYGIENE_OLD_KEY,  /* an active access key is more than 90 days old */
	HYGIENE_UNUSED,   /* neither password nor keys were used for more than 90 days */
	HYGIENE_KINDS
};
extern const char *const hygiene_names[HYGIENE_KINDS]; /* "root_key", ... */

struct hygiene_finding {
	uint8_t kind; /* enum hygiene_kind */
	uint8_t key;  /* 1 or 2: which access key; 0: none */
	const char *account, *user;
	int64_t since_us; /* the key or the user was made; -1: not said */
	int64_t used_us;  /* last use; -1: never, as far as AWS knows */
};

struct hygiene_account {
	const char *name, *id;
	const char *generated;      /* time of AWS's report, or NULL */
	const char *code, *message; /* it could not be read, or NULL */
	bool left_out;              /* on purpose: code and message say so, and it is not asked */
};

struct hygiene {
	struct arena *arena;              /* not owned */
	int64_t now_us;                   /* the run's date */
	struct hygiene_account *accounts; /* sorted by name */
	size_t accounts_n;
	VEC(struct hygiene_finding) findings;
	size_t count[HYGIENE_KINDS];
	size_t users, unread; /* unread: without those that are left out */
};

/* The findings of one account's report (CSV). Pure. -1: it is none. */
int hygiene_take(struct hygiene *, const struct hygiene_account *, const char *csv, size_t len,
		 struct error *err);
/* Sorts and counts, after the last account. */
void hygiene_finish(struct hygiene *);
void hygiene_free(struct hygiene *); /* its vector */

/* Asks AWS for the reports of all accounts at once, and takes them. What cannot be read is said in
 * the account. */
void hygiene_read(struct hygiene *, struct client *, struct loop *);

/* One line about a finding, after account and user. */
void hygiene_phrase(const struct hygiene *, const struct hygiene_finding *, struct buf *);
void hygiene_write_text(const struct hygiene *, const struct style *, struct buf *);
void hygiene_write_markdown(const struct hygiene *, struct buf *);
int hygiene_write_json(const struct hygiene *, struct buf *); /* -1: the buffer is full */

#endif

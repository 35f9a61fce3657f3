/* Whose keys sign a request: those of the run, or a session of the role by which another account is
 * entered. They are obtained when first asked for, and anew before they end. Private to the client.
 */
#ifndef CHARTER_AWS_IDENTITY_H
#define CHARTER_AWS_IDENTITY_H

#include "aws/bucket.h"
#include "aws/client.h"

/* Keys that requests under way share: new ones may come meanwhile. */
struct keys {
	unsigned users;
	struct credentials c;
};

struct identity;

/* What is held for each account: who acts in it, and its rates. Made at the first request. */
struct account {
	struct client *client;
	struct account *next;
	char *id;                          /* "": that of the run's credentials */
	bool young;                        /* made by this run: refusals to enter are waited out */
	struct identity *identity;         /* NULL: nobody asked yet, or it was left */
	struct bucket *bucket[RATE_COUNT]; /* each NULL until it is asked for */
	uint32_t by_op[OP_COUNT];          /* requests sent, less those that AWS throttled */
};
struct account *account_new(struct client *, const char *id);
void account_free(struct account *); /* after its identities */
/* NULL: no rate of our own. */
struct bucket *account_bucket(struct account *, enum rate_id);
/* Another reference; identity_release() gives it back. */
struct identity *account_identity(struct account *);
/* The next request asks for a new identity; requests under way keep theirs. */
void account_leave(struct account *);

enum identity_state {
	IDENTITY_READY, /* its keys may sign now */
	IDENTITY_WAIT,  /* keys are being obtained: identity_wait() */
	IDENTITY_FAILED /* identity_failure() */
};
struct identity_failure {
	enum reply_outcome outcome; /* UNSENT or CANCELLED */
	char code[64];
	char *message;
};

/* Begins to obtain keys where that is due. */
enum identity_state identity_check(struct identity *);
/* go() is called once, from the loop: with keys, or, while it lasts, with a failure. */
void identity_wait(struct identity *, struct waiter *);
void identity_leave(struct identity *, struct waiter *);
/* NULL: none. */
const struct identity_failure *identity_failure(const struct identity *);
struct keys *identity_keys(struct identity *); /* another reference; ready only */
void keys_release(struct keys *);              /* NULL is accepted */
/* AWS says that keys of this generation have ended. Whether others may be had. */
bool identity_expired(struct identity *, uint64_t generation);
uint64_t identity_generation(const struct identity *);
int64_t identity_expires_us(const struct identity *); /* 0: not known */
/* "environment", "the session of arn:...": for messages. */
const char *identity_source(const struct identity *);
void identity_release(struct identity *);
/* Of the client, which is being freed. */
void identities_free(struct client *);

bool code_is_expired(const char *code);

#endif

/* What the sources of credentials share: each is a row of the chain in provider.c and a file of its
 * own. Private to them. */
#ifndef CHARTER_AWS_PROVIDER_PRIV_H
#define CHARTER_AWS_PROVIDER_PRIV_H

#include "aws/ask.h"
#include "aws/credentials_files.h"
#include "aws/provider.h"

/* The world of one decision, and of the get that follows it. */
struct place {
	const struct env *env;
	struct loop *loop;
	struct shared_files files;
	char *region; /* where STS is asked */
};

/* Whose source is looked for. */
struct decision {
	const struct place *place;
	const char *profile;
	bool top;       /* the run's own: the environment and the machine count as well */
	bool keys_only; /* a profile that names itself as its source_profile */
	const struct decision *from; /* whose source_profile this is, or NULL */
};

struct source;
/* The credentials live until it returns, but may be taken; or NULL and why. */
typedef void source_done_fn(void *ctx, struct credentials *, const struct error *);

struct source_kind {
	/* 1 and a new source by source_init() when the profile, or the environment, names this one;
	 * 0 when not; -1 when it does and something is wrong. Asks nobody. */
	int (*decide)(const struct decision *, struct source **, struct error *err);
	void (*get)(struct source *);  /* ends in one source_end(), now or later, from the loop */
	void (*free)(struct source *); /* what it owns, a get under way too; not the source */
};
extern const struct source_kind source_environment, source_role, source_web, source_sso,
    source_credentials_file, source_login, source_process, source_config_file, source_container,
    source_imds;

/* The first member of each kind's own. Texts in it point into the files and the environment. */
struct source {
	const struct source_kind *kind;
	const struct place *place;
	char *name;
	source_done_fn *done;
	void *ctx;
};

/* Allocates a kind's own source of this size; takes the name. */
void *source_new(size_t size, const struct source_kind *, const struct decision *, char *name);
void source_free(struct source *); /* NULL is accepted */
/* "profile main of /home/me/.aws/config": by where it has this key. */
char *source_profile_name(const struct decision *, const char *key);
/* The first row of the chain that decides for itself. */
int source_decide(const struct decision *, struct source **, struct error *err);
void source_get(struct source *, source_done_fn *, void *ctx);
/* Tells who asked, and frees the credentials; of an error (credentials NULL), after the source's
 * name. */
void source_end(struct source *, struct credentials *, struct error *err);

/* A variable that is not empty, else the profile's setting, else NULL. */
const char *place_env(const struct place *, const char *variable);
const char *decision_get(const struct decision *, const char *key);
/* role_session_name, AWS_ROLE_SESSION_NAME, or "charter". */
const char *decision_session_name(const struct decision *);
/* duration_seconds, or 0; -1 with an error. */
int decision_duration(const struct decision *, struct error *err);

/* Keys in the JSON that a source answers with. */
struct key_names {
	const char *id, *secret, *token, *expires;
};
extern const struct key_names names_metadata, names_sts, names_sso; /* sts: a process too */
/* Copies them. The time is text or, as a number, milliseconds since 1970; absent: they do not end.
 * A message holds names only. */
int keys_read(const json_t *, const struct key_names *, struct credentials *, struct error *err);

/* The text of a token file, as it is: at most 64 KiB, not empty. `variable` names it in messages.
 */
int token_read(const char *variable, const char *path, struct buf *out, struct error *err);

/* credential_process: runs the command line, without a shell, and takes what it prints. Blocks for
 * at most limit_us of real time, then ends it with its process group. */
#define PROCESS_LIMIT_US (60 * 1000000LL)
int process_run(const char *command, int64_t limit_us, struct buf *out, struct error *err);

#endif

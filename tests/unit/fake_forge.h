/* A forge that answers from a script, behind a transport, in virtual time: for tests of forges. */
#ifndef CHARTER_TESTS_FAKE_FORGE_H
#define CHARTER_TESTS_FAKE_FORGE_H

#include "base/http.h"
#include "git/forge.h"

#define TOKEN "CANARY-0123456789"
#define API   "https://forge.example.com/api"
#define LOST  (-1) /* as status: sent, and no answer */
#define AWAY  (-2) /* not sent at all */

/* One request that is expected, and its answer; each is used once, in order. */
struct step {
	const char *method, *path; /* what follows API; a whole URL where it has none */
	const char *with;          /* in its body; NULL: it has none */
	int status;
	const char *headers; /* "link: <...>\n", or NULL */
	const char *body;
};

struct fake_forge {
	struct transport transport;
	struct clock clock;
	struct random_seeded random;
	struct env env;
	struct arena *arena;
	struct forge *forge;
	int64_t mono_us;
	const struct step *steps; /* method NULL ends */
	size_t step;
	struct http_request *request;
	const char *header; /* that has the token: "Authorization: Bearer " */
};

#define FAKE_NOW_US 1795309323000000LL /* 2026-11-22T01:02:03Z, when it begins */

struct fake_forge *fake_forge_new(const struct forge_settings *, const char *header);
void fake_forge_free(struct fake_forge *);
/* What comes next. */
void fake_forge_expect(struct fake_forge *, const struct step *);
/* All that was expected has come; by fake_forge_expect() and fake_forge_free() too. */
void fake_forge_finish(struct fake_forge *);
/* The message of an error has this, and no token; the error is cleared. */
void assert_error(struct error *, const char *has);
void assert_no_error(struct error *);

#endif

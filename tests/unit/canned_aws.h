/* AWS that answers from a table, behind a transport: for tests of readings. */
#ifndef CHARTER_TESTS_CANNED_AWS_H
#define CHARTER_TESTS_CANNED_AWS_H

#include "aws/wire.h"
#include "base/arena.h"

/* The answer to an operation whose request body holds `with`; the first that fits. */
struct rule {
	const char *op, *with;
	int status; /* 0: 200 */
	const char *body;
};

#define IAM_REPLY(op, result)                                                                      \
	"<" op "Response><" op "Result>" result "</" op "Result></" op "Response>"
#define IAM_NONE                                                                                   \
	"<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>none</Message></Error>"           \
	"</ErrorResponse>"
/* What an account has beside users, groups, roles and policies: nothing. */
#define EMPTY_IAM_EXTRA                                                                            \
	{"ListAccountAliases", NULL, 0, IAM_REPLY("ListAccountAliases", "<AccountAliases/>")},     \
	    {"GetAccountPasswordPolicy", NULL, 404, IAM_NONE},                                     \
	{                                                                                          \
		"ListOpenIDConnectProviders", NULL, 0,                                             \
		    IAM_REPLY("ListOpenIDConnectProviders", "<OpenIDConnectProviderList/>")        \
	}
#define EMPTY_IAM                                                                                  \
	{"GetAccountAuthorizationDetails", NULL, 0,                                                \
	 IAM_REPLY("GetAccountAuthorizationDetails", "<UserDetailList/>")},                        \
	    {"ListRoles", NULL, 0, IAM_REPLY("ListRoles", "<Roles/>")}, EMPTY_IAM_EXTRA

struct canned {
	struct transport transport;
	struct clock clock;
	struct random_seeded random;
	struct env env;
	struct loop *loop;
	struct client *client;
	int64_t mono_us;
	const struct rule *rules, *more; /* more: before rules; both end with op NULL */
	bool backwards;                  /* the newest request is answered first */
	VEC(struct http_request *) queue;
	struct buf asked; /* "OP BODY\n" of each request */
};

struct reading {
	struct canned *server;
	struct arena *arena;
	struct side *side; /* of the account 111111111111, partition aws */
	struct crawl *crawl;
};

struct reading *reading_new(const struct rule *rules, const struct rule *more);
void reading_free(struct reading *);
/* What was queued, to its end. */
void reading_finish(struct reading *);
/* Reads everything. */
void reading_run(struct reading *);
/* A line a resource: address, id, and what was read. */
void assert_side(const struct side *, const char *want);
void assert_scope(const struct reading *, const char *name, enum scope_state);
/* How often this stands in what was asked. */
unsigned asked_count(const struct reading *, const char *what);
/* One probe, the last thing of a reading: the scope's name (NULL: nothing could be asked) and what
 * it showed. The only id that is known is `id`, of the address that the call uses. */
struct probe_trial {
	enum op_id op;
	uint16_t kind;
	const char *account, *input, *use, *id, *scope, *want;
};
void probe_run(struct reading *, const struct probe_trial *);

#endif

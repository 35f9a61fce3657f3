/* The half of a kind that speaks with AWS. Pure but for queueing reads. */
#ifndef CHARTER_AWS_WIRE_H
#define CHARTER_AWS_WIRE_H

#include "aws/call.h"
#include "aws/crawl.h"
#include "aws/trail.h"

/* Ids known at this moment of the execution, for probes. */
struct probe_context {
	/* The id of an address (live, or made by this run), or NULL. */
	const struct text *(*id)(void *ctx, const struct text *address);
	void *ctx;
	const struct world *world;
};

struct wire {
	/* Queues the reading of everything of this kind; NULL: another kind's reading brings it
	 * along. Called once for each crawl (and not for each account). */
	void (*read)(struct crawl *);
	/* Queues the smallest reading that shows what this call is about, with the ordinary
	 * handlers, into crawl->side (a private side: it may show other things too). The name of
	 * the scope that must be whole for the verdict goes to *scope; NULL: an id is not known
	 * yet, nothing is read. */
	void (*probe)(struct crawl *, const struct call *, const struct probe_context *,
		      const struct text **scope);
	/* Queues what a reading leaves out and this row needs, before it is compared: what a user
	 * owns that a deletion must take along, the console password of one that declares `login`.
	 * The row is bound and live; values go to row->live by side_add() and side_know(). NULL:
	 * nothing is left out. */
	void (*deepen)(struct crawl *, const struct row *);
	/* Emits the calls of one change. */
	void (*calls)(struct calls *, const struct change *);
	/* Addresses that this change makes, remakes or enables beside its own: declared before any
	 * calls hook runs. NULL: only creations make, and their own address. */
	void (*makes)(struct calls *, const struct change *,
		      void (*add)(struct calls *, const struct text *address));
	/* Which calls of AWS, ours or other hands', change what. NULL: nobody can tell. */
	const struct trail_row *trail;
};
extern const struct wire *const wires[KIND_COUNT];
#define KIND(ID, symbol) extern const struct wire wire_##symbol;
#include "state/kinds.def"
#undef KIND

/* Reads everything: the organization, all kinds. `caller` from GetCallerIdentity is in
 * side->world already. */
void wires_read(struct crawl *);
/* Reads the IAM of an account, into the scope "iam/ID". wires_read() does so for the run's own;
 * what others are read is for the caller to say. */
void iam_read_account(struct crawl *, const struct text *account_id);
/* What a reading of Identity Center is asked for. */
struct identity_wanted {
	/* Every pair of permission set and account is asked, so that assignments of deleted
	 * principals are seen too. Else by principal where there are fewer of them, which only the
	 * management account may ask. */
	bool exact;
};
/* Reads IAM Identity Center, in the region that client_set_region() was told, into the scope
 * "identity_center" and those within: "identity_users", "identity_groups", "identity_members",
 * "permission_sets", "assignments". It begins once the accounts of the organization were read, in
 * this crawl or before. */
void identity_read(struct crawl *, const struct identity_wanted *);
/* Asks whether the policies that permission sets name exist in the accounts where head assigns
 * those, beside what the side tells already: each once, in scopes "customer_policies/ACCOUNTID",
 * which hold nothing up. The rows are bound. state/presence.h answers then. */
void customer_policies_read(struct crawl *, const struct bound *);
/* Asks every row that is live for what its kind's reading leaves out. */
void wires_deepen(struct crawl *, const struct bound *);

/* What a live unit holds directly: units and accounts whose parent it is, sorted by address. In the
 * arena; *n gets their number. For the guard of a moved unit. */
const struct resource **unit_holds(struct arena *, const struct side *live,
				   const struct text *address, size_t *n);

#endif

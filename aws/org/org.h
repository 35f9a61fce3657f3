/* What the wires of AWS Organizations share: within aws/org/ only. */
#ifndef CHARTER_AWS_ORG_ORG_H
#define CHARTER_AWS_ORG_ORG_H

#include "aws/tags.h"
#include "aws/wire.h"

/* A policy that ListTargetsForPolicy shows on a target: kept until all targets have been read. */
struct org_target {
	const struct text *target; /* AWS's id */
	const struct text *policy; /* raw address */
};

/* The state of one reading, in crawl->priv. */
struct org {
	bool full;       /* everything is read, not just what a probe looks for */
	bool ask_parent; /* accounts came without Paths: each parent is asked for its accounts */
	bool delegations_asked; /* each service was asked for its administrators */
	uint32_t organization, units, accounts, policies, attachments, delegated, access;
	uint32_t tags_unit, tags_account, tags_policy;
	VEC(const struct text *) parents; /* ids of the root and the units found so far */
	VEC(struct org_target) targets;
	VEC(const struct text *) services; /* with trusted access */
};
struct org *org_of(struct crawl *);

/* The one organization; made when this reading has none yet, its id may be NULL. */
struct resource *organization_resource(struct crawl *);
/* "root", or the raw address of a unit. */
const struct text *parent_raw(struct arena *, const char *id);
/* What an id of Organizations belongs to, found in this reading or made (with nothing known). NULL:
 * not an id of a root, unit, account or policy. */
struct resource *org_resource(struct crawl *, const char *id);
/* The same, without making. */
struct resource *org_find(const struct crawl *, const char *id);
/* The attribute that holds the tags, and the one that holds the attached policies. */
uint16_t tags_attr(uint16_t kind);
uint16_t policies_attr(uint16_t kind);

/* Reading; each queues its reads. */
void organization_describe(struct crawl *, uint32_t scope);
void roots_read(struct crawl *, uint32_t scope);
void access_read(struct crawl *, uint32_t scope);
void tags_read(struct crawl *, uint32_t scope, struct resource *);
void units_read(struct crawl *, uint32_t scope, const struct text *parent_id);
void accounts_read(struct crawl *, uint32_t scope);
void account_read(struct crawl *, uint32_t scope, const struct text *id);
/* `source`: the id of the unit that is known on all sides as `source_address`, or NULL. */
void account_parent_read(struct crawl *, uint32_t scope, const struct text *id,
			 const struct text *source, const struct text *source_address);
void creations_read(struct crawl *, uint32_t scope);
void parent_found(struct crawl *, const struct text *id);
void accounts_end(struct crawl *);
void policies_read(struct crawl *, uint32_t scope, const struct text *type);
void policy_types_read(struct crawl *, const json_t *enabled);
void policy_read(struct crawl *, uint32_t scope, const struct text *id);
void targets_read(struct crawl *, uint32_t scope, const struct text *policy_id);
void target_probe(struct crawl *, uint32_t scope, const struct text *policy_id,
		  const struct text *target_id);
void attachments_end(struct crawl *);
void delegated_list(struct crawl *, uint32_t scope);
void delegated_read(struct crawl *, uint32_t scope, const struct text *service);

/* The probe of every kind of Organizations: told by the operation. */
void org_probe(struct crawl *, const struct call *, const struct probe_context *,
	       const struct text **scope);

/* Calls. The address whose id is meant: "root" for the organization. */
const struct text *org_target_of(struct calls *, const struct row *);
/* A use of the organization, where this plan makes it. */
void call_uses_organization(struct calls *, struct call *);
void org_tags_calls(struct calls *, const struct change *, uint16_t attr);
void attachments_calls(struct calls *, const struct change *, uint16_t attr);
/* For a target that this plan makes: attaches these. */
void attachments_new(struct calls *, const struct row *, uint16_t attr, const struct value *);
/* The same, but for what AWS attaches by itself, and that alone: taken off. */
void attachments_add(struct calls *, const struct row *, uint16_t attr, const struct value *);
void attachments_allow_list(struct calls *, const struct row *, uint16_t attr);
void unit_move_makes(struct calls *, const struct change *,
		     void (*add)(struct calls *, const struct text *));
/* Whether the change makes the unit anew under another parent. */
bool unit_is_moved(const struct change *);
void unit_move_calls(struct calls *, const struct change *);
/* What the calls enable that bring to a unit what the one has whose place it takes, or had: until
 * they have succeeded, that one keeps its accounts and is not deleted. NULL: it takes no place. */
const struct text *unit_carried(struct calls *, const struct row *);
/* Says that the call lets go of the parent: its address, and the old identity of a remade one. */
void call_frees_parent(struct calls *, struct call *, const struct text *parent);
/* The id of the live parent, "root" or a unit, even where the unit is remade. NULL: not known. */
const struct text *parent_live_id(const struct calls *, const struct text *parent);

#endif

/* What the wires of the identity store share: within aws/identitystore/ and aws/sso/ only. Every
 * reading goes to crawl->side, with raw addresses, in a scope that is open; world.identity_store is
 * known. */
#ifndef CHARTER_AWS_IDENTITYSTORE_IDENTITYSTORE_H
#define CHARTER_AWS_IDENTITYSTORE_IDENTITYSTORE_H

#include "aws/wire.h"

/* The store's id, beginning an input: {IdentityStoreId: ...}. */
json_t *identity_store_input(const struct crawl *);

/* Queues the listing of all. `each` (or NULL) is told of every one that was recorded. */
typedef void identity_listed(struct crawl *, struct resource *);
void identity_users_list(struct crawl *, uint32_t scope, identity_listed *each);
void identity_groups_list(struct crawl *, uint32_t scope, identity_listed *each);

/* One, by its id, or by its user name or display name. One that is not there is not recorded, and
 * no failure. A group's members are not read. */
void identity_user_read(struct crawl *, uint32_t scope, const struct text *id);
void identity_user_named_read(struct crawl *, uint32_t scope, const struct text *name);
void identity_group_read(struct crawl *, uint32_t scope, const struct text *id);
void identity_group_named_read(struct crawl *, uint32_t scope, const struct text *name);

/* The members of a group as they are read, the last one first. */
struct identity_member {
	const struct text *user, *membership; /* ids */
	struct identity_member *next;
};
struct identity_members;
typedef void identity_members_whole(struct crawl *, struct identity_members *);
struct identity_members {
	struct resource *group;
	struct identity_member *first;
	identity_members_whole *whole;
};
/* Queues their listing; `whole` is told once it was read whole. Nothing is recorded before
 * identity_members_know(): a listing of users may have left some out. */
void identity_members_list(struct crawl *, uint32_t scope, struct resource *group,
			   identity_members_whole *whole);
/* Makes them what the group is known to hold: IDGROUP_MEMBERS, and its aux:
 * {"USERID":"MEMBERSHIPID",..}. */
void identity_members_know(struct crawl *, struct identity_members *);
/* The same asked about one user: the members are that one, or none. The group is recorded by its id
 * alone, without a name, where it is not in the side already. */
void identity_member_read(struct crawl *, uint32_t scope, const struct text *group_id,
			  const struct text *user_id);
/* The id of the membership of a live group's member, from its aux; NULL: not known. The member is
 * the user's id. */
const struct text *identity_membership(struct arena *, const struct resource *group,
				       const struct text *user_id);

#endif

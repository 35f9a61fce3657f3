/* Private to selftest_hand*.c. */
#ifndef CHARTER_RECONCILER_SELFTEST_HAND_H
#define CHARTER_RECONCILER_SELFTEST_HAND_H

#include "reconciler/selftest.h"

struct hand {
	struct chance *chance;
	json_t *a, *b;          /* things of both */
	const json_t *accounts; /* of a */
	json_t *list;
};
/* False: there was nothing to do it to. */
typedef bool hand_fn(struct hand *);
hand_fn hand_member, hand_managed, hand_inline, hand_boundary, hand_user_tag, hand_version,
    hand_role, hand_own, hand_settings;

bool hand_add(struct hand *, const char *call, json_t *input);
/* The last one is done in the account of this address. True. */
bool hand_account(struct hand *, const char *address);
const char *last_name(const char *address);
/* The address of a thing of this kind in `a`, not kept; NULL: none. */
const char *thing_pick(struct hand *, const char *kind);
const char *any_pick(struct hand *, const char *kind); /* kept or not */
json_t *token(const char *address);                    /* that becomes its id */

/* selftest_hand_identity.c */
hand_fn hand_assign, hand_unassign, hand_team, hand_person, hand_set, hand_stranger, hand_gone;
/* An identity provider keeps the user or group from now on. -1: it is not there. */
int synchronize_do(struct twin *, const char *address, const char *id);
void center_ask(struct twin *);
/* What Identity Center has under way ends now. */
void jobs_end(struct twin *);
/* The input with what every call of its service has. Takes it. */
json_t *hand_center_input(const char *call, json_t *input);

#endif

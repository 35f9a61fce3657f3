/* Private to expand_jump.c and expand_team.c: the section `jump`. */
#ifndef CHARTER_STATE_EXPAND_JUMP_H
#define CHARTER_STATE_EXPAND_JUMP_H

#include "state/expand.h"

/* Tags that charter alone sets on members; policies that are too large for the group. */
#define TEAM_TAG "charter-team-"

/* The section, put together from all files. */
struct jump {
	struct compiler *compiler;
	struct reading reading; /* for the checks of nodes */
	const struct entry *account, *mfa;
	entry_list roles, teams;
	struct map *names; /* "role NAME", "team NAME" -> entry */
	struct place where;
	bool require_mfa;
};

/* Declares what a team consists of: its group, its roles, and what makes users its members. */
void team_expand(struct jump *, const struct entry *team);

#endif

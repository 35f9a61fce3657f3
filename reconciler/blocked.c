/* What waits because something else was not read. */
#include "reconciler/blocked.h"

#include "base/env.h"
#include "reconciler/lockout.h"
#include "state/judge.h"

#include <string.h>

/* Addresses that a blocked change would have made: what refers to them is blocked too. */
static bool text_is_blocked(const struct map *blocked, struct value v)
{
	return v.state == VALUE_TEXT && map_get(blocked, v.u.text->s);
}

/* Documents name accounts as ${account/NAME.id}. */
static bool document_is_blocked(const struct map *blocked, const struct text *document)
{
	const char *at = document->s, *end;

	while ((at = strstr(at, "${account/")) != NULL && (end = strstr(at, ".id}")) != NULL) {
		auto_free char *address = xasprintf("%.*s", (int)(end - at) - 2, at + 2);

		if (map_get(blocked, address))
			return true;
		at++;
	}
	return false;
}

static bool element_is_blocked(const struct map *blocked, const struct attr *attr,
			       const struct text *key, const struct text *value)
{
	if (attr->type == ATTR_REFS)
		return map_get(blocked, key->s) != NULL;
	return value && document_is_blocked(blocked, value);
}

struct trustees {
	const struct map *blocked;
	bool found;
};

static void trusted_try(void *ctx, const struct trusted *t)
{
	struct trustees *trustees = ctx;
	const char *at = strstr(t->principal, ":iam::");

	trustees->found = trustees->found || (at && map_get(trustees->blocked, at));
}

/* AWS refuses a trust policy that names a user or role which does not exist. */
static bool trust_is_blocked(const struct map *blocked, const struct text *document)
{
	struct trustees trustees = {.blocked = blocked};
	struct policy *policy = policy_parse(document);

	if (policy)
		policy_trusted(policy, trusted_try, &trustees);
	policy_free(policy);
	return trustees.found;
}

static bool value_is_blocked(const struct map *blocked, const struct attr *attr, struct value v)
{
	if (attr->type == ATTR_REF)
		return text_is_blocked(blocked, v);
	if (attr == &kinds[KIND_IAM_ROLE]->attr[ROLE_TRUST] && v.state == VALUE_TEXT &&
	    trust_is_blocked(blocked, v.u.text))
		return true;
	if (v.state == VALUE_TEXT)
		return document_is_blocked(blocked, v.u.text);
	for (uint32_t i = 0; v.state == VALUE_SET && i < v.u.set->n; i++)
		if (element_is_blocked(blocked, attr, v.u.set->item[i].key, v.u.set->item[i].value))
			return true;
	return false;
}

static bool diff_is_blocked(const struct map *blocked, const struct attr *attr,
			    const struct diff *d)
{
	if (d->removal)
		return false;
	if (!d->key)
		return value_is_blocked(blocked, attr, d->head);
	return element_is_blocked(blocked, attr, d->key,
				  d->head.state == VALUE_TEXT ? d->head.u.text : NULL);
}

/* What is not made is known by its address, and in trust policies by its ARN after the partition.
 */
static void blocked_add(const struct plan_input *in, struct map *blocked, struct change *c)
{
	const struct resource *head = c->row->head;
	const struct text *account, *id;
	const struct value *path;
	auto_free char *token = NULL, *arn = NULL;
	bool is_role = head && head->kind == KIND_IAM_ROLE;

	map_put(blocked, c->row->address->s, c);
	if (!head || (!is_role && head->kind != KIND_IAM_USER) || head->v[1].state != VALUE_TEXT)
		return;
	account = head->v[1].u.text;
	id = account_id_of(in, account);
	token = id ? xstrdup(id->s) : xasprintf("${%s.id}", account->s);
	path = &head->v[is_role ? ROLE_PATH : USER_PATH];
	arn = xasprintf(":iam::%s:%s%s%s", token, is_role ? "role" : "user",
			path->state == VALUE_TEXT ? path->u.text->s : "/", head->v[0].u.text->s);
	map_put(blocked, arn, c);
}

/* Nothing is made in part: a unit without its policies would be a hole in the fence. */
static bool resource_is_blocked(const struct map *blocked, const struct resource *r)
{
	for (uint16_t a = 0; a < kinds[r->kind]->attrs; a++)
		if (value_is_blocked(blocked, &kinds[r->kind]->attr[a], r->v[a]))
			return true;
	return false;
}

static bool change_block(const struct plan_input *in, struct map *blocked, struct change *c)
{
	const struct resource *head = c->row->head;
	bool more = false;

	if (c->blocked || !head)
		return false;
	if (c->action == ACTION_CREATE && resource_is_blocked(blocked, head)) {
		c->blocked = true;
		c->blocked_by = "what it refers to";
		blocked_add(in, blocked, c);
		return true;
	}
	for (uint32_t i = 0; i < c->diffs; i++) {
		struct diff *d = (struct diff *)&c->diff[i]; /* our own copy, see plan_changes */

		if (!d->blocked && diff_is_blocked(blocked, &kinds[head->kind]->attr[d->attr], d))
			more = d->blocked = true;
		if (d->blocked && !c->blocked_by)
			c->blocked_by = "what it refers to";
	}
	return more;
}

static void held_add(struct map *held, const struct text *key, struct value v, struct change *c)
{
	if (key && v.state != VALUE_UNSET && v.state != VALUE_NONE)
		map_put(held, key->s, c);
	else if (!key && v.state == VALUE_TEXT)
		map_put(held, v.u.text->s, c);
}

/* What is still referred to, since it is a blocked change that would let go of it. */
static void change_holds(struct map *held, struct change *c)
{
	const struct resource *live = c->row->live;

	if (!live)
		return;
	for (uint16_t a = 0; c->blocked && a < kinds[live->kind]->attrs; a++)
		if (kinds[live->kind]->attr[a].type == ATTR_REF)
			held_add(held, NULL, live->v[a], c);
	for (uint32_t i = 0; i < c->diffs; i++)
		if (c->diff[i].blocked)
			held_add(held, c->diff[i].key, c->diff[i].live, c);
}

/* A deletion waits for those, and what it refers to for it: a unit for the units in it. */
static void plan_wait(struct plan *plan)
{
	auto_map *held = map_new();

	for (size_t i = 0; i < plan->changes; i++)
		change_holds(held, &plan->change[i]);
	for (bool more = map_count(held) > 0; more;) {
		more = false;
		for (size_t i = 0; i < plan->changes; i++) {
			struct change *c = &plan->change[i];

			if (c->action != ACTION_DELETE || c->blocked ||
			    !map_get(held, c->row->address->s))
				continue;
			more = c->blocked = true;
			c->blocked_by = "what is in it, or refers to it";
			change_holds(held, c);
		}
	}
}

static const struct change *change_of_row(const struct plan *plan, const struct row *row)
{
	for (size_t i = 0; i < plan->changes; i++)
		if (plan->change[i].row == row)
			return &plan->change[i];
	return NULL;
}

/* Of what was made for the same owner elsewhere. */
enum successor { SUCCESSOR_NONE, SUCCESSOR_BLOCKED, SUCCESSOR_COMES };

/* Whether it is there whole, or comes to be by this plan. */
static enum successor successor_of(const struct plan *plan, const struct text *owner)
{
	const struct bound *bound = plan->in->bound;

	for (size_t i = 0; i < bound->rows; i++) {
		const struct row *row = &bound->row[i];
		const struct change *c;
		bool comes;

		if (!row->head || (row->head->flags & RES_ENDED) ||
		    !text_eq(row->head->owner, owner))
			continue;
		c = change_of_row(plan, row);
		comes = c ? !c->blocked : row->live != NULL;
		for (uint32_t k = 0; c && k < c->diffs; k++)
			comes = comes && !c->diff[k].blocked;
		return comes ? SUCCESSOR_COMES : SUCCESSOR_BLOCKED;
	}
	return SUCCESSOR_NONE;
}

/* A task of head that is to be somewhere by now. Where, nobody knows while the spend of its pool is
 * not known. */
static bool task_is_due(const struct plan_input *in, const struct text *owner)
{
	const struct text *name = address_name(in->arena, owner);
	const struct config *config = in->head_config;

	for (size_t i = 0; config && i < config->tasks.n; i++) {
		const struct entry *task = config->tasks.at[i];
		const struct node *starts;
		int64_t us;

		if (!text_eq(task->key, name))
			continue;
		starts = task->value->type == NODE_MAP ? node_get(task->value, "starts") : NULL;
		return !starts || starts->type != NODE_SCALAR ||
		       time_parse(starts->s->s, &us) != 0 || us <= in->now_us;
	}
	return false;
}

static bool task_stays(const struct plan *plan, const struct row *row)
{
	const struct resource *head = row->head, *declared = head ? head : row->base;
	const struct text *owner = declared ? declared->owner : NULL;

	/* Its end has come, wherever it is. */
	if (!owner || !str_starts(owner->s, "task/") || (head && !(head->flags & RES_CREDIT)))
		return false;
	switch (successor_of(plan, owner)) {
	case SUCCESSOR_COMES:
		return false;
	case SUCCESSOR_BLOCKED:
		return true;
	case SUCCESSOR_NONE:
		break;
	}
	return task_is_due(plan->in, owner);
}

/* A task leaves its account for another only where it can be made there. */
static void plan_stay(struct plan *plan)
{
	for (size_t i = 0; i < plan->changes; i++) {
		struct change *c = &plan->change[i];

		if (c->action != ACTION_DELETE || c->blocked || !task_stays(plan, c->row))
			continue;
		c->blocked = true;
		c->blocked_by = "its next account, where it can't be made";
	}
}

void plan_block(struct plan *plan)
{
	auto_map *blocked = map_new();

	for (size_t i = 0; i < plan->changes; i++)
		if (plan->change[i].blocked && !plan->change[i].row->live)
			blocked_add(plan->in, blocked, &plan->change[i]);
	for (bool more = map_count(blocked) > 0; more;) {
		more = false;
		for (size_t i = 0; i < plan->changes; i++)
			more |= change_block(plan->in, blocked, &plan->change[i]);
	}
	plan_stay(plan);
	plan_wait(plan);
	plan->unread_declared |= plan->in->unread;
	for (size_t i = 0; i < plan->changes; i++) {
		const struct change *c = &plan->change[i];

		plan->unread_declared |= c->blocked;
		for (uint32_t k = 0; k < c->diffs; k++)
			plan->unread_declared |= c->diff[k].blocked;
	}
}

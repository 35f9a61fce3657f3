/* Pools of accounts with credit, and tasks: users that stand in their pool's current account. */
#include "state/expand.h"
#include "state/money.h"

#include <string.h>

/* A pool, and which of its accounts is the one whose credit is not used up. */
struct pool {
	const struct entry *entry;
	const struct account_facts **account; /* ACTIVE ones, in order */
	size_t accounts;
	int64_t credit; /* hundredths */
	bool broken;
	bool unknown;   /* what was spent in account[current] is not known */
	size_t current; /* == accounts: the pool is exhausted */
};

struct task {
	const struct entry *entry;
	struct pool *pool;
	struct node *body, *ended; /* of the user; of one that goes */
	bool good;                 /* nothing of it was diagnosed */
	bool waits;                /* `starts` is to come */
	bool over;                 /* `expires` has passed */
};

/* Pools. */

static void pool_accounts_read(struct compiler *compiler, struct pool *pool,
			       const struct node *list)
{
	struct reading reading = compiler_reading(compiler);

	pool->broken |= !node_is_list(&reading, list, "accounts") ||
			!elements_check(&reading, list, "accounts");
	if (pool->broken)
		return;
	pool->account = arena_array(compiler->arena, list->n, sizeof(struct account_facts *));
	for (uint32_t i = 0; i < list->n; i++) {
		const struct node *node = list->entry[i].value;
		const struct account_facts *facts = account_facts(compiler, node->s->s);

		if (facts == NULL)
			pool->broken |= account_resolve(compiler, node->s, node->where) == NULL;
		else if (!facts->inactive)
			pool->account[pool->accounts++] = facts;
	}
	if (list->n == 0 && !compiler->lenient)
		diagnose(compiler->diagnostics, list->where, "pool `%s` has no account",
			 pool->entry->key->s);
}

static void pool_credit_read(struct compiler *compiler, struct pool *pool, const struct node *node)
{
	struct reading reading = compiler_reading(compiler);
	const struct text *text = node_text(&reading, node, "credit");

	if (text == NULL || !money_parse(text->s, &pool->credit)) {
		pool->broken = true;
		if (text != NULL)
			diagnose(compiler->diagnostics, node->where,
				 "`credit` must be an amount such as 500 USD");
		return;
	}
	/* China's is the other one that AWS bills by. */
	if (!str_ends(text->s, "USD") && !str_ends(text->s, "CNY") && !compiler->lenient)
		diagnose_warning(compiler->diagnostics, node->where,
				 "nothing is converted: Cost Explorer tells what is spent in USD, "
				 "and `credit` is taken for as many");
}

static void pool_read(struct compiler *compiler, struct pool *pool)
{
	static const char *const known[] = {"accounts", "credit", NULL};
	static const char *const required[] = {"accounts", "credit"};
	struct reading reading = compiler_reading(compiler);
	const struct node *map = pool->entry->value;

	if (!node_is_map(&reading, map, pool->entry->key->s)) {
		pool->broken = true;
		return;
	}
	for (uint32_t i = 0; i < map->n; i++) {
		const struct entry *entry = &map->entry[i];

		if (text_is(entry->key, "accounts"))
			pool_accounts_read(compiler, pool, entry->value);
		else if (text_is(entry->key, "credit"))
			pool_credit_read(compiler, pool, entry->value);
		else
			key_unknown(&reading, entry, known);
	}
	for (size_t i = 0; i < COUNT(required); i++) {
		if (node_get(map, required[i]) != NULL)
			continue;
		diagnose(compiler->diagnostics, pool->entry->where, "pool `%s` has no `%s`",
			 pool->entry->key->s, required[i]);
		pool->broken = true;
	}
}

static const struct resource *account_resource(struct compiler *compiler,
					       const struct account_facts *facts)
{
	return declaration_resource(compiler,
				    expand_find(compiler, KIND_ACCOUNT, NULL, facts->name->s));
}

static bool pool_has_moved(struct compiler *compiler, const struct pool *pool, size_t at,
			   const struct task *tasks, size_t n)
{
	const struct compile_world *world = compiler->world;
	const struct resource *account = account_resource(compiler, pool->account[at]);

	for (size_t i = 0; world->has_user != NULL && i < n; i++) {
		if (tasks[i].pool == pool &&
		    world->has_user(world->ctx, account, tasks[i].entry->key->s))
			return true;
	}
	return false;
}

/* The first account whose spend is below the credit, from the last one where a task is already:
 * what Cost Explorer remembers ends after a year, and nothing goes back for that. */
static void pool_decide(struct compiler *compiler, struct pool *pool, const struct task *tasks,
			size_t n)
{
	const struct compile_world *world = compiler->world;
	int64_t spend = 0;

	for (size_t i = pool->accounts; !pool->broken && i-- > 0 && pool->current == 0;) {
		if (pool_has_moved(compiler, pool, i, tasks, n))
			pool->current = i;
	}

	for (; !pool->broken && pool->current < pool->accounts; pool->current++) {
		if (world->spend != NULL)
			spend = world->spend(
			    world->ctx, account_resource(compiler, pool->account[pool->current]));
		pool->unknown = spend < 0;
		if (spend < pool->credit)
			break;
	}
}

/* Tasks. */

/* 0: none, or diagnosed. */
static int64_t time_read(struct compiler *compiler, const struct node *map, const char *key)
{
	struct reading reading = compiler_reading(compiler);
	const struct node *node = node_get(map, key);
	int64_t us = 0;

	return node != NULL && node_until(&reading, node, key, &us) ? us : 0;
}

/* A task has all the keys of a user, and two more. */
static void task_keys_check(struct reading *reading, const struct node *map)
{
	const char *known[64] = {"pool", "starts"};
	size_t n = 2 + declaration_keys(KIND_IAM_USER, known + 2, COUNT(known) - 3);

	known[n] = NULL;
	keys_check(reading, map, known);
}

/* The bodies: the user without the keys of the task, and just its name with former ones. */
static void bodies_make(struct compiler *compiler, struct task *task)
{
	const struct node *map = task->entry->value;
	const char *known[64];
	size_t n = declaration_keys(KIND_IAM_USER, known, COUNT(known) - 1);

	known[n] = NULL;
	task->body = node_make_map(compiler->arena, map->where);
	task->ended = node_make_map(compiler->arena, map->where);
	for (uint32_t i = 0; i < map->n; i++) {
		const struct entry *entry = &map->entry[i];

		if (name_among(entry->key->s, known))
			node_put(compiler->arena, task->body, entry->key->s, entry->value);
		if (text_is(entry->key, "previously"))
			node_put(compiler->arena, task->ended, entry->key->s, entry->value);
	}
}

static void times_read(struct compiler *compiler, struct task *task)
{
	const struct node *map = task->entry->value;
	int64_t starts = time_read(compiler, map, "starts"), expires;
	int64_t now = compiler->world->now_us;

	expires =
	    expand_body(compiler, KIND_IAM_USER, task->entry->key, task->body, task->entry->where)
		->expires_us;
	if (expires != 0 && starts >= expires)
		diagnose(compiler->diagnostics, node_get(map, "expires")->where,
			 "task `%s` would expire before it starts", task->entry->key->s);
	task->over = expires != 0 && now > expires;
	task->waits = starts > now;
}

static void pool_find(struct compiler *compiler, struct task *task, const struct map *pools)
{
	struct reading reading = compiler_reading(compiler);
	const struct node *node = node_get(task->entry->value, "pool");
	const struct text *name;

	if (node == NULL) {
		diagnose(compiler->diagnostics, task->entry->where, "task `%s` has no `pool`",
			 task->entry->key->s);
		return;
	}
	name = node_text(&reading, node, "pool");
	task->pool = name == NULL ? NULL : map_get(pools, name->s);
	if (name != NULL && task->pool == NULL)
		diagnose(compiler->diagnostics, node->where, "pool `%s` is not declared%s", name->s,
			 entry_near(compiler, &compiler->config->pools, name->s));
}

/* False: diagnosed. */
static bool task_read(struct compiler *compiler, struct task *task, const struct map *pools)
{
	struct reading reading = compiler_reading(compiler);
	const struct node *map = task->entry->value;

	if (!node_is_map(&reading, map, task->entry->key->s))
		return false;
	task_keys_check(&reading, map);
	pool_find(compiler, task, pools);
	bodies_make(compiler, task);
	times_read(compiler, task);
	return task->pool != NULL && !task->pool->broken;
}

/* The user in one account of the pool. */
static void user_declare(struct compiler *compiler, const struct task *task, size_t at)
{
	const struct text *account = task->pool->account[at]->name, *name = task->entry->key;
	bool left = at < task->pool->current && !task->over, moved = at > 0 && !task->over;
	const struct declaration *taken = expand_find(compiler, KIND_IAM_USER, account->s, name->s);
	struct declaration *user;

	if (taken != NULL) {
		diagnose(compiler->diagnostics, task->entry->where,
			 "IAM user `%s` is declared for account `%s` at %s:%u, so it can't be a "
			 "task's too",
			 name->s, account->s, taken->where.file, taken->where.line);
		return;
	}
	user = expand_declare(compiler, KIND_IAM_USER, account, name,
			      left ? task->ended : task->body, task->entry->where);
	if (user == NULL)
		return;
	user->owner = address_make(compiler->arena, "task", name->s, NULL);
	if (left || task->over)
		user->flags |= RES_ENDED;
	if (left || moved)
		user->flags |= RES_CREDIT;
}

/* In the current account, and as ended in those before it. Of what was spent in an account nobody
 * knows, so nothing is decided there but the end of what is over. */
static void task_declare(struct compiler *compiler, const struct task *task)
{
	const struct pool *pool = task->pool;
	size_t n = pool->current < pool->accounts ? pool->current + 1 : pool->accounts;

	if (task->waits || (pool->unknown && !task->over))
		return;
	for (size_t i = 0; i < n; i++)
		user_declare(compiler, task, i);
}

/* Which tasks of a pool have no account, or are let be. */
static const char *tasks_named(struct compiler *compiler, const struct pool *pool,
			       const struct task *tasks, size_t n)
{
	auto_buf names = BUF_INIT(YAML_MAX_BYTES);

	for (size_t i = 0; i < n; i++) {
		if (tasks[i].pool == pool && !tasks[i].waits && !tasks[i].over)
			buf_printf(&names, "%s`%s`", names.len == 0 ? "" : ", ",
				   tasks[i].entry->key->s);
	}
	return names.len == 0 ? NULL : arena_strdup(compiler->arena, buf_str(&names));
}

static void pool_say(struct compiler *compiler, const struct pool *pool, const struct task *tasks,
		     size_t n)
{
	const char *names = tasks_named(compiler, pool, tasks, n);

	if (compiler->lenient || pool->broken || names == NULL)
		return;
	if (pool->unknown)
		diagnose_warning(compiler->diagnostics, pool->entry->where,
				 "what was spent in account `%s` is not known, so the tasks of "
				 "pool `%s` are let be: %s",
				 pool->account[pool->current]->name->s, pool->entry->key->s, names);
	else if (pool->current == pool->accounts)
		diagnose(compiler->diagnostics, pool->entry->where,
			 "no account of pool `%s` has credit left; without one are the tasks %s",
			 pool->entry->key->s, names);
}

/* Declares the users of the tasks. */
void expand_tasks(struct compiler *compiler)
{
	const struct config *config = compiler->config;
	struct pool *pools = arena_array(compiler->arena, config->pools.n, sizeof(*pools));
	struct task *tasks = arena_array(compiler->arena, config->tasks.n, sizeof(*tasks));
	auto_map *by_name = map_new();

	for (size_t i = 0; i < config->pools.n; i++) {
		pools[i].entry = config->pools.at[i];
		pool_read(compiler, &pools[i]);
		map_put(by_name, pools[i].entry->key->s, &pools[i]);
	}
	for (size_t i = 0; i < config->tasks.n; i++) {
		tasks[i].entry = config->tasks.at[i];
		tasks[i].good = task_read(compiler, &tasks[i], by_name);
	}
	for (size_t i = 0; i < config->pools.n; i++)
		pool_decide(compiler, &pools[i], tasks, config->tasks.n);
	for (size_t i = 0; i < config->tasks.n; i++) {
		if (tasks[i].good)
			task_declare(compiler, &tasks[i]);
	}
	for (size_t i = 0; i < config->pools.n; i++)
		pool_say(compiler, &pools[i], tasks, config->tasks.n);
}

/* Probes: the smallest readings that show what calls are about, shared where they are the same. */
#include "reconciler/execute_priv.h"

#include <stdlib.h>
#include <string.h>

bool call_shows(const struct call *call)
{
	return call->makes != NULL || call->ends != NULL || call->facts > 0;
}

/* The kind whose wire emitted the call: that of its change; the record is the organization's. */
static uint16_t call_kind(const struct executor *x, const struct call *call)
{
	return call->change == CALL_RECORD ? KIND_ORGANIZATION
					   : row_kind(x->plan->change[call->change].row);
}

static void key_add(struct buf *key, const struct text *address)
{
	if (address != NULL)
		buf_printf(key, "%u:%s", (unsigned)address->len, address->s);
	buf_putc(key, '\n');
}

static bool kind_is_in_account(const struct kind *kind)
{
	return kind->scopes[0] != NULL && strstr(kind->scopes[0], "%s") != NULL;
}

/* Calls with the same key are served by one reading. One of a kind in an account shows every such
 * resource of the account (its listing has no smaller form); others show just what is named. */
static char *probe_key(const struct run *run)
{
	const struct call *call = run->call;
	uint16_t kind = call_kind(run->x, call);
	auto_buf key = BUF_INIT(1u << 20);

	buf_printf(&key, "%s\n", kinds[kind]->name);
	key_add(&key, call->account);
	if (kind_is_in_account(kinds[kind]) && !run->own_probe)
		return buf_take(&key);
	buf_printf(&key, "%s\n", call->op->name);
	key_add(&key, call->makes);
	key_add(&key, call->ends);
	key_add(&key, call->under);
	for (uint32_t i = 0; i < call->facts; i++) {
		bool again = i > 0 && text_eq(call->fact[i].address, call->fact[i - 1].address);

		if (!again)
			key_add(&key, call->fact[i].address);
		/* An edge is read with both its ends. */
		if (kinds[call->fact[i].kind]->attr[call->fact[i].attr].type == ATTR_REFS)
			key_add(&key, call->fact[i].key);
	}
	return buf_take(&key);
}

static void probe_free(struct probe *p)
{
	if (p == NULL)
		return;
	crawl_free(p->crawl);
	side_free(p->side);
	arena_free(p->arena);
	free(p->key);
	free(p);
}

void probes_free(struct executor *x)
{
	struct probe *next;

	for (struct probe *p = x->probes; p != NULL; p = next) {
		next = p->next;
		probe_free(p);
	}
	x->probes = NULL;
}

/* Old readings go as soon as nobody looks at them: each may hold a whole account. */
static void probes_expire(struct executor *x, int64_t from_us)
{
	struct probe **at = &x->probes;

	while (*at != NULL) {
		struct probe *p = *at;

		if (p->users > 0 || p->crawl != NULL || p->begun_us >= from_us) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		probe_free(p);
	}
}

static void probe_over(void *ctx)
{
	struct probe *p = ctx;
	struct executor *x = p->x;

	side_finish(p->side, NULL);
	bind_probe(p->arena, x->plan->in->bound, x->made, p->side);
	side_finish(p->side, NULL);
	crawl_free(p->crawl);
	p->crawl = NULL;
	x->in_flight--;
}

static const struct text *probe_id(void *ctx, const struct text *address)
{
	struct id_source ids = executor_ids(ctx);

	return ids.id(ids.ctx, address);
}

/* Of an organization that this run made, the plan's reading knows nothing. */
static struct world probe_world(struct executor *x)
{
	struct world world = x->plan->in->sides->live->world;
	const struct text *organization = map_get(x->ids, "organization");
	const struct text *root = map_get(x->ids, "root");

	world.no_organization = false;
	if (organization != NULL)
		world.organization_id = organization;
	if (root != NULL)
		world.root_id = root;
	return world;
}

static struct probe *probe_begin(struct run *run, char *key)
{
	struct executor *x = run->x;
	struct probe *p = xcalloc(1, sizeof(*p));
	struct probe_context context = {.id = probe_id, .ctx = x};

	p->x = x;
	p->key = key;
	p->begun_us = executor_now(x);
	p->arena = arena_new();
	p->side = side_new(p->arena);
	p->side->world = probe_world(x);
	context.world = &p->side->world;
	p->crawl = crawl_new(x->client, p->side);
	p->crawl->allow_list = true;
	p->next = x->probes;
	x->probes = p;
	x->in_flight++;
	wires[call_kind(x, run->call)]->probe(p->crawl, run->call, &context, &p->scope);
	crawl_when_done(p->crawl, x->loop, probe_over, p);
	return p;
}

void run_look(struct run *run, int64_t from_us)
{
	struct executor *x = run->x;
	char *key = probe_key(run);
	struct probe *p;

	probes_expire(x, executor_now(x) - x->options->fresh_us);
	for (p = x->probes; p != NULL; p = p->next) {
		if (p->begun_us >= from_us && strcmp(p->key, key) == 0)
			break;
	}
	if (p != NULL)
		free(key);
	else
		p = probe_begin(run, key);
	p->users++;
	run->probe = p;
}

void run_look_end(struct run *run)
{
	if (run->probe != NULL)
		run->probe->users--;
	run->probe = NULL;
}

static const struct row *row_of(const struct executor *x, const struct text *address)
{
	return address == NULL ? NULL : map_get(x->rows, address->s);
}

static const struct text *id_before(const struct executor *x, const struct text *address)
{
	const struct row *row = row_of(x, address);

	return row != NULL && row->live != NULL ? row->live->id : NULL;
}

/* What ends may be the former self of a unit that was made anew: unit/~ID. */
static const struct text *id_ending(struct executor *x, const struct text *address)
{
	const char *raw = address == NULL ? NULL : strstr(address->s, "/~");

	if (raw != NULL && strchr(raw + 2, '/') == NULL)
		return text_str(x->arena, raw + 2);
	return id_before(x, address);
}

static const struct text **fact_ids(struct executor *x, struct arena *arena,
				    const struct call *call)
{
	const struct text **list = arena_array(arena, call->facts + 1u, sizeof(*list));
	struct id_source ids = executor_ids(x);

	for (uint32_t i = 0; i < call->facts; i++)
		list[i] = ids.id(ids.ctx, call->fact[i].address);
	return list;
}

/* Whether what stands at the address is what the call makes: what a creation must be given says so.
 * Another's thing of the same name is not ours. */
static bool made_as_wanted(struct executor *x, struct arena *arena, const struct call *call,
			   const struct resource *found)
{
	const struct row *row = row_of(x, call->makes);
	struct id_source ids = executor_ids(x);
	const struct text *partition = x->plan->in->sides->live->world.partition;

	if (row == NULL || row->head == NULL || row->head->kind != found->kind)
		return true;
	for (uint16_t i = 0; i < kinds[found->kind]->attrs; i++) {
		const struct attr *attr = &kinds[found->kind]->attr[i];
		struct fact wanted = {.address = call->makes, .kind = found->kind, .attr = i};
		struct call one = *call;

		wanted.after = row->head->v[i];
		if (!(attr->flags & ATTR_REQUIRED) || wanted.after.state != VALUE_TEXT ||
		    found->v[i].state == VALUE_UNSET ||
		    (attr->type != ATTR_TEXT && attr->type != ATTR_POLICY))
			continue;
		one.fact = &wanted;
		one.facts = 1;
		wanted = *tokens_facts(arena, &one, &ids, partition ? partition->s : NULL);
		if (!value_eq(wanted.after, found->v[i]))
			return false;
	}
	return true;
}

bool run_looked(struct run *run, enum verdict *verdict, const struct resource **found)
{
	struct executor *x = run->x;
	struct probe *p = run->probe;
	const struct world *world = &x->plan->in->sides->live->world;
	struct id_source ids = executor_ids(x);
	struct question q = {.call = run->call};

	if (p->crawl != NULL)
		return false;
	q.side = p->side;
	q.scope = p->scope == NULL ? NULL : p->scope->s;
	q.fact = tokens_facts(p->arena, run->call, &ids,
			      world->partition == NULL ? NULL : world->partition->s);
	q.fact_id = fact_ids(x, p->arena, run->call);
	q.makes_old = id_before(x, run->call->makes);
	q.ends_id = id_ending(x, run->call->ends);
	*verdict = verdict_of(&q, found);
	if (*verdict == VERDICT_AFTER && *found != NULL &&
	    !made_as_wanted(x, p->arena, run->call, *found))
		*verdict = VERDICT_NEITHER;
	run->read_us = p->begun_us;
	run->looked = true;
	return true;
}

const char *run_unread_message(const struct run *run)
{
	const struct probe *p = run->probe;
	const size_t *index;
	const struct scope *scope;

	if (p->scope == NULL)
		return "it could not be read: an id is not known";
	index = map_get(p->side->by_scope, p->scope->s);
	scope = index == NULL ? NULL : &p->side->scopes.at[*index];
	if (scope == NULL || scope->code == NULL)
		scope = &p->side->scopes.at[0];
	for (size_t i = 0; i < p->side->scopes.n && scope->code == NULL; i++) {
		if (p->side->scopes.at[i].code != NULL)
			scope = &p->side->scopes.at[i];
	}
	if (scope->code == NULL)
		return "it could not be read whole";
	return arena_printf(run->x->arena, "it could not be read: %s%s%s", scope->code->s,
			    scope->message->len > 0 ? ": " : "", scope->message->s);
}

/* Probes: the smallest readings that show what calls are about, shared where they are the same. */
#include "reconciler/execute_priv.h"

#include <stdlib.h>
#include <string.h>

/* How often old readings are looked for. */
#define EXPIRE_US 1000000

bool call_shows(const struct call *call)
{
	return call->makes != NULL || call->ends != NULL || call->facts > 0;
}

/* The kind whose wire emitted the call: that of its change, or of what bears the record: the
 * organization, or a role. */
static uint16_t call_kind(const struct executor *x, const struct call *call)
{
	if (call->change == CALL_RECORD)
		return call->facts > 0 ? call->fact[0].kind : KIND_ORGANIZATION;
	return row_kind(x->plan->change[call->change].row);
}

static void key_add(struct buf *key, const struct text *address)
{
	if (address != NULL)
		buf_printf(key, "%u:%s", (unsigned)address->len, address->s);
	buf_putc(key, '\n');
}

/* What an edge belongs to, in its account, is read with all of it. */
static void key_thing(struct buf *key, const struct text *address)
{
	int kind = address == NULL ? -1 : address_kind(address);
	const char *at = kind < 0 ? NULL : address->s;

	for (int i = 0; at != NULL && i < 3; i++)
		at = strchr(at + (i > 0), '/');
	if (at == NULL || kinds[kind]->address != ADDRESS_EDGE)
		key_add(key, address);
	else
		buf_printf(key, "%.*s\n", (int)(at - address->s), address->s);
}

/* Calls with the same key are served by one reading: the same operation about the same things. */
static char *look_key(const struct errand *errand)
{
	const struct call *call = errand->call;
	auto_buf key = BUF_INIT(1u << 20);

	buf_printf(&key, "%s\n", call->op->name);
	if (!call->op->shown_together)
		key_thing(&key, call->makes);
	key_thing(&key, call->ends);
	key_add(&key, call->under);
	for (uint32_t i = 0; i < call->facts; i++) {
		if (i == 0 || !text_eq(call->fact[i].address, call->fact[i - 1].address))
			key_add(&key, call->fact[i].address);
		/* Of a relation the reading may show just this one element. */
		if (kinds[call->fact[i].kind]->attr[call->fact[i].attr].type == ATTR_REFS)
			key_add(&key, call->fact[i].key);
	}
	return buf_take(&key);
}

/* What a user owns no listing of users shows. */
static bool fact_is_unlisted(const struct fact *fact)
{
	return fact->kind == KIND_IAM_USER &&
	       (fact->attr == USER_LOGIN || fact->attr == USER_CREDENTIALS);
}

/* The one kind of resource that the call is about, or -1. */
static int call_about(const struct call *call)
{
	int made = call->makes == NULL ? -1 : address_kind(call->makes);
	int about = call->ends == NULL ? made : address_kind(call->ends);

	if (made >= 0 && about != made)
		return -1;
	for (uint32_t i = 0; i < call->facts; i++) {
		if ((about >= 0 && call->fact[i].kind != about) || fact_is_unlisted(&call->fact[i]))
			return -1;
		about = call->fact[i].kind;
	}
	return about;
}

/* The kind of which the reading shows every resource, or -1: that of the call, where the scope is
 * all of an account, whose listing has no smaller form. */
static int look_shows(const struct look *l)
{
	const struct text *account =
	    l->call.account != NULL ? l->call.account : l->side->world.caller_account;
	int about = call_about(&l->call);
	const char *scope = about < 0 ? NULL : kinds[about]->scopes[0], *at;
	auto_buf name = BUF_INIT(1024);

	at = scope == NULL ? NULL : strstr(scope, "%s");
	if (at == NULL || l->scope == NULL || account == NULL)
		return -1;
	buf_add(&name, scope, (size_t)(at - scope));
	buf_printf(&name, "%s%s", account->s, at + 2);
	return text_is(l->scope, buf_str(&name)) ? about : -1;
}

static void look_free(struct look *l)
{
	if (l == NULL)
		return;
	crawl_free(l->crawl);
	side_free(l->side);
	arena_free(l->arena);
	free(l->key);
	free(l);
}

void looks_free(struct executor *x)
{
	struct look *next;

	for (struct look *l = x->looks; l != NULL; l = next) {
		next = l->next;
		look_free(l);
	}
	x->looks = NULL;
}

static void look_leave_site(struct look *l)
{
	struct look **at = &l->site->looks;

	while (*at != l)
		at = &(*at)->site_next;
	*at = l->site_next;
}

/* Old readings go when nobody looks at them: each may hold a whole account. There may be one for
 * each of thousands of accounts, so not all are looked through for each call. */
static void looks_expire(struct executor *x)
{
	const int64_t now = executor_now(x), from_us = now - x->options->fresh_us;
	struct look **at = &x->looks;

	if (now - x->expired_us < EXPIRE_US)
		return;
	x->expired_us = now;
	while (*at != NULL) {
		struct look *l = *at;

		if (l->users > 0 || l->crawl != NULL || l->begun_us >= from_us) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		look_leave_site(l);
		look_free(l);
	}
}

static void look_over(void *ctx)
{
	struct look *l = ctx;
	struct executor *x = l->x;
	const struct text *clash;

	side_finish(l->side, &clash);
	if (clash != NULL)
		scope_fail(l->side, 0, "Inconsistent", "it changed while it was read");
	bind_probe(l->arena, x->plan->in->bound, x->made, l->side);
	side_finish(l->side, NULL);
	crawl_free(l->crawl);
	l->crawl = NULL;
	x->in_flight--;
}

static const struct text *look_id(void *ctx, const struct text *address)
{
	struct id_source ids = executor_ids(ctx);

	return ids.id(ids.ctx, address);
}

/* Of an organization that this run made, the plan's reading knows nothing. */
static struct world look_world(struct executor *x)
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

static struct look *look_begin(struct errand *errand, char *key)
{
	struct executor *x = errand->x;
	struct look *l = xcalloc(1, sizeof(*l));
	struct probe_context context = {.id = look_id, .ctx = x};

	l->x = x;
	l->key = key;
	l->call = *errand->call;
	l->call.account = errand->account;
	l->begun_us = executor_now(x);
	l->arena = arena_new();
	l->side = side_new(l->arena);
	l->side->world = look_world(x);
	context.world = &l->side->world;
	l->crawl = crawl_new(x->client, l->side);
	l->crawl->allow_list = true;
	l->next = x->looks;
	x->looks = l;
	l->site = errand->site;
	l->site_next = l->site->looks;
	l->site->looks = l;
	x->in_flight++;
	wires[call_kind(x, errand->call)]->probe(l->crawl, &l->call, &context, &l->scope);
	l->shows = look_shows(l);
	crawl_when_done(l->crawl, x->loop, look_over, l);
	return l;
}

static bool look_serves(const struct look *l, const struct errand *errand, const char *key)
{
	if (strcmp(l->key, key) == 0)
		return true;
	return l->shows >= 0 && !errand->own_look && call_about(errand->call) == l->shows;
}

void errand_look(struct errand *errand, int64_t from_us)
{
	struct executor *x = errand->x;
	char *key = look_key(errand);
	struct look *l;

	looks_expire(x);
	for (l = errand->site->looks; l != NULL; l = l->site_next) {
		if (l->begun_us >= from_us && look_serves(l, errand, key))
			break;
	}
	if (l != NULL)
		free(key);
	else
		l = look_begin(errand, key);
	l->users++;
	errand->look = l;
}

void errand_look_end(struct errand *errand)
{
	if (errand->look != NULL) {
		errand->look->users--;
		errand->x->moved = true;
	}
	errand->look = NULL;
}

static const struct row *row_of(const struct executor *x, const struct text *address)
{
	return bound_find(x->plan->in->bound, address);
}

static const struct text *id_before(const struct executor *x, const struct text *address)
{
	const struct row *row = row_of(x, address);

	return row != NULL && row->live != NULL ? row->live->id : NULL;
}

/* What ends may be the former self of a unit that was made anew: unit/~ID. */
static const struct text *id_ending(struct executor *x, const struct text *address)
{
	const struct text *id = id_before(x, address);
	const char *raw = address == NULL ? NULL : strchr(address->s, '/');

	if (id == NULL && raw != NULL && raw[1] == '~' && strchr(raw + 1, '/') == NULL)
		return text_str(x->arena, raw + 2);
	return id;
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

bool errand_looked(struct errand *errand, enum verdict *verdict, const struct resource **found)
{
	struct executor *x = errand->x;
	struct look *l = errand->look;
	const struct world *world = &x->plan->in->sides->live->world;
	struct id_source ids = executor_ids(x);
	struct question q = {.call = errand->call};

	if (l->crawl != NULL)
		return false;
	q.side = l->side;
	q.scope = l->scope == NULL ? NULL : l->scope->s;
	q.fact = tokens_facts(l->arena, errand->call, &ids,
			      world->partition == NULL ? NULL : world->partition->s);
	q.fact_id = fact_ids(x, l->arena, errand->call);
	q.makes_old = id_before(x, errand->call->makes);
	q.ends_id = id_ending(x, errand->call->ends);
	*verdict = verdict_of(&q, found);
	if (*verdict == VERDICT_AFTER && *found != NULL &&
	    !made_as_wanted(x, l->arena, errand->call, *found))
		*verdict = VERDICT_NEITHER;
	errand->read_us = l->begun_us;
	errand->looked = true;
	return true;
}

const char *errand_unread_message(const struct errand *errand)
{
	const struct look *l = errand->look;
	const size_t *index;
	const struct scope *scope;

	if (l->scope == NULL)
		return "it could not be read: an id is not known";
	index = map_get(l->side->by_scope, l->scope->s);
	scope = index == NULL ? NULL : &l->side->scopes.at[*index];
	if (scope == NULL || scope->code == NULL)
		scope = &l->side->scopes.at[0];
	for (size_t i = 0; i < l->side->scopes.n && scope->code == NULL; i++) {
		if (l->side->scopes.at[i].code != NULL)
			scope = &l->side->scopes.at[i];
	}
	if (scope->code == NULL)
		return "it could not be read whole";
	return arena_printf(errand->x->arena, "it could not be read: %s%s%s", scope->code->s,
			    scope->message->len > 0 ? ": " : "", scope->message->s);
}

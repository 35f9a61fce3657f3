/* identity_center: who is looked up rather than declared, and products of permission sets,
 * principals and accounts as assignments, one for each. */
#include "state/expand.h"

#include <stdlib.h>
#include <string.h>

/* IAM Identity Center quotas page: groups that have one set in one account. */
#define GROUPS_MAX 100
/* A few lines may ask for billions. Ten times what the largest organizations have. */
#define EDGES_MAX 1000000

/* One of assignments.at[product], by the numbers of declarations and of compiler->accounts. */
struct edge {
	uint32_t set, account, principal, product;
	bool ended;
};

struct expansion {
	struct compiler *compiler;
	bool looked_up; /* who is not declared is looked up */
	VEC(struct edge) edges;
	const struct text **account;     /* addresses, made when first asked for */
	const struct text **declaration; /* likewise */
};

typedef VEC(uint32_t) number_vec;

/* People. */

static void external_declare(struct compiler *compiler, enum kind_id kind, const struct node *node)
{
	const struct declaration external = {
	    .kind = (uint16_t)kind,
	    .flags = RES_EXTERNAL,
	    .where = node->where,
	    .name = node->s,
	    .written = arena_array(compiler->arena, kinds[kind]->attrs, sizeof(struct written)),
	    .expanded = true};

	declaration_push(compiler, &external);
}

/* Members of groups that an identity provider keeps are no part of what is declared. */
static void members_declare(struct compiler *compiler)
{
	size_t declared = compiler->declarations.n;

	for (size_t i = 0; i < declared; i++) {
		const struct declaration *group = &compiler->declarations.at[i];
		const struct node *list;

		if (group->kind != KIND_IDENTITY_GROUP || group->broken)
			continue;
		list = group->written[IDGROUP_MEMBERS].node;
		for (uint32_t k = 0; list != NULL && k < list->n; k++) {
			const struct node *node = list->entry[k].value;

			if (expand_find(compiler, KIND_IDENTITY_USER, NULL, node->s->s) == NULL)
				external_declare(compiler, KIND_IDENTITY_USER, node);
		}
	}
}

/* Products. */

/* What to write in place of a name that is not declared. */
static const char *party_hint(struct compiler *compiler, enum kind_id kind, const char *name)
{
	const char *near = declared_near(compiler, kind, NULL, name);

	if (kind == KIND_IDENTITY_GROUP && expand_find(compiler, KIND_IDENTITY_USER, NULL, name))
		return ", but a user is: name it under `users`";
	if (kind == KIND_IDENTITY_USER && expand_find(compiler, KIND_IDENTITY_GROUP, NULL, name))
		return ", but a group is: name it under `groups`";
	if (*near != '\0')
		return near;
	return ": declare it, with `external: true` where charter is only to use it";
}

/* Adds the numbers of the declarations that the list names; what is not declared is diagnosed. */
static void parties_resolve(struct expansion *x, enum kind_id kind, const struct node *list,
			    number_vec *numbers)
{
	struct compiler *compiler = x->compiler;

	for (uint32_t i = 0; list != NULL && i < list->n; i++) {
		const struct node *node = list->entry[i].value;
		const char *name = node->s->s;
		const struct declaration *found = expand_find(compiler, kind, NULL, name);

		if (found == NULL && x->looked_up && kind != KIND_PERMISSION_SET) {
			external_declare(compiler, kind, node);
			found = &compiler->declarations.at[compiler->declarations.n - 1];
		}
		if (found == NULL)
			diagnose(compiler->diagnostics, node->where, "%s `%s` is not declared%s",
				 kinds[kind]->title, name, party_hint(compiler, kind, name));
		else
			vec_push(numbers, (uint32_t)(found - compiler->declarations.at));
	}
}

/* The numbers of the accounts. */
static void product_accounts(struct expansion *x, const struct node *product, number_vec *numbers)
{
	struct compiler *compiler = x->compiler;
	struct selection selection = {0};
	const struct text **names;
	size_t n;

	for (uint32_t i = 0; i < product->n; i++)
		selection_key(&selection, &product->entry[i]);
	n = accounts_select(compiler, &selection, &names);
	for (size_t i = 0; i < n; i++)
		vec_push(numbers,
			 (uint32_t)(account_facts(compiler, names[i]->s) - compiler->accounts.at));
}

static bool product_ended(struct expansion *x, const struct node *product)
{
	struct reading reading = compiler_reading(x->compiler);
	const struct node *expires = node_get(product, "expires");
	int64_t us;

	return expires != NULL && node_until(&reading, expires, "expires", &us) &&
	       x->compiler->world->now_us > us;
}

/* Each of the two is at most some ten billion, as large as files may be. */
static bool product_is_vast(const struct expansion *x, uint64_t for_each, uint64_t accounts)
{
	return for_each > EDGES_MAX || for_each * accounts + x->edges.n > EDGES_MAX;
}

static void product_expand(struct expansion *x, uint32_t number)
{
	const struct node *product = x->compiler->config->assignments.at[number];
	number_vec sets = {0}, principals = {0}, accounts = {0};
	struct edge edge = {.product = number, .ended = product_ended(x, product)};

	parties_resolve(x, KIND_PERMISSION_SET, node_get(product, "permission_sets"), &sets);
	parties_resolve(x, KIND_IDENTITY_GROUP, node_get(product, "groups"), &principals);
	parties_resolve(x, KIND_IDENTITY_USER, node_get(product, "users"), &principals);
	product_accounts(x, product, &accounts);
	if (product_is_vast(x, (uint64_t)sets.n * principals.n, accounts.n)) {
		diagnose(x->compiler->diagnostics, product->where,
			 "%zu permission sets x %zu groups and users x %zu accounts are more "
			 "assignments than the %d that charter makes",
			 sets.n, principals.n, accounts.n, EDGES_MAX);
		accounts.n = 0;
	}
	for (size_t i = 0; i < sets.n; i++) {
		edge.set = sets.at[i];
		for (size_t k = 0; k < accounts.n; k++) {
			edge.account = accounts.at[k];
			for (size_t m = 0; m < principals.n; m++) {
				edge.principal = principals.at[m];
				vec_push(&x->edges, edge);
			}
		}
	}
	free(sets.at);
	free(principals.at);
	free(accounts.at);
}

/* What has not ended comes first among those of one assignment. */
static int edge_cmp(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;

	if (a->set != b->set)
		return a->set < b->set ? -1 : 1;
	if (a->account != b->account)
		return a->account < b->account ? -1 : 1;
	if (a->principal != b->principal)
		return a->principal < b->principal ? -1 : 1;
	if (a->ended != b->ended)
		return a->ended ? 1 : -1;
	return a->product == b->product ? 0 : a->product < b->product ? -1 : 1;
}

/* Assignments. */

static const struct text *party_address(struct expansion *x, uint32_t number)
{
	const struct text **address = &x->declaration[number];

	if (*address == NULL)
		*address =
		    declaration_address(x->compiler->arena, &x->compiler->declarations.at[number]);
	return *address;
}

static const struct text *account_address(struct expansion *x, uint32_t number)
{
	const struct text **address = &x->account[number];

	if (*address == NULL)
		*address = address_make(x->compiler->arena, "account",
					x->compiler->accounts.at[number].name->s, NULL);
	return *address;
}

static struct place edge_place(const struct expansion *x, const struct edge *edge)
{
	return x->compiler->config->assignments.at[edge->product]->where;
}

/* The places of all but the first, in the arena; NULL: there is one. */
static const struct place *other_places(const struct expansion *x, const struct edge *edge,
					size_t n)
{
	struct place *places;

	if (n == 1)
		return NULL;
	places = arena_array(x->compiler->arena, n, sizeof(*places));
	for (size_t i = 1; i < n; i++)
		places[i - 1] = edge_place(x, &edge[i]);
	return places;
}

/* One assignment, of all the products that have it. Where one of them has not ended, those that
 * have say nothing. */
static void assignment_make(struct expansion *x, const struct edge *edge, size_t n)
{
	struct compiler *compiler = x->compiler;
	const struct text *set = party_address(x, edge->set);
	const struct text *account = account_address(x, edge->account);
	const struct text *principal = party_address(x, edge->principal);
	struct resource *made = side_resource(
	    compiler->side, KIND_ASSIGNMENT,
	    address_edge(compiler->arena, kinds[KIND_ASSIGNMENT]->name, set, account, principal),
	    NULL);
	size_t sources = 1;

	while (sources < n && edge[sources].ended == edge->ended)
		sources++;
	made->flags = edge->ended ? RES_ENDED : 0;
	made->where = edge_place(x, edge);
	made->also = other_places(x, edge, sources);
	if ((compiler->declarations.at[edge->set].flags & RES_EXTERNAL) == 0)
		made->owner = set;
	made->v[ASSIGNMENT_SET] = value_text(set);
	made->v[ASSIGNMENT_ACCOUNT] = value_text(account);
	made->v[ASSIGNMENT_PRINCIPAL] = value_text(principal);
}

static bool edge_same(const struct edge *a, const struct edge *b)
{
	return a->set == b->set && a->account == b->account && a->principal == b->principal;
}

/* The groups so far of one set in one account; said once for each set. */
static void groups_count(struct expansion *x, const struct edge *edge, uint32_t *groups)
{
	struct compiler *compiler = x->compiler;
	const struct declaration *set = &compiler->declarations.at[edge->set];

	if (edge->ended || compiler->declarations.at[edge->principal].kind != KIND_IDENTITY_GROUP ||
	    ++*groups != GROUPS_MAX + 1 || compiler->lenient ||
	    !place_say(compiler, set->where, "groups"))
		return;
	diagnose(compiler->diagnostics, edge_place(x, edge),
		 "more than %d groups would have permission set `%s` in account `%s`, which is "
		 "AWS's quota",
		 GROUPS_MAX, set->name->s, compiler->accounts.at[edge->account].name->s);
}

static void assignments_make(struct expansion *x)
{
	const struct edge *edges = x->edges.at;
	uint32_t groups = 0;
	size_t end;

	for (size_t i = 0; i < x->edges.n; i = end) {
		for (end = i + 1; end < x->edges.n && edge_same(&edges[i], &edges[end]);)
			end++;
		if (i > 0 &&
		    (edges[i].set != edges[i - 1].set || edges[i].account != edges[i - 1].account))
			groups = 0;
		groups_count(x, &edges[i], &groups);
		assignment_make(x, &edges[i], end - i);
	}
}

/* Declares who is looked up, and makes the assignments. */
void expand_identity(struct compiler *compiler)
{
	const struct config *config = compiler->config;
	const struct text *source = config->settings.identity_source;
	struct expansion x = {.compiler = compiler,
			      .looked_up = source != NULL && !text_is(source, "internal")};

	if (x.looked_up)
		members_declare(compiler);
	for (uint32_t i = 0; i < config->assignments.n; i++)
		product_expand(&x, i);
	if (x.edges.n > 0) {
		qsort(x.edges.at, x.edges.n, sizeof(*x.edges.at), edge_cmp);
		x.account = xcalloc(compiler->accounts.n, sizeof(*x.account));
		x.declaration = xcalloc(compiler->declarations.n, sizeof(*x.declaration));
		assignments_make(&x);
	}
	free(x.edges.at);
	free(x.account);
	free(x.declaration);
}

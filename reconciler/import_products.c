/* Assignments as few products: what has the same accounts stands together. */
#include "reconciler/import_priv.h"

#include <stdlib.h>
#include <string.h>

/* Rows of one key; first by set and principal, then by what these share. */
struct bundle {
	const char *key;                          /* sorted by it */
	candidate_list rows;                      /* in order */
	const char *sets, *principals, *accounts; /* lists of addresses, a line each */
};
typedef VEC(struct bundle) bundle_list;

static const char *edge_text(const struct candidate *c, uint16_t attr)
{
	return c->live->v[attr].u.text->s;
}

static int text_ptr_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The values of an attribute of these rows, each once, sorted, a line each. */
static const char *lines_of(struct importer *m, const candidate_list *rows, uint16_t attr)
{
	auto_free const char **text = xcalloc(rows->n + 1, sizeof(*text));
	auto_buf out = BUF_INIT(1u << 28);

	for (size_t i = 0; i < rows->n; i++)
		text[i] = edge_text(rows->at[i], attr);
	qsort(text, rows->n, sizeof(*text), text_ptr_cmp);
	for (size_t i = 0; i < rows->n; i++) {
		if (i == 0 || strcmp(text[i], text[i - 1]) != 0)
			buf_printf(&out, "%s\n", text[i]);
	}
	return arena_strdup(m->arena, buf_str(&out));
}

static struct bundle *bundle_for(struct map *at, bundle_list *list, const char *key)
{
	size_t n = (size_t)(uintptr_t)map_get(at, key);

	if (n == 0) {
		vec_push(list, ((struct bundle){.key = key}));
		n = list->n;
		map_put(at, key, (void *)(uintptr_t)n);
	}
	return &list->at[n - 1];
}

static void bundles_free(bundle_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->at[i].rows.at);
	free(list->at);
	*list = (bundle_list){0};
}

/* Puts bundles of equal key together, each with all rows of its parts. */
static bundle_list bundles_merge(struct importer *m, const bundle_list *parts,
				 const char *(*key)(struct importer *, const struct bundle *))
{
	bundle_list merged = {0};
	auto_map *at = map_new();

	for (size_t i = 0; i < parts->n; i++) {
		struct bundle *into = bundle_for(at, &merged, key(m, &parts->at[i]));

		for (size_t k = 0; k < parts->at[i].rows.n; k++)
			vec_push(&into->rows, parts->at[i].rows.at[k]);
	}
	for (size_t i = 0; i < merged.n; i++) {
		struct bundle *b = &merged.at[i];

		b->sets = lines_of(m, &b->rows, ASSIGNMENT_SET);
		b->principals = lines_of(m, &b->rows, ASSIGNMENT_PRINCIPAL);
		b->accounts = lines_of(m, &b->rows, ASSIGNMENT_ACCOUNT);
	}
	return merged;
}

static const char *key_of_row(struct importer *m, const struct bundle *b)
{
	return arena_printf(m->arena, "%s\n%s", edge_text(b->rows.at[0], ASSIGNMENT_SET),
			    edge_text(b->rows.at[0], ASSIGNMENT_PRINCIPAL));
}

static const char *key_by_set(struct importer *m, const struct bundle *b)
{
	return arena_printf(m->arena, "%s|%s", b->sets, b->accounts);
}

static const char *key_by_principals(struct importer *m, const struct bundle *b)
{
	return arena_printf(m->arena, "%s|%s", b->principals, b->accounts);
}

/* The names of the addresses of this kind. */
static json_t *names_of(struct importer *m, const char *lines, const char *kind)
{
	json_t *list = json_array();

	for (const char *end; *lines != '\0'; lines = end + 1) {
		const struct text *address;

		end = strchr(lines, '\n');
		address = text_new(m->arena, lines, (size_t)(end - lines));
		if (address_is(address, kind))
			json_array_append_new(list,
					      json_string(address_name(m->arena, address)->s));
	}
	return list;
}

static void names_put(struct importer *m, json_t *product, const char *key, const char *lines,
		      const char *kind)
{
	json_t *list = names_of(m, lines, kind);

	if (json_array_size(list) > 0)
		json_object_set_new(product, key, list);
	else
		json_decref(list);
}

static int bundle_cmp(const void *pa, const void *pb)
{
	const struct bundle *a = pa, *b = pb;
	int order = strcmp(a->sets, b->sets);

	if (order == 0)
		order = strcmp(a->principals, b->principals);
	return order != 0 ? order : strcmp(a->accounts, b->accounts);
}

static void product_add(struct importer *m, struct bundle *b)
{
	struct product product = {.value = json_object(), .rows = b->rows};

	b->rows = (candidate_list){0};
	names_put(m, product.value, "permission_sets", b->sets, "permission_set");
	names_put(m, product.value, "groups", b->principals, "identity_group");
	names_put(m, product.value, "users", b->principals, "identity_user");
	names_put(m, product.value, "accounts", b->accounts, "account");
	vec_push(&m->products, product);
}

void products_make(struct importer *m)
{
	bundle_list rows = {0}, pairs, sets, products;

	for (size_t i = 0; i < m->edges.n; i++) {
		struct bundle one = {0};

		if (m->edges.at[i]->why != NULL)
			continue;
		vec_push(&one.rows, m->edges.at[i]);
		vec_push(&rows, one);
	}
	pairs = bundles_merge(m, &rows, key_of_row);
	sets = bundles_merge(m, &pairs, key_by_set);
	products = bundles_merge(m, &sets, key_by_principals);
	if (products.n > 0)
		qsort(products.at, products.n, sizeof(*products.at), bundle_cmp);
	for (size_t i = 0; i < products.n; i++)
		product_add(m, &products.at[i]);
	bundles_free(&rows);
	bundles_free(&pairs);
	bundles_free(&sets);
	bundles_free(&products);
}

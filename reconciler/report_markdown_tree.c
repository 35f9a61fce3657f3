/* The tree of units with what comes, moves and goes, as Mermaid draws it. */
#include "reconciler/report_address.h"
#include "reconciler/report_markdown.h"

#include "base/map.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* More are no picture any more. */
#define NODES_MAX  30
#define LABEL_MAX  60 /* bytes */
#define PARENT_MAX 16 /* levels; AWS has five */

enum node_look { LOOK_PLAIN, LOOK_NEW, LOOK_MOVED, LOOK_GONE };

struct tree_node {
	const char *address, *label;
	enum node_look look;
	bool account;
	unsigned parent, from; /* numbers; 0: none. from: where a moved one comes from */
};

struct tree {
	struct arena *arena;
	VEC(struct tree_node *) node; /* number 1 stands first */
	struct map *number;
	const struct plan_doc *d;
	unsigned moves;
};

/* "unit/A/B" is below "unit/A", and that below the root. */
static const char *parent_address(struct arena *arena, const char *address)
{
	const char *last = strrchr(address, '/');

	if (!last || !str_starts(address, "unit/"))
		return NULL;
	if (last == address + strlen("unit"))
		return "root";
	return arena_printf(arena, "%.*s", (int)(last - address), address);
}

static unsigned node_find(const struct tree *t, const char *address)
{
	const unsigned *n = map_get(t->number, address);

	return n ? *n : 0;
}

/* A new node; what it is below is there as well. */
static unsigned node_add(struct tree *t, const char *address, unsigned depth)
{
	const char *parent = parent_address(t->arena, address);
	const char *last = strrchr(address, '/');
	unsigned *n, found = node_find(t, address);
	struct tree_node *node;

	if (found || depth > PARENT_MAX)
		return found;
	node = arena_alloc(t->arena, sizeof *node);
	*node = (struct tree_node){.address = address,
				   .label = account_name(t->arena, last ? last + 1 : address),
				   .account = str_starts(address, "account/"),
				   .parent = parent ? node_add(t, parent, depth + 1) : 0};
	vec_push(&t->node, node);
	n = arena_alloc(t->arena, sizeof *n);
	*n = (unsigned)t->node.n;
	map_put(t->number, address, n);
	return *n;
}

static const char *value_parent(struct value v)
{
	return v.state == VALUE_TEXT ? v.u.text->s : NULL;
}

static const struct doc_attribute *attribute_of(const struct doc_change *c, const char *name)
{
	for (uint32_t i = 0; i < c->attributes; i++)
		if (strcmp(c->attribute[i].name, name) == 0 && !c->attribute[i].is_set)
			return &c->attribute[i];
	return NULL;
}

static void look(struct tree *t, unsigned n, enum node_look what)
{
	t->node.at[n - 1]->look = what;
	t->moves++;
}

static void account_note(struct tree *t, const struct doc_change *c)
{
	const struct doc_attribute *unit = attribute_of(c, "unit");
	const char *to = unit ? value_parent(unit->head) : NULL;
	const char *from = unit ? value_parent(unit->live) : NULL;
	bool made = strcmp(c->action, "create") == 0;
	unsigned n;

	if (!to || (!made && (!from || strcmp(from, to) == 0)))
		return;
	n = node_add(t, c->address, 0);
	t->node.at[n - 1]->parent = node_add(t, to, 0);
	if (!made)
		t->node.at[n - 1]->from = node_add(t, from, 0);
	look(t, n, made ? LOOK_NEW : LOOK_MOVED);
}

static void unit_note(struct tree *t, const struct doc_change *c)
{
	bool made = strcmp(c->action, "create") == 0, gone = strcmp(c->action, "delete") == 0;
	const struct doc_attribute *parent = attribute_of(c, "parent");
	const char *before = c->previous ? parent_address(t->arena, c->previous)
			     : parent    ? value_parent(parent->live)
					 : NULL;
	const char *after = parent_address(t->arena, c->address);
	unsigned n;

	if (made || gone) {
		n = node_add(t, c->address, 0);
		look(t, n, made ? LOOK_NEW : LOOK_GONE);
		return;
	}
	if (!before || !after || strcmp(before, after) == 0)
		return;
	n = node_add(t, c->address, 0);
	t->node.at[n - 1]->from = node_add(t, before, 0);
	look(t, n, LOOK_MOVED);
}

static void tree_read(struct tree *t)
{
	for (size_t i = 0; i < t->d->changes && t->node.n <= NODES_MAX; i++) {
		const struct doc_change *c = &t->d->change[i];

		if (c->blocked)
			continue;
		if (strcmp(c->kind, "account") == 0)
			account_note(t, c);
		else if (strcmp(c->kind, "unit") == 0)
			unit_note(t, c);
	}
}

/* Mermaid reads "#65;" as the character of that number, and nothing else into it. */
static void put_label(struct buf *b, const char *s)
{
	auto_buf safe = BUF_INIT(SIZE_MAX);
	size_t cut = LABEL_MAX;

	escape_terminal(&safe, s, strlen(s));
	if (safe.len > cut)
		while (cut > 0 && ((unsigned char)safe.data[cut] & 0xc0) == 0x80)
			cut--;
	for (size_t i = 0; i < safe.len && i < cut; i++) {
		unsigned char c = (unsigned char)safe.data[i];
		bool inside = i > 0 && isalnum((unsigned char)safe.data[i - 1]);

		if (isalnum(c) || c >= 0x80 || (inside && (c == ' ' || c == '-')))
			buf_putc(b, (char)c);
		else
			buf_printf(b, "#%u;", c);
	}
	buf_puts(b, safe.len > cut ? "…" : "");
}

static void put_node(struct buf *b, const struct tree_node *node, size_t n)
{
	static const char *const classes[] = {
	    [LOOK_NEW] = ":::new", [LOOK_MOVED] = ":::moved", [LOOK_GONE] = ":::gone"};

	buf_printf(b, "    n%zu%s\"", n, node->account ? "(" : "[");
	put_label(b, node->label);
	buf_printf(b, "\"%s%s\n", node->account ? ")" : "]", node->look ? classes[node->look] : "");
}

static void put_edges(struct buf *b, const struct tree_node *node, size_t n)
{
	if (node->parent)
		buf_printf(b, "    n%u %s n%zu\n", node->parent,
			   node->look == LOOK_GONE ? "-. deleted .-" : "---", n);
	if (node->from)
		buf_printf(b, "    n%u -. moves .-> n%zu\n", node->from, n);
}

static void tree_write(const struct tree *t, struct buf *b)
{
	auto_buf text = BUF_INIT(SIZE_MAX);

	buf_puts(&text, "flowchart LR\n");
	for (size_t i = 0; i < t->node.n; i++)
		put_node(&text, t->node.at[i], i + 1);
	for (size_t i = 0; i < t->node.n; i++)
		put_edges(&text, t->node.at[i], i + 1);
	buf_puts(&text, "    classDef new stroke:#1a7f37,stroke-width:3px\n"
			"    classDef moved stroke:#0969da,stroke-width:3px\n"
			"    classDef gone stroke:#cf222e,stroke-width:3px,stroke-dasharray:4\n");
	md_fence(b, "mermaid", &text);
}

size_t md_tree(const struct md *m, size_t room, struct buf *b)
{
	struct tree t = {.arena = arena_new(), .number = map_new(), .d = m->d};
	auto_buf part = BUF_INIT(SIZE_MAX);
	size_t left = 0;

	if (!m->plain && !report_is_drift(m->d))
		tree_read(&t);
	if (t.moves && t.node.n <= NODES_MAX) {
		md_fold(m, &part, "The tree, with what comes, moves and goes", t.moves);
		tree_write(&t, &part);
		md_fold_end(m, &part);
		left = part.len > room;
		if (!left)
			buf_add(b, buf_str(&part), part.len);
	}
	free(t.node.at);
	map_free(t.number);
	arena_free(t.arena);
	return left;
}

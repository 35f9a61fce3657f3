/* Sides from text, for tests. See the header. */
#include "tests/unit/sides.h"

#include <stdio.h>
#include <string.h>

static const char *const flag_names[] = {"external", "ended",      "move",
					 "create",   "allow_list", "foreign"};

static struct value set_from(struct arena *arena, char *s, bool map, bool only)
{
	struct item items[64];
	size_t n = 0;
	char *save = NULL;

	for (char *one = strtok_r(s, ",", &save); one != NULL; one = strtok_r(NULL, ",", &save)) {
		char *colon = map ? strchr(one, '=') : NULL;

		charter_assert(n < 64);
		if (colon != NULL)
			*colon = '\0';
		items[n].key = text_str(arena, one);
		items[n++].value = map ? text_str(arena, colon + 1) : NULL;
	}
	return (struct value){
	    .state = VALUE_SET, .only = only, .u.set = set_make(arena, items, n, NULL)};
}

static struct value value_from(struct arena *arena, char *s)
{
	size_t len = strlen(s);
	char first = s[0];

	if (strcmp(s, "-") == 0)
		return VALUE_EMPTY;
	if (first != '[' && first != '<' && first != '{')
		return value_str(arena, s);
	s[len - 1] = '\0';
	return set_from(arena, s + 1, first == '{', first == '<');
}

/* "assignment/SET/ACCOUNT/group/NAME", or raw "assignment/~SET/ACCOUNT/group/ID", where SET may
 * hold slashes. */
static void derive_edge(struct arena *arena, struct resource *r)
{
	char *s = arena_strdup(arena, r->address->s + strlen("assignment/")), *part[4];
	const char *raw = *s == '~' ? "~" : "";

	for (unsigned i = 3; i > 0; i--) {
		char *slash = strrchr(s, '/');

		part[i] = slash + 1;
		*slash = '\0';
	}
	part[0] = s + strlen(raw);
	r->v[0] = value_text(text_printf(arena, "permission_set/%s%s", raw, part[0]));
	r->v[1] = value_text(text_printf(arena, "account/%s%s", raw, part[1]));
	r->v[2] = value_text(text_printf(arena, "identity_%s/%s%s", part[2], raw, part[3]));
	r->owner = r->v[0].u.text;
	if (*raw != '\0')
		r->id = text_printf(arena, "%s/%s/%s/%s", part[0], part[1], part[2], part[3]);
}

static void derive_declared(struct arena *arena, struct resource *r)
{
	const struct text *last = address_name(arena, r->address);
	char *slash = strrchr(r->address->s, '/');
	size_t up = slash == NULL ? 0 : (size_t)(slash - r->address->s);

	if (r->kind == KIND_ORGANIZATION)
		return;
	if (r->kind == KIND_DELEGATED_ADMINISTRATOR) {
		r->v[0] = value_text(address_part(arena, r->address, 1));
		r->v[1] = value_text(address_make(arena, "account", last->s, NULL));
		r->owner = text_str(arena, "organization");
		return;
	}
	r->v[0] = value_text(last);
	if (r->kind == KIND_UNIT)
		r->v[UNIT_PARENT] = up == strlen("unit")
					? value_str(arena, "root")
					: value_text(text_new(arena, r->address->s, up));
	else if (kinds[r->kind]->address == ADDRESS_ACCOUNT)
		r->v[1] = value_text(
		    address_make(arena, "account", address_part(arena, r->address, 1)->s, NULL));
}

static void derive_live(struct arena *arena, struct resource *r)
{
	const struct text *one = address_part(arena, r->address, 1);
	const struct text *two = address_part(arena, r->address, 2);

	if (one == NULL || one->s[0] != '~')
		return;
	if (two == NULL || kinds[r->kind]->address == ADDRESS_NAME) {
		r->id = text_str(arena, strstr(r->address->s, "/~") + 2);
		return;
	}
	r->v[0] = value_text(two);
	r->v[1] = value_text(text_printf(arena, "account/%s", one->s));
	r->id = text_printf(arena, "arn:%s:%s:%s", kinds[r->kind]->name, one->s + 1, two->s);
}

static void word_read(struct arena *arena, struct resource *r, char *word)
{
	char *eq = strchr(word, '=');
	const struct kind *kind = kinds[r->kind];

	if (strncmp(word, "flag:", 5) == 0) {
		for (unsigned i = 0; i < 6; i++) {
			if (strcmp(flag_names[i], word + 5) == 0)
				r->flags = (uint16_t)(r->flags | 1u << i);
		}
		return;
	}
	if (strncmp(word, "was:", 4) == 0) {
		r->previously = arena_array(arena, 2, sizeof(*r->previously));
		r->previously[0] = text_str(arena, word + 4);
		return;
	}
	charter_assert(eq != NULL);
	*eq = '\0';
	if (strcmp(word, "id") == 0) {
		r->id = text_str(arena, eq + 1);
	} else if (strcmp(word, "created") == 0) {
		r->created = text_str(arena, eq + 1);
	} else {
		uint16_t i = 0;

		while (i < kind->attrs && strcmp(kind->attr[i].name, word) != 0)
			i++;
		charter_assert(i < kind->attrs);
		r->v[i] = value_from(arena, eq + 1);
	}
}

static void scope_line(struct side *side, char **save)
{
	const char *name = strtok_r(NULL, " ", save), *state = strtok_r(NULL, " ", save);
	uint32_t scope = side_scope(side, 0, name);

	if (strcmp(state, "partial") == 0)
		scope_fail(side, scope, "AccessDenied", "no");
	else
		side->scopes.at[scope].state =
		    strcmp(state, "whole") == 0 ? SCOPE_WHOLE : SCOPE_OPEN;
}

static void line_read(struct side *side, const char *file, char *line, uint32_t number)
{
	char *save = NULL, *word = strtok_r(line, " \t", &save);
	struct arena *arena = side->arena;
	struct resource *r;
	int kind;

	if (word == NULL)
		return;
	if (strcmp(word, "scope") == 0) {
		scope_line(side, &save);
		return;
	}
	kind = kind_find(address_part(arena, text_str(arena, word), 0)->s);
	charter_assert(kind >= 0);
	r = side_resource(side, (uint16_t)kind, text_str(arena, word), NULL);
	r->where = (struct place){file, number, 1};
	if (kind == KIND_ASSIGNMENT)
		derive_edge(arena, r);
	else if (file != NULL)
		derive_declared(arena, r);
	else
		derive_live(arena, r);
	if (kind == KIND_POLICY)
		r->v[POLICY_TYPE] = value_str(arena, "SERVICE_CONTROL_POLICY");
	while ((word = strtok_r(NULL, " \t", &save)) != NULL)
		word_read(arena, r, word);
}

void scope_whole(struct side *side, uint32_t parent, const char *name)
{
	uint32_t scope = side_scope(side, parent, name);

	side->scopes.at[scope].state = SCOPE_WHOLE;
}

struct side *side_from(struct arena *arena, const char *file, const char *text)
{
	static const char *const scopes[] = {"organization",
					     "units",
					     "accounts",
					     "policies",
					     "delegated_administrators",
					     "attachments",
					     "iam/111",
					     "iam/222",
					     "iam/111/credentials",
					     "iam/222/credentials",
					     "identity_users",
					     "identity_groups",
					     "permission_sets",
					     "assignments"};
	struct side *side;
	auto_free char *copy = NULL;
	char *save = NULL;
	uint32_t number = 0;

	if (text == NULL)
		return NULL;
	side = side_new(arena);
	copy = xstrdup(text);
	for (size_t i = 0; file == NULL && i < sizeof(scopes) / sizeof(*scopes); i++)
		scope_whole(side, 0, scopes[i]);
	for (char *line = strtok_r(copy, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		line_read(side, file, line, ++number);
	side_finish(side, NULL);
	return side;
}

void sides_free(struct sides *sides)
{
	side_free(sides->base);
	side_free(sides->target);
	side_free(sides->head);
	side_free(sides->live);
	side_free(sides->leftover);
}

void diagnostics_dump(struct buf *out, const struct diagnostics *list, const char *word)
{
	for (size_t i = 0; i < list->list.n; i++) {
		const struct diagnostic *d = &list->list.at[i];

		buf_printf(out, "%s %s:%u: %s\n", d->warning ? "warning" : word,
			   d->where.file == NULL ? "?" : d->where.file, d->where.line, d->message);
	}
}

void value_dump(struct buf *out, struct value value)
{
	if (value.state == VALUE_UNSET)
		buf_putc(out, '?');
	else if (value.state == VALUE_NONE)
		buf_putc(out, '-');
	else if (value.state == VALUE_TEXT)
		buf_puts(out, value.u.text->s);
	else if (value.state == VALUE_SET)
		buf_printf(out, "(%u)", value.u.set->n);
	else
		buf_puts(out, "secret");
}

bool text_agrees(const char *name, const char *got, const char *want)
{
	if (strcmp(got, want) == 0)
		return true;
	fprintf(stderr, "case: %s\n--- want\n%s--- got\n%s---\n", name, want, got);
	return false;
}

#include "reconciler/approval.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

struct approval {
	struct map *live; /* address, attribute and element -> hex digest */
};

struct approval *approval_new(void)
{
	struct approval *a = xcalloc(1, sizeof *a);

	a->live = map_new();
	return a;
}

void approval_free(struct approval *a)
{
	if (!a)
		return;
	map_free(a->live);
	free(a);
}

/* Configuration and addresses hold no control characters. */
static char *item_key(const char *address, const char *attribute, const char *element)
{
	return xasprintf("%s\n%s\n%s", address, attribute, element ? element : "");
}

void approval_add(struct approval *a, const struct sticky_shown *shown, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		auto_free char *key =
		    item_key(shown[i].address, shown[i].attribute, shown[i].element);

		map_put(a->live, key, (void *)shown[i].live);
	}
}

static void add_text(struct digest *d, const char *s)
{
	digest_add(d, s, strlen(s) + 1);
}

void approval_digest(struct value v, char hex[SHA256_HEX])
{
	struct digest *d = digest_new();

	digest_add(d, (const char[]){(char)('0' + v.state)}, 1);
	if (v.state == VALUE_TEXT)
		add_text(d, v.u.text->s);
	for (uint32_t i = 0; v.state == VALUE_SET && v.u.set && i < v.u.set->n; i++) {
		add_text(d, v.u.set->item[i].key->s);
		add_text(d, v.u.set->item[i].value ? v.u.set->item[i].value->s : "");
	}
	digest_hex(d, hex);
}

static void id_digest(const char *id, char hex[SHA256_HEX])
{
	sha256_hex(id ? id : "", id ? strlen(id) : 0, hex);
}

const char *approval_live(const struct approval *a, const char *address, const char *attribute,
			  const char *element)
{
	auto_free char *key = item_key(address, attribute, element);

	return map_get(a->live, key);
}

bool approval_action(const struct approval *a, const char *address, const char *action,
		     const char *id)
{
	const char *shown = approval_live(a, address, action, NULL);
	char hex[SHA256_HEX];

	id_digest(strcmp(action, "delete") == 0 ? id : NULL, hex);
	return shown && strcmp(shown, hex) == 0;
}

/* Reasons whose live value, or whose doing, the plan id does not name. */
static bool reason_is_listed(const char *reason)
{
	static const char *const reasons[] = {"adopt", "conflict", "drift", "leftover"};

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (strcmp(reasons[i], reason) == 0)
			return true;
	return false;
}

struct listing {
	struct arena *arena;
	VEC(struct sticky_shown) list;
};

static void list_item(struct listing *l, const char *address, const char *attribute,
		      const char *element, const char *hex)
{
	struct sticky_shown s = {address, attribute, element, arena_strdup(l->arena, hex)};

	vec_push(&l->list, s);
}

static void list_attribute(struct listing *l, const char *address, const struct doc_attribute *a)
{
	const struct doc_element *elements[] = {a->added, a->removed, a->changed};
	const uint32_t n[] = {a->added_n, a->removed_n, a->changed_n};
	char hex[SHA256_HEX];

	if (!a->is_set && reason_is_listed(a->reason)) {
		approval_digest(a->live, hex);
		list_item(l, address, a->name, "", hex);
	}
	for (unsigned k = 0; a->is_set && k < 3; k++)
		for (uint32_t i = 0; i < n[k]; i++) {
			if (!reason_is_listed(elements[k][i].reason))
				continue;
			approval_digest(elements[k][i].live, hex);
			list_item(l, address, a->name, elements[k][i].key, hex);
		}
}

size_t approval_list(struct arena *arena, const struct plan_doc *d, struct sticky_shown **out)
{
	struct listing l = {.arena = arena};
	char hex[SHA256_HEX];

	for (size_t i = 0; i < d->changes; i++) {
		const struct doc_change *c = &d->change[i];

		if (strcmp(c->action, "update") != 0 && reason_is_listed(c->reason)) {
			id_digest(strcmp(c->action, "delete") == 0 ? c->id : NULL, hex);
			list_item(&l, c->address, c->action, "", hex);
		}
		for (uint32_t a = 0; a < c->attributes; a++)
			list_attribute(&l, c->address, &c->attribute[a]);
	}
	*out = arena_array(arena, l.list.n + 1, sizeof **out);
	if (l.list.n)
		memcpy(*out, l.list.at, l.list.n * sizeof **out);
	free(l.list.at);
	return l.list.n;
}

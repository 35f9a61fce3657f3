/* Where a report has looked. */
#include "reconciler/ledger_looked.h"

#include "base/map.h"
#include "reconciler/plan_doc.h"

#include <string.h>

/* The scope of the whole reading, when it failed for a reason of its own. */
#define WHOLE "all"

struct looked {
	const struct plan_doc *doc;
	struct map *unseen; /* names of scopes, and plain addresses, that were not looked at */
	struct map *parts;  /* what those are part of: "iam/222222222222" of ".../tags" */
	VEC(const char *) pattern;
	bool nowhere; /* nothing was looked at, or nobody knows what was */
};

static void unseen_add(struct looked *l, const char *name)
{
	map_put_lasting(l->unseen, name, l);
	for (const char *at = name; (at = strchr(at, '/')); at++) {
		auto_free char *whole = xasprintf("%.*s", (int)(at - name), name);

		map_put(l->parts, whole, l);
	}
}

static void passed_add(struct looked *l, const char *passed)
{
	if (strcmp(passed, "**") == 0)
		l->nowhere = true;
	else if (strpbrk(passed, "*?"))
		vec_push(&l->pattern, passed);
	else
		unseen_add(l, passed);
}

struct looked *looked_new(const struct plan_doc *doc)
{
	struct looked *l = xcalloc(1, sizeof *l);
	const struct doc_drift *d = doc->drift;

	*l = (struct looked){.doc = doc, .unseen = map_new(), .parts = map_new()};
	for (const char *const *p = d->passed; p && *p; p++)
		passed_add(l, *p);
	for (size_t i = 0; i < doc->unread_n; i++)
		unseen_add(l, doc->unread[i].scope);
	l->nowhere |= !doc->complete && !doc->unread_n;
	for (uint32_t i = 0; i < d->items && !l->nowhere; i++)
		l->nowhere =
		    d->item[i].kind == ITEM_UNREAD && strcmp(d->item[i].address, WHOLE) == 0;
	return l;
}

void looked_free(struct looked *l)
{
	if (!l)
		return;
	map_free(l->unseen);
	map_free(l->parts);
	free_ptr(&l->pattern.at);
	free_ptr(&l);
}

/* The scope itself, one that it is part of, or a part of it. */
static bool scope_seen(const struct looked *l, const char *scope, size_t len)
{
	auto_free char *name = xasprintf("%.*s", (int)len, scope);

	if (map_get(l->parts, name))
		return false;
	for (char *end = name + len; end; end = strrchr(name, '/')) {
		*end = '\0';
		if (map_get(l->unseen, name))
			return false;
	}
	return true;
}

static bool address_seen(const struct looked *l, const char *address)
{
	if (map_get(l->unseen, address))
		return false;
	for (size_t i = 0; i < l->pattern.n; i++)
		if (pattern_match(l->pattern.at[i], address))
			return false;
	return true;
}

bool looked_at(const struct looked *l, const char *address, const char *scope)
{
	if (scope && !*scope)
		return true;
	if (l->nowhere || (address && !address_seen(l, address)))
		return false;
	if (!scope)
		return l->doc->complete;
	for (size_t n; *scope; scope += n + (scope[n] == ' ')) {
		n = strcspn(scope, " ");
		if (!scope_seen(l, scope, n))
			return false;
	}
	return true;
}

/* Why a plan changes what it changes: the reasons of the three-way table, by an oracle of their
 * own. Changes are {address: {"_action": action, "_reason": of a creation or deletion, "ATTRIBUTE
 * KEY": reason}}. */
#include "reconciler/selftest.h"

#include <string.h>

#define SHOWN 6

static const json_t *member(const json_t *thing, const char *name)
{
	return json_object_get(thing, name);
}

static bool is_empty(const json_t *value)
{
	return !value || (json_is_string(value) && !*json_string_value(value));
}

static bool same_text(const json_t *a, const json_t *b)
{
	return (is_empty(a) && is_empty(b)) || json_equal((json_t *)a, (json_t *)b);
}

/* Of elements, an empty text is one too. */
static bool same_element(const json_t *a, const json_t *b)
{
	return a && b ? json_equal((json_t *)a, (json_t *)b) : a == b;
}

/* One value, declared by head. `declared`: base declares it, or what it is in; NULL: nothing to do.
 */
typedef bool same_fn(const json_t *, const json_t *);
static const char *value_reason(bool declared, const json_t *base, const json_t *head,
				const json_t *live, same_fn *same)
{
	if (same(head, live))
		return NULL;
	if (!declared)
		return live ? "adopt" : "config";
	if (same(base, head))
		return "drift";
	return same(base, live) ? "config" : "conflict";
}

static void reason_put(json_t *change, const char *attribute, const char *key, const char *reason)
{
	auto_free char *name = xasprintf("%s%s%s", attribute, key ? " " : "", key ? key : "");

	if (reason)
		json_object_set_new(change, name, json_string(reason));
}

static bool is_map(const char *attribute)
{
	return strcmp(attribute, "tags") == 0 || strcmp(attribute, "inline_policies") == 0 ||
	       strcmp(attribute, "password_policy") == 0;
}

/* One attribute of a thing that is there and stays. */
struct sets {
	const json_t *base, *head, *live, *after;
	bool only; /* head manages just its elements, and base all or its own */
	bool base_only;
};

static void set_reasons(json_t *change, const char *name, const struct sets *s)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)s->head, key, value)
	{
		const json_t *was = member(s->base, key), *is = member(s->live, key);

		if (is_map(name))
			/* An element that base does not have is declared for the first time. */
			reason_put(change, name, key,
				   value_reason(was, was, value, is, same_element));
		else if (!is)
			reason_put(change, name, key, was ? "drift" : "config");
	}
	json_object_foreach((json_t *)s->live, key, value)
	{
		const json_t *was = member(s->base, key);
		bool differs = is_map(name) && !same_element(was, value);

		/* What goes with a policy that goes is no change of who has it. */
		if (member(s->head, key) || member(s->after, key) ||
		    (s->only && !(was && s->base_only)))
			continue;
		reason_put(change, name, key, !was ? "drift" : differs ? "conflict" : "config");
	}
}

static bool is_only(const json_t *thing, const char *attribute)
{
	return json_is_true(member(member(thing, "_only"), attribute));
}

static json_t *update_reasons(const json_t *base, const json_t *head, const json_t *live,
			      const json_t *expected)
{
	json_t *change = json_object(), *value;
	const json_t *was, *is;
	const char *name;

	json_object_foreach((json_t *)head, name, value)
	{
		if (*name == '_')
			continue;
		if (json_is_object(value)) {
			set_reasons(change, name,
				    &(struct sets){member(base, name), value, member(live, name),
						   member(expected, name), is_only(head, name),
						   is_only(base, name)});
			continue;
		}
		was = member(base, name);
		is = member(live, name);
		/* No boundary is none, where no description is an empty one, nor is that of a
		 * permission set. */
		if (strcmp(name, "permissions_boundary") == 0 && is_empty(is) &&
		    !member(live, "provisioned"))
			is = NULL;
		reason_put(change, name, NULL, value_reason(was, was, value, is, same_text));
	}
	if (json_object_size(change))
		json_object_set_new(change, "_action", json_string("update"));
	return change;
}

/* What base said of it is not what head says. */
static bool declared_differs(const json_t *base, const json_t *head)
{
	const char *name;
	json_t *value;

	if (member(base, "_renamed"))
		return true;
	json_object_foreach((json_t *)head, name, value)
	{
		if (*name != '_' && !same_element(member(base, name), value))
			return true;
	}
	return false;
}

static json_t *change_of(const char *address, const json_t *base, const json_t *head,
			 const json_t *live, const json_t *expected)
{
	bool is_settings = str_starts(address, "iam_account/"); /* an account always has them */
	const char *reason;

	if (!head)
		return live && !expected ? json_pack("{s:s}", "_action", "delete") : NULL;
	if (live || is_settings)
		return update_reasons(base, head, live, expected);
	reason = !base ? "config" : declared_differs(base, head) ? "conflict" : "drift";
	return json_pack("{s:s, s:s}", "_action", "create", "_reason", reason);
}

/* Of tasks the reasons are those of pools; settings are always there, and what a password policy
 * does not say has a value all the same: of these only counts what is done, or that it is. Takes
 * the change. New. */
static json_t *change_brief(const char *address, json_t *change)
{
	const char *name = strrchr(address, '/');
	bool settings = str_starts(address, "iam_account/");
	json_t *brief;

	if (!json_object_size(change) ||
	    (!settings &&
	     !(name && (str_starts(name, "/task") || strcmp(name, "/keep-task") == 0))))
		return change;
	brief = settings ? json_pack("{s:s}", "_action", "update")
			 : json_pack("{s:O}", "_action", member(change, "_action"));
	json_decref(change);
	return brief;
}

static void change_put(json_t *changes, const char *address, json_t *change)
{
	change = change_brief(address, change);
	if (change && json_object_size(change))
		json_object_set(changes, address, change);
	json_decref(change);
}

json_t *changes_expect(const struct expected *e)
{
	json_t *changes = json_object(), *thing;
	const char *address;

	json_object_foreach(e->head, address, thing)
	    change_put(changes, address,
		       change_of(address, member(e->base, address), thing, member(e->live, address),
				 member(e->after, address)));
	json_object_foreach(e->base, address, thing) if (!member(e->head, address)) change_put(
	    changes, address,
	    change_of(address, thing, NULL, member(e->live, address), member(e->after, address)));
	/* Who has which permission set is managed whole, whoever gave it. */
	json_object_foreach(e->live, address, thing) if (str_starts(address, "assignment/") &&
							 !member(e->head, address) &&
							 !member(e->base, address))
	    change_put(changes, address,
		       change_of(address, NULL, NULL, thing, member(e->after, address)));
	return changes;
}

/* The key of an element as configurations write it. Freed by the caller. */
static char *key_plain(const struct attr *attr, const char *key)
{
	const char *aws = strstr(key, ":aws:policy/"), *last = strrchr(key, '/');

	if (attr->type != ATTR_REFS)
		return xstrdup(key);
	if (aws)
		return xasprintf("aws/%s", aws + strlen(":aws:policy/"));
	return xstrdup(last ? last + 1 : key);
}

/* Names and parents of units are said by addresses. */
static bool attr_is_told(const struct attr *attr)
{
	return !(attr->flags & ATTR_DERIVED) || strcmp(attr->name, "provisioned") == 0;
}

static json_t *change_planned(const struct change *c)
{
	const struct kind *kind = kinds[c->row->head   ? c->row->head->kind
					: c->row->live ? c->row->live->kind
						       : c->row->base->kind];
	json_t *out = json_object();

	for (uint32_t i = 0; c->action == ACTION_UPDATE && i < c->diffs; i++) {
		const struct diff *d = &c->diff[i];
		const struct attr *attr = &kind->attr[d->attr];
		auto_free char *key = d->key ? key_plain(attr, d->key->s) : NULL;

		if (attr_is_told(attr) && !d->by_hand)
			reason_put(out, attr->name, key, reason_names[d->reason]);
	}
	if (c->action == ACTION_UPDATE && !json_object_size(out))
		return out;
	json_object_set_new(out, "_action", json_string(action_names[c->action]));
	if (c->action == ACTION_CREATE)
		json_object_set_new(out, "_reason", json_string(reason_names[c->reason]));
	return out;
}

/* Assignments of who was deleted: whether they are seen hangs on how it was read. */
static bool is_of_nobody(const char *address)
{
	return str_starts(address, "assignment/") && strstr(address, "/~");
}

json_t *changes_planned(const struct plan *plan)
{
	json_t *changes = json_object();

	for (size_t i = 0; i < plan->changes; i++)
		if (plan->change[i].action != ACTION_ADOPT &&
		    !is_of_nobody(plan->change[i].row->address->s))
			change_put(changes, plan->change[i].row->address->s,
				   change_planned(&plan->change[i]));
	return changes;
}

int changes_compare(const json_t *expected, const json_t *planned, struct error *err)
{
	auto_buf out = BUF_INIT(1u << 16);
	const char *address;
	json_t *change;
	unsigned n = 0;

	json_object_foreach((json_t *)expected, address, change)
	{
		auto_free char *want = json_dumps(change, JSON_SORT_KEYS);
		auto_free char *have =
		    json_dumps(member(planned, address), JSON_SORT_KEYS | JSON_ENCODE_ANY);

		if (!json_equal(change, (json_t *)member(planned, address)) && n++ < SHOWN)
			buf_printf(&out, "\n    %s: expected %s, planned %s", address, want,
				   have ? have : "nothing");
	}
	json_object_foreach((json_t *)planned, address, change)
	{
		auto_free char *have = json_dumps(change, JSON_SORT_KEYS);

		if (!member(expected, address) && n++ < SHOWN)
			buf_printf(&out, "\n    %s: not expected, planned %s", address, have);
	}
	return n ? error_set(err, "reasons: the plan says otherwise than the table:%s",
			     buf_str(&out))
		 : 0;
}

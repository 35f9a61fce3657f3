#include "reconciler/report.h"
#include "reconciler/report_drift.h"

#include <stdlib.h>
#include <string.h>

bool report_is_drift(const struct plan_doc *d)
{
	return strcmp(d->format, DRIFT_FORMAT) == 0;
}

bool report_is_empty(const struct plan_doc *d)
{
	return d->changes == 0;
}

bool change_is_unknown(const struct doc_change *c)
{
	if (!c->blocked || strcmp(c->action, "update") != 0)
		return false;
	for (uint32_t i = 0; i < c->attributes; i++) {
		const struct doc_attribute *a = &c->attribute[i];

		if (a->is_set || !value_eq(a->base, a->head))
			return false;
	}
	return true;
}

size_t report_unknown(const struct plan_doc *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->changes; i++)
		n += change_is_unknown(&d->change[i]);
	return n;
}

/* Changes that are known, or wanted by the commit, and that this would make. */
static unsigned count_action(const struct plan_doc *d, const char *action)
{
	unsigned n = 0;

	for (size_t i = 0; i < d->changes; i++)
		n += !d->change[i].blocked && (!action || strcmp(d->change[i].action, action) == 0);
	return n;
}

/* Scopes have no blanks in their names, nor has what was not read another reason. */
static bool blocked_waits(const char *blocked)
{
	return strchr(blocked, ' ') && strcmp(blocked, "not read") != 0;
}

unsigned report_blocked_count(const struct plan_doc *d, bool waits)
{
	unsigned n = 0;

	for (size_t i = 0; i < d->changes; i++)
		n += d->change[i].blocked && blocked_waits(d->change[i].blocked) == waits;
	return n;
}

bool change_is_loss(const struct doc_change *c)
{
	if (strcmp(c->action, "delete") == 0)
		return true;
	for (uint32_t i = 0; i < c->attributes; i++) {
		const struct doc_attribute *a = &c->attribute[i];

		if (a->removed_n && (!a->is_map || a->is_policy))
			return true;
	}
	return false;
}

bool access_is_loss(const struct doc_access *a)
{
	return strcmp(a->effect, "gain") != 0;
}

bool change_is_high(const struct doc_change *c)
{
	return strcmp(c->risk, "high") == 0;
}

static void count(struct buf *b, size_t start, unsigned n, const char *what)
{
	if (n)
		buf_printf(b, "%s%u %s", b->len > start ? ", " : "", n, what);
}

static void count_apart(struct buf *b, unsigned n, const char *what)
{
	if (n)
		buf_printf(b, "; %u %s", n, what);
}

void report_time(struct buf *b, unsigned seconds)
{
	if (seconds < 120)
		buf_printf(b, "about %u s", seconds);
	else
		buf_printf(b, "about %u min", (seconds + 30) / 60);
}

/* Of a report of an earlier version. */
static void drift_counts(const struct plan_doc *d, struct buf *b)
{
	unsigned n = count_action(d, NULL);

	if (n)
		buf_printf(b, "%u resource%s differ%s from git", n, n == 1 ? "" : "s",
			   n == 1 ? "s" : "");
	else if (d->complete)
		buf_puts(b, "in sync: nothing that git declares differs");
	else
		buf_puts(b, "no difference in what could be read");
	if (!d->complete)
		buf_puts(b, "; the reading is incomplete");
	count_apart(b, report_blocked_count(d, false), "not read");
	count_apart(b, report_blocked_count(d, true), "waiting");
	count_apart(b, d->summary.unmanaged, "unmanaged");
}

void report_counts(const struct plan_doc *d, struct buf *b)
{
	const struct doc_summary *s = &d->summary;
	size_t start = b->len;

	if (report_is_drift(d)) {
		if (d->drift)
			drift_put_counts(d, b);
		else
			drift_counts(d, b);
		return;
	}
	if (count_action(d, NULL) == 0) {
		buf_puts(b, d->complete ? "nothing to do" : "nothing to do in what could be read");
		buf_puts(b, s->calls ? " but to record the commit" : "");
	} else {
		count(b, start, count_action(d, "create"), "to create");
		count(b, start, count_action(d, "update"), "to update");
		count(b, start, count_action(d, "delete"), "to delete");
	}
	count_apart(b, report_blocked_count(d, false), "not read");
	count_apart(b, report_blocked_count(d, true), "waiting");
	count_apart(b, s->drift, "drifted");
	count_apart(b, s->adopt, s->adopt == 1 ? "adopted as it is" : "adopted as they are");
	count_apart(b, s->unmanaged, "unmanaged");
	if (count_action(d, NULL) && s->calls) {
		buf_printf(b, "; %u call%s, ", s->calls, s->calls == 1 ? "" : "s");
		report_time(b, d->estimate_seconds);
	}
}

static void commit_name(const struct doc_commit *c, struct buf *b)
{
	if (!c->present)
		buf_puts(b, "nothing applied yet");
	else if (c->commit)
		buf_printf(b, "%.12s%s", c->commit, c->tree ? "" : " with uncommitted changes");
	else
		buf_puts(b, "the working tree");
}

void report_commits(const struct plan_doc *d, const char *arrow, struct buf *b)
{
	commit_name(&d->base, b);
	if (d->target.present) {
		buf_printf(b, " %s ", arrow);
		commit_name(&d->target, b);
		buf_puts(b, " (target)");
	}
	if (!report_is_drift(d)) {
		buf_printf(b, " %s ", arrow);
		commit_name(&d->head, b);
	}
}

const char *report_scope(const char *name)
{
	static const char *const titles[][2] = {
	    {"identity_center", "IAM Identity Center"},
	    {"identity_users", "Identity Center's users"},
	    {"identity_groups", "Identity Center's groups"},
	    {"identity_members", "the members of Identity Center's groups"},
	    {"permission_sets", "Identity Center's permission sets"},
	    {"assignments", "Identity Center's assignments"},
	};

	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		if (strcmp(titles[i][0], name) == 0)
			return titles[i][1];
	return NULL;
}

void report_blocked(const char *blocked, struct buf *b)
{
	const char *scope = report_scope(blocked);

	if (blocked_waits(blocked))
		buf_printf(b, "waits for %s", blocked);
	else
		buf_printf(b, "not read, so nothing is done: %s", scope ? scope : blocked);
}

const char *report_unread_advice(const struct plan_doc *d)
{
	for (size_t i = 0; i < d->unread_n; i++)
		if (d->unread[i].error && str_starts(d->unread[i].error, "AccessDenied"))
			return "`charter permissions` prints the policy that reading needs";
	return NULL;
}

/* The names of "not in a, b", which is cut up; at most as many as it has bytes. */
static size_t provisioned_names(char *list, const char **account)
{
	size_t n = 0;

	for (char *at = list, *end; at; at = end) {
		end = strstr(at, ", ");
		if (end) {
			*end = '\0';
			end += 2;
		}
		account[n++] = at;
	}
	return n;
}

bool report_set_places(const struct doc_change *c, const struct doc_attribute *a,
		       struct places *places, put_name_fn *name, struct buf *b)
{
	static const char not_in[] = "not in ", prefix[] = "account/";
	const char *live = value_policy(a->live);
	auto_free const char **account = NULL;
	auto_free char *names = NULL;
	size_t n = 0;

	if (strcmp(c->kind, "permission_set") != 0)
		return false;
	if (strcmp(a->name, "provisioned") == 0 && live && str_starts(live, not_in)) {
		names = xstrdup(live + strlen(not_in));
		account = xcalloc(strlen(names) + 1, sizeof *account);
		n = provisioned_names(names, account);
		buf_puts(b, "not provisioned in ");
	} else if (strcmp(a->name, "accounts") == 0) {
		account = xcalloc(a->removed_n + 1, sizeof *account);
		for (; n < a->removed_n; n++)
			account[n] = a->removed[n].key +
				     (str_starts(a->removed[n].key, prefix) ? strlen(prefix) : 0);
		buf_puts(b, "what it gives in ");
	} else {
		return false;
	}
	places_put(places, b, account, n, true, name);
	return true;
}

static void remark(struct buf *b, size_t start, const char *s, const char *more)
{
	buf_printf(b, "%s%s%s", b->len > start ? ", " : "", s, more);
}

/* An assignment that somebody left behind goes by the id that nobody has any more. */
static bool is_left_behind(const struct doc_change *c)
{
	const char *last = strrchr(c->address, '/');

	return !c->blocked && strcmp(c->kind, "assignment") == 0 &&
	       strcmp(c->action, "delete") == 0 && last && last[1] == '~';
}

void report_remarks(const struct plan_doc *d, const struct doc_change *c, struct buf *b)
{
	size_t start = b->len;

	if (c->blocked)
		report_blocked(c->blocked, b);
	if (report_is_drift(d)) {
		if (strcmp(c->action, "create") == 0)
			remark(b, start, "missing in AWS", "");
		else if (strcmp(c->action, "delete") == 0)
			remark(b, start, "not in git", "");
		if (strcmp(c->reason, "drift") != 0 && !c->blocked)
			remark(b, start, c->reason, "");
	} else if (strcmp(c->reason, "config") != 0 && strcmp(c->reason, "rename") != 0) {
		remark(b, start, c->reason, "");
	}
	if (change_is_high(c))
		remark(b, start, "high risk", "");
	if (is_left_behind(c))
		remark(b, start,
		       strstr(c->address, "/group/~") ? "of a deleted group" : "of a deleted user",
		       "");
	if (c->previous)
		remark(b, start, "renamed from ", c->previous);
}

bool reason_is_news(const struct doc_change *c, const char *reason)
{
	if (strcmp(reason, c->reason) == 0)
		return false;
	return strcmp(reason, "config") != 0 || strcmp(c->reason, "drift") == 0 ||
	       strcmp(c->reason, "conflict") == 0;
}

bool id_is_news(const char *id)
{
	return id && !str_starts(id, "arn:");
}

void report_place(const struct doc_change *c, struct buf *b)
{
	if (c->file)
		buf_printf(b, "%s:%u", c->file, c->line);
	for (uint32_t i = 0; i < c->alsos; i++)
		buf_printf(b, ", %s:%u", c->also[i].file, c->also[i].line);
}

/* "28800" is 8h, "5400" 1h30m. What is no number stays as it is. */
static void duration_put(struct buf *b, const char *seconds)
{
	char *end;
	long s = strtol(seconds, &end, 10);

	if (*end != '\0' || s <= 0) {
		buf_puts(b, seconds);
		return;
	}
	if (s >= 3600)
		buf_printf(b, "%ldh", s / 3600);
	if (s / 60 % 60 > 0)
		buf_printf(b, "%ldm", s / 60 % 60);
	if (s % 60 > 0)
		buf_printf(b, "%lds", s % 60);
}

static bool needs_quotes(const char *s, size_t len)
{
	return len == 0 || s[0] == ' ' || s[len - 1] == ' ';
}

void report_value(const struct attr *attr, struct value v, struct buf *b)
{
	const char *s;

	switch ((enum value_state)v.state) {
	case VALUE_UNSET:
	case VALUE_NONE:
		buf_puts(b, "(none)");
		break;
	case VALUE_SECRET:
		buf_puts(b, "(secret)");
		break;
	case VALUE_TEXT:
		s = value_outside(attr, v.u.text->s);
		if (needs_quotes(s, strlen(s)))
			buf_printf(b, "\"%s\"", s);
		else if (attr && attr->flags & ATTR_SECONDS)
			duration_put(b, s);
		else
			report_key(attr, s, b);
		break;
	case VALUE_SET:
		if (v.u.set->n == 0)
			buf_puts(b, attr_is_map(attr) ? "{}" : "[]");
		for (uint32_t i = 0; i < v.u.set->n; i++) {
			buf_puts(b, i ? ", " : "");
			report_key(attr, v.u.set->item[i].key->s, b);
			if (v.u.set->item[i].value)
				buf_printf(b, " = %s", v.u.set->item[i].value->s);
		}
		break;
	}
}

void report_key(const struct attr *attr, const char *key, struct buf *b)
{
	size_t len = attr && attr->ref ? strlen(attr->ref) : 0;
	const char *name = str_starts(key, "arn:") ? aws_policy_name(key) : NULL;

	if (name) {
		buf_printf(b, "aws/%s", name);
		return;
	}
	if (!len || !str_starts(key, attr->ref) || key[len] != '/') {
		buf_puts(b, key);
		return;
	}
	name = key + len + 1;
	/* IAM's have the account in between, which is that of the resource itself. */
	if (str_starts(attr->ref, "iam_") && strchr(name, '/'))
		name = strchr(name, '/') + 1;
	buf_puts(b, name);
}

const char *report_note_title(enum note_kind what)
{
	static const char *const titles[NOTE_KINDS] = {
	    [NOTE_UNMANAGED] = "Unmanaged: in AWS, never declared, not touched",
	    [NOTE_RELEASED] = "No longer managed: no longer declared, left as they are",
	    [NOTE_IGNORED] = "Ignored differences",
	    [NOTE_BY_HAND] = "To do by hand",
	    [NOTE_LEFTOVER] = "Left by an unfinished apply: declare or release them",
	    [NOTE_WARNING] = "Warnings",
	};
	return titles[what];
}

size_t report_notes(const struct plan_doc *d, enum note_kind what)
{
	size_t n = 0;

	for (size_t i = 0; i < d->notes; i++)
		n += d->note[i].what == what;
	return n;
}

uint32_t attribute_items(const struct doc_attribute *a)
{
	return a->is_set ? a->added_n + a->changed_n + a->removed_n : 1;
}

static char opposite(char sign)
{
	return sign == '+' ? '-' : sign == '-' ? '+' : sign;
}

static struct report_item whole_item(const struct doc_attribute *a)
{
	/* What is live counts; a value that was not read is shown as it was applied last. */
	struct value from = a->live.state == VALUE_UNSET ? a->base : a->live;
	bool none = from.state == VALUE_UNSET || from.state == VALUE_NONE;

	return (struct report_item){.sign = none                          ? '+'
					    : a->head.state == VALUE_NONE ? '-'
									  : '~',
				    .from = from,
				    .to = a->head,
				    .base = a->base,
				    .head = a->head,
				    .live = a->live,
				    .reason = a->reason};
}

struct report_item attribute_item(const struct plan_doc *d, const struct doc_attribute *a,
				  uint32_t i)
{
	struct report_item item = {0};
	const struct doc_element *e;

	if (!a->is_set) {
		item = whole_item(a);
	} else {
		item.sign = i < a->added_n ? '+' : i < a->added_n + a->changed_n ? '~' : '-';
		e = item.sign == '+'   ? &a->added[i]
		    : item.sign == '~' ? &a->changed[i - a->added_n]
				       : &a->removed[i - a->added_n - a->changed_n];
		item.key = e->key;
		item.from = e->live;
		item.to = e->head;
		item.base = e->base;
		item.head = e->head;
		item.live = e->live;
		item.reason = e->reason;
	}
	item.conflict = strcmp(item.reason, "conflict") == 0;
	if (report_is_drift(d)) {
		struct value from = item.from;

		item.from = item.to;
		item.to = from;
		item.sign = opposite(item.sign);
	}
	return item;
}

const char *value_policy(struct value v)
{
	return v.state == VALUE_TEXT ? v.u.text->s : NULL;
}

bool item_is_policy(const struct doc_attribute *a, const struct report_item *item)
{
	return a->is_policy && (value_policy(item->from) || value_policy(item->to));
}

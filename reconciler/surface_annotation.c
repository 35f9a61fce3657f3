/* What is worth saying at a place of the configuration, most important first. */
#include "reconciler/surface_priv.h"

#include "reconciler/report.h"

#include <stdlib.h>
#include <string.h>

#define ELEMENTS_SHOWN 5
#define MESSAGE_MAX    2000 /* bytes; a page shows an annotation's first lines */

static void annotation_add(struct annotations *list, struct annotation a)
{
	vec_push(list, a);
}

/* "FILE:12: what" of a refusal that has a place. */
static const char *refusal_place(struct arena *arena, const char *line, struct annotation *a)
{
	for (const char *at = strchr(line, ':'); at; at = strchr(at + 1, ':')) {
		char *end;
		unsigned long n = strtoul(at + 1, &end, 10);

		if (end == at + 1 || at[1] < '1' || at[1] > '9' || strncmp(end, ": ", 2) != 0 ||
		    n > UINT32_MAX)
			continue;
		a->file = arena_memdup0(arena, line, (size_t)(at - line));
		a->line = (uint32_t)n;
		return end + 2;
	}
	return line;
}

static const char *refusal_guard(const struct plan_doc *d, const char *line, const char **message)
{
	for (size_t i = 0; i < d->guards; i++) {
		const char *name = d->guard[i].name;
		size_t n = strlen(name);

		if (strcmp(d->guard[i].result, "refuse") == 0 && strncmp(line, name, n) == 0 &&
		    strncmp(line + n, ": ", 2) == 0) {
			*message = line + n + 2;
			return name;
		}
	}
	return NULL;
}

static void refusals_add(struct arena *arena, const struct plan_doc *d, struct annotations *list)
{
	const char *at = d->refusal;

	for (size_t n; at; at = at[n] ? at + n + 1 : NULL) {
		struct annotation a = {.level = ANNOTATION_ERROR, .check = "refused"};
		const char *line, *guard;

		n = strcspn(at, "\n");
		line = arena_memdup0(arena, at, n);
		guard = refusal_guard(d, line, &a.message);
		a.title = guard ? arena_printf(arena, "Refused: %s", guard) : "Refused";
		if (!guard)
			a.message = refusal_place(arena, line, &a);
		a.what = line;
		annotation_add(list, a);
	}
}

static void elements_put(struct buf *b, const char *kind, const struct doc_attribute *a)
{
	const struct attr *attr = attr_find(kind, a->name);

	for (uint32_t i = 0; i < a->removed_n && i < ELEMENTS_SHOWN; i++) {
		buf_puts(b, i ? ", " : " ");
		report_key(attr, a->removed[i].key, b);
	}
	if (a->removed_n > ELEMENTS_SHOWN)
		buf_printf(b, " and %u more", a->removed_n - ELEMENTS_SHOWN);
}

/* "loses policies a, b; groups c" */
static void losses_put(struct buf *b, const struct plan_doc *d, const struct doc_change *c)
{
	const char *before = report_is_drift(d) ? ": has beyond git " : ": loses ";

	for (uint32_t i = 0; i < c->attributes; i++) {
		const struct doc_attribute *a = &c->attribute[i];

		if (!a->removed_n || (a->is_map && !a->is_policy))
			continue;
		buf_printf(b, "%s%s", before, a->name);
		elements_put(b, c->kind, a);
		before = "; ";
	}
}

/* "differs in name, tags" */
static void attributes_put(struct buf *b, const struct doc_change *c)
{
	for (uint32_t i = 0; i < c->attributes; i++)
		buf_printf(b, "%s%s", i ? ", " : ": differs in ", c->attribute[i].name);
}

static const char *change_message(struct arena *arena, const struct plan_doc *d,
				  const struct doc_change *c)
{
	auto_buf b = BUF_INIT(1 << 20), remarks = BUF_INIT(1 << 20);

	if (!report_is_drift(d))
		buf_printf(&b, "%s ", c->action);
	buf_puts(&b, c->address);
	if (id_is_news(c->id))
		buf_printf(&b, " (%s)", c->id);
	if (strcmp(c->action, "update") == 0 && change_is_loss(c))
		losses_put(&b, d, c);
	else if (strcmp(c->action, "update") == 0)
		attributes_put(&b, c);
	report_remarks(d, c, &remarks);
	if (remarks.len)
		buf_printf(&b, ": %s", buf_str(&remarks));
	return arena_strdup(arena, buf_str(&b));
}

enum rank { RANK_REMOVAL, RANK_LOSS, RANK_DRIFT, RANK_REST, RANKS };

static const struct {
	const char *check, *title;
	enum annotation_level level;
} ranks[RANKS] = {
    [RANK_REMOVAL] = {"removal", "Removal", ANNOTATION_WARNING},
    [RANK_LOSS] = {"loss", "Loss of access", ANNOTATION_WARNING},
    [RANK_DRIFT] = {"drift", "Drift", ANNOTATION_WARNING},
    [RANK_REST] = {NULL, "Change", ANNOTATION_NOTE},
};

static enum rank change_rank(const struct plan_doc *d, const struct doc_change *c)
{
	if (c->blocked)
		return RANK_REST;
	if (report_is_drift(d))
		return strcmp(c->action, "adopt") == 0 ? RANK_REST : RANK_DRIFT;
	if (strcmp(c->action, "delete") == 0)
		return RANK_REMOVAL;
	return change_is_loss(c) ? RANK_LOSS : RANK_REST;
}

static void changes_add(struct arena *arena, const struct plan_doc *d, enum rank rank, bool high,
			struct annotations *list)
{
	for (size_t i = 0; i < d->changes; i++) {
		const struct doc_change *c = &d->change[i];

		if (change_rank(d, c) != rank || change_is_high(c) != high)
			continue;
		annotation_add(list,
			       (struct annotation){.level = ranks[rank].level,
						   .check = c->blocked          ? "not-read"
							    : ranks[rank].check ? ranks[rank].check
										: c->action,
						   .what = c->address,
						   .title = ranks[rank].title,
						   .message = change_message(arena, d, c),
						   .file = c->file,
						   .line = c->line,
						   .high = high});
	}
}

static void losses_add(struct arena *arena, const struct plan_doc *d, struct annotations *list)
{
	for (size_t i = 0; i < d->access_n; i++) {
		const struct doc_access *a = &d->access[i];
		const char *through = a->through ? a->through : "";

		if (!access_is_loss(a))
			continue;
		annotation_add(list,
			       (struct annotation){
				   .level = ANNOTATION_WARNING,
				   .check = "loss",
				   .title = ranks[RANK_LOSS].title,
				   .what = arena_printf(arena, "%s %s %s %s", a->principal,
							a->account, a->permission, through),
				   .message = arena_printf(arena, "%s loses %s in %s%s%s",
							   a->principal, a->permission, a->account,
							   *through ? " through " : "", through)});
	}
}

bool doc_lacks_declared(const struct plan_doc *d)
{
	for (size_t i = 0; i < d->changes; i++) {
		if (d->change[i].blocked)
			return true;
		for (uint32_t k = 0; k < d->change[i].attributes; k++)
			if (d->change[i].attribute[k].blocked)
				return true;
	}
	return report_is_drift(d) && !d->complete;
}

static void unread_add(struct arena *arena, const struct plan_doc *d, struct annotations *list)
{
	enum annotation_level level = doc_lacks_declared(d) ? ANNOTATION_ERROR : ANNOTATION_WARNING;

	for (size_t i = 0; i < d->unread_n; i++) {
		const struct doc_unread *u = &d->unread[i];
		const char *scope = report_scope(u->scope);

		annotation_add(
		    list,
		    (struct annotation){.level = level,
					.check = "not-read",
					.what = u->scope,
					.title = "Not read",
					.message = arena_printf(
					    arena, "%s: %s%s%s", scope ? scope : u->scope, u->error,
					    u->message ? ": " : "", u->message ? u->message : "")});
	}
}

void annotations_of_document(struct arena *arena, const struct plan_doc *d, bool access,
			     struct annotations *list)
{
	refusals_add(arena, d, list);
	for (enum rank rank = RANK_REMOVAL; rank <= RANK_LOSS; rank++) {
		changes_add(arena, d, rank, true, list);
		changes_add(arena, d, rank, false, list);
	}
	if (access)
		losses_add(arena, d, list);
	unread_add(arena, d, list);
	if (report_is_drift(d) && d->drift) {
		annotations_of_drift(arena, d, list);
		return;
	}
	for (enum rank rank = RANK_DRIFT; rank < RANKS; rank++) {
		changes_add(arena, d, rank, true, list);
		changes_add(arena, d, rank, false, list);
	}
}

void annotations_of_diagnostics(struct arena *arena, const struct diagnostics *diagnostics,
				struct annotations *list)
{
	size_t n;
	auto_free struct diagnostic *sorted = diagnostics_sorted(diagnostics, &n);

	for (size_t i = 0; i < n; i++) {
		const struct diagnostic *d = &sorted[i];
		char *message = arena_strdup(arena, d->message);

		for (char *p = message; *p; p++)
			if (*p == '\n' || *p == '\r' || *p == '\t')
				*p = ' ';
		annotation_add(list, (struct annotation){.level = d->warning ? ANNOTATION_WARNING
									     : ANNOTATION_ERROR,
							 .check = d->warning ? "warning" : "error",
							 .what = message,
							 .title = "Configuration",
							 .message = message,
							 .file = d->where.file,
							 .line = d->where.line,
							 .column = d->where.column});
	}
}

const char *annotation_file(struct arena *arena, const char *path, const char *file)
{
	if (!file)
		file = "charter.yaml";
	return path && *path ? arena_printf(arena, "%s/%s", path, file) : file;
}

void annotation_fingerprint(const struct annotation *a, struct map *seen, char out[SHA256_HEX])
{
	auto_free char *key = xasprintf("%s\n%s\n%s", a->check, a->file ? a->file : "", a->what);
	uintptr_t before = (uintptr_t)map_get(seen, key);
	struct digest *digest = digest_new();

	map_put(seen, key, (void *)(before + 1));
	digest_add(digest, key, strlen(key));
	if (before)
		digest_add(digest, &before, sizeof before);
	digest_hex(digest, out);
}

/* Whole characters of the text, at most so many bytes. */
static size_t text_bytes(const char *s, size_t most)
{
	size_t len = strlen(s), at = 0;
	uint32_t code;

	while (at < len) {
		int n = utf8_next(s + at, len - at, &code);

		if (at + (size_t)(n ? n : 1) > most)
			break;
		at += (size_t)(n ? n : 1);
	}
	return at;
}

/* GitHub's runner takes "%25", "%0D" and "%0A" back in both, "%3A" and "%2C" in properties only. */
static void command_put(struct buf *b, const char *s, bool property)
{
	auto_buf shown = BUF_INIT(1 << 16);
	size_t len = text_bytes(s, MESSAGE_MAX);
	const char *escaped = property ? "%\r\n:," : "%\r\n";

	escape_terminal(&shown, s, len);
	if (s[len])
		buf_puts(&shown, "...");
	for (size_t i = 0; i < shown.len; i++) {
		if (strchr(escaped, shown.data[i]))
			buf_printf(b, "%%%02X", (unsigned char)shown.data[i]);
		else
			buf_putc(b, shown.data[i]);
	}
}

void annotation_command(struct arena *arena, const struct annotation *a, const char *path,
			struct buf *b)
{
	static const char *const words[] = {[ANNOTATION_ERROR] = "error",
					    [ANNOTATION_WARNING] = "warning",
					    [ANNOTATION_NOTE] = "notice"};

	buf_printf(b, "::%s ", words[a->level]);
	if (a->file) {
		buf_puts(b, "file=");
		command_put(b, annotation_file(arena, path, a->file), true);
		if (a->line)
			buf_printf(b, ",line=%u", a->line);
		if (a->column)
			buf_printf(b, ",col=%u", a->column);
		buf_putc(b, ',');
	}
	buf_puts(b, "title=");
	command_put(b, a->title, true);
	buf_puts(b, "::");
	command_put(b, a->message, false);
	buf_putc(b, '\n');
}

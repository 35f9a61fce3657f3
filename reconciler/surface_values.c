/* Counts of a document, for programs. */
#include "reconciler/surface_priv.h"

#include "base/json_out.h"
#include "reconciler/report_drift.h"

#include <ctype.h>
#include <string.h>

/* Of a report of an earlier version: all that differs. */
static void drift_numbers(const struct plan_doc *d, struct drift_numbers *n)
{
	*n = (struct drift_numbers){.unread = (uint32_t)d->unread_n};
	if (d->drift)
		drift_count(d, n);
	else
		for (size_t i = 0; i < d->changes; i++)
			n->open += !d->change[i].blocked;
}

/* has_changes: as exit code 2 tells it. */
static bool doc_has_changes(const struct plan_doc *d)
{
	struct drift_numbers n;

	if (report_is_drift(d) && d->drift) {
		drift_count(d, &n);
		return n.open > 0;
	}
	for (size_t i = 0; i < d->changes; i++)
		if (strcmp(d->change[i].action, "adopt") != 0)
			return true;
	return false;
}

static bool doc_is_refused(const struct plan_doc *d)
{
	for (size_t i = 0; i < d->guards; i++)
		if (strcmp(d->guard[i].result, "refuse") == 0)
			return true;
	return d->refusal != NULL;
}

static void name_put(struct buf *out, const char *prefix, const char *name)
{
	buf_puts(out, prefix);
	for (; *name; name++)
		buf_putc(out, *prefix ? (char)toupper((unsigned char)*name) : *name);
	buf_putc(out, '=');
}

static void count_put(struct buf *out, const char *prefix, const char *name, unsigned n)
{
	name_put(out, prefix, name);
	buf_printf(out, "%u\n", n);
}

static void flag_put(struct buf *out, const char *prefix, const char *name, bool value)
{
	name_put(out, prefix, name);
	buf_puts(out, value ? "true\n" : "false\n");
}

/* A plan id that was read from a file is somebody's text until it is seen to be hex. */
static void id_put(struct buf *out, const char *prefix, const char *id)
{
	name_put(out, prefix, "plan_id");
	if (id && str_is_hex(id, 0, SIZE_MAX))
		buf_puts(out, id);
	buf_putc(out, '\n');
}

static void drift_put(struct buf *out, const char *prefix, const struct plan_doc *d)
{
	struct drift_numbers n;

	drift_numbers(d, &n);
	count_put(out, prefix, "open", n.open);
	count_put(out, prefix, "fresh", n.fresh);
	count_put(out, prefix, "resolved", n.resolved);
	count_put(out, prefix, "unread", n.unread);
}

void doc_write_values(const struct plan_doc *d, const char *prefix, struct buf *out)
{
	const struct {
		const char *name;
		unsigned n;
	} counts[] = {
	    {"create", d->summary.create},       {"update", d->summary.update},
	    {"delete", d->summary.delete},       {"drift", d->summary.drift},
	    {"unmanaged", d->summary.unmanaged}, {"calls", d->summary.calls},
	};

	id_put(out, prefix, d->plan_id);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		count_put(out, prefix, counts[i].name, counts[i].n);
	if (report_is_drift(d))
		drift_put(out, prefix, d);
	flag_put(out, prefix, "has_changes", doc_has_changes(d));
	flag_put(out, prefix, "refused", doc_is_refused(d));
	flag_put(out, prefix, "complete", d->complete);
}

void doc_write_env(const struct plan_doc *d, struct buf *out)
{
	doc_write_values(d, "CHARTER_", out);
}

void doc_write_counts(const struct plan_doc *d, struct buf *out)
{
	struct json_out *j = json_out_compact(out, NULL);

	out_object(j);
	out_key_int(j, "create", d->summary.create);
	out_key_int(j, "delete", d->summary.delete);
	out_key_int(j, "update", d->summary.update);
	out_object_end(j);
	json_out_end(j);
}

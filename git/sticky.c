/* Our comment: what its hidden block says, its history and its footer. */
#include "git/sticky.h"

#include "base/env.h"
#include "base/json_out.h"
#include "base/text.h"
#include "git/sealed.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Of the shown live values: what does not fit is left out, and said so. */
#define SHOWN_BYTES 1500
/* Of earlier plans: hex digits of ids, bytes of what they said. */
#define SHORT_ID    12
#define SUMMARY_MAX 120

const char *const sticky_words[STICKY_STATUSES] = {
    [STICKY_PLANNED] = "planned",   [STICKY_APPLYING] = "applying",
    [STICKY_APPLIED] = "applied",   [STICKY_REFUSED] = "refused",
    [STICKY_FAILED] = "failed",     [STICKY_SUPERSEDED] = "superseded",
    [STICKY_REPORTED] = "reported", [STICKY_OUTDATED] = "outdated",
};

static const char *const status_sentences[STICKY_STATUSES] = {
    [STICKY_PLANNED] = "a merge makes the plan again, and applies it only if it is this one",
    [STICKY_APPLYING] = "it was merged and is being applied",
    [STICKY_APPLIED] = "AWS is as this plan says",
    [STICKY_REFUSED] = "nothing was changed; the run says why",
    [STICKY_FAILED] = "a part of it may be applied; running the job again continues",
    [STICKY_SUPERSEDED] = "a later plan stands below",
    [STICKY_REPORTED] = "what differed from git; nothing is applied by it",
    [STICKY_OUTDATED] = "**a later run made no plan**, and says why; this one is of before",
};

int sticky_status_find(const char *word)
{
	for (int i = 0; i < STICKY_STATUSES; i++)
		if (strcmp(sticky_words[i], word) == 0)
			return i;
	return -1;
}

static void put_cut(struct json_out *j, const char *s, int max)
{
	auto_free char *cut = xasprintf("%.*s", max, s);

	out_string(j, cut);
}

static void write_past(struct json_out *j, const struct sticky_past *p)
{
	char created[TIME_RFC3339];

	time_rfc3339(p->created_us, created);
	out_array(j);
	put_cut(j, p->commit, SHORT_ID);
	put_cut(j, p->plan_id, SHORT_ID);
	out_string(j, sticky_words[p->status]);
	out_string(j, created);
	put_cut(j, p->summary, SUMMARY_MAX);
	out_array_end(j);
}

/* How many of the shown values fit. */
static size_t shown_fitting(const struct sticky *s)
{
	size_t bytes = 0, n = 0;

	for (; n < s->shown_n; n++) {
		const struct sticky_shown *v = &s->shown[n];

		bytes += strlen(v->address) + strlen(v->attribute) + strlen(v->element) +
			 strlen(v->live) + 16;
		if (bytes > SHOWN_BYTES)
			break;
	}
	return n;
}

static void write_shown(struct json_out *j, const struct sticky *s)
{
	size_t fits = shown_fitting(s);

	out_key(j, "shown");
	out_array(j);
	for (size_t i = 0; i < fits; i++) {
		out_array(j);
		out_string(j, s->shown[i].address);
		out_string(j, s->shown[i].attribute);
		out_string(j, s->shown[i].element);
		out_string(j, s->shown[i].live);
		out_array_end(j);
	}
	out_array_end(j);
	out_key_bool(j, "shown_left", s->shown_left || fits < s->shown_n);
}

static void write_block(const struct sticky *s, struct buf *json)
{
	struct json_out *j = json_out_new(json, NULL);
	char created[TIME_RFC3339];

	time_rfc3339(s->created_us, created);
	out_object(j);
	out_key_string(j, "commit", s->commit);
	out_key_string(j, "created", created);
	out_key(j, "past");
	out_array(j);
	for (size_t i = 0; i < s->pasts; i++)
		write_past(j, &s->past[i]);
	out_array_end(j);
	out_key_string(j, "plan_id", s->plan_id);
	out_key_string(j, "run_url", s->run_url);
	write_shown(j, s);
	out_key_string(j, "status", sticky_words[s->status]);
	out_key_string(j, "summary", s->summary);
	out_key_string(j, "target", s->target);
	out_object_end(j);
	json_out_end(j);
}

/* What comes from a comment is shown again: nothing but plain words of it. */
static void put_plain(struct buf *b, const char *s)
{
	escape_markdown(b, s, strlen(s));
}

static void put_history(const struct sticky *s, struct buf *b)
{
	if (!s->pasts)
		return;
	buf_printf(b,
		   s->plain ? "\nEarlier plans (%zu):\n\n"
			    : "\n<details><summary>Earlier plans (%zu)</summary>\n\n",
		   s->pasts);
	for (size_t i = 0; i < s->pasts; i++) {
		const struct sticky_past *p = &s->past[i];
		char created[TIME_RFC3339];

		time_rfc3339(p->created_us, created);
		buf_printf(b, "- `%.12s`, %s: plan `%.12s`, ", p->commit, created, p->plan_id);
		put_plain(b, p->summary);
		buf_printf(b, "; %s\n", sticky_words[p->status]);
	}
	buf_puts(b, s->plain ? "" : "\n</details>\n");
}

static void put_footer(const struct sticky *s, struct buf *b)
{
	buf_printf(b, "\n---\n**%s** at `%.12s`: %s", sticky_words[s->status], s->commit,
		   status_sentences[s->status]);
	if (s->run_url) {
		buf_puts(b, " ([run](");
		sealed_url(b, s->run_url);
		buf_puts(b, "))");
	}
	buf_puts(b, ".\n");
}

static void body_write(const struct sticky *s, struct buf *b)
{
	auto_buf block = BUF_INIT(SEALED_BLOCK_MAX), rest = BUF_INIT(SIZE_MAX);

	write_block(s, &block);
	put_history(s, &rest);
	put_footer(s, &rest);
	sealed_write(&block, s->report, buf_str(&rest), b);
}

/* Of earlier plans as many as there is room for. */
void sticky_write(const struct sticky *s, struct buf *b)
{
	size_t max = strlen(s->report) + STICKY_BYTES;
	auto_buf body = BUF_INIT(SIZE_MAX);
	struct sticky fitting = *s;

	for (body_write(&fitting, &body); body.len > max && fitting.pasts;) {
		fitting.pasts--;
		buf_clear(&body);
		body_write(&fitting, &body);
	}
	buf_add(b, buf_str(&body), body.len);
}

/* A member of text, in the arena; `other` where it is none. */
static const char *member(struct arena *arena, const json_t *o, const char *key, const char *other)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? arena_strdup(arena, s) : other;
}

static const char *entry(struct arena *arena, const json_t *array, size_t i)
{
	const char *s = json_string_value(json_array_get(array, i));

	return s ? arena_strdup(arena, s) : NULL;
}

static void read_pasts(struct arena *arena, const json_t *list, struct sticky *s)
{
	for (size_t i = 0; i < json_array_size(list) && s->pasts < STICKY_PAST_MAX; i++) {
		const json_t *e = json_array_get(list, i);
		struct sticky_past p = {.commit = entry(arena, e, 0),
					.plan_id = entry(arena, e, 1),
					.summary = entry(arena, e, 4)};
		const char *status = entry(arena, e, 2), *created = entry(arena, e, 3);
		int word = status ? sticky_status_find(status) : -1;

		if (!p.commit || !str_is_hex(p.commit, 0, 64) || !p.plan_id ||
		    !str_is_hex(p.plan_id, 0, 64) || !p.summary || word < 0 || !created ||
		    time_parse(created, &p.created_us) != 0)
			continue;
		p.status = (enum sticky_status)word;
		s->past[s->pasts++] = p;
	}
}

static void read_shown(struct arena *arena, const json_t *list, struct sticky *s)
{
	s->shown = arena_array(arena, json_array_size(list) + 1, sizeof *s->shown);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *e = json_array_get(list, i);
		struct sticky_shown v = {entry(arena, e, 0), entry(arena, e, 1), entry(arena, e, 2),
					 entry(arena, e, 3)};

		if (v.address && v.attribute && v.element && v.live && str_is_hex(v.live, 64, 64))
			s->shown[s->shown_n++] = v;
	}
}

static bool read_block(struct arena *arena, const json_t *o, struct sticky *s)
{
	const char *status = member(arena, o, "status", ""),
		   *created = member(arena, o, "created", "");
	int word = sticky_status_find(status);

	s->target = member(arena, o, "target", NULL);
	s->plan_id = member(arena, o, "plan_id", "");
	s->commit = member(arena, o, "commit", "");
	s->summary = member(arena, o, "summary", "");
	s->run_url = member(arena, o, "run_url", NULL);
	s->shown_left = json_is_true(json_object_get(o, "shown_left"));
	if (!s->target || word < 0 || !str_is_hex(s->plan_id, 0, 64) ||
	    !str_is_hex(s->commit, 0, 64) || time_parse(created, &s->created_us) != 0)
		return false;
	s->status = (enum sticky_status)word;
	read_pasts(arena, json_object_get(o, "past"), s);
	read_shown(arena, json_object_get(o, "shown"), s);
	return true;
}

bool sticky_read(struct arena *arena, const char *body, struct sticky *s)
{
	json_auto_t *o = NULL;

	*s = (struct sticky){0};
	return sealed_read(arena, body, &o, &s->report, &s->altered) && read_block(arena, o, s);
}

static bool was_only_planned(const struct sticky *s)
{
	return s->status == STICKY_PLANNED || s->status == STICKY_OUTDATED;
}

void sticky_follow(struct sticky *now, const struct sticky *before)
{
	bool same =
	    strcmp(now->plan_id, before->plan_id) == 0 && strcmp(now->commit, before->commit) == 0;
	struct sticky_past last = {.commit = before->commit,
				   .plan_id = before->plan_id,
				   .summary = before->summary,
				   .status = was_only_planned(before) ? STICKY_SUPERSEDED
								      : before->status,
				   .created_us = before->created_us};

	now->pasts = 0;
	if (!same)
		now->past[now->pasts++] = last;
	for (size_t i = 0; i < before->pasts && now->pasts < STICKY_PAST_MAX; i++)
		now->past[now->pasts++] = before->past[i];
}

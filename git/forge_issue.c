/* Issues, of the forges that have them: found by a label and our mark, written once. */
#include "git/forge_priv.h"

#include <stdlib.h>
#include <string.h>

#define BODY_MAX     (8u << 20)
#define TITLE_MAX    1024
#define ISSUES_BYTES (64u << 20) /* of all issues with the label together */

static const struct forge_tracker *tracker_of(const struct forge *f)
{
	return f->ops->rest != NULL ? f->ops->rest->tracker : NULL;
}

bool forge_has_issues(const struct forge *f)
{
	return tracker_of(f) != NULL;
}

/* -1: it makes no sense; 0: a pull request, or an issue without our mark; 1. One that was brought
 * here from another forge has its author there as its original author (Gitea). */
static int issue_take(struct forge *f, const json_t *value, struct forge_issue *issue)
{
	const struct forge_tracker *t = tracker_of(f);
	const char *state = reply_text(f, value, "state", 32);
	const char *original = json_string_value(json_object_get(value, "original_author"));

	*issue = (struct forge_issue){
	    .number = reply_id(f, value, t->number),
	    .node = reply_text(f, value, "node_id", 256),
	    .url = reply_link(f, value, t->url),
	    .title = reply_text(f, value, "title", TITLE_MAX),
	    .body = reply_text(f, value, t->body, BODY_MAX),
	    .open = state != NULL && strcmp(state, t->opened) == 0,
	    .ours = f->knows_me && (original == NULL || *original == '\0') &&
		    reply_number(value, t->author) == f->me,
	    .created_us = forge_time(f, value, "created_at"),
	};
	if (json_is_object(json_object_get(value, "pull_request")))
		return 0;
	if (issue->number == NULL || state == NULL)
		return -1;
	if (issue->title == NULL)
		issue->title = "";
	if (issue->body == NULL)
		issue->body = "";
	return strstr(issue->body, FORGE_MARK) != NULL;
}

struct issues_reading {
	const struct forge_ask *ask;
	size_t bytes;
	VEC(struct forge_issue) list;
};

static int issues_each(struct forge *f, const json_t *item, void *ctx, struct error *err)
{
	struct issues_reading *reading = ctx;
	struct forge_issue issue;
	int r = issue_take(f, item, &issue);

	if (r < 0)
		return rest_senseless(f, reading->ask, err);
	if (r == 0)
		return 0;
	reading->bytes += strlen(issue.body);
	if (reading->bytes > ISSUES_BYTES)
		return forge_fail(f, reading->ask, err, "they are larger than %u MiB",
				  ISSUES_BYTES >> 20);
	vec_push(&reading->list, issue);
	return 0;
}

/* Newest first; numbers tell those of one second apart: they ascend. */
static int issue_cmp(const void *a, const void *b)
{
	const struct forge_issue *x = a, *y = b;
	size_t x_len = strlen(x->number), y_len = strlen(y->number);

	if (x->created_us != y->created_us)
		return x->created_us > y->created_us ? -1 : 1;
	if (x_len != y_len)
		return x_len > y_len ? -1 : 1;
	return strcmp(y->number, x->number);
}

struct label_search {
	const char *name;
	json_int_t id; /* 0: there is none of this name */
};

static int label_each(struct forge *f, const json_t *item, void *ctx, struct error *err)
{
	struct label_search *s = ctx;
	const char *name = json_string_value(json_object_get(item, "name"));

	(void)f;
	(void)err;
	if (name != NULL && strcmp(name, s->name) == 0)
		s->id = reply_number(item, "id");
	return 0;
}

/* Where labels are known by their ids. */
static int label_find(struct forge *f, struct label_search *s, struct error *err)
{
	struct forge_ask ask = {
	    .what = "reading the labels",
	    .issue = true,
	    .method = "GET",
	    .url = rest_url(f, tracker_of(f)->labels_listing, "", ""),
	    .reads = true,
	};

	return forge_pages(f, &ask, label_each, s, err);
}

static int look_label(struct forge *f, void *ctx, struct error *err)
{
	struct label_search *s = ctx;

	return label_find(f, s, err) < 0 ? -1 : s->id != 0;
}

static int label_make(struct forge *f, struct label_search *s, struct error *err)
{
	json_auto_t *json = json_pack("{s:s, s:s, s:s}", "name", s->name, "color", "#b60205",
				      "description", "kept by charter: what differs from git");
	auto_reply reply = {0};
	struct forge_ask ask = {
	    .what = "making the label",
	    .issue = true,
	    .method = "POST",
	    .url = rest_url(f, tracker_of(f)->labels, "", ""),
	    .body = json,
	    .look = look_label,
	    .ctx = s,
	};

	if (forge_ask(f, &ask, &reply, err) < 0)
		return -1;
	if (!reply.looked)
		s->id = reply_number(reply.json, "id");
	return s->id != 0 ? 0 : rest_senseless(f, &ask, err);
}

static int label_check(struct forge *f, const char *label, struct error *err)
{
	size_t len = strlen(label);

	f->waited_us = 0;
	charter_assert(tracker_of(f) != NULL);
	if (len > 0 && len <= 50 && strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-") == len)
		return 0;
	return error_set(err, "%s: a label is of small letters, digits and '-'", f->ops->name);
}

static int issues_list(struct forge *f, const char *label, struct issues_reading *reading,
		       struct error *err)
{
	struct forge_ask ask = {
	    .what = "reading the issues",
	    .issue = true,
	    .method = "GET",
	    .url = rest_url(f, tracker_of(f)->listing, "", label),
	    .reads = true,
	};
	struct label_search search = {.name = label};

	/* cppcheck-suppress autoVariables; it is looked at by issues_each() alone */
	reading->ask = &ask;
	/* Gitea lists all issues by a label that it does not have. */
	if (tracker_of(f)->labels != NULL) {
		if (label_find(f, &search, err) < 0)
			return -1;
		if (search.id == 0)
			return 0;
	}
	return forge_pages(f, &ask, issues_each, reading, err);
}

int forge_issues_read(struct forge *f, const char *label, struct forge_issues *issues,
		      struct error *err)
{
	struct issues_reading reading = {0};
	int r = label_check(f, label, err);

	if (r == 0)
		r = rest_me_read(f, err);
	if (r == 0)
		r = issues_list(f, label, &reading, err);
	*issues = (struct forge_issues){.n = r == 0 ? reading.list.n : 0};
	issues->at = arena_array(f->arena, issues->n + 1, sizeof *issues->at);
	if (issues->n > 0)
		memcpy(issues->at, reading.list.at, issues->n * sizeof *issues->at);
	free(reading.list.at);
	if (issues->n > 1)
		qsort(issues->at, issues->n, sizeof *issues->at, issue_cmp);
	if (r == 0 && tracker_of(f)->ours != NULL)
		r = tracker_of(f)->ours(f, issues, err);
	return r;
}

struct issue_writing {
	const char *label, *title, *body;
	const char *number; /* NULL: a new one */
	bool open;
	struct forge_issue *found;
};

static bool issue_says(const struct forge_issue *issue, const struct issue_writing *w)
{
	return issue->open == w->open && body_same(issue->title, w->title) &&
	       body_same(issue->body, w->body);
}

static int look_issue_added(struct forge *f, void *ctx, struct error *err)
{
	struct issue_writing *w = ctx;
	struct forge_issues issues;

	if (forge_issues_read(f, w->label, &issues, err) < 0)
		return -1;
	for (size_t i = 0; i < issues.n; i++)
		if (issues.at[i].ours && issue_says(&issues.at[i], w)) {
			*w->found = issues.at[i];
			return 1;
		}
	return 0;
}

static int look_issue_edited(struct forge *f, void *ctx, struct error *err)
{
	struct issue_writing *w = ctx;
	struct forge_issue issue;
	auto_reply reply = {0};
	struct forge_ask ask = {
	    .what = "reading issue",
	    .number = w->number,
	    .issue = true,
	    .method = "GET",
	    .url = rest_url(f, tracker_of(f)->issue, "", w->number),
	    .reads = true,
	};

	if (forge_ask(f, &ask, &reply, err) < 0)
		return -1;
	if (issue_take(f, reply.json, &issue) < 0)
		return rest_senseless(f, &ask, err);
	return issue_says(&issue, w);
}

static json_t *issue_json(struct forge *f, const char *title, const char *body)
{
	return json_pack("{s:s, s:s}", "title", title, tracker_of(f)->body, body);
}

/* Whoever may not set labels gets an issue without one, which no later run would find (GitHub). */
static int label_verify(struct forge *f, const struct forge_ask *ask, const json_t *reply,
			const char *label, struct error *err)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(reply, "labels"), i, item)
	{
		const char *name =
		    json_string_value(json_is_string(item) ? item : json_object_get(item, "name"));

		if (name != NULL && strcmp(name, label) == 0)
			return 0;
	}
	return forge_fail(f, ask, err,
			  "the forge left the label %s out: the token may not set labels. Close "
			  "issue %lld, which no later run finds",
			  label, (long long)reply_number(reply, tracker_of(f)->number));
}

static int issue_label(struct forge *f, const char *label, json_t *json, struct error *err)
{
	const struct forge_tracker *t = tracker_of(f);
	struct label_search search = {.name = label};

	if (t->labels_text)
		return json_object_set_new(json, "labels", json_string(label));
	if (t->labels == NULL)
		return json_object_set_new(json, "labels", json_pack("[s]", label));
	if (label_find(f, &search, err) < 0 || (search.id == 0 && label_make(f, &search, err) < 0))
		return -1;
	return json_object_set_new(json, "labels", json_pack("[I]", search.id));
}

int forge_issue_add(struct forge *f, const char *label, const char *title, const char *body,
		    struct forge_issue *made, struct error *err)
{
	struct forge_issue unwanted = {0};
	struct issue_writing w = {.label = label, .title = title, .body = body, .open = true};
	json_auto_t *json = issue_json(f, title, body);
	auto_reply reply = {0};
	struct forge_ask ask = {
	    .what = "opening an issue",
	    .issue = true,
	    .method = "POST",
	    .url = rest_url(f, tracker_of(f)->issues, "", ""),
	    .body = json,
	    .look = look_issue_added,
	    .ctx = &w,
	};

	w.found = made != NULL ? made : &unwanted;
	if (json == NULL)
		return forge_fail(f, &ask, err, "the text is not valid UTF-8");
	if (label_check(f, label, err) < 0 || issue_label(f, label, json, err) < 0 ||
	    forge_ask(f, &ask, &reply, err) < 0)
		return -1;
	if (reply.looked)
		return 0;
	if (issue_take(f, reply.json, w.found) < 0)
		return rest_senseless(f, &ask, err);
	w.found->ours = true;
	return label_verify(f, &ask, reply.json, label, err);
}

int forge_issue_edit(struct forge *f, const struct forge_issue *issue, const char *title,
		     const char *body, bool open, struct error *err)
{
	const struct forge_tracker *t = tracker_of(f);
	struct issue_writing w = {
	    .number = issue->number, .title = title, .body = body, .open = open};
	json_auto_t *json = issue_json(f, title, body);
	auto_reply reply = {0};
	struct forge_ask ask = {
	    .what = "updating issue",
	    .number = issue->number,
	    .issue = true,
	    .method = t->method,
	    .url = rest_url(f, t->issue, "", issue->number),
	    .body = json,
	    .look = look_issue_edited,
	    .ctx = &w,
	};

	f->waited_us = 0;
	if (json == NULL)
		return forge_fail(f, &ask, err, "the text is not valid UTF-8");
	if (issue_says(issue, &w))
		return 0;
	if (issue->open != open)
		json_object_set_new(json, t->event, json_string(open ? t->open : t->close));
	return forge_ask(f, &ask, &reply, err);
}

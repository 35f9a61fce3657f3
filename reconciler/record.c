/* The record: two tags on the organization's root (or on a role, where there is no organization),
 * written by an apply.
 *
 *     charter:applying/SCOPE   "TIME COMMIT [COMMIT ...]"  an apply has begun and not ended; the
 * newest commit first charter:applied/SCOPE    "COMMIT TREE"               the last apply that
 * ended whole charter:hold             any text                    people in an incident stop every
 * apply */
#include "reconciler/plan.h"

#include "base/env.h"
#include "reconciler/record.h"

#include <string.h>

#define RECORD_COMMITS                                                                             \
	5 /* of unfinished applies: 20 + 5 * 41 characters fit the 256 of a tag's value */

struct record_place record_place(struct arena *arena, const struct settings *settings,
				 const struct text *account)
{
	struct record_place place = {.kind = KIND_ORGANIZATION,
				     .attr = ORG_TAGS,
				     .address = text_str(arena, "organization")};

	if (!settings->organization_none || !settings->record_role)
		return place;
	place.kind = KIND_IAM_ROLE;
	place.attr = ROLE_TAGS;
	place.address =
	    address_make(arena, "iam_role", settings->record_account->s, settings->record_role->s);
	place.account = account;
	place.role = settings->record_role;
	return place;
}

/* By its ARN: before binding a role has no final address yet. The path of a role in another account
 * may be anything, the number of this one too. */
static bool is_role(const struct resource *r, const struct record_place *p)
{
	const char *account = r->id ? strstr(r->id->s, ":iam::") : NULL;

	if (!account || !p->account || !text_eq_nocase(r->v[ROLE_NAME].u.text, p->role))
		return false;
	account += strlen(":iam::");
	return str_starts(account, p->account->s) &&
	       str_starts(account + p->account->len, ":role/");
}

static const struct resource *record_holder(const struct side *live, const struct record_place *p)
{
	for (size_t i = 0; i < live->all.n; i++) {
		const struct resource *r = live->all.at[i];

		if (r->kind == p->kind && (p->kind == KIND_ORGANIZATION || is_role(r, p)))
			return r;
	}
	return NULL;
}

static const struct set *record_tags(const struct side *live, const struct record_place *p)
{
	const struct resource *holder = record_holder(live, p);

	return holder && holder->v[p->attr].state == VALUE_SET ? holder->v[p->attr].u.set : NULL;
}

static const struct text *tag_value(const struct set *tags, const char *key)
{
	for (uint32_t i = 0; tags && i < tags->n; i++)
		if (text_is(tags->item[i].key, key))
			return tags->item[i].value;
	return NULL;
}

static bool is_commit(const char *s)
{
	return str_is_hex(s, 40, 40) || str_is_hex(s, 64, 64);
}

static void applying_parse(struct arena *arena, const struct text *value, struct record *r)
{
	char *rest = arena_strdup(arena, value->s), *save = NULL;
	unsigned n = 0;

	r->applying = true;
	for (char *word = strtok_r(rest, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (is_commit(word) && n < RECORD_COMMITS)
			r->applying_commits[n++] = word;
		else if (time_parse(word, &r->applying_us) != 0)
			continue;
	}
}

static void applied_parse(struct arena *arena, const struct text *value, struct record *r)
{
	char *rest = arena_strdup(arena, value->s), *save = NULL;
	char *commit = strtok_r(rest, " ", &save), *tree = strtok_r(NULL, " ", &save);

	r->applied = true;
	r->applied_commit = commit && is_commit(commit) ? commit : NULL;
	r->applied_tree = tree && is_commit(tree) ? tree : NULL;
}

/* A scope, other than this one, that some apply has recorded. */
static const char *other_scope(const struct set *tags, const char *scope)
{
	for (uint32_t i = 0; tags && i < tags->n; i++) {
		const char *key = tags->item[i].key->s;

		if (str_starts(key, RECORD_APPLIED) &&
		    strcmp(key + strlen(RECORD_APPLIED), scope) != 0)
			return key + strlen(RECORD_APPLIED);
	}
	return NULL;
}

void record_read(struct arena *arena, const struct side *live, const struct record_place *place,
		 const char *scope, struct record *r)
{
	const struct set *tags = record_tags(live, place);
	const struct text *value;

	*r = (struct record){.place = *place};
	/* Before there is an organization, nothing can have been recorded on its root. */
	r->read = tags || (live->world.no_organization && place->kind == KIND_ORGANIZATION);
	value = tag_value(tags, arena_printf(arena, RECORD_APPLIED "%s", scope));
	if (value)
		applied_parse(arena, value, r);
	value = tag_value(tags, arena_printf(arena, RECORD_APPLYING "%s", scope));
	if (value)
		applying_parse(arena, value, r);
	r->other_scope = other_scope(tags, scope);
	value = tag_value(tags, RECORD_HOLD);
	r->hold = value ? value->s : NULL;
}

/* The value of `applying` for this run: the oldest time, this commit, then those of unfinished
 * runs. */
static const char *applying_value(const struct plan_input *in)
{
	const struct record *r = in->record;
	auto_buf b = BUF_INIT(256);
	char time[TIME_RFC3339] = RECORD_TIME;
	unsigned n = 0;

	if (r->applying && r->applying_us)
		time_rfc3339(r->applying_us, time);
	else if (in->performs)
		time_rfc3339(in->now_us, time);
	buf_puts(&b, time);
	if (in->head.present && in->head.commit && *in->head.commit) {
		buf_printf(&b, " %s", in->head.commit);
		n++;
	}
	for (const char *const *c = r->applying_commits; *c && n < RECORD_COMMITS; c++) {
		if (in->head.commit && strcmp(*c, in->head.commit) == 0)
			continue;
		buf_printf(&b, " %s", *c);
		n++;
	}
	return arena_strdup(in->arena, buf_str(&b));
}

static const struct text *live_tag(const struct plan_input *in, const char *key)
{
	return tag_value(record_tags(in->sides->live, &in->record->place), key);
}

/* A call to the holder of the record, about a tag; takes the rest of its input. */
static struct call *call_record(const struct plan_input *in, struct calls *calls, bool tag,
				json_t *input)
{
	const struct record_place *p = &in->record->place;
	struct call *call;

	if (p->kind == KIND_ORGANIZATION) {
		call = call_new(calls,
				tag ? OP_ORGANIZATIONS_TagResource : OP_ORGANIZATIONS_UntagResource,
				NULL);
		json_object_set_new(input, "ResourceId",
				    call_id(calls, call, text_str(in->arena, "root")));
	} else {
		call = call_new(calls, tag ? OP_IAM_TagRole : OP_IAM_UntagRole, NULL);
		call->account = p->account;
		json_object_set_new(input, "RoleName", json_of_text(p->role));
	}
	call_input(calls, call, input);
	return call;
}

static void tag_fact(const struct plan_input *in, struct calls *calls, struct call *call,
		     const char *key, struct value before, struct value after)
{
	const struct record_place *p = &in->record->place;

	call_fact(calls, call, p->address, p->kind, p->attr, text_str(in->arena, key), before,
		  after);
}

static void call_tag(const struct plan_input *in, struct calls *calls, const char *key,
		     const char *value)
{
	struct call *call = call_record(
	    in, calls, true, json_pack("{s:[{s:s, s:s}]}", "Tags", "Key", key, "Value", value));

	tag_fact(in, calls, call, key, value_text(live_tag(in, key)), value_str(in->arena, value));
}

/* `value` is what the tag has by then: of this apply, or of one before. */
static void call_untag(const struct plan_input *in, struct calls *calls, const char *key,
		       struct value value)
{
	struct call *call = call_record(in, calls, false, json_pack("{s:[s]}", "TagKeys", key));

	tag_fact(in, calls, call, key, value, VALUE_EMPTY);
}

static bool leftovers_remain(const struct plan *plan)
{
	for (size_t i = 0; i < plan->notes; i++)
		if (plan->note[i].what == NOTE_LEFTOVER)
			return true;
	return false;
}

static bool calls_mutate(const struct calls *calls)
{
	for (size_t i = 0; i < calls->list.n; i++)
		if (calls->list.at[i].op->mutates)
			return true;
	return false;
}

void record_calls(struct plan *plan, struct calls *calls, struct record_span *span)
{
	const struct plan_input *in = plan->in;
	const char *applied = arena_printf(in->arena, RECORD_APPLIED "%s", in->scope);
	const char *applying = arena_printf(in->arena, RECORD_APPLYING "%s", in->scope);
	struct value begun = value_text(live_tag(in, applying));
	bool begins = calls_mutate(calls);

	span->begin = UINT32_MAX;
	calls->change = CALL_RECORD;
	if (begins) {
		span->begin = (uint32_t)calls->list.n;
		begun = value_str(in->arena, applying_value(in));
		call_tag(in, calls, applying, begun.u.text->s);
	}
	span->end = (uint32_t)calls->list.n;
	if (!in->writes_record || plan->unread_declared)
		return;
	const char *value = arena_printf(in->arena, "%s %s", in->head.commit, in->head.tree);

	if (!text_is(live_tag(in, applied), value))
		call_tag(in, calls, applied, value);
	if (begun.state == VALUE_TEXT && !leftovers_remain(plan))
		call_untag(in, calls, applying, begun);
}

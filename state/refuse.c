/* Refusals of the whole plan: what an adopt would take away, and units that hold what nobody
 * declares. */
#include "state/bind_priv.h"
#include "state/diff_priv.h"

#include <string.h>

#define LINES_MAX (1u << 20)

/* Whether a plain YAML scalar reads back as this very text. */
static bool yaml_is_plain(const char *s)
{
	static const char *const words[] = {"true", "false", "null", "yes", "no", "on",
					    "off",  "y",     "n",    "nan", "inf"};

	if (!((*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z')))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcasecmp(s, words[i]) == 0)
			return false;
	}
	return s[strspn(s,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+=@-")] ==
	       '\0';
}

static void yaml_put(struct buf *out, const char *s)
{
	if (yaml_is_plain(s)) {
		buf_puts(out, s);
		return;
	}
	buf_putc(out, '"');
	escape_json(out, s, strlen(s));
	buf_putc(out, '"');
}

/* An element as the configuration writes it: the bare name, or aws/NAME, or the ARN. */
static void element_put(struct differ *d, struct buf *out, const struct text *element)
{
	const char *aws = strstr(element->s, ":iam::aws:policy/");

	if (aws != NULL) {
		auto_buf name = BUF_INIT(LINES_MAX);

		buf_printf(&name, "aws/%s", aws + strlen(":iam::aws:policy/"));
		yaml_put(out, buf_str(&name));
	} else if (str_starts(element->s, "arn:") || strchr(element->s, '/') == NULL) {
		yaml_put(out, element->s);
	} else {
		yaml_put(out, address_name(d->arena, element)->s);
	}
}

static bool refs_need_declaring(struct differ *d, const struct set *missing)
{
	for (uint32_t i = 0; i < missing->n; i++) {
		const struct text *element = missing->item[i].key;
		const struct row *row = bound_find(d->bound, element);

		if (strchr(element->s, '/') != NULL && !str_starts(element->s, "arn:") &&
		    (row == NULL || row->head == NULL))
			return true;
	}
	return false;
}

void adopt_refuse(struct differ *d, const struct attr *attr, const struct set *missing)
{
	auto_buf lines = BUF_INIT(LINES_MAX);
	bool map = attr->type == ATTR_POLICIES;

	for (uint32_t i = 0; i < missing->n; i++) {
		buf_puts(&lines, map ? "\n    " : "\n    - ");
		element_put(d, &lines, missing->item[i].key);
		if (map)
			buf_printf(&lines, ": %s",
				   missing->item[i].value ? missing->item[i].value->s : "{}");
	}
	d->refused = true;
	diagnose(d->out->refusals, d->row->head->where,
		 "%s: `%s` is declared for the first time, and AWS has more than it says; a first "
		 "merge takes nothing away. Add to `%s`%s:%s",
		 d->row->address->s, attr->name,
		 address_is(d->row->address, "organization") ? "root.policies" : attr->name,
		 attr->type == ATTR_REFS && refs_need_declaring(d, missing)
		     ? ", and declare what is not declared yet"
		     : "",
		 buf_str(&lines));
}

void edge_refuse(struct differ *d, const struct row *row, const struct row *owner)
{
	auto_buf line = BUF_INIT(LINES_MAX);
	const struct kind *kind = kinds[row->live->kind];
	const struct text *account = address_name(d->arena, row->address);

	yaml_put(&line, account->s);
	diagnose(d->out->refusals, owner->head->where,
		 "%s exists in AWS, and this service is declared for the first time; a first merge "
		 "takes nothing away. Add to `%ss` under `%s`:\n    - %s",
		 row->address->s, kind->name,
		 row->live->v[0].state == VALUE_TEXT ? row->live->v[0].u.text->s : "",
		 buf_str(&line));
}

/* The nearest unit, at or above `place`, that moves or goes: its row. */
static const struct change *unit_on_the_move(const struct map *moving, struct arena *arena,
					     const struct text *place)
{
	while (place != NULL && address_is(place, "unit")) {
		const struct change *change = map_get(moving, place->s);

		if (change != NULL)
			return change;
		place = address_container(arena, KIND_UNIT, place);
	}
	return NULL;
}

static bool change_moves(const struct change *change)
{
	if (change->row->head == NULL || change->action != ACTION_UPDATE)
		return false;
	for (uint32_t i = 0; i < change->diffs; i++) {
		if (change->diff[i].attr == UNIT_PARENT && !change->diff[i].blocked)
			return true;
	}
	return false;
}

static bool unit_change_empties(const struct change *change)
{
	const struct row *row = change->row;
	const struct resource *any = row->live;

	if (any == NULL || any->kind != KIND_UNIT || change->blocked)
		return false;
	return change->action == ACTION_DELETE || change_moves(change);
}

void units_refuse(struct differ *d)
{
	auto_map *moving = map_new();

	for (size_t i = 0; i < d->changes.n; i++) {
		const struct change *change = &d->changes.at[i];
		const struct resource *leaving = change->row->leaving;

		if (unit_change_empties(change))
			map_put(moving,
				leaving ? leaving->address->s : change->row->live->address->s,
				(void *)change);
	}
	for (size_t i = 0; map_count(moving) > 0 && i < d->bound->rows; i++) {
		const struct row *row = &d->bound->row[i];
		const struct resource *live = row->live;
		const struct change *change;
		struct value place;

		if (live == NULL || row_is_managed(row) ||
		    (live->kind != KIND_ACCOUNT && live->kind != KIND_UNIT))
			continue;
		/* A unit that this plan deletes needs no place. */
		if (live->kind == KIND_UNIT && map_get(moving, live->address->s) != NULL)
			continue;
		place = live->v[live->kind == KIND_UNIT ? UNIT_PARENT : ACCOUNT_UNIT];
		change = place.state != VALUE_TEXT
			     ? NULL
			     : unit_on_the_move(moving, d->arena, place.u.text);
		if (change != NULL)
			diagnose(
			    d->out->refusals,
			    change->row->head ? change->row->head->where : change->row->base->where,
			    "%s cannot be %s while it holds %s, which is not declared",
			    change->row->address->s,
			    change->action == ACTION_DELETE ? "deleted" : "moved", row->address->s);
	}
}

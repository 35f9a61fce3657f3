/* Refusals of the whole plan: what an adopt would take away, and units that hold what nobody
 * declares. */
#include "state/bind_priv.h"
#include "state/diff_priv.h"

#include <stdlib.h>
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

void yaml_put(struct buf *out, const char *s)
{
	if (yaml_is_plain(s)) {
		buf_puts(out, s);
		return;
	}
	buf_putc(out, '"');
	escape_json(out, s, strlen(s));
	buf_putc(out, '"');
}

/* "/path/NAME" of a policy in the accounts. */
static void path_put(struct buf *out, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	auto_free char *above = xasprintf("%.*s", (int)(name - path), path);

	buf_puts(out, "{name: ");
	yaml_put(out, name);
	buf_puts(out, ", path: ");
	yaml_put(out, above);
	buf_putc(out, '}');
}

/* An element as the configuration writes it: the bare name, or aws/NAME, or the ARN. */
static void element_put(struct differ *d, struct buf *out, const struct text *element)
{
	const char *aws = aws_policy_name(element->s);

	if (element->s[0] == '/') {
		path_put(out, element->s);
	} else if (aws != NULL) {
		auto_buf name = BUF_INIT(LINES_MAX);

		buf_printf(&name, "aws/%s", aws);
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

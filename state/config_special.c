/* Attributes whose written form is their own: durations, logins, password policies. */
#include "state/config_priv.h"

#include <stdlib.h>
#include <string.h>

#define HOUR     3600 /* seconds */
#define KEY_HEAD "-----BEGIN PGP PUBLIC KEY BLOCK-----"
#define KEY_MAX  (256u << 10) /* bytes */

/* Seconds of "8h", "90m", "PT8H", "PT1H30M"; -1 when it is none. */
static int64_t duration_seconds(const char *s)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = {{'h', HOUR}, {'m', 60}, {'s', 1}};
	bool iso = str_starts(s, "PT"), any = false;
	int64_t total = 0;

	s += iso ? 2 : 0;
	for (size_t i = 0; i < COUNT(units); i++) {
		size_t digits = strspn(s, "0123456789");
		char letter = units[i].letter;

		if (digits == 0 || digits > 6 ||
		    s[digits] != (iso ? (char)(letter - 'a' + 'A') : letter))
			continue;
		total += strtol(s, NULL, 10) * units[i].seconds;
		s += digits + 1;
		any = true;
	}
	return any && *s == '\0' ? total : -1;
}

static bool duration_shape(struct reading *reading, const struct attr *attr,
			   struct written *written)
{
	const struct text *text = node_text(reading, written->node, attr->name);
	int64_t seconds = text == NULL ? 0 : duration_seconds(text->s);

	if (text == NULL)
		return false;
	if (seconds >= HOUR && seconds <= (int64_t)12 * HOUR)
		return true;
	diagnose(reading->diagnostics, written->node->where,
		 seconds < 0 ? "`%s` must be a duration such as 8h, 90m or PT8H"
			     : "`%s` must be from 1h to 12h",
		 attr->name);
	return false;
}

static struct value duration_value(struct compiler *compiler, const struct declaration *declaration,
				   const struct attr *attr, const struct written *written)
{
	(void)declaration, (void)attr;
	return value_text(
	    text_printf(compiler->arena, "%lld", (long long)duration_seconds(written->node->s->s)));
}

/* Logins. */

static bool login_shape(struct reading *reading, const struct attr *attr, struct written *written)
{
	static const char *const known[] = {"console", "deliver_to", NULL};
	const struct node *map = written->node;
	bool ok = node_is_map(reading, map, attr->name), console = false;

	for (uint32_t i = 0; ok && i < map->n; i++) {
		const struct entry *entry = &map->entry[i];

		if (text_is(entry->key, "console"))
			console = node_flag(reading, entry->value, "console", &ok);
		else if (text_is(entry->key, "deliver_to"))
			ok = node_text(reading, entry->value, "deliver_to") != NULL;
		else
			key_unknown(reading, entry, known);
	}
	if (!ok || !console || node_get(map, "deliver_to") != NULL)
		return ok;
	diagnose(reading->diagnostics, map->where,
		 "`login` has no `deliver_to`: the file of the public key that the password is "
		 "encrypted to");
	return false;
}

static bool login_is_console(const struct node *map)
{
	const struct node *console = node_get(map, "console");

	return console != NULL && node_bool(console) == 1;
}

static struct value login_value(struct compiler *compiler, const struct declaration *declaration,
				const struct attr *attr, const struct written *written)
{
	(void)declaration, (void)attr;
	return value_str(compiler->arena, login_is_console(written->node) ? "console" : "");
}

/* The text of the person's armored public key; NULL: no login, or diagnosed. */
const struct text *login_key(struct compiler *compiler, const struct declaration *declaration)
{
	const struct node *map = declaration->written[USER_LOGIN].node, *path;
	const struct config_file *file;

	if (map == NULL || !login_is_console(map))
		return NULL;
	path = node_get(map, "deliver_to");
	file = file_resolve(compiler, path, "key", file_path_problem(path->s->s));
	if (file == NULL)
		return NULL;
	if (file->len < strlen(KEY_HEAD) || file->len > KEY_MAX ||
	    memcmp(file->data, KEY_HEAD, strlen(KEY_HEAD)) != 0 ||
	    memchr(file->data, '\0', file->len) != NULL) {
		diagnose(compiler->diagnostics, path->where,
			 "`%s` is no armored OpenPGP public key: it must begin with " KEY_HEAD,
			 path->s->s);
		return NULL;
	}
	return text_new(compiler->arena, file->data, file->len);
}

/* Password policies: their values may be numbers and booleans. */

static bool password_shape(struct reading *reading, const struct attr *attr,
			   struct written *written)
{
	const struct node *map = written->node;
	bool ok = node_is_map(reading, map, attr->name);

	for (uint32_t i = 0; ok && i < map->n; i++) {
		const struct node *value = map->entry[i].value;

		if (value->type != NODE_SCALAR || node_bool(value) < 0)
			ok = node_text(reading, value, map->entry[i].key->s) != NULL;
	}
	return ok;
}

static const struct special specials[] = {
    {KIND_IAM_ROLE, ROLE_DURATION, duration_shape, duration_value},
    {KIND_IAM_USER, USER_LOGIN, login_shape, login_value},
    {KIND_IAM_ACCOUNT, IAMACCOUNT_PASSWORD, password_shape, NULL},
    {KIND_PERMISSION_SET, PSET_DURATION, duration_shape, duration_value},
    {KIND_PERMISSION_SET, PSET_CUSTOMER, customers_shape, customers_value},
    {KIND_PERMISSION_SET, PSET_BOUNDARY, boundary_shape, boundary_value},
    {KIND_PERMISSION_SET, PSET_INLINE, NULL, inline_value},
};

/* The rule of this attribute, or NULL. */
const struct special *special_find(uint16_t kind, const struct attr *attr)
{
	for (size_t i = 0; i < COUNT(specials); i++) {
		if (specials[i].kind == kind && attr == &kinds[kind]->attr[specials[i].attr])
			return &specials[i];
	}
	return NULL;
}

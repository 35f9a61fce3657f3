/* A reading of a live organization, or a saved state, into the twin. The format of readings is that
 * of "charter.snapshot/1": a head line, then a line a scope and a line a resource, with raw
 * addresses ("unit/~ou-abcd-11111111"). An error leaves the twin as it was. */
#include "aws/twin/load_priv.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SNAPSHOT_FORMAT "charter.snapshot/1"
#define STATE_FORMAT    "charter.twin/1"
#define LINE_MAX_BYTES  (4u << 20)
#define NOTES_MAX       50

int load_bad(struct load *l, const char *fmt, ...)
{
	auto_free char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	return error_set(l->err, "%s:%zu: %s", l->file, l->line, message);
}

void load_note(struct load *l, const char *fmt, ...)
{
	json_t *notes = json_object_get(l->twin->state, "notes");
	auto_free char *message = NULL;
	va_list ap;

	if (!json_is_array(notes)) {
		notes = json_array();
		json_object_set_new(l->twin->state, "notes", notes);
	}
	if (json_array_size(notes) >= NOTES_MAX) {
		l->notes_left_out++;
		return;
	}
	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	json_array_append_new(notes, json_string(message));
}

const json_t *twin_notes(const struct twin *t)
{
	return json_object_get(t->state, "notes");
}

const char *load_text(const struct load_row *row, const char *name)
{
	return json_string_value(json_object_get(row->values, name));
}

json_int_t load_created(const struct load_row *row)
{
	const char *created = json_string_value(json_object_get(row->json, "created"));
	int64_t us;

	return created == NULL || time_parse(created, &us) != 0 ? -1 : us / 1000000;
}

bool load_is_account(const char *id)
{
	return strlen(id) == 12 && strspn(id, "0123456789") == 12;
}

bool load_is_amount(const char *text)
{
	size_t whole = text == NULL ? 0 : strspn(text, "0123456789"), part = 0;

	if (whole == 0 || whole > 12)
		return false;
	if (text[whole] == '.')
		part = strspn(text + whole + 1, "0123456789") + 1;
	return part != 1 && part <= 12 && text[whole + part] == '\0';
}

const char *load_raw(const char *address, const char *kind)
{
	size_t len = strlen(kind);

	if (strncmp(address, kind, len) != 0 || strncmp(address + len, "/~", 2) != 0)
		return NULL;
	return address + len + 2;
}

static struct load_row row_of(const json_t *json)
{
	return (struct load_row){.json = json,
				 .kind = row_str(json, "kind"),
				 .id = row_str(json, "id"),
				 .address = row_str(json, "address"),
				 .values = json_object_get(json, "values")};
}

int load_each(struct load *l, const char *kind, int (*fn)(struct load *, const struct load_row *))
{
	for (size_t i = 0; i < l->lines.n; i++) {
		const struct load_line *line = &l->lines.at[i];
		json_auto_t *json = NULL;
		struct load_row row;

		if (strcmp(line->kind, kind) != 0)
			continue;
		json = json_loadb(line->text, line->len, 0, NULL);
		row = row_of(json);
		l->line = line->line;
		if (fn(l, &row) != 0)
			return -1;
	}
	return 0;
}

void load_map(json_t *row, const char *name, const json_t *map)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)map, key, value)
	{
		json_object_set(twin_sub(row, name), key, value);
	}
}

static bool is_text(const json_t *value)
{
	return value == NULL || json_is_string(value);
}

/* A text, none, a secret, or a set or map of texts. */
static bool value_is_sound(const json_t *value)
{
	const char *key;
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)value, i, one)
	{
		if (!json_is_string(one))
			return false;
	}
	json_object_foreach((json_t *)value, key, one)
	{
		if (!json_is_string(one))
			return false;
	}
	return !json_is_number(value) && !json_is_false(value);
}

static int values_check(struct load *l, const json_t *values)
{
	const char *key;
	json_t *value;

	if (!json_is_object(values))
		return load_bad(l, "`values` is missing");
	json_object_foreach((json_t *)values, key, value)
	{
		if (!value_is_sound(value))
			return load_bad(l, "`%.100s` must be a text, or hold texts", key);
	}
	return 0;
}

static int resource_add(struct load *l, const json_t *json, struct load_line line)
{
	static const char *const texts[] = {"kind", "id", "address", "created", "aux", "owner"};
	struct load_row row = row_of(json);

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (!is_text(json_object_get(json, texts[i])))
			return load_bad(l, "`%s` is no text", texts[i]);
	}
	if (*row.kind == '\0')
		return load_bad(l, "neither a scope nor a resource: `kind` is missing");
	if (json_object_get(json, "created") != NULL && load_created(&row) < 0)
		return load_bad(l, "`created` is no time");
	if (values_check(l, row.values) != 0)
		return -1;
	snprintf(line.kind, sizeof(line.kind), "%s", row.kind);
	vec_push(&l->lines, line);
	return 0;
}

/* "iam/222222222222/roles", read whole: the account has these roles and no others. */
static void roles_note(struct load *l, const char *scope, const char *state)
{
	char account[16] = "";
	int end = 0;

	if (sscanf(scope, "iam/%12[0-9]/roles%n", account, &end) == 1 && end > 0 &&
	    scope[end] == '\0' && load_is_account(account) && strcmp(state, "whole") == 0)
		json_object_set_new(l->fresh, account, json_integer(1));
}

/* What was not read whole is missing here, and would be read as absent. */
static int scope_add(struct load *l, const json_t *json)
{
	const char *name = row_str(json, "scope"), *state = row_str(json, "state");
	const char *code = row_str(json, "code");

	if (*name == '\0' || *state == '\0')
		return load_bad(l, "a scope needs a name and a state");
	roles_note(l, name, state);
	if (strcmp(state, "whole") != 0 && json_object_get(json, "parent") != NULL)
		load_note(l,
			  "%.200s was not read whole%s%.100s: what is missing there is absent "
			  "from the twin",
			  name, *code == '\0' ? "" : ": ", code);
	return 0;
}

static bool partition_is_sound(const char *partition)
{
	return *partition != '\0' && strlen(partition) < 32 &&
	       strspn(partition, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(partition);
}

static int world_check(struct load *l, const json_t *world)
{
	const char *accounts[] = {row_str(world, "management_account"),
				  row_str(world, "caller_account")};
	const char *partition = row_str(world, "partition");
	const char *key;
	json_t *value;

	if (!json_is_object(world))
		return load_bad(l, "`world` is missing");
	json_object_foreach((json_t *)world, key, value)
	{
		if (!json_is_string(value) && strcmp(key, "read_us") != 0 &&
		    strcmp(key, "no_organization") != 0)
			return load_bad(l, "`%.100s` is no text", key);
	}
	for (size_t i = 0; i < 2; i++) {
		if (*accounts[i] != '\0' && !load_is_account(accounts[i]))
			return load_bad(l, "`%.50s` is no account: twelve digits", accounts[i]);
	}
	if (*partition != '\0' && !partition_is_sound(partition))
		return load_bad(l, "`%.50s` is no partition", partition);
	return 0;
}

static int line_add(struct load *l, const char *s, size_t len)
{
	struct load_line line = {.text = s, .len = len, .line = l->line};
	json_error_t where;
	json_auto_t *json = NULL;

	if (len > LINE_MAX_BYTES)
		return load_bad(l, "the line is longer than %u bytes", LINE_MAX_BYTES);
	json = json_loadb(s, len, JSON_REJECT_DUPLICATES, &where);
	if (json == NULL)
		return load_bad(l, "%s", where.text);
	if (!json_is_object(json))
		return load_bad(l, "not an object");
	if (l->line == 1) {
		l->head = json_incref(json);
		l->world = json_object_get(json, "world");
		return world_check(l, l->world);
	}
	return json_object_get(json, "scope") != NULL ? scope_add(l, json)
						      : resource_add(l, json, line);
}

/* A file that was cut short is no organization that shrank. */
static int count_check(struct load *l)
{
	const json_t *said = json_object_get(l->head, "resources");

	if (!json_is_integer(said))
		return load_bad(l, "the first line does not say how many resources there are");
	if (json_integer_value(said) != (json_int_t)l->lines.n)
		return load_bad(l, "the file is not whole: it has %zu of %lld resources",
				l->lines.n, (long long)json_integer_value(said));
	return 0;
}

static int lines_add(struct load *l, const char *data, size_t len)
{
	const char *end = data + len;

	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));

		l->line++;
		if (newline == NULL)
			return load_bad(l, "the file ends within a line");
		if (line_add(l, data, (size_t)(newline - data)) != 0)
			return -1;
		data = newline + 1;
	}
	return count_check(l);
}

/* Who reads the twin next is told to be whoever read AWS. */
static void caller_set(struct load *l)
{
	const char *account = row_str(l->world, "caller_account");
	const char *arn = row_str(l->world, "caller_arn");

	if (*account != '\0' && *arn != '\0')
		twin_set_str(twin_table(l->twin, "callers"), account, arn);
}

static int management_set(struct load *l)
{
	json_t *state = l->twin->state;
	const char *account = row_str(l->world, "management_account");
	const char *partition = row_str(l->world, "partition");

	if (*account == '\0')
		account = row_str(l->world, "caller_account");
	l->line = 1;
	if (twin_has_organization(l->twin) && strcmp(row_str(state, "management"), account) != 0 &&
	    *row_str(l->world, "management_account") != '\0')
		return load_bad(l,
				"this snapshot is of another organization: its management "
				"account is %s, not %s",
				account, row_str(state, "management"));
	if (*account != '\0' && !twin_has_organization(l->twin))
		twin_set_str(state, "management", account);
	if (*partition != '\0')
		twin_set_str(state, "partition", partition);
	caller_set(l);
	return 0;
}

static int snapshot_load(struct load *l, const char *data, size_t len)
{
	const json_t *read;

	if (lines_add(l, data, len) != 0)
		return -1;
	read = json_object_get(l->world, "read_us");
	l->when = json_is_integer(read) ? json_integer_value(read) / 1000000 : 0;
	if (management_set(l) != 0 || load_organization(l) != 0 || load_iam(l) != 0 ||
	    load_identity(l) != 0)
		return -1;
	if (l->notes_left_out > 0) {
		json_t *notes = json_object_get(l->twin->state, "notes");

		json_array_append_new(notes, json_sprintf("and %zu more", l->notes_left_out));
	}
	return 0;
}

static int snapshot_load_whole(struct twin *t, const char *data, size_t len, const char *file,
			       struct error *err)
{
	json_t *before = json_deep_copy(t->state);
	struct load l = {.twin = t,
			 .file = file,
			 .err = err,
			 .texts = json_object(),
			 .arns = json_object(),
			 .fresh = json_object()};
	int result = snapshot_load(&l, data, len);

	json_decref(l.head);
	json_decref(l.texts);
	json_decref(l.arns);
	json_decref(l.fresh);
	free(l.lines.at);
	if (result != 0) {
		json_decref(t->state);
		t->state = before;
		return -1;
	}
	json_decref(before);
	json_decref(t->before);
	t->before = NULL;
	t->version++;
	return 0;
}

static bool first_line_is_snapshot(const char *data, size_t len)
{
	const char *newline = memchr(data, '\n', len);
	json_auto_t *head = NULL;

	if (newline == NULL || (size_t)(newline - data) > LINE_MAX_BYTES)
		return false;
	head = json_loadb(data, (size_t)(newline - data), JSON_REJECT_DUPLICATES, NULL);
	return strcmp(row_str(head, "format"), SNAPSHOT_FORMAT) == 0;
}

int twin_load(struct twin *t, const char *data, size_t len, const char *file, struct error *err)
{
	json_error_t where;
	json_auto_t *state = NULL;

	if (first_line_is_snapshot(data, len))
		return snapshot_load_whole(t, data, len, file, err);
	state = json_loadb(data, len, JSON_REJECT_DUPLICATES, &where);
	if (state == NULL)
		return error_set(err, "%s:%d: neither a snapshot nor a saved twin: %s", file,
				 where.line, where.text);
	if (strcmp(row_str(state, "format"), STATE_FORMAT) != 0)
		return error_set(err,
				 "%s:1: neither a snapshot nor a saved twin: `format` must be %s "
				 "or %s",
				 file, SNAPSHOT_FORMAT, STATE_FORMAT);
	return load_state(t, state, file, err);
}

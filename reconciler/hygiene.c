/* Credential reports: CSV to findings. The columns are those of the IAM User Guide, "Get credential
 * reports for your AWS account". */
#include "reconciler/hygiene.h"

#include "base/env.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 64

const char *const hygiene_names[HYGIENE_KINDS] = {[HYGIENE_ROOT_KEY] = "root_key",
						  [HYGIENE_ROOT_MFA] = "root_mfa",
						  [HYGIENE_NO_MFA] = "no_mfa",
						  [HYGIENE_OLD_KEY] = "old_key",
						  [HYGIENE_UNUSED] = "unused"};

enum column {
	COLUMN_USER,
	COLUMN_CREATED,
	COLUMN_PASSWORD,
	COLUMN_PASSWORD_USED,
	COLUMN_MFA,
	COLUMN_KEY_1,
	COLUMN_KEY_1_MADE,
	COLUMN_KEY_1_USED,
	COLUMN_KEY_2,
	COLUMN_KEY_2_MADE,
	COLUMN_KEY_2_USED,
	COLUMNS
};
static const char *const columns[COLUMNS] = {
    [COLUMN_USER] = "user",
    [COLUMN_CREATED] = "user_creation_time",
    [COLUMN_PASSWORD] = "password_enabled",
    [COLUMN_PASSWORD_USED] = "password_last_used",
    [COLUMN_MFA] = "mfa_active",
    [COLUMN_KEY_1] = "access_key_1_active",
    [COLUMN_KEY_1_MADE] = "access_key_1_last_rotated",
    [COLUMN_KEY_1_USED] = "access_key_1_last_used_date",
    [COLUMN_KEY_2] = "access_key_2_active",
    [COLUMN_KEY_2_MADE] = "access_key_2_last_rotated",
    [COLUMN_KEY_2_USED] = "access_key_2_last_used_date",
};

/* One report while it is read: RFC 4180, with line breaks of either kind. */
struct csv {
	struct arena *arena;
	const char *at, *end;
	const char *field[FIELDS_MAX];
	size_t fields;
	uint8_t column[COLUMNS]; /* where each stands */
};

static const char *quoted_read(struct csv *csv)
{
	char *field = arena_alloc(csv->arena, (size_t)(csv->end - csv->at) + 1);
	size_t n = 0;

	for (csv->at++; csv->at < csv->end; csv->at++) {
		if (*csv->at == '"' && (csv->at + 1 == csv->end || csv->at[1] != '"'))
			break;
		csv->at += *csv->at == '"';
		field[n++] = *csv->at;
	}
	csv->at += csv->at < csv->end;
	field[n] = '\0';
	return field;
}

static const char *field_read(struct csv *csv)
{
	const char *begin = csv->at;

	if (csv->at < csv->end && *csv->at == '"')
		return quoted_read(csv);
	while (csv->at < csv->end && strchr(",\r\n", *csv->at) == NULL)
		csv->at++;
	return arena_printf(csv->arena, "%.*s", (int)(csv->at - begin), begin);
}

/* The next line that is not empty; false: there is none. Fields beyond the most are passed over. */
static bool row_read(struct csv *csv)
{
	csv->fields = 0;
	while (csv->at < csv->end && strchr("\r\n", *csv->at) != NULL)
		csv->at++;
	if (csv->at == csv->end)
		return false;
	for (;;) {
		const char *field = field_read(csv);

		if (csv->fields < FIELDS_MAX)
			csv->field[csv->fields++] = field;
		while (csv->at < csv->end && strchr(",\r\n", *csv->at) == NULL)
			csv->at++;
		if (csv->at == csv->end || *csv->at != ',')
			return true;
		csv->at++;
	}
}

static int head_read(struct csv *csv, struct error *err)
{
	if (!row_read(csv))
		return error_set(err, "the credential report is empty");
	for (int i = 0; i < COLUMNS; i++) {
		size_t at = 0;

		while (at < csv->fields && strcmp(csv->field[at], columns[i]) != 0)
			at++;
		if (at == csv->fields)
			return error_set(err, "the credential report has no column `%s`",
					 columns[i]);
		csv->column[i] = (uint8_t)at;
	}
	return 0;
}

static const char *field_of(const struct csv *csv, enum column column)
{
	size_t at = csv->column[column];

	return at < csv->fields ? csv->field[at] : "";
}

static bool field_is_true(const struct csv *csv, enum column column)
{
	return strcasecmp(field_of(csv, column), "true") == 0;
}

/* -1 for N/A, no_information, not_supported. */
static int64_t field_time(const struct csv *csv, enum column column)
{
	int64_t us;

	return time_parse(field_of(csv, column), &us) == 0 ? us : -1;
}

static bool is_older(const struct hygiene *h, int64_t us)
{
	return us >= 0 && h->now_us - us > HYGIENE_DAYS * DAY_US;
}

static void finding_add(struct hygiene *h, const struct hygiene_account *account,
			const struct csv *csv, enum hygiene_kind kind, uint8_t key,
			int64_t since_us, int64_t used_us)
{
	struct hygiene_finding finding = {.kind = (uint8_t)kind,
					  .key = key,
					  .account = account->name,
					  .user = field_of(csv, COLUMN_USER),
					  .since_us = since_us,
					  .used_us = used_us};

	vec_push(&h->findings, finding);
}

static void keys_check(struct hygiene *h, const struct hygiene_account *account,
		       const struct csv *csv, bool root)
{
	static const enum column key[2][3] = {{COLUMN_KEY_1, COLUMN_KEY_1_MADE, COLUMN_KEY_1_USED},
					      {COLUMN_KEY_2, COLUMN_KEY_2_MADE, COLUMN_KEY_2_USED}};

	for (uint8_t i = 0; i < 2; i++) {
		int64_t made = field_time(csv, key[i][1]), used = field_time(csv, key[i][2]);

		if (!field_is_true(csv, key[i][0]))
			continue;
		if (root)
			finding_add(h, account, csv, HYGIENE_ROOT_KEY, i + 1, made, used);
		if (is_older(h, made))
			finding_add(h, account, csv, HYGIENE_OLD_KEY, i + 1, made, used);
	}
}

static int64_t last_use(const struct csv *csv)
{
	static const enum column used[] = {COLUMN_PASSWORD_USED, COLUMN_KEY_1_USED,
					   COLUMN_KEY_2_USED};
	int64_t last = -1;

	for (size_t i = 0; i < sizeof(used) / sizeof(*used); i++) {
		int64_t us = field_time(csv, used[i]);

		last = us > last ? us : last;
	}
	return last;
}

/* The root user of an account whose root credentials were taken away has no password. */
static void root_check(struct hygiene *h, const struct hygiene_account *account,
		       const struct csv *csv)
{
	if (!field_is_true(csv, COLUMN_MFA) &&
	    strcasecmp(field_of(csv, COLUMN_PASSWORD), "false") != 0)
		finding_add(h, account, csv, HYGIENE_ROOT_MFA, 0, -1, -1);
}

static void user_check(struct hygiene *h, const struct hygiene_account *account,
		       const struct csv *csv)
{
	int64_t made = field_time(csv, COLUMN_CREATED), used = last_use(csv);

	h->users++;
	if (field_is_true(csv, COLUMN_PASSWORD) && !field_is_true(csv, COLUMN_MFA))
		finding_add(h, account, csv, HYGIENE_NO_MFA, 0, made, used);
	if (is_older(h, used >= 0 ? used : made))
		finding_add(h, account, csv, HYGIENE_UNUSED, 0, made, used);
}

int hygiene_take(struct hygiene *h, const struct hygiene_account *account, const char *csv,
		 size_t len, struct error *err)
{
	struct csv c = {.arena = h->arena, .at = csv, .end = csv + len};

	if (head_read(&c, err) != 0)
		return -1;
	while (row_read(&c)) {
		bool root = strcmp(field_of(&c, COLUMN_USER), HYGIENE_ROOT) == 0;

		if (root)
			root_check(h, account, &c);
		else
			user_check(h, account, &c);
		keys_check(h, account, &c, root);
	}
	return 0;
}

static int finding_cmp(const void *a, const void *b)
{
	const struct hygiene_finding *x = a, *y = b;
	int order = (int)x->kind - (int)y->kind;

	if (order == 0)
		order = strcmp(x->account, y->account);
	if (order == 0)
		order = strcmp(x->user, y->user);
	return order != 0 ? order : (int)x->key - (int)y->key;
}

void hygiene_finish(struct hygiene *h)
{
	if (h->findings.n > 0)
		qsort(h->findings.at, h->findings.n, sizeof(*h->findings.at), finding_cmp);
	for (size_t i = 0; i < h->findings.n; i++)
		h->count[h->findings.at[i].kind]++;
	for (size_t i = 0; i < h->accounts_n; i++)
		h->unread += h->accounts[i].code != NULL && !h->accounts[i].left_out;
}

void hygiene_free(struct hygiene *h)
{
	free(h->findings.at);
	h->findings.at = NULL;
	h->findings.n = 0;
}

static void date_put(struct buf *out, int64_t us)
{
	char time[TIME_RFC3339];

	time_rfc3339(us, time);
	buf_printf(out, "%.10s", time);
}

static void ago_put(const struct hygiene *h, struct buf *out, int64_t us)
{
	buf_printf(out, " (%lld days ago)", (long long)((h->now_us - us) / DAY_US));
}

static void used_put(const struct hygiene *h, struct buf *out, int64_t us)
{
	if (us < 0) {
		buf_puts(out, "never used");
		return;
	}
	buf_puts(out, "last used ");
	date_put(out, us);
	ago_put(h, out, us);
}

void hygiene_phrase(const struct hygiene *h, const struct hygiene_finding *f, struct buf *out)
{
	switch ((enum hygiene_kind)f->kind) {
	case HYGIENE_ROOT_MFA:
	case HYGIENE_NO_MFA:
		buf_puts(out, "no MFA device; ");
		break;
	case HYGIENE_ROOT_KEY:
	case HYGIENE_OLD_KEY:
		buf_printf(out, "key %u, ", (unsigned)f->key);
		if (f->since_us >= 0)
			buf_printf(out, "%lld days old, ",
				   (long long)((h->now_us - f->since_us) / DAY_US));
		break;
	case HYGIENE_UNUSED:
	case HYGIENE_KINDS:
		break;
	}
	if (f->kind == HYGIENE_ROOT_MFA) {
		buf_puts(out, "it may sign in");
		return;
	}
	used_put(h, out, f->used_us);
	if (f->kind == HYGIENE_UNUSED && f->used_us < 0 && f->since_us >= 0) {
		buf_puts(out, ", made ");
		date_put(out, f->since_us);
		ago_put(h, out, f->since_us);
	}
}

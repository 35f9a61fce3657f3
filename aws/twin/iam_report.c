/* The credential report of the twin's IAM: a table of all users, made when it is asked for, and
 * read when it is done. */
#include "aws/twin/iam_priv.h"

#include <string.h>

#define REPORT_MAX     (48u << 20) /* bytes */
#define REPORT_LIFE_US (4 * HOUR_US)
#define PER_USER       2 /* access keys and certificates that the report has columns for */

static const char columns[] =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n";

/* "2026-11-22T01:02:03Z" as the report has it, with its offset; absent: `otherwise`. */
static void put_time(struct buf *out, const json_t *row, const char *member, const char *otherwise)
{
	const char *time = row_str(row, member);
	size_t len = strlen(time);

	if (len == 0)
		buf_printf(out, ",%s", otherwise);
	else
		buf_printf(out, ",%.*s+00:00", (int)(len - (time[len - 1] == 'Z')), time);
}

static void put_bool(struct buf *out, bool value)
{
	buf_puts(out, value ? ",true" : ",false");
}

static bool is_active(const json_t *row)
{
	return strcmp(row_str(row, "Status"), "Active") == 0;
}

static void put_text(struct buf *out, const json_t *row, const char *member)
{
	const char *text = row_str(row, member);

	buf_printf(out, ",%s", *text != '\0' ? text : "N/A");
}

static void put_key(struct buf *out, const json_t *key)
{
	put_bool(out, is_active(key));
	put_time(out, key, "CreateDate", "N/A");
	put_time(out, key, "LastUsedDate", "N/A");
	put_text(out, key, "Region");
	put_text(out, key, "ServiceName");
}

static void put_certificate(struct buf *out, const json_t *certificate)
{
	put_bool(out, is_active(certificate));
	put_time(out, certificate, "UploadDate", "N/A");
}

/* Always as many as there are columns for. */
static void put_each(struct buf *out, json_t *rows, void (*put)(struct buf *, const json_t *))
{
	const char *id;
	json_t *row;
	int n = 0;

	json_object_foreach(rows, id, row)
	{
		if (n++ < PER_USER)
			put(out, row);
	}
	for (; n < PER_USER; n++)
		put(out, NULL);
}

static void put_password(struct buf *out, const json_t *login)
{
	put_bool(out, login != NULL);
	buf_puts(out, login != NULL ? ",no_information" : ",N/A");
	put_time(out, login, "CreateDate", "N/A");
	buf_puts(out, ",N/A");
}

static void put_user(struct buf *out, json_t *user)
{
	buf_printf(out, "%s,%s", row_str(user, "UserName"), row_str(user, "Arn"));
	put_time(out, user, "CreateDate", "N/A");
	put_password(out, json_object_get(user, "login"));
	put_bool(out, json_object_size(json_object_get(user, "mfa")) > 0);
	put_each(out, json_object_get(user, "access_keys"), put_key);
	put_each(out, json_object_get(user, "certificates"), put_certificate);
	buf_putc(out, '\n');
}

/* The root user has a password and a device, as GetAccountSummary tells too. */
static void put_root(struct twin *t, const char *account, struct buf *out)
{
	buf_printf(out,
		   "<root_account>,arn:%s:iam::%s:root,2015-01-01T00:00:00+00:00,not_supported,"
		   "no_information,not_supported,not_supported,true",
		   row_str(t->state, "partition"), account);
	put_each(out, NULL, put_key);
	put_each(out, NULL, put_certificate);
	buf_putc(out, '\n');
}

static char *report_text(struct twin *t, const char *account)
{
	auto_buf out = BUF_INIT(REPORT_MAX);
	const char *name;
	json_t *user;

	buf_puts(&out, columns);
	put_root(t, account, &out);
	json_object_foreach(iam_table(t, account, "users"), name, user)
	{
		put_user(&out, user);
	}
	charter_assert(!out.full);
	return xstrdup(buf_str(&out));
}

static int64_t report_due(const json_t *report)
{
	return json_integer_value(json_object_get(report, "due"));
}

/* One that is younger than four hours is not made again. */
static json_t *report_generate(struct twin *t, struct twin_call *c)
{
	json_t *iam = iam_of_account(t, c->account), *report = json_object_get(iam, "report");
	auto_free char *text = NULL;

	if (report != NULL && c->now_us < report_due(report))
		return json_pack("{s:s}", "State", "INPROGRESS");
	if (report != NULL && c->now_us < report_due(report) + REPORT_LIFE_US)
		return json_pack("{s:s}", "State", "COMPLETE");
	text = report_text(t, c->account);
	json_object_set_new(iam, "report",
			    json_pack("{s:s, s:I}", "Content", text, "due",
				      (json_int_t)(c->now_us + t->options.job_us)));
	return json_pack("{s:s, s:s}", "State", "STARTED", "Description",
			 "No report exists. Starting a new report generation task");
}

static json_t *report_get(struct twin *t, struct twin_call *c)
{
	const json_t *report = json_object_get(iam_of_account(t, c->account), "report");
	auto_free char *content = NULL;
	char made[TIME_RFC3339];

	if (report == NULL)
		return twin_refuse(c, "ReportNotPresent", "No report exists.");
	if (c->now_us < report_due(report))
		return twin_refuse(c, "ReportInProgress", "Report generation is in progress.");
	if (c->now_us >= report_due(report) + REPORT_LIFE_US)
		return twin_refuse(c, "ReportExpired", "The most recent report has expired.");
	time_rfc3339(report_due(report), made);
	content = iam_base64(row_str(report, "Content"));
	return json_pack("{s:s, s:s, s:s}", "Content", content, "ReportFormat", "text/csv",
			 "GeneratedTime", made);
}

static const struct twin_op report_ops[] = {
    IAM_READ("GenerateCredentialReport", report_generate, NULL),
    IAM_READ("GetCredentialReport", report_get, NULL),
};
const struct twin_service twin_iam_report_ops = {SERVICE_IAM, report_ops,
						 sizeof report_ops / sizeof report_ops[0]};

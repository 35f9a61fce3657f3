/* IAM of one account: users, groups, roles and local policies in one listing; then what that leaves
 * out: durations and descriptions of roles, tags of policies, what an account has once. */
#include "aws/iam/account.h"

typedef void record_fn(const struct iam_page *, const json_t *);

static void records_each(const struct iam_page *p, const json_t *page, const char *member,
			 record_fn *record)
{
	const json_t *list;
	size_t n = iam_list(p, page, member, &list);

	for (size_t i = 0; i < n; i++)
		record(p, json_array_get(list, i));
}

void iam_details_page(const struct iam_page *p, const json_t *page)
{
	static const struct {
		const char *member;
		record_fn *record;
	} lists[] = {
	    {"UserDetailList", iam_user_record},
	    {"GroupDetailList", iam_group_record},
	    {"RoleDetailList", iam_role_record},
	    {"Policies", iam_policy_record},
	};
	bool any = false;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		any = any || reply_has_list(page, lists[i].member);
		records_each(p, page, lists[i].member, lists[i].record);
	}
	if (!any)
		crawl_bad_reply(p->crawl, p->read,
				"has no list of users, groups, roles or policies");
}

static void roles_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	struct iam_page p = iam_page_of(crawl, read);

	if (!reply_has_list(page, "Roles"))
		crawl_bad_reply(crawl, read, "has no list of roles");
	records_each(&p, page, "Roles", iam_role_described);
}

/* After the details, so that each role is there to be described. */
static void roles_read(struct crawl *crawl, const struct read *details)
{
	struct read read = {.op = OP_IAM_ListRoles,
			    .account = details->account,
			    .note = details->note,
			    .page = roles_page};

	read.scope = scope_open(crawl, details->scope, "iam/%s/roles", details->note->s);
	crawl_read(crawl, &read, NULL);
}

static void full_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	struct iam_page p = iam_page_of(crawl, read);

	p.full = true;
	iam_details_page(&p, page);
}

void iam_read_account(struct crawl *crawl, const struct text *account)
{
	struct read read = {.op = OP_IAM_GetAccountAuthorizationDetails,
			    .account = account_entered(crawl, account),
			    .note = account,
			    .page = full_page,
			    .whole = roles_read};

	read.scope = scope_open(crawl, 0, "iam/%s", account->s);
	scope_open(crawl, read.scope, "iam/%s/tags", account->s);
	scope_open(crawl, read.scope, "iam/%s/roles", account->s);
	/* Empty until what a user owns is read. */
	scope_open(crawl, 0, IAM_CREDENTIALS_SCOPE, account->s);
	crawl_read(
	    crawl, &read,
	    json_pack("{s:[s, s, s, s]}", "Filter", "User", "Role", "Group", "LocalManagedPolicy"));
	iam_read_extra(crawl, read.scope, account);
}

void iam_read_all(struct crawl *crawl)
{
	const struct text *account = crawl->side->world.caller_account;

	if (account != NULL)
		iam_read_account(crawl, account);
}

#include "aws/cost.h"

#include "base/env.h"
#include "state/spend.h"

#include <time.h>

#define DAY_S   (24 * 60 * 60)
#define SECONDS 1000000LL

/* Each month adds; of a listing that ended half-way the scope tells. */
static void spend_page(struct crawl *crawl, const struct read *read, const json_t *page)
{
	const json_t *months;
	size_t n = crawl_list(crawl, read, page, "ResultsByTime", "months", &months);
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		const char *amount =
		    reply_str(json_array_get(months, i), "Total.UnblendedCost.Amount");
		int64_t millionths;

		if (amount == NULL || spend_parse(amount, &millionths) != 0)
			crawl_bad_reply(crawl, read, "has a month without an amount");
		else
			sum += millionths;
	}
	spend_add(crawl->arena, read->about, sum);
}

/* Cost Explorer keeps this month and the twelve before it (Cost Management User Guide). The end is
 * exclusive: tomorrow. */
static void spend_period(int64_t now_us, char begin[16], char end[16])
{
	time_t now = (time_t)(now_us / SECONDS), tomorrow = now + DAY_S;
	struct tm from, to;

	gmtime_r(&now, &from);
	gmtime_r(&tomorrow, &to);
	from.tm_year--;
	from.tm_mday = 1;
	strftime(begin, 16, "%Y-%m-%d", &from);
	strftime(end, 16, "%Y-%m-%d", &to);
}

void spend_read(struct crawl *crawl, struct resource *account, int64_t now_us)
{
	const struct read read = {.op = OP_COST_EXPLORER_GetCostAndUsage,
				  .scope = scope_open(crawl, 0, "spend/%s", account->id->s),
				  .account = account->id,
				  .about = account,
				  .page = spend_page};
	char begin[16], end[16];

	spend_period(now_us, begin, end);
	account->aux = NULL;
	crawl_read(crawl, &read,
		   json_pack("{s:{s:s, s:s}, s:s, s:[s], s:{s:{s:{s:s, s:[s, s]}}}}", "TimePeriod",
			     "Start", begin, "End", end, "Granularity", "MONTHLY", "Metrics",
			     "UnblendedCost", "Filter", "Not", "Dimensions", "Key", "RECORD_TYPE",
			     "Values", "Credit", "Refund"));
}

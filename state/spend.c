#include "state/spend.h"

#include <stdlib.h>
#include <string.h>

#define MILLION    1000000
#define AMOUNT_MAX (INT64_MAX / MILLION / 10)
#define AUX_SPEND  "{\"spend\":\""
#define HUNDREDTHS (MILLION / 100)

/* Digits after the sixth are beyond what is compared. */
int spend_parse(const char *s, int64_t *millionths)
{
	bool negative = *s == '-';
	int64_t whole = 0, part = 0, scale = MILLION;

	s += negative;
	if (*s < '0' || *s > '9')
		return -1;
	for (; *s >= '0' && *s <= '9'; s++) {
		whole = whole * 10 + (*s - '0');
		if (whole > AMOUNT_MAX)
			return -1;
	}
	if (*s == '.')
		for (s++; *s >= '0' && *s <= '9'; s++) {
			scale /= 10;
			part += scale * (*s - '0');
		}
	if (*s != '\0')
		return -1;
	*millionths = whole * MILLION + part;
	if (negative)
		*millionths = -*millionths;
	return 0;
}

static int64_t spend_known(const struct resource *account)
{
	if (!account->aux || !str_starts(account->aux->s, AUX_SPEND))
		return -1;
	return strtoll(account->aux->s + strlen(AUX_SPEND), NULL, 10);
}

void spend_add(struct arena *arena, struct resource *account, int64_t millionths)
{
	int64_t before = spend_known(account);

	/* What was earned is nothing spent. */
	if (millionths < 0)
		millionths = 0;
	account->aux = text_printf(arena, AUX_SPEND "%lld\"}",
				   (long long)(millionths + (before < 0 ? 0 : before)));
}

int64_t spend_of(const struct side *live, const struct resource *account)
{
	auto_free char *scope = account->id ? xasprintf("spend/%s", account->id->s) : NULL;
	int64_t millionths = spend_known(account);

	if (millionths < 0 || (scope && side_scope_state(live, scope) == SCOPE_PARTIAL))
		return -1;
	return millionths / HUNDREDTHS;
}

/* Amounts of money, without real numbers. Pure. */
#ifndef CHARTER_STATE_MONEY_H
#define CHARTER_STATE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

/* "500 USD", "12.50 EUR": hundredths. False: no amount above zero with a currency, or beyond all
 * reason. */
bool money_parse(const char *s, int64_t *hundredths);

#endif

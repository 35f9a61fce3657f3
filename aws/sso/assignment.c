/* Who has which permission set in which account. */
#include "aws/wire.h"

const struct wire wire_assignment = {0};

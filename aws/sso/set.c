/* Permission sets. */
#include "aws/wire.h"

const struct wire wire_permission_set = {0};

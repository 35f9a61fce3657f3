/* The users of the identity store. */
#include "aws/wire.h"

const struct wire wire_identity_user = {0};

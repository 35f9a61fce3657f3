/* The groups of the identity store and their members. */
#include "aws/wire.h"

const struct wire wire_identity_group = {0};

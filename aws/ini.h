/* The INI dialect of AWS's shared files. Values may be secrets: wiped on free. Private to the
 * credentials. */
#ifndef CHARTER_AWS_INI_H
#define CHARTER_AWS_INI_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define INI_MAX_BYTES (1u << 20)

struct ini;

/* Copies the data. `name` stands in messages; a message never holds a line's content. NULL on
 * error. */
struct ini *ini_parse(const char *data, size_t len, const char *name, struct error *err);
void ini_free(struct ini *); /* NULL is accepted */
bool ini_has(const struct ini *, const char *section);
/* NULL when absent. Keys in lower case; of two that are the same, the last counts. */
const char *ini_get(const struct ini *, const char *section, const char *key);

#endif

/* A hash map from byte strings to pointers. It is never iterated: whoever needs an
 * order keeps a sorted array, so the seed of the hash can't reach any output. */
#ifndef CHARTER_BASE_MAP_H
#define CHARTER_BASE_MAP_H

#include "base/text.h"

struct map;

struct map *map_new(void);
void map_free(struct map *); /* NULL is accepted; values are not freed */
/* Returns the value held before, or NULL. The key is copied. */
void *map_put(struct map *, const char *key, void *value);
/* The same; the key is not copied: its bytes stay as long as the map is used. */
void *map_put_lasting(struct map *, const char *key, void *value);
void *map_get(const struct map *, const char *key); /* NULL when absent */
size_t map_count(const struct map *);

static inline void map_free_ptr(struct map **m)
{
	map_free(*m);
}
#define auto_map __attribute__((cleanup(map_free_ptr))) struct map

#endif

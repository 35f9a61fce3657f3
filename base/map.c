#include "base/map.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct slot {
	const char *key; /* NULL: free */
	void *value;
	uint64_t hash;
};

struct map {
	struct arena *keys;
	struct slot *slot;
	size_t count, size; /* size is a power of two; at most three quarters are in use */
	uint64_t seed[2];
};

struct sip {
	uint64_t a, b, c, d;
};

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_round(struct sip *v)
{
	v->a += v->b;
	v->c += v->d;
	v->b = rotate(v->b, 13) ^ v->a;
	v->d = rotate(v->d, 16) ^ v->c;
	v->a = rotate(v->a, 32);
	v->c += v->b;
	v->a += v->d;
	v->b = rotate(v->b, 17) ^ v->c;
	v->d = rotate(v->d, 21) ^ v->a;
	v->c = rotate(v->c, 32);
}

/* SipHash-1-3: keys come from other people's repositories and accounts. */
static uint64_t key_hash(const struct map *m, const char *key, size_t len)
{
	struct sip v = {m->seed[0] ^ 0x736f6d6570736575, m->seed[1] ^ 0x646f72616e646f6d,
			m->seed[0] ^ 0x6c7967656e657261, m->seed[1] ^ 0x7465646279746573};
	uint64_t word;
	size_t left;

	for (left = len; left >= 8; left -= 8, key += 8) {
		memcpy(&word, key, 8);
		v.d ^= word;
		sip_round(&v);
		v.a ^= word;
	}
	word = 0;
	memcpy(&word, key, left);
	word ^= (uint64_t)len << 56;
	v.d ^= word;
	sip_round(&v);
	v.a ^= word;
	v.c ^= 0xff;
	sip_round(&v);
	sip_round(&v);
	sip_round(&v);
	return v.a ^ v.b ^ v.c ^ v.d;
}

struct map *map_new(void)
{
	struct map *m = xcalloc(1, sizeof *m);

	charter_assert(getrandom(m->seed, sizeof m->seed, 0) == (ssize_t)sizeof m->seed);
	m->keys = arena_new();
	m->size = 16;
	m->slot = xcalloc(m->size, sizeof *m->slot);
	return m;
}

void map_free(struct map *m)
{
	if (m == NULL)
		return;
	arena_free(m->keys);
	free(m->slot);
	free(m);
}

/* The slot that holds the key, or the free one where it belongs. */
static struct slot *map_find(const struct map *m, const char *key, uint64_t hash)
{
	size_t i = hash & (m->size - 1);

	while (m->slot[i].key != NULL &&
	       (m->slot[i].hash != hash || strcmp(m->slot[i].key, key) != 0))
		i = (i + 1) & (m->size - 1);
	return &m->slot[i];
}

static void map_grow(struct map *m)
{
	struct slot *old = m->slot;
	size_t i, at, old_size = m->size;

	m->size *= 2;
	m->slot = xcalloc(m->size, sizeof *m->slot);
	for (i = 0; i < old_size; i++) {
		if (old[i].key == NULL)
			continue;
		at = old[i].hash & (m->size - 1);
		while (m->slot[at].key != NULL)
			at = (at + 1) & (m->size - 1);
		m->slot[at] = old[i];
	}
	free(old);
}

static void *put(struct map *m, const char *key, void *value, bool lasts)
{
	size_t len = strlen(key);
	uint64_t hash = key_hash(m, key, len);
	struct slot *slot = map_find(m, key, hash);
	void *before = slot->value;

	if (slot->key != NULL) {
		slot->value = value;
		return before;
	}
	if ((m->count + 1) * 4 > m->size * 3) {
		map_grow(m);
		slot = map_find(m, key, hash);
	}
	*slot = (struct slot){lasts ? key : arena_memdup0(m->keys, key, len), value, hash};
	m->count++;
	return NULL;
}

void *map_put(struct map *m, const char *key, void *value)
{
	return put(m, key, value, false);
}

void *map_put_lasting(struct map *m, const char *key, void *value)
{
	return put(m, key, value, true);
}

void *map_get(const struct map *m, const char *key)
{
	return map_find(m, key, key_hash(m, key, strlen(key)))->value;
}

size_t map_count(const struct map *m)
{
	return m->count;
}

/* map.h - a hash map from byte strings to 32-bit numbers (ordinals of the caller's own array).
 *
 * Keys are copied into the map. Numbers are given by the caller. No removal: maps here are built,
 * used and freed. Not thread-safe while it changes; any number of threads may look up. */
#ifndef HN_BASE_MAP_H
#define HN_BASE_MAP_H

#include "base/base.h"

struct map;

#define MAP_ABSENT UINT32_MAX

struct map *map_new(void) __attribute__((returns_nonnull));
void map_free(struct map *m);
size_t map_count(const struct map *m);

/* The number kept under key, or MAP_ABSENT. */
uint32_t map_get(const struct map *m, const char *key, size_t len);
/* Keeps value under key unless the key is there; returns what is kept now. */
uint32_t map_add(struct map *m, const char *key, size_t len, uint32_t value);
/* Keeps value under key, replacing what was there. */
void map_set(struct map *m, const char *key, size_t len, uint32_t value);

/* Walks what is kept, in no particular order: start with *at = 0; false at the end. The key is
 * terminated and lives as long as the map. */
bool map_next(const struct map *m, size_t *at, const char **key, size_t *len, uint32_t *value);

/* FNV-1a, 64 bits (Fowler, Noll, Vo; IETF draft-eastlake-fnv). Not for adversarial keys alone: the
 * map mixes in a per-process seed, so that chosen keys do not collide at will. */
uint64_t hash_bytes(uint64_t seed, const void *data, size_t len);
/* For long data: four lanes of the same over 64-bit words, at the speed of memory. Guards against
 * accidents, not against chosen data where the seed is known. */
uint64_t hash_long(uint64_t seed, const void *data, size_t len);

#endif

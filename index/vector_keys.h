/* vector_keys.h - which vectors a cache's file has, in a file beside it, so that a start does not
 * read through gigabytes to learn it. Private to vector_cache.c.
 *
 * It covers the first records of the file, up to some number; what was appended later is read from
 * the file itself. That it belongs to the file is seen by some of its keys, spread over all of it:
 * the file is only ever appended to. It may be deleted at any time. Immutable, and safe to read
 * from any thread. */
#ifndef HN_INDEX_VECTOR_KEYS_H
#define HN_INDEX_VECTOR_KEYS_H

#include "index/vector_cache.h"

struct vector_keys;

/* NULL when there is none, or it is not whole. */
struct vector_keys *vector_keys_open(const char *path);
void vector_keys_free(struct vector_keys *k); /* NULL: nothing */
/* How many records of the file it covers. */
uint32_t vector_keys_count(const struct vector_keys *k);
/* The key of record place < count. */
const struct vector_key *vector_keys_at(const struct vector_keys *k, uint32_t place);
/* The last record of a key, or UINT32_MAX. */
uint32_t vector_keys_find(const struct vector_keys *k, const struct vector_key *key);
/* Writes the keys of n records; all zeros for one that is not to be found. 0, or -1 with errno. */
int vector_keys_save(const char *path, const struct vector_key *keys, uint32_t n);

#endif

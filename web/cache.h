/* cache.h - answers that were given already, by everything they depend on.
 *
 * Who asks puts all that an answer depends on into the key: what was asked, the state of the
 * collection, and the rights of the reader. Two keys are equal when their bytes are. An answer of
 * an older generation is never given again, whatever its key, and its memory is free as soon as a
 * newer one is asked for.
 *
 * Bounded in bytes: what was longest not asked for makes room (LRU). Cut into shards by key, each
 * with a lock that is held for a look-up or a change of links, never while memory is copied or
 * freed. All functions are thread-safe but cache_new and cache_free. */
#ifndef HN_WEB_CACHE_H
#define HN_WEB_CACHE_H

#include "base/base.h"

struct cache;
struct cached; /* immutable; counted references */

/* Keeps at most `bytes` of answers, keys and bookkeeping included; an answer of more than
 * 1/CACHE_SHARE of that is not kept. */
enum { CACHE_SHARE = 32 };
struct cache *cache_new(size_t bytes) __attribute__((returns_nonnull));
/* References that are still held stay valid. NULL does nothing. */
void cache_free(struct cache *c);

/* The answer kept for the key in that generation, to be given back with cached_release; NULL: there
 * is none. Generations only grow: a greater one than any before empties the shard. */
struct cached *cache_get(struct cache *c, const void *key, size_t key_len, uint64_t generation);
/* Keeps a copy of an answer of len bytes and its tag (NUL-terminated), in place of what the key had
 * before, unless a newer generation was seen already or it is too large. */
void cache_put(struct cache *c, const void *key, size_t key_len, uint64_t generation,
               const char *tag, const void *body, size_t len);

/* Borrowed from the reference. */
const unsigned char *cached_body(const struct cached *a, size_t *len);
const char *cached_tag(const struct cached *a);
void cached_release(void *a); /* a struct cached; void for use as a callback */

/* Whoever sends an answer may keep with it what it was made into for sending, so that this is done
 * once. NULL: nothing yet. */
void *cached_sendable(const struct cached *a);
/* Keeps `sendable`, which drop frees with the answer; where another thread was first, it is dropped
 * here. The bound in bytes counts an answer's body twice for it. Returns what is kept. */
void *cached_keep_sendable(struct cached *a, void *sendable, void (*drop)(void *sendable));

struct cache_state {
    uint64_t hits;   /* answers given by cache_get */
    uint64_t misses; /* answers that had to be made: calls of cache_put */
    size_t answers, bytes;
};
void cache_state(struct cache *c, struct cache_state *out);

#endif

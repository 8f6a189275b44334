#include "base/base.h"

#include "base/mem.h"
#include "web/cache.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHARDS = 4,
    BUCKETS = 1024, /* a shard; answers have kilobytes, so that chains stay short */
};
_Static_assert((int)SHARDS <= (int)CACHE_SHARE, "one answer fits its shard");

struct cached {
    atomic_uint refs; /* one is the shard's */
    uint64_t hash;
    size_t key_len, len, bytes;
    struct cached *next;          /* of its bucket; of the garbage once it is taken out */
    struct cached *newer, *older; /* by last use */
    char *key, *tag;
    unsigned char *body;
    _Atomic(void *) sendable;
    _Atomic(void (*)(void *)) drop; /* the same one from whoever keeps it */
};

struct shard {
    pthread_mutex_t lock;
    struct cached *bucket[BUCKETS];
    struct cached *newest, *oldest;
    size_t answers, bytes;
    uint64_t generation; /* the greatest seen; all that is here is of it */
};

struct cache {
    unsigned char secret[crypto_shorthash_KEYBYTES]; /* nobody can choose keys that collide */
    size_t shard_bytes, answer_bytes;
    atomic_ullong hits, misses;
    struct shard shard[SHARDS];
};

/* ---- answers --------------------------------------------------------------------------------- */

/* One allocation: the struct, the body, the tag, the key. */
static struct cached *cached_new(uint64_t hash, const void *key, size_t key_len, const char *tag,
                                 const void *body, size_t len)
{
    size_t tag_len = strlen(tag) + 1, bytes = sizeof(struct cached) + len + tag_len + key_len;
    struct cached *a = mem_alloc(1, bytes);
    memset(a, 0, sizeof *a);
    atomic_init(&a->refs, 1);
    a->hash = hash;
    a->key_len = key_len;
    a->len = len;
    a->bytes = bytes + len;
    a->body = (unsigned char *)(a + 1);
    a->tag = (char *)a->body + len;
    a->key = a->tag + tag_len;
    memcpy(a->body, body, len);
    memcpy(a->tag, tag, tag_len);
    memcpy(a->key, key, key_len);
    return a;
}

const unsigned char *cached_body(const struct cached *a, size_t *len)
{
    *len = a->len;
    return a->body;
}

const char *cached_tag(const struct cached *a)
{
    return a->tag;
}

void cached_release(void *p)
{
    struct cached *a = p;
    if (!a || atomic_fetch_sub(&a->refs, 1) != 1) return;
    void *sendable = a->sendable;
    if (sendable) atomic_load (&a->drop)(sendable);
    free(a);
}

void *cached_sendable(const struct cached *a)
{
    return a->sendable;
}

void *cached_keep_sendable(struct cached *a, void *sendable, void (*drop)(void *sendable))
{
    void *before = NULL;
    a->drop = drop;
    if (atomic_compare_exchange_strong(&a->sendable, &before, sendable)) return sendable;
    drop(sendable);
    return before;
}

static void release_all(struct cached *garbage)
{
    while (garbage) {
        struct cached *next = garbage->next;
        cached_release(garbage);
        garbage = next;
    }
}

/* ---- a shard, its lock held ------------------------------------------------------------------ */

static struct cached **find(struct shard *s, uint64_t hash, const void *key, size_t key_len)
{
    struct cached **at = &s->bucket[hash / SHARDS % BUCKETS];
    while (*at && ((*at)->hash != hash || (*at)->key_len != key_len ||
                   memcmp((*at)->key, key, key_len) != 0))
        at = &(*at)->next;
    return at;
}

static void unlink_use(struct shard *s, struct cached *a)
{
    *(a->newer ? &a->newer->older : &s->newest) = a->older;
    *(a->older ? &a->older->newer : &s->oldest) = a->newer;
}

static void link_newest(struct shard *s, struct cached *a)
{
    a->newer = NULL;
    a->older = s->newest;
    *(s->newest ? &s->newest->newer : &s->oldest) = a;
    s->newest = a;
}

/* Takes *at out and puts it before the garbage. */
static void take_out(struct shard *s, struct cached **at, struct cached **garbage)
{
    struct cached *a = *at;
    *at = a->next;
    unlink_use(s, a);
    s->answers--;
    s->bytes -= a->bytes;
    a->next = *garbage;
    *garbage = a;
}

static void take_out_oldest(struct shard *s, struct cached **garbage)
{
    struct cached *a = s->oldest;
    take_out(s, find(s, a->hash, a->key, a->key_len), garbage);
}

/* Empties the shard when the generation is newer; false when it is older. */
static bool come_to(struct shard *s, uint64_t generation, struct cached **garbage)
{
    if (generation > s->generation) {
        for (struct cached *a = s->newest; a; a = a->older) {
            a->next = *garbage;
            *garbage = a;
        }
        memset(s->bucket, 0, sizeof s->bucket);
        s->newest = s->oldest = NULL;
        s->answers = s->bytes = 0;
        s->generation = generation;
    }
    return generation == s->generation;
}

/* ---- the cache ------------------------------------------------------------------------------- */

struct cache *cache_new(size_t bytes)
{
    struct cache *c = mem_zalloc(1, sizeof *c);
    randombytes_buf(c->secret, sizeof c->secret);
    c->shard_bytes = bytes / SHARDS;
    c->answer_bytes = bytes / CACHE_SHARE;
    for (int i = 0; i < SHARDS; i++) pthread_mutex_init(&c->shard[i].lock, NULL);
    return c;
}

void cache_free(struct cache *c)
{
    if (!c) return;
    for (int i = 0; i < SHARDS; i++) {
        struct cached *garbage = NULL;
        while (c->shard[i].oldest) take_out_oldest(&c->shard[i], &garbage);
        release_all(garbage);
        pthread_mutex_destroy(&c->shard[i].lock);
    }
    free(c);
}

static uint64_t hash_of(const struct cache *c, const void *key, size_t len)
{
    uint64_t hash;
    _Static_assert(sizeof hash == crypto_shorthash_BYTES, "a hash is a number");
    crypto_shorthash((unsigned char *)&hash, key, len, c->secret);
    return hash;
}

struct cached *cache_get(struct cache *c, const void *key, size_t key_len, uint64_t generation)
{
    uint64_t hash = hash_of(c, key, key_len);
    struct shard *s = &c->shard[hash % SHARDS];
    struct cached *found = NULL, *garbage = NULL;
    pthread_mutex_lock(&s->lock);
    if (come_to(s, generation, &garbage) && (found = *find(s, hash, key, key_len))) {
        atomic_fetch_add(&found->refs, 1);
        unlink_use(s, found);
        link_newest(s, found);
    }
    pthread_mutex_unlock(&s->lock);
    release_all(garbage);
    if (found) atomic_fetch_add(&c->hits, 1);
    return found;
}

void cache_put(struct cache *c, const void *key, size_t key_len, uint64_t generation,
               const char *tag, const void *body, size_t len)
{
    uint64_t hash = hash_of(c, key, key_len);
    struct shard *s = &c->shard[hash % SHARDS];
    atomic_fetch_add(&c->misses, 1);
    struct cached *garbage = NULL, *a = cached_new(hash, key, key_len, tag, body, len);
    pthread_mutex_lock(&s->lock);
    if (a->bytes <= c->answer_bytes && come_to(s, generation, &garbage)) {
        struct cached **before = find(s, hash, key, key_len);
        if (*before) take_out(s, before, &garbage);
        while (s->bytes + a->bytes > c->shard_bytes) take_out_oldest(s, &garbage);
        struct cached **bucket = &s->bucket[hash / SHARDS % BUCKETS];
        a->next = *bucket;
        *bucket = a;
        link_newest(s, a);
        s->answers++;
        s->bytes += a->bytes;
        a = NULL;
    }
    pthread_mutex_unlock(&s->lock);
    cached_release(a);
    release_all(garbage);
}

void cache_state(struct cache *c, struct cache_state *out)
{
    *out = (struct cache_state){.hits = c->hits, .misses = c->misses};
    for (int i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&c->shard[i].lock);
        out->answers += c->shard[i].answers;
        out->bytes += c->shard[i].bytes;
        pthread_mutex_unlock(&c->shard[i].lock);
    }
}

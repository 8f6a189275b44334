#include "base/base.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"

#include <string.h>
#include <sys/random.h>

struct slot {
    const char *key; /* NULL: free */
    uint32_t len, value;
    uint64_t hash;
};

struct map {
    struct slot *slots;
    size_t count, mask;
    uint64_t seed;
    struct arena keys;
};

uint64_t hash_bytes(uint64_t seed, const void *data, size_t len)
{
    const unsigned char *p = data;
    uint64_t h = 0xcbf29ce484222325u ^ seed;
    for (size_t i = 0; i < len; i++) h = (h ^ p[i]) * 0x100000001b3u;
    /* FNV leaves the high bits of short keys poor; one multiply-xor round evens them out. */
    h ^= h >> 32;
    h *= 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

uint64_t hash_long(uint64_t seed, const void *data, size_t len)
{
    const unsigned char *p = data;
    uint64_t lane[4] = {seed ^ 1, seed ^ 2, seed ^ 3, seed ^ 4}, word;
    size_t i = 0;
    for (; i + 32 <= len; i += 32) {
        for (size_t k = 0; k < 4; k++) {
            memcpy(&word, p + i + 8 * k, 8);
            lane[k] = (lane[k] ^ word) * 0x9e3779b97f4a7c15u;
            lane[k] ^= lane[k] >> 29;
        }
    }
    return hash_bytes(hash_bytes(seed ^ len, lane, sizeof lane), p + i, len - i);
}

struct map *map_new(void)
{
    struct map *m = mem_zalloc(1, sizeof *m);
    m->mask = 63;
    m->slots = mem_zalloc(m->mask + 1, sizeof *m->slots);
    /* A seed that could not be drawn stays 0: the map still works, only less guarded. */
    if (getrandom(&m->seed, sizeof m->seed, GRND_NONBLOCK) != (ssize_t)sizeof m->seed) m->seed = 0;
    arena_init(&m->keys);
    return m;
}

void map_free(struct map *m)
{
    if (!m) return;
    arena_free(&m->keys);
    free(m->slots);
    free(m);
}

size_t map_count(const struct map *m)
{
    return m->count;
}

static struct slot *find(const struct map *m, const char *key, size_t len, uint64_t hash)
{
    for (size_t i = hash & m->mask;; i = (i + 1) & m->mask) {
        struct slot *s = &m->slots[i];
        if (!s->key || (s->hash == hash && s->len == len && memcmp(s->key, key, len) == 0))
            return s;
    }
}

static void grow(struct map *m)
{
    struct map old = *m;
    m->mask = m->mask * 2 + 1;
    m->slots = mem_zalloc(m->mask + 1, sizeof *m->slots);
    for (size_t i = 0; i <= old.mask; i++) {
        struct slot *s = &old.slots[i];
        if (s->key) *find(m, s->key, s->len, s->hash) = *s;
    }
    free(old.slots);
}

uint32_t map_get(const struct map *m, const char *key, size_t len)
{
    const struct slot *s = find(m, key, len, hash_bytes(m->seed, key, len));
    return s->key ? s->value : MAP_ABSENT;
}

static uint32_t put(struct map *m, const char *key, size_t len, uint32_t value, bool replace)
{
    if ((m->count + 1) * 4 > (m->mask + 1) * 3) grow(m);
    uint64_t hash = hash_bytes(m->seed, key, len);
    struct slot *s = find(m, key, len, hash);
    if (s->key) {
        if (replace) s->value = value;
        return s->value;
    }
    *s = (struct slot){arena_strndup(&m->keys, key, len), (uint32_t)len, value, hash};
    m->count++;
    return value;
}

uint32_t map_add(struct map *m, const char *key, size_t len, uint32_t value)
{
    return put(m, key, len, value, false);
}

void map_set(struct map *m, const char *key, size_t len, uint32_t value)
{
    put(m, key, len, value, true);
}

bool map_next(const struct map *m, size_t *at, const char **key, size_t *len, uint32_t *value)
{
    while (*at <= m->mask) {
        const struct slot *s = &m->slots[(*at)++];
        if (!s->key) continue;
        *key = s->key;
        *len = s->len;
        *value = s->value;
        return true;
    }
    return false;
}

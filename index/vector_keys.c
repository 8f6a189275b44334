#include "base/base.h"

#include "base/mem.h"
#include "index/sections.h"
#include "index/vector_keys.h"

#include <string.h>

enum { KEYS, SLOTS, SECTIONS };
static const struct sections_format format = {
    {'H', 'N', 'V', 'K', 'E', 'Y', 'S', '\n'}, 1, SECTIONS};

struct vector_keys {
    const struct vector_key *keys;
    const uint32_t *slots; /* an open hash of the records by key; 0: free, else the record + 1 */
    uint32_t n, mask;
    struct sections *file;
};

/* The slot of a key: where it is, or would be. */
static uint32_t slot_of(const struct vector_key *keys, const uint32_t *slots, uint32_t mask,
                        const struct vector_key *key)
{
    uint32_t at;
    memcpy(&at, key->bytes, sizeof at);
    for (at &= mask; slots[at]; at = (at + 1) & mask)
        if (memcmp(&keys[slots[at] - 1], key, sizeof *key) == 0) break;
    return at;
}

static bool is_sound(const struct vector_keys *k)
{
    uint64_t used = 0;
    if (sections_size(k->file, KEYS) != (uint64_t)k->n * sizeof *k->keys || !k->mask ||
        (k->mask & (k->mask + 1)) != 0 || k->mask == UINT32_MAX ||
        sections_size(k->file, SLOTS) != ((uint64_t)k->mask + 1) * sizeof *k->slots ||
        !sections_sound(k->file, SLOTS))
        return false;
    for (uint64_t i = 0; i <= k->mask; i++) {
        if (k->slots[i] > k->n) return false;
        used += k->slots[i] != 0;
    }
    return used <= k->mask;
}

struct vector_keys *vector_keys_open(const char *path)
{
    struct sections *s = sections_open(&format, path);
    if (!s) return NULL;
    struct vector_keys *k = mem_zalloc(1, sizeof *k);
    k->file = s;
    k->keys = sections_at(s, KEYS);
    k->slots = sections_at(s, SLOTS);
    k->n = (uint32_t)(sections_size(s, KEYS) / sizeof *k->keys);
    k->mask = (uint32_t)(sections_size(s, SLOTS) / sizeof *k->slots - 1);
    if (is_sound(k)) return k;
    vector_keys_free(k);
    return NULL;
}

void vector_keys_free(struct vector_keys *k)
{
    if (!k) return;
    sections_free(k->file);
    free(k);
}

uint32_t vector_keys_count(const struct vector_keys *k)
{
    return k->n;
}

const struct vector_key *vector_keys_at(const struct vector_keys *k, uint32_t place)
{
    return &k->keys[place];
}

uint32_t vector_keys_find(const struct vector_keys *k, const struct vector_key *key)
{
    return k->slots[slot_of(k->keys, k->slots, k->mask, key)] - 1;
}

int vector_keys_save(const char *path, const struct vector_key *keys, uint32_t n)
{
    static const struct vector_key none;
    uint64_t mask = 15;
    while (mask / 2 < n) mask = mask * 2 + 1;
    const uint64_t sizes[SECTIONS] = {
        [KEYS] = n * sizeof *keys, [SLOTS] = (mask + 1) * sizeof(uint32_t)};
    struct sections *s = sections_new(&format, sizes, path);
    if (!s) return -1;
    uint32_t *slots = sections_room(s, SLOTS);
    memcpy(sections_room(s, KEYS), keys, n * sizeof *keys);
    memset(slots, 0, (mask + 1) * sizeof *slots);
    for (uint32_t i = 0; i < n; i++)
        if (memcmp(&keys[i], &none, sizeof none) != 0)
            slots[slot_of(keys, slots, (uint32_t)mask, &keys[i])] = i + 1; /* the later wins */
    int rc = sections_keep(s);
    sections_free(s);
    return rc;
}

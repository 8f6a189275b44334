/* Where a segment's vectors are, and what they are in bits, in files codes-SEED.bin: so that a
 * start neither hashes texts nor encodes vectors. */
#include "base/base.h"

#include "base/map.h"
#include "base/mem.h"
#include "index/sections.h"
#include "index/snapshot.h"
#include "index/vector_bits.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Of each part: the places of rows in the cache's file, the first bytes of their keys, and bits. */
enum {
    PLACES,
    PRINTS = PLACES + PART_COUNT,
    BITS = PRINTS + PART_COUNT,
    SECTIONS = BITS + PART_COUNT
};
static const struct sections_format format = {
    {'H', 'N', 'C', 'O', 'D', 'E', 'S', '\n'}, 1, SECTIONS};

/* RECORDS of the cache's file are those that it was made with, and IDENTITY tells them. */
enum { ROWS, DIM, RECORDS, IDENTITY };

static void fill(struct sections *x, const struct segment *s, struct vector_cache *cache, int part)
{
    const float **vectors = mem_alloc(s->rows, sizeof *vectors);
    uint32_t *places = sections_room(x, (size_t)(PLACES + part));
    uint8_t *bits = sections_room(x, (size_t)(BITS + part));
    for (uint32_t row = 0; row < s->rows; row++)
        vectors[row] = segment_vector(s, (enum part)part, row);
    vector_cache_places(cache, vectors, s->rows, places, sections_room(x, (size_t)(PRINTS + part)));
    memset(bits, 0, bits_size(s->rows, s->dim));
    for (uint32_t row = 0; row < s->rows; row++) /* others may be on their way */
        if (places[row] != VECTOR_NOWHERE) bits_copy(bits, row, s->bits[part], row, s->dim);
    free(vectors);
}

int segment_save_codes(struct segment *s, const char *dir, struct vector_cache *cache)
{
    uint32_t n = atomic_load_explicit(&s->n_vectors, memory_order_acquire);
    uint32_t records = cache ? vector_cache_records(cache) : 0;
    if (!s->dim || !records) return 0;
    char *path = segment_path(dir, "codes", s->documents->seed);
    int rc = 0;
    if (n != s->n_saved || access(path, F_OK) != 0) {
        const uint64_t places = s->rows * sizeof(uint32_t), bits = bits_size(s->rows, s->dim);
        uint64_t sizes[SECTIONS];
        for (int part = 0; part < PART_COUNT; part++) {
            sizes[PLACES + part] = sizes[PRINTS + part] = places;
            sizes[BITS + part] = bits;
        }
        struct sections *x = sections_new(&format, sizes, path);
        rc = x ? 0 : -1;
        if (x) {
            uint64_t *given = sections_numbers(x);
            given[ROWS] = s->rows;
            given[DIM] = (uint64_t)s->dim;
            for (int part = 0; part < PART_COUNT; part++) fill(x, s, cache, part);
            given[RECORDS] = vector_cache_records(cache);
            given[IDENTITY] = vector_cache_identity(cache, (uint32_t)given[RECORDS]);
            rc = sections_keep(x);
        }
        int why = errno;
        sections_free(x);
        errno = why;
        if (rc == 0) s->n_saved = n;
    }
    free(path);
    return rc;
}

/* The file, if it is whole and of the vectors that the cache has. */
static struct sections *open_codes(const struct segment *s, const char *dir,
                                   struct vector_cache *cache)
{
    char *path = segment_path(dir, "codes", s->documents->seed);
    struct sections *x = sections_open(&format, path);
    free(path);
    if (!x) return NULL;
    const uint64_t *given = sections_given(x);
    bool good = given[ROWS] == s->rows && given[DIM] == (uint64_t)s->dim &&
                given[RECORDS] < VECTOR_NOWHERE && given[IDENTITY] != 0 &&
                given[IDENTITY] == vector_cache_identity(cache, (uint32_t)given[RECORDS]);
    for (size_t i = 0; good && i < SECTIONS; i++)
        good = sections_size(x, i) ==
               (i < (size_t)BITS ? s->rows * sizeof(uint32_t) : bits_size(s->rows, s->dim));
    if (good && sections_first_sound(x, SECTIONS)) return x;
    sections_free(x);
    return NULL;
}

bool segment_read_codes(struct segment *s, const char *dir, struct vector_cache *cache)
{
    struct sections *x = s->dim && cache ? open_codes(s, dir, cache) : NULL;
    if (!x) return false;
    const float **vectors = mem_alloc(s->rows, sizeof *vectors);
    for (int part = 0; part < PART_COUNT; part++) {
        vector_cache_lend_at(cache, sections_at(x, (size_t)(PLACES + part)), s->rows, vectors);
        memcpy(s->bits[part], sections_at(x, (size_t)(BITS + part)), bits_size(s->rows, s->dim));
        for (uint32_t row = 0; row < s->rows; row++)
            if (vectors[row]) segment_restore_vector(s, (enum part)part, row, vectors[row]);
    }
    free(vectors);
    s->codes = x;
    s->n_saved = atomic_load_explicit(&s->n_vectors, memory_order_relaxed);
    return true;
}

int segment_check_vectors(const struct segment *s, struct vector_cache *cache,
                          bool (*go_on)(void *ctx, size_t bytes), void *ctx)
{
    enum { SOME = 256 };
    for (int part = 0; s->codes && part < PART_COUNT; part++) {
        const uint32_t *places = sections_at(s->codes, (size_t)(PLACES + part));
        const uint32_t *prints = sections_at(s->codes, (size_t)(PRINTS + part));
        for (uint32_t row = 0; row < s->rows; row++) {
            if (row % SOME == 0 && !go_on(ctx, SOME * (size_t)s->dim * sizeof(float))) return -1;
            if (places[row] != VECTOR_NOWHERE &&
                !vector_cache_sound(cache, places[row], prints[row]))
                return 0;
        }
    }
    return 1;
}

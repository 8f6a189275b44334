/* vector_cache.h - vectors kept on disk, so that no text is embedded twice.
 *
 * A vector is found by the model's identity, the embed kind and the text (128 bits of BLAKE2b).
 * One append-only file for each model, DIR/vectors-<16 hex digits of the model>.bin, that can be
 * deleted at any time:
 *
 *   header: "HNVECT1\n", u32 byte order mark 0x01020304, u32 dim, model id in 64 bytes, u64
 * checksum records of equal size: 16 bytes key, dim x f32, u64 checksum of both
 *
 * Every record is checked when it is read, so that a torn write, a bit that flipped or a foreign
 * file costs time (the text is embedded again) but never yields a wrong vector. Several processes
 * may use the file at once: they append under flock and read what the others appended.
 *
 * A directory that cannot be written to is no error: what is new is then kept in memory only. */
#ifndef HN_INDEX_VECTOR_CACHE_H
#define HN_INDEX_VECTOR_CACHE_H

#include "index/embedder.h"

/* Thread-safe but for vector_cache_free. */
struct vector_cache;

struct vector_key {
    unsigned char bytes[16];
};

/* Opens the file of the model (embedder_id, at most 63 bytes) in dir, which is created with its
 * parents where they are missing. dir NULL: memory only. Never fails: whatever is wrong with the
 * directory or the file is logged as a warning and worked around; a file with another header is
 * renamed to NAME.bad. dim >= 1. */
struct vector_cache *vector_cache_open(const char *dir, const char *model, int dim)
    __attribute__((returns_nonnull));
void vector_cache_free(struct vector_cache *c);

/* Vectors found so far in the file and in memory. */
size_t vector_cache_count(struct vector_cache *c);

/* The key of a text embedded as kind. */
struct vector_key vector_key(enum embed_kind kind, const char *text);

/* Copies the vector of key to out (dim floats); false when it is not there. */
bool vector_cache_get(struct vector_cache *c, const struct vector_key *key, float *out);
/* The vector where it lies in the file, mapped and read-only: in no memory but the system's cache
 * of the file. It was checked, and stays until vector_cache_free, also when the file is deleted or
 * grows; shortened the file may not be meanwhile. NULL when it is not there, or not in a file. */
const float *vector_cache_lend(struct vector_cache *c, const struct vector_key *key);
/* For what is kept of an index (segment_codes.c). Records of the file have numbers, their places,
 * from 0 in the order they were added; a record never changes its place.
 *   vector_cache_identity  a hash of some of the first n records' keys: equal for files that agree
 *                          in these records, and no others. 0: there are no n records in a file.
 *   vector_cache_lend_at   the vectors at n places, or NULL where there is none: what
 *                          vector_cache_lend would return, but unchecked. They lie where they were
 *                          written unless the disk changed them, which vector_cache_sound finds
 * out. vector_cache_places    the places of n vectors that were lent, with VECTOR_NOWHERE for
 * others, and the first bytes of their keys. vector_cache_sound     reads a record from the file:
 * is it what was written there, and of that key? vector_cache_keep      writes the keys of all
 * records to a file beside it, if many are new: the next vector_cache_open reads that instead of
 * all vectors. */
#define VECTOR_NOWHERE UINT32_MAX
uint64_t vector_cache_identity(struct vector_cache *c, uint32_t n);
void vector_cache_lend_at(struct vector_cache *c, const uint32_t *places, size_t n,
                          const float **out);
void vector_cache_places(struct vector_cache *c, const float *const *vectors, size_t n,
                         uint32_t *places, uint32_t *prints);
bool vector_cache_sound(struct vector_cache *c, uint32_t place, uint32_t print);
void vector_cache_keep(struct vector_cache *c);
/* Records in the file. */
uint32_t vector_cache_records(struct vector_cache *c);

/* Adds n vectors, n x dim floats; keys that are there already are skipped. When the disk refuses,
 * they are kept in memory (and the log says so once). */
void vector_cache_put(struct vector_cache *c, const struct vector_key *keys, const float *vectors,
                      size_t n);

/* embedder_embed through the cache: out (n x dim floats) is filled from it where it can be, the
 * rest is embedded and added. *embedded (may be NULL) counts the texts that had to be embedded.
 * Errors: those of embedder_embed. The cache must be of the embedder's model. */
int vector_cache_embed(struct vector_cache *c, struct embedder *e, enum embed_kind kind,
                       const char *const *texts, size_t n, float *out, size_t *embedded,
                       struct err *err);

#endif

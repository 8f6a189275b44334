/* snapshot.h - what a snapshot is made of; for the engine's own files, users include engine.h.
 *
 *   engine.c    the write side: updates, swapping snapshots, merging in the background, embedding
 *   shelf.c     the segments of a kind, and which of them are merged
 *   kept.c      an index in files, for the next start
 *   segment.c   segments of documents
 *   documents.c the records of a segment
 *   snapshot.c  the read side: documents, owners, vectors; putting a snapshot together
 *   words.c     the formula of lexical.h over a snapshot
 *   search.c    cosines over a snapshot, and the best of them
 *
 * Ownership is by reference counts: a snapshot holds shelves and links, a shelf holds segments.
 * Each is immutable once shared, except for the vectors of a segment. */
#ifndef HN_INDEX_SNAPSHOT_H
#define HN_INDEX_SNAPSHOT_H

#include "base/map.h"
#include "index/documents.h"
#include "index/engine.h"
#include "index/pieces.h"

#include <stdatomic.h>

/* Rows of numbers: row i is values[offsets[i]] up to values[offsets[i + 1]]. */
struct rows {
    uint32_t *offsets, *values;
};

/* A run of documents with their words and vectors. Row r is document r. */
struct segment {
    atomic_uint refs;
    uint32_t rows;
    int dim; /* 0: no vectors */
    struct documents *documents;
    struct pieces_rows *pieces; /* NULL: none are measured by */
    struct lexical *lexical;
    struct rows owners; /* of each row: handles, no handle twice */
    uint32_t *handles;  /* of organisations: the number of each in the engine's table of uids */
    /* Vectors appear in place: the row is written, then where it is, with release order; who sees
     * that with acquire order may read the row. A row is written once, by one thread. It lies in
     * the segment's own memory, of which pages that are not used cost nothing, or is lent by the
     * cache of vectors, which maps its file. */
    _Atomic(const float *) *at[PART_COUNT];
    float *own[PART_COUNT];
    /* The vectors again in bits, for searching them (vector_bits.h): bits_size(rows, dim) bytes.
     * One word for each of its blocks tells which rows may be read: a row's bit is set, with
     * release order, when all of the above is there, and from the start where nothing will come. */
    uint8_t *bits[PART_COUNT];
    _Atomic(uint32_t) *ready[PART_COUNT];
    /* For segment_codes.c: how many vectors there are, and are in the file; what was read of it. */
    _Atomic(uint32_t) n_vectors;
    uint32_t n_saved;
    struct sections *codes;
};

/* The words of rows of a segment that are gone: what to take off how often a term is in the
 * segment. */
struct ghost {
    atomic_uint refs;
    struct lexical *words;
};
enum { GHOSTS_MAX = 12 };
struct ghosts {
    size_t n;
    struct ghost *at[GHOSTS_MAX];
};

enum {
    /* Merged, segments shrink from first to last by more than half, so a dozen would do for a
     * million documents; the rest of the room is for those that wait to be merged. */
    SHELF_SEGMENTS = 40,
    /* Up to so many rows are merged by the update that brings the last of them: some 10 ms. More
     * are left to the background. */
    MERGE_AT_ONCE = 8192
};

/* All documents of one kind. */
struct shelf {
    atomic_uint refs;
    size_t n_segments;
    struct segment *segments[SHELF_SEGMENTS];
    uint32_t first[SHELF_SEGMENTS + 1]; /* ordinal of row 0; the last one is the size */
    uint32_t segment_live[SHELF_SEGMENTS];
    struct ghosts ghosts[SHELF_SEGMENTS];
    uint8_t *live; /* by ordinal: 1 is there, 0 was deleted or replaced */
    uint32_t n_live;
    uint64_t texts, length[PART_COUNT]; /* sums over live documents */
};

/* Who owns what, in ordinals. */
struct links {
    atomic_uint refs;
    struct rows needs, capabilities; /* ordinal -> organisations */
    struct rows owned;               /* organisation -> capabilities */
    uint64_t *org_length;            /* of each organisation's capabilities together, PART_ALL */
    uint32_t owners;                 /* organisations with a capability */
    uint64_t length;                 /* sum of org_length */
};

/* What every document of a kind as a query divides its sum by (lexical.h), given the idf of another
 * kind: made when first asked for, NULL until then. */
struct scales {
    _Atomic(float *) of[KIND_COUNT][KIND_COUNT][PART_COUNT]; /* [seekers][offers][part] */
};

struct snapshot {
    atomic_uint refs;
    int64_t seq;
    uint64_t mark; /* engine_mark; 0: none */
    uint64_t generation;
    int dim;
    struct pool *pool;
    const struct pieces *pieces; /* the engine's; NULL: the model has none */
    struct shelf *shelves[KIND_COUNT];
    struct links *links;
    struct scales *scales;
};

/* segment.c */
/* What segments are made with, the engine's: one thread at a time, which adds to handles and
 * pieces. */
struct segment_tools {
    int dim;                           /* 0: without vectors */
    struct map *handles;               /* uid of an organisation -> its number */
    struct pieces *pieces;             /* NULL: the model has none */
    struct pool *pool;                 /* helps with many documents; NULL: nobody */
    struct analyzer *const *analyzers; /* one for each thread of the pool */
};
/* Are records of the kind embedded, and measured, as who seeks? */
bool kind_seeks(enum kind kind);
/* A segment of n records of one kind. */
struct segment *segment_new(const struct record *const *records, uint32_t n, enum kind kind,
                            const struct segment_tools *tools) __attribute__((returns_nonnull));
/* The rows with keep[i][row] of n >= 1 segments, one after another, with the vectors they have.
 * With dir, records, words and pieces lie in files there, if it has room. */
struct segment *segment_merge(struct segment *const *segments, const uint8_t *const *keep, size_t n,
                              struct pieces *pieces, const char *dir)
    __attribute__((returns_nonnull));
/* Writes what of a segment is not yet in files to dir. 0, or -1 with errno. */
int segment_save(const struct segment *s, const char *dir);
/* The segment of the files in dir, without vectors; NULL when one is missing or not sound, but
 * pieces, which are then cut anew. */
struct segment *segment_open(const char *dir, uint64_t seed, const struct segment_tools *tools);
void segment_release(struct segment *s);
/* Gives a segment of zeros room for rows x dim vectors (dim 0: none), all missing: for
 * segment_new and the like, and where there is nothing but vectors. */
void segment_vectors_new(struct segment *s, uint32_t rows, int dim);
/* Nothing will come to a row: those beside it are searched the faster. */
void segment_expect_none(struct segment *s, uint32_t row);
/* The vector of a row, or NULL while there is none. */
const float *segment_vector(const struct segment *s, enum part part, uint32_t row);
/* Puts a vector into a row that has none: a copy of it, or itself, to stay as long as the segment.
 * One thread at a time for one row. */
void segment_set_vector(struct segment *s, enum part part, uint32_t row, const float *vector);
void segment_lend_vector(struct segment *s, enum part part, uint32_t row, const float *vector);

/* The vector of a row of which the bits are there. */
void segment_restore_vector(struct segment *s, enum part part, uint32_t row, const float *vector);

/* segment_codes.c */
/* Writes what is known of a segment's vectors to a file in dir, unless nothing is new. One thread
 * at a time. 0, or -1 with errno. */
int segment_save_codes(struct segment *s, const char *dir, struct vector_cache *cache);
/* Gives a segment that is not shared yet the vectors it had; false when the file is not there, not
 * whole, or of another cache. Which bytes the vectors are is not looked at. */
bool segment_read_codes(struct segment *s, const char *dir, struct vector_cache *cache);
/* Are they what they were? 1, 0 no, -1 told not to go on (sections_check). */
int segment_check_vectors(const struct segment *s, struct vector_cache *cache,
                          bool (*go_on)(void *ctx, size_t bytes), void *ctx);

/* The words of n rows (rows NULL: the first n). */
struct lexical *documents_words(const struct documents *d, const uint32_t *rows, uint32_t n,
                                struct pool *pool, struct analyzer *const *analyzers)
    __attribute__((returns_nonnull));

/* shelf.c */
struct shelf *shelf_empty(void) __attribute__((returns_nonnull));
void shelf_release(struct shelf *s);
/* Where an ordinal is: its segment's number, and *row. */
size_t shelf_locate(const struct shelf *s, uint32_t ord, uint32_t *row);
/* The shelf without the documents of n_dead ordinals, which ascend, and with a segment more (taken;
 * NULL: none), what is small merged. The first `busy` segments stay where they are: a merge of them
 * is under way. old must have room, fewer than SHELF_SEGMENTS segments. */
struct shelf *shelf_update(const struct shelf *old, const uint32_t *dead, size_t n_dead,
                           struct segment *fresh, size_t busy, const struct segment_tools *tools)
    __attribute__((returns_nonnull));
/* Is there a merge to be done in the background? Of segments [*from, *to). */
bool shelf_wants_merge(const struct shelf *s, size_t *from, size_t *to);
/* The shelf with `merged` (taken) in the place of its segments [from, to). merged was made of what
 * was live in the earlier shelf `then`; what died since, and the vectors that came, are brought
 * over. */
struct shelf *shelf_put_merged(const struct shelf *old, size_t from, size_t to,
                               const struct shelf *then, struct segment *merged,
                               const struct segment_tools *tools) __attribute__((returns_nonnull));
/* The shelf with a segment (taken) among the others, by size, of which some rows are there. Nothing
 * may be busy. */
struct shelf *shelf_insert(const struct shelf *old, struct segment *restored, const uint8_t *live,
                           const struct segment_tools *tools) __attribute__((returns_nonnull));
/* In how many of the documents that are gone the part holds the term. */
uint32_t ghosts_df(const struct ghosts *g, enum part part, const char *term, size_t len);

/* snapshot.c */
struct links *links_new(struct shelf *const shelves[KIND_COUNT], size_t handles)
    __attribute__((returns_nonnull));
void links_release(struct links *l);

#endif

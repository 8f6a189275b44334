#include "base/base.h"

#include "base/pool.h"
#include "index/snapshot.h"
#include "index/vector_scan.h"

#include <math.h>

enum {
    BLOCK_ROWS = 1024, /* fixed, so that a cosine does not depend on the number of threads */
    /* Below this, spreading the work gains less than waiting for the pool may cost: it can be
     * taken for tenths of a second by an embedding, and 64 k rows are 8 ms of one core. */
    POOL_ROWS = 65536
};

struct scan {
    const struct shelf *shelf;
    enum part part;
    const float *q;
    float *cos;
    uint32_t block_of[SHELF_SEGMENTS + 1]; /* number of the first block of each segment */
};

/* One block: runs of rows that have a vector go through the matrix product, the rest is NaN. */
static void scan_block(void *ctx, size_t block, int worker)
{
    (void)worker;
    const struct scan *scan = ctx;
    const struct shelf *shelf = scan->shelf;
    size_t i = 0;
    while (block >= scan->block_of[i + 1]) i++;
    const struct segment *s = shelf->segments[i];
    const uint8_t *live = shelf->live + shelf->first[i];
    float *out = scan->cos + shelf->first[i];
    uint32_t row = (uint32_t)(block - scan->block_of[i]) * BLOCK_ROWS;
    uint32_t end = MIN(row + BLOCK_ROWS, s->rows);
    while (row < end) {
        uint32_t from = row;
        const float *vectors = segment_vector(s, scan->part, row);
        while (row < end && live[row] && segment_vector(s, scan->part, row)) row++;
        vector_scan(vectors, row - from, s->dim, scan->q, out + from);
        while (row < end && !(live[row] && segment_vector(s, scan->part, row))) out[row++] = NAN;
    }
}

void snapshot_cosine(const struct snapshot *s, enum kind kind, enum part part, const float *q,
                     float *cos)
{
    const struct shelf *shelf = s->shelves[kind];
    struct scan scan = {.shelf = shelf, .part = part, .q = q, .cos = cos};
    uint32_t size = shelf->first[shelf->n_segments];
    for (size_t i = 0; i < shelf->n_segments; i++)
        scan.block_of[i + 1] =
            scan.block_of[i] + (shelf->segments[i]->rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    size_t blocks = scan.block_of[shelf->n_segments];
    if (!s->dim) {
        for (uint32_t ord = 0; ord < size; ord++) cos[ord] = NAN;
    } else if (size > POOL_ROWS && s->pool) {
        pool_run(s->pool, blocks, scan_block, &scan);
    } else {
        for (size_t block = 0; block < blocks; block++) scan_block(&scan, block, 0);
    }
}

/* ---- cover ----------------------------------------------------------------------------------- */

/* The pieces of each live document of a kind, in turn. */
static const struct document_pieces *pieces_at(const struct shelf *shelf, uint32_t ord)
{
    uint32_t row;
    if (!shelf->live[ord]) return NULL;
    size_t i = shelf_locate(shelf, ord, &row);
    return shelf->segments[i]->documents[row]->pieces;
}

void snapshot_cover(const struct snapshot *s, enum kind kind, bool seeks, const char *title,
                    const char *text, float *capability, float *need)
{
    const struct shelf *shelf = s->shelves[kind];
    uint32_t size = shelf->first[shelf->n_segments];
    struct arena arena;
    struct cover_query q;
    arena_init(&arena);
    if (s->pieces) pieces_query(s->pieces, title, text, &arena, &q);
    for (uint32_t ord = 0; ord < size; ord++) {
        const struct document_pieces *d = pieces_at(shelf, ord);
        struct covers c = d ? pieces_cover(s->pieces, &q, d, seeks) : (struct covers){NAN, NAN};
        capability[ord] = c.capability;
        need[ord] = c.need;
    }
    arena_free(&arena);
}

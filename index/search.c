#include "base/base.h"

#include "base/mem.h"
#include "base/pool.h"
#include "index/snapshot.h"
#include "index/vector_bits.h"
#include "index/vector_scan.h"

#include <math.h>
#include <string.h>

enum {
    BLOCK_ROWS = 1024, /* a multiple of BITS_BLOCK */
    /* Below this, spreading the work gains less than waiting for the pool may cost: it can be
     * taken for tenths of a second by an embedding, and 64 k rows are 8 ms of one core; the same in
     * bits half a millisecond of four times as many. */
    POOL_ROWS = 65536,
    POOL_BITS = 4 * POOL_ROWS,
    /* Of some documents each vector comes from somewhere else: several times as long. */
    SOME_ROWS = 256,
    POOL_SOME = 8192,
    /* So many for each that is wanted, and some more, are compared first: how great their cosines
     * are tells what else to compare. */
    SEEM = 8,
    SEEM_LEAST = 32
};
/* So many standard deviations an estimate may be too low. Of the best hundred of a million one in
 * five hundred was missed, of the best ten none. */
static const float DEVIATIONS = 2.5f;

struct scan {
    const struct shelf *shelf;
    enum part part;
    uint32_t block_of[SHELF_SEGMENTS + 1]; /* number of the first block of each segment */
    const float *q;
    float *cos;
    struct bits_query bits;
    const uint8_t *allowed;  /* may be NULL */
    float least;             /* estimate that is compared in full */
    struct vector_top *tops; /* one for each worker; may be NULL */
};

/* Some rows of one segment. */
struct block {
    const struct segment *segment;
    uint32_t first;     /* ordinal of row 0 of the segment */
    uint32_t from, end; /* rows */
};

static struct block block_at(const struct scan *scan, size_t block)
{
    size_t i = 0;
    while (block >= scan->block_of[i + 1]) i++;
    const struct segment *s = scan->shelf->segments[i];
    uint32_t from = (uint32_t)(block - scan->block_of[i]) * BLOCK_ROWS;
    return (struct block){s, scan->shelf->first[i], from, MIN(from + BLOCK_ROWS, s->rows)};
}

static void scan_run(struct scan *scan, struct pool *pool, uint32_t pool_rows,
                     void (*one)(void *, size_t, int))
{
    const struct shelf *shelf = scan->shelf;
    for (size_t i = 0; i < shelf->n_segments; i++)
        scan->block_of[i + 1] =
            scan->block_of[i] + (shelf->segments[i]->rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    size_t blocks = scan->block_of[shelf->n_segments];
    if (shelf->first[shelf->n_segments] > pool_rows && pool)
        pool_run(pool, blocks, one, scan);
    else
        for (size_t block = 0; block < blocks; block++) one(scan, block, 0);
}

/* ---- all cosines ----------------------------------------------------------------------------- */

static void cosines(void *ctx, size_t block, int worker)
{
    (void)worker;
    const struct scan *scan = ctx;
    struct block b = block_at(scan, block);
    const uint8_t *live = scan->shelf->live + b.first;
    float *out = scan->cos + b.first, score[BLOCK_ROWS];
    const float *vectors[BLOCK_ROWS] = {0};
    uint32_t at[BLOCK_ROWS];
    size_t n = 0;
    for (uint32_t row = b.from; row < b.end; row++) {
        const float *v = live[row] ? segment_vector(b.segment, scan->part, row) : NULL;
        out[row] = NAN;
        vectors[n] = v;
        at[n] = row;
        n += v != NULL;
    }
    vector_dots(vectors, n, b.segment->dim, scan->q, score);
    for (size_t i = 0; i < n; i++) out[at[i]] = score[i];
}

void snapshot_cosine(const struct snapshot *s, enum kind kind, enum part part, const float *q,
                     float *cos)
{
    const struct shelf *shelf = s->shelves[kind];
    struct scan scan = {.shelf = shelf, .part = part, .q = q, .cos = cos};
    if (s->dim)
        scan_run(&scan, s->pool, POOL_ROWS, cosines);
    else
        for (uint32_t ord = 0; ord < shelf->first[shelf->n_segments]; ord++) cos[ord] = NAN;
}

/* Some documents against one vector. */
struct some {
    const struct snapshot *s;
    enum kind kind;
    enum part part;
    const float *q;
    const uint32_t *ordinals;
    size_t n;
    float *cos;
};

static void some_cosines(void *ctx, size_t block, int worker)
{
    (void)worker;
    const struct some *x = ctx;
    size_t from = block * SOME_ROWS, end = MIN(x->n, from + SOME_ROWS), n = 0;
    const float *vectors[SOME_ROWS] = {0};
    float score[SOME_ROWS];
    size_t at[SOME_ROWS];
    for (size_t i = from; i < end; i++) {
        vectors[n] = snapshot_vector(x->s, x->kind, x->part, x->ordinals[i]);
        at[n] = i;
        n += vectors[n] != NULL;
        x->cos[i] = NAN;
    }
    vector_dots(vectors, n, x->s->dim, x->q, score);
    for (size_t i = 0; i < n; i++) x->cos[at[i]] = score[i];
}

void snapshot_cosine_of(const struct snapshot *s, enum kind kind, enum part part, const float *q,
                        const uint32_t *ordinals, size_t n, float *cos)
{
    struct some x = {s, kind, part, q, ordinals, n, cos};
    size_t blocks = (n + SOME_ROWS - 1) / SOME_ROWS;
    if (n > POOL_SOME && s->pool)
        pool_run(s->pool, blocks, some_cosines, &x);
    else
        for (size_t block = 0; block < blocks; block++) some_cosines(&x, block, 0);
}

/* ---- about all cosines ----------------------------------------------------------------------- */

/* Of n estimates, NAN for those that are not ready, not there or not allowed. */
static void leave_out(float *about, uint32_t n, uint32_t ready, const uint8_t *live,
                      const uint8_t *allowed)
{
    uint8_t all = ready == UINT32_MAX;
    for (uint32_t i = 0; i < n; i++) all &= (live[i] != 0) & (allowed[i] != 0);
    for (uint32_t i = 0; !all && i < n; i++)
        if (!(ready >> i & 1) || !live[i] || !allowed[i]) about[i] = NAN;
}

static void cosines_about(void *ctx, size_t block, int worker)
{
    const struct scan *scan = ctx;
    struct block b = block_at(scan, block);
    const struct segment *s = b.segment;
    const uint8_t *live = scan->shelf->live + b.first;
    const uint8_t *allowed = scan->allowed ? scan->allowed + b.first : live;
    float *out = scan->cos + b.first, about[BLOCK_ROWS];
    for (uint32_t row = b.from; row < b.end; row += BITS_BLOCK) {
        float *some = about + (row - b.from);
        uint32_t n = MIN((uint32_t)BITS_BLOCK, b.end - row);
        uint32_t ready =
            atomic_load_explicit(&s->ready[scan->part][row / BITS_BLOCK], memory_order_acquire);
        bits_scan(&scan->bits, s->bits[scan->part], row / BITS_BLOCK, ready, some);
        leave_out(some, n, ready, live + row, allowed + row);
    }
    memcpy(out + b.from, about, (b.end - b.from) * sizeof *out);
    if (scan->tops)
        vector_top_scan(&scan->tops[worker], about, b.end - b.from, b.first + b.from, NULL);
}

void snapshot_cosine_about(const struct snapshot *s, enum kind kind, enum part part, const float *q,
                           float *cos)
{
    const struct shelf *shelf = s->shelves[kind];
    struct scan scan = {.shelf = shelf, .part = part, .cos = cos};
    if (!s->dim) {
        for (uint32_t ord = 0; ord < shelf->first[shelf->n_segments]; ord++) cos[ord] = NAN;
        return;
    }
    bits_query_init(&scan.bits, q, s->dim);
    scan_run(&scan, s->pool, POOL_BITS, cosines_about);
    bits_query_free(&scan.bits);
}

/* ---- the greatest ---------------------------------------------------------------------------- */

/* Compares in full what may be among the greatest. */
static void compare(void *ctx, size_t block, int worker)
{
    const struct scan *scan = ctx;
    struct block b = block_at(scan, block);
    const float *about = scan->cos + b.first;
    const float *vectors[BLOCK_ROWS];
    float score[BLOCK_ROWS];
    uint32_t at[BLOCK_ROWS];
    size_t n = 0;
    for (uint32_t from = b.from; from < b.end; from += BITS_BLOCK) {
        uint32_t end = MIN(from + BITS_BLOCK, b.end);
        int any = 0; /* mostly there is none among so many */
        for (uint32_t row = from; row < end; row++) any |= about[row] >= scan->least;
        for (uint32_t row = from; any && row < end; row++) {
            at[n] = row;
            n += about[row] >= scan->least;
        }
    }
    for (size_t i = 0; i < n; i++) {
        vectors[i] = segment_vector(b.segment, scan->part, at[i]);
        at[i] += b.first;
    }
    vector_dots(vectors, n, b.segment->dim, scan->q, score);
    vector_top_scan(&scan->tops[worker], score, n, 0, at);
}

/* Room for the best `most` of each worker. */
static void tops_init(struct scan *scan, size_t threads, size_t most)
{
    scan->tops = mem_alloc(threads, sizeof *scan->tops);
    struct vector_hit *room = mem_alloc(threads * most, sizeof *room);
    for (size_t w = 0; w < threads; w++)
        scan->tops[w] = (struct vector_top){.most = most, .hits = room + w * most};
}

static void tops_free(struct scan *scan)
{
    free(scan->tops[0].hits);
    free(scan->tops);
}

/* Of all workers, in tops[0]. */
static void tops_join(struct scan *scan, size_t threads)
{
    for (size_t w = 1; w < threads; w++)
        for (size_t i = 0; i < scan->tops[w].n; i++)
            vector_top_add(&scan->tops[0], scan->tops[w].hits[i]);
}

/* Of which estimate on a document may be among the k greatest: no less than the k best of those
 * that seem so, and their estimates may be off. */
static float least_estimate(const struct snapshot *s, enum kind kind, const struct scan *scan,
                            size_t k)
{
    const struct vector_top *seem = &scan->tops[0];
    if (seem->n < seem->most) return -INFINITY; /* these are all */
    float least = INFINITY;
    uint32_t *at = mem_alloc(seem->n, sizeof *at);
    float *cos = mem_alloc(seem->n, sizeof *cos);
    for (size_t i = 0; i < seem->n; i++) {
        at[i] = seem->hits[i].row;
        least = MIN(least, seem->hits[i].score);
    }
    snapshot_cosine_of(s, kind, scan->part, scan->q, at, seem->n, cos);
    struct vector_top best = {.most = k, .hits = mem_alloc(k, sizeof *best.hits)};
    vector_top_scan(&best, cos, seem->n, 0, at);
    if (best.n == k) {
        float worst = best.hits[0].score;
        least = MIN(least, worst - DEVIATIONS * bits_error(s->dim, worst));
    }
    free(best.hits);
    free(cos);
    free(at);
    return least;
}

size_t snapshot_cosine_top(const struct snapshot *s, enum kind kind, enum part part, const float *q,
                           size_t k, const uint8_t *allowed, struct scored *out)
{
    const struct shelf *shelf = s->shelves[kind];
    size_t size = shelf->first[shelf->n_segments];
    if (!s->dim || !size || !k) return 0;
    k = MIN(k, size);
    size_t threads = s->pool ? (size_t)pool_threads(s->pool) : 1;
    struct scan scan = {.shelf = shelf, .part = part, .q = q, .allowed = allowed};
    scan.cos = mem_alloc(size, sizeof *scan.cos);

    tops_init(&scan, threads, MIN(size, k * SEEM + SEEM_LEAST));
    bits_query_init(&scan.bits, q, s->dim);
    scan_run(&scan, s->pool, POOL_BITS, cosines_about);
    bits_query_free(&scan.bits);
    tops_join(&scan, threads);
    scan.least = least_estimate(s, kind, &scan, k);
    tops_free(&scan);

    tops_init(&scan, threads, k);
    scan_run(&scan, s->pool, POOL_BITS, compare);
    tops_join(&scan, threads);
    struct vector_top *best = &scan.tops[0];
    vector_top_sort(best);
    size_t n = best->n;
    for (size_t i = 0; i < n; i++) out[i] = (struct scored){best->hits[i].row, best->hits[i].score};
    tops_free(&scan);
    free(scan.cos);
    return n;
}

/* ---- cover ----------------------------------------------------------------------------------- */

void snapshot_cover(const struct snapshot *s, enum kind kind, bool seeks, const char *title,
                    const char *text, float *capability, float *need)
{
    const struct shelf *shelf = s->shelves[kind];
    struct arena arena;
    struct cover_query q;
    arena_init(&arena);
    if (s->pieces) pieces_query(s->pieces, title, text, NULL, &arena, &q);
    for (size_t i = 0; i < shelf->n_segments; i++) {
        const struct segment *segment = shelf->segments[i];
        for (uint32_t row = 0; row < segment->rows; row++) {
            uint32_t ord = shelf->first[i] + row;
            struct covers c = {NAN, NAN};
            if (segment->pieces && shelf->live[ord]) {
                struct document_pieces d = pieces_rows_at(segment->pieces, row);
                c = pieces_cover(s->pieces, &q, &d, seeks);
            }
            capability[ord] = c.capability;
            need[ord] = c.need;
        }
    }
    arena_free(&arena);
}

/* Some documents against one query. */
struct covering {
    const struct snapshot *s;
    bool seeks;
    struct document_pieces *pieces; /* without number where there are none */
    size_t n;
    struct cover_query query;
    float *capability, *need;
};

static void cover_block(void *ctx, size_t block, int worker)
{
    (void)worker;
    const struct covering *x = ctx;
    for (size_t i = block * BLOCK_ROWS; i < MIN(x->n, (block + 1) * BLOCK_ROWS); i++) {
        struct covers c = {NAN, NAN};
        if (x->pieces[i].number) c = pieces_cover(x->s->pieces, &x->query, &x->pieces[i], x->seeks);
        x->capability[i] = c.capability;
        x->need[i] = c.need;
    }
}

void snapshot_cover_of(const struct snapshot *s, enum kind kind, bool seeks, const char *title,
                       const char *text, const uint32_t *ordinals, size_t n, float *capability,
                       float *need)
{
    const struct shelf *shelf = s->shelves[kind];
    struct covering x = {.s = s, .seeks = seeks, .n = n, .capability = capability, .need = need};
    struct arena arena;
    arena_init(&arena);
    x.pieces = arena_zalloc(&arena, n + 1, sizeof *x.pieces);
    for (size_t i = 0; i < n; i++) {
        uint32_t row;
        const struct segment *segment = shelf->segments[shelf_locate(shelf, ordinals[i], &row)];
        if (segment->pieces && shelf->live[ordinals[i]])
            x.pieces[i] = pieces_rows_at(segment->pieces, row);
    }
    size_t blocks = (n + BLOCK_ROWS - 1) / BLOCK_ROWS;
    struct pool *pool = blocks > 1 ? s->pool : NULL;
    if (s->pieces) pieces_query(s->pieces, title, text, pool, &arena, &x.query);
    if (pool)
        pool_run(pool, blocks, cover_block, &x);
    else
        for (size_t block = 0; block < blocks; block++) cover_block(&x, block, 0);
    arena_free(&arena);
}

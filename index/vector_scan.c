#include "base/base.h"

#include "base/mem.h"
#include "base/pool.h"
#include "index/vector_scan.h"

#include <cblas.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#define ALWAYS static inline __attribute__((always_inline))
enum { LANES = 8 };
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef float lanes_in_memory
    __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));

/* ---- dot products ---------------------------------------------------------------------------- */

/* Up to 4 rows with `asks` (1 or 2) queries: out[ask * stride + row]. Product and sum are two
 * statements: no compiler may fuse them, and round once instead of twice. */
ALWAYS void dots_tile(const float *const *rows, size_t n, size_t dim, const float *q, size_t asks,
                      float *out, size_t stride)
{
    enum { ROWS = 4, ASKS = 2 };
    const float *row[ROWS];
    lanes sum[ASKS][ROWS] = {{{0}}};
    for (size_t k = 0; k < ROWS; k++) row[k] = rows[MIN(k, n - 1)];
    size_t d = 0;
    for (; d + LANES <= dim; d += LANES) {
        lanes ask[ASKS];
        for (size_t a = 0; a < asks; a++) ask[a] = *(const lanes_in_memory *)(q + a * dim + d);
        for (size_t k = 0; k < ROWS; k++) {
            const lanes r = *(const lanes_in_memory *)(row[k] + d);
            for (size_t a = 0; a < asks; a++) {
                const lanes product = r * ask[a];
                sum[a][k] += product;
            }
        }
    }
    for (size_t a = 0; a < asks; a++)
        for (size_t k = 0; k < n; k++) {
            const lanes s = sum[a][k];
            float total = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
            for (size_t e = d; e < dim; e++) {
                const float product = row[k][e] * q[a * dim + e];
                total += product;
            }
            out[a * stride + k] = total;
        }
}

ALWAYS void dots(const float *const *rows, size_t n, size_t dim, const float *q, float *out)
{
    for (size_t i = 0; i < n; i += 4)
        dots_tile(rows + i, MIN(n - i, (size_t)4), dim, q, 1, out + i, n);
}

/* Some rows, which stay in the first cache, with every query. */
ALWAYS void dots_many(const float *const *rows, size_t n, size_t dim, const float *q, size_t n_q,
                      float *out)
{
    enum { ROWS = 16 };
    for (size_t from = 0; from < n; from += ROWS) {
        size_t end = MIN(n, from + (size_t)ROWS), a = 0;
        for (; a + 2 <= n_q; a += 2)
            for (size_t i = from; i < end; i += 4)
                dots_tile(rows + i, MIN(end - i, (size_t)4), dim, q + a * dim, 2, out + a * n + i,
                          n);
        for (size_t i = from; a < n_q && i < end; i += 4)
            dots_tile(rows + i, MIN(end - i, (size_t)4), dim, q + a * dim, 1, out + a * n + i, n);
    }
}

/* The first of n scores that is at least `least`, at i or after it; or n. */
ALWAYS size_t next_good(const float *score, size_t i, size_t n, float least)
{
    enum { RUN = 32 };
    for (;;) {
        for (; i + RUN <= n; i += RUN) {
            int any = 0;
            for (size_t k = 0; k < RUN; k++) any |= score[i + k] >= least;
            if (any) break;
        }
        size_t end = MIN(i + RUN, n);
        for (; i < end; i++)
            if (score[i] >= least) return i;
        if (i == n) return n;
    }
}

static void dots_plain(const float *const *rows, size_t n, size_t dim, const float *q, float *out)
{
    dots(rows, n, dim, q, out);
}

static void dots_many_plain(const float *const *rows, size_t n, size_t dim, const float *q,
                            size_t n_q, float *out)
{
    dots_many(rows, n, dim, q, n_q, out);
}

static size_t next_good_plain(const float *score, size_t i, size_t n, float least)
{
    return next_good(score, i, n, least);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void dots_avx2(const float *const *rows, size_t n,
                                                      size_t dim, const float *q, float *out)
{
    dots(rows, n, dim, q, out);
}

__attribute__((target("avx2"))) static void dots_many_avx2(const float *const *rows, size_t n,
                                                           size_t dim, const float *q, size_t n_q,
                                                           float *out)
{
    dots_many(rows, n, dim, q, n_q, out);
}

__attribute__((target("avx2"))) static size_t next_good_avx2(const float *score, size_t i, size_t n,
                                                             float least)
{
    return next_good(score, i, n, least);
}
#endif

static bool has_avx2(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

void vector_dots(const float *const *rows, size_t n, int dim, const float *q, float *out)
{
#if defined(__x86_64__)
    if (has_avx2()) {
        dots_avx2(rows, n, (size_t)dim, q, out);
        return;
    }
#endif
    dots_plain(rows, n, (size_t)dim, q, out);
}

void vector_dots_many(const float *const *rows, size_t n, int dim, const float *q, size_t n_q,
                      float *out)
{
#if defined(__x86_64__)
    if (has_avx2()) {
        dots_many_avx2(rows, n, (size_t)dim, q, n_q, out);
        return;
    }
#endif
    dots_many_plain(rows, n, (size_t)dim, q, n_q, out);
}

/* ---- the best -------------------------------------------------------------------------------- */

static bool worse(struct vector_hit a, struct vector_hit b)
{
    return a.score < b.score || (a.score == b.score && a.row > b.row);
}

static void sift_down(struct vector_top *t, struct vector_hit hit)
{
    size_t i = 0, c;
    while ((c = 2 * i + 1) < t->n) {
        if (c + 1 < t->n && worse(t->hits[c + 1], t->hits[c])) c++;
        if (!worse(t->hits[c], hit)) break;
        t->hits[i] = t->hits[c];
        i = c;
    }
    t->hits[i] = hit;
}

void vector_top_add(struct vector_top *t, struct vector_hit hit)
{
    if (t->n == t->most) {
        if (t->n && worse(t->hits[0], hit)) sift_down(t, hit);
        return;
    }
    size_t i = t->n++;
    for (; i > 0 && worse(hit, t->hits[(i - 1) / 2]); i = (i - 1) / 2)
        t->hits[i] = t->hits[(i - 1) / 2];
    t->hits[i] = hit;
}

void vector_top_scan(struct vector_top *t, const float *score, size_t n, uint32_t first,
                     const uint32_t *rows)
{
    if (!t->most) return;
    for (size_t i = 0;; i++) {
        float least = t->n < t->most ? -INFINITY : t->hits[0].score;
#if defined(__x86_64__)
        i = has_avx2() ? next_good_avx2(score, i, n, least) : next_good_plain(score, i, n, least);
#else
        i = next_good_plain(score, i, n, least);
#endif
        if (i == n) return;
        vector_top_add(t, (struct vector_hit){rows ? rows[i] : first + (uint32_t)i, score[i]});
    }
}

static int better_first(const void *x, const void *y)
{
    struct vector_hit a = *(const struct vector_hit *)x, b = *(const struct vector_hit *)y;
    return worse(a, b) - worse(b, a);
}

void vector_top_sort(struct vector_top *t)
{
    if (t->n) qsort(t->hits, t->n, sizeof *t->hits, better_first);
}

/* ---- many queries ---------------------------------------------------------------------------- */

/* Of a block: half a megabyte of products, whose rows lie STRIDE apart: at a power of two they
 * would fight for the same few lines of the cache (a tenth slower, measured). */
enum { QUERIES = 256, ROWS = 512, STRIDE = ROWS + 16 };

struct batch {
    const float *rows, *queries;
    size_t n, n_queries, k;
    int dim;
    float **products;         /* one block for each worker */
    struct vector_top **tops; /* one for each worker and query */
};

static void one_block(void *ctx, size_t block, int worker)
{
    const struct batch *b = ctx;
    size_t first = block * ROWS, n = MIN((size_t)ROWS, b->n - first);
    float *products = b->products[worker];
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)b->n_queries, (blasint)n, b->dim,
                1, b->queries, b->dim, b->rows + first * (size_t)b->dim, b->dim, 0, products,
                STRIDE);
    for (size_t q = 0; q < b->n_queries; q++)
        vector_top_scan(&b->tops[worker][q], products + q * STRIDE, n, (uint32_t)first, NULL);
}

static void one_thread(void)
{
    openblas_set_num_threads(1);
}

/* Of up to QUERIES queries. */
static void batch_run(struct batch *b, struct pool *pool, int threads, struct vector_hit *out)
{
    size_t blocks = (b->n + ROWS - 1) / ROWS;
    for (int w = 0; w < threads; w++)
        for (size_t q = 0; q < b->n_queries; q++) b->tops[w][q].n = 0;
    if (pool)
        pool_run(pool, blocks, one_block, b);
    else
        for (size_t i = 0; i < blocks; i++) one_block(b, i, 0);
    for (size_t q = 0; q < b->n_queries; q++) {
        struct vector_top *t = &b->tops[0][q];
        for (int w = 1; w < threads; w++)
            for (size_t i = 0; i < b->tops[w][q].n; i++) vector_top_add(t, b->tops[w][q].hits[i]);
        vector_top_sort(t);
        for (size_t i = 0; i < b->k; i++)
            out[q * b->k + i] = i < t->n ? t->hits[i] : (struct vector_hit){UINT32_MAX, NAN};
    }
}

void vector_top_batch(const float *rows, size_t n, int dim, const float *queries, size_t n_queries,
                      size_t k, struct pool *pool, struct vector_hit *out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, one_thread);
    int threads = pool ? pool_threads(pool) : 1;
    struct batch b = {.rows = rows, .n = n, .dim = dim, .k = k};
    b.products = mem_alloc((size_t)threads, sizeof *b.products);
    b.tops = mem_alloc((size_t)threads, sizeof *b.tops);
    struct vector_hit *room = mem_alloc((size_t)threads * QUERIES * k, sizeof *room);
    for (int w = 0; w < threads; w++) {
        b.products[w] = mem_aligned((size_t)QUERIES * STRIDE, sizeof *b.products[w]);
        b.tops[w] = mem_alloc(QUERIES, sizeof *b.tops[w]);
        for (size_t q = 0; q < QUERIES; q++)
            b.tops[w][q] =
                (struct vector_top){.most = k, .hits = room + ((size_t)w * QUERIES + q) * k};
    }
    for (size_t q = 0; q < n_queries; q += QUERIES) {
        b.queries = queries + q * (size_t)dim;
        b.n_queries = MIN(n_queries - q, (size_t)QUERIES);
        batch_run(&b, pool, threads, out + q * k);
    }
    for (int w = 0; w < threads; w++) {
        free(b.products[w]);
        free(b.tops[w]);
    }
    free(b.products);
    free(b.tops);
    free(room);
}

/* machine.c - the yardsticks: what this machine gives on T threads.
 *
 *   machine THREADS
 *
 * Commands: `sgemm M N K` multiplies once; `rows M N K` M vectors with each of N; `encoder TOKENS`
 * does the products of the e5-small encoder on that many tokens, nothing else; `read MB` reads that
 * much memory once. Each answers with the seconds it took. OpenBLAS does the products with its own
 * threads, but for `rows`. */
#include "base/base.h"

#include "base/pool.h"
#include "tests/bench/bench.h"

#include <cblas.h>

enum { HIDDEN = 384, FEED = 1536, LAYERS = 12 };

/* Operands that are only read and written; kept from one command to the next. */
struct operands {
    float *a, *b, *c;
    size_t na, nb, nc;
};

static float *sized(float *p, size_t *have, size_t n)
{
    if (*have >= n) return p;
    free(p);
    p = mem_aligned(n, sizeof *p);
    for (size_t i = 0; i < n; i++) p[i] = (float)(i % 17) * 0.01f;
    *have = n;
    return p;
}

static void prepare(struct operands *o, size_t m, size_t n, size_t k)
{
    o->a = sized(o->a, &o->na, m * k);
    o->b = sized(o->b, &o->nb, n * k);
    o->c = sized(o->c, &o->nc, m * n);
}

static void multiply(struct operands *o, int m, int n, int k)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, o->a, k, o->b, n, 0, o->c,
                n);
}

/* Queries x rows^T, rows as they lie in an index, in blocks of rows that threads take as they come,
 * so that none waits for another; products are not a power of two apart, at which they would push
 * each other out of the cache. Of what was tried the fastest. */
enum { BLOCK = 4096, STRIDE = BLOCK + 16 };

struct rows {
    const struct operands *o; /* c: m x STRIDE for each thread */
    int m, n, k;
};

static void multiply_block(void *ctx, size_t i, int worker)
{
    const struct rows *r = ctx;
    int at = (int)i * BLOCK;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, r->m, MIN(BLOCK, r->n - at), r->k, 1,
                r->o->a, r->k, r->o->b + (size_t)at * (size_t)r->k, r->k, 0,
                r->o->c + (size_t)worker * (size_t)r->m * STRIDE, STRIDE);
}

struct reading {
    const uint64_t *at;
    size_t words; /* of each part */
    uint64_t *sums;
};

static void read_part(void *ctx, size_t i, int worker)
{
    (void)worker;
    struct reading *r = ctx;
    const uint64_t *p = r->at + i * r->words;
    uint64_t sum[8] = {0};
    for (size_t w = 0; w + 8 <= r->words; w += 8)
        for (size_t k = 0; k < 8; k++) sum[k] ^= p[w + k];
    for (size_t k = 1; k < 8; k++) sum[0] ^= sum[k];
    r->sums[i] = sum[0];
}

int main(int argc, char **argv)
{
    if (argc != 2) die("usage: machine THREADS");
    int threads = atoi(argv[1]);
    struct pool *pool = pool_new(threads);
    struct operands o = {0};
    uint64_t *memory = NULL, sums[64];
    size_t memory_bytes = 0;
    openblas_set_num_threads(threads);
    answer("{\"ready\": true, \"openblas\": \"%s\", \"kernel\": \"%s\"}", openblas_get_config(),
           openblas_get_corename());
    for (char *line; (line = next_command());) {
        int m, n, k, mb;
        double start = 0;
        if (sscanf(line, "sgemm %d %d %d", &m, &n, &k) == 3) {
            prepare(&o, (size_t)m, (size_t)n, (size_t)k);
            start = now();
            multiply(&o, m, n, k);
        } else if (sscanf(line, "rows %d %d %d", &m, &n, &k) == 3) {
            o.a = sized(o.a, &o.na, (size_t)m * (size_t)k);
            o.b = sized(o.b, &o.nb, (size_t)n * (size_t)k);
            o.c = sized(o.c, &o.nc, (size_t)threads * (size_t)m * STRIDE);
            struct rows r = {&o, m, n, k};
            openblas_set_num_threads(1);
            start = now();
            pool_run(pool, ((size_t)n + BLOCK - 1) / BLOCK, multiply_block, &r);
        } else if (sscanf(line, "encoder %d", &m) == 1) {
            prepare(&o, (size_t)m, FEED, FEED);
            start = now();
            for (int layer = 0; layer < LAYERS; layer++) {
                multiply(&o, m, 3 * HIDDEN, HIDDEN);
                multiply(&o, m, HIDDEN, HIDDEN);
                multiply(&o, m, FEED, HIDDEN);
                multiply(&o, m, HIDDEN, FEED);
            }
        } else if (sscanf(line, "read %d", &mb) == 1) {
            size_t bytes = (size_t)mb << 20;
            if (bytes > memory_bytes) {
                free(memory);
                memory = mem_aligned(bytes, 1);
                memset(memory, 1, bytes);
                memory_bytes = bytes;
            }
            struct reading r = {memory, bytes / 8 / (size_t)threads, sums};
            start = now();
            pool_run(pool, (size_t)threads, read_part, &r);
        } else {
            die("unknown command: %s", line);
        }
        answer("{\"seconds\": %.9f}", now() - start);
        openblas_set_num_threads(threads);
    }
    pool_free(pool);
    free(o.a);
    free(o.b);
    free(o.c);
    free(memory);
    return 0;
}

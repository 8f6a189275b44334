/* vectors.c - hongniang's side of the vector section: exact top k of unit vectors.
 *
 *   vectors ROWS.f32 N DIM QUERIES.f32 N_QUERIES THREADS TOP
 *
 * Commands: `single FIRST COUNT OUT` asks one query after another; `batch FIRST COUNT OUT` asks
 * them together. Query numbers wrap around. The top ids go to OUT (u32, COUNT x TOP), or nowhere if
 * it is "-". Answers with the seconds, and those of each query for `single`. */
#include "base/base.h"

#include "base/pool.h"
#include "index/vector_scan.h"
#include "tests/bench/bench.h"

enum { BLOCK_ROWS = 1024 };

struct job {
    const float *rows, *query;
    size_t n, top;
    int dim;
    struct top *tops; /* one for each worker */
    float (*scores)[BLOCK_ROWS];
};

static void scan_block(void *ctx, size_t block, int worker)
{
    struct job *j = ctx;
    size_t first = block * BLOCK_ROWS, n = MIN((size_t)BLOCK_ROWS, j->n - first);
    float *score = j->scores[worker];
    struct top *t = &j->tops[worker];
    vector_scan(j->rows + first * (size_t)j->dim, n, j->dim, j->query, score);
    for (size_t i = 0; i < n; i++)
        if (t->n < t->k || score[i] >= t->value[0]) top_add(t, score[i], (uint32_t)(first + i));
}

/* What the product does for one query today: a scan of all rows, block by block. */
static void ask(struct job *j, struct pool *pool, const float *query, uint32_t *ids)
{
    j->query = query;
    pool_run(pool, (j->n + BLOCK_ROWS - 1) / BLOCK_ROWS, scan_block, j);
    for (int w = 1; w < pool_threads(pool); w++) {
        for (size_t i = 0; i < j->tops[w].n; i++)
            top_add(&j->tops[0], j->tops[w].value[i], j->tops[w].id[i]);
        j->tops[w].n = 0;
    }
    top_sorted(&j->tops[0], ids);
}

int main(int argc, char **argv)
{
    if (argc != 8) die("usage: vectors ROWS N DIM QUERIES N_QUERIES THREADS TOP");
    struct job j = {.n = strtoul(argv[2], NULL, 10), .dim = atoi(argv[3])};
    size_t n_queries = strtoul(argv[5], NULL, 10);
    j.top = strtoul(argv[7], NULL, 10);
    struct pool *pool = pool_new(atoi(argv[6]));
    double start = now();
    j.rows = read_rows(argv[1], j.n, j.dim);
    double built = now() - start;
    float *queries = read_rows(argv[4], n_queries, j.dim);
    int threads = pool_threads(pool);
    j.tops = mem_zalloc((size_t)threads, sizeof *j.tops);
    j.scores = mem_alloc((size_t)threads, sizeof *j.scores);
    for (int w = 0; w < threads; w++)
        j.tops[w] = (struct top){.k = j.top,
                                 .value = mem_alloc(j.top, sizeof(float)),
                                 .id = mem_alloc(j.top, sizeof(uint32_t))};
    long anonymous, mapped;
    resident(&anonymous, &mapped);
    answer("{\"ready\": true, \"settings\": \"exact, fp32\", \"build_s\": %.3f, \"scanned_bytes\": "
           "%zu, \"rss_kb\": %ld}",
           built, j.n * (size_t)j.dim * sizeof(float), anonymous + mapped);
    for (char *line; (line = next_command());) {
        char mode[16], out[512];
        size_t first, count;
        if (sscanf(line, "%15s %zu %zu %511s", mode, &first, &count, out) != 4)
            die("unknown command: %s", line);
        uint32_t *ids = mem_alloc(count * j.top, sizeof *ids);
        double *each = mem_alloc(count, sizeof *each);
        start = now();
        for (size_t i = 0; i < count; i++) {
            double begin = now();
            ask(&j, pool, queries + (first + i) % n_queries * (size_t)j.dim, ids + i * j.top);
            each[i] = now() - begin;
        }
        double seconds = now() - start;
        answer_query(out, ids, count * j.top, seconds, strcmp(mode, "single") ? NULL : each, count);
        free(ids);
        free(each);
    }
    return 0;
}

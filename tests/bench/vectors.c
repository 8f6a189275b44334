/* vectors.c - hongniang's side of the vector section: the top k of unit vectors.
 *
 *   vectors ROWS.f32 N DIM QUERIES.f32 N_QUERIES THREADS TOP
 *
 * Commands: `single FIRST COUNT OUT` asks one query after another, of a snapshot with all rows in
 * one segment; `batch FIRST COUNT OUT` asks them together, exactly. Query numbers wrap around. The
 * top ids go to OUT (u32, COUNT x TOP), or nowhere if it is "-". Answers with the seconds, and
 * those of each query for `single`. */
#include "base/base.h"

#include "base/pool.h"
#include "index/snapshot.h"
#include "index/vector_bits.h"
#include "index/vector_scan.h"
#include "tests/bench/bench.h"

/* As much of a snapshot as a search of vectors looks at; the rows are lent to it. */
static struct snapshot *snapshot_of(const float *rows, uint32_t n, int dim, struct pool *pool)
{
    struct segment *segment = mem_zalloc(1, sizeof *segment);
    struct shelf *shelf = mem_zalloc(1, sizeof *shelf);
    struct snapshot *s = mem_zalloc(1, sizeof *s);
    segment_vectors_new(segment, n, dim);
    for (uint32_t row = 0; row < n; row++)
        segment_lend_vector(segment, PART_ALL, row, rows + row * (size_t)dim);
    shelf->n_segments = 1;
    shelf->segments[0] = segment;
    shelf->first[1] = shelf->n_live = n;
    shelf->live = mem_alloc(n, 1);
    memset(shelf->live, 1, n);
    s->dim = dim;
    s->pool = pool;
    s->shelves[KIND_CAPABILITY] = shelf;
    return s;
}

static void ask(const struct snapshot *s, const float *query, size_t top, uint32_t *ids)
{
    struct scored *best = mem_alloc(top, sizeof *best);
    size_t n = snapshot_cosine_top(s, KIND_CAPABILITY, PART_ALL, query, top, NULL, best);
    for (size_t i = 0; i < top; i++) ids[i] = i < n ? best[i].ord : UINT32_MAX;
    free(best);
}

static void ask_all(const float *rows, size_t n, int dim, const float *queries, size_t n_queries,
                    size_t top, struct pool *pool, uint32_t *ids)
{
    struct vector_hit *best = mem_alloc(n_queries * top, sizeof *best);
    vector_top_batch(rows, n, dim, queries, n_queries, top, pool, best);
    for (size_t i = 0; i < n_queries * top; i++) ids[i] = best[i].row;
    free(best);
}

int main(int argc, char **argv)
{
    if (argc != 8) die("usage: vectors ROWS N DIM QUERIES N_QUERIES THREADS TOP");
    size_t n = strtoul(argv[2], NULL, 10), n_queries = strtoul(argv[5], NULL, 10);
    size_t top = strtoul(argv[7], NULL, 10);
    int dim = atoi(argv[3]);
    struct pool *pool = pool_new(atoi(argv[6]));
    float *rows = read_rows(argv[1], n, dim);
    float *queries = read_rows(argv[4], n_queries, dim);
    double start = now();
    const struct snapshot *s = snapshot_of(rows, (uint32_t)n, dim, pool);
    double built = now() - start;
    long anonymous, mapped;
    resident(&anonymous, &mapped);
    answer("{\"ready\": true, \"settings\": \"one bit a number (%s), what may be among the best "
           "compared in fp32; batches in fp32\", \"build_s\": %.3f, \"scanned_bytes\": %zu, "
           "\"rss_kb\": %ld}",
           bits_kernels_at(0)->name, built, bits_size(n, dim), anonymous + mapped);
    for (char *line; (line = next_command());) {
        char mode[16], out[512];
        size_t first, count;
        if (sscanf(line, "%15s %zu %zu %511s", mode, &first, &count, out) != 4)
            die("unknown command: %s", line);
        bool single = strcmp(mode, "single") == 0;
        uint32_t *ids = mem_alloc(count * top, sizeof *ids);
        double *each = mem_alloc(count, sizeof *each);
        float *asked = mem_alloc(count * (size_t)dim, sizeof *asked);
        for (size_t i = 0; i < count; i++)
            memcpy(asked + i * (size_t)dim, queries + (first + i) % n_queries * (size_t)dim,
                   (size_t)dim * sizeof *asked);
        start = now();
        for (size_t i = 0; single && i < count; i++) {
            double begin = now();
            ask(s, asked + i * (size_t)dim, top, ids + i * top);
            each[i] = now() - begin;
        }
        if (!single) ask_all(rows, n, dim, asked, count, top, pool, ids);
        double seconds = now() - start;
        answer_query(out, ids, count * top, seconds, single ? each : NULL, count);
        free(asked);
        free(ids);
        free(each);
    }
    return 0;
}

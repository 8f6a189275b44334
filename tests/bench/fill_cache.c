/* fill_cache.c - vectors for made-up texts, so that a store of a million records need not be
 * embedded: that would take most of a day.
 *
 *   fill_cache DIR MODEL ROWS.f32 N PER <texts
 *
 * stdin has texts, each ended by a zero byte. Text i gets row i / PER of N, wrapped around, as what
 * the model would make of it as a passage. They go where the program looks for vectors in DIR. */
#include "base/base.h"

#include "base/pool.h"
#include "index/embedder_centred.h"
#include "tests/bench/bench.h"

enum { AT_ONCE = 1024 };

int main(int argc, char **argv)
{
    if (argc != 6) die("usage: fill_cache DIR MODEL ROWS N PER");
    size_t n = strtoul(argv[4], NULL, 10), per = strtoul(argv[5], NULL, 10), i = 0;
    struct err err = {0};
    struct pool *pool = pool_new(1);
    struct embedder *e = embedder_open_e5(argv[2], pool, &err);
    if (!e) die("%s: cannot be loaded", argv[2]);
    e = embedder_open_centred(e);
    int dim = embedder_dim(e);
    struct vector_cache *cache = vector_cache_open(argv[1], embedder_id(e), dim);
    float *rows = read_rows(argv[3], n, dim);
    float *batch = mem_alloc((size_t)AT_ONCE * (size_t)dim, sizeof *batch);
    struct vector_key *keys = mem_alloc(AT_ONCE, sizeof *keys);
    size_t held = 0;
    char *text = NULL;
    size_t cap = 0;
    for (; getdelim(&text, &cap, '\0', stdin) > 0; i++) {
        keys[held] = vector_key(EMBED_PASSAGE, text);
        memcpy(batch + held * (size_t)dim, rows + i / per % n * (size_t)dim,
               (size_t)dim * sizeof *batch);
        if (++held == AT_ONCE) {
            vector_cache_put(cache, keys, batch, held);
            held = 0;
        }
    }
    vector_cache_put(cache, keys, batch, held);
    printf("%zu\n", i);
    free(text);
    free(keys);
    free(batch);
    free(rows);
    vector_cache_free(cache);
    embedder_free(e);
    pool_free(pool);
    return 0;
}

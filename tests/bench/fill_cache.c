/* fill_cache.c - vectors for made-up texts, so that a store of a million records need not be
 * embedded: that would take most of a day.
 *
 *   fill_cache DIR MODEL <pairs
 *
 * stdin has texts, each ended by a zero byte and followed by the floats of its vector, which is
 * then what the model would make of it as a passage. They go where the program looks for vectors in
 * DIR. */
#include "base/base.h"

#include "base/pool.h"
#include "index/embedder_centred.h"
#include "tests/bench/bench.h"

enum { AT_ONCE = 1024 };

int main(int argc, char **argv)
{
    if (argc != 3) die("usage: fill_cache DIR MODEL");
    size_t n = 0, held = 0, cap = 0;
    struct err err = {0};
    struct pool *pool = pool_new(1);
    struct embedder *e = embedder_open_e5(argv[2], pool, &err);
    if (!e) die("%s: cannot be loaded", argv[2]);
    e = embedder_open_centred(e);
    size_t dim = (size_t)embedder_dim(e);
    struct vector_cache *cache = vector_cache_open(argv[1], embedder_id(e), (int)dim);
    float *batch = mem_alloc(AT_ONCE * dim, sizeof *batch);
    struct vector_key *keys = mem_alloc(AT_ONCE, sizeof *keys);
    char *text = NULL;
    while (getdelim(&text, &cap, '\0', stdin) > 0) {
        if (fread(batch + held * dim, sizeof *batch, dim, stdin) != dim)
            die("text %zu: no vector", n);
        keys[held] = vector_key(EMBED_PASSAGE, text);
        n++;
        if (++held < AT_ONCE) continue;
        vector_cache_put(cache, keys, batch, held);
        held = 0;
    }
    vector_cache_put(cache, keys, batch, held);
    printf("%zu\n", n);
    free(text);
    free(keys);
    free(batch);
    vector_cache_free(cache);
    embedder_free(e);
    pool_free(pool);
    return 0;
}

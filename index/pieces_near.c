#include "base/base.h"

#include "base/mem.h"
#include "base/pool.h"
#include "base/vec.h"
#include "index/pieces_near.h"
#include "index/vector_scan.h"

#include <pthread.h>
#include <string.h>

enum {
    BLOCK = 256, /* pieces of the table that one thread compares at a time */
    /* So many are kept at most, 128 MiB: then all is found anew. A city's texts have a tenth. */
    KEPT_MAX = 1 << 24
};

struct near {
    uint32_t number;
    float cos;
};

struct list {
    uint32_t covered; /* pieces of the table below this number were looked at */
    VEC(struct near) near;
};

struct piece_nears {
    struct piece_vectors vectors;
    float bound;
    int vocabulary;
    pthread_mutex_t lock; /* guards what follows */
    struct list *lists;   /* by id */
    size_t kept;
};

struct piece_nears *piece_nears_new(int vocabulary, float bound, const struct piece_vectors *v)
{
    struct piece_nears *x = mem_zalloc(1, sizeof *x);
    x->vectors = *v;
    x->bound = bound;
    x->vocabulary = vocabulary;
    x->lists = mem_zalloc((size_t)vocabulary, sizeof *x->lists);
    pthread_mutex_init(&x->lock, NULL);
    return x;
}

static void forget(struct piece_nears *x)
{
    for (int id = 0; id < x->vocabulary; id++) {
        vec_free(&x->lists[id].near);
        x->lists[id].covered = 0;
    }
    x->kept = 0;
}

void piece_nears_free(struct piece_nears *x)
{
    if (!x) return;
    forget(x);
    pthread_mutex_destroy(&x->lock);
    free(x->lists);
    free(x);
}

/* ---- finding --------------------------------------------------------------------------------- */

struct found {
    uint32_t column, number;
    float cos;
};
typedef VEC(struct found) founds;

/* Some pieces against the table's from `first` on. With vector_dots_many, so that a cosine does not
 * depend on what it is computed together with; a library's product of matrices is twice as fast,
 * and does depend on it in the last bits. */
struct search {
    const struct piece_nears *nears;
    const float *q; /* n vectors */
    size_t n;
    uint32_t first, count;
    founds *found; /* of each worker */
};

static void search_block(void *ctx, size_t block, int worker)
{
    const struct search *s = ctx;
    const struct piece_vectors *v = &s->nears->vectors;
    uint32_t first = s->first + (uint32_t)block * BLOCK;
    uint32_t rows = MIN((uint32_t)BLOCK, s->count - first);
    const float *vectors[BLOCK];
    float *cos = mem_alloc(s->n * rows, sizeof *cos);
    for (uint32_t k = 0; k < rows; k++) vectors[k] = v->of(v->ctx, first + k);
    vector_dots_many(vectors, rows, (int)v->dim, s->q, s->n, cos);
    for (uint32_t i = 0; i < s->n; i++)
        for (uint32_t k = 0; k < rows; k++)
            if (cos[(size_t)i * rows + k] > s->nears->bound)
                vec_push(&s->found[worker],
                         (struct found){i, first + k, cos[(size_t)i * rows + k]});
    free(cos);
}

/* Finds what is near to the ids in [first, count); founds of each worker. */
static void search(const struct piece_nears *x, const int32_t *ids, size_t n, uint32_t first,
                   uint32_t count, struct pool *pool, founds *found)
{
    size_t dim = x->vectors.dim, blocks = (count - first + BLOCK - 1) / BLOCK;
    float *q = mem_alloc(n * dim, sizeof *q);
    for (size_t i = 0; i < n; i++) x->vectors.read(x->vectors.ctx, ids[i], q + i * dim);
    struct search s = {x, q, n, first, count, found};
    if (pool)
        pool_run(pool, blocks, search_block, &s);
    else
        for (size_t block = 0; block < blocks; block++) search_block(&s, block, 0);
    free(q);
}

/* Adds what was found in [first, count); under the lock. Another thread may have found some of it
 * meanwhile, or may have forgotten what was before it. */
static void keep(struct piece_nears *x, const int32_t *ids, size_t n, uint32_t first,
                 uint32_t count, const founds *found, size_t threads)
{
    for (size_t w = 0; w < threads; w++)
        for (size_t i = 0; i < found[w].len; i++) {
            const struct found *f = &found[w].at[i];
            struct list *list = &x->lists[ids[f->column]];
            if (list->covered < first || f->number < list->covered) continue;
            vec_push(&list->near, (struct near){f->number, f->cos});
            x->kept++;
        }
    for (size_t i = 0; i < n; i++) {
        struct list *list = &x->lists[ids[i]];
        if (list->covered >= first) list->covered = MAX(list->covered, count);
    }
}

/* Of the ids, those that are not known up to count go to `missing`; under the lock. *first: from
 * where on. */
static size_t missing_of(const struct piece_nears *x, const int32_t *ids, size_t n, uint32_t count,
                         int32_t *missing, uint32_t *first)
{
    size_t m = 0;
    *first = count;
    for (size_t i = 0; i < n; i++) {
        uint32_t covered = x->lists[ids[i]].covered;
        if (covered >= count) continue;
        missing[m++] = ids[i];
        *first = MIN(*first, covered);
    }
    return m;
}

void piece_nears_each(struct piece_nears *x, const int32_t *ids, size_t n, uint32_t count,
                      struct pool *pool,
                      void (*use)(void *ctx, size_t i, uint32_t number, float cos), void *ctx)
{
    int32_t *missing = mem_alloc(n, sizeof *missing);
    uint32_t first;
    size_t m;
    pthread_mutex_lock(&x->lock);
    while ((m = missing_of(x, ids, n, count, missing, &first)) > 0) {
        pthread_mutex_unlock(&x->lock);
        size_t threads = pool ? (size_t)pool_threads(pool) : 1;
        founds *found = mem_zalloc(threads, sizeof *found);
        search(x, missing, m, first, count, pool, found);
        pthread_mutex_lock(&x->lock);
        if (x->kept > KEPT_MAX)
            forget(x); /* and looks again for all that it wants */
        else
            keep(x, missing, m, first, count, found, threads);
        for (size_t w = 0; w < threads; w++) vec_free(&found[w]);
        free(found);
    }
    for (size_t i = 0; i < n; i++) {
        const struct list *list = &x->lists[ids[i]];
        for (size_t k = 0; k < list->near.len; k++)
            if (list->near.at[k].number < count)
                use(ctx, i, list->near.at[k].number, list->near.at[k].cos);
    }
    pthread_mutex_unlock(&x->lock);
    free(missing);
}

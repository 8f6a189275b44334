/* city.h - an engine and a matcher on a few records, for the tests of matcher/. */
#ifndef HN_TESTS_UNIT_CITY_H
#define HN_TESTS_UNIT_CITY_H

#include "index/embedder_impl.h"
#include "matcher/match.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct city {
    struct embedder embedder;
    struct vector_cache *cache;
    struct pool *pool;
    struct engine *engine;
    struct matcher *matcher;
    struct analyzer *analyzer;
    const struct snapshot *snapshot;
    struct arena arena;
};

/* ops NULL: words only. */
static inline void city_found(struct city *c, const struct embedder_ops *ops, int dim)
{
    *c = (struct city){.pool = pool_new(1), .analyzer = analyzer_new()};
    arena_init(&c->arena);
    if (ops) {
        c->embedder = (struct embedder){.ops = ops, .dim = dim, .id = "city"};
        c->cache = vector_cache_open(NULL, "city", dim);
    }
    struct embedder *e = ops ? &c->embedder : NULL;
    c->engine = engine_new(e, c->cache, c->pool);
    c->matcher = matcher_new(e, c->cache);
}

/* Brings records in, embeds them, and takes the new snapshot. */
static inline void city_settle(struct city *c, const struct record *const *records, size_t n,
                               int64_t seq)
{
    struct err err = {0};
    size_t done;
    if (c->snapshot) snapshot_release(c->snapshot);
    engine_update(c->engine, records, n, seq);
    if (c->cache) assert_int_equal(engine_embed_step(c->engine, 0, &done, &err), 0);
    c->snapshot = engine_acquire(c->engine);
}

/* The ordinal of an organisation, which must be there. */
static inline uint32_t city_org(const struct city *c, const char *uid)
{
    uint32_t ord = snapshot_find(c->snapshot, KIND_ORG, uid);
    assert_int_not_equal(ord, UINT32_MAX);
    return ord;
}

static inline void city_raze(struct city *c)
{
    snapshot_release(c->snapshot);
    engine_free(c->engine);
    matcher_free(c->matcher);
    vector_cache_free(c->cache);
    analyzer_free(c->analyzer);
    arena_free(&c->arena);
    pool_free(c->pool);
}

#endif

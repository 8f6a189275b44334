#include "base/base.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "index/background.h"
#include "index/embedder_centred.h"
#include "index/embedder_impl.h"
#include "index/text.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { SIDES = 2 };

struct centred {
    struct embedder base;
    struct embedder *inner;
    struct vector_cache *cache; /* may be NULL */
    pthread_mutex_t making;
    atomic_bool made;
    float *mean[SIDES][LANG_COUNT];
};

/* The cache keeps the means under texts that nobody writes. */
static struct vector_key mean_key(enum embed_kind kind, enum lang lang)
{
    return vector_key(kind, lang == LANG_ZH ? "\x01mean of zh" : "\x01mean of en");
}

static int make_mean(struct centred *c, enum embed_kind kind, enum lang lang, struct err *err)
{
    enum { N = BACKGROUND_TITLES };
    size_t dim = (size_t)c->base.dim;
    float *mean = c->mean[kind][lang];
    struct vector_key key = mean_key(kind, lang);
    if (c->cache && vector_cache_get(c->cache, &key, mean)) return 0;

    const char *texts[N];
    for (size_t i = 0; i < N; i++) texts[i] = background_titles[i][lang];
    float *rows = mem_alloc(N * dim, sizeof *rows);
    int rc = embedder_embed(c->inner, kind, texts, N, rows, err);
    for (size_t d = 0; d < dim && !rc; d++) {
        double sum = 0;
        for (size_t i = 0; i < N; i++) sum += (double)rows[i * dim + d];
        mean[d] = (float)(sum / N);
    }
    free(rows);
    if (!rc && c->cache) vector_cache_put(c->cache, &key, mean, 1);
    return rc;
}

static int make_means(struct centred *c, struct err *err)
{
    int rc = 0;
    pthread_mutex_lock(&c->making);
    if (!atomic_load_explicit(&c->made, memory_order_relaxed)) {
        for (int kind = 0; kind < SIDES && !rc; kind++)
            for (int lang = 0; lang < LANG_COUNT && !rc; lang++)
                rc = make_mean(c, (enum embed_kind)kind, (enum lang)lang, err);
        if (!rc) atomic_store_explicit(&c->made, true, memory_order_release);
    }
    pthread_mutex_unlock(&c->making);
    return rc;
}

static void subtract(float *v, const float *mean, size_t dim)
{
    double norm = 0;
    for (size_t d = 0; d < dim; d++) {
        v[d] -= mean[d];
        norm += (double)v[d] * (double)v[d];
    }
    /* A text that is all background keeps no direction; it is then far from everything. */
    float scale = norm > 1e-12 ? (float)(1.0 / sqrt(norm)) : 0.0f;
    for (size_t d = 0; d < dim; d++) v[d] *= scale;
}

/* The texts, long ones cut; in arena. */
static const char *const *beginnings(const char *const *texts, size_t n, struct arena *arena)
{
    const char **cut = arena_alloc(arena, n, sizeof *cut);
    for (size_t i = 0; i < n; i++) {
        cut[i] = texts[i];
        if (strlen(texts[i]) > EMBEDDED_BYTES_MAX)
            cut[i] = arena_strndup(arena, texts[i], utf8_floor(texts[i], EMBEDDED_BYTES_MAX));
    }
    return cut;
}

static int centred_embed(struct embedder *e, enum embed_kind kind, const char *const *texts,
                         size_t n, float *out, struct err *err)
{
    struct centred *c = (struct centred *)e;
    struct arena arena;
    size_t dim = (size_t)e->dim;
    if (!atomic_load_explicit(&c->made, memory_order_acquire) && make_means(c, err)) return -1;
    arena_init(&arena);
    int rc = embedder_embed(c->inner, kind, beginnings(texts, n, &arena), n, out, err);
    arena_free(&arena);
    if (rc) return -1;
    for (size_t i = 0; i < n; i++)
        subtract(out + i * dim, c->mean[kind][text_language(texts[i])], dim);
    return 0;
}

static void centred_free(struct embedder *e)
{
    struct centred *c = (struct centred *)e;
    for (int kind = 0; kind < SIDES; kind++)
        for (int lang = 0; lang < LANG_COUNT; lang++) free(c->mean[kind][lang]);
    pthread_mutex_destroy(&c->making);
    embedder_free(c->inner);
    free(c);
}

static size_t centred_cut(const struct embedder *e, const char *text, size_t len,
                          struct arena *arena, int32_t **ids)
{
    return embedder_cut(((const struct centred *)e)->inner, text, len, arena, ids);
}

static void centred_piece(const struct embedder *e, int32_t id, float *vector)
{
    embedder_piece(((const struct centred *)e)->inner, id, vector);
}

static float centred_rarity(const struct embedder *e, int32_t id)
{
    return embedder_piece_rarity(((const struct centred *)e)->inner, id);
}

struct embedder *embedder_open_centred(struct embedder *inner)
{
    static const struct embedder_ops ops = {.embed = centred_embed,
                                            .free = centred_free,
                                            .cut = centred_cut,
                                            .piece = centred_piece,
                                            .rarity = centred_rarity};
    struct centred *c = mem_zalloc(1, sizeof *c);
    c->base.ops = &ops;
    c->base.dim = inner->dim;
    c->base.vocabulary = inner->vocabulary;
    c->inner = inner;
    pthread_mutex_init(&c->making, NULL);
    uint64_t mark = 0;
    for (size_t i = 0; i < BACKGROUND_TITLES; i++)
        for (int lang = 0; lang < LANG_COUNT; lang++)
            mark = hash_bytes(mark, background_titles[i][lang], strlen(background_titles[i][lang]));
    snprintf(c->base.id, sizeof c->base.id, "%.50s/c%08x", inner->id, (unsigned)(mark >> 32));
    for (int kind = 0; kind < SIDES; kind++)
        for (int lang = 0; lang < LANG_COUNT; lang++)
            c->mean[kind][lang] = mem_zalloc((size_t)inner->dim, sizeof(float));
    return &c->base;
}

void embedder_centred_remember(struct embedder *centred, struct vector_cache *cache)
{
    ((struct centred *)centred)->cache = cache;
}

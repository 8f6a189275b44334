#include "base/base.h"

#include "base/mem.h"
#include "base/str.h"
#include "index/e5_forward.h"
#include "index/e5_model.h"
#include "index/embedder_impl.h"
#include "index/messages.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Tokens in one thread's batch. Products are at their best from some 200 rows on; more would only
 * cost memory (11 kB each) and hold the pool longer: 512 are about 0.15 s with 8-bit activations,
 * 0.3 s in fp32. */
#define BATCH_TOKENS 512
/* Up to so many tokens in all the calling thread does the work itself: 10 ms at most (20 ms in
 * fp32); a search's few words then never wait for a background job that has the pool. */
#define ALONE_TOKENS 32
/* Bytes of text tokenised before the encoder runs, so that memory does not grow with n. */
#define GROUP_BYTES ((size_t)1 << 20)

struct e5_embedder {
    struct embedder base;
    struct e5_model *model;
    const struct e5_kernels *kernels;
    struct pool *pool;
};

/* A stretch of a text that fits the model, and what the encoder makes of it. */
struct window {
    size_t text;
    struct e5_sequence sequence;
    float *mean;
};

/* A group of texts on its way through the encoder. */
struct group {
    const struct e5_embedder *e;
    const char *prefix;
    const char *const *texts;
    size_t n;
    struct e5_ids *ids; /* n */
    struct window *windows;
    size_t window_count;
    float *means;
    struct e5_workspace *workspaces; /* one for each worker */
    struct bin *bins;
    size_t round; /* of as many bins as threads */
};

/* The windows that one thread does in one batch. */
struct bin {
    size_t tokens, n;
    struct e5_sequence *sequence;
    float **mean;
};

static void tokenise(void *ctx, size_t i, int worker)
{
    (void)worker;
    struct group *g = ctx;
    struct str s;
    str_init(&s);
    str_adds(&s, g->prefix);
    str_adds(&s, g->texts[i]);
    e5_tokens_encode(g->e->model->tokens, s.data, s.len, &g->ids[i]);
    str_free(&s);
}

static size_t window_tokens(const struct e5_model *m)
{
    return (size_t)m->positions - 2;
}

static size_t cost(const struct window *w)
{
    return w->sequence.n + 2;
}

/* Cuts each text's tokens into consecutive windows without overlap, as the reference does. */
static void cut_windows(struct group *g)
{
    size_t most = window_tokens(g->e->model), dim = (size_t)g->e->base.dim, count = 0;
    for (size_t i = 0; i < g->n; i++) count += (g->ids[i].n + most - 1) / most;
    g->windows = mem_alloc(count, sizeof *g->windows);
    g->means = mem_alloc(count * dim, sizeof *g->means);
    for (size_t i = 0; i < g->n; i++)
        for (size_t at = 0; at < g->ids[i].n; at += most, g->window_count++)
            g->windows[g->window_count] = (struct window){
                .text = i,
                .sequence = {.id = g->ids[i].id + at, .n = MIN(most, g->ids[i].n - at)},
                .mean = g->means + g->window_count * dim,
            };
}

static int longest_first(const void *pa, const void *pb)
{
    const struct window *a = *(const struct window *const *)pa,
                        *b = *(const struct window *const *)pb;
    if (cost(a) != cost(b)) return cost(a) > cost(b) ? -1 : 1;
    return a < b ? -1 : a > b;
}

/* Deals the windows to n bins, longest first, each to the bin with the least so far. */
static void fill_bins(struct group *g, size_t n)
{
    const struct window **order = mem_alloc(g->window_count, sizeof(struct window *));
    for (size_t i = 0; i < g->window_count; i++) order[i] = &g->windows[i];
    qsort(order, g->window_count, sizeof(struct window *), longest_first);
    g->bins = mem_zalloc(n, sizeof *g->bins);
    for (size_t i = 0; i < g->window_count; i++) {
        struct bin *least = &g->bins[0];
        for (size_t k = 1; k < n; k++)
            if (g->bins[k].tokens < least->tokens) least = &g->bins[k];
        if (least->n % 16 == 0) {
            least->sequence = mem_realloc(least->sequence, least->n + 16, sizeof *least->sequence);
            least->mean = mem_realloc(least->mean, least->n + 16, sizeof *least->mean);
        }
        least->sequence[least->n] = order[i]->sequence;
        least->mean[least->n++] = order[i]->mean;
        least->tokens += cost(order[i]);
    }
    free(order);
}

static void encode_bin(void *ctx, size_t i, int worker)
{
    struct group *g = ctx;
    const struct bin *b = &g->bins[g->round * (size_t)pool_threads(g->e->pool) + i];
    if (b->n)
        e5_forward(g->e->model, g->e->kernels, b->sequence, b->n, b->mean, &g->workspaces[worker],
                   NULL);
}

static void free_bins(struct group *g, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(g->bins[i].sequence);
        free(g->bins[i].mean);
    }
    free(g->bins);
}

static void encode_together(struct group *g, struct pool *pool)
{
    fill_bins(g, 1);
    e5_forward(g->e->model, g->e->kernels, g->bins[0].sequence, g->bins[0].n, g->bins[0].mean,
               &g->workspaces[0], pool);
    free_bins(g, 1);
}

/* Throughput wants whole batches on each thread, which never wait for each other; but one text, or
 * one much longer than the rest, is sooner done by all threads together. */
static void encode_windows(struct group *g)
{
    size_t threads = (size_t)pool_threads(g->e->pool), total = 0, most = 0;
    for (size_t i = 0; i < g->window_count; i++) total += cost(&g->windows[i]);
    if (total <= ALONE_TOKENS) {
        encode_together(g, NULL);
        return;
    }
    size_t rounds = (total + BATCH_TOKENS * threads - 1) / (BATCH_TOKENS * threads);
    fill_bins(g, rounds * threads);
    for (size_t i = 0; i < rounds * threads; i++) most = MAX(most, g->bins[i].tokens);
    if (rounds == 1 && most * threads > total + total / 3) {
        free_bins(g, threads);
        encode_together(g, g->e->pool);
        return;
    }
    for (g->round = 0; g->round < rounds; g->round++)
        pool_run(g->e->pool, threads, encode_bin, g); /* between rounds others get their turn */
    free_bins(g, rounds * threads);
}

/* The mean of a text's windows weighted by their tokens, at length 1. */
static void combine(const struct group *g, float *out)
{
    size_t dim = (size_t)g->e->base.dim;
    memset(out, 0, g->n * dim * sizeof *out);
    for (size_t i = 0; i < g->window_count; i++) {
        const struct window *w = &g->windows[i];
        for (size_t j = 0; j < dim; j++)
            out[w->text * dim + j] += (float)w->sequence.n * w->mean[j];
    }
    for (size_t i = 0; i < g->n; i++, out += dim) {
        double square = 0;
        for (size_t j = 0; j < dim; j++) square += (double)out[j] * out[j];
        float by = square > 0 ? (float)(1 / sqrt(square)) : 0;
        for (size_t j = 0; j < dim; j++) out[j] *= by;
    }
}

static void embed_group(struct group *g, float *out)
{
    g->ids = mem_zalloc(g->n, sizeof *g->ids);
    if (g->n == 1)
        tokenise(g, 0, 0);
    else
        pool_run(g->e->pool, g->n, tokenise, g);
    cut_windows(g);
    encode_windows(g);
    combine(g, out);
    for (size_t i = 0; i < g->n; i++) free(g->ids[i].id);
    free(g->ids);
    free(g->windows);
    free(g->means);
}

static int e5_embed(struct embedder *base, enum embed_kind kind, const char *const *texts, size_t n,
                    float *out, struct err *err)
{
    (void)err;
    struct e5_embedder *e = (struct e5_embedder *)base;
    int threads = pool_threads(e->pool);
    struct e5_workspace *workspaces = mem_zalloc((size_t)threads, sizeof *workspaces);
    for (size_t done = 0; done < n;) {
        struct group g = {.e = e,
                          .prefix = kind == EMBED_QUERY ? "query: " : "passage: ",
                          .texts = texts + done,
                          .workspaces = workspaces};
        size_t bytes = 0;
        while (done + g.n < n && (g.n == 0 || bytes < GROUP_BYTES))
            bytes += strlen(g.texts[g.n++]) + 16;
        embed_group(&g, out + done * (size_t)base->dim);
        done += g.n;
    }
    for (int i = 0; i < threads; i++) e5_workspace_free(&workspaces[i]);
    free(workspaces);
    return 0;
}

static void e5_free(struct embedder *base)
{
    struct e5_embedder *e = (struct e5_embedder *)base;
    e5_model_free(e->model);
    free(e);
}

static size_t e5_cut(const struct embedder *base, const char *text, size_t len, struct arena *arena,
                     int32_t **ids)
{
    const struct e5_tokens *t = ((const struct e5_embedder *)base)->model->tokens;
    struct e5_ids all = {0};
    size_t n = 0;
    e5_tokens_encode(t, text, len, &all);
    *ids = arena_alloc(arena, all.n, sizeof **ids);
    for (size_t i = 0; i < all.n; i++)
        if (e5_tokens_is_content(t, all.id[i])) (*ids)[n++] = all.id[i];
    free(all.id);
    return n;
}

static void e5_piece(const struct embedder *base, int32_t id, float *vector)
{
    e5_model_word(((const struct e5_embedder *)base)->model, id, vector);
}

static float e5_rarity(const struct embedder *base, int32_t id)
{
    return fmaxf(0.5f, -e5_tokens_score(((const struct e5_embedder *)base)->model->tokens, id));
}

/* The fastest set of instructions, or the one whose name the user gave; NULL: this processor has
 * no such. */
static const struct e5_kernels *choose_kernels(const char *wanted, struct err *err)
{
    const struct e5_kernels *k;
    if (!wanted || !*wanted) return e5_kernels_at(0);
    for (size_t i = 0; (k = e5_kernels_at(i)); i++)
        if (strcmp(wanted, k->name) == 0) return k;
    struct str names;
    str_init(&names);
    for (size_t i = 0; (k = e5_kernels_at(i)); i++) str_addf(&names, "%s%s", i ? " " : "", k->name);
    err_set(err, ERR_INVALID, MSG_ISA_UNKNOWN, wanted, names.data);
    str_free(&names);
    return NULL;
}

struct embedder *embedder_open_e5(const char *path, struct pool *pool, struct err *err)
{
    static const struct embedder_ops ops = {
        .embed = e5_embed, .free = e5_free, .cut = e5_cut, .piece = e5_piece, .rarity = e5_rarity};
    openblas_set_num_threads(1); /* the pool's threads call it; it must start none of its own */
    const struct e5_kernels *kernels = choose_kernels(getenv("HONGNIANG_ISA"), err);
    if (!kernels) return NULL;
    struct e5_model *m = e5_model_load(path, kernels->int8, pool, err);
    if (!m) return NULL;
    struct e5_embedder *e = mem_zalloc(1, sizeof *e);
    *e = (struct e5_embedder){.base = {.ops = &ops, .dim = m->hidden, .vocabulary = m->vocab},
                              .model = m,
                              .kernels = kernels,
                              .pool = pool};
    snprintf(e->base.id, sizeof e->base.id, "e5-q4%s-%dx%d-1:%016llx", kernels->int8 ? "a8" : "",
             m->hidden, m->layers, (unsigned long long)m->hash);
    return &e->base;
}

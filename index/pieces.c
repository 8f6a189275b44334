#include "base/base.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "index/background.h"
#include "index/embedder_centred.h"
#include "index/pieces.h"

#include <cblas.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum {
    CHUNK = 1024, /* pieces whose vectors lie together */
    BLOCK = 256   /* of them are multiplied at once, so that the products stay in the cache */
};

/* Below this cosine pieces have nothing to do with each other. */
static const float UNRELATED = 0.3f;
/* Added to the background's standard deviation: a query of a word or two has hardly any. */
static const float SCALE_LEAST = 0.02f;

struct near {
    uint32_t number; /* of a background piece */
    float cos;
};

struct pieces {
    struct embedder *embedder;
    size_t dim;
    float *centre;
    int vocabulary;
    uint32_t *number_of;     /* by id; NONE. For who adds */
    atomic_uint count;       /* pieces; those below it may be read by anybody */
    float **vectors;         /* by chunk */
    float *weight;           /* by number */
    VEC(struct near) nears;  /* of each piece in turn, for who adds: */
    VEC(size_t) nears_start; /* piece -> its first */
    struct document_pieces *background[LANG_COUNT][BACKGROUND_TITLES];
    uint32_t n_background; /* pieces of the background: the first ones */
};

#define NONE UINT32_MAX

static const float *vector_of(const struct pieces *p, uint32_t number)
{
    return p->vectors[number / CHUNK] + (size_t)(number % CHUNK) * p->dim;
}

/* A piece's vector from the centre, at length 1; one that is all centre keeps no direction. */
static void read_vector(const struct pieces *p, int32_t id, float *out)
{
    double square = 0;
    embedder_piece(p->embedder, id, out);
    for (size_t d = 0; d < p->dim; d++) {
        out[d] -= p->centre[d];
        square += (double)out[d] * (double)out[d];
    }
    float by = square > 1e-12 ? (float)(1 / sqrt(square)) : 0.0f;
    for (size_t d = 0; d < p->dim; d++) out[d] *= by;
}

static int ascending(const void *x, const void *y)
{
    int32_t a = *(const int32_t *)x, b = *(const int32_t *)y;
    return (a > b) - (a < b);
}

/* The distinct pieces of a text, by id. As much of it is read as is embedded. */
static size_t cut(const struct pieces *p, const char *text, struct arena *arena, int32_t **ids)
{
    size_t len = strlen(text), kept = 0;
    if (len > EMBEDDED_BYTES_MAX) len = utf8_floor(text, EMBEDDED_BYTES_MAX);
    size_t n = embedder_cut(p->embedder, text, len, arena, ids);
    qsort(*ids, n, sizeof **ids, ascending);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || (*ids)[i] != (*ids)[kept - 1]) (*ids)[kept++] = (*ids)[i];
    return kept;
}

/* ---- adding ---------------------------------------------------------------------------------- */

/* Which pieces of the background are near, for near_background. */
static void find_near(struct pieces *p, uint32_t number)
{
    const float *v = vector_of(p, number);
    vec_push(&p->nears_start, p->nears.len);
    for (uint32_t first = 0; first < p->n_background; first += BLOCK) {
        float cos[BLOCK];
        uint32_t n = MIN((uint32_t)BLOCK, p->n_background - first);
        cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)n, (int)p->dim, 1, vector_of(p, first),
                    (int)p->dim, v, 1, 0, cos, 1);
        for (uint32_t i = 0; i < n; i++)
            if (cos[i] > UNRELATED) vec_push(&p->nears, (struct near){first + i, cos[i]});
    }
}

static uint32_t add_piece(struct pieces *p, int32_t id)
{
    uint32_t number = atomic_load_explicit(&p->count, memory_order_relaxed);
    if (number % CHUNK == 0) p->vectors[number / CHUNK] = mem_alloc(CHUNK * p->dim, sizeof(float));
    read_vector(p, id, p->vectors[number / CHUNK] + (size_t)(number % CHUNK) * p->dim);
    p->weight[number] = embedder_piece_rarity(p->embedder, id);
    p->number_of[id] = number;
    atomic_store_explicit(&p->count, number + 1, memory_order_release);
    return number;
}

static void number_pieces(struct pieces *p, const int32_t *ids, size_t n, uint32_t *out)
{
    for (size_t i = 0; i < n; i++) {
        if (p->number_of[ids[i]] == NONE) {
            uint32_t number = add_piece(p, ids[i]);
            if (p->n_background) find_near(p, number);
        }
        out[i] = p->number_of[ids[i]];
    }
}

/* ---- the background -------------------------------------------------------------------------- */

/* The part of a title that is near. */
static float title_cover(const struct pieces *p, const float *near, const struct document_pieces *d)
{
    float sum = 0, all = 0;
    for (uint32_t i = 0; i < d->n_title; i++) {
        uint32_t number = d->number[i];
        sum += p->weight[number] * near[number];
        all += p->weight[number];
    }
    return all > 0 ? sum / all : 0;
}

/* Mean and spread of the covers of the background's titles. */
static void measure_background(const struct pieces *p, const float *near, float *mean, float *scale)
{
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < BACKGROUND_TITLES; i++) {
            double cover = (double)title_cover(p, near, p->background[lang][i]);
            sum += cover;
            squares += cover * cover;
        }
        double m = sum / BACKGROUND_TITLES, variance = squares / BACKGROUND_TITLES - m * m;
        mean[lang] = (float)m;
        scale[lang] = (float)sqrt(variance > 0 ? variance : 0) + SCALE_LEAST;
    }
}

/* How near the background's pieces come to the nearest of some pieces. */
static const float *near_background(const struct pieces *p, const uint32_t *number, size_t n,
                                    struct arena *arena)
{
    float *near = arena_zalloc(arena, p->n_background, sizeof *near);
    for (size_t i = 0; i < n; i++) {
        bool last = number[i] + 1 == p->nears_start.len;
        size_t end = last ? p->nears.len : p->nears_start.at[number[i] + 1];
        for (size_t k = p->nears_start.at[number[i]]; k < end; k++) {
            const struct near *x = &p->nears.at[k];
            near[x->number] = fmaxf(near[x->number], x->cos - UNRELATED);
        }
    }
    return near;
}

static int32_t *copy_ids(const int32_t *ids, size_t n)
{
    int32_t *copy = mem_alloc(n + 1, sizeof *copy);
    memcpy(copy, ids, n * sizeof *copy);
    return copy;
}

void pieces_cut(const struct pieces *p, const char *title, const char *text,
                struct document_cut *out)
{
    struct arena arena;
    int32_t *title_ids, *text_ids;
    arena_init(&arena);
    out->lang = text_language(title);
    out->n_title = cut(p, title, &arena, &title_ids);
    out->n_text = cut(p, text, &arena, &text_ids);
    out->title = copy_ids(title_ids, out->n_title);
    out->text = copy_ids(text_ids, out->n_text);
    arena_free(&arena);
}

struct document_pieces *pieces_number(struct pieces *p, struct document_cut *c, bool seeks)
{
    struct document_pieces *d =
        mem_alloc(1, sizeof *d + (c->n_title + c->n_text) * sizeof d->number[0]);
    *d = (struct document_pieces){
        .lang = c->lang, .n_title = (uint32_t)c->n_title, .n_text = (uint32_t)c->n_text};
    uint32_t *text_numbers = d->number + c->n_title;
    number_pieces(p, c->title, c->n_title, d->number);
    number_pieces(p, c->text, c->n_text, text_numbers);
    if (seeks) {
        struct arena arena;
        arena_init(&arena);
        measure_background(p, near_background(p, text_numbers, c->n_text, &arena), d->mean,
                           d->scale);
        arena_free(&arena);
    }
    free(c->title);
    free(c->text);
    return d;
}

/* The mean of the background's pieces, as often as they occur. */
static void find_centre(struct pieces *p)
{
    struct arena arena;
    float *v = mem_alloc(p->dim, sizeof *v);
    double *sum = mem_zalloc(p->dim, sizeof *sum);
    size_t total = 0;
    arena_init(&arena);
    for (size_t i = 0; i < BACKGROUND_TITLES; i++)
        for (int lang = 0; lang < LANG_COUNT; lang++) {
            int32_t *ids;
            const char *title = background_titles[i][lang];
            size_t n = embedder_cut(p->embedder, title, strlen(title), &arena, &ids);
            for (size_t k = 0; k < n; k++) {
                embedder_piece(p->embedder, ids[k], v);
                for (size_t d = 0; d < p->dim; d++) sum[d] += (double)v[d];
            }
            total += n;
        }
    for (size_t d = 0; d < p->dim && total; d++) p->centre[d] = (float)(sum[d] / (double)total);
    arena_free(&arena);
    free(sum);
    free(v);
}

static struct document_pieces *read_title(struct pieces *p, const char *title)
{
    struct document_cut c;
    pieces_cut(p, title, "", &c);
    return pieces_number(p, &c, false);
}

struct pieces *pieces_new(struct embedder *e)
{
    int vocabulary = e ? embedder_vocabulary(e) : 0;
    if (!vocabulary) return NULL;
    struct pieces *p = mem_zalloc(1, sizeof *p);
    p->embedder = e;
    p->dim = (size_t)embedder_dim(e);
    p->vocabulary = vocabulary;
    p->centre = mem_zalloc(p->dim, sizeof *p->centre);
    p->number_of = mem_alloc((size_t)vocabulary, sizeof *p->number_of);
    memset(p->number_of, 0xff, (size_t)vocabulary * sizeof *p->number_of);
    p->vectors = mem_zalloc((size_t)vocabulary / CHUNK + 1, sizeof *p->vectors);
    p->weight = mem_alloc((size_t)vocabulary, sizeof *p->weight);
    atomic_init(&p->count, 0);
    find_centre(p);
    for (int lang = 0; lang < LANG_COUNT; lang++)
        for (size_t i = 0; i < BACKGROUND_TITLES; i++)
            p->background[lang][i] = read_title(p, background_titles[i][lang]);
    p->n_background = atomic_load_explicit(&p->count, memory_order_relaxed);
    for (uint32_t i = 0; i < p->n_background; i++) find_near(p, i);
    return p;
}

void pieces_free(struct pieces *p)
{
    if (!p) return;
    for (int lang = 0; lang < LANG_COUNT; lang++)
        for (size_t i = 0; i < BACKGROUND_TITLES; i++) free(p->background[lang][i]);
    for (size_t i = 0; i <= (size_t)p->vocabulary / CHUNK; i++) free(p->vectors[i]);
    vec_free(&p->nears);
    vec_free(&p->nears_start);
    free(p->vectors);
    free(p->weight);
    free(p->number_of);
    free(p->centre);
    free(p);
}

/* ---- measuring ------------------------------------------------------------------------------- */

/* Some pieces of the table, by number, ascending; NULL: the first n. */
struct some {
    const uint32_t *numbers;
    uint32_t n;
};

/* Cosines of some pieces with n vectors, handed on block by block. */
static void multiply(const struct pieces *p, struct some some, const float *q, size_t n,
                     struct arena *arena, void (*use)(void *ctx, uint32_t number, const float *cos),
                     void *ctx)
{
    float *cos = arena_alloc(arena, BLOCK * (n + 1), sizeof *cos);
    float *copy = some.numbers ? arena_alloc(arena, BLOCK * p->dim, sizeof *copy) : NULL;
    for (uint32_t first = 0; first < some.n; first += BLOCK) {
        uint32_t rows = MIN((uint32_t)BLOCK, some.n - first);
        const float *vectors = copy ? copy : vector_of(p, first);
        for (uint32_t r = 0; copy && r < rows; r++)
            memcpy(copy + r * p->dim, vector_of(p, some.numbers[first + r]), p->dim * sizeof *copy);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)n, (int)p->dim, 1,
                    vectors, (int)p->dim, q, (int)p->dim, 0, cos, (int)n);
        for (uint32_t r = 0; r < rows; r++)
            use(ctx, some.numbers ? some.numbers[first + r] : first + r, cos + r * n);
    }
}

static const float *vectors_of(const struct pieces *p, const int32_t *ids, size_t n,
                               struct arena *arena)
{
    float *v = arena_alloc(arena, n * p->dim + 1, sizeof *v);
    for (size_t i = 0; i < n; i++) read_vector(p, ids[i], v + i * p->dim);
    return v;
}

struct near_rows {
    float *near;
    size_t n;
};

static void keep_nearest(void *ctx, uint32_t number, const float *cos)
{
    const struct near_rows *x = ctx;
    float best = UNRELATED;
    for (size_t i = 0; i < x->n; i++) best = best > cos[i] ? best : cos[i];
    x->near[number] = best - UNRELATED;
}

static void keep_all(void *ctx, uint32_t number, const float *cos)
{
    const struct near_rows *x = ctx;
    float *near = x->near + (size_t)number * x->n;
    for (size_t i = 0; i < x->n; i++) near[i] = fmaxf(cos[i], UNRELATED) - UNRELATED;
}

/* in_titles, in_texts: the pieces that documents to be measured have there. */
static void read_query(const struct pieces *p, const char *title, const char *text, uint32_t count,
                       struct some in_titles, struct some in_texts, struct arena *arena,
                       struct cover_query *out)
{
    int32_t *title_ids, *text_ids;
    size_t n_title = cut(p, title, arena, &title_ids), n_text = cut(p, text, arena, &text_ids);
    float *near = arena_zalloc(arena, count, sizeof *near);
    float *title_near = arena_zalloc(arena, (size_t)count * n_title + 1, sizeof *title_near);
    float *weight = arena_alloc(arena, n_title + 1, sizeof *weight);
    struct near_rows nearest = {near, n_text}, all = {title_near, n_title};
    for (size_t i = 0; i < n_title; i++)
        weight[i] = embedder_piece_rarity(p->embedder, title_ids[i]);
    if (n_text)
        multiply(p, in_titles, vectors_of(p, text_ids, n_text, arena), n_text, arena, keep_nearest,
                 &nearest);
    if (n_title)
        multiply(p, in_texts, vectors_of(p, title_ids, n_title, arena), n_title, arena, keep_all,
                 &all);
    *out = (struct cover_query){.lang = text_language(title),
                                .near = near,
                                .n = n_title,
                                .weight = weight,
                                .title_near = title_near};
    measure_background(p, near, out->mean, out->scale);
}

void pieces_query(const struct pieces *p, const char *title, const char *text, struct arena *arena,
                  struct cover_query *out)
{
    uint32_t count = atomic_load_explicit(&p->count, memory_order_acquire);
    struct some all = {NULL, count};
    read_query(p, title, text, count, all, all, arena, out);
}

/* The numbers that are marked. */
static struct some marked(const uint8_t *marks, uint32_t count, struct arena *arena)
{
    uint32_t *numbers = arena_alloc(arena, (size_t)count + 1, sizeof *numbers), n = 0;
    for (uint32_t i = 0; i < count; i++) {
        numbers[n] = i;
        n += marks[i];
    }
    return (struct some){numbers, n};
}

void pieces_query_for(const struct pieces *p, const char *title, const char *text,
                      const struct document_pieces *const *documents, size_t n, struct arena *arena,
                      struct cover_query *out)
{
    uint32_t count = atomic_load_explicit(&p->count, memory_order_acquire);
    uint8_t *in_titles = arena_zalloc(arena, (size_t)count + 1, 1);
    memset(in_titles, 1, p->n_background);
    for (size_t i = 0; i < n; i++)
        for (uint32_t k = 0; documents[i] && k < documents[i]->n_title; k++)
            in_titles[documents[i]->number[k]] = 1;
    /* Of texts all: a query's title has few pieces, and finding those took longer. */
    read_query(p, title, text, count, marked(in_titles, count, arena), (struct some){NULL, count},
               arena, out);
}

enum { TITLE_PIECES = 64 /* of a title that are sought in a text at once */ };

/* The part of the query's title that is near the document's text. */
static float query_title_cover(const struct cover_query *q, const struct document_pieces *d)
{
    const uint32_t *number = d->number + d->n_title;
    float sum = 0, all = 0;
    for (size_t from = 0; from < q->n; from += TITLE_PIECES) {
        float best[TITLE_PIECES] = {0};
        size_t n = MIN(q->n - from, (size_t)TITLE_PIECES);
        for (uint32_t k = 0; k < d->n_text; k++) {
            const float *near = q->title_near + (size_t)number[k] * q->n + from;
            for (size_t i = 0; i < n; i++) best[i] = best[i] > near[i] ? best[i] : near[i];
        }
        for (size_t i = 0; i < n; i++) {
            sum += q->weight[from + i] * best[i];
            all += q->weight[from + i];
        }
    }
    return all > 0 ? sum / all : 0;
}

struct covers pieces_cover(const struct pieces *p, const struct cover_query *q,
                           const struct document_pieces *d, bool seeks)
{
    float theirs = title_cover(p, q->near, d), ours = query_title_cover(q, d);
    if (seeks) return (struct covers){(theirs - q->mean[d->lang]) / q->scale[d->lang], ours};
    return (struct covers){(ours - d->mean[q->lang]) / d->scale[q->lang], theirs};
}

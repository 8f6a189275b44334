#include "base/base.h"

#include "base/mem.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "index/background.h"
#include "index/embedder_centred.h"
#include "index/pieces.h"
#include "index/pieces_near.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { CHUNK = 1024 /* pieces whose vectors lie together */ };

/* Below this cosine pieces have nothing to do with each other. */
static const float UNRELATED = 0.3f;
/* Added to the background's standard deviation: a query of a word or two has hardly any. */
static const float SCALE_LEAST = 0.02f;

struct pieces {
    struct embedder *embedder;
    size_t dim;
    float *centre;
    int vocabulary;
    uint32_t *number_of;       /* by id; NONE. For who adds */
    int32_t *id_of;            /* by number */
    atomic_uint count;         /* pieces; those below it may be read by anybody */
    float **vectors;           /* by chunk */
    float *weight;             /* by number */
    struct piece_nears *nears; /* which of the table are near to which */
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

static uint32_t add_piece(struct pieces *p, int32_t id)
{
    uint32_t number = atomic_load_explicit(&p->count, memory_order_relaxed);
    if (number % CHUNK == 0) p->vectors[number / CHUNK] = mem_zalloc(CHUNK * p->dim, sizeof(float));
    read_vector(p, id, p->vectors[number / CHUNK] + (size_t)(number % CHUNK) * p->dim);
    p->weight[number] = embedder_piece_rarity(p->embedder, id);
    p->number_of[id] = number;
    p->id_of[number] = id;
    atomic_store_explicit(&p->count, number + 1, memory_order_release);
    return number;
}

uint32_t pieces_add(struct pieces *p, int32_t id)
{
    return p->number_of[id] != NONE ? p->number_of[id] : add_piece(p, id);
}

int32_t pieces_id(const struct pieces *p, uint32_t number)
{
    return p->id_of[number];
}

const char *pieces_model(const struct pieces *p)
{
    return embedder_id(p->embedder);
}

size_t pieces_count(const struct pieces *p)
{
    return atomic_load_explicit(&p->count, memory_order_acquire);
}

int pieces_vocabulary(const struct pieces *p)
{
    return p->vocabulary;
}

static void number_pieces(struct pieces *p, const int32_t *ids, size_t n, uint32_t *out)
{
    for (size_t i = 0; i < n; i++) out[i] = pieces_add(p, ids[i]);
}

/* ---- the background -------------------------------------------------------------------------- */

/* The part of a title that is near. */
static float title_cover(const struct pieces *p, const float *near, const struct document_pieces *d)
{
    float sum = 0, all = 0;
    for (uint32_t i = 0; i < d->n_title; i++) {
        uint32_t number = pieces_number_at(d, i);
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

/* How near a piece comes to the nearest of some: ctx by its number. */
static void keep_nearest(void *ctx, size_t i, uint32_t number, float cos)
{
    (void)i;
    float *near = ctx;
    near[number] = fmaxf(near[number], cos - UNRELATED);
}

/* How near the background's pieces come to those of a text. */
static const float *near_background(struct pieces *p, const struct document_pieces *d,
                                    struct arena *arena)
{
    float *near = arena_zalloc(arena, p->n_background, sizeof *near);
    int32_t *ids = arena_alloc(arena, d->n_text + 1, sizeof *ids);
    for (uint32_t i = 0; i < d->n_text; i++) ids[i] = p->id_of[pieces_number_at(d, d->n_title + i)];
    piece_nears_each(p->nears, ids, d->n_text, p->n_background, NULL, keep_nearest, near);
    return near;
}

void pieces_measure_background(struct pieces *p, struct document_pieces *d)
{
    struct arena arena;
    arena_init(&arena);
    measure_background(p, near_background(p, d, &arena), d->mean, d->scale);
    arena_free(&arena);
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
        mem_alloc(1, sizeof *d + (c->n_title + c->n_text) * sizeof *d->number);
    uint32_t *number = (uint32_t *)(d + 1);
    *d = (struct document_pieces){.lang = c->lang,
                                  .n_title = (uint32_t)c->n_title,
                                  .n_text = (uint32_t)c->n_text,
                                  .number = number};
    number_pieces(p, c->title, c->n_title, number);
    number_pieces(p, c->text, c->n_text, number + c->n_title);
    if (seeks) pieces_measure_background(p, d);
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

static void read_vector_for_nears(const void *ctx, int32_t id, float *out)
{
    read_vector(ctx, id, out);
}

static const float *vector_for_nears(const void *ctx, uint32_t number)
{
    return vector_of(ctx, number);
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
    p->id_of = mem_alloc((size_t)vocabulary, sizeof *p->id_of);
    memset(p->number_of, 0xff, (size_t)vocabulary * sizeof *p->number_of);
    p->vectors = mem_zalloc((size_t)vocabulary / CHUNK + 1, sizeof *p->vectors);
    p->weight = mem_alloc((size_t)vocabulary, sizeof *p->weight);
    atomic_init(&p->count, 0);
    find_centre(p);
    for (int lang = 0; lang < LANG_COUNT; lang++)
        for (size_t i = 0; i < BACKGROUND_TITLES; i++)
            p->background[lang][i] = read_title(p, background_titles[i][lang]);
    p->n_background = atomic_load_explicit(&p->count, memory_order_relaxed);
    const struct piece_vectors vectors = {
        .dim = p->dim, .read = read_vector_for_nears, .of = vector_for_nears, .ctx = p};
    p->nears = piece_nears_new(vocabulary, UNRELATED, &vectors);
    return p;
}

void pieces_free(struct pieces *p)
{
    if (!p) return;
    for (int lang = 0; lang < LANG_COUNT; lang++)
        for (size_t i = 0; i < BACKGROUND_TITLES; i++) free(p->background[lang][i]);
    for (size_t i = 0; i <= (size_t)p->vocabulary / CHUNK; i++) free(p->vectors[i]);
    piece_nears_free(p->nears);
    free(p->vectors);
    free(p->weight);
    free(p->number_of);
    free(p->id_of);
    free(p->centre);
    free(p);
}

/* ---- measuring ------------------------------------------------------------------------------- */

/* How near pieces come to each of the title's: a row of n for each that is near to any. Room for
 * all is only asked for, not touched: few are near. */
struct title_rows {
    size_t n;
    uint32_t *row_of, used;
    float *rows;
};

static void keep_row(void *ctx, size_t i, uint32_t number, float cos)
{
    struct title_rows *x = ctx;
    float *row = x->rows + (size_t)x->row_of[number] * x->n;
    if (!x->row_of[number]) {
        x->row_of[number] = ++x->used;
        row = x->rows + (size_t)x->used * x->n;
        memset(row, 0, x->n * sizeof *row);
    }
    row[i] = cos - UNRELATED;
}

void pieces_query(const struct pieces *p, const char *title, const char *text, struct pool *pool,
                  struct arena *arena, struct cover_query *out)
{
    uint32_t count = atomic_load_explicit(&p->count, memory_order_acquire);
    int32_t *title_ids, *text_ids;
    size_t n_title = cut(p, title, arena, &title_ids), n_text = cut(p, text, arena, &text_ids);
    float *weight = arena_alloc(arena, n_title + 1, sizeof *weight);
    float *near = arena_zalloc(arena, count, sizeof *near);
    struct title_rows title_rows = {
        .n = n_title,
        .row_of = arena_zalloc(arena, count, sizeof *title_rows.row_of),
        .rows = arena_alloc(arena, ((size_t)count + 1) * n_title + 1, sizeof *title_rows.rows)};
    for (size_t i = 0; i < n_title; i++)
        weight[i] = embedder_piece_rarity(p->embedder, title_ids[i]);
    piece_nears_each(p->nears, text_ids, n_text, count, pool, keep_nearest, near);
    piece_nears_each(p->nears, title_ids, n_title, count, pool, keep_row, &title_rows);
    *out = (struct cover_query){.lang = text_language(title),
                                .near = near,
                                .n = n_title,
                                .weight = weight,
                                .row_of = title_rows.row_of,
                                .rows = title_rows.rows};
    measure_background(p, near, out->mean, out->scale);
}

enum { TITLE_PIECES = 64 /* of a title that are sought in a text at once */ };

/* The part of the query's title that is near the document's text. */
static float query_title_cover(const struct cover_query *q, const struct document_pieces *d)
{
    float sum = 0, all = 0;
    for (size_t from = 0; from < q->n; from += TITLE_PIECES) {
        float best[TITLE_PIECES] = {0};
        size_t n = MIN(q->n - from, (size_t)TITLE_PIECES);
        for (uint32_t k = 0; k < d->n_text; k++) {
            uint32_t row = q->row_of[pieces_number_at(d, d->n_title + k)];
            if (!row) continue;
            const float *near = q->rows + (size_t)row * q->n + from;
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

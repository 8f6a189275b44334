#include "base/base.h"

#include "base/mem.h"
#include "index/e5_forward.h"

#include <cblas.h>
#include <string.h>

void e5_workspace_free(struct e5_workspace *w)
{
    free(w->memory);
    *w = (struct e5_workspace){0};
}

/* A batch under way. Rows are tokens: sequence s has rows start[s] to start[s + 1] - 1. */
struct batch {
    const struct e5_model *m;
    const struct e5_kernels *kernels;
    const struct e5_sequence *sequence;
    struct pool *pool;
    size_t n, tokens, longest;
    size_t *start;
    float *x;      /* tokens x hidden: the state */
    float *qkv;    /* tokens x 3 hidden */
    float *mixed;  /* tokens x hidden: what attention yields */
    float *middle; /* tokens x ff, in the memory of qkv and mixed, which are done with by then */
    float *scratch;
    size_t scratch_size; /* floats for each worker */
};

static size_t round_up(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

static int workers(const struct batch *b)
{
    return b->pool ? pool_threads(b->pool) : 1;
}

static void spread(const struct batch *b, size_t n, void (*fn)(void *, size_t, int), void *ctx)
{
    if (b->pool)
        pool_run(b->pool, n, fn, ctx);
    else
        for (size_t i = 0; i < n; i++) fn(ctx, i, 0);
}

static void lay_out(struct batch *b, struct e5_workspace *w)
{
    size_t h = (size_t)b->m->hidden, f = (size_t)b->m->ff;
    for (size_t s = 0; s < b->n; s++) {
        size_t len = b->sequence[s].n + 2;
        b->start[s + 1] = b->start[s] + len;
        b->longest = MAX(b->longest, len);
    }
    b->tokens = b->start[b->n];
    b->scratch_size = round_up(b->kernels->attend_scratch(b->longest));
    size_t shared = b->tokens * MAX(4 * h, f);
    size_t need = b->tokens * h + round_up(shared) + (size_t)workers(b) * b->scratch_size;
    if (need > w->floats) {
        free(w->memory);
        w->memory = mem_aligned(need, sizeof *w->memory);
        w->floats = need;
    }
    b->x = w->memory;
    b->qkv = b->middle = b->x + b->tokens * h; /* hidden is a multiple of 32: still aligned */
    b->mixed = b->qkv + b->tokens * 3 * h;
    b->scratch = b->qkv + round_up(shared);
}

static void embed_words(struct batch *b)
{
    const struct e5_model *m = b->m;
    size_t h = (size_t)m->hidden;
    for (size_t s = 0; s < b->n; s++) {
        const struct e5_sequence *q = &b->sequence[s];
        float *x = b->x + b->start[s] * h;
        for (size_t i = 0; i < q->n + 2; i++, x += h) {
            int32_t id = i == 0          ? e5_tokens_bos(m->tokens)
                         : i == q->n + 1 ? e5_tokens_eos(m->tokens)
                                         : q->id[i - 1];
            e5_model_word(m, id, x);
            for (size_t j = 0; j < h; j++) x[j] += m->position[i * h + j];
        }
    }
    b->kernels->layer_norm(b->x, b->tokens, h, m->norm, m->norm_bias, m->epsilon);
}

/* ---- products -------------------------------------------------------------------------------- */

/* What becomes of y. */
enum effect {
    SET,      /* y = x W + bias */
    SET_GELU, /* y = gelu(x W + bias) */
    ADD       /* y += x W + bias */
};

struct product {
    const struct batch *b;
    const struct e5_matrix *w;
    const float *x;
    float *y;
    enum effect effect;
    size_t parts;
    bool by_rows;
};

static void product_part(void *ctx, size_t i, int worker)
{
    (void)worker;
    const struct product *p = ctx;
    const size_t in = (size_t)p->w->in, out = (size_t)p->w->out;
    size_t r0 = 0, r1 = p->b->tokens, c0 = 0, c1 = out;
    if (p->by_rows) {
        r0 = p->b->tokens * i / p->parts;
        r1 = p->b->tokens * (i + 1) / p->parts;
    } else {
        c0 = out / 16 * i / p->parts * 16; /* the kernels like multiples of 16; so are in and out */
        c1 = out / 16 * (i + 1) / p->parts * 16;
    }
    if (r0 == r1 || c0 == c1) return;
    for (size_t r = r0; r < r1; r++) {
        float *y = p->y + r * out;
        if (p->effect == ADD)
            for (size_t c = c0; c < c1; c++) y[c] += p->w->bias[c];
        else
            memcpy(y + c0, p->w->bias + c0, (c1 - c0) * sizeof *y);
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)(r1 - r0), (int)(c1 - c0), (int)in,
                1, p->x + r0 * in, (int)in, p->w->weights + c0, (int)out, 1, p->y + r0 * out + c0,
                (int)out);
    if (p->effect == SET_GELU)
        for (size_t r = r0; r < r1; r++) p->b->kernels->gelu(p->y + r * out + c0, c1 - c0);
}

static void multiply(const struct batch *b, const float *x, const struct e5_matrix *w, float *y,
                     enum effect effect)
{
    struct product p = {.b = b, .w = w, .x = x, .y = y, .effect = effect};
    p.parts = (size_t)workers(b);
    /* For few rows OpenBLAS spends its time copying weights, so each part has its own of them. */
    p.by_rows = b->tokens >= 64 * p.parts;
    spread(b, p.parts, product_part, &p);
}

/* ---- attention ------------------------------------------------------------------------------- */

static void attend_head(void *ctx, size_t i, int worker)
{
    const struct batch *b = ctx;
    size_t heads = (size_t)b->m->heads, h = (size_t)b->m->hidden;
    size_t s = i / heads, column = i % heads * E5_HEAD, row = b->start[s];
    const float *q = b->qkv + row * 3 * h + column;
    b->kernels->attend(q, q + h, q + 2 * h, 3 * h, b->start[s + 1] - row,
                       b->mixed + row * h + column, h,
                       b->scratch + (size_t)worker * b->scratch_size);
}

static void run_layer(struct batch *b, const struct e5_layer *l)
{
    const struct e5_model *m = b->m;
    size_t h = (size_t)m->hidden;
    multiply(b, b->x, &l->qkv, b->qkv, SET);
    spread(b, b->n * (size_t)m->heads, attend_head, b);
    multiply(b, b->mixed, &l->out, b->x, ADD);
    b->kernels->layer_norm(b->x, b->tokens, h, l->norm1, l->norm1_bias, m->epsilon);
    multiply(b, b->x, &l->up, b->middle, SET_GELU);
    multiply(b, b->middle, &l->down, b->x, ADD);
    b->kernels->layer_norm(b->x, b->tokens, h, l->norm2, l->norm2_bias, m->epsilon);
}

static void mean_rows(const struct batch *b, size_t s, float *out)
{
    size_t h = (size_t)b->m->hidden, n = b->start[s + 1] - b->start[s];
    const float *x = b->x + b->start[s] * h;
    memset(out, 0, h * sizeof *out);
    for (size_t i = 0; i < n; i++, x += h)
        for (size_t j = 0; j < h; j++) out[j] += x[j];
    for (size_t j = 0; j < h; j++) out[j] /= (float)n;
}

void e5_forward(const struct e5_model *m, const struct e5_kernels *kernels,
                const struct e5_sequence *sequence, size_t n, float *const *out,
                struct e5_workspace *w, struct pool *pool)
{
    struct batch b = {.m = m, .kernels = kernels, .sequence = sequence, .n = n, .pool = pool};
    b.start = mem_zalloc(n + 1, sizeof *b.start);
    lay_out(&b, w);
    embed_words(&b);
    for (int i = 0; i < m->layers; i++) run_layer(&b, &m->layer[i]);
    for (size_t s = 0; s < n; s++) mean_rows(&b, s, out[s]);
    free(b.start);
}

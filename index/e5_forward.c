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
    struct e5_codes codes; /* of what is multiplied next; unused in fp32 */
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
    const size_t most = MAX(h, f), groups = round_up(b->tokens * e5_groups(most));
    const size_t codes = b->kernels->int8 ? round_up(b->tokens * most / 4) : 0;
    b->scratch_size = round_up(b->kernels->attend_scratch(b->longest));
    if (codes) b->scratch_size = MAX(b->scratch_size, most * E5_PANEL / 4);
    size_t shared = round_up(b->tokens * MAX(4 * h, f));
    size_t need = b->tokens * h + shared + (codes ? codes + 2 * groups : 0) +
                  (size_t)workers(b) * b->scratch_size;
    if (need > w->floats) {
        free(w->memory);
        w->memory = mem_aligned(need, sizeof *w->memory);
        w->floats = need;
    }
    float *rest = w->memory; /* hidden is a multiple of 32: all stays aligned */
    b->x = rest;
    rest += b->tokens * h;
    b->qkv = b->middle = rest;
    b->mixed = b->qkv + b->tokens * 3 * h;
    rest += shared;
    if (codes) {
        b->codes.code = (uint8_t *)rest;
        b->codes.step = rest + codes;
        b->codes.least = b->codes.step + groups;
        rest = b->codes.least + groups;
    }
    b->scratch = rest;
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
    bool add; /* y += x W + bias instead of y = x W + bias */
    size_t parts;
    bool by_rows;
};

static void product_floats(const struct product *p, size_t r0, size_t r1, size_t c0, size_t c1)
{
    const size_t in = (size_t)p->w->in, out = (size_t)p->w->out;
    for (size_t r = r0; r < r1; r++) {
        float *y = p->y + r * out;
        if (p->add)
            for (size_t c = c0; c < c1; c++) y[c] += p->w->bias[c];
        else
            memcpy(y + c0, p->w->bias + c0, (c1 - c0) * sizeof *y);
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)(r1 - r0), (int)(c1 - c0), (int)in,
                1, p->x + r0 * in, (int)in, p->w->weights + c0, (int)out, 1, p->y + r0 * out + c0,
                (int)out);
}

static void product_part(void *ctx, size_t i, int worker)
{
    const struct product *p = ctx;
    const struct batch *b = p->b;
    const size_t in = (size_t)p->w->in, out = (size_t)p->w->out;
    size_t r0 = 0, r1 = b->tokens, p0 = 0, p1 = out / E5_PANEL;
    if (p->by_rows) {
        r0 = b->tokens * i / p->parts;
        r1 = b->tokens * (i + 1) / p->parts;
    } else {
        p0 = out / E5_PANEL * i / p->parts;
        p1 = out / E5_PANEL * (i + 1) / p->parts;
    }
    if (r0 == r1 || p0 == p1) return;
    if (b->kernels->int8)
        b->kernels->int8->product(&b->codes, &p->w->packed, p->w->bias, in, out, r0, r1, p0, p1,
                                  p->add, p->y,
                                  (int8_t *)(b->scratch + (size_t)worker * b->scratch_size));
    else
        product_floats(p, r0, r1, p0 * E5_PANEL, p1 * E5_PANEL);
}

/* x is read as b->codes where products have 8 bits: encode it first. */
static void multiply(const struct batch *b, const float *x, const struct e5_matrix *w, float *y,
                     bool add)
{
    struct product p = {.b = b, .w = w, .x = x, .y = y, .add = add};
    p.parts = (size_t)workers(b);
    /* For few rows OpenBLAS spends its time copying weights, so each part has its own of them. */
    p.by_rows = b->tokens >= 64 * p.parts;
    spread(b, p.parts, product_part, &p);
}

/* ---- row by row ------------------------------------------------------------------------------ */

/* What is done to each row between two products. */
struct rows {
    const struct batch *b;
    float *x;
    size_t n;                 /* floats in a row */
    const float *gain, *bias; /* x is normalised; NULL: not */
    bool gelu;
    bool encode; /* into b->codes, if products want it */
    size_t parts;
};

static void rows_part(void *ctx, size_t i, int worker)
{
    (void)worker;
    const struct rows *p = ctx;
    const struct e5_kernels *k = p->b->kernels;
    const size_t end = p->b->tokens * (i + 1) / p->parts;
    for (size_t r = p->b->tokens * i / p->parts; r < end; r++) {
        float *x = p->x + r * p->n;
        if (p->gain) k->layer_norm(x, 1, p->n, p->gain, p->bias, p->b->m->epsilon);
        if (p->gelu) k->gelu(x, p->n);
        if (p->encode && k->int8) k->int8->encode(x, p->n, &p->b->codes, r);
    }
}

static void each_row(const struct rows *p)
{
    struct rows copy = *p;
    copy.parts = (size_t)workers(p->b);
    spread(p->b, copy.parts, rows_part, &copy);
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

/* Normalises the states; with encode for the product that follows. */
static void normalise(const struct batch *b, const float *gain, const float *bias, bool encode)
{
    const size_t h = (size_t)b->m->hidden;
    each_row(
        &(struct rows){.b = b, .x = b->x, .n = h, .gain = gain, .bias = bias, .encode = encode});
}

static void run_layer(struct batch *b, const struct e5_layer *l, bool last)
{
    const size_t h = (size_t)b->m->hidden, f = (size_t)b->m->ff;
    multiply(b, b->x, &l->qkv, b->qkv, false);
    spread(b, b->n * (size_t)b->m->heads, attend_head, b);
    if (b->kernels->int8) each_row(&(struct rows){.b = b, .x = b->mixed, .n = h, .encode = true});
    multiply(b, b->mixed, &l->out, b->x, true);
    normalise(b, l->norm1, l->norm1_bias, true);
    multiply(b, b->x, &l->up, b->middle, false);
    each_row(&(struct rows){.b = b, .x = b->middle, .n = f, .gelu = true, .encode = true});
    multiply(b, b->middle, &l->down, b->x, true);
    normalise(b, l->norm2, l->norm2_bias, !last);
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
    normalise(&b, m->norm, m->norm_bias, true);
    for (int i = 0; i < m->layers; i++) run_layer(&b, &m->layer[i], i + 1 == m->layers);
    for (size_t s = 0; s < n; s++) mean_rows(&b, s, out[s]);
    free(b.start);
}

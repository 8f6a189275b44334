#include "base/base.h"

#include "base/mem.h"
#include "base/pool.h"
#include "index/words.h"

#include <string.h>

/* The words of some documents. Where a segment has rows (lexical.h), each document's terms are
 * looked for in the query, some hundreds instead of the query's millions of postings; a segment
 * without, which is small or lasts as long as a command, has its lists gone through. */

enum {
    RUN = 128,        /* documents that a thread takes at a time */
    POOL_ROWS = 1024, /* below so many documents, or postings, the pool is left to others */
    POOL_POSTINGS = 65536
};

/* A set of numbers, and the place of each among them. */
struct places {
    uint64_t *bits;
    uint32_t *before; /* how many come before each word of bits */
};

static void places_init(struct places *p, size_t size)
{
    p->bits = mem_zalloc(size / 64 + 1, sizeof *p->bits);
    p->before = mem_alloc(size / 64 + 1, sizeof *p->before);
}

static void places_free(struct places *p)
{
    free(p->bits);
    free(p->before);
}

static void places_add(struct places *p, uint32_t x)
{
    p->bits[x / 64] |= UINT64_C(1) << (x % 64);
}

static void places_count(struct places *p, size_t size)
{
    uint32_t before = 0;
    for (size_t i = 0; i <= size / 64; i++) {
        p->before[i] = before;
        before += (uint32_t)__builtin_popcountll(p->bits[i]);
    }
}

static bool places_has(const struct places *p, uint32_t x)
{
    return p->bits[x / 64] >> (x % 64) & 1;
}

static uint32_t places_of(const struct places *p, uint32_t x)
{
    uint64_t lower = p->bits[x / 64] & ((UINT64_C(1) << (x % 64)) - 1);
    return p->before[x / 64] + (uint32_t)__builtin_popcountll(lower);
}

/* Documents of one segment that are asked for: their ordinals ascend. */
struct asked {
    const struct words_query *query;
    size_t segment;
    const struct lexical *lexical;
    const uint32_t *length;
    const uint32_t *ords; /* of all segments' documents; these are [from, to) */
    size_t from, to;
    uint32_t first;       /* the segment's first ordinal */
    struct places places; /* of terms: with rows; else of documents */
    float *weights;       /* of the query's terms, by place */
    double **sums;        /* of each worker, by document of all segments */
};

/* ---- by rows --------------------------------------------------------------------------------- */

static void places_of_terms(struct asked *a)
{
    size_t terms = lexical_terms(a->lexical);
    places_init(&a->places, terms);
    for (size_t t = 0; t < a->query->n; t++)
        if (a->query->words[t].postings[a->segment].n)
            places_add(&a->places, a->query->words[t].number[a->segment]);
    places_count(&a->places, terms);
    a->weights = mem_alloc(a->query->n, sizeof *a->weights);
    for (size_t t = 0; t < a->query->n; t++)
        if (a->query->words[t].postings[a->segment].n)
            a->weights[places_of(&a->places, a->query->words[t].number[a->segment])] =
                a->query->weights[t];
}

static double row_sum(const struct asked *a, uint32_t doc)
{
    struct postings row = lexical_row(a->lexical, doc);
    float length = (float)(int32_t)a->length[doc];
    uint32_t term[POSTINGS_BLOCK], tf[POSTINGS_BLOCK];
    double sum = 0;
    for (uint32_t block = 0; block <= row.n_blocks; block++) {
        uint32_t n = postings_read(&row, block, term, tf), at[POSTINGS_BLOCK + 1], found = 0;
        for (uint32_t k = 0; k < n; k++) { /* no branches */
            at[found] = k;
            found += places_has(&a->places, term[k]);
        }
        for (uint32_t i = 0; i < found; i++) {
            float weight = a->weights[places_of(&a->places, term[at[i]])];
            sum += (double)(weight * saturated(a->query->norm, (float)(int32_t)tf[at[i]], length));
        }
    }
    return sum;
}

static void add_rows(void *ctx, size_t run, int worker)
{
    const struct asked *a = ctx;
    size_t from = a->from + run * RUN, to = MIN(from + RUN, a->to);
    for (size_t i = from; i < to; i++) a->sums[worker][i] += row_sum(a, a->ords[i] - a->first);
}

/* ---- by lists -------------------------------------------------------------------------------- */

static void places_of_documents(struct asked *a)
{
    uint32_t docs = lexical_docs(a->lexical);
    places_init(&a->places, docs);
    for (size_t i = a->from; i < a->to; i++) places_add(&a->places, a->ords[i] - a->first);
    places_count(&a->places, docs);
}

static void add_list(void *ctx, size_t term, int worker)
{
    const struct asked *a = ctx;
    const struct postings *p = &a->query->words[term].postings[a->segment];
    float weight = a->query->weights[term];
    double *sum = a->sums[worker] + a->from;
    uint32_t doc[POSTINGS_BLOCK], tf[POSTINGS_BLOCK], at[POSTINGS_BLOCK + 1];
    for (uint32_t block = 0; p->n && block <= p->n_blocks; block++) {
        uint32_t n = postings_read(p, block, doc, tf), found = 0;
        for (uint32_t k = 0; k < n; k++) { /* no branches */
            at[found] = k;
            found += places_has(&a->places, doc[k]);
        }
        for (uint32_t i = 0; i < found; i++) {
            uint32_t d = doc[at[i]];
            float value = weight * saturated(a->query->norm, (float)(int32_t)tf[at[i]],
                                             (float)(int32_t)a->length[d]);
            sum[places_of(&a->places, d)] += (double)value;
        }
    }
}

/* ---- both ------------------------------------------------------------------------------------ */

static void add_segment(struct asked *a, struct pool *pool)
{
    bool rows = a->query->part == PART_ALL && lexical_has_rows(a->lexical);
    size_t n = a->to - a->from, runs = rows ? (n + RUN - 1) / RUN : a->query->n;
    uint64_t postings = 0;
    for (size_t t = 0; t < a->query->n; t++) postings += a->query->words[t].postings[a->segment].n;
    if (rows ? n < POOL_ROWS : postings < POOL_POSTINGS) pool = NULL;
    if (rows)
        places_of_terms(a);
    else
        places_of_documents(a);
    void (*add)(void *, size_t, int) = rows ? add_rows : add_list;
    if (pool)
        pool_run(pool, runs, add, a);
    else
        for (size_t i = 0; i < runs; i++) add(a, i, 0);
    places_free(&a->places);
    free(a->weights);
    a->weights = NULL;
}

void snapshot_words_of(const struct snapshot *s, enum kind kind, enum part part,
                       const struct bag *bag, const uint32_t *ords, size_t n, float *score)
{
    struct words_query q;
    words_query_init(&q, s, kind, part, bag);
    int threads = s->pool ? pool_threads(s->pool) : 1;
    struct asked a = {.query = &q, .ords = ords};
    a.sums = mem_alloc((size_t)threads, sizeof(double *));
    for (int w = 0; w < threads; w++) a.sums[w] = mem_zalloc(n, sizeof(double));
    for (size_t i = 0; i < q.shelf->n_segments; i++) {
        a.from = a.to;
        while (a.to < n && ords[a.to] < q.shelf->first[i + 1]) a.to++;
        if (a.from == a.to) continue;
        a.segment = i;
        a.first = q.shelf->first[i];
        a.lexical = q.shelf->segments[i]->lexical;
        a.length = lexical_lengths(a.lexical, part);
        add_segment(&a, s->pool);
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (int w = 0; w < threads; w++) sum += a.sums[w][i];
        score[i] = q.shelf->live[ords[i]] ? (float)sum * q.scale : 0;
    }
    for (int w = 0; w < threads; w++) free(a.sums[w]);
    free(a.sums);
    words_query_free(&q);
}

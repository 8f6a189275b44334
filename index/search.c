#include "base/base.h"

#include "base/mem.h"
#include "index/snapshot.h"
#include "index/vector_scan.h"

#include <math.h>
#include <string.h>

/* ---- words: the formula of lexical.h --------------------------------------------------------- */

/* The part of the formula that depends on the collection: saturated(tf, length) =
 * (k1 + 1) * tf / (tf + flat + slope * length). */
struct norm {
    float flat, slope;
};

static struct norm norm_of(double docs, double length)
{
    float slope = length > 0 ? (float)(BM25_K1 * BM25_B * docs / length) : 0.0f;
    return (struct norm){BM25_K1 * (1.0f - BM25_B), slope};
}

static float saturated(struct norm n, float tf, float length)
{
    return (BM25_K1 + 1.0f) * tf / (tf + n.flat + n.slope * length);
}

/* w(t) * idf(t) */
static float weight_of(const char *term, size_t len, double docs, double df)
{
    double idf = log(1.0 + (docs - df + 0.5) / (df + 0.5)) / log(1.0 + (docs + 0.5) / 0.5);
    return (float)idf * (term_is_pair(term, len) ? LEXICAL_PAIR_WEIGHT : 1.0f);
}

static float damped(uint32_t count)
{
    return count == 1 ? 1.0f : cbrtf((float)count);
}

/* What a raw sum is multiplied by: ceiling is the sum over all terms of the query. */
static float scale_of(float ceiling)
{
    return ceiling > 0 ? 1.0f / sqrtf(ceiling * (BM25_K1 + 1.0f)) : 0.0f;
}

/* The postings of one term in every segment of a shelf. Documents that were replaced count neither
 * here nor in the lengths: a score depends on what is there, not on how it came there. */
struct term {
    const struct posting *postings[SHELF_SEGMENTS];
    size_t n[SHELF_SEGMENTS];
    uint32_t df; /* live documents whose part holds it */
};

static void find_term(const struct shelf *s, enum part part, const char *text, size_t len,
                      struct term *t)
{
    t->df = 0;
    for (size_t i = 0; i < s->n_segments; i++) {
        const struct segment *segment = s->segments[i];
        const uint8_t *live = s->live + s->first[i];
        const struct posting *p = lexical_postings(segment->lexical, text, len, &t->n[i]);
        t->postings[i] = p;
        if (s->segment_live[i] < segment->rows) {
            for (size_t k = 0; k < t->n[i]; k++) t->df += live[p[k].doc] && p[k].tf[part];
        } else if (p) {
            t->df += part == PART_ALL ? (uint32_t)t->n[i]
                                      : lexical_df(segment->lexical, part, text, len);
        }
    }
}

struct lexical_stats snapshot_lexical_stats(const struct snapshot *s, enum kind kind)
{
    const struct shelf *shelf = s->shelves[kind];
    struct lexical_stats stats = {.docs = shelf->n_live};
    for (int part = 0; shelf->n_live && part < PART_COUNT; part++)
        stats.mean_length[part] = (double)shelf->length[part] / shelf->n_live;
    return stats;
}

float snapshot_idf(const struct snapshot *s, enum kind kind, enum part part, const char *term,
                   size_t len)
{
    struct term t;
    find_term(s->shelves[kind], part, term, len, &t);
    return weight_of(term, len, s->shelves[kind]->n_live, t.df);
}

/* Scales the sums, and leaves nothing where there is no document. */
static void finish(const struct shelf *s, float scale, float *score)
{
    uint32_t size = s->first[s->n_segments];
    for (uint32_t ord = 0; ord < size; ord++) score[ord] = s->live[ord] ? score[ord] * scale : 0.0f;
}

void snapshot_words(const struct snapshot *s, enum kind kind, enum part part,
                    const struct bag *query, float *score)
{
    const struct shelf *shelf = s->shelves[kind];
    struct norm norm = norm_of(shelf->n_live, (double)shelf->length[part]);
    float ceiling = 0;
    memset(score, 0, snapshot_size(s, kind) * sizeof *score);
    for (size_t q = 0; q < query->n; q++) {
        const struct bag_term *term = &query->terms[q];
        struct term t;
        find_term(shelf, part, term->term, term->len, &t);
        float weight = weight_of(term->term, term->len, shelf->n_live, t.df) * damped(term->count);
        ceiling += weight;
        for (size_t i = 0; t.df && i < shelf->n_segments; i++) {
            const uint32_t *length = shelf->segments[i]->length[part];
            float *out = score + shelf->first[i];
            const struct posting *p = t.postings[i];
            for (size_t k = t.n[i]; k > 0; k--, p++)
                out[p->doc] += weight * saturated(norm, p->tf[part], (float)length[p->doc]);
        }
    }
    finish(shelf, scale_of(ceiling), score);
}

/* Which of the lists of scales: the terms of kind `seekers`, weighed by how rare they are in
 * `offers`. */
static const float *scales(const struct snapshot *s, enum kind seekers, enum kind offers,
                           enum part part)
{
    struct scales *all = s->scales;
    float *made = atomic_load_explicit(&all->of[seekers][offers][part], memory_order_acquire);
    if (made) return made;
    const struct shelf *shelf = s->shelves[seekers];
    size_t size = snapshot_size(s, seekers);
    made = mem_zalloc(size, sizeof *made);
    for (size_t i = 0; i < shelf->n_segments; i++) {
        const struct lexical *x = shelf->segments[i]->lexical;
        float *out = made + shelf->first[i];
        for (uint32_t k = 0; k < lexical_terms(x); k++) {
            size_t len, n;
            const char *text = lexical_term(x, k, &len);
            const struct posting *p = lexical_term_postings(x, k, &n), *end = p + n;
            float weight = snapshot_idf(s, offers, part, text, len);
            for (; p < end; p++)
                if (p->tf[part]) out[p->doc] += weight * damped(p->tf[part]);
        }
    }
    for (size_t ord = 0; ord < size; ord++) made[ord] = scale_of(made[ord]);
    float *other = NULL;
    if (atomic_compare_exchange_strong(&all->of[seekers][offers][part], &other, made)) return made;
    free(made); /* another reader was faster; both computed the same */
    return other;
}

void snapshot_words_reverse(const struct snapshot *s, enum kind seekers, enum kind offers,
                            enum part part, const struct bag *offer, float *score)
{
    const struct shelf *shelf = s->shelves[seekers], *pool = s->shelves[offers];
    struct norm norm = norm_of(pool->n_live, (double)pool->length[part]);
    const float *scale = scales(s, seekers, offers, part);
    size_t size = snapshot_size(s, seekers);
    memset(score, 0, size * sizeof *score);
    for (size_t q = 0; q < offer->n; q++) {
        const struct bag_term *term = &offer->terms[q];
        struct term t;
        find_term(shelf, part, term->term, term->len, &t);
        if (!t.df) continue;
        float weight = snapshot_idf(s, offers, part, term->term, term->len) *
                       saturated(norm, (float)term->count, (float)offer->length);
        for (size_t i = 0; i < shelf->n_segments; i++) {
            float *out = score + shelf->first[i];
            const struct posting *p = t.postings[i];
            for (size_t k = t.n[i]; k > 0; k--, p++)
                if (p->tf[part]) out[p->doc] += weight * damped(p->tf[part]);
        }
    }
    for (size_t ord = 0; ord < size; ord++) score[ord] *= scale[ord];
    finish(shelf, 1.0f, score);
}

/* Adds a term's counts up over each organisation's capabilities. Returns how many it touched. */
static size_t gather(const struct snapshot *s, const struct term *t, float *tf, uint32_t *touched)
{
    const struct shelf *shelf = s->shelves[KIND_CAPABILITY];
    const struct rows *owners = &s->links->capabilities;
    size_t n = 0;
    for (size_t i = 0; i < shelf->n_segments; i++) {
        const struct posting *p = t->postings[i];
        for (size_t left = t->n[i]; left > 0; left--, p++) {
            uint32_t ord = shelf->first[i] + p->doc;
            for (uint32_t k = owners->offsets[ord]; k < owners->offsets[ord + 1]; k++) {
                uint32_t org = owners->values[k];
                if (tf[org] == 0.0f) touched[n++] = org;
                tf[org] += p->tf[PART_ALL];
            }
        }
    }
    return n;
}

void snapshot_words_orgs(const struct snapshot *s, const struct bag *query, float *score)
{
    const struct links *links = s->links;
    size_t orgs = snapshot_size(s, KIND_ORG);
    struct norm norm = norm_of(links->owners, (double)links->length);
    float *tf = mem_zalloc(orgs, sizeof *tf), ceiling = 0;
    uint32_t *touched = mem_alloc(orgs, sizeof *touched);
    memset(score, 0, orgs * sizeof *score);
    for (size_t q = 0; q < query->n; q++) {
        const struct bag_term *term = &query->terms[q];
        struct term t;
        find_term(s->shelves[KIND_CAPABILITY], PART_ALL, term->term, term->len, &t);
        size_t n = gather(s, &t, tf, touched);
        float weight =
            weight_of(term->term, term->len, links->owners, (double)n) * damped(term->count);
        ceiling += weight;
        for (size_t i = 0; i < n; i++) {
            uint32_t org = touched[i];
            score[org] += weight * saturated(norm, tf[org], (float)links->org_length[org]);
            tf[org] = 0.0f;
        }
    }
    float scale = scale_of(ceiling);
    for (size_t org = 0; org < orgs; org++) score[org] *= scale;
    free(touched);
    free(tf);
}

/* ---- vectors --------------------------------------------------------------------------------- */

enum {
    BLOCK_ROWS = 1024, /* fixed, so that a cosine does not depend on the number of threads */
    /* Below this, spreading the work gains less than waiting for the pool may cost: it can be
     * taken for tenths of a second by an embedding, and 64 k rows are 8 ms of one core. */
    POOL_ROWS = 65536
};

struct scan {
    const struct shelf *shelf;
    enum part part;
    const float *q;
    float *cos;
    uint32_t block_of[SHELF_SEGMENTS + 1]; /* number of the first block of each segment */
};

/* One block: runs of rows that have a vector go through the matrix product, the rest is NaN. */
static void scan_block(void *ctx, size_t block, int worker)
{
    (void)worker;
    const struct scan *scan = ctx;
    const struct shelf *shelf = scan->shelf;
    size_t i = 0;
    while (block >= scan->block_of[i + 1]) i++;
    const struct segment *s = shelf->segments[i];
    const uint8_t *live = shelf->live + shelf->first[i];
    float *out = scan->cos + shelf->first[i];
    uint32_t row = (uint32_t)(block - scan->block_of[i]) * BLOCK_ROWS;
    uint32_t end = MIN(row + BLOCK_ROWS, s->rows);
    while (row < end) {
        uint32_t from = row;
        const float *vectors = segment_vector(s, scan->part, row);
        while (row < end && live[row] && segment_vector(s, scan->part, row)) row++;
        vector_scan(vectors, row - from, s->dim, scan->q, out + from);
        while (row < end && !(live[row] && segment_vector(s, scan->part, row))) out[row++] = NAN;
    }
}

void snapshot_cosine(const struct snapshot *s, enum kind kind, enum part part, const float *q,
                     float *cos)
{
    const struct shelf *shelf = s->shelves[kind];
    struct scan scan = {.shelf = shelf, .part = part, .q = q, .cos = cos};
    uint32_t size = shelf->first[shelf->n_segments];
    for (size_t i = 0; i < shelf->n_segments; i++)
        scan.block_of[i + 1] =
            scan.block_of[i] + (shelf->segments[i]->rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    size_t blocks = scan.block_of[shelf->n_segments];
    if (!s->dim) {
        for (uint32_t ord = 0; ord < size; ord++) cos[ord] = NAN;
    } else if (size > POOL_ROWS && s->pool) {
        pool_run(s->pool, blocks, scan_block, &scan);
    } else {
        for (size_t block = 0; block < blocks; block++) scan_block(&scan, block, 0);
    }
}

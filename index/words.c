#include "base/base.h"

#include "base/mem.h"
#include "index/words.h"

#include <math.h>
#include <string.h>

/* ---- the formula ----------------------------------------------------------------------------- */

struct norm norm_of(double docs, double length)
{
    float slope = length > 0 ? (float)(BM25_K1 * BM25_B * docs / length) : 0.0f;
    return (struct norm){BM25_K1 * (1.0f - BM25_B), slope};
}

float word_weight(const char *term, size_t len, double docs, double df)
{
    double idf = log(1.0 + (docs - df + 0.5) / (df + 0.5)) / log(1.0 + (docs + 0.5) / 0.5);
    return (float)idf * (term_is_pair(term, len) ? LEXICAL_PAIR_WEIGHT : 1.0f);
}

float word_damped(uint32_t count)
{
    return count == 1 ? 1.0f : cbrtf((float)count);
}

float words_scale(double ceiling)
{
    return ceiling > 0 ? 1.0f / sqrtf((float)ceiling * (BM25_K1 + 1.0f)) : 0.0f;
}

void word_find(const struct shelf *s, enum part part, const char *text, size_t len, struct word *w)
{
    w->df = 0;
    for (size_t i = 0; i < s->n_segments; i++) {
        const struct lexical *x = s->segments[i]->lexical;
        struct postings *p = &w->postings[i];
        w->number[i] = lexical_find(x, text, len);
        *p = lexical_postings(x, part, w->number[i]);
        w->df += p->n;
        if (p->n) w->df -= ghosts_df(&s->ghosts[i], part, text, len);
    }
}

void words_query_init(struct words_query *q, const struct snapshot *s, enum kind kind,
                      enum part part, const struct bag *bag)
{
    const struct shelf *shelf = s->shelves[kind];
    double ceiling = 0;
    *q = (struct words_query){.shelf = shelf, .part = part};
    q->norm = norm_of(shelf->n_live, (double)shelf->length[part]);
    q->words = mem_alloc(bag->n, sizeof *q->words);
    q->weights = mem_alloc(bag->n, sizeof *q->weights);
    for (size_t i = 0; i < bag->n; i++) {
        const struct bag_term *t = &bag->terms[i];
        struct word *w = &q->words[q->n];
        word_find(shelf, part, t->term, t->len, w);
        float weight = word_weight(t->term, t->len, shelf->n_live, w->df) * word_damped(t->count);
        ceiling += (double)weight;
        if (w->df) q->weights[q->n++] = weight;
    }
    q->scale = words_scale(ceiling);
}

struct weighed {
    float weight;
    size_t term;
};

static int heaviest_first(const void *x, const void *y)
{
    const struct weighed *a = x, *b = y;
    if (a->weight != b->weight) return a->weight > b->weight ? -1 : 1;
    return (a->term > b->term) - (a->term < b->term);
}

void words_query_lighten(struct words_query *q, uint64_t postings)
{
    struct weighed *order = mem_alloc(q->n, sizeof *order);
    struct word *words = mem_alloc(q->n, sizeof *words);
    size_t n = 0;
    for (size_t i = 0; i < q->n; i++) order[i] = (struct weighed){q->weights[i], i};
    qsort(order, q->n, sizeof *order, heaviest_first);
    for (uint64_t used = 0; n < q->n && used < postings; n++) {
        words[n] = q->words[order[n].term];
        q->weights[n] = order[n].weight;
        used += words[n].df;
    }
    free(order);
    free(q->words);
    q->words = words;
    q->n = n;
}

void words_query_free(struct words_query *q)
{
    free(q->words);
    free(q->weights);
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
    struct word w;
    word_find(s->shelves[kind], part, term, len, &w);
    return word_weight(term, len, s->shelves[kind]->n_live, w.df);
}

/* ---- every document -------------------------------------------------------------------------- */

/* Scales the sums, and leaves nothing where there is no document. Frees sum. */
static void finish(const struct shelf *s, float scale, double *sum, float *score)
{
    uint32_t size = s->first[s->n_segments];
    for (uint32_t ord = 0; ord < size; ord++)
        score[ord] = s->live[ord] ? (float)sum[ord] * scale : 0.0f;
    free(sum);
}

/* sum[doc] += weight * damped count over a list, where documents are the queries. */
static void add_list_damped(const struct postings *p, float weight, double *sum)
{
    uint32_t doc[POSTINGS_BLOCK], tf[POSTINGS_BLOCK];
    for (uint32_t block = 0; block <= p->n_blocks; block++)
        for (uint32_t k = postings_read(p, block, doc, tf); k-- > 0;)
            sum[doc[k]] += (double)(weight * word_damped(tf[k]));
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
    double *ceiling = mem_zalloc(size, sizeof *ceiling);
    for (size_t i = 0; i < shelf->n_segments; i++) {
        const struct lexical *x = shelf->segments[i]->lexical;
        for (uint32_t t = 0; t < lexical_terms(x); t++) {
            struct postings p = lexical_postings(x, part, t);
            if (!p.n) continue;
            size_t len;
            const char *text = lexical_term(x, t, &len);
            add_list_damped(&p, snapshot_idf(s, offers, part, text, len),
                            ceiling + shelf->first[i]);
        }
    }
    made = mem_alloc(size, sizeof *made);
    for (size_t ord = 0; ord < size; ord++) made[ord] = words_scale(ceiling[ord]);
    free(ceiling);
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
    double *sum = mem_zalloc(size, sizeof *sum);
    for (size_t q = 0; q < offer->n; q++) {
        const struct bag_term *term = &offer->terms[q];
        struct word w;
        word_find(shelf, part, term->term, term->len, &w);
        if (!w.df) continue;
        float weight = snapshot_idf(s, offers, part, term->term, term->len) *
                       saturated(norm, (float)term->count, (float)offer->length);
        for (size_t i = 0; i < shelf->n_segments; i++)
            add_list_damped(&w.postings[i], weight, sum + shelf->first[i]);
    }
    finish(shelf, 1.0f, sum, score);
    for (size_t ord = 0; ord < size; ord++) score[ord] *= scale[ord];
}

/* ---- organisations --------------------------------------------------------------------------- */

/* Adds a term's counts up over each organisation's capabilities. Returns how many it touched. */
static size_t gather(const struct snapshot *s, const struct word *w, float *tf, uint32_t *touched)
{
    const struct shelf *shelf = s->shelves[KIND_CAPABILITY];
    const struct rows *owners = &s->links->capabilities;
    uint32_t doc[POSTINGS_BLOCK], count[POSTINGS_BLOCK];
    size_t n = 0;
    for (size_t i = 0; i < shelf->n_segments; i++) {
        const struct postings *p = &w->postings[i];
        const uint32_t *offsets = owners->offsets + shelf->first[i];
        for (uint32_t block = 0; block <= p->n_blocks; block++) {
            uint32_t left = postings_read(p, block, doc, count);
            for (uint32_t j = 0; j < left; j++) {
                for (uint32_t k = offsets[doc[j]]; k < offsets[doc[j] + 1]; k++) {
                    uint32_t org = owners->values[k];
                    if (tf[org] == 0.0f) touched[n++] = org;
                    tf[org] += (float)count[j];
                }
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
    float *tf = mem_zalloc(orgs, sizeof *tf);
    double ceiling = 0, *sum = mem_zalloc(orgs, sizeof *sum);
    uint32_t *touched = mem_alloc(orgs, sizeof *touched);
    for (size_t q = 0; q < query->n; q++) {
        const struct bag_term *term = &query->terms[q];
        struct word w;
        word_find(s->shelves[KIND_CAPABILITY], PART_ALL, term->term, term->len, &w);
        size_t n = gather(s, &w, tf, touched);
        float weight =
            word_weight(term->term, term->len, links->owners, (double)n) * word_damped(term->count);
        ceiling += (double)weight;
        for (size_t i = 0; i < n; i++) {
            uint32_t org = touched[i];
            float value = weight * saturated(norm, tf[org], (float)links->org_length[org]);
            sum[org] += (double)value;
            tf[org] = 0.0f;
        }
    }
    float scale = words_scale(ceiling);
    for (size_t org = 0; org < orgs; org++) score[org] = (float)sum[org] * scale;
    free(touched);
    free(sum);
    free(tf);
}

/* words.h - the formula of lexical.h over the segments of a shelf; for the engine's own files.
 *
 * Sums are made in double: the products are floats, and of a few thousand of them a double holds
 * the exact sum. So a score does not depend on the order of adding, and what one function finds
 * equals to the bit what another does. */
#ifndef HN_INDEX_WORDS_H
#define HN_INDEX_WORDS_H

#include "index/snapshot.h"

/* The part of the formula that depends on the collection: saturated(tf, length) =
 * (k1 + 1) * tf / (tf + flat + slope * length). */
struct norm {
    float flat, slope;
};
/* From the number of documents and the sum of their lengths. */
struct norm norm_of(double docs, double length);

static inline float saturated(struct norm n, float tf, float length)
{
    return (BM25_K1 + 1.0f) * tf / (tf + n.flat + n.slope * length);
}

/* value[k] = weight * saturated(tf[k], length[doc[k]]) for n postings of a block. In steps, so that
 * the arithmetic is done several at a time. */
static inline void words_values(const uint32_t *doc, const uint32_t *tf, uint32_t n, float weight,
                                struct norm norm, const uint32_t *length, double *value)
{
    float product[POSTINGS_BLOCK];
    for (uint32_t k = 0; k < n; k++) product[k] = (float)(int32_t)length[doc[k]];
    for (uint32_t k = 0; k < n; k++)
        product[k] = weight * saturated(norm, (float)(int32_t)tf[k], product[k]);
    for (uint32_t k = 0; k < n; k++) value[k] = (double)product[k];
}

/* A term in every segment of a shelf. Documents that were replaced count neither here nor in the
 * lengths: a score depends on what is there, not on how it came there. */
struct word {
    uint32_t number[SHELF_SEGMENTS]; /* LEXICAL_ABSENT where it is not */
    struct postings postings[SHELF_SEGMENTS];
    uint32_t df; /* live documents whose part holds it */
};
void word_find(const struct shelf *s, enum part part, const char *text, size_t len, struct word *w);

/* A query over the documents of a kind: those of its terms that any of them has. */
struct words_query {
    const struct shelf *shelf;
    enum part part;
    struct norm norm;
    float scale; /* by which sums are multiplied */
    size_t n;
    struct word *words;
    float *weights;
};
void words_query_init(struct words_query *q, const struct snapshot *s, enum kind kind,
                      enum part part, const struct bag *bag);
/* Leaves the heaviest terms, as many as have about `postings` postings together. */
void words_query_lighten(struct words_query *q, uint64_t postings);
void words_query_free(struct words_query *q);

/* w(t) * idf(t) */
float word_weight(const char *term, size_t len, double docs, double df);
/* cbrt(count in query) */
float word_damped(uint32_t count);
/* What a sum is multiplied by; ceiling: the sum of all weights of the query. */
float words_scale(double ceiling);

#endif

/* vector_scan.h - dot products in floats, and the best of many.
 *
 * A dot product depends on its two vectors alone: the order of its additions is fixed, so it is the
 * same to the bit on every processor and whatever it is computed together with (but for
 * vector_top_batch, whose products are OpenBLAS's). */
#ifndef HN_INDEX_VECTOR_SCAN_H
#define HN_INDEX_VECTOR_SCAN_H

#include "base/base.h"

struct pool;

/* out[i] = rows[i] . q for n vectors of dim floats. By the calling thread alone. */
void vector_dots(const float *const *rows, size_t n, int dim, const float *q, float *out);
/* out[j * n + i] = rows[i] . q_j for n_q queries, which lie one after another. */
void vector_dots_many(const float *const *rows, size_t n, int dim, const float *q, size_t n_q,
                      float *out);

struct vector_hit {
    uint32_t row;
    float score;
};

/* The best `most` of a stream of hits, equal scores by lower row; which they are does not depend on
 * their order. A heap with the least on top; the room (`most` hits) is the caller's. */
struct vector_top {
    size_t most, n;
    struct vector_hit *hits;
};
void vector_top_add(struct vector_top *t, struct vector_hit hit);
/* Adds the n rows first, first + 1, ... with the scores given, or rows[0], rows[1], ... unless rows
 * is NULL. Fast where few are good enough. NaN is left out. */
void vector_top_scan(struct vector_top *t, const float *score, size_t n, uint32_t first,
                     const uint32_t *rows);
/* Best first; it is no heap any more. */
void vector_top_sort(struct vector_top *t);

/* The k best rows for each of many queries, best first, at out[query * k]; where there are fewer
 * than k rows, the rest is {UINT32_MAX, NAN}. rows: n x dim, n < UINT32_MAX; queries: n_queries x
 * dim. In blocks of products on the pool (NULL: alone), of which only the best are kept. */
void vector_top_batch(const float *rows, size_t n, int dim, const float *queries, size_t n_queries,
                      size_t k, struct pool *pool, struct vector_hit *out);

#endif

/* pieces_near.h - which pieces are near to which: for each piece that some text had, those of the
 * table above some cosine, found once. Private to pieces.c.
 *
 * A query of some hundred pieces against all of a table's is a billion multiplications, and the
 * next query has nearly the same pieces. Of the cosines few are above the bound. */
#ifndef HN_INDEX_PIECES_NEAR_H
#define HN_INDEX_PIECES_NEAR_H

#include "base/base.h"

struct pool;
struct piece_nears;

/* Where vectors come from: both unit vectors of dim floats. */
struct piece_vectors {
    size_t dim;
    void (*read)(const void *ctx, int32_t id, float *out); /* of a piece of the vocabulary */
    const float *(*of)(const void *ctx, uint32_t number);  /* of one in the table */
    const void *ctx;
};

struct piece_nears *piece_nears_new(int vocabulary, float bound, const struct piece_vectors *v)
    __attribute__((returns_nonnull));
void piece_nears_free(struct piece_nears *x); /* NULL: nothing */

/* Calls use for each of n ids (distinct) and each piece of the table with a number below count and
 * a cosine above the bound, in no order. What is not known yet is computed, with the help of the
 * pool's threads (NULL: alone). A cosine is always the same, whatever was asked before.
 * Thread-safe; use is called under a lock. */
void piece_nears_each(struct piece_nears *x, const int32_t *ids, size_t n, uint32_t count,
                      struct pool *pool,
                      void (*use)(void *ctx, size_t i, uint32_t number, float cos), void *ctx);

#endif

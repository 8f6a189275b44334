/* feature.h - what is measured of every pair. Private to matcher/.
 *
 * Everything is computed for many documents at once, a column of floats for each feature. */
#ifndef HN_MATCHER_FEATURE_H
#define HN_MATCHER_FEATURE_H

#include "matcher/weights.h"

/* One side of the pairs: the query's words and unit vectors, title and whole text. */
struct query_side {
    struct bag bag[PART_COUNT];
    const float *vector[PART_COUNT]; /* NULL: none */
    const char *text[PART_COUNT];
};

/* How a row came among the columns of some documents (candidate.h). Those by lot, whether they were
 * also found or not, stand for all documents. */
enum row_by { ROW_FOUND, ROW_BY_LOT, ROW_FOUND_BY_LOT };

struct moments {
    double mean, variance;
};

/* A column for each feature that counts, with a row for each document of the target kind by its
 * ordinal, or for some of them; values are standardised (weights.h), and 0, the value of an
 * ordinary pair, where a vector is missing. */
struct columns {
    size_t n;
    const uint32_t *ordinals;          /* of each row, ascending; NULL: row i is document i */
    const uint8_t *sampled;            /* of each row, enum row_by; NULL: these are all documents */
    const struct moments *title_words; /* of all documents, with sampled; NULL: not known */
    const struct weights *weights;     /* borrowed */
    float *value[FEATURE_COUNT];       /* NULL where the feature does not count */
    float *score;                      /* the weighted sum */
};

/* The query against every document of a kind. offers: the documents are capabilities and the query
 * seeks; otherwise they are needs or bottleneck items and the query is a capability. A pair has the
 * same values from either side. */
void columns_of_pairs(const struct snapshot *s, enum kind kind, bool offers,
                      const struct query_side *q, const struct weights *w, struct arena *arena,
                      struct columns *out);
static inline uint32_t columns_ordinal(const struct columns *c, size_t row)
{
    return c->ordinals ? c->ordinals[row] : (uint32_t)row;
}

/* The steps of the above: a column of zeros to be filled with raw measures; these to standard ones,
 * in place, where NaN, the mark of a missing vector, becomes 0; and the score. */
float *columns_add(struct columns *c, enum feature f, struct arena *arena);
void columns_standardise(const struct columns *c, enum feature f);
void columns_add_up(struct columns *c, struct arena *arena);

/* Which rows of the columns of capabilities belong to which organisation. */
struct profiles {
    const struct snapshot *snapshot;
    const uint32_t *offsets, *rows; /* offsets NULL: the snapshot's own lists */
};
struct profile {
    const uint32_t *rows;
    size_t n, owned; /* rows; and capabilities, of which those without a row were not compared */
};
void profiles_of(const struct snapshot *s, const struct columns *capabilities, struct arena *arena,
                 struct profiles *out);
struct profile profile_at(const struct profiles *p, uint32_t org);
/* The row with the highest score of the organisation's, or SIZE_MAX when it has none. */
size_t profile_best(const struct profiles *p, uint32_t org, const float *score);

/* The query seeks; organisations are compared through their capabilities, whose columns, and with
 * them the weights, are given. What was not compared counts as what was drawn by lot. */
void columns_of_orgs(const struct profiles *p, const struct query_side *q,
                     const struct columns *capabilities, struct arena *arena, struct columns *out);

/* value, weight and contribution of every feature of one row; returns their sum. */
double columns_explain(const struct columns *c, size_t row,
                       struct feature_value out[FEATURE_COUNT]);

#endif

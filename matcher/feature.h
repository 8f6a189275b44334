/* feature.h - what is measured of every pair. Private to matcher/.
 *
 * Everything is computed for all documents at once, a column of floats for each feature. */
#ifndef HN_MATCHER_FEATURE_H
#define HN_MATCHER_FEATURE_H

#include "matcher/weights.h"

/* One side of the pairs: the query's words and unit vectors, title and whole text. */
struct query_side {
    struct bag bag[PART_COUNT];
    const float *vector[PART_COUNT]; /* NULL: none */
    const char *text[PART_COUNT];
};

/* A column for each feature that counts, by ordinal of the target kind; values are standardised
 * (weights.h), and 0, the value of an ordinary pair, where a vector is missing. */
struct columns {
    size_t n;
    const struct weights *weights; /* borrowed */
    float *value[FEATURE_COUNT];   /* NULL where the feature does not count */
    float *score;                  /* the weighted sum */
};

/* The query against every document of a kind. offers: the documents are capabilities and the query
 * seeks; otherwise they are needs or bottleneck items and the query is a capability. A pair has the
 * same values from either side. */
void columns_of_pairs(const struct snapshot *s, enum kind kind, bool offers,
                      const struct query_side *q, const struct weights *w, struct arena *arena,
                      struct columns *out);
/* The query seeks; organisations are compared through their capabilities, whose columns, and with
 * them the weights, are given. */
void columns_of_orgs(const struct snapshot *s, const struct query_side *q,
                     const struct columns *capabilities, struct arena *arena, struct columns *out);

/* The organisation's capability with the highest score, or UINT32_MAX when it has none. */
uint32_t best_owned(const struct snapshot *s, uint32_t org, const float *score);

/* value, weight and contribution of every feature of one document; returns their sum. */
double columns_explain(const struct columns *c, uint32_t ord,
                       struct feature_value out[FEATURE_COUNT]);

#endif

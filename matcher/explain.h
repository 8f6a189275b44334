/* explain.h - which words and sentences carried a match. Private to matcher/.
 *
 * Evidence is found in the texts themselves, after scoring: the runs of terms both sides share,
 * weighted by how rare they are among the capabilities, and the pairs of sentences that share most
 * (cosine of their idf vectors). A pair that meets only in meaning, such as an English title and a
 * Chinese abstract, is shown by its two titles: we never invent a sentence. */
#ifndef HN_MATCHER_EXPLAIN_H
#define HN_MATCHER_EXPLAIN_H

#include "matcher/match.h"

/* One side of pairs: a record's fields, or a free text in the place of FIELD_TEXT. */
struct explain_source {
    const struct record *record; /* or NULL and */
    const char *text;
    bool title_only; /* the reader may see no more than the title */
};

struct explainer;

/* Analyses the query side once; the other side then comes pair by pair. `offers` is the kind whose
 * idf weighs the terms. query_is_need tells which side of the evidence the query goes to. Lives in
 * arena, which must outlive it; explainer_free frees the rest. */
struct explainer *explainer_new(const struct snapshot *s, struct analyzer *a, enum kind offers,
                                const struct explain_source *query, bool query_is_need,
                                struct arena *arena) __attribute__((returns_nonnull));
void explainer_free(struct explainer *x);

/* At most three sentence pairs, then at most five terms, each group by falling weight. Into arena.
 */
size_t explainer_pair(struct explainer *x, const struct explain_source *other, struct arena *arena,
                      struct evidence **evidence);

#endif

/* candidate.h - the documents of a large pool that are scored at all. Private to matcher/.
 *
 * Up to some number of documents every one is scored (feature.h). Beyond that, those are that are
 * among the best by one of four signals: the words and the meaning of the title, and of the whole
 * text. A good sum without one good part is rare (measured: tests/bench/README.md). With
 * them come documents drawn by lot, whoever asks: what an ordinary document scores, which levels
 * are judged by (level.h), is told by these, where otherwise all are asked. */
#ifndef HN_MATCHER_CANDIDATE_H
#define HN_MATCHER_CANDIDATE_H

#include "matcher/feature.h"

struct candidate_limits {
    size_t exhaustive; /* a pool of up to so many documents is scored whole */
    size_t top;        /* of a larger one the best by each signal, so many */
    size_t sample;     /* and so many by lot, or up to twice that */
};
/* Measured: tests/bench/README.md. */
static const struct candidate_limits candidate_limits = {
    .exhaustive = 65536, .top = 4000, .sample = 4096};

/* For tests and measurements: other limits from now on. Not thread-safe. */
struct matcher;
void matcher_limit(struct matcher *m, struct candidate_limits limits);

/* As columns_of_pairs, for the candidates alone: with columns.ordinals and columns.sampled. */
void columns_of_candidates(const struct snapshot *s, enum kind kind, bool offers,
                           const struct query_side *q, const struct weights *w,
                           struct candidate_limits limits, struct arena *arena,
                           struct columns *out);

#endif

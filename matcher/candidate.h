/* candidate.h - the documents of a large pool that are scored at all. Private to matcher/.
 *
 * Up to some number of documents every one is scored (feature.h). Beyond that in steps, each of
 * which measures more of fewer: by rough measures of all documents (the words of the title, the
 * heaviest words of the text, cosines of a bit a number), then with the cosines as they are, then
 * with all words, then with covers. What is left out at a step is what stood too far behind to come
 * back by what the later steps add (measured: tests/bench/README.md).
 *
 * With them come documents drawn by lot, whoever asks, which stay through all steps: what an
 * ordinary document scores, which levels are judged by (level.h), is told by these, where otherwise
 * all are asked. */
#ifndef HN_MATCHER_CANDIDATE_H
#define HN_MATCHER_CANDIDATE_H

#include "matcher/feature.h"

struct candidate_limits {
    size_t exhaustive; /* a pool of up to so many documents is scored whole */
    size_t rough;      /* of a larger one: those left by the rough measures, or a few more */
    size_t near;       /* by cosines */
    size_t top;        /* by all words: the candidates */
    size_t sample;     /* and so many by lot, or up to twice that */
};
/* Measured: tests/bench/README.md. */
static const struct candidate_limits candidate_limits = {
    .exhaustive = 65536, .rough = 12288, .near = 6144, .top = 2048, .sample = 2048};

/* For tests and measurements: other limits from now on. Not thread-safe. */
struct matcher;
void matcher_limit(struct matcher *m, struct candidate_limits limits);

/* As columns_of_pairs, for the candidates alone: with columns.ordinals and columns.sampled. */
void columns_of_candidates(const struct snapshot *s, enum kind kind, bool offers,
                           const struct query_side *q, const struct weights *w,
                           struct candidate_limits limits, struct arena *arena,
                           struct columns *out);

#endif

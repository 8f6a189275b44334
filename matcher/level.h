/* level.h - what a score is worth: how many hits this good would chance alone bring? Private to
 * matcher/.
 *
 * A raw cosine or score says little: the best of many unrelated documents looks good too. As BLAST
 * does (Altschul et al. 1990; Karlin & Altschul 1990), a match is judged by E = N * p: N documents
 * were compared, p is the chance that an unrelated one comes as close. Closeness combines the score
 * itself, whose features are made to mean the same for every query, with how far it stands out of
 * this query's own pool; p falls exponentially with it, as tails of maxima do. Within a query, E
 * falls as the score rises: levels never contradict the order. Since E grows with N, a level does
 * not rise because the pool does. Constants, their fit and what was tried instead stand in
 * tests/relevance/README.md. Without vectors scores are lower, and levels err on the side of none.
 */
#ifndef HN_MATCHER_LEVEL_H
#define HN_MATCHER_LEVEL_H

#include "matcher/match.h"

/* closeness[i] of n scores; -INFINITY, the mark of a document that may not be offered, stays. */
void level_closeness(const float *score, size_t n, float *closeness);

/* E for a closeness in a pool of that many documents. */
double level_expected(double closeness, double pool);

/* The level that an expectation deserves. */
enum match_level level_of(double expected);

#endif

/* level.h - what a score is worth: how many hits this good would chance alone bring? Private to
 * matcher/.
 *
 * A raw cosine or score says little: the best of many unrelated documents looks good too. As BLAST
 * does (Altschul et al. 1990; Karlin & Altschul 1990), a match is judged by E = N * p: N documents
 * were compared, p is the chance that an unrelated one comes as close. p falls exponentially with
 * closeness, as tails of maxima do. The closeness of the best match is judged first, by what
 * tells needs with an answer from needs without better than the score alone: the score, the
 * meaning of the two titles and the words of the best title, each as it is and as far as it stands
 * out of this pool; less how far the match's title stands out by its cover (pieces.h), which helped
 * to choose it. Every further match is less close by what its score is less: levels never
 * contradict the order. Since E grows with N, a level does not rise because the pool does.
 * Constants, their fit and what was tried instead stand in tests/relevance/README.md. Without
 * vectors levels err on the side of none. */
#ifndef HN_MATCHER_LEVEL_H
#define HN_MATCHER_LEVEL_H

#include "matcher/feature.h"

/* closeness[i] of c->n documents, by columns and score of pairs; a score of -INFINITY, the mark of
 * a document that may not be offered, stays. What stands out of the pool is told by the rows that
 * are c->sampled, if that is given. */
void level_closeness(const struct columns *c, float *closeness);

/* E for a closeness in a pool of that many documents. */
double level_expected(double closeness, double pool);

/* The level that an expectation deserves. */
enum match_level level_of(double expected);
/* The same, but for musts that are stated otherwise (indicator_table.h): weak at most. Somebody
 * would be introduced in vain. */
enum match_level level_barred(enum match_level level, size_t musts_unmet);

#endif

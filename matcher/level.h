/* level.h - what a score is worth: how many hits this good would chance alone bring? Private to
 * matcher/.
 *
 * A raw cosine or score says little: the best of many unrelated documents looks good too. As BLAST
 * does (Altschul et al. 1990; Karlin & Altschul 1990), a match is judged by E = N * p: N documents
 * were compared, p is the chance that an unrelated one comes as close. Closeness is measured on
 * titles, whose length hardly varies, and combines how near the pair is in absolute terms with how
 * far it stands out of this query's own pool; p falls exponentially with it, as tails of maxima do.
 * Constants, their fit and their test (1 k, 10 k and 100 k documents) are in
 * tests/relevance/README.md. Since E grows with N, a level does not rise because the pool does. */
#ifndef HN_MATCHER_LEVEL_H
#define HN_MATCHER_LEVEL_H

#include "matcher/feature.h"

/* closeness[ord] for each of the columns' documents (c->n floats): only where live[ord] is not
 * -INFINITY, elsewhere -INFINITY. */
void level_closeness(const struct columns *c, const float *live, float *closeness);

/* E for a closeness in a pool of that many documents. */
double level_expected(double closeness, double pool);

/* The level that an expectation deserves. */
enum match_level level_of(double expected);

#endif

/* lacks.h - what a near miss lacks: the words of the query that it does not cover. */
#ifndef HN_MATCHER_LACKS_H
#define HN_MATCHER_LACKS_H

#include "matcher/match.h"

struct lacks {
    const char **words; /* as people wrote them, the most telling first */
    size_t n;
};

/* For each of the first min(n, list->n) matches: at most five runs of words of the query's title,
 * or of its text where the title is covered, that occur nowhere in the matched record (for an
 * organisation: in none of the capabilities that made it). Text that is not public, of
 * either side, is looked at only with q->see_all. Into arena. */
struct lacks *lacks_of(const struct snapshot *s, struct analyzer *a, const struct match_query *q,
                       const struct match_list *list, size_t n, struct arena *arena);

#endif

/* lacks.h - what a near miss lacks: the words of the query that it does not cover. */
#ifndef HN_MATCHER_LACKS_H
#define HN_MATCHER_LACKS_H

#include "base/map.h"
#include "matcher/match.h"

struct lacks {
    const char **words; /* as people wrote them, the most telling first */
    size_t n;
};

/* For each of the first min(n, list->n) matches: at most five runs of words of the query's title,
 * or of its text where the title is covered, that occur nowhere in the matched record (for an
 * organisation: in none of the capabilities that made it). Nothing where the titles are in
 * different languages, of which no word meets another, nor of an organisation's name. Text that is
 * not public, of either side, is looked at only with q->see_all. Into arena. */
struct lacks *lacks_of(const struct snapshot *s, struct analyzer *a, const struct match_query *q,
                       const struct match_list *list, size_t n, struct arena *arena);

/* The two steps of it. */

/* The terms a record says, in any field that is matched; free with map_free. */
struct map *lacks_terms(struct analyzer *a, const struct record *r, struct arena *arena)
    __attribute__((returns_nonnull));

/* A run of words, code points of the text it was found in. */
struct lacks_run {
    struct span span;
    float weight; /* the sum of its terms' idf among documents of `kind` */
};
enum { LACKS_MAX = 5 };
/* At most LACKS_MAX runs of the text's words that are not among the terms, heaviest first; runs has
 * room for one more. Words of one letter are left out. */
size_t lacks_runs(const struct snapshot *s, struct analyzer *a, const char *text, enum kind kind,
                  const struct map *terms, struct lacks_run *runs, struct arena *arena);

#endif

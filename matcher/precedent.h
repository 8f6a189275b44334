/* precedent.h - what past introductions tell of a match, and as examples to learn from. */
#ifndef HN_MATCHER_PRECEDENT_H
#define HN_MATCHER_PRECEDENT_H

#include "corpus/store.h"
#include "matcher/feature.h"

/* ---- beside a match ---- */

/* How who offers then is related to who offers now. */
enum precedent_offer { OFFER_SAME, OFFER_SAME_ORG, OFFER_SIMILAR };
const char *precedent_offer_name(enum precedent_offer offer); /* "same" "same_org" "similar" */

/* An introduction of the same or a similar need to the same or a similar capability, or to the same
 * organisation. Records are borrowed from the snapshot. */
struct precedent {
    const struct record *introduction, *need;
    const struct record *capability, *org; /* NULL: not named, or deleted since */
    bool same_need;
    enum precedent_offer offer;
    float likeness; /* of the two needs: orders precedents, means nothing by itself */
};

enum { PRECEDENTS_MAX = 3 };

/* Has the introduction come to anything yet, be it an end? Not before both sides have agreed. */
bool precedent_has_outcome(const struct record *introduction);
/* May a reader without rights learn of it? Only of a contract. */
bool precedent_is_open(const struct record *introduction);

/* Fills precedents (same need first, then same capability, organisation, similar capability; within
 * these the most alike need, then the latest; at most PRECEDENTS_MAX) and the track record of each
 * match of the list. asked: the words and vectors of the query, for a free text; of a record the
 * snapshot has them. What has no outcome yet is a precedent only of its own pair; unless q->see_all
 * only what is open counts among the precedents. Into arena.
 *
 * "Similar" is decided by thresholds measured on real needs and patents
 * (tests/relevance/README.md): nothing is shown for want of something better. Costs nothing where
 * there are no introductions. */
void precedents_fill(const struct snapshot *s, struct analyzer *a, const struct match_query *q,
                     const struct query_side *asked, struct arena *arena, struct match_list *list);

/* ---- as examples ---- */

/* The grade of an introduction's outcome as a label of its pair, on the scale of graded pairs
 * (0 wrong, 1 related, 2 fits, 3 the answer): signed or negotiating 3; agreed or met 2; failed for
 * technology_mismatch 0. -1: it says nothing about the pair's fit. Other failures are about price,
 * time or people, and what has not happened yet is no outcome. */
int precedent_grade(const struct record *introduction);

/* A pair that people brought together, with what came of it. Strings are uids. */
struct graded_pair {
    const char *introduction;
    const char *need;
    const char *capability; /* NULL: the organisation as a whole was introduced */
    const char *org;        /* who offers; NULL: the capability has no owner */
    int grade;              /* 0, 2 or 3 */
};

/* All introductions with a grade, in bytewise order of their uids; of several for one pair (same
 * need, capability and organisation) only the one with the latest date, then the last uid. The need
 * and the capability were there when the introduction was stored but may be deleted by now: a uid
 * that the snapshot does not find is to be skipped. *pairs is in arena. One read of the store;
 * the calling thread must own it. -1 with err when it cannot be read. */
int precedent_pairs(struct store *s, struct arena *arena, struct graded_pair **pairs, size_t *n,
                    struct err *err);

#endif

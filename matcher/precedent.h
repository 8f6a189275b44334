/* precedent.h - what past introductions tell: examples to learn from. */
#ifndef HN_MATCHER_PRECEDENT_H
#define HN_MATCHER_PRECEDENT_H

#include "corpus/store.h"

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

/* history.h - who has worked with whom: results that belong to several organisations, consortia,
 * and introductions that ended in a contract.
 *
 * The organisations are nodes of a graph and their common work its edges. Each piece of work counts
 * once for every pair of those who did it; one by more than HISTORY_CROWD organisations says
 * nothing of any two of them and is left out. */
#ifndef HN_MATCHER_HISTORY_H
#define HN_MATCHER_HISTORY_H

#include "index/engine.h"

enum { HISTORY_CROWD = 30 };

struct history;

/* One of an organisation's partners. */
struct history_tie {
    uint32_t org;   /* ordinal, KIND_ORG */
    uint32_t joint; /* pieces of common work, at least 1 */
};

/* Everything the snapshot knows, in time proportional to its records and pairs; in arena, nothing
 * borrowed from the snapshot but its ordinals. Made anew for each proposal: 4 ms of processor time
 * at 2,000 organisations, 20,000 capabilities, half of them shared, and 1,000 consortia, where the
 * briefest proposal takes 23; at the sample nothing. */
const struct history *history_of(const struct snapshot *s, struct arena *arena)
    __attribute__((returns_nonnull));

/* Pieces of common work of two organisations, by ordinals; 0 when a == b. */
size_t history_joint(const struct history *h, uint32_t a, uint32_t b);
/* The partners of an organisation, ascending by ordinal. */
size_t history_ties(const struct history *h, uint32_t org, const struct history_tie **ties);
/* Pieces of work that an organisation did with others. */
size_t history_experience(const struct history *h, uint32_t org);
/* The number of organisations that have a partner, and of pieces of work that are known. */
size_t history_known(const struct history *h, size_t *pieces);

/* How near two organisations are by their common work, in [0, 1): n / (1 + n) of n pieces. */
float history_closeness(const struct history *h, uint32_t a, uint32_t b);

/* Has the organisation no common work and at most two records of what it can do? A newcomer must
 * not lose for being one: whoever adds a bonus for history gives newcomers, to whom it is closed,
 * a floor. */
bool history_newcomer(const struct history *h, const struct snapshot *s, uint32_t org);

#endif

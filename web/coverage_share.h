/* coverage_share.h - the coverage map a server works with: made once for each state of the
 * collection, by whichever worker needs it first, and shared.
 *
 * A state is what the map depends on: organisations, capabilities, items, their vectors, and
 * weights. While it is being made, others are given the map of the state before, so that no more
 * than one worker is kept busy; where there is none yet, a few wait for it, the rest for a
 * second only, and are then told to come back. Thread-safe. */
#ifndef HN_WEB_COVERAGE_SHARE_H
#define HN_WEB_COVERAGE_SHARE_H

#include "matcher/coverage.h"
#include "web/http.h"

struct coverage_share;

struct coverage_share *coverage_share_new(void) __attribute__((returns_nonnull));
void coverage_share_free(struct coverage_share *s); /* nobody holds a map; NULL is fine */

/* The tag of the state now, in the request's arena. */
const char *coverage_tag(const struct request *q);

/* A map and the tag of the state it is of, valid until it is given back. NULL with err. */
struct coverage_held;
struct coverage_held *coverage_hold(struct request *q, struct err *err);
const struct coverage *coverage_map(const struct coverage_held *h);
const char *coverage_held_tag(const struct coverage_held *h);
void coverage_give_back(struct coverage_share *s, struct coverage_held *h);

#endif

/* coverage.h - the coverage map: which items of the bottleneck list has somebody an answer to?
 *
 * An item is covered by every organisation that owns a capability with a good or strong match: none
 * is a gap, one a single source, more are multiple. Weak matches, matches that a must holds at weak
 * and capabilities whose owner is not known cover nothing: they are to be verified. Levels are
 * those of matcher_run; they call a match close by its distance to the best one. So a source is
 * judged a second time, as if all better ones were gone: an item with several sources of which at
 * most one is good by that measure too is multiple on paper only, and called thin.
 *
 * Two steps. coverage_new judges every item against every capability, which takes a match for each
 * item, and reads the change log for what was there when. coverage_look then answers for a chain
 * and a day from memory.
 *
 * Of the past the map knows from the log which items, capabilities and organisations were there and
 * who owned what. How well they match is judged as today: with today's texts and weights, against
 * today's collection; what was deleted since, with the text it had last (but an item and a
 * capability that are both deleted are not compared). Nobody knows what the program would have
 * said then. */
#ifndef HN_MATCHER_COVERAGE_H
#define HN_MATCHER_COVERAGE_H

#include "corpus/store.h"
#include "matcher/match.h"

enum coverage_status { COVERAGE_GAP, COVERAGE_SINGLE, COVERAGE_MULTIPLE, COVERAGE_ABSENT };
const char *coverage_status_name(enum coverage_status s); /* "gap" "single" "multiple"; NULL */

/* What leads to a record: no text of it. */
struct coverage_ref {
    const char *uid, *title;
    const char *kind; /* of an organisation or capability, or NULL */
    const char *year; /* of a capability, or NULL */
    bool sample;      /* from the sample data */
    bool gone;        /* deleted by now */
};

/* An organisation that can do what an item asks for, with its best capability. */
struct coverage_source {
    const struct coverage_ref *org; /* NULL: whose the capability is, is not known */
    const struct coverage_ref *capability;
    enum match_level level;
    enum match_level alone; /* the best that any of its capabilities would be without better ones */
    double expected_by_chance;
    bool must_unmet;     /* held at weak: something that must be is stated otherwise */
    size_t capabilities; /* so many of its capabilities reach the same list */
};

struct coverage_item {
    const struct coverage_ref *ref;
    const char *chain, *priority, *status; /* as today, or as last; NULL: not said */
    enum coverage_status coverage;
    bool thin; /* multiple, but at most one source stands by itself */
    const struct coverage_source *sources, *to_verify; /* best first */
    size_t n_sources, n_to_verify;                     /* to_verify: at most COVERAGE_VERIFY_MAX */
    size_t verify_total;                               /* so many there are */
};

struct coverage_counts {
    size_t items, of[COVERAGE_ABSENT]; /* by enum coverage_status */
};

struct coverage_chain {
    const char *chain; /* NULL: items without one */
    struct coverage_counts counts;
};

/* What hangs on an organisation: were it to drop out, `sole` would be gaps, `pair` single. */
struct coverage_org {
    const struct coverage_ref *ref;
    size_t items; /* it covers */
    const struct coverage_item **sole, **pair;
    size_t n_sole, n_pair;
};

struct coverage_point {
    const char *date; /* the end of this day, YYYY-MM-DD, or month, YYYY-MM */
    struct coverage_counts counts;
};

/* An item that is not what it was. */
struct coverage_move {
    const struct coverage_ref *ref;
    const char *chain;
    enum coverage_status before, after; /* COVERAGE_ABSENT: not on the list */
};

struct coverage_view {
    const char *as_of; /* the day it shows; NULL: nothing was ever there */
    struct coverage_counts counts;
    size_t thin;                   /* of the multiple */
    struct coverage_item *items;   /* by chain, in the order of chains, and uid */
    struct coverage_chain *chains; /* most items first, then by name; without a chain last */
    size_t n_chains;
    struct coverage_org *orgs; /* of those that cover anything; most sole, then most items first */
    size_t n_orgs;
    /* From the first item on, whatever day was asked for: by day, or by month when the days with
     * a change are more than COVERAGE_DAYS_MAX. */
    struct coverage_point *points;
    size_t n_points;
    bool by_month;
    const char *since;           /* the end of the month before as_of; NULL with it */
    struct coverage_move *moves; /* since then, by uid */
    size_t n_moves;
};

enum {
    COVERAGE_VERIFY_MAX = 10,
    COVERAGE_DAYS_MAX = 40,
    COVERAGE_GONE_MAX = 200 /* deleted capabilities, and deleted items, that are judged: the latest;
                               earlier ones are counted in coverage_unjudged */
};

/* The change log, read from its beginning. store_changes of a store; tests have others. */
struct coverage_log {
    int (*read)(void *ctx, int (*fn)(void *to, const struct change *c, struct err *err), void *to,
                struct err *err);
    void *ctx;
};

struct coverage; /* immutable, of its own memory: nothing is borrowed */

/* Judges all of the snapshot; changes behind its seq do not count. The log is read twice. progress
 * may be NULL; it is told after each item. No lock is held. The analyzer is the calling thread's
 * own. NULL with err: errors of matcher_scores and of the log. */
struct coverage *coverage_new(struct matcher *m, const struct snapshot *s, struct analyzer *a,
                              const struct coverage_log *log,
                              void (*progress)(void *ctx, size_t done, size_t total), void *ctx,
                              struct err *err);
void coverage_free(struct coverage *c); /* NULL is fine */

bool coverage_lexical_only(const struct coverage *c);
size_t coverage_pool(const struct coverage *c); /* capabilities compared with */
size_t coverage_unjudged(const struct coverage *c);

/* The map of a chain (NULL: all; COVERAGE_NO_CHAIN: the items without one) at the end of a day or
 * month (at: YYYY-MM-DD, YYYY-MM; NULL: as of the latest change), in UTC as the log is. A chain or
 * day without items gives an empty map. Into arena, borrowing from c. Thread-safe. */
#define COVERAGE_NO_CHAIN "-"
void coverage_look(const struct coverage *c, const char *chain, const char *at, struct arena *arena,
                   struct coverage_view *out);

#endif

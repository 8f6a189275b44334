/* coverage_impl.h - what the map keeps in memory. Private to matcher/coverage*.c; the way in is
 * coverage.h.
 *
 * Days are numbered: day i is the i-th on which anything of the map changed. Something is there at
 * the end of day d when one of its stays has from <= d < until. */
#ifndef HN_MATCHER_COVERAGE_IMPL_H
#define HN_MATCHER_COVERAGE_IMPL_H

#include "base/map.h"
#include "base/vec.h"
#include "matcher/coverage.h"

#define DAY_NEVER UINT32_MAX

struct stay {
    uint32_t from, until;   /* days; DAY_NEVER: until today */
    const uint32_t *owners; /* of a capability: organisations, ordinals of coverage.orgs */
    size_t n_owners;
};

struct known {
    struct coverage_ref ref;
    VEC(struct stay) stays;
};

/* An item and a capability that are at least a weak match. */
struct hit {
    uint32_t capability; /* ordinal of coverage.capabilities */
    enum match_level level, alone;
    double expected;
    bool must_unmet;
};

struct judged {
    struct known known;
    const char *chain, *priority, *status;
    VEC(struct hit) hits; /* best first, equal ones by the capability's uid */
};

struct coverage {
    struct arena arena; /* of all strings and owners */
    VEC(const char *) days;
    VEC(struct judged) items;       /* by uid */
    VEC(struct known) capabilities; /* that are in a hit */
    VEC(struct known) orgs;
    struct map *item_by_uid, *capability_by_uid, *org_by_uid;
    size_t pool, unjudged;
    bool lexical_only;
};

/* What was deleted by seq and is so still: the last that was known of it. */
struct gone {
    int64_t seq;
    enum kind kind;
    const char *uid, *before; /* JSON */
};
struct gone_list {
    VEC(struct gone) at; /* in order of seq */
    size_t left_out;     /* more than are judged */
    struct arena arena;
};

/* First reading of the log: the days, and what is gone. The list comes empty, with its arena. */
int coverage_read_days(struct coverage *c, const struct coverage_log *log, int64_t seq,
                       struct gone_list *gone, struct err *err);
/* Second reading: the stays of items, organisations, and of the capabilities that c knows. */
int coverage_read_stays(struct coverage *c, const struct coverage_log *log, int64_t seq,
                        const struct snapshot *s, struct err *err);

/* What is kept of a record's name. */
struct coverage_ref coverage_ref_of(const struct record *r, bool gone, struct arena *arena);

#endif

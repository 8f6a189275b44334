/* partner.h - who else to bring in: a need, and organisations that have it in hand already.
 *
 * Who answers the need best comes first in a match; partners are chosen among those who can by who
 * works together: the text's score is one of four features (partners.def). */
#ifndef HN_MATCHER_PARTNER_H
#define HN_MATCHER_PARTNER_H

#include "matcher/history.h"
#include "matcher/match.h"

enum partner_feature {
#define PARTNER(id, name, weight) PARTNER_##id,
#include "matcher/partners.def"
#undef PARTNER
    PARTNER_COUNT
};
const char *partner_feature_name(enum partner_feature f);

/* What is known of all organisations of a snapshot. */
struct partners;
/* Once for a snapshot, in time proportional to its records; in arena, borrows the snapshot. */
const struct partners *partners_of(const struct snapshot *s, struct arena *arena)
    __attribute__((returns_nonnull));
const struct history *partners_history(const struct partners *p);

/* By ordinal of organisations; n of them, snapshot_size. */
struct partner_scores {
    size_t n;
    float *score;                /* -INFINITY: a member, gone, or known by nothing at all */
    float *value[PARTNER_COUNT]; /* contribution = value * partner_weight */
};
float partner_weight(enum partner_feature f);

/* Every organisation beside the members (ordinals; at least one). text: its score as a match of the
 * need by ordinal, -INFINITY where it has none (match_scores.score of KIND_ORG): such an
 * organisation counts as the worst that has one, provided that it ever worked with anybody. In
 * arena. */
void partner_scores(const struct partners *p, const float *text, const uint32_t *members, size_t n,
                    struct arena *arena, struct partner_scores *out);

/* ---- the best ---- */

struct partner {
    size_t rank;              /* 1.. */
    const struct record *org; /* borrowed from the snapshot */
    double score;             /* the sum of contributions */
    struct feature_value features[PARTNER_COUNT];
    size_t joint;           /* pieces of common work with the members */
    enum match_level level; /* of the organisation as a match of the need, see match.h; none and */
    double expected_by_chance; /* INFINITY where there is no need or nothing to match */
};

struct partner_list {
    struct partner *partners; /* best first, equal scores by uid */
    size_t n;
    size_t pool; /* organisations compared */
    bool lexical_only;
};

/* The best `top` further partners for a need or bottleneck item (NULL: by all but the text). Its
 * owner counts as a member beside those that are given (ordinals, at least one). In arena; borrows
 * from the snapshot. -1 with err when the text cannot be embedded. */
int partner_run(struct matcher *m, const struct snapshot *s, struct analyzer *a,
                const struct record *challenge, const uint32_t *members, size_t n, size_t top,
                struct arena *arena, struct partner_list *out, struct err *err);

#endif

/* match.h - the heart: a need against all capabilities, or the other way round, scored and
 * explained.
 *
 *   query -> named features of every document -> weighted sum -> level -> evidence
 *
 * Read match.c first, then feature.c (what is measured), level.c (what a score is worth) and
 * explain.c (which sentences and terms carried it). Pure judgement: no HTTP, no JSON. */
#ifndef HN_MATCHER_MATCH_H
#define HN_MATCHER_MATCH_H

#include "index/engine.h"

/* What a match may be called (design §5); the English codes are in match_level_name. */
enum match_level { LEVEL_NONE, LEVEL_WEAK, LEVEL_GOOD, LEVEL_STRONG };
const char *match_level_name(enum match_level level); /* "none" "weak" "good" "strong" */

/* The features, in the order they are shown; feature.c says what each measures. */
enum feature {
#define FEATURE(id, name, scope, mean, scale, weight) FEATURE_##id,
#include "matcher/features.def"
#undef FEATURE
    FEATURE_COUNT
};
const char *feature_name(enum feature f);
/* Does the score of a match with this target count the feature? Organisations have features of
 * their own; needs and capabilities share theirs, a pair being the same from either side. */
bool feature_of_target(enum feature f, enum kind target);

struct feature_value {
    float value, weight, contribution; /* contribution = value * weight */
};

/* One side of a piece of evidence: code points [span.begin, span.end) of a field, and that text. */
struct quote {
    enum field field;
    struct span span;
    const char *text;
};

enum evidence_kind { EVIDENCE_SENTENCE, EVIDENCE_TERM };
const char *evidence_kind_name(enum evidence_kind kind); /* "sentence" "term" */

struct evidence {
    enum evidence_kind kind;
    struct quote need; /* from the need, bottleneck item or query text (field TEXT then) */
    struct quote
        capability; /* from the capability; for an organisation, from its named capability */
    float weight;   /* in [0,1]: the share it carries among the evidence shown */
};

/* Does what a capability states reach what a need requires? */
enum verdict { VERDICT_UNKNOWN, VERDICT_UNMET, VERDICT_MET };
const char *verdict_name(enum verdict verdict); /* "unknown" "unmet" "met" */

struct indicator_side {
    struct quote sentence;
    struct span mention; /* the indicator within it, code points of the field */
};

/* A required indicator and what is stated of it, see indicator_table.h. */
struct indicator_row {
    const char *quantity; /* as the need calls it */
    struct indicator_side required, stated;
    bool has_stated; /* else `stated` is empty and the verdict unknown */
    enum verdict verdict;
    bool must; /* the need says that it must be so, see indicator.h */
};

/* How an organisation's introductions went so far. */
struct track_record {
    bool known;                   /* false: no organisation, or nothing was ever recorded of any */
    size_t introduced, contracts; /* those both sides agreed to or that ended; of these, signed */
};

struct precedent;

struct match {
    size_t rank;                 /* 1.. */
    const struct record *record; /* the document matched, borrowed from the snapshot */
    const struct record *org; /* its main owner, NULL when unknown; for orgs: the record itself */
    double score;             /* the sum of contributions */
    enum match_level level;
    double expected_by_chance; /* E = N * p: hits this good that chance alone would bring */
    struct feature_value features[FEATURE_COUNT]; /* zero where feature_of_target says no */
    struct evidence *evidence;
    size_t n_evidence;
    struct indicator_row *indicators; /* one for each the need requires */
    size_t n_indicators;
    /* Of what the need says must be, so many are stated otherwise, text that this reader may not
     * see included: with one or more the level is weak at most, whatever E says. */
    size_t musts_unmet;
    /* target KIND_ORG: its best capabilities, best first, at most three; query an organisation,
     * target KIND_NEED: the one capability of it that answers the need best */
    struct match *capabilities;
    size_t n_capabilities;
    /* with match_query.explain: past introductions like it, best first (precedent.h), and the track
     * record of org where that is who offers */
    const struct precedent *precedents;
    size_t n_precedents;
    struct track_record track;
};

struct match_query {
    const struct record *from; /* need, bottleneck item, capability or organisation; or NULL and */
    const char *text; /* free text; the first sentence of a long one stands for its title */
    bool from_offers; /* free text only: it describes a capability, the target is needs */
    enum kind target; /* KIND_CAPABILITY, KIND_ORG (from the seeking side), KIND_NEED */
    size_t top;       /* at most this many matches; 0 means 10 */
    bool see_all;     /* the reader may see text that is not public in the evidence */
    bool explain;     /* fill evidence, indicators, precedents and track records */
};

struct match_list {
    enum match_level level; /* of the query as a whole: is there a good answer in the pool? */
    struct match *matches;  /* best first (equal scores: by uid); levels may be none */
    size_t n;
    size_t pool;       /* documents of the pool, of which a large one's candidates were compared */
    bool lexical_only; /* no model, or the query could not be embedded */
};

struct matcher;
struct weights;

/* embedder and cache may be NULL (lexical only). Nothing is owned. Thread-safe once made. */
struct matcher *matcher_new(struct embedder *embedder, struct vector_cache *cache)
    __attribute__((returns_nonnull));
void matcher_free(struct matcher *m);
/* The one it was made with, or NULL. */
struct embedder *matcher_embedder(const struct matcher *m);

/* The built-in weights until others are given (weights.h). Copied; thread-safe: runs under way go
 * on with the weights they began with. */
void matcher_use_weights(struct matcher *m, const struct weights *w);
void matcher_weights(struct matcher *m, struct weights *out);

/* Matches against the snapshot. What an organisation offers itself is left out: it needs no
 * introduction. An organisation asks with its first 1000 capabilities. The result lives in arena
 * and borrows from the snapshot. The analyzer is the calling thread's own. A query text that has no
 * vector yet is embedded here, which takes as long as it takes; no lock is held meanwhile. */
int matcher_run(struct matcher *m, const struct snapshot *s, struct analyzer *a,
                const struct match_query *q, struct arena *arena, struct match_list *out,
                struct err *err);

/* Only the scores, of every document: what `rank` prints. Of organisations in a large pool what
 * matcher_run builds on, by candidates (candidate.h): their other capabilities are estimated. In
 * arena. */
struct match_scores {
    size_t n;     /* snapshot_size of the target */
    float *score; /* -INFINITY where there is no document or it may not be offered */
    const float *feature[FEATURE_COUNT]; /* values; NULL where the score does not count it */
    float *closeness;                    /* what the level is judged by, see level.h */
    double pool;                         /* documents compared with */
    enum match_level level;              /* of the query as a whole */
    bool lexical_only;
};
int matcher_scores(struct matcher *m, const struct snapshot *s, struct analyzer *a,
                   const struct match_query *q, struct arena *arena, struct match_scores *out,
                   struct err *err);

#endif

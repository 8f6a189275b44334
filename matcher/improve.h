/* improve.h - what a supplier could be asked for: the smallest addition to a capability's text that
 * would lift its level for a need, found by really re-scoring.
 *
 * Candidates come only from what the need asks for and the capability does not say: runs of words
 * of its title and key technology (lacks.h), clauses, indicators that are unmet or without evidence
 * (indicator_table.h). Each is added to the capability's text, and the pair is scored again by the
 * code that matching uses (feature.h, level.h): its words and vector are those of the changed text,
 * every other document and the statistics of the collection are as they are. Single additions are
 * tried first, the shortest first, and the first that lifts the level is the answer; else the one
 * that brought most is joined by a second, and those by a third.
 *
 * The one thing that changes beside is how rare the added words are; the gain by words is cut by
 * the most that can come of it, so that levels foretold are reached (improve.c).
 *
 * It is a question ("if you do have this, say so"), never advice to claim what is not true. */
#ifndef HN_MATCHER_IMPROVE_H
#define HN_MATCHER_IMPROVE_H

#include "matcher/match.h"

struct improve_query {
    const struct record *need, *capability; /* of the snapshot, or copies with the same uid */
    bool see_all; /* the reader may see text that is not public: without it nothing of such a need
                     but its title is offered, and what a sealed capability says is not used */
};

enum addition_kind { ADDITION_TERM, ADDITION_CLAUSE, ADDITION_INDICATOR };
const char *addition_kind_name(enum addition_kind kind); /* "term" "clause" "indicator" */

struct addition {
    enum addition_kind kind;
    struct quote need; /* the words to add, as the need has them */
    bool open;         /* everybody may read them there */
};

struct standing {
    double score;
    enum match_level level;
    double expected_by_chance;
};

enum improve_outcome {
    IMPROVE_FOUND,
    IMPROVE_NOT_FOUND, /* no addition tried lifts the level */
    IMPROVE_NOTHING,   /* the need asks for nothing that the capability does not say */
    IMPROVE_TOP        /* the level is strong already */
};
const char *improve_outcome_name(enum improve_outcome o); /* "found" "not_found" "nothing" "top" */

enum { ADDITIONS_MAX = 3, IMPROVE_TRIALS_MAX = 16 };

struct improvement {
    enum improve_outcome outcome;
    struct standing before, after; /* after: with the additions below; else as before */
    /* found: the smallest that lifts the level; not found: those that brought the highest score,
     * none if nothing raised it */
    struct addition additions[ADDITIONS_MAX];
    size_t n_additions;
    size_t tried;    /* texts scored anew, at most IMPROVE_TRIALS_MAX */
    bool complete;   /* false: stopped by the time limit of IMPROVE_SECONDS */
    bool title_only; /* the need's text is not for this reader */
    bool lexical_only;
};

/* Seconds after which no further text is tried: one trial embeds one text. */
#define IMPROVE_SECONDS 8.0

/* embedder: the matcher's own, or NULL (scored by words alone). Into arena; borrows from the
 * snapshot. No lock is held, nothing is kept. The analyzer is the calling thread's own.
 * Errors: ERR_NOT_FOUND one of the two is not (yet) in the snapshot; ERR_INVALID both are of one
 * house, which is never matched; those of embedder_embed. */
int improve_run(struct matcher *m, struct embedder *embedder, const struct snapshot *s,
                struct analyzer *a, const struct improve_query *q, struct arena *arena,
                struct improvement *out, struct err *err);

#endif

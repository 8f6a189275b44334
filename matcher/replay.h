/* replay.h - the matches of all stored needs, kept and compared: what would change if weights,
 * model or program did, before anybody sees it.
 *
 * A ranking holds, for each need and bottleneck item, its level, its best hundred, and where graded
 * pairs stand, however far down. It can be written to a file by one program and compared by
 * another. A newcomer is an organisation with one or two capabilities; its share of the first
 * places, and the mean place of what newcomers offer, tell whether a change favours those who have
 * much. */
#ifndef HN_MATCHER_REPLAY_H
#define HN_MATCHER_REPLAY_H

#include "matcher/graded.h"

enum { REPLAY_TOP = 10, REPLAY_KEPT = 100 };

struct replay_place {
    size_t rank; /* 1.. */
    const char *uid;
    enum match_level level;
    double score;
};
struct replay_need {
    enum kind kind;
    const char *uid;
    enum match_level level;
    size_t pool;
    double newcomers; /* mean rank of newcomers' documents over the pool's size; NaN: none */
    struct replay_place *places; /* the best REPLAY_KEPT, then graded ones further down */
    size_t n_places;
};
struct ranking {
    enum kind target;
    char weights[17];          /* their id */
    struct replay_need *needs; /* by kind, then uid */
    size_t n;
};

/* Ranks under the matcher's weights: all needs and bottleneck items, or, where sample is not 0,
 * that many needs, chosen by a hash of their ids. known (finished, may be empty) says what is
 * graded. In arena; nothing is borrowed from the snapshot. */
int replay_rank(struct matcher *m, const struct snapshot *s, struct analyzer *a,
                const struct graded_set *known, enum kind target, size_t sample,
                struct progress *bar, struct arena *arena, struct ranking *out, struct err *err);

/* Its file, as tab-separated lines; read back it is the same. path is for messages. */
void replay_print(const struct ranking *r, struct str *out);
int replay_parse(const char *path, char *text, struct arena *arena, struct ranking *out,
                 struct err *err);

/* Of one need, or summed over needs; [0] before, [1] after. */
struct replay_graded {
    const char *uid;
    float grade;
    size_t rank[2]; /* 0: not known, further down than was kept */
};
struct replay_change {
    enum kind kind;
    const char *uid;
    enum match_level level[2];
    size_t shown[2], same; /* places within the first ten, and what is in both */
    size_t newcomers[2];   /* of the first ten, how many are newcomers' */
    double newcomer_rank[2];
    struct replay_graded *graded;
    size_t n_graded;
};
struct replay_summary {
    size_t needs, only[2];                          /* in both; in one alone */
    size_t levels[2][LEVEL_STRONG + 1];             /* needs by level */
    size_t up, down, good_lost, good_won;           /* "good": good or strong */
    size_t shown[2], same, newcomers[2], unchanged; /* unchanged: the same first ten in order */
    double newcomer_rank[2];                        /* mean over needs, NaN: no newcomers */
    size_t fits, fits_top[2]; /* pairs graded 2 or more whose ranks are known, in both */
    double fits_rank[2];      /* their mean rank */
};
struct replay_comparison {
    struct replay_change *needs;
    size_t n;
    struct replay_summary sum;
};
/* Compares two rankings with the same target. Newcomers as the snapshot has them. In arena; borrows
 * from both. */
void replay_compare(const struct ranking *before, const struct ranking *after,
                    const struct snapshot *s, const struct graded_set *known, struct arena *arena,
                    struct replay_comparison *out);

#endif

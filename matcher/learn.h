/* learn.h - weights from graded pairs, and whether they may be trusted: numbers in, numbers out.
 *
 * Model. Two pairs of a need whose grades differ should be in that order: non-negative weights
 * minimise the logistic loss of the difference of their scores (RankNet: Burges et al., ICML 2005),
 * weighted by the difference of the grades, every need counting the same, plus a ridge that draws
 * them towards the weights in force. Convex; solved by Newton steps whose bounded quadratic is
 * solved by coordinate descent (Friedman, Hastie, Tibshirani, J. Stat. Softw. 33(1), 2010; Lee,
 * Sun, Saunders, SIAM J. Optim. 24(3), 2014). Deterministic. (A softmax over the list instead,
 * ListNet, hardly told strong ridges from weak ones on lists of sixty.)
 *
 * Judgement. Five folds of needs, by a hash of their ids; each fold is ranked by weights that never
 * saw its needs, the ridge being chosen by the other folds (nested). Old and new are compared need
 * by need; the interval is a bootstrap over needs (2000 resamples, 2.5 to 97.5 %).
 *
 * Size. A match that is not the best is as much less close as its score is lower (level.h), so new
 * weights are brought to the size of the built-in ones: a factor keeps, over unrelated pairs, how
 * far above the mean the best hundredth begins (a tail, since words have a longer one than
 * meaning). Means and scales stay: levels are judged by values, too. Thread-safe: no state. */
#ifndef HN_MATCHER_LEARN_H
#define HN_MATCHER_LEARN_H

#include "base/arena.h"
#include "matcher/weights.h"

enum { LEARN_FOLDS = 5, LEARN_PAIRS_LEAST = 50, LEARN_NEEDS_LEAST = 10, LEARN_PAIRS_MAX = 1000000 };

struct learn_pair {
    uint32_t need;          /* number of the need; pairs of a need stand together */
    float grade;            /* 0 to 4 */
    float old_score;        /* by the weights in force */
    bool newcomer;          /* the organisation has one or two capabilities */
    float x[FEATURE_COUNT]; /* standardised values; 0 where a feature does not count */
};

struct learn_data {
    const struct learn_pair *pairs; /* graded */
    size_t n_pairs;
    const uint64_t *hash; /* by number of the need */
    size_t n_needs;
    const struct learn_pair
        *background; /* unrelated pairs, need and grade unused; none: the graded ones */
    size_t n_background;
    enum kind target; /* which features count: KIND_CAPABILITY or KIND_ORG */
};

/* Means over needs; interval of the difference. */
struct learn_measure {
    double old, new, difference, low, high;
    size_t needs;
};
struct learn_fold {
    size_t needs;
    double ridge; /* INFINITY: only the size of the old weights */
    double ndcg_old, ndcg_new, order_old, order_new;
};

enum learn_verdict {
    LEARN_BETTER,     /* may be installed */
    LEARN_TOO_FEW,    /* pairs or needs */
    LEARN_NO_ORDER,   /* nothing to learn: the grades of each need are all the same */
    LEARN_DEGENERATE, /* the grades contradict every feature */
    LEARN_TIE,        /* no gain on average */
    LEARN_UNSURE      /* a gain, but the interval reaches too far below zero */
};

struct learn_result {
    size_t pairs, needs; /* those of needs whose grades differ: only they say something */
    double ridge;
    struct feature_weight of[FEATURE_COUNT]; /* as installed; those that do not count unchanged */
    struct learn_measure ndcg;      /* nDCG@10 on judged lists, gain 2^(grade - lowest) - 1 */
    struct learn_measure order;     /* share of pairs of unequal grades in right order */
    struct learn_measure newcomers; /* the same, pairs of a newcomer and another */
    struct learn_fold folds[LEARN_FOLDS];
    double reach; /* of unrelated pairs, see Size */
    enum learn_verdict verdict;
};

/* How far below zero the interval of nDCG's difference may reach. */
extern const double learn_tolerance;

void learn_weights(const struct learn_data *in, const struct weights *current,
                   struct learn_result *out);

#endif

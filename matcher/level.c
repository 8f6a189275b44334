#include "base/base.h"

#include "matcher/level.h"

#include <math.h>

/* Closeness adds how near the pair is in absolute terms (the two standardised title features, words
 * counted twice, over their spread among unrelated pairs) and how far it stands out of its own
 * pool, in that pool's sd. Standing out alone calls the best of a foreign field good; nearness
 * alone misses what is worded differently. */
static const float WORDS_TWICE = 2.0f;
static const double NEARNESS_SCALE = 2.41, STANDING_OUT = 0.5;

/* ln p(closeness) = -TAIL_A - TAIL_B * closeness, fitted on pairs of unrelated needs and patents.
 */
static const double TAIL_A = 1.19, TAIL_B = 0.626;

/* The most hits by chance that a level admits. */
static const double STRONG = 0.05, GOOD = 0.6, WEAK = 4.0;

const char *match_level_name(enum match_level level)
{
    static const char *const names[] = {"none", "weak", "good", "strong"};
    return names[level];
}

void level_closeness(const struct columns *c, const float *live, float *closeness)
{
    const float *words = c->value[FEATURE_TITLE_WORDS], *meaning = c->value[FEATURE_TITLE_MEANING];
    double sum = 0, squares = 0;
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        closeness[i] = -INFINITY;
        if (live[i] == -INFINITY) continue;
        closeness[i] = WORDS_TWICE * words[i] + meaning[i];
        sum += (double)closeness[i];
        squares += (double)closeness[i] * (double)closeness[i];
        n++;
    }
    if (!n) return;
    double mean = sum / (double)n, variance = squares / (double)n - mean * mean;
    double sd = sqrt(variance > 1e-6 ? variance : 1e-6);
    /* A pool of a handful has no spread worth the name: lean on the absolute part. */
    double stand = n >= 30 ? STANDING_OUT : STANDING_OUT * (double)n / 30.0;
    for (size_t i = 0; i < c->n; i++)
        if (closeness[i] != -INFINITY)
            closeness[i] = (float)((double)closeness[i] / NEARNESS_SCALE +
                                   stand * ((double)closeness[i] - mean) / sd);
}

double level_expected(double closeness, double pool)
{
    double p = exp(-TAIL_A - TAIL_B * closeness);
    return pool * (p > 1.0 ? 1.0 : p);
}

enum match_level level_of(double expected)
{
    return expected <= STRONG ? LEVEL_STRONG
           : expected <= GOOD ? LEVEL_GOOD
           : expected <= WEAK ? LEVEL_WEAK
                              : LEVEL_NONE;
}

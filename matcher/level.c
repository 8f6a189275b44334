#include "base/base.h"

#include "matcher/level.h"

#include <math.h>

/* Closeness adds how near the pair is in absolute terms (the score over its sd among unrelated
 * pairs) and how far it stands out of its own pool (in that pool's sd). Standing out alone calls
 * the best of a foreign field good; nearness alone misses what is worded differently. */
static const double NEARNESS_SCALE = 0.88, STANDING_OUT = 0.5;
enum { POOL_LEAST = 30 }; /* fewer have no spread worth the name: lean on the absolute part */

/* ln p(closeness) = TAIL_A - TAIL_B * closeness, fitted on pairs of needs and unrelated patents. */
static const double TAIL_A = 1.35, TAIL_B = 1.222;

/* The most hits by chance that a level admits. */
static const double STRONG = 0.05, GOOD = 0.6, WEAK = 4.0;

const char *match_level_name(enum match_level level)
{
    static const char *const names[] = {"none", "weak", "good", "strong"};
    return names[level];
}

void level_closeness(const float *score, size_t n, float *closeness)
{
    double sum = 0, squares = 0;
    size_t live = 0;
    for (size_t i = 0; i < n; i++) {
        closeness[i] = score[i];
        if (score[i] == -INFINITY) continue;
        sum += (double)score[i];
        squares += (double)score[i] * (double)score[i];
        live++;
    }
    if (!live) return;
    double mean = sum / (double)live, variance = squares / (double)live - mean * mean;
    double sd = sqrt(variance > 1e-6 ? variance : 1e-6);
    double stand = STANDING_OUT * MIN(1.0, (double)live / POOL_LEAST);
    for (size_t i = 0; i < n; i++)
        if (score[i] != -INFINITY)
            closeness[i] =
                (float)((double)score[i] / NEARNESS_SCALE + stand * ((double)score[i] - mean) / sd);
}

double level_expected(double closeness, double pool)
{
    double p = exp(TAIL_A - TAIL_B * closeness);
    return pool * (p > 1.0 ? 1.0 : p);
}

enum match_level level_of(double expected)
{
    return expected <= STRONG ? LEVEL_STRONG
           : expected <= GOOD ? LEVEL_GOOD
           : expected <= WEAK ? LEVEL_WEAK
                              : LEVEL_NONE;
}

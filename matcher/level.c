#include "base/base.h"

#include "matcher/level.h"

#include <math.h>

/* What the best match is judged by, beside the meaning of its title: see level.h. */
static const double SCORE = 0.6, SCORE_OUT = 0.6; /* the score; how far it stands out of the pool */
static const double WORDS = 0.3, WORDS_OUT = 0.6; /* the pool's best title by words; likewise */
static const double COVER_OUT = 0.35;             /* how far its title's cover stands out */
static const double SCORE_STEP = 2.0;             /* a further match, for each unit of score less */
enum { POOL_LEAST = 30 };                         /* fewer have no spread worth the name */

/* ln p(closeness) = TAIL_A - TAIL_B * closeness. The best of a pool of unrelated documents comes
 * closer by about 1 / TAIL_B when the pool grows by e. */
static const double TAIL_A = 5.9, TAIL_B = 0.91;

/* The most hits by chance that a level admits. */
static const double STRONG = 0.05, GOOD = 0.5, WEAK = 4.0;

const char *match_level_name(enum match_level level)
{
    static const char *const names[] = {"none", "weak", "good", "strong"};
    return names[level];
}

static double above(struct moments m, size_t live, double value)
{
    if (live == 0 || m.variance < 1e-9) return 0;
    return (value - m.mean) / sqrt(m.variance) * MIN(1.0, (double)live / POOL_LEAST);
}

/* How many standard deviations the value stands above those of documents that may be offered. */
static double standing_out(const struct columns *c, const float *column, double value)
{
    double sum = 0, squares = 0;
    size_t live = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->score[i] == -INFINITY || (c->sampled && c->sampled[i] == ROW_FOUND)) continue;
        sum += (double)column[i];
        squares += (double)column[i] * (double)column[i];
        live++;
    }
    double mean = sum / (double)live, variance = squares / (double)live - mean * mean;
    return above((struct moments){mean, variance}, live, value);
}

/* Few titles have a word in common with the query, and a sample says little of the spread: the
 * words of all titles are looked at where they are known. */
static double words_standing_out(const struct columns *c, double most)
{
    if (c->title_words) return above(*c->title_words, POOL_LEAST, most);
    return standing_out(c, c->value[FEATURE_TITLE_WORDS], most);
}

/* The closeness of the document that has the best score. */
static double best_closeness(const struct columns *c, size_t best)
{
    const float *words = c->value[FEATURE_TITLE_WORDS], *cover = c->value[FEATURE_CAPABILITY_TITLE];
    double most = -INFINITY, score = (double)c->score[best];
    for (size_t i = 0; i < c->n; i++)
        if (c->score[i] != -INFINITY && (double)words[i] > most) most = (double)words[i];
    return (double)c->value[FEATURE_TITLE_MEANING][best] + SCORE * score +
           SCORE_OUT * standing_out(c, c->score, score) + WORDS * most +
           WORDS_OUT * words_standing_out(c, most) -
           COVER_OUT * standing_out(c, cover, (double)cover[best]);
}

void level_closeness(const struct columns *c, float *closeness)
{
    size_t best = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->score[i] > c->score[best]) best = i;
        closeness[i] = -INFINITY;
    }
    if (c->n == 0 || c->score[best] == -INFINITY) return;
    double top = best_closeness(c, best);
    for (size_t i = 0; i < c->n; i++)
        if (c->score[i] != -INFINITY)
            closeness[i] =
                (float)(top + SCORE_STEP * ((double)c->score[i] - (double)c->score[best]));
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

enum match_level level_barred(enum match_level level, size_t musts_unmet)
{
    return musts_unmet ? MIN(level, LEVEL_WEAK) : level;
}

/* Levels over pools of documents that have nothing to do with the query. */
#include "base/base.h"

#include "base/arena.h"
#include "base/mem.h"
#include "matcher/level.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct random {
    uint64_t state;
};

static double uniform(struct random *r)
{
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(r->state >> 33) + 0.5) / 2147483648.0;
}

static double normal(struct random *r)
{
    return sqrt(-2 * log(uniform(r))) * cos(6.283185307179586 * uniform(r));
}

/* Values as titles of humanities have them against patents and achievements (tests/relevance):
 * meaning is normal; words are nothing for most documents and fall off exponentially. */
static void fill(struct columns *c, size_t n, const struct weights *w, struct random *r,
                 struct arena *arena)
{
    *c = (struct columns){.n = n, .weights = w, .score = arena_zalloc(arena, n, sizeof(float))};
    for (int f = 0; f < FEATURE_COUNT; f++)
        if (feature_of_target((enum feature)f, KIND_CAPABILITY))
            c->value[f] = arena_alloc(arena, n, sizeof(float));
    for (size_t i = 0; i < n; i++) {
        double topic = normal(r);
        double words = uniform(r) < 0.3 ? -log(uniform(r)) : 0;
        c->value[FEATURE_TITLE_MEANING][i] = (float)(-0.5 + 0.5 * topic + 0.65 * normal(r));
        c->value[FEATURE_TEXT_MEANING][i] = (float)(-0.7 + 0.5 * topic + 0.6 * normal(r));
        c->value[FEATURE_TITLE_WORDS][i] = (float)(-0.6 + 0.8 * words);
        c->value[FEATURE_TEXT_WORDS][i] = (float)(-1.6 + 0.9 * words - 0.3 * log(uniform(r)));
        c->value[FEATURE_CAPABILITY_TITLE][i] = (float)(-0.5 + 0.3 * words + 0.1 * normal(r));
        c->value[FEATURE_NEED_TITLE][i] = (float)(-0.5 + 0.5 * words);
        for (int f = 0; f < FEATURE_COUNT; f++)
            if (c->value[f]) c->score[i] += w->of[f].weight * c->value[f][i];
    }
}

static enum match_level best_level(const struct columns *c, struct arena *arena)
{
    float *closeness = arena_alloc(arena, c->n, sizeof *closeness);
    enum match_level best = LEVEL_NONE;
    level_closeness(c, closeness);
    for (size_t i = 0; i < c->n; i++)
        best = MAX(best, level_of(level_expected((double)closeness[i], (double)c->n)));
    return best;
}

/* The share of queries whose best of n unrelated documents is called good or strong. */
static double called_good(size_t n, int queries)
{
    struct arena arena;
    struct weights w;
    struct random r = {n};
    int good = 0;
    weights_builtin(&w);
    arena_init(&arena);
    for (int q = 0; q < queries; q++) {
        struct columns c;
        fill(&c, n, &w, &r, &arena);
        good += best_level(&c, &arena) >= LEVEL_GOOD;
        arena_reset(&arena);
    }
    arena_free(&arena);
    return (double)good / queries;
}

static void levels_do_not_rise_with_the_pool(void **state)
{
    (void)state;
    double at_1k = called_good(1000, 200), at_10k = called_good(10000, 100),
           at_100k = called_good(100000, 30);
    print_message("good or strong of unrelated pools: %.3f of 1,000, %.3f of 10,000, %.3f of "
                  "100,000\n",
                  at_1k, at_10k, at_100k);
    assert_true(at_1k <= 0.1 && at_10k <= 0.1 && at_100k <= 0.1);
}

/* An answer among them is seen, and those behind it are less close, in the order of their scores.
 */
static void an_answer_stands_out(void **state)
{
    (void)state;
    struct arena arena;
    struct weights w;
    struct columns c;
    struct random r = {7};
    weights_builtin(&w);
    arena_init(&arena);
    fill(&c, 2000, &w, &r, &arena);
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (!c.value[f]) continue;
        c.score[77] += w.of[f].weight * (5.5f - c.value[f][77]);
        c.value[f][77] = 5.5f;
    }
    float *closeness = arena_alloc(&arena, c.n, sizeof *closeness);
    level_closeness(&c, closeness);
    assert_int_equal(level_of(level_expected((double)closeness[77], 2000)), LEVEL_STRONG);
    for (size_t i = 1; i < c.n; i++)
        assert_int_equal(c.score[i] > c.score[i - 1], closeness[i] > closeness[i - 1]);
    c.score[77] = -INFINITY; /* it may not be offered: then there is none */
    level_closeness(&c, closeness);
    assert_true(closeness[77] == -INFINITY);
    assert_true(best_level(&c, &arena) <= LEVEL_WEAK);
    arena_free(&arena);
}

static void musts_bar(void **state)
{
    (void)state;
    assert_int_equal(level_barred(LEVEL_STRONG, 0), LEVEL_STRONG);
    assert_int_equal(level_barred(LEVEL_STRONG, 1), LEVEL_WEAK);
    assert_int_equal(level_barred(LEVEL_NONE, 2), LEVEL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_do_not_rise_with_the_pool),
        cmocka_unit_test(an_answer_stands_out),
        cmocka_unit_test(musts_bar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

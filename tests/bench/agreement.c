/* agreement.c - do the candidates of a large pool give what scoring everything gives?
 *
 *   agreement DIR MODEL N
 *
 * Matches the first N needs of a data directory (all its vectors there: tests/bench/store.py) with
 * its capabilities both ways and prints how much of the ten best and of the levels is the same, and
 * the times. */
#include "base/base.h"

#include "matcher/candidate.h"
#include "tests/bench/bench.h"
#include "web/backend.h"

#include <math.h>
#include <time.h>

enum { TOP = 10 };

struct tally {
    size_t needs, matches, found, same_first, same_level, same_match_level;
    double drift; /* of ln E */
};

static void compare(struct tally *t, const struct match_list *all, const struct match_list *some)
{
    t->needs++;
    t->matches += all->n;
    t->same_level += all->level == some->level;
    t->same_first += all->n && some->n && all->matches[0].record == some->matches[0].record;
    for (size_t i = 0; i < all->n; i++)
        for (size_t k = 0; k < some->n; k++) {
            const struct match *a = &all->matches[i], *b = &some->matches[k];
            if (a->record != b->record) continue;
            t->found++;
            t->same_match_level += a->level == b->level;
            t->drift += fabs(log(a->expected_by_chance / b->expected_by_chance));
        }
}

/* Of all threads of this process: it tells something on a busy machine too. */
static double processor_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct match_list match(struct backend *b, const struct snapshot *s, struct analyzer *a,
                               uint32_t need, struct candidate_limits limits, struct arena *arena,
                               double *seconds, double *processor)
{
    struct err err = {0};
    struct match_list list;
    struct match_query q = {.from = snapshot_record(s, KIND_NEED, need),
                            .target = KIND_CAPABILITY,
                            .top = TOP,
                            .see_all = true};
    matcher_limit(b->matcher, limits);
    double start = now(), start_processor = processor_seconds();
    if (matcher_run(b->matcher, s, a, &q, arena, &list, &err)) die("%s", err_text(&err, LANG_EN));
    *seconds = now() - start;
    *processor = processor_seconds() - start_processor;
    return list;
}

static int ascending(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
    if (argc != 4) die("usage: agreement DIR MODEL N");
    struct backend b;
    struct err err = {0}, none = {0};
    struct backend_options o = {.program = argv[0], .model = argv[2], .cache_dir = argv[1]};
    struct store *store = store_open(argv[1], STORE_READ, &err);
    if (!store || backend_open(&b, &o, &none, &err) || backend_load(&b, store, &err) ||
        backend_embed(&b, LANG_EN, &err))
        die("%s", err_text(&err, LANG_EN));
    const struct snapshot *s = engine_acquire(b.engine);
    struct analyzer *a = analyzer_new();
    size_t n = MIN(strtoul(argv[3], NULL, 10), snapshot_size(s, KIND_NEED));
    double *all_s = mem_alloc(n, sizeof *all_s), *some_s = mem_alloc(n, sizeof *some_s);
    double *some_p = mem_alloc(n, sizeof *some_p), unused;
    struct candidate_limits everything = {.exhaustive = SIZE_MAX}, few = candidate_limits;
    few.exhaustive = 0;
    struct tally t = {0};
    struct arena arena;
    arena_init(&arena);
    for (uint32_t i = 0; i < n; i++) {
        struct match_list all = match(&b, s, a, i, everything, &arena, &all_s[i], &unused);
        struct match_list some = match(&b, s, a, i, few, &arena, &some_s[i], &some_p[i]);
        compare(&t, &all, &some);
        arena_reset(&arena);
    }
    qsort(all_s, n, sizeof *all_s, ascending);
    qsort(some_s, n, sizeof *some_s, ascending);
    qsort(some_p, n, sizeof *some_p, ascending);
    printf("{\"needs\": %zu, \"overlap\": %.4f, \"same_first\": %.4f, \"same_level\": %.4f, "
           "\"same_match_level\": %.4f, \"drift_ln_e\": %.4f, \"all_ms\": %.1f, \"some_ms\": %.1f, "
           "\"some_p99_ms\": %.1f, \"some_processor_ms\": %.1f}\n",
           t.needs, (double)t.found / (double)t.matches, (double)t.same_first / (double)t.needs,
           (double)t.same_level / (double)t.needs, (double)t.same_match_level / (double)t.found,
           t.drift / (double)t.found, 1e3 * all_s[n / 2], 1e3 * some_s[n / 2],
           1e3 * some_s[n * 99 / 100], 1e3 * some_p[n / 2]);
    free(some_p);
    free(all_s);
    free(some_s);
    arena_free(&arena);
    analyzer_free(a);
    snapshot_release(s);
    backend_close(&b);
    store_close(store);
    return 0;
}

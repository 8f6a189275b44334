#include "base/base.h"

#include "base/mem.h"
#include "base/str.h"
#include "index/engine.h"
#include "tests/unit/temp_dir.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The best documents found by bounds must be those that scoring all of them finds, to the bit. */

static uint32_t drawn(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

/* A number that is small more often than not, as words are common more often than not. */
static uint32_t rank_drawn(uint64_t *seed, uint32_t n)
{
    uint32_t a = drawn(seed) % n + 1;
    return drawn(seed) % a;
}

/* words: how many there are to choose from. */
static const char *text_drawn(uint64_t *seed, uint32_t words, size_t n, struct arena *arena)
{
    struct str s;
    str_init(&s);
    for (size_t i = 0; i < n; i++) {
        uint32_t w = rank_drawn(seed, words);
        if (w % 3 == 0)
            str_addf(&s, "%s", w % 2 ? "轴承" : "齿轮");
        else
            str_addf(&s, "w%u ", w);
    }
    const char *text = arena_strdup(arena, s.len ? s.data : "空");
    str_free(&s);
    return text;
}

static struct record *drawn_record(uint64_t *seed, uint32_t number, uint32_t words,
                                   struct arena *arena)
{
    struct record *r = arena_zalloc(arena, 1, sizeof *r);
    r->kind = KIND_CAPABILITY;
    r->uid = r->id = arena_printf(arena, "c%u", number);
    r->source = "local";
    r->value[FIELD_TITLE] = text_drawn(seed, words, 1 + drawn(seed) % 6, arena);
    if (drawn(seed) % 8)
        r->value[FIELD_TEXT] = text_drawn(seed, words, 1 + drawn(seed) % 60, arena);
    return r;
}

static int best_first(const void *x, const void *y)
{
    const struct scored *a = x, *b = y;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return (a->ord > b->ord) - (a->ord < b->ord);
}

static void compare(const struct snapshot *s, enum part part, const struct bag *query, size_t k,
                    const uint8_t *allowed)
{
    size_t size = snapshot_size(s, KIND_CAPABILITY), n = 0;
    float *score = mem_alloc(size, sizeof *score), *some = mem_alloc(size, sizeof *some);
    struct scored *all = mem_alloc(size, sizeof *all), *top = mem_alloc(k, sizeof *top);
    uint32_t *ords = mem_alloc(size, sizeof *ords);
    snapshot_words(s, KIND_CAPABILITY, part, query, score);
    for (uint32_t ord = 0; ord < size; ord++)
        if (score[ord] > 0 && (!allowed || allowed[ord]))
            all[n++] = (struct scored){ord, score[ord]};
    qsort(all, n, sizeof *all, best_first);
    n = MIN(n, k);
    assert_int_equal(snapshot_words_top(s, KIND_CAPABILITY, part, query, k, allowed, top), n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(top[i].ord, all[i].ord);
        assert_true(top[i].score == all[i].score);
    }
    size_t picked = 0;
    for (uint32_t ord = 0; ord < size; ord += 1 + ord % 7) ords[picked++] = ord;
    snapshot_words_of(s, KIND_CAPABILITY, part, query, ords, picked, some);
    for (size_t i = 0; i < picked; i++) assert_true(some[i] == score[ords[i]]);
    free(score);
    free(some);
    free(all);
    free(top);
    free(ords);
}

static void compare_many(struct engine *e, uint64_t *seed, uint32_t words)
{
    struct analyzer *a = analyzer_new();
    struct arena arena;
    arena_init(&arena);
    const struct snapshot *s = engine_acquire(e);
    size_t size = snapshot_size(s, KIND_CAPABILITY);
    uint8_t *allowed = mem_alloc(size, 1);
    static const size_t ks[] = {1, 10, 100, 1000, 100000};
    for (size_t round = 0; round < 12; round++) {
        size_t n = round % 3 == 0 ? 2 : round % 3 == 1 ? 30 : 200;
        struct bag bag = analyzer_bag(a, text_drawn(seed, words * 2, n, &arena), &arena);
        for (uint32_t ord = 0; ord < size; ord++) allowed[ord] = drawn(seed) % 3 > 0;
        for (int part = 0; part < PART_COUNT; part++) {
            compare(s, (enum part)part, &bag, ks[round % ARRAY_LEN(ks)], NULL);
            compare(s, (enum part)part, &bag, ks[(round + 1) % ARRAY_LEN(ks)], allowed);
        }
        arena_reset(&arena);
    }
    struct bag nothing = {0};
    compare(s, PART_ALL, &nothing, 5, NULL);
    free(allowed);
    snapshot_release(s);
    arena_free(&arena);
    analyzer_free(a);
}

static void the_best_by_bounds_are_the_best(void **state)
{
    (void)state;
    struct pool *pool = pool_new(2);
    struct arena arena;
    arena_init(&arena);
    for (uint64_t seed = 1; seed <= 4; seed++) {
        uint64_t draw = seed * 77;
        uint32_t words = seed % 2 ? 40 : 3000;
        struct engine *e = engine_new(NULL, NULL, pool);
        char dir[] = "/tmp/hongniang-words-XXXXXX";
        assert_non_null(mkdtemp(dir));
        if (seed > 2) engine_keep(e, dir); /* large segments in files, with the terms by document */
        enum { N = 20000, BATCH = 2500 };
        const struct record *batch[BATCH];
        for (uint32_t i = 0; i < N; i += BATCH) { /* more than one window of documents */
            for (uint32_t k = 0; k < BATCH; k++)
                batch[k] = drawn_record(&draw, i + k, words, &arena);
            engine_update(e, batch, BATCH, 1);
            arena_reset(&arena);
        }
        engine_settle(e);
        if (seed > 2) assert_int_equal(rmdir(dir), -1); /* there are such files */
        compare_many(e, &draw, words);
        for (uint32_t i = 0; i < 30; i++) { /* edits and deletions, in segments of their own */
            size_t n = 1 + drawn(&draw) % 40;
            for (size_t k = 0; k < n; k++) {
                struct record *r = drawn_record(&draw, drawn(&draw) % N, words, &arena);
                r->deleted = drawn(&draw) % 2;
                batch[k] = r;
            }
            engine_update(e, batch, n, 1);
            arena_reset(&arena);
        }
        compare_many(e, &draw, words);
        engine_free(e);
        remove_dir(dir);
    }
    arena_free(&arena);
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_by_bounds_are_the_best),
    };
    return cmocka_run_group_tests_name("index_words", tests, NULL, NULL);
}

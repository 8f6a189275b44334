#include "base/base.h"

#include "base/clock.h"
#include "corpus/store.h"
#include "index/indexer.h"
#include "tests/unit/fake_embedder.h"
#include "tests/unit/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

enum { DIM = 16 };

struct setup {
    char dir[64];
    struct store *store;
    struct fake_embedder *embedder;
    struct vector_cache *cache;
    struct engine *engine;
    struct arena arena;
};

static int set_up(void **state)
{
    struct setup *t = mem_zalloc(1, sizeof *t);
    snprintf(t->dir, sizeof t->dir, "/tmp/hn-indexer-XXXXXX");
    assert_non_null(mkdtemp(t->dir));
    struct err err = {0};
    t->store = store_open(t->dir, STORE_WRITE, &err);
    if (!t->store) fail_msg("%s", err_text(&err, LANG_EN));
    t->embedder = fake_embedder_new(DIM);
    t->cache = vector_cache_open(t->dir, embedder_id(&t->embedder->base), DIM);
    t->engine = engine_new(&t->embedder->base, t->cache, NULL);
    arena_init(&t->arena);
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct setup *t = *state;
    engine_free(t->engine);
    vector_cache_free(t->cache);
    embedder_free(&t->embedder->base);
    store_close(t->store);
    arena_free(&t->arena);
    remove_dir(t->dir);
    free(t);
    return 0;
}

static void put(struct setup *t, enum kind kind, const char *uid, const char *title,
                const char *text)
{
    struct record r = {.kind = kind, .uid = uid, .id = uid, .source = "local"};
    struct err err = {0};
    enum put_outcome outcome;
    int64_t rev;
    r.value[kind == KIND_ORG ? FIELD_NAME : FIELD_TITLE] = title;
    r.value[kind == KIND_ORG ? FIELD_SUMMARY : FIELD_TEXT] = text;
    if (store_put(t->store, "test", &r, 0, &outcome, &rev, &err) != 0)
        fail_msg("%s", err_text(&err, LANG_EN));
}

static int64_t seq(struct setup *t)
{
    int64_t n;
    assert_int_equal(store_seq(t->store, &n, NULL), 0);
    return n;
}

static struct indexer *start(struct setup *t)
{
    struct err err = {0};
    struct indexer *x = indexer_start(t->dir, t->engine, &err);
    if (!x) fail_msg("%s", err_text(&err, LANG_EN));
    return x;
}

/* Waits until nothing is missing. */
static struct indexer_state settle(struct indexer *x)
{
    struct indexer_state state;
    double end = clock_seconds() + 20;
    do {
        usleep(2000);
        indexer_state(x, &state);
    } while ((!state.ready || state.missing) && clock_seconds() < end);
    assert_true(state.ready && state.missing == 0);
    return state;
}

static void a_missing_store_is_an_error(void **state)
{
    struct setup *t = *state;
    struct err err = {0};
    assert_null(indexer_start("/nonexistent", t->engine, &err));
    assert_int_not_equal(err.kind, ERR_NONE);
}

static void loads_follows_and_embeds(void **state)
{
    struct setup *t = *state;
    put(t, KIND_ORG, "o1", "甲", NULL);
    put(t, KIND_NEED, "n1", "要轴承", "寿命");
    put(t, KIND_CAPABILITY, "c1", "轴承", "磨削");
    struct indexer *x = start(t);
    assert_true(indexer_wait(x, seq(t), 20));
    struct indexer_state now = settle(x);
    assert_int_equal(now.records, 3);
    assert_int_equal(now.total, 5);
    assert_int_equal(now.seq, seq(t));
    assert_int_equal(now.error.kind, ERR_NONE);
    assert_int_equal(atomic_load(&t->embedder->texts), 5);

    /* What another writer commits is seen without a poke, within a second. */
    put(t, KIND_CAPABILITY, "c2", "齿轮", NULL);
    assert_true(indexer_wait(x, seq(t), 1));
    const struct snapshot *s = engine_acquire(t->engine);
    assert_int_not_equal(snapshot_find(s, KIND_CAPABILITY, "c2"), UINT32_MAX);
    assert_int_equal(snapshot_seq(s), seq(t));
    snapshot_release(s);

    /* With a poke it takes next to no time. */
    assert_int_equal(store_delete(t->store, "test", KIND_CAPABILITY, "c1", 0, NULL), 0);
    put(t, KIND_CAPABILITY, "c2", "齿轮", "减速");
    double before = clock_seconds();
    indexer_poke(x);
    assert_true(indexer_wait(x, seq(t), 20));
    assert_true(clock_seconds() - before < 15);
    now = settle(x);
    assert_int_equal(now.records, 3);
    s = engine_acquire(t->engine);
    assert_int_equal(snapshot_find(s, KIND_CAPABILITY, "c1"), UINT32_MAX);
    const struct record *r =
        snapshot_record(s, KIND_CAPABILITY, snapshot_find(s, KIND_CAPABILITY, "c2"));
    assert_string_equal(r->value[FIELD_TEXT], "减速");
    snapshot_release(s);
    assert_false(indexer_wait(x, seq(t) + 1, 0.01));
    indexer_stop(x);
}

static void a_second_start_embeds_nothing(void **state)
{
    struct setup *t = *state;
    for (int i = 0; i < 50; i++) {
        char uid[16];
        snprintf(uid, sizeof uid, "c%d", i);
        put(t, KIND_CAPABILITY, uid, uid, i % 2 ? "正文" : NULL);
    }
    struct indexer *x = start(t);
    settle(x);
    indexer_stop(x);
    assert_int_equal(atomic_load(&t->embedder->texts), 75);

    engine_free(t->engine);
    vector_cache_free(t->cache);
    t->cache = vector_cache_open(t->dir, embedder_id(&t->embedder->base), DIM);
    t->engine = engine_new(&t->embedder->base, t->cache, NULL);
    x = start(t);
    settle(x);
    indexer_stop(x);
    assert_int_equal(atomic_load(&t->embedder->texts), 75);
}

static void a_broken_embedder_is_reported_and_tried_again(void **state)
{
    struct setup *t = *state;
    atomic_store(&t->embedder->broken, true);
    put(t, KIND_NEED, "n1", "要轴承", NULL);
    struct indexer *x = start(t);
    assert_true(indexer_wait(x, seq(t), 20));
    struct indexer_state now;
    double end = clock_seconds() + 20;
    do {
        usleep(2000);
        indexer_state(x, &now);
    } while (now.error.kind == ERR_NONE && clock_seconds() < end);
    assert_string_equal(now.error.code, "fake_broken");
    assert_int_equal(now.missing, 1);
    assert_true(now.seconds_left < 0);
    atomic_store(&t->embedder->broken, false);
    now = settle(x); /* at the next try */
    indexer_state(x, &now);
    indexer_stop(x);
}

static void stops_in_the_middle(void **state)
{
    struct setup *t = *state;
    for (int i = 0; i < 300; i++) {
        char uid[16];
        snprintf(uid, sizeof uid, "c%d", i);
        put(t, KIND_CAPABILITY, uid, uid, NULL);
    }
    indexer_stop(start(t));
    indexer_stop(NULL);
}

int main(void)
{
    setenv("HONGNIANG_LOG", "error", 0);
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_missing_store_is_an_error),   TEST(loads_follows_and_embeds),
        TEST(a_second_start_embeds_nothing), TEST(a_broken_embedder_is_reported_and_tried_again),
        TEST(stops_in_the_middle),
    };
    return cmocka_run_group_tests_name("index_indexer", tests, NULL, NULL);
}

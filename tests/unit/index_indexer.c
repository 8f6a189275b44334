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
    double end = clock_seconds() + 200;
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

/* ---- what was kept --------------------------------------------------------------------------- */

enum { MANY = 8500 }; /* enough to be kept */

/* Puts records [from, to), in one transaction. */
static void put_many(struct setup *t, int from, int to, const char *text)
{
    assert_int_equal(store_begin(t->store, NULL), 0);
    for (int i = from; i < to; i++) {
        char uid[16], title[32];
        snprintf(uid, sizeof uid, "c%d", i);
        snprintf(title, sizeof title, "title %d", i);
        put(t, KIND_CAPABILITY, uid, title, i % 3 ? text : NULL);
    }
    assert_int_equal(store_commit(t->store, NULL), 0);
}

/* A new process. */
static void start_anew(struct setup *t)
{
    engine_free(t->engine);
    vector_cache_free(t->cache);
    t->cache = vector_cache_open(t->dir, embedder_id(&t->embedder->base), DIM);
    t->engine = engine_new(&t->embedder->base, t->cache, NULL);
}

struct agreement {
    const struct snapshot *s;
    size_t n;
};

static int one_agrees(void *ctx, struct record *r, struct err *err)
{
    struct agreement *a = ctx;
    (void)err;
    uint32_t ord = snapshot_find(a->s, r->kind, r->uid);
    assert_int_not_equal(ord, UINT32_MAX);
    const struct record *mine = snapshot_record(a->s, r->kind, ord);
    assert_int_equal(mine->rev, r->rev);
    assert_string_equal(record_title(mine), record_title(r));
    assert_int_equal(record_text(mine) == NULL, record_text(r) == NULL);
    if (record_text(r)) assert_string_equal(record_text(mine), record_text(r));
    assert_non_null(snapshot_vector(a->s, r->kind, PART_TITLE, ord));
    assert_non_null(snapshot_vector(a->s, r->kind, PART_ALL, ord));
    a->n++;
    return 0;
}

/* The engine has what the store has, no more and no less. */
static void agrees(struct setup *t)
{
    struct store_query q = {.kind = KIND_CAPABILITY};
    struct agreement a = {.s = engine_acquire(t->engine)};
    assert_int_equal(store_list(t->store, &q, &t->arena, one_agrees, &a, NULL), 0);
    assert_int_equal(snapshot_live(a.s, KIND_CAPABILITY), a.n);
    assert_int_equal(snapshot_seq(a.s), seq(t));
    snapshot_release(a.s);
    arena_reset(&t->arena);
}

static bool has_file(const struct setup *t, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", t->dir, name);
    return access(path, F_OK) == 0;
}

static void run_once(struct setup *t)
{
    start_anew(t);
    struct indexer *x = start(t);
    settle(x);
    agrees(t);
    indexer_stop(x);
}

static void a_start_reads_what_changed(void **state)
{
    struct setup *t = *state;
    put_many(t, 0, MANY, "text");
    run_once(t);
    unsigned texts = atomic_load(&t->embedder->texts);
    start_anew(t); /* which keeps it */
    assert_true(has_file(t, "index.bin"));
    run_once(t);
    /* While no program runs, some change, some go, some come. */
    put_many(t, 100, 150, "changed");
    for (int i = 0; i < 90; i += 2) {
        char uid[16];
        snprintf(uid, sizeof uid, "c%d", i * 7);
        assert_int_equal(store_delete(t->store, "test", KIND_CAPABILITY, uid, 0, NULL), 0);
    }
    assert_int_equal(store_undo(t->store, "test", KIND_CAPABILITY, "c0", 0, NULL), 0);
    put_many(t, MANY, MANY + 70, "more");
    run_once(t);
    run_once(t);
    /* More than is applied at once, over all of it. */
    put_many(t, 0, MANY, "all of it");
    run_once(t);
    run_once(t);
    assert_true(atomic_load(&t->embedder->texts) < texts * 2 + 200);
    texts = atomic_load(&t->embedder->texts);
    run_once(t);
    assert_int_equal(atomic_load(&t->embedder->texts), texts);
}

static void another_database_is_noticed(void **state)
{
    struct setup *t = *state;
    char path[128], backup[128];
    snprintf(path, sizeof path, "%s/hongniang.db", t->dir);
    snprintf(backup, sizeof backup, "%s/backup.db", t->dir);
    put_many(t, 0, MANY, "text");
    run_once(t);
    start_anew(t);
    assert_true(has_file(t, "index.bin"));
    store_close(t->store);
    t->store = NULL;
    char command[1024];
    snprintf(command, sizeof command, "cp %s %s", path, backup);
    assert_int_equal(system(command), 0);
    t->store = store_open(t->dir, STORE_WRITE, NULL);
    put_many(t, 0, 300, "later");
    run_once(t);
    start_anew(t);
    /* The backup comes back, and as many other changes are made to it; or fewer, or more. */
    static const int changes[] = {300, 0, 200, 400};
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        store_close(t->store);
        snprintf(command, sizeof command, "rm -f %s-wal %s-shm; cp %s %s", path, path, backup,
                 path);
        assert_int_equal(system(command), 0);
        t->store = store_open(t->dir, STORE_WRITE, NULL);
        assert_non_null(t->store);
        put_many(t, MANY - changes[i], MANY, i % 2 ? "otherwise" : "in another way");
        run_once(t);
        start_anew(t);
    }
    unlink(backup);
}

/* What the disk changed is seen some time after the start, and all is loaded anew. */
static void damage_is_mended(void **state)
{
    struct setup *t = *state;
    put_many(t, 0, MANY, "text");
    run_once(t);
    start_anew(t);
    char path[400] = "";
    DIR *d = opendir(t->dir);
    for (struct dirent *e; (e = readdir(d));)
        if (strncmp(e->d_name, "records-", 8) == 0)
            snprintf(path, sizeof path, "%s/%s", t->dir, e->d_name);
    closedir(d);
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    fseek(f, -5000, SEEK_END);
    fputs("!", f);
    fclose(f);
    start_anew(t);
    struct indexer *x = start(t);
    double end = clock_seconds() + 200;
    while (access(path, F_OK) == 0 && clock_seconds() < end) usleep(2000);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_true(indexer_wait(x, seq(t), 200));
    settle(x);
    agrees(t);
    indexer_stop(x);
    run_once(t);
}

int main(void)
{
    setenv("HONGNIANG_LOG", "error", 0);
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_missing_store_is_an_error),   TEST(loads_follows_and_embeds),
        TEST(a_second_start_embeds_nothing), TEST(a_broken_embedder_is_reported_and_tried_again),
        TEST(stops_in_the_middle),           TEST(a_start_reads_what_changed),
        TEST(another_database_is_noticed),   TEST(damage_is_mended),
    };
    return cmocka_run_group_tests_name("index_indexer", tests, NULL, NULL);
}

#include "base/base.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/vec.h"
#include "index/engine.h"
#include "tests/unit/fake_embedder.h"
#include "tests/unit/temp_dir.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { DIM = 32 };

struct setup {
    struct pool *pool;
    struct fake_embedder *embedder;
    struct vector_cache *cache;
    struct analyzer *analyzer;
    struct engine *engine;
    struct arena arena;
};

static int set_up(void **state)
{
    struct setup *t = mem_zalloc(1, sizeof *t);
    t->pool = pool_new(2);
    t->embedder = fake_embedder_new(DIM);
    t->cache = vector_cache_open(NULL, embedder_id(&t->embedder->base), DIM);
    t->analyzer = analyzer_new();
    t->engine = engine_new(&t->embedder->base, t->cache, t->pool);
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
    analyzer_free(t->analyzer);
    pool_free(t->pool);
    arena_free(&t->arena);
    free(t);
    return 0;
}

static struct record *record(struct arena *arena, enum kind kind, const char *uid,
                             const char *title, const char *text, const char *owner)
{
    struct record *r = arena_zalloc(arena, 1, sizeof *r);
    r->kind = kind;
    r->uid = r->id = arena_strdup(arena, uid);
    r->source = "local";
    r->rev = 1;
    r->value[kind == KIND_ORG ? FIELD_NAME : FIELD_TITLE] = arena_strdup(arena, title);
    r->value[kind == KIND_ORG ? FIELD_SUMMARY : FIELD_TEXT] = arena_strdup(arena, text);
    if (owner) {
        const char **owners = arena_alloc(arena, 1, sizeof *owners);
        owners[0] = arena_strdup(arena, owner);
        r->owners = owners;
        r->n_owners = 1;
    }
    return r;
}

static void update_one(struct setup *t, const struct record *r, int64_t seq)
{
    engine_update(t->engine, &r, 1, seq);
}

/* The words' score of every document of a kind, by ordinal. */
static float *words(struct setup *t, const struct snapshot *s, enum kind kind, enum part part,
                    const char *query)
{
    float *score = arena_alloc(&t->arena, snapshot_size(s, kind), sizeof *score);
    struct bag bag = analyzer_bag(t->analyzer, query, &t->arena);
    snapshot_words(s, kind, part, &bag, score);
    return score;
}

static void an_empty_engine_answers(void **state)
{
    struct setup *t = *state;
    const struct snapshot *s = engine_acquire(t->engine);
    assert_int_equal(snapshot_size(s, KIND_NEED), 0);
    assert_int_equal(snapshot_find(s, KIND_NEED, "n1"), UINT32_MAX);
    assert_null(snapshot_record(s, KIND_NEED, 0));
    float none = 7;
    words(t, s, KIND_CAPABILITY, PART_ALL, "轴承");
    struct bag bag = analyzer_bag(t->analyzer, "轴承", &t->arena);
    snapshot_words_orgs(s, &bag, &none);
    snapshot_words_reverse(s, KIND_NEED, KIND_CAPABILITY, PART_ALL, &bag, &none);
    assert_true(none == 7); /* no documents, nothing written */
    assert_float_equal(snapshot_idf(s, KIND_NEED, PART_ALL, "x", 1), 1.0, 1e-6);
    snapshot_release(s);
    engine_update(t->engine, NULL, 0, 7);
    s = engine_acquire(t->engine);
    assert_int_equal(snapshot_seq(s), 7);
    snapshot_release(s);
}

static void updates_replace_and_remove(void **state)
{
    struct setup *t = *state;
    const struct record *first[] = {
        record(&t->arena, KIND_CAPABILITY, "c1", "轴承加工", "精密轴承", NULL),
        record(&t->arena, KIND_CAPABILITY, "c2", "齿轮", NULL, NULL),
        record(&t->arena, KIND_CAPABILITY, "c1", "轴承磨削", "精密轴承", NULL), /* the last wins */
    };
    engine_update(t->engine, first, 3, 1);
    const struct snapshot *before = engine_acquire(t->engine);
    assert_int_equal(snapshot_live(before, KIND_CAPABILITY), 2);
    uint32_t ord = snapshot_find(before, KIND_CAPABILITY, "c1");
    assert_string_equal(record_title(snapshot_record(before, KIND_CAPABILITY, ord)), "轴承磨削");

    update_one(t, record(&t->arena, KIND_CAPABILITY, "c1", "减速器", NULL, NULL), 2);
    struct record *gone = record(&t->arena, KIND_CAPABILITY, "c2", "齿轮", NULL, NULL);
    gone->deleted = true;
    update_one(t, gone, 3);
    const struct snapshot *after = engine_acquire(t->engine);
    assert_int_equal(snapshot_seq(after), 3);
    assert_true(snapshot_generation(after) > snapshot_generation(before));
    assert_int_equal(snapshot_live(after, KIND_CAPABILITY), 1);
    assert_int_equal(snapshot_find(after, KIND_CAPABILITY, "c2"), UINT32_MAX);
    ord = snapshot_find(after, KIND_CAPABILITY, "c1");
    assert_string_equal(record_title(snapshot_record(after, KIND_CAPABILITY, ord)), "减速器");
    float *score = words(t, after, KIND_CAPABILITY, PART_ALL, "轴承");
    for (size_t i = 0; i < snapshot_size(after, KIND_CAPABILITY); i++) assert_true(score[i] == 0);

    /* The reader from before still sees what it saw. */
    ord = snapshot_find(before, KIND_CAPABILITY, "c2");
    assert_string_equal(record_title(snapshot_record(before, KIND_CAPABILITY, ord)), "齿轮");
    snapshot_release(before);
    snapshot_release(after);
}

static void contacts_stay_out(void **state)
{
    struct setup *t = *state;
    struct record *r = record(&t->arena, KIND_ORG, "o1", "示例公司", "做轴承", NULL);
    r->value[FIELD_CONTACT_NAME] = "张三";
    r->value[FIELD_CONTACT_PHONE] = "13800000000";
    r->value[FIELD_TOWN] = "玉山镇";
    r->extra = "{\"联系人\":\"李四\"}";
    update_one(t, r, 1);
    const struct snapshot *s = engine_acquire(t->engine);
    const struct record *copy = snapshot_record(s, KIND_ORG, 0);
    assert_null(copy->value[FIELD_CONTACT_NAME]);
    assert_null(copy->value[FIELD_CONTACT_PHONE]);
    assert_null(copy->extra);
    assert_string_equal(copy->value[FIELD_TOWN], "玉山镇");
    assert_string_equal(document_text(r, &t->arena), "示例公司\n做轴承");
    struct record *need = record(&t->arena, KIND_NEED, "n", "标题", "正文", NULL);
    need->value[FIELD_KEY_TECHNOLOGY] = "关键";
    need->value[FIELD_TARGETS] = "指标";
    assert_string_equal(document_text(need, &t->arena), "标题\n正文\n关键\n指标");
    snapshot_release(s);
}

static float sat(float tf, float length, float mean)
{
    return 2.2f * tf / (tf + 1.2f * (0.25f + 0.75f * length / mean));
}

static void words_score_as_documented(void **state)
{
    struct setup *t = *state;
    const struct record *all[] = {
        record(&t->arena, KIND_CAPABILITY, "a", "gear", "gear life", NULL), /* 3 terms, tf 2 */
        record(&t->arena, KIND_CAPABILITY, "b", "铝", NULL, NULL),          /* 1 term */
        record(&t->arena, KIND_CAPABILITY, "c", "gear", "铝材 b", NULL),    /* 4 and a pair, tf 1 */
    };
    engine_update(t->engine, all, 3, 1);
    const struct snapshot *s = engine_acquire(t->engine);
    struct lexical_stats stats = snapshot_lexical_stats(s, KIND_CAPABILITY);
    float mean = 8.0f / 3;
    assert_float_equal(stats.docs, 3, 0);
    assert_float_equal(stats.mean_length[PART_TITLE], 1, 0);
    assert_float_equal(stats.mean_length[PART_ALL], mean, 1e-6);
    float idf2 = logf(1.0f + 1.5f / 2.5f) / logf(1.0f + 3.5f / 0.5f); /* in two of three */
    float idf1 = logf(1.0f + 2.5f / 1.5f) / logf(1.0f + 3.5f / 0.5f);
    assert_float_equal(snapshot_idf(s, KIND_CAPABILITY, PART_ALL, "gear", 4), idf2, 1e-6);
    assert_float_equal(snapshot_idf(s, KIND_CAPABILITY, PART_ALL, "铝材", 6), idf1 / 2, 1e-6);
    assert_float_equal(snapshot_idf(s, KIND_CAPABILITY, PART_TITLE, "铝", 3), idf1, 1e-6);
    assert_float_equal(snapshot_idf(s, KIND_CAPABILITY, PART_TITLE, "absent", 6), 1, 1e-6);

    float *one = words(t, s, KIND_CAPABILITY, PART_ALL, "gear");
    assert_float_equal(one[0], idf2 * sat(2, 3, mean) / sqrtf(idf2 * 2.2f), 1e-5);
    assert_float_equal(one[1], 0, 0);
    assert_float_equal(one[2], idf2 * sat(1, 4, mean) / sqrtf(idf2 * 2.2f), 1e-5);
    float *title = words(t, s, KIND_CAPABILITY, PART_TITLE, "gear");
    assert_float_equal(title[2], idf2 * sat(1, 1, 1) / sqrtf(idf2 * 2.2f), 1e-5);
    /* Counts are damped, a pair weighs half, what nobody has lowers all. */
    float *two = words(t, s, KIND_CAPABILITY, PART_ALL, "gear gear 铝材 absent");
    float idf_material = idf1; /* the single character 材 */
    float scale = sqrtf(2.2f * (cbrtf(2) * idf2 + idf2 + idf_material + idf1 / 2 + 1));
    assert_float_equal(
        two[2], (cbrtf(2) * idf2 + idf2 + idf_material + idf1 / 2) * sat(1, 4, mean) / scale, 1e-5);
    assert_float_equal(two[0], cbrtf(2) * idf2 * sat(2, 3, mean) / scale, 1e-5);
    snapshot_release(s);
}

/* What was scored must not depend on the order and the number of updates that led to it. */
static void scores_do_not_depend_on_history(void **state)
{
    struct setup *t = *state;
    enum { N = 150 };
    static const char *const pick[] = {"轴承", "齿轮", "涂层", "电池", "laser", "sensor", "模具"};
    const struct record *all[N];
    uint64_t seed = 1;
    for (size_t i = 0; i < N; i++) {
        struct str text;
        str_init(&text);
        for (size_t k = 0; k < 3 + i % 5; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            str_addf(&text, "%s ", pick[(seed >> 33) % ARRAY_LEN(pick)]);
        }
        char uid[16];
        snprintf(uid, sizeof uid, "c%zu", i);
        all[i] =
            record(&t->arena, KIND_CAPABILITY, uid, pick[i % ARRAY_LEN(pick)], text.data, NULL);
        str_free(&text);
        if (i % 3 == 0) /* first something else under this uid, which is then replaced */
            update_one(t, record(&t->arena, KIND_CAPABILITY, uid, "激光 轴承", "旧", NULL), 1);
    }
    for (size_t i = 0; i < N; i += 2) update_one(t, all[i], 1);
    for (size_t i = 1; i < N; i += 2) update_one(t, all[i], 1);
    struct engine *once = engine_new(&t->embedder->base, t->cache, t->pool);
    engine_update(once, all, N, 1);

    const struct snapshot *a = engine_acquire(t->engine), *b = engine_acquire(once);
    assert_int_equal(snapshot_live(a, KIND_CAPABILITY), N);
    for (int part = 0; part < PART_COUNT; part++) {
        const char *query = "轴承 涂层 涂层 laser 不存在";
        float *x = words(t, a, KIND_CAPABILITY, (enum part)part, query);
        float *y = words(t, b, KIND_CAPABILITY, (enum part)part, query);
        for (uint32_t i = 0; i < N; i++) {
            uint32_t ord = snapshot_find(a, KIND_CAPABILITY, all[i]->uid);
            assert_true(x[ord] == y[snapshot_find(b, KIND_CAPABILITY, all[i]->uid)]);
        }
    }
    snapshot_release(a);
    snapshot_release(b);
    engine_free(once);
}

static void owners_are_linked_when_they_come(void **state)
{
    struct setup *t = *state;
    update_one(t, record(&t->arena, KIND_CAPABILITY, "c1", "轴承", NULL, "o1"), 1);
    update_one(t, record(&t->arena, KIND_NEED, "n1", "要轴承", NULL, "o1"), 2);
    const struct snapshot *s = engine_acquire(t->engine);
    const uint32_t *list;
    assert_int_equal(snapshot_owners(s, KIND_CAPABILITY, 0, &list), 0);
    snapshot_release(s);

    update_one(t, record(&t->arena, KIND_ORG, "o0", "甲", NULL, NULL), 3);
    update_one(t, record(&t->arena, KIND_ORG, "o1", "乙", NULL, NULL), 4);
    update_one(t, record(&t->arena, KIND_CAPABILITY, "c2", "齿轮", NULL, "o1"), 5);
    s = engine_acquire(t->engine);
    uint32_t org = snapshot_find(s, KIND_ORG, "o1");
    assert_int_equal(snapshot_owners(s, KIND_NEED, 0, &list), 1);
    assert_int_equal(list[0], org);
    assert_int_equal(snapshot_owned(s, org, &list), 2);
    assert_true(list[0] < list[1]);
    assert_int_equal(snapshot_owned(s, snapshot_find(s, KIND_ORG, "o0"), &list), 0);
    assert_int_equal(snapshot_owners(s, KIND_ORG, org, &list), 0);
    snapshot_release(s);
}

/* An organisation scores as one document would that holds all its capabilities. */
static void organisations_score_as_one_long_document(void **state)
{
    struct setup *t = *state;
    const struct record *all[] = {
        record(&t->arena, KIND_ORG, "o1", "甲", NULL, NULL),
        record(&t->arena, KIND_ORG, "o2", "乙", NULL, NULL),
        record(&t->arena, KIND_ORG, "o3", "丙", NULL, NULL), /* owns nothing */
        record(&t->arena, KIND_CAPABILITY, "c1", "轴承", "涂层", "o1"),
        record(&t->arena, KIND_CAPABILITY, "c2", "轴承", "寿命 寿命", "o1"),
        record(&t->arena, KIND_CAPABILITY, "c3", "齿轮", "涂层", "o2"),
    };
    engine_update(t->engine, all, ARRAY_LEN(all), 1);
    struct engine *flat = engine_new(NULL, NULL, t->pool);
    const struct record *profiles[] = {
        record(&t->arena, KIND_CAPABILITY, "o1", "轴承", "涂层 轴承 寿命 寿命", NULL),
        record(&t->arena, KIND_CAPABILITY, "o2", "齿轮", "涂层", NULL),
    };
    engine_update(flat, profiles, 2, 1);

    const struct snapshot *s = engine_acquire(t->engine), *f = engine_acquire(flat);
    struct bag bag = analyzer_bag(t->analyzer, "轴承涂层 轴承", &t->arena);
    float score[3];
    snapshot_words_orgs(s, &bag, score);
    float *wanted = words(t, f, KIND_CAPABILITY, PART_ALL, "轴承涂层 轴承");
    assert_float_equal(score[0], wanted[0], 1e-6);
    assert_float_equal(score[1], wanted[1], 1e-6);
    assert_true(score[2] == 0);
    assert_int_equal(snapshot_dim(f), 0);
    float cos[2], q[1] = {1};
    snapshot_cosine(f, KIND_CAPABILITY, PART_ALL, q, cos);
    assert_true(isnan(cos[0]) && isnan(cos[1]));
    snapshot_release(s);
    snapshot_release(f);
    engine_free(flat);
}

/* From the other side a pair has the score it has from this side. */
static void reverse_agrees_with_forward(void **state)
{
    struct setup *t = *state;
    const struct record *all[] = {
        record(&t->arena, KIND_CAPABILITY, "c1", "轴承磨削", "精密轴承的磨削与寿命", NULL),
        record(&t->arena, KIND_CAPABILITY, "c2", "电池涂层", "涂层 coating", NULL),
        record(&t->arena, KIND_NEED, "n1", "轴承寿命", "提高轴承寿命", NULL),
        record(&t->arena, KIND_NEED, "n2", "电池", "coating of batteries 未知词", NULL),
    };
    engine_update(t->engine, all, ARRAY_LEN(all), 1);
    const struct snapshot *s = engine_acquire(t->engine);
    for (int part = 0; part < PART_COUNT; part++) {
        for (uint32_t c = 0; c < 2; c++) {
            float reverse[2];
            const char *offer =
                part == PART_TITLE ? record_title(all[c]) : document_text(all[c], &t->arena);
            struct bag bag = analyzer_bag(t->analyzer, offer, &t->arena);
            snapshot_words_reverse(s, KIND_NEED, KIND_CAPABILITY, (enum part)part, &bag, reverse);
            for (uint32_t n = 0; n < 2; n++) {
                const char *need = part == PART_TITLE ? record_title(all[2 + n])
                                                      : document_text(all[2 + n], &t->arena);
                float *forward = words(t, s, KIND_CAPABILITY, (enum part)part, need);
                assert_float_equal(reverse[n], forward[c], 1e-5);
            }
        }
    }
    snapshot_release(s);
}

static void vectors_come_step_by_step(void **state)
{
    struct setup *t = *state;
    const struct record *all[] = {
        record(&t->arena, KIND_NEED, "n1", "轴承", "寿命", NULL),
        record(&t->arena, KIND_CAPABILITY, "c1", "轴承", "磨削", NULL),
        record(&t->arena, KIND_CAPABILITY, "c2", "齿轮", NULL, NULL), /* one text only */
    };
    engine_update(t->engine, all, 3, 1);
    size_t missing, total, done;
    engine_embed_state(t->engine, &missing, &total);
    assert_int_equal(missing, 5);
    assert_int_equal(total, 5);
    const struct snapshot *s = engine_acquire(t->engine);
    assert_null(snapshot_vector(s, KIND_NEED, PART_TITLE, 0));
    uint64_t generation = engine_vectors_generation(t->engine);
    assert_int_equal(engine_embed_step(t->engine, 1, &done, NULL), 4);
    assert_int_equal(done, 1);
    assert_true(engine_vectors_generation(t->engine) > generation);
    assert_non_null(snapshot_vector(s, KIND_NEED, PART_TITLE, 0)); /* appears in place */

    struct err err = {0};
    atomic_store(&t->embedder->broken, true);
    assert_int_equal(engine_embed_step(t->engine, 0, &done, &err), -1);
    assert_string_equal(err.code, "fake_broken");
    atomic_store(&t->embedder->broken, false);
    assert_int_equal(engine_embed_step(t->engine, 0, &done, &err), 0);
    assert_int_equal(done, 4);

    const float *title = snapshot_vector(s, KIND_CAPABILITY, PART_TITLE, 1);
    const float *whole = snapshot_vector(s, KIND_CAPABILITY, PART_ALL, 1);
    assert_memory_equal(title, whole, DIM * sizeof(float));
    float cos[2];
    snapshot_cosine(s, KIND_CAPABILITY, PART_ALL, whole, cos);
    assert_float_equal(cos[1], 1.0, 1e-5);
    assert_true(cos[0] < 0.9f);
    snapshot_release(s);

    /* Another engine with the same cache embeds nothing, nor does an edit that keeps the texts. */
    size_t before = atomic_load(&t->embedder->texts);
    struct engine *again = engine_new(&t->embedder->base, t->cache, t->pool);
    engine_update(again, all, 3, 1);
    engine_embed_state(again, &missing, &total);
    assert_int_equal(missing, 0);
    engine_free(again);
    struct record *edited = record(&t->arena, KIND_CAPABILITY, "c2", "齿轮", NULL, NULL);
    edited->value[FIELD_YEAR] = "2024";
    update_one(t, edited, 2);
    engine_embed_state(t->engine, &missing, &total);
    assert_int_equal(missing, 0);
    assert_int_equal(atomic_load(&t->embedder->texts), before);
}

static void cosine_over_many_segments_with_gaps(void **state)
{
    struct setup *t = *state;
    enum { N = 3000 };
    const struct record *all[N];
    for (size_t i = 0; i < N; i++) {
        char uid[16];
        snprintf(uid, sizeof uid, "c%zu", i);
        all[i] = record(&t->arena, KIND_CAPABILITY, uid, uid, NULL, NULL);
    }
    engine_update(t->engine, all, 2500, 1);
    size_t done;
    engine_embed_step(t->engine, 1700, &done, NULL);
    engine_update(t->engine, all + 2500, 500, 1);
    for (size_t i = 0; i < N; i += 97) {
        struct record gone = *all[i];
        gone.deleted = true;
        update_one(t, &gone, 1);
    }
    const struct snapshot *s = engine_acquire(t->engine);
    const float *q =
        snapshot_vector(s, KIND_CAPABILITY, PART_ALL, snapshot_find(s, KIND_CAPABILITY, "c1234"));
    assert_non_null(q);
    size_t size = snapshot_size(s, KIND_CAPABILITY), present = 0;
    float *cos = arena_alloc(&t->arena, size, sizeof *cos);
    snapshot_cosine(s, KIND_CAPABILITY, PART_ALL, q, cos);
    for (uint32_t ord = 0; ord < size; ord++) {
        const float *v = snapshot_vector(s, KIND_CAPABILITY, PART_ALL, ord);
        assert_int_equal(v == NULL, isnan(cos[ord]) != 0);
        if (!v) continue;
        double dot = 0;
        for (int k = 0; k < DIM; k++) dot += (double)q[k] * (double)v[k];
        assert_float_equal(cos[ord], dot, 1e-5);
        present++;
    }
    assert_int_equal(present, 1700 - (1700 + 96) / 97);
    snapshot_release(s);
}

/* ---- readers against a writer and the embedding job ------------------------------------------ */

struct race {
    struct setup *setup;
    atomic_bool stop;
};

static void *read_on(void *arg)
{
    struct race *race = arg;
    struct analyzer *a = analyzer_new();
    struct arena arena;
    arena_init(&arena);
    while (!atomic_load(&race->stop)) {
        const struct snapshot *s = engine_acquire(race->setup->engine);
        size_t needs = snapshot_size(s, KIND_NEED), orgs = snapshot_size(s, KIND_ORG);
        size_t n = snapshot_size(s, KIND_CAPABILITY), live = 0;
        float *row = arena_alloc(&arena, n + 1, sizeof *row);
        float *seekers = arena_alloc(&arena, needs + orgs + 1, sizeof *seekers);
        struct bag bag = analyzer_bag(a, "轴承 齿轮 c7", &arena);
        snapshot_words(s, KIND_CAPABILITY, PART_ALL, &bag, row);
        for (uint32_t ord = 0; ord < n; ord++) {
            const struct record *r = snapshot_record(s, KIND_CAPABILITY, ord);
            if (r) assert_int_equal(snapshot_find(s, KIND_CAPABILITY, r->uid), ord);
            live += r != NULL;
        }
        assert_int_equal(live, snapshot_live(s, KIND_CAPABILITY));
        snapshot_words_reverse(s, KIND_NEED, KIND_CAPABILITY, PART_TITLE, &bag, seekers);
        snapshot_words_orgs(s, &bag, seekers + needs);
        const float *q = n ? snapshot_vector(s, KIND_CAPABILITY, PART_ALL, 0) : NULL;
        if (q) snapshot_cosine(s, KIND_CAPABILITY, PART_ALL, q, row);
        snapshot_release(s);
        arena_reset(&arena);
    }
    arena_free(&arena);
    analyzer_free(a);
    return NULL;
}

static void *embed_on(void *arg)
{
    struct race *race = arg;
    size_t done;
    while (!atomic_load(&race->stop)) engine_embed_step(race->setup->engine, 4, &done, NULL);
    return NULL;
}

static void readers_and_writers_do_not_disturb_each_other(void **state)
{
    struct setup *t = *state;
    struct race race = {.setup = t};
    pthread_t threads[3];
    pthread_create(&threads[0], NULL, read_on, &race);
    pthread_create(&threads[1], NULL, read_on, &race);
    pthread_create(&threads[2], NULL, embed_on, &race);
    for (int i = 0; i < 300; i++) {
        char uid[16];
        snprintf(uid, sizeof uid, "c%d", i % 60);
        struct record *r = record(&t->arena, KIND_CAPABILITY, uid, uid, "轴承", "o1");
        r->deleted = i % 7 == 3;
        const struct record *batch[] = {r, record(&t->arena, KIND_NEED, uid, "齿轮", uid, "o1"),
                                        record(&t->arena, KIND_ORG, "o1", "甲", NULL, NULL)};
        engine_update(t->engine, batch, i % 5 ? 1 : 3, i);
    }
    atomic_store(&race.stop, true);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) pthread_join(threads[i], NULL);
}

/* Enough documents that the engine's own thread merges, while they are read, replaced, deleted and
 * embedded: afterwards everything is as if it had come at once. */
static void large_merges_lose_nothing(void **state)
{
    struct setup *t = *state;
    enum { N = 30000, BATCH = 1500 };
    struct race race = {.setup = t};
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, read_on, &race);
    pthread_create(&threads[1], NULL, embed_on, &race);
    const struct record **now = arena_alloc(&t->arena, N, sizeof *now);
    static const char *const pick[] = {"轴承", "齿轮", "涂层", "laser"};
    for (uint32_t i = 0; i < N; i++) {
        const char *uid = arena_printf(&t->arena, "c%u", i);
        now[i] = record(&t->arena, KIND_CAPABILITY, uid, pick[i % 4], NULL, "o1");
        if (i % BATCH != BATCH - 1) continue;
        engine_update(t->engine, now + i + 1 - BATCH, BATCH, i);
        for (uint32_t k = i / 7; k < i; k += 1 + i / 9) { /* and some of before */
            struct record *r = record(&t->arena, KIND_CAPABILITY, now[k]->uid, "磨削 laser",
                                      k % 2 ? "齿轮" : NULL, NULL);
            r->deleted = k % 3 == 0;
            now[k] = r;
            update_one(t, r, i);
        }
    }
    engine_settle(t->engine);
    atomic_store(&race.stop, true);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) pthread_join(threads[i], NULL);
    size_t done;
    assert_int_equal(engine_embed_step(t->engine, 0, &done, NULL), 0);

    struct engine *once = engine_new(NULL, NULL, NULL);
    engine_update(once, now, N, 1);
    const struct snapshot *a = engine_acquire(t->engine), *b = engine_acquire(once);
    assert_int_equal(snapshot_live(a, KIND_CAPABILITY), snapshot_live(b, KIND_CAPABILITY));
    assert_true(snapshot_size(a, KIND_CAPABILITY) < N * 3 / 2);
    const char *query = "轴承 磨削 laser laser 不存在";
    float *x = words(t, a, KIND_CAPABILITY, PART_ALL, query);
    float *y = words(t, b, KIND_CAPABILITY, PART_ALL, query);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t ord = snapshot_find(a, KIND_CAPABILITY, now[i]->uid);
        uint32_t other = snapshot_find(b, KIND_CAPABILITY, now[i]->uid);
        assert_int_equal(ord == UINT32_MAX, now[i]->deleted);
        assert_int_equal(other == UINT32_MAX, now[i]->deleted);
        if (now[i]->deleted) continue;
        assert_true(x[ord] == y[other]);
        assert_string_equal(record_title(snapshot_record(a, KIND_CAPABILITY, ord)),
                            record_title(now[i]));
        assert_non_null(snapshot_vector(a, KIND_CAPABILITY, PART_ALL, ord));
    }
    snapshot_release(a);
    snapshot_release(b);
    engine_free(once);
}

/* ---- kept in files --------------------------------------------------------------------------- */

enum { KEPT = 20000 };

/* A corpus in some state: every 7th document is left out, every 11th says something else, or so. */
static size_t kept_corpus(struct setup *t, const struct record **out, uint32_t left_out,
                          uint32_t changed)
{
    static const char *const pick[] = {"轴承", "齿轮 寿命", "涂层", "laser 轴承", "电池"};
    size_t n = 0;
    for (uint32_t i = 0; i < KEPT; i++) {
        const char *uid = arena_printf(&t->arena, "c%u", i);
        const char *text = arena_printf(&t->arena, "%s %s w%u", pick[i % 3], pick[i % 5], i % 700);
        if (changed && i % changed == 0) text = "磨削 轴承";
        if (!left_out || i % left_out)
            out[n++] = record(&t->arena, KIND_CAPABILITY, uid, pick[i % 5], text, "o1");
    }
    return n;
}

static void load_in_batches(struct engine *e, const struct record *const *all, size_t n)
{
    for (size_t i = 0; i < n; i += 3000) engine_update(e, all + i, MIN((size_t)3000, n - i), 0);
    engine_loaded(e);
    engine_update(e, NULL, 0, 1);
    engine_mark(e, 77);
}

static size_t count_files(const char *dir, const char *prefix, char last[512])
{
    size_t n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e; d && (e = readdir(d));)
        if (strncmp(e->d_name, prefix, strlen(prefix)) == 0) {
            snprintf(last, 512, "%s/%s", dir, e->d_name);
            n++;
        }
    closedir(d);
    return n;
}

static void same_answers(struct setup *t, struct engine *e, const struct record *const *all,
                         size_t n)
{
    struct engine *once = engine_new(NULL, NULL, t->pool);
    engine_update(once, all, n, 1);
    const struct snapshot *a = engine_acquire(e), *b = engine_acquire(once);
    assert_int_equal(snapshot_live(a, KIND_CAPABILITY), n);
    for (int part = 0; part < PART_COUNT; part++) {
        const char *query = "轴承 寿命 磨削 laser w77 不存在";
        float *x = words(t, a, KIND_CAPABILITY, (enum part)part, query);
        float *y = words(t, b, KIND_CAPABILITY, (enum part)part, query);
        for (size_t i = 0; i < n; i++) {
            uint32_t ord = snapshot_find(a, KIND_CAPABILITY, all[i]->uid);
            assert_true(ord != UINT32_MAX);
            assert_true(x[ord] == y[snapshot_find(b, KIND_CAPABILITY, all[i]->uid)]);
        }
    }
    assert_float_equal(snapshot_lexical_stats(a, KIND_CAPABILITY).mean_length[PART_ALL],
                       snapshot_lexical_stats(b, KIND_CAPABILITY).mean_length[PART_ALL], 0);
    snapshot_release(a);
    snapshot_release(b);
    engine_free(once);
}

static void damage(const char *file, long at)
{
    FILE *f = fopen(file, "r+");
    fseek(f, at, SEEK_SET);
    fputs("damage", f);
    fclose(f);
}

/* All records are loaded; what is the same in the files is not analysed again. */
static void a_load_uses_what_was_kept(void **state)
{
    struct setup *t = *state;
    char dir[] = "/tmp/hongniang-engine-XXXXXX", file[512];
    assert_non_null(mkdtemp(dir));
    const struct record **all = arena_alloc(&t->arena, KEPT, sizeof *all);
    static const struct {
        uint32_t left_out, changed;
        const char *damaged;
    } starts[] = {{0, 0, NULL},       {0, 0, NULL},     {7, 0, NULL},       {0, 11, NULL},
                  {5, 3, NULL},       {0, 2, "words-"}, {0, 1, NULL},       {0, 0, NULL},
                  {0, 0, "records-"}, {0, 0, "index."}, {0, 0, "index.bin"}};
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        if (starts[i].damaged) {
            assert_true(count_files(dir, starts[i].damaged, file) > 0);
            damage(file, 300);
        }
        size_t n = kept_corpus(t, all, starts[i].left_out, starts[i].changed);
        struct engine *e = engine_new(NULL, NULL, t->pool);
        engine_keep(e, dir);
        load_in_batches(e, all, n);
        same_answers(t, e, all, n);
        engine_settle(e);
        same_answers(t, e, all, n);
        struct record gone = *all[n / 2]; /* edits on top of it */
        gone.deleted = true;
        const struct record *edit = &gone;
        engine_update(e, &edit, 1, 2);
        all[n / 2] = all[n - 1];
        same_answers(t, e, all, n - 1);
        engine_mark(e, 78);
        engine_free(e);
        assert_int_equal(count_files(dir, "index.bin", file), 1);
        size_t segments = count_files(dir, "records-", file);
        assert_true(segments >= 1 && segments <= 6);
        assert_int_equal(count_files(dir, "words-", file), segments);
    }
    remove_dir(dir);
}

/* What was kept, and the changes since, are what was there. */
static void a_start_goes_on_from_what_was_kept(void **state)
{
    struct setup *t = *state;
    char dir[] = "/tmp/hongniang-engine-XXXXXX", file[512];
    assert_non_null(mkdtemp(dir));
    const struct record **all = arena_alloc(&t->arena, KEPT + 100, sizeof *all);
    size_t n = kept_corpus(t, all, 0, 0);
    struct engine *e = engine_new(NULL, NULL, t->pool);
    int64_t seq;
    uint64_t mark;
    engine_keep(e, dir);
    assert_false(engine_kept(e, &seq, &mark));
    load_in_batches(e, all, n);
    engine_free(e);
    for (int64_t round = 2; round < 40; round++) {
        e = engine_new(NULL, NULL, t->pool);
        engine_keep(e, dir);
        assert_true(engine_kept(e, &seq, &mark));
        assert_int_equal(seq, round - 1);
        assert_int_equal(mark, round == 2 ? 77 : (uint64_t)round);
        engine_restore(e);
        const struct snapshot *s = engine_acquire(e);
        assert_int_equal(snapshot_seq(s), seq);
        assert_true(snapshot_find(s, KIND_CAPABILITY, all[7]->uid) != UINT32_MAX);
        snapshot_release(s);
        same_answers(t, e, all, n);
        /* One goes, some change, or most of them, and one is new. */
        VEC(const struct record *) changes = {0};
        struct record gone = *all[n - 1];
        gone.deleted = true;
        vec_push(&changes, &gone);
        n--;
        for (size_t i = (size_t)round; i < n; i += round == 20 ? 2 : 997) {
            all[i] = record(&t->arena, KIND_CAPABILITY, all[i]->uid, "齿轮 寿命",
                            arena_printf(&t->arena, "w%d 轴承", (int)round), "o1");
            vec_push(&changes, all[i]);
        }
        all[n] = record(&t->arena, KIND_CAPABILITY, arena_printf(&t->arena, "n%d", (int)round),
                        "涂层", NULL, round % 2 ? "o2" : NULL);
        vec_push(&changes, all[n++]);
        engine_update(e, changes.at, changes.len, round);
        vec_free(&changes);
        engine_loaded(e);
        same_answers(t, e, all, n);
        engine_mark(e, (uint64_t)round + 1);
        engine_free(e);
    }
    assert_int_equal(count_files(dir, "index.bin", file), 1);
    remove_dir(dir);
}

/* A second process uses what there is and leaves it alone. */
static void one_process_writes(void **state)
{
    struct setup *t = *state;
    char dir[] = "/tmp/hongniang-engine-XXXXXX", file[512];
    assert_non_null(mkdtemp(dir));
    const struct record **all = arena_alloc(&t->arena, KEPT, sizeof *all);
    size_t n = kept_corpus(t, all, 0, 0);
    struct engine *first = engine_new(NULL, NULL, t->pool);
    engine_keep(first, dir);
    load_in_batches(first, all, n);
    engine_settle(first);
    snprintf(file, sizeof file, "%s/index.bin", dir);
    for (double end = clock_seconds() + 30; access(file, F_OK) != 0;) {
        assert_true(clock_seconds() < end);
        usleep(2000);
    }
    struct engine *second = engine_new(NULL, NULL, t->pool);
    int64_t seq;
    uint64_t mark;
    engine_keep(second, dir);
    assert_true(engine_kept(second, &seq, &mark));
    engine_restore(second);
    struct record gone = *all[n - 1];
    gone.deleted = true;
    const struct record *edit = &gone;
    engine_update(second, &edit, 1, 2);
    engine_mark(second, 5);
    same_answers(t, second, all, n - 1);
    engine_free(second);
    second = engine_new(NULL, NULL, t->pool);
    engine_keep(second, dir);
    assert_true(engine_kept(second, &seq, &mark));
    assert_int_equal(mark, 77);
    engine_free(first);
    /* Files may go while they are in use. */
    engine_restore(second);
    size_t files = count_files(dir, "records-", file);
    DIR *d = opendir(dir);
    for (struct dirent *entry; (entry = readdir(d));) unlinkat(dirfd(d), entry->d_name, 0);
    closedir(d);
    assert_true(files > 0);
    same_answers(t, second, all, n);
    engine_update(second, &edit, 1, 2);
    engine_mark(second, 5);
    engine_free(second); /* which writes all of it again */
    assert_true(count_files(dir, "records-", file) >= 1);
    second = engine_new(NULL, NULL, t->pool);
    engine_keep(second, dir);
    assert_true(engine_kept(second, &seq, &mark));
    assert_int_equal(mark, 5);
    engine_restore(second);
    same_answers(t, second, all, n - 1);
    engine_free(second);
    remove_dir(dir);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_empty_engine_answers),
        TEST(updates_replace_and_remove),
        TEST(contacts_stay_out),
        TEST(words_score_as_documented),
        TEST(scores_do_not_depend_on_history),
        TEST(owners_are_linked_when_they_come),
        TEST(organisations_score_as_one_long_document),
        TEST(reverse_agrees_with_forward),
        TEST(vectors_come_step_by_step),
        TEST(cosine_over_many_segments_with_gaps),
        TEST(readers_and_writers_do_not_disturb_each_other),
        TEST(large_merges_lose_nothing),
        TEST(a_load_uses_what_was_kept),
        TEST(a_start_goes_on_from_what_was_kept),
        TEST(one_process_writes),
    };
    return cmocka_run_group_tests_name("index_engine", tests, NULL, NULL);
}

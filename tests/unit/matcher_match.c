/* The matcher on a small city: scores, both directions, organisations, evidence. */
#include "base/base.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "index/embedder_impl.h"
#include "tests/unit/city.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A stand-in for the model: each character adds to a coordinate, so that texts that share
 * characters are near each other. */
enum { DIM = 64 };

static int letters_embed(struct embedder *e, enum embed_kind kind, const char *const *texts,
                         size_t n, float *out, struct err *err)
{
    (void)e, (void)kind, (void)err;
    for (size_t i = 0; i < n; i++) {
        float *v = out + i * DIM, norm = 0;
        for (int d = 0; d < DIM; d++) v[d] = 0.5f;
        for (const char *p = texts[i]; *p; p++) v[(unsigned char)*p % DIM] += 1;
        for (int d = 0; d < DIM; d++) norm += v[d] * v[d];
        for (int d = 0; d < DIM; d++) v[d] /= sqrtf(norm);
    }
    return 0;
}

static void letters_free(struct embedder *e)
{
    (void)e; /* it lives in struct city */
}

static const struct embedder_ops letters = {.embed = letters_embed, .free = letters_free};

static struct record make(enum kind kind, const char *uid, const char *title, const char *text,
                          const char *const *owner)
{
    struct record r = {.kind = kind, .uid = uid, .id = uid, .source = "local", .rev = 1};
    r.value[kind == KIND_ORG ? FIELD_NAME : FIELD_TITLE] = title;
    r.value[kind == KIND_ORG ? FIELD_SUMMARY : FIELD_TEXT] = text;
    if (kind != KIND_ORG) r.value[FIELD_VISIBILITY] = "public";
    r.owners = owner;
    r.n_owners = owner ? 1 : 0;
    return r;
}

static const char *const mill[] = {"org-mill"}, *const uni[] = {"org-uni"},
                         *const lab[] = {"org-lab"};

static void build(struct city *c, bool with_vectors)
{
    city_found(c, with_vectors ? &letters : NULL, DIM);
    const struct record records[] = {
        make(KIND_ORG, "org-mill", "示例轧机厂", "生产轧机", NULL),
        make(KIND_ORG, "org-uni", "示例大学", "机械工程", NULL),
        make(KIND_ORG, "org-lab", "示例研究院", NULL, NULL),
        make(KIND_ORG, "org-idle", "示例空壳单位", NULL, NULL),
        make(KIND_NEED, "need-bearing", "高速轴承发热",
             "主轴轴承转速高了就发热。希望温升低于15度,寿命更长。", mill),
        make(KIND_NEED, "need-film", "光学膜起皱", "贴合后起皱,良率上不去。", mill),
        make(KIND_CAPABILITY, "cap-bearing", "低温升高速主轴轴承",
             "研制了高速主轴轴承,温升12度,寿命提高一倍。", uni),
        make(KIND_CAPABILITY, "cap-gear", "齿轮降噪修形", "齿轮传动噪声降低6分贝。", uni),
        make(KIND_CAPABILITY, "cap-film", "光学膜贴合张力控制", "解决光学膜贴合起皱,良率达到99%。",
             lab),
        make(KIND_CAPABILITY, "cap-own", "轴承发热在线监测", "我厂自己的高速轴承发热监测。", mill),
    };
    const struct record *pointers[ARRAY_LEN(records)];
    for (size_t i = 0; i < ARRAY_LEN(records); i++) pointers[i] = &records[i];
    city_settle(c, pointers, ARRAY_LEN(records), 1);
}

static struct match_list ask(struct city *c, enum kind kind, const char *uid, enum kind target)
{
    uint32_t ord = snapshot_find(c->snapshot, kind, uid);
    assert_true(ord != UINT32_MAX);
    struct match_query q = {.from = snapshot_record(c->snapshot, kind, ord),
                            .target = target,
                            .top = 10,
                            .see_all = true,
                            .explain = true};
    struct match_list list;
    struct err err = {0};
    assert_int_equal(matcher_run(c->matcher, c->snapshot, c->analyzer, &q, &c->arena, &list, &err),
                     0);
    return list;
}

static const struct match *find(const struct match_list *list, const char *uid)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->matches[i].record->uid, uid) == 0) return &list->matches[i];
    return NULL;
}

static void check_quote(const struct quote *q, const struct record *r)
{
    const char *text = r->value[q->field];
    assert_non_null(text);
    size_t len = strlen(text), from = utf8_offset(text, len, q->span.begin);
    size_t to = utf8_offset(text, len, q->span.end);
    assert_int_equal(strlen(q->text), to - from);
    assert_memory_equal(q->text, text + from, to - from);
    assert_true(q->span.begin < q->span.end);
}

static void a_need_finds_what_fits_and_says_why(void **state)
{
    (void)state;
    for (int with_vectors = 0; with_vectors < 2; with_vectors++) {
        struct city c;
        build(&c, with_vectors);
        struct match_list list = ask(&c, KIND_NEED, "need-bearing", KIND_CAPABILITY);
        assert_int_equal(list.lexical_only, !with_vectors);
        assert_string_equal(list.matches[0].record->uid, "cap-bearing");
        assert_string_equal(list.matches[0].org->uid, "org-uni");
        assert_null(find(&list, "cap-own")); /* from the same house */
        assert_int_equal(list.n, 3);
        for (size_t i = 0; i < list.n; i++) {
            const struct match *m = &list.matches[i];
            assert_int_equal(m->rank, i + 1);
            if (i) assert_true(list.matches[i - 1].score >= m->score);
            double sum = 0;
            for (int f = 0; f < FEATURE_COUNT; f++) {
                assert_float_equal(m->features[f].contribution,
                                   m->features[f].value * m->features[f].weight, 1e-6);
                sum += (double)m->features[f].contribution;
            }
            assert_float_equal(sum, m->score, 1e-9);
        }
        const struct match *best = &list.matches[0];
        bool sentence = false, term = false;
        const struct record *need = snapshot_record(
            c.snapshot, KIND_NEED, snapshot_find(c.snapshot, KIND_NEED, "need-bearing"));
        for (size_t i = 0; i < best->n_evidence; i++) {
            check_quote(&best->evidence[i].need, need);
            check_quote(&best->evidence[i].capability, best->record);
            sentence = sentence || best->evidence[i].kind == EVIDENCE_SENTENCE;
            term = term || strstr(best->evidence[i].need.text, "轴承");
        }
        assert_true(sentence && term);
        city_raze(&c);
    }
}

static void a_pair_scores_the_same_from_either_side(void **state)
{
    (void)state;
    struct city c;
    build(&c, true);
    struct match_list forth = ask(&c, KIND_NEED, "need-bearing", KIND_CAPABILITY);
    static const char *const caps[] = {"cap-bearing", "cap-gear", "cap-film"};
    for (size_t i = 0; i < ARRAY_LEN(caps); i++) {
        struct match_list back = ask(&c, KIND_CAPABILITY, caps[i], KIND_NEED);
        const struct match *a = find(&forth, caps[i]), *b = find(&back, "need-bearing");
        assert_non_null(a);
        assert_non_null(b);
        assert_float_equal(a->score, b->score, 1e-5);
        for (size_t k = 0; k < b->n_evidence; k++)
            check_quote(&b->evidence[k].capability,
                        snapshot_record(c.snapshot, KIND_CAPABILITY,
                                        snapshot_find(c.snapshot, KIND_CAPABILITY, caps[i])));
    }
    city_raze(&c);
}

static void organisations_are_found_through_their_capabilities(void **state)
{
    (void)state;
    struct city c;
    build(&c, true);
    struct match_list list = ask(&c, KIND_NEED, "need-bearing", KIND_ORG);
    assert_string_equal(list.matches[0].record->uid, "org-uni");
    assert_string_equal(list.matches[0].capabilities[0].record->uid, "cap-bearing");
    assert_int_equal(list.matches[0].n_capabilities, 2);
    assert_null(find(&list, "org-idle")); /* has nothing to be matched by */
    assert_null(find(&list, "org-mill")); /* asks itself */
    city_raze(&c);
}

static void an_institute_sees_the_needs_it_could_answer(void **state)
{
    (void)state;
    struct city c;
    build(&c, true);
    struct match_list list = ask(&c, KIND_ORG, "org-uni", KIND_NEED);
    assert_int_equal(list.n, 2);
    assert_string_equal(list.matches[0].record->uid, "need-bearing");
    assert_int_equal(list.matches[0].n_capabilities, 1);
    assert_string_equal(list.matches[0].capabilities[0].record->uid, "cap-bearing");
    assert_int_equal(ask(&c, KIND_ORG, "org-idle", KIND_NEED).n, 0);
    city_raze(&c);
}

static void sealed_text_is_scored_but_not_quoted(void **state)
{
    (void)state;
    struct city c;
    build(&c, true);
    struct record sealed = make(KIND_NEED, "need-bearing", "高速轴承发热",
                                "主轴轴承转速高了就发热。希望温升低于15度,寿命更长。", mill);
    sealed.value[FIELD_VISIBILITY] = "invited";
    const struct record *p = &sealed;
    snapshot_release(c.snapshot);
    engine_update(c.engine, &p, 1, 2);
    c.snapshot = engine_acquire(c.engine);
    struct match_query q = {
        .from = snapshot_record(c.snapshot, KIND_NEED,
                                snapshot_find(c.snapshot, KIND_NEED, "need-bearing")),
        .target = KIND_CAPABILITY,
        .explain = true};
    struct match_list list;
    struct err err = {0};
    assert_int_equal(matcher_run(c.matcher, c.snapshot, c.analyzer, &q, &c.arena, &list, &err), 0);
    assert_string_equal(list.matches[0].record->uid, "cap-bearing");
    for (size_t i = 0; i < list.n; i++)
        for (size_t k = 0; k < list.matches[i].n_evidence; k++)
            assert_int_equal(list.matches[i].evidence[k].need.field, FIELD_TITLE);
    city_raze(&c);
}

/* A must that is stated otherwise bars a match, even where the reader may not see the statement. */
static void a_must_unmet_bars_a_match(void **state)
{
    (void)state;
    struct city c;
    build(&c, true);
    struct record need = make(KIND_NEED, "need-bearing", "高速轴承发热",
                              "主轴轴承转速高了就发热。温升必须≤8℃。", mill);
    struct record sealed = make(KIND_CAPABILITY, "cap-bearing", "低温升高速主轴轴承",
                                "研制了高速主轴轴承。温升为12℃。", uni);
    for (int hide = 0; hide < 2; hide++) {
        const struct record *changed[] = {&need, &sealed};
        if (hide) sealed.value[FIELD_VISIBILITY] = "invited";
        city_settle(&c, changed, 2, 2 + hide);
        struct err err = {0};
        struct match_query q = {
            .from = snapshot_record(c.snapshot, KIND_NEED,
                                    snapshot_find(c.snapshot, KIND_NEED, "need-bearing")),
            .target = KIND_CAPABILITY,
            .explain = true};
        struct match_list list;
        assert_int_equal(matcher_run(c.matcher, c.snapshot, c.analyzer, &q, &c.arena, &list, &err),
                         0);
        assert_string_equal(list.matches[0].record->uid, "cap-bearing");
        assert_int_equal(list.matches[0].musts_unmet, 1);
        assert_true(list.matches[0].level <= LEVEL_WEAK);
        for (size_t i = 1; i < list.n; i++) assert_int_equal(list.matches[i].musts_unmet, 0);
        for (size_t k = 0; hide && k < list.matches[0].n_indicators; k++)
            assert_false(list.matches[0].indicators[k].has_stated);
    }
    city_raze(&c);
}

static void free_text_and_empty_pools_have_answers(void **state)
{
    (void)state;
    struct city c;
    build(&c, true);
    struct match_query q = {
        .text = "光学膜贴合起皱怎么办", .target = KIND_CAPABILITY, .top = 1, .explain = true};
    struct match_list list;
    struct err err = {0};
    assert_int_equal(matcher_run(c.matcher, c.snapshot, c.analyzer, &q, &c.arena, &list, &err), 0);
    assert_int_equal(list.n, 1);
    assert_string_equal(list.matches[0].record->uid, "cap-film");
    assert_int_equal(list.matches[0].evidence[0].need.field, FIELD_TEXT);
    q.text = "";
    assert_int_equal(matcher_run(c.matcher, c.snapshot, c.analyzer, &q, &c.arena, &list, &err), 0);
    city_raze(&c);

    struct pool *pool = pool_new(1);
    struct engine *engine = engine_new(NULL, NULL, pool);
    struct matcher *m = matcher_new(NULL, NULL);
    struct analyzer *a = analyzer_new();
    struct arena arena;
    arena_init(&arena);
    const struct snapshot *s = engine_acquire(engine);
    q.text = "轴承";
    for (int target = 0; target < KIND_BOTTLENECK; target++) {
        q.target = (enum kind)target;
        assert_int_equal(matcher_run(m, s, a, &q, &arena, &list, &err), 0);
        assert_int_equal(list.n, 0);
        assert_int_equal(list.level, LEVEL_NONE);
    }
    snapshot_release(s);
    engine_free(engine);
    matcher_free(m);
    analyzer_free(a);
    arena_free(&arena);
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_need_finds_what_fits_and_says_why),
        cmocka_unit_test(a_pair_scores_the_same_from_either_side),
        cmocka_unit_test(organisations_are_found_through_their_capabilities),
        cmocka_unit_test(an_institute_sees_the_needs_it_could_answer),
        cmocka_unit_test(sealed_text_is_scored_but_not_quoted),
        cmocka_unit_test(a_must_unmet_bars_a_match),
        cmocka_unit_test(free_text_and_empty_pools_have_answers),
    };
    return cmocka_run_group_tests_name("matcher_match", tests, NULL, NULL);
}

/* What would lift a match, on a small city: by scoring anew, from words of the need alone. */
#include "base/base.h"

#include "base/mem.h"
#include "index/embedder_impl.h"
#include "matcher/improve.h"
#include "tests/unit/city.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A stand-in for the model: every pair of bytes adds to a coordinate. */
enum { DIM = 128 };

static size_t embedded;

static int pairs_embed(struct embedder *e, enum embed_kind kind, const char *const *texts, size_t n,
                       float *out, struct err *err)
{
    (void)e, (void)kind, (void)err;
    embedded += n;
    for (size_t i = 0; i < n; i++) {
        float *v = out + i * DIM, norm = 0;
        for (int d = 0; d < DIM; d++) v[d] = 0.2f;
        for (const char *p = texts[i]; *p && p[1]; p++)
            v[((unsigned char)*p * 31 + (unsigned char)p[1]) % DIM] += 1;
        for (int d = 0; d < DIM; d++) norm += v[d] * v[d];
        for (int d = 0; d < DIM; d++) v[d] /= sqrtf(norm);
    }
    return 0;
}

static void pairs_free(struct embedder *e)
{
    (void)e; /* it lives in struct city */
}

static const struct embedder_ops ops = {.embed = pairs_embed, .free = pairs_free};

static struct record make(enum kind kind, const char *uid, const char *title, const char *text,
                          const char *const *owner)
{
    struct record r = {.kind = kind, .uid = uid, .id = uid, .source = "local", .rev = 1};
    r.value[FIELD_TITLE] = title;
    r.value[FIELD_TEXT] = text;
    r.value[FIELD_VISIBILITY] = "public";
    r.owners = owner;
    r.n_owners = owner ? 1 : 0;
    return r;
}

static const char *const mill[] = {"org-mill"}, *const uni[] = {"org-uni"};
static const char testing[] = "可测各类轴承。";
static const char need_text[] = "主轴高速运转温升要低。目前用进口陶瓷球轴承。要求温升不超过15℃；油"
                                "气润滑用量可调，寿命二万小时。";

enum { OTHERS = 64 };
static const char *const things[] = {"铝合金铸件", "土壤重金属", "视频图像",   "光伏组件",
                                     "碳纤维布",   "血液透析膜", "仓储机器人", "冷链物流"};
static const char *const deeds[] = {"探伤", "修复", "识别", "清洗", "编织", "制备", "调度", "监控"};

static void build(struct city *c, bool with_vectors, const char *visibility, const char *changed)
{
    city_found(c, with_vectors ? &ops : NULL, DIM);
    struct record records[7 + OTHERS] = {
        make(KIND_NEED, "need", "高速电主轴轴承温升抑制", need_text, mill),
        make(KIND_NEED, "need-film", "光学膜起皱", "贴合后起皱，良率上不去。", mill),
        make(KIND_CAPABILITY, "cap", "轴承测试平台", changed ? changed : testing, uni),
        make(KIND_CAPABILITY, "cap-gear", "齿轮降噪修形", "齿轮传动噪声降低6分贝。", uni),
        make(KIND_CAPABILITY, "cap-film", "光学膜贴合张力控制", "解决光学膜贴合起皱。", uni),
        make(KIND_CAPABILITY, "cap-weld", "激光焊接", "铝合金激光焊接气孔抑制。", uni),
        make(KIND_CAPABILITY, "cap-own", "轴承监测", "我厂自己的监测。", mill),
    };
    records[0].value[FIELD_VISIBILITY] = visibility;
    /* Enough others for words to be rare, and a match to stand out. */
    for (int i = 0; i < OTHERS; i++)
        records[7 + i] = make(KIND_CAPABILITY, arena_printf(&c->arena, "other-%d", i),
                              arena_printf(&c->arena, "%s%s", things[i % 8], deeds[i / 8 % 8]),
                              arena_printf(&c->arena, "%s的%s方法，已有样机%d台。",
                                           things[(i + 3) % 8], deeds[i % 8], i),
                              uni);
    const struct record *pointers[ARRAY_LEN(records)];
    for (size_t i = 0; i < ARRAY_LEN(records); i++) pointers[i] = &records[i];
    city_settle(c, pointers, ARRAY_LEN(records), 1);
}

static int ask(struct city *c, const char *capability, bool see_all, bool model,
               struct improvement *out, struct err *err)
{
    const struct record need = {.kind = KIND_NEED, .uid = "need"};
    const struct record cap = {.kind = KIND_CAPABILITY, .uid = capability};
    struct improve_query q = {.need = &need, .capability = &cap, .see_all = see_all};
    return improve_run(c->matcher, model ? &c->embedder : NULL, c->snapshot, c->analyzer, &q,
                       &c->arena, out, err);
}

/* How the pair stands in an ordinary run of the matcher. */
static struct standing stand(struct city *c, const char *uid)
{
    uint32_t need = snapshot_find(c->snapshot, KIND_NEED, "need");
    struct match_query q = {.from = snapshot_record(c->snapshot, KIND_NEED, need),
                            .target = KIND_CAPABILITY};
    struct match_list list;
    struct err err = {0};
    assert_int_equal(matcher_run(c->matcher, c->snapshot, c->analyzer, &q, &c->arena, &list, &err),
                     0);
    for (size_t i = 0; i < list.n; i++)
        if (strcmp(list.matches[i].record->uid, uid) == 0)
            return (struct standing){list.matches[i].score, list.matches[i].level,
                                     list.matches[i].expected_by_chance};
    fail_msg("the capability is not among the matches");
    return (struct standing){0};
}

static void before_is_what_the_match_shows(void **state)
{
    (void)state;
    for (int model = 0; model < 2; model++) {
        struct city c;
        struct improvement found;
        struct err err = {0};
        build(&c, model, "public", NULL);
        struct standing shown = stand(&c, "cap");
        assert_int_equal(ask(&c, "cap", false, model, &found, &err), 0);
        assert_float_equal(found.before.score, shown.score, 1e-4);
        assert_int_equal(found.before.level, shown.level);
        assert_int_equal(found.lexical_only, !model);
        city_raze(&c);
    }
}

/* The promise: write the addition into the record, and the match becomes what was said. A
 * little more may come of it, since the gain by words is foretold with care. */
static void after_is_what_the_changed_record_gets(void **state)
{
    (void)state;
    struct city c, changed;
    struct improvement found;
    struct err err = {0};
    build(&c, false, "public", NULL);
    assert_int_equal(ask(&c, "cap", false, false, &found, &err), 0);
    assert_int_equal(found.outcome, IMPROVE_FOUND);
    assert_true(found.n_additions > 0 && found.tried > 0);
    assert_true(found.after.level > found.before.level);
    const char *text = testing;
    for (size_t i = 0; i < found.n_additions; i++)
        text = arena_printf(&c.arena, "%s\n%s", text, found.additions[i].need.text);
    build(&changed, false, "public", text);
    struct standing real = stand(&changed, "cap");
    double rise = found.after.score - found.before.score;
    assert_true(real.score > found.after.score - 0.02 * rise);
    assert_true(real.score < found.after.score + 0.2 * rise);
    assert_true(real.level > found.before.level);
    city_raze(&changed);
    city_raze(&c);
}

static void additions_are_words_of_the_need_within_bounds(void **state)
{
    (void)state;
    struct city c;
    struct improvement found;
    struct err err = {0};
    build(&c, true, "public", NULL);
    embedded = 0;
    assert_int_equal(ask(&c, "cap", false, true, &found, &err), 0);
    assert_true(embedded <= IMPROVE_TRIALS_MAX + 2); /* and the query's, were it not kept */
    assert_true(found.tried <= IMPROVE_TRIALS_MAX && found.complete && !found.title_only);
    for (size_t i = 0; i < found.n_additions; i++) {
        const struct addition *a = &found.additions[i];
        const char *source = a->need.field == FIELD_TITLE ? "高速电主轴轴承温升抑制" : need_text;
        assert_true(a->open && strstr(source, a->need.text) != NULL);
        assert_null(strstr(testing, a->need.text));
        assert_null(strstr(a->need.text, "进口")); /* how things are now is no wish */
    }
    city_raze(&c);
}

static void sealed_text_gives_no_words(void **state)
{
    (void)state;
    struct city c;
    struct improvement found;
    struct err err = {0};
    build(&c, true, "registered", NULL);
    assert_int_equal(ask(&c, "cap", false, true, &found, &err), 0);
    assert_true(found.title_only);
    for (size_t i = 0; i < found.n_additions; i++)
        assert_int_equal(found.additions[i].need.field, FIELD_TITLE);
    assert_int_equal(ask(&c, "cap", true, true, &found, &err), 0);
    assert_false(found.title_only);
    for (size_t i = 0; i < found.n_additions; i++)
        assert_int_equal(found.additions[i].open, found.additions[i].need.field == FIELD_TITLE);
    city_raze(&c);
}

static void what_cannot_be_asked_is_refused(void **state)
{
    (void)state;
    struct city c;
    struct improvement found;
    struct err err = {0};
    build(&c, false, "public", NULL);
    assert_int_equal(ask(&c, "cap-own", false, false, &found, &err), -1);
    assert_string_equal(err.code, "improve_own");
    err = (struct err){0};
    assert_int_equal(ask(&c, "nowhere", false, false, &found, &err), -1);
    assert_string_equal(err.code, "improve_absent");
    city_raze(&c);
}

static void a_text_that_says_all_has_nothing_to_add(void **state)
{
    (void)state;
    static const char all[] =
        "高速电主轴轴承温升抑制。主轴高速运转温升要低。要求温升不超过15℃；油气润滑用量可调，"
        "寿命二万小时。";
    struct city c;
    struct improvement found;
    struct err err = {0};
    build(&c, false, "public", all);
    assert_int_equal(ask(&c, "cap", false, false, &found, &err), 0);
    assert_true(found.outcome == IMPROVE_NOTHING || found.outcome == IMPROVE_TOP);
    assert_int_equal(found.tried, 0);
    city_raze(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_is_what_the_match_shows),
        cmocka_unit_test(after_is_what_the_changed_record_gets),
        cmocka_unit_test(additions_are_words_of_the_need_within_bounds),
        cmocka_unit_test(sealed_text_gives_no_words),
        cmocka_unit_test(what_cannot_be_asked_is_refused),
        cmocka_unit_test(a_text_that_says_all_has_nothing_to_add),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

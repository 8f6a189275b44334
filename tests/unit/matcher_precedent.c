/* Past introductions: which stand beside a match, and which are examples to learn from. */
#include "base/base.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "index/embedder_impl.h"
#include "matcher/precedent.h"
#include "tests/unit/temp_dir.h"
#include "tests/unit/city.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A stand-in for the model: texts that begin with the same character mean the same, others have
 * nothing in common. */
enum { DIM = 97 };

static int first_embed(struct embedder *e, enum embed_kind kind, const char *const *texts, size_t n,
                       float *out, struct err *err)
{
    (void)e, (void)kind, (void)err;
    memset(out, 0, n * DIM * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        uint32_t cp;
        utf8_decode(texts[i], texts[i] + strlen(texts[i]), &cp);
        out[i * DIM + cp % DIM] = 1;
    }
    return 0;
}

static void first_free(struct embedder *e)
{
    (void)e;
}

static const struct embedder_ops first = {.embed = first_embed, .free = first_free};

/* ---- records --------------------------------------------------------------------------------- */

static const char *const by_mill[] = {"mill"}, *const by_uni[] = {"uni"}, *const by_lab[] = {"lab"};

static struct record make(enum kind kind, const char *uid, const char *title,
                          const char *const *owner)
{
    struct record r = {.kind = kind, .uid = uid, .id = uid, .source = "local", .rev = 1};
    r.value[kind == KIND_ORG ? FIELD_NAME : FIELD_TITLE] = title;
    r.owners = owner;
    r.n_owners = owner ? 1 : 0;
    return r;
}

static struct record intro(const char *uid, const char *need, const char *capability,
                           const char *const *owner, const char *state, const char *date)
{
    struct record r = make(KIND_INTRODUCTION, uid, NULL, owner);
    r.value[FIELD_NEED_ID] = need;
    r.value[FIELD_CAPABILITY_ID] = capability;
    r.value[FIELD_STATE] = state;
    r.value[FIELD_DATE] = date;
    r.value[FIELD_NOTE] = "private";
    return r;
}

/* ---- a small city ---------------------------------------------------------------------------- */

static void build(struct city *c, bool with_vectors, const struct record *intros, size_t n)
{
    city_found(c, with_vectors ? &first : NULL, DIM);
    const struct record records[] = {
        make(KIND_ORG, "mill", "示例轧机厂", NULL),
        make(KIND_ORG, "uni", "示例大学", NULL),
        make(KIND_ORG, "lab", "示例研究院", NULL),
        make(KIND_NEED, "bearing", "轴承高速发热", by_mill),
        make(KIND_NEED, "bush", "轴瓦磨损太快", by_mill),
        make(KIND_NEED, "film", "膜面贴合起皱", by_mill),
        make(KIND_CAPABILITY, "ceramic", "陶瓷滚动体制备", by_uni),
        make(KIND_CAPABILITY, "coating", "涂层减摩处理", by_uni),
        make(KIND_CAPABILITY, "potter", "陶基复合润滑材料", by_lab),
    };
    const struct record *pointers[64];
    size_t total = 0;
    for (size_t i = 0; i < ARRAY_LEN(records); i++) pointers[total++] = &records[i];
    for (size_t i = 0; i < n; i++) pointers[total++] = &intros[i];
    city_settle(c, pointers, total, 1);
}

/* The match of one record with another; see_all: asked by who has the right. */
static struct match match_of(struct city *c, enum kind kind, const char *uid, enum kind target,
                             const char *other, bool see_all)
{
    struct match_query q = {
        .from = snapshot_record(c->snapshot, kind, snapshot_find(c->snapshot, kind, uid)),
        .target = target,
        .see_all = see_all,
        .explain = true};
    struct match_list list;
    struct err err = {0};
    assert_non_null(q.from);
    assert_int_equal(matcher_run(c->matcher, c->snapshot, c->analyzer, &q, &c->arena, &list, &err),
                     0);
    for (size_t i = 0; i < list.n; i++)
        if (strcmp(list.matches[i].record->uid, other) == 0) return list.matches[i];
    fail_msg("no match with %s", other);
    return (struct match){0};
}

/* The uids of a match's precedents, with blanks between them. */
static const char *uids(struct city *c, const struct match *m)
{
    const char *text = "";
    for (size_t i = 0; i < m->n_precedents; i++)
        text = arena_printf(&c->arena, "%s%s%s", text, i ? " " : "",
                            m->precedents[i].introduction->uid);
    return text;
}

/* ---- beside a match -------------------------------------------------------------------------- */

static void test_which_are_alike(void **state)
{
    (void)state;
    const struct record intros[] = {
        intro("other-need", "film", "ceramic", by_uni, "signed", "2026-01-01"),
        intro("other-side", "bush", "coating", by_lab, "signed", "2026-01-01"),
        intro("like-org", "bush", "coating", by_uni, "failed", "2026-01-01"),
        intro("like-same", "bush", "ceramic", by_uni, "met", "2026-01-01"),
        intro("like-similar", "bush", "potter", by_lab, "signed", "2026-01-01"),
        intro("same-org", "bearing", NULL, by_uni, "expired", "2026-01-01"),
    };
    struct city c;
    build(&c, true, intros, ARRAY_LEN(intros));
    struct match m = match_of(&c, KIND_NEED, "bearing", KIND_CAPABILITY, "ceramic", true);
    /* The same need, then the same capability, then its organisation; the rest finds no room. */
    assert_string_equal(uids(&c, &m), "same-org like-same like-org");
    assert_true(m.precedents[0].same_need && m.precedents[0].offer == OFFER_SAME_ORG);
    assert_null(m.precedents[0].capability);
    assert_true(!m.precedents[1].same_need && m.precedents[1].offer == OFFER_SAME);
    assert_string_equal(m.precedents[1].need->uid, "bush");
    assert_string_equal(m.precedents[1].org->uid, "uni");
    /* The capability of somebody else is alike by its title. */
    m = match_of(&c, KIND_NEED, "bearing", KIND_CAPABILITY, "potter", true);
    assert_string_equal(uids(&c, &m), "like-similar other-side like-same");
    assert_int_equal(m.precedents[2].offer, OFFER_SIMILAR);
    /* From the other side, and by organisation. */
    m = match_of(&c, KIND_CAPABILITY, "ceramic", KIND_NEED, "bearing", true);
    assert_string_equal(uids(&c, &m), "same-org like-same like-org");
    m = match_of(&c, KIND_ORG, "uni", KIND_NEED, "bearing", true);
    assert_int_equal(m.n_precedents, 3);
    m = match_of(&c, KIND_NEED, "film", KIND_ORG, "uni", true);
    assert_string_equal(uids(&c, &m), "other-need");
    m = match_of(&c, KIND_NEED, "film", KIND_ORG, "lab", true);
    assert_string_equal(uids(&c, &m), "other-need"); /* potter is like ceramic */
    city_raze(&c);
}

static void test_what_has_no_outcome(void **state)
{
    (void)state;
    const struct record intros[] = {
        intro("open-pair", "bearing", "ceramic", by_uni, "asking_need", NULL),
        intro("open-other", "bush", "ceramic", by_uni, "pending", NULL),
    };
    struct city c;
    build(&c, true, intros, ARRAY_LEN(intros));
    struct match m = match_of(&c, KIND_NEED, "bearing", KIND_CAPABILITY, "ceramic", true);
    assert_string_equal(uids(&c, &m), "open-pair");
    assert_true(m.track.known);
    assert_int_equal(m.track.introduced, 0);
    m = match_of(&c, KIND_NEED, "bearing", KIND_CAPABILITY, "coating", true);
    assert_int_equal(m.n_precedents, 0);
    city_raze(&c);
}

static void test_readers_learn_of_contracts(void **state)
{
    (void)state;
    const struct record intros[] = {
        intro("a", "bearing", "ceramic", by_uni, "failed", "2026-03-01"),
        intro("b", "bearing", "ceramic", by_uni, "negotiating", "2026-02-01"),
        intro("c", "bearing", "ceramic", by_uni, "met", "2026-02-01"),
        intro("d", "bearing", "ceramic", by_uni, "signed", "2025-01-01"),
    };
    struct city c;
    build(&c, true, intros, ARRAY_LEN(intros));
    struct match m = match_of(&c, KIND_NEED, "bearing", KIND_CAPABILITY, "ceramic", true);
    assert_string_equal(uids(&c, &m), "a b c"); /* the latest first, then by uid */
    m = match_of(&c, KIND_NEED, "bearing", KIND_CAPABILITY, "ceramic", false);
    assert_string_equal(uids(&c, &m), "d");
    assert_int_equal(m.track.introduced, 4);
    assert_int_equal(m.track.contracts, 1);
    m = match_of(&c, KIND_NEED, "bearing", KIND_CAPABILITY, "potter", true);
    assert_true(m.track.known && m.track.introduced == 0);
    city_raze(&c);
}

static void test_by_words_alone(void **state)
{
    (void)state;
    const struct record intros[] = {
        intro("same", "bearing", "ceramic", by_uni, "met", NULL),
        intro("unlike", "film", "ceramic", by_uni, "met", NULL),
    };
    struct city c;
    build(&c, false, intros, ARRAY_LEN(intros));
    struct match m = match_of(&c, KIND_NEED, "bearing", KIND_ORG, "uni", true);
    assert_string_equal(uids(&c, &m), "same");
    city_raze(&c);
}

static void test_nothing_recorded(void **state)
{
    (void)state;
    struct city c;
    build(&c, true, NULL, 0);
    struct match m = match_of(&c, KIND_NEED, "bearing", KIND_CAPABILITY, "ceramic", true);
    assert_int_equal(m.n_precedents, 0);
    assert_false(m.track.known);
    city_raze(&c);
}

/* Kept to be looked up: no text of theirs is found or embedded, and no note is in memory. */
static void test_not_indexed(void **state)
{
    (void)state;
    const struct record intros[] = {intro("轴", "bearing", "ceramic", by_uni, "met", NULL)};
    struct city c;
    build(&c, true, intros, ARRAY_LEN(intros));
    size_t missing, total;
    engine_embed_state(c.engine, &missing, &total);
    assert_int_equal(total, 9); /* a text for each of the other records */
    assert_int_equal(snapshot_live(c.snapshot, KIND_INTRODUCTION), 1);
    uint32_t ord = snapshot_find(c.snapshot, KIND_INTRODUCTION, "轴");
    const struct record *r = snapshot_record(c.snapshot, KIND_INTRODUCTION, ord);
    assert_string_equal(r->value[FIELD_STATE], "met");
    assert_null(r->value[FIELD_NOTE]);
    float score;
    struct bag bag = analyzer_bag(c.analyzer, "bearing ceramic met private", &c.arena);
    for (int part = 0; part < PART_COUNT; part++) {
        snapshot_words(c.snapshot, KIND_INTRODUCTION, (enum part)part, &bag, &score);
        assert_true(score == 0);
        assert_null(snapshot_vector(c.snapshot, KIND_INTRODUCTION, (enum part)part, ord));
    }
    city_raze(&c);
}

/* ---- as examples ----------------------------------------------------------------------------- */

static void test_grades(void **state)
{
    (void)state;
    static const struct {
        const char *state, *reason;
        int grade;
    } cases[] = {{"pending", NULL, -1},
                 {"asking_need", NULL, -1},
                 {"asking_supply", NULL, -1},
                 {"agreed", NULL, 2},
                 {"met", NULL, 2},
                 {"negotiating", NULL, 3},
                 {"signed", NULL, 3},
                 {"failed", NULL, -1},
                 {"failed", "price", -1},
                 {"failed", "technology_mismatch", 0},
                 {"expired", "technology_mismatch", -1},
                 {"expired", NULL, -1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct record r = intro("i", "n", "c", NULL, cases[i].state, NULL);
        r.value[FIELD_REASON] = cases[i].reason;
        assert_int_equal(precedent_grade(&r), cases[i].grade);
    }
}

static void put(struct store *s, const struct record *r)
{
    struct err err = {0};
    if (store_put(s, "test", r, 0, NULL, NULL, &err) != 0)
        fail_msg("%s: %s", r->uid, err_text(&err, LANG_EN));
}

static void test_pairs(void **state)
{
    (void)state;
    char dir[] = "/tmp/hongniang-precedent-XXXXXX";
    assert_non_null(mkdtemp(dir));
    struct err err = {0};
    struct arena arena;
    arena_init(&arena);
    struct store *s = store_open(dir, STORE_WRITE, &err);
    assert_non_null(s);
    struct record uni = make(KIND_ORG, "uni", "U", NULL), lab = make(KIND_ORG, "lab", "L", NULL);
    struct record n1 = make(KIND_NEED, "n1", "N", NULL), n2 = make(KIND_NEED, "n2", "N", NULL);
    struct record c1 = make(KIND_CAPABILITY, "c1", "C", by_uni);
    const struct record *const base[] = {&uni, &lab, &n1, &n2, &c1};
    for (size_t i = 0; i < ARRAY_LEN(base); i++) put(s, base[i]);
    struct record intros[] = {
        intro("a-late", "n1", "c1", NULL, "signed", "2026-05"),
        intro("b-early", "n1", "c1", NULL, "met", "2026-04-30"),
        intro("c", "n2", "c1", NULL, "met", NULL),
        intro("d-over", "n2", "c1", NULL, "failed", "2026-01-01"), /* no grade, and the last word */
        intro("e-org", "n2", NULL, by_lab, "failed", NULL),
        intro("f-open", "n1", NULL, by_lab, "pending", NULL),
    };
    intros[3].value[FIELD_REASON] = "price";
    intros[4].value[FIELD_REASON] = "technology_mismatch";
    for (size_t i = 0; i < ARRAY_LEN(intros); i++) put(s, &intros[i]);

    struct graded_pair *pairs;
    size_t n;
    assert_int_equal(precedent_pairs(s, &arena, &pairs, &n, &err), 0);
    assert_int_equal(n, 2);
    assert_string_equal(pairs[0].introduction, "a-late");
    assert_string_equal(pairs[0].need, "n1");
    assert_string_equal(pairs[0].capability, "c1");
    assert_string_equal(pairs[0].org, "uni");
    assert_int_equal(pairs[0].grade, 3);
    assert_string_equal(pairs[1].introduction, "e-org");
    assert_null(pairs[1].capability);
    assert_string_equal(pairs[1].org, "lab");
    assert_int_equal(pairs[1].grade, 0);
    store_close(s);
    arena_free(&arena);
    remove_dir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_are_alike),
        cmocka_unit_test(test_what_has_no_outcome),
        cmocka_unit_test(test_readers_learn_of_contracts),
        cmocka_unit_test(test_by_words_alone),
        cmocka_unit_test(test_nothing_recorded),
        cmocka_unit_test(test_not_indexed),
        cmocka_unit_test(test_grades),
        cmocka_unit_test(test_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

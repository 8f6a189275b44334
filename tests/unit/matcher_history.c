/* Who has worked with whom, against a small city counted by hand. */
#include "base/base.h"

#include "matcher/history.h"
#include "tests/unit/city.h"

#include <stdio.h>
#include <string.h>

#define OWNERS(...)                                                                                \
    (const char *const[]){__VA_ARGS__}, ARRAY_LEN(((const char *const[]){__VA_ARGS__}))

static struct record make(enum kind kind, const char *uid, const char *const *owners, size_t n)
{
    struct record r = {.kind = kind, .uid = uid, .id = uid, .source = "local", .rev = 1};
    r.value[kind == KIND_ORG ? FIELD_NAME : FIELD_TITLE] = uid;
    r.owners = owners;
    r.n_owners = n;
    return r;
}

static struct record org(const char *uid)
{
    return make(KIND_ORG, uid, NULL, 0);
}

static struct record result(const char *uid, const char *const *owners, size_t n)
{
    return make(KIND_CAPABILITY, uid, owners, n);
}

static struct record intro(const char *uid, const char *state, const char *capability,
                           const char *const *owners, size_t n)
{
    struct record r = make(KIND_INTRODUCTION, uid, owners, n);
    r.value[FIELD_TITLE] = NULL;
    r.value[FIELD_NEED_ID] = "n";
    r.value[FIELD_CAPABILITY_ID] = capability;
    r.value[FIELD_STATE] = state;
    return r;
}

static void settle(struct city *c, const struct record *records, size_t n)
{
    const struct record *at[64];
    assert_true(n <= ARRAY_LEN(at));
    for (size_t i = 0; i < n; i++) at[i] = &records[i];
    city_settle(c, at, n, 1);
}

static int found(void **state)
{
    static struct city c;
    city_found(&c, NULL, 0);
    const struct record records[] = {
        org("a"),
        org("b"),
        org("c"),
        org("d"),
        org("e"),
        org("f"),
        org("g"),
        make(KIND_NEED, "n", OWNERS("c")),
        result("ab", OWNERS("a", "b")),
        result("bca", OWNERS("b", "c", "a")),
        result("a1", OWNERS("a")),
        result("d-nobody", OWNERS("d", "nobody")), /* one of them is not known here */
        result("f1", OWNERS("f")),
        result("f2", OWNERS("f")),
        result("g1", OWNERS("g")),
        result("g2", OWNERS("g")),
        result("g3", OWNERS("g")),
        make(KIND_CONSORTIUM, "ad", OWNERS("d", "a")),
        make(KIND_CONSORTIUM, "b-twice", OWNERS("b", "b")),
        intro("ce", "signed", NULL, OWNERS("e")),
        intro("ca", "signed", "a1", NULL, 0), /* only the capability is named: its owner */
        intro("cd", "met", NULL, OWNERS("d")),
        intro("cc", "signed", NULL, OWNERS("c")),
    };
    settle(&c, records, ARRAY_LEN(records));
    *state = &c;
    return 0;
}

static int raze(void **state)
{
    city_raze(*state);
    return 0;
}

static void common_work_is_counted(void **state)
{
    struct city *c = *state;
    const struct history *h = history_of(c->snapshot, &c->arena);
    static const struct {
        const char *a, *b;
        size_t joint;
    } expected[] = {
        {"a", "b", 2},                /* two results */
        {"a", "c", 2},                /* a result and a contract */
        {"b", "c", 1}, {"a", "d", 1}, /* a consortium */
        {"c", "e", 1},                /* a contract */
        {"c", "d", 0},                /* they met, no more */
        {"d", "b", 0}, {"b", "b", 0}, {"c", "c", 0}, {"f", "a", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        uint32_t a = city_org(c, expected[i].a), b = city_org(c, expected[i].b);
        assert_int_equal(history_joint(h, a, b), expected[i].joint);
        assert_int_equal(history_joint(h, b, a), expected[i].joint);
    }
    size_t pieces;
    assert_int_equal(history_known(h, &pieces), 5);
    assert_int_equal(pieces, 5); /* ab, bca, ad, ce, ca */
}

static void ties_are_in_order(void **state)
{
    struct city *c = *state;
    const struct history *h = history_of(c->snapshot, &c->arena);
    const struct history_tie *ties;
    size_t n = history_ties(h, city_org(c, "a"), &ties);
    assert_int_equal(n, 3); /* b, c, d */
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ties[i].joint, history_joint(h, city_org(c, "a"), ties[i].org));
        if (i > 0) assert_true(ties[i - 1].org < ties[i].org);
    }
    assert_int_equal(history_ties(h, city_org(c, "f"), &ties), 0);
    assert_int_equal(history_ties(h, 1000, &ties), 0);
}

static void closeness_is_by_hand(void **state)
{
    struct city *c = *state;
    const struct history *h = history_of(c->snapshot, &c->arena);
    uint32_t a = city_org(c, "a"), b = city_org(c, "b"), d = city_org(c, "d"), f = city_org(c, "f");
    assert_float_equal(history_closeness(h, a, b), 2.0 / 3, 1e-6);
    assert_float_equal(history_closeness(h, b, a), 2.0 / 3, 1e-6);
    assert_float_equal(history_closeness(h, a, d), 0.5, 0);
    assert_float_equal(history_closeness(h, b, d), 0, 0);
    assert_float_equal(history_closeness(h, a, a), 0, 0);
    assert_int_equal(history_experience(h, a), 4); /* ab, bca, ad, ca */
    assert_int_equal(history_experience(h, b), 2);
    assert_int_equal(history_experience(h, f), 0);
}

static void newcomers_have_little_and_nobody(void **state)
{
    struct city *c = *state;
    const struct history *h = history_of(c->snapshot, &c->arena);
    assert_true(history_newcomer(h, c->snapshot, city_org(c, "f")));  /* two records */
    assert_false(history_newcomer(h, c->snapshot, city_org(c, "g"))); /* three */
    assert_false(history_newcomer(h, c->snapshot, city_org(c, "e"))); /* none, but a contract */
}

/* A paper by thirty-one laboratories introduces nobody to anybody. */
static void crowds_do_not_count(void **state)
{
    (void)state;
    struct city c;
    city_found(&c, NULL, 0);
    struct record records[HISTORY_CROWD + 3];
    static char names[HISTORY_CROWD + 1][8];
    const char *owners[HISTORY_CROWD + 1];
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(names[i], sizeof names[i], "o%zu", i);
        owners[i] = names[i];
        records[i] = org(names[i]);
    }
    records[HISTORY_CROWD + 1] = result("crowd", owners, HISTORY_CROWD + 1);
    records[HISTORY_CROWD + 2] = result("full", owners, HISTORY_CROWD);
    settle(&c, records, ARRAY_LEN(records));
    const struct history *h = history_of(c.snapshot, &c.arena);
    size_t pieces;
    assert_int_equal(history_known(h, &pieces), HISTORY_CROWD);
    assert_int_equal(pieces, 1);
    assert_int_equal(history_joint(h, city_org(&c, "o0"), city_org(&c, "o29")), 1);
    assert_int_equal(history_joint(h, city_org(&c, "o0"), city_org(&c, "o30")), 0);
    city_raze(&c);
}

/* What was deleted is forgotten: the organisation, and the work itself. */
static void what_is_gone_does_not_count(void **state)
{
    (void)state;
    struct city c;
    city_found(&c, NULL, 0);
    const struct record before[] = {
        org("a"),
        org("b"),
        org("c"),
        result("ab", OWNERS("a", "b")),
        make(KIND_CONSORTIUM, "ac", OWNERS("a", "c")),
    };
    settle(&c, before, ARRAY_LEN(before));
    struct record gone[] = {before[1], before[4]};
    gone[0].deleted = gone[1].deleted = true;
    settle(&c, gone, ARRAY_LEN(gone));
    size_t pieces;
    assert_int_equal(history_known(history_of(c.snapshot, &c.arena), &pieces), 0);
    assert_int_equal(pieces, 0);
    city_raze(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(common_work_is_counted, found, raze),
        cmocka_unit_test_setup_teardown(ties_are_in_order, found, raze),
        cmocka_unit_test_setup_teardown(closeness_is_by_hand, found, raze),
        cmocka_unit_test_setup_teardown(newcomers_have_little_and_nobody, found, raze),
        cmocka_unit_test(crowds_do_not_count),
        cmocka_unit_test(what_is_gone_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Whom else to bring in: features and scores by hand. */
#include "base/base.h"

#include "matcher/partner.h"
#include "matcher/place.h"
#include "tests/unit/city.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define OWNERS(...)                                                                                \
    (const char *const[]){__VA_ARGS__}, ARRAY_LEN(((const char *const[]){__VA_ARGS__}))

static struct record make(enum kind kind, const char *uid, const char *name,
                          const char *const *owners, size_t n)
{
    struct record r = {.kind = kind, .uid = uid, .id = uid, .source = "local", .rev = 1};
    r.value[kind == KIND_ORG ? FIELD_NAME : FIELD_TITLE] = name;
    r.owners = owners;
    r.n_owners = n;
    return r;
}

static int found(void **state)
{
    static struct city c;
    struct record records[] = {
        make(KIND_ORG, "a", "苏州大学", NULL, 0),
        make(KIND_ORG, "b", "南京研究所", NULL, 0),
        make(KIND_ORG, "c", "Works", NULL, 0),
        make(KIND_ORG, "d", "成都研究所", NULL, 0),
        make(KIND_ORG, "e", "新人公司", NULL, 0),
        make(KIND_ORG, "f", "空壳公司", NULL, 0),
        make(KIND_CAPABILITY, "ab1", "x", OWNERS("a", "b")),
        make(KIND_CAPABILITY, "ab2", "x", OWNERS("a", "b")),
        make(KIND_CAPABILITY, "bd", "x", OWNERS("b", "d")),
        make(KIND_CAPABILITY, "e1", "x", OWNERS("e")),
        make(KIND_CONSORTIUM, "ac", "x", OWNERS("a", "c")),
    };
    const struct record *at[ARRAY_LEN(records)];
    records[2].value[FIELD_REGION] = "江苏省昆山市";
    for (size_t i = 0; i < ARRAY_LEN(records); i++) at[i] = &records[i];
    city_found(&c, NULL, 0);
    city_settle(&c, at, ARRAY_LEN(at), 1);
    *state = &c;
    return 0;
}

static int raze(void **state)
{
    city_raze(*state);
    return 0;
}

/* Scores of texts: a 3, b 1, d 2, e 2; c and f have none. Mean 2, sd sqrt(1/2). */
static const float *texts(struct city *c)
{
    float *text = arena_alloc(&c->arena, snapshot_size(c->snapshot, KIND_ORG), sizeof *text);
    for (size_t i = 0; i < snapshot_size(c->snapshot, KIND_ORG); i++) text[i] = -INFINITY;
    text[city_org(c, "a")] = 3;
    text[city_org(c, "b")] = 1;
    text[city_org(c, "d")] = text[city_org(c, "e")] = 2;
    return text;
}

static void features_are_by_hand(void **state)
{
    struct city *c = *state;
    const struct partners *p = partners_of(c->snapshot, &c->arena);
    struct partner_scores s;
    uint32_t a = city_org(c, "a");
    partner_scores(p, texts(c), &a, 1, &c->arena, &s);
    assert_int_equal(s.n, 6);
    /* Experience: b did three pieces, c one, d one; e is new, with one record. */
    static const struct {
        const char *uid;
        double text, joint, region, experience;
    } expected[] = {
        {"b", -1.414214, 1.098612, 1, 0.6},     /* ln 3; Nanjing lies where Suzhou does */
        {"c", -1.414214, 0.693147, 1, 1.0 / 3}, /* no text: level with the worst; its region */
        {"d", 0, 0, 0, 1.0 / 3},
        {"e", 0, 0, 0, 0.5},
    };
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        uint32_t org = city_org(c, expected[i].uid);
        double want[PARTNER_COUNT] = {expected[i].text, expected[i].joint, expected[i].region,
                                      expected[i].experience},
               sum = 0;
        for (int f = 0; f < PARTNER_COUNT; f++) {
            assert_float_equal(s.value[f][org], want[f], 1e-5);
            sum += want[f] * (double)partner_weight((enum partner_feature)f);
        }
        assert_float_equal(s.score[org], sum, 1e-5);
    }
    assert_true(isinf(s.score[a]));                /* is there already */
    assert_true(isinf(s.score[city_org(c, "f")])); /* nothing is known of it */
}

static void members_add_up(void **state)
{
    struct city *c = *state;
    const struct partners *p = partners_of(c->snapshot, &c->arena);
    struct partner_scores s;
    uint32_t members[] = {city_org(c, "a"), city_org(c, "d")};
    partner_scores(p, texts(c), members, 2, &c->arena, &s);
    /* b: two results with a, one with d. */
    assert_float_equal(s.value[PARTNER_JOINT][city_org(c, "b")], log(4), 1e-6);
    assert_float_equal(s.value[PARTNER_REGION][city_org(c, "b")], 1, 0);
    assert_true(isinf(s.score[members[0]]) && isinf(s.score[members[1]]));
}

/* Nobody has a text's score, or all have the same: the text has no say. */
static void flat_texts_have_no_say(void **state)
{
    struct city *c = *state;
    const struct partners *p = partners_of(c->snapshot, &c->arena);
    size_t n = snapshot_size(c->snapshot, KIND_ORG);
    float *text = arena_alloc(&c->arena, n, sizeof *text);
    uint32_t a = city_org(c, "a");
    const float flat[] = {-INFINITY, 7};
    for (size_t k = 0; k < ARRAY_LEN(flat); k++) {
        struct partner_scores s;
        for (size_t i = 0; i < n; i++) text[i] = flat[k];
        partner_scores(p, text, &a, 1, &c->arena, &s);
        for (size_t i = 0; i < n; i++) assert_float_equal(s.value[PARTNER_TEXT][i], 0, 0);
        assert_false(isinf(s.score[city_org(c, "b")]));
        assert_int_equal(isinf(s.score[city_org(c, "e")]) != 0, k == 0);
    }
}

static void names_tell_places(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum place place;
    } expected[] = {
        {"苏州大学", PLACE_JIANGSU},
        {"江苏省产业技术研究院", PLACE_JIANGSU},
        {"示例（昆山）半导体有限公司", PLACE_JIANGSU},
        {"河南大学", PLACE_HENAN},
        {"海南大学", PLACE_HAINAN},
        {"西安交通大学", PLACE_SHAANXI},
        {"山西大学", PLACE_SHANXI},
        {"黑龙江大学", PLACE_HEILONGJIANG},
        {"上海交通大学宁波研究院", PLACE_SHANGHAI}, /* equally long: the first */
        {"中国石油大学克拉玛依校区", PLACE_XINJIANG},
        {"复旦大学", PLACE_SHANGHAI},               /* known by its seat */
        {"复旦大学（宁波）研究院", PLACE_ZHEJIANG}, /* a place before a seat */
        {"中国科学技术大学", PLACE_ANHUI},
        {"中国科学院大学", PLACE_BEIJING},
        {"西南大学", PLACE_CHONGQING},
        {"西南交通大学", PLACE_SICHUAN},
        {"Massachusetts Institute of Technology", PLACE_UNKNOWN},
        {"某某研究所", PLACE_UNKNOWN},
        {"苏", PLACE_UNKNOWN},
        {"\xe8\x8b", PLACE_UNKNOWN}, /* cut in the middle of a character */
        {"", PLACE_UNKNOWN},
    };
    for (size_t i = 0; i < ARRAY_LEN(expected); i++)
        assert_int_equal(place_of_text(expected[i].text), expected[i].place);
    struct record org = make(KIND_ORG, "o", "北京大学苏州研究院", NULL, 0);
    assert_int_equal(place_of_org(&org), PLACE_BEIJING);
    org.value[FIELD_REGION] = "江苏苏州";
    assert_int_equal(place_of_org(&org), PLACE_JIANGSU);
    org.value[FIELD_REGION] = "Bavaria"; /* tells nothing: the name does */
    assert_int_equal(place_of_org(&org), PLACE_BEIJING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(features_are_by_hand, found, raze),
        cmocka_unit_test_setup_teardown(members_add_up, found, raze),
        cmocka_unit_test_setup_teardown(flat_texts_have_no_say, found, raze),
        cmocka_unit_test(names_tell_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A proposal as JSON: what leaves when its subtopics are sealed, whatever the matcher quoted; what
 * stands in the way, in words; numbers that are none. */
#include "base/base.h"

#include "web/propose_input.h"
#include "web/serialise_proposal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECRET "钝化之独门配方"

static struct record org_a = {.kind = KIND_ORG, .uid = "a"}, org_b = {.kind = KIND_ORG, .uid = "b"};
static struct record offer = {.kind = KIND_CAPABILITY, .uid = "c"};
static const char *const by_a[] = {"a"};
static struct record need = {.kind = KIND_NEED, .uid = "n", .owners = by_a, .n_owners = 0};

static int set_up(void **state)
{
    org_a.value[FIELD_NAME] = "甲";
    org_b.value[FIELD_NAME] = "乙";
    offer.value[FIELD_TITLE] = "公开的成果";
    offer.value[FIELD_VISIBILITY] = "public";
    need.value[FIELD_TITLE] = "电池胀气";
    need.value[FIELD_TEXT] = SECRET;
    need.n_owners = 0;
    *state = NULL;
    return 0;
}

static struct evidence quoting(enum field f, const char *text)
{
    return (struct evidence){
        .need = {f, {0, 4}, text}, .capability = {FIELD_TITLE, {0, 5}, "公开的成果"}, .weight = 1};
}

/* One subtopic with one seat, whose evidence quotes what it is given. */
static const char *shown(struct arena *arena, struct str *out, const struct rights *rights,
                         const struct propose_request *q, bool says_sealed)
{
    struct evidence evidence[] = {quoting(FIELD_TITLE, "胀气"), quoting(FIELD_TITLE, SECRET),
                                  quoting(FIELD_TEXT, SECRET)};
    struct indicator_row row = {.quantity = SECRET,
                                .required.sentence = {FIELD_TITLE, {0, 7}, SECRET}};
    struct proposal_subtopic topic = {
        .subtopic = {.id = "t1", .title = SECRET, .text = SECRET, .targets = SECRET, .weight = 1},
        .n_seats = 1,
        .seats[0] = {.org = &org_a,
                     .score = 0.5,
                     .expected_by_chance = INFINITY,
                     .level = LEVEL_GOOD,
                     .capability = &offer,
                     .evidence = evidence,
                     .n_evidence = ARRAY_LEN(evidence),
                     .indicators = &row,
                     .n_indicators = 1}};
    uint32_t zero[] = {0};
    struct proposal_member m = {
        .org = &org_a, .subtopics = zero, .n_subtopics = 1, .marginal = NAN};
    struct proposal p = {.challenge = &need,
                         .subtopics = &topic,
                         .n_subtopics = 1,
                         .members = &m,
                         .n_members = 1,
                         .objective = 1.0 / 3,
                         .bound = 1.0 / 3,
                         .sealed = says_sealed};
    struct serialiser s = {.rights = *rights, .arena = arena};
    struct json j;
    str_clear(out);
    json_init(&j, out);
    serialise_proposal(&j, &s, q, &p);
    cJSON *tree = cJSON_Parse(out->data);
    assert_non_null(tree);
    cJSON_Delete(tree);
    return out->data;
}

/* The matcher says whether they are; the reader's rights decide even where it forgets to. */
static void test_sealed_subtopics_leave_without_words(void **state)
{
    (void)state;
    struct arena arena;
    struct str out;
    struct subtopic given = {.id = "t1", .title = SECRET, .weight = 1};
    struct propose_request split = {0}, own = {.subtopics = &given, .n_subtopics = 1};
    arena_init(&arena);
    str_init(&out);
    for (int says = 0; says < 2; says++) {
        const char *json = shown(&arena, &out, &rights_reader, &split, says);
        assert_null(strstr(json, SECRET));
        assert_non_null(strstr(json, "\"sealed\":true"));
        assert_non_null(strstr(json, "\"text\":\"胀气\"")); /* of the title, which is open */
    }
    const char *json = shown(&arena, &out, &rights_writer, &split, false);
    assert_non_null(strstr(json, "\"title\":\"" SECRET "\""));
    assert_non_null(strstr(json, "\"quantity\":\"" SECRET "\""));
    assert_non_null(strstr(shown(&arena, &out, &rights_reader, &own, false), SECRET));
    need.value[FIELD_VISIBILITY] = "public";
    assert_non_null(strstr(shown(&arena, &out, &rights_reader, &split, false), SECRET));
    need.value[FIELD_VISIBILITY] = NULL;
    str_free(&out);
    arena_free(&arena);
}

static void test_numbers(void **state)
{
    (void)state;
    struct arena arena;
    struct str out;
    struct propose_request q = {.max_members = 5};
    arena_init(&arena);
    str_init(&out);
    const char *json = shown(&arena, &out, &rights_writer, &q, false);
    assert_non_null(strstr(json, "\"objective\":0.333333333333,"));
    assert_non_null(strstr(json, "\"expected_by_chance\":null"));
    assert_non_null(strstr(json, "\"max_members\":5,\"load\":3"));
    assert_null(strstr(json, "marginal")); /* it was not asked for */
    str_free(&out);
    arena_free(&arena);
}

static void test_relaxations_in_words(void **state)
{
    (void)state;
    struct arena arena;
    struct proposal p = {.challenge = &need};
    const struct {
        struct proposal_relaxation r;
        const char *zh, *en;
    } cases[] = {
        {{.block = BLOCK_LOCK, .a = &org_a}, "取消对“甲”的锁定", "unlock 甲"},
        {{.block = BLOCK_DEMAND, .roles = 1u << MEMBER_LEAD}, "企业牵头", "enterprise must lead"},
        {{.block = BLOCK_DEMAND, .roles = 1u << MEMBER_UNIVERSITY | 1u << MEMBER_INSTITUTE},
         "至少要有一家高校或院所",
         "one university or institute"},
        {{.block = BLOCK_CONFLICT, .a = &org_a, .b = &org_b}, "“甲”与“乙”须分开", "甲 and 乙"},
        {{.block = BLOCK_GROUP, .a = &org_a, .b = &org_b}, "同属一个集团", "one group"},
        {{.block = BLOCK_MOST, .most = 9}, "9 家", "9 would do"},
    };
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *zh = serialise_relaxation(&p, &cases[i].r, LANG_ZH, &arena);
        const char *en = serialise_relaxation(&p, &cases[i].r, LANG_EN, &arena);
        if (!strstr(zh, cases[i].zh) || !strstr(en, cases[i].en))
            fail_msg("%zu: %s / %s", i, zh, en);
    }
    need.n_owners = 1; /* its owner was not locked, so it cannot be unlocked */
    assert_non_null(strstr(serialise_relaxation(&p, &cases[0].r, LANG_ZH, &arena), "出题的“甲”"));
    arena_free(&arena);
}

/* Of a saved plan the sentences are those of the reader, whatever it was saved with. */
static void test_what_was_saved_is_said_to_the_reader(void **state)
{
    (void)state;
    struct arena arena;
    struct str out;
    static const char plan[] =
        "{\"need\":{\"id\":\"n\",\"org\":{\"id\":\"a\",\"name\":\"甲\"}},\"gap\":0.333333333333,"
        "\"relaxations\":["
        "{\"code\":\"lock\",\"orgs\":[{\"id\":\"a\",\"name\":\"甲\"}],\"text\":\"old\"},"
        "{\"code\":\"conflict\",\"orgs\":[{\"id\":\"b\",\"name\":\"乙\"},{\"id\":\"c\",\"name\":"
        "\"丙\"}]},"
        "{\"code\":\"demand\",\"orgs\":[],\"roles\":[\"university\",\"institute\"]},"
        "{\"code\":\"most\",\"orgs\":[],\"most\":9},"
        "{\"code\":\"later\",\"orgs\":[],\"text\":\"of a newer program\"}]}";
    static const char *const zh[] = {"出题的“甲”", "“乙”与“丙”须分开", "一家高校或院所", "9 家"},
                             *const en[] = {"甲, which posted", "乙 and 丙", "university or inst",
                                            "9 would do"};
    arena_init(&arena);
    str_init(&out);
    for (int lang = 0; lang < 2; lang++) {
        struct serialiser s = {.lang = lang ? LANG_EN : LANG_ZH, .arena = &arena};
        struct json j;
        str_clear(&out);
        json_init(&j, &out);
        serialise_plan(&j, &s, plan);
        for (size_t i = 0; i < ARRAY_LEN(zh); i++)
            assert_non_null(strstr(out.data, (lang ? en : zh)[i]));
        assert_null(strstr(out.data, "old"));
        assert_non_null(strstr(out.data, "of a newer program"));
        assert_non_null(strstr(out.data, "\"gap\":0.333333333333,"));
        cJSON *tree = cJSON_Parse(out.data);
        assert_non_null(tree);
        cJSON_Delete(tree);
    }
    str_free(&out);
    arena_free(&arena);
}

static int read(const char *text, struct arena *arena, struct propose_input *in, struct err *err)
{
    cJSON *object = cJSON_Parse(text);
    assert_non_null(object);
    *err = (struct err){0};
    int rc = propose_read(object, NULL, arena, in, err);
    cJSON_Delete(object);
    return rc;
}

/* What is kept of a request is the request: read again it says the same. */
static void test_conditions_are_read_as_they_were_written(void **state)
{
    (void)state;
    struct arena arena;
    struct str once, twice;
    struct json j;
    struct propose_input in;
    struct err err;
    arena_init(&arena);
    str_init(&once);
    str_init(&twice);
    assert_int_equal(
        read("{\"need_id\":\"n\",\"subtopics\":[{\"title\":\" x \",\"weight\":0.1},{\"id\":\"z\","
             "\"title\":\"y\",\"targets\":\"<=1\"}],\"lock\":[\"a\",\"a\"],\"apart\":[[\"a\",\"b\"]"
             "],"
             "\"load\":2,\"region\":\"r\",\"ban\":null,\"brief\":true}",
             &arena, &in, &err),
        0);
    assert_true(in.request.brief);
    assert_int_equal(in.request.n_lock, 2);
    json_init(&j, &once);
    propose_write(&j, &in.request, true);
    const char *text = arena_printf(&arena, "{\"bottleneck_id\":\"b\",%s", once.data + 1);
    assert_int_equal(read(text, &arena, &in, &err), 0);
    assert_string_equal(in.bottleneck, "b");
    json_init(&j, &twice);
    propose_write(&j, &in.request, true);
    assert_string_equal(twice.data, once.data);
    assert_int_equal(read("{\"need_id\":\"n\",\"subtopics\":[{\"title\":\"x\"},{\"title\":\"\"}]}",
                          &arena, &in, &err),
                     -1);
    assert_string_equal(err.code, "propose_no_title");
    assert_non_null(strstr(err.text[LANG_EN], "subtopic 2"));
    assert_non_null(strstr(err.text[LANG_ZH], "第 2 个课题"));
    str_free(&once);
    str_free(&twice);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sealed_subtopics_leave_without_words, set_up),
        cmocka_unit_test_setup(test_numbers, set_up),
        cmocka_unit_test_setup(test_relaxations_in_words, set_up),
        cmocka_unit_test(test_what_was_saved_is_said_to_the_reader),
        cmocka_unit_test_setup(test_conditions_are_read_as_they_were_written, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

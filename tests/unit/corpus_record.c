#include "base/base.h"

#include "base/mem.h"
#include "corpus/record_json.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- the tables ----------------------------------------------------------------------------- */

static void test_kinds(void **state)
{
    (void)state;
    for (int k = 0; k < KIND_COUNT; k++) {
        assert_int_equal(kind_by_name(kind_name((enum kind)k)), k);
        assert_int_equal(kind_by_name(kind_plural((enum kind)k)), k);
    }
    assert_int_equal(kind_by_name("thing"), KIND_COUNT);
    assert_string_equal(kind_plural(KIND_CAPABILITY), "capabilities");
}

static void test_fields(void **state)
{
    (void)state;
    for (int f = 0; f < FIELD_COUNT; f++)
        assert_int_equal(field_by_name(field_info((enum field)f)->name), f);
    assert_int_equal(field_by_name("colour"), FIELD_COUNT);
    assert_true(field_of_kind(FIELD_NAME, KIND_ORG));
    assert_false(field_of_kind(FIELD_NAME, KIND_NEED));
    assert_true(field_info(FIELD_CONTACT_PHONE)->flags & FIELD_SEALED);
    assert_true(field_info(FIELD_ORG_NAME)->flags & FIELD_VIRTUAL);
}

static void test_codes(void **state)
{
    (void)state;
    assert_string_equal(record_codes(KIND_ORG, FIELD_KIND)[0], "enterprise");
    assert_string_equal(record_codes(KIND_CAPABILITY, FIELD_KIND)[6], "other");
    assert_null(record_codes(KIND_CAPABILITY, FIELD_KIND)[7]);
    assert_string_equal(record_codes(KIND_NEED, FIELD_VISIBILITY)[1], "registered");
    assert_null(record_codes(KIND_NEED, FIELD_TITLE));
    assert_null(record_codes(KIND_ORG, FIELD_VISIBILITY));
}

/* ---- values --------------------------------------------------------------------------------- */

/* Sets one field of a kind to a value and tells what became of it: the stored value ("" for none),
 * then " ?code" of a warning; or "!code" of an error. */
static const char *outcome(enum kind kind, enum field f, const char *value, size_t len,
                           struct arena *arena)
{
    struct record r = {.kind = kind};
    struct err warn = {0}, err = {0};
    /* Not terminated, and with nothing behind it, so that the sanitizer sees reading over the end.
     */
    char *bytes = mem_dup(value, len);
    r.value[f] = "before";
    int rc = record_set_value(&r, f, bytes, len, arena, &warn, &err);
    free(bytes);
    if (rc != 0) {
        assert_int_equal(rc, -1);
        assert_string_equal(r.value[f], "before");
        return arena_printf(arena, "!%s", err.code);
    }
    assert_int_equal(err.kind, ERR_NONE);
    if (r.value[f]) assert_true(r.value[f][0] != '\0');
    const char *shown = r.value[f] ? r.value[f] : "";
    return warn.kind == ERR_NONE ? shown : arena_printf(arena, "%s ?%s", shown, warn.code);
}

struct value_case {
    enum kind kind;
    enum field field;
    const char *value, *wanted;
};

static void check_cases(const struct value_case *cases, size_t n)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < n; i++) {
        const struct value_case *c = &cases[i];
        const char *got = outcome(c->kind, c->field, c->value, strlen(c->value), &arena);
        if (strcmp(got, c->wanted) != 0)
            fail_msg("%s \"%s\": \"%s\", not \"%s\"", field_info(c->field)->name, c->value, got,
                     c->wanted);
    }
    arena_free(&arena);
}

static void test_text(void **state)
{
    (void)state;
    static const struct value_case cases[] = {
        {KIND_NEED, FIELD_TITLE, "  降 翘曲\t", "降 翘曲"},
        {KIND_NEED, FIELD_TITLE, "\xE3\x80\x80\xC2\xA0标题\xEF\xBB\xBF", "标题"},
        {KIND_NEED, FIELD_TITLE, "一\r\n二\n三\t四", "一 二 三 四"},
        {KIND_NEED, FIELD_TEXT, "\r\n一\r\n二\r三\n\n四\n", "一\n二\n三\n\n四"},
        {KIND_NEED, FIELD_TEXT, "a\x1B[31mb\x7F\x01", "a [31mb"},
        {KIND_NEED, FIELD_TEXT, "", ""},
        {KIND_NEED, FIELD_TEXT, " \t\r\n\xE3\x80\x80", ""},
        {KIND_NEED, FIELD_TEXT, "\xC3\x28", "!record_bad_utf8"},
        {KIND_NEED, FIELD_TEXT, "\xE4\xBD", "!record_bad_utf8"},
        {KIND_NEED, FIELD_TEXT, "\xED\xA0\x80", "!record_bad_utf8"},
        {KIND_NEED, FIELD_NAME, "x", "!record_field_kind"},
        {KIND_NEED, FIELD_ORG_NAME, " 示例单位 ", "示例单位"},
        {KIND_NEED, FIELD_TITLE, "无", "无"},
    };
    check_cases(cases, ARRAY_LEN(cases));
}

static void test_code_values(void **state)
{
    (void)state;
    static const struct value_case cases[] = {
        {KIND_ORG, FIELD_KIND, "enterprise", "enterprise"},
        {KIND_ORG, FIELD_KIND, " Company ", "enterprise"},
        {KIND_ORG, FIELD_KIND, "ＣＯＭＰＡＮＹ", "enterprise"},
        {KIND_ORG, FIELD_KIND, "企业", "enterprise"},
        {KIND_ORG, FIELD_KIND, "高新技术企业", "enterprise"},
        {KIND_ORG, FIELD_KIND, "公司", "enterprise"},
        {KIND_ORG, FIELD_KIND, "高校", "university"},
        {KIND_ORG, FIELD_KIND, "大学", "university"},
        {KIND_ORG, FIELD_KIND, "科研院所", "institute"},
        {KIND_ORG, FIELD_KIND, "研究所", "institute"},
        {KIND_ORG, FIELD_KIND, "医院", "hospital"},
        {KIND_ORG, FIELD_KIND, "公共服务平台", "platform"},
        {KIND_ORG, FIELD_KIND, "企业服务平台", "platform"},
        {KIND_ORG, FIELD_KIND, "其他", "other"},
        {KIND_ORG, FIELD_KIND, "行业协会", "other ?record_kind_other"},
        {KIND_CAPABILITY, FIELD_KIND, "科技成果", "achievement"},
        {KIND_CAPABILITY, FIELD_KIND, "发明专利", "patent"},
        {KIND_CAPABILITY, FIELD_KIND, "Patent", "patent"},
        {KIND_CAPABILITY, FIELD_KIND, "论文", "paper"},
        {KIND_CAPABILITY, FIELD_KIND, "人才", "expert"},
        {KIND_CAPABILITY, FIELD_KIND, "团队", "team"},
        {KIND_CAPABILITY, FIELD_KIND, "大型仪器", "facility"},
        {KIND_CAPABILITY, FIELD_KIND, "中试基地", "facility"},
        {KIND_CAPABILITY, FIELD_KIND, "数据库", "facility"},
        {KIND_CAPABILITY, FIELD_KIND, "平台", "facility"},
        {KIND_CAPABILITY, FIELD_KIND, "trade secret", "other ?record_kind_other"},
        {KIND_ORG, FIELD_TIER, "领军", "lead"},
        {KIND_ORG, FIELD_TIER, "龙头企业", "lead"},
        {KIND_ORG, FIELD_TIER, "SME", "sme"},
        {KIND_ORG, FIELD_TIER, "民营", "!record_code"},
        {KIND_NEED, FIELD_VISIBILITY, "公开", "public"},
        {KIND_NEED, FIELD_VISIBILITY, "不公开", "invited"},
        {KIND_NEED, FIELD_VISIBILITY, "暂不公开",
         "!record_code"}, /* its last word says the opposite */
        {KIND_NEED, FIELD_VISIBILITY, "secret", "!record_code"},
        {KIND_BOTTLENECK, FIELD_PRIORITY, "高", "high"},
        {KIND_BOTTLENECK, FIELD_STATUS, "攻关中", "tackling"},
        {KIND_BOTTLENECK, FIELD_STATUS, "", ""},
    };
    check_cases(cases, ARRAY_LEN(cases));
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct value_case cases[] = {
        {KIND_NEED, FIELD_TRL, "6", "6"},
        {KIND_NEED, FIELD_TRL, "6.0", "6"},
        {KIND_NEED, FIELD_TRL, "TRL6", "6"},
        {KIND_NEED, FIELD_TRL, "trl-6", "6"},
        {KIND_NEED, FIELD_TRL, "TRL 6", "6"},
        {KIND_NEED, FIELD_TRL, "６级", "6"},
        {KIND_NEED, FIELD_TRL, "4-5", "4 ?record_partly"},
        {KIND_NEED, FIELD_TRL, "0", "!record_range"},
        {KIND_NEED, FIELD_TRL, "10", "!record_range"},
        {KIND_NEED, FIELD_TRL, "6.5", "!record_range"},
        {KIND_NEED, FIELD_TRL, "-6", "!record_range"},
        {KIND_NEED, FIELD_TRL, "无", " ?record_no_value"},
        {KIND_NEED, FIELD_TRL, "小试", "!record_number"},
        {KIND_NEED, FIELD_BUDGET_WAN, "320", "320"},
        {KIND_NEED, FIELD_BUDGET_WAN, "320.50", "320.5"},
        {KIND_NEED, FIELD_BUDGET_WAN, "0.1", "0.1"},
        {KIND_NEED, FIELD_BUDGET_WAN, "1,200万元", "1200"},
        {KIND_NEED, FIELD_BUDGET_WAN, "1，200 万元", "1200"},
        {KIND_NEED, FIELD_BUDGET_WAN, "1,234,567.5", "1234567.5"},
        {KIND_NEED, FIELD_BUDGET_WAN, "1.5亿元", "15000"},
        {KIND_NEED, FIELD_BUDGET_WAN, "500000元", "50"},
        {KIND_NEED, FIELD_BUDGET_WAN, "1e3", "1000"},
        {KIND_NEED, FIELD_BUDGET_WAN, "300-500万元", "300 ?record_partly"},
        {KIND_NEED, FIELD_BUDGET_WAN, "不超过300万元", "300 ?record_partly"},
        {KIND_NEED, FIELD_BUDGET_WAN, "面议", " ?record_no_value"},
        {KIND_NEED, FIELD_BUDGET_WAN, "-", " ?record_no_value"},
        {KIND_NEED, FIELD_BUDGET_WAN, "-5", "!record_range"},
        {KIND_NEED, FIELD_BUDGET_WAN, "1e999", "!record_range"},
        {KIND_NEED, FIELD_BUDGET_WAN, "nan", "!record_number"},
        {KIND_NEED, FIELD_BUDGET_WAN, "inf", "!record_number"},
        {KIND_NEED, FIELD_BUDGET_WAN, "99999999999999999999999999999999999999999999999999999999999",
         "!record_range"},
        {KIND_CAPABILITY, FIELD_YEAR, "2023", "2023"},
        {KIND_CAPABILITY, FIELD_YEAR, "2023年", "2023"},
        {KIND_CAPABILITY, FIELD_YEAR, "2023-05-01", "2023"},
        {KIND_CAPABILITY, FIELD_YEAR, "23", "!record_range"},
    };
    check_cases(cases, ARRAY_LEN(cases));
}

static void test_dates(void **state)
{
    (void)state;
    static const struct value_case cases[] = {
        {KIND_NEED, FIELD_DEADLINE, "2027-06-30", "2027-06-30"},
        {KIND_NEED, FIELD_DEADLINE, "2027-6-3", "2027-06-03"},
        {KIND_NEED, FIELD_DEADLINE, "2027/06/30", "2027-06-30"},
        {KIND_NEED, FIELD_DEADLINE, "2027.6", "2027-06"},
        {KIND_NEED, FIELD_DEADLINE, "2027", "2027"},
        {KIND_NEED, FIELD_DEADLINE, "20270630", "2027-06-30"},
        {KIND_NEED, FIELD_DEADLINE, "202706", "2027-06"},
        {KIND_NEED, FIELD_DEADLINE, "2027年6月30日", "2027-06-30"},
        {KIND_NEED, FIELD_DEADLINE, "2027 年 6 月", "2027-06"},
        {KIND_NEED, FIELD_DEADLINE, "２０２７－０６－３０", "2027-06-30"},
        {KIND_NEED, FIELD_DEADLINE, "2027-06-30T00:00:00Z", "2027-06-30"},
        {KIND_NEED, FIELD_DEADLINE, "2027-06-30 12:00", "2027-06-30"},
        {KIND_NEED, FIELD_DEADLINE, "2027年6月底", "2027-06 ?record_partly"},
        {KIND_NEED, FIELD_DEADLINE, "2027-06-30前", "2027-06-30 ?record_partly"},
        {KIND_NEED, FIELD_DEADLINE, "2028-02-29", "2028-02-29"},
        {KIND_NEED, FIELD_DEADLINE, "2027-02-29", "!record_date"},
        {KIND_NEED, FIELD_DEADLINE, "2027-13-01", "!record_date"},
        {KIND_NEED, FIELD_DEADLINE, "2027-00-01", "!record_date"},
        {KIND_NEED, FIELD_DEADLINE, "27-06-30", "!record_date"},
        {KIND_NEED, FIELD_DEADLINE, "20270", "!record_date"},
        {KIND_NEED, FIELD_DEADLINE, "202706301", "!record_date"},
        {KIND_NEED, FIELD_DEADLINE, "尽快", "!record_date"},
        {KIND_NEED, FIELD_DEADLINE, "长期有效", " ?record_no_value"},
    };
    check_cases(cases, ARRAY_LEN(cases));
}

static void test_credit_codes(void **state)
{
    (void)state;
    static const struct value_case cases[] = {
        {KIND_ORG, FIELD_CREDIT_CODE, "91350100M000100Y43", "91350100M000100Y43"},
        {KIND_ORG, FIELD_CREDIT_CODE, " 91350100m000100y43 ", "91350100M000100Y43"},
        {KIND_ORG, FIELD_CREDIT_CODE, "91350100M0001TGQXM",
         "91350100M0001TGQXM ?record_credit_code_doubtful"},
        {KIND_ORG, FIELD_CREDIT_CODE, "123", "!record_credit_code"},
    };
    check_cases(cases, ARRAY_LEN(cases));
}

static void test_limits(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    enum { MIB = 1024 * 1024 };
    char *big = mem_alloc(MIB + 1, 1);
    memset(big, 'x', MIB + 1);
    assert_int_equal(strlen(outcome(KIND_NEED, FIELD_TEXT, big, MIB, &arena)), MIB);
    assert_string_equal(outcome(KIND_NEED, FIELD_TEXT, big, MIB + 1, &arena), "!record_too_long");
    assert_int_equal(strlen(outcome(KIND_NEED, FIELD_TITLE, big, 65536, &arena)), 65536);
    assert_string_equal(outcome(KIND_NEED, FIELD_TITLE, big, 65537, &arena), "!record_too_long");
    assert_string_equal(outcome(KIND_NEED, FIELD_TRL, big, 300, &arena), "!record_too_long");
    assert_string_equal(outcome(KIND_NEED, FIELD_TITLE, "a\0b", 3, &arena), "!record_nul");
    /* Blanks around a value do not count. */
    memset(big, ' ', MIB);
    assert_string_equal(outcome(KIND_NEED, FIELD_TITLE, big, MIB + 1, &arena), "x");
    free(big);
    arena_free(&arena);
}

static void test_messages(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct record r = {.kind = KIND_BOTTLENECK};
    struct err err = {0};
    const char *value =
        "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二";
    assert_int_equal(record_set_value(&r, FIELD_PRIORITY, value, strlen(value), &arena, NULL, &err),
                     -1);
    assert_string_equal(err.text[LANG_EN],
                        "field priority: \"一二三四五六七八九十一二三四五六七八九十一二三四五六七八"
                        "九十一二三四五六七八九十...\" is not one of high, medium, low");
    assert_non_null(strstr(err.text[LANG_ZH], "priority"));
    arena_free(&arena);
}

/* ---- whole records -------------------------------------------------------------------------- */

static struct record full_need(void)
{
    static const char *const owners[] = {"o1"};
    struct record r = {.kind = KIND_NEED, .uid = "s:n1", .source = "s", .id = "n1"};
    r.value[FIELD_TITLE] = "降翘曲 \"A\" \\ 😀";
    r.value[FIELD_TEXT] = "第一行\n第二行\ttab";
    r.value[FIELD_TRL] = "5";
    r.value[FIELD_BUDGET_WAN] = "1234567.5";
    r.value[FIELD_ORG_NAME] = "virtual";
    r.value[FIELD_VISIBILITY] = "public";
    r.owners = owners;
    r.n_owners = 1;
    r.extra = "{\"a\":{\"x\":1.5,\"y\":[null,true]},\"中\":\"文\"}";
    return r;
}

static void test_json(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct record r = full_need();
    const char *text = record_to_json(&r, &arena);
    assert_string_equal(
        text, "{\"uid\":\"s:n1\",\"source\":\"s\",\"id\":\"n1\","
              "\"title\":\"降翘曲 \\\"A\\\" \\\\ 😀\",\"text\":\"第一行\\n第二行\\ttab\",\"trl\":5,"
              "\"budget_wan\":1234567.5,\"visibility\":\"public\",\"owners\":[\"o1\"],"
              "\"extra\":{\"a\":{\"x\":1.5,\"y\":[null,true]},\"中\":\"文\"}}");
    struct err err = {0};
    struct record *back = record_from_json(KIND_NEED, text, &arena, &err);
    assert_non_null(back);
    assert_true(record_same(&r, back));
    assert_string_equal(back->uid, "s:n1");
    assert_string_equal(back->source, "s");
    assert_string_equal(record_to_json(back, &arena), text);

    struct record bare = {.kind = KIND_ORG, .uid = "o", .source = "local", .id = "o"};
    bare.value[FIELD_NAME] = "N";
    text = record_to_json(&bare, &arena);
    assert_string_equal(text, "{\"uid\":\"o\",\"source\":\"local\",\"id\":\"o\",\"name\":\"N\"}");
    back = record_from_json(KIND_ORG, text, &arena, &err);
    assert_true(back && record_same(&bare, back));

    static const char *const bad[] = {"",
                                      "{",
                                      "[]",
                                      "1",
                                      "{\"uid\":\"a\",\"source\":\"b\"}",
                                      "{\"uid\":1,\"source\":\"b\",\"id\":\"c\"}"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        err = (struct err){0};
        assert_null(record_from_json(KIND_ORG, bad[i], &arena, &err));
        assert_string_equal(err.code, "record_json");
    }
    arena_free(&arena);
}

static void test_extra(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    cJSON *object = cJSON_Parse("{\"b\":1,\"A\":[{\"d\":2,\"c\":\"x\"},3],\"a\":null,\"中\":\"\"}");
    assert_string_equal(record_extra(object, &arena),
                        "{\"A\":[{\"c\":\"x\",\"d\":2},3],\"a\":null,\"b\":1,\"中\":\"\"}");
    cJSON_Delete(object);
    object = cJSON_Parse("{}");
    assert_null(record_extra(object, &arena));
    cJSON_Delete(object);
    arena_free(&arena);
}

static void test_copy(void **state)
{
    (void)state;
    struct arena from, to;
    arena_init(&from);
    arena_init(&to);
    struct record r = full_need();
    struct record *copy = record_copy(record_copy(&r, &from, true), &to, true);
    arena_free(&from);
    assert_true(record_same(&r, copy));
    assert_string_equal(copy->value[FIELD_ORG_NAME], "virtual");

    struct record o = {.kind = KIND_ORG, .uid = "o", .source = "local", .id = "o"};
    o.value[FIELD_NAME] = "N";
    o.value[FIELD_CONTACT_NAME] = "sealed";
    assert_null(record_copy(&o, &to, false)->value[FIELD_CONTACT_NAME]);
    assert_string_equal(record_copy(&o, &to, true)->value[FIELD_CONTACT_NAME], "sealed");
    assert_false(record_same(&o, record_copy(&o, &to, false)));
    arena_free(&to);
}

static void test_same(void **state)
{
    (void)state;
    static const char *const two[] = {"o1", "o2"}, *const swapped[] = {"o2", "o1"};
    struct record a = full_need(), b = full_need();
    b.value[FIELD_ORG_NAME] = NULL;
    b.rev = 7;
    assert_true(record_same(&a, &b));
    b.value[FIELD_TARGETS] = "x";
    assert_false(record_same(&a, &b));
    b = full_need();
    b.extra = NULL;
    assert_false(record_same(&a, &b));
    b = full_need();
    a.owners = two, a.n_owners = 2;
    assert_false(record_same(&a, &b));
    b.owners = swapped, b.n_owners = 2;
    assert_false(record_same(&a, &b));
}

static void test_reading(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct record r = full_need(), o = {.kind = KIND_ORG}, b = {.kind = KIND_BOTTLENECK};
    o.value[FIELD_NAME] = "N";
    o.value[FIELD_SUMMARY] = "S";
    assert_string_equal(record_title(&o), "N");
    assert_string_equal(record_text(&o), "S");
    assert_true(record_is_public(&o) && record_is_public(&b) && record_is_public(&r));
    r.value[FIELD_VISIBILITY] = NULL;
    assert_false(record_is_public(&r));
    r.value[FIELD_VISIBILITY] = "registered";
    assert_false(record_is_public(&r));
    assert_float_equal(record_number(&r, FIELD_BUDGET_WAN, -1), 1234567.5, 0);
    assert_float_equal(record_number(&o, FIELD_BUDGET_WAN, -1), -1, 0);
    assert_string_equal(record_uid("local", "7", &arena), "7");
    assert_string_equal(record_uid("sample", "7", &arena), "sample:7");
    struct err err = {0};
    assert_int_equal(record_check(&r, &err), 0);
    assert_int_equal(record_check(&b, &err), -1);
    assert_string_equal(err.code, "record_missing");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),       cmocka_unit_test(test_fields),
        cmocka_unit_test(test_codes),       cmocka_unit_test(test_text),
        cmocka_unit_test(test_code_values), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_dates),       cmocka_unit_test(test_credit_codes),
        cmocka_unit_test(test_limits),      cmocka_unit_test(test_messages),
        cmocka_unit_test(test_json),        cmocka_unit_test(test_extra),
        cmocka_unit_test(test_copy),        cmocka_unit_test(test_same),
        cmocka_unit_test(test_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

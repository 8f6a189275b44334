/* A need's health: what counts as a leak and what does not, and what a diagnosis finds. */
#include "base/base.h"

#include "base/utf8.h"
#include "matcher/health.h"
#include "matcher/leak.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- leaks ----------------------------------------------------------------------------------- */

static const char *const leak_names[] = {"phone", "email",   "chat", "identity",
                                         "bank",  "secrecy", "name"};

/* Exactly one leak of the kind, which is `found` in the text. */
static void expect_leak(const char *text, enum leak_kind kind, const char *found)
{
    struct arena arena;
    struct leak *leaks;
    arena_init(&arena);
    size_t n = leaks_find(text, strlen(text), &arena, &leaks);
    if (n != 1) fail_msg("%zu leaks, not 1, in: %s", n, text);
    if (leaks[0].kind != kind)
        fail_msg("%s, not %s, in: %s", leak_names[leaks[0].kind], leak_names[kind], text);
    assert_string_equal(text_slice(text, strlen(text), leaks[0].span, &arena), found);
    arena_free(&arena);
}

static void expect_none(const char *text)
{
    struct arena arena;
    struct leak *leaks;
    arena_init(&arena);
    if (leaks_find(text, strlen(text), &arena, &leaks))
        fail_msg("%s, which is no leak, in: %s", leak_names[leaks[0].kind], text);
    arena_free(&arena);
}

static void test_phones(void **state)
{
    (void)state;
    static const char *const mobiles[] = {
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "１３８１２３４５６７８",
        "1381 234 5678",
        "1 3 8 1 2 3 4 5 6 7 8",
        "+86 13812345678",
        "8613812345678",
        "0086-13812345678",
        "一三八一二三四五六七八",
        "幺三八幺二三四五六七八",
    };
    char text[200];
    for (size_t i = 0; i < ARRAY_LEN(mobiles); i++) {
        const char *bare = mobiles[i] + (mobiles[i][0] == '+');
        snprintf(text, sizeof text, "有意者请拨%s，谢谢", mobiles[i]);
        expect_leak(text, LEAK_PHONE, bare);
    }
    expect_leak("电话：0512-57301234", LEAK_PHONE, "0512-57301234");
    expect_leak("(0512)57301234转8001", LEAK_PHONE, "0512)57301234");
    expect_leak("010 62771234", LEAK_PHONE, "010 62771234");
    expect_leak("0512-5730-1234", LEAK_PHONE, "0512-5730-1234");
    expect_leak("热线 400-820-8820", LEAK_PHONE, "400-820-8820");
    expect_leak("Tel: 57301234", LEAK_PHONE, "57301234");
    expect_leak("手机号：13812345678 2024年", LEAK_PHONE, "13812345678");
}

static void test_numbers_that_are_no_phones(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "专利号：ZL201721099528.4",
        "专利号：13812345678",
        "专利申请号 201610018402.3、201620026406.1",
        "项目编号：182102110301",
        "按GB/T 22900-2022、GB 32100-2015执行",
        "DB3211/T 1061-2023",
        "型号 FX-13812345678A",
        "料号A13812345678",
        "2024-06-30至2027-06-30",
        "20240630",
        "温度130 1200 1400 1600",
        "转速15000000000r",
        "产值13812345678.5元",
        "粒径0.138 1234 5678",
        "产量13812345678kg",
        "510-515-1000",
        "电话拨打记录、联系人确认情况",
        "微信小程序、公众号",
        "精度0.01-0.05mm，寿命10000-20000h",
        "邮编 215300",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) expect_none(texts[i]);
}

static void test_addresses(void **state)
{
    (void)state;
    expect_leak("请发zhang.san+1@example.com.cn。", LEAK_EMAIL, "zhang.san+1@example.com.cn");
    expect_leak("邮箱ａｂｃ＠ｅｘａｍｐｌｅ．ｃｏｍ", LEAK_EMAIL, "ａｂｃ＠ｅｘａｍｐｌｅ．ｃｏｍ");
    expect_leak("abc(at)example.com", LEAK_EMAIL, "abc(at)example.com");
    expect_leak("abc @ example.com", LEAK_EMAIL, "abc @ example.com");
    expect_leak("微信号：wxid_abc123", LEAK_CHAT, "微信号：wxid_abc123");
    expect_leak("加微信: zhangsan88", LEAK_CHAT, "加微信: zhangsan88");
    expect_leak("QQ：12345678", LEAK_CHAT, "12345678");
    expect_leak("QQ群 123456789", LEAK_CHAT, "123456789");
    expect_none("5 W @ 25 ℃");
    expect_none("50Hz@220V");
    expect_none("对接微信 SDK");
    expect_none("user@localhost");
}

static void test_numbers_of_persons(void **state)
{
    (void)state;
    /* The example of GB 11643, and one with a digit at the end. */
    expect_leak("身份证11010519491231002X", LEAK_IDENTITY, "11010519491231002X");
    expect_leak("440524188001010014, 11010519491231002x", LEAK_IDENTITY, "11010519491231002x");
    expect_none("110105194912310021");
    expect_leak("账号：32250198863600001234", LEAK_BANK, "32250198863600001234");
    expect_leak("6222 0212 3456 7890 128", LEAK_BANK, "6222 0212 3456 7890 128");
    expect_none("6222021234567890129");
    expect_none("统一社会信用代码：91350100M000100Y43");
}

static void test_secrecy(void **state)
{
    (void)state;
    expect_leak("机密★3年\n工艺参数如下", LEAK_SECRECY, "机密");
    expect_leak("【秘密】配方", LEAK_SECRECY, "秘密");
    expect_leak("本文为内部资料。", LEAK_SECRECY, "内部资料");
    expect_leak("以上内容请勿外传", LEAK_SECRECY, "请勿外传");
    expect_leak("STRICTLY CONFIDENTIAL: recipe", LEAK_SECRECY, "STRICTLY CONFIDENTIAL");
    expect_none("按技术秘密方式处理，技术秘密的使用权归甲方");
    expect_none("机密性、完整性和可用性");
    expect_none("机密计算芯片");
    expect_none("产品内部有气泡");
    expect_none("内部应力");
    expect_none("internal use of energy only in the plant");
    expect_none("涉密载体销毁设备");
}

static void test_names(void **state)
{
    (void)state;
    expect_leak("由郭景杰教授负责", LEAK_NAME, "郭景杰教授");
    expect_leak("请找张伟经理", LEAK_NAME, "张伟经理");
    expect_leak("欧阳明先生", LEAK_NAME, "欧阳明先生");
    expect_leak("王女士", LEAK_NAME, "王女士");
    expect_leak("联系人：李建国", LEAK_NAME, "联系人：李建国");
    static const char *const texts[] = {
        "高级工程师19人",
        "项目经理",
        "客户经理",
        "车间主任",
        "院士工作站",
        "教授级高工3人",
        "以青年博士为主",
        "全职教授",
        "在站博士",
        "高校教授团队",
        "专业的博士牵头",
        "联系人确认情况",
        "区域负责人及联系方式",
        "首席教授",
        "项目负责人：待定",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) expect_none(texts[i]);
}

static void test_many_leaks(void **state)
{
    (void)state;
    struct arena arena;
    struct leak *leaks;
    arena_init(&arena);
    size_t copies = 20000, len = 12 * copies;
    char *text = malloc(len + 1);
    assert_non_null(text);
    for (size_t i = 0; i < copies; i++) memcpy(text + 12 * i, "13812345678,", 12);
    text[len] = '\0';
    assert_int_equal(leaks_find(text, len, &arena, &leaks), LEAKS_MAX);
    for (size_t i = 1; i < LEAKS_MAX; i++)
        assert_true(leaks[i].span.begin >= leaks[i - 1].span.end);
    free(text);
    arena_free(&arena);
}

/* ---- diagnoses ------------------------------------------------------------------------------- */

struct fixture {
    struct arena arena;
    struct record need;
    struct health health;
};

static struct health_query query_of(struct fixture *f)
{
    f->need.kind = KIND_NEED;
    return (struct health_query){
        .need = &f->need, .grant_wan = NAN, .solver_wan = NAN, .on = "2026-11-24"};
}

static void diagnose(struct fixture *f)
{
    struct health_query q = query_of(f);
    health_diagnose(&q, &f->arena, &f->health);
}

static const struct finding *found(const struct fixture *f, enum finding_code code)
{
    for (size_t i = 0; i < f->health.n_findings; i++)
        if (f->health.findings[i].code == code) return &f->health.findings[i];
    return NULL;
}

static const struct health_rule *rule(const struct fixture *f, const char *id)
{
    for (size_t i = 0; i < f->health.n_rules; i++)
        if (strcmp(f->health.rules[i].id, id) == 0) return &f->health.rules[i];
    return NULL;
}

static void set_up(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    arena_init(&f->arena);
    f->need.value[FIELD_TITLE] = "大尺寸板级扇出封装翘曲太大";
    f->need.value[FIELD_TEXT] = "用环氧塑封料做板级扇出封装，塑封固化后方板四角上翘，机械手吸不住。"
                                "试过换两家塑封料，只降到2.8mm。用于半导体先进封装产线。";
    f->need.value[FIELD_TARGETS] = "整板翘曲≤1.0mm；芯片偏移≤8μm";
    f->need.value[FIELD_DEADLINE] = "2027-06-30";
    f->need.value[FIELD_BUDGET_WAN] = "320";
    f->need.value[FIELD_TRL] = "5";
}

static void test_a_good_need_is_ready(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    diagnose(&f);
    for (size_t i = 0; i < f.health.n_findings; i++)
        fail_msg("%s", finding_info(f.health.findings[i].code)->code);
    assert_int_equal(f.health.result, HEALTH_READY);
    assert_true(f.health.n_indicators >= 2);
    assert_false(f.health.bidding);
    for (int e = 0; e < ELEMENT_COUNT; e++) {
        assert_true(f.health.elements[e].stated);
        const struct health_quote *q = &f.health.elements[e].quotes[0];
        const char *text = f.need.value[q->field];
        assert_string_equal(text_slice(text, strlen(text), q->span, &f.arena), q->text);
    }
    arena_free(&f.arena);
}

static void test_a_wish_is_not(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    f.need.value[FIELD_TEXT] = "希望进一步提高生产效率，并且把人工减下来，请专家帮忙看看。";
    f.need.value[FIELD_TARGETS] = NULL;
    diagnose(&f);
    assert_int_equal(f.health.result, HEALTH_NEEDS_WORK);
    assert_non_null(found(&f, FINDING_NO_INDICATOR));
    const struct finding *vague = found(&f, FINDING_VAGUE);
    assert_non_null(vague);
    assert_string_equal(vague->quote.text, "提高生产效率");
    assert_int_equal(vague->quote.field, FIELD_TEXT);
    assert_non_null(strstr(finding_question(vague, LANG_ZH, true, &f.arena), "“提高生产效率”"));
    assert_null(strstr(finding_question(vague, LANG_ZH, false, &f.arena), "效率"));
    assert_non_null(strstr(finding_question(vague, LANG_EN, true, &f.arena), "提高生产效率"));
    arena_free(&f.arena);
}

static void test_a_figure_settles_a_wish(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    f.need.value[FIELD_TEXT] = "要求提高良率，现在只有71%，缺陷是环氧塑封料不均匀。半导体产线用。";
    f.need.value[FIELD_TARGETS] = "良率≥92%";
    diagnose(&f);
    assert_null(found(&f, FINDING_VAGUE));
    assert_null(found(&f, FINDING_NO_INDICATOR));
    arena_free(&f.arena);
}

static void test_patents_and_turnover_are_no_indicators(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    f.need.value[FIELD_TARGETS] = "申请发明专利不少于5项；新增产值≥2000万元；培养人才10名";
    diagnose(&f);
    assert_int_equal(f.health.n_indicators, 0);
    arena_free(&f.arena);
}

static void test_what_the_firm_has_is_no_requirement(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    f.need.value[FIELD_TARGETS] = NULL;
    f.need.value[FIELD_TEXT] = "需求内容：\n解决塑封固化后方板翘曲的问题。\n现有工作基础：\n"
                               "公司自研设备定位精度达到±2μm，转速不低于20000r/min。";
    diagnose(&f);
    assert_int_equal(f.health.n_indicators, 0);
    arena_free(&f.arena);
}

static void test_a_prescription_without_a_problem(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    f.need.value[FIELD_TITLE] = "电热电器智能控制";
    f.need.value[FIELD_TEXT] = "采用物联网技术，实现电热电器的终端智能化控制，产品用于家庭。";
    f.need.value[FIELD_TARGETS] = NULL;
    diagnose(&f);
    assert_non_null(found(&f, FINDING_NO_PROBLEM));
    assert_string_equal(found(&f, FINDING_NO_PROBLEM)->quote.text, "采用物联网技术");
    f.need.value[FIELD_TEXT] = "电热电器在家庭使用时经常误报，问题在传感器漂移，拟采用物联网技术。";
    diagnose(&f);
    assert_null(found(&f, FINDING_NO_PROBLEM));
    arena_free(&f.arena);
}

static void test_several_problems(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    f.need.value[FIELD_TEXT] = "需求1：铝型材挤压模具寿命短，需要新的热处理制度。\n"
                               "需求2：食堂餐厨垃圾异味重，希望有低温除臭设备。";
    f.need.value[FIELD_TITLE] = "企业技术需求";
    diagnose(&f);
    assert_non_null(found(&f, FINDING_SEVERAL));
    assert_int_equal(f.health.result, HEALTH_NEEDS_WORK);
    f.need.value[FIELD_TEXT] = "需求1：铝型材挤压模具寿命短，需要新的热处理制度。\n"
                               "需求2：铝型材挤压后表面有划痕，希望改进模具结构。";
    diagnose(&f);
    assert_null(found(&f, FINDING_SEVERAL));
    arena_free(&f.arena);
}

static void test_far_from_a_product(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    f.need.value[FIELD_TRL] = "3";
    diagnose(&f);
    assert_int_equal(f.health.result, HEALTH_LONG_TERM);
    assert_non_null(found(&f, FINDING_LOW_TRL));
    f.need.value[FIELD_TRL] = "4";
    f.need.value[FIELD_DEADLINE] = "2029-11-25"; /* a day more than three years */
    diagnose(&f);
    assert_non_null(found(&f, FINDING_LONG_DEADLINE));
    assert_int_equal(f.health.result, HEALTH_LONG_TERM);
    f.need.value[FIELD_DEADLINE] = "2029-11-24";
    diagnose(&f);
    assert_null(found(&f, FINDING_LONG_DEADLINE));
    f.need.value[FIELD_DEADLINE] = "2026"; /* its last day */
    diagnose(&f);
    assert_null(found(&f, FINDING_PAST_DEADLINE));
    f.need.value[FIELD_DEADLINE] = "2026-10";
    diagnose(&f);
    assert_non_null(found(&f, FINDING_PAST_DEADLINE));
    f.need.value[FIELD_DEADLINE] = NULL;
    f.need.value[FIELD_TARGETS] = NULL;
    f.need.value[FIELD_TITLE] = "转录因子调控细胞重编程的分子机制研究";
    f.need.value[FIELD_TEXT] = "本研究提出假说，认为该信号通路调控细胞命运，需要阐明其机制。";
    diagnose(&f);
    assert_non_null(found(&f, FINDING_BASIC));
    arena_free(&f.arena);
}

static void test_leaks_are_findings(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    f.need.value[FIELD_KEY_TECHNOLOGY] = "低应力塑封料，详询13812345678";
    diagnose(&f);
    const struct finding *leak = &f.health.findings[0];
    assert_int_equal(leak->code, FINDING_LEAK_PHONE);
    assert_int_equal(leak->severity, SEVERITY_MUST);
    assert_int_equal(leak->quote.field, FIELD_KEY_TECHNOLOGY);
    assert_string_equal(leak->quote.text, "13812345678");
    assert_int_equal(f.health.result, HEALTH_NEEDS_WORK);
    arena_free(&f.arena);
}

static void test_rules_of_a_call(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    struct health_query q = query_of(&f);
    q.grant_wan = 80; /* a quarter of the budget */
    q.solver_wan = 32;
    health_diagnose(&q, &f.arena, &f.health);
    assert_true(f.health.bidding);
    assert_int_equal(rule(&f, "kunshan-2024-cap")->status, RULE_MET);
    assert_int_equal(rule(&f, "ganzhou-2023-own")->status, RULE_MET);
    assert_int_equal(rule(&f, "ganzhou-2023-solver")->status, RULE_MET);
    assert_int_equal(rule(&f, "ganzhou-2023-term")->status, RULE_MET);
    assert_int_equal(rule(&f, "ganzhou-2023-indicators")->status, RULE_MET);
    assert_int_equal(rule(&f, "ganzhou-2023-ip")->status, RULE_UNMET);
    assert_int_equal(f.health.result, HEALTH_READY); /* a reference holds nothing back */
    q.grant_wan = 80.01;
    q.solver_wan = NAN;
    health_diagnose(&q, &f.arena, &f.health);
    assert_int_equal(rule(&f, "ganzhou-2023-own")->status, RULE_UNMET);
    assert_int_equal(rule(&f, "ganzhou-2023-solver")->status, RULE_UNKNOWN);
    q.grant_wan = 301;
    health_diagnose(&q, &f.arena, &f.health);
    assert_int_equal(rule(&f, "kunshan-2024-cap")->status, RULE_UNMET);
    assert_int_equal(f.health.result, HEALTH_NEEDS_WORK);
    arena_free(&f.arena);
}

static void test_rules_are_dated(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    struct health_query q = query_of(&f);
    q.grant_wan = 301;
    q.on = "2024-01-06"; /* the day before the city's document */
    health_diagnose(&q, &f.arena, &f.health);
    assert_null(rule(&f, "kunshan-2024-cap"));
    assert_non_null(rule(&f, "ganzhou-2023-own"));
    q.on = "2024-01-07";
    health_diagnose(&q, &f.arena, &f.health);
    assert_non_null(rule(&f, "kunshan-2024-cap"));
    q.on = "2022-12-31";
    health_diagnose(&q, &f.arena, &f.health);
    assert_int_equal(f.health.n_rules, 0);
    arena_free(&f.arena);
}

static void test_empty_and_odd(void **state)
{
    (void)state;
    struct fixture f;
    memset(&f, 0, sizeof f);
    arena_init(&f.arena);
    diagnose(&f);
    assert_int_equal(f.health.result, HEALTH_NEEDS_WORK);
    assert_non_null(found(&f, FINDING_TOO_SHORT));
    for (int e = 0; e < ELEMENT_COUNT; e++) assert_false(f.health.elements[e].stated);
    f.need.value[FIELD_TEXT] = "\xff\xfe\xf0\x9f 需求1：\xe6\xb0";
    diagnose(&f);
    struct health_query q = query_of(&f);
    q.unreadable = (uint64_t)1 << FIELD_DEADLINE;
    health_diagnose(&q, &f.arena, &f.health);
    assert_non_null(found(&f, FINDING_UNREADABLE));
    assert_null(found(&f, FINDING_NO_DEADLINE));
    arena_free(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phones),
        cmocka_unit_test(test_numbers_that_are_no_phones),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_numbers_of_persons),
        cmocka_unit_test(test_secrecy),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_many_leaks),
        cmocka_unit_test(test_a_good_need_is_ready),
        cmocka_unit_test(test_a_wish_is_not),
        cmocka_unit_test(test_a_figure_settles_a_wish),
        cmocka_unit_test(test_patents_and_turnover_are_no_indicators),
        cmocka_unit_test(test_what_the_firm_has_is_no_requirement),
        cmocka_unit_test(test_a_prescription_without_a_problem),
        cmocka_unit_test(test_several_problems),
        cmocka_unit_test(test_far_from_a_product),
        cmocka_unit_test(test_leaks_are_findings),
        cmocka_unit_test(test_rules_of_a_call),
        cmocka_unit_test(test_rules_are_dated),
        cmocka_unit_test(test_empty_and_odd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

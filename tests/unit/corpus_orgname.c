/* Spellings of one organisation have one normal form, two organisations have two. */
#include "base/base.h"

#include "corpus/orgname.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void same_organisation(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"示例科技（昆山）有限公司", "示例科技(昆山)有限公司"},
        {"示例科技有限责任公司", "示例科技有限公司"},
        {" 示例 科技有限公司　", "示例科技有限公司"},
        {"示例ＡＢＣ株式会社", "示例 abc 株式会社"},
        {"示例·控股有限公司", "示例•控股有限公司"},
        {"Example Optics Co., Ltd.", "EXAMPLE OPTICS CO LTD"},
        {"Example Optics Company Limited", "Example Optics Co., Ltd"},
        {"Example Corporation", "Example Corp."},
        {"示例科技有限责任公司昆山分公司", "示例科技有限公司昆山分公司"},
        {"\xEF\xBB\xBF示例大学", "示例大学"},
        {"示例\xE2\x80\x8B大学", "示例大学"},
    };
    struct arena a;
    arena_init(&a);
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        assert_string_equal(org_name_normal(pairs[i][0], &a), org_name_normal(pairs[i][1], &a));
    arena_free(&a);
}

static void different_organisations(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"示例科技有限公司", "示例科技股份有限公司"},
        {"示例科技(昆山)有限公司", "示例科技(苏州)有限公司"},
        {"示例科技有限公司", "示例科技有限公司昆山分公司"},
        {"示例大学", "示例大学医院"},
        {"Example Inc", "Example Ltd"},
        {"示例一〇一所", "示例一一所"},
    };
    struct arena a;
    arena_init(&a);
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        assert_string_not_equal(org_name_normal(pairs[i][0], &a), org_name_normal(pairs[i][1], &a));
    arena_free(&a);
}

static void odd_names(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    assert_string_equal(org_name_normal("", &a), "");
    assert_string_equal(org_name_normal("()", &a), "()");
    assert_string_equal(org_name_normal("Limited", &a), "limited");
    assert_string_equal(org_name_normal("A\xFF"
                                        "B",
                                        &a),
                        "ab");
    arena_free(&a);
}

static void kinds(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"示例大学", "university"},
        {"示例职业技术学院", "university"},
        {"示例大学附属第一医院", "hospital"},
        {"示例科学院自动化研究所", "institute"},
        {"示例大学深圳研究院", "institute"},
        {"示例大学研究院有限公司", "enterprise"},
        {"示例石油(中国)有限公司北京研究中心", "enterprise"},
        {"示例株式会社", "enterprise"},
        {"Example Optics Co., Ltd.", "enterprise"},
        {"University of Example", "university"},
        {"示例产业创新中心", "platform"},
        {"张示例", "other"},
    };
    struct arena a;
    arena_init(&a);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(org_name_kind(org_name_normal(cases[i][0], &a)), cases[i][1]);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_organisation),
        cmocka_unit_test(different_organisations),
        cmocka_unit_test(odd_names),
        cmocka_unit_test(kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

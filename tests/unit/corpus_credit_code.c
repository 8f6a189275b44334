/* The three verdicts on a credit code. */
#include "base/base.h"

#include "corpus/credit_code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static enum credit_code check(const char *text, char out[CREDIT_CODE_BYTES])
{
    return credit_code_check(text, strlen(text), out);
}

/* The worked example of GB 32100-2015 itself, annex: sum 1640, check character 3. */
static void standard_example(void **state)
{
    (void)state;
    char out[CREDIT_CODE_BYTES];
    assert_int_equal(check("91350100M000100Y43", out), CREDIT_CODE_OK);
    assert_string_equal(out, "91350100M000100Y43");
    /* The printed example ends with Z, which is not even in the alphabet. */
    assert_int_equal(check("91350100M000100Y4Z", out), CREDIT_CODE_REJECT);
    assert_string_equal(out, "");
}

static void written_loosely(void **state)
{
    (void)state;
    char out[CREDIT_CODE_BYTES];
    assert_int_equal(check("91350100m000100y43", out), CREDIT_CODE_OK);
    assert_string_equal(out, "91350100M000100Y43");
    assert_int_equal(check(" 9135-0100 M000 100Y43", out), CREDIT_CODE_OK);
    assert_int_equal(check("９１３５０１００Ｍ０００１００Ｙ４３", out), CREDIT_CODE_OK);
    assert_string_equal(out, "91350100M000100Y43");
}

/* Issued in the pilot of 2015 with a character 18 of no known rule. */
static void pilot_codes_warn(void **state)
{
    (void)state;
    static const char *const pilots[] = {"91350100M0001TGQXM", "91350211M0000XUF46",
                                         "91350203M0001FUE2P", "91350203M0001QAY9B"};
    char out[CREDIT_CODE_BYTES];
    for (size_t i = 0; i < ARRAY_LEN(pilots); i++) {
        assert_int_equal(check(pilots[i], out), CREDIT_CODE_WARN);
        assert_string_equal(out, pilots[i]);
    }
}

static void others_are_rejected(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "9135",
        "91350100M000100Y4",   /* 17 */
        "91350100M000100Y433", /* 19 */
        "91350100M000100Y33",  /* the inner check fails */
        "9135O100M000100Y43",  /* O for 0 */
        "913A0100M000100Y43",  /* a letter in the division */
        "91350100M000100Y4\x80",
        "无",
        "330106000000001", /* the old registration number */
    };
    char out[CREDIT_CODE_BYTES];
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(check(bad[i], out), CREDIT_CODE_REJECT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_example),
        cmocka_unit_test(written_loosely),
        cmocka_unit_test(pilot_codes_warn),
        cmocka_unit_test(others_are_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

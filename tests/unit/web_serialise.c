/* The JSON writer, and the one rule of what a reader may see. */
#include "base/base.h"

#include "web/serialise.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *number(struct str *out, double x)
{
    struct json j;
    str_clear(out);
    json_init(&j, out);
    json_double(&j, x);
    return out->data;
}

static void test_numbers_are_short_and_exact(void **state)
{
    (void)state;
    struct str out;
    struct json j;
    str_init(&out);
    assert_string_equal(number(&out, 0.1), "0.1");
    assert_string_equal(number(&out, -0.0), "0");
    assert_string_equal(number(&out, 1e300), "1e+300");
    assert_string_equal(number(&out, (double)NAN), "null");
    assert_string_equal(number(&out, (double)INFINITY), "null");
    static const double values[] = {1.0 / 3, 4.000018700957298, 5e-324, 1.7976931348623157e308};
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        assert_true(strtod(number(&out, values[i]), NULL) == values[i]);
    str_clear(&out);
    json_init(&j, &out);
    json_float(&j, 0.06f);
    assert_string_equal(out.data, "0.06");
    str_free(&out);
}

static void test_strings_are_escaped(void **state)
{
    (void)state;
    struct str out;
    struct json j;
    str_init(&out);
    json_init(&j, &out);
    json_array(&j);
    json_string(&j, "a\"b\\c\n\t\x01");
    json_string(&j, "中文 \xff!");
    json_string(&j, NULL);
    json_end_array(&j);
    assert_string_equal(out.data, "[\"a\\\"b\\\\c\\n\\t\\u0001\",\"中文 \\ufffd!\",null]");
    str_free(&out);
}

static struct record record_of(enum kind kind, const char *visibility)
{
    struct record r = {.kind = kind, .uid = "u", .source = "local", .id = "u", .rev = 1};
    for (int f = 0; f < FIELD_COUNT; f++)
        if (field_of_kind((enum field)f, kind)) r.value[f] = field_info((enum field)f)->name;
    r.value[FIELD_VISIBILITY] = field_of_kind(FIELD_VISIBILITY, kind) ? visibility : NULL;
    return r;
}

/* Every field of every kind, for every reader: a new field is sealed until this test is told. */
static void test_who_sees_which_field(void **state)
{
    (void)state;
    static const char open[] = " name title kind industry chain trl year deadline visibility ";
    static const struct rights *const readers[] = {&rights_reader, &rights_writer, &rights_owner};
    static const char *const visibilities[] = {"public", "registered", "invited", NULL};
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        for (size_t v = 0; v < ARRAY_LEN(visibilities); v++) {
            struct record r = record_of((enum kind)kind, visibilities[v]);
            for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
                struct serialiser s = {.rights = *readers[i]};
                for (int f = 0; f < FIELD_COUNT; f++) {
                    if (!r.value[f]) continue;
                    const struct field_info *info = field_info((enum field)f);
                    char word[40];
                    snprintf(word, sizeof word, " %s ", info->name);
                    bool contact = strncmp(info->name, "contact_", 8) == 0;
                    /* Of an introduction or proposal a reader sees nothing but the title. */
                    bool hidden = kind == KIND_INTRODUCTION || kind == KIND_PROPOSAL;
                    bool is_public = kind == KIND_ORG || kind == KIND_BOTTLENECK ||
                                     kind == KIND_CONSORTIUM || (!hidden && v == 0);
                    bool may = contact ? i == 2 : i > 0 || is_public || strstr(open, word);
                    bool sees = serialise_value(&s, &r, (enum field)f) != NULL;
                    if (sees != may)
                        fail_msg("%s.%s visibility %s reader %zu: %d", kind_name((enum kind)kind),
                                 info->name, visibilities[v] ? visibilities[v] : "none", i, sees);
                }
            }
        }
    }
}

static void test_closed_overrides_the_record(void **state)
{
    (void)state;
    struct record r = record_of(KIND_NEED, "public");
    struct serialiser s = {.rights = rights_reader, .closed = true};
    assert_null(serialise_value(&s, &r, FIELD_TEXT));
    assert_non_null(serialise_value(&s, &r, FIELD_TITLE));
    s.rights = rights_writer;
    assert_non_null(serialise_value(&s, &r, FIELD_TEXT));
}

static void test_parser_refuses_what_is_no_object(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      "[]",         "{",      "{} x",
                                      "\"s\"", "{\"a\":1,}", "\xff{}", "{\"a\":\"\\u0000\"}"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err err = {0};
        assert_null(json_parse_object(bad[i], strlen(bad[i]), &err));
        assert_int_equal(err.kind, ERR_INVALID);
    }
    cJSON *good = json_parse_object(" {\"a\":1} \n", 10, NULL);
    assert_non_null(good);
    cJSON_Delete(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_short_and_exact),
        cmocka_unit_test(test_strings_are_escaped),
        cmocka_unit_test(test_who_sees_which_field),
        cmocka_unit_test(test_closed_overrides_the_record),
        cmocka_unit_test(test_parser_refuses_what_is_no_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Objects by line, an array over lines, and what the JSON library alone would let pass. */
#include "base/base.h"

#include "base/mem.h"
#include "corpus/jsonl.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* All rows: line and object, or line and code of what is wrong. */
static char *rows_of(const char *data, size_t len)
{
    struct str out;
    str_init(&out);
    char *copy = mem_dup(data, len);
    struct jsonl j;
    jsonl_init(&j, copy, len);
    for (;;) {
        struct jsonl_row row;
        struct err err = {0};
        int rc = jsonl_next(&j, &row, &err);
        if (rc == 0) break;
        char *text = rc < 0 ? NULL : cJSON_PrintUnformatted(row.object);
        str_addf(&out, "%s%zu:%s", out.len ? " " : "", row.line, rc < 0 ? err.code : text);
        free(text);
    }
    jsonl_free(&j);
    free(copy);
    return str_take(&out);
}

static void expect(const char *text, const char *rows)
{
    char *got = rows_of(text, strlen(text));
    assert_string_equal(got, rows);
    free(got);
}

static void lines(void **state)
{
    (void)state;
    expect("{\"a\": 1}\n{\"b\": [\"x\", null]}", "1:{\"a\":1} 2:{\"b\":[\"x\",null]}");
    expect("\n\r\n{\"a\":{}}\r\n  \n {\"b\":true} \n", "3:{\"a\":{}} 5:{\"b\":true}");
    expect("\xEF\xBB\xBF{}", "1:{}");
    expect("{\"a\":\"\\ud83d\\ude00 \\\\u0000 \\\"\"}", "1:{\"a\":\"😀 \\\\u0000 \\\"\"}");
    expect("", "");
}

static void array(void **state)
{
    (void)state;
    expect("[]", "");
    expect(" [\n {\"a\": \"]},\"},\n\n {\n  \"b\": [1, [2]]\n }\n]\n",
           "2:{\"a\":\"]},\"} 4:{\"b\":[1,[2]]}");
    expect("[{\"a\":1},\n7,{\"b\":2}]", "1:{\"a\":1} 2:jsonl_not_object 2:{\"b\":2}");
    expect("[{\"a\":1}\n", "1:{\"a\":1} 2:jsonl_array_end");
    expect("[{\"a\":1}] x", "1:{\"a\":1} 1:jsonl_array_end");
    expect("[{\"a\":1},]", "1:{\"a\":1} 1:jsonl_syntax");
    expect("[,{}]", "1:jsonl_syntax 1:{}");
}

static void bad_lines_and_those_behind(void **state)
{
    (void)state;
    expect("{\"a\":\n{}\n", "1:jsonl_syntax 2:{}");
    expect("[1]\n", "1:jsonl_not_object");
    expect("{}\n[1]\n\"x\"\n{} {}\n{}",
           "1:{} 2:jsonl_not_object 3:jsonl_not_object 4:jsonl_syntax 5:{}");
    expect("{\"a\":1,\"b\":2,\"a\":3}\n{\"x\":{\"a\":1,\"a\":1}}\n{\"x\":[{\"a\":1},{\"a\":1}]}",
           "1:jsonl_duplicate_key 2:jsonl_duplicate_key 3:{\"x\":[{\"a\":1},{\"a\":1}]}");
    expect("{\"a\":\"\xFF\"}\n{}", "1:import_bad_utf8 2:{}");
    expect("{\"a\":\"x\\u0000y\"}\n{\"\\u0000\":1}", "1:import_nul 2:import_nul");
    expect("{\"a\":\"\\ud83d\"}", "1:jsonl_syntax");
    static const char nul[] = "{\"a\":\"\0\"}\n{}";
    char *got = rows_of(nul, sizeof nul - 1);
    assert_string_equal(got, "1:import_nul 2:{}");
    free(got);
}

static void numbers(void **state)
{
    (void)state;
    expect("{\"a\":[0,-1.5e3,123456789012345]}", "1:{\"a\":[0,-1500,123456789012345]}");
    /* An identifier keeps its digits. */
    expect("{\"a\":12345678901234567890,\"b\":[-0.1234567890123456]}",
           "1:{\"a\":\"12345678901234567890\",\"b\":[\"-0.1234567890123456\"]}");
    static const char *const bad[] = {"007",   "-01", "1.",  "1.e5", ".5", "+1",
                                      "1e999", "1-2", "0x1", "-",    "1e", "NaN"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct str line;
        str_init(&line);
        str_addf(&line, "{\"a\":%s}", bad[i]);
        expect(line.data, "1:jsonl_syntax");
        str_free(&line);
    }
}

static void limits(void **state)
{
    (void)state;
    struct str text;
    str_init(&text);
    str_adds(&text, "{\"a\":");
    for (int i = 1; i < JSONL_MAX_DEPTH; i++) str_addc(&text, '[');
    for (int i = 1; i < JSONL_MAX_DEPTH; i++) str_addc(&text, ']');
    str_adds(&text, "}\n{\"a\":");
    for (int i = 0; i < 100000; i++) str_addc(&text, '[');
    char *got = rows_of(text.data, text.len);
    assert_non_null(strstr(got, "2:jsonl_depth"));
    assert_null(strstr(got, "1:jsonl"));
    free(got);

    str_clear(&text);
    str_adds(&text, "{\"a\":\"");
    str_reserve(&text, JSONL_MAX_LINE);
    memset(text.data + text.len, 'x', JSONL_MAX_LINE);
    text.len += JSONL_MAX_LINE;
    str_adds(&text, "\"}\n{}");
    got = rows_of(text.data, text.len);
    assert_string_equal(got, "1:jsonl_line_too_long 2:{}");
    free(got);
    str_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(array),
        cmocka_unit_test(bad_lines_and_those_behind),
        cmocka_unit_test(numbers),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

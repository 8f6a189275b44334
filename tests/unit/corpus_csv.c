/* RFC 4180, the liberties taken with it, and each thing that can be wrong. */
#include "base/base.h"

#include "base/mem.h"
#include "base/str.h"
#include "corpus/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* All rows as text: cells in brackets, rows by line; a bad row is its line and code. */
static char *rows_of_bytes(const char *data, size_t len, char delimiter)
{
    struct str out;
    str_init(&out);
    /* A copy of exactly the length, so that the sanitizers see a read past the end. */
    char *copy = mem_dup(data, len);
    struct arena arena;
    arena_init(&arena);
    struct csv csv;
    csv_init(&csv, copy, len, delimiter);
    for (;;) {
        struct csv_row row;
        struct err err = {0};
        int rc = csv_next(&csv, &arena, &row, &err);
        if (rc == 0) break;
        str_addf(&out, "%s%zu:", out.len ? " " : "", row.line);
        if (rc < 0) str_addf(&out, "!%s", err.code);
        for (size_t i = 0; rc > 0 && i < row.n; i++)
            str_addf(&out, "[%.*s]", (int)row.cell[i].len, row.cell[i].text);
    }
    arena_free(&arena);
    free(copy);
    return str_take(&out);
}

static void expect(const char *text, const char *rows)
{
    char *got = rows_of_bytes(text, strlen(text), 0);
    assert_string_equal(got, rows);
    free(got);
}

static void rfc_4180(void **state)
{
    (void)state;
    expect("a,b\r\n1,2\r\n", "1:[a][b] 2:[1][2]");
    expect("a,b\r\n1,2", "1:[a][b] 2:[1][2]");
    expect("a,,\n,,c\n", "1:[a][][] 2:[][][c]");
    expect("\"a,b\",\"c \"\"d\"\"\"\n", "1:[a,b][c \"d\"]");
    expect("\"\",\"\"\"\"\n", "1:[][\"]");
    expect("\"x\r\ny\",2\n3,4\n", "1:[x\r\ny][2] 3:[3][4]");
    expect(" a , b\n", "1:[ a ][ b]");
    expect("", "");
}

static void line_ends_and_blanks(void **state)
{
    (void)state;
    expect("a\rb\r\nc\nd", "1:[a] 2:[b] 3:[c] 4:[d]");
    expect("\n\r\n  \na\n\n \t \nb\n\n", "4:[a] 7:[b]");
    expect("\xEF\xBB\xBF"
           "a,b\n",
           "1:[a][b]");
    expect("\"a\rb\"\rc", "1:[a\rb] 3:[c]");
}

static void delimiters(void **state)
{
    (void)state;
    expect("a;b\n1;2,5\n", "1:[a][b] 2:[1][2,5]");
    expect("a\tb\n1\t2;5\n", "1:[a][b] 2:[1][2;5]");
    expect("a\tb;c,d\n", "1:[a\tb;c][d]");
    expect("a\tb\n\t\n\t2\n", "1:[a][b] 2:[][] 3:[][2]");
    char *got = rows_of_bytes("a;b\n", 4, ',');
    assert_string_equal(got, "1:[a;b]");
    free(got);
}

static void liberties(void **state)
{
    (void)state;
    expect("5\" pipe,a\"b\"\n", "1:[5\" pipe][a\"b\"]");
    expect("1, \"a,b\" ,2\n", "1:[1][a,b][2]");
}

static void bad_rows_and_those_behind(void **state)
{
    (void)state;
    expect("a\n\"b\"c\"d\nok\n", "1:[a] 2:!csv_after_quote 3:[ok]");
    expect("a\nb\n\"c\nd\ne\n", "1:[a] 2:[b] 3:!csv_unclosed_quote");
    expect("a\n\xFF\nok\n", "1:[a] 2:!import_bad_utf8 3:[ok]");
    static const char nul[] = "a\nb\0c,d\n\"e\0\nf\"\nok\n";
    char *got = rows_of_bytes(nul, sizeof nul - 1, 0);
    assert_string_equal(got, "1:[a] 2:!import_nul 3:!import_nul 5:[ok]");
    free(got);
}

static void unclosed_quote_tells_where_it_opened(void **state)
{
    (void)state;
    const char *text = "a,b\n1,\"x\ny\",\"z\n\n\n";
    struct arena arena;
    arena_init(&arena);
    struct csv csv;
    struct csv_row row;
    struct err err = {0};
    csv_init(&csv, text, strlen(text), 0);
    assert_int_equal(csv_next(&csv, &arena, &row, &err), 1);
    assert_int_equal(csv_next(&csv, &arena, &row, &err), -1);
    assert_int_equal(row.line, 2);
    assert_string_equal(err.text[LANG_EN], "the quote opened in line 3 is never closed");
    assert_int_equal(csv_next(&csv, &arena, &row, &err), 0);
    arena_free(&arena);
}

static void limits(void **state)
{
    (void)state;
    struct str text;
    str_init(&text);
    str_adds(&text, "a\n");
    for (size_t i = 0; i < CSV_MAX_FIELD; i++) str_addc(&text, 'x');
    char *got = rows_of_bytes(text.data, text.len, 0);
    assert_int_equal(strlen(got), CSV_MAX_FIELD + strlen("1:[a] 2:[]"));
    free(got);
    str_adds(&text, "x,\n\"");
    for (size_t i = 0; i < 50u << 20; i += 64)
        str_adds(&text, "\"\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    str_adds(&text, "\"\nok\n");
    got = rows_of_bytes(text.data, text.len, 0);
    assert_string_equal(got, "1:[a] 2:!csv_field_too_long 3:!csv_field_too_long 4:[ok]");
    free(got);

    str_clear(&text);
    for (size_t i = 0; i < CSV_MAX_COLUMNS; i++) str_adds(&text, ",");
    str_adds(&text, "\nok\n");
    got = rows_of_bytes(text.data, text.len, ',');
    assert_string_equal(got, "1:!csv_too_many_columns 2:[ok]");
    free(got);
    str_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_4180),
        cmocka_unit_test(line_ends_and_blanks),
        cmocka_unit_test(delimiters),
        cmocka_unit_test(liberties),
        cmocka_unit_test(bad_rows_and_those_behind),
        cmocka_unit_test(unclosed_quote_tells_where_it_opened),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

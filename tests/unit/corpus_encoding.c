/* Each encoding that is understood, and the ones that must not be mistaken for it. */
#include "base/base.h"

#include "corpus/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static int convert(const char *bytes, size_t len, bool keep_damaged, struct str *out,
                   enum encoding *found, struct err *err)
{
    *err = (struct err){0};
    str_init(out);
    str_add(out, bytes, len);
    return encoding_to_utf8(out, keep_damaged, found, err);
}

#define BYTES(literal) (literal), sizeof(literal) - 1

static void expect(const char *bytes, size_t len, enum encoding encoding, const char *text)
{
    struct str out;
    enum encoding found;
    struct err err;
    assert_int_equal(convert(bytes, len, false, &out, &found, &err), 0);
    assert_int_equal(found, encoding);
    assert_string_equal(out.data, text);
    assert_int_equal(out.len, strlen(text));
    str_free(&out);
}

static void expect_error(const char *bytes, size_t len, const char *code)
{
    struct str out;
    enum encoding found;
    struct err err;
    assert_int_equal(convert(bytes, len, false, &out, &found, &err), -1);
    assert_string_equal(err.code, code);
    str_free(&out);
}

static void utf8(void **state)
{
    (void)state;
    expect(BYTES(""), ENCODING_UTF8, "");
    expect(BYTES("id,需求\n"), ENCODING_UTF8, "id,需求\n");
    expect(BYTES("\xEF\xBB\xBFid,需求\n"), ENCODING_UTF8, "id,需求\n");
    expect(BYTES("\xEF\xBB\xBF"), ENCODING_UTF8, "");
}

static void gb18030(void **state)
{
    (void)state;
    expect(BYTES("id,\xD0\xE8\xC7\xF3\xC3\xFB\xB3\xC6\n"), ENCODING_GB18030, "id,需求名称\n");
    /* GBK beyond GB2312, four-byte GB18030 (U+20000), the euro sign, full-width punctuation. */
    expect(BYTES("\xC9\xCF\xBA\xA3\xE9\x46\xA3\xA8\x95\x32\x82\x36\xA3\xA9\xA1\xE6"),
           ENCODING_GB18030, "上海镕（𠀀）℃");
    expect(BYTES("\xBE\xAB\xB6\xC8\xA1\xDC"
                 "0.01mm"),
           ENCODING_GB18030, "精度≤0.01mm");
}

static void utf16(void **state)
{
    (void)state;
    expect(BYTES("\xFF\xFEi\0d\0\x00\x97\n\0"), ENCODING_UTF16, "id需\n");
    expect(BYTES("\xFE\xFF\0i\0d\x97\x00\0\n"), ENCODING_UTF16, "id需\n");
    expect_error(BYTES("\xFF\xFEi\0\n\0\0\xD8x\0"), "encoding_utf16");
    expect_error(BYTES("\xFF\xFEi\0d"), "encoding_utf16");
}

static void neither(void **state)
{
    (void)state;
    expect_error(BYTES("name\ncaf\xE9\n"), "encoding_unknown");
    expect_error(BYTES("name\nd\xE9j\xE0 vu, na\xEFve\n"), "encoding_unknown");
    /* Shift JIS and Big5 of a few words. */
    expect_error(BYTES("\x8B\x40\x8A\x42\x83\x68\x83\x89\x83\x43\x83\x6F\x81\x5B\n"),
                 "encoding_unknown");
    expect_error(BYTES("\xD0\xE8\xC7\n"), "encoding_unknown");
}

/* Damaged UTF-8 decodes as GB18030 to other characters; nobody may get those. */
static void damaged_utf8(void **state)
{
    (void)state;
    static const char damaged[] = "id,title\n1,需求名称\n2,技\xE6\x9C\n3,精度\n";
    struct str out;
    enum encoding found;
    struct err err;
    assert_int_equal(convert(BYTES(damaged), false, &out, &found, &err), -1);
    assert_string_equal(err.code, "encoding_damaged");
    assert_non_null(strstr(err.text[LANG_EN], "line 3"));
    str_free(&out);
    assert_int_equal(convert(BYTES(damaged), true, &out, &found, &err), 0);
    assert_int_equal(found, ENCODING_UTF8_DAMAGED);
    assert_string_equal(out.data, damaged);
    str_free(&out);
}

static void not_text(void **state)
{
    (void)state;
    expect_error(BYTES("PK\3\4\x14\0\6\0"), "encoding_workbook");
    expect_error(BYTES("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "encoding_workbook");
    expect_error(BYTES("%PDF-1.7\n"), "encoding_binary");
    expect_error(BYTES("\0\1\0\2\0\3\0\4\0\5\0\6"), "encoding_binary");
    /* One NUL is a damaged row, which the reader of rows tells with its line. */
    struct str out;
    enum encoding found;
    struct err err;
    assert_int_equal(convert(BYTES("a,b\n1,\0\n"), false, &out, &found, &err), 0);
    str_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8),    cmocka_unit_test(gb18030),      cmocka_unit_test(utf16),
        cmocka_unit_test(neither), cmocka_unit_test(damaged_utf8), cmocka_unit_test(not_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

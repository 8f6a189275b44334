#include "base/base.h"

#include "base/utf8.h"
#include "corpus/encoding.h"
#include "corpus/messages.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

static size_t line_of(const char *s, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++) line += s[i] == '\n';
    return line;
}

static bool starts_with(const struct str *s, const char *magic, size_t len)
{
    return s->len >= len && memcmp(s->data, magic, len) == 0;
}

static int refuse_binary(const struct str *s, struct err *err)
{
    if (starts_with(s, "PK\3\4", 4) || starts_with(s, "\xD0\xCF\x11\xE0", 4) ||
        starts_with(s, "\x1F\x8B", 2))
        return err_set(err, ERR_INVALID, MSG_ENCODING_WORKBOOK);
    /* A stray NUL is one damaged row; many in the first bytes are no text at all. */
    size_t nuls = 0, probe = MIN(s->len, (size_t)4096);
    for (size_t i = 0; i < probe; i++) nuls += s->data[i] == '\0';
    if (starts_with(s, "%PDF-", 5) ||
        starts_with(s,
                    "\x7F"
                    "ELF",
                    4) ||
        starts_with(s, "\x89PNG", 4) || nuls > 4 + probe / 64)
        return err_set(err, ERR_INVALID, MSG_ENCODING_BINARY);
    return 0;
}

/* Converts from the byte `from` on; 0, or -1 with *at the offset of the first bad byte. */
static int convert(const struct str *in, size_t from, const char *charset, struct str *out,
                   size_t *at)
{
    iconv_t cd = iconv_open("UTF-8", charset);
    if (cd == (iconv_t)-1) {
        *at = from;
        return -1;
    }
    char *src = in->data + from;
    size_t left = in->len - from;
    int rc = 0;
    while (left && rc == 0) {
        str_reserve(out, MAX(left + left / 2, (size_t)64));
        char *dst = out->data + out->len;
        size_t room = out->cap - out->len - 1;
        size_t n = iconv(cd, &src, &left, &dst, &room);
        out->len = (size_t)(dst - out->data);
        out->data[out->len] = '\0';
        if (n == (size_t)-1 && errno != E2BIG) rc = -1;
    }
    iconv_close(cd);
    *at = in->len - left;
    return rc;
}

/* Of the bytes beyond ASCII, how many are in UTF-8 sequences, how many are not? */
static void count_utf8(const struct str *s, size_t *valid, size_t *invalid)
{
    *valid = *invalid = 0;
    for (const char *p = s->data, *end = p + s->len; p < end;) {
        uint32_t cp;
        size_t n = utf8_decode(p, end, &cp);
        if (n > 1)
            *valid += n;
        else if ((unsigned char)*p >= 0x80)
            *invalid += 1;
        p += n;
    }
}

/* Symbols and ideographs that Chinese business text is made of. What other 8-bit encodings turn
 * into under GB18030 is often private use or other scripts. */
static bool in_use(uint32_t cp)
{
    return utf8_is_han(cp) || (cp >= 0x3000 && cp <= 0x303F) || (cp >= 0xFF01 && cp <= 0xFFE5) ||
           (cp >= 0x2010 && cp <= 0x2640) || (cp >= 0x391 && cp <= 0x3C9) || cp == 0xB0 ||
           cp == 0xB1 || cp == 0xB7 || cp == 0xD7 || cp == 0xF7;
}

static bool is_in_use(const struct str *utf8)
{
    size_t used = 0, other = 0;
    for (const char *p = utf8->data, *end = p + utf8->len; p < end;) {
        uint32_t cp;
        p += utf8_decode(p, end, &cp);
        if (cp >= 0x80) *(in_use(cp) ? &used : &other) += 1;
    }
    return used >= 4 * other;
}

/* The 6763 ideographs of GB2312 are in rows B0 to F7 and its symbols in A1 to A9, second bytes from
 * A1; they are all but a few of a modern text. Shift JIS and Big5 land mostly elsewhere. */
static bool is_gb2312_mostly(const struct str *s)
{
    size_t common = 0, rare = 0;
    for (size_t i = 0; i + 1 < s->len; i++) {
        unsigned char lead = (unsigned char)s->data[i], trail = (unsigned char)s->data[i + 1];
        if (lead < 0x80) continue;
        bool row = (lead >= 0xB0 && lead <= 0xF7) || (lead >= 0xA1 && lead <= 0xA9);
        *(row && trail >= 0xA1 ? &common : &rare) += 1;
        i += trail >= '0' && trail <= '9' ? 3 : 1;
    }
    return common > rare;
}

static void replace(struct str *bytes, struct str *by)
{
    str_free(bytes);
    *bytes = *by;
    str_init(by);
}

static int from_utf16(struct str *bytes, const char *charset, struct err *err)
{
    struct str out;
    str_init(&out);
    size_t at;
    if (convert(bytes, 2, charset, &out, &at) != 0) {
        err_set(err, ERR_INVALID, MSG_ENCODING_UTF16, line_of(out.data, out.len));
        str_free(&out);
        return -1;
    }
    replace(bytes, &out);
    return 0;
}

static int from_gb18030(struct str *bytes, struct err *err)
{
    struct str out;
    str_init(&out);
    size_t at;
    int rc = convert(bytes, 0, "GB18030", &out, &at);
    if (rc == 0 && is_in_use(&out) && is_gb2312_mostly(bytes))
        replace(bytes, &out);
    else
        rc = err_set(err, ERR_INVALID, MSG_ENCODING_UNKNOWN,
                     line_of(bytes->data, rc == 0 ? utf8_check(bytes->data, bytes->len) : at));
    str_free(&out);
    return rc;
}

int encoding_to_utf8(struct str *bytes, bool keep_damaged, enum encoding *found, struct err *err)
{
    if (starts_with(bytes, "\xFF\xFE", 2) || starts_with(bytes, "\xFE\xFF", 2)) {
        *found = ENCODING_UTF16;
        return from_utf16(bytes, bytes->data[0] == '\xFF' ? "UTF-16LE" : "UTF-16BE", err);
    }
    if (refuse_binary(bytes, err) != 0) return -1;
    if (starts_with(bytes, "\xEF\xBB\xBF", 3)) {
        bytes->len -= 3;
        memmove(bytes->data, bytes->data + 3, bytes->len + 1);
    }
    *found = ENCODING_UTF8;
    size_t bad = utf8_check(bytes->data, bytes->len);
    if (bad == bytes->len) return 0;

    size_t valid, invalid;
    count_utf8(bytes, &valid, &invalid);
    if (valid <= invalid) {
        *found = ENCODING_GB18030;
        return from_gb18030(bytes, err);
    }
    *found = ENCODING_UTF8_DAMAGED;
    if (keep_damaged) return 0;
    return err_set(err, ERR_INVALID, MSG_ENCODING_DAMAGED, line_of(bytes->data, bad));
}

#include "base/base.h"

#include "base/utf8.h"

size_t utf8_decode(const char *s, const char *end, uint32_t *cp)
{
    const unsigned char *p = (const unsigned char *)s;
    size_t room = (size_t)(end - s), n;
    uint32_t c = p[0], least;
    *cp = 0xFFFD;
    if (c < 0x80) {
        *cp = c;
        return 1;
    }
    if ((c & 0xE0) == 0xC0)
        n = 2, c &= 0x1F, least = 0x80;
    else if ((c & 0xF0) == 0xE0)
        n = 3, c &= 0x0F, least = 0x800;
    else if ((c & 0xF8) == 0xF0)
        n = 4, c &= 0x07, least = 0x10000;
    else
        return 1;
    if (room < n) return 1;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) return 1;
        c = c << 6 | (p[i] & 0x3F);
    }
    if (c < least || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return 1;
    *cp = c;
    return n;
}

size_t utf8_encode(uint32_t cp, char *out)
{
    unsigned char *p = (unsigned char *)out;
    if (cp < 0x80) {
        p[0] = (unsigned char)cp;
        return 1;
    }
    if (cp < 0x800) {
        p[0] = (unsigned char)(0xC0 | cp >> 6);
        p[1] = (unsigned char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        p[0] = (unsigned char)(0xE0 | cp >> 12);
        p[1] = (unsigned char)(0x80 | (cp >> 6 & 0x3F));
        p[2] = (unsigned char)(0x80 | (cp & 0x3F));
        return 3;
    }
    p[0] = (unsigned char)(0xF0 | cp >> 18);
    p[1] = (unsigned char)(0x80 | (cp >> 12 & 0x3F));
    p[2] = (unsigned char)(0x80 | (cp >> 6 & 0x3F));
    p[3] = (unsigned char)(0x80 | (cp & 0x3F));
    return 4;
}

size_t utf8_check(const char *s, size_t len)
{
    const char *end = s + len;
    for (const char *p = s; p < end;) {
        uint32_t cp;
        size_t n = utf8_decode(p, end, &cp);
        if (n == 1 && (unsigned char)*p >= 0x80) return (size_t)(p - s);
        p += n;
    }
    return len;
}

size_t utf8_count(const char *s, size_t len)
{
    size_t count = 0;
    uint32_t cp;
    for (const char *p = s, *end = s + len; p < end; count++) p += utf8_decode(p, end, &cp);
    return count;
}

size_t utf8_floor(const char *s, size_t at)
{
    while (at > 0 && ((unsigned char)s[at] & 0xC0) == 0x80) at--;
    return at;
}

size_t utf8_offset(const char *s, size_t len, size_t n)
{
    const char *p = s, *end = s + len;
    uint32_t cp;
    while (n-- && p < end) p += utf8_decode(p, end, &cp);
    return (size_t)(p - s);
}

bool utf8_is_han(uint32_t cp)
{
    return (cp >= 0x4E00 && cp <= 0x9FFF) || (cp >= 0x3400 && cp <= 0x4DBF) ||
           (cp >= 0xF900 && cp <= 0xFAFF) || (cp >= 0x20000 && cp <= 0x323AF) || cp == 0x3007;
}

uint32_t utf8_plain(uint32_t cp)
{
    if (cp >= 0xFF01 && cp <= 0xFF5E) return cp - 0xFEE0;
    switch (cp) {
    case '\t':
    case 0x00A0:
    case 0x2002:
    case 0x2003:
    case 0x2009:
    case 0x202F:
    case 0x3000: return ' ';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212:
    case 0x2500: return '-';
    default: return cp;
    }
}

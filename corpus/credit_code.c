#include "base/base.h"

#include "base/utf8.h"
#include "corpus/credit_code.h"

#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/* Value in the alphabet of GB 32100, or -1. */
static int outer_value(char c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

/* GB 11714 counts letters through the whole alphabet: A is 10, Z is 35. */
static int inner_value(char c)
{
    return c <= '9' ? c - '0' : c - 'A' + 10;
}

static bool outer_holds(const char *code)
{
    int sum = 0, weight = 1;
    for (int i = 0; i < 17; i++, weight = weight * 3 % 31) sum += outer_value(code[i]) * weight;
    return code[17] == alphabet[(31 - sum % 31) % 31];
}

static bool inner_holds(const char *code)
{
    static const int weight[8] = {3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < 8; i++) sum += inner_value(code[8 + i]) * weight[i];
    return code[16] == "0123456789X"[(11 - sum % 11) % 11];
}

/* The canonical characters; false when there are not 18 of them. */
static bool canonical(const char *text, size_t len, char out[CREDIT_CODE_BYTES])
{
    size_t n = 0;
    for (const char *p = text, *end = text + len; p < end;) {
        uint32_t cp;
        p += utf8_decode(p, end, &cp);
        if (cp >= 0xFF01 && cp <= 0xFF5E) cp -= 0xFEE0;
        if (cp == ' ' || cp == '\t' || cp == '-' || cp == 0x3000 || cp == 0xA0) continue;
        if (cp >= 'a' && cp <= 'z') cp -= 'a' - 'A';
        if (cp >= 0x80 || n == CREDIT_CODE_BYTES - 1) return false;
        out[n++] = (char)cp;
    }
    out[n] = '\0';
    return n == CREDIT_CODE_BYTES - 1;
}

enum credit_code credit_code_check(const char *text, size_t len, char out[CREDIT_CODE_BYTES])
{
    if (!canonical(text, len, out)) goto reject;
    for (int i = 0; i < 18; i++)
        if (outer_value(out[i]) < 0 || (i >= 2 && i < 8 && out[i] > '9')) goto reject;
    if (!inner_holds(out)) goto reject;
    return outer_holds(out) ? CREDIT_CODE_OK : CREDIT_CODE_WARN;
reject:
    out[0] = '\0';
    return CREDIT_CODE_REJECT;
}

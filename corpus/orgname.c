#include "base/base.h"

#include "base/utf8.h"
#include "corpus/orgname.h"

#include <string.h>

struct alias {
    const char *from, *to;
};

static const struct alias han_aliases[] = {
#define HAN_ALIAS(from, to) {from, to},
#define ALIAS(from, to)
#define COMPANY(word)
#define TELLS(word, kind)
#include "corpus/orgname.def"
#undef HAN_ALIAS
#undef ALIAS
};

static const struct alias endings[] = {
#define HAN_ALIAS(from, to)
#define ALIAS(from, to) {from, to},
#include "corpus/orgname.def"
#undef ALIAS
#undef COMPANY
};

static const char *const companies[] = {
#define ALIAS(from, to)
#define COMPANY(word) word,
#include "corpus/orgname.def"
#undef COMPANY
#undef TELLS
};

static const struct {
    const char *word, *kind;
} tells[] = {
#define COMPANY(word)
#define TELLS(word, kind) {word, kind},
#include "corpus/orgname.def"
#undef HAN_ALIAS
#undef ALIAS
#undef COMPANY
#undef TELLS
};

/* What says nothing about who it is. Letters and digits of every script stay; U+3005 and U+3007
 * (the iteration mark and the zero) are letters that live among the CJK punctuation. */
static bool is_noise(uint32_t cp)
{
    if (cp < 0x80)
        return !((cp >= '0' && cp <= '9') || (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z'));
    if (cp <= 0xBF) return cp != 0xAA && cp != 0xB5 && cp != 0xBA;
    if (cp >= 0x3000 && cp <= 0x303F) return cp != 0x3005 && cp != 0x3007;
    return cp == 0x30FB || cp == 0xFEFF || cp == 0xFFFD || (cp >= 0x2000 && cp <= 0x206F) ||
           (cp >= 0xFE10 && cp <= 0xFE6F) || (cp >= 0xFF5F && cp <= 0xFF65);
}

/* Folds into out (room for strlen(name) + 1: nothing grows) and returns the length. */
static size_t fold(const char *name, char *out)
{
    size_t n = 0;
    for (const char *p = name, *end = name + strlen(name); p < end;) {
        uint32_t cp;
        p += utf8_decode(p, end, &cp);
        if (cp >= 0xFF01 && cp <= 0xFF5E) cp -= 0xFEE0;
        if (is_noise(cp)) continue;
        if (cp >= 'A' && cp <= 'Z') cp += 'a' - 'A';
        n += utf8_encode(cp, out + n);
    }
    out[n] = '\0';
    return n;
}

static size_t replace_all(char *s, size_t len, const struct alias *a)
{
    size_t from = strlen(a->from), to = strlen(a->to);
    for (char *at = s; (at = strstr(at, a->from)) != NULL; at += to) {
        memcpy(at, a->to, to);
        memmove(at + to, at + from, len - (size_t)(at - s) - from + 1);
        len -= from - to;
    }
    return len;
}

char *name_fold(const char *name, struct arena *arena)
{
    char *out = arena_alloc(arena, strlen(name) + 1, 1);
    fold(name, out);
    return out;
}

char *org_name_normal(const char *name, struct arena *arena)
{
    char *out = arena_alloc(arena, strlen(name) + 1, 1);
    size_t len = fold(name, out);
    if (!len) {
        return arena_strdup(arena, name);
    }
    for (size_t i = 0; i < ARRAY_LEN(han_aliases); i++)
        len = replace_all(out, len, &han_aliases[i]);
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        size_t from = strlen(endings[i].from);
        if (len > from && memcmp(out + len - from, endings[i].from, from) == 0) {
            memcpy(out + len - from, endings[i].to, strlen(endings[i].to) + 1);
            break;
        }
    }
    return out;
}

const char *org_name_kind(const char *norm)
{
    for (size_t i = 0; i < ARRAY_LEN(companies); i++)
        if (strstr(norm, companies[i])) return "enterprise";
    const char *kind = "other", *last = norm;
    for (size_t i = 0; i < ARRAY_LEN(tells); i++) {
        for (const char *at = norm; (at = strstr(at, tells[i].word)) != NULL; at++) {
            const char *behind = at + strlen(tells[i].word);
            if (behind > last) {
                last = behind;
                kind = tells[i].kind;
            }
        }
    }
    return kind;
}

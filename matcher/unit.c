#include "base/base.h"

#include "base/utf8.h"
#include "matcher/unit.h"

#include <math.h>
#include <string.h>

enum { FACTORS_MAX = 6, EXPONENT_MAX = 4 };

struct entry {
    const char *text;
    double factor;
    unsigned flags;
    int8_t dim[DIMENSIONS];
};

static const struct entry entries[] = {
#define PREFIX(text, factor)
#define UNIT(text, factor, flags, ...) {text, factor, flags, {__VA_ARGS__}},
#include "matcher/units.def"
#undef PREFIX
#undef UNIT
};

static const struct {
    const char *text;
    double factor;
} prefixes[] = {
#define PREFIX(text, factor) {text, factor},
#define UNIT(text, factor, flags, ...)
#include "matcher/units.def"
#undef PREFIX
#undef UNIT
};

static bool is_latin(uint32_t cp)
{
    return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z');
}

static bool is_digit(uint32_t cp)
{
    return cp >= '0' && cp <= '9';
}

static uint32_t lower(uint32_t cp)
{
    return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
}

size_t word_at(const uint32_t *c, size_t n, size_t at, const char *word, bool exact)
{
    if (at >= n) return 0;
    /* Almost every entry fails at its first byte, which is told without decoding. */
    unsigned char lead = (unsigned char)*word;
    if (lead < 0x80 ? lower(c[at]) != lower(lead) : c[at] < 0x80) return 0;
    if (c[at] >= 0x800 && c[at] < 0x10000 && lead != (0xE0 | c[at] >> 12)) return 0;
    size_t i = at;
    for (const char *p = word, *end = word + strlen(word); p < end; i++) {
        uint32_t cp;
        p += utf8_decode(p, end, &cp);
        if (i >= n || (exact ? c[i] != cp : lower(c[i]) != lower(cp))) return 0;
    }
    if (exact) return i - at;
    if (is_latin(c[at]) && at > 0 && is_latin(c[at - 1])) return 0;
    return i < n && is_latin(c[i - 1]) && is_latin(c[i]) ? 0 : i - at;
}

int superscript(uint32_t cp)
{
    switch (cp) {
    case 0x00B9: return 1;
    case 0x00B2: return 2;
    case 0x00B3: return 3;
    case 0x2070: return 0;
    default: return cp >= 0x2074 && cp <= 0x2079 ? (int)(cp - 0x2070) : -1;
    }
}

struct factor {
    const struct entry *entry;
    double scale; /* of its prefix */
    int halves;   /* its exponent, twice */
    size_t end;
};

/* m^0.5, m^1/2, m1/2: the length of the exponent, 0 for any other. */
static size_t read_half(const uint32_t *c, size_t n, size_t at)
{
    static const char *const halves[] = {"^0.5", "^1/2", "^(1/2)", "1/2", "\u00bd", "0.5"};
    for (size_t i = 0; i < ARRAY_LEN(halves); i++) {
        size_t len = word_at(c, n, at, halves[i], true);
        if (len) return len;
    }
    return 0;
}

/* m², m^2, m2, s⁻¹, s^-1, g-1, twice. Moves *end beyond the exponent. */
static int read_exponent(const uint32_t *c, size_t n, size_t *end, bool latin)
{
    size_t i = *end;
    int sign = 1;
    size_t half = latin ? read_half(c, n, i) : 0;
    if (half) {
        *end += half;
        return 1;
    }
    if (i < n && (c[i] == 0x207B || superscript(c[i]) > 0)) {
        if (c[i] == 0x207B) sign = -1, i++;
        int e = i < n ? superscript(c[i]) : -1;
        if (e < 1 || e > EXPONENT_MAX) return UNIT_WHOLE;
        *end = i + 1;
        return sign * e * UNIT_WHOLE;
    }
    bool caret = i < n && c[i] == '^';
    if (caret) i++;
    if (i < n && c[i] == '-' && latin) sign = -1, i++;
    bool single = i < n && c[i] >= '1' && c[i] <= '4' &&
                  (i + 1 == n || (!is_digit(c[i + 1]) && !is_latin(c[i + 1]) && c[i + 1] != '.' &&
                                  c[i + 1] != '%' && c[i + 1] != 0x2103 && c[i + 1] != 0xB0));
    /* "5 mm-3 mm" is a range, "5 cm-3 " a density: only what no unit follows is an exponent. */
    if (!single || (!caret && !latin) || (!caret && sign > 0 && c[i] == '1')) return UNIT_WHOLE;
    *end = i + 1;
    return sign * (int)(c[i] - '0') * UNIT_WHOLE;
}

/* The longest entry that stands at `at`, with or without a prefix; at equal length without. */
static bool read_factor(const uint32_t *c, size_t n, size_t at, bool below, struct factor *f)
{
    *f = (struct factor){.scale = 1, .halves = UNIT_WHOLE};
    size_t best = 0;
    for (size_t p = 0; p <= ARRAY_LEN(prefixes); p++) {
        size_t skip = p ? word_at(c, n, at, prefixes[p - 1].text, true) : 0;
        if (p && !skip) continue;
        for (size_t e = 0; e < ARRAY_LEN(entries); e++) {
            if (p && !(entries[e].flags & UNIT_PREFIXED)) continue;
            if (!below && (entries[e].flags & UNIT_DENOMINATOR)) continue;
            size_t len = word_at(c, n, at + skip, entries[e].text, true);
            if (!len || len + skip <= best) continue;
            size_t end = at + skip + len;
            if (is_latin(c[end - 1]) && end < n && is_latin(c[end])) continue;
            best = len + skip;
            f->entry = &entries[e];
            f->scale = p ? prefixes[p - 1].factor : 1;
        }
    }
    if (!best) return false;
    f->end = at + best;
    f->halves = read_exponent(c, n, &f->end, is_latin(c[f->end - 1]) || c[f->end - 1] > 0x2000);
    return f->end == n || !is_latin(c[f->end - 1]) || !is_digit(c[f->end]);
}

static void multiply(struct unit *u, const struct factor *f, int sign)
{
    u->factor *= pow(f->scale * f->entry->factor, sign * f->halves / 2.0);
    for (int d = 0; d < DIMENSIONS; d++)
        u->dim[d] = (int8_t)(u->dim[d] + sign * f->halves * f->entry->dim[d]);
}

/* What joins a factor at `at` to the next: returns where that begins, `at` when nothing joins. */
static size_t read_joint(const uint32_t *c, size_t n, size_t at, bool *below, bool *group,
                         double *per)
{
    static const char *const strokes[] = {
#define PER(text) text,
#define WORD(text, class, effect)
#include "matcher/comparisons.def"
#undef PER
#undef WORD
    };
    size_t i = at;
    if (i < n && (c[i] == 0xB7 || c[i] == '*' ||
                  ((c[i] == '.' || c[i] == '?') && i + 1 < n && is_latin(c[i + 1]))))
        return i + 1;
    while (i < n && c[i] == ' ') i++;
    for (size_t k = 0; k < ARRAY_LEN(strokes); k++) {
        size_t len = word_at(c, n, i, strokes[k], false);
        if (!len) continue;
        i += len;
        while (i < n && c[i] == ' ') i++;
        *below = true;
        if (i + 1 < n && is_digit(c[i]) && is_digit(c[i + 1])) /* g/10min, mg/100 g */
            for (*per = 0; i < n && is_digit(c[i]) && *per < 1000; i++)
                *per = *per * 10 + (double)(c[i] - '0');
        while (i < n && c[i] == ' ') i++;
        if (i < n && c[i] == '(') *group = true, i++;
        return i;
    }
    return i; /* a space, or nothing */
}

size_t unit_read(const uint32_t *c, size_t n, size_t at, struct unit *u, unsigned *flags)
{
    struct factor f;
    *u = (struct unit){.factor = 1};
    *flags = 0;
    if (!read_factor(c, n, at, false, &f)) return at;
    multiply(u, &f, 1);
    *flags = f.entry->flags;
    size_t end = f.end, factors = 1;
    bool below = false, in_group = false;
    double offset = f.entry->flags & UNIT_CELSIUS      ? 273.15
                    : f.entry->flags & UNIT_FAHRENHEIT ? 459.67 * 5 / 9
                                                       : 0;
    while (factors < FACTORS_MAX) {
        bool was_below = below, group = false;
        double per = 1;
        size_t next = read_joint(c, n, end, &below, &group, &per);
        if (next == end || (was_below && in_group && group)) break;
        bool by_space = below == was_below && c[next - 1] == ' ';
        if (!read_factor(c, n, next, below, &f) || (by_space && f.halves > 0)) break;
        size_t after = f.end;
        if (group) {
            size_t close = after; /* an open group must close, else only its sign was a bracket */
            while (close < n && close < after + 12 && c[close] != ')') close++;
            if (close == n || c[close] != ')') break;
            in_group = true;
        }
        multiply(u, &f, below ? -1 : 1);
        if (per > 0) u->factor /= per;
        end = after;
        factors++;
        if (in_group && end < n && c[end] == ')') {
            end++;
            in_group = false;
        }
    }
    if (factors > 1) *flags = 0;
    if (factors == 1 && f.halves == UNIT_WHOLE) u->offset = offset;
    bool bare = true;
    for (int d = 0; d < DIMENSIONS; d++) bare = bare && u->dim[d] == 0;
    if (bare) u->dim[DIM_FRACTION] = UNIT_WHOLE; /* mg/kg */
    return end;
}

bool unit_same_dimension(const struct unit *a, const struct unit *b)
{
    if (!a || !b) return a == b;
    return memcmp(a->dim, b->dim, sizeof a->dim) == 0;
}

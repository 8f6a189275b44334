#include "base/base.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "matcher/indicator.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

enum {
    TEXT_MAX = 20000, /* code points */
    INDICATORS_MAX = 200,
    QUANTITY_MAX = 40,  /* code points */
    QUANTITY_WORDS = 6, /* English ones */
    BRACKET_MAX = 24,   /* code points between a quantity and its value, "(25 ℃)" */
    WORDS_BEFORE = 4,   /* "must be at least": words between a quantity and its value */
    FEW = 100           /* see UNIT_FEW */
};

enum word_class {
    BEFORE,
    NEGATION,
    AFTER,
    NOT_AFTER,
    RANGE,
    BETWEEN,
    BETWEEN_HEAD,
    PLUSMINUS,
    LINK,
    OF,
    STOP,
    KEEP,
    TRIM,
    HEAD,
    FINER,
    COARSE,
    DIFFERENCE,
    WARM,
    TIMES,
    ORDINAL,
    SCALE,
    DIAMETER,
    TENSE,
    CLASSES
};

/* What a word makes of a value; the last two depend on the quantity: finer is less. */
enum effect { EQ, GE, LE, GT, LT, BETTER, REACH };

static const struct word {
    const char *text;
    enum word_class class;
    enum effect effect;
} words[] = {
#define WORD(text, class, effect) {text, class, effect},
#define PER(text)
#include "matcher/comparisons.def"
#undef WORD
#undef PER
};

const char *compare_name(enum compare compare)
{
    static const char *const names[] = {"eq", "ge", "le", "gt", "lt", "range", "plusminus"};
    return names[compare];
}

/* ---- the text as folded code points ---------------------------------------------------------- */

struct text {
    const uint32_t *c;
    size_t n;
};

/* One to one, so that places stay what they were: widths, dashes, dots and the signs that fonts
 * offer twice. */
static uint32_t fold(uint32_t cp)
{
    if (cp < 0x80) return cp == '\t' ? ' ' : cp;
    if (cp >= 0xFF01 && cp <= 0xFF5E) return fold(cp - 0xFEE0);
    switch (cp) {
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
    case 0x223C:
    case 0x301C:
    case 0x02DC: return '~';
    case 0x00B5: return 0x03BC; /* mu */
    case 0x2126: return 0x03A9; /* omega */
    case 0x2022:
    case 0x22C5:
    case 0x2219:
    case 0x30FB:
    case 0x2027: return 0xB7; /* middle dot */
    case 0x2265:
    case 0x2267:
    case 0x2A7E: return 0x2265; /* at least */
    case 0x2264:
    case 0x2266:
    case 0x2A7D: return 0x2264; /* at most */
    case 0x2215:
    case 0x2044: return '/';
    case 0x2236: return ':';
    case 0x2248:
    case 0x2245: return 0x2248; /* about */
    case 0x2032: return 0x2032;
    default: return cp;
    }
}

static bool is_digit(uint32_t cp)
{
    return cp >= '0' && cp <= '9';
}

static bool is_latin(uint32_t cp)
{
    return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z');
}

static bool is_times(uint32_t cp)
{
    return cp == 0xD7 || cp == '*' || cp == 0x2715 || cp == 0x2A2F;
}

static uint32_t at(const struct text *t, size_t i)
{
    return i < t->n ? t->c[i] : 0;
}

static size_t skip_spaces(const struct text *t, size_t i)
{
    while (i < t->n && t->c[i] == ' ') i++;
    return i;
}

static size_t skip_spaces_back(const struct text *t, size_t i)
{
    while (i > 0 && t->c[i - 1] == ' ') i--;
    return i;
}

/* The words by class, with their ends decoded: almost every word fails at its first sign. */
static struct lookup {
    const struct word *word;
    uint32_t first, last;
    size_t len;
} lookups[ARRAY_LEN(words)];
static size_t class_end[CLASSES];
static pthread_once_t lookups_once = PTHREAD_ONCE_INIT;

static uint32_t lower(uint32_t cp)
{
    return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
}

static void fill_lookups(void)
{
    size_t n = 0;
    for (int k = 0; k < CLASSES; k++) {
        for (size_t w = 0; w < ARRAY_LEN(words); w++) {
            if ((int)words[w].class != k) continue;
            struct lookup *l = &lookups[n++];
            const char *p = words[w].text, *end = p + strlen(p);
            l->word = &words[w];
            for (; p < end; l->len++) {
                p += utf8_decode(p, end, &l->last);
                if (!l->len) l->first = lower(l->last);
            }
            l->last = lower(l->last);
        }
        class_end[k] = n;
    }
}

static const struct lookup *class_words(enum word_class class, size_t *n)
{
    pthread_once(&lookups_once, fill_lookups);
    size_t begin = class ? class_end[class - 1] : 0;
    *n = class_end[class] - begin;
    return lookups + begin;
}

/* The longest word of a class that begins at i: its length, 0 without one. */
static size_t word_from(const struct text *t, size_t i, enum word_class class,
                        const struct word **found)
{
    size_t best = 0, n;
    const struct lookup *l = class_words(class, &n);
    uint32_t first = lower(at(t, i));
    for (size_t k = 0; k < n; k++) {
        if (l[k].first != first || l[k].len <= best) continue;
        if (!word_at(t->c, t->n, i, l[k].word->text, false)) continue;
        best = l[k].len;
        if (found) *found = l[k].word;
    }
    return best;
}

/* The longest word of a class that ends at `end` and begins at or behind `least`. */
static size_t word_until(const struct text *t, size_t least, size_t end, enum word_class class,
                         const struct word **found)
{
    size_t best = 0, n;
    const struct lookup *l = class_words(class, &n);
    uint32_t last = end ? lower(at(t, end - 1)) : 0;
    for (size_t k = 0; k < n; k++) {
        if (l[k].last != last || l[k].len <= best || end < least + l[k].len) continue;
        if (!word_at(t->c, t->n, end - l[k].len, l[k].word->text, false)) continue;
        best = l[k].len;
        if (found) *found = l[k].word;
    }
    return best;
}

static bool holds(const struct text *t, struct span s, enum word_class class)
{
    for (size_t i = s.begin; i < s.end; i++) {
        size_t len = word_from(t, i, class, NULL);
        if (len && i + len <= s.end) return true;
    }
    return false;
}

/* ---- numbers --------------------------------------------------------------------------------- */

struct number {
    double value;
    size_t begin, end; /* sign included */
    bool plain;        /* digits only: it may be a year */
    bool multiplied;
    double times; /* what the words behind it multiplied by */
};

static int superscript(uint32_t cp)
{
    switch (cp) {
    case 0x00B9: return 1;
    case 0x00B2: return 2;
    case 0x00B3: return 3;
    case 0x2070: return 0;
    default: return cp >= 0x2074 && cp <= 0x2079 ? (int)(cp - 0x2070) : -1;
    }
}

/* The exponent behind a ten at *i: ⁻⁶, ^-6, or, `lost` its raised form, -6 and 6. */
static bool read_power(const struct text *t, size_t *i, bool lost, int *power)
{
    size_t k = *i;
    int sign = 1, value = 0, digits = 0;
    bool caret = at(t, k) == '^';
    if (caret) k++;
    if (at(t, k) == 0x207B || ((caret || lost) && at(t, k) == '-')) sign = -1, k++;
    bool raised = !caret && superscript(at(t, k)) >= 0;
    if (!caret && !raised && !lost) return false;
    for (; digits < 3; digits++, k++) {
        int d = raised ? superscript(at(t, k)) : is_digit(at(t, k)) ? (int)(at(t, k) - '0') : -1;
        if (d < 0) break;
        value = value * 10 + d;
    }
    if (!digits || value > 99 || is_digit(at(t, k))) return false;
    if (lost && !raised && !caret && (digits > 2 || (digits == 2 && sign > 0) || at(t, k) == '.'))
        return false; /* 20×104 mm is a size */
    *i = k;
    *power = sign * value;
    return true;
}

static double multiplier(const struct word *w)
{
    static const struct {
        char first;
        double value;
    } latin[] = {{'t', 1e3}, {'m', 1e6}, {'b', 1e9}};
    static const double han[] = {1e2, 1e3, 1e4, 1e8};
    for (size_t i = 0; i < ARRAY_LEN(latin); i++)
        if (w->text[0] == latin[i].first) return latin[i].value;
    size_t place = 0; /* among the words of its class, which stand in this order */
    for (const struct word *v = words; v < w; v++) place += v->class == TIMES;
    return place < ARRAY_LEN(han) ? han[place] : 1;
}

/* A number at i, without a sign: 1,200.5  1.5×10^4  1e-6  10⁻⁶  2 with a following "10 000". */
static bool read_number(const struct text *t, size_t i, struct number *out)
{
    *out = (struct number){.begin = i, .plain = true, .times = 1};
    if (!is_digit(at(t, i))) return false;
    double mantissa = 0;
    int decimals = 0, digits = 0, power = 0;
    for (; is_digit(at(t, i)); i++, digits++) {
        mantissa = mantissa * 10 + (at(t, i) - '0');
        bool group = digits < 3 && at(t, i + 1) == ',' && at(t, i) < 0x80;
        while (group || (digits >= 3 && !out->plain && at(t, i + 1) == ',')) {
            bool three = is_digit(at(t, i + 2)) && is_digit(at(t, i + 3)) &&
                         is_digit(at(t, i + 4)) && !is_digit(at(t, i + 5));
            if (!three) break;
            for (size_t k = i + 2; k < i + 5; k++) mantissa = mantissa * 10 + (at(t, k) - '0');
            i += 4;
            digits += 3;
            out->plain = group = false;
        }
    }
    if (at(t, i) == '.' && is_digit(at(t, i + 1))) {
        out->plain = false;
        for (i++; is_digit(at(t, i)); i++, decimals++)
            if (decimals < 30) mantissa = mantissa * 10 + (at(t, i) - '0');
        decimals = MIN(decimals, 30);
    }
    if (digits > 30) return false;
    size_t k = skip_spaces(t, i);
    if (is_times(at(t, k)) || (at(t, k) == 'x' && !is_latin(at(t, k + 1)))) {
        k = skip_spaces(t, k + 1);
        if (at(t, k) == '1' && at(t, k + 1) == '0') {
            k += 2;
            if (read_power(t, &k, mantissa < 10 * pow(10, decimals), &power)) i = k;
        }
    } else if ((at(t, i) == 'e' || at(t, i) == 'E') &&
               (is_digit(at(t, i + 1)) || (at(t, i + 1) == '-' && is_digit(at(t, i + 2))))) {
        k = i + 1;
        if (read_power(t, &k, true, &power)) i = k;
    } else if (mantissa == 10 && !decimals && read_power(t, &i, false, &power)) {
        power -= 1;
    }
    out->plain = out->plain && i == out->begin + (size_t)digits;
    int shift = power - decimals;
    out->value = shift < 0 ? mantissa / pow(10, -shift) : mantissa * pow(10, shift);
    out->end = i;
    return isfinite(out->value);
}

/* The unit behind a number. A multiplier gives way to a unit that begins with the same sign. */
struct measure {
    struct unit unit;
    unsigned flags;
    bool has_unit;
    size_t end; /* of number and unit */
};

static struct measure read_measure(const struct text *t, struct number *number)
{
    struct measure m = {.end = number->end};
    size_t i = skip_spaces(t, number->end);
    for (int round = 0; round < 3; round++) {
        size_t end = unit_read(t->c, t->n, i, &m.unit, &m.flags);
        if (end > i) {
            m.has_unit = true;
            m.end = end;
            return m;
        }
        const struct word *w = NULL;
        size_t len = word_from(t, i, TIMES, &w);
        if (!len) break;
        number->times *= multiplier(w);
        number->value *= multiplier(w);
        number->multiplied = true;
        number->plain = false;
        m.end = i + len;
        i = skip_spaces(t, i + len);
    }
    return m;
}

/* A minus that belongs to the number, not to a range, a date or a model. */
static bool has_sign(const struct text *t, size_t i)
{
    if (i == 0 || t->c[i - 1] != '-') return false;
    if (i == 1) return true;
    uint32_t before = t->c[i - 2];
    return !is_digit(before) && !is_latin(before) && before != '-' && before != ')' &&
           before != '%' && before != 0x2103 && before != 0xB0;
}

/* Digits that name something: a model, a standard, a date, a version, a place in a list. */
static bool names_something(const struct text *t, size_t i)
{
    if (i == 0 || word_until(t, 0, i, SCALE, NULL)) return false;
    uint32_t before = t->c[i - 1], two = i > 1 ? t->c[i - 2] : 0;
    if (is_latin(before) || before == '_' || before == '#' || before == '$' || before == 0xA5 ||
        before == 0xFFE5 || is_times(before))
        return true;
    if (before == '.' && (is_digit(two) || is_latin(two))) return true;
    if (before == '/' && (is_digit(two) || is_latin(two))) return true;
    if (before == '-' && i > 1 && !has_sign(t, i)) return true;
    if (before == ':' && is_digit(two)) return true;
    return word_until(t, 0, i, ORDINAL, NULL) > 0;
}

/* ---- a value --------------------------------------------------------------------------------- */

struct value {
    size_t begin, end;
    struct number first, second;
    struct measure measure;
    bool range, plusminus, ratio;
};

static bool read_signed(const struct text *t, size_t i, struct number *n)
{
    bool minus = at(t, i) == '-', plus = at(t, i) == '+';
    if (!read_number(t, i + (minus || plus), n)) return false;
    if (minus) n->value = -n->value;
    n->begin = i;
    return true;
}

static bool is_year(const struct number *n)
{
    return n->plain && n->value >= 1900 && n->value <= 2100;
}

/* The other end of a range, or what follows ±. Takes over the unit where only one side has one. */
static bool read_second(const struct text *t, struct value *v, size_t i)
{
    struct number second;
    if (!read_signed(t, i, &second)) return false;
    struct measure m = read_measure(t, &second);
    if (v->measure.has_unit && m.has_unit && !unit_same_dimension(&v->measure.unit, &m.unit))
        return false;
    if (is_latin(at(t, second.end)) && !m.has_unit) return false;
    if (v->measure.has_unit && m.has_unit) { /* "10 μm to 1 mm" */
        v->first.value *= v->measure.unit.factor / m.unit.factor;
        if (v->measure.unit.offset != m.unit.offset) return false;
    } else if (!v->measure.has_unit && second.multiplied && !v->first.multiplied) {
        v->first.value *= second.times;
    }
    v->second = second;
    if (m.has_unit) v->measure = m;
    v->measure.end = m.has_unit ? m.end : MAX(m.end, second.end);
    v->end = v->measure.end;
    return true;
}

static void read_value(const struct text *t, size_t i, bool between, struct value *v)
{
    v->measure = read_measure(t, &v->first);
    v->begin = v->first.begin = has_sign(t, i) ? i - 1 : i;
    if (v->begin < i) v->first.value = -v->first.value;
    v->end = v->measure.end;
    size_t k = skip_spaces(t, v->end);
    size_t len = word_from(t, k, PLUSMINUS, NULL);
    if (len && read_second(t, v, skip_spaces(t, k + len))) {
        v->plusminus = true;
        return;
    }
    if (!v->measure.has_unit && at(t, k) == ':' && is_digit(at(t, k + 1))) {
        struct number second;
        if (read_number(t, k + 1, &second) && second.value != 0 && at(t, second.end) != ':') {
            v->first.value /= second.value;
            v->ratio = true;
            v->end = second.end;
        }
        return;
    }
    len = word_from(t, k, between ? BETWEEN : RANGE, NULL);
    if (!len && between) len = word_from(t, k, RANGE, NULL);
    if (!len) return;
    size_t from = skip_spaces(t, k + len);
    struct value whole = *v;
    if (!read_second(t, &whole, from)) return;
    bool dash = at(t, k) == '-';
    if (dash && is_year(&v->first) && !whole.measure.has_unit) return;
    if (dash && at(t, whole.second.end) == '-' && is_digit(at(t, whole.second.end + 1))) return;
    *v = whole;
    v->range = true;
}

/* ---- around the value ------------------------------------------------------------------------ */

/* What was read on the left: how the value is bounded, and where the quantity ends. */
struct left {
    size_t end; /* of the quantity */
    enum effect effect;
    bool explicit, linked, plusminus;
};

/* "(MPa)" or "(25 ℃)" between a quantity and its comparison: the place of its opening bracket. */
static size_t open_bracket(const struct text *t, size_t close)
{
    for (size_t i = close; i > 0 && close - i < BRACKET_MAX; i--) {
        uint32_t cp = t->c[i - 1];
        if (cp == '(') return i - 1;
        if (cp == ')' || cp == '\n') break;
    }
    return close + 1;
}

/* "HRC 58~62": the unit stands before the number. */
static void read_scale(const struct text *t, struct value *v, size_t *q)
{
    size_t len = word_until(t, 0, *q, SCALE, NULL);
    struct unit u;
    unsigned flags;
    if (!len || v->measure.has_unit || unit_read(t->c, *q, *q - len, &u, &flags) != *q) return;
    v->measure.unit = u;
    v->measure.has_unit = true;
    *q = skip_spaces_back(t, *q - len);
}

static struct left read_left(const struct text *t, struct value *v)
{
    struct left l = {.end = v->begin, .effect = EQ};
    size_t q = skip_spaces_back(t, v->begin);
    read_scale(t, v, &q);
    q -= word_until(t, 0, q, DIAMETER, NULL);
    size_t len = word_until(t, 0, q, PLUSMINUS, NULL);
    if (len) {
        l.plusminus = true;
        q = skip_spaces_back(t, q - len);
    }
    if (q > 0 && t->c[q - 1] == '(') { /* "(2.4~2.9) Ω" */
        size_t close = skip_spaces(t, v->end);
        if (at(t, close) == ')') {
            struct number none = {.end = close + 1, .times = 1};
            struct measure m = read_measure(t, &none);
            if (m.has_unit && !v->measure.has_unit) {
                v->measure = m;
                v->end = m.end;
                q = skip_spaces_back(t, q - 1);
            }
        }
    }
    for (int i = 0; i < WORDS_BEFORE; i++) {
        const struct word *w = NULL;
        q = skip_spaces_back(t, q);
        len = word_until(t, 0, q, BEFORE, &w);
        if (len) {
            enum effect effect = w->effect;
            size_t negation = skip_spaces_back(t, q - len);
            size_t negated = word_until(t, 0, negation, NEGATION, NULL);
            if (negated && (effect == GT || effect == LT)) {
                effect = effect == GT ? LE : GE;
                len = q - (negation - negated);
            }
            if (!l.explicit || (l.effect == REACH && effect != EQ)) l.effect = effect;
            l.explicit = l.explicit || effect != EQ;
            l.linked = true;
        } else {
            len = word_until(t, 0, q, LINK, &w);
            if (!len) break;
            l.linked = true;
        }
        q -= len;
    }
    if (q > 0 && t->c[q - 1] == ')') {
        size_t open = open_bracket(t, q - 1);
        if (open < q - 1) {
            struct unit u;
            unsigned flags;
            size_t from = skip_spaces(t, open + 1), end = unit_read(t->c, t->n, from, &u, &flags);
            if (!v->measure.has_unit && end > from && skip_spaces(t, end) == q - 1) {
                v->measure.unit = u;
                v->measure.flags = flags & ~(unsigned)(UNIT_WEAK | UNIT_FEW);
                v->measure.has_unit = true;
            }
            q = skip_spaces_back(t, open);
        }
    }
    /* "adjustable rate (≤ 10 per minute)": the name stands before the bracket */
    if (l.explicit && q > 0 && t->c[q - 1] == '(') q = skip_spaces_back(t, q - 1);
    l.end = q;
    return l;
}

static bool in_name(const struct text *t, size_t i)
{
    uint32_t cp = t->c[i];
    if (utf8_is_han(cp) || is_digit(cp) || is_latin(cp)) return true;
    if (cp == '-' || cp == '/' || cp == 0xB7 || (cp >= 0x370 && cp <= 0x3FF) || cp == '_')
        return true;
    if (cp >= 0x2080 && cp <= 0x2089) return true; /* CO₂ */
    if (cp >= 0xC0 && cp <= 0x24F && cp != 0xD7) return true;
    if (cp != ' ' || i == 0 || i + 1 >= t->n) return false;
    return t->c[i - 1] != ' ' && t->c[i - 1] != '\n' && t->c[i + 1] != '\n';
}

/* Where the name that ends at `end` begins: behind the last STOP word, or the last sign that no
 * name holds. */
static size_t name_begin(const struct text *t, size_t end)
{
    size_t begin = end, spaces = 0;
    while (begin > 0 && end - begin < QUANTITY_MAX && in_name(t, begin - 1)) {
        if (t->c[begin - 1] == ' ' && ++spaces > QUANTITY_WORDS) break;
        begin--;
    }
    for (size_t i = begin; i < end;) {
        size_t keep = word_from(t, i, KEEP, NULL), stop = word_from(t, i, STOP, NULL);
        if (keep && keep >= stop) {
            i += keep;
            continue;
        }
        /* A KEEP word may hold the STOP word in its middle or at its end. */
        bool held = false;
        for (size_t back = 1; stop && back < 4 && back <= i && !held; back++) {
            size_t len = word_from(t, i - back, KEEP, NULL);
            held = len >= back + stop;
        }
        if (stop && !held && i + stop <= end) begin = i + stop;
        i += stop ? stop : 1;
    }
    for (;;) {
        begin = MIN(skip_spaces(t, begin), end);
        size_t len = word_from(t, begin, TRIM, NULL);
        bool sign =
            begin < end && (t->c[begin] == '-' || t->c[begin] == '/' || t->c[begin] == 0xB7);
        if (sign) len = 1;
        if (!len || begin + len > end) break;
        begin += len;
    }
    return begin;
}

/* Numbers, "2、", and units alone are no names. */
static bool is_name(const struct text *t, struct span s)
{
    size_t letters = 0;
    if (s.begin < s.end && is_digit(t->c[s.begin])) return false;
    for (size_t i = s.begin; i < s.end; i++)
        letters += utf8_is_han(t->c[i]) || is_latin(t->c[i]) || t->c[i] >= 0x370;
    return letters > 0;
}

static bool ends_with_head(const struct text *t, struct span s)
{
    return word_until(t, s.begin, s.end, HEAD, NULL) > 0;
}

/* "95 % or more of yield", "5 nm resolution": a name behind the value. */
static struct span name_behind(const struct text *t, size_t end)
{
    size_t i = skip_spaces(t, end), len = word_from(t, i, OF, NULL);
    struct span none = {(uint32_t)end, (uint32_t)end};
    if (!len && (i == end || !is_latin(at(t, i)))) return none;
    size_t begin = skip_spaces(t, i + len), stop = begin;
    for (int n = 0; stop < t->n && in_name(t, stop) && stop - begin < QUANTITY_MAX / 2; n++) {
        size_t keep = word_from(t, stop, KEEP, NULL);
        if (keep) {
            stop += keep;
            continue;
        }
        if (stop > begin && word_from(t, stop, STOP, NULL)) break;
        if (t->c[stop] == ' ' && !len) {
            struct span s = {(uint32_t)begin, (uint32_t)stop};
            if (ends_with_head(t, s)) return s;
        }
        stop++;
    }
    struct span s = {(uint32_t)begin, (uint32_t)skip_spaces_back(t, stop)};
    if (s.end <= s.begin || is_digit(t->c[begin])) return none;
    return ends_with_head(t, s) ? s : none;
}

static enum compare resolve(enum effect effect, bool finer)
{
    switch (effect) {
    case GE: return COMPARE_GE;
    case LE: return COMPARE_LE;
    case GT: return COMPARE_GT;
    case LT: return COMPARE_LT;
    case BETTER:
    case REACH: return finer ? COMPARE_LE : COMPARE_GE;
    case EQ: break;
    }
    return COMPARE_EQ;
}

/* Of precision less is better, unless it is told in percent and near the whole. */
static bool is_finer(const struct text *t, struct span quantity, const struct value *v)
{
    if (holds(t, quantity, FINER)) return true;
    if (!holds(t, quantity, COARSE)) return false;
    bool percent = v->measure.has_unit && v->measure.unit.dim[DIM_FRACTION];
    if (v->measure.has_unit && !percent) return true;
    return v->first.value * (v->measure.has_unit ? v->measure.unit.factor : 1) < 0.5;
}

/* Is it an indicator at all? See the header. */
static bool is_wanted(const struct text *t, const struct value *v, const struct left *l,
                      struct span quantity, bool explicit)
{
    const struct measure *m = &v->measure;
    bool named = quantity.end > quantity.begin;
    bool head = named && ends_with_head(t, quantity);
    if (v->ratio) return named && (explicit || l->linked || head);
    if (!m->has_unit) {
        if (is_year(&v->first) && !explicit) return false;
        return named && (explicit || l->plusminus || (v->range && (l->linked || head)));
    }
    if (m->unit.dim[DIM_MONEY]) return false;
    if ((m->flags & UNIT_YEAR) && is_year(&v->first)) return false;
    if (m->flags & UNIT_WEAK) return named && (explicit || (head && l->linked));
    if (explicit || l->plusminus || v->plusminus) return true;
    if ((m->flags & UNIT_FEW) && fabs(v->first.value) < FEW && !l->linked) return false;
    return named && (l->linked || head);
}

static void settle_unit(const struct text *t, struct value *v, struct span quantity,
                        bool difference)
{
    struct measure *m = &v->measure;
    if (!m->has_unit) return;
    if ((m->flags & UNIT_DEGREE) && holds(t, quantity, WARM)) {
        m->unit = (struct unit){.factor = 1, .offset = 273.15};
        m->unit.dim[DIM_TEMPERATURE] = UNIT_WHOLE;
    }
    if (difference || holds(t, quantity, DIFFERENCE)) m->unit.offset = 0;
}

static void set_bounds(const struct value *v, bool alone, struct indicator *out)
{
    double factor = v->measure.has_unit ? v->measure.unit.factor : 1;
    double offset = v->measure.has_unit ? v->measure.unit.offset : 0;
    double a = v->first.value * factor + offset, b = v->second.value * factor;
    out->low = out->high = a;
    if (v->plusminus) {
        out->low = a - fabs(b);
        out->high = a + fabs(b);
    } else if (alone) {
        out->low = -fabs(a);
        out->high = fabs(a);
    } else if (v->range) {
        out->low = MIN(a, b + offset);
        out->high = MAX(a, b + offset);
    }
}

/* Reads the indicator around the number at i, and where to go on. */
static bool read_indicator(const struct text *t, size_t i, size_t least, struct arena *arena,
                           struct indicator *out, size_t *next)
{
    struct value v = {0};
    *next = i + 1;
    while (is_digit(at(t, *next))) ++*next;
    if (names_something(t, i) || !read_number(t, i, &v.first)) {
        /* "228.1", "2024-05-01": the rest names the same thing */
        while ((at(t, *next) == '.' || at(t, *next) == '-' || at(t, *next) == '/') &&
               is_digit(at(t, *next + 1)))
            for (++*next; is_digit(at(t, *next));) ++*next;
        return false;
    }
    size_t head = skip_spaces_back(t, i);
    bool between = word_until(t, 0, head, BETWEEN_HEAD, NULL) > 0;
    if (between) head -= word_until(t, 0, head, BETWEEN_HEAD, NULL);
    read_value(t, i, between, &v);
    if (between) v.begin = head;
    *next = MAX(*next, v.end);
    struct left l = read_left(t, &v);
    *next = MAX(*next, v.end);

    size_t end = skip_spaces(t, v.end);
    const struct word *after = NULL;
    size_t len = word_from(t, end, NOT_AFTER, NULL) ? 0 : word_from(t, end, AFTER, &after);
    end = len ? end + len : v.end;
    if (len && after->effect != EQ && (!l.explicit || l.effect == REACH)) {
        l.effect = after->effect;
        l.explicit = true;
    }
    struct span quantity = {(uint32_t)MAX(name_begin(t, l.end), least), (uint32_t)l.end};
    if (quantity.begin >= quantity.end || !is_name(t, quantity))
        quantity = (struct span){(uint32_t)l.end, (uint32_t)l.end};
    size_t begin = quantity.begin == quantity.end ? l.end : quantity.begin;
    struct span none = {(uint32_t)end, (uint32_t)end};
    struct span behind = ends_with_head(t, quantity) ? none : name_behind(t, end);
    if (behind.end > behind.begin && (begin == l.end || is_latin(at(t, behind.begin)))) {
        quantity = behind;
        end = MAX(end, (size_t)quantity.end);
    }
    if (!is_wanted(t, &v, &l, quantity, l.explicit)) return false;

    settle_unit(t, &v, quantity, l.plusminus);
    begin = skip_spaces(t, begin);
    *out = (struct indicator){.span = {(uint32_t)begin, (uint32_t)end}, .quantity = quantity};
    out->finer = is_finer(t, quantity, &v);
    out->compare = v.plusminus || l.plusminus ? COMPARE_PLUSMINUS
                   : v.range                  ? COMPARE_RANGE
                                              : resolve(l.effect, out->finer);
    set_bounds(&v, l.plusminus, out);
    if (v.measure.has_unit) {
        struct unit *u = arena_alloc(arena, 1, sizeof *u);
        *u = v.measure.unit;
        out->unit = u;
    }
    *next = MAX(*next, end);
    return isfinite(out->low) && isfinite(out->high);
}

/* ---- texts ----------------------------------------------------------------------------------- */

static struct text fold_text(const char *text, size_t len, struct arena *arena)
{
    size_t n = MIN(utf8_count(text, len), (size_t)TEXT_MAX);
    uint32_t *c = arena_alloc(arena, n + 1, sizeof *c);
    const char *p = text, *end = text + len;
    for (size_t i = 0; i < n; i++) {
        p += utf8_decode(p, end, &c[i]);
        c[i] = fold(c[i]);
    }
    return (struct text){c, n};
}

size_t indicators_parse(const char *text, size_t len, struct arena *arena, struct indicator **out)
{
    struct text t = fold_text(text, len, arena);
    VEC(struct indicator) found = {0};
    size_t least = 0;
    for (size_t i = 0; i < t.n && found.len < INDICATORS_MAX;) {
        struct indicator one;
        size_t next = i + 1;
        if (is_digit(t.c[i]) && read_indicator(&t, i, least, arena, &one, &next)) {
            vec_push(&found, one);
            least = one.span.end;
        }
        i = next;
    }
    *out = arena_alloc(arena, found.len, sizeof **out);
    if (found.len) memcpy(*out, found.at, found.len * sizeof **out);
    size_t n = found.len;
    vec_free(&found);
    return n;
}

bool indicator_is_background(const char *sentence)
{
    struct arena arena;
    arena_init(&arena);
    struct text t = fold_text(sentence, strlen(sentence), &arena);
    bool found = holds(&t, (struct span){0, (uint32_t)t.n}, TENSE);
    arena_free(&arena);
    return found;
}

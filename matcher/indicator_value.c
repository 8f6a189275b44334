#include "base/base.h"

#include "matcher/indicator_value.h"

#include <math.h>

enum { IDEOGRAPHS_MAX = 12, SMALL = 20 /* numbers of a fraction */ };

static bool is_times(uint32_t cp)
{
    return cp == 0xD7 || cp == '*' || cp == 0x2715 || cp == 0x2A2F;
}

/* ---- numbers --------------------------------------------------------------------------------- */

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

/* A number at i, without a sign: 1,200.5  1.5×10^4  1e-6  10⁻⁶  2 with a following "10 000". */
bool number_read(const struct text *t, size_t i, struct number *out)
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

/* A numeral of ideographs that begins at i: its value, and where it ends, i when none stands there.
 * "several" (two digits in a row) is none, nor is a bare hundred, "10 000 tons a year of ...". */
static size_t read_ideographs(const struct text *t, size_t i, double *value)
{
    static const struct {
        const char *text;
        double value;
    } numerals[] = {
#define NUMERAL(text, value) {text, value},
#include "matcher/numerals.def"
#undef NUMERAL
    };
    double total = 0, section = 0, digit = -1, place = 1;
    size_t k = i;
    for (; k < t->n && t->c[k] >= 0x3000 && k - i < IDEOGRAPHS_MAX; k++) {
        double v = -1;
        for (size_t n = 0; n < ARRAY_LEN(numerals) && v < 0; n++)
            if (word_at(t->c, t->n, k, numerals[n].text, true)) v = numerals[n].value;
        if (v < 0) break;
        if (v == 0.1) { /* the point */
            if (k == i || place < 1) break;
            place = v;
        } else if (v < 10 && place < 1) {
            digit = MAX(digit, 0) + v * place;
            place /= 10;
        } else if (v < 10) {
            if (digit > 0) return i;
            digit = v;
        } else if (v < 1e4) {
            bool hundred_thousands = k + 1 < t->n && word_from(t, k + 1, TIMES, NULL);
            if (digit < 0 && v > 10 && !hundred_thousands) return i;
            section += (digit < 0 ? 1 : digit) * v;
            digit = -1;
        } else {
            total = (total + section + MAX(digit, 0)) * v;
            section = 0;
            digit = -1;
            if (total <= 0) return i;
        }
    }
    *value = total + section + MAX(digit, 0);
    return k;
}

/* "ninety parts of a hundred", "twice", "30 000 times": only beside a unit that is no counter of
 * things, or at the head of a range that ends so; ones are articles more often than numbers. */
static bool read_numeral(const struct text *t, size_t i, bool in_range, struct number *out)
{
    *out = (struct number){.begin = i, .times = 1};
    size_t of = word_from(t, i, PARTS, NULL);
    const struct word *whole = NULL;
    double parts = of && word_from(t, i, TIMES, &whole) ? word_multiplier(whole) : 0;
    if (of && number_read(t, i + of, out)) {
        out->begin = i;
        out->parts = parts;
        return true;
    }
    *out = (struct number){.begin = i, .end = i + of, .times = 1, .parts = parts};
    size_t end = read_ideographs(t, i + of, &out->value);
    if (end == i + of) return false;
    out->end = end;
    if (of) return true;
    struct unit unit;
    unsigned flags;
    size_t k = skip_spaces(t, end), len = in_range ? 0 : word_from(t, k, RANGE, NULL);
    struct number second;
    if (len && read_numeral(t, k + len, true, &second)) return true;
    if (unit_read(t->c, t->n, k, &unit, &flags) == k || unit.dim[DIM_PIECE]) return false;
    bool one = out->value == 1 && !unit.dim[DIM_MULTIPLE] && !unit.dim[DIM_TIME];
    return out->value > 0 && !one;
}

bool number_begins(const struct text *t, size_t i, struct number *n)
{
    if (is_digit(at(t, i))) return number_read(t, i, n);
    double before;
    bool within = i > 0 && read_ideographs(t, i - 1, &before) > i - 1;
    return at(t, i) >= 0x3000 && !within && read_numeral(t, i, false, n);
}

struct measure measure_read(const struct text *t, struct number *number)
{
    struct measure m = {.end = number->end};
    if (number->parts > 0) {
        m.unit = (struct unit){.factor = 1 / number->parts};
        m.unit.dim[DIM_FRACTION] = UNIT_WHOLE;
        m.has_unit = true;
        return m;
    }
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
        number->times *= word_multiplier(w);
        number->value *= word_multiplier(w);
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
bool number_names_something(const struct text *t, size_t i)
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

static bool read_signed(const struct text *t, size_t i, struct number *n)
{
    size_t word = word_from(t, i, MINUS, NULL), from = i + word;
    bool minus = at(t, from) == '-' || word > 0, plus = at(t, from) == '+';
    from += at(t, from) == '-' || plus;
    if (!number_read(t, from, n) && !read_numeral(t, from, true, n)) return false;
    if (minus) n->value = -n->value;
    n->begin = i;
    return true;
}

bool number_is_year(const struct number *n)
{
    return n->plain && n->value >= 1900 && n->value <= 2100;
}

/* The other end of a range, or what follows ±. Takes over the unit where only one side has one. */
static bool read_second(const struct text *t, struct value *v, size_t i)
{
    struct number second;
    const struct word *about = NULL;
    size_t len = word_from(t, i, BEFORE, &about);
    if (len && about->effect == EQ) i = skip_spaces(t, i + len);
    i += word_from(t, i, DIAMETER, NULL);
    if (!read_signed(t, i, &second)) return false;
    struct measure m = measure_read(t, &second);
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

/* 3:1, 3~6:1, 1:1.05~1.2, 25:75~70:30; of three or more parts nothing is made but the end. */
static bool read_ratio(const struct text *t, struct value *v, size_t i)
{
    struct number low = v->first, high = v->first, below, last;
    size_t len = word_from(t, i, RANGE, NULL), k = skip_spaces(t, i + len);
    if (v->measure.has_unit) return false;
    if (len && number_read(t, k, &high))
        i = skip_spaces(t, high.end);
    else
        len = 0;
    if (at(t, i) != ':' || !number_read(t, skip_spaces(t, i + 1), &below) || below.value <= 0)
        return false;
    double from = low.value / below.value, to = high.value / below.value;
    v->end = below.end;
    k = skip_spaces(t, below.end);
    size_t dash = len ? 0 : word_from(t, k, RANGE, NULL);
    if (dash && number_read(t, skip_spaces(t, k + dash), &last) && last.value > 0) {
        v->end = last.end;
        to = low.value / last.value; /* 1:1.05~1.2 */
        struct number more;
        if (at(t, last.end) == ':' && number_read(t, last.end + 1, &more) && more.value > 0) {
            to = last.value / more.value;
            v->end = more.end;
        }
    }
    v->ratio = true;
    v->parts = at(t, v->end) == ':' && is_digit(at(t, v->end + 1)) ? 3 : 2;
    v->range = from != to;
    v->first.value = from;
    v->second.value = to;
    return true;
}

/* 1/4: of small numbers, so that no date is one. */
static bool read_fraction(const struct text *t, struct value *v)
{
    struct number below;
    size_t i = v->first.end;
    if (v->measure.has_unit || !v->first.plain || fabs(v->first.value) > SMALL) return false;
    if (at(t, i) != '/' || !number_read(t, i + 1, &below) || !below.plain) return false;
    uint32_t after = at(t, below.end);
    if (below.value <= 0 || below.value > SMALL || after == '/' || is_latin(after)) return false;
    v->first.value /= below.value;
    v->ratio = true;
    v->parts = 2;
    v->end = below.end;
    return true;
}

void value_read(const struct text *t, size_t i, bool between, struct value *v)
{
    v->measure = measure_read(t, &v->first);
    v->begin = v->first.begin = has_sign(t, i) ? i - 1 : i;
    if (v->begin < i) v->first.value = -v->first.value;
    size_t minus = word_until(t, 0, v->begin, MINUS, NULL);
    if (minus) v->first.value = -v->first.value, v->begin -= minus;
    v->end = v->measure.end;
    size_t k = skip_spaces(t, v->end);
    size_t len = word_from(t, k, PLUSMINUS, NULL);
    if (len && read_second(t, v, skip_spaces(t, k + len))) {
        v->plusminus = true;
        return;
    }
    if (read_ratio(t, v, k) || read_fraction(t, v)) return;
    len = word_from(t, k, RANGE, NULL);
    bool joined = len == 0;
    if (!len) len = word_from(t, k, BETWEEN, NULL);
    if (!len) return;
    size_t from = skip_spaces(t, k + len);
    struct value whole = *v;
    if (!read_second(t, &whole, from)) return;
    if (joined && !between && !word_from(t, whole.end, BETWEEN_TAIL, NULL)) return;
    bool dash = at(t, k) == '-';
    if (dash && number_is_year(&v->first) && !whole.measure.has_unit) return;
    if (dash && at(t, whole.second.end) == '-' && is_digit(at(t, whole.second.end + 1))) return;
    *v = whole;
    v->range = true;
}

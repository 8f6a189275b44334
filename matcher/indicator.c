#include "base/base.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "matcher/indicator.h"
#include "matcher/indicator_name.h"

#include <math.h>
#include <string.h>

enum {
    TEXT_MAX = 20000, /* code points */
    INDICATORS_MAX = 200,
    BRACKET_MAX = 24, /* code points between a quantity and its value, "(25 ℃)" */
    WORDS_BEFORE = 4, /* "must be at least": words between a quantity and its value */
    FEW = 100,        /* see UNIT_FEW */
    STEPS = 10,       /* fewer times are steps of a method, whatever is said of them */
    FROM_MAX = 24,    /* code points of "from 5 % to" */
    EACH_MAX = 8,     /* names before "respectively" */
    SYMBOL_MAX = 3,   /* letters of "[Mn]" */
    FORMULA_MAX = 60, /* code points of "C+Mn/6" */
    ITEM_MAX = 24,    /* code points of one of a list of shares */
    UNIT_MAX = 10,    /* code points of a unit that stands before its number */
    MUST_MAX = 200    /* how far back a sentence is searched for a demand */
};

const char *compare_name(enum compare compare)
{
    static const char *const names[] = {"eq", "ge", "le", "gt", "lt", "range", "plusminus"};
    return names[compare];
}

/* ---- around the value ------------------------------------------------------------------------ */

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

/* "noise dB(A): ≤ 80", "mass kg ≥ 5": a unit at the end of the name, behind an ideograph. */
static void read_unit_before(const struct text *t, struct value *v, size_t *q)
{
    for (size_t i = *q; !v->measure.has_unit && i > 1 && *q - i < UNIT_MAX; i--) {
        uint32_t cp = t->c[i - 1];
        if (cp >= 0x3000 || cp == ' ' || cp == '\n') break;
        struct unit u;
        unsigned flags;
        if (!utf8_is_han(t->c[i - 2]) || unit_read(t->c, *q, i - 1, &u, &flags) != *q) continue;
        if (*q - i == 0 && (!is_latin(cp) || is_latin(cp & ~32u) == is_latin(cp))) break;
        v->measure.unit = u;
        v->measure.has_unit = true;
        *q = i - 1;
    }
}

/* "from 5 % to": where the words begin that name the value left behind, q when there are none. */
static size_t skip_from(const struct text *t, size_t q)
{
    bool number = false;
    for (size_t i = q; i > 0 && q - i < FROM_MAX; i--) {
        uint32_t cp = t->c[i - 1];
        if (cp == ',' || cp == ';' || cp == 0x3002 || cp == 0x3001 || cp == '\n') break;
        struct number one;
        number = number || number_begins(t, i - 1, &one);
        size_t len = number ? word_until(t, 0, i, FROM, NULL) : 0;
        if (len) return skip_spaces_back(t, i - len);
    }
    return q;
}

/* The words between the name, which ends before *q, and the value. */
static void read_words_before(const struct text *t, struct left *l, size_t *q)
{
    for (int i = 0; i < WORDS_BEFORE; i++) {
        const struct word *w = NULL;
        *q = skip_spaces_back(t, *q);
        size_t len = word_until(t, 0, *q, EACH, NULL);
        if (len) {
            l->each = l->linked = true;
            *q -= len;
            continue;
        }
        len = word_until(t, 0, *q, BEFORE, &w);
        if (len) {
            enum effect effect = w->effect;
            size_t negation = skip_spaces_back(t, *q - len);
            size_t negated = word_until(t, 0, negation, NEGATION, NULL);
            if (negated && (effect == GT || effect == LT)) {
                effect = effect == GT ? LE : GE;
                len = *q - (negation - negated);
            }
            if (!l->explicit || (l->effect == REACH && effect != EQ)) l->effect = effect;
            l->explicit = l->explicit || effect != EQ;
        } else {
            len = word_until(t, 0, *q, LINK, NULL);
            size_t place = len ? 0 : word_until(t, 0, *q, PLACE, NULL);
            len = MAX(len, place);
            if (!len || word_until(t, 0, *q, KEEP, NULL) > len) break;
            if (place) { /* "the layer at 300 nm" names nothing; "the yield lies at" does */
                *q -= len;
                continue;
            }
        }
        l->linked = true;
        *q -= len;
    }
}

/* "increased from 10 % to 20 %" is no range: only where it ends counts. */
static void read_change(const struct text *t, struct value *v, struct left *l, size_t *q)
{
    size_t from = word_until(t, 0, *q, FROM, NULL);
    if (!from) return;
    size_t i = skip_spaces_back(t, *q - from);
    const struct word *w = NULL;
    size_t len = word_until(t, 0, i, CHANGE, &w);
    if (len && is_latin(at(t, i - 1))) {
        v->range = false;
        v->first = v->second;
        l->effect = w->effect;
        l->explicit = true;
        i = skip_spaces_back(t, i - len);
    }
    l->linked = true;
    *q = i;
}

/* "[Mn]" that ends with the bracket at `close`: the place of its opening one, else `close`. */
static size_t open_symbol(const struct text *t, size_t close)
{
    size_t i = close;
    while (i > 0 && close - i < SYMBOL_MAX && is_latin(t->c[i - 1])) i--;
    return i < close && i > 0 && t->c[i - 1] == '[' ? i - 1 : close;
}

/* "Ceq = C+Mn/6+(Cr+V)/5 ≤ 0.5 %": the name stands before the formula; q when there is none. */
static size_t skip_formula(const struct text *t, size_t q)
{
    bool sum = false;
    for (size_t i = q; i > 0 && q - i < FORMULA_MAX; i--) {
        uint32_t cp = t->c[i - 1];
        if (cp == '=') return sum ? skip_spaces_back(t, i - 1) : q;
        sum = sum || cp == '+';
        bool part = is_latin(cp) || is_digit(cp) || cp == '+' || cp == '-' || cp == '/' ||
                    cp == '(' || cp == ')' || cp == '[' || cp == ']' || cp == '.' || cp == '%' ||
                    cp == '*' || cp == 0xD7 || cp == 0xB7 || cp == ' ';
        if (!part) break;
    }
    return q;
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
            struct measure m = measure_read(t, &none);
            if (m.has_unit && !v->measure.has_unit) {
                v->measure = m;
                v->end = m.end;
                q = skip_spaces_back(t, q - 1);
            }
        }
    }
    if (v->range) read_change(t, v, &l, &q);
    read_words_before(t, &l, &q);
    if (l.explicit && !v->range) q = skip_from(t, q);
    q = skip_spaces_back(t, q);
    read_unit_before(t, v, &q);
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
            /* "(Co+Ni) = 10 %": a name of its own where none stands before */
            bool before =
                skip_spaces_back(t, open) > 0 && name_holds(t, skip_spaces_back(t, open) - 1);
            q = before ? skip_spaces_back(t, open) : q - 1;
        }
    }
    if (q > 0 && t->c[q - 1] == ']' && open_symbol(t, q - 1) < q - 1) { /* "[Mn] 0.5 %" */
        l.linked = true;
        q--;
    }
    if (l.explicit) q = skip_formula(t, q);
    /* "adjustable rate (≤ 10 per minute)": the name stands before the bracket */
    if (l.explicit && q > 0 && t->c[q - 1] == '(') q = skip_spaces_back(t, q - 1);
    l.end = q;
    return l;
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
    if (words_hold(t, quantity, FINER)) return true;
    if (!words_hold(t, quantity, COARSE)) return false;
    bool percent = v->measure.has_unit && v->measure.unit.dim[DIM_FRACTION];
    if (v->measure.has_unit && !percent) return true;
    return v->first.value * (v->measure.has_unit ? v->measure.unit.factor : 1) < 0.5;
}

/* "95 % of which are ..." tells how many of a crowd, not how good anything is. */
static bool is_share(const struct text *t, const struct value *v, bool head)
{
    if (head || !v->measure.has_unit || !v->measure.unit.dim[DIM_FRACTION]) return false;
    size_t i = skip_spaces(t, v->end);
    i += word_from(t, i, AFTER, NULL);
    return word_from(t, skip_spaces(t, i), SHARE, NULL) > 0;
}

/* "n is greater than 1 and at most 4, an integer": a variable of a formula or a claim. */
static bool is_formula(const struct text *t, const struct value *v)
{
    if (v->measure.has_unit || !v->first.plain) return false;
    for (size_t i = v->end; i < t->n && i - v->end < FROM_MAX; i++) {
        uint32_t cp = t->c[i];
        if (cp == ';' || cp == 0x3002 || cp == '\n') break;
        if (word_from(t, i, INTEGER, NULL)) return true;
    }
    return false;
}

/* "alcohol 10 %, hardener 5 %": one of a list of names right before their shares. */
static bool in_share_list(const struct text *t, const struct value *v, struct span name)
{
    size_t begin = skip_spaces_back(t, name.begin), end = skip_spaces(t, v->end), i;
    if (!v->measure.has_unit || v->measure.unit.dim[DIM_FRACTION] != UNIT_WHOLE) return false;
    if (begin > 0 && t->c[begin - 1] == '[') begin--;
    uint32_t before = begin ? t->c[begin - 1] : 0;
    if (!name_ends_item(at(t, end)) || !(name_ends_item(before) || before == ':')) return false;
    if (word_until(t, name.begin, name.end, CHANGE, NULL)) return false;
    if (begin > 1 && before != ':' && t->c[begin - 2] == '%') return true;
    bool digit = false;
    i = skip_spaces(t, end + 1);
    if (is_digit(at(t, i))) return false;
    for (size_t k = 0; k < ITEM_MAX && !name_ends_item(at(t, i)); k++, i++)
        digit = digit || is_digit(t->c[i]);
    return digit && t->c[i - 1] == '%';
}

/* "the share of particles below 1 μm is 5 %": the bound that ends at `end` is part of a name. */
static bool is_qualifier(const struct text *t, size_t end, bool head)
{
    size_t i = end;
    if (head) return false;
    while (i < t->n && i - end <= MADE_OF_MAX && utf8_is_han(t->c[i])) {
        struct span name = {(uint32_t)end, (uint32_t)i};
        if (i > end && name_has_head(t, name)) {
            const struct word *w = NULL;
            size_t len = MAX(word_from(t, i, LINK, NULL), word_from(t, i, PLACE, NULL));
            len = MAX(len, word_from(t, i, BEFORE, &w));
            if (len && is_digit(at(t, skip_spaces(t, i + len)))) return true;
        }
        i++;
    }
    struct span name = {(uint32_t)end, (uint32_t)i};
    size_t len = i > end && name_has_head(t, name) ? word_from(t, i, BEFORE, NULL) : 0;
    return len && is_digit(at(t, skip_spaces(t, i + len)));
}

/* Is it an indicator at all? See the header. */
static bool is_wanted(const struct text *t, const struct value *v, const struct left *l,
                      struct span quantity, bool explicit, size_t end)
{
    const struct measure *m = &v->measure;
    bool named = quantity.end > quantity.begin;
    bool head = named && name_has_head(t, quantity);
    if (word_from(t, v->first.end, SOME, NULL) || is_share(t, v, head) || is_formula(t, v))
        return false;
    if (v->ratio && v->parts > 2) return false;
    uint32_t after = at(t, skip_spaces(t, v->end)); /* a size, or 10⁻⁶ that lost its exponent */
    if (!m->has_unit && (after == 0xD7 || after == '*')) return false;
    if (word_from(t, skip_spaces(t, v->end), BASIS, NULL) || is_qualifier(t, end, head))
        return false;
    if (named && word_from(t, quantity.begin, AMBIENT, NULL) == quantity.end - quantity.begin)
        return false;
    size_t formal = word_from(t, quantity.begin, VARIABLE, NULL);
    if (!m->has_unit && named && formal == quantity.end - quantity.begin) return false;
    if (m->has_unit && m->unit.dim[DIM_PIECE] &&
        word_until(t, quantity.begin, quantity.end, RECIPE, NULL))
        return false;
    if (v->ratio) return named && (explicit || l->linked || head);
    if (!m->has_unit) {
        uint32_t only = quantity.end - quantity.begin == 1 ? t->c[quantity.begin] : 0;
        if (only >= 'a' && only <= 'z') return false; /* 0 < x < 1 */
        if (quantity.end - quantity.begin == 1 && utf8_is_han(t->c[quantity.begin]) && !head)
            return false;
        if (number_is_year(&v->first) && !explicit) return false;
        bool equals = at(t, skip_spaces(t, quantity.end)) == '=' && !v->first.plain && named;
        bool grade = head && l->linked && word_from(t, v->end, GRADE, NULL);
        return named &&
               (explicit || l->plusminus || grade || equals || (v->range && (l->linked || head)));
    }
    if (m->unit.dim[DIM_MONEY]) return false;
    if ((m->flags & UNIT_YEAR) && number_is_year(&v->first)) return false;
    if (m->flags & UNIT_WEAK) {
        if (words_hold(t, quantity, OUTPUT)) return true;
        if (m->unit.dim[DIM_PIECE] && fabs(v->first.value) < STEPS && !head) return false;
        bool multiple = m->unit.dim[DIM_MULTIPLE] && named &&
                        (l->linked || word_until(t, quantity.begin, quantity.end, CHANGE, NULL));
        bool lasting = m->unit.dim[DIM_TIME] && v->range && head;
        return named && (explicit || (head && l->linked) || multiple || lasting);
    }
    if ((m->flags & UNIT_FEW) && fabs(v->first.value) < STEPS && !head) return false;
    if ((m->flags & UNIT_KELVIN) && named && !words_hold(t, quantity, WARM) &&
        !words_hold(t, quantity, DIFFERENCE))
        return false; /* 64K of memory */
    if (word_until(t, 0, l->end, PROCESS, NULL)) return false;
    if (explicit || l->plusminus || v->plusminus) return true;
    if ((m->flags & UNIT_FEW) && fabs(v->first.value) < FEW && !l->linked) return false;
    /* "carbon black 5~10 %": what something is made of needs no colon */
    bool made_of = v->range && m->unit.dim[DIM_FRACTION] == UNIT_WHOLE;
    return named && (l->linked || head || made_of || in_share_list(t, v, quantity) ||
                     words_hold(t, quantity, OUTPUT));
}

static void settle_unit(const struct text *t, struct value *v, struct span quantity,
                        bool difference)
{
    struct measure *m = &v->measure;
    if (!m->has_unit) return;
    if ((m->flags & UNIT_DEGREE) && words_hold(t, quantity, WARM)) {
        m->unit = (struct unit){.factor = 1, .offset = 273.15};
        m->unit.dim[DIM_TEMPERATURE] = UNIT_WHOLE;
    }
    if (difference || words_hold(t, quantity, DIFFERENCE)) m->unit.offset = 0;
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

/* "35 % < SiO < 65 %": the lower bound, which stands before the name; "hardness 180 ≤ HB < 240":
 * a unit stands in the place of the name. */
static void read_chain(const struct text *t, struct span *quantity, const struct left *l,
                       struct value *v)
{
    size_t sign = skip_spaces_back(t, quantity->begin);
    if (v->range || v->plusminus || (l->effect != LT && l->effect != LE)) return;
    if (sign == 0 || (t->c[sign - 1] != '<' && t->c[sign - 1] != 0x2264)) return;
    size_t end = skip_spaces_back(t, sign - 1);
    for (size_t i = end; i > 0 && end - i < UNIT_MAX + FROM_MAX; i--) {
        struct value low = {0};
        if (!is_digit(t->c[i - 1]) || (i > 1 && (is_digit(t->c[i - 2]) || t->c[i - 2] == '.')))
            continue;
        if (!number_read(t, i - 1, &low.first)) return;
        value_read(t, i - 1, false, &low);
        if (low.end != end || low.range || low.plusminus) return;
        if (low.measure.has_unit && v->measure.has_unit) {
            if (!unit_same_dimension(&low.measure.unit, &v->measure.unit)) return;
            low.first.value *= low.measure.unit.factor / v->measure.unit.factor;
        }
        v->second = v->first;
        v->first = low.first;
        v->range = true;
        size_t len = quantity->end - quantity->begin;
        unsigned flags;
        if (v->measure.has_unit || word_from(t, quantity->begin, SCALE, NULL) != len) return;
        if (unit_read(t->c, t->n, quantity->begin, &v->measure.unit, &flags) != quantity->end)
            return;
        v->measure.has_unit = true;
        size_t name = skip_spaces_back(t, low.begin);
        *quantity = (struct span){(uint32_t)name_begin(t, name), (uint32_t)name};
        return;
    }
}

/* Is the word at i part of a longer one, "reaction" for "act"? */
static bool is_kept(const struct text *t, size_t i, size_t len)
{
    for (size_t back = 0; back < 4 && back <= i; back++)
        if (word_from(t, i - back, KEEP, NULL) > MAX(back, back ? 0 : len)) return true;
    return false;
}

static bool ends_sentence(const struct text *t, size_t i)
{
    uint32_t cp = t->c[i];
    return cp == 0x3002 || cp == ';' || cp == '!' || cp == '?' ||
           (cp == '.' && at(t, i + 1) == ' ') || (cp == '\n' && (!i || t->c[i - 1] != ':'));
}

/* What the sentence says of the indicator up to its end, and the clause right behind it. */
static bool is_demanded(const struct text *t, struct span s)
{
    size_t i = s.begin, end = s.end;
    while (i > 0 && s.begin - i < MUST_MAX && !ends_sentence(t, i - 1)) i--;
    while (end < t->n && end - s.end < FROM_MAX && t->c[end] != ',' && !ends_sentence(t, end))
        end++;
    bool must = false;
    while (i < end) {
        size_t wish = word_from(t, i, WISH, NULL), required = word_from(t, i, REQUIRED, NULL);
        size_t demand = i >= s.begin && i < s.end ? word_from(t, i, DEMAND, NULL) : 0;
        size_t len = MAX(MAX(wish, required), MAX(demand, (size_t)1));
        if (wish == len)
            must = false;
        else if (demand == len || (required == len && !is_kept(t, i, len)))
            must = true;
        i += len;
    }
    return must;
}

/* "from 6 % down to": the value that was, not the one that is wanted. */
static bool is_left_behind(const struct text *t, const struct value *v)
{
    size_t q = skip_spaces_back(t, v->begin);
    for (size_t len = 1; len; q = skip_spaces_back(t, q - len)) {
        if (word_until(t, 0, q, FROM, NULL)) break;
        const struct word *w = NULL;
        len = word_until(t, 0, q, LINK, NULL);
        if (!len && word_until(t, 0, q, BEFORE, &w) && w->effect == EQ)
            len = word_until(t, 0, q, BEFORE, NULL); /* "from about" */
        if (!len) return false;
    }
    for (size_t i = v->end; i < t->n && i - v->end < BRACKET_MAX; i++) {
        const struct word *w = NULL;
        uint32_t cp = t->c[i];
        if (cp == ';' || cp == 0x3002 || cp == '\n') break;
        if (word_from(t, i, BEFORE, &w) && (w->effect == REACH || w->effect == LE)) return true;
    }
    return false;
}

/* "A, B and C are x, y and z each": the names still without their values. */
struct each {
    struct span names[EACH_MAX];
    size_t n, next;
    size_t end;      /* of the last value */
    size_t nameless; /* see name_behind_list */
    struct measure unit;
    struct left left;
};

/* The names before `end` when "each" stands between them and the value, the last one first. */
static void read_each(const struct text *t, size_t least, const struct left *l, size_t value_end,
                      struct each *each)
{
    *each = (struct each){.left = *l, .end = value_end, .nameless = each->nameless};
    size_t q = l->end;
    for (size_t k = 0; k < EACH_MAX && q > least; k++) {
        struct span name = {(uint32_t)MAX(name_begin(t, q), least), (uint32_t)q};
        if (name.begin >= name.end || !name_is(t, name)) break;
        each->names[each->n++] = name;
        q = skip_spaces_back(t, name.begin);
        size_t joined = word_until(t, least, q, BETWEEN, NULL);
        bool list = q > least && (t->c[q - 1] == 0x3001 || t->c[q - 1] == ',');
        if (!joined && !list) break;
        q = skip_spaces_back(t, q - (list ? 1 : joined));
    }
    for (size_t i = 0; i < each->n / 2; i++) {
        struct span other = each->names[i];
        each->names[i] = each->names[each->n - 1 - i];
        each->names[each->n - 1 - i] = other;
    }
}

/* Is the number at i the next value of such a list? */
static bool continues_each(const struct text *t, size_t i, const struct value *v,
                           const struct each *each)
{
    if (!each->n || (each->next >= each->n && each->n > 1)) return false;
    size_t k = skip_spaces(t, each->end), of = word_from(t, k, OF, NULL);
    if (of && each->n == 1) { /* "are 1 μm of cobalt, 2 μm of nickel" */
        bool same = each->unit.has_unit && v->measure.has_unit &&
                    unit_same_dimension(&each->unit.unit, &v->measure.unit);
        if (!same || i - k > FROM_MAX || !word_from(t, v->end, OF, NULL)) return false;
        for (k += of; k < i; k++)
            if (!name_holds(t, k) && t->c[k] != ',' && t->c[k] != 0x3001) return false;
        return true;
    }
    size_t joined = word_from(t, k, BETWEEN, NULL);
    if (!joined && (at(t, k) == 0x3001 || at(t, k) == ',')) joined = 1;
    return joined && skip_spaces(t, k + joined) == i;
}

/* "Cr0.5~1.5 %": the symbol of an element, or two letters like one, right before its share. */
static bool behind_symbol(const struct text *t, size_t i)
{
    size_t begin = i;
    while (begin > 0 && is_latin(t->c[begin - 1]) && i - begin < 3) begin--;
    return i > begin && i - begin <= 2 && t->c[begin] <= 'Z' &&
           (begin == 0 || (!is_digit(t->c[begin - 1]) && t->c[begin - 1] != '-'));
}

/* Reads the indicator around the number at i, and where to go on. */
static bool read_indicator(const struct text *t, size_t i, size_t *least, struct each *each,
                           struct arena *arena, struct indicator *out, size_t *next)
{
    struct value v = {0};
    *next = i + 1;
    bool number = number_begins(t, i, &v.first);
    if (number && !is_digit(t->c[i])) *next = v.first.end;
    while (is_digit(t->c[i]) && is_digit(at(t, *next))) ++*next;
    if (!number && !is_digit(t->c[i])) return false;
    bool symbol = number && number_names_something(t, i) && behind_symbol(t, i);
    if (symbol) { /* a model, unless it is a share */
        struct value share = {.first = v.first};
        value_read(t, i, false, &share);
        bool fraction = share.measure.has_unit && share.measure.unit.dim[DIM_FRACTION];
        size_t begin = name_begin(t, i);
        struct span name = {(uint32_t)begin, (uint32_t)i};
        symbol = fraction && (share.range || in_share_list(t, &share, name));
    }
    if (!number || (number_names_something(t, i) && !symbol)) {
        /* "228.1", "2024-05-01": the rest names the same thing */
        while ((at(t, *next) == '.' || at(t, *next) == '-' || at(t, *next) == '/') &&
               is_digit(at(t, *next + 1)))
            for (++*next; is_digit(at(t, *next));) ++*next;
        return false;
    }
    size_t head = skip_spaces_back(t, i);
    bool between = word_until(t, 0, head, BETWEEN_HEAD, NULL) > 0;
    if (between) head -= word_until(t, 0, head, BETWEEN_HEAD, NULL);
    value_read(t, i, between, &v);
    size_t before = *least;
    if (between) v.begin = head;
    *next = MAX(*next, v.end);
    if (!v.range && is_left_behind(t, &v)) return false;
    bool counted = v.measure.flags & (UNIT_WEAK | UNIT_KELVIN); /* "two-stage", "4K video" */
    if (v.measure.has_unit && !counted) *least = v.end;         /* no name goes on before a value */
    uint32_t sign = at(t, skip_spaces(t, v.end));
    if (sign == '<' || sign == 0x2264) return false; /* see read_chain */
    struct left l = read_left(t, &v);
    bool continued = continues_each(t, i, &v, each);
    if (continued) {
        l = each->left;
        l.end = v.begin;
        each->end = v.end;
    } else if (l.each) {
        read_each(t, before, &l, v.end, each);
        each->unit = v.measure;
    } else {
        each->n = 0;
    }
    *next = MAX(*next, v.end);

    size_t end = skip_spaces(t, v.end);
    const struct word *after = NULL;
    size_t len = word_from(t, end, NOT_AFTER, NULL) ? 0 : word_from(t, end, AFTER, &after);
    end = len ? end + len : v.end;
    if (len && after->effect != EQ && (!l.explicit || l.effect == REACH)) {
        l.effect = after->effect;
        l.explicit = true;
    }
    struct span quantity = {(uint32_t)MAX(name_begin(t, l.end), before), (uint32_t)l.end};
    bool of_list = each->next < each->n && each->n > 1;
    if (of_list) quantity = each->names[each->next++];
    if (continued && each->n == 1) quantity = each->names[0]; /* "the rates are 20 and 250 MHz" */
    if (quantity.begin >= quantity.end || !name_is(t, quantity))
        quantity = (struct span){(uint32_t)l.end, (uint32_t)l.end};
    if (quantity.begin < quantity.end && name_before_symbol(t, quantity) >= before)
        quantity.begin = (uint32_t)name_before_symbol(t, quantity);
    name_split_comparison(t, &v, &quantity, &l);
    read_chain(t, &quantity, &l, &v);
    bool verb = word_from(t, quantity.begin, CHANGE, NULL) == quantity.end - quantity.begin;
    if (quantity.begin == quantity.end) {
        struct left part = l;
        struct span whole = name_of_part(t, l.end, &part), listed = name_before_comma(t, &v, l.end);
        if (whole.begin < whole.end && whole.begin >= before) {
            quantity = whole;
            l = part;
            l.linked = true;
        } else if (listed.begin < listed.end && listed.begin >= before) {
            quantity = listed;
            l.linked = true;
        }
    }
    size_t begin = quantity.begin == quantity.end ? l.end : quantity.begin;
    struct span none = {(uint32_t)end, (uint32_t)end};
    if (continued) begin = v.begin;
    struct span behind = of_list || (name_has_head(t, quantity) && !verb)
                             ? none
                             : name_behind(t, end, &v, l.explicit);
    bool of = word_from(t, skip_spaces(t, end), OF, NULL) > 0; /* "keeps 20 % of growth rate" */
    if (behind.end > behind.begin &&
        (verb || of || begin == l.end || is_latin(at(t, behind.begin)) || behind.begin == v.end)) {
        quantity = behind;
        end = MAX(end, (size_t)quantity.end);
    }
    struct span shared = of_list || quantity.begin < quantity.end
                             ? none
                             : name_behind_list(t, &v, end, &each->nameless);
    if (shared.end > shared.begin) {
        quantity = shared; /* read again for the next value: the span ends with its own */
        l.linked = true;
    }
    struct span made_of = name_of_part_behind(t, &v, end);
    if (!of_list && made_of.begin < made_of.end && behind.begin == behind.end &&
        (!name_has_head(t, quantity) || made_of.end - made_of.begin <= 2) &&
        (v.range || (l.explicit && quantity.begin == quantity.end))) {
        quantity = made_of;
        end = made_of.end;
        begin = v.begin;
    }
    if (!is_wanted(t, &v, &l, quantity, l.explicit, end)) return false;

    settle_unit(t, &v, quantity, l.plusminus);
    begin = skip_spaces(t, MAX(begin, before)); /* what was skipped may be another's */
    *out = (struct indicator){.span = {(uint32_t)begin, (uint32_t)end}, .quantity = quantity};
    out->finer = is_finer(t, quantity, &v);
    out->compare = v.plusminus || l.plusminus ? COMPARE_PLUSMINUS
                   : v.range                  ? COMPARE_RANGE
                                              : resolve(l.effect, out->finer);
    out->must = is_demanded(t, out->span);
    set_bounds(&v, l.plusminus, out);
    if (v.measure.has_unit) {
        struct unit *u = arena_alloc(arena, 1, sizeof *u);
        *u = v.measure.unit;
        out->unit = u;
    }
    *next = MAX(*next, end);
    *least = end;
    return isfinite(out->low) && isfinite(out->high);
}

/* ---- texts ----------------------------------------------------------------------------------- */

size_t indicators_parse(const char *text, size_t len, struct arena *arena, struct indicator **out)
{
    struct text t = text_fold(text, len, TEXT_MAX, arena);
    VEC(struct indicator) found = {0};
    struct each each = {.n = 0};
    size_t least = 0;
    for (size_t i = 0; i < t.n && found.len < INDICATORS_MAX;) {
        struct indicator one;
        size_t next = i + 1;
        bool may_begin = is_digit(t.c[i]) || t.c[i] >= 0x3000;
        if (may_begin && read_indicator(&t, i, &least, &each, arena, &one, &next))
            vec_push(&found, one);
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
    struct text t = text_fold(sentence, strlen(sentence), TEXT_MAX, &arena);
    bool found = words_hold(&t, (struct span){0, (uint32_t)t.n}, TENSE);
    arena_free(&arena);
    return found;
}

#include "base/base.h"

#include "base/utf8.h"
#include "matcher/indicator_name.h"

enum {
    QUANTITY_MAX = 40,  /* code points */
    QUANTITY_WORDS = 6, /* English ones */
    VALUES_MAX = 8,     /* of which one name is told */
    WHOLE_MAX = 24      /* code points of "of the volume" */
};

bool name_holds(const struct text *t, size_t i)
{
    uint32_t cp = t->c[i];
    if (utf8_is_han(cp) || is_digit(cp) || is_latin(cp)) return true;
    if (cp == '+' && i > 0 && is_latin(t->c[i - 1])) return true; /* Na₂O+K₂O */
    if (cp == '-' || cp == '/' || cp == 0xB7 || (cp >= 0x370 && cp <= 0x3FF) || cp == '_')
        return true;
    if (cp >= 0x2080 && cp <= 0x2089) return true; /* CO₂ */
    if (cp >= 0xC0 && cp <= 0x24F && cp != 0xD7) return true;
    if (cp != ' ' || i == 0 || i + 1 >= t->n) return false;
    return t->c[i - 1] != ' ' && t->c[i - 1] != '\n' && t->c[i + 1] != '\n';
}

/* Where the name that ends at `end` begins: behind the last STOP word, or the last sign that no
 * name holds. */
size_t name_begin(const struct text *t, size_t end)
{
    size_t begin = end, spaces = 0;
    while (begin > 0 && end - begin < QUANTITY_MAX && name_holds(t, begin - 1)) {
        if (t->c[begin - 1] == ' ' && ++spaces > QUANTITY_WORDS) break;
        begin--;
    }
    for (size_t i = begin; i < end;) {
        size_t keep = word_from(t, i, KEEP, NULL), stop = word_from(t, i, STOP, NULL);
        if (i > 0 && is_latin(t->c[i]) && utf8_is_han(t->c[i - 1])) stop = 0; /* no article */
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
        if (len && word_from(t, begin, KEEP, NULL) > len) break;
        bool sign =
            begin < end && (t->c[begin] == '-' || t->c[begin] == '/' || t->c[begin] == 0xB7);
        if (sign) len = 1;
        struct number age; /* "28 d compressive strength" */
        if (!len && begin < end && number_read(t, begin, &age)) {
            struct measure m = measure_read(t, &age);
            if (m.has_unit) len = m.end - begin;
        }
        if (!len || begin + len > end) break;
        begin += len;
    }
    return begin;
}

/* Numbers, "2、", and units alone are no names. */
bool name_is(const struct text *t, struct span s)
{
    size_t letters = 0;
    if (s.begin < s.end && is_digit(t->c[s.begin])) return false;
    for (size_t i = s.begin; i < s.end; i++)
        letters += utf8_is_han(t->c[i]) || is_latin(t->c[i]) || t->c[i] >= 0x370;
    return letters > 0;
}

bool name_ends_item(uint32_t cp)
{
    return cp == 0x3001 || cp == ',' || cp == ';' || cp == 0x3002 || cp == '\n' || cp == 0;
}

bool name_has_head(const struct text *t, struct span s)
{
    return word_until(t, s.begin, s.end, HEAD, NULL) > 0;
}

/* "surface roughness: Ra": the name of what a symbol stands for, where it stands before it. */
size_t name_before_symbol(const struct text *t, struct span s)
{
    size_t end = skip_spaces_back(t, s.begin);
    if (word_from(t, s.begin, SYMBOL, NULL) != s.end - s.begin) return s.begin;
    if (end == 0 || (t->c[end - 1] != ':' && t->c[end - 1] != '(')) return s.begin;
    struct span name = {(uint32_t)name_begin(t, end - 1), (uint32_t)end - 1};
    return name.begin < name.end && name_has_head(t, name) ? name.begin : s.begin;
}

/* "output is more than 30 % higher than", "yield far above 80 % of": a share of what the name is
 * compared with; the name ends before the comparison. */
void name_split_comparison(const struct text *t, const struct value *v, struct span *quantity,
                           struct left *l)
{
    const struct measure *m = &v->measure;
    if (!m->has_unit || (!m->unit.dim[DIM_FRACTION] && !m->unit.dim[DIM_MULTIPLE])) return;
    for (size_t i = quantity->begin + 2u; i + 2 < quantity->end; i++) {
        const struct word *w = NULL;
        size_t len = word_from(t, i, BEFORE, &w);
        if (len < 2 || !utf8_is_han(t->c[i]) || (w->effect != GT && w->effect != LT)) continue;
        quantity->end = (uint32_t)i;
        if (!l->explicit) l->effect = w->effect;
        l->explicit = l->linked = true;
        return;
    }
}

/* The shortest part of s from its begin that is the name of a quantity; empty without one. */
static struct span first_head(const struct text *t, struct span s)
{
    for (size_t i = s.begin + 1u; i <= s.end; i++) {
        struct span part = {s.begin, (uint32_t)i};
        if (!name_has_head(t, part)) continue;
        struct span longer = {s.begin, (uint32_t)MIN(i + 1, s.end)};
        return name_has_head(t, longer) ? longer : part;
    }
    return (struct span){s.begin, s.begin};
}

/* "5~6 GHz band;": a name between a range and the end of the clause; empty without one. */
static struct span named_alone(const struct text *t, size_t begin)
{
    size_t i = begin;
    while (i < t->n && i - begin <= MADE_OF_MAX && utf8_is_han(t->c[i])) i++;
    struct span s = {(uint32_t)begin, (uint32_t)i}, none = {(uint32_t)begin, (uint32_t)begin};
    return name_ends_item(at(t, i)) && name_has_head(t, s) && !words_hold(t, s, STOP) ? s : none;
}

/* "95 % or more of yield", "5 nm resolution": a name behind the value. */
struct span name_behind(const struct text *t, size_t end, const struct value *v, bool explicit)
{
    size_t i = skip_spaces(t, end), len = word_from(t, i, OF, NULL);
    struct span none = {(uint32_t)end, (uint32_t)end};
    bool fraction = v->measure.unit.dim[DIM_FRACTION] || !v->measure.has_unit;
    if (!len && v->range && !fraction && i == end && named_alone(t, i).end > i)
        return named_alone(t, i);
    size_t side = len ? 0 : word_from(t, i, SIDE, NULL);
    if (side && word_from(t, i + side, OF, NULL)) /* "200 mm long" */
        return (struct span){(uint32_t)i, (uint32_t)(i + side)};
    if (!len && (i == end || !is_latin(at(t, i)))) return none;
    size_t begin = skip_spaces(t, i + len), stop = begin;
    for (int n = 0; stop < t->n && name_holds(t, stop) && stop - begin < QUANTITY_MAX / 2; n++) {
        size_t keep = word_from(t, stop, KEEP, NULL);
        if (keep) {
            stop += keep;
            continue;
        }
        if (stop > begin && word_from(t, stop, STOP, NULL)) break;
        if (t->c[stop] == ' ' && !len) {
            struct span s = {(uint32_t)begin, (uint32_t)stop};
            if (name_has_head(t, s)) return s;
        }
        stop++;
    }
    struct span s = {(uint32_t)begin, (uint32_t)skip_spaces_back(t, stop)};
    if (s.end <= s.begin || is_digit(t->c[begin])) return none;
    if (name_has_head(t, s)) return s;
    return len && explicit && !fraction ? first_head(t, s) : none; /* "below 3 mL/min of rate" */
}

/* "43 % and 26 % of yield", told of several things: the name behind the last of the values. */
struct span name_behind_list(const struct text *t, const struct value *v, size_t end,
                             size_t *nameless)
{
    struct span none = {(uint32_t)end, (uint32_t)end};
    size_t i = end;
    if (end <= *nameless) return none;
    for (int n = 0; n < VALUES_MAX && v->measure.has_unit; n++) {
        size_t k = skip_spaces(t, i), joined = word_from(t, k, BETWEEN, NULL);
        if (!joined && (at(t, k) == 0x3001 || at(t, k) == ',')) joined = 1;
        struct value next = {0};
        k = skip_spaces(t, k + joined);
        if (!joined || !is_digit(at(t, k)) || !number_read(t, k, &next.first)) break;
        next.measure = measure_read(t, &next.first);
        if (!next.measure.has_unit || !unit_same_dimension(&next.measure.unit, &v->measure.unit))
            break;
        i = next.measure.end;
    }
    if (i > end && word_from(t, skip_spaces(t, i), OF, NULL)) return name_behind(t, i, v, false);
    *nameless = i;
    return none;
}

/* "88~94 % ferrite,", "at most 0.25 % of Mn.": what something is made of, named behind its share.
 */
struct span name_of_part_behind(const struct text *t, const struct value *v, size_t end)
{
    struct span none = {(uint32_t)end, (uint32_t)end};
    if (!v->measure.has_unit || v->measure.unit.dim[DIM_FRACTION] != UNIT_WHOLE) return none;
    size_t begin = skip_spaces(t, end), of = word_from(t, begin, OF, NULL);
    begin = skip_spaces(t, begin + of);
    size_t stop = begin, latin = 0;
    for (; stop < t->n && stop - begin <= MADE_OF_MAX; stop++) {
        if (!utf8_is_han(t->c[stop]) && !is_latin(t->c[stop])) break;
        if (stop > begin && word_from(t, stop, STOP, NULL)) break;
        latin += is_latin(t->c[stop]);
    }
    uint32_t cp = at(t, stop);
    bool ends = cp == 0x3001 || cp == ',' || cp == ';' || cp == 0x3002 || cp == 0 ||
                word_from(t, stop, STOP, NULL);
    bool symbol = latin == stop - begin && latin <= 2;
    if (stop == begin || !ends || stop - begin > MADE_OF_MAX || is_digit(at(t, stop))) return none;
    if (!of && !symbol && !v->range) return none;
    if (word_from(t, begin, SHARE, NULL) || word_from(t, begin, STOP, NULL) ||
        word_until(t, begin, stop, SOLUTION, NULL))
        return none;
    return (struct span){(uint32_t)begin, (uint32_t)stop};
}

/* "the sheath is 15~30 % of the volume", "the sum ≤ 5 % of the whole": what is part of it, with
 * how it is bounded into *l; empty when nothing is. */
struct span name_of_part(const struct text *t, size_t q, struct left *l)
{
    struct span none = {(uint32_t)q, (uint32_t)q};
    if (!word_until(t, 0, q, OF, NULL)) return none;
    for (size_t i = q; i > 0 && q - i < WHOLE_MAX; i--) {
        const struct word *w = NULL;
        size_t len = word_until(t, 0, i, PART_OF, NULL);
        size_t bound = l->explicit ? 0 : word_until(t, 0, i, BEFORE, &w);
        bool bounds = bound && w->effect != EQ && w->effect != REACH && w->effect != BETTER;
        if (!bounds && !name_holds(t, i - 1)) break;
        if (bounds) {
            len = bound;
            l->effect = w->effect;
            l->explicit = true;
        }
        if (!len || word_until(t, 0, i + 1, KEEP, NULL) > len) continue;
        return (struct span){(uint32_t)name_begin(t, i - len), (uint32_t)(i - len)};
    }
    return none;
}

/* "hardener, 3~5 %,": in a list of shares a comma may stand behind the name; empty without one. */
struct span name_before_comma(const struct text *t, const struct value *v, size_t q)
{
    struct span none = {(uint32_t)q, (uint32_t)q};
    bool share = v->measure.has_unit && v->measure.unit.dim[DIM_FRACTION] == UNIT_WHOLE;
    if (!share || !v->range || q < 2 || t->c[q - 1] != ',') return none;
    if (!name_ends_item(at(t, skip_spaces(t, v->end)))) return none;
    struct span name = {(uint32_t)name_begin(t, q - 1), (uint32_t)q - 1};
    return name.begin < name.end && name_is(t, name) ? name : none;
}

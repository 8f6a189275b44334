#include "base/base.h"

#include "base/mem.h"
#include "base/vec.h"
#include "matcher/indicator_table.h"

#include <math.h>
#include <string.h>

enum { ROWS_MAX = 12 };

/* An exact value is taken as met within this share of itself: rounding, not engineering. */
static const double SAME_VALUE = 0.005;

static const enum field readable[] = {FIELD_TITLE,          FIELD_NAME,    FIELD_TARGETS,
                                      FIELD_KEY_TECHNOLOGY, FIELD_SUMMARY, FIELD_TEXT};

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {"unknown", "unmet", "met"};
    return names[verdict];
}

/* ---- the verdict ----------------------------------------------------------------------------- */

static bool around_zero(const struct indicator *i)
{
    return i->compare == COMPARE_PLUSMINUS && i->low == -i->high;
}

/* "within ± 5 μm" and "at most 5 μm" bound the same thing. */
static struct indicator plain(const struct indicator *i, enum compare instead)
{
    struct indicator one = *i;
    if (around_zero(i)) {
        one.compare = instead;
        one.low = i->high;
    } else if (i->compare == COMPARE_PLUSMINUS) {
        one.compare = COMPARE_RANGE;
    }
    return one;
}

static bool lower_bound(enum compare c)
{
    return c == COMPARE_GE || c == COMPARE_GT;
}

static bool upper_bound(enum compare c)
{
    return c == COMPARE_LE || c == COMPARE_LT;
}

/* At least `least` is wanted. A statement's own bound counts as its value: who states "at least 90"
 * where 95 is wanted has not shown 95. */
static enum verdict judge_least(double least, bool strict, const struct indicator *s)
{
    double slack = 1e-9 * fabs(least);
    if (s->compare == COMPARE_RANGE && s->low < least - slack)
        return s->high < least - slack ? VERDICT_UNMET : VERDICT_UNKNOWN;
    if (upper_bound(s->compare)) return s->high < least - slack ? VERDICT_UNMET : VERDICT_UNKNOWN;
    if (strict && s->compare != COMPARE_GT && s->low <= least + slack) return VERDICT_UNMET;
    return s->low >= least - slack ? VERDICT_MET : VERDICT_UNMET;
}

static enum verdict judge_most(double most, bool strict, const struct indicator *s)
{
    double slack = 1e-9 * fabs(most);
    if (s->compare == COMPARE_RANGE && s->high > most + slack)
        return s->low > most + slack ? VERDICT_UNMET : VERDICT_UNKNOWN;
    if (lower_bound(s->compare)) return s->low > most + slack ? VERDICT_UNMET : VERDICT_UNKNOWN;
    if (strict && s->compare != COMPARE_LT && s->high >= most - slack) return VERDICT_UNMET;
    return s->high <= most + slack ? VERDICT_MET : VERDICT_UNMET;
}

/* A range is wanted: what lies within it meets it, and so does a range that covers it. */
static enum verdict judge_range(const struct indicator *r, const struct indicator *s)
{
    double low = lower_bound(s->compare) || s->compare == COMPARE_RANGE || s->compare == COMPARE_EQ
                     ? s->low
                     : -INFINITY;
    double high = upper_bound(s->compare) || s->compare == COMPARE_RANGE || s->compare == COMPARE_EQ
                      ? s->high
                      : INFINITY;
    double slack = 1e-9 * MAX(fabs(r->low), fabs(r->high));
    if (high < r->low - slack || low > r->high + slack) return VERDICT_UNMET;
    bool within = low >= r->low - slack && high <= r->high + slack;
    bool covers =
        low <= r->low + slack && high >= r->high - slack && isfinite(low) && isfinite(high);
    return within || covers ? VERDICT_MET : VERDICT_UNKNOWN;
}

enum verdict indicator_verdict(const struct indicator *required, const struct indicator *stated)
{
    struct indicator r = plain(required, COMPARE_LE), s = plain(stated, COMPARE_EQ);
    switch (r.compare) {
    case COMPARE_GE:
    case COMPARE_GT: return judge_least(r.low, r.compare == COMPARE_GT, &s);
    case COMPARE_LE:
    case COMPARE_LT: return judge_most(r.high, r.compare == COMPARE_LT, &s);
    case COMPARE_RANGE: return judge_range(&r, &s);
    case COMPARE_EQ:
    case COMPARE_PLUSMINUS: break;
    }
    if (r.finer) return judge_most(r.high, false, &s);
    double slack = SAME_VALUE * fabs(r.low);
    bool known = s.compare == COMPARE_EQ || s.compare == COMPARE_RANGE;
    bool holds = known && s.low <= r.low + slack && s.high >= r.low - slack;
    return holds ? VERDICT_MET : VERDICT_UNKNOWN;
}

/* ---- the two sides --------------------------------------------------------------------------- */

/* The sentence that holds code point `at`; the mention itself when no sentence does. */
static struct span sentence_around(const char *text, struct span mention, struct arena *arena)
{
    struct span *spans;
    size_t n = text_sentences(text, strlen(text), arena, &spans);
    for (size_t i = 0; i < n; i++)
        if (spans[i].begin <= mention.begin && mention.begin < spans[i].end)
            return (struct span){spans[i].begin, MAX(spans[i].end, mention.end)};
    return mention;
}

static const char *side_text(const struct explain_source *s, enum field f)
{
    if (!s->record) return f == FIELD_TEXT ? s->text : NULL;
    if (s->title_only && f != FIELD_TITLE && f != FIELD_NAME) return NULL;
    return s->record->value[f];
}

/* Free text is a question someone asks: all it measures is wanted. */
static bool demands(const struct explain_source *source, enum field f, const struct indicator *one,
                    const char *text, struct arena *arena)
{
    if (f == FIELD_TARGETS) return true;
    if (source->record && one->compare == COMPARE_EQ) return false;
    struct span s = sentence_around(text, one->span, arena);
    return !indicator_is_background(text_slice(text, strlen(text), s, arena));
}

size_t indicator_statements(struct analyzer *a, const struct explain_source *source, bool required,
                            struct arena *arena, struct indicator_statement **out)
{
    VEC(struct indicator_statement) all = {0};
    for (size_t f = 0; f < ARRAY_LEN(readable); f++) {
        const char *text = side_text(source, readable[f]);
        struct indicator *found;
        size_t n = text ? indicators_parse(text, strlen(text), arena, &found) : 0;
        for (size_t i = 0; i < n; i++) {
            if (found[i].quantity.begin == found[i].quantity.end) continue;
            if (required && !demands(source, readable[f], &found[i], text, arena)) continue;
            struct indicator_statement s = {found[i], readable[f], text, NULL, NULL};
            s.quantity = text_slice(text, strlen(text), found[i].quantity, arena);
            s.name = quantity_name_new(a, s.quantity, arena);
            vec_push(&all, s);
        }
    }
    size_t n = all.len;
    *out = arena_alloc(arena, n, sizeof **out);
    if (n) memcpy(*out, all.at, n * sizeof **out);
    vec_free(&all);
    return n;
}

static struct indicator_side side_of(const struct indicator_statement *s, struct arena *arena)
{
    struct span span = sentence_around(s->text, s->indicator.span, arena);
    const char *text = text_slice(s->text, strlen(s->text), span, arena);
    return (struct indicator_side){{s->field, span, text}, s->indicator.span};
}

/* Title, targets and text often say the same. */
static bool said_before(const struct indicator_statement *all, size_t i)
{
    const struct indicator *one = &all[i].indicator;
    for (size_t k = 0; k < i; k++) {
        const struct indicator *other = &all[k].indicator;
        if (one->compare == other->compare && one->low == other->low && one->high == other->high &&
            unit_same_dimension(one->unit, other->unit) &&
            strcmp(all[i].quantity, all[k].quantity) == 0)
            return true;
    }
    return false;
}

static double likeness(const struct indicator_statement *required,
                       const struct indicator_statement *stated)
{
    if (!unit_same_dimension(required->indicator.unit, stated->indicator.unit)) return 0;
    return quantity_likeness(required->name, stated->name);
}

/* Is s the only name among all that could be meant by `by`? */
static bool is_lone(const struct indicator_statement *by, const struct indicator_statement *s,
                    const struct indicator_statement *all, size_t n, bool by_is_required)
{
    for (size_t i = 0; i < n; i++) {
        double alike = by_is_required ? likeness(by, &all[i]) : likeness(&all[i], by);
        if (alike > 0 && strcmp(all[i].quantity, s->quantity) != 0) return false;
    }
    return true;
}

size_t indicator_table(const struct indicator_statement *required, size_t n_required,
                       const struct indicator_statement *stated, size_t n_stated,
                       struct arena *arena, struct indicator_row **rows)
{
    *rows = arena_zalloc(arena, MIN(n_required, (size_t)ROWS_MAX), sizeof **rows);
    size_t n = 0;
    for (size_t i = 0; i < n_required && n < ROWS_MAX; i++) {
        if (said_before(required, i)) continue;
        const struct indicator_statement *best = NULL, *r = &required[i];
        double best_likeness = 0;
        enum verdict verdict = VERDICT_UNKNOWN;
        for (size_t k = 0; k < n_stated; k++) {
            const struct indicator_statement *s = &stated[k];
            double alike = likeness(r, s);
            if (alike <= 0 || alike < best_likeness) continue;
            if (alike < QUANTITY_SAME && (!is_lone(r, s, stated, n_stated, true) ||
                                          !is_lone(s, r, required, n_required, false)))
                continue;
            enum verdict v = indicator_verdict(&r->indicator, &s->indicator);
            if (alike > best_likeness || v > verdict) best = s, best_likeness = alike, verdict = v;
        }
        struct indicator_row *row = &(*rows)[n++];
        row->quantity = r->quantity;
        row->required = side_of(r, arena);
        row->has_stated = best != NULL;
        if (best) row->stated = side_of(best, arena);
        row->verdict = verdict;
        row->must = r->indicator.must;
    }
    return n;
}

struct indicator_fit indicator_fit(const struct indicator_row *rows, size_t n)
{
    struct indicator_fit fit = {0};
    for (size_t i = 0; i < n; i++) {
        fit.met += rows[i].verdict == VERDICT_MET;
        fit.unmet += rows[i].verdict == VERDICT_UNMET;
        fit.unknown += rows[i].verdict == VERDICT_UNKNOWN;
        fit.must_unmet += rows[i].must && rows[i].verdict == VERDICT_UNMET;
        fit.must_unknown += rows[i].must && rows[i].verdict == VERDICT_UNKNOWN;
    }
    return fit;
}

struct indicator_fit indicator_fit_of(struct analyzer *a, const struct explain_source *need,
                                      const struct explain_source *offer, struct arena *arena)
{
    struct indicator_statement *required, *stated;
    struct indicator_row *rows;
    size_t n_required = indicator_statements(a, need, true, arena, &required);
    if (!n_required) return (struct indicator_fit){0};
    size_t n_stated = indicator_statements(a, offer, false, arena, &stated);
    size_t n = indicator_table(required, n_required, stated, n_stated, arena, &rows);
    return indicator_fit(rows, n);
}

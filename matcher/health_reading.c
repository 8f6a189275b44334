/* A need as sentences, each with what it is about, and its measurable requirements. */
#include "base/base.h"

#include "base/utf8.h"
#include "matcher/health_impl.h"
#include "matcher/indicator.h"

#include <stdlib.h>
#include <string.h>

enum {
    TEXT_MAX = 20000, /* code points: what indicator.h reads */
    HEAD_AT = 8,      /* a heading begins within so many code points of a sentence */
    WANTED_REACH = 16,
    HEAD_REACH = 16, /* and has its colon within so many behind its first word */
    AROUND = 8,      /* code points before a number that tell what is counted */
    ITEMS_MAX = 24,
    ITEM_LEAST = 10, /* ideographs an item has at least, to be compared */
    PAIRS_MAX = 400
};

/* ---- fields and sentences -------------------------------------------------------------------- */

static void add_field(const struct record *need, enum field f, struct reading *r)
{
    const char *text = need->value[f];
    if (!text) return;
    size_t len = utf8_offset(text, strlen(text), TEXT_MAX);
    struct health_field *out = &r->fields[r->n_fields++];
    *out = (struct health_field){f, text, len, folded_text(text, len, r->arena)};
    for (size_t i = 0; f != FIELD_TITLE && i < out->folded.n; i++)
        r->length += out->folded.c[i] != ' ' && out->folded.c[i] != '\n';
}

/* Signs of numbering before a heading. */
static bool is_numbering(const struct folded *t, size_t i)
{
    uint32_t c = t->c[i];
    return is_ascii_digit(c) || c == ' ' || c == '.' || c == 0x3001 || c == '(' || c == ')' ||
           c == '[' || c == ']' || c == '*' || c == 0xB7 || c == 0x25A0 || c == 0x25CF ||
           (c >= 0x2460 && c <= 0x2473) || c == 0x4E00 || c == 0x4E8C || c == 0x4E09 ||
           c == 0x56DB || c == 0x4E94;
}

/* Where the words of a sentence begin. */
static size_t behind_numbering(const struct folded *t, struct span s)
{
    size_t i = s.begin;
    while (i < s.end && i < s.begin + HEAD_AT && is_numbering(t, i)) i++;
    return i;
}

/* A heading stands at the head of a sentence, alone or with a colon soon behind it. */
static bool is_heading(const struct folded *t, struct span s, enum health_class class)
{
    size_t i = behind_numbering(t, s), n = word_begins(t, i, class), end = i + n;
    if (!n) return false;
    for (size_t k = end; k < s.end && k <= end + HEAD_REACH; k++)
        if (t->c[k] == ':') return true;
    return end >= s.end || t->c[end] == ',' || t->c[end] == ';' || t->c[end] == ' ' ||
           t->c[end] == ']' || t->c[end] == 0x4E3A /* "is" */;
}

static bool holds(const struct folded *t, struct span s, enum health_class class)
{
    struct span w = word_within(t, s, class);
    return w.begin < w.end;
}

static bool ends_line(const struct folded *t, struct span s)
{
    size_t i = s.end;
    while (i < t->n && t->c[i] != '\n' && !utf8_is_han(t->c[i])) i++;
    return i >= t->n || t->c[i] == '\n';
}

/* Headings rule what stands below them, until the next; what introduces the firm is a paragraph. */
static void add_sentences(struct reading *r, size_t field, size_t max)
{
    const struct health_field *f = &r->fields[field];
    struct span *spans;
    size_t n = text_sentences(f->text, f->len, r->arena, &spans);
    bool below_goal = f->field != FIELD_TEXT, below_base = false, intro = false;
    size_t byte = 0, at = 0; /* of the same place: slicing from the start each time is quadratic */
    for (size_t i = 0; i < n && r->n_sentences < max; i++) {
        struct sentence s = {.field = field, .span = spans[i]};
        if (is_heading(&f->folded, s.span, CLASS_GOAL_HEAD)) {
            below_goal = true;
            below_base = false;
        } else if (is_heading(&f->folded, s.span, CLASS_BASE_HEAD)) {
            below_goal = false;
            below_base = true;
        }
        intro |= is_heading(&f->folded, s.span, CLASS_INTRO_HEAD);
        s.headed = below_goal;
        s.goal = below_goal || holds(&f->folded, s.span, CLASS_GOAL);
        s.base = f->field == FIELD_TEXT &&
                 (below_base || intro || holds(&f->folded, s.span, CLASS_BASE));
        intro = intro && !ends_line(&f->folded, s.span);
        byte += utf8_offset(f->text + byte, f->len - byte, s.span.begin - at);
        size_t bytes = utf8_offset(f->text + byte, f->len - byte, s.span.end - s.span.begin);
        at = s.span.begin;
        s.past = f->field == FIELD_TEXT &&
                 (holds(&f->folded, s.span, CLASS_BACKGROUND) ||
                  indicator_is_background(arena_strndup(r->arena, f->text + byte, bytes)));
        r->sentences[r->n_sentences++] = s;
    }
}

static size_t count_sentences(const struct reading *r, size_t field)
{
    struct span *spans;
    return text_sentences(r->fields[field].text, r->fields[field].len, r->arena, &spans);
}

/* ---- requirements ---------------------------------------------------------------------------- */

static const struct sentence *sentence_at(const struct reading *r, size_t field, uint32_t at)
{
    for (size_t i = 0; i < r->n_sentences; i++)
        if (r->sentences[i].field == field && r->sentences[i].span.begin <= at &&
            at < r->sentences[i].span.end)
            return &r->sentences[i];
    return NULL;
}

/* Patents, staff and turnover can be counted and are no measure of a technology. */
static bool counts_something_else(const struct folded *t, const struct indicator *one)
{
    struct span around = one->span;
    around.begin = around.begin > AROUND ? around.begin - AROUND : 0;
    around.end = (uint32_t)MIN((size_t)around.end + 3, t->n);
    return holds(t, around, CLASS_DELIVERABLE);
}

/* "The accuracy is 2.5 mm now, to be raised to 1.5 mm": in a sentence about now, what is wanted has
 * its word right before it. */
static bool is_wanted(const struct folded *t, struct span sentence, struct span indicator)
{
    struct span before = {
        MAX(sentence.begin, indicator.begin > WANTED_REACH ? indicator.begin - WANTED_REACH : 0),
        indicator.end};
    return holds(t, before, CLASS_GOAL) || holds(t, before, CLASS_CHANGE);
}

static void add_required(struct reading *r, size_t field)
{
    const struct health_field *f = &r->fields[field];
    struct indicator *found;
    size_t n = indicators_parse(f->text, f->len, r->arena, &found);
    struct required *all = arena_alloc(r->arena, r->n_required + n, sizeof *all);
    if (r->n_required) memcpy(all, r->required, r->n_required * sizeof *all);
    r->required = all;
    for (size_t i = 0; i < n; i++) {
        const struct sentence *s = sentence_at(r, field, found[i].span.begin);
        if (s && (s->base || (s->past && !is_wanted(&f->folded, s->span, found[i].span)))) continue;
        /* "Its heat value is 4300": a value without a bound is a fact unless it stands among aims.
         */
        if (found[i].compare == COMPARE_EQ && s && !s->headed &&
            !is_wanted(&f->folded, s->span, found[i].span))
            continue;
        if (counts_something_else(&f->folded, &found[i])) continue;
        r->required[r->n_required++] = (struct required){.field = field,
                                                         .span = found[i].span,
                                                         .quantity = found[i].quantity,
                                                         .must = found[i].must};
    }
}

void reading_make(const struct record *need, struct arena *arena, struct reading *r)
{
    static const enum field fields[HEALTH_FIELDS] = {FIELD_TITLE, FIELD_TEXT, FIELD_KEY_TECHNOLOGY,
                                                     FIELD_TARGETS};
    *r = (struct reading){.arena = arena};
    size_t max = 0;
    for (size_t i = 0; i < HEALTH_FIELDS; i++) add_field(need, fields[i], r);
    for (size_t i = 0; i < r->n_fields; i++) max += count_sentences(r, i);
    r->sentences = arena_alloc(arena, max, sizeof *r->sentences);
    for (size_t i = 0; i < r->n_fields; i++) add_sentences(r, i, max);
    for (size_t i = 0; i < r->n_fields; i++) add_required(r, i);
}

bool mentions(const char *text, enum health_class class, struct arena *arena)
{
    if (!text) return false;
    size_t len = utf8_offset(text, strlen(text), TEXT_MAX);
    struct folded t = folded_text(text, len, arena);
    return holds(&t, (struct span){0, (uint32_t)t.n}, class);
}

/* ---- several problems in one ----------------------------------------------------------------- */

/* A problem of a list, and the pairs of ideographs that say what it is about. */
struct item {
    size_t field;
    struct span span; /* its first sentence */
    size_t n, han;
    uint64_t pairs[PAIRS_MAX];
};

/* "Need 1", "problem two": the word, then a number. */
static bool begins_item(const struct folded *t, struct span s)
{
    static const uint32_t words[][2] = {
        {0x9700, 0x6C42}, {0x96BE, 0x9898}, {0x95EE, 0x9898}, {0x8BFE, 0x9898}, {0x9879, 0x76EE}};
    size_t i = s.begin;
    for (; i < s.end && i < s.begin + HEAD_AT; i++)
        for (size_t w = 0; w < ARRAY_LEN(words); w++)
            if (i + 2 < s.end && t->c[i] == words[w][0] && t->c[i + 1] == words[w][1] &&
                is_numbering(t, i + 2) && t->c[i + 2] != ' ' && t->c[i + 2] != '.' &&
                t->c[i + 2] != 0x3001 && t->c[i + 2] != '(' && t->c[i + 2] != ')')
                return true;
    i = behind_numbering(t, s);
    return i > s.begin && t->c[s.begin] != ' ' && holds(t, s, CLASS_PROBLEM) &&
           holds(t, s, CLASS_GOAL);
}

/* Words that any need uses say nothing about what it is. */
static bool is_generic(const struct folded *t, size_t i)
{
    static const enum health_class classes[] = {CLASS_GENERIC, CLASS_GOAL, CLASS_CHANGE,
                                                CLASS_PROBLEM, CLASS_PRESCRIBE};
    for (size_t c = 0; c < ARRAY_LEN(classes); c++)
        if (word_begins(t, i, classes[c]) >= 2) return true;
    return word_begins(t, i, CLASS_NOT_NAME) || word_begins(t, i + 1, CLASS_NOT_NAME);
}

static void add_pairs(const struct folded *t, struct span s, struct item *item)
{
    for (size_t i = s.begin; i < s.end; i++) {
        item->han += utf8_is_han(t->c[i]);
        if (i + 1 < s.end && item->n < PAIRS_MAX && utf8_is_han(t->c[i]) &&
            utf8_is_han(t->c[i + 1]) && !is_generic(t, i))
            item->pairs[item->n++] = (uint64_t)t->c[i] << 32 | t->c[i + 1];
    }
}

static bool share(const struct item *a, const struct item *b)
{
    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < b->n; k++)
            if (a->pairs[i] == b->pairs[k]) return true;
    return false;
}

/* items[0] is the title; returns how many there are with it. */
static size_t collect_items(const struct reading *r, struct item *items)
{
    size_t n = 1;
    bool inside = false;
    for (size_t i = 0; i < r->n_sentences; i++) {
        const struct sentence *s = &r->sentences[i];
        const struct health_field *f = &r->fields[s->field];
        if (f->field == FIELD_TITLE) add_pairs(&f->folded, s->span, &items[0]);
        if (f->field != FIELD_TEXT) continue;
        if (s->base) {
            inside = false;
        } else if (begins_item(&f->folded, s->span)) {
            if (n == ITEMS_MAX) break;
            items[n] = (struct item){.field = s->field, .span = s->span};
            inside = true;
            n++;
        }
        if (inside) add_pairs(&f->folded, s->span, &items[n - 1]);
    }
    return n;
}

bool unrelated_item(const struct reading *r, size_t *field, struct span *span)
{
    struct item *items = arena_zalloc(r->arena, ITEMS_MAX, sizeof *items);
    size_t n = collect_items(r, items), alone = 0;
    for (size_t i = 1; i < n; i++) {
        bool related = items[i].han < ITEM_LEAST;
        for (size_t k = 0; k < n && !related; k++) related = k != i && share(&items[i], &items[k]);
        if (related) continue;
        alone++;
        *field = items[i].field;
        *span = items[i].span;
    }
    return alone >= 2;
}

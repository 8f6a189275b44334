/* Parts of running text: between semicolons, by what is to be done, in enumerations; and those of a
 * title. */
#include "base/base.h"

#include "base/utf8.h"
#include "matcher/subtopic_impl.h"

#include <string.h>

enum {
    ITEM_MIN = 3, /* letters of an item of an enumeration */
    ITEM_MAX = 26,
    ITEMS_MAX = 12,
    HEAD_BACK = 24 /* code points before an enumeration in which a word calls for one */
};

static uint32_t at(const struct folded *t, size_t i)
{
    return i < t->n ? t->c[i] : 0;
}

static bool holds(const struct folded *t, struct span s, enum health_class class)
{
    struct span w = word_within(t, s, class);
    return w.begin < w.end;
}

static bool is_sentence_end(const struct folded *t, size_t i)
{
    uint32_t c = at(t, i);
    if (c == '.') return is_blank(at(t, i + 1)) && !is_ascii_digit(at(t, i ? i - 1 : 0));
    return c == 0x3002 || c == '\n' || c == '!' || c == '?';
}

/* Where the words of a clause begin, behind what leads to them. */
static uint32_t behind_lead(const struct folded *t, struct span s)
{
    uint32_t i = s.begin;
    for (uint32_t before = i + 1; i != before && i < s.end;) {
        before = i;
        while (i < s.end && is_blank(t->c[i])) i++;
        i += (uint32_t)mark_length(t, i);
        i += (uint32_t)word_begins(t, i, CLASS_LEAD);
    }
    return MIN(i, s.end);
}

static bool is_to_do(const struct folded *t, struct span s)
{
    return word_begins(t, behind_lead(t, s), CLASS_DO) > 0;
}

/* Ends as names of things to do or of technologies end. */
static bool ends_as_task(const struct folded *t, struct span s)
{
    s = span_trim(t, s);
    return word_ends(t, s.end, s.begin, CLASS_DO_NOUN) || word_ends(t, s.end, s.begin, CLASS_NOUN);
}

static bool add(const struct reading *r, size_t field, struct span s, struct part *out, size_t *n)
{
    s = span_trim(&r->fields[field].folded, s);
    const char *title = *n < PARTS_MAX ? title_make(r, field, s) : NULL;
    if (!title) return false;
    out[(*n)++] = (struct part){field, s, title, 1};
    return true;
}

/* ---- semicolons and lines -------------------------------------------------------------------- */

/* The pieces of s between signs, when they look like tasks. */
static size_t pieces(const struct reading *r, const struct section *sec, struct span s,
                     uint32_t sign, struct part *out)
{
    const struct folded *t = &r->fields[sec->field].folded;
    size_t n = 0, tasks = 0, all = 0;
    for (uint32_t begin = s.begin; begin < s.end;) {
        uint32_t end = begin;
        while (end < s.end && t->c[end] != sign) end++;
        struct span piece = span_trim(t, (struct span){begin, end});
        begin = end + 1;
        if (span_letters(t, piece) < ITEM_MIN) continue;
        all++;
        if (span_is_aside(r, sec->field, piece)) continue;
        tasks += is_to_do(t, piece) || ends_as_task(t, piece);
        add(r, sec->field, piece, out, &n);
    }
    bool asked = r->fields[sec->field].field == FIELD_KEY_TECHNOLOGY;
    return n >= 2 && (asked || tasks * 3 >= all * 2) ? n : 0;
}

size_t parts_separated(const struct reading *r, const struct section *s, struct part *out)
{
    const struct folded *t = &r->fields[s->field].folded;
    for (uint32_t begin = s->span.begin; begin < s->span.end;) {
        uint32_t end = begin;
        bool semicolon = false;
        while (end < s->span.end && !is_sentence_end(t, end)) semicolon |= t->c[end++] == ';';
        size_t n = semicolon ? pieces(r, s, (struct span){begin, end}, ';', out) : 0;
        if (n) return n;
        begin = end + 1;
    }
    /* Lines that each name a task. */
    return pieces(r, s, s->span, '\n', out);
}

/* ---- what is to be done ---------------------------------------------------------------------- */

size_t parts_done(const struct reading *r, const struct section *s, struct part *out)
{
    const struct folded *t = &r->fields[s->field].folded;
    size_t n = 0;
    bool open = false;
    for (uint32_t begin = s->span.begin; begin < s->span.end && n < PARTS_MAX;) {
        uint32_t end = begin;
        while (end < s->span.end && t->c[end] != ',' && t->c[end] != ';' &&
               !is_sentence_end(t, end))
            end++;
        struct span clause = span_trim(t, (struct span){begin, end});
        bool stop = is_sentence_end(t, end) || end >= s->span.end;
        if (is_to_do(t, clause) && span_letters(t, clause) >= 6 &&
            !span_is_aside(r, s->field, clause) && add(r, s->field, clause, out, &n))
            open = true;
        else if (open)
            out[n - 1].span.end = MAX(out[n - 1].span.end, clause.end);
        open = open && !stop;
        begin = end + 1;
    }
    return n >= 2 ? n : 0;
}

/* ---- enumerations ---------------------------------------------------------------------------- */

/* A word between items: a comma of enumeration or a word for "and". */
static size_t separator(const struct folded *t, size_t i)
{
    if (at(t, i) == 0x3001 || at(t, i) == '/') return 1;
    if (at(t, i) == '-' && at(t, i + 1) == '-') return 2;
    if (at(t, i) == 0x2192) return 1;
    return word_begins(t, i, CLASS_AND);
}

/* Items of a clause; the first still has what stands before the enumeration. */
static size_t split_items(const struct folded *t, struct span s, struct span *items, bool *strong)
{
    size_t n = 0;
    uint32_t begin = s.begin;
    int depth = 0;
    *strong = false;
    for (uint32_t i = s.begin; i <= s.end && n < ITEMS_MAX; i++) {
        if (i < s.end && t->c[i] == '(') depth++;
        if (i < s.end && t->c[i] == ')' && depth) depth--;
        size_t sep = i < s.end && !depth ? separator(t, i) : 0;
        if (i < s.end && !sep) continue;
        if (i < s.end) *strong |= t->c[i] == 0x3001 || t->c[i] == '-' || t->c[i] == 0x2192;
        struct span item = span_trim(t, (struct span){begin, i});
        if (item.begin < item.end) items[n++] = item;
        begin = i + (uint32_t)MAX(sep, 1u);
        if (sep) i += (uint32_t)sep - 1;
    }
    return n;
}

/* Cuts what calls for the enumeration off its first item. */
static bool behind_head(const struct folded *t, struct span *first)
{
    uint32_t begin = first->begin;
    bool found = false;
    for (uint32_t i = first->begin; i < first->end; i++) {
        size_t n = word_begins(t, i, CLASS_ENUM_HEAD);
        if (!n || i + n >= first->end) continue;
        begin = i + (uint32_t)n;
        found = true;
        i += (uint32_t)n - 1;
    }
    while (begin < first->end &&
           (is_blank(t->c[begin]) || t->c[begin] == 0x4E86 /* done */ || t->c[begin] == ':'))
        begin++;
    struct span rest = {begin, first->end};
    if (!found || span_letters(t, rest) < 2) return false;
    *first = rest;
    return true;
}

/* Cuts "and so on" and what follows it off the last item. */
static void before_end(const struct folded *t, struct span *last)
{
    for (uint32_t i = last->begin + 1; i < last->end; i++)
        if (word_begins(t, i, CLASS_ENUM_END)) {
            last->end = i;
            return;
        }
}

static bool are_parts(const struct folded *t, const struct span *items, size_t n)
{
    size_t letters = 0, tasks = 0;
    for (size_t i = 0; i < n; i++) {
        size_t l = span_letters(t, items[i]);
        if (l < 2 || l > ITEM_MAX) return false;
        letters += l;
        tasks += ends_as_task(t, items[i]);
    }
    return letters >= n * 4 && tasks * 2 >= n;
}

/* "The bearings, the balance and the housing of a spindle": short items say of what. */
static const char *item_title(const struct reading *r, size_t field, struct span head,
                              struct span item)
{
    const struct folded *t = &r->fields[field].folded;
    const char *title = title_make(r, field, item);
    if (!title || span_letters(t, item) >= 6 || head.begin >= head.end) return title;
    const struct health_field *f = &r->fields[field];
    const char *of = text_slice(f->text, f->len, head, r->arena);
    const char *both = arena_printf(r->arena, "%s%s", of, title);
    return text_width(both) <= TITLE_WIDTH / 2 ? both : title;
}

static size_t enumeration(const struct reading *r, size_t field, struct span s, bool whole,
                          struct part *out)
{
    const struct folded *t = &r->fields[field].folded;
    struct span items[ITEMS_MAX];
    bool strong;
    size_t n = split_items(t, s, items, &strong), made = 0;
    if (n < 2 || !strong || holds(t, s, CLASS_ENUM_NOT)) return 0;
    if (!behind_head(t, &items[0]) && !whole) return 0;
    before_end(t, &items[n - 1]);
    if (!are_parts(t, items, n)) return 0;
    struct span head = {items[0].begin, items[0].begin};
    for (uint32_t i = items[0].begin; i + 1 < items[0].end; i++)
        if (t->c[i] == 0x7684 /* of */) head.end = i + 1;
    for (size_t i = 0; i < n; i++) {
        const char *title = item_title(r, field, i ? head : (struct span){0, 0}, items[i]);
        if (title) out[made++] = (struct part){field, items[i], title, 1};
    }
    return made >= 2 ? made : 0;
}

size_t parts_enumerated(const struct reading *r, const struct section *s, struct part *out)
{
    const struct folded *t = &r->fields[s->field].folded;
    for (uint32_t begin = s->span.begin; begin < s->span.end;) {
        uint32_t end = begin;
        while (end < s->span.end && t->c[end] != ',' && t->c[end] != ';' && t->c[end] != ':' &&
               !is_sentence_end(t, end))
            end++;
        struct span clause = span_trim(t, (struct span){begin, end});
        bool whole = s->kind == SECTION_CONTENT || begin == s->span.begin;
        size_t n =
            span_is_aside(r, s->field, clause) ? 0 : enumeration(r, s->field, clause, whole, out);
        if (n) return n;
        begin = end + 1;
    }
    return 0;
}

/* ---- titles ---------------------------------------------------------------------------------- */

/* Is the whole of an item too general to be a part? */
static bool is_general(const struct folded *t, struct span s)
{
    while (s.begin < s.end) {
        size_t n = word_begins(t, s.begin, CLASS_DO_GENERAL);
        if (!n) return false;
        s.begin += (uint32_t)n;
    }
    return true;
}

size_t parts_of_title(const struct reading *r, struct part *out)
{
    struct span items[ITEMS_MAX];
    bool strong;
    if (!r->n_fields || r->fields[0].field != FIELD_TITLE) return 0;
    const struct folded *t = &r->fields[0].folded;
    size_t n = split_items(t, (struct span){0, (uint32_t)t->n}, items, &strong), made = 0;
    if (n < 2) return 0;
    struct span head = {items[0].begin, items[0].begin};
    for (uint32_t i = items[0].begin; i + 1 < items[0].end; i++)
        if (t->c[i] == 0x7684) head.end = i + 1;
    for (size_t i = 0; i < n; i++) {
        struct span own = i ? items[i] : (struct span){head.end, items[i].end};
        if (is_general(t, own) || !ends_as_task(t, items[i]) || span_letters(t, own) < 2) continue;
        const char *title = item_title(r, 0, i ? head : (struct span){0, 0}, items[i]);
        if (title) out[made++] = (struct part){0, items[i], title, 1};
    }
    return made >= 2 ? made : 0;
}

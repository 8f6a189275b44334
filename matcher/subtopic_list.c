/* Sections by their headings, and the lists in them. */
#include "base/base.h"

#include "base/utf8.h"
#include "base/vec.h"
#include "matcher/subtopic_impl.h"

#include <string.h>

enum {
    HEADING_MAX = 22, /* code points of a heading */
    NUMBER_MAX = 999  /* numbers beyond are no numbering */
};

static uint32_t at(const struct folded *t, size_t i)
{
    return i < t->n ? t->c[i] : 0;
}

/* ---- marks ----------------------------------------------------------------------------------- */

enum mark_kind {
    MARK_HAN,       /* the ideograph for one, then a comma */
    MARK_PAREN_HAN, /* in parentheses */
    MARK_DIGIT,     /* 1. */
    MARK_PAREN,     /* 1) or (1) */
    MARK_CIRCLED,   /* a number in a circle */
    MARK_DOTTED,    /* 1.2 */
    MARK_LETTER,    /* a) */
    MARK_ROMAN,     /* the signs of Unicode */
    MARK_IS,        /* the ideographs for "one is" */
    MARK_ORDINAL,   /* the ideographs for "number one" */
    MARK_WORD,      /* first, second, finally */
    MARK_LABEL,     /* "task 1" */
    MARK_BULLET,
    MARK_KINDS
};

struct mark {
    enum mark_kind kind;
    unsigned value;      /* 1 for the first; 0: any but the first */
    uint32_t sign;       /* the bullet */
    uint32_t begin, end; /* code points; end: where the item's words begin */
};

/* The ideographs from one to ten. */
static unsigned han_digit(uint32_t c)
{
    static const uint32_t digits[] = {0x4E00, 0x4E8C, 0x4E09, 0x56DB, 0x4E94,
                                      0x516D, 0x4E03, 0x516B, 0x4E5D, 0x5341};
    for (unsigned i = 0; i < ARRAY_LEN(digits); i++)
        if (digits[i] == c) return i + 1;
    return 0;
}

/* A number of ideographs up to 99 at i; returns its length. */
static size_t read_han_number(const struct folded *t, size_t i, unsigned *value)
{
    unsigned a = han_digit(at(t, i)), b = a ? han_digit(at(t, i + 1)) : 0;
    unsigned c = b ? han_digit(at(t, i + 2)) : 0;
    *value = a;
    if (!a) return 0;
    if (a == 10 && b && b < 10) {
        *value = 10 + b;
        return 2;
    }
    if (b != 10 || a == 10) return 1;
    *value = a * 10 + (c < 10 ? c : 0);
    return c && c < 10 ? 3 : 2;
}

static size_t read_digits(const struct folded *t, size_t i, unsigned *value)
{
    size_t n = 0;
    for (*value = 0; n < 4 && is_ascii_digit(at(t, i + n)); n++)
        *value = *value * 10 + at(t, i + n) - '0';
    return *value && *value <= NUMBER_MAX ? n : 0;
}

static size_t read_number(const struct folded *t, size_t i, unsigned *value, bool *han)
{
    size_t n = read_digits(t, i, value);
    *han = !n;
    return n ? n : read_han_number(t, i, value);
}

/* Does a line, sentence or clause begin at i? *line: a line does. */
static bool is_start(const struct folded *t, size_t i, bool *line)
{
    size_t k = i;
    while (k > 0 && is_blank(t->c[k - 1]) && t->c[k - 1] != '\n') k--;
    *line = k == 0 || t->c[k - 1] == '\n';
    if (*line) return true;
    uint32_t c = t->c[k - 1];
    return c == 0x3002 || c == ';' || c == ':' || c == ',' || c == ')' || c == ']' || c == '!' ||
           c == '?' || c == 0x3001 || (c == '.' && k < i);
}

static bool is_bullet(uint32_t c)
{
    return c == 0x2022 || c == 0xB7 || c == 0x25CF || c == 0x25A0 || c == 0x25C6 || c == 0x25AA ||
           c == 0x25C7 || c == 0x25CB || c == 0x2605 || c == 0x2606 || c == '*' || c == 0x2713 ||
           c == 0x27A2 || c == 0xF06C || c == 0xF0B7 || c == 0xF0D8;
}

static bool set_mark(struct mark *m, enum mark_kind kind, unsigned value, size_t end)
{
    m->kind = kind;
    m->value = value;
    m->end = (uint32_t)end;
    return true;
}

static bool read_sign(const struct folded *t, size_t i, bool line, struct mark *m)
{
    uint32_t c = at(t, i);
    if (c >= 0x2460 && c <= 0x2473) return set_mark(m, MARK_CIRCLED, c - 0x2460 + 1, i + 1);
    if (c >= 0x2776 && c <= 0x277F) return set_mark(m, MARK_CIRCLED, c - 0x2776 + 1, i + 1);
    if (c >= 0x2474 && c <= 0x2487) return set_mark(m, MARK_PAREN, c - 0x2474 + 1, i + 1);
    if (c >= 0x2488 && c <= 0x249B) return set_mark(m, MARK_DIGIT, c - 0x2488 + 1, i + 1);
    if (c >= 0x2160 && c <= 0x216B && line)
        return set_mark(m, MARK_ROMAN, c - 0x2160 + 1, i + 1 + (at(t, i + 1) == 0x3001));
    m->sign = c;
    if (is_bullet(c) && line && !is_ascii_digit(at(t, i + 1)))
        return set_mark(m, MARK_BULLET, 0, i + 1);
    /* What once was a bullet is often a question mark. */
    return (c == '-' || c == '?') && line && at(t, i + 1) != c && !is_ascii_digit(at(t, i + 1)) &&
           set_mark(m, MARK_BULLET, 0, i + 1);
}

static bool read_parenthesis(const struct folded *t, size_t i, struct mark *m)
{
    unsigned value;
    bool han;
    if (at(t, i) != '(' && at(t, i) != '[') return false;
    size_t n = read_number(t, i + 1, &value, &han);
    uint32_t close = at(t, i + 1 + n);
    if (n && (close == ')' || close == ']'))
        return set_mark(m, han ? MARK_PAREN_HAN : MARK_PAREN, value, i + n + 2);
    uint32_t c = at(t, i + 1);
    return c >= 'a' && c <= 'z' && at(t, i + 2) == ')' &&
           set_mark(m, MARK_LETTER, c - 'a' + 1, i + 3);
}

/* "1.", "1)", "1.2": what stands behind a number makes it a mark. */
static bool read_numbered(const struct folded *t, size_t i, bool line, struct mark *m)
{
    unsigned value, second;
    bool han;
    size_t n = read_number(t, i, &value, &han);
    if (!n) return false;
    uint32_t c = at(t, i + n);
    if (c == ')') return set_mark(m, han ? MARK_PAREN_HAN : MARK_PAREN, value, i + n + 1);
    if (c == 0x3001) return set_mark(m, han ? MARK_HAN : MARK_DIGIT, value, i + n + 1);
    if (han) return c == 0x662F && set_mark(m, MARK_IS, value, i + n + 1);
    bool digit = is_ascii_digit(at(t, i + n + 1));
    if (c == '.' && digit) {
        size_t more = read_digits(t, i + n + 1, &second), end = i + n + 1 + more;
        bool words = at(t, end) == ' ' || utf8_is_han(at(t, end)) || at(t, end) == 0x3001;
        bool first = line || (i > 0 && at(t, i - 1) != ',');
        return first && more && words && at(t, end) != 0x4E07 && value < 20 && second < 30 &&
               set_mark(m, MARK_DOTTED, second, end);
    }
    if (c == '.' && !digit) return set_mark(m, MARK_DIGIT, value, i + n + 1);
    if (line && (c == ',' || c == ':') && !digit) return set_mark(m, MARK_DIGIT, value, i + n + 1);
    return line && value < 20 && (utf8_is_han(c) || (c == ' ' && utf8_is_han(at(t, i + n + 1)))) &&
           set_mark(m, MARK_DIGIT, value, i + n);
}

static bool read_letter(const struct folded *t, size_t i, bool line, struct mark *m)
{
    uint32_t c = at(t, i), next = at(t, i + 1);
    if (c < 'a' || c > 'j') return false;
    bool dot = line && next == '.' && !is_latin_letter(at(t, i + 2));
    return (next == ')' || (line && next == 0x3001) || dot) &&
           set_mark(m, MARK_LETTER, c - 'a' + 1, i + 2);
}

static bool read_words(const struct folded *t, size_t i, struct mark *m)
{
    unsigned value;
    bool han;
    if (at(t, i) == 0x7B2C) { /* number ... */
        size_t n = read_number(t, i + 1, &value, &han);
        uint32_t c = at(t, i + 1 + n);
        return n && (c == ',' || c == 0x3001 || c == ':' || c == 0x662F) &&
               set_mark(m, MARK_ORDINAL, value, i + n + 2);
    }
    size_t n = word_begins(t, i, CLASS_LABEL);
    if (n) {
        size_t k = i + n + (at(t, i + n) == ' '), len = read_number(t, k, &value, &han);
        uint32_t c = at(t, k + len);
        if (len && (c == ':' || c == 0x3001 || c == '.' || c == ' ' || c == ','))
            return set_mark(m, MARK_LABEL, value, k + len + 1);
    }
    if ((n = word_begins(t, i, CLASS_FIRST)) > 0) return set_mark(m, MARK_WORD, 1, i + n);
    if ((n = word_begins(t, i, CLASS_NEXT)) > 0 || (n = word_begins(t, i, CLASS_LAST)) > 0)
        return set_mark(m, MARK_WORD, 0, i + n);
    return false;
}

static bool read_mark(const struct folded *t, size_t i, struct mark *m)
{
    bool line, start = is_start(t, i, &line);
    *m = (struct mark){.begin = (uint32_t)i};
    bool found = read_sign(t, i, line, m);
    if (!found && !(i > 0 && (is_latin_letter(t->c[i - 1]) || is_ascii_digit(t->c[i - 1]))))
        found = read_parenthesis(t, i, m);
    if (!found && start)
        found = read_numbered(t, i, line, m) || read_letter(t, i, line, m) || read_words(t, i, m);
    if (!found) return false;
    while (m->end < t->n && (is_blank(t->c[m->end]) || at(t, m->end) == ',' ||
                             at(t, m->end) == 0x3001 || at(t, m->end) == '.'))
        if (t->c[m->end++] == '\n') break;
    return true;
}

size_t mark_length(const struct folded *t, size_t i)
{
    struct mark m;
    return i < t->n && read_mark(t, i, &m) ? m.end - i : 0;
}

/* ---- sections -------------------------------------------------------------------------------- */

enum { HEADING_REST = 3 /* letters of a heading that no word of headings accounts for */ };

static const struct {
    enum health_class class;
    enum section_kind kind;
} heads[] = {{CLASS_HEAD_CONTENT, SECTION_CONTENT},
             {CLASS_HEAD_PROBLEM, SECTION_PROBLEM},
             {CLASS_HEAD_TARGET, SECTION_TARGET},
             {CLASS_HEAD_BASE, SECTION_BASE},
             {CLASS_HEAD_ADMIN, SECTION_ADMIN}};

/* What a heading is about, by its first word of headings; PLAIN: it is none, too much of it are
 * other words. */
static enum section_kind kind_of_heading(const struct folded *t, struct span s)
{
    enum section_kind kind = SECTION_PLAIN;
    size_t rest = 0;
    for (uint32_t i = s.begin; i < s.end;) {
        size_t best = word_begins(t, i, CLASS_HEAD_REST);
        enum section_kind here = SECTION_PLAIN;
        for (size_t h = 0; h < ARRAY_LEN(heads); h++) {
            size_t n = word_begins(t, i, heads[h].class);
            if (n < best || !n || i + n > s.end) continue;
            best = n;
            here = heads[h].kind;
        }
        if (kind == SECTION_PLAIN) kind = here;
        rest += !best && (utf8_is_han(t->c[i]) || is_latin_letter(t->c[i]));
        i += (uint32_t)MAX(best, 1u);
    }
    return rest <= HEADING_REST ? kind : SECTION_PLAIN;
}

/* Reads a heading at i: marks, then a few words up to a colon or the end of the line. */
static bool read_heading(const struct folded *t, size_t i, enum section_kind *kind, size_t *end)
{
    bool line;
    if (!is_start(t, i, &line)) return false;
    size_t k = i + mark_length(t, i);
    bool marked = k > i;
    while (at(t, k) == ' ' || at(t, k) == '[' || at(t, k) == '*' || at(t, k) == '#') k++;
    struct span words = {(uint32_t)k, (uint32_t)k};
    while (words.end < t->n && words.end < k + HEADING_MAX) {
        uint32_t c = t->c[words.end];
        if (c == ':' || c == '\n' || c == ']' || c == ',' || c == ';' || c == 0x3002) break;
        words.end++;
    }
    uint32_t c = at(t, words.end);
    bool closed =
        c == ':' || c == ']' || (c == 0 && line) || (c == '\n' && line) || (c == 0x3002 && marked);
    if (words.end == words.begin || !closed) return false;
    *kind = kind_of_heading(t, words);
    if (*kind == SECTION_PLAIN) return false;
    *end = words.end;
    while (*end < t->n && (t->c[*end] == ':' || t->c[*end] == ']' || t->c[*end] == '*' ||
                           is_blank(t->c[*end]) || t->c[*end] == 0x3002))
        ++*end;
    return true;
}

static enum section_kind kind_of_field(enum field f, bool terse)
{
    return f == FIELD_KEY_TECHNOLOGY  ? SECTION_CONTENT
           : f == FIELD_TEXT && terse ? SECTION_CONTENT
           : f == FIELD_TARGETS       ? SECTION_TARGET
                                      : SECTION_PLAIN;
}

size_t sections_read(const struct reading *r, bool terse, struct section **out)
{
    VEC(struct section) found = {0};
    for (size_t f = 0; f < r->n_fields; f++) {
        const struct folded *t = &r->fields[f].folded;
        if (r->fields[f].field == FIELD_TITLE) continue;
        bool intro = false; /* what introduces the firm is a paragraph */
        struct section s = {.kind = kind_of_field(r->fields[f].field, terse),
                            .field = f,
                            .span = {0, (uint32_t)t->n},
                            .terse = terse};
        for (size_t i = 0; i < t->n; i++) {
            enum section_kind kind;
            size_t end;
            if (r->fields[f].field != FIELD_TEXT) break;
            bool heading = read_heading(t, i, &kind, &end);
            if (!heading && !(intro && t->c[i] == '\n')) continue;
            if (!heading) {
                kind = SECTION_PLAIN;
                end = i + 1;
            }
            intro =
                heading && has_word(t, (struct span){(uint32_t)i, (uint32_t)end}, CLASS_INTRO_HEAD);
            s.span.end = (uint32_t)i;
            if (s.span.end > s.span.begin) vec_push(&found, s);
            s = (struct section){
                .kind = kind, .field = f, .span = {(uint32_t)end, (uint32_t)t->n}, .terse = terse};
            i = MAX(end, i + 1) - 1;
        }
        if (s.span.end > s.span.begin) vec_push(&found, s);
    }
    *out = arena_alloc(r->arena, found.len, sizeof **out);
    if (found.len) memcpy(*out, found.at, found.len * sizeof **out);
    size_t n = found.len;
    vec_free(&found);
    return n;
}

/* ---- lists ----------------------------------------------------------------------------------- */

struct list {
    enum mark_kind kind;
    uint32_t sign;
    unsigned last;
    size_t n;
    struct mark items[PARTS_MAX];
};

/* Behind the section a list goes on only with the very next number, and where that numbers no
 * heading: a heading may stand within an item. */
static bool continues(const struct folded *t, struct span s, const struct list *l,
                      const struct mark *m)
{
    enum section_kind kind;
    size_t end;
    if (l->n == PARTS_MAX) return false;
    if (m->begin >= s.end)
        return m->value && m->value == l->last + 1 && !read_heading(t, m->begin, &kind, &end);
    if (m->kind == MARK_BULLET) return m->sign == l->sign;
    return m->value == 0 || m->value == l->last + 1 || m->value == l->last + 2;
}

/* The items of the list that the mark begins. */
static void read_list(const struct folded *t, struct span s, const struct mark *first,
                      struct list *l)
{
    *l = (struct list){.kind = first->kind, .sign = first->sign, .last = first->value, .n = 1};
    l->items[0] = *first;
    for (size_t k = first->end; k < t->n;) {
        struct mark next;
        if (!read_mark(t, k, &next)) {
            k++;
            continue;
        }
        k = MAX(next.end, k + 1);
        if (next.kind != l->kind) continue;
        if (next.value == 1 && next.kind != MARK_BULLET) return; /* another list */
        if (!continues(t, s, l, &next)) continue;
        l->items[l->n++] = next;
        l->last = next.value ? next.value : l->last + 1;
    }
}

/* The outermost list that begins at or behind `from`: the one whose first mark comes first and has
 * a second. */
static bool find_list(const struct folded *t, struct span s, size_t from, struct list *l)
{
    for (size_t i = from; i < s.end; i++) {
        struct mark m;
        if (!read_mark(t, i, &m)) continue;
        if (m.value == 1 || m.kind == MARK_BULLET) {
            read_list(t, s, &m, l);
            if (l->n > 1) return true;
        }
        i = MAX(m.end, i + 1) - 1;
    }
    return false;
}

static bool has_inside(const struct folded *t, struct span s, uint32_t c)
{
    s = span_trim(t, s);
    for (size_t i = s.begin; i < s.end; i++)
        if (t->c[i] == c) return true;
    return false;
}

/* The last item has no mark behind it: it ends as the others do, at a line or a sentence. */
static uint32_t end_of_last(const struct folded *t, const struct list *l, struct span section)
{
    bool lines = false, stops = false;
    for (size_t i = 0; i + 1 < l->n; i++) {
        struct span s = {l->items[i].end, l->items[i + 1].begin};
        lines |= has_inside(t, s, '\n');
        if (s.end > s.begin) s.end--; /* a stop at the end is no stop inside */
        stops |= has_inside(t, s, 0x3002);
    }
    uint32_t begin = l->items[l->n - 1].end;
    if (begin >= section.end) { /* the list went on behind a heading: its last item is a line */
        section.end = (uint32_t)t->n;
        lines = stops = false;
    }
    for (uint32_t i = begin; i < section.end; i++)
        if ((t->c[i] == '\n' && !lines) || (t->c[i] == 0x3002 && !stops && !lines)) return i;
    return section.end;
}

/* Is the item one side of a thing rather than a part of it, by its head? */
static bool is_aspect(const struct folded *t, struct span s)
{
    s = span_trim(t, s);
    size_t n = word_begins(t, s.begin, CLASS_ASPECT);
    uint32_t c = at(t, s.begin + n), end = s.begin;
    while (end < s.end && t->c[end] != ';' && t->c[end] != '(' && t->c[end] != '\n' &&
           t->c[end] != 0x3002 && t->c[end] != ',')
        end++;
    if (word_ends(t, end, s.begin, CLASS_ASPECT_END)) return true;
    return n && (s.begin + n >= s.end || c == ':' || c == ',' || c == '\n' || c == 0x3002);
}

/* Does it mainly give figures? */
static bool is_figures(const struct reading *r, size_t field, struct span s)
{
    size_t figures = 0;
    s = span_trim(&r->fields[field].folded, s);
    for (size_t i = 0; i < r->n_required; i++)
        if (r->required[i].field == field && r->required[i].span.begin >= s.begin &&
            r->required[i].span.end <= s.end)
            figures += r->required[i].span.end - r->required[i].span.begin;
    return figures * 5 > (size_t)(s.end - s.begin) * 2;
}

/* Of a list without a heading, and of one of aims, enough items must say what is done or made, or
 * what is wrong: else it tells of something, or of how good it will be. */
static bool says_tasks(const struct section *s, size_t tasks, size_t n)
{
    switch (s->kind) {
    case SECTION_TARGET: return tasks * 2 >= n;
    case SECTION_PLAIN: return tasks * 3 >= n;
    default: return true;
    }
}

size_t parts_numbered(const struct reading *r, const struct section *s, struct part *out)
{
    const struct folded *t = &r->fields[s->field].folded;
    struct list *l = arena_alloc(r->arena, 1, sizeof *l);
    for (size_t from = s->span.begin; find_list(t, s->span, from, l);) {
        size_t n = 0, tasks = 0;
        uint32_t end = end_of_last(t, l, s->span);
        for (size_t i = 0; i < l->n; i++) {
            struct span item = {l->items[i].end, i + 1 < l->n ? l->items[i + 1].begin : end};
            bool aims = s->kind == SECTION_TARGET, task = span_is_task(t, item, aims);
            if (is_aspect(t, item) || span_is_aside(r, s->field, item)) continue;
            if (is_figures(r, s->field, item) && (aims || !task)) continue;
            const char *title = title_make(r, s->field, item);
            if (!title) continue;
            tasks += task || (s->kind == SECTION_PLAIN && has_word(t, item, CLASS_PROBLEM));
            out[n++] = (struct part){
                .field = s->field, .span = span_trim(t, item), .title = title, .items = 1};
        }
        if (n >= 2 && n * 2 >= l->n &&
            ((s->kind == SECTION_PLAIN && is_behind_colon(t, l->items[0].begin)) ||
             says_tasks(s, tasks, n)))
            return n;
        from = end; /* what follows this list may hold a better one */
    }
    return 0;
}

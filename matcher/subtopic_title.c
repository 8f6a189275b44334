/* Titles: the words of a challenge that name what is to be done, cut where people would cut. */
#include "base/base.h"

#include "base/str.h"
#include "base/utf8.h"
#include "matcher/indicator.h"
#include "matcher/subtopic_impl.h"

#include <string.h>

enum {
    LABEL_MAX = 30,    /* code points before a colon that can be a title */
    PREAMBLE_MAX = 60, /* of a clause that only leads to the next */
    SHORT = 8,         /* letters: a title shorter than this takes the next clause as well */
    ASIDE_MIN = 2
};

bool is_blank(uint32_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0xFEFF || c == 0x200B;
}

static uint32_t at(const struct folded *t, size_t i)
{
    return i < t->n ? t->c[i] : 0;
}

static bool is_stop(uint32_t c)
{
    return c == 0x3002 || c == ';' || c == ',' || c == '.' || c == ':' || c == 0x3001 || c == '!' ||
           c == '?' || c == 0x2026;
}

struct span span_trim(const struct folded *t, struct span s)
{
    while (s.begin < s.end && (is_blank(at(t, s.begin)) || is_stop(at(t, s.begin)))) s.begin++;
    while (s.end > s.begin && (is_blank(at(t, s.end - 1)) || is_stop(at(t, s.end - 1)))) s.end--;
    return s;
}

static bool is_letter(uint32_t c)
{
    return is_latin_letter(c) || (c >= 0xC0 && c < 0x2000);
}

size_t span_letters(const struct folded *t, struct span s)
{
    size_t n = 0;
    for (size_t i = s.begin; i < s.end; i++) {
        if (utf8_is_han(t->c[i])) n++;
        if (is_letter(t->c[i]) && (i + 1 >= s.end || !is_letter(t->c[i + 1]))) n += 2;
    }
    return n;
}

static size_t width_of(uint32_t c)
{
    return c >= 0x2E80 ? 2 : 1;
}

static size_t span_width(const struct folded *t, struct span s)
{
    size_t n = 0;
    for (size_t i = s.begin; i < s.end; i++) n += width_of(t->c[i]);
    return n;
}

size_t text_width(const char *text)
{
    size_t n = 0;
    for (const char *p = text, *end = text + strlen(text); p < end;) {
        uint32_t c;
        p += utf8_decode(p, end, &c);
        n += width_of(c);
    }
    return n;
}

/* ---- the beginning --------------------------------------------------------------------------- */

/* Marks of lists, signs and words that lead to what is to be done. */
static uint32_t behind_lead(const struct folded *t, struct span s)
{
    for (;;) {
        uint32_t before = s.begin;
        s.begin += (uint32_t)mark_length(t, s.begin);
        if (s.begin >= s.end) return before;
        while (s.begin < s.end && !utf8_is_han(at(t, s.begin)) && !is_letter(at(t, s.begin)) &&
               !is_ascii_digit(at(t, s.begin)) && at(t, s.begin) < 0x10000 &&
               (at(t, s.begin) < 0x370 || at(t, s.begin) > 0x3FF))
            s.begin++;
        size_t n = word_begins(t, s.begin, CLASS_LEAD);
        /* "Then" does not begin "thenceforth": what is left must still say something. */
        if (n && s.begin + n < s.end) s.begin += (uint32_t)n;
        if (s.begin == before || s.begin >= s.end) return MIN(s.begin, s.end);
    }
}

static uint32_t find(const struct folded *t, struct span s, uint32_t c)
{
    for (uint32_t i = s.begin; i < s.end; i++)
        if (t->c[i] == c) return i;
    return s.end;
}

/* "Task: what it is": the head is the title when it says enough; else what stands behind it. */
static struct span at_colon(const struct folded *t, struct span s)
{
    uint32_t colon = find(t, s, ':'), dash = s.begin;
    while (dash + 1 < s.end && !(t->c[dash] == '-' && t->c[dash + 1] == '-')) dash++;
    if (dash + 1 < s.end) colon = MIN(colon, dash);
    if (colon >= s.end || colon - s.begin > LABEL_MAX) return s;
    struct span head = {s.begin, colon}, rest = {colon + 1, s.end};
    for (uint32_t i = s.begin; i < colon; i++)
        if (t->c[i] == ',' || t->c[i] == 0x3002 || t->c[i] == ';' || t->c[i] == '\n') return s;
    rest = span_trim(t, rest);
    size_t aspect = word_begins(t, head.begin, CLASS_ASPECT);
    bool says = span_letters(t, head) >= 4 && head.begin + aspect < head.end;
    if (says || span_letters(t, rest) < 4) return head;
    return rest;
}

/* ---- the end --------------------------------------------------------------------------------- */

static bool ends_clause(const struct folded *t, uint32_t i)
{
    uint32_t c = t->c[i];
    if (c == '.') return is_blank(at(t, i + 1)) || i + 1 >= t->n;
    return c == ',' || c == ';' || c == 0x3002 || c == '\n' || c == '!' || c == '?' || c == ':';
}

static uint32_t clause_end(const struct folded *t, struct span s)
{
    int depth = 0;
    for (uint32_t i = s.begin; i < s.end; i++) {
        if (t->c[i] == '(' || t->c[i] == '[') depth++;
        if (t->c[i] == ')' || t->c[i] == ']') depth = depth ? depth - 1 : 0;
        if (ends_clause(t, i) && (!depth || t->c[i] == '\n')) return i;
    }
    return s.end;
}

/* Clauses that only lead to the one that counts are passed over. */
static struct span behind_preamble(const struct folded *t, struct span s)
{
    for (int i = 0; i < 3 && word_begins(t, s.begin, CLASS_PREAMBLE); i++) {
        uint32_t end = clause_end(t, s);
        struct span rest = {MIN(end + 1, s.end), s.end};
        if (end >= s.end || t->c[end] != ',' || end - s.begin > PREAMBLE_MAX) break;
        rest.begin = behind_lead(t, rest);
        if (span_letters(t, rest) < 6) break;
        s = rest;
    }
    return s;
}

/* Of what is too long: behind which of its code points it may end; the later the better, a purpose
 * before the end of a technology's name, that before an item of an enumeration. */
static uint32_t shorten(const struct folded *t, struct span s)
{
    uint32_t fits = s.begin, noun = 0, item = 0, blank = 0;
    size_t width = 0;
    for (; fits < s.end; fits++) {
        size_t more = width_of(t->c[fits]);
        if (width + more > TITLE_WIDTH) break;
        width += more;
        if (width <= TITLE_WIDTH / 5) continue;
        if (word_begins(t, fits, CLASS_PURPOSE)) return fits;
        size_t n = word_begins(t, fits, CLASS_NOUN);
        if (n && fits + n <= s.end && !utf8_is_han(at(t, fits + (uint32_t)n)))
            noun = fits + (uint32_t)n;
        if (n && word_begins(t, fits + n, CLASS_AND)) noun = fits + (uint32_t)n;
        if (t->c[fits] == 0x3001) item = fits;
        if (t->c[fits] == ' ') blank = fits;
    }
    struct span kept = {s.begin, noun};
    if (noun > s.begin && span_width(t, kept) <= TITLE_WIDTH) return noun;
    if (item > s.begin) return item;
    return blank > s.begin ? blank : fits;
}

/* ---- titles ---------------------------------------------------------------------------------- */

/* The words of the span as they were written, in one line, without what stands in parentheses when
 * that is long. */
static char *write_title(const struct reading *r, size_t field, struct span s)
{
    const struct health_field *f = &r->fields[field];
    char *text = text_slice(f->text, f->len, s, r->arena);
    for (char *p = text; *p; p++)
        if (*p == '\n' || *p == '\r' || *p == '\t') *p = ' ';
    return text;
}

/* Leaves parentheses out of a span that is too long with them: a title is one stretch, so only
 * those at the end can go; one in the middle ends it when enough stands before. */
static uint32_t before_parenthesis(const struct folded *t, struct span s)
{
    uint32_t open = find(t, s, '(');
    struct span head = {s.begin, open};
    if (open >= s.end) return s.end;
    bool closes = find(t, (struct span){open, s.end}, ')') < s.end;
    bool long_tail = s.end - open > 8;
    return (!closes || long_tail) && span_letters(t, head) >= 4 ? open : s.end;
}

const char *title_make(const struct reading *r, size_t field, struct span s)
{
    const struct folded *t = &r->fields[field].folded;
    s = span_trim(t, s);
    s.begin = behind_lead(t, s);
    s = at_colon(t, s);
    s.begin = behind_lead(t, s);
    s = behind_preamble(t, s);
    struct span whole = s;
    s.end = clause_end(t, s);
    if (span_letters(t, s) < SHORT && s.end < whole.end && t->c[s.end] == ',') {
        struct span next = {s.end + 1, whole.end}, both = {s.begin, clause_end(t, next)};
        if (span_letters(t, s) < 4 && span_width(t, both) <= TITLE_WIDTH) s = both;
    }
    s.end = before_parenthesis(t, s);
    if (span_width(t, s) > TITLE_WIDTH) s.end = shorten(t, s);
    s = span_trim(t, s);
    if (span_letters(t, s) < TITLE_LETTERS) return NULL;
    return write_title(r, field, s);
}

/* ---- asides ---------------------------------------------------------------------------------- */

static bool holds(const struct folded *t, struct span s, enum health_class class)
{
    struct span w = word_within(t, s, class);
    return w.begin < w.end;
}

bool span_is_aside(const struct reading *r, size_t field, struct span s)
{
    const struct folded *t = &r->fields[field].folded;
    s = span_trim(t, s);
    struct span first = {s.begin, clause_end(t, s)};
    if (holds(t, first, CLASS_SKIP) && !word_begins(t, behind_lead(t, s), CLASS_DO)) return true;
    for (size_t i = 0; i < r->n_sentences; i++) {
        const struct sentence *one = &r->sentences[i];
        if (one->field != field || one->span.end <= s.begin) continue;
        if (one->span.begin >= s.end) break;
        if (one->base && span_letters(t, first) > ASIDE_MIN) return true;
        break;
    }
    return false;
}

/* Titles: the words of a challenge that name what is to be done, cut where people would cut. */
#include "base/base.h"

#include "base/str.h"
#include "base/utf8.h"
#include "matcher/indicator.h"
#include "matcher/subtopic_impl.h"

#include <string.h>

enum {
    LABEL_MAX = 30, /* code points before a colon that can be a title */
    PREAMBLES_MAX = 5,
    PREAMBLE_MAX = 60, /* of a clause that only leads to the next */
    SHORT = 8,         /* letters: a title shorter than this takes the next clause as well */
    TASK_HEAD = 16,    /* code points that say what a task is about */
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

bool is_comma(const struct folded *t, size_t i)
{
    if (at(t, i) != ',') return false;
    return !(i > 0 && is_ascii_digit(at(t, i - 1)) && is_ascii_digit(at(t, i + 1)));
}

bool is_colon(const struct folded *t, size_t i)
{
    if (at(t, i) != ':') return false;
    return !(i > 0 && is_ascii_digit(at(t, i - 1)) && is_ascii_digit(at(t, i + 1)));
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

/* Behind what stands in parentheses at i, which titles leave out; else i. */
static uint32_t behind_parenthesis(const struct folded *t, uint32_t i, uint32_t end)
{
    if (at(t, i) != '(') return i;
    int depth = 0;
    for (uint32_t k = i; k < end; k++) {
        depth += (t->c[k] == '(') - (t->c[k] == ')');
        if (!depth) return k + 1;
    }
    return i;
}

static size_t span_width(const struct folded *t, struct span s)
{
    size_t n = 0;
    for (uint32_t i = s.begin; i < s.end;) {
        uint32_t next = behind_parenthesis(t, i, s.end);
        if (next == i) n += width_of(t->c[next++]);
        i = next;
    }
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

static bool is_sign(uint32_t c)
{
    bool greek = c >= 0x370 && c <= 0x3FF;
    if (c == 0x7684 /* of: nothing stands before it any more */) return true;
    return !utf8_is_han(c) && !is_letter(c) && !is_ascii_digit(c) && !greek;
}

/* The length of a word at i that leads to what is to be done. One of a single ideograph is often
 * the head of another word, unless a verb follows. */
static size_t lead_length(const struct folded *t, size_t i)
{
    static const enum health_class next[] = {CLASS_DO, CLASS_LEAD, CLASS_PREAMBLE, CLASS_CHANGE,
                                             CLASS_ENUM_HEAD};
    size_t n = word_begins(t, i, CLASS_LEAD);
    if (n != 1 || !utf8_is_han(at(t, i))) return n;
    for (size_t k = 0; k < ARRAY_LEN(next); k++)
        if (word_begins(t, i + 1, next[k]) > 0) return 1;
    return 0;
}

uint32_t span_lead(const struct folded *t, struct span s)
{
    for (uint32_t i = s.begin;;) {
        uint32_t before = i;
        i += (uint32_t)mark_length(t, i);
        if (i >= s.end) return before;
        while (i < s.end && is_sign(t->c[i])) i++;
        size_t n = lead_length(t, i);
        if (n && i + n < s.end) i += (uint32_t)n;
        if (i == before || i >= s.end) return MIN(i, s.end);
    }
}

/* "Task: what it is": the head is the title when it says enough; else what stands behind it. */
static struct span at_colon(const struct folded *t, struct span s)
{
    uint32_t colon = s.begin, dash = s.begin;
    while (colon < s.end && !is_colon(t, colon)) colon++;
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
    return is_comma(t, i) || c == ';' || c == 0x3002 || c == '\n' || c == '!' || c == '?' ||
           c == ':';
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

/* Behind what led here, a clause that says what is to be done is better than one that does not. */
static struct span at_deed(const struct folded *t, struct span s)
{
    for (struct span rest = s; rest.begin < rest.end;) {
        size_t n = word_begins(t, rest.begin, CLASS_DO);
        if (n && !word_begins(t, rest.begin, CLASS_DO_RESULT) &&
            !word_begins(t, rest.begin, CLASS_DO_WEAK) &&
            !word_begins(t, rest.begin + n, CLASS_DONE))
            return rest;
        uint32_t end = clause_end(t, rest);
        if (end >= rest.end || t->c[end] != ',') break;
        rest.begin = span_lead(t, (struct span){end + 1, rest.end});
    }
    return s;
}

/* Clauses that only lead to the one that counts are passed over. */
static struct span behind_preamble(const struct folded *t, struct span s)
{
    uint32_t begin = s.begin;
    for (int i = 0; i < PREAMBLES_MAX; i++) {
        uint32_t end = clause_end(t, s);
        if (!word_begins(t, s.begin, CLASS_PREAMBLE) &&
            !word_ends(t, end, s.begin, CLASS_PREAMBLE_END))
            break;
        struct span rest = {MIN(end + 1, s.end), s.end};
        if (end >= s.end || t->c[end] != ',' || end - s.begin > PREAMBLE_MAX) break;
        rest.begin = span_lead(t, rest);
        if (span_letters(t, rest) < 6) break;
        size_t means = word_begins(t, s.begin, CLASS_MEANS);
        if (means && word_begins(t, rest.begin, CLASS_PURPOSE)) {
            s.begin += (uint32_t)means;
            break;
        }
        s = rest;
    }
    return s.begin > begin ? at_deed(t, s) : s;
}

/* Of what is too long: behind which of its code points it may end; the later the better, a purpose
 * before the end of a technology's name, that before an item of an enumeration. */
static uint32_t shorten(const struct folded *t, struct span s)
{
    uint32_t fits = s.begin, noun = 0, item = 0, blank = 0;
    size_t width = 0;
    for (; fits < s.end; fits++) {
        uint32_t behind = behind_parenthesis(t, fits, s.end);
        if (behind > fits) {
            fits = behind - 1;
            continue;
        }
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

/* Words at the end that lead to nothing any more. */
static struct span without_tail(const struct folded *t, struct span s)
{
    for (size_t n = 1; n;) {
        s = span_trim(t, s);
        n = word_ends(t, s.end, s.begin, CLASS_TAIL);
        if (n >= s.end - s.begin) break;
        s.end -= (uint32_t)n;
    }
    return s;
}

/* ---- titles ---------------------------------------------------------------------------------- */

/* The words of the span as they were written, in one line, without what stands in parentheses; one
 * that does not close ends them. */
static char *write_title(const struct reading *r, size_t field, struct span s)
{
    const struct health_field *f = &r->fields[field];
    const struct folded *t = &f->folded;
    struct str out;
    str_init(&out);
    const char *p = f->text + utf8_offset(f->text, f->len, s.begin), *end = f->text + f->len;
    for (uint32_t i = s.begin, hidden = s.begin; i < s.end; i++) {
        uint32_t c;
        size_t len = utf8_decode(p, end, &c);
        if (hidden <= i) hidden = behind_parenthesis(t, i, s.end);
        if (hidden <= i && c == 0xFF08 && out.len) break;
        if (hidden <= i && c == '(' && out.len) break;
        if (hidden <= i && !(is_blank(c) && (!out.len || out.data[out.len - 1] == ' '))) {
            if (is_blank(c))
                str_addc(&out, ' ');
            else
                str_add(&out, p, len);
        }
        p += len;
    }
    while (out.len && out.data[out.len - 1] == ' ') out.len--;
    char *text = arena_strndup(r->arena, out.data, out.len);
    str_free(&out);
    return text;
}

/* "To the wear of tools do a study" is the same; NULL: the span does not say it so. */
static char *write_object_first(const struct reading *r, size_t field, struct span s)
{
    const struct folded *t = &r->fields[field].folded;
    uint32_t i = s.begin + 1;
    if (at(t, s.begin) != 0x5BF9 /* to */) return NULL;
    while (i + 2 < s.end && !(t->c[i] == 0x8FDB && t->c[i + 1] == 0x884C /* do */)) i++;
    struct span object = {s.begin + 1, i}, deed = {i + 2, s.end};
    if (i + 2 >= s.end || span_letters(t, object) < 4) return NULL;
    if (!word_begins(t, deed.begin, CLASS_DO_NOUN)) return NULL;
    return arena_printf(r->arena, "%s%s", write_title(r, field, object),
                        write_title(r, field, deed));
}

/* "Study the wear of tools" is named "the wear of tools, a study": Chinese titles have what is done
 * behind what it is done to. */
static char *write_verb_behind(const struct reading *r, size_t field, struct span s, bool cut)
{
    const struct folded *t = &r->fields[field].folded;
    size_t verb = word_begins(t, s.begin, CLASS_DO_BEHIND), omit = 0;
    if (word_begins(t, s.begin + verb, CLASS_DONE) && at(t, s.begin + verb) != 0x51FA) verb = 0;
    if (word_begins(t, s.begin, CLASS_DO) > verb) verb = 0;
    if (!verb) omit = word_begins(t, s.begin, CLASS_DO_OMIT);
    uint32_t begin = s.begin + (uint32_t)(verb + omit);
    if (begin == s.begin || !utf8_is_han(at(t, s.begin))) return write_title(r, field, s);
    for (size_t n = 1; n; begin += (uint32_t)n) n = word_begins(t, begin, CLASS_MEASURE);
    struct span object = {begin, s.end}, word = {s.begin, s.begin + (uint32_t)verb};
    if (begin >= s.end || span_letters(t, object) < 4 || t->c[begin] == 0x3001 ||
        word_begins(t, begin, CLASS_AND))
        return write_title(r, field, s);
    char *title = write_title(r, field, object);
    if (cut || omit || word_ends(t, s.end, begin, CLASS_DO_NOUN)) return title;
    if (span_width(t, s) > TITLE_WIDTH) return title;
    return arena_printf(r->arena, "%s%s", title, write_title(r, field, word));
}

const char *title_make(const struct reading *r, size_t field, struct span s)
{
    const struct folded *t = &r->fields[field].folded;
    s = span_trim(t, s);
    s.begin = span_lead(t, s);
    s = at_colon(t, s);
    s.begin = span_lead(t, s);
    s = behind_preamble(t, s);
    struct span whole = s;
    s.end = clause_end(t, s);
    if (span_letters(t, s) < SHORT && s.end < whole.end && t->c[s.end] == ',') {
        struct span next = {s.end + 1, whole.end}, both = {s.begin, clause_end(t, next)};
        if (span_letters(t, s) < 4 && span_width(t, both) <= TITLE_WIDTH) s = both;
    }
    bool cut = span_width(t, s) > TITLE_WIDTH;
    if (cut) s.end = shorten(t, s);
    s = without_tail(t, s);
    if (span_letters(t, s) < TITLE_LETTERS) return NULL;
    const char *title = write_object_first(r, field, s);
    if (!title) title = write_verb_behind(r, field, s, cut);
    return *title ? title : NULL;
}

/* ---- asides ---------------------------------------------------------------------------------- */

bool has_word(const struct folded *t, struct span s, enum health_class class)
{
    struct span w = word_within(t, s, class);
    return w.begin < w.end;
}

bool span_is_aside(const struct reading *r, size_t field, struct span s)
{
    const struct folded *t = &r->fields[field].folded;
    s = span_trim(t, s);
    struct span first = {s.begin, clause_end(t, s)};
    /* A task may speak of a market further on. */
    if (word_begins(t, span_lead(t, s), CLASS_DO)) first.end = MIN(first.end, s.begin + TASK_HEAD);
    if (has_word(t, first, CLASS_SKIP)) return true;
    if (word_ends(t, clause_end(t, s), s.begin, CLASS_SKIP)) return true; /* a report comes out */
    for (size_t i = 0; i < r->n_sentences; i++) {
        const struct sentence *one = &r->sentences[i];
        if (one->field != field || one->span.end <= s.begin) continue;
        if (one->span.begin >= s.end) break;
        if (one->base && span_letters(t, first) > ASIDE_MIN) return true;
        break;
    }
    return false;
}

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
    LINE_MAX = 50,    /* letters of a line that is an entry of its own */
    LABEL_MAX = 16,   /* code points of a label before a colon */
    HEAD_BACK = 8,    /* code points before a colon that say what it is of */
    PROBLEM_MAX = 30, /* letters of a problem that is told between semicolons */
    NAME_WIDTH = 10,  /* columns of a part's name in a title: less is no name of its own */
    DEED_MIN = 6,     /* letters of a clause that says what is to be done */
    PAIR_MIN = 4,     /* letters */
    CHAIN_MIN = 3     /* links of a chain of steps */
};

static uint32_t at(const struct folded *t, size_t i)
{
    return i < t->n ? t->c[i] : 0;
}

static bool is_sentence_end(const struct folded *t, size_t i)
{
    uint32_t c = at(t, i);
    if (c == '.') return is_blank(at(t, i + 1)) && !is_ascii_digit(at(t, i ? i - 1 : 0));
    return c == 0x3002 || c == '\n' || c == '!' || c == '?';
}

static bool ends_with(const struct folded *t, struct span s, enum health_class class)
{
    return word_ends(t, s.end, s.begin, class) > 0;
}

/* "On the frame do a study": what is done stands behind what it is done to. */
static bool is_done_to(const struct folded *t, struct span s)
{
    if (at(t, s.begin) != 0x5BF9 /* to */) return false;
    for (uint32_t i = s.begin + 3; i + 2 < s.end; i++)
        if (t->c[i] == 0x8FDB && t->c[i + 1] == 0x884C /* do */)
            return word_begins(t, i + 2, CLASS_DO_NOUN) > 0;
    return false;
}

/* Does the clause begin with what is to be done? `plain`: no heading says that tasks follow. */
static bool is_to_do(const struct folded *t, struct span s, bool plain)
{
    uint32_t i = span_lead(t, s);
    size_t n = word_begins(t, i, CLASS_DO);
    if (is_done_to(t, (struct span){i, s.end})) return !has_word(t, s, CLASS_VAGUE);
    if (ends_with(t, span_trim(t, s), CLASS_PREAMBLE_END)) return false;
    if (!n || word_begins(t, i + n, CLASS_DONE) || has_word(t, s, CLASS_VAGUE)) return false;
    if (word_begins(t, i, CLASS_DO_RESULT) == n) return false;
    if (!plain || word_begins(t, i, CLASS_DO_WEAK) != n) return true;
    return ends_with(t, s, CLASS_DO_NOUN) && word_begins(t, i, CLASS_DO_OMIT) == n;
}

/* Ends as names of things to do or of technologies end. */
static bool ends_as_deed(const struct folded *t, struct span s)
{
    s = span_trim(t, s);
    return ends_with(t, s, CLASS_DO_NOUN) || ends_with(t, s, CLASS_NOUN) ||
           ends_with(t, s, CLASS_THING);
}

/* The same, or as names of products and processes. */
static bool ends_as_task(const struct folded *t, struct span s)
{
    s = span_trim(t, s);
    return ends_as_deed(t, s) || ends_with(t, s, CLASS_METHOD) || ends_with(t, s, CLASS_PRODUCT);
}

static bool add(const struct reading *r, size_t field, struct span s, struct part *out, size_t *n)
{
    s = span_trim(&r->fields[field].folded, s);
    const char *title = *n < PARTS_MAX ? title_make(r, field, s) : NULL;
    if (!title) return false;
    out[(*n)++] = (struct part){.field = field, .span = s, .title = title, .items = 1};
    return true;
}

bool span_deed(const struct folded *t, struct span s, struct span *deed)
{
    for (uint32_t begin = s.begin; begin < s.end;) {
        uint32_t end = begin;
        while (end < s.end && t->c[end] != ',' && t->c[end] != ':') end++;
        struct span words = {span_lead(t, (struct span){begin, end}), end};
        if (word_begins(t, words.begin, CLASS_MEANS)) /* "by simulation reduce the wear" */
            words.begin = word_within(t, words, CLASS_CHANGE).begin;
        bool does =
            word_begins(t, words.begin, CLASS_DO) || word_begins(t, words.begin, CLASS_CHANGE);
        size_t verb = word_begins(t, words.begin, CLASS_DO);
        if (does && !(verb && word_begins(t, words.begin + verb, CLASS_DONE)) &&
            !has_word(t, words, CLASS_VAGUE) && span_letters(t, words) >= DEED_MIN) {
            *deed = (struct span){words.begin, s.end};
            return true;
        }
        begin = end + 1;
    }
    return false;
}

bool span_is_task(const struct folded *t, struct span s, bool strict)
{
    struct span first = {span_lead(t, s), s.end};
    for (uint32_t i = first.begin; i < first.end; i++)
        if (t->c[i] == ',' || t->c[i] == ';' || t->c[i] == ':' || is_sentence_end(t, i))
            first.end = i;
    size_t tail = word_ends(t, first.end, first.begin, CLASS_TAIL);
    if (tail < first.end - first.begin) first.end -= (uint32_t)tail;
    return is_to_do(t, first, false) || (strict ? ends_as_deed(t, first) : ends_as_task(t, first));
}

/* ---- semicolons and lines -------------------------------------------------------------------- */

/* "Control: what is wanted of it", at the beginning of a line. */
static bool is_labelled(const struct folded *t, struct span s)
{
    uint32_t i = s.begin;
    while (i < s.end && i < s.begin + LABEL_MAX && t->c[i] != ':') i++;
    struct span label = {s.begin, i};
    if (i >= s.end || t->c[i] != ':' || span_letters(t, label) < ITEM_MIN) return false;
    return ends_as_task(t, label) && !word_begins(t, s.begin, CLASS_ASPECT);
}

static bool looks_like_task(const struct folded *t, struct span piece, uint32_t sign)
{
    return is_to_do(t, piece, false) || ends_as_task(t, piece) ||
           (sign == ';' && span_letters(t, piece) <= PROBLEM_MAX &&
            has_word(t, piece, CLASS_PROBLEM));
}

/* The pieces of s between signs, when they look like tasks; labelled: only those with a label. */
static size_t pieces(const struct reading *r, const struct section *sec, struct span s,
                     uint32_t sign, bool labelled, struct part *out)
{
    const struct folded *t = &r->fields[sec->field].folded;
    size_t n = 0, tasks = 0, all = 0;
    for (uint32_t begin = s.begin; begin < s.end;) {
        uint32_t end = begin;
        while (end < s.end && t->c[end] != sign) end++;
        struct span piece = span_trim(t, (struct span){begin, end});
        begin = end + 1;
        if (span_letters(t, piece) < ITEM_MIN || (labelled && !is_labelled(t, piece))) continue;
        all++;
        if (sign == '\n' && !labelled && span_letters(t, piece) > LINE_MAX) return 0;
        if (span_is_aside(r, sec->field, piece)) continue;
        tasks += labelled || looks_like_task(t, piece, sign);
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
        size_t n = semicolon ? pieces(r, s, (struct span){begin, end}, ';', false, out) : 0;
        if (n) return n;
        begin = end + 1;
    }
    size_t n = pieces(r, s, s->span, '\n', true, out);
    return n ? n : pieces(r, s, s->span, '\n', false, out);
}

/* ---- what is to be done ---------------------------------------------------------------------- */

size_t parts_done(const struct reading *r, const struct section *s, struct part *out)
{
    const struct folded *t = &r->fields[s->field].folded;
    size_t n = 0;
    bool open = false;
    for (uint32_t begin = s->span.begin; begin < s->span.end && n < PARTS_MAX;) {
        uint32_t end = begin;
        while (end < s->span.end && !is_comma(t, end) && t->c[end] != ';' &&
               !is_sentence_end(t, end))
            end++;
        struct span clause = span_trim(t, (struct span){begin, end});
        bool stop = is_sentence_end(t, end) || end >= s->span.end;
        struct span words = {span_lead(t, clause), clause.end};
        bool task =
            is_to_do(t, clause, s->kind == SECTION_PLAIN) || ends_with(t, clause, CLASS_JOIN);
        if (task && span_letters(t, words) >= DEED_MIN && !span_is_aside(r, s->field, clause) &&
            add(r, s->field, clause, out, &n))
            open = true;
        else if (open)
            out[n - 1].span.end = MAX(out[n - 1].span.end, clause.end);
        open = open && !stop;
        begin = end + 1;
    }
    return n >= 2 ? n : 0;
}

/* ---- enumerations ---------------------------------------------------------------------------- */

/* A sign between items: a comma of enumeration, a stroke between ideographs, a dash or an arrow. */
static size_t sign_between(const struct folded *t, size_t i)
{
    if (at(t, i) == 0x3001 || at(t, i) == 0x2192) return 1;
    if (at(t, i) == ',' && at(t, i + 1) == ' ' && i > 0) return is_latin_letter(at(t, i - 1));
    if (at(t, i) == '/' && i > 0) return utf8_is_han(at(t, i - 1)) && utf8_is_han(at(t, i + 1));
    return at(t, i) == '-' && at(t, i + 1) == '-' ? 2 : 0;
}

/* The same, or a word for "and": of several only the last, since "of A and B the C, D and E" has
 * three items; one of two ideographs ("as well as") divides more than the others do. */
static size_t separator(const struct folded *t, struct span s, size_t i)
{
    size_t sign = sign_between(t, i), word = sign ? 0 : word_begins(t, i, CLASS_AND);
    bool strong = word == 2 && utf8_is_han(at(t, i));
    for (size_t k = s.begin; word && k < s.end; k++) {
        size_t other = word_begins(t, k, CLASS_AND);
        bool stronger = other == 2 && utf8_is_han(at(t, k));
        if (k > i && (sign_between(t, k) || (other && stronger >= strong))) return 0;
        if (k < i && stronger > strong) return 0;
    }
    return sign + word;
}

/* A comma of an English enumeration, or one before "and". */
static bool joins_items(const struct folded *t, size_t i)
{
    size_t k = i + 1 + (at(t, i + 1) == ' ');
    return sign_between(t, i) || word_begins(t, k, CLASS_AND);
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
        size_t sep = i < s.end && !depth ? separator(t, s, i) : 0;
        if (i < s.end && !sep) continue;
        if (i < s.end) *strong |= sign_between(t, i) > 0;
        struct span item = span_trim(t, (struct span){begin, i});
        if (item.begin < item.end) items[n++] = item;
        begin = i + (uint32_t)MAX(sep, 1u);
        if (sep) i += (uint32_t)sep - 1;
    }
    return n;
}

/* Cuts what calls for the enumeration off its first item: a verb that the clause begins with, or a
 * word for "includes" wherever it stands. */
static bool behind_head(const struct folded *t, struct span *first)
{
    uint32_t lead = span_lead(t, *first), begin = lead;
    size_t verb = word_begins(t, lead, CLASS_DO);
    bool found = verb > 0 && !word_begins(t, lead + verb, CLASS_DONE);
    if (found) begin += (uint32_t)verb;
    for (uint32_t i = lead; i < first->end; i++) {
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

/* An item of an enumeration: a name of what is done or made, or what is to be done. */
static bool is_item(const struct folded *t, struct span s)
{
    return ends_as_task(t, s) || is_to_do(t, s, false);
}

/* `asked`: something says that what follows are parts. */
static bool are_parts(const struct folded *t, const struct span *items, size_t n, bool asked)
{
    size_t letters = 0, tasks = 0, brief = 0;
    for (size_t i = 0; i < n; i++) {
        size_t l = span_letters(t, items[i]);
        if (l < 2 || l > ITEM_MAX) return false;
        if (i + 1 < n && has_word(t, items[i], CLASS_ENUM_END)) return false;
        letters += l;
        brief += i > 0 && l < ITEM_MIN;
        tasks += is_item(t, items[i]);
    }
    if (letters < n * 4 || brief * 2 > n - 1) return false;
    return asked ? is_item(t, items[0]) && tasks + 1 >= n : tasks * 2 >= n;
}

/* What the items of an enumeration have in common: of "the A, B and C of X", which Chinese begins
 * with X, all up to the word for "of". */
static struct span head_of(const struct folded *t, struct span first)
{
    struct span head = {first.begin, first.begin};
    for (uint32_t i = first.begin; i + 1 < first.end; i++)
        if (t->c[i] == 0x7684 /* of */) head.end = i + 1;
    return head;
}

/* ... and where only what is done changes, all of the first item but that. */
static struct span head_of_deeds(const struct folded *t, struct span first)
{
    struct span head = first;
    for (size_t n = 1; n; head.end -= (uint32_t)n) {
        n = word_ends(t, head.end, first.begin, CLASS_DO_NOUN);
        if (head.end - n < first.begin + 3) n = 0;
    }
    if (head.end == first.end) head.end = head.begin;
    return head;
}

static bool is_deed(const struct folded *t, struct span s)
{
    while (s.begin < s.end) {
        size_t n = word_begins(t, s.begin, CLASS_DO_NOUN);
        if (!n) return false;
        s.begin += (uint32_t)n;
    }
    return true;
}

/* "The bearings, the balance and the housing of a spindle": short items say of what. */
static const char *item_title(const struct reading *r, size_t field, struct span first,
                              struct span item)
{
    const struct folded *t = &r->fields[field].folded;
    const char *title = title_make(r, field, item);
    struct span head = head_of(t, first);
    if (!title || item.begin == first.begin || span_letters(t, item) >= 6) return title;
    if (is_deed(t, item) && !(head.end > head.begin && has_word(t, item, CLASS_JOIN)))
        head = head_of_deeds(t, first);
    if (head.begin >= head.end) return title;
    const struct health_field *f = &r->fields[field];
    const char *both =
        arena_printf(r->arena, "%s%s", text_slice(f->text, f->len, head, r->arena), title);
    return text_width(both) <= TITLE_WIDTH ? both : title;
}

bool is_behind_colon(const struct folded *t, uint32_t i)
{
    while (i > 0 && is_blank(t->c[i - 1])) i--;
    if (!i || t->c[i - 1] != ':') return false;
    struct span before = {i > HEAD_BACK ? i - HEAD_BACK : 0, i - 1}, sentence = before;
    while (sentence.begin > 0 && !is_sentence_end(t, sentence.begin - 1)) sentence.begin--;
    if (has_word(t, sentence, CLASS_LISTS_FACTS)) return false;
    return word_ends(t, before.end, before.begin, CLASS_ENUM_COLON) > 0;
}

/* "A and B" without more signs is an enumeration when both are names of what is done or made. */
static bool is_pair(const struct folded *t, const struct span *items)
{
    struct span head = head_of(t, items[0]);
    bool alone = span_letters(t, items[1]) >= PAIR_MIN;
    return ends_as_task(t, items[0]) && ends_as_task(t, items[1]) &&
           (alone || head.begin < head.end || is_deed(t, items[1])) &&
           span_letters(t, items[0]) >= PAIR_MIN;
}

/* What does not end as a name may be an attribute of what follows: "low-cost, fast X" is one X. */
static size_t join_attributes(const struct folded *t, struct span *items, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept && !is_item(t, items[kept - 1]))
            items[kept - 1].end = items[i].end;
        else
            items[kept++] = items[i];
    }
    return kept;
}

static bool all_tasks(const struct folded *t, const struct span *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!ends_as_task(t, items[i])) return false;
    return true;
}

/* whole: the clause may be an enumeration without a word that says so; terse: it is about what is
 * to be done whatever its words are. */
static size_t enumeration(const struct reading *r, size_t field, struct span s, bool whole,
                          bool terse, struct part *out)
{
    const struct folded *t = &r->fields[field].folded;
    struct span items[ITEMS_MAX];
    bool strong;
    size_t n = split_items(t, s, items, &strong), made = 0;
    if (n < 2 || word_begins(t, span_lead(t, s), CLASS_MEANS)) return 0;
    bool asked = behind_head(t, &items[0]) || is_behind_colon(t, s.begin);
    if (!asked && !whole) return 0;
    before_end(t, &items[n - 1]);
    if (has_word(t, s, CLASS_ENUM_NOT) && !(terse && all_tasks(t, items, n))) return 0;
    if (asked) n = join_attributes(t, items, n);
    if (n < 2 || (n == 2 && !(asked && strong) && !(terse && is_pair(t, items)))) return 0;
    if (!strong && !asked && !terse) return 0;
    if (!are_parts(t, items, n, asked)) return 0;
    for (size_t i = 0; i < n; i++) {
        const char *title = item_title(r, field, items[0], items[i]);
        if (title)
            out[made++] =
                (struct part){.field = field, .span = items[i], .title = title, .items = 1};
    }
    return made >= 2 ? made : 0;
}

/* Steps between dashes or arrows, in quotation marks: "dismantling--reuse--recovery". */
static size_t chain(const struct reading *r, size_t field, struct span s, struct part *out)
{
    const struct folded *t = &r->fields[field].folded;
    struct span items[ITEMS_MAX];
    bool strong;
    size_t links = 0, made = 0;
    for (uint32_t i = s.begin; i < s.end; i++)
        links += t->c[i] == 0x2192 || (t->c[i] == '-' && at(t, i + 1) == '-');
    if (links + 1 < CHAIN_MIN) return 0;
    size_t n = split_items(t, s, items, &strong);
    for (size_t i = 0; i < n; i++) add(r, field, items[i], out, &made);
    return made >= CHAIN_MIN ? made : 0;
}

static size_t chain_in_quotes(const struct reading *r, const struct section *s, struct part *out)
{
    const struct folded *t = &r->fields[s->field].folded;
    for (uint32_t open = s->span.begin; open < s->span.end; open++) {
        if (t->c[open] != 0x201C) continue;
        uint32_t close = open;
        while (close < s->span.end && t->c[close] != 0x201D && t->c[close] != '\n') close++;
        size_t n = chain(r, s->field, (struct span){open + 1, close}, out);
        if (n) return n;
        open = close;
    }
    return 0;
}

size_t parts_enumerated(const struct reading *r, const struct section *s, struct part *out)
{
    const struct folded *t = &r->fields[s->field].folded;
    size_t links = chain_in_quotes(r, s, out);
    if (links) return links;
    for (uint32_t begin = s->span.begin; begin < s->span.end;) {
        uint32_t end = begin;
        while (end < s->span.end && (!is_comma(t, end) || joins_items(t, end)) &&
               t->c[end] != ';' && !is_colon(t, end) && !is_sentence_end(t, end))
            end++;
        struct span clause = span_trim(t, (struct span){begin, end});
        bool whole = s->kind == SECTION_CONTENT || begin == s->span.begin;
        bool terse = s->terse;
        size_t n = span_is_aside(r, s->field, clause)
                       ? 0
                       : enumeration(r, s->field, clause, whole, terse, out);
        if (n) return n;
        begin = end + 1;
    }
    return 0;
}

/* ---- what is measured ------------------------------------------------------------------------ */

/* The thing that a quantity is of: what stands before a word for how well something works. */
static struct span thing_of(const struct folded *t, struct span quantity)
{
    for (uint32_t i = quantity.begin + 2; i < quantity.end; i++) {
        struct span thing = {quantity.begin, i};
        if (!ends_with(t, thing, CLASS_PRODUCT) && !ends_with(t, thing, CLASS_THING)) continue;
        if (word_begins(t, thing.begin, CLASS_GENERIC) == i - thing.begin) continue;
        if (word_begins(t, i, CLASS_EFFICACY)) return thing;
    }
    return (struct span){quantity.begin, quantity.begin};
}

static bool same_words(const struct folded *a, struct span x, const struct folded *b, struct span y)
{
    return x.end - x.begin == y.end - y.begin &&
           memcmp(a->c + x.begin, b->c + y.begin, (x.end - x.begin) * sizeof *a->c) == 0;
}

size_t parts_measured(const struct reading *r, struct part *out)
{
    struct span things[ITEMS_MAX];
    size_t n = 0, named = 0;
    for (size_t i = 0; i < r->n_required && n < ITEMS_MAX; i++) {
        const struct required *one = &r->required[i];
        const struct folded *t = &r->fields[one->field].folded;
        struct span thing = thing_of(t, one->quantity);
        if (thing.begin == thing.end || word_begins(t, thing.begin, CLASS_CHANGE)) continue;
        named++;
        bool known = false;
        for (size_t k = 0; k < n; k++)
            known |= same_words(t, thing, &r->fields[out[k].field].folded, things[k]);
        if (known) continue;
        things[n] = thing;
        const struct health_field *f = &r->fields[one->field];
        out[n++] = (struct part){.field = one->field,
                                 .span = one->span,
                                 .title = text_slice(f->text, f->len, one->quantity, r->arena),
                                 .items = 1};
    }
    return n >= 2 && named * 3 >= r->n_required * 2 ? n : 0;
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

/* What is done, or a thing: the parts of a title are all one or the other. */
static bool ends_as_action(const struct folded *t, struct span s)
{
    for (size_t n = 1; n;) {
        n = word_ends(t, s.end, s.begin, CLASS_DO_GENERAL);
        if (n >= s.end - s.begin) break;
        s.end -= (uint32_t)n;
    }
    return ends_with(t, s, CLASS_DO_NOUN) || ends_with(t, s, CLASS_METHOD);
}

/* "Development and design" of one thing are no two parts; development and demonstration are. */
static bool is_pair_of_deeds(const struct folded *t, const struct span *items)
{
    return ends_with(t, items[0], CLASS_DO_GENERAL) && is_deed(t, items[1]) &&
           !has_word(t, items[1], CLASS_JOIN);
}

size_t parts_of_title(const struct reading *r, struct part *out)
{
    struct span items[ITEMS_MAX];
    bool strong;
    if (!r->n_fields || r->fields[0].field != FIELD_TITLE) return 0;
    const struct folded *t = &r->fields[0].folded;
    size_t n = split_items(t, (struct span){0, (uint32_t)t->n}, items, &strong), made = 0;
    if (n < 2 || (n == 2 && is_pair_of_deeds(t, items))) return 0;
    for (size_t i = 0; i < n; i++) {
        struct span own = i ? items[i] : (struct span){head_of(t, items[0]).end, items[0].end};
        if (n == 2 && is_general(t, own)) continue;
        bool joins = is_deed(t, own) && has_word(t, own, CLASS_JOIN);
        if (!ends_as_task(t, items[i]) || span_letters(t, own) < 2) return 0;
        if (i && !joins && ends_as_action(t, items[i]) != ends_as_action(t, items[0])) return 0;
        const char *title = item_title(r, 0, items[0], items[i]);
        if (!title || text_width(title) < NAME_WIDTH) return 0;
        out[made++] = (struct part){.field = 0, .span = items[i], .title = title, .items = 1};
    }
    return made >= 2 ? made : 0;
}

#include "base/base.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "index/text.h"

#include <libstemmer.h>
#include <string.h>
#include <utf8proc.h>

enum { TERM_MAX = 64 /* bytes; a longer "word" is a data dump, its beginning identifies it */ };

struct analyzer {
    struct sb_stemmer *english; /* NULL when the library lacks it: words stay as they are */
};

struct analyzer *analyzer_new(void)
{
    struct analyzer *a = mem_alloc(1, sizeof *a);
    a->english = sb_stemmer_new("english", NULL);
    return a;
}

void analyzer_free(struct analyzer *a)
{
    if (!a) return;
    sb_stemmer_delete(a->english);
    free(a);
}

enum letter { LETTER_NONE, LETTER_HAN, LETTER_WORD, LETTER_DIGIT, LETTER_POINT };

static enum letter letter_of(uint32_t cp)
{
    if (cp < 0x80) {
        if (cp >= '0' && cp <= '9') return LETTER_DIGIT;
        if ((cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z')) return LETTER_WORD;
        return cp == '.' ? LETTER_POINT : LETTER_NONE;
    }
    if (utf8_is_han(cp)) return LETTER_HAN;
    switch (utf8proc_category((utf8proc_int32_t)cp)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: return LETTER_WORD;
    case UTF8PROC_CATEGORY_ND: return LETTER_DIGIT;
    default: return LETTER_NONE;
    }
}

/* What one code point folds to under NFKC and case folding, marks stripped. Composition is left
 * out: without marks nothing composes but Hangul, and each folded code point keeps its origin. */
static size_t fold(uint32_t cp, utf8proc_int32_t *out, size_t room)
{
    if (cp < 0x80) {
        out[0] = (cp >= 'A' && cp <= 'Z') ? (utf8proc_int32_t)(cp + 32) : (utf8proc_int32_t)cp;
        return 1;
    }
    if (cp >= 0x4E00 && cp <= 0x9FFF) { /* the unified ideographs fold to themselves */
        out[0] = (utf8proc_int32_t)cp;
        return 1;
    }
    const utf8proc_option_t options = UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                      UTF8PROC_IGNORE | UTF8PROC_STRIPMARK;
    int last_class = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)cp, out, (utf8proc_ssize_t)room,
                                                 options, &last_class);
    return n < 0 || (size_t)n > room ? 0 : (size_t)n;
}

struct scan {
    struct analyzer *analyzer;
    struct arena *arena;
    VEC(struct token) tokens;
    /* the word under way */
    char word[TERM_MAX + 4];
    size_t word_len;
    bool word_latin, point; /* point: a decimal point waits for a digit */
    uint32_t word_begin, word_end;
    /* the last ideograph of the Han run under way, if there is one */
    uint32_t han, han_at;
    bool han_run;
};

static void emit(struct scan *s, const char *term, size_t len, uint32_t begin, uint32_t end)
{
    vec_push(&s->tokens,
             (struct token){arena_strndup(s->arena, term, len), (uint32_t)len, begin, end});
}

static int by_spelling(const void *word, const void *entry)
{
    return strcmp(word, *(const char *const *)entry);
}

static bool is_stop_word(const char *word)
{
    static const char *const stop_words[] = {
#define STOP(word) word,
#include "index/stop_words.def"
#undef STOP
    }; /* in bytewise order */
    return bsearch(word, stop_words, ARRAY_LEN(stop_words), sizeof *stop_words, by_spelling);
}

static void drop_word(struct scan *s)
{
    s->word_len = 0;
    s->point = false;
}

static void end_word(struct scan *s)
{
    if (!s->word_len) return;
    s->word[s->word_len] = '\0';
    if (s->word_latin && is_stop_word(s->word)) {
        drop_word(s);
        return;
    }
    const char *term = s->word;
    size_t len = s->word_len;
    if (s->word_latin && len >= 3 && s->analyzer->english) {
        const sb_symbol *stem =
            sb_stemmer_stem(s->analyzer->english, (const sb_symbol *)s->word, (int)s->word_len);
        if (stem) {
            term = (const char *)stem;
            len = (size_t)sb_stemmer_length(s->analyzer->english);
        }
    }
    emit(s, term, len, s->word_begin, s->word_end);
    drop_word(s);
}

static void add_han(struct scan *s, uint32_t cp, uint32_t at)
{
    char two[8];
    size_t first = s->han_run ? utf8_encode(s->han, two) : 0;
    size_t len = utf8_encode(cp, two + first);
    if (s->han_run) emit(s, two, first + len, s->han_at, at + 1);
    emit(s, two + first, len, at, at + 1);
    s->han = cp;
    s->han_at = at;
    s->han_run = true;
}

static void add_word(struct scan *s, uint32_t cp, uint32_t at, enum letter letter)
{
    if (!s->word_len) {
        s->word_begin = at;
        s->word_latin = true;
    }
    if (s->word_len + 5 <= TERM_MAX) {
        if (s->point) s->word[s->word_len++] = '.';
        s->word_len += utf8_encode(cp, s->word + s->word_len);
    }
    s->point = false;
    s->word_latin = s->word_latin && letter == LETTER_WORD && cp < 0x80;
    s->word_end = at + 1;
}

static void add(struct scan *s, uint32_t cp, uint32_t at)
{
    enum letter letter = letter_of(cp);
    bool after_digit =
        s->word_len && s->word[s->word_len - 1] >= '0' && s->word[s->word_len - 1] <= '9';
    if (letter != LETTER_HAN) s->han_run = false;
    switch (letter) {
    case LETTER_HAN:
        end_word(s);
        add_han(s, cp, at);
        break;
    case LETTER_POINT:
        if (after_digit && !s->point)
            s->point = true;
        else
            end_word(s);
        break;
    case LETTER_DIGIT:
    case LETTER_WORD:
        if (s->point && letter != LETTER_DIGIT) end_word(s);
        add_word(s, cp, at, letter);
        break;
    case LETTER_NONE: end_word(s); break;
    }
}

size_t analyzer_tokens(struct analyzer *a, const char *text, size_t len, struct arena *arena,
                       struct token **tokens)
{
    struct scan s = {.analyzer = a, .arena = arena};
    uint32_t at = 0, cp;
    for (const char *p = text, *end = text + len; p < end; at++) {
        p += utf8_decode(p, end, &cp);
        utf8proc_int32_t folded[32];
        size_t n = fold(cp, folded, ARRAY_LEN(folded));
        for (size_t i = 0; i < n; i++) add(&s, (uint32_t)folded[i], at);
    }
    end_word(&s);
    size_t n = s.tokens.len;
    *tokens = arena_alloc(arena, n, sizeof **tokens);
    if (n) memcpy(*tokens, s.tokens.at, n * sizeof **tokens);
    vec_free(&s.tokens);
    return n;
}

bool term_is_pair(const char *term, size_t len)
{
    /* A word never holds an ideograph: they end it. */
    uint32_t cp;
    return len > 3 && utf8_decode(term, term + len, &cp) < len && utf8_is_han(cp);
}

bool term_is_ideograph(const char *term, size_t len)
{
    uint32_t cp;
    return len && utf8_decode(term, term + len, &cp) == len && utf8_is_han(cp);
}

/* A token with its first eight bytes as a number that orders as they do: most terms are no longer,
 * and the comparisons of a sort are most of the cost of a bag. */
struct named {
    uint64_t head;
    const struct token *token;
};

static int by_name(const void *x, const void *y)
{
    const struct named *a = x, *b = y;
    if (a->head != b->head) return a->head < b->head ? -1 : 1;
    const struct token *t = a->token, *u = b->token;
    if (t->len > 8 && u->len > 8) {
        int order = memcmp(t->term, u->term, MIN(t->len, u->len));
        if (order) return order;
    }
    return (t->len > u->len) - (t->len < u->len);
}

static uint64_t head_of(const struct token *t)
{
    uint64_t head = 0;
    for (uint32_t i = 0; i < 8; i++) head = head << 8 | (i < t->len ? (uint8_t)t->term[i] : 0);
    return head;
}

static void swap_named(struct named *a, struct named *b)
{
    struct named kept = *a;
    *a = *b;
    *b = kept;
}

/* Quicksort (Hoare 1961) with the median of three, insertion for what is short, and the library's
 * sort where the halves stay uneven: three times as fast as the library's alone, which calls. */
static void sort_named(struct named *x, size_t n, int depth)
{
    while (n > 16) {
        if (depth-- == 0) {
            qsort(x, n, sizeof *x, by_name);
            return;
        }
        struct named *mid = x + n / 2, *last = x + n - 1;
        if (by_name(mid, x) < 0) swap_named(mid, x);
        if (by_name(last, mid) < 0) swap_named(last, mid);
        if (by_name(mid, x) < 0) swap_named(mid, x);
        struct named pivot = *mid;
        size_t i = 0, k = n - 1;
        for (;; i++, k--) {
            while (by_name(&x[i], &pivot) < 0) i++;
            while (by_name(&pivot, &x[k]) < 0) k--;
            if (i >= k) break;
            swap_named(&x[i], &x[k]);
        }
        sort_named(x, k + 1, depth);
        x += k + 1;
        n -= k + 1;
    }
    for (size_t i = 1; i < n; i++) {
        struct named one = x[i];
        size_t k = i;
        for (; k > 0 && by_name(&one, &x[k - 1]) < 0; k--) x[k] = x[k - 1];
        x[k] = one;
    }
}

struct bag analyzer_bag(struct analyzer *a, const char *text, struct arena *arena)
{
    struct bag bag = {0};
    if (!text || !*text) return bag;
    struct token *tokens;
    size_t n = analyzer_tokens(a, text, strlen(text), arena, &tokens);
    struct named *sorted = arena_alloc(arena, n, sizeof *sorted);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = (struct named){head_of(&tokens[i]), &tokens[i]};
        bag.length += !term_is_pair(tokens[i].term, tokens[i].len);
    }
    sort_named(sorted, n, 64);
    bag.terms = arena_alloc(arena, n, sizeof *bag.terms);
    for (size_t i = 0; i < n; i++) {
        const struct token *t = sorted[i].token;
        if (i && by_name(&sorted[i - 1], &sorted[i]) == 0)
            bag.terms[bag.n - 1].count++;
        else
            bag.terms[bag.n++] = (struct bag_term){t->term, t->len, 1};
    }
    return bag;
}

/* Where a sentence may end: how strongly the code point (with the next one) cuts. */
enum cut { CUT_NONE, CUT_CLAUSE, CUT_SENTENCE };

static enum cut cut_after(uint32_t before, uint32_t cp, uint32_t next)
{
    switch (cp) {
    case '\n':
    case '\r':
    case 0x3002: /* ideographic full stop */
    case 0xFF01: /* full-width ! */
    case 0xFF1F: /* full-width ? */
    case 0xFF1B: /* full-width ; */
    case ';':
    case '!':
    case '?': return CUT_SENTENCE;
    case '.':
        if (before >= '0' && before <= '9') return CUT_NONE; /* "1. first item", "3.5" */
        return next == ' ' || next == '\n' || next == 0 ? CUT_SENTENCE : CUT_NONE;
    case ',': return next == ' ' ? CUT_CLAUSE : CUT_NONE;
    case 0xFF0C: /* full-width , */
    case 0x3001: /* enumeration comma */ return CUT_CLAUSE;
    default: return CUT_NONE;
    }
}

static bool is_space(uint32_t cp)
{
    return cp <= ' ' || cp == 0x3000 || cp == 0xA0;
}

size_t text_sentences(const char *text, size_t len, struct arena *arena, struct span **spans)
{
    enum { LONG = 160, SHORT = 24 };
    VEC(uint32_t) cps = {0};
    for (const char *p = text, *end = text + len; p < end;) {
        uint32_t cp;
        p += utf8_decode(p, end, &cp);
        vec_push(&cps, cp);
    }
    VEC(struct span) out = {0};
    uint32_t begin = 0, n = (uint32_t)cps.len, clause = 0;
    for (uint32_t i = 0; i < n; i++) {
        enum cut cut = cut_after(i ? cps.at[i - 1] : 0, cps.at[i], i + 1 < n ? cps.at[i + 1] : 0);
        if (cut == CUT_CLAUSE && i + 1 - begin >= SHORT) clause = i + 1;
        bool too_long = i + 1 - begin >= LONG;
        if (cut != CUT_SENTENCE && !too_long && i + 1 < n) continue;
        uint32_t end = cut == CUT_SENTENCE || i + 1 == n || clause <= begin ? i + 1 : clause;
        struct span span = {begin, end};
        while (span.begin < span.end && is_space(cps.at[span.begin])) span.begin++;
        while (span.end > span.begin && is_space(cps.at[span.end - 1])) span.end--;
        if (span.begin < span.end) vec_push(&out, span);
        begin = end;
        if (end < i + 1) i = end - 1; /* read on behind the clause that ended the sentence */
    }
    *spans = arena_alloc(arena, out.len, sizeof **spans);
    size_t count = out.len;
    if (count) memcpy(*spans, out.at, count * sizeof **spans);
    vec_free(&out);
    vec_free(&cps);
    return count;
}

char *text_slice(const char *text, size_t len, struct span span, struct arena *arena)
{
    size_t from = utf8_offset(text, len, span.begin);
    size_t to = from + utf8_offset(text + from, len - from, span.end - span.begin);
    return arena_strndup(arena, text + from, to - from);
}

double text_han_share(const char *text, size_t len)
{
    size_t han = 0, letters = 0;
    for (const char *p = text, *end = text + len; p < end;) {
        uint32_t cp;
        p += utf8_decode(p, end, &cp);
        enum letter letter = letter_of(cp);
        han += letter == LETTER_HAN;
        letters += letter == LETTER_HAN || letter == LETTER_WORD;
    }
    return letters ? (double)han / (double)letters : 0.0;
}

enum lang text_language(const char *text)
{
    static const double CHINESE_LEAST = 0.1;
    return text_han_share(text, strlen(text)) >= CHINESE_LEAST ? LANG_ZH : LANG_EN;
}

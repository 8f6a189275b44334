#include "base/base.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "matcher/quantity.h"
#include "matcher/unit.h"

#include <string.h>

enum {
    NAME_CHARS = 60, /* of a name; indicator.c gives no longer ones */
    ITEMS_MAX = 64,
    SYMBOL_MAX = 3, /* letters of a symbol behind a name, "roughness Ra" */
    OWNED = 2       /* what stands before a head must be this long to be a name of its own */
};

/* The share of the shorter name's words that the longer must hold, and of both. */
static const double HELD = 0.7, SHARED = 0.8;

static const struct {
    const char *name, *other;
} synonyms[] = {
#define SAME(name, other) {name, other},
#include "matcher/synonyms.def"
#undef SAME
};

enum name_word { NEUTRAL_WORD, HEAD_TEXT, TAIL_WORD, VAGUE_WORD };

static const struct {
    enum name_word kind;
    const char *text;
} name_words[] = {
#define NEUTRAL(text)   {NEUTRAL_WORD, text},
#define HEAD_WORD(text) {HEAD_TEXT, text},
#define TAIL(text)      {TAIL_WORD, text},
#define VAGUE(text)     {VAGUE_WORD, text},
#define LONG(brief, full)
#define OPPOSED(a, b)
#include "matcher/names.def"
#undef NEUTRAL
#undef HEAD_WORD
#undef TAIL
#undef VAGUE
#undef LONG
#undef OPPOSED
};

static const struct {
    bool opposed; /* else a brief form and its full one */
    const char *a, *b;
} name_pairs[] = {
#define NEUTRAL(text)
#define HEAD_WORD(text)
#define TAIL(text)
#define VAGUE(text)
#define LONG(brief, full) {false, brief, full},
#define OPPOSED(a, b)     {true, a, b},
#include "matcher/names.def"
#undef NEUTRAL
#undef HEAD_WORD
#undef TAIL
#undef VAGUE
#undef LONG
#undef OPPOSED
};

/* Words of a name in order: an ideograph is one, and so is a stemmed Latin word. */
struct words {
    struct token at[ITEMS_MAX];
    size_t n;
};

struct quantity_name {
    char *text; /* canonical */
    struct words before, head;
    bool vague;
};

/* The name with other names of quantities replaced by the one that stands for them. */
static char *canonical(const char *name, struct arena *arena)
{
    uint32_t c[NAME_CHARS];
    size_t n = 0, len = strlen(name);
    for (const char *p = name, *end = name + len; p < end && n < ARRAY_LEN(c); n++)
        p += utf8_decode(p, end, &c[n]);
    VEC(char) out = {0};
    for (size_t i = 0; i < n;) {
        size_t best = 0, which = 0;
        for (size_t s = 0; s < ARRAY_LEN(synonyms); s++) {
            /* the name itself is found too, so that no part of it is replaced */
            const char *const both[] = {synonyms[s].other, synonyms[s].name};
            for (size_t k = 0; k < ARRAY_LEN(both); k++) {
                size_t at = word_at(c, n, i, both[k], false);
                if (at > best) best = at, which = s;
            }
        }
        char bytes[4];
        const char *add = best ? synonyms[which].name : bytes;
        size_t add_len = best ? strlen(add) : utf8_encode(c[i], bytes);
        for (size_t k = 0; k < add_len; k++) vec_push(&out, add[k]);
        i += best ? best : 1;
    }
    char *copy = arena_strndup(arena, out.at ? out.at : "", out.len);
    vec_free(&out);
    return copy;
}

static bool same_word(const struct token *a, const struct token *b)
{
    return a->len == b->len && memcmp(a->term, b->term, a->len) == 0;
}

static bool is_ideograph(const struct token *w)
{
    return term_is_ideograph(w->term, w->len);
}

/* How many words of w, from its i-th on, spell the ideographs of text; 0 when they do not. */
static size_t spells(const struct words *w, size_t i, const char *text)
{
    size_t k = i;
    for (const char *p = text; *p; k++) {
        if (k >= w->n || strncmp(p, w->at[k].term, w->at[k].len) != 0 || !is_ideograph(&w->at[k]))
            return 0;
        p += w->at[k].len;
    }
    return k - i;
}

/* The longest text of a kind at the end of w, in words. */
static size_t ends_with(const struct words *w, enum name_word kind)
{
    size_t best = 0;
    for (size_t i = 0; i < ARRAY_LEN(name_words); i++)
        for (size_t k = best + 1; name_words[i].kind == kind && k <= w->n; k++)
            if (spells(w, w->n - k, name_words[i].text) == k) best = k;
    return best;
}

static struct words slice(const struct words *w, size_t begin, size_t end)
{
    struct words part = {.n = end - begin};
    for (size_t i = begin; i < end; i++) part.at[i - begin] = w->at[i];
    return part;
}

static struct words without_neutral(const struct words *w)
{
    struct words kept = {.n = 0};
    for (size_t i = 0; i < w->n;) {
        size_t skip = 0;
        for (size_t k = 0; k < ARRAY_LEN(name_words); k++)
            if (name_words[k].kind == NEUTRAL_WORD)
                skip = MAX(skip, spells(w, i, name_words[k].text));
        if (skip) {
            i += skip;
        } else {
            kept.at[kept.n++] = w->at[i++];
        }
    }
    return kept;
}

static bool is_vague(const struct words *head)
{
    for (size_t i = 0; i < ARRAY_LEN(name_words); i++) {
        if (name_words[i].kind != VAGUE_WORD) continue;
        if (spells(head, 0, name_words[i].text) == head->n) return true;
        const struct token *w = &head->at[0];
        if (head->n == 1 && w->len >= 3 && strncmp(name_words[i].text, w->term, w->len) == 0)
            return true;
    }
    return false;
}

/* "copper thick" for "copper thickness": the last ideograph stands for a word. */
static char *lengthened(char *text, struct arena *arena)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < ARRAY_LEN(name_pairs); i++) {
        size_t brief = strlen(name_pairs[i].a);
        if (name_pairs[i].opposed || brief > len ||
            strcmp(text + len - brief, name_pairs[i].a) != 0)
            continue;
        return arena_printf(arena, "%.*s%s", (int)(len - brief), text, name_pairs[i].b);
    }
    return text;
}

struct quantity_name *quantity_name_new(struct analyzer *a, const char *name, struct arena *arena)
{
    struct quantity_name *q = arena_zalloc(arena, 1, sizeof *q);
    q->text = canonical(lengthened(canonical(name, arena), arena), arena);
    struct token *tokens;
    size_t n = analyzer_tokens(a, q->text, strlen(q->text), arena, &tokens);
    struct words all = {.n = 0};
    for (size_t i = 0; i < n && all.n < ITEMS_MAX; i++)
        if (!term_is_pair(tokens[i].term, tokens[i].len)) all.at[all.n++] = tokens[i];
    if (all.n > 1 && !is_ideograph(&all.at[all.n - 1]) && all.at[all.n - 1].len <= SYMBOL_MAX &&
        is_ideograph(&all.at[all.n - 2]))
        all.n--;
    size_t tail = ends_with(&all, TAIL_WORD);
    if (tail < all.n) all.n -= tail;
    size_t head = ends_with(&all, HEAD_TEXT);
    if (!head && all.n)
        head = all.n > 1 && is_ideograph(&all.at[all.n - 1]) && is_ideograph(&all.at[all.n - 2])
                   ? 2
                   : 1;
    q->head = slice(&all, all.n - head, all.n);
    struct words before = slice(&all, 0, all.n - head);
    q->before = without_neutral(&before);
    q->vague = is_vague(&q->head);
    return q;
}

/* The words that both hold in the same order. */
static size_t common(const struct words *a, const struct words *b)
{
    size_t row[ITEMS_MAX + 1] = {0};
    for (size_t i = 0; i < a->n; i++) {
        size_t diagonal = 0;
        for (size_t k = 0; k < b->n; k++) {
            size_t above = row[k + 1];
            row[k + 1] = same_word(&a->at[i], &b->at[k]) ? diagonal + 1 : MAX(row[k + 1], row[k]);
            diagonal = above;
        }
    }
    return row[b->n];
}

static bool ends_alike(const struct words *longer, const struct words *shorter)
{
    for (size_t i = 1; i <= shorter->n; i++)
        if (!same_word(&longer->at[longer->n - i], &shorter->at[shorter->n - i])) return false;
    return true;
}

static bool opposed(const char *a, const char *b)
{
    for (size_t i = 0; i < ARRAY_LEN(name_pairs); i++) {
        const char *x = name_pairs[i].a, *y = name_pairs[i].b;
        if (!name_pairs[i].opposed) continue;
        bool ax = strstr(a, x), ay = strstr(a, y), bx = strstr(b, x), by = strstr(b, y);
        if ((ax && !ay && by && !bx) || (ay && !ax && bx && !by)) return true;
    }
    return false;
}

double quantity_likeness(const struct quantity_name *a, const struct quantity_name *b)
{
    if (strcmp(a->text, b->text) == 0) return 1;
    if (!a->head.n || a->head.n != b->head.n || common(&a->head, &b->head) != a->head.n) return 0;
    if (opposed(a->text, b->text)) return 0;
    const struct words *longer = &a->before, *shorter = &b->before;
    if (longer->n < shorter->n) longer = &b->before, shorter = &a->before;
    if (!longer->n) return 0.95;
    if (!shorter->n) return a->vague ? 0 : 0.3;
    size_t shared = common(longer, shorter);
    double of_both = 2.0 * (double)shared / (double)(longer->n + shorter->n);
    if ((double)shared < HELD * (double)shorter->n) return 0;
    if (of_both >= SHARED) return 0.6 + 0.3 * of_both;
    if (shared < shorter->n) return 0;
    bool named = shorter->n >= OWNED || !is_ideograph(&shorter->at[0]);
    return named && ends_alike(longer, shorter) ? QUANTITY_SAME : 0.2;
}

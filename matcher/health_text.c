#include "base/base.h"

#include "base/utf8.h"
#include "base/vec.h"
#include "matcher/health_text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 24 }; /* code points */

static const struct {
    enum health_class class;
    const char *words; /* with blanks between */
} lists[] = {
#define W(class, words) {CLASS_##class, words},
#include "matcher/health_words.def"
#include "matcher/subtopic_words.def"
#undef W
};

struct word {
    uint32_t c[WORD_MAX];
    size_t n;
};

static struct {
    VEC(struct word) words; /* of a class: by first code point, longer ones first */
} classes[HEALTH_CLASSES];
static pthread_once_t once = PTHREAD_ONCE_INIT;

bool is_latin_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_ascii_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

/* ---- the lists ------------------------------------------------------------------------------- */

static int by_first_then_longer(const void *a, const void *b)
{
    const struct word *x = a, *y = b;
    if (x->c[0] != y->c[0]) return x->c[0] < y->c[0] ? -1 : 1;
    return (x->n < y->n) - (x->n > y->n);
}

static void add_word(enum health_class class, const char *s, size_t len)
{
    struct word w = {.n = 0};
    for (const char *p = s, *end = s + len; p < end && w.n < WORD_MAX; w.n++) {
        p += utf8_decode(p, end, &w.c[w.n]);
        if (w.c[w.n] == '_') w.c[w.n] = ' ';
    }
    if (w.n) vec_push(&classes[class].words, w);
}

static void fill_classes(void)
{
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (const char *s = lists[i].words; *s;) {
            size_t len = strcspn(s, " ");
            add_word(lists[i].class, s, len);
            s += len + (s[len] == ' ');
        }
    for (int c = 0; c < HEALTH_CLASSES; c++)
        if (classes[c].words.len)
            qsort(classes[c].words.at, classes[c].words.len, sizeof(struct word),
                  by_first_then_longer);
}

/* ---- texts ----------------------------------------------------------------------------------- */

static uint32_t fold(uint32_t c)
{
    c = utf8_plain(c);
    if (c >= 'A' && c <= 'Z') return c + 32;
    switch (c) {
    case '\r': return ' ';
    case 0x3010:
    case 0x3014: return '[';
    case 0x3011:
    case 0x3015: return ']';
    default: return c;
    }
}

struct folded folded_text(const char *text, size_t len, struct arena *arena)
{
    struct folded t = {.n = utf8_count(text, len)};
    t.c = arena_alloc(arena, t.n + 1, sizeof *t.c);
    const char *p = text, *end = text + len;
    for (size_t i = 0; i < t.n; i++) {
        p += utf8_decode(p, end, &t.c[i]);
        t.c[i] = fold(t.c[i]);
    }
    return t;
}

/* Of Latin letters only whole words count. */
static bool stands_alone(const struct folded *t, size_t begin, size_t end)
{
    if (is_latin_letter(t->c[begin]) && begin > 0 && is_latin_letter(t->c[begin - 1])) return false;
    return !(is_latin_letter(t->c[end - 1]) && end < t->n && is_latin_letter(t->c[end]));
}

size_t word_begins(const struct folded *t, size_t i, enum health_class class)
{
    pthread_once(&once, fill_classes);
    const struct word *words = classes[class].words.at;
    size_t low = 0, high = classes[class].words.len;
    if (i >= t->n) return 0;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (words[mid].c[0] < t->c[i])
            low = mid + 1;
        else
            high = mid;
    }
    for (; low < classes[class].words.len && words[low].c[0] == t->c[i]; low++) {
        const struct word *w = &words[low];
        if (i + w->n <= t->n && memcmp(w->c, t->c + i, w->n * sizeof *w->c) == 0 &&
            stands_alone(t, i, i + w->n))
            return w->n;
    }
    return 0;
}

size_t word_ends(const struct folded *t, size_t end, size_t least, enum health_class class)
{
    for (size_t n = MIN(end - MIN(least, end), (size_t)WORD_MAX); n > 0; n--) {
        const struct folded head = {t->c, end};
        if (word_begins(&head, end - n, class) == n) return n;
    }
    return 0;
}

struct span word_within(const struct folded *t, struct span s, enum health_class class)
{
    for (size_t i = s.begin; i < s.end; i++) {
        size_t n = word_begins(t, i, class);
        if (n && i + n <= s.end) return (struct span){(uint32_t)i, (uint32_t)(i + n)};
    }
    return (struct span){s.end, s.end};
}

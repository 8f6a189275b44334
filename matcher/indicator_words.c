#include "base/base.h"

#include "base/utf8.h"
#include "matcher/indicator_words.h"
#include "matcher/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_MAX = 4 }; /* letters */

static const struct word words[] = {
#define WORD(text, class, effect) {text, class, effect},
#define PER(text)
#include "matcher/comparisons.def"
#undef WORD
#undef PER
};

/* One to one, so that places stay what they were: dots and the signs that fonts offer twice. */
static uint32_t fold(uint32_t cp)
{
    cp = utf8_plain(cp);
    switch (cp) {
    case 0x223C:
    case 0x301C:
    case 0x02DC: return '~';
    case 0x00B5: return 0x03BC; /* mu */
    case 0x2126: return 0x03A9; /* omega */
    case 0x2022:
    case 0x22C5:
    case 0x2219:
    case 0x30FB:
    case 0x2027: return 0xB7; /* middle dot */
    case 0x2265:
    case 0x2267:
    case 0x2A7E: return 0x2265; /* at least */
    case 0x2264:
    case 0x2266:
    case 0x2A7D: return 0x2264; /* at most */
    case 0x2215:
    case 0x2044: return '/';
    case 0x2236: return ':';
    case 0x2248:
    case 0x2245: return 0x2248; /* about */
    case 0x2032: return 0x2032;
    default: return cp;
    }
}

/* The words by class and first sign, and by class and last sign: almost every place of a text holds
 * none, and that must be told quickly. */
struct lookup {
    const struct word *word;
    uint32_t sign; /* the first or the last, in lower case */
    size_t len;
};
static struct lookup firsts[ARRAY_LEN(words)], lasts[ARRAY_LEN(words)];
static size_t class_end[CLASSES];
/* By the low bits of a sign, the classes with words that begin or end with it, a bit for each. */
enum { SIGNS = 1024 };
static uint64_t first_classes[SIGNS], last_classes[SIGNS];
_Static_assert(CLASSES <= 64, "a bit for each class");
static pthread_once_t lookups_once = PTHREAD_ONCE_INIT;

static uint32_t lower(uint32_t cp)
{
    return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
}

static int by_class_and_sign(const void *a, const void *b)
{
    const struct lookup *x = a, *y = b;
    if (x->word->class != y->word->class) return x->word->class < y->word->class ? -1 : 1;
    return (x->sign > y->sign) - (x->sign < y->sign);
}

static void fill_lookups(void)
{
    for (size_t w = 0; w < ARRAY_LEN(words); w++) {
        const char *p = words[w].text, *end = p + strlen(p);
        uint32_t first = 0, last = 0;
        size_t len = 0;
        for (; p < end; len++) {
            p += utf8_decode(p, end, &last);
            if (!len) first = last;
        }
        firsts[w] = (struct lookup){&words[w], lower(first), len};
        lasts[w] = (struct lookup){&words[w], lower(last), len};
        first_classes[lower(first) % SIGNS] |= UINT64_C(1) << words[w].class;
        last_classes[lower(last) % SIGNS] |= UINT64_C(1) << words[w].class;
        for (size_t k = words[w].class; k < CLASSES; k++) class_end[k]++;
    }
    qsort(firsts, ARRAY_LEN(firsts), sizeof *firsts, by_class_and_sign);
    qsort(lasts, ARRAY_LEN(lasts), sizeof *lasts, by_class_and_sign);
}

/* Those of a class with a sign, which lie together: *end is behind the last of them. */
static const struct lookup *candidates(const struct lookup *all, enum word_class class,
                                       uint32_t sign, const struct lookup **end)
{
    size_t low = class ? class_end[class - 1] : 0, high = class_end[class];
    *end = all + high;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (all[middle].sign < sign)
            low = middle + 1;
        else
            high = middle;
    }
    return all + low;
}

size_t word_from(const struct text *t, size_t i, enum word_class class, const struct word **found)
{
    const struct lookup *end;
    uint32_t first = lower(at(t, i));
    size_t best = 0;
    pthread_once(&lookups_once, fill_lookups);
    if (!(first_classes[first % SIGNS] >> class & 1)) return 0;
    for (const struct lookup *l = candidates(firsts, class, first, &end);
         l < end && l->sign == first; l++) {
        if (l->len <= best || !word_at(t->c, t->n, i, l->word->text, false)) continue;
        best = l->len;
        if (found) *found = l->word;
    }
    return best;
}

size_t word_until(const struct text *t, size_t least, size_t end, enum word_class class,
                  const struct word **found)
{
    const struct lookup *stop;
    uint32_t last = end ? lower(t->c[end - 1]) : 0;
    size_t best = 0;
    pthread_once(&lookups_once, fill_lookups);
    if (!(last_classes[last % SIGNS] >> class & 1)) return 0;
    for (const struct lookup *l = candidates(lasts, class, last, &stop);
         l < stop && l->sign == last; l++) {
        if (l->len <= best || end < least + l->len) continue;
        if (!word_at(t->c, t->n, end - l->len, l->word->text, false)) continue;
        best = l->len;
        if (found) *found = l->word;
    }
    return best;
}

bool words_hold(const struct text *t, struct span s, enum word_class class)
{
    for (size_t i = s.begin; i < s.end; i++) {
        size_t len = word_from(t, i, class, NULL);
        if (len && i + len <= s.end) return true;
    }
    return false;
}

double word_multiplier(const struct word *w)
{
    static const struct {
        char first;
        double value;
    } latin[] = {{'t', 1e3}, {'m', 1e6}, {'b', 1e9}};
    static const double han[] = {1e2, 1e3, 1e4, 1e8};
    for (size_t i = 0; i < ARRAY_LEN(latin); i++)
        if (w->text[0] == latin[i].first) return latin[i].value;
    size_t place = 0; /* among the words of its class, which stand in this order */
    for (const struct word *v = words; v < w; v++) place += v->class == TIMES;
    return place < ARRAY_LEN(han) ? han[place] : 1;
}

/* Marks such as <i> and </sub> say nothing: spaces, so that places stay. */
static void blank_tags(uint32_t *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = i + 1;
        if (c[i] != '<') continue;
        if (k < n && c[k] == '/') k++;
        size_t begin = k;
        while (k < n && k - begin < TAG_MAX && is_latin(c[k])) k++;
        if (k == begin || k >= n || c[k] != '>') continue;
        while (i <= k) c[i++] = ' ';
        i = k;
    }
}

struct text text_fold(const char *text, size_t len, size_t max, struct arena *arena)
{
    size_t n = MIN(utf8_count(text, len), max);
    uint32_t *c = arena_alloc(arena, n + 1, sizeof *c);
    const char *p = text, *end = text + len;
    for (size_t i = 0; i < n; i++) {
        p += utf8_decode(p, end, &c[i]);
        c[i] = fold(c[i]);
    }
    blank_tags(c, n);
    return (struct text){c, n};
}

#include "base/base.h"

#include "base/utf8.h"
#include "matcher/indicator_words.h"
#include "matcher/unit.h"

#include <pthread.h>
#include <string.h>

enum { TAG_MAX = 4 }; /* letters */

static const struct word words[] = {
#define WORD(text, class, effect) {text, class, effect},
#define PER(text)
#include "matcher/comparisons.def"
#undef WORD
#undef PER
};

/* One to one, so that places stay what they were: widths, dashes, dots and the signs that fonts
 * offer twice. */
static uint32_t fold(uint32_t cp)
{
    if (cp < 0x80) return cp == '\t' ? ' ' : cp;
    if (cp >= 0xFF01 && cp <= 0xFF5E) return fold(cp - 0xFEE0);
    switch (cp) {
    case 0x00A0:
    case 0x2002:
    case 0x2003:
    case 0x2009:
    case 0x202F:
    case 0x3000: return ' ';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212:
    case 0x2500: return '-';
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

/* The words by class, with their ends decoded: almost every word fails at its first sign. */
static struct lookup {
    const struct word *word;
    uint32_t first, last;
    size_t len;
} lookups[ARRAY_LEN(words)];
static size_t class_end[CLASSES];
static pthread_once_t lookups_once = PTHREAD_ONCE_INIT;

static uint32_t lower(uint32_t cp)
{
    return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
}

static void fill_lookups(void)
{
    size_t n = 0;
    for (int k = 0; k < CLASSES; k++) {
        for (size_t w = 0; w < ARRAY_LEN(words); w++) {
            if ((int)words[w].class != k) continue;
            struct lookup *l = &lookups[n++];
            const char *p = words[w].text, *end = p + strlen(p);
            l->word = &words[w];
            for (; p < end; l->len++) {
                p += utf8_decode(p, end, &l->last);
                if (!l->len) l->first = lower(l->last);
            }
            l->last = lower(l->last);
        }
        class_end[k] = n;
    }
}

static const struct lookup *class_words(enum word_class class, size_t *n)
{
    pthread_once(&lookups_once, fill_lookups);
    size_t begin = class ? class_end[class - 1] : 0;
    *n = class_end[class] - begin;
    return lookups + begin;
}

size_t word_from(const struct text *t, size_t i, enum word_class class, const struct word **found)
{
    size_t best = 0, n;
    const struct lookup *l = class_words(class, &n);
    uint32_t first = lower(at(t, i));
    for (size_t k = 0; k < n; k++) {
        if (l[k].first != first || l[k].len <= best) continue;
        if (!word_at(t->c, t->n, i, l[k].word->text, false)) continue;
        best = l[k].len;
        if (found) *found = l[k].word;
    }
    return best;
}

size_t word_until(const struct text *t, size_t least, size_t end, enum word_class class,
                  const struct word **found)
{
    size_t best = 0, n;
    const struct lookup *l = class_words(class, &n);
    uint32_t last = end ? lower(at(t, end - 1)) : 0;
    for (size_t k = 0; k < n; k++) {
        if (l[k].last != last || l[k].len <= best || end < least + l[k].len) continue;
        if (!word_at(t->c, t->n, end - l[k].len, l[k].word->text, false)) continue;
        best = l[k].len;
        if (found) *found = l[k].word;
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

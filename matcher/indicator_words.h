/* indicator_words.h - a text as folded code points, and the words of comparisons.def in it.
 * Private to the reading of indicators, see indicator.h. */
#ifndef HN_MATCHER_INDICATOR_WORDS_H
#define HN_MATCHER_INDICATOR_WORDS_H

#include "base/arena.h"
#include "index/text.h"

enum word_class {
    BEFORE,
    NEGATION,
    AFTER,
    NOT_AFTER,
    RANGE,
    BETWEEN,
    BETWEEN_HEAD,
    PLUSMINUS,
    LINK,
    OF,
    STOP,
    KEEP,
    TRIM,
    HEAD,
    FINER,
    COARSE,
    DIFFERENCE,
    WARM,
    TIMES,
    ORDINAL,
    SCALE,
    DIAMETER,
    TENSE,
    PARTS,
    EACH,
    SOLUTION,
    PART_OF,
    MINUS,
    BETWEEN_TAIL,
    OUTPUT,
    GRADE,
    PLACE,
    PROCESS,
    FROM,
    CHANGE,
    SHARE,
    INTEGER,
    SOME,
    SIDE,
    SYMBOL,
    REQUIRED,
    DEMAND,
    WISH,
    VARIABLE,
    BASIS,
    AMBIENT,
    RECIPE,
    CLASSES
};

/* What a word makes of a value; the last two depend on the quantity: finer is less. */
enum effect { EQ, GE, LE, GT, LT, BETTER, REACH };

struct word {
    const char *text;
    enum word_class class;
    enum effect effect;
};

/* Code points, one for each of the original text: widths, dashes and the like are made one. */
struct text {
    const uint32_t *c;
    size_t n;
};

/* No more than the first `max` code points, in the arena. */
struct text text_fold(const char *text, size_t len, size_t max, struct arena *arena);

/* The code point at i, 0 beyond the end. */
static inline uint32_t at(const struct text *t, size_t i)
{
    return i < t->n ? t->c[i] : 0;
}

static inline bool is_digit(uint32_t cp)
{
    return cp >= '0' && cp <= '9';
}

static inline bool is_latin(uint32_t cp)
{
    return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z');
}

static inline size_t skip_spaces(const struct text *t, size_t i)
{
    while (i < t->n && t->c[i] == ' ') i++;
    return i;
}

static inline size_t skip_spaces_back(const struct text *t, size_t i)
{
    while (i > 0 && t->c[i - 1] == ' ') i--;
    return i;
}

/* The longest word of a class that begins at i: its length, 0 without one. */
size_t word_from(const struct text *t, size_t i, enum word_class class, const struct word **found);

/* The longest word of a class that ends at `end` and begins at or behind `least`. */
size_t word_until(const struct text *t, size_t least, size_t end, enum word_class class,
                  const struct word **found);

/* Does a word of the class lie in s? */
bool words_hold(const struct text *t, struct span s, enum word_class class);

/* What a word of class TIMES multiplies by. */
double word_multiplier(const struct word *w);

#endif

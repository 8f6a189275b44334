/* indicator.h - measurable requirements and results, read out of Chinese and English text:
 * quantity, comparison, value, unit. Private to matcher/.
 *
 * Rules, not a model: around every number the words of comparisons.def and the units of units.def
 * are read outwards, first the value with its comparison, then the name of what is measured. What
 * is measured how well: tests/relevance/indicators/README.md.
 *
 * Not indicators: dates, numbers of models and standards, numbering of lists, sizes such as 20×30,
 * money, telephone numbers, and conditions that name no quantity ("stored at 60 ℃"). */
#ifndef HN_MATCHER_INDICATOR_H
#define HN_MATCHER_INDICATOR_H

#include "index/text.h"
#include "matcher/unit.h"

/* How the value is bounded. PLUSMINUS: [low, high] around a centre or around zero. */
enum compare {
    COMPARE_EQ,
    COMPARE_GE,
    COMPARE_LE,
    COMPARE_GT,
    COMPARE_LT,
    COMPARE_RANGE,
    COMPARE_PLUSMINUS
};
const char *compare_name(enum compare compare); /* "eq" "ge" "le" "gt" "lt" "range" "plusminus" */

struct indicator {
    struct span span;     /* the whole mention, quantity to value, code points of the text */
    struct span quantity; /* the name of what is measured; empty when there is none */
    enum compare compare;
    double low, high;        /* in the unit's base; equal unless RANGE or PLUSMINUS */
    const struct unit *unit; /* in the arena; NULL: a pure number */
    bool finer;              /* of this quantity less is better */
    bool must;               /* said to be a must, by "must", "required", "not below" and the like
                                in its sentence and no "preferably" between; a bare sign is none */
};

/* The indicators of a text in order of their place, into arena. Any bytes are accepted; no more
 * than the first 20 000 code points are read and 200 indicators given. Thread-safe. */
size_t indicators_parse(const char *text, size_t len, struct arena *arena, struct indicator **out);

/* Does the sentence tell of how things are now rather than of what is wanted? */
bool indicator_is_background(const char *sentence);

#endif

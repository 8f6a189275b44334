/* indicator_value.h - numbers, values with their units, ranges and tolerances, read from a text.
 * Private to the reading of indicators, see indicator.h. */
#ifndef HN_MATCHER_INDICATOR_VALUE_H
#define HN_MATCHER_INDICATOR_VALUE_H

#include "matcher/indicator_words.h"
#include "matcher/unit.h"

struct number {
    double value;
    size_t begin, end; /* sign included */
    bool plain;        /* digits only: it may be a year */
    bool multiplied;
    double parts; /* "three parts of a thousand": of how many, where it is said so, else 0 */
    double times; /* what the words behind it multiplied by */
};

/* The unit behind a number. A multiplier gives way to a unit that begins with the same sign. */
struct measure {
    struct unit unit;
    unsigned flags;
    bool has_unit;
    size_t end; /* of number and unit */
};

struct value {
    size_t begin, end;
    struct number first, second;
    struct measure measure;
    bool range, plusminus, ratio;
    int parts; /* of a ratio; 3 stands for more as well */
};

/* A number at i, without a sign. False when none stands there; *n is set all the same. */
bool number_read(const struct text *t, size_t i, struct number *n);

/* The same of a numeral of digits or of ideographs that begins at i. */
bool number_begins(const struct text *t, size_t i, struct number *n);

/* Digits at i that name something: a model, a standard, a date, a version, a place in a list. */
bool number_names_something(const struct text *t, size_t i);

/* A plain number between 1900 and 2100. */
bool number_is_year(const struct number *n);

/* The unit behind a number, which takes in the multipliers between them. */
struct measure measure_read(const struct text *t, struct number *number);

/* All of the value whose first number, v->first, stands at i. `between`: its ends are joined by
 * "and". */
void value_read(const struct text *t, size_t i, bool between, struct value *v);

#endif

/* indicator_name.h - the name of what an indicator measures: where it begins and ends, before the
 * value or behind it. Private to the reading of indicators, see indicator.h.
 *
 * Spans are of code points; one that is empty says that there is no such name. */
#ifndef HN_MATCHER_INDICATOR_NAME_H
#define HN_MATCHER_INDICATOR_NAME_H

#include "matcher/indicator_value.h"

enum { MADE_OF_MAX = 8 /* code points of "ferrite" in "88~94 % ferrite" */ };

/* What was read on the left: how the value is bounded, and where the quantity ends. */
struct left {
    size_t end; /* of the quantity */
    enum effect effect;
    bool explicit, linked, plusminus, each;
};

/* May the code point at i stand within a name? */
bool name_holds(const struct text *t, size_t i);

/* Where the name that ends at `end` begins: behind the last STOP word, or the last sign that no
 * name holds. */
size_t name_begin(const struct text *t, size_t end);

/* Numbers, list marks and units alone are no names. */
bool name_is(const struct text *t, struct span s);

/* Does s end with a word such as "strength" or "rate"? */
bool name_has_head(const struct text *t, struct span s);

/* Does the sign end an item of a list, a clause or the text? */
bool name_ends_item(uint32_t cp);

/* "surface roughness: Ra": where the name of what the symbol s stands for begins; s.begin without
 * one. */
size_t name_before_symbol(const struct text *t, struct span s);

/* "output is more than 30 % higher than": ends *quantity before the comparison, which goes to *l.
 */
void name_split_comparison(const struct text *t, const struct value *v, struct span *quantity,
                           struct left *l);

/* "95 % or more of yield", "5 nm resolution": a name behind the value that ends at `end`.
 * `explicit`: the value is a bound. */
struct span name_behind(const struct text *t, size_t end, const struct value *v, bool explicit);

/* "43 % and 26 % of yield", told of several things: the name behind the last of the values.
 * *nameless, 0 at first: up to where values are known to have none, so that no list is read anew
 * for each of its values. */
struct span name_behind_list(const struct text *t, const struct value *v, size_t end,
                             size_t *nameless);

/* "88~94 % ferrite,": what something is made of, named behind its share. */
struct span name_of_part_behind(const struct text *t, const struct value *v, size_t end);

/* "the sheath is 15~30 % of the volume", "the sum ≤ 5 % of the whole": what is part of it, where
 * the value begins at q; how it is bounded goes to *l. */
struct span name_of_part(const struct text *t, size_t q, struct left *l);

/* "hardener, 3~5 %,": in a list of shares a comma at q - 1 may stand behind the name. */
struct span name_before_comma(const struct text *t, const struct value *v, size_t q);

#endif

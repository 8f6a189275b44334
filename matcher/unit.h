/* unit.h - units of measure as people write them: read, converted to a base, compared by dimension.
 * Private to matcher/.
 *
 * A unit is a product of factors, "W/(m·K)", "mAh g-1"; a factor is an entry of units.def with an
 * SI prefix and an exponent where it takes them. So "Wh/kg", "kJ/g" and their Chinese forms meet
 * without a line for each. Texts come as folded code points, see indicator.c. */
#ifndef HN_MATCHER_UNIT_H
#define HN_MATCHER_UNIT_H

#include "base/base.h"

/* Exponents of these make a dimension. Beyond SI: what must not be mixed up is kept apart. A scale
 * (hardness, decibel) has a number of its own in the place of DIM_SCALE's exponent. */
enum dimension {
    DIM_LENGTH,
    DIM_MASS,
    DIM_TIME,
    DIM_CURRENT,
    DIM_TEMPERATURE,
    DIM_AMOUNT,
    DIM_LIGHT,
    DIM_ANGLE,
    DIM_TURN,
    DIM_INFORMATION,
    DIM_FRACTION, /* %, ppm, and ratios such as mg/kg */
    DIM_MULTIPLE, /* times as much */
    DIM_EVENT,    /* cycles, strokes */
    DIM_PIECE,
    DIM_SCALE,
    DIM_MONEY,
    DIMENSIONS
};

struct unit {
    double factor, offset;  /* base = written * factor + offset */
    int8_t dim[DIMENSIONS]; /* in halves: fracture toughness is Pa·m^½ */
};

enum { UNIT_WHOLE = 2 /* an exponent of one, in halves */ };

enum unit_flag {
    UNIT_PREFIXED = 1 << 0,    /* takes SI prefixes */
    UNIT_WEAK = 1 << 1,        /* tells of an indicator only beside a comparison */
    UNIT_FEW = 1 << 2,         /* the same while the number is small */
    UNIT_DENOMINATOR = 1 << 3, /* stands behind a stroke only */
    UNIT_YEAR = 1 << 4,        /* behind a number of four digits a date */
    UNIT_CELSIUS = 1 << 5,
    UNIT_FAHRENHEIT = 1 << 6,
    UNIT_KELVIN = 1 << 8,
    UNIT_DEGREE = 1 << 7 /* an angle, or of temperature where the quantity says so */
};

/* Reads the longest unit at c[at], at <= n, and returns where it ends; `at` when there is none.
 * flags are those of its only factor, 0 for a product. */
size_t unit_read(const uint32_t *c, size_t n, size_t at, struct unit *u, unsigned *flags);

bool unit_same_dimension(const struct unit *a, const struct unit *b);

/* The value of a superscript digit, -1 for others. */
int superscript(uint32_t cp);

/* How many code points of the entry `word` (UTF-8) stand at c[at]; 0 when it does not stand there.
 * Without `exact` ASCII letters match in either case and must not go on beyond the word. */
size_t word_at(const uint32_t *c, size_t n, size_t at, const char *word, bool exact);

#endif

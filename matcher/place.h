/* place.h - which part of China an organisation is in, by its region or its name. */
#ifndef HN_MATCHER_PLACE_H
#define HN_MATCHER_PLACE_H

#include "corpus/record.h"

/* The divisions of the first level: provinces, regions, municipalities. */
enum place {
    PLACE_UNKNOWN,
#define PROVINCE(id) PLACE_##id,
#define PLACE(id, text)
#define SEAT(id, text)
#include "matcher/places.def"
#undef PROVINCE
#undef PLACE
#undef SEAT
    PLACE_COUNT
};

/* The longest name of a place that the text holds decides, of equally long ones the first; without
 * any, that of an institution known by its seat. Thread-safe. */
enum place place_of_text(const char *text);
/* Of an organisation: its region tells, else its name. */
enum place place_of_org(const struct record *org);

#endif

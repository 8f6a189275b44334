#include "base/base.h"

#include "matcher/place.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SHORTEST = 6 }; /* bytes of every name: two ideographs */

struct named_place {
    const char *text;
    enum place place;
    size_t len;
};

/* Two tables, sorted when the first organisation asks: a name is looked up at each of its
 * characters, and there are thousands of organisations. */
static struct named_place places[] = {
#define PROVINCE(id)
#define PLACE(id, text) {text, PLACE_##id, sizeof text - 1},
#define SEAT(id, text)
#include "matcher/places.def"
#undef PROVINCE
#undef PLACE
#undef SEAT
};
static struct named_place seats[] = {
#define PROVINCE(id)
#define PLACE(id, text)
#define SEAT(id, text) {text, PLACE_##id, sizeof text - 1},
#include "matcher/places.def"
#undef PROVINCE
#undef PLACE
#undef SEAT
};

static int compare_text(const void *a, const void *b)
{
    const struct named_place *x = a, *y = b;
    return strcmp(x->text, y->text);
}

static void sort_tables(void)
{
    qsort(places, ARRAY_LEN(places), sizeof *places, compare_text);
    qsort(seats, ARRAY_LEN(seats), sizeof *seats, compare_text);
}

/* The longest of the names that begin at text, or NULL. Those that share their first two characters
 * stand together. */
static const struct named_place *longest_at(const struct named_place *table, size_t n,
                                            const char *text)
{
    const struct named_place *best = NULL;
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strncmp(table[mid].text, text, SHORTEST) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    for (; low < n && strncmp(table[low].text, text, SHORTEST) == 0; low++)
        if (strncmp(table[low].text, text, table[low].len) == 0 &&
            (!best || table[low].len > best->len))
            best = &table[low];
    return best;
}

static enum place find_in(const struct named_place *table, size_t n, const char *text)
{
    const struct named_place *best = NULL;
    for (const char *p = text; *p; p++) {
        const struct named_place *at = longest_at(table, n, p);
        if (at && (!best || at->len > best->len)) best = at;
    }
    return best ? best->place : PLACE_UNKNOWN;
}

enum place place_of_text(const char *text)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, sort_tables);
    enum place place = find_in(places, ARRAY_LEN(places), text);
    return place != PLACE_UNKNOWN ? place : find_in(seats, ARRAY_LEN(seats), text);
}

enum place place_of_org(const struct record *org)
{
    const char *region = org->value[FIELD_REGION];
    enum place place = region ? place_of_text(region) : PLACE_UNKNOWN;
    return place != PLACE_UNKNOWN ? place : place_of_text(record_title(org));
}

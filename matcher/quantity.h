/* quantity.h - names of quantities, and when two of them mean the same.
 * Private to matcher/.
 *
 * A name is read from its end: the head says what is measured ("thickness range", "time"), the
 * words before it of what and how. Synonyms (synonyms.def) count as one name. Two names of
 * different heads never mean the same. Of one head they do when what stands before it is the same
 * but for little, or when one only says in addition whose quantity it is. A name that says less
 * than the other may mean it: LOOSE, for the caller to take only where nothing else could be meant.
 * Opposites ("inner", "outer") never mean the same. Measured by
 * tests/relevance/indicators/names.tsv. */
#ifndef HN_MATCHER_QUANTITY_H
#define HN_MATCHER_QUANTITY_H

#include "index/text.h"

struct quantity_name;

/* In the arena; never NULL. The analyzer stems Latin words. */
struct quantity_name *quantity_name_new(struct analyzer *a, const char *name, struct arena *arena);

/* How alike two names are: 0 they speak of two quantities; below QUANTITY_SAME one says less than
 * the other and may mean it; from there on they mean the same, 1 when they are one name. */
double quantity_likeness(const struct quantity_name *a, const struct quantity_name *b);

#define QUANTITY_SAME 0.5

#endif

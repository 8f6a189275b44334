/* indicator_table.h - what a need requires beside what a capability states, row by row (design §5).
 * Private to matcher/; the rows are match.h's.
 *
 * A requirement meets a statement of the same dimension whose name means the same quantity
 * (quantity.h); a statement that may mean it only where each is the only one that could be meant by
 * the other. What is stated reaches what is required, falls short of it, or tells nothing about it;
 * nothing is concluded across dimensions, and nothing from silence. */
#ifndef HN_MATCHER_INDICATOR_TABLE_H
#define HN_MATCHER_INDICATOR_TABLE_H

#include "matcher/explain.h"
#include "matcher/indicator.h"
#include "matcher/quantity.h"

/* One indicator of one side, with the name of its quantity. */
struct indicator_statement {
    struct indicator indicator;
    enum field field;
    const char *text; /* of the field, all of it */
    const char *quantity;
    const struct quantity_name *name;
};

/* The indicators of a side that name their quantity, in order, into arena. `required`: only what
 * demands something: outside of the targets a value needs a bound, and sentences that tell how
 * things are do not count. */
size_t indicator_statements(struct analyzer *a, const struct explain_source *source, bool required,
                            struct arena *arena, struct indicator_statement **out);

/* A row for each requirement, at most twelve, in order, into arena: the statement whose quantity is
 * nearest by name, of those the one that serves best. */
size_t indicator_table(const struct indicator_statement *required, size_t n_required,
                       const struct indicator_statement *stated, size_t n_stated,
                       struct arena *arena, struct indicator_row **rows);

/* Does what is stated reach what is required? Both of one dimension. */
enum verdict indicator_verdict(const struct indicator *required, const struct indicator *stated);

/* A table in numbers: rows by verdict, and of those that are musts (struct indicator_row). A must
 * that is unmet says no; one without evidence says that it must be asked. */
struct indicator_fit {
    size_t met, unmet, unknown;
    size_t must_unmet, must_unknown;
};
struct indicator_fit indicator_fit(const struct indicator_row *rows, size_t n);
/* The fit of a pair, read and compared anew; scratch memory goes into arena. */
struct indicator_fit indicator_fit_of(struct analyzer *a, const struct explain_source *need,
                                      const struct explain_source *offer, struct arena *arena);

#endif

/* coverage_json.h - the coverage map as JSON, for the command line and the API, and the change log
 * of a store as the map reads it. Nothing but titles and names is in it, which everybody may see.
 */
#ifndef HN_WEB_COVERAGE_JSON_H
#define HN_WEB_COVERAGE_JSON_H

#include "matcher/coverage.h"
#include "web/json.h"

/* The whole log of a store (ctx of the log), which must outlive it. */
struct coverage_log coverage_log_of(struct store *store);

/* YYYY-MM-DD or YYYY-MM? NULL is fine. */
int coverage_check_day(const char *at, struct err *err);

/* What was asked for: both may be NULL. */
struct coverage_query {
    const char *chain, *at;
};
void coverage_to_json(struct json *j, const struct coverage *c, const struct coverage_query *q,
                      const struct coverage_view *v);
/* One item, as in the member `items`. */
void coverage_item_to_json(struct json *j, const struct coverage_item *item);

#endif

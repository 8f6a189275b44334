/* metrics.h - counters of the server, in Prometheus' text format (exposition format 0.0.4). */
#ifndef HN_WEB_METRICS_H
#define HN_WEB_METRICS_H

#include "base/str.h"
#include "web/route.h"

struct metrics;

struct metrics *metrics_new(void) __attribute__((returns_nonnull));
void metrics_free(struct metrics *m);
/* Counts an answered request; route NULL: pages and unknown addresses. Thread-safe. */
void metrics_count(struct metrics *m, const struct route *route, int status, double seconds);
/* Writes all of it. Thread-safe; the figures are of about the same moment. */
void metrics_print(const struct metrics *m, struct str *out);

#endif

/* clock.h - time for records (wall clock) and for durations (monotonic). Thread-safe. */
#ifndef HN_BASE_CLOCK_H
#define HN_BASE_CLOCK_H

#include "base/base.h"

enum { CLOCK_STAMP_BYTES = 24 };

/* Now as RFC 3339 UTC, "2026-11-24T06:08:03Z", written into buf, which is returned. */
char *clock_stamp(char buf[CLOCK_STAMP_BYTES]);
/* Seconds since an arbitrary start; never goes back. */
double clock_seconds(void);

#endif

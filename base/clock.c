#include "base/base.h"

#include "base/clock.h"

#include <time.h>

char *clock_stamp(char buf[CLOCK_STAMP_BYTES])
{
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(buf, CLOCK_STAMP_BYTES, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return buf;
}

double clock_seconds(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

#include "base/base.h"

#include "base/clock.h"
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = {"debug", "info", "warn", "error"};
static enum log_level threshold = LOG_INFO; /* set once, before the first line */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void read_threshold(void)
{
    const char *wanted = getenv("HONGNIANG_LOG");
    for (size_t i = 0; wanted && i < ARRAY_LEN(names); i++)
        if (strcmp(wanted, names[i]) == 0) threshold = (enum log_level)i;
}

void log_line(enum log_level level, const char *component, const char *format, ...)
{
    pthread_once(&once, read_threshold);
    if (level < threshold) return;
    char line[1024], stamp[CLOCK_STAMP_BYTES];
    int n = snprintf(line, sizeof line, "%s %s %s ", clock_stamp(stamp), names[level], component);
    if (n < 0) return;
    va_list args;
    va_start(args, format);
    int m = vsnprintf(line + n, sizeof line - (size_t)n - 1, format, args);
    va_end(args);
    if (m < 0) return;
    size_t len = MIN((size_t)n + (size_t)m, sizeof line - 2);
    /* A value with a line break must not look like a second event. */
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < 0x20) line[i] = ' ';
    line[len++] = '\n';
    if (write(STDERR_FILENO, line, len) < 0) return; /* nowhere left to say so */
}

#include "base/base.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 1024 }; /* the longest, its end included */

static const char *const names[] = {"debug", "info", "warn", "error"};
static enum log_level threshold = LOG_INFO; /* set once, before the first line */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void read_threshold(void)
{
    const char *wanted = getenv("HONGNIANG_LOG");
    for (size_t i = 0; wanted && i < ARRAY_LEN(names); i++)
        if (strcmp(wanted, names[i]) == 0) threshold = (enum log_level)i;
}

static bool is_wanted(enum log_level level)
{
    pthread_once(&once, read_threshold);
    return level >= threshold;
}

/* Ends the line, for which there is room. A value with a line break must not look like a second
 * event. */
static size_t end_line(char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < 0x20) line[i] = ' ';
    line[len] = '\n';
    return len + 1;
}

void log_line(enum log_level level, const char *component, const char *format, ...)
{
    if (!is_wanted(level)) return;
    char line[LINE_BYTES], stamp[CLOCK_STAMP_BYTES];
    int n = snprintf(line, sizeof line, "%s %s %s ", clock_stamp(stamp), names[level], component);
    if (n < 0) return;
    va_list args;
    va_start(args, format);
    int m = vsnprintf(line + n, sizeof line - (size_t)n, format, args);
    va_end(args);
    if (m < 0) return;
    size_t len = end_line(line, MIN((size_t)n + (size_t)m, sizeof line - 1));
    if (write(STDERR_FILENO, line, len) < 0) return; /* nowhere left to say so */
}

/* ---- lines written together ------------------------------------------------------------------ */

struct log_batch {
    const char *component;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* the first line came while the thread slept, or it is to end */
    pthread_t late;
    bool threaded, asleep, ending;
    time_t second; /* that `head` is of */
    char head[64]; /* what lines of this second begin with */
    size_t head_len, len;
    char lines[PIPE_BUF];
};
_Static_assert((int)LINE_BYTES <= (int)PIPE_BUF, "a line fits an empty batch");

static void flush(struct log_batch *b)
{
    ssize_t done = b->len ? write(STDERR_FILENO, b->lines, b->len) : 0;
    (void)done; /* nowhere to say what became of it */
    b->len = 0;
}

static void *write_late(void *ctx)
{
    struct log_batch *b = ctx;
    pthread_mutex_lock(&b->lock);
    while (!b->ending) {
        if (b->len == 0) {
            b->asleep = true;
            pthread_cond_wait(&b->changed, &b->lock);
            b->asleep = false;
            continue;
        }
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += LOG_LATE_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        while (!b->ending && pthread_cond_timedwait(&b->changed, &b->lock, &until) == 0) continue;
        flush(b);
    }
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

struct log_batch *log_batch_new(const char *component)
{
    struct log_batch *b = mem_zalloc(1, sizeof *b);
    pthread_condattr_t clock;
    b->component = component;
    pthread_mutex_init(&b->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&b->changed, &clock);
    pthread_condattr_destroy(&clock);
    b->threaded = pthread_create(&b->late, NULL, write_late, b) == 0;
    return b;
}

void log_batch_free(struct log_batch *b)
{
    if (!b) return;
    pthread_mutex_lock(&b->lock);
    b->ending = true;
    pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
    if (b->threaded) pthread_join(b->late, NULL);
    flush(b);
    pthread_cond_destroy(&b->changed);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

/* The time is written once a second: it takes longer than all else. */
static void see_time(struct log_batch *b)
{
    char stamp[CLOCK_STAMP_BYTES];
    time_t now = time(NULL);
    if (now == b->second) return;
    b->second = now;
    int n = snprintf(b->head, sizeof b->head, "%s %s %.24s ", clock_stamp(stamp), names[LOG_INFO],
                     b->component);
    b->head_len = n > 0 ? MIN((size_t)n, sizeof b->head - 1) : 0;
}

void log_batch_add(struct log_batch *b, const char *text, size_t len, bool at_once)
{
    if (!is_wanted(LOG_INFO)) return;
    pthread_mutex_lock(&b->lock);
    see_time(b);
    len = MIN(len, LINE_BYTES - 1 - b->head_len);
    if (b->len + b->head_len + len + 1 > sizeof b->lines) flush(b);
    char *line = b->lines + b->len;
    memcpy(line, b->head, b->head_len);
    memcpy(line + b->head_len, text, len);
    b->len += end_line(line, b->head_len + len);
    if (at_once || !b->threaded)
        flush(b);
    else if (b->asleep)
        pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

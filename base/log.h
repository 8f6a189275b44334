/* log.h - the server's log: one line an event on stderr, key=value, machine-readable.
 *
 * `2026-11-24T06:08:03Z info http method=GET path=/healthz status=200 ms=0.1`
 * Log lines are for operators and tools: English keys, no catalogue, and never a contact, a
 * token or a record's text. Thread-safe. */
#ifndef HN_BASE_LOG_H
#define HN_BASE_LOG_H

#include "base/base.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Lines below the level are dropped; the environment's HONGNIANG_LOG (debug, info, warn, error)
 * sets it, default info. component is a literal such as "http". A line is written at once, with one
 * write(2). */
void log_line(enum log_level level, const char *component, const char *format, ...)
    PRINTF_LIKE(3, 4);

#define log_info(component, ...)  log_line(LOG_INFO, component, __VA_ARGS__)
#define log_warn(component, ...)  log_line(LOG_WARN, component, __VA_ARGS__)
#define log_error(component, ...) log_line(LOG_ERROR, component, __VA_ARGS__)

/* Lines of level info that come by ten thousands a second. They are gathered and written together:
 * once they fill PIPE_BUF, which even a pipe takes whole, and no later than LOG_LATE_MS, so that
 * they may stand behind lines of the same time that were written at once. */
enum { LOG_LATE_MS = 100 };
struct log_batch;

/* Starts the thread that writes what is late; where there can be none, nothing is gathered.
 * component must outlive it. */
struct log_batch *log_batch_new(const char *component) __attribute__((returns_nonnull));
/* Writes what is left. No line may come any more. NULL does nothing. */
void log_batch_free(struct log_batch *b);
/* Adds a line; text is what follows the component, cut where it is too long. at_once: it is written
 * now, with all that came before it. Thread-safe. */
void log_batch_add(struct log_batch *b, const char *text, size_t len, bool at_once);

#endif

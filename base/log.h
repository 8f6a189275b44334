/* log.h - the server's log: one line an event on stderr, key=value, machine-readable.
 *
 * `2026-11-24T06:08:03Z info http method=GET path=/healthz status=200 ms=0.1`
 * Log lines are for operators and tools: English keys, no catalogue, and never a contact, a
 * token or a record's text. Thread-safe: a line is written with one write(2). */
#ifndef HN_BASE_LOG_H
#define HN_BASE_LOG_H

#include "base/base.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Lines below the level are dropped; the environment's HONGNIANG_LOG (debug, info, warn, error)
 * sets it, default info. component is a literal such as "http". */
void log_line(enum log_level level, const char *component, const char *format, ...)
    PRINTF_LIKE(3, 4);

#define log_info(component, ...)  log_line(LOG_INFO, component, __VA_ARGS__)
#define log_warn(component, ...)  log_line(LOG_WARN, component, __VA_ARGS__)
#define log_error(component, ...) log_line(LOG_ERROR, component, __VA_ARGS__)

#endif

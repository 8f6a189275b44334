/* base.h - the first include of every .c file.
 *
 * The base layer knows nothing above it and includes nothing but libc. It is the vocabulary of
 * the whole program: errors (err.h), memory (mem.h, arena.h), text (str.h, utf8.h), containers
 * (vec.h, map.h), time (clock.h), threads (pool.h), and what people see (log.h, progress.h). */
#ifndef HN_BASE_BASE_H
#define HN_BASE_BASE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)    ((a) < (b) ? (a) : (b))
#define MAX(a, b)    ((a) > (b) ? (a) : (b))

#define WARN_UNUSED       __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* The two languages of every message, label and help text. Chinese is the default. */
enum lang { LANG_ZH, LANG_EN, LANG_COUNT };

#endif

/* arena.h - memory for one unit of work (a request, an imported row, a match), freed at once.
 *
 * Not thread-safe: one arena belongs to one thread at a time. Under AddressSanitizer every
 * allocation is a malloc of its own, so that overruns and use after reset are seen. */
#ifndef HN_BASE_ARENA_H
#define HN_BASE_ARENA_H

#include "base/base.h"

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t bytes;               /* handed out since the last reset */
};

void arena_init(struct arena *a);
/* Frees everything; the arena can be used again at once. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

/* n * size bytes aligned to 16, uninitialised; never NULL (see mem.h). */
void *arena_alloc(struct arena *a, size_t n, size_t size) WARN_UNUSED
    __attribute__((returns_nonnull));
void *arena_zalloc(struct arena *a, size_t n, size_t size) WARN_UNUSED
    __attribute__((returns_nonnull));
/* A copy of len bytes of s, terminated. s == NULL yields NULL, so that absent stays absent. */
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *format, ...) PRINTF_LIKE(2, 3)
    __attribute__((returns_nonnull));

#endif

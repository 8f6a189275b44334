/* mem.h - heap memory that is there or the program is not.
 *
 * These functions never return NULL: when the system has no memory left they print one line and
 * abort. Linux overcommits, so a NULL here would be met almost never and tested never, while the
 * store is safe against an abort at any moment (WAL, synchronous=FULL). What makes this sound is
 * the rule that every size that comes from input is limited before it reaches an allocation. */
#ifndef HN_BASE_MEM_H
#define HN_BASE_MEM_H

#include "base/base.h"

#include <stdlib.h>

/* n * size bytes, uninitialised; aborts on overflow too. n == 0 yields a unique pointer. Free with
 * free(). */
void *mem_alloc(size_t n, size_t size) WARN_UNUSED __attribute__((malloc, returns_nonnull));
/* The same, zeroed. */
void *mem_zalloc(size_t n, size_t size) WARN_UNUSED __attribute__((malloc, returns_nonnull));
void *mem_realloc(void *p, size_t n, size_t size) WARN_UNUSED __attribute__((returns_nonnull));
/* n * size bytes aligned to 64 (a cache line; what BLAS kernels like). Free with free(). */
void *mem_aligned(size_t n, size_t size) WARN_UNUSED __attribute__((malloc, returns_nonnull));
void *mem_dup(const void *p, size_t size) WARN_UNUSED __attribute__((malloc, returns_nonnull));
/* What the others do when there is no memory: for callers of libc functions that allocate. */
_Noreturn void mem_exhausted(void);
char *mem_strdup(const char *s) WARN_UNUSED __attribute__((malloc, returns_nonnull));

#endif

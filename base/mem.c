#include "base/base.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static size_t checked(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        fprintf(stderr, "hongniang: allocation of %zu x %zu bytes overflows\n", n, size);
        abort();
    }
    return bytes ? bytes : 1;
}

_Noreturn void mem_exhausted(void)
{
    fprintf(stderr, "hongniang: out of memory\n");
    abort();
}

static void *present(void *p, size_t bytes)
{
    if (!p) {
        fprintf(stderr, "hongniang: out of memory (%zu bytes)\n", bytes);
        abort();
    }
    return p;
}

void *mem_alloc(size_t n, size_t size)
{
    size_t bytes = checked(n, size);
    return present(malloc(bytes), bytes);
}

void *mem_zalloc(size_t n, size_t size)
{
    size_t bytes = checked(n, size);
    return present(calloc(1, bytes), bytes);
}

void *mem_realloc(void *p, size_t n, size_t size)
{
    size_t bytes = checked(n, size);
    return present(realloc(p, bytes), bytes);
}

void *mem_aligned(size_t n, size_t size)
{
    size_t bytes = (checked(n, size) + 63) & ~(size_t)63;
    return present(aligned_alloc(64, bytes), bytes);
}

void *mem_dup(const void *p, size_t size)
{
    void *copy = mem_alloc(size, 1);
    if (size) memcpy(copy, p, size);
    return copy;
}

char *mem_strdup(const char *s)
{
    return mem_dup(s, strlen(s) + 1);
}

#include "base/base.h"

#include "base/arena.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_SINGLE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_SINGLE 1
#endif
#endif

enum { BLOCK_BYTES = 16 * 1024, ALIGN = 16 };

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    _Alignas(ALIGN) unsigned char data[];
};

void arena_init(struct arena *a)
{
    a->blocks = NULL;
    a->bytes = 0;
}

void arena_free(struct arena *a)
{
    for (struct arena_block *b = a->blocks; b;) {
        struct arena_block *next = b->next;
        free(b);
        b = next;
    }
    arena_init(a);
}

void arena_reset(struct arena *a)
{
#ifndef ARENA_SINGLE
    /* Keep one ordinary block: a reset in a loop then costs no malloc. */
    struct arena_block *keep = NULL;
    for (struct arena_block *b = a->blocks; b;) {
        struct arena_block *next = b->next;
        if (!keep && b->size == BLOCK_BYTES)
            keep = b;
        else
            free(b);
        b = next;
    }
    a->blocks = keep;
    a->bytes = 0;
    if (keep) keep->next = NULL, keep->used = 0;
#else
    arena_free(a);
#endif
}

void *arena_alloc(struct arena *a, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 2) {
        fprintf(stderr, "hongniang: arena allocation of %zu x %zu bytes overflows\n", n, size);
        abort();
    }
#ifdef ARENA_SINGLE
    size_t room = bytes;
#else
    size_t room = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (!room) room = ALIGN;
#endif
    struct arena_block *b = a->blocks;
    bool fits = b && b->size - b->used >= room;
#ifdef ARENA_SINGLE
    fits = false;
#endif
    if (!fits) {
        size_t block = room;
#ifndef ARENA_SINGLE
        if (room < BLOCK_BYTES) block = BLOCK_BYTES;
#endif
        struct arena_block *fresh = mem_alloc(1, sizeof *fresh + block);
        fresh->used = 0;
        fresh->size = block;
        /* A large block goes behind the current one, whose free room stays in use. */
        if (b && block > BLOCK_BYTES) {
            fresh->next = b->next;
            b->next = fresh;
        } else {
            fresh->next = b;
            a->blocks = fresh;
        }
        b = fresh;
    }
    void *p = b->data + b->used;
    b->used += room;
    a->bytes += bytes;
    return p;
}

void *arena_zalloc(struct arena *a, size_t n, size_t size)
{
    return memset(arena_alloc(a, n, size), 0, n * size);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    if (!s) return NULL;
    char *copy = arena_alloc(a, len + 1, 1);
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *made = NULL;
    int n = vasprintf(&made, format, args);
    va_end(args);
    if (n < 0) mem_exhausted();
    char *text = arena_strndup(a, made, (size_t)n);
    free(made);
    return text;
}

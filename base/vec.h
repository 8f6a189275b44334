/* vec.h - growable arrays. `VEC(struct row) rows = {0};` is a struct { struct row *at; size_t len,
 * cap; }. Not thread-safe. The elements are plain values; who fills them owns what they point to.
 */
#ifndef HN_BASE_VEC_H
#define HN_BASE_VEC_H

#include "base/mem.h"

#define VEC(type)                                                                                  \
    struct {                                                                                       \
        type *at;                                                                                  \
        size_t len, cap;                                                                           \
    }

/* Makes room for n more elements. */
#define vec_reserve(v, n)                                                                          \
    do {                                                                                           \
        size_t need_ = (v)->len + (n);                                                             \
        if (need_ > (v)->cap) {                                                                    \
            (v)->cap = MAX(need_, (v)->cap * 2);                                                   \
            if ((v)->cap < 8) (v)->cap = 8;                                                        \
            (v)->at = mem_realloc((v)->at, (v)->cap, sizeof *(v)->at);                             \
        }                                                                                          \
    } while (0)

/* Appends a value. */
#define vec_push(v, ...)                                                                           \
    do {                                                                                           \
        vec_reserve(v, 1);                                                                         \
        (v)->at[(v)->len++] = (__VA_ARGS__);                                                       \
    } while (0)

#define vec_free(v)                                                                                \
    do {                                                                                           \
        free((v)->at);                                                                             \
        (v)->at = NULL;                                                                            \
        (v)->len = (v)->cap = 0;                                                                   \
    } while (0)

#endif

/* str.h - growable bytes, always NUL-terminated. */
#ifndef HN_BASE_STR_H
#define HN_BASE_STR_H

#include "base/base.h"

struct str {
    char *data; /* never NULL after str_init; data[len] == '\0' */
    size_t len;
    size_t cap; /* 0: data is a shared empty literal */
};

void str_init(struct str *s);
void str_free(struct str *s);
/* Empties and keeps the memory. */
void str_clear(struct str *s);
void str_reserve(struct str *s, size_t extra);
void str_add(struct str *s, const char *text, size_t len);
void str_adds(struct str *s, const char *text);
void str_addc(struct str *s, char c);
void str_addf(struct str *s, const char *format, ...) PRINTF_LIKE(2, 3);
/* Hands the bytes to the caller, who frees them; s is empty again. */
char *str_take(struct str *s) WARN_UNUSED;

#endif

#include "base/base.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char empty[1] = "";

void str_init(struct str *s)
{
    s->data = empty;
    s->len = s->cap = 0;
}

void str_free(struct str *s)
{
    if (s->cap) free(s->data);
    str_init(s);
}

void str_clear(struct str *s)
{
    s->len = 0;
    if (s->cap) s->data[0] = '\0';
}

void str_reserve(struct str *s, size_t extra)
{
    size_t need = s->len + extra + 1;
    if (need <= s->cap) return;
    size_t cap = MAX(s->cap + s->cap / 2, (size_t)64);
    cap = MAX(cap, need);
    s->data = mem_realloc(s->cap ? s->data : NULL, cap, 1);
    s->cap = cap;
    s->data[s->len] = '\0';
}

void str_add(struct str *s, const char *text, size_t len)
{
    if (!len) return;
    str_reserve(s, len);
    memcpy(s->data + s->len, text, len);
    s->len += len;
    s->data[s->len] = '\0';
}

void str_adds(struct str *s, const char *text)
{
    str_add(s, text, strlen(text));
}

void str_addc(struct str *s, char c)
{
    str_add(s, &c, 1);
}

void str_addf(struct str *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *made = NULL;
    int n = vasprintf(&made, format, args);
    va_end(args);
    if (n < 0) mem_exhausted();
    str_add(s, made, (size_t)n);
    free(made);
}

char *str_take(struct str *s)
{
    char *data = s->cap ? s->data : mem_strdup("");
    str_init(s);
    return data;
}

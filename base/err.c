#include "base/base.h"

#include "base/err.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void render(char *buf, size_t size, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void render(char *buf, size_t size, const char *format, va_list args)
{
    int n = vsnprintf(buf, size, format, args);
    if (n < 0 || (size_t)n < size) return;
    /* The text was cut: drop the last character unless it is whole. */
    size_t last = utf8_floor(buf, size - 2);
    uint32_t cp;
    utf8_decode(buf + last, buf + size - 1, &cp);
    if (cp == 0xFFFD) buf[last] = '\0';
}

int err_set(struct err *err, enum err_kind kind, const char *code, const char *zh, const char *en,
            const char *hint_zh, const char *hint_en, ...)
{
    if (!err) return -1;
    err->kind = kind;
    err->code = code;
    err->hint[LANG_ZH] = hint_zh;
    err->hint[LANG_EN] = hint_en;
    va_list args;
    va_start(args, hint_en);
    render(err->text[LANG_ZH], sizeof err->text[LANG_ZH], zh, args);
    va_end(args);
    va_start(args, hint_en);
    render(err->text[LANG_EN], sizeof err->text[LANG_EN], en, args);
    va_end(args);
    return -1;
}

const char *err_text(const struct err *err, enum lang lang)
{
    return err->kind == ERR_NONE ? "" : err->text[lang];
}

void err_print(const struct err *err, enum lang lang)
{
    const char *hint = err->hint[lang] ? err->hint[lang] : "";
    fprintf(stderr, "hongniang: %s%s%s\n", err_text(err, lang), *hint ? "\n  " : "", hint);
}

char *msg_render(char *buf, size_t size, enum lang lang, const char *code, const char *zh,
                 const char *en, const char *hint_zh, const char *hint_en, ...)
{
    (void)code;
    (void)hint_zh;
    va_list args;
    va_start(args, hint_en);
    render(buf, size, lang == LANG_EN ? en : zh, args);
    va_end(args);
    return buf;
}

void msg_print(enum lang lang, const char *code, const char *zh, const char *en,
               const char *hint_zh, const char *hint_en, ...)
{
    (void)code;
    (void)hint_zh;
    char buf[1024];
    va_list args;
    va_start(args, hint_en);
    render(buf, sizeof buf, lang == LANG_EN ? en : zh, args);
    va_end(args);
    fprintf(stderr, "hongniang: %s\n", buf);
}

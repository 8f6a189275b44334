#include "base/base.h"

#include "base/utf8.h"
#include "web/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH_MAX = 48 };

void table_init(struct table *t, const char *const *head, size_t columns)
{
    memset(t, 0, sizeof *t);
    arena_init(&t->arena);
    t->columns = columns;
    for (size_t i = 0; i < columns; i++) table_add(t, head[i]);
}

void table_free(struct table *t)
{
    vec_free(&t->cells);
    arena_free(&t->arena);
}

void table_add(struct table *t, const char *text)
{
    vec_push(&t->cells, arena_strdup(&t->arena, text ? text : ""));
}

void table_addf(struct table *t, const char *format, ...)
{
    char text[128];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    table_add(t, text);
}

/* Columns a terminal gives a code point: two for East Asian wide ones (Unicode TR11, by block). */
static size_t width_of(uint32_t cp)
{
    bool wide = (cp >= 0x1100 && cp <= 0x115F) || (cp >= 0x2E80 && cp <= 0xA4CF) ||
                (cp >= 0xAC00 && cp <= 0xD7A3) || (cp >= 0xF900 && cp <= 0xFAFF) ||
                (cp >= 0xFE30 && cp <= 0xFE6F) || (cp >= 0xFF00 && cp <= 0xFF60) ||
                (cp >= 0xFFE0 && cp <= 0xFFE6) || cp >= 0x20000;
    return wide ? 2 : 1;
}

/* The width of a cell, and the length in bytes of what of it is shown. */
static size_t cell_width(const char *text, size_t *len)
{
    const char *p = text, *end = text + strlen(text);
    size_t width = 0;
    while (p < end) {
        uint32_t cp;
        size_t n = utf8_decode(p, end, &cp);
        if (cp == '\n' || width + width_of(cp) > WIDTH_MAX) break;
        width += width_of(cp);
        p += n;
    }
    *len = (size_t)(p - text);
    return width;
}

void table_print(const struct table *t, struct str *out)
{
    size_t *widest = mem_zalloc(t->columns, sizeof *widest), len;
    for (size_t i = 0; i < t->cells.len; i++)
        widest[i % t->columns] = MAX(widest[i % t->columns], cell_width(t->cells.at[i], &len));
    for (size_t i = 0; i < t->cells.len; i++) {
        size_t column = i % t->columns, width = cell_width(t->cells.at[i], &len);
        str_add(out, t->cells.at[i], len);
        if (column + 1 == t->columns)
            str_addc(out, '\n');
        else
            str_addf(out, "%*s", (int)(widest[column] - width + 2), "");
    }
    free(widest);
}

void csv_row(struct str *out, const char *const *cells, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *text = cells[i] ? cells[i] : "";
        if (i) str_addc(out, ',');
        if (!strpbrk(text, ",\"\r\n")) {
            str_adds(out, text);
            continue;
        }
        str_addc(out, '"');
        for (; *text; text++) {
            if (*text == '"') str_addc(out, '"');
            str_addc(out, *text);
        }
        str_addc(out, '"');
    }
    str_adds(out, "\r\n");
}

void csv_table(const struct table *t, struct str *out)
{
    for (size_t i = 0; i + t->columns <= t->cells.len; i += t->columns)
        csv_row(out, (const char *const *)&t->cells.at[i], t->columns);
}

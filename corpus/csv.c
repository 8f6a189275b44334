/* A row is read to its end even when it is bad, so that the rows behind it keep their meaning. Only
 * the first fault of a row is told: the others usually follow from it. */
#include "base/base.h"

#include "base/utf8.h"
#include "base/vec.h"
#include "corpus/csv.h"
#include "corpus/messages.h"

#include <string.h>

struct parse {
    struct csv *c;
    struct arena *arena;
    struct err *err;
    bool bad;
    VEC(struct csv_cell) cells;
};

static char guess_delimiter(const char *at, const char *end)
{
    bool tab = false, semicolon = false;
    for (; at < end && *at != '\n' && *at != '\r'; at++) {
        if (*at == ',') return ',';
        tab |= *at == '\t';
        semicolon |= *at == ';';
    }
    return tab ? '\t' : semicolon ? ';' : ',';
}

void csv_init(struct csv *c, const char *data, size_t len, char delimiter)
{
    *c = (struct csv){.at = data, .end = data + len, .line = 1};
    if (len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) c->at += 3;
    c->delimiter = delimiter ? delimiter : guess_delimiter(c->at, c->end);
}

/* Steps over one line end at c->at. */
static void line_end(struct csv *c)
{
    if (*c->at == '\r' && c->at + 1 < c->end && c->at[1] == '\n') c->at++;
    c->at++;
    c->line++;
}

static bool is_line_end(const struct csv *c)
{
    return *c->at == '\n' || *c->at == '\r';
}

static const char *skip_blanks(const struct csv *c, const char *p)
{
    while (p < c->end && (*p == ' ' || *p == '\t') && *p != c->delimiter) p++;
    return p;
}

static void add_cell(struct parse *p, const char *text, size_t len)
{
    if (p->bad) return;
    if (len > CSV_MAX_FIELD)
        err_set(p->err, ERR_TOO_LARGE, MSG_CSV_FIELD_TOO_LONG, p->cells.len + 1,
                (size_t)CSV_MAX_FIELD >> 10);
    else if (p->cells.len == CSV_MAX_COLUMNS)
        err_set(p->err, ERR_TOO_LARGE, MSG_CSV_TOO_MANY_COLUMNS, CSV_MAX_COLUMNS);
    else if (memchr(text, '\0', len))
        err_set(p->err, ERR_INVALID, MSG_IMPORT_NUL);
    else if (utf8_check(text, len) < len)
        err_set(p->err, ERR_INVALID, MSG_IMPORT_BAD_UTF8);
    else {
        vec_push(&p->cells, (struct csv_cell){text, len});
        return;
    }
    p->bad = true;
}

static void plain_field(struct parse *p)
{
    struct csv *c = p->c;
    const char *start = c->at;
    while (c->at < c->end && *c->at != c->delimiter && !is_line_end(c)) c->at++;
    add_cell(p, start, (size_t)(c->at - start));
}

/* The bytes between the quotes, "" made one quote; copied only when there is something to undouble.
 */
static void add_unquoted(struct parse *p, const char *start, size_t len, size_t doubled)
{
    if (!doubled || len > CSV_MAX_FIELD) {
        add_cell(p, start, len);
        return;
    }
    char *text = arena_alloc(p->arena, len - doubled + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        text[n++] = start[i];
        if (start[i] == '"') i++;
    }
    text[n] = '\0';
    add_cell(p, text, n);
}

static void junk_after_quote(struct parse *p)
{
    struct csv *c = p->c;
    const char *start = c->at;
    while (c->at < c->end && !is_line_end(c)) c->at++;
    if (p->bad) return;
    char shown[64];
    size_t n = (size_t)(c->at - start);
    if (n >= sizeof shown) n = utf8_floor(start, sizeof shown - 1);
    memcpy(shown, start, n);
    shown[n] = '\0';
    if (memchr(shown, '\0', n) || utf8_check(shown, n) < n) shown[0] = '\0';
    err_set(p->err, ERR_INVALID, MSG_CSV_AFTER_QUOTE, c->line, shown);
    p->bad = true;
}

/* c->at is behind the opening quote. */
static void quoted_field(struct parse *p)
{
    struct csv *c = p->c;
    const char *start = c->at;
    size_t opened = c->line, doubled = 0;
    for (;;) {
        if (c->at == c->end) {
            err_set(p->err, ERR_INVALID, MSG_CSV_UNCLOSED_QUOTE, opened);
            p->bad = true;
            return;
        }
        if (is_line_end(c)) {
            line_end(c);
        } else if (*c->at++ == '"') {
            if (c->at == c->end || *c->at != '"') break;
            c->at++;
            doubled++;
        }
    }
    add_unquoted(p, start, (size_t)(c->at - 1 - start), doubled);
    c->at = skip_blanks(c, c->at);
    if (c->at < c->end && *c->at != c->delimiter && !is_line_end(c)) junk_after_quote(p);
}

static void read_row(struct parse *p)
{
    struct csv *c = p->c;
    for (;;) {
        const char *first = skip_blanks(c, c->at);
        if (first < c->end && *first == '"') {
            c->at = first + 1;
            quoted_field(p);
        } else {
            plain_field(p);
        }
        if (c->at == c->end) return;
        if (*c->at != c->delimiter) {
            line_end(c);
            return;
        }
        c->at++;
    }
}

static void skip_blank_lines(struct csv *c)
{
    for (;;) {
        const char *p = skip_blanks(c, c->at);
        if (p == c->end) c->at = p;
        if (p == c->end || (*p != '\n' && *p != '\r')) return;
        c->at = p;
        line_end(c);
    }
}

int csv_next(struct csv *c, struct arena *arena, struct csv_row *row, struct err *err)
{
    skip_blank_lines(c);
    *row = (struct csv_row){.line = c->line};
    if (c->at == c->end) return 0;

    struct parse p = {.c = c, .arena = arena, .err = err};
    read_row(&p);
    if (!p.bad) {
        row->n = p.cells.len;
        row->cell = arena_alloc(arena, row->n, sizeof *row->cell);
        memcpy(row->cell, p.cells.at, row->n * sizeof *row->cell);
    }
    vec_free(&p.cells);
    return p.bad ? -1 : 1;
}

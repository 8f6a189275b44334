/* csv.h - rows of a CSV file (RFC 4180) out of memory.
 *
 * Lines end with CRLF, LF or CR; blank lines are skipped; a field in double quotes may hold
 * delimiters, line breaks and "" for a quote. Two liberties with RFC 4180, which real files take:
 * blanks around a quoted field, and a quote inside an unquoted field, which means itself.
 * The reader works on bytes; bytes that are not UTF-8 make the row bad. One thread at a time. */
#ifndef HN_CORPUS_CSV_H
#define HN_CORPUS_CSV_H

#include "base/arena.h"
#include "base/err.h"

enum {
    CSV_MAX_FIELD = 1 << 20, /* bytes; larger fields are errors, not allocations */
    CSV_MAX_COLUMNS = 4096
};

struct csv_cell {
    const char *text; /* len bytes, not terminated; in the file or in the row's arena */
    size_t len;
};

struct csv_row {
    size_t line; /* where it begins, from 1 */
    struct csv_cell *cell;
    size_t n;
};

struct csv {
    const char *at, *end;
    size_t line; /* of at, from 1 */
    char delimiter;
};

/* Reads len bytes, which must stay until the last row is used; a UTF-8 byte order mark is skipped.
 * delimiter 0: told by the first line, a tab or a semicolon if it has one and no comma. */
void csv_init(struct csv *c, const char *data, size_t len, char delimiter);

/* The next row that is not blank: 1, 0 at the end, -1 for a bad row: row->line tells which, err
 * why, and the next call goes on behind it. Behind a quote that is never closed nothing is left. */
int csv_next(struct csv *c, struct arena *arena, struct csv_row *row, struct err *err);

#endif

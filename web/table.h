/* table.h - rows for people (aligned columns) and for spreadsheets (CSV, RFC 4180). */
#ifndef HN_WEB_TABLE_H
#define HN_WEB_TABLE_H

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

/* Cells are copied. Kept until printed, so that columns can be aligned. */
struct table {
    VEC(char *) cells; /* row by row, the head first */
    size_t columns;
    struct arena arena;
};

void table_init(struct table *t, const char *const *head, size_t columns);
void table_free(struct table *t);
/* The next cell, row by row; NULL is an empty one. */
void table_add(struct table *t, const char *text);
void table_addf(struct table *t, const char *format, ...) PRINTF_LIKE(2, 3);
/* Aligned, each cell on one line and at most 48 columns wide; Han count two columns. */
void table_print(const struct table *t, struct str *out);

/* One CSV row, quoted where it must be; NULL cells are empty. */
void csv_row(struct str *out, const char *const *cells, size_t n);
/* All rows of a table. */
void csv_table(const struct table *t, struct str *out);

#endif

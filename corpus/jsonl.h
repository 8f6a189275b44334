/* jsonl.h - objects of a JSONL file out of memory: one JSON object (RFC 8259) a line, blank lines
 * skipped. A file that is one JSON array of objects, over any number of lines, is read too: it is
 * what `export --format json` writes.
 *
 * Stricter than the JSON library beneath where being lenient would change data without a word: a
 * key twice in one object, \u0000, a number with leading zeros or beyond double, and nesting over
 * JSONL_MAX_DEPTH are errors; a number of more than 15 significant digits (an identifier) becomes
 * a string of the same digits. One thread at a time. */
#ifndef HN_CORPUS_JSONL_H
#define HN_CORPUS_JSONL_H

#include "base/err.h"
#include "base/str.h"

struct cJSON;

enum {
    JSONL_MAX_DEPTH = 32,
    JSONL_MAX_LINE = 64 << 20 /* bytes of one object */
};

struct jsonl_row {
    size_t line;                /* where the object begins, from 1 */
    const struct cJSON *object; /* good until the next call */
};

struct jsonl {
    const char *at, *end;
    size_t line; /* of at, from 1 */
    bool array, first, done;
    struct str copy; /* the object at hand, made strict */
    struct cJSON *object;
};

/* Reads len bytes, which must stay until jsonl_free; a UTF-8 byte order mark is skipped. */
void jsonl_init(struct jsonl *j, const char *data, size_t len);
void jsonl_free(struct jsonl *j);

/* The next object: 1, 0 at the end, -1 for a bad one: row->line tells which, err why, and the next
 * call goes on behind it. */
int jsonl_next(struct jsonl *j, struct jsonl_row *row, struct err *err);

#endif

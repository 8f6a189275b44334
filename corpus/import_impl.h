/* import_impl.h - what the parts of import share; included by corpus/import*.c alone.
 *
 * import.c reads the file and holds the transaction; import_row.c makes a record of a row;
 * import_orgs.c finds and creates the organisations that rows name; import_report.c writes what
 * went wrong. */
#ifndef HN_CORPUS_IMPORT_IMPL_H
#define HN_CORPUS_IMPORT_IMPL_H

#include "base/str.h"
#include "corpus/columns.h"

#include <stdio.h>

struct cJSON;

/* One filled or blank place of a row: a text, or a JSON array or object. */
struct cell {
    size_t column;    /* number in struct columns */
    const char *text; /* of a CSV cell or JSON scalar, len bytes; NULL when there is json */
    size_t len;
    const struct cJSON *json;  /* an array or object, or NULL */
    const struct cJSON *value; /* what the JSON file holds, NULL in a CSV file */
};

struct row {
    size_t line;
    struct cell *cell;
    size_t n;
};

struct import_report {
    FILE *file; /* NULL: no report wanted */
    const char *path;
    char *temporary;
    const char *source_path; /* the imported file */
    enum lang lang;
};

/* An organisation known to this import under a key: its name or its id. */
struct known_org {
    const char *uid;
    const char *norm; /* normalised name */
    bool create;      /* named by the row at hand, not stored yet */
};

struct seen_row {
    size_t line;
    uint64_t hash; /* of its content */
};

struct import {
    struct store *store;
    const struct import_options *o;
    const char *path, *source;
    struct import_result result;
    struct import_report report;
    struct columns columns;
    struct arena row_arena, arena; /* of one row, of the file */
    struct map *seen;              /* uid -> ordinal in rows */
    VEC(struct seen_row) rows;
    struct map *orgs; /* "n" normalised name, or "i" id -> ordinal in known */
    VEC(struct known_org) known;
    /* the first rejected row */
    struct err first;
    size_t first_line;
    const char *first_field;
};

/* ---- import_report.c ---- */
/* Opens a temporary file beside path, which it replaces when closed with keep. */
int import_report_open(struct import_report *r, const struct import_options *o, const char *path,
                       struct err *err);
/* line 0: the file as a whole. */
void import_report_add(struct import_report *r, size_t line, bool warning, const char *field,
                       const struct err *what);
int import_report_close(struct import_report *r, bool keep, struct err *err);

/* ---- import.c ---- */
void import_warn(struct import *im, size_t line, const char *field, const struct err *what);
/* Is it about this row (reject it and go on), or about the store and the machine (give up)? */
bool import_is_row_error(const struct err *err);

/* ---- import_row.c ---- */
/* Stores one row. On -1 *field says which field of the row err is about, "" for the whole row. */
int import_row(struct import *im, const struct row *row, const char **field, struct err *err);
/* prefix, then 16 hexadecimal digits of BLAKE2b over the parts; in arena. */
char *import_derive_id(struct arena *arena, enum kind kind, const char *owner, const char *title);
char *import_uid(struct arena *arena, const char *source, const char *id);

/* ---- import_orgs.c ---- */
/* The organisation of that name, found or yet to be created; into *org. */
int import_org_by_name(struct import *im, const char *name, struct known_org *org, struct err *err);
/* The organisation of that id, or an error. */
int import_org_by_id(struct import *im, const char *id, struct known_org *org, struct err *err);
/* Stores an organisation that is yet to be created. */
int import_org_create(struct import *im, const char *name, struct known_org *org, struct err *err);
/* The uids of stored organisations of that normalised name that a row may mean: none, one, or
 * several that nothing tells apart. In the row's arena. */
int import_org_candidates(struct import *im, const char *norm, const char *const **uids, size_t *n,
                          struct err *err);
/* Gives an organisation the contact (values by field, NULL for none) that a row of line brings,
 * unless it has one. */
int import_org_contact(struct import *im, const char *uid, const char *const *contact, size_t line,
                       struct err *err);

#endif

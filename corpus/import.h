/* import.h - files of organisations, needs, capabilities and bottleneck items into the store.
 *
 * All of a file or nothing of it; with keep_going the good rows, and every rejected row with its
 * line, field and reason in the report. Importing the same file twice changes nothing. */
#ifndef HN_CORPUS_IMPORT_H
#define HN_CORPUS_IMPORT_H

#include "corpus/store.h"

struct import_map {
    const char *field;  /* canonical field name */
    const char *column; /* the file's own name for it */
};

struct import_options {
    enum kind kind;
    const char *source; /* NULL: "local" */
    const char *actor;
    const struct import_map *maps;
    size_t n_maps;
    bool dry_run, keep_going;
    enum lang lang;          /* of progress and report */
    const char *report_path; /* NULL: none; CSV: file,line,severity(error|warning),field,code,message */
};

struct import_result {
    size_t rows, created, updated, unchanged, rejected, warnings;
    size_t orgs_created; /* organisations that only a name in the file brought in */
};

/* Imports one file (CSV or JSONL told by content, then by extension); UTF-8 with or without BOM,
 * or GB18030. On failure nothing of the file is stored (one transaction), and err says which line
 * and what to do. *result is filled either way, as far as it came. */
int import_file(struct store *s, const char *path, const struct import_options *o,
                struct import_result *result, struct err *err);

#endif

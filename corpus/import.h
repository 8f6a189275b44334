/* import.h - files of records of one kind into the store.
 *
 * All of a file or nothing of it; with keep_going the good rows, and every rejected row with its
 * line, field and reason in the report. Importing the same file twice changes nothing.
 *
 * What a row means:
 * - A row with an id is the record of that id within the source: created, or updated. What the file
 *   does not mention stays as it was; a blank cell, or null, empties the field.
 * - A row without an id gets one from its content: an organisation from its name (if exactly one is
 *   known by that name already, the row is about that one), an introduction from the pair it brings
 *   together, everything else from its main owner's name and its title.
 * - org_name (several apart by ; or |, or a JSON list) finds organisations by normalised name
 *   (orgname.h) and creates those that are absent, kind told by the name. Two of the same name are
 *   an error, unless just one of them has an id of its own, not one made from the name. org_id is
 *   looked up as an id of the same source, then as a uid; it goes before org_name.
 * - need_id and capability_id are looked up in the same way and must be there.
 * - Columns that are no field of the kind are kept in extra, but for contact columns of needs and
 *   capabilities: they are never kept unsealed, so they become their organisation's contact if it
 * has none.
 *
 * Columns are recognised by the names in columns.def. A credit code that fails GB 32100 rejects its
 * row; a pilot code is a warning. */
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
    enum lang lang; /* of progress and report */
    const char
        *report_path;   /* NULL: none; CSV: file,line,severity(error|warning),field,code,message */
    bool report_append; /* the second and further files of one command add to the report */
};

/* created, updated, unchanged and orgs_created count what is in the store now (in a dry run: what
 * would be), so they are 0 when the file was refused. */
struct import_result {
    size_t rows; /* read, rejected ones included */
    size_t created, updated, unchanged, rejected, warnings;
    size_t orgs_created; /* organisations that only a name in the file brought in */
};

/* Imports one file (CSV or JSONL told by content, then by extension; "-" is standard input); UTF-8
 * with or without BOM, UTF-16 with one, or GB18030; at most IMPORT_MAX_BYTES. On failure nothing of
 * the file is stored (one transaction), and err says which line and what to do. With keep_going
 * rejected rows are no failure: look at result->rejected. *result is filled either way. The report
 * appears under its name complete or not at all, before the transaction ends.
 * The store must be open for writing and have no transaction open. */
int import_file(struct store *s, const char *path, const struct import_options *o,
                struct import_result *result, struct err *err);

#define IMPORT_MAX_BYTES ((size_t)2 << 30)

#endif

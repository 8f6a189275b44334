/* columns.h - which column of a file is which field.
 *
 * A column is told by --map, by the canonical field name, or by one of the names of columns.def;
 * names are compared folded (name_fold of orgname.h). Whatever is none of these is kept as extra.
 * Columns are numbered in the order they are met; a JSONL file may bring new ones in any row. */
#ifndef HN_CORPUS_COLUMNS_H
#define HN_CORPUS_COLUMNS_H

#include "base/map.h"
#include "base/vec.h"
#include "corpus/import.h"

/* What a column is: a field, or one of these. */
enum { TARGET_EXTRA = FIELD_COUNT, TARGET_ID, TARGET_COUNT };

enum { COLUMNS_MAX = 4096 };

struct column {
    const char *name; /* as the file writes it, trimmed */
    int target;       /* enum field, TARGET_EXTRA or TARGET_ID */
    unsigned rank; /* the column of lowest rank wins: mapped 0, canonical 1, synonym 2, ending 3 */
    const char *implies; /* capability kind of a record with this column filled, or NULL */
};

struct columns {
    enum kind kind;
    const struct import_map *maps;
    size_t n_maps;
    VEC(struct column) at;
    struct map *by_name;
    struct arena arena;
    bool seen[TARGET_COUNT]; /* is there a column for it? */
};

/* Checks the maps: an unknown field, or one mapped twice, is ERR_USAGE. Free after failure too. */
int columns_init(struct columns *c, enum kind kind, const struct import_map *maps, size_t n_maps,
                 struct err *err);
void columns_free(struct columns *c);

/* The number of the column called name (len bytes of UTF-8), a new one when it is new; COLUMNS_MAX
 * when there are too many. */
size_t columns_find(struct columns *c, const char *name, size_t len);

/* Are all mapped columns there? Otherwise an error that lists the columns that are. */
int columns_check_maps(struct columns *c, struct err *err);
/* Is there a column for the required field (name or title)? The same. */
int columns_check_required(struct columns *c, struct err *err);

/* Does a column or member of this name hold a contact, whatever the kind? Such a thing may not
 * become extra, which writers see. Scratch memory from arena. */
bool column_is_contact(const char *name, struct arena *arena);

/* The field without which there is no record: name of an organisation, need of an introduction,
 * title of the rest. */
enum field required_field(enum kind kind);
/* Canonical name of a target, "" for TARGET_EXTRA. */
const char *target_name(int target);

#endif

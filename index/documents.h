/* documents.h - the records of a segment, packed: as the index keeps them, without sealed fields
 * and extra columns. Private to the engine.
 *
 * Rows lie one after another in one block, in memory or in a mapped file, with what leads to them:
 * where each begins, a hash of uids, owners by number, and what is asked of many rows at once. A
 * struct record is made of a row when somebody wants one (documents_record), and its strings are
 * those of the block. Immutable, and safe to read from any thread. */
#ifndef HN_INDEX_DOCUMENTS_H
#define HN_INDEX_DOCUMENTS_H

#include "corpus/record.h"
#include "index/sections.h"

struct documents {
    uint32_t rows;
    enum kind kind;
    uint64_t seed;        /* drawn at random for each block; names its file */
    const uint8_t *texts; /* of each row: how many it has to embed, 0 to 2 */
    const uint32_t *lots; /* of each row: a hash of its uid, for snapshot_sample */
    /* Owners of row r: owners[owners_at[r]] up to owners[owners_at[r + 1]], numbers of names. */
    const uint32_t *owners_at, *owners;
    uint32_t n_names;
    const uint32_t *names_at; /* of each name: where it is in names */
    const char *names;        /* terminated */
    const uint32_t *sources;  /* of each row: the number of a name */
    const uint64_t *starts;   /* of each row, and the end: where it is in bytes */
    const char *bytes;
    const uint32_t *slots; /* an open hash of the rows by uid; 0: free, else the row + 1 */
    uint32_t mask;
    _Atomic(struct record *) *records; /* those that were asked for */
    struct sections *block;
};

/* Packs n records of one kind. */
struct documents *documents_new(const struct record *const *records, uint32_t n, enum kind kind)
    __attribute__((returns_nonnull));
/* The rows with keep[i][row] of n >= 1 blocks of one kind, one after another, in a file
 * DIR/records-SEED.bin; in memory with dir NULL, or when the disk has no room (the log says so). */
struct documents *documents_merge(const struct documents *const *from, const uint8_t *const *keep,
                                  size_t n, const char *dir) __attribute__((returns_nonnull));
/* Maps what documents_merge or sections_save wrote; NULL with errno, 0 where it is not sound. Of
 * the rows themselves nothing is read: see sections_check. A damaged row may say something else,
 * but is read within its bounds. */
struct documents *documents_open(const char *path);
void documents_free(struct documents *d);

/* The row of a uid, or UINT32_MAX. */
uint32_t documents_find(const struct documents *d, const char *uid);
/* The uid and the external id of a row, at next to no cost. */
const char *documents_uid(const struct documents *d, uint32_t row);
const char *documents_id(const struct documents *d, uint32_t row);
/* The record of a row, made when it is first asked for; lives as long as d. */
const struct record *documents_record(const struct documents *d, uint32_t row)
    __attribute__((returns_nonnull));
/* The same in arena, for who reads many and keeps none; strings are d's. */
const struct record *documents_read(const struct documents *d, uint32_t row, struct arena *arena)
    __attribute__((returns_nonnull));
/* Is the row what would be made of the record? */
bool documents_equal(const struct documents *d, uint32_t row, const struct record *r,
                     struct arena *arena);

/* DIR/records-SEED.bin and the like. */
char *segment_path(const char *dir, const char *what, uint64_t seed)
    __attribute__((returns_nonnull));

#endif

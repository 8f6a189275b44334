/* lexical_impl.h - how a segment's words are laid out; for lexical*.c. */
#ifndef HN_INDEX_LEXICAL_IMPL_H
#define HN_INDEX_LEXICAL_IMPL_H

#include "index/lexical.h"

/* Where a term's lists are. The list of the whole texts follows that of the titles; text and lists
 * end where those of the next term begin. */
struct lexical_entry {
    uint64_t at;          /* in lists */
    uint32_t text;        /* in texts */
    uint32_t title_bytes; /* of the list of titles */
    uint32_t df[PART_COUNT];
};

struct lexical {
    uint32_t docs, terms;
    uint64_t total[PART_COUNT];
    uint32_t *lengths[PART_COUNT];
    struct lexical_entry *entries; /* and one more, for the ends */
    char *texts;                   /* of all terms, one after another */
    uint8_t *lists;
    uint32_t *slots; /* an open hash of the terms' numbers; 0: free, else the number + 1 */
    uint32_t mask;
    /* The terms of each document; NULL unless mapped. Row doc begins at rows + rows_at[doc]. */
    uint64_t *rows_at; /* and one more, for the end */
    uint32_t *row_n;
    uint8_t *rows;
    uint64_t seed;         /* of the hash, so that chosen terms do not collide at will */
    struct sections *file; /* all of the above is in this mapping; NULL: each is a block */
};

/* Lists of documents turned into rows: at, docs + 1 of them, and n, docs of them, are filled in,
 * and rows appended to. */
void lexical_turn(const struct lexical *x, uint64_t *at, uint32_t *n, struct bytes *rows);

/* The slot where the search for a term begins. */
uint32_t lexical_slot(const struct lexical *x, const char *term, size_t len);

#endif

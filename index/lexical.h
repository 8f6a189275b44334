/* lexical.h - an inverted index over the title and the whole text of documents, and BM25.
 *
 * A `struct lexical` is one immutable segment, safe to read from any thread. The engine keeps a
 * large one and a small one and scores them with common statistics.
 *
 * BM25 (Robertson & Zaragoza 2009, eq. 3.15) with k1 = 1.2, b = 0.75 and the non-negative idf
 * ln(1 + (N - df + 0.5) / (df + 0.5)). A query term's count multiplies its weight. */
#ifndef HN_INDEX_LEXICAL_H
#define HN_INDEX_LEXICAL_H

#include "index/text.h"

#define BM25_K1 1.2f
#define BM25_B  0.75f

/* The parts of a document that are scored apart. */
enum part { PART_TITLE, PART_ALL, PART_COUNT };

struct lexical_builder;
struct lexical;

struct lexical_builder *lexical_builder_new(void) __attribute__((returns_nonnull));
/* Adds the next document (ordinals count from 0). bags are copied; PART_ALL includes the title. */
void lexical_builder_add(struct lexical_builder *b, const struct bag bags[PART_COUNT]);
/* Turns the builder into a segment and frees it. */
struct lexical *lexical_builder_finish(struct lexical_builder *b) __attribute__((returns_nonnull));
void lexical_free(struct lexical *x);

uint32_t lexical_docs(const struct lexical *x);
/* Sum of lengths of all documents' part (terms counted with multiplicity). */
uint64_t lexical_length(const struct lexical *x, enum part part);
uint32_t lexical_doc_length(const struct lexical *x, enum part part, uint32_t doc);
/* The number of documents whose part holds the term. */
uint32_t lexical_df(const struct lexical *x, enum part part, const char *term, size_t len);

/* A document that holds a term, with the term's counts in it. */
struct posting {
    uint32_t doc;
    uint16_t tf[PART_COUNT]; /* saturates at 65535 */
};
/* The postings of a term in order of doc; NULL and *n = 0 when there are none. Borrowed. */
const struct posting *lexical_postings(const struct lexical *x, const char *term, size_t len,
                                       size_t *n);

#endif

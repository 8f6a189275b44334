/* lexical.h - an inverted index over the title and the whole text of documents, and BM25.
 *
 * A `struct lexical` is one immutable segment, safe to read from any thread. The engine keeps
 * a few, each less than half the one before, and scores them with common statistics.
 *
 * The weights are BM25's (Robertson & Zaragoza 2009, eq. 3.15; k1 = 1.2, b = 0.75) with four
 * changes that make the score of a pair mean the same in pools of any size and for queries of any
 * length (measured in tests/relevance/README.md):
 *
 *   idf(t) = ln(1 + (N - df + 0.5) / (df + 0.5)) / ln(1 + (N + 0.5) / 0.5)    in (0, 1]
 *   score  = sum over shared t of  w(t) * cbrt(count in query) * idf(t) * saturated(tf, length)
 *            / sqrt(sum over all t of the query of  w(t) * cbrt(count) * idf(t) * (k1 + 1))
 *
 * where w is LEXICAL_PAIR_WEIGHT for pairs of ideographs and 1 for all else, and lengths count
 * characters and words, not pairs. */
#ifndef HN_INDEX_LEXICAL_H
#define HN_INDEX_LEXICAL_H

#include "index/text.h"

#define BM25_K1             1.2f
#define BM25_B              0.75f
#define LEXICAL_PAIR_WEIGHT 0.5f

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
/* The documents of n segments, one after another, as one segment: equal to what a builder would
 * make of them, without analysing a text again. keep[i][doc] == 0 leaves a document out; keep[i]
 * NULL keeps all. The segments stay as they are. */
struct lexical *lexical_merge(const struct lexical *const *segments, const uint8_t *const *keep,
                              size_t n) __attribute__((returns_nonnull));

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

/* The distinct terms are numbered from 0 in a fixed order; these walk them all. */
uint32_t lexical_terms(const struct lexical *x);
const char *lexical_term(const struct lexical *x, uint32_t term, size_t *len);
const struct posting *lexical_term_postings(const struct lexical *x, uint32_t term, size_t *n);

#endif

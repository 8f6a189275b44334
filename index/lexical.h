/* lexical.h - an inverted index over the title and the whole text of documents, and BM25.
 *
 * A `struct lexical` is one immutable segment, safe to read from any thread. The engine keeps
 * a few and scores them with common statistics. A term has a list of its own for each part: titles
 * are short, and a title is looked for ten times as fast in lists of titles.
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

#include "index/postings.h"
#include "index/text.h"

#define BM25_K1             1.2f
#define BM25_B              0.75f
#define LEXICAL_PAIR_WEIGHT 0.5f

/* The parts of a document that are scored apart. */
enum part { PART_TITLE, PART_ALL, PART_COUNT };

struct lexical_builder;
struct lexical;
struct sections;

struct lexical_builder *lexical_builder_new(void) __attribute__((returns_nonnull));
/* Adds the next document (ordinals count from 0) as the tokens of its whole text, of which the
 * first n_title are its title. Nothing is kept of tokens. */
void lexical_builder_add(struct lexical_builder *b, const struct token *tokens, size_t n,
                         size_t n_title);
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
/* The length of each document's part. Borrowed. */
const uint32_t *lexical_lengths(const struct lexical *x, enum part part);

/* The distinct terms are numbered from 0 in bytewise order. */
uint32_t lexical_terms(const struct lexical *x);
const char *lexical_term(const struct lexical *x, uint32_t term, size_t *len);
/* The number of a term, or LEXICAL_ABSENT. */
#define LEXICAL_ABSENT UINT32_MAX
uint32_t lexical_find(const struct lexical *x, const char *term, size_t len);

/* The documents whose part holds the term, with its count there (at most 65535). Their number is
 * the list's n, 0 when term is LEXICAL_ABSENT. */
struct postings lexical_postings(const struct lexical *x, enum part part, uint32_t term);
/* The peaks in a list's heads are for saturated's denominator (search.c) with this slope, that of
 * the segment by itself: flat = k1 (1 - b), slope = k1 b docs / length. */
float lexical_slope(const struct lexical *x, enum part part);

/* The lists the other way round: the terms of a document's whole text by number, each with its
 * count, as a list whose documents are terms. Only what is mapped from a file has them. */
bool lexical_has_rows(const struct lexical *x);
struct postings lexical_row(const struct lexical *x, uint32_t doc);

/* Writes the segment to a file that lexical_open maps, in path's place at once. 0, or -1 with
 * errno. */
int lexical_save(const struct lexical *x, const char *path);
/* The segment of a file, mapped; NULL with errno when there is none, or with errno 0 when it is
 * damaged or of another version of the analysis. Of the lists themselves, the bulk, nothing is
 * read: they are what they were unless the disk changed them, which sections_check of
 * lexical_file finds out. */
struct lexical *lexical_open(const char *path);
/* The file it is the mapping of, or NULL. */
const struct sections *lexical_file(const struct lexical *x);

/* Bytes of memory it takes. */
size_t lexical_bytes(const struct lexical *x);

#endif

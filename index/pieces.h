/* pieces.h - words that need not be the same: how much of one side's title the other side speaks
 * of.
 *
 * The model cuts text into pieces of a vocabulary (SentencePiece), each with a vector of its own,
 * the one it enters the first layer with. For every piece of the title the nearest piece of the
 * other text is sought, and the sum is weighed by rarity: token-level late interaction ("MaxSim",
 * Khattab & Zaharia, ColBERT, SIGIR 2020), with vectors that know no context. Those were measured
 * to be worth as much here as the last layer's states (tests/relevance/README.md), and they belong
 * to the vocabulary: nothing has to be kept for a document but the numbers of its pieces.
 *
 *   near(t, Q)  = max(0, max over pieces q of the text of cos(t, q) - 0.3)
 *   cover(T, Q) = sum over pieces t of the title of w(t) near(t, Q) / sum of w(t)
 *
 * w is minus the piece's log probability. Vectors are centred by the mean over the background
 * titles. A long need comes near to any title; so the cover of a capability's title is expressed in
 * standard deviations above what ordinary titles of the same language, the background's, get from
 * the same need.
 *
 * For the index's own files. */
#ifndef HN_INDEX_PIECES_H
#define HN_INDEX_PIECES_H

#include "base/arena.h"
#include "index/embedder.h"
#include "index/text.h"

/* The pieces of an index's documents and their vectors; grows as documents come (1.5 kB a piece; a
 * city's texts have some ten thousand different ones). One thread at a time may add; any number may
 * measure meanwhile. */
struct pieces;
struct pool;

/* NULL when the embedder has no pieces to offer. Keeps e. */
struct pieces *pieces_new(struct embedder *e);
void pieces_free(struct pieces *p); /* NULL: nothing */

/* A document: numbers of distinct pieces. */
struct document_pieces {
    enum lang lang; /* of its title */
    uint32_t n_title, n_text;
    float mean[LANG_COUNT], scale[LANG_COUNT]; /* of one that seeks: its own background */
    const uint32_t *map;    /* numbers of a block -> numbers of the table; NULL: they are that */
    const uint32_t *number; /* n_title of the title, then n_text of the text */
};
static inline uint32_t pieces_number_at(const struct document_pieces *d, uint32_t i)
{
    return d->map ? d->map[d->number[i]] : d->number[i];
}
/* A document's pieces by id, before they are numbered. Owns its arrays. */
struct document_cut {
    enum lang lang;
    int32_t *title, *text;
    size_t n_title, n_text;
};
/* Cuts title and text: the larger part of the work, on any thread. */
void pieces_cut(const struct pieces *p, const char *title, const char *text,
                struct document_cut *out);
/* Numbers what was cut, adding pieces, and frees it; seeks: measures the background by the text,
 * too. One block: free with free(). */
struct document_pieces *pieces_number(struct pieces *p, struct document_cut *cut, bool seeks)
    __attribute__((returns_nonnull));

/* A query, to measure documents by. In arena. */
struct cover_query {
    enum lang lang;    /* of its title */
    const float *near; /* by number of piece: to the nearest piece of the text */
    float mean[LANG_COUNT], scale[LANG_COUNT];
    size_t n; /* pieces of the title */
    const float *weight;
    /* Most pieces are near to none of the title. By number: 0, or the row of n that tells how near
     * the piece is to each. */
    const uint32_t *row_of;
    const float *rows;
};
/* With the help of the pool's threads (NULL: alone). Of pieces that were in a query before it is
 * known what is near to them (pieces_near.h). */
void pieces_query(const struct pieces *p, const char *title, const char *text, struct pool *pool,
                  struct arena *arena, struct cover_query *out);

/* The covers of a pair, of which the query is one side. */
struct covers {
    float capability; /* of the capability's title by the need's text, against the background */
    float need;       /* of the need's title by the capability's text, as it is */
};
/* seeks: the query is the need. Thread-safe. */
struct covers pieces_cover(const struct pieces *p, const struct cover_query *q,
                           const struct document_pieces *d, bool seeks);

/* The pieces of the documents of a segment, packed as they are in a file: in memory, or mapped.
 * Immutable. In pieces_rows.c. */
struct pieces_rows;
struct sections;

/* Documents are added in order, by one thread, as pieces_number would number them. */
struct pieces_builder;
struct pieces_builder *pieces_builder_new(struct pieces *p, bool seeks)
    __attribute__((returns_nonnull));
void pieces_builder_add(struct pieces_builder *b, struct document_cut *cut);
struct pieces_rows *pieces_builder_finish(struct pieces_builder *b)
    __attribute__((returns_nonnull));
/* The rows with keep[i][row] of n >= 1 blocks, one after another, in a file at path; in memory with
 * path NULL, or when the disk has no room (the log says so). */
struct pieces_rows *pieces_rows_merge(struct pieces *p, const struct pieces_rows *const *from,
                                      const uint8_t *const *keep, size_t n, const char *path)
    __attribute__((returns_nonnull));
/* Maps a file of so many documents, which pieces_rows_merge or sections_save wrote with the same
 * model, and adds its pieces. NULL with errno, 0 where it is not sound. Of the documents themselves
 * nothing is read: see sections_check. */
struct pieces_rows *pieces_rows_open(struct pieces *p, const char *path, uint32_t rows);
void pieces_rows_free(struct pieces_rows *r); /* NULL: nothing */
struct document_pieces pieces_rows_at(const struct pieces_rows *r, uint32_t row);
const struct sections *pieces_rows_block(const struct pieces_rows *r);

/* For pieces_rows.c: the number of a piece, which is added where it is new; the piece of a number;
 * the background of a document that seeks; what the vocabulary is. */
uint32_t pieces_add(struct pieces *p, int32_t id);
int32_t pieces_id(const struct pieces *p, uint32_t number);
void pieces_measure_background(struct pieces *p, struct document_pieces *d);
const char *pieces_model(const struct pieces *p);
size_t pieces_count(const struct pieces *p);
int pieces_vocabulary(const struct pieces *p);

#endif

/* kept.h - the words of large segments in files beside the database, so that a start analyses only
 * what is new. Private to the engine.
 *
 * A file words-*.bin holds one segment's words and a key of each document, a hash of its uid and
 * texts. It is a cache and no more: a document whose key is found has its words there, whatever
 * happened meanwhile; what is not found is analysed; a file that is of no use is removed. */
#ifndef HN_INDEX_KEPT_H
#define HN_INDEX_KEPT_H

#include "index/snapshot.h"

struct kept;

/* Maps what files there are in dir. pieces: the engine's, which outlives what is made here, or
 * NULL. */
struct kept *kept_open(const char *dir, struct pieces *pieces) __attribute__((returns_nonnull));
void kept_free(struct kept *k);

/* Has a file the words of the document? Then its reference is taken, and it gets the pieces that
 * are kept beside them. One thread at a time, which may add pieces. */
bool kept_take(struct kept *k, struct document *d);
/* Takes the documents and words of one file, `rows` of them, NULL where none was found; false when
 * there are no more. Both are the caller's. Useless files, with less than half of their documents
 * found, come without words and are removed. */
bool kept_next(struct kept *k, struct document ***documents, uint32_t *rows,
               struct lexical **words);

/* Puts a segment's words into a file and maps it in their place. The segment is not shared yet. */
void kept_save(struct kept *k, struct segment *s);
/* Removes the file of a segment that was replaced; readers keep what they have mapped. */
void kept_remove(struct kept *k, const struct segment *s);

#endif

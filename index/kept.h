/* kept.h - an index in files beside the database, so that a start reads neither records nor texts.
 * Private to the engine.
 *
 * - index.bin: which segments there are, which of their rows are live, and of what state of the
 *   database that is: the number of its last change, and a hash of the changes before
 * (engine_mark)
 * - records-SEED.bin, words-SEED.bin, pieces-SEED.bin: a segment's documents (documents.h), words
 *   (lexical.h) and pieces (pieces.h); written once
 * - codes-SEED.bin: where its vectors lie in the cache's file, and their bits (segment_codes.c)
 * - index.lock: held by the one process that may write these files, as long as it runs
 *
 * index.bin takes the place of the one before when all files it names are on disk, and what it does
 * not name is removed afterwards: whenever the program dies, there is an index of some state that
 * was. All may be deleted at any time. Who has files mapped keeps them when another removes them.
 */
#ifndef HN_INDEX_KEPT_H
#define HN_INDEX_KEPT_H

#include "index/snapshot.h"

struct kept;

struct kept_segment {
    struct segment *segment; /* the reference is the taker's */
    uint8_t *live;           /* of each row; of its own block */
    bool *again;             /* of each row: it came with the records that are loaded */
};

/* Maps what there is in dir. model: the embedder's identity, or NULL: what was kept by another is
 * not used, and nothing is written by who has none where somebody had one. */
struct kept *kept_open(const char *dir, const char *model, const struct segment_tools *tools)
    __attribute__((returns_nonnull));
void kept_free(struct kept *k); /* NULL: nothing */
const char *kept_dir(const struct kept *k);

/* The state of the database that was kept, whole; false when there is none. */
bool kept_state(const struct kept *k, int64_t *seq, uint64_t *mark);
/* Is the record in a file, as it is? Then its row is marked as `again`. */
bool kept_take(struct kept *k, const struct record *r);
/* The segments, one after another; what is in them is the caller's. false: there are no more. */
bool kept_next(struct kept *k, struct kept_segment *out);

/* May this process write? Tries to get the right if it has not. */
bool kept_may_write(struct kept *k);
/* Writes what of a snapshot with a mark is not in files, with the vectors that lie in the cache's
 * file (NULL: none), and removes files it does not need. The caller may write. 0, or -1, which the
 * log tells of. */
int kept_save(struct kept *k, const struct snapshot *s, struct vector_cache *cache);
/* The files of a segment that was replaced are removed, unless index.bin names them. The caller may
 * write. */
void kept_forget(struct kept *k, const struct segment *s);
/* Forgets what was kept, as it was found to be damaged. */
void kept_discard(struct kept *k);

#endif

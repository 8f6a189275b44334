/* indexer.h - keeps an engine in step with a store, in the background.
 *
 * One thread loads every record, then follows the store's change log, whoever writes it: the
 * server (which pokes) or a command beside it (seen within the poll interval). Another embeds what
 * has no vector, in steps that end within about half a second, so that words are never kept waiting
 * for meaning: a record is findable by words as soon as its change is read. A third reads through
 * what of a kept index was mapped and not read at the start, at 400 MB a second; if the disk
 * changed anything, the log says so, and all records are loaded anew (until then it is not ready).
 */
#ifndef HN_INDEX_INDEXER_H
#define HN_INDEX_INDEXER_H

#include "index/engine.h"

struct indexer;

struct indexer_state {
    bool ready;            /* every record that was there at the start is loaded */
    int64_t seq;           /* the last change applied */
    size_t records;        /* live documents of all kinds */
    size_t missing, total; /* texts that have no vector yet, texts in all; 0 without an embedder */
    double rate;           /* texts embedded a second in the run under way; 0: none, or not known */
    double seconds_left;   /* at that rate; 0 when nothing is missing, negative: not known */
    struct err error;      /* of the last try, ERR_NONE when all is well; the threads try again */
};

/* Opens the store in dir (which must exist) read-only and starts both threads. The engine must
 * outlive the indexer and is updated and embedded by nobody else meanwhile. NULL on failure. */
struct indexer *indexer_start(const char *dir, struct engine *e, struct err *err);
/* Stops after the step under way, and frees. NULL does nothing. */
void indexer_stop(struct indexer *x);

/* "Something was committed": makes the change visible in milliseconds. Thread-safe. */
void indexer_poke(struct indexer *x);
/* Thread-safe. */
void indexer_state(struct indexer *x, struct indexer_state *out);
/* Waits until change seq is applied, or at most `seconds`; true when it is. So that who wrote a
 * record reads it in the next answer. Thread-safe. */
bool indexer_wait(struct indexer *x, int64_t seq, double seconds);

#endif

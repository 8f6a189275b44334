/* load.h - brings an engine to what a store holds: at a start from what was kept in files and the
 * changes since, or from all records; later by the changes alone. */
#ifndef HN_INDEX_LOAD_H
#define HN_INDEX_LOAD_H

#include "corpus/store.h"
#include "index/engine.h"

struct load {
    struct store *store;
    struct engine *engine;
    bool (*go_on)(void *ctx); /* asked now and then; NULL: always */
    void *ctx;
    int64_t begun; /* -1; the change log's end when all records were first tried */
};

/* Loads everything, as it is at one moment; *seq is the last change that is in it. The engine was
 * told where its files are before (engine_keep), or not at all. When it failed, or was told to
 * stop, it may be called again, and goes on. 0, or -1. */
int load_all(struct load *l, int64_t *seq, struct err *err);

/* Applies the changes behind *seq, at most `most` (0: all), and moves *seq; *n is how many there
 * were. */
int load_changes(struct load *l, int64_t *seq, size_t most, size_t *n, struct err *err);

#endif

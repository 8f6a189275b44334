/* backend.h - model, vector cache, engine and matcher, put together for a command or the server. */
#ifndef HN_WEB_BACKEND_H
#define HN_WEB_BACKEND_H

#include "corpus/store.h"
#include "index/engine.h"
#include "index/vector_cache.h"
#include "matcher/match.h"

struct backend {
    struct pool *pool;
    struct embedder *embedder;  /* NULL: no model, everything goes by words */
    struct vector_cache *cache; /* NULL with the embedder */
    struct engine *engine;
    struct matcher *matcher;
    const char *dir; /* where vectors are kept, and what else is derived; may be NULL */
};

struct backend_options {
    const char *program;   /* argv[0]: the model may lie in model/ beside the binary */
    const char *model;     /* --model, or NULL */
    const char *cache_dir; /* where vectors are kept; NULL: memory only */
    int threads;           /* 0: one for each processor */
};

/* Finds and opens the model: --model, HONGNIANG_MODEL, DIR-OF-BINARY/model, PREFIX/share/hongniang;
 * the first that is named or there decides. *out is NULL with ERR_UNAVAILABLE when there is none.
 * -1: none, or it is damaged (another kind of error). */
int backend_open_model(const struct backend_options *o, struct pool *pool, struct embedder **out,
                       struct err *err);

/* Everything, with an empty engine. Without a model this succeeds, with b->embedder NULL and
 * *no_model saying where it was looked for (its kind is ERR_NONE otherwise). -1: a damaged model.
 * backend_close may be called in either case. */
int backend_open(struct backend *b, const struct backend_options *o, struct err *no_model,
                 struct err *err);
void backend_close(struct backend *b);

/* Weights for the matcher: those in file, or, where that is NULL, those in DIR/weights.tsv when it
 * is there, else the built-in ones. On an error the matcher keeps the weights it has. */
#define WEIGHTS_FILE "weights.tsv"
int backend_weights(struct backend *b, const char *dir, const char *file, struct err *err);

/* Fills the engine with all records of a store. What large collections take long to derive is kept
 * in files in cache_dir (engine_keep). */
int backend_load(struct backend *b, struct store *s, struct err *err);
/* Embeds what has no vector yet, with progress on stderr. */
int backend_embed(struct backend *b, enum lang lang, struct err *err);
/* The record called id, borrowed from the snapshot; one of another source goes by its own id too
 * where that is unambiguous. -1 with ERR_NOT_FOUND or ERR_INVALID. */
int backend_find(const struct snapshot *s, enum kind kind, const char *id,
                 const struct record **out, struct err *err);
/* Is there a record of the source "sample"? */
bool backend_has_sample(struct backend *b);

#endif

/* embedder_impl.h - for those who implement an embedder; users include embedder.h.
 *
 * An implementation puts struct embedder first in its own struct, fills it, and returns its
 * address from its embedder_open_*. */
#ifndef HN_INDEX_EMBEDDER_IMPL_H
#define HN_INDEX_EMBEDDER_IMPL_H

#include "index/embedder.h"

struct embedder_ops {
    /* As embedder_embed, with n >= 1 and every text within EMBED_TEXT_MAX. */
    int (*embed)(struct embedder *e, enum embed_kind kind, const char *const *texts, size_t n,
                 float *out, struct err *err);
    void (*free)(struct embedder *e);
    /* As embedder_cut, embedder_piece and embedder_piece_rarity; NULL where vocabulary is 0. */
    size_t (*cut)(const struct embedder *e, const char *text, size_t len, struct arena *arena,
                  int32_t **ids);
    void (*piece)(const struct embedder *e, int32_t id, float *vector);
    float (*rarity)(const struct embedder *e, int32_t id);
};

struct embedder {
    const struct embedder_ops *ops;
    int dim;
    int vocabulary;
    char id[64];
};

#endif

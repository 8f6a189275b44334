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
};

struct embedder {
    const struct embedder_ops *ops;
    int dim;
    char id[64];
};

#endif

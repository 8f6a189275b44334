#include "base/base.h"

#include "index/embedder_impl.h"
#include "index/messages.h"

#include <string.h>

void embedder_free(struct embedder *e)
{
    if (e) e->ops->free(e);
}

int embedder_dim(const struct embedder *e)
{
    return e->dim;
}

const char *embedder_id(const struct embedder *e)
{
    return e->id;
}

int embedder_embed(struct embedder *e, enum embed_kind kind, const char *const *texts, size_t n,
                   float *out, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (strnlen(texts[i], EMBED_TEXT_MAX + 1) > EMBED_TEXT_MAX)
            return err_set(err, ERR_TOO_LARGE, MSG_EMBED_TEXT_TOO_LONG, i + 1,
                           EMBED_TEXT_MAX >> 20);
    return n == 0 ? 0 : e->ops->embed(e, kind, texts, n, out, err);
}

int embedder_vocabulary(const struct embedder *e)
{
    return e->vocabulary;
}

size_t embedder_cut(const struct embedder *e, const char *text, size_t len, struct arena *arena,
                    int32_t **ids)
{
    return e->ops->cut(e, text, len, arena, ids);
}

void embedder_piece(const struct embedder *e, int32_t id, float *vector)
{
    e->ops->piece(e, id, vector);
}

float embedder_piece_rarity(const struct embedder *e, int32_t id)
{
    return e->ops->rarity(e, id);
}

/* fake_embedder.h - an embedder for tests: a vector from the bytes of a text, at once, counted.
 *
 * Equal texts of a kind have equal vectors, others are nearly orthogonal. */
#ifndef HN_TESTS_UNIT_FAKE_EMBEDDER_H
#define HN_TESTS_UNIT_FAKE_EMBEDDER_H

#include "base/map.h"
#include "base/mem.h"
#include "index/embedder_impl.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct fake_embedder {
    struct embedder base;
    atomic_size_t texts; /* embedded so far */
    atomic_bool broken;  /* every call fails */
};

static int fake_embed(struct embedder *e, enum embed_kind kind, const char *const *texts, size_t n,
                      float *out, struct err *err)
{
    struct fake_embedder *f = (struct fake_embedder *)e;
    if (atomic_load(&f->broken))
        return err_set(err, ERR_UNAVAILABLE, "fake_broken", "坏了", "broken", "", "");
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        uint64_t h = hash_bytes(kind == EMBED_QUERY ? 1 : 2, texts[i], strlen(texts[i]));
        float *row = out + i * (size_t)e->dim;
        for (int k = 0; k < e->dim; k++) {
            h = h * 6364136223846793005u + 1442695040888963407u;
            row[k] = (float)(int32_t)(h >> 32) / 2147483648.0f;
            sum += (double)row[k] * (double)row[k];
        }
        for (int k = 0; k < e->dim; k++) row[k] /= (float)sqrt(sum);
    }
    atomic_fetch_add(&f->texts, n);
    return 0;
}

static void fake_free(struct embedder *e)
{
    free(e);
}

static inline struct fake_embedder *fake_embedder_new(int dim)
{
    static const struct embedder_ops ops = {.embed = fake_embed, .free = fake_free};
    struct fake_embedder *f = mem_zalloc(1, sizeof *f);
    f->base.ops = &ops;
    f->base.dim = dim;
    snprintf(f->base.id, sizeof f->base.id, "fake-%d", dim);
    return f;
}

#endif

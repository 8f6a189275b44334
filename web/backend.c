#include "base/base.h"

#include "base/mem.h"
#include "base/progress.h"
#include "base/str.h"
#include "index/embedder_centred.h"
#include "index/load.h"
#include "matcher/weights.h"
#include "web/backend.h"
#include "web/messages.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODEL_FILE "e5-small-q4.bin"

enum {
    EMBED_STEP = 256 /* texts between two looks at the progress */
};

/* ---- the model ------------------------------------------------------------------------------- */

/* DIR-OF-BINARY/model/FILE if it is there. /proc knows the binary even when PATH found it. */
static const char *beside_binary(const char *program, char buf[PATH_MAX])
{
    char binary[PATH_MAX];
    if (!realpath("/proc/self/exe", binary) && !realpath(program, binary)) return NULL;
    char *slash = strrchr(binary, '/');
    if (!slash) return NULL;
    *slash = '\0';
    struct str path;
    str_init(&path);
    str_addf(&path, "%s/model/" MODEL_FILE, binary);
    bool there = path.len < PATH_MAX && access(path.data, F_OK) == 0;
    if (there) memcpy(buf, path.data, path.len + 1);
    str_free(&path);
    return there ? buf : NULL;
}

static const char *find_model(const struct backend_options *o, char buf[PATH_MAX])
{
    const char *named = o->model ? o->model : getenv("HONGNIANG_MODEL");
    if (named && *named) return named;
    if (beside_binary(o->program, buf)) return buf;
    return HONGNIANG_PREFIX "/share/hongniang/" MODEL_FILE;
}

int backend_open_model(const struct backend_options *o, struct pool *pool, struct embedder **out,
                       struct err *err)
{
    char buf[PATH_MAX];
    *out = embedder_open_e5(find_model(o, buf), pool, err);
    return *out ? 0 : -1;
}

/* ---- all of it ------------------------------------------------------------------------------- */

int backend_open(struct backend *b, const struct backend_options *o, struct err *no_model,
                 struct err *err)
{
    memset(b, 0, sizeof *b);
    b->pool = pool_new(o->threads);
    if (backend_open_model(o, b->pool, &b->embedder, no_model)) {
        if (no_model->kind != ERR_UNAVAILABLE) {
            *err = *no_model;
            return -1;
        }
    } else {
        b->embedder = embedder_open_centred(b->embedder);
        b->cache =
            vector_cache_open(o->cache_dir, embedder_id(b->embedder), embedder_dim(b->embedder));
        embedder_centred_remember(b->embedder, b->cache);
    }
    b->dir = o->cache_dir;
    b->engine = engine_new(b->embedder, b->cache, b->pool);
    b->matcher = matcher_new(b->embedder, b->cache);
    return 0;
}

void backend_close(struct backend *b)
{
    if (b->matcher) matcher_free(b->matcher);
    if (b->engine) engine_free(b->engine);
    if (b->embedder) embedder_free(b->embedder);
    if (b->cache) vector_cache_free(b->cache);
    if (b->pool) pool_free(b->pool);
    memset(b, 0, sizeof *b);
}

int backend_weights(struct backend *b, const char *dir, const char *file, struct err *err)
{
    struct weights w;
    struct str path;
    int rc = 0;
    str_init(&path);
    str_addf(&path, "%s/" WEIGHTS_FILE, dir ? dir : ".");
    if (file || (dir && access(path.data, F_OK) == 0))
        rc = weights_read(file ? file : path.data, &w, err);
    else
        weights_builtin(&w);
    if (rc == 0) matcher_use_weights(b->matcher, &w);
    str_free(&path);
    return rc;
}

/* ---- loading --------------------------------------------------------------------------------- */

int backend_load(struct backend *b, struct store *s, struct err *err)
{
    struct load l = {.store = s, .engine = b->engine, .begun = -1};
    int64_t seq;
    if (b->dir) engine_keep(b->engine, b->dir);
    return load_all(&l, &seq, err);
}

int backend_embed(struct backend *b, enum lang lang, struct err *err)
{
    size_t missing, total, done, so_far = 0;
    if (!b->embedder) return 0;
    engine_embed_state(b->engine, &missing, &total);
    struct progress bar;
    char label[64];
    progress_init(&bar, lang, msg_render(label, sizeof label, lang, MSG_EMBEDDING), missing);
    long left = missing ? 1 : 0;
    while (left > 0) {
        left = engine_embed_step(b->engine, EMBED_STEP, &done, err);
        so_far += done;
        progress_show(&bar, so_far);
    }
    progress_end(&bar);
    return left < 0 ? -1 : 0;
}

/* Looks until it finds one; sample data is loaded first, so that is soon. */
int backend_find(const struct snapshot *s, enum kind kind, const char *id,
                 const struct record **out, struct err *err)
{
    uint32_t ord = snapshot_find(s, kind, id);
    *out = ord != UINT32_MAX ? snapshot_record(s, kind, ord) : NULL;
    size_t size = *out ? 0 : snapshot_size(s, kind);
    for (uint32_t i = 0; i < size; i++) {
        const char *theirs = snapshot_id(s, kind, i);
        if (!theirs || strcmp(theirs, id) != 0) continue;
        const struct record *r = snapshot_record(s, kind, i);
        if (*out) return err_set(err, ERR_INVALID, MSG_ID_AMBIGUOUS, id, (*out)->uid, r->uid);
        *out = r;
    }
    return *out ? 0 : err_set(err, ERR_NOT_FOUND, MSG_NO_RECORD, id);
}

bool backend_has_sample(struct backend *b)
{
    const struct snapshot *s = engine_acquire(b->engine);
    bool found = false;
    for (int kind = 0; kind < KIND_COUNT && !found; kind++)
        found = snapshot_has_source(s, (enum kind)kind, "sample");
    snapshot_release(s);
    return found;
}

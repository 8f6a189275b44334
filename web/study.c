#include "base/base.h"

#include "matcher/precedent.h"
#include "web/messages.h"
#include "web/study.h"

#include <string.h>

/* An introduction speaks of the capability it was about, or else of the organisation. */
static int add_introductions(struct study *st, struct err *err)
{
    struct graded_pair *pairs;
    struct arena arena;
    size_t n = 0;
    arena_init(&arena);
    int rc = precedent_pairs(st->store, &arena, &pairs, &n, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const struct graded_pair *p = &pairs[i];
        if (p->capability || p->org)
            graded_add(&st->known, st->snapshot, p->need,
                       p->capability ? KIND_CAPABILITY : KIND_ORG,
                       p->capability ? p->capability : p->org, (float)p->grade);
    }
    st->introductions = n;
    arena_free(&arena);
    return rc;
}

static int read_known(struct study *st, const struct cli *cli, const struct strings *pairs,
                      bool introductions, struct err *err)
{
    struct graded_set *known = &st->known;
    for (size_t i = 0; i < pairs->len; i++)
        if (graded_read(known, st->snapshot, pairs->at[i], err)) return -1;
    if (introductions && add_introductions(st, err)) return -1;
    graded_finish(known, st->snapshot);
    if (known->unknown) msg_print(cli->lang, MSG_PAIRS_UNKNOWN, known->unknown, known->unknown_id);
    if (known->contradictions) msg_print(cli->lang, MSG_PAIRS_CONTRADICT, known->contradictions);
    return 0;
}

int study_open(struct study *st, const struct cli *cli, const char *dir, const char *model,
               const struct strings *pairs, bool introductions, struct err *err)
{
    struct err no_model = {0};
    struct backend_options o = {.program = cli->program, .model = model, .cache_dir = dir};
    memset(st, 0, sizeof *st);
    if (!(st->store = store_open(dir, STORE_READ, err))) return -1;
    if (backend_open(&st->backend, &o, &no_model, err)) return -1;
    if (no_model.kind) {
        err_print(&no_model, cli->lang);
        msg_print(cli->lang, MSG_LEXICAL_ONLY);
    }
    if (backend_weights(&st->backend, dir, NULL, err)) return -1;
    if (backend_load(&st->backend, st->store, err)) return -1;
    if (backend_embed(&st->backend, cli->lang, err)) return -1;
    st->snapshot = engine_acquire(st->backend.engine);
    st->analyzer = analyzer_new();
    return read_known(st, cli, pairs, introductions, err);
}

void study_close(struct study *st)
{
    graded_free(&st->known);
    if (st->analyzer) analyzer_free(st->analyzer);
    if (st->snapshot) snapshot_release(st->snapshot);
    backend_close(&st->backend);
    if (st->store) store_close(st->store);
}

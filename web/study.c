#include "base/base.h"

#include "matcher/precedent.h"
#include "web/messages.h"
#include "web/study.h"

#include <string.h>

/* An introduction speaks of the capability it was about, or else of the organisation. */
static void add_pair(struct study *st, const char *need, const char *capability, const char *org,
                     float grade)
{
    if (capability || org)
        graded_add(&st->known, st->snapshot, need, capability ? KIND_CAPABILITY : KIND_ORG,
                   capability ? capability : org, grade);
}

static int add_ungraded(void *ctx, struct record *r, struct err *err)
{
    (void)err;
    if (precedent_grade(r) < 0)
        add_pair(ctx, r->value[FIELD_NEED_ID], r->value[FIELD_CAPABILITY_ID],
                 r->n_owners ? r->owners[0] : NULL, GRADE_NONE);
    return 0;
}

static int add_introductions(struct study *st, bool all, struct err *err)
{
    struct store_query q = {.kind = KIND_INTRODUCTION};
    struct graded_pair *pairs;
    struct arena arena;
    arena_init(&arena);
    int rc = precedent_pairs(st->store, &arena, &pairs, &st->introductions, err);
    for (size_t i = 0; rc == 0 && i < st->introductions; i++)
        add_pair(st, pairs[i].need, pairs[i].capability, pairs[i].org, (float)pairs[i].grade);
    if (rc == 0 && all) rc = store_list(st->store, &q, &arena, add_ungraded, st, err);
    arena_free(&arena);
    return rc;
}

static int read_known(struct study *st, const struct cli *cli, const struct strings *pairs,
                      enum introductions introductions, struct err *err)
{
    struct graded_set *known = &st->known;
    for (size_t i = 0; i < pairs->len; i++)
        if (graded_read(known, st->snapshot, pairs->at[i], err)) return -1;
    if (introductions != INTRODUCTIONS_NONE &&
        add_introductions(st, introductions == INTRODUCTIONS_ALL, err))
        return -1;
    graded_finish(known, st->snapshot);
    if (known->unknown) msg_print(cli->lang, MSG_PAIRS_UNKNOWN, known->unknown, known->unknown_id);
    if (known->contradictions) msg_print(cli->lang, MSG_PAIRS_CONTRADICT, known->contradictions);
    return 0;
}

int study_open(struct study *st, const struct cli *cli, const char *dir, const char *model,
               const struct strings *pairs, enum introductions introductions, struct err *err)
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

#include "base/base.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "index/load.h"

#include <string.h>

enum {
    AT_ONCE = 2000, /* records of one update: bounds the memory beside the index */
    MARKED = 64     /* changes that tell one database from another */
};

struct batch {
    struct load *load;
    struct arena arena;
    VEC(const struct record *) records;
    int64_t seq; /* of the last change seen */
};

static void batch_init(struct batch *b, struct load *l)
{
    memset(b, 0, sizeof *b);
    b->load = l;
    arena_init(&b->arena);
}

static void batch_free(struct batch *b)
{
    vec_free(&b->records);
    arena_free(&b->arena);
}

static void batch_apply(struct batch *b, int64_t seq)
{
    engine_update(b->load->engine, b->records.at, b->records.len, seq);
    b->records.len = 0;
    arena_reset(&b->arena);
}

static bool go_on(const struct load *l)
{
    return !l->go_on || l->go_on(l->ctx);
}

/* ---- which database it is -------------------------------------------------------------------- */

struct marking {
    struct arena *arena;
    uint64_t hash;
    int64_t seq;
};

static uint64_t add_text(uint64_t hash, const char *s)
{
    return s ? hash_long(hash, s, strlen(s) + 1) : hash_long(hash, "", 0);
}

static int mark_one(void *ctx, const struct change *c, struct err *err)
{
    (void)err;
    struct marking *m = ctx;
    const int64_t numbers[] = {c->seq, c->rev, (int64_t)c->kind};
    m->hash = hash_long(m->hash, numbers, sizeof numbers);
    const char *const texts[] = {c->at, c->actor, c->action, c->uid, c->before, c->after};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) m->hash = add_text(m->hash, texts[i]);
    m->seq = c->seq;
    arena_reset(m->arena);
    return 0;
}

/* A hash of the changes up to seq: two histories that part before it do not agree in them, times
 * and all. 0 when there is no such change. */
static int read_mark(struct store *s, int64_t seq, uint64_t *mark, struct err *err)
{
    struct arena arena;
    struct marking m = {.arena = &arena};
    int64_t from = MAX(seq - MARKED, (int64_t)0);
    *mark = 0;
    if (seq <= 0) return 0;
    arena_init(&arena);
    int rc = store_changes(s, from, (size_t)(seq - from), &arena, mark_one, &m, err);
    if (rc == 0 && m.seq == seq) *mark = m.hash | 1;
    arena_free(&arena);
    return rc;
}

/* ---- changes --------------------------------------------------------------------------------- */

/* A change names a record; what the record is now is read once all changes are known. */
static int note_change(void *ctx, const struct change *c, struct err *err)
{
    (void)err;
    struct batch *b = ctx;
    struct record *gone = arena_zalloc(&b->arena, 1, sizeof *gone);
    gone->kind = c->kind;
    gone->uid = arena_strdup(&b->arena, c->uid);
    gone->deleted = true;
    vec_push(&b->records, gone);
    b->seq = c->seq;
    return 0;
}

/* Inside a transaction. */
static int some_changes(struct load *l, int64_t *seq, size_t most, size_t *n, struct err *err)
{
    struct batch b;
    batch_init(&b, l);
    int rc = store_changes(l->store, *seq, most, &b.arena, note_change, &b, err);
    for (size_t i = 0; rc == 0 && i < b.records.len; i++) {
        struct record *now;
        rc = store_get(l->store, b.records.at[i]->kind, b.records.at[i]->uid, &b.arena, &now, err);
        if (rc == 0 && now) b.records.at[i] = now;
    }
    *n = b.records.len;
    if (rc == 0 && *n) {
        batch_apply(&b, b.seq);
        *seq = b.seq;
    }
    batch_free(&b);
    return rc;
}

/* The engine is at seq: says so where that is all there is. Inside the transaction, so that no
 * record is newer. */
static int mark_engine(struct load *l, int64_t seq, struct err *err)
{
    int64_t newest;
    uint64_t mark;
    if (store_seq(l->store, &newest, err) != 0) return -1;
    if (newest != seq || read_mark(l->store, seq, &mark, err) != 0) return newest == seq ? -1 : 0;
    if (mark) engine_mark(l->engine, mark);
    return 0;
}

int load_changes(struct load *l, int64_t *seq, size_t most, size_t *n, struct err *err)
{
    int64_t newest;
    *n = 0;
    int rc = store_seq(l->store, &newest, err);
    if (rc != 0 || newest == *seq) return rc;
    if (store_begin(l->store, err) != 0) return -1;
    rc = some_changes(l, seq, most, n, err);
    if (rc == 0) rc = mark_engine(l, *seq, err);
    store_rollback(l->store); /* it only read */
    return rc;
}

/* ---- everything ------------------------------------------------------------------------------ */

static int load_one(void *ctx, struct record *r, struct err *err)
{
    (void)err;
    struct batch *b = ctx;
    vec_push(&b->records, r);
    if (b->records.len < AT_ONCE) return 0;
    batch_apply(b, 0);
    return go_on(b->load) ? 0 : 1;
}

/* All records. When it fails half-way and is tried again, the changes since the first try are
 * followed, so that a record deleted in between does not stay. */
static int load_records(struct load *l, int64_t *seq, struct err *err)
{
    struct batch b;
    batch_init(&b, l);
    bool again = l->begun >= 0;
    int rc = store_seq(l->store, seq, err);
    if (rc == 0 && again) *seq = l->begun;
    l->begun = *seq;
    for (int kind = 0; rc == 0 && kind < KIND_COUNT && go_on(l); kind++) {
        struct store_query q = {.kind = (enum kind)kind};
        rc = store_list(l->store, &q, &b.arena, load_one, &b, err);
        if (rc == 0) batch_apply(&b, 0);
    }
    batch_free(&b);
    if (rc != 0 || !go_on(l)) return rc;
    engine_loaded(l->engine);
    engine_update(l->engine, NULL, 0, *seq);
    return again ? 0 : mark_engine(l, *seq, err);
}

/* What was kept, if it is of this database. *seq is where the engine is then, or 0. */
static int restore(struct load *l, int64_t *seq, struct err *err)
{
    int64_t kept, newest;
    uint64_t theirs, mark;
    *seq = 0;
    if (!engine_kept(l->engine, &kept, &theirs)) return 0;
    if (store_seq(l->store, &newest, err) != 0) return -1;
    if (newest < kept) return 0;
    if (read_mark(l->store, kept, &mark, err) != 0) return -1;
    if (mark != theirs) return 0;
    engine_restore(l->engine);
    *seq = kept;
    return 0;
}

int load_all(struct load *l, int64_t *seq, struct err *err)
{
    if (store_begin(l->store, err) != 0) return -1;
    const struct snapshot *s = engine_acquire(l->engine);
    *seq = snapshot_seq(s); /* not 0: an earlier call restored what was kept */
    snapshot_release(s);
    int rc = 0;
    if (*seq == 0 && l->begun < 0) rc = restore(l, seq, err);
    if (rc == 0 && *seq == 0) {
        rc = load_records(l, seq, err);
    } else {
        for (size_t n = 1; rc == 0 && n && go_on(l);) rc = some_changes(l, seq, AT_ONCE, &n, err);
        if (rc == 0) rc = mark_engine(l, *seq, err);
    }
    store_rollback(l->store); /* it only read */
    return rc;
}

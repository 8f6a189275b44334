#include "base/base.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/vec.h"
#include "index/kept.h"
#include "index/snapshot.h"

#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    EMBED_AT_ONCE = 64, /* texts handed to the encoder together */
    /* Of fewer documents nothing is kept in files: loading them takes half a second. */
    KEPT_LEAST = MERGE_AT_ONCE,
    /* After so many texts were embedded, their places are kept at once. */
    KEPT_EMBEDDED = 4096
};

struct engine {
    struct embedder *embedder;
    struct vector_cache *cache;
    int dim;
    pthread_mutex_t writer;     /* held while a snapshot is made; guards what follows */
    struct segment_tools tools; /* analyzers, handles and pieces are the engine's */
    int n_analyzers;
    size_t busy[KIND_COUNT]; /* so many segments may not move: some of them are being merged */
    struct kept *kept;       /* NULL: nothing is kept in files */
    bool restoring;          /* records that come are looked for in the files */
    bool save;               /* the snapshot is to be kept as soon as it has a mark */
    uint64_t saved;          /* the generation that was kept last */
    uint64_t saved_vectors;
    size_t embedded;  /* texts since then */
    pthread_t merger; /* there to be joined once `merging` */
    bool merging, closing;
    pthread_cond_t merge, merged; /* something may be to merge or save; something was merged */
    pthread_mutex_t lock;         /* guards `current`, for an instant */
    struct snapshot *current;
    atomic_uint_fast64_t vectors_generation;
};

/* ---- texts and their vectors ----------------------------------------------------------------- */

/* The side a kind of record is embedded as: who seeks asks, who offers is found. */
static enum embed_kind side_of(enum kind kind)
{
    return kind == KIND_NEED || kind == KIND_BOTTLENECK ? EMBED_QUERY : EMBED_PASSAGE;
}

struct text_place {
    struct segment *segment;
    uint32_t row;
    enum part part;
    enum kind kind;
};

static const char *text_at(const struct text_place *at, struct arena *arena)
{
    const struct record *r = documents_read(at->segment->documents, at->row, arena);
    return at->part == PART_TITLE ? record_title(r) : document_text(r, arena);
}

/* A document without further text has one vector, kept under both parts; that of the title comes
 * last, as who has it is not asked for the other. lent: where the cache has it, or NULL. */
static void set_vector(const struct text_place *at, const float *lent, const float *vector)
{
    int last = at->segment->documents->texts[at->row] == 1 ? PART_ALL : (int)at->part;
    for (int part = last; part >= (int)at->part; part--) {
        if (segment_vector(at->segment, (enum part)part, at->row)) continue;
        if (lent)
            segment_lend_vector(at->segment, (enum part)part, at->row, lent);
        else
            segment_set_vector(at->segment, (enum part)part, at->row, vector);
    }
}

/* Gives new documents the vectors that are known: an edit that leaves a text as it is, or a start,
 * embeds nothing. live NULL: all rows are there. */
static void take_from_cache(struct engine *e, struct segment *s, const uint8_t *live)
{
    if (!e->dim) return;
    struct arena arena;
    arena_init(&arena);
    float *vector = mem_alloc((size_t)e->dim, sizeof *vector);
    for (uint32_t row = 0; row < s->rows; row++) {
        enum kind kind = s->documents->kind;
        for (int part = 0; (!live || live[row]) && part < s->documents->texts[row]; part++) {
            struct text_place at = {s, row, (enum part)part, kind};
            struct vector_key key = vector_key(side_of(kind), text_at(&at, &arena));
            const float *lent = vector_cache_lend(e->cache, &key);
            if (lent || vector_cache_get(e->cache, &key, vector)) set_vector(&at, lent, vector);
        }
        arena_reset(&arena);
    }
    free(vector);
    arena_free(&arena);
}

/* ---- updates --------------------------------------------------------------------------------- */

static int ascending(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return (a > b) - (a < b);
}

/* The documents of one kind after an update; NULL when it has nothing of this kind. */
static struct shelf *update_kind(struct engine *e, enum kind kind,
                                 const struct record *const *records, size_t n)
{
    const struct snapshot *old = e->current; /* only who holds `writer` replaces it */
    struct map *last = map_new();            /* uid -> the last record with it */
    for (size_t i = 0; i < n; i++)
        if (records[i]->kind == kind)
            map_set(last, records[i]->uid, strlen(records[i]->uid), (uint32_t)i);
    if (!map_count(last)) {
        map_free(last);
        return NULL;
    }
    VEC(const struct record *) fresh = {0};
    VEC(uint32_t) dead = {0};
    for (size_t i = 0; i < n; i++) {
        const struct record *r = records[i];
        if (r->kind != kind || map_get(last, r->uid, strlen(r->uid)) != (uint32_t)i) continue;
        uint32_t ord = snapshot_find(old, kind, r->uid);
        if (ord != UINT32_MAX) vec_push(&dead, ord);
        if (r->deleted) continue;
        if (!e->restoring || !kept_take(e->kept, r)) vec_push(&fresh, r);
    }
    struct segment *segment = NULL;
    if (fresh.len) {
        segment = segment_new(fresh.at, (uint32_t)fresh.len, kind, &e->tools);
        take_from_cache(e, segment, NULL);
    }
    if (dead.len) qsort(dead.at, dead.len, sizeof *dead.at, ascending);
    struct shelf *s =
        shelf_update(old->shelves[kind], dead.at, dead.len, segment, e->busy[kind], &e->tools);
    vec_free(&fresh);
    vec_free(&dead);
    map_free(last);
    return s;
}

/* ---- the engine ------------------------------------------------------------------------------ */

static struct snapshot *snapshot_blank(const struct engine *e)
{
    struct snapshot *s = mem_zalloc(1, sizeof *s);
    atomic_init(&s->refs, 1);
    s->dim = e->dim;
    s->pool = e->tools.pool;
    s->pieces = e->tools.pieces;
    s->scales = mem_zalloc(1, sizeof *s->scales);
    return s;
}

struct engine *engine_new(struct embedder *embedder, struct vector_cache *cache, struct pool *pool)
{
    struct engine *e = mem_zalloc(1, sizeof *e);
    e->embedder = embedder;
    e->cache = cache;
    e->dim = embedder ? embedder_dim(embedder) : 0;
    e->n_analyzers = pool ? pool_threads(pool) : 1;
    struct analyzer **analyzers = mem_alloc((size_t)e->n_analyzers, sizeof *analyzers);
    for (int i = 0; i < e->n_analyzers; i++) analyzers[i] = analyzer_new();
    e->tools = (struct segment_tools){
        e->dim, map_new(), pieces_new(embedder), pool, analyzers,
    };
    atomic_init(&e->vectors_generation, 0);
    pthread_mutex_init(&e->writer, NULL);
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->merge, NULL);
    pthread_cond_init(&e->merged, NULL);
    struct snapshot *s = snapshot_blank(e);
    for (int kind = 0; kind < KIND_COUNT; kind++) s->shelves[kind] = shelf_empty();
    s->links = links_new(s->shelves, 0);
    e->current = s;
    return e;
}

const struct snapshot *engine_acquire(struct engine *e)
{
    pthread_mutex_lock(&e->lock);
    struct snapshot *s = e->current;
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    pthread_mutex_unlock(&e->lock);
    return s;
}

/* Makes s the current snapshot: those of its shelves that are NULL are as before. */
static void publish(struct engine *e, struct snapshot *s, int64_t seq, uint64_t mark, bool relink)
{
    struct snapshot *old = e->current;
    s->seq = seq;
    s->mark = mark;
    s->generation = old->generation + 1;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (s->shelves[kind]) continue;
        s->shelves[kind] = old->shelves[kind];
        atomic_fetch_add_explicit(&s->shelves[kind]->refs, 1, memory_order_relaxed);
    }
    if (relink) {
        s->links = links_new(s->shelves, map_count(e->tools.handles));
    } else {
        s->links = old->links;
        atomic_fetch_add_explicit(&s->links->refs, 1, memory_order_relaxed);
    }
    pthread_mutex_lock(&e->lock);
    e->current = s;
    pthread_mutex_unlock(&e->lock);
    snapshot_release(old);
}

/* Do the links depend on where documents of the kind are? */
static bool linked(int kind)
{
    return kind != KIND_BOTTLENECK && kind_is_searched(kind);
}

/* ---- merging in the background --------------------------------------------------------------- */

static bool next_merge(const struct engine *e, int *kind, size_t *from, size_t *to)
{
    for (*kind = 0; *kind < KIND_COUNT; ++*kind)
        if (shelf_wants_merge(e->current->shelves[*kind], from, to)) return true;
    return false;
}

/* One merge, `writer` held at the start and at the end, but not in between: updates go on. */
static void merge_one(struct engine *e, int kind, size_t from, size_t to)
{
    struct shelf *then = e->current->shelves[kind];
    atomic_fetch_add_explicit(&then->refs, 1, memory_order_relaxed);
    e->busy[kind] = to;
    pthread_mutex_unlock(&e->writer);

    const uint8_t *keep[SHELF_SEGMENTS];
    for (size_t i = from; i < to; i++) keep[i - from] = then->live + then->first[i];
    uint32_t rows = 0;
    for (size_t i = from; i < to; i++) rows += then->segment_live[i];
    bool keep_it = rows > MERGE_AT_ONCE && e->kept && kept_may_write(e->kept);
    struct segment *merged = segment_merge(then->segments + from, keep, to - from, e->tools.pieces,
                                           keep_it ? kept_dir(e->kept) : NULL);

    pthread_mutex_lock(&e->writer);
    struct snapshot *s = snapshot_blank(e);
    s->shelves[kind] =
        shelf_put_merged(e->current->shelves[kind], from, to, then, merged, &e->tools);
    e->busy[kind] = 0;
    e->save = e->save || keep_it;
    publish(e, s, e->current->seq, e->current->mark, linked(kind));
    for (size_t i = from; keep_it && i < to; i++) kept_forget(e->kept, then->segments[i]);
    shelf_release(then);
    pthread_cond_broadcast(&e->merged);
}

/* ---- keeping in files ------------------------------------------------------------------------ */

static bool is_large(const struct snapshot *s)
{
    size_t live = 0;
    for (int kind = 0; kind < KIND_COUNT; kind++) live += s->shelves[kind]->n_live;
    return live >= (size_t)KEPT_LEAST;
}

/* Is there something to be kept, now that it can be? At the end, whatever is new. */
static bool wants_save(struct engine *e)
{
    const struct snapshot *s = e->current;
    if (!e->kept || !s->mark || !is_large(s)) return false;
    bool news = s->generation != e->saved || engine_vectors_generation(e) != e->saved_vectors;
    return news && (e->save || e->closing) && kept_may_write(e->kept);
}

/* `writer` is held at the start and at the end, but not in between: updates go on. */
static void save(struct engine *e)
{
    uint64_t vectors = engine_vectors_generation(e);
    struct snapshot *s = e->current;
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    e->save = false;
    e->embedded = 0;
    e->saved = s->generation;
    e->saved_vectors = vectors;
    pthread_mutex_unlock(&e->writer);
    kept_save(e->kept, s, e->cache);
    pthread_mutex_lock(&e->writer);
    snapshot_release(s);
}

static void *merger_main(void *arg)
{
    struct engine *e = arg;
    int kind;
    size_t from, to;
    /* Of two cores the merge takes what is left. A thread has a priority of its own on Linux. */
    setpriority(PRIO_PROCESS, (id_t)gettid(), 10);
    pthread_mutex_lock(&e->writer);
    while (!e->closing) {
        if (next_merge(e, &kind, &from, &to))
            merge_one(e, kind, from, to);
        else if (wants_save(e))
            save(e);
        else
            pthread_cond_wait(&e->merge, &e->writer);
    }
    pthread_mutex_unlock(&e->writer);
    return NULL;
}

/* Sees that what is to be merged or saved will be: by the thread, which is there from the first
 * time on, or here when there can be none. */
static void see_to_merging(struct engine *e)
{
    int kind;
    size_t from, to;
    for (bool merge; (merge = next_merge(e, &kind, &from, &to)) || wants_save(e);) {
        if (!e->merging) e->merging = pthread_create(&e->merger, NULL, merger_main, e) == 0;
        if (e->merging) {
            pthread_cond_signal(&e->merge);
            return;
        }
        if (merge)
            merge_one(e, kind, from, to);
        else
            save(e);
    }
}

void engine_free(struct engine *e)
{
    if (!e) return;
    pthread_mutex_lock(&e->writer);
    e->closing = true;
    pthread_cond_signal(&e->merge);
    pthread_mutex_unlock(&e->writer);
    if (e->merging) pthread_join(e->merger, NULL);
    pthread_mutex_lock(&e->writer);
    if (wants_save(e)) save(e);
    pthread_mutex_unlock(&e->writer);
    snapshot_release(e->current);
    pthread_cond_destroy(&e->merge);
    pthread_cond_destroy(&e->merged);
    pthread_mutex_destroy(&e->lock);
    pthread_mutex_destroy(&e->writer);
    kept_free(e->kept);
    pieces_free(e->tools.pieces);
    map_free(e->tools.handles);
    for (int i = 0; i < e->n_analyzers; i++) analyzer_free(e->tools.analyzers[i]);
    free((void *)(uintptr_t)e->tools.analyzers);
    free(e);
}

/* An update needs room for a segment; it waits only where the merging is far behind. */
static void wait_for_room(struct engine *e)
{
    for (int kind = 0; kind < KIND_COUNT; kind++)
        while (e->merging && e->current->shelves[kind]->n_segments >= SHELF_SEGMENTS - 1)
            pthread_cond_wait(&e->merged, &e->writer);
}

void engine_settle(struct engine *e)
{
    int kind;
    size_t from, to;
    pthread_mutex_lock(&e->writer);
    while (next_merge(e, &kind, &from, &to)) pthread_cond_wait(&e->merged, &e->writer);
    pthread_mutex_unlock(&e->writer);
}

void engine_update(struct engine *e, const struct record *const *records, size_t n, int64_t seq)
{
    pthread_mutex_lock(&e->writer);
    wait_for_room(e);
    struct snapshot *s = snapshot_blank(e);
    bool relink = false;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        s->shelves[kind] = update_kind(e, (enum kind)kind, records, n);
        relink = relink || (s->shelves[kind] && linked(kind));
    }
    publish(e, s, seq, 0, relink);
    see_to_merging(e);
    pthread_mutex_unlock(&e->writer);
}

/* ---- what was kept --------------------------------------------------------------------------- */

void engine_keep(struct engine *e, const char *dir)
{
    pthread_mutex_lock(&e->writer);
    kept_free(e->kept);
    e->kept = kept_open(dir, e->embedder ? embedder_id(e->embedder) : NULL, &e->tools);
    e->restoring = true;
    pthread_mutex_unlock(&e->writer);
}

bool engine_kept(struct engine *e, int64_t *seq, uint64_t *mark)
{
    pthread_mutex_lock(&e->writer);
    bool there = e->kept && kept_state(e->kept, seq, mark);
    pthread_mutex_unlock(&e->writer);
    return there;
}

/* Puts the segments that were kept among the others, with the rows that are live. */
static void take_kept(struct engine *e, bool again, int64_t seq, uint64_t mark)
{
    struct snapshot *s = snapshot_blank(e);
    struct kept_segment x;
    bool some = false;
    while (kept_next(e->kept, &x)) {
        uint32_t n = 0;
        enum kind kind = x.segment->documents->kind;
        for (uint32_t row = 0; row < x.segment->rows; row++) {
            /* A row that came again with another text, while a load was tried again, is gone. */
            if (again)
                x.live[row] = x.again[row] &&
                              snapshot_find(e->current, kind,
                                            documents_uid(x.segment->documents, row)) == UINT32_MAX;
            n += x.live[row] != 0;
        }
        struct shelf *now = s->shelves[kind] ? s->shelves[kind] : e->current->shelves[kind];
        if (n && now->n_segments < SHELF_SEGMENTS - 1) {
            if (!segment_read_codes(x.segment, kept_dir(e->kept), e->cache)) {
                take_from_cache(e, x.segment, x.live);
                e->save = e->save || e->dim;
            }
            for (uint32_t row = 0; row < x.segment->rows; row++)
                if (!x.live[row]) segment_expect_none(x.segment, row);
            struct shelf *more = shelf_insert(now, x.segment, x.live, &e->tools);
            shelf_release(s->shelves[kind]);
            s->shelves[kind] = more;
            some = true;
        } else {
            segment_release(x.segment);
        }
        free(x.live);
        free(x.again);
    }
    publish(e, s, seq, mark, some);
}

void engine_restore(struct engine *e)
{
    int64_t seq;
    uint64_t mark;
    pthread_mutex_lock(&e->writer);
    if (kept_state(e->kept, &seq, &mark)) {
        e->restoring = false;
        take_kept(e, false, seq, mark);
        if (!e->save) e->saved = e->current->generation;
        e->saved_vectors = engine_vectors_generation(e);
    }
    see_to_merging(e);
    pthread_mutex_unlock(&e->writer);
}

void engine_loaded(struct engine *e)
{
    pthread_mutex_lock(&e->writer);
    if (e->restoring) {
        e->restoring = false;
        for (int kind = 0; kind < KIND_COUNT; kind++)
            while (e->busy[kind]) pthread_cond_wait(&e->merged, &e->writer);
        take_kept(e, true, e->current->seq, 0);
        e->save = true;
    }
    see_to_merging(e);
    pthread_mutex_unlock(&e->writer);
}

/* Of one segment: 1, 0 damaged, -1 told not to go on. What every question reads comes first, as it
 * is in memory then. */
static int check_segment(struct engine *e, const struct segment *s,
                         bool (*go_on)(void *ctx, size_t bytes), void *ctx)
{
    const struct sections *files[] = {lexical_file(s->lexical),
                                      s->pieces ? pieces_rows_block(s->pieces) : NULL,
                                      s->documents->block};
    int rc = segment_check_vectors(s, e->cache, go_on, ctx);
    for (size_t i = 0; rc == 1 && i < ARRAY_LEN(files); i++)
        if (files[i] && sections_mapped(files[i])) rc = sections_check(files[i], go_on, ctx);
    return rc;
}

int engine_check(struct engine *e, bool (*go_on)(void *ctx, size_t bytes), void *ctx)
{
    const struct snapshot *s = engine_acquire(e);
    int rc = 1;
    for (int kind = 0; kind < KIND_COUNT; kind++)
        for (size_t i = 0; rc == 1 && i < s->shelves[kind]->n_segments; i++) {
            const struct segment *segment = s->shelves[kind]->segments[i];
            rc = check_segment(e, segment, go_on, ctx);
            if (rc == 0)
                log_error("index", "damaged segment=%016llx",
                          (unsigned long long)segment->documents->seed);
        }
    snapshot_release(s);
    return rc;
}

void engine_reset(struct engine *e)
{
    pthread_mutex_lock(&e->writer);
    for (int kind = 0; kind < KIND_COUNT; kind++)
        while (e->busy[kind]) pthread_cond_wait(&e->merged, &e->writer);
    struct snapshot *s = snapshot_blank(e);
    for (int kind = 0; kind < KIND_COUNT; kind++) s->shelves[kind] = shelf_empty();
    publish(e, s, 0, 0, true);
    e->restoring = e->kept != NULL;
    if (e->kept) kept_discard(e->kept);
    pthread_mutex_unlock(&e->writer);
}

void engine_mark(struct engine *e, uint64_t mark)
{
    pthread_mutex_lock(&e->writer);
    if (!e->current->mark) e->current->mark = mark;
    see_to_merging(e);
    pthread_mutex_unlock(&e->writer);
}

/* ---- the embedding job ----------------------------------------------------------------------- */

/* Walks the texts without a vector in a fixed order: by kind, row, title before the whole. Start
 * with {.s = s}. */
struct missing {
    const struct snapshot *s;
    int kind;
    size_t segment;
    uint32_t row;
    int part;
};

static bool next_missing(struct missing *m, struct text_place *at)
{
    for (; m->kind < KIND_COUNT; m->kind++, m->segment = 0) {
        const struct shelf *shelf = m->s->shelves[m->kind];
        for (; m->segment < shelf->n_segments; m->segment++, m->row = 0) {
            struct segment *s = shelf->segments[m->segment];
            for (; m->row < s->rows; m->row++, m->part = 0) {
                if (!shelf->live[shelf->first[m->segment] + m->row]) continue;
                while (m->part < s->documents->texts[m->row]) {
                    enum part part = (enum part)m->part++;
                    if (segment_vector(s, part, m->row)) continue;
                    *at = (struct text_place){s, m->row, part, (enum kind)m->kind};
                    return true;
                }
            }
        }
    }
    return false;
}

static void count_texts(const struct snapshot *s, size_t *missing, size_t *total)
{
    struct missing m = {.s = s};
    struct text_place at;
    *missing = *total = 0;
    if (!s->dim) return;
    while (next_missing(&m, &at)) ++*missing;
    for (int kind = 0; kind < KIND_COUNT; kind++) *total += s->shelves[kind]->texts;
}

void engine_embed_state(struct engine *e, size_t *missing, size_t *total)
{
    const struct snapshot *s = engine_acquire(e);
    count_texts(s, missing, total);
    snapshot_release(s);
}

uint64_t engine_vectors_generation(struct engine *e)
{
    return atomic_load(&e->vectors_generation);
}

/* Embeds at most `limit` of the next missing texts of one side; *n is how many there were. */
static int embed_batch(struct engine *e, struct missing *m, size_t limit, size_t *n, size_t *done,
                       struct err *err)
{
    struct text_place at[EMBED_AT_ONCE];
    const char *texts[EMBED_AT_ONCE];
    struct arena arena;
    arena_init(&arena);
    size_t embedded = 0;
    for (*n = 0; *n < limit; ++*n) {
        struct missing before = *m;
        if (!next_missing(m, &at[*n])) break;
        if (*n && side_of(at[*n].kind) != side_of(at[0].kind)) {
            *m = before;
            break;
        }
        texts[*n] = text_at(&at[*n], &arena);
    }
    float *vectors = mem_alloc(*n * (size_t)e->dim, sizeof *vectors);
    int rc = *n == 0 ? 0
                     : vector_cache_embed(e->cache, e->embedder, side_of(at[0].kind), texts, *n,
                                          vectors, &embedded, err);
    for (size_t i = 0; rc == 0 && i < *n; i++) {
        struct vector_key key = vector_key(side_of(at[i].kind), texts[i]);
        set_vector(&at[i], vector_cache_lend(e->cache, &key), vectors + i * (size_t)e->dim);
    }
    if (rc == 0 && *n) atomic_fetch_add(&e->vectors_generation, 1);
    *done += embedded;
    free(vectors);
    arena_free(&arena);
    return rc;
}

/* An edit is kept with the next merge, or at the end; what took minutes is kept at once. */
static void note_embedded(struct engine *e, size_t done, bool last)
{
    pthread_mutex_lock(&e->writer);
    e->embedded += done;
    if (last && e->embedded >= (size_t)KEPT_EMBEDDED) {
        e->save = true;
        see_to_merging(e);
    }
    pthread_mutex_unlock(&e->writer);
}

long engine_embed_step(struct engine *e, size_t limit, size_t *done, struct err *err)
{
    *done = 0;
    if (!e->dim) return 0;
    const struct snapshot *s = engine_acquire(e);
    struct missing m = {.s = s};
    size_t left = limit ? limit : SIZE_MAX, n = 1;
    int rc = 0;
    for (; rc == 0 && left && n; left -= n)
        rc = embed_batch(e, &m, MIN(left, (size_t)EMBED_AT_ONCE), &n, done, err);
    snapshot_release(s);
    if (rc != 0) return -1;
    size_t missing, total;
    engine_embed_state(e, &missing, &total);
    if (*done) note_embedded(e, *done, missing == 0);
    return (long)missing;
}

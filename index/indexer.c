#include "base/base.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "corpus/store.h"
#include "index/indexer.h"
#include "index/load.h"
#include "index/messages.h"

#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    FOLLOW_AT_ONCE = 500, /* changes of one update */
    STEP_MAX = 64         /* texts of one embedding step */
};

#define POLL_SECONDS   0.2 /* how late a change made by another process may be seen */
#define RETRY_SECONDS  1.0 /* after an error */
#define REPORT_SECONDS 30.0
#define STEP_SECONDS   0.5   /* what an embedding step should not exceed */
#define CHECK_BYTES    400e6 /* a second, while what was kept is checked */

struct indexer {
    struct engine *engine;
    struct store *store; /* the follower's alone, as is the next */
    struct load load;
    pthread_t follower, embedder, checker;
    bool following, embedding, checking; /* the threads are there to be joined */
    pthread_mutex_t lock;                /* guards what follows */
    pthread_cond_t wake;                 /* the follower: poked or stopping */
    pthread_cond_t work;  /* the embedding thread: something may be missing, or stopping */
    pthread_cond_t moved; /* seq grew */
    pthread_cond_t check; /* the checking thread: stopping */
    bool stopping, poked, changed, ready, never;
    bool damaged; /* what was kept is not what was written: everything is to be loaded anew */
    int64_t seq;
    double rate;
    struct err store_error, embed_error;
};

/* ---- waiting --------------------------------------------------------------------------------- */

static struct timespec after(double seconds)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)seconds;
    t.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    if (t.tv_nsec >= 1000000000L) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000L;
    }
    return t;
}

/* Sleeps until *flag (which is cleared) or stopping or the time is over. Returns "go on". */
static bool wait_for(struct indexer *x, pthread_cond_t *cond, bool *flag, double seconds)
{
    struct timespec until = after(seconds);
    pthread_mutex_lock(&x->lock);
    while (!*flag && !x->stopping)
        if (pthread_cond_timedwait(cond, &x->lock, &until) != 0) break;
    *flag = false;
    bool go_on = !x->stopping;
    pthread_mutex_unlock(&x->lock);
    return go_on;
}

static bool stopping(struct indexer *x)
{
    pthread_mutex_lock(&x->lock);
    bool stop = x->stopping;
    pthread_mutex_unlock(&x->lock);
    return stop;
}

/* Keeps the outcome of a try, and logs an error once, not at every retry. */
static void note(struct indexer *x, struct err *slot, const char *what, const struct err *err)
{
    pthread_mutex_lock(&x->lock);
    bool news = err->kind != ERR_NONE && slot->kind == ERR_NONE;
    *slot = *err;
    pthread_mutex_unlock(&x->lock);
    if (news)
        log_error("index", "%s code=%s error=\"%s\"", what, err->code, err_text(err, LANG_EN));
}

/* ---- following the store --------------------------------------------------------------------- */

/* Tells who waits that the engine holds everything up to seq. */
static void advance(struct indexer *x, int64_t seq, bool loaded)
{
    pthread_mutex_lock(&x->lock);
    x->seq = seq;
    x->ready = x->ready || loaded;
    x->changed = true;
    pthread_cond_signal(&x->work);
    pthread_cond_broadcast(&x->moved);
    pthread_mutex_unlock(&x->lock);
}

static bool go_on(void *ctx)
{
    return !stopping(ctx);
}

static int load(struct indexer *x, struct err *err)
{
    double started = clock_seconds();
    int64_t seq;
    if (x->load.begun < 0) log_info("index", "loading");
    int rc = load_all(&x->load, &seq, err);
    if (rc != 0 || stopping(x)) return rc;
    advance(x, seq, true);
    struct indexer_state state;
    indexer_state(x, &state);
    log_info("index", "loaded records=%zu seq=%lld seconds=%.2f texts=%zu missing=%zu",
             state.records, (long long)seq, clock_seconds() - started, state.total, state.missing);
    return 0;
}

/* Applies the next changes; *n is how many there were. */
static int follow(struct indexer *x, size_t *n, struct err *err)
{
    int64_t seq = x->seq;
    int rc = load_changes(&x->load, &seq, FOLLOW_AT_ONCE, n, err);
    if (seq != x->seq) advance(x, seq, false);
    return rc;
}

/* Begins again without what was kept. */
static bool start_over(struct indexer *x)
{
    pthread_mutex_lock(&x->lock);
    bool damaged = x->damaged;
    if (damaged) {
        x->damaged = x->ready = false;
        x->seq = 0;
    }
    pthread_mutex_unlock(&x->lock);
    if (damaged) {
        engine_reset(x->engine);
        x->load.begun = -1;
    }
    return damaged;
}

static void *follower_main(void *arg)
{
    struct indexer *x = arg;
    bool loaded = false, go_on = true;
    while (go_on) {
        if (start_over(x)) loaded = false;
        struct err err = {0};
        size_t n = 0;
        int rc = loaded ? follow(x, &n, &err) : load(x, &err);
        loaded = loaded || rc == 0;
        note(x, &x->store_error, "store", &err);
        if (n == FOLLOW_AT_ONCE && rc == 0) /* there may be more */
            go_on = !stopping(x);
        else
            go_on = wait_for(x, &x->wake, &x->poked, rc == 0 ? POLL_SECONDS : RETRY_SECONDS);
    }
    return NULL;
}

/* ---- embedding ------------------------------------------------------------------------------- */

/* One run: from the first missing text to none missing. */
struct run {
    double started, reported;
    size_t done;
    bool under_way, large; /* large: worth a line in the log, unlike every edit of a record */
};

static void report(struct indexer *x, const struct run *run, const char *event, long missing)
{
    double seconds = clock_seconds() - run->started;
    double rate = run->done && seconds > 0 ? (double)run->done / seconds : 0.0;
    pthread_mutex_lock(&x->lock);
    x->rate = missing ? rate : 0.0;
    pthread_mutex_unlock(&x->lock);
    if (!event || !run->large) return;
    log_info("embed", "%s done=%zu missing=%ld rate=%.1f seconds=%.1f", event, run->done, missing,
             rate, seconds);
}

static void *embedder_main(void *arg)
{
    struct indexer *x = arg;
    struct run run = {0};
    bool go_on = true;
    size_t step = 8;
    while (go_on) {
        struct err err = {0};
        size_t done;
        double began = clock_seconds();
        long missing = engine_embed_step(x->engine, step, &done, &err);
        double now = clock_seconds();
        note(x, &x->embed_error, "embed", &err);
        if ((done || missing > 0) && !run.under_way) {
            run = (struct run){.started = began, .reported = now, .under_way = true};
            run.large = missing > STEP_MAX;
            report(x, &run, "started", missing);
        }
        run.done += done;
        if (missing > 0) {
            /* Short texts in larger steps, long ones in smaller: a step also delays the stop. */
            if (now - began > STEP_SECONDS && step > 1) step /= 2;
            if (now - began < STEP_SECONDS / 4 && step < STEP_MAX) step *= 2;
            bool due = now - run.reported >= REPORT_SECONDS;
            if (due) run.reported = now;
            report(x, &run, due ? "running" : NULL, missing);
            go_on = !stopping(x);
            continue;
        }
        if (missing == 0 && run.under_way) {
            report(x, &run, "done", 0);
            run.under_way = false;
        }
        go_on = wait_for(x, &x->work, &x->changed, missing < 0 ? RETRY_SECONDS : 3600.0);
    }
    return NULL;
}

/* ---- checking what was kept ------------------------------------------------------------------ */

/* Waits as long as so many bytes may take. */
static bool check_on(void *ctx, size_t bytes)
{
    struct indexer *x = ctx;
    return wait_for(x, &x->check, &x->never, (double)bytes / CHECK_BYTES);
}

/* A start maps gigabytes and reads little of them: the rest is read when all is at work. */
static void *checker_main(void *arg)
{
    struct indexer *x = arg;
    setpriority(PRIO_PROCESS, (id_t)gettid(), 19);
    pthread_mutex_lock(&x->lock);
    while (!x->ready && !x->stopping) pthread_cond_wait(&x->moved, &x->lock);
    pthread_mutex_unlock(&x->lock);
    double started = clock_seconds();
    int rc = stopping(x) ? -1 : engine_check(x->engine, check_on, x);
    if (rc == 1) log_info("index", "checked seconds=%.1f", clock_seconds() - started);
    if (rc != 0) return NULL;
    pthread_mutex_lock(&x->lock);
    x->damaged = x->poked = true;
    pthread_cond_signal(&x->wake);
    pthread_mutex_unlock(&x->lock);
    return NULL;
}

/* ---- from outside ---------------------------------------------------------------------------- */

struct indexer *indexer_start(const char *dir, struct engine *e, struct err *err)
{
    struct store *store = store_open(dir, STORE_READ, err);
    if (!store) return NULL;
    struct indexer *x = mem_zalloc(1, sizeof *x);
    x->engine = e;
    engine_keep(e, dir);
    x->store = store;
    x->load = (struct load){store, e, go_on, x, -1};
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&x->lock, NULL);
    pthread_cond_init(&x->wake, &monotonic);
    pthread_cond_init(&x->work, &monotonic);
    pthread_cond_init(&x->moved, &monotonic);
    pthread_cond_init(&x->check, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int why = pthread_create(&x->embedder, NULL, embedder_main, x);
    x->embedding = why == 0;
    if (why == 0) why = pthread_create(&x->follower, NULL, follower_main, x);
    x->following = why == 0;
    if (why == 0) why = pthread_create(&x->checker, NULL, checker_main, x);
    x->checking = why == 0;
    if (why != 0) {
        err_set(err, ERR_UNAVAILABLE, MSG_INDEX_NO_THREAD, strerror(why));
        indexer_stop(x);
        return NULL;
    }
    return x;
}

void indexer_stop(struct indexer *x)
{
    if (!x) return;
    pthread_mutex_lock(&x->lock);
    x->stopping = true;
    pthread_cond_broadcast(&x->wake);
    pthread_cond_broadcast(&x->work);
    pthread_cond_broadcast(&x->moved);
    pthread_cond_broadcast(&x->check);
    pthread_mutex_unlock(&x->lock);
    if (x->checking) pthread_join(x->checker, NULL);
    if (x->following) pthread_join(x->follower, NULL);
    if (x->embedding) pthread_join(x->embedder, NULL);
    pthread_cond_destroy(&x->wake);
    pthread_cond_destroy(&x->work);
    pthread_cond_destroy(&x->moved);
    pthread_cond_destroy(&x->check);
    pthread_mutex_destroy(&x->lock);
    store_close(x->store);
    free(x);
}

void indexer_poke(struct indexer *x)
{
    pthread_mutex_lock(&x->lock);
    x->poked = true;
    pthread_cond_signal(&x->wake);
    pthread_mutex_unlock(&x->lock);
}

void indexer_state(struct indexer *x, struct indexer_state *out)
{
    memset(out, 0, sizeof *out);
    /* First, so that who is told it is ready is told what is missing of all. */
    pthread_mutex_lock(&x->lock);
    out->ready = x->ready;
    out->seq = x->seq;
    out->rate = x->rate;
    out->error = x->store_error.kind != ERR_NONE ? x->store_error : x->embed_error;
    pthread_mutex_unlock(&x->lock);
    engine_embed_state(x->engine, &out->missing, &out->total);
    const struct snapshot *s = engine_acquire(x->engine);
    for (int kind = 0; kind < KIND_COUNT; kind++) out->records += snapshot_live(s, (enum kind)kind);
    snapshot_release(s);
    if (out->missing) out->seconds_left = out->rate > 0 ? (double)out->missing / out->rate : -1.0;
}

bool indexer_wait(struct indexer *x, int64_t seq, double seconds)
{
    struct timespec until = after(seconds);
    pthread_mutex_lock(&x->lock);
    while (x->seq < seq && !x->stopping)
        if (pthread_cond_timedwait(&x->moved, &x->lock, &until) != 0) break;
    bool there = x->seq >= seq;
    pthread_mutex_unlock(&x->lock);
    return there;
}

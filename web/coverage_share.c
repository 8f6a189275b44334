#include "base/base.h"

#include "base/map.h"
#include "base/mem.h"
#include "matcher/weights.h"
#include "web/app.h"
#include "web/coverage_json.h"
#include "web/coverage_share.h"
#include "web/messages.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    WAITING_MAX = 2, /* of at least four workers: one makes the map, one is left for others */
    PATIENCE_S = 1   /* how long the rest wait: most maps are made by then */
};

struct coverage_held {
    struct coverage *map;
    char *tag;
    size_t references; /* under the lock */
};

struct coverage_share {
    pthread_mutex_t lock;
    pthread_cond_t made;
    struct coverage_held *kept; /* the newest; a reference of its own */
    bool busy;
    size_t waiting;
    uint64_t documents, vectors, print; /* the generations that print was made of */
};

struct coverage_share *coverage_share_new(void)
{
    struct coverage_share *s = mem_zalloc(1, sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->made, NULL);
    return s;
}

/* Under the lock. */
static void drop(struct coverage_held *h)
{
    if (!h || --h->references > 0) return;
    coverage_free(h->map);
    free(h->tag);
    free(h);
}

void coverage_share_free(struct coverage_share *s)
{
    if (!s) return;
    drop(s->kept);
    pthread_cond_destroy(&s->made);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

const struct coverage *coverage_map(const struct coverage_held *h)
{
    return h->map;
}

const char *coverage_held_tag(const struct coverage_held *h)
{
    return h->tag;
}

void coverage_give_back(struct coverage_share *s, struct coverage_held *h)
{
    pthread_mutex_lock(&s->lock);
    drop(h);
    pthread_mutex_unlock(&s->lock);
}

/* Tells states apart by what the map is made of: needs and introductions, which change all day, are
 * none of it. The sum does not ask for an order. */
static uint64_t fingerprint(const struct snapshot *s)
{
    static const enum kind kinds[] = {KIND_ORG, KIND_CAPABILITY, KIND_BOTTLENECK};
    uint64_t print = 0;
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        size_t size = snapshot_size(s, kinds[k]);
        for (uint32_t ord = 0; ord < size; ord++) {
            const struct record *r = snapshot_record(s, kinds[k], ord);
            if (!r) continue;
            uint64_t seed = (uint64_t)r->rev * KIND_COUNT + kinds[k];
            print += hash_bytes(seed, r->uid, strlen(r->uid));
            for (int part = 0; part < PART_COUNT && kinds[k] != KIND_ORG; part++)
                if (snapshot_vector(s, kinds[k], (enum part)part, ord)) print += 1;
        }
    }
    return print;
}

/* Under the lock. */
static const char *tag_of(const struct request *q, const struct snapshot *s)
{
    struct app *app = q->app;
    struct coverage_share *share = app->coverage;
    struct weights w;
    matcher_weights(app->backend->matcher, &w);
    uint64_t vectors = engine_vectors_generation(app->backend->engine);
    uint64_t documents = snapshot_generation(s);
    if (documents != share->documents || vectors != share->vectors || !share->print) {
        share->print = fingerprint(s);
        share->documents = documents;
        share->vectors = vectors;
    }
    return arena_printf(q->arena, "\"%s-map-%llx-%s\"", app->start,
                        (unsigned long long)share->print, w.id);
}

/* Under the lock. */
static const char *tag_now(const struct request *q)
{
    const struct snapshot *s = engine_acquire(q->app->backend->engine);
    const char *tag = tag_of(q, s);
    snapshot_release(s);
    return tag;
}

const char *coverage_tag(const struct request *q)
{
    pthread_mutex_lock(&q->app->coverage->lock);
    const char *tag = tag_now(q);
    pthread_mutex_unlock(&q->app->coverage->lock);
    return tag;
}

/* The tag is made first: what changes while it is judged makes the next one differ. */
static struct coverage_held *make(struct request *q, struct err *err)
{
    struct coverage_log log = coverage_log_of(q->worker->store);
    const struct snapshot *s = engine_acquire(q->app->backend->engine);
    pthread_mutex_lock(&q->app->coverage->lock);
    const char *tag = tag_of(q, s);
    pthread_mutex_unlock(&q->app->coverage->lock);
    struct coverage *map =
        coverage_new(q->app->backend->matcher, s, q->worker->analyzer, &log, NULL, NULL, err);
    snapshot_release(s);
    if (!map) return NULL;
    struct coverage_held *h = mem_alloc(1, sizeof *h);
    *h = (struct coverage_held){map, mem_dup(tag, strlen(tag) + 1), 1};
    return h;
}

/* Under the lock, until the map being made is there or failed. false: it takes too long. */
static bool wait_for_it(struct coverage_share *s, const struct timespec *until)
{
    if (s->waiting == WAITING_MAX)
        return pthread_cond_timedwait(&s->made, &s->lock, until) == 0 || !s->busy;
    s->waiting++;
    pthread_cond_wait(&s->made, &s->lock);
    s->waiting--;
    return true;
}

struct coverage_held *coverage_hold(struct request *q, struct err *err)
{
    struct coverage_share *s = q->app->coverage;
    struct coverage_held *found = NULL;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&s->lock);
    while (!found) {
        if (s->kept && (s->busy || strcmp(s->kept->tag, tag_now(q)) == 0)) {
            found = s->kept;
        } else if (!s->busy) {
            s->busy = true;
            pthread_mutex_unlock(&s->lock);
            struct coverage_held *made = make(q, err);
            pthread_mutex_lock(&s->lock);
            s->busy = false;
            pthread_cond_broadcast(&s->made);
            if (!made) break;
            drop(s->kept);
            found = s->kept = made;
        } else if (!wait_for_it(s, &until)) {
            err_set(err, ERR_UNAVAILABLE, MSG_COVERAGE_BUSY);
            break;
        }
    }
    if (found) found->references++;
    pthread_mutex_unlock(&s->lock);
    return found;
}

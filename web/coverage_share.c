#include "base/base.h"

#include "base/mem.h"
#include "matcher/weights.h"
#include "web/app.h"
#include "web/coverage_json.h"
#include "web/coverage_share.h"
#include "web/messages.h"

#include <stdlib.h>
#include <string.h>

enum { WAITING_MAX = 2 }; /* of at least four workers: one makes the map, one is left for others */

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

static const char *tag_of(const struct request *q, const struct snapshot *s)
{
    struct app *app = q->app;
    struct weights w;
    matcher_weights(app->backend->matcher, &w);
    unsigned long long vectors = engine_vectors_generation(app->backend->engine);
    unsigned long long documents = snapshot_generation(s);
    return arena_printf(q->arena, "\"%s-map-%llu-%llu-%s\"", app->start, documents, vectors, w.id);
}

const char *coverage_tag(const struct request *q)
{
    const struct snapshot *s = engine_acquire(q->app->backend->engine);
    const char *tag = tag_of(q, s);
    snapshot_release(s);
    return tag;
}

/* The tag is made first: what changes while it is judged makes the next one differ. */
static struct coverage_held *make(struct request *q, struct err *err)
{
    struct coverage_log log = coverage_log_of(q->worker->store);
    const struct snapshot *s = engine_acquire(q->app->backend->engine);
    const char *tag = tag_of(q, s);
    struct coverage *map =
        coverage_new(q->app->backend->matcher, s, q->worker->analyzer, &log, NULL, NULL, err);
    snapshot_release(s);
    if (!map) return NULL;
    struct coverage_held *h = mem_alloc(1, sizeof *h);
    *h = (struct coverage_held){map, mem_dup(tag, strlen(tag) + 1), 1};
    return h;
}

struct coverage_held *coverage_hold(struct request *q, struct err *err)
{
    struct coverage_share *s = q->app->coverage;
    struct coverage_held *found = NULL;
    pthread_mutex_lock(&s->lock);
    while (!found) {
        if (s->kept && (s->busy || strcmp(s->kept->tag, coverage_tag(q)) == 0)) {
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
        } else if (s->waiting == WAITING_MAX) {
            err_set(err, ERR_UNAVAILABLE, MSG_COVERAGE_BUSY);
            break;
        } else {
            s->waiting++;
            pthread_cond_wait(&s->made, &s->lock);
            s->waiting--;
        }
    }
    if (found) found->references++;
    pthread_mutex_unlock(&s->lock);
    return found;
}

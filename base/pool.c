#include "base/base.h"

#include "base/mem.h"
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

struct pool {
    int threads; /* helpers + the caller */
    pthread_t *helpers;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t start, done, turn;
    unsigned long next_ticket, serving; /* callers take turns in the order they came */
    unsigned long generation;
    int busy; /* helpers that have not finished the current run */
    bool closing;
    /* the current run */
    void (*fn)(void *, size_t, int);
    void *ctx;
    size_t n;
    atomic_size_t next;
};

struct helper {
    struct pool *pool;
    int worker;
};

int pool_cpus(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? n : 1;
}

static void drain(struct pool *p, int worker)
{
    size_t i;
    while ((i = atomic_fetch_add(&p->next, 1)) < p->n) p->fn(p->ctx, i, worker);
}

static void *helper_main(void *arg)
{
    struct helper *self = arg;
    struct pool *p = self->pool;
    int worker = self->worker;
    free(self);
    unsigned long seen = 0;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->generation == seen && !p->closing) pthread_cond_wait(&p->start, &p->lock);
        if (p->closing) break;
        seen = p->generation;
        pthread_mutex_unlock(&p->lock);
        drain(p, worker);
        pthread_mutex_lock(&p->lock);
        if (--p->busy == 0) pthread_cond_signal(&p->done);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct pool *pool_new(int threads)
{
    struct pool *p = mem_zalloc(1, sizeof *p);
    if (threads <= 0) threads = pool_cpus();
    p->helpers = mem_zalloc((size_t)threads, sizeof *p->helpers);
    p->threads = 1;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->start, NULL);
    pthread_cond_init(&p->done, NULL);
    pthread_cond_init(&p->turn, NULL);
    while (p->threads < threads) {
        struct helper *h = mem_alloc(1, sizeof *h);
        *h = (struct helper){.pool = p, .worker = p->threads};
        if (pthread_create(&p->helpers[p->threads - 1], NULL, helper_main, h) != 0) {
            free(h);
            break;
        }
        p->threads++;
    }
    return p;
}

void pool_free(struct pool *p)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->closing = true;
    pthread_cond_broadcast(&p->start);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->threads - 1; i++) pthread_join(p->helpers[i], NULL);
    pthread_cond_destroy(&p->start);
    pthread_cond_destroy(&p->done);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->turn);
    free(p->helpers);
    free(p);
}

int pool_threads(const struct pool *p)
{
    return p->threads;
}

/* A mutex would not do: who has just released it may take it again before a waiter wakes, and a
 * background job in a loop would keep a query out for as long as it runs. */
static void take_turn(struct pool *p)
{
    unsigned long ticket = p->next_ticket++;
    while (p->serving != ticket) pthread_cond_wait(&p->turn, &p->lock);
}

static void end_turn(struct pool *p)
{
    p->serving++;
    pthread_cond_broadcast(&p->turn);
}

void pool_run(struct pool *p, size_t n, void (*fn)(void *ctx, size_t i, int worker), void *ctx)
{
    pthread_mutex_lock(&p->lock);
    take_turn(p);
    p->fn = fn;
    p->ctx = ctx;
    p->n = n;
    atomic_store(&p->next, 0);
    /* Waking helpers for one item costs more than it brings. */
    p->busy = n > 1 ? p->threads - 1 : 0;
    if (p->busy) {
        p->generation++;
        pthread_cond_broadcast(&p->start);
    }
    pthread_mutex_unlock(&p->lock);

    drain(p, 0);

    pthread_mutex_lock(&p->lock);
    while (p->busy > 0) pthread_cond_wait(&p->done, &p->lock);
    end_turn(p);
    pthread_mutex_unlock(&p->lock);
}

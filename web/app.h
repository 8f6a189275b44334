/* app.h - what all requests of a running server share, and what each worker has of its own. */
#ifndef HN_WEB_APP_H
#define HN_WEB_APP_H

#include "corpus/store.h"
#include "index/indexer.h"
#include "web/auth.h"
#include "web/backend.h"
#include "web/cache.h"
#include "web/coverage_share.h"
#include "web/metrics.h"

#include <pthread.h>
#include <stdatomic.h>

struct app {
    struct backend *backend; /* model, engine, matcher */
    struct indexer *indexer; /* brings the engine up to the store */
    struct store *writer;    /* the one writing connection, under write_lock */
    pthread_mutex_t write_lock;
    atomic_llong writing_since;      /* monotonic milliseconds; 0: nobody writes */
    atomic_ullong edits;             /* counts up with every commit, before the index knows of it */
    struct cache *matches;           /* answers of the match routes, api_match.c */
    struct coverage_share *coverage; /* of api_coverage.c */
    atomic_int composing;            /* readers' proposals with long subtopics, api_proposal.c */
    struct auth auth;
    struct metrics *metrics;
    const char *ui_dir; /* pages from this folder; NULL: those in the program */
    char start[17];     /* random, so that an ETag of another process never fits */
};

/* One per thread. */
struct worker {
    struct store *store; /* read-only */
    struct analyzer *analyzer;
};

#endif

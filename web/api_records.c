/* Reading records: one, a page of many, and those that hold words. */
#include "base/base.h"

#include "web/app.h"
#include "web/handlers.h"
#include "web/messages.h"
#include "web/serialise.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE_DEFAULT = 50,
    PAGE_MAX = 200,
    SCAN_MAX = 5000,   /* records looked at for one page; a rare filter just takes more pages */
    SEARCH_DEEP = 1000 /* nobody pages further through words */
};

static struct serialiser serialiser_of(const struct request *q)
{
    return (struct serialiser){
        .rights = q->role >= ROLE_WRITER ? rights_writer : rights_reader,
        .lang = q->lang,
        .store = q->worker->store,
        .arena = q->arena,
    };
}

/* ---- one record ------------------------------------------------------------------------------ */

int api_get(struct request *q, struct response *r, struct err *err)
{
    struct record *record;
    if (store_get(q->worker->store, q->route->kind, q->id, q->arena, &record, err)) return -1;
    if (!record) return err_set(err, ERR_NOT_FOUND, MSG_NO_RECORD, q->id);
    /* A reader and a writer are shown different bodies, so their tags differ. */
    const char *etag = arena_printf(q->arena, q->role >= ROLE_WRITER ? "\"%lld\"" : "\"%lld-r\"",
                                    (long long)record->rev);
    response_header(r, "ETag", etag);
    if (request_not_modified(q, etag)) {
        r->status = 304;
        return 0;
    }
    struct serialiser s = serialiser_of(q);
    struct json j;
    json_init(&j, &r->body);
    serialise_record(&j, &s, record, true);
    return 0;
}

/* ---- filters --------------------------------------------------------------------------------- */

struct filter {
    const char *org, *kind, *chain, *industry, *need, *bottleneck, *state;
    const char *sample; /* "true", "false" or NULL */
};

static int read_filter(const struct request *q, struct filter *f, struct err *err)
{
    *f = (struct filter){
        .org = request_param(q, "org"),
        .kind = request_param(q, "kind"),
        .chain = request_param(q, "chain"),
        .industry = request_param(q, "industry"),
        .sample = request_param(q, "sample"),
    };
    if (!kind_is_searched(q->route->kind)) {
        f->need = request_param(q, "need");
        f->bottleneck = request_param(q, "bottleneck");
        f->state = request_param(q, "state");
    }
    if (f->sample && strcmp(f->sample, "true") != 0 && strcmp(f->sample, "false") != 0)
        return err_set(err, ERR_INVALID, MSG_PARAM_BOOLEAN, "sample");
    return 0;
}

static bool equals(const char *wanted, const char *value)
{
    return !wanted || (value && strcmp(wanted, value) == 0);
}

static bool owned_by(const struct record *r, const char *org)
{
    for (size_t i = 0; org && i < r->n_owners; i++)
        if (strcmp(r->owners[i], org) == 0) return true;
    return !org;
}

static bool passes(const struct filter *f, const struct record *r)
{
    bool sample = r->source && strcmp(r->source, "sample") == 0;
    return owned_by(r, f->org) && equals(f->kind, r->value[FIELD_KIND]) &&
           equals(f->chain, r->value[FIELD_CHAIN]) &&
           equals(f->industry, r->value[FIELD_INDUSTRY]) &&
           equals(f->need, r->value[FIELD_NEED_ID]) &&
           equals(f->bottleneck, r->value[FIELD_BOTTLENECK_ID]) &&
           equals(f->state, r->value[FIELD_STATE]) &&
           (!f->sample || sample == (f->sample[0] == 't'));
}

/* ---- a page in order of id ------------------------------------------------------------------- */

struct page {
    struct json json;
    struct serialiser serialiser;
    struct filter filter;
    long limit;
    size_t shown, scanned;
    struct arena *arena; /* of the request */
    struct arena scan;   /* of the record at hand */
    const char *last, *next;
};

static void begin_page(struct page *p, struct request *q, struct response *r)
{
    p->serialiser = serialiser_of(q);
    p->arena = q->arena;
    json_init(&p->json, &r->body);
    json_object(&p->json);
    json_key(&p->json, "items");
    json_array(&p->json);
}

static void end_page(struct page *p)
{
    json_end_array(&p->json);
    json_key(&p->json, "next");
    json_string(&p->json, p->next);
    json_end_object(&p->json);
}

static int add_to_page(void *ctx, struct record *r, struct err *err)
{
    struct page *p = ctx;
    (void)err;
    if (p->shown == (size_t)p->limit || p->scanned == SCAN_MAX) {
        p->next = p->last;
        return 1;
    }
    p->scanned++;
    p->last = arena_strdup(p->arena, r->uid);
    if (passes(&p->filter, r)) {
        serialise_record(&p->json, &p->serialiser, r, true);
        p->shown++;
    }
    arena_reset(&p->scan);
    return 0;
}

static int list_page(struct request *q, struct response *r, struct page *p, enum kind kind,
                     const char *owner, struct err *err)
{
    struct store_query query = {
        .kind = kind, .after = request_param(q, "cursor"), .owner = owner, .limit = 0};
    arena_init(&p->scan);
    begin_page(p, q, r);
    int rc = store_list(q->worker->store, &query, &p->scan, add_to_page, p, err);
    end_page(p);
    arena_free(&p->scan);
    return rc;
}

/* ---- a page by words ------------------------------------------------------------------------- */

struct hit {
    float score;
    const char *uid; /* borrowed from the snapshot */
};

static int compare_hits(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return strcmp(x->uid, y->uid);
}

/* Documents of which a word is found, the best first; a word in the title counts twice. */
static size_t find_words(const struct request *q, const struct snapshot *s, const char *words,
                         const struct filter *filter, struct hit **hits)
{
    enum kind kind = q->route->kind;
    size_t size = snapshot_size(s, kind), n = 0;
    struct bag bag = analyzer_bag(q->worker->analyzer, words, q->arena);
    float *score[PART_COUNT];
    for (int part = 0; part < PART_COUNT; part++) {
        score[part] = arena_alloc(q->arena, size, sizeof(float));
        snapshot_words(s, kind, (enum part)part, &bag, score[part]);
    }
    *hits = arena_alloc(q->arena, size, sizeof **hits);
    for (uint32_t ord = 0; ord < size; ord++) {
        float sum = score[PART_TITLE][ord] + score[PART_ALL][ord];
        const struct record *r = sum > 0 ? snapshot_record(s, kind, ord) : NULL;
        if (r && passes(filter, r)) (*hits)[n++] = (struct hit){sum, r->uid};
    }
    qsort(*hits, n, sizeof **hits, compare_hits);
    return n;
}

/* The snapshot says which, the store says what: a row is never staler than the store. */
static int show_hits(struct request *q, struct page *p, const struct hit *hits, size_t n,
                     size_t from, struct err *err)
{
    size_t i = from;
    for (; i < n && p->shown < (size_t)p->limit; i++) {
        struct record *record;
        if (store_get(q->worker->store, q->route->kind, hits[i].uid, q->arena, &record, err))
            return -1;
        if (!record) continue;
        serialise_record(&p->json, &p->serialiser, record, true);
        p->shown++;
    }
    if (i < n && i < SEARCH_DEEP) p->next = arena_printf(q->arena, "%zu", i);
    return 0;
}

static int search_page(struct request *q, struct response *r, struct page *p, const char *words,
                       struct err *err)
{
    long from = 0;
    struct hit *hits;
    if (request_number(q, "cursor", 0, SEARCH_DEEP, &from, err)) return -1;
    const struct snapshot *s = engine_acquire(q->app->backend->engine);
    size_t n = find_words(q, s, words, &p->filter, &hits);
    begin_page(p, q, r);
    int rc = show_hits(q, p, hits, n, (size_t)from, err);
    end_page(p);
    snapshot_release(s);
    return rc;
}

/* ---- handlers -------------------------------------------------------------------------------- */

int api_list(struct request *q, struct response *r, struct err *err)
{
    struct page p = {.limit = PAGE_DEFAULT};
    const char *words = request_param(q, "q");
    if (request_number(q, "limit", 1, PAGE_MAX, &p.limit, err)) return -1;
    if (read_filter(q, &p.filter, err)) return -1;
    if (words && kind_is_searched(q->route->kind)) return search_page(q, r, &p, words, err);
    return list_page(q, r, &p, q->route->kind, p.filter.org, err);
}

int api_org_capabilities(struct request *q, struct response *r, struct err *err)
{
    struct page p = {.limit = PAGE_DEFAULT};
    struct record *org;
    if (request_number(q, "limit", 1, PAGE_MAX, &p.limit, err)) return -1;
    if (store_get(q->worker->store, KIND_ORG, q->id, q->arena, &org, err)) return -1;
    if (!org) return err_set(err, ERR_NOT_FOUND, MSG_NO_RECORD, q->id);
    return list_page(q, r, &p, KIND_CAPABILITY, q->id, err);
}

/* The system about itself: state, health, metrics, its API. */
#include "base/base.h"

#include "web/app.h"
#include "web/handlers.h"
#include "web/json.h"

#include <math.h>

/* The bytes of openapi.json, put in by the assembler. */
__asm__(".section .rodata\n"
        ".global openapi_begin\nopenapi_begin:\n.incbin \"web/openapi.json\"\n"
        ".global openapi_end\nopenapi_end:\n.byte 0\n"
        ".text\n");
extern const unsigned char openapi_begin[], openapi_end[];

int api_openapi(struct request *q, struct response *r, struct err *err)
{
    (void)q;
    (void)err;
    r->fixed = openapi_begin;
    r->fixed_len = (size_t)(openapi_end - openapi_begin);
    return 0;
}

int api_health(struct request *q, struct response *r, struct err *err)
{
    (void)q;
    (void)err;
    str_adds(&r->body, "{\"status\":\"ok\"}");
    return 0;
}

/* A large collection takes a while to load; until then answers come from what is loaded. */
int api_ready(struct request *q, struct response *r, struct err *err)
{
    (void)err;
    struct indexer_state state;
    bool model = q->app->backend->embedder;
    struct json j;
    indexer_state(q->app->indexer, &state);
    if (!state.ready) r->status = 503;
    json_init(&j, &r->body);
    json_object(&j);
    json_member(&j, "status", state.ready ? "ready" : "starting");
    json_member(&j, "model", model ? "present" : "absent");
    json_member(&j, "search", model ? "hybrid" : "lexical");
    json_end_object(&j);
    return 0;
}

static int counts(struct json *j, struct store *store, struct err *err)
{
    json_key(j, "counts");
    json_object(j);
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        int64_t n;
        if (store_count(store, (enum kind)kind, &n, err)) return -1;
        json_member_int(j, kind_plural((enum kind)kind), n);
    }
    json_end_object(j);
    return 0;
}

static void model(struct json *j, struct embedder *e)
{
    json_key(j, "model");
    json_object(j);
    json_member_bool(j, "present", e);
    json_key(j, "id");
    json_string(j, e ? embedder_id(e) : NULL);
    json_end_object(j);
}

static void embedding(struct json *j, struct app *app)
{
    struct indexer_state state;
    indexer_state(app->indexer, &state);
    json_key(j, "embedding");
    json_object(j);
    json_member_int(j, "missing", (int64_t)state.missing);
    json_member_int(j, "total", (int64_t)state.total);
    json_member_double(j, "rate", state.rate);
    json_key(j, "seconds_left");
    json_double(j, state.seconds_left >= 0 ? state.seconds_left : NAN); /* NaN is null: not known */
    json_end_object(j);
}

int api_state(struct request *q, struct response *r, struct err *err)
{
    struct backend *b = q->app->backend;
    struct json j;
    json_init(&j, &r->body);
    json_object(&j);
    json_member(&j, "version", HONGNIANG_VERSION);
    if (counts(&j, q->worker->store, err)) return -1;
    json_member_bool(&j, "sample", backend_has_sample(b));
    model(&j, b->embedder);
    json_member_bool(&j, "lexical_only", !b->embedder);
    embedding(&j, q->app);
    json_member_bool(&j, "writer", q->role >= ROLE_WRITER);
    json_end_object(&j);
    return 0;
}

int api_metrics(struct request *q, struct response *r, struct err *err)
{
    (void)err;
    size_t missing, total;
    struct engine *engine = q->app->backend->engine;
    r->type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_print(q->app->metrics, &r->body);
    engine_embed_state(engine, &missing, &total);
    str_addf(&r->body,
             "# TYPE hongniang_texts gauge\nhongniang_texts %zu\n"
             "# TYPE hongniang_texts_missing gauge\nhongniang_texts_missing %zu\n",
             total, missing);
    struct cache_state kept;
    cache_state(q->app->matches, &kept);
    str_addf(&r->body,
             "# TYPE hongniang_match_cache_hits_total counter\n"
             "hongniang_match_cache_hits_total %llu\n"
             "# TYPE hongniang_match_cache_misses_total counter\n"
             "hongniang_match_cache_misses_total %llu\n"
             "# TYPE hongniang_match_cache_answers gauge\nhongniang_match_cache_answers %zu\n"
             "# TYPE hongniang_match_cache_bytes gauge\nhongniang_match_cache_bytes %zu\n",
             (unsigned long long)kept.hits, (unsigned long long)kept.misses, kept.answers,
             kept.bytes);
    str_adds(&r->body, "# TYPE hongniang_records gauge\n");
    const struct snapshot *s = engine_acquire(engine);
    for (int kind = 0; kind < KIND_COUNT; kind++)
        str_addf(&r->body, "hongniang_records{kind=\"%s\"} %zu\n", kind_name((enum kind)kind),
                 snapshot_live(s, (enum kind)kind));
    snapshot_release(s);
    return 0;
}

/* Matches of a record or of a free text. */
#include "base/base.h"

#include "base/utf8.h"
#include "matcher/lacks.h"
#include "matcher/weights.h"
#include "web/app.h"
#include "web/handlers.h"
#include "web/messages.h"
#include "web/serialise.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    TOP_DEFAULT = 10,
    TOP_MAX = 100,
    TEXT_MAX = 4000,        /* code points in an address */
    BODY_TEXT_MAX = 100000, /* and in a body */
};

/* Matches change when documents, vectors or weights do. Roles see different evidence. */
static const char *match_etag(const struct request *q, const struct snapshot *s)
{
    struct weights w;
    matcher_weights(q->app->backend->matcher, &w);
    return arena_printf(q->arena, "\"%s-%llu-%llu-%s-%s\"", q->app->start,
                        (unsigned long long)snapshot_generation(s),
                        (unsigned long long)engine_vectors_generation(q->app->backend->engine),
                        w.id, role_name(q->role));
}

static int run(struct request *q, struct response *r, const struct snapshot *s,
               const struct match_query *query, struct err *err)
{
    struct match_list list;
    if (matcher_run(q->app->backend->matcher, s, q->worker->analyzer, query, q->arena, &list, err))
        return -1;
    struct serialiser out = {
        .rights = q->role >= ROLE_WRITER ? rights_writer : rights_reader,
        .store = q->worker->store,
        .arena = q->arena,
    };
    struct lacks *lacks = NULL;
    if (list.level == LEVEL_NONE)
        lacks = lacks_of(s, q->worker->analyzer, query, &list, NEAREST_MAX, q->arena);
    struct json j;
    json_init(&j, &r->body);
    serialise_matches(&j, &out, query, &list, lacks);
    return 0;
}

/* The tag is made before matching: a vector that arrives meanwhile makes the next one differ. */
static int answer(struct request *q, struct response *r, struct match_query *query, struct err *err)
{
    long top = TOP_DEFAULT;
    if (!query->top) {
        if (request_number(q, "top", 1, TOP_MAX, &top, err)) return -1;
        query->top = (size_t)top;
    }
    query->explain = true;
    query->see_all = q->role >= ROLE_WRITER;
    const struct snapshot *s = engine_acquire(q->app->backend->engine);
    const char *etag = match_etag(q, s);
    int rc = 0;
    response_header(r, "ETag", etag);
    if (request_not_modified(q, etag))
        r->status = 304;
    else
        rc = run(q, r, s, query, err);
    snapshot_release(s);
    return rc;
}

static int read_target(const char *name, bool offers_only, enum kind *target, struct err *err)
{
    *target = name ? kind_by_name(name) : KIND_CAPABILITY;
    bool fine =
        *target == KIND_CAPABILITY || *target == KIND_ORG || (*target == KIND_NEED && !offers_only);
    return fine ? 0 : err_set(err, ERR_INVALID, MSG_TARGET, name);
}

int api_matches(struct request *q, struct response *r, struct err *err)
{
    enum kind kind = q->route->kind;
    struct match_query query = {.target = KIND_NEED};
    bool seeks = kind == KIND_NEED || kind == KIND_BOTTLENECK;
    struct record *from;
    if (seeks && read_target(request_param(q, "target"), true, &query.target, err)) return -1;
    if (store_get(q->worker->store, kind, q->id, q->arena, &from, err)) return -1;
    if (!from) return err_set(err, ERR_NOT_FOUND, MSG_NO_RECORD, q->id);
    query.from = record_copy(from, q->arena, false);
    return answer(q, r, &query, err);
}

static int match_text(struct request *q, struct response *r, const char *text, size_t max,
                      const char *target, size_t top, struct err *err)
{
    struct match_query query = {.text = text, .top = top};
    if (read_target(target, false, &query.target, err)) return -1;
    if (!text || strspn(text, " \t\r\n") == strlen(text))
        return err_set(err, ERR_INVALID, MSG_TEXT_EMPTY);
    if (utf8_count(text, strlen(text)) > max)
        return err_set(err, ERR_TOO_LARGE, MSG_TEXT_LONG, max);
    query.from_offers = query.target == KIND_NEED;
    return answer(q, r, &query, err);
}

int api_match_text(struct request *q, struct response *r, struct err *err)
{
    return match_text(q, r, request_param(q, "text"), TEXT_MAX, request_param(q, "target"), 0, err);
}

int api_match_body(struct request *q, struct response *r, struct err *err)
{
    bool ok = true;
    cJSON *body = request_json(q, r, err);
    if (!body) return -1;
    const char *text = json_text_member(body, "text", q->arena, &ok);
    const char *target = json_text_member(body, "target", q->arena, &ok);
    const cJSON *top = cJSON_GetObjectItemCaseSensitive(body, "top");
    double n = cJSON_IsNumber(top) ? top->valuedouble : TOP_DEFAULT;
    int rc = -1;
    if (!ok || (top && !cJSON_IsNumber(top)) || n < 1 || n > TOP_MAX)
        err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, ok ? "top" : "text");
    else
        rc = match_text(q, r, text, BODY_TEXT_MAX, target, (size_t)n, err);
    cJSON_Delete(body);
    return rc;
}

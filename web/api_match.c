/* Matches of a record or of a free text. */
#include "base/base.h"

#include "base/utf8.h"
#include "matcher/lacks.h"
#include "matcher/weights.h"
#include "web/app.h"
#include "web/cache.h"
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

/* ---- answers given before -------------------------------------------------------------------- */

/* Matches change when documents, vectors or weights do. Roles see different evidence. A commit
 * counts before the index has it: the record asked about is read from the store. */
static const char *match_etag(const struct request *q, uint64_t *generation)
{
    struct app *app = q->app;
    struct weights w;
    matcher_weights(app->backend->matcher, &w);
    unsigned long long edits = app->edits;
    unsigned long long vectors = engine_vectors_generation(app->backend->engine);
    const struct snapshot *s = engine_acquire(app->backend->engine);
    unsigned long long documents = snapshot_generation(s);
    snapshot_release(s);
    *generation = edits + vectors + documents; /* none ever falls, so the sum tells any change */
    return arena_printf(q->arena, "\"%s-%llu-%llu-%llu-%s-%s\"", app->start, documents, vectors,
                        edits, w.id, role_name(q->role));
}

/* What an answer depends on. The tag says the state and the role; the role stands there for itself
 * all the same, because a reader must never be given what was written for a writer. */
struct question {
    const char *etag;
    uint64_t generation;
    const char *key;
    size_t len;
};

/* In the request's arena. To be made before the store is read: what changes after that is then
 * noticed, and an answer from a record as it was never passes for one as it is. */
static struct question question_of(const struct request *q)
{
    struct question a = {0};
    a.etag = match_etag(q, &a.generation);
    const char *const parts[] = {
        a.etag,
        role_name(q->role),
        q->lang == LANG_EN ? "en" : "zh",
        q->route->path,
        q->id,
        request_param(q, "target"),
        request_param(q, "top"),
        request_param(q, "text"),
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) a.len += parts[i] ? strlen(parts[i]) + 1 : 1;
    char *key = arena_alloc(q->arena, a.len, 1);
    a.key = key;
    /* No value is empty or holds a NUL (http_decode): the ends of the parts tell them apart. */
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        size_t len = parts[i] ? strlen(parts[i]) : 0;
        if (len) memcpy(key, parts[i], len);
        key[len] = '\0';
        key += len + 1;
    }
    return a;
}

static bool answer_again(const struct request *q, struct response *r, const struct question *a)
{
    struct cached *found = cache_get(q->app->matches, a->key, a->len, a->generation);
    if (!found) return false;
    r->again = found;
    response_header(r, "ETag", cached_tag(found));
    if (request_not_modified(q, cached_tag(found))) r->status = 304;
    return true;
}

/* A body is asked about once: those who send one are not worth a place. */
static bool may_be_kept(const struct request *q)
{
    return q->route->handler == api_matches || q->route->handler == api_match_text;
}

bool api_match_again(struct request *q, struct response *r)
{
    if (!q->route || !may_be_kept(q)) return false;
    struct question a = question_of(q);
    return answer_again(q, r, &a);
}

/* ---- answers made now ------------------------------------------------------------------------ */

static int run(struct request *q, struct response *r, const struct match_query *query,
               bool *lexical_only, struct err *err)
{
    struct match_list list;
    int rc = -1;
    const struct snapshot *s = engine_acquire(q->app->backend->engine);
    if (matcher_run(q->app->backend->matcher, s, q->worker->analyzer, query, q->arena, &list, err))
        goto out;
    *lexical_only = list.lexical_only;
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
    rc = 0;
out:
    snapshot_release(s);
    return rc;
}

/* Nothing is kept that was made while anything changed, nor what a model that failed left out. */
static void keep(const struct request *q, const struct response *r, const struct question *a,
                 bool lexical_only)
{
    uint64_t now;
    bool same = strcmp(match_etag(q, &now), a->etag) == 0;
    if (same && (!lexical_only || !q->app->backend->embedder))
        cache_put(q->app->matches, a->key, a->len, a->generation, a->etag, r->body.data,
                  r->body.len);
}

/* The tag is made before matching: a vector that arrives meanwhile makes the next one differ. Who
 * asked the same while this one waited for a worker has made the answer by now, perhaps. */
static int answer(struct request *q, struct response *r, const struct question *a,
                  struct match_query *query, struct err *err)
{
    long top = TOP_DEFAULT;
    if (!query->top) {
        if (request_number(q, "top", 1, TOP_MAX, &top, err)) return -1;
        query->top = (size_t)top;
    }
    query->explain = true;
    query->see_all = q->role >= ROLE_WRITER;
    if (may_be_kept(q) && answer_again(q, r, a)) return 0;
    response_header(r, "ETag", a->etag);
    if (request_not_modified(q, a->etag)) {
        r->status = 304;
        return 0;
    }
    bool lexical_only = false;
    if (run(q, r, query, &lexical_only, err)) return -1;
    if (may_be_kept(q)) keep(q, r, a, lexical_only);
    return 0;
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
    struct question asked = question_of(q);
    struct record *from;
    if (seeks && read_target(request_param(q, "target"), true, &query.target, err)) return -1;
    if (store_get(q->worker->store, kind, q->id, q->arena, &from, err)) return -1;
    if (!from) return err_set(err, ERR_NOT_FOUND, MSG_NO_RECORD, q->id);
    query.from = record_copy(from, q->arena, false);
    return answer(q, r, &asked, &query, err);
}

static int match_text(struct request *q, struct response *r, const char *text, size_t max,
                      const char *target, size_t top, struct err *err)
{
    struct match_query query = {.text = text, .top = top};
    struct question asked = question_of(q);
    if (read_target(target, false, &query.target, err)) return -1;
    if (!text || strspn(text, " \t\r\n") == strlen(text))
        return err_set(err, ERR_INVALID, MSG_TEXT_EMPTY);
    if (utf8_count(text, strlen(text)) > max)
        return err_set(err, ERR_TOO_LARGE, MSG_TEXT_LONG, max);
    query.from_offers = query.target == KIND_NEED;
    return answer(q, r, &asked, &query, err);
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

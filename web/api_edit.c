/* Changing records: every change is one transaction of the one writer, and can be undone. */
#include "base/base.h"

#include "base/clock.h"
#include "web/api_edit.h"
#include "web/edit.h"
#include "web/handlers.h"
#include "web/messages.h"
#include "web/serialise.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HISTORY_MAX = 200, PATIENCE_MS = 1000 };

/* ---- what the edits share -------------------------------------------------------------------- */

int edit_expected_rev(const struct request *q, struct response *r, int64_t *rev, struct err *err)
{
    const char *tag = request_header(q, "If-Match");
    *rev = 0;
    if (!tag || strcmp(tag, "*") == 0) return 0;
    char *end = NULL;
    long long n = *tag == '"' ? strtoll(tag + 1, &end, 10) : 0;
    /* The tag may have been read without the token (api_get). */
    if (n > 0 && (strcmp(end, "\"") == 0 || strcmp(end, "-r\"") == 0)) {
        *rev = n;
        return 0;
    }
    r->status = 412;
    return err_set(err, ERR_CONFLICT, MSG_TAG, tag);
}

static int no_record(const struct request *q, struct err *err)
{
    return err_set(err, ERR_NOT_FOUND, MSG_NO_RECORD, q->id);
}

int edit_get_expected(const struct request *q, struct response *r, int64_t rev,
                      struct record **stored, struct err *err)
{
    if (store_get(q->app->writer, q->route->kind, q->id, q->arena, stored, err)) return -1;
    if (!*stored) return no_record(q, err);
    if (rev == 0 || (*stored)->rev == rev) return 0;
    r->status = 412;
    return err_set(err, ERR_CONFLICT, MSG_CHANGED, (long long)rev, (long long)(*stored)->rev);
}

int edit_answer(const struct request *q, struct response *r, enum kind kind, const char *uid,
                bool *there, struct err *err)
{
    struct record *record;
    if (store_get(q->app->writer, kind, uid, q->arena, &record, err)) return -1;
    *there = record != NULL;
    if (!record) return 0;
    struct serialiser s = {
        .rights = rights_writer, .lang = q->lang, .store = q->app->writer, .arena = q->arena};
    struct json j;
    json_init(&j, &r->body);
    serialise_record(&j, &s, record, true);
    response_header(r, "ETag", arena_printf(q->arena, "\"%lld\"", (long long)record->rev));
    return 0;
}

static long long now_ms(void)
{
    return (long long)(clock_seconds() * 1000);
}

/* Another process may hold the database for as long as a large import takes. One edit waits for it
 * in SQLite; those behind it are refused, or they would take every worker and reading would stand
 * still. */
static int lock_writer(struct app *app, struct err *err)
{
    long long since = atomic_load(&app->writing_since);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_MS / 1000;
    if ((since && now_ms() - since > PATIENCE_MS) ||
        pthread_mutex_timedlock(&app->write_lock, &until) != 0)
        return err_set(err, ERR_UNAVAILABLE, MSG_BUSY_WRITING);
    atomic_store(&app->writing_since, now_ms());
    return 0;
}

static void unlock_writer(struct app *app)
{
    atomic_store(&app->writing_since, 0);
    pthread_mutex_unlock(&app->write_lock);
}

int edit_transaction(struct request *q, struct response *r, edit_function *edit, const void *ctx,
                     struct err *err)
{
    struct store *writer = q->app->writer;
    if (lock_writer(q->app, err)) return -1;
    int rc = store_begin(writer, err);
    if (rc == 0) {
        rc = edit(q, r, ctx, err);
        if (rc == 0) rc = store_commit(writer, err);
        if (rc != 0) store_rollback(writer);
    }
    unlock_writer(q->app);
    if (rc == 0) {
        atomic_fetch_add(&q->app->edits, 1);
        indexer_poke(q->app->indexer);
    }
    return rc;
}

void edit_created(const struct request *q, struct response *r, enum kind kind, const char *uid)
{
    r->status = 201;
    response_header(
        r, "Location",
        arena_printf(q->arena, "/api/v1/%s/%s", kind_plural(kind), http_encode(uid, q->arena)));
}

/* ---- create ---------------------------------------------------------------------------------- */

bool edit_id_is_fine(const char *id)
{
    size_t len = strlen(id);
    if (len == 0 || len > EDIT_ID_BYTES) return false;
    for (; *id; id++)
        if ((unsigned char)*id <= ' ' || *id == 0x7F || strchr("/:?#\\\"", *id)) return false;
    return true;
}

static const char *make_id(enum kind kind, struct arena *arena)
{
    unsigned char random[8];
    char hex[sizeof random * 2 + 1];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(hex, sizeof hex, random, sizeof random);
    return arena_printf(arena, "%s-%s", kind_name(kind), hex);
}

static int create(struct request *q, struct response *r, const void *ctx, struct err *err)
{
    const cJSON *body = ctx;
    enum kind kind = q->route->kind;
    struct record *record, *existing;
    bool ok = true, there;
    if (edit_read(body, kind, NULL, q->app->writer, q->arena, &record, err)) return -1;
    const char *id = json_text_member(body, "id", q->arena, &ok);
    if (!id) id = make_id(kind, q->arena);
    if (!ok || !edit_id_is_fine(id)) return err_set(err, ERR_INVALID, MSG_ID, EDIT_ID_BYTES);
    if (store_get(q->app->writer, kind, id, q->arena, &existing, err)) return -1;
    if (existing) return err_set(err, ERR_CONFLICT, MSG_EXISTS, id);
    record->uid = record->id = id;
    record->source = "local";
    if (store_put(q->app->writer, EDIT_ACTOR, record, 0, NULL, NULL, err)) return -1;
    edit_created(q, r, kind, id);
    return edit_answer(q, r, kind, id, &there, err);
}

int api_create(struct request *q, struct response *r, struct err *err)
{
    cJSON *body = request_json(q, r, err);
    int rc = body ? edit_transaction(q, r, create, body, err) : -1;
    cJSON_Delete(body);
    return rc;
}

/* ---- update, delete, undo -------------------------------------------------------------------- */

static int update(struct request *q, struct response *r, const void *ctx, struct err *err)
{
    int64_t rev;
    struct record *stored, *record;
    bool there;
    if (edit_expected_rev(q, r, &rev, err) || edit_get_expected(q, r, rev, &stored, err)) return -1;
    if (edit_read(ctx, q->route->kind, stored, q->app->writer, q->arena, &record, err)) return -1;
    if (store_put(q->app->writer, EDIT_ACTOR, record, stored->rev, NULL, NULL, err)) return -1;
    return edit_answer(q, r, q->route->kind, q->id, &there, err);
}

int api_update(struct request *q, struct response *r, struct err *err)
{
    cJSON *body = request_json(q, r, err);
    int rc = body ? edit_transaction(q, r, update, body, err) : -1;
    cJSON_Delete(body);
    return rc;
}

int edit_delete(struct request *q, struct response *r, const void *ctx, struct err *err)
{
    int64_t rev;
    struct record *stored;
    (void)ctx;
    if (edit_expected_rev(q, r, &rev, err) || edit_get_expected(q, r, rev, &stored, err)) return -1;
    if (store_delete(q->app->writer, EDIT_ACTOR, q->route->kind, q->id, stored->rev, err))
        return -1;
    r->status = 204;
    return 0;
}

int api_delete(struct request *q, struct response *r, struct err *err)
{
    return edit_transaction(q, r, edit_delete, NULL, err);
}

int edit_undo(struct request *q, struct response *r, const void *ctx, struct err *err)
{
    int64_t rev;
    bool there = false;
    (void)ctx;
    if (edit_expected_rev(q, r, &rev, err)) return -1;
    if (store_undo(q->app->writer, EDIT_ACTOR, q->route->kind, q->id, rev, err)) {
        if (err->kind == ERR_CONFLICT && rev) r->status = 412;
        return -1;
    }
    if (edit_answer(q, r, q->route->kind, q->id, &there, err)) return -1;
    if (!there) r->status = 204;
    return 0;
}

int api_undo(struct request *q, struct response *r, struct err *err)
{
    return edit_transaction(q, r, edit_undo, NULL, err);
}

/* ---- history --------------------------------------------------------------------------------- */

struct history {
    struct json json;
    struct serialiser serialiser;
    enum kind kind;
    size_t n;
};

static int show_change(void *ctx, const struct change *c, struct err *err)
{
    struct history *h = ctx;
    h->n++;
    return serialise_change(&h->json, &h->serialiser, c, err);
}

int api_history(struct request *q, struct response *r, struct err *err)
{
    struct history h = {.kind = q->route->kind};
    struct record *now;
    struct store *store = q->worker->store;
    if (store_get(store, h.kind, q->id, q->arena, &now, err)) return -1;
    /* What was public once need not stay so: what the record is today decides. */
    h.serialiser = (struct serialiser){
        .rights = q->role >= ROLE_WRITER ? rights_writer : rights_reader,
        .closed = !now || !record_is_public(now),
        .lang = q->lang,
        .store = store,
        .arena = q->arena,
    };
    json_init(&h.json, &r->body);
    json_object(&h.json);
    json_key(&h.json, "items");
    json_array(&h.json);
    if (store_history(store, h.kind, q->id, HISTORY_MAX, q->arena, show_change, &h, err)) return -1;
    json_end_array(&h.json);
    json_end_object(&h.json);
    return h.n ? 0 : no_record(q, err);
}

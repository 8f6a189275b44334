/* What to ask the supplier of a match: the smallest addition that would lift its level. */
#include "base/base.h"

#include "matcher/improve.h"
#include "matcher/weights.h"
#include "web/app.h"
#include "web/handlers.h"
#include "web/messages.h"
#include "web/serialise.h"

static void standing(struct json *j, const char *key, const struct standing *s)
{
    json_key(j, key);
    json_object(j);
    json_member_double(j, "score", s->score);
    json_member(j, "level", match_level_name(s->level));
    json_member_double(j, "expected_by_chance", s->expected_by_chance);
    json_end_object(j);
}

/* The matcher was told what may be shown; that nothing else leaves is decided here, again. */
static void addition(struct json *j, const struct serialiser *s, const struct record *need,
                     const struct addition *a)
{
    if (!serialise_value(s, need, a->need.field)) return;
    json_object(j);
    json_member(j, "kind", addition_kind_name(a->kind));
    json_key(j, "need");
    json_object(j);
    json_member(j, "field", field_info(a->need.field)->name);
    json_key(j, "span");
    json_array(j);
    json_int(j, a->need.span.begin);
    json_int(j, a->need.span.end);
    json_end_array(j);
    json_member(j, "text", a->need.text);
    json_end_object(j);
    json_member_bool(j, "open", a->open);
    json_end_object(j);
}

static void named(struct json *j, const struct record *r)
{
    json_key(j, kind_name(r->kind));
    json_object(j);
    json_member(j, "id", r->uid);
    json_member(j, "title", record_title(r));
    json_end_object(j);
}

static void answer(struct request *q, struct response *r, const struct improve_query *query,
                   const struct improvement *i)
{
    struct serialiser s = {
        .rights = q->role >= ROLE_WRITER ? rights_writer : rights_reader,
        .store = q->worker->store,
        .arena = q->arena,
    };
    struct json j;
    json_init(&j, &r->body);
    json_object(&j);
    named(&j, query->need);
    named(&j, query->capability);
    json_member(&j, "outcome", improve_outcome_name(i->outcome));
    standing(&j, "before", &i->before);
    standing(&j, "after", &i->after);
    json_key(&j, "additions");
    json_array(&j);
    for (size_t k = 0; k < i->n_additions; k++) addition(&j, &s, query->need, &i->additions[k]);
    json_end_array(&j);
    json_member_int(&j, "tried", (int64_t)i->tried);
    json_member_bool(&j, "complete", i->complete);
    json_member_bool(&j, "title_only", i->title_only);
    json_member_bool(&j, "lexical_only", i->lexical_only);
    json_end_object(&j);
}

static int read_record(struct request *q, enum kind kind, const char *id, const struct record **out,
                       struct err *err)
{
    struct record *r;
    if (store_get(q->worker->store, kind, id, q->arena, &r, err)) return -1;
    if (!r) return err_set(err, ERR_NOT_FOUND, MSG_NO_RECORD, id);
    *out = record_copy(r, q->arena, false);
    return 0;
}

int api_improvement(struct request *q, struct response *r, struct err *err)
{
    struct improve_query query = {.see_all = q->role >= ROLE_WRITER};
    struct improvement found;
    const char *capability = request_param(q, "capability");
    if (!capability) return err_set(err, ERR_INVALID, MSG_PARAM_MISSING, "capability");
    if (read_record(q, KIND_NEED, q->id, &query.need, err) ||
        read_record(q, KIND_CAPABILITY, capability, &query.capability, err))
        return -1;
    struct backend *b = q->app->backend;
    const struct snapshot *s = engine_acquire(b->engine);
    int rc =
        improve_run(b->matcher, b->embedder, s, q->worker->analyzer, &query, q->arena, &found, err);
    if (rc == 0) answer(q, r, &query, &found);
    snapshot_release(s);
    return rc;
}

/* Proposals of consortia: composed without storing anything, and saved. */
#include "base/base.h"

#include "web/api_edit.h"
#include "web/api_agreement.h"
#include "web/handlers.h"
#include "web/messages.h"
#include "web/propose_input.h"
#include "web/serialise_proposal.h"

#include <string.h>

enum { LONG_AT_ONCE = 2 /* of at least four workers, server.c */ };

/* ---- composing ------------------------------------------------------------------------------- */

static int read_challenge(const struct request *q, const struct propose_input *in,
                          const struct record **out, struct err *err)
{
    struct record *r;
    enum kind kind = in->need ? KIND_NEED : KIND_BOTTLENECK;
    const char *uid = in->need ? in->need : in->bottleneck;
    if (store_get(q->worker->store, kind, uid, q->arena, &r, err)) return -1;
    if (!r) return err_set(err, ERR_NOT_FOUND, MSG_NO_RECORD, uid);
    *out = record_copy(r, q->arena, false);
    return 0;
}

/* Appends what is proposed, as the asker may see it, or as it is kept. */
static int compose(struct request *q, struct propose_input *in, bool stored, struct str *out,
                   struct err *err)
{
    struct propose_request *request = &in->request;
    struct backend *b = q->app->backend;
    struct proposal proposal;
    struct json j;
    request->see_all = q->role >= ROLE_WRITER;
    if (read_challenge(q, in, &request->challenge, err)) return -1;
    const struct snapshot *s = engine_acquire(b->engine);
    int rc = propose_run(b->matcher, s, q->worker->analyzer, request, q->arena, &proposal, err);
    if (rc == 0) {
        struct serialiser to = {
            .rights = request->see_all ? rights_writer : rights_reader,
            .lang = q->lang,
            .stored = stored,
            .store = q->worker->store,
            .arena = q->arena,
        };
        json_init(&j, out);
        serialise_proposal(&j, &to, request, &proposal);
    }
    snapshot_release(s);
    return rc;
}

/* Whoever may not save may try, but texts of his own are embedded each time: they are shorter, and
 * long ones leave half of the workers to others. */
static int compose_for_reader(struct request *q, struct propose_input *in, struct str *out,
                              struct err *err)
{
    if (in->length > PROPOSE_READER_MAX)
        return err_set(err, ERR_TOO_LARGE, MSG_PROPOSE_READER, in->length, PROPOSE_READER_MAX);
    if (in->length <= PROPOSE_SHORT) return compose(q, in, false, out, err);
    int rc = -1;
    if (atomic_fetch_add(&q->app->composing, 1) < LONG_AT_ONCE)
        rc = compose(q, in, false, out, err);
    else
        err_set(err, ERR_UNAVAILABLE, MSG_PROPOSE_BUSY);
    atomic_fetch_sub(&q->app->composing, 1);
    return rc;
}

int api_propose(struct request *q, struct response *r, struct err *err)
{
    struct propose_input in;
    cJSON *body = request_json(q, r, err);
    if (!body) return -1;
    int rc = propose_read(body, NULL, q->arena, &in, err);
    cJSON_Delete(body);
    if (rc) return -1;
    if (q->role < ROLE_WRITER) return compose_for_reader(q, &in, &r->body, err);
    return compose(q, &in, false, &r->body, err);
}

/* ---- saving ---------------------------------------------------------------------------------- */

/* What the client sent and what was composed of it, before the writer is asked for. */
struct saving {
    const cJSON *body;
    struct propose_input in;
    struct str plan, request;
};

static int set_text(struct record *p, enum field f, const char *text, struct arena *arena,
                    struct err *err)
{
    p->value[f] = NULL;
    return text ? record_set_value(p, f, text, strlen(text), arena, NULL, err) : 0;
}

static int set_member(struct record *p, enum field f, const cJSON *body, struct arena *arena,
                      struct err *err)
{
    bool ok = true;
    const char *name = field_info(f)->name, *text = json_text_member(body, name, arena, &ok);
    if (!ok) return err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, name);
    return set_text(p, f, text, arena, err);
}

static int fill(struct record *p, const struct saving *s, struct arena *arena, struct err *err)
{
    if (set_member(p, FIELD_TITLE, s->body, arena, err) ||
        set_member(p, FIELD_NOTE, s->body, arena, err) ||
        set_member(p, FIELD_STATE, s->body, arena, err) ||
        set_text(p, FIELD_NEED_ID, s->in.need, arena, err) ||
        set_text(p, FIELD_BOTTLENECK_ID, s->in.bottleneck, arena, err) ||
        set_text(p, FIELD_REQUEST, s->request.data, arena, err) ||
        set_text(p, FIELD_PLAN, s->plan.data, arena, err))
        return -1;
    if (!p->value[FIELD_TITLE]) return err_set(err, ERR_INVALID, MSG_MEMBER_REQUIRED, "title");
    if (!p->value[FIELD_STATE]) p->value[FIELD_STATE] = "draft";
    if (strcmp(p->value[FIELD_STATE], "agreed") == 0)
        return err_set(err, ERR_INVALID, MSG_PROPOSAL_STATE);
    return 0;
}

/* May it be written there? stored: what is there, NULL for nothing. */
static int check_place(const struct request *q, struct response *r, const struct record *stored,
                       struct err *err)
{
    const char *unless = request_header(q, "If-None-Match");
    if (!stored && !edit_id_is_fine(q->id)) return err_set(err, ERR_INVALID, MSG_ID, EDIT_ID_BYTES);
    if (!stored && request_header(q, "If-Match"))
        return err_set(err, ERR_NOT_FOUND, MSG_NO_RECORD, q->id);
    if (stored && unless) {
        r->status = 412;
        return err_set(err, ERR_CONFLICT, MSG_EXISTS, q->id);
    }
    if (stored && proposal_is_agreed(stored))
        return err_set(err, ERR_CONFLICT, MSG_PROPOSAL_AGREED);
    return 0;
}

static int save(struct request *q, struct response *r, const void *ctx, struct err *err)
{
    const struct saving *s = ctx;
    struct record *stored, p = {.kind = KIND_PROPOSAL, .uid = q->id, .source = "local"};
    int64_t rev;
    bool there;
    if (edit_expected_rev(q, r, &rev, err)) return -1;
    if (store_get(q->app->writer, KIND_PROPOSAL, q->id, q->arena, &stored, err)) return -1;
    if (check_place(q, r, stored, err)) return -1;
    if (stored && edit_get_expected(q, r, rev, &stored, err)) return -1;
    p.id = q->id;
    if (stored) p = *stored;
    if (fill(&p, s, q->arena, err)) return -1;
    if (store_put(q->app->writer, EDIT_ACTOR, &p, 0, NULL, NULL, err)) return -1;
    if (!stored) edit_created(q, r, KIND_PROPOSAL, q->id);
    return edit_answer(q, r, KIND_PROPOSAL, q->id, &there, err);
}

/* Composing takes its time, so it is done before the writer is asked for. */
int api_proposal_save(struct request *q, struct response *r, struct err *err)
{
    static const char *const others[] = {"title", "note", "state", NULL};
    cJSON *body = request_json(q, r, err);
    struct saving s = {.body = body};
    struct json j;
    if (!body) return -1;
    str_init(&s.plan);
    str_init(&s.request);
    int rc = propose_read(body, others, q->arena, &s.in, err);
    if (rc == 0) {
        s.in.request.brief = false;
        json_init(&j, &s.request);
        propose_write(&j, &s.in.request, true);
        rc = compose(q, &s.in, true, &s.plan, err);
    }
    if (rc == 0) rc = edit_transaction(q, r, save, &s, err);
    str_free(&s.plan);
    str_free(&s.request);
    cJSON_Delete(body);
    return rc;
}

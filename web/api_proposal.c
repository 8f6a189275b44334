/* Proposals of consortia: composed without storing anything, saved, and agreed. */
#include "base/base.h"

#include "base/clock.h"
#include "web/api_edit.h"
#include "web/handlers.h"
#include "web/messages.h"
#include "web/propose_input.h"
#include "web/serialise_proposal.h"

#include <string.h>

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

/* Appends what is proposed, as the asker may see it. */
static int compose(struct request *q, struct propose_input *in, struct str *out, struct err *err)
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
            .store = q->worker->store,
            .arena = q->arena,
        };
        json_init(&j, out);
        serialise_proposal(&j, &to, request, &proposal, q->lang);
    }
    snapshot_release(s);
    return rc;
}

int api_propose(struct request *q, struct response *r, struct err *err)
{
    struct propose_input in;
    cJSON *body = request_json(q, r, err);
    if (!body) return -1;
    int rc = propose_read(body, NULL, q->arena, &in, err);
    cJSON_Delete(body);
    return rc ? -1 : compose(q, &in, &r->body, err);
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

static bool is_agreed(const struct record *p)
{
    return p->value[FIELD_STATE] && strcmp(p->value[FIELD_STATE], "agreed") == 0;
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
    if (stored && is_agreed(stored)) return err_set(err, ERR_CONFLICT, MSG_PROPOSAL_AGREED);
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
        rc = compose(q, &s.in, &s.plan, err);
    }
    if (rc == 0) rc = edit_transaction(q, r, save, &s, err);
    str_free(&s.plan);
    str_free(&s.request);
    cJSON_Delete(body);
    return rc;
}

/* ---- agreeing -------------------------------------------------------------------------------- */

/* The members of the saved plan, who leads first. A team that is shown although something that was
 * asked for is missing does not form one. */
static int read_members(const struct record *p, struct arena *arena, struct record *consortium,
                        struct err *err)
{
    cJSON *plan = p->value[FIELD_PLAN] ? cJSON_Parse(p->value[FIELD_PLAN]) : NULL;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(plan, "members"), *m;
    const char **owners = arena_alloc(arena, (size_t)cJSON_GetArraySize(list), sizeof *owners);
    bool complete = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(plan, "feasible"));
    cJSON_ArrayForEach(m, list)
    {
        const cJSON *org = cJSON_GetObjectItemCaseSensitive(m, "org");
        const cJSON *id = cJSON_GetObjectItemCaseSensitive(org, "id");
        if (cJSON_IsString(id))
            owners[consortium->n_owners++] = arena_strdup(arena, id->valuestring);
    }
    consortium->owners = owners;
    cJSON_Delete(plan);
    return complete && consortium->n_owners ? 0
                                            : err_set(err, ERR_CONFLICT, MSG_PROPOSAL_INCOMPLETE);
}

/* Nobody forms a consortium with who is gone, nor for what is. */
static int check_there(struct request *q, enum kind kind, const char *uid, struct err *err)
{
    struct record *r;
    if (!uid) return 0;
    if (store_get(q->app->writer, kind, uid, q->arena, &r, err)) return -1;
    return r ? 0 : err_set(err, ERR_CONFLICT, MSG_PROPOSAL_GONE, uid);
}

static int make_consortium(struct request *q, const struct record *p, struct record *consortium,
                           struct err *err)
{
    char now[CLOCK_STAMP_BYTES];
    clock_stamp(now);
    consortium->source = p->source;
    consortium->value[FIELD_TITLE] = p->value[FIELD_TITLE];
    consortium->value[FIELD_NEED_ID] = p->value[FIELD_NEED_ID];
    consortium->value[FIELD_BOTTLENECK_ID] = p->value[FIELD_BOTTLENECK_ID];
    consortium->value[FIELD_PROPOSAL_ID] = p->uid;
    consortium->value[FIELD_STATE] = "active";
    consortium->value[FIELD_DATE] = arena_strndup(q->arena, now, strlen("YYYY-MM-DD"));
    if (read_members(p, q->arena, consortium, err) ||
        check_there(q, KIND_NEED, p->value[FIELD_NEED_ID], err) ||
        check_there(q, KIND_BOTTLENECK, p->value[FIELD_BOTTLENECK_ID], err))
        return -1;
    for (size_t i = 0; i < consortium->n_owners; i++)
        if (check_there(q, KIND_ORG, consortium->owners[i], err)) return -1;
    return store_put(q->app->writer, EDIT_ACTOR, consortium, 0, NULL, NULL, err);
}

static bool is_of(const struct record *consortium, const struct record *proposal)
{
    const char *uid = consortium->value[FIELD_PROPOSAL_ID];
    return uid && strcmp(uid, proposal->uid) == 0;
}

/* Both records or neither. What is agreed already is answered as it is, whatever revision the
 * client saw: its first try may have got through. */
static int agree(struct request *q, struct response *r, const void *ctx, struct err *err)
{
    struct store *writer = q->app->writer;
    struct record *p, *there, c = {.kind = KIND_CONSORTIUM};
    int64_t rev;
    bool lives;
    (void)ctx;
    if (edit_get_expected(q, r, 0, &p, err)) return -1;
    c.id = arena_printf(q->arena, "con-%s", p->id);
    c.uid = record_uid(p->source, c.id, q->arena);
    if (store_get(writer, KIND_CONSORTIUM, c.uid, q->arena, &there, err)) return -1;
    if (there && !is_of(there, p)) return err_set(err, ERR_CONFLICT, MSG_EXISTS, c.uid);
    if (!is_agreed(p) || !there) {
        if (edit_expected_rev(q, r, &rev, err) || edit_get_expected(q, r, rev, &p, err)) return -1;
        if (p->value[FIELD_STATE] && strcmp(p->value[FIELD_STATE], "withdrawn") == 0)
            return err_set(err, ERR_CONFLICT, MSG_PROPOSAL_WITHDRAWN);
        if (make_consortium(q, p, &c, err)) return -1;
        p->value[FIELD_STATE] = "agreed";
        if (store_put(writer, EDIT_ACTOR, p, 0, NULL, NULL, err)) return -1;
        if (!there) edit_created(q, r, KIND_CONSORTIUM, c.uid);
    }
    return edit_answer(q, r, KIND_CONSORTIUM, c.uid, &lives, err);
}

int api_proposal_agree(struct request *q, struct response *r, struct err *err)
{
    return edit_transaction(q, r, agree, NULL, err);
}

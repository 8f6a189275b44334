/* A proposal becomes a consortium, and back: the two records change together or not at all. */
#include "base/base.h"

#include "base/clock.h"
#include "web/api_agreement.h"
#include "web/api_edit.h"
#include "web/handlers.h"
#include "web/json.h"
#include "web/messages.h"

#include <string.h>

bool proposal_is_agreed(const struct record *p)
{
    return p->value[FIELD_STATE] && strcmp(p->value[FIELD_STATE], "agreed") == 0;
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

/* What a consortium of the proposal is when nobody has edited it. */
static int fill(const struct record *p, const char *date, struct arena *arena, struct record *c,
                struct err *err)
{
    c->source = p->source;
    c->value[FIELD_TITLE] = p->value[FIELD_TITLE];
    c->value[FIELD_NEED_ID] = p->value[FIELD_NEED_ID];
    c->value[FIELD_BOTTLENECK_ID] = p->value[FIELD_BOTTLENECK_ID];
    c->value[FIELD_PROPOSAL_ID] = p->uid;
    c->value[FIELD_STATE] = "active";
    c->value[FIELD_DATE] = arena_strndup(arena, date, strlen("YYYY-MM-DD"));
    return read_members(p, arena, c, err);
}

static int make_consortium(struct request *q, const struct record *p, struct record *consortium,
                           struct err *err)
{
    char now[CLOCK_STAMP_BYTES];
    clock_stamp(now);
    if (fill(p, now, q->arena, consortium, err) ||
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

/* *out: an empty consortium under the id of that of p. *there: what is stored of it, NULL for
 * nothing; the id may be another's. */
static int find_consortium(const struct request *q, const struct record *p, struct record *out,
                           struct record **there, struct err *err)
{
    *out = (struct record){.kind = KIND_CONSORTIUM};
    out->id = arena_printf(q->arena, "con-%s", p->id);
    out->uid = record_uid(p->source, out->id, q->arena);
    return store_get(q->app->writer, KIND_CONSORTIUM, out->uid, q->arena, there, err);
}

/* Both records or neither. What is agreed already is answered as it is, whatever revision the
 * client saw: its first try may have got through. */
static int agree(struct request *q, struct response *r, const void *ctx, struct err *err)
{
    struct store *writer = q->app->writer;
    struct record *p, *there, c;
    int64_t rev;
    bool lives;
    (void)ctx;
    if (edit_get_expected(q, r, 0, &p, err) || find_consortium(q, p, &c, &there, err)) return -1;
    if (there && !is_of(there, p)) return err_set(err, ERR_CONFLICT, MSG_EXISTS, c.uid);
    if (!proposal_is_agreed(p) || !there) {
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

/* ---- and back -------------------------------------------------------------------------------- */

/* Is the consortium what agreement made of the proposal? */
static bool is_unedited(const struct record *there, const struct record *p, struct arena *arena)
{
    /* It was made when it was changed last, or, where an edit of it was taken back, when p was. */
    const char *const dates[] = {there->updated_at, p->updated_at};
    for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
        struct record made = {.kind = KIND_CONSORTIUM};
        struct err ignored = {0};
        if (fill(p, dates[i], arena, &made, &ignored) == 0 && record_same(there, &made))
            return true;
    }
    return false;
}

/* An agreement that is taken back takes its consortium with it, unless somebody's work would be
 * lost. */
static int take_back(struct request *q, const struct record *p, struct err *err)
{
    struct record *there, c;
    if (find_consortium(q, p, &c, &there, err)) return -1;
    if (!there || !is_of(there, p)) return 0;
    if (!is_unedited(there, p, q->arena))
        return err_set(err, ERR_CONFLICT, MSG_PROPOSAL_EDITED, record_title(there));
    return store_delete(q->app->writer, EDIT_ACTOR, KIND_CONSORTIUM, c.uid, there->rev, err);
}

/* What was taken back is taken back: the consortium is there again. */
static int bring_back(struct request *q, const struct record *p, struct err *err)
{
    struct record *there, c;
    if (find_consortium(q, p, &c, &there, err)) return -1;
    if (there) return is_of(there, p) ? 0 : err_set(err, ERR_CONFLICT, MSG_EXISTS, c.uid);
    return make_consortium(q, p, &c, err);
}

static int undo(struct request *q, struct response *r, const void *ctx, struct err *err)
{
    struct store *writer = q->app->writer;
    struct record *before, *after;
    if (store_get(writer, KIND_PROPOSAL, q->id, q->arena, &before, err) ||
        edit_undo(q, r, ctx, err) || store_get(writer, KIND_PROPOSAL, q->id, q->arena, &after, err))
        return -1;
    bool was = before && proposal_is_agreed(before), is = after && proposal_is_agreed(after);
    if (was && !is) return take_back(q, before, err);
    return is && !was ? bring_back(q, after, err) : 0;
}

int api_proposal_undo(struct request *q, struct response *r, struct err *err)
{
    return edit_transaction(q, r, undo, NULL, err);
}

static int delete_free(struct request *q, struct response *r, const void *ctx, struct err *err)
{
    struct record *p, *there, c;
    if (edit_get_expected(q, r, 0, &p, err) || find_consortium(q, p, &c, &there, err)) return -1;
    if (there && is_of(there, p))
        return err_set(err, ERR_CONFLICT, MSG_PROPOSAL_FORMED, record_title(there));
    return edit_delete(q, r, ctx, err);
}

int api_proposal_delete(struct request *q, struct response *r, struct err *err)
{
    return edit_transaction(q, r, delete_free, NULL, err);
}

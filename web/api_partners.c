/* Whom else to bring in, given an organisation and what it has in hand. */
#include "base/base.h"

#include "matcher/partner.h"
#include "web/app.h"
#include "web/handlers.h"
#include "web/messages.h"
#include "web/serialise.h"

enum { TOP_DEFAULT = 10, TOP_MAX = 100 };

static void partner(struct json *j, const struct partner *p)
{
    json_object(j);
    json_member_int(j, "rank", (int64_t)p->rank);
    json_key(j, "org");
    json_object(j);
    json_member(j, "id", p->org->uid);
    json_member(j, "name", record_title(p->org));
    json_end_object(j);
    json_member_double(j, "score", p->score);
    json_member(j, "level", match_level_name(p->level));
    json_member_double(j, "expected_by_chance", p->expected_by_chance);
    json_member_int(j, "joint", (int64_t)p->joint);
    json_key(j, "features");
    json_object(j);
    for (int f = 0; f < PARTNER_COUNT; f++) {
        const struct feature_value *v = &p->features[f];
        json_key(j, partner_feature_name((enum partner_feature)f));
        json_object(j);
        json_key(j, "value");
        json_float(j, v->value);
        json_key(j, "weight");
        json_float(j, v->weight);
        json_key(j, "contribution");
        json_float(j, v->contribution);
        json_end_object(j);
    }
    json_end_object(j);
    json_end_object(j);
}

static void answer(struct json *j, const struct record *org, const struct record *challenge,
                   const struct partner_list *list)
{
    json_object(j);
    json_key(j, "org");
    json_object(j);
    json_member(j, "id", org->uid);
    json_member(j, "name", record_title(org));
    json_end_object(j);
    if (challenge) {
        json_key(j, kind_name(challenge->kind));
        json_object(j);
        json_member(j, "id", challenge->uid);
        json_member(j, "title", record_title(challenge));
        json_end_object(j);
    }
    json_key(j, "partners");
    json_array(j);
    for (size_t i = 0; i < list->n; i++) partner(j, &list->partners[i]);
    json_end_array(j);
    json_member_int(j, "pool", (int64_t)list->pool);
    json_member_bool(j, "lexical_only", list->lexical_only);
    json_end_object(j);
}

/* The record of the index: what was committed a moment ago may not be there yet. */
static const struct record *find(const struct snapshot *s, enum kind kind, const char *uid,
                                 struct err *err)
{
    uint32_t ord = snapshot_find(s, kind, uid);
    if (ord != UINT32_MAX) return snapshot_record(s, kind, ord);
    err_set(err, ERR_NOT_FOUND, MSG_NO_RECORD, uid);
    return NULL;
}

int api_partners(struct request *q, struct response *r, struct err *err)
{
    const char *need = request_param(q, "need"), *item = request_param(q, "bottleneck");
    const char *asked = need ? need : item;
    const struct record *challenge = NULL, *org;
    struct partner_list list;
    long top = TOP_DEFAULT;
    int rc = -1;
    if (need && item) return err_set(err, ERR_INVALID, MSG_PARTNERS_ONE);
    if (request_number(q, "top", 1, TOP_MAX, &top, err)) return -1;
    const struct snapshot *s = engine_acquire(q->app->backend->engine);
    if (!(org = find(s, KIND_ORG, q->id, err))) goto out;
    if (asked && !(challenge = find(s, need ? KIND_NEED : KIND_BOTTLENECK, asked, err))) goto out;
    uint32_t member = snapshot_find(s, KIND_ORG, q->id);
    if (partner_run(q->app->backend->matcher, s, q->worker->analyzer, challenge, &member, 1,
                    (size_t)top, q->arena, &list, err))
        goto out;
    struct json j;
    json_init(&j, &r->body);
    answer(&j, org, challenge, &list);
    rc = 0;
out:
    snapshot_release(s);
    return rc;
}

/* The coverage map, and a first draft of a call for solvers from one of its items. */
#include "base/base.h"

#include "base/clock.h"
#include "matcher/call_draft.h"
#include "web/app.h"
#include "web/coverage_json.h"
#include "web/coverage_share.h"
#include "web/handlers.h"
#include "web/messages.h"
#include "web/serialise.h"

#include <string.h>

int api_coverage(struct request *q, struct response *r, struct err *err)
{
    struct coverage_query asked = {request_param(q, "chain"), request_param(q, "at")};
    if (coverage_check_day(asked.at, err)) return -1;
    const char *now = coverage_tag(q);
    if (request_not_modified(q, now)) {
        response_header(r, "ETag", now);
        r->status = 304;
        return 0;
    }
    struct coverage_held *held = coverage_hold(q, err);
    if (!held) {
        if (err->kind == ERR_UNAVAILABLE) response_header(r, "Retry-After", "2");
        return -1;
    }
    struct coverage_view view;
    struct json j;
    coverage_look(coverage_map(held), asked.chain, asked.at, q->arena, &view);
    json_init(&j, &r->body);
    coverage_to_json(&j, coverage_map(held), &asked, &view);
    response_header(r, "ETag", arena_strdup(q->arena, coverage_held_tag(held)));
    coverage_give_back(q->app->coverage, held);
    return 0;
}

/* ---- a draft of a call ----------------------------------------------------------------------- */

static void rules(struct json *j, const struct call_entry *e)
{
    json_key(j, "rules");
    json_array(j);
    for (size_t i = 0; i < e->n_rules; i++) serialise_rule(j, e->rules[i], false);
    json_end_array(j);
}

static void parts(struct json *j, const struct call_draft *d)
{
    json_key(j, "parts");
    json_array(j);
    for (int p = 0; p < CALL_PARTS; p++) {
        const struct call_entry *e = &d->parts[p];
        json_object(j);
        json_member(j, "part", call_part_name((enum call_part)p));
        json_member_langs(j, "label", e->label[LANG_ZH], e->label[LANG_EN]);
        json_key(j, "texts");
        json_array(j);
        for (size_t i = 0; i < e->n_texts; i++) json_string(j, e->texts[i]);
        json_end_array(j);
        json_member_langs(j, "question", e->question[LANG_ZH], e->question[LANG_EN]);
        rules(j, e);
        json_end_object(j);
    }
    json_end_array(j);
}

int api_call_draft(struct request *q, struct response *r, struct err *err)
{
    char stamp[CLOCK_STAMP_BYTES];
    struct record *item;
    struct call_draft *d = arena_alloc(q->arena, 1, sizeof *d);
    struct json j;
    if (store_get(q->worker->store, KIND_BOTTLENECK, q->id, q->arena, &item, err)) return -1;
    if (!item) return err_set(err, ERR_NOT_FOUND, MSG_NO_RECORD, q->id);
    const char *on = arena_strndup(q->arena, clock_stamp(stamp), strlen("0000-00-00"));
    call_draft_make(q->worker->analyzer, item, on, q->arena, d);
    json_init(&j, &r->body);
    json_object(&j);
    json_key(&j, "bottleneck");
    json_object(&j);
    json_member(&j, "id", item->uid);
    json_member(&j, "title", d->title);
    json_end_object(&j);
    json_member(&j, "on", on);
    parts(&j, d);
    json_key(&j, "need");
    json_object(&j);
    json_member(&j, "title", d->title);
    json_member(&j, "text", d->text);
    json_member(&j, "targets", d->targets);
    json_member(&j, "chain", d->chain);
    json_member(&j, "cooperation", d->cooperation);
    json_end_object(&j);
    json_end_object(&j);
    return 0;
}

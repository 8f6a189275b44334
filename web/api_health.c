/* Diagnoses of needs: of a draft, which is stored nowhere, and of a stored need. */
#include "base/base.h"

#include "base/clock.h"
#include "matcher/health.h"
#include "web/app.h"
#include "web/handlers.h"
#include "web/messages.h"
#include "web/serialise.h"

#include <math.h>
#include <string.h>

_Static_assert(FIELD_COUNT <= 64, "health_query.unreadable has a bit for each field");

/* ---- what is asked --------------------------------------------------------------------------- */

/* ?on=YYYY-MM-DD, today when absent: a diagnosis of another day can be had again. */
static int read_day(const struct request *q, const char **on, struct err *err)
{
    static const char form[] = "0000-00-00";
    char stamp[CLOCK_STAMP_BYTES];
    *on = request_param(q, "on");
    if (!*on) {
        *on = arena_strndup(q->arena, clock_stamp(stamp), sizeof form - 1);
        return 0;
    }
    bool fine = strlen(*on) == sizeof form - 1;
    for (size_t i = 0; fine && form[i]; i++)
        fine = form[i] == '-' ? (*on)[i] == '-' : (*on)[i] >= '0' && (*on)[i] <= '9';
    return fine ? 0 : err_set(err, ERR_INVALID, MSG_DAY, *on);
}

/* A sum of money as the budget is written, "1,200" or 1200. */
static double read_sum(const cJSON *object, const char *name, struct arena *arena, bool *ok)
{
    struct record scratch = {.kind = KIND_NEED};
    struct err ignored = {0};
    const char *text = object ? json_text_member(object, name, arena, ok) : NULL;
    if (!text ||
        record_set_value(&scratch, FIELD_BUDGET_WAN, text, strlen(text), arena, &ignored, &ignored))
        return NAN;
    return record_number(&scratch, FIELD_BUDGET_WAN, NAN);
}

/* A value that is being typed is no error: it is a finding. */
static int read_field(const cJSON *body, enum field f, struct record *need, uint64_t *unreadable,
                      struct arena *arena, struct err *err)
{
    bool ok = true;
    struct err warning = {0}, refusal = {0};
    const char *name = field_info(f)->name, *text = json_text_member(body, name, arena, &ok);
    if (!ok) return err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, name);
    if (!text) return 0;
    if (record_set_value(need, f, text, strlen(text), arena, &warning, &refusal)) {
        if (refusal.kind == ERR_TOO_LARGE) {
            *err = refusal;
            return -1;
        }
        *unreadable |= (uint64_t)1 << f;
    } else if (warning.code) {
        *unreadable |= (uint64_t)1 << f;
    }
    return 0;
}

static int read_draft(const cJSON *body, struct health_query *query, struct record *need,
                      struct arena *arena, struct err *err)
{
    bool ok = true;
    *need = (struct record){.kind = KIND_NEED};
    for (int f = 0; f < FIELD_COUNT; f++)
        if (field_of_kind((enum field)f, KIND_NEED) &&
            !(field_info((enum field)f)->flags & FIELD_VIRTUAL) &&
            read_field(body, (enum field)f, need, &query->unreadable, arena, err))
            return -1;
    query->need = need;
    query->grant_wan = read_sum(body, "grant_wan", arena, &ok);
    query->solver_wan = read_sum(body, "solver_wan", arena, &ok);
    return ok ? 0 : err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, "grant_wan");
}

/* ---- what is answered ------------------------------------------------------------------------ */

/* Who reads it. draft: his own words, all of which he may see. */
struct eyes {
    const struct serialiser *serialiser;
    const struct record *need;
    bool draft;
    struct arena *arena;
};

static bool sees(const struct eyes *e, enum field f)
{
    return e->draft || f == FIELD_COUNT || !e->need->value[f] ||
           serialise_value(e->serialiser, e->need, f) != NULL;
}

static void members_quote(struct json *j, const struct health_quote *q)
{
    json_member(j, "field", field_info(q->field)->name);
    json_key(j, "span");
    json_array(j);
    json_int(j, q->span.begin);
    json_int(j, q->span.end);
    json_end_array(j);
    json_member(j, "text", q->text);
}

static void elements(struct json *j, const struct eyes *e, const struct health *h)
{
    json_key(j, "elements");
    json_array(j);
    for (int i = 0; i < ELEMENT_COUNT; i++) {
        json_object(j);
        json_member(j, "element", element_name((enum element)i));
        json_member_bool(j, "stated", h->elements[i].stated);
        json_key(j, "quotes");
        json_array(j);
        for (size_t k = 0; k < h->elements[i].n; k++) {
            const struct health_quote *q = &h->elements[i].quotes[k];
            if (!sees(e, q->field)) continue;
            json_object(j);
            members_quote(j, q);
            json_end_object(j);
        }
        json_end_array(j);
        json_end_object(j);
    }
    json_end_array(j);
}

static void finding(struct json *j, const struct eyes *e, const struct finding *f)
{
    const struct finding_info *info = finding_info(f->code);
    bool see = sees(e, f->quote.field);
    json_object(j);
    json_member(j, "code", info->code);
    json_member(j, "severity", severity_name(f->severity));
    json_member(j, "element", element_name(info->element));
    if (f->quote.text && see)
        members_quote(j, &f->quote);
    else if (f->quote.field != FIELD_COUNT)
        json_member(j, "field", field_info(f->quote.field)->name);
    json_member_langs(j, "title", info->title[LANG_ZH], info->title[LANG_EN]);
    json_member_langs(j, "question", finding_question(f, LANG_ZH, see, e->arena),
                      finding_question(f, LANG_EN, see, e->arena));
    json_end_object(j);
}

/* What rules say of sealed sums and texts is as sealed as those: then there are none. */
static void rules(struct json *j, const struct eyes *e, const struct health *h)
{
    bool all = sees(e, FIELD_TEXT) && sees(e, FIELD_TARGETS) && sees(e, FIELD_KEY_TECHNOLOGY) &&
               sees(e, FIELD_BUDGET_WAN) && sees(e, FIELD_COOPERATION);
    json_key(j, "rules");
    json_array(j);
    for (size_t i = 0; all && i < h->n_rules; i++) serialise_rule(j, &h->rules[i], true);
    json_end_array(j);
}

static void answer(const struct request *q, struct response *r, const struct health_query *query,
                   bool draft)
{
    struct health *h = arena_alloc(q->arena, 1, sizeof *h);
    struct serialiser s = {
        .rights = q->role >= ROLE_WRITER ? rights_writer : rights_reader,
        .store = q->worker->store,
        .arena = q->arena,
    };
    struct eyes e = {&s, query->need, draft, q->arena};
    struct json j;
    health_diagnose(query, q->arena, h);
    json_init(&j, &r->body);
    json_object(&j);
    json_member(&j, "result", health_result_name(h->result));
    json_member(&j, "on", query->on);
    json_member_bool(&j, "bidding", h->bidding);
    json_member_int(&j, "indicators", (int64_t)h->n_indicators);
    elements(&j, &e, h);
    json_key(&j, "findings");
    json_array(&j);
    for (size_t i = 0; i < h->n_findings; i++) finding(&j, &e, &h->findings[i]);
    json_end_array(&j);
    rules(&j, &e, h);
    json_end_object(&j);
}

int api_diagnose_draft(struct request *q, struct response *r, struct err *err)
{
    struct health_query query = {0};
    struct record need;
    cJSON *body = read_day(q, &query.on, err) ? NULL : request_json(q, r, err);
    int rc = body ? read_draft(body, &query, &need, q->arena, err) : -1;
    cJSON_Delete(body);
    if (rc == 0) answer(q, r, &query, true);
    return rc;
}

int api_diagnose(struct request *q, struct response *r, struct err *err)
{
    struct health_query query = {0};
    struct record *need;
    bool ok = true;
    if (read_day(q, &query.on, err)) return -1;
    if (store_get(q->worker->store, KIND_NEED, q->id, q->arena, &need, err)) return -1;
    if (!need) return err_set(err, ERR_NOT_FOUND, MSG_NO_RECORD, q->id);
    cJSON *extra = need->extra ? cJSON_Parse(need->extra) : NULL;
    query.need = need;
    query.grant_wan = read_sum(extra, "grant_wan", q->arena, &ok);
    query.solver_wan = read_sum(extra, "solver_wan", q->arena, &ok);
    cJSON_Delete(extra);
    answer(q, r, &query, false);
    return 0;
}

#include "base/base.h"

#include "web/coverage_json.h"
#include "web/messages.h"

#include <string.h>

/* ---- the log --------------------------------------------------------------------------------- */

struct relay {
    int (*fn)(void *to, const struct change *c, struct err *err);
    void *to;
    struct arena arena; /* of the row at hand */
};

static int pass_on(void *ctx, const struct change *c, struct err *err)
{
    struct relay *r = ctx;
    int said = r->fn(r->to, c, err);
    arena_reset(&r->arena);
    return said;
}

static int read_store(void *ctx, int (*fn)(void *to, const struct change *c, struct err *err),
                      void *to, struct err *err)
{
    struct relay r = {.fn = fn, .to = to};
    arena_init(&r.arena);
    int rc = store_changes(ctx, 0, 0, &r.arena, pass_on, &r, err);
    arena_free(&r.arena);
    return rc;
}

struct coverage_log coverage_log_of(struct store *store)
{
    return (struct coverage_log){.read = read_store, .ctx = store};
}

/* Two digits, from 01 to most. */
static bool is_from_one_to(const char *digits, int most)
{
    int n = (digits[0] - '0') * 10 + digits[1] - '0';
    return n >= 1 && n <= most;
}

int coverage_check_day(const char *at, struct err *err)
{
    static const char form[] = "0000-00-00";
    if (!at) return 0;
    size_t len = strlen(at);
    bool fine = len == 7 || len == 10;
    for (size_t i = 0; fine && i < len; i++)
        fine = form[i] == '-' ? at[i] == '-' : at[i] >= '0' && at[i] <= '9';
    fine = fine && is_from_one_to(at + 5, 12) && (len == 7 || is_from_one_to(at + 8, 31));
    return fine ? 0 : err_set(err, ERR_INVALID, MSG_COVERAGE_DAY, at);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void member_or_null(struct json *j, const char *key, const char *s)
{
    json_key(j, key);
    json_string(j, s);
}

static void members_ref(struct json *j, const struct coverage_ref *r, bool org)
{
    json_member(j, "id", r->uid);
    json_member(j, org ? "name" : "title", r->title);
    json_member(j, "kind", r->kind);
    json_member(j, "year", r->year);
    if (r->sample) json_member_bool(j, "sample", true);
    if (r->gone) json_member_bool(j, "gone", true);
}

static void ref(struct json *j, const char *key, const struct coverage_ref *r, bool org)
{
    json_key(j, key);
    if (!r) {
        json_null(j);
        return;
    }
    json_object(j);
    members_ref(j, r, org);
    json_end_object(j);
}

static void members_counts(struct json *j, const struct coverage_counts *c)
{
    json_member_int(j, "items", (int64_t)c->items);
    for (int s = 0; s < COVERAGE_ABSENT; s++)
        json_member_int(j, coverage_status_name((enum coverage_status)s), (int64_t)c->of[s]);
}

static void sources(struct json *j, const char *key, const struct coverage_source *s, size_t n)
{
    json_key(j, key);
    json_array(j);
    for (size_t i = 0; i < n; i++) {
        json_object(j);
        ref(j, "org", s[i].org, true);
        ref(j, "capability", s[i].capability, false);
        json_member(j, "level", match_level_name(s[i].level));
        json_member(j, "alone", match_level_name(s[i].alone));
        json_member_double(j, "expected_by_chance", s[i].expected_by_chance);
        json_member_int(j, "capabilities", (int64_t)s[i].capabilities);
        if (s[i].must_unmet) json_member_bool(j, "must_unmet", true);
        json_end_object(j);
    }
    json_end_array(j);
}

void coverage_item_to_json(struct json *j, const struct coverage_item *item)
{
    json_object(j);
    members_ref(j, item->ref, false);
    member_or_null(j, "chain", item->chain);
    json_member(j, "priority", item->priority);
    json_member(j, "status", item->status);
    json_member(j, "coverage", coverage_status_name(item->coverage));
    json_member_bool(j, "thin", item->thin);
    sources(j, "sources", item->sources, item->n_sources);
    sources(j, "to_verify", item->to_verify, item->n_to_verify);
    json_member_int(j, "to_verify_total", (int64_t)item->verify_total);
    json_end_object(j);
}

static void chains(struct json *j, const struct coverage_view *v)
{
    json_key(j, "chains");
    json_array(j);
    for (size_t i = 0; i < v->n_chains; i++) {
        json_object(j);
        member_or_null(j, "chain", v->chains[i].chain);
        members_counts(j, &v->chains[i].counts);
        json_end_object(j);
    }
    json_end_array(j);
}

static void ids(struct json *j, const char *key, const struct coverage_item **items, size_t n)
{
    json_key(j, key);
    json_array(j);
    for (size_t i = 0; i < n; i++) json_string(j, items[i]->ref->uid);
    json_end_array(j);
}

static void orgs(struct json *j, const struct coverage_view *v)
{
    json_key(j, "orgs");
    json_array(j);
    for (size_t i = 0; i < v->n_orgs; i++) {
        const struct coverage_org *o = &v->orgs[i];
        json_object(j);
        ref(j, "org", o->ref, true);
        json_member_int(j, "items", (int64_t)o->items);
        ids(j, "sole", o->sole, o->n_sole);
        ids(j, "pair", o->pair, o->n_pair);
        json_end_object(j);
    }
    json_end_array(j);
}

static void timeline(struct json *j, const struct coverage_view *v)
{
    json_key(j, "timeline");
    json_object(j);
    json_member(j, "by", v->by_month ? "month" : "day");
    json_key(j, "points");
    json_array(j);
    for (size_t i = 0; i < v->n_points; i++) {
        json_object(j);
        json_member(j, "date", v->points[i].date);
        members_counts(j, &v->points[i].counts);
        json_end_object(j);
    }
    json_end_array(j);
    json_end_object(j);
}

static void changes(struct json *j, const struct coverage_view *v)
{
    json_key(j, "changes");
    json_object(j);
    member_or_null(j, "since", v->since);
    json_key(j, "moves");
    json_array(j);
    for (size_t i = 0; i < v->n_moves; i++) {
        const struct coverage_move *m = &v->moves[i];
        json_object(j);
        members_ref(j, m->ref, false);
        member_or_null(j, "chain", m->chain);
        member_or_null(j, "before", coverage_status_name(m->before));
        member_or_null(j, "after", coverage_status_name(m->after));
        json_end_object(j);
    }
    json_end_array(j);
    json_end_object(j);
}

void coverage_to_json(struct json *j, const struct coverage *c, const struct coverage_query *q,
                      const struct coverage_view *v)
{
    json_object(j);
    member_or_null(j, "as_of", v->as_of);
    json_member(j, "at", q->at);
    json_member(j, "chain", q->chain);
    json_member(j, "levels_judged", "today");
    json_member_int(j, "pool", (int64_t)coverage_pool(c));
    json_member_bool(j, "lexical_only", coverage_lexical_only(c));
    json_member_int(j, "unjudged", (int64_t)coverage_unjudged(c));
    json_key(j, "totals");
    json_object(j);
    members_counts(j, &v->counts);
    json_member_int(j, "thin", (int64_t)v->thin);
    json_end_object(j);
    chains(j, v);
    json_key(j, "items");
    json_array(j);
    for (size_t i = 0; i < v->counts.items; i++) coverage_item_to_json(j, &v->items[i]);
    json_end_array(j);
    orgs(j, v);
    timeline(j, v);
    changes(j, v);
    json_end_object(j);
}

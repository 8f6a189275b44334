#include "base/base.h"

#include "corpus/record_json.h"
#include "matcher/precedent.h"
#include "web/serialise.h"
#include "web/serialise_proposal.h"

#include <stdio.h>
#include <string.h>

const struct rights rights_reader = {.text = false, .contacts = false};
const struct rights rights_writer = {.text = true, .contacts = false};
const struct rights rights_owner = {.text = true, .contacts = true};

/* ---- the rule -------------------------------------------------------------------------------- */

/* Of a need or capability that is not public, everybody may still see what it is called and the
 * few codes that say what field it is in; not what it says. */
static bool field_is_open(enum field f)
{
    switch (f) {
    case FIELD_TITLE:
    case FIELD_NAME:
    case FIELD_KIND:
    case FIELD_INDUSTRY:
    case FIELD_CHAIN:
    case FIELD_TRL:
    case FIELD_YEAR:
    case FIELD_DEADLINE:
    case FIELD_VISIBILITY: return true;
    default: return false;
    }
}

static bool may_see(struct rights rights, bool is_public, enum field f)
{
    if (field_info(f)->flags & FIELD_SEALED) return rights.contacts;
    if (field_info(f)->flags & FIELD_PRIVATE) return rights.text;
    return rights.text || is_public || field_is_open(f);
}

const char *serialise_value(const struct serialiser *s, const struct record *r, enum field f)
{
    return may_see(s->rights, !s->closed && record_is_public(r), f) ? r->value[f] : NULL;
}

/* ---- records --------------------------------------------------------------------------------- */

static void member_value(struct json *j, const struct serialiser *s, enum field f,
                         const char *value)
{
    const struct field_info *info = field_info(f);
    json_key(j, info->name);
    if (f == FIELD_PLAN && !s->stored)
        serialise_plan(j, s, value);
    else if (info->type == TYPE_INT || info->type == TYPE_REAL || info->type == TYPE_JSON)
        json_raw(j, value);
    else
        json_string(j, value);
}

const char *serialise_org_name(const struct serialiser *s, const char *uid)
{
    struct record *org = NULL;
    if (store_get(s->store, KIND_ORG, uid, s->arena, &org, NULL) || !org) return uid;
    return record_title(org);
}

static void org_ref(struct json *j, const char *id, const char *name)
{
    json_object(j);
    json_member(j, "id", id);
    json_member(j, "name", name);
    json_end_object(j);
}

static const char *title_of(const struct serialiser *s, enum kind kind, const char *uid)
{
    struct record *r = NULL;
    if (store_get(s->store, kind, uid, s->arena, &r, NULL) || !r) return uid;
    return record_title(r);
}

/* What an introduction brings together or a consortium is for, by name: need_title, ... Titles are
 * open to all, but whoever may not know that the record names another is not told its title. */
static void members_titles(struct json *j, const struct serialiser *s, const struct record *r)
{
    for (int f = 0; f < FIELD_COUNT; f++) {
        enum kind kind = field_refers((enum field)f);
        bool titled = kind != KIND_COUNT && kind != KIND_PROPOSAL; /* those are for writers alone */
        const char *uid = titled ? serialise_value(s, r, (enum field)f) : NULL;
        if (!uid) continue;
        json_key(j, arena_printf(s->arena, "%s_title", kind_name(kind)));
        json_string(j, title_of(s, kind, uid));
    }
}

/* The main owner, and of a capability or consortium all of them. */
static void members_owners(struct json *j, const struct serialiser *s, const struct record *r)
{
    if (r->n_owners > 0) {
        json_member(j, "org_id", r->owners[0]);
        json_member(j, "org_name", serialise_org_name(s, r->owners[0]));
    }
    if (!kind_is_shared(r->kind)) return;
    json_key(j, "orgs");
    json_array(j);
    for (size_t i = 0; i < r->n_owners; i++)
        org_ref(j, r->owners[i], serialise_org_name(s, r->owners[i]));
    json_end_array(j);
}

/* The same as import reads it: one value, or a list of them. */
static void columns_owners(struct json *j, const struct serialiser *s, const struct record *r)
{
    for (int names = 0; names < 2 && r->n_owners; names++) {
        json_key(j, names ? "org_name" : "org_id");
        if (r->n_owners > 1) json_array(j);
        for (size_t i = 0; i < r->n_owners; i++)
            json_string(j, names ? serialise_org_name(s, r->owners[i]) : r->owners[i]);
        if (r->n_owners > 1) json_end_array(j);
    }
}

/* Columns that no field of ours took, as they came. */
static void columns_extra(struct json *j, const struct record *r)
{
    cJSON *extra = cJSON_Parse(r->extra);
    for (const cJSON *member = extra ? extra->child : NULL; member; member = member->next) {
        json_key(j, member->string);
        json_tree(j, member);
    }
    cJSON_Delete(extra);
}

static void member_extra(struct json *j, const struct record *r)
{
    json_key(j, "extra");
    json_raw(j, r->extra);
}

static bool is_sample(const struct record *r)
{
    return r->source && strcmp(r->source, "sample") == 0;
}

/* What is there and not shown. That an organisation has contacts is nobody's business either. */
static void member_sealed(struct json *j, const struct serialiser *s, const struct record *r)
{
    bool any = false;
    for (int f = 0; f < FIELD_COUNT; f++) {
        bool contact = field_info((enum field)f)->flags & FIELD_SEALED;
        if (contact || !r->value[f] || serialise_value(s, r, (enum field)f)) continue;
        if (!any) {
            json_key(j, "sealed");
            json_array(j);
            any = true;
        }
        json_string(j, field_info((enum field)f)->name);
    }
    if (any) json_end_array(j);
}

void serialise_record(struct json *j, const struct serialiser *s, const struct record *r, bool meta)
{
    json_object(j);
    json_member(j, "id", r->uid);
    if (meta) {
        json_member(j, "source", r->source);
        json_member_bool(j, "sample", is_sample(r));
        json_member_int(j, "rev", r->rev);
        json_member(j, "created_at", r->created_at);
        json_member(j, "updated_at", r->updated_at);
    }
    (meta ? members_owners : columns_owners)(j, s, r);
    if (meta) members_titles(j, s, r);
    for (int f = 0; f < FIELD_COUNT; f++) {
        const char *value = serialise_value(s, r, (enum field)f);
        if (value) member_value(j, s, (enum field)f, value);
    }
    if (r->extra && s->rights.text) (meta ? member_extra : columns_extra)(j, r);
    if (meta) member_sealed(j, s, r);
    json_end_object(j);
}

/* ---- changes --------------------------------------------------------------------------------- */

static int change_side(const struct serialiser *s, const struct change *c, const char *text,
                       struct record **out, struct err *err)
{
    *out = NULL;
    if (!text) return 0;
    *out = record_from_json(c->kind, text, s->arena, err);
    return *out ? 0 : -1;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_owners(const struct record *a, const struct record *b)
{
    if (a->n_owners != b->n_owners) return false;
    for (size_t i = 0; i < a->n_owners; i++)
        if (!same(a->owners[i], b->owners[i])) return false;
    return true;
}

static void changed_fields(struct json *j, const struct record *a, const struct record *b)
{
    static const struct record nothing;
    if (!a) a = &nothing;
    if (!b) b = &nothing;
    json_array(j);
    for (int f = 0; f < FIELD_COUNT; f++) {
        const struct field_info *info = field_info((enum field)f);
        if (!(info->flags & FIELD_SEALED) && !same(a->value[f], b->value[f]))
            json_string(j, info->name);
    }
    if (!same_owners(a, b)) json_string(j, "org_id");
    json_end_array(j);
}

static void side(struct json *j, const struct serialiser *s, const char *key,
                 const struct record *r)
{
    json_key(j, key);
    if (r)
        serialise_record(j, s, r, false);
    else
        json_null(j);
}

int serialise_change(struct json *j, const struct serialiser *s, const struct change *c,
                     struct err *err)
{
    struct record *before, *after;
    if (change_side(s, c, c->before, &before, err) || change_side(s, c, c->after, &after, err))
        return -1;
    json_object(j);
    json_member_int(j, "rev", c->rev);
    json_member(j, "at", c->at);
    json_member(j, "actor", c->actor);
    json_member(j, "action", c->action);
    json_key(j, "changed");
    changed_fields(j, before, after);
    side(j, s, "before", before);
    side(j, s, "after", after);
    json_end_object(j);
    return 0;
}

/* ---- matches --------------------------------------------------------------------------------- */

static void member_sample(struct json *j, const struct record *r)
{
    if (is_sample(r)) json_member_bool(j, "sample", true);
}

/* {id, title, ...}: how one side of a match is named. */
static void record_ref(struct json *j, const struct record *r, const struct record *org,
                       const struct serialiser *s)
{
    json_object(j);
    json_member(j, "id", r->uid);
    json_member(j, r->kind == KIND_ORG ? "name" : "title", record_title(r));
    if (r->kind == KIND_CAPABILITY || r->kind == KIND_ORG)
        json_member(j, "kind", r->value[FIELD_KIND]);
    if (r->kind == KIND_ORG) {
        json_member(j, "town", r->value[FIELD_TOWN]);
        json_member(j, "region", r->value[FIELD_REGION]);
    } else if (org || r->n_owners > 0) {
        json_key(j, "org");
        org_ref(j, org ? org->uid : r->owners[0],
                org ? record_title(org) : serialise_org_name(s, r->owners[0]));
    }
    member_sample(j, r);
    json_end_object(j);
}

static void features(struct json *j, const struct match *m)
{
    json_key(j, "features");
    json_object(j);
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (m->features[f].weight == 0) continue; /* of another target */
        json_key(j, feature_name((enum feature)f));
        json_object(j);
        json_key(j, "value");
        json_float(j, m->features[f].value);
        json_key(j, "weight");
        json_float(j, m->features[f].weight);
        json_key(j, "contribution");
        json_float(j, m->features[f].contribution);
        json_end_object(j);
    }
    json_end_object(j);
}

static void span_of(struct json *j, const char *key, struct span span)
{
    json_key(j, key);
    json_array(j);
    json_int(j, span.begin);
    json_int(j, span.end);
    json_end_array(j);
}

static void quote(struct json *j, const char *side, const struct quote *q)
{
    json_key(j, side);
    json_object(j);
    json_member(j, "field", field_info(q->field)->name);
    span_of(j, "span", q->span);
    json_member(j, "text", q->text);
    json_end_object(j);
}

/* The matcher was told what may be quoted; that nothing else leaves is decided here, again. A field
 * the record's kind does not have comes from some other record: only what is open to all passes. */
static bool may_quote(struct rights rights, const struct record *r, const struct quote *q)
{
    if (!r) return true; /* the reader's own text */
    return may_see(rights, record_is_public(r) && field_of_kind(q->field, r->kind), q->field);
}

/* The record that `capability` of the evidence quotes: of an organisation the first capability that
 * is named, or itself. */
static const struct record *offering_side(const struct match *m, const struct record *offer)
{
    bool by_capability = offer && offer->kind == KIND_ORG && m->n_capabilities;
    return by_capability ? m->capabilities[0].record : offer;
}

/* Whose words a match quotes; NULL for the reader's own text. */
static void sides(const struct record *from, const struct match *m, const struct record **need,
                  const struct record **offer)
{
    bool seeking = m->record->kind == KIND_CAPABILITY || m->record->kind == KIND_ORG;
    *need = seeking ? from : m->record;
    *offer = offering_side(m, seeking ? m->record : from);
}

void serialise_evidence(struct json *j, const struct serialiser *s, const struct record *need,
                        const struct record *offer, const struct evidence *all, size_t n)
{
    json_array(j);
    for (size_t i = 0; i < n; i++) {
        const struct evidence *e = &all[i];
        if (!may_quote(s->rights, need, &e->need) || !may_quote(s->rights, offer, &e->capability))
            continue;
        json_object(j);
        json_member(j, "kind", evidence_kind_name(e->kind));
        quote(j, "need", &e->need);
        quote(j, "capability", &e->capability);
        json_key(j, "weight");
        json_float(j, e->weight);
        json_end_object(j);
    }
    json_end_array(j);
}

static void indicator_side(struct json *j, const char *key, const struct indicator_side *side)
{
    const struct quote *q = &side->sentence;
    json_key(j, key);
    json_object(j);
    json_member(j, "field", field_info(q->field)->name);
    span_of(j, "span", q->span);
    json_member(j, "text", q->text);
    span_of(j, "mention", side->mention);
    json_end_object(j);
}

void serialise_indicators(struct json *j, const struct serialiser *s, const struct record *need,
                          const struct record *offer, const struct indicator_row *all, size_t n)
{
    json_array(j);
    for (size_t i = 0; i < n; i++) {
        const struct indicator_row *row = &all[i];
        if (!may_quote(s->rights, need, &row->required.sentence)) continue;
        bool stated = row->has_stated && may_quote(s->rights, offer, &row->stated.sentence);
        json_object(j);
        json_member(j, "quantity", row->quantity);
        indicator_side(j, "required", &row->required);
        if (stated) {
            indicator_side(j, "stated", &row->stated);
        } else {
            json_key(j, "stated");
            json_null(j);
        }
        json_member(j, "verdict", verdict_name(stated ? row->verdict : VERDICT_UNKNOWN));
        json_member_bool(j, "must", row->must);
        json_end_object(j);
    }
    json_end_array(j);
}

static void named(struct json *j, const char *key, const struct record *r)
{
    if (!r) return;
    json_key(j, key);
    json_object(j);
    json_member(j, "id", r->uid);
    json_member(j, r->kind == KIND_ORG ? "name" : "title", record_title(r));
    json_end_object(j);
}

/* Names and titles are open; the note is not even in the snapshot. A reader learns of contracts
 * alone: the matcher was told so, and it is decided here, again. */
static void precedents(struct json *j, struct rights rights, const struct match *m)
{
    json_key(j, "precedents");
    json_array(j);
    for (size_t i = 0; i < m->n_precedents; i++) {
        const struct precedent *p = &m->precedents[i];
        const struct record *r = p->introduction;
        if (!rights.text && !precedent_is_open(r)) continue;
        json_object(j);
        json_member(j, "id", r->uid);
        named(j, "need", p->need);
        json_member_bool(j, "same_need", p->same_need);
        named(j, "capability", p->capability);
        named(j, "org", p->org);
        json_member(j, "offer", precedent_offer_name(p->offer));
        json_member(j, "state", r->value[FIELD_STATE]);
        if (rights.text) json_member(j, "reason", r->value[FIELD_REASON]);
        json_member(j, "date", r->value[FIELD_DATE]);
        json_end_object(j);
    }
    json_end_array(j);
}

static void track_record(struct json *j, const struct match *m)
{
    if (!m->track.known) return;
    json_key(j, "track_record");
    json_object(j);
    json_member_int(j, "introduced", (int64_t)m->track.introduced);
    json_member_int(j, "signed", (int64_t)m->track.contracts);
    json_member_bool(j, "newcomer", m->track.introduced == 0);
    json_end_object(j);
}

static void match(struct json *j, const struct serialiser *s, const struct record *from,
                  const struct match *m, const struct lacks *lacks)
{
    json_object(j);
    json_member_int(j, "rank", (int64_t)m->rank);
    json_key(j, kind_name(m->record->kind));
    record_ref(j, m->record, m->org, s);
    json_member_double(j, "score", m->score);
    json_member(j, "level", match_level_name(m->level));
    json_member_double(j, "expected_by_chance", m->expected_by_chance);
    features(j, m);
    const struct record *need, *offer;
    sides(from, m, &need, &offer);
    json_key(j, "evidence");
    serialise_evidence(j, s, need, offer, m->evidence, m->n_evidence);
    json_key(j, "indicators");
    serialise_indicators(j, s, need, offer, m->indicators, m->n_indicators);
    json_member_int(j, "musts_unmet", (int64_t)m->musts_unmet);
    precedents(j, s->rights, m);
    track_record(j, m);
    if (m->record->kind == KIND_ORG) {
        json_key(j, "capabilities");
        json_array(j);
        for (size_t i = 0; i < m->n_capabilities; i++) match(j, s, from, &m->capabilities[i], NULL);
        json_end_array(j);
    }
    if (lacks) {
        json_key(j, "lacks");
        json_array(j);
        for (size_t i = 0; i < lacks->n; i++) json_string(j, lacks->words[i]);
        json_end_array(j);
    }
    json_end_object(j);
}

/* The first line of a free text, which is its title wherever it is shown in a row. */
static void text_head(struct json *j, const struct serialiser *s, const char *text)
{
    struct span *spans;
    size_t len = strlen(text), n = text_sentences(text, len, s->arena, &spans);
    json_object(j);
    json_key(j, "id");
    json_null(j);
    json_member(j, "title", n ? text_slice(text, len, spans[0], s->arena) : text);
    json_end_object(j);
}

static void head(struct json *j, const struct serialiser *s, const struct match_query *q)
{
    if (!q->from) {
        json_key(j, q->from_offers ? "capability" : "need");
        text_head(j, s, q->text);
        return;
    }
    json_key(j, kind_name(q->from->kind));
    if (q->from->kind == KIND_ORG)
        org_ref(j, q->from->uid, record_title(q->from));
    else
        record_ref(j, q->from, NULL, s);
}

void serialise_matches(struct json *j, const struct serialiser *s, const struct match_query *q,
                       const struct match_list *list, const struct lacks *lacks)
{
    bool found = list->level != LEVEL_NONE;
    json_object(j);
    head(j, s, q);
    json_member(j, "level", match_level_name(list->level));
    json_member_int(j, "pool", (int64_t)list->pool);
    json_member_bool(j, "lexical_only", list->lexical_only);
    json_key(j, "matches");
    json_array(j);
    for (size_t i = 0; found && i < list->n; i++) match(j, s, q->from, &list->matches[i], NULL);
    json_end_array(j);
    json_key(j, "nearest");
    json_array(j);
    for (size_t i = 0; !found && i < MIN(list->n, (size_t)NEAREST_MAX); i++)
        match(j, s, q->from, &list->matches[i], lacks ? &lacks[i] : NULL);
    json_end_array(j);
    json_end_object(j);
}

void serialise_rule(struct json *j, const struct health_rule *r, bool judged)
{
    json_object(j);
    json_member(j, "id", r->id);
    json_member(j, "scope", r->home ? "home" : "reference");
    if (judged) json_member(j, "status", rule_status_name(r->status));
    json_member_langs(j, "programme", r->programme[LANG_ZH], r->programme[LANG_EN]);
    json_member_langs(j, "clause", r->clause[LANG_ZH], r->clause[LANG_EN]);
    json_member(j, "source", r->source);
    json_member(j, "valid_from", r->valid_from);
    json_member(j, "valid_until", r->valid_until);
    if (judged && r->status != RULE_MET)
        json_member_langs(j, "question", r->question[LANG_ZH], r->question[LANG_EN]);
    json_end_object(j);
}

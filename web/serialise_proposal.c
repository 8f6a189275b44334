#include "base/base.h"

#include "web/messages.h"
#include "web/propose_input.h"
#include "web/serialise_proposal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What all parts need. */
struct writing {
    struct json *j;
    const struct serialiser *s;
    const struct proposal *p;
    bool sealed; /* subtopics say what this reader may not see */
};

/* Twelve digits of it, null for what is none: libraries that print fifteen keep it as it is, so
 * that what was saved is what was answered. */
static void number(struct json *j, const char *key, double x)
{
    char text[32];
    snprintf(text, sizeof text, "%.12g", x);
    json_member_double(j, key, strtod(text, NULL));
}

/* ---- names ----------------------------------------------------------------------------------- */

static const char *word(enum lang lang, struct arena *arena, const char *code, const char *zh,
                        const char *en, const char *hint_zh, const char *hint_en)
{
    (void)code, (void)hint_zh, (void)hint_en;
    return arena_strdup(arena, lang == LANG_EN ? en : zh);
}

const char *serialise_role(enum member_role role, enum lang lang, struct arena *arena)
{
    switch (role) {
    case MEMBER_LEAD: return word(lang, arena, MSG_ROLE_LEAD);
    case MEMBER_SME: return word(lang, arena, MSG_ROLE_SME);
    case MEMBER_UNIVERSITY: return word(lang, arena, MSG_ROLE_UNIVERSITY);
    case MEMBER_INSTITUTE: return word(lang, arena, MSG_ROLE_INSTITUTE);
    case MEMBER_PLATFORM: return word(lang, arena, MSG_ROLE_PLATFORM);
    default: return word(lang, arena, MSG_ROLE_OTHER);
    }
}

/* Names of organisations and titles of capabilities are open to all. */
static void org_ref(struct json *j, const struct record *org, bool more)
{
    json_object(j);
    json_member(j, "id", org->uid);
    json_member(j, "name", record_title(org));
    json_member(j, "kind", org->value[FIELD_KIND]);
    if (more) {
        json_member(j, "tier", org->value[FIELD_TIER]);
        json_member(j, "town", org->value[FIELD_TOWN]);
        json_member(j, "region", org->value[FIELD_REGION]);
    }
    if (org->source && strcmp(org->source, "sample") == 0) json_member_bool(j, "sample", true);
    json_end_object(j);
}

static void member_org(struct json *j, const char *key, const struct record *org)
{
    json_key(j, key);
    org_ref(j, org, false);
}

/* An organisation by name alone. */
static void org_name(struct json *j, const struct record *org)
{
    json_object(j);
    json_member(j, "id", org->uid);
    json_member(j, "name", record_title(org));
    json_end_object(j);
}

static void member_capability(struct json *j, const struct record *c, const struct record *org)
{
    if (!c) return;
    json_key(j, "capability");
    json_object(j);
    json_member(j, "id", c->uid);
    json_member(j, "title", record_title(c));
    json_member(j, "kind", c->value[FIELD_KIND]);
    if (org) {
        json_key(j, "org");
        org_name(j, org);
    }
    json_end_object(j);
}

static void challenge(const struct writing *w)
{
    const struct record *r = w->p->challenge;
    struct json *j = w->j;
    json_key(j, "need");
    json_object(j);
    json_member(j, "id", r->uid);
    json_member(j, "title", record_title(r));
    json_member(j, "kind", kind_name(r->kind));
    if (r->n_owners) {
        json_key(j, "org");
        json_object(j);
        json_member(j, "id", r->owners[0]);
        json_member(j, "name", serialise_org_name(w->s, r->owners[0]));
        json_end_object(j);
    }
    json_end_object(j);
}

/* ---- seats ----------------------------------------------------------------------------------- */

static bool in_title(const struct writing *w, const struct quote *q)
{
    return strstr(record_title(w->p->challenge), q->text) != NULL;
}

/* Where the subtopics are sealed the matcher quotes the challenge's title alone; that it does is
 * decided here, again. Else what is quoted of a subtopic stands in the answer anyway. */
static void evidence(const struct writing *w, const struct proposal_seat *seat)
{
    const struct record *need = w->sealed ? w->p->challenge : NULL;
    struct evidence *open = arena_alloc(w->s->arena, seat->n_evidence, sizeof *open);
    size_t n = 0;
    for (size_t i = 0; i < seat->n_evidence; i++)
        if (!w->sealed || in_title(w, &seat->evidence[i].need)) open[n++] = seat->evidence[i];
    json_key(w->j, "evidence");
    serialise_evidence(w->j, w->s, need, seat->capability, open, n);
}

static void indicators(const struct writing *w, const struct proposal_seat *seat)
{
    json_key(w->j, "indicators");
    serialise_indicators(w->j, w->s, NULL, seat->capability, seat->indicators,
                         w->sealed ? 0 : seat->n_indicators);
}

static void seat(const struct writing *w, const struct proposal_seat *seat)
{
    json_object(w->j);
    member_org(w->j, "org", seat->org);
    number(w->j, "score", seat->score);
    json_member(w->j, "level", match_level_name(seat->level));
    number(w->j, "expected_by_chance", seat->expected_by_chance);
    member_capability(w->j, seat->capability, NULL);
    evidence(w, seat);
    indicators(w, seat);
    json_end_object(w->j);
}

static void subtopic(const struct writing *w, const struct proposal_subtopic *t)
{
    struct json *j = w->j;
    json_object(j);
    json_member(j, "id", t->subtopic.id);
    if (!w->sealed) {
        json_member(j, "title", t->subtopic.title);
        json_member(j, "text", t->subtopic.text);
        json_member(j, "targets", t->subtopic.targets);
    }
    number(j, "weight", t->subtopic.weight);
    json_member_bool(j, "covered", t->covered);
    json_key(j, "seats");
    json_array(j);
    for (size_t i = 0; i < t->n_seats; i++) seat(w, &t->seats[i]);
    json_end_array(j);
    if (t->next.org) {
        json_key(j, "next");
        seat(w, &t->next);
    }
    json_end_object(j);
}

/* ---- members --------------------------------------------------------------------------------- */

static void ids_of(const struct writing *w, const char *key, const uint32_t *numbers, size_t n)
{
    json_key(w->j, key);
    json_array(w->j);
    for (size_t i = 0; i < n; i++) json_string(w->j, w->p->subtopics[numbers[i]].subtopic.id);
    json_end_array(w->j);
}

/* Its seat on the first of its subtopics; NULL: it sits nowhere. */
static const struct proposal_seat *first_seat(const struct proposal *p,
                                              const struct proposal_member *m)
{
    const struct proposal_subtopic *t = m->n_subtopics ? &p->subtopics[m->subtopics[0]] : NULL;
    for (size_t i = 0; t && i < t->n_seats; i++)
        if (t->seats[i].org == m->org) return &t->seats[i];
    return NULL;
}

static void member(const struct writing *w, const struct proposal_member *m)
{
    struct json *j = w->j;
    json_object(j);
    json_key(j, "org");
    org_ref(j, m->org, true);
    json_member(j, "role", member_role_name(m->role));
    ids_of(w, "subtopics", m->subtopics, m->n_subtopics);
    json_member_bool(j, "locked", m->locked);
    json_member_bool(j, "owner", m->owner);
    if (!isnan(m->marginal)) { /* it was asked what it is worth */
        number(j, "marginal", m->marginal);
        json_member_bool(j, "irreplaceable", m->irreplaceable);
        ids_of(w, "lost", m->lost, m->n_lost);
    }
    json_member_int(j, "joint", (int64_t)m->joint);
    const struct proposal_seat *seat = first_seat(w->p, m);
    evidence(w, seat ? seat : &(struct proposal_seat){0});
    json_end_object(j);
}

static void members(const struct writing *w)
{
    const struct proposal *p = w->p;
    struct json *j = w->j;
    json_key(j, "members");
    json_array(j);
    for (size_t i = 0; i < p->n_members; i++) member(w, &p->members[i]);
    json_end_array(j);
    json_key(j, "ties");
    json_array(j);
    for (size_t i = 0; i < p->n_ties; i++) {
        json_object(j);
        json_member(j, "a", p->members[p->ties[i].a].org->uid);
        json_member(j, "b", p->members[p->ties[i].b].org->uid);
        json_member_int(j, "joint", (int64_t)p->ties[i].joint);
        json_end_object(j);
    }
    json_end_array(j);
}

static void resources(const struct writing *w)
{
    struct json *j = w->j;
    json_key(j, "resources");
    json_array(j);
    for (size_t i = 0; i < w->p->n_resources; i++) {
        const struct proposal_resource *r = &w->p->resources[i];
        json_object(j);
        member_capability(j, r->capability, r->org);
        json_member(j, "subtopic", w->p->subtopics[r->subtopic].subtopic.id);
        json_member(j, "level", match_level_name(r->level));
        number(j, "expected_by_chance", r->expected_by_chance);
        json_member_bool(j, "of_member", r->of_member);
        json_end_object(j);
    }
    json_end_array(j);
}

/* ---- how good it is -------------------------------------------------------------------------- */

/* How good it is; where there is no team, nothing is said. */
static void worth(const struct writing *w)
{
    const struct proposal *p = w->p;
    bool team = p->n_members > 0;
    number(w->j, "objective", team ? p->objective : NAN);
    number(w->j, "bound", team ? p->bound : NAN);
    number(w->j, "gap", team ? MAX(p->bound - p->objective, 0) : NAN);
}

static void uncovered(const struct writing *w)
{
    json_key(w->j, "uncovered");
    json_array(w->j);
    for (size_t i = 0; i < w->p->n_subtopics; i++)
        if (!w->p->subtopics[i].covered) json_string(w->j, w->p->subtopics[i].subtopic.id);
    json_end_array(w->j);
}

static void alternatives(const struct writing *w)
{
    struct json *j = w->j;
    json_key(j, "alternatives");
    json_array(j);
    for (size_t i = 0; i < w->p->n_alternatives; i++) {
        const struct proposal_alternative *a = &w->p->alternatives[i];
        json_object(j);
        json_key(j, "members");
        json_array(j);
        for (size_t k = 0; k < a->n_members; k++) org_name(j, a->members[k]);
        json_end_array(j);
        number(j, "objective", a->objective);
        number(j, "coverage", a->coverage);
        json_member_bool(j, "optimal", a->optimal);
        json_end_object(j);
    }
    json_end_array(j);
}

/* ---- what stands in the way ------------------------------------------------------------------ */

static const char *roles_of(unsigned roles, enum lang lang, struct arena *arena)
{
    const char *list = NULL;
    for (int role = 0; role < MEMBER_ROLES; role++) {
        if (!(roles & 1u << role)) continue;
        const char *one = serialise_role((enum member_role)role, lang, arena);
        const char * or = word(lang, arena, MSG_PROPOSE_OR);
        list = list ? arena_printf(arena, "%s%s%s", list, or, one) : one;
    }
    return list ? list : "";
}

/* One step, as it is known of a proposal just made and of one that was saved. */
struct step {
    enum compose_block block;
    const char *a, *b; /* names of organisations */
    bool owner;        /* a posted the need: it is a member without having been locked */
    unsigned roles;    /* bits 1 << enum member_role */
    size_t most;
};

static const char *say_step(const struct step *s, enum lang lang, struct arena *arena)
{
    char text[1024];
    switch (s->block) {
    case BLOCK_LOCK:
        if (s->owner)
            msg_render(text, sizeof text, lang, MSG_RELAX_OWNER, s->a);
        else
            msg_render(text, sizeof text, lang, MSG_RELAX_LOCK, s->a, s->a);
        break;
    case BLOCK_DEMAND:
        if (s->roles & 1u << MEMBER_LEAD)
            msg_render(text, sizeof text, lang, MSG_RELAX_LEAD);
        else
            msg_render(text, sizeof text, lang, MSG_RELAX_DEMAND, roles_of(s->roles, lang, arena));
        break;
    case BLOCK_CONFLICT: msg_render(text, sizeof text, lang, MSG_RELAX_CONFLICT, s->a, s->b); break;
    case BLOCK_GROUP: msg_render(text, sizeof text, lang, MSG_RELAX_GROUP, s->a, s->b); break;
    case BLOCK_MOST: msg_render(text, sizeof text, lang, MSG_RELAX_MOST, s->most); break;
    default: *text = '\0';
    }
    return arena_strdup(arena, text);
}

const char *serialise_relaxation(const struct proposal *p, const struct proposal_relaxation *r,
                                 enum lang lang, struct arena *arena)
{
    const struct record *c = p->challenge;
    struct step step = {.block = r->block,
                        .a = r->a ? record_title(r->a) : "",
                        .b = r->b ? record_title(r->b) : "",
                        .owner = r->a && c->n_owners && strcmp(c->owners[0], r->a->uid) == 0,
                        .roles = r->roles,
                        .most = r->most};
    return say_step(&step, lang, arena);
}

static const char *const block_names[] = {[BLOCK_LOCK] = "lock",
                                          [BLOCK_DEMAND] = "demand",
                                          [BLOCK_CONFLICT] = "conflict",
                                          [BLOCK_GROUP] = "group",
                                          [BLOCK_MOST] = "most"};

static void relaxations(const struct writing *w)
{
    struct json *j = w->j;
    json_key(j, "relaxations");
    json_array(j);
    for (size_t i = 0; i < w->p->n_relaxations; i++) {
        const struct proposal_relaxation *r = &w->p->relaxations[i];
        json_object(j);
        json_member(j, "code", block_names[r->block]);
        json_key(j, "orgs");
        json_array(j);
        if (r->a) org_name(j, r->a);
        if (r->b) org_name(j, r->b);
        json_end_array(j);
        if (r->block == BLOCK_DEMAND) {
            json_key(j, "roles");
            json_array(j);
            for (int role = 0; role < MEMBER_ROLES; role++)
                if (r->roles & 1u << role) json_string(j, member_role_name((enum member_role)role));
            json_end_array(j);
        }
        if (r->block == BLOCK_MOST) json_member_int(j, "most", (int64_t)r->most);
        if (!w->s->stored)
            json_member(j, "text", serialise_relaxation(w->p, r, w->s->lang, w->s->arena));
        json_end_object(j);
    }
    json_end_array(j);
}

/* ---- what was saved -------------------------------------------------------------------------- */

static const char *text_of(const cJSON *object, const char *key)
{
    const cJSON *m = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(m) ? m->valuestring : "";
}

static unsigned stored_roles(const cJSON *relaxation)
{
    unsigned roles = 0;
    const cJSON *name;
    cJSON_ArrayForEach(
        name, cJSON_GetObjectItemCaseSensitive(
                  relaxation,
                  "roles")) for (int role = 0; role < MEMBER_ROLES;
                                 role++) if (cJSON_IsString(name) &&
                                             strcmp(name->valuestring,
                                                    member_role_name((enum member_role)role)) == 0)
        roles |= 1u << role;
    return roles;
}

/* false: it is none of ours. */
static bool read_step(const cJSON *relaxation, const char *owner, struct step *out)
{
    const cJSON *orgs = cJSON_GetObjectItemCaseSensitive(relaxation, "orgs");
    const cJSON *a = cJSON_GetArrayItem(orgs, 0), *b = cJSON_GetArrayItem(orgs, 1);
    const cJSON *most = cJSON_GetObjectItemCaseSensitive(relaxation, "most");
    const char *code = text_of(relaxation, "code");
    size_t block = 0;
    while (block < ARRAY_LEN(block_names) && strcmp(block_names[block], code) != 0) block++;
    *out = (struct step){
        .block = (enum compose_block)block,
        .a = text_of(a, "name"),
        .b = text_of(b, "name"),
        .owner = *owner && strcmp(text_of(a, "id"), owner) == 0,
        .roles = stored_roles(relaxation),
        .most = cJSON_IsNumber(most) && most->valuedouble > 0 ? (size_t)most->valuedouble : 0};
    return block < ARRAY_LEN(block_names) && cJSON_IsObject(relaxation);
}

void serialise_plan(struct json *j, const struct serialiser *s, const char *plan)
{
    cJSON *tree = strstr(plan, "\"relaxations\":[]") ? NULL : cJSON_Parse(plan), *r;
    cJSON *all = cJSON_GetObjectItemCaseSensitive(tree, "relaxations");
    if (cJSON_GetArraySize(all) == 0) { /* nothing to say: as it is, to the digit */
        json_raw(j, plan);
        cJSON_Delete(tree);
        return;
    }
    const cJSON *need = cJSON_GetObjectItemCaseSensitive(tree, "need");
    const char *owner = text_of(cJSON_GetObjectItemCaseSensitive(need, "org"), "id");
    cJSON_ArrayForEach(r, all)
    {
        struct step step;
        if (!read_step(r, owner, &step)) continue;
        cJSON_DeleteItemFromObjectCaseSensitive(r,
                                                "text"); /* as programs before this one kept it */
        cJSON_AddStringToObject(r, "text", say_step(&step, s->lang, s->arena));
    }
    json_tree(j, tree);
    cJSON_Delete(tree);
}

/* ---- the whole ------------------------------------------------------------------------------- */

void serialise_proposal(struct json *j, const struct serialiser *s, const struct propose_request *q,
                        const struct proposal *p)
{
    bool split = !q->subtopics;
    struct writing w = {.j = j, .s = s, .p = p};
    w.sealed = p->sealed || (split && !s->rights.text && !record_is_public(p->challenge));
    json_object(j);
    challenge(&w);
    json_key(j, "subtopics");
    json_array(j);
    for (size_t i = 0; i < p->n_subtopics; i++) subtopic(&w, &p->subtopics[i]);
    json_end_array(j);
    members(&w);
    resources(&w);
    number(j, "coverage", p->coverage);
    uncovered(&w);
    json_member_bool(j, "feasible", p->feasible);
    json_member_bool(j, "optimal", p->optimal);
    worth(&w);
    json_member_int(j, "pool", (int64_t)p->pool);
    json_member_int(j, "candidates", (int64_t)p->candidates);
    alternatives(&w);
    relaxations(&w);
    json_key(j, "request");
    propose_write(j, q, false);
    json_member_bool(j, "sealed", w.sealed);
    json_member_bool(j, "lexical_only", p->lexical_only);
    json_end_object(j);
}

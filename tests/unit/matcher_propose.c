/* Proposals on a small city: who is seated where, and what is said of it. */
#include "base/base.h"

#include "matcher/propose.h"
#include "tests/unit/city.h"

#include <math.h>
#include <string.h>

/* A stand-in for the model: each pair of bytes adds to a coordinate, so that texts that share words
 * are near each other. */
enum { DIM = 256 };

static int pairs_embed(struct embedder *e, enum embed_kind kind, const char *const *texts, size_t n,
                       float *out, struct err *err)
{
    (void)e, (void)kind, (void)err;
    for (size_t i = 0; i < n; i++) {
        float *v = out + i * DIM, norm = 0;
        for (int d = 0; d < DIM; d++) v[d] = 0.02f;
        for (const unsigned char *p = (const unsigned char *)texts[i]; p[0] && p[1]; p++)
            v[(p[0] * 31u + p[1]) % DIM] += 1;
        for (int d = 0; d < DIM; d++) norm += v[d] * v[d];
        for (int d = 0; d < DIM; d++) v[d] /= sqrtf(norm);
    }
    return 0;
}

static void pairs_free(struct embedder *e)
{
    (void)e; /* it lives in struct city */
}

static const struct embedder_ops pairs = {.embed = pairs_embed, .free = pairs_free};

/* ---- the city -------------------------------------------------------------------------------- */

static struct record org(const char *uid, const char *kind, const char *tier, const char *chain)
{
    struct record r = {.kind = KIND_ORG, .uid = uid, .id = uid, .source = "local", .rev = 1};
    r.value[FIELD_NAME] = uid;
    r.value[FIELD_KIND] = kind;
    r.value[FIELD_TIER] = tier;
    r.value[FIELD_CHAIN] = chain;
    return r;
}

static struct record capability(const char *uid, const char *kind, const char *title,
                                const char *text, const char *const *owner)
{
    struct record r = {.kind = KIND_CAPABILITY, .uid = uid, .id = uid, .source = "local", .rev = 1};
    r.value[FIELD_KIND] = kind;
    r.value[FIELD_TITLE] = title;
    r.value[FIELD_TEXT] = text;
    r.value[FIELD_VISIBILITY] = "public";
    r.owners = owner;
    r.n_owners = owner ? 1 : 0;
    return r;
}

#define OWNER(name, uid) static const char *const name[] = {uid}
OWNER(by_mill, "mill");
OWNER(by_spindle, "uni-spindle");
OWNER(by_bearing, "lab-bearing");
OWNER(by_damping, "uni-damping");
OWNER(by_software, "sme-software");
OWNER(by_vision, "sme-vision");
OWNER(by_cloth, "uni-cloth");
OWNER(by_bench, "platform-bench");

static struct record challenge(void)
{
    struct record r = {.kind = KIND_NEED, .uid = "need", .id = "need", .source = "local", .rev = 1};
    r.value[FIELD_TITLE] = "高速冲床主轴轴承发热、床身振动大";
    r.value[FIELD_TEXT] =
        "高速冲床主轴轴承温升高；床身振动大，要减振阻尼；要刀具磨损在线监测软件。";
    r.value[FIELD_CHAIN] = "机床";
    r.value[FIELD_VISIBILITY] = "public";
    r.owners = by_mill;
    r.n_owners = 1;
    return r;
}

static const struct subtopic topics[] = {
    {.id = "t1", .title = "高速主轴轴承温升控制", .weight = 1},
    {.id = "t2", .title = "床身减振阻尼结构", .weight = 1},
    {.id = "t3", .title = "刀具磨损在线监测软件", .weight = 2},
};

/* A past collaboration of two. */
static struct record consortium(const char *uid, const char *const *members)
{
    struct record r = {.kind = KIND_CONSORTIUM, .uid = uid, .id = uid, .source = "local", .rev = 1};
    r.owners = members;
    r.n_owners = 2;
    r.value[FIELD_TITLE] = "示例联合体";
    return r;
}

/* The records of the city; a test may change or add some before it founds it. */
struct plan {
    struct record at[160];
    size_t n;
};

static void plan_init(struct plan *p)
{
    const struct record all[] = {
        challenge(),
        org("mill", "enterprise", "lead", "机床"),
        org("other-lead", "enterprise", "lead", "机床"),
        org("far-lead", "enterprise", "lead", "纺织"),
        org("uni-spindle", "university", NULL, NULL),
        org("lab-bearing", "institute", NULL, NULL),
        org("uni-damping", "university", NULL, NULL),
        org("sme-software", "enterprise", "sme", NULL),
        org("sme-vision", "enterprise", "sme", NULL),
        org("uni-cloth", "university", NULL, NULL),
        org("platform-bench", "platform", NULL, NULL),
        capability("c-spindle", "achievement", "高速主轴轴承温升控制技术", "高速主轴轴承温升12℃。",
                   by_spindle),
        capability("c-bearing", "patent", "高速主轴陶瓷轴承", "轴承温升低。", by_bearing),
        capability("c-damping", "achievement", "床身减振阻尼结构设计",
                   "床身减振阻尼结构,振动降低一半。", by_damping),
        capability("c-software", "achievement", "刀具磨损在线监测软件",
                   "刀具磨损在线监测软件,已用于20台机床。", by_software),
        capability("c-vision", "patent", "刀具磨损监测相机", "用相机看刀具磨损。", by_vision),
        capability("c-cloth", "achievement", "棉布染色工艺", "棉布染色不褪色。", by_cloth),
        capability("c-bench", "facility", "高速主轴轴承试验台", "可做高速主轴轴承温升试验。",
                   by_bench),
    };
    memcpy(p->at, all, sizeof all);
    p->n = ARRAY_LEN(all);
}

static struct record *find_planned(struct plan *p, const char *uid)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->at[i].uid, uid) == 0) return &p->at[i];
    fail_msg("no record %s", uid);
    return NULL;
}

static void build(struct city *c, const struct plan *p, bool with_vectors, bool backwards)
{
    const struct record *records[ARRAY_LEN(p->at)];
    for (size_t i = 0; i < p->n; i++) records[i] = &p->at[backwards ? p->n - 1 - i : i];
    city_found(c, with_vectors ? &pairs : NULL, DIM);
    city_settle(c, records, p->n, 1);
}

/* The usual city, founded and razed around one test. */
static int found(void **state)
{
    static struct city c;
    struct plan p;
    plan_init(&p);
    build(&c, &p, true, false);
    *state = &c;
    return 0;
}

static int raze(void **state)
{
    city_raze(*state);
    return 0;
}

static struct propose_request request(const struct city *c)
{
    return (struct propose_request){
        .challenge =
            snapshot_record(c->snapshot, KIND_NEED, snapshot_find(c->snapshot, KIND_NEED, "need")),
        .subtopics = topics,
        .n_subtopics = ARRAY_LEN(topics),
        .see_all = true};
}

static struct proposal propose(struct city *c, const struct propose_request *q)
{
    struct proposal out;
    struct err err = {0};
    if (propose_run(c->matcher, c->snapshot, c->analyzer, q, &c->arena, &out, &err))
        fail_msg("%s", err_text(&err, LANG_EN));
    return out;
}

static const struct proposal_member *member(const struct proposal *p, const char *uid)
{
    for (size_t i = 0; i < p->n_members; i++)
        if (strcmp(p->members[i].org->uid, uid) == 0) return &p->members[i];
    return NULL;
}

static void check_seat(const struct proposal *p, size_t topic, size_t seat, const char *uid)
{
    assert_true(seat < p->subtopics[topic].n_seats);
    assert_string_equal(p->subtopics[topic].seats[seat].org->uid, uid);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void who_fits_is_seated(void **state)
{
    struct city *c = *state;
    struct propose_request q = request(c);
    struct proposal p = propose(c, &q);
    assert_true(p.feasible && p.optimal && !p.lexical_only && !p.sealed);
    assert_int_equal(p.pool, 10);
    assert_int_equal(p.n_relaxations, 0);
    check_seat(&p, 0, 0, "uni-spindle");
    check_seat(&p, 1, 0, "uni-damping");
    check_seat(&p, 2, 0, "sme-software");
    for (size_t t = 0; t < p.n_subtopics; t++) {
        const struct proposal_seat *first = &p.subtopics[t].seats[0];
        assert_true(p.subtopics[t].covered);
        assert_int_equal(first->level, LEVEL_STRONG);
        assert_true(first->score > 0.9 && first->expected_by_chance < 0.05);
        assert_true(first->n_evidence > 0);
        const struct quote *quote = &first->evidence[0].need;
        assert_non_null(strstr(topics[t].title, quote->text));
    }
    assert_string_equal(p.subtopics[0].seats[0].capability->uid, "c-spindle");
    assert_true(fabs(p.coverage - 1) < 1e-9);
    assert_null(member(&p, "uni-cloth"));
    assert_null(member(&p, "far-lead"));
    assert_int_equal(p.n_resources, 0); /* the bench has a seat */
    /* the owner poses the task and leads, though it sits nowhere */
    assert_string_equal(p.members[0].org->uid, "mill");
    assert_int_equal(p.members[0].role, MEMBER_LEAD);
    assert_true(p.members[0].owner && !p.members[0].locked);
    assert_int_equal(p.members[0].n_subtopics, 0);
    assert_int_equal(member(&p, "sme-software")->role, MEMBER_SME);
    assert_int_equal(member(&p, "uni-damping")->role, MEMBER_UNIVERSITY);
    /* the weights of subtopics count as shares */
    assert_true(p.objective < 1.44);
}

static void check_worth(struct city *c, const struct propose_request *q, const struct proposal *p)
{
    for (size_t i = 0; i < p->n_members; i++) {
        const struct proposal_member *m = &p->members[i];
        const char *ban[20] = {m->org->uid};
        for (size_t k = 0; k < q->n_ban; k++) ban[k + 1] = q->ban[k];
        struct propose_request without = *q;
        without.ban = ban;
        without.n_ban = q->n_ban + 1;
        struct proposal rest = propose(c, &without);
        if (rest.feasible)
            assert_true(fabs(m->marginal - (p->objective - rest.objective)) < 1e-9);
        else
            assert_true(isinf(m->marginal) && m->irreplaceable);
    }
}

static void members_are_worth_what_is_lost_without_them(void **state)
{
    struct city *c = *state;
    struct propose_request q = request(c);
    struct proposal p = propose(c, &q);
    check_worth(c, &q, &p);
    const struct proposal_member *m = member(&p, "uni-damping");
    assert_true(m->irreplaceable && m->n_lost == 1 && m->lost[0] == 1);
    assert_false(member(&p, "uni-spindle")->irreplaceable);
    assert_string_equal(p.subtopics[0].next.org->uid, "lab-bearing");
    assert_true(p.subtopics[0].next.n_evidence > 0);
    assert_null(p.subtopics[1].next.org);
}

/* Where one alone has something to give, others of its chain would not meet for their roles: there
 * is no team without it, and no figure says what such a team would be worth. */
static void without_the_only_one_that_fits_there_is_nothing(void **state)
{
    (void)state;
    static const char *const ban[] = {"uni-spindle", "lab-bearing"};
    struct plan plan;
    struct city c;
    plan_init(&plan);
    find_planned(&plan, "uni-cloth")->value[FIELD_CHAIN] = "机床"; /* would fill the role */
    build(&c, &plan, true, false);
    struct propose_request q = request(&c);
    q.subtopics = topics + 1;
    q.n_subtopics = 1;
    q.ban = ban;
    q.n_ban = ARRAY_LEN(ban);
    struct proposal p = propose(&c, &q);
    assert_true(p.feasible);
    assert_int_equal(p.candidates, 1);
    const struct proposal_member *m = member(&p, "uni-damping");
    assert_true(isinf(m->marginal) && m->irreplaceable);
    assert_int_equal(m->n_lost, 1);
    check_worth(&c, &q, &p);
    city_raze(&c);
}

/* A smaller enterprise is asked for where there is one; without the only one nobody asks. */
static void the_only_small_enterprise_can_be_missing(void **state)
{
    struct city *c = *state;
    static const char *const ban[] = {"sme-vision"};
    struct propose_request q = request(c);
    q.ban = ban;
    q.n_ban = 1;
    struct proposal p = propose(c, &q);
    assert_true(p.feasible);
    assert_true(isfinite(member(&p, "sme-software")->marginal));
    check_worth(c, &q, &p);
}

static void locks_and_bans_are_obeyed(void **state)
{
    struct city *c = *state;
    static const char *const lock[] = {"uni-cloth", "far-lead"}, *const ban[] = {"uni-spindle"};
    struct propose_request q = request(c);
    q.lock = lock;
    q.n_lock = 2;
    q.ban = ban;
    q.n_ban = 1;
    struct proposal p = propose(c, &q);
    assert_true(p.feasible);
    assert_non_null(member(&p, "uni-cloth"));
    assert_true(member(&p, "uni-cloth")->locked);
    assert_int_equal(member(&p, "uni-cloth")->n_subtopics, 0);
    assert_non_null(member(&p, "far-lead"));
    assert_null(member(&p, "uni-spindle"));
    assert_true(p.subtopics[0].covered); /* by another */
    for (size_t t = 0; t < p.n_subtopics; t++)
        if (p.subtopics[t].next.org)
            assert_string_not_equal(p.subtopics[t].next.org->uid, "uni-spindle");
    assert_string_equal(p.members[0].org->uid, "mill"); /* the owner before another lead */
}

static void who_must_be_apart_is(void **state)
{
    struct city *c = *state;
    static const char *const apart[][2] = {{"uni-spindle", "sme-software"}};
    struct propose_request q = request(c);
    q.apart = apart;
    q.n_apart = 1;
    struct proposal p = propose(c, &q);
    assert_true(p.feasible);
    assert_null(member(&p, "uni-spindle")); /* the software is worth more */
    assert_non_null(member(&p, "sme-software"));
    for (size_t i = 0; i < p.n_alternatives; i++) {
        bool spindle = false, software = false;
        for (size_t k = 0; k < p.alternatives[i].n_members; k++) {
            const char *uid = p.alternatives[i].members[k]->uid;
            spindle = spindle || strcmp(uid, "uni-spindle") == 0;
            software = software || strcmp(uid, "sme-software") == 0;
        }
        assert_false(spindle && software);
    }
    /* nor are they together without another member; the last by uid is one of the two */
    static const char *const ban[] = {"lab-bearing", "platform-bench"};
    q.ban = ban;
    q.n_ban = ARRAY_LEN(ban);
    p = propose(c, &q);
    assert_true(p.feasible);
    check_worth(c, &q, &p);
}

static void of_a_group_there_is_one(void **state)
{
    (void)state;
    struct plan plan;
    struct city c;
    plan_init(&plan);
    find_planned(&plan, "sme-software")->value[FIELD_GROUP] = "示例集团";
    find_planned(&plan, "sme-vision")->value[FIELD_GROUP] = "示例集团";
    build(&c, &plan, true, false);
    struct propose_request q = request(&c);
    struct proposal p = propose(&c, &q);
    assert_non_null(member(&p, "sme-software"));
    assert_null(member(&p, "sme-vision"));
    city_raze(&c);
}

static void a_lead_of_the_chain_stands_in_for_the_owner(void **state)
{
    struct city *c = *state;
    static const char *const ban[] = {"mill"};
    struct propose_request q = request(c);
    q.ban = ban;
    q.n_ban = 1;
    struct proposal p = propose(c, &q);
    assert_true(p.feasible);
    assert_string_equal(p.members[0].org->uid, "other-lead");
    assert_false(p.members[0].owner);
    assert_null(member(&p, "mill"));
    assert_null(member(&p, "far-lead"));
}

static void a_lead_of_another_chain_is_no_lead(void **state)
{
    (void)state;
    static const char *const ban[] = {"mill"};
    struct plan plan;
    struct city c;
    plan_init(&plan);
    find_planned(&plan, "other-lead")->value[FIELD_CHAIN] = NULL;
    build(&c, &plan, true, false);
    struct propose_request q = request(&c);
    q.ban = ban;
    q.n_ban = 1;
    struct proposal p = propose(&c, &q);
    assert_false(p.feasible);
    assert_int_equal(p.relaxations[0].roles, 1u << MEMBER_LEAD);
    assert_null(member(&p, "far-lead"));
    assert_null(member(&p, "other-lead"));
    assert_non_null(member(&p, "uni-spindle"));
    city_raze(&c);
}

static void a_missing_role_is_named_and_the_rest_shown(void **state)
{
    struct city *c = *state;
    static const char *const ban[] = {"uni-spindle", "uni-damping", "lab-bearing", "uni-cloth"};
    struct propose_request q = request(c);
    q.ban = ban;
    q.n_ban = ARRAY_LEN(ban);
    struct proposal p = propose(c, &q);
    assert_false(p.feasible);
    assert_int_equal(p.n_relaxations, 1);
    assert_int_equal(p.relaxations[0].block, BLOCK_DEMAND);
    assert_int_equal(p.relaxations[0].roles, 1u << MEMBER_UNIVERSITY | 1u << MEMBER_INSTITUTE);
    assert_non_null(member(&p, "mill"));
    assert_non_null(member(&p, "sme-software"));
    assert_true(p.subtopics[2].covered && !p.subtopics[1].covered);
    assert_true(fabs(p.coverage - 0.75) < 1e-9); /* the bench sits first on the first */
}

static void what_contradicts_itself_is_said(void **state)
{
    struct city *c = *state;
    static const char *const lock[] = {"uni-spindle", "uni-damping"};
    static const char *const apart[][2] = {{"uni-damping", "uni-spindle"}};
    struct propose_request q = request(c);
    q.lock = lock;
    q.n_lock = 2;
    q.apart = apart;
    q.n_apart = 1;
    struct proposal p = propose(c, &q);
    assert_false(p.feasible);
    assert_int_equal(p.n_members, 0);
    assert_int_equal(p.n_relaxations, 1);
    assert_int_equal(p.relaxations[0].block, BLOCK_CONFLICT);
    assert_non_null(p.relaxations[0].a);
    assert_non_null(p.relaxations[0].b);

    /* who would be nearest is told with its reasons all the same */
    assert_non_null(p.subtopics[0].next.org);
    assert_true(p.subtopics[0].next.n_evidence > 0);

    q.n_apart = 0;
    q.max_members = 2;
    p = propose(c, &q); /* two locked, and the owner */
    assert_false(p.feasible);
    assert_int_equal(p.n_relaxations, 1);
}

static void smaller_enterprises_take_part_where_they_have_a_seat(void **state)
{
    struct city *c = *state;
    struct propose_request q = request(c);
    q.n_subtopics = 1; /* three others sit there, and better */
    struct proposal p = propose(c, &q);
    assert_true(p.feasible);
    assert_int_equal(p.subtopics[0].n_seats, COMPOSE_SEATS);
    for (size_t i = 0; i < p.n_members; i++)
        assert_true(p.members[i].owner || p.members[i].n_subtopics > 0);
    q.max_members = 2; /* only what there must be */
    p = propose(c, &q);
    assert_true(p.feasible);
    assert_int_equal(p.n_members, 2);
    assert_null(member(&p, "sme-software"));
}

static void alternatives_differ(void **state)
{
    struct city *c = *state;
    struct propose_request q = request(c);
    struct proposal p = propose(c, &q);
    assert_true(p.n_alternatives > 0);
    for (size_t i = 0; i < p.n_alternatives; i++) {
        const struct proposal_alternative *a = &p.alternatives[i];
        size_t common = 0;
        for (size_t k = 0; k < a->n_members; k++) common += member(&p, a->members[k]->uid) != NULL;
        assert_true(common + 2 <= p.n_members);
        assert_true(a->objective <= p.objective && a->objective > 0);
        assert_true(a->coverage <= 1);
    }
}

/* Only one fits; what there is without it is no alternative, though it is a team. */
static void what_is_not_worth_half_is_no_alternative(void **state)
{
    (void)state;
    struct plan plan;
    struct city c;
    plan_init(&plan);
    find_planned(&plan, "uni-cloth")->value[FIELD_CHAIN] = "机床";
    find_planned(&plan, "c-vision")->value[FIELD_TITLE] = "刀具磨损在线监测软件二";
    find_planned(&plan, "c-vision")->value[FIELD_TEXT] = "刀具磨损在线监测软件。";
    find_planned(&plan, "c-cloth")->value[FIELD_TITLE] = "减振阻尼结构";
    build(&c, &plan, true, false);
    struct propose_request q = request(&c);
    q.subtopics = topics + 1;
    q.n_subtopics = 1;
    static const char *const ban[] = {"uni-spindle", "lab-bearing", "uni-damping"};
    q.ban = ban;
    q.n_ban = 2;
    struct proposal p = propose(&c, &q);
    check_seat(&p, 0, 0, "uni-damping");
    assert_int_equal(p.n_alternatives, 0);
    q.n_ban = 3;
    p = propose(&c, &q);
    assert_true(p.feasible && p.objective > 0);
    city_raze(&c);
}

static void facilities_stand_beside_the_members(void **state)
{
    struct city *c = *state;
    static const char *const apart[][2] = {{"platform-bench", "mill"}};
    struct propose_request q = request(c);
    q.apart = apart;
    q.n_apart = 1;
    struct proposal p = propose(c, &q);
    assert_null(member(&p, "platform-bench"));
    assert_int_equal(p.n_resources, 1);
    assert_string_equal(p.resources[0].capability->uid, "c-bench");
    assert_string_equal(p.resources[0].org->uid, "platform-bench");
    assert_int_equal(p.resources[0].subtopic, 0);
    assert_false(p.resources[0].of_member);
    /* where two subtopics call for it, it is shown once */
    struct subtopic twice[] = {topics[0], topics[1], topics[0]};
    twice[2].id = "t3";
    twice[2].title = "高速主轴轴承温升试验";
    q.subtopics = twice;
    p = propose(c, &q);
    assert_int_equal(p.n_resources, 1);
    assert_int_equal(p.resources[0].subtopic, 2);
    q = request(c);
    q.ban = &apart[0][0];
    q.n_ban = 1;
    q.n_apart = 0;
    p = propose(c, &q);
    assert_int_equal(p.n_resources, 0);
}

static void a_must_that_is_missed_bars(void **state)
{
    struct city *c = *state;
    struct subtopic hard[ARRAY_LEN(topics)];
    memcpy(hard, topics, sizeof topics);
    struct propose_request q = request(c);
    q.subtopics = hard;
    hard[0].targets = "温升≤15℃";
    struct proposal p = propose(c, &q);
    check_seat(&p, 0, 0, "uni-spindle");
    assert_int_equal(p.subtopics[0].seats[0].level, LEVEL_STRONG);
    assert_int_equal(p.subtopics[0].seats[0].n_indicators, 1);
    assert_int_equal(p.subtopics[0].seats[0].indicators[0].verdict, VERDICT_MET);
    hard[0].targets = "必须做到温升≤8℃";
    p = propose(c, &q);
    assert_string_not_equal(p.subtopics[0].seats[0].org->uid, "uni-spindle");
    static const char *const ban[] = {"platform-bench", "lab-bearing", "sme-software", "sme-vision",
                                      "uni-damping"};
    q.ban = ban;
    q.n_ban = ARRAY_LEN(ban);
    p = propose(c, &q);
    check_seat(&p, 0, 0, "uni-spindle");
    assert_int_equal(p.subtopics[0].seats[0].level, LEVEL_WEAK);
    assert_true(p.subtopics[0].seats[0].score <= 0.2001);
    assert_false(p.subtopics[0].covered);
}

/* A subtopic's words are at home in another field, too. */
static void what_fits_the_challenge_comes_first(void **state)
{
    (void)state;
    struct plan plan;
    struct city c;
    plan_init(&plan);
    plan.at[plan.n++] =
        capability("c-dye", "achievement", "染缸温升控制", "染缸温升控制。", by_cloth);
    build(&c, &plan, true, false);
    struct subtopic vague = {.id = "t1", .title = "温升控制", .weight = 1};
    struct propose_request q = request(&c);
    q.subtopics = &vague;
    q.n_subtopics = 1;
    struct proposal p = propose(&c, &q);
    check_seat(&p, 0, 0, "uni-spindle");
    city_raze(&c);
}

/* Nobody fits, one comes near: it is named, and who locks it gets it seated. */
static void a_near_miss_is_named(void **state)
{
    (void)state;
    static char uids[120][8];
    struct plan plan;
    struct city c;
    plan_init(&plan);
    for (size_t i = 0; i < ARRAY_LEN(uids); i++) {
        uids[i][0] = 'x';
        uids[i][1] = (char)('a' + i / 26);
        uids[i][2] = (char)('a' + i % 26);
        plan.at[plan.n++] = capability(uids[i], "patent", "棉布染色工艺", uids[i], by_cloth);
    }
    build(&c, &plan, false, false);
    struct subtopic topic = {.id = "t1", .title = "冲床模具", .weight = 1};
    struct propose_request q = request(&c);
    q.subtopics = &topic;
    q.n_subtopics = 1;
    struct proposal p = propose(&c, &q);
    assert_int_equal(p.candidates, 0);
    assert_int_equal(p.subtopics[0].n_seats, 0);
    assert_string_equal(p.subtopics[0].next.org->uid, "sme-software");
    assert_int_equal(p.subtopics[0].next.level, LEVEL_NONE);
    assert_true(p.subtopics[0].next.score == 0);
    q.lock = by_software;
    q.n_lock = 1;
    p = propose(&c, &q);
    check_seat(&p, 0, 0, "sme-software");
    assert_int_equal(p.subtopics[0].seats[0].level, LEVEL_NONE);
    assert_true(p.subtopics[0].seats[0].score > 0 && p.subtopics[0].seats[0].score < 0.2);
    assert_false(p.subtopics[0].covered);
    city_raze(&c);
}

/* Subtopics have ids of their own: a need of the same name lends them nothing. */
static void subtopics_are_no_needs(void **state)
{
    struct city *c = *state, other;
    struct plan plan;
    plan_init(&plan);
    struct record need = challenge();
    need.uid = need.id = "t2";
    need.value[FIELD_TITLE] = need.value[FIELD_TEXT] = "棉布染色";
    plan.at[plan.n++] = need;
    build(&other, &plan, true, false);
    struct propose_request q = request(c), r = request(&other);
    struct proposal a = propose(c, &q), b = propose(&other, &r);
    assert_string_equal(b.subtopics[1].seats[0].org->uid, "uni-damping");
    assert_true(a.subtopics[1].seats[0].expected_by_chance ==
                b.subtopics[1].seats[0].expected_by_chance);
    city_raze(&other);
}

static void common_work_is_shown(void **state)
{
    (void)state;
    static const char *const both[] = {"mill", "uni-damping"};
    struct plan plan;
    struct city c;
    plan_init(&plan);
    plan.at[plan.n++] = consortium("past", both);
    build(&c, &plan, true, false);
    struct propose_request q = request(&c);
    struct proposal p = propose(&c, &q);
    assert_int_equal(p.n_ties, 1);
    assert_string_equal(p.members[p.ties[0].a].org->uid, "mill");
    assert_string_equal(p.members[p.ties[0].b].org->uid, "uni-damping");
    assert_int_equal(p.ties[0].joint, 1);
    assert_int_equal(member(&p, "mill")->joint, 1);
    assert_int_equal(member(&p, "sme-software")->joint, 0);
    city_raze(&c);
}

/* Two of one kind that fit alike: common work with the owner decides, but never over a fit. */
static void common_work_breaks_ties_only(void **state)
{
    (void)state;
    static const char *const by_a[] = {"uni-a"}, *const by_z[] = {"uni-z"},
                             *const both[] = {"mill", "uni-z"};
    for (int better = 0; better < 2; better++) {
        struct plan plan;
        struct city c;
        plan_init(&plan);
        find_planned(&plan, "c-damping")->value[FIELD_TITLE] = "棉布漂白工艺";
        find_planned(&plan, "c-damping")->value[FIELD_TEXT] = "棉布漂白。";
        plan.at[plan.n++] = org("uni-a", "university", NULL, NULL);
        plan.at[plan.n++] = org("uni-z", "university", NULL, NULL);
        plan.at[plan.n++] = capability("c-a", "patent", "床身减振阻尼结构", "减振。", by_a);
        plan.at[plan.n++] =
            capability("c-z", "patent", better ? "减振垫" : "床身减振阻尼结构", "减振。", by_z);
        static const char *const ids[] = {"past-1", "past-2", "past-3"};
        for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
            plan.at[plan.n++] = consortium(ids[i], both);
        }
        build(&c, &plan, true, false);
        struct propose_request q = request(&c);
        q.max_members = 3; /* the owner, the software, and one for the frame */
        static const char *const ban[] = {"uni-spindle", "platform-bench", "lab-bearing",
                                          "uni-damping", "sme-vision"};
        q.ban = ban;
        q.n_ban = ARRAY_LEN(ban);
        struct proposal p = propose(&c, &q);
        assert_int_equal(p.n_members, 3);
        assert_non_null(member(&p, better ? "uni-a" : "uni-z"));
        city_raze(&c);
    }
}

static void what_was_tried_in_vain_is_not_proposed_again(void **state)
{
    (void)state;
    for (int named = 0; named < 2; named++) {
        struct plan plan;
        struct city c;
        plan_init(&plan);
        struct record past = {.kind = KIND_INTRODUCTION,
                              .uid = "past",
                              .id = "past",
                              .source = "local",
                              .rev = 1,
                              .owners = by_spindle,
                              .n_owners = 1};
        past.value[FIELD_NEED_ID] = "need";
        past.value[FIELD_STATE] = "failed";
        past.value[FIELD_REASON] = "technology_mismatch";
        if (named) past.value[FIELD_CAPABILITY_ID] = "c-spindle";
        plan.at[plan.n++] = past;
        plan.at[plan.n++] = capability("c-spindle-2", "expert", "高速主轴轴承专家",
                                       "从事高速主轴轴承温升研究。", by_spindle);
        build(&c, &plan, true, false);
        struct propose_request q = request(&c);
        struct proposal p = propose(&c, &q);
        bool seated = false;
        for (size_t k = 0; k < p.subtopics[0].n_seats; k++) {
            const struct proposal_seat *seat = &p.subtopics[0].seats[k];
            assert_string_not_equal(seat->capability->uid, "c-spindle");
            seated = seated || strcmp(seat->capability->uid, "c-spindle-2") == 0;
        }
        assert_int_equal(seated, named); /* by another of its capabilities */
        city_raze(&c);
    }
}

static void sealed_words_are_not_quoted(void **state)
{
    (void)state;
    struct plan plan;
    struct city c;
    plan_init(&plan);
    find_planned(&plan, "need")->value[FIELD_VISIBILITY] = "registered";
    find_planned(&plan, "c-damping")->value[FIELD_VISIBILITY] = "invited";
    find_planned(&plan, "c-damping")->value[FIELD_TITLE] = "减振阻尼";
    build(&c, &plan, true, false);
    struct propose_request q = request(&c);
    q.subtopics = NULL;
    q.n_subtopics = 0;
    assert_false(propose(&c, &q).sealed);
    q.see_all = false;
    struct proposal p = propose(&c, &q);
    assert_true(p.sealed);
    bool any = false;
    for (size_t t = 0; t < p.n_subtopics; t++)
        for (size_t k = 0; k < p.subtopics[t].n_seats; k++) {
            const struct proposal_seat *seat = &p.subtopics[t].seats[k];
            assert_int_equal(seat->n_indicators, 0);
            for (size_t e = 0; e < seat->n_evidence; e++) {
                any = true;
                assert_int_equal(seat->evidence[e].need.field, FIELD_TITLE);
                assert_non_null(
                    strstr(q.challenge->value[FIELD_TITLE], seat->evidence[e].need.text));
                if (strcmp(seat->capability->uid, "c-damping") == 0)
                    assert_int_equal(seat->evidence[e].capability.field, FIELD_TITLE);
            }
        }
    assert_true(any);
    q.subtopics = topics; /* typed by the reader, who knows them */
    q.n_subtopics = ARRAY_LEN(topics);
    p = propose(&c, &q);
    assert_false(p.sealed);
    const struct proposal_seat *damping = &p.subtopics[1].seats[0];
    assert_string_equal(damping->capability->uid, "c-damping");
    for (size_t e = 0; e < damping->n_evidence; e++)
        assert_int_equal(damping->evidence[e].capability.field, FIELD_TITLE);
    city_raze(&c);
}

static void a_brief_answer_names_the_same_members(void **state)
{
    struct city *c = *state;
    struct propose_request q = request(c);
    struct proposal full = propose(c, &q);
    q.brief = true;
    struct proposal brief = propose(c, &q);
    assert_int_equal(brief.n_members, full.n_members);
    assert_int_equal(brief.n_alternatives, 0);
    for (size_t i = 0; i < brief.n_members; i++) {
        assert_string_equal(brief.members[i].org->uid, full.members[i].org->uid);
        assert_true(isnan(brief.members[i].marginal));
    }
    assert_int_equal(brief.subtopics[0].seats[0].n_evidence, 0);
    assert_true(brief.objective == full.objective);
}

static void the_order_of_records_makes_no_difference(void **state)
{
    struct city *c = *state, turned;
    struct plan plan;
    plan_init(&plan);
    build(&turned, &plan, true, true);
    struct propose_request q = request(c), r = request(&turned);
    struct proposal a = propose(c, &q), b = propose(&turned, &r);
    assert_int_equal(a.n_members, b.n_members);
    for (size_t i = 0; i < a.n_members; i++) {
        assert_string_equal(a.members[i].org->uid, b.members[i].org->uid);
        assert_true(fabs(a.members[i].marginal - b.members[i].marginal) < 1e-6 ||
                    a.members[i].marginal == b.members[i].marginal);
    }
    for (size_t t = 0; t < a.n_subtopics; t++) {
        assert_int_equal(a.subtopics[t].n_seats, b.subtopics[t].n_seats);
        for (size_t k = 0; k < a.subtopics[t].n_seats; k++)
            assert_string_equal(a.subtopics[t].seats[k].capability->uid,
                                b.subtopics[t].seats[k].capability->uid);
    }
    city_raze(&turned);
}

static void without_a_model_words_decide(void **state)
{
    (void)state;
    struct plan plan;
    struct city c;
    plan_init(&plan);
    build(&c, &plan, false, false);
    struct propose_request q = request(&c);
    struct proposal p = propose(&c, &q);
    assert_true(p.lexical_only);
    check_seat(&p, 1, 0, "uni-damping");
    check_seat(&p, 2, 0, "sme-software");
    assert_non_null(member(&p, "mill"));
    city_raze(&c);
}

static void a_city_of_few_or_none_has_an_answer(void **state)
{
    (void)state;
    struct plan plan = {.n = 1};
    struct city c;
    plan.at[0] = challenge();
    build(&c, &plan, true, false);
    struct propose_request q = request(&c);
    struct proposal p = propose(&c, &q); /* nobody, and an owner that is not known */
    assert_false(p.feasible);
    assert_int_equal(p.n_members, 0);
    assert_int_equal(p.pool, 0);
    assert_int_equal(p.n_subtopics, 3);
    assert_true(p.coverage == 0);
    city_raze(&c);

    plan.at[plan.n++] = org("mill", "enterprise", "lead", "机床");
    build(&c, &plan, true, false);
    q = request(&c);
    p = propose(&c, &q);
    assert_false(p.feasible);
    assert_int_equal(p.n_members, 1);
    assert_int_equal(p.members[0].role, MEMBER_LEAD);
    assert_int_equal(p.n_relaxations, 1);
    assert_int_equal(p.relaxations[0].roles, 1u << MEMBER_UNIVERSITY | 1u << MEMBER_INSTITUTE);
    city_raze(&c);
}

static void subtopics_are_split_from_the_challenge(void **state)
{
    struct city *c = *state;
    struct propose_request q = request(c);
    q.subtopics = NULL;
    q.n_subtopics = 0;
    struct proposal p = propose(c, &q);
    double sum = 0;
    assert_true(p.n_subtopics >= 1);
    for (size_t t = 0; t < p.n_subtopics; t++) sum += p.subtopics[t].subtopic.weight;
    assert_true(fabs(sum - 1) < 1e-9);
    assert_true(p.feasible);
}

static void refuse(struct city *c, const struct propose_request *q, const char *code)
{
    struct proposal out;
    struct err err = {0};
    assert_int_equal(propose_run(c->matcher, c->snapshot, c->analyzer, q, &c->arena, &out, &err),
                     -1);
    assert_string_equal(err.code, code);
}

static void nonsense_is_refused(void **state)
{
    struct city *c = *state;
    static const char *const nobody[] = {"nobody"}, *const spindle[] = {"uni-spindle"};
    static const char *const apart[][2] = {{"uni-spindle", "nobody"}};
    struct subtopic bad[COMPOSE_SUBTOPICS + 1];
    struct propose_request q = request(c);
    q.lock = nobody;
    q.n_lock = 1;
    refuse(c, &q, "propose_org");
    q.lock = q.ban = spindle;
    q.n_ban = 1;
    refuse(c, &q, "propose_lock_ban");
    q = request(c);
    q.apart = apart;
    q.n_apart = 1;
    refuse(c, &q, "propose_org");
    q = request(c);
    q.max_members = COMPOSE_MEMBERS + 1;
    refuse(c, &q, "propose_members");
    q = request(c);
    q.n_subtopics = 0;
    refuse(c, &q, "propose_subtopics");
    q.subtopics = bad;
    q.n_subtopics = ARRAY_LEN(bad);
    refuse(c, &q, "propose_subtopics");
    q.n_subtopics = 2;
    bad[0] = bad[1] = topics[0];
    refuse(c, &q, "propose_twice");
    bad[1] = (struct subtopic){.id = "t2", .title = "", .weight = 1};
    refuse(c, &q, "propose_title");
    bad[1] = (struct subtopic){.id = "t2", .title = "床身", .weight = 0};
    refuse(c, &q, "propose_weight");
}

#define IN_CITY(test) cmocka_unit_test_setup_teardown(test, found, raze)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CITY(who_fits_is_seated),
        IN_CITY(members_are_worth_what_is_lost_without_them),
        IN_CITY(the_only_small_enterprise_can_be_missing),
        cmocka_unit_test(without_the_only_one_that_fits_there_is_nothing),
        IN_CITY(locks_and_bans_are_obeyed),
        IN_CITY(who_must_be_apart_is),
        cmocka_unit_test(of_a_group_there_is_one),
        IN_CITY(a_lead_of_the_chain_stands_in_for_the_owner),
        cmocka_unit_test(a_lead_of_another_chain_is_no_lead),
        IN_CITY(a_missing_role_is_named_and_the_rest_shown),
        IN_CITY(what_contradicts_itself_is_said),
        IN_CITY(smaller_enterprises_take_part_where_they_have_a_seat),
        IN_CITY(alternatives_differ),
        cmocka_unit_test(what_is_not_worth_half_is_no_alternative),
        IN_CITY(facilities_stand_beside_the_members),
        IN_CITY(a_must_that_is_missed_bars),
        cmocka_unit_test(what_fits_the_challenge_comes_first),
        cmocka_unit_test(a_near_miss_is_named),
        IN_CITY(subtopics_are_no_needs),
        cmocka_unit_test(common_work_is_shown),
        cmocka_unit_test(common_work_breaks_ties_only),
        cmocka_unit_test(what_was_tried_in_vain_is_not_proposed_again),
        cmocka_unit_test(sealed_words_are_not_quoted),
        IN_CITY(a_brief_answer_names_the_same_members),
        IN_CITY(the_order_of_records_makes_no_difference),
        cmocka_unit_test(without_a_model_words_decide),
        cmocka_unit_test(a_city_of_few_or_none_has_an_answer),
        IN_CITY(subtopics_are_split_from_the_challenge),
        IN_CITY(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

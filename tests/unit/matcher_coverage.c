/* The coverage map: what covers an item, what the log knows of the past, and drafts of calls. */
#include "base/base.h"

#include "base/mem.h"
#include "corpus/record_json.h"
#include "matcher/call_draft.h"
#include "matcher/coverage.h"
#include "tests/unit/city.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- a city with a past ---------------------------------------------------------------------- */

enum { RECORDS_MAX = 700, CHANGES_MAX = 1600 };

struct past {
    struct city city;
    struct arena arena;
    struct change changes[CHANGES_MAX];
    size_t n_changes;
    const struct record *now[RECORDS_MAX]; /* as it is, deleted ones too */
    size_t n_now;
    bool backwards; /* bring the records in in the opposite order */
};

static void past_begin(struct past *p)
{
    memset(p, 0, sizeof *p);
    arena_init(&p->arena);
}

static const struct record **slot(struct past *p, enum kind kind, const char *uid)
{
    for (size_t i = 0; i < p->n_now; i++)
        if (p->now[i]->kind == kind && strcmp(p->now[i]->uid, uid) == 0) return &p->now[i];
    assert_true(p->n_now < RECORDS_MAX);
    return &p->now[p->n_now++];
}

/* The record is like this from that day on; text NULL: it is deleted. */
static void on_day(struct past *p, const char *day, enum kind kind, const char *uid,
                   const char *title, const char *text, const char *const *owners, size_t n_owners)
{
    const struct record **at = slot(p, kind, uid), *was = *at;
    struct record *r = arena_zalloc(&p->arena, 1, sizeof *r);
    *r = (struct record){.kind = kind, .uid = uid, .id = uid, .source = "local", .rev = 1};
    r->value[kind == KIND_ORG ? FIELD_NAME : FIELD_TITLE] = title;
    if (kind != KIND_ORG) r->value[FIELD_TEXT] = text;
    if (kind == KIND_CAPABILITY) r->value[FIELD_VISIBILITY] = "public";
    if (kind == KIND_BOTTLENECK) r->value[FIELD_CHAIN] = strstr(uid, "none") ? NULL : "轴承";
    r->owners = owners;
    r->n_owners = n_owners;
    r->deleted = text == NULL;
    assert_true(p->n_changes < CHANGES_MAX);
    p->changes[p->n_changes] = (struct change){
        .seq = (int64_t)p->n_changes + 1,
        .at = arena_printf(&p->arena, "%sT08:00:00Z", day),
        .actor = "test",
        .action = r->deleted ? "delete"
                  : was      ? "update"
                             : "create",
        .kind = kind,
        .uid = uid,
        .before = was && !was->deleted ? record_to_json(was, &p->arena) : NULL,
        .after = r->deleted ? NULL : record_to_json(r, &p->arena),
    };
    p->n_changes++;
    *at = r;
}

static void gone(struct past *p, const char *day, enum kind kind, const char *uid)
{
    const struct record *was = *slot(p, kind, uid);
    on_day(p, day, kind, uid, record_title(was), NULL, was->owners, was->n_owners);
}

static int read_past(void *ctx, int (*fn)(void *to, const struct change *c, struct err *err),
                     void *to, struct err *err)
{
    struct past *p = ctx;
    int said = 0;
    for (size_t i = 0; i < p->n_changes && said == 0; i++) said = fn(to, &p->changes[i], err);
    return said < 0 ? -1 : 0;
}

static struct coverage *judge(struct past *p)
{
    const struct record *live[RECORDS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < p->n_now; i++) {
        const struct record *r = p->now[p->backwards ? p->n_now - 1 - i : i];
        if (!r->deleted && r->kind == KIND_ORG) live[n++] = r; /* owners before what they own */
    }
    for (size_t i = 0; i < p->n_now; i++) {
        const struct record *r = p->now[p->backwards ? p->n_now - 1 - i : i];
        if (!r->deleted && r->kind != KIND_ORG) live[n++] = r;
    }
    city_found(&p->city, NULL, 0);
    city_settle(&p->city, live, n, (int64_t)p->n_changes);
    struct coverage_log log = {read_past, p};
    struct err err = {0};
    struct coverage *c =
        coverage_new(p->city.matcher, p->city.snapshot, p->city.analyzer, &log, NULL, NULL, &err);
    assert_non_null(c);
    return c;
}

static void past_end(struct past *p, struct coverage *c)
{
    coverage_free(c);
    city_raze(&p->city);
    arena_free(&p->arena);
}

static const char *const house_a[] = {"org-a"}, *const house_b[] = {"org-b"},
                         *const house_ab[] = {"org-a", "org-b"};
static const char BEARING[] = "高速主轴轴承温升抑制", GEAR[] = "谐波减速器柔轮疲劳寿命提升";

/* Enough that has nothing to do with anything, for levels to mean something. */
static void filler(struct past *p, const char *day)
{
    static const char *const titles[] = {
        "茶叶发酵温湿度控制", "儿童汽车座椅侧碰防护", "古籍纸张脱酸",   "城市内涝预报模型",
        "奶牛发情识别",       "电梯钢丝绳磨损监测",   "柑橘黄龙病检测", "射电望远镜反射面测量",
        "隧道渗漏水治理",     "语音合成韵律建模",     "石窟风化监测",   "轨道交通客流预测"};
    on_day(p, day, KIND_ORG, "org-z", "示例杂项研究院", "", NULL, 0);
    static const char *const house_z[] = {"org-z"};
    for (size_t i = 0; i < ARRAY_LEN(titles); i++)
        on_day(p, day, KIND_CAPABILITY, arena_printf(&p->arena, "cap-z%02zu", i), titles[i],
               titles[i], house_z, 1);
}

static void founded(struct past *p, const char *day)
{
    on_day(p, day, KIND_ORG, "org-a", "示例甲研究院", "", NULL, 0);
    on_day(p, day, KIND_ORG, "org-b", "示例乙研究院", "", NULL, 0);
    filler(p, day);
    on_day(p, day, KIND_BOTTLENECK, "bot-bearing", BEARING, BEARING, NULL, 0);
    on_day(p, day, KIND_BOTTLENECK, "bot-none", GEAR, GEAR, NULL, 0);
}

static struct coverage_view look(struct past *p, struct coverage *c, const char *chain,
                                 const char *at)
{
    struct coverage_view v;
    coverage_look(c, chain, at, &p->arena, &v);
    return v;
}

static const struct coverage_item *item(const struct coverage_view *v, const char *uid)
{
    for (size_t i = 0; i < v->counts.items; i++)
        if (strcmp(v->items[i].ref->uid, uid) == 0) return &v->items[i];
    return NULL;
}

static enum coverage_status status(struct past *p, struct coverage *c, const char *uid,
                                   const char *at)
{
    struct coverage_view v = look(p, c, NULL, at);
    const struct coverage_item *found = item(&v, uid);
    return found ? found->coverage : COVERAGE_ABSENT;
}

/* ---- what covers ----------------------------------------------------------------------------- */

static void houses_are_counted_not_capabilities(void **state)
{
    (void)state;
    for (int backwards = 0; backwards < 2; backwards++) {
        struct past p;
        past_begin(&p);
        p.backwards = backwards;
        founded(&p, "2026-03-01");
        on_day(&p, "2026-03-01", KIND_CAPABILITY, "cap-1", BEARING, BEARING, house_a, 1);
        on_day(&p, "2026-03-01", KIND_CAPABILITY, "cap-2", BEARING, BEARING, house_a, 1);
        struct coverage *c = judge(&p);
        struct coverage_view v = look(&p, c, NULL, NULL);
        assert_int_equal(v.counts.items, 2);
        assert_int_equal(v.counts.of[COVERAGE_GAP], 1);
        assert_int_equal(v.counts.of[COVERAGE_SINGLE], 1);
        const struct coverage_item *i = item(&v, "bot-bearing");
        assert_int_equal(i->n_sources, 1);
        assert_int_equal(i->sources[0].capabilities, 2);
        assert_string_equal(i->sources[0].org->title, "示例甲研究院");
        assert_string_equal(i->sources[0].capability->uid, "cap-1"); /* equal ones: by uid */
        assert_true(i->sources[0].level >= LEVEL_GOOD);
        assert_int_equal(item(&v, "bot-none")->n_sources, 0);
        assert_int_equal(v.n_orgs, 1);
        assert_int_equal(v.orgs[0].n_sole, 1);
        assert_int_equal(v.orgs[0].n_pair, 0);
        past_end(&p, c);
    }
}

static void each_owner_of_a_joint_capability_counts(void **state)
{
    (void)state;
    struct past p;
    past_begin(&p);
    founded(&p, "2026-03-01");
    on_day(&p, "2026-03-01", KIND_CAPABILITY, "cap-1", BEARING, BEARING, house_ab, 2);
    struct coverage *c = judge(&p);
    struct coverage_view v = look(&p, c, NULL, NULL);
    assert_int_equal(item(&v, "bot-bearing")->coverage, COVERAGE_MULTIPLE);
    assert_int_equal(v.n_orgs, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(v.orgs[i].n_sole, 0);
        assert_int_equal(v.orgs[i].n_pair, 1);
        assert_ptr_equal(v.orgs[i].pair[0], item(&v, "bot-bearing"));
    }
    past_end(&p, c);
}

static void levels_are_those_of_a_match(void **state)
{
    (void)state;
    struct past p;
    past_begin(&p);
    founded(&p, "2026-03-01");
    on_day(&p, "2026-03-01", KIND_CAPABILITY, "cap-1", BEARING, BEARING, house_a, 1);
    on_day(&p, "2026-03-01", KIND_CAPABILITY, "cap-2", "主轴轴承", "主轴轴承的温升", house_b, 1);
    struct coverage *c = judge(&p);
    struct coverage_view v = look(&p, c, NULL, NULL);
    const struct coverage_item *i = item(&v, "bot-bearing");
    struct match_query q = {
        .from = snapshot_record(p.city.snapshot, KIND_BOTTLENECK,
                                snapshot_find(p.city.snapshot, KIND_BOTTLENECK, "bot-bearing")),
        .target = KIND_CAPABILITY,
        .top = 50,
        .see_all = true,
        .explain = true};
    struct match_list list;
    struct err err = {0};
    assert_int_equal(matcher_run(p.city.matcher, p.city.snapshot, p.city.analyzer, &q,
                                 &p.city.arena, &list, &err),
                     0);
    size_t seen = 0;
    for (size_t k = 0; k < list.n; k++) {
        if (list.matches[k].level < LEVEL_WEAK) continue;
        for (int weak = 0; weak < 2; weak++) {
            const struct coverage_source *s = weak ? i->to_verify : i->sources;
            for (size_t n = 0; n < (weak ? i->n_to_verify : i->n_sources); n++) {
                if (strcmp(s[n].capability->uid, list.matches[k].record->uid) != 0) continue;
                assert_int_equal(s[n].level, list.matches[k].level);
                assert_int_equal(s[n].level < LEVEL_GOOD, weak);
                assert_float_equal(s[n].expected_by_chance, list.matches[k].expected_by_chance,
                                   1e-6);
                seen++;
            }
        }
    }
    assert_true(seen >= 1);
    assert_int_equal(seen, i->n_sources + i->n_to_verify);
    assert_int_equal(i->verify_total, i->n_to_verify);
    past_end(&p, c);
}

static void what_must_be_and_is_not_covers_nothing(void **state)
{
    (void)state;
    static const char WANTS[] = "主轴轴承温升必须不高于15度。", HAS[] = "主轴轴承温升40度。";
    struct past p;
    past_begin(&p);
    founded(&p, "2026-03-01");
    on_day(&p, "2026-03-02", KIND_BOTTLENECK, "bot-bearing", BEARING, WANTS, NULL, 0);
    on_day(&p, "2026-03-02", KIND_CAPABILITY, "cap-1", BEARING, HAS, house_a, 1);
    struct coverage *c = judge(&p);
    struct coverage_view v = look(&p, c, NULL, NULL);
    const struct coverage_item *i = item(&v, "bot-bearing");
    assert_int_equal(i->coverage, COVERAGE_GAP);
    assert_int_equal(i->n_to_verify, 1);
    assert_true(i->to_verify[0].must_unmet);
    assert_int_equal(i->to_verify[0].level, LEVEL_WEAK);
    past_end(&p, c);
}

static void nobody_known_covers_nothing(void **state)
{
    (void)state;
    struct past p;
    past_begin(&p);
    founded(&p, "2026-03-01");
    on_day(&p, "2026-03-01", KIND_CAPABILITY, "cap-1", BEARING, BEARING, NULL, 0);
    struct coverage *c = judge(&p);
    struct coverage_view v = look(&p, c, NULL, NULL);
    const struct coverage_item *i = item(&v, "bot-bearing");
    assert_int_equal(i->coverage, COVERAGE_GAP);
    assert_int_equal(i->n_to_verify, 1);
    assert_null(i->to_verify[0].org);
    past_end(&p, c);
}

/* ---- the past -------------------------------------------------------------------------------- */

static void each_day_has_what_was_there(void **state)
{
    (void)state;
    struct past p;
    past_begin(&p);
    founded(&p, "2026-01-31");
    on_day(&p, "2026-02-10", KIND_CAPABILITY, "cap-1", BEARING, BEARING, house_a, 1);
    on_day(&p, "2026-03-10", KIND_CAPABILITY, "cap-2", BEARING, BEARING, house_b, 1);
    gone(&p, "2026-04-10", KIND_CAPABILITY, "cap-1");
    gone(&p, "2026-05-10", KIND_ORG, "org-b");
    on_day(&p, "2026-06-10", KIND_CAPABILITY, "cap-2", BEARING, BEARING, house_a, 1);
    gone(&p, "2026-07-10", KIND_BOTTLENECK, "bot-none");
    struct coverage *c = judge(&p);
    const struct {
        const char *at;
        enum coverage_status is;
    } days[] = {
        {"2026-01-30", COVERAGE_ABSENT}, {"2026-01-31", COVERAGE_GAP},
        {"2026-02-09", COVERAGE_GAP},    {"2026-02-10", COVERAGE_SINGLE},
        {"2026-03", COVERAGE_MULTIPLE},  {"2026-04-10", COVERAGE_SINGLE},
        {"2026-05-09", COVERAGE_SINGLE}, {"2026-05-10", COVERAGE_GAP},
        {"2026-06", COVERAGE_SINGLE},    {"2026-07-09", COVERAGE_SINGLE},
        {"2026-07-10", COVERAGE_SINGLE}, {"2099-01", COVERAGE_SINGLE},
    };
    for (size_t i = 0; i < ARRAY_LEN(days); i++)
        assert_int_equal(status(&p, c, "bot-bearing", days[i].at), days[i].is);

    struct coverage_view v = look(&p, c, NULL, "2026-03-31");
    const struct coverage_item *i = item(&v, "bot-bearing");
    assert_false(i->ref->gone);
    assert_true(item(&v, "bot-none")->ref->gone);
    for (size_t k = 0; k < i->n_sources; k++) {
        bool first = strcmp(i->sources[k].capability->uid, "cap-1") == 0;
        assert_int_equal(i->sources[k].capability->gone, first);
        assert_string_equal(i->sources[k].org->title, first ? "示例甲研究院" : "示例乙研究院");
        assert_int_equal(i->sources[k].org->gone, !first);
    }
    v = look(&p, c, NULL, NULL);
    assert_string_equal(v.as_of, "2026-07-10");
    assert_string_equal(v.since, "2026-06-30");
    assert_int_equal(v.n_moves, 1);
    assert_int_equal(v.moves[0].before, COVERAGE_GAP);
    assert_int_equal(v.moves[0].after, COVERAGE_ABSENT);
    assert_false(v.by_month);
    assert_int_equal(v.n_points, 7);
    assert_string_equal(v.points[2].date, "2026-03-10");
    assert_int_equal(v.points[2].counts.of[COVERAGE_MULTIPLE], 1);
    assert_int_equal(v.points[6].counts.items, 1);
    past_end(&p, c);
}

static void an_item_that_is_gone_was_covered_by_what_is_there(void **state)
{
    (void)state;
    struct past p;
    past_begin(&p);
    founded(&p, "2026-01-31");
    on_day(&p, "2026-02-10", KIND_CAPABILITY, "cap-1", BEARING, BEARING, house_a, 1);
    gone(&p, "2026-03-10", KIND_BOTTLENECK, "bot-bearing");
    struct coverage *c = judge(&p);
    assert_int_equal(status(&p, c, "bot-bearing", "2026-02-10"), COVERAGE_SINGLE);
    assert_int_equal(status(&p, c, "bot-bearing", "2026-03-10"), COVERAGE_ABSENT);
    past_end(&p, c);
}

static void what_came_and_went_within_a_day_was_not_there(void **state)
{
    (void)state;
    struct past p;
    past_begin(&p);
    founded(&p, "2026-01-31");
    on_day(&p, "2026-02-10", KIND_CAPABILITY, "cap-1", BEARING, BEARING, house_a, 1);
    gone(&p, "2026-02-10", KIND_CAPABILITY, "cap-1");
    on_day(&p, "2026-02-12", KIND_CAPABILITY, "cap-1", BEARING, BEARING, house_a, 1);
    struct coverage *c = judge(&p);
    assert_int_equal(status(&p, c, "bot-bearing", "2026-02-10"), COVERAGE_GAP);
    assert_int_equal(status(&p, c, "bot-bearing", "2026-02-12"), COVERAGE_SINGLE);
    assert_int_equal(coverage_unjudged(c), 0);
    past_end(&p, c);
}

static void what_the_snapshot_has_not_seen_does_not_count(void **state)
{
    (void)state;
    struct past p;
    past_begin(&p);
    founded(&p, "2026-01-31");
    on_day(&p, "2026-02-10", KIND_CAPABILITY, "cap-1", BEARING, BEARING, house_a, 1);
    struct coverage *c = judge(&p);
    coverage_free(c);
    gone(&p, "2026-02-11", KIND_CAPABILITY, "cap-1"); /* in the log, not in the snapshot */
    struct coverage_log log = {read_past, &p};
    struct err err = {0};
    c = coverage_new(p.city.matcher, p.city.snapshot, p.city.analyzer, &log, NULL, NULL, &err);
    struct coverage_view v = look(&p, c, NULL, NULL);
    assert_string_equal(v.as_of, "2026-02-10");
    assert_int_equal(item(&v, "bot-bearing")->coverage, COVERAGE_SINGLE);
    past_end(&p, c);
}

static void many_days_become_months(void **state)
{
    (void)state;
    struct past p;
    past_begin(&p);
    founded(&p, "2023-12-31");
    for (int day = 0; day < 2 * COVERAGE_DAYS_MAX; day++)
        on_day(&p, arena_printf(&p.arena, "2024-%02d-%02d", 1 + day / 27, 1 + day % 27),
               KIND_CAPABILITY, arena_printf(&p.arena, "cap-%02d", day), "古籍纸张脱酸", "",
               house_a, 1);
    struct coverage *c = judge(&p);
    struct coverage_view v = look(&p, c, NULL, NULL);
    assert_true(v.by_month);
    assert_int_equal(v.n_points, 4);
    assert_string_equal(v.points[0].date, "2023-12");
    assert_string_equal(v.points[3].date, "2024-03");
    assert_string_equal(v.since, "2024-02-29");
    assert_string_equal(look(&p, c, NULL, "2024-01-15").since, "2023-12-31");
    assert_string_equal(look(&p, c, NULL, "2023-03").since, "2023-02-28");
    past_end(&p, c);
}

static void of_much_that_is_gone_the_latest_is_judged(void **state)
{
    (void)state;
    struct past p;
    past_begin(&p);
    founded(&p, "2026-01-01");
    for (int i = 0; i < COVERAGE_GONE_MAX + 5; i++)
        on_day(&p, "2026-01-02", KIND_CAPABILITY, arena_printf(&p.arena, "cap-%03d", i), BEARING,
               BEARING, i < 5 ? house_a : house_b, 1);
    for (int i = 0; i < COVERAGE_GONE_MAX + 5; i++)
        gone(&p, "2026-01-03", KIND_CAPABILITY, arena_printf(&p.arena, "cap-%03d", i));
    struct coverage *c = judge(&p);
    assert_int_equal(coverage_unjudged(c), 5);
    struct coverage_view v = look(&p, c, NULL, "2026-01-02");
    assert_int_equal(item(&v, "bot-bearing")->n_sources, 1);
    assert_string_equal(item(&v, "bot-bearing")->sources[0].org->uid, "org-b");
    assert_int_equal(status(&p, c, "bot-bearing", NULL), COVERAGE_GAP);
    past_end(&p, c);
}

static void chains(void **state)
{
    (void)state;
    struct past p;
    past_begin(&p);
    founded(&p, "2026-01-31");
    struct coverage *c = judge(&p);
    struct coverage_view v = look(&p, c, NULL, NULL);
    assert_int_equal(v.n_chains, 2);
    assert_string_equal(v.chains[0].chain, "轴承");
    assert_null(v.chains[1].chain);
    assert_int_equal(look(&p, c, "轴承", NULL).counts.items, 1);
    v = look(&p, c, COVERAGE_NO_CHAIN, NULL);
    assert_int_equal(v.counts.items, 1);
    assert_string_equal(v.items[0].ref->uid, "bot-none");
    assert_int_equal(look(&p, c, "没有", NULL).counts.items, 0);
    past_end(&p, c);
}

static void nothing_at_all(void **state)
{
    (void)state;
    struct past p;
    past_begin(&p);
    struct coverage *c = judge(&p);
    struct coverage_view v = look(&p, c, NULL, NULL);
    assert_null(v.as_of);
    assert_int_equal(v.counts.items + v.n_points + v.n_moves + v.n_orgs + v.n_chains, 0);
    v = look(&p, c, "轴承", "2026-01-01");
    assert_int_equal(v.counts.items, 0);
    past_end(&p, c);
}

/* ---- drafts of calls ------------------------------------------------------------------------- */

static struct call_draft draft(struct arena *arena, const char *title, const char *text)
{
    struct record r = {.kind = KIND_BOTTLENECK, .uid = "b", .id = "b"};
    struct analyzer *a = analyzer_new();
    struct call_draft d;
    r.value[FIELD_TITLE] = title;
    r.value[FIELD_TEXT] = text;
    call_draft_make(a, &r, "2026-11-24", arena, &d);
    analyzer_free(a);
    return d;
}

static bool has_rule(const struct call_entry *e, const char *id)
{
    for (size_t i = 0; i < e->n_rules; i++)
        if (strcmp(e->rules[i]->id, id) == 0) return true;
    return false;
}

static void a_draft_takes_the_items_words(void **state)
{
    (void)state;
    static const char TEXT[] =
        "目前柔轮寿命只有6000小时，依赖进口。额定寿命需达15000小时。需突破柔轮材料与修形。";
    struct arena arena;
    arena_init(&arena);
    struct call_draft d = draft(&arena, GEAR, TEXT);
    const struct call_entry *goal = &d.parts[CALL_GOAL], *figures = &d.parts[CALL_INDICATORS];
    assert_int_equal(goal->n_texts, 2);
    assert_int_equal(figures->n_texts, 1);
    assert_non_null(strstr(figures->texts[0], "15000小时"));
    for (size_t i = 0; i < goal->n_texts; i++) assert_non_null(strstr(TEXT, goal->texts[i]));
    assert_string_equal(d.targets, figures->texts[0]);
    assert_non_null(strstr(d.text, "攻关目标：额定寿命"));
    assert_non_null(strstr(d.text, "背景：目前柔轮寿命"));
    for (int p = CALL_DEADLINE; p < CALL_PARTS; p++) {
        assert_int_equal(d.parts[p].n_texts, 0);
        assert_true(strlen(d.parts[p].question[LANG_ZH]) > 0);
        assert_true(d.parts[p].n_rules > 0);
    }
    assert_true(has_rule(&d.parts[CALL_INVESTMENT], "kunshan-2024-cap"));
    assert_true(has_rule(&d.parts[CALL_DEADLINE], "ganzhou-2023-term"));
    assert_false(has_rule(&d.parts[CALL_GOAL], "kunshan-2024-cap"));
    arena_free(&arena);
}

static void a_draft_of_little_says_little(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct call_draft d = draft(&arena, "Gear", NULL);
    assert_null(d.text);
    assert_null(d.targets);
    assert_string_equal(d.cooperation, "call for solvers");
    d = draft(&arena, "Harmonic drive life", "The flexspline wears out early.");
    assert_string_equal(d.text, "The flexspline wears out early.");
    assert_int_equal(d.parts[CALL_GOAL].n_texts + d.parts[CALL_INDICATORS].n_texts, 0);
    arena_free(&arena);
}

/* Rules and parts are two tables: every kind of rule has a part that asks for it. */
static void every_rule_has_a_part(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct call_draft d = draft(&arena, GEAR, GEAR);
    size_t placed = 0;
    for (int p = 0; p < CALL_PARTS; p++) placed += d.parts[p].n_rules;
    struct record need = {.kind = KIND_NEED};
    need.value[FIELD_TITLE] = GEAR;
    struct health_query q = {.need = &need, .on = "2026-11-24"};
    struct health *h = arena_alloc(&arena, 1, sizeof *h);
    health_diagnose(&q, &arena, h);
    assert_int_equal(placed, h->n_rules);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(houses_are_counted_not_capabilities),
        cmocka_unit_test(each_owner_of_a_joint_capability_counts),
        cmocka_unit_test(levels_are_those_of_a_match),
        cmocka_unit_test(what_must_be_and_is_not_covers_nothing),
        cmocka_unit_test(nobody_known_covers_nothing),
        cmocka_unit_test(each_day_has_what_was_there),
        cmocka_unit_test(an_item_that_is_gone_was_covered_by_what_is_there),
        cmocka_unit_test(what_came_and_went_within_a_day_was_not_there),
        cmocka_unit_test(what_the_snapshot_has_not_seen_does_not_count),
        cmocka_unit_test(many_days_become_months),
        cmocka_unit_test(of_much_that_is_gone_the_latest_is_judged),
        cmocka_unit_test(chains),
        cmocka_unit_test(nothing_at_all),
        cmocka_unit_test(a_draft_takes_the_items_words),
        cmocka_unit_test(a_draft_of_little_says_little),
        cmocka_unit_test(every_rule_has_a_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

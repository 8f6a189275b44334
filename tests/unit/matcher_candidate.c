/* The candidates of a large pool against scoring everything, in a city that is small enough for
 * both. */
#include "base/base.h"

#include "base/mem.h"
#include "matcher/candidate.h"
#include "tests/unit/city.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DIM = 64, ORGS = 20, CAPABILITIES = 1500, NEEDS = 40, TOP = 10 };

/* Texts that share characters are near each other. */
static int letters_embed(struct embedder *e, enum embed_kind kind, const char *const *texts,
                         size_t n, float *out, struct err *err)
{
    (void)e, (void)kind, (void)err;
    for (size_t i = 0; i < n; i++) {
        float *v = out + i * DIM, norm = 0;
        for (int d = 0; d < DIM; d++) v[d] = 0.01f;
        for (const char *p = texts[i]; *p; p++)
            if (p[1] && p[2]) v[((unsigned char)p[1] * 7 + (unsigned char)p[2]) % DIM] += 1;
        for (int d = 0; d < DIM; d++) norm += v[d] * v[d];
        for (int d = 0; d < DIM; d++) v[d] /= sqrtf(norm);
    }
    return 0;
}

static void letters_free(struct embedder *e)
{
    (void)e;
}

static const struct embedder_ops letters = {.embed = letters_embed, .free = letters_free};

/* Sentences of made-up ideographs, some much more frequent than others. */
static uint32_t dice(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)*seed * n) >> 32);
}

static const char *babble(struct arena *arena, uint32_t *seed, int chars)
{
    char *out = arena_alloc(arena, (size_t)chars * 3 + 1, 1), *p = out;
    for (int i = 0; i < chars; i++) {
        uint32_t code = 0x4e00 + dice(seed, 20 + dice(seed, 600));
        *p++ = (char)(0xe0 | code >> 12);
        *p++ = (char)(0x80 | (code >> 6 & 0x3f));
        *p++ = (char)(0x80 | (code & 0x3f));
    }
    *p = '\0';
    return out;
}

static struct record made(struct city *c, uint32_t *seed, enum kind kind, int number)
{
    struct record r = {.kind = kind, .source = "local", .rev = 1};
    static const char *const prefix[KIND_COUNT] = {
        [KIND_ORG] = "o", [KIND_NEED] = "n", [KIND_CAPABILITY] = "c"};
    r.uid = r.id = arena_printf(&c->arena, "%s%d", prefix[kind], number);
    r.value[kind == KIND_ORG ? FIELD_NAME : FIELD_TITLE] = babble(&c->arena, seed, 12);
    if (kind == KIND_ORG) return r;
    r.value[FIELD_TEXT] = babble(&c->arena, seed, 60);
    r.value[FIELD_VISIBILITY] = "public";
    const char **owner = arena_alloc(&c->arena, 1, sizeof *owner);
    owner[0] = arena_printf(&c->arena, "o%d", number % ORGS);
    r.owners = owner;
    r.n_owners = 1;
    return r;
}

static void build(struct city *c)
{
    enum { ALL = ORGS + CAPABILITIES + NEEDS };
    static struct record records[ALL];
    const struct record *pointers[ALL];
    uint32_t seed = 7;
    city_found(c, &letters, DIM);
    for (int i = 0; i < ALL; i++) {
        enum kind kind = i < ORGS ? KIND_ORG : i < ORGS + NEEDS ? KIND_NEED : KIND_CAPABILITY;
        records[i] = made(c, &seed, kind, i);
        pointers[i] = &records[i];
    }
    city_settle(c, pointers, ALL, 1);
}

static struct match_list ask(struct city *c, enum kind kind, uint32_t ord, enum kind target,
                             struct candidate_limits limits)
{
    struct match_query q = {
        .from = snapshot_record(c->snapshot, kind, ord), .target = target, .top = TOP};
    struct match_list list;
    struct err err = {0};
    matcher_limit(c->matcher, limits);
    assert_int_equal(matcher_run(c->matcher, c->snapshot, c->analyzer, &q, &c->arena, &list, &err),
                     0);
    return list;
}

static size_t shared(const struct match_list *a, const struct match_list *b)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < b->n; k++) n += a->matches[i].record == b->matches[k].record;
    return n;
}

static const struct candidate_limits everything = {.exhaustive = SIZE_MAX}, few = {.exhaustive = 0,
                                                                                   .rough = 400,
                                                                                   .near = 200,
                                                                                   .top = 100,
                                                                                   .sample = 300};

/* With nothing left out, the candidates are everything, and so are the results. */
static void candidates_of_everything_score_the_same(void **state)
{
    struct city *c = *state;
    const struct candidate_limits all = {
        .exhaustive = 0, .rough = 200, .near = 100, .top = 50, .sample = SIZE_MAX};
    const struct {
        enum kind from, target;
    } ways[] = {{KIND_NEED, KIND_CAPABILITY},
                {KIND_NEED, KIND_ORG},
                {KIND_CAPABILITY, KIND_NEED},
                {KIND_ORG, KIND_NEED}};
    for (size_t w = 0; w < ARRAY_LEN(ways); w++)
        for (uint32_t i = 0; i < 5; i++) {
            struct match_list x = ask(c, ways[w].from, i, ways[w].target, everything);
            struct match_list y = ask(c, ways[w].from, i, ways[w].target, all);
            assert_int_equal(x.n, TOP);
            assert_int_equal(y.n, x.n);
            assert_int_equal(x.level, y.level);
            assert_true(x.pool == y.pool);
            for (size_t k = 0; k < x.n; k++) {
                const struct match *a = &x.matches[k], *b = &y.matches[k];
                assert_ptr_equal(a->record, b->record);
                assert_float_equal(a->score, b->score, 1e-4);
                /* The words of all titles count those of the same house, a twentieth here. */
                assert_float_equal(a->expected_by_chance / b->expected_by_chance, 1, 0.1);
                assert_int_equal(a->n_capabilities, b->n_capabilities);
                for (size_t m = 0; m < a->n_capabilities; m++)
                    assert_ptr_equal(a->capabilities[m].record, b->capabilities[m].record);
            }
        }
}

static void some_candidates_are_enough(void **state)
{
    struct city *c = *state;
    size_t same = 0, same_orgs = 0, same_level = 0;
    for (uint32_t i = 0; i < NEEDS; i++) {
        struct match_list x = ask(c, KIND_NEED, i, KIND_CAPABILITY, everything);
        struct match_list y = ask(c, KIND_NEED, i, KIND_CAPABILITY, few);
        same += shared(&x, &y);
        same_level += x.level == y.level;
        for (size_t k = 0; k < x.n; k++) /* a pair has one score */
            if (x.matches[k].record == y.matches[k].record)
                assert_float_equal(x.matches[k].score, y.matches[k].score, 1e-4);
        x = ask(c, KIND_NEED, i, KIND_ORG, everything);
        y = ask(c, KIND_NEED, i, KIND_ORG, few);
        same_orgs += shared(&x, &y);
    }
    assert_true(same >= NEEDS * TOP * 98 / 100);
    assert_true(same_orgs >= NEEDS * TOP * 85 / 100);
    assert_true(same_level >= NEEDS * 90 / 100);
}

/* Who belongs to the house is not offered, however good; nor is what is gone. */
static void doors_stay_closed(void **state)
{
    struct city *c = *state;
    for (uint32_t i = 0; i < NEEDS; i++) {
        struct match_list list = ask(c, KIND_NEED, i, KIND_CAPABILITY, few);
        const struct record *need = snapshot_record(c->snapshot, KIND_NEED, i);
        for (size_t k = 0; k < list.n; k++)
            assert_string_not_equal(list.matches[k].record->owners[0], need->owners[0]);
    }
    struct match_list list = ask(c, KIND_NEED, 0, KIND_CAPABILITY, few);
    struct record gone = *list.matches[0].record;
    gone.uid = arena_strdup(&c->arena, gone.uid);
    gone.deleted = true;
    const struct record *changed[] = {&gone};
    city_settle(c, changed, 1, 2);
    struct match_list then = ask(c, KIND_NEED, 0, KIND_CAPABILITY, few);
    for (size_t k = 0; k < then.n; k++)
        assert_string_not_equal(then.matches[k].record->uid, gone.uid);
}

/* A sample is drawn by uid, so it is the same whatever the order of arrival. */
static void a_sample_depends_on_what_is_there(void **state)
{
    struct city *c = *state;
    uint32_t *ords;
    size_t n = snapshot_sample(c->snapshot, KIND_CAPABILITY, 100, &c->arena, &ords);
    assert_in_range(n, 60, 260);
    for (size_t i = 1; i < n; i++) assert_true(ords[i] > ords[i - 1]);
    const char *uid = snapshot_record(c->snapshot, KIND_CAPABILITY, ords[0])->uid;
    struct record again = *snapshot_record(c->snapshot, KIND_CAPABILITY, ords[0]);
    again.uid = uid = arena_strdup(&c->arena, uid);
    again.value[FIELD_TITLE] = "另一个标题";
    const struct record *changed[] = {&again};
    city_settle(c, changed, 1, 3); /* it has another ordinal now */
    size_t m = snapshot_sample(c->snapshot, KIND_CAPABILITY, 100, &c->arena, &ords), found = 0;
    for (size_t i = 0; i < m; i++)
        found += strcmp(snapshot_record(c->snapshot, KIND_CAPABILITY, ords[i])->uid, uid) == 0;
    assert_int_equal(m, n);
    assert_int_equal(found, 1);
}

static int set_up(void **state)
{
    struct city *c = mem_zalloc(1, sizeof *c);
    build(c);
    *state = c;
    return 0;
}

static int tear_down(void **state)
{
    city_raze(*state);
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(candidates_of_everything_score_the_same),
        cmocka_unit_test(some_candidates_are_enough),
        cmocka_unit_test(doors_stay_closed),
        cmocka_unit_test(a_sample_depends_on_what_is_there),
    };
    return cmocka_run_group_tests_name("matcher_candidate", tests, set_up, tear_down);
}

/* Learning on made-up cities whose right weights are known; files of weights and of pairs; replays.
 */
#include "base/base.h"

#include "base/map.h"
#include "base/mem.h"
#include "matcher/replay.h"
#include "tests/unit/city.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- learning -------------------------------------------------------------------------------- */

enum { NEEDS_MAX = 80, PER_NEED = 12, BACKGROUND = 2000 };

struct town {
    struct learn_pair pairs[NEEDS_MAX * PER_NEED], background[BACKGROUND];
    uint64_t hash[NEEDS_MAX];
    size_t n_needs;
    struct weights current;
    uint64_t seed;
};

static double uniform(struct town *t)
{
    t->seed = t->seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(t->seed >> 11) / 9007199254740992.0;
}

/* Roughly normal: the sum of twelve. */
static double normal(struct town *t)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) sum += uniform(t);
    return sum;
}

static void fill(struct town *t, struct learn_pair *p)
{
    memset(p, 0, sizeof *p);
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (!feature_of_target((enum feature)f, KIND_CAPABILITY)) continue;
        p->x[f] = (float)normal(t);
        p->old_score += p->x[f] * t->current.of[f].weight;
    }
}

/* Grades 0 to 3 by the score that `truth` gives, with noise of that sd. */
static void build(struct town *t, size_t needs, const double truth[FEATURE_COUNT], double noise)
{
    memset(t, 0, sizeof *t);
    t->seed = 7;
    t->n_needs = needs;
    weights_builtin(&t->current);
    for (size_t i = 0; i < needs * PER_NEED; i++) {
        struct learn_pair *p = &t->pairs[i];
        double score = 0, size = 1e-9;
        fill(t, p);
        p->need = (uint32_t)(i / PER_NEED);
        p->newcomer = i % 3 == 0;
        for (int f = 0; f < FEATURE_COUNT; f++) {
            score += truth[f] * (double)p->x[f];
            size += truth[f] * truth[f];
        }
        score = score / sqrt(size) + noise * normal(t);
        p->grade = score > 1.2 ? 3 : score > 0.5 ? 2 : score > -0.5 ? 1 : 0;
    }
    for (size_t i = 0; i < BACKGROUND; i++) fill(t, &t->background[i]);
    for (size_t i = 0; i < needs; i++) t->hash[i] = hash_bytes(3, &i, sizeof i);
}

static struct learn_result learn(const struct town *t)
{
    struct learn_data d = {.pairs = t->pairs,
                           .n_pairs = t->n_needs * PER_NEED,
                           .hash = t->hash,
                           .n_needs = t->n_needs,
                           .background = t->background,
                           .n_background = BACKGROUND,
                           .target = KIND_CAPABILITY};
    struct learn_result r;
    learn_weights(&d, &t->current, &r);
    for (int f = 0; f < FEATURE_COUNT; f++) {
        assert_true(isfinite(r.of[f].weight) && r.of[f].weight >= 0);
        assert_float_equal(r.of[f].mean, t->current.of[f].mean, 0);
        assert_float_equal(r.of[f].scale, t->current.of[f].scale, 0);
        if (!feature_of_target((enum feature)f, KIND_CAPABILITY))
            assert_memory_equal(&r.of[f], &t->current.of[f], sizeof r.of[f]);
    }
    return r;
}

static double cosine(const struct learn_result *r, const double truth[FEATURE_COUNT])
{
    double dot = 0, a = 0, b = 0;
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (!feature_of_target((enum feature)f, KIND_CAPABILITY)) continue;
        double w = (double)r->of[f].weight;
        dot += w * truth[f];
        a += w * w;
        b += truth[f] * truth[f];
    }
    return dot / sqrt(a * b);
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* How far above the mean the best hundredth of unrelated pairs begins. */
static double reach(const struct town *t, const struct feature_weight of[FEATURE_COUNT])
{
    static float scores[BACKGROUND];
    double sum = 0;
    for (size_t i = 0; i < BACKGROUND; i++) {
        scores[i] = 0;
        for (int f = 0; f < FEATURE_COUNT; f++)
            if (feature_of_target((enum feature)f, KIND_CAPABILITY))
                scores[i] += of[f].weight * t->background[i].x[f];
        sum += (double)scores[i];
    }
    qsort(scores, BACKGROUND, sizeof *scores, compare_floats);
    return (double)scores[BACKGROUND - 1 - BACKGROUND / 100] - sum / BACKGROUND;
}

static const double words_decide[FEATURE_COUNT] = {
    [FEATURE_TITLE_WORDS] = 1, [FEATURE_TEXT_WORDS] = 0.5};

static void weights_are_found_again(void **state)
{
    (void)state;
    static struct town t;
    build(&t, 60, words_decide, 0.3);
    struct learn_result r = learn(&t);
    assert_int_equal(r.verdict, LEARN_BETTER);
    assert_int_equal(r.needs, 60);
    assert_int_equal(r.pairs, 60 * PER_NEED);
    assert_true(cosine(&r, words_decide) > 0.98);
    assert_true(r.ndcg.difference > 0.05 && r.ndcg.low > 0 && r.ndcg.low < r.ndcg.difference);
    assert_true(r.ndcg.high > r.ndcg.difference);
    assert_true(r.newcomers.needs > 50 && r.newcomers.new > r.newcomers.old);
    /* the size of scores stays, and so do levels */
    assert_float_equal(reach(&t, r.of), reach(&t, t.current.of), 1e-4);
    /* what is learned from them again is the same: no drift */
    struct learn_result again = learn(&t);
    assert_memory_equal(&again, &r, sizeof r);
}

static void folds_keep_needs_apart(void **state)
{
    (void)state;
    static struct town t;
    build(&t, 23, words_decide, 0.3);
    struct learn_result r = learn(&t);
    size_t sum = 0;
    for (int i = 0; i < LEARN_FOLDS; i++) {
        assert_in_range(r.folds[i].needs, 4, 5);
        sum += r.folds[i].needs;
    }
    assert_int_equal(sum, 23);
}

static void what_is_right_already_stays(void **state)
{
    (void)state;
    static struct town t;
    double truth[FEATURE_COUNT] = {0};
    struct weights builtin;
    weights_builtin(&builtin);
    for (int f = 0; f < FEATURE_COUNT; f++)
        if (feature_of_target((enum feature)f, KIND_CAPABILITY))
            truth[f] = (double)builtin.of[f].weight;
    build(&t, 60, truth, 0.5);
    struct learn_result r = learn(&t);
    assert_true(r.ndcg.difference < 0.01);
    assert_true(cosine(&r, truth) > 0.97);
}

static void noise_is_not_installed(void **state)
{
    (void)state;
    static struct town t;
    build(&t, 60, words_decide, 1000);
    struct learn_result r = learn(&t);
    assert_true(r.verdict == LEARN_TIE || r.verdict == LEARN_UNSURE ||
                r.verdict == LEARN_DEGENERATE);
}

static void grades_that_never_differ_teach_nothing(void **state)
{
    (void)state;
    static struct town t;
    build(&t, 40, words_decide, 0.3);
    for (size_t i = 0; i < 40 * PER_NEED; i++) t.pairs[i].grade = (float)(t.pairs[i].need % 4);
    struct learn_result r = learn(&t);
    assert_int_equal(r.verdict, LEARN_NO_ORDER);
    assert_int_equal(r.needs, 0);
    assert_memory_equal(r.of, t.current.of, sizeof r.of);
}

static void few_needs_are_too_few(void **state)
{
    (void)state;
    static struct town t;
    for (size_t n = 0; n < LEARN_NEEDS_LEAST; n++) {
        build(&t, n, words_decide, 0.3);
        assert_int_equal(learn(&t).verdict, n ? LEARN_TOO_FEW : LEARN_NO_ORDER);
    }
    build(&t, LEARN_NEEDS_LEAST, words_decide, 0.3);
    assert_int_not_equal(learn(&t).verdict, LEARN_TOO_FEW);
}

static void grades_against_every_feature_are_refused(void **state)
{
    (void)state;
    static struct town t;
    double against[FEATURE_COUNT];
    for (int f = 0; f < FEATURE_COUNT; f++) against[f] = -1;
    build(&t, 40, against, 0.1);
    struct learn_result r = learn(&t);
    assert_int_equal(r.verdict, LEARN_DEGENERATE);
    assert_memory_equal(r.of, t.current.of, sizeof r.of);
}

/* A feature that is always zero says nothing: it keeps what it had, in proportion, and is not
 * divided by. */
static void a_feature_that_is_always_zero_is_left_alone(void **state)
{
    (void)state;
    static struct town t;
    build(&t, 40, words_decide, 0.3);
    for (size_t i = 0; i < 40 * PER_NEED; i++) t.pairs[i].x[FEATURE_TEXT_MEANING] = 0;
    for (size_t i = 0; i < BACKGROUND; i++) t.background[i].x[FEATURE_TEXT_MEANING] = 0;
    struct learn_result r = learn(&t);
    assert_int_equal(r.verdict, LEARN_BETTER);
    assert_true(r.of[FEATURE_TEXT_MEANING].weight > 0);
    assert_true(r.of[FEATURE_TITLE_WORDS].weight > r.of[FEATURE_TITLE_MEANING].weight);
}

static void identical_pairs_do_no_harm(void **state)
{
    (void)state;
    static struct town t;
    build(&t, 40, words_decide, 0.3);
    for (size_t i = 0; i < 40 * PER_NEED; i++) {
        t.pairs[i] = t.pairs[0];
        t.pairs[i].need = (uint32_t)(i / PER_NEED);
        t.pairs[i].grade = (float)(i % 4);
    }
    struct learn_result r = learn(&t);
    assert_int_not_equal(r.verdict, LEARN_BETTER);
}

/* ---- files of weights ------------------------------------------------------------------------ */

static int parse(const char *text, struct weights *w, struct err *err)
{
    char *copy = mem_strdup(text);
    *err = (struct err){0};
    int rc = weights_parse("w.tsv", copy, w, err);
    free(copy);
    return rc;
}

static void weights_are_read_as_written(void **state)
{
    (void)state;
    struct weights w, back;
    struct err err;
    struct str text;
    str_init(&text);
    weights_builtin(&w);
    w.of[0] = (struct feature_weight){.mean = -0.1234567f, .scale = 1e-3f, .weight = 1.0f / 3};
    weights_identify(&w);
    str_adds(&text, "# learned\r\n\n");
    weights_print(&w, &text);
    assert_int_equal(parse(text.data, &back, &err), 0);
    assert_memory_equal(w.of, back.of, sizeof w.of);
    assert_string_equal(w.id, back.id);
    w.of[0].weight += 1e-6f;
    weights_identify(&w);
    assert_string_not_equal(w.id, back.id);
    str_free(&text);
}

/* The file of the built-in weights with the line of a feature replaced. */
static int parse_with(const char *line, struct err *err)
{
    struct weights w, before;
    struct str text;
    str_init(&text);
    weights_builtin(&w);
    before = w;
    weights_print(&w, &text);
    char *from = strchr(text.data, '\n') + 1, *rest = strchr(from, '\n') + 1;
    struct str all;
    str_init(&all);
    str_add(&all, text.data, (size_t)(from - text.data));
    str_addf(&all, "%s\n%s", line, rest);
    int rc = parse(all.data, &w, err);
    if (rc) assert_memory_equal(w.of, before.of, sizeof w.of); /* untouched */
    str_free(&all);
    str_free(&text);
    return rc;
}

static void wrong_weights_are_refused_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *line, *code;
    } cases[] = {
        {"", "weights_missing"},
        {"title_words\tnan\t0\t1", "weights_number"},
        {"title_words\tinf\t0\t1", "weights_number"},
        {"title_words\t-0.1\t0\t1", "weights_number"},
        {"title_words\t0x1p3\t0\t1", "weights_number"},
        {"title_words\t1e99\t0\t1", "weights_number"},
        {"title_words\t\t0\t1", "weights_number"},
        {"title_words\t1\t0", "weights_number"},
        {"title_words\t1\t0\t0", "weights_number"},
        {"title_words\t1\t0\t-1", "weights_number"},
        {"title_words\t1,5\t0\t1", "weights_number"},
        {"title_words\t1\t0\t1\t1", "weights_columns"},
        {"title_words 1 0 1", "weights_feature"},
        {"colour\t1\t0\t1", "weights_feature"},
        {"text_words\t1\t0\t1", "weights_twice"},
    };
    struct err err;
    assert_int_equal(parse_with("title_words\t1\t-0.5\t1e-3", &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(parse_with(cases[i].line, &err), -1);
        assert_string_equal(err.code, cases[i].code);
    }
    struct weights w;
    assert_int_equal(parse("title_words\t1\t0\t1\n", &w, &err), -1);
    assert_string_equal(err.code, "weights_columns");
    assert_int_equal(parse("", &w, &err), -1);
}

/* ---- pairs and replays ----------------------------------------------------------------------- */

static struct record make(enum kind kind, const char *source, const char *uid, const char *id,
                          const char *title, const char *const *owner)
{
    struct record r = {.kind = kind, .uid = uid, .id = id, .source = source, .rev = 1};
    r.value[kind == KIND_ORG ? FIELD_NAME : FIELD_TITLE] = title;
    r.owners = owner;
    r.n_owners = owner ? 1 : 0;
    return r;
}

static const char *const small[] = {"small"}, *const large[] = {"large"};

static void found(struct city *c)
{
    const struct record records[] = {
        make(KIND_ORG, "local", "small", "small", "小公司", NULL),
        make(KIND_ORG, "local", "large", "large", "大学", NULL),
        make(KIND_NEED, "local", "n1", "n1", "轴承发热", NULL),
        make(KIND_NEED, "a", "a:n2", "n2", "光学膜起皱", NULL),
        make(KIND_BOTTLENECK, "local", "b1", "b1", "高速轴承", NULL),
        make(KIND_CAPABILITY, "local", "c1", "c1", "高速轴承发热控制", small),
        make(KIND_CAPABILITY, "local", "c2", "c2", "轴承钢", large),
        make(KIND_CAPABILITY, "local", "c3", "c3", "光学膜", large),
        make(KIND_CAPABILITY, "a", "a:c9", "c9", "起皱", large),
        make(KIND_CAPABILITY, "b", "b:c9", "c9", "发热", large),
    };
    const struct record *pointers[ARRAY_LEN(records)];
    for (size_t i = 0; i < ARRAY_LEN(records); i++) pointers[i] = &records[i];
    city_found(c, NULL, 0);
    city_settle(c, pointers, ARRAY_LEN(records), 1);
}

static int read_pairs(struct city *c, const char *text, struct graded_set *set, struct err *err)
{
    char path[] = "/tmp/hongniang-pairs-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    memset(set, 0, sizeof *set);
    *err = (struct err){0};
    int rc = graded_read(set, c->snapshot, path, err);
    if (rc == 0) graded_finish(set, c->snapshot);
    unlink(path);
    return rc;
}

static void tables_of_pairs_are_read(void **state)
{
    (void)state;
    struct city c;
    struct graded_set set;
    struct err err;
    found(&c);
    assert_int_equal(read_pairs(&c,
                                "\xEF\xBB\xBFneed\tcapability\tgrade\tnote\r\n"
                                "n2\tc3\t3\tby id\r\n# a comment\n\nn1\tc1\t2\nn1\tc1\t3\n"
                                "n1\tlarge\t1\nb1\ta:c9\t0\nn1\tnobody\t1\nn9\tc1\t1\nn1\t-\t0\n",
                                &set, &err),
                     0);
    assert_int_equal(set.pairs.len, 4);
    assert_int_equal(set.unknown, 2);
    assert_string_equal(set.unknown_id, "nobody");
    assert_int_equal(set.contradictions, 1);
    assert_string_equal(set.pairs.at[0].need->uid, "a:n2"); /* needs first, by uid */
    assert_string_equal(set.pairs.at[1].need->uid, "n1");
    assert_int_equal(set.pairs.at[1].target, KIND_ORG);
    assert_float_equal(set.pairs.at[2].grade, 2.5, 0);
    assert_int_equal(set.pairs.at[3].need->kind, KIND_BOTTLENECK);
    graded_free(&set);
    city_raze(&c);
}

/* Introduced: known, but not graded; a grade from elsewhere counts alone. */
static void introductions_without_outcome_have_no_grade(void **state)
{
    (void)state;
    struct city c;
    struct graded_set set = {0};
    found(&c);
    graded_add(&set, c.snapshot, "n1", KIND_CAPABILITY, "c1", GRADE_NONE);
    graded_add(&set, c.snapshot, "n1", KIND_CAPABILITY, "c2", GRADE_NONE);
    graded_add(&set, c.snapshot, "n1", KIND_CAPABILITY, "c2", 3);
    graded_add(&set, c.snapshot, "n1", KIND_CAPABILITY, "c2", GRADE_NONE);
    graded_add(&set, c.snapshot, "n1", KIND_CAPABILITY, "c3", 1);
    graded_add(&set, c.snapshot, "n1", KIND_CAPABILITY, "c3", 2);
    graded_finish(&set, c.snapshot);
    assert_int_equal(set.pairs.len, 3);
    assert_float_equal(set.pairs.at[0].grade, GRADE_NONE, 0);
    assert_float_equal(set.pairs.at[1].grade, 3, 0);
    assert_float_equal(set.pairs.at[2].grade, 1.5, 0);
    assert_int_equal(set.contradictions, 1);
    graded_free(&set);
    city_raze(&c);
}

static void wrong_tables_are_refused_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code, *says;
    } cases[] = {
        {"", "pairs_head", "1"},
        {"n1\tc1\t3\n", "pairs_head", "1"},
        {"need\tcapability\n", "pairs_head", "1"},
        {"need\tcapability\tgrade\nn1\tc1\n", "pairs_columns", "2"},
        {"need\tcapability\tgrade\n\nn1 c1 3\n", "pairs_columns", "3"},
        {"need\tcapability\tgrade\nn1\tc1\t5\n", "pairs_grade", "2"},
        {"need\tcapability\tgrade\nn1\tc1\t-1\n", "pairs_grade", "2"},
        {"need\tcapability\tgrade\nn1\tc1\tnan\n", "pairs_grade", "2"},
        {"need\tcapability\tgrade\nn1\tc1\t\n", "pairs_grade", "2"},
        {"need\tcapability\tgrade\nn1\tc9\t1\n", "pairs_several", "2"},
    };
    struct city c;
    found(&c);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct graded_set set;
        struct err err;
        char line[32];
        assert_int_equal(read_pairs(&c, cases[i].text, &set, &err), -1);
        assert_string_equal(err.code, cases[i].code);
        snprintf(line, sizeof line, "line %s", cases[i].says);
        assert_non_null(strstr(err_text(&err, LANG_EN), line));
        assert_int_equal(set.pairs.len, 0);
        graded_free(&set);
    }
    city_raze(&c);
}

static void newcomers_have_one_or_two_capabilities(void **state)
{
    (void)state;
    struct city c;
    found(&c);
    const char *const uids[] = {"c1", "c2", "a:c9"};
    for (size_t i = 0; i < ARRAY_LEN(uids); i++) {
        uint32_t ord = snapshot_find(c.snapshot, KIND_CAPABILITY, uids[i]);
        assert_int_equal(graded_newcomer(c.snapshot, KIND_CAPABILITY, ord), i == 0);
    }
    assert_true(
        graded_newcomer(c.snapshot, KIND_ORG, snapshot_find(c.snapshot, KIND_ORG, "small")));
    assert_false(
        graded_newcomer(c.snapshot, KIND_ORG, snapshot_find(c.snapshot, KIND_ORG, "large")));
    city_raze(&c);
}

static struct ranking rank(struct city *c, const struct graded_set *set)
{
    struct ranking r;
    struct progress bar;
    struct err err = {0};
    progress_init(&bar, LANG_EN, "", 0);
    assert_int_equal(replay_rank(c->matcher, c->snapshot, c->analyzer, set, KIND_CAPABILITY, 0,
                                 &bar, &c->arena, &r, &err),
                     0);
    return r;
}

static void a_replay_is_kept_and_compared(void **state)
{
    (void)state;
    struct city c;
    struct graded_set set;
    struct err err;
    struct str text;
    struct ranking saved;
    struct replay_comparison same, other;
    found(&c);
    str_init(&text);
    assert_int_equal(
        read_pairs(&c, "need\tcapability\tgrade\nn1\tc1\t3\nb1\tc2\t2\nn1\tc2\t1\n", &set, &err),
        0);
    struct ranking now = rank(&c, &set);
    assert_int_equal(now.n, 3);
    assert_string_equal(now.needs[2].uid, "b1");
    assert_int_equal(now.needs[0].n_places, 5);

    replay_print(&now, &text);
    assert_int_equal(replay_parse("r", text.data, &c.arena, &saved, &err), 0);
    replay_compare(&saved, &now, c.snapshot, &set, &c.arena, &same);
    assert_int_equal(same.sum.needs, 3);
    assert_int_equal(same.sum.unchanged, 3);
    assert_int_equal(same.sum.up + same.sum.down, 0);
    assert_int_equal(same.sum.same, 15);
    assert_int_equal(same.sum.newcomers[0], 3); /* one of five places for each need */
    assert_int_equal(same.sum.newcomers[1], 3);
    assert_int_equal(same.sum.fits, 2);
    assert_float_equal(same.sum.fits_rank[0], same.sum.fits_rank[1], 0);
    assert_int_equal(same.needs[1].n_graded, 2);
    assert_int_equal(same.needs[1].graded[0].rank[0], 1); /* n1's c1 is the best there is */

    struct weights w;
    weights_builtin(&w);
    for (int f = 0; f < FEATURE_COUNT; f++) w.of[f].weight = 0;
    weights_identify(&w);
    matcher_use_weights(c.matcher, &w);
    struct ranking none = rank(&c, &set); /* everything is equal: in order of ids */
    replay_compare(&saved, &none, c.snapshot, &set, &c.arena, &other);
    assert_string_not_equal(saved.weights, none.weights);
    assert_true(other.sum.unchanged < 3);
    assert_string_equal(none.needs[1].places[0].uid, "a:c9");

    char *cut = mem_strdup(text.data);
    cut[strlen(cut) - 5] = '\0';
    assert_int_equal(replay_parse("r", cut, &c.arena, &saved, &err), -1);
    assert_string_equal(err.code, "ranking_format");
    free(cut);
    str_free(&text);
    graded_free(&set);
    city_raze(&c);
}

static void needs_that_came_or_went_are_counted(void **state)
{
    (void)state;
    struct city c;
    struct graded_set set = {0};
    struct replay_comparison out;
    found(&c);
    struct ranking now = rank(&c, &set), before = now;
    before.n = 2; /* b1 is new */
    now.needs++;  /* a:n2 is gone */
    now.n = 2;
    replay_compare(&before, &now, c.snapshot, &set, &c.arena, &out);
    assert_int_equal(out.sum.needs, 1);
    assert_int_equal(out.sum.only[0], 1);
    assert_int_equal(out.sum.only[1], 1);
    city_raze(&c);
}

static void examples_are_what_the_matcher_says(void **state)
{
    (void)state;
    struct city c;
    struct graded_set set;
    struct learn_data d;
    struct progress bar;
    struct err err;
    found(&c);
    progress_init(&bar, LANG_EN, "", 0);
    assert_int_equal(
        read_pairs(&c, "need\tcapability\tgrade\nn1\tc1\t3\nn1\tc2\t1\nn2\tlarge\t2\n", &set, &err),
        0);
    assert_int_equal(graded_examples(&set, KIND_CAPABILITY, c.matcher, c.snapshot, c.analyzer, &bar,
                                     &c.arena, &d, &err),
                     0);
    assert_int_equal(d.n_pairs, 2);
    assert_true(d.pairs[0].grade == 3 && d.pairs[0].newcomer && !d.pairs[1].newcomer);
    assert_true(d.pairs[0].old_score > d.pairs[1].old_score);
    assert_int_equal(d.n_background, 3 + 5); /* n1 without what is graded, and n2 */
    struct weights w;
    double sum = 0;
    matcher_weights(c.matcher, &w);
    for (int f = 0; f < FEATURE_COUNT; f++) sum += (double)w.of[f].weight * (double)d.pairs[0].x[f];
    assert_float_equal(sum, d.pairs[0].old_score, 1e-5);
    assert_int_equal(graded_examples(&set, KIND_ORG, c.matcher, c.snapshot, c.analyzer, &bar,
                                     &c.arena, &d, &err),
                     0);
    assert_int_equal(d.n_pairs, 1);
    graded_free(&set);
    city_raze(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_found_again),
        cmocka_unit_test(folds_keep_needs_apart),
        cmocka_unit_test(what_is_right_already_stays),
        cmocka_unit_test(noise_is_not_installed),
        cmocka_unit_test(grades_that_never_differ_teach_nothing),
        cmocka_unit_test(few_needs_are_too_few),
        cmocka_unit_test(grades_against_every_feature_are_refused),
        cmocka_unit_test(a_feature_that_is_always_zero_is_left_alone),
        cmocka_unit_test(identical_pairs_do_no_harm),
        cmocka_unit_test(weights_are_read_as_written),
        cmocka_unit_test(wrong_weights_are_refused_with_their_line),
        cmocka_unit_test(tables_of_pairs_are_read),
        cmocka_unit_test(introductions_without_outcome_have_no_grade),
        cmocka_unit_test(wrong_tables_are_refused_with_their_line),
        cmocka_unit_test(newcomers_have_one_or_two_capabilities),
        cmocka_unit_test(a_replay_is_kept_and_compared),
        cmocka_unit_test(needs_that_came_or_went_are_counted),
        cmocka_unit_test(examples_are_what_the_matcher_says),
    };
    return cmocka_run_group_tests_name("matcher_learn", tests, NULL, NULL);
}

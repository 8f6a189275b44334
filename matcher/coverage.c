/* Judging: every item of the list against every capability. */
#include "base/base.h"

#include "corpus/record_json.h"
#include "matcher/coverage_impl.h"
#include "matcher/indicator_table.h"
#include "matcher/level.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *coverage_status_name(enum coverage_status s)
{
    static const char *const names[] = {"gap", "single", "multiple", NULL};
    return names[s];
}

struct coverage_ref coverage_ref_of(const struct record *r, bool gone, struct arena *arena)
{
    return (struct coverage_ref){
        .uid = arena_strdup(arena, r->uid),
        .title = arena_strdup(arena, record_title(r)),
        .kind = r->kind == KIND_BOTTLENECK ? NULL : arena_strdup(arena, r->value[FIELD_KIND]),
        .year = arena_strdup(arena, r->value[FIELD_YEAR]),
        .sample = r->source && strcmp(r->source, "sample") == 0,
        .gone = gone,
    };
}

bool coverage_lexical_only(const struct coverage *c)
{
    return c->lexical_only;
}

size_t coverage_pool(const struct coverage *c)
{
    return c->pool;
}

size_t coverage_unjudged(const struct coverage *c)
{
    return c->unjudged;
}

void coverage_free(struct coverage *c)
{
    if (!c) return;
    for (size_t i = 0; i < c->items.len; i++) {
        vec_free(&c->items.at[i].hits);
        vec_free(&c->items.at[i].known.stays);
    }
    for (size_t i = 0; i < c->capabilities.len; i++) vec_free(&c->capabilities.at[i].stays);
    for (size_t i = 0; i < c->orgs.len; i++) vec_free(&c->orgs.at[i].stays);
    vec_free(&c->items);
    vec_free(&c->capabilities);
    vec_free(&c->orgs);
    vec_free(&c->days);
    map_free(c->item_by_uid);
    map_free(c->capability_by_uid);
    map_free(c->org_by_uid);
    arena_free(&c->arena);
    free(c);
}

/* ---- one judgement --------------------------------------------------------------------------- */

/* What level_closeness looks at. */
static const enum feature judged_by[] = {FEATURE_TITLE_MEANING, FEATURE_TITLE_WORDS,
                                         FEATURE_CAPABILITY_TITLE};

/* A deleted capability, scored against every live item. */
struct departed {
    const struct record *record;
    const float *score, *value[ARRAY_LEN(judged_by)]; /* by ordinal of items */
};

struct judge {
    struct matcher *matcher;
    const struct snapshot *snapshot;
    struct analyzer *analyzer;
    struct coverage *c;
    struct arena arena;   /* of all: records that are gone */
    struct arena scratch; /* of the item at hand */
    struct departed *departed;
    size_t n_departed;
};

/* The item at hand: what it requires, read once. */
struct asked {
    struct judged *item;
    struct indicator_statement *required;
    size_t n_required;
    bool musts;
    double pool;
};

static struct asked ask(struct judge *j, const struct record *item, struct judged *to)
{
    struct explain_source source = {.record = item};
    struct asked a = {.item = to};
    a.n_required = indicator_statements(j->analyzer, &source, true, &j->scratch, &a.required);
    for (size_t i = 0; i < a.n_required; i++) a.musts = a.musts || a.required[i].indicator.must;
    return a;
}

/* Is something that the item says must be stated otherwise? See match.musts_unmet. */
static bool must_unmet(struct judge *j, const struct asked *a, const struct record *capability)
{
    if (!a->musts) return false;
    struct explain_source source = {.record = capability};
    struct indicator_statement *stated;
    struct indicator_row *rows;
    size_t n = indicator_statements(j->analyzer, &source, false, &j->scratch, &stated);
    n = indicator_table(a->required, a->n_required, stated, n, &j->scratch, &rows);
    return indicator_fit(rows, n).must_unmet > 0;
}

/* Columns of the same values, with room for `more` documents behind them. */
static struct columns copy_columns(struct judge *j, const struct match_scores *from, size_t more)
{
    struct columns to = {.n = from->n + more};
    to.score = arena_alloc(&j->scratch, to.n, sizeof(float));
    memcpy(to.score, from->score, from->n * sizeof(float));
    for (size_t f = 0; f < ARRAY_LEN(judged_by); f++) {
        float *column = arena_alloc(&j->scratch, to.n, sizeof(float));
        memcpy(column, from->feature[judged_by[f]], from->n * sizeof(float));
        to.value[judged_by[f]] = column;
    }
    return to;
}

/* For each document that is a good match or better: what it would be if all with a higher score
 * were gone and it had to stand for itself. By ordinal. Beside an outstanding match others are
 * close by their distance to it alone, which says nothing of how they would do without it. */
static const enum match_level *levels_alone(struct judge *j, const struct match_scores *scores)
{
    enum match_level *alone = arena_zalloc(&j->scratch, scores->n, sizeof *alone);
    struct columns left = copy_columns(j, scores, 0);
    float *closeness = arena_alloc(&j->scratch, scores->n, sizeof *closeness);
    for (;;) {
        size_t best = 0;
        for (size_t i = 1; i < left.n; i++)
            if (left.score[i] > left.score[best]) best = i;
        if (left.n == 0 || left.score[best] == -INFINITY) break;
        if (level_of(level_expected((double)scores->closeness[best], scores->pool)) < LEVEL_GOOD)
            break;
        level_closeness(&left, closeness);
        alone[best] = level_of(level_expected((double)closeness[best], scores->pool));
        left.score[best] = -INFINITY;
    }
    return alone;
}

/* Keeps the pair when it is a weak match or better. */
static void keep_hit(struct judge *j, const struct asked *a, const struct record *capability,
                     double closeness, enum match_level alone, bool gone)
{
    struct coverage *c = j->c;
    double expected = level_expected(closeness, a->pool);
    enum match_level level = level_of(expected);
    if (level < LEVEL_WEAK) return;
    bool barred = must_unmet(j, a, capability);
    uint32_t ord = map_add(c->capability_by_uid, capability->uid, strlen(capability->uid),
                           (uint32_t)c->capabilities.len);
    if (ord == c->capabilities.len)
        vec_push(&c->capabilities,
                 (struct known){.ref = coverage_ref_of(capability, gone, &c->arena)});
    vec_push(&a->item->hits,
             (struct hit){ord, level_barred(level, barred), alone, expected, barred});
}

/* Those that are gone, as if they had come back all at once; only their own closeness counts, that
 * of others is today's. */
static void judge_departed(struct judge *j, const struct asked *a, const struct match_scores *today,
                           uint32_t item)
{
    struct columns both = copy_columns(j, today, j->n_departed);
    for (size_t f = 0; f < ARRAY_LEN(judged_by); f++)
        for (size_t i = 0; i < j->n_departed; i++)
            both.value[judged_by[f]][today->n + i] = j->departed[i].value[f][item];
    for (size_t i = 0; i < j->n_departed; i++)
        both.score[today->n + i] = j->departed[i].score[item];
    float *closeness = arena_alloc(&j->scratch, both.n, sizeof(float));
    level_closeness(&both, closeness);
    for (size_t i = 0; i < j->n_departed; i++) {
        double x = (double)closeness[today->n + i];
        keep_hit(j, a, j->departed[i].record, x, level_of(level_expected(x, a->pool)), true);
    }
}

static const char *capability_uid(const struct coverage *c, const struct hit *h)
{
    return c->capabilities.at[h->capability].ref.uid;
}

static void sort_hits(const struct coverage *c, struct judged *item)
{
    struct hit *h = item->hits.at; /* few, and nearly none more than a dozen */
    for (size_t i = 1; i < item->hits.len; i++)
        for (size_t k = i; k > 0; k--) {
            bool less = h[k].expected < h[k - 1].expected ||
                        (h[k].expected == h[k - 1].expected &&
                         strcmp(capability_uid(c, &h[k]), capability_uid(c, &h[k - 1])) < 0);
            if (!less) break;
            struct hit swap = h[k];
            h[k] = h[k - 1];
            h[k - 1] = swap;
        }
}

static int judge_item(struct judge *j, const struct record *item, struct judged *to,
                      struct err *err)
{
    const struct snapshot *s = j->snapshot;
    struct match_query q = {.from = item, .target = KIND_CAPABILITY};
    struct match_scores scores;
    if (matcher_scores(j->matcher, s, j->analyzer, &q, &j->scratch, &scores, err)) return -1;
    struct asked a = ask(j, item, to);
    a.pool = scores.pool;
    j->c->lexical_only = j->c->lexical_only || scores.lexical_only;
    const enum match_level *alone = levels_alone(j, &scores);
    for (uint32_t ord = 0; ord < scores.n; ord++)
        if (scores.closeness[ord] != -INFINITY)
            keep_hit(j, &a, snapshot_record(s, KIND_CAPABILITY, ord), (double)scores.closeness[ord],
                     alone[ord], false);
    uint32_t live = snapshot_find(s, KIND_BOTTLENECK, item->uid);
    if (j->n_departed && live != UINT32_MAX) judge_departed(j, &a, &scores, live);
    sort_hits(j->c, to);
    return 0;
}

/* ---- all of them ----------------------------------------------------------------------------- */

struct subject {
    const struct record *record;
    bool gone;
};
struct subjects {
    VEC(struct subject) list;
};

static int compare_subjects(const void *a, const void *b)
{
    const struct subject *x = a, *y = b;
    return strcmp(x->record->uid, y->record->uid);
}

static int score_departed(struct judge *j, const struct record *capability, struct err *err)
{
    struct match_query q = {.from = capability, .target = KIND_BOTTLENECK};
    struct match_scores scores;
    if (matcher_scores(j->matcher, j->snapshot, j->analyzer, &q, &j->arena, &scores, err))
        return -1;
    struct departed *d = &j->departed[j->n_departed++];
    *d = (struct departed){.record = capability, .score = scores.score};
    for (size_t f = 0; f < ARRAY_LEN(judged_by); f++) d->value[f] = scores.feature[judged_by[f]];
    return 0;
}

/* What is gone: capabilities are scored, items are added to those that are there. */
static int take_gone(struct judge *j, const struct gone_list *gone, struct subjects *subjects,
                     struct err *err)
{
    j->departed = arena_alloc(&j->arena, gone->at.len, sizeof *j->departed);
    j->c->unjudged = gone->left_out;
    for (size_t i = 0; i < gone->at.len; i++) {
        const struct gone *g = &gone->at.at[i];
        struct record *r = record_from_json(g->kind, g->before, &j->arena, err);
        if (!r) return -1;
        if (g->kind == KIND_BOTTLENECK)
            vec_push(&subjects->list, (struct subject){r, true});
        else if (score_departed(j, r, err))
            return -1;
    }
    return 0;
}

static void take_live(struct judge *j, struct subjects *subjects)
{
    size_t size = snapshot_size(j->snapshot, KIND_BOTTLENECK);
    for (uint32_t ord = 0; ord < size; ord++) {
        const struct record *r = snapshot_record(j->snapshot, KIND_BOTTLENECK, ord);
        if (r) vec_push(&subjects->list, (struct subject){r, false});
    }
}

static int judge_all(struct judge *j, const struct subjects *subjects,
                     void (*progress)(void *ctx, size_t done, size_t total), void *ctx,
                     struct err *err)
{
    struct coverage *c = j->c;
    size_t n = subjects->list.len;
    for (size_t i = 0; i < n; i++) {
        const struct record *r = subjects->list.at[i].record;
        struct judged item = {
            .known.ref = coverage_ref_of(r, subjects->list.at[i].gone, &c->arena),
            .chain = arena_strdup(&c->arena, r->value[FIELD_CHAIN]),
            .priority = arena_strdup(&c->arena, r->value[FIELD_PRIORITY]),
            .status = arena_strdup(&c->arena, r->value[FIELD_STATUS]),
        };
        vec_push(&c->items, item);
        map_set(c->item_by_uid, r->uid, strlen(r->uid), (uint32_t)i);
        if (judge_item(j, r, &c->items.at[i], err)) return -1;
        arena_reset(&j->scratch);
        if (progress) progress(ctx, i + 1, n);
    }
    return 0;
}

struct coverage *coverage_new(struct matcher *m, const struct snapshot *s, struct analyzer *a,
                              const struct coverage_log *log,
                              void (*progress)(void *ctx, size_t done, size_t total), void *ctx,
                              struct err *err)
{
    struct coverage *c = mem_zalloc(1, sizeof *c);
    struct judge j = {.matcher = m, .snapshot = s, .analyzer = a, .c = c};
    struct subjects subjects = {0};
    struct gone_list gone = {0};
    arena_init(&c->arena);
    arena_init(&j.arena);
    arena_init(&j.scratch);
    arena_init(&gone.arena);
    c->item_by_uid = map_new();
    c->capability_by_uid = map_new();
    c->org_by_uid = map_new();
    c->pool = snapshot_live(s, KIND_CAPABILITY);
    c->lexical_only = snapshot_dim(s) == 0;

    int rc = coverage_read_days(c, log, snapshot_seq(s), &gone, err);
    take_live(&j, &subjects);
    if (rc == 0) rc = take_gone(&j, &gone, &subjects, err);
    if (subjects.list.len)
        qsort(subjects.list.at, subjects.list.len, sizeof *subjects.list.at, compare_subjects);
    if (rc == 0) rc = judge_all(&j, &subjects, progress, ctx, err);
    if (rc == 0) rc = coverage_read_stays(c, log, snapshot_seq(s), s, err);

    vec_free(&gone.at);
    arena_free(&gone.arena);
    vec_free(&subjects.list);
    arena_free(&j.arena);
    arena_free(&j.scratch);
    if (rc == 0) return c;
    coverage_free(c);
    return NULL;
}

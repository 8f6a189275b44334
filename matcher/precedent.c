#include "base/base.h"

#include "base/map.h"
#include "base/vec.h"
#include "matcher/precedent.h"

#include <string.h>

/* ---- outcomes as labels ---------------------------------------------------------------------- */

static bool has(const struct record *r, enum field f, const char *code)
{
    return r->value[f] && strcmp(r->value[f], code) == 0;
}

int precedent_grade(const struct record *r)
{
    if (has(r, FIELD_STATE, "signed") || has(r, FIELD_STATE, "negotiating")) return 3;
    if (has(r, FIELD_STATE, "agreed") || has(r, FIELD_STATE, "met")) return 2;
    bool mismatch = has(r, FIELD_STATE, "failed") && has(r, FIELD_REASON, "technology_mismatch");
    return mismatch ? 0 : -1;
}

struct grading {
    struct arena *arena;
    struct map *place; /* of a pair in pairs */
    VEC(struct graded_pair) pairs;
    VEC(const char *) dates; /* "" where there is none */
};

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* The latest word on a pair counts. Without a grade it still takes the place of an earlier one: a
 * contract that came to nothing over the price is no example any more. */
static int grade_one(void *ctx, struct record *r, struct err *err)
{
    struct grading *g = ctx;
    (void)err;
    struct graded_pair pair = {
        .introduction = r->uid,
        .need = r->value[FIELD_NEED_ID],
        .capability = r->value[FIELD_CAPABILITY_ID],
        .org = r->n_owners ? r->owners[0] : NULL,
        .grade = precedent_grade(r),
    };
    const char *date = or_empty(r->value[FIELD_DATE]);
    const char *key = arena_printf(g->arena, "%s\n%s\n%s", pair.need, or_empty(pair.capability),
                                   or_empty(pair.org));
    uint32_t at = map_add(g->place, key, strlen(key), (uint32_t)g->pairs.len);
    if (at == g->pairs.len) {
        vec_push(&g->pairs, pair);
        vec_push(&g->dates, date);
    } else if (strcmp(date, g->dates.at[at]) >= 0) {
        g->pairs.at[at] = pair;
        g->dates.at[at] = date;
    }
    return 0;
}

static int by_introduction(const void *a, const void *b)
{
    const struct graded_pair *x = a, *y = b;
    return strcmp(x->introduction, y->introduction);
}

int precedent_pairs(struct store *s, struct arena *arena, struct graded_pair **pairs, size_t *n,
                    struct err *err)
{
    struct store_query q = {.kind = KIND_INTRODUCTION};
    struct grading g = {.arena = arena, .place = map_new()};
    int rc = store_list(s, &q, arena, grade_one, &g, err);
    struct graded_pair *graded = arena_alloc(arena, g.pairs.len, sizeof *graded);
    *n = 0;
    for (size_t i = 0; i < g.pairs.len; i++)
        if (g.pairs.at[i].grade >= 0) graded[(*n)++] = g.pairs.at[i];
    if (*n) qsort(graded, *n, sizeof *graded, by_introduction);
    *pairs = graded;
    map_free(g.place);
    vec_free(&g.pairs);
    vec_free(&g.dates);
    return rc;
}

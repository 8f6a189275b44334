#include "base/base.h"

#include "base/map.h"
#include "matcher/level.h"
#include "matcher/messages.h"
#include "matcher/replay.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[] = "hongniang-ranking";

/* ---- ranking --------------------------------------------------------------------------------- */

static int compare_records(const void *a, const void *b)
{
    const struct record *x = ((const struct hashed *)a)->record;
    const struct record *y = ((const struct hashed *)b)->record;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    return strcmp(x->uid, y->uid);
}

static size_t list_needs(const struct snapshot *s, size_t sample, struct arena *arena,
                         struct hashed **needs)
{
    static const enum kind kinds[] = {KIND_NEED, KIND_BOTTLENECK};
    size_t room = snapshot_size(s, KIND_NEED) + snapshot_size(s, KIND_BOTTLENECK), n = 0;
    *needs = arena_alloc(arena, room, sizeof **needs);
    for (size_t k = 0; k < (sample ? 1 : ARRAY_LEN(kinds)); k++) {
        for (uint32_t ord = 0; ord < snapshot_size(s, kinds[k]); ord++) {
            const struct record *r = snapshot_record(s, kinds[k], ord);
            if (r) (*needs)[n++] = hashed_record(r);
        }
    }
    if (sample && sample < n) {
        qsort(*needs, n, sizeof **needs, compare_hashed);
        n = sample;
    }
    qsort(*needs, n, sizeof **needs, compare_records);
    return n;
}

struct placed {
    float score;
    uint32_t ord;
    const char *uid;
};

static int compare_placed(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return strcmp(x->uid, y->uid);
}

/* What replay_rank works with. */
struct replaying {
    struct matcher *matcher;
    const struct snapshot *snapshot;
    struct analyzer *analyzer;
    enum kind target;
    const struct graded_set *known;
    size_t next;             /* of the known pairs */
    const uint8_t *newcomer; /* by ordinal of the target */
    struct arena scratch, *arena;
};

static const uint8_t *list_newcomers(const struct snapshot *s, enum kind target,
                                     struct arena *arena)
{
    size_t size = snapshot_size(s, target);
    uint8_t *newcomer = arena_zalloc(arena, size, sizeof *newcomer);
    for (uint32_t ord = 0; ord < size; ord++)
        newcomer[ord] = snapshot_record(s, target, ord) && graded_newcomer(s, target, ord);
    return newcomer;
}

/* Marks what is graded with this need in `graded`; both are sorted the same way. */
static void mark_graded(struct replaying *r, const struct record *need, uint8_t *graded)
{
    const struct graded_set *known = r->known;
    for (; r->next < known->pairs.len; r->next++) {
        const struct graded *g = &known->pairs.at[r->next];
        int order = g->need->kind != need->kind ? (int)g->need->kind - (int)need->kind
                                                : strcmp(g->need->uid, need->uid);
        if (order > 0) break;
        if (order == 0 && g->target == r->target) graded[g->ord] = 1;
    }
}

static void keep_places(struct replaying *r, const struct match_scores *scores,
                        const struct placed *order, size_t n, const uint8_t *graded,
                        struct replay_need *out)
{
    size_t kept = 0, newcomers = 0;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        kept += i < REPLAY_KEPT || graded[order[i].ord];
        newcomers += r->newcomer[order[i].ord];
        if (r->newcomer[order[i].ord]) sum += (double)(i + 1);
    }
    out->newcomers = newcomers ? sum / (double)newcomers / (double)n : (double)NAN;
    out->places = arena_alloc(r->arena, kept, sizeof *out->places);
    for (size_t i = 0; i < n; i++) {
        if (i >= REPLAY_KEPT && !graded[order[i].ord]) continue;
        double closeness = (double)scores->closeness[order[i].ord];
        out->places[out->n_places++] =
            (struct replay_place){.rank = i + 1,
                                  .uid = arena_strdup(r->arena, order[i].uid),
                                  .level = level_of(level_expected(closeness, scores->pool)),
                                  .score = (double)order[i].score};
    }
}

static int rank_need(struct replaying *r, const struct record *need, struct replay_need *out,
                     struct err *err)
{
    struct match_query q = {.from = need, .target = r->target};
    struct match_scores scores;
    if (matcher_scores(r->matcher, r->snapshot, r->analyzer, &q, &r->scratch, &scores, err))
        return -1;
    uint8_t *graded = arena_zalloc(&r->scratch, scores.n, sizeof *graded);
    struct placed *order = arena_alloc(&r->scratch, scores.n, sizeof *order);
    size_t n = 0;
    mark_graded(r, need, graded);
    for (uint32_t ord = 0; ord < scores.n; ord++)
        if (isfinite(scores.score[ord]))
            order[n++] = (struct placed){scores.score[ord], ord,
                                         snapshot_record(r->snapshot, r->target, ord)->uid};
    qsort(order, n, sizeof *order, compare_placed);
    *out = (struct replay_need){.kind = need->kind,
                                .uid = arena_strdup(r->arena, need->uid),
                                .level = scores.level,
                                .pool = n};
    keep_places(r, &scores, order, n, graded, out);
    return 0;
}

int replay_rank(struct matcher *m, const struct snapshot *s, struct analyzer *a,
                const struct graded_set *known, enum kind target, size_t sample,
                struct progress *bar, struct arena *arena, struct ranking *out, struct err *err)
{
    struct replaying r = {.matcher = m,
                          .snapshot = s,
                          .analyzer = a,
                          .target = target,
                          .known = known,
                          .newcomer = list_newcomers(s, target, arena),
                          .arena = arena};
    struct hashed *needs;
    struct weights w;
    size_t n = list_needs(s, sample, arena, &needs);
    int rc = 0;
    matcher_weights(m, &w);
    *out = (struct ranking){.target = target};
    memcpy(out->weights, w.id, sizeof out->weights);
    out->needs = arena_alloc(arena, n, sizeof *out->needs);
    arena_init(&r.scratch);
    bar->total = n;
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = rank_need(&r, needs[i].record, &out->needs[i], err);
        arena_reset(&r.scratch);
        progress_show(bar, i + 1);
    }
    out->n = rc ? 0 : n;
    arena_free(&r.scratch);
    return rc;
}

/* ---- files ----------------------------------------------------------------------------------- */

void replay_print(const struct ranking *r, struct str *out)
{
    str_addf(out, "%s\t1\t%s\t%s\n", magic, kind_name(r->target), r->weights);
    for (size_t i = 0; i < r->n; i++) {
        const struct replay_need *need = &r->needs[i];
        str_addf(out, "%s\t%s\t%s\t%zu\t", kind_name(need->kind), need->uid,
                 match_level_name(need->level), need->pool);
        if (isnan(need->newcomers))
            str_adds(out, "-\n");
        else
            str_addf(out, "%.17g\n", need->newcomers);
        for (size_t k = 0; k < need->n_places; k++) {
            const struct replay_place *p = &need->places[k];
            str_addf(out, "match\t%zu\t%s\t%s\t%.9g\n", p->rank, p->uid, match_level_name(p->level),
                     p->score);
        }
    }
}

static bool read_level(const char *name, enum match_level *level)
{
    for (int l = LEVEL_NONE; l <= LEVEL_STRONG; l++) {
        if (strcmp(match_level_name((enum match_level)l), name) != 0) continue;
        *level = (enum match_level)l;
        return true;
    }
    return false;
}

static bool read_size(const char *text, size_t *n)
{
    char *end;
    if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 12) return false;
    *n = strtoull(text, &end, 10);
    return true;
}

static bool read_number(const char *text, double *x)
{
    char *end;
    if (!*text || strspn(text, "0123456789+-.e") != strlen(text)) return false;
    *x = strtod(text, &end);
    return *end == '\0' && isfinite(*x);
}

static bool read_need(char *const column[5], struct replay_need *n)
{
    n->kind = kind_by_name(column[0]);
    n->uid = column[1];
    bool none = strcmp(column[4], "-") == 0;
    n->newcomers = (double)NAN;
    return (n->kind == KIND_NEED || n->kind == KIND_BOTTLENECK) && *n->uid &&
           read_level(column[2], &n->level) && read_size(column[3], &n->pool) &&
           (none || read_number(column[4], &n->newcomers));
}

static bool read_place(char *const column[5], struct replay_place *p)
{
    p->uid = column[2];
    return read_size(column[1], &p->rank) && p->rank > 0 && *p->uid &&
           read_level(column[3], &p->level) && read_number(column[4], &p->score);
}

/* Exactly n columns, or false. */
static bool split(char *line, char **column, size_t n)
{
    size_t k = 0;
    for (char *c; (c = strsep(&line, "\t")); k++) {
        if (k == n) return false;
        column[k] = c;
    }
    return k == n;
}

static bool read_head(char *line, struct ranking *out)
{
    char *column[4];
    if (!split(line, column, 4) || strcmp(column[0], magic) != 0 || strcmp(column[1], "1") != 0)
        return false;
    out->target = kind_by_name(column[2]);
    snprintf(out->weights, sizeof out->weights, "%s", column[3]);
    return out->target == KIND_CAPABILITY || out->target == KIND_ORG;
}

int replay_parse(const char *path, char *text, struct arena *arena, struct ranking *out,
                 struct err *err)
{
    VEC(struct replay_need) needs = {0};
    VEC(struct replay_place) places = {0};
    size_t number = 0;
    size_t len = strlen(text);
    bool fine = len && text[len - 1] == '\n'; /* else it was cut */
    text = arena_strdup(arena, text);
    *out = (struct ranking){0};
    for (char *line; fine && (line = strsep(&text, "\n"));) {
        char *column[5];
        struct replay_need need = {0};
        struct replay_place place;
        number++;
        if (number == 1) {
            fine = read_head(line, out);
        } else if (*line == '\0') {
            fine = !text; /* the end of the last line */
        } else if (!split(line, column, 5)) {
            fine = false;
        } else if (strcmp(column[0], "match") != 0) {
            fine = read_need(column, &need);
            vec_push(&needs, need);
        } else {
            fine = needs.len && read_place(column, &place);
            if (fine) vec_push(&places, place);
            if (fine) needs.at[needs.len - 1].n_places++;
        }
    }
    if (fine) {
        struct replay_place *all = arena_alloc(arena, places.len, sizeof *all);
        if (places.len) memcpy(all, places.at, places.len * sizeof *all);
        out->needs = arena_alloc(arena, needs.len, sizeof *out->needs);
        out->n = needs.len;
        for (size_t i = 0; i < needs.len; i++) {
            out->needs[i] = needs.at[i];
            out->needs[i].places = all;
            all += needs.at[i].n_places;
        }
    }
    vec_free(&needs);
    vec_free(&places);
    return fine ? 0 : err_set(err, ERR_INVALID, MSG_RANKING_FORMAT, path, number);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static size_t shown(const struct replay_need *n)
{
    return MIN(n->n_places, (size_t)REPLAY_TOP);
}

static size_t rank_of(const struct replay_need *n, const char *uid)
{
    for (size_t i = 0; i < n->n_places; i++)
        if (strcmp(n->places[i].uid, uid) == 0) return n->places[i].rank;
    return 0;
}

static size_t newcomers_shown(const struct replay_need *n, const struct snapshot *s,
                              enum kind target, const uint8_t *newcomer)
{
    size_t count = 0;
    for (size_t i = 0; i < shown(n); i++) {
        uint32_t ord = snapshot_find(s, target, n->places[i].uid);
        if (ord != UINT32_MAX) count += newcomer[ord];
    }
    return count;
}

static void compare_graded(const struct replay_need *const side[2], const struct graded_set *known,
                           const struct snapshot *s, enum kind target, size_t *next,
                           struct arena *arena, struct replay_change *c)
{
    size_t from = *next;
    for (; *next < known->pairs.len; ++*next) {
        const struct record *need = known->pairs.at[*next].need;
        int order = need->kind != side[1]->kind ? (int)need->kind - (int)side[1]->kind
                                                : strcmp(need->uid, side[1]->uid);
        if (order > 0) break;
        if (order < 0) from = *next + 1;
    }
    c->graded = arena_alloc(arena, *next - from, sizeof *c->graded);
    for (size_t i = from; i < *next; i++) {
        const struct graded *g = &known->pairs.at[i];
        if (g->target != target) continue;
        const char *uid = snapshot_record(s, target, g->ord)->uid;
        c->graded[c->n_graded++] = (struct replay_graded){
            .uid = uid, .grade = g->grade, .rank = {rank_of(side[0], uid), rank_of(side[1], uid)}};
    }
}

static bool same_order(const struct replay_need *const side[2])
{
    if (shown(side[0]) != shown(side[1])) return false;
    for (size_t i = 0; i < shown(side[0]); i++)
        if (strcmp(side[0]->places[i].uid, side[1]->places[i].uid) != 0) return false;
    return true;
}

static void compare_need(const struct replay_need *const side[2], const struct snapshot *s,
                         enum kind target, const uint8_t *newcomer, struct replay_change *c)
{
    c->kind = side[1]->kind;
    c->uid = side[1]->uid;
    for (int k = 0; k < 2; k++) {
        c->level[k] = side[k]->level;
        c->shown[k] = shown(side[k]);
        c->newcomers[k] = newcomers_shown(side[k], s, target, newcomer);
        c->newcomer_rank[k] = side[k]->newcomers;
    }
    for (size_t i = 0; i < shown(side[0]); i++) {
        size_t rank = rank_of(side[1], side[0]->places[i].uid);
        c->same += rank > 0 && rank <= REPLAY_TOP;
    }
}

static void sum_up(const struct replay_change *c, bool unchanged, struct replay_summary *sum)
{
    bool good[2];
    sum->needs++;
    sum->up += c->level[1] > c->level[0];
    sum->down += c->level[1] < c->level[0];
    sum->same += c->same;
    sum->unchanged += unchanged;
    for (int k = 0; k < 2; k++) {
        good[k] = c->level[k] >= LEVEL_GOOD;
        sum->levels[k][c->level[k]]++;
        sum->shown[k] += c->shown[k];
        sum->newcomers[k] += c->newcomers[k];
    }
    sum->good_won += good[1] && !good[0];
    sum->good_lost += good[0] && !good[1];
    for (size_t i = 0; i < c->n_graded; i++) {
        const struct replay_graded *g = &c->graded[i];
        if (g->grade < 2 || !g->rank[0] || !g->rank[1]) continue;
        sum->fits++;
        for (int k = 0; k < 2; k++) {
            sum->fits_top[k] += g->rank[k] <= REPLAY_TOP;
            sum->fits_rank[k] += (double)g->rank[k];
        }
    }
}

static void finish(const struct replay_comparison *c, struct replay_summary *sum)
{
    double ranks[2] = {0, 0};
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (isnan(c->needs[i].newcomer_rank[0]) || isnan(c->needs[i].newcomer_rank[1])) continue;
        n++;
        for (int k = 0; k < 2; k++) ranks[k] += c->needs[i].newcomer_rank[k];
    }
    for (int k = 0; k < 2; k++) {
        sum->newcomer_rank[k] = n ? ranks[k] / (double)n : (double)NAN;
        sum->fits_rank[k] = sum->fits ? sum->fits_rank[k] / (double)sum->fits : (double)NAN;
    }
}

static struct map *places_of(const struct ranking *r)
{
    struct map *map = map_new();
    struct str key;
    str_init(&key);
    for (size_t i = 0; i < r->n; i++) {
        str_clear(&key);
        str_addf(&key, "%d %s", (int)r->needs[i].kind, r->needs[i].uid);
        map_add(map, key.data, key.len, (uint32_t)i);
    }
    str_free(&key);
    return map;
}

void replay_compare(const struct ranking *before, const struct ranking *after,
                    const struct snapshot *s, const struct graded_set *known, struct arena *arena,
                    struct replay_comparison *out)
{
    const uint8_t *newcomer = list_newcomers(s, after->target, arena);
    struct map *places = places_of(before);
    struct str key;
    size_t next = 0;
    str_init(&key);
    *out = (struct replay_comparison){0};
    out->needs = arena_zalloc(arena, after->n, sizeof *out->needs);
    for (size_t i = 0; i < after->n; i++) {
        const struct replay_need *side[2] = {NULL, &after->needs[i]};
        str_clear(&key);
        str_addf(&key, "%d %s", (int)side[1]->kind, side[1]->uid);
        uint32_t at = map_get(places, key.data, key.len);
        if (at == MAP_ABSENT) {
            out->sum.only[1]++;
            continue;
        }
        side[0] = &before->needs[at];
        struct replay_change *c = &out->needs[out->n++];
        compare_need(side, s, after->target, newcomer, c);
        compare_graded(side, known, s, after->target, &next, arena, c);
        sum_up(c, same_order(side), &out->sum);
    }
    out->sum.only[0] = before->n - out->n;
    finish(out, &out->sum);
    map_free(places);
    str_free(&key);
}

#include "base/base.h"

#include "base/file.h"
#include "base/map.h"
#include "matcher/graded.h"
#include "matcher/messages.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MAX = 256 << 20,
    BACKGROUND_NEEDS = 300,
    BACKGROUND_OF_NEED = 200,
};

/* ---- ids ------------------------------------------------------------------------------------- */

/* External ids of a kind: ordinals, SEVERAL where records of several sources have one. */
#define SEVERAL (UINT32_MAX - 1)

struct ids {
    const struct snapshot *snapshot;
    struct map *of[KIND_COUNT]; /* made when first asked for */
};

static const struct map *ids_of(struct ids *ids, enum kind kind)
{
    if (ids->of[kind]) return ids->of[kind];
    struct map *map = ids->of[kind] = map_new();
    size_t size = snapshot_size(ids->snapshot, kind);
    for (uint32_t ord = 0; ord < size; ord++) {
        const struct record *r = snapshot_record(ids->snapshot, kind, ord);
        if (!r || !r->id) continue;
        size_t len = strlen(r->id);
        if (map_add(map, r->id, len, ord) != ord) map_set(map, r->id, len, SEVERAL);
    }
    return map;
}

static void ids_free(struct ids *ids)
{
    for (int kind = 0; kind < KIND_COUNT; kind++)
        if (ids->of[kind]) map_free(ids->of[kind]);
}

/* The record called id, of the first of two kinds that has it. UINT32_MAX: neither; SEVERAL. */
static uint32_t find(struct ids *ids, const char *id, enum kind first, enum kind second,
                     enum kind *found)
{
    const enum kind kinds[] = {first, second};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        uint32_t ord = snapshot_find(ids->snapshot, kinds[i], id);
        if (ord == UINT32_MAX) ord = map_get(ids_of(ids, kinds[i]), id, strlen(id));
        *found = kinds[i];
        if (ord != UINT32_MAX) return ord;
    }
    return UINT32_MAX;
}

/* ---- adding ---------------------------------------------------------------------------------- */

static void note_unknown(struct graded_set *set, const char *id)
{
    if (set->unknown++ == 0) snprintf(set->unknown_id, sizeof set->unknown_id, "%s", id);
}

void graded_add(struct graded_set *set, const struct snapshot *s, const char *need,
                enum kind target, const char *uid, float grade)
{
    enum kind kind = KIND_NEED;
    uint32_t from = snapshot_find(s, kind, need);
    if (from == UINT32_MAX) from = snapshot_find(s, kind = KIND_BOTTLENECK, need);
    uint32_t to = snapshot_find(s, target, uid);
    if (from == UINT32_MAX || to == UINT32_MAX) {
        note_unknown(set, from == UINT32_MAX ? need : uid);
        return;
    }
    vec_push(&set->pairs, (struct graded){snapshot_record(s, kind, from), target, to, grade});
}

static bool read_grade(const char *text, float *grade)
{
    char *end;
    if (!*text || strspn(text, "0123456789.") != strlen(text)) return false;
    *grade = strtof(text, &end);
    return *end == '\0' && *grade >= 0 && *grade <= 4;
}

/* Cuts the next column off *rest, blanks around it too; NULL when there is none. */
static char *next_column(char **rest)
{
    char *column = strsep(rest, "\t");
    if (!column) return NULL;
    column += strspn(column, " ");
    for (size_t len = strlen(column); len && column[len - 1] == ' ';) column[--len] = '\0';
    return column;
}

static int read_line(struct graded_set *set, struct ids *ids, const char *path, size_t number,
                     char *line, struct err *err)
{
    const char *need = next_column(&line), *to = next_column(&line), *grade = next_column(&line);
    float value;
    if (!grade || !*need || !*to) return err_set(err, ERR_INVALID, MSG_PAIRS_COLUMNS, path, number);
    if (!read_grade(grade, &value))
        return err_set(err, ERR_INVALID, MSG_PAIRS_GRADE, path, number, grade);
    if (strcmp(to, "-") == 0) return 0; /* whoever graded the need found nothing */
    enum kind from_kind, to_kind;
    uint32_t from = find(ids, need, KIND_NEED, KIND_BOTTLENECK, &from_kind);
    uint32_t ord = find(ids, to, KIND_CAPABILITY, KIND_ORG, &to_kind);
    if (from == SEVERAL || ord == SEVERAL)
        return err_set(err, ERR_INVALID, MSG_PAIRS_SEVERAL, path, number,
                       from == SEVERAL ? need : to);
    if (from == UINT32_MAX || ord == UINT32_MAX) {
        note_unknown(set, from == UINT32_MAX ? need : to);
        return 0;
    }
    if (set->pairs.len == LEARN_PAIRS_MAX)
        return err_set(err, ERR_TOO_LARGE, MSG_PAIRS_MANY, (size_t)LEARN_PAIRS_MAX);
    vec_push(&set->pairs,
             (struct graded){snapshot_record(ids->snapshot, from_kind, from), to_kind, ord, value});
    return 0;
}

static int read_lines(struct graded_set *set, struct ids *ids, const char *path, char *text,
                      struct err *err)
{
    bool named = false;
    size_t number = 0;
    if (strncmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3; /* spreadsheets put it there */
    for (char *line; (line = strsep(&text, "\n"));) {
        size_t len = strlen(line);
        number++;
        if (len && line[len - 1] == '\r') line[--len] = '\0';
        if (len == 0 || line[0] == '#') continue;
        if (named) {
            if (read_line(set, ids, path, number, line, err)) return -1;
            continue;
        }
        char *rest = line;
        float value;
        next_column(&rest);
        next_column(&rest);
        const char *third = next_column(&rest);
        if (!third || read_grade(third, &value))
            return err_set(err, ERR_INVALID, MSG_PAIRS_HEAD, path, number);
        named = true;
    }
    return named ? 0 : err_set(err, ERR_INVALID, MSG_PAIRS_HEAD, path, (size_t)1);
}

int graded_read(struct graded_set *set, const struct snapshot *s, const char *path, struct err *err)
{
    struct ids ids = {.snapshot = s};
    struct str text;
    size_t before = set->pairs.len;
    str_init(&text);
    int rc = file_read(path, FILE_MAX, &text, err);
    if (rc == 0) rc = read_lines(set, &ids, path, text.data, err);
    if (rc) set->pairs.len = before;
    str_free(&text);
    ids_free(&ids);
    return rc;
}

struct place {
    struct graded pair;
    const char *uid; /* of the target */
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->pair.need->kind != y->pair.need->kind)
        return x->pair.need->kind < y->pair.need->kind ? -1 : 1;
    int order = strcmp(x->pair.need->uid, y->pair.need->uid);
    if (order) return order;
    if (x->pair.target != y->pair.target) return x->pair.target < y->pair.target ? -1 : 1;
    order = strcmp(x->uid, y->uid);
    if (order) return order;
    return x->pair.grade < y->pair.grade ? -1 : x->pair.grade > y->pair.grade;
}

void graded_finish(struct graded_set *set, const struct snapshot *s)
{
    size_t n = set->pairs.len, kept = 0;
    struct place *order = mem_alloc(n + 1, sizeof *order);
    for (size_t i = 0; i < n; i++) {
        const struct graded *g = &set->pairs.at[i];
        order[i] = (struct place){*g, snapshot_record(s, g->target, g->ord)->uid};
    }
    qsort(order, n, sizeof *order, compare_places);
    for (size_t i = 0, end; i < n; i = end) {
        const struct graded *g = &order[i].pair;
        float least = GRADE_NONE;
        double sum = 0;
        size_t grades = 0;
        for (end = i; end < n && order[end].pair.need == g->need &&
                      order[end].pair.target == g->target && order[end].pair.ord == g->ord;
             end++) {
            float grade = order[end].pair.grade;
            if (grade == GRADE_NONE) continue;
            if (grades++ == 0) least = grade;
            sum += (double)grade;
        }
        set->contradictions += order[end - 1].pair.grade != least;
        set->pairs.at[kept] = *g;
        set->pairs.at[kept++].grade = grades ? (float)(sum / (double)grades) : GRADE_NONE;
    }
    set->pairs.len = kept;
    free(order);
}

void graded_free(struct graded_set *set)
{
    vec_free(&set->pairs);
}

bool graded_newcomer(const struct snapshot *s, enum kind target, uint32_t ord)
{
    const uint32_t *owners = &ord, *owned;
    if (target != KIND_ORG && snapshot_owners(s, target, ord, &owners) == 0) return false;
    size_t n = snapshot_owned(s, owners[0], &owned);
    return n == 1 || n == 2;
}

/* ---- examples -------------------------------------------------------------------------------- */

struct hashed hashed_record(const struct record *r)
{
    return (struct hashed){hash_bytes(0, r->uid, strlen(r->uid)), r};
}

int compare_hashed(const void *a, const void *b)
{
    const struct hashed *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return strcmp(x->record->uid, y->record->uid);
}

static bool is_graded(const struct graded_set *set, enum kind target, const struct record *need)
{
    for (size_t i = 0; i < set->pairs.len; i++)
        if (set->pairs.at[i].target == target && set->pairs.at[i].need == need) return true;
    return false;
}

/* The graded needs, then as many others, by their hash, as make up the background. */
static size_t list_needs(const struct graded_set *set, enum kind target, const struct snapshot *s,
                         struct arena *arena, const struct record ***needs)
{
    size_t size = snapshot_size(s, KIND_NEED), others = 0, n = 0;
    struct hashed *order = arena_alloc(arena, size, sizeof *order);
    *needs = arena_alloc(arena, set->pairs.len + BACKGROUND_NEEDS, sizeof **needs);
    for (size_t i = 0; i < set->pairs.len; i++) {
        const struct graded *g = &set->pairs.at[i];
        if (g->target == target && (n == 0 || (*needs)[n - 1] != g->need)) (*needs)[n++] = g->need;
    }
    for (uint32_t ord = 0; ord < size; ord++) {
        const struct record *r = snapshot_record(s, KIND_NEED, ord);
        if (r) order[others++] = hashed_record(r);
    }
    qsort(order, others, sizeof *order, compare_hashed);
    for (size_t i = 0; i < others && n < BACKGROUND_NEEDS; i++)
        if (!is_graded(set, target, order[i].record)) (*needs)[n++] = order[i].record;
    return n;
}

static struct learn_pair example(const struct match_scores *scores, uint32_t ord)
{
    struct learn_pair p = {.old_score = scores->score[ord]};
    for (int f = 0; f < FEATURE_COUNT; f++)
        if (scores->feature[f] && isfinite(scores->feature[f][ord]))
            p.x[f] = scores->feature[f][ord];
    return p;
}

struct examples {
    VEC(struct learn_pair) pairs, background;
};

/* An even sample of what nobody graded. */
static void add_background(struct examples *e, const struct match_scores *scores,
                           const uint8_t *graded)
{
    size_t stride = MAX(scores->n / BACKGROUND_OF_NEED, (size_t)1);
    for (size_t i = 0; i < scores->n; i += stride)
        if (!graded[i] && isfinite(scores->score[i]))
            vec_push(&e->background, example(scores, (uint32_t)i));
}

static int add_need(struct examples *e, const struct graded_set *set, size_t *next,
                    struct matcher *m, const struct snapshot *s, struct analyzer *a,
                    const struct match_query *q, uint32_t number, struct arena *arena,
                    struct err *err)
{
    struct match_scores scores;
    if (matcher_scores(m, s, a, q, arena, &scores, err)) return -1;
    uint8_t *graded = arena_zalloc(arena, scores.n, sizeof *graded);
    for (; *next < set->pairs.len; ++*next) {
        const struct graded *g = &set->pairs.at[*next];
        if (g->target != q->target) continue;
        if (g->need != q->from) break;
        graded[g->ord] = 1;
        if (!isfinite(scores.score[g->ord])) continue; /* of the same house: never shown */
        struct learn_pair p = example(&scores, g->ord);
        p.need = number;
        p.grade = g->grade;
        p.newcomer = graded_newcomer(s, g->target, g->ord);
        vec_push(&e->pairs, p);
    }
    add_background(e, &scores, graded);
    return 0;
}

int graded_examples(const struct graded_set *set, enum kind target, struct matcher *m,
                    const struct snapshot *s, struct analyzer *a, struct progress *bar,
                    struct arena *arena, struct learn_data *out, struct err *err)
{
    const struct record **needs;
    struct examples e = {0};
    struct arena scratch;
    size_t n = list_needs(set, target, s, arena, &needs), next = 0;
    uint64_t *hash = arena_alloc(arena, n, sizeof *hash);
    int rc = 0;
    arena_init(&scratch);
    bar->total = n;
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct match_query q = {.from = needs[i], .target = target};
        hash[i] = hashed_record(needs[i]).hash;
        rc = add_need(&e, set, &next, m, s, a, &q, (uint32_t)i, &scratch, err);
        arena_reset(&scratch);
        progress_show(bar, i + 1);
    }
    struct learn_pair *pairs = arena_alloc(arena, e.pairs.len, sizeof *pairs);
    struct learn_pair *background = arena_alloc(arena, e.background.len, sizeof *background);
    if (e.pairs.len) memcpy(pairs, e.pairs.at, e.pairs.len * sizeof *pairs);
    if (e.background.len)
        memcpy(background, e.background.at, e.background.len * sizeof *background);
    *out = (struct learn_data){.pairs = pairs,
                               .n_pairs = e.pairs.len,
                               .hash = hash,
                               .n_needs = n,
                               .background = background,
                               .n_background = e.background.len,
                               .target = target};
    vec_free(&e.pairs);
    vec_free(&e.background);
    arena_free(&scratch);
    return rc;
}

#include "base/base.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "matcher/improve.h"
#include "matcher/indicator_table.h"
#include "matcher/lacks.h"
#include "matcher/level.h"
#include "matcher/messages.h"

#include <math.h>
#include <string.h>

enum {
    CANDIDATES_MAX = 10,
    TERMS_MAX = 4, /* of the candidates */
    CLAUSES_MAX = 3,
    CLAUSE_LEAST = 4, /* code points */
    CLAUSE_MAX = 60,
    JOINED_MAX = 4, /* tried beside the best single one; fewer beside the best two */
};

const char *addition_kind_name(enum addition_kind kind)
{
    static const char *const names[] = {"term", "clause", "indicator"};
    return names[kind];
}

const char *improve_outcome_name(enum improve_outcome o)
{
    static const char *const names[] = {"found", "not_found", "nothing", "top"};
    return names[o];
}

struct candidate {
    struct addition addition;
    float weight;  /* idf of what it would add */
    uint32_t size; /* code points */
    double score;  /* when it was tried alone */
};

struct improver {
    struct matcher *matcher;
    struct embedder *embedder;
    const struct snapshot *snapshot;
    struct analyzer *analyzer;
    const struct improve_query *query;
    struct arena *arena;
    struct improvement *out;
    struct weights weights;
    const struct record *need, *capability; /* of the snapshot */
    uint32_t need_ord, capability_ord;
    struct match_scores scores; /* of the need's matches, as they are */
    struct columns columns;     /* the same, to be changed in one place */
    struct map *said;           /* terms of the capability */
    struct candidate candidates[CANDIDATES_MAX];
    size_t n;
    float known_by_one; /* see known_by_one() */
    double until;       /* clock_seconds */
};

/* ---- what the need asks for ------------------------------------------------------------------ */

/* Fewer ideographs or letters are too common or too little of a word to ask somebody about. */
enum { TERM_LEAST_HAN = 4, TERM_LEAST_LATIN = 3 };

static bool long_enough(const char *text, struct span span)
{
    size_t len = strlen(text), at = utf8_offset(text, len, span.begin);
    size_t end = utf8_offset(text, len, span.end), points = span.end - span.begin;
    return points >= (end - at > points ? TERM_LEAST_HAN : TERM_LEAST_LATIN);
}

/* Numbers alone, or with a sign, say nothing by themselves. */
static bool has_word(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p >= 0x80 || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')) return true;
    return false;
}

/* Keeps the heaviest `most` of a kind; those of one kind stand together. A phrase within one that
 * is kept, or around it, is not tried again. */
static void offer(struct improver *x, enum addition_kind kind, size_t most, enum field field,
                  const char *text, struct span span, float weight)
{
    char *words = text_slice(text, strlen(text), span, x->arena);
    if (!has_word(words)) return;
    size_t first = x->n, end = x->n;
    for (size_t i = 0; i < x->n; i++) {
        const struct addition *a = &x->candidates[i].addition;
        if (strcmp(a->need.text, words) == 0) return;
        if (a->kind != kind) continue;
        if (strstr(a->need.text, words) || strstr(words, a->need.text)) return;
        first = MIN(first, i);
        end = i + 1;
    }
    if (first == x->n) end = first;
    size_t at = end;
    while (at > first && x->candidates[at - 1].weight < weight) at--;
    if (at - first >= most) return;
    if (end - first == most)
        end--;
    else if (x->n < CANDIDATES_MAX)
        x->n++;
    else
        return;
    memmove(&x->candidates[at + 1], &x->candidates[at], (end - at) * sizeof *x->candidates);
    x->candidates[at] = (struct candidate){
        .addition = {kind, {field, span, words}, field == FIELD_TITLE || record_is_public(x->need)},
        .weight = weight,
        .size = span.end - span.begin,
        .score = -INFINITY,
    };
}

static bool parts(uint32_t c)
{
    static const uint32_t marks[] = {',', ';', ':', 0xff0c, 0xff1b, 0xff1a, 0x3002, 0x3001};
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (c == marks[i]) return true;
    return false;
}

/* idf of the terms of a clause that the capability does not say. */
static float missing_weight(struct improver *x, const char *clause)
{
    struct token *tokens;
    float sum = 0;
    size_t n = analyzer_tokens(x->analyzer, clause, strlen(clause), x->arena, &tokens);
    for (size_t i = 0; i < n; i++)
        if (!term_is_ideograph(tokens[i].term, tokens[i].len) &&
            map_get(x->said, tokens[i].term, tokens[i].len) == MAP_ABSENT)
            sum +=
                snapshot_idf(x->snapshot, KIND_CAPABILITY, PART_ALL, tokens[i].term, tokens[i].len);
    return sum;
}

static void offer_clause(struct improver *x, enum field field, const char *text, struct span span)
{
    if (span.end < span.begin + CLAUSE_LEAST || span.end > span.begin + CLAUSE_MAX) return;
    float weight = missing_weight(x, text_slice(text, strlen(text), span, x->arena));
    if (weight > 0) offer(x, ADDITION_CLAUSE, CLAUSES_MAX, field, text, span, weight);
}

/* Clauses of sentences that ask for something: how things are now is no wish. */
static void offer_clauses(struct improver *x, enum field field, const char *text)
{
    struct span *sentences;
    size_t len = strlen(text), n = text_sentences(text, len, x->arena, &sentences);
    for (size_t i = 0; i < n; i++) {
        const char *sentence = text_slice(text, len, sentences[i], x->arena);
        if (indicator_is_background(sentence)) continue;
        uint32_t begin = sentences[i].begin, at = begin, c;
        for (const char *p = sentence, *end = p + strlen(p); p < end; at++) {
            p += utf8_decode(p, end, &c);
            if (!parts(c)) continue;
            offer_clause(x, field, text, (struct span){begin, at});
            begin = at + 1;
        }
        offer_clause(x, field, text, (struct span){begin, sentences[i].end});
    }
}

static void offer_terms(struct improver *x, enum field field, const char *text)
{
    struct lacks_run runs[LACKS_MAX + 1];
    size_t n = lacks_runs(x->snapshot, x->analyzer, text, KIND_CAPABILITY, x->said, runs, x->arena);
    for (size_t i = 0; i < n; i++)
        if (long_enough(text, runs[i].span))
            offer(x, ADDITION_TERM, TERMS_MAX, field, text, runs[i].span, runs[i].weight);
}

/* Indicators that nothing answers, or that what is stated falls short of. */
static void offer_indicators(struct improver *x, bool need_open, bool capability_open)
{
    struct explain_source need = {.record = x->need, .title_only = !need_open};
    struct explain_source capability = {.record = x->capability, .title_only = !capability_open};
    struct indicator_statement *required, *stated;
    struct indicator_row *rows;
    size_t n_required = indicator_statements(x->analyzer, &need, true, x->arena, &required);
    size_t n_stated = indicator_statements(x->analyzer, &capability, false, x->arena, &stated);
    size_t n = indicator_table(required, n_required, stated, n_stated, x->arena, &rows);
    for (size_t i = 0; i < n; i++) {
        const struct indicator_side *side = &rows[i].required;
        const char *text = x->need->value[side->sentence.field];
        if (rows[i].verdict == VERDICT_MET || !text) continue;
        float weight = (rows[i].must ? 2.0f : 1.0f) - 0.01f * (float)i;
        offer(x, ADDITION_INDICATOR, CANDIDATES_MAX - TERMS_MAX - CLAUSES_MAX, side->sentence.field,
              text, side->mention, weight);
    }
}

/* The shortest first: that is the order in which they are tried. */
static void sort_by_size(struct improver *x)
{
    for (size_t i = 1; i < x->n; i++) {
        struct candidate c = x->candidates[i];
        size_t at = i;
        for (; at > 0 && x->candidates[at - 1].size > c.size; at--)
            x->candidates[at] = x->candidates[at - 1];
        x->candidates[at] = c;
    }
}

static void find_candidates(struct improver *x)
{
    /* Titles and key technology name things; running text is read by the clause, since what is left
     * of it between known words makes no word. */
    static const enum field naming[] = {FIELD_TITLE, FIELD_KEY_TECHNOLOGY};
    static const enum field asking[] = {FIELD_TITLE, FIELD_TARGETS, FIELD_KEY_TECHNOLOGY,
                                        FIELD_TEXT};
    bool need_open = x->query->see_all || record_is_public(x->need);
    bool capability_open = x->query->see_all || record_is_public(x->capability);
    struct record title_alone = {.kind = KIND_CAPABILITY};
    title_alone.value[FIELD_TITLE] = record_title(x->capability);
    x->said = lacks_terms(x->analyzer, capability_open ? x->capability : &title_alone, x->arena);
    for (size_t i = 0; i < ARRAY_LEN(naming); i++) {
        const char *text = x->need->value[naming[i]];
        if (text && (naming[i] == FIELD_TITLE || need_open)) offer_terms(x, naming[i], text);
    }
    for (size_t i = 0; i < ARRAY_LEN(asking); i++) {
        const char *text = x->need->value[asking[i]];
        if (text && (asking[i] == FIELD_TITLE || need_open)) offer_clauses(x, asking[i], text);
    }
    offer_indicators(x, need_open, capability_open);
    map_free(x->said);
    x->said = NULL;
    sort_by_size(x);
}

/* ---- scoring anew ---------------------------------------------------------------------------- */

static struct standing standing_of(const struct improver *x, const struct record *capability,
                                   double score, double closeness, struct arena *arena)
{
    double expected = level_expected(closeness, x->scores.pool);
    struct explain_source need = {.record = x->need}, offer = {.record = capability};
    struct indicator_fit fit = indicator_fit_of(x->analyzer, &need, &offer, arena);
    return (struct standing){score, level_barred(level_of(expected), fit.must_unmet), expected};
}

/* The need's columns as they are, to be changed in the capability's place. */
static void copy_columns(struct improver *x)
{
    size_t n = x->scores.n;
    x->columns = (struct columns){.n = n, .weights = &x->weights};
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (!x->scores.feature[f]) continue;
        x->columns.value[f] = arena_alloc(x->arena, n, sizeof(float));
        memcpy(x->columns.value[f], x->scores.feature[f], n * sizeof(float));
    }
    x->columns.score = arena_alloc(x->arena, n, sizeof(float));
    memcpy(x->columns.score, x->scores.score, n * sizeof(float));
}

/* The words added become a little less rare by being there: idf falls from ln(2N + 2) for a word
 * that no document has to about ln(2N / 3) (lexical.h), and what a changed record would really gain
 * by words is less by this share. Of words that others have, too, it is less: this is the most. */
static float known_by_one(double pool)
{
    return (float)(log(3.0) / log(2.0 * pool + 2.0));
}

/* The changed capability from its own side: a pair has the same values from either side
 * (feature.h), and a text that is not in the index can be a query, not a document. Then back to the
 * need's side, where its level is judged among all others. */
static int score_anew(struct improver *x, struct arena *scratch, const struct record *changed,
                      struct standing *out, struct err *err)
{
    const struct snapshot *s = x->snapshot;
    struct query_side side = {.text = {record_title(changed), document_text(changed, scratch)}};
    for (int part = 0; part < PART_COUNT; part++)
        side.bag[part] = analyzer_bag(x->analyzer, side.text[part], scratch);
    if (!x->out->lexical_only) {
        size_t dim = (size_t)embedder_dim(x->embedder);
        float *v = arena_alloc(scratch, dim, sizeof *v);
        if (embedder_embed(x->embedder, EMBED_PASSAGE, &side.text[PART_ALL], 1, v, err)) return -1;
        side.vector[PART_ALL] = v;
        side.vector[PART_TITLE] =
            snapshot_vector(s, KIND_CAPABILITY, PART_TITLE, x->capability_ord);
    }
    struct columns needs;
    columns_of_pairs(s, KIND_NEED, false, &side, &x->weights, scratch, &needs);
    uint32_t at = x->capability_ord;
    float score = needs.score[x->need_ord];
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (!x->columns.value[f] || !needs.value[f]) continue;
        float value = needs.value[f][x->need_ord], rise = value - x->scores.feature[f][at];
        if (f == FEATURE_TEXT_WORDS && rise > 0) {
            value -= x->known_by_one * rise;
            score -= x->weights.of[f].weight * x->known_by_one * rise;
        }
        x->columns.value[f][at] = value;
    }
    x->columns.score[at] = score;
    float *closeness = arena_alloc(scratch, x->columns.n, sizeof *closeness);
    level_closeness(&x->columns, closeness);
    *out = standing_of(x, changed, (double)score, (double)closeness[at], scratch);
    return 0;
}

/* Scores the capability with some of the candidates added; false in *tried when there is no budget
 * left for it. */
static int try(struct improver *x, const size_t *chosen, size_t n, bool *tried,
               struct standing *out, struct err *err)
{
    *tried = false;
    if (x->out->tried >= IMPROVE_TRIALS_MAX) return 0;
    if (clock_seconds() > x->until) {
        x->out->complete = false;
        return 0;
    }
    struct arena scratch;
    arena_init(&scratch);
    struct record changed = *x->capability;
    const char *text = record_text(&changed);
    for (size_t i = 0; i < n; i++) {
        const char *words = x->candidates[chosen[i]].addition.need.text;
        text = text ? arena_printf(&scratch, "%s\n%s", text, words) : words;
    }
    changed.value[FIELD_TEXT] = text;
    int rc = score_anew(x, &scratch, &changed, out, err);
    arena_free(&scratch);
    x->out->tried++;
    *tried = true;
    return rc;
}

/* ---- the search ------------------------------------------------------------------------------ */

/* What was tried and brought the most so far. */
struct best {
    size_t chosen[ADDITIONS_MAX], n;
    struct standing standing;
};

static bool among(const size_t *chosen, size_t n, size_t i)
{
    for (size_t k = 0; k < n; k++)
        if (chosen[k] == i) return true;
    return false;
}

/* Two phrases of which one is in the other add nothing to each other. */
static bool overlaps(const struct improver *x, const size_t *chosen, size_t n, size_t i)
{
    const char *words = x->candidates[i].addition.need.text;
    for (size_t k = 0; k < n; k++) {
        const char *other = x->candidates[chosen[k]].addition.need.text;
        if (strstr(other, words) || strstr(words, other)) return true;
    }
    return false;
}

/* The candidate that alone brought most among those not yet passed over; x->n: none is left. */
static size_t next_best(const struct improver *x, const struct best *base, const bool *passed)
{
    size_t found = x->n;
    for (size_t i = 0; i < x->n; i++) {
        if (passed[i] || among(base->chosen, base->n, i) || overlaps(x, base->chosen, base->n, i))
            continue;
        if (found == x->n || x->candidates[i].score > x->candidates[found].score) found = i;
    }
    return found;
}

/* One more addition beside those of *best, at most `most` of them tried. */
static int widen(struct improver *x, struct best *best, size_t most, bool *lifted, struct err *err)
{
    struct best base = *best;
    bool passed[CANDIDATES_MAX] = {false}, tried;
    for (size_t k = 0; k < most && !*lifted; k++) {
        size_t i = base.n ? next_best(x, &base, passed) : k;
        if (i >= x->n) break;
        struct best one = base;
        passed[i] = true;
        one.chosen[one.n++] = i;
        if (try(x, one.chosen, one.n, &tried, &one.standing, err)) return -1;
        if (!tried) break;
        if (!base.n) x->candidates[i].score = one.standing.score;
        *lifted = one.standing.level > x->out->before.level;
        if (*lifted || one.standing.score > best->standing.score) *best = one;
    }
    return 0;
}

static int search(struct improver *x, struct err *err)
{
    struct best best = {.standing = x->out->before};
    bool lifted = false;
    for (size_t step = 0; step < ADDITIONS_MAX && !lifted; step++) {
        size_t before = best.n;
        if (widen(x, &best, step ? JOINED_MAX - step + 1 : CANDIDATES_MAX, &lifted, err)) return -1;
        if (best.n == before) break; /* one more brings nothing */
    }
    x->out->outcome = lifted ? IMPROVE_FOUND : IMPROVE_NOT_FOUND;
    x->out->after = best.standing;
    for (size_t i = 0; i < best.n; i++)
        x->out->additions[x->out->n_additions++] = x->candidates[best.chosen[i]].addition;
    return 0;
}

static int find_pair(struct improver *x, struct err *err)
{
    const struct snapshot *s = x->snapshot;
    x->need_ord = snapshot_find(s, KIND_NEED, x->query->need->uid);
    x->capability_ord = snapshot_find(s, KIND_CAPABILITY, x->query->capability->uid);
    if (x->need_ord == UINT32_MAX || x->capability_ord == UINT32_MAX)
        return err_set(err, ERR_NOT_FOUND, MSG_IMPROVE_ABSENT);
    x->need = snapshot_record(s, KIND_NEED, x->need_ord);
    x->capability = snapshot_record(s, KIND_CAPABILITY, x->capability_ord);
    const struct match_query as_is = {
        .from = x->need, .target = KIND_CAPABILITY, .see_all = x->query->see_all};
    if (matcher_scores(x->matcher, s, x->analyzer, &as_is, x->arena, &x->scores, err)) return -1;
    if (x->scores.score[x->capability_ord] == -INFINITY)
        return err_set(err, ERR_INVALID, MSG_IMPROVE_OWN);
    return 0;
}

int improve_run(struct matcher *m, struct embedder *embedder, const struct snapshot *s,
                struct analyzer *a, const struct improve_query *q, struct arena *arena,
                struct improvement *out, struct err *err)
{
    struct improver *x = arena_zalloc(arena, 1, sizeof *x);
    *out = (struct improvement){.complete = true};
    *x = (struct improver){.matcher = m,
                           .embedder = embedder,
                           .snapshot = s,
                           .analyzer = a,
                           .query = q,
                           .arena = arena,
                           .out = out,
                           .until = clock_seconds() + IMPROVE_SECONDS};
    matcher_weights(m, &x->weights);
    if (find_pair(x, err)) return -1;
    uint32_t at = x->capability_ord;
    out->lexical_only = x->scores.lexical_only || !embedder;
    out->before = out->after = standing_of(x, x->capability, (double)x->scores.score[at],
                                           (double)x->scores.closeness[at], x->arena);
    out->title_only = !q->see_all && !record_is_public(x->need);
    out->outcome = IMPROVE_TOP;
    if (out->before.level == LEVEL_STRONG) return 0;
    find_candidates(x);
    out->outcome = IMPROVE_NOTHING;
    if (x->n == 0) return 0;
    x->known_by_one = known_by_one(x->scores.pool);
    copy_columns(x);
    return search(x, err);
}

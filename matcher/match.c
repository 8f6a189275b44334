#include "base/base.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "matcher/candidate.h"
#include "matcher/explain.h"
#include "matcher/indicator_table.h"
#include "matcher/level.h"
#include "matcher/precedent.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

enum {
    TOP_DEFAULT = 10,
    CAPABILITIES_SHOWN = 3, /* of an organisation */
    OWN_MAX = 1000,         /* capabilities of an organisation that are tried on the needs */
    LINE_MAX_CHARS = 100    /* a free text up to this long is all title */
};

struct matcher {
    struct embedder *embedder;
    struct vector_cache *cache;
    struct candidate_limits limits;
    pthread_mutex_t lock;
    struct weights weights; /* under the lock */
};

struct matcher *matcher_new(struct embedder *embedder, struct vector_cache *cache)
{
    struct matcher *m = mem_alloc(1, sizeof *m);
    *m = (struct matcher){.embedder = embedder, .cache = cache, .limits = candidate_limits};
    pthread_mutex_init(&m->lock, NULL);
    weights_builtin(&m->weights);
    return m;
}

void matcher_free(struct matcher *m)
{
    pthread_mutex_destroy(&m->lock);
    free(m);
}

void matcher_limit(struct matcher *m, struct candidate_limits limits)
{
    m->limits = limits;
}

struct embedder *matcher_embedder(const struct matcher *m)
{
    return m->embedder;
}

void matcher_use_weights(struct matcher *m, const struct weights *w)
{
    pthread_mutex_lock(&m->lock);
    m->weights = *w;
    pthread_mutex_unlock(&m->lock);
}

void matcher_weights(struct matcher *m, struct weights *out)
{
    pthread_mutex_lock(&m->lock);
    *out = m->weights;
    pthread_mutex_unlock(&m->lock);
}

const char *evidence_kind_name(enum evidence_kind kind)
{
    return kind == EVIDENCE_TERM ? "term" : "sentence";
}

/* ---- the query ------------------------------------------------------------------------------- */

/* One run of the matcher: what every step below needs. */
struct run {
    struct matcher *matcher;
    const struct snapshot *snapshot;
    struct analyzer *analyzer;
    const struct match_query *query;
    struct arena *arena;
    struct weights weights;   /* as they were when the run began */
    enum embed_kind side;     /* on which side of the model the query stands */
    bool every;               /* score every document, however many there are */
    struct columns pairs;     /* of the target's documents; target orgs: of the capabilities */
    float *pair_closeness;    /* of the same rows, see level.h */
    struct profiles profiles; /* target orgs only, like */
    struct columns orgs;
    struct query_side asked; /* the query's; empty when it is an organisation */
    uint32_t *own;           /* query an organisation: by need, its capability that answers best */
    struct match_scores *out;
};

static bool seeks(const struct match_query *q)
{
    return q->from ? q->from->kind == KIND_NEED || q->from->kind == KIND_BOTTLENECK
                   : !q->from_offers;
}

/* The first sentence of a free text that is longer than a line, else all of it. */
static const char *headline(const char *text, struct arena *arena)
{
    size_t len = strlen(text);
    if (utf8_count(text, len) <= LINE_MAX_CHARS) return text;
    struct span *spans;
    size_t n = text_sentences(text, len, arena, &spans);
    return n ? text_slice(text, len, spans[0], arena) : text;
}

/* Vectors of the two texts: the snapshot's own where it has them, else embedded here. */
static int vectors_of(struct run *r, const struct record *record,
                      const char *const texts[PART_COUNT], struct query_side *out, struct err *err)
{
    if (record) {
        uint32_t ord = snapshot_find(r->snapshot, record->kind, record->uid);
        for (int part = 0; ord != UINT32_MAX && part < PART_COUNT; part++)
            out->vector[part] = snapshot_vector(r->snapshot, record->kind, (enum part)part, ord);
        if (out->vector[PART_TITLE] && out->vector[PART_ALL]) return 0;
    }
    if (!r->matcher->embedder) return 0;
    size_t dim = (size_t)embedder_dim(r->matcher->embedder);
    float *v = arena_alloc(r->arena, PART_COUNT * dim, sizeof *v);
    bool same = strcmp(texts[PART_TITLE], texts[PART_ALL]) == 0;
    for (int part = same ? PART_ALL : 0; part < PART_COUNT; part++) {
        struct vector_key key = vector_key(r->side, texts[part]);
        float *out_part = v + (size_t)part * dim;
        out->vector[part] = out_part;
        if (vector_cache_get(r->matcher->cache, &key, out_part)) continue;
        if (embedder_embed(r->matcher->embedder, r->side, &texts[part], 1, out_part, err))
            return -1;
        /* What people type is not kept: anybody may ask anything, and the file would only grow. */
        if (record && record->rev) vector_cache_put(r->matcher->cache, &key, out_part, 1);
    }
    if (same) out->vector[PART_TITLE] = out->vector[PART_ALL];
    return 0;
}

static int read_side(struct run *r, const struct record *record, const char *text,
                     struct query_side *out, struct err *err)
{
    *out = (struct query_side){0};
    const char *texts[PART_COUNT] = {
        record ? record_title(record) : headline(text, r->arena),
        record ? document_text(record, r->arena) : text,
    };
    for (int part = 0; part < PART_COUNT; part++)
        out->bag[part] = analyzer_bag(r->analyzer, out->text[part] = texts[part], r->arena);
    if (snapshot_dim(r->snapshot) == 0) return 0;
    return vectors_of(r, record, texts, out, err);
}

/* ---- scores ---------------------------------------------------------------------------------- */

static bool house_of(const struct snapshot *s, const char *org, enum kind target, uint32_t ord)
{
    if (target != KIND_ORG) return snapshot_owned_by(s, target, ord, org);
    return strcmp(snapshot_uid(s, target, ord), org) == 0;
}

/* Do the record and the organisation `ord`, or an owner of document `ord`, coincide? */
static bool same_house(const struct snapshot *s, const struct record *from, enum kind target,
                       uint32_t ord)
{
    if (from->kind == KIND_ORG) return house_of(s, from->uid, target, ord);
    for (size_t i = 0; i < from->n_owners; i++)
        if (house_of(s, from->owners[i], target, ord)) return true;
    return false;
}

/* Documents that are gone, and what comes from the same house, may not be offered. */
static void close_doors(const struct run *r, enum kind kind, const struct columns *c)
{
    const struct record *from = r->query->from;
    for (size_t row = 0; row < c->n; row++) {
        uint32_t ord = columns_ordinal(c, row);
        if (!snapshot_has(r->snapshot, kind, ord) ||
            (from && same_house(r->snapshot, from, kind, ord)))
            c->score[row] = -INFINITY;
    }
}

/* The query against the documents of a kind: all of them, or in a large pool the candidates. */
static void compare(const struct run *r, enum kind kind, bool offers, const struct query_side *side,
                    struct arena *arena, struct columns *out)
{
    struct candidate_limits limits = r->matcher->limits;
    /* An organisation is judged by all it has: more of that is compared in full. */
    if (r->query->target == KIND_ORG) limits.top = MAX(limits.top, limits.near);
    if (r->every || snapshot_live(r->snapshot, kind) <= limits.exhaustive)
        columns_of_pairs(r->snapshot, kind, offers, side, &r->weights, arena, out);
    else
        columns_of_candidates(r->snapshot, kind, offers, side, &r->weights, limits, arena, out);
}

/* Keeps what capability `own` reaches where that is more than what those before it did. */
static void keep_better(struct run *r, const struct columns *c, uint32_t own)
{
    for (size_t i = 0; i < c->n; i++) {
        uint32_t ord = columns_ordinal(c, i);
        if (c->sampled && !r->pairs.sampled) {
            uint8_t *sampled = arena_zalloc(r->arena, r->pairs.n, sizeof *sampled);
            for (size_t k = 0; k < c->n; k++) sampled[c->ordinals[k]] = c->sampled[k];
            r->pairs.sampled = sampled;
        }
        if (c->score[i] <= r->pairs.score[ord]) continue;
        r->pairs.score[ord] = c->score[i];
        r->own[ord] = own;
        for (int f = 0; f < FEATURE_COUNT; f++)
            if (c->value[f]) r->pairs.value[f][ord] = c->value[f][i];
    }
}

/* An organisation against the needs: each need meets the capability that answers it best. */
static int columns_of_own(struct run *r, enum kind seekers, struct err *err)
{
    const struct snapshot *s = r->snapshot;
    size_t n = snapshot_size(s, seekers);
    r->own = arena_alloc(r->arena, n, sizeof *r->own);
    memset(r->own, 0xff, n * sizeof *r->own);
    r->pairs.n = n;
    r->pairs.weights = &r->weights;
    for (int f = 0; f < FEATURE_COUNT; f++)
        if (feature_of_target((enum feature)f, seekers))
            r->pairs.value[f] = arena_zalloc(r->arena, n, sizeof(float));
    r->pairs.score = arena_alloc(r->arena, n, sizeof(float));
    for (size_t i = 0; i < n; i++) r->pairs.score[i] = -INFINITY;

    const uint32_t *owned = NULL;
    uint32_t org = snapshot_find(s, KIND_ORG, r->query->from->uid);
    size_t n_owned = org == UINT32_MAX ? 0 : snapshot_owned(s, org, &owned);
    struct arena scratch;
    arena_init(&scratch);
    struct run inner = *r;
    inner.arena = &scratch;
    int rc = 0;
    for (size_t k = 0; k < n_owned && k < OWN_MAX && !rc; k++) {
        struct query_side side;
        struct columns c;
        rc = read_side(&inner, snapshot_record(s, KIND_CAPABILITY, owned[k]), NULL, &side, err);
        if (!rc) {
            compare(r, seekers, false, &side, &scratch, &c);
            keep_better(r, &c, owned[k]);
        }
        arena_reset(&scratch);
    }
    arena_free(&scratch);
    return rc;
}

/* Closeness of an organisation is that of its best capability. */
static void closeness_of_orgs(const struct run *r, struct match_scores *out)
{
    for (uint32_t org = 0; org < out->n; org++) {
        size_t best = profile_best(&r->profiles, org, r->pairs.score);
        bool has_any = best != SIZE_MAX && r->pairs.score[best] != -INFINITY;
        out->closeness[org] = has_any ? r->pair_closeness[best] : -INFINITY;
        if (!has_any) out->score[org] = -INFINITY; /* it has nothing to be matched by */
    }
}

static int score_all(struct run *r, struct err *err)
{
    const struct match_query *q = r->query;
    struct match_scores *out = r->out;
    enum kind compared = q->target == KIND_ORG ? KIND_CAPABILITY : q->target;
    struct query_side side = {0};
    matcher_weights(r->matcher, &r->weights);
    r->side = seeks(q) ? EMBED_QUERY : EMBED_PASSAGE;
    if (q->from && q->from->kind == KIND_ORG) {
        if (columns_of_own(r, compared, err)) return -1;
        out->lexical_only = snapshot_dim(r->snapshot) == 0;
    } else {
        if (read_side(r, q->from, q->text, &side, err)) return -1;
        compare(r, compared, seeks(q), &side, r->arena, &r->pairs);
        out->lexical_only = !side.vector[PART_ALL];
        r->asked = side;
    }
    close_doors(r, compared, &r->pairs);
    r->pair_closeness = arena_alloc(r->arena, r->pairs.n, sizeof(float));
    level_closeness(&r->pairs, r->pair_closeness);

    out->n = r->pairs.n;
    out->score = r->pairs.score;
    out->closeness = r->pair_closeness;
    out->pool = (double)snapshot_live(r->snapshot, compared);
    if (q->target == KIND_ORG) {
        profiles_of(r->snapshot, &r->pairs, r->arena, &r->profiles);
        columns_of_orgs(&r->profiles, &side, &r->pairs, r->arena, &r->orgs);
        out->n = r->orgs.n;
        out->score = r->orgs.score;
        out->closeness = arena_alloc(r->arena, out->n, sizeof *out->closeness);
        closeness_of_orgs(r, out);
        close_doors(r, KIND_ORG, &r->orgs);
    }
    return 0;
}

/* What the score is made of and which rows are offered: the columns of the target. */
static const struct columns *scored(const struct run *r)
{
    return r->query->target == KIND_ORG ? &r->orgs : &r->pairs;
}

/* ---- the best ones --------------------------------------------------------------------------- */

struct ranked {
    size_t row;
    float score;
    const char *uid;
};

static bool before(const struct ranked *a, const struct ranked *b)
{
    if (a->score != b->score) return a->score > b->score;
    return strcmp(a->uid, b->uid) < 0;
}

static void sift_down(struct ranked *heap, size_t n, size_t at)
{
    for (;;) {
        size_t worst = at, left = 2 * at + 1;
        if (left < n && before(&heap[worst], &heap[left])) worst = left;
        if (left + 1 < n && before(&heap[worst], &heap[left + 1])) worst = left + 1;
        if (worst == at) return;
        struct ranked swap = heap[at];
        heap[at] = heap[worst];
        heap[worst] = swap;
        at = worst;
    }
}

/* The `top` best rows in order: a heap with the worst of them on top. */
static size_t select_top(const struct run *r, size_t top, struct ranked *heap)
{
    const struct columns *c = scored(r);
    size_t kept = 0;
    for (size_t row = 0; row < c->n; row++) {
        float score = c->score[row];
        if (score == -INFINITY) continue;
        if (kept == top && score < heap[0].score) continue;
        struct ranked one = {row, score,
                             snapshot_uid(r->snapshot, r->query->target, columns_ordinal(c, row))};
        if (kept < top) {
            heap[kept++] = one;
            if (kept == top)
                for (size_t i = top / 2; i-- > 0;) sift_down(heap, kept, i);
        } else if (before(&one, &heap[0])) {
            heap[0] = one;
            sift_down(heap, kept, 0);
        }
    }
    if (kept < top)
        for (size_t i = kept / 2; i-- > 0;) sift_down(heap, kept, i);
    for (size_t left = kept; left > 1;) { /* heap sort: the worst goes to the end */
        struct ranked swap = heap[--left];
        heap[left] = heap[0];
        heap[0] = swap;
        sift_down(heap, left, 0);
    }
    return kept;
}

/* The query's own level is that of its best match; looked for among the ten best by score, which
 * are what people see. */
static void judge_query(const struct run *r)
{
    struct ranked top[TOP_DEFAULT];
    const struct match_scores *out = r->out;
    size_t n = select_top(r, TOP_DEFAULT, top);
    r->out->level = LEVEL_NONE;
    for (size_t i = 0; i < n; i++) {
        enum match_level level =
            level_of(level_expected((double)out->closeness[top[i].row], out->pool));
        r->out->level = MAX(r->out->level, level);
    }
}

int matcher_scores(struct matcher *m, const struct snapshot *s, struct analyzer *a,
                   const struct match_query *q, struct arena *arena, struct match_scores *out,
                   struct err *err)
{
    struct run r = {
        .matcher = m, .snapshot = s, .analyzer = a, .query = q, .arena = arena, .out = out};
    r.every = q->target != KIND_ORG;
    *out = (struct match_scores){0};
    if (score_all(&r, err)) return -1;
    for (int f = 0; f < FEATURE_COUNT; f++) out->feature[f] = scored(&r)->value[f];
    judge_query(&r);
    return 0;
}

/* ---- matches --------------------------------------------------------------------------------- */

static struct match match_of(const struct run *r, const struct columns *c, enum kind kind,
                             size_t row, double closeness)
{
    const struct snapshot *s = r->snapshot;
    uint32_t ord = columns_ordinal(c, row);
    struct match m = {.record = snapshot_record(s, kind, ord)};
    m.score = columns_explain(c, row, m.features);
    m.expected_by_chance = level_expected(closeness, r->out->pool);
    m.level = level_of(m.expected_by_chance);
    if (kind == KIND_ORG) {
        m.org = m.record;
        return m;
    }
    const uint32_t *owners;
    if (snapshot_owners(s, kind, ord, &owners)) m.org = snapshot_record(s, KIND_ORG, owners[0]);
    return m;
}

/* The capabilities that make an organisation's case: its best by score. */
static void add_capabilities(const struct run *r, uint32_t org, struct match *m)
{
    struct profile p = profile_at(&r->profiles, org);
    struct ranked best[CAPABILITIES_SHOWN];
    size_t kept = 0;
    for (size_t i = 0; i < p.n; i++) {
        struct ranked one = {.row = p.rows[i], .score = r->pairs.score[p.rows[i]]};
        if (one.score == -INFINITY) continue;
        one.uid = snapshot_uid(r->snapshot, KIND_CAPABILITY, columns_ordinal(&r->pairs, one.row));
        if (kept == CAPABILITIES_SHOWN && !before(&one, &best[kept - 1])) continue;
        size_t at = kept < CAPABILITIES_SHOWN ? kept++ : kept - 1;
        for (; at > 0 && before(&one, &best[at - 1]); at--) best[at] = best[at - 1];
        best[at] = one;
    }
    m->capabilities = arena_alloc(r->arena, kept, sizeof *m->capabilities);
    m->n_capabilities = kept;
    for (size_t i = 0; i < kept; i++) {
        m->capabilities[i] = match_of(r, &r->pairs, KIND_CAPABILITY, best[i].row,
                                      (double)r->pair_closeness[best[i].row]);
        m->capabilities[i].rank = i + 1;
    }
}

/* The capability by which the organisation asked for answers this need: the same pair, seen from
 * the other side, so it has the same features. */
static void add_own(const struct run *r, uint32_t need, struct match *m)
{
    struct match *own = arena_alloc(r->arena, 1, sizeof *own);
    *own = *m;
    own->rank = 1;
    own->record = snapshot_record(r->snapshot, KIND_CAPABILITY, r->own[need]);
    own->org = r->query->from;
    m->capabilities = own;
    m->n_capabilities = 1;
}

static bool hidden(const struct match_query *q, const struct record *r)
{
    return !q->see_all && !record_is_public(r);
}

/* The indicators of the query, read once. */
struct measured {
    struct indicator_statement *at;
    size_t n;
};

static struct measured measure(const struct run *r, const struct explain_source *source, bool need)
{
    struct measured x;
    x.n = indicator_statements(r->analyzer, source, need, r->arena, &x.at);
    return x;
}

static size_t compare_indicators(const struct run *r, const struct measured *query,
                                 const struct explain_source *source, struct indicator_row **rows)
{
    bool seeking = seeks(r->query);
    *rows = NULL;
    if (seeking && !query->n) return 0; /* nothing is required */
    struct measured other = measure(r, source, !seeking);
    const struct measured *need = seeking ? query : &other, *offer = seeking ? &other : query;
    return indicator_table(need->at, need->n, offer->at, offer->n, r->arena, rows);
}

/* What is barred by text that the reader may not see is barred all the same. */
static void judge_indicators(const struct run *r, const struct explain_source *query,
                             const struct measured *shown, const struct explain_source *other,
                             struct match *m)
{
    struct explain_source need = seeks(r->query) ? *query : *other,
                          offer = seeks(r->query) ? *other : *query;
    m->n_indicators = compare_indicators(r, shown, other, &m->indicators);
    struct indicator_fit fit = indicator_fit(m->indicators, m->n_indicators);
    if (need.title_only || offer.title_only) {
        need.title_only = offer.title_only = false;
        fit = indicator_fit_of(r->analyzer, &need, &offer, r->arena);
    }
    m->musts_unmet = fit.must_unmet;
    m->level = level_barred(m->level, fit.must_unmet);
}

/* Evidence lies between the query and the match, or, where organisations are concerned, the
 * capability that stands for them. */
static void explain(const struct run *r, struct match_list *list)
{
    const struct match_query *q = r->query;
    struct explain_source query = {.record = q->from, .text = q->text};
    query.title_only = q->from && hidden(q, q->from);
    bool from_org = q->from && q->from->kind == KIND_ORG;
    struct explainer *x = NULL;
    struct measured measured = {0};
    for (size_t i = 0; i < list->n; i++) {
        struct match *m = &list->matches[i];
        struct explain_source other = {.record = m->n_capabilities && q->target == KIND_ORG
                                                     ? m->capabilities[0].record
                                                     : m->record};
        other.title_only = hidden(q, other.record);
        if (from_org) { /* another capability for each need */
            query.record = m->capabilities[0].record;
            query.title_only = hidden(q, query.record);
            explainer_free(x);
            x = NULL;
        }
        if (!x) {
            x = explainer_new(r->snapshot, r->analyzer, KIND_CAPABILITY, &query, seeks(q),
                              r->arena);
            measured = measure(r, &query, seeks(q));
        }
        m->n_evidence = explainer_pair(x, &other, r->arena, &m->evidence);
        judge_indicators(r, &query, &measured, &other, m);
    }
    explainer_free(x);
}

int matcher_run(struct matcher *m, const struct snapshot *s, struct analyzer *a,
                const struct match_query *q, struct arena *arena, struct match_list *out,
                struct err *err)
{
    struct match_scores scores = {0};
    struct run r = {
        .matcher = m, .snapshot = s, .analyzer = a, .query = q, .arena = arena, .out = &scores};
    *out = (struct match_list){0};
    if (score_all(&r, err)) return -1;
    judge_query(&r);

    size_t top = MIN(q->top ? q->top : (size_t)TOP_DEFAULT, scores.n);
    struct ranked *best = arena_alloc(arena, top + 1, sizeof *best);
    out->n = top ? select_top(&r, top, best) : 0;
    out->matches = arena_alloc(arena, out->n, sizeof *out->matches);
    out->level = scores.level;
    out->pool = (size_t)scores.pool;
    out->lexical_only = scores.lexical_only;
    const struct columns *columns = scored(&r);
    for (size_t i = 0; i < out->n; i++) {
        struct match *match = &out->matches[i];
        *match =
            match_of(&r, columns, q->target, best[i].row, (double)scores.closeness[best[i].row]);
        match->rank = i + 1;
        if (q->target == KIND_ORG) add_capabilities(&r, (uint32_t)best[i].row, match);
        if (r.own) add_own(&r, (uint32_t)best[i].row, match); /* rows are needs then */
    }
    if (q->explain) {
        explain(&r, out);
        enum match_level shown = LEVEL_NONE;
        bool barred = false;
        for (size_t i = 0; i < out->n; i++) {
            shown = MAX(shown, out->matches[i].level);
            barred = barred || out->matches[i].musts_unmet;
        }
        if (barred) out->level = shown;
        precedents_fill(s, a, q, &r.asked, arena, out);
    }
    return 0;
}

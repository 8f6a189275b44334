#include "base/base.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "matcher/explain.h"

#include <math.h>
#include <string.h>

enum {
    TOKENS_MAX = 2000,  /* per side; what lies behind in a long text is not quoted */
    SENTENCES_MAX = 64, /* per side */
    SENTENCES_SHOWN = 3,
    TERMS_SHOWN = 5
};

/* A pair of sentences is worth showing from this cosine of idf vectors on. */
static const float SENTENCE_LEAST = 0.06f;

/* A shared run is worth showing from this mean weight of its terms on: pairs that stand in a tenth
 * of all capabilities ("and its", "method") carry no match. */
static const float TERM_LEAST = 0.12f;

/* A term of the query side carries an id; a term only the other side has is UNSHARED. */
#define UNSHARED MAP_ABSENT
#define BORDER   (MAP_ABSENT - 1)

struct word {
    uint32_t id;
    uint32_t begin, end; /* code points in its field */
    enum field field;
};

struct sentence {
    enum field field;
    struct span span;
    size_t first, n; /* its words */
    float norm;      /* Euclidean, of idf over its words */
};

/* One side, cut into words and sentences. Fields are parted by a word BORDER. */
struct side {
    struct word *words;
    size_t n_words;
    struct sentence *sentences;
    size_t n_sentences;
    const struct explain_source *source;
};

struct explainer {
    const struct snapshot *snapshot;
    struct analyzer *analyzer;
    enum kind offers;
    bool query_is_need;
    struct map *ids;
    VEC(float) idf;
    float idf_unshared; /* the mean: what a term only the other side has is counted with */
    struct explain_source source;
    struct side query;
    /* the words of the query by id: next[i] is the next place of the same id, ends with UNSHARED */
    VEC(uint32_t) first;
    uint32_t *next;
};

static const enum field quotable[] = {FIELD_TITLE,   FIELD_NAME,           FIELD_TEXT,
                                      FIELD_SUMMARY, FIELD_KEY_TECHNOLOGY, FIELD_TARGETS};

static const char *field_text(const struct explain_source *s, enum field f)
{
    if (!s->record) return f == FIELD_TEXT ? s->text : NULL;
    if (s->title_only && f != FIELD_TITLE && f != FIELD_NAME) return NULL;
    return s->record->value[f];
}

static uint32_t word_id(struct explainer *x, const struct token *t, bool is_query)
{
    if (!is_query) return map_get(x->ids, t->term, t->len);
    uint32_t fresh = (uint32_t)x->idf.len;
    uint32_t id = map_add(x->ids, t->term, t->len, fresh);
    if (id == fresh)
        vec_push(&x->idf, snapshot_idf(x->snapshot, x->offers, PART_ALL, t->term, t->len));
    return id;
}

static float word_weight(const struct explainer *x, uint32_t id)
{
    return id < x->idf.len ? x->idf.at[id] : x->idf_unshared;
}

static void read_side(struct explainer *x, const struct explain_source *source, bool is_query,
                      struct arena *arena, struct side *side)
{
    VEC(struct word) words = {0};
    VEC(struct sentence) sentences = {0};
    for (size_t f = 0; f < ARRAY_LEN(quotable) && words.len < TOKENS_MAX; f++) {
        const char *text = field_text(source, quotable[f]);
        if (!text) continue;
        struct token *tokens;
        size_t len = strlen(text), at = words.len;
        size_t n = analyzer_tokens(x->analyzer, text, len, arena, &tokens);
        for (size_t i = 0; i < n && words.len < TOKENS_MAX; i++) {
            if (term_is_ideograph(tokens[i].term, tokens[i].len)) continue;
            vec_push(&words, (struct word){word_id(x, &tokens[i], is_query), tokens[i].begin,
                                           tokens[i].end, quotable[f]});
        }
        struct span *spans;
        size_t n_spans = text_sentences(text, len, arena, &spans);
        for (size_t i = 0; i < n_spans && sentences.len < SENTENCES_MAX; i++) {
            while (at < words.len && words.at[at].begin < spans[i].begin) at++;
            size_t first = at;
            while (at < words.len && words.at[at].begin < spans[i].end) at++;
            vec_push(&sentences, (struct sentence){quotable[f], spans[i], first, at - first, 0});
        }
        vec_push(&words, (struct word){.id = BORDER});
    }
    *side = (struct side){.n_words = words.len, .n_sentences = sentences.len, .source = source};
    side->words = arena_alloc(arena, words.len, sizeof *side->words);
    if (words.len) memcpy(side->words, words.at, words.len * sizeof *side->words);
    side->sentences = arena_alloc(arena, sentences.len, sizeof *side->sentences);
    if (sentences.len)
        memcpy(side->sentences, sentences.at, sentences.len * sizeof *side->sentences);
    vec_free(&words);
    vec_free(&sentences);
}

static void weigh_sentences(const struct explainer *x, struct side *side)
{
    for (size_t i = 0; i < side->n_sentences; i++) {
        struct sentence *s = &side->sentences[i];
        float sum = 0;
        for (size_t w = 0; w < s->n; w++) {
            float weight = word_weight(x, side->words[s->first + w].id);
            sum += weight * weight;
        }
        s->norm = sqrtf(sum);
    }
}

struct explainer *explainer_new(const struct snapshot *s, struct analyzer *a, enum kind offers,
                                const struct explain_source *query, bool query_is_need,
                                struct arena *arena)
{
    struct explainer *x = arena_zalloc(arena, 1, sizeof *x);
    x->snapshot = s;
    x->analyzer = a;
    x->offers = offers;
    x->query_is_need = query_is_need;
    x->ids = map_new();
    x->source = *query;
    read_side(x, &x->source, true, arena, &x->query);
    float sum = 0;
    for (size_t i = 0; i < x->idf.len; i++) sum += x->idf.at[i];
    x->idf_unshared = x->idf.len ? sum / (float)x->idf.len : 1.0f;
    weigh_sentences(x, &x->query);

    x->next = arena_alloc(arena, x->query.n_words, sizeof *x->next);
    for (size_t i = 0; i < x->idf.len; i++) vec_push(&x->first, UNSHARED);
    for (size_t i = x->query.n_words; i-- > 0;) {
        uint32_t id = x->query.words[i].id;
        if (id == BORDER) continue;
        x->next[i] = x->first.at[id];
        x->first.at[id] = (uint32_t)i;
    }
    return x;
}

void explainer_free(struct explainer *x)
{
    if (!x) return;
    map_free(x->ids);
    vec_free(&x->idf);
    vec_free(&x->first);
}

static struct quote quote(const struct side *side, enum field field, struct span span,
                          struct arena *arena)
{
    const char *text = field_text(side->source, field);
    return (struct quote){field, span, text_slice(text, strlen(text), span, arena)};
}

static struct evidence evidence_of(const struct explainer *x, enum evidence_kind kind,
                                   struct quote query, struct quote other, float weight)
{
    return (struct evidence){.kind = kind,
                             .need = x->query_is_need ? query : other,
                             .capability = x->query_is_need ? other : query,
                             .weight = weight};
}

/* A run of words that stands in both sides; q and o are its last words. */
struct run {
    size_t q, o, len;
    float weight;
};

static struct span run_span(const struct word *words, size_t last, size_t len)
{
    return (struct span){words[last + 1 - len].begin, words[last].end};
}

/* Do two words of one side follow each other closely enough to be one phrase? */
static bool adjoin(const struct word *before, const struct word *after)
{
    return after->begin <= before->end + 1;
}

/* Keeps the best runs, heaviest first. A run inside one that is kept, or the same words again,
 * tells nothing new. */
static void keep_run(const struct explainer *x, struct run *kept, size_t *n, struct run run)
{
    const struct word *words = x->query.words;
    size_t first = run.q + 1 - run.len;
    for (size_t i = 0; i < *n; i++) {
        size_t kept_first = kept[i].q + 1 - kept[i].len;
        bool inside = false;
        for (size_t at = kept_first; at + run.len <= kept[i].q + 1 && !inside; at++) {
            inside = true;
            for (size_t k = 0; k < run.len && inside; k++)
                inside = words[at + k].id == words[first + k].id;
        }
        if (inside && kept[i].weight >= run.weight) return;
    }
    size_t at = *n;
    while (at > 0 && kept[at - 1].weight < run.weight) at--;
    if (at >= 2 * TERMS_SHOWN) return;
    size_t tail = MIN(*n, (size_t)2 * TERMS_SHOWN - 1);
    memmove(kept + at + 1, kept + at, (tail - at) * sizeof *kept);
    kept[at] = run;
    *n = tail + 1;
}

/* Longest common runs by the textbook recurrence: a run that ends at (q, o) is one longer than that
 * at (q - 1, o - 1). Only places where the words are equal are visited. */
static size_t shared_runs(const struct explainer *x, const struct side *other, struct run *kept,
                          struct arena *arena)
{
    const struct word *qw = x->query.words, *ow = other->words;
    uint32_t *length = arena_zalloc(arena, x->query.n_words + 1, sizeof *length);
    uint32_t *before = arena_zalloc(arena, x->query.n_words + 1, sizeof *before);
    size_t n = 0;
    for (size_t o = 0; o < other->n_words; o++) {
        uint32_t id = ow[o].id;
        bool shared = id < x->idf.len;
        for (uint32_t q = shared ? x->first.at[id] : UNSHARED; q != UNSHARED; q = x->next[q]) {
            bool follows =
                q && o && before[q] && adjoin(&qw[q - 1], &qw[q]) && adjoin(&ow[o - 1], &ow[o]);
            length[q + 1] = follows ? before[q] + 1 : 1;
            bool goes_on = q + 1 < x->query.n_words && o + 1 < other->n_words &&
                           qw[q + 1].id == ow[o + 1].id && qw[q + 1].id < x->idf.len &&
                           adjoin(&qw[q], &qw[q + 1]) && adjoin(&ow[o], &ow[o + 1]);
            if (goes_on) continue;
            struct run run = {q, o, length[q + 1], 0};
            for (size_t k = 0; k < run.len; k++) run.weight += x->idf.at[qw[q - k].id];
            if (run.weight >= TERM_LEAST * (float)run.len) keep_run(x, kept, &n, run);
        }
        /* What was written for o - 1 is stale now; swap the rows and wipe the places touched. */
        if (o)
            for (uint32_t id0 = ow[o - 1].id, q = id0 < x->idf.len ? x->first.at[id0] : UNSHARED;
                 q != UNSHARED; q = x->next[q])
                before[q + 1] = 0;
        uint32_t *swap = before;
        before = length;
        length = swap;
    }
    return n;
}

static size_t term_evidence(const struct explainer *x, const struct side *other,
                            struct arena *arena, struct evidence *out)
{
    struct run runs[2 * TERMS_SHOWN + 1];
    size_t n = shared_runs(x, other, runs, arena), kept = 0;
    float sum = 0;
    for (size_t i = 0; i < n && kept < TERMS_SHOWN; i++) {
        struct span q = run_span(x->query.words, runs[i].q, runs[i].len);
        struct span o = run_span(other->words, runs[i].o, runs[i].len);
        if (q.end - q.begin < 2) continue; /* one letter says nothing */
        out[kept] = evidence_of(
            x, EVIDENCE_TERM, quote(&x->query, x->query.words[runs[i].q].field, q, arena),
            quote(other, other->words[runs[i].o].field, o, arena), runs[i].weight);
        sum += runs[i].weight;
        kept++;
    }
    for (size_t i = 0; i < kept && sum > 0; i++) out[i].weight /= sum;
    return kept;
}

/* Cosine of the idf vectors of two sentences; repeated words count once on the query's side.
 * mark[id] == stamp tells that the query's sentence holds the term. */
static float sentence_cosine(const struct explainer *x, const struct side *other,
                             const struct sentence *q, const struct sentence *o,
                             const uint32_t *mark, uint32_t stamp)
{
    if (q->norm <= 0 || o->norm <= 0) return 0;
    float dot = 0;
    for (size_t w = 0; w < o->n; w++) {
        uint32_t id = other->words[o->first + w].id;
        if (id < x->idf.len && mark[id] == stamp) dot += x->idf.at[id] * x->idf.at[id];
    }
    float cosine = dot / (q->norm * o->norm);
    return MIN(cosine, 1.0f);
}

struct pair {
    size_t q, o;
    float cosine;
};

/* The best pair for each sentence of the query, best first. */
static size_t sentence_pairs(const struct explainer *x, const struct side *other,
                             struct pair *pairs, struct arena *arena)
{
    uint32_t *mark = arena_zalloc(arena, x->idf.len + 1, sizeof *mark);
    size_t n = 0;
    for (size_t q = 0; q < x->query.n_sentences; q++) {
        const struct sentence *qs = &x->query.sentences[q];
        for (size_t w = 0; w < qs->n; w++) {
            uint32_t id = x->query.words[qs->first + w].id;
            if (id < x->idf.len) mark[id] = (uint32_t)q + 1;
        }
        struct pair best = {q, 0, 0};
        for (size_t o = 0; o < other->n_sentences; o++) {
            float cosine =
                sentence_cosine(x, other, qs, &other->sentences[o], mark, (uint32_t)q + 1);
            if (cosine > best.cosine) best = (struct pair){q, o, cosine};
        }
        if (best.cosine < SENTENCE_LEAST) continue;
        size_t at = n++;
        for (; at > 0 && pairs[at - 1].cosine < best.cosine; at--) pairs[at] = pairs[at - 1];
        pairs[at] = best;
    }
    return n;
}

static size_t sentence_evidence(const struct explainer *x, const struct side *other,
                                struct arena *arena, struct evidence *out)
{
    struct pair *pairs = arena_alloc(arena, x->query.n_sentences + 1, sizeof *pairs);
    size_t n = sentence_pairs(x, other, pairs, arena), kept = 0;
    float sum = 0;
    size_t used[SENTENCES_SHOWN];
    for (size_t i = 0; i < n && kept < SENTENCES_SHOWN; i++) {
        bool again = false;
        for (size_t k = 0; k < kept; k++) again = again || used[k] == pairs[i].o;
        if (again) continue; /* one sentence of the other side is quoted once */
        const struct sentence *q = &x->query.sentences[pairs[i].q];
        const struct sentence *o = &other->sentences[pairs[i].o];
        out[kept] = evidence_of(x, EVIDENCE_SENTENCE, quote(&x->query, q->field, q->span, arena),
                                quote(other, o->field, o->span, arena), pairs[i].cosine);
        sum += pairs[i].cosine;
        used[kept++] = pairs[i].o;
    }
    for (size_t i = 0; i < kept && sum > 0; i++) out[i].weight /= sum;
    return kept;
}

size_t explainer_pair(struct explainer *x, const struct explain_source *source, struct arena *arena,
                      struct evidence **evidence)
{
    struct side other;
    read_side(x, source, false, arena, &other);
    weigh_sentences(x, &other);
    struct evidence *out = arena_alloc(arena, SENTENCES_SHOWN + TERMS_SHOWN, sizeof *out);
    size_t n = sentence_evidence(x, &other, arena, out);
    n += term_evidence(x, &other, arena, out + n);
    if (!n && x->query.n_sentences && other.n_sentences) {
        /* They meet in meaning only: the titles, which stand first, are what can be shown. */
        const struct sentence *q = x->query.sentences, *o = other.sentences;
        out[n++] = evidence_of(x, EVIDENCE_SENTENCE, quote(&x->query, q->field, q->span, arena),
                               quote(&other, o->field, o->span, arena), 1.0f);
    }
    *evidence = out;
    return n;
}

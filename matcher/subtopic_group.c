/* How alike texts are, by words and by meaning, and the groups that follow from it. */
#include "base/base.h"

#include "base/utf8.h"
#include "matcher/subtopic_impl.h"

#include <math.h>
#include <string.h>

static int compare_terms(const struct bag_term *a, const struct bag_term *b)
{
    int order = memcmp(a->term, b->term, MIN(a->len, b->len));
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* Single ideographs say little beside the pairs. */
static bool counts(const struct bag_term *t)
{
    return !term_is_ideograph(t->term, t->len);
}

static double shared(const struct bag *a, const struct bag *b)
{
    double sum = 0;
    for (size_t i = 0, k = 0; i < a->n && k < b->n;) {
        int order = compare_terms(&a->terms[i], &b->terms[k]);
        if (!order && counts(&a->terms[i])) sum++;
        i += order <= 0;
        k += order >= 0;
    }
    return sum;
}

static double size_of(const struct bag *a)
{
    double n = 0;
    for (size_t i = 0; i < a->n; i++) n += counts(&a->terms[i]);
    return n;
}

static void by_words(const char *const *texts, size_t n, struct analyzer *a, struct arena *arena,
                     double *out)
{
    struct bag *bags = arena_alloc(arena, n, sizeof *bags);
    for (size_t i = 0; i < n; i++) bags[i] = analyzer_bag(a, texts[i], arena);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k <= i; k++) {
            double both = sqrt(size_of(&bags[i]) * size_of(&bags[k]));
            out[i * n + k] = out[k * n + i] = both > 0 ? shared(&bags[i], &bags[k]) / both : 0;
        }
}

/* Cosines of vectors less their mean: texts of one challenge are all near each other (design §4).
 */
static int by_meaning(const char *const *texts, size_t n, struct embedder *e, struct arena *arena,
                      double *out, struct err *err)
{
    size_t dim = (size_t)embedder_dim(e);
    float *v = arena_alloc(arena, n * dim, sizeof *v);
    if (embedder_embed(e, EMBED_PASSAGE, texts, n, v, err)) return -1;
    for (size_t d = 0; d < dim; d++) {
        double mean = 0;
        for (size_t i = 0; i < n; i++) mean += (double)v[i * dim + d] / (double)n;
        for (size_t i = 0; i < n; i++) v[i * dim + d] -= (float)mean;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double dot = 0, a = 0, b = 0;
            for (size_t d = 0; d < dim; d++) {
                double x = (double)v[i * dim + d], y = (double)v[k * dim + d];
                dot += x * y;
                a += x * x;
                b += y * y;
            }
            out[i * n + k] = a > 0 && b > 0 ? dot / sqrt(a * b) : 0;
        }
    return 0;
}

int likeness_make(const char *const *texts, size_t n, struct analyzer *a, struct embedder *embedder,
                  struct arena *arena, struct likeness *out, struct err *err)
{
    *out = (struct likeness){.n = n};
    out->cosine = arena_alloc(arena, n * n, sizeof *out->cosine);
    by_words(texts, n, a, arena, out->cosine);
    if (!embedder) return 0;
    out->meaning = arena_alloc(arena, n * n, sizeof *out->meaning);
    return by_meaning(texts, n, embedder, arena, out->meaning, err);
}

/* ---- groups ---------------------------------------------------------------------------------- */

enum {
    GROUPED_MIN = 4, /* sentences: of fewer nothing can be said */
    GROUPED_MAX = 48,
    GROUPS_MAX = 5,
    SENTENCE_MIN = 8, /* letters */
    SENTENCE_MAX = 120
};

/* Groups nearer than this to each other are one; found by eye on the needs named in
 * tests/relevance/subtopics/README.md. Centred cosines of n texts have a mean of -1 / (n - 1). */
static const double NEAR_MEANING = -0.05, NEAR_WORDS = 0.06;

struct grouped {
    struct part parts[GROUPED_MAX];
    bool task[GROUPED_MAX];
    size_t group[GROUPED_MAX];
    size_t n;
};

static void collect(const struct reading *r, struct grouped *g)
{
    for (size_t i = 0; i < r->n_sentences && g->n < GROUPED_MAX; i++) {
        const struct sentence *s = &r->sentences[i];
        const struct folded *t = &r->fields[s->field].folded;
        size_t letters = span_letters(t, s->span);
        if (r->fields[s->field].field != FIELD_TEXT || s->base || !s->goal) continue;
        if (letters < SENTENCE_MIN || letters > SENTENCE_MAX) continue;
        if (span_is_aside(r, s->field, s->span)) continue;
        struct span deed;
        g->task[g->n] = span_deed(t, s->span, &deed);
        const char *title = title_make(r, s->field, g->task[g->n] ? deed : s->span);
        if (!title) continue;
        g->parts[g->n] = (struct part){
            .field = s->field, .span = span_trim(t, s->span), .title = title, .items = 1};
        g->group[g->n] = g->n;
        g->n++;
    }
}

/* Average linkage: the likeness of two groups is the mean over their pairs (Sokal and Michener,
 * 1958). */
static double linkage(const struct grouped *g, const double *like, size_t a, size_t b)
{
    double sum = 0;
    size_t pairs = 0;
    for (size_t i = 0; i < g->n; i++)
        for (size_t k = 0; k < g->n; k++)
            if (g->group[i] == a && g->group[k] == b) {
                sum += like[i * g->n + k];
                pairs++;
            }
    return pairs ? sum / (double)pairs : -1.0;
}

/* Joins the two nearest groups, the earliest of equals; false: none are near. */
static bool join_nearest(struct grouped *g, const double *like, double near)
{
    size_t best_a = 0, best_b = 0;
    double best = near;
    for (size_t a = 0; a < g->n; a++)
        for (size_t b = a + 1; b < g->n; b++) {
            if (g->group[a] != a || g->group[b] != b) continue;
            double l = linkage(g, like, a, b);
            if (l > best) {
                best = l;
                best_a = a;
                best_b = b;
            }
        }
    if (best_a == best_b) return false;
    for (size_t i = 0; i < g->n; i++)
        if (g->group[i] == best_b) g->group[i] = best_a;
    return true;
}

/* The part that stands for a group is its first sentence that says what is to be done. A sentence
 * alone is no group: over real needs such groups were hardly ever subtopics
 * (tests/relevance/subtopics/README.md). 0 unless every group stands for something. */
static size_t represent(const struct grouped *g, struct part *out)
{
    size_t n = 0;
    for (size_t a = 0; a < g->n; a++) {
        size_t members = 0, first = g->n;
        for (size_t i = a; i < g->n; i++) {
            members += g->group[i] == a;
            if (g->group[i] == a && g->task[i] && first == g->n) first = i;
        }
        if (!members) continue;
        if (members < 2 || first == g->n) return 0;
        out[n++] = g->parts[first];
    }
    return n;
}

size_t parts_grouped(const struct reading *r, struct analyzer *a, struct embedder *embedder,
                     struct part *out, bool *failed, struct err *err)
{
    struct grouped *g = arena_zalloc(r->arena, 1, sizeof *g);
    struct likeness like;
    *failed = false;
    collect(r, g);
    if (g->n < GROUPED_MIN) return 0;
    const char *texts[GROUPED_MAX];
    for (size_t i = 0; i < g->n; i++) {
        const struct health_field *f = &r->fields[g->parts[i].field];
        texts[i] = text_slice(f->text, f->len, g->parts[i].span, r->arena);
    }
    if (likeness_make(texts, g->n, a, embedder, r->arena, &like, err)) {
        *failed = true;
        return 0;
    }
    while (like.meaning ? join_nearest(g, like.meaning, NEAR_MEANING)
                        : join_nearest(g, like.cosine, NEAR_WORDS))
        ;
    size_t n = represent(g, out);
    return n >= 2 && n <= GROUPS_MAX ? n : 0;
}

/* How alike texts are, by words and by meaning. */
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

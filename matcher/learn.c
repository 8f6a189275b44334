/* learn.c - read upwards from learn_weights: judge (folds), choose_ridge, fit_all. */
#include "base/base.h"

#include "base/mem.h"
#include "base/vec.h"
#include "matcher/learn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEPTH = 10,
    RESAMPLES = 2000,
    STEPS_MAX = 50,
    SWEEPS_MAX = 200,
    DUELS_MAX = 1000,
    F = FEATURE_COUNT
};

const double learn_tolerance = 0.005;

/* From hardly any to all; the last keeps the old weights but for their size. */
static const double ridges[] = {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, INFINITY};
enum { RIDGES = ARRAY_LEN(ridges) };

/* Two rows of a need of which the first has the better grade. */
struct duel {
    uint32_t better, worse;
    float share; /* of its need: in proportion to the difference of the grades; the sum is 1 */
};

/* Needs: need i has rows [first[i], first[i + 1]) and duels [fought[i], fought[i + 1]). */
struct lists {
    struct arena arena;
    size_t n;
    size_t *first, *fought;
    const struct learn_pair **row;
    VEC(struct duel) duels;
    double floor;        /* the lowest grade of all: worth nothing */
    int *fold;           /* by need */
    int dim, feature[F]; /* the features that count */
    double prior[F];     /* their weights in force, by place in feature */
};

/* A set of folds, as bits. */
static bool in_set(const struct lists *l, size_t need, unsigned set)
{
    return set >> l->fold[need] & 1;
}

/* ---- the data -------------------------------------------------------------------------------- */

struct hashed {
    uint64_t hash;
    size_t need;
};

static int compare_hashed(const void *a, const void *b)
{
    const struct hashed *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return x->need < y->need ? -1 : x->need > y->need;
}

/* Folds of equal size, whatever the number of needs. */
static void deal_folds(struct lists *l, const struct learn_data *in)
{
    struct hashed *order = arena_alloc(&l->arena, l->n, sizeof *order);
    l->fold = arena_alloc(&l->arena, l->n, sizeof *l->fold);
    for (size_t i = 0; i < l->n; i++)
        order[i] = (struct hashed){in->hash[l->row[l->first[i]]->need], i};
    if (l->n) qsort(order, l->n, sizeof *order, compare_hashed);
    for (size_t i = 0; i < l->n; i++) l->fold[order[i].need] = (int)(i % LEARN_FOLDS);
}

/* Rows whose grades differ meet, an even sample of such pairs where there are many. */
static void add_duels(struct lists *l, size_t from, size_t to)
{
    size_t all = 0, seen = 0, begin = l->duels.len;
    double sum = 0;
    for (size_t i = from; i < to; i++)
        for (size_t k = from; k < to; k++) all += l->row[i]->grade > l->row[k]->grade;
    size_t stride = (all + DUELS_MAX - 1) / DUELS_MAX;
    for (size_t i = from; i < to; i++) {
        for (size_t k = from; k < to; k++) {
            float lead = l->row[i]->grade - l->row[k]->grade;
            if (!(lead > 0) || seen++ % stride != 0) continue;
            vec_push(&l->duels, (struct duel){(uint32_t)i, (uint32_t)k, lead});
            sum += (double)lead;
        }
    }
    for (size_t i = begin; i < l->duels.len; i++) l->duels.at[i].share /= (float)sum;
}

/* Takes the needs whose grades differ. */
static void lists_init(struct lists *l, const struct learn_data *in, const struct weights *w)
{
    *l = (struct lists){.floor = INFINITY};
    arena_init(&l->arena);
    l->first = arena_zalloc(&l->arena, in->n_pairs + 1, sizeof *l->first);
    l->fought = arena_zalloc(&l->arena, in->n_pairs + 1, sizeof *l->fought);
    l->row = arena_alloc(&l->arena, in->n_pairs, sizeof *l->row);
    for (size_t i = 0, end; i < in->n_pairs; i = end) {
        bool differ = false;
        size_t at = l->first[l->n];
        for (end = i; end < in->n_pairs && in->pairs[end].need == in->pairs[i].need; end++) {
            differ = differ || in->pairs[end].grade != in->pairs[i].grade;
            l->floor = MIN(l->floor, (double)in->pairs[end].grade);
        }
        if (!differ) continue;
        for (size_t k = i; k < end; k++) l->row[at++] = &in->pairs[k];
        add_duels(l, l->first[l->n], at);
        l->first[++l->n] = at;
        l->fought[l->n] = l->duels.len;
    }
    deal_folds(l, in);
    for (int f = 0; f < F; f++) {
        if (!feature_of_target((enum feature)f, in->target)) continue;
        l->prior[l->dim] = (double)w->of[f].weight;
        l->feature[l->dim++] = f;
    }
}

static void lists_free(struct lists *l)
{
    vec_free(&l->duels);
    arena_free(&l->arena);
}

static double score(const struct lists *l, const double *w, size_t row)
{
    double sum = 0;
    for (int i = 0; i < l->dim; i++) sum += w[i] * (double)l->row[row]->x[l->feature[i]];
    return sum;
}

/* ---- fitting --------------------------------------------------------------------------------- */

/* ln(1 + exp(-z)) without overflow. */
static double log_loss(double z)
{
    return z > 0 ? log1p(exp(-z)) : log1p(exp(z)) - z;
}

/* Scores of a need's rows, into by. */
static void score_need(const struct lists *l, const double *w, size_t need, double *by)
{
    for (size_t i = l->first[need]; i < l->first[need + 1]; i++) by[i] = score(l, w, i);
}

static double loss_of_need(const struct lists *l, const double *w, size_t need, double *by)
{
    double sum = 0;
    score_need(l, w, need, by);
    for (size_t i = l->fought[need]; i < l->fought[need + 1]; i++) {
        const struct duel *d = &l->duels.at[i];
        sum += (double)d->share * log_loss(by[d->better] - by[d->worse]);
    }
    return sum;
}

/* Mean loss over the needs of a set, without the ridge. */
static double loss_of(const struct lists *l, const double *w, unsigned set, double *by)
{
    double sum = 0, n = 0;
    for (size_t need = 0; need < l->n; need++) {
        if (!in_set(l, need, set)) continue;
        sum += loss_of_need(l, w, need, by);
        n++;
    }
    return n > 0 ? sum / n : 0;
}

/* Gradient and Hessian of the mean loss over the needs of a set. */
static void slope(const struct lists *l, const double *w, unsigned set, double *by, double g[F],
                  double h[F][F])
{
    double n = 0, x[F];
    memset(g, 0, F * sizeof *g);
    memset(h, 0, F * sizeof *h);
    for (size_t need = 0; need < l->n; need++) {
        if (!in_set(l, need, set)) continue;
        n++;
        score_need(l, w, need, by);
        for (size_t i = l->fought[need]; i < l->fought[need + 1]; i++) {
            const struct duel *d = &l->duels.at[i];
            const float *a = l->row[d->better]->x, *b = l->row[d->worse]->x;
            double p = 1 / (1 + exp(by[d->better] - by[d->worse]));
            double first = -(double)d->share * p, second = (double)d->share * p * (1 - p);
            for (int k = 0; k < l->dim; k++) x[k] = (double)(a[l->feature[k]] - b[l->feature[k]]);
            for (int k = 0; k < l->dim; k++) {
                g[k] += first * x[k];
                for (int m = 0; m <= k; m++) h[k][m] += second * x[k] * x[m];
            }
        }
    }
    for (int k = 0; k < l->dim; k++) {
        g[k] /= MAX(n, 1.0);
        for (int m = 0; m <= k; m++) h[m][k] = h[k][m] /= MAX(n, 1.0);
    }
}

/* The step that minimises g*s + s*h*s/2 with w + s >= 0, by coordinate descent. */
static void bounded_step(int dim, const double *w, const double g[F], double h[F][F],
                         double step[F])
{
    memset(step, 0, F * sizeof *step);
    for (int sweep = 0; sweep < SWEEPS_MAX; sweep++) {
        double moved = 0;
        for (int a = 0; a < dim; a++) {
            double slope_a = g[a], old = step[a];
            if (h[a][a] <= 1e-12) continue; /* says nothing: a feature that never differs */
            for (int b = 0; b < dim; b++) slope_a += h[a][b] * step[b];
            step[a] = MAX(old - slope_a / h[a][a], -w[a]);
            moved = MAX(moved, fabs(step[a] - old));
        }
        if (moved < 1e-10) break;
    }
}

static double penalty(int dim, const double *w, const double *prior, double ridge)
{
    double sum = 0;
    for (int a = 0; a < dim; a++) sum += (w[a] - prior[a]) * (w[a] - prior[a]);
    return ridge / 2 * sum;
}

/* Minimises loss + ridge/2 |w - prior|^2 over w >= 0, from the w given. */
static void descend(const struct lists *l, unsigned set, double ridge, const double *prior,
                    double *w, double *by)
{
    for (int i = 0; i < STEPS_MAX; i++) {
        double g[F], h[F][F], step[F], next[F], promised = 0, longest = 0;
        double now = loss_of(l, w, set, by) + penalty(l->dim, w, prior, ridge);
        slope(l, w, set, by, g, h);
        for (int a = 0; a < l->dim; a++) {
            g[a] += ridge * (w[a] - prior[a]);
            h[a][a] += ridge;
        }
        bounded_step(l->dim, w, g, h, step);
        for (int a = 0; a < l->dim; a++) {
            promised += g[a] * step[a];
            longest = MAX(longest, fabs(step[a]));
        }
        if (longest < 1e-7) return;
        double part = 1, then;
        do { /* backtrack until the step keeps some of what it promised */
            for (int a = 0; a < l->dim; a++) next[a] = MAX(w[a] + part * step[a], 0.0);
            then = loss_of(l, next, set, by) + penalty(l->dim, next, prior, ridge);
            part /= 2;
        } while (then > now + 1e-4 * part * promised && part > 1e-6);
        if (then >= now) return;
        memcpy(w, next, sizeof next);
    }
}

/* The size at which the old weights explain the grades best: one Newton search along them. */
static double size_of_prior(const struct lists *l, unsigned set, double *by)
{
    double size = 1, w[F] = {0};
    for (int i = 0; i < STEPS_MAX; i++) {
        double g[F], h[F][F], first = 0, second = 0;
        for (int a = 0; a < l->dim; a++) w[a] = size * l->prior[a];
        slope(l, w, set, by, g, h);
        for (int a = 0; a < l->dim; a++) {
            first += g[a] * l->prior[a];
            for (int b = 0; b < l->dim; b++) second += l->prior[a] * h[a][b] * l->prior[b];
        }
        if (second < 1e-12) break;
        double step = -first / second; /* at most a doubling or halving: the loss flattens out */
        double next = MIN(MAX(size + step, size / 2), 2 * size);
        if (next < 1e-6) return 0;
        if (fabs(next - size) < 1e-9 * size || next > 1e6) return next;
        size = next;
    }
    return size;
}

/* Weights from the needs of a set for every ridge, each started from the one before. */
static void fit_all(const struct lists *l, unsigned set, double w[RIDGES][F])
{
    double *by = mem_alloc(l->first[l->n] + 1, sizeof *by), prior[F] = {0}, size;
    size = size_of_prior(l, set, by);
    for (int a = 0; a < l->dim; a++) prior[a] = size * l->prior[a];
    memcpy(w[RIDGES - 1], prior, sizeof prior); /* INFINITY */
    for (int r = RIDGES - 1; r-- > 0;) {
        memcpy(w[r], w[r + 1], sizeof prior);
        descend(l, set, ridges[r], prior, w[r], by);
    }
    free(by);
}

/* The ridge with the least loss, fold by fold within a set; of equal ones the strongest. */
static int choose_ridge(const struct lists *l, unsigned set)
{
    double loss[RIDGES] = {0}, n = 0, w[RIDGES][F];
    double *by = mem_alloc(l->first[l->n] + 1, sizeof *by);
    for (int fold = 0; fold < LEARN_FOLDS; fold++) {
        if (!(set >> fold & 1)) continue;
        fit_all(l, set & ~(1u << fold), w);
        for (size_t need = 0; need < l->n; need++) {
            if (l->fold[need] != fold) continue;
            for (int r = 0; r < RIDGES; r++) loss[r] += loss_of_need(l, w[r], need, by);
            n++;
        }
    }
    int best = RIDGES - 1;
    for (int r = RIDGES - 1; r >= 0; r--)
        if (loss[r] < loss[best] - 1e-9 * n) best = r;
    free(by);
    return best;
}

/* ---- measures -------------------------------------------------------------------------------- */

struct ranked {
    double score, gain;
};

/* Best score first; of equal scores the worse grade, so that weights which tell nothing apart gain
 * nothing by it. */
static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->gain < y->gain ? -1 : x->gain > y->gain;
}

static int compare_gains(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return x->gain > y->gain ? -1 : x->gain < y->gain;
}

static double sum_gains(const struct ranked *r, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < MIN(n, (size_t)DEPTH); i++) sum += r[i].gain / log2((double)i + 2);
    return sum;
}

static double ndcg(const struct lists *l, size_t need, const double *by)
{
    size_t from = l->first[need], n = l->first[need + 1] - from;
    struct ranked *r = mem_alloc(n, sizeof *r);
    for (size_t i = 0; i < n; i++)
        r[i] = (struct ranked){by[from + i], exp2((double)l->row[from + i]->grade - l->floor) - 1};
    qsort(r, n, sizeof *r, compare_ranked);
    double got = sum_gains(r, n);
    qsort(r, n, sizeof *r, compare_gains);
    double ideal = sum_gains(r, n);
    free(r);
    return got / ideal; /* not 0: the grades differ, so one is above 0 */
}

/* The share of pairs of unequal grades that stand in the right order, equal scores counting half;
 * NaN when there are none. mixed: only pairs of a newcomer and another. */
static double order(const struct lists *l, size_t need, const double *by, bool mixed)
{
    double right = 0, all = 0;
    for (size_t i = l->first[need]; i < l->first[need + 1]; i++) {
        const struct learn_pair *a = l->row[i];
        for (size_t k = l->first[need]; k < l->first[need + 1]; k++) {
            const struct learn_pair *b = l->row[k];
            if (!(a->grade > b->grade) || (mixed && a->newcomer == b->newcomer)) continue;
            all++;
            right += by[i] > by[k] ? 1.0 : by[i] == by[k] ? 0.5 : 0.0;
        }
    }
    return all > 0 ? right / all : NAN;
}

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Means and the bootstrap interval of the difference, over n needs; NaN are left out. */
static struct learn_measure compare(const double *old, const double *new, size_t n)
{
    struct learn_measure m = {0};
    double *d = mem_alloc(n + 1, sizeof *d), *means = mem_alloc(RESAMPLES, sizeof *means);
    uint64_t state = 20190101;
    for (size_t i = 0; i < n; i++) {
        if (isnan(old[i]) || isnan(new[i])) continue;
        m.old += old[i];
        m.new += new[i];
        d[m.needs++] = new[i] - old[i];
    }
    for (int r = 0; r < RESAMPLES && m.needs; r++) {
        double sum = 0;
        for (size_t i = 0; i < m.needs; i++) sum += d[next_random(&state) % m.needs];
        means[r] = sum / (double)m.needs;
    }
    if (m.needs) {
        qsort(means, RESAMPLES, sizeof *means, compare_doubles);
        m.old /= (double)m.needs;
        m.new /= (double)m.needs;
        m.difference = m.new - m.old;
        m.low = means[RESAMPLES / 40];
        m.high = means[RESAMPLES - RESAMPLES / 40 - 1];
    }
    free(d);
    free(means);
    return m;
}

/* ---- judgement ------------------------------------------------------------------------------- */

/* Scores every need by weights that never saw its fold. */
static void score_out_of_fold(const struct lists *l, struct learn_fold folds[], double *by)
{
    for (int fold = 0; fold < LEARN_FOLDS; fold++) {
        unsigned others = ((1u << LEARN_FOLDS) - 1) & ~(1u << fold);
        double w[RIDGES][F];
        int ridge = choose_ridge(l, others);
        folds[fold].ridge = ridges[ridge];
        fit_all(l, others, w);
        for (size_t need = 0; need < l->n; need++)
            if (l->fold[need] == fold) score_need(l, w[ridge], need, by);
    }
}

/* by need, old and new */
struct figures {
    double *ndcg[2], *order[2], *newcomers[2];
};

static void sum_folds(const struct lists *l, const struct figures *f, struct learn_fold folds[])
{
    for (size_t need = 0; need < l->n; need++) {
        struct learn_fold *fold = &folds[l->fold[need]];
        fold->needs++;
        fold->ndcg_old += f->ndcg[0][need];
        fold->ndcg_new += f->ndcg[1][need];
        fold->order_old += f->order[0][need];
        fold->order_new += f->order[1][need];
    }
    for (int i = 0; i < LEARN_FOLDS; i++) {
        double n = (double)MAX(folds[i].needs, (size_t)1);
        folds[i].ndcg_old /= n;
        folds[i].ndcg_new /= n;
        folds[i].order_old /= n;
        folds[i].order_new /= n;
    }
}

static void judge(const struct lists *l, struct learn_result *out)
{
    struct arena arena;
    struct figures f;
    size_t rows = l->first[l->n];
    arena_init(&arena);
    double *by[2] = {arena_alloc(&arena, rows, sizeof(double)),
                     arena_alloc(&arena, rows, sizeof(double))};
    for (size_t i = 0; i < rows; i++) by[0][i] = (double)l->row[i]->old_score;
    score_out_of_fold(l, out->folds, by[1]);
    for (int k = 0; k < 2; k++) {
        f.ndcg[k] = arena_alloc(&arena, l->n, sizeof(double));
        f.order[k] = arena_alloc(&arena, l->n, sizeof(double));
        f.newcomers[k] = arena_alloc(&arena, l->n, sizeof(double));
        for (size_t need = 0; need < l->n; need++) {
            f.ndcg[k][need] = ndcg(l, need, by[k]);
            f.order[k][need] = order(l, need, by[k], false);
            f.newcomers[k][need] = order(l, need, by[k], true);
        }
    }
    out->ndcg = compare(f.ndcg[0], f.ndcg[1], l->n);
    out->order = compare(f.order[0], f.order[1], l->n);
    out->newcomers = compare(f.newcomers[0], f.newcomers[1], l->n);
    sum_folds(l, &f, out->folds);
    arena_free(&arena);
}

/* ---- size ------------------------------------------------------------------------------------ */

/* How far above the mean the best hundredth begins. */
static double reach_of(double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    qsort(x, n, sizeof *x, compare_doubles);
    return x[n - 1 - n / 100] - sum / (double)n;
}

/* The score that the built-in weights give a pair whose values were made with others. */
static double builtin_score(const struct lists *l, const struct weights *builtin,
                            const struct weights *current, const struct learn_pair *p)
{
    double sum = 0;
    for (int a = 0; a < l->dim; a++) {
        const struct feature_weight *b = &builtin->of[l->feature[a]];
        const struct feature_weight *c = &current->of[l->feature[a]];
        double raw = (double)p->x[l->feature[a]] * (double)c->scale + (double)c->mean;
        sum += (double)b->weight * (raw - (double)b->mean) / (double)b->scale;
    }
    return sum;
}

/* Brings w to the size of the built-in weights on unrelated pairs and writes it out; false when w
 * tells nothing apart there. */
static bool resize(const struct lists *l, const struct learn_data *in,
                   const struct weights *current, const double *w, struct learn_result *out)
{
    struct weights builtin;
    const struct learn_pair *pairs = in->n_background ? in->background : in->pairs;
    size_t n = in->n_background ? in->n_background : in->n_pairs;
    double *old = mem_zalloc(n, sizeof *old), *new = mem_zalloc(n, sizeof *new);
    weights_builtin(&builtin);
    for (size_t i = 0; i < n; i++) {
        old[i] = builtin_score(l, &builtin, current, &pairs[i]);
        for (int a = 0; a < l->dim; a++) new[i] += w[a] * (double)pairs[i].x[l->feature[a]];
    }
    out->reach = reach_of(old, n);
    double reach = reach_of(new, n), factor = out->reach / reach;
    free(old);
    free(new);
    if (out->reach < 1e-9 || reach < 1e-9) return false;
    for (int a = 0; a < l->dim; a++) out->of[l->feature[a]].weight = (float)(factor * w[a]);
    return true;
}

static enum learn_verdict verdict_of(const struct learn_result *r)
{
    if (r->needs == 0) return LEARN_NO_ORDER;
    if (r->pairs < LEARN_PAIRS_LEAST || r->needs < LEARN_NEEDS_LEAST) return LEARN_TOO_FEW;
    if (isinf(r->ridge) || r->ndcg.difference <= 1e-9) return LEARN_TIE;
    return r->ndcg.low > -learn_tolerance ? LEARN_BETTER : LEARN_UNSURE;
}

void learn_weights(const struct learn_data *in, const struct weights *current,
                   struct learn_result *out)
{
    struct lists l;
    double w[RIDGES][F] = {{0}};
    int ridge = RIDGES - 1;
    lists_init(&l, in, current);
    *out = (struct learn_result){.needs = l.n, .pairs = l.first[l.n]};
    memcpy(out->of, current->of, sizeof out->of);
    if (l.n) {
        unsigned all = (1u << LEARN_FOLDS) - 1;
        judge(&l, out);
        ridge = choose_ridge(&l, all);
        out->ridge = ridges[ridge];
        fit_all(&l, all, w);
    }
    out->verdict = verdict_of(out);
    bool fine = l.n && resize(&l, in, current, w[ridge], out);
    if (l.n && !fine && out->verdict != LEARN_TOO_FEW) out->verdict = LEARN_DEGENERATE;
    lists_free(&l);
}

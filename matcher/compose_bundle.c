/* A bundle method (Lemarechal, Nemirovskii, Nesterov: New variants of bundle methods, 1995). Each
 * evaluation of the bound gives a plane below it. The next prices are those nearest to the best
 * known where the greatest of the planes has fallen by a given part of the way to the target, the
 * value of the best solution: half of it at first, less after failures, more after successes. For
 * one reach (the multiplier of the distance) that is a small quadratic problem in weights of the
 * planes, solved by moving weight from the worst plane to the best.
 *
 * Plain and deflected subgradients were tried first. Where many candidates are nearly alike, all of
 * them want the same seats and prices zigzag: 50 rounds here reach what 200 did not. */
#include "base/base.h"

#include "matcher/compose_impl.h"

#include <math.h>
#include <string.h>

enum { PLANES = 30, SWAPS = 100, PATIENCE = 2, TRIES = 8 };

struct bundle {
    size_t n;       /* prices */
    double *centre; /* the best prices, and the bound there */
    double value;
    double *slope[PLANES], below[PLANES], weight[PLANES]; /* below: how far, at the centre */
    uint32_t set[PLANES][COMPOSE_MEMBERS], n_set[PLANES];
    int n_planes;
    double reach, promise; /* of the last move: its scale, and by how much the value might fall */
    double hope;           /* for the next one, as a part of what would settle it all */
    int failed;            /* moves in a row that did not improve */
    double *move;          /* centre less the next prices */
};

struct bundle *bundle_new(size_t n_prices, struct arena *arena)
{
    struct bundle *b = arena_zalloc(arena, 1, sizeof *b);
    b->n = n_prices;
    b->centre = arena_zalloc(arena, n_prices, sizeof *b->centre);
    b->move = arena_zalloc(arena, n_prices, sizeof *b->move);
    for (int j = 0; j < PLANES; j++)
        b->slope[j] = arena_zalloc(arena, n_prices, sizeof *b->slope[j]);
    return b;
}

void bundle_clear(struct bundle *b)
{
    b->n_planes = b->failed = 0;
    b->value = b->promise = INFINITY;
    b->reach = 0;
    b->hope = 0.5;
}

static double product(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++) sum += a[k] * b[k];
    return sum;
}

/* Makes these prices the centre. */
static void recentre(struct bundle *b, const double *price, double value)
{
    for (int j = 0; j < b->n_planes; j++) {
        double along = 0;
        for (size_t k = 0; k < b->n; k++) along += b->slope[j][k] * (price[k] - b->centre[k]);
        b->below[j] = MAX(b->below[j] + value - b->value - along, 0);
    }
    memcpy(b->centre, price, b->n * sizeof *price);
    b->value = value;
    b->failed = 0;
}

/* A place for one more plane: of those that count least the lowest makes room. */
static int place(struct bundle *b)
{
    if (b->n_planes < PLANES) return b->n_planes++;
    int at = 0;
    for (int j = 1; j < PLANES; j++)
        if (b->weight[j] < b->weight[at] ||
            (b->weight[j] == b->weight[at] && b->below[j] > b->below[at]))
            at = j;
    return at;
}

static void add_plane(struct bundle *b, const double *price, const struct point *p)
{
    double at_centre = p->value;
    for (size_t k = 0; k < b->n; k++) at_centre += p->slope[k] * (b->centre[k] - price[k]);
    int j = place(b);
    memcpy(b->slope[j], p->slope, b->n * sizeof *p->slope);
    memcpy(b->set[j], p->set, p->n_set * sizeof *p->set);
    b->n_set[j] = p->n_set;
    b->below[j] = MAX(b->value - at_centre, 0);
    b->weight[j] = 0;
    double sum = 0;
    for (int i = 0; i < b->n_planes; i++) sum += b->weight[i];
    if (sum <= 0) b->weight[j] = sum = 1;
    for (int i = 0; i < b->n_planes; i++) b->weight[i] /= sum;
}

/* Where the weights lead, prices staying at 0 or above. */
static void find_move(struct bundle *b)
{
    memset(b->move, 0, b->n * sizeof *b->move);
    for (int j = 0; j < b->n_planes; j++)
        for (size_t k = 0; k < b->n && b->weight[j] > 0; k++)
            b->move[k] += b->weight[j] * b->slope[j][k];
    for (size_t k = 0; k < b->n; k++) b->move[k] = MIN(b->move[k] * b->reach, b->centre[k]);
}

static void balance(struct bundle *b)
{
    for (int swap = 0; swap < SWAPS; swap++) {
        double worse[PLANES]; /* how far each plane is below the centre's value, after the move */
        int low = 0, high = -1;
        find_move(b);
        for (int j = 0; j < b->n_planes; j++) {
            worse[j] = b->below[j] + product(b->slope[j], b->move, b->n);
            if (worse[j] < worse[low]) low = j;
            if (b->weight[j] > 0 && (high < 0 || worse[j] > worse[high])) high = j;
        }
        double gap = worse[high] - worse[low], norm = 0;
        if (gap <= 1e-3 * fabs(worse[low]) + 1) break;
        for (size_t k = 0; k < b->n; k++) {
            double d = b->slope[high][k] - b->slope[low][k];
            norm += d * d;
        }
        double moved = norm > 0 ? MIN(gap / (b->reach * norm), b->weight[high]) : b->weight[high];
        b->weight[high] -= moved;
        b->weight[low] += moved;
    }
    find_move(b);
}

/* How far the planes let the value fall over the move. */
static double fall(const struct bundle *b)
{
    double least = INFINITY;
    for (int j = 0; j < b->n_planes; j++)
        least = MIN(least, b->below[j] + product(b->slope[j], b->move, b->n));
    return least;
}

/* The shortest move over which the value may fall by `hoped`, roughly; where no move is long
 * enough, a long one. */
static void reach_for(struct bundle *b, double hoped)
{
    balance(b);
    b->promise = fall(b);
    for (int tries = 0; tries < TRIES; tries++) {
        double before = b->promise, ratio = before > 0 ? hoped / before : 4;
        if (ratio > 0.7 && ratio < 1.5) break;
        b->reach *= MIN(MAX(ratio, 0.25), 4);
        balance(b);
        b->promise = fall(b);
        if (ratio > 1 && b->promise < 1.05 * before) break;
    }
}

double bundle_next(struct bundle *b, double *price, const struct point *p, double target)
{
    double norm = product(p->slope, p->slope, b->n);
    if (b->reach <= 0) b->reach = norm > 0 ? (p->value - target) / norm : 1;
    if (p->value < b->value) {
        if (b->value - p->value > 0.5 * b->promise) b->hope = MIN(2 * b->hope, 1);
        recentre(b, price, p->value);
    } else if (++b->failed == PATIENCE) {
        b->failed = 0;
        b->hope /= 2;
    }
    add_plane(b, price, p);
    reach_for(b, b->hope * (b->value - target));
    for (size_t k = 0; k < b->n; k++) price[k] = MAX(rint(b->centre[k] - b->move[k]), 0);
    return b->promise;
}

void bundle_shares(const struct bundle *b, double *share)
{
    for (int j = 0; j < b->n_planes; j++)
        for (uint32_t k = 0; k < b->n_set[j]; k++) share[b->set[j][k]] += b->weight[j];
}

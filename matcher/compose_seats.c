/* Seats of given members as a flow of greatest gain: source -> member (its load) -> the member on
 * a subtopic (1) -> seat (its gain) -> sink. Paths that gain most are added one by one as long as
 * they gain (successive shortest paths, e.g. Ahuja, Magnanti, Orlin: Network Flows, 1993, §9.7).
 * Whoever is displaced moves to another seat of the same subtopic, or frees a unit of its load. */
#include "base/base.h"

#include "matcher/compose_impl.h"

#include <math.h>

enum { SEATS = COMPOSE_SUBTOPICS * COMPOSE_SEATS, NOBODY = UINT8_MAX };

static const double seat_worth[COMPOSE_SEATS] = {10, 3, 1};

struct flow {
    const struct model *m;
    const uint32_t *members;
    uint32_t n, n_seats;
    uint8_t at[SEATS];            /* who sits there: number among members */
    uint64_t on[COMPOSE_MEMBERS]; /* bits of the subtopics it is on */
    uint32_t used[COMPOSE_MEMBERS];
    double to_member[COMPOSE_MEMBERS], to_seat[SEATS]; /* gain of the best way there */
    uint8_t member_from[COMPOSE_MEMBERS]; /* the seat it lost; NOBODY: it had load to spare */
    uint16_t seat_from[SEATS];            /* a member, or 256 + the seat its new holder left */
};

static double unit(const struct flow *f, uint32_t member, uint32_t subtopic)
{
    return f->m->unit[f->members[member] * f->m->stride + subtopic];
}

/* Everybody's best, if loads allow it. */
static bool seat_freely(struct flow *f)
{
    for (uint32_t t = 0; t < f->m->n_subtopics; t++) {
        uint8_t *at = &f->at[t * COMPOSE_SEATS];
        for (uint32_t i = 0; i < f->n; i++) {
            double u = unit(f, i, t);
            if (u <= 0 || !f->m->load[f->members[i]]) continue;
            int k = COMPOSE_SEATS;
            while (k > 0 && (at[k - 1] == NOBODY || unit(f, at[k - 1], t) < u)) k--;
            if (k == COMPOSE_SEATS) continue;
            for (int j = COMPOSE_SEATS - 1; j > k; j--) at[j] = at[j - 1];
            at[k] = (uint8_t)i;
        }
        for (int k = 0; k < COMPOSE_SEATS; k++)
            if (at[k] != NOBODY) f->used[at[k]]++;
    }
    for (uint32_t i = 0; i < f->n; i++)
        if (f->used[i] > f->m->load[f->members[i]]) return false;
    return true;
}

static bool from_member(struct flow *f, uint32_t i)
{
    bool changed = false;
    for (uint32_t t = 0; t < f->m->n_subtopics; t++) {
        double u = unit(f, i, t);
        if (u <= 0 || f->on[i] >> t & 1) continue;
        for (uint32_t k = 0; k < COMPOSE_SEATS; k++) {
            uint32_t q = t * COMPOSE_SEATS + k;
            double gain = f->to_member[i] + seat_worth[k] * u;
            if (gain <= f->to_seat[q]) continue;
            f->to_seat[q] = gain;
            f->seat_from[q] = (uint16_t)i;
            changed = true;
        }
    }
    return changed;
}

static bool from_seat(struct flow *f, uint32_t q)
{
    uint32_t j = f->at[q], t = q / COMPOSE_SEATS;
    double u = unit(f, j, t), left = f->to_seat[q] - seat_worth[q % COMPOSE_SEATS] * u;
    bool changed = false;
    if (left > f->to_member[j]) {
        f->to_member[j] = left;
        f->member_from[j] = (uint8_t)q;
        changed = true;
    }
    for (uint32_t k = 0; k < COMPOSE_SEATS; k++) {
        uint32_t other = t * COMPOSE_SEATS + k;
        if (other == q || left + seat_worth[k] * u <= f->to_seat[other]) continue;
        f->to_seat[other] = left + seat_worth[k] * u;
        f->seat_from[other] = (uint16_t)(256 + q);
        changed = true;
    }
    return changed;
}

/* The empty seat that the best way ends at; n_seats if no way gains. */
static uint32_t best_way(struct flow *f)
{
    for (uint32_t i = 0; i < f->n; i++) {
        f->to_member[i] = f->used[i] < f->m->load[f->members[i]] ? 0 : -INFINITY;
        f->member_from[i] = NOBODY;
    }
    for (uint32_t q = 0; q < f->n_seats; q++) f->to_seat[q] = -INFINITY;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < f->n; i++)
            if (f->to_member[i] > -INFINITY) changed |= from_member(f, i);
        for (uint32_t q = 0; q < f->n_seats; q++)
            if (f->at[q] != NOBODY && f->to_seat[q] > -INFINITY) changed |= from_seat(f, q);
    }
    uint32_t best = f->n_seats;
    for (uint32_t q = 0; q < f->n_seats; q++)
        if (f->at[q] == NOBODY && f->to_seat[q] > (best < f->n_seats ? f->to_seat[best] : 0))
            best = q;
    return best;
}

static void go(struct flow *f, uint32_t q)
{
    for (;;) {
        uint32_t from = f->seat_from[q];
        if (from >= 256) {
            f->at[q] = f->at[from - 256];
            q = from - 256;
            continue;
        }
        f->at[q] = (uint8_t)from;
        f->on[from] |= UINT64_C(1) << q / COMPOSE_SEATS;
        if (f->member_from[from] == NOBODY) {
            f->used[from]++;
            return;
        }
        q = f->member_from[from];
        f->on[from] &= ~(UINT64_C(1) << q / COMPOSE_SEATS);
    }
}

/* Ties of the flow leave equals in any order: the smaller key first. */
static void order_seats(struct flow *f)
{
    for (uint32_t t = 0; t < f->m->n_subtopics; t++) {
        uint8_t *at = &f->at[t * COMPOSE_SEATS];
        for (int k = 1; k < COMPOSE_SEATS; k++)
            for (int j = k; j > 0 && at[j] != NOBODY; j--) {
                bool before = at[j - 1] != NOBODY && (unit(f, at[j - 1], t) > unit(f, at[j], t) ||
                                                      (unit(f, at[j - 1], t) == unit(f, at[j], t) &&
                                                       f->members[at[j - 1]] < f->members[at[j]]));
                if (before) break;
                uint8_t swap = at[j];
                at[j] = at[j - 1];
                at[j - 1] = swap;
            }
    }
}

double seats_best(const struct model *m, const uint32_t *members, uint32_t n, uint32_t *seat)
{
    struct flow f = {.m = m, .members = members, .n = n};
    f.n_seats = m->n_subtopics * COMPOSE_SEATS;
    for (uint32_t q = 0; q < f.n_seats; q++) f.at[q] = NOBODY;
    if (!seat_freely(&f)) {
        for (uint32_t q = 0; q < f.n_seats; q++) f.at[q] = NOBODY;
        for (uint32_t i = 0; i < n; i++) f.used[i] = 0;
        for (uint32_t q; (q = best_way(&f)) < f.n_seats;) go(&f, q);
    }
    if (seat) order_seats(&f);
    double sum = 0;
    for (uint32_t q = 0; q < f.n_seats; q++) {
        if (f.at[q] != NOBODY)
            sum += seat_worth[q % COMPOSE_SEATS] * unit(&f, f.at[q], q / COMPOSE_SEATS);
        if (seat) seat[q] = f.at[q] == NOBODY ? UINT32_MAX : members[f.at[q]];
    }
    return sum;
}

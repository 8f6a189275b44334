/* Seats of given members as a flow of greatest gain: source -> member (its load) -> the member on
 * a subtopic (1) -> seat (its gain) -> sink. Members come one by one; each sends its load along
 * ways that gain most (successive shortest paths, e.g. Ahuja, Magnanti, Orlin: Network Flows, 1993,
 * ch. 9). On a way, whoever is displaced moves to another seat of the same subtopic, or has a unit
 * of load to spare again, which goes to another subtopic or stays unused. */
#include "base/base.h"

#include "matcher/compose_impl.h"

#include <math.h>
#include <string.h>

enum { SEATS = COMPOSE_SUBTOPICS * COMPOSE_SEATS, NOBODY = UINT8_MAX, MOVED = 256 };

static const double seat_worth[COMPOSE_SEATS] = {10, 3, 1};

double compose_seat_worth(size_t seat)
{
    return seat_worth[seat] / 10;
}

/* Ways from the newcomer. */
struct ways {
    double to_member[COMPOSE_MEMBERS], to_seat[SEATS]; /* gain of the best way there */
    uint8_t member_from[COMPOSE_MEMBERS];              /* the seat it lost; NOBODY: the newcomer */
    uint16_t seat_from[SEATS]; /* a member, or MOVED + the seat that its new holder left */
    bool member_new[COMPOSE_MEMBERS], seat_new[SEATS]; /* better than when last looked at */
};

static double unit(const struct seating *s, uint32_t member, uint32_t subtopic)
{
    return s->m->unit[s->members[member] * s->m->stride + subtopic];
}

void seating_init(struct seating *s, const struct model *m)
{
    s->m = m;
    s->n = 0;
    memset(s->at, NOBODY, sizeof s->at);
}

static bool from_member(const struct seating *s, struct ways *w, uint32_t i)
{
    bool changed = false;
    w->member_new[i] = false;
    for (uint32_t t = 0; t < s->m->n_subtopics; t++) {
        double u = unit(s, i, t);
        if (u <= 0 || s->on[i] >> t & 1) continue;
        for (uint32_t k = 0; k < COMPOSE_SEATS; k++) {
            uint32_t q = t * COMPOSE_SEATS + k;
            double gain = w->to_member[i] + seat_worth[k] * u;
            if (gain > w->to_seat[q]) {
                w->to_seat[q] = gain;
                w->seat_from[q] = (uint16_t)i;
                changed = w->seat_new[q] = true;
            }
            if (s->at[q] == NOBODY) break; /* seats fill from the first, and it is worth most */
        }
    }
    return changed;
}

static bool from_seat(const struct seating *s, struct ways *w, uint32_t q)
{
    w->seat_new[q] = false;
    if (s->at[q] == NOBODY) return false;
    uint32_t j = s->at[q], t = q / COMPOSE_SEATS;
    double u = unit(s, j, t), left = w->to_seat[q] - seat_worth[q % COMPOSE_SEATS] * u;
    bool changed = false;
    if (left > w->to_member[j]) {
        w->to_member[j] = left;
        w->member_from[j] = (uint8_t)q;
        changed = w->member_new[j] = true;
    }
    for (uint32_t k = 0; k < COMPOSE_SEATS; k++) {
        uint32_t other = t * COMPOSE_SEATS + k;
        if (other == q || left + seat_worth[k] * u <= w->to_seat[other]) continue;
        w->to_seat[other] = left + seat_worth[k] * u;
        w->seat_from[other] = (uint16_t)(MOVED + q);
        changed = w->seat_new[other] = true;
    }
    return changed;
}

static void find_ways(const struct seating *s, struct ways *w, uint32_t newcomer)
{
    uint32_t n_seats = s->m->n_subtopics * COMPOSE_SEATS;
    for (uint32_t i = 0; i < s->n; i++) w->to_member[i] = -INFINITY;
    for (uint32_t q = 0; q < n_seats; q++) w->to_seat[q] = -INFINITY;
    memset(w->member_new, 0, sizeof w->member_new);
    memset(w->seat_new, 0, sizeof w->seat_new);
    w->to_member[newcomer] = 0;
    w->member_from[newcomer] = NOBODY;
    w->member_new[newcomer] = true;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < s->n; i++)
            if (w->member_new[i]) changed |= from_member(s, w, i);
        for (uint32_t q = 0; q < n_seats; q++)
            if (w->seat_new[q]) changed |= from_seat(s, w, q);
    }
}

/* Along the way that leads to seat q, from its end. */
static void go(struct seating *s, const struct ways *w, uint32_t q)
{
    for (;;) {
        uint32_t from = w->seat_from[q];
        if (from >= MOVED) {
            s->at[q] = s->at[from - MOVED];
            q = from - MOVED;
            continue;
        }
        s->at[q] = (uint8_t)from;
        s->on[from] |= UINT64_C(1) << q / COMPOSE_SEATS;
        q = w->member_from[from];
        if (q == NOBODY) return;
        s->on[from] &= ~(UINT64_C(1) << q / COMPOSE_SEATS);
    }
}

double seating_add(struct seating *s, uint32_t candidate)
{
    uint32_t newcomer = s->n++, n_seats = s->m->n_subtopics * COMPOSE_SEATS;
    double sum = 0;
    s->members[newcomer] = candidate;
    s->on[newcomer] = 0;
    for (uint32_t l = 0; l < s->m->load[candidate]; l++) {
        struct ways w;
        find_ways(s, &w, newcomer);
        uint32_t seat = n_seats, idle = newcomer; /* where the best way ends */
        double best = 0;
        for (uint32_t q = 0; q < n_seats; q++)
            if (s->at[q] == NOBODY && w.to_seat[q] > best) best = w.to_seat[seat = q];
        for (uint32_t i = 0; i < newcomer; i++)
            if (w.to_member[i] > best) best = w.to_member[idle = i];
        if (best <= 0) break;
        sum += best;
        if (idle != newcomer) {
            seat = w.member_from[idle];
            s->on[idle] &= ~(UINT64_C(1) << seat / COMPOSE_SEATS);
        }
        go(s, &w, seat);
    }
    return sum;
}

/* Ties leave equals in any order: the smaller key first. */
static void order_seats(const struct seating *s, uint8_t *at, uint32_t t)
{
    for (int k = 1; k < COMPOSE_SEATS; k++)
        for (int j = k; j > 0 && at[j] != NOBODY; j--) {
            if (at[j - 1] != NOBODY) {
                double before = unit(s, at[j - 1], t), here = unit(s, at[j], t);
                if (before > here || (before == here && s->members[at[j - 1]] < s->members[at[j]]))
                    break;
            }
            uint8_t swap = at[j];
            at[j] = at[j - 1];
            at[j - 1] = swap;
        }
}

void seating_read(struct seating *s, uint32_t *seat)
{
    for (uint32_t t = 0; t < s->m->n_subtopics; t++) {
        uint8_t *at = &s->at[t * COMPOSE_SEATS];
        order_seats(s, at, t);
        for (int k = 0; k < COMPOSE_SEATS; k++)
            *seat++ = at[k] == NOBODY ? UINT32_MAX : s->members[at[k]];
    }
}

double seats_at_most(const struct model *m, const uint32_t *members, uint32_t n)
{
    double sum = 0;
    for (uint32_t t = 0; t < m->n_subtopics; t++) {
        double first = 0, second = 0, third = 0;
        for (uint32_t i = 0; i < n; i++) {
            double u = m->load[members[i]] ? m->unit[members[i] * m->stride + t] : 0;
            double low = MIN(first, u), lowest = MIN(second, low);
            first = MAX(first, u);
            second = MAX(second, low);
            third = MAX(third, lowest);
        }
        sum += first * seat_worth[0] + second * seat_worth[1] + third * seat_worth[2];
    }
    return sum;
}

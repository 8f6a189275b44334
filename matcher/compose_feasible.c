#include "base/base.h"

#include "matcher/compose_impl.h"

/* The demand that is hardest to meet; n_rows if all are met. */
static uint32_t unmet(const struct state *s)
{
    uint32_t best = s->m->n_rows;
    for (uint32_t r = 0; r < s->m->n_rows; r++) {
        const struct row *row = &s->m->rows[r];
        if (!row->at_least || s->off[r] || s->row_in[r] >= row->bound) continue;
        if (best == s->m->n_rows || s->row_free[r] < s->row_free[best]) best = r;
    }
    return best;
}

/* Meets the most demands; of these, is in the fewest other constraints. */
static uint32_t most_helpful(const struct state *s, uint32_t r)
{
    const struct model *m = s->m;
    uint32_t best = UINT32_MAX, best_meets = 0, best_binds = 0;
    for (uint32_t x = 0; x < m->rows[r].n; x++) {
        uint32_t i = m->rows[r].members[x], meets = 0, binds = 0;
        if (s->status[i] != DECISION_FREE) continue;
        for (uint32_t y = m->row_start[i]; y < m->row_start[i + 1]; y++) {
            uint32_t other = m->row_of[y];
            if (!m->rows[other].at_least)
                binds++;
            else
                meets += s->row_in[other] < m->rows[other].bound;
        }
        if (best != UINT32_MAX &&
            (meets < best_meets || (meets == best_meets && binds >= best_binds)))
            continue;
        best = i;
        best_meets = meets;
        best_binds = binds;
    }
    return best;
}

/* What i could not do, nobody can who counts for no more and is bound by no less. */
static bool rule_out(struct state *s, uint32_t r, uint32_t i)
{
    if (!state_decide(s, i, DECISION_OUT)) return false;
    for (uint32_t x = 0; x < s->m->rows[r].n; x++) {
        uint32_t j = s->m->rows[r].members[x];
        if (s->status[j] == DECISION_FREE && model_row_dominates(s->m, i, j) &&
            !state_decide(s, j, DECISION_OUT))
            return false;
    }
    return true;
}

enum verdict feasible(struct state *s, size_t *effort)
{
    uint32_t r = unmet(s), start = s->n_trail;
    if (r == s->m->n_rows) return VERDICT_YES;
    for (uint32_t i; (i = most_helpful(s, r)) != UINT32_MAX;) {
        if (*effort == 0) {
            state_undo(s, start);
            return VERDICT_UNKNOWN;
        }
        --*effort;
        uint32_t before = s->n_trail;
        enum verdict v = VERDICT_NO;
        if (state_decide(s, i, DECISION_IN)) v = feasible(s, effort);
        if (v == VERDICT_YES) return v;
        state_undo(s, before);
        if (v == VERDICT_UNKNOWN) {
            state_undo(s, start);
            return v;
        }
        if (!rule_out(s, r, i)) break;
        if (s->row_in[r] < s->m->rows[r].bound) continue;
        v = feasible(s, effort); /* what was implied met it */
        if (v != VERDICT_YES) state_undo(s, start);
        return v;
    }
    state_undo(s, start);
    return VERDICT_NO;
}

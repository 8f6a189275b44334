/* What rules of calls for solvers say about a need on a day. */
#include "base/base.h"

#include "matcher/health_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REFERENCE, HOME };

static const struct rule_entry {
    struct health_rule rule;
    enum rule_kind kind;
    double number;
} table[] = {
#define RULE(id, kind, number, scope, from, until, programme_zh, programme_en, clause_zh,          \
             clause_en, source, ask_zh, ask_en)                                                    \
    {{id,                                                                                          \
      scope,                                                                                       \
      kind >= SAYS_INDICATOR,                                                                      \
      from,                                                                                        \
      until,                                                                                       \
      {programme_zh, programme_en},                                                                \
      {clause_zh, clause_en},                                                                      \
      {ask_zh, ask_en},                                                                            \
      source,                                                                                      \
      RULE_UNKNOWN},                                                                               \
     kind,                                                                                         \
     number},
#include "matcher/health_rules.def"
#undef RULE
};

const char *rule_status_name(enum rule_status s)
{
    static const char *const names[] = {"met", "unmet", "unknown"};
    return names[s];
}

enum rule_kind rule_kind_of(const struct health_rule *rule)
{
    size_t i = 0;
    while (strcmp(table[i].rule.id, rule->id) != 0) i++;
    return table[i].kind;
}

/* ---- dates ----------------------------------------------------------------------------------- */

struct day {
    int year, month, day;
};

static struct day read_day(const char *date)
{
    struct day d = {0, 12, 31};
    char *end;
    d.year = (int)strtol(date, &end, 10);
    if (*end == '-') d.month = (int)strtol(end + 1, &end, 10);
    if (*end == '-') d.day = (int)strtol(end + 1, &end, 10);
    return d;
}

bool date_is_past(const char *date, const char *on)
{
    struct day a = read_day(date), b = read_day(on);
    if (a.year != b.year) return a.year < b.year;
    if (a.month != b.month) return a.month < b.month;
    return a.day < b.day;
}

int months_between(const char *on, const char *date)
{
    struct day a = read_day(on), b = read_day(date);
    return (b.year - a.year) * 12 + b.month - a.month + (b.day > a.day);
}

/* ---- figures and words ----------------------------------------------------------------------- */

static enum rule_status at_most(double x, double most)
{
    if (isnan(x) || isnan(most)) return RULE_UNKNOWN;
    return x <= most ? RULE_MET : RULE_UNMET;
}

static bool says(const struct reading *r, enum health_class class)
{
    for (size_t i = 0; i < r->n_fields; i++) {
        const struct folded *t = &r->fields[i].folded;
        struct span w = word_within(t, (struct span){0, (uint32_t)t->n}, class);
        if (w.begin < w.end) return true;
    }
    return false;
}

/* What a need has to say it may say in a field of its own, in its text, or in how it wants to
 * cooperate. */
static enum rule_status said(const struct health_query *q, const struct reading *r, bool in_field,
                             enum health_class class)
{
    bool found =
        in_field || says(r, class) || mentions(q->need->value[FIELD_COOPERATION], class, r->arena);
    return found ? RULE_MET : RULE_UNMET;
}

static enum rule_status evaluate(const struct rule_entry *e, const struct health_query *q,
                                 const struct reading *r)
{
    const char *deadline = q->need->value[FIELD_DEADLINE];
    double own = record_number(q->need, FIELD_BUDGET_WAN, NAN);
    switch (e->kind) {
    case GRANT_MAX: return at_most(q->grant_wan, e->number);
    case OWN_RATIO: return at_most(q->grant_wan * e->number, own);
    case SOLVER_SHARE: return at_most(q->grant_wan * e->number, q->solver_wan);
    case MONTHS_MAX:
        return deadline ? at_most(months_between(q->on, deadline), e->number) : RULE_UNKNOWN;
    case SAYS_INDICATOR: return r->n_required ? RULE_MET : RULE_UNMET;
    case SAYS_GOAL: return said(q, r, q->need->value[FIELD_TARGETS] != NULL, CLASS_SAYS_GOAL);
    case SAYS_TERM: return said(q, r, deadline != NULL, CLASS_SAYS_TERM);
    case SAYS_IP: return said(q, r, false, CLASS_SAYS_IP);
    case SAYS_MONEY: return said(q, r, !isnan(own), CLASS_SAYS_MONEY);
    case SAYS_SOLVER: return said(q, r, false, CLASS_SAYS_SOLVER);
    }
    return RULE_UNKNOWN;
}

void rules_judge(const struct health_query *q, const struct reading *r, struct arena *arena,
                 struct health *h)
{
    h->rules = arena_alloc(arena, ARRAY_LEN(table), sizeof *h->rules);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct health_rule *rule = &table[i].rule;
        if (strcmp(q->on, rule->valid_from) < 0) continue;
        if (rule->valid_until && strcmp(q->on, rule->valid_until) > 0) continue;
        h->rules[h->n_rules] = *rule;
        h->rules[h->n_rules++].status = evaluate(&table[i], q, r);
    }
}

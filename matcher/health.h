/* health.h - a need's health: is it one that somebody else can answer, and if not, what to ask.
 *
 * Most raw needs are not ready: the firm has not said what it works with, what is wrong and what is
 * to be reached. A diagnosis looks for five elements (health_words.def), for measurable indicators
 * (indicator.h), for wishes without a figure, solutions without a problem, several problems in one,
 * research that is years from a product, and for what must not stand in a text that others read
 * (leak.h). Each finding (health_findings.def) comes with the question that settles it. Rules of
 * calls for solvers are dated data (health_rules.def).
 *
 * Words and rules, no model: the same text gives the same findings, and each can be pointed at. How
 * often they are right: tests/relevance/health/README.md. */
#ifndef HN_MATCHER_HEALTH_H
#define HN_MATCHER_HEALTH_H

#include "corpus/record.h"
#include "index/text.h"

enum element {
    ELEMENT_MATERIALS, /* what it is made of, or works on */
    ELEMENT_METHODS,
    ELEMENT_EFFICACY, /* what is to be reached */
    ELEMENT_PRODUCTS,
    ELEMENT_APPLICATIONS,
    ELEMENT_COUNT,
    ELEMENT_NONE = ELEMENT_COUNT
};
const char *element_name(enum element e); /* "materials" "methods" ... ; NULL for ELEMENT_NONE */

enum severity { SEVERITY_MUST, SEVERITY_SHOULD, SEVERITY_MAY };
const char *severity_name(enum severity s); /* "must" "should" "may" */

enum health_result { HEALTH_READY, HEALTH_NEEDS_WORK, HEALTH_LONG_TERM };
const char *health_result_name(enum health_result r); /* "ready" "needs_work" "long_term" */

enum finding_code {
#define FINDING(id, code, severity, element, title_zh, title_en, ask_zh, ask_en, bare_zh, bare_en) \
    FINDING_##id,
#include "matcher/health_findings.def"
#undef FINDING
    FINDING_CODES
};

/* Words of one of the need's fields. */
struct health_quote {
    enum field field; /* FIELD_COUNT: the finding is about no field */
    struct span span; /* code points of the field; empty: the field as a whole */
    const char *text; /* exactly those, in the arena; NULL when span is empty */
};

struct finding {
    enum finding_code code;
    enum severity severity;
    struct health_quote quote;
};

struct finding_info {
    const char *code; /* stable: "no_materials" */
    enum element element;
    const char *title[LANG_COUNT];
};
const struct finding_info *finding_info(enum finding_code code);
/* The question to ask, in arena or a literal. see: may the reader see the words it is about? */
const char *finding_question(const struct finding *f, enum lang lang, bool see,
                             struct arena *arena);

/* A rule of a call for solvers, as it applies to the need on the day. */
enum rule_status { RULE_MET, RULE_UNMET, RULE_UNKNOWN };
const char *rule_status_name(enum rule_status s); /* "met" "unmet" "unknown" */

struct health_rule {
    const char *id;
    bool home;    /* binds needs of this city; otherwise shown for reference */
    bool by_text; /* settled by what the text says, not by figures */
    const char *valid_from, *valid_until; /* dates; valid_until NULL: open */
    const char *programme[LANG_COUNT], *clause[LANG_COUNT], *question[LANG_COUNT];
    const char *source;
    enum rule_status status;
};

enum { ELEMENT_QUOTES_MAX = 3, FINDINGS_MAX = 80 };

struct health {
    enum health_result result;
    bool bidding; /* the need is put up for solvers: unmet rules of the city count */
    struct {
        bool stated;
        size_t n;
        struct health_quote quotes[ELEMENT_QUOTES_MAX];
    } elements[ELEMENT_COUNT];
    size_t n_indicators; /* measurable requirements */
    size_t n_findings;
    struct finding findings[FINDINGS_MAX]; /* most severe first, then in order of their place */
    size_t n_rules;
    struct health_rule *rules; /* those valid on the day, in order of the table */
};

struct health_query {
    const struct record *need; /* any of its fields may be absent, the title too */
    /* Support asked for and cash for the solver, in 10,000 yuan; NAN: not said. */
    double grant_wan, solver_wan;
    const char *on;      /* the day, YYYY-MM-DD */
    uint64_t unreadable; /* bit 1 << field: something stands there that is no value of the field */
};

/* Diagnoses a need into *out, everything in arena. Time is linear in its texts; elements and
 * indicators are looked for in the first 20 000 code points of each, leaks everywhere.
 * Thread-safe. */
void health_diagnose(const struct health_query *q, struct arena *arena, struct health *out);

#endif

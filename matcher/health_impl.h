/* health_impl.h - what the files of a diagnosis share: the need as it is read, its rules and its
 * items. Private to matcher/health*.c and call_draft.c; the way in is health.h. */
#ifndef HN_MATCHER_HEALTH_IMPL_H
#define HN_MATCHER_HEALTH_IMPL_H

#include "matcher/health.h"
#include "matcher/health_text.h"

enum { HEALTH_FIELDS = 4 };

/* A field of free text, its first 20 000 code points. */
struct health_field {
    enum field field;
    const char *text; /* not terminated */
    size_t len;
    struct folded folded;
};

struct sentence {
    size_t field; /* of reading.fields */
    struct span span;
    bool goal;   /* says what is wanted */
    bool headed; /* stands below a heading that says so, or in a field that is for it */
    bool base;   /* says what the firm is and has */
    bool past;   /* says how things are now, or what the world is like: no requirement */
};

/* A measurable requirement. */
struct required {
    size_t field;
    struct span span, quantity;
    bool must; /* as in struct indicator */
};

struct reading {
    struct arena *arena;
    struct health_field fields[HEALTH_FIELDS];
    size_t n_fields, n_sentences, n_required;
    struct sentence *sentences;
    struct required *required;
    size_t length; /* code points that are no blanks, of all but the title */
};

/* Reads title, text, key technology and targets of a need. */
void reading_make(const struct record *need, struct arena *arena, struct reading *r);

/* Does the text (NULL: nothing) hold a word of the class? */
bool mentions(const char *text, enum health_class class, struct arena *arena);

/* Of a list of problems, two of which share no word with each other, the title or any other: the
 * later of the two, as a field of the reading and a span. False: none. */
bool unrelated_item(const struct reading *r, size_t *field, struct span *item);

/* Dates are YYYY, YYYY-MM or YYYY-MM-DD; the shorter ones mean their last day. */
bool date_is_past(const char *date, const char *on);
/* Months from the day `on` to the date, counted up. */
int months_between(const char *on, const char *date);

/* What a rule is about, as health_rules.def says; from SAYS_INDICATOR on what a call must state. */
enum rule_kind {
    GRANT_MAX,
    OWN_RATIO,
    SOLVER_SHARE,
    MONTHS_MAX,
    SAYS_INDICATOR,
    SAYS_GOAL,
    SAYS_TERM,
    SAYS_IP,
    SAYS_MONEY,
    SAYS_SOLVER
};

/* Of a rule that rules_judge made. */
enum rule_kind rule_kind_of(const struct health_rule *rule);
/* Fills h->rules. */
void rules_judge(const struct health_query *q, const struct reading *r, struct arena *arena,
                 struct health *h);

#endif

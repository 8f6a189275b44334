/* call_draft.h - a first draft of a call for solvers, made from an item of the bottleneck list.
 *
 * Nothing is invented: the goal is what the item says is wanted, or requires a figure of; the
 * indicators are those it states, word for word. What it does not say (term, money, ownership,
 * conditions for solvers) stays empty, with the question to ask and the rules of such calls
 * (health_rules.def) that bear on it. The draft is a need's: to be edited, diagnosed (health.h) and
 * published as one. */
#ifndef HN_MATCHER_CALL_DRAFT_H
#define HN_MATCHER_CALL_DRAFT_H

#include "matcher/health.h"

enum call_part {
#define CALL_PART(id, name, zh, en, ask_zh, ask_en, rules) CALL_##id,
#define CALL_WORD(id, zh, en)
#include "matcher/call_draft.def"
#undef CALL_PART
#undef CALL_WORD
    CALL_PARTS
};
const char *call_part_name(enum call_part part); /* "goal" "indicators" "deadline" ... */

struct call_entry {
    const char *label[LANG_COUNT], *question[LANG_COUNT];
    const char **texts; /* the item's own words; none: to be answered */
    size_t n_texts;
    const struct health_rule **rules; /* valid on the day */
    size_t n_rules;
};

struct call_draft {
    struct call_entry parts[CALL_PARTS];
    /* The need it would be. */
    const char *title, *text, *targets; /* text, targets: NULL where the item says nothing */
    const char *chain, *cooperation;    /* chain: NULL where the item has none */
};

/* item: a bottleneck item. on: the day, YYYY-MM-DD. Headings are in the language of the item.
 * Everything in arena or borrowed from the item. Thread-safe; the analyzer is the caller's own. */
void call_draft_make(struct analyzer *a, const struct record *item, const char *on,
                     struct arena *arena, struct call_draft *out);

#endif

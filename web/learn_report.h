/* learn_report.h - what `learn` found, for people to read. */
#ifndef HN_WEB_LEARN_REPORT_H
#define HN_WEB_LEARN_REPORT_H

#include "matcher/replay.h"
#include "web/cli.h"

/* What became of newly learned weights, worst first where several hold. */
enum learn_outcome {
    OUTCOME_UNCHECKED, /* nothing was learned: see the verdict */
    OUTCOME_REFUSED,   /* not better: see the verdict */
    OUTCOME_LEXICAL,   /* better, but learned without the model */
    OUTCOME_DRY,       /* better; --dry-run or --out */
    OUTCOME_FORCED,    /* not better, yet taken */
    OUTCOME_TAKEN
};

/* One kind of target: its weights are learned apart. */
struct learn_part {
    bool present; /* there are pairs */
    size_t pairs, needs;
    struct learn_result result;
    enum learn_outcome outcome;
};

struct learn_story {
    const struct strings *files;
    size_t introductions, unknown, contradictions;
    struct learn_part capabilities, orgs;
    struct weights old, learned;
    struct replay_comparison levels; /* of stored needs, by old and learned weights; n 0: none */
};

/* One line: installed or not, and why. target names the part. */
void learn_report_outcome(const struct learn_part *part, enum kind target, enum lang lang,
                          struct str *out);
/* All of it, as Markdown. Equal for equal input. */
void learn_report(const struct learn_story *story, enum lang lang, struct str *out);

#endif

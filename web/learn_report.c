#include "base/base.h"

#include "web/learn_report.h"
#include "web/messages.h"

#include <math.h>

/* Appends a catalogue message. */
#define SAY(out, lang, ...)                                                                        \
    do {                                                                                           \
        char text_[1024];                                                                          \
        str_adds((out), msg_render(text_, sizeof text_, (lang), __VA_ARGS__));                     \
    } while (0)

static void say_target(enum kind target, enum lang lang, struct str *out)
{
    if (target == KIND_ORG)
        SAY(out, lang, MSG_LEARN_ORGS);
    else
        SAY(out, lang, MSG_LEARN_CAPABILITIES);
}

static void say_verdict(const struct learn_result *r, enum lang lang, struct str *out)
{
    switch (r->verdict) {
    case LEARN_TOO_FEW:
        SAY(out, lang, MSG_LEARN_TOO_FEW, r->pairs, r->needs, (int)LEARN_PAIRS_LEAST,
            (int)LEARN_NEEDS_LEAST);
        break;
    case LEARN_NO_ORDER: SAY(out, lang, MSG_LEARN_NO_ORDER); break;
    case LEARN_DEGENERATE: SAY(out, lang, MSG_LEARN_DEGENERATE); break;
    case LEARN_TIE: SAY(out, lang, MSG_LEARN_TIE, r->ndcg.difference); break;
    case LEARN_UNSURE:
        SAY(out, lang, MSG_LEARN_UNSURE, r->ndcg.difference, r->ndcg.low, r->ndcg.high,
            -learn_tolerance);
        break;
    case LEARN_BETTER:
        SAY(out, lang, MSG_LEARN_BETTER, r->ndcg.difference, r->ndcg.low, r->ndcg.high);
        break;
    }
}

void learn_report_outcome(const struct learn_part *part, enum kind target, enum lang lang,
                          struct str *out)
{
    say_target(target, lang, out);
    switch (part->outcome) {
    case OUTCOME_TAKEN: SAY(out, lang, MSG_LEARN_TAKEN); break;
    case OUTCOME_FORCED: SAY(out, lang, MSG_LEARN_FORCED); break;
    case OUTCOME_DRY: SAY(out, lang, MSG_LEARN_DRY); break;
    case OUTCOME_LEXICAL: SAY(out, lang, MSG_LEARN_LEXICAL); break;
    case OUTCOME_UNCHECKED:
    case OUTCOME_REFUSED: SAY(out, lang, MSG_LEARN_REFUSED); break;
    }
    say_verdict(&part->result, lang, out);
    str_addc(out, '\n');
}

static void measure_row(const struct learn_measure *m, struct str *out)
{
    if (m->needs)
        str_addf(out, " | %zu | %.4f | %.4f | %+.4f | %+.4f … %+.4f |\n", m->needs, m->old, m->new,
                 m->difference, m->low, m->high);
    else
        str_adds(out, " | 0 | – | – | – | – |\n");
}

static void say_ridge(double ridge, enum lang lang, struct str *out)
{
    if (isinf(ridge))
        SAY(out, lang, MSG_LEARN_RIDGE_ALL);
    else
        str_addf(out, "%g", ridge);
}

static void part_section(const struct learn_part *part, enum kind target, enum lang lang,
                         struct str *out)
{
    const struct learn_result *r = &part->result;
    str_adds(out, "\n## ");
    say_target(target, lang, out);
    str_adds(out, "\n\n");
    SAY(out, lang, MSG_LEARN_USABLE, part->pairs, part->needs, r->pairs, r->needs);
    str_adds(out, "\n\n**");
    learn_report_outcome(part, target, lang, out);
    out->len--; /* the line break goes behind the stars */
    str_adds(out, "**\n");
    if (!r->needs) return;
    str_adds(out, "\n");
    SAY(out, lang, MSG_LEARN_MEASURES);
    str_adds(out, "\n|---|--:|--:|--:|--:|---|\n| nDCG@10");
    measure_row(&r->ndcg, out);
    str_adds(out, "| ");
    SAY(out, lang, MSG_LEARN_ORDER);
    measure_row(&r->order, out);
    str_adds(out, "| ");
    SAY(out, lang, MSG_LEARN_NEWCOMERS);
    measure_row(&r->newcomers, out);
    str_adds(out, "\n");
    SAY(out, lang, MSG_LEARN_FOLDS);
    str_adds(out, "\n|--:|--:|--:|--:|--:|--:|--:|\n");
    for (int i = 0; i < LEARN_FOLDS; i++) {
        const struct learn_fold *f = &r->folds[i];
        str_addf(out, "| %d | %zu | ", i + 1, f->needs);
        say_ridge(f->ridge, lang, out);
        str_addf(out, " | %.4f | %.4f | %.4f | %.4f |\n", f->ndcg_old, f->ndcg_new, f->order_old,
                 f->order_new);
    }
    str_adds(out, "\n");
    SAY(out, lang, MSG_LEARN_SIZE, r->reach);
    str_addc(out, ' ');
    SAY(out, lang, MSG_LEARN_RIDGE);
    say_ridge(r->ridge, lang, out);
    str_addc(out, '\n');
}

static void weights_section(const struct learn_story *story, enum lang lang, struct str *out)
{
    str_adds(out, "\n## ");
    SAY(out, lang, MSG_LEARN_WEIGHTS);
    str_adds(out, "\n\n");
    SAY(out, lang, MSG_LEARN_WEIGHTS_HEAD);
    str_adds(out, "\n|---|--:|--:|\n");
    for (int f = 0; f < FEATURE_COUNT; f++) {
        const struct feature_weight *o = &story->old.of[f], *n = &story->learned.of[f];
        str_addf(out, "| %s | %.4f | %.4f |\n", feature_name((enum feature)f), (double)o->weight,
                 (double)n->weight);
    }
    str_addf(out, "\n`%s` → `%s`\n", story->old.id, story->learned.id);
}

static void levels_section(const struct learn_story *story, enum lang lang, struct str *out)
{
    const struct replay_summary *sum = &story->levels.sum;
    if (!story->levels.n) return;
    str_adds(out, "\n## ");
    SAY(out, lang, MSG_LEARN_LEVELS);
    str_adds(out, "\n\n");
    SAY(out, lang, MSG_LEARN_LEVELS_TEXT, sum->needs, sum->up, sum->down);
    str_adds(out, "\n\n| | strong | good | weak | none |\n|---|--:|--:|--:|--:|\n");
    for (int k = 0; k < 2; k++) {
        str_adds(out, "| ");
        if (k)
            SAY(out, lang, MSG_LEARN_NEW);
        else
            SAY(out, lang, MSG_LEARN_OLD);
        for (int l = LEVEL_STRONG; l >= LEVEL_NONE; l--) str_addf(out, " | %zu", sum->levels[k][l]);
        str_adds(out, " |\n");
    }
}

void learn_report(const struct learn_story *story, enum lang lang, struct str *out)
{
    str_adds(out, "# ");
    SAY(out, lang, MSG_LEARN_TITLE);
    str_adds(out, "\n\n");
    for (size_t i = 0; i < story->files->len; i++) str_addf(out, "- %s\n", story->files->at[i]);
    str_adds(out, "- ");
    SAY(out, lang, MSG_LEARN_INPUT, story->introductions, story->unknown, story->contradictions);
    str_adds(out, "\n");
    if (story->capabilities.present) part_section(&story->capabilities, KIND_CAPABILITY, lang, out);
    if (story->orgs.present) part_section(&story->orgs, KIND_ORG, lang, out);
    weights_section(story, lang, out);
    levels_section(story, lang, out);
}

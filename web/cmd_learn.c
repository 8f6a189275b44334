/* cmd_learn.c - weights from graded pairs and outcomes, installed only where they do better. */
#include "base/base.h"

#include "base/clock.h"
#include "base/file.h"
#include "matcher/weights.h"
#include "web/commands.h"
#include "web/learn_report.h"
#include "web/messages.h"
#include "web/study.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREVIOUS_FILE "weights.previous.tsv"

enum { LEVELS_NEEDS = 300 }; /* stored needs whose levels are compared */

struct learn_args {
    const char *data, *report, *out, *model;
    struct strings pairs;
    bool introductions, force, dry_run, undo;
};

struct learning {
    const struct cli *cli;
    const struct learn_args *args;
    struct study study;
    struct learn_story story;
    struct weights taken; /* what is installed: old but for the parts that are taken */
    struct arena arena;
};

static int parse_args(struct learn_args *a, int argc, char **argv, struct err *err)
{
    const struct option options[] = {
        {.name = "data", .type = OPTION_STRING, .to = &a->data},
        {.name = "pairs", .type = OPTION_LIST, .to = &a->pairs},
        {.name = "introductions", .type = OPTION_FLAG, .to = &a->introductions},
        {.name = "report", .type = OPTION_STRING, .to = &a->report},
        {.name = "out", .type = OPTION_STRING, .to = &a->out},
        {.name = "force", .type = OPTION_FLAG, .to = &a->force},
        {.name = "dry-run", .type = OPTION_FLAG, .to = &a->dry_run},
        {.name = "undo", .type = OPTION_FLAG, .to = &a->undo},
        {.name = "model", .type = OPTION_STRING, .to = &a->model},
    };
    if (cli_parse(options, ARRAY_LEN(options), argc, argv, NULL, err)) return -1;
    if (a->undo == (a->pairs.len > 0 || a->introductions))
        return err_set(err, ERR_USAGE, MSG_USAGE_LEARN);
    return 0;
}

/* ---- learning -------------------------------------------------------------------------------- */

static struct progress progress(const struct learning *l)
{
    struct progress bar;
    char label[64];
    progress_init(&bar, l->cli->lang, msg_render(label, sizeof label, l->cli->lang, MSG_MATCHING),
                  0);
    return bar;
}

static int examples(struct learning *l, enum kind target, const struct weights *w,
                    struct learn_data *data, struct err *err)
{
    struct study *st = &l->study;
    struct progress bar = progress(l);
    matcher_use_weights(st->backend.matcher, w);
    int rc = graded_examples(&st->known, target, st->backend.matcher, st->snapshot, st->analyzer,
                             &bar, &l->arena, data, err);
    progress_end(&bar);
    return rc;
}

/* Organisations are scored through their capabilities. Where those have new weights, the values to
 * learn from are made with them, and what is to be beaten is still the old score. */
static int examples_of_orgs(struct learning *l, struct learn_data *data, struct err *err)
{
    struct learn_data old;
    if (examples(l, KIND_ORG, &l->taken, data, err)) return -1;
    if (strcmp(l->taken.id, l->story.old.id) == 0) return 0;
    if (examples(l, KIND_ORG, &l->story.old, &old, err)) return -1;
    struct learn_pair *pairs = arena_alloc(&l->arena, data->n_pairs, sizeof *pairs);
    struct learn_pair *others = arena_alloc(&l->arena, data->n_background, sizeof *others);
    for (size_t i = 0; i < data->n_pairs; i++) {
        pairs[i] = data->pairs[i];
        pairs[i].old_score = old.pairs[i].old_score;
    }
    for (size_t i = 0; i < data->n_background; i++) {
        others[i] = data->background[i];
        others[i].old_score = old.background[i].old_score;
    }
    data->pairs = pairs;
    data->background = others;
    return 0;
}

static enum learn_outcome outcome(const struct learning *l, const struct learn_result *r)
{
    bool nothing = memcmp(r->of, l->taken.of, sizeof r->of) == 0; /* even --force cannot help */
    bool dry = l->args->dry_run || l->args->out;
    if (nothing) return OUTCOME_UNCHECKED;
    if (r->verdict != LEARN_BETTER && !l->args->force) return OUTCOME_REFUSED;
    if (!l->study.backend.embedder && !l->args->force) return OUTCOME_LEXICAL;
    if (dry) return r->verdict == LEARN_BETTER ? OUTCOME_DRY : OUTCOME_REFUSED;
    return r->verdict == LEARN_BETTER ? OUTCOME_TAKEN : OUTCOME_FORCED;
}

static void take(struct weights *w, const struct learn_result *r, enum kind target)
{
    for (int f = 0; f < FEATURE_COUNT; f++)
        if (feature_of_target((enum feature)f, target)) w->of[f] = r->of[f];
    weights_identify(w);
}

static int learn_part(struct learning *l, enum kind target, struct learn_part *part,
                      struct err *err)
{
    const struct graded_set *known = &l->study.known;
    struct learn_data data;
    const struct record *last = NULL;
    for (size_t i = 0; i < known->pairs.len; i++) {
        if (known->pairs.at[i].target != target) continue;
        part->present = true;
        part->pairs++;
        part->needs += known->pairs.at[i].need != last;
        last = known->pairs.at[i].need;
    }
    if (!part->present) return 0;
    int rc = target == KIND_ORG ? examples_of_orgs(l, &data, err)
                                : examples(l, target, &l->story.old, &data, err);
    if (rc) return -1;
    learn_weights(&data, &l->taken, &part->result);
    part->outcome = outcome(l, &part->result);
    take(&l->story.learned, &part->result, target);
    if (part->outcome >= OUTCOME_DRY) take(&l->taken, &part->result, target);
    return 0;
}

/* The levels of stored needs by the old and the learned weights: they should not jump. */
static int compare_levels(struct learning *l, struct err *err)
{
    struct study *st = &l->study;
    struct ranking rankings[2];
    const struct weights *w[2] = {&l->story.old, &l->story.learned};
    if (strcmp(w[0]->id, w[1]->id) == 0) return 0;
    for (int k = 0; k < 2; k++) {
        struct progress bar = progress(l);
        matcher_use_weights(st->backend.matcher, w[k]);
        int rc = replay_rank(st->backend.matcher, st->snapshot, st->analyzer, &st->known,
                             KIND_CAPABILITY, LEVELS_NEEDS, &bar, &l->arena, &rankings[k], err);
        progress_end(&bar);
        if (rc) return -1;
    }
    replay_compare(&rankings[0], &rankings[1], st->snapshot, &st->known, &l->arena,
                   &l->story.levels);
    return 0;
}

static int learn(struct learning *l, struct err *err)
{
    struct learn_story *story = &l->story;
    const struct learn_args *a = l->args;
    if (study_open(&l->study, l->cli, a->data, a->model, &a->pairs,
                   a->introductions ? INTRODUCTIONS_GRADED : INTRODUCTIONS_NONE, err))
        return -1;
    matcher_weights(l->study.backend.matcher, &story->old);
    l->taken = story->learned = story->old;
    story->files = &a->pairs;
    story->introductions = l->study.introductions;
    story->unknown = l->study.known.unknown;
    story->contradictions = l->study.known.contradictions;
    if (learn_part(l, KIND_CAPABILITY, &story->capabilities, err)) return -1;
    if (learn_part(l, KIND_ORG, &story->orgs, err)) return -1;
    return compare_levels(l, err);
}

/* ---- files ----------------------------------------------------------------------------------- */

static const char *in_data(struct arena *arena, const char *dir, const char *file)
{
    return arena_printf(arena, "%s/%s", dir, file);
}

/* A file of weights that says where they come from. */
static int write_weights(struct learning *l, const struct weights *w, const char *path,
                         struct err *err)
{
    char stamp[CLOCK_STAMP_BYTES], text[600];
    const struct learn_story *story = &l->story;
    struct str out;
    str_init(&out);
    str_addf(&out, "# %s\n",
             msg_render(text, sizeof text, l->cli->lang, MSG_LEARN_COMMENT, clock_stamp(stamp),
                        HONGNIANG_VERSION, story->capabilities.pairs, story->capabilities.needs,
                        story->orgs.pairs, story->orgs.needs, story->introductions));
    for (size_t i = 0; i < story->files->len; i++) {
        size_t from = out.len;
        str_addf(&out, "# %s\n", story->files->at[i]);
        for (; from + 1 < out.len; from++)
            if ((unsigned char)out.data[from] < 0x20) out.data[from] = ' ';
    }
    weights_print(w, &out);
    int rc = file_replace(path, out.data, out.len, err);
    str_free(&out);
    return rc;
}

/* The weights in force become the previous ones; without a file of them, none. */
static int keep_previous(const char *now, const char *previous, struct err *err)
{
    if (access(now, F_OK) != 0) {
        if (unlink(previous) == 0 || errno == ENOENT) return 0;
        return err_set(err, ERR_IO, MSG_FILE_WRITE, previous, strerror(errno));
    }
    struct str text;
    str_init(&text);
    int rc = file_read(now, 1 << 20, &text, err);
    if (rc == 0) rc = file_replace(previous, text.data, text.len, err);
    str_free(&text);
    return rc;
}

static int install(struct learning *l, struct err *err)
{
    const char *now = in_data(&l->arena, l->args->data, WEIGHTS_FILE);
    const char *previous = in_data(&l->arena, l->args->data, PREVIOUS_FILE);
    if (keep_previous(now, previous, err)) return -1;
    return write_weights(l, &l->taken, now, err);
}

/* Exchanges the weights in force and the previous ones; either may be the built-in ones, which have
 * no file. */
static int undo(const struct cli *cli, const struct learn_args *a, struct err *err)
{
    struct arena arena;
    struct str text;
    struct weights w;
    int rc = -1;
    arena_init(&arena);
    str_init(&text);
    const char *now = in_data(&arena, a->data, WEIGHTS_FILE);
    const char *previous = in_data(&arena, a->data, PREVIOUS_FILE);
    bool any = access(now, F_OK) == 0, before = access(previous, F_OK) == 0;
    if (!any && !before) {
        err_set(err, ERR_NOT_FOUND, MSG_LEARN_NOTHING_TO_UNDO, a->data);
    } else if (!before) {
        rc = rename(now, previous);
    } else if (weights_read(previous, &w, err) || file_read(previous, 1 << 20, &text, err)) {
        goto out;
    } else if (!any) {
        rc = rename(previous, now);
    } else {
        rc = keep_previous(now, previous, err) || file_replace(now, text.data, text.len, err);
    }
    if (rc && !err->kind) err_set(err, ERR_IO, MSG_FILE_WRITE, now, strerror(errno));
    if (rc == 0 && before) msg_print(cli->lang, MSG_LEARN_UNDONE, w.id);
    if (rc == 0 && !before) msg_print(cli->lang, MSG_LEARN_UNDONE_BUILTIN);
out:
    str_free(&text);
    arena_free(&arena);
    return rc ? -1 : 0;
}

/* ---- saying ---------------------------------------------------------------------------------- */

static void announce(const struct learning *l, bool installed)
{
    const struct learn_part *const parts[] = {&l->story.capabilities, &l->story.orgs};
    struct str text;
    str_init(&text);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (parts[i]->present)
            learn_report_outcome(parts[i], i ? KIND_ORG : KIND_CAPABILITY, l->cli->lang, &text);
    fputs(text.data, stderr);
    str_free(&text);
    if (!parts[0]->present && !parts[1]->present) msg_print(l->cli->lang, MSG_LEARN_NO_PAIRS);
    if (installed) msg_print(l->cli->lang, MSG_LEARN_INSTALLED, l->taken.id);
}

static int publish(struct learning *l, struct err *err)
{
    const struct learn_args *a = l->args;
    struct str report;
    bool taken =
        l->story.capabilities.outcome >= OUTCOME_FORCED || l->story.orgs.outcome >= OUTCOME_FORCED;
    int rc = 0;
    str_init(&report);
    learn_report(&l->story, l->cli->lang, &report);
    if (a->out) rc = write_weights(l, &l->story.learned, a->out, err);
    if (rc == 0 && taken) rc = install(l, err);
    if (rc == 0 && a->report) rc = file_replace(a->report, report.data, report.len, err);
    if (rc == 0 && !a->report) rc = cli_write(&report, err) || cli_flush(err) ? -1 : 0;
    if (rc == 0) announce(l, taken);
    str_free(&report);
    return rc;
}

int cmd_learn(const struct cli *cli, int argc, char **argv)
{
    struct learn_args a = {.data = "data"};
    struct learning l = {.cli = cli, .args = &a};
    struct err err = {0};
    arena_init(&l.arena);
    int rc = parse_args(&a, argc, argv, &err);
    if (rc == 0 && a.undo)
        rc = undo(cli, &a, &err);
    else if (rc == 0)
        rc = learn(&l, &err) || publish(&l, &err) ? -1 : 0;
    study_close(&l.study);
    arena_free(&l.arena);
    vec_free(&a.pairs);
    return rc ? cli_fail(cli, &err) : EXIT_DONE;
}

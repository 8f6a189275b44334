/* cmd_replay.c - what would change for the stored needs: other weights now, or today's program
 * against a ranking that was saved before. */
#include "base/base.h"

#include "base/file.h"
#include "matcher/replay.h"
#include "matcher/weights.h"
#include "web/commands.h"
#include "web/json.h"
#include "web/messages.h"
#include "web/study.h"
#include "web/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RANKING_MAX = 1 << 30 };

struct replay_args {
    const char *data, *weights, *save, *against, *target, *format, *model;
    struct strings pairs;
};

struct replaying {
    const struct cli *cli;
    const struct replay_args *args;
    enum format format;
    enum kind target;
    struct study study;
    struct ranking before, after;
    struct replay_comparison changes;
    struct arena arena;
    struct str out;
};

static int parse_args(struct replaying *r, struct replay_args *a, int argc, char **argv,
                      struct err *err)
{
    const struct option options[] = {
        {.name = "data", .type = OPTION_STRING, .to = &a->data},
        {.name = "weights", .type = OPTION_STRING, .to = &a->weights},
        {.name = "save", .type = OPTION_STRING, .to = &a->save},
        {.name = "against", .type = OPTION_STRING, .to = &a->against},
        {.name = "pairs", .type = OPTION_LIST, .to = &a->pairs},
        {.name = "target", .type = OPTION_STRING, .to = &a->target},
        {.name = "format", .type = OPTION_STRING, .to = &a->format},
        {.name = "model", .type = OPTION_STRING, .to = &a->model},
    };
    if (cli_parse(options, ARRAY_LEN(options), argc, argv, NULL, err)) return -1;
    if (cli_format(a->format, &r->format, err)) return -1;
    r->target = a->target ? kind_by_name(a->target) : KIND_CAPABILITY;
    if (r->target != KIND_CAPABILITY && r->target != KIND_ORG)
        return err_set(err, ERR_USAGE, MSG_USAGE_TARGET, a->target);
    bool fine = a->save ? !a->against : a->weights || a->against;
    return fine ? 0 : err_set(err, ERR_USAGE, MSG_USAGE_REPLAY);
}

/* ---- ranking --------------------------------------------------------------------------------- */

static int rank(struct replaying *r, const struct weights *w, struct ranking *out, struct err *err)
{
    struct study *st = &r->study;
    struct progress bar;
    char label[64];
    matcher_use_weights(st->backend.matcher, w);
    progress_init(&bar, r->cli->lang, msg_render(label, sizeof label, r->cli->lang, MSG_MATCHING),
                  0);
    int rc = replay_rank(st->backend.matcher, st->snapshot, st->analyzer, &st->known, r->target, 0,
                         &bar, &r->arena, out, err);
    progress_end(&bar);
    return rc;
}

static int save(struct replaying *r, struct err *err)
{
    replay_print(&r->after, &r->out);
    int rc = file_replace(r->args->save, r->out.data, r->out.len, err);
    str_clear(&r->out);
    if (rc == 0) msg_print(r->cli->lang, MSG_REPLAY_SAVED, r->after.n, r->args->save);
    return rc;
}

static int read_saved(struct replaying *r, struct err *err)
{
    struct str text;
    str_init(&text);
    int rc = file_read(r->args->against, RANKING_MAX, &text, err);
    if (rc == 0 && strlen(text.data) != text.len)
        rc = err_set(err, ERR_INVALID, MSG_REPLAY_BINARY, r->args->against);
    if (rc == 0) rc = replay_parse(r->args->against, text.data, &r->arena, &r->before, err);
    if (rc == 0 && r->before.target != r->target)
        rc = err_set(err, ERR_INVALID, MSG_REPLAY_TARGET, r->args->against,
                     kind_plural(r->before.target));
    str_free(&text);
    return rc;
}

/* Before: what was saved, or the weights in force. After: the weights given, or those in force. */
static int rank_both(struct replaying *r, struct err *err)
{
    const struct replay_args *a = r->args;
    struct weights now, candidate;
    if (a->weights && weights_read(a->weights, &candidate, err)) return -1;
    if (a->against && read_saved(r, err)) return -1; /* before the work begins */
    if (study_open(&r->study, r->cli, a->data, a->model, &a->pairs, INTRODUCTIONS_ALL, err))
        return -1;
    matcher_weights(r->study.backend.matcher, &now);
    if (rank(r, a->weights ? &candidate : &now, &r->after, err)) return -1;
    if (a->save) return save(r, err);
    if (!a->against && rank(r, &now, &r->before, err)) return -1;
    replay_compare(&r->before, &r->after, r->study.snapshot, &r->study.known, &r->arena,
                   &r->changes);
    return 0;
}

/* ---- what people read ------------------------------------------------------------------------ */

static double percent(size_t part, size_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* The summary, a sentence a line. */
static void summarise(const struct replaying *r, struct str *out)
{
    const struct replay_summary *s = &r->changes.sum;
    enum lang lang = r->cli->lang;
    char text[1024];
#define SAY(...) str_addf(out, "%s\n", msg_render(text, sizeof text, lang, __VA_ARGS__))
    SAY(MSG_REPLAY_COMPARED, s->needs, r->before.weights, r->after.weights);
    if (s->only[0] || s->only[1]) SAY(MSG_REPLAY_ONLY, s->only[0], s->only[1]);
    SAY(MSG_REPLAY_TOP, s->unchanged, s->needs, percent(s->same, MAX(s->shown[0], s->shown[1])));
    SAY(MSG_REPLAY_LEVELS, s->levels[0][LEVEL_STRONG] + s->levels[0][LEVEL_GOOD],
        s->levels[1][LEVEL_STRONG] + s->levels[1][LEVEL_GOOD], s->good_won, s->good_lost, s->up,
        s->down);
    if (s->fits)
        SAY(MSG_REPLAY_FITS, s->fits, s->fits_top[0], s->fits_top[1], s->fits_rank[0],
            s->fits_rank[1]);
    else
        SAY(MSG_REPLAY_NO_FITS);
    if (isnan(s->newcomer_rank[0]))
        SAY(MSG_REPLAY_NO_NEWCOMERS);
    else
        SAY(MSG_REPLAY_NEWCOMERS, percent(s->newcomers[0], s->shown[0]),
            percent(s->newcomers[1], s->shown[1]), 100 * s->newcomer_rank[0],
            100 * s->newcomer_rank[1]);
#undef SAY
}

/* ---- records --------------------------------------------------------------------------------- */

static const char *title_of(const struct replaying *r, enum kind kind, const char *uid)
{
    uint32_t ord = snapshot_find(r->study.snapshot, kind, uid);
    return ord == UINT32_MAX ? "" : record_title(snapshot_record(r->study.snapshot, kind, ord));
}

/* A rank, or null. */
static void json_rank(struct json *j, const char *key, size_t rank)
{
    json_key(j, key);
    if (rank)
        json_int(j, (int64_t)rank);
    else
        json_null(j);
}

static void json_both(struct json *j, const char *key, size_t before, size_t after)
{
    json_key(j, key);
    json_object(j);
    json_member_int(j, "before", (int64_t)before);
    json_member_int(j, "after", (int64_t)after);
    json_end_object(j);
}

static void json_both_reals(struct json *j, const char *key, double before, double after)
{
    json_key(j, key);
    json_object(j);
    json_member_double(j, "before", before);
    json_member_double(j, "after", after);
    json_end_object(j);
}

static void json_change(const struct replaying *r, struct json *j, const struct replay_change *c)
{
    json_object(j);
    json_member(j, "kind", kind_name(c->kind));
    json_member(j, "id", c->uid);
    json_member(j, "title", title_of(r, c->kind, c->uid));
    json_key(j, "level");
    json_object(j);
    json_member(j, "before", match_level_name(c->level[0]));
    json_member(j, "after", match_level_name(c->level[1]));
    json_end_object(j);
    json_both(j, "shown", c->shown[0], c->shown[1]);
    json_member_int(j, "same", (int64_t)c->same);
    json_both(j, "newcomers", c->newcomers[0], c->newcomers[1]);
    json_both_reals(j, "newcomer_rank", c->newcomer_rank[0], c->newcomer_rank[1]);
    json_key(j, "graded");
    json_array(j);
    for (size_t i = 0; i < c->n_graded; i++) {
        json_object(j);
        json_member(j, "id", c->graded[i].uid);
        json_key(j, "grade");
        if (c->graded[i].grade == GRADE_NONE)
            json_null(j);
        else
            json_float(j, c->graded[i].grade);
        json_rank(j, "before", c->graded[i].rank[0]);
        json_rank(j, "after", c->graded[i].rank[1]);
        json_end_object(j);
    }
    json_end_array(j);
    json_end_object(j);
}

static void json_summary(const struct replaying *r, struct json *j)
{
    const struct replay_summary *s = &r->changes.sum;
    json_object(j);
    json_member(j, "target", kind_plural(r->target));
    json_key(j, "weights");
    json_object(j);
    json_member(j, "before", r->before.weights);
    json_member(j, "after", r->after.weights);
    json_end_object(j);
    json_member_int(j, "needs", (int64_t)s->needs);
    json_both(j, "only", s->only[0], s->only[1]);
    json_key(j, "levels");
    json_object(j);
    for (int l = LEVEL_STRONG; l >= LEVEL_NONE; l--)
        json_both(j, match_level_name((enum match_level)l), s->levels[0][l], s->levels[1][l]);
    json_end_object(j);
    json_member_int(j, "up", (int64_t)s->up);
    json_member_int(j, "down", (int64_t)s->down);
    json_member_int(j, "good_won", (int64_t)s->good_won);
    json_member_int(j, "good_lost", (int64_t)s->good_lost);
    json_member_int(j, "unchanged", (int64_t)s->unchanged);
    json_both(j, "shown", s->shown[0], s->shown[1]);
    json_member_int(j, "same", (int64_t)s->same);
    json_both(j, "newcomers", s->newcomers[0], s->newcomers[1]);
    json_both_reals(j, "newcomer_rank", s->newcomer_rank[0], s->newcomer_rank[1]);
    json_member_int(j, "fits", (int64_t)s->fits);
    json_both(j, "fits_top", s->fits_top[0], s->fits_top[1]);
    json_both_reals(j, "fits_rank", s->fits_rank[0], s->fits_rank[1]);
    json_end_object(j);
}

static void json_all(struct replaying *r)
{
    struct json j;
    bool lines = r->format == FORMAT_JSONL;
    json_init(&j, &r->out);
    if (!lines) {
        json_object(&j);
        json_key(&j, "summary");
        json_summary(r, &j);
        json_key(&j, "needs");
        json_array(&j);
    }
    for (size_t i = 0; i < r->changes.n; i++) {
        if (lines) json_init(&j, &r->out);
        json_change(r, &j, &r->changes.needs[i]);
        if (lines) str_addc(&r->out, '\n');
    }
    if (lines) return;
    json_end_array(&j);
    json_end_object(&j);
    str_addc(&r->out, '\n');
}

/* ---- tables ---------------------------------------------------------------------------------- */

static const char *const table_head[] = {
    "need",         "title",        "level_before",     "level_after",
    "top10_same",   "top10_before", "newcomers_before", "newcomers_after",
    "graded_ranks",
};

/* "cap-3 12>4": what was introduced or graded 2 or more, places before and after; "?" where it is
 * not known. */
static void graded_cell(const struct replay_change *c, struct str *cell)
{
    str_clear(cell);
    for (size_t i = 0; i < c->n_graded; i++) {
        const struct replay_graded *g = &c->graded[i];
        if (g->grade < 2 && g->grade != GRADE_NONE) continue;
        str_addf(cell, "%s%s ", cell->len ? "; " : "", g->uid);
        for (int k = 0; k < 2; k++) {
            if (k) str_addc(cell, '>');
            if (g->rank[k])
                str_addf(cell, "%zu", g->rank[k]);
            else
                str_addc(cell, '?');
        }
    }
}

/* CSV: all needs. The table for people: those whose level or first ten changed. */
static void table_all(struct replaying *r)
{
    struct table t;
    struct str cell;
    table_init(&t, table_head, ARRAY_LEN(table_head));
    str_init(&cell);
    for (size_t i = 0; i < r->changes.n; i++) {
        const struct replay_change *c = &r->changes.needs[i];
        bool changed = c->level[0] != c->level[1] || c->same < MAX(c->shown[0], c->shown[1]);
        if (r->format == FORMAT_TABLE && !changed) continue;
        graded_cell(c, &cell);
        table_add(&t, c->uid);
        table_add(&t, title_of(r, c->kind, c->uid));
        table_add(&t, match_level_name(c->level[0]));
        table_add(&t, match_level_name(c->level[1]));
        table_addf(&t, "%zu", c->same);
        table_addf(&t, "%zu", c->shown[0]);
        table_addf(&t, "%zu", c->newcomers[0]);
        table_addf(&t, "%zu", c->newcomers[1]);
        table_add(&t, cell.data);
    }
    if (r->format == FORMAT_CSV)
        csv_table(&t, &r->out);
    else
        table_print(&t, &r->out);
    str_free(&cell);
    table_free(&t);
}

static int print_all(struct replaying *r, struct err *err)
{
    struct str summary;
    if (r->args->save) return 0;
    str_init(&summary);
    summarise(r, &summary);
    if (r->format == FORMAT_TABLE)
        str_addf(&r->out, "%s\n", summary.data);
    else
        fputs(summary.data, stderr);
    str_free(&summary);
    if (r->format == FORMAT_TABLE || r->format == FORMAT_CSV)
        table_all(r);
    else
        json_all(r);
    return cli_write(&r->out, err) || cli_flush(err) ? -1 : 0;
}

int cmd_replay(const struct cli *cli, int argc, char **argv)
{
    struct replay_args a = {.data = "data"};
    struct replaying r = {.cli = cli, .args = &a};
    struct err err = {0};
    arena_init(&r.arena);
    str_init(&r.out);
    int rc = parse_args(&r, &a, argc, argv, &err);
    if (rc == 0) rc = rank_both(&r, &err) || print_all(&r, &err) ? -1 : 0;
    study_close(&r.study);
    str_free(&r.out);
    arena_free(&r.arena);
    vec_free(&a.pairs);
    return rc ? cli_fail(cli, &err) : EXIT_DONE;
}

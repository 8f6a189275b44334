/* cmd_rank.c - the product's matcher over files, printed as a TREC run: how quality is measured. */
#include "base/base.h"

#include "base/progress.h"
#include "matcher/partner.h"
#include "web/backend.h"
#include "web/commands.h"
#include "web/messages.h"
#include "web/rank_input.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rank_args {
    const char *queries, *corpus, *orgs, *judged, *given, *history, *levels, *cache, *model,
        *weights;
    long top, threads;
};

struct ranking {
    const struct cli *cli;
    struct rank_input in;
    struct judged judged, given; /* given: of a query the members there are */
    bool only_judged;
    size_t top;
    enum kind target;
    struct backend backend;
    const struct snapshot *snapshot;
    struct analyzer *analyzer;
    FILE *levels;
    struct str out;
};

/* ---- options --------------------------------------------------------------------------------- */

static int parse_args(struct rank_args *a, int argc, char **argv, struct err *err)
{
    const struct option options[] = {
        {.name = "queries", .type = OPTION_STRING, .to = &a->queries},
        {.name = "corpus", .type = OPTION_STRING, .to = &a->corpus},
        {.name = "orgs", .type = OPTION_STRING, .to = &a->orgs},
        {.name = "judged", .type = OPTION_STRING, .to = &a->judged},
        {.name = "given", .type = OPTION_STRING, .to = &a->given},
        {.name = "history", .type = OPTION_STRING, .to = &a->history},
        {.name = "levels", .type = OPTION_STRING, .to = &a->levels},
        {.name = "cache", .type = OPTION_STRING, .to = &a->cache},
        {.name = "model", .type = OPTION_STRING, .to = &a->model},
        {.name = "weights", .type = OPTION_STRING, .to = &a->weights},
        {.name = "top", .type = OPTION_NUMBER, .to = &a->top, .min = 1, .max = 1000000},
        {.name = "threads", .type = OPTION_NUMBER, .to = &a->threads, .min = 1, .max = 1024},
    };
    if (cli_parse(options, ARRAY_LEN(options), argc, argv, NULL, err)) return -1;
    if (!a->queries) return err_set(err, ERR_USAGE, MSG_USAGE_REQUIRED, "queries");
    if (!a->corpus) return err_set(err, ERR_USAGE, MSG_USAGE_REQUIRED, "corpus");
    if (a->given && !a->orgs)
        return err_set(err, ERR_USAGE, MSG_OPTION_GOES_WITH, "--given", "--orgs");
    if (a->history && !a->given)
        return err_set(err, ERR_USAGE, MSG_OPTION_GOES_WITH, "--history", "--given");
    return 0;
}

/* --cache, else $XDG_CACHE_HOME/hongniang, else ~/.cache/hongniang (XDG base directories). */
static const char *cache_dir(const struct rank_args *a, struct arena *arena)
{
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (a->cache) return a->cache;
    if (xdg && xdg[0] == '/') return arena_printf(arena, "%s/hongniang", xdg);
    return home && home[0] == '/' ? arena_printf(arena, "%s/.cache/hongniang", home) : NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

static int read_input(struct ranking *r, const struct rank_args *a, struct err *err)
{
    size_t unknown = 0;
    r->target = a->orgs ? KIND_ORG : KIND_CAPABILITY;
    if (rank_read_queries(&r->in, a->queries, err)) return -1;
    if (rank_read_corpus(&r->in, a->corpus, err)) return -1;
    if (a->orgs && rank_read_orgs(&r->in, a->orgs, &unknown, err)) return -1;
    if (unknown) msg_print(r->cli->lang, MSG_RANK_UNKNOWN_DOCS, a->orgs, unknown);
    unknown = 0;
    if (a->history && rank_read_history(&r->in, a->history, &unknown, err)) return -1;
    if (unknown) msg_print(r->cli->lang, MSG_RANK_UNKNOWN_ORGS, a->history, unknown);
    if (a->given && rank_read_judged(&r->in, r->in.org_ids, a->given, &r->given, err)) return -1;
    if (!a->judged) return 0;
    r->only_judged = true;
    return rank_read_judged(&r->in, a->orgs ? r->in.org_ids : r->in.document_ids, a->judged,
                            &r->judged, err);
}

/* Queries are embedded together, which is faster than one by one; from an engine of their own they
 * reach the cache, where the matcher finds them. */
static int embed_queries(struct ranking *r, struct err *err)
{
    struct backend queries = r->backend;
    queries.engine = engine_new(r->backend.embedder, r->backend.cache, r->backend.pool);
    engine_update(queries.engine, r->in.queries.at, r->in.queries.len, 0);
    int rc = backend_embed(&queries, r->cli->lang, err);
    engine_free(queries.engine);
    return rc;
}

static int prepare(struct ranking *r, const struct rank_args *a, struct err *err)
{
    struct err no_model = {0};
    struct backend_options o = {.program = r->cli->program,
                                .model = a->model,
                                .cache_dir = cache_dir(a, &r->in.arena),
                                .threads = (int)a->threads};
    if (backend_open(&r->backend, &o, &no_model, err)) return -1;
    if (no_model.kind) {
        err_print(&no_model, r->cli->lang);
        msg_print(r->cli->lang, MSG_LEXICAL_ONLY);
    }
    if (backend_weights(&r->backend, NULL, a->weights, err)) return -1;
    engine_update(r->backend.engine, r->in.orgs.at, r->in.orgs.len, 0);
    engine_update(r->backend.engine, r->in.documents.at, r->in.documents.len, 0);
    if (backend_embed(&r->backend, r->cli->lang, err)) return -1;
    if (r->backend.embedder && embed_queries(r, err)) return -1;
    engine_update(r->backend.engine, r->in.history.at, r->in.history.len, 0);
    r->snapshot = engine_acquire(r->backend.engine);
    r->analyzer = analyzer_new();
    if (a->levels && !(r->levels = fopen(a->levels, "w")))
        return err_set(err, ERR_IO, MSG_FILE_WRITE, a->levels, strerror(errno));
    return 0;
}

/* ---- ranking --------------------------------------------------------------------------------- */

struct placed {
    float score;
    const char *id;
};

static int compare_placed(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return strcmp(x->id, y->id);
}

/* The best `top` of n rows, sorted. */
static void print_run(struct ranking *r, const char *query, struct placed *rows, size_t n,
                      size_t top)
{
    qsort(rows, n, sizeof *rows, compare_placed);
    for (size_t i = 0; i < MIN(n, top); i++)
        str_addf(&r->out, "%s Q0 %s %zu %.9g hongniang\n", query, rows[i].id, i + 1,
                 (double)rows[i].score);
}

static size_t all_rows(struct ranking *r, const struct match_scores *s, struct placed *rows)
{
    size_t n = 0;
    for (uint32_t ord = 0; ord < s->n; ord++) {
        const struct record *record = snapshot_record(r->snapshot, r->target, ord);
        if (record && !isinf(s->score[ord]))
            rows[n++] = (struct placed){s->score[ord], record->uid};
    }
    return n;
}

/* The judged pairs of a query; they are sorted by query. */
static size_t judged_rows(struct ranking *r, size_t query, const struct match_scores *s,
                          size_t *next, struct placed *rows)
{
    const struct records *targets = r->target == KIND_ORG ? &r->in.orgs : &r->in.documents;
    size_t n = 0;
    for (; *next < r->judged.len && r->judged.at[*next].query == query; ++*next) {
        const char *id = targets->at[r->judged.at[*next].target]->uid;
        uint32_t ord = snapshot_find(r->snapshot, r->target, id);
        bool known = ord != UINT32_MAX && !isinf(s->score[ord]);
        /* An organisation without a single document is further away than any that has one. */
        rows[n++] = (struct placed){known ? s->score[ord] : -1e6f, id};
    }
    return n;
}

/* ---- further partners ------------------------------------------------------------------------ */

/* Takes records out of the engine, or brings them back. Ordinals may change, hence a new snapshot;
 * nothing is left to be merged, so that equal input gives equal sums to the last digit. */
static void set_aside(struct ranking *r, const struct record *const *records, size_t n, bool out,
                      struct arena *arena)
{
    const struct record **changed = arena_alloc(arena, n, sizeof *changed);
    for (size_t i = 0; i < n; i++) {
        struct record *copy = arena_alloc(arena, 1, sizeof *copy);
        *copy = *records[i];
        copy->deleted = out;
        changed[i] = copy;
    }
    engine_update(r->backend.engine, changed, n, 0);
    engine_settle(r->backend.engine);
    snapshot_release(r->snapshot);
    r->snapshot = engine_acquire(r->backend.engine);
}

/* The members that are given for query i, as ordinals; the pairs are sorted by query. */
static size_t members_of(const struct ranking *r, size_t i, size_t *next, struct arena *arena,
                         uint32_t **members)
{
    size_t n = 0;
    *members = arena_alloc(arena, r->given.len, sizeof **members);
    for (; *next < r->given.len && r->given.at[*next].query == i; ++*next)
        (*members)[n++] =
            snapshot_find(r->snapshot, KIND_ORG, r->in.orgs.at[r->given.at[*next].target]->uid);
    return n;
}

/* ---- one query after the other --------------------------------------------------------------- */

/* Where the loop stands in the pairs. */
struct cursor {
    size_t judged, given;
};

static int score_query(struct ranking *r, const struct record *query, struct arena *arena,
                       struct match_scores *out, struct err *err)
{
    struct match_query q = {.target = r->target, .top = r->top};
    if (query->value[FIELD_TEXT])
        q.from = query;
    else
        q.text = record_title(query); /* one text alone is what people type into the search box */
    return matcher_scores(r->backend.matcher, r->snapshot, r->analyzer, &q, arena, out, err);
}

static int print_query(struct ranking *r, size_t i, struct match_scores *scores,
                       struct cursor *cursor, struct arena *arena, struct err *err)
{
    const char *id = r->in.queries.at[i]->uid;
    size_t room = MAX(scores->n, r->judged.len);
    struct placed *rows = arena_alloc(arena, room, sizeof *rows);
    if (r->only_judged)
        print_run(r, id, rows, judged_rows(r, i, scores, &cursor->judged, rows), room);
    else
        print_run(r, id, rows, all_rows(r, scores, rows), r->top);
    if (r->levels && fprintf(r->levels, "%s\t%s\n", id, match_level_name(scores->level)) < 0)
        return err_set(err, ERR_IO, MSG_FILE_WRITE, "--levels", strerror(errno));
    return cli_write(&r->out, err);
}

static int rank_query(struct ranking *r, size_t i, struct cursor *cursor, struct arena *arena,
                      struct err *err)
{
    const struct record *query = r->in.queries.at[i], **twins = NULL;
    uint32_t *members;
    size_t n_members = members_of(r, i, &cursor->given, arena, &members);
    size_t n_twins = n_members ? rank_twins(&r->in, query, arena, &twins) : 0;
    struct match_scores scores;
    struct partner_scores further;
    if (n_twins) set_aside(r, twins, n_twins, true, arena);
    int rc = score_query(r, query, arena, &scores, err);
    if (rc == 0 && n_members) {
        partner_scores(partners_of(r->snapshot, arena), scores.score, members, n_members, arena,
                       &further);
        scores.score = further.score;
    }
    if (rc == 0) rc = print_query(r, i, &scores, cursor, arena, err);
    if (n_twins) set_aside(r, twins, n_twins, false, arena);
    return rc;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct judged_pair *x = a, *y = b;
    if (x->query != y->query) return x->query < y->query ? -1 : 1;
    return x->target < y->target ? -1 : x->target > y->target;
}

/* A pair listed twice is printed once. */
static void sort_judged(struct judged *j)
{
    size_t kept = 0;
    qsort(j->at, j->len, sizeof *j->at, compare_pairs);
    for (size_t i = 0; i < j->len; i++)
        if (kept == 0 || compare_pairs(&j->at[kept - 1], &j->at[i]) != 0) j->at[kept++] = j->at[i];
    j->len = kept;
}

static int rank_all(struct ranking *r, struct err *err)
{
    struct arena arena;
    struct progress bar;
    char label[64];
    struct cursor cursor = {0};
    int rc = 0;
    arena_init(&arena);
    if (r->judged.len) sort_judged(&r->judged);
    if (r->given.len) sort_judged(&r->given);
    progress_init(&bar, r->cli->lang, msg_render(label, sizeof label, r->cli->lang, MSG_MATCHING),
                  r->in.queries.len);
    for (size_t i = 0; i < r->in.queries.len && rc == 0; i++) {
        rc = rank_query(r, i, &cursor, &arena, err);
        arena_reset(&arena);
        progress_show(&bar, i + 1);
    }
    progress_end(&bar);
    arena_free(&arena);
    if (rc == 0) rc = cli_flush(err);
    return rc;
}

static int close_levels(struct ranking *r, struct err *err)
{
    FILE *f = r->levels;
    r->levels = NULL;
    if (!f || fclose(f) == 0) return 0;
    return err_set(err, ERR_IO, MSG_FILE_WRITE, "--levels", strerror(errno));
}

int cmd_rank(const struct cli *cli, int argc, char **argv)
{
    struct rank_args a = {.top = 100};
    struct ranking r = {.cli = cli};
    struct err err = {0};
    int rc = -1;
    rank_input_init(&r.in);
    str_init(&r.out);

    if (parse_args(&a, argc, argv, &err)) goto out;
    r.top = (size_t)a.top;
    if (read_input(&r, &a, &err) || prepare(&r, &a, &err)) goto out;
    rc = rank_all(&r, &err);
    if (rc == 0) rc = close_levels(&r, &err);
    if (rc == 0 && r.judged.unknown)
        rc = err_set(&err, ERR_INVALID, MSG_RANK_UNKNOWN_PAIRS, r.judged.unknown);
    if (rc == 0 && r.given.unknown)
        rc = err_set(&err, ERR_INVALID, MSG_RANK_UNKNOWN_GIVEN, r.given.unknown);
out:
    if (r.levels) fclose(r.levels);
    if (r.analyzer) analyzer_free(r.analyzer);
    if (r.snapshot) snapshot_release(r.snapshot);
    backend_close(&r.backend);
    vec_free(&r.judged);
    vec_free(&r.given);
    rank_input_free(&r.in);
    str_free(&r.out);
    return rc ? cli_fail(cli, &err) : EXIT_DONE;
}

#include "base/base.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/progress.h"
#include "matcher/weights.h"
#include "web/backend.h"
#include "web/commands.h"
#include "web/messages.h"
#include "web/resume.h"
#include "web/serialise.h"
#include "web/table.h"

#include <stdlib.h>
#include <string.h>

struct match_args {
    const char *data, *need, *capability, *org, *bottleneck, *text, *target, *format, *model,
        *output;
    long top;
    bool all;
};

/* One run of the command: what to match, and where the results go. */
struct matching {
    const struct cli *cli;
    struct store *store;
    struct backend backend;
    const struct snapshot *snapshot;
    struct analyzer *analyzer;
    struct arena arena; /* of the query at hand */
    struct match_query query;
    enum format format;
    struct str out;
    struct resume *output; /* --output; NULL: standard output */
    struct table table;
    size_t n;
};

/* ---- options --------------------------------------------------------------------------------- */

/* Exactly one thing to match; *kind and *id say which record, *id NULL for --all and --text. */
static int read_subject(const struct match_args *a, enum kind *kind, const char **id,
                        struct err *err)
{
    const struct {
        enum kind kind;
        const char *id;
    } records[] = {{KIND_NEED, a->need},
                   {KIND_CAPABILITY, a->capability},
                   {KIND_ORG, a->org},
                   {KIND_BOTTLENECK, a->bottleneck}};
    int given = (a->all ? 1 : 0) + (a->text ? 1 : 0);
    *kind = KIND_NEED;
    *id = NULL;
    for (size_t i = 0; i < ARRAY_LEN(records); i++) {
        if (!records[i].id) continue;
        given++;
        *kind = records[i].kind;
        *id = records[i].id;
    }
    if (given != 1) return err_set(err, ERR_USAGE, MSG_USAGE_SUBJECT);
    bool blank = a->text && a->text[strspn(a->text, " \t\r\n")] == '\0';
    return blank ? err_set(err, ERR_USAGE, MSG_TEXT_EMPTY) : 0;
}

/* What a kind is matched with; needs and bottleneck items with capabilities or organisations. */
static int read_target(const struct match_args *a, enum kind kind, enum kind *target,
                       struct err *err)
{
    bool seeks = kind == KIND_NEED || kind == KIND_BOTTLENECK;
    *target = a->target ? kind_by_name(a->target) : seeks ? KIND_CAPABILITY : KIND_NEED;
    bool both = a->all || a->text; /* these may stand on either side */
    bool fine = *target == KIND_NEED ? !seeks || both
                                     : seeks && (*target == KIND_CAPABILITY || *target == KIND_ORG);
    return fine ? 0 : err_set(err, ERR_USAGE, MSG_USAGE_TARGET, a->target ? a->target : "");
}

static int parse_args(struct match_args *a, int argc, char **argv, struct err *err)
{
    const struct option options[] = {
        {.name = "data", .type = OPTION_STRING, .to = &a->data},
        {.name = "need", .type = OPTION_STRING, .to = &a->need},
        {.name = "capability", .type = OPTION_STRING, .to = &a->capability},
        {.name = "org", .type = OPTION_STRING, .to = &a->org},
        {.name = "bottleneck", .type = OPTION_STRING, .to = &a->bottleneck},
        {.name = "text", .type = OPTION_STRING, .to = &a->text},
        {.name = "all", .type = OPTION_FLAG, .to = &a->all},
        {.name = "target", .type = OPTION_STRING, .to = &a->target},
        {.name = "top", .type = OPTION_NUMBER, .to = &a->top, .min = 1, .max = 1000},
        {.name = "format", .type = OPTION_STRING, .to = &a->format},
        {.name = "model", .type = OPTION_STRING, .to = &a->model},
        {.name = "output", .type = OPTION_STRING, .to = &a->output},
    };
    return cli_parse(options, ARRAY_LEN(options), argc, argv, NULL, err);
}

/* ---- output ---------------------------------------------------------------------------------- */

static const char *const table_head[] = {"query", "rank",  "level",  "score", "expected_by_chance",
                                         "id",    "title", "org_id", "org"};

static void table_rows(struct matching *m, const char *query, const struct match_list *list)
{
    for (size_t i = 0; i < list->n && list->level != LEVEL_NONE; i++) {
        const struct match *match = &list->matches[i];
        bool by_org = match->record->kind == KIND_ORG;
        table_add(&m->table, query);
        table_addf(&m->table, "%zu", match->rank);
        table_add(&m->table, match_level_name(match->level));
        table_addf(&m->table, "%.6g", match->score);
        table_addf(&m->table, "%.3g", match->expected_by_chance);
        table_add(&m->table, match->record->uid);
        table_add(&m->table, record_title(match->record));
        table_add(&m->table, by_org || !match->org ? NULL : match->org->uid);
        table_add(&m->table, by_org || !match->org ? NULL : record_title(match->org));
    }
    if (list->level != LEVEL_NONE) return;
    char text[200];
    table_add(&m->table, query);
    table_add(&m->table, NULL);
    table_add(&m->table, match_level_name(LEVEL_NONE));
    for (int i = 0; i < 3; i++) table_add(&m->table, NULL);
    table_add(&m->table, m->format == FORMAT_TABLE
                             ? msg_render(text, sizeof text, m->cli->lang, MSG_NO_MATCH)
                             : NULL);
    for (int i = 0; i < 2; i++) table_add(&m->table, NULL);
}

static void json_result(struct matching *m, const struct match_list *list, bool all)
{
    struct serialiser s = {.rights = rights_owner, .store = m->store, .arena = &m->arena};
    struct lacks *lacks = NULL;
    struct json j;
    if (list->level == LEVEL_NONE)
        lacks = lacks_of(m->snapshot, m->analyzer, &m->query, list, NEAREST_MAX, &m->arena);
    if (all && m->format == FORMAT_JSON) str_adds(&m->out, m->n ? ",\n" : "[\n");
    json_init(&j, &m->out);
    serialise_matches(&j, &s, &m->query, list, lacks);
    if (!all || m->format == FORMAT_JSONL) str_addc(&m->out, '\n');
}

/* Matches m->query and writes the result. */
static int match_one(struct matching *m, bool all, struct err *err)
{
    struct match_list list;
    if (matcher_run(m->backend.matcher, m->snapshot, m->analyzer, &m->query, &m->arena, &list, err))
        return -1;
    if (m->format == FORMAT_TABLE || m->format == FORMAT_CSV)
        table_rows(m, m->query.from ? m->query.from->uid : "", &list);
    else
        json_result(m, &list, all);
    m->n++;
    return m->output ? resume_write(m->output, &m->out, err) : cli_write(&m->out, err);
}

/* ---- what to match --------------------------------------------------------------------------- */

static int compare_records(const void *a, const void *b)
{
    return strcmp((*(const struct record *const *)a)->uid, (*(const struct record *const *)b)->uid);
}

/* What the lines of --output depend on, see resume.h. */
static struct resume *open_output(struct matching *m, const char *path,
                                  const struct record *const *records, size_t n, size_t *lines,
                                  struct err *err)
{
    struct weights w;
    uint64_t asked = 0;
    matcher_weights(m->backend.matcher, &w);
    weights_identify(&w);
    for (size_t i = 0; i < n; i++) {
        asked = hash_bytes(asked, records[i]->uid, strlen(records[i]->uid) + 1);
        asked = hash_bytes(asked, &records[i]->rev, sizeof records[i]->rev);
    }
    const struct embedder *e = m->backend.embedder;
    const char *depends = arena_printf(
        &m->arena,
        "hongniang %s match seq=%lld pool=%zu asked=%zu:%016llx target=%s top=%zu weights=%s "
        "model=%s\n",
        HONGNIANG_VERSION, (long long)snapshot_seq(m->snapshot),
        snapshot_live(m->snapshot, KIND_CAPABILITY), n, (unsigned long long)asked,
        kind_plural(m->query.target), m->query.top, w.id, e ? embedder_id(e) : "");
    return resume_open(path, depends, lines, err);
}

/* All needs, or with --target needs all capabilities, in order of their ids. */
static int match_all(struct matching *m, const char *output, struct err *err)
{
    enum kind kind = m->query.target == KIND_NEED ? KIND_CAPABILITY : KIND_NEED;
    size_t size = snapshot_size(m->snapshot, kind), n = 0;
    const struct record **records = mem_alloc(size, sizeof(const struct record *));
    for (uint32_t i = 0; i < size; i++)
        if ((records[n] = snapshot_record(m->snapshot, kind, i))) n++;
    qsort(records, n, sizeof(const struct record *), compare_records);
    struct progress bar;
    char label[64];
    progress_init(&bar, m->cli->lang, msg_render(label, sizeof label, m->cli->lang, MSG_MATCHING),
                  n);
    int rc = 0;
    size_t first = 0; /* those before it are in the file */
    if (output && !(m->output = open_output(m, output, records, n, &first, err))) rc = -1;
    for (size_t i = first; i < n && rc == 0; i++) {
        m->query.from = records[i];
        rc = match_one(m, true, err);
        arena_reset(&m->arena);
        progress_show(&bar, i + 1);
    }
    progress_end(&bar);
    if (resume_close(m->output, rc == 0, rc == 0 ? err : NULL)) rc = -1;
    m->output = NULL;
    free(records);
    if (rc == 0 && m->format == FORMAT_JSON) str_adds(&m->out, m->n ? "\n]\n" : "[]\n");
    return rc;
}

static int match_subject(struct matching *m, const struct match_args *a, enum kind kind,
                         const char *id, struct err *err)
{
    if (a->all) return match_all(m, a->output, err);
    m->query.text = a->text;
    m->query.from_offers = a->text && m->query.target == KIND_NEED;
    if (id && backend_find(m->snapshot, kind, id, &m->query.from, err)) return -1;
    return match_one(m, false, err);
}

static int finish(struct matching *m, struct err *err)
{
    if (m->format == FORMAT_TABLE) table_print(&m->table, &m->out);
    if (m->format == FORMAT_CSV) csv_table(&m->table, &m->out);
    return cli_write(&m->out, err) || cli_flush(err) ? -1 : 0;
}

/* Opens the store, fills the engine and embeds what is missing. */
static int prepare(struct matching *m, const struct match_args *a, struct err *err)
{
    struct err no_model = {0};
    struct backend_options o = {
        .program = m->cli->program, .model = a->model, .cache_dir = a->data};
    if (!(m->store = store_open(a->data, STORE_READ, err))) return -1;
    if (backend_open(&m->backend, &o, &no_model, err)) return -1;
    if (no_model.kind) {
        err_print(&no_model, m->cli->lang);
        msg_print(m->cli->lang, MSG_LEXICAL_ONLY);
    }
    if (backend_weights(&m->backend, a->data, NULL, err)) return -1;
    if (backend_load(&m->backend, m->store, err)) return -1;
    if (backend_embed(&m->backend, m->cli->lang, err)) return -1;
    m->snapshot = engine_acquire(m->backend.engine);
    m->analyzer = analyzer_new();
    return 0;
}

int cmd_match(const struct cli *cli, int argc, char **argv)
{
    struct match_args a = {.data = "data", .top = 10};
    struct matching m = {.cli = cli};
    struct err err = {0};
    enum kind kind;
    const char *id;
    int rc = -1;
    arena_init(&m.arena);
    str_init(&m.out);
    table_init(&m.table, table_head, ARRAY_LEN(table_head));

    if (parse_args(&a, argc, argv, &err) || cli_format(a.format, &m.format, &err)) goto out;
    if (read_subject(&a, &kind, &id, &err) || read_target(&a, kind, &m.query.target, &err))
        goto out;
    if (a.output && (!a.all || (a.format && m.format != FORMAT_JSONL))) {
        err_set(&err, ERR_USAGE, MSG_OPTION_GOES_WITH, "--output", "--all --format jsonl");
        goto out;
    }
    if (a.output) m.format = FORMAT_JSONL;
    m.query.top = (size_t)a.top;
    m.query.see_all = m.query.explain = true;
    if (prepare(&m, &a, &err)) goto out;
    rc = match_subject(&m, &a, kind, id, &err);
    if (rc == 0) rc = finish(&m, &err);
out:
    if (m.analyzer) analyzer_free(m.analyzer);
    if (m.snapshot) snapshot_release(m.snapshot);
    backend_close(&m.backend);
    if (m.store) store_close(m.store);
    table_free(&m.table);
    str_free(&m.out);
    arena_free(&m.arena);
    return rc ? cli_fail(cli, &err) : EXIT_DONE;
}

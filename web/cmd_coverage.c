#include "base/base.h"

#include "base/progress.h"
#include "web/backend.h"
#include "web/commands.h"
#include "web/coverage_json.h"
#include "web/messages.h"
#include "web/table.h"

#include <stdlib.h>

struct coverage_args {
    const char *data, *format, *model;
    struct coverage_query query;
};

static int parse_args(struct coverage_args *a, int argc, char **argv, struct err *err)
{
    const struct option options[] = {
        {.name = "data", .type = OPTION_STRING, .to = &a->data},
        {.name = "chain", .type = OPTION_STRING, .to = &a->query.chain},
        {.name = "at", .type = OPTION_STRING, .to = &a->query.at},
        {.name = "format", .type = OPTION_STRING, .to = &a->format},
        {.name = "model", .type = OPTION_STRING, .to = &a->model},
    };
    if (cli_parse(options, ARRAY_LEN(options), argc, argv, NULL, err)) return -1;
    if (coverage_check_day(a->query.at, err) == 0) return 0;
    err->kind = ERR_USAGE;
    return -1;
}

/* ---- output ---------------------------------------------------------------------------------- */

static const char *const table_head[] = {"chain", "id",        "title",  "coverage",
                                         "orgs",  "to_verify", "sources"};

static void table_row(struct table *t, const struct coverage_item *item)
{
    struct str names;
    str_init(&names);
    for (size_t i = 0; i < item->n_sources; i++) {
        if (i) str_adds(&names, "; ");
        str_adds(&names, item->sources[i].org->title);
    }
    table_add(t, item->chain);
    table_add(t, item->ref->uid);
    table_add(t, item->ref->title);
    table_add(t, coverage_status_name(item->coverage));
    table_addf(t, "%zu", item->n_sources);
    table_addf(t, "%zu", item->verify_total);
    table_add(t, names.data);
    str_free(&names);
}

static void as_table(const struct coverage_view *v, enum format format, struct str *out)
{
    struct table t;
    table_init(&t, table_head, ARRAY_LEN(table_head));
    for (size_t i = 0; i < v->counts.items; i++) table_row(&t, &v->items[i]);
    if (format == FORMAT_TABLE)
        table_print(&t, out);
    else
        csv_table(&t, out);
    table_free(&t);
}

static void as_json(const struct coverage *c, const struct coverage_query *q,
                    const struct coverage_view *v, enum format format, struct str *out)
{
    struct json j;
    if (format == FORMAT_JSON) {
        json_init(&j, out);
        coverage_to_json(&j, c, q, v);
        str_addc(out, '\n');
    }
    for (size_t i = 0; format == FORMAT_JSONL && i < v->counts.items; i++) {
        json_init(&j, out);
        coverage_item_to_json(&j, &v->items[i]);
        str_addc(out, '\n');
    }
}

/* The sum of it and how it is to be read, for people, on stderr. */
static void say(const struct cli *cli, const struct coverage *c, const struct coverage_query *q,
                const struct coverage_view *v)
{
    const size_t *of = v->counts.of;
    msg_print(cli->lang, MSG_COVERAGE_SUM, v->counts.items, of[COVERAGE_GAP], of[COVERAGE_SINGLE],
              of[COVERAGE_MULTIPLE]);
    if (q->at) msg_print(cli->lang, MSG_COVERAGE_TODAY);
    if (coverage_unjudged(c)) msg_print(cli->lang, MSG_COVERAGE_UNJUDGED, coverage_unjudged(c));
}

/* ---- the run --------------------------------------------------------------------------------- */

static void show_progress(void *bar, size_t done, size_t total)
{
    (void)total;
    progress_show(bar, done);
}

static struct coverage *judge(const struct cli *cli, struct backend *b, struct store *store,
                              struct err *err)
{
    struct progress bar;
    char label[64];
    const struct snapshot *s = engine_acquire(b->engine);
    struct analyzer *analyzer = analyzer_new();
    struct coverage_log log = coverage_log_of(store);
    progress_init(&bar, cli->lang, msg_render(label, sizeof label, cli->lang, MSG_MATCHING),
                  snapshot_live(s, KIND_BOTTLENECK));
    struct coverage *c = coverage_new(b->matcher, s, analyzer, &log, show_progress, &bar, err);
    progress_end(&bar);
    analyzer_free(analyzer);
    snapshot_release(s);
    return c;
}

/* Opens the store, fills the engine and embeds what is missing. */
static int prepare(const struct cli *cli, const struct coverage_args *a, struct backend *b,
                   struct store **store, struct err *err)
{
    struct err no_model = {0};
    struct backend_options o = {.program = cli->program, .model = a->model, .cache_dir = a->data};
    if (!(*store = store_open(a->data, STORE_READ, err))) return -1;
    if (backend_open(b, &o, &no_model, err)) return -1;
    if (no_model.kind) {
        err_print(&no_model, cli->lang);
        msg_print(cli->lang, MSG_LEXICAL_ONLY);
    }
    if (backend_weights(b, a->data, NULL, err) || backend_load(b, *store, err)) return -1;
    return backend_embed(b, cli->lang, err);
}

int cmd_coverage(const struct cli *cli, int argc, char **argv)
{
    struct coverage_args a = {.data = "data"};
    struct backend backend = {0};
    struct store *store = NULL;
    struct coverage *map = NULL;
    struct coverage_view view;
    struct err err = {0};
    enum format format;
    struct arena arena;
    struct str out;
    int rc = -1;
    arena_init(&arena);
    str_init(&out);

    if (parse_args(&a, argc, argv, &err) || cli_format(a.format, &format, &err)) goto out;
    if (prepare(cli, &a, &backend, &store, &err)) goto out;
    if (!(map = judge(cli, &backend, store, &err))) goto out;
    coverage_look(map, a.query.chain, a.query.at, &arena, &view);
    if (format == FORMAT_TABLE || format == FORMAT_CSV)
        as_table(&view, format, &out);
    else
        as_json(map, &a.query, &view, format, &out);
    say(cli, map, &a.query, &view);
    rc = cli_write(&out, &err) || cli_flush(&err) ? -1 : 0;
out:
    coverage_free(map);
    backend_close(&backend);
    if (store) store_close(store);
    str_free(&out);
    arena_free(&arena);
    return rc ? cli_fail(cli, &err) : EXIT_DONE;
}

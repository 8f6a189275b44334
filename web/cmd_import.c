#include "base/base.h"

#include "corpus/import.h"
#include "web/commands.h"
#include "web/messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct import_args {
    const char *data, *kind, *source, *report;
    struct strings maps, files;
    bool dry_run, keep_going;
};

static int parse_args(struct import_args *a, int argc, char **argv, struct err *err)
{
    const struct option options[] = {
        {.name = "data", .type = OPTION_STRING, .to = &a->data},
        {.name = "kind", .type = OPTION_STRING, .to = &a->kind},
        {.name = "source", .type = OPTION_STRING, .to = &a->source},
        {.name = "map", .type = OPTION_LIST, .to = &a->maps},
        {.name = "report", .type = OPTION_STRING, .to = &a->report},
        {.name = "dry-run", .type = OPTION_FLAG, .to = &a->dry_run},
        {.name = "keep-going", .type = OPTION_FLAG, .to = &a->keep_going},
    };
    if (cli_parse(options, ARRAY_LEN(options), argc, argv, &a->files, err)) return -1;
    if (!a->kind) return err_set(err, ERR_USAGE, MSG_USAGE_REQUIRED, "kind");
    if (kind_by_name(a->kind) == KIND_COUNT)
        return err_set(err, ERR_USAGE, MSG_USAGE_KIND, a->kind);
    if (a->files.len == 0) return err_set(err, ERR_USAGE, MSG_USAGE_FILE);
    return 0;
}

/* "title=Column name" for each --map; the parts live in arena. */
static int read_maps(const struct strings *maps, enum kind kind, struct arena *arena,
                     struct import_options *o, struct err *err)
{
    struct import_map *read = arena_alloc(arena, maps->len + 1, sizeof *read);
    for (size_t i = 0; i < maps->len; i++) {
        const char *text = maps->at[i], *equals = strchr(text, '=');
        if (!equals || equals == text || !equals[1])
            return err_set(err, ERR_USAGE, MSG_USAGE_MAP, text);
        read[i].field = arena_strndup(arena, text, (size_t)(equals - text));
        read[i].column = equals + 1;
        enum field f = field_by_name(read[i].field);
        if (strcmp(read[i].field, "id") != 0 && (f == FIELD_COUNT || !field_of_kind(f, kind)))
            return err_set(err, ERR_USAGE, MSG_USAGE_FIELD, read[i].field, kind_plural(kind));
    }
    o->maps = read;
    o->n_maps = maps->len;
    return 0;
}

static void print_result(const struct cli *cli, const char *path, const struct import_result *r,
                         bool dry_run)
{
    msg_print(cli->lang, MSG_IMPORT_SUMMARY, path, r->rows, r->created, r->updated, r->unchanged,
              r->rejected, r->warnings);
    if (r->orgs_created) msg_print(cli->lang, MSG_IMPORT_ORGS, r->orgs_created);
    if (dry_run) msg_print(cli->lang, MSG_IMPORT_DRY_RUN);
}

/* Each file stands for itself: the first that fails ends the run, unless --keep-going. All share
 * one report. */
static int import_files(const struct cli *cli, struct store *store, const struct import_args *a,
                        struct import_options *o)
{
    int code = EXIT_DONE;
    for (size_t i = 0; i < a->files.len; i++) {
        struct err err = {0};
        struct import_result result = {0};
        o->report_append = i > 0;
        if (import_file(store, a->files.at[i], o, &result, &err)) {
            code = cli_fail(cli, &err);
            if (!a->keep_going) break;
            continue;
        }
        print_result(cli, a->files.at[i], &result, a->dry_run);
        if (result.rejected) code = EXIT_FAILED;
    }
    return code;
}

int cmd_import(const struct cli *cli, int argc, char **argv)
{
    struct import_args a = {.data = "data"};
    struct err err = {0};
    struct arena arena;
    struct store *store = NULL;
    int code = EXIT_FAILED;
    arena_init(&arena);

    if (parse_args(&a, argc, argv, &err)) goto out;
    struct import_options o = {.kind = kind_by_name(a.kind),
                               .source = a.source,
                               .actor = "cli:import",
                               .dry_run = a.dry_run,
                               .keep_going = a.keep_going,
                               .lang = cli->lang,
                               .report_path = a.report};
    if (read_maps(&a.maps, o.kind, &arena, &o, &err)) goto out;
    if (!(store = store_open(a.data, STORE_WRITE, &err))) goto out;
    code = import_files(cli, store, &a, &o);
out:
    if (err.kind) code = cli_fail(cli, &err);
    store_close(store);
    arena_free(&arena);
    vec_free(&a.maps);
    vec_free(&a.files);
    return code;
}

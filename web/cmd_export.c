#include "base/base.h"

#include "web/commands.h"
#include "web/messages.h"
#include "web/serialise.h"
#include "web/table.h"

#include <stdlib.h>
#include <string.h>

enum { FLUSH_BYTES = 1 << 16 };

/* Records leave one by one as they are read, but for a table, which is aligned as a whole. */
struct exporting {
    enum format format;
    enum kind kind;
    struct serialiser serialiser;
    struct arena arena; /* of the record at hand */
    struct str out;
    struct table table;
    enum field columns[FIELD_COUNT]; /* of csv */
    size_t n_columns, n;
};

/* Columns of csv: id, the owner, and all fields of the kind. */
static void csv_head(struct exporting *e)
{
    const char *head[FIELD_COUNT + 1] = {"id"};
    for (int f = 0; f < FIELD_COUNT; f++) {
        if (!field_of_kind((enum field)f, e->kind)) continue;
        e->columns[e->n_columns++] = (enum field)f;
        head[e->n_columns] = field_info((enum field)f)->name;
    }
    csv_row(&e->out, head, e->n_columns + 1);
}

/* Ids or names of all owners, with semicolons between them, as import reads them. */
static const char *owners(struct exporting *e, const struct record *r, bool names)
{
    char *list = NULL;
    for (size_t i = 0; i < r->n_owners; i++) {
        const char *one = names ? serialise_org_name(&e->serialiser, r->owners[i]) : r->owners[i];
        list = arena_printf(&e->arena, "%s%s%s", list ? list : "", list ? ";" : "", one);
    }
    return list;
}

static void csv_record(struct exporting *e, const struct record *r)
{
    const char *cells[FIELD_COUNT + 1] = {r->uid};
    for (size_t i = 0; i < e->n_columns; i++) {
        enum field f = e->columns[i];
        bool owner = f == FIELD_ORG_ID || f == FIELD_ORG_NAME;
        cells[i + 1] =
            owner ? owners(e, r, f == FIELD_ORG_NAME) : serialise_value(&e->serialiser, r, f);
    }
    csv_row(&e->out, cells, e->n_columns + 1);
}

static void table_record(struct exporting *e, const struct record *r)
{
    table_add(&e->table, r->uid);
    table_add(&e->table, r->value[field_of_kind(FIELD_KIND, r->kind)    ? FIELD_KIND
                                  : field_of_kind(FIELD_STATE, r->kind) ? FIELD_STATE
                                                                        : FIELD_CHAIN]);
    table_add(&e->table, record_title(r));
    table_add(&e->table, r->n_owners ? serialise_org_name(&e->serialiser, r->owners[0]) : NULL);
}

static int export_record(void *ctx, struct record *r, struct err *err)
{
    struct exporting *e = ctx;
    struct json j;
    json_init(&j, &e->out);
    switch (e->format) {
    case FORMAT_JSON:
        str_adds(&e->out, e->n ? ",\n" : "[\n");
        serialise_record(&j, &e->serialiser, r, false);
        break;
    case FORMAT_JSONL:
        serialise_record(&j, &e->serialiser, r, false);
        str_addc(&e->out, '\n');
        break;
    case FORMAT_CSV: csv_record(e, r); break;
    case FORMAT_TABLE: table_record(e, r); break;
    }
    e->n++;
    arena_reset(&e->arena);
    return e->out.len > FLUSH_BYTES ? cli_write(&e->out, err) : 0;
}

static int export_all(struct exporting *e, struct store *store, struct err *err)
{
    static const char *const head[] = {"id", "kind", "title", "org"};
    struct store_query q = {.kind = e->kind};
    if (e->format == FORMAT_CSV) csv_head(e);
    table_init(&e->table, head, ARRAY_LEN(head));
    if (store_list(store, &q, &e->arena, export_record, e, err)) return -1;
    if (e->format == FORMAT_JSON) str_adds(&e->out, e->n ? "\n]\n" : "[]\n");
    if (e->format == FORMAT_TABLE) table_print(&e->table, &e->out);
    return cli_write(&e->out, err) || cli_flush(err) ? -1 : 0;
}

int cmd_export(const struct cli *cli, int argc, char **argv)
{
    const char *data = "data", *kind = NULL, *format = NULL;
    const struct option options[] = {
        {.name = "data", .type = OPTION_STRING, .to = &data},
        {.name = "kind", .type = OPTION_STRING, .to = &kind},
        {.name = "format", .type = OPTION_STRING, .to = &format},
    };
    struct err err = {0};
    struct exporting e = {0};
    struct store *store = NULL;
    int rc = -1;
    arena_init(&e.arena);
    str_init(&e.out);

    if (cli_parse(options, ARRAY_LEN(options), argc, argv, NULL, &err)) goto out;
    if (cli_format(format, &e.format, &err)) goto out;
    e.kind = kind ? kind_by_name(kind) : KIND_COUNT;
    if (e.kind == KIND_COUNT) {
        if (kind)
            err_set(&err, ERR_USAGE, MSG_USAGE_KIND, kind);
        else
            err_set(&err, ERR_USAGE, MSG_USAGE_REQUIRED, "kind");
        goto out;
    }
    if (!(store = store_open(data, STORE_READ, &err))) goto out;
    /* The owner of the directory could read the database itself: nothing is held back. */
    e.serialiser = (struct serialiser){
        .rights = rights_owner, .stored = true, .store = store, .arena = &e.arena};
    rc = export_all(&e, store, &err);
out:
    table_free(&e.table);
    str_free(&e.out);
    arena_free(&e.arena);
    if (store) store_close(store);
    return rc ? cli_fail(cli, &err) : EXIT_DONE;
}

/* Reading order: import_file (one transaction), import_rows (which reader), take_row (reject or go
 * on). What a row means is in import_row.c. */
#include "base/base.h"

#include "base/file.h"
#include "base/progress.h"
#include "corpus/csv.h"
#include "corpus/encoding.h"
#include "corpus/import_impl.h"
#include "corpus/jsonl.h"
#include "corpus/messages.h"

#include <cjson/cJSON.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

/* ---- errors and warnings ---- */

bool import_is_row_error(const struct err *err)
{
    return err->kind == ERR_INVALID || err->kind == ERR_TOO_LARGE || err->kind == ERR_CONFLICT ||
           err->kind == ERR_NOT_FOUND;
}

void import_warn(struct import *im, size_t line, const char *field, const struct err *what)
{
    im->result.warnings++;
    import_report_add(&im->report, line, true, field, what);
}

/* Puts the file, line and field before the text of an error, in both languages. */
static void locate(struct err *err, const char *path, size_t line, const char *field)
{
    for (int l = 0; err && l < LANG_COUNT; l++) {
        char text[sizeof err->text[0]];
        enum lang lang = (enum lang)l;
        if (!line)
            msg_render(text, sizeof text, lang, MSG_IMPORT_AT_FILE, path, err->text[l]);
        else if (!*field)
            msg_render(text, sizeof text, lang, MSG_IMPORT_AT_LINE, path, line, err->text[l]);
        else
            msg_render(text, sizeof text, lang, MSG_IMPORT_AT_FIELD, path, line, field,
                       err->text[l]);
        memcpy(err->text[l], text, sizeof text);
    }
}

static void reject(struct import *im, size_t line, const char *field, const struct err *err)
{
    import_report_add(&im->report, line, false, field, err);
    if (im->result.rejected++ == 0) {
        im->first = *err;
        im->first_line = line;
        im->first_field = field;
    }
}

/* The first rejected row, and how many there were, as the error of the file. */
static int refuse_file(struct import *im, struct err *err)
{
    if (!err) return -1;
    *err = im->first;
    locate(err, im->path, im->first_line, im->first_field);
    for (int l = 0; l < LANG_COUNT; l++) {
        char text[sizeof err->text[0]];
        msg_render(text, sizeof text, (enum lang)l, MSG_IMPORT_NOTHING_STORED, err->text[l],
                   im->result.rejected);
        memcpy(err->text[l], text, sizeof text);
    }
    if (!*err->hint[LANG_EN]) {
        struct err hint;
        err_set(&hint, ERR_INVALID, MSG_IMPORT_NOTHING_STORED, "", (size_t)0);
        memcpy(err->hint, hint.hint, sizeof err->hint);
    }
    return -1;
}

/* ---- rows ---- */

/* Stores a row or rejects it; -1 only for what ends the import. */
static int take_row(struct import *im, const struct row *row, struct err *err)
{
    struct err why = {0};
    const char *field = "";
    im->result.rows++;
    if (import_row(im, row, &field, &why) == 0) return 0;
    if (!import_is_row_error(&why)) {
        if (err) *err = why;
        return -1;
    }
    reject(im, row->line, field, &why);
    return 0;
}

/* A row that could not even be read. */
static void take_bad_row(struct import *im, size_t line, const struct err *why)
{
    im->result.rows++;
    reject(im, line, "", why);
}

static size_t count_lines(const struct str *text)
{
    size_t n = 1;
    for (const char *p = text->data, *end = p + text->len;
         (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
        n++;
    return n;
}

static void start_progress(const struct import *im, struct progress *p, const struct str *text)
{
    char label[64];
    const char *slash = strrchr(im->path, '/');
    msg_render(label, sizeof label, im->o->lang, MSG_IMPORT_PROGRESS, slash ? slash + 1 : im->path);
    progress_init(p, im->o->lang, label, count_lines(text));
}

/* ---- CSV ---- */

static size_t filled_cells(const struct csv_row *r, const char **text, size_t *len)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        if (r->cell[i].len) {
            n++;
            *text = r->cell[i].text;
            *len = r->cell[i].len;
        }
    }
    return n;
}

/* Numbers of the header's columns; a name that comes twice is told apart by a number. */
static int read_header(struct import *im, const struct csv_row *header, size_t *column,
                       struct err *err)
{
    for (size_t i = 0; i < header->n; i++) {
        const char *name = arena_strndup(&im->arena, header->cell[i].text, header->cell[i].len);
        if (!*name) name = arena_printf(&im->arena, "column_%zu", i + 1);
        for (unsigned k = 2;; k++) {
            size_t before = im->columns.at.len;
            column[i] = columns_find(&im->columns, name, strlen(name));
            if (column[i] == COLUMNS_MAX)
                return err_set(err, ERR_TOO_LARGE, MSG_IMPORT_TOO_MANY_COLUMNS, COLUMNS_MAX);
            if (im->columns.at.len > before) break;
            name = arena_printf(&im->arena, "%.*s (%u)", (int)header->cell[i].len,
                                header->cell[i].text, k);
        }
    }
    if (columns_check_maps(&im->columns, err) != 0) return -1;
    return columns_check_required(&im->columns, err);
}

/* A line with one filled cell above the header is the sheet's title: spreadsheets have them. */
static int find_header(struct import *im, struct csv *csv, struct csv_row *header, struct err *err)
{
    enum { MAX_TITLE_LINES = 5 };
    struct csv_row row;
    int rc = csv_next(csv, &im->arena, header, err);
    if (rc < 0) locate(err, im->path, header->line, "");
    for (int i = 0; rc == 1 && i < MAX_TITLE_LINES; i++) {
        const char *text = "";
        size_t len = 0;
        struct csv ahead = *csv;
        if (filled_cells(header, &text, &len) > 1 ||
            csv_next(&ahead, &im->arena, &row, NULL) != 1 || filled_cells(&row, &text, &len) < 2)
            break;
        filled_cells(header, &text, &len);
        struct err warning = {0};
        err_set(&warning, ERR_INVALID, MSG_IMPORT_TITLE_LINE, arena_strndup(&im->arena, text, len));
        import_warn(im, header->line, "", &warning);
        *header = row;
        *csv = ahead;
    }
    return rc;
}

/* The cells of a row by column. 1 when it is blank throughout, -1 when it has too many. */
static int csv_cells(struct import *im, const struct csv_row *from, const size_t *column,
                     size_t n_columns, struct row *row, struct err *err)
{
    const char *text = "";
    size_t len = 0;
    if (filled_cells(from, &text, &len) == 0) return 1;
    for (size_t i = n_columns; i < from->n; i++) {
        if (from->cell[i].len)
            return err_set(err, ERR_INVALID, MSG_IMPORT_TOO_MANY_CELLS, from->n, n_columns);
    }
    row->line = from->line;
    row->n = MIN(from->n, n_columns);
    row->cell = arena_zalloc(&im->row_arena, row->n, sizeof *row->cell);
    for (size_t i = 0; i < row->n; i++)
        row->cell[i] = (struct cell){
            .column = column[i], .text = from->cell[i].text, .len = from->cell[i].len};
    if (row->n < n_columns) {
        struct err warning = {0};
        err_set(&warning, ERR_INVALID, MSG_IMPORT_FEW_CELLS, row->n, n_columns);
        import_warn(im, row->line, "", &warning);
    }
    return 0;
}

static int import_csv(struct import *im, const struct str *text, char delimiter, struct err *err)
{
    struct csv csv;
    struct csv_row from;
    struct row row;
    csv_init(&csv, text->data, text->len, delimiter);
    int rc = find_header(im, &csv, &from, err);
    if (rc != 1) return rc;
    size_t n_columns = from.n;
    size_t *column = arena_alloc(&im->arena, n_columns, sizeof *column);
    if (read_header(im, &from, column, err) != 0) {
        locate(err, im->path, 0, "");
        return -1;
    }
    struct progress progress;
    start_progress(im, &progress, text);
    for (rc = 0; rc == 0; arena_reset(&im->row_arena)) {
        struct err why = {0};
        int got = csv_next(&csv, &im->row_arena, &from, &why);
        if (got == 0) break;
        int shaped = got < 0 ? -1 : csv_cells(im, &from, column, n_columns, &row, &why);
        if (shaped < 0)
            take_bad_row(im, from.line, &why);
        else if (shaped == 0)
            rc = take_row(im, &row, err);
        progress_show(&progress, csv.line);
    }
    progress_end(&progress);
    return rc;
}

/* ---- JSONL ---- */

static const char *scalar_text(struct import *im, const cJSON *v)
{
    if (cJSON_IsString(v)) return v->valuestring;
    if (cJSON_IsNull(v)) return "";
    char *text = cJSON_PrintUnformatted(v);
    const char *kept = arena_strdup(&im->row_arena, text ? text : "");
    cJSON_free(text);
    return kept;
}

static int json_cells(struct import *im, const struct jsonl_row *from, struct row *row,
                      struct err *err)
{
    size_t n = 0;
    for (const cJSON *v = from->object->child; v; v = v->next) n++;
    row->line = from->line;
    row->cell = arena_zalloc(&im->row_arena, n, sizeof *row->cell);
    row->n = 0;
    for (const cJSON *v = from->object->child; v; v = v->next) {
        struct cell *c = &row->cell[row->n++];
        c->column = columns_find(&im->columns, v->string, strlen(v->string));
        if (c->column == COLUMNS_MAX)
            return err_set(err, ERR_TOO_LARGE, MSG_IMPORT_TOO_MANY_COLUMNS, COLUMNS_MAX);
        c->value = v;
        if (cJSON_IsArray(v) || cJSON_IsObject(v)) {
            c->json = v;
        } else {
            c->text = scalar_text(im, v);
            c->len = strlen(c->text);
        }
    }
    return 0;
}

static int import_jsonl(struct import *im, const struct str *text, struct err *err)
{
    struct jsonl jsonl;
    struct jsonl_row from;
    struct row row;
    struct progress progress;
    jsonl_init(&jsonl, text->data, text->len);
    start_progress(im, &progress, text);
    int rc = 0;
    for (; rc == 0; arena_reset(&im->row_arena)) {
        struct err why = {0};
        int got = jsonl_next(&jsonl, &from, &why);
        if (got == 0) break;
        if (got < 0 || json_cells(im, &from, &row, &why) != 0)
            take_bad_row(im, from.line, &why);
        else
            rc = take_row(im, &row, err);
        progress_show(&progress, jsonl.line);
    }
    progress_end(&progress);
    jsonl_free(&jsonl);
    /* A mapped column that no object had: worth more than the complaints it led to. */
    if (rc == 0 && im->result.rows && columns_check_maps(&im->columns, err) != 0) {
        locate(err, im->path, 0, "");
        rc = -1;
    }
    return rc;
}

/* ---- the file ---- */

static bool has_extension(const char *path, const char *extension)
{
    size_t len = strlen(path), n = strlen(extension);
    return len > n && strcasecmp(path + len - n, extension) == 0;
}

/* By content, for names lie; what begins with neither bracket is told by its name. */
static bool is_json(const char *path, const struct str *text)
{
    size_t i = strspn(text->data, " \t\r\n");
    return text->data[i] == '{' || text->data[i] == '[' || has_extension(path, ".jsonl") ||
           has_extension(path, ".ndjson") || has_extension(path, ".json");
}

static int read_text(const struct import *im, struct str *text, struct err *err)
{
    enum encoding found;
    if (file_read(im->path, IMPORT_MAX_BYTES, text, err) != 0) return -1;
    if (encoding_to_utf8(text, im->o->keep_going, &found, err) != 0) {
        locate(err, im->path, 0, "");
        return -1;
    }
    if (strspn(text->data, " \t\r\n") == text->len)
        return err_set(err, ERR_INVALID, MSG_IMPORT_EMPTY, im->path);
    return 0;
}

static int import_rows(struct import *im, struct err *err)
{
    struct str text;
    str_init(&text);
    int rc = read_text(im, &text, err);
    if (rc == 0)
        rc = is_json(im->path, &text)
                 ? import_jsonl(im, &text, err)
                 : import_csv(im, &text, has_extension(im->path, ".tsv") ? '\t' : 0, err);
    if (rc == 0 && im->result.rejected && !im->o->keep_going)
        rc = refuse_file(im, err);
    else if (rc != 0 && err)
        import_report_add(&im->report, 0, false, "", err);
    str_free(&text);
    return rc;
}

static bool is_source_name(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    return n >= 1 && n <= 64 && s[n] == '\0';
}

static void import_free(struct import *im)
{
    columns_free(&im->columns);
    map_free(im->seen);
    map_free(im->orgs);
    vec_free(&im->rows);
    vec_free(&im->known);
    arena_free(&im->row_arena);
    arena_free(&im->arena);
}

/* One transaction: what is in the report is what is in the store. */
static int run(struct import *im, struct err *err)
{
    if (store_begin(im->store, err) != 0) {
        import_report_close(&im->report, false, NULL);
        return -1;
    }
    int rc = import_rows(im, err);
    int closed = import_report_close(&im->report, true, rc == 0 ? err : NULL);
    if (rc == 0) rc = closed;
    if (rc != 0 || im->o->dry_run)
        store_rollback(im->store);
    else
        rc = store_commit(im->store, err);
    return rc;
}

int import_file(struct store *s, const char *path, const struct import_options *o,
                struct import_result *result, struct err *err)
{
    struct import im = {.store = s, .o = o, .path = path};
    im.source = o->source ? o->source : "local";
    *result = (struct import_result){0};
    if (!is_source_name(im.source)) return err_set(err, ERR_USAGE, MSG_IMPORT_SOURCE, im.source);
    if (sodium_init() < 0)
        return err_set(err, ERR_INTERNAL, MSG_IMPORT_AT_FILE, "libsodium", "sodium_init");
    arena_init(&im.row_arena);
    arena_init(&im.arena);
    im.seen = map_new();
    im.orgs = map_new();
    int rc = columns_init(&im.columns, o->kind, o->maps, o->n_maps, err);
    if (rc == 0) rc = import_report_open(&im.report, o, path, err);
    if (rc == 0)
        rc = run(&im, err);
    else
        import_report_close(&im.report, false, NULL);
    *result = im.result;
    if (rc != 0) result->created = result->updated = result->unchanged = result->orgs_created = 0;
    import_free(&im);
    return rc;
}

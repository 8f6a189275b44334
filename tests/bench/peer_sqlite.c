/* peer_sqlite.c - SQLite's FTS5 and sqlite-vec as drivers (bench.h has the protocol).
 *
 *   peer_sqlite vec EXTENSION DB ROWS.f32 N DIM QUERIES.f32 N_QUERIES TOP
 *   peer_sqlite fts DB TOKENS N QUERIES TOP
 *
 * `single FIRST COUNT OUT` and `run FIRST COUNT OUT` as in vectors.c and lexical.c. The database is
 * made if it is not there, in one transaction, and then read with 4 GiB of it mapped. */
#include "base/base.h"

#include "tests/bench/bench.h"

#include <sqlite3.h>

static void check(int rc, sqlite3 *db)
{
    if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW) die("%s", sqlite3_errmsg(db));
}

static void run_sql(sqlite3 *db, const char *sql)
{
    check(sqlite3_exec(db, sql, NULL, NULL, NULL), db);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s = NULL;
    check(sqlite3_prepare_v2(db, sql, -1, &s, NULL), db);
    return s;
}

static void insert(sqlite3_stmt *s)
{
    check(sqlite3_step(s), sqlite3_db_handle(s));
    sqlite3_reset(s);
}

/* A fresh one has another name until it is complete. */
static sqlite3 *open_db(const char *path, const char *new, bool *fresh)
{
    sqlite3 *db = NULL;
    *fresh = access(path, R_OK) != 0;
    if (*fresh) unlink(new);
    if (sqlite3_open(*fresh ? new : path, &db)) die("%s: cannot be opened", path);
    if (*fresh)
        run_sql(db, "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF;"
                    "PRAGMA synchronous = OFF; PRAGMA cache_size = -262144");
    return db;
}

static void build_vec(sqlite3 *db, const char *path, size_t n, int dim)
{
    char sql[128];
    snprintf(sql, sizeof sql, "CREATE VIRTUAL TABLE v USING vec0(e float[%d])", dim);
    run_sql(db, sql);
    run_sql(db, "BEGIN");
    sqlite3_stmt *s = prepare(db, "INSERT INTO v(rowid, e) VALUES (?, ?)");
    float *row = mem_alloc((size_t)dim, sizeof *row);
    FILE *f = fopen(path, "rb");
    if (!f) die("%s: %s", path, strerror(errno));
    for (size_t i = 0; i < n; i++) {
        if (fread(row, sizeof *row, (size_t)dim, f) != (size_t)dim) die("%s: too short", path);
        sqlite3_bind_int64(s, 1, (sqlite3_int64)i);
        sqlite3_bind_blob(s, 2, row, dim * (int)sizeof *row, SQLITE_STATIC);
        insert(s);
    }
    fclose(f);
    free(row);
    sqlite3_finalize(s);
    run_sql(db, "COMMIT");
}

static void build_fts(sqlite3 *db, const char *path, size_t n)
{
    /* Contentless: only the index, as a store beside it would have the texts. */
    run_sql(db, "CREATE VIRTUAL TABLE d USING fts5(t, content='', tokenize='unicode61')");
    run_sql(db, "BEGIN");
    sqlite3_stmt *s = prepare(db, "INSERT INTO d(rowid, t) VALUES (?, ?)");
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    if (!f) die("%s: %s", path, strerror(errno));
    for (size_t i = 0; i < n && (len = getline(&line, &cap, f)) >= 0; i++) {
        sqlite3_bind_int64(s, 1, (sqlite3_int64)i);
        sqlite3_bind_text(s, 2, line, (int)len, SQLITE_STATIC);
        insert(s);
    }
    fclose(f);
    free(line);
    sqlite3_finalize(s);
    run_sql(db, "COMMIT");
    run_sql(db, "INSERT INTO d(d) VALUES ('optimize')");
}

/* One query; the parameters are bound already. */
static void ask(sqlite3_stmt *s, uint32_t *ids, size_t top)
{
    size_t n = 0;
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW)
        if (n < top) ids[n++] = (uint32_t)sqlite3_column_int64(s, 0);
    check(rc, sqlite3_db_handle(s));
    while (n < top) ids[n++] = UINT32_MAX;
    sqlite3_reset(s);
}

/* "a" OR "b" ... of a line of terms. */
static char *fts_query(const char *line)
{
    char *out = mem_alloc(strlen(line) * 4 + 16, 1), *w = out;
    bool open = false;
    for (const char *p = line; *p; p++) {
        if (*p == ' ' || *p == '\n') {
            if (open) *w++ = '"';
            open = false;
        } else {
            if (!open) {
                memcpy(w, w == out ? "\"" : " OR \"", w == out ? 1 : 5);
                w += w == out ? 1 : 5;
            }
            open = true;
            *w++ = *p;
        }
    }
    if (open) *w++ = '"';
    *w = '\0';
    return out;
}

int main(int argc, char **argv)
{
    bool vec = argc == 10 && !strcmp(argv[1], "vec"), fresh;
    if (!vec && (argc != 7 || strcmp(argv[1], "fts") != 0)) die("usage: see peer_sqlite.c");
    const char *path = argv[vec ? 3 : 2];
    char new[4096];
    if (snprintf(new, sizeof new, "%s.new", path) >= (int)sizeof new) die("%s: too long", path);
    size_t n = strtoul(argv[vec ? 5 : 4], NULL, 10), top = strtoul(argv[vec ? 9 : 6], NULL, 10);
    int dim = vec ? atoi(argv[6]) : 0;
    size_t n_queries = vec ? strtoul(argv[8], NULL, 10) : 0;
    double start = now();
    sqlite3 *db = open_db(path, new, &fresh);
    if (vec) {
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
        char *why = NULL;
        if (sqlite3_load_extension(db, argv[2], "sqlite3_vec_init", &why))
            die("%s: %s", argv[2], why ? why : "cannot be loaded");
    }
    if (fresh && vec) build_vec(db, argv[4], n, dim);
    if (fresh && !vec) build_fts(db, argv[3], n);
    if (fresh && rename(new, path)) die("%s: %s", path, strerror(errno));
    double built = now() - start;

    float *vectors = vec ? read_rows(argv[7], n_queries, dim) : NULL;
    char **texts = NULL, *line = NULL;
    size_t cap = 0;
    FILE *f = vec ? NULL : fopen(argv[5], "r");
    while (f && getline(&line, &cap, f) > 0) {
        texts = mem_realloc(texts, n_queries + 1, sizeof *texts);
        texts[n_queries++] = fts_query(line);
    }
    run_sql(db, "PRAGMA mmap_size = 4294967296; PRAGMA cache_size = -262144");
    sqlite3_stmt *s =
        prepare(db, vec ? "SELECT rowid FROM v WHERE e MATCH ? AND k = ?"
                        : "SELECT rowid FROM d WHERE d MATCH ? ORDER BY rank LIMIT ?");
    answer("{\"ready\": true, \"version\": \"SQLite %s\", \"build_s\": %.3f, \"settings\": \"%s, "
           "mmap 4 GiB\"}",
           sqlite3_libversion(), built,
           vec ? "vec0 float32, brute force" : "FTS5 unicode61, contentless, optimised");
    for (char *command; (command = next_command());) {
        char mode[16], out[512];
        size_t first, count;
        if (sscanf(command, "%15s %zu %zu %511s", mode, &first, &count, out) != 4)
            die("unknown command: %s", command);
        uint32_t *ids = mem_alloc(count * top, sizeof *ids);
        double *each = mem_alloc(count, sizeof *each), seconds = 0;
        for (size_t i = 0; i < count; i++) {
            size_t q = (first + i) % n_queries;
            double begin = now();
            if (vec)
                sqlite3_bind_blob(s, 1, vectors + q * (size_t)dim, dim * (int)sizeof(float),
                                  SQLITE_STATIC);
            else
                sqlite3_bind_text(s, 1, texts[q], -1, SQLITE_STATIC);
            sqlite3_bind_int64(s, 2, (sqlite3_int64)top);
            ask(s, ids + i * top, top);
            each[i] = now() - begin;
            seconds += each[i];
        }
        answer_query(out, ids, count * top, seconds, each, count);
        free(ids);
        free(each);
    }
    sqlite3_finalize(s);
    sqlite3_close(db);
    return 0;
}

#include "base/base.h"

#include "base/mem.h"
#include "base/str.h"
#include "corpus/messages.h"
#include "corpus/store_db.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long a statement waits for another process's write before MSG_STORE_BUSY. */
enum { BUSY_MS = 10000 };

/* ---- errors --------------------------------------------------------------------------------- */

static int io_error(struct store *s, int rc, struct err *err)
{
    /* Of a failed write to the log SQLite keeps no system error; errno is then still that write's.
     * (A write that finds no space is SQLITE_FULL already; this is about quotas and file limits.)
     */
    int system = sqlite3_system_errno(s->db), last = system ? system : errno;
    if (last == ENOSPC || last == EDQUOT || last == EFBIG)
        return err_set(err, ERR_IO, MSG_STORE_FULL, s->path);
    return err_set(err, ERR_IO, MSG_STORE_IO, s->path,
                   system ? strerror(system) : sqlite3_errstr(rc));
}

int db_error(struct store *s, int rc, struct err *err)
{
    switch (rc & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return err_set(err, ERR_UNAVAILABLE, MSG_STORE_BUSY, s->path);
    case SQLITE_FULL: return err_set(err, ERR_IO, MSG_STORE_FULL, s->path);
    case SQLITE_IOERR: return io_error(s, rc, err);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return err_set(err, ERR_INTERNAL, MSG_STORE_CORRUPT, s->path, sqlite3_errmsg(s->db));
    case SQLITE_READONLY: return err_set(err, ERR_IO, MSG_STORE_READ_ONLY, s->path);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH: {
        int system = sqlite3_system_errno(s->db);
        return err_set(err, ERR_IO, MSG_STORE_OPEN, s->path,
                       system ? strerror(system) : sqlite3_errstr(rc));
    }
    default: return err_set(err, ERR_INTERNAL, MSG_STORE_DATABASE, s->path, sqlite3_errmsg(s->db));
    }
}

int db_exec(struct store *s, const char *sql, struct err *err)
{
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : db_error(s, rc, err);
}

int db_number(struct store *s, const char *sql, int64_t *value, struct err *err)
{
    struct statement *st = db_prepare(s, sql, err);
    int rc = st ? db_step(s, st, err) : -1;
    if (rc == 1) *value = db_int(st, 0);
    db_release(st);
    return rc < 0 ? -1 : 0;
}

/* ---- statements ----------------------------------------------------------------------------- */

static int prepare(struct store *s, struct statement *st, const char *sql, unsigned flags,
                   struct err *err)
{
    int rc = sqlite3_prepare_v3(s->db, sql, -1, flags, &st->handle, NULL);
    if (rc != SQLITE_OK) return db_error(s, rc, err);
    char name[16];
    for (int n = 1; n < PARAMETERS_MAX; n++) {
        snprintf(name, sizeof name, "$%d", n);
        st->index[n] = sqlite3_bind_parameter_index(st->handle, name);
    }
    st->bind_failed = SQLITE_OK;
    st->in_use = true;
    return 0;
}

struct statement *db_prepare(struct store *s, const char *sql, struct err *err)
{
    struct statement *st = mem_zalloc(1, sizeof *st);
    if (prepare(s, st, sql, 0, err) == 0) return st;
    free(st);
    return NULL;
}

struct statement *db_statement(struct store *s, enum sql id, enum kind kind, struct err *err)
{
    struct statement *st = &s->cache[id][id < SQL_BY_KIND ? kind : 0];
    if (st->handle && !st->in_use) {
        st->in_use = true;
        return st;
    }
    char *sql = store_sql(id, kind);
    if (st->in_use)
        st = db_prepare(s, sql, err);
    else if (prepare(s, st, sql, SQLITE_PREPARE_PERSISTENT, err) == 0)
        st->cached = true;
    else
        st = NULL;
    free(sql);
    return st;
}

void db_release(struct statement *st)
{
    if (!st) return;
    if (st->cached) {
        sqlite3_reset(st->handle);
        sqlite3_clear_bindings(st->handle);
        st->bind_failed = SQLITE_OK;
        st->in_use = false;
    } else {
        sqlite3_finalize(st->handle);
        free(st);
    }
}

static void bound(struct statement *st, int rc)
{
    if (st->bind_failed == SQLITE_OK) st->bind_failed = rc;
}

void db_bind_text(struct statement *st, int n, const char *text)
{
    bound(st, sqlite3_bind_text(st->handle, st->index[n], text, -1, SQLITE_STATIC));
}

void db_bind_int(struct statement *st, int n, int64_t value)
{
    bound(st, sqlite3_bind_int64(st->handle, st->index[n], value));
}

void db_bind_real(struct statement *st, int n, double value)
{
    bound(st, sqlite3_bind_double(st->handle, st->index[n], value));
}

int db_step(struct store *s, struct statement *st, struct err *err)
{
    int rc = st->bind_failed == SQLITE_OK ? sqlite3_step(st->handle) : st->bind_failed;
    if (rc == SQLITE_ROW) return 1;
    return rc == SQLITE_DONE ? 0 : db_error(s, rc, err);
}

int db_run(struct store *s, struct statement *st, struct err *err)
{
    int rc;
    do rc = db_step(s, st, err);
    while (rc == 1);
    db_release(st);
    return rc;
}

const char *db_text(const struct statement *st, int column, struct arena *arena)
{
    const char *text = (const char *)sqlite3_column_text(st->handle, column);
    return arena_strndup(arena, text, (size_t)sqlite3_column_bytes(st->handle, column));
}

int64_t db_int(const struct statement *st, int column)
{
    return sqlite3_column_int64(st->handle, column);
}

double db_real(const struct statement *st, int column)
{
    return sqlite3_column_double(st->handle, column);
}

bool db_is_null(const struct statement *st, int column)
{
    return sqlite3_column_type(st->handle, column) == SQLITE_NULL;
}

/* ---- transactions --------------------------------------------------------------------------- */

static bool in_transaction(struct store *s)
{
    return !sqlite3_get_autocommit(s->db);
}

int store_begin(struct store *s, struct err *err)
{
    if (s->mode == STORE_WRITE) return db_exec(s, "BEGIN IMMEDIATE", err);
    /* A reader's view of the database begins with its first read. */
    int64_t any;
    if (db_exec(s, "BEGIN", err) != 0) return -1;
    if (db_number(s, "SELECT count(*) FROM setting", &any, err) == 0) return 0;
    store_rollback(s);
    return -1;
}

int store_commit(struct store *s, struct err *err)
{
    /* SQLite ends a transaction by itself when the disk is full: nothing of it was kept. */
    if (!in_transaction(s)) return err_set(err, ERR_IO, MSG_STORE_LOST, s->path);
    if (db_exec(s, "COMMIT", err) == 0) return 0;
    store_rollback(s);
    return -1;
}

void store_rollback(struct store *s)
{
    if (in_transaction(s)) sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

enum unit db_unit_begin(struct store *s, struct err *err)
{
    if (s->mode == STORE_READ) return err_set(err, ERR_IO, MSG_STORE_READ_ONLY, s->path);
    if (in_transaction(s))
        return db_exec(s, "SAVEPOINT unit", err) == 0 ? UNIT_SAVEPOINT : UNIT_FAILED;
    return db_exec(s, "BEGIN IMMEDIATE", err) == 0 ? UNIT_TRANSACTION : UNIT_FAILED;
}

int db_unit_end(struct store *s, enum unit unit, int rc, struct err *err)
{
    if (unit == UNIT_FAILED) return -1;
    if (unit == UNIT_TRANSACTION) {
        if (rc == 0) return store_commit(s, err);
        store_rollback(s);
        return rc;
    }
    if (rc == 0) return db_exec(s, "RELEASE unit", err);
    if (in_transaction(s)) sqlite3_exec(s->db, "ROLLBACK TO unit; RELEASE unit", NULL, NULL, NULL);
    return rc;
}

/* ---- opening -------------------------------------------------------------------------------- */

/* A directory is as durable as its entry in the one above. */
static void sync_parent(const char *path)
{
    char *parent = mem_strdup(path), *slash = strrchr(parent, '/');
    if (slash) slash[slash == parent] = '\0';
    int fd = open(slash ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(parent);
}

/* Makes dir and what is missing above it, for its owner alone: contacts are inside. */
static int make_directory(const char *dir, struct err *err)
{
    int rc = 0;
    char *path = mem_strdup(dir);
    for (char *p = path + 1; rc == 0; p++) {
        if (*p && *p != '/') continue;
        char cut = *p;
        *p = '\0';
        if (mkdir(path, 0700) == 0)
            sync_parent(path);
        else if (errno != EEXIST)
            rc = err_set(err, ERR_IO, MSG_STORE_DIRECTORY, dir, strerror(errno));
        if (!cut) break;
        *p = cut;
    }
    free(path);
    return rc;
}

static char *join(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    char *path = mem_alloc(n + m + 1, 1);
    memcpy(path, a, n);
    memcpy(path + n, b, m + 1);
    return path;
}

static int connect(struct store *s, const char *name, int flags, struct err *err)
{
    int rc =
        sqlite3_open_v2(name, &s->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc != SQLITE_OK) return db_error(s, rc, err);
    sqlite3_busy_timeout(s->db, BUSY_MS);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    return db_exec(s, "PRAGMA cell_size_check = ON; PRAGMA cache_size = -16384", err);
}

/* Of two processes that open a new database at once, SQLite tells one "busy" without the time-out,
 * since both hold what the other needs. It let go of everything, so trying again is safe. */
static int write_ahead(struct store *s, struct err *err)
{
    int rc, waited = 0;
    const int pause = 20;
    do {
        rc = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    } while ((rc & 0xff) == SQLITE_BUSY && (waited += sqlite3_sleep(pause)) < BUSY_MS);
    return rc == SQLITE_OK ? 0 : db_error(s, rc, err);
}

static int open_for_writing(struct store *s, struct err *err)
{
    if (connect(s, s->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err) != 0) return -1;
    if (store_identify(s, err) < 0) return -1; /* before anything touches the file */
    /* Pages of 8 KiB hold three records of 2 KB where 4 KiB hold one: two thirds of the file. The
     * cache spares an import from spilling pages that it will change again. */
    if (db_exec(s, "PRAGMA page_size = 8192; PRAGMA cache_size = -65536", err) != 0) return -1;
    if (write_ahead(s, err) != 0) return -1;
    if (db_exec(s, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", err) != 0) return -1;
    return store_migrate(s, err);
}

/* "file:PATH?immutable=1" with what has a meaning in a URI escaped. */
static char *immutable_uri(const char *path)
{
    struct str uri;
    str_init(&uri);
    str_adds(&uri, "file:");
    for (const char *p = path; *p; p++) {
        if (strchr("?#%", *p))
            str_addf(&uri, "%%%02X", (unsigned)*p);
        else
            str_addc(&uri, *p);
    }
    str_adds(&uri, "?immutable=1");
    return str_take(&uri);
}

/* A reader of a WAL database makes the files of the shared log when no writer has; where it may
 * not, and no log is left over, the file cannot be in use and is read as it lies. */
static bool may_be_immutable(const struct store *s)
{
    struct stat st;
    char *wal = join(s->path, "-wal"), *dir = join(s->path, "");
    *strrchr(dir, '/') = '\0';
    bool log = stat(wal, &st) == 0 && st.st_size > 0;
    bool writable = access(dir, W_OK) == 0;
    free(wal);
    free(dir);
    return !log && !writable;
}

static int open_for_reading(struct store *s, struct err *err)
{
    if (access(s->path, F_OK) != 0) return err_set(err, ERR_NOT_FOUND, MSG_STORE_ABSENT, s->path);
    int version = -1;
    if (connect(s, s->path, SQLITE_OPEN_READONLY, err) == 0) version = store_identify(s, err);
    if (version < 0 && err && err->kind == ERR_IO && may_be_immutable(s)) {
        sqlite3_close(s->db);
        s->db = NULL;
        char *uri = immutable_uri(s->path);
        if (connect(s, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err) == 0)
            version = store_identify(s, err);
        free(uri);
    }
    if (version < 0) return -1;
    if (version == 0) return err_set(err, ERR_NOT_FOUND, MSG_STORE_ABSENT, s->path);
    if (version < store_schema_version())
        return err_set(err, ERR_UNAVAILABLE, MSG_STORE_OLDER, s->path, version,
                       store_schema_version());
    return 0;
}

struct store *store_open(const char *dir, enum store_mode mode, struct err *err)
{
    if (mode == STORE_WRITE && make_directory(dir, err) != 0) return NULL;
    struct store *s = mem_zalloc(1, sizeof *s);
    s->mode = mode;
    s->path = join(dir, "/hongniang.db");
    struct err local = {0};
    int rc = mode == STORE_WRITE ? open_for_writing(s, &local) : open_for_reading(s, &local);
    if (rc == 0) return s;
    if (err) *err = local;
    store_close(s);
    return NULL;
}

void store_close(struct store *s)
{
    if (!s) return;
    for (int id = 0; id < SQL_COUNT; id++)
        for (int k = 0; k < KIND_COUNT; k++) sqlite3_finalize(s->cache[id][k].handle);
    sqlite3_close(s->db);
    free(s->path);
    free(s);
}

/* ---- checking ------------------------------------------------------------------------------- */

/* The revision of every record is that of its latest change. */
static int check_revisions(struct store *s, struct err *err)
{
    for (int k = 0; k < KIND_COUNT; k++) {
        struct statement *st = db_statement(s, SQL_CHECK_REVISIONS, (enum kind)k, err);
        if (!st) return -1;
        db_bind_text(st, 1, kind_name((enum kind)k));
        int rc = db_step(s, st, err);
        int64_t wrong = rc == 1 ? db_int(st, 0) : 0;
        db_release(st);
        if (rc < 0) return -1;
        if (wrong)
            return err_set(err, ERR_INTERNAL, MSG_STORE_CORRUPT, s->path,
                           "records and change log differ");
    }
    return 0;
}

int store_check(struct store *s, struct err *err)
{
    struct arena arena;
    arena_init(&arena);
    struct statement *st = db_prepare(s, "PRAGMA integrity_check(1)", err);
    int rc = st ? db_step(s, st, err) : -1;
    if (rc == 1) {
        const char *verdict = db_text(st, 0, &arena);
        rc = strcmp(verdict, "ok") == 0
                 ? 0
                 : err_set(err, ERR_INTERNAL, MSG_STORE_CORRUPT, s->path, verdict);
    }
    db_release(st);
    if (rc == 0) {
        st = db_prepare(s, "PRAGMA foreign_key_check", err);
        rc = st ? db_step(s, st, err) : -1;
        if (rc == 1)
            rc = err_set(err, ERR_INTERNAL, MSG_STORE_CORRUPT, s->path,
                         "owner without organisation");
        db_release(st);
    }
    arena_free(&arena);
    return rc == 0 ? check_revisions(s, err) : -1;
}

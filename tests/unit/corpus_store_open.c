/* Opening, upgrading, refusing, and what happens when the machine fails: the database as a file. */
#include "base/base.h"

#include "base/file.h"
#include "base/mem.h"
#include "corpus/store_db.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- an empty directory for every test ------------------------------------------------------- */

struct fixture {
    char top[64], dir[80], path[96];
    struct arena arena;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *x = mem_zalloc(1, sizeof *x);
    snprintf(x->top, sizeof x->top, "/tmp/hongniang-open-XXXXXX");
    if (!mkdtemp(x->top)) return -1;
    snprintf(x->dir, sizeof x->dir, "%s/a/b", x->top);
    snprintf(x->path, sizeof x->path, "%s/hongniang.db", x->dir);
    arena_init(&x->arena);
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *x = *state;
    char name[128];
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    chmod(x->dir, 0700);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        snprintf(name, sizeof name, "%s%s", x->path, ends[i]);
        unlink(name);
    }
    rmdir(x->dir);
    *strrchr(x->dir, '/') = '\0';
    rmdir(x->dir);
    rmdir(x->top);
    arena_free(&x->arena);
    free(x);
    return 0;
}

#define ok(x, call)                                                                                \
    do {                                                                                           \
        if ((call) != 0) fail_msg("%s: %s", #call, err_text(&(x)->err, LANG_EN));                  \
    } while (0)

static struct store *opened(struct fixture *x, enum store_mode mode)
{
    struct store *s = store_open(x->dir, mode, &x->err);
    if (!s) fail_msg("open: %s", err_text(&x->err, LANG_EN));
    return s;
}

static void refused(struct fixture *x, enum store_mode mode, enum err_kind kind, const char *code)
{
    x->err = (struct err){0};
    assert_null(store_open(x->dir, mode, &x->err));
    assert_string_equal(x->err.code, code);
    assert_int_equal(x->err.kind, kind);
    assert_non_null(strstr(x->err.text[LANG_EN], x->dir));
    assert_non_null(strstr(x->err.text[LANG_ZH], x->dir));
}

static int put_org(struct store *s, int number, const char *town, struct err *err)
{
    char id[16];
    snprintf(id, sizeof id, "o%05d", number);
    struct record r = {.kind = KIND_ORG, .uid = id, .source = "local", .id = id};
    r.value[FIELD_NAME] = "N";
    r.value[FIELD_TOWN] = town;
    return store_put(s, "test", &r, 0, NULL, NULL, err);
}

static int64_t count_orgs(struct fixture *x, struct store *s)
{
    int64_t n;
    ok(x, store_count(s, KIND_ORG, &n, &x->err));
    return n;
}

/* Another program's connection to the file. */
static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* ---- opening -------------------------------------------------------------------------------- */

static void test_creates(void **state)
{
    struct fixture *x = *state;
    refused(x, STORE_READ, ERR_NOT_FOUND, "store_absent");
    struct store *s = opened(x, STORE_WRITE);
    struct stat st;
    assert_int_equal(stat(x->dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700); /* contacts are inside */
    int64_t value;
    ok(x, db_number(s, "PRAGMA application_id", &value, &x->err));
    assert_int_equal(value, 0x686E6A6C);
    ok(x, db_number(s, "PRAGMA user_version", &value, &x->err));
    assert_int_equal(value, store_schema_version());
    ok(x, db_number(s, "PRAGMA synchronous", &value, &x->err));
    assert_int_equal(value, 2); /* FULL */
    ok(x, db_number(s, "PRAGMA foreign_keys", &value, &x->err));
    assert_int_equal(value, 1);
    struct statement *mode = db_prepare(s, "PRAGMA journal_mode", &x->err);
    assert_int_equal(db_step(s, mode, &x->err), 1);
    assert_string_equal(db_text(mode, 0, &x->arena), "wal");
    db_release(mode);
    ok(x, put_org(s, 1, "T", &x->err));
    ok(x, store_check(s, &x->err));
    store_close(s);
    s = opened(x, STORE_READ);
    assert_int_equal(count_orgs(x, s), 1);
    store_close(s);
    store_close(NULL);
}

static void test_refuses(void **state)
{
    struct fixture *x = *state;
    store_close(opened(x, STORE_WRITE));
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d", store_schema_version() + 1);
    run_sql(x->path, sql);
    refused(x, STORE_WRITE, ERR_INVALID, "store_newer");
    refused(x, STORE_READ, ERR_INVALID, "store_newer");

    unlink(x->path);
    run_sql(x->path, "CREATE TABLE t (a)");
    refused(x, STORE_WRITE, ERR_INVALID, "store_foreign");
    refused(x, STORE_READ, ERR_INVALID, "store_foreign");
    unlink(x->path);
    run_sql(x->path, "PRAGMA application_id = 7");
    refused(x, STORE_WRITE, ERR_INVALID, "store_foreign");

    unlink(x->path);
    assert_int_equal(close(creat(x->path, 0600)), 0);
    refused(x, STORE_READ, ERR_NOT_FOUND, "store_absent"); /* an empty file is no database yet */
    store_close(opened(x, STORE_WRITE));

    unlink(x->path);
    assert_int_equal(mkdir(x->path, 0700), 0);
    refused(x, STORE_WRITE, ERR_IO, "store_open");
    assert_int_equal(rmdir(x->path), 0);
}

static void test_directory(void **state)
{
    struct fixture *x = *state;
    char *slash = strrchr(x->dir, '/');
    *slash = '\0';
    int fd = creat(x->dir, 0600); /* a file where a directory should be */
    *slash = '/';
    assert_true(fd >= 0);
    close(fd);
    refused(x, STORE_WRITE, ERR_IO, "store_directory");
    *slash = '\0';
    unlink(x->dir);
    *slash = '/';
    refused(x, STORE_READ, ERR_NOT_FOUND, "store_absent");
}

/* Overwrites part of a file. */
static void damage(const char *path, long offset, size_t len)
{
    char junk[16384];
    assert_true(len <= sizeof junk);
    memset(junk, 0x5A, len);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, junk, len, offset), (ssize_t)len);
    close(fd);
}

static void test_damaged(void **state)
{
    struct fixture *x = *state;
    struct store *s = opened(x, STORE_WRITE);
    char town[2000];
    memset(town, 't', sizeof town - 1);
    town[sizeof town - 1] = '\0';
    for (int i = 0; i < 200; i++) ok(x, put_org(s, i, town, &x->err));
    store_close(s);
    struct stat st;
    assert_int_equal(stat(x->path, &st), 0);

    /* Pages in the middle: found when they are read, and by the check. */
    for (long at = st.st_size / 2; at < st.st_size - 16384; at += 16384) damage(x->path, at, 16384);
    s = opened(x, STORE_READ);
    x->err = (struct err){0};
    assert_int_equal(store_check(s, &x->err), -1);
    assert_string_equal(x->err.code, "store_corrupt");
    int rc = 0;
    struct record *r;
    char id[16];
    for (int i = 0; i < 200 && rc == 0; i++) {
        snprintf(id, sizeof id, "o%05d", i);
        x->err = (struct err){0};
        rc = store_get(s, KIND_ORG, id, &x->arena, &r, &x->err);
    }
    assert_int_equal(rc, -1);
    assert_string_equal(x->err.code, "store_corrupt");
    store_close(s);

    /* The head: refused at once. */
    damage(x->path, 0, 4096);
    refused(x, STORE_READ, ERR_INTERNAL, "store_corrupt");
    refused(x, STORE_WRITE, ERR_INTERNAL, "store_corrupt");
    assert_int_equal(truncate(x->path, 100), 0);
    refused(x, STORE_WRITE, ERR_INTERNAL, "store_corrupt");
}

/* A record whose change is missing is a damage too. */
static void test_check_revisions(void **state)
{
    struct fixture *x = *state;
    struct store *s = opened(x, STORE_WRITE);
    ok(x, put_org(s, 1, "T", &x->err));
    ok(x, store_check(s, &x->err));
    store_close(s);
    run_sql(x->path, "UPDATE organisation SET rev = 2");
    s = opened(x, STORE_READ);
    assert_int_equal(store_check(s, &x->err), -1);
    assert_string_equal(x->err.code, "store_corrupt");
    store_close(s);
}

/* ---- the schema ----------------------------------------------------------------------------- */

static char *rows(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st;
    struct str out;
    str_init(&out);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(st); i++) {
            const char *text = (const char *)sqlite3_column_text(st, i);
            str_addf(&out, "%s|", text ? text : "");
        }
        str_addc(&out, '\n');
    }
    sqlite3_finalize(st);
    return str_take(&out);
}

/* Columns go by name, since a later step can only add them at the end. */
static const char columns_sql[] =
    "SELECT t.name, t.strict, t.wr, c.name, c.type, c.[notnull], c.dflt_value, c.pk"
    " FROM pragma_table_list t JOIN pragma_table_xinfo(t.name) c"
    " WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.name";
static const char indexes_sql[] =
    "SELECT t.name, i.[unique], i.origin, group_concat(c.name)"
    " FROM pragma_table_list t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c"
    " WHERE t.schema = 'main' GROUP BY t.name, i.name ORDER BY t.name, 4, i.origin";
static const char keys_sql[] = "SELECT t.name, k.[from], k.[table], k.[to] FROM pragma_table_list t"
                               " JOIN pragma_foreign_key_list(t.name) k ORDER BY t.name, k.[from]";

/* The numbered steps lead to what schema.sql says. (The test runs in the root of the tree.) */
static void test_steps_make_the_baseline(void **state)
{
    struct fixture *x = *state;
    struct str baseline;
    str_init(&baseline);
    ok(x, file_read("corpus/sql/schema.sql", 1 << 20, &baseline, &x->err));
    store_close(opened(x, STORE_WRITE));
    sqlite3 *by_steps, *at_once;
    assert_int_equal(sqlite3_open(x->path, &by_steps), SQLITE_OK);
    assert_int_equal(sqlite3_open(":memory:", &at_once), SQLITE_OK);
    assert_int_equal(sqlite3_exec(at_once, baseline.data, NULL, NULL, NULL), SQLITE_OK);
    const char *const questions[] = {columns_sql, indexes_sql, keys_sql};
    for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
        char *a = rows(by_steps, questions[i]), *b = rows(at_once, questions[i]);
        assert_string_equal(a, b);
        assert_true(strlen(a) > 20);
        free(a);
        free(b);
    }
    char *loose = rows(by_steps, "SELECT name FROM pragma_table_list WHERE schema = 'main'"
                                 " AND name NOT LIKE 'sqlite_%' AND NOT strict");
    assert_string_equal(loose, "");
    free(loose);
    sqlite3_close(by_steps);
    sqlite3_close(at_once);
    str_free(&baseline);
}

/* A database of the first schema, with a row of each sort, opens and keeps what it held. */
static void test_upgrades_the_first_schema(void **state)
{
    struct fixture *x = *state;
    static const char rows_sql[] =
        "PRAGMA application_id = 0x686E6A6C; PRAGMA user_version = 1;"
        "INSERT INTO organisation (uid, source, id, rev, deleted, created_at, updated_at, "
        "name_norm,"
        " name) VALUES ('o', 'local', 'o', 1, 0, 't', 't', 'org', 'Org');"
        "INSERT INTO need (uid, source, id, rev, deleted, created_at, updated_at, title)"
        " VALUES ('n', 'local', 'n', 1, 0, 't', 't', 'Need');"
        "INSERT INTO capability (uid, source, id, rev, deleted, created_at, updated_at, title)"
        " VALUES ('c', 'local', 'c', 1, 0, 't', 't', 'Capability');"
        "INSERT INTO owner VALUES ('capability', 'c', 0, 'o');"
        "INSERT INTO change (at, actor, action, kind, uid, rev, after) VALUES"
        " ('t', 'cli', 'create', 'org', 'o', 1, '{}'), ('t', 'cli', 'create', 'need', 'n', 1, "
        "'{}'),"
        " ('t', 'cli', 'create', 'capability', 'c', 1, '{}');";
    struct str first;
    str_init(&first);
    ok(x, file_read("corpus/sql/0001_init.sql", 1 << 20, &first, &x->err));
    store_close(opened(x, STORE_WRITE));
    unlink(x->path);
    run_sql(x->path, first.data);
    run_sql(x->path, rows_sql);
    refused(x, STORE_READ, ERR_UNAVAILABLE, "store_older");

    struct store *s = opened(x, STORE_WRITE);
    struct record *r, i = {.kind = KIND_INTRODUCTION, .uid = "i", .source = "local", .id = "i"};
    int64_t version;
    ok(x, db_number(s, "PRAGMA user_version", &version, &x->err));
    assert_int_equal(version, store_schema_version());
    ok(x, store_check(s, &x->err));
    ok(x, store_get(s, KIND_CAPABILITY, "c", &x->arena, &r, &x->err));
    assert_int_equal(r->n_owners, 1);
    assert_string_equal(r->owners[0], "o");
    i.value[FIELD_NEED_ID] = "n";
    i.value[FIELD_CAPABILITY_ID] = "c";
    i.value[FIELD_STATE] = "signed";
    ok(x, store_put(s, "T", &i, 0, NULL, NULL, &x->err));
    ok(x, store_get(s, KIND_INTRODUCTION, "i", &x->arena, &r, &x->err));
    assert_int_equal(r->n_owners, 1);
    assert_string_equal(r->owners[0], "o");
    struct record u = {.kind = KIND_CONSORTIUM, .uid = "u", .source = "local", .id = "u"};
    u.value[FIELD_TITLE] = "Consortium";
    u.owners = r->owners;
    u.n_owners = 1;
    ok(x, store_put(s, "T", &u, 0, NULL, NULL, &x->err));
    ok(x, store_get(s, KIND_ORG, "o", &x->arena, &r, &x->err));
    r->value[FIELD_GROUP] = "Group";
    ok(x, store_put(s, "T", r, 0, NULL, NULL, &x->err));
    ok(x, store_get(s, KIND_ORG, "o", &x->arena, &r, &x->err));
    assert_string_equal(r->value[FIELD_GROUP], "Group");
    ok(x, store_check(s, &x->err));
    store_close(s);
    str_free(&first);
}

/* Every stored field has a column of its type, and nothing else does. */
static void test_fields_have_columns(void **state)
{
    struct fixture *x = *state;
    static const char *const tables[] = {"organisation", "need",     "capability", "bottleneck",
                                         "introduction", "proposal", "consortium"};
    _Static_assert(ARRAY_LEN(tables) == KIND_COUNT, "one table for each kind");
    store_close(opened(x, STORE_WRITE));
    sqlite3 *db;
    assert_int_equal(sqlite3_open(x->path, &db), SQLITE_OK);
    for (int k = 0; k < KIND_COUNT; k++) {
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT name, type FROM pragma_table_xinfo('%s')", tables[k]);
        char *columns = rows(db, sql);
        int found = 0, lines = 0;
        for (const char *p = columns; *p; p++) lines += *p == '\n';
        for (int f = 0; f < FIELD_COUNT; f++) {
            const struct field_info *info = field_info((enum field)f);
            if (!field_of_kind((enum field)f, (enum kind)k) || info->flags & FIELD_VIRTUAL)
                continue;
            char wanted[64];
            snprintf(wanted, sizeof wanted, "%s%s|%s|\n", found ? "\n" : "", info->name,
                     info->type == TYPE_INT    ? "INTEGER"
                     : info->type == TYPE_REAL ? "REAL"
                                               : "TEXT");
            if (!strstr(columns, wanted)) fail_msg("%s has no %s", tables[k], wanted);
            found++;
        }
        assert_int_equal(lines, found + RECORD_COLUMNS + 1 + (k == KIND_ORG));
        free(columns);
    }
    sqlite3_close(db);
}

/* ---- rights --------------------------------------------------------------------------------- */

/* Runs fn in a child process that may not write the directory; its result becomes the exit status.
 */
static int as_stranger(struct fixture *x, int (*fn)(struct fixture *x))
{
    pid_t child = fork();
    if (child == 0) {
        if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(99);
        _exit(fn(x));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int reads_one(struct fixture *x)
{
    struct err err = {0};
    int64_t n = 0;
    struct store *s = store_open(x->dir, STORE_READ, &err);
    int rc = s && store_count(s, KIND_ORG, &n, &err) == 0 && n == 1 ? 0 : 1;
    if (rc) fprintf(stderr, "%s\n", err_text(&err, LANG_EN));
    store_close(s);
    return rc;
}

static int cannot_write(struct fixture *x)
{
    struct err err = {0};
    struct store *s = store_open(x->dir, STORE_WRITE, &err);
    if (s) return 1;
    return err.kind == ERR_IO ? 0 : 2;
}

static void test_directory_of_another(void **state)
{
    struct fixture *x = *state;
    struct store *s = opened(x, STORE_WRITE);
    ok(x, put_org(s, 1, "T", &x->err));
    char parent[80];
    snprintf(parent, sizeof parent, "%s/a", x->top);
    assert_int_equal(chmod(x->top, 0755) | chmod(parent, 0755) | chmod(x->path, 0644), 0);
    if (getuid() == 0) {
        assert_int_equal(chmod(x->dir, 0755), 0);
        assert_int_equal(as_stranger(x, reads_one), 0); /* while a writer is active */
    }
    store_close(s);
    assert_int_equal(chmod(x->dir, 0555), 0);
    assert_int_equal(as_stranger(x, reads_one), 0); /* no writer, no log: as it lies */
    assert_int_equal(as_stranger(x, cannot_write), 0);
}

/* ---- several processes ---------------------------------------------------------------------- */

static int open_and_write(struct fixture *x, int number)
{
    struct err err = {0};
    struct store *s = store_open(x->dir, STORE_WRITE, &err);
    int rc = s ? 0 : -1;
    for (int i = 0; i < 10 && rc == 0; i++) rc = put_org(s, number * 100 + i, "T", &err);
    if (rc) fprintf(stderr, "process %d: %s\n", number, err_text(&err, LANG_EN));
    store_close(s);
    return rc ? 1 : 0;
}

static void test_processes_open_at_once(void **state)
{
    struct fixture *x = *state;
    enum { PROCESSES = 4 };
    pid_t child[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        child[i] = fork();
        if (child[i] == 0) _exit(open_and_write(x, i));
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    struct store *s = opened(x, STORE_WRITE);
    assert_int_equal(count_orgs(x, s), PROCESSES * 10);
    ok(x, store_check(s, &x->err));
    store_close(s);
}

/* ---- crashes -------------------------------------------------------------------------------- */

/* Writes records until it is killed, one transaction for every three, and reports each number
 * once its commit has returned. Never returns. */
static void write_until_killed(struct fixture *x, int first, int report)
{
    struct err err = {0};
    struct store *s = store_open(x->dir, STORE_WRITE, &err);
    for (int n = first; s; n += 3) {
        if (store_begin(s, &err) != 0) break;
        for (int i = 0; i < 3; i++)
            if (put_org(s, n + i, "a town with some length to fill pages", &err) != 0) _exit(1);
        if (store_commit(s, &err) != 0) break;
        int last = n + 2;
        if (write(report, &last, sizeof last) != sizeof last) break;
    }
    fprintf(stderr, "%s\n", err_text(&err, LANG_EN));
    _exit(1);
}

/* Lets a writer work for some milliseconds, kills it, and returns the last number it reported. */
static int kill_a_writer(struct fixture *x, int first, int milliseconds)
{
    int report[2];
    assert_int_equal(pipe(report), 0);
    pid_t child = fork();
    if (child == 0) {
        close(report[0]);
        write_until_killed(x, first, report[1]);
    }
    close(report[1]);
    usleep((useconds_t)milliseconds * 1000);
    kill(child, SIGKILL);
    int status, last = first - 1, number;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    while (read(report[0], &number, sizeof number) == sizeof number) last = number;
    close(report[0]);
    return last;
}

/* kill -9 at twenty moments: nothing acknowledged is lost, no transaction is there by half. */
static void test_killed_writers(void **state)
{
    struct fixture *x = *state;
    int next = 0, acknowledged = 0;
    for (int round = 0; round < 20; round++) {
        int last = kill_a_writer(x, next, 2 + round * 5);
        acknowledged += last + 1 - next;
        struct store *s = opened(x, STORE_WRITE);
        ok(x, store_check(s, &x->err));
        int64_t count = count_orgs(x, s), seq;
        assert_true(count >= last + 1);
        assert_int_equal(count % 3, 0);
        ok(x, store_seq(s, &seq, &x->err));
        assert_int_equal(seq, count);
        for (int n = next; n <= last; n++) {
            char id[16];
            struct record *r;
            snprintf(id, sizeof id, "o%05d", n);
            ok(x, store_get(s, KIND_ORG, id, &x->arena, &r, &x->err));
            assert_non_null(r);
            arena_reset(&x->arena);
        }
        next = (int)count;
        store_close(s);
    }
    assert_true(acknowledged > 20);
}

/* Killed while one transaction is large enough to spill into the log: none of it is there. */
static void test_killed_inside_a_transaction(void **state)
{
    struct fixture *x = *state;
    store_close(opened(x, STORE_WRITE));
    pid_t child = fork();
    if (child == 0) {
        struct err err = {0};
        struct store *s = store_open(x->dir, STORE_WRITE, &err);
        if (!s || db_exec(s, "PRAGMA cache_size = 10", &err) != 0 || store_begin(s, &err) != 0)
            _exit(1);
        for (int i = 0; i < 2000; i++)
            if (put_org(s, i, "town", &err) != 0) _exit(1);
        raise(SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    struct stat st;
    char wal[128];
    snprintf(wal, sizeof wal, "%s-wal", x->path);
    assert_int_equal(stat(wal, &st), 0);
    assert_true(st.st_size > 100000);
    struct store *s = opened(x, STORE_READ); /* a reader recovers as well */
    assert_int_equal(count_orgs(x, s), 0);
    ok(x, store_check(s, &x->err));
    store_close(s);
}

/* ---- a full disk ---------------------------------------------------------------------------- */

/* Puts records until one fails; returns its number. */
static int put_until_full(struct store *s, int first, struct err *err)
{
    int n = first;
    while (n < first + 10000 && put_org(s, n, "a town with some length to fill pages", err) == 0)
        n++;
    return n;
}

static void test_full(void **state)
{
    struct fixture *x = *state;
    struct store *s = opened(x, STORE_WRITE);
    ok(x, db_exec(s, "PRAGMA max_page_count = 60", &x->err));
    int full = put_until_full(s, 0, &x->err);
    assert_string_equal(x->err.code, "store_full");
    assert_int_equal(x->err.kind, ERR_IO);
    assert_int_equal(count_orgs(x, s), full);
    ok(x, store_check(s, &x->err));

    /* Inside a transaction that was begun: all of it goes, what was there before stays. */
    ok(x, store_begin(s, &x->err));
    int more = put_until_full(s, full, &x->err);
    assert_string_equal(x->err.code, "store_full");
    assert_true(more >= full);
    store_rollback(s);
    assert_int_equal(count_orgs(x, s), full);

    /* With room again, it goes on. */
    ok(x, db_exec(s, "PRAGMA max_page_count = 100000", &x->err));
    ok(x, put_org(s, full, "T", &x->err));
    ok(x, store_check(s, &x->err));
    store_close(s);
}

/* The same by the operating system: the file may not grow (EFBIG stands for ENOSPC). */
static int write_under_limit(struct fixture *x)
{
    struct err err = {0};
    struct rlimit limit = {3000000, 3000000};
    signal(SIGXFSZ, SIG_IGN);
    struct store *s = store_open(x->dir, STORE_WRITE, &err);
    if (!s || setrlimit(RLIMIT_FSIZE, &limit) != 0) return 101;
    int full = put_until_full(s, 0, &err);
    if (!err.code || strcmp(err.code, "store_full") != 0) return 102;
    int64_t n;
    if (store_count(s, KIND_ORG, &n, &err) != 0 || n != full) return 103;
    /* One large transaction fails too, and commit does not claim otherwise. */
    if (store_begin(s, &err) != 0) return 104;
    put_until_full(s, full, &err);
    if (store_commit(s, &err) == 0 && (store_count(s, KIND_ORG, &n, &err) != 0 || n <= full))
        return 105;
    store_close(s);
    return full < 90 ? full : 90;
}

static void test_no_room_in_the_file_system(void **state)
{
    struct fixture *x = *state;
    pid_t child = fork();
    if (child == 0) _exit(write_under_limit(x));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    int written = WEXITSTATUS(status);
    if (written > 100) fail_msg("step %d failed", written - 100);
    assert_true(written > 5);
    struct store *s = opened(x, STORE_WRITE);
    assert_true(count_orgs(x, s) >= written);
    ok(x, store_check(s, &x->err));
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_creates),
        TEST(test_refuses),
        TEST(test_directory),
        TEST(test_damaged),
        TEST(test_check_revisions),
        TEST(test_steps_make_the_baseline),
        TEST(test_upgrades_the_first_schema),
        TEST(test_fields_have_columns),
        TEST(test_directory_of_another),
        TEST(test_processes_open_at_once),
        TEST(test_killed_writers),
        TEST(test_killed_inside_a_transaction),
        TEST(test_full),
        TEST(test_no_room_in_the_file_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

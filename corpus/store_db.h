/* store_db.h - the one wrapper around SQLite: connection, statements, transactions, errors.
 * Only store*.c include it. Statements are written with $1, $2, ... as PostgreSQL numbers them;
 * SQLite takes them for names, so every bind goes through the name and their order is free. */
#ifndef HN_CORPUS_STORE_DB_H
#define HN_CORPUS_STORE_DB_H

#include "corpus/store.h"

struct sqlite3;
struct sqlite3_stmt;

enum { PARAMETERS_MAX = 48 };

/* A prepared statement. At most one user at a time; db_release gives it back. */
struct statement {
    struct sqlite3_stmt *handle;
    int index[PARAMETERS_MAX]; /* SQLite's number of $n, 0 where the text has none */
    int bind_failed;           /* the first SQLite code that is not OK */
    bool in_use, cached;
};

/* Every statement of the store; those in the upper part exist once for each kind of record. */
enum sql {
    SQL_GET,
    SQL_PUT,
    SQL_LIST,
    SQL_LIST_OWNED,
    SQL_COUNT_LIVE,
    SQL_CHECK_REVISIONS,
    SQL_BY_KIND, /* behind this: one statement for all kinds */
    SQL_OWNERS = SQL_BY_KIND,
    SQL_OWNERS_CLEAR,
    SQL_OWNER_ADD,
    SQL_ORG_EXISTS,
    SQL_ORGS_BY_NAME,
    SQL_CHANGE_ADD,
    SQL_CHANGES,
    SQL_HISTORY,
    SQL_SEQ,
    SQL_SETTING_GET,
    SQL_SETTING_SET,
    SQL_COUNT
};

struct store {
    struct sqlite3 *db;
    char *path; /* of the database file, for messages */
    enum store_mode mode;
    struct statement cache[SQL_COUNT][KIND_COUNT];
};

/* Sets err from the last SQLite failure of this connection; rc is its (extended) code. Returns -1.
 */
int db_error(struct store *s, int rc, struct err *err);
/* Runs SQL without parameters or results. */
int db_exec(struct store *s, const char *sql, struct err *err);
/* The number that a one-row statement without parameters yields. */
int db_number(struct store *s, const char *sql, int64_t *value, struct err *err);

/* A cached statement; kind matters for those below SQL_BY_KIND. When it is in use already (a
 * callback that lists while a list runs) a second one is prepared for the time. NULL: failed. */
struct statement *db_statement(struct store *s, enum sql id, enum kind kind, struct err *err);
/* A statement of any text, prepared anew. NULL: failed. */
struct statement *db_prepare(struct store *s, const char *sql, struct err *err);
/* Ends its use; bindings are dropped. NULL does nothing. */
void db_release(struct statement *st);

/* Binds $n. Text must stay until db_release; NULL text is SQL's NULL. A failure (a text too large)
 * is reported by the next db_step. */
void db_bind_text(struct statement *st, int n, const char *text);
void db_bind_int(struct statement *st, int n, int64_t value);
void db_bind_real(struct statement *st, int n, double value);

/* 1: there is a row; 0: done; -1: failed. */
int db_step(struct store *s, struct statement *st, struct err *err);
/* Steps to the end and releases. */
int db_run(struct store *s, struct statement *st, struct err *err);

/* Columns of the row at hand, from 0. Text is copied into arena; NULL where SQL has NULL. */
const char *db_text(const struct statement *st, int column, struct arena *arena);
int64_t db_int(const struct statement *st, int column);
double db_real(const struct statement *st, int column);
bool db_is_null(const struct statement *st, int column);

/* One unit of writing: a transaction, or a savepoint where one is open already, so that a change
 * is whole or absent either way. level is db_unit_begin's; db_unit_end undoes when rc is not 0, and
 * returns rc, or -1 when the commit fails. */
enum unit { UNIT_FAILED = -1, UNIT_TRANSACTION, UNIT_SAVEPOINT };
enum unit db_unit_begin(struct store *s, struct err *err);
int db_unit_end(struct store *s, enum unit unit, int rc, struct err *err);

/* store_sql.c: the text of a statement, from the field table. Free with free(). */
char *store_sql(enum sql id, enum kind kind);
/* Columns that every record table begins with, before the fields: uid, source, id, rev, deleted,
 * created_at, updated_at. Fields follow in the order of fields.def, then extra; in statements that
 * write, $1 is uid and so on in this order, and an organisation's name_norm comes last. */
enum { RECORD_COLUMNS = 7 };

/* store_migrate.c: the schema version of the database, 0 for an empty one; -1 with err when it is
 * not ours, newer than this program, or cannot be read. Touches nothing. */
int store_identify(struct store *s, struct err *err);
/* Brings a database opened for writing to this program's schema, in one transaction. */
int store_migrate(struct store *s, struct err *err);
/* The schema version that this program writes. */
int store_schema_version(void);

/* store.c: writes the row of a record as it is given (rev, times and deleted included), and with
 * owners its links; no change row. */
int store_write_record(struct store *s, const struct record *r, bool owners, struct arena *arena,
                       struct err *err);
/* store.c: reads a record whether deleted or not; *out is NULL when there never was one. */
int store_read_record(struct store *s, enum kind kind, const char *uid, struct arena *arena,
                      struct record **out, struct err *err);

#endif

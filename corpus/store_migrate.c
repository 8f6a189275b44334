#include "base/base.h"

#include "base/str.h"
#include "corpus/messages.h"
#include "corpus/store_db.h"

#include <stdio.h>

/* Tells our files from other SQLite databases: "hnjl"
 * (https://sqlite.org/pragma.html#pragma_application_id). */
enum { APPLICATION_ID = 0x686E6A6C };

/* The steps, embedded as they lie in corpus/sql; number n leads from version n - 1 to n. They are
 * immutable once released: what comes later is a further step. The assembler reads the files,
 * relative to the root of the source tree. */
#define STEP(symbol, file)                                                                         \
    __asm__(".pushsection .rodata\n"                                                               \
            ".global " #symbol "\n"                                                                \
            ".hidden " #symbol "\n" #symbol ":\n"                                                  \
            ".incbin \"" file "\"\n"                                                               \
            ".byte 0\n"                                                                            \
            ".popsection\n");                                                                      \
    extern const char symbol[]

STEP(store_step_0001, "corpus/sql/0001_init.sql");
STEP(store_step_0002, "corpus/sql/0002_introduction.sql");
STEP(store_step_0003, "corpus/sql/0003_consortium.sql");

static const char *const steps[] = {store_step_0001, store_step_0002, store_step_0003};

int store_schema_version(void)
{
    return (int)ARRAY_LEN(steps);
}

int store_identify(struct store *s, struct err *err)
{
    int64_t application, version, tables;
    if (db_number(s, "PRAGMA application_id", &application, err) != 0 ||
        db_number(s, "PRAGMA user_version", &version, err) != 0 ||
        db_number(s, "SELECT count(*) FROM sqlite_schema", &tables, err) != 0)
        return -1;
    bool empty = application == 0 && version == 0 && tables == 0;
    if (application != APPLICATION_ID && !empty)
        return err_set(err, ERR_INVALID, MSG_STORE_FOREIGN, s->path);
    if (version < 0 || version > store_schema_version())
        return err_set(err, ERR_INVALID, MSG_STORE_NEWER, s->path, (int)version,
                       store_schema_version());
    return (int)version;
}

int store_migrate(struct store *s, struct err *err)
{
    int version = store_identify(s, err);
    if (version < 0 || version == store_schema_version()) return version < 0 ? -1 : 0;
    if (store_begin(s, err) != 0) return -1;
    /* Another process may have done it while this one waited for the lock. */
    int rc = version = store_identify(s, err);
    struct str pragmas;
    str_init(&pragmas);
    for (; rc >= 0 && version < store_schema_version(); version++)
        rc = db_exec(s, steps[version], err);
    str_addf(&pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID,
             store_schema_version());
    if (rc >= 0) rc = db_exec(s, pragmas.data, err);
    str_free(&pragmas);
    if (rc >= 0) return store_commit(s, err);
    store_rollback(s);
    return -1;
}

#include "base/base.h"

#include "base/mem.h"
#include "base/str.h"
#include "corpus/orgname.h"
#include "corpus/record_json.h"
#include "corpus/store_db.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a data directory of its own for every test ---------------------------------------------- */

struct fixture {
    char dir[64], path[96];
    struct store *store;
    struct arena arena;
    struct err err;
};

static void open_store(struct fixture *x)
{
    x->store = store_open(x->dir, STORE_WRITE, &x->err);
    if (!x->store) fail_msg("open: %s", err_text(&x->err, LANG_EN));
}

static int set_up(void **state)
{
    struct fixture *x = mem_zalloc(1, sizeof *x);
    snprintf(x->dir, sizeof x->dir, "/tmp/hongniang-store-XXXXXX");
    if (!mkdtemp(x->dir)) return -1;
    snprintf(x->path, sizeof x->path, "%s/hongniang.db", x->dir);
    arena_init(&x->arena);
    open_store(x);
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *x = *state;
    char name[128];
    store_close(x->store);
    arena_free(&x->arena);
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        snprintf(name, sizeof name, "%s%s", x->path, ends[i]);
        unlink(name);
    }
    rmdir(x->dir);
    free(x);
    return 0;
}

#define ok(x, call)                                                                                \
    do {                                                                                           \
        if ((call) != 0) fail_msg("%s: %s", #call, err_text(&(x)->err, LANG_EN));                  \
    } while (0)

#define fails(x, wanted, call)                                                                     \
    do {                                                                                           \
        (x)->err = (struct err){0};                                                                \
        assert_int_equal(call, -1);                                                                \
        assert_string_equal((x)->err.code ? (x)->err.code : "none", wanted);                       \
    } while (0)

/* ---- records to work with ------------------------------------------------------------------- */

static struct record org(const char *id, const char *name)
{
    struct record r = {.kind = KIND_ORG, .uid = id, .source = "local", .id = id};
    r.value[FIELD_NAME] = name;
    return r;
}

static struct record need(const char *id, const char *title, const char *const *owner)
{
    struct record r = {.kind = KIND_NEED, .uid = id, .source = "local", .id = id};
    r.value[FIELD_TITLE] = title;
    r.owners = owner;
    r.n_owners = owner ? 1 : 0;
    return r;
}

static enum put_outcome put(struct fixture *x, const struct record *r, int64_t *rev)
{
    enum put_outcome outcome;
    ok(x, store_put(x->store, "test", r, 0, &outcome, rev, &x->err));
    return outcome;
}

static struct record *get(struct fixture *x, enum kind kind, const char *uid)
{
    struct record *r;
    ok(x, store_get(x->store, kind, uid, &x->arena, &r, &x->err));
    return r;
}

/* ---- put and get ---------------------------------------------------------------------------- */

static void test_put_get(void **state)
{
    struct fixture *x = *state;
    int64_t rev;
    struct record o = org("o1", "示例材料（昆山）有限责任公司");
    o.value[FIELD_KIND] = "enterprise";
    o.value[FIELD_CONTACT_PHONE] = "0512-0000-0001";
    o.extra = "{\"a\":1,\"b\":[\"x\"]}";
    assert_int_equal(put(x, &o, &rev), PUT_CREATED);
    assert_int_equal(rev, 1);
    assert_int_equal(put(x, &o, &rev), PUT_UNCHANGED);
    assert_int_equal(rev, 1);

    const char *const owners[] = {"o1"};
    struct record n = need("n1", "轴承 'quoted' \"双引号\" \\ 反斜杠", owners);
    n.value[FIELD_TRL] = "6";
    n.value[FIELD_BUDGET_WAN] = "0.1";
    n.value[FIELD_DEADLINE] = "2027-06";
    assert_int_equal(put(x, &n, NULL), PUT_CREATED);

    struct record *r = get(x, KIND_NEED, "n1");
    assert_non_null(r);
    assert_true(record_same(r, &n));
    assert_string_equal(r->owners[0], "o1");
    assert_string_equal(r->value[FIELD_BUDGET_WAN], "0.1");
    assert_string_equal(r->source, "local");
    assert_int_equal(r->rev, 1);
    assert_string_equal(r->created_at, r->updated_at);
    assert_true(record_same(get(x, KIND_ORG, "o1"), &o));
    assert_null(get(x, KIND_ORG, "n1"));
    assert_null(get(x, KIND_NEED, "nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_put_get, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
